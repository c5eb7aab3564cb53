"""Ask: pages are handed in, a model is asked, and what becomes of it is watched.

Files that a person drops are bounded in number and size, under names that lead nowhere, in the folder of the pages.

A run that a browser started goes on without any tab, one at a time, until it is done or stopped. What it asks and makes
stands in the ledger and the store as with every run; a `Runner` has only what is not written down: how far it is, what
it waits for, and what ended it.
"""

from __future__ import annotations

import asyncio
import filecmp
import os
import re
import secrets
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from summariser.api import RunOptions, asummarise
from summariser.disk.files import disk_error
from summariser.disk.ledger import RunState, RunSummary, SumBy, UsageSum, open_ledger
from summariser.endpoints.budget import add_costs, spell_money
from summariser.endpoints.config import Settings
from summariser.endpoints.endpoint import PROVIDERS
from summariser.errors import ConfigError, InputError, StoreError, SummariserError
from summariser.pipeline import Tally
from summariser.readers.files import SUFFIXES
from summariser.readers.reading import SIDECAR
from summariser.schema.exchange import Usage
from summariser.workbench import desk
from summariser.workbench.room import (
    Project,
    Room,
    Standings,
    choose_paths,
    project_of,
    read_lists,
    read_standings,
    show,
)

_DEEPEST: Final = 4  # folders of a dropped folder that are kept
_LONGEST: Final = 80  # characters of a name
_FORBIDDEN: Final = re.compile(r'[<>:"|?*#%\x00-\x1f]')
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)  # on Windows


class Limits(NamedTuple):
    """How much is taken: of one file, and of all that lies in the folder of the pages."""

    file_bytes: int = 300_000_000  # as much as the readers take
    folder_bytes: int = 20_000_000_000
    files: int = 5_000


LIMITS: Final = Limits()


def safe_path(name: str) -> Path:
    """The relative path under which a dropped file is kept.

    Shape: of the folders in `name` at most the last few; no part is hidden, reserved, or leads up or elsewhere.
    Errors: InputError if the file is of no kind that is read.
    """
    parts = [_safe_part(part) for part in re.split(r"[/\\]", name) if part not in ("", ".", "..")]
    path = Path(*parts[-_DEEPEST:]) if parts else Path("_")
    if path.suffix.lower() not in SUFFIXES and path.name.lower() != SIDECAR:
        raise InputError(
            "is of no kind that is read", path=name[-120:], expected=f"Files ending in {', '.join(SUFFIXES)}"
        )
    return path


async def keep_upload(
    pages: Path, name: str, content: AsyncIterable[bytes], *, limits: Limits = LIMITS
) -> tuple[Path, bool]:
    """Keep a dropped file below `pages`; where it stands, and whether it is new.

    Shape: the same file dropped again is not kept twice; another one of the same name gets a number behind its own.
    Errors: InputError if it is of no kind that is read, or too much; StoreError if the disk refuses.
    """
    target = pages / safe_path(name)
    temp = pages / f".{secrets.token_hex(8)}.part"
    try:
        check_room(pages, limits)
        if not target.parent.resolve().is_relative_to(pages.resolve()):
            raise StoreError("a link leads out of the folder of the pages", path=target, next_step="Remove the link")
        target.parent.mkdir(parents=True, exist_ok=True)
        size = 0
        with temp.open("xb") as file:
            async for chunk in content:
                size += len(chunk)
                if size > limits.file_bytes:
                    raise InputError("is too large", path=name[-120:], expected=f"At most {limits.file_bytes:,} bytes")
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return _place(temp, target)  # without a pause in between, so that of two tabs neither takes the other's name
    except OSError as error:
        raise disk_error(error, target) from error
    finally:
        with suppress(OSError):  # such as a file where the folder should be
            temp.unlink()


def check_room(pages: Path, limits: Limits) -> None:
    """Refuse a further file where there are too many, or too much. Errors: InputError, OSError."""
    files = size = 0
    for parent, _, names in os.walk(pages):
        files += len(names)
        for name in names:
            with suppress(FileNotFoundError):  # another upload that ended meanwhile
                size += Path(parent, name).lstat().st_size
    if files >= limits.files or size >= limits.folder_bytes:
        raise InputError(
            f"holds {files:,} files of {size / 1e9:.1f} GB",
            path=pages,
            expected=f"At most {limits.files:,} files of {limits.folder_bytes / 1e9:.0f} GB are taken from the browser",
            next_step="Copy more into the folder by hand, or begin another project",
        )


