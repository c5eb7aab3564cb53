"""Review: a person goes through the records in the order of doubt, moves lines, and settles what two coders decided.

Every key is a button of the page, which `review.js` presses; so all can be done with keyboard, pointer or test. What a
person does to a record is a form, which carries the version of the record it was made from.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from summariser.disk.record_text import dump_json
from summariser.disk.store import FileChange, change_files
from summariser.disk.stored import PageFolder, read_bytes, rebuild_split
from summariser.errors import InputError, StoreError
from summariser.evaluation.evaluate import measure_stability
from summariser.report.views import ScaledPicture, finding_words, layout_lines, place_articles, view_record
from summariser.reviewing import practices
from summariser.reviewing.amend import Amended, signed
from summariser.reviewing.decisions import (
    NO_CASE,
    Disagreement,
    Doubt,
    begin_record,
    check_coded,
    doubt_facts,
    list_disagreements,
    settle,
)
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
from summariser.reviewing.rearrange import Consequence, ask_again, rearrange, successor_of
from summariser.schema.case import Finding
from summariser.schema.codes import Decision
from summariser.schema.page import Article, line_numbers
from summariser.schema.record import PageManifest, Record
from summariser.workbench import web
from summariser.workbench.project_state import (
    ArticleKey,
    QueueEntry,
    count_disagreements,
    list_coders,
    load_coded,
    next_open,
)
from summariser.workbench.web import (
    ARTICLE,
    EditConflictError,
    ReviewContext,
    Step,
    address_of,
    form_text,
    index_of,
    joined_records,
    likely_practices,
    refresh_index,
    review_form,
    review_route,
    show,
    store_of,
)
from summariser.workbench.worksheet import (
    ACTIONS,
    STATEMENT_FIELDS,
    ReviewAction,
    addable_kinds,
    chosen_words,
    failure_lines,
    fill_form,
    make_worksheet,
    scaled_picture,
)


class CodedArticle(NamedTuple):
    """One article that both coders have decided, and how often they disagree in it; `state` is that of the record."""

    key: ArticleKey
    headline: str
    differ: int
    state: str


class CoderPair(NamedTuple):
    """Two coders and what they have decided, by article."""

    names: tuple[str, str]
    one: Mapping[ArticleKey, Record]
    other: Mapping[ArticleKey, Record]

    @property
    def query(self) -> str:
        """How an address names them."""
        return urlencode({"one": self.names[0], "other": self.names[1]})


def _show_agreement(context: ReviewContext) -> Response:
    """How far two coders agree, and the articles in which they do not."""
    coders = list_coders(web.project_of(context.request).reviews)
    if len(coders) < 2:
        return web.show(context.request, "coders.html.j2", coders=coders, names=None, stability=None, articles=())
    both, records = _read_both(context), store_of(context.request, None)
    shared = [key for key in both.one if key in both.other]
    pairs = [[side[key] for key in shared] for side in (both.one, both.other)]
    articles = [
        CodedArticle(key, both.one[key].headline or "", len(differ), records.load(key).review.state)
        for key in shared
        if (differ := list_disagreements(both.one[key], both.other[key]))
    ]
    shown: dict[str, Any] = {"names": both.names, "stability": measure_stability(pairs) if shared else None}
    return web.show(context.request, "coders.html.j2", coders=coders, articles=articles, **shown)


def _show_settling(
    context: ReviewContext, sides: Mapping[str, str] = MappingProxyType({}), trouble: InputError | str = ""
) -> Response:
    """What two coders have differently in one article, beside its page; `sides` were chosen already."""
    both = _read_both(context)
    one, other = _pair(both, context.key)
    record = store_of(context.request, None).load(context.key)
    worksheet = make_worksheet(record, context.folder)
    if isinstance(worksheet.article, Finding):
        trouble = finding_words(worksheet.article)
    elif not trouble:
        try:
            check_coded(one, other, worksheet.article)
        except InputError as error:
            trouble = error
    shown: dict[str, Any] = {
        "key": context.key,
        "names": both.names,
        "worksheet": worksheet,
        "sides": sides,
        "trouble": trouble,
        "rows": [_row(each) for each in list_disagreements(one, other)],
        "record": record,
        "version": web.version_of(record),
    }
    return web.show(context.request, "settle.html.j2", status=422 if trouble else 200, **shown)


class DisagreementRow(NamedTuple):
    """One disagreement as a page shows it; `name` is that of its field (a key of the words), empty for a whole fact."""

    path: str
    name: str
    one: str
    other: str


def _row(each: Disagreement) -> DisagreementRow:
    is_whole = each.path.endswith("]") or isinstance(each.one, dict) or isinstance(each.other, dict)
    name = "" if is_whole else each.path.rpartition(".")[2]
    return DisagreementRow(each.path, STATEMENT_FIELDS.get(name, name), _say(each.one), _say(each.other))


def _say(value: object) -> str:
    """A value for a reader: a whole fact by what it says, nothing as a dash."""
    if isinstance(value, dict):
        return "; ".join(_say(part) for part in value.values() if part not in (None, []))
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None or value == "-" else str(value)


def _settle(context: ReviewContext) -> Response:
    """Keep the record that was settled between both."""
    if context.reviewer is None:
        return RedirectResponse("/review", status_code=303)
    both, key, records = _read_both(context), context.key, store_of(context.request, None)
    record, (one, other) = records.load(key), _pair(both, key)
    sides = {name.removeprefix("side:"): value for name, value in context.form.items() if name.startswith("side:")}
    given = "\n".join(f"{path}: {side}" for path, side in sides.items())
    back = f"/review/coders/{quote(key[0])}/{quote(key[1])}?{both.query}"
    web.check_version(context.form, record, given=given, back=back)
    article = context.folder.article(record)
    if isinstance(article, Finding):
        return _show_settling(context, sides)
    try:
        settled = settle(one, other, article, sides, both.names, **signed(context.by))
    except InputError as error:
        return _show_settling(context, sides, error)
    context.session.add(Step(key, (records.put(settled, seen=record),)))
    return RedirectResponse(f"/review/coders?{both.query}", status_code=303)


def _read_both(context: ReviewContext) -> CoderPair:
    """The two coders that the address names, else the first two. Errors: InputError for no coder."""
    reviews, query = web.project_of(context.request).reviews, context.request.query_params
    known, out = [*list_coders(reviews), "", ""], store_of(context.request, None).out
    names = (query.get("one") or known[0], query.get("other") or known[1])
    return CoderPair(names, load_coded(out, reviews, names[0]), load_coded(out, reviews, names[1]))


def _pair(both: CoderPair, key: ArticleKey) -> tuple[Record, Record]:
    """The records of both coders. Errors: HTTPException 404 if one has not decided the article."""
    if key not in both.one or key not in both.other:
        raise HTTPException(404, "not both coders have decided this article")
    return both.one[key], both.other[key]


_CODER_ROUTES: Final = (
    review_route("/coders", _show_agreement),
    review_route(f"/coders{ARTICLE}", _show_settling),
    review_form(f"/coders{ARTICLE}", _settle),
)


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


def _rearrange(context: ReviewContext) -> Response:
    """Rearrange the page, if somebody who decides for all answers for it and has seen what follows."""
    form, folder, back = context.form, context.folder, _address_of_lines(context.key)
    if context.reviewer is None or context.reviewer.is_coder:
        return RedirectResponse("/review", status_code=303)
    manifest, _ = readable(folder)
    if form.get("version") != _version_of_page(folder):
        there = dump_json(manifest)
        raise EditConflictError(context.key[0], there=there, given=form_text(form), back=_address_of_lines(context.key))
    try:
        if form.get("do") == "ask":
            changes = ask_again(folder, form.get("of", ""))
        else:
            done = rearrange(folder, _wanted(context), **signed(context.by))
            if "sure" not in form:
                return _show_lines(context, told=done.told)
            changes = done.changes
    except InputError as error:
        return _show_lines(context, trouble=error)
    change_files(changes)
    context.session.add(Step(context.key, files=changes))
    return RedirectResponse(back, status_code=303)


def _wanted(context: ReviewContext) -> Assignment:
    """The page as a form wants it. Errors: InputError for what it cannot be."""
    action = context.form.get("do", "")
    if action not in _OF_PAGE:
        raise InputError("nobody can do this to lines", path=action[:40], expected=", ".join(_OF_PAGE))
    return _OF_PAGE[action](context)


def _move(context: ReviewContext) -> Assignment:
    form = context.form
    lines, role = read_lines(form.get("lines", "")), form.get("role", "")
    if role and role not in list(LineRole):
        raise InputError("is nothing that a line can be", path=role[:40], expected=", ".join(LineRole))
    to = form.get("to", "")
    return move_lines(
        context.folder,
        lines,
        None if to == _NOISE else to,
        roles=dict.fromkeys(lines, LineRole(role)) if role else {},
        behind=_read_line(form.get("behind", "").strip()),
    )


def _read_line(typed: str) -> int | None:
    """The number of one line, as a person types it; None if nobody did. Errors: InputError for anything else."""
    lines = read_lines(typed)
    if typed and len(lines) != 1:
        raise InputError("is no line of a page", path=typed[:40], expected="The number of one line: 9")
    return lines[0] if typed else None


def _split(context: ReviewContext) -> Assignment:
    """The article cut before the first chosen line; the chosen ones are the headline of what follows, if so ticked."""
    lines = read_lines(context.form.get("lines", ""))
    listed = readable(context.folder)[0].articles
    home = next((each.article_id for each in listed if lines and lines[0] in line_numbers(each.lines)), "")
    headline = lines if "headline" in context.form else ()
    return split_at(context.folder, home, lines[0] if lines else 0, headline=headline)


_OF_PAGE: Final[Mapping[str, Callable[[ReviewContext], Assignment]]] = {
    "move": _move,
    "split": _split,
    "merge": lambda context: merge_articles(context.folder, context.key[1], context.form.get("to", "")),
    "restore": lambda context: as_first_split(context.folder),
}


def read_lines(typed: str) -> list[int]:
    """Numbers of lines as a person types them: `3-5, 9`. Errors: InputError for what is none."""
    lines: list[int] = []
    for part in filter(None, re.split(r"[,，、;；\s]+", typed.strip())):
        found = re.fullmatch(r"(\d{1,6})(?:[-–—](\d{1,6}))?", part)
        last = int(found[2] or found[1]) if found else 0
        if found is None or last < int(found[1]) or len(lines) + last - int(found[1]) >= _MOST_LINES:
            raise InputError("is no line of a page", path=part[:40], expected="Numbers of lines: 3-5, 9")
        lines += range(int(found[1]), last + 1)
    return lines


def _show_lines(
    context: ReviewContext, *, told: Sequence[Consequence] = (), trouble: InputError | str = ""
) -> Response:
    """The page line by line, each with its article; `told` is what would follow of what the form asks."""
    key, folder, form = context.key, context.folder, context.form
    manifest, page = readable(folder)
    if successor := successor_of(manifest, key[1]):
        return RedirectResponse(_address_of_lines((key[0], successor)), status_code=303)
    split = rebuild_split(page, manifest)
    placed_articles = place_articles(split)
    targets = [
        Target(_KEYS[at : at + 1], each.article.article_id, each.tag, each.article.headline or "")
        for at, each in enumerate(placed_articles)
    ]
    is_for_all = context.reviewer is not None and not context.reviewer.is_coder
    ask = form.get("ask", "") if is_for_all else ""
    lacks_lines = ask in _OF_LINES and not form.get("lines", "").strip()
    shown: dict[str, Any] = {
        "key": key,
        "is_for_all": is_for_all,
        "lines": layout_lines(page, placed_articles, split.noise),
        "targets": targets,
        "names": {each.article_id: f"{each.tag} {each.headline}" for each in targets},
        "moved": manifest.by_person,
        "source": context.source,
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
    return show(context.request, "lines.html.j2", status=422 if trouble else 200, **shown)


def _version_of_page(folder: PageFolder) -> str:
    """The version of a page with its records: a hash of all their bytes."""
    files = [folder.manifest_path, *sorted(folder.path.glob("*.json"))]
    hashes = (hashlib.sha256(read_bytes(path)).hexdigest() for path in files)
    return hashlib.sha256("".join(hashes).encode()).hexdigest()[:32]


def _address_of_lines(key: ArticleKey) -> str:
    """Where the lines of a page are shown, for one of its articles."""
    return f"{address_of(key)}/lines"


_LINE_ROUTES: Final = (review_route(f"{ARTICLE}/lines", _show_lines), review_form(f"{ARTICLE}/lines", _rearrange))


DECIDING: Final = ("accept", "reject")  # what ends the work on a record
_MOST: Final = 9  # candidates that are shown, one for each digit


def _list_candidates(context: web.ReviewContext, record: Record) -> list[practices.PracticeCandidate]:
    """The likeliest records of the same practice that are not joined with it yet, the likeliest first."""
    return [
        each
        for each in likely_practices(context.request, record, context.store, most=practices.MOST_SHARING)
        if each.second.case.decision is Decision.UNION_CASE
    ][:_MOST]


def _join_practice(context: web.ReviewContext) -> tuple[FileChange, ...]:
    """Join the record with the one that the form names, or part it; the files that changed.

    Errors: InputError if the form names no record or relation, the records cannot be joined, or a coder asks, whose
    decisions are not those of the records.
    """
    store, form, other = context.store, context.form, context.form.get("other", "")
    if store.is_separate:
        raise InputError("practices are joined in the records, not by a coder alone", path="/".join(context.key))
    relation = next((each for each in practices.RELATIONS if each == form.get("relation")), None)
    unnamed = InputError("name a record and how both belong together", path=other[:200])
    page_id, _, article_id = other.partition("/")
    keys = [context.key] if form["do"] == "part" else [context.key, (page_id, article_id)]
    try:
        paths = [store.path_of(each) for each in keys]
        before = [read_bytes(path) for path in paths]
    except StoreError as error:
        raise unnamed from error
    if form["do"] == "part":
        return practices.part_records(paths)
    if not relation:
        raise unnamed
    practices.join_records(*paths, relation=relation, by=context.by)
    changes = (FileChange(path, old, read_bytes(path)) for path, old in zip(paths, before, strict=True))
    return tuple(each for each in changes if each.before != each.after)


_A_YEAR_S: Final = 365 * 86400


def _show_queue(context: web.ReviewContext) -> Response:
    """All articles in the order of doubt, and who reviews."""
    _, _, progress = refresh_index(context.request)
    queue = _list_queue(context, is_growing=progress is not None)
    shown: dict[str, Any] = {"queue": queue, "first": next_open(queue), "reviewer": context.reviewer}
    return web.show(context.request, "review.html.j2", **shown, progress=progress, is_done=False)


def _choose_reviewer(request: Request, form: web.Form) -> Response:
    """Keep who reviews in this browser."""
    reviewer = web.Reviewer(form.get("name", "").strip(), "apart" in form)
    answer = RedirectResponse("/review", status_code=303)
    if reviewer.name:
        web.store_of(request, reviewer)
        answer.set_cookie(web.REVIEWER_COOKIE, reviewer.cookie, max_age=_A_YEAR_S, httponly=True, samesite="strict")
    else:
        answer.delete_cookie(web.REVIEWER_COOKIE)
    return answer


def _do(context: web.ReviewContext) -> Response:
    """Do it, if anybody is here to answer for it."""
    action = context.form.get("do", "")
    if context.reviewer is None:
        return RedirectResponse("/review", status_code=303)
    if action in _OF_SESSION:
        return _OF_SESSION[action](context)
    if action not in ACTIONS:
        raise HTTPException(400, f"{action[:40]!r} is nothing that can be done to a record")
    return _decide(context)


def _decide(context: web.ReviewContext) -> Response:
    """Change the record; what it cannot be is said beside what was typed."""
    record, form, action = context.load_seen(), context.form, context.form["do"]
    try:
        done = _apply(context, record, form)
    except InputError as error:
        return _show(context, form if action == "accept" else {"ask": action, **form}, trouble=error)
    if action == "accept" and record.case.unsupported and "sure" not in form:
        return _show(context, {**form, "ask": "accept"})
    if done.objections and "sure" not in form:
        return _show(context, {"ask": action, **form}, objections=done.objections)
    if done.record != record:
        context.session.add(web.Step(context.key, (context.store.put(done.record, seen=record),)))
    if action in DECIDING:
        return _go_on(context)
    return RedirectResponse(web.address_of(context.key, fact=_next_fact(record, done.record, form)), status_code=303)


def _apply(context: web.ReviewContext, record: Record, form: web.Form) -> Amended:
    """The record as an action leaves it; nothing is written. Errors: InputError for what the record cannot be."""
    action = ReviewAction(record, context.folder.article(record), form, signed(context.by))
    return ACTIONS[form["do"]](action)


def _next_fact(before: Record, after: Record, form: web.Form) -> str:
    """The fact to look at after an action: what was corrected or added, else the next doubt after the settled one."""
    action, path = form["do"], form.get("fact", "")
    left = [each for each, doubt in doubt_facts(after) if doubt < Doubt.WORDS]
    if action == "add":
        known = len(before.corrections)
        return next((each.path for each in after.corrections[known:]), path)
    if action != "fact":
        return path
    order = [each for each, _ in doubt_facts(before)]
    behind = [each for each in left if path in order and order.index(each) > order.index(path)]
    return next(iter((*behind, *left)), path)


def _skip(context: web.ReviewContext) -> Response:
    """Look at the record last."""
    context.session.add(web.Step(context.key))
    return _go_on(context)


def _look_anew(context: web.ReviewContext) -> Response:
    """Take a coder's copy away, so that the record itself is reviewed."""
    context.load_seen()
    try:
        changes = context.store.drop_copy(context.key)
    except InputError as error:
        return _show(context, {}, trouble=error)
    context.session.add(web.Step(context.key, changes))
    return RedirectResponse(context.address, status_code=303)


