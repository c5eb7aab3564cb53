"""The records that a person goes through: which wait, in the order of doubt, whose they are, and who reviews.

How much there is to doubt in a record stands in the index that Explore searches; a file that changed since is read.

Whoever decides alone decides on the records themselves. Of two coders each has records of their own, below
`reviews/NAME`: a copy of the record as that person left it, so that all else that reads records reads them too. What
nobody has touched is read from the records themselves.

A browser has a reviewer, with what that person skipped and can undo since the workbench was opened. The catalogue of
the workbench is kept up to date while it is looked at, and what is counted is held until it changes.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, cast
from urllib.parse import quote, unquote, urlencode

from starlette.requests import Request

from summariser.catalogue import (
    BrokenIndexError,
    Holdings,
    find_sharing,
    open_index,
    read_files,
    read_holdings,
    read_revision,
    remove_index,
)
from summariser.catalogue.updating import MANY, update_index
from summariser.disk.store import FileChange, Store
from summariser.disk.stored import (
    FAILURE_END,
    RECORD_END,
    PageFolder,
    is_failure,
    is_stored_name,
    load_failure,
    load_record,
)
from summariser.errors import InputError, StoreError
from summariser.reviewing.git import git_user_name
from summariser.reviewing.practices import LIKELY, PracticeCandidate, compare_practices
from summariser.reviewing.review import RecordDoubt, doubt_record, list_disagreements
from summariser.schema.record import Failure, Record
from summariser.workbench.room import Form, check_version, project_of

_NAME: Final = re.compile(r"(?!\.)[\w.-]{1,40}(?<!\.)")
_NO_RECORD: Final = (10**9,)  # more to doubt than any record
UNREADABLE: Final = "unreadable"  # the state of a file that is no record
Key = tuple[str, str]  # page id and article id


class Entry(NamedTuple):
    """One article in the queue.

    Shape: `doubt` is None where there is no record, and `failed` says why (a code); `state` is that of its review.
    """

    key: Key
    headline: str
    state: str
    doubt: RecordDoubt | None
    failed: str
    is_skipped: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return self.state == "open"


class FileStamp(NamedTuple):
    """A file of a record or a failure as the folder tells of it: that of the same stamp says the same."""

    page_id: str
    name: str
    mtime_ns: int
    size: int

    @property
    def key(self) -> Key:
        """The article that it is of, by where it stands."""
        end = FAILURE_END if self.name.lower().endswith(FAILURE_END) else RECORD_END
        return self.page_id, self.name[: -len(end)]


Known = Mapping[FileStamp, Entry]


class Shelf:
    """The records of a project as one person sees and changes them.

    Shape: with a `coder` changes go to the copies of that person, below `reviews`.
    Errors: InputError for a name that cannot be that of a folder.
    """

    def __init__(self, out: Path, reviews: Path, coder: str | None = None) -> None:
        if coder is not None and not _NAME.fullmatch(coder):
            expected = "1 to 40 letters, digits, points, hyphens and underscores, no point at either end"
            raise InputError("cannot be the name of a coder", path=coder[:60], expected=expected)
        self.out = out
        self._store = Store(out)
        self._own = Store(reviews / coder) if coder else self._store

    @property
    def is_apart(self) -> bool:
        """Whether this person's decisions are kept apart from the records."""
        return self._own is not self._store

    def path_of(self, key: Key) -> Path:
        """Where the record of an article stands. Errors: StoreError if the key can be no file name."""
        return self._store.path_of(*key)

    def folder_of(self, key: Key) -> PageFolder:
        """The folder of the page of an article. Errors: StoreError if the key can be no file name."""
        return PageFolder(self.path_of(key).parent)

    def load(self, key: Key) -> Record:
        """The record of an article, as this person left it. Errors: StoreError if there is none, or it is broken."""
        own = self._own.path_of(*key)
        return load_record(own if own.exists() else self._store.path_of(*key))

    def load_failure(self, key: Key) -> Failure | None:
        """Why an article has no record; None if it has one, or nothing was written down."""
        failed = self._store.path_of(*key, FAILURE_END)
        is_recorded = any(store.path_of(*key).exists() for store in (self._store, self._own))
        return load_failure(failed) if failed.is_file() and not is_recorded else None

    def put(self, decided: Record, *, seen: Record) -> FileChange:
        """Keep what the person made of the record that they saw. Errors: as `Store.put_decision`."""
        if self.is_apart and not self._own.path_of(seen.page_id, seen.article_id).exists():
            self._own.put(seen)
        return self._own.put_decision(decided, seen=seen)

    def begin(self, record: Record) -> None:
        """Keep the record of an article that had none. Errors: StoreError if it has one by now."""
        path = self._own.path_of(record.page_id, record.article_id)
        if path.exists():
            raise StoreError("has a record by now", path=path, next_step="Nothing was written; look at it")
        self._own.put(record)

    def list_queue(
        self,
        known: Known,
        skipped: Collection[Key] = (),
        disagreements: Mapping[Key, int] | None = None,
        *,
        is_growing: bool = False,
    ) -> list[Entry]:
        """All articles in the order of doubt: what waits, then what was skipped, then what is decided.

        Shape: `known` is what the index says of the files; those that changed since are read, unless they are many
        while it `is_growing`.
        """
        own = {each.key: each for each in _list_entries(self._own.out, {})} if self.is_apart else {}
        entries = (own.get(each.key, each) for each in _list_entries(self.out, known, is_growing=is_growing))
        told = [_told(each, skipped, disagreements or {}) for each in entries]
        told.sort(key=lambda each: each.key)
        told.sort(key=lambda each: each.doubt or _NO_RECORD, reverse=True)
        return sorted(told, key=lambda each: (not each.is_open, each.is_skipped))


