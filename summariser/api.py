"""The public functions of the library: `summarise`, `asummarise`, and what the command line calls.

They open client, store, ledger and cassettes, and run the pipeline with them. `asummarise` works in the event loop that
runs; `summarise` makes one, in a thread of its own where one runs already.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar
from uuid import uuid4

from pydantic import Field, model_validator

from summariser.asking import Again, Batches
from summariser.disk.batches import LedgerBatches
from summariser.disk.files import SharedReplies
from summariser.disk.ledger import Ledger, RunState, open_ledger, read_ledger
from summariser.disk.store import Store
from summariser.endpoints import check_names
from summariser.endpoints.batch import BatchEndpoint
from summariser.endpoints.cassette import Cassette, read_cassette
from summariser.endpoints.client import ModelClient, OpenAIClient, ProbeReport, Wrap, probe
from summariser.endpoints.config import OPTIONS, Settings, read_settings
from summariser.endpoints.endpoint import PROVIDERS, BatchLimits, CapabilityStore, Endpoint, MemoryCapabilities
from summariser.endpoints.limits import Budget, estimate_usage
from summariser.errors import (
    BudgetReached,
    CassetteError,
    ConfigError,
    InvalidReply,
    ModelRefused,
    ModelUnavailable,
    PromptError,
    SummariserError,
)
from summariser.pages.split import join_splits, tell_ties
from summariser.pages.split_rules import split_by_rules
from summariser.pipeline import (
    ArticleOutcome,
    PageOutcome,
    Progress,
    Resources,
    RunOutcome,
    RunPlan,
    run_pages,
    split_page,
    warn_of_cut,
)
from summariser.prompt import (
    Prompt,
    PromptSettings,
    case_request,
    load_prompt,
    prompt_versions,
    recorded_prompt,
    split_request,
    verify_request,
)
from summariser.readers.dispatch import PageBatch, PageOptions, ReadOptions, read_all
from summariser.readers.files import parse_page
from summariser.records.grounding import claims_of, merge_repeated, read_reply
from summariser.schema.case import FactClaim
from summariser.schema.exchange import Reply, Request, Usage
from summariser.schema.page import Article, Page, PageSplit
from summariser.schema.record import PageManifest, Record
from summariser.text import counted

if TYPE_CHECKING:
    from summariser.endpoints.transport import Cassettes

Value = TypeVar("Value")
REPLAY_HOST = "http://127.0.0.1:9"  # nobody listens there; a replay sends nothing
_TEST_PAGE = """临河区总工会把课堂开到车间
本报讯（记者王小禾）临河区总工会近日在纺织园办起夜校，近200名职工参加，焊工何建平头一个报名。"""
_ALL_PAGES = 1_000_000_000  # a batch is to hold the requests of all
_PAGES_PER_SLOT = 2  # pages under way for each request that may be in flight: a page waits for its split at first


class RunOptions(PageOptions):
    """What one run is asked to do, beyond the settings of the place it runs in.

    Errors: as `PageOptions`; ConfigError for what contradicts each other.
    """

    replay: bool = False
    record: bool = False
    rules: bool = False
    fresh: bool = False
    sample: bool = False  # with `fresh`: one of several, which takes nothing from one that was stopped either
    overwrite: bool = False
    cassettes: Path = Path("cassettes")
    desk: Path | None = None  # a desk's folder, into which requests go in place of the network
    batch: bool = False  # requests of all pages in files, for less money and a day's patience
    batch_again: Again = Field(default=Again.BATCH, strict=False)  # where what came back without an answer goes
    batch_size: int | None = Field(default=None, ge=1)  # requests in a file; None: as many as the provider allows

    @model_validator(mode="after")
    def _check_ways(self) -> Self:
        """Refuse more than one way to the answers."""
        if self.replay + self.record + self.batch > 1:
            raise ConfigError("replay, record and batch contradict each other", next_step="Give one of them")
        return self


MOST_NAMED = 20  # pages that a run did not come to; nobody reads more names


class RunReport(NamedTuple):
    """What a run came to."""

    out: Path
    pages: tuple[PageOutcome, ...]
    unplayed: Mapping[str, tuple[str, ...]]  # replay: recordings nobody asked for, by page
    unread: tuple[SummariserError, ...] = ()  # of files that could not be read, of pages that could not be replayed
    notes: tuple[str, ...] = ()  # of the settings; files left out, blank pages
    ties: tuple[str, ...] = ()  # articles that go on on another page, or stand twice
    stopped: str = ""  # why the run ended before all was asked: its budget
    not_begun: tuple[str, ...] = ()  # pages that it did not come to

    @property
    def records(self) -> list[Record]:
        """The records as they stand in the folder now, page by page; articles that failed have none."""
        return [article.record for page in self.pages for article in page.articles if article.record]

    @property
    def failures(self) -> int:
        """How many articles have no record."""
        return sum(article.record is None for page in self.pages for article in page.articles)

    @property
    def warnings(self) -> list[str]:
        """What a person should know of articles that have a record, as that the endpoint read a part only."""
        made = (article for page in self.pages for article in page.articles if article.record and article.message)
        return [f"{each.article.page_id}/{each.article.article_id}: {each.message}" for each in made]

    @property
    def kept(self) -> int:
        """How many stored records a person's work protected from this run."""
        return sum(article.unkept is not None for page in self.pages for article in page.articles)

    @property
    def missing(self) -> dict[str, int]:
        """How many articles of a page the run did not come to, by page; pages not begun are not among them."""
        left = {page.page.page_id: len(page.split.own_articles) - len(page.articles) for page in self.pages}
        return {page_id: number for page_id, number in left.items() if number}

    @property
    def left(self) -> str:
        """What the run did not come to, in a sentence; nothing if it came to all."""
        pages = [f"{counted(number, 'article')} of {page}" for page, number in self.missing.items()]
        pages += [f"all of {page}" for page in self.not_begun]
        more = f", and {counted(len(pages) - MOST_NAMED, 'page more', 'pages more')}" if len(pages) > MOST_NAMED else ""
        return f"Not done: {', '.join(pages[:MOST_NAMED])}{more}." if pages else ""

    @property
    def exit_code(self) -> int:
        """0 if nothing is left to do, 1 if a person should look, 3 if a further run has to go on."""
        if self.stopped:
            return 3
        odd_pages = any(page.stale or page.findings for page in self.pages)
        needs_eyes = self.warnings or self.failures or self.kept or self.unplayed or self.unread or odd_pages
        return 1 if needs_eyes or any(record.awaits_review for record in self.records) else 0


