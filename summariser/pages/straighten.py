"""Boxes put straight: what a scanner turned or a camera bent, measured from the boxes alone.

The slant of the columns is read from full lines that stand under one another, the slope of the rows from lines of
neighbouring columns, whose bodies share a grid; both may change evenly over the page, as in a photograph. An upright
box round a slanted line is too wide and too high by what the slant adds, so that size is put right too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from statistics import median
from typing import NamedTuple

from summariser.pages.placed import PlacedLine
from summariser.schema.page import Box

_FEWEST_PAIRS = 12
_NEIGHBOURS = 120  # lines compared with each line, at most
_REACH = 14  # letters down to a line that stands in the same column
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
    for index, line in enumerate(lines):
        width = line.box.right - line.box.left
        if width < 4 * letter:
            continue
        for other in islice(lines, index + 1, index + _NEIGHBOURS):
            drop = _middle(other.box, 1) - _middle(line.box, 1)
            if drop > _REACH * letter:
                break
            drift = _middle(other.box, 0) - _middle(line.box, 0)
            is_alike = abs(other.box.right - other.box.left - width) < 0.5 * letter
            if drop > 3 * letter and is_alike and abs(drift) < _STEEPEST * drop + 0.3 * letter:
                found.append((drift / drop, _middle(line.box, 0), _middle(line.box, 1)))
    return found


def _slopes_of_rows(lines: Sequence[PlacedLine], letter: float) -> list[tuple[float, float, float]]:
    """How far the nearest line of the next column stands lower: slope, and where (x, y)."""
    found = []
    for index, line in enumerate(lines):
        near = []
        for other in islice(lines, max(index - _NEIGHBOURS, 0), index + _NEIGHBOURS):
            step = _middle(other.box, 0) - _middle(line.box, 0)
            gutter = other.box.left - line.box.right
            if step > 4 * letter and -0.5 * letter < gutter < _GUTTER * letter:
                near.append((_middle(other.box, 1) - _middle(line.box, 1)) / step)
        found += [(slope, _middle(line.box, 0), _middle(line.box, 1)) for slope in near if abs(slope) < _STEEPEST]
    return found


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
