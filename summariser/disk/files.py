"""Atomic writes of files on this machine, and files at addresses that machines share (`s3://`, `memory://`).

A file is written beside its place, flushed, and renamed: a reader sees the old file or the new one, and a power cut
changes nothing about that. If two processes write the same file, the last whole one wins. What a killed run left half
done is swept away by the next one, which can tell whether the process still runs. Whatever the disk refuses is said as
a StoreError, with what to do about it.

A folder is used where it stands. Of an address (any that fsspec knows) the files of a page are borrowed: copied into a
folder of this machine, worked on there as anywhere, and what changed is given back. An object is put whole or not at
all by every store. One that others changed meanwhile is not replaced: it is read again before it is, and an object that
was not there is put on the condition that there is none, where the store can do that (S3, GCS); elsewhere two workers
that put the same object in the same moment may both succeed. Whatever a store lists or holds is untrusted.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import platform
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from summariser.errors import ConfigError, InputError, StoreError
from summariser.tables import read_table

if TYPE_CHECKING:
    from summariser.schema.exchange import Reply

CAN_SEE_PROCESSES = os.name != "nt"  # there os.kill(pid, 0) ends the process


_OWN_SPACE: Final = "pid:[4026531836]"  # of processes outside of any container: PROC_PID_INIT_INO of Linux


class Process(NamedTuple):
    """A process, named so that another machine's or a reused number is not mistaken for it.

    Shape: containers count their processes by themselves, so `host` names that of a container beside the machine.
    Units: `born` is its start time in clock ticks, as text; empty where the system does not tell.
    """

    host: str
    pid: int
    born: str


def this_process() -> Process:
    """Return the process that asks."""
    return _identify(os.getpid())


def is_alive(process: Process) -> bool | None:
    """Tell whether the process runs; None where it cannot be seen: another machine, another container, Windows."""
    if process == this_process():
        return True
    if process.host != this_process().host or not CAN_SEE_PROCESSES:
        return None
    try:
        os.kill(process.pid, 0)
    except (ProcessLookupError, OverflowError):  # a number that no process has
        return False
    except PermissionError:
        pass  # it lives, and is somebody else's
    return process.born == _born(process.pid)


@lru_cache(maxsize=1)  # asked with each file that is written; a forked process has another number
def _identify(pid: int) -> Process:
    """Return the running process of a number."""
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = _OWN_SPACE
    return Process(platform.node() if space == _OWN_SPACE else f"{platform.node()} {space}", pid, _born(pid))


def _born(pid: int) -> str:
    """Return the start time of a process in clock ticks, so that a reused number is not mistaken; empty if unknown.

    Source: field 22 of /proc/<pid>/stat, proc(5); the second field may hold spaces and parentheses.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


TEMP_PREFIX: Final = ".summariser-"
STALE_TEMP_S: Final = 3600  # no write takes an hour: the run of another machine that left this was killed

_REFUSALS: Final = read_table("refusals")  # read beforehand: a disk that refuses may refuse this file as well
_OWN_NAME: Final = r"\.summariser-([0-9a-f]{8})-([0-9]+)-([0-9]+)-[0-9a-f]{8}"
_TEMP_NAME: Final = re.compile(rf"{_OWN_NAME}\.tmp")
_OLD_NAME: Final = re.compile(rf"{_OWN_NAME}\.([0-9a-f]{{8}})\.old")


def write_file(path: Path, content: bytes, *, one_of_many: bool = False) -> None:
    """Put the bytes at `path` in one step, on the disk and not only in its cache, or leave everything as it was.

    Shape: of `one_of_many` in a folder the name is on the disk for certain after `sync_folder`; until then a power cut
    may leave what was there before.
    """
    _put(path, content, lambda temp: temp.replace(path), is_last=not one_of_many)


# What disks answer that know no second names for a file: FAT, FUSE without them, FAT of Windows.
_NO_LINKS: Final = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


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
            if error.errno not in _NO_LINKS:
                raise
            temp.replace(path)
        temp.unlink(missing_ok=True)

    if os.path.lexists(path):
        return False
    _put(path, content, link)
    return created


