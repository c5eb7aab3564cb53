"""Ask: pages are handed in, a model or a person is asked, and what becomes of it is watched."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from summariser.workbench.room import Room, show


async def _show_ask(request: Request) -> Response:
    """The page of the room."""
    return show(request, "ask.html.j2")


ROOM: Final = Room("/ask", "nav.ask", (Route("/ask", _show_ask),))
