"""What an export holds as the bytes of files: tables, records as JSON Lines and back, linked data.

Numbers: CSV and JSON Lines keep every digit. The others keep IEEE doubles, which are exact to 15 digits, so 85.79 comes
back as 85.79. Text that a spreadsheet would run as a formula stays text: CSV has an apostrophe before it, a workbook an
explicit string. openpyxl, pyarrow and duckdb are loaded when their format is asked for; the last two are the extra
`export`.

Each article is a schema.org NewsArticle, each fact a Claim about it. What bears a claim out is a W3C Web Annotation:
the words with what stands before and behind them, their offsets in the text of the article, and their boxes on the
picture of the page. PROV-O says which page, prompt and model a claim is from, and who reviewed it. The context stands
in the file, so that reading it asks nothing of anybody.

The codebook is SKOS: a scheme for each code list, a concept for each code, links to other vocabularies. The names of
schemes and concepts stay the same in all versions. Codes that ended are deprecated and name what took their place. A
code of a vocabulary that gives its codes no names is a concept without a name, known by its notation.
"""

from __future__ import annotations

import csv
import io
import json
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
from typing import Any, Final, Literal, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from summariser.disk.record_text import dump_json, parse_json
from summariser.errors import ConfigError
from summariser.exporting.tables import CODEBOOK, Cell, Column, Sheet, Table, explain_columns
from summariser.numbers.numerals import ucum_of
from summariser.schema.case import Actor, Evidence, Fact, Person, Place, Result, Time, fact_words
from summariser.schema.codes import CODE_LISTS, CodedEnum, codes_in_force, codes_that_ended
from summariser.schema.codes import CODEBOOK as CODEBOOK_VERSION
from summariser.schema.page import Article, PixelBox, Span
from summariser.schema.record import PageManifest, Record
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


AROUND: Final = 32  # characters before and behind words, which tell them from the same words elsewhere
JSONLD_MARK: Final = '{"@context": {"id": "@id", "type": "@type", "NewsArticle": '  # how each of our files begins
_FRAGMENTS: Final = "http://www.w3.org/TR/media-frags/"
_CODES: Final = ("kind", "status", "org_type", "level", "role", "theme")

Node = dict[str, Any]
RecordInContext = tuple[
    Record, Article | None, PageManifest | None
]  # a record, and its article and page where they are known


@cache
def context(document: Literal["records", "codes"] = "records") -> dict[str, Any]:
    """What the terms of a document stand for."""
    rows = [tuple(row.values()) for row in read_table("linked_data")]
    how = {reading: {"@container" if reading == "@language" else "@type": reading} for *_, reading in rows}
    own = (terms for of, *terms in rows if of == document)
    return {term: {"@id": iri, **how[reading]} if reading else iri for term, iri, reading in own}


def dump_jsonld(records: Iterable[RecordInContext]) -> bytes:
    """The records as one JSON-LD document, a node of its graph a line.

    Shape: without the article the words before and behind a quotation are left out.
    """
    nodes = {  # records of one page have its node in common
        node["id"]: json.dumps(node, ensure_ascii=False) for stood in records for node in _nodes(*stood)
    }
    graph = ",\n".join(nodes.values())
    return f'{{"@context": {json.dumps(context())},\n"@graph": [\n{graph}\n]}}\n'.encode()


def _nodes(record: Record, article: Article | None, manifest: PageManifest | None) -> Iterator[Node]:
    """The article, its page, how its record came about, and an annotation for each fact."""
    case, sha256 = record.case, record.provenance.page_sha256
    page, onward = _name("page", record.page_id, sha256), record.continuation
    pages = [page, *([_name("page", onward.page_id, onward.page_sha256)] if onward else [])]
    own = _name("article", record.page_id, sha256, record.article_id)
    yield _node(
        "NewsArticle",
        own,
        identifier=f"{record.page_id}/{record.article_id}",
        inLanguage="zh",
        headline={"zh": record.headline, "en": case.headline_en},
        alternativeHeadline=record.kicker,
        author=[_node("Person", name=name) for name in record.bylines],
        abstract={"zh": case.summary, "en": case.summary_en},
        keywords=[case.primary_theme.value, *case.secondary_themes, *case.policy_frames],
        isPartOf=pages if onward else page,
    )
    yield _page(page, record, manifest)
    yield from _history(own, page, record)
    for path, fact in case.facts():
        fragment = path.replace("[", "-").rstrip("]")
        claim = _claim(fact, f"{own}#claim-{fragment}", own)
        targets = list(_targets(own, pages, fact.evidence, article))
        made = {"target": targets, "wasGeneratedBy": f"{own}#reading"}
        yield _node("Annotation", f"{own}#{fragment}", motivation="identifying", body=claim, **made)


