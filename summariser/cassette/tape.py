"""The transport between our client and the network while a page is recorded or replayed, and what a miss means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import vcr.cassette  # type: ignore[import-untyped]
import vcr.matchers  # type: ignore[import-untyped]
import vcr.request  # type: ignore[import-untyped]

from summariser.endpoints.cassette import (
    KEPT_HEADERS,
    Exchange,
    WireRequest,
    WireResponse,
    escape,
    list_leaves,
    parse_body,
    shorten,
)
from summariser.errors import CassetteError

if TYPE_CHECKING:
    from summariser.cassette import Cassettes, Tape

_RERECORD = "Record the page again with --record, or check out the prompts, schema and page it was recorded with"
_MAX_SHOWN = 3


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
        texts = [str(message.get("content")) for message in request.messages if message.get("role") == "user"]
        lines = texts[-1].strip().splitlines() if texts else []
        about = f', "{shorten(lines[0])}"' if lines else ""
        return f"exchange {number + 1} ({request.method} {request.path}, {len(request.messages)} messages{about})"

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
    kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    answer = WireResponse(status=response.status_code, headers=kept, body=body, text=text)
    tape.add(Exchange(request=asked, response=answer), key=request.headers.get("authorization", "").split(" ")[-1])


def _read_request(request: httpx2.Request, content: bytes) -> WireRequest:
    """What was asked, the harmless part of it."""
    body, text = parse_body(content)
    kept = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    return WireRequest(method=request.method, path=request.url.path, headers=kept, body=body, text=text)


def _to_vcr(request: WireRequest) -> Any:
    """A request as vcrpy compares it; the host is one that cannot exist."""
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
            shown = [(line and f'"{shorten(line[max(start - 10, len(place) + 2) :])}"') or "missing" for line in sides]
            yield f"{escape(place)} is {shown[0]}, recorded {shown[1]}"
