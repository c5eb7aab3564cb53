"""The SQLite file of the catalogue: opened, made anew where it is of another version, searched and counted by facets.

A text becomes a key: folded (width, quotes, white space), in small letters and simplified characters, without
punctuation but for the point and the per cent sign of numbers. The tokens of the index are overlapping pairs of
characters, so a phrase of pairs is exactly a run of characters. (An index of words knows no Chinese words, and the
trigrams of SQLite need three characters.) The last character of a text stands alone, which keeps phrases from running
on into the next text, and finds a single character, asked for as a prefix, wherever it stands.

A set of records is an integer whose bit k stands for the k-th record, newest first; so what two sets have in common is
one operation, and all facets of ten thousand records are counted while a page is drawn.

The file holds the tables of an export and the full text, all made from the records, so nothing is lost with it. One
that is damaged or of another version is made anew; one of another program is left as it is.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from importlib.resources import files
from operator import add, and_, or_
from pathlib import Path
from typing import Final, NamedTuple

from summariser import __version__
from summariser.disk import ledger
from summariser.disk.files import remove_file
from summariser.errors import StoreError
from summariser.exporting.formats import create_statement, insert_sheet
from summariser.exporting.tables import codebook_sheet, tables
from summariser.text import find_all, fold, fold_text, to_simplified

MOST_TERMS: Final = 20
LONGEST_TERM: Final = 100  # characters; what is longer is cut, and still found by its beginning
_LEFT_OUT: Final = re.compile(r"[^\w.%]|_|(?<![0-9])\.|\.(?![0-9])")
_TERM: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')
_QUOTES: Final = dict.fromkeys(map(ord, "“”„‟〝〞〟″「」『』＂"), '"')


class TextPart(NamedTuple):
    """A run of a text; `is_hit` where it is what was searched."""

    text: str
    is_hit: bool


def search_key(text: str) -> str:
    """A text as it is compared."""
    return _LEFT_OUT.sub("", _alike(fold_text(text)))


def split_query(query: str) -> tuple[str, ...]:
    """The keys of the terms of a query, all of which have to be found.

    Shape: terms are parted by white space, but not within quotes; nothing is an operator.
    """
    found = (search_key(quoted or plain) for quoted, plain in _TERM.findall(query.translate(_QUOTES)))
    return tuple(dict.fromkeys(key[:LONGEST_TERM] for key in found if key))[:MOST_TERMS]


def spell_tokens(texts: Iterable[str | None]) -> str:
    """The tokens of texts, for the index."""
    keys = [search_key(text) for text in texts if text]
    return " ".join(token for key in keys for token in (*map(add, key, key[1:]), key[-1:]))


def match_expression(terms: Iterable[str]) -> str:
    """What FTS5 is asked for the terms of a query; a key has no character that it could take for an operator."""
    return " AND ".join(f'"{" ".join(map(add, term, term[1:]))}"' if len(term) > 1 else f'"{term}"*' for term in terms)


def mark(text: str, terms: Sequence[str]) -> tuple[TextPart, ...]:
    """A text in runs, those that a term was found in marked."""
    covered = sorted(_find_terms(text, terms))
    parts, at = [], 0
    for start, end in covered:
        if end <= at:
            continue
        parts += [TextPart(text[at : max(start, at)], False), TextPart(text[max(start, at) : end], True)]
        at = end
    return tuple(part for part in (*parts, TextPart(text[at:], False)) if part.text)


def has_hit(text: str, terms: Iterable[str]) -> bool:
    """Whether a term stands in a text."""
    key = search_key(text)
    return any(term in key for term in terms)


def _find_terms(text: str, terms: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where terms stand in a text, as intervals of its characters."""
    folded = fold(text)
    alike = _alike(folded.text)
    left_out = {at for match in _LEFT_OUT.finditer(alike) for at in range(*match.span())}
    kept = [at for at in range(len(alike)) if at not in left_out]
    key = "".join(alike[at] for at in kept)
    for term in terms:
        for at in find_all(term, key):
            yield folded.to_original(kept[at], kept[at + len(term) - 1] + 1)


