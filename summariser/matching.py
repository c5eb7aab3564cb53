"""Quotes located in a text: exactly, folded, or with the misreadings of OCR.

Strategy. A quote is looked for as it is; else in the folded view, where width, white space, quotes, dashes, dots,
script (職工, 职工), letters read for digits (l388) and stray marks no longer differ; else with a few misread
characters. Folding never turns one digit into another, so a folded match says the same as the page. Where a quote
stands more than once, the cited sentences decide, then order, and `Match.count` says that there was a choice.

What a misreading may not turn: numbers, names, and words that both sides know. Three guards, none of which knows a
quote: each character of a text has a protection (`protect`); two characters that exclude each other are never
exchanged, nor is a protected one for another that does not print alike (`_exchange_cost`); and an edit that leaves a
word on both sides has made another word of it (`_turns_sense`).

Misread quotes. Both sides are folded. With at most k edits, a quote cut into more than k pieces has some pieces that
stand in the text untouched, near one diagonal (text offset minus quote offset). Only diagonals that collect enough
pieces are looked at, each with a banded dynamic programme. In it every edit costs about 1, and an edit that a guard
refuses costs infinity, so that the cheapest alignment is also an honest one. Edits side by side that are no look-alikes
are a rewording, not a misreading; an alignment that needs them is refused.
"""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from enum import StrEnum
from functools import cache, lru_cache
from itertools import islice, pairwise, permutations
from typing import NamedTuple

from summariser.numbers.numerals import unit_at
from summariser.numbers.quantity import find_numerals, inner_edges
from summariser.tables import Patterns, read_table, read_words
from summariser.text import Folded, find_all, fold, to_simplified

FREE, NAME, SOFT, HARD = range(4)
# Hundredths of an edit: the small change only decides ties, in favour of ends that align.
LOOK_ALIKE, SUBSTITUTED, INDEL, UNLIKELY = 99, 100, 101, 102
REFUSED = 1_000_000

NUMERALS = "〇零一二三四五六七八九十百千万亿两"
_SCALES = "百千万亿"
_WORDS = Patterns("matching", NUMERALS=NUMERALS)
_NUMERAL = re.compile(f"[{NUMERALS}]")
_PARTICLES = "的了着"  # lost in copying, nothing is said otherwise


class Edit(NamedTuple):
    """One difference: the quote has `quote[place]` or nothing where the text has `text[other]` or nothing."""

    place: int
    other: int
    cost: int
    in_quote: bool
    in_text: bool


class _Tables(NamedTuple):
    """What the tables say of characters and words."""

    look_alikes: Mapping[str, Set[str]]
    exclusive: Set[str]
    modifiers: Set[str]
    surnames: Set[str]
    family_name: re.Pattern[str]
    turning: re.Pattern[str]
    words: Set[str]
    common_words: Set[str]
    common_characters: Set[str]


@cache
def tables() -> _Tables:
    """The tables, read once. Words have two characters; a place counts as one by the first two of its short name."""
    own, lists, divisions = read_words("matching"), read_words("words"), read_table("divisions")
    alikes: defaultdict[str, set[str]] = defaultdict(set)
    for entry in (read_words("look_alikes")["glyphs"] + own["look_alikes"]).split():
        for other in entry[1:]:
            alikes[entry[0]].add(other)
            alikes[other].add(entry[0])
    common, rare = ({e[0] + second for e in lists[kind].split() for second in e[1:]} for kind in ("common", "other"))
    places = {row["short"][:2] for row in divisions}
    provinces = (row["short"] for row in divisions if row["level"] == "province")
    names = read_words("names")
    surnames = "".join(names["surnames"].split())
    return _Tables(
        look_alikes=alikes,
        exclusive={"".join(pair) for group in own["exclusive"].split() for pair in permutations(group, 2)},
        modifiers=set("".join(own["modifiers"].split())),
        surnames=set(surnames),
        family_name=re.compile(
            f"(?:{'|'.join(names['double_surnames'].split())}|[{surnames}])(?=([\u4e00-\u9fff]{{1,2}}))"
        ),
        turning=re.compile(f"{'|'.join(provinces)}|[{own['turning']}]"),
        words=common | rare | places | set(own["words"].split()),
        common_words=common | places,
        common_characters=set("".join(common)),
    )


