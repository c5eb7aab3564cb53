"""The files of a report: records are read, pages found, templates filled in, and everything written through one door.

A page of the site asks nothing of anybody: style and script stand in it, and its content security policy names them by
hash, because `'self'` means nothing to a file:// address. The same records give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from summariser import __version__
from summariser.disk.stored import find, load_manifest, load_record, locate_page, rebuild_article
from summariser.disk.whole_file import write_file
from summariser.errors import InputError, StoreError
from summariser.pages.page import read_page
from summariser.report.changes import Changes
from summariser.report.facts import RecordView, view_record
from summariser.report.index import (
    filter_names,
    make_change_tiles,
    make_filters,
    make_plots,
    make_row,
    make_tiles,
    sort_rows,
)
from summariser.report.labels import Label
from summariser.report.lines import Line, Owner, lay_out, misfit
from summariser.report.text import shown
from summariser.schema.page import Page, format_lines
from summariser.schema.record import PageManifest, Record

_SAFE_NAME: Final = re.compile(r"(?!\.)[\w.-]{1,80}(?<!\.)")
_NO_MANIFEST: Final = Label("no_manifest", "找不到版面账目", "The manifest of the page is missing or broken")
_NO_PAGE: Final = Label("no_page", "找不到版面文件", "The page file cannot be found or read")
_OTHER_FOLDER: Final = Label(
    "moved", "记录不在其版面的文件夹中", "The records do not stand in the folder of their page"
)


class ReportSummary(NamedTuple):
    """What was written; `unreadable` are the files that are no records, `pageless` the pages shown without text."""

    index_path: Path
    records: int
    pages: int
    pageless: int
    unreadable: tuple[StoreError, ...]


class RecordFile(NamedTuple):
    """A readable record and where it stands."""

    path: Path
    record: Record


class Sheet(NamedTuple):
    """One newspaper page as the site shows it; `lines` is empty where `missing` says why the page is not shown."""

    file_name: str
    page_id: str
    source: str
    manifest: PageManifest | None
    views: tuple[RecordView, ...]
    lines: tuple[Line, ...]
    missing: Label | None
    unrecorded: tuple[Owner, ...]  # articles of the page without a record


def write_report(paths: Iterable[Path], out: Path, *, changes: Changes | None = None) -> ReportSummary:
    """Write the site for the records in these files and folders into the folder `out`.

    Shape: `out/index.html`, one `out/pages/<page>.html` for each page; nothing else is touched. With `changes`, what
    changed since an earlier version stands with each record and in the index.
    Errors: StoreError if there is no record, a path does not exist, or the disk refuses.
    """
    loaded, unreadable = _load(paths)
    if not loaded:
        raise StoreError("no readable record is here", path=out, next_step="Name record files, or folders with records")
    sheets = make_sheets(loaded)
    for name, content in render(sheets, unreadable, changes):
        write_file(out / name, content.encode())
    pageless = sum(sheet.missing is not None for sheet in sheets)
    return ReportSummary(out / "index.html", len(loaded), len(sheets), pageless, tuple(unreadable))


def make_sheets(loaded: Sequence[RecordFile]) -> list[Sheet]:
    """One sheet for each page of a folder, records in page order."""
    taken: set[str] = set()
    sheets = []
    key = _sheet_key
    for (folder, page_id), group in groupby(sorted(loaded, key=lambda each: (key(each), each.path)), key=key):
        sheets.append(_make_sheet(folder, page_id, list(group), file_name=_file_name(page_id, taken)))
    return sheets


def render(
    sheets: Sequence[Sheet], unreadable: Sequence[StoreError] = (), changes: Changes | None = None
) -> Iterator[tuple[str, str]]:
    """The files of the site, by name."""
    if changes:
        sheets = [_with_changes(sheet, changes) for sheet in sheets]
    environment = _environment(is_compared=changes is not None)
    yield "index.html", _render_index(environment, sheets, unreadable, changes)
    template = environment.get_template("page.html.j2")
    neighbours = zip([None, *sheets], sheets, [*sheets[1:], None], strict=False)
    for before, sheet, after in neighbours:
        yield f"pages/{sheet.file_name}", template.render(sheet=sheet, before=before, after=after, changes=changes)


def _render_index(
    environment: Environment, sheets: Sequence[Sheet], unreadable: Sequence[StoreError], changes: Changes | None
) -> str:
    """The index of the site."""
    views = [(sheet, view) for sheet in sheets for view in sheet.views]
    rows = sort_rows(make_row(view, href=_href(sheet, view), is_compared=changes is not None) for sheet, view in views)
    tiles = make_tiles(rows, pages=len(sheets), unreadable=len(unreadable))
    elsewhere = changes.elsewhere(_key(view.record) for _, view in views) if changes else []
    if changes:
        tiles += make_change_tiles(rows, since=changes.since, elsewhere=len(elsewhere))
    return environment.get_template("index.html.j2").render(
        rows=rows,
        filters=make_filters(rows, since=changes.since if changes else None),
        plots=make_plots(rows),
        tiles=tiles,
        unreadable=unreadable,
        changes=changes,
        elsewhere=elsewhere,
    )


def _with_changes(sheet: Sheet, changes: Changes) -> Sheet:
    """The page with what changed in each of its records."""
    views = (view._replace(changes=changes.by_record.get(_key(view.record), ())) for view in sheet.views)
    return sheet._replace(views=tuple(views))


def _key(record: Record) -> tuple[str, str]:
    return record.page_id, record.article_id


def _load(paths: Iterable[Path]) -> tuple[list[RecordFile], list[StoreError]]:
    """The records that can be read, and what is wrong with the other files."""
    loaded, unreadable = [], []
    for path in find(paths):
        try:
            loaded.append(RecordFile(path, load_record(path)))
        except StoreError as error:
            unreadable.append(error)
    return loaded, unreadable


def _sheet_key(each: RecordFile) -> tuple[str, str]:
    return each.path.parent.as_posix(), each.record.page_id


def _make_sheet(folder: str, page_id: str, group: Sequence[RecordFile], *, file_name: str) -> Sheet:
    """A page with its records; without its text where manifest and page file cannot be had or do not fit."""
    manifest, page, missing = _find_page(Path(folder), page_id, group[0])
    order = {entry.article_id: number for number, entry in enumerate(manifest.articles)} if manifest else {}
    records = [each.record for each in sorted(group, key=lambda each: order.get(each.record.article_id, len(order)))]
    views = tuple(_views(records, order))
    if manifest is None or page is None:
        return Sheet(file_name, page_id, records[0].provenance.source, manifest, views, (), missing, ())
    by_id = {view.record.article_id: view for view in views if view.record.article_id in order}
    owners = []
    for number, listed in enumerate(manifest.articles):
        view = by_id.get(listed.article_id)
        facts = view.facts if view else ()
        owners.append(Owner(listed, f"A{number + 1}", number % 8, rebuild_article(page, listed), facts))
    unrecorded = tuple(owner for owner in owners if owner.listed.article_id not in by_id)
    return Sheet(
        file_name=file_name,
        page_id=page_id,
        source=manifest.source,
        manifest=manifest,
        views=views,
        lines=lay_out(page, owners, manifest.noise),
        missing=None,
        unrecorded=unrecorded,
    )


def _views(records: Sequence[Record], order: dict[str, int]) -> Iterator[RecordView]:
    """Views with tags: A1 ... as the manifest counts, R1 ... where it does not list the article."""
    seen: set[str] = set()
    for number, record in enumerate(records, 1):
        place = order.get(record.article_id)
        tag = f"A{place + 1}" if place is not None else f"R{number}"
        view = view_record(record, number=number, tag=tag, tint=(place if place is not None else number) % 8)
        if view.anchor in seen:  # two files of one id: the second gets a number for a name
            nameless = record.model_copy(update={"article_id": ""})
            view = view_record(nameless, number=number, tag=tag, tint=view.tint)._replace(record=record)
        seen.add(view.anchor)
        yield view


def _find_page(folder: Path, page_id: str, first: RecordFile) -> tuple[PageManifest | None, Page | None, Label | None]:
    """The manifest and the page of the records in a folder, or why there is none."""
    if folder.name != page_id and folder.resolve().name != page_id:
        return None, None, _OTHER_FOLDER
    try:
        manifest = load_manifest(folder.resolve().with_name(f"{page_id}.page.json"))
    except StoreError:
        return None, None, _NO_MANIFEST
    try:
        page = read_page(locate_page(first.record.provenance.source, first.path.parent))
    except InputError:
        return manifest, None, _NO_PAGE
    wrong = misfit(manifest, page)
    return manifest, None if wrong else page, wrong


def _file_name(page_id: str, taken: set[str]) -> str:
    """A file name for a page that leads nowhere else and is not taken, on disks that ignore case either."""
    base = page_id if _SAFE_NAME.fullmatch(page_id) else "page-" + hashlib.sha256(_bytes(page_id)).hexdigest()[:12]
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        name = f"{base}-{number}"
    taken.add(name.casefold())
    return f"{name}.html"


def _href(sheet: Sheet, view: RecordView) -> str:
    return f"pages/{quote(sheet.file_name)}#{view.anchor}"


@cache
def _environment(*, is_compared: bool) -> Environment:
    """Templates that escape everything, know no undefined name, and show what hides in foreign text."""
    environment = Environment(
        loader=FunctionLoader(_asset), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, finalize=_finalize,
    )  # fmt: skip
    environment.filters.update(line_names=format_lines, path=quote)
    style = _asset("report.css") + (_asset("changes.css") if is_compared else "")
    script = environment.get_template("report.js").render(filter_names=filter_names(is_compared=is_compared))
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    environment.globals.update(
        style=Markup(style),
        script=Markup(script),
        policy=Markup(policy + "; base-uri 'none'; form-action 'none'"),
        version=__version__,
    )
    return environment


def _finalize(value: Any) -> Any:
    """What every expression of a template passes before it is escaped."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _asset(name: str) -> str:
    """A file of the templates folder, with line feeds alone, as a browser hashes it."""
    return (files("summariser") / "templates" / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _digest(text: str) -> str:
    """The source expression that allows one inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
