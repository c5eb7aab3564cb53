"""Exchanges with a model, recorded to one readable file per page and replayed without a network.

vcrpy stands between the client and its transport; this module decides what is kept, how it is written, and what a miss
means. A cassette is read by people in a pull request: bodies are YAML structure, long texts are literal blocks in
Chinese, texts that many requests share stand once, under `shared`. Only method, path, body, status and two or three
harmless headers are kept, so there is no key, cookie or host to remove. Two mappings are ours inside a body:
`{$shared: name}` stands for a text or schema of `shared`, `{$lines: [...]}` for lines that no literal block can hold.

A cassette may come from a stranger. It is read in two passes, first as events (size, depth, no alias, no tag), then
with a safe loader that refuses double keys; pydantic checks every field.

While recording, the file is saved after every exchange, and what it already holds is played and never paid for again.
Replaying, a recording is played once and matches by method, path and body. A request that nothing answers ends the
page with a CassetteError, even if somebody on the way took vcrpy's exception for a failure of the model.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import Field, JsonValue, ValidationError, field_validator, model_validator

from summariser.endpoint import Capability
from summariser.errors import CassetteError
from summariser.schema.exchange import OutputMode, canonical_json
from summariser.schema.page import Frozen

FORMAT_VERSION = 1
KEPT_HEADERS = frozenset({"content-type", "retry-after"})  # allow-list: what is not here is never written
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_DEPTH = 64  # ours go to about 20; a body may use what MAX_BODY_DEPTH leaves
MAX_BODY_DEPTH = 50
MAX_EXPANDED_CHARS = 50_000_000  # all bodies together, once their shared texts are put back
MIN_SHARED_CHARS = 200  # a shorter text is easier to read where it stands
MIN_BLOCK_CHARS = 80  # a line longer than this becomes a literal block, free of quoting
_TOKEN_PARAMETERS = ("max_tokens", "max_completion_tokens")
_NO_LIMIT = 8000  # stands in the request, and is not sent, where an endpoint takes no limit
NOBODY = "nobody"  # who answered, and which model, where no request was needed
_RERECORD = "Record the page again with --record, or check out the prompts, schema and page it was recorded with"
_RECORD_FIRST = "Record it with --record, or check that the folder of the cassettes is the right one"
_RESTORE = "Restore the file from version control, or delete it and record the page again with --record"

# Tabs, control, invisible and bidirectional characters, and the line breaks of YAML that are none in JSON: PyYAML
# changes some of them in a literal block without a word; the rest could make a reviewer see what is not there.
_ODD = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_NOT_IN_BLOCK = re.compile(_ODD.pattern + "|[\ufffe\uffff\U0010ffff]| $| \n", re.ASCII)
_RESERVED = frozenset({"$shared", "$lines"})
_SECRETS = {
    "an API key": re.compile(r"(?<![A-Za-z0-9])(?:sk-|gsk_|hf_|ghp_|xai-|AIza|AKIA)[A-Za-z0-9_-]{8,}"),
    "a bearer token": re.compile(r"\bBearer\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    "a JSON web token": re.compile(r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{10,}"),
}
_ROLES = {"system": "another prompt text", "developer": "another prompt text", "user": "another article text"}
_PATCH = threading.Lock()  # vcrpy patches the transport of the whole process, so the lock is the process's as well


class CassetteMode(StrEnum):
    """Whether exchanges are recorded or replayed."""

    RECORD = "record"
    REPLAY = "replay"


class CassetteInfo(Frozen):
    """What the head of a cassette says."""

    page_id: str
    answered_by: str = Field(description="Who answered: the desk, or the model as the endpoint named it.")
    recorded_on: date
    model: str = Field(description="The model as asked for.")
    capability: Capability = Field(description="What the endpoint could do, as the recorded requests show it.")
    temperature: float
    max_tokens: int
    exchanges: int = Field(description="How many exchanges are recorded.")

    @property
    def mode(self) -> OutputMode:
        """How structured output was asked for."""
        return self.capability.mode


class _Wire(Frozen):
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
        return _canonical_body(self.content)


class WireRequest(_Wire):
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


class WireResponse(_Wire):
    """What was answered."""

    status: int = Field(ge=200, le=299)


class Exchange(Frozen):
    """One request and the response it got."""

    request: WireRequest
    response: WireResponse


class _Cassette(Frozen):
    """A whole file; `shared` is empty once its texts are back in the bodies."""

    cassette: Literal[1] = 1
    page_id: str
    answered_by: str = Field(min_length=1)
    recorded_on: date
    model: str = Field(min_length=1)
    mode: OutputMode
    shared: dict[str, JsonValue] = Field(default_factory=dict)
    exchanges: tuple[Exchange, ...] = ()


class Cassettes:
    """A folder of cassettes, recorded to or replayed from, one page at a time.

    Shape: `unplayed` names, per page, the recordings nobody asked for (replay, pages without any are absent);
    `dropped` counts the recordings a clean recording run removed because nobody asked for them.
    """

    def __init__(
        self,
        folder: Path,
        mode: CassetteMode,
        *,
        today: date,
        answered_by: str | None = None,
        output_mode: OutputMode | None = None,
    ) -> None:
        self.folder = folder
        self.mode = mode
        self.unplayed: dict[str, tuple[str, ...]] = {}
        self.dropped = 0
        self._today = today
        self._answered_by = answered_by
        self._output_mode = output_mode

    @contextmanager
    def page(self, page_id: str) -> Iterator[None]:
        """Record or replay every HTTP exchange of the block, from any task.

        Errors: CassetteError for a cassette that is missing, cannot be trusted or does not answer a request, and for an
        exchange that must not be recorded. RuntimeError if a page is already open in this process.
        """
        if Path(page_id).name != page_id:
            raise ValueError(f"{page_id!r} cannot be the name of a file")
        with _claim_patch(page_id), ExitStack() as stack:
            tape = self._open_tape(page_id)
            stack.push(partial(self._close_tape, tape))  # leaves last, and sees the error that ends the block
            stack.enter_context(_insert(tape, self.mode))
            yield

    def _open_tape(self, page_id: str) -> _Tape:
        """The recordings of a page, none if it is to be recorded for the first time."""
        path = self.folder / f"{page_id}.yaml"
        if self.mode is CassetteMode.RECORD and not path.exists():
            return _Tape(path, page_id, None, self._compose)
        cassette = _read_cassette(path)
        if cassette.page_id != page_id:
            raise CassetteError(f"the cassette is of page {cassette.page_id}", path=path, next_step=_RESTORE)
        return _Tape(path, page_id, cassette, self._compose)

    def _close_tape(self, tape: _Tape, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Say what a page came to; called with the error that leaves the block, if there is one."""
        if tape.missed and (error is None or isinstance(error, Exception | BaseExceptionGroup)):
            raise explain_miss(tape.missed, tape.recorded, path=tape.path) from error
        if error is not None:
            for problem in tape.problems:
                error.add_note(f"Besides, {problem}")
        elif self.mode is CassetteMode.REPLAY:
            self._report_unplayed(tape)
        else:
            self._finish_recording(tape)

    def _report_unplayed(self, tape: _Tape) -> None:
        """Note the recordings nobody asked for."""
        self.unplayed.pop(tape.page_id, None)
        if numbers := tape.list_unplayed():
            described = (_describe(number, tape.recorded[number]) for number in numbers)
            self.unplayed[tape.page_id] = tuple(described)

    def _finish_recording(self, tape: _Tape) -> None:
        """Drop what nobody asked for; a block without any traffic proves nothing and leaves the file as it is."""
        if tape.problems:
            raise CassetteError(tape.problems[0], path=tape.path, next_step="The other exchanges are saved")
        unplayed = set(tape.list_unplayed())
        is_used = tape.fresh or len(unplayed) < len(tape.recorded)
        if unplayed and is_used:
            tape.recorded = tuple(e for number, e in enumerate(tape.recorded) if number not in unplayed)
            self.dropped += len(unplayed)
            tape.save()
        elif tape.before is None and not is_used:
            tape.save()

    def _compose(self, tape: _Tape) -> _Cassette:
        """The cassette as it is to be written; the date stays while nothing new came in."""
        exchanges = tuple(sorted((*tape.recorded, *tape.fresh), key=_sort_key))
        new_names = [self._answered_by] if self._answered_by else _list_models(e.response for e in tape.fresh)
        old_names = tape.before.answered_by.split(" + ") if tape.before and tape.recorded else []
        names = [*old_names, *(new_names if tape.fresh else [])]
        return _Cassette(
            page_id=tape.page_id,
            answered_by=_join_names(names) if exchanges else self._answered_by or NOBODY,
            recorded_on=tape.before.recorded_on if tape.before and not tape.fresh else self._today,
            model=_join_names(_list_models(e.request for e in exchanges)),
            mode=_read_mode(exchanges, asked_for=self._output_mode),
            exchanges=exchanges,
        )


