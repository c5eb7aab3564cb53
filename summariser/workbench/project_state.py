"""The state of a project: how its page files stand, which records wait for a review, and the index of its records.

What is doubtful in a record stands in the record index; only files that changed since are read. A reviewer who decides
alone changes the records themselves. Each of two coders has copies of their own below `reviews/NAME`, in the same form;
a record that a coder has not touched is read from the original.
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
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple, TypeVar, cast

from summariser.catalogue import database
from summariser.catalogue.database import FacetIndex, read_files
from summariser.catalogue.update import MANY, update_index
from summariser.disk import stored
from summariser.disk.ledger import may_be_written
from summariser.disk.store import FileChange, Store, change_files, write_records
from summariser.disk.stored import FAILURE_END, PAGE_END, RECORD_END, load_failure, load_manifest
from summariser.errors import InputError, StoreError, SummariserError
from summariser.readers.files import PageFile, find_pages
from summariser.records.make import carry_over
from summariser.reviewing.decisions import RecordDoubt, doubt_record, list_disagreements
from summariser.schema.page import Article
from summariser.schema.record import Failure, PageArticle, PageManifest, Record


class MissingRecord(NamedTuple):
    """An article without a record; `failure` says why, or there is none yet."""

    page_id: str
    article: PageArticle
    failure: Failure | None


class PageFileStatus(NamedTuple):
    """One file of pages.

    Shape: `articles` counts those of all its pages that were cut so far; `is_done`: it was cut, and each has a record.
    """

    file: PageFile
    size: int
    articles: int
    records: int
    missing: tuple[MissingRecord, ...]

    @property
    def is_done(self) -> bool:
        """Tell whether nothing is left to ask."""
        return self.articles > 0 and not self.missing

    @property
    def failed(self) -> int:
        """How many articles have failed."""
        return sum(each.failure is not None for each in self.missing)


class PageStatuses(NamedTuple):
    """All files of pages; `notes` say which files are no pages, or cannot be."""

    files: tuple[PageFileStatus, ...]
    notes: tuple[SummariserError | str, ...]

    @property
    def unfinished(self) -> tuple[PageFileStatus, ...]:
        """Those where something is left to ask."""
        return tuple(each for each in self.files if not each.is_done)


def read_page_statuses(pages: Path, out: Path) -> PageStatuses:
    """How each page file below `pages` stands in the records below `out`."""
    try:
        found = find_pages([pages])
    except InputError as error:
        is_empty = not pages.is_dir() or not any(pages.iterdir())
        return PageStatuses((), () if is_empty else (error,))
    manifests = _list_manifests(out)
    return PageStatuses(tuple(_stand(file, manifests, out) for file in found.files), (*found.notes, *found.faults))


def choose_paths(statuses: PageStatuses, names: Sequence[str], pages: Path) -> tuple[Path, ...]:
    """What a run has to be given for the files of these names; all of them if no name is given that is here.

    Shape: the whole folder where the chosen files alone would be called otherwise than among all others.
    """
    chosen = [each.file for each in statuses.files if each.file.path.as_posix() in set(names)]
    if not chosen:
        return (pages,)
    try:
        alone = find_pages([file.path for file in chosen]).files
    except InputError:
        return (pages,)
    return tuple(file.path for file in chosen) if set(alone) == set(chosen) else (pages,)


def find_source(statuses: PageStatuses, page_id: str) -> Path | None:
    """The file that a page is read from: `x.p2` is page 2 of x."""
    for each in statuses.files:
        if each.file.page_id == page_id:
            return each.file.path
        number = re.fullmatch(re.escape(each.file.page_id) + r"\.p([0-9]{1,4})", page_id)
        if number:
            return Path(f"{each.file.path}#page={number[1]}")
    return None


def _list_manifests(out: Path) -> Mapping[str, tuple[PageManifest, ...]]:
    """The manifests below `out` by the page id of the file: those of `x.p1`, `x.p2` under x as well."""
    found: dict[str, tuple[PageManifest, ...]] = {}
    for path in sorted(out.glob(f"*{PAGE_END}")):
        try:
            state = path.stat()
            manifest = _read_manifest(path, state.st_mtime_ns, state.st_size)
        except (StoreError, OSError):  # broken, or gone meanwhile: nothing is known of this page
            continue
        page_id = path.name.removesuffix(PAGE_END)
        file_id = re.sub(r"\.p[0-9]{1,4}\Z", "", page_id)
        for key in {page_id, file_id}:
            found[key] = (*found.get(key, ()), manifest)
    return found


@lru_cache(maxsize=50_000)  # a page of the browser asks again and again, and a manifest hardly ever changes
def _read_manifest(path: Path, _mtime_ns: int, _size: int) -> PageManifest:
    """The manifest in a file as it was written then. Errors: StoreError."""
    return load_manifest(path)


def _stand(file: PageFile, manifests: Mapping[str, tuple[PageManifest, ...]], out: Path) -> PageFileStatus:
    """How one file stands."""
    own = manifests.get(file.page_id, ())
    missing = tuple(each for manifest in own for each in _list_missing(manifest, out))
    articles = sum(not article.continues_from for manifest in own for article in manifest.articles)
    return PageFileStatus(file, file.path.stat().st_size, articles, articles - len(missing), missing)


def _list_missing(manifest: PageManifest, out: Path) -> Iterator[MissingRecord]:
    """The articles of a page that have no record."""
    folder = out / manifest.page_id
    names = {path.name for path in folder.glob(f"*{RECORD_END}")}
    for article in manifest.articles:
        if article.continues_from or f"{article.article_id}{RECORD_END}" in names:
            continue  # the record of what goes on here is kept with the page on which it begins
        failure = None
        if (name := f"{article.article_id}{FAILURE_END}") in names:
            with suppress(StoreError):  # broken: it is asked again like one that was never asked
                failure = load_failure(folder / name)
        yield MissingRecord(manifest.page_id, article, failure)


_NAME: Final = re.compile(r"(?!\.)[\w.-]{1,40}(?<!\.)")
_NO_RECORD: Final = (10**9,)  # more to doubt than any record
UNREADABLE: Final = "unreadable"  # the state of a file that is no record
ArticleKey = tuple[str, str]  # page id and article id


class QueueEntry(NamedTuple):
    """One article in the queue.

    Shape: `doubt` is None where there is no record, and `failed` says why (a code); `state` is that of its review.
    """

    key: ArticleKey
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
    def key(self) -> ArticleKey:
        """The article that it is of, by where it stands."""
        end = stored.FAILURE_END if self.name.lower().endswith(stored.FAILURE_END) else stored.RECORD_END
        return self.page_id, self.name[: -len(end)]


KnownEntries = Mapping[FileStamp, QueueEntry]


class ReviewStore:
    """The records of a project as one person sees and changes them.

    Shape: with a `coder` changes go to the copies of that person, below `reviews`.
    Errors: InputError for a name that cannot be that of a folder.
    """

    def __init__(self, out: Path, reviews: Path, coder: str | None = None) -> None:
        if coder is not None and not _NAME.fullmatch(coder):
            expected = "1 to 40 letters, digits, points, hyphens and underscores, no point at either end"
            raise InputError("cannot be the name of a coder", path=coder[:60] or "an empty name", expected=expected)
        self.out = out
        self._store = Store(out)
        self._own = Store(reviews / coder) if coder else self._store

    @property
    def is_separate(self) -> bool:
        """Whether this person's decisions are kept apart from the records."""
        return self._own is not self._store

    def path_of(self, key: ArticleKey) -> Path:
        """Where the record of an article stands. Errors: StoreError if the key can be no file name."""
        return self._store.path_of(*key)

    def folder_of(self, key: ArticleKey) -> stored.PageFolder:
        """The folder of the page of an article. Errors: StoreError if the key can be no file name."""
        return stored.PageFolder(self.path_of(key).parent)

    def load(self, key: ArticleKey) -> Record:
        """The record of an article, as this person left it. Errors: StoreError if there is none, or it is broken.

        Shape: a run carries over only the records themselves; the copy of a coder is carried over here.
        """
        if not self.has_copy(key):
            return stored.load_record(self._store.path_of(*key))
        return _carried(stored.load_record(self._own.path_of(*key)), self.folder_of(key))

    def has_copy(self, key: ArticleKey) -> bool:
        """Whether this person, a coder, has a copy of the record. Errors: StoreError if the key can be no file name."""
        return self.is_separate and self._own.path_of(*key).exists()

    def load_failure(self, key: ArticleKey) -> Failure | None:
        """Why an article has no record; None if it has one, or nothing was written down."""
        failed = self._store.path_of(*key, stored.FAILURE_END)
        is_recorded = any(store.path_of(*key).exists() for store in (self._store, self._own))
        return stored.load_failure(failed) if failed.is_file() and not is_recorded else None

    def put(self, decided: Record, *, seen: Record) -> FileChange:
        """Keep what the person made of the record that they saw. Errors: as `Store.put_decision`."""
        key = seen.page_id, seen.article_id
        if self.is_separate and self.load(key) == seen:
            write_records({self._own.path_of(*key): seen})
        return self._own.put_decision(decided, seen=seen)

    def drop_copy(self, key: ArticleKey) -> tuple[FileChange, ...]:
        """Take a coder's copy away, so that the record itself is seen again; the files that changed.

        Errors: InputError if this person has no copy of it; StoreError if the disk refuses.
        """
        if not self.has_copy(key):
            raise InputError("there is no copy of a coder to take away", path="/".join(key))
        own = self._own.path_of(*key)
        changes = (FileChange(own, stored.read_bytes(own), None),)
        change_files(changes)
        return changes

    def begin(self, record: Record) -> tuple[FileChange, ...]:
        """Keep the record of an article that had none, and drop its failure; the files that changed.

        Errors: StoreError if it has a record by now.
        """
        ends = (RECORD_END, FAILURE_END)
        path, failed = (self._own.path_of(record.page_id, record.article_id, end) for end in ends)
        if path.exists():
            raise StoreError("has a record by now", path=path, next_step="Nothing was written; look at it")
        dropped = (FileChange(failed, stored.read_bytes(failed), None),) if failed.exists() else ()
        self._own.put(record)
        return (FileChange(path, None, stored.read_bytes(path)), *dropped)

    def list_queue(
        self,
        known: KnownEntries,
        skipped: Collection[ArticleKey] = (),
        disagreements: Mapping[ArticleKey, int] | None = None,
        *,
        is_growing: bool = False,
    ) -> list[QueueEntry]:
        """All articles in the order of doubt: what waits, then what was skipped, then what is decided.

        Shape: `known` is what the index says of the files; those that changed since are read, unless they are many
        while it `is_growing`.
        """
        own = {each.key: each for each in _list_entries(self._own.out, {})} if self.is_separate else {}
        entries = (own.get(each.key, each) for each in _list_entries(self.out, known, is_growing=is_growing))
        told = [_told(each, skipped, disagreements or {}) for each in entries]
        told.sort(key=lambda each: each.key)
        told.sort(key=lambda each: each.doubt or _NO_RECORD, reverse=True)
        return sorted(told, key=lambda each: (not each.is_open, each.is_skipped))


