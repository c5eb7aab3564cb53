"""The disk door for what is paid for: every request and every reply, in SQLite, before anybody has read the reply.

A run that is killed and started again finds its replies by the key of the request and asks only for what is missing.
Two runs at once do not pay twice: a run *claims* a request before it sends it, and a claim counts while the process of
its run is alive on this machine, for an hour at most.

Texts (messages, schemas) are stored once, by their hash: a thousand requests share one copy of the static text. Each
call is one transaction; once it has returned, killing the process loses nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from pydantic import Field

from summariser.endpoint import Capability
from summariser.errors import StoreError
from summariser.schema.exchange import Message, OutputMode, Reply, Request, Usage
from summariser.schema.page import Frozen

CLAIM_AGE: Final = timedelta(hours=1)  # longer than any timeout and its retries; what is older was forgotten
FOLDER_NAME: Final = ".summariser"  # our folder in a project; git is told to leave it alone

_APPLICATION_ID: Final = 0x53554D31  # "SUM1": tells our databases from those of other programs
_MOVE_ASIDE: Final = (
    "Move the file aside (nothing in it was changed) or name another one with --ledger; a new one is made"
)
_RUN_ON: Final = "Run again; everything saved so far is kept"
_ADVICE: Final = {
    sqlite3.SQLITE_NOTADB: ("is no ledger (not an SQLite database)", _MOVE_ASIDE),
    sqlite3.SQLITE_CORRUPT: ("is damaged", _MOVE_ASIDE),
    sqlite3.SQLITE_BUSY: ("is locked by another process", f"Wait until the other run is done. {_RUN_ON}"),
    sqlite3.SQLITE_LOCKED: ("is locked by another process", f"Wait until the other run is done. {_RUN_ON}"),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", f"Free some space. {_RUN_ON}"),
    sqlite3.SQLITE_READONLY: ("cannot be written", "Change its permissions or name another one with --ledger"),
    sqlite3.SQLITE_PERM: ("cannot be opened", "Change its permissions or name another one with --ledger"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "Check the path and its permissions, or name another with --ledger"),
    sqlite3.SQLITE_IOERR: ("cannot be read or written: the disk reports an error", f"Check the disk. {_RUN_ON}"),
}


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


def open_ledger(path: Path | None, *, timeout_s: float = 10.0) -> Ledger:
    """Open the ledger, which is made if it is not there; None keeps it in memory.

    Units: `timeout_s` is how long a call waits for another process, in seconds.
    Errors: StoreError: no database, damaged, of a newer version, locked, or the disk refuses.
    """
    place = path or Path(":memory:")
    if path is not None:
        _make_folder(path.parent)
    with _translated(place):
        connection = sqlite3.connect(place, timeout=timeout_s, isolation_level=None)
        try:
            _prepare(connection, place, deadline=time.monotonic() + timeout_s)
        except BaseException:
            connection.close()
            raise
    return Ledger(connection, place)


class Ledger:
    """An open ledger; made by `open_ledger`, used by one thread, closed by `close` or `with`.

    Errors: every method raises StoreError if the disk or another process is in the way.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self.capabilities = LedgerCapabilities(connection, path)
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was saved stays."""
        self._connection.close()

    def begin_run(self, command: str, model: str, base_url: str, now: datetime, *, pages: int = 0) -> int:
        """Register a run of this process and return its number; end it in a `finally`: its claims count till then."""
        host, pid, born = _identity()
        row = {
            "started_at": _iso(now),
            "command": command,
            "model": model,
            "base_url": base_url,
            "pages": pages,
            "host": host,
            "pid": pid,
            "born": born,
        }
        with self._transaction() as execute:
            return int(_insert(execute, "runs", row).lastrowid or 0)

    def end_run(
        self, run_id: int, now: datetime, *, records: int = 0, failures: int = 0, state: RunState = RunState.DONE
    ) -> None:
        """Note how a run ended, and let go of what it still claims."""
        with self._transaction() as execute:
            execute(
                "UPDATE runs SET ended_at = ?, records = ?, failures = ?, state = ? WHERE run_id = ?",
                (_iso(now), records, failures, RunState(state).value, run_id),
            )
            execute("UPDATE requests SET state = 'dropped' WHERE run_id = ? AND state = 'asking'", (run_id,))

    def find_reply(self, key: str) -> Reply | None:
        """Return the latest reply to the request with this key, from whichever run."""
        query = "SELECT * FROM replies WHERE request_key = ? ORDER BY reply_id DESC LIMIT 1"
        rows = self._select(query, (key,))
        return _reply(rows[0]) if rows else None

    def find_request(self, key: str) -> Request | None:
        """Return the request with this key, as it was asked."""
        rows = self._select("SELECT * FROM requests WHERE key = ? ORDER BY run_id LIMIT 1", (key,))
        return self._request(rows[0]) if rows else None

    def claim(self, request: Request, run_id: int, now: datetime) -> Claim:
        """Register the request before it is sent, unless another run is asking the same or has the reply already.

        Shape: `mine`: send it, then `save_reply` or `save_error`. `taken`: look for the reply again in a while, then
        claim again. `answered`: a reply is there; it may have come since the caller looked. A run that claims what it
        claims already gets `mine`.
        """
        with self._transaction() as execute:
            if execute("SELECT 1 FROM replies WHERE request_key = ? LIMIT 1", (request.key,)).fetchone():
                return Claim.ANSWERED
            rivals = execute(
                "SELECT host, pid, born, asked_at FROM requests JOIN runs USING (run_id)"
                " WHERE key = ? AND run_id != ? AND requests.state = 'asking'",
                (request.key, run_id),
            ).fetchall()
            if any(_is_alive(rival) and _age(rival["asked_at"], now) < CLAIM_AGE for rival in rivals):
                return Claim.TAKEN
            _insert_request(execute, request, run_id, now)
        return Claim.MINE

    def save_reply(self, request: Request, reply: Reply, run_id: int, now: datetime) -> None:
        """Keep the reply, and let go of the claim.

        Errors: ValueError if the reply answers another request.
        """
        if reply.request_key != request.key:
            raise ValueError(f"a reply to {reply.request_key} is no reply to {request.key}")
        with self._transaction() as execute:
            _insert_request(execute, request, run_id, now)
            _insert_reply(execute, reply, run_id, now)
            execute("UPDATE requests SET state = 'answered' WHERE key = ? AND run_id = ?", (request.key, run_id))

    def save_error(self, request: Request, kind: str, message: str, run_id: int, now: datetime) -> None:
        """Keep what went wrong, and let go of the claim, so that the request may be asked again."""
        row = {"request_key": request.key, "run_id": run_id, "kind": kind, "message": message, "at": _iso(now)}
        with self._transaction() as execute:
            _insert_request(execute, request, run_id, now)
            _insert(execute, "errors", row)
            execute("UPDATE requests SET state = 'failed' WHERE key = ? AND run_id = ?", (request.key, run_id))

    def runs(self, limit: int = 20) -> tuple[RunSummary, ...]:
        """Return the latest runs, newest first; one whose process is gone without a word is `killed`."""
        rows = self._select("SELECT * FROM run_sums ORDER BY run_id DESC LIMIT ?", (limit,))
        return tuple(_run_summary(row) for row in rows)

    def requests_of(self, run_id: int) -> tuple[RequestSummary, ...]:
        """Return the requests of a run, in the order in which they were asked."""
        rows = self._select("SELECT * FROM request_sums WHERE run_id = ? ORDER BY position", (run_id,))
        return tuple(RequestSummary(**_fields(row, RequestSummary.model_fields)) for row in rows)

    def _request(self, row: sqlite3.Row) -> Request:
        """Build a request from its row and the texts it shares with others."""
        messages = tuple(Message(role=role, content=self._text(sha256)) for role, sha256 in json.loads(row["messages"]))
        schema = json.loads(self._text(row["schema_sha256"]))
        return Request(**_fields(row, _REQUEST_FIELDS), messages=messages, reply_schema=schema)

    def _text(self, text_sha256: str) -> str:
        """Return a text by its hash."""
        row = self._select("SELECT text FROM texts WHERE sha256 = ?", (text_sha256,))[0]
        return str(_fields(row, ["text"])["text"])

    def _select(self, query: str, values: tuple[object, ...]) -> list[sqlite3.Row]:
        """Read rows."""
        with _translated(self.path):
            return self._connection.execute(query, values).fetchall()

    def _transaction(self) -> contextlib.AbstractContextManager[Execute]:
        """Open a transaction on this ledger."""
        return _transaction(self._connection, self.path)


class LedgerCapabilities:
    """What endpoints can do, remembered from one run to the next; see `CapabilityStore` in `endpoint.py`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def get(self, base_url: str, model: str) -> Capability | None:
        """Return what was found out before, or None."""
        query = "SELECT * FROM capabilities WHERE base_url = ? AND model = ?"
        with _translated(self._path):
            row = self._connection.execute(query, (_pack(base_url), _pack(model))).fetchone()
        if row is None:
            return None
        fields = _fields(row, ("token_parameter", "note"))
        return Capability(mode=OutputMode(row["mode"]), send_temperature=bool(row["send_temperature"]), **fields)

    def put(self, base_url: str, model: str, capability: Capability) -> None:
        """Remember it, in place of what was known; the database notes the time."""
        with _transaction(self._connection, self._path) as execute:
            execute("DELETE FROM capabilities WHERE base_url = ? AND model = ?", (_pack(base_url), _pack(model)))
            _insert(execute, "capabilities", {"base_url": base_url, "model": model, **capability.model_dump()})


