"""A union case study: what the model fills in (`CaseReply`), and what the checks make of it (`Case`).

The model cites sentence numbers and copies short mentions; it types no number and no offset of its own. Its classes
keep to what every strict JSON Schema server takes: all fields required, null instead of optional, no bounds, no
patterns. Field order is part of the format: evidence comes before conclusions, so that a model writes down what it saw
before it judges.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal

from pydantic import Field

from summariser.schema.codes import (
    ActorRole,
    Beneficiary,
    Decision,
    Function,
    Level,
    OrgType,
    PersonKind,
    PolicyFrame,
    PracticeStatus,
    ResultKind,
    ResultStatus,
    Theme,
)
from summariser.schema.exchange import spell_path
from summariser.schema.page import Frozen, LineRange, PixelBox
from summariser.schema.quantity import Quantity

# ---- what the model fills
# -----------------------------------------------------------------------------------------------


class ReplyPlace(Frozen):
    """Where the practice is, each part as the article names it."""

    province: str | None = Field(description="省、自治区、直辖市 as printed; null if the article does not name it.")
    city: str | None = Field(description="地级市、州、盟 as printed; null if not named.")
    county: str | None = Field(description="县、区、县级市 as printed; null if not named.")
    sents: list[int] = Field(description="Sentence numbers in which these names stand.")


class ReplyActor(Frozen):
    """An organisation that does something in the practice."""

    name: str = Field(description="Copied from a cited sentence, the fullest form printed.")
    org_type: OrgType
    level: Level = Field(description="Level of the organisation; unknown if the text does not tell.")
    role: ActorRole
    sents: list[int] = Field(description="Sentence numbers in which the name stands.")


class ReplyPerson(Frozen):
    """A person named in the article; reporters and photographers are none."""

    name: str = Field(description="Copied from a cited sentence, the name alone.")
    title: str | None = Field(description="Post or title, copied from a cited sentence; null if none is printed.")
    kind: PersonKind
    sents: list[int] = Field(description="Sentence numbers in which name and title stand.")


class ReplyAction(Frozen):
    """One thing that was done."""

    text: str = Field(description="What was done, in Chinese, one sentence in your own words.")
    theme: Theme
    sents: list[int] = Field(description="Numbers of the sentences that say so.")
    quote: str = Field(description="8 to 60 characters copied from one cited sentence without any change.")


class ReplyResult(Frozen):
    """One result, standard or figure; one number each."""

    text: str = Field(description="What it is, in Chinese, in your own words.")
    kind: ResultKind
    status: ResultStatus
    value_text: str | None = Field(
        description="The words that carry the number, copied with 近、超、余、以上 and the unit; null without a number."
    )
    subject: str | None = Field(description="What the number counts, copied from the sentence; null without a number.")
    sents: list[int] = Field(description="Numbers of the sentences that say so.")
    quote: str = Field(description="Up to 60 characters copied from one cited sentence, value_text included.")


class CaseReply(Frozen):
    """The model's reading of one article."""

    actors: list[ReplyActor] = Field(description="Organisations, the lead first; at most 12.")
    people: list[ReplyPerson] = Field(description="People named in the article, in text order; at most 12.")
    place: ReplyPlace | None = Field(description="Where the practice is; null if the article names no place.")
    time_text: str | None = Field(description="When it happened, copied from the article; null if not printed.")
    problem: str | None = Field(description="The problem it answers, in Chinese; null if the article names none.")
    problem_sents: list[int]
    actions: list[ReplyAction] = Field(description="What was done, in text order; at most 8.")
    results: list[ReplyResult] = Field(description="Results and figures, in text order; at most 25.")
    lesson: str | None = Field(description="A lesson the article itself draws; null is normal.")
    lesson_sents: list[int]
    decision: Decision
    primary_theme: Theme
    secondary_themes: list[Theme] = Field(description="At most 2, none of them the primary theme.")
    beneficiaries: list[Beneficiary] = Field(description="For whom the practice is.")
    practice_status: PracticeStatus
    one_line: str = Field(description="Who did what with what result, in Chinese, up to 60 characters.")
    summary: str = Field(description="80 to 150 Chinese characters.")
    headline_en: str = Field(description="A headline in English, up to 15 words.")
    summary_en: str = Field(description="40 to 90 English words, the same facts as the Chinese summary.")


