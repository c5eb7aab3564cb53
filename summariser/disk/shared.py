"""The disk door to places that machines share: a folder, or an address that fsspec knows (`s3://`, `memory://`).

A folder is used where it stands, with all that `whole_file.py` promises. Of an address the files of a page are
borrowed: copied into a folder of this machine, worked on there as anywhere, and what changed is given back. An object
is put whole or not at all by every store. One that others changed meanwhile is not replaced: it is read again before it
is, and an object that was not there is put on the condition that there is none, where the store can do that (S3, GCS);
elsewhere two workers that put the same object in the same moment may both succeed. Whatever a store lists or holds is
untrusted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import unquote, urlsplit

from summariser.disk.files import create_file, disk_refusals, write_file
from summariser.errors import ConfigError, StoreError
from summariser.schema.exchange import Reply

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
    """The path that is meant by a path or by `file:///...`."""
    return Path(unquote(urlsplit(place).path)) if isinstance(place, str) and place.startswith("file:") else Path(place)


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
    """Replies as objects that are written once, for each endpoint below a folder of its own; a `ReplyStore`.

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
