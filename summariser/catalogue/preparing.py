"""The files of a page made ready for the index: read, checked and turned into rows; no database is met.

What is made ready goes from one process to another, so it is plain values.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from summariser.catalogue.entry import Counted, counted_of, facets_of, words_of
from summariser.catalogue.words import spell_tokens
from summariser.comparison.practices import practice_keys
from summariser.disk.stored import FAILURE_END, RECORD_END, is_failure, parse_bytes, read_bytes
from summariser.errors import StoreError
from summariser.exporting.export import Cell, make_sheets, name_misfits
from summariser.reviewing.doubts import doubt_record
from summariser.schema.record import Failure, Record


class FileRow(NamedTuple):
    """What a file is: a record, a failure, or trouble; `said` is why there is no record.

    Shape: `state` is that of the review of a record, the reason of a failure; `doubt` holds the numbers of
    `RecordDoubt` as JSON.
    """

    name: str
    sha256: str
    kind: str
    headline: str | None
    said: str | None
    state: str | None = None
    doubt: str | None = None


class Entry(NamedTuple):
    """What the catalogue keeps of a record beside the tables; `tokens` are empty if its file is the same."""

    article_id: str
    event: str | None
    codes: tuple[tuple[str, str], ...]
    counted: tuple[Counted, ...]
    keys: tuple[str, ...]
    tokens: tuple[str, ...]


class ReadyPage(NamedTuple):
    """A page made ready; without `files` nothing in it changed.

    Shape: `rows` are those of the tables of an export, in the order of `tables`, without the codebook.
    """

    files: tuple[FileRow, ...] = ()
    entries: tuple[Entry, ...] = ()
    rows: tuple[tuple[tuple[Cell, ...], ...], ...] = ()


def prepare_page(folder: Path, names: tuple[str, ...], before: Mapping[str, str]) -> ReadyPage | None:
    """The files of these names in the folder of a page, made ready; `before` are the hashes that the index knows.

    Shape: None if all files are the same as before.
    """
    raw = {name: _read(folder / name) for name in names}
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
        tuple(_file_row(name, hashes[name], content) for name, content in contents.items()),
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


def _file_row(name: str, sha256: str, content: Record | Failure | str) -> FileRow:
    """What a file is."""
    if isinstance(content, str):
        return FileRow(name, sha256, "trouble", None, content)
    if isinstance(content, Failure):
        return FileRow(name, sha256, "failure", content.headline, content.message, content.reason.value)
    doubt = json.dumps(doubt_record(content))
    return FileRow(name, sha256, "record", content.headline, None, content.review.state, doubt)


def _entry(record: Record, *, is_same: bool) -> Entry:
    """What is kept of a record."""
    practice = record.practice
    return Entry(
        record.article_id,
        practice.practice_id if practice and practice.relation == "same_event" else None,
        tuple((facet, code) for facet, found in facets_of(record).items() for code in found),
        tuple(counted_of(record)),
        tuple("\t".join(key) for key in practice_keys(record)),
        () if is_same else tuple(map(spell_tokens, words_of(record))),
    )
