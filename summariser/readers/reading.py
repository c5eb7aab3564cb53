"""What every reader gives: the lines of one page as the file has them, with their boxes where it has any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import NamedTuple

from summariser.schema.page import Box, PageSource


class ReadLine(NamedTuple):
    """One line, or one block where the file knows blocks only.

    Shape: `corrected` is what a person put in the place of `text`; None: nobody did.
    Units: as `LinePlace`; `letter_height` None: it is to be reckoned from the box.
    """

    text: str
    box: Box | None = None
    score: float | None = None
    letter_height: float | None = None
    vertical: bool = False
    corrected: str | None = None


class Reading(NamedTuple):
    """One page as a file gives it.

    Shape: `lines` in the order of the file; `is_ordered` says that this is the reading order. Where the file holds one
    article, `titles` says how many of its first lines are kicker and headline.
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
    titles: tuple[int, int] | None = None
    dpi: int | None = None


def bounds(points: Iterable[Sequence[float]]) -> Box:
    """The box round a polygon."""
    xs, ys = zip(*((float(point[0]), float(point[1])) for point in points), strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def hull(boxes: Sequence[Box]) -> Box:
    """The box round boxes."""
    return Box(
        min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes)
    )


def letter_height(line: ReadLine) -> float:
    """How high the letters of a line are, in pixels; of a block, from its area and its number of letters."""
    if line.letter_height is not None or line.box is None:
        return line.letter_height or 0.0
    width, height = line.box.right - line.box.left, line.box.bottom - line.box.top
    return min(width if line.vertical else height, sqrt(max(width * height, 0) / max(len(line.text), 1)))


def cut_lines(line: ReadLine) -> list[ReadLine]:
    """A block as its lines, where its words have line ends; its box is shared out among them."""
    texts = [text.strip() for text in line.text.split("\n") if text.strip()]
    if len(texts) < 2 or line.box is None:
        return [line._replace(text=text) for text in texts]
    step = (line.box.bottom - line.box.top) / len(texts)
    tops = [line.box.top + place * step for place in range(len(texts))]
    return [
        line._replace(text=text, box=line.box._replace(top=top, bottom=top + step))
        for text, top in zip(texts, tops, strict=True)
    ]
