"""Exports that are whole or not there, and never written over something that is no export.

Files are replaced in one step. A folder is made beside its place and swapped in; only if a person insists on a folder
that holds other things are the tables put into it one by one, and everything else there stays.
"""

from __future__ import annotations

import os
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from summariser.disk.stored import PageFolder, read_stored
from summariser.disk.whole_file import disk_error, write_file
from summariser.errors import BrokenRecordError, ConfigError, InputError, StoreError
from summariser.exporting.codebook import SKOS_MARK, dump_skos
from summariser.exporting.export import CODEBOOK, make_sheets, name_misfits, tables
from summariser.exporting.linked_data import JSONLD_MARK, dump_jsonld
from summariser.exporting.table_files import (
    EXPORT_MARK,
    FILE_FORMATS,
    FOLDER_FORMATS,
    SQLITE_APPLICATION_ID,
    dump_jsonl,
    is_our_duckdb,
    make_csv,
    parse_jsonl,
)
from summariser.exporting.workbook import Labels, label_sheets, make_xlsx
from summariser.schema.page import Article
from summariser.schema.record import RECORD_SCHEMA, Failure, PageManifest, Record

FORMATS: Final = ("csv", "xlsx", "jsonl", "jsonld", "parquet", "sqlite", "duckdb")
SKOS: Final = "skos"  # the format of the codebook, which is no record

_SQLITE_ID_AT: Final = 68  # offset of the application id in the header (SQLite file format, 1.3)
_TEMP_PREFIX: Final = ".summariser-"


_Loaded = tuple[Path, Record]


class LeftOut(NamedTuple):
    """A record file that is not in the export, and why."""

    path: Path
    reason: str


class ExportReport(NamedTuple):
    """What was exported.

    Shape: `rows` by table, without the codebook; empty for jsonl and jsonld. `missing` counts articles that failed and
    have no record.
    """

    out: Path
    to: str
    records: int
    rows: dict[str, int]
    left_out: tuple[LeftOut, ...]
    missing: int


def export_files(  # noqa: PLR0913 - one argument for each decision of the person
    paths: Iterable[Path],
    out: Path,
    *,
    to: str,
    force: bool = False,
    skip_bad: bool = False,
    bom: bool = True,
    labels: Labels = "en",
) -> ExportReport:
    """Export the records in the files and folders to `out`, a folder for csv and parquet, otherwise a file.

    Shape: the same records and pages make the same bytes as csv, jsonl and jsonld, and the same content otherwise. With
    `skip_bad` files that are no records are left out and named in the report; without it nothing is written. `bom`: for
    csv. `labels`: for xlsx, the language of its sheet names and headers; in Chinese, codes are their Chinese labels.
    Errors: ConfigError for an unknown format, for Chinese labels of another than xlsx, and for a library that is
    missing; InputError if there are no records; StoreError for bad records (all of them named), for something at `out`
    that is no export, if not `force`, and for what the disk refuses.
    """
    if to not in FORMATS:
        raise ConfigError(f"{to!r} is no format", where="export", expected=f"One of {', '.join(FORMATS)}")
    if labels != "en" and to != "xlsx":
        raise ConfigError(f"{to} has the names of its columns alone", where="--labels", expected="--to xlsx with it")
    target = out.resolve()
    check_place(target, to, force=force)
    loaded, left_out, missing = _read(paths)
    if left_out and not skip_bad:
        raise bad_records(left_out, len(loaded), out)
    if not loaded:
        raise InputError("no record is here", path=", ".join(map(str, paths)), next_step="Name folders with records")
    rows = _write(loaded, target, to, bom=bom, labels=labels)
    return ExportReport(out, to, len(loaded), rows, tuple(left_out), missing)


def export_codebook(out: Path, *, force: bool = False) -> None:
    """Write the code lists of records to the file `out` as SKOS.

    Shape: the same version of the codebook makes the same bytes.
    Errors: StoreError for something at `out` that is no such export, if not `force`, and for what the disk refuses.
    """
    target = out.resolve()
    check_place(target, SKOS, force=force)
    write_file(target, dump_skos())