def _alike(folded: str) -> str:
    """A folded text in small letters and simplified characters, character by character."""
    plain = to_simplified(folded)
    small = plain.lower()
    return small if len(small) == len(plain) else "".join(char.lower()[:1] for char in plain)


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


TOKENIZER: Final = "ascii tokenchars '.%'"  # of FTS5: takes every character beyond ASCII as part of a word
APPLICATION_ID: Final = 0x53554D49  # "SUMI"
CONTENT: Final = 1  # raised when something else is made of the same records
SEARCHED: Final = "articles_search"
_BROKEN: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_MISSING: Final = re.compile("no such (?:table|column)")  # somebody took it away: our own statements fit our tables
_TIMEOUT_S: Final = 10.0
_NEXT_STEP: Final = "Move it away; it is made anew from the records"


class BrokenIndexError(StoreError):
    """The file is damaged; `remove_index` lets it be made anew."""


@contextmanager
def open_index(path: Path) -> Iterator[sqlite3.Connection]:
    """An open index, made if it is not there or of another version.

    Errors: BrokenIndexError, also from within the block; StoreError if it is a database of another program, locked, or
    the disk refuses.
    """
    ledger.make_place(path, next_step=_NEXT_STEP)
    with translated(path):
        if path.exists() and not _is_current(path):
            remove_index(path)
        with closing(sqlite3.connect(path, timeout=_TIMEOUT_S, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            if _pragma(connection, "user_version") != _version():
                _lay_out(connection)
            yield connection


def remove_index(path: Path) -> None:
    """Remove the file with what SQLite keeps beside it. Errors: StoreError if the disk refuses."""
    for end in ("", "-wal", "-shm", "-journal"):
        remove_file(path.with_name(path.name + end))


def read_counter(connection: sqlite3.Connection, name: str) -> int:
    """A number that the index keeps of itself: `born`, `revision`, `gone` (texts of no entry)."""
    row = connection.execute("SELECT value FROM counters WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def add_counter(connection: sqlite3.Connection, name: str, more: int) -> None:
    """Add to such a number."""
    connection.execute(
        "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        (name, more),
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the file, and rows that nothing can be made of, into an error of ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if ledger.result_code(error) in _BROKEN or _MISSING.match(str(error)):
            raise BrokenIndexError(f"is damaged: {error}", path=path, next_step=_NEXT_STEP) from error
        raise ledger.refusal(error, path, instead=_NEXT_STEP) from error
    except (ValueError, TypeError, LookupError) as error:
        raise StoreError(f"holds a row that is none of ours ({error!r})", path=path, next_step=_NEXT_STEP) from error


def _is_current(path: Path) -> bool:
    """Whether an existing file is an index of this version, or empty. Errors: StoreError if it is somebody else's."""
    with closing(sqlite3.connect(path, timeout=_TIMEOUT_S, isolation_level=None)) as connection:
        owner, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
        made = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner != APPLICATION_ID and (owner or made):
        raise StoreError("is a database of another program, not the index of records", path=path, next_step=_NEXT_STEP)
    return not made or version == _version()


def _lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables, all or none; another process may have been quicker."""
    connection.execute("PRAGMA journal_mode = WAL")
    with ledger.transaction(connection):
        if _pragma(connection, "user_version") == _version():
            return
        for statement in _statements():
            connection.execute(statement)
        insert_sheet(connection, codebook_sheet())
        add_counter(connection, "born", secrets.randbits(62))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {_version()}")


@cache
def _statements() -> tuple[str, ...]:
    """What makes the tables: those of an export, ours, the full text."""
    own = (files("summariser.catalogue") / "index.sql").read_text(encoding="utf-8")
    search = f"""CREATE VIRTUAL TABLE {SEARCHED} USING fts5
        (title, summary, facts, words, content="articles", tokenize="{TOKENIZER}")"""
    return (*(create_statement(table, "sqlite") for table in tables()), *own.split(";\n")[:-1], search)


@cache
def _version() -> int:
    """What tells whether an index was made by the same tables and the same summariser; never 0."""
    return zlib.crc32("\n".join((__version__, str(CONTENT), *_statements())).encode()) & 0x7FFFFFFF | 1


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    """A number of the header."""
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


MOST_PASSAGES: Final = 3  # of one record in the list of what was found
LONGEST_PASSAGE: Final = 160  # characters
_BEFORE: Final = 50  # of them before the first hit
_WEIGHTS: Final = "8.0, 4.0, 2.0, 1.0"  # of a hit in title, summary, facts, words of the page
_ORDER: Final = "ORDER BY issue_date IS NULL, issue_date DESC, page_id, first_line, article_id"


class Passage(NamedTuple):
    """Words of a record in which something was found.

    Shape: `sentence` is the number of the sentence, or None where it is the summary or a fact.
    """

    parts: tuple[TextPart, ...]
    sentence: int | None


class Hit(NamedTuple):
    """A record in the list of what was found."""

    row: sqlite3.Row
    headline: tuple[TextPart, ...]
    one_line: tuple[TextPart, ...]
    passages: tuple[Passage, ...]


class IndexedFile(NamedTuple):
    """What the index keeps of a file: of a record, a failure, or trouble, as `kind` says, and its stamps then.

    Shape: `trouble` is why it holds no record; `state` is that of the review of a record, the reason of a failure;
    `doubt` holds the numbers of `RecordDoubt` as JSON, of a record only.
    """

    page_id: str
    name: str
    mtime_ns: int
    size: int
    sha256: str
    kind: str = "trouble"
    headline: str | None = None
    trouble: str | None = None
    state: str = ""
    doubt: str | None = None


def read_facet_index(connection: sqlite3.Connection) -> FacetIndex:
    """Everything that is counted."""
    entries = [row[0] for row in connection.execute(f"SELECT rowid FROM articles {_ORDER}")]
    places = {entry: place for place, entry in enumerate(entries)}
    members: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for entry, facet, code in connection.execute("SELECT entry, facet, code FROM facets"):
        members[facet][code].append(places[entry])
    masks = {facet: {code: make_set(held) for code, held in codes.items()} for facet, codes in members.items()}
    numbers = [
        SummedNumber(places[entry], event, kind, unit, value, bool(is_exact))
        for entry, event, kind, unit, value, is_exact in connection.execute(
            "SELECT entry, event, kind, unit, value, is_exact FROM counted JOIN entries USING (entry) ORDER BY entry"
        )
    ]
    return FacetIndex(entries, masks, numbers)


def read_revision(connection: sqlite3.Connection) -> tuple[int, int]:
    """What changes whenever the index does, also where one that was made anew has changed as often."""
    return read_counter(connection, "born"), read_counter(connection, "revision")


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


def find_of_practice(connection: sqlite3.Connection, practice_id: str) -> list[tuple[str, str]]:
    """Page and article of the records that people joined to a practice."""
    query = "SELECT page_id, article_id FROM entries WHERE practice = ? ORDER BY page_id, article_id"
    return [(row[0], row[1]) for row in connection.execute(query, (practice_id,))]


def read_files(connection: sqlite3.Connection) -> list[IndexedFile]:
    """The files that hold records or failures."""
    return [IndexedFile(*row) for row in connection.execute("SELECT * FROM files WHERE kind <> 'trouble'")]


def read_unrecorded(connection: sqlite3.Connection) -> list[IndexedFile]:
    """Articles that failed and have no record, and files that are no records."""
    query = """
        SELECT * FROM files AS lost
        WHERE kind = 'trouble' OR kind = 'failure' AND NOT EXISTS (
            SELECT 1 FROM entries WHERE page_id = lost.page_id AND article_id || '.failure.json' = lost.name)
        ORDER BY page_id, name"""
    return [IndexedFile(*row) for row in connection.execute(query)]


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


def _cut(parts: Sequence[TextPart]) -> tuple[TextPart, ...]:
    """A passage of readable length around its first hit."""
    before, *rest = parts if parts and not parts[0].is_hit else (TextPart("", False), *parts)
    if len(before.text) > _BEFORE:
        before = TextPart(f"…{before.text[-_BEFORE:]}", False)
    kept, left = [before], LONGEST_PASSAGE - len(before.text)
    for part in rest:
        if left <= 0:
            break
        kept.append(part if len(part.text) <= left else TextPart(f"{part.text[:left]}…", part.is_hit))
        left -= len(part.text)
    return tuple(part for part in kept if part.text)
