"""Records as tidy tables, and tables as the bytes of files: CSV, Parquet, SQLite, DuckDB, Excel, JSON Lines and back.

The rows that records make are those of `export_columns.csv`. Codes come with their labels, lists as one text. How an
article is cited is made from what its record holds and never typed.

Numbers: CSV and JSON Lines keep every digit. The others keep IEEE doubles, which are exact to 15 digits, so 85.79 comes
back as 85.79. Text that a spreadsheet would run as a formula stays text: CSV has an apostrophe before it, a workbook an
explicit string. A workbook has a sheet for each table, its header in sight, columns as wide as what they hold.

openpyxl, pyarrow and duckdb are loaded when their format is asked for; the last two are the extra `export`.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from importlib import import_module
from itertools import groupby, product
from operator import attrgetter, gt, itemgetter
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Literal, NamedTuple, cast

from summariser.disk.record_text import dump_json, parse_json
from summariser.errors import ConfigError
from summariser.places import division, lineage
from summariser.schema.case import FACT_LISTS, Evidence, Fact, Result, Severity, fact_kind
from summariser.schema.codes import Decision
from summariser.schema.exchange import spell_path
from summariser.schema.page import LineRange, PixelBox
from summariser.schema.record import Record
from summariser.tables import read_table

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def cite_gbt7714(record: Record) -> str:
    """The reference by GB/T 7714-2015, newspaper article: 作者. 题名[N]. 报名, 2025-11-14(2).

    Shape: what is not known is said so in square brackets; more than three reporters are 等.
    """
    source = record.source
    authors = ", ".join(record.bylines[:3]) + (", 等" if len(record.bylines) > 3 else "")
    page = f"({source.page_no})" if source.page_no else ""
    issue = f"{source.newspaper or '[报名不详]'}, {source.issue_date or '[日期不详]'}{page}"
    address = f". {source.url}" if source.url else ""
    return f"{f'{authors}. ' if authors else ''}{record.headline or '[无题]'}[N]. {issue}{address}."


def cite_apa(record: Record) -> str:
    """The reference by APA, seventh edition, with the English headline in brackets; n.d. where no date is known."""
    source = record.source
    authors = ", ".join(record.bylines)
    day = _read_date(source.issue_date)
    when = f"({day.year}, {_MONTHS[day.month - 1]} {day.day})" if day else "(n.d.)"
    title = f"{record.headline or '[No headline]'} [{record.case.headline_en}]"
    where = f"{source.newspaper or '[Newspaper unknown]'}{f', {source.page_no}' if source.page_no else ''}"
    address = f" {source.url}" if source.url else ""
    return f"{authors} {when}. {title}. {where}.{address}" if authors else f"{title}. {when}. {where}.{address}"


def _read_date(issued: str | None) -> date | None:
    """The day of an ISO date; None where a person wrote something else into the record."""
    try:
        return date.fromisoformat(issued) if issued else None
    except ValueError:
        return None


Cell = str | int | bool | Decimal | None
BETWEEN: Final = "; "  # between the parts of a list
MAX_INTEGER: Final = 2**63 - 1  # the largest that databases and Parquet keep as an integer
MAX_ID: Final = 255  # characters; no disk has a longer name, and an id stands in every row of its record


CellType = Literal["text", "integer", "number", "boolean"]


class Column(NamedTuple):
    """One column; in the codebook, a row.

    Shape: `source` is where in the row's subject its cell is read from; `unit` what its number counts; `empty` when
    a cell may be empty, and is empty itself if that is never. `zh` is what people call it; `labels` the list of
    labels.csv with the Chinese of its words, if it has one.
    """

    table: str
    name: str
    type: CellType
    source: str
    meaning: str
    unit: str | None = None
    empty: str | None = None
    zh: str = ""
    labels: str | None = None

    @property
    def table_zh(self) -> str:
        """What people call its table."""
        return next(row["zh"] for row in read_table("export_tables") if row["name"] == self.table)


class Table(NamedTuple):
    """One table: `row` says what a row is, `key` which columns together tell it from all others."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    zh: str = ""


