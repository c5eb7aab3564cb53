"""Explore: records are searched, counted and drawn as charts; one by itself, two side by side.

A query stands in the address: words, codes of facets, order, page. A record has a page of its own with its text and its
citations; two can be shown side by side.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from summariser.catalogue import database
from summariser.catalogue.database import FACETS, FacetIndex, Selection, mark, positions_of, split_query
from summariser.catalogue.update import NOT_KNOWN, totalled
from summariser.disk.store import Store
from summariser.disk.stored import RECORD_END, PageFolder, load_record
from summariser.errors import StoreError
from summariser.exporting.export import export_files
from summariser.exporting.tables import cite_apa, cite_gbt7714
from summariser.places import division
from summariser.report.views import Label, label, labels, plain_label, view_record
from summariser.reviewing.practices import compare_practices
from summariser.reviewing.rearrange import successor_of
from summariser.schema.case import FACT_LISTS, Fact
from summariser.schema.codes import Beneficiary, Chain, CodedEnum, Decision, PracticeStatus, ResultKind, Support, Theme
from summariser.schema.record import ArticleSentence, PageManifest, Record
from summariser.tables import read_table
from summariser.workbench import web
from summariser.workbench.web import joined_records, likely_practices, refresh_index, store_of

_MOST_BARS: Final = 60  # months; what is older is in the facets
_LABEL_BARS: Final = 4  # as wide as a month is when written out
_SHADES: Final = 5


_STEP, _HEIGHT, _TILE, _CHARACTER = 14, 72, 58, 7  # pixels; the last of a label


class Bar(NamedTuple):
    """A month: its code, how many records, where it is drawn; `label` is empty where none stands below it."""

    code: str
    records: int
    x: int
    y: float
    height: float
    label: str


class TimeLine(NamedTuple):
    """Records by the month of their issue, without a gap; `earlier` counts what is older than the first bar."""

    bars: tuple[Bar, ...]
    width: int
    height: int
    earlier: int
    undated: int


class Tile(NamedTuple):
    """A province on the map: its six digits, its ISO letters, how many records, shade (0: none), where it is drawn."""

    code: str
    letters: str
    records: int
    shade: int
    x: int
    y: int


class Table(NamedTuple):
    """Two facets against each other: codes of rows and columns, most records first, and the counts of their pairs."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]
    most: int


def draw_months(counts: Mapping[str, int]) -> TimeLine:
    """The time line of counts by month (2025-03)."""
    held = {code: count for code, count in counts.items() if count and code != NOT_KNOWN}
    months = _months(min(held), max(held)) if held else []
    shown, most = months[-_MOST_BARS:], max(held.values(), default=1)
    bars = []
    for place, code in enumerate(shown):
        count = held.get(code, 0)
        height = max(round(count / most * _HEIGHT, 1), 2.0) if count else 0.0
        bars.append(Bar(code, count, place * _STEP, _HEIGHT - height, height, _label(place, shown)))
    earlier = sum(count for code, count in held.items() if shown and code < shown[0])
    width = max(len(bars) * _STEP, *(bar.x + len(bar.label) * _CHARACTER for bar in bars), _STEP)
    return TimeLine(tuple(bars), width, _HEIGHT, earlier, counts.get(NOT_KNOWN, 0))


def draw_provinces(counts: Mapping[str, int]) -> list[Tile]:
    """The map of counts by province (six digits)."""
    most = max((count for code, count in counts.items() if code != NOT_KNOWN), default=0)
    tiles = []
    for row in read_table("province_tiles"):
        code = f"{row['province']}0000"
        count = counts.get(code, 0)
        shade = -(-count * _SHADES // most) if count else 0
        tiles.append(Tile(code, row["iso"], count, shade, int(row["column"]) * _TILE, int(row["row"]) * _TILE))
    return tiles


def make_table(counts: Mapping[tuple[str, str], int]) -> Table:
    """The table of counts by pairs; what is not known stands last."""
    rows: dict[str, int] = {}
    columns: dict[str, int] = {}
    for (row, column), count in counts.items():
        rows[row] = rows.get(row, 0) + count
        columns[column] = columns.get(column, 0) + count
    return Table(_ranked(rows), _ranked(columns), counts, max(counts.values(), default=1))


def _label(place: int, months: list[str]) -> str:
    """What stands below a bar: the year below a January, the month below the first bar if a year has room behind it."""
    if months[place].endswith("-01"):
        return months[place][:4]
    has_room = not any(month.endswith("-01") for month in months[:_LABEL_BARS])
    return months[0] if place == 0 and has_room else ""


def _ranked(counts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(counts, key=lambda code: (code == NOT_KNOWN, -counts[code], code)))


def _months(first: str, last: str) -> list[str]:
    """All months from one to another."""
    start, end = (int(code[:4]) * 12 + int(code[5:7]) - 1 for code in (first, last))
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(max(start, end - _MOST_BARS), end + 1)]


