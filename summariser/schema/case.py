"""A union case study after the checks (`Case`): every fact with the words of the page that say it; quantities in it.

What the model fills in is in `reply.py`. A finding says what code found wrong; its path is that of the fact.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import BeforeValidator, Field, PlainSerializer

from summariser.schema import codes
from summariser.schema.exchange import spell_path
from summariser.schema.page import Frozen, LineRange, PixelBox, left_out
from summariser.tables import read_table

AND: Final = "·"  # between two reckonings: 人·天


class Approximation(StrEnum):
    """How exactly the words give the number."""

    EXACT = "exact"
    MORE_THAN = "more_than"
    AT_LEAST = "at_least"
    NEARLY = "nearly"
    AT_MOST = "at_most"
    ABOUT = "about"
    RANGE = "range"
    ORDER_OF_MAGNITUDE = "order_of_magnitude"


class UnitClass(StrEnum):
    """What a unit counts; only quantities of one class can be compared or added."""

    PERSON = "person"
    PERSON_TIME = "person_time"
    HOUSEHOLD = "household"
    ORGANISATION = "organisation"
    MONEY = "money"
    PERCENT = "percent"
    PERCENTAGE_POINT = "percentage_point"
    MULTIPLE = "multiple"
    DURATION = "duration"
    AREA = "area"
    LENGTH = "length"
    MASS = "mass"
    ACTIVITY_TIME = "activity_time"
    COUNT = "count"
    STRUCTURE = "structure"


def _join_reckonings(per: object) -> object:
    """What a number is reckoned by, from its list in JSON."""
    return (AND.join(map(str, per)) or None) if isinstance(per, list | tuple) else per


class Quantity(Frozen):
    """One quantity of a text.

    Shape: `text[start:end] == raw`. `value` is null where the words give only bounds (ranges, 十几, 数万).
    Units: scales are folded into the number (`3.8万元` is 38000 元); `unit` is the measure word without its scale.
    """

    raw: str = Field(description="The words that carry the quantity, as printed, approximation words included.")
    value: Decimal | None = Field(description="The number named; null where only bounds are named.")
    min: Decimal | None = Field(description="Lower bound, where the words give one.")
    max: Decimal | None = Field(description="Upper bound, where the words give one.")
    unit: str = Field(description="Printed measure word: 名, 人次, 元, %, 个月. Empty where none is printed.")
    unit_class: UnitClass = Field(description="What the unit counts; 名, 位 and 人 are all `person`, 人次 never is.")
    per: Annotated[
        str | None,
        BeforeValidator(_join_reckonings),
        PlainSerializer(lambda per: per.split(AND) if per else [], return_type=list[str]),
    ] = Field(description="Reckoned by: 月 in 每月200元, 人·天 in 15元/人/天; null if nothing. In JSON a list.")
    approx: Approximation = Field(
        description="How exactly the words or their clause give the number: 预计减省1800小时 is `about`."
    )
    start: int = Field(description="Offset of `raw` in the text, in code points.")
    end: int = Field(description="Offset behind `raw`.")

    @property
    def is_round(self) -> bool:
        """True of a bare hundred or million (百万职工): approximate by its roundness, not by a word."""
        return self.approx is Approximation.ABOUT and self.raw[0] in "百千万亿"


class Direction(StrEnum):
    """Which way a number went."""

    RISE = "rise"
    FALL = "fall"
    NONE = "none"

    @property
    def other(self) -> Direction:
        """The opposite one; none for none."""
        return {Direction.RISE: Direction.FALL, Direction.FALL: Direction.RISE}.get(self, self)


class Change(Frozen):
    """What became of a number: which way it went, and by how much."""

    direction: Direction | None = Field(description="rise, fall, or none where it stayed; null where nothing says so.")
    difference: Decimal | None = Field(
        description="After less before, in the unit of the later number; of two shares in percentage points. Null "
        "where one of the numbers is not exact, or they do not count the same."
    )
    ratio: Decimal | None = Field(description="After by before, to four places: 1.12 of 增长12%, 2 of 翻一番.")


_MOST_DIGITS: Final = 30  # a number longer than this is printed as it is spelled


def format_quantity(quantity: Quantity) -> str:
    """The number as code read it, with its unit and what it is reckoned by: 30,000,000 元, 10–19 家, 200 元/月.

    Shape: thousands set apart, no zeros trailing; where no number is named, its bounds (`10–…` without an upper one).
    """
    low, high = ("" if bound is None else _digits(bound) for bound in (quantity.min, quantity.max))
    bounds = f"{low or '…'}–{high or '…'}" if low or high else "?"
    number = bounds if quantity.value is None else _digits(quantity.value)
    per = f"/{quantity.per.replace(AND, '/')}" if quantity.per else ""
    return f"{number} {quantity.unit}{per}".strip()


def format_printed(quantity: Quantity) -> str:
    """The number as it is printed, with what it is reckoned by, which stands elsewhere in the sentence: 300元/月."""
    return "/".join(filter(None, (quantity.raw, quantity.per and quantity.per.replace(AND, "/"))))


def _digits(number: Decimal) -> str:
    """A number with its thousands set apart; one beyond all measure as it is spelled."""
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return str(number)
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_VALUE: Final = re.compile(r"\{(\w+)\}")  # in a message


class Severity(StrEnum):
    """How bad a finding is.

    `structural`: the reply cannot be used. `unsupported`: the page does not bear a fact out. `notice`: worth a look.
    """

    STRUCTURAL = "structural"
    UNSUPPORTED = "unsupported"
    NOTICE = "notice"


class Rule(StrEnum):
    """What a finding of ours is about; the schema of a reply has rules of its own (`missing`, `enum` ...).

    Shape: `asks` is true where a person should look at the record though every fact is borne out; `invents` where the
    page has no such thing at all.
    """

    severity: Severity
    asks: bool
    invents: bool

    def __new__(cls, value: str, severity: Severity, use: Literal["", "asks", "invents"] = "") -> Rule:
        """A member with what is known of it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.severity, member.asks, member.invents = severity, use == "asks", use == "invents"
        return member

    NO_ARTICLES = "no_articles", Severity.STRUCTURAL
    RANGE_MALFORMED = "range_malformed", Severity.STRUCTURAL
    RANGE_BACKWARDS = "range_backwards", Severity.STRUCTURAL
    RANGE_OUTSIDE_PAGE = "range_outside_page", Severity.STRUCTURAL
    ARTICLE_EMPTY = "article_empty", Severity.STRUCTURAL
    TITLE_OUTSIDE_ARTICLE = "title_outside_article", Severity.STRUCTURAL
    TITLE_TWICE = "title_twice", Severity.STRUCTURAL
    LINE_UNUSED = "line_unused", Severity.STRUCTURAL
    LINE_USED_TWICE = "line_used_twice", Severity.STRUCTURAL
    SEVERAL_ANSWERS = "several_answers", Severity.STRUCTURAL
    REPLY_TOO_LONG = "reply_too_long", Severity.STRUCTURAL
    NO_JSON = "no_json", Severity.STRUCTURAL
    JSON_TOO_DEEP = "json_too_deep", Severity.STRUCTURAL
    JSON_SYNTAX = "json_syntax", Severity.STRUCTURAL
    MORE_ISSUES = "more_issues", Severity.STRUCTURAL
    HALF_CHARACTER = "half_character", Severity.STRUCTURAL
    KEY_TWICE = "key_twice", Severity.STRUCTURAL
    SENTENCE_UNKNOWN = "sentence_unknown", Severity.STRUCTURAL
    SENTENCE_MISSING = "sentence_missing", Severity.STRUCTURAL
    TOTAL_UNKNOWN = "total_unknown", Severity.STRUCTURAL
    TOTAL_CIRCULAR = "total_circular", Severity.STRUCTURAL
    VERDICT_MISSING = "verdict_missing", Severity.STRUCTURAL
    NOT_BORNE_OUT = "not_borne_out", Severity.UNSUPPORTED
    EVIDENCE_CUT = "evidence_cut", Severity.UNSUPPORTED
    MENTION_EMPTY = "mention_empty", Severity.UNSUPPORTED
    MENTION_ABSENT = "mention_absent", Severity.UNSUPPORTED, "invents"
    MENTION_ELSEWHERE = "mention_elsewhere", Severity.UNSUPPORTED
    MENTION_INEXACT = "mention_inexact", Severity.NOTICE, "asks"
    PLACE_UNRESOLVED = "place_unresolved", Severity.NOTICE
    PLACE_CONTRADICTS = "place_contradicts", Severity.NOTICE, "asks"
    OWNERSHIP_NOT_PRINTED = "ownership_not_printed", Severity.UNSUPPORTED
    PERSON_IS_REPORTER = "person_is_reporter", Severity.UNSUPPORTED
    VALUE_MISSING = "value_missing", Severity.UNSUPPORTED
    VALUE_CUT = "value_cut", Severity.UNSUPPORTED
    NUMBER_UNREADABLE = "number_unreadable", Severity.UNSUPPORTED
    NUMBER_UNREAD = "number_unread", Severity.UNSUPPORTED
    PER_UNREADABLE = "per_unreadable", Severity.NOTICE, "asks"
    SEVERAL_NUMBERS = "several_numbers", Severity.UNSUPPORTED
    FACT_REPEATED = "fact_repeated", Severity.NOTICE
    PROSE_EMPTY = "prose_empty", Severity.UNSUPPORTED
    WRONG_LANGUAGE = "wrong_language", Severity.UNSUPPORTED
    NUMBER_NOT_IN_ARTICLE = "number_not_in_article", Severity.UNSUPPORTED, "invents"
    PLACE_NOT_IN_ARTICLE = "place_not_in_article", Severity.UNSUPPORTED, "invents"
    NAME_NOT_IN_ARTICLE = "name_not_in_article", Severity.UNSUPPORTED, "invents"
    ADDRESS_NOT_IN_ARTICLE = "address_not_in_article", Severity.UNSUPPORTED, "invents"
    UNIT_CHANGED = "unit_changed", Severity.UNSUPPORTED
    DIRECTION_CHANGED = "direction_changed", Severity.UNSUPPORTED
    LEVEL_CHANGED = "level_changed", Severity.UNSUPPORTED
    APPROXIMATION_CHANGED = "approximation_changed", Severity.UNSUPPORTED
    PLAN_TOLD_AS_DONE = "plan_told_as_done", Severity.UNSUPPORTED
    MISPRINT_TOLD = "misprint_told", Severity.NOTICE, "asks"
    TERM_TRANSLATED_WRONGLY = "term_translated_wrongly", Severity.NOTICE
    LENGTH = "length", Severity.NOTICE
    FAR_TOO_LONG = "far_too_long", Severity.NOTICE, "asks"
    LEAD_COUNT = "lead_count", Severity.UNSUPPORTED
    NO_UNION_NAMED = "no_union_named", Severity.UNSUPPORTED
    THEME_REPEATED = "theme_repeated", Severity.UNSUPPORTED
    THEME_OTHER = "theme_other", Severity.NOTICE, "asks"
    TOO_MANY = "too_many", Severity.NOTICE
    LIST_FULL = "list_full", Severity.NOTICE, "asks"
    NUMBER_LOOKS_MISREAD = "number_looks_misread", Severity.NOTICE, "asks"
    # Of stored records, held against their pages again.
    UNREADABLE = "unreadable", Severity.STRUCTURAL
    NO_RECORD = "no_record", Severity.STRUCTURAL
    FAILED_SINCE = "failed_since", Severity.NOTICE
    WRONG_PLACE = "wrong_place", Severity.STRUCTURAL
    PAGE_NOT_CHECKED = "page_not_checked", Severity.UNSUPPORTED
    PAGE_CHANGED = "page_changed", Severity.UNSUPPORTED
    STALE = "stale", Severity.UNSUPPORTED
    DIFFERS = "differs", Severity.UNSUPPORTED
    EDITED = "edited", Severity.NOTICE
    CORRECTED = "corrected", Severity.NOTICE
    OLDER_CHECKS = "older_checks", Severity.NOTICE
    OLDER_RECORD = "older_record", Severity.NOTICE
    SPLIT_AGAIN = "split_again", Severity.NOTICE

    def at(self, path: str, message: str) -> Finding:
        """The finding that says so of a place."""
        return Finding(path=path, severity=self.severity, rule=self.value, message=message)

    def say(self, path: str, **values: object) -> Finding:
        """The finding that says so of a place in the words that `findings.csv` has for these values.

        Errors: KeyError if no row of the rule has values of just these names.
        """
        return self.at(path, _messages()[self.value, frozenset(values)].format_map(values))