def _page(page: str, record: Record, manifest: PageManifest | None) -> Node:
    """The page, the issue that it is of, and its picture."""
    node = _node(["CreativeWork", "Entity"], page, name=record.provenance.source)
    node["identifier"] = [record.page_id, f"sha256:{record.provenance.page_sha256}"]
    if manifest and (source := manifest.page_source):
        paper = _node("Newspaper", name=source.newspaper) if source.newspaper else None
        issue = _node("PublicationIssue", datePublished=source.issue_date, isPartOf=paper)
        number = source.page_no and str(source.page_no)
        node |= _node(node["type"], isPartOf=issue, pagination=number, url=source.url, copyrightNotice=source.rights)
    if manifest and (picture := manifest.picture):
        size = {"width": round(picture.width), "height": round(picture.height)}
        node["image"] = _node("ImageObject", f"{page}#picture", name=picture.image, **size)
    return node


def _history(own: str, page: str, record: Record) -> Iterator[Node]:
    """How the record came about: what was read with which prompt by whom, and who decided on it."""
    origin, review = record.provenance, record.review
    prompt = _node("Entity", name=origin.prompt, identifier=f"sha256:{origin.prompt_sha256}")
    agents = [
        _node("SoftwareAgent", name=name) for name in (origin.model_answered, f"summariser, checks {origin.checks}")
    ]
    yield _node("Activity", f"{own}#reading", used=[page, prompt], wasAssociatedWith=agents)
    yield _node(
        ["Dataset", "Entity"],
        f"{own}#record",
        identifier=f"sha256:{origin.content_sha256}",
        creativeWorkStatus=review.state,
        wasGeneratedBy=f"{own}#reading",
        wasDerivedFrom=page,
        wasAttributedTo=_node(["Person", "prov:Person"], name=review.by) if review.by else None,
    )


def _claim(fact: Fact, named: str, article: str) -> Node:
    """What a fact says, with its codes and what it is about."""
    codes = (getattr(fact, name, None) for name in _CODES)
    dates = (fact.start, fact.end) if isinstance(fact, Time) else ()
    return _node(
        "Claim",
        named,
        text={"zh": fact_words(fact)},
        keywords=[code.value for code in codes if code is not None],
        about=_subject(fact),
        temporalCoverage="/".join(date or ".." for date in dates) if any(dates) else None,
        creativeWorkStatus="supported" if fact.supported else "unsupported",
        appearance=article,
    )


def _subject(fact: Fact) -> Node | None:
    """What a fact is about, where schema.org has a type for it."""
    if isinstance(fact, Actor):
        return _node("Organization", name=fact.name)
    if isinstance(fact, Person):
        return _node("Person", name=fact.name, jobTitle=fact.title)
    if isinstance(fact, Place):
        division = f"GB/T 2260:{fact.code}" if fact.code else None
        return _node("Place", name=fact.full_name or fact_words(fact), identifier=division)
    if isinstance(fact, Result) and (found := fact.quantity):
        numbers = {"number": found.value, "minValue": found.min, "maxValue": found.max}
        spelled = {name: f"{value:f}" for name, value in numbers.items() if value is not None}
        code = ucum_of(found.unit)
        return _node("QuantitativeValue", **spelled, unitText=found.unit, unitCode=code and f"UCUM:{code}")
    return None


def _targets(own: str, pages: Sequence[str], evidence: Evidence, article: Article | None) -> Iterator[Node]:
    """Where a fact stands: in the text of the article, and on the picture of its page, or of both."""
    yield _node("SpecificResource", source=own, selector=list(_selectors(evidence, article)))
    yield from _framed(pages[0], evidence.boxes)
    if evidence.continuation:
        yield from _framed(pages[-1], evidence.continuation.boxes)


def _framed(page: str, boxes: Iterable[PixelBox]) -> Iterator[Node]:
    """Boxes on the picture of a page."""
    for left, top, right, bottom in boxes:
        value = f"xywh=pixel:{left},{top},{right - left},{bottom - top}"
        selector = _node("FragmentSelector", conformsTo=_FRAGMENTS, value=value)
        yield _node("SpecificResource", source=f"{page}#picture", selector=selector)


