"""An OpenAI-compatible endpoint on loopback whose replies a person gives, with any chat window.

Every request becomes a folder `NNN` with `request.json` (what was sent) and `request.md` (the same, to paste into a
chat). The HTTP request then waits until somebody puts `reply.json` or `reply.txt` beside them. The folders are the
only memory: the same body asked again meets its old folder, so neither a client's timeout nor a restart loses work.
`request.json` is written last and in one move, so a folder that has it is whole; `answered.json` says a reply was used.
A reply is passed on as it is. Whether it obeys the schema is for the caller to find out, as with any other model.

Nothing sent decides a file name, and only this machine may ask: names that are not loopback are refused in the `Host`
and `Origin` headers, because a web page in the person's browser can reach 127.0.0.1 as well (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import html
import json
import re
import shutil
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from summariser.errors import ConfigError, StoreError

try:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.middleware import Middleware
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import HTMLResponse, Response, StreamingResponse
    from starlette.routing import Route
    from starlette.types import ASGIApp, Receive, Scope, Send
except ModuleNotFoundError as error:
    raise ConfigError(
        f"the desk needs a web server, and {error.name} is not installed",
        next_step="Install it with: pip install 'summariser[desk]'",
    ) from error

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
REPLY_FILES = ("reply.json", "reply.txt")  # the first one that can be used is the reply
MAX_BODY_BYTES = 10 * 1024 * 1024
# A larger body is still read up to here, because closing on a client that is sending looks like a crash to it.
MAX_DRAIN_BYTES = 64 * 1024 * 1024
MAX_REPLY_BYTES = 5 * 1024 * 1024
CLIENT_GONE = 499  # nginx's number for it; nobody is there to read it
_NUMBER = re.compile(r"[0-9]{3,9}")
_HOST = re.compile(r"(\[::1\]|[^:\[\]]+)(?::[0-9]{1,5})?")

Announce = Callable[[str], None]
_Mark = tuple[int, int, int]


class _RefusedError(Exception):
    """A request that gets no reply; carries what the error object in OpenAI's shape needs."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        self.message = message
        super().__init__(message)


@dataclass(frozen=True)
class _Reply:
    """What a person answered: the file's name and its text, untouched."""

    file: str
    content: str


def create_app(
    folder: Path, *, poll_s: float = 0.2, now: Callable[[], datetime], announce: Announce | None = None
) -> Starlette:
    """Return the desk as an ASGI application over `folder`, which is made with the first request.

    Shape: `announce` gets one line of plain text per event, free of control characters.
    Units: `poll_s` is the pause between two looks at a folder, in seconds; a reply is taken after two equal looks.
    """
    desk = _Desk(folder, poll_s=poll_s, now=now, announce=announce or _say_nothing)
    app = Starlette(
        routes=[
            Route("/", desk.show_status),
            Route("/v1/models", _list_models),
            Route("/v1/chat/completions", desk.complete, methods=["POST"]),
        ],
        middleware=[Middleware(_OnlyLoopback)],
        exception_handlers={
            _RefusedError: _show_refusal,
            HTTPException: _show_http_error,
            ClientDisconnect: _show_client_gone,
            RecursionError: _show_too_deep,
            OSError: desk.show_disk_error,
        },
    )
    app.state.desk = desk
    return app


def serve(folder: Path, *, host: str = "127.0.0.1", port: int = 8765, announce: Announce | None = None) -> None:
    """Run the desk until it is interrupted; port 0 takes any free one, and `announce` tells which.

    Errors: ConfigError if the host is not loopback or the port cannot be had; StoreError if the folder cannot be used.
    """
    listener = _open_listener(host, port)
    with contextlib.closing(listener):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"no folder for the desk: {error.strerror}", path=folder) from error
        app = create_app(folder, now=_utc_now, announce=announce)
        address, actual_port = listener.getsockname()[:2]
        url = f"http://[{address}]" if ":" in address else f"http://{address}"
        app.state.desk.announce(f"The desk listens at {url}:{actual_port}/v1 and keeps its requests in {folder}")
        config = uvicorn.Config(
            app, log_level="error", access_log=False, lifespan="off", ws="none", proxy_headers=False
        )
        with contextlib.suppress(KeyboardInterrupt):
            _Server(config).run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that tells the waiting requests when it closes, so that they end with a clean 503."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let every waiting request go, then close as usual."""
        self.config.app.state.desk.is_closing = True  # type: ignore[union-attr]  # always the app of create_app
        await super().shutdown(sockets)