CODEBOOK: Final = "codebook"  # the table that explains all others, and the last
_TOGETHER: Final[Mapping[str, Callable[[tuple[Any, ...]], int]]] = {"count": len, "sum": sum, "min": min, "max": max}


class Sheet(NamedTuple):
    """A table with its rows; cells stand in the order of the columns."""

    table: Table
    rows: tuple[tuple[Cell, ...], ...]


class _Article(NamedTuple):
    """One record, and what is counted and looked up about it."""

    record: Record
    is_union_case: bool
    province: str | None
    citation: str
    corrections: int
    facts: int
    unsupported_facts: int
    findings: int
    notices: int


class _Fact(NamedTuple):
    """One fact of a record; `number` counts its kind from 1, `path` is what findings call it (from 0).

    Shape: `part_of` is the path of the total of a result.
    """

    record: Record
    kind: str
    number: int
    path: str
    fact: Fact
    evidence: Evidence
    part_of: str | None


class _Of(NamedTuple):
    """A part of a record that is no fact of its own: a group, a sentence, a practice, a correction; `number` from 1."""

    record: Record
    number: int
    of: Any

    @property
    def model(self) -> str | None:
        """What the model wrote where a person corrected it, as JSON."""
        return _spelled(self.of.model)

    @property
    def value(self) -> str | None:
        """What stands there now, as JSON."""
        return _spelled(self.of.value)


_PARTS: Final[Mapping[str, Callable[[Record], Iterable[object]]]] = {
    "beneficiaries": attrgetter("case.beneficiaries"),
    "sentences": attrgetter("text.sentences"),
    "practices": lambda record: filter(None, [record.practice]),
    "corrections": attrgetter("corrections"),
}


@cache
def tables() -> tuple[Table, ...]:
    """The tables of an export, the codebook as the last."""
    columns: dict[str, list[Column]] = defaultdict(list)
    for row in read_table("export_columns"):
        columns[row["table"]] += _columns(row)
    named = read_table("export_tables")
    return tuple(
        Table(each["name"], each["row"], tuple(each["key"].split()), tuple(columns[each["name"]]), each["zh"])
        for each in named
    )


def _columns(row: Mapping[str, str]) -> Iterator[Column]:
    """The column of a row of `export_columns.csv`, or the three of a code."""
    name, source, unit, empty = row["name"], row["source"], row["unit"] or None, row["empty"] or None
    kind = "text" if row["type"] == "code" else cast("CellType", row["type"])
    is_code, zh = row["type"] == "code", row["zh"]
    labels = row["labels"] or None
    told = f"{zh}（代码）" if is_code else zh
    yield Column(row["table"], name, kind, source, row["meaning"], unit, empty, told, labels)
    if is_code:
        for ending, language, told in (("zh", "Chinese", zh), ("en", "English", f"{zh}（英文）")):
            meaning = f"{language} label of `{name}`."
            yield Column(row["table"], f"{name}_{ending}", "text", f"{source}.{ending}", meaning, None, empty, told)


def make_sheets(records: Iterable[Record]) -> tuple[Sheet, ...]:
    """Turn records into tables: those of `tables`.

    Shape: rows by page, then by first line, then as in the record; the order of `records` does not matter.
    Errors: ValueError for an integer that no table holds, two rows that are one by their key, and nothing where there
    has to be something; `name_misfits` finds such records beforehand.
    """
    ordered = sorted(
        records, key=lambda each: (each.page_id, each.lines[0].first if each.lines else 0, each.article_id)
    )
    articles = [_article(record) for record in ordered]
    facts = [fact for record in ordered for fact in _facts(record)]
    subjects: dict[str, Sequence[object]] = {
        "pages": [tuple(group) for _, group in groupby(articles, key=lambda article: article.record.page_id)],
        "articles": articles,
        "evidence": facts,
    }
    subjects |= {name: [fact for fact in facts if fact.kind == kind] for name, kind in FACT_LISTS.items()}
    for name, parts in _PARTS.items():
        subjects[name] = [_Of(record, k, each) for record in ordered for k, each in enumerate(parts(record), 1)]
    once: dict[tuple[object, ...], _Fact] = {}
    for each in facts:
        if isinstance(each.fact, Result):  # one that is given twice is added up once
            once.setdefault((each.record.page_id, each.record.article_id, *each.fact.identity), each)
    subjects["results"] = list(once.values())
    sheets = [Sheet(table, _make_rows(table, subjects[table.name])) for table in tables()[:-1]]
    for sheet in sheets:
        _refuse_misfits(sheet)
    return *sheets, codebook_sheet()


