"""Runs in parts: pages on any address, a part at a time, in this process or by the workers of a Dask cluster.

A part is what one worker takes at once, and all that it holds in memory: the pages of an issue, as far as the names of
files and folders tell, or for a run in this process some issues together. Whoever takes a part reads its pages, runs
them as any run does, with a ledger of its own (that of the command on the machine where it was given), and leaves
records in the shared folder. What was paid for is there as well, as objects that are written once: a worker that is
lost loses what it had on its way, and no more. Scheduling, retries and leases are Dask's.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from functools import partial
from importlib import import_module
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4

from summariser.api import RunJob, RunOptions, RunReport, SharedResources, read_options, summarise_pages
from summariser.disk.files import ObjectFolder, SharedReplies, borrow, borrow_file, is_address, local_path, open_folder
from summariser.disk.stored import PAGE_END
from summariser.endpoints.client import ModelClient
from summariser.endpoints.config import Settings, read_settings
from summariser.endpoints.limits import Budget
from summariser.errors import CassetteError, ConfigError, InputError, StoreError, SummariserError
from summariser.pipeline import Progress, Tally
from summariser.readers.dispatch import PageBatch, read_found
from summariser.readers.files import OCR_FILES, FoundFiles, PageFile, find_pages, is_page, name_files
from summariser.readers.reading import SIDECAR, read_path
from summariser.schema.exchange import Reply, Request
from summariser.text import counted

PAGES_AT_ONCE: Final = 128  # of a part in this process: enough that requests wait for each other at its end only
_PARTS_AHEAD: Final = 4  # parts that a cluster knows of, for each of its threads
LOCAL: Final = "local"
_SECRETS: Final = ("api_key", "key_source", "extra_headers", "proxy", "proxy_source", "certificates")  # of settings


class PagePlace(NamedTuple):
    """Where the file of a page is, what its pages are called, and which are wanted (empty: all)."""

    place: str
    page_id: str
    numbers: tuple[int, ...] = ()


Part = tuple[PagePlace, ...]


class Job(NamedTuple):
    """What is done with each part.

    Shape: `out` is the folder or address of records; `takes_secrets`: the key and what else is secret are those of the
    worker that takes the part, because the settings came over a network.
    """

    out: str
    settings: Settings
    options: RunOptions
    takes_secrets: bool = False


class PartReport(NamedTuple):
    """What a part came to, in numbers, and what a person should look at."""

    pages: int = 0
    records: int = 0
    failures: int = 0
    to_review: int = 0
    paid: int = 0  # replies
    tokens_in: int = 0
    tokens_out: int = 0
    messages: tuple[str, ...] = ()
    exit_code: int = 0

    def __add__(self, other: PartReport) -> PartReport:  # type: ignore[override]
        """Both together, without their messages."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in self._fields[:-2]}
        return PartReport(**sums, exit_code=max(self.exit_code, other.exit_code))


def find_parts(paths: Iterable[str | Path], *, pages: int = 1) -> tuple[list[Part], tuple[SummariserError, ...]]:
    """The parts that files, folders and addresses of either come to, and why some files cannot be pages.

    Shape: pages of an issue are in one part; issues are put together until a part has so many pages.
    Errors: as `find_pages`; InputError for an address where no page is.
    """
    given = [str(path) for path in paths]
    local = [place for place in given if not is_address(place)]
    found = find_pages(local) if local else FoundFiles((), (), ())
    places = [PagePlace(file.path.as_posix(), file.page_id, file.numbers) for file in found.files]
    faults: list[SummariserError] = list(found.faults)
    for address in filter(is_address, given):
        named = _find_remote(address)
        places += [PagePlace(_address(address, file), file.page_id) for file in named.files]
        faults += named.faults
    parts: list[Part] = []
    for _, issue in groupby(sorted(places), key=_issue):
        taken = tuple(issue)
        if parts and len(parts[-1]) + len(taken) <= pages:
            taken = (*parts.pop(), *taken)
        parts.append(taken)
    return parts, tuple(faults)


def run_parts(parts: Sequence[Part], job: Job, *, dask: str = "") -> Iterator[PartReport]:
    """What each part comes to, as they are done; `dask` is the address of a scheduler, `local`, or "" for this process.

    Errors: the first of a part that no other could escape, as `summarise`; ConfigError for what parts cannot share.
    """
    _check(job, is_alone=not dask)
    return _run_on_dask(parts, job, dask) if dask else _run_here(parts, job)


def _run_here(parts: Sequence[Part], job: Job) -> Iterator[PartReport]:
    """As `run_parts`, one after the other in this process, until the budget of all of them is used up."""
    budget = job.settings.new_budget()
    for done, part in enumerate(parts, 1):
        yield run_part(part, job, budget=budget)
        if budget.reached and (left := sum(map(len, parts[done:]))):
            yield PartReport(
                messages=(f"{counted(left, 'further file was', 'further files were')} not begun.",), exit_code=3
            )
            return


