"""The desk's folders: what was asked lies there, and what a person put beside it is the reply.

Every request has a folder `NNN` with `request.json` (what was sent) and `request.md` (the same, to paste into a chat);
a repair has `repair.md` as well, which is enough in the chat that gave the last answer. The reply is `reply.json` or
`reply.txt` beside them, once it is whole: a file is written in pieces, so JSON that has not come to its end waits.

The folders are the only memory: the same body asked again meets its old folder, unless a run wants a reply of its own
(`--fresh`, `--samples`); `draw.txt` then says for which draw it is. `request.json` is written last and in one move, so
a folder that has it is whole; `answered.json` says a reply was used. Nothing sent decides a file name.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from summariser.desks.desk_request import RefusedError, hash_body, parse_body
from summariser.desks.pasting import render_repair, render_request, spell_json

REPLY_FILES = ("reply.json", "reply.txt")  # the first one that can be used is the reply
MAX_REPLY_BYTES = 5 * 1024 * 1024
_NUMBER = re.compile(r"[0-9]{3,9}")
_OPENING = re.compile(r'\{\s*(?:["}]|\Z)|\[\s*(?:[{\[]|\Z)')  # how JSON of ours begins, and prose hardly ever does
_CLOSING = re.compile(r"[}\]]\s*(?:```\s*)?\Z")
_QUOTED = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)', re.DOTALL)

_DRAW_FILE: Final = "draw.txt"  # which draw the request is for, where it asks for one of its own

Announce = Callable[[str], None]
Mark = tuple[int, int, int]


class DeskFolder:
    """The requests of one desk and their replies, on disk.

    Shape: a request is named by its number, as its folder is; `announce` gets a line for the person now and then.
    Errors: OSError if the disk is in the way.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime], announce: Announce) -> None:
        self.path = path
        self._now = now
        self._announce = announce
        self._sha256_by_number: dict[str, str | None] = {}  # None: its request.json cannot be read
        self._unusable: set[tuple[Path, Mark]] = set()

    def list_requests(self) -> list[str]:
        """Return the numbers that hold a whole request, in order."""
        return [number for number in self._list_numbers() if (self.path / number / "request.json").is_file()]

    def is_answered(self, number: str) -> bool:
        """Tell whether a reply was given out."""
        return (self.path / number / "answered.json").is_file()

    def take_request(self, body: dict[str, Any], draw: str = "") -> str:
        """Return the number of the folder for this body: an earlier one if there is one, answered ones first.

        A body that is asked for another draw (letters and digits) was not asked before.

        No `await` in here: of two equal requests at once, the second finds the folder of the first.
        """
        body_sha256 = hash_body(body, draw)
        self._learn_folders()
        same = [number for number, sha256 in self._sha256_by_number.items() if sha256 == body_sha256]
        if same:
            return min(same, key=lambda number: (self.read_answered(number) is None, int(number)))
        number = self._open_folder(body, draw)
        self._sha256_by_number[number] = body_sha256
        self._announce(f"{number} waits: {(self.path / number / 'request.md').as_posix()}")
        return number

    def read_answered(self, number: str) -> str | None:
        """Return the reply this folder has given before, or None; a reply deleted since means: answer it again."""
        try:
            answered = json.loads((self.path / number / "answered.json").read_bytes())
            name = answered["file"]
            return _read_reply_file(self.path / number / name) if name in REPLY_FILES else None
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def mark_replies(self, number: str) -> dict[str, Mark]:
        """Return what stands where a reply goes: for each file a mark that changes when it does."""
        return {name: mark for name in REPLY_FILES if (mark := _look_at(self.path / number / name))}

    def read_body(self, number: str) -> dict[str, Any]:
        """Return what was asked. Errors: RefusedError if it can no longer be read, OSError."""
        if number not in self._list_numbers():
            raise FileNotFoundError(f"there is no request {number[:20]}")
        return parse_body((self.path / number / "request.json").read_bytes())

    def put_reply(self, number: str, text: str) -> None:
        """Put a whole reply into the folder, for whoever waits or asks again.

        Errors: FileExistsError if there is a reply already, which stays; ValueError if the text is unfinished or too
        long; OSError.
        """
        raw = _encode(text)
        if not text.strip() or is_unfinished(text, is_json=False) or len(raw) > MAX_REPLY_BYTES:
            raise ValueError(f"a reply has an end, and at most {MAX_REPLY_BYTES} bytes")
        if number not in self._list_numbers():
            raise FileNotFoundError(f"there is no request {number[:20]}")
        path = self.path / number / "reply.txt"
        partial = path.with_name(f".reply.{secrets.token_hex(4)}.part")
        try:
            partial.write_bytes(raw)
            _move_to_free(partial, path)
        finally:
            partial.unlink(missing_ok=True)

    def read_given(self, number: str) -> str | None:
        """Return the reply that lies in the folder, handed out or not, or None; one that is unfinished is none."""
        for name in REPLY_FILES:
            with suppress(OSError, ValueError):
                return _read_whole_reply(self.path / number / name)
        return None

    def read_reply(self, number: str, marks: Mapping[str, Mark]) -> str | None:
        """Return the first of the marked files that can be used, which is noted, or None."""
        path = self.path / number
        for name in REPLY_FILES:
            text = self._try_reply(path / name, marks[name]) if name in marks else None
            if text is not None:
                self._note_answer(path, name)
                return text
        return None

    def _learn_folders(self) -> None:
        """Bring the index up to date with the disk, where a person or another desk may have been at work."""
        present = set(self.list_requests())
        for number in self._sha256_by_number.keys() - present:
            del self._sha256_by_number[number]
        for number in sorted(present - self._sha256_by_number.keys(), key=int):
            self._sha256_by_number[number] = self._hash_request_file(self.path / number / "request.json")

    def _hash_request_file(self, path: Path) -> str | None:
        """Return the hash of a kept request, or None (announced) if the file can no longer be read."""
        try:
            draw = path.with_name(_DRAW_FILE)
            return hash_body(parse_body(path.read_bytes()), draw.read_text("ascii") if draw.is_file() else "")
        except (OSError, UnicodeDecodeError, RefusedError) as error:
            self._announce(f"{path.parent.name} is passed over: {path.as_posix()} cannot be read ({error})")
            return None

    def _list_numbers(self) -> list[str]:
        """Return the names in the folder that are numbers of ours, in order."""
        try:
            names = [path.name for path in self.path.iterdir() if not path.is_symlink()]  # a link may lead anywhere
        except FileNotFoundError:
            return []
        return sorted((name for name in names if _NUMBER.fullmatch(name) and f"{int(name):03d}" == name), key=int)

    def _open_folder(self, body: dict[str, Any], draw: str) -> str:
        """Make the next free folder and put the request into it; nothing is left if that fails."""
        self.path.mkdir(parents=True, exist_ok=True)
        path = _make_next_folder(self.path, after=max(map(int, self._list_numbers()), default=0))
        try:
            if draw:
                _write_file(path / _DRAW_FILE, draw.encode("ascii"))
            if repair := render_repair(body):
                _write_file(path / "repair.md", _encode(repair))
            _write_file(path / "request.md", _encode(render_request(path.name, body)))
            _write_file(path / "request.json", _encode_json(body))
        except (OSError, RecursionError):
            shutil.rmtree(path, ignore_errors=True)
            raise
        return path.name

    def _try_reply(self, path: Path, mark: Mark) -> str | None:
        """Return the reply in this file, or None if it cannot be used (announced once per version of the file)."""
        if mark[0] == 0:  # an editor makes the file first
            return None
        try:
            text = _read_whole_reply(path)
        except (OSError, ValueError) as error:
            if (path, mark) not in self._unusable:
                self._unusable.add((path, mark))
                self._announce(f"{path.parent.name}: {path.name} cannot be used: {error}; waiting for a better one")
            return None
        return text

    def _note_answer(self, path: Path, file: str) -> None:
        """Leave `answered.json` in the folder; the reply goes out even if the disk refuses."""
        note = path / "answered.json"
        if self.read_answered(path.name) is not None:
            return
        try:
            _write_file(note, _encode_json({"answered_at": self._now().isoformat(), "file": file}))
        except OSError as error:
            self._announce(f"{path.name}: {note.as_posix()} cannot be written: {error.strerror or error}")
        self._announce(f"{path.name} is answered by {file}")


