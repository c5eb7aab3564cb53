"""Bringing an index to what the records are now, by what changed.

A file counts as changed when its time or size differs; then its hash decides. What was written within the last two
seconds is looked at again next time, because a clock may not tell two writes apart. The records of a page are written
anew together, and as many pages as half a second takes make one transaction. Rows of the full text are not deleted: one
whose entry is gone is of no record, and when more are gone than are there, all is read anew.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from summariser.catalogue.entry import counted_of, facets_of, words_of
from summariser.catalogue.index import SEARCHED, add_standing, open_index, read_standing, transaction
from summariser.catalogue.words import spell_tokens
from summariser.comparison.practices import practice_keys
from summariser.disk.stored import FAILURE_END, RECORD_END, is_failure, is_record_name, parse_bytes, read_bytes
from summariser.disk.whole_file import disk_error
from summariser.errors import StoreError
from summariser.exporting.export import Sheet, make_sheets, name_misfits, tables
from summariser.exporting.table_files import insert_sheet
from summariser.schema.record import Failure, Record

_UNSURE_NS: Final = 2_000_000_000  # FAT keeps times to two seconds
_UNSURE: Final = -1  # stands for a time that a later write may have had as well
_COMMIT_S: Final = 0.5  # a search sees what was indexed so far, and a stop loses no more
MOST_GONE: Final = 1000  # rows of the full text without an entry; below, it is not worth reading all anew
_OWN_TABLES: Final = ("facets", "counted", "practice_keys")

Progress = Callable[[int, int], None]
Pages = Mapping[str, Mapping[str, "Stamp"]]


class Stamp(NamedTuple):
    """What tells whether a file changed without reading it."""

    mtime_ns: int
    size: int


class ReadFile(NamedTuple):
    """A file as it was read."""

    name: str
    stamp: Stamp
    raw: bytes
    sha256: str


def update_index(
    path: Path, out: Path, *, told: Progress = lambda _done, _all: None, most_gone: int = MOST_GONE
) -> None:
    """Bring the index at `path` to what the records below `out` are now.

    Shape: `told` gets how many of the changed files are done, and how many there are. Records stand where the store
    puts them, `<out>/<page_id>/<article_id>.json`; what stands there and is none is kept as trouble. With more than
    `most_gone` texts of no entry, and more than entries, all is made anew.
    Errors: as `open_index`.
    """
    there = _list_pages(out)
    with open_index(path) as connection:
        known = _known_pages(connection, most_gone)
        changed = sorted(page for page in there.keys() | known.keys() if _has_changed(there, known, page))
        total, done = sum(len(there.get(page, {})) for page in changed), 0
        while changed:
            told(done, total)
            began = time.monotonic()
            with transaction(connection):
                while changed and time.monotonic() - began < _COMMIT_S:
                    page = changed.pop(0)
                    _put_page(connection, out / page, there.get(page, {}))
                    done += len(there.get(page, {}))
                add_standing(connection, "revision", 1)
        told(done, total)


def _list_pages(out: Path) -> dict[str, dict[str, Stamp]]:
    """The files of records and failures by page, with their stamps; links and hidden folders are not followed."""
    pages = {}
    for folder in _entries(out):
        if not folder.name.startswith(".") and folder.is_dir(follow_symlinks=False):
            pages[folder.name] = dict(_stamps(folder.path))
    return {page: files for page, files in pages.items() if files}


def _has_changed(there: Pages, known: Pages, page: str) -> bool:
    """Whether files of a page are others than those the index was made from, or may be."""
    before = known.get(page, {})
    return there.get(page) != before or any(stamp.mtime_ns == _UNSURE for stamp in before.values())


def _stamps(folder: str) -> Iterator[tuple[str, Stamp]]:
    """The files of a page that hold records or failures; one that went away meanwhile is none."""
    now = time.time_ns()
    for file in _entries(folder):
        if not file.name.startswith(".") and (is_record_name(file.name) or is_failure(Path(file.name))):
            try:
                found = file.stat()
            except OSError:
                continue
            is_sure = 0 <= now - found.st_mtime_ns > _UNSURE_NS
            yield file.name, Stamp(found.st_mtime_ns if is_sure else _UNSURE, found.st_size)


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
    """What is in a folder; nothing if it is not there. Errors: StoreError."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise disk_error(error, Path(folder)) from error


def _known_pages(connection: sqlite3.Connection, most_gone: int) -> dict[str, dict[str, Stamp]]:
    """What the index was made from; nothing where it is worth reading all anew."""
    gone, live = read_standing(connection, "gone"), connection.execute("SELECT count(*) FROM entries").fetchone()[0]
    if gone > max(most_gone, live):
        with transaction(connection):
            connection.execute(f"INSERT INTO {SEARCHED} ({SEARCHED}) VALUES ('delete-all')")
            for name in ("files", "entries", *_OWN_TABLES, *(table.name for table in tables()[:-1])):
                connection.execute(f"DELETE FROM {name}")
            add_standing(connection, "gone", -gone)
    known: dict[str, dict[str, Stamp]] = {}
    for page_id, name, mtime_ns, size in connection.execute("SELECT page_id, name, mtime_ns, size FROM files"):
        known.setdefault(page_id, {})[name] = Stamp(mtime_ns, size)
    return known


