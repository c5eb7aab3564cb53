"""What is asked of a model and what it says: `Request` and `Reply`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, Literal

from pydantic import Field, SkipValidation, ValidationError

from summariser.schema.page import Frozen

SPELL_SENT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode  # as the SDK does
DRAW_HEADER = "X-Summariser-Draw"  # a run that wants replies of its own (`--fresh`, `--samples`) says so to a desk


class OutputMode(StrEnum):
    """How an endpoint is asked for structured output, best first."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"


class Message(Frozen):
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


class ReplySchema(dict[str, Any]):
    """A JSON Schema that many requests name, spelled once for all of them."""

    @cached_property
    def spelled(self) -> str:
        """Its one spelling."""
        return canonical_json(self)

    @cached_property
    def sent(self) -> str:
        """As it is sent: unsorted, because a model fills the fields in the order in which it reads them."""
        return SPELL_SENT(self)


class Request(Frozen):
    """One question to the model, independent of how the endpoint wants it on the wire.

    Shape: `messages` is the static text first, what differs from article to article last.
    """

    purpose: Literal["split", "case_study", "verify"]
    page_id: str
    article_id: str = Field(description="The article asked about; the page's id for a split.")
    prompt: str = Field(description="Name and version, as in case_study@1.")
    model: str
    messages: tuple[Message, ...]
    schema_name: str
    reply_schema: SkipValidation[dict[str, Any]] = Field(description="JSON Schema of the reply, strict-mode clean.")
    temperature: float = Field(allow_inf_nan=False)
    max_tokens: int
    attempt: int = Field(description="0 for the first question, then one more for each repair.")

    @property
    def names(self) -> dict[str, str]:
        """The article and the key, as an error about it names them."""
        return {"article_id": self.article_id, "request_key": self.key}

    @cached_property
    def key(self) -> str:
        """What makes two requests the same: `sha256:` of model, parameters, messages, schema, and the later repairs."""
        content: dict[str, Any] = {
            "model": self.model,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "messages": [message.model_dump() for message in self.messages],
        }
        if self.attempt > 1:  # a model that repeats itself is asked the same again, and that is another question
            content["attempt"] = self.attempt
        parts = {name: canonical_json(value) for name, value in content.items()} | {"schema": self.spelled_schema}
        whole = "{" + ",".join(f'"{name}":{parts[name]}' for name in sorted(parts)) + "}"  # canonical as well
        return "sha256:" + hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def spelled_schema(self) -> str:
        """The schema of the reply in its one spelling."""
        schema = self.reply_schema
        return schema.spelled if isinstance(schema, ReplySchema) else canonical_json(schema)

    def follow_up(self, messages: tuple[Message, ...]) -> Request:
        """The same question asked once more, in other messages."""
        return Request.made_of(self, messages=messages, attempt=self.attempt + 1)  # a copy would keep the cached key


def read_json(content: str | bytes) -> Any:
    """What is spelled there as JSON; None if it is none, or nested too deep."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


class Usage(Frozen):
    """Tokens of one exchange; null where the endpoint does not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None


class Reply(Frozen):
    """What came back, before anybody has read it.

    Units: `seconds` is the time of the last attempt on the wire; `sends` counts attempts, the last one included.
    """

    request_key: str
    text: str = Field(description="The answer itself, reasoning removed.")
    reasoning: str | None = Field(description="What stood in <think> or in reasoning_content.")
    model: str = Field(description="The model as the endpoint names it.")
    finish_reason: str
    mode: OutputMode
    usage: Usage
    seconds: float
    sends: int


def canonical_json(value: object, *, decimals: Callable[[Decimal], str] | None = None) -> str:
    """One spelling for equal values: sorted keys, no white space, UTF-8 unescaped; decimals as `decimals` spells them.

    Errors: TypeError for what JSON cannot say; ValueError for a number that is not finite.
    """
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=decimals
    )


def spell_issues(error: ValidationError) -> list[str]:
    """What is wrong with JSON from outside, each thing with its place: `articles[0].lines: Field required`."""
    return [f"{spell_path(each['loc']) or '$'}: {each['msg']}" for each in error.errors(include_url=False)]


@lru_cache(maxsize=4096)  # each look at the facts of a record spells the same
def spell_path(location: tuple[int | str, ...]) -> str:
    """A place in JSON as a person writes it: case.results[2].value_text."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