def read_known_entries(index: sqlite3.Connection) -> KnownEntries:
    """What an index says of the files of records and failures."""
    known = {}
    for each in read_files(index):
        stamp = FileStamp(each.page_id, each.name, each.mtime_ns, each.size)
        doubt = RecordDoubt(*json.loads(each.doubt)) if each.doubt else None
        state, failed = (each.state, "") if doubt else ("open", each.state)
        known[stamp] = QueueEntry(stamp.key, each.headline or "", state, doubt, failed)
    return known


def list_coders(reviews: Path) -> list[str]:
    """The people who have records of their own."""
    if not reviews.is_dir():
        return []
    return sorted(each.name for each in reviews.iterdir() if each.is_dir() and _NAME.fullmatch(each.name))


def load_coded(out: Path, reviews: Path, coder: str) -> dict[ArticleKey, Record]:
    """The records that a coder has decided, by article; what cannot be read is left out.

    Errors: InputError if there is no such coder.
    """
    if coder not in list_coders(reviews):
        raise InputError("there is no coder of this name", path=coder[:60])
    found, own = {}, ReviewStore(out, reviews, coder)
    for path, stamp in _list_files(reviews / coder):
        with suppress(StoreError, OSError):
            record = None if stored.is_failure(Path(path)) else own.load(stamp.key)
            if record and record.review.state != "open":
                found[record.page_id, record.article_id] = record
    return found


