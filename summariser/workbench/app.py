"""The workbench as an ASGI application: its rooms, what they share, and how errors are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from summariser.errors import SummariserError
from summariser.workbench import ask, explore, review
from summariser.workbench.answering import Answering
from summariser.workbench.catalogue import Catalogue
from summariser.workbench.guard import Guard
from summariser.workbench.room import SCHEME_COOKIE, SCHEMES, Project, Room, read_form, show
from summariser.workbench.runner import Runner
from summariser.workbench.versions import ChangedMeanwhileError
from summariser.workbench.words import COOKIE, LANGUAGES

ROOMS: Final[tuple[Room, ...]] = (ask.ROOM, review.ROOM, explore.ROOM)
_HERE: Final = Path(__file__).resolve().parent
_A_YEAR_S: Final = 365 * 86400
_CHOICES: Final = {"language": (COOKIE, LANGUAGES), "scheme": (SCHEME_COOKIE, SCHEMES)}


def create_app(project: Project, *, token: str | None = None, names: tuple[str, ...] = ()) -> Starlette:
    """The workbench over the project in the current folder.

    Shape: without a token it serves this machine alone; with one, also requests under `names` and addresses of numbers.
    """
    app = Starlette(
        routes=[
            Route("/", _go_home),
            Route("/choose", _choose, methods=["POST"]),
            Route("/static/report.css", _send_report_style),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
            *(route for room in ROOMS for route in room.routes),
        ],
        middleware=[Middleware(Guard, token=token, names=names)],
        exception_handlers={
            HTTPException: _show_http_error,
            SummariserError: _show_error,
            ChangedMeanwhileError: _show_conflict,
            ClientDisconnect: _leave_off,
        },
    )
    app.state.project = project
    app.state.rooms = ROOMS
    app.state.runner = Runner()
    app.state.sittings = {}
    app.state.catalogue = Catalogue(project.catalogue)
    app.state.answering = Answering(project.desk, project.pages)
    return app


async def _go_home(_request: Request) -> Response:
    """Lead to the first room."""
    return RedirectResponse(ROOMS[0].path, status_code=303)


async def _choose(request: Request) -> Response:
    """Keep the language or the colours a person chose, and lead back to the page."""
    form = await read_form(request)
    back = "/" + form.get("back", "").lstrip("/\\")  # `//host` would lead elsewhere
    answer = RedirectResponse(back, status_code=303)
    for field, (cookie, allowed) in _CHOICES.items():
        if form.get(field) in allowed:
            answer.set_cookie(cookie, form[field], max_age=_A_YEAR_S, httponly=True, samesite="strict")
    return answer


async def _send_report_style(_request: Request) -> Response:
    """The style sheet that the workbench shares with the report."""
    return FileResponse(_HERE.parent / "templates" / "report.css", media_type="text/css")


async def _show_http_error(request: Request, error: Exception) -> Response:
    """Show what the server refuses: an address that leads nowhere, too much sent."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    what = error.detail if isinstance(error, HTTPException) else str(error)
    return show(request, "error.html.j2", status=status, what=what)


async def _show_error(request: Request, error: Exception) -> Response:
    """Show an error of ours, with what to do next."""
    return show(request, "error.html.j2", status=400, what=str(error))


async def _leave_off(_request: Request, _error: Exception) -> Response:
    """What is answered where nobody waits any more: a tab was closed while it sent."""
    return Response(status_code=400)


async def _show_conflict(request: Request, error: Exception) -> Response:
    """Show what a person sent beside what is there now; nothing was written."""
    return show(request, "conflict.html.j2", status=409, conflict=error)
