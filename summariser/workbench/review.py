"""Review: a person goes through the records in the order of doubt, the page at the left, the facts at the right.

Every key is a button of the page, which `review.js` presses; so all can be done with keyboard, pointer or test. What a
person does to a record is a form, which carries the version of the record it was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from summariser.disk.store import FileChange, change_files
from summariser.disk.stored import read_bytes
from summariser.errors import InputError, StoreError
from summariser.report.views import ScaledPicture, view_record
from summariser.reviewing import practices
from summariser.reviewing.amend import Amended, signed
from summariser.reviewing.decisions import NO_CASE, begin_record
from summariser.reviewing.doubt import Doubt, doubt_facts
from summariser.reviewing.rearrange import successor_of
from summariser.schema.case import Finding
from summariser.schema.codes import Decision
from summariser.schema.page import Article
from summariser.schema.record import PageManifest, Record
from summariser.workbench import coders, lines, session, web
from summariser.workbench.record_form import ACTIONS, ReviewAction, addable_kinds, chosen_words, fill_form
from summariser.workbench.record_index import index_of, likely_practices, refresh_index
from summariser.workbench.review_queue import QueueEntry, count_disagreements, next_open
from summariser.workbench.worksheet import failure_lines, make_worksheet, scaled_picture

DECIDING: Final = ("accept", "reject")  # what ends the work on a record
_MOST: Final = 9  # candidates that are shown, one for each digit


def _list_candidates(context: session.ReviewContext, record: Record) -> list[practices.PracticeCandidate]:
    """The likeliest records of the same practice that are not joined with it yet, the likeliest first."""
    refresh_index(context.request)
    return [
        each
        for each in likely_practices(context.request, record, context.store, most=practices.MOST_SHARING)
        if each.second.case.decision is Decision.UNION_CASE and not practices.are_joined(record, each.second)
    ][:_MOST]


def _join_practice(context: session.ReviewContext) -> tuple[FileChange, ...]:
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


def _show_queue(context: session.ReviewContext) -> Response:
    """All articles in the order of doubt, and who reviews."""
    _, _, progress = refresh_index(context.request)
    queue = _list_queue(context, is_growing=progress is not None)
    shown: dict[str, Any] = {"queue": queue, "first": next_open(queue), "reviewer": context.reviewer}
    return web.show(context.request, "review.html.j2", **shown, progress=progress, is_done=False)


def _choose_reviewer(request: Request, form: web.Form) -> Response:
    """Keep who reviews in this browser."""
    reviewer = session.Reviewer(form.get("name", "").strip(), "apart" in form)
    answer = RedirectResponse("/review", status_code=303)
    if reviewer.name:
        session.store_of(request, reviewer)
        answer.set_cookie(session.COOKIE, reviewer.cookie, max_age=_A_YEAR_S, httponly=True, samesite="strict")
    else:
        answer.delete_cookie(session.COOKIE)
    return answer


def _do(context: session.ReviewContext) -> Response:
    """Do it, if anybody is here to answer for it."""
    action = context.form.get("do", "")
    if context.reviewer is None:
        return RedirectResponse("/review", status_code=303)
    if action in _OF_SESSION:
        return _OF_SESSION[action](context)
    if action not in ACTIONS:
        raise HTTPException(400, f"{action[:40]!r} is nothing that can be done to a record")
    return _decide(context)


def _decide(context: session.ReviewContext) -> Response:
    """Change the record; what it cannot be is said beside what was typed."""
    record, form, action = context.load_seen(), context.form, context.form["do"]
    if action == "accept" and record.case.unsupported and "sure" not in form:
        return _show(context, {**form, "ask": "accept"})
    try:
        done = _apply(context, record, form)
    except InputError as error:
        return _show(context, {"ask": action, **form}, trouble=error)
    if done.objections and "sure" not in form:
        return _show(context, {"ask": action, **form}, objections=done.objections)
    if done.record != record:
        context.session.add(session.Step(context.key, (context.store.put(done.record, seen=record),)))
    if action in DECIDING:
        return _go_on(context)
    return RedirectResponse(
        session.address_of(context.key, fact=_next_fact(record, done.record, form)), status_code=303
    )


def _apply(context: session.ReviewContext, record: Record, form: web.Form) -> Amended:
    """The record as an action leaves it; nothing is written. Errors: InputError for what the record cannot be."""
    article = context.folder.article(record)
    return ACTIONS[form["do"]](
        ReviewAction(record, article if isinstance(article, Article) else None, form, signed(context.by))
    )


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


def _skip(context: session.ReviewContext) -> Response:
    """Look at the record last."""
    context.session.add(session.Step(context.key))
    return _go_on(context)


def _begin(context: session.ReviewContext) -> Response:
    """Make a record where there is none: empty, to be filled in, or marked as no case."""
    is_left_out = context.form["do"] == "leave_out"
    try:
        record = begin_record(context.folder, context.key[1], by=context.by)
        if is_left_out:
            record = _apply(context, record, {**context.form, "do": "reject"}).record
    except InputError as error:
        return _show(context, context.form, trouble=error)
    context.store.begin(record)
    return _go_on(context) if is_left_out else RedirectResponse(context.address, 303)


def _undo(context: session.ReviewContext) -> Response:
    """Take the last step back, on disk as well, and show its record."""
    if not context.session.steps:
        return _show(context, {}, trouble="", is_undone=False)
    step = context.session.steps[-1]
    for path, before, after in step.files:
        there = read_bytes(path) if path.exists() else None
        if there != after:
            now, given = ((each or b"").decode("utf-8", "replace") for each in (there, before))
            raise web.EditConflictError(path.as_posix(), there=now, given=given, back=session.address_of(step.key))
    change_files([each.back for each in reversed(step.files)])
    context.session.drop_last()
    return RedirectResponse(session.address_of(step.key), status_code=303)


def _go_on(context: session.ReviewContext) -> Response:
    """Lead to the next record that waits; to the queue if there is none."""
    following = next_open(_list_queue(context), context.key)
    return RedirectResponse(session.address_of(following.key) if following else "/review", status_code=303)


def _show(
    context: session.ReviewContext,
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
            return RedirectResponse(session.address_of((key[0], successor)), status_code=303)
        raise HTTPException(404, str(error)) from error
    shown |= _shown_of(context, record, form) | {"objections": objections}
    return web.show(context.request, "worksheet.html.j2", status=422 if trouble else 200, **shown)


def _shown_of(context: session.ReviewContext, record: Record, form: web.Form) -> dict[str, Any]:
    """What is shown of a record."""
    folder = context.folder
    worksheet = make_worksheet(record, folder)
    copy = scaled_picture(folder.path.absolute(), record.provenance.page_sha256) if worksheet.picture else None
    moved = folder.manifest.by_person if isinstance(folder.manifest, PageManifest) else None
    return {
        "fact_form": fill_form(record, worksheet.article, form),
        "kinds": addable_kinds(record),
        "asked_again": moved is not None and record.article_id in moved.held,
        "candidates": _list_candidates(context, record) if form.get("ask") == "practice" else (),
        "relations": practices.RELATIONS,
        "worksheet": worksheet,
        "record": record,
        "version": web.version_of(record),
        "copy": copy,
        "has_copy": isinstance(copy, ScaledPicture),
    }


def _join(context: session.ReviewContext) -> Response:
    """Join the record with another to one practice, or take it out of its practice."""
    context.load_seen()
    try:
        changes = _join_practice(context)
    except InputError as error:
        return _show(context, context.form, trouble=error)
    context.session.add(session.Step(context.key, changes))
    return RedirectResponse(context.address, status_code=303)


_OF_SESSION: Final[Mapping[str, Callable[[session.ReviewContext], Response]]] = {
    "skip": _skip,
    "undo": _undo,
    "by_hand": _begin,
    "leave_out": _begin,
    "join": _join,
    "part": _join,
}


def _read_on(context: session.ReviewContext) -> Response:
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


def _send_words(context: session.ReviewContext) -> Response:
    """The words between two places of the page, and their sentences."""
    article = context.folder.article(context.store.load(context.key))
    try:
        words, sents = chosen_words(article, context.form) if isinstance(article, Article) else ("", ())
    except InputError as error:
        return JSONResponse({"error": web.translate_error(web.language_of(context.request), error)}, status_code=422)
    return JSONResponse({"words": words, "sents": ", ".join(map(str, sents))})


def _list_queue(context: session.ReviewContext, *, is_growing: bool = False) -> list[QueueEntry]:
    """The queue of this person; a coder sees of no other how often coders disagree."""
    files, apart = index_of(context.request).read_known_entries(), context.reviewer and context.reviewer.is_coder
    known = {} if apart else count_disagreements(web.project_of(context.request).reviews)
    return context.store.list_queue(files, context.session.skipped, known, is_growing=is_growing)


SECTION: Final = web.Section(
    "/review",
    "nav.review",
    (
        session.review_route("", _show_queue),
        web.form_route("/review/who", _choose_reviewer),
        *coders.ROUTES,
        *lines.ROUTES,
        session.review_route(session.ARTICLE, lambda context: _show(context, context.form)),
        session.review_form(session.ARTICLE, _do),
        session.review_form(f"{session.ARTICLE}/read", _read_on),
        session.review_route(f"{session.ARTICLE}/words", _send_words),
    ),
)
