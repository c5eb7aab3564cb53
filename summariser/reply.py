"""Replies of a model: their schemas, and a parser that finds the JSON and lists everything that is wrong with it.

Of a page it gives the articles (`SplitReply`), of an article its reading (`CaseReply`), of a case its verdicts
(`VerifyReply`). It cites sentence numbers and
copies short mentions; it types no number and no offset of its own. The classes keep to what every strict JSON Schema
server takes: all fields required, null instead of optional, no bounds, no patterns. Field order is part of the format:
evidence comes before conclusions, so that a model writes down what it saw before it judges.

Models wrap JSON in code fences, think aloud before and after it, put it under a key, or repeat themselves. Of all the
JSON objects at the top level of the text, thoughts (`<think>...</think>`) left out, the last that validates is the
answer. Nothing inside it is mended; that is the model's job. Every step is linear in the length of the text.
"""

from __future__ import annotations

import heapq
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from types import NoneType
from typing import Any, Final, Generic, NamedTuple, TypeVar, get_args, get_origin

from pydantic import BaseModel, Field, ValidationError

from summariser.errors import InvalidReply
from summariser.schema.case import Finding, Rule, Severity
from summariser.schema.codes import (
    ActorRole,
    Beneficiary,
    Chain,
    Decision,
    Level,
    OrgType,
    Ownership,
    PersonKind,
    PracticeStatus,
    RelationKind,
    ResultKind,
    ResultStatus,
    Support,
    Theme,
    TimeRole,
)
from summariser.schema.exchange import spell_path
from summariser.schema.page import ArticleKind, Frozen
from summariser.text import counted


class ReplyArticle(Frozen):
    """One article of the page, as line numbers."""

    kind: ArticleKind = Field(
        description="brief: opens with a dateline (本报讯, 本报某地某月某日电). photo_caption: text of a picture, "
        "ends in 摄. continuation: goes on from another page (上接第N版). feature: any other. other: none of these."
    )
    headline_lines: list[int] = Field(description="Line numbers of the main headline (主题); empty if it has none.")
    kicker_lines: list[int] = Field(
        description="Line numbers of the smaller title above or below it (引题, 副题); empty if it has none."
    )
    subhead_lines: list[int] = Field(description="Line numbers of the subheads within the text (小标题).")
    lines: list[list[int]] = Field(
        description="All lines of the article in reading order, as ranges [first, last], both ends included: titles "
        "first, then byline, then text. Lines of headline, kicker and subheads are among them. A line by itself is "
        "[5, 5]. Where columns are interleaved there are many short ranges, and numbers may jump back."
    )


class SplitReply(Frozen):
    """A page cut into articles: every numbered line stands in exactly one article or in noise."""

    articles: list[ReplyArticle] = Field(description="The articles of the page; photo captions are articles too.")
    noise: list[list[int]] = Field(
        description="Ranges [first, last] of lines that belong to no article: column labels, page furniture, OCR "
        "rubbish, a worse second copy of the same lines."
    )


class ReplyActor(Frozen):
    """An organisation that does something in the practice, or stands at the other side of the table."""

    name: str = Field(description="Copied from a cited sentence, the fullest form printed.")
    org_type: OrgType
    level: Level = Field(description="Level of the organisation; unknown if the text does not tell.")
    role: ActorRole
    sents: list[int] = Field(description="Sentence numbers in which name and role stand.")


class ReplyEmployer(Frozen):
    """What the article says of a firm; one entry for a firm that it describes."""

    name: str = Field(description="Copied from a cited sentence.")
    industry: str | None = Field(description="Its line of business, copied; null if not printed.")
    ownership: Ownership | None = Field(description="Only where the article says it; else null.")
    size_text: str | None = Field(description="Words with the number of its workers, copied; null if not printed.")
    sents: list[int]


class ReplyPerson(Frozen):
    """A person named in the article; reporters and photographers are none."""

    name: str = Field(description="Copied from a cited sentence, the name alone.")
    title: str | None = Field(description="Post or title, copied from a cited sentence; null if none is printed.")
    kind: PersonKind
    sents: list[int] = Field(description="Sentence numbers in which name and title stand.")


