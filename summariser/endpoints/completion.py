"""Answers of an endpoint parsed: a completion, a fault to retry, a complaint to adapt to, or a reason to stop.

Everything here is pure. `read_answer` gives a completion, usable or not, or raises what else an answer means:

    Fault             transport: the same request may succeed a moment later
    Rejection         this request will never be accepted as it is; the client may adapt it
    ConfigError       key, model or address are wrong: no request will ever succeed
    ModelUnavailable  no quota left

`tables/endpoint_errors.csv` says which, by status and words. What they seem to say of all requests may come of the text
of this one (a firewall reads it, an error quotes it): such a Rejection holds what it is if others are refused as well.

An error inside a 200 is judged as the error that it says it is, and a stream of events is read as one completion.

Texts from an endpoint pass through `clean` before anybody sees them: one line, no control characters, no key.

Endpoints complain of the way they were asked in many words, so a row of `tables/adaptations.toml` is a pattern over the
complaint, and `adapt` says what to try next. What an endpoint then accepts is its `Capability`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Final, Literal

from pydantic import Field

from summariser.endpoints.endpoint import Capability, Endpoint
from summariser.errors import ConfigError, ModelRefused, ModelUnavailable
from summariser.schema.exchange import OutputMode, Reply, Request, Usage, read_json
from summariser.schema.page import Frozen
from summariser.schema.record import FailureReason
from summariser.tables import read_table, read_words


def said(what: str) -> re.Pattern[str]:
    """What endpoints say of one thing, as a pattern."""
    return re.compile("|".join(read_words("endpoint_words")[what]), re.I)


CONTEXT: Final = said("context")
LEAST_LIMIT: Final = 256  # no reply of ours fits into less
_NEVER = frozenset({401, 402, 403, 408, 409, 413, 425, 429, 502, 503, 504, 529})  # not about the way it was asked
_NEXT_MODE = {OutputMode.JSON_SCHEMA: OutputMode.JSON_OBJECT, OutputMode.JSON_OBJECT: OutputMode.TEXT}


def adapt(capability: Capability, complaint: str, sent_limit: int) -> tuple[Capability, bool] | None:
    """The capability to try next, and whether that is lasting; None if the complaint is about something else.

    Units: `sent_limit` is the limit of tokens that the refused request had.
    """
    for row in _matching(complaint):
        extra = row.get("extra_body", {}) | dict.fromkeys(row.get("without", ()))
        changes = row.get("set", {}) | ({"extra_body": {**extra, **capability.extra_body}} if extra else {})
        changed: Capability | None = capability.model_copy(update=changes)
        if "change" in row:
            changed = _CHANGES[row["change"]](capability, complaint, sent_limit)
        if changed is not None and changed != capability:
            note = f"Adapted after the endpoint said: {complaint}"
            return changed.model_copy(update={"note": note}), row.get("lasting", True)
    return None


def is_complaint(status: int, sentence: str) -> bool:
    """Whether an error is about the way it was asked; a server error only if it speaks of schemas and the like."""
    return status not in _NEVER and any(status < 500 or row.get("any_status") for row in _matching(sentence))


def step_down(capability: Capability, _complaint: str = "", _sent_limit: int = 0) -> Capability | None:
    """The same with the next weaker way of asking for JSON; None if there is none."""
    mode = _NEXT_MODE.get(capability.mode)
    return None if mode is None else capability.model_copy(update={"mode": mode})


def _fit_limit(capability: Capability, complaint: str, sent_limit: int) -> Capability | None:
    """The least limit that a complaint names above the one that was sent, else the largest below it, or half of it."""
    said = complaint.replace(",", "")
    if CONTEXT.search(said):
        return _cap_limit(capability, sent_limit // 2)
    if least := [number for number in map(int, _LEAST_NUMBER.findall(said)) if number > sent_limit]:
        return capability.model_copy(update={"least_tokens": min(least)})
    if _LEAST.search(said) and not _MOST.search(said):
        return None  # it wants more, and a lower limit cuts replies off
    allowed = [number for number in map(int, re.findall(r"\d{1,9}", said)) if LEAST_LIMIT <= number < sent_limit]
    return _cap_limit(capability, max(allowed, default=sent_limit // 2))


def _cap_limit(capability: Capability, limit: int) -> Capability | None:
    """The same with this limit, unless no reply of ours fits into it."""
    return capability.model_copy(update={"max_tokens": limit}) if limit >= LEAST_LIMIT else None


def _rename_limit(capability: Capability, complaint: str, _sent_limit: int) -> Capability | None:
    """The other name of the limit if the complaint recommends it or knows ours not, else no limit at all."""
    if CONTEXT.search(complaint):
        return None
    name = "none"
    if capability.token_parameter == "max_tokens" and "max_completion_tokens" in complaint:
        name = "max_completion_tokens"
    elif capability.token_parameter == "max_completion_tokens" and _UNKNOWN.search(complaint):
        name = "max_tokens"
    return capability.model_copy(update={"token_parameter": name})


_LEAST = re.compile(
    r"at least|minimum|too (?:small|low)|(?<!not be )(?:greater|more|larger) than"
    r"|至少|不(?:能|得)?小于|不少于|(?<![不能得])大于",
    re.I,
)
_LEAST_NUMBER = re.compile(rf"(?:{_LEAST.pattern}|range|between|范围)\D{{0,40}}(\d{{1,9}})", re.I)
_MOST = re.compile(r"at most|maximum|less than|exceed|no more|up to|range|between|至多|最大|不超过|小于等于|范围", re.I)
_UNKNOWN = re.compile(r"\bmax_tokens|unrecogni[sz]ed|unknown|extra|unexpected|not permitted|unsupported", re.I)
_CHANGES: Final[dict[str, Callable[[Capability, str, int], Capability | None]]] = {
    "step_down": step_down,
    "fit_limit": _fit_limit,
    "rename_limit": _rename_limit,
}


def _matching(complaint: str) -> Iterator[dict[str, Any]]:
    """The rows of the table whose pattern is in a complaint, in order."""
    return (row for pattern, row in _read_rows() if pattern.search(complaint))


@cache
def _read_rows() -> tuple[tuple[re.Pattern[str], dict[str, Any]], ...]:
    """The rows of the table, each with its pattern."""
    return tuple((re.compile(row["says"], re.I), row) for row in read_words("adaptations")["row"])


FaultKind = Literal["throttled", "unreachable", "connection", "timeout", "server", "broken", "html", "empty"]

TOO_MUCH = "the reply has more than"  # bytes than are read: so begins what is said of it
MAX_REPLY_BYTES = 2 * 1024 * 1024  # a record is a few kilobytes; more is a fault of the model or not our endpoint
MAX_TOKENS = 2**40  # a number beyond is no count of tokens, and fits no database
MAX_SHOWN_CHARS = 200
MAX_CLEANED = 20_000  # characters of which the first are shown
FILTERING_STATUS = frozenset({403, 405, 406})  # of whoever reads the text before it comes to the endpoint
# llm_provider-retry-after is what the litellm proxy makes of the Retry-After of the server behind it.
WAIT_HEADERS = (("retry-after-ms", 0.001), ("retry-after", 1.0), ("llm_provider-retry-after", 1.0))
_ENDS: Final = {row["reason"]: row["means"] for row in read_table("finish_reasons")}
_AROUND = re.compile(r"^finish_?reason[._]|:.*")  # around the word itself

_SAID: Final = {what: said(what) for what in read_words("endpoint_words")}
_QUOTA, _BUSY, _CONTENT, _MODEL = (_SAID[what] for what in ("quota", "busy", "content", "model"))
_SECRET = re.compile(r"\b(sk|key|tok)-[\w*.-]{4,}|(?<=bearer )\S+", re.I)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+|\s+")
_TAG = re.compile(r"<[^<>]*>?")
_THINK = re.compile(r"\s*<think(?:ing)?>(.*?)(?:</think(?:ing)?>|\Z)", re.S)
_THINK_END = re.compile(r"</think(?:ing)?>")


_FAULTS: Final[dict[str, FaultKind]] = {"throttled": "throttled", "server": "server"}
_BLAMES: Final[dict[str, tuple[type[ConfigError | ModelUnavailable], str, str]]] = {
    "quota": (
        ModelUnavailable,
        "{base_url} has no quota left for this key ({message})",
        "Top up the account or use another key, then run again: what was paid for is kept",
    ),
    "key": (
        ConfigError,
        "{base_url} refuses {key} ({message})",
        "Check that the key is complete, belongs to this endpoint and may use this model",
    ),
    "firewall": (
        ConfigError,
        "a firewall before {base_url} refuses our requests ({message})",
        "Check key and address, or ask from another network",
    ),
    "model": (
        ConfigError,
        "{base_url} does not know the model {model!r} ({message})",
        "Name one of its models with --model; `summariser doctor` lists them",
    ),
    "address": (
        ConfigError,
        "there is no {base_url}/chat/completions ({message})",
        "Correct base_url; for most endpoints it ends in /v1",
    ),
    "redirect": (ConfigError, "{base_url} sends us on to {message}", "Put the final address into base_url"),
}


@dataclass(frozen=True)
class Answer:
    """One HTTP response, read to its end."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Completion(Frozen):
    """A reply as the endpoint gave it, told apart from its wrapping.

    Shape: `trouble` is why it is no answer, and null if it is one; `text` is then whatever came instead.
    """

    text: str
    reasoning: str | None
    model: str | None
    finish_reason: str = Field(description="As the endpoint said; with the place if the text lay in an unusual one.")
    usage: Usage
    trouble: FailureReason | None

    def reply_to(self, request: Request, mode: OutputMode, *, seconds: float = 0.0, sends: int = 1) -> Reply:
        """The completion as a reply to the request that was asked in this way; in a batch nobody times it."""
        told = {"mode": mode, "seconds": seconds, "sends": sends, "model": self.model or request.model}
        return Reply.made_of(self, request_key=request.key, **told)


