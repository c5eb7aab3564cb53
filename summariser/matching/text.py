"""The text side of matching: a folded view with a way back, sentences, and where a quote stands.

Strategy. A quote is looked for as it is; else in the folded view, where width, white space, quotes, dashes and dots no
longer differ; else, if it is long enough, with a few misread characters (`alignment.py`). Folding never turns
one digit into another nor one character into its other script form, so a folded match says the same as the page. Where
a quote stands more than once, the cited sentences decide, then order, and `Match.count` says that there was a choice.
"""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from summariser.matching.alignment import align
from summariser.schema.page import Sentence

_FOLDED_AS = {
    **dict.fromkeys("“”„‟〝〞〟″「」『』﹁﹂﹃﹄", '"'),
    **dict.fromkeys("‘’‚‛′", "'"),
    **dict.fromkeys("～〜∼˜", "~"),
    **dict.fromkeys("—–－─―‐‑‒−━﹘", "-"),
    **dict.fromkeys("·•・‧∙⋅･", "·"),
    **dict.fromkeys("…⋯", "..."),
    "∶": ":",
}
_DROPPED_CATEGORIES = ("Cc", "Cf")
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_RUN_LENGTHS = {"-": 1, ".": 3}  # dashes and dots are set in runs of any length

_SENTENCE_ENDS = "。！？；!?;…"
_CLOSERS = "”’）)」』】》〉］]"
_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "（": "）", "(": ")", '"': '"'}
_CONTINUED_BY = "，、,：:"
MAX_ASIDE = 200  # a quotation or bracket longer than this has probably lost its end

_SHORT_QUOTE = 64  # longer quotes do not overlap themselves in prose


class MatchTier(StrEnum):
    """How much the quote and the text had to be made alike."""

    EXACT = "exact"
    FOLDED = "folded"
    FUZZY = "fuzzy"


class Match(NamedTuple):
    """Where a quote stands: `text[start:end]`.

    Shape: `edits` is 0 unless the tier is fuzzy; `count` is the number of places of that tier: above 1 means a choice.
    """

    start: int
    end: int
    tier: MatchTier
    edits: int
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody wants of a match


class Folded(NamedTuple):
    """The matching view of a text; `text[k]` was read from `original[starts[k]:ends[k]]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def to_original(self, start: int, end: int) -> tuple[int, int]:
        """The interval of the original that a folded interval was read from, both with their end excluded.

        Errors: ValueError if the folded interval is empty or reaches outside.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"[{start}, {end}) is no interval of {len(self.text)} folded characters")
        return self.starts[start], self.ends[end - 1]

    def is_whole(self, start: int, end: int) -> bool:
        """Whether a folded interval cuts no character of the original, as `m` would cut `㎡`."""
        cuts_start = start > 0 and self.starts[start - 1] == self.starts[start]
        return not cuts_start and not (end < len(self.text) and self.starts[end] == self.starts[end - 1])


class _Place(NamedTuple):
    """A place where the quote could stand."""

    start: int
    end: int
    edits: int


def fold(text: str) -> Folded:
    """The matching view of a text: width, white space, line breaks, quotes, dashes and dots made alike.

    Shape: letters keep their case; no digit becomes another, so `②` and `²` stay; a run of dashes becomes one dash, a
    run of dots three dots.
    """
    folded: list[str] = []
    starts, ends = array("l"), array("l")
    for offset, char in enumerate(text):
        for piece in _fold_character(char):
            longest = _RUN_LENGTHS.get(piece)
            if longest and folded[-longest:] == [piece] * longest:
                ends[-1] = offset + 1
                continue
            folded.append(piece)
            starts.append(offset)
            ends.append(offset + 1)
    return Folded("".join(folded), starts, ends)