class ReplyPlace(Frozen):
    """Where the practice is, each part as the article names it."""

    province: str | None = Field(description="省、自治区、直辖市 as printed; null if the article does not name it.")
    city: str | None = Field(description="地级市、州、盟 as printed; null if not named.")
    county: str | None = Field(description="县、区、县级市 as printed; null if not named.")
    sents: list[int] = Field(description="Sentence numbers in which these names stand.")


class ReplyTime(Frozen):
    """When it happened."""

    text: str = Field(description="Copied from the article.")
    role: TimeRole
    sents: list[int]


class ReplyDevice(Frozen):
    """A name that the practice has given to something of its own: 揭榜墙, 和事桌."""

    name: str = Field(description="Copied from a cited sentence, without quotation marks.")
    sents: list[int]


class ReplyRelation(Frozen):
    """How the practice hangs together with another practice, campaign or document."""

    kind: RelationKind
    to: str = Field(description="The other one, copied from a cited sentence.")
    sents: list[int]


class ReplyAction(Frozen):
    """One thing that was done."""

    text: str = Field(description="What was done, in Chinese, one sentence in your own words.")
    theme: Theme
    sents: list[int] = Field(description="Numbers of all sentences that are needed to bear the text out.")


class ReplyResult(Frozen):
    """One result, standard or figure; one number each, a change from one number to another together."""

    text: str = Field(description="What it is, in Chinese, in your own words.")
    chain: Chain
    kind: ResultKind
    status: ResultStatus
    value_text: str | None = Field(
        description="The words that carry the number, copied with 近、超、余、以上 and the unit; null without a number."
    )
    per_text: str | None = Field(
        default=None,
        description="The words for what the number is reckoned by, copied: 每人每月, 一节课; null if by nothing.",
    )
    subject: str | None = Field(description="What the number counts, copied from a cited sentence; null without one.")
    before_text: str | None = Field(description="The words with the number from before a change, copied; else null.")
    period_text: str | None = Field(description="The time that the number is of, copied; null if not printed.")
    part_of: int | None = Field(description="Place in this list (from 0) of the total that this number is a part of.")
    claimant: str | None = Field(description="Who says so, copied; null where the newspaper itself does.")
    sents: list[int] = Field(description="Numbers of all sentences that are needed to bear the fact out.")


class ReplyBeneficiary(Frozen):
    """A group for whom the practice is."""

    group: Beneficiary
    sents: list[int]


class CaseReply(Frozen):
    """The model's reading of one article."""

    actors: list[ReplyActor] = Field(description="Organisations, the lead first; at most 12.")
    employers: list[ReplyEmployer] = Field(description="Firms whose business, ownership or size is printed; at most 4.")
    people: list[ReplyPerson] = Field(description="People named in the article, in text order; at most 12.")
    place: ReplyPlace | None = Field(description="Where the practice is; null if the article names no place.")
    time: ReplyTime | None = Field(description="When it happened; null if not printed.")
    devices: list[ReplyDevice] = Field(description="The practice's own names for things; at most 6.")
    relations: list[ReplyRelation] = Field(description="Links to other practices and campaigns; at most 4.")
    problem: str | None = Field(description="The problem it answers, in Chinese; null if the article names none.")
    problem_sents: list[int]
    actions: list[ReplyAction] = Field(description="What was done, in text order; at most 8.")
    results: list[ReplyResult] = Field(description="Results and figures, in text order; at most 25 in one reply.")
    more: bool = Field(description="Whether the article has further results, which this reply leaves out.")
    lesson: str | None = Field(description="A lesson the article itself draws; null is normal.")
    lesson_sents: list[int]
    decision: Decision
    primary_theme: Theme
    theme_sents: list[int] = Field(description="Numbers of the sentences that decide the primary theme.")
    secondary_themes: list[Theme] = Field(description="At most 2, none of them the primary theme.")
    beneficiaries: list[ReplyBeneficiary] = Field(description="For whom the practice is.")
    practice_status: PracticeStatus
    status_sents: list[int]
    one_line: str = Field(description="Who did what with what result, in Chinese, up to 60 characters.")
    summary: str = Field(description="80 to 150 Chinese characters.")
    headline_en: str = Field(description="A headline in English, up to 15 words.")
    summary_en: str = Field(description="40 to 90 English words, the same facts as the Chinese summary.")