class PlannedRequest(NamedTuple):
    """A request that a run would send, and its size."""

    request: Request
    is_known: bool  # its reply is in the ledger: it would cost nothing
    usage: Usage  # estimated


def summarise(
    paths: Iterable[Path | str] | Path | str,
    *,
    options: RunOptions | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    **flags: Any,
) -> RunReport:
    """Turn page files, folders or globs into records on disk, and say what became of each article.

    Shape: where an event loop runs already, as in a notebook, the run has a thread of its own, and `progress` is told
    there. `flags` are settings by name, that win over environment and summariser.toml (`settings` gives all at once):
    provider, base_url, api_key, model, temperature, max_tokens, concurrency, repairs, transport_attempts, timeout_s,
    max_wait_s, extra_body, extra_headers, budget, budget_tokens, price, prices, out, ledger, split_prompt, case_prompt,
    verify, verify_prompt, verify_model, keep_text; or fields of `RunOptions`, which win over `options`: replay, record,
    rules, fresh, sample, overwrite, cassettes, engine, dpi, source, desk, batch, batch_again, batch_size.
    Errors: any branch of SummariserError but InvalidReply; what was paid for before it is kept.
    """
    return _run(lambda: asummarise(paths, options=options, settings=settings, progress=progress, **flags))


async def asummarise(
    paths: Iterable[Path | str] | Path | str,
    *,
    options: RunOptions | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    **flags: Any,
) -> RunReport:
    """As `summarise`, in the event loop that runs; cancelling it stops the run, and what was paid for is kept.

    Shape: `flags` as those of `summarise`.
    Errors: any branch of SummariserError but InvalidReply.
    """
    check_names(flags, "the run has", (*OPTIONS, *RunOptions.model_fields))
    said = {name: flags.pop(name) for name in RunOptions.model_fields if name in flags}
    chosen = RunOptions.model_validate(dict(options or ()) | said)
    if settings is not None and flags:
        raise ConfigError(f"settings are given, and {', '.join(flags)} as well", next_step="Give the one or the other")
    given = settings or read_settings(flags)
    listed = [paths] if isinstance(paths, Path | str) else paths
    told = progress or Progress()
    batch = await asyncio.to_thread(read_all, listed, read_options(chosen, given), told.picture_read)
    batch = batch._replace(notes=(*given.notes, *batch.notes))
    return await _summarise(RunJob(batch, chosen, given, told))