def run_part(
    part: Part,
    job: Job,
    *,
    ledger: Path | None = None,
    wrap: Callable[[ModelClient], ModelClient] = lambda each: each,
    budget: Budget | None = None,
) -> PartReport:
    """Read the pages of a part, run them, leave their records in the shared folder, and say what they came to.

    Errors: as `summarise`.
    """
    folder = open_folder(job.out)
    settings = _with_secrets(job.settings) if job.takes_secrets else job.settings
    shared = SharedResources(lambda endpoint: SharedReplies(folder, endpoint.address), wrap, budget)
    tally = Tally()
    with ExitStack() as stack:
        borrowed = stack.enter_context(borrow(folder)) if isinstance(folder, ObjectFolder) else None
        out = borrowed.path if borrowed else local_path(job.out)
        settings = settings.model_copy(update={"out": out, "ledger": ledger or settings.ledger})
        try:
            batch = _read(part, job, settings, tally, stack)
            if borrowed:
                for page in batch.pages:
                    borrowed.take_page(page.page_id, PAGE_END)
            report = summarise_pages(RunJob(batch, job.options, settings, tally, shared))
        except (InputError, CassetteError) as error:
            return PartReport(messages=(str(error),), exit_code=1)
        if borrowed:
            borrowed.give_back()
    return _sum_up(report, tally)


def _check(job: Job, *, is_alone: bool) -> None:
    """Refuse what parts cannot share, or not with other processes."""
    wanted = ("record", "fresh", "batch") if is_alone else ("record", "fresh", "batch", "replay")
    named = [f"--{name}" for name in wanted if getattr(job.options, name)]
    has_budget = job.settings.budget is not None or job.settings.budget_tokens is not None
    named += ["--budget"] if has_budget and not is_alone else []
    if named:
        what = f"{', '.join(named)} is not for runs {'at an address' if is_alone else 'by --dask'}"
        raise ConfigError(what, next_step="Run without it, or on folders of this machine without --dask")


def _find_remote(address: str) -> FoundFiles:
    """The page files at an address, by their paths there."""
    names = ObjectFolder(address).find()
    found = name_files(Path("/", name) for name in names)
    if not found.files and not found.faults:
        raise InputError("no page is here", path=address, next_step="Check the address")
    return found


def _address(address: str, file: PageFile) -> str:
    """The address of a file that was found below another one, or is that itself."""
    name = file.path.as_posix().lstrip("/")
    return f"{address.rstrip('/')}/{name}" if name else address


def _issue(place: PagePlace) -> tuple[str, ...]:
    """What pages of one issue share; a page whose names tell no day is alone."""
    source = read_path(place.place)
    folder = place.place.rpartition("/")[0]
    return (folder, source.newspaper or "", source.issue_date) if source.issue_date else (folder, place.place)


def _read(part: Part, job: Job, settings: Settings, progress: Progress, stack: ExitStack) -> PageBatch:
    """The pages of a part; they bear the names and addresses that they have for everybody."""
    files, origins = [], dict[str, str]()
    for place, page_id, numbers in part:
        path = Path(place)
        if is_address(place):
            path = stack.enter_context(borrow_file(place, beside=SIDECAR))
            if path.suffix.lower() in OCR_FILES and not is_page(path):
                continue
            origins[path.as_posix()] = place
        files.append(PageFile(path, page_id, numbers))
    found = FoundFiles(tuple(files), (), ())
    batch = read_found(found, read_options(job.options, settings), progress.picture_read)

    def named(path: str) -> str:
        file, mark, number = path.partition("#page=")
        return f"{origins.get(file, file)}{mark}{number}"

    return batch._replace(pages=tuple(page.model_copy(update={"path": named(page.path)}) for page in batch.pages))


def _sum_up(report: RunReport, tally: Tally) -> PartReport:
    """A run in numbers."""
    failed = [article for page in report.pages for article in page.articles if article.record is None]
    messages = [f"Not read: {fault}" for fault in report.unread]
    messages += [f"{each.article.page_id}/{each.article.article_id}: {each.message}" for each in failed]
    messages += [
        f"{page}: {counted(len(left), 'recorded exchange was', 'recorded exchanges were')} not asked for."
        for page, left in report.unplayed.items()
    ]
    messages += [f"{report.stopped} {report.left}"] if report.stopped else []
    return PartReport(
        pages=len(report.pages),
        records=len(report.records),
        failures=report.failures,
        to_review=sum(record.awaits_review for record in report.records),
        paid=tally.paid,
        tokens_in=tally.tokens_in,
        tokens_out=tally.tokens_out,
        messages=(*messages, *report.warnings, *report.ties),
        exit_code=report.exit_code,
    )


