"""Exports: every column as declared, numbers as numbers, no formulas, nothing lost, nothing foreign overwritten."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from making import count_steps

from summariser.cli.share import export
from summariser.disk.ledger import open_ledger
from summariser.disk.record_text import dump_json
from summariser.disk.stored import find, load_record, load_records
from summariser.errors import BrokenRecordError, ConfigError, InputError, StoreError
from summariser.exporting.export import FORMATS, export_files, load_jsonl
from summariser.exporting.formats import (
    CUT_MARK,
    RISKY,
    XLSX_CELL,
    dump_jsonl,
    dump_jsonld,
    label_sheets,
    make_csv,
    make_duckdb,
    make_parquet,
    make_sqlite,
    make_xlsx,
    parse_jsonl,
)
from summariser.exporting.tables import CODEBOOK, Column, Sheet, Table, codebook, make_sheets, name_misfits, tables
from summariser.schema.case import FACT_LISTS, BeneficiaryGroup, UnitClass
from summariser.schema.codes import Beneficiary, Support
from summariser.schema.page import PixelBox
from summariser.schema.record import Correction, CorrectionReason, Practice, Record, Review

SUMMARIES = ROOT / "summaries"
RECORDS = load_records(SUMMARIES)
FEW = RECORDS[:12]
SHEETS = make_sheets(FEW)
PYTHON_TYPES = {"text": str, "integer": int, "number": Decimal, "boolean": bool}
HOSTILE = ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠a", "'=1", "''-1"]
EXTRAS = {"xlsx": ["openpyxl"], "parquet": ["pyarrow"], "duckdb": ["duckdb", "pyarrow"]}

Rows = list[dict[str, Any]]


def _change(record: Record = RECORDS[0], **case: Any) -> Record:
    """The record with some fields of its case changed."""
    return record.model_copy(update={"case": record.case.model_copy(update=case)})


def _worked_on() -> Record:
    """A record with what no seed has: a person's work, an address with its rights, and places on a picture."""
    record = RECORDS[0]
    first = record.case.actors[0]
    boxed = first.evidence.model_copy(update={"boxes": (PixelBox(1, 2, 3, 4),)})
    case = record.case.model_copy(update={"actors": (first.model_copy(update={"evidence": boxed}),)})
    source = record.source.model_copy(update={"url": "https://example.org/a", "rights": "CC BY 4.0"})
    who = {"by": "A Reader", "date": "2026-11-29", "note": None}
    corrections = (
        Correction(path="one_line", reason=CorrectionReason.WRONG, printed=None, model="x", value="y", **who),
        Correction(
            path="results[0].value_text",
            reason=CorrectionReason.MISPRINT,
            printed="12名万",
            model="x",
            value="12万名",
            **who,
        ),
    )
    return record.model_copy(
        update={
            "article_id": "a00000000",
            "case": case,
            "source": source,
            "corrections": corrections,
            "practice": Practice(practice_id="p1", relation="same_practice", by="A Reader"),
            "review": Review(state="corrected", by="A Reader", note="One word."),
        }
    )


def _with_number(value: Decimal) -> Record:
    """A record with one result, and this number in it."""
    result = next(fact for fact in RECORDS[0].case.results if fact.quantity)
    quantity = result.quantity.model_copy(update={"value": value})
    return _change(results=(result.model_copy(update={"quantity": quantity}),))


def _bare() -> Record:
    """A record of which everything that can be missing is missing."""
    empty = dict.fromkeys(("secondary_themes", "policy_frames", "beneficiaries"), ())
    empty |= dict.fromkeys(FACT_LISTS, ())
    record = _change(**empty, **dict.fromkeys(("function", "place", "time", "problem", "lesson")))
    provenance = record.provenance.model_copy(update={"split_prompt": None})
    gone = {"headline": None, "kicker": None, "bylines": (), "dateline": None, "lines": (), "findings": ()}
    return record.model_copy(update=gone | {"provenance": provenance})


def _table(sheets: tuple[Sheet, ...], name: str) -> Rows:
    """A table as dicts."""
    sheet = next(sheet for sheet in sheets if sheet.table.name == name)
    return [dict(zip((column.name for column in sheet.table.columns), row, strict=True)) for row in sheet.rows]