class _Desk:
    """The folders of one desk, and the requests that wait on them."""

    def __init__(self, folder: Path, *, poll_s: float, now: Callable[[], datetime], announce: Announce) -> None:
        self.is_closing = False
        self._folder = folder
        self._poll_s = poll_s
        self._now = now
        self._announce = announce
        self._sha256_by_number: dict[str, str | None] = {}  # None: its request.json cannot be read
        self._unusable: set[tuple[Path, _Mark]] = set()

    def announce(self, line: str) -> None:
        """Say a line, without anything that could move a terminal's cursor or end the line."""
        self._announce("".join(character for character in line if character.isprintable()))

    async def complete(self, request: Request) -> Response:
        """Answer `POST /v1/chat/completions`, as soon as a person has."""
        body = _parse_body(await _read_body(request))
        number = self._take(body)
        reply = self._read_answered(number) or await self._wait(number, request.is_disconnected)
        model = body["model"] if isinstance(body.get("model"), str) else "desk"
        head = {"id": f"desk-{number}", "created": int(self._now().timestamp()), "model": model}
        if body.get("stream") is True:
            return StreamingResponse(_stream_events(head, reply.content), media_type="text/event-stream")
        return _json_response(_completion(head, reply.content))

    async def show_status(self, _request: Request) -> Response:
        """Answer `GET /` with the numbers that wait and those that are answered."""
        numbers = [number for number in self._list_numbers() if (self._folder / number / "request.json").is_file()]
        answered = [number for number in numbers if (self._folder / number / "answered.json").is_file()]
        waiting = [number for number in numbers if number not in set(answered)]
        parts = [
            f"<h2>{title}: {len(some)}</h2>\n<p>{html.escape(', '.join(some)) or 'none'}</p>"
            for title, some in (("Waiting", waiting), ("Answered", answered))
        ]
        heading = f"<h1>Desk {html.escape(str(self._folder))}</h1>"
        text = "\n".join(['<!doctype html>\n<meta charset="utf-8">\n<title>Desk</title>', heading, *parts, ""])
        return HTMLResponse(
            text.encode("utf-8", "backslashreplace"), headers={"Content-Security-Policy": "default-src 'none'"}
        )

    async def show_disk_error(self, _request: Request, error: Exception) -> Response:
        """Turn a folder that cannot be used into a response; the person hears the reason too."""
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        self.announce(f"A request could not be served, because of {self._folder}: {reason}")
        return _error_response(500, "desk_folder", f"the desk cannot use its folder: {reason}")

    def _take(self, body: dict[str, Any]) -> str:
        """Return the number of the folder for this body: an earlier one if there is one, answered ones first.

        No `await` in here: of two equal requests at once, the second finds the folder of the first.
        """
        body_sha256 = _hash_body(body)
        self._learn_folders()
        same = [number for number, sha256 in self._sha256_by_number.items() if sha256 == body_sha256]
        if same:
            return min(same, key=lambda number: (self._read_answered(number) is None, int(number)))
        number = self._open_folder(body)
        self._sha256_by_number[number] = body_sha256
        self.announce(f"{number} waits: {(self._folder / number / 'request.md').as_posix()}")
        return number

    def _learn_folders(self) -> None:
        """Bring the index up to date with the disk, where a person or another desk may have been at work."""
        present = {number for number in self._list_numbers() if (self._folder / number / "request.json").is_file()}
        for number in self._sha256_by_number.keys() - present:
            del self._sha256_by_number[number]
        for number in sorted(present - self._sha256_by_number.keys(), key=int):
            self._sha256_by_number[number] = self._hash_request_file(self._folder / number / "request.json")

    def _hash_request_file(self, path: Path) -> str | None:
        """Return the hash of a kept request, or None (announced) if the file can no longer be read."""
        try:
            return _hash_body(_parse_body(path.read_bytes()))
        except (OSError, _RefusedError) as error:
            self.announce(f"{path.parent.name} is passed over: {path.as_posix()} cannot be read ({error})")
            return None

    def _list_numbers(self) -> list[str]:
        """Return the names in the folder that are numbers of ours, in order."""
        try:
            names = [path.name for path in self._folder.iterdir()]
        except FileNotFoundError:
            return []
        return sorted((name for name in names if _NUMBER.fullmatch(name) and f"{int(name):03d}" == name), key=int)

    def _open_folder(self, body: dict[str, Any]) -> str:
        """Make the next free folder and put the request into it; nothing is left if that fails."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = _make_next_folder(self._folder, after=max(map(int, self._list_numbers()), default=0))
        try:
            _write_file(path / "request.md", _encode(_render_request(path.name, body)))
            _write_file(path / "request.json", _encode_json(body))
        except (OSError, RecursionError):
            shutil.rmtree(path, ignore_errors=True)
            raise
        return path.name

    def _read_answered(self, number: str) -> _Reply | None:
        """Return the reply this folder has given before, or None; a reply deleted since means: answer it again."""
        try:
            answered = json.loads((self._folder / number / "answered.json").read_bytes())
            name = answered["file"]
            if name not in REPLY_FILES:
                return None
            return _Reply(name, _read_reply_file(self._folder / number / name))
        except (OSError, ValueError, LookupError, TypeError):
            return None

    async def _wait(self, number: str, is_gone: Callable[[], Awaitable[bool]]) -> _Reply:
        """Return the reply, once a file is there that looks the same twice in a row."""
        path = self._folder / number
        before: dict[str, _Mark] = {}
        while True:
            marks = {name: mark for name in REPLY_FILES if (mark := _look_at(path / name))}
            for name in REPLY_FILES:
                if name in marks and marks[name] == before.get(name):
                    reply = self._try_reply(path / name, marks[name])
                    if reply is not None:
                        self._note_answer(path, reply)
                        return reply
            before = marks
            await self._check_wait(path, is_gone)
            await asyncio.sleep(self._poll_s)

    async def _check_wait(self, path: Path, is_gone: Callable[[], Awaitable[bool]]) -> None:
        """Refuse to wait on if the desk closes, the client has left or the person has thrown the folder away."""
        if self.is_closing:
            raise _RefusedError(503, "desk_closed", f"the desk closed before {path.name} was answered; ask again later")
        if await is_gone():
            self.announce(f"{path.name}: the client went away; a reply is kept for when it asks again")
            raise _RefusedError(CLIENT_GONE, "client_gone", "the client went away")
        if not path.is_dir():
            self.announce(f"{path.name} was removed; its client is told so")
            raise _RefusedError(410, "request_removed", f"the folder of {path.name} was removed before it was answered")

    def _try_reply(self, path: Path, mark: _Mark) -> _Reply | None:
        """Return the reply in this file, or None if it cannot be used (announced once per version of the file)."""
        if path.name == "reply.json" and mark[0] == 0:
            return None
        try:
            return _Reply(path.name, _read_reply_file(path))
        except (OSError, ValueError) as error:
            if (path, mark) not in self._unusable:
                self._unusable.add((path, mark))
                self.announce(f"{path.parent.name}: {path.name} cannot be used: {error}; waiting for a better one")
            return None

    def _note_answer(self, path: Path, reply: _Reply) -> None:
        """Leave `answered.json` in the folder; the reply goes out even if the disk refuses."""
        note = path / "answered.json"
        if self._read_answered(path.name) is not None:
            return
        try:
            _write_file(note, _encode_json({"answered_at": self._now().isoformat(), "file": reply.file}))
        except OSError as error:
            self.announce(f"{path.name}: {note.as_posix()} cannot be written: {error.strerror or error}")
        self.announce(f"{path.name} is answered by {reply.file}")


class _OnlyLoopback:
    """Middleware that turns away requests which name another host than this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] != "http" or _names_loopback(Request(scope)):
            await self._app(scope, receive, send)
            return
        response = _error_response(403, "host_not_allowed", "the desk answers only to localhost, 127.0.0.1 and [::1]")
        await response(scope, receive, send)


