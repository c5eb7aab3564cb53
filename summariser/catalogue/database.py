"""The SQLite file of the catalogue: opened, made anew where it is of another version, and read.

It holds the tables of an export and the full text, all made from the records, so nothing is lost with it. A file
that is damaged or of another version is made anew; one of another program is left as it is.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from summariser import __version__
from summariser.catalogue.facets import FacetIndex, SummedNumber, make_set
from summariser.catalogue.search import TextPart, has_hit, mark, match_expression
from summariser.disk import ledger
from summariser.disk.files import remove_file
from summariser.errors import StoreError
from summariser.exporting.formats import create_statement, insert_sheet
from summariser.exporting.tables import codebook_sheet, tables

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
