"""Bringing an index to what the records are now, by what changed: files made ready as rows, rows written.

A file counts as changed when its time or size differs; then its hash decides. What was written within the last two
seconds is looked at again next time, because a clock may not tell two writes apart. Pages are made ready by all cores
where there are many of them; the records of a page are written together, and as many pages as half a second takes make
one transaction. Rows of the full text are not deleted: one whose entry is gone is of no record, and when more are gone
than are there, all is read anew.

What is made ready of a page (`prepare_page`) meets no database and goes from one process to another, so it is plain
values.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from summariser.catalogue.database import SEARCHED, IndexedFile, add_counter, open_index, read_counter, spell_tokens
from summariser.disk.files import disk_error
from summariser.disk.ledger import transaction
from summariser.disk.stored import (
    FAILURE_END,
    RECORD_END,
    in_processes,
    is_failure,
    is_stored_name,
    parse_bytes,
    read_bytes,
)
from summariser.errors import StoreError
from summariser.exporting.formats import insert_sheet
from summariser.exporting.tables import Cell, Sheet, make_sheets, name_misfits, tables
from summariser.places import division, lineage
from summariser.reviewing.decisions import doubt_record
from summariser.reviewing.practices import practice_keys
from summariser.schema.case import Actor, Approximation, Employer, Fact, Place, Result, UnitClass, fact_words
from summariser.schema.codes import Support
from summariser.schema.record import Failure, Record
from summariser.tables import read_table

NOT_KNOWN: Final = "-"  # the code of what a record does not name; no newspaper and no code is called so
_DAY: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-[0-9]{2}")
_WEAKEST: Final = (Support.NONE, Support.ARTICLE, Support.SENTENCES, Support.WORDS)


class CountedResult(NamedTuple):
    """A result that is added up.

    Units: `value` counts `unit`, which is empty for people: 名, 位 and 人 are the same.
    """

    path: str
    kind: str
    unit: str
    value: Decimal
    is_exact: bool


class SearchedTexts(NamedTuple):
    """The texts of a record that are searched, by how much a hit in them says."""

    title: tuple[str | None, ...]
    summary: tuple[str | None, ...]
    facts: tuple[str | None, ...]
    words: tuple[str | None, ...]


def facets_of(record: Record) -> Mapping[str, tuple[str, ...]]:
    """The codes of a record in every facet, at least one in each."""
    case, issued = record.case, record.source.issue_date or ""
    chains = (result.chain for result in case.results if result.supported and result.chain)
    found = {
        "theme": (case.primary_theme.value,),
        "province": (_province(case.place),),
        "beneficiary": tuple(group.group.value for group in case.beneficiaries),
        "chain": tuple(chain.value for chain in chains),
        "status": (case.practice_status.value,),
        "decision": (case.decision.value,),
        "newspaper": (record.source.newspaper or "",),
        "year": (issued[:4] if _DAY.fullmatch(issued) else "",),
        "month": (issued[:7] if _DAY.fullmatch(issued) else "",),
        "state": (record.review.state,),
        "support": tuple(code.value for code in _WEAKEST if any(fact.support is code for _, fact in case.facts()))[:1],
        "needs": ("yes" if record.awaits_review else "no",),
    }
    return {name: tuple(dict.fromkeys(filter(None, codes))) or (NOT_KNOWN,) for name, codes in found.items()}


def words_of(record: Record) -> SearchedTexts:
    """The texts of a record that are searched."""
    case = record.case
    return SearchedTexts(
        title=(record.headline, record.kicker, case.headline_en, *record.bylines),
        summary=(case.one_line, case.summary, case.summary_en),
        facts=tuple(text for _, fact in case.facts() for text in fact_texts(fact)),
        words=("".join(sentence.text or "" for sentence in record.text.sentences),),
    )


def fact_texts(fact: Fact) -> Iterator[str | None]:
    """What a fact says in words."""
    yield fact_words(fact)
    if isinstance(fact, Place | Actor):
        yield fact.full_name
    if isinstance(fact, Employer):
        yield from (fact.industry, fact.size_text)
    if isinstance(fact, Result):
        yield from (fact.value_text, fact.per_text, fact.subject, fact.before_text)
        yield fact.claimant.name if fact.claimant else None


def counted_of(record: Record) -> Iterator[CountedResult]:
    """The results of a record that are added up, each number once.

    Shape: achieved, borne out, with a number, reckoned by nothing, of a kind and class in `totals.csv`; a result is
    left out if a total that it is part of (at any remove) is there, and so is one that is given twice.
    """
    results = record.case.results
    found = {index: counted for index, each in enumerate(results) if (counted := _count(index, each))}
    seen = set()
    for index, counted in found.items():
        is_part = any(
            above in found and (found[above].kind, found[above].unit) == (counted.kind, counted.unit)
            for above in _totals_of(index, results)
        )
        if not is_part and results[index].identity not in seen:
            seen.add(results[index].identity)
            yield counted


@cache
def totalled() -> tuple[tuple[str, str], ...]:
    """The kinds of results that are added up, each with the class of its unit."""
    return tuple((row["kind"], row["unit_class"]) for row in read_table("totals"))


def _count(index: int, result: Result) -> CountedResult | None:
    """A result as it is added up by itself, or None."""
    quantity = result.quantity
    if quantity is None or quantity.value is None or quantity.per is not None:
        return None
    if result.status.value != "achieved" or not result.supported:
        return None
    if (result.kind.value, quantity.unit_class.value) not in totalled():
        return None
    unit = "" if quantity.unit_class is UnitClass.PERSON else quantity.unit
    is_exact = quantity.approx is Approximation.EXACT
    return CountedResult(f"results[{index}]", result.kind.value, unit, quantity.value, is_exact)


def _totals_of(index: int, results: tuple[Result, ...]) -> Iterator[int]:
    """The total that a result is part of, and that one's total, and so on."""
    passed = {index}
    above = results[index].part_of
    while above is not None and above not in passed and above < len(results):
        yield above
        passed.add(above)
        above = results[above].part_of


