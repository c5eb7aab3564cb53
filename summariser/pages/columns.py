"""The columns of one article, by its gutters, and its lines in their order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from summariser.pages.placed import PlacedLine, down

_STRAY_SHARE = 0.04  # share of the lines that may reach into a gutter: boxes of OCR run over
_MANY_LINES = 14  # from which on one line may
_WIDE = 1.3  # times the usual width; such a line runs across columns
_DEEPEST = 4


class Columns(NamedTuple):
    """Lines column by column; `number` tells of each line its column, from 1."""

    lines: tuple[PlacedLine, ...]
    number: dict[int, int]


def read_columns(lines: Sequence[PlacedLine], letter: float, depth: int = 0) -> Columns:
    """Body lines column by column; where a line runs across columns, what is above it comes first."""
    gutters = _gutters(lines, letter)
    columns: list[list[PlacedLine]] = [[] for _ in range(len(gutters) + 1)]
    for line in lines:
        columns[sum(line.box.left + line.box.right > start + end for start, end in gutters)].append(line)
    columns = [column for column in columns if column]
    if len(columns) < 2 and len(lines) > 1 and depth < _DEEPEST:
        usual = median(line.box.right - line.box.left for line in lines)
        wide = [line for line in lines if line.box.right - line.box.left > _WIDE * usual]
        edge = down(wide)[0].box.top if wide else 0.0
        above = [line for line in lines if line.box.bottom <= edge + 0.5 * letter]
        below = [line for line in lines if line not in above]
        if above and below:
            first, second = read_columns(above, letter, depth + 1), read_columns(below, letter, depth + 1)
            return Columns(first.lines + second.lines, first.number | second.number)
    numbers = {line.number: number for number, column in enumerate(columns, 1) for line in column}
    return Columns(tuple(line for column in columns for line in down(column)), numbers)


def _gutters(lines: Sequence[PlacedLine], letter: float) -> list[tuple[float, float]]:
    """The gutters that hardly a line reaches into: where one column ends and the next starts."""
    stray = max(int(_STRAY_SHARE * len(lines)), int(len(lines) > _MANY_LINES))
    slack = 0.25 * letter
    spans = [(line.box.left + slack, line.box.right - slack) for line in lines]
    edges = sorted([(left, 1) for left, _ in spans] + [(max(left, right), -1) for left, right in spans])
    gutters, open_lines = [], 0
    for (at, step), (following, _) in pairwise(edges):
        open_lines += step
        gap = (following - at) / letter
        if step < 0 and open_lines <= stray and gap > 0.1 and (not open_lines or gap < 3):
            gutters.append((at - slack, following + slack))
    return gutters