def _put_page(connection: sqlite3.Connection, folder: Path, stamps: Mapping[str, Stamp]) -> None:
    """Bring the rows of one page up to date."""
    page_id = folder.name
    read = [_read_file(folder / name, stamp) for name, stamp in sorted(stamps.items())]
    known = connection.execute("SELECT name, sha256 FROM files WHERE page_id = ?", (page_id,))
    before = {row["name"]: row["sha256"] for row in known}
    if before == {each.name: each.sha256 for each in read}:
        stamped = [(*each.stamp, page_id, each.name) for each in read]
        connection.executemany("UPDATE files SET mtime_ns = ?, size = ? WHERE page_id = ? AND name = ?", stamped)
        return
    same = {each.name for each in read if before.get(each.name) == each.sha256}
    contents = {each.name: _parse_file(folder / each.name, each.raw) for each in read}
    records = {name: content for name, content in contents.items() if isinstance(content, Record)}
    try:
        sheets = make_sheets(records.values())
    except ValueError:
        misfits = name_misfits(list(records.values()))
        contents |= {name: misfits[at] for at, name in enumerate(records) if at in misfits}
        sheets = make_sheets(content for content in contents.values() if isinstance(content, Record))
    _put_files(connection, page_id, read, contents)
    _put_entries(connection, page_id, [each for each in contents.values() if isinstance(each, Record)], same, sheets)


def _read_file(path: Path, stamp: Stamp) -> ReadFile:
    """The bytes of a file with their hash; none where it cannot be read."""
    try:
        raw = read_bytes(path)
    except StoreError:
        raw = b""
    return ReadFile(path.name, stamp, raw, hashlib.sha256(raw).hexdigest())


def _parse_file(path: Path, raw: bytes) -> Record | Failure | str:
    """The record or failure in the bytes of a file, or why there is none of its place."""
    try:
        stored = parse_bytes(raw, Failure, path) if is_failure(path) else parse_bytes(raw, Record, path)
    except StoreError as error:
        return error.advice
    place = f"{stored.page_id}/{stored.article_id}{FAILURE_END if isinstance(stored, Failure) else RECORD_END}"
    is_there = place == f"{path.parent.name}/{path.name}"
    return stored if is_there else f"of {stored.page_id}/{stored.article_id}, in a wrong place"


def _put_files(
    connection: sqlite3.Connection,
    page_id: str,
    read: Sequence[ReadFile],
    contents: Mapping[str, Record | Failure | str],
) -> None:
    """Write what the files of a page are."""
    connection.execute("DELETE FROM files WHERE page_id = ?", (page_id,))
    for name, stamp, _, sha256 in read:
        content = contents[name]
        kind = "trouble" if isinstance(content, str) else type(content).__name__.lower()
        headline, said = (content.headline, content.message) if isinstance(content, Failure) else (None, None)
        row = (page_id, name, *stamp, sha256, kind, headline, content if isinstance(content, str) else said)
        connection.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def _put_entries(
    connection: sqlite3.Connection, page_id: str, records: Sequence[Record], same: set[str], sheets: Sequence[Sheet]
) -> None:
    """Write the records of a page in place of those that were there; one whose file is the same keeps its number."""
    rows = connection.execute("SELECT article_id, entry FROM entries WHERE page_id = ?", (page_id,)).fetchall()
    old = {row["article_id"]: row["entry"] for row in rows}
    for table in _OWN_TABLES:
        connection.executemany(f"DELETE FROM {table} WHERE entry = ?", [(entry,) for entry in old.values()])
    for table in ("entries", *(table.name for table in tables()[:-1])):
        connection.execute(f"DELETE FROM {table} WHERE page_id = ?", (page_id,))
    numbers = {}
    for record in records:
        kept = old.get(record.article_id) if f"{record.article_id}{RECORD_END}" in same else None
        numbers[record.article_id] = _put_entry(connection, record, kept)
    add_standing(connection, "gone", len(set(old.values()) - set(numbers.values())))
    for sheet in sheets[:-1]:
        is_searched = sheet.table.name == "articles"  # its rows have the numbers of the full text
        insert_sheet(connection, sheet, numbers=[numbers[str(row[1])] for row in sheet.rows] if is_searched else None)


def _put_entry(connection: sqlite3.Connection, record: Record, kept: int | None) -> int:
    """Write what the catalogue keeps of a record beside the tables, its words only if it has no number yet."""
    practice = record.practice
    event = practice.practice_id if practice and practice.relation == "same_event" else None
    place = (kept, record.page_id, record.article_id, event)
    entry = connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", place).lastrowid or 0
    codes = [(entry, facet, code) for facet, found in facets_of(record).items() for code in found]
    connection.executemany("INSERT INTO facets VALUES (?, ?, ?)", codes)
    counted = [(entry, *each[:3], float(each.value), each.is_exact) for each in counted_of(record)]
    connection.executemany("INSERT INTO counted VALUES (?, ?, ?, ?, ?, ?)", counted)
    keys = [("\t".join(key), entry) for key in practice_keys(record)]
    connection.executemany("INSERT INTO practice_keys VALUES (?, ?)", keys)
    if kept is None:
        row = (entry, *map(spell_tokens, words_of(record)))
        connection.execute(f"INSERT INTO {SEARCHED} (rowid, title, summary, facts, words) VALUES (?, ?, ?, ?, ?)", row)
    return entry
