"""Explore: the records searched, filtered, counted, compared and taken along."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from summariser.catalogue.index import split_query
from summariser.catalogue.reading import (
    Choice,
    Hit,
    Holdings,
    Unrecorded,
    find_entries,
    places_of,
    read_hit,
    read_unrecorded,
)
from summariser.catalogue.updating import FACETS, NOT_KNOWN, totalled
from summariser.workbench import case
from summariser.workbench.catalogue import Progress, catalogue_of
from summariser.workbench.names import name_code
from summariser.workbench.plots import draw_months, draw_provinces, make_table
from summariser.workbench.query import SORTS, Query, parse_query
from summariser.workbench.room import Room, language_of, project_of, show
from summariser.workbench.taking import take

PER_PAGE: Final = 20
_OPEN: Final = ("theme", "province", "beneficiary", "chain")  # facets whose codes are shown without asking
_SHOWN: Final = 8  # codes of a facet before the rest is asked for


class Found(NamedTuple):
    """What a query finds.

    Shape: `places` are all records found, in the order asked for; `hits` those of the page.
    """

    choice: Choice
    places: Sequence[int]
    hits: Sequence[Hit]
    holdings: Holdings
    unrecorded: Sequence[Unrecorded]


async def _search(request: Request) -> Response:
    """The page of the room: what was asked, what was found, how it can be narrowed."""
    query = parse_query(request.query_params.multi_items())
    catalogue = catalogue_of(request)
    out = project_of(request).settings().out
    progress = await asyncio.to_thread(catalogue.refresh, out)
    found = await asyncio.to_thread(catalogue.read, lambda index, holdings: find(index, holdings, query))
    return show(request, "explore.html.j2", **_shown(query, found, progress))


async def _show_progress(request: Request) -> Response:
    """How far the index is."""
    progress = await asyncio.to_thread(catalogue_of(request).refresh, project_of(request).settings().out)
    return show(request, "explore_progress.html.j2", progress=progress, is_done=progress is None)


async def _take(request: Request) -> Response:
    """The records found, as a file."""
    query = parse_query(request.query_params.multi_items())
    out = project_of(request).settings().out
    catalogue = catalogue_of(request)
    await asyncio.to_thread(catalogue.refresh, out)
    paths = await asyncio.to_thread(catalogue.read, lambda index, holdings: _paths(index, holdings, query, out))
    return await asyncio.to_thread(take, paths, request.path_params["to"], language_of(request))


def find(index: sqlite3.Connection, holdings: Holdings, query: Query) -> Found:
    """What a query finds in an index."""
    terms = split_query(query.words)
    choice, places = _choose(index, holdings, query, terms)
    first = (query.page - 1) * PER_PAGE
    hits = [read_hit(index, holdings.entries[place], terms) for place in islice(places, first, first + PER_PAGE)]
    return Found(choice, places, hits, holdings, read_unrecorded(index))


def _choose(
    index: sqlite3.Connection, holdings: Holdings, query: Query, terms: Sequence[str]
) -> tuple[Choice, Sequence[int]]:
    """What is left by words and codes, and its places in the order asked for."""
    ranked = find_entries(index, terms)
    choice = holdings.choose(query.codes, holdings.those(ranked) if query.words else holdings.all)
    places = list(places_of(choice.records))
    if terms and query.sort == "best":
        held = set(places)
        places = [at for entry in ranked if (at := holdings.places.get(entry)) is not None and at in held]
    return choice, places[::-1] if query.sort == "old" else places


def _paths(index: sqlite3.Connection, holdings: Holdings, query: Query, out: Path) -> list[Path]:
    """The files of the records found."""
    _, places = _choose(index, holdings, query, split_query(query.words))
    known = {row["entry"]: row for row in index.execute("SELECT * FROM entries")}
    rows = (known[holdings.entries[place]] for place in places)
    return [out / row["page_id"] / f"{row['article_id']}.json" for row in rows]


def _shown(query: Query, found: Found, progress: Progress | None) -> dict[str, Any]:
    """What the template shows."""
    counts, within, holdings = found.choice.counts, found.choice.records, found.holdings
    pages = max(-(-len(found.places) // PER_PAGE), 1)
    return {
        "query": query,
        "found": found,
        "progress": progress,
        "is_done": False,  # while there is progress, its part of the page says when there is none any more
        "pages": pages,
        "facets": [(name, *_ranked_codes(name, counts[name], query)) for name in FACETS if counts[name]],
        "open": _OPEN,
        "name_code": name_code,
        "not_known": NOT_KNOWN,
        "sorts": SORTS,
        "months": draw_months(counts["month"]),
        "tiles": draw_provinces(counts["province"]),
        "tables": [
            (other, make_table(holdings.cross("theme", other, within))) for other in ("province", "chain")
        ] if query.view == "figures" else [],
        "totals": _totals(holdings, within) if query.view == "figures" else [],
    }  # fmt: skip


def _ranked_codes(facet: str, counts: Any, query: Query) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """The codes of a facet with their counts, those shown and the rest: chosen ones first, then most records first.

    Shape: years and months go by time, the newest first.
    """
    by_time = facet in ("year", "month")

    def rank(code: str) -> tuple[object, ...]:
        when = "" if not by_time else "".join(chr(0x10FFFF - ord(char)) for char in code)
        return (not query.has(facet, code), code == NOT_KNOWN, when if by_time else -counts[code], code)

    ordered = [(code, counts[code]) for code in sorted(counts, key=rank)]
    return ordered[:_SHOWN], ordered[_SHOWN:]


def _totals(holdings: Holdings, within: int) -> list[Any]:
    """The totals, in the order of `totals.csv`."""
    order = {kind: place for place, (kind, _) in enumerate(totalled())}
    return sorted(holdings.total(within), key=lambda each: (order[each.kind], -each.value))


ROOM: Final = Room(
    "/search",
    "nav.explore",
    (
        Route("/search", _search),
        Route("/search/progress", _show_progress),
        Route("/take/{to}", _take),
        *case.ROUTES,
    ),
)
