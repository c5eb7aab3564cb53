"""The index of the records (`catalogue/`) as the workbench uses it: updated in a thread, read with a cache."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, cast

from starlette.requests import Request

from summariser.catalogue import database
from summariser.catalogue.facets import FacetIndex
from summariser.catalogue.update import update_index
from summariser.errors import StoreError
from summariser.reviewing.practices import LIKELY, PracticeCandidate, compare_practices
from summariser.schema.record import Record
from summariser.workbench.review_queue import KnownEntries, ReviewStore, read_known_entries
from summariser.workbench.web import project_of

T = TypeVar("T")
_FRESH_S: Final = 1.0  # for how long what was looked at counts as unchanged
_WAIT_S: Final = 1.5  # how long a page waits for an update before it shows what is there


class Progress(NamedTuple):
    """How far an update is: changed files that are done, and all of them."""

    done: int
    all: int


def index_of(request: Request) -> RecordIndex:
    """The catalogue of the workbench."""
    record_index: RecordIndex = request.app.state.record_index
    return record_index


def refresh_index(request: Request) -> tuple[RecordIndex, Path, Progress | None]:
    """The catalogue, brought up to date as far as a page can wait, the folder that it is of, and how far it is."""
    record_index, out = index_of(request), project_of(request).settings().out
    return record_index, out, record_index.refresh(out)


def likely_practices(request: Request, record: Record, store: ReviewStore, *, most: int) -> list[PracticeCandidate]:
    """Records that may tell of the practice of this one, the likeliest first; `second` is the other one.

    Shape: looked for among so many that by the index share most names, a lead, or place and theme with it.
    """
    key, found = (record.page_id, record.article_id), list[PracticeCandidate]()
    for other in index_of(request).read(lambda index, _: database.find_sharing(index, *key, most=most)):
        with suppress(StoreError):  # gone or broken since
            found.append(compare_practices(record, store.load(other)))
    return sorted((each for each in found if each.score >= LIKELY), key=lambda each: -each.score)


class RecordIndex:
    """The index of the records below one folder; used from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._looked_at = -_FRESH_S
        self._progress = Progress(0, 0)
        self._error: BaseException | None = None
        self._cache: dict[Callable[[sqlite3.Connection], Any], tuple[tuple[int, int], Any]] = {}
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

    def read(self, ask: Callable[[sqlite3.Connection, FacetIndex], T]) -> T:
        """What the index and its facets answer. Errors: StoreError; a damaged index is removed, and empty then."""
        return self._read(lambda index: ask(index, self._cached(database.read_facet_index, index)))

    def read_known_entries(self) -> KnownEntries:
        """What the index says of files, for the queue. Errors: as `read`."""
        return self._read(lambda index: self._cached(read_known_entries, index))

    def close(self, grace_s: float) -> None:
        """End an update that is on; what was indexed stays."""
        self._is_closed = True
        if self._thread:
            self._thread.join(grace_s)

    def _cached(self, read: Callable[[sqlite3.Connection], T], index: sqlite3.Connection) -> T:
        """What is read of the index, kept until its revision changes."""
        revision = database.read_revision(index)
        known, cached = self._cache.get(read, (None, None))
        if known != revision:
            cached = read(index)
            self._cache[read] = revision, cached
        return cast("T", cached)

    def _read(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        def read_once() -> T:
            with database.open_index(self._path) as index:
                index.execute("BEGIN")  # one view of the index, whatever is written meanwhile
                return ask(index)

        return self._repaired(read_once)

    def _repaired(self, work: Callable[[], T]) -> T:
        """What is made of the index; a damaged one is removed, and the work done with an empty one."""
        try:
            return work()
        except database.BrokenIndexError:
            database.remove_index(self._path)
            self._looked_at = -_FRESH_S
            return work()

    def _update(self, out: Path) -> None:
        """Update in a thread; what goes wrong is kept for the page that waits."""

        def told(done: int, total: int) -> None:
            self._progress = Progress(done, total)
            if self._is_closed:
                raise InterruptedError("the workbench is being closed")

        try:
            self._repaired(lambda: update_index(self._path, out, told=told))
        except BaseException as error:  # noqa: BLE001 - nothing is swallowed: the page that waits raises it
            self._error = error
        self._looked_at = time.monotonic()
