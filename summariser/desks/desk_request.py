"""A chat request as the desk keeps it: which two are the same, and how one reads on paper."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any


class RefusedError(Exception):
    """A request that gets no reply; carries what the error object in OpenAI's shape needs."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        super().__init__(message)


def parse_body(raw: bytes) -> dict[str, Any]:
    """Return the request in these bytes; the only demand on it is that it has messages. Errors: RefusedError."""
    try:
        body = json.loads(raw.decode("utf-8"))
        hash_body(body)  # refuses NaN and infinities, which no JSON file of ours could hold
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "invalid_json", f"the body is not JSON: {error}") from error
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list) or not messages or not all(isinstance(message, dict) for message in messages):
        raise RefusedError(400, "missing_messages", "the body needs messages: a list with at least one object")
    return body  # type: ignore[no-any-return]  # a dict, or messages would be None


def hash_body(body: object, draw: str = "") -> str:
    """Return the sha256 of the body with sorted keys and no spaces, so that equal requests have equal hashes.

    Shape: the same body asked for another draw, which wants a reply of its own, has another hash.
    """
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii") + draw.encode("ascii")).hexdigest()


def render_request(number: str, body: dict[str, Any]) -> str:
    """Return the request as Markdown for a person: messages, schema, and how to answer."""
    blocks = [f"# Request {number}"]
    for position, message in enumerate(body["messages"], start=1):
        role = re.sub(r"[^A-Za-z0-9_-]", "?", str(message.get("role", "no role")))[:40]
        blocks.append(f"## {position}. {role}")
        blocks.extend(_render_message(message))
    schema = _find_schema(body)
    how_json = "(one JSON text)"
    if schema is not None:
        blocks += ["## Schema of the reply", _fence(spell_json(schema), "json")]
        how_json = "(the reply must be JSON by the schema above)"
    blocks += [
        "## How to answer",
        f"Write the reply into this folder: `reply.json` {how_json}, or `reply.txt` (any text, returned verbatim).",
    ]
    return "\n\n".join(blocks) + "\n"


def spell_json(value: object) -> str:
    """Return JSON to read: indented, Chinese as Chinese."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _render_message(message: dict[str, Any]) -> Iterator[str]:
    """Return the blocks of one message: its texts as they are, and whatever else it holds as JSON."""
    content = message.get("content")
    for part in content if isinstance(content, list) else [content]:
        text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else part
        if isinstance(text, str):
            yield _fence(text, "text")
        elif text is not None:
            yield _fence(spell_json(text), "json")
    rest = {key: value for key, value in message.items() if key not in ("role", "content") and value is not None}
    if rest:
        yield _fence(spell_json(rest), "json")


def _find_schema(body: dict[str, Any]) -> object:
    """Return the JSON Schema the reply should obey, or None."""
    response_format = body.get("response_format")
    if not isinstance(response_format, dict) or response_format.get("type") != "json_schema":
        return None
    named = response_format.get("json_schema")
    return named.get("schema", named) if isinstance(named, dict) else named


def _fence(text: str, language: str) -> str:
    """Return the text in a fence longer than any run of backticks inside, so that it cannot end its own block."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