def read_known(index: sqlite3.Connection) -> Known:
    """What an index says of the files of records and failures."""
    known = {}
    for each in read_files(index):
        stamp = FileStamp(each.page_id, each.name, each.mtime_ns, each.size)
        doubt = RecordDoubt(*json.loads(each.doubt)) if each.doubt else None
        state, failed = (each.state, "") if doubt else ("open", each.state)
        known[stamp] = Entry(stamp.key, each.headline or "", state, doubt, failed)
    return known


def list_coders(reviews: Path) -> list[str]:
    """The people who have records of their own."""
    if not reviews.is_dir():
        return []
    return sorted(each.name for each in reviews.iterdir() if each.is_dir() and _NAME.fullmatch(each.name))


def load_coded(reviews: Path, coder: str) -> dict[Key, Record]:
    """The records that a coder has decided, by article; what cannot be read is left out.

    Errors: InputError if there is no such coder.
    """
    if coder not in list_coders(reviews):
        raise InputError("there is no coder of this name", path=coder[:60])
    found = {}
    for path, _ in _list_files(reviews / coder):
        with suppress(StoreError, OSError):
            record = load_record(path)
            if record.review.state != "open":
                found[record.page_id, record.article_id] = record
    return found


def count_disagreements(reviews: Path) -> dict[Key, int]:
    """In how many values coders disagree about each article that two of them have decided."""
    files: dict[Key, list[tuple[str, FileStamp]]] = {}
    for coder in list_coders(reviews):
        for path, stamp in _list_files(reviews / coder):
            files.setdefault(stamp.key, []).append((path, stamp))
    counts = {}
    for key, own in files.items():
        with suppress(StoreError, OSError):
            counts[key] = sum(_count(*pair) for pair in combinations(own, 2))
    return counts


def next_open(queue: Sequence[Entry], after: Key | None = None) -> Entry | None:
    """What comes next: the first article that waits, but for the one that a person comes from."""
    return next((each for each in queue if each.is_open and each.key != after), None)


def _told(entry: Entry, skipped: Collection[Key], disagreements: Mapping[Key, int]) -> Entry:
    """An entry with what is known of it besides its file."""
    if entry.doubt and (count := disagreements.get(entry.key)):
        entry = entry._replace(doubt=entry.doubt._replace(disagreements=count))
    return entry._replace(is_skipped=True) if entry.key in skipped else entry