class Fault(Exception):
    """A transport fault; `wait_s` is how long the endpoint wants us to wait, if it says."""

    def __init__(self, kind: FaultKind, message: str, *, wait_s: float | None = None) -> None:
        self.kind = kind
        self.message = message
        self.wait_s = wait_s
        super().__init__(message)


class Rejection(Exception):
    """An answer that says no to this very request; `message` is cleaned, `said` is it without the status.

    Shape: `for_all` is what it means if the endpoint refuses others as well; null where it is about this one for sure.
    """

    def __init__(self, status: int, said: str, for_all: ConfigError | ModelUnavailable | None = None) -> None:
        self.status = status
        self.said = said
        self.for_all = for_all
        self.message = f"HTTP {status}: {said}" if said else f"HTTP {status}"
        super().__init__(self.message)


def read_answer(answer: Answer, endpoint: Endpoint, *, now: datetime) -> Completion:
    """The completion in an answer.

    Errors: Fault, Rejection, ConfigError or ModelUnavailable, as above.
    """
    if not 200 <= answer.status < 300:
        raise judge_error(answer, endpoint, now=now, of_text=True)
    value = _parse(answer.content)
    choice = min(list_dicts(value.get("choices")), key=_rank, default=None)
    completion = _read_choice(choice, value, endpoint) if choice is not None else None
    is_none = completion is None or completion.trouble is FailureReason.EMPTY
    said = value | {"error": value.get("error") or (choice or {}).get("error")}
    ended = completion.finish_reason if completion else ""
    if (is_none or _meaning(ended) == "broken") and (status := find_error(said)) is not None:
        raise judge_error(Answer(status, answer.headers, json.dumps(said).encode()), endpoint, now=now, of_text=True)
    if completion is None:
        raise Fault("broken", "the answer has no choices")
    if _meaning(ended) == "broken":
        raise Fault("server", f"the endpoint broke off (finish reason {ended})")
    return completion