@lru_cache(maxsize=64)
def protect(text: str) -> bytes:
    """How far each character of a folded text may be misread: 0 freely, 1 if no name, 2 as a look-alike, 3 never."""
    marks = bytearray(len(text))
    for level, start, end in sorted(_protected_spans(text)):
        marks[start:end] = bytes([level]) * (min(end, len(text)) - start)
    return bytes(marks)


def _protected_spans(text: str) -> Iterator[tuple[int, int, int]]:
    """Each span of a text that is more than free, as its level, start and end."""
    known = tables()
    for suffix in _WORDS.name_suffix.finditer(text):
        before = _WORDS.before_suffix.search(text, max(suffix.start() - 3, 0), suffix.start())
        yield NAME, before.start() if before else suffix.start(), suffix.end()
    for name in known.family_name.finditer(text):
        pairs = {text[name.start() : name.start() + 2], text[max(name.start() - 1, 0) : name.start() + 1]}
        if len(name.group()) > 1 or pairs.isdisjoint(known.words):
            yield NAME, name.start(), name.end(1)
    for pattern, level in (
        (known.turning, SOFT),
        (_NUMERAL, SOFT),
        (_WORDS.beside_figure, SOFT),
        (_WORDS.figure, HARD),
    ):
        yield from ((level, *found.span()) for found in pattern.finditer(text))
    for start, end in _numeral_spans(text):
        yield SOFT, start, end
        yield from ((HARD, *found.span()) for found in _NUMERAL.finditer(text, start, end))


