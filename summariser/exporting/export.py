"""Records exported in one format, by month, or as a Frictionless data package; never over what is no export.

A file is replaced in one step. A folder is made beside its place and swapped in; only where other things in it are to
stay (--force) are the files moved in one by one.

By month an export needs the memory of one month: records are read one by one and put aside by their month, then the
tables of each month are made.

    OUT/TABLE/month=2026-03/TABLE.parquet, and OUT/codebook.parquet

`datapackage.json` has type, unit and meaning of every column and the keys that join the tables; `CITATION.cff` says how
the whole is cited.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

import yaml
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

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
from summariser.disk.stored import PageFolder, read_stored, refuse_among, take_parts
from summariser.errors import BrokenRecordError, ConfigError, InputError, StoreError
from summariser.exporting import formats
from summariser.exporting.formats import (
    EXPORT_MARK,
    JSONLD_MARK,
    SKOS_MARK,
    SQLITE_APPLICATION_ID,
    dump_jsonl,
    dump_jsonld,
    dump_skos,
    is_our_duckdb,
    make_csv,
)
from summariser.exporting.tables import CODEBOOK, Column, Sheet, Table, make_sheets, name_misfits, tables
from summariser.schema.page import Article
from summariser.schema.record import RECORD_SCHEMA, Failure, PageManifest, Record
from summariser.text import counted

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
    check_place(target, to, force=force)
    loaded = list(loader.load())
    loader.check(out, mend="" if skip_bad else _LEAVE_OUT)
    return loader.report(out, to, _write(loaded, target, to, bom=bom, labels=labels))


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
        fill_folder(target, to, files.items())
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
    check_place(target, FORMAT, force=force)
    with tempfile.TemporaryDirectory(prefix="summariser-") as aside:
        for _, record in loader.load():
            day = record.source.issue_date or ""
            month = day[:7] if re.match(r"\d{4}-\d{2}", day) else NO_MONTH
            with Path(aside, f"{month}.jsonl").open("ab") as month_file:
                month_file.write(formats.dump_jsonl([record]))
        loader.check(out, mend="" if skip_bad else _LEAVE_OUT)
        stale = [old for table in tables() for old in target.glob(f"{table.name}/month=*/{table.name}.{FORMAT}")]
        fill_folder(target, FORMAT, _month_files(Path(aside), rows), stale=stale)
    return loader.report(out, FORMAT, rows)


def _month_files(aside: Path, rows: Counter[str]) -> Iterator[tuple[str, bytes]]:
    """The tables of each month, by their names in the export; `rows` gathers how many rows they have."""
    for month in sorted(aside.iterdir()):
        sheets = make_sheets(load_jsonl(month))
        rows.update(count_rows(sheets))
        for name, content in formats.make_parquet(sheets).items():
            table = name.removesuffix(f".{FORMAT}")
            yield f"{table}/month={month.stem}/{name}" if table != CODEBOOK else name, content


# ---- a case base for others


_LONGEST: Final = 500  # characters of a title, a name, a licence
_SHOWN: Final = 60
_ARTICLE_KEY: Final = ("page_id", "article_id")
_AUTHOR: Final = re.compile(r"(?P<family>[^,<>]+)(?:,\s*(?P<given>[^<>]+?))?\s*(?:<(?P<orcid>[^<>]+)>)?")
_ORCID: Final = re.compile(r"(?:https://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])")


class CaseBase(NamedTuple):
    """What a person says of a case base that is published.

    Shape: `authors` are `Family, Given <ORCID>`, given name and ORCID if there are any; `license` is an SPDX name;
    `released` is an ISO date.
    """

    title: str
    authors: tuple[str, ...]
    license: str
    version: str
    released: str


def publish(
    paths: Iterable[Path], out: Path, base: CaseBase, *, with_words: bool = True, force: bool = False
) -> ExportReport:
    """Write the records in the files and folders as a data package to the folder `out`.

    Shape: `tables/*.csv`, `records.jsonl`, `codebook.jsonld`, `datapackage.json`, `CITATION.cff`; the same records and
    the same words about them make the same bytes. Without `with_words` the sentences of the pages are left out.
    Errors: InputError for an author or a licence that cannot be read; as `export_files`.
    """
    people = [_author(each) for each in base.authors]
    _check_words(base)
    base = base._replace(license=_license(base.license))
    target, loader = out.resolve(), RecordLoader(paths)
    records = [record if with_words else _without_words(record) for _, record in loader.load()]
    loader.check(out, mend="Mend them; a case base is published whole")
    check_place(target, PACKAGE, force=force)
    sheets = make_sheets(records)
    files = {f"tables/{name}": content for name, content in make_csv(sheets, bom=False).items()}
    files["records.jsonl"] = dump_jsonl(records)
    files["codebook.jsonld"] = dump_skos()
    described = json.dumps(_package(base, people, sheets), ensure_ascii=False, indent=2)
    files["datapackage.json"] = f"{described}\n".encode()
    files["CITATION.cff"] = _citation(base, people, records)
    fill_folder(target, PACKAGE, files.items())
    return loader.report(out, PACKAGE, count_rows(sheets))


def _check_words(base: CaseBase) -> None:
    """Refuse what cannot stand on a title page. Errors: InputError."""
    told = {"--title": base.title, "--license": base.license, "--version": base.version, "--date": base.released}
    for flag, words in [*told.items(), *(("--author", each) for each in base.authors)]:
        if not words.strip() or len(words) > _LONGEST or not words.isprintable():
            expected = f"1 to {_LONGEST} characters on one line, none of them a control character"
            raise InputError(f"{words[:_SHOWN]!r} cannot be printed", path=flag, expected=expected)


def _license(said: str) -> str:
    """The licence as SPDX spells it. Errors: InputError for what its list does not have."""
    try:
        return canonicalize_license_expression(said)
    except InvalidLicenseExpression as error:
        raise InputError(
            f"“{said[:_SHOWN]}” is no SPDX name of a licence",
            path="--license",
            expected="A name of https://spdx.org/licenses: CC-BY-4.0, CC0-1.0, ODbL-1.0",
            next_step="One of your own is called LicenseRef-NAME",
        ) from error


def _without_words(record: Record) -> Record:
    """The record without the sentences of its page; what it quotes stays."""
    bare = tuple(sentence.model_copy(update={"text": None}) for sentence in record.text.sentences)
    return record.model_copy(update={"text": record.text.model_copy(update={"sentences": bare})})


def _author(said: str) -> dict[str, str]:
    """An author as CITATION.cff names one. Errors: InputError for what is no name, or no ORCID."""
    match = _AUTHOR.fullmatch(said.strip())
    orcid = _ORCID.fullmatch(match["orcid"].strip()) if match and match["orcid"] else None
    if not match or (match["orcid"] and not orcid):
        raise InputError(
            f"“{said}” is no author",
            path="--author",
            expected="Family, Given <0000-0000-0000-0000>; or a family name alone",
        )
    person = {"family-names": match["family"].strip()}
    if match["given"]:
        person["given-names"] = match["given"].strip()
    return person | ({"orcid": f"https://orcid.org/{orcid[1]}"} if orcid else {})


def _package(base: CaseBase, people: Sequence[Mapping[str, str]], sheets: Sequence[Sheet]) -> dict[str, Any]:
    """The descriptor of the package. Source: specs.frictionlessdata.io, Tabular Data Package 1.0."""
    names = [" ".join(filter(None, (each.get("given-names"), each["family-names"]))) for each in people]
    return {
        "profile": "tabular-data-package",
        "name": re.sub(r"[^a-z0-9._-]+", "-", base.title.lower()).strip("-") or "case-base",
        "title": base.title,
        "version": base.version,
        "created": base.released,
        "licenses": [{"name": base.license}],
        "contributors": [{"title": name, "role": "author"} for name in names],
        "resources": [_resource(sheet.table) for sheet in sheets],
    }


def _resource(table: Table) -> dict[str, Any]:
    """A table with its columns and the tables that its rows belong to."""
    names = [column.name for column in table.columns]
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in table.columns],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }
    if all(name in names for name in _ARTICLE_KEY) and table.name != "articles":
        reference = {"resource": "articles", "fields": list(_ARTICLE_KEY)}
        schema["foreignKeys"] = [{"fields": list(_ARTICLE_KEY), "reference": reference}]
    elif table.name == "articles":
        schema["foreignKeys"] = [{"fields": "page_id", "reference": {"resource": "pages", "fields": "page_id"}}]
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": f"tables/{table.name}.csv",
        "description": table.row,
        "encoding": "utf-8",
        "schema": schema,
    }


def _field(column: Column) -> dict[str, Any]:
    """A column with its type, unit and meaning."""
    field: dict[str, Any] = {
        "name": column.name,
        "type": "string" if column.type == "text" else column.type,
        "description": column.meaning,
    }
    if column.unit:
        field["unit"] = column.unit
    if not column.empty:
        field["constraints"] = {"required": True}
    return field


def _citation(base: CaseBase, people: Sequence[Mapping[str, str]], records: Sequence[Record]) -> bytes:
    """CITATION.cff. Source: Citation File Format 1.2.0."""
    papers = sorted({record.source.newspaper for record in records if record.source.newspaper})
    told = counted(len(records), "article") + (f" of {', '.join(papers)}" if papers else "")
    fields = {
        "cff-version": "1.2.0",
        "message": "If you use this case base, please cite it as below.",
        "type": "dataset",
        "title": base.title,
        "abstract": f"Checked case studies of trade-union practice from {told}.",
        "authors": list(people),
        "license": base.license,
        "version": base.version,
        "date-released": base.released,
    }
    return yaml.safe_dump(fields, allow_unicode=True, sort_keys=False).encode()
