"""Lines in their places, and what geometry asks of them: hulls, overlaps, rows, what lies between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

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
    boxes = [line.box for line in lines]
    return Box(
        min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes)
    )


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
