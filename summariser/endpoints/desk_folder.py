"""The folders of the desk: a folder a request, ready to paste, and the reply that a person put beside it.

Every request has a folder `NNN` with `request.json` (what was sent) and `request.md` (the same, to paste into a chat);
a repair has `repair.md` as well, which is enough in the chat that gave the last answer. The reply is `reply.json` or
`reply.txt` beside them, once it is whole: a file is written in pieces, so JSON that has not come to its end waits.

The folders are the only memory: the same body asked again meets its old folder, unless a run wants a reply of its own
(`--fresh`, `--samples`); `draw.txt` then says for which draw it is. `request.json` is written last and in one move, so
a folder that has it is whole; `answered.json` says a reply was used. Nothing sent decides a file name.

What is pasted is whole and compact. The schema is spelled as the shape of the answer, a fifth as long as JSON Schema;
where the messages tell all codes of a list already, it is called `code`. A repair asked in the chat that gave the
answer needs the issues and the lines that they touch, not the whole question again.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from summariser.disk.files import create_file, write_file
from summariser.errors import StoreError
from summariser.schema.exchange import read_json


class RefusedError(Exception):
    """A request that gets no reply; carries what the error object in OpenAI's shape needs."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        super().__init__(message)


def parse_body(raw: bytes) -> dict[str, Any]:
    """Return the request in these bytes; the only demand on it is that it has messages. Errors: RefusedError."""
    try:
        body = json.loads(raw.decode("utf-8"))
        hash_body(body)  # refuses NaN and infinities, which no JSON file of ours could hold
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "invalid_json", f"the body is not JSON: {error}") from error
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list) or not messages or not all(isinstance(message, dict) for message in messages):
        raise RefusedError(400, "missing_messages", "the body needs messages: a list with at least one object")
    return body  # type: ignore[no-any-return]  # a dict, or messages would be None


def hash_body(body: object, draw: str = "") -> str:
    """Return the sha256 of the body with sorted keys and no spaces, so that equal requests have equal hashes.

    Shape: the same body asked for another draw, which wants a reply of its own, has another hash.
    """
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii") + draw.encode("ascii")).hexdigest()


_PLAIN: Final = {"string": "text", "integer": "integer", "number": "number", "boolean": "true|false", "null": "null"}
_KNOWN_KEYS: Final = {
    "$defs",
    "$ref",
    "type",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "anyOf",
}
_DEEPEST: Final = 20  # a schema that refers to itself is shown as JSON Schema
_NOTE: Final = (
    "One JSON object of this shape, every key in it and no other; `code` is one of the codes that the text above names"
    " for it:"
)
_ISSUE: Final = re.compile(r"^[0-9]+\. ([^\s:]+): (.*)$", re.MULTILINE)
_STEP: Final = re.compile(r"[^.\[\]]+")
_NAMED: Final = re.compile(r"\b(?:sentences?|lines?) ([0-9]+(?:(?:, | and |-)[0-9]+)*)")
_NUMBERED: Final = re.compile(r"^\[([0-9]+)\][^\n]*$", re.MULTILINE)
_WIDEST: Final = 200  # lines that one issue may name


def render_request(number: str, body: dict[str, Any]) -> str:
    """The request as Markdown: what to paste, and which files of the folder are the answer."""
    how = "(one JSON text)" if _find_schema(body) is None else "(JSON of the shape above)"
    end = (
        "## How to answer",
        f"Write the reply into this folder: `reply.json` {how}, or `reply.txt` (any text, returned verbatim)."
        " JSON that has not come to its end is waited for.",
    )
    return "\n\n".join((f"# Request {number}", *_blocks(body), *end)) + "\n"


def render_paste(body: dict[str, Any]) -> str:
    """The whole request, as short as it can be said."""
    return "\n\n".join(_blocks(body)) + "\n"


def render_repair(body: dict[str, Any]) -> str | None:
    """What to say in the chat that gave the last answer: its issues and the lines they touch; None if no repair."""
    messages = body["messages"]
    if len(messages) < 3 or [message.get("role") for message in messages[-2:]] != ["assistant", "user"]:
        return None
    question, answer, issues = (_text_of(message) for message in messages[-3:])
    wanted = _touched(issues, answer)
    lines = [match[0] for match in _NUMBERED.finditer(question) if int(match[1]) in wanted]
    return issues.rstrip("\n") + "\n" + ("\n" + "\n".join(lines) + "\n" if lines else "")


