"""Files that are whole or not there: written beside their place, flushed, and renamed.

A reader sees the old file or the new one, and a power cut changes nothing about that. If two processes write the same
file, the last whole one wins. What a killed run left half done is swept away by the next one, which can tell whether
the process still runs. Whatever the disk refuses is said as a StoreError, with what to do about it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import platform
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

from summariser.errors import StoreError
from summariser.tables import read_table

CAN_SEE_PROCESSES = os.name != "nt"  # there os.kill(pid, 0) ends the process


class Process(NamedTuple):
    """A process, named so that another machine's or a reused number is not mistaken for it.

    Units: `born` is its start time in clock ticks, as text; empty where the system does not tell.
    """

    host: str
    pid: int
    born: str


def this_process() -> Process:
    """Return the process that asks."""
    return _identify(os.getpid())


def is_alive(process: Process) -> bool:
    """Tell whether the process runs on this machine; of other machines nothing is known, so no."""
    if process == this_process():
        return True
    if process.host != platform.node():
        return False
    if not CAN_SEE_PROCESSES:
        return True  # there a claim counts until it is old
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, and is somebody else's
    return process.born == _born(process.pid)


@lru_cache(maxsize=1)  # asked with each file that is written; a forked process has another number
def _identify(pid: int) -> Process:
    """Return the running process of a number."""
    return Process(platform.node(), pid, _born(pid))


def _born(pid: int) -> str:
    """Return the start time of a process in clock ticks, so that a reused number is not mistaken; empty if unknown.

    Source: field 22 of /proc/<pid>/stat, proc(5); the second field may hold spaces and parentheses.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


STALE_TEMP_S: Final = 3600  # no write takes an hour: the run of another machine that left this was killed

_REFUSALS: Final = read_table("refusals")  # read beforehand: a disk that refuses may refuse this file as well
_TEMP_NAME: Final = re.compile(r"\.summariser-([0-9a-f]{8})-([0-9]+)-([0-9]+)-[0-9a-f]{8}\.tmp")


def write_file(path: Path, content: bytes, *, one_of_many: bool = False) -> None:
    """Put the bytes at `path` in one step, on the disk and not only in its cache, or leave everything as it was.

    Shape: of `one_of_many` in a folder the name is on the disk for certain after `sync_folder`; until then a power cut
    may leave what was there before.
    """
    _put(path, content, lambda temp: temp.replace(path), is_last=not one_of_many)


def create_file(path: Path, content: bytes) -> bool:
    """Put the bytes at `path` as `write_file` does, unless something stands there; tell whether they were put.

    Shape: of two that create the same file, one does, also on a network disk; where the disk knows no second names for
    a file (FAT), both may, and the later one stays.
    """
    created = True

    def link(temp: Path) -> None:
        nonlocal created
        try:
            path.hardlink_to(temp)
        except FileExistsError:
            created = False
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP):
                raise
            temp.replace(path)
        temp.unlink(missing_ok=True)

    if os.path.lexists(path):
        return False
    _put(path, content, link)
    return created


def _put(path: Path, content: bytes, settle: Callable[[Path], object], *, is_last: bool = True) -> None:
    """Write the bytes beside `path`, and let `settle` give that file its name."""
    me = this_process()  # its temporary file has a name that nobody else uses and that tells who writes it
    name = f".summariser-{_mark(me.host)}-{me.pid}-{me.born or 0}-{secrets.token_hex(4)}.tmp"
    folder = path.parent
    temp = folder / name
    refuse_device(path)
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)  # so that it survives a power cut
        written_s = _write_through(temp, content)
        _sweep(folder, int(written_s // STALE_TEMP_S))
        settle(temp)
        if is_last:
            sync_folder(folder)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temp.unlink()
        if isinstance(error, OSError):
            raise disk_error(error, path) from error
        raise


def refuse_device(path: Path) -> None:
    """Raise StoreError for a pipe, a socket or a device: a file would take its place, or reading it never end."""
    try:
        mode = path.lstat().st_mode
    except OSError:  # whoever reads or writes it says so
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
        raise StoreError("a device or a pipe, no file", path=path, next_step="Name a file or folder of your own")


def back_up(path: Path) -> None:
    """Copy the file to the first free of `.bak`, `.bak2`, `.bak3` ..."""
    number, target = 1, path.with_name(path.name + ".bak")
    while os.path.lexists(target):
        number += 1
        target = path.with_name(f"{path.name}.bak{number}")
    with disk_refusals(path):
        content = path.read_bytes()
    write_file(target, content)


def remove_file(path: Path) -> None:
    """Remove the file, if it is there."""
    with disk_refusals(path):
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Flush the names in the folder; some systems (Windows, some network disks) cannot, and need not."""
    if os.name == "nt":
        return
    with disk_refusals(folder):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def disk_refusals(path: Path) -> Iterator[None]:
    """Say in words what the system refuses within the block. Errors: StoreError."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error


def disk_error(error: OSError, path: Path) -> StoreError:
    """Say in words what the system refused, and what to do."""
    unknown = error.strerror or str(error), "Check the disk and run again"
    what, next_step = advice("errno", error.errno or 0) or unknown
    return StoreError(what, path=path, next_step=next_step)


def advice(module: str, code: int) -> tuple[str, str] | None:
    """What `refusals.csv` says of a code of `errno` or `sqlite3`: what was refused, and what to do; None if nothing."""
    codes = vars(import_module(module))
    rows = (row for row in _REFUSALS if row["module"] == module and codes.get(row["code"]) == code)
    return next(((row["what"], row["next_step"]) for row in rows), None)


def _write_through(path: Path, content: bytes) -> float:
    """Make the file, which must not exist, and flush it to the disk; when that was, by the disk's own time."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
        return os.fstat(descriptor).st_mtime


@cache
def _mark(host: str) -> str:
    """Return what stands for a machine in the name of a file."""
    return hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:8]


@lru_cache(maxsize=1024)  # once an hour: to list a folder of a hundred thousand pages with each page is their square
def _sweep(folder: Path, hour: int) -> None:
    """Remove what killed runs left in the folder; `hour` is of the disk's own time, counted from 1970."""
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # another process may sweep as well
                name = _TEMP_NAME.fullmatch(entry.name)
                if name and (_is_orphan(name) or entry.stat().st_mtime < (hour - 1) * STALE_TEMP_S):
                    Path(entry.path).unlink()


def _is_orphan(name: re.Match[str]) -> bool:
    """Tell whether the process that wrote a file ran on this machine and is gone."""
    host = this_process().host
    writer = Process(host, int(name[2]), name[3] if name[3] != "0" else "")
    return name[1] == _mark(host) and not is_alive(writer)