@cache
def _messages() -> dict[tuple[str, frozenset[str]], str]:
    """The English messages of findings, by rule and names of their values."""
    rows = read_table("findings")
    return {(row["key"], frozenset(_VALUE.findall(row["en"]))): row["en"] for row in rows}


class Finding(Frozen):
    """One thing that code found wrong, said so that a reviewer and a model both understand it."""

    path: str = Field(description="Where in the case: results[2].value_text.")
    severity: Severity
    rule: str = Field(description="Which rule: mention_absent, number_not_in_article ...")
    message: str

    @property
    def deserves_review(self) -> bool:
        """Whether a person should look into it."""
        return self.severity is not Severity.NOTICE or self.rule in _ASKS


def shorten(text: str, limit: int = 40) -> str:
    """The text for a message, cut in the middle if it is long."""
    return text if len(text) <= limit else f"{text[: limit // 2]}…{text[-(limit // 2 - 1) :]}"


_ASKS: Final = frozenset(rule.value for rule in Rule if rule.asks)


SpanOf = Literal[
    "value", "per", "subject", "before", "period", "claimant", "title", "industry", "ownership", "size", "text"
]


class EvidenceSpan(Frozen):
    """Words of the article that one field of a fact rests on.

    Units: `start` and `end` count code points of the article text.
    """

    of: SpanOf
    quote: str
    start: int
    end: int