def read_cassette_info(path: Path) -> CassetteInfo:
    """The head of a cassette, after the whole file was checked.

    Errors: CassetteError as for replaying it.
    """
    cassette = _read_cassette(path)
    return CassetteInfo(
        page_id=cassette.page_id,
        answered_by=cassette.answered_by,
        recorded_on=cassette.recorded_on,
        model=cassette.model,
        exchanges=len(cassette.exchanges),
        **_read_parameters(cassette),
    )


def _read_parameters(cassette: _Cassette) -> dict[str, Any]:
    """How the recorded requests were asked; the smallest limit is the one before any answer was cut off."""
    bodies = [exchange.request.fields for exchange in cassette.exchanges]
    limits = {name: [body[name] for body in bodies if isinstance(body.get(name), int)] for name in _TOKEN_PARAMETERS}
    name = next((name for name, values in limits.items() if values), "none")
    temperatures = [body["temperature"] for body in bodies if isinstance(body.get("temperature"), int | float)]
    capability = Capability(
        mode=cassette.mode, token_parameter=name, send_temperature=bool(temperatures), note="as recorded"
    )
    return {
        "capability": capability,
        "temperature": float(temperatures[0]) if temperatures else 0.0,
        "max_tokens": min(limits.get(name, []), default=_NO_LIMIT),
    }