def temporary_path(folder: Path) -> Path:
    """A place in the folder that nobody else uses; the name tells who does: `sweep` finds what a kill leaves."""
    me = this_process()
    return folder / f"{TEMP_PREFIX}{_mark(me.host)}-{me.pid}-{me.born or 0}-{secrets.token_hex(4)}.tmp"


def swap(fresh: Path, folder: Path) -> None:
    """Put `fresh` where `folder` is; the old one is removed last, and comes back if the new one cannot be put there."""
    if not folder.exists():
        fresh.replace(folder)
        return
    old = temporary_path(folder.parent).with_suffix(f".{_mark(folder.name)}.old")  # the name tells of which it was
    os.utime(folder)  # from when it counts as left behind where our process cannot be seen
    folder.replace(old)
    try:
        fresh.replace(folder)
    except OSError:
        old.replace(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def take_back(folder: Path) -> None:
    """Put back what a run that was killed while it swapped the folder had set aside; where it had gone on, remove it.

    Errors: StoreError if the disk refuses.
    """
    with disk_refusals(folder):
        for old in folder.parent.glob(f"{TEMP_PREFIX}*.old"):
            name = _OLD_NAME.fullmatch(old.name)
            if name and name[4] == _mark(folder.name) and not old.is_symlink() and _is_left(name, old.stat().st_mtime):
                if os.path.lexists(folder):
                    shutil.rmtree(old, ignore_errors=True)
                else:
                    old.replace(folder)


def _put(path: Path, content: bytes, settle: Callable[[Path], object], *, is_last: bool = True) -> None:
    """Write the bytes beside `path`, and let `settle` give that file its name."""
    folder = path.parent
    temp = temporary_path(folder)
    refuse_device(path)
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)  # so that it survives a power cut
        written_s = _write_through(temp, content)
        sweep(folder, int(written_s // STALE_TEMP_S))
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
    """Remove the file, if it is there: a read-only disk refuses also where it is not."""
    if os.path.lexists(path):
        with disk_refusals(path):
            path.unlink(missing_ok=True)


def sync_file(path: Path) -> None:
    """Return once what others wrote into a file, if it is there, is on the disk itself. Errors: StoreError."""
    with disk_refusals(path), contextlib.suppress(FileNotFoundError), path.open("r+b") as file:
        os.fsync(file.fileno())


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
    """Return what stands for a machine, or for a folder, in the name of a file."""
    return hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:8]


@lru_cache(maxsize=1024)  # once an hour: to list a folder of a hundred thousand pages with each page is their square
def sweep(folder: Path, hour: int) -> None:
    """Remove what killed runs left in the folder; `hour` is of the disk's own time, counted from 1970."""
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # another process may sweep as well
                name = _TEMP_NAME.fullmatch(entry.name)
                if name and _is_left(name, entry.stat().st_mtime, hour * STALE_TEMP_S):
                    remove = shutil.rmtree if entry.is_dir(follow_symlinks=False) else os.unlink
                    remove(entry.path)


def _is_left(name: re.Match[str], written_s: float, now_s: float | None = None) -> bool:
    """Tell whether the process that wrote a file ran on this machine and is gone, or wrote it more than an hour ago."""
    host = this_process().host
    writer = Process(host, int(name[2]), name[3] if name[3] != "0" else "")
    is_orphan = name[1] == _mark(host) and is_alive(writer) is False
    return is_orphan or written_s < (time.time() if now_s is None else now_s) - STALE_TEMP_S


MARK: Final = "://"
_REPLIES: Final = ".summariser/replies"  # below the records; hidden, so that nobody takes them for records
_LONGEST_REPLY: Final = 20_000_000  # bytes; the client takes no longer one


class LocalFolder:
    """A folder of this machine, or of a disk that it shares with others. Errors: StoreError if the disk refuses."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None if there is none."""
        path = self.path / name
        with disk_refusals(path):
            return path.read_bytes() if path.exists() else None

    def create(self, name: str, content: bytes) -> bool:
        """Put a file, unless there is one; tell whether it was put."""
        return create_file(self.path / name, content)


class ObjectFolder:
    """What stands below an address.

    Errors: ConfigError if nothing is known of such addresses; StoreError for what the store refuses.
    """

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        try:
            self._fs, root = import_module("fsspec.core").url_to_fs(address)
        except ImportError as error:
            hint = "pip install fsspec, and what it asks for: s3fs for s3://"
            raise ConfigError(f"{error}", where=address, next_step=hint) from error
        except ValueError as error:
            raise ConfigError(f"{error}", where=address, expected="An address that fsspec knows") from error
        self._root = str(root).rstrip("/")

    def find(self, below: str = "") -> list[str]:
        """The names of all files below the address, or below a folder there; none if it does not exist."""
        place = f"{self._root}/{below}".rstrip("/")
        with self._refusals(below):
            if self._fs.isfile(place):
                return [below]
            self._fs.invalidate_cache(place)
            found = [str(name) for name in self._fs.find(place)]
        return sorted(name.removeprefix(self._root).lstrip("/") for name in found)

    def list_pages(self, end: str) -> list[str]:
        """The names that stand directly below the address and end so."""
        with self._refusals(""):
            self._fs.invalidate_cache(self._root)
            found = self._fs.ls(self._root, detail=False) if self._fs.isdir(self._root) else []
        return sorted(name for name in (PurePosixPath(str(each)).name for each in found) if name.endswith(end))

    def read(self, name: str) -> bytes | None:
        """As `LocalFolder.read`."""
        with self._refusals(name):
            try:
                return bytes(self._fs.cat_file(self._place(name)))
            except FileNotFoundError:
                return None

    def create(self, name: str, content: bytes) -> bool:
        """As `LocalFolder.create`."""
        with self._refusals(name):
            try:
                self._fs.pipe_file(self._place(name), content, mode="create")
            except FileExistsError:
                return False
        return True

    def replace(self, name: str, content: bytes | None, *, seen: bytes | None) -> None:
        """Put a file in place of what was seen there, or take it away if `content` is None.

        Errors: StoreError if something else stands there by now.
        """
        now = self.read(name)
        if now == content:
            return
        if now != seen or (seen is None and not self.create(name, content or b"")):
            what, next_step = "was changed by somebody else meanwhile, and stays as it is", "Run the page again"
            raise StoreError(what, path=f"{self.address}/{name}", next_step=next_step)
        with self._refusals(name):
            if content is None:
                self._fs.rm_file(self._place(name))
            elif seen is not None:
                self._fs.pipe_file(self._place(name), content)

    def _place(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    @contextmanager
    def _refusals(self, name: str) -> Iterator[None]:
        """Say what the store refuses."""
        try:
            yield
        except OSError as error:
            what = f"the store refuses: {error.strerror or error}"
            next_step = "Check the address and what you may do there"
            raise StoreError(what, path=f"{self.address}/{name}", next_step=next_step) from error


def is_address(place: Path | str) -> bool:
    """Tell whether a place is an address, and no path of this machine; `file:///...` is a path."""
    return MARK in str(place) and not str(place).startswith("file:")


def open_folder(place: Path | str) -> LocalFolder | ObjectFolder:
    """The folder at a path or an address. Errors: as `ObjectFolder`."""
    return ObjectFolder(str(place)) if is_address(place) else LocalFolder(local_path(place))


def local_path(place: Path | str) -> Path:
    """The path that is meant by a path or by `file:///...`, with what may stand behind it (`#page=2`).

    Errors: InputError for no character at all, and for an address; ConfigError for one on another machine, which
    `file://folder` is.
    """
    if not str(place):
        raise InputError("an empty path names nothing", path="", next_step="Name a file or folder; . is the one here")
    if is_address(place):
        next_step = "Addresses are for the commands `summariser run`, `check`, `upgrade` and `export`"
        raise InputError("is an address, and a path is wanted here", path=place, next_step=next_step)
    if not (isinstance(place, str) and place.startswith("file:")):
        return Path(place)
    path = place.removeprefix("file:")
    if path.startswith("//"):
        machine, slash, below = path[2:].partition("/")
        if machine not in ("", "localhost"):
            what = f"{place} names a file of another machine, {machine}"
            raise ConfigError(what, next_step="Write three slashes, as in file:///folder, or the path alone")
        path = slash + below
    return Path(unquote(path))


@contextmanager
def borrow_file(address: str, *, beside: str = "") -> Iterator[Path]:
    """A copy of the file at an address for as long as the block lasts, with another one that may stand beside it.

    Shape: below the folders that it has there, because their names may tell the issue.
    Errors: StoreError if there is no such file.
    """
    head, _, name = address.rpartition("/")
    folder = ObjectFolder(head)
    with TemporaryDirectory(prefix="summariser-") as scratch:
        place = _below(Path(scratch), head.partition(MARK)[2])
        for each in filter(None, (name, beside)):
            if (content := folder.read(each)) is not None:
                write_file(_below(place, each), content)
        if not (place / name).exists():
            raise StoreError("there is no such file", path=address, next_step="Check the address")
        yield place / name


class Borrowed:
    """Files of an address in a folder of this machine; used as `with borrow(folder) as borrowed`."""

    def __init__(self, folder: ObjectFolder, path: Path) -> None:
        self.path = path
        self._folder = folder
        self._seen: dict[str, bytes] = {}

    def take(self, names: Iterable[str]) -> None:
        """Copy these files here, those that are there."""
        for name in names:
            if name not in self._seen and (content := self._folder.read(name)) is not None:
                write_file(_below(self.path, name), content)
                self._seen[name] = content

    def take_page(self, page_id: str, end: str) -> None:
        """Copy the records of a page here, and its manifest, whose name ends so."""
        self.take([f"{page_id}{end}", *self._folder.find(page_id)])

    def give_back(self) -> None:
        """Put what changed here in its place, records before the manifests of their pages.

        Errors: StoreError if somebody else changed one of these files meanwhile.
        """
        files = {path.relative_to(self.path).as_posix(): path for path in self.path.rglob("*") if path.is_file()}
        for name in sorted(files.keys() | self._seen.keys(), key=lambda each: ("/" not in each, each)):
            content = files[name].read_bytes() if name in files else None
            if content != self._seen.get(name):
                self._folder.replace(name, content, seen=self._seen.get(name))


@contextmanager
def borrow(folder: ObjectFolder) -> Iterator[Borrowed]:
    """An empty folder of this machine for files of an address; it is gone after the block."""
    with TemporaryDirectory(prefix="summariser-") as scratch:
        yield Borrowed(folder, Path(scratch).resolve())


class SharedReplies:
    """Replies as objects that are written once, for each endpoint below a folder of its own.

    Shape: `.summariser/replies/ENDPOINT/abc/abc...json` below the folder of the records; the name is the key of the
    request. Two workers that ask the same in the same moment both pay, and the first reply to come is the one that
    everybody finds.
    Errors: StoreError if the place refuses, or holds something that is no such reply.
    """

    def __init__(self, folder: LocalFolder | ObjectFolder, endpoint: str) -> None:
        self._folder = folder
        self._head = f"{_REPLIES}/{hashlib.sha256(endpoint.encode()).hexdigest()[:16]}"

    def find(self, key: str) -> Reply | None:
        """The reply to the request with this key; None if nobody has one."""
        from summariser.schema.exchange import Reply  # heavy: pydantic, which git, calling us for each file, needs not

        name = self._name(key)
        content = self._folder.read(name)
        if content is None:
            return None
        try:
            reply = Reply.model_validate(json.loads(content[:_LONGEST_REPLY]), strict=False)
        except (ValueError, RecursionError):
            reply = None
        if reply is None or reply.request_key != key:
            raise StoreError("holds no reply to its request", path=name, next_step="Delete it; it is asked for again")
        return reply

    def save(self, reply: Reply) -> None:
        """Keep a reply, unless there is one to the same request."""
        self._folder.create(self._name(reply.request_key), json.dumps(reply.model_dump(mode="json")).encode())

    def _name(self, key: str) -> str:
        digest = key.removeprefix("sha256:")
        return f"{self._head}/{digest[:3]}/{digest}.json"


def _below(folder: Path, name: str) -> Path:
    """Where a file of this name goes below a folder. Errors: StoreError if the name leads out of it."""
    parts = PurePosixPath(name).parts
    if any(part in ("..", "/") or "\\" in part or "\0" in part for part in parts):
        raise StoreError(f"{name[:200]!r} leads out of its folder", path=folder, next_step="Rename the object")
    return folder.joinpath(*parts)