def _read_csv(sheets: tuple[Sheet, ...], name: str) -> Rows:
    return list(csv.DictReader(io.StringIO(make_csv(sheets)[f"{name}.csv"].decode("utf-8-sig"), newline="")))


@cache
def _workbook(labels: str) -> Any:
    """The workbook of the seeds, read again."""
    sheets = label_sheets(SHEETS) if labels == "zh" else SHEETS
    return pytest.importorskip("openpyxl").load_workbook(io.BytesIO(make_xlsx(sheets)))


def _read_xlsx(sheets: tuple[Sheet, ...], name: str) -> Rows:
    openpyxl = pytest.importorskip("openpyxl")
    book = _workbook("en") if sheets is SHEETS else openpyxl.load_workbook(io.BytesIO(make_xlsx(sheets)))
    header, *rows = book[name].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def _read_parquet(sheets: tuple[Sheet, ...], name: str) -> Rows:
    parquet = pytest.importorskip("pyarrow.parquet")
    return parquet.read_table(io.BytesIO(make_parquet(sheets)[f"{name}.parquet"])).to_pylist()


def _read_sqlite(sheets: tuple[Sheet, ...], name: str) -> Rows:
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(make_sqlite(sheets))
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
    finally:
        connection.close()


def _read_duckdb(sheets: tuple[Sheet, ...], name: str) -> Rows:
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    path = Path("read.duckdb")
    path.write_bytes(make_duckdb(sheets))
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(f"SELECT * FROM {name}")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


READERS: dict[str, Callable[[tuple[Sheet, ...], str], Rows]] = {
    "csv": _read_csv,
    "xlsx": _read_xlsx,
    "parquet": _read_parquet,
    "sqlite": _read_sqlite,
    "duckdb": _read_duckdb,
}


def _need(to: str) -> None:
    """Skip the test if the libraries of the format are not installed."""
    for name in EXTRAS.get(to, ()):
        pytest.importorskip(name)


def _columns() -> Iterator[Any]:
    for table in tables()[:-1]:
        for column in table.columns:
            yield pytest.param(table, column, id=f"{table.name}.{column.name}")


# ---- the tables


@pytest.fixture(scope="module")
def filled_sheets() -> tuple[Sheet, ...]:
    """The tables of the seeds and of a record that somebody worked on."""
    return make_sheets([*RECORDS, _worked_on()])


@pytest.mark.parametrize(("table", "column"), list(_columns()))
def test_column_holds_what_it_declares(table: Table, column: Column, filled_sheets: tuple[Sheet, ...]) -> None:
    """Each column has cells of its type, and is empty only if it says when."""
    cells = [row[column.name] for row in _table(filled_sheets, table.name)]
    filled = [cell for cell in cells if cell is not None]

    assert {type(cell) for cell in filled} == {PYTHON_TYPES[column.type]}
    assert column.empty or len(filled) == len(cells)


@pytest.mark.parametrize("table", tables()[:-1], ids=lambda table: table.name)
def test_key_tells_rows_apart(table: Table, filled_sheets: tuple[Sheet, ...]) -> None:
    """No two rows of a table have the same key."""
    keys = [tuple(row[name] for name in table.key) for row in _table(filled_sheets, table.name)]

    assert len(set(keys)) == len(keys) > 0


def test_every_fact_has_one_row_of_evidence() -> None:
    """`evidence` has a row for each fact of each record, and joins to its table by `fact_path`."""
    paths = {(row["article_id"], row["fact_path"]) for row in _table(SHEETS, "evidence")}
    named = {(row["article_id"], row["fact_path"]) for name in ("actors", "results") for row in _table(SHEETS, name)}

    assert len(_table(SHEETS, "evidence")) == sum(len(record.case.facts()) for record in FEW)
    assert named < paths


def test_evidence_says_where_the_page_says_it() -> None:
    """Quote, offsets and lines of a fact are those of the record."""
    record = RECORDS[0]
    evidence = record.case.results[0].evidence
    rows = _table(make_sheets([record]), "evidence")

    row = next(row for row in rows if row["fact_path"] == "results[0]")

    assert (row["quote"], row["start_char"], row["end_char"]) == (evidence.quote, evidence.start, evidence.end)
    assert (row["first_line"], row["last_line"]) == (evidence.lines[0].first, evidence.lines[-1].last)


