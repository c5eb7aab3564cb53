"""The ledger: every request and every reply in SQLite, written before anybody reads the reply.

A run that is killed and started again finds its replies by the key of the request and asks only for what is missing.
Two runs at once do not pay twice: a run *claims* a request before it sends it, and a claim counts while the process of
its run lives; where that cannot be seen (another machine, a container), while it is renewed.

Texts (messages, schemas) are stored once, by their hash: a thousand requests share one copy of the static text. Each
call is one transaction; once it has returned, killing the process loses nothing, and once `Ledger.sync` has, a power
cut does not. SQLite would wait for the disk at every commit; a thread that waits for all commits so far costs no time.

What SQLite says about the file becomes a StoreError with advice; a programmer's mistake passes as it is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache, partial
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from typing import Any, Final, Self

from pydantic import AwareDatetime, Field

from summariser.disk.files import Process, advice, create_file, disk_error, is_alive, sync_file, this_process
from summariser.endpoints.endpoint import Capability
from summariser.errors import StoreBusyError, StoreError
from summariser.schema.case import shorten
from summariser.schema.exchange import Message, OutputMode, Reply, Request, Usage, canonical_json
from summariser.schema.page import Frozen

FOLDER_NAME: Final = ".summariser"  # our folder in a project; git is told to leave it alone

Execute = Callable[[str, tuple[object, ...]], sqlite3.Cursor]

LEDGER_APPLICATION_ID: Final = 0x53554D31  # "SUM1": tells our databases from those of other programs
_MOVE_ASIDE: Final = (
    "Move the file aside (nothing in it was changed) or name another one with --ledger; a new one is made"
)
_VERSIONS: Final = 3  # of the tables: `ledger_1.sql` makes them, each further file leads to the next version


def make_place(path: Path, *, next_step: str) -> None:
    """Make the folder of a database, where it is ours with a word to git to leave it alone.

    Errors: StoreError if something else than a file stands where the database goes, or no folder can be made.
    """
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.name == FOLDER_NAME:
            create_file(folder / ".gitignore", b"*\n")
        if os.path.lexists(path) and not path.is_file():
            odd = "folder" if path.is_dir() else "link to nothing" if path.is_symlink() else "device or a pipe"
            raise StoreError(f"a {odd} stands where the database is kept", path=path, next_step=next_step)
    except OSError as error:
        raise disk_error(error, folder) from error


def insert(execute: Execute, table: str, row: dict[str, Any], *, conflict: str = "") -> sqlite3.Cursor:
    """Add a row to a table; the names of both are ours, only the values are foreign."""
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    return execute(f"INSERT INTO {table} ({names}) VALUES ({marks}) {conflict}", tuple(row.values()))


def unpack(row: sqlite3.Row, names: Iterable[str]) -> dict[str, Any]:
    """Return the named values of a row, as they were put in."""
    values = {name: row[name] for name in names}
    return {
        name: value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value
        for name, value in values.items()
    }


def _execute(connection: sqlite3.Connection, query: str, values: tuple[object, ...]) -> sqlite3.Cursor:
    """Run one statement on values of any text: one with a lone surrogate is no UTF-8 and goes in as bytes."""
    try:
        return connection.execute(query, values)
    except UnicodeEncodeError:
        return connection.execute(query, tuple(map(_pack, values)))


def _pack(value: object) -> object:
    """Return a text with a lone surrogate as bytes, and all else as it is."""
    if not isinstance(value, str):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
    return value


def _prepare(connection: sqlite3.Connection, path: Path, *, deadline: float) -> None:
    """Set the connection up and bring the tables to our version."""
    connection.row_factory = sqlite3.Row
    with _transaction(connection, path, kind="DEFERRED"):  # one view of the file, which another process may be making
        version = _check_kind(connection, path)
    _set_wal(connection, deadline)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    if version < _VERSIONS:
        _migrate(connection, path)


def _check_kind(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of the tables, 0 for an empty file; nothing is written before this."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner != LEDGER_APPLICATION_ID and (tables or version or owner):
        raise StoreError("is no ledger (a database of another program)", path=path, next_step=_MOVE_ASIDE)
    if version > _VERSIONS:
        raise StoreError(
            f"written by a newer version of summariser (ledger version {version})",
            path=path,
            expected=f"This version reads ledgers up to version {_VERSIONS}",
            next_step="Install the version that wrote it, or name another file with --ledger",
        )
    for kind, name, _ in sorted(_read_layout(connection) - _layout(version)):
        raise StoreError(
            f"holds the {kind} {shorten(name)!r}, which is none of ours and may change what is kept",
            path=path,
            next_step=f"If you made it, take it out (DROP {kind.upper()}); else name another file with --ledger",
        )
    return version


def _read_layout(connection: sqlite3.Connection) -> frozenset[tuple[str, str, str]]:
    """Kind, name and words of what is beside the tables: triggers, indexes and views, which SQLite heeds by itself."""
    query = "SELECT type, name, sql FROM sqlite_master WHERE type != 'table' AND sql IS NOT NULL"
    return frozenset(map(tuple, connection.execute(query).fetchall()))


@cache
def _layout(version: int) -> frozenset[tuple[str, str, str]]:
    """What a ledger of this version has beside its tables."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for number in range(1, version + 1):
            for statement in _statements(number):
                connection.execute(statement)
        return _read_layout(connection)