def _province(place: Place | None) -> str:
    """The code of the province that a place is in."""
    found = division(place.code) if place and place.code else None
    return lineage(found)[-1].code if found else ""


class IndexedRecord(NamedTuple):
    """What the catalogue keeps of a record beside the tables; `tokens` are empty if its file is the same."""

    article_id: str
    event: str | None
    practice: str | None
    codes: tuple[tuple[str, str], ...]
    counted: tuple[CountedResult, ...]
    keys: tuple[str, ...]
    tokens: tuple[str, ...]


class Stamp(NamedTuple):
    """What tells whether a file changed without reading it."""

    mtime_ns: int
    size: int


Job = tuple[Path, Mapping[str, Stamp], Mapping[str, str]]  # a folder, files there, and the hashes that are known


class ReadyPage(NamedTuple):
    """A page made ready; without `files` nothing in it changed.

    Shape: `rows` are those of the tables of an export, in the order of `tables`, without the codebook.
    """

    files: tuple[IndexedFile, ...] = ()
    entries: tuple[IndexedRecord, ...] = ()
    rows: tuple[tuple[tuple[Cell, ...], ...], ...] = ()


def prepare_page(job: Job) -> ReadyPage | None:
    """The files of some names in the folder of a page, made ready, unless their hashes are those that the index knows.

    Shape: None if all files are the same as before.
    """
    folder, stamps, before = job
    raw = {name: _read(folder / name) for name in sorted(stamps)}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in raw.items()}
    if hashes == before:
        return None
    contents = {name: _parse(folder / name, content) for name, content in raw.items()}
    records = {name: content for name, content in contents.items() if isinstance(content, Record)}
    try:
        sheets = make_sheets(records.values())
    except ValueError:  # one of them fits no table
        misfits = name_misfits(list(records.values()))
        contents |= {name: misfits[at] for at, name in enumerate(records) if at in misfits}
        records = {name: content for name, content in contents.items() if isinstance(content, Record)}
        sheets = make_sheets(records.values())
    return ReadyPage(
        tuple(
            _tell(IndexedFile(folder.name, name, *stamps[name], hashes[name]), content)
            for name, content in contents.items()
        ),
        tuple(_entry(each, is_same=before.get(name) == hashes[name]) for name, each in records.items()),
        tuple(sheet.rows for sheet in sheets[:-1]),
    )


def _read(path: Path) -> bytes:
    """The bytes of a file; none where it cannot be read."""
    try:
        return read_bytes(path)
    except StoreError:
        return b""


def _parse(path: Path, raw: bytes) -> Record | Failure | str:
    """The record or failure in the bytes of a file, or why there is none of its place."""
    try:
        stored = parse_bytes(raw, Failure, path) if is_failure(path) else parse_bytes(raw, Record, path)
    except StoreError as error:
        return error.advice
    place = f"{stored.page_id}/{stored.article_id}{FAILURE_END if isinstance(stored, Failure) else RECORD_END}"
    is_there = place == f"{path.parent.name}/{path.name}"
    return stored if is_there else f"of {stored.page_id}/{stored.article_id}, in a wrong place"