@lru_cache(maxsize=64)
def _numeral_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the numerals of a text stand, with their units and what makes them approximate."""
    return tuple((numeral.start, numeral.end) for numeral in find_numerals(text))


@lru_cache(maxsize=8192)
def _exchange_cost(char: str, mark: int, other: str, other_mark: int) -> int:
    """What it costs to read one character as another, each with its protection."""
    known, names = tables(), mark == other_mark == NAME
    if HARD in (mark, other_mark) or char + other in known.exclusive or (names and {char, other} <= known.surnames):
        return REFUSED
    if other in known.look_alikes.get(char, ()):
        return LOOK_ALIKE
    if SOFT in (mark, other_mark) or names:
        return REFUSED
    return SUBSTITUTED if char.isalnum() == other.isalnum() else UNLIKELY


def _turns_sense(edits: Sequence[Edit], quote: str, text: str) -> bool:
    """Whether an edit makes another word, or takes a word of its own away; `edits` in text order.

    Shape: where the characters print alike, both words have to be common: 贷款 is no misread 货款, but 织工 of 职工.
    Two edits side by side make another word if all their characters are in common use and do not print alike, or if
    they take one of two characters that exclude each other for the other: 今秋 at the end of a quote, 今春.
    """
    known, beside = tables(), -2
    near = (pair for pair in pairwise(edits) if pair[1].place <= pair[0].place + 1)
    crossed = ((one, other) for pair in near for one, other in permutations(pair) if one.in_quote and other.in_text)
    if any(quote[one.place] + text[other.other] in known.exclusive for one, other in crossed):
        return True
    for edit in edits:
        if edit.in_quote != edit.in_text:
            if not _is_slip(*((quote, edit.place) if edit.in_quote else (text, edit.other))):
                return True
            continue
        words = known.common_words if edit.cost == LOOK_ALIKE else known.words
        if any(
            one in words and other in words
            for one, other in zip(_pairs(quote, edit.place), _pairs(text, edit.other), strict=True)
        ):
            return True
        if edit.cost == SUBSTITUTED and {quote[edit.place], text[edit.other]} <= known.common_characters:
            if edit.place == beside + 1:
                return True
            beside = edit.place
    return False


def _is_slip(text: str, place: int) -> bool:
    """Whether a character may have been lost or added by mistake: a mark, a double, or a part of a word."""
    char = text[place]
    if not char.isalnum() or char in _PARTICLES or {char * 2} & {*_pairs(text, place)}:
        return True
    return char not in tables().modifiers and not tables().words.isdisjoint(_pairs(text, place))


def _pairs(text: str, place: int) -> tuple[str, str]:
    """A character with the one before it, and with the one behind it; shorter at the ends of a text."""
    return text[max(place - 1, 0) : place + 1], text[place : place + 2]


MIN_LENGTH = 8  # below this one misread character makes too many other words
MAX_LENGTH = 1_000  # longer quotes are found exactly or not at all
MAX_EDITS = 12
MAX_HITS = 1_000  # of one piece of a quote; more, and the text is not prose
MAX_WINDOWS = 8
LONG_QUOTE = 50  # from here on, three or four edits in a row may be chance


class Alignment(NamedTuple):
    """`text[start:end]` is the quote but for `edits` characters; offsets are those of the folded text."""

    start: int
    end: int
    edits: int


# By where a path ends in the text: what the cheapest one costs, and its last step, which took a character of both,
# of the quote or of the text.
_Row = dict[int, tuple[int, int]]
_BOTH, _LOST, _ADDED = range(3)
_NOWHERE = (REFUSED, _BOTH)


def align(quote: str, text: str) -> tuple[Alignment, ...]:
    """Every place where a folded text holds the folded quote with a few misread characters, in text order.

    Shape: the places do not overlap; of a quote shorter than `MIN_LENGTH` only marks at its ends may be missing, and
    one longer than `MAX_LENGTH` stands nowhere.
    """
    if len(quote) > MAX_LENGTH:
        return ()
    if len(quote) < MIN_LENGTH:
        return tuple(_find_stripped(quote, text))
    limit = max_edits(len(quote))
    found = (_align_window(quote, text, first, 4 * limit + 2, limit) for first in _find_windows(quote, text, limit))
    chosen: list[Alignment] = []
    for one in sorted((one for one in found if one), key=lambda one: (one.edits, one.start)):
        if all(one.end <= other.start or other.end <= one.start for other in chosen):
            chosen.append(one)
    return tuple(sorted(chosen))


def max_edits(length: int) -> int:
    """How many edits a quote of so many folded characters may need: one in seven, three from ten characters on."""
    if length < 10:
        return 1
    return min(max(3, length // 7), MAX_EDITS)


def _find_stripped(quote: str, text: str) -> Iterator[Alignment]:
    """The places of a short quote without the marks that it ends with: a line end has lost them."""
    bare = quote.rstrip(",.;:!?、。")
    for start in _find_hits(bare, text) if 1 < len(bare) < len(quote) else ():
        end = start + len(bare)
        if not _cuts_numeral(text, end):
            yield Alignment(start, end, len(quote) - len(bare))


def _find_windows(quote: str, text: str, limit: int) -> list[int]:
    """Where the bands begin in which enough pieces of the quote stand untouched, the best first."""
    size = max(2, len(quote) // (limit + 3))
    offsets = range(0, len(quote) - size + 1, size)
    step = limit + 1  # the diagonals of one alignment differ by at most `limit`, so they touch two neighbouring buckets
    votes: Counter[int] = Counter()
    for offset in offsets:
        hits = _find_hits(quote[offset : offset + size], text)
        if len(hits) > MAX_HITS:
            return []
        votes.update((hit - offset) // step for hit in hits)
    needed = len(offsets) - limit
    sums = {bucket: count + votes.get(bucket + 1, 0) for bucket, count in votes.items()}
    best = sorted((bucket for bucket in sums if sums[bucket] >= needed), key=lambda bucket: (-sums[bucket], bucket))
    return [bucket * step - limit for bucket in best[:MAX_WINDOWS]]


def _find_hits(piece: str, text: str) -> list[int]:
    """Where a piece stands in the text; at most one more place than `MAX_HITS`."""
    return list(islice(find_all(piece, text), MAX_HITS + 1))


def _align_window(quote: str, text: str, first: int, width: int, limit: int) -> Alignment | None:
    """The cheapest honest alignment of the whole quote within a band, if it is cheap enough.

    Shape: row i of the programme holds the cheapest path of `quote[:i]` to each end from `first + i` on.
    """
    rows: list[_Row] = [dict.fromkeys(range(max(first, 0), min(first + width, len(text) + 1)), (0, _BOTH))]
    for place, char in enumerate(zip(quote, protect(quote), strict=True)):
        ends = range(first + place + 1, min(first + place + 1 + width, len(text) + 1))
        rows.append(_next_row(rows[-1], char, text, ends, limit * UNLIKELY))
        if not rows[-1]:
            return None
    end = min(rows[-1], key=lambda end: rows[-1][end][0])
    start, edits = _read_path(rows, end)
    if len(edits) > limit or _is_rewording(edits, len(quote)) or _turns_sense(edits, quote, text):
        return None
    lost = {edit.place for edit in edits if not edit.in_text}
    for place, edge in ((0, start), (len(quote) - 1, end)):
        if place in lost and (quote[place].isalnum() or _cuts_numeral(text, edge)):
            return None  # another character stands there, or it is `12.5。` where the text has `12.5%。`
    return Alignment(start, end, len(edits))


def _next_row(previous: _Row, char: tuple[str, int], text: str, ends: range, most: int) -> _Row:
    """The paths after one more character of the quote and its protection, without those that cost more than `most`."""
    row: _Row = {}
    marks, lost, last = protect(text), REFUSED if char[1] else INDEL, max(previous, default=0) + 1
    for end in ends[max(min(previous, default=0) - ends.start, 0) :]:
        (diagonal, _), (above, _), (left, _) = (
            previous.get(end - 1, _NOWHERE), previous.get(end, _NOWHERE), row.get(end - 1, _NOWHERE)
        )  # fmt: skip
        other, mark = text[end - 1], marks[end - 1]
        exchange = 0 if char[0] == other or diagonal == REFUSED else _exchange_cost(*char, other, mark)
        best = min((diagonal + exchange, _BOTH), (above + lost, _LOST), (left + (REFUSED if mark else INDEL), _ADDED))
        if best[0] <= most:
            row[end] = best
        elif end > last:
            break
    return row


def _read_path(rows: Sequence[_Row], end: int) -> tuple[int, list[Edit]]:
    """Where the path to an end of the last row begins in the text, and its edits in text order."""
    place, edits = len(rows) - 1, list[Edit]()
    while place:
        cost, step = rows[place][end]
        place, end = place - (step != _ADDED), end - (step != _LOST)
        if paid := cost - rows[place][end][0]:
            edits.insert(0, Edit(place, end, paid, in_quote=step != _ADDED, in_text=step != _LOST))
    return end, edits


def _cuts_numeral(text: str, edge: int) -> bool:
    """Whether an edge stands inside a numeral of the text, its unit included."""
    return any(start < edge < end for start, end in _numeral_spans(text))


def _is_rewording(edits: list[Edit], length: int) -> bool:
    """Whether edits stand side by side that no misreading explains: a word exchanged, or a word lost or added."""
    most = 2 if length < LONG_QUOTE else 4
    run = indels = 0
    last = -2
    for edit in edits:
        if edit.cost == LOOK_ALIKE:
            continue
        if edit.place > last + 1:
            run = indels = 0
        run, indels, last = run + 1, indels + (edit.in_quote != edit.in_text), edit.place
        if run > most or indels > 1:
            return True
    return False


_AS_DIGITS = str.maketrans("lIOo", "1100")

_SHORT_QUOTE = 64  # longer quotes do not overlap themselves in prose


class MatchTier(StrEnum):
    """How much the quote and the text had to be made alike."""

    EXACT = "exact"
    FOLDED = "folded"
    FUZZY = "fuzzy"


_TIERS = tuple(MatchTier)


class Match(NamedTuple):
    """Where a quote stands: `text[start:end]`.

    Shape: `edits` is 0 unless the tier is fuzzy; `count` is the number of places of that tier: above 1 means a choice.
    """

    start: int
    end: int
    tier: MatchTier
    edits: int
    count: int = 1  # type: ignore[assignment]  # hides tuple.count, which nobody wants of a match


def locate(
    quote: str, text: str, *, hint: Sequence[tuple[int, int]] = (), after: int = 0, cut: bool = False
) -> Match | None:
    """Where a quote stands in a text, or None if it does not.

    Shape: an occurrence inside a hint span wins, then the one nearest to a hint, then the first that begins at or
    behind `after`. A folded occurrence inside a hint goes before an exact one outside. No occurrence begins or ends
    inside a number (2000元 in 12000元), unless `cut` asks for these only. The interval runs from the first to the last
    character of the quote.
    Units: `hint` holds spans [start, end) of `text`; offsets are code points.
    """
    if not quote.strip():
        return None
    spans = _join_spans(hint, text)
    found: Match | None = None
    for tier in _TIERS:
        if found and tier is MatchTier.FUZZY:
            break
        places = [one for one in _find_places(quote, text, tier) if cuts_number(text, one.start, one.end) is cut]
        if not places:
            continue
        best = min(places, key=lambda place: _rank(place, spans, after))
        match = best._replace(count=len(places))
        if not _distance(best, spans):
            return match
        found = found or match
    return found


@lru_cache(maxsize=64)
def _view(text: str) -> Folded:
    """`fold`, and more: simplified characters, digits for the letters they were read as, no stray marks."""
    folded = fold(text)
    plain = _WORDS.misread_number.sub(lambda number: number.group().translate(_AS_DIGITS), folded.text)
    plain = to_simplified(plain)
    stray = {place for mark in _WORDS.stray.finditer(plain) for place in range(*mark.span())}
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


def _rank(place: Match, spans: Sequence[tuple[int, int]], after: int) -> tuple[int, ...]:
    """The order in which places are preferred, the best first."""
    distance = _distance(place, spans)
    return (distance > 0, place.edits, distance, place.start < after, abs(place.start - after))


def _distance(place: Match, spans: Sequence[tuple[int, int]]) -> int:
    """How far a place sticks out of the nearest span by its start; 0 if it is inside one, or if there are none."""
    after = bisect_right(spans, (place.start, sys.maxsize))
    near = spans[max(after - 1, 0) : after + 1]
    return min((max(0, start - place.start) + max(0, place.end - end) for start, end in near), default=0)


def cuts_number(text: str, start: int, end: int) -> bool:
    """Whether a place begins or ends inside a number: 200人 in 1200人, 二万 in 十二万, 5% in 12.5%.

    Shape: a word that only begins with a numeral may stand right behind a number: 两千|一线职工, 3万|百姓.
    """
    near = [edge for edge in (start, end) if _WORDS.between_numerals.match(text, max(edge - 1, 0))]
    return bool(near) and not all(
        text[edge - 1] in _SCALES
        and text[edge] in NUMERALS
        and text[edge : edge + 2] in tables().words
        and text[edge + 1] not in NUMERALS  # 一千|三百 is one number
        and not unit_at(text, edge + 1)
        for edge in inner_edges(text).intersection(near)
    )
