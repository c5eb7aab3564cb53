"""The file of a catalogue: one SQLite database with the tables of an export, what is searched, and what is counted.

It is made from the records alone. One that is broken, or of another version of summariser, is made anew; one that
belongs to another program is left as it is.

What is searched is any run of characters of a text, from one character up, in Chinese as in English. A text becomes a
key: folded (width, quotes, white space), in small letters and simplified characters, without punctuation but for the
point and the per cent sign of numbers. An index of words knows no Chinese words, and the trigrams of SQLite need three
characters; so the tokens are overlapping pairs of characters, and a phrase of pairs is exactly a run of characters. The
last character of a text stands alone, which keeps phrases from running on into the next text and gives a single
character, asked for as a beginning, every place where it stands.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from importlib.resources import files
from operator import add
from pathlib import Path
from typing import Final, NamedTuple

from summariser import __version__
from summariser.disk.files import advice, remove_file
from summariser.disk.ledger import make_place, transaction
from summariser.errors import StoreBusyError, StoreError
from summariser.exporting.export import codebook_sheet, tables
from summariser.exporting.table_files import create_statement, insert_sheet
from summariser.text import find_all, fold, simplified

TOKENIZER: Final = "ascii tokenchars '.%'"  # of FTS5: takes every character beyond ASCII as part of a word
MOST_TERMS: Final = 20
LONGEST_TERM: Final = 100  # characters; what is longer is cut, and still found by its beginning
_LEFT_OUT: Final = re.compile(r"[^\w.%]|_|(?<![0-9])\.|\.(?![0-9])")
_TERM: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')
_QUOTES: Final = dict.fromkeys(map(ord, "“”„‟〝〞〟″「」『』＂"), '"')


class Part(NamedTuple):
    """A run of a text; `is_hit` where it is what was searched."""

    text: str
    is_hit: bool


def search_key(text: str) -> str:
    """A text as it is compared."""
    return _LEFT_OUT.sub("", _alike(fold(text).text))


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


def mark(text: str, terms: Sequence[str]) -> tuple[Part, ...]:
    """A text in runs, those that a term was found in marked."""
    covered = sorted(_find_terms(text, terms))
    parts, at = [], 0
    for start, end in covered:
        if end <= at:
            continue
        parts += [Part(text[at : max(start, at)], False), Part(text[max(start, at) : end], True)]
        at = end
    return tuple(part for part in (*parts, Part(text[at:], False)) if part.text)


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
    plain = folded.translate(simplified())
    small = plain.lower()
    return small if len(small) == len(plain) else "".join(char.lower()[:1] for char in plain)


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
    make_place(path, next_step=_NEXT_STEP)
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


def read_standing(connection: sqlite3.Connection, name: str) -> int:
    """A number that the index keeps of itself: `born`, `revision`, `gone` (texts of no entry)."""
    row = connection.execute("SELECT value FROM standing WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def add_standing(connection: sqlite3.Connection, name: str, more: int) -> None:
    """Add to such a number."""
    connection.execute(
        "INSERT INTO standing VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        (name, more),
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the file, and rows that nothing can be made of, into an error of ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
        if code in _BROKEN or _MISSING.match(str(error)):
            raise BrokenIndexError(f"is damaged: {error}", path=path, next_step=_NEXT_STEP) from error
        what, next_step = advice("sqlite3", code) or (f"cannot be used: {error}", _NEXT_STEP)
        next_step = _NEXT_STEP if "--ledger" in next_step else next_step  # there is no option for the index
        kind = StoreBusyError if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) else StoreError
        raise kind(what, path=path, next_step=next_step) from error
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
    with transaction(connection):
        if _pragma(connection, "user_version") == _version():
            return
        for statement in _statements():
            connection.execute(statement)
        insert_sheet(connection, codebook_sheet())
        add_standing(connection, "born", secrets.randbits(62))
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
