"""The catalogue of this workbench: kept up to date while it is looked at, and what is counted held until it changes."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from starlette.requests import Request

from summariser.catalogue.index import BrokenIndexError, open_index, remove_index
from summariser.catalogue.reading import Holdings, read_holdings, read_revision
from summariser.catalogue.updating import update_index
from summariser.workbench.shelf import Known, read_known

T = TypeVar("T")
_FRESH_S: Final = 1.0  # for how long what was looked at counts as unchanged
_WAIT_S: Final = 1.5  # how long a page waits for an update before it shows what is there


class Progress(NamedTuple):
    """How far an update is: changed files that are done, and all of them."""

    done: int
    all: int


def catalogue_of(request: Request) -> Catalogue:
    """The catalogue of the workbench."""
    catalogue: Catalogue = request.app.state.catalogue
    return catalogue


class Catalogue:
    """The index of the records below one folder; used from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._looked_at = -_FRESH_S
        self._progress = Progress(0, 0)
        self._error: BaseException | None = None
        self._held: tuple[tuple[int, int], Holdings] | None = None
        self._known: tuple[tuple[int, int], Known] | None = None
        self._is_closed = False

    def refresh(self, out: Path) -> Progress | None:
        """Bring the index up to date, for as long as a page can wait; how far it is, or None if it is up to date.

        Errors: StoreError if the update could not be done.
        """
        with self._lock:
            is_going = self._thread is not None and self._thread.is_alive()
            if not is_going and time.monotonic() - self._looked_at < _FRESH_S:
                return None
            if not is_going:
                self._thread = threading.Thread(target=self._update, args=(out,), name="catalogue", daemon=True)
                self._thread.start()
            thread = self._thread
        if thread:
            thread.join(_WAIT_S)
        error, self._error = self._error, None
        if error:
            raise error
        return self._progress if thread and thread.is_alive() else None

    def read(self, ask: Callable[[sqlite3.Connection, Holdings], T]) -> T:
        """What an index and its holdings answer. Errors: StoreError; one that is damaged is removed, and empty then."""

        def look(connection: sqlite3.Connection, revision: tuple[int, int]) -> T:
            if self._held is None or self._held[0] != revision:
                self._held = revision, read_holdings(connection)
            return ask(connection, self._held[1])

        return self._read(look)

    def read_known(self) -> Known:
        """What the index says of files, for the queue. Errors: as `read`."""

        def look(connection: sqlite3.Connection, revision: tuple[int, int]) -> Known:
            if self._known is None or self._known[0] != revision:
                self._known = revision, read_known(connection)
            return self._known[1]

        return self._read(look)

    def close(self, grace_s: float) -> None:
        """End an update that is on; what was indexed stays."""
        self._is_closed = True
        if self._thread:
            self._thread.join(grace_s)

    def _read(self, look: Callable[[sqlite3.Connection, tuple[int, int]], T]) -> T:
        try:
            return self._read_once(look)
        except BrokenIndexError:
            remove_index(self._path)
            self._looked_at = -_FRESH_S
            return self._read_once(look)

    def _read_once(self, look: Callable[[sqlite3.Connection, tuple[int, int]], T]) -> T:
        with open_index(self._path) as connection:
            connection.execute("BEGIN")  # one view of the index, whatever is written meanwhile
            return look(connection, read_revision(connection))

    def _update(self, out: Path) -> None:
        """Update in a thread; what goes wrong is kept for the page that waits."""

        def told(done: int, total: int) -> None:
            self._progress = Progress(done, total)
            if self._is_closed:
                raise InterruptedError("the workbench is being closed")

        try:
            try:
                update_index(self._path, out, told=told)
            except BrokenIndexError:
                remove_index(self._path)
                update_index(self._path, out, told=told)
        except BaseException as error:  # noqa: BLE001 - nothing is swallowed: the page that waits raises it
            self._error = error
        self._looked_at = time.monotonic()
