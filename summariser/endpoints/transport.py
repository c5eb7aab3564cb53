"""HTTP transports of the client: one limits what is read of a response, one records and replays exchanges.

`BoundedTransport` reads no more of a response than a reply may have, compressed or not.

Exchanges with a model are recorded to one readable file per page and replayed without a network. That happens in the
transport that our own client is given (`Cassettes.wrap`), so other traffic of the process is neither seen nor touched,
and pages run side by side: the open page is a context variable, which the tasks of a page inherit. vcrpy finds the
recording that answers a request and plays each one once; none of its patching is used.

While recording, the file is saved after every exchange, and what it already holds is played and never paid for again.
Replaying, a request matches by method, path and body; one that no recording answers ends the page with a CassetteError.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import Any

import httpx2

from summariser.disk.files import write_file
from summariser.endpoints.cassette import (
    KEPT_HEADERS,
    RESTORE,
    Cassette,
    Exchange,
    Wire,
    WireRequest,
    WireResponse,
    begin_of,
    escape,
    list_leaves,
    parse_body,
    read_cassette,
    render_cassette,
)
from summariser.endpoints.endpoint import list_secrets, spell_secrets
from summariser.errors import CassetteError, StoreError
from summariser.schema.exchange import OutputMode, canonical_json
from summariser.text import counted

_DROPPED_HEADERS = ("content-encoding", "content-length", "transfer-encoding")


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Reads a response to its end, unpacked, or to one byte more than `limit`, whichever comes first.

    Shape: a request takes a way that no other one is on, or a new one: one pool for all of them looks through all its
    connections twice for each request.
    """

    def __init__(self, open_way: Callable[[], httpx2.AsyncBaseTransport], *, limit: int) -> None:
        self._open_way = open_way
        self._most = limit + 1
        self._free: list[httpx2.AsyncBaseTransport] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The response, with a plain body that is in memory already.

        Errors: httpx2.DecodingError if the body is packed, and not as it says.
        """
        way = self._free.pop() if self._free else self._open_way()
        try:
            response = await way.handle_async_request(request)
            if response.is_success and request.method == "GET" and request.url.path.endswith("/content"):
                return response  # a file, as large as it likes: `client.read_lines` bounds what it takes of it
            try:
                content = await self._read(response)
            finally:
                await response.aclose()
        finally:
            self._free.append(way)
        headers = [pair for pair in response.headers.multi_items() if pair[0].lower() not in _DROPPED_HEADERS]
        return httpx2.Response(response.status_code, headers=headers, content=content)

    async def _read(self, response: httpx2.Response) -> bytes:
        """The body, as far as it is read."""
        is_packed = response.headers.get("content-encoding", "").strip().lower() in {"gzip", "x-gzip", "deflate"}
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if is_packed else None  # 32: gzip or zlib, as the start says
        content = bytearray()
        try:
            async for chunk in response.aiter_raw():
                room = self._most - len(content)
                content += unpack.decompress(chunk, room) if unpack else chunk[:room]
                if len(content) >= self._most:
                    break
        except zlib.error as error:
            raise httpx2.DecodingError(f"the body is no {response.headers['content-encoding']}") from error
        return bytes(content)

    async def aclose(self) -> None:
        """Close all ways."""
        for way in self._free:
            await way.aclose()


NOBODY = "nobody"  # who answered, and which model, where no request was needed
_SECRETS = {
    "an API key": re.compile(r"(?<![A-Za-z0-9])(?:sk-|gsk_|hf_|ghp_|xai-|AIza|AKIA)[A-Za-z0-9_-]{8,}"),
    "a bearer token": re.compile(r"\bBearer\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    "a JSON web token": re.compile(r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{10,}"),
}


class Cassettes:
    """A folder of cassettes, recorded to or replayed from.

    Shape: `is_played` says that recordings answer, and no endpoint; `unplayed` names, per page, the recordings nobody
    asked for (replay, pages without any are absent); `dropped` counts the recordings a clean recording run removed
    because nobody asked for them.
    """

    def __init__(self, folder: Path, *, is_played: bool, today: date, answered_by: str | None = None) -> None:
        self.folder = folder
        self.is_played = is_played
        self.unplayed: dict[str, tuple[str, ...]] = {}
        self.dropped = 0
        self.open_page: ContextVar[OpenCassette | None] = ContextVar("open_page", default=None)
        self._today = today
        self._answered_by = answered_by

    def wrap(self, transport: httpx2.AsyncBaseTransport) -> httpx2.AsyncBaseTransport:
        """The transport for a client of ours: it records what `transport` brings, or answers in its place."""
        return CassetteTransport(transport, self)

    @contextmanager
    def page(self, page_id: str) -> Iterator[None]:
        """Record or replay every request that our client sends in the block, or in a task that the block starts.

        Errors: CassetteError for a cassette that is missing, cannot be trusted or does not answer a request, and for an
        exchange that must not be recorded.
        """
        if Path(page_id).name != page_id:
            raise ValueError(f"{page_id!r} cannot be the name of a file")
        opened = self._load(page_id)
        token = self.open_page.set(opened)
        try:
            yield
        except BaseException as error:
            for problem in opened.problems:
                error.add_note(f"Besides, {problem}")
            raise
        finally:
            self.open_page.reset(token)
        self._finish(opened)

    def _load(self, page_id: str) -> OpenCassette:
        """The recordings of a page, none if it is to be recorded for the first time."""
        path = self.folder / f"{page_id}.yaml"
        before = None
        if self.is_played or path.exists():
            before = read_cassette(path)
            if before.page_id != page_id:
                raise CassetteError(f"the cassette is of page {before.page_id}", path=path, next_step=RESTORE)
        recorded = before.exchanges if before else ()
        return OpenCassette(path, page_id, before, recorded, Replay(recorded), self._today, self._answered_by)

    def _finish(self, opened: OpenCassette) -> None:
        """Tell what was missed or never asked for; while recording, drop what nobody asked for.

        A block without any traffic proves nothing and leaves the file as it is.
        """
        if opened.missed:  # somebody on the way took the error for a failure of the model
            raise opened.missed[0]
        unplayed = opened.replay.unplayed
        if self.is_played:
            self.unplayed.pop(opened.page_id, None)
            if unplayed:
                self.unplayed[opened.page_id] = tuple(opened.replay.describe(number) for number in unplayed)
            return
        if opened.problems:
            raise CassetteError(opened.problems[0], path=opened.path, next_step="The other exchanges are saved")
        is_used = opened.fresh or len(unplayed) < len(opened.recorded)
        if unplayed and is_used:
            opened.recorded = tuple(e for number, e in enumerate(opened.recorded) if number not in unplayed)
            self.dropped += len(unplayed)
            opened.save()
        elif opened.before is None and not is_used:
            opened.save()


@dataclass
class OpenCassette:
    """One open page: what the file held, what came in since, and what went wrong."""

    path: Path
    page_id: str
    before: Cassette | None
    recorded: tuple[Exchange, ...]
    replay: Replay
    today: date
    answered_by: str | None
    fresh: list[Exchange] = field(default_factory=list)
    missed: list[CassetteError] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, exchange: Exchange, *, secrets: re.Pattern[str] | None) -> None:
        """Keep an exchange and save the file; `secrets` finds those that the request was sent with.

        An exchange that must not be kept is a problem told at the end: its reply is paid for and goes to the client.
        """
        if places := list(_find_secrets(exchange, secrets)):
            self.problems.append(f"an exchange was not recorded, because it holds {'; '.join(places)}")
            return
        self.fresh.append(exchange)
        self.save()

    def save(self) -> None:
        """Write the file in one move, so that it is whole at every instant."""
        try:
            write_file(self.path, render_cassette(self._compose()).encode())
        except StoreError as error:
            raise CassetteError(
                f"the cassette cannot be written: {error.what}",
                path=self.path,
                next_step="Make room, or the folder writable, and run again; what is saved is not asked again",
            ) from error

    def _compose(self) -> Cassette:
        """The cassette as it is to be written; the date stays while nothing new came in."""
        exchanges = tuple(sorted((*self.recorded, *self.fresh), key=_sort_key))
        new_names = [self.answered_by] if self.answered_by else _list_models(e.response for e in self.fresh)
        old_names = self.before.answered_by.split(" + ") if self.before and self.recorded else []
        names = [*old_names, *(new_names if self.fresh else [])]
        modes = Counter(_mode_of(exchange.request) for exchange in exchanges if exchange.request.messages)
        return Cassette(
            page_id=self.page_id,
            answered_by=_join_names(names) if exchanges else self.answered_by or NOBODY,
            recorded_on=self.before.recorded_on if self.before and not self.fresh else self.today,
            model=_join_names(_list_models(e.request for e in exchanges)),
            mode=max(modes, key=lambda mode: (modes[mode], mode), default=OutputMode.TEXT),
            exchanges=exchanges,
        )


def _find_secrets(exchange: Exchange, known: re.Pattern[str] | None) -> Iterator[str]:
    """What in an exchange looks like a secret or is the key it was asked with, and where it stands."""
    patterns = {"the key of the request": known, **_SECRETS} if known else _SECRETS
    for place, leaf in list_leaves(exchange.model_dump(mode="json")):
        named = [secret for secret, pattern in patterns.items() if pattern.search(place)]
        yield from (f"{secret} in the name of a field" for secret in named)
        if not named:
            yield from (f"{secret} in {place}" for secret, pattern in patterns.items() if pattern.search(str(leaf)))


def _sort_key(exchange: Exchange) -> tuple[str, str, tuple[str, ...], bytes]:
    """An order that does not depend on who was faster; a repair begins like its original and so follows it."""
    request = exchange.request
    messages = tuple(canonical_json(message) for message in request.messages)
    return request.path, request.method, messages, request.canonical


def _list_models(messages: Iterable[Wire]) -> list[str]:
    """The models that are named, in order."""
    bodies = (message.body for message in messages)
    return [str(body["model"]) for body in bodies if isinstance(body, dict) and body.get("model")]


def _join_names(names: Sequence[str]) -> str:
    """One line for a few names, each once."""
    return " + ".join(dict.fromkeys(names)) or NOBODY


def _mode_of(request: WireRequest) -> OutputMode:
    """How one request asks for structured output."""
    form = request.fields.get("response_format")
    name = form.get("type") if isinstance(form, dict) else None
    return OutputMode(name) if name in tuple(OutputMode) else OutputMode.TEXT


_RERECORD = "Record the page again with --record, or check out the prompts, schema and page it was recorded with"
_MAX_SHOWN = 3


class Replay:
    """The recordings of one page: vcrpy finds the one that answers a request, and plays each once."""

    def __init__(self, recorded: Sequence[Exchange]) -> None:
        import vcr.cassette  # type: ignore[import-untyped]  # here, because vcrpy takes most of a second
        import vcr.matchers  # type: ignore[import-untyped]

        self._recorded = recorded
        matchers = (vcr.matchers.method, vcr.matchers.path, _has_same_body)
        self._cassette = vcr.cassette.Cassette.load(path="", persister=self, record_mode="none", match_on=matchers)

    def load_cassette(self, _path: str, serializer: object) -> tuple[list[Any], list[Any]]:  # noqa: ARG002
        """The recordings as vcrpy wants them (its persister protocol)."""
        return [_to_vcr(e.request) for e in self._recorded], [e.response.model_dump() for e in self._recorded]

    def play(self, asked: WireRequest) -> WireResponse | None:
        """The recorded response to a request, or None if there is none left."""
        request = _to_vcr(asked)
        if not self._cassette.can_play_response_for(request):
            return None
        return WireResponse.model_validate(self._cassette.play_response(request))

    @property
    def unplayed(self) -> list[int]:
        """The indexes of the recordings nobody asked for."""
        return [number for number in range(len(self._recorded)) if not self._cassette.play_counts[number]]

    def describe(self, number: int) -> str:
        """One recording in a few words: its place in the file, and how its last question begins."""
        request = self._recorded[number].request
        texts = [str(message.get("content")) for message in request.messages if message.get("role") == "user"]
        lines = texts[-1].strip().splitlines() if texts else []
        about = f', "{begin_of(lines[0])}"' if lines else ""
        messages = counted(len(request.messages), "message")
        return f"exchange {number + 1} ({request.method} {request.path}, {messages}{about})"

    def explain_miss(self, asked: WireRequest, path: Path) -> CassetteError:
        """The error for a request that no recording answers: which one comes nearest, and what differs."""
        mine = _list_lines(asked)
        matchers = [SequenceMatcher(None, _list_lines(e.request), mine, autojunk=False) for e in self._recorded]
        if not matchers:
            what = "a request has no recorded exchange to answer it, because the cassette is empty"
            return CassetteError(what, path=path, next_step=_RERECORD)
        ratios = [matcher.ratio() for matcher in matchers]
        number = ratios.index(max(ratios))
        if times := sum(exchange.request.key == asked.key for exchange in self._recorded):
            what = f"a request came more often than it was recorded ({times}x): {self.describe(number)}"
        else:
            differences = list(_list_differences(matchers[number])) or ["the body is spelled differently"]
            more = f"; and {len(differences) - _MAX_SHOWN} more" if len(differences) > _MAX_SHOWN else ""
            listed = "; ".join(differences[:_MAX_SHOWN])
            what = f"no recording answers a request; nearest is {self.describe(number)}; what differs: {listed}{more}"
        return CassetteError(what, path=path, next_step=_RERECORD)


class CassetteTransport(httpx2.AsyncBaseTransport):
    """Answers from the open page, or passes on to the real transport and keeps what comes."""

    def __init__(self, real: httpx2.AsyncBaseTransport, cassettes: Cassettes) -> None:
        self._real = real
        self._cassettes = cassettes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded response, or the one of the network.

        Errors: CassetteError for a request of a replay that no recording answers.
        """
        opened = self._cassettes.open_page.get()
        is_replay = self._cassettes.is_played
        if opened is None:
            if is_replay:
                raise RuntimeError("a replay sends nothing outside of its pages")
            return await self._real.handle_async_request(request)
        asked = _read_request(request, await request.aread())
        if (played := opened.replay.play(asked)) is not None:
            return httpx2.Response(played.status, headers=played.headers, content=played.content)
        if is_replay:
            opened.missed.append(opened.replay.explain_miss(asked, opened.path))
            raise opened.missed[-1]
        response = await self._real.handle_async_request(request)
        await response.aread()
        _record(opened, asked, request, response)
        return response

    async def aclose(self) -> None:
        """Close the real transport."""
        await self._real.aclose()


