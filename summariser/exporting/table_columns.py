"""The tables of an export: their columns, with what each means and where in a record its cell is read from.

Names are a promise: scripts and spreadsheets of other people rest on them. A column may be added at the end of a table;
a name is never changed, and never means something else. They are no keywords of SQL, so that nobody has to quote them.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

CellType = Literal["text", "integer", "number", "boolean"]


class Column(NamedTuple):
    """One column.

    Shape: `source` is where in the row's subject its cell is read from; `unit` what its number counts; `empty` when
    a cell may be empty, and is empty itself if that is never.
    """

    name: str
    type: CellType
    source: str
    meaning: str
    unit: str = ""
    empty: str = ""


class Table(NamedTuple):
    """One table: `row` says what a row is, `key` which columns together tell it from all others."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


def _code(name: str, source: str, meaning: str, *, empty: str = "") -> tuple[Column, ...]:
    """A code and its two labels."""
    return (
        Column(name, "text", source, meaning, empty=empty),
        Column(f"{name}_zh", "text", f"{source}.zh", f"Chinese label of `{name}`.", empty=empty),
        Column(f"{name}_en", "text", f"{source}.en", f"English label of `{name}`.", empty=empty),
    )


_ARTICLE_KEY = (
    Column("page_id", "text", "record.page_id", "The page."),
    Column("article_id", "text", "record.article_id", "The article; unique on its page."),
)
_FACT_KEY = (
    *_ARTICLE_KEY,
    Column("fact_number", "integer", "number", "Which one of its article, in the order of the record.", "from 1"),
    Column("fact_path", "text", "path", "The fact as findings and `evidence` name it: `results[0]` is the first."),
)
_SUPPORTED = Column("supported", "boolean", "fact.supported", "True if the page bears the fact out.")
_NO_LINES = "The record names none."
_NO_NUMBER = "The result has no number."
_NO_BOUND = "No number, or the words do not bound it on this side."
_NO_PLACE = "The article names none."
_NOT_FOUND = "No place, or the table does not know it."
_NO_TIME = "The article prints no time."
_NO_YEAR = "The page prints no year."
_NO_END = "The page prints no year, or the time is open (since 2023)."
_NO_QUOTE = "A time, or only sentences are cited."
_NO_EVIDENCE = "A time, which carries no evidence of its own."
_NOT_AGREED = "Records of the page differ; `articles` has it for each."
_LINE = "page line, from 1"
_CHARACTER = "code points of the article text, from 0"