def _rank(choice: dict[str, Any]) -> tuple[bool, int]:
    """Where a choice stands among those of an answer: before all those that have no message, then by its number."""
    index = choice.get("index")
    return not choice.get("message"), index if isinstance(index, int) else 0


def _meaning(finish_reason: str) -> str:
    """What a finish reason means by the table; empty for an end as it should be."""
    return _ENDS.get(_AROUND.sub("", finish_reason.partition(",")[0].lower()).strip(), "")


def _read_choice(choice: dict[str, Any], value: dict[str, Any], endpoint: Endpoint) -> Completion:
    """The completion of a choice, with what is wrong with it."""
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    finish_reason = choice.get("finish_reason")
    finish_reason = clean(finish_reason, endpoint, limit=40) if isinstance(finish_reason, str) else ""
    finish_reason = finish_reason or "unknown"
    text, reasoning, place = _find_text(message)
    refusal, meaning = message.get("refusal"), _meaning(finish_reason)
    trouble = None
    if meaning == "filtered":
        trouble = FailureReason.CONTENT_FILTER
    elif isinstance(refusal, str) and refusal.strip():
        text, trouble = refusal, FailureReason.REFUSAL
    elif meaning == "cut":
        trouble = FailureReason.TRUNCATED
    elif meaning == "refused":
        trouble = FailureReason.REFUSAL
    elif not text.strip():
        trouble = FailureReason.EMPTY
    model = value.get("model")
    return Completion(
        text=endpoint.strike(text),
        reasoning=endpoint.strike(reasoning) if reasoning else None,
        model=_one_line(endpoint.strike(model))[:MAX_SHOWN_CHARS] if isinstance(model, str) and model else None,
        finish_reason=f"{finish_reason}, in {place}" if place else finish_reason,
        usage=_read_usage(value.get("usage")),
        trouble=trouble,
    )