def _refuse_misfits(sheet: Sheet) -> None:
    """Refuse what a database would: rows of one key, an empty cell where none may be. Errors: ValueError."""
    names = [column.name for column in sheet.table.columns]
    key = itemgetter(*map(names.index, sheet.table.key))
    if len(set(map(key, sheet.rows))) < len(sheet.rows):
        twice, _ = Counter(map(key, sheet.rows)).most_common(1)[0]
        raise ValueError(f"two rows of {sheet.table.name} with one key: {twice}")
    for at, column in enumerate(sheet.table.columns):
        if not column.empty and any(row[at] is None for row in sheet.rows):
            raise ValueError(f"{sheet.table.name}.{column.name} is empty, and may not be")


@cache
def codebook_sheet() -> Sheet:
    """The table that explains all others, the same whatever the records are."""
    return explain_columns(each for table in tables()[:-1] for each in table.columns)


def explain_columns(columns: Iterable[Column]) -> Sheet:
    """The codebook of these columns."""
    return Sheet(tables()[-1], _make_rows(tables()[-1], columns))


def _make_rows(table: Table, subjects: Iterable[object]) -> tuple[tuple[Cell, ...], ...]:
    """The rows that subjects make in a table."""
    readers = [_reader(column.source) for column in table.columns]
    return tuple(tuple([read(subject) for read in readers]) for subject in subjects)


def _spelled(value: object) -> str | None:
    """A value of JSON as a text; null is nothing."""
    return None if value is None else json.dumps(value, ensure_ascii=False)


def name_misfits(records: Sequence[Record]) -> dict[int, str]:
    """Say which records (by their place in the list) no table can hold, and why; an empty dict if all fit."""
    seen: set[tuple[str, str]] = set()
    misfits = {}
    for index, record in enumerate(records):
        key = (record.page_id, record.article_id)
        if key in seen:
            misfits[index] = f"a second record of {record.page_id}/{record.article_id}"
            continue
        seen.add(key)
        if max(map(len, key)) > MAX_ID:
            misfits[index] = f"an id of more than {MAX_ID} characters, which no file is called"
            continue
        try:
            make_sheets([record])
        except ValueError as error:
            misfits[index] = str(error)
    return misfits


def codebook() -> str:
    """Return the tables of docs/export.md: every column with its type, unit and meaning, as Markdown."""
    return "\n".join(_section(table) for table in tables()[:-1])


def _article(record: Record) -> _Article:
    """What is counted and looked up about a record; its province is that of the table of divisions."""
    code = record.case.place.code if record.case.place else None
    found = division(code) if code else None
    notices = sum(finding.severity is Severity.NOTICE for finding in record.findings)
    return _Article(
        record=record,
        is_union_case=record.case.decision is Decision.UNION_CASE,
        province=lineage(found)[-1].name if found else None,
        citation=cite_gbt7714(record),
        corrections=len(record.corrections),
        facts=len(record.case.facts()),
        unsupported_facts=record.case.unsupported,
        findings=len(record.findings) - notices,
        notices=notices,
    )


def _facts(record: Record) -> Iterator[_Fact]:
    """Every fact of a record with its evidence, in the order of `Case.facts`."""
    numbers: Counter[str] = Counter()
    for path, fact in record.case.facts():
        kind = fact_kind(path)
        numbers[kind] += 1
        total = fact.part_of if isinstance(fact, Result) else None
        part_of = None if total is None else spell_path(("results", total))
        yield _Fact(record, kind, numbers[kind], path, fact, fact.evidence, part_of)