def _names_loopback(request: Request) -> bool:
    """Tell whether the host asked for, and the web page that asks if there is one, are on this machine."""
    hosts = request.headers.getlist("host")
    origins = request.headers.getlist("origin")
    if len(hosts) != 1 or not _is_loopback(hosts[0]):
        return False
    return all(
        origin.startswith(("http://", "https://")) and _is_loopback(origin.partition("//")[2]) for origin in origins
    )


def _is_loopback(netloc: str) -> bool:
    """Tell whether `host` or `host:port` is one of the three names of this machine."""
    match = _HOST.fullmatch(netloc)
    return match is not None and match[1].strip("[]").lower() in LOOPBACK_HOSTS


def _open_listener(host: str, port: int) -> socket.socket:
    """Return a listening socket on loopback, opened here to make a busy port an error with advice, not a log line."""
    name = host.strip("[]").lower()
    if name not in LOOPBACK_HOSTS:
        raise ConfigError(
            f"the desk cannot listen on {host!r}: it has no password, so it stays on this machine",
            expected=f"one of {', '.join(LOOPBACK_HOSTS)}",
        )
    if not 0 <= port <= 65535:
        raise ConfigError(f"{port} is not a port", expected="a number from 0 to 65535")
    address = "127.0.0.1" if name == "localhost" else name
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        raise ConfigError(
            f"port {port} on {host} cannot be used: {error.strerror or error}",
            next_step=f"Stop the programme that holds it, or take another port: --port {min(port + 1, 65535)}",
        ) from error