class MoreReply(Frozen):
    """The results of a dense article behind those that a reply has given."""

    results: list[ReplyResult] = Field(description="Further results, in text order; at most 25.")
    more: bool = Field(description="Whether there are still others.")


class Verdict(Frozen):
    """How far the words of the article bear one claim out."""

    claim: int = Field(description="Number of the claim.")
    support: Support
    missing: list[int] = Field(description="Numbers of the sentences that are needed as well; empty if none is.")


class VerifyReply(Frozen):
    """A second reader's verdicts on the facts of a case, one for each claim."""

    verdicts: list[Verdict]


REPLY_LISTS: Final[Mapping[str, type[Frozen]]] = {
    "actors": ReplyActor,
    "employers": ReplyEmployer,
    "people": ReplyPerson,
    "devices": ReplyDevice,
    "relations": ReplyRelation,
    "actions": ReplyAction,
    "results": ReplyResult,
    "beneficiaries": ReplyBeneficiary,
}


MAX_CHARACTERS = 600_000  # the longest reply that a model writes, 128,000 tokens, has fewer; more is a runaway
MAX_DEPTH = 40  # levels of brackets; the deepest of our formats has 5
MAX_CANDIDATES = 20  # objects tried, the longest ones; an answer is not shorter than twenty remarks about it
MAX_UNCLOSED = 4  # openings that find no end, after which the rest of a text is no longer searched
MAX_UNWRAPPED = 3  # keys or lists taken off an answer that was put under a key or into a list
MAX_REPAIRED = 100  # issues of a reply that is read; dense articles have dozens of facts
MAX_MESSAGE = 1000  # characters of an issue; numbers of thousands of digits can be read
MAX_LISTED = 40  # issues sent back at once; a reply with more has missed the format altogether

_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\Z)?'
_INSIDE = re.compile(rf"{_STRING}|[{{}}\[\]]", re.DOTALL)
_THOUGHT_END = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_OPENING = re.compile(  # each branch begins with a character, so that `re` looks for these alone: ten times as fast
    r'<(?P<thought>think(?:ing)?>)|<(?P<thought_end>/think(?:ing)?>)|\{(?=\s*["}])|\[(?=\s*[{\[])', re.IGNORECASE
)
_SURROGATE = re.compile("[\ud800-\udfff]")

ReplyType = TypeVar("ReplyType", bound=BaseModel)


class _JsonSpan(NamedTuple):
    """A piece of the text that begins like JSON; `is_whole` says that all its brackets are closed."""

    start: int
    end: int
    is_whole: bool
    depth: int