def spell_json(value: object) -> str:
    """JSON to read: indented, Chinese as Chinese."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def spell_shape(schema: Mapping[str, Any], told: str) -> str | None:
    """The shape of the JSON that a schema asks for, or None if it asks for more than can be said so.

    Shape: `told` is the text above; a list of codes that it names one and all is spelled `code`.
    """
    words = set(re.findall(r"\w+", told, re.ASCII))
    try:
        return _spell(schema, schema.get("$defs", {}), words, depth=0)
    except (LookupError, TypeError, AttributeError, RecursionError):
        return None


def _spell(node: Mapping[str, Any], named: Mapping[str, Any], words: set[str], *, depth: int) -> str:
    """One node. Errors: LookupError and the like for what cannot be spelled."""
    if node.keys() - _KNOWN_KEYS or depth > _DEEPEST:
        raise LookupError("a schema that is no plain shape")
    if "$ref" in node:
        return _spell(named[node["$ref"].removeprefix("#/$defs/")], named, words, depth=depth + 1)
    if "enum" in node:
        codes = [str(code) for code in node["enum"]]
        return "code" if words.issuperset(codes) else "|".join(json.dumps(code, ensure_ascii=False) for code in codes)
    if "anyOf" in node:
        return " | ".join(_spell(each, named, words, depth=depth + 1) for each in node["anyOf"])
    if node["type"] == "array":
        return f"[{_spell(node['items'], named, words, depth=depth + 1)}, ...]"
    if node["type"] == "object":
        if node.get("additionalProperties") is not False or set(node["required"]) != node["properties"].keys():
            raise LookupError("keys that may be left out or added")
        parts = (
            f"{json.dumps(name, ensure_ascii=False)}: {_spell(each, named, words, depth=depth + 1)}"
            for name, each in node["properties"].items()
        )
        return "{" + (",\n " if depth == 0 else ", ").join(parts) + "}"
    return _PLAIN[node["type"]]


def _blocks(body: dict[str, Any]) -> Iterator[str]:
    """Messages and schema as blocks of Markdown."""
    for position, message in enumerate(body["messages"], start=1):
        role = re.sub(r"[^A-Za-z0-9_-]", "?", str(message.get("role", "no role")))[:40]
        yield f"## {position}. {role}"
        yield from _render_message(message)
    schema = _find_schema(body)
    if schema is None:
        return
    yield "## Shape of the reply"
    told = "\n".join(map(_text_of, body["messages"]))
    shape = spell_shape(schema, told) if isinstance(schema, dict) else None
    if shape is None:
        yield "One JSON text by this schema:"
        yield _fence(json.dumps(schema, ensure_ascii=False, separators=(",", ":")), "json")
    else:
        yield _NOTE
        yield _fence(shape, "text")


def _render_message(message: dict[str, Any]) -> Iterator[str]:
    """The blocks of one message: its texts as they are, and whatever else it holds as JSON."""
    for part in _parts_of(message):
        if isinstance(part, str):
            yield _fence(part, "text")
        elif part is not None:
            yield _fence(spell_json(part), "json")
    rest = {key: value for key, value in message.items() if key not in ("role", "content") and value is not None}
    if rest:
        yield _fence(spell_json(rest), "json")


def _parts_of(message: Mapping[str, Any]) -> Iterator[object]:
    """The parts of a message's content; those that are text as text."""
    content = message.get("content")
    for part in content if isinstance(content, list) else [content]:
        yield part.get("text") if isinstance(part, dict) and part.get("type") == "text" else part


def _text_of(message: Mapping[str, Any]) -> str:
    return "\n".join(part for part in _parts_of(message) if isinstance(part, str))


def _find_schema(body: dict[str, Any]) -> object:
    """The JSON Schema the reply should obey, or None."""
    response_format = body.get("response_format")
    if not isinstance(response_format, dict) or response_format.get("type") != "json_schema":
        return None
    named = response_format.get("json_schema")
    return named.get("schema", named) if isinstance(named, dict) else named


