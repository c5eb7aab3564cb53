"""An OpenAI-compatible endpoint on loopback whose replies a person gives, with any chat window.

Every request becomes a folder (`desk_folder.py`), and the HTTP request waits until somebody puts a reply into it. The
same body asked again meets its old folder, but for runs that want replies of their own; so neither a client's timeout
nor a restart loses work. A reply is passed on as it is. Whether it obeys the schema is for the caller to find out, as
with any other model.

Only this machine may ask: names that are not loopback are refused in the `Host` and `Origin` headers, because a web
page in the person's browser can reach 127.0.0.1 as well (DNS rebinding).

The workbench listens in the same way (`open_listener`). A run of the same process needs no server: `desk_transport`
gives it the same endpoint.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import html
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from summariser.endpoints.desk_folder import Announce, DeskFolder, Mark, RefusedError, parse_body
from summariser.errors import ConfigError, StoreError
from summariser.schema.exchange import DRAW_HEADER

LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost", "::1")
_HOSTS: Final = "127.0.0.1, or 0.0.0.0 for all"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?")


def host_of(netloc: str) -> str:
    """The name or address in `host` or `host:port`, without brackets and in small letters; empty if it is neither."""
    match = _HOST.fullmatch(netloc)
    return match[1].strip("[]").lower() if match else ""


def _names_loopback(hosts: list[str], origins: list[str]) -> bool:
    """Tell whether the host asked for, and the web page that asks if there is one, are on this machine."""
    if len(hosts) != 1 or host_of(hosts[0]) not in LOOPBACK_HOSTS:
        return False
    return all(
        origin.startswith(("http://", "https://")) and host_of(origin.partition("//")[2]) in LOOPBACK_HOSTS
        for origin in origins
    )


def open_listener(host: str, port: int) -> socket.socket:
    """A listening socket, opened before the server starts, to make a busy port an error with advice, not a log line.

    Errors: ConfigError if the host is no address of this machine, or the port is none or cannot be had.
    """
    if not 0 <= port <= 65535:
        raise ConfigError(f"{port} is not a port", expected="a number from 0 to 65535")
    name = host.strip("[] ").lower()
    if not name:  # to the system this is every interface
        raise ConfigError("an empty name is no address of this machine", expected=_HOSTS)
    address = "127.0.0.1" if name == "localhost" else name
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        if error.errno in {errno.EADDRNOTAVAIL, socket.EAI_NONAME, socket.EAI_AGAIN}:
            raise ConfigError(f"{host} is no address of this machine", expected=_HOSTS) from error
        raise ConfigError(
            f"port {port} on {host} cannot be used: {error.strerror or error}",
            next_step=f"Stop the programme that holds it, or take another port: --port {min(port + 1, 65535)}",
        ) from error


def address_of(listener: socket.socket) -> str:
    """The address of a listening socket, as a browser takes it: http://127.0.0.1:8765."""
    address, port = listener.getsockname()[:2]
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


MAX_BODY_BYTES = 10 * 1024 * 1024
# A larger body is still read up to here, because closing on a client that is sending looks like a crash to it.
MAX_DRAIN_BYTES = 64 * 1024 * 1024
CLIENT_GONE = 499  # nginx's number for it; nobody is there to read it
_MOST_NAMED = 20  # requests that wait, in one line
_DRAW = re.compile("[0-9A-Za-z]{1,64}")


def create_app(
    folder: Path, *, poll_s: float = 0.2, now: Callable[[], datetime], announce: Announce | None = None
) -> Starlette:
    """Return the desk as an ASGI application over `folder`, which is made with the first request.

    Shape: `announce` gets one line of plain text per event, free of control characters.
    Units: `poll_s` is the pause between two looks at a folder, in seconds; a reply is taken after two equal looks.
    """
    desk = _Desk(folder, poll_s=poll_s, now=now, announce=announce or (lambda _line: None))
    app = Starlette(
        routes=[
            Route("/", desk.show_status),
            Route("/v1/models", _list_models),
            Route("/v1/chat/completions", desk.complete, methods=["POST"]),
        ],
        middleware=[Middleware(_OnlyLoopback)],
        exception_handlers=dict.fromkeys(
            (RefusedError, HTTPException, ClientDisconnect, RecursionError, OSError, StoreError), desk.show_error
        ),
    )
    app.state.desk = desk
    return app


