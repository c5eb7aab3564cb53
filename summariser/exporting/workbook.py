"""Tables as an Excel workbook: a sheet for each, its header in sight, columns as wide as what they hold.

Numbers are IEEE doubles there, exact to 15 digits. Text that Excel would run as a formula is an explicit string.
openpyxl is loaded when a workbook is asked for.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from decimal import Decimal
from functools import cache, partial
from typing import Any, Final, Literal

from summariser.errors import ConfigError
from summariser.exporting.export import CODEBOOK, Cell, Column, Sheet, explain_columns
from summariser.exporting.table_files import EXPORT_MARK, RISKY, load_library
from summariser.tables import read_table

Labels = Literal["en", "zh"]  # en: the names of tables and columns, as in the other formats
XLSX_ROWS: Final = 1_048_576  # Excel's limits, header included, and UTF-16 units a cell
XLSX_CELL: Final = 32_767
CUT_MARK: Final = " … [cut: Excel holds no more; the whole text is in the other formats]"

_LOOKS_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # Excel reads _x0041_ as A (ECMA-376, ST_Xstring)
_XML_HOLDS_NOT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDEST: Final = {row["type"]: int(row["widest"]) for row in read_table("export_types")}
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
    widths = _measure(sheet)
    for number, (column, width) in enumerate(zip(sheet.table.columns, widths, strict=True), 1):
        worksheet.column_dimensions[make_letter(number)].width = min(width, _WIDEST[column.type])
    worksheet.auto_filter.ref = f"A1:{make_letter(len(sheet.table.columns))}{len(sheet.rows) + 1}"
    make_cell = load_library("openpyxl.cell").WriteOnlyCell
    styles = load_library("openpyxl.styles")
    header = [make_cell(worksheet, column.name) for column in sheet.table.columns]
    for cell in header:
        cell.font = styles.Font(bold=True)
    worksheet.append(header)
    wrapped = [width > _WIDEST[column.type] for column, width in zip(sheet.table.columns, widths, strict=True)]
    looks = []
    for is_wrapped in wrapped:
        look = make_cell(worksheet)
        if any(wrapped):
            look.alignment = styles.Alignment(vertical="top", wrap_text=is_wrapped)
        looks.append(look._style)

    def make_like(look: Any, value: Any) -> Any:
        """A cell with a style that is known already; to look it up for each cell would take most of the time."""
        cell = make_cell(worksheet, value)
        cell._style = copy(look)
        return cell

    for row in sheet.rows:
        worksheet.append([_xlsx_cell(value, partial(make_like, look)) for value, look in zip(row, looks, strict=True)])


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


def _xlsx_cell(value: Cell, make_cell: Callable[[Any], Any]) -> Any:
    """A cell, none for null; openpyxl would take =A1 for a formula, #N/A for an error, and round decimals its way."""
    if isinstance(value, Decimal):
        cell = make_cell(f"{value:f}")
        cell.data_type = "n"
        return cell
    if not isinstance(value, str):
        return None if value is None else make_cell(value)
    text = _cut(_LOOKS_ESCAPED.sub("_x005F_", _XML_HOLDS_NOT.sub("\ufffd", value)))
    cell = make_cell(text)
    if RISKY.match(text) or text.startswith("#"):
        cell.data_type = "s"
        cell.quotePrefix = True  # stays a text when somebody edits it
    return cell


def _cut(text: str) -> str:
    """The text, or as much of it as Excel holds."""
    if len(text) * 2 <= XLSX_CELL or len(text.encode("utf-16-le")) // 2 <= XLSX_CELL:
        return text
    kept = text.encode("utf-16-le")[: 2 * (XLSX_CELL - len(CUT_MARK))]
    return kept.decode("utf-16-le", errors="ignore") + CUT_MARK