def _statements(number: int) -> list[str]:
    """What leads to a version of the tables from the one before."""
    return (files("summariser.disk") / f"ledger_{number}.sql").read_text(encoding="utf-8").split(";\n")


def _set_wal(connection: sqlite3.Connection, deadline: float) -> None:
    """Switch to write-ahead logging; SQLite does not wait here if another process is switching, so we do."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if result_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Run the migrations that are missing, all or none; another process may have been quicker."""
    with _transaction(connection, path) as execute:
        version = _check_kind(connection, path)
        for number in range(version + 1, _VERSIONS + 1):
            for statement in _statements(number):
                execute(statement, ())
        execute(f"PRAGMA application_id = {LEDGER_APPLICATION_ID}", ())
        execute(f"PRAGMA user_version = {_VERSIONS}", ())


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection, path: Path, *, kind: str = "IMMEDIATE") -> Iterator[Execute]:
    """As `transaction`, with what SQLite refuses as a StoreError."""
    with _translated(path), transaction(connection, kind=kind):
        yield partial(_execute, connection)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, *, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Run a block as one transaction that nobody else writes in; all of it is saved, or nothing."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite ends it by itself when the disk is full
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the file into a StoreError; a programmer's mistake passes as it is."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.IntegrityError as error:
        raise StoreError(f"what is there does not fit: {error}", path=path, next_step=_MOVE_ASIDE) from error
    except sqlite3.Error as error:
        raise refusal(error, path) from error


def refusal(error: sqlite3.Error, path: Path, *, instead: str = "") -> StoreError:
    """What SQLite says about a file, in words; `instead` is what to do where no option --ledger names the file."""
    code = result_code(error)
    return _refuse(code, path, what=f"cannot be used: {error}", instead=instead)


def _refuse(code: int, path: Path, *, what: str = "", instead: str = "") -> StoreError:
    """What a result code of SQLite says about a file, else `what`."""
    what, next_step = advice("sqlite3", code) or (what, _MOVE_ASIDE)
    kind = StoreBusyError if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) else StoreError
    return kind(what, path=path, next_step=instead if instead and "--ledger" in next_step else next_step)


@contextlib.contextmanager
def _told_of_rows(path: Path) -> Iterator[None]:
    """Turn it into a StoreError if the block cannot make anything of rows."""
    try:
        yield
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise StoreError("holds a row that is none of ours", path=path, next_step=_MOVE_ASIDE) from error


def _inode(path: Path) -> int | None:
    """Return what tells a file from another one of its name; None if there is none, as for one in memory."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


def result_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, 0 where the error did not come from the file."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


CLAIM_AGE: Final = timedelta(minutes=10)  # of one whose process cannot be seen; a run renews its own six times in that

_REQUEST_FIELDS: Final = tuple(Request.model_fields.keys() - {"messages", "reply_schema"})  # columns of the same name
_CAPABILITY_COLUMNS: Final = ("mode", "token_parameter", "send_temperature", "note")


# The last reply and the last error of each request, found once for all of them: the view `request_sums` looks through
# all replies of the run for each.
_REQUESTS_OF: Final = """
SELECT requests.*, finish_reason, prompt_tokens, completion_tokens, seconds, kind AS error_kind, message AS error
FROM requests
LEFT JOIN (SELECT request_key AS answered, max(reply_id) AS reply_id FROM replies WHERE run_id = ? GROUP BY 1)
    ON answered = key