class EvidencePart(Frozen):
    """The part of words or cited sentences that stands on the page where the article goes on."""

    lines: tuple[LineRange, ...] = Field(description="Lines of that page, from 1.")
    boxes: tuple[PixelBox, ...] = left_out("On the picture of that page, as the boxes of the evidence.", ())


class Evidence(Frozen):
    """Where the page says it.

    Units: `start` and `end` count code points of the article text; lines are those of the page, from 1.
    """

    sents: tuple[int, ...] = Field(description="Numbers of the sentences that bear the fact out, from 1.")
    added: tuple[int, ...] = left_out(
        "Those of `sents` that the model did not cite: found by code, or named by a verdict. Left out "
        "where there is none.",
        (),
    )
    quote: str | None = Field(description="The words as they stand in the page; null where only a sentence is cited.")
    start: int | None
    end: int | None
    lines: tuple[LineRange, ...] = Field(description="Page lines of the words, or of the cited sentences.")
    match: Literal["exact", "folded", "fuzzy", "sentence_only", "failed"]
    spans: tuple[EvidenceSpan, ...] = left_out("Where the fields of the fact stand. Left out where none is.", ())
    boxes: tuple[PixelBox, ...] = left_out(
        "Where they stand on the picture of the page, a box a line: left, top, right, bottom in pixels. "
        "Left out where the page has no picture.",
        (),
    )
    continuation: EvidencePart | None = left_out(
        "What of it stands on the page where the article goes on; left out where nothing does."
    )