def load_jsonl(path: Path | str) -> list[Record]:
    """Return the records of an export to JSON Lines, equal to those that were exported.

    Errors: BrokenRecordError for the first line that is no record; StoreError if the file cannot be read.
    """
    path = Path(path)
    try:
        return parse_jsonl(path.read_bytes().decode("utf-8-sig"), path=path)
    except UnicodeDecodeError as error:
        raise BrokenRecordError("not UTF-8", path=path, next_step="Export the records again") from error
    except OSError as error:
        raise disk_error(error, path) from error


def read_records(paths: Iterable[Path]) -> tuple[list[Record], int]:
    """The records in files and folders, and how many articles failed and have none.

    Errors: InputError if there are no records; StoreError for bad ones, all of them named.
    """
    paths = list(paths)
    loaded, left_out, missing = _read(paths)
    if left_out:
        raise bad_records(left_out, len(loaded), paths[0])
    if not loaded:
        raise InputError("no record is here", path=", ".join(map(str, paths)), next_step="Name folders with records")
    return [record for _, record in loaded], missing


def put_package(folder: Path, files: Mapping[str, bytes], *, force: bool) -> None:
    """Put the files of a data package into a folder of their own, in place of an earlier one, in one step.

    Errors: StoreError for a folder that holds something else, if not `force`, and for what the disk refuses.
    """
    target = folder.resolve()
    if os.path.lexists(target):
        if not target.is_dir():
            raise StoreError("a file stands where a folder is to be made", path=target, next_step="Choose another OUT")
        if force:
            _write_among(target, files)
            return
        found = (path for path in target.rglob("*") if path.is_symlink() or not path.is_dir())
        names = {path.relative_to(target).as_posix() for path in found}
        if names and not (names <= set(files) and "datapackage.json" in names):
            what = "something stands here that is no package of ours"
            raise StoreError(
                what, path=target, next_step="Choose another OUT, or say --force (what else is there stays)"
            )
    _replace_folder(target, files)


