"""Lines with their boxes: skew and perspective taken out, lines across a gutter cut in two.

What a scanner turned or a camera bent is measured from the boxes alone. The slant of the columns is read from full
lines that stand under one another, the slope of the rows from lines of neighbouring columns, whose bodies share a grid;
both may change evenly over the page, as in a photograph. An upright box round a slanted line is too wide and too high
by what the slant adds, so that size is put right too.

Where OCR ran lines together, only a certain gutter counts: of the lines near by, some above and some below stand wholly
on either side of it, none but lines as wide crosses it, and the line begins where its column does.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from statistics import median
from typing import NamedTuple

from summariser.pages.article import width
from summariser.schema.page import Box


class PlacedLine(NamedTuple):
    """One line as geometry sees it; `number` is its place in the caller's sequence."""

    number: int
    text: str
    box: Box
    height: float
    vertical: bool = False


class Rules(NamedTuple):
    """Printed rules that run across the page, and down."""

    across: tuple[Box, ...]
    down: tuple[Box, ...]


def body_height(lines: Sequence[PlacedLine]) -> float:
    """The letter height that most characters have."""
    return max(median([line.height for line in lines for _ in line.text[:40]] or [line.height for line in lines]), 1.0)


def runs(items: Iterable[tuple[float, float, PlacedLine]], *, slack: float) -> list[list[PlacedLine]]:
    """The lines in runs that overlap along an axis; `slack` is added to each end before they are compared."""
    runs: list[list[PlacedLine]] = []
    reach = float("-inf")
    for start, end, line in sorted(items, key=lambda item: item[0]):
        middle = (start + end) / 2
        if not runs or min(start - slack, middle) > reach:
            runs.append([])
            reach = max(end + slack, middle)
        runs[-1].append(line)
        reach = max(reach, end + slack)
    return runs


def covered(
    rules: Iterable[Box], axis: int, side: tuple[float, float], gap: tuple[float, float], letter: float
) -> float:
    """The share of a side along which rules run through a gap."""
    other = 1 - axis
    spans = sorted(
        (max(rule[axis], side[0]), min(rule[axis + 2], side[1]))
        for rule in rules
        if gap[0] - letter / 2 <= (rule[other] + rule[other + 2]) / 2 <= gap[1] + letter / 2
    )
    length, reach = 0.0, side[0]
    for start, end in spans:
        length += max(end - max(start, reach), 0)
        reach = max(reach, end)
    return length / max(side[1] - side[0], 1)


def runs_between(rule: Box, one: Box, other: Box, axis: int) -> bool:
    """Whether a rule runs between two boxes."""
    first, second = sorted((one, other), key=lambda box: box[axis])
    middle = (rule[axis] + rule[axis + 2]) / 2
    side = 1 - axis
    return first[axis + 2] - 5 <= middle <= second[axis] + 5 and all(
        overlap(rule, box, side) > 0 for box in (one, other)
    )


def share_inside(box: Box, hull: Box) -> float:
    """The share of the width of a box that lies above or below another."""
    return overlap(box, hull, 0) / max(box.right - box.left, 1)


def extent(lines: Iterable[PlacedLine], axis: int) -> tuple[float, float]:
    """Where lines begin and end along an axis: 0 across, 1 down."""
    hull = hull_of(lines)
    return hull[axis], hull[axis + 2]


def overlap(one: Box, other: Box, axis: int) -> float:
    """How far two boxes overlap along an axis; less than 0 is the gap between them."""
    return min(one[axis + 2], other[axis + 2]) - max(one[axis], other[axis])


def hull_of(lines: Iterable[PlacedLine]) -> Box:
    """The box round lines, at least one."""
    return Box.around(line.box for line in lines)


def down(lines: Iterable[PlacedLine]) -> list[PlacedLine]:
    """Lines from top to bottom, those of one row from left to right."""
    rows: list[list[PlacedLine]] = []
    for line in sorted(lines, key=middle):
        if rows and middle(line) - middle(rows[-1][0]) < min(line.height, rows[-1][0].height) / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.left)]


def middle(line: PlacedLine) -> float:
    """The height of the page at which a line stands."""
    return (line.box.top + line.box.bottom) / 2


def numbers_of(lines: Iterable[PlacedLine]) -> frozenset[int]:
    """The numbers of lines."""
    return frozenset(line.number for line in lines)


_FEWEST_PAIRS = 12
_NEIGHBOURS = 120  # lines compared with each line, at most
_COLUMN_REACH = 14  # letters down to a line that stands in the same column
_GUTTER = 3.0  # letters to a line of the next column, at most
_STEEPEST = 0.08  # some 4.5 degrees; a page that is turned more is not read well either
_BIN = 0.006
_PASSES = 2


class _Slant(NamedTuple):
    """A slope that changes evenly along one axis."""

    at_zero: float
    change: float

    def at(self, place: float) -> float:
        return self.at_zero + self.change * place


def straighten(
    lines: Sequence[PlacedLine], *groups: Iterable[Box], letter: float
) -> tuple[list[PlacedLine], list[list[Box]]]:
    """The lines, and groups of other boxes, as they would stand on a flat upright page.

    Units: `letter` is the height of the letters of the body in pixels.
    """
    placed, others = list(lines), [list(group) for group in groups]
    for number in range(_PASSES):
        body = sorted((line for line in placed if not line.vertical), key=lambda line: line.box.top)
        columns = _fit(_slants_of_columns(body, letter), 0)
        rows = _fit(_slopes_of_rows(body, letter), 1)
        centre = median(_middle(line.box, 0) for line in placed), median(_middle(line.box, 1) for line in placed)
        move = _Move(columns, rows, centre, resizes=number == 0)
        placed = [_flat_line(line, move) for line in placed]
        others = [[_flat(box, move) for box in group] for group in others]
    return placed, others