def test_uses_are_never_among_persons() -> None:
    """人次 is of the class person_time, and the class person holds none of it."""
    rows = _table(SHEETS, "results")
    uses = [row for row in rows if row["unit"] and "人次" in row["unit"]]

    assert {row["unit_class"] for row in uses} == {UnitClass.PERSON_TIME.value}
    assert not any("人次" in row["raw"] for row in rows if row["unit_class"] == UnitClass.PERSON.value)


def test_code_has_both_labels() -> None:
    """A code column is followed by its Chinese and its English label."""
    row = _table(SHEETS, "articles")[0]

    assert (row["decision"], row["decision_zh"], row["decision_en"]) == ("union_case", "工会案例", "union case")


def test_page_of_two_versions_stays_one_row() -> None:
    """Where the records of a page differ about it, the page says nothing, and the articles say it each."""
    first, second = (record for record in RECORDS[:2])
    other = second.model_copy(update={"provenance": second.provenance.model_copy(update={"page_sha256": "0" * 64})})
    sheets = make_sheets([first, other])

    assert [row["page_sha256"] for row in _table(sheets, "pages")] == [None]
    assert len({row["page_sha256"] for row in _table(sheets, "articles")}) == 2


# ---- the formats


@pytest.mark.parametrize("to", READERS)
def test_number_comes_back_exact(to: str) -> None:
    """85.79 is written as 85.79, and is a number where the format has numbers."""
    value = READERS[to](make_sheets([_with_number(Decimal("85.79"))]), "results")[0]["value"]

    assert Decimal(repr(value) if to != "csv" else value) == Decimal("85.79")
    assert isinstance(value, str if to == "csv" else float)


@pytest.mark.parametrize("digits", ["0.1", "85.70", "12345678901234567890.123456789", "1E+3", "-5"])
def test_csv_keeps_every_digit(digits: str) -> None:
    """Plain digits without exponent stand in csv, and a negative number gets no apostrophe."""
    value = _read_csv(make_sheets([_with_number(Decimal(digits))]), "results")[0]["value"]

    assert value == f"{Decimal(digits):f}"


@pytest.mark.parametrize("to", READERS)
def test_cells_have_the_types_of_the_format(to: str) -> None:
    """Texts, integers, truth values and nulls come back as such; csv spells them."""
    row = READERS[to](SHEETS, "results")[0]
    expected = {"csv": ("1", "true", ""), "sqlite": (1, 1, None)}.get(to, (1, True, None))

    assert (row["fact_number"], row["supported"], row["value"]) == expected
    assert row["kind_zh"] == _table(SHEETS, "results")[0]["kind_zh"]


@pytest.mark.parametrize("to", READERS)
def test_format_holds_all_rows_and_the_codebook(to: str) -> None:
    """Every table has all its rows and columns, and the codebook explains each column."""
    rows = READERS[to](SHEETS, "evidence")
    explained = READERS[to](SHEETS, CODEBOOK)

    assert len(rows) == len(_table(SHEETS, "evidence"))
    assert [row["column_name"] for row in explained if row["table_name"] == "evidence"] == list(rows[0])