@cache
def _reader(source: str) -> Callable[[object], Cell]:
    """What reads the cell that a source leads to; the first word of two says how many values become one."""
    how, _, path = source.rpartition(" ")
    names, follow_plain, together = tuple(path.split(".")), attrgetter(path), _TOGETHER.get(how, _same)

    def read(subject: object) -> Cell:
        try:
            value: Any = follow_plain(subject)
        except AttributeError:  # null or a list is on the way
            value = _follow(subject, names)
        if how:
            value = together(value) if value else None
        return value if value is None or type(value) is str else _cell(value)

    return read


def _same(values: tuple[Any, ...]) -> object:
    """The value that all of them are."""
    return values[0] if len(set(values)) == 1 else None


def _follow(value: Any, names: tuple[str, ...]) -> object:
    """What a path leads to: None where something on the way is null, a tuple where it leads through a list."""
    for index, name in enumerate(names):
        if value is None:
            return None
        if type(value) is tuple:
            return tuple(_follow(item, names[index:]) for item in value)
        value = getattr(value, name)
    return value


def _cell(value: object) -> Cell:
    """A value as a cell: codes as their word, lists as one text, floats as decimals."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, tuple):
        return BETWEEN.join(_part(item) for item in value) or None
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise ValueError(f"the integer {str(value)[:20]}... is too large for a table")
    if value is None or isinstance(value, str | int | Decimal):
        return value
    raise TypeError(f"{type(value).__name__} is no cell")


def _part(item: object) -> str:
    """One item of a list; a range is 1..3, because a spreadsheet takes 1-3 for a date; a box its four edges."""
    if isinstance(item, LineRange):
        return f"{item.first}..{item.last}" if item.last > item.first else f"{item.first}"
    if isinstance(item, PixelBox):
        return " ".join(map(str, item))
    return str(_cell(item))


def _section(table: Table) -> str:
    """One table of the codebook."""
    key = ", ".join(f"`{name}`" for name in table.key)
    rows = ["| column | 中文 | type | unit | meaning | empty |", "|---|---|---|---|---|---|"]
    for each in table.columns:
        rows.append(
            f"| `{each.name}` | {each.zh} | {each.type} | {each.unit or ''} | {each.meaning} | {each.empty or ''} |"
        )
    return f"## {table.name} {table.zh}\n\n{table.row} Key: {key}.\n\n" + "\n".join(rows) + "\n"


SQLITE_APPLICATION_ID: Final = 0x53554D45  # "SUME", in the header of our databases: tells them from other people's
EXPORT_MARK: Final = "summariser export"  # the author of our workbooks, the comment on the codebook in DuckDB

# What spreadsheets take for the start of a formula (OWASP, CSV Injection), full-width forms among them. Apostrophes
# before it count, so that taking one away from every such cell gives back exactly what was exported.
RISKY: Final = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
# Where the list separator is `;`, as in much of Europe, or a tab, a cell of ours ends at it, and the next one begins.
_RISKY_PARTS: Final = re.compile(r"^(?='*[=+\-@\t\r\n＝＋－＠])|(?<=[;\t\r\n])(?='*[=+\-@＝＋－＠])")
_LINE_BREAK: Final = re.compile(r"(?<=,)\n *")
_INDENT: Final = re.compile(r"\n *")
_TYPES: Final = {row["type"]: row for row in read_table("export_types")}


def make_csv(sheets: Sequence[Sheet], *, bom: bool = True) -> dict[str, bytes]:
    """Return a CSV file for each table, by name (RFC 4180: commas, CRLF, quotes doubled; UTF-8).

    Shape: null and the empty text are both an empty cell; numbers are plain digits; truth values are true and false.
    `bom`: with a byte order mark, without which Excel does not read UTF-8.
    """
    encoding = "utf-8-sig" if bom else "utf-8"
    return {f"{sheet.table.name}.csv": _csv_text(sheet).encode(encoding) for sheet in sheets}


def make_parquet(sheets: Sequence[Sheet]) -> dict[str, bytes]:
    """Return a Parquet file for each table, by name; units and meanings are in the metadata of the fields."""
    parquet = load_library("pyarrow.parquet")
    files = {}
    for sheet in sheets:
        sink = io.BytesIO()
        parquet.write_table(_arrow_table(sheet), sink)
        files[f"{sheet.table.name}.parquet"] = sink.getvalue()
    return files


def make_sqlite(sheets: Sequence[Sheet]) -> bytes:
    """Return an SQLite database with all tables; truth values are 1 and 0, as SQLite has no others."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"PRAGMA application_id = {SQLITE_APPLICATION_ID}")
        with connection:
            for sheet in sheets:
                connection.execute(create_statement(sheet.table, "sqlite"))
                insert_sheet(connection, sheet)
        return connection.serialize()
    finally:
        connection.close()


