"""The lines of a page in Review: moved to another article, parted and put together, once it was said what follows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from summariser.disk.record_text import dump_json
from summariser.disk.store import change_files
from summariser.disk.stored import PageFolder, read_bytes, rebuild_split
from summariser.errors import InputError
from summariser.report.views import lay_out, list_owners
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
from summariser.reviewing.rearrange import Told, ask_again, heir_of, rearrange
from summariser.schema.page import line_numbers
from summariser.workbench.room import (
    ChangedMeanwhileError,
    Form,
    find_source,
    form_route,
    project_of,
    read_standings,
    show,
    spell_form,
)
from summariser.workbench.shelf import Key, Step, address_of, key_of, read_reviewer, shelf_of, sitting_of

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


def _show_lines(request: Request) -> Response:
    """The page line by line, each with its article."""
    return _show(request, request.query_params)


def _do(request: Request, form: Form) -> Response:
    """Rearrange the page, if somebody who decides for all answers for it and has seen what follows."""
    reviewer, key = read_reviewer(request), key_of(request)
    if reviewer is None or reviewer.apart:
        return RedirectResponse("/review", status_code=303)
    folder = shelf_of(request, reviewer).folder_of(key)
    manifest, _ = readable(folder)
    if form.get("version") != _version(folder):
        there = dump_json(manifest)
        raise ChangedMeanwhileError(key[0], there=there, given=spell_form(form), back=_address(key))
    try:
        if form.get("do") == "ask":
            changes = ask_again(folder, form.get("of", ""))
        else:
            today = datetime.now(UTC).date().isoformat()
            done = rearrange(folder, _wanted(folder, key, form), by=reviewer.name, date=today)
            if "sure" not in form:
                return _show(request, form, told=done.told)
            changes = done.changes
    except InputError as error:
        return _show(request, form, trouble=error)
    change_files(changes)
    sitting_of(request, reviewer).add(Step(key, files=changes))
    return RedirectResponse(_address(key), status_code=303)


def _wanted(folder: PageFolder, key: Key, form: Form) -> Assignment:
    """The page as a form wants it. Errors: InputError for what it cannot be."""
    if form.get("do") not in _DEEDS:
        raise InputError("nobody can do this to lines", path=form.get("do", "")[:40], expected=", ".join(_DEEDS))
    return _DEEDS[form["do"]](folder, key[1], form)


def _move(folder: PageFolder, _article: str, form: Form) -> Assignment:
    lines, role, behind = read_lines(form.get("lines", "")), form.get("role", ""), form.get("behind", "").strip()
    if role and role not in list(LineRole):
        raise InputError("is nothing that a line can be", path=role[:40], expected=", ".join(LineRole))
    to = form.get("to", "")
    return move_lines(
        folder,
        lines,
        None if to == _NOISE else to,
        roles=dict.fromkeys(lines, LineRole(role)) if role else {},
        behind=read_lines(behind)[0] if behind not in ("", "0") else 0 if behind else None,
    )


def _split(folder: PageFolder, _article: str, form: Form) -> Assignment:
    """The article cut before the first chosen line; the chosen ones are the headline of what follows, if so ticked."""
    lines = read_lines(form.get("lines", ""))
    listed = readable(folder)[0].articles
    home = next((each.article_id for each in listed if lines and lines[0] in line_numbers(each.lines)), "")
    return split_at(folder, home, lines[0] if lines else 0, headline=lines if "headline" in form else ())


_DEEDS: Final[Mapping[str, Callable[[PageFolder, str, Form], Assignment]]] = {
    "move": _move,
    "split": _split,
    "merge": lambda folder, article, form: merge_articles(folder, article, form.get("to", "")),
    "restore": lambda folder, _article, _form: as_first_split(folder),
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


def _show(request: Request, form: Form, *, told: Sequence[Told] = (), trouble: InputError | str = "") -> Response:
    """The page with its lines; `form` says what is asked and what was chosen, `told` what would follow of it."""
    reviewer, key = read_reviewer(request), key_of(request)
    folder = shelf_of(request, reviewer).folder_of(key)
    manifest, page = readable(folder)
    if heir := heir_of(manifest, key[1]):
        return RedirectResponse(_address((key[0], heir)), status_code=303)
    split = rebuild_split(page, manifest)
    owners = list_owners(split)
    targets = [
        Target(_KEYS[at : at + 1], each.article.article_id, each.tag, each.article.headline or "")
        for at, each in enumerate(owners)
    ]
    project, ask = project_of(request), form.get("ask", "")
    lacks_lines = ask in _OF_LINES and not form.get("lines", "").strip()
    return show(
        request,
        "lines.html.j2",
        status=422 if trouble else 200,
        key=key,
        reviewer=reviewer,
        lines=lay_out(page, owners, split.noise),
        targets=targets,
        names={each.article_id: f"{each.tag} {each.headline}" for each in targets},
        moved=manifest.by_person,
        source=find_source(read_standings(project.pages, folder.path.parent), key[0]),
        version=_version(folder),
        first_line=next((each.lines[0].first for each in manifest.articles if each.article_id == key[1]), 1),
        ask="" if lacks_lines else ask,
        lacks_lines=lacks_lines,
        form=form,
        told=told,
        trouble=trouble,
        roles=tuple(LineRole),
        new=NEW,
        noise=_NOISE,
    )


def _version(folder: PageFolder) -> str:
    """The version of a page with its records: a hash of all their bytes."""
    files = [folder.manifest_path, *sorted(folder.path.glob("*.json"))]
    hashes = (hashlib.sha256(read_bytes(path)).hexdigest() for path in files)
    return hashlib.sha256("".join(hashes).encode()).hexdigest()[:32]


def _address(key: Key) -> str:
    """Where the lines of a page are shown, for one of its articles."""
    return f"{address_of(key)}/lines"


ROUTES: Final = (
    Route("/review/{page:str}/{article:str}/lines", _show_lines),
    form_route("/review/{page:str}/{article:str}/lines", _do),
)