def is_unfinished(text: str, *, is_json: bool) -> bool:
    """Tell whether a text is JSON that has not come to its end; `is_json` says that it should be JSON from its start.

    Shape: brackets outside quoted words are counted; where a stray quotation mark turns outside into inside, all
    brackets are, of a text that ends with one. What is closed is finished; wrong as it may be, the caller judges it.
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        if not _OPENING.search(text):
            return is_json
        return _is_open(_QUOTED.sub("", text)) and (_is_open(text) or not _CLOSING.search(text))
    return False


def _is_open(text: str) -> bool:
    """Tell whether more brackets are opened than closed."""
    return sum(map(text.count, "{[")) > sum(map(text.count, "}]"))


def _make_next_folder(folder: Path, *, after: int) -> Path:
    """Return a new folder with the first number above `after` that nobody takes before us."""
    number = after + 1
    while True:
        path = folder / f"{number:03d}"
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return path


def _look_at(path: Path) -> Mark | None:
    """Return what changes when a file does: size, time and inode; None while there is no file."""
    try:
        state = path.lstat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns, state.st_ino


def _read_reply_file(path: Path) -> str:
    """Return the text of a reply, line ends and all.

    Errors: ValueError says why the file cannot be a reply; OSError if it cannot be read.
    """
    if not stat.S_ISREG(path.lstat().st_mode):  # a link is none: what it leads to was not put there as a reply
        raise ValueError("it is not a plain file")
    with path.open("rb") as file:
        raw = file.read(MAX_REPLY_BYTES + 1)
    if len(raw) > MAX_REPLY_BYTES:
        raise ValueError(f"it is larger than {MAX_REPLY_BYTES} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 (byte {error.start})") from error


def _move_to_free(partial: Path, path: Path) -> None:
    """Give a whole file its name. Errors: FileExistsError if the name is taken, so of two tabs the first one wins."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without links, such as a stick: what comes between these two lines is a chance we take
        if path.exists():
            raise FileExistsError(path) from None
        partial.replace(path)


def _read_whole_reply(path: Path) -> str:
    """Return the text of a reply that has come to its end. Errors: as `_read_reply_file`."""
    text = _read_reply_file(path)
    if not text or is_unfinished(text, is_json=path.name == "reply.json"):
        raise ValueError("it is JSON that has not come to its end" if text else "it is empty")
    return text


def _write_file(path: Path, raw: bytes) -> None:
    """Write a file in one move: a reader sees all of it or nothing."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(raw)
    partial.replace(path)


def _encode(text: str) -> bytes:
    r"""Return UTF-8; half a surrogate pair, which JSON can hold and UTF-8 cannot, becomes its escape (\ud83d)."""
    return text.encode("utf-8", "backslashreplace")


def _encode_json(value: object) -> bytes:
    """Return the bytes of a JSON file; the escapes of `_encode` are the ones JSON knows, so nothing is lost."""
    return _encode(spell_json(value) + "\n")