def _list_entries(out: Path, known: Known, *, is_growing: bool = False) -> Iterator[Entry]:
    """The articles below a folder that have a record or have failed; what cannot be read has a state of its own."""
    recorded: set[Key] = set()
    failures: list[Entry] = []
    files = list(_list_files(out))
    is_left_out = is_growing and sum(stamp not in known for _, stamp in files) >= MANY
    for path, stamp in files:
        try:
            entry = known.get(stamp) or (None if is_left_out else _read_entry(path, stamp))
        except OSError:  # gone meanwhile
            continue
        except StoreError:
            entry = Entry(stamp.key, stamp.name, UNREADABLE, None, UNREADABLE)
        if entry is None:
            continue
        if entry.failed and is_failure(Path(stamp.name)):
            failures.append(entry)
        else:
            recorded.add(entry.key)
            yield entry
    yield from (each for each in failures if each.key not in recorded)


def _list_files(out: Path) -> Iterator[tuple[str, FileStamp]]:
    """The files of records and failures in the folders of pages: asked with each key, of ten thousand as well."""
    if not out.is_dir():
        return
    with os.scandir(out) as folders:
        names = [(each.path, each.name) for each in folders if each.is_dir(follow_symlinks=False)]
    for path, page_id in names:
        with suppress(OSError), os.scandir(path) as files:
            for file in files:
                if is_stored_name(file.name):
                    state = file.stat()
                    yield file.path, FileStamp(page_id, file.name, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=50_000)
def _count(one: tuple[str, FileStamp], other: tuple[str, FileStamp]) -> int:
    """In how many values two files differ, as they were written then, if both are decided. Errors: StoreError."""
    records = load_record(one[0]), load_record(other[0])
    return 0 if "open" in {each.review.state for each in records} else len(list_disagreements(*records))


@lru_cache(maxsize=50_000)  # the queue is looked at again and again, and hardly a record changes meanwhile
def _read_entry(path: str, stamp: FileStamp) -> Entry:
    """What the queue has to know of a file as it was written then. Errors: StoreError."""
    if is_failure(Path(path)):
        failure = load_failure(path)
        return Entry(stamp.key, failure.headline or "", "open", None, failure.reason.value)
    record = load_record(path)
    return Entry(stamp.key, record.headline or "", record.review.state, doubt_record(record), "")


COOKIE: Final = "summariser_reviewer"
_MOST_STEPS: Final = 200  # that can be undone
_LONGEST_NAME: Final = 120


class Reviewer(NamedTuple):
    """A person by name; `apart`: a coder, whose decisions are kept apart from those of others."""

    name: str
    apart: bool

    @property
    def cookie(self) -> str:
        """The person as the value of a cookie."""
        return f"{int(self.apart)}:{quote(self.name, safe='')}"


class Step(NamedTuple):
    """One thing that a person did at a record, and the files that it changed; where none, the record was skipped."""

    key: Key
    files: tuple[FileChange, ...] = ()


class Sitting:
    """What one person did since the workbench was opened."""

    def __init__(self) -> None:
        self.skipped: dict[Key, None] = {}
        self.steps: list[Step] = []

    def add(self, step: Step) -> None:
        """Keep a step, so that it can be undone."""
        if not step.files:
            self.skipped[step.key] = None
        self.steps = [*self.steps, step][-_MOST_STEPS:]

    def take_back(self) -> None:
        """Forget the last step. Errors: IndexError if there is none."""
        step = self.steps.pop()
        if not step.files:
            self.skipped.pop(step.key, None)


def read_reviewer(request: Request) -> Reviewer | None:
    """Who reviews: as chosen in the page, else as `--as` says, else the name in git; None if nobody said."""
    apart, colon, name = request.cookies.get(COOKIE, "").partition(":")
    if colon and 0 < len(chosen := unquote(name)) <= _LONGEST_NAME:
        return Reviewer(chosen, apart == "1")
    if coder := project_of(request).coder:
        return Reviewer(coder, apart=True)
    known = _name_in_git(Path.cwd())
    return Reviewer(known, apart=False) if known else None


def shelf_of(request: Request, reviewer: Reviewer | None) -> Shelf:
    """The records as this person sees them. Errors: InputError for a name that cannot be a coder's."""
    project = project_of(request)
    return Shelf(project.settings().out, project.reviews, reviewer.name if reviewer and reviewer.apart else None)