SORTS: Final = ("best", "new", "old")
VIEWS: Final = ("list", "figures")
LONGEST_QUERY: Final = 500  # characters; what is longer is cut
_MOST_CODES: Final = 100
_MOST_PAGES: Final = 1_000_000


class Query(NamedTuple):
    """What is asked.

    Shape: `chosen` has codes by facet, alternatives of each other; `page` counts from 1; `sort` and `view` are among
    `SORTS` and `VIEWS`.
    """

    words: str = ""
    chosen: tuple[tuple[str, str], ...] = ()
    sort: str = "best"
    view: str = "list"
    page: int = 1

    @property
    def codes(self) -> Mapping[str, tuple[str, ...]]:
        """The chosen codes by facet."""
        return {name: tuple(code for facet, code in self.chosen if facet == name) for name in FACETS}

    def has(self, facet: str, code: str) -> bool:
        """Whether a code is chosen."""
        return (facet, code) in self.chosen

    def toggled(self, facet: str, code: str) -> str:
        """The address with a code chosen, or no longer."""
        pair = (facet, code)
        others = tuple(each for each in self.chosen if each != pair)
        return self._replace(chosen=others if pair in self.chosen else (*others, pair), page=1).address()

    def only(self, *pairs: tuple[str, str]) -> str:
        """The address of the list with these codes as the only ones of their facets."""
        facets = {facet for facet, _ in pairs}
        others = tuple(each for each in self.chosen if each[0] not in facets)
        return self._replace(chosen=(*others, *pairs), page=1, view="list").address()

    def cleared(self) -> str:
        """The address without words and codes."""
        return Query(view=self.view).address()

    def showing(self, **changes: object) -> str:
        """The address with another view, order or page."""
        return Query(**(self._asdict() | changes)).address()

    def address(self, path: str = "/search", **more: str) -> str:
        """The address that asks this; what is as by default is left out."""
        fields = [("q", self.words)] if self.words else []
        fields += self.chosen
        plain = Query()
        for name in ("sort", "view", "page"):
            if (value := getattr(self, name)) != getattr(plain, name):
                fields.append((name, str(value)))
        fields += more.items()
        return f"{path}?{urlencode(fields)}" if fields else path


def parse_query(fields: Iterable[tuple[str, str]]) -> Query:
    """The query in the fields of an address; what makes no sense there is left out."""
    found = list(fields)
    last = dict(found)
    page = last.get("page", "")
    chosen = dict.fromkeys((name, value) for name, value in found if name in FACETS and value)
    return Query(
        words=last.get("q", "")[:LONGEST_QUERY].strip(),
        chosen=tuple(chosen)[:_MOST_CODES],
        sort=last["sort"] if last.get("sort") in SORTS else "best",
        view=last["view"] if last.get("view") in VIEWS else "list",
        page=min(max(int(page), 1), _MOST_PAGES) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )


_CODES: Final[Mapping[str, type[CodedEnum]]] = {
    "theme": Theme,
    "beneficiary": Beneficiary,
    "chain": Chain,
    "status": PracticeStatus,
    "decision": Decision,
    "support": Support,
    "kind": ResultKind,
}


_LABELS: Final = {"state": "review_state", "needs": "needs"}


def _name_code(facet: str, code: str) -> Label:
    """The labels of a code; one that is in no list, as an address may bring it, is its own."""
    if code == NOT_KNOWN:
        return Label(code, web.words("zh")["explore.none"], web.words("en")["explore.none"])
    if facet in _CODES:
        found = next((each for each in _CODES[facet] if each.value == code), None)
        return label(found) if found else plain_label(code)
    if facet == "province":
        known = division(code)
        return Label(code, known.short, labels("province")[code[:2]].en) if known else plain_label(code)
    return labels(_LABELS[facet]).get(code, plain_label(code)) if facet in _LABELS else plain_label(code)


DOWNLOAD_FORMATS: Final = {  # what can be taken, with its ending and media type
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("zip", "application/zip"),
    "jsonl": ("jsonl", "application/jsonl"),
}


def download(paths: Sequence[Path], to: str, language: str) -> Response:
    """The records in these files in one format, as a file to save; CSV, a file for each table, as an archive.

    Shape: a workbook has its labels in the language of the interface.

    Errors: HTTPException 404 for another format or no record; ConfigError if a library is missing; StoreError.
    """
    if to not in DOWNLOAD_FORMATS or not paths:
        raise HTTPException(404, f"there is nothing to take as {to}")
    ending, media_type = DOWNLOAD_FORMATS[to]
    with tempfile.TemporaryDirectory(prefix="summariser-") as folder:
        made = Path(folder) / f"records.{to}"
        export_files(paths, made, to=to, skip_bad=True, labels="zh" if (to, language) == ("xlsx", "zh") else "en")
        if made.is_dir():
            made = Path(shutil.make_archive(f"{made}-packed", "zip", made))
        content = made.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="records.{ending}"'}
    return Response(content, media_type=media_type, headers=headers)


