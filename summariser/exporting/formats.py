"""Tables as the bytes of files: CSV, Parquet, SQLite, DuckDB, Excel; records as JSON Lines and back.

Numbers: CSV and JSON Lines keep every digit. The others keep IEEE doubles, which are exact to 15 digits, so 85.79 comes
back as 85.79. Text that a spreadsheet would run as a formula stays text: CSV has an apostrophe before it, a workbook an
explicit string. openpyxl, pyarrow and duckdb are loaded when their format is asked for; the last two are the extra
`export`.
"""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from decimal import Decimal
from functools import cache, partial
from importlib import import_module
from itertools import product
from operator import gt
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Literal

from summariser.disk.record_text import dump_json, parse_json
from summariser.errors import ConfigError
from summariser.exporting.tables import CODEBOOK, Cell, Column, Sheet, Table, explain_columns
from summariser.schema.record import Record
from summariser.tables import read_table

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