class GroundedFact(Frozen):
    """Base of all facts, which end in the same three fields: where the page says it, how far, and who says so."""

    evidence: Evidence
    support: codes.Support
    support_by: codes.SupportFrom

    @classmethod
    def __pydantic_init_subclass__(cls, **_options: object) -> None:
        """Put the fields of a kind of fact before those of all: their order is that of the JSON."""
        shared = GroundedFact.model_fields
        own = {name: field for name, field in cls.model_fields.items() if name not in shared}
        cls.__pydantic_fields__ = own | shared
        cls.model_rebuild(force=True)

    @property
    def supported(self) -> bool:
        """False if nothing in the article bears the fact out."""
        return self.support is not codes.Support.NONE


class Place(GroundedFact):
    """Where the practice is: the names as printed, and the division that the table knows by them."""

    province: str | None = Field(description="As printed; null if the article does not name it.")
    city: str | None = Field(description="As printed.")
    county: str | None = Field(description="As printed.")
    full_name: str | None = Field(description="Province, city and county by the table of divisions.")
    code: str | None = Field(description="Six-digit division code of the finest level found in the table.")
    precision: Literal["county", "city", "province", "none"]

    @property
    def said(self) -> str:
        """By the table, else as printed."""
        return self.full_name or "".join(filter(None, (self.province, self.city, self.county)))