# ---- what the checks make of it
# -----------------------------------------------------------------------------------------


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
    MENTION_EMPTY = "mention_empty", Severity.UNSUPPORTED
    MENTION_ABSENT = "mention_absent", Severity.UNSUPPORTED, "invents"
    MENTION_ELSEWHERE = "mention_elsewhere", Severity.UNSUPPORTED
    MENTION_INEXACT = "mention_inexact", Severity.NOTICE, "asks"
    PLACE_UNRESOLVED = "place_unresolved", Severity.NOTICE
    PLACE_CONTRADICTS = "place_contradicts", Severity.NOTICE, "asks"
    PERSON_IS_REPORTER = "person_is_reporter", Severity.UNSUPPORTED
    VALUE_MISSING = "value_missing", Severity.UNSUPPORTED
    VALUE_CUT = "value_cut", Severity.UNSUPPORTED
    NUMBER_UNREADABLE = "number_unreadable", Severity.UNSUPPORTED
    NUMBER_UNREAD = "number_unread", Severity.UNSUPPORTED
    SEVERAL_NUMBERS = "several_numbers", Severity.UNSUPPORTED
    FACT_REPEATED = "fact_repeated", Severity.UNSUPPORTED
    WRONG_LANGUAGE = "wrong_language", Severity.UNSUPPORTED
    NUMBER_NOT_IN_ARTICLE = "number_not_in_article", Severity.UNSUPPORTED, "invents"
    PLACE_NOT_IN_ARTICLE = "place_not_in_article", Severity.UNSUPPORTED, "invents"
    NAME_NOT_IN_ARTICLE = "name_not_in_article", Severity.UNSUPPORTED, "invents"
    ADDRESS_NOT_IN_ARTICLE = "address_not_in_article", Severity.UNSUPPORTED, "invents"
    UNIT_CHANGED = "unit_changed", Severity.UNSUPPORTED
    DIRECTION_CHANGED = "direction_changed", Severity.UNSUPPORTED
    APPROXIMATION_CHANGED = "approximation_changed", Severity.UNSUPPORTED
    TERM_TRANSLATED_WRONGLY = "term_translated_wrongly", Severity.NOTICE
    LENGTH = "length", Severity.NOTICE
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
    OLDER_CHECKS = "older_checks", Severity.NOTICE
    SPLIT_AGAIN = "split_again", Severity.NOTICE

    def at(self, path: str, message: str) -> Finding:
        """The finding that says so of a place."""
        return Finding(path=path, severity=self.severity, rule=self.value, message=message)


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


class EvidencePart(Frozen):
    """The part of words or cited sentences that stands on the page where the article goes on."""

    lines: tuple[LineRange, ...] = Field(description="Lines of that page, from 1.")
    boxes: tuple[PixelBox, ...] = Field(
        default=(), exclude_if=operator.not_, description="On the picture of that page, as the boxes of the evidence."
    )


class Evidence(Frozen):
    """Where the page says it.

    Units: `start` and `end` count code points of the article text; lines are those of the page, from 1.
    """

    sents: tuple[int, ...] = Field(description="Numbers of the cited sentences, from 1.")
    quote: str | None = Field(description="The words as they stand in the page; null where only a sentence is cited.")
    start: int | None
    end: int | None
    lines: tuple[LineRange, ...] = Field(description="Page lines of the words, or of the cited sentences.")
    match: Literal["exact", "folded", "fuzzy", "sentence_only", "failed"]
    boxes: tuple[PixelBox, ...] = Field(
        default=(),
        exclude_if=operator.not_,
        description="Where they stand on the picture of the page, a box a line: left, top, right, bottom in pixels. "
        "Left out where the page has no picture.",
    )
    continuation: EvidencePart | None = Field(
        default=None,
        exclude_if=operator.not_,
        description="What of it stands on the page where the article goes on; left out where nothing does.",
    )


class Place(Frozen):
    """Where the practice is: the names as printed, and the division that the table knows by them."""

    province: str | None = Field(description="As printed; null if the article does not name it.")
    city: str | None = Field(description="As printed.")
    county: str | None = Field(description="As printed.")
    full_name: str | None = Field(description="Province, city and county by the table of divisions.")
    code: str | None = Field(description="Six-digit division code of the finest level found in the table.")
    precision: Literal["county", "city", "province", "none"]
    evidence: Evidence
    supported: bool


class Actor(Frozen):
    """An organisation that does something in the practice."""

    name: str
    org_type: OrgType
    level: Level
    level_from: Literal["name", "model"] = Field(description="Read from the name by table, or taken from the model.")
    role: ActorRole
    evidence: Evidence
    supported: bool