def create_statement(table: Table, database: str) -> str:
    """The table in the SQL of a database; names are ours and need no quotes."""
    columns = [
        f"{each.name} {_TYPES[each.type][database]}{'' if each.empty else ' NOT NULL'}" for each in table.columns
    ]
    return f"CREATE TABLE {table.name} ({', '.join(columns)}, PRIMARY KEY ({', '.join(table.key)}))"


def insert_sheet(connection: sqlite3.Connection, sheet: Sheet, *, numbers: Sequence[int] | None = None) -> None:
    """Add the rows of a sheet to its table in an SQLite database; `numbers` are their rowids, if they matter."""
    names = ", ".join(column.name for column in sheet.table.columns)
    marks = ", ".join("?" for _ in sheet.table.columns)
    numeric = [at for at, column in enumerate(sheet.table.columns) if column.type == "number"]
    rows: list[list[Any]] = [list(row) for row in sheet.rows]
    for row, at in product(rows, numeric):
        row[at] = _as_double(row[at])
    if numbers is not None:
        names, marks = f"rowid, {names}", f"?, {marks}"
        rows = [[number, *row] for number, row in zip(numbers, rows, strict=True)]
    connection.executemany(f"INSERT INTO {sheet.table.name} ({names}) VALUES ({marks})", rows)


def make_duckdb(sheets: Sequence[Sheet]) -> bytes:
    """Return a DuckDB database with all tables; units and meanings are comments of the columns."""
    duckdb = load_library("duckdb")
    with tempfile.TemporaryDirectory(prefix="summariser-") as folder:  # DuckDB writes to a path and nowhere else
        path = Path(folder) / "export.duckdb"
        with duckdb.connect(str(path)) as connection:
            for sheet in sheets:
                connection.execute(create_statement(sheet.table, "duckdb"))
                connection.register("incoming", _arrow_table(sheet))
                connection.execute(f"INSERT INTO {sheet.table.name} SELECT * FROM incoming")
                connection.unregister("incoming")
                for column in sheet.table.columns:
                    told = f"{column.meaning} ({column.unit})" if column.unit else column.meaning
                    told = told.replace("'", "''")
                    connection.execute(f"COMMENT ON COLUMN {sheet.table.name}.{column.name} IS '{told}'")
            connection.execute(f"COMMENT ON TABLE {CODEBOOK} IS '{EXPORT_MARK}'")
        return path.read_bytes()


FILE_FORMATS: Final[Mapping[str, Callable[[Sequence[Sheet]], bytes]]] = {"sqlite": make_sqlite, "duckdb": make_duckdb}


def dump_jsonl(records: Iterable[Record]) -> bytes:
    """Return the records as JSON Lines, one a line; nothing is lost, `parse_jsonl` gives back equal records.

    Shape: the JSON of a record without its layout; a line break in a string is an escape there, so none is met.
    """
    return "".join(f"{_INDENT.sub('', _LINE_BREAK.sub(' ', dump_json(record)))}\n" for record in records).encode()


def parse_jsonl(text: str, *, path: Path) -> list[Record]:
    """Read what `dump_jsonl` wrote; blank lines are passed over.

    Errors: BrokenRecordError for the first line that is no record; its `path` ends in the number of the line.
    """
    lines = enumerate(text.split("\n"), 1)
    return [parse_json(line, Record, path=Path(f"{path}:{number}")) for number, line in lines if line.strip()]


