"""Review: a person goes through the records in the order of doubt, the page at the left, the facts at the right.

Every key is a button of the page; `review.js` only presses it. So everything can be done with the keyboard, with a
pointer, and by a test. What a person does to a record is a form, which carries the version of what it was made from.

Two coders decide apart: how far they agree is shown field by field, and a person settles what they disagree in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from summariser.disk.store import FileChange, change_files
from summariser.disk.stored import read_bytes
from summariser.errors import InputError, StoreError
from summariser.evaluation.evaluate import Stability, measure_stability
from summariser.report.views import Copy, finding_words, view_record
from summariser.reviewing.amend import Amended, Who
from summariser.reviewing.practices import (
    MOST_SHARING,
    RELATIONS,
    PracticeCandidate,
    are_joined,
    join_records,
    part_record,
)
from summariser.reviewing.rearrange import heir_of
from summariser.reviewing.review import (
    NO_CASE,
    Disagreement,
    Doubt,
    Settling,
    begin_record,
    doubt_facts,
    list_disagreements,
    settle,
)
from summariser.schema.case import Finding
from summariser.schema.codes import Decision
from summariser.schema.page import Article
from summariser.schema.record import PageManifest, Record
from summariser.workbench import lines
from summariser.workbench.bench import (
    DEEDS,
    STATEMENT_FIELDS,
    Deed,
    chosen_words,
    fill_sheet,
    kinds_of,
    lay_bench,
    lay_failure,
    picture_of,
)
from summariser.workbench.room import (
    ChangedMeanwhileError,
    Form,
    Room,
    check_version,
    find_source,
    form_route,
    language_of,
    project_of,
    read_standings,
    say_error,
    show,
    version_of,
)
from summariser.workbench.shelf import (
    COOKIE,
    Entry,
    Key,
    Reviewer,
    Shelf,
    Step,
    address_of,
    catalogue_of,
    count_disagreements,
    key_of,
    likely_practices,
    list_coders,
    load_coded,
    next_open,
    read_reviewer,
    refresh_catalogue,
    shelf_of,
    sitting_of,
)

DECIDING: Final = ("accept", "reject")  # what ends the work on a record


_MOST: Final = 9  # candidates that are shown, one for each digit


def _list_candidates(request: Request, shelf: Shelf, record: Record) -> list[PracticeCandidate]:
    """The likeliest records of the same practice that are not joined with it yet, the likeliest first."""
    refresh_catalogue(request)
    return [
        each
        for each in likely_practices(request, record, shelf, most=MOST_SHARING)
        if each.second.case.decision is Decision.UNION_CASE and not are_joined(record, each.second)
    ][:_MOST]


def _join_practice(shelf: Shelf, record: Record, form: Form, *, by: str) -> tuple[FileChange, ...]:
    """Join a record with the one that a form names, or part it; the files that changed.

    Errors: InputError if the form names no record or relation, the records cannot be joined, or a coder asks, whose
    decisions are not those of the records.
    """
    key = (record.page_id, record.article_id)
    if shelf.is_apart:
        raise InputError("practices are joined in the records, not by a coder alone", path="/".join(key))
    relation = next((each for each in RELATIONS if each == form.get("relation")), None)
    page_id, _, article_id = form.get("other", "").partition("/")
    keys = [key] if form["do"] == "part" else [key, (page_id, article_id)]
    try:
        paths = [shelf.path_of(each) for each in keys]
        before = [read_bytes(path) for path in paths]
        if form["do"] == "part":
            part_record(*paths)
        elif relation:
            join_records(*paths, relation=relation, by=by)
    except StoreError:
        relation = None
    if relation is None and form["do"] != "part":
        raise InputError("name a record and how both belong together", path=form.get("other", "")[:200])
    changes = (FileChange(path, old, read_bytes(path)) for path, old in zip(paths, before, strict=True))
    return tuple(each for each in changes if each.before != each.after)


_A_YEAR_S: Final = 365 * 86400


def _show_queue(request: Request) -> Response:
    """All articles in the order of doubt, and who reviews."""
    reviewer = read_reviewer(request)
    _, _, progress = refresh_catalogue(request)
    queue = _list_queue(request, reviewer, is_growing=progress is not None)
    shown: dict[str, Any] = {"queue": queue, "first": next_open(queue), "reviewer": reviewer}
    return show(request, "review.html.j2", **shown, progress=progress, is_done=False)


def _choose_reviewer(request: Request, form: Form) -> Response:
    """Keep who reviews in this browser."""
    reviewer = Reviewer(form.get("name", "").strip(), "apart" in form)
    if reviewer.name:
        shelf_of(request, reviewer)
    answer = RedirectResponse("/review", status_code=303)
    if reviewer.name:
        answer.set_cookie(COOKIE, reviewer.cookie, max_age=_A_YEAR_S, httponly=True, samesite="strict")
    else:
        answer.delete_cookie(COOKIE)
    return answer


def _show_one(request: Request) -> Response:
    """One record beside its page, or an article that has none."""
    return _show(request, request.query_params)


def _do(request: Request, form: Form) -> Response:
    """Do it, if anybody is here to answer for it."""
    reviewer, deed = read_reviewer(request), form.get("do", "")
    if reviewer is None:
        return RedirectResponse("/review", status_code=303)
    if deed in _OF_SITTING:
        return _OF_SITTING[deed](request, reviewer, form)
    if deed not in DEEDS:
        raise HTTPException(400, f"nobody can {deed[:40]} a record")
    return _decide(request, reviewer, form)


def _decide(request: Request, reviewer: Reviewer, form: Form) -> Response:
    """Change the record; what it cannot be is said beside what was typed."""
    shelf, key, deed = shelf_of(request, reviewer), key_of(request), form["do"]
    record = shelf.load(key)
    check_version(form, record, back=address_of(key))
    if deed == "accept" and record.case.unsupported and "sure" not in form:
        return _show(request, {**form, "ask": "accept"})
    try:
        done = _do_deed(shelf, record, form, reviewer)
    except InputError as error:
        return _show(request, {"ask": deed, **form}, trouble=error)
    if done.objections and "sure" not in form:
        return _show(request, {"ask": deed, **form}, objections=done.objections)
    if done.record != record:
        sitting_of(request, reviewer).add(Step(key, (shelf.put(done.record, seen=record),)))
    if deed in DECIDING:
        return _go_on(request, reviewer, key)
    return RedirectResponse(address_of(key, fact=_next_fact(record, done.record, form)), status_code=303)


def _do_deed(shelf: Shelf, record: Record, form: Form, reviewer: Reviewer) -> Amended:
    """The record as a deed leaves it; nothing is written. Errors: InputError for what the record cannot be."""
    article = shelf.folder_of((record.page_id, record.article_id)).article(record)
    page = article if isinstance(article, Article) else None
    today = datetime.now(UTC).date().isoformat()
    return DEEDS[form["do"]](Deed(record, page, form, Who(by=reviewer.name, date=today)))


def _next_fact(before: Record, after: Record, form: Form) -> str:
    """The fact to look at behind a deed: what was corrected or added, else the next doubt behind what was settled."""
    deed, path = form["do"], form.get("fact", "")
    left = [each for each, doubt in doubt_facts(after) if doubt < Doubt.WORDS]
    if deed == "add":
        known = len(before.corrections)
        return next((each.path for each in after.corrections[known:]), path)
    if deed != "fact":
        return path
    order = [each for each, _ in doubt_facts(before)]
    behind = [each for each in left if path in order and order.index(each) > order.index(path)]
    return next(iter((*behind, *left)), path)


def _skip(request: Request, reviewer: Reviewer, _form: Form) -> Response:
    """Look at the record last."""
    sitting_of(request, reviewer).add(Step(key_of(request)))
    return _go_on(request, reviewer, key_of(request))


def _begin(request: Request, reviewer: Reviewer, form: Form) -> Response:
    """Make a record where there is none: empty, to be filled in, or marked as no case."""
    shelf, key = shelf_of(request, reviewer), key_of(request)
    folder = shelf.folder_of(key)
    try:
        record = begin_record(folder, key[1], by=reviewer.name)
        if form["do"] == "leave_out":
            record = _do_deed(shelf, record, {**form, "do": "reject"}, reviewer).record
    except InputError as error:
        return _show(request, form, trouble=error)
    shelf.begin(record)
    return _go_on(request, reviewer, key) if form["do"] == "leave_out" else RedirectResponse(address_of(key), 303)


def _undo(request: Request, reviewer: Reviewer, _form: Form) -> Response:
    """Take the last step back, on disk as well, and show its record."""
    sitting = sitting_of(request, reviewer)
    if not sitting.steps:
        return _show(request, {}, trouble="", is_undone=False)
    step = sitting.steps[-1]
    for path, before, after in step.files:
        there = read_bytes(path) if path.exists() else None
        if there != after:
            now, given = ((each or b"").decode("utf-8", "replace") for each in (there, before))
            raise ChangedMeanwhileError(path.as_posix(), there=now, given=given, back=address_of(step.key))
    change_files([each.back for each in reversed(step.files)])
    sitting.take_back()
    return RedirectResponse(address_of(step.key), status_code=303)


def _go_on(request: Request, reviewer: Reviewer, key: Key) -> Response:
    """Lead to the next record that waits; to the queue if there is none."""
    following = next_open(_list_queue(request, reviewer), key)
    return RedirectResponse(address_of(following.key) if following else "/review", status_code=303)


def _show(
    request: Request,
    form: Form,
    *,
    trouble: InputError | str | None = None,
    is_undone: bool = True,
    objections: Sequence[Finding] = (),
) -> Response:
    """One record beside its page; `form` says what is asked of it, and what was typed."""
    reviewer, key = read_reviewer(request), key_of(request)
    shelf = shelf_of(request, reviewer)
    folder = shelf.folder_of(key)
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
        manifest = folder.manifest
        if isinstance(manifest, PageManifest) and (heir := heir_of(manifest, key[1])):  # merged into another
            return RedirectResponse(address_of((key[0], heir)), status_code=303)
        raise HTTPException(404, str(error)) from error
    bench = lay_bench(record, folder)
    shown |= {"objections": objections, "sheet": fill_sheet(record, bench.article, form), "kinds": kinds_of(record)}
    copy = picture_of(folder.path.absolute(), record.provenance.page_sha256) if bench.picture else None
    asks_practice = form.get("ask") == "practice"
    moved = folder.manifest.by_person if isinstance(folder.manifest, PageManifest) else None
    shown |= {"asked_again": moved is not None and key[1] in moved.held}
    shown |= {"candidates": _list_candidates(request, shelf, record) if asks_practice else (), "relations": RELATIONS}
    shown |= {"bench": bench, "record": record, "version": version_of(record), "no_case": NO_CASE}
    status = 422 if trouble else 200
    return show(request, "bench.html.j2", status=status, **shown, copy=copy, has_copy=isinstance(copy, Copy))


def _join(request: Request, reviewer: Reviewer, form: Form) -> Response:
    """Join the record with another to one practice, or take it out of its practice."""
    shelf, key = shelf_of(request, reviewer), key_of(request)
    record = shelf.load(key)
    check_version(form, record, back=address_of(key))
    try:
        changes = _join_practice(shelf, record, form, by=reviewer.name)
    except InputError as error:
        return _show(request, form, trouble=error)
    sitting_of(request, reviewer).add(Step(key, changes))
    return RedirectResponse(address_of(key), status_code=303)


_OF_SITTING: Final[Mapping[str, Callable[[Request, Reviewer, Form], Response]]] = {
    "skip": _skip,
    "undo": _undo,
    "by_hand": _begin,
    "leave_out": _begin,
    "join": _join,
    "part": _join,
}


def _read_on(request: Request, form: Form) -> Response:
    """What code reads from what is being typed, before anything is kept; or why it cannot be."""
    shelf, reviewer = shelf_of(request, read_reviewer(request)), read_reviewer(request) or Reviewer("", apart=False)
    if form.get("do") not in DEEDS:
        raise HTTPException(400, "nothing is being typed here")
    record = shelf.load(key_of(request))
    try:
        done = _do_deed(shelf, record, form, reviewer)
    except InputError as error:
        return show(request, "reading.html.j2", trouble=error, facts=(), objections=())
    view = view_record(done.record, number=1, tag="", tint=0)
    path = _next_fact(record, done.record, form)
    facts = [each for each in view.facts if each.path == path]
    return show(request, "reading.html.j2", trouble="", facts=facts, objections=done.objections)


def _send_words(request: Request) -> Response:
    """The words between two places of the page, and their sentences."""
    shelf, query = shelf_of(request, read_reviewer(request)), request.query_params
    record = shelf.load(key_of(request))
    article = shelf.folder_of((record.page_id, record.article_id)).article(record)
    try:
        words, sents = chosen_words(article, query) if isinstance(article, Article) else ("", ())
    except InputError as error:
        return JSONResponse({"error": say_error(language_of(request), error)}, status_code=422)
    return JSONResponse({"words": words, "sents": ", ".join(map(str, sents))})


def _list_queue(request: Request, reviewer: Reviewer | None, *, is_growing: bool = False) -> list[Entry]:
    """The queue of this person."""
    shelf, files = shelf_of(request, reviewer), catalogue_of(request).read_known()
    skipped = sitting_of(request, reviewer).skipped if reviewer else {}
    known = (
        {} if reviewer and reviewer.apart else count_disagreements(project_of(request).reviews)
    )  # a coder sees no other
    return shelf.list_queue(files, skipped, known, is_growing=is_growing)


# ---- two coders


class Coded(NamedTuple):
    """One article that both coders have decided, and how often they disagree in it; `state` is that of the record."""

    key: Key
    headline: str
    differ: int
    state: str


class Both(NamedTuple):
    """Two coders and what they have decided, by article; `names` are empty where there are fewer than two."""

    names: tuple[str, str]
    one: Mapping[Key, Record]
    other: Mapping[Key, Record]


def _show_agreement(request: Request) -> Response:
    """How far two coders agree, and the articles in which they do not."""
    coders = list_coders(project_of(request).reviews)
    if len(coders) < 2:
        return show(request, "coders.html.j2", coders=coders, names=None, stability=None, articles=())
    both, shelf = _read_both(request), shelf_of(request, None)
    shared = [key for key in both.one if key in both.other]
    stability: Stability | None = None
    if shared:
        stability = measure_stability([[side[key] for key in shared] for side in (both.one, both.other)])
    articles = [
        Coded(key, both.one[key].headline or "", len(differ), shelf.load(key).review.state)
        for key in shared
        if (differ := list_disagreements(both.one[key], both.other[key]))
    ]
    return show(request, "coders.html.j2", coders=coders, names=both.names, stability=stability, articles=articles)


def _show_settling(request: Request) -> Response:
    """What two coders have differently in one article, beside its page."""
    return _show_both(request, {})


def _show_both(request: Request, sides: Mapping[str, str], trouble: InputError | str = "") -> Response:
    both, key, shelf = _read_both(request), key_of(request), shelf_of(request, None)
    one, other = _pair(both, key)
    record = shelf.load(key)
    bench = lay_bench(record, shelf.folder_of(key))
    shown: dict[str, Any] = {"key": key, "names": both.names, "bench": bench, "sides": sides, "trouble": trouble}
    rows = [_row(each) for each in list_disagreements(one, other)]
    status = 422 if trouble else 200
    return show(request, "settle.html.j2", status=status, **shown, rows=rows, record=record, version=version_of(record))


class Row(NamedTuple):
    """One disagreement as a page shows it; `name` is that of its field (a key of the words), empty for a whole fact."""

    path: str
    name: str
    one: str
    other: str


def _row(each: Disagreement) -> Row:
    is_whole = each.path.endswith("]") or isinstance(each.one, dict) or isinstance(each.other, dict)
    name = "" if is_whole else each.path.rpartition(".")[2]
    return Row(each.path, STATEMENT_FIELDS.get(name, name), _say(each.one), _say(each.other))


def _say(value: object) -> str:
    """A value for a reader: a whole fact by what it says, nothing as a dash."""
    if isinstance(value, dict):
        return "; ".join(_say(part) for part in value.values() if part not in (None, []))
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None or value == "-" else str(value)


def _settle(request: Request, form: Mapping[str, str]) -> Response:
    """Keep the record that was settled between both."""
    both, key, reviewer = _read_both(request), key_of(request), read_reviewer(request)
    if reviewer is None:
        return RedirectResponse("/review", status_code=303)
    query = urlencode({"one": both.names[0], "other": both.names[1]})
    back = f"/review/coders/{quote(key[0])}/{quote(key[1])}?{query}"
    shelf = shelf_of(request, None)
    record, (one, other) = shelf.load(key), _pair(both, key)
    sides = {name.removeprefix("side:"): value for name, value in form.items() if name.startswith("side:")}
    given = "\n".join(f"{path}: {side}" for path, side in sides.items())
    check_version(form, record, given=given, back=back)
    article = shelf.folder_of(key).article(record)
    if isinstance(article, Finding):
        return _show_both(request, sides, finding_words(article))
    settling = Settling(both.names, reviewer.name, datetime.now(UTC).date().isoformat())
    try:
        settled = settle(one, other, article, sides, settling)
    except InputError as error:
        return _show_both(request, sides, error)
    shelf.put(settled, seen=record)
    return RedirectResponse(f"/review/coders?{query}", status_code=303)


def _read_both(request: Request) -> Both:
    """The two coders that the address names, else the first two. Errors: InputError for no coder."""
    reviews = project_of(request).reviews
    known = [*list_coders(reviews), "", ""]
    names = (request.query_params.get("one") or known[0], request.query_params.get("other") or known[1])
    return Both(names, load_coded(reviews, names[0]), load_coded(reviews, names[1]))


def _pair(both: Both, key: Key) -> tuple[Record, Record]:
    """The records of both coders. Errors: HTTPException 404 if one has not decided the article."""
    if key not in both.one or key not in both.other:
        raise HTTPException(404, "not both coders have decided this article")
    return both.one[key], both.other[key]


ROOM: Final = Room(
    "/review",
    "nav.review",
    (
        Route("/review", _show_queue),
        form_route("/review/who", _choose_reviewer),
        Route("/review/coders", _show_agreement),
        Route("/review/coders/{page:str}/{article:str}", _show_settling),
        form_route("/review/coders/{page:str}/{article:str}", _settle),
        *lines.ROUTES,
        Route("/review/{page:str}/{article:str}", _show_one),
        form_route("/review/{page:str}/{article:str}", _do),
        form_route("/review/{page:str}/{article:str}/read", _read_on),
        Route("/review/{page:str}/{article:str}/words", _send_words),
    ),
)