LEFT JOIN replies USING (reply_id)
LEFT JOIN (SELECT request_key AS failed, max(error_id) AS error_id FROM errors WHERE run_id = ? GROUP BY 1)
    ON failed = key
LEFT JOIN errors USING (error_id)
WHERE requests.run_id = ? ORDER BY position
"""


class Claim(StrEnum):
    """Who sends a request: `mine`, this run; `taken`, another one is at it; `answered`, its reply is in the ledger."""

    MINE = "mine"
    TAKEN = "taken"
    ANSWERED = "answered"


class RunState(StrEnum):
    """How a run stands; `killed` is found out, never stored."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    KILLED = "killed"


# When a run last asked or renewed a claim; of rows of `runs`, or of what is called so.
LAST_ASKED: Final = "(SELECT max(asked_at) FROM requests WHERE requests.run_id = runs.run_id) AS asked_at"


class _Heartbeat(Frozen):
    """The process of a run, and when it last gave a sign of life."""

    host: str
    pid: int = Field(gt=0, lt=2**31)
    born: str
    asked_at: AwareDatetime | None = Field(strict=False)


class RunSummary(Frozen):
    """One run, added up."""

    run_id: int
    started_at: str = Field(description="ISO time, UTC.")
    ended_at: str | None
    command: str
    model: str
    base_url: str
    state: RunState
    pages: int
    records: int
    failures: int
    requests: int = Field(description="Requests this run claimed, answered or not.")
    repairs: int = Field(description="Those among them that asked again after an invalid reply.")
    replies: int
    errors: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    seconds: float = Field(description="Time on the wire, all replies added up.")


class RequestSummary(Frozen):
    """One request of a run and what became of it."""

    key: str
    purpose: str
    page_id: str
    article_id: str
    prompt: str
    model: str
    attempt: int
    asked_at: str
    state: str = Field(description="asking, answered, failed, or dropped when the run ended before the reply.")
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float | None
    error_kind: str | None
    error: str | None = Field(description="Message of the last error, if there was one.")


class SumBy(StrEnum):
    """What spending is added up by; `repair` is how often the model had been asked before."""

    RUN = "run"
    PAGE = "page"
    PROMPT = "prompt"
    MODEL = "model"
    REPAIR = "repair"


_SUM_COLUMNS: Final = {
    SumBy.RUN: "replies.run_id",
    SumBy.PAGE: "requests.page_id",
    SumBy.PROMPT: "requests.prompt",
    SumBy.MODEL: "requests.model",
    SumBy.REPAIR: "requests.attempt",
}


class UsageSum(Usage):
    """The replies of one name (a page, a prompt ...), asked of one model at one address, and what they used."""

    name: str
    model: str
    base_url: str
    by_batch: bool = Field(description="Whether they came in batches, which have a price of their own.")
    replies: int = Field(description="Paid replies, those that were no answer among them.")
    repairs: int = Field(description="Those among them to a question asked again.")
    uncounted: int = Field(description="Replies whose tokens the endpoint did not count.")


def open_ledger(path: Path | None, *, timeout_s: float = 10.0) -> Ledger:
    """Open the ledger, which is made if it is not there; None keeps it in memory.

    Units: `timeout_s` is how long a call waits for another process, in seconds.
    Errors: StoreError: no database, damaged, of a newer version, locked, not to be written, or the disk refuses.
    """
    place = path or Path(":memory:")
    if path is not None:
        make_place(path, next_step="Move it away or name another place with --ledger")
        if path.exists() and not may_be_written(path):
            raise _refuse(sqlite3.SQLITE_READONLY, path)
    with _translated(place):
        connection = sqlite3.connect(place, timeout=timeout_s, isolation_level=None)
        try:
            _prepare(connection, place, deadline=time.monotonic() + timeout_s)
        except BaseException:
            connection.close()
            raise
    return Ledger(connection, place)


