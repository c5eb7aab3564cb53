"""What an endpoint answered: a completion, a fault worth another try, or a reason to stop.

Everything here is pure. `read_completion` takes the bytes of a 200, `judge_error` everything else. What can go wrong:

    Fault             transport: the same request may succeed a moment later
    Rejection         this request will never be accepted as it is; the client may adapt it
    ModelRefused      the endpoint answered, and there is no reply to use
    ConfigError       key, model or address are wrong: no request will ever succeed
    ModelUnavailable  no quota left

Texts from an endpoint pass through `clean` before anybody sees them: one line, no control characters, no key.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from summariser.endpoints.endpoint import Endpoint, is_format_complaint, is_parameter_complaint
from summariser.errors import ConfigError, ModelRefused, ModelUnavailable
from summariser.schema.exchange import Request, Usage
from summariser.schema.page import Frozen

FaultKind = Literal["throttled", "unreachable", "connection", "timeout", "server", "broken", "html", "empty"]

MAX_REPLY_BYTES = 2 * 1024 * 1024  # a record is a few kilobytes; more is a fault of the model or not our endpoint
MAX_SHOWN_CHARS = 200
RETRYABLE_STATUS = frozenset({408, 409, 425, 429})  # and everything from 500 on
# llm_provider-retry-after is what the litellm proxy makes of the Retry-After of the server behind it.
WAIT_HEADERS = (("retry-after-ms", 0.001), ("retry-after", 1.0), ("llm_provider-retry-after", 1.0))
# Finish reasons beyond OpenAI's: sensitive and network_error are Zhipu's, insufficient_system_resource is DeepSeek's,
# abort is vLLM's, error is OpenRouter's.
FILTERED = frozenset({"content_filter", "sensitive"})
INTERRUPTED = frozenset({"network_error", "insufficient_system_resource", "abort", "error"})

_QUOTA = re.compile(
    r"insufficient.{0,3}(quota|balance)|exceeded.{0,3}(your.)?current.{0,3}quota|arrearage|余额不足|欠费", re.I
)
_CONTENT = re.compile(
    r"content.?(filter|policy|management)|data.?inspection|responsibleai|content exists risk|considered high risk"
    r"|sensitive.(content|words?|information)|敏感|不安全",
    re.I,
)
_CONTEXT = re.compile(
    r"context.?length|context.?(size|window)|maximum context|exceed_context|prompt is too long|input.{0,20}too long"
    r"|range of input length|reduce the length|max_model_len",
    re.I,
)
_MODEL = re.compile(
    r"model_?not_?found|model not exist|unknown model|invalid model|no such model|模型不存在"
    r"|model\b.{0,80}(not found|not exist|does not exist|is not supported|no access)",
    re.I,
)
_SECRET = re.compile(r"\b(sk|key|tok)-[\w*.-]{4,}|(?<=bearer )\S+", re.I)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+|\s+")
_THINK = re.compile(r"\s*<think(?:ing)?>(.*?)(?:</think(?:ing)?>|\Z)", re.S)
_THINK_END = re.compile(r"</think(?:ing)?>")


@dataclass(frozen=True)
class Answer:
    """One HTTP response, read to its end."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Completion(Frozen):
    """A reply as the endpoint gave it, told apart from its wrapping."""

    text: str
    reasoning: str | None
    model: str | None
    finish_reason: str
    usage: Usage


class Fault(Exception):
    """A transport fault; `wait_s` is how long the endpoint wants us to wait, if it says."""

    def __init__(self, kind: FaultKind, message: str, *, wait_s: float | None = None) -> None:
        self.kind = kind
        self.message = message
        self.wait_s = wait_s
        super().__init__(message)


