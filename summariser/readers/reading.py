"""What every reader gives: the lines of one page as the file has them, with their boxes where it has any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import NamedTuple

from summariser.schema.page import Box, PageSource


class ReadLine(NamedTuple):
    """One line, or one block where the file knows blocks only.

    Units: as `LinePlace`; `letter_height` None: it is to be reckoned from the box.
    """

    text: str
    box: Box | None = None
    score: float | None = None
    letter_height: float | None = None
    vertical: bool = False


class Reading(NamedTuple):
    """One page as a file gives it.

    Shape: `lines` in the order of the file; `is_ordered` says that this is the reading order.
    Units: pixels of a picture of `width` x `height`; both 0 where no line has a box.
    """

    lines: tuple[ReadLine, ...]
    reader: str
    width: float = 0
    height: float = 0
    is_ordered: bool = False
    rules: tuple[Box, ...] = ()
    pictures: tuple[Box, ...] = ()
    image: str | None = None
    source: PageSource = PageSource()
    number: int = 1


def bounds(points: Iterable[Sequence[float]]) -> Box:
    """The box round a polygon."""
    xs, ys = zip(*((float(point[0]), float(point[1])) for point in points), strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def scaled(box: Box, x: float, y: float) -> Box:
    """The box in another unit."""
    return Box(box.left * x, box.top * y, box.right * x, box.bottom * y)


def letter_height(line: ReadLine) -> float:
    """How high the letters of a line are, in pixels; of a block, from its area and its number of letters."""
    if line.letter_height is not None or line.box is None:
        return line.letter_height or 0.0
    width, height = line.box.right - line.box.left, line.box.bottom - line.box.top
    return min(width if line.vertical else height, sqrt(width * height / max(len(line.text), 1)))