def _carried(copy: Record, folder: stored.PageFolder) -> Record:
    """A coder's copy as its article stands on its page now; as it is where the article reads otherwise."""
    manifest = folder.manifest
    if isinstance(manifest, StoreError) or manifest.page_sha256 == copy.provenance.page_sha256:
        return copy
    article = folder.article_now(copy.article_id)
    return (carry_over(copy, article, manifest) if isinstance(article, Article) else None) or copy


def count_disagreements(reviews: Path) -> dict[ArticleKey, int]:
    """In how many values coders disagree about each article that two of them have decided."""
    files: dict[ArticleKey, list[tuple[str, FileStamp]]] = {}
    for coder in list_coders(reviews):
        for path, stamp in _list_files(reviews / coder):
            files.setdefault(stamp.key, []).append((path, stamp))
    counts = {}
    for key, own in files.items():
        with suppress(StoreError, OSError):
            counts[key] = sum(_count(*pair) for pair in combinations(own, 2))
    return counts


def next_open(queue: Sequence[QueueEntry], after: ArticleKey | None = None) -> QueueEntry | None:
    """What comes next: the first article that waits, but for the one that a person comes from."""
    return next((each for each in queue if each.is_open and each.key != after), None)


def _told(entry: QueueEntry, skipped: Collection[ArticleKey], disagreements: Mapping[ArticleKey, int]) -> QueueEntry:
    """An entry with what is known of it besides its file."""
    if entry.doubt and (count := disagreements.get(entry.key)):
        entry = entry._replace(doubt=entry.doubt._replace(disagreements=count))
    return entry._replace(is_skipped=True) if entry.key in skipped else entry


