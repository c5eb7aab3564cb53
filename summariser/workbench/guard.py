"""Who may ask the workbench, and what a browser may do with its pages.

A strange web page can make a browser ask 127.0.0.1: under a name of its own that leads here (DNS rebinding: the `Host`
tells), from its own address (`Origin` and `Sec-Fetch-Site` tell), or within a frame (the policy forbids it). What
writes has to come from a page of ours, which every browser says in `Origin`. On any other interface than loopback a
token is wanted as well; it stands in the address that is printed, and becomes a cookie with the first page.
"""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from summariser.desks.desk import LOOPBACK_HOSTS, host_of

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
    """Middleware before all rooms.

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


def make_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


def own_names(host: str) -> tuple[str, ...]:
    """The names under which this machine may be asked by others."""
    return (host, socket.gethostname(), socket.getfqdn())


def _forbidden(why: str) -> Response:
    return PlainTextResponse(f"Not allowed: {why}.\n", status_code=403)