def _selectors(evidence: Evidence, article: Article | None) -> Iterator[Node]:
    """The quoted words, else the cited sentences, by themselves and by their offsets."""
    text = article.text if article else ""
    spans = article.sentence_spans(evidence.sents) if article else ()
    if evidence.start is not None and evidence.end is not None:
        spans = (Span(evidence.start, evidence.end),)
    for start, end in spans:
        words = evidence.quote if evidence.start is not None else text[start:end]
        is_there = text[start:end] == words
        around = {"prefix": text[max(start - AROUND, 0) : start], "suffix": text[end : end + AROUND]}
        yield _node("TextQuoteSelector", exact=words, **(around if is_there else {}))
        yield _node("TextPositionSelector", start=start, end=end)


def _node(kind: str | list[str], named: str | None = None, **properties: object) -> Node:
    """A node without the properties that are null or empty."""
    node = {"id": named, "type": kind, **properties}
    return {name: value for name, value in node.items() if value not in (None, "", [], {})}


def _name(*parts: str) -> str:
    """A name for ever and everywhere of what these parts tell apart."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, json.dumps(parts))}"


SKOS_MARK: Final = '{"@context": {"id": "@id", "type": "@type", "skos": '  # how each of our files begins
_NAME: Final = "urn:uuid:5f0c6b1e-6d3a-4d0b-9a53-3b1f7f0a8c42"  # of the codebook, for ever
_MATCHES: Final = {"exact": "exactMatch", "close": "closeMatch", "broad": "broadMatch"}
_UNDER: Final = {"Theme": "Function", "Level": "Rank"}


class Link(NamedTuple):
    """A code of another vocabulary: how near it is (a property of SKOS), its scheme, its notation, its name if any."""

    match: str
    vocabulary: str
    scheme: str | None
    notation: str
    name: str | None


def links_of(row: dict[str, str]) -> tuple[Link, ...]:
    """The links of a row of `codes.csv`: `broad gbt4754 9511; close isco08 2`."""
    known = {vocabulary["key"]: vocabulary for vocabulary in read_table("vocabularies")}
    links = (link.split() for link in row["link"].split(";") if link)
    return tuple(
        Link(
            _MATCHES[match],
            known[key]["name"],
            known[key]["iri"] or None,
            notation,
            known[key]["concept"] + notation if known[key]["concept"] else None,
        )
        for match, key, notation in links
    )


def dump_skos() -> bytes:
    """The codebook in force as one JSON-LD document, a node of its graph a line.

    Shape: labels, definitions (what is in) and scope notes (what has another code) in `zh` and `en`, examples in `zh`.
    """
    graph = ",\n".join(json.dumps(node, ensure_ascii=False) for codes in CODE_LISTS for node in _code_nodes(codes))
    return f'{{"@context": {json.dumps(context("codes"))},\n"@graph": [\n{graph}\n]}}\n'.encode()


def _code_nodes(codes: type[CodedEnum]) -> Iterator[Node]:
    """The scheme of a list, then its concepts, those that ended last."""
    name = codes.__name__
    about = (codes.__doc__ or "").strip().splitlines()[0]
    yield {
        "id": f"{_NAME}#{name}",
        "type": "ConceptScheme",
        "notation": name,
        "definition": {"en": about},
        "versionInfo": str(CODEBOOK_VERSION),
    }
    for row in codes_in_force(name):
        yield _concept(row) | _outward(row)
    for row in codes_that_ended(name):
        yield _concept(row) | {"deprecated": True, "isReplacedBy": _concept_name(name, row["became"])}


def _concept(row: dict[str, str]) -> Node:
    """What a code is called, and what is in and out."""
    node = {
        "id": _concept_name(row["list"], row["code"]),
        "type": "Concept",
        "notation": row["code"],
        "inScheme": f"{_NAME}#{row['list']}",
        "prefLabel": {language: row[language] for language in ("zh", "en")},
    }
    texts = {
        "definition": {"zh": row["include_zh"], "en": row["include_en"]},
        "scopeNote": {"zh": row["exclude_zh"], "en": row["exclude_en"]},
        "example": {"zh": row["example"]},
    }
    return node | {term: said for term, said in texts.items() if all(said.values())}


def _outward(row: dict[str, str]) -> Node:
    """What a code is related to in our lists and in others."""
    node: Node = {}
    if row["under"]:
        node["related"] = _concept_name(_UNDER[row["list"]], row["under"])
    for link in links_of(row):
        scheme = {"type": "ConceptScheme", "prefLabel": {"en": link.vocabulary}}
        outer = {"type": "Concept", "notation": link.notation, "inScheme": scheme}
        if link.scheme:
            scheme["id"] = link.scheme
        if link.name:
            outer["id"] = link.name
        node.setdefault(link.match, []).append(outer)
    return node


def _concept_name(codes: str, code: str) -> str:
    """The name of a code in all versions."""
    return f"{_NAME}#{codes}.{code}"