# ---- rows -----------------------------------------------------------------------------------------------------------

Execute = Callable[[str, tuple[object, ...]], sqlite3.Cursor]
_REQUEST_FIELDS: Final = tuple(Request.model_fields.keys() - {"messages", "reply_schema"})  # columns of the same name


def _insert(execute: Execute, table: str, row: dict[str, Any], *, conflict: str = "") -> sqlite3.Cursor:
    """Add a row to a table; the names of both are ours, only the values are foreign."""
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    return execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks}) {conflict}", tuple(_pack(value) for value in row.values())
    )


def _insert_request(execute: Execute, request: Request, run_id: int, now: datetime) -> None:
    """Note that the run is asking this; once per run and key."""
    row = {
        **request.model_dump(include=set(_REQUEST_FIELDS)),
        "key": request.key,
        "run_id": run_id,
        "messages": json.dumps([[message.role, _keep_text(execute, message.content)] for message in request.messages]),
        "schema_sha256": _keep_text(execute, json.dumps(request.reply_schema, ensure_ascii=False)),
        "asked_at": _iso(now),
        "state": "asking",
    }
    again = "ON CONFLICT (key, run_id) DO UPDATE SET asked_at = excluded.asked_at, state = 'asking'"
    _insert(execute, "requests", row, conflict=again)