def _read_recordings(batch: PageBatch, options: RunOptions) -> tuple[PageBatch, dict[str, Cassette]]:
    """The pages whose recording can be read, with the recordings by page id; the others are faults.

    Shape: those without a recording are one fault, which names them.
    Errors: CassetteError if there is no page to play; ConfigError if the rules would cut a page that a model cut.
    """
    cassettes, splits = options.cassettes, [load_prompt(f"split@{each}").system for each in prompt_versions()["split"]]
    recorded: dict[str, Cassette] = {}
    faults: list[CassetteError] = []
    missing: list[str] = []
    for page in batch.pages:
        path = cassettes / f"{page.page_id}.yaml"
        try:
            if path.is_file():
                recorded[page.page_id] = read_cassette(path)
            else:
                missing.append(path.name)
        except CassetteError as error:
            faults.append(error)
    if missing := [*missing, *(f"{file.page_id}.yaml" for file in batch.unwanted)]:
        more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
        what = f"no recording of {', '.join(missing[:10])}{more}"
        next_step = "Only what was recorded can be replayed: summariser run PAGES --record"
        faults.insert(0, CassetteError(what, path=cassettes, next_step=next_step))
    if faults and not recorded:
        raise faults[0]
    if cut := [page_id for page_id, tape in recorded.items() if options.rules and any(map(tape.asks, splits))]:
        what = f"rules may cut {cut[0]} otherwise than its recording, in which a model cuts it"
        raise ConfigError(what, where=str(cassettes / f"{cut[0]}.yaml"), next_step="Replay it without rules")
    kept = tuple(page for page in batch.pages if page.page_id in recorded)
    return batch._replace(pages=kept, faults=(*batch.faults, *faults)), recorded


class SharedResources(NamedTuple):
    """What a run shares with those that take other parts of the same work."""

    find_replies: Callable[[Endpoint], SharedReplies]  # what was paid at an endpoint, by whomever
    wrap: Callable[[ModelClient], ModelClient] = lambda client: client  # the client in the bounds of all of them
    budget: Budget | None = None  # of all of them; None: each has what the settings say


class RunJob(NamedTuple):
    """Pages that were read, and all that is said of their run.

    Shape: `recorded` has the recordings that a replay plays, by page id; `shared` is None for a run of its own.
    """

    batch: PageBatch
    options: RunOptions
    settings: Settings
    progress: Progress
    shared: SharedResources | None = None
    recorded: Mapping[str, Cassette] = MappingProxyType({})


def summarise_pages(job: RunJob) -> RunReport:
    """As `summarise`, for pages that were read, as a part of a larger run.

    Errors: as `summarise`.
    """
    return _run(lambda: _summarise(job))