async def _read_body(request: Request) -> bytes:
    """Return the body as sent, up to `MAX_BODY_BYTES`."""
    kept = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            kept += chunk
        if size > MAX_DRAIN_BYTES:
            break
    if size > MAX_BODY_BYTES:
        raise _RefusedError(413, "request_too_large", f"the body is larger than {MAX_BODY_BYTES} bytes")
    return bytes(kept)


def _parse_body(raw: bytes) -> dict[str, Any]:
    """Return the request in these bytes; the only demand on it is that it has messages."""
    try:
        body = json.loads(raw.decode("utf-8"))
        _hash_body(body)  # refuses NaN and infinities, which no JSON file of ours could hold
    except (ValueError, RecursionError) as error:
        raise _RefusedError(400, "invalid_json", f"the body is not JSON: {error}") from error
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list) or not messages or not all(isinstance(message, dict) for message in messages):
        raise _RefusedError(400, "missing_messages", "the body needs messages: a list with at least one object")
    return body  # type: ignore[no-any-return]  # a dict, or messages would be None


def _hash_body(body: object) -> str:
    """Return the sha256 of the body with sorted keys and no spaces, so that equal requests have equal hashes."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


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


def _render_request(number: str, body: dict[str, Any]) -> str:
    """Return the request as Markdown for a person: messages, schema, and how to answer."""
    blocks = [f"# Request {number}"]
    for position, message in enumerate(body["messages"], start=1):
        role = re.sub(r"[^A-Za-z0-9_-]", "?", str(message.get("role", "no role")))[:40]
        blocks.append(f"## {position}. {role}")
        blocks.extend(_render_message(message))
    schema = _find_schema(body)
    how_json = "(one JSON text)"
    if schema is not None:
        blocks += ["## Schema of the reply", _fence(_dump(schema), "json")]
        how_json = "(the reply must be JSON by the schema above)"
    blocks += [
        "## How to answer",
        f"Write the reply into this folder: `reply.json` {how_json}, or `reply.txt` (any text, returned verbatim).",
    ]
    return "\n\n".join(blocks) + "\n"


def _render_message(message: dict[str, Any]) -> Iterator[str]:
    """Return the blocks of one message: its texts as they are, and whatever else it holds as JSON."""
    content = message.get("content")
    for part in content if isinstance(content, list) else [content]:
        text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else part
        if isinstance(text, str):
            yield _fence(text, "text")
        elif text is not None:
            yield _fence(_dump(text), "json")
    rest = {key: value for key, value in message.items() if key not in ("role", "content") and value is not None}
    if rest:
        yield _fence(_dump(rest), "json")


def _find_schema(body: dict[str, Any]) -> object:
    """Return the JSON Schema the reply should obey, or None."""
    response_format = body.get("response_format")
    if not isinstance(response_format, dict) or response_format.get("type") != "json_schema":
        return None
    named = response_format.get("json_schema")
    return named.get("schema", named) if isinstance(named, dict) else named


def _fence(text: str, language: str) -> str:
    """Return the text in a fence longer than any run of backticks inside, so that it cannot end its own block."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _look_at(path: Path) -> _Mark | None:
    """Return what changes when a file does: size, time and inode; None while there is no file."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns, state.st_ino


def _read_reply_file(path: Path) -> str:
    """Return the text of a reply, line ends and all.

    Errors: ValueError says why the file cannot be a reply; OSError if it cannot be read.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is not a plain file")
    with path.open("rb") as file:
        raw = file.read(MAX_REPLY_BYTES + 1)
    if len(raw) > MAX_REPLY_BYTES:
        raise ValueError(f"it is larger than {MAX_REPLY_BYTES} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 (byte {error.start})") from error


