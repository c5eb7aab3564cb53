"""The desk in the browser: requests to copy into a chat, and answers that are checked before they are handed in.

The ledger tells what a request is about, by its messages. An answer is checked as the run will check it, against the
article rebuilt from its page.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from summariser.disk.ledger import RequestSummary, read_ledger
from summariser.disk.stored import PageFolder, rebuild_article
from summariser.endpoints.desk_folder import DeskFolder, RefusedError, is_unfinished, render_paste, render_repair
from summariser.errors import InvalidReply, StoreError, SummariserError
from summariser.pages.split import Place, join_parts, read_split
from summariser.prompt import REPLY_TYPES
from summariser.readers.dispatch import read_page
from summariser.records.grounding import of_further, read_further, read_reply
from summariser.reply import CaseReply, parse_reply
from summariser.reviewing.lines import readable
from summariser.schema.case import Finding, Severity
from summariser.schema.page import Article, Page, Tie
from summariser.workbench import web
from summariser.workbench.page_status import find_source, read_page_statuses

_RUNS_ASKING: Final = 5  # the latest runs whose requests may still wait
_REQUESTS: Final = 400
_KEPT_SUBJECTS: Final = 64


class DeskRequest(NamedTuple):
    """A request without an answer.

    Shape: `about` is None, and `schema_name` empty, where no run of the ledger asked it; `schema_name` says which reply
    is wanted: `split_reply`, `case_reply`, `case_more` (further results of a dense article), `verify_reply`.
    """

    number: str
    since: datetime
    about: RequestSummary | None
    schema_name: str
    headline: str

    @property
    def is_repair(self) -> bool:
        """Tell whether an answer before was not good enough."""
        return self.about is not None and self.about.attempt > 0


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


class _Sent(NamedTuple):
    """What was sent, so that it is known again, and which reply it wants."""

    messages_sha256: str
    schema_name: str


class _Subject(NamedTuple):
    """What a request is about, and when it was issued, by which its dates are told."""

    text: Page | Article
    issued: str | None


class DeskInbox:
    """The desk of a project, with what its requests are about."""

    def __init__(self, desk: Path, pages: Path) -> None:
        self.desk = DeskFolder(desk, now=lambda: datetime.now(UTC), announce=lambda _line: None)
        self._pages = pages
        self._sent: dict[str, _Sent] = {}  # by key
        self._subjects: dict[str, _Subject | None] = {}  # by key

    def list_waiting(self, ledger: Path, out: Path) -> list[DeskRequest]:
        """The requests without an answer, those of one page together, in the order in which they were asked."""
        numbers = [number for number in self.desk.list_requests() if self.desk.read_given(number) is None]
        bodies = {number: body for number in numbers if (body := self._read_body(number))}
        known = self._known(ledger) if bodies else {}
        waiting = [self._describe(number, body, known, out) for number, body in bodies.items()]
        first = {each.about.page_id if each.about else "": index for index, each in reversed(list(enumerate(waiting)))}
        return sorted(waiting, key=lambda each: (first[each.about.page_id if each.about else ""], int(each.number)))

    def find(self, number: str, ledger: Path, out: Path) -> DeskRequest | None:
        """One request, answered or not; None if there is none of this number."""
        body = self._read_body(number)
        return self._describe(number, body, self._known(ledger), out) if body else None

    def check(self, text: str, one: DeskRequest, out: Path) -> Verdict:
        """What an answer to a request is worth, before it is handed in."""
        if not text.strip() or is_unfinished(text, is_json=False):
            return Verdict(False, False, True, (), (), 0)
        subject = self._subject(one.about, out) if one.about else None
        try:
            if subject and one.schema_name == "split_reply" and isinstance(subject.text, Page):
                return Verdict(True, True, True, (), (), len(read_split(text, subject.text).articles))
            if subject and isinstance(subject.text, Article) and one.schema_name in ("case_reply", "case_more"):
                return self._check_case(text, one, subject.text, subject.issued)
            kinds = [kind for path, kind in REPLY_TYPES.items() if path.split("/")[1] == one.schema_name]
            if kinds:
                parse_reply(text, kinds[0])
        except InvalidReply as error:
            return Verdict(True, False, subject is not None, tuple(error.issues), (), 0)
        return Verdict(True, True, False, (), (), 0)

    def _check_case(self, text: str, one: DeskRequest, article: Article, issued: str | None) -> Verdict:
        """The answer of a case, or of its further results, held against its article. Errors: InvalidReply."""
        given = 0
        if one.schema_name == "case_reply":
            checked = read_reply(text, article, issued=issued)
            wrong = checked.unsupported
        else:
            body = self._read_body(one.number) or {"messages": ()}
            answers = [str(each.get("content")) for each in body["messages"] if each.get("role") == "assistant"]
            known = parse_reply(answers[-1] if answers else "", CaseReply)
            given = len(known.results)
            checked = read_further(text, known, article, issued=issued)
            wrong = of_further(checked.unsupported, given)
        facts = len(checked.case.results) - given if given else len(checked.case.facts())
        notices = tuple(each for each in checked.findings if each.severity is Severity.NOTICE)
        return Verdict(True, True, True, wrong, notices, facts)

    def _read_body(self, number: str) -> dict[str, Any] | None:
        try:
            return self.desk.read_body(number)
        except (OSError, RefusedError):  # taken away meanwhile, or damaged: there is nothing to answer
            return None

    def _describe(
        self, number: str, body: dict[str, Any], known: Mapping[str, RequestSummary], out: Path
    ) -> DeskRequest:
        """A request with what is known of it."""
        about = known.get(_hash_messages((each.get("role"), each.get("content")) for each in body["messages"]))
        since = datetime.fromtimestamp((self.desk.path / number / "request.json").stat().st_mtime, UTC)
        schema_name = self._sent[about.key].schema_name if about else ""
        return DeskRequest(number, since, about, schema_name, _headline(about, out))

    def _known(self, ledger: Path) -> Mapping[str, RequestSummary]:
        """The requests of the latest runs by what was sent."""
        with read_ledger(ledger) as opened:
            runs = opened.runs(_RUNS_ASKING)
            asked = [each for run in reversed(runs) for each in opened.requests_of(run.run_id)][-_REQUESTS:]
            for each in asked:
                if each.key not in self._sent and (request := opened.find_request(each.key)):
                    pairs = ((message.role, message.content) for message in request.messages)
                    self._sent[each.key] = _Sent(_hash_messages(pairs), request.schema_name)
        return {self._sent[each.key].messages_sha256: each for each in asked if each.key in self._sent}

    def _subject(self, about: RequestSummary, out: Path) -> _Subject | None:
        """What a request is about, as it was when it was asked; None if it cannot be had."""
        if self._subjects.get(about.key) is None:  # what could not be had a moment ago may be there now
            if len(self._subjects) >= _KEPT_SUBJECTS:
                self._subjects.clear()
            self._subjects[about.key] = self._read_subject(about, out)
        return self._subjects[about.key]

    def _read_subject(self, about: RequestSummary, out: Path) -> _Subject | None:
        """Read it from the disk."""
        folder = PageFolder(out / about.page_id)
        try:
            if about.purpose == "split":
                source = find_source(read_page_statuses(self._pages, out), about.page_id)
                page = read_page(source, out=out) if source else folder.page
                named = {"page_id": about.page_id}
                return _Subject(page.model_copy(update=named), None) if isinstance(page, Page) else None
            own, onward = _read_part(out, about.page_id, about.article_id)
            rest, _ = _read_part(out, onward.page_id, onward.article_id) if onward else (None, None)
        except (SummariserError, OSError, LookupError):
            return None
        source_of = None if isinstance(folder.manifest, StoreError) else folder.manifest.page_source
        return _Subject(join_parts(own, rest) if rest else own.article, source_of.issue_date if source_of else None)


def _read_part(out: Path, page_id: str, article_id: str) -> tuple[Place, Tie | None]:
    """What stands on a page of an article, and where the article goes on.

    Errors: SummariserError if the page is not there as it was, KeyError for no such article.
    """
    manifest, page = readable(PageFolder(out / page_id))
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


def _show_waiting(request: Request) -> Response:
    """The page with all requests that wait."""
    return web.show(request, "desk.html.j2", waiting=_list_waiting(request))


def _show_list(request: Request) -> Response:
    """Its part that changes."""
    return web.show(request, "desk_list.html.j2", waiting=_list_waiting(request))


def _check(request: Request, form: Mapping[str, str]) -> Response:
    """What is wrong with an answer, as a part of the page."""
    answer = form.get("answer", "")
    return web.show(request, "desk_verdict.html.j2", verdict=_judge(request, answer), answer=answer)


def _hand_in(request: Request, form: Mapping[str, str]) -> Response:
    """Put an answer into the desk's folder, if it has nothing wrong or the person says so; then show the next request.

    Errors: EditConflictError if there is an answer already.
    """
    answer, number, folder = form.get("answer", ""), request.path_params["number"], _inbox(request).desk
    verdict = _judge(request, answer)
    if not verdict.is_whole or not (verdict.is_good or "anyway" in form):
        return _show_request(request, answer=answer, verdict=verdict)
    try:
        folder.put_reply(number, answer)
    except FileExistsError as error:
        there = folder.read_given(number) or ""
        raise web.EditConflictError(f"desk/{number}", there=there, given=answer, back="/ask/desk") from error
    except (OSError, ValueError) as error:
        raise HTTPException(409, str(error)) from error
    left = _list_waiting(request)
    return RedirectResponse(f"/ask/desk/{left[0].number}" if left else "/ask/desk", status_code=303)


def _judge(request: Request, answer: str) -> Verdict:
    """What an answer to the request of the address is worth."""
    return _inbox(request).check(answer, _find(request), web.project_of(request).settings().out)


def _show_request(request: Request, *, answer: str = "", verdict: Verdict | None = None) -> Response:
    """One request, to be copied and answered."""
    one, folder = _find(request), _inbox(request).desk
    body = folder.read_body(one.number)
    shown = {"one": one, "paste": render_paste(body), "repair": render_repair(body), "answer": answer}
    more = {"given": folder.read_given(one.number), "waiting": _list_waiting(request)}
    return web.show(request, "desk_one.html.j2", status=422 if verdict else 200, **shown, **more, verdict=verdict)


def _find(request: Request) -> DeskRequest:
    """The request that the address names. Errors: HTTPException 404."""
    settings, number = web.project_of(request).settings(), request.path_params["number"]
    one = _inbox(request).find(number, settings.ledger, settings.out)
    if one is None:
        raise HTTPException(404, f"there is no request {number[:20]} on the desk")
    return one


def _list_waiting(request: Request) -> list[DeskRequest]:
    """The requests without an answer."""
    settings = web.project_of(request).settings()
    return _inbox(request).list_waiting(settings.ledger, settings.out)


def count_waiting(request: Request) -> int:
    """How many requests wait for an answer."""
    desk = _inbox(request).desk
    return sum(desk.read_given(number) is None for number in desk.list_requests())


def _inbox(request: Request) -> DeskInbox:
    inbox: DeskInbox = request.app.state.inbox
    return inbox


ROUTES: Final = (
    Route("/ask/desk", _show_waiting),
    Route("/ask/desk/waiting", _show_list),
    Route("/ask/desk/{number:str}", _show_request),
    web.form_route("/ask/desk/{number:str}", _hand_in),
    web.form_route("/ask/desk/{number:str}/check", _check),
)