@pytest.mark.parametrize("to", READERS)
def test_bare_record_fits(to: str) -> None:
    """A record without headline, lines, facts and codes is a row in every format."""
    rows = READERS[to](make_sheets([_bare()]), "articles")

    assert len(rows) == 1
    assert not rows[0]["headline"]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_csv_holds_no_formula(text: str) -> None:
    """A text that a spreadsheet would run gets one apostrophe, and taking it away gives the text back."""
    cell = _read_csv(make_sheets([_change(summary=text)]), "articles")[0]["summary"]

    assert cell.startswith("'")
    assert re.sub(r"(^|(?<=[;\t\r\n]))'(?='*[=+\-@\t\r\n＝＋－＠])", "", cell) == text
    assert RISKY.match(cell)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('x;=HYPERLINK("http://example.org")', 'x;\'=HYPERLINK("http://example.org")'),
        ("x;'=1", "x;''=1"),
        ("a\t+1;-2\r\n@c", "a\t'+1;'-2\r\n'@c"),
        ("a;b; =c", "a;b; =c"),  # a space before it: text in every spreadsheet
        ("甲；=乙", "甲；=乙"),
        ("1-2", "1-2"),
    ],
)
def test_csv_holds_no_formula_behind_another_separator(text: str, written: str) -> None:
    """A part that begins a cell where `;` or a tab separates gets an apostrophe as well; lists stay as they are."""
    assert _read_csv(make_sheets([_change(summary=text)]), "articles")[0]["summary"] == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("_x0041_青河", "_x005F_x0041_青河"),
        ("_x0041_x0042_", "_x005F_x0041_x005F_x0042_"),
        ("_x005f_", "_x005F_x005f_"),
        ("_x41_ a_x0041 x0041_", "_x41_ a_x0041 x0041_"),
    ],
)
def test_xlsx_escapes_what_looks_like_an_escape(text: str, written: str) -> None:
    """Excel reads _xHHHH_ as a character, so its underscore is written as one."""
    assert _read_xlsx(make_sheets([_change(summary=text)]), "articles")[0]["summary"] == written


ODD = (*HOSTILE, "#N/A", "#REF!", "2024-05", "007")


@cache
def _odd_articles() -> Any:
    """The sheet of articles of a workbook with a record for each odd text, which is its summary."""
    records = [
        _change(summary=text).model_copy(update={"article_id": f"a{number:02}"}) for number, text in enumerate(ODD)
    ]
    content = make_xlsx(make_sheets(records))
    return pytest.importorskip("openpyxl").load_workbook(io.BytesIO(content))["articles"]


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_xlsx_holds_text_as_text(text: str) -> None:
    """No cell of a workbook is a formula, an error or a date; the text is unchanged."""
    worksheet = _odd_articles()
    header = [cell.value for cell in worksheet[1]]

    cell = worksheet[2 + ODD.index(text)][header.index("summary")]

    assert cell.value.replace("\r", "\n") == text.replace("\r", "\n")  # XML readers turn CR into LF
    assert cell.data_type == "s"
    assert cell.quotePrefix or text[0] not in "=+-@"


def test_xlsx_says_where_it_cuts() -> None:
    """A text longer than a cell is cut visibly, and what XML cannot hold is replaced."""
    row = _read_xlsx(make_sheets([_change(summary="\x00\x1b" + "字" * 40_000, summary_en="𠮷" * 20_000)]), "articles")[
        0
    ]

    assert row["summary"].startswith("\ufffd\ufffd字")
    assert all(row[name].endswith(CUT_MARK) for name in ("summary", "summary_en"))
    assert all(len(row[name].encode("utf-16-le")) <= 2 * XLSX_CELL for name in ("summary", "summary_en"))


def test_csv_is_as_the_standard_says() -> None:
    """Lines end in CRLF, quotes are doubled, and the byte order mark can be left out."""
    sheets = make_sheets([_change(summary='他说"好",\n走了')])

    content = make_csv(sheets, bom=False)["articles.csv"]

    assert content.startswith(b"page_id,article_id,")
    assert '"他说""好"",\n走了"'.encode() in content
    assert content.endswith(b"\r\n")
    assert make_csv(sheets)["articles.csv"] == b"\xef\xbb\xbf" + content


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_column_names_need_no_quotes(table: Table) -> None:
    """Every column can be named in SQL as it is."""
    duckdb = pytest.importorskip("duckdb")
    names = ", ".join(column.name for column in table.columns)
    statement = f"CREATE TABLE t ({', '.join(f'{column.name} INTEGER' for column in table.columns)})"

    for connection in (sqlite3.connect(":memory:"), duckdb.connect(":memory:")):
        connection.execute(statement)
        assert connection.execute(f"SELECT {names} FROM t WHERE {table.columns[-1].name} > 1").fetchall() == []
        connection.close()


def test_same_records_make_the_same_bytes() -> None:
    """The order in which records are read changes nothing; csv and SQLite are the same bytes, too."""
    backwards = make_sheets(FEW[::-1])

    assert backwards == SHEETS
    assert make_csv(backwards) == make_csv(SHEETS)
    assert make_sqlite(backwards) == make_sqlite(SHEETS)