def is_our_duckdb(path: Path) -> bool:
    """Tell whether the file is a DuckDB database that `make_duckdb` made."""
    duckdb = load_library("duckdb")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            found = connection.execute("SELECT comment FROM duckdb_tables() WHERE table_name = ?", [CODEBOOK])
            return bool(found.fetchone() == (EXPORT_MARK,))
    except duckdb.Error:  # no database, or one that another process holds open
        return False


def _csv_text(sheet: Sheet) -> str:
    """A table as CSV."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(column.name for column in sheet.table.columns)
    writer.writerows(tuple(map(_csv_cell, row)) for row in sheet.rows)
    return sink.getvalue()


def _csv_cell(cell: Cell) -> str:
    """A cell as text; what a spreadsheet would run has an apostrophe before it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    text = str(cell)
    return _RISKY_PARTS.sub("'", text) if isinstance(cell, str) else text


def _as_double(cell: Cell) -> str | int | float | None:
    """A cell with its decimal as the nearest double."""
    return float(cell) if isinstance(cell, Decimal) else cell


def _arrow_table(sheet: Sheet) -> Any:
    """A table as Arrow holds it, column by column, each with its unit and meaning."""
    arrow = load_library("pyarrow")
    fields = []
    for each in sheet.table.columns:
        kind = getattr(arrow, _TYPES[each.type]["arrow"])()
        fields.append(arrow.field(each.name, kind, metadata={"unit": each.unit or "", "meaning": each.meaning}))
    schema = arrow.schema(fields)
    columns = [list(map(_as_double, cells)) for cells in zip(*sheet.rows, strict=True)] or [[] for _ in schema]
    return arrow.table([arrow.array(cells, field.type) for cells, field in zip(columns, schema, strict=True)], schema)


def load_library(name: str) -> ModuleType:
    """Load a library of the extra `export`."""
    try:
        return import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise ConfigError(
            f"the package {package} is not installed", where="export", next_step=f"pip install {package}"
        ) from error


Labels = Literal["en", "zh"]  # en: the names of tables and columns, as in the other formats
XLSX_ROWS: Final = 1_048_576  # Excel's limits, header included, and UTF-16 units a cell
XLSX_CELL: Final = 32_767
CUT_MARK: Final = " … [cut: Excel holds no more; the whole text is in the other formats]"

_LOOKS_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # Excel reads _x0041_ as A (ECMA-376, ST_Xstring)
_XML_HOLDS_NOT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDEST: Final = {name: int(row["widest"]) for name, row in _TYPES.items()}
_BUTTON: Final = 4  # characters that the button of a filter takes in a header


