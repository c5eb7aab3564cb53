"""Records counted by facets, crossed by two of them, and their numbers added up.

A set of records is an integer whose bit k stands for the k-th record, newest first; so what two sets have in common is
one operation, and all facets of ten thousand records are counted while a page is drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_, or_
from typing import Final, NamedTuple

FACETS: Final = (
    *("theme", "province", "beneficiary", "chain", "status", "decision"),
    *("newspaper", "year", "month", "state", "support", "needs"),
)


class SummedNumber(NamedTuple):
    """A result that is added up; `event` is shared by records that tell of one event, `record` a place in the order."""

    record: int
    event: str | None
    kind: str
    unit: str
    value: float
    is_exact: bool


class Total(NamedTuple):
    """Numbers of one kind and unit, added up; `inexact` counts those that are about, more than ... a number."""

    kind: str
    unit: str
    value: float
    numbers: int
    inexact: int
    records: int


@dataclass(frozen=True, eq=False)
class FacetIndex:
    """All records of an index.

    Shape: `entries` are their numbers in the index, in the order of the records; `masks` is, by facet and code, which
    records have it.
    """

    entries: Sequence[int]
    masks: Mapping[str, Mapping[str, int]]
    numbers: Sequence[SummedNumber]

    @cached_property
    def places(self) -> Mapping[int, int]:
        """The place of each entry in the order."""
        return {entry: place for place, entry in enumerate(self.entries)}

    @property
    def all(self) -> int:
        """All records."""
        return (1 << len(self.entries)) - 1

    def select(self, entries: Iterable[int]) -> int:
        """The set of some entries; what is no entry any more is left out."""
        return make_set(self.places[entry] for entry in entries if entry in self.places)

    def choose(self, chosen: Mapping[str, Sequence[str]], found: int) -> Selection:
        """What is left of the found records by the codes chosen in each facet; codes of one facet are alternatives."""
        fitting = {facet: self._union(facet, codes) for facet, codes in chosen.items() if codes}
        left = reduce(and_, fitting.values(), found)
        counts = {}
        for facet in FACETS:
            others = reduce(and_, (fits for name, fits in fitting.items() if name != facet), found)
            held = ((code, (mask & others).bit_count()) for code, mask in self.masks.get(facet, {}).items())
            counts[facet] = {code: count for code, count in held if count or code in chosen.get(facet, ())}
        return Selection(left, counts)

    def cross(self, first: str, second: str, within: int) -> dict[tuple[str, str], int]:
        """How many records within a set have each pair of codes; pairs that none has are left out."""
        rows = {code: mask & within for code, mask in self.masks.get(first, {}).items()}
        columns = self.masks.get(second, {})
        pairs = {(a, b): (mask & other).bit_count() for a, mask in rows.items() if mask for b, other in columns.items()}
        return {pair: count for pair, count in pairs.items() if count}

    def total(self, within: int) -> list[Total]:
        """The numbers of the records within a set, added up by kind and unit.

        Shape: what several records tell of one event with the same number counts once.
        """
        seen = set()
        groups: defaultdict[tuple[str, str], list[SummedNumber]] = defaultdict(list)
        held = set(positions_of(within))
        for each in self.numbers:
            told = (each.event, each.kind, each.unit, each.value)
            if each.record not in held or (each.event and told in seen):
                continue
            seen.add(told)
            groups[each.kind, each.unit].append(each)
        return [
            Total(
                *key,
                value=sum(each.value for each in some),
                numbers=len(some),
                inexact=sum(not each.is_exact for each in some),
                records=len({each.record for each in some}),
            )
            for key, some in groups.items()
        ]

    def _union(self, facet: str, codes: Iterable[str]) -> int:
        """The records that have one of the codes."""
        masks = self.masks.get(facet, {})
        return reduce(or_, (masks.get(code, 0) for code in codes), 0)


class Selection(NamedTuple):
    """What was chosen: the records that are left, and what each facet would leave by each of its codes.

    Shape: a facet is counted without regard to what is chosen in itself.
    """

    records: int
    counts: Mapping[str, Mapping[str, int]]


def make_set(places: Iterable[int]) -> int:
    """The set of the records at these places."""
    marks = bytearray()
    for place in places:
        if len(marks) <= place >> 3:
            marks.extend(bytes((place >> 3) + 1 - len(marks)))
        marks[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(marks, "little")


def positions_of(records: int) -> Iterator[int]:
    """The places of the records of a set, in order."""
    marks = records.to_bytes((records.bit_length() + 7) // 8, "little")
    return (8 * at + bit for at, byte in enumerate(marks) if byte for bit in range(8) if byte >> bit & 1)