def read_ledger(path: Path | None) -> Ledger:
    """Open a ledger to look into it: one that is not there is empty, and one that may only be read is left as it is.

    Errors: as `open_ledger`; StoreError also if what was written last cannot be read without writing.
    """
    if path is None or not os.path.lexists(path):
        return open_ledger(None)
    if not path.is_file() or may_be_written(path):
        return open_ledger(path)
    # With its log, SQLite reads a database beside whoever writes; without one nobody does, and no log is to be made.
    has_log = any(path.with_name(f"{path.name}{end}").exists() for end in ("-wal", "-shm"))
    how = "mode=ro" if has_log else "immutable=1"
    with _translated(path):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None)
        try:
            return Ledger(_look_into(connection, path), path, is_read_only=True)
        except BaseException:
            connection.close()
            raise


def _look_into(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """Return a connection with our tables: this one, or one to a copy in memory if they are of an older version."""
    connection.row_factory = sqlite3.Row
    with _transaction(connection, path, kind="DEFERRED"):
        version = _check_kind(connection, path)
    if version == _VERSIONS:
        return connection
    with contextlib.closing(connection):
        copy = sqlite3.connect(":memory:", isolation_level=None)
        connection.backup(copy)
    _prepare(copy, path, deadline=0.0)
    return copy


def may_be_written(path: Path) -> bool:
    """Whether we have the right to write a database: its file if there is one, and where it stands, or is to stand."""
    is_ours = os.access in os.supports_effective_ids
    folder = next(each for each in path.absolute().parents if os.path.exists(each))  # noqa: PTH110 - no to what is barred
    places = [folder, path] if os.path.exists(path) else [folder]  # noqa: PTH110
    return all(os.access(each, os.W_OK, effective_ids=is_ours) for each in places)


class Ledger:
    """An open ledger of `open_ledger` or `read_ledger`; one thread uses it but for `sync`, `close` or `with` closes it.

    Errors: every method raises StoreError if the disk or another process is in the way.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, *, is_read_only: bool = False) -> None:
        self.path = path
        self.is_read_only = is_read_only
        self.capabilities = LedgerCapabilities(self)
        self._connection = connection
        self._inode = _inode(path)
        self._syncing = threading.Lock()
        self._is_synced = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was saved stays."""
        self._connection.close()

    @contextlib.contextmanager
    def reading(self, query: str, values: tuple[object, ...]) -> Iterator[list[sqlite3.Row]]:
        """Give the rows to a block that makes something of them; `unpack` gives their values.

        Errors: StoreError also if the block cannot make anything of them.
        """
        with _translated(self.path), _told_of_rows(self.path):
            yield _execute(self._connection, query, values).fetchall()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Execute]:
        """Run a block as one transaction that nobody else writes in; all of it is saved, or nothing."""
        if _inode(self.path) != self._inode:
            what = "was deleted or replaced while it was in use"
            raise StoreError(what, path=self.path, next_step="Put it back, or run again to begin a new one")
        with _transaction(self._connection, self.path) as execute:
            yield execute
        self._is_synced = False

    def sync(self) -> None:
        """Return once all that was saved is on the disk itself; any thread may call it.

        Errors: StoreError if the disk refuses.
        """
        log = self.path.with_name(f"{self.path.name}-wal")  # saved first of all in here; what left it was synced then
        with self._syncing:
            if self._is_synced:
                return
            self._is_synced = True
            try:
                sync_file(log)
            except StoreError:
                self._is_synced = False
                raise

    def begin_run(self, command: str, model: str, base_url: str, now: datetime, *, pages: int = 0) -> int:
        """Register a run of this process and return its number; end it in a `finally`: its claims count till then."""
        row = {"started_at": spell_time(now), "command": command, "model": model, "base_url": base_url, "pages": pages}
        with self.transaction() as execute:
            return int(insert(execute, "runs", row | this_process()._asdict()).lastrowid or 0)

    def end_run(
        self, run_id: int, now: datetime, *, records: int = 0, failures: int = 0, state: RunState = RunState.DONE
    ) -> None:
        """Note how a run ended, and let go of what it still claims."""
        with self.transaction() as execute:
            execute(
                "UPDATE runs SET ended_at = ?, records = ?, failures = ?, state = ? WHERE run_id = ?",
                (spell_time(now), records, failures, RunState(state).value, run_id),
            )
            execute("UPDATE requests SET state = 'dropped' WHERE run_id = ? AND state = 'asking'", (run_id,))

    def first_stopped(self, command: str, model: str, base_url: str, *, before: int) -> int | None:
        """Return the first of the stopped runs that a run goes on with, all of one command, model and endpoint.

        Shape: `before` is the number of the run; None if the last one before it was done, or is at work.
        """
        query = (
            f"SELECT runs.*, {LAST_ASKED} FROM runs WHERE command = ? AND model = ? AND base_url = ? AND run_id < ?"
            " ORDER BY run_id DESC"
        )
        with self.reading(query, (command, model, base_url, before)) as rows:
            stopped = list(takewhile(lambda row: _run_state(row) in (RunState.STOPPED, RunState.KILLED), rows))
            return int(stopped[-1]["run_id"]) if stopped else None

    def find_reply(self, key: str, base_url: str | None = None, *, known_from: int = 0) -> Reply | None:
        """Return the latest reply to the request with this key, from whichever run that asked at this address.

        Shape: `known_from` is the first run that counts.
        """
        query = (
            "SELECT replies.* FROM replies JOIN runs USING (run_id) WHERE request_key = ? AND is_answer"
            " AND base_url = coalesce(?, base_url) AND run_id >= ? ORDER BY reply_id DESC LIMIT 1"
        )
        with self.reading(query, (key, base_url, known_from)) as rows:
            return read_reply_row(rows[0]) if rows else None

    def find_request(self, key: str) -> Request | None:
        """Return the request with this key, as it was asked."""
        query = "SELECT * FROM requests WHERE key = ? ORDER BY run_id LIMIT 1"
        with self.reading(query, (key,)) as rows:
            return self._request(rows[0]) if rows else None

    def claim(self, request: Request, run_id: int, now: datetime) -> Claim:
        """Register the request before it is sent, unless another run is asking the same or has the reply already.

        Shape: `mine`: send it, then `save_reply` or `save_error`. `taken`: look for the reply again in a while, then
        claim again. `answered`: a reply is there; it may have come since the caller looked. A run that claims what it
        claims already gets `mine`.
        """
        at_our_address = "base_url = (SELECT base_url FROM runs WHERE run_id = ?)"
        with self.transaction() as execute:
            answered = "SELECT 1 FROM replies JOIN runs USING (run_id) WHERE request_key = ? AND is_answer AND "
            if execute(f"{answered}{at_our_address} LIMIT 1", (request.key, run_id)).fetchone():
                return Claim.ANSWERED
            rivals = execute(
                "SELECT host, pid, born, asked_at FROM requests JOIN runs USING (run_id)"
                f" WHERE key = ? AND run_id != ? AND requests.state = 'asking' AND {at_our_address}",
                (request.key, run_id, run_id),
            ).fetchall()
            with _told_of_rows(self.path):
                if any(is_at_work(rival, now) for rival in rivals):
                    return Claim.TAKEN
            insert_request(execute, request, run_id, now)
        return Claim.MINE

    def renew_claims(self, run_id: int, now: datetime) -> None:
        """Make the claims of a run new again: it is still asking."""
        with self.transaction() as execute:
            query = "UPDATE requests SET asked_at = ? WHERE run_id = ? AND state = 'asking'"
            execute(query, (spell_time(now), run_id))

    def save_reply(self, request: Request, reply: Reply, run_id: int, now: datetime, *, is_answer: bool = True) -> None:
        """Keep the reply, and let go of the claim; one that is no answer is kept for its tokens, and is never found.

        Errors: ValueError if the reply answers another request.
        """
        with self.transaction() as execute:
            insert_reply(execute, request, reply, run_id, now, is_answer=is_answer)

    def save_error(self, request: Request, kind: str, message: str, run_id: int, now: datetime) -> None:
        """Keep what went wrong, and let go of the claim, so that the request may be asked again."""
        row = {"request_key": request.key, "run_id": run_id, "kind": kind, "message": message, "at": spell_time(now)}
        with self.transaction() as execute:
            _let_go(execute, request, "failed", run_id, now)
            insert(execute, "errors", row)

    def runs(self, limit: int = 20) -> tuple[RunSummary, ...]:
        """Return the latest runs, newest first; one whose process is gone without a word is `killed`."""
        query = f"SELECT *, {LAST_ASKED} FROM run_sums AS runs ORDER BY run_id DESC LIMIT ?"
        with self.reading(query, (limit,)) as rows:
            return tuple(_run_summary(row) for row in rows)

    def requests_of(self, run_id: int) -> tuple[RequestSummary, ...]:
        """Return the requests of a run, in the order in which they were asked."""
        with self.reading(_REQUESTS_OF, (run_id,) * 3) as rows:
            return tuple(RequestSummary(**unpack(row, RequestSummary.model_fields)) for row in rows)

    def usage_by(self, by: SumBy, run_ids: Sequence[int]) -> tuple[UsageSum, ...]:
        """Return what the replies of runs used, added up by name, model, address and way; in order of names."""
        marks = ", ".join("?" for _ in run_ids)
        counted = ", ".join(f"coalesce(sum({each}), 0) AS {each}" for each in Usage.model_fields)
        query = (
            f"SELECT {_SUM_COLUMNS[by]} AS name, requests.model AS model, base_url, count(*) AS replies,"
            " sum(attempt > 0) AS repairs, sum(prompt_tokens IS NULL OR completion_tokens IS NULL) AS uncounted,"
            " reply_id IN (SELECT reply_id FROM batch_lines WHERE reply_id IS NOT NULL) AS by_batch,"
            f" {counted} FROM replies JOIN runs USING (run_id)"
            " JOIN requests ON requests.key = request_key AND requests.run_id = replies.run_id"
            f" WHERE replies.run_id IN ({marks})"
            f" GROUP BY {_SUM_COLUMNS[by]}, requests.model, base_url, by_batch ORDER BY 1"
        )
        with self.reading(query, tuple(run_ids)) as rows:
            found = [unpack(row, UsageSum.model_fields) for row in rows]
            spelled = [{"name": str(each["name"]), "by_batch": bool(each["by_batch"])} for each in found]
            return tuple(UsageSum(**each | also) for each, also in zip(found, spelled, strict=True))

    def _request(self, row: sqlite3.Row) -> Request:
        """Build a request from its row and the texts it shares with others."""
        messages = tuple(Message(role=role, content=self._text(sha256)) for role, sha256 in json.loads(row["messages"]))
        schema = json.loads(self._text(row["schema_sha256"]))
        if not isinstance(schema, dict):
            raise TypeError("a schema is an object")
        canonical_json(schema)  # a number without end is no JSON, though Python reads it
        return Request(**unpack(row, _REQUEST_FIELDS), messages=messages, reply_schema=schema)

    def _text(self, text_sha256: str) -> str:
        """Return a text by its hash."""
        with self.reading("SELECT text FROM texts WHERE sha256 = ?", (text_sha256,)) as rows:
            return str(unpack(rows[0], ["text"])["text"])


