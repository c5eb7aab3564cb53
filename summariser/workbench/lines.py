"""The lines of a page: moved to another article, articles split and merged, after the consequences were shown."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from starlette.responses import RedirectResponse, Response

from summariser.disk.record_text import dump_json
from summariser.disk.store import change_files
from summariser.disk.stored import PageFolder, read_bytes, rebuild_split
from summariser.errors import InputError
from summariser.report.views import layout_lines, place_articles
from summariser.reviewing.amend import signed
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
from summariser.schema.page import line_numbers
from summariser.workbench.review_queue import ArticleKey
from summariser.workbench.session import ARTICLE, ReviewContext, Step, address_of, review_form, review_route
from summariser.workbench.web import EditConflictError, form_text, show

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
    lines, role, behind = read_lines(form.get("lines", "")), form.get("role", ""), form.get("behind", "").strip()
    if role and role not in list(LineRole):
        raise InputError("is nothing that a line can be", path=role[:40], expected=", ".join(LineRole))
    to = form.get("to", "")
    return move_lines(
        context.folder,
        lines,
        None if to == _NOISE else to,
        roles=dict.fromkeys(lines, LineRole(role)) if role else {},
        behind=read_lines(behind)[0] if behind not in ("", "0") else 0 if behind else None,
    )


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
        if found is None or len(lines) + last - int(found[1]) >= _MOST_LINES:
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
    ask = form.get("ask", "")
    lacks_lines = ask in _OF_LINES and not form.get("lines", "").strip()
    shown: dict[str, Any] = {
        "key": key,
        "reviewer": context.reviewer,
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


ROUTES: Final = (review_route(f"{ARTICLE}/lines", _show_lines), review_form(f"{ARTICLE}/lines", _rearrange))