class _Move(NamedTuple):
    """How boxes are put straight; their size is put right in the first pass only."""

    columns: _Slant
    rows: _Slant
    centre: tuple[float, float]
    resizes: bool


def _flat_line(line: PlacedLine, move: _Move) -> PlacedLine:
    """A line put straight; a height that is no more than that of its box goes with the box."""
    axis = 0 if line.vertical else 1
    box = _flat(line.box, move)
    is_of_box = abs(line.height - (line.box[axis + 2] - line.box[axis])) < 1
    return line._replace(box=box, height=box[axis + 2] - box[axis] if is_of_box else line.height)


def _flat(box: Box, move: _Move) -> Box:
    """A box put straight: moved, and made as small as what it was drawn round."""
    x, y = _middle(box, 0), _middle(box, 1)
    slant, slope = move.columns.at(x), move.rows.at(y)
    wide, high = box.right - box.left, box.bottom - box.top
    if move.resizes:
        wide, high = max(wide - high * abs(slant), wide / 2), max(high - wide * abs(slope), high / 2)
    x, y = x - slant * (y - move.centre[1]), y - slope * (x - move.centre[0])
    return Box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


def _slants_of_columns(lines: Sequence[PlacedLine], letter: float) -> list[tuple[float, float, float]]:
    """How far lines of one width drift sideways from one to the next below: slope, and where (x, y)."""
    found = []
    placed = _with_middles(lines)
    for index, (box, x, y) in enumerate(placed):
        width = box.right - box.left
        if width < 4 * letter:
            continue
        for other, other_x, other_y in islice(placed, index + 1, index + _NEIGHBOURS):
            drop = other_y - y
            if drop > _COLUMN_REACH * letter:
                break
            drift = other_x - x
            is_alike = abs(other.right - other.left - width) < 0.5 * letter
            if drop > 3 * letter and is_alike and abs(drift) < _STEEPEST * drop + 0.3 * letter:
                found.append((drift / drop, x, y))
    return found


def _slopes_of_rows(lines: Sequence[PlacedLine], letter: float) -> list[tuple[float, float, float]]:
    """How far the nearest line of the next column stands lower: slope, and where (x, y)."""
    found = []
    placed = _with_middles(lines)
    for index, (box, x, y) in enumerate(placed):
        near = []
        for other, other_x, other_y in placed[max(index - _NEIGHBOURS, 0) : index + _NEIGHBOURS]:
            step = other_x - x
            if step > 4 * letter and -0.5 * letter < other.left - box.right < _GUTTER * letter:
                near.append((other_y - y) / step)
        found += [(slope, x, y) for slope in near if abs(slope) < _STEEPEST]
    return found


def _with_middles(lines: Iterable[PlacedLine]) -> list[tuple[Box, float, float]]:
    """The boxes of lines, each with the middle of it, which is compared with many others."""
    return [(line.box, _middle(line.box, 0), _middle(line.box, 1)) for line in lines]


def _fit(found: Sequence[tuple[float, float, float]], axis: int) -> _Slant:
    """The slope, even or changing along an axis, that most pairs agree on; none where too few tell."""
    if len(found) < _FEWEST_PAIRS:
        return _Slant(0.0, 0.0)
    ordered = sorted(found, key=lambda each: each[1 + axis])
    third = max(len(ordered) // 3, 1)
    first, last = ordered[:third], ordered[-third:]
    start, end = (median(each[1 + axis] for each in part) for part in (first, last))
    models = [_Slant(slope, 0.0) for slope in (0.0, *_frequent(ordered))]
    if end - start > 1:
        bends = [(one, (other - one) / (end - start)) for one in _frequent(first) for other in _frequent(last)]
        models += [_Slant(one - change * start, change) for one, change in bends]
    return max((_refined(model, found, axis) for model in models), key=lambda each: each[0])[1]


def _refined(model: _Slant, found: Sequence[tuple[float, float, float]], axis: int) -> tuple[float, _Slant]:
    """How many pairs agree with a slope, and the slope moved into their middle; a bend must be borne out by more."""
    rest = [each[0] - model.at(each[1 + axis]) for each in found]
    agreed = [each for each in rest if abs(each) < _BIN]
    middle = median(agreed) if agreed else 0.0
    close = sum(abs(each - middle) < _BIN / 2 for each in rest)
    return close * (0.8 if model.change else 1.0), model._replace(at_zero=model.at_zero + middle)


def _frequent(found: Sequence[tuple[float, float, float]]) -> list[float]:
    """The most frequent slopes."""
    bins = Counter(round(slope / _BIN) for slope, *_ in found)
    weights = {each: bins[each - 1] + 2 * bins[each] + bins[each + 1] for each in bins}
    return [each * _BIN for each in sorted(weights, key=lambda each: -weights[each])[:4]]


def _middle(box: Box, axis: int) -> float:
    return (box[axis] + box[axis + 2]) / 2


_WIDE = 1.6  # times the usual width of the lines near it, from which on a line may be two
_LARGE = 1.3  # times the height of the letters of the body; headlines run across columns
_TOUCH = 0.5  # letters by which boxes of OCR reach into the next column
_GUTTER_REACH = 9  # letters above and below, in which lines tell of columns
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
        first = bisect_left(body, middle(line) - _GUTTER_REACH * letter, key=middle)
        last = bisect_right(body, middle(line) + _GUTTER_REACH * letter, key=middle)
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