TABLES: Final = (
    Table(
        "pages",
        "One row for each page that has a record.",
        ("page_id",),
        (
            Column("page_id", "text", "page_id", "Name of the page file without its ending."),
            Column("source", "text", "source", "Path of the page file as given.", empty=_NOT_AGREED),
            Column("page_sha256", "text", "page_sha256", "Hash of the page file.", empty=_NOT_AGREED),
            Column("split_method", "text", "split_method", "How it was cut: model, rules ...", empty=_NOT_AGREED),
            Column("split_prompt", "text", "split_prompt", "Prompt of the split.", empty="Cut by rules, or differing."),
            Column("articles", "integer", "articles", "Articles with a record.", "articles"),
            Column("union_cases", "integer", "union_cases", "Those whose decision is `union_case`.", "articles"),
            Column("to_review", "integer", "to_review", "Those with `needs_review`.", "articles"),
            Column("facts", "integer", "facts", "Facts held against the page.", "facts"),
            Column("unsupported_facts", "integer", "unsupported_facts", "Those not borne out.", "facts"),
        ),
    ),
    Table(
        "articles",
        "One row for each record.",
        ("page_id", "article_id"),
        (
            *_ARTICLE_KEY,
            Column("source", "text", "record.provenance.source", "Path of the page file as given."),
            Column("first_line", "integer", "first_line", "First line of the article.", _LINE, _NO_LINES),
            Column("last_line", "integer", "last_line", "Last line of the article.", _LINE, _NO_LINES),
            Column(
                "lines", "text", "record.lines", "All its lines, in reading order: `1..25; 31..37`.", _LINE, _NO_LINES
            ),
            Column("kind", "text", "record.kind", "brief, feature, photo_caption, continuation or other."),
            Column("headline", "text", "record.headline", "As printed.", empty="No headline was found."),
            Column("kicker", "text", "record.kicker", "Line above the headline, as printed.", empty="None printed."),
            Column("headline_en", "text", "record.case.headline_en", "English headline, by the model."),
            Column("bylines", "text", "record.bylines", "Reporters and stringers.", empty="No byline was found."),
            Column("dateline_place", "text", "record.dateline.place", "Where it was filed.", empty="Not printed."),
            Column(
                "dateline_month",
                "integer",
                "record.dateline.month",
                "When it was filed.",
                "month, 1 to 12",
                "Not printed.",
            ),
            Column(
                "dateline_day",
                "integer",
                "record.dateline.day",
                "When it was filed.",
                "day of the month",
                "Not printed.",
            ),
            Column("one_line", "text", "record.case.one_line", "Who did what with what result, in Chinese."),
            Column("summary", "text", "record.case.summary", "Summary in Chinese."),
            Column("summary_en", "text", "record.case.summary_en", "Summary in English."),
            *_code("decision", "record.case.decision", "Whether the article is a case, and if not, why not."),
            Column("is_union_case", "boolean", "is_union_case", "True if `decision` is `union_case`."),
            *_code("primary_theme", "record.case.primary_theme", "What the union does, above all."),
            *_code("secondary_themes", "record.case.secondary_themes", "What else it does; a list.", empty="None."),
            *_code("function", "record.case.function", "Union function of the theme.", empty="The theme has none."),
            *_code("policy_frames", "record.case.policy_frames", "National frames named; a list.", empty="None."),
            *_code("beneficiaries", "record.case.beneficiaries", "For whom; a list.", empty="None."),
            *_code("practice_status", "record.case.practice_status", "How far the practice has come."),
            Column("province_printed", "text", "record.case.place.province", "Province as printed.", empty=_NO_PLACE),
            Column("city_printed", "text", "record.case.place.city", "City as printed.", empty=_NO_PLACE),
            Column("county_printed", "text", "record.case.place.county", "County as printed.", empty=_NO_PLACE),
            Column("province", "text", "province", "Province by the table of divisions.", empty=_NOT_FOUND),
            Column("place", "text", "record.case.place.full_name", "Full name by the table.", empty=_NOT_FOUND),
            Column("division_code", "text", "record.case.place.code", "Six digits, a text.", empty=_NOT_FOUND),
            Column(
                "place_precision",
                "text",
                "record.case.place.precision",
                "county, city, province or none.",
                empty=_NO_PLACE,
            ),
            Column("place_supported", "boolean", "record.case.place.supported", "Is it borne out?", empty=_NO_PLACE),
            Column("time_text", "text", "record.case.time.text", "When it happened, as printed.", empty=_NO_TIME),
            Column("time_start", "text", "record.case.time.start", "2024, 2024-05 or 2024-05-01.", empty=_NO_YEAR),
            Column("time_end", "text", "record.case.time.end", "The same for the end.", empty=_NO_END),
            Column("time_precision", "text", "record.case.time.precision", "day, month, year or none.", empty=_NO_TIME),
            Column("time_supported", "boolean", "record.case.time.supported", "Is it borne out?", empty=_NO_TIME),
            Column("problem", "text", "record.case.problem.text", "The problem it answers.", empty="None is named."),
            Column(
                "problem_supported", "boolean", "record.case.problem.supported", "Is it borne out?", empty="No problem."
            ),
            Column("lesson", "text", "record.case.lesson.text", "A lesson the article draws.", empty="None is drawn."),
            Column(
                "lesson_supported", "boolean", "record.case.lesson.supported", "Is it borne out?", empty="No lesson."
            ),
            Column("unsupported_facts", "integer", "unsupported_facts", "Facts not borne out.", "facts"),
            Column("findings", "integer", "findings", "Findings worse than a notice.", "findings"),
            Column("notices", "integer", "notices", "Notices.", "findings"),
            Column(
                "needs_review",
                "boolean",
                "record.awaits_review",
                "True if a person should look and none has decided yet.",
            ),
            Column("review_state", "text", "record.review.state", "open, accepted, corrected or rejected."),
            Column("reviewed_by", "text", "record.review.by", "Who decided.", empty="Nobody yet."),
            Column("review_note", "text", "record.review.note", "What was noted.", empty="Nothing."),
            Column("page_sha256", "text", "record.provenance.page_sha256", "Hash of the page file."),
            Column("split_method", "text", "record.provenance.split_method", "How the page was cut."),
            Column("split_prompt", "text", "record.provenance.split_prompt", "Prompt of it.", empty="Cut by rules."),
            Column("prompt", "text", "record.provenance.prompt", "Prompt of the case study."),
            Column("prompt_sha256", "text", "record.provenance.prompt_sha256", "Its hash."),
            Column("reply_schema", "text", "record.provenance.reply_schema", "Schema the model was given."),
            Column("model", "text", "record.provenance.model", "Model as asked for."),
            Column("model_answered", "text", "record.provenance.model_answered", "Model as the endpoint named it."),
            Column("temperature", "number", "record.provenance.temperature", "Sampling temperature."),
            Column("repairs", "integer", "record.provenance.repairs", "How often it was asked again.", "requests"),
            Column("checks", "text", "record.provenance.checks", "Version of the rules that checked the reply."),
            Column("request_key", "text", "record.provenance.request_key", "Hash of the request."),
            Column("reply_sha256", "text", "record.provenance.reply_sha256", "Hash of the reply."),
            Column("content_sha256", "text", "record.provenance.content_sha256", "Hash of the record as written."),
        ),
    ),
    Table(
        "actors",
        "One row for each organisation that does something in the practice.",
        ("page_id", "article_id", "fact_number"),
        (
            *_FACT_KEY,
            Column("name", "text", "fact.name", "As printed."),
            *_code("org_type", "fact.org_type", "What sort of organisation."),
            *_code("level", "fact.level", "How high it stands."),
            Column("level_from", "text", "fact.level_from", "name: read from it by table; model: taken from there."),
            *_code("role", "fact.role", "What it does in the practice."),
            _SUPPORTED,
        ),
    ),
    Table(
        "people",
        "One row for each person named; reporters are none.",
        ("page_id", "article_id", "fact_number"),
        (
            *_FACT_KEY,
            Column("name", "text", "fact.name", "As printed."),
            Column("title", "text", "fact.title", "Post or title, as printed.", empty="None is printed."),
            *_code("kind", "fact.kind", "As what the person appears."),
            _SUPPORTED,
        ),
    ),
    Table(
        "actions",
        "One row for each thing that was done.",
        ("page_id", "article_id", "fact_number"),
        (
            *_FACT_KEY,
            Column("text", "text", "fact.text", "What was done, in Chinese, by the model."),
            *_code("theme", "fact.theme", "Its theme."),
            _SUPPORTED,
        ),
    ),
    Table(
        "results",
        "One row for each result, standard or figure; one that is given twice has one row.",
        ("page_id", "article_id", "fact_number"),
        (
            *_FACT_KEY,
            Column("text", "text", "fact.text", "What it is, in Chinese, by the model."),
            *_code("kind", "fact.kind", "What it counts or states."),
            *_code("status", "fact.status", "Whether it has happened; add up `achieved` only."),
            Column("subject", "text", "fact.subject", "What the number counts, as printed.", empty=_NO_NUMBER),
            Column("value_text", "text", "fact.value_text", "The words the model named.", empty=_NO_NUMBER),
            Column("raw", "text", "fact.quantity.raw", "The words code read the number from.", empty=_NO_NUMBER),
            Column("value", "number", "fact.quantity.value", "The number.", "`unit`", "No number, or only bounds."),
            Column("min", "number", "fact.quantity.min", "Lower bound.", "`unit`", _NO_BOUND),
            Column("max", "number", "fact.quantity.max", "Upper bound.", "`unit`", _NO_BOUND),
            Column(
                "unit",
                "text",
                "fact.quantity.unit",
                "Measure word, scale folded into the number: 3万元 is 30000 元.",
                empty=f"{_NO_NUMBER} An empty text if no unit is printed.",
            ),
            Column(
                "unit_class",
                "text",
                "fact.quantity.unit_class",
                "What the unit counts. Add and compare within one class only: `person_time` (人次) is not `person`.",
                empty=_NO_NUMBER,
            ),
            Column("per", "text", "fact.quantity.per", "Reckoned by: 月 in 每月200元.", empty="By nothing."),
            Column(
                "approx",
                "text",
                "fact.quantity.approx",
                "exact, more_than, at_least, nearly, at_most, about, range or order_of_magnitude.",
                empty=_NO_NUMBER,
            ),
            _SUPPORTED,
        ),
    ),
    Table(
        "evidence",
        "One row for each fact of any kind: where the page says it.",
        ("page_id", "article_id", "fact_path"),
        (
            *_FACT_KEY,
            Column("fact_kind", "text", "kind", "place, time, problem, lesson, actor, person, action or result."),
            _SUPPORTED,
            Column("sents", "text", "evidence.sents", "Sentences cited: `6; 8`.", "sentence, from 1", _NO_EVIDENCE),
            Column("quote", "text", "evidence.quote", "The words as the page has them.", empty=_NO_QUOTE),
            Column("start_char", "integer", "evidence.start", "Where they begin.", _CHARACTER, _NO_QUOTE),
            Column("end_char", "integer", "evidence.end", "Where they end, end excluded.", _CHARACTER, _NO_QUOTE),
            Column("first_line", "integer", "first_line", "First line of them.", _LINE, _NO_EVIDENCE),
            Column("last_line", "integer", "last_line", "Last line of them.", _LINE, _NO_EVIDENCE),
            Column("lines", "text", "evidence.lines", "All lines of them.", _LINE, _NO_EVIDENCE),
            Column(
                "match",
                "text",
                "evidence.match",
                "How they were found: exact, folded, fuzzy, sentence_only or failed.",
                empty=_NO_EVIDENCE,
            ),
        ),
    ),
)
CODEBOOK: Final = Table(
    "codebook",
    "One row for each column of each table.",
    ("table_name", "column_name"),
    (
        Column("table_name", "text", "table", "The table."),
        Column("column_name", "text", "column", "The column."),
        Column("type", "text", "type", "text, integer, number or boolean."),
        Column("unit", "text", "unit", "What a number counts.", empty="No number, or a pure one."),
        Column("meaning", "text", "meaning", "What a cell says."),
        Column("when_empty", "text", "empty", "When a cell may be empty.", empty="Never."),
    ),
)


def codebook() -> str:
    """Return the tables of docs/export.md: every column with its type, unit and meaning, as Markdown."""
    return "\n".join(_section(table) for table in TABLES)


def _section(table: Table) -> str:
    """One table of the codebook."""
    key = ", ".join(f"`{name}`" for name in table.key)
    rows = ["| column | type | unit | meaning | empty |", "|---|---|---|---|---|"]
    rows += [f"| `{each.name}` | {each.type} | {each.unit} | {each.meaning} | {each.empty} |" for each in table.columns]
    return f"## {table.name}\n\n{table.row} Key: {key}.\n\n" + "\n".join(rows) + "\n"