class Rejection(Exception):
    """An answer that says no to this very request; `message` is cleaned."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message
        super().__init__(message)


def read_completion(content: bytes, request: Request) -> Completion:
    """The completion in the body of a 200.

    Errors: Fault if it is no JSON, a web page, or holds no choice or no text; ModelRefused if the model or its filter
    said no, or if the reply is too large.
    """
    if len(content) > MAX_REPLY_BYTES:
        raise _refused(request, "too_large", f"the reply has {len(content)} bytes, more than {MAX_REPLY_BYTES}")
    value = _parse(content)
    choice = _first_choice(value)
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    finish_reason = str(choice.get("finish_reason") or "unknown")
    _check_refusal(message, finish_reason, request)
    text, reasoning = _split_reasoning(message)
    if not text.strip() and finish_reason != "length":
        raise Fault("empty", f"the reply is empty (finish reason {finish_reason})")
    model = value.get("model")
    return Completion(
        text=text,
        reasoning=reasoning,
        model=model if isinstance(model, str) and model else None,
        finish_reason=finish_reason,
        usage=_read_usage(value.get("usage")),
    )


def judge_error(
    answer: Answer, endpoint: Endpoint, *, now: datetime
) -> Fault | Rejection | ConfigError | ModelUnavailable:
    """What a response that is not a 200 means; the caller raises it.

    Source: OpenAI's error codes; codes and sentences of DeepSeek, DashScope, Moonshot, Zhipu, vLLM and llama.cpp.
    """
    said = error_message(answer.content, endpoint)
    message = f"HTTP {answer.status}: {said}" if said else f"HTTP {answer.status}"
    if answer.status == 402 or _QUOTA.search(message):
        return ModelUnavailable(
            f"{endpoint.base_url} has no quota left for this key ({message})",
            next_step="Top up the account or use another key, then run again: what was paid for is kept",
        )
    if is_format_complaint(message) and answer.status not in (
        401,
        429,
    ):  # some servers refuse a format with 404, 422 or even 500
        return Rejection(answer.status, message)
    if answer.status in (401, 403) and not _CONTENT.search(message):
        return _key_refused(message, endpoint)
    if answer.status == 429:
        return Fault("throttled", message, wait_s=read_wait(answer.headers, now=now))
    if answer.status in RETRYABLE_STATUS or answer.status >= 500:
        return Fault("server", message, wait_s=read_wait(answer.headers, now=now))
    return _judge_address(answer, message, endpoint) or Rejection(answer.status, message)


def may_adapt(rejection: Rejection) -> bool:
    """Whether asking in another way could help: not where the text itself is too long or not wanted."""
    return rejection.status != 413 and not (_CONTEXT.search(rejection.message) or _CONTENT.search(rejection.message))


def refuse(rejection: Rejection, request: Request) -> ModelRefused:
    """The rejection of one request as the error that article fails with."""
    if rejection.status == 413 or _CONTEXT.search(rejection.message):
        return _refused(
            request,
            "too_large",
            f"the question is too long for {request.model} ({rejection.message})",
            next_step="Use a model with a longer context, or lower --max-tokens if the reply takes most of it",
        )
    if _CONTENT.search(rejection.message):
        return _refused(request, "content_filter", f"the endpoint's filter rejects the text ({rejection.message})")
    return _refused(request, "rejected", f"the endpoint rejects the request ({rejection.message})")


def read_wait(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """How long the endpoint asks to wait, in seconds; None if it does not say or says nonsense."""
    for name, scale in WAIT_HEADERS:
        value = headers.get(name)
        if not value:
            continue
        seconds = _parse_number(value)
        wait_s = seconds * scale if seconds is not None else _parse_date(value, now)
        if wait_s is not None and wait_s >= 0:
            return wait_s
    return None


def error_message(content: bytes, endpoint: Endpoint) -> str:
    """The sentence, type and code of an error body in any of the usual shapes, cleaned."""
    text = content[:20_000].decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except ValueError:
        return clean(text, endpoint, limit=80)
    value = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(value, dict):
        return clean(str(value), endpoint)
    parts = [value.get(key) for key in ("message", "detail", "type", "code")]
    return clean("; ".join(str(part) for part in parts if part), endpoint)


def clean(text: str, endpoint: Endpoint, *, limit: int = MAX_SHOWN_CHARS) -> str:
    """A stranger's text as one short line without control characters and without the key."""
    if endpoint.api_key:
        text = text.replace(endpoint.api_key.get_secret_value(), "[key]")
    line = _SECRET.sub("[key]", _UNSAFE.sub(" ", text)).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _parse(content: bytes) -> dict[str, Any]:
    """The body as an object, or the fault that it is none."""
    if content[:500].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        shown = _UNSAFE.sub(" ", content[:80].decode("utf-8", "replace"))
        raise Fault("html", f"a web page came instead of a reply: {shown}")
    trouble = "the body is not a JSON object"
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value, trouble = None, f"the body is broken JSON ({len(content)} bytes)"
    if not isinstance(value, dict):
        raise Fault("broken", trouble)
    return value


