"""From the text of a reply to a typed value, or to everything that is wrong with it.

Models wrap JSON in code fences, talk before and after it, or repeat themselves. The last complete JSON object at the
top level of the text is taken: a first one may be an echo of the article. Nothing inside it is mended; that is the
model's job.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from summariser.errors import InvalidReply
from summariser.schema.case import Finding, Severity
from summariser.schema.exchange import spell_path

MAX_CHARACTERS = 2_000_000  # a long article's reply has about 10,000; more is a runaway
MAX_TRIES = 1_000  # places a JSON object may begin at; a text with more openings that lead nowhere is no reply
MAX_LISTED = 40  # issues sent back at once; a reply with more has missed the format altogether

ReplyType = TypeVar("ReplyType", bound=BaseModel)


def parse_reply(text: str, reply_type: type[ReplyType]) -> ReplyType:
    """Read a reply of the given type.

    Errors: InvalidReply with one structural finding for each thing wrong: no JSON, unknown codes, missing fields.
    """
    value = pick_object(text)
    if value is None:
        message = "The reply holds no complete JSON object (none at all, or cut off). Answer with one JSON object only."
        raise InvalidReply([structural("$", "no_json", message)], reply_text=text)
    try:
        return reply_type.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise InvalidReply(_findings(error), reply_text=text) from error


def pick_object(text: str) -> dict[str, Any] | None:
    """The last complete JSON object at the top level of a text, or None."""
    if len(text) > MAX_CHARACTERS:
        return None
    last = None
    for value in _objects(text):
        last = value
    return last


def structural(path: str, rule: str, message: str) -> Finding:
    """A finding that makes a reply unusable."""
    return Finding(path=path, severity=Severity.STRUCTURAL, rule=rule, message=message)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every complete object that does not lie inside another."""
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    length = len(text.rstrip())
    at = text.find("{")
    for _ in range(MAX_TRIES):
        if at < 0:
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            if error.pos >= length:  # cut off: what stands inside is no answer of its own
                return
            end = at + 1
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if isinstance(value, dict) and value:
                yield value
        at = text.find("{", end)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _findings(error: ValidationError) -> list[Finding]:
    issues = error.errors(include_url=False)
    found = [
        structural(spell_path(issue["loc"]) or "$", issue["type"], _advice(issue["msg"], issue)) for issue in issues
    ]
    if len(found) > MAX_LISTED:
        rest = structural("$", "more_issues", f"{len(found) - MAX_LISTED} further issues of the same kind.")
        found = [*found[:MAX_LISTED], rest]
    return found


def _advice(message: str, issue: Any) -> str:
    """What is wrong, with what stands there, so that it can be mended without guessing."""
    if issue["type"] == "missing":
        return "This field is missing; give it, with null or an empty list if there is nothing to say."
    if issue["type"] == "extra_forbidden":
        return "This field is not part of the format; leave it out."
    shown = json.dumps(issue["input"], ensure_ascii=False, default=str)
    return f"{message}; found {shown if len(shown) <= 60 else shown[:57] + '...'}."
