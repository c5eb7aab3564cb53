"""Whether a change came to a number or was by it, and which numbers a text gives as before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final, Protocol, TypeVar

from summariser.numbers.quantity import read_direction
from summariser.tables import Patterns, read_words

_REACH: Final = 60  # characters before a number in which its verb stands
_VERBS: Final = " ".join(read_words("directions")["before"].values()).split()
_SAYS: Final = Patterns("extents", VERBS="|".join(_VERBS).replace("_", " "))


class Extent(StrEnum):
    """What a number is to the change that it is told of."""

    BY = "by"
    TO = "to"


class Placed(Protocol):
    """What stands somewhere in a text."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where what stands behind it begins."""


PlacedT = TypeVar("PlacedT", bound=Placed)


def read_extent(text: str, start: int, end: int) -> Extent | None:
    """Whether the number `text[start:end]` is the size of a change or the level reached; None if no words say so."""
    if read_direction(text, start, end) is None:
        return None
    near = max(start - _REACH, 0)
    if _SAYS.by.search(text, near, start) or (_SAYS.one_of.search(text, near, start) and _SAYS.drop.match(text, end)):
        return Extent.BY
    return Extent.TO if _SAYS.to.search(text, near, start) or _SAYS.times.search(text, near, start) else None


def find_shifts(text: str, numbers: Sequence[PlacedT]) -> Iterator[tuple[PlacedT, PlacedT]]:
    """The numbers of a text that are told as before and after, as pairs: 由12%降到7.5%, from 12 to 7.5 percent.

    Shape: `numbers` in the order of the text; only what stands one behind the other makes a pair.
    """
    for one, other in pairwise(numbers):
        near = max(one.start - _REACH, 0)
        if _SAYS.second.fullmatch(text, one.end, other.start) and _SAYS.first.search(text, near, one.start):
            yield one, other