def _record(opened: OpenCassette, asked: WireRequest, request: httpx2.Request, response: httpx2.Response) -> None:
    """Keep an exchange from the network, unless it failed."""
    if not response.is_success:
        return
    try:
        body, text = parse_body(response.content)
    except UnicodeDecodeError:
        opened.problems.append(f"the answer to {asked.method} {asked.path} is not UTF-8 and was not recorded")
        return
    kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    answer = WireResponse(status=response.status_code, headers=kept, body=body, text=text)
    secrets = spell_secrets(tuple(list_secrets(request.headers)))
    opened.add(Exchange(request=asked, response=answer), secrets=secrets)


def _read_request(request: httpx2.Request, content: bytes) -> WireRequest:
    """What was asked, the harmless part of it."""
    body, text = parse_body(content)
    kept = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    return WireRequest(method=request.method, path=request.url.path, headers=kept, body=body, text=text)


def _to_vcr(request: WireRequest) -> Any:
    """A request as vcrpy compares it; the host is one that cannot exist."""
    import vcr.request  # type: ignore[import-untyped]

    return vcr.request.Request(request.method, f"http://cassette.invalid{request.path}", request.canonical, {})


def _has_same_body(asked: Any, recorded: Any) -> bool:
    """Whether two requests have the same canonical body."""
    return bool(asked.body == recorded.body)


def _list_lines(request: WireRequest) -> list[str]:
    """A request line by line, each with its place in the body before it."""
    leaves = [("address", f"{request.method} {request.path}"), *list_leaves(request.fields)]
    return [f"{place}: {line}" for place, leaf in leaves for line in str(leaf).split("\n")]


def _list_differences(matcher: SequenceMatcher[str]) -> Iterator[str]:
    """What differs between a recorded request and one that is asked, each side cut to where they part."""
    for kind, a1, a2, b1, b2 in matcher.get_opcodes():
        pairs = zip_longest(matcher.b[b1:b2], matcher.a[a1:a2]) if kind != "equal" else ()  # type: ignore[attr-defined]
        for pair in pairs:
            sides = [line or "" for line in pair]
            place = (sides[0] or sides[1]).partition(": ")[0]
            start = next((n for n, (a, b) in enumerate(zip(*sides, strict=False)) if a != b), min(map(len, sides)))
            shown = [(line and f'"{begin_of(line[max(start - 10, len(place) + 2) :])}"') or "missing" for line in sides]
            yield f"{escape(place)} is {shown[0]}, recorded {shown[1]}"