class Person(Frozen):
    """A person named in the article."""

    name: str
    title: str | None
    kind: PersonKind
    evidence: Evidence
    supported: bool


class Statement(Frozen):
    """A sentence of the model's that rests on cited sentences: the problem, the lesson."""

    text: str
    evidence: Evidence
    supported: bool


class Action(Frozen):
    """One thing that was done."""

    text: str
    theme: Theme
    evidence: Evidence
    supported: bool


class Result(Frozen):
    """One result, standard or figure."""

    text: str
    kind: ResultKind
    status: ResultStatus
    value_text: str | None
    subject: str | None
    quantity: Quantity | None = Field(description="The number, read by code from the words that carry it.")
    evidence: Evidence
    supported: bool

    @property
    def identity(self) -> tuple[object, ...]:
        """What tells it from other results: where its number or else its text stands, its subject and its words."""
        number = (self.quantity.start, self.quantity.end) if self.quantity else (self.value_text, self.text)
        return (*number, self.subject, self.evidence.quote, self.evidence.start)


class Time(Frozen):
    """When it happened: the words, and the dates where the words name a year.

    Shape: an end that is null behind a start is open (自2023年以来); a start that is null before an end is not told.
    """

    text: str
    start: str | None = Field(description="ISO date; null unless the page prints the year.")
    end: str | None
    precision: Literal["day", "month", "year", "none"]
    supported: bool


class Case(Frozen):
    """A case study whose every fact was checked against the article."""

    decision: Decision
    one_line: str
    headline_en: str
    summary: str
    summary_en: str
    primary_theme: Theme
    secondary_themes: tuple[Theme, ...]
    function: Function | None = Field(description="From the primary theme, by table.")
    policy_frames: tuple[PolicyFrame, ...] = Field(description="National frames that the article names, by word list.")
    beneficiaries: tuple[Beneficiary, ...]
    practice_status: PracticeStatus
    place: Place | None
    time: Time | None
    problem: Statement | None
    actors: tuple[Actor, ...]
    people: tuple[Person, ...]
    actions: tuple[Action, ...]
    results: tuple[Result, ...]
    lesson: Statement | None

    def facts(self) -> tuple[tuple[str, Fact], ...]:
        """Everything that is held against the page, with the path by which findings call it.

        Shape: what stands once and is there (`place`, `time`, `problem`, `lesson`), then `actors[0]`, `people[0]`,
        `actions[0]`, `results[0]` ..., counted from 0.
        """
        single = ((name, getattr(self, name)) for name in ("place", "time", "problem", "lesson"))
        many = ((spell_path((name, i)), fact) for name in FACT_LISTS for i, fact in enumerate(getattr(self, name)))
        return (*((name, fact) for name, fact in single if fact is not None), *many)

    @property
    def unsupported(self) -> int:
        """How many facts the page does not bear out."""
        return sum(not fact.supported for _, fact in self.facts())


Listed = Actor | Person | Action | Result
Fact = Place | Time | Statement | Listed

FACT_LISTS: Final[Mapping[str, str]] = {
    "actors": "actor",
    "people": "person",
    "actions": "action",
    "results": "result",
}
REPLY_LISTS: Final[Mapping[str, type[Frozen]]] = {
    "actors": ReplyActor,
    "people": ReplyPerson,
    "actions": ReplyAction,
    "results": ReplyResult,
}
_FACT_PATH: Final = re.compile(rf"({'|'.join(FACT_LISTS)})\[\d{{1,6}}\]|place|time|problem|lesson")


def fact_path(path: str) -> str:
    """The path of the fact that a finding's path leads into: `results[2].quote` is of `results[2]`; "" if of none."""
    match = _FACT_PATH.match(path)
    return match[0] if match else ""


def fact_kind(path: str) -> str:
    """What sort of fact a path of `Case.facts` names: place, time, problem, lesson, actor, person, action, result."""
    name = path.partition("[")[0]
    return FACT_LISTS.get(name, name)


def fact_words(fact: Fact) -> str:
    """What a fact says, without its codes: the printed names of a place, a name with its title, a text."""
    if isinstance(fact, Place):
        printed = " ".join(name for name in (fact.province, fact.city, fact.county) if name)
        return printed or fact.full_name or "?"
    title = fact.title if isinstance(fact, Person) else None
    said = fact.name if isinstance(fact, Actor | Person) else fact.text
    return f"{said} {title}" if title else said