def judge_error(
    answer: Answer, endpoint: Endpoint, *, now: datetime, of_text: bool = False
) -> Fault | Rejection | ConfigError | ModelUnavailable:
    """What a response that is not a 200 means; the caller raises it.

    Shape: `of_text` says that a text was asked about, which may be all that the endpoint minds.
    """
    sentence = error_message(answer.content, endpoint)
    row = next(row for row in read_table("endpoint_errors") if _fits(row, answer.status, sentence))
    rejection = Rejection(answer.status, sentence)
    means, message = row["means"], rejection.message
    if means == "rejection":
        return rejection
    if means in _FAULTS:
        return Fault(_FAULTS[means], message, wait_s=read_wait(answer.headers, now=now))
    if means == "redirect":
        message = clean(answer.headers.get("location", "elsewhere"), endpoint)
    key = f"the key from {endpoint.key_source or 'the settings'}" if endpoint.api_key else "a request without a key"
    kind, what, next_step = _BLAMES[means]
    told = what.format(base_url=endpoint.base_url, model=endpoint.model, key=key, message=message)
    error = kind(told, next_step=next_step)
    return Rejection(answer.status, sentence, error) if of_text and row["doubtful"] else error


def _fits(row: dict[str, str], status: int, sentence: str) -> bool:
    """Whether a row of the table is about an error."""

    def holds(what: str) -> bool:
        return is_complaint(status, sentence) if what == "complaint" else bool(_SAID[what].search(sentence))

    is_status = re.fullmatch(row["status"], str(status)) is not None
    return is_status and (not row["says"] or holds(row["says"])) and not (row["unless"] and holds(row["unless"]))


def may_adapt(rejection: Rejection) -> bool:
    """Whether asking in another way could help: not where the text is not wanted, or nothing was said of the way."""
    return is_complaint(rejection.status, rejection.said) and not _CONTENT.search(rejection.said)


