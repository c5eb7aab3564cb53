"""The text that `git diff` shows of a stored file: one sentence a line, a fact on few lines, no offsets, no hashes.

It works on JSON, not on records, so that a file that breaks the schema is shown too; what is no JSON is shown line by
line. Left out is only what shifts without a meaning: offsets, sentence numbers, and all but eight digits of a hash.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

FORM: Final = 2  # raised when the lines change, so that git throws away what it keeps of the old ones
_SENTENCE: Final = re.compile(r"(?<=[。！？；])|(?<=[.!?]) ")
_SHIFTING: Final = {"start", "end", "sents", "$schema"}
_LONG: Final = 60
_HASH: Final = re.compile("[0-9a-f]{64}")
_LINES: Final = {"lines", "noise"}


def make_readable(text: str) -> str:
    """Return the lines for a stored file, a newline at the end."""
    try:
        tree = json.loads(text, parse_float=str, parse_int=str)
        return "".join(f"{_visible(line)}\n" for line in _lines(tree, ""))
    except (ValueError, RecursionError):
        return "".join(f"{_visible(line)}\n" for line in text.split("\n")).removesuffix("\n" * text.endswith("\n"))


def _lines(value: object, indent: str) -> Iterator[str]:
    """An object's members, or a list's items, each on lines of its own."""
    if isinstance(value, dict):
        is_time = "precision" in value and "text" in value
        for key, item in value.items():
            if key not in _SHIFTING or (is_time and key != "sents"):
                yield from _member(key, item, indent)
    elif isinstance(value, list):
        for item in value:
            yield from _item(item, indent)
    else:
        yield f"{indent}{_say(value)}"


def _member(key: str, value: object, indent: str) -> Iterator[str]:
    """A key and its value: on one line, if the value is short."""
    short = _short(key, value)
    if short is not None:
        yield f"{indent}{key}: {short}"
    elif isinstance(value, str):
        yield f"{indent}{key}:"
        yield from (f"{indent}  {_say(part)}" for part in _SENTENCE.split(value) if part)
    else:
        yield f"{indent}{key}:"
        yield from _lines(value, indent + "  ")


def _item(value: object, indent: str) -> Iterator[str]:
    """An item of a list, marked by a dash."""
    if not isinstance(value, dict | list):
        yield f"{indent}- {_say(value)}"
        return
    lines = list(_lines(value, indent + "  "))
    if lines:
        yield f"{indent}- {lines[0].lstrip()}"
        yield from lines[1:]


def _short(key: str, value: object) -> str | None:
    """The value in a few words; None if it needs lines of its own."""
    if isinstance(value, dict):
        return _evidence(value) if key == "evidence" else _quantity(value)
    if isinstance(value, list):
        return _list(key, value)
    text = _say(value)
    return text if len(text) <= _LONG or key == "quote" else None


def _list(key: str, value: list[object]) -> str | None:
    """A list without structure: page lines, codes, names."""
    if key in _LINES and all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        return _ranges(value)
    if any(isinstance(item, dict | list) for item in value):
        return None
    return ", ".join(map(_say, value)) or "-"


def _evidence(value: dict[str, object]) -> str | None:
    """The words of the page and their lines, and how they were found if not exactly; None if it is no evidence."""
    if not {"quote", "lines", "match"} <= set(value) or not isinstance(value["lines"], list):
        return None
    words = f"“{_say(value['quote'])}”" if value["quote"] is not None else "(sentences)"
    match = "" if value["match"] == "exact" else f", {_say(value['match'])}"
    return f"{words} line {_ranges(value['lines'])}{match}"


def _quantity(value: dict[str, object]) -> str | None:
    """The words of a number and what they mean; None if it is no quantity."""
    if "raw" not in value or "value" not in value:
        return None
    told = [f"{name} {_say(item)}" for name, item in value.items() if item not in (None, []) and name not in _TOLD]
    return f"{_say(value['raw'])} = {_say(value['value'])} {_say(value.get('unit'))} ({', '.join(told)})"


_TOLD: Final = {"raw", "value", "unit", "start", "end"}


def _ranges(value: object) -> str:
    """Page lines: 12-14, 18."""
    pairs = [pair for pair in value if isinstance(pair, list) and len(pair) == 2] if isinstance(value, list) else []
    return ", ".join(f"{_say(a)}-{_say(b)}" if a != b else _say(a) for a, b in pairs) or "-"


def _say(value: object) -> str:
    """A string, number, truth value or null in words."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return _HASH.sub(lambda match: match[0][:8], value)


def _visible(text: str) -> str:
    """The text with what cannot be seen as escapes."""
    return "".join(char if char.isprintable() or char == "\u3000" else json.dumps(char)[1:-1] for char in text)