class _Candidate(NamedTuple, Generic[ReplyType]):
    """What became of one object: the typed value, or what is wrong with it; `size` in characters of its stretch."""

    size: int
    value: ReplyType | None
    issues: Sequence[Finding] = ()


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its keys stood in it more than once."""

    repeated: tuple[str, ...] = ()


def parse_reply(text: str, reply_type: type[ReplyType]) -> ReplyType:
    """Read a reply of the given type.

    Errors: InvalidReply with one structural finding for each thing wrong: no JSON, broken JSON with its line and
    column, two different answers, a key that stands twice, unknown codes, missing fields.
    """
    issues: Sequence[Finding]
    if (plain := _read_plain(text, reply_type)) is not None:
        return plain
    candidates = list(_candidates(text, reply_type)) if len(text) <= MAX_CHARACTERS else []
    answers = [candidate.value for candidate in candidates if candidate.value is not None]
    if answers and all(answer == answers[-1] for answer in answers):
        return answers[-1]
    if answers:
        issues = [Rule.SEVERAL_ANSWERS.say("$", count=len(answers))]
    elif candidates:
        issues = max(reversed(candidates), key=lambda candidate: candidate.size).issues
    elif len(text) > MAX_CHARACTERS:
        issues = [Rule.REPLY_TOO_LONG.say("$", count=f"{len(text):,}", most=f"{MAX_CHARACTERS:,}")]
    else:
        issues = [Rule.NO_JSON.say("$")]
    raise InvalidReply(issues, reply_text=text)


def _read_plain(text: str, reply_type: type[ReplyType]) -> ReplyType | None:
    """The answer in a text that is nothing else, as most are; None where it has to be looked for, or is none."""
    try:
        if len(text) <= MAX_CHARACTERS:
            json.loads(text, object_pairs_hook=_refuse_repeated, parse_constant=_refuse_constant)
            return reply_type.model_validate_json(text)
    except (ValueError, RecursionError):  # of validation as well; what is wrong is found with care
        pass
    return None


def _writable(finding: Finding) -> Finding:
    """A finding about a reply, with what no file can hold escaped, and a path."""
    path, message = escape_surrogates(finding.path) or "$", escape_surrogates(finding.message)
    return finding.model_copy(update={"path": path, "message": message})


def limit_issues(issues: Sequence[Finding], most: int = MAX_LISTED) -> tuple[Finding, ...]:
    """The first of many issues, no message longer than is read; whoever sends them back pays for every word."""
    listed = tuple(
        each
        if len(each.message) <= MAX_MESSAGE
        else each.model_copy(update={"message": each.message[:MAX_MESSAGE] + "…"})
        for each in issues[:most]
    )
    return (*listed, Rule.MORE_ISSUES.say("$")) if len(issues) > most else listed


def escape_surrogates(text: str) -> str:
    r"""Write half characters (lone surrogates), which no file can hold, as `\ud83d`."""
    return text.encode("utf-8", "backslashreplace").decode()


def _candidates(text: str, reply_type: type[ReplyType]) -> Iterator[_Candidate[ReplyType]]:
    """What the longest stretches of JSON in a text become, in text order."""
    longest = heapq.nlargest(MAX_CANDIDATES, _json_spans(text), key=lambda each: (each.end - each.start, each.start))
    for stretch in sorted(longest):
        size = stretch.end - stretch.start
        if stretch.depth > MAX_DEPTH:
            yield _Candidate(size, None, [Rule.JSON_TOO_DEEP.say("$", depth=stretch.depth, most=MAX_DEPTH)])
            continue
        try:
            value = json.loads(
                text[stretch.start : stretch.end],
                object_pairs_hook=_object,
                parse_constant=_refuse_constant,
                parse_int=_read_integer,
            )
        except ValueError as error:  # JSONDecodeError is one; others are NaN and integers of thousands of digits
            yield _Candidate(size, None, [_syntax_issue(text, stretch, error)])
            continue
        for item in _unwrapped(value, reply_type):
            yield _validated(item, reply_type, size)


def _json_spans(text: str) -> list[_JsonSpan]:
    """The stretches of a text that look like JSON, none within another, and none within a thought."""
    found: list[_JsonSpan] = []
    at = unclosed = 0
    while unclosed < MAX_UNCLOSED and (opening := _OPENING.search(text, at)):
        at = opening.end()
        if opening["thought_end"]:
            found.clear()  # a thought whose beginning the server kept to itself
        elif opening["thought"]:
            thought_end = _THOUGHT_END.search(text, at)
            at = thought_end.end() if thought_end else len(text)
        else:
            stretch = _stretch_from(text, opening.start())
            found.append(stretch)
            unclosed += not stretch.is_whole
            at = stretch.end if stretch.is_whole or stretch.depth > MAX_DEPTH else stretch.start + 1
    return found


def _stretch_from(text: str, start: int) -> _JsonSpan:
    """The stretch from an opening bracket to the one that closes it, or to the end of the text."""
    depth = deepest = 0
    for token in _INSIDE.finditer(text, start):
        if token[0] in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in "}]":
            depth -= 1
            if depth == 0:
                return _JsonSpan(start, token.end(), is_whole=True, depth=deepest)
    return _JsonSpan(start, len(text), is_whole=False, depth=deepest)


def _object(pairs: Sequence[tuple[str, Any]]) -> _Object:
    """The object of these keys and values."""
    made = _Object(pairs)
    if len(made) < len(pairs):
        made.repeated = tuple(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
    return made


def _refuse_repeated(pairs: Sequence[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands twice")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _read_integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError as error:
        told = counted(len(digits.lstrip("-")), "digit")
        raise ValueError(f"a number of {told} is longer than can be read") from error


def _syntax_issue(text: str, stretch: _JsonSpan, error: ValueError) -> Finding:
    """Where a stretch stops being JSON, and why."""
    if not isinstance(error, json.JSONDecodeError):
        return _writable(Rule.JSON_SYNTAX.say("$", fault=error))
    place = stretch.start + error.pos
    line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    if not text[place:].strip() or error.msg.startswith("Unterminated string"):
        return Rule.JSON_SYNTAX.say("$", line=line, column=column)
    spot = f"{json.dumps(text[place : place + 20], ensure_ascii=False)}: {error.msg}"
    return _writable(Rule.JSON_SYNTAX.say("$", line=line, column=column, spot=spot))


def _unwrapped(value: Any, reply_type: type[ReplyType], levels: int = MAX_UNWRAPPED) -> Iterator[Any]:
    """The objects that may be the answer: the value, what lies under its only and foreign key, the items of a list."""
    inner: Sequence[Any] = ()
    if isinstance(value, list):
        inner = value[-MAX_CANDIDATES:]
    elif len(value) == 1 and not set(value) & set(reply_type.model_fields):
        inner = list(value.values())
    inner = [item for item in inner if isinstance(item, dict | list)] if levels else []
    for item in inner:
        yield from _unwrapped(item, reply_type, levels - 1)
    if isinstance(value, dict) and not inner:
        yield value


def _validated(value: _Object, reply_type: type[ReplyType], size: int) -> _Candidate[ReplyType]:
    """The object as the reply type, or all that keeps it from being one."""
    found = list(_faults(value, ()))
    try:
        reply = reply_type.model_validate_json(json.dumps(value)) if not found else None
    except ValidationError as error:
        reply = None
        found = [_schema_issue(issue, reply_type) for issue in error.errors(include_url=False)[: MAX_LISTED + 1]]
    return _Candidate(size, reply, limit_issues(found))


def _faults(value: Any, location: tuple[int | str, ...]) -> Iterator[Finding]:
    """Keys that stand twice and strings with half a character, at any depth."""
    if isinstance(value, str) and _SURROGATE.search(value):
        yield _writable(Rule.HALF_CHARACTER.say(spell_path(location)))
    if isinstance(value, _Object):
        for key in value.repeated:
            yield _writable(Rule.KEY_TWICE.say(spell_path((*location, key)), key=key))
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if not isinstance(item, int | float | None):
            yield from _faults(item, (*location, key))


def _schema_issue(issue: Any, reply_type: type[BaseModel]) -> Finding:
    """What pydantic finds wrong, with what stands there, so that it can be mended without guessing."""
    path = spell_path(issue["loc"])
    if issue["type"] == "missing":
        message = f"This field is missing; give {_allowed(_kind_at(reply_type, issue['loc']))}."
    elif issue["type"] == "extra_forbidden":
        message = "This field is not part of the format; leave it out."
    else:
        shown = json.dumps(issue["input"], ensure_ascii=False, default=str)
        message = f"{issue['msg']}; found {shown if len(shown) <= 60 else shown[:57] + '...'}."
    return _writable(Finding(path=path, severity=Severity.STRUCTURAL, rule=issue["type"], message=message))


def _kind_at(kind: Any, location: Iterable[int | str]) -> Any:
    """The annotation of a place in a reply, by the type of the reply."""
    for part in location:
        inner = next((each for each in get_args(kind) if each is not NoneType), kind)
        kind = inner if isinstance(part, int) else inner.model_fields[part].annotation
    return kind


def _allowed(kind: Any) -> str:
    """What a field of this annotation takes: no null where the format has none."""
    if NoneType in get_args(kind):
        return "it, with null if there is nothing to say"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"one of {', '.join(repr(each.value) for each in kind)}"
    return "it as a list" if get_origin(kind) is list else "it"