def refuse(rejection: Rejection, request: Request) -> ModelRefused:
    """The rejection of one request as the error that article fails with."""
    reason, next_step = FailureReason.REJECTED, ""
    what = f"the endpoint rejects the request ({rejection.message})"
    if rejection.said.startswith(TOO_MUCH):
        reason, what = FailureReason.TOO_LARGE, f"{rejection.said}, as no reply has that is one"
        next_step = "See what the endpoint sends; if it is the model that goes on and on, lower --max-tokens"
    elif rejection.status == 413 or CONTEXT.search(rejection.said):
        reason, what = FailureReason.TOO_LARGE, f"too long for {request.model} ({rejection.message})"
        next_step = "Use a model with a longer context, or lower --max-tokens if the reply takes most of it"
    elif rejection.for_all:
        reason = FailureReason.CONTENT_FILTER if rejection.status in FILTERING_STATUS else reason
        what = f"the endpoint refuses this text and answers another question ({rejection.message})"
    elif _CONTENT.search(rejection.said):
        reason, what = FailureReason.CONTENT_FILTER, f"the endpoint's filter rejects the text ({rejection.message})"
    return ModelRefused(what, reason=reason, next_step=next_step, **request.names)


def refuse_completion(completion: Completion, request: Request, *, why: str = "") -> ModelRefused:
    """A completion that is no answer as the error that article fails with."""
    shown = _one_line(completion.text)[:MAX_SHOWN_CHARS]
    reason = completion.trouble or FailureReason.EMPTY
    what = {
        FailureReason.REFUSAL: f"the model refuses: {shown}",
        FailureReason.CONTENT_FILTER: "the endpoint's content filter stopped the reply",
        FailureReason.TRUNCATED: f"the reply is cut off: {why}",
    }.get(reason, f"the reply is empty (finish reason {completion.finish_reason})")
    more = "Run again with a higher --max-tokens, or a model that thinks less"
    next_step = more if reason is FailureReason.TRUNCATED else ""
    return ModelRefused(what, reason=reason, next_step=next_step, **request.names)