# ---- JSON Lines


def test_jsonl_gives_back_equal_records() -> None:
    """What was exported is read back as it was, and written again as the same bytes."""
    export_files([SUMMARIES], Path("all.jsonl"), to="jsonl")

    back = load_jsonl("all.jsonl")

    assert back == RECORDS
    assert dump_jsonl(back) == Path("all.jsonl").read_bytes()
    assert [dump_json(record) for record in back] == [dump_json(record) for record in RECORDS]


@given(text=st.text(), number=st.decimals(allow_nan=False, allow_infinity=False, places=6))
@settings(max_examples=60, deadline=None)
def test_jsonl_loses_nothing(text: str, number: Decimal) -> None:
    """Any text, line breaks and control codes too, and any digits survive, one record a line."""
    records = [_change(summary=text), _with_number(number)]

    content = dump_jsonl(records)
    back = parse_jsonl(content.decode(), path=Path("x"))

    assert content.count(b"\n") == 2
    assert back == records
    assert str(back[1].case.results[0].quantity.value) == f"{number.copy_abs() if number.is_zero() else number:f}"


def test_broken_line_is_named() -> None:
    """A line that is no record is an error that names file and line."""
    path = Path("two.jsonl")
    path.write_bytes(dump_jsonl(RECORDS[:1]) + b"{}\n")

    with pytest.raises(BrokenRecordError) as caught:
        load_jsonl(path)

    assert str(caught.value.path) == "two.jsonl:2"


# ---- the place


def _export(*arguments: object) -> int:
    return export.main([str(argument) for argument in arguments], standalone_mode=False)


@pytest.mark.parametrize("to", FORMATS)
def test_export_replaces_an_export(to: str) -> None:
    """The same command works twice, and leaves nothing but the export."""
    _need(to)
    out = Path("room/out")

    codes = [_export(SUMMARIES / part, "--to", to, "-o", out) for part in ("page-000", "page-001")]

    assert codes == [0, 0]
    assert [path.name for path in Path("room").iterdir()] == ["out"]


@pytest.mark.parametrize("to", FORMATS)
def test_something_else_is_not_overwritten(to: str) -> None:
    """What is no export stays as it is, and the error names it."""
    _need(to)
    out = Path("mine")
    if to in ("csv", "parquet"):
        out.mkdir()
    mine = out / f"codebook.{to}.bak" if out.is_dir() else out
    mine.write_bytes(b"my own work")

    with pytest.raises(StoreError, match="no export") as caught:
        _export(SUMMARIES, "--to", to, "-o", out)

    assert caught.value.path == out.resolve()
    assert mine.read_bytes() == b"my own work"


def test_workbook_for_staff_is_in_chinese() -> None:
    """Sheets and headers are Chinese and unlike each other; a code is its label alone; the codebook has them all."""
    book = _workbook("zh")
    headers = {sheet.title: [cell.value for cell in sheet[1]] for sheet in book}
    listed = {row[-2:] for row in book["列说明"].iter_rows(min_row=2, values_only=True)}
    results = [dict(zip(headers["成果"], row, strict=True)) for row in book["成果"].iter_rows(2, values_only=True)]

    assert list(headers) == [table.zh for table in tables()]
    assert all(re.search("[一-鿿]", word) for words in headers.values() for word in words)
    assert all(len(words) == len(set(words)) for words in headers.values())
    assert not any("代码）" in word for word in headers["成果"])
    assert listed == {(name, word) for name, words in headers.items() if name != "列说明" for word in words}
    assert {"标题", "英文标题", "英文摘要"} <= set(headers["文章"])
    assert any(row["文章标题"] and row["原文"] for row in results)
    assert {row["精确程度"] for row in results} >= {"确数", "接近"}