def _tell(file: IndexedFile, content: Record | Failure | str) -> IndexedFile:
    """A file with what it holds."""
    if isinstance(content, str):
        return file._replace(trouble=content)
    kept = file._replace(headline=content.headline)
    if isinstance(content, Failure):
        return kept._replace(kind="failure", trouble=content.message, state=content.reason.value)
    return kept._replace(kind="record", state=content.review.state, doubt=json.dumps(doubt_record(content)))


def _entry(record: Record, *, is_same: bool) -> IndexedRecord:
    """What is kept of a record."""
    practice = record.practice
    return IndexedRecord(
        record.article_id,
        practice.practice_id if practice and practice.relation == "same_event" else None,
        practice.practice_id if practice else None,
        tuple((facet, code) for facet, found in facets_of(record).items() for code in found),
        tuple(counted_of(record)),
        tuple("\t".join(key) for key in practice_keys(record)),
        () if is_same else tuple(map(spell_tokens, words_of(record))),
    )


_UNSURE_NS: Final = 2_000_000_000  # FAT keeps times to two seconds
_UNSURE: Final = -1  # stands for a time that a later write may have had as well
_COMMIT_S: Final = 0.5  # a search sees what was indexed so far, and a stop loses no more
MANY: Final = 500  # changed files from which on starting further processes is worth a second
MOST_GONE: Final = 1000  # rows of the full text without an entry; below, it is not worth reading all anew
_MOST_PROCESSES: Final = 4  # one process writes, and keeps up with no more
_OWN_TABLES: Final = ("facets", "counted", "practice_keys")

Progress = Callable[[int, int], None]
Pages = Mapping[str, Mapping[str, Stamp]]


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
        hashes = "SELECT name, sha256 FROM files WHERE page_id = ?"
        jobs = [(out / page, there.get(page, {}), dict(connection.execute(hashes, (page,)))) for page in changed]
        cores = min(os.cpu_count() or 1, _MOST_PROCESSES) if total >= many else 1
        with closing(in_processes(prepare_page, jobs, processes=cores)) as ready:
            while done < len(jobs):
                told(sum(len(names) for _, names, _ in jobs[:done]), total)
                began = time.monotonic()
                with transaction(connection):
                    while done < len(jobs) and time.monotonic() - began < _COMMIT_S:
                        _put_page(connection, changed[done], there.get(changed[done], {}), next(ready))
                        done += 1
                    add_counter(connection, "revision", 1)
        told(total, total)


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
        if is_stored_name(file.name):
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
    gone, live = read_counter(connection, "gone"), connection.execute("SELECT count(*) FROM entries").fetchone()[0]
    if gone > max(most_gone, live):
        with transaction(connection):
            connection.execute(f"INSERT INTO {SEARCHED} ({SEARCHED}) VALUES ('delete-all')")
            for name in ("files", "entries", *_OWN_TABLES, *(table.name for table in tables()[:-1])):
                connection.execute(f"DELETE FROM {name}")
            add_counter(connection, "gone", -gone)
    known: dict[str, dict[str, Stamp]] = {}
    for page_id, name, mtime_ns, size in connection.execute("SELECT page_id, name, mtime_ns, size FROM files"):
        known.setdefault(page_id, {})[name] = Stamp(mtime_ns, size)
    return known


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
    connection.executemany("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", ready.files)
    numbers = {
        each.article_id: _put_entry(connection, page_id, each, None if each.tokens else old.get(each.article_id))
        for each in ready.entries
    }
    add_counter(connection, "gone", len(set(old.values()) - set(numbers.values())))
    for table, cells in zip(tables(), ready.rows, strict=False):  # all but the codebook
        is_searched = table.name == "articles"  # its rows have the numbers of the full text
        own = [numbers[str(row[1])] for row in cells] if is_searched else None
        insert_sheet(connection, Sheet(table, cells), numbers=own)


def _put_entry(connection: sqlite3.Connection, page_id: str, ready: IndexedRecord, kept: int | None) -> int:
    """Write what the catalogue keeps of a record; the number that it had or gets."""
    place = (kept, page_id, ready.article_id, ready.event, ready.practice)
    entry = connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", place).lastrowid or 0
    connection.executemany("INSERT INTO facets VALUES (?, ?, ?)", [(entry, *pair) for pair in ready.codes])
    counted = [(entry, *each[:3], float(each.value), each.is_exact) for each in ready.counted]
    connection.executemany("INSERT INTO counted VALUES (?, ?, ?, ?, ?, ?)", counted)
    connection.executemany("INSERT INTO practice_keys VALUES (?, ?)", [(key, entry) for key in ready.keys])
    if ready.tokens:
        row = (entry, *ready.tokens)
        connection.execute(f"INSERT INTO {SEARCHED} (rowid, title, summary, facts, words) VALUES (?, ?, ?, ?, ?)", row)
    return entry
