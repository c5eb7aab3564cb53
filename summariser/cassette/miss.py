"""Why no recording answers a request: the nearest one, and what differs, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from summariser.cassette.wire import Exchange, WireRequest, escape, key, shorten, text_of
from summariser.errors import CassetteError
from summariser.schema.exchange import canonical_json

_RERECORD = "Record the page again with --record, or check out the prompts, schema and page it was recorded with"
ROLES = {"system": "another prompt text", "developer": "another prompt text", "user": "another article text"}


def explain_miss(missed: Sequence[WireRequest], recorded: Sequence[Exchange], *, path: Path) -> CassetteError:
    """The error for requests that no recording answers: which one comes nearest to the first, and what differs."""
    asked = missed[0]
    number, nearest = _find_nearest(asked, recorded)
    if nearest is None:
        what = "a request has no recorded exchange to answer it, because the cassette is empty"
    elif key(asked) == key(nearest.request):
        times = sum(key(exchange.request) == key(asked) for exchange in recorded)
        what = f"a request came more often than it was recorded ({times}x): {describe(number, nearest)}"
    else:
        differences = "; ".join(_list_differences(asked, nearest.request)) or "the body is spelled differently"
        what = f"no recorded exchange answers a request; nearest is {describe(number, nearest)}; it has {differences}"
    more = f" ({len(missed) - 1} more request(s) found no answer)" if len(missed) > 1 else ""
    return CassetteError(what + more, path=path, next_step=_RERECORD)


def _find_nearest(asked: WireRequest, recorded: Sequence[Exchange]) -> tuple[int, Exchange | None]:
    """The recording most like a request, and its index; the first of several."""
    scores = [_rate_likeness(asked, exchange.request) for exchange in recorded]
    if not scores:
        return 0, None
    number = scores.index(max(scores))
    return number, recorded[number]


def _rate_likeness(asked: WireRequest, recorded: WireRequest) -> float:
    """How alike two requests are; the texts weigh most, the rest decides between equals."""
    texts = [(text_of(a), text_of(b)) for a, b in zip(asked.messages, recorded.messages, strict=False)]
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
            name = ROLES.get(str(mine.get("role")), "another earlier reply")
            differences.append(f"{name} ({_compare_texts(text_of(mine), text_of(theirs))})")
    if len(asked) > len(recorded):
        differences.append(f"{len(asked)} messages instead of {len(recorded)}, a repair perhaps that was not recorded")
    elif len(asked) < len(recorded):
        differences.append(f"{len(asked)} messages instead of {len(recorded)}")
    return differences


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
    return f'"{"…" if start else ""}{shorten(line[start:])}"'


def _compare_field(name: str, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """What differs in one member of two bodies, none or one sentence."""
    place, a, b = _find_difference(mine.get(name), theirs.get(name), name)
    if a == b and type(a) is type(b) and (name in mine) is (name in theirs):
        return []
    kind = {"model": "another model", "response_format": "another schema or output mode"}.get(name, "other parameters")
    a_shown, b_shown = (shorten(canonical_json(side)) if side is not None else "missing" for side in (a, b))
    return [f"{kind} ({escape(place)} is {a_shown}, recorded {b_shown})"]


def _find_difference(mine: Any, theirs: Any, place: str) -> tuple[str, Any, Any]:
    """Where two JSON values first differ, and what stands there."""
    pairs: list[tuple[str, Any, Any]] = []
    if isinstance(mine, dict) and isinstance(theirs, dict):
        names = sorted(mine.keys() | theirs.keys())
        pairs = [(f"{place}.{name}", mine.get(name), theirs.get(name)) for name in names]
    elif isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        pairs = [(f"{place}[{n}]", a, b) for n, (a, b) in enumerate(zip(mine, theirs, strict=True))]
    different = next((pair for pair in pairs if pair[1] != pair[2]), None)
    return _find_difference(different[1], different[2], different[0]) if different else (place, mine, theirs)


def describe(number: int, exchange: Exchange) -> str:
    """One exchange in a few words: its place in the file, and how its last question begins."""
    request = exchange.request
    texts = [text_of(message) for message in request.messages if message.get("role") == "user"]
    lines = texts[-1].strip().splitlines() if texts else []
    about = f', "{shorten(lines[0])}"' if lines else ""
    return f"exchange {number + 1} ({request.method} {request.path}, {len(request.messages)} messages{about})"
