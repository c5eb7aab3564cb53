"""The files of a report: records are read, pages found, templates filled in, and everything written through one door.

A page of the site asks nothing of anybody: style and script stand in it, and its content security policy names them by
hash, because `'self'` means nothing to a file:// address. The same records give the same bytes.

The index has one row for each record, what the filters offer, and what is counted in the plots.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup, escape

from summariser.disk import stored
from summariser.disk.files import disk_error, refuse_device, sync_folder, write_file
from summariser.errors import InputError, StoreError
from summariser.exporting.tables import cite_gbt7714
from summariser.readers.files import SITE_MARK
from summariser.report import views
from summariser.reviewing.diff import diff
from summariser.reviewing.differences import Difference
from summariser.reviewing.revisions import WORKING_TREE, collector_paused
from summariser.schema.case import Finding, Rule
from summariser.schema.codes import ActorRole
from summariser.schema.page import Article, Page, PageSplit
from summariser.schema.record import Failure, PageArticle, Record

MOST_NAMES: Final = 40  # names of a record that the search knows; the schema has 24 at most
MOST_WORDS: Final = 20_000_000  # bytes of articles in the index, with which a browser still opens it in a moment
CHANGED: Final = "changed"  # the filter that a site compared with an earlier version has
_Key = tuple[str, str]  # the folder and the id of a page


class Row(NamedTuple):
    """A record in the index, with no more of it than is shown and counted there, because processes hand it on.

    Shape: `values` are what the filters compare, by filter; `kinds` are those of its results; `words` is its article.
    """

    key: tuple[str, str]
    html: Markup
    words: Markup
    values: dict[str, views.Label]
    kinds: tuple[views.Label, ...]
    awaits_review: bool
    unsupported: int
    fuzzy: int
    is_changed: bool


def make_row(view: views.RecordView, href: str, *, is_compared: bool = False) -> Row:
    """The row of a record; `href` leads to it in the view of its page, `is_compared` with an earlier version."""
    record, grades = view.record, view.grades
    values = _values(view, is_compared=is_compared)
    named = [actor.name for actor in record.case.actors] + [person.name for person in record.case.people]
    names = list(dict.fromkeys([*named, *record.bylines]))[:MOST_NAMES]
    text = "".join(each.text or "" for each in record.text.sentences)
    macros: Any = _environment(is_compared=is_compared).get_template("rows.html.j2").module
    return Row(
        key=view.key,
        html=macros.row(view, href, values, names, grades),
        words=escape(views.visible_text(text, len(text))),
        values=values,
        kinds=tuple(views.label(result.kind) for result in record.case.results),
        awaits_review=view.awaits_review,
        unsupported=grades["unsupported"],
        fuzzy=grades["fuzzy"],
        is_changed=bool(view.changes),
    )


def _values(view: views.RecordView, *, is_compared: bool) -> dict[str, views.Label]:
    """What the filters compare, by filter."""
    record, yes_no = view.record, ("no", "yes")
    lead = next((actor for actor in record.case.actors if actor.role is ActorRole.LEAD), None)
    changed = {CHANGED: views.labels(CHANGED)[yes_no[bool(view.changes)]]} if is_compared else {}
    return {
        "theme": views.label(record.case.primary_theme),
        "province": views.province(record.case.place),
        "level": views.label(lead.level) if lead else views.NO_LEAD,
        "kind": views.labels("article_kind")[record.kind],
        "decision": views.label(record.case.decision),
        "needs": views.labels("needs")[yes_no[view.awaits_review]],
        "state": views.labels("review_state")[record.review.state],
        **changed,
    }


def gather_words(rows: Sequence[Row], *, most: int = MOST_WORDS) -> list[Markup]:
    """The articles of the rows as HTML, for the search of the index; none if together they are beyond `most` bytes."""
    return [row.words for row in rows] if sum(len(row.words.encode()) for row in rows) <= most else []


class Filter(NamedTuple):
    """A filter of the index; its values with how many records have each, most first."""

    name: str
    label: views.Label
    choices: list[tuple[views.Label, int]]


class Plot(NamedTuple):
    """What is counted, most first; `filter_name` is the filter that a bar sets, if there is one."""

    plot_id: str
    filter_name: str | None
    counts: list[tuple[views.Label, int]]


def sort_rows(rows: Iterable[Row]) -> list[Row]:
    """What needs a person first: needs review, then most unsupported, then most fuzzy facts; else as on the pages."""
    return sorted(rows, key=lambda row: (not row.awaits_review, -row.unsupported, -row.fuzzy))


def make_filters(rows: Sequence[Row], *, since: str | None = None) -> list[Filter]:
    """The filters with the values that occur; `since` is the version with which the rows were compared."""
    offered = dict(views.labels("filter"))
    if since is not None:
        offered[CHANGED] = views.Label(CHANGED, f"自 {since} 以来", f"Changed since {since}")
    values = [row.values for row in rows]
    return [Filter(name, named, _ranked(value[name] for value in values)) for name, named in offered.items()]


def make_plots(rows: Sequence[Row]) -> list[Plot]:
    """What the plots count: themes, provinces, results by kind and review states."""
    values = [row.values for row in rows]
    results = (kind for row in rows for kind in row.kinds)
    return [
        Plot("themes", "theme", _ranked(value["theme"] for value in values)),
        Plot("provinces", "province", _ranked(value["province"] for value in values)),
        Plot("results", None, _ranked(results)),
        Plot("states", "state", _ranked(value["state"] for value in values)),
    ]


def _ranked(values: Iterable[views.Label]) -> list[tuple[views.Label, int]]:
    """Labels with their counts, most frequent first, then by code."""
    return sorted(Counter(values).items(), key=lambda item: (-item[1], item[0].code))


_MARK_WITHIN: Final = 2000  # bytes
_INDENT: Final = re.compile("^ +", re.MULTILINE)  # a fifteenth of the site
_PAGE_ID: Final = re.compile(r"[\w-]([\w.-]*[\w-])?")
_SAFE_NAME: Final = re.compile(r"(?!\.)[\w.-]{1,80}(?<!\.)")


class ReportSummary(NamedTuple):
    """What was written.

    Shape: `failed` counts articles that have a failure and no record, `pageless` the pages shown without text;
    `unreadable` are the files that are no records.
    """

    index_path: Path
    records: int
    pages: int
    pageless: int
    failed: int
    unreadable: tuple[StoreError, ...]


class Unrecorded(NamedTuple):
    """An article without a record, and its failure; None if no run has come to it."""

    article: Failure | PageArticle
    tag: str
    tint: int
    failure: Failure | None


class PagePlan(NamedTuple):
    """A page of the site before its records are read.

    Shape: `before` and `after` are file and id of the pages beside it; `ties` are the files of pages with which it
    shares an article, by folder and page id.
    """

    folder: Path
    page_id: str
    files: tuple[stored.ListedFile, ...]
    file_name: str
    before: tuple[str, str] | None
    after: tuple[str, str] | None
    ties: Mapping[_Key, str]


class PageView(NamedTuple):
    """One newspaper page as the site shows it; `lines` is empty where `missing` (a code) says why it is not shown.

    Shape: `onward` has, by page id, the files of pages where articles of this one go on; `unreadable` are the files of
    the page that are no records.
    """

    plan: PagePlan
    source: str
    views: tuple[views.RecordView, ...]
    unrecorded: tuple[Unrecorded, ...]
    lines: tuple[views.Line, ...]
    missing: str | None
    picture: views.PictureLayout | None
    onward: Mapping[str, str]
    unreadable: tuple[StoreError, ...]


class IndexEntry(NamedTuple):
    """What the index tells of a page that was written; `unrecorded` are items of its list."""

    rows: tuple[Row, ...]
    unrecorded: tuple[Markup, ...]
    failed: int
    is_missing: bool
    unreadable: tuple[StoreError, ...]


@collector_paused()
def write_report(
    paths: Iterable[Path], out: Path, *, changes: views.Changes | None = None, processes: int = 1
) -> ReportSummary:
    """Write the site for the records and failures in these files and folders into the folder `out`.

    Shape: `out/index.html`, one `out/pages/<page>.html` for each page; nothing else is touched. With `changes`, what
    changed since an earlier version stands with each record and in the index. A page is read, written and let go, many
    by several `processes`.
    Errors: InputError if there is no record, StoreError if none can be read, a path does not exist, or the disk
    refuses.
    """
    paths = list(paths)
    plans, nameless = plan_pages(paths)
    if not plans:
        broken = (each.content for each in stored.read_listed(nameless) if isinstance(each.content, StoreError))
        raise next(broken, stored.no_record_here(paths))
    stored.refuse_among((path for plan in plans for path, _ in plan.files), out)
    for name in ("index.html", *(f"pages/{plan.file_name}" for plan in plans)):
        _refuse_foreign(out / name)
    parts = changes.by_page() if changes else {}
    jobs = [(plan, out, changes and parts.get(plan.page_id, changes._replace(by_record={}))) for plan in plans]
    told = list(stored.in_processes(_write_page, jobs, processes=processes if len(jobs) >= stored.MANY_PAGES else 1))
    unreadable = [each for page in told for each in page.unreadable]
    unreadable += [each.content for each in stored.read_listed(nameless) if isinstance(each.content, StoreError)]
    unreadable.sort(key=lambda error: error.path.as_posix())
    sync_folder(out / "pages")
    write_file(out / "index.html", _render_index(told, unreadable, changes).encode())
    return ReportSummary(
        index_path=out / "index.html",
        records=sum(len(page.rows) for page in told),
        pages=len(told),
        pageless=sum(page.is_missing for page in told),
        failed=sum(page.failed for page in told),
        unreadable=tuple(unreadable),
    )


def find_changes(since: str, paths: Sequence[Path]) -> views.Changes:
    """What changed in these records since a revision, each change at its own record where that is there.

    Errors: InputError if `since` is no single revision, or a path lies outside the repository; StoreError without git.
    """
    found = diff([since, *(str(path.absolute()) for path in paths)])
    if (found.old, found.new) != (since, WORKING_TREE):
        raise InputError(
            f"--against {since[:100]} is not one revision",
            path=Path.cwd(),
            expected="A commit, branch or tag: main, HEAD~1",
            next_step="To compare folders or two revisions, run summariser diff",
        )
    by_record: defaultdict[tuple[str, str], list[Difference]] = defaultdict(list)
    for article in found.articles:
        for change in article.changes:
            by_record[article.page_id, change.article_id if change.file else article.article_id].append(change)
    worst_first = {key: tuple(sorted(some, key=lambda each: each.kind.rank)) for key, some in by_record.items()}
    return views.Changes(since, worst_first)


def _refuse_foreign(path: Path) -> None:
    """Refuse a place of a page of the site where something else stands. Errors: StoreError."""
    refuse_device(path)
    if path.parent.name == "pages" and path.parent.is_symlink():
        what = "a symbolic link, which is never written to"
        raise StoreError(what, path=path.parent, next_step="Nothing was written; remove the link")
    if not os.path.lexists(path):
        return
    try:
        with path.open("rb") as file:
            is_ours = SITE_MARK in file.read(_MARK_WITHIN)
    except OSError as error:
        raise disk_error(error, path) from error
    if not is_ours:
        what = "something stands here that is no page of a report"
        raise StoreError(what, path=path, next_step="Nothing was written; choose another folder with -o")


def plan_pages(paths: Iterable[Path]) -> tuple[list[PagePlan], list[stored.ListedFile]]:
    """A page of the site for each page of a folder, in order, and the files that name no page.

    Errors: StoreError if a path does not exist.
    """
    groups: defaultdict[_Key, list[stored.ListedFile]] = defaultdict(list)
    ties: defaultdict[_Key, set[_Key]] = defaultdict(set)
    nameless: list[stored.ListedFile] = []
    for file in stored.list_stored(paths):
        page_id, onward = _named_pages(file)
        if page_id is None:
            nameless.append(file)
            continue
        key = file[0].parent.as_posix(), page_id
        groups[key].append(file)
        if onward is not None:
            beside = file[0].parent.with_name(onward).as_posix(), onward
            groups.setdefault(beside, [])
            ties[key].add(beside)
            ties[beside].add(key)
    taken: set[str] = set()
    names = {key: _file_name(key[1], taken) for key in sorted(groups)}
    places = [None, *((name, key[1]) for key, name in names.items()), None]
    plans = [
        PagePlan(Path(key[0]), key[1], tuple(groups[key]), name, before, after, {tie: names[tie] for tie in ties[key]})
        for (key, name), before, after in zip(names.items(), places, places[2:], strict=False)
    ]
    return plans, nameless


def _named_pages(file: stored.ListedFile) -> tuple[str | None, str | None]:
    """The page that a file says it is of, and the one where its article goes on, before anything in it is checked."""
    path, problem = file
    try:
        tree = None if problem else json.loads(stored.read_bytes(path))
    except (StoreError, ValueError, RecursionError):
        tree = None
    onward = tree.get("continuation") if isinstance(tree, dict) else None
    pages = (each.get("page_id") if isinstance(each, dict) else None for each in (tree, onward))
    own, other = (each if isinstance(each, str) else None for each in pages)
    return own, other if other and _PAGE_ID.fullmatch(other) else None


def _write_page(job: tuple[PagePlan, Path, views.Changes | None]) -> IndexEntry:
    """Read a page and its records, write its file, and tell the index of it."""
    plan, out, changes = job
    sheet = make_page_view(plan, changes)
    write_file(out / "pages" / plan.file_name, render_page(sheet, changes).encode(), one_of_many=True)
    return index_entry(sheet, changes)


def render_page(sheet: PageView, changes: views.Changes | None = None) -> str:
    """The page of the site that shows a sheet."""
    template = _environment(is_compared=changes is not None).get_template("page.html.j2")
    copy = views.scale_picture(sheet.picture.page) if sheet.picture else None
    return template.render(copy=copy, sheet=sheet, plan=sheet.plan, changes=changes)


def index_entry(sheet: PageView, changes: views.Changes | None = None) -> IndexEntry:
    """What the index tells of a sheet."""
    macros: Any = _environment(is_compared=changes is not None).get_template("rows.html.j2").module
    address = f"pages/{quote(sheet.plan.file_name)}"
    rows = (make_row(each, f"{address}#{each.anchor}", is_compared=changes is not None) for each in sheet.views)
    return IndexEntry(
        rows=tuple(rows),
        unrecorded=tuple(macros.lost(sheet.plan, article) for article in sheet.unrecorded),
        failed=sum(article.failure is not None for article in sheet.unrecorded),
        is_missing=sheet.missing is not None,
        unreadable=sheet.unreadable,
    )


def _render_index(told: Sequence[IndexEntry], unreadable: Sequence[StoreError], changes: views.Changes | None) -> str:
    """The index of the site."""
    rows = sort_rows(row for page in told for row in page.rows)
    template = _environment(is_compared=changes is not None).get_template("index.html.j2")
    return template.render(
        rows=rows,
        filters=make_filters(rows, since=changes.since if changes else None),
        plots=make_plots(rows),
        page_count=len(told),
        articles=gather_words(rows),
        unrecorded=[article for page in told for article in page.unrecorded],
        unreadable=unreadable,
        changes=changes,
        elsewhere=changes.elsewhere(row.key for row in rows) if changes else [],
    )


def make_page_view(plan: PagePlan, changes: views.Changes | None = None) -> PageView:
    """A page with its records; without its text where manifest and page file cannot be had or do not fit."""
    group = list(stored.read_listed(plan.files))
    folder = group[0].folder if group else stored.PageFolder(plan.folder)
    manifest, split = folder.manifest, _split_of(folder, plan.page_id)
    listed = () if isinstance(manifest, StoreError) or split == "moved" else manifest.articles
    order = {entry.article_id: number for number, entry in enumerate(listed)}
    found = sorted(group, key=lambda file: order.get(_article_id(file), len(order)))
    records = [file.content for file in found if isinstance(file.content, Record)]
    since = changes.by_record if changes else {}
    record_views = tuple(view._replace(changes=since.get(view.key, ())) for view in _views(records, order))
    lines: tuple[views.Line, ...] = ()
    picture: views.PictureLayout | None = None
    if isinstance(split, PageSplit) and isinstance(folder.page, Page):
        record_views = tuple(_held_against_page(view, folder) for view in record_views)
        views_of = {view.record.article_id: view for view in reversed(record_views)}
        placed_articles = [
            _with_facts(each, views_of.get(each.article.article_id), folder) for each in views.place_articles(split)
        ]
        placed_articles = [
            _begun_elsewhere(*pair, folder, plan.ties) for pair in zip(placed_articles, listed, strict=True)
        ]
        lines = views.layout_lines(folder.page, placed_articles, split.noise)
        picture = views.layout_picture(folder.page, placed_articles)
    named = plan.page_id if isinstance(manifest, StoreError) else manifest.source
    onward = [each.continuation.page_id for each in records if each.continuation]
    return PageView(
        plan=plan,
        source=records[0].provenance.source if records else named,
        views=record_views,
        unrecorded=tuple(_unrecorded(found, [each for each in listed if not folder.begun(each)], order)),
        lines=lines,
        missing=split if isinstance(split, str) else None,
        picture=picture,
        onward={page: plan.ties[folder.path.with_name(page).as_posix(), page] for page in onward},
        unreadable=tuple(file.content for file in group if isinstance(file.content, StoreError)),
    )


def _held_against_page(view: views.RecordView, folder: stored.PageFolder) -> views.RecordView:
    """The view of a record, with the finding that its article reads otherwise now, if it does."""
    found = folder.article(view.record)
    if isinstance(found, Finding) and found.rule == Rule.PAGE_CHANGED:
        return view._replace(findings=(found, *view.findings))
    return view


def _with_facts(
    placed: views.PlacedArticle, view: views.RecordView | None, folder: stored.PageFolder
) -> views.PlacedArticle:
    """An article with the facts of its record, if it has one of this text, and what of it stands on another page."""
    if view is None or view.reads_otherwise:
        return placed
    whole = folder.article(view.record) if view.record.continuation else placed.article
    return placed._replace(article=whole if isinstance(whole, Article) else placed.article, facts=view.facts)


def _begun_elsewhere(
    placed: views.PlacedArticle, listed: PageArticle, folder: stored.PageFolder, names: Mapping[tuple[str, str], str]
) -> views.PlacedArticle:
    """The article; of the rest of an article that begins on another page, with the facts of the record there."""
    begun = folder.begun(listed)
    beside = folder.path.with_name(begun.page_id) if begun else folder.path
    home = begun and names.get((beside.as_posix(), begun.page_id))
    whole = stored.PageFolder(beside).article(begun) if begun and home else None
    if not (begun and home and isinstance(whole, Article)):
        return placed
    view = views.view_record(begun, number=1, tag=placed.tag, tint=placed.tint)
    return placed._replace(article=whole, facts=view.facts, home=home)


def _split_of(folder: stored.PageFolder, page_id: str) -> PageSplit | str:
    """The articles of the page in a folder, or the code of why it cannot be shown."""
    manifest, page = folder.manifest, folder.page
    if page_id not in {folder.path.name, folder.path.resolve().name}:
        return "moved"
    if isinstance(manifest, StoreError):
        return "no_manifest"
    if not isinstance(page, Page):
        return "no_page"
    if manifest.page_sha256 != page.sha256:
        return "changed"
    try:
        return stored.rebuild_split(page, manifest)
    except InputError:
        return "misfit"


def _article_id(file: stored.StoredFile) -> str:
    return "" if isinstance(file.content, StoreError) else file.content.article_id


def _unrecorded(
    files: Sequence[stored.StoredFile], listed: Sequence[PageArticle], order: Mapping[str, int]
) -> Iterator[Unrecorded]:
    """Articles that the manifest lists or that failed, and that have no record."""
    recorded = {_article_id(file) for file in files if isinstance(file.content, Record)}
    failures = {file.content.article_id: file.content for file in files if isinstance(file.content, Failure)}
    articles: dict[str, Failure | PageArticle] = {each.article_id: each for each in listed} | failures
    for article_id, article in articles.items():
        if article_id not in recorded:
            at = order.get(article_id)
            tag, tint = views.mark_of(at) if at is not None else ("R", 0)
            yield Unrecorded(article, tag, tint, failures.get(article_id))


def _views(records: Sequence[Record], order: dict[str, int]) -> Iterator[views.RecordView]:
    """Views with tags: A1 ... as the manifest counts, R1 ... where it does not list the article."""
    seen: set[str] = set()
    for number, record in enumerate(records, 1):
        place = order.get(record.article_id)
        tag, tint = views.mark_of(place) if place is not None else (f"R{number}", number % 8)
        view = views.view_record(record, number=number, tag=tag, tint=tint)
        if view.anchor in seen:  # two files of one id: the second gets a number for a name
            nameless = record.model_copy(update={"article_id": ""})
            view = views.view_record(nameless, number=number, tag=tag, tint=tint)._replace(record=record)
        seen.add(view.anchor)
        yield view


def _file_name(page_id: str, taken: set[str]) -> str:
    """A file name for a page that leads nowhere else and is not taken, on disks that ignore case either."""
    base = page_id if _SAFE_NAME.fullmatch(page_id) else f"page-{_hash(page_id).hex()[:12]}"
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        name = f"{base}-{number}"
    taken.add(name.casefold())
    return f"{name}.html"


@cache
def _environment(*, is_compared: bool) -> Environment:
    """The templates of the site, with style, script and what its security policy allows."""
    environment = views.make_environment(_asset, keep_trailing_newline=True)
    environment.filters["cite"] = cite_gbt7714
    style = _asset("report.css") + (_asset("changes.css") if is_compared else "")
    filter_names = [
        *views.labels("filter"),
        *([CHANGED] if is_compared else []),
    ]  # in the form and the rows' attributes
    script = environment.get_template("report.js").render(filter_names=filter_names)
    policy = f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    policy += "; base-uri 'none'; form-action 'none'"
    environment.globals.update(style=Markup(style), script=Markup(script), policy=Markup(policy))
    return environment


def _asset(name: str) -> str:
    """A file of the templates folder, with line feeds alone, as a browser hashes it, and without its indentation."""
    text = (files("summariser") / "templates" / name).read_text(encoding="utf-8").replace("\r\n", "\n")
    return _INDENT.sub("", text)


def _digest(text: str) -> str:
    """The source expression that allows one inline style or script."""
    return "sha256-" + base64.b64encode(_hash(text)).decode()


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
