"""Ask: page files are uploaded, a run is started, watched and stopped, and answers are pasted and checked.

What a run asks and makes stands in the ledger and the store; a `Runner` keeps its progress, its wait and its end.

The ledger tells what a request is about, by its messages. An answer is checked as the run will check it, against the
article rebuilt from its page.
"""

from __future__ import annotations

import asyncio
import filecmp
import hashlib
import json
import os
import re
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from summariser.api import RunOptions, asummarise
from summariser.disk.files import STALE_TEMP_S, disk_error, sweep, temporary_path
from summariser.disk.ledger import RequestSummary, RunState, RunSummary, SumBy, UsageSum, read_ledger
from summariser.disk.stored import PageFolder, rebuild_article
from summariser.endpoints.config import Settings
from summariser.endpoints.desk_folder import DeskFolder, RefusedError, is_unfinished, render_paste, render_repair
from summariser.endpoints.endpoint import PROVIDERS
from summariser.endpoints.limits import add_costs, spell_money
from summariser.errors import ConfigError, InputError, InvalidReply, StoreError, SummariserError
from summariser.pages.split import Place, join_parts, read_split
from summariser.pipeline import Tally
from summariser.prompt import REPLY_TYPES
from summariser.readers.dispatch import read_page
from summariser.readers.files import SUFFIXES, may_be_page, refuse_kind
from summariser.readers.reading import SIDECAR
from summariser.records.grounding import read_further, read_reply
from summariser.reply import CaseReply, parse_reply
from summariser.reviewing.lines import readable
from summariser.schema.case import Finding, Severity
from summariser.schema.page import Article, Page, Tie
from summariser.text import counted
from summariser.workbench import web
from summariser.workbench.project_state import PageStatuses, choose_paths, find_source, read_page_statuses

_DEEPEST: Final = 4  # folders of a dropped folder that are kept
_LONGEST: Final = 80  # characters of a name
_FORBIDDEN: Final = re.compile(r'[<>:"|?*#%\x00-\x1f]')
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)  # on Windows


class Limits(NamedTuple):
    """How much is taken: of one file, and of all that lies in the folder of the pages."""

    file_bytes: int = 300_000_000  # as much as the readers take
    folder_bytes: int = 20_000_000_000
    files: int = 5_000


LIMITS: Final = Limits()


def safe_path(name: str) -> Path:
    """The relative path under which a dropped file is kept.

    Shape: of the folders in `name` at most the last few; no part is hidden, reserved, or leads up or elsewhere.
    Errors: InputError if the file is of no kind that is read, or called like one that only stands beside pages.
    """
    parts = [_safe_part(part) for part in re.split(r"[/\\]", name) if part not in ("", ".", "..")]
    path = Path(*parts[-_DEEPEST:]) if parts else Path("_")
    if path.suffix.lower() not in SUFFIXES and path.name.lower() != SIDECAR:
        raise refuse_kind(path.suffix, name[-120:])
    if not may_be_page(path) and path.name.lower() != SIDECAR:
        raise InputError("is called like a file that only stands beside pages", path=name[-120:], next_step="Rename it")
    return path


