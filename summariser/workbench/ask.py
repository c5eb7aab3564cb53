"""Ask: page files are uploaded, a run is started, watched and stopped."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from summariser.api import RunOptions
from summariser.disk.ledger import RunState, RunSummary, SumBy, UsageSum, read_ledger
from summariser.endpoints.budget import add_costs, spell_money
from summariser.endpoints.config import Settings
from summariser.endpoints.endpoint import PROVIDERS
from summariser.errors import SummariserError
from summariser.workbench import desk, web
from summariser.workbench.page_status import PageStatuses, choose_paths, read_page_statuses
from summariser.workbench.runner import Runner
from summariser.workbench.uploads import keep_upload

_RUNS: Final = 4  # listed below the run that is on
_AS_SET: Final = "-"  # provider and model of summariser.toml and the environment
_NAMED: Final = ("desk", *(name for name in PROVIDERS if name not in ("desk", "custom")))


class RecentRuns(NamedTuple):
    """The latest runs of the ledger, and why requests of the newest one failed, each reason with how often.

    Shape: with each run what it cost, spelled; empty where no price is known.
    """

    runs: tuple[tuple[RunSummary, str], ...]
    errors: tuple[tuple[str, int], ...]


def _show_ask(request: Request) -> Response:
    """The page of the section."""
    settings, trouble = _settings_of(web.project_of(request))
    shown = {**_watch(request), "statuses": _list_pages(request), "set": settings, "trouble": trouble}
    return web.show(request, "ask.html.j2", **shown, providers=_NAMED, as_set=_AS_SET)


def _show_run(request: Request) -> Response:
    """What changes while a run is on."""
    return web.show(request, "ask_run.html.j2", **_watch(request))


def _show_pages(request: Request) -> Response:
    """How the pages stand."""
    return web.show(request, "ask_pages.html.j2", statuses=_list_pages(request))


async def _take_file(request: Request) -> Response:
    """Keep a dropped file; its path in the dropped folder is in the address, its content is the body."""
    try:
        path, is_new = await keep_upload(
            web.project_of(request).pages, request.query_params.get("name", ""), request.stream()
        )
    except SummariserError as error:
        return JSONResponse({"error": web.translate_error(web.language_of(request), error)}, status_code=422)
    return JSONResponse({"kept": path.as_posix(), "new": is_new})


async def _start(request: Request) -> Response:
    """Start a run over the ticked pages, or over all that are not finished."""
    await asyncio.to_thread(_begin, request, await web.read_lists(request))
    return RedirectResponse("/ask", status_code=303)


def _begin(request: Request, form: Mapping[str, list[str]]) -> None:
    """Start a run as a form wants it. Errors: ConfigError, as `Runner.start`."""
    project, provider = web.project_of(request), form.get("provider", [_AS_SET])[-1]
    flags = {} if provider == _AS_SET else {"provider": provider, "model": form.get("model", [""])[-1].strip() or None}
    settings = project.settings(**flags)
    statuses = read_page_statuses(project.pages, settings.out)
    unfinished = [each.file.path.as_posix() for each in statuses.unfinished]
    paths = choose_paths(statuses, form.get("page", []) if "ticked" in form else unfinished, project.pages)
    options = RunOptions(rules="rules" in form, desk=project.desk if settings.provider == "desk" else None)
    _runner(request).start(paths, settings, options)


def _stop(request: Request) -> Response:
    """Stop the run of this workbench."""
    _runner(request).stop()
    return RedirectResponse("/ask", status_code=303)


def _watch(request: Request) -> dict[str, Any]:
    """What a template needs to tell of runs."""
    settings, _ = _settings_of(web.project_of(request))
    waiting = desk.count_waiting(request)
    return {"runner": _runner(request), "watched": _read_ledger(settings), "waiting": waiting}


def _list_pages(request: Request) -> PageStatuses:
    """How the pages of the project stand."""
    project = web.project_of(request)
    return read_page_statuses(project.pages, _settings_of(project)[0].out)


def _settings_of(project: web.Project) -> tuple[Settings, SummariserError | str]:
    """The settings, and what is wrong with them, if anything is; then those without any file or variable."""
    try:
        return project.settings(), ""
    except SummariserError as error:
        return Settings(), error


def _read_ledger(settings: Settings) -> RecentRuns:
    """The latest runs; none if there is no ledger yet."""
    with read_ledger(settings.ledger) as ledger:
        latest = ledger.runs(50)
        runs = tuple(run for run in latest if run.state is RunState.RUNNING or run in latest[:_RUNS])
        requests = ledger.requests_of(runs[0].run_id) if runs else ()
        used = ledger.usage_by(SumBy.RUN, [run.run_id for run in runs])
    costs = tuple((run, _spell_cost([each for each in used if each.name == str(run.run_id)], settings)) for run in runs)
    return RecentRuns(costs, tuple(Counter(each.error for each in requests if each.error).most_common()))


def _spell_cost(used: Sequence[UsageSum], settings: Settings) -> str:
    """What replies cost, by currency; empty where no price is known, or nothing was counted."""
    return spell_money(add_costs((settings.price_of(each.base_url, each.model), each, each.by_batch) for each in used))


def _runner(request: Request) -> Runner:
    runner: Runner = request.app.state.runner
    return runner


SECTION: Final = web.Section(
    "/ask",
    "nav.ask",
    (
        Route("/ask", _show_ask),
        Route("/ask/run", _show_run),
        Route("/ask/pages", _show_pages),
        Route("/ask/files", _take_file, methods=["PUT"]),
        Route("/ask/start", _start, methods=["POST"]),
        Route("/ask/stop", _stop, methods=["POST"]),
        *desk.ROUTES,
    ),
)