def _list_entries(out: Path, known: KnownEntries, *, is_growing: bool = False) -> Iterator[QueueEntry]:
    """The articles below a folder that have a record or have failed; what cannot be read has a state of its own."""
    recorded: set[ArticleKey] = set()
    failures: list[QueueEntry] = []
    files = list(_list_files(out))
    is_left_out = is_growing and sum(stamp not in known for _, stamp in files) >= MANY
    for path, stamp in files:
        try:
            entry = known.get(stamp) or (None if is_left_out else _read_entry(path, stamp))
        except OSError:  # gone meanwhile
            continue
        except StoreError:
            entry = QueueEntry(stamp.key, stamp.name, UNREADABLE, None, UNREADABLE)
        if entry is None:
            continue
        if entry.failed and stored.is_failure(Path(stamp.name)):
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
                if stored.is_stored_name(file.name):
                    state = file.stat()
                    yield file.path, FileStamp(page_id, file.name, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=50_000)
def _count(one: tuple[str, FileStamp], other: tuple[str, FileStamp]) -> int:
    """In how many values two files differ, as they were written then, if both are decided. Errors: StoreError."""
    records = stored.load_record(one[0]), stored.load_record(other[0])
    return 0 if "open" in {each.review.state for each in records} else len(list_disagreements(*records))


@lru_cache(maxsize=50_000)  # the queue is looked at again and again, and hardly a record changes meanwhile
def _read_entry(path: str, stamp: FileStamp) -> QueueEntry:
    """What the queue has to know of a file as it was written then. Errors: StoreError."""
    if stored.is_failure(Path(path)):
        failure = stored.load_failure(path)
        return QueueEntry(stamp.key, failure.headline or "", "open", None, failure.reason.value)
    record = stored.load_record(path)
    return QueueEntry(stamp.key, record.headline or "", record.review.state, doubt_record(record), "")


T = TypeVar("T")
_FRESH_S: Final = 1.0  # for how long what was looked at counts as unchanged
_WAIT_S: Final = 1.5  # how long a page waits for an update before it shows what is there


class Progress(NamedTuple):
    """How far an update is: changed files that are done, and all of them."""

    done: int
    all: int


class RecordIndex:
    """The index of the records below one folder, kept at `path`, or for as long as we run where nothing may be written.

    Shape: used from several threads.
    """

    def __init__(self, path: Path) -> None:
        self._scratch = None if may_be_written(path) else TemporaryDirectory(prefix="summariser-")
        self._path = Path(self._scratch.name, path.name) if self._scratch else path
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
        """End an update that is on; what was indexed stays where it may."""
        self._is_closed = True
        if self._thread:
            self._thread.join(grace_s)
        if self._scratch:
            self._scratch.cleanup()

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