def split_sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text, numbered from 1; together they hold every character that is not white space.

    Shape: a sentence ends with its line, or behind 。！？； or …, with the closing marks that follow. Inside quotations
    and brackets nothing ends, unless they stay open or are longer than `MAX_ASIDE`; a quotation introduced by a colon
    ends with its own full stop.
    """
    spans = (_strip_span(text, start, end) for start, end in _find_sentence_spans(text))
    return tuple(Sentence(number, *span) for number, span in enumerate((span for span in spans if span), 1))


def locate(quote: str, text: str, *, hint: Sequence[tuple[int, int]] = (), after: int = 0) -> Match | None:
    """Where a quote stands in a text, or None if it does not.

    Shape: an occurrence inside a hint span wins, then the one nearest to a hint, then the first that begins at or
    behind `after`; among those inside, one that does not cut a number goes first. A folded occurrence inside a hint
    goes before an exact one outside. The interval runs from the first to the last character of the quote.
    Units: `hint` holds spans [start, end) of `text`; offsets are code points.
    """
    if not quote.strip():
        return None
    spans = _join_spans(hint, text)
    found: Match | None = None
    for tier in MatchTier:
        if found and tier is MatchTier.FUZZY:
            break
        places = _find_places(quote, text, tier)
        if not places:
            continue
        best = min(places, key=lambda place: _rank(place, text, spans, after))
        match = Match(best.start, best.end, tier, best.edits, len(places))
        if not _distance(best, spans):
            return match
        found = found or match
    return found


@lru_cache(maxsize=65_536)
def _fold_character(char: str) -> str:
    """What one character becomes: nothing, itself, or a few others."""
    if char in _FOLDED_AS:
        return _FOLDED_AS[char]
    if unicodedata.category(char) in _DROPPED_CATEGORIES or ord(char) in _VARIATION_SELECTORS:
        return ""
    plain = unicodedata.normalize("NFKC", char)
    if plain == char:
        return "" if char.isspace() else char
    if (
        not char.isdecimal()
        and any(piece.isdecimal() for piece in plain)
        and unicodedata.numeric(char, None) is not None
    ):
        return char  # `10²` must not become `102`
    return "".join(_FOLDED_AS.get(piece, piece) for piece in plain if not piece.isspace())


@lru_cache(maxsize=64)
def _fold_text(text: str) -> Folded:
    """`fold`, remembered for the few texts at hand: many quotes are looked for in one article."""
    return fold(text)


def _find_sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """The raw spans of sentences, white space at their ends included."""
    line_start = 0
    for line in text.splitlines(keepends=True):
        start = 0
        for end in (*_find_ends(line), len(line)):
            yield line_start + start, line_start + end
            start = end
        line_start += len(line)


def _find_ends(line: str) -> Iterator[int]:
    """The offsets behind each sentence that ends inside a line."""
    has_pairs = line.count('"') % 2 == 0
    start = offset = 0
    while offset < len(line):
        aside_end = _find_aside_end(line, offset) if line[offset] != '"' or has_pairs else None
        ends_here = line[offset] in _SENTENCE_ENDS
        if aside_end is not None:
            ends_here = line[max(offset - 1, 0)] in "：:" and line[aside_end - 2] in _SENTENCE_ENDS
        offset = aside_end or offset + 1
        if ends_here:
            offset = _skip_closers(line, offset, start)
            if line[offset : offset + 1] not in _CONTINUED_BY:
                yield offset
                start = offset


def _find_aside_end(line: str, offset: int) -> int | None:
    """The offset behind a quotation or bracket that opens here and closes properly."""
    closer = _PAIRS.get(line[offset])
    if closer is None:
        return None
    aside = line[offset + 1 : offset + 2 + MAX_ASIDE]
    length = aside.find(closer)
    if length < 0 or line[offset] in aside[:length]:
        return None
    return offset + length + 2


def _skip_closers(line: str, offset: int, start: int) -> int:
    """The offset behind the end marks and closing marks that stand here, in a sentence that began at `start`."""
    while offset < len(line):
        closes_quote = line[offset] == '"' and line.count('"', start, offset) % 2 == 1
        if line[offset] not in _SENTENCE_ENDS + _CLOSERS and not closes_quote:
            break
        offset += 1
    return offset


def _strip_span(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A span without the white space at its ends; None if nothing is left."""
    piece = text[start:end]
    if not piece.strip():
        return None
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _find_places(quote: str, text: str, tier: MatchTier) -> list[_Place]:
    """All places of a text where the quote stands, in the terms of one tier."""
    if tier is MatchTier.EXACT:
        return [_Place(start, start + len(quote), 0) for start in _find_starts(quote, text)]
    folded, wanted = _fold_text(text), fold(quote).text
    if not wanted:
        return []
    if tier is MatchTier.FOLDED:
        spans = [(start, start + len(wanted)) for start in _find_starts(wanted, folded.text)]
        return [_Place(*folded.to_original(*span), 0) for span in spans if folded.is_whole(*span)]
    return [_Place(*folded.to_original(one.start, one.end), one.edits) for one in align(wanted, folded.text)]


def _find_starts(quote: str, text: str) -> Iterator[int]:
    """Where a string begins in a text; occurrences overlap only if the string is short."""
    step = 1 if len(quote) <= _SHORT_QUOTE else len(quote)
    start = text.find(quote)
    while start >= 0:
        yield start
        start = text.find(quote, start + step)


def _join_spans(spans: Sequence[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """The spans in order, those that touch but for white space joined: a quote may run over two cited sentences."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _rank(place: _Place, text: str, spans: Sequence[tuple[int, int]], after: int) -> tuple[int, ...]:
    """The order in which places are preferred, the best first."""
    distance = _distance(place, spans)
    is_before = place.start < after
    return (distance > 0, place.edits, _cuts_number(place, text), distance, is_before, abs(place.start - after))


def _distance(place: _Place, spans: Sequence[tuple[int, int]]) -> int:
    """How far a place sticks out of the nearest span; 0 if it is inside one, or if there are none."""
    return min((max(0, start - place.start) + max(0, place.end - end) for start, end in spans), default=0)


def _cuts_number(place: _Place, text: str) -> bool:
    """Whether a place begins or ends between two digits."""
    return any(0 < edge < len(text) and text[edge - 1 : edge + 1].isdecimal() for edge in (place.start, place.end))
