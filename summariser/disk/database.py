"""The ledger's SQLite file: its tables, and how it is opened, brought to our version, read and written.

Each write is one transaction that nobody else writes in; once it has returned, killing the process loses nothing. What
SQLite says about the file becomes a StoreError with advice; a programmer's mistake passes as it is.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from summariser.disk.whole_file import advice
from summariser.errors import StoreBusyError, StoreError

FOLDER_NAME: Final = ".summariser"  # our folder in a project; git is told to leave it alone

Execute = Callable[[str, tuple[object, ...]], sqlite3.Cursor]

_APPLICATION_ID: Final = 0x53554D31  # "SUM1": tells our databases from those of other programs
_MOVE_ASIDE: Final = (
    "Move the file aside (nothing in it was changed) or name another one with --ledger; a new one is made"
)
_VERSIONS: Final = 3  # of the tables: `ledger_1.sql` makes them, each further file leads to the next version


class Database:
    """An open file; made by `open_database`, used by one thread.

    Errors: every method raises StoreError if the disk or another process is in the way.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._inode = _inode(path)

    def close(self) -> None:
        """Close the file; what was saved stays."""
        self._connection.close()

    @contextlib.contextmanager
    def reading(self, query: str, values: tuple[object, ...]) -> Iterator[list[sqlite3.Row]]:
        """Give the rows to a block that makes something of them; `unpack` gives their values.

        Errors: StoreError also if the block cannot make anything of them.
        """
        with _translated(self.path):
            try:
                yield _execute(self._connection, query, values).fetchall()
            except (ValueError, TypeError, LookupError) as error:
                raise StoreError("holds a row that is none of ours", path=self.path, next_step=_MOVE_ASIDE) from error

    def transaction(self) -> contextlib.AbstractContextManager[Execute]:
        """Run a block as one transaction that nobody else writes in; all of it is saved, or nothing."""
        if _inode(self.path) != self._inode:
            what = "was deleted or replaced while it was in use"
            raise StoreError(what, path=self.path, next_step="Put it back, or run again to begin a new one")
        return _transaction(self._connection, self.path)


def open_database(path: Path | None, *, timeout_s: float = 10.0) -> Database:
    """Open the file, which is made if it is not there; None keeps it in memory.

    Units: `timeout_s` is how long a call waits for another process, in seconds.
    Errors: StoreError: no database, damaged, of a newer version, locked, or the disk refuses.
    """
    place = path or Path(":memory:")
    if path is not None:
        make_folder(path.parent, next_step="Name another place with --ledger")
    with _translated(place):
        connection = sqlite3.connect(place, timeout=timeout_s, isolation_level=None)
        try:
            _prepare(connection, place, deadline=time.monotonic() + timeout_s)
        except BaseException:
            connection.close()
            raise
    return Database(connection, place)


def make_folder(folder: Path, *, next_step: str) -> None:
    """Make the folder of a database; where it is ours, git is told to leave it alone. Errors: StoreError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.name == FOLDER_NAME and not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        what = f"no folder can be made for the database: {error.strerror}"
        raise StoreError(what, path=folder, next_step=next_step) from error


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
    """Run one statement on values of any text."""
    return connection.execute(query, tuple(map(_pack, values)))


def _pack(value: object) -> object:
    """Return what SQLite can store: text with a lone surrogate is no UTF-8 and goes in as bytes; the rest passes."""
    if not isinstance(value, str):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
    return str(value)


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
    if owner != _APPLICATION_ID and (tables or version or owner):
        raise StoreError("is no ledger (a database of another program)", path=path, next_step=_MOVE_ASIDE)
    if version > _VERSIONS:
        raise StoreError(
            f"written by a newer version of summariser (ledger version {version})",
            path=path,
            expected=f"This version reads ledgers up to version {_VERSIONS}",
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
        for number in range(version + 1, _VERSIONS + 1):
            script = (files("summariser.disk") / f"ledger_{number}.sql").read_text(encoding="utf-8")
            for statement in script.split(";\n"):
                execute(statement, ())
        execute(f"PRAGMA application_id = {_APPLICATION_ID}", ())
        execute(f"PRAGMA user_version = {_VERSIONS}", ())


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection, path: Path, *, kind: str = "IMMEDIATE") -> Iterator[Execute]:
    """Run a block as one transaction that nobody else writes in; all of it is saved, or nothing."""
    with _translated(path):
        connection.execute(f"BEGIN {kind}")
        try:
            yield partial(_execute, connection)
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
        code = _code(error)
        what, next_step = advice("sqlite3", code) or (f"cannot be used: {error}", _MOVE_ASIDE)
        kind = StoreBusyError if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) else StoreError
        raise kind(what, path=path, next_step=next_step) from error


def _inode(path: Path) -> int | None:
    """Return what tells a file from another one of its name; None if there is none, as for one in memory."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, 0 where the error did not come from the file."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
