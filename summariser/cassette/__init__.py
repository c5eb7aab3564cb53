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

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field, JsonValue

from summariser.cassette.file import RESTORE, Cassette, read_cassette, read_text, render_cassette
from summariser.cassette.miss import describe, explain_miss
from summariser.cassette.secrets import find_secret_places, name_secrets
from summariser.cassette.wire import KEPT_HEADERS, Exchange, Wire, WireRequest, WireResponse, canonical_body, parse_body
from summariser.endpoints.endpoint import Capability, TokenParameter
from summariser.errors import CassetteError
from summariser.schema.exchange import OutputMode, canonical_json
from summariser.schema.page import Frozen

__all__ = [
    "CassetteInfo",
    "CassetteMode",
    "Cassettes",
    "Exchange",
    "WireRequest",
    "WireResponse",
    "explain_miss",
    "find_secrets",
    "read_cassette_info",
]

_TOKEN_PARAMETERS: tuple[TokenParameter, ...] = ("max_tokens", "max_completion_tokens")
_OPERATION = "/chat/completions"
_USUAL_PATH = "/v1"
_NO_LIMIT = 8000  # stands in the request, and is not sent, where an endpoint takes no limit
NOBODY = "nobody"  # who answered, and which model, where no request was needed
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
    base_path: str = Field(description="Path of the endpoint, as in /v1.")
    exchanges: int = Field(description="How many exchanges are recorded.")

    @property
    def mode(self) -> OutputMode:
        """How structured output was asked for."""
        return self.capability.mode


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
        cassette = read_cassette(path)
        if cassette.page_id != page_id:
            raise CassetteError(f"the cassette is of page {cassette.page_id}", path=path, next_step=RESTORE)
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
            described = (describe(number, tape.recorded[number]) for number in numbers)
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

    def _compose(self, tape: _Tape) -> Cassette:
        """The cassette as it is to be written; the date stays while nothing new came in."""
        exchanges = tuple(sorted((*tape.recorded, *tape.fresh), key=_sort_key))
        new_names = [self._answered_by] if self._answered_by else _list_models(e.response for e in tape.fresh)
        old_names = tape.before.answered_by.split(" + ") if tape.before and tape.recorded else []
        names = [*old_names, *(new_names if tape.fresh else [])]
        return Cassette(
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
    cassette = read_cassette(path)
    return CassetteInfo(
        page_id=cassette.page_id,
        answered_by=cassette.answered_by,
        recorded_on=cassette.recorded_on,
        model=cassette.model,
        exchanges=len(cassette.exchanges),
        **_read_parameters(cassette),
    )


def _read_parameters(cassette: Cassette) -> dict[str, Any]:
    """How the recorded requests were asked; the smallest limit is the one before any answer was cut off."""
    bodies = [exchange.request.fields for exchange in cassette.exchanges]
    limits = {name: _list_numbers(bodies, name) for name in _TOKEN_PARAMETERS}
    name: TokenParameter = next((name for name, values in limits.items() if values), "none")
    temperatures = _list_numbers(bodies, "temperature")
    paths = [exchange.request.path for exchange in cassette.exchanges]
    return {
        "capability": Capability(
            mode=cassette.mode, token_parameter=name, send_temperature=bool(temperatures), note="as recorded"
        ),
        "temperature": float(temperatures[0]) if temperatures else 0.0,
        "max_tokens": int(min(limits.get(name, []), default=_NO_LIMIT)),
        "base_path": paths[0].removesuffix(_OPERATION) if paths else _USUAL_PATH,
    }


def _list_numbers(bodies: Iterable[Mapping[str, JsonValue]], name: str) -> list[float]:
    """The numbers that bodies have under a name."""
    values = (body.get(name) for body in bodies)
    return [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]


def find_secrets(path: Path) -> tuple[str, ...]:
    """Where a file holds something that looks like a key; never the key itself.

    Errors: CassetteError if the file cannot be read.
    """
    lines = enumerate(read_text(path).splitlines(), 1)
    return tuple(f"{path}:{number}: {secret}" for number, line in lines for secret in name_secrets(line))


@dataclass
class _Tape:
    """One open page: what the file held, what came in since, and what went wrong."""

    path: Path
    page_id: str
    before: Cassette | None
    compose: Callable[[_Tape], Cassette]
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
        from vcr.request import Request  # type: ignore[import-untyped]  # here: see `_insert`

        requests = [
            Request(e.request.method, f"http://cassette.invalid{e.request.path}", e.request.canonical, {})
            for e in self.recorded
        ]
        return requests, [_to_vcr(exchange.response) for exchange in self.recorded]

    def record(self, request: Any, response: dict[str, Any]) -> None:
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
        if places := list(find_secret_places(exchange.model_dump(mode="json"), keys)):
            self.problems.append(f"an exchange was not recorded, because it holds {'; '.join(places)}")
            return
        self.fresh.append(exchange)
        self.save()

    def save(self) -> None:
        """Write the file in one move, so that it is whole at every instant."""
        part = self.path.with_name(self.path.name + ".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(render_cassette(self.compose(self)), encoding="utf-8", newline="\n")
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
    import vcr  # type: ignore[import-untyped]  # here, because it takes most of a second

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


def _use(recorder: Any, tape: _Tape) -> AbstractContextManager[Any]:
    """The context in which the transports are patched."""
    context: AbstractContextManager[Any] = recorder.use_cassette(str(tape.path))
    return context


def _play_or_note(can_play: Callable[[Any], bool], missed: list[WireRequest], request: Any) -> bool:
    """Whether a recording answers; a miss is remembered, because its exception may be swallowed on the way."""
    if can_play(request):
        return True
    missed.append(_read_request(request))
    return False


def _normalise(request: Any) -> Any:
    """The request as it is compared: canonical body, no headers."""
    request.body = canonical_body(request.body or b"")
    request.headers = {}
    return request


def _has_same_body(asked: Any, recorded: Any) -> bool:
    """Whether two normalised requests ask the same."""
    return bool(asked.body == recorded.body)


def _to_vcr(response: WireResponse) -> dict[str, Any]:
    """A response as vcrpy keeps it."""
    return {
        "status": {"code": response.status, "message": ""},
        "headers": {name: [value] for name, value in response.headers.items()},
        "body": {"string": response.content},
    }


def _from_vcr(request: Any, response: dict[str, Any]) -> Exchange:
    """The exchange, its reply unpacked."""
    from vcr.filters import decode_response  # type: ignore[import-untyped]  # here: see `_insert`

    reply = decode_response(response)
    body, text = parse_body(reply["body"]["string"])
    kept = {name.lower(): values[-1] for name, values in reply["headers"].items() if name.lower() in KEPT_HEADERS}
    answer = WireResponse(status=reply["status"]["code"], headers=kept, body=body, text=text)
    return Exchange(request=_read_request(request), response=answer)


def _read_request(request: Any) -> WireRequest:
    """What was asked, the harmless part of it."""
    body, text = parse_body(request.body or b"")
    kept = {name.lower(): value for name, value in request.headers.items() if name.lower() == "content-type"}
    return WireRequest(method=request.method, path=request.path, headers=kept, body=body, text=text)


def _sort_key(exchange: Exchange) -> tuple[str, str, tuple[str, ...], bytes]:
    """An order that does not depend on who was faster; a repair begins like its original and so follows it."""
    request = exchange.request
    messages = tuple(canonical_json(message) for message in request.messages)
    return request.path, request.method, messages, request.canonical


def _list_models(messages: Iterable[Wire]) -> list[str]:
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