def _insert_reply(execute: Execute, reply: Reply, run_id: int, now: datetime) -> None:
    """Add a reply; an earlier one to the same request stays."""
    row = {**reply.model_dump(exclude={"usage"}), **reply.usage.model_dump()}
    _insert(execute, "replies", {**row, "run_id": run_id, "received_at": _iso(now)})


def _keep_text(execute: Execute, text: str) -> str:
    """Store the text unless it is there, and return its hash."""
    text_sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    _insert(execute, "texts", {"sha256": text_sha256, "text": text}, conflict="ON CONFLICT DO NOTHING")
    return text_sha256


def _reply(row: sqlite3.Row) -> Reply:
    """Build a reply from its row."""
    plain = _fields(row, Reply.model_fields.keys() - {"mode", "usage"})
    return Reply(**plain, mode=OutputMode(row["mode"]), usage=Usage(**_fields(row, Usage.model_fields)))


def _run_summary(row: sqlite3.Row) -> RunSummary:
    """Build a run from its row; the process tells whether it still runs."""
    state = RunState(row["state"])
    if state is RunState.RUNNING and not _is_alive(row):
        state = RunState.KILLED
    return RunSummary(**_fields(row, RunSummary.model_fields.keys() - {"state"}), state=state)


def _pack(value: object) -> object:
    """Return what SQLite can store: text with a lone surrogate is no UTF-8 and goes in as bytes; the rest passes."""
    if not isinstance(value, str):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
    return str(value)


