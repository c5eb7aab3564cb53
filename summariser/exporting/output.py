"""Where an export is written: replaced in one step, and never over something that is no export.

A file is replaced in one step. A folder is made beside its place and swapped in; only where other things in it are to
stay (--force) are the files moved in one by one.
"""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from summariser.disk.files import (
    STALE_TEMP_S,
    TEMP_PREFIX,
    disk_error,
    disk_refusals,
    refuse_device,
    swap,
    sweep,
    take_back,
    temporary_path,
    write_file,
)
from summariser.disk.ledger import LEDGER_APPLICATION_ID
from summariser.errors import StoreError
from summariser.exporting.formats import EXPORT_MARK, SQLITE_APPLICATION_ID, is_our_duckdb
from summariser.exporting.jsonld import JSONLD_MARK, SKOS_MARK
from summariser.exporting.tables import CODEBOOK, tables
from summariser.schema.record import RECORD_SCHEMA

SKOS: Final = "skos"  # the format of the codebook, which is no record
PACKAGE: Final = "package"  # the data package of a case base
_SQLITE_ID_AT: Final = 68  # offset of the application id in the header (SQLite file format, 1.3)


def fill_folder(target: Path, to: str, files: Iterable[tuple[str, bytes]], *, stale: Iterable[Path] = ()) -> None:
    """Make a folder of files beside its place, and swap it in for an earlier one.

    Shape: where other things stay, a disk is mounted, or we stand ourselves, the files are moved in one by one once all
    are written, and those that are `stale` go. Errors: StoreError for a link in their way, or what the disk refuses.
    """
    here = Path.cwd()
    is_fixed = target.is_dir() and (
        not is_free_folder(target, to) or os.path.ismount(target) or target in (here, *here.parents)
    )
    beside = target if is_fixed else target.parent
    fresh = temporary_path(beside)
    try:
        for name, content in files:
            write_file(fresh / name, content)
        sweep(beside, int(fresh.stat().st_mtime // STALE_TEMP_S))
        if is_fixed:
            _move_in(fresh, target, stale)
        else:
            swap(fresh, target)
    except OSError as error:
        raise disk_error(error, target) from error
    except StoreError as error:  # of a file below `fresh`, which nobody else knows
        if fresh not in error.path.parents:
            raise
        raise StoreError(error.what, path=target, next_step=error.next_step) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _move_in(fresh: Path, folder: Path, stale: Iterable[Path]) -> None:
    """Move files into a folder that holds other things. Errors: StoreError for a link, which may lead anywhere."""
    places = {path: folder / path.relative_to(fresh) for path in sorted(fresh.rglob("*"))}
    if link := next(filter(Path.is_symlink, places.values()), None):
        what = "a symbolic link, which is never written to"
        raise StoreError(what, path=link, next_step="Nothing was written; remove the link or choose another OUT")
    for path in stale:
        path.unlink()
    for path, place in places.items():
        if path.is_dir():
            place.mkdir(exist_ok=True)
        else:
            path.replace(place)


def check_place(target: Path, to: str, *, force: bool) -> None:
    """Refuse a place that is taken by something else; what a killed run took away from there comes back before."""
    if to in _FOLDERS:
        take_back(target)
    if not os.path.lexists(target):
        return
    is_folder, option = to in _FOLDERS, "OUT" if to == PACKAGE else "--out"
    if target.is_dir() != is_folder:
        there, wanted = ("file", "folder") if is_folder else ("folder", "file")
        what = f"a {there} stands where {to} makes a {wanted}"
        raise StoreError(what, path=target, next_step=f"Choose another {option}")
    refuse_device(target)
    with disk_refusals(target):
        if not is_folder and _holds(target, _SQLITE_ID_AT, LEDGER_APPLICATION_ID.to_bytes(4, "big")):
            what = "is a ledger, with replies that are paid for"
            raise StoreError(what, path=target, next_step="Choose another --out")
        is_free = is_free_folder(target, to) if is_folder else _FILE_MARKS[to](target)
    if not is_free and not force:
        what = f"something stands here that is no {'package of ours' if to == PACKAGE else f'export to {to}'}"
        forced = "(what else is in the folder stays)" if is_folder else "to replace it"
        raise StoreError(what, path=target, next_step=f"Choose another {option}, or say --force {forced}")


def is_free_folder(folder: Path, to: str) -> bool:
    """Tell whether a folder is not there, empty, or has a mark of ours and nothing but files of our names.

    Errors: StoreError for a folder in it that cannot be read.
    """
    if not folder.exists():
        return True
    is_ours = re.compile(_FOLDERS[to].replace("TABLE", "|".join(table.name for table in tables()))).fullmatch
    is_empty = True
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        inside = Path(parent).relative_to(folder)
        left = [name for name in (*folders, *names) if inside.parts or not name.startswith(TEMP_PREFIX)]
        folders[:] = [name for name in folders if name in left]
        if inside.parts and not left:
            return False
        for name in left:
            path = Path(parent, name)
            if path.is_symlink() or (name not in folders and not is_ours((inside / name).as_posix())):
                return False
            is_empty = False
    return is_empty or (_is_our_package(folder) if to == PACKAGE else (folder / f"{CODEBOOK}.{to}").exists())


def _refuse(error: OSError) -> NoReturn:
    """Say of a folder that it cannot be read."""
    raise disk_error(error, Path(error.filename)) from error


def _is_our_package(folder: Path) -> bool:
    """Tell whether the code lists of a data package are ours."""
    codes = folder / "codebook.jsonld"
    return codes.is_file() and _holds(codes, 0, SKOS_MARK.encode())


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


# The files that make a folder ours.
_FOLDERS: Final[Mapping[str, str]] = {
    "csv": r"(TABLE)\.csv",
    "parquet": r"(TABLE)\.parquet|(TABLE)/month=[^/]+/\2\.parquet",
    PACKAGE: r"tables/(TABLE)\.csv|records\.jsonl|codebook\.jsonld|datapackage\.json|CITATION\.cff",
}


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
