"""Which system finds quotes again, and where: the protocol of `benchmarks/locate.py`, 65 quotes per seed page.

Per page: 20 quotes as they stand and 20 with one to three misread characters, 10 over the end of a line, 10 of other
pages, and 5 inventions drawn from that protocol's (another number, unit or place name). Every system gets the quotes
one by one and the whole page. An interval is right if it holds the words the quote was taken from; it is inexact if it
overlaps them; everything else that is placed is placed falsely, and so is whatever no page says.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from locate import SEEDS, Case, Outcome, build_cases, score_cases

from summariser.matching import locate as locate_quote

KINDS = ("exact", "misread", "wrapped", "absent")
INVENTIONS = 5
RAPIDFUZZ_CUTOFF = 75  # of 100; what a user would start from, and langextract's own threshold

Span = tuple[int, int]
Finder = Callable[[str, str], Span | None]


class QuoteScore(TypedDict):
    """What one system made of the quotes of all pages; `outcomes` has right of all, per kind."""

    right: dict[str, str]
    inexact: int
    placed_falsely: int
    not_found: int
    seconds: float


class _Page(NamedTuple):
    """A page and the quotes to look for."""

    text: str
    cases: list[Case]


def measure_quotes(say: Callable[[str], None]) -> dict[str, QuoteScore]:
    """The score of every system on the five seed pages.

    Units: seconds of wall time for all 325 quotes, imports and construction apart.
    """
    pages = _draw_pages()
    scores: dict[str, QuoteScore] = {}
    for name, finder in _finders().items():
        say(f"quotes: {name}")
        scores[name] = _score(pages, finder)
    return scores


def _draw_pages() -> list[_Page]:
    """The seed pages with their quotes; the same in every run."""
    texts = {path.name: path.read_text(encoding="utf-8-sig") for path in sorted(SEEDS.glob("*.txt"))}
    pages = []
    for name, text in texts.items():
        draw = random.Random(name)
        cases = build_cases(text, [other for other in texts.values() if other != text], draw)
        invented = draw.sample([case for case in cases if case.kind == "invented"], INVENTIONS)
        pages.append(_Page(text, [case for case in cases if case.kind in KINDS] + invented))
    return pages


def _score(pages: Sequence[_Page], finder: Finder) -> QuoteScore:
    """What a system makes of all pages."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    rest: Counter[str] = Counter()
    seconds = 0.0
    for text, cases in pages:
        started = time.perf_counter()
        spans = [finder(case.quote, text) for case in cases]
        seconds += time.perf_counter() - started
        for case, span in zip(cases, spans, strict=True):
            outcome = _judge(case, span, text)
            total[case.kind] += 1
            right[case.kind] += outcome.right
            rest[_name_miss(case, span)] += not outcome.right
    return {
        "right": {kind: f"{right[kind]}/{total[kind]}" for kind in total},
        "inexact": rest["inexact"],
        "placed_falsely": rest["placed_falsely"],
        "not_found": rest["not_found"],
        "seconds": round(seconds, 3),
    }


def _judge(case: Case, span: Span | None, text: str) -> Outcome:
    """The outcome by the protocol's own rule."""
    return score_cases([case], text, lambda *_: span)[case.kind]


def _name_miss(case: Case, span: Span | None) -> str:
    """What kind of miss it is, if it is one."""
    if span is None:
        return "not_found"
    overlaps = case.span is not None and span[0] < case.span[1] and case.span[0] < span[1]
    return "inexact" if overlaps else "placed_falsely"


def _finders() -> dict[str, Finder]:
    """The systems, ready to look for a quote in a page."""
    return {
        "summariser": _find_ours,
        "langextract, defaults": partial(_find_by_langextract, _load_langextract(accept_match_lesser=True)),
        "langextract, no partial matches": partial(_find_by_langextract, _load_langextract(accept_match_lesser=False)),
        "instructor CitationMixin": _load_instructor(),
        "rapidfuzz partial_ratio_alignment": _load_rapidfuzz(),
    }


def _find_ours(quote: str, text: str) -> Span | None:
    """`summariser.matching.locate`, which is what every mention of a reply goes through."""
    match = locate_quote(quote, text)
    return match and (match.start, match.end)


def _load_langextract(*, accept_match_lesser: bool) -> Callable[[str, str], Any]:
    """An alignment of one extraction with a page, by characters: its other tokenizer makes a clause one token."""
    langextract = import_module("langextract")  # lives in the environment of the peers, unknown to mypy
    resolver = import_module("langextract.resolver")
    by_character = import_module("langextract.core.tokenizer").UnicodeTokenizer()

    def align(quote: str, text: str) -> Any:
        extraction = langextract.data.Extraction(extraction_class="quote", extraction_text=quote)
        groups = resolver.WordAligner().align_extractions(
            [[extraction]], text, tokenizer_impl=by_character, accept_match_lesser=accept_match_lesser
        )
        return groups[0][0].char_interval

    return align


def _find_by_langextract(align: Callable[[str, str], Any], quote: str, text: str) -> Span | None:
    """The interval of the one extraction, if it has one."""
    interval = align(quote, text)
    return None if interval is None else (interval.start_pos, interval.end_pos)


def _load_instructor() -> Finder:
    """The spans that CitationMixin replaces its quotes by."""
    mixin = import_module("instructor").CitationMixin

    def find(quote: str, text: str) -> Span | None:
        return next(iter(mixin(substring_quotes=[quote]).get_spans(text)), None)

    return find


def _load_rapidfuzz() -> Finder:
    """The best window of the page by indel similarity, from a cutoff up."""
    fuzz = import_module("rapidfuzz.fuzz")

    def find(quote: str, text: str) -> Span | None:
        found = fuzz.partial_ratio_alignment(quote, text, score_cutoff=RAPIDFUZZ_CUTOFF)
        return found and (found.dest_start, found.dest_end)

    return find