def test_labels_lose_no_value() -> None:
    """Each cell of the Chinese workbook is that of the English one, a code by its Chinese label."""
    for sheet, labelled in zip(SHEETS[:-1], label_sheets(SHEETS)[:-1], strict=True):
        names = [column.name for column in sheet.table.columns]
        for column in labelled.table.columns:
            (origin,) = [each for each in sheet.table.columns if each.zh == column.name]
            ours = [row[labelled.table.columns.index(column)] for row in labelled.rows]
            theirs = [row[names.index(origin.name)] for row in sheet.rows]
            pairs = set(zip(theirs, ours, strict=True))
            assert origin.labels or ours == theirs
            assert len(pairs) == len(set(theirs)) == len(set(ours))
            assert not origin.labels or all(re.search("[一-鿿]", said) for _, said in pairs if said is not None)


@pytest.mark.parametrize("labels", ["en", "zh"])
def test_workbook_is_fit_to_read(labels: str) -> None:
    """The header stays in sight; each column has room for its cells, or is as wide as can be and wraps them."""
    book = _workbook(labels)
    wrapping = set()
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        for number, (header, *cells) in enumerate(sheet.iter_cols(), 1):
            width = sheet.column_dimensions[header.column_letter].width
            filled = [cell for cell in (header, *cells) if cell.value is not None]
            needed = max(sum(2 if char > "\u2e80" else 1 for char in str(cell.value)) for cell in filled)
            wraps = {cell.alignment.wrap_text for cell in filled[1:] if cell.alignment.wrap_text}
            assert width <= 60
            assert width >= needed or wraps == {True}, (sheet.title, header.value, number)
            wrapping |= {header.value} if wraps else set()

    assert wrapping & {"summary", "摘要"}
    assert not wrapping & {"issue_date", "出版日期", "value", "数值"}


def test_labels_are_for_workbooks_alone(tmp_path: Path) -> None:
    """Another format with Chinese labels is refused before anything is read or written."""
    with pytest.raises(ConfigError, match="--labels") as raised:
        export_files([SUMMARIES], tmp_path / "out", to="csv", labels="zh")

    assert raised.value.expected == "--to xlsx with it"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("to", ["sqlite", "xlsx", "duckdb"])
def test_other_peoples_database_is_no_export(to: str) -> None:
    """A database or workbook of the same format that we did not make is refused."""
    _need(to)
    out = Path(f"theirs.{to}")
    if to == "xlsx":
        pytest.importorskip("openpyxl").Workbook().save(out)
    else:
        connect = sqlite3.connect if to == "sqlite" else pytest.importorskip("duckdb").connect
        connection = connect(str(out))
        connection.execute("CREATE TABLE codebook (table_name TEXT)")
        connection.close()
    before = out.read_bytes()

    with pytest.raises(StoreError, match="no export"):
        _export(SUMMARIES, "--to", to, "-o", out)

    assert out.read_bytes() == before


def test_force_leaves_what_else_is_in_a_folder() -> None:
    """With --force the tables are put into a folder of other things, all of which stay."""
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("notes", encoding="utf-8")

    assert _export(SUMMARIES, "--to", "csv", "-o", "mine", "--force") == 0

    assert Path("mine/notes.txt").read_text(encoding="utf-8") == "notes"
    assert {path.stem for path in Path("mine").glob("*.csv")} == {table.name for table in tables()}


@pytest.mark.parametrize("to", ["sqlite", "jsonl"])
def test_ledger_is_never_replaced(to: str) -> None:
    """Not even with --force: what is in it was paid for."""
    open_ledger(Path("ledger.db")).close()
    before = Path("ledger.db").read_bytes()

    with pytest.raises(StoreError, match="is a ledger"):
        _export(SUMMARIES, "--to", to, "-o", "ledger.db", "--force")
    assert Path("ledger.db").read_bytes() == before


@pytest.mark.parametrize("force", [[], ["--force"]], ids=["plain", "forced"])
def test_folder_is_never_replaced_by_a_file(force: list[str]) -> None:
    """Where a folder stands no file is written, and the other way round."""
    Path("folder").mkdir()
    Path("file").write_bytes(b"x")

    for to, out in (("sqlite", "folder"), ("csv", "file")):
        with pytest.raises(StoreError, match="stands where"):
            _export(SUMMARIES, "--to", to, "-o", out, *force)

    assert Path("file").read_bytes() == b"x"


# ---- bad records