PER_PAGE: Final = 20
_OPEN: Final = ("theme", "province", "beneficiary", "chain")  # facets whose codes are shown without asking
_SHOWN: Final = 8  # codes of a facet before the rest is asked for


def _search(request: Request) -> Response:
    """The page of the section: what was asked, what was found, how it can be narrowed."""
    query = parse_query(request.query_params.multi_items())
    record_index, _, progress = refresh_index(request)
    shown = record_index.read(lambda index, facet_index: _shown(index, facet_index, query))
    # While there is progress, its part of the page says when there is none any more.
    return web.show(request, "explore.html.j2", **shown, progress=progress, is_done=False)


def _show_progress(request: Request) -> Response:
    """How far the index is."""
    _, _, progress = refresh_index(request)
    return web.show(request, "explore_progress.html.j2", progress=progress, is_done=progress is None)


def _download(request: Request) -> Response:
    """The records found, as a file."""
    query = parse_query(request.query_params.multi_items())
    record_index, out, _ = refresh_index(request)
    paths = record_index.read(lambda index, facet_index: _paths(index, facet_index, query, out))
    return download(paths, request.path_params["to"], web.language_of(request))


def _choose(index: sqlite3.Connection, facet_index: FacetIndex, query: Query) -> tuple[Selection, Sequence[int]]:
    """What is left by words and codes, and its places in the order asked for."""
    terms = split_query(query.words)
    ranked = database.find_entries(index, terms)
    choice = facet_index.choose(query.codes, facet_index.select(ranked) if query.words else facet_index.all)
    places = list(positions_of(choice.records))
    if terms and query.sort == "best":
        held = set(places)
        places = [at for entry in ranked if (at := facet_index.places.get(entry)) is not None and at in held]
    return choice, places[::-1] if query.sort == "old" else places


def _paths(index: sqlite3.Connection, facet_index: FacetIndex, query: Query, out: Path) -> list[Path]:
    """The files of the records found."""
    _, places = _choose(index, facet_index, query)
    known = {row["entry"]: row for row in index.execute("SELECT * FROM entries")}
    rows = (known[facet_index.entries[place]] for place in places)
    return [out / row["page_id"] / f"{row['article_id']}.json" for row in rows]


