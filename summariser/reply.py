"""From the text of a reply to a typed value, or to everything that is wrong with it.

Models wrap JSON in code fences, think aloud before and after it, put it under a key, or repeat themselves. Of all the
JSON objects at the top level of the text, thoughts (`<think>...</think>`) left out, the last that validates is the
answer. Nothing inside it is mended; that is the model's job. Every step is linear in the length of the text.
"""

from __future__ import annotations

import heapq
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from summariser.errors import InvalidReply
from summariser.schema.case import Finding, Rule, Severity
from summariser.schema.exchange import spell_path

MAX_CHARACTERS = 600_000  # the longest reply that a model writes, 128,000 tokens, has fewer; more is a runaway
MAX_DEPTH = 40  # levels of brackets; the deepest of our formats has 5
MAX_CANDIDATES = 20  # objects tried, the longest ones; an answer is not shorter than twenty remarks about it
MAX_UNCLOSED = 4  # openings that find no end, after which the rest of a text is no longer searched
MAX_UNWRAPPED = 3  # keys or lists taken off an answer that was put under a key or into a list
MAX_REPAIRED = 100  # issues of a reply that is read; dense articles have dozens of facts
MAX_MESSAGE = 1000  # characters of an issue; numbers of thousands of digits can be read
MAX_LISTED = 40  # issues sent back at once; a reply with more has missed the format altogether

_ONE_OBJECT = "Answer with one JSON object only."
_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\Z)?'
_INSIDE = re.compile(rf"{_STRING}|[{{}}\[\]]", re.DOTALL)
_THOUGHT_END = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_OPENING = re.compile(  # each branch begins with a character, so that `re` looks for these alone: ten times as fast
    r'<(?P<thought>think(?:ing)?>)|<(?P<thought_end>/think(?:ing)?>)|\{(?=\s*["}])|\[(?=\s*[{\[])', re.IGNORECASE
)
_SURROGATE = re.compile("[\ud800-\udfff]")

ReplyType = TypeVar("ReplyType", bound=BaseModel)


class _Stretch(NamedTuple):
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
        message = f"The reply holds {len(answers)} answers that differ. {_ONE_OBJECT}"
        issues = [structural("$", Rule.SEVERAL_ANSWERS, message)]
    elif candidates:
        issues = max(reversed(candidates), key=lambda candidate: candidate.size).issues
    elif len(text) > MAX_CHARACTERS:
        message = f"The reply has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read. {_ONE_OBJECT}"
        issues = [structural("$", Rule.REPLY_TOO_LONG, message)]
    else:
        issues = [structural("$", Rule.NO_JSON, f"The reply holds no JSON object. {_ONE_OBJECT}")]
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


def structural(path: str, rule: Rule | str, message: str) -> Finding:
    """A finding that makes a reply unusable: one of our rules, or of the schema of the reply."""
    path, message = escape_surrogates(path) or "$", escape_surrogates(message)
    return Finding(path=path, severity=Severity.STRUCTURAL, rule=str(rule), message=message)


def limit_issues(issues: Sequence[Finding], most: int = MAX_LISTED) -> tuple[Finding, ...]:
    """The first of many issues, no message longer than is read; whoever sends them back pays for every word."""
    listed = tuple(
        each
        if len(each.message) <= MAX_MESSAGE
        else each.model_copy(update={"message": each.message[:MAX_MESSAGE] + "…"})
        for each in issues[:most]
    )
    more = structural("$", Rule.MORE_ISSUES, "There are further issues of the same kind.")
    return (*listed, more) if len(issues) > most else listed


def escape_surrogates(text: str) -> str:
    r"""Write half characters (lone surrogates), which no file can hold, as `\ud83d`."""
    return text.encode("utf-8", "backslashreplace").decode()


def _candidates(text: str, reply_type: type[ReplyType]) -> Iterator[_Candidate[ReplyType]]:
    """What the longest stretches of JSON in a text become, in text order."""
    longest = heapq.nlargest(MAX_CANDIDATES, _stretches(text), key=lambda each: (each.end - each.start, each.start))
    for stretch in sorted(longest):
        size = stretch.end - stretch.start
        if stretch.depth > MAX_DEPTH:
            message = f"The JSON is nested {stretch.depth} deep; at most {MAX_DEPTH} is read. Keep to the format."
            yield _Candidate(size, None, [structural("$", Rule.JSON_TOO_DEEP, message)])
            continue
        try:
            value = json.loads(
                text[stretch.start : stretch.end], object_pairs_hook=_object, parse_constant=_refuse_constant
            )
        except ValueError as error:  # JSONDecodeError is one; others are NaN and integers of thousands of digits
            yield _Candidate(size, None, [_syntax_issue(text, stretch, error)])
            continue
        for item in _unwrapped(value, reply_type):
            yield _validated(item, reply_type, size)


def _stretches(text: str) -> list[_Stretch]:
    """The stretches of a text that look like JSON, none within another, and none within a thought."""
    found: list[_Stretch] = []
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


def _stretch_from(text: str, start: int) -> _Stretch:
    """The stretch from an opening bracket to the one that closes it, or to the end of the text."""
    depth = deepest = 0
    for token in _INSIDE.finditer(text, start):
        if token[0] in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in "}]":
            depth -= 1
            if depth == 0:
                return _Stretch(start, token.end(), is_whole=True, depth=deepest)
    return _Stretch(start, len(text), is_whole=False, depth=deepest)


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


def _syntax_issue(text: str, stretch: _Stretch, error: ValueError) -> Finding:
    """Where a stretch stops being JSON, and why."""
    if not isinstance(error, json.JSONDecodeError):
        return structural("$", Rule.JSON_SYNTAX, f"The JSON is broken: {error}. Mend it. {_ONE_OBJECT}")
    place = stretch.start + error.pos
    line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    if not text[place:].strip() or error.msg.startswith("Unterminated string"):
        message = f"The JSON is cut off at line {line}, column {column} of the reply. {_ONE_OBJECT}"
    else:
        near = json.dumps(text[place : place + 20], ensure_ascii=False)
        message = f"The JSON is broken at line {line}, column {column} of the reply, at {near}: {error.msg}. Mend it."
    return structural("$", Rule.JSON_SYNTAX, message)


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
        found = [
            structural(spell_path(issue["loc"]), issue["type"], _advice(issue["msg"], issue))
            for issue in error.errors(include_url=False)[: MAX_LISTED + 1]
        ]
    return _Candidate(size, reply, limit_issues(found))


def _faults(value: Any, location: tuple[int | str, ...]) -> Iterator[Finding]:
    """Keys that stand twice and strings with half a character, at any depth."""
    if isinstance(value, str) and _SURROGATE.search(value):
        yield structural(
            spell_path(location), Rule.HALF_CHARACTER, "Half a character stands here; write it whole or leave it out."
        )
    if isinstance(value, _Object):
        for key in value.repeated:
            message = f"“{key}” stands twice in one object; give it once, with all that belongs to it."
            yield structural(spell_path((*location, key)), Rule.KEY_TWICE, message)
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if not isinstance(item, int | float | None):
            yield from _faults(item, (*location, key))


def _advice(message: str, issue: Any) -> str:
    """What is wrong, with what stands there, so that it can be mended without guessing."""
    if issue["type"] == "missing":
        return "This field is missing; give it, with null or an empty list if there is nothing to say."
    if issue["type"] == "extra_forbidden":
        return "This field is not part of the format; leave it out."
    shown = json.dumps(issue["input"], ensure_ascii=False, default=str)
    return f"{message}; found {shown if len(shown) <= 60 else shown[:57] + '...'}."
