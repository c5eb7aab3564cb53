"""Records exported to a file or folder in one format, or to Parquet in a folder for each month of issue.

By month an export needs the memory of one month: records are read one by one and put aside by their month, then the
tables of each month are made.

    OUT/TABLE/month=2026-03/TABLE.parquet, and OUT/codebook.parquet
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from summariser.disk.files import disk_refusals, write_file
from summariser.disk.stored import PageFolder, read_stored, refuse_among, take_parts
from summariser.errors import BrokenRecordError, ConfigError, InputError, StoreError
from summariser.exporting import formats, output
from summariser.exporting.jsonld import dump_jsonld, dump_skos
from summariser.exporting.tables import CODEBOOK, Sheet, make_sheets, name_misfits, tables
from summariser.schema.page import Article
from summariser.schema.record import Failure, PageManifest, Record
from summariser.text import counted

FORMATS: Final = ("csv", "xlsx", "jsonl", "jsonld", "parquet", "sqlite", "duckdb")
_LEAVE_OUT: Final = "Mend them, or leave them out with --skip-bad"
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
    labels: formats.Labels = "en",
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
    target, loader = out.resolve(), RecordLoader(paths)
    output.check_place(target, to, force=force)
    loaded = list(loader.load())
    loader.check(out, mend="" if skip_bad else _LEAVE_OUT)
    return loader.report(out, to, _write(loaded, target, to, bom=bom, labels=labels))


def export_codebook(out: Path, *, force: bool = False) -> None:
    """Write the code lists of records to the file `out` as SKOS.

    Shape: the same version of the codebook makes the same bytes.
    Errors: StoreError for something at `out` that is no such export, if not `force`, and for what the disk refuses.
    """
    target = out.resolve()
    output.check_place(target, output.SKOS, force=force)
    write_file(target, dump_skos())


def load_jsonl(path: Path | str) -> list[Record]:
    """Return the records of an export to JSON Lines, equal to those that were exported.

    Errors: BrokenRecordError for the first line that is no record; StoreError if the file cannot be read.
    """
    path = Path(path)
    try:
        with disk_refusals(path):
            return formats.parse_jsonl(path.read_bytes().decode("utf-8-sig"), path=path)
    except UnicodeDecodeError as error:
        raise BrokenRecordError("not UTF-8", path=path, next_step="Export the records again") from error


class RecordLoader:
    """The records at some places, held one by one against what a table can hold; `left_out` is what cannot be exported.

    Shape: `good` counts the records that tables can hold.
    """

    def __init__(self, places: Iterable[Path | str]) -> None:
        self.good = 0
        self.left_out: list[LeftOut] = []
        self._places = list(places)
        self._homes: dict[Path, Path] = {}  # folders of pages, and a file in each
        self._seen: set[tuple[str, str]] = set()
        self._failed: set[tuple[str, str]] = set()

    def load(self) -> Iterator[_Loaded]:
        """The good records, each with its file as it is called where it is at home."""
        for part in take_parts(self._places):
            for file in read_stored(part.paths):
                path, content = Path(part.name(file.path)), file.content
                if fault := self._fault(content):
                    self.left_out.append(LeftOut(path, fault))
                elif isinstance(content, Record):
                    self.good += 1
                    self._homes[file.path.parent] = file.path
                    yield path, content

    def _fault(self, content: Record | Failure | StoreError) -> str | None:
        """Why what a file holds cannot be exported; a failure is noted, and is no fault."""
        if isinstance(content, StoreError):
            return content.advice
        key = (content.page_id, content.article_id)
        if isinstance(content, Failure):
            self._failed.add(key)
            return None
        if key in self._seen:
            return f"a second record of {content.page_id}/{content.article_id}"
        self._seen.add(key)
        return name_misfits([content]).get(0)

    def check(self, out: Path, *, mend: str) -> None:
        """Refuse to export.

        Errors: StoreError if `out` is among the records, and one that names bad ones, unless `mend` (what to do about
        them) is empty; InputError if there are no good ones.
        """
        refuse_among(self._homes.values(), out)
        self.left_out.sort()
        if self.left_out and mend:
            bad = f"{len(self.left_out)} of {counted(self.good + len(self.left_out), 'record')} cannot be used"
            named = "\n".join(f"  {each.path}: {each.reason}" for each in self.left_out)
            raise StoreError(f"nothing was exported: {bad}. {mend}:\n{named}", path=out)
        if not self.good:
            raise InputError(
                "no record is here", path=", ".join(map(str, self._places)), next_step="Name folders with records"
            )

    def report(self, out: Path, to: str, rows: Mapping[str, int]) -> ExportReport:
        """What was exported, once it is."""
        return ExportReport(out, to, self.good, dict(rows), tuple(self.left_out), len(self._failed - self._seen))


def _with_pages(loaded: Iterable[_Loaded]) -> Iterator[tuple[Record, Article | None, PageManifest | None]]:
    """The records with article and page as they stand now, where they can be read and are still the same."""
    for parent, files in groupby(loaded, key=lambda each: each[0].parent):
        folder = PageFolder(parent)
        manifest = folder.manifest if isinstance(folder.manifest, PageManifest) else None
        for _, record in files:
            article = folder.article(record)
            yield record, article if isinstance(article, Article) else None, manifest


def _write(loaded: list[_Loaded], target: Path, to: str, *, bom: bool, labels: formats.Labels) -> dict[str, int]:
    """Make the files and put them in place; return how many rows each table has."""
    records = [record for _, record in loaded]
    if to in ("jsonl", "jsonld"):
        write_file(target, formats.dump_jsonl(records) if to == "jsonl" else dump_jsonld(_with_pages(loaded)))
        return {}
    sheets = make_sheets(records)
    if to == "xlsx":
        write_file(target, formats.make_xlsx(formats.label_sheets(sheets) if labels == "zh" else sheets))
    elif to in formats.FILE_FORMATS:
        write_file(target, formats.FILE_FORMATS[to](sheets))
    else:
        files = formats.make_csv(sheets, bom=bom) if to == "csv" else formats.make_parquet(sheets)
        output.fill_folder(target, to, files.items())
    return count_rows(sheets)


def count_rows(sheets: Iterable[Sheet]) -> dict[str, int]:
    """How many rows each table has that a reader computes with."""
    return {sheet.table.name: len(sheet.rows) for sheet in sheets if sheet.table.name != CODEBOOK}


# ---- a folder a month


NO_MONTH: Final = "__HIVE_DEFAULT_PARTITION__"  # Hive's word for null, which DuckDB, Arrow and Spark read as such
FORMAT: Final = "parquet"


def export_by_month(
    paths: Iterable[Path | str], out: Path, *, force: bool = False, skip_bad: bool = False
) -> ExportReport:
    """Export the records at some places to `out`, in parts by the month in which their page was issued.

    Shape: as `export_files`; records whose page has no date are in the month that readers take for null.
    Errors: as `export_files`.
    """
    target, loader, rows = out.resolve(), RecordLoader(paths), Counter[str]()
    output.check_place(target, FORMAT, force=force)
    with tempfile.TemporaryDirectory(prefix="summariser-") as aside:
        for _, record in loader.load():
            day = record.source.issue_date or ""
            month = day[:7] if re.match(r"\d{4}-\d{2}", day) else NO_MONTH
            with Path(aside, f"{month}.jsonl").open("ab") as month_file:
                month_file.write(formats.dump_jsonl([record]))
        loader.check(out, mend="" if skip_bad else _LEAVE_OUT)
        stale = [old for table in tables() for old in target.glob(f"{table.name}/month=*/{table.name}.{FORMAT}")]
        output.fill_folder(target, FORMAT, _month_files(Path(aside), rows), stale=stale)
    return loader.report(out, FORMAT, rows)


def _month_files(aside: Path, rows: Counter[str]) -> Iterator[tuple[str, bytes]]:
    """The tables of each month, by their names in the export; `rows` gathers how many rows they have."""
    for month in sorted(aside.iterdir()):
        sheets = make_sheets(load_jsonl(month))
        rows.update(count_rows(sheets))
        for name, content in formats.make_parquet(sheets).items():
            table = name.removesuffix(f".{FORMAT}")
            yield f"{table}/month={month.stem}/{name}" if table != CODEBOOK else name, content