def _run(work: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
    """What a coroutine comes to; in a thread of its own if a loop runs here already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        made: list[Value] = []  # a task that came to it would be spelled by Python, records and all, at its end

        async def make() -> None:
            made.append(await work())

        asyncio.run(make())
        return made.pop()
    started: Future[Callable[[], object]] = Future()

    async def main() -> Value:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        started.set_result(lambda: task and loop.call_soon_threadsafe(task.cancel))
        return await work()

    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(asyncio.run, main())
        try:
            return result.result()
        finally:
            if not result.done():  # we were interrupted: so is the run
                started.result()()


class SplitReport(NamedTuple):
    """Pages with their articles, what could not be read, and what a person should know of the files."""

    pages: tuple[tuple[Page, PageSplit], ...]
    unread: tuple[SummariserError, ...]
    notes: tuple[str, ...]


def split_pages(
    paths: Iterable[Path | str], *, settings: Settings, options: RunOptions, progress: Progress
) -> SplitReport:
    """Cut pages into articles, by the model or by rules; nothing is stored but exchanges and what OCR read.

    Errors: as `summarise`.
    """
    batch = read_all(paths, read_options(options, settings), progress.picture_read)
    by_rules = options.rules or all(page.single for page in batch.pages)
    splits = (
        [split_by_rules(page) for page in batch.pages]
        if by_rules
        else _run(lambda: _split(list(batch.pages), settings, progress))
    )
    joined = join_splits(list(zip(batch.pages, splits, strict=True)))
    cut = tuple(zip(batch.pages, joined, strict=True))
    return SplitReport(cut, batch.faults, (*batch.notes, *tell_ties(cut)))


def read_options(options: RunOptions, settings: Settings) -> ReadOptions:
    """How files are read.

    Shape: recordings have the recognition that they were made with, which is looked for there by every run; a replay
    opens no picture without a recording, because recognition takes its time.
    """
    folder = options.cassettes
    read = ReadOptions.made_of(options, out=settings.out, recordings=folder, is_recorded=options.record)
    if not options.replay:
        return read
    recorded = {path.stem for path in folder.glob("*.yaml")}
    wanted = recorded | {re.sub(r"\.p[0-9]+$", "", name) for name in recorded}
    return read.model_copy(update={"wanted": wanted.__contains__})


def examine(settings: Settings) -> ProbeReport:
    """What can be seen of the configured endpoint; what its model can do is remembered in the ledger.

    Shape: usable only if a question like the real ones, about an article of two lines, was answered.

    Errors: ConfigError if the settings do not say whom to ask.
    """
    return _run(lambda: _examine(settings))


def plan_requests(
    paths: Iterable[Path | str], *, settings: Settings, options: RunOptions
) -> tuple[list[PlannedRequest], PageBatch]:
    """The requests that a run would send, without sending any, and the pages they are about.

    Shape: the articles are those that a person or an earlier run left, else those of the rules, so that their number is
    an estimate, and so are tokens; repairs are not reckoned with. What a second reader would be asked is known where
    the reply about its article is; else the request stands without its claims.
    Errors: InputError, PromptError, ConfigError, for a replay too.
    """
    if options.replay:
        what = "a replay sends nothing, so there is nothing to plan: --replay and --dry-run contradict each other"
        raise ConfigError(what, next_step="Leave out one of them")
    batch = read_all(paths, read_options(options, settings))
    endpoint = settings.endpoint(is_replay=True)
    plan = _make_plan(0, endpoint, options, settings, {})
    kept = [_kept_split(page, settings, options) for page in batch.pages]
    splits = join_splits([(page, split) for page, (_, split) in zip(batch.pages, kept, strict=True)])
    planned: list[PlannedRequest] = []
    with read_ledger(settings.ledger) as ledger:
        known_from = _known_from(sys.maxsize, options, ledger, endpoint)

        def find_reply(key: str) -> Reply | None:
            if known_from is None:
                return None
            return ledger.find_reply(key, endpoint.address, known_from=known_from)

        for page, (manifest, _), split in zip(batch.pages, kept, splits, strict=True):
            held = manifest.held if manifest and not options.overwrite else set[str]()
            articles = [each for each in split.own_articles if each.article_id not in held]
            for request in _plan_page(page, manifest, articles, plan, find_reply):
                known = find_reply(request.key) is not None
                planned.append(PlannedRequest(request, known, estimate_usage(request, articles=len(articles))))
    return planned, batch


def _plan_page(
    page: Page,
    manifest: PageManifest | None,
    articles: Sequence[Article],
    plan: RunPlan,
    find_reply: Callable[[str], Reply | None],
) -> Iterator[Request]:
    """The requests of a page, as far as they are known before the first is answered."""
    settings, prompt = plan.settings(page.page_id), plan.split_prompt_of(page)
    if prompt and not (manifest and manifest.by_person):
        yield split_request(page, prompt, settings)
    for article in articles:
        yield (request := case_request(article, plan.case_prompt(page.page_id), settings))
        if plan.verify_prompt:
            reply = find_reply(request.key)
            claims = _known_claims(reply.text, article, page.source.issue_date) if reply else ()
            yield verify_request(article, claims, plan.verify_prompt, plan.verify_settings(page.page_id))


def _kept_split(page: Page, settings: Settings, options: RunOptions) -> tuple[PageManifest | None, PageSplit]:
    """The articles of a page as a run will most likely have them, with the manifest that says so."""
    kept = Store(settings.out).find_split(page)
    return kept if kept and (kept[0].by_person or not options.rules) else (None, split_by_rules(page))


def _known_claims(reply: str, article: Article, issued: str | None) -> tuple[FactClaim, ...]:
    """What a second reader is asked about a reply; nothing where it cannot be used."""
    try:
        return claims_of(merge_repeated(read_reply(reply, article, issued=issued), article, issued=issued).case)
    except InvalidReply:
        return ()


async def _summarise(job: RunJob) -> RunReport:
    """Open what a run works with, run, and close it."""
    options, settings = job.options, job.settings
    limits = _limit_batches(settings, options) if options.batch else None
    if options.replay:
        batch, recorded = _read_recordings(job.batch, options)
        job = job._replace(batch=batch, recorded=recorded)
    pages, endpoint = job.batch.pages, _endpoint_of(job)
    with open_ledger(None if options.replay else settings.ledger) as ledger:
        cassettes = _open_cassettes(options, settings)
        async with _new_client(job, endpoint, ledger, cassettes) as client:
            resources = await _prepare(job, client, ledger, cassettes)
            with _registered_run(ledger, endpoint, len(pages), client.budget, _command(options)) as (run_id, articles):
                known_from = _known_from(run_id, options, ledger, endpoint)
                warnings = _warnings(job, endpoint, resources)
                job.progress.begin(len(pages), [*job.batch.notes, *warnings, *_gone_on_with(known_from, run_id)])
                if limits:
                    again, told = options.batch_again, job.progress.batch_moved
                    batches = Batches(BatchEndpoint(client, limits), ledger, run_id, again, _now, told)
                    resources = resources._replace(batches=batches)
                plan = _make_plan(run_id, endpoint, options, settings, job.recorded)
                plan = plan._replace(known_from=known_from)
                done = await run_pages(pages, resources, plan, job.progress, articles)
                report = _make_report(done, job.batch, settings.out, cassettes)
                if done.error and not isinstance(done.error, BudgetReached):
                    done.error.add_note(report.left)
                    raise done.error
                if done.unplayable and not done.pages:
                    raise done.unplayable[0]
    return report


def _endpoint_of(job: RunJob) -> Endpoint:
    """Where the requests of a run go; a fresh run asks for replies of its own."""
    endpoint = _replay_endpoint(job.recorded) if job.options.replay else job.settings.endpoint()
    return endpoint.model_copy(update={"draw": uuid4().hex}) if job.options.fresh else endpoint


def _new_client(job: RunJob, endpoint: Endpoint, ledger: Ledger, cassettes: Cassettes | None) -> OpenAIClient:
    """The client of a run, with its budget; a replay spends nothing."""
    is_replay, settings = job.options.replay, job.settings
    known: CapabilityStore = _recorded_capabilities(job.recorded) if is_replay else ledger.capabilities
    wrap = _choose_way(cassettes, job.options.desk)
    client = OpenAIClient(endpoint, capabilities=known, policy=settings.policy, wrap=wrap)
    budget = Budget() if is_replay else (job.shared and job.shared.budget) or settings.new_budget()
    client.on_wait, client.budget = job.progress.waiting, budget
    return client


async def _prepare(job: RunJob, client: OpenAIClient, ledger: Ledger, cassettes: Cassettes | None) -> Resources:
    """What a run works with; capabilities are found out before a page is open, so that they are not recorded."""
    if job.options.record:
        for model in {client.endpoint.model, *_second_readers(job.settings)}:
            await client.find_capability(model)
    resources = Resources(client, Store(job.settings.out), ledger, cassettes)
    if job.shared is None:
        return resources
    replies = None if job.options.replay else job.shared.find_replies(client.endpoint)
    return resources._replace(client=job.shared.wrap(client), replies=replies)


def _warnings(job: RunJob, endpoint: Endpoint, resources: Resources) -> Iterator[str]:
    """What a person should know before anything is asked."""
    if job.shared is None:
        yield from _warn_of_others(job.batch.pages, resources.store)
    if not job.options.batch:
        yield from _warn_of_batches(resources.ledger, endpoint)


def _make_report(done: RunOutcome, batch: PageBatch, out: Path, cassettes: Cassettes | None) -> RunReport:
    """What a run came to, told with what it was given."""
    unplayed = dict(cassettes.unplayed) if cassettes else {}
    ties = tuple(tell_ties([(outcome.page, outcome.split) for outcome in done.pages]))
    begun = {outcome.page.page_id for outcome in done.pages}
    not_begun = tuple(page.page_id for page in batch.pages if page.page_id not in begun)
    stopped = str(done.error or "")
    unread = (*batch.faults, *done.unplayable)
    return RunReport(out, tuple(done.pages), unplayed, unread, batch.notes, ties, stopped, not_begun)


def _limit_batches(settings: Settings, options: RunOptions) -> BatchLimits:
    """How the provider wants its batches.

    Errors: ConfigError if none is known of it.
    """
    provider = PROVIDERS[settings.provider]
    if provider.batch is None:
        hint = "Run without --batch; an endpoint given by --base-url alone, without --provider, is tried"
        raise ConfigError(f"no batches are known of {provider.name}", next_step=hint)
    size = min(options.batch_size or provider.batch.requests, provider.batch.requests)
    return provider.batch.model_copy(update={"requests": size})


def _warn_of_batches(ledger: Ledger, endpoint: Endpoint) -> Iterator[str]:
    """That a run without batches asks again what is under way in some."""
    under_way = [
        each for each in LedgerBatches(ledger).sums() if not each.ended_at and each.base_url == endpoint.address
    ]
    requests = sum(each.requests for each in under_way)
    if under_way:
        yield (
            f"{counted(len(under_way), 'batch', 'batches')} with {counted(requests, 'request')} under way here: without"
            " --batch these are asked again, and paid twice; with it the run goes on with them"
        )


def _warn_of_others(pages: Sequence[Page], store: Store) -> Iterator[str]:
    """What becomes of records that are there: these would be the first of theirs among others', or part from them."""
    if source := store.find_elsewhere(pages):
        yield (
            f"{store.out}/ holds records of pages from elsewhere ({source}); yours go among them. For a folder of your"
            " own: --out FOLDER, or summariser init FOLDER"
        )
    for page_id, others in store.find_parted(pages).items():
        yield f"{page_id}: shares an article with {', '.join(others)}, and loses it in a run without; run them together"


async def _split(pages: list[Page], settings: Settings, progress: Progress) -> list[PageSplit]:
    endpoint = settings.endpoint()
    with open_ledger(settings.ledger) as ledger:
        budget = settings.new_budget()
        async with OpenAIClient(endpoint, capabilities=ledger.capabilities, policy=settings.policy) as client:
            client.on_wait, client.budget = progress.waiting, budget
            resources = Resources(client, Store(settings.out), ledger, None)
            with _registered_run(ledger, endpoint, len(pages), budget) as (run_id, _):
                plan = _make_plan(run_id, endpoint, RunOptions(), settings, {})
                return [await split_page(page, resources, plan, progress) for page in pages]


async def _examine(settings: Settings) -> ProbeReport:
    with (read_ledger if os.path.lexists(settings.ledger) else open_ledger)(settings.ledger) as ledger:
        async with OpenAIClient(
            settings.endpoint(), capabilities=ledger.capabilities, policy=settings.policy
        ) as client:
            report = (await probe(client)).add(PROVIDERS[settings.provider].batch_sentence)
            if ledger.is_read_only:
                report = report.add(f"{settings.ledger} may only be read here: a run is refused.")
            if not report.is_usable or settings.provider == "desk":  # nobody wants a test on his desk
                return report
            article = split_by_rules(parse_page(_TEST_PAGE.encode(), path="doctor.txt")).articles[0]
            asked = PromptSettings.made_of(settings, model=client.endpoint.model)
            request = case_request(article, _load_prompt("case_study", settings.case_prompt), asked)
            try:
                reply = await client.complete(request)
            except (ConfigError, ModelUnavailable, ModelRefused) as error:
                return report.add(f"A question like the real ones fails: {error}", is_usable=False)
    if "{" not in reply.text:
        return report.add("A question like the real ones is answered, but not with JSON.", is_usable=False)
    if warning := warn_of_cut(request, reply):
        return report.add(warning, is_usable=False)
    return report.add(f"A question like the real ones is answered within {reply.seconds:.1f} seconds.")


@contextmanager
def _registered_run(
    ledger: Ledger, endpoint: Endpoint, pages: int, budget: Budget, command: str = "run"
) -> Iterator[tuple[int, list[ArticleOutcome]]]:
    """A run in the ledger, ended however it ends, with the articles that are done by then."""
    run_id = ledger.begin_run(command, endpoint.model, endpoint.address, _now(), pages=pages)
    articles: list[ArticleOutcome] = []
    state = RunState.STOPPED
    try:
        yield run_id, articles
        state = RunState.STOPPED if budget.reached else RunState.DONE
    finally:
        made = sum(article.record is not None for article in articles)
        ledger.end_run(run_id, _now(), records=made, failures=len(articles) - made, state=state)


def _command(options: RunOptions) -> str:
    """What the ledger calls a run; one that asks anew goes on with its own kind only."""
    return "run --fresh" if options.fresh else "run"


def _known_from(run_id: int, options: RunOptions, ledger: Ledger, endpoint: Endpoint) -> int | None:
    """The first run whose replies will do, None if none: of one that asks anew, the first that it goes on with."""
    if options.record or options.replay or options.sample:  # each page has its own recordings
        return None
    command, model, address = _command(options), endpoint.model, endpoint.address
    return (ledger.first_stopped(command, model, address, before=run_id) or run_id) if options.fresh else 0


def _gone_on_with(known_from: int | None, run_id: int) -> Iterator[str]:
    """That a run that asks anew has replies already."""
    if known_from not in (None, 0, run_id):
        yield f"--fresh goes on with run {known_from}, which was stopped; once this one is done, the next asks anew"


def _make_plan(
    run_id: int, endpoint: Endpoint, options: RunOptions, settings: Settings, recorded: Mapping[str, Cassette]
) -> RunPlan:
    live = PromptSettings.made_of(settings, model=endpoint.model)
    asked = {
        page_id: PromptSettings.made_of(info, model=info.model_beside(_second_readers(settings)))
        for page_id, info in recorded.items()
    }
    newest = _load_prompt("case_study", settings.case_prompt)
    prompts = {page_id: recorded_prompt(settings.case_prompt, info.asks) for page_id, info in recorded.items()}
    verify_prompt, unverified = _plan_verdicts(settings, recorded)
    return RunPlan(
        run_id=run_id,
        split_prompt=None if options.rules else _load_prompt("split", settings.split_prompt),
        placed_split_prompt=None if options.rules else load_prompt(settings.split_prompt, placed=True),
        case_prompt=lambda page_id: prompts.get(page_id, newest),
        settings=lambda page_id: asked.get(page_id, live),
        repairs=settings.repairs,
        pages_at_once=_ALL_PAGES if options.batch else settings.concurrency * _PAGES_PER_SLOT,
        overwrite=options.overwrite,
        now=_now,
        base_url=endpoint.address,
        verify_prompt=verify_prompt,
        verify_model=settings.verify_model,
        unverified=unverified,
        keeps_words=settings.keep_text,
    )


def _load_prompt(name: str, spec: str) -> Prompt:
    """The prompt of this name that a setting says. Errors: as `load_prompt`; PromptError for one of another name."""
    prompt = load_prompt(spec)
    if prompt.name != name:
        raise PromptError(f"prompt {prompt.id} is given for {name}", expected=f"A version of {name}, as {name}@1")
    return prompt


def _plan_verdicts(settings: Settings, recorded: Mapping[str, Cassette]) -> tuple[Prompt | None, frozenset[str]]:
    """The prompt of the second reader, None if none is asked; and the recorded pages about which none was.

    Shape: unless the settings say it, recordings are played with verdicts where they have them.
    """
    if settings.verify is False or not (settings.verify or recorded):
        return None, frozenset()
    prompt = _load_prompt("verify", settings.verify_prompt)
    without = () if settings.verify else (page_id for page_id, tape in recorded.items() if not tape.asks(prompt.system))
    return prompt, frozenset(without)


def _open_cassettes(options: RunOptions, settings: Settings) -> Cassettes | None:
    """The cassettes, if the run records or replays."""
    if not options.replay and not options.record:
        return None
    from summariser.endpoints.transport import Cassettes  # here: it imports httpx2

    answered_by = "desk" if settings.provider == "desk" else None
    today = datetime.now().astimezone().date()
    return Cassettes(options.cassettes, is_played=options.replay, today=today, answered_by=answered_by)


def _choose_way(cassettes: Cassettes | None, desk: Path | None) -> Wrap | None:
    """What stands between the client and the network: recordings, or a desk in this process."""
    if desk is None:
        return cassettes.wrap if cassettes else None
    from summariser.endpoints.desk import desk_transport  # here: the desk is a server, with all that it needs

    transport = desk_transport(desk)
    return lambda _network: cassettes.wrap(transport) if cassettes else transport


def _replay_endpoint(recorded: Mapping[str, Cassette]) -> Endpoint:
    first = next(iter(recorded.values()))
    return Endpoint(base_url=REPLAY_HOST + first.base_path, model=first.model)


def _recorded_capabilities(recorded: Mapping[str, Cassette]) -> MemoryCapabilities:
    """What the recorded endpoints could do, so that a replay asks in the same words; all models of a page the same."""
    known = MemoryCapabilities()
    for info in recorded.values():
        for model in info.model.split(" + "):
            known.put(_replay_endpoint(recorded).base_url, model, info.capability)
    return known


def _second_readers(settings: Settings) -> tuple[str, ...]:
    """The model that is asked for verdicts, if it has a name of its own."""
    return (settings.verify_model,) if settings.verify and settings.verify_model else ()


def _now() -> datetime:
    return datetime.now(UTC)
