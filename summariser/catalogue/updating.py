"""Bringing an index to what the records are now, by what changed.

A file counts as changed when its time or size differs; then its hash decides. What was written within the last two
seconds is looked at again next time, because a clock may not tell two writes apart. Pages are made ready by all cores
where there are many of them; the records of a page are written together, and as many pages as half a second takes make
one transaction. Rows of the full text are not deleted: one whose entry is gone is of no record, and when more are gone
than are there, all is read anew.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

from summariser.catalogue.index import SEARCHED, add_standing, open_index, read_standing, transaction
from summariser.catalogue.preparing import Entry, ReadyPage, prepare_page
from summariser.disk.stored import is_failure, is_record_name
from summariser.disk.whole_file import disk_error
from summariser.exporting.export import Sheet, tables
from summariser.exporting.table_files import insert_sheet

_UNSURE_NS: Final = 2_000_000_000  # FAT keeps times to two seconds
_UNSURE: Final = -1  # stands for a time that a later write may have had as well
_COMMIT_S: Final = 0.5  # a search sees what was indexed so far, and a stop loses no more
MANY: Final = 500  # changed files from which on starting further processes is worth a second
MOST_GONE: Final = 1000  # rows of the full text without an entry; below, it is not worth reading all anew
_MOST_PROCESSES: Final = 4  # one process writes, and keeps up with no more
_OWN_TABLES: Final = ("facets", "counted", "practice_keys")

Progress = Callable[[int, int], None]
Pages = Mapping[str, Mapping[str, "Stamp"]]
Job = tuple[Path, tuple[str, ...], Mapping[str, str]]  # what `prepare_page` takes


class Stamp(NamedTuple):
    """What tells whether a file changed without reading it."""

    mtime_ns: int
    size: int


def update_index(
    path: Path, out: Path, *, told: Progress = lambda _done, _all: None, most_gone: int = MOST_GONE, many: int = MANY
) -> None:
    """Bring the index at `path` to what the records below `out` are now.

    Shape: `told` gets how many of the changed files are done, and how many there are; what it raises ends the update,
    and what was indexed stays. Records stand where the store puts them, `<out>/<page_id>/<article_id>.json`; what
    stands there and is none is kept as trouble. With more than `most_gone` texts of no entry, and more than entries,
    all is made anew; from `many` files on several processes make them ready.
    Errors: as `open_index`.
    """
    there = _list_pages(out)
    with open_index(path) as connection:
        known = _known_pages(connection, most_gone)
        changed = sorted(page for page in there.keys() | known.keys() if _has_changed(there, known, page))
        total, done = sum(len(there.get(page, {})) for page in changed), 0
        jobs = [(out / page, tuple(sorted(there.get(page, {}))), _hashes(connection, page)) for page in changed]
        with closing(_prepare(jobs, is_shared=total >= many)) as ready:
            while done < len(jobs):
                told(sum(len(names) for _, names, _ in jobs[:done]), total)
                began = time.monotonic()
                with transaction(connection):
                    while done < len(jobs) and time.monotonic() - began < _COMMIT_S:
                        _put_page(connection, changed[done], there.get(changed[done], {}), next(ready))
                        done += 1
                    add_standing(connection, "revision", 1)
        told(total, total)


def _prepare(jobs: Sequence[Job], *, is_shared: bool) -> Generator[ReadyPage | None]:
    """What becomes of each page, in order; made ready by several processes, or by this one if that cannot be."""
    done, cores = 0, min(os.cpu_count() or 1, _MOST_PROCESSES)
    if is_shared and cores > 1:
        pool = ProcessPoolExecutor(cores, get_context("spawn"), gc.disable)  # what is made there holds no cycles
        try:
            for page in pool.map(prepare_page, *zip(*jobs, strict=True), chunksize=4):
                yield page
                done += 1
        except BrokenProcessPool:  # one was killed, or none could begin: on from here without them
            pass
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    yield from (prepare_page(*job) for job in jobs[done:])


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


def _hashes(connection: sqlite3.Connection, page_id: str) -> dict[str, str]:
    """The hashes of the files of a page that the index was made from."""
    return dict(connection.execute("SELECT name, sha256 FROM files WHERE page_id = ?", (page_id,)).fetchall())


def _put_page(
    connection: sqlite3.Connection, page_id: str, stamps: Mapping[str, Stamp], ready: ReadyPage | None
) -> None:
    """Bring the rows of one page up to date."""
    if ready is None:
        stamped = [(*stamp, page_id, name) for name, stamp in stamps.items()]
        connection.executemany("UPDATE files SET mtime_ns = ?, size = ? WHERE page_id = ? AND name = ?", stamped)
        return
    rows = connection.execute("SELECT article_id, entry FROM entries WHERE page_id = ?", (page_id,)).fetchall()
    old = {row["article_id"]: row["entry"] for row in rows}
    for name in _OWN_TABLES:
        connection.executemany(f"DELETE FROM {name} WHERE entry = ?", [(entry,) for entry in old.values()])
    for name in ("files", "entries", *(table.name for table in tables()[:-1])):
        connection.execute(f"DELETE FROM {name} WHERE page_id = ?", (page_id,))
    files = [(page_id, each.name, *stamps[each.name], *each[1:]) for each in ready.files]
    connection.executemany("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", files)
    numbers = {
        each.article_id: _put_entry(connection, page_id, each, None if each.tokens else old.get(each.article_id))
        for each in ready.entries
    }
    add_standing(connection, "gone", len(set(old.values()) - set(numbers.values())))
    for table, cells in zip(tables(), ready.rows, strict=False):  # all but the codebook
        is_searched = table.name == "articles"  # its rows have the numbers of the full text
        own = [numbers[str(row[1])] for row in cells] if is_searched else None
        insert_sheet(connection, Sheet(table, cells), numbers=own)


def _put_entry(connection: sqlite3.Connection, page_id: str, ready: Entry, kept: int | None) -> int:
    """Write what the catalogue keeps of a record; the number that it had or gets."""
    place = (kept, page_id, ready.article_id, ready.event)
    entry = connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", place).lastrowid or 0
    connection.executemany("INSERT INTO facets VALUES (?, ?, ?)", [(entry, *pair) for pair in ready.codes])
    counted = [(entry, *each[:3], float(each.value), each.is_exact) for each in ready.counted]
    connection.executemany("INSERT INTO counted VALUES (?, ?, ?, ?, ?, ?)", counted)
    connection.executemany("INSERT INTO practice_keys VALUES (?, ?)", [(key, entry) for key in ready.keys])
    if ready.tokens:
        row = (entry, *ready.tokens)
        connection.execute(f"INSERT INTO {SEARCHED} (rowid, title, summary, facts, words) VALUES (?, ?, ?, ?, ?)", row)
    return entry
