"""What goes over the wire and is kept: requests, responses, and how their bodies are read and compared."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from summariser.schema.exchange import canonical_json
from summariser.schema.page import Frozen

KEPT_HEADERS = frozenset({"content-type", "retry-after"})  # allow-list: what is not here is never written
MAX_BODY_DEPTH = 50
RESERVED = frozenset({"$shared", "$lines"})


class Wire(Frozen):
    """One HTTP message: a body of JSON as structure, any other as text."""

    headers: dict[str, str] = Field(default_factory=dict)
    body: dict[str, JsonValue] | list[JsonValue] | None = None
    text: str | None = None

    @model_validator(mode="after")
    def _check_body(self) -> Self:
        """Refuse two bodies."""
        if self.body is not None and self.text is not None:
            raise ValueError("either a body or a text, not both")
        return self

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        """Refuse what the allow-list would never have let in."""
        if unknown := headers.keys() - KEPT_HEADERS:
            raise ValueError(f"headers that are never recorded: {', '.join(sorted(unknown))}")
        return headers

    @cached_property
    def content(self) -> bytes:
        """The body as it goes over the wire."""
        if self.body is None:
            return (self.text or "").encode()
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()

    @cached_property
    def canonical(self) -> bytes:
        """The body in the one spelling that is compared."""
        return canonical_body(self.content)


class WireRequest(Wire):
    """What was asked, without host and key."""

    method: str = Field(pattern=r"^[A-Z]{1,16}$")
    path: str = Field(pattern=r"^/[!-~]*$")

    @property
    def fields(self) -> Mapping[str, JsonValue]:
        """The members of the body; a body that is no JSON object counts as one member."""
        return self.body if isinstance(self.body, dict) else {"body": self.body or self.text}

    @property
    def messages(self) -> tuple[Mapping[str, JsonValue], ...]:
        """The messages of the chat, none if there is no chat in it."""
        messages = self.fields.get("messages")
        return tuple(m for m in messages if isinstance(m, dict)) if isinstance(messages, list) else ()


class WireResponse(Wire):
    """What was answered."""

    status: int = Field(ge=200, le=299)


class Exchange(Frozen):
    """One request and the response it got."""

    request: WireRequest
    response: WireResponse


def parse_body(content: bytes) -> tuple[dict[str, Any] | list[Any] | None, str | None]:
    """A body as structure if YAML can give exactly that back, else as text, else (no body) neither."""
    text = content.decode()
    try:
        value = json.loads(text, object_pairs_hook=_refuse_double_keys)
    except (ValueError, RecursionError):
        return None, text or None
    if isinstance(value, dict | list) and _is_plain(value):
        return value, None
    return None, text


def _refuse_double_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a dict, unless one of them would be lost."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a key stands twice")
    return members


def _is_plain(value: object, depth: int = 0) -> bool:
    """Whether a JSON value survives in our YAML: finite, whole characters, no mapping that looks like one of ours."""
    if depth > MAX_BODY_DEPTH:
        return False
    if isinstance(value, dict):
        return not (value.keys() & RESERVED) and all(
            _is_plain(part, depth + 1) for pair in value.items() for part in pair
        )
    if isinstance(value, list):
        return all(_is_plain(item, depth + 1) for item in value)
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    return not isinstance(value, float) or math.isfinite(value)


def canonical_body(content: bytes) -> bytes:
    """The spelling in which bodies are compared; what is no JSON is compared as it is."""
    try:
        return canonical_json(json.loads(content)).encode()
    except (ValueError, RecursionError):
        return content


def key(request: WireRequest) -> tuple[str, str, bytes]:
    """What makes two requests the same."""
    return request.method, request.path, request.canonical


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message."""
    content = message.get("content")
    return content if isinstance(content, str) else canonical_json(content)


def shorten(text: str, length: int = 40) -> str:
    """The beginning of a text, on one line and harmless to a terminal."""
    return escape(text[:length]) + ("…" if len(text) > length else "")


def escape(text: str) -> str:
    """A text in which nothing can move a cursor or turn the writing around."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