def _shown(index: sqlite3.Connection, facet_index: FacetIndex, query: Query) -> dict[str, Any]:
    """What the template shows of what a query finds."""
    choice, places = _choose(index, facet_index, query)
    pages = max(-(-len(places) // PER_PAGE), 1)
    query = query._replace(page=min(query.page, pages))  # the last one, where an address names a later one
    counts, terms, first = choice.counts, split_query(query.words), (query.page - 1) * PER_PAGE
    has_figures = query.view == "figures"
    crossed = ("province", "chain") if has_figures else ()
    return {
        "query": query,
        "found": len(places),
        "all": len(facet_index.entries),
        "hits": [database.read_hit(index, facet_index.entries[at], terms) for at in places[first : first + PER_PAGE]],
        "unrecorded": database.read_unrecorded(index),
        "pages": pages,
        "facets": [(name, *_ranked_codes(name, counts[name], query)) for name in FACETS if counts[name]],
        "open": _OPEN,
        "name_code": _name_code,
        "not_known": NOT_KNOWN,
        "sorts": SORTS,
        "months": draw_months(counts["month"]),
        "tiles": draw_provinces(counts["province"]),
        "tables": [(other, make_table(facet_index.cross("theme", other, choice.records))) for other in crossed],
        "totals": _totals(facet_index, choice.records) if has_figures else [],
    }


def _ranked_codes(facet: str, counts: Any, query: Query) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """The codes of a facet with their counts, those shown and the rest: chosen ones first, then most records first.

    Shape: years and months go by time, the newest first.
    """
    by_time = facet in ("year", "month")
    codes = sorted(counts, reverse=True) if by_time else sorted(counts, key=lambda code: (-counts[code], code))
    codes.sort(key=lambda code: (not query.has(facet, code), code == NOT_KNOWN))
    ordered = [(code, counts[code]) for code in codes]
    return ordered[:_SHOWN], ordered[_SHOWN:]


def _totals(facet_index: FacetIndex, within: int) -> list[Any]:
    """The totals, in the order of `totals.csv`."""
    order = {kind: place for place, (kind, _) in enumerate(totalled())}
    return sorted(facet_index.total(within), key=lambda each: (order[each.kind], -each.value))


_MOST_HELD: Final = 12  # records that are held against one, those that share most names with it
_MOST_SHOWN: Final = 5
_PARTS: Final = ("problem", *FACT_LISTS, "lesson")


class TextRun(NamedTuple):
    """A run of a sentence; `fact` is the anchor of a fact that rests on these words, or empty."""

    text: str
    fact: str
    is_hit: bool = False


class ComparedRecord(NamedTuple):
    """A record beside another one."""

    record: Record
    address: str

    def facts(self, name: str) -> Sequence[Fact]:
        """Its facts of one list, or the one fact of this name."""
        found = getattr(self.record.case, name)
        return found if isinstance(found, tuple) else () if found is None else (found,)


def anchor_of(path: str) -> str:
    """The anchor of a fact on the page of its record: `results[3]` is `results-3`."""
    return path.replace("[", "-").replace("]", "")


def _show_record(request: Request) -> Response:
    """The page of a record."""
    page_id, article_id = request.path_params["page_id"], request.path_params["article_id"]
    record_index, out, _ = refresh_index(request)
    record = record_index.read(lambda index, _: _load_known(index, out, page_id, article_id))
    alike = likely_practices(request, record, store_of(request, None), most=_MOST_HELD)[:_MOST_SHOWN]
    terms = split_query(request.query_params.get("q", "")[:500])
    joined = joined_records(request, record, store_of(request, None))
    return web.show(
        request,
        "case.html.j2",
        record=record,
        view=view_record(record, number=1, tag="", tint=0),
        sentences=[(each, cut_sentence(each, record, terms)) for each in record.text.sentences],
        citations=(("GB/T 7714", cite_gbt7714(record)), ("APA", cite_apa(record))),
        alike=alike,
        joined=joined,
        anchor_of=anchor_of,
    )


def _compare(request: Request) -> Response:
    """Two records side by side; with fewer or more it is said what to do."""
    named = list(dict.fromkeys(request.query_params.getlist("case")))[:3]  # a third is one too many, and said to be
    record_index, out, _ = refresh_index(request)
    records = record_index.read(lambda index, _: [_load_known(index, out, *name.partition("/")[::2]) for name in named])
    sides = [ComparedRecord(each, f"/record/{each.page_id}/{each.article_id}") for each in records]
    candidate = compare_practices(*records) if len(records) == len(("one", "other")) else None
    return web.show(request, "compare.html.j2", sides=sides, candidate=candidate, parts=_PARTS)


def cut_sentence(sentence: ArticleSentence, record: Record, terms: Sequence[str]) -> Iterator[TextRun]:
    """A sentence in runs: the words that were searched, or, where nothing was, the words that facts rest on."""
    text = sentence.text or ""
    if terms:
        yield from (TextRun(part.text, "", part.is_hit) for part in mark(text, terms))
        return
    at = sentence.start
    for start, end, fact in sorted(_quotes(record)):
        first, last = max(start, at), min(end, sentence.end)
        if first < last:
            yield TextRun(text[at - sentence.start : first - sentence.start], "")
            yield TextRun(text[first - sentence.start : last - sentence.start], fact)
            at = last
    yield TextRun(text[at - sentence.start :], "")


def _quotes(record: Record) -> Iterator[tuple[int, int, str]]:
    """Where words stand that a fact rests on, with its anchor."""
    for path, fact in record.case.facts():
        evidence = fact.evidence
        if evidence.start is not None and evidence.end is not None:
            yield evidence.start, evidence.end, anchor_of(path)
        yield from ((span.start, span.end, anchor_of(path)) for span in evidence.spans)


def _load_known(index: sqlite3.Connection, out: Path, page_id: str, article_id: str) -> Record:
    """A record that the index knows; of an article that was merged into another, that one's.

    Errors: HTTPException 404 if it knows none, or the file is gone.
    """
    if database.find_article(index, page_id, article_id) is not None:
        with suppress(StoreError):
            return load_record(out / page_id / f"{article_id}{RECORD_END}")
    with suppress(StoreError):  # an id that can be no file name
        manifest = PageFolder(Store(out).path_of(page_id, article_id).parent).manifest
        successor = successor_of(manifest, article_id) if isinstance(manifest, PageManifest) else None
        if successor and successor != article_id:
            return _load_known(index, out, page_id, successor)
    raise HTTPException(404, f"there is no record {page_id}/{article_id}")


SECTION: Final = web.Section(
    "/search",
    "nav.explore",
    (
        Route("/search", _search),
        Route("/search/progress", _show_progress),
        Route("/take/{to}", _download),
        Route("/record/{page_id}/{article_id}", _show_record),
        Route("/compare", _compare),
    ),
)