class Time(GroundedFact):
    """When it happened: the words, and the dates that code reads from them and from the date of the issue."""

    text: str
    role: codes.TimeRole | None = Field(description="Null in records of version 1.")
    edtf: str | None = Field(
        description="Extended Date/Time Format: 2025-08, 2025-08/2025-10, 2023/.. (open end); null if not to be told."
    )
    start: str | None = Field(description="First day, month or year of it, as an ISO date.")
    end: str | None = Field(description="The last one; null behind a start where it is open.")


class Actor(GroundedFact):
    """An organisation that does something in the practice."""

    name: str
    full_name: str | None = Field(
        description="With province and city, where the name gives the division in full or is its federation."
    )
    org_type: codes.OrgType
    level: codes.Level
    level_from: Literal["name", "model"] = Field(description="Read from the name by table, or taken from the model.")
    rank: codes.Rank | None = Field(description="Administrative rank of the level; null for firms and unknown levels.")
    code: str | None = Field(description="Six-digit code of the division that the name begins with.")
    role: codes.ActorRole


class Employer(GroundedFact):
    """What the article says of a firm."""

    name: str
    industry: str | None = Field(description="Its line of business, as printed.")
    ownership: codes.Ownership | None
    size_text: str | None = Field(description="Words with the number of its workers, as printed.")
    size: Quantity | None = Field(description="That number, read by code.")


class Person(GroundedFact):
    """A person named in the article."""

    name: str
    title: str | None
    kind: codes.PersonKind


class Device(GroundedFact):
    """A name that the practice has given to something of its own."""

    name: str


class Relation(GroundedFact):
    """How the practice hangs together with another practice, campaign or document."""

    kind: codes.RelationKind
    to: str


class Statement(GroundedFact):
    """A sentence of the model's that rests on cited sentences: the problem, the lesson."""

    text: str


class Action(GroundedFact):
    """One thing that was done."""

    text: str
    theme: codes.Theme


class Claim(Frozen):
    """Who says a result, where the article names somebody."""

    name: str = Field(description="As printed.")
    kind: codes.Claimant = Field(
        description="Read by code from the actors and people of the case; other if it is none."
    )


class Period(Frozen):
    """The time that a number is of."""

    text: str = Field(description="As printed.")
    edtf: str | None = Field(description="Extended Date/Time Format; null where code cannot tell it.")
    start: str | None = Field(description="As of the time of the case.")
    end: str | None


class Result(GroundedFact):
    """One result, standard or figure."""

    text: str
    chain: codes.Chain | None = Field(description="Null in records of version 1.")
    kind: codes.ResultKind
    status: codes.ResultStatus
    value_text: str | None
    per_text: str | None = left_out("Words for what the number is reckoned by. Left out where none were copied.")
    subject: str | None
    quantity: Quantity | None = Field(description="The number, read by code from the words that carry it.")
    before_text: str | None = Field(description="Words with the number from before a change.")
    before: Quantity | None = Field(description="That number, read by code.")
    change: Change | None = Field(description="What code makes of both numbers, or of the words of a change.")
    period: Period | None
    part_of: int | None = Field(description="Place in `results` of the total that this number is a part of, from 0.")
    claimant: Claim | None = Field(description="Null where the newspaper itself says it.")

    @property
    def identity(self) -> tuple[object, ...]:
        """What tells it from other results: where its number or else its text stands, its subject and its words."""
        number = (self.quantity.start, self.quantity.end) if self.quantity else (self.value_text, self.text)
        return (*number, self.subject, self.evidence.quote, self.evidence.start)


class BeneficiaryGroup(Frozen):
    """A group for whom the practice is, and the sentences that say so."""

    group: codes.Beneficiary
    sents: tuple[int, ...]


