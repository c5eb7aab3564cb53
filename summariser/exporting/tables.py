"""Records as tidy tables: the rows of each table, references to articles, and the codebook that explains every column.

The columns are those of `tables/export_columns.csv`. Codes come with their labels, lists as one text.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, Final, Literal, NamedTuple, cast

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
_PLAIN: Final = frozenset({type(None), str, bool, Decimal})  # that are cells as they are
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


class _Part(NamedTuple):
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
        subjects[name] = [_Part(record, k, each) for record in ordered for k, each in enumerate(parts(record), 1)]
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
        return value if type(value) in _PLAIN else _cell(value)

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
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise ValueError(f"the integer {str(value)[:20]}... is too large for a table")
        return value
    if isinstance(value, tuple):
        return BETWEEN.join(map(_list_item, value)) or None
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if type(value) in _PLAIN:
        return cast("Cell", value)
    raise TypeError(f"{type(value).__name__} is no cell")


def _list_item(item: object) -> str:
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