def _fields(row: sqlite3.Row, names: Iterable[str]) -> dict[str, Any]:
    """Return the named values of a row, `_pack` undone."""
    values = {name: row[name] for name in names}
    return {
        name: value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value
        for name, value in values.items()
    }


def _iso(now: datetime) -> str:
    """Spell a time so that sorting the words sorts the times.

    Errors: ValueError if it has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("a time without a time zone")
    return now.astimezone(UTC).isoformat(timespec="microseconds")


def _age(since: str, now: datetime) -> timedelta:
    """Return the time since; never negative, whichever clock was wrong."""
    return max(now - datetime.fromisoformat(since), timedelta(0))


# ---- processes ------------------------------------------------------------------------------------------------------


def _identity() -> tuple[str, int, str]:
    """Return machine, number and birth of this process."""
    return platform.node(), os.getpid(), _born(os.getpid())


def _born(pid: int) -> str:
    """Return the start time of a process in clock ticks, so that a reused number is not mistaken; empty if unknown.

    Source: field 22 of /proc/<pid>/stat, proc(5); the second field may hold spaces and parentheses.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _is_alive(row: sqlite3.Row) -> bool:
    """Tell whether the process in the row runs on this machine; of other machines nothing is known, so no."""
    if row["host"] != platform.node():
        return False
    if os.name == "nt":
        return True  # os.kill(pid, 0) ends the process on Windows; there a claim counts until it is old
    try:
        os.kill(row["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, and is somebody else's
    return bool(row["born"] == _born(row["pid"]))


# ---- the database ---------------------------------------------------------------------------------------------------


def _make_folder(folder: Path) -> None:
    """Make the ledger's folder; where it is ours, git is told to leave it alone."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.name == FOLDER_NAME and not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        what = f"no folder for the ledger: {error.strerror}"
        raise StoreError(what, path=folder, next_step="Name another place with --ledger") from error


def _prepare(connection: sqlite3.Connection, path: Path, *, deadline: float) -> None:
    """Set the connection up and bring the tables to our version."""
    connection.row_factory = sqlite3.Row
    with _transaction(connection, path, kind="DEFERRED"):  # one view of the file, which another process may be making
        version = _check_kind(connection, path)
    _set_wal(connection, deadline)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    if version < len(_MIGRATIONS):
        _migrate(connection, path)


def _check_kind(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of the tables, 0 for an empty file; nothing is written before this."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner != _APPLICATION_ID and (tables or version or owner):
        raise StoreError("is no ledger (a database of another program)", path=path, next_step=_MOVE_ASIDE)
    if version > len(_MIGRATIONS):
        raise StoreError(
            f"written by a newer version of summariser (ledger version {version})",
            path=path,
            expected=f"This version reads ledgers up to version {len(_MIGRATIONS)}",
            next_step="Install the version that wrote it, or name another file with --ledger",
        )
    return version


def _set_wal(connection: sqlite3.Connection, deadline: float) -> None:
    """Switch to write-ahead logging; SQLite does not wait here if another process is switching, so we do."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Run the migrations that are missing, all or none; another process may have been quicker."""
    with _transaction(connection, path) as execute:
        version = _check_kind(connection, path)
        for migration in _MIGRATIONS[version:]:
            migration(execute)
        execute(f"PRAGMA application_id = {_APPLICATION_ID}", ())
        execute(f"PRAGMA user_version = {len(_MIGRATIONS)}", ())


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection, path: Path, *, kind: str = "IMMEDIATE") -> Iterator[Execute]:
    """Run a block as one transaction that nobody else writes in; all of it is saved, or nothing."""
    with _translated(path):
        connection.execute(f"BEGIN {kind}")
        try:
            yield connection.execute
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
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise
    except sqlite3.Error as error:
        what, next_step = _ADVICE.get(_code(error), (f"cannot be used: {error}", _MOVE_ASIDE))
        raise StoreError(what, path=path, next_step=next_step) from error


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, 0 where the error did not come from the file."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _make_tables(execute: Execute) -> None:
    """Make the tables of version 1."""
    for statement in _VERSION_1:
        execute(statement, ())


_VERSION_1: Final = (
    """CREATE TABLE runs (
        run_id INTEGER PRIMARY KEY AUTOINCREMENT, started_at TEXT NOT NULL, ended_at TEXT, command TEXT NOT NULL,
        model TEXT NOT NULL, base_url TEXT NOT NULL, pages INTEGER NOT NULL, records INTEGER NOT NULL DEFAULT 0,
        failures INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'running', host TEXT NOT NULL,
        pid INTEGER NOT NULL, born TEXT NOT NULL)""",
    "CREATE TABLE texts (sha256 TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE requests (
        position INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, run_id INTEGER NOT NULL REFERENCES runs,
        purpose TEXT NOT NULL, page_id TEXT NOT NULL, article_id TEXT NOT NULL, prompt TEXT NOT NULL,
        model TEXT NOT NULL, attempt INTEGER NOT NULL, messages TEXT NOT NULL, schema_name TEXT NOT NULL,
        schema_sha256 TEXT NOT NULL REFERENCES texts, temperature REAL NOT NULL, max_tokens INTEGER NOT NULL,
        asked_at TEXT NOT NULL, state TEXT NOT NULL, UNIQUE (key, run_id))""",
    "CREATE INDEX requests_by_run ON requests (run_id)",
    """CREATE TABLE replies (
        reply_id INTEGER PRIMARY KEY AUTOINCREMENT, request_key TEXT NOT NULL, run_id INTEGER NOT NULL REFERENCES runs,
        text TEXT NOT NULL, reasoning TEXT, model TEXT NOT NULL, finish_reason TEXT NOT NULL, mode TEXT NOT NULL,
        prompt_tokens INTEGER, completion_tokens INTEGER, cached_tokens INTEGER, seconds REAL NOT NULL,
        sends INTEGER NOT NULL, received_at TEXT NOT NULL)""",
    "CREATE INDEX replies_by_key ON replies (request_key)",
    "CREATE INDEX replies_by_run ON replies (run_id)",
    """CREATE TABLE errors (
        error_id INTEGER PRIMARY KEY AUTOINCREMENT, request_key TEXT NOT NULL, run_id INTEGER NOT NULL REFERENCES runs,
        kind TEXT NOT NULL, message TEXT NOT NULL, at TEXT NOT NULL)""",
    "CREATE INDEX errors_by_run ON errors (run_id, request_key)",
    """CREATE TABLE capabilities (
        base_url TEXT NOT NULL, model TEXT NOT NULL, mode TEXT NOT NULL, token_parameter TEXT NOT NULL,
        send_temperature INTEGER NOT NULL, note TEXT NOT NULL,
        found_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')), PRIMARY KEY (base_url, model))""",
    """CREATE VIEW run_sums AS SELECT runs.*,
        (SELECT count(*) FROM requests WHERE requests.run_id = runs.run_id) AS requests,
        (SELECT count(*) FROM requests WHERE requests.run_id = runs.run_id AND attempt > 0) AS repairs,
        (SELECT count(*) FROM errors WHERE errors.run_id = runs.run_id) AS errors,
        count(reply_id) AS replies, coalesce(sum(prompt_tokens), 0) AS prompt_tokens,
        coalesce(sum(completion_tokens), 0) AS completion_tokens, coalesce(sum(cached_tokens), 0) AS cached_tokens,
        coalesce(sum(seconds), 0.0) AS seconds
        FROM runs LEFT JOIN replies USING (run_id) GROUP BY runs.run_id""",
    """CREATE VIEW request_sums AS SELECT requests.*, finish_reason, prompt_tokens, completion_tokens, seconds,
        errors.kind AS error_kind, errors.message AS error
        FROM requests
        LEFT JOIN replies ON reply_id = (SELECT max(reply_id) FROM replies AS latest
            WHERE latest.request_key = requests.key AND latest.run_id = requests.run_id)
        LEFT JOIN errors ON error_id = (SELECT max(error_id) FROM errors AS latest
            WHERE latest.request_key = requests.key AND latest.run_id = requests.run_id)""",
)
_MIGRATIONS: Final[tuple[Callable[[Execute], None], ...]] = (_make_tables,)