def _place(temp: Path, target: Path) -> tuple[Path, bool]:
    """Move a file to its name, or to the next one that is free."""
    place, number = target, 1
    while os.path.lexists(place):
        if place.is_file() and filecmp.cmp(temp, place, shallow=False):
            return place, False
        number += 1
        place = target.with_stem(f"{target.stem}-{number}")
    temp.rename(place)
    return place, True


def _safe_part(part: str) -> str:
    """One name of a path, as every system takes it and a person can read it."""
    shown = "".join(char for char in unicodedata.normalize("NFC", part) if unicodedata.category(char) not in _HIDDEN)
    clean = _FORBIDDEN.sub("_", shown).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if dot and stem and len(suffix) <= 8:
        clean = f"{stem[:_LONGEST]}.{suffix}"
    clean = clean[: _LONGEST + 9] or "_"
    return f"_{clean}" if _RESERVED.fullmatch(clean) or clean.startswith(".") else clean


class RunnerState(StrEnum):
    """How the run of this workbench stands."""

    IDLE = "idle"  # none was started yet
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"  # `trouble` says why
    FAULT = "fault"  # of our own; the terminal has the details


class Runner:
    """Runs one run at a time in a thread of its own, with a loop of its own, because checking replies takes the CPU."""

    def __init__(self) -> None:
        self.state = RunnerState.IDLE
        self.trouble = ""
        self.unread: tuple[str, ...] = ()
        self.tally = Tally()
        self._stop: Callable[[], object] = lambda: None
        self._thread: threading.Thread | None = None

    @property
    def is_going(self) -> bool:
        """Tell whether a run is on."""
        return self.state in (RunnerState.RUNNING, RunnerState.STOPPING)

    def start(self, paths: Sequence[Path], settings: Settings, options: RunOptions) -> None:
        """Start a run over pages. Errors: ConfigError if one is on, or the settings do not say whom to ask."""
        if self.is_going:
            raise ConfigError("a run is on already", next_step="Wait for its end, or stop it")
        settings.endpoint()  # what is missing is said now, not by a run that ends at once
        self.state, self.trouble, self.unread, self.tally = RunnerState.RUNNING, "", (), Tally()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(paths, settings, options, ready), name="run")
        self._thread.start()
        ready.wait(5)

    def stop(self) -> None:
        """Ask the run to end; what was paid for is kept, and the next run goes on from there."""
        if self.state is RunnerState.RUNNING:
            self.state = RunnerState.STOPPING
            self._stop()

    def close(self, patience_s: float) -> None:
        """Stop the run and wait for its end."""
        self.stop()
        if self._thread:
            self._thread.join(patience_s)

    def left_s(self) -> float | None:
        """The seconds that the run may still take, where that can be told."""
        return self.tally.left_s(time.monotonic()) if self.state is RunnerState.RUNNING else None

    def wait(self) -> str:
        """What the run waits for at the moment, if it does."""
        return self.tally.wait if self.is_going and datetime.now(UTC) < self.tally.wait_ends else ""

    def _run(self, paths: Sequence[Path], settings: Settings, options: RunOptions, ready: threading.Event) -> None:
        """The thread of a run."""
        end = RunnerState.FAULT
        try:
            asyncio.run(self._summarise(paths, settings, options, ready))
            end = RunnerState.DONE
        except asyncio.CancelledError:
            end = RunnerState.STOPPED
        except (SummariserError, OSError) as error:
            self.trouble, end = str(error), RunnerState.FAILED
        finally:
            ready.set()
            self.state = end

    async def _summarise(
        self, paths: Sequence[Path], settings: Settings, options: RunOptions, ready: threading.Event
    ) -> None:
        """The run, as it can be stopped from another thread."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        self._stop = lambda: task and loop.call_soon_threadsafe(task.cancel)
        ready.set()
        report = await asummarise(paths, options=options, settings=settings, progress=self.tally)
        self.unread = tuple(str(fault) for fault in report.unread)


_RUNS: Final = 4  # listed below the run that is on
_AS_SET: Final = "-"  # provider and model of summariser.toml and the environment
_NAMED: Final = ("desk", *(name for name in PROVIDERS if name not in ("desk", "custom")))


class Watched(NamedTuple):
    """The latest runs of the ledger, and why requests of the newest one failed, each reason with how often.

    Shape: with each run what it cost, spelled; empty where no price is known.
    """

    runs: tuple[tuple[RunSummary, str], ...]
    errors: tuple[tuple[str, int], ...]


def _show_ask(request: Request) -> Response:
    """The page of the room."""
    settings, trouble = _settings_of(project_of(request))
    shown = {**_watch(request), "standings": _list_pages(request), "set": settings, "trouble": trouble}
    return show(request, "ask.html.j2", **shown, providers=_NAMED, as_set=_AS_SET)


def _show_run(request: Request) -> Response:
    """What changes while a run is on."""
    return show(request, "ask_run.html.j2", **_watch(request))


def _show_pages(request: Request) -> Response:
    """How the pages stand."""
    return show(request, "ask_pages.html.j2", standings=_list_pages(request))


async def _take_file(request: Request) -> Response:
    """Keep a dropped file; its path in the dropped folder is in the address, its content is the body."""
    try:
        path, is_new = await keep_upload(
            project_of(request).pages, request.query_params.get("name", ""), request.stream()
        )
    except SummariserError as error:
        return JSONResponse({"error": str(error)}, status_code=422)
    return JSONResponse({"kept": path.as_posix(), "new": is_new})


async def _start(request: Request) -> Response:
    """Start a run over the ticked pages, or over all that are not finished."""
    await asyncio.to_thread(_begin, request, await read_lists(request))
    return RedirectResponse("/ask", status_code=303)


def _begin(request: Request, form: Mapping[str, list[str]]) -> None:
    """Start a run as a form wants it. Errors: ConfigError, as `Runner.start`."""
    project, provider = project_of(request), form.get("provider", [_AS_SET])[-1]
    flags = {} if provider == _AS_SET else {"provider": provider, "model": form.get("model", [""])[-1].strip() or None}
    settings = project.settings(**flags)
    standings = read_standings(project.pages, settings.out)
    unfinished = [each.file.path.as_posix() for each in standings.unfinished]
    paths = choose_paths(standings, form.get("page", []) if "ticked" in form else unfinished, project.pages)
    options = RunOptions(rules="rules" in form, desk=project.desk if settings.provider == "desk" else None)
    _runner(request).start(paths, settings, options)


def _stop(request: Request) -> Response:
    """Stop the run of this workbench."""
    _runner(request).stop()
    return RedirectResponse("/ask", status_code=303)


def _watch(request: Request) -> dict[str, Any]:
    """What a template needs to tell of runs."""
    settings, _ = _settings_of(project_of(request))
    waiting = desk.count_waiting(request)
    return {"runner": _runner(request), "watched": _read_ledger(settings), "waiting": waiting}


def _list_pages(request: Request) -> Standings:
    """How the pages of the project stand."""
    project = project_of(request)
    return read_standings(project.pages, _settings_of(project)[0].out)


def _settings_of(project: Project) -> tuple[Settings, str]:
    """The settings, and what is wrong with them, if anything is; then those without any file or variable."""
    try:
        return project.settings(), ""
    except SummariserError as error:
        return Settings(), str(error)


def _read_ledger(settings: Settings) -> Watched:
    """The latest runs; none if there is no ledger yet."""
    if not os.path.lexists(settings.ledger):
        return Watched((), ())
    with open_ledger(settings.ledger) as ledger:
        latest = ledger.runs(50)
        runs = tuple(run for run in latest if run.state is RunState.RUNNING or run in latest[:_RUNS])
        requests = ledger.requests_of(runs[0].run_id) if runs else ()
        used = ledger.usage_by(SumBy.RUN, [run.run_id for run in runs])
    costs = tuple((run, _spell_cost([each for each in used if each.name == str(run.run_id)], settings)) for run in runs)
    return Watched(costs, tuple(Counter(each.error for each in requests if each.error).most_common()))


def _spell_cost(used: Sequence[UsageSum], settings: Settings) -> str:
    """What replies cost, by currency; empty where no price is known, or nothing was counted."""
    counted = [(each, Usage(**each.model_dump(include=set(Usage.model_fields)))) for each in used]
    money = add_costs((settings.price_of(each.base_url, each.model), usage, each.by_batch) for each, usage in counted)
    return spell_money(money)


def _runner(request: Request) -> Runner:
    runner: Runner = request.app.state.runner
    return runner


ROOM: Final = Room(
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