def find_secrets(path: Path) -> tuple[str, ...]:
    """Where a file holds something that looks like a key; never the key itself.

    Errors: CassetteError if the file cannot be read.
    """
    lines = enumerate(_read_text(path).splitlines(), 1)
    return tuple(f"{path}:{number}: {secret}" for number, line in lines for secret in _name_secrets(line))


def explain_miss(missed: Sequence[WireRequest], recorded: Sequence[Exchange], *, path: Path) -> CassetteError:
    """The error for requests that no recording answers: which one comes nearest to the first, and what differs."""
    asked = missed[0]
    number, nearest = _find_nearest(asked, recorded)
    if nearest is None:
        what = "a request has no recorded exchange to answer it, because the cassette is empty"
    elif _key(asked) == _key(nearest.request):
        times = sum(_key(exchange.request) == _key(asked) for exchange in recorded)
        what = f"a request came more often than it was recorded ({times}x): {_describe(number, nearest)}"
    else:
        differences = "; ".join(_list_differences(asked, nearest.request)) or "the body is spelled differently"
        what = f"no recorded exchange answers a request; nearest is {_describe(number, nearest)}; it has {differences}"
    more = f" ({len(missed) - 1} more request(s) found no answer)" if len(missed) > 1 else ""
    return CassetteError(what + more, path=path, next_step=_RERECORD)


# ---------------------------------------------------------------------------------------------- between us and vcrpy