def _touched(issues: str, answer: str) -> set[int]:
    """The numbers of the lines that the issues name, or that the part of the answer which they are about cites."""
    given, found = read_json(answer), set[int]()
    for path, message in _ISSUE.findall(issues):
        for named in _NAMED.findall(message):
            found |= _numbers(named)
        found |= _cited(given, _STEP.findall(path))
    return found


def _numbers(named: str) -> set[int]:
    """The numbers of `3`, `3, 5 and 7` and `3-6`."""
    found: set[int] = set()
    for first, last in re.findall(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", named):
        low, high = int(first), int(last or first)
        found |= set(range(low, min(high, low + _WIDEST) + 1))
    return found


def _cited(given: object, steps: list[str]) -> set[int]:
    """The lines cited by the smallest part of the answer on the way of a path that cites any."""
    cited: set[int] = set()
    node = given
    for step in steps:
        beside = node.get(f"{step}_sents") if isinstance(node, dict) else None
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        else:
            break
        own = node if isinstance(node, dict) else {}
        cited = {*_whole(beside), *_whole(own.get("sents")), *_ranges(own.get("lines"))} or cited
    return cited


def _whole(value: object) -> Iterator[int]:
    """The whole numbers in a list."""
    yield from (each for each in value if type(each) is int) if isinstance(value, list) else ()


def _ranges(value: object) -> Iterator[int]:
    """The numbers in a list of ranges, both ends included."""
    for each in value if isinstance(value, list) else ():
        ends = list(_whole(each))
        if len(ends) == 2:
            yield from range(ends[0], min(ends[1], ends[0] + _WIDEST) + 1)


def _fence(text: str, language: str) -> str:
    """The text in a fence longer than any run of backticks inside, so that it cannot end its own block."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


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
    Errors: OSError or StoreError if the disk is in the way.
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
            number = min(same, key=lambda number: (self.read_answered(number) is None, int(number)))
            if self.read_answered(number) is not None:
                return number
        else:
            number = self._open_folder(body, draw)
            self._sha256_by_number[number] = body_sha256
        again = ", asked before," if same else ""
        self._announce(f"{number}{again} waits: {(self.path / number / 'request.md').as_posix()}")
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
        long; StoreError, as `create_file`.
        """
        raw = _encode(text)
        if not text.strip() or is_unfinished(text, is_json=False) or len(raw) > MAX_REPLY_BYTES:
            raise ValueError(f"a reply has an end, and at most {MAX_REPLY_BYTES} bytes")
        if number not in self._list_numbers():
            raise FileNotFoundError(f"there is no request {number[:20]}")
        if not create_file(path := self.path / number / "reply.txt", raw):
            raise FileExistsError(path)

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
                write_file(path / _DRAW_FILE, draw.encode("ascii"))
            if repair := render_repair(body):
                write_file(path / "repair.md", _encode(repair))
            write_file(path / "request.md", _encode(render_request(path.name, body)))
            write_file(path / "request.json", _encode_json(body))
        except (OSError, StoreError, RecursionError):
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
            write_file(note, _encode_json({"answered_at": self._now().isoformat(), "file": file}))
        except StoreError as error:
            self._announce(f"{path.name}: the answer is not noted; {error}")
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


def _read_whole_reply(path: Path) -> str:
    """Return the text of a reply that has come to its end. Errors: as `_read_reply_file`."""
    text = _read_reply_file(path)
    if not text or is_unfinished(text, is_json=path.name == "reply.json"):
        raise ValueError("it is JSON that has not come to its end" if text else "it is empty")
    return text


def _encode(text: str) -> bytes:
    r"""Return UTF-8; half a surrogate pair, which JSON can hold and UTF-8 cannot, becomes its escape (\ud83d)."""
    return text.encode("utf-8", "backslashreplace")


def _encode_json(value: object) -> bytes:
    """Return the bytes of a JSON file; the escapes of `_encode` are the ones JSON knows, so nothing is lost."""
    return _encode(spell_json(value) + "\n")