def _first_choice(value: dict[str, Any]) -> dict[str, Any]:
    """The first choice; an answer without one is a fault, even if it came with a 200."""
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        error = " and an error instead" if value.get("error") else ""
        raise Fault("broken", f"the answer has no choices{error}")
    if choices[0].get("finish_reason") in INTERRUPTED:
        raise Fault("server", f"the endpoint broke off (finish reason {choices[0]['finish_reason']})")
    return choices[0]


def _check_refusal(message: dict[str, Any], finish_reason: str, request: Request) -> None:
    """Raise what the model or its filter said instead of a reply."""
    if finish_reason in FILTERED:
        raise _refused(request, "content_filter", "the endpoint's content filter stopped the reply")
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal.strip():
        shown = _UNSAFE.sub(" ", refusal)[:MAX_SHOWN_CHARS]
        raise _refused(request, "refusal", f"the model refuses: {shown}")


def _split_reasoning(message: dict[str, Any]) -> tuple[str, str | None]:
    """The answer and the thinking before it, from whichever place the endpoint put the thinking."""
    text = _join_parts(message.get("content"))
    fields = [message.get(key) for key in ("reasoning_content", "reasoning")]
    reasoning = next((field for field in fields if isinstance(field, str) and field.strip()), None)
    if match := _THINK.match(text):
        return text[match.end() :].lstrip(), match[1].strip() or reasoning
    if not text.lstrip().startswith(("{", "[")) and (end := _THINK_END.search(text)):
        return text[end.end() :].lstrip(), text[: end.start()].strip() or reasoning  # its start stood in the template
    return text, reasoning


def _join_parts(content: object) -> str:
    """The text of a message, be it a string or a list of parts."""
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _read_usage(value: object) -> Usage:
    """The tokens, with the cached ones under any of their three names."""
    usage = value if isinstance(value, dict) else {}
    details = usage.get("prompt_tokens_details")
    cached = [details.get("cached_tokens") if isinstance(details, dict) else None]
    cached += [usage.get("prompt_cache_hit_tokens"), usage.get("cached_tokens")]  # DeepSeek's and Moonshot's
    return Usage(
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=next((count for item in cached if (count := _count(item)) is not None), None),
    )


def _count(value: object) -> int | None:
    """The value if it is a number of tokens."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _key_refused(message: str, endpoint: Endpoint) -> ConfigError:
    """The endpoint does not take the key, or there is none."""
    key = f"the key from {endpoint.key_source or 'the settings'}" if endpoint.api_key else "a request without a key"
    return ConfigError(
        f"{endpoint.base_url} refuses {key} ({message})",
        next_step="Check that the key is complete, belongs to this endpoint and may use this model",
    )


def _judge_address(answer: Answer, message: str, endpoint: Endpoint) -> ConfigError | None:
    """A wrong model or a wrong address, if that is what the answer says."""
    if _MODEL.search(message) and not (_CONTEXT.search(message) or is_parameter_complaint(message)):
        return ConfigError(
            f"{endpoint.base_url} does not know the model {endpoint.model!r} ({message})",
            next_step="Name one of its models with --model; `summariser doctor` lists them",
        )
    if answer.status in (404, 405):
        return ConfigError(
            f"there is no {endpoint.base_url}/chat/completions ({message})",
            next_step="Correct base_url; for most endpoints it ends in /v1",
        )
    if 300 <= answer.status < 400:
        target = clean(answer.headers.get("location", "elsewhere"), endpoint)
        return ConfigError(
            f"{endpoint.base_url} sends us on to {target}", next_step="Put the final address into base_url"
        )
    return None


def _refused(request: Request, reason: str, what: str, *, next_step: str = "") -> ModelRefused:
    """The error of one article, with the names that belong to it."""
    return ModelRefused(
        what, reason=reason, article_id=request.article_id, request_key=request.key, next_step=next_step
    )


def _parse_number(value: str) -> float | None:
    """A finite number, or None."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _parse_date(value: str, now: datetime) -> float | None:
    """Seconds until an HTTP date, or None if it is none."""
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
