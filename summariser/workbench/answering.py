"""Requests that wait for a person's answer: which article they are about, and what is wrong with an answer.

The desk knows only what was sent. What a request is about is told by the ledger, where the run wrote it down: the one
with the same messages. The article is rebuilt from its page and held against the answer as the run will do it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from summariser.desks.desk_folder import DeskFolder, is_unfinished
from summariser.desks.desk_request import RefusedError
from summariser.disk.ledger import RequestSummary, open_ledger
from summariser.disk.stored import PageFolder, rebuild_article
from summariser.errors import InvalidReply, StoreError, SummariserError
from summariser.pages.continued import Place, join_parts
from summariser.pages.split import read_split
from summariser.readers.door import read_page
from summariser.records.grounding import read_reply
from summariser.reply import parse_reply
from summariser.schema.case import CaseReply, Finding, Severity
from summariser.schema.page import Article, Page, Tie
from summariser.workbench.standing import find_source, read_standings

_RUNS: Final = 5  # the latest runs whose requests may still wait
_REQUESTS: Final = 400
_KEPT_SUBJECTS: Final = 64


class Waiting(NamedTuple):
    """A request without an answer; `about` is None where no run of the ledger asked it."""

    number: str
    since: datetime
    about: RequestSummary | None
    headline: str
    is_repair: bool


class Verdict(NamedTuple):
    """What an answer is worth.

    Shape: `is_whole`: it has an end. `is_usable`: a record could be made of it. `wrong` would be asked again for,
    `notices` are only kept. `facts` counts facts, or articles of a page. `is_checked` is False where the page cannot be
    had: the run will check it.
    """

    is_whole: bool
    is_usable: bool
    is_checked: bool
    wrong: tuple[Finding, ...]
    notices: tuple[Finding, ...]
    facts: int

    @property
    def is_good(self) -> bool:
        """Tell whether nothing would be asked again."""
        return self.is_whole and self.is_usable and not self.wrong


class Answering:
    """The desk of a project, with what its requests are about."""

    def __init__(self, desk: Path, pages: Path) -> None:
        self.desk = DeskFolder(desk, now=lambda: datetime.now(UTC), announce=lambda _line: None)
        self._pages = pages
        self._hash_by_key: dict[str, str] = {}
        self._subjects: dict[str, Page | Article | None] = {}

    def list_waiting(self, ledger: Path, out: Path) -> list[Waiting]:
        """The requests without an answer, those of one page together, in the order in which they were asked."""
        numbers = [number for number in self.desk.list_requests() if self.desk.read_given(number) is None]
        bodies = {number: body for number in numbers if (body := self._read_body(number))}
        known = self._known(ledger) if bodies else {}
        waiting = [self._describe(number, body, known, out) for number, body in bodies.items()]
        first = {each.about.page_id if each.about else "": index for index, each in reversed(list(enumerate(waiting)))}
        return sorted(waiting, key=lambda each: (first[each.about.page_id if each.about else ""], int(each.number)))

    def find(self, number: str, ledger: Path, out: Path) -> Waiting | None:
        """One request, answered or not; None if there is none of this number."""
        body = self._read_body(number)
        return self._describe(number, body, self._known(ledger), out) if body else None

    def check(self, text: str, about: RequestSummary | None, out: Path) -> Verdict:
        """What an answer to a request is worth, before it is handed in."""
        if not text.strip() or is_unfinished(text, is_json=False):
            return Verdict(False, False, True, (), (), 0)
        subject = self._subject(about, out) if about else None
        try:
            if isinstance(subject, Page):
                return Verdict(True, True, True, (), (), len(read_split(text, subject).articles))
            if isinstance(subject, Article):
                checked = read_reply(text, subject)
                notices = tuple(each for each in checked.findings if each.severity is Severity.NOTICE)
                return Verdict(True, True, True, checked.unsupported, notices, len(list(checked.case.facts())))
            if about is None or about.purpose == "split":
                return Verdict(True, "{" in text, False, (), (), 0)
            parse_reply(text, CaseReply)
        except InvalidReply as error:
            return Verdict(True, False, subject is not None, tuple(error.issues), (), 0)
        return Verdict(True, True, False, (), (), 0)

    def _read_body(self, number: str) -> dict[str, Any] | None:
        try:
            return self.desk.read_body(number)
        except (OSError, RefusedError):  # taken away meanwhile, or damaged: there is nothing to answer
            return None

    def _describe(self, number: str, body: dict[str, Any], known: dict[str, RequestSummary], out: Path) -> Waiting:
        """A request with what is known of it."""
        about = known.get(_hash_messages((each.get("role"), each.get("content")) for each in body["messages"]))
        since = datetime.fromtimestamp((self.desk.path / number / "request.json").stat().st_mtime, UTC)
        is_repair = body["messages"][-2:-1] != [] and body["messages"][-2].get("role") == "assistant"
        return Waiting(number, since, about, _headline(about, out), is_repair)

    def _known(self, ledger: Path) -> dict[str, RequestSummary]:
        """The requests of the latest runs by what was sent."""
        if not ledger.is_file():
            return {}
        with open_ledger(ledger) as opened:
            runs = opened.runs(_RUNS)
            asked = [each for run in reversed(runs) for each in opened.requests_of(run.run_id)][-_REQUESTS:]
            for each in asked:
                if each.key not in self._hash_by_key and (request := opened.find_request(each.key)):
                    pairs = ((message.role, message.content) for message in request.messages)
                    self._hash_by_key[each.key] = _hash_messages(pairs)
        return {self._hash_by_key[each.key]: each for each in asked if each.key in self._hash_by_key}

    def _subject(self, about: RequestSummary, out: Path) -> Page | Article | None:
        """The page or article that a request is about, as it was when it was asked; None if it cannot be had."""
        if about.key not in self._subjects:
            if len(self._subjects) >= _KEPT_SUBJECTS:
                self._subjects.clear()
            self._subjects[about.key] = self._read_subject(about, out)
        return self._subjects[about.key]

    def _read_subject(self, about: RequestSummary, out: Path) -> Page | Article | None:
        """Read it from the disk."""
        try:
            if about.purpose == "split":
                source = find_source(read_standings(self._pages, out), about.page_id)
                page = read_page(source, out=out) if source else PageFolder(out / about.page_id).page
                return page.model_copy(update={"page_id": about.page_id}) if isinstance(page, Page) else None
            own, onward = _read_part(out, about.page_id, about.article_id)
            rest, _ = _read_part(out, onward.page_id, onward.article_id) if onward else (None, None)
        except (SummariserError, OSError, LookupError):
            return None
        return join_parts(own, rest) if rest else own.article


def _read_part(out: Path, page_id: str, article_id: str) -> tuple[Place, Tie | None]:
    """What stands on a page of an article, and where the article goes on.

    Errors: LookupError if page or article are not there as they were; SummariserError.
    """
    folder = PageFolder(out / page_id)
    page, manifest = folder.page, folder.manifest
    if not isinstance(page, Page) or isinstance(manifest, StoreError) or page.sha256 != manifest.page_sha256:
        raise LookupError(page_id)
    listed = {each.article_id: each for each in manifest.articles}[article_id]
    return Place(page, rebuild_article(page, listed)), listed.continues_in


def _hash_messages(pairs: Iterable[tuple[object, object]]) -> str:
    """What tells the messages of one request from those of another."""
    return hashlib.sha256(json.dumps([list(pair) for pair in pairs]).encode()).hexdigest()


def _headline(about: RequestSummary | None, out: Path) -> str:
    """The headline of the article that a request is about; empty where none is known."""
    if about is None or about.purpose == "split":
        return ""
    manifest = PageFolder(out / about.page_id).manifest
    articles: Sequence[Any] = () if isinstance(manifest, StoreError) else manifest.articles
    return next((each.headline or "" for each in articles if each.article_id == about.article_id), "")