async def keep_upload(
    pages: Path, name: str, content: AsyncIterable[bytes], *, limits: Limits = LIMITS
) -> tuple[Path, bool]:
    """Keep a dropped file below `pages`; where it stands, and whether it is new.

    Shape: the same file dropped again is not kept twice; another one of the same name gets a number behind its own.
    Errors: InputError if it is of no kind that is read, or too much; StoreError if the disk refuses.
    """
    target = pages / safe_path(name)
    temp = temporary_path(pages)
    try:
        check_room(pages, limits)
        if not target.parent.resolve().is_relative_to(pages.resolve()):
            raise StoreError("a link leads out of the folder of the pages", path=target, next_step="Remove the link")
        target.parent.mkdir(parents=True, exist_ok=True)
        size = 0
        with temp.open("xb") as file:
            async for chunk in content:
                size += len(chunk)
                if size > limits.file_bytes:
                    raise InputError("is too large", path=name[-120:], expected=f"At most {limits.file_bytes:,} bytes")
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        sweep(pages, int(temp.stat().st_mtime // STALE_TEMP_S))
        return _place(temp, target)  # without a pause in between, so that of two tabs neither takes the other's name
    except OSError as error:
        raise disk_error(error, target) from error
    finally:
        with suppress(OSError):  # such as a file where the folder should be
            temp.unlink()


def check_room(pages: Path, limits: Limits) -> None:
    """Refuse a further file where there are too many, or too much. Errors: InputError, OSError."""
    files = size = 0
    for parent, _, names in os.walk(pages):
        files += len(names)
        for name in names:
            with suppress(FileNotFoundError):  # another upload that ended meanwhile
                size += Path(parent, name).lstat().st_size
    if files >= limits.files or size >= limits.folder_bytes:
        raise InputError(
            f"holds {counted(files, 'file')} of {size / 1e9:.1f} GB",
            path=pages,
            expected=f"At most {limits.files:,} files of {limits.folder_bytes / 1e9:.0f} GB are taken from the browser",
            next_step="Copy more into the folder by hand, or begin another project",
        )


def _place(temp: Path, target: Path) -> tuple[Path, bool]:
    """Move a file to its name, or to the next one that is free."""
    place, number = target, 1
    while os.path.lexists(place):
        if place.is_file() and filecmp.cmp(temp, place, shallow=False):
            return place, False
        number += 1
        place = target.with_stem(f"{target.stem}-{number}")
    temp.rename(place)
    return place, True


def _safe_part(part: str) -> str:
    """One name of a path, as every system takes it and a person can read it."""
    shown = "".join(char for char in unicodedata.normalize("NFC", part) if unicodedata.category(char) not in _HIDDEN)
    clean = _FORBIDDEN.sub("_", shown).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if dot and stem and len(suffix) <= 8:
        clean = f"{stem[:_LONGEST]}.{suffix}"
    clean = clean[: _LONGEST + 9] or "_"
    return f"_{clean}" if _RESERVED.fullmatch(clean) or clean.startswith(".") else clean


class RunnerState(StrEnum):
    """How the run of this workbench stands."""

    IDLE = "idle"  # none was started yet
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"  # `trouble` says why
    FAULT = "fault"  # of our own; the terminal has the details


class Runner:
    """Runs one run at a time in a thread of its own, with a loop of its own, because checking replies takes the CPU."""

    def __init__(self) -> None:
        self.state = RunnerState.IDLE
        self.trouble: SummariserError | str = ""
        self.unread: tuple[SummariserError, ...] = ()
        self.tally = Tally()
        self._stop: Callable[[], object] = lambda: None
        self._thread: threading.Thread | None = None

    @property
    def is_going(self) -> bool:
        """Tell whether a run is on."""
        return self.state in (RunnerState.RUNNING, RunnerState.STOPPING)

    def start(self, paths: Sequence[Path], settings: Settings, options: RunOptions) -> None:
        """Start a run over pages. Errors: ConfigError if one is on, or the settings do not say whom to ask."""
        if self.is_going:
            raise ConfigError("a run is on already", next_step="Wait for its end, or stop it")
        settings.endpoint()  # what is missing is said now, not by a run that ends at once
        self.state, self.trouble, self.unread, self.tally = RunnerState.RUNNING, "", (), Tally()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(paths, settings, options, ready), name="run")
        self._thread.start()
        ready.wait(5)

    def stop(self) -> None:
        """Ask the run to end; what was paid for is kept, and the next run goes on from there."""
        if self.state is RunnerState.RUNNING:
            self.state = RunnerState.STOPPING
            self._stop()

    def close(self, patience_s: float) -> None:
        """Stop the run and wait for its end."""
        self.stop()
        if self._thread:
            self._thread.join(patience_s)

    def left_s(self) -> float | None:
        """The seconds that the run may still take, where that can be told."""
        return self.tally.left_s(time.monotonic()) if self.state is RunnerState.RUNNING else None

    def wait(self) -> str:
        """What the run waits for at the moment, if it does."""
        return self.tally.wait if self.is_going and datetime.now(UTC) < self.tally.wait_ends else ""

    def _run(self, paths: Sequence[Path], settings: Settings, options: RunOptions, ready: threading.Event) -> None:
        """The thread of a run."""
        end = RunnerState.FAULT
        try:
            asyncio.run(self._summarise(paths, settings, options, ready))
            end = RunnerState.DONE
        except asyncio.CancelledError:
            end = RunnerState.STOPPED
        except (SummariserError, OSError) as error:
            self.trouble = error if isinstance(error, SummariserError) else str(error)
            end = RunnerState.FAILED
        finally:
            ready.set()
            self.state = end

    async def _summarise(
        self, paths: Sequence[Path], settings: Settings, options: RunOptions, ready: threading.Event
    ) -> None:
        """The run, as it can be stopped from another thread."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        self._stop = lambda: task and loop.call_soon_threadsafe(task.cancel)
        ready.set()
        report = await asummarise(paths, options=options, settings=settings, progress=self.tally)
        self.unread = report.unread


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
            wrong = checked.unsupported_behind(given)
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


_DESK_ROUTES: Final = (
    Route("/ask/desk", _show_waiting),
    Route("/ask/desk/waiting", _show_list),
    Route("/ask/desk/{number:str}", _show_request),
    web.form_route("/ask/desk/{number:str}", _hand_in),
    web.form_route("/ask/desk/{number:str}/check", _check),
)


_RUNS: Final = 4  # listed below the run that is on
_AS_SET: Final = "-"  # provider and model of summariser.toml and the environment
_NAMED: Final = ("desk", *(name for name in PROVIDERS if name not in ("desk", "custom")))


class RecentRuns(NamedTuple):
    """The latest runs of the ledger, and why requests of the newest one failed, each reason with how often.

    Shape: with each run what it cost, spelled; empty where no price is known.
    """

    runs: tuple[tuple[RunSummary, str], ...]
    errors: tuple[tuple[str, int], ...]


def _show_ask(request: Request) -> Response:
    """The page of the section."""
    settings, trouble = _settings_of(web.project_of(request))
    shown = {**_watch(request), "statuses": _list_pages(request), "set": settings, "trouble": trouble}
    return web.show(request, "ask.html.j2", **shown, providers=_NAMED, as_set=_AS_SET)


def _show_run(request: Request) -> Response:
    """What changes while a run is on."""
    return web.show(request, "ask_run.html.j2", **_watch(request))


def _show_pages(request: Request) -> Response:
    """How the pages stand."""
    return web.show(request, "ask_pages.html.j2", statuses=_list_pages(request))


async def _take_file(request: Request) -> Response:
    """Keep a dropped file; its path in the dropped folder is in the address, its content is the body."""
    try:
        path, is_new = await keep_upload(
            web.project_of(request).pages, request.query_params.get("name", ""), request.stream()
        )
    except SummariserError as error:
        return JSONResponse({"error": web.translate_error(web.language_of(request), error)}, status_code=422)
    return JSONResponse({"kept": path.as_posix(), "new": is_new})


async def _start(request: Request) -> Response:
    """Start a run over the ticked pages, or over all that are not finished."""
    await asyncio.to_thread(_begin, request, await web.read_lists(request))
    return RedirectResponse("/ask", status_code=303)


def _begin(request: Request, form: Mapping[str, list[str]]) -> None:
    """Start a run as a form wants it. Errors: ConfigError, as `Runner.start`."""
    project, provider = web.project_of(request), form.get("provider", [_AS_SET])[-1]
    flags = {} if provider == _AS_SET else {"provider": provider, "model": form.get("model", [""])[-1].strip() or None}
    settings = project.settings(**flags)
    statuses = read_page_statuses(project.pages, settings.out)
    unfinished = [each.file.path.as_posix() for each in statuses.unfinished]
    paths = choose_paths(statuses, form.get("page", []) if "ticked" in form else unfinished, project.pages)
    options = RunOptions(rules="rules" in form, desk=project.desk if settings.provider == "desk" else None)
    _runner(request).start(paths, settings, options)


def _stop(request: Request) -> Response:
    """Stop the run of this workbench."""
    _runner(request).stop()
    return RedirectResponse("/ask", status_code=303)


def _watch(request: Request) -> dict[str, Any]:
    """What a template needs to tell of runs."""
    settings, _ = _settings_of(web.project_of(request))
    waiting = count_waiting(request)
    return {"runner": _runner(request), "watched": _read_ledger(settings), "waiting": waiting}


def _list_pages(request: Request) -> PageStatuses:
    """How the pages of the project stand."""
    project = web.project_of(request)
    return read_page_statuses(project.pages, _settings_of(project)[0].out)


def _settings_of(project: web.Project) -> tuple[Settings, SummariserError | str]:
    """The settings, and what is wrong with them, if anything is; then those without any file or variable."""
    try:
        return project.settings(), ""
    except SummariserError as error:
        return Settings(), error


def _read_ledger(settings: Settings) -> RecentRuns:
    """The latest runs; none if there is no ledger yet."""
    with read_ledger(settings.ledger) as ledger:
        latest = ledger.runs(50)
        runs = tuple(run for run in latest if run.state is RunState.RUNNING or run in latest[:_RUNS])
        requests = ledger.requests_of(runs[0].run_id) if runs else ()
        used = ledger.usage_by(SumBy.RUN, [run.run_id for run in runs])
    costs = tuple((run, _spell_cost([each for each in used if each.name == str(run.run_id)], settings)) for run in runs)
    return RecentRuns(costs, tuple(Counter(each.error for each in requests if each.error).most_common()))


def _spell_cost(used: Sequence[UsageSum], settings: Settings) -> str:
    """What replies cost, by currency; empty where no price is known, or nothing was counted."""
    return spell_money(add_costs((settings.price_of(each.base_url, each.model), each, each.by_batch) for each in used))


def _runner(request: Request) -> Runner:
    runner: Runner = request.app.state.runner
    return runner


SECTION: Final = web.Section(
    "/ask",
    "nav.ask",
    (
        Route("/ask", _show_ask),
        Route("/ask/run", _show_run),
        Route("/ask/pages", _show_pages),
        Route("/ask/files", _take_file, methods=["PUT"]),
        Route("/ask/start", _start, methods=["POST"]),
        Route("/ask/stop", _stop, methods=["POST"]),
        *_DESK_ROUTES,
    ),
)
