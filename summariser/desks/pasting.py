"""A chat request as text for a person to paste into a chat: whole and compact, or only what a repair is about.

The schema is spelled as the shape of the answer, a fifth as long as JSON Schema; where the messages tell all codes of a
list already, it is called `code`. A repair asked in the chat that gave the answer needs the issues and the lines that
they touch, not the whole question again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_PLAIN: Final = {"string": "text", "integer": "integer", "number": "number", "boolean": "true|false", "null": "null"}
_KNOWN_KEYS: Final = {
    "$defs",
    "$ref",
    "type",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "anyOf",
}
_DEEPEST: Final = 20  # a schema that refers to itself is shown as JSON Schema
_NOTE: Final = (
    "One JSON object of this shape, every key in it and no other; `code` is one of the codes that the text above names"
    " for it:"
)
_ISSUE: Final = re.compile(r"^[0-9]+\. ([^\s:]+): (.*)$", re.MULTILINE)
_STEP: Final = re.compile(r"[^.\[\]]+")
_NAMED: Final = re.compile(r"\b(?:sentences?|lines?) ([0-9]+(?:(?:, | and |-)[0-9]+)*)")
_NUMBERED: Final = re.compile(r"^\[([0-9]+)\][^\n]*$", re.MULTILINE)
_WIDEST: Final = 200  # lines that one issue may name


def render_request(number: str, body: dict[str, Any]) -> str:
    """The request as Markdown: what to paste, and which files of the folder are the answer."""
    how = "(one JSON text)" if _find_schema(body) is None else "(JSON of the shape above)"
    end = (
        "## How to answer",
        f"Write the reply into this folder: `reply.json` {how}, or `reply.txt` (any text, returned verbatim)."
        " JSON that has not come to its end is waited for.",
    )
    return "\n\n".join((f"# Request {number}", *_blocks(body), *end)) + "\n"


def render_paste(body: dict[str, Any]) -> str:
    """The whole request, as short as it can be said."""
    return "\n\n".join(_blocks(body)) + "\n"


def render_repair(body: dict[str, Any]) -> str | None:
    """What to say in the chat that gave the last answer: its issues and the lines they touch; None if no repair."""
    messages = body["messages"]
    if len(messages) < 3 or [message.get("role") for message in messages[-2:]] != ["assistant", "user"]:
        return None
    question, answer, issues = (_text_of(message) for message in messages[-3:])
    wanted = _touched(issues, answer)
    lines = [match[0] for match in _NUMBERED.finditer(question) if int(match[1]) in wanted]
    return issues.rstrip("\n") + "\n" + ("\n" + "\n".join(lines) + "\n" if lines else "")


def spell_json(value: object) -> str:
    """JSON to read: indented, Chinese as Chinese."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def spell_shape(schema: Mapping[str, Any], told: str) -> str | None:
    """The shape of the JSON that a schema asks for, or None if it asks for more than can be said so.

    Shape: `told` is the text above; a list of codes that it names one and all is spelled `code`.
    """
    words = set(re.findall(r"\w+", told, re.ASCII))
    try:
        return _spell(schema, schema.get("$defs", {}), words, depth=0)
    except (LookupError, TypeError, AttributeError, RecursionError):
        return None


def _spell(node: Mapping[str, Any], named: Mapping[str, Any], words: set[str], *, depth: int) -> str:
    """One node. Errors: LookupError and the like for what cannot be spelled."""
    if node.keys() - _KNOWN_KEYS or depth > _DEEPEST:
        raise LookupError("a schema that is no plain shape")
    if "$ref" in node:
        return _spell(named[node["$ref"].removeprefix("#/$defs/")], named, words, depth=depth + 1)
    if "enum" in node:
        codes = [str(code) for code in node["enum"]]
        return "code" if words.issuperset(codes) else "|".join(json.dumps(code, ensure_ascii=False) for code in codes)
    if "anyOf" in node:
        return " | ".join(_spell(each, named, words, depth=depth + 1) for each in node["anyOf"])
    if node["type"] == "array":
        return f"[{_spell(node['items'], named, words, depth=depth + 1)}, ...]"
    if node["type"] == "object":
        if node.get("additionalProperties") is not False or set(node["required"]) != node["properties"].keys():
            raise LookupError("keys that may be left out or added")
        parts = (
            f"{json.dumps(name, ensure_ascii=False)}: {_spell(each, named, words, depth=depth + 1)}"
            for name, each in node["properties"].items()
        )
        return "{" + (",\n " if depth == 0 else ", ").join(parts) + "}"
    return _PLAIN[node["type"]]