@pytest.fixture
def mixed() -> Path:
    """A folder with one record, one file that is none, and a second copy of the record."""
    folder = Path("mixed")
    (folder / "again").mkdir(parents=True)
    text = dump_json(RECORDS[0])
    (folder / "a.json").write_text(text, encoding="utf-8")
    (folder / "b.json").write_text(text.replace('"needs_review": false', '"needs_review": "no"'), encoding="utf-8")
    (folder / "again" / "a.json").write_text(text, encoding="utf-8")
    return folder


def test_bad_records_stop_the_export(mixed: Path) -> None:
    """All bad files are named at once, and nothing is written."""
    with pytest.raises(StoreError, match="2 of 3 records cannot be used") as caught:
        _export(mixed, "--to", "csv", "-o", "out")

    assert "mixed/b.json: " in str(caught.value)
    assert "with --skip-bad:\n  mixed/" in str(caught.value)
    assert "\n." not in str(caught.value)
    assert f"mixed/again/a.json: a second record of {RECORDS[0].page_id}/" in str(caught.value)
    assert not Path("out").exists()


def test_skip_bad_exports_the_rest(mixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --skip-bad the rest is exported, what is left out is named on stderr, and the exit code is 1."""
    code = _export(mixed, "--to", "jsonl", "-o", "out.jsonl", "--skip-bad", "--json")
    said = capsys.readouterr()

    assert code == 1
    assert load_jsonl("out.jsonl") == RECORDS[:1]
    assert said.err.count("Left out: mixed/") == 2
    assert (json.loads(said.out)["records"], len(json.loads(said.out)["left_out"])) == (1, 2)


def test_integer_too_large_for_a_database_is_a_bad_record() -> None:
    """A record whose integer no database holds is named, not half exported."""
    provenance = RECORDS[0].provenance.model_copy(update={"repairs": 2**63})
    Path("big.json").write_text(dump_json(RECORDS[0].model_copy(update={"provenance": provenance})), encoding="utf-8")

    with pytest.raises(StoreError, match="too large for a table"):
        _export("big.json", "--to", "sqlite", "-o", "out.sqlite")


@pytest.mark.parametrize("name", ["article_id", "page_id"])
def test_id_that_no_file_can_have_is_a_bad_record(name: str) -> None:
    """An id stands in every row: one of a megabyte is named and not written a hundred times; a long one is kept."""
    longest, longer = (RECORDS[0].model_copy(update={name: "9" * length}) for length in (255, 256))

    assert name_misfits([longest]) == {}
    assert name_misfits([longer]) == {0: "an id of more than 255 characters, which no file is called"}


def test_record_that_repeats_a_key_or_lacks_a_cell_is_a_misfit() -> None:
    """What a person wrote twice, or emptied, is named before a database refuses it, for every format."""
    text = RECORDS[0].text
    first = text.sentences[0]
    groups = RECORDS[0].case.beneficiaries or (BeneficiaryGroup(group=next(iter(Beneficiary)), sents=()),)

    def told(record: Record) -> str:
        with pytest.raises(ValueError, match=re.escape(name_misfits([record])[0])):
            make_sheets([record])
        return name_misfits([record])[0]

    again = RECORDS[0].model_copy(update={"text": text.model_copy(update={"sentences": (first, *text.sentences)})})
    assert told(again).startswith("two rows of sentences with one key: ")
    assert told(_change(beneficiaries=(groups[0], *groups))).startswith("two rows of beneficiaries with one key: ")
    assert told(_change(one_line=None)) == "articles.one_line is empty, and may not be"
    assert name_misfits([RECORDS[0]]) == {}


def test_lines_without_an_end_are_no_record(tmp_path: Path) -> None:
    """A range of lines that no page has is refused when it is read, wherever it stands: nobody counts through it."""
    text = dump_json(RECORDS[0])
    tree = json.loads(text)
    for holder in (tree, tree["text"]["sentences"][0], next(iter(tree["case"]["actors"]))["evidence"]):
        kept, holder["lines"] = holder["lines"], [[1, 2**62]]
        (tmp_path / "a.json").write_text(json.dumps(tree), encoding="utf-8")
        with pytest.raises(BrokenRecordError, match="less than or equal to 2000000"):
            load_record(tmp_path / "a.json")
        holder["lines"] = kept


def test_folder_without_records_is_an_error() -> None:
    """No record, no export."""
    Path("empty").mkdir()

    with pytest.raises(InputError, match="no record is here"):
        _export("empty", "--to", "csv", "-o", "out")


@pytest.mark.parametrize("to", EXTRAS)
def test_missing_library_is_named(to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its library a format says what to install, and writes nothing."""
    for name in EXTRAS[to]:
        monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(ConfigError, match=f"pip install {EXTRAS[to][0]}"):
        _export(SUMMARIES, "--to", to, "-o", "out")

    assert not Path("out").exists()


# ---- the guide


def test_codebook_of_the_guide_is_generated() -> None:
    """docs/export.md ends in the codebook as the tables declare it."""
    guide = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")

    assert guide.partition("blank if never.\n\n")[2] == codebook()


def test_query_of_the_guide_runs() -> None:
    """The SQL example gives a table of money by theme."""
    guide = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    connection = sqlite3.connect(":memory:")
    connection.deserialize(make_sqlite(make_sheets(RECORDS)))

    rows = connection.execute(guide.partition("```sql\n")[2].partition("```")[0]).fetchall()
    connection.close()

    assert len(rows) > 3
    assert rows == sorted(rows, key=lambda row: -row[2])


def test_example_of_the_guide_runs() -> None:
    """The five lines make a table and a plot."""
    pytest.importorskip("pandas")
    pytest.importorskip("matplotlib").use("svg")
    guide = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    export_files([SUMMARIES], Path("tables"), to="parquet")

    code = guide.partition("```python\n")[2].partition("```")[0]
    exec(code, {})

    assert len(code.splitlines()) == 5
    assert Path("money.svg").stat().st_size > 0


@pytest.mark.parametrize("to", FORMATS)
def test_another_record_takes_few_steps(to: str) -> None:
    """Of a record more, a workbook takes fewer than 200,000 lines of Python, every other format fewer than 30,000."""
    _need(to)
    make: dict[str, Callable[[list[Record]], object]] = {
        "jsonl": dump_jsonl,
        "jsonld": lambda many: dump_jsonld((record, None, None) for record in many),
        "csv": lambda many: make_csv(make_sheets(many)),
        "xlsx": lambda many: make_xlsx(make_sheets(many)),
        "parquet": lambda many: make_parquet(make_sheets(many)),
        "sqlite": lambda many: make_sqlite(make_sheets(many)),
        "duckdb": lambda many: make_duckdb(make_sheets(many)),
    }
    many = [RECORDS[0].model_copy(update={"article_id": f"a{number}"}) for number in range(4)]
    make[to](many[:1])  # what is loaded once does not count

    two, four = (count_steps(lambda count=count: make[to](many[:count])) for count in (2, 4))

    assert 0 < (four - two) / 2 < (200_000 if to == "xlsx" else 30_000)


def test_result_given_twice_is_one_row() -> None:
    """Two results with one number, subject and words are added up once; the evidence of both is kept."""
    record = next(record for record in RECORDS if record.case.results)
    results = (*record.case.results, record.case.results[0].model_copy(update={"support": Support.NONE}))

    sheets = make_sheets([_change(record, results=results)])

    assert [row["fact_number"] for row in _table(sheets, "results")] == list(range(1, len(results)))
    assert sum(row["fact_kind"] == "result" for row in _table(sheets, "evidence")) == len(results)


def test_export_says_how_many_articles_are_missing(tmp_path: Path) -> None:
    """Articles that failed and have no record are counted; a failure beside a record is not."""
    base = shutil.copytree(SUMMARIES / "page-003", tmp_path / "page-003")
    record = next(find([base]))
    failure = {
        "$schema": "schemas/failure/1.json", "article_id": "a1", "page_id": "page-003", "headline": None, "lines": [],
        "reason": "invalid_reply", "message": "", "prompt": "p", "model": "m", "attempts": [],
    }  # fmt: skip
    for name in ("a1", "a2", record.stem):
        (base / f"{name}.failure.json").write_text(json.dumps(failure | {"article_id": name}), encoding="utf-8")

    report = export_files([tmp_path], tmp_path / "out.jsonl", to="jsonl")

    assert (report.records, report.missing) == (8, 2)
