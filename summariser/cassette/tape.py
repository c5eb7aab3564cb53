"""The transport between our client and the network while a page is recorded or replayed, and what a miss means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import vcr.cassette  # type: ignore[import-untyped]
import vcr.matchers  # type: ignore[import-untyped]
import vcr.request  # type: ignore[import-untyped]

from summariser.cassette.file import (
    KEPT_HEADERS,
    ROLES,
    Exchange,
    WireRequest,
    WireResponse,
    escape,
    list_leaves,
    parse_body,
    shorten,
)
from summariser.errors import CassetteError
from summariser.schema.exchange import canonical_json

if TYPE_CHECKING:
    from summariser.cassette import Cassettes, Tape

_RERECORD = "Record the page again with --record, or check out the prompts, schema and page it was recorded with"
_KINDS = {"model": "another model", "response_format": "another schema or output mode"}


class Player:
    """The recordings of one page: vcrpy finds the one that answers a request, and plays each once."""

    def __init__(self, recorded: Sequence[Exchange]) -> None:
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
        texts = [_text_of(message) for message in request.messages if message.get("role") == "user"]
        lines = texts[-1].strip().splitlines() if texts else []
        about = f', "{shorten(lines[0])}"' if lines else ""
        return f"exchange {number + 1} ({request.method} {request.path}, {len(request.messages)} messages{about})"

    def explain_miss(self, asked: WireRequest, path: Path) -> CassetteError:
        """The error for a request that no recording answers: which one comes nearest, and what differs."""
        scores = [_rate_likeness(asked, exchange.request) for exchange in self._recorded]
        if not scores:
            what = "a request has no recorded exchange to answer it, because the cassette is empty"
            return CassetteError(what, path=path, next_step=_RERECORD)
        number = scores.index(max(scores))
        nearest = self._recorded[number].request
        differences = list(_list_differences(asked, nearest)) or ["the body is spelled differently"]
        if times := sum(_has_same_key(asked, exchange.request) for exchange in self._recorded):
            what = f"a request came more often than it was recorded ({times}x): {self.describe(number)}"
        else:
            listed = "; ".join(differences)
            what = f"no recorded exchange answers a request; nearest is {self.describe(number)}; it has {listed}"
        return CassetteError(what, path=path, next_step=_RERECORD)


class TapeTransport(httpx2.AsyncBaseTransport):
    """Answers from the open page, or passes on to the real transport and keeps what comes."""

    def __init__(self, real: httpx2.AsyncBaseTransport, cassettes: Cassettes) -> None:
        self._real = real
        self._cassettes = cassettes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded response, or the one of the network.

        Errors: CassetteError for a request of a replay that no recording answers.
        """
        tape = self._cassettes.open_page.get()
        is_replay = self._cassettes.mode == "replay"
        if tape is None:
            if is_replay:
                raise RuntimeError("a replay sends nothing outside of its pages")
            return await self._real.handle_async_request(request)
        asked = _read_request(request, await request.aread())
        if (played := tape.player.play(asked)) is not None:
            return httpx2.Response(played.status, headers=played.headers, content=played.content)
        if is_replay:
            tape.missed.append(tape.player.explain_miss(asked, tape.path))
            raise tape.missed[-1]
        response = await self._real.handle_async_request(request)
        await response.aread()
        _record(tape, asked, request, response)
        return response

    async def aclose(self) -> None:
        """Close the real transport."""
        await self._real.aclose()


def _record(tape: Tape, asked: WireRequest, request: httpx2.Request, response: httpx2.Response) -> None:
    """Keep an exchange from the network, unless it failed."""
    if not response.is_success:
        return
    try:
        body, text = parse_body(response.content)
    except UnicodeDecodeError:
        tape.problems.append(f"the answer to {asked.method} {asked.path} is not UTF-8 and was not recorded")
        return
    kept = {name: value for name, value in response.headers.items() if name in KEPT_HEADERS}
    answer = WireResponse(status=response.status_code, headers=kept, body=body, text=text)
    tape.add(Exchange(request=asked, response=answer), key=request.headers.get("authorization", "").split(" ")[-1])