def _blocks(body: dict[str, Any]) -> Iterator[str]:
    """Messages and schema as blocks of Markdown."""
    for position, message in enumerate(body["messages"], start=1):
        role = re.sub(r"[^A-Za-z0-9_-]", "?", str(message.get("role", "no role")))[:40]
        yield f"## {position}. {role}"
        yield from _render_message(message)
    schema = _find_schema(body)
    if schema is None:
        return
    yield "## Shape of the reply"
    told = "\n".join(map(_text_of, body["messages"]))
    shape = spell_shape(schema, told) if isinstance(schema, dict) else None
    if shape is None:
        yield "One JSON text by this schema:"
        yield _fence(json.dumps(schema, ensure_ascii=False, separators=(",", ":")), "json")
    else:
        yield _NOTE
        yield _fence(shape, "text")


def _render_message(message: dict[str, Any]) -> Iterator[str]:
    """The blocks of one message: its texts as they are, and whatever else it holds as JSON."""
    for part in _parts_of(message):
        if isinstance(part, str):
            yield _fence(part, "text")
        elif part is not None:
            yield _fence(spell_json(part), "json")
    rest = {key: value for key, value in message.items() if key not in ("role", "content") and value is not None}
    if rest:
        yield _fence(spell_json(rest), "json")


def _parts_of(message: Mapping[str, Any]) -> Iterator[object]:
    """The parts of a message's content; those that are text as text."""
    content = message.get("content")
    for part in content if isinstance(content, list) else [content]:
        yield part.get("text") if isinstance(part, dict) and part.get("type") == "text" else part


def _text_of(message: Mapping[str, Any]) -> str:
    return "\n".join(part for part in _parts_of(message) if isinstance(part, str))


def _find_schema(body: dict[str, Any]) -> object:
    """The JSON Schema the reply should obey, or None."""
    response_format = body.get("response_format")
    if not isinstance(response_format, dict) or response_format.get("type") != "json_schema":
        return None
    named = response_format.get("json_schema")
    return named.get("schema", named) if isinstance(named, dict) else named


def _touched(issues: str, answer: str) -> set[int]:
    """The numbers of the lines that the issues name, or that the part of the answer which they are about cites."""
    try:
        given = json.loads(answer)
    except (ValueError, RecursionError):
        given = None
    found: set[int] = set()
    for path, message in _ISSUE.findall(issues):
        for named in _NAMED.findall(message):
            found |= _numbers(named)
        found |= _cited(given, _STEP.findall(path))
    return found


def _numbers(named: str) -> set[int]:
    """The numbers of `3`, `3, 5 and 7` and `3-6`."""
    found: set[int] = set()
    for first, last in re.findall(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", named):
        low, high = int(first), int(last or first)
        found |= set(range(low, min(high, low + _WIDEST) + 1))
    return found


def _cited(given: object, steps: list[str]) -> set[int]:
    """The lines cited by the smallest part of the answer on the way of a path that cites any."""
    cited: set[int] = set()
    node = given
    for step in steps:
        beside = node.get(f"{step}_sents") if isinstance(node, dict) else None
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        else:
            break
        own = node if isinstance(node, dict) else {}
        cited = {*_whole(beside), *_whole(own.get("sents")), *_ranges(own.get("lines"))} or cited
    return cited


def _whole(value: object) -> Iterator[int]:
    """The whole numbers in a list."""
    yield from (each for each in value if type(each) is int) if isinstance(value, list) else ()


def _ranges(value: object) -> Iterator[int]:
    """The numbers in a list of ranges, both ends included."""
    for each in value if isinstance(value, list) else ():
        ends = list(_whole(each))
        if len(ends) == 2:
            yield from range(ends[0], min(ends[1], ends[0] + _WIDEST) + 1)


def _fence(text: str, language: str) -> str:
    """The text in a fence longer than any run of backticks inside, so that it cannot end its own block."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
