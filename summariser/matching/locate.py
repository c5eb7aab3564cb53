"""Where a quote stands in a text.

Strategy. A quote is looked for as it is; else in the folded view, where width, white space, quotes, dashes, dots,
script (職工, 职工), letters read for digits (l388) and stray marks no longer differ; else with a few misread characters
(`alignment.py`). Folding never turns one digit into another, so a folded match says the same as the page. Where a
quote stands more than once, the cited sentences decide, then order, and `Match.count` says that there was a choice.
"""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from summariser.matching.alignment import Alignment, align
from summariser.text import Folded, find_all, fold, simplified

# Letters beside digits can only be misread digits; not in a name (QN1803).
_MISREAD_NUMBER = re.compile(r"(?<![A-Za-z\d.,])(?=[lIOo.,]*[\d万亿])[lIOo\d][lIOo\d.,]*+(?![A-Za-z])")
_AS_DIGITS = str.maketrans("lIOo", "1100")
_STRAY = re.compile(r"(?<!\d)[丨|¦_](?!\d)|(?<=[^\W\d])\((?=次\))|(?<=\(次)\)")  # 人(次) is 人次

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
    count: int = 1  # type: ignore[assignment]  # hides tuple.count, which nobody wants of a match


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
        match = best._replace(count=len(places))
        if not _distance(best, spans):
            return match
        found = found or match
    return found


@lru_cache(maxsize=64)
def _view(text: str) -> Folded:
    """`fold`, and more: simplified characters, digits for the letters they were read as, no stray marks."""
    folded = fold(text)
    plain = _MISREAD_NUMBER.sub(lambda number: number.group().translate(_AS_DIGITS), folded.text)
    plain = plain.translate(simplified())
    stray = {place for mark in _STRAY.finditer(plain) for place in range(*mark.span())}
    kept = [place for place in range(len(plain)) if place not in stray]
    return Folded(
        "".join(plain[place] for place in kept), *(array("l", (side[k] for k in kept)) for side in folded[1:])
    )


def _find_places(quote: str, text: str, tier: MatchTier) -> list[Match]:
    """All places of a text where the quote stands, in the terms of one tier."""
    step = 1 if len(quote) <= _SHORT_QUOTE else len(quote)
    if tier is MatchTier.EXACT:
        return [Match(start, start + len(quote), tier, 0) for start in find_all(quote, text, step=step)]
    folded, wanted = _view(text), _view(quote).text
    if not wanted:
        return []
    if tier is MatchTier.FOLDED:
        spans = [Alignment(start, start + len(wanted), 0) for start in find_all(wanted, folded.text, step=step)]
    else:
        spans = [one for one in align(wanted, folded.text) if one.edits]
    whole = (one for one in spans if folded.is_whole(one.start, one.end))
    return [Match(*folded.to_original(one.start, one.end), tier, one.edits) for one in whole]


def _join_spans(spans: Sequence[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """The spans in order, those that touch but for white space joined: a quote may run over two cited sentences."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _rank(place: Match, text: str, spans: Sequence[tuple[int, int]], after: int) -> tuple[int, ...]:
    """The order in which places are preferred, the best first."""
    distance = _distance(place, spans)
    is_before = place.start < after
    return (
        distance > 0,
        place.edits,
        cuts_number(text, place.start, place.end),
        distance,
        is_before,
        abs(place.start - after),
    )


def _distance(place: Match, spans: Sequence[tuple[int, int]]) -> int:
    """How far a place sticks out of the nearest span by its start; 0 if it is inside one, or if there are none."""
    after = bisect_right(spans, (place.start, sys.maxsize))
    near = spans[max(after - 1, 0) : after + 1]
    return min((max(0, start - place.start) + max(0, place.end - end) for start, end in near), default=0)


def cuts_number(text: str, start: int, end: int) -> bool:
    """Whether a place begins or ends between two digits: 200人 in 1200人."""
    return any(0 < edge < len(text) and text[edge - 1 : edge + 1].isdecimal() for edge in (start, end))