class Visit:
    """A request to Review: what its form says, who reviews, and the records as that person sees them.

    Shape: what an address asks is a form as well. `by` is empty where nobody said who reviews.
    Errors: InputError for a name that cannot be a coder's.
    """

    def __init__(self, request: Request, form: Form | None = None) -> None:
        self.request, self.form = request, request.query_params if form is None else form
        self.reviewer = read_reviewer(request)
        self.by = self.reviewer.name if self.reviewer else ""
        self.shelf = shelf_of(request, self.reviewer)
        self.sitting: Sitting = request.app.state.sittings.setdefault(self.reviewer, Sitting())

    @property
    def key(self) -> Key:
        """The article that the address names."""
        return self.request.path_params["page"], self.request.path_params["article"]

    @cached_property
    def folder(self) -> PageFolder:
        """The folder of its page."""
        return self.shelf.folder_of(self.key)

    @property
    def address(self) -> str:
        """Where it is reviewed."""
        return address_of(self.key)

    def load_seen(self) -> Record:
        """The record that the form was made from. Errors: ChangedMeanwhileError, as `check_version`; StoreError."""
        record = self.shelf.load(self.key)
        check_version(self.form, record, back=self.address)
        return record


def address_of(key: Key, **query: str) -> str:
    """Where an article is reviewed."""
    return f"/review/{quote(key[0])}/{quote(key[1])}" + (f"?{urlencode(query)}" if query else "")


_name_in_git: Final = lru_cache(maxsize=8)(git_user_name)  # of whoever commits in a folder


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


def refresh_catalogue(request: Request) -> tuple[Catalogue, Path, Progress | None]:
    """The catalogue, brought up to date as far as a page can wait, the folder that it is of, and how far it is."""
    catalogue, out = catalogue_of(request), project_of(request).settings().out
    return catalogue, out, catalogue.refresh(out)


def likely_practices(request: Request, record: Record, shelf: Shelf, *, most: int) -> list[PracticeCandidate]:
    """Records that may tell of the practice of this one, the likeliest first; `second` is the other one.

    Shape: looked for among so many that by the index share most names, a lead, or place and theme with it.
    """
    key, found = (record.page_id, record.article_id), list[PracticeCandidate]()
    for other in catalogue_of(request).read(lambda index, _: find_sharing(index, *key, most=most)):
        with suppress(StoreError):  # gone or broken since
            found.append(compare_practices(record, shelf.load(other)))
    return sorted((each for each in found if each.score >= LIKELY), key=lambda each: -each.score)


class Catalogue:
    """The index of the records below one folder; used from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._looked_at = -_FRESH_S
        self._progress = Progress(0, 0)
        self._error: BaseException | None = None
        self._held: dict[Callable[[sqlite3.Connection], Any], tuple[tuple[int, int], Any]] = {}
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
        return self._read(lambda index, revision: ask(index, self._hold(read_holdings, index, revision)))

    def read_known(self) -> Known:
        """What the index says of files, for the queue. Errors: as `read`."""
        return self._read(lambda index, revision: self._hold(read_known, index, revision))

    def close(self, grace_s: float) -> None:
        """End an update that is on; what was indexed stays."""
        self._is_closed = True
        if self._thread:
            self._thread.join(grace_s)

    def _hold(self, read: Callable[[sqlite3.Connection], T], index: sqlite3.Connection, revision: tuple[int, int]) -> T:
        """What is read of the index, held until that is another revision."""
        known, held = self._held.get(read, (None, None))
        if known != revision:
            held = read(index)
            self._held[read] = revision, held
        return cast("T", held)

    def _read(self, look: Callable[[sqlite3.Connection, tuple[int, int]], T]) -> T:
        def look_once() -> T:
            with open_index(self._path) as connection:
                connection.execute("BEGIN")  # one view of the index, whatever is written meanwhile
                return look(connection, read_revision(connection))

        return self._mended(look_once)

    def _mended(self, work: Callable[[], T]) -> T:
        """What is made of the index; a damaged one is removed, and the work done with an empty one."""
        try:
            return work()
        except BrokenIndexError:
            remove_index(self._path)
            self._looked_at = -_FRESH_S
            return work()

    def _update(self, out: Path) -> None:
        """Update in a thread; what goes wrong is kept for the page that waits."""

        def told(done: int, total: int) -> None:
            self._progress = Progress(done, total)
            if self._is_closed:
                raise InterruptedError("the workbench is being closed")

        try:
            self._mended(lambda: update_index(self._path, out, told=told))
        except BaseException as error:  # noqa: BLE001 - nothing is swallowed: the page that waits raises it
            self._error = error
        self._looked_at = time.monotonic()