def _begin(context: web.ReviewContext) -> Response:
    """Make a record where there is none: empty, to be filled in, or marked as no case."""
    is_left_out = context.form["do"] == "leave_out"
    try:
        record = begin_record(context.folder, context.key[1], by=context.by)
        if is_left_out:
            record = _apply(context, record, {**context.form, "do": "reject"}).record
    except InputError as error:
        return _show(context, context.form, trouble=error)
    context.session.add(web.Step(context.key, context.store.begin(record)))
    return _go_on(context) if is_left_out else RedirectResponse(context.address, 303)


def _undo(context: web.ReviewContext) -> Response:
    """Take the last step back, on disk as well, and show its record."""
    if not context.session.steps:
        return _show(context, {}, trouble="", is_undone=False)
    step = context.session.steps[-1]
    for path, before, after in step.files:
        there = read_bytes(path) if path.exists() else None
        if there != after:
            now, given = ((each or b"").decode("utf-8", "replace") for each in (there, before))
            raise web.EditConflictError(path.as_posix(), there=now, given=given, back=web.address_of(step.key))
    change_files([each.back for each in reversed(step.files)])
    context.session.drop_last()
    return RedirectResponse(web.address_of(step.key), status_code=303)


def _go_on(context: web.ReviewContext) -> Response:
    """Lead to the next record that waits; to the queue if there is none."""
    following = next_open(_list_queue(context), context.key)
    return RedirectResponse(web.address_of(following.key) if following else "/review", status_code=303)