def read_wait(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """How long the endpoint asks to wait, in seconds; None if it does not say or says nonsense."""
    for name, scale in WAIT_HEADERS:
        wait_s = _parse_wait(headers.get(name, ""), scale, now)
        if wait_s is not None and 0 <= wait_s < math.inf:
            return wait_s
    return None


def error_message(content: bytes, endpoint: Endpoint) -> str:
    """The sentence, type and code of an error body in any of the usual shapes, cleaned."""
    text = content[:20_000].decode("utf-8", "replace")
    value = read_json(text)
    value = value.get("error") or value.get("base_resp") or value if isinstance(value, dict) else value
    if isinstance(value, dict):
        names = ("message", "detail", "msg", "error_msg", "status_msg", "type", "code", "error_code", "status_code")
        return clean("; ".join(str(value[name]) for name in names if value.get(name)), endpoint)
    text = text if value is None else str(value)
    if text.lstrip().startswith("<"):
        return clean(f"a web page: {_TAG.sub(' ', text)}", endpoint)
    return clean(text, endpoint)


def clean(text: str, endpoint: Endpoint, *, limit: int = MAX_SHOWN_CHARS) -> str:
    """A stranger's text as one short line without control characters and without the key."""
    line = _SECRET.sub("[key]", _one_line(endpoint.strike(text))).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _one_line(text: str) -> str:
    """The text without line ends and control characters; of an endless one, which costs time, more than is shown."""
    return _UNSAFE.sub(" ", text[:MAX_CLEANED])


def _parse(content: bytes) -> dict[str, Any]:
    """The body as an object, or the fault that it is none."""
    start = content[:500].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        shown = _one_line(content[:MAX_CLEANED].decode("utf-8", "replace"))
        raise Fault("html", f"a web page came instead of a reply: {shown}")
    if start.startswith((b"data:", b"event:", b":")):
        return _join_events(content)
    value = read_json(content)
    if not isinstance(value, dict):
        raise Fault("broken", f"the body is no JSON object, or a broken one ({len(content)} bytes)")
    return value


def _join_events(content: bytes) -> dict[str, Any]:
    """A stream of chunks as the completion that it adds up to; the first chunk that is an error, as it is.

    Errors: Fault if the stream ends before it says how.
    """
    whole: dict[str, Any] = {}
    texts: dict[str, list[str]] = {}
    finish_reason = None
    for line in content.decode("utf-8", "replace").split("\n"):
        if not line.startswith("data:") or line[5:].strip() in {"", "[DONE]"}:
            continue
        chunk = read_json(line[5:])
        if not isinstance(chunk, dict):
            raise Fault("broken", "the stream holds an event that is no JSON object")
        if find_error(chunk) is not None:
            return chunk
        whole |= {name: chunk[name] for name in ("model", "usage") if chunk.get(name)}
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        finish_reason = choice.get("finish_reason") or finish_reason
        for name, part in _list_deltas(choice.get("delta")):
            texts.setdefault(name, []).append(part)
    if finish_reason is None:
        raise Fault("broken", "the stream broke off")
    message: dict[str, Any] = {name: "".join(parts) for name, parts in texts.items()}
    return {**whole, "choices": [{"message": message, "finish_reason": finish_reason}]}


def _list_deltas(delta: object) -> Iterator[tuple[str, str]]:
    """The texts that one event adds, each with its place; arguments of a call are told apart from content."""
    parts = dict(delta) if isinstance(delta, dict) else {}
    for call in list_dicts(parts.pop("tool_calls", None)):
        yield "arguments", _join_parts((call.get("function") or {}).get("arguments"))
    for name in ("content", "reasoning_content", "reasoning", "refusal"):
        yield name, _join_parts(parts.get(name))


def find_error(value: Mapping[str, Any]) -> int | None:
    """The status that a body without an answer should have come with, or None if it speaks of no error."""
    error, base = value.get("error"), value.get("base_resp")
    parts = [part for part in (error, base, value) if isinstance(part, dict)]
    codes = [part.get(name) for part in parts for name in ("code", "status_code")]
    if not error and not any(codes) and not value.get("error_code") and not value.get("error_msg"):
        return None
    for code in codes:
        if re.fullmatch(r"[45]\d\d", str(code)):
            return int(str(code))
    words = str({name: part for name, part in value.items() if name != "choices"})[:2000]
    for pattern, status in ((_QUOTA, 402), (CONTEXT, 400), (_MODEL, 404), (_BUSY, 429)):
        if pattern.search(words):
            return status
    return 500


def _find_text(message: dict[str, Any]) -> tuple[str, str | None, str]:
    """The answer, the thinking before it, and the field where the answer lay if that is not the usual one."""
    text = _join_parts(message.get("content"))
    fields = {name: _join_parts(message.get(name)) for name in ("reasoning_content", "reasoning")}
    reasoning = next((field for field in fields.values() if field.strip()), None)
    if match := _THINK.match(text):
        text, reasoning = text[match.end() :].lstrip(), match[1].strip() or reasoning
    elif not text.lstrip().startswith(("{", "[")) and (end := _THINK_END.search(text)):
        before, text = text[: end.start()].strip(), text[end.end() :].lstrip()  # it began in the template
        reasoning = before or reasoning
    if text.strip():
        return text, reasoning, ""
    calls = [call.get("function") for call in list_dicts(message.get("tool_calls"))] + [message.get("function_call")]
    arguments = [_join_parts(call.get("arguments")) for call in list_dicts(calls)]
    places = {"tool_calls": "".join(arguments) or _join_parts(message.get("arguments")), **fields}
    for place, found in places.items():
        if "{" in found and "}" in found:
            return found, None if found == reasoning else reasoning, place
    return text, reasoning, ""


def list_dicts(value: object) -> list[dict[str, Any]]:
    """The objects in a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _join_parts(content: object, levels: int = 4) -> str:
    """The text of a string, a part, a list of parts, or parts within parts; of an object that is no part, its JSON."""
    if isinstance(content, list) and levels:
        return "".join(_join_parts(part, levels - 1) for part in content)
    if isinstance(content, dict) and content.keys() & {"type", "text", "value"}:
        inner = content.get("text") or content.get("value")
        return _join_parts(inner, levels - 1) if levels else ""
    if isinstance(content, dict) and content:
        return json.dumps(content, ensure_ascii=False)
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
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_TOKENS else None


def _parse_wait(value: str, scale: float, now: datetime) -> float | None:
    """The seconds that a number of this scale, or an HTTP date, has us wait; None if it is neither."""
    try:
        return float(value) * scale
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, OverflowError, TypeError):
        return None