@dataclass
class _Tape:
    """One open page: what the file held, what came in since, and what went wrong."""

    path: Path
    page_id: str
    before: _Cassette | None
    compose: Callable[[_Tape], _Cassette]
    fresh: list[Exchange] = field(default_factory=list)
    missed: list[WireRequest] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    play_counts: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Take over the recordings of the file."""
        self.recorded: tuple[Exchange, ...] = self.before.exchanges if self.before else ()

    def list_unplayed(self) -> list[int]:
        """The indexes of the recordings of the file that nobody asked for."""
        return [number for number in range(len(self.recorded)) if not self.play_counts[number]]

    def load_cassette(self, _path: str, serializer: object) -> tuple[list[Any], list[dict[str, Any]]]:  # noqa: ARG002
        """The recordings as vcrpy wants them (its persister protocol); the host is one that cannot exist."""
        from vcr.request import Request  # type: ignore[import-untyped]  # noqa: PLC0415 - see `_insert`

        requests = [
            Request(e.request.method, f"http://cassette.invalid{e.request.path}", e.request.canonical, {})
            for e in self.recorded
        ]
        return requests, [_to_vcr(exchange.response) for exchange in self.recorded]

    def record(self, request: Any, response: dict[str, Any]) -> None:  # noqa: ANN401 - vcrpy has no types
        """Keep an exchange from the network, unless it failed, and save the file.

        An exchange that must not be kept is a problem told at the end: its reply is paid for and goes to the client.
        """
        if not 200 <= response["status"]["code"] <= 299:
            return
        try:
            exchange = _from_vcr(request, response)
        except UnicodeDecodeError:
            self.problems.append(f"the answer to {request.method} {request.path} is not UTF-8 and was not recorded")
            return
        keys = [word for name in ("authorization", "api-key") for word in request.headers.get(name, "").split()[-1:]]
        if places := list(_find_secret_places(exchange.model_dump(mode="json"), keys)):
            self.problems.append(f"an exchange was not recorded, because it holds {'; '.join(places)}")
            return
        self.fresh.append(exchange)
        self.save()

    def save(self) -> None:
        """Write the file in one move, so that it is whole at every instant."""
        part = self.path.with_name(self.path.name + ".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(_render_cassette(self.compose(self)), encoding="utf-8", newline="\n")
            os.replace(part, self.path)  # noqa: PTH105 - the atomic one, by its own name
        except OSError as error:
            raise CassetteError(
                f"the cassette cannot be written: {error.strerror}",
                path=self.path,
                next_step="Make room, or the folder writable, and run again; what is saved is not asked again",
            ) from error


@contextmanager
def _claim_patch(page_id: str) -> Iterator[None]:
    """Hold the process-wide right to patch the transport."""
    if not _PATCH.acquire(blocking=False):
        raise RuntimeError(f"page {page_id} cannot be opened: vcrpy patches the whole process, so one page at a time")
    try:
        yield
    finally:
        _PATCH.release()


@contextmanager
def _insert(tape: _Tape, mode: CassetteMode) -> Iterator[None]:
    """Let vcrpy answer from the tape; recording, what it cannot answer goes to the network and then to the tape."""
    import vcr  # type: ignore[import-untyped]  # noqa: PLC0415 - here, because it takes most of a second

    recorder = vcr.VCR(
        record_mode="none" if mode is CassetteMode.REPLAY else "new_episodes",
        match_on=("method", "path", "canonical_body"),
        before_record_request=_normalise,
    )
    recorder.register_matcher("canonical_body", _has_same_body)
    recorder.register_persister(tape)
    with _use(recorder, tape) as cassette:
        tape.play_counts = cassette.play_counts
        cassette.append = tape.record  # vcrpy saves at the end only; the tape saves each exchange
        if mode is CassetteMode.REPLAY:
            cassette.can_play_response_for = partial(_play_or_note, cassette.can_play_response_for, tape.missed)
        yield


def _use(recorder: Any, tape: _Tape) -> AbstractContextManager[Any]:  # noqa: ANN401 - vcrpy has no types
    """The context in which the transports are patched."""
    context: AbstractContextManager[Any] = recorder.use_cassette(tape.path)
    return context


def _play_or_note(can_play: Callable[[Any], bool], missed: list[WireRequest], request: Any) -> bool:  # noqa: ANN401
    """Whether a recording answers; a miss is remembered, because its exception may be swallowed on the way."""
    if can_play(request):
        return True
    missed.append(_read_request(request))
    return False


def _normalise(request: Any) -> Any:  # noqa: ANN401 - vcrpy has no types
    """The request as it is compared: canonical body, no headers."""
    request.body = _canonical_body(request.body or b"")
    request.headers = {}
    return request


def _has_same_body(asked: Any, recorded: Any) -> bool:  # noqa: ANN401 - vcrpy has no types
    """Whether two normalised requests ask the same."""
    return bool(asked.body == recorded.body)


def _to_vcr(response: WireResponse) -> dict[str, Any]:
    """A response as vcrpy keeps it."""
    return {
        "status": {"code": response.status, "message": ""},
        "headers": {name: [value] for name, value in response.headers.items()},
        "body": {"string": response.content},
    }


def _from_vcr(request: Any, response: dict[str, Any]) -> Exchange:  # noqa: ANN401 - vcrpy has no types
    """The exchange, its reply unpacked."""
    from vcr.filters import decode_response  # type: ignore[import-untyped]  # noqa: PLC0415 - see `_insert`

    reply = decode_response(response)
    body, text = _parse_body(reply["body"]["string"])
    kept = {name.lower(): values[-1] for name, values in reply["headers"].items() if name.lower() in KEPT_HEADERS}
    answer = WireResponse(status=reply["status"]["code"], headers=kept, body=body, text=text)
    return Exchange(request=_read_request(request), response=answer)


def _read_request(request: Any) -> WireRequest:  # noqa: ANN401 - vcrpy has no types
    """What was asked, the harmless part of it."""
    body, text = _parse_body(request.body or b"")
    kept = {name.lower(): value for name, value in request.headers.items() if name.lower() == "content-type"}
    return WireRequest(method=request.method, path=request.path, headers=kept, body=body, text=text)


# ------------------------------------------------------------------------------------------------------------- bodies


def _parse_body(content: bytes) -> tuple[dict[str, Any] | list[Any] | None, str | None]:
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
        return not (value.keys() & _RESERVED) and all(
            _is_plain(part, depth + 1) for pair in value.items() for part in pair
        )
    if isinstance(value, list):
        return all(_is_plain(item, depth + 1) for item in value)
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    return not isinstance(value, float) or math.isfinite(value)


def _canonical_body(content: bytes) -> bytes:
    """The spelling in which bodies are compared; what is no JSON is compared as it is."""
    try:
        return canonical_json(json.loads(content)).encode()
    except (ValueError, RecursionError):
        return content


def _key(request: WireRequest) -> tuple[str, str, bytes]:
    """What makes two requests the same."""
    return request.method, request.path, request.canonical


def _sort_key(exchange: Exchange) -> tuple[str, str, tuple[str, ...], bytes]:
    """An order that does not depend on who was faster; a repair begins like its original and so follows it."""
    request = exchange.request
    messages = tuple(canonical_json(message) for message in request.messages)
    return request.path, request.method, messages, request.canonical


def _list_models(messages: Iterable[_Wire]) -> list[str]:
    """The models that are named, in order."""
    bodies = (message.body for message in messages)
    return [str(body["model"]) for body in bodies if isinstance(body, dict) and body.get("model")]


def _join_names(names: Iterable[str]) -> str:
    """One line for a few names, each once."""
    return " + ".join(dict.fromkeys(names)) or NOBODY


def _read_mode(exchanges: Sequence[Exchange], *, asked_for: OutputMode | None) -> OutputMode:
    """The output mode on the wire, because an endpoint may have been asked differently than was set at first."""
    modes = Counter(_mode_of(exchange.request) for exchange in exchanges if exchange.request.messages)
    if asked_for and (asked_for in modes or not modes):
        return asked_for
    return max(modes, key=lambda mode: (modes[mode], mode)) if modes else OutputMode.TEXT


def _mode_of(request: WireRequest) -> OutputMode:
    """How one request asks for structured output."""
    response_format = request.fields.get("response_format")
    name = response_format.get("type") if isinstance(response_format, dict) else None
    return OutputMode(name) if name in tuple(OutputMode) else OutputMode.TEXT


# ------------------------------------------------------------------------------------------------------------ secrets


def _find_secret_places(value: object, keys: Sequence[str], place: str = "") -> Iterator[str]:
    """What in a structure looks like a secret or is one of these keys, and where it stands."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _find_secret_places(part, keys, f"{place}.{name}" if place else name)
            yield from (f"{secret} in a key of {place}" for secret in _name_secrets(name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _find_secret_places(part, keys, f"{place}[{number}]")
    elif isinstance(value, str):
        is_key = any(len(key) >= 8 and key in value for key in keys)  # shorter ones are placeholders, such as "desk"
        names = ["the key of the request"] if is_key else _name_secrets(value)
        yield from (f"{name} in {place}" for name in names)


def _name_secrets(text: str) -> list[str]:
    """The kinds of secrets a text seems to hold."""
    return [name for name, pattern in _SECRETS.items() if pattern.search(text)]


# ------------------------------------------------------------------------------------------------------------ writing


class _Dumper(yaml.SafeDumper):
    """The dumper in pure Python: libyaml's would escape emoji and rare hanzi."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - the signature is PyYAML's
        """Write every value out."""
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Odd characters in double quotes, long texts as literal blocks, the rest as YAML likes it."""
    style = None
    if _ODD.search(text):
        style = '"'
    elif "\n" in text or len(text) > MIN_BLOCK_CHARS:
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _render_cassette(cassette: _Cassette) -> str:
    """The text of the file."""
    plain = [_to_plain(exchange) for exchange in cassette.exchanges]
    names = _name_shared(plain)
    head = cassette.model_dump(exclude={"exchanges", "shared"}) | {"mode": cassette.mode.value}
    shared = {"shared": _break_lines(dict(sorted(names.values())))} if names else {}
    whole = head | shared | {"exchanges": _break_lines(_point(plain, names))}
    text = yaml.dump(whole, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=math.inf)
    return _ODD.sub(lambda match: f"\\u{ord(match[0]):04x}", text)  # any that are left stand in double quotes


def _to_plain(exchange: Exchange) -> dict[str, Any]:
    """An exchange as it stands in the file: nothing that is empty."""
    request, response = exchange.request, exchange.response
    head = {"method": request.method, "path": request.path}
    return {"request": head | _list_parts(request), "response": {"status": response.status} | _list_parts(response)}


def _list_parts(message: _Wire) -> dict[str, Any]:
    """Headers and body of a message, as far as there are any."""
    parts = {"headers": message.headers or None, "body": message.body, "text": message.text}
    return {name: part for name, part in parts.items() if part is not None}


def _name_shared(exchanges: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, JsonValue]]:
    """What goes to `shared`, by its canonical spelling: every schema, and long texts of more than one exchange."""
    seen: dict[str, tuple[str, JsonValue, set[int]]] = {}
    for number, exchange in enumerate(exchanges):
        for side in ("request", "response"):
            for kind, value in _walk_shareable(exchange[side].get("body")):
                seen.setdefault(canonical_json(value), (kind, value, set()))[2].add(number)
    return {
        spelling: (f"{kind}-{hashlib.sha256(spelling.encode()).hexdigest()[:12]}", value)
        for spelling, (kind, value, numbers) in seen.items()
        if len(numbers) > 1 or kind == "schema"
    }


def _walk_shareable(value: object, kind: str = "text") -> Iterator[tuple[str, JsonValue]]:
    """The long texts and the schemas in a body, each with the first part of its name."""
    if isinstance(value, str) and len(value) > MIN_SHARED_CHARS:
        yield kind, value
    elif isinstance(value, list):
        for item in value:
            yield from _walk_shareable(item, kind)
    elif isinstance(value, dict):
        role = value.get("role")
        for name, part in value.items():
            if name == "schema" and isinstance(part, dict):
                yield "schema", part
            else:
                yield from _walk_shareable(part, role if role in (*_ROLES, "assistant") else kind)


def _point(value: Any, names: Mapping[str, tuple[str, JsonValue]]) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """The same structure, with what is shared replaced by its name."""
    if isinstance(value, list):
        return [_point(item, names) for item in value]
    if isinstance(value, dict):
        return {name: _point_member(name, part, names) for name, part in value.items()}
    if isinstance(value, str) and len(value) > MIN_SHARED_CHARS and (found := names.get(canonical_json(value))):
        return {"$shared": found[0]}
    return value


def _point_member(name: str, part: Any, names: Mapping[str, tuple[str, JsonValue]]) -> Any:  # noqa: ANN401
    """One member of a mapping, as `_point` has it; a schema is shared as a whole."""
    if name == "schema" and isinstance(part, dict):
        return {"$shared": names[canonical_json(part)][0]}
    return _point(part, names)


def _break_lines(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """The same structure, with texts of several lines that no literal block can hold as lists of their lines."""
    if isinstance(value, list):
        return [_break_lines(item) for item in value]
    if isinstance(value, dict):
        return {name: _break_lines(part) for name, part in value.items()}
    if isinstance(value, str) and "\n" in value and _NOT_IN_BLOCK.search(value):
        return {"$lines": value.split("\n")}
    return value


# ------------------------------------------------------------------------------------------------------------ reading


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the same class, ten times faster
    """A safe loader for which every key is a text that stands once, and a date is a text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - how PyYAML wants it
        first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        """The mapping, without merge keys and without losing a double key."""
        members: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag != "tag:yaml.org,2002:str":
                raise yaml.constructor.ConstructorError(None, None, "a key is not a text", key_node.start_mark)
            if key_node.value in members:
                raise yaml.constructor.ConstructorError(None, None, "a key stands twice", key_node.start_mark)
            members[key_node.value] = self.construct_object(value_node, deep=deep)
        return members


def _read_cassette(path: Path) -> _Cassette:
    """A cassette from the disk, checked."""
    return _parse_cassette(_read_text(path), path)


def _read_text(path: Path) -> str:
    """The text of a cassette, if it is a file of a size that can be one of ours."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1) if path.is_file() else b""
    except FileNotFoundError as error:
        what = f"there is no cassette of page {path.stem}"
        raise CassetteError(what, path=path, next_step=_RECORD_FIRST) from error
    except OSError as error:
        raise CassetteError(f"the cassette cannot be read: {error.strerror}", path=path) from error
    if len(content) > MAX_FILE_BYTES:
        raise CassetteError("the cassette is too large", path=path, expected=f"At most {MAX_FILE_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CassetteError(f"not UTF-8 at byte {error.start}", path=path, next_step=_RESTORE) from error


def _parse_cassette(text: str, path: Path) -> _Cassette:
    """The cassette in a text, with its shared texts back in place."""
    try:
        _check_events(text, path)
        value = yaml.load(text, Loader=_Loader)
        spelled = json.dumps(value, allow_nan=False)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        what = f"not a cassette, because it is not the YAML we write: {' '.join(str(error).split())}"
        raise CassetteError(what, path=path, next_step=_RESTORE) from error
    _check_version(value, path)
    try:
        cassette = _Cassette.model_validate_json(spelled)
    except ValidationError as error:
        raise CassetteError(_list_issues(error), path=path, next_step=_RESTORE) from error
    unpacker = _Unpacker(cassette.shared, path)
    exchanges = tuple(_unpack_exchange(exchange, unpacker) for exchange in cassette.exchanges)
    return cassette.model_copy(update={"shared": {}, "exchanges": exchanges})


def _check_events(text: str, path: Path) -> None:
    """Refuse what makes YAML dangerous, before anything is built from it."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 1
        if depth > MAX_DEPTH:
            raise _refuse(path, f"line {line} is nested more than {MAX_DEPTH} levels deep")
        if getattr(event, "anchor", None):
            raise _refuse(path, f"line {line} has a YAML anchor or alias (& or *)")
        if getattr(event, "tag", None):
            raise _refuse(path, f"line {line} has a YAML tag (!)")


def _refuse(path: Path, what: str) -> CassetteError:
    """The error for a cassette that we have not written like this."""
    return CassetteError(what, path=path, expected="Plain YAML, as recording writes it", next_step=_RESTORE)


def _check_version(value: object, path: Path) -> None:
    """Refuse what is no cassette, or one from the future."""
    version = value.get("cassette") if isinstance(value, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise CassetteError("not a cassette of ours", path=path, expected=f"cassette: {FORMAT_VERSION} at the top")
    if version > FORMAT_VERSION:
        raise CassetteError(
            f"the cassette has format {version}, from a newer version of this programme",
            path=path,
            expected=f"Format {FORMAT_VERSION}",
            next_step="Update summariser, or record the page again with --record",
        )


def _list_issues(error: ValidationError) -> str:
    """What is wrong with the fields, at most five of them."""
    issues = [f"{_spell_place(issue['loc'])}: {issue['msg']}" for issue in error.errors(include_url=False)]
    more = f" and {len(issues) - 5} more" if len(issues) > 5 else ""
    return f"not a cassette we could replay: {_escape('; '.join(issues[:5]))}{more}"


def _spell_place(place: Iterable[str | int]) -> str:
    """A place in a structure, as in exchanges[2].response.status."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


class _Unpacker:
    """Puts shared texts and broken lines back, within a limit on what comes out."""

    def __init__(self, shared: Mapping[str, JsonValue], path: Path) -> None:
        self._path = path
        self._left = MAX_EXPANDED_CHARS
        self._shared: dict[str, Any] = {}
        self._shared = {name: self.unpack(value) for name, value in shared.items()}
        self._sizes = {name: len(canonical_json(value)) for name, value in self._shared.items()}

    def unpack(self, value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """The same structure, as it was on the wire."""
        if isinstance(value, list):
            return [self.unpack(item) for item in value]
        if not isinstance(value, dict):
            return value
        if value.keys() & _RESERVED:
            return self._look_up(value)
        return {name: self.unpack(part) for name, part in value.items()}

    def _look_up(self, value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """What one of our mappings stands for."""
        lines, name = value.get("$lines"), value.get("$shared")
        if len(value) == 1 and isinstance(lines, list) and all(isinstance(line, str) for line in lines):
            return "\n".join(lines)
        if len(value) != 1 or not isinstance(name, str) or name not in self._shared:
            what = f"{_shorten(canonical_json(value))} stands for nothing"
            raise CassetteError(what, path=self._path, expected="A name in `shared`, or lines", next_step=_RESTORE)
        self._left -= self._sizes[name]
        if self._left < 0:
            raise _refuse(self._path, f"the shared texts unfold to more than {MAX_EXPANDED_CHARS:,} characters")
        return self._shared[name]


def _unpack_exchange(exchange: Exchange, unpacker: _Unpacker) -> Exchange:
    """The exchange as it was on the wire."""
    request = exchange.request.model_copy(update={"body": unpacker.unpack(exchange.request.body)})
    response = exchange.response.model_copy(update={"body": unpacker.unpack(exchange.response.body)})
    return Exchange.model_construct(request=request, response=response)


# ------------------------------------------------------------------------------------------------- explaining a miss


def _find_nearest(asked: WireRequest, recorded: Sequence[Exchange]) -> tuple[int, Exchange | None]:
    """The recording most like a request, and its index; the first of several."""
    scores = [_rate_likeness(asked, exchange.request) for exchange in recorded]
    if not scores:
        return 0, None
    number = scores.index(max(scores))
    return number, recorded[number]


def _rate_likeness(asked: WireRequest, recorded: WireRequest) -> float:
    """How alike two requests are; the texts weigh most, the rest decides between equals."""
    texts = [(_text_of(a), _text_of(b)) for a, b in zip(asked.messages, recorded.messages, strict=False)]
    count = max(len(asked.messages), len(recorded.messages), 1)
    names = asked.fields.keys() | recorded.fields.keys()
    equal = sum(asked.fields.get(name) == recorded.fields.get(name) for name in names) / max(len(names), 1)
    is_same_address = (asked.method, asked.path) == (recorded.method, recorded.path)
    return sum(_rate_texts(a, b) for a, b in texts) / count + 0.1 * equal + 0.1 * is_same_address


def _rate_texts(a: str, b: str) -> float:
    """How alike two texts are, 0 to 1: by whole lines, or by how they begin and end (fast, good enough to choose)."""
    if a == b:
        return 1.0
    start = _count_common(a, b)
    end = _count_common(a[start:][::-1], b[start:][::-1])
    ends = (start + end) / max(len(a), len(b))
    return 0.99 * max(ends, SequenceMatcher(None, a.splitlines(), b.splitlines(), autojunk=False).ratio())


def _count_common(a: str, b: str) -> int:
    """How many characters two texts begin with in common."""
    return next((n for n, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), min(len(a), len(b)))


def _list_differences(asked: WireRequest, recorded: WireRequest) -> list[str]:
    """What differs between a request and a recorded one, in plain words."""
    differences = []
    if (asked.method, asked.path) != (recorded.method, recorded.path):
        theirs, ours = f"{recorded.method} {recorded.path}", f"{asked.method} {asked.path}"
        differences.append(f"another address: {ours} instead of {theirs}, so the base URL may have another path")
    differences += _compare_messages(asked.messages, recorded.messages)
    for name in sorted(asked.fields.keys() | recorded.fields.keys()):
        if name != "messages" or not asked.messages or not recorded.messages:
            differences += _compare_field(name, asked.fields, recorded.fields)
    return differences


def _compare_messages(asked: Sequence[Mapping[str, Any]], recorded: Sequence[Mapping[str, Any]]) -> list[str]:
    """What differs between two chats."""
    differences = []
    for mine, theirs in zip(asked, recorded, strict=False):
        if mine.get("role") != theirs.get("role"):
            differences.append(f"a {mine.get('role')} message where {theirs.get('role')} was recorded")
        elif mine != theirs:
            name = _ROLES.get(str(mine.get("role")), "another earlier reply")
            differences.append(f"{name} ({_compare_texts(_text_of(mine), _text_of(theirs))})")
    if len(asked) > len(recorded):
        differences.append(f"{len(asked)} messages instead of {len(recorded)}, a repair perhaps that was not recorded")
    elif len(asked) < len(recorded):
        differences.append(f"{len(asked)} messages instead of {len(recorded)}")
    return differences


def _text_of(message: Mapping[str, Any]) -> str:
    """The text of a message."""
    content = message.get("content")
    return content if isinstance(content, str) else canonical_json(content)


def _compare_texts(mine: str, theirs: str) -> str:
    """The first line that differs, both sides cut to where they part."""
    ours, recorded = mine.split("\n"), theirs.split("\n")
    number = next((n for n, pair in enumerate(zip(ours, recorded, strict=False)) if pair[0] != pair[1]), None)
    if number is None:
        number = min(len(ours), len(recorded))
    a, b = (lines[number] if number < len(lines) else None for lines in (ours, recorded))
    start = max(_count_common(a or "", b or "") - 10, 0)
    return f"line {number + 1} is {_quote(a, start)}, recorded {_quote(b, start)}"


def _quote(line: str | None, start: int) -> str:
    """A line from `start` on, in quotes and short, or that there is none."""
    if line is None:
        return "missing"
    return f'"{"…" if start else ""}{_shorten(line[start:])}"'


def _compare_field(name: str, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """What differs in one member of two bodies, none or one sentence."""
    place, a, b = _find_difference(mine.get(name), theirs.get(name), name)
    if a == b and type(a) is type(b) and (name in mine) is (name in theirs):
        return []
    kind = {"model": "another model", "response_format": "another schema or output mode"}.get(name, "other parameters")
    a_shown, b_shown = (_shorten(canonical_json(side)) if side is not None else "missing" for side in (a, b))
    return [f"{kind} ({_escape(place)} is {a_shown}, recorded {b_shown})"]


def _find_difference(mine: Any, theirs: Any, place: str) -> tuple[str, Any, Any]:  # noqa: ANN401 - any JSON
    """Where two JSON values first differ, and what stands there."""
    pairs: list[tuple[str, Any, Any]] = []
    if isinstance(mine, dict) and isinstance(theirs, dict):
        names = sorted(mine.keys() | theirs.keys())
        pairs = [(f"{place}.{name}", mine.get(name), theirs.get(name)) for name in names]
    elif isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        pairs = [(f"{place}[{n}]", a, b) for n, (a, b) in enumerate(zip(mine, theirs, strict=True))]
    different = next((pair for pair in pairs if pair[1] != pair[2]), None)
    return _find_difference(different[1], different[2], different[0]) if different else (place, mine, theirs)


def _describe(number: int, exchange: Exchange) -> str:
    """One exchange in a few words: its place in the file, and how its last question begins."""
    request = exchange.request
    texts = [_text_of(message) for message in request.messages if message.get("role") == "user"]
    about = f', "{_shorten(texts[-1].strip().partition(chr(10))[0])}"' if texts else ""
    return f"exchange {number + 1} ({request.method} {request.path}, {len(request.messages)} messages{about})"


def _shorten(text: str, length: int = 40) -> str:
    """The beginning of a text, on one line and harmless to a terminal."""
    return _escape(text[:length]) + ("…" if len(text) > length else "")


def _escape(text: str) -> str:
    """A text in which nothing can move a cursor or turn the writing around."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
