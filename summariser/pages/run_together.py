"""Lines that OCR ran together across a gutter, cut in two where the lines around them show that columns part.

Only a certain gutter counts: of the lines near by, some above and some below stand wholly on either side of it, none
but lines as wide crosses it, and the line begins where its column does.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from summariser.pages.article import width
from summariser.pages.placed import PlacedLine, body_height, middle, overlap

_WIDE = 1.6  # times the usual width of the lines near it, from which on a line may be two
_LARGE = 1.3  # times the height of the letters of the body; headlines run across columns
_TOUCH = 0.5  # letters by which boxes of OCR reach into the next column
_REACH = 9  # letters above and below, in which lines tell of columns
_WITNESSES = 2  # lines on each side of a gutter, above and below
_NARROWEST = -0.3  # letters between the columns; boxes of OCR are a little wider than their words


class Cut(NamedTuple):
    """Where a line is two: the number of characters before the gutter, and the gutter. Units: pixels."""

    length: int
    start: float
    end: float


def find_cuts(lines: Sequence[PlacedLine]) -> dict[int, Cut]:
    """The lines that run across a certain gutter, by their numbers."""
    level = [line for line in lines if not line.vertical]
    letter = body_height(level) if level else 0.0
    body = sorted((line for line in level if line.height < _LARGE * letter), key=middle)
    found: dict[int, Cut] = {}
    for line in body:
        first = bisect_left(body, middle(line) - _REACH * letter, key=middle)
        last = bisect_right(body, middle(line) + _REACH * letter, key=middle)
        near = [other for other in body[first:last] if overlap(other.box, line.box, 0) > _TOUCH * letter]
        usual = median(map(_size, near))
        narrow = [other for other in near if _size(other) < _WIDE * usual]
        if _size(line) >= _WIDE * usual and (cut := _cut(line, narrow, letter)):
            found[line.number] = cut
    return found


def _cut(line: PlacedLine, near: Sequence[PlacedLine], letter: float) -> Cut | None:
    """Where the lines around say that a line is two; None if they do not."""
    gutters, reach = [], line.box.left
    for before, after in pairwise(sorted(near, key=lambda other: other.box.left)):
        reach = max(reach, before.box.right)
        if after.box.left - reach > _NARROWEST * letter:
            gutters.append((reach, after.box.left))
    if len(gutters) != 1 or min(other.box.left for other in near) < line.box.left - letter:
        return None
    start, end = gutters[0]
    for is_above in (True, False):
        rows = [other for other in near if (middle(other) < middle(line)) == is_above]
        sides = [sum(other.box.right <= start for other in rows), sum(other.box.left >= end for other in rows)]
        if min(sides) < _WITNESSES:
            return None
    return Cut(_length(line, start, end), start, end)


def _size(line: PlacedLine) -> float:
    return line.box.right - line.box.left


def _length(line: PlacedLine, start: float, end: float) -> int:
    """How many characters stand before a gutter, by their printed width; a blank near by is where it was."""
    text, box = line.text, line.box
    share = (start - box.left) / (box.right - box.left - (end - start))
    lengths = range(1, len(text))
    best = min(lengths, key=lambda length: abs(width(text[:length]) - share * width(text)))
    blanks = [length for length in lengths if text[length].isspace() and abs(length - best) <= 1]
    return blanks[0] if blanks else best
