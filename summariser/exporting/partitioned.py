"""Parquet in a folder for each month of issue, with the memory of a month: for more records than a machine holds.

    OUT/TABLE/month=2026-03/TABLE.parquet, and OUT/codebook.parquet

Records are read one by one and put aside by their month; then the tables of each month are made as those of any export.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from summariser.disk.stored import read_stored, refuse_among
from summariser.disk.stored_parts import take_parts
from summariser.disk.whole_file import write_file
from summariser.errors import InputError
from summariser.exporting.export import CODEBOOK, make_sheets, name_misfits, tables
from summariser.exporting.table_files import FOLDER_FORMATS, dump_jsonl
from summariser.exporting.whole_export import (
    ExportReport,
    LeftOut,
    bad_records,
    check_place,
    fill_folder,
    is_free_folder,
    load_jsonl,
)
from summariser.schema.record import Failure, Record

NO_MONTH: Final = "__HIVE_DEFAULT_PARTITION__"  # Hive's word for null, which DuckDB, Arrow and Spark read as such
FORMAT: Final = "parquet"


def export_by_month(
    paths: Iterable[Path | str], out: Path, *, force: bool = False, skip_bad: bool = False
) -> ExportReport:
    """Export the records at some places to `out`, in parts by the month in which their page was issued.

    Shape: as `export_files`; records whose page has no date are in the month that readers take for null.
    Errors: as `export_files`.
    """
    places = list(paths)
    check_place(out.resolve(), FORMAT, force=force)
    with tempfile.TemporaryDirectory(prefix="summariser-") as aside:
        sorting = _Sorting(Path(aside))
        homes: dict[Path, Path] = {}
        for part in take_parts(places):
            for file in read_stored(part.paths):
                homes[file.path.parent] = file.path
                sorting.put(part.name(file.path), file.content)
        refuse_among(homes.values(), out)
        if sorting.left_out and not skip_bad:
            raise bad_records(sorting.left_out, len(sorting.seen), out)
        if not sorting.seen:
            raise InputError("no record is here", path=", ".join(map(str, places)), next_step="Name places of records")
        rows = _write(Path(aside), out.resolve())
    missing = len(sorting.failed - sorting.seen)
    return ExportReport(out, FORMAT, len(sorting.seen), rows, tuple(sorting.left_out), missing)


class _Sorting:
    """Records put aside by their month, as JSON Lines in a folder."""

    def __init__(self, folder: Path) -> None:
        self.seen: set[tuple[str, str]] = set()
        self.failed: set[tuple[str, str]] = set()
        self.left_out: list[LeftOut] = []
        self._folder = folder

    def put(self, name: str, content: Record | Failure | Exception) -> None:
        """Put a record aside; note a failure, and what is no record or fits into no table."""
        if isinstance(content, Exception):
            self.left_out.append(LeftOut(Path(name), getattr(content, "advice", str(content))))
            return
        key = (content.page_id, content.article_id)
        if isinstance(content, Failure):
            self.failed.add(key)
            return
        twice = {0: f"a second record of {content.page_id}/{content.article_id}"} if key in self.seen else {}
        if misfit := twice or name_misfits([content]):
            self.left_out.append(LeftOut(Path(name), misfit[0]))
            return
        self.seen.add(key)
        day = content.source.issue_date or ""
        month = day[:7] if re.match(r"\d{4}-\d{2}", day) else NO_MONTH
        with (self._folder / f"{month}.jsonl").open("ab") as file:
            file.write(dump_jsonl([content]))


def _write(aside: Path, target: Path) -> dict[str, int]:
    """Make the tables of each month and put them in place; how many rows each table has."""
    rows: Counter[str] = Counter()

    def fill(fresh: Path) -> None:
        for month in sorted(aside.iterdir()):
            sheets = make_sheets(load_jsonl(month))
            rows.update({sheet.table.name: len(sheet.rows) for sheet in sheets if sheet.table.name != CODEBOOK})
            for name, content in FOLDER_FORMATS[FORMAT](sheets).items():
                table = name.removesuffix(f".{FORMAT}")
                inside = f"{table}/month={month.stem}/{name}" if table != CODEBOOK else name
                write_file(fresh / inside, content)

    stale = [old for table in tables() for old in target.glob(f"{table.name}/month=*/{table.name}.{FORMAT}")]
    fill_folder(target, fill, is_free=is_free_folder(target, FORMAT), stale=stale)
    return dict(rows)
