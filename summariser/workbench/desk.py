"""The desk as a page: one button copies what to ask a chat, a box takes its answer and says at once what is wrong."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from summariser.desks.desk_folder import render_paste, render_repair
from summariser.workbench.answering import Answering, Verdict, Waiting
from summariser.workbench.room import project_of, read_form, show
from summariser.workbench.versions import ChangedMeanwhileError


async def _show_waiting(request: Request) -> Response:
    """The page with all requests that wait."""
    return show(request, "desk.html.j2", waiting=await asyncio.to_thread(_list_waiting, request))


async def _show_list(request: Request) -> Response:
    """Its part that changes."""
    return show(request, "desk_list.html.j2", waiting=await asyncio.to_thread(_list_waiting, request))


async def _show_one(request: Request) -> Response:
    """One request, to be copied and answered."""
    return await _show_request(request, answer="", verdict=None)


async def _check(request: Request) -> Response:
    """What is wrong with an answer, as a part of the page."""
    form = await read_form(request)
    verdict = await _judge(request, form.get("answer", ""))
    return show(request, "desk_verdict.html.j2", verdict=verdict, answer=form.get("answer", ""))


async def _hand_in(request: Request) -> Response:
    """Put an answer into the desk's folder, if it has nothing wrong or the person says so; then show the next request.

    Errors: ChangedMeanwhileError if there is an answer already.
    """
    form = await read_form(request)
    answer = form.get("answer", "")
    verdict = await _judge(request, answer)
    if not verdict.is_whole or not (verdict.is_good or "anyway" in form):
        return await _show_request(request, answer=answer, verdict=verdict)
    number = request.path_params["number"]
    try:
        await asyncio.to_thread(_answering(request).desk.put_reply, number, answer)
    except FileExistsError as error:
        there = _answering(request).desk.read_given(number) or ""
        raise ChangedMeanwhileError(f"desk/{number}", there=there, given=answer, back="/ask/desk") from error
    except (OSError, ValueError) as error:
        raise HTTPException(409, str(error)) from error
    left = await asyncio.to_thread(_list_waiting, request)
    return RedirectResponse(f"/ask/desk/{left[0].number}" if left else "/ask/desk", status_code=303)


async def _judge(request: Request, answer: str) -> Verdict:
    """What an answer to the request of the address is worth."""
    one, out = await _find(request), project_of(request).settings().out
    return await asyncio.to_thread(_answering(request).check, answer, one, out)


async def _show_request(request: Request, *, answer: str, verdict: Verdict | None) -> Response:
    """The page of one request."""
    one = await _find(request)
    desk = _answering(request).desk
    given = await asyncio.to_thread(desk.read_given, one.number)
    body = desk.read_body(one.number)
    shown = {"one": one, "given": given, "paste": render_paste(body), "repair": render_repair(body)}
    waiting = await asyncio.to_thread(_list_waiting, request)
    status = 422 if verdict else 200
    return show(request, "desk_one.html.j2", status=status, **shown, waiting=waiting, answer=answer, verdict=verdict)


async def _find(request: Request) -> Waiting:
    """The request that the address names. Errors: HTTPException 404."""
    settings = project_of(request).settings()
    number = request.path_params["number"]
    one = await asyncio.to_thread(_answering(request).find, number, settings.ledger, settings.out)
    if one is None:
        raise HTTPException(404, f"there is no request {number[:20]} on the desk")
    return one


def _list_waiting(request: Request) -> list[Waiting]:
    """The requests without an answer."""
    settings = project_of(request).settings()
    return _answering(request).list_waiting(settings.ledger, settings.out)


def count_waiting(request: Request) -> int:
    """How many requests wait for an answer."""
    desk = _answering(request).desk
    return sum(desk.read_given(number) is None for number in desk.list_requests())


def _answering(request: Request) -> Answering:
    answering: Answering = request.app.state.answering
    return answering


ROUTES: Final = (
    Route("/ask/desk", _show_waiting),
    Route("/ask/desk/waiting", _show_list),
    Route("/ask/desk/{number:str}", _show_one),
    Route("/ask/desk/{number:str}", _hand_in, methods=["POST"]),
    Route("/ask/desk/{number:str}/check", _check, methods=["POST"]),
)
