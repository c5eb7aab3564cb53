"""What is read from an index: the holdings, what is found, what is shown of a record, what may be its practice.

Holdings are counted: facets that follow each other, tables of two facets, totals of numbers. A set of records is an
integer whose bit k stands for the k-th record, newest first; then counting what two sets have in common is one
operation, and all facets of ten thousand records are counted while a page is drawn.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from summariser.catalogue.index import SEARCHED, Part, has_hit, mark, match_expression, read_standing
from summariser.catalogue.updating import FACETS
from summariser.reviewing.review import RecordDoubt


class Number(NamedTuple):
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


class Holdings:
    """All records of an index.

    Shape: `entries` are their numbers in the index, in the order of the records; `masks` is, by facet and code, which
    records have it.
    """

    def __init__(
        self, entries: Sequence[int], masks: Mapping[str, Mapping[str, int]], numbers: Sequence[Number]
    ) -> None:
        self.entries = entries
        self.masks = masks
        self._numbers = numbers

    @cached_property
    def places(self) -> Mapping[int, int]:
        """The place of each entry in the order."""
        return {entry: place for place, entry in enumerate(self.entries)}

    @property
    def all(self) -> int:
        """All records."""
        return (1 << len(self.entries)) - 1

    def those(self, entries: Iterable[int]) -> int:
        """The set of some entries; what is no entry any more is left out."""
        return make_set(self.places[entry] for entry in entries if entry in self.places)

    def choose(self, chosen: Mapping[str, Sequence[str]], found: int) -> Choice:
        """What is left of the found records by the codes chosen in each facet; codes of one facet are alternatives."""
        fitting = {facet: self._union(facet, codes) for facet, codes in chosen.items() if codes}
        left = found
        for fits in fitting.values():
            left &= fits
        counts = {}
        for facet in FACETS:
            others = found
            for name, fits in fitting.items():
                if name != facet:
                    others &= fits
            held = ((code, (mask & others).bit_count()) for code, mask in self.masks.get(facet, {}).items())
            counts[facet] = {code: count for code, count in held if count or code in chosen.get(facet, ())}
        return Choice(left, counts)

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
        groups: defaultdict[tuple[str, str], list[Number]] = defaultdict(list)
        held = set(places_of(within))
        for each in self._numbers:
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
        union = 0
        for code in codes:
            union |= self.masks.get(facet, {}).get(code, 0)
        return union


class Choice(NamedTuple):
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


def places_of(records: int) -> Iterator[int]:
    """The places of the records of a set, in order."""
    marks = records.to_bytes((records.bit_length() + 7) // 8, "little")
    return (8 * at + bit for at, byte in enumerate(marks) if byte for bit in range(8) if byte >> bit & 1)


MOST_PASSAGES: Final = 3  # of one record in the list of what was found
LONGEST_PASSAGE: Final = 160  # characters
_BEFORE: Final = 50  # of them before the first hit
_WEIGHTS: Final = "8.0, 4.0, 2.0, 1.0"  # of a hit in title, summary, facts, words of the page
_ORDER: Final = "ORDER BY issue_date IS NULL, issue_date DESC, page_id, first_line, article_id"


class Passage(NamedTuple):
    """Words of a record in which something was found.

    Shape: `sentence` is the number of the sentence, or None where it is the summary or a fact.
    """

    parts: tuple[Part, ...]
    sentence: int | None


class Hit(NamedTuple):
    """A record in the list of what was found."""

    row: sqlite3.Row
    headline: tuple[Part, ...]
    one_line: tuple[Part, ...]
    passages: tuple[Passage, ...]


class IndexedFile(NamedTuple):
    """What the index keeps of the file of a record or failure, and the stamps that it had then.

    Shape: `state` is that of the review of a record, the reason of a failure, which has no `doubt`.
    """

    page_id: str
    name: str
    mtime_ns: int
    size: int
    headline: str
    state: str
    doubt: RecordDoubt | None


class Unrecorded(NamedTuple):
    """A file that holds no record; `kind` is failure or trouble."""

    page_id: str
    name: str
    kind: str
    headline: str | None
    why: str


def read_holdings(connection: sqlite3.Connection) -> Holdings:
    """Everything that is counted."""
    entries = [row[0] for row in connection.execute(f"SELECT rowid FROM articles {_ORDER}")]
    places = {entry: place for place, entry in enumerate(entries)}
    members: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for entry, facet, code in connection.execute("SELECT entry, facet, code FROM facets"):
        members[facet][code].append(places[entry])
    masks = {facet: {code: make_set(held) for code, held in codes.items()} for facet, codes in members.items()}
    numbers = [
        Number(places[entry], event, kind, unit, value, bool(is_exact))
        for entry, event, kind, unit, value, is_exact in connection.execute(
            "SELECT entry, event, kind, unit, value, is_exact FROM counted JOIN entries USING (entry) ORDER BY entry"
        )
    ]
    return Holdings(entries, masks, numbers)


def read_revision(connection: sqlite3.Connection) -> tuple[int, int]:
    """What changes whenever the index does, also where one that was made anew has changed as often."""
    return read_standing(connection, "born"), read_standing(connection, "revision")


def find_entries(connection: sqlite3.Connection, terms: Sequence[str]) -> list[int]:
    """The entries in which all terms are found, the best first; none without a term.

    Shape: the terms are keys of `split_query`.
    """
    if not terms:
        return []
    query = f"SELECT rowid FROM {SEARCHED} WHERE {SEARCHED} MATCH ? ORDER BY bm25({SEARCHED}, {_WEIGHTS})"
    return [row[0] for row in connection.execute(query, (match_expression(terms),))]


def read_hit(connection: sqlite3.Connection, entry: int, terms: Sequence[str]) -> Hit:
    """What the list shows of a record."""
    row = connection.execute("SELECT * FROM articles WHERE rowid = ?", (entry,)).fetchone()
    headline, one_line = row["headline"] or "", row["one_line"]
    passages = list(_passages(connection, row, terms)) if terms else []
    return Hit(row, mark(headline, terms), mark(one_line, terms), tuple(passages))


def find_article(connection: sqlite3.Connection, page_id: str, article_id: str) -> sqlite3.Row | None:
    """The row of a record, None if there is none."""
    query = "SELECT rowid AS entry, * FROM articles WHERE page_id = ? AND article_id = ?"
    found: sqlite3.Row | None = connection.execute(query, (page_id, article_id)).fetchone()
    return found


def find_sharing(connection: sqlite3.Connection, page_id: str, article_id: str, *, most: int) -> list[tuple[str, str]]:
    """Page and article of those that share most names, leads or places with a record, which may be of its practice."""
    query = """
        SELECT entries.page_id, entries.article_id FROM entries AS self
        JOIN practice_keys AS own ON own.entry = self.entry JOIN practice_keys AS other USING (key)
        JOIN entries ON entries.entry = other.entry
        WHERE self.page_id = ? AND self.article_id = ? AND other.entry <> own.entry
        GROUP BY other.entry ORDER BY count(*) DESC, other.entry DESC LIMIT ?"""
    return [(row[0], row[1]) for row in connection.execute(query, (page_id, article_id, most))]


def read_files(connection: sqlite3.Connection) -> Iterator[IndexedFile]:
    """The files that hold records or failures."""
    rows = connection.execute(
        "SELECT page_id, name, mtime_ns, size, headline, state, doubt FROM files WHERE kind <> 'trouble'"
    )
    for page_id, name, mtime_ns, size, headline, state, doubt in rows:
        counts = RecordDoubt(*json.loads(doubt)) if doubt else None
        yield IndexedFile(page_id, name, mtime_ns, size, headline or "", state, counts)


def read_unrecorded(connection: sqlite3.Connection) -> list[Unrecorded]:
    """Articles that failed and have no record, and files that are no records."""
    query = """
        SELECT page_id, name, kind, headline, trouble FROM files AS lost
        WHERE kind = 'trouble' OR kind = 'failure' AND NOT EXISTS (
            SELECT 1 FROM entries WHERE page_id = lost.page_id AND article_id || '.failure.json' = lost.name)
        ORDER BY page_id, name"""
    return [Unrecorded(*row) for row in connection.execute(query)]


def _passages(connection: sqlite3.Connection, row: sqlite3.Row, terms: Sequence[str]) -> Iterator[Passage]:
    """The first sentences with a term; where there is none, the summary or an English text that has one."""
    place = (row["page_id"], row["article_id"])
    query = "SELECT sentence, text FROM sentences WHERE page_id = ? AND article_id = ? ORDER BY sentence"
    found = 0
    for number, text in connection.execute(query, place):
        if text and has_hit(text, terms):
            found += 1
            yield Passage(_cut(mark(text, terms)), number)
            if found == MOST_PASSAGES:
                return
    if not found:
        texts = (row[name] for name in ("summary", "headline_en", "summary_en", "kicker", "bylines", "place"))
        first = next((text for text in texts if text and has_hit(text, terms)), None)
        if first:
            yield Passage(_cut(mark(first, terms)), None)


def _cut(parts: Sequence[Part]) -> tuple[Part, ...]:
    """A passage of readable length around its first hit."""
    before, *rest = parts if parts and not parts[0].is_hit else (Part("", False), *parts)
    if len(before.text) > _BEFORE:
        before = Part(f"…{before.text[-_BEFORE:]}", False)
    kept, left = [before], LONGEST_PASSAGE - len(before.text)
    for part in rest:
        if left <= 0:
            break
        kept.append(part if len(part.text) <= left else Part(f"{part.text[:left]}…", part.is_hit))
        left -= len(part.text)
    return tuple(part for part in kept if part.text)
