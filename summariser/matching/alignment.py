"""Where a misread quote stands in a text: edit distance that may never touch a number, a name or the sense.

Strategy. Both sides are folded already (`locate.py`). With at most k edits, a quote cut into more than k pieces
has some pieces that stand in the text untouched, near one diagonal (text offset minus quote offset). Only diagonals
that collect enough pieces are looked at, each with a banded dynamic programme. In it every edit costs about 1, and an
edit that `sense.py` refuses costs infinity, so that the cheapest alignment is also an honest one. Edits side by side
that are no look-alikes are a rewording, not a misreading; an alignment that needs them is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from summariser.matching import sense
from summariser.matching.sense import REFUSED, UNLIKELY, Edit
from summariser.text import find_all

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


class _Path(NamedTuple):
    """A way through the programme: its cost, where it began in the text, and its edits, the last one first."""

    cost: int
    start: int
    edits: tuple[Edit, Any] | None


_Marked = tuple[str, int]  # a character and its protection
_OUTSIDE = ("\0", sense.HARD)  # equal to nothing
_NOWHERE = _Path(REFUSED, 0, None)


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
    inside, behind = max(first, 0), max(min(first + len(quote) + width, len(text)), 0)
    band = [_OUTSIDE] * (inside - first) + list(
        zip(text[inside:behind], sense.protect(text)[inside:behind], strict=True)
    )
    band += [_OUTSIDE] * (len(quote) + width - len(band))
    row = [_Path(0, first + column, None) for column in range(width)]
    for place, char in enumerate(zip(quote, sense.protect(quote), strict=True)):
        row = _next_row(row, place, char, first + place, band[place : place + width])
        if min(path.cost for path in row) > limit * UNLIKELY:
            return None
    best = min(row, key=lambda path: path.cost)
    end = first + len(quote) + row.index(best)
    edits: list[Edit] = []
    rest = best.edits
    while rest:
        edits.insert(0, rest[0])
        rest = rest[1]
    if len(edits) > limit or _is_rewording(edits, len(quote)) or sense.turns_sense(edits, quote, text):
        return None
    lost = {edit.place for edit in edits if not edit.in_text}
    for place, edge in ((0, best.start), (len(quote) - 1, end)):
        if place in lost and (quote[place].isalnum() or _cuts_numeral(text, edge)):
            return None  # another character stands there, or it is `12.5。` where the text has `12.5%。`
    return Alignment(best.start, end, len(edits))


def _next_row(previous: list[_Path], place: int, char: _Marked, offset: int, band: list[_Marked]) -> list[_Path]:
    """The paths after one more character of the quote; `band[0]` is `text[offset]`."""
    row: list[_Path] = []
    left = _NOWHERE
    lost = REFUSED if char[1] else sense.INDEL
    for column, (diagonal, above, other) in enumerate(zip(previous, [*previous[1:], _NOWHERE], band, strict=True)):
        exchange = 0 if char[0] == other[0] else sense.exchange_cost(*char, *other)
        added = left.cost + (REFUSED if other[1] else sense.INDEL)
        cost, move, origin = min(
            (diagonal.cost + exchange, 0, diagonal), (above.cost + lost, 1, above), (added, 2, left)
        )
        edits = origin.edits
        if move or exchange:
            at = (place + (move == 2), offset + column + (move == 1))
            edits = Edit(*at, cost - origin.cost, in_quote=move < 2, in_text=move != 1), edits
        left = _Path(cost, origin.start, edits)
        row.append(left)
    return row


def _cuts_numeral(text: str, edge: int) -> bool:
    """Whether an edge stands inside a numeral of the text, its unit included."""
    return any(start < edge < end for start, end in sense.numeral_spans(text))


def _is_rewording(edits: list[Edit], length: int) -> bool:
    """Whether edits stand side by side that no misreading explains: a word exchanged, or a word lost or added."""
    most = 2 if length < LONG_QUOTE else 4
    run = indels = 0
    last = -2
    for edit in edits:
        if edit.cost == sense.LOOK_ALIKE:
            continue
        if edit.place > last + 1:
            run = indels = 0
        run, indels, last = run + 1, indels + (edit.in_quote != edit.in_text), edit.place
        if run > most or indels > 1:
            return True
    return False