def _write_among(target: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder that holds other things. Errors: StoreError for a link, which may lead anywhere."""
    places = dict.fromkeys(path for name in files for path in (target / name, (target / name).parent) if path != target)
    if link := next(filter(Path.is_symlink, places), None):
        what = "a symbolic link, which is never written to"
        raise StoreError(what, path=link, next_step="Nothing was written; remove the link or choose another OUT")
    for name, content in files.items():
        write_file(target / name, content)


def bad_records(left_out: Sequence[LeftOut], good: int, out: Path) -> StoreError:
    """The error that names records which cannot be exported."""
    return StoreError(
        f"nothing was exported: {len(left_out)} of {good + len(left_out)} records are bad\n"
        + "".join(f"  {bad.path}: {bad.reason}\n" for bad in left_out),
        path=out,
        next_step="Mend them, or leave them out with --skip-bad",
    )


def _read(paths: Iterable[Path]) -> tuple[list[_Loaded], list[LeftOut], int]:
    """The good records with their files, what cannot be exported, and how many articles failed and have no record."""
    loaded: list[_Loaded] = []
    left_out: list[LeftOut] = []
    failed = set()
    for file in read_stored(paths):
        if isinstance(file.content, Record):
            loaded.append((file.path, file.content))
        elif isinstance(file.content, Failure):
            failed.add((file.content.page_id, file.content.article_id))
        else:
            left_out.append(LeftOut(file.path, file.content.advice))
    failed -= {(record.page_id, record.article_id) for _, record in loaded}
    misfits = name_misfits([record for _, record in loaded])
    left_out += [LeftOut(loaded[index][0], reason) for index, reason in misfits.items()]
    good = [each for index, each in enumerate(loaded) if index not in misfits]
    return good, sorted(left_out), len(failed)


def _with_pages(loaded: Iterable[_Loaded]) -> Iterator[tuple[Record, Article | None, PageManifest | None]]:
    """The records with article and page as they stand now, where they can be read and are still the same."""
    for parent, files in groupby(loaded, key=lambda each: each[0].parent):
        folder = PageFolder(parent)
        manifest = folder.manifest if isinstance(folder.manifest, PageManifest) else None
        for _, record in files:
            article = folder.article(record)
            yield record, article if isinstance(article, Article) else None, manifest


def _write(loaded: list[_Loaded], target: Path, to: str, *, bom: bool, labels: Labels) -> dict[str, int]:
    """Make the files and put them in place; return how many rows each table has."""
    records = [record for _, record in loaded]
    if to in ("jsonl", "jsonld"):
        write_file(target, dump_jsonl(records) if to == "jsonl" else dump_jsonld(_with_pages(loaded)))
        return {}
    sheets = make_sheets(records)
    if to == "xlsx":
        write_file(target, make_xlsx(label_sheets(sheets) if labels == "zh" else sheets))
    elif to in FILE_FORMATS:
        write_file(target, FILE_FORMATS[to](sheets))
    else:
        _put_folder(target, make_csv(sheets, bom=bom) if to == "csv" else FOLDER_FORMATS[to](sheets), to)
    return {sheet.table.name: len(sheet.rows) for sheet in sheets if sheet.table.name != CODEBOOK}


def _put_folder(folder: Path, files: Mapping[str, bytes], to: str) -> None:
    """Put a folder with these files in place of an export, or into a folder that holds other things."""
    if folder.is_dir() and not _is_free_folder(folder, to):
        for name, content in files.items():
            write_file(folder / name, content)
        return
    _replace_folder(folder, files)


def _replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make the folder beside its place and swap it in."""
    fresh = folder.with_name(f"{_TEMP_PREFIX}{secrets.token_hex(8)}.new")
    try:
        for name, content in files.items():
            write_file(fresh / name, content)
        swap(fresh, folder)
    except OSError as error:
        raise disk_error(error, folder) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def swap(fresh: Path, folder: Path) -> None:
    """Put `fresh` where `folder` is; the old one is removed last, and comes back if the new one cannot be put there."""
    if not folder.exists():
        fresh.replace(folder)
        return
    old = fresh.with_suffix(".old")
    folder.replace(old)
    try:
        fresh.replace(folder)
    except OSError:
        old.replace(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def check_place(target: Path, to: str, *, force: bool) -> None:
    """Refuse a place that is taken by something else."""
    is_folder = to in FOLDER_FORMATS
    if not os.path.lexists(target):
        return
    if target.is_dir() != is_folder:
        there, wanted = ("file", "folder") if is_folder else ("folder", "file")
        raise StoreError(f"a {there} stands where {to} makes a {wanted}", path=target, next_step="Choose another --out")
    try:
        is_free = _is_free_folder(target, to) if is_folder else _FILE_MARKS[to](target)
    except OSError as error:
        raise disk_error(error, target) from error
    if not is_free and not force:
        raise StoreError(
            f"something stands here that is no export to {to}",
            path=target,
            next_step="Choose another --out, or say --force"
            + (" (what else is in the folder stays)" if is_folder else " to replace it"),
        )


def _is_free_folder(folder: Path, to: str) -> bool:
    """Tell whether a folder is empty, or holds the tables of an export and nothing else."""
    names = {path.name for path in folder.iterdir() if path.is_symlink() or not path.name.startswith(_TEMP_PREFIX)}
    ours = {f"{table.name}.{to}" for table in tables()}
    ours |= {table.name for table in tables()} if to == "parquet" else set()  # folders of months
    return not names or (names <= ours and f"{CODEBOOK}.{to}" in names)


def _holds(path: Path, start: int, mark: bytes) -> bool:
    """Tell whether the bytes from `start` on are the mark."""
    with path.open("rb") as file:
        file.seek(start)
        return file.read(len(mark)) == mark


def _is_our_xlsx(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive, archive.open("docProps/core.xml") as file:
            return f">{EXPORT_MARK}<".encode() in file.read(10_000)
    except (zipfile.BadZipFile, KeyError):
        return False


_SQLITE_MARK: Final = SQLITE_APPLICATION_ID.to_bytes(4, "big")
_JSONL_MARK: Final = f'{{"$schema": "{RECORD_SCHEMA.rpartition("/")[0]}/'.encode()
_FILE_MARKS: Final[Mapping[str, Callable[[Path], bool]]] = {
    "jsonl": partial(_holds, start=0, mark=_JSONL_MARK),
    "jsonld": partial(_holds, start=0, mark=JSONLD_MARK.encode()),
    SKOS: partial(_holds, start=0, mark=SKOS_MARK.encode()),
    "xlsx": _is_our_xlsx,
    "sqlite": partial(_holds, start=_SQLITE_ID_AT, mark=_SQLITE_MARK),
    "duckdb": is_our_duckdb,
}