def _with_secrets(settings: Settings) -> Settings:
    """The settings with the key, headers and proxy that this machine has for the endpoint."""
    here = read_settings({"provider": settings.provider, "base_url": settings.base_url})
    return settings.model_copy(update={name: getattr(here, name) for name in _SECRETS})


def _without_secrets(job: Job) -> Job:
    """The job as it may go over a network."""
    if job.settings.extra_headers:
        next_step = "Set SUMMARISER_EXTRA_HEADERS where the workers run"
        raise ConfigError("headers are not sent to the workers, because they may hold a key", next_step=next_step)
    secrets = {name: Settings.model_fields[name].get_default(call_default_factory=True) for name in _SECRETS}
    return job._replace(settings=job.settings.model_copy(update=secrets), takes_secrets=True)


def _run_on_dask(parts: Sequence[Part], job: Job, address: str) -> Iterator[PartReport]:
    """As `run_parts`, by the workers of a cluster; one that is lost has its parts taken by others."""
    distributed = _load_distributed()
    with _connect(distributed, address, job.settings.concurrency) as client:
        sent = job if address == LOCAL else _without_secrets(job)
        gate = distributed.Semaphore(job.settings.concurrency, f"summariser-{uuid4().hex}")
        gate.register()
        ledger = job.settings.ledger.absolute() if address == LOCAL else None
        submit = partial(client.submit, _run_on_worker, job=sent, gate=gate.name, ledger=ledger, pure=False)
        threads = max(sum(client.nthreads().values()), 1)
        rest = iter(parts)
        done = distributed.as_completed([submit(part) for part in islice(rest, threads * _PARTS_AHEAD)])
        for future in done:
            try:
                report = future.result()
            except distributed.scheduler.KilledWorker as error:
                raise StoreError(
                    f"a part ended every worker that took it ({error.allowed_failures} of them)",
                    path=str(error.task),
                    next_step="Look into the log of the workers; most often it is their memory",
                ) from error
            for part in islice(rest, 1):
                done.add(submit(part))
            yield report
        gate.close()


def _run_on_worker(part: Part, *, job: Job, gate: str, ledger: Path | None) -> PartReport:
    """As `run_part`, on a worker: each request waits for a lease that all workers share.

    Shape: `ledger` is that of all workers of this machine; None: each has its own.
    """
    distributed = _load_distributed()
    worker = distributed.get_worker()
    semaphore = distributed.Semaphore(job.settings.concurrency, gate)
    lease = partial(_hold_lease, semaphore, worker.io_loop.asyncio_loop)
    ledger = ledger or Path(worker.local_directory) / "ledger.db"
    return run_part(part, job, ledger=ledger, wrap=partial(LeasedClient, lease=lease))


class LeasedClient:
    """A client that holds a lease for each request, from its first send to its reply.

    Shape: a request that waits after a 429 keeps its lease, so that all workers together send less.
    """

    def __init__(self, client: ModelClient, lease: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        self._client = client
        self._lease = lease

    async def complete(self, request: Request, unusable: Callable[[Reply], None]) -> Reply:
        """As `ModelClient.complete`."""
        async with self._lease():
            return await self._client.complete(request, unusable)


@asynccontextmanager
async def _hold_lease(semaphore: Any, loop: asyncio.AbstractEventLoop) -> AsyncIterator[None]:
    """A lease of Dask's; its calls go to the loop of the worker, ours is that of one part."""

    async def call(method: Callable[[], Awaitable[object]]) -> None:
        await method()

    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(semaphore.acquire), loop))
    try:
        yield
    finally:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(semaphore.release), loop))


def _connect(distributed: Any, address: str, concurrency: int) -> Any:
    """A client of the cluster at an address, or of one on this machine that ends with it.

    Errors: ConfigError if there is none.
    """
    try:
        if address == LOCAL:
            cores = os.cpu_count() or 1
            threads = max(2, concurrency // cores)  # each takes a part, which waits most of its time
            return distributed.Client(n_workers=cores, threads_per_worker=threads, dashboard_address=None)
        return distributed.Client(address)
    except (OSError, ValueError) as error:
        what = f"no cluster can be reached ({error})"
        next_step = "Start one (dask scheduler, dask worker), or say --dask local"
        raise ConfigError(what, where=f"--dask {address}", next_step=next_step) from error


def _load_distributed() -> Any:
    """dask.distributed, of the extra `dask`. Errors: ConfigError if it is not installed."""
    try:
        return import_module("distributed")
    except ImportError as error:
        next_step = "pip install 'dask[distributed]'"
        raise ConfigError("dask.distributed is not installed", where="--dask", next_step=next_step) from error
