"""Review: a person goes through the records in the order of doubt, the page at the left, the facts at the right.

Every key is a button of the page; `review.js` only presses it. So everything can be done with the keyboard, with a
pointer, and by a test. What a person does to a record is a form, which carries the version of what it was made from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from summariser.disk.record_text import dump_json
from summariser.disk.stored import PageFolder
from summariser.errors import InputError, StoreError
from summariser.report.picture import Copy
from summariser.reviewing.by_hand import begin_record
from summariser.reviewing.review import NO_CASE, accept, add_note, reject
from summariser.schema.codes import Decision
from summariser.schema.page import Article
from summariser.schema.record import Record
from summariser.workbench.bench import lay_bench, lay_failure, picture_of
from summariser.workbench.room import Room, project_of, read_form, show
from summariser.workbench.shelf import Key, Shelf, next_open
from summariser.workbench.sitting import COOKIE, Reviewer, Step, read_reviewer, sitting_of
from summariser.workbench.standing import find_source, read_standings
from summariser.workbench.versions import ChangedMeanwhileError, check_version, version_of

Form = Mapping[str, str]
_A_YEAR_S: Final = 365 * 86400
_LEAVING: Final = ("accept", "reject")  # what ends the work on a record; the next one is shown


class Deed(NamedTuple):
    """What a person does to a record: the record with its page, what the form says, who does it, and when (a date)."""

    record: Record
    article: Article | None
    form: Form
    by: str
    date: str


async def _show_queue(request: Request) -> Response:
    """All articles in the order of doubt, and who reviews."""
    reviewer = read_reviewer(request)
    queue = await asyncio.to_thread(_list_queue, request, reviewer)
    return show(request, "review.html.j2", queue=queue, first=next_open(queue), reviewer=reviewer)


async def _choose_reviewer(request: Request) -> Response:
    """Keep who reviews in this browser."""
    form = await read_form(request)
    reviewer = Reviewer(form.get("name", "").strip(), "apart" in form)
    if reviewer.name:
        _shelf(request, reviewer)
    answer = RedirectResponse("/review", status_code=303)
    if reviewer.name:
        answer.set_cookie(COOKIE, reviewer.cookie, max_age=_A_YEAR_S, httponly=True, samesite="strict")
    else:
        answer.delete_cookie(COOKIE)
    return answer


async def _show_one(request: Request) -> Response:
    """One record beside its page, or an article that has none."""
    return await asyncio.to_thread(_show, request, request.query_params)


async def _act(request: Request) -> Response:
    """Do what a person decided, then show what comes next."""
    form = await read_form(request)
    return await asyncio.to_thread(_do, request, form)


def _do(request: Request, form: Form) -> Response:
    """Do it, if anybody is here to answer for it."""
    reviewer, deed = read_reviewer(request), form.get("do", "")
    if reviewer is None:
        return RedirectResponse("/review", status_code=303)
    if deed in _OF_SITTING:
        return _OF_SITTING[deed](request, reviewer, form)
    if deed not in _DEEDS:
        raise HTTPException(400, f"nobody can {deed[:40]} a record")
    return _decide(request, reviewer, form)


def _decide(request: Request, reviewer: Reviewer, form: Form) -> Response:
    """Change the record; what it cannot be is said beside what was typed."""
    shelf, key, deed = _shelf(request, reviewer), _key(request), form["do"]
    record = shelf.load(key)
    check_version(form.get("version", ""), record, name="/".join(key), given=_spell(form), back=_address(key))
    article = PageFolder(shelf.out / key[0]).article(record)
    if deed == "accept" and record.case.unsupported and "sure" not in form:
        return _show(request, {**form, "ask": "accept"})
    try:
        page = article if isinstance(article, Article) else None
        decided = _DEEDS[deed](Deed(record, page, form, reviewer.name, _today()))
    except InputError as error:
        return _show(request, form, trouble=str(error))
    shelf.put(decided, seen=record)
    sitting_of(request, reviewer).add(Step(key, record, decided))
    return _go_on(request, reviewer, key) if deed in _LEAVING else RedirectResponse(_address(key), status_code=303)


def _skip(request: Request, reviewer: Reviewer, _form: Form) -> Response:
    """Look at the record last."""
    sitting_of(request, reviewer).add(Step(_key(request), None, None))
    return _go_on(request, reviewer, _key(request))


def _begin(request: Request, reviewer: Reviewer, form: Form) -> Response:
    """Make a record where there is none: empty, to be filled in, or marked as no case."""
    shelf, key = _shelf(request, reviewer), _key(request)
    folder = PageFolder(shelf.out / key[0])
    try:
        record = begin_record(folder, key[1], by=reviewer.name)
        if form["do"] == "leave_out":
            record = _reject(Deed(record, None, form, reviewer.name, _today()))
    except InputError as error:
        return _show(request, form, trouble=str(error))
    shelf.begin(record)
    return _go_on(request, reviewer, key) if form["do"] == "leave_out" else RedirectResponse(_address(key), 303)


def _undo(request: Request, reviewer: Reviewer, _form: Form) -> Response:
    """Take the last step back, on disk as well, and show its record."""
    sitting = sitting_of(request, reviewer)
    if not sitting.steps:
        return _show(request, {}, trouble="", is_undone=False)
    step = sitting.steps[-1]
    if step.before is not None and step.after is not None:
        shelf = _shelf(request, reviewer)
        there = shelf.load(step.key)
        if there != step.after:
            given, back = dump_json(step.before), _address(step.key)
            raise ChangedMeanwhileError("/".join(step.key), there=dump_json(there), given=given, back=back)
        shelf.put(step.before, seen=step.after)
    sitting.take_back()
    return RedirectResponse(_address(step.key), status_code=303)


def _go_on(request: Request, reviewer: Reviewer, key: Key) -> Response:
    """Lead to the next record that waits; to the queue if there is none."""
    following = next_open(_list_queue(request, reviewer), key)
    return RedirectResponse(_address(following.key) if following else "/review", status_code=303)


def _show(request: Request, form: Form, *, trouble: str | None = None, is_undone: bool = True) -> Response:
    """One record beside its page; `form` says what is asked of it."""
    reviewer, key = read_reviewer(request), _key(request)
    shelf = _shelf(request, reviewer)
    folder = PageFolder(shelf.out / key[0])
    queue = _list_queue(request, reviewer)
    shown: dict[str, Any] = {
        "key": key,
        "reviewer": reviewer,
        "waiting": sum(each.is_open for each in queue),
        "steps": len(sitting_of(request, reviewer).steps) if reviewer else 0,
        "ask": form.get("ask", ""),
        "fact": form.get("fact", ""),
        "trouble": trouble,
        "is_undone": is_undone,
    }
    if failure := shelf.load_failure(key):
        source = find_source(read_standings(project_of(request).pages, shelf.out), key[0])
        lines = lay_failure(key[1], folder)
        return show(request, "failure.html.j2", **shown, failure=failure, lines=lines, source=source, no_case=NO_CASE)
    try:
        record = shelf.load(key)
    except StoreError as error:
        raise HTTPException(404, str(error)) from error
    bench = lay_bench(record, folder)
    copy = picture_of(folder.path.absolute(), record.provenance.page_sha256) if bench.picture else None
    shown |= {"bench": bench, "record": record, "version": version_of(record), "no_case": NO_CASE}
    status = 422 if trouble else 200
    return show(request, "bench.html.j2", status=status, **shown, copy=copy, has_copy=isinstance(copy, Copy))


def _accept(deed: Deed) -> Record:
    return accept(deed.record, by=deed.by)


def _reject(deed: Deed) -> Record:
    """The record as no case. Errors: InputError for a decision that is none."""
    code = next((each for each in NO_CASE if each.value == deed.form.get("why")), None)
    if code is None:
        raise InputError("say why it is no case", path="decision", expected=", ".join(NO_CASE))
    return reject(deed.record, deed.article, Decision(code), by=deed.by, date=deed.date)


def _note(deed: Deed) -> Record:
    return add_note(deed.record, deed.form.get("note", ""), by=deed.by)


_OF_SITTING: Final[Mapping[str, Callable[[Request, Reviewer, Form], Response]]] = {
    "skip": _skip,
    "undo": _undo,
    "by_hand": _begin,
    "leave_out": _begin,
}
_DEEDS: Final[Mapping[str, Callable[[Deed], Record]]] = {"accept": _accept, "reject": _reject, "note": _note}


def _shelf(request: Request, reviewer: Reviewer | None) -> Shelf:
    """The records as this person sees them. Errors: InputError for a name that cannot be a coder's."""
    project = project_of(request)
    return Shelf(project.settings().out, project.reviews, reviewer.coder if reviewer else None)


def _list_queue(request: Request, reviewer: Reviewer | None) -> list[Any]:
    """The queue of this person."""
    skipped = sitting_of(request, reviewer).skipped if reviewer else {}
    return _shelf(request, reviewer).list_queue(skipped)


def _key(request: Request) -> Key:
    """The article that the address names."""
    return request.path_params["page"], request.path_params["article"]


def _address(key: Key, **query: str) -> str:
    """Where an article is reviewed."""
    return f"/review/{quote(key[0])}/{quote(key[1])}" + (f"?{urlencode(query)}" if query else "")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _spell(form: Form) -> str:
    """What a form says, for a person to read."""
    return "\n".join(f"{name}: {value}" for name, value in form.items() if name != "version")


ROOM: Final = Room(
    "/review",
    "nav.review",
    (
        Route("/review", _show_queue),
        Route("/review/who", _choose_reviewer, methods=["POST"]),
        Route("/review/{page:str}/{article:str}", _show_one),
        Route("/review/{page:str}/{article:str}", _act, methods=["POST"]),
    ),
)
