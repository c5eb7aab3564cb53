"""Exchanges with a model, recorded to one readable file per page and replayed without a network.

Recording and replaying happen in the transport that our own client is given (`Cassettes.wrap`), so other traffic of the
process is neither seen nor touched, and pages run side by side: the open page is a context variable, which the tasks of
a page inherit. vcrpy finds the recording that answers a request and plays each one once; none of its patching is used.

While recording, the file is saved after every exchange, and what it already holds is played and never paid for again.
Replaying, a request matches by method, path and body; one that no recording answers ends the page with a CassetteError.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from summariser.endpoints.cassette import (
    RESTORE,
    Cassette,
    Exchange,
    Wire,
    WireRequest,
    list_leaves,
    read_cassette,
    render_cassette,
)
from summariser.errors import CassetteError
from summariser.schema.exchange import OutputMode, canonical_json

if TYPE_CHECKING:
    import httpx2

    from summariser.endpoints.transport import Player

__all__ = ["Cassette", "CassetteMode", "Cassettes", "read_cassette"]
NOBODY = "nobody"  # who answered, and which model, where no request was needed
_SECRETS = {
    "an API key": re.compile(r"(?<![A-Za-z0-9])(?:sk-|gsk_|hf_|ghp_|xai-|AIza|AKIA)[A-Za-z0-9_-]{8,}"),
    "a bearer token": re.compile(r"\bBearer\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    "a JSON web token": re.compile(r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{10,}"),
}
_MIN_KEY_CHARS = 8  # shorter ones are placeholders, such as "desk"


class CassetteMode(StrEnum):
    """Whether exchanges are recorded or replayed."""

    RECORD = "record"
    REPLAY = "replay"


class Cassettes:
    """A folder of cassettes, recorded to or replayed from.

    Shape: `unplayed` names, per page, the recordings nobody asked for (replay, pages without any are absent);
    `dropped` counts the recordings a clean recording run removed because nobody asked for them.
    """

    def __init__(self, folder: Path, mode: CassetteMode, *, today: date, answered_by: str | None = None) -> None:
        self.folder = folder
        self.mode = mode
        self.unplayed: dict[str, tuple[str, ...]] = {}
        self.dropped = 0
        self.open_page: ContextVar[Tape | None] = ContextVar("open_page", default=None)
        self._today = today
        self._answered_by = answered_by

    def wrap(self, transport: httpx2.AsyncBaseTransport) -> httpx2.AsyncBaseTransport:
        """The transport for a client of ours: it records what `transport` brings, or answers in its place."""
        from summariser.endpoints.transport import TapeTransport  # here, because vcrpy takes most of a second

        return TapeTransport(transport, self)

    @contextmanager
    def page(self, page_id: str) -> Iterator[None]:
        """Record or replay every request that our client sends in the block, or in a task that the block starts.

        Errors: CassetteError for a cassette that is missing, cannot be trusted or does not answer a request, and for an
        exchange that must not be recorded.
        """
        if Path(page_id).name != page_id:
            raise ValueError(f"{page_id!r} cannot be the name of a file")
        tape = self._load(page_id)
        token = self.open_page.set(tape)
        try:
            yield
        except BaseException as error:
            for problem in tape.problems:
                error.add_note(f"Besides, {problem}")
            raise
        finally:
            self.open_page.reset(token)
        self._finish(tape)

    def _load(self, page_id: str) -> Tape:
        """The recordings of a page, none if it is to be recorded for the first time."""
        from summariser.endpoints.transport import Player  # here: see `wrap`

        path = self.folder / f"{page_id}.yaml"
        before = None
        if self.mode is CassetteMode.REPLAY or path.exists():
            before = read_cassette(path)
            if before.page_id != page_id:
                raise CassetteError(f"the cassette is of page {before.page_id}", path=path, next_step=RESTORE)
        recorded = before.exchanges if before else ()
        return Tape(path, page_id, before, recorded, Player(recorded), self._today, self._answered_by)

    def _finish(self, tape: Tape) -> None:
        """Tell what was missed or never asked for; while recording, drop what nobody asked for.

        A block without any traffic proves nothing and leaves the file as it is.
        """
        if tape.missed:  # somebody on the way took the error for a failure of the model
            raise tape.missed[0]
        unplayed = tape.player.unplayed
        if self.mode is CassetteMode.REPLAY:
            self.unplayed.pop(tape.page_id, None)
            if unplayed:
                self.unplayed[tape.page_id] = tuple(tape.player.describe(number) for number in unplayed)
            return
        if tape.problems:
            raise CassetteError(tape.problems[0], path=tape.path, next_step="The other exchanges are saved")
        is_used = tape.fresh or len(unplayed) < len(tape.recorded)
        if unplayed and is_used:
            tape.recorded = tuple(e for number, e in enumerate(tape.recorded) if number not in unplayed)
            self.dropped += len(unplayed)
            tape.save()
        elif tape.before is None and not is_used:
            tape.save()


@dataclass
class Tape:
    """One open page: what the file held, what came in since, and what went wrong."""

    path: Path
    page_id: str
    before: Cassette | None
    recorded: tuple[Exchange, ...]
    player: Player
    today: date
    answered_by: str | None
    fresh: list[Exchange] = field(default_factory=list)
    missed: list[CassetteError] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, exchange: Exchange, *, key: str) -> None:
        """Keep an exchange and save the file; `key` is the one the request was sent with.

        An exchange that must not be kept is a problem told at the end: its reply is paid for and goes to the client.
        """
        if places := _find_secrets(exchange, key):
            self.problems.append(f"an exchange was not recorded, because it holds {'; '.join(places)}")
            return
        self.fresh.append(exchange)
        self.save()

    def save(self) -> None:
        """Write the file in one move, so that it is whole at every instant."""
        part = self.path.with_name(self.path.name + ".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(render_cassette(self._compose()), encoding="utf-8", newline="\n")
            os.replace(part, self.path)  # noqa: PTH105 - the atomic one, by its own name
        except OSError as error:
            raise CassetteError(
                f"the cassette cannot be written: {error.strerror}",
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


def _name_secrets(text: str, key: str = "") -> list[str]:
    """The kinds of secrets a text seems to hold; `key` is one that is known."""
    if len(key) >= _MIN_KEY_CHARS and key in text:
        return ["the key of the request"]
    return [name for name, pattern in _SECRETS.items() if pattern.search(text)]


def _find_secrets(exchange: Exchange, key: str) -> list[str]:
    """What in an exchange looks like a secret or is the key it was asked with, and where it stands."""
    found = []
    for place, leaf in list_leaves(exchange.model_dump(mode="json")):
        found += [f"{secret} in the name of a field" for secret in _name_secrets(place, key)] or [
            f"{secret} in {place}" for secret in _name_secrets(str(leaf), key)
        ]
    return found


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