def label_sheets(sheets: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """The tables for people who read Chinese.

    Shape: tables and columns have their Chinese names; of a code its Chinese label alone is kept, and words that have
    one in labels.csv are that. The codebook explains the columns that are kept.
    """
    kept = [each for sheet in sheets for each in _kept_columns(sheet) if sheet.table.name != CODEBOOK]
    return tuple(_label(explain_columns(kept) if sheet.table.name == CODEBOOK else sheet) for sheet in sheets)


def make_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Return an Excel workbook with a sheet for each table.

    Shape: a cell of more than `XLSX_CELL` characters is cut and says so; characters that XML cannot hold are U+FFFD.
    Errors: ConfigError if a table has more rows than Excel takes.
    """
    book = load_library("openpyxl").Workbook(write_only=True)
    book.properties.creator = EXPORT_MARK
    for sheet in sheets:
        _add_worksheet(book, sheet)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def _kept_columns(sheet: Sheet) -> Iterator[Column]:
    """The columns but codes that have a label beside them, and their labels in English."""
    names = {column.name for column in sheet.table.columns}
    for column in sheet.table.columns:
        is_english = column.name.endswith("_en") and f"{column.name.removesuffix('_en')}_zh" in names
        if f"{column.name}_zh" not in names and not is_english:
            yield column


def _label(sheet: Sheet) -> Sheet:
    """A table with its Chinese names and labels."""
    columns = list(_kept_columns(sheet))
    places = [sheet.table.columns.index(column) for column in columns]
    words = [_chinese(column.labels) for column in columns]
    rows = tuple(
        tuple(
            said.get(row[at], row[at]) if isinstance(row[at], str) else row[at]
            for at, said in zip(places, words, strict=True)
        )
        for row in sheet.rows
    )
    named = tuple(column._replace(name=column.zh) for column in columns)
    return Sheet(sheet.table._replace(name=sheet.table.zh, columns=named), rows)


@cache
def _chinese(name: str | None) -> Mapping[Cell, str]:
    """The Chinese labels of a list of labels.csv, by code; none without a list."""
    return {row["code"]: row["zh"] for row in read_table("labels") if row["list"] == name}


def _add_worksheet(book: Any, sheet: Sheet) -> None:
    """Add one table to a workbook: a header that stays in sight, filters, and the rows."""
    if len(sheet.rows) >= XLSX_ROWS:
        raise ConfigError(
            f"{sheet.table.name} has {len(sheet.rows):,} rows, and Excel takes {XLSX_ROWS - 1:,}",
            where="--to xlsx",
            next_step="Export to csv, parquet, sqlite or duckdb",
        )
    worksheet = book.create_sheet(sheet.table.name)
    worksheet.freeze_panes = "A2"
    make_letter = load_library("openpyxl.utils").get_column_letter
    worksheet.auto_filter.ref = f"A1:{make_letter(len(sheet.table.columns))}{len(sheet.rows) + 1}"
    make_cell, styles = load_library("openpyxl.cell").WriteOnlyCell, load_library("openpyxl.styles")
    widest = [_WIDEST[column.type] for column in sheet.table.columns]
    widths = _measure(sheet)
    is_any_wrapped = any(map(gt, widths, widest))
    header, looks = [], []
    for number, (column, width, most) in enumerate(zip(sheet.table.columns, widths, widest, strict=True), 1):
        worksheet.column_dimensions[make_letter(number)].width = min(width, most)
        header.append(make_cell(worksheet, column.name))
        header[-1].font = styles.Font(bold=True)
        look = make_cell(worksheet)
        if is_any_wrapped:
            look.alignment = styles.Alignment(vertical="top", wrap_text=width > most)
        looks.append(look._style)
    worksheet.append(header)
    make = partial(make_cell, worksheet)
    for row in sheet.rows:
        worksheet.append([_xlsx_cell(value, make, look) for value, look in zip(row, looks, strict=True)])


def _measure(sheet: Sheet) -> list[int]:
    """How many characters each column would take without a limit; a Chinese one counts two."""
    columns = zip(*sheet.rows, strict=True) if sheet.rows else ([] for _ in sheet.table.columns)
    return [
        max([_width(column.name) + _BUTTON, *(_width(str(cell)) + 1 for cell in cells if cell is not None)])
        for column, cells in zip(sheet.table.columns, columns, strict=True)
    ]


def _width(text: str) -> int:
    """What a text takes: of UTF-8 a Latin letter is one byte, a Chinese one three."""
    return (len(text) + len(text.encode(errors="replace"))) // 2


def _xlsx_cell(value: Cell, make_cell: Callable[[Any], Any], look: Any) -> Any:
    """A cell, none for null; openpyxl would take =A1 for a formula, #N/A for an error, and round decimals its way.

    Shape: `look` is a style that is known already; to look it up for each cell would take most of the time.
    """
    if value is None:
        return None
    text = _cut(_LOOKS_ESCAPED.sub("_x005F_", _XML_HOLDS_NOT.sub("\ufffd", value))) if isinstance(value, str) else ""
    cell = make_cell(text or (f"{value:f}" if isinstance(value, Decimal) else value))
    cell._style = copy(look)
    if isinstance(value, Decimal):
        cell.data_type = "n"
    elif RISKY.match(text) or text.startswith("#"):
        cell.data_type = "s"
        cell.quotePrefix = True  # stays a text when somebody edits it
    return cell


def _cut(text: str) -> str:
    """The text, or as much of it as Excel holds."""
    if len(text) * 2 <= XLSX_CELL or len(text.encode("utf-16-le")) // 2 <= XLSX_CELL:
        return text
    kept = text.encode("utf-16-le")[: 2 * (XLSX_CELL - len(CUT_MARK))]
    return kept.decode("utf-16-le", errors="ignore") + CUT_MARK