class Case(Frozen):
    """A case study whose every fact was checked against the article."""

    decision: codes.Decision
    one_line: str
    headline_en: str
    summary: str
    summary_en: str
    primary_theme: codes.Theme
    theme_sents: tuple[int, ...] = Field(description="Sentences that decide the primary theme.")
    secondary_themes: tuple[codes.Theme, ...]
    function: codes.Function | None = Field(description="From the primary theme, by table.")
    policy_frames: tuple[codes.PolicyFrame, ...] = Field(
        description="National frames that the article names, by word list."
    )
    beneficiaries: tuple[BeneficiaryGroup, ...]
    practice_status: codes.PracticeStatus
    status_sents: tuple[int, ...]
    place: Place | None
    time: Time | None
    problem: Statement | None
    actors: tuple[Actor, ...]
    employers: tuple[Employer, ...]
    people: tuple[Person, ...]
    devices: tuple[Device, ...]
    relations: tuple[Relation, ...]
    actions: tuple[Action, ...]
    results: tuple[Result, ...]
    more_results: bool = Field(description="True if the article has results beyond those that were asked for.")
    lesson: Statement | None

    def facts(self) -> tuple[tuple[str, Fact], ...]:
        """Everything that is held against the page, with the path by which findings call it.

        Shape: what stands once and is there (`place`, `time`, `problem`, `lesson`), then `actors[0]`, `people[0]`,
        `actions[0]`, `results[0]` ..., counted from 0.
        """
        single = ((name, getattr(self, name)) for name in SINGLE)
        many = ((spell_path((name, i)), fact) for name in FACT_LISTS for i, fact in enumerate(getattr(self, name)))
        return (*((name, fact) for name, fact in single if fact is not None), *many)

    def with_facts(self, changed: Mapping[str, Fact]) -> Case:
        """The case with other facts at some of the paths of `facts`."""
        if not changed:
            return self
        facts = {**dict(self.facts()), **changed}
        single = {name: fact for name, fact in facts.items() if "[" not in name}
        lists = {name: tuple(facts[f"{name}[{i}]"] for i in range(len(getattr(self, name)))) for name in FACT_LISTS}
        return self.model_copy(update={**single, **lists})

    @property
    def unsupported(self) -> int:
        """How many facts the page does not bear out."""
        return sum(not fact.supported for _, fact in self.facts())


class FactClaim(NamedTuple):
    """A fact as a sentence that a reader can hold against the article."""

    path: str
    text: str
    sents: tuple[int, ...]


Listed = Actor | Employer | Person | Device | Relation | Action | Result
Fact = Place | Time | Statement | Listed

SINGLE: Final = ("place", "time", "problem", "lesson")  # facts that a case has once
PROSE: Final = ("one_line", "summary", "headline_en", "summary_en")  # what a case says as a whole
FACT_LISTS: Final[Mapping[str, str]] = {
    "actors": "actor",
    "employers": "employer",
    "people": "person",
    "devices": "device",
    "relations": "relation",
    "actions": "action",
    "results": "result",
}
_FACT_PATH: Final = re.compile(rf"({'|'.join(FACT_LISTS)})\[\d{{1,6}}\]|{'|'.join(SINGLE)}")


def fact_path(path: str) -> str:
    """The path of the fact that a finding's path leads into: `results[2].quote` is of `results[2]`; "" if of none."""
    match = _FACT_PATH.match(path)
    return match[0] if match else ""


def fact_kind(path: str) -> str:
    """What sort of fact a path of `Case.facts` names: place, time, problem, lesson, or one of `FACT_LISTS`."""
    name = path.partition("[")[0]
    return FACT_LISTS.get(name, name)


def fact_words(fact: Fact) -> str:
    """What a fact says, without its codes: the printed names of a place, a name with its title, a text."""
    if isinstance(fact, Place):
        printed = " ".join(name for name in (fact.province, fact.city, fact.county) if name)
        return printed or fact.full_name or "?"
    title = fact.title if isinstance(fact, Person) else None
    if isinstance(fact, Relation):
        return fact.to
    said = fact.name if isinstance(fact, Actor | Employer | Person | Device) else fact.text
    return f"{said} {title}" if title else said