def _show(
    context: web.ReviewContext,
    form: web.Form,
    *,
    trouble: InputError | str | None = None,
    is_undone: bool = True,
    objections: Sequence[Finding] = (),
) -> Response:
    """One record beside its page; `form` says what is asked of it, and what was typed."""
    key, store, manifest = context.key, context.store, context.folder.manifest
    shown: dict[str, Any] = {
        "key": key,
        "reviewer": context.reviewer,
        "waiting": sum(each.is_open for each in _list_queue(context)),
        "steps": len(context.session.steps),
        "ask": form.get("ask", ""),
        "fact": form.get("fact", ""),
        "trouble": trouble,
        "is_undone": is_undone,
        "no_case": NO_CASE,
    }
    if failure := store.load_failure(key):
        shown |= {"failure": failure, "lines": failure_lines(key[1], context.folder), "source": context.source}
        return web.show(context.request, "failure.html.j2", **shown)
    try:
        record = store.load(key)
    except StoreError as error:
        if isinstance(manifest, PageManifest) and (successor := successor_of(manifest, key[1])):  # merged into another
            return RedirectResponse(web.address_of((key[0], successor)), status_code=303)
        raise HTTPException(404, str(error)) from error
    shown |= _shown_of(context, record, form) | {"objections": objections}
    return web.show(context.request, "worksheet.html.j2", status=422 if trouble else 200, **shown)


