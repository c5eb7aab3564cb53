"""The workbench as an ASGI application: who may ask, its sections, errors, and how it is served.

A strange web page can make a browser ask 127.0.0.1: under a name of its own that leads here (DNS rebinding: the `Host`
tells), from its own address (`Origin` and `Sec-Fetch-Site` tell), or within a frame (the policy forbids it). What
writes has to come from a page of ours, which every browser says in `Origin`. On any other interface than loopback a
token is wanted as well; it stands in the address that is printed, and becomes a cookie with the first page.
"""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import socket
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from summariser.endpoints.desk import LOOPBACK_HOSTS, address_of, host_of, open_listener
from summariser.errors import SummariserError
from summariser.workbench import ask, explore, review, web
from summariser.workbench.ask import DeskInbox, Runner
from summariser.workbench.project_state import RecordIndex, ReviewStore

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer, a browser sends the origin of its forms as null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_READING: Final = ("GET", "HEAD")
_LONGEST_TOKEN: Final = 200


class Guard:
    """Middleware before all sections.

    Shape: without a token only this machine is served; with one, whoever brings it, under an address of numbers or
    one of `names`.
    """

    def __init__(self, app: ASGIApp, *, token: str | None = None, names: tuple[str, ...] = ()) -> None:
        self._app = app
        self._token = token
        self._names = {*LOOPBACK_HOSTS, *(name.lower() for name in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403; every answer gets the headers of the house."""
        if scope["type"] != "http":  # there are no web sockets here
            return

        async def send_guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        answer = self._refuse(scope) or (self._ask_token(Request(scope)) if self._token else None)
        await (answer or self._app)(scope, receive, send_guarded)

    def _refuse(self, scope: Scope) -> Response | None:
        """Why a request is turned away, or None."""
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not self._is_ours(host_of(hosts[0])):
            return _forbidden("this address is not one of the workbench (Host)")
        own = f"{scope['scheme']}://{hosts[0]}".lower()
        if any(origin.lower() != own for origin in origins):
            return _forbidden("another web page may not ask here (Origin)")
        site, mode = headers.get("sec-fetch-site", "same-origin"), headers.get("sec-fetch-mode", "")
        if site not in ("same-origin", "none") and (mode != "navigate" or scope["method"] not in _READING):
            return _forbidden("another web page may not ask here (Sec-Fetch-Site)")
        if scope["method"] not in _READING and not origins:
            return _forbidden("what writes has to say which page it comes from (Origin)")
        return None

    def _is_ours(self, host: str) -> bool:
        """Tell whether a host is one that the workbench is asked under."""
        if self._token is None:
            return host in LOOPBACK_HOSTS
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return host in self._names
        return True  # an address of numbers is no name that could be led elsewhere

    def _ask_token(self, request: Request) -> Response | None:
        """Let in who has the cookie; give it to who brings the token in the address, which then leaves the address."""
        cookie = f"summariser_token_{request.url.port or 80}"  # cookies are shared by all ports of a host
        if self._is_token(request.cookies.get(cookie, "")):
            return None
        query = parse_qs(request.url.query)
        if not any(map(self._is_token, query.pop("token", []))):
            return _forbidden("open the address that `summariser serve` printed, with its token")
        rest = urlencode(query, doseq=True)
        path = "/" + request.url.path.lstrip("/")  # `//host` would lead elsewhere
        answer = RedirectResponse(path + (f"?{rest}" if rest else ""), status_code=303)
        answer.set_cookie(cookie, self._token or "", httponly=True, samesite="strict")
        return answer

    def _is_token(self, given: str) -> bool:
        return len(given) <= _LONGEST_TOKEN and secrets.compare_digest(given.encode(), (self._token or "").encode())


def _forbidden(why: str) -> Response:
    return PlainTextResponse(f"Not allowed: {why}.\n", status_code=403)


SECTIONS: Final[tuple[web.Section, ...]] = (ask.SECTION, review.SECTION, explore.SECTION)
_HERE: Final = Path(__file__).resolve().parent
_REPORT_STYLE: Final = _HERE.parent / "templates" / "report.css"  # which the workbench shares with the report
_A_YEAR_S: Final = 365 * 86400
_CHOICES: Final = {"language": (web.COOKIE, web.LANGUAGES), "scheme": (web.SCHEME_COOKIE, web.SCHEMES)}


def create_app(project: web.Project, *, token: str | None = None, names: tuple[str, ...] = ()) -> Starlette:
    """The workbench over the project in the current folder.

    Shape: without a token it serves this machine alone; with one, also requests under `names` and addresses of numbers.
    """
    app = Starlette(
        routes=[
            Route("/", lambda _: RedirectResponse(SECTIONS[0].path, status_code=303)),
            web.form_route("/choose", _choose),
            Route("/static/report.css", lambda _: FileResponse(_REPORT_STYLE, media_type="text/css")),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
            *(route for section in SECTIONS for route in section.routes),
        ],
        middleware=[Middleware(Guard, token=token, names=names)],
        exception_handlers={
            HTTPException: _show_http_error,
            SummariserError: _show_error,
            web.EditConflictError: _show_conflict,
            ClientDisconnect: lambda _request, _error: Response(status_code=400),  # a tab was closed while it sent
        },
    )
    app.state.project = project
    app.state.sections = SECTIONS
    app.state.runner = Runner()
    app.state.sessions = {}
    app.state.record_index = RecordIndex(project.catalogue)
    app.state.inbox = DeskInbox(project.desk, project.pages)
    return app


def _choose(_request: Request, form: Mapping[str, str]) -> Response:
    """Keep the language or the colours a person chose, and lead back to the page."""
    back = "/" + form.get("back", "").lstrip("/\\")  # `//host` would lead elsewhere
    answer = RedirectResponse(back, status_code=303)
    for field, (cookie, allowed) in _CHOICES.items():
        if form.get(field) in allowed:
            answer.set_cookie(cookie, form[field], max_age=_A_YEAR_S, httponly=True, samesite="strict")
    return answer


async def _show_http_error(request: Request, error: Exception) -> Response:
    """Show what the server refuses: an address that leads nowhere, too much sent."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    what = error.detail if isinstance(error, HTTPException) else str(error)
    return web.show(request, "error.html.j2", status=status, what=web.translate_error(web.language_of(request), what))


async def _show_error(request: Request, error: Exception) -> Response:
    """Show an error of ours, with what to do next."""
    return web.show(request, "error.html.j2", status=400, what=error)


async def _show_conflict(request: Request, error: Exception) -> Response:
    """Show what a person sent beside what is there now; nothing was written."""
    return web.show(request, "conflict.html.j2", status=409, conflict=error)


_GRACE_S = 3  # how long requests under way may take when the workbench ends


def serve(project: web.Project, *, host: str, port: int, begin: Callable[[str], None]) -> None:
    """Serve the workbench until it is interrupted; port 0 takes any free one.

    Shape: `begin` gets the address, once it can be asked; on any other interface than loopback it holds a token.
    Errors: ConfigError if host or port cannot be had; InputError for a coder who can have no folder of that name.
    """
    ReviewStore(Path(), project.reviews, project.coder)  # a name that is none is refused before anybody waits
    is_local = host.strip("[]").lower() in LOOPBACK_HOSTS
    token = None if is_local else secrets.token_urlsafe(24)
    listener = open_listener(host, port)
    with contextlib.closing(listener):
        app = create_app(project, token=token, names=() if is_local else (host, socket.gethostname(), socket.getfqdn()))
        begin(f"{address_of(listener)}/{f'?token={quote(token)}' if token else ''}")
        config = uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        with contextlib.suppress(KeyboardInterrupt):
            try:
                uvicorn.Server(config).run(sockets=[listener])
            finally:
                app.state.record_index.close(_GRACE_S)
                app.state.runner.close(_GRACE_S)