def _read_request(request: httpx2.Request, content: bytes) -> WireRequest:
    """What was asked, the harmless part of it."""
    body, text = parse_body(content)
    headers = {name: value for name, value in request.headers.items() if name == "content-type"}
    return WireRequest(method=request.method, path=request.url.path, headers=headers, body=body, text=text)


def _to_vcr(request: WireRequest) -> Any:
    """A request as vcrpy compares it; the host is one that cannot exist."""
    return vcr.request.Request(request.method, f"http://cassette.invalid{request.path}", request.canonical, {})


def _has_same_key(asked: WireRequest, recorded: WireRequest) -> bool:
    """Whether two requests are the same."""
    return (asked.method, asked.path, asked.canonical) == (recorded.method, recorded.path, recorded.canonical)


def _has_same_body(asked: Any, recorded: Any) -> bool:
    """Whether two requests have the same canonical body."""
    return bool(asked.body == recorded.body)


def _text_of(message: Any) -> str:
    """The text of a message."""
    content = message.get("content")
    return content if isinstance(content, str) else canonical_json(content)


def _rate_likeness(asked: WireRequest, recorded: WireRequest) -> float:
    """How alike two requests are; the texts weigh most, the rest decides between equals."""
    texts = [(_text_of(a), _text_of(b)) for a, b in zip(asked.messages, recorded.messages, strict=False)]
    count = max(len(asked.messages), len(recorded.messages), 1)
    rest = len(list(_list_differences(asked, recorded)))
    return sum(_rate_texts(a, b) for a, b in texts) / count - 0.01 * min(rest, 10)


def _rate_texts(a: str, b: str) -> float:
    """How alike two texts are, 0 to 1: by whole lines, or by how they begin and end (fast, good enough to choose)."""
    if a == b:
        return 1.0
    start = _count_common(a, b)
    ends = (start + _count_common(a[start:][::-1], b[start:][::-1])) / max(len(a), len(b))
    return 0.99 * max(ends, SequenceMatcher(None, a.splitlines(), b.splitlines(), autojunk=False).ratio())


def _count_common(a: Sequence[str], b: Sequence[str]) -> int:
    """How many characters or lines two texts begin with in common."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _list_differences(asked: WireRequest, recorded: WireRequest) -> Iterator[str]:
    """What differs between a request and a recorded one, in plain words."""
    if (asked.method, asked.path) != (recorded.method, recorded.path):
        theirs, ours = f"{recorded.method} {recorded.path}", f"{asked.method} {asked.path}"
        yield f"another address: {ours} instead of {theirs}, so the base URL may have another path"
    if asked.canonical == recorded.canonical:
        return
    counts = len(asked.messages), len(recorded.messages)
    if counts[0] != counts[1]:
        repair = ", a repair perhaps that was not recorded" if counts[0] > counts[1] else ""
        yield f"{counts[0]} messages instead of {counts[1]}{repair}"
    for mine, theirs_ in zip(asked.messages, recorded.messages, strict=False):
        if mine != theirs_:
            name = ROLES.get(str(mine.get("role")), "another earlier reply")
            yield f"{name} ({_compare_texts(_text_of(mine), _text_of(theirs_))})"
    sides = [dict(list_leaves({**side.fields, "messages": None})) for side in (asked, recorded)]
    told: set[str] = set()  # one difference of each member of the body, one that both sides have if there is one
    for place in sorted(
        sides[0].keys() | sides[1].keys(), key=lambda place: (any(place not in s for s in sides), place)
    ):
        a, b = (canonical_json(side[place]) if place in side else "missing" for side in sides)
        name = place.partition(".")[0]
        if a != b and name not in told:
            told.add(name)
            yield f"{_KINDS.get(name, 'other parameters')} ({escape(place)} is {shorten(a)}, recorded {shorten(b)})"


def _compare_texts(mine: str, theirs: str) -> str:
    """The first line that differs, both sides cut to where they part."""
    sides = mine.split("\n"), theirs.split("\n")
    number = _count_common(*sides)
    a, b = (side[number] if number < len(side) else None for side in sides)
    start = max(_count_common(a or "", b or "") - 10, 0)
    shown = ["missing" if line is None else f'"{"…" if start else ""}{shorten(line[start:])}"' for line in (a, b)]
    return f"line {number + 1} is {shown[0]}, recorded {shown[1]}"