def _shown_of(context: web.ReviewContext, record: Record, form: web.Form) -> dict[str, Any]:
    """What is shown of a record."""
    folder = context.folder
    worksheet = make_worksheet(record, folder)
    copy = scaled_picture(folder.path.absolute(), record.provenance.page_sha256) if worksheet.picture else None
    moved = folder.manifest.by_person if isinstance(folder.manifest, PageManifest) else None
    is_joining = form.get("ask") == "practice"
    if is_joining:
        refresh_index(context.request)
    return {
        "fact_form": fill_form(record, worksheet.article, form),
        "kinds": addable_kinds(record),
        "asked_again": moved is not None and record.article_id in moved.held,
        "candidates": _list_candidates(context, record) if is_joining else (),
        "joined": joined_records(context.request, record, context.store) if is_joining else (),
        "relations": practices.RELATIONS,
        "worksheet": worksheet,
        "is_old_copy": bool(worksheet.finding and worksheet.lines) and context.store.has_copy(context.key),
        "record": record,
        "version": web.version_of(record),
        "copy": copy,
        "has_copy": isinstance(copy, ScaledPicture),
    }


def _join(context: web.ReviewContext) -> Response:
    """Join the record with another to one practice, or take it out of its practice."""
    context.load_seen()
    try:
        changes = _join_practice(context)
    except InputError as error:
        return _show(context, context.form, trouble=error)
    context.session.add(web.Step(context.key, changes))
    return RedirectResponse(context.address, status_code=303)