def serve(folder: Path, *, host: str = "127.0.0.1", port: int = 8765, announce: Announce | None = None) -> None:
    """Run the desk until it is interrupted; port 0 takes any free one, and `announce` tells which.

    Errors: ConfigError if the host is not loopback or the port cannot be had; StoreError if the folder cannot be used.
    """
    if host.strip("[]").lower() not in LOOPBACK_HOSTS:
        raise ConfigError(
            f"the desk cannot listen on {host!r}: it has no password, so it stays on this machine",
            expected=f"one of {', '.join(LOOPBACK_HOSTS)}",
        )
    listener = open_listener(host, port)
    with contextlib.closing(listener):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"no folder for the desk: {error.strerror}", path=folder) from error
        app = create_app(folder, now=lambda: datetime.now(UTC), announce=announce)
        app.state.desk.announce(f"The desk listens at {address_of(listener)}/v1 and keeps its requests in {folder}")
        app.state.desk.tell_waiting()
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
    """The HTTP side of one desk: the requests that wait on its folder."""

    def __init__(self, folder: Path, *, poll_s: float, now: Callable[[], datetime], announce: Announce) -> None:
        self.is_closing = False
        self._folder = DeskFolder(folder, now=now, announce=self.announce)
        self._poll_s = poll_s
        self._now = now
        self._announce = announce

    def announce(self, line: str) -> None:
        """Say a line, without anything that could move a terminal's cursor or end the line."""
        self._announce("".join(character for character in line if character.isprintable()))

    def tell_waiting(self) -> None:
        """Say which requests of an earlier time still wait, if any do."""
        requests = self._folder.list_requests()
        if waiting := [number for number in requests if not self._folder.is_answered(number)]:
            more = f" and {len(waiting) - _MOST_NAMED} more" if len(waiting) > _MOST_NAMED else ""
            self.announce(f"Without a reply so far: {', '.join(waiting[:_MOST_NAMED])}{more}")

    async def complete(self, request: Request) -> Response:
        """Answer `POST /v1/chat/completions`, as soon as a person has."""
        body = parse_body(await _read_body(request))
        draw = request.headers.get(DRAW_HEADER, "")
        number = self._folder.take_request(body, draw if _DRAW.fullmatch(draw) else "")
        reply = self._folder.read_answered(number)
        if reply is None:
            reply = await self._wait(number, request.is_disconnected)
        model = body["model"] if isinstance(body.get("model"), str) else "desk"
        head = {"id": f"desk-{number}", "created": int(self._now().timestamp()), "model": model}
        if body.get("stream") is True:
            return StreamingResponse(_stream_events(head, reply), media_type="text/event-stream")
        return _json_response(_completion(head, reply))

    async def show_status(self, _request: Request) -> Response:
        """Answer `GET /` with the numbers that wait and those that are answered."""
        numbers = self._folder.list_requests()
        answered = [number for number in numbers if self._folder.is_answered(number)]
        waiting = [number for number in numbers if number not in set(answered)]
        parts = [
            f"<h2>{title}: {len(some)}</h2>\n<p>{html.escape(', '.join(some)) or 'none'}</p>"
            for title, some in (("Waiting", waiting), ("Answered", answered))
        ]
        heading = f"<h1>Desk {html.escape(str(self._folder.path))}</h1>"
        text = "\n".join(['<!doctype html>\n<meta charset="utf-8">\n<title>Desk</title>', heading, *parts, ""])
        return HTMLResponse(
            text.encode("utf-8", "backslashreplace"), headers={"Content-Security-Policy": "default-src 'none'"}
        )

    async def show_error(self, request: Request, error: Exception) -> Response:
        """Answer with the error object of a refusal; of a folder that cannot be used the person hears too."""
        match error:
            case RefusedError():
                return _error_response(error.status, error.code, str(error))
            case HTTPException():  # Starlette's own: 404 and 405
                code = {404: "unknown_url", 405: "method_not_allowed"}.get(error.status_code, "http_error")
                what = f"{error.detail}: {request.method} {request.url.path}"
                return _error_response(error.status_code, code, what)
            case ClientDisconnect():
                return _error_response(CLIENT_GONE, "client_gone", "the client went away")
            case RecursionError():  # it could be read, and not written: with indents Python's limit is met earlier
                return _error_response(400, "invalid_json", "the body is nested too deeply")
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        self.announce(f"A request could not be served, because of {self._folder.path}: {reason}")
        return _error_response(500, "desk_folder", f"the desk cannot use its folder: {reason}")

    async def _wait(self, number: str, is_gone: Callable[[], Awaitable[bool]]) -> str:
        """Return the reply, once a file is there that looks the same twice in a row."""
        before: dict[str, Mark] = {}
        while True:
            marks = self._folder.mark_replies(number)
            reply = self._folder.read_reply(number, dict(marks.items() & before.items()))
            if reply is not None:
                return reply
            before = marks
            await self._check_wait(number, is_gone)
            await asyncio.sleep(self._poll_s)

    async def _check_wait(self, number: str, is_gone: Callable[[], Awaitable[bool]]) -> None:
        """Refuse to wait on if the desk closes, the client has left or the person has thrown the folder away."""
        if self.is_closing:
            raise RefusedError(503, "desk_closed", f"the desk closed before {number} was answered; ask again later")
        if await is_gone():
            self.announce(f"{number}: the client went away; a reply is kept for when it asks again")
            raise RefusedError(CLIENT_GONE, "client_gone", "the client went away")
        if not (self._folder.path / number).is_dir():
            self.announce(f"{number} was removed; its client is told so")
            raise RefusedError(410, "request_removed", f"the folder of {number} was removed before it was answered")


class _OnlyLoopback:
    """Middleware that turns away requests which name another host than this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        headers = Headers(scope=scope)
        if scope["type"] != "http" or _names_loopback(headers.getlist("host"), headers.getlist("origin")):
            await self._app(scope, receive, send)
            return
        response = _error_response(403, "host_not_allowed", "the desk answers only to localhost, 127.0.0.1 and [::1]")
        await response(scope, receive, send)


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
        raise RefusedError(413, "request_too_large", f"the body is larger than {MAX_BODY_BYTES} bytes")
    return bytes(kept)


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


def _error_response(status: int, code: str, message: str) -> Response:
    """Return an error object in OpenAI's shape."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return _json_response({"error": {"message": message, "type": kind, "param": None, "code": code}}, status=status)


def _json_response(payload: dict[str, Any], *, status: int = 200) -> Response:
    """Respond with JSON in ASCII, which can carry any text a client sent us."""
    return Response(json.dumps(payload), status_code=status, media_type="application/json")


def desk_transport(folder: Path) -> httpx2.AsyncBaseTransport:
    """A way to the desk on `folder` that leaves this process as little as the desk itself does."""
    return httpx2.ASGITransport(app=create_app(folder, now=lambda: datetime.now(UTC)))