class LedgerCapabilities:
    """What endpoints can do, remembered from one run to the next; see `CapabilityStore` in `endpoint.py`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def get(self, base_url: str, model: str) -> Capability | None:
        """Return what was found out before, or None."""
        query = "SELECT * FROM capabilities WHERE base_url = ? AND model = ?"
        with self._ledger.reading(query, (base_url, model)) as rows:
            details = json.loads(unpack(rows[0], ["details"])["details"]) if rows else None
            return Capability.model_validate(details, strict=False) if rows else None

    def put(self, base_url: str, model: str, capability: Capability) -> None:
        """Remember it in place of what was known, if the ledger can be written now; the time is noted."""
        if self._ledger.is_read_only:
            return
        row = {"base_url": base_url, "model": model, **capability.model_dump(include=set(_CAPABILITY_COLUMNS))}
        row["details"] = json.dumps(capability.model_dump(mode="json"))
        with suppress(StoreBusyError), self._ledger.transaction() as execute:
            execute("DELETE FROM capabilities WHERE base_url = ? AND model = ?", (base_url, model))
            insert(execute, "capabilities", row)


def insert_reply(  # noqa: PLR0913 - what `save_reply` has, and the transaction
    execute: Execute, request: Request, reply: Reply, run_id: int, now: datetime, *, is_answer: bool
) -> int:
    """Keep a reply within a transaction, as `Ledger.save_reply` does, and return its number.

    Errors: ValueError if the reply answers another request.
    """
    if reply.request_key != request.key:
        raise ValueError(f"a reply to {reply.request_key} is no reply to {request.key}")
    if is_answer:
        _let_go(execute, request, "answered", run_id, now)
    row = {**reply.model_dump(exclude={"usage"}), **reply.usage.model_dump(), "is_answer": is_answer}
    return int(insert(execute, "replies", {**row, "run_id": run_id, "received_at": spell_time(now)}).lastrowid or 0)


def insert_request(execute: Execute, request: Request, run_id: int, now: datetime) -> None:
    """Note that the run is asking this; once per run and key."""
    row = {
        **request.model_dump(include=set(_REQUEST_FIELDS)),
        "key": request.key,
        "run_id": run_id,
        "messages": json.dumps([[message.role, _keep_text(execute, message.content)] for message in request.messages]),
        "schema_sha256": _keep_text(execute, request.spelled_schema),
        "asked_at": spell_time(now),
        "state": "asking",
    }
    again = "ON CONFLICT (key, run_id) DO UPDATE SET asked_at = excluded.asked_at, state = 'asking'"
    insert(execute, "requests", row, conflict=again)


def _let_go(execute: Execute, request: Request, state: str, run_id: int, now: datetime) -> None:
    """Note what became of a request; one that was never claimed is noted first."""
    query = "UPDATE requests SET state = ? WHERE key = ? AND run_id = ?"
    if execute(query, (state, request.key, run_id)).rowcount == 0:
        insert_request(execute, request, run_id, now)
        execute(query, (state, request.key, run_id))


def _keep_text(execute: Execute, text: str) -> str:
    """Store the text unless it is there, and return its hash."""
    text_sha256 = _hash_text(text)
    if not execute("SELECT 1 FROM texts WHERE sha256 = ?", (text_sha256,)).fetchone():
        insert(execute, "texts", {"sha256": text_sha256, "text": text})
    return text_sha256


@lru_cache(maxsize=64)  # the same static text is in most questions
def _hash_text(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_reply_row(row: sqlite3.Row) -> Reply:
    """Build a reply from its row."""
    plain = unpack(row, Reply.model_fields.keys() - {"mode", "usage"})
    return Reply(**plain, mode=OutputMode(row["mode"]), usage=Usage(**unpack(row, Usage.model_fields)))


def _run_summary(row: sqlite3.Row) -> RunSummary:
    """Build a run from its row."""
    return RunSummary(**unpack(row, RunSummary.model_fields.keys() - {"state"}), state=_run_state(row))


def _run_state(row: sqlite3.Row) -> RunState:
    """Tell how a run stands; the process tells whether it still runs."""
    state = RunState(row["state"])
    is_gone = state is RunState.RUNNING and not is_at_work(row, datetime.now(UTC))
    return RunState.KILLED if is_gone else state


def is_at_work(row: sqlite3.Row, now: datetime) -> bool:
    """Tell whether the process of a run lives; one that cannot be seen does for a while after it asked.

    Errors: ValueError if the row holds no process, or no time.
    """
    sign = _Heartbeat.model_validate(unpack(row, _Heartbeat.model_fields))
    is_seen = is_alive(Process(sign.host, sign.pid, sign.born))
    return sign.asked_at is not None and abs(now - sign.asked_at) < CLAIM_AGE if is_seen is None else is_seen


def spell_time(now: datetime) -> str:
    """Spell a time so that sorting the words sorts the times.

    Errors: ValueError if it has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("a time without a time zone")
    return now.astimezone(UTC).isoformat(timespec="microseconds")