_OF_SESSION: Final[Mapping[str, Callable[[web.ReviewContext], Response]]] = {
    "skip": _skip,
    "undo": _undo,
    "anew": _look_anew,
    "by_hand": _begin,
    "leave_out": _begin,
    "join": _join,
    "part": _join,
}


def _read_on(context: web.ReviewContext) -> Response:
    """What code reads from what is being typed, before anything is kept; or why it cannot be."""
    if context.form.get("do") not in ACTIONS:
        raise HTTPException(400, "nothing is being typed here")
    record = context.store.load(context.key)
    try:
        done = _apply(context, record, context.form)
    except InputError as error:
        return web.show(context.request, "reading.html.j2", trouble=error, facts=(), objections=())
    view = view_record(done.record, number=1, tag="", tint=0)
    path = _next_fact(record, done.record, context.form)
    facts = [each for each in view.facts if each.path == path]
    return web.show(context.request, "reading.html.j2", trouble="", facts=facts, objections=done.objections)


def _send_words(context: web.ReviewContext) -> Response:
    """The words between two places of the page, and their sentences."""
    article = context.folder.article(context.store.load(context.key))
    try:
        words, sents = chosen_words(article, context.form) if isinstance(article, Article) else ("", ())
    except InputError as error:
        return JSONResponse({"error": web.translate_error(web.language_of(context.request), error)}, status_code=422)
    return JSONResponse({"words": words, "sents": ", ".join(map(str, sents))})


def _list_queue(context: web.ReviewContext, *, is_growing: bool = False) -> list[QueueEntry]:
    """The queue of this person; a coder sees of no other how often coders disagree."""
    files, apart = index_of(context.request).read_known_entries(), context.reviewer and context.reviewer.is_coder
    known = {} if apart else count_disagreements(web.project_of(context.request).reviews)
    return context.store.list_queue(files, context.session.skipped, known, is_growing=is_growing)


SECTION: Final = web.Section(
    "/review",
    "nav.review",
    (
        web.review_route("", _show_queue),
        web.form_route("/review/who", _choose_reviewer),
        *_CODER_ROUTES,
        *_LINE_ROUTES,
        web.review_route(web.ARTICLE, lambda context: _show(context, context.form)),
        web.review_form(web.ARTICLE, _do),
        web.review_form(f"{web.ARTICLE}/read", _read_on),
        web.review_route(f"{web.ARTICLE}/words", _send_words),
    ),
)