def _write_file(path: Path, raw: bytes) -> None:
    """Write a file in one move: a reader sees all of it or nothing."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(raw)
    partial.replace(path)


def _dump(value: object) -> str:
    """Return JSON to read: indented, Chinese as Chinese."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _encode(text: str) -> bytes:
    r"""Return UTF-8; half a surrogate pair, which JSON can hold and UTF-8 cannot, becomes its escape (\ud83d)."""
    return text.encode("utf-8", "backslashreplace")


def _encode_json(value: object) -> bytes:
    """Return the bytes of a JSON file; the escapes of `_encode` are the ones JSON knows, so nothing is lost."""
    return _encode(_dump(value) + "\n")


def _completion(head: dict[str, Any], content: str) -> dict[str, Any]:
    """Return a ChatCompletion in OpenAI's shape."""
    message = {"role": "assistant", "content": content, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    # usage is null because a person has no tokens; a number would be invented, and somebody would add it up.
    return {**head, "object": "chat.completion", "choices": [choice], "usage": None}


async def _stream_events(head: dict[str, Any], content: str) -> AsyncIterator[str]:
    """Return the completion as server-sent events: the whole content in one chunk, the finish, the end mark."""
    steps: tuple[tuple[dict[str, Any], str | None], ...] = (
        ({"role": "assistant", "content": content}, None),
        ({}, "stop"),
    )
    for delta, finish_reason in steps:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        chunk = {**head, "object": "chat.completion.chunk", "choices": [choice], "usage": None}
        # ASCII, because some clients cut events at U+2028 and U+0085 as well.
        yield f"data: {json.dumps(chunk)}\n\n"
    yield "data: [DONE]\n\n"


async def _list_models(_request: Request) -> Response:
    """Answer `GET /v1/models`: there is one, and it is a person."""
    model = {"id": "desk", "object": "model", "created": 0, "owned_by": "desk"}
    return _json_response({"object": "list", "data": [model]})


async def _show_refusal(_request: Request, error: Exception) -> Response:
    """Turn a refusal of ours into a response."""
    if not isinstance(error, _RefusedError):
        raise error
    return _error_response(error.status, error.code, error.message)


async def _show_client_gone(_request: Request, _error: Exception) -> Response:
    """End a request whose client left while it was sending."""
    return _error_response(CLIENT_GONE, "client_gone", "the client went away")


async def _show_too_deep(_request: Request, _error: Exception) -> Response:
    """Refuse JSON that could be read, and not written: writing with indents meets Python's limit earlier."""
    return _error_response(400, "invalid_json", "the body is nested too deeply")


async def _show_http_error(request: Request, error: Exception) -> Response:
    """Give Starlette's own refusals (404 and 405) the same shape."""
    if not isinstance(error, HTTPException):
        raise error
    code = {404: "unknown_url", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    return _error_response(error.status_code, code, f"{error.detail}: {request.method} {request.url.path}")


def _error_response(status: int, code: str, message: str) -> Response:
    """Return an error object in OpenAI's shape."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return _json_response({"error": {"message": message, "type": kind, "param": None, "code": code}}, status=status)


def _json_response(payload: dict[str, Any], *, status: int = 200) -> Response:
    """Respond with JSON in ASCII, which can carry any text a client sent us."""
    return Response(json.dumps(payload), status_code=status, media_type="application/json")


def _say_nothing(_line: str) -> None:
    """Drop an announcement nobody asked for."""


def _utc_now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)
