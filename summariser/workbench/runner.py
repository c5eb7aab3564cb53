"""The run that a browser started: one at a time, in a thread, until it is done or stopped, whatever tabs are open.

What a run asks and makes stands in the ledger and the store; a `Runner` keeps its progress, its wait and its end.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from summariser.api import RunOptions, asummarise
from summariser.endpoints.config import Settings
from summariser.errors import ConfigError, SummariserError
from summariser.pipeline import Tally


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
        self.trouble: SummariserError | str = ""
        self.unread: tuple[SummariserError, ...] = ()
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
            self.trouble = error if isinstance(error, SummariserError) else str(error)
            end = RunnerState.FAILED
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
        self.unread = report.unread
