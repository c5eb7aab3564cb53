"""Review: a person goes through the records in the order of doubt, the page at the left, the facts at the right.

Every key is a button of the page; `review.js` only presses it. So everything can be done with the keyboard, with a
pointer, and by a test. What a person does to a record is a form, which carries the version of what it was made from.

Lines of a page are moved to another article, parted and put together, once it was said what follows.

Two coders decide apart: how far they agree is shown field by field, and a person settles what they disagree in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from summariser.disk.record_text import dump_json
from summariser.disk.store import FileChange, change_files
from summariser.disk.stored import PageFolder, read_bytes, rebuild_split
from summariser.errors import InputError, StoreError
from summariser.evaluation.evaluate import measure_stability
from summariser.report.views import Copy, finding_words, lay_out, list_owners, view_record
from summariser.reviewing.amend import Amended, signed
from summariser.reviewing.lines import (
    NEW,
    Assignment,
    LineRole,
    as_first_split,
    merge_articles,
    move_lines,
    readable,
    split_at,
)
from summariser.reviewing.practices import (
    MOST_SHARING,
    RELATIONS,
    PracticeCandidate,
    are_joined,
    join_records,
    part_records,
)
from summariser.reviewing.rearrange import Told, ask_again, heir_of, rearrange
from summariser.reviewing.review import (
    NO_CASE,
    Disagreement,
    Doubt,
    begin_record,
    doubt_facts,
    list_disagreements,
    settle,
)
from summariser.schema.case import Finding
from summariser.schema.codes import Decision
from summariser.schema.page import Article, line_numbers
from summariser.schema.record import PageManifest, Record
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
    spell_form,
    version_of,
)
from summariser.workbench.shelf import (
    COOKIE,
    Entry,
    Key,
    Reviewer,
    Step,
    Visit,
    address_of,
    catalogue_of,
    count_disagreements,
    likely_practices,
    list_coders,
    load_coded,
    next_open,
    refresh_catalogue,
    shelf_of,
)

DECIDING: Final = ("accept", "reject")  # what ends the work on a record


_MOST: Final = 9  # candidates that are shown, one for each digit


def _list_candidates(visit: Visit, record: Record) -> list[PracticeCandidate]:
    """The likeliest records of the same practice that are not joined with it yet, the likeliest first."""
    refresh_catalogue(visit.request)
    return [
        each
        for each in likely_practices(visit.request, record, visit.shelf, most=MOST_SHARING)
        if each.second.case.decision is Decision.UNION_CASE and not are_joined(record, each.second)
    ][:_MOST]


def _join_practice(visit: Visit) -> tuple[FileChange, ...]:
    """Join the record with the one that the form names, or part it; the files that changed.

    Errors: InputError if the form names no record or relation, the records cannot be joined, or a coder asks, whose
    decisions are not those of the records.
    """
    shelf, form, other = visit.shelf, visit.form, visit.form.get("other", "")
    if shelf.is_apart:
        raise InputError("practices are joined in the records, not by a coder alone", path="/".join(visit.key))
    relation = next((each for each in RELATIONS if each == form.get("relation")), None)
    unnamed = InputError("name a record and how both belong together", path=other[:200])
    page_id, _, article_id = other.partition("/")
    keys = [visit.key] if form["do"] == "part" else [visit.key, (page_id, article_id)]
    try:
        paths = [shelf.path_of(each) for each in keys]
        before = [read_bytes(path) for path in paths]
    except StoreError as error:
        raise unnamed from error
    if form["do"] == "part":
        return part_records(paths)
    if not relation:
        raise unnamed
    join_records(*paths, relation=relation, by=visit.by)
    changes = (FileChange(path, old, read_bytes(path)) for path, old in zip(paths, before, strict=True))
    return tuple(each for each in changes if each.before != each.after)


_A_YEAR_S: Final = 365 * 86400


def _show_queue(visit: Visit) -> Response:
    """All articles in the order of doubt, and who reviews."""
    _, _, progress = refresh_catalogue(visit.request)
    queue = _list_queue(visit, is_growing=progress is not None)
    shown: dict[str, Any] = {"queue": queue, "first": next_open(queue), "reviewer": visit.reviewer}
    return show(visit.request, "review.html.j2", **shown, progress=progress, is_done=False)


def _choose_reviewer(request: Request, form: Form) -> Response:
    """Keep who reviews in this browser."""
    reviewer = Reviewer(form.get("name", "").strip(), "apart" in form)
    answer = RedirectResponse("/review", status_code=303)
    if reviewer.name:
        shelf_of(request, reviewer)
        answer.set_cookie(COOKIE, reviewer.cookie, max_age=_A_YEAR_S, httponly=True, samesite="strict")
    else:
        answer.delete_cookie(COOKIE)
    return answer


def _do(visit: Visit) -> Response:
    """Do it, if anybody is here to answer for it."""
    deed = visit.form.get("do", "")
    if visit.reviewer is None:
        return RedirectResponse("/review", status_code=303)
    if deed in _OF_SITTING:
        return _OF_SITTING[deed](visit)
    if deed not in DEEDS:
        raise HTTPException(400, f"{deed[:40]!r} is nothing that can be done to a record")
    return _decide(visit)


def _decide(visit: Visit) -> Response:
    """Change the record; what it cannot be is said beside what was typed."""
    record, form, deed = visit.load_seen(), visit.form, visit.form["do"]
    if deed == "accept" and record.case.unsupported and "sure" not in form:
        return _show(visit, {**form, "ask": "accept"})
    try:
        done = _do_deed(visit, record, form)
    except InputError as error:
        return _show(visit, {"ask": deed, **form}, trouble=error)
    if done.objections and "sure" not in form:
        return _show(visit, {"ask": deed, **form}, objections=done.objections)
    if done.record != record:
        visit.sitting.add(Step(visit.key, (visit.shelf.put(done.record, seen=record),)))
    if deed in DECIDING:
        return _go_on(visit)
    return RedirectResponse(address_of(visit.key, fact=_next_fact(record, done.record, form)), status_code=303)


def _do_deed(visit: Visit, record: Record, form: Form) -> Amended:
    """The record as a deed leaves it; nothing is written. Errors: InputError for what the record cannot be."""
    article = visit.folder.article(record)
    return DEEDS[form["do"]](Deed(record, article if isinstance(article, Article) else None, form, signed(visit.by)))


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


def _skip(visit: Visit) -> Response:
    """Look at the record last."""
    visit.sitting.add(Step(visit.key))
    return _go_on(visit)


def _begin(visit: Visit) -> Response:
    """Make a record where there is none: empty, to be filled in, or marked as no case."""
    is_left_out = visit.form["do"] == "leave_out"
    try:
        record = begin_record(visit.folder, visit.key[1], by=visit.by)
        if is_left_out:
            record = _do_deed(visit, record, {**visit.form, "do": "reject"}).record
    except InputError as error:
        return _show(visit, visit.form, trouble=error)
    visit.shelf.begin(record)
    return _go_on(visit) if is_left_out else RedirectResponse(visit.address, 303)


def _undo(visit: Visit) -> Response:
    """Take the last step back, on disk as well, and show its record."""
    if not visit.sitting.steps:
        return _show(visit, {}, trouble="", is_undone=False)
    step = visit.sitting.steps[-1]
    for path, before, after in step.files:
        there = read_bytes(path) if path.exists() else None
        if there != after:
            now, given = ((each or b"").decode("utf-8", "replace") for each in (there, before))
            raise ChangedMeanwhileError(path.as_posix(), there=now, given=given, back=address_of(step.key))
    change_files([each.back for each in reversed(step.files)])
    visit.sitting.take_back()
    return RedirectResponse(address_of(step.key), status_code=303)


def _go_on(visit: Visit) -> Response:
    """Lead to the next record that waits; to the queue if there is none."""
    following = next_open(_list_queue(visit), visit.key)
    return RedirectResponse(address_of(following.key) if following else "/review", status_code=303)


def _show(
    visit: Visit,
    form: Form,
    *,
    trouble: InputError | str | None = None,
    is_undone: bool = True,
    objections: Sequence[Finding] = (),
) -> Response:
    """One record beside its page; `form` says what is asked of it, and what was typed."""
    key, shelf, manifest = visit.key, visit.shelf, visit.folder.manifest
    shown: dict[str, Any] = {
        "key": key,
        "reviewer": visit.reviewer,
        "waiting": sum(each.is_open for each in _list_queue(visit)),
        "steps": len(visit.sitting.steps),
        "ask": form.get("ask", ""),
        "fact": form.get("fact", ""),
        "trouble": trouble,
        "is_undone": is_undone,
        "no_case": NO_CASE,
    }
    if failure := shelf.load_failure(key):
        shown |= {"failure": failure, "lines": lay_failure(key[1], visit.folder), "source": _find_source(visit)}
        return show(visit.request, "failure.html.j2", **shown)
    try:
        record = shelf.load(key)
    except StoreError as error:
        if isinstance(manifest, PageManifest) and (heir := heir_of(manifest, key[1])):  # merged into another
            return RedirectResponse(address_of((key[0], heir)), status_code=303)
        raise HTTPException(404, str(error)) from error
    shown |= _shown_of(visit, record, form) | {"objections": objections}
    return show(visit.request, "bench.html.j2", status=422 if trouble else 200, **shown)


def _shown_of(visit: Visit, record: Record, form: Form) -> dict[str, Any]:
    """What is shown of a record."""
    folder = visit.folder
    bench = lay_bench(record, folder)
    copy = picture_of(folder.path.absolute(), record.provenance.page_sha256) if bench.picture else None
    moved = folder.manifest.by_person if isinstance(folder.manifest, PageManifest) else None
    return {
        "sheet": fill_sheet(record, bench.article, form),
        "kinds": kinds_of(record),
        "asked_again": moved is not None and record.article_id in moved.held,
        "candidates": _list_candidates(visit, record) if form.get("ask") == "practice" else (),
        "relations": RELATIONS,
        "bench": bench,
        "record": record,
        "version": version_of(record),
        "copy": copy,
        "has_copy": isinstance(copy, Copy),
    }


def _find_source(visit: Visit) -> Path | None:
    """The file that the page is read from."""
    return find_source(read_standings(project_of(visit.request).pages, visit.shelf.out), visit.key[0])


def _join(visit: Visit) -> Response:
    """Join the record with another to one practice, or take it out of its practice."""
    visit.load_seen()
    try:
        changes = _join_practice(visit)
    except InputError as error:
        return _show(visit, visit.form, trouble=error)
    visit.sitting.add(Step(visit.key, changes))
    return RedirectResponse(visit.address, status_code=303)


_OF_SITTING: Final[Mapping[str, Callable[[Visit], Response]]] = {
    "skip": _skip,
    "undo": _undo,
    "by_hand": _begin,
    "leave_out": _begin,
    "join": _join,
    "part": _join,
}


def _read_on(visit: Visit) -> Response:
    """What code reads from what is being typed, before anything is kept; or why it cannot be."""
    if visit.form.get("do") not in DEEDS:
        raise HTTPException(400, "nothing is being typed here")
    record = visit.shelf.load(visit.key)
    try:
        done = _do_deed(visit, record, visit.form)
    except InputError as error:
        return show(visit.request, "reading.html.j2", trouble=error, facts=(), objections=())
    view = view_record(done.record, number=1, tag="", tint=0)
    path = _next_fact(record, done.record, visit.form)
    facts = [each for each in view.facts if each.path == path]
    return show(visit.request, "reading.html.j2", trouble="", facts=facts, objections=done.objections)


def _send_words(visit: Visit) -> Response:
    """The words between two places of the page, and their sentences."""
    article = visit.folder.article(visit.shelf.load(visit.key))
    try:
        words, sents = chosen_words(article, visit.form) if isinstance(article, Article) else ("", ())
    except InputError as error:
        return JSONResponse({"error": say_error(language_of(visit.request), error)}, status_code=422)
    return JSONResponse({"words": words, "sents": ", ".join(map(str, sents))})


def _list_queue(visit: Visit, *, is_growing: bool = False) -> list[Entry]:
    """The queue of this person; a coder sees of no other how often coders disagree."""
    files, apart = catalogue_of(visit.request).read_known(), visit.reviewer and visit.reviewer.apart
    known = {} if apart else count_disagreements(project_of(visit.request).reviews)
    return visit.shelf.list_queue(files, visit.sitting.skipped, known, is_growing=is_growing)


# ---- two coders


class Coded(NamedTuple):
    """One article that both coders have decided, and how often they disagree in it; `state` is that of the record."""

    key: Key
    headline: str
    differ: int
    state: str


class Both(NamedTuple):
    """Two coders and what they have decided, by article."""

    names: tuple[str, str]
    one: Mapping[Key, Record]
    other: Mapping[Key, Record]

    @property
    def query(self) -> str:
        """How an address names them."""
        return urlencode({"one": self.names[0], "other": self.names[1]})


def _show_agreement(visit: Visit) -> Response:
    """How far two coders agree, and the articles in which they do not."""
    coders = list_coders(project_of(visit.request).reviews)
    if len(coders) < 2:
        return show(visit.request, "coders.html.j2", coders=coders, names=None, stability=None, articles=())
    both, records = _read_both(visit), shelf_of(visit.request, None)
    shared = [key for key in both.one if key in both.other]
    pairs = [[side[key] for key in shared] for side in (both.one, both.other)]
    articles = [
        Coded(key, both.one[key].headline or "", len(differ), records.load(key).review.state)
        for key in shared
        if (differ := list_disagreements(both.one[key], both.other[key]))
    ]
    shown: dict[str, Any] = {"names": both.names, "stability": measure_stability(pairs) if shared else None}
    return show(visit.request, "coders.html.j2", coders=coders, articles=articles, **shown)


def _show_settling(
    visit: Visit, sides: Mapping[str, str] = MappingProxyType({}), trouble: InputError | str = ""
) -> Response:
    """What two coders have differently in one article, beside its page; `sides` were chosen already."""
    both = _read_both(visit)
    one, other = _pair(both, visit.key)
    record = shelf_of(visit.request, None).load(visit.key)
    shown: dict[str, Any] = {
        "key": visit.key,
        "names": both.names,
        "bench": lay_bench(record, visit.folder),
        "sides": sides,
        "trouble": trouble,
        "rows": [_row(each) for each in list_disagreements(one, other)],
        "record": record,
        "version": version_of(record),
    }
    return show(visit.request, "settle.html.j2", status=422 if trouble else 200, **shown)


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


def _settle(visit: Visit) -> Response:
    """Keep the record that was settled between both."""
    if visit.reviewer is None:
        return RedirectResponse("/review", status_code=303)
    both, key, records = _read_both(visit), visit.key, shelf_of(visit.request, None)
    record, (one, other) = records.load(key), _pair(both, key)
    sides = {name.removeprefix("side:"): value for name, value in visit.form.items() if name.startswith("side:")}
    given = "\n".join(f"{path}: {side}" for path, side in sides.items())
    back = f"/review/coders/{quote(key[0])}/{quote(key[1])}?{both.query}"
    check_version(visit.form, record, given=given, back=back)
    article = visit.folder.article(record)
    if isinstance(article, Finding):
        return _show_settling(visit, sides, finding_words(article))
    try:
        settled = settle(one, other, article, sides, both.names, **signed(visit.by))
    except InputError as error:
        return _show_settling(visit, sides, error)
    records.put(settled, seen=record)
    return RedirectResponse(f"/review/coders?{both.query}", status_code=303)


def _read_both(visit: Visit) -> Both:
    """The two coders that the address names, else the first two. Errors: InputError for no coder."""
    reviews, query = project_of(visit.request).reviews, visit.request.query_params
    known = [*list_coders(reviews), "", ""]
    names = (query.get("one") or known[0], query.get("other") or known[1])
    return Both(names, load_coded(reviews, names[0]), load_coded(reviews, names[1]))


def _pair(both: Both, key: Key) -> tuple[Record, Record]:
    """The records of both coders. Errors: HTTPException 404 if one has not decided the article."""
    if key not in both.one or key not in both.other:
        raise HTTPException(404, "not both coders have decided this article")
    return both.one[key], both.other[key]


# ---- the lines of a page


_NOISE: Final = "noise"
_OF_LINES: Final = ("move", "split")  # what is done to chosen lines
_KEYS: Final = "123456789acefghijklopqrtvwxz"  # of the articles of a page; 0 is the noise, n a new one
_MOST_LINES: Final = 20_000  # that a form names; the largest page has a tenth


class Target(NamedTuple):
    """An article that lines can go to: the key that chooses it, its id, its mark on the page, its headline."""

    key: str
    article_id: str
    tag: str
    headline: str


def _rearrange(visit: Visit) -> Response:
    """Rearrange the page, if somebody who decides for all answers for it and has seen what follows."""
    form, folder, back = visit.form, visit.folder, _address_of_lines(visit.key)
    if visit.reviewer is None or visit.reviewer.apart:
        return RedirectResponse("/review", status_code=303)
    manifest, _ = readable(folder)
    if form.get("version") != _version_of_page(folder):
        there = dump_json(manifest)
        raise ChangedMeanwhileError(
            visit.key[0], there=there, given=spell_form(form), back=_address_of_lines(visit.key)
        )
    try:
        if form.get("do") == "ask":
            changes = ask_again(folder, form.get("of", ""))
        else:
            done = rearrange(folder, _wanted(visit), **signed(visit.by))
            if "sure" not in form:
                return _show_lines(visit, told=done.told)
            changes = done.changes
    except InputError as error:
        return _show_lines(visit, trouble=error)
    change_files(changes)
    visit.sitting.add(Step(visit.key, files=changes))
    return RedirectResponse(back, status_code=303)


def _wanted(visit: Visit) -> Assignment:
    """The page as a form wants it. Errors: InputError for what it cannot be."""
    deed = visit.form.get("do", "")
    if deed not in _OF_PAGE:
        raise InputError("nobody can do this to lines", path=deed[:40], expected=", ".join(_OF_PAGE))
    return _OF_PAGE[deed](visit)


def _move(visit: Visit) -> Assignment:
    form = visit.form
    lines, role, behind = read_lines(form.get("lines", "")), form.get("role", ""), form.get("behind", "").strip()
    if role and role not in list(LineRole):
        raise InputError("is nothing that a line can be", path=role[:40], expected=", ".join(LineRole))
    to = form.get("to", "")
    return move_lines(
        visit.folder,
        lines,
        None if to == _NOISE else to,
        roles=dict.fromkeys(lines, LineRole(role)) if role else {},
        behind=read_lines(behind)[0] if behind not in ("", "0") else 0 if behind else None,
    )


def _split(visit: Visit) -> Assignment:
    """The article cut before the first chosen line; the chosen ones are the headline of what follows, if so ticked."""
    lines = read_lines(visit.form.get("lines", ""))
    listed = readable(visit.folder)[0].articles
    home = next((each.article_id for each in listed if lines and lines[0] in line_numbers(each.lines)), "")
    headline = lines if "headline" in visit.form else ()
    return split_at(visit.folder, home, lines[0] if lines else 0, headline=headline)


_OF_PAGE: Final[Mapping[str, Callable[[Visit], Assignment]]] = {
    "move": _move,
    "split": _split,
    "merge": lambda visit: merge_articles(visit.folder, visit.key[1], visit.form.get("to", "")),
    "restore": lambda visit: as_first_split(visit.folder),
}


def read_lines(typed: str) -> list[int]:
    """Numbers of lines as a person types them: `3-5, 9`. Errors: InputError for what is none."""
    lines: list[int] = []
    for part in filter(None, re.split(r"[,，、;；\s]+", typed.strip())):
        found = re.fullmatch(r"(\d{1,6})(?:[-–—](\d{1,6}))?", part)
        last = int(found[2] or found[1]) if found else 0
        if found is None or len(lines) + last - int(found[1]) >= _MOST_LINES:
            raise InputError("is no line of a page", path=part[:40], expected="Numbers of lines: 3-5, 9")
        lines += range(int(found[1]), last + 1)
    return lines


def _show_lines(visit: Visit, *, told: Sequence[Told] = (), trouble: InputError | str = "") -> Response:
    """The page line by line, each with its article; `told` is what would follow of what the form asks."""
    key, folder, form = visit.key, visit.folder, visit.form
    manifest, page = readable(folder)
    if heir := heir_of(manifest, key[1]):
        return RedirectResponse(_address_of_lines((key[0], heir)), status_code=303)
    split = rebuild_split(page, manifest)
    owners = list_owners(split)
    targets = [
        Target(_KEYS[at : at + 1], each.article.article_id, each.tag, each.article.headline or "")
        for at, each in enumerate(owners)
    ]
    ask = form.get("ask", "")
    lacks_lines = ask in _OF_LINES and not form.get("lines", "").strip()
    shown: dict[str, Any] = {
        "key": key,
        "reviewer": visit.reviewer,
        "lines": lay_out(page, owners, split.noise),
        "targets": targets,
        "names": {each.article_id: f"{each.tag} {each.headline}" for each in targets},
        "moved": manifest.by_person,
        "source": _find_source(visit),
        "version": _version_of_page(folder),
        "first_line": next((each.lines[0].first for each in manifest.articles if each.article_id == key[1]), 1),
        "ask": "" if lacks_lines else ask,
        "lacks_lines": lacks_lines,
        "form": form,
        "told": told,
        "trouble": trouble,
        "roles": tuple(LineRole),
        "new": NEW,
        "noise": _NOISE,
    }
    return show(visit.request, "lines.html.j2", status=422 if trouble else 200, **shown)


def _version_of_page(folder: PageFolder) -> str:
    """The version of a page with its records: a hash of all their bytes."""
    files = [folder.manifest_path, *sorted(folder.path.glob("*.json"))]
    hashes = (hashlib.sha256(read_bytes(path)).hexdigest() for path in files)
    return hashlib.sha256("".join(hashes).encode()).hexdigest()[:32]


def _address_of_lines(key: Key) -> str:
    """Where the lines of a page are shown, for one of its articles."""
    return f"{address_of(key)}/lines"


def _route(path: str, show_it: Callable[[Visit], Response]) -> Route:
    """Where a page of the room is shown."""
    return Route(f"/review{path}", lambda request: show_it(Visit(request)))


def _form(path: str, act: Callable[[Visit], Response]) -> Route:
    """Where a form of the room is sent."""
    return form_route(f"/review{path}", lambda request, form: act(Visit(request, form)))


_ARTICLE: Final = "/{page:str}/{article:str}"
ROOM: Final = Room(
    "/review",
    "nav.review",
    (
        _route("", _show_queue),
        form_route("/review/who", _choose_reviewer),
        _route("/coders", _show_agreement),
        _route(f"/coders{_ARTICLE}", _show_settling),
        _form(f"/coders{_ARTICLE}", _settle),
        _route(f"{_ARTICLE}/lines", _show_lines),
        _form(f"{_ARTICLE}/lines", _rearrange),
        _route(_ARTICLE, lambda visit: _show(visit, visit.form)),
        _form(_ARTICLE, _do),
        _form(f"{_ARTICLE}/read", _read_on),
        _route(f"{_ARTICLE}/words", _send_words),
    ),
)
