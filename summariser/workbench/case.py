"""One record on a page of its own, with its text and its citations, and two records side by side."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from summariser.catalogue.index import mark, split_query
from summariser.catalogue.reading import find_article
from summariser.comparison.practices import compare_practices
from summariser.disk.store import Store
from summariser.disk.stored import RECORD_END, PageFolder, load_record
from summariser.errors import StoreError
from summariser.exporting.export import cite_apa, cite_gbt7714
from summariser.report.facts import view_record
from summariser.reviewing.rearrange import heir_of
from summariser.schema.case import FACT_LISTS, Fact
from summariser.schema.record import ArticleSentence, PageManifest, Record
from summariser.workbench.room import project_of, show
from summariser.workbench.shelf import catalogue_of, likely_practices, shelf_of

_MOST_HELD: Final = 12  # records that are held against one, those that share most names with it
_MOST_SHOWN: Final = 5
_PARTS: Final = ("problem", *FACT_LISTS, "lesson")


class Run(NamedTuple):
    """A run of a sentence; `fact` is the anchor of a fact that rests on these words, or empty."""

    text: str
    fact: str
    is_hit: bool = False


class Side(NamedTuple):
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
    out = project_of(request).settings().out
    catalogue = catalogue_of(request)
    catalogue.refresh(out)
    record = catalogue.read(lambda index, _: _load_known(index, out, page_id, article_id))
    alike = likely_practices(request, record, shelf_of(request, None), most=_MOST_HELD)[:_MOST_SHOWN]
    terms = split_query(request.query_params.get("q", "")[:500])
    return show(
        request,
        "case.html.j2",
        record=record,
        view=view_record(record, number=1, tag="", tint=0),
        sentences=[(each, cut_sentence(each, record, terms)) for each in record.text.sentences],
        citations=(("GB/T 7714", cite_gbt7714(record)), ("APA", cite_apa(record))),
        alike=alike,
        anchor_of=anchor_of,
    )


def _compare(request: Request) -> Response:
    """Two records side by side."""
    named = list(dict.fromkeys(request.query_params.getlist("case")))[:2]
    out = project_of(request).settings().out
    catalogue = catalogue_of(request)
    catalogue.refresh(out)
    records = catalogue.read(lambda index, _: [_load_known(index, out, *name.partition("/")[::2]) for name in named])
    sides = [Side(each, f"/record/{each.page_id}/{each.article_id}") for each in records]
    candidate = compare_practices(*records) if len(records) == len(("one", "other")) else None
    return show(request, "compare.html.j2", sides=sides, candidate=candidate, parts=_PARTS)


def cut_sentence(sentence: ArticleSentence, record: Record, terms: Sequence[str]) -> Iterator[Run]:
    """A sentence in runs: the words that were searched, or, where nothing was, the words that facts rest on."""
    text = sentence.text or ""
    if terms:
        yield from (Run(part.text, "", part.is_hit) for part in mark(text, terms))
        return
    at = sentence.start
    for start, end, fact in sorted(_quotes(record)):
        first, last = max(start, at), min(end, sentence.end)
        if first < last:
            yield Run(text[at - sentence.start : first - sentence.start], "")
            yield Run(text[first - sentence.start : last - sentence.start], fact)
            at = last
    yield Run(text[at - sentence.start :], "")


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
    if find_article(index, page_id, article_id) is not None:
        with suppress(StoreError):
            return load_record(out / page_id / f"{article_id}{RECORD_END}")
    with suppress(StoreError):  # an id that can be no file name
        manifest = PageFolder(Store(out).path_of(page_id, article_id).parent).manifest
        heir = heir_of(manifest, article_id) if isinstance(manifest, PageManifest) else None
        if heir and heir != article_id:
            return _load_known(index, out, page_id, heir)
    raise HTTPException(404, f"there is no record {page_id}/{article_id}")


ROUTES: Final = (
    Route("/record/{page_id}/{article_id}", _show_record),
    Route("/compare", _compare),
)
