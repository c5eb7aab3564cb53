"""The pipeline: pages go in, records come out. Start reading here.

    Page -> Article -> Request -> Reply -> Case -> Record
    read    split      build      ask      check   make

Each step is a call to another module; the steps never call each other. Pages and articles run concurrently, bounded by
the client; records are kept as they finish. A bad article becomes a `Failure` and the rest goes on. An endpoint that
stays away stops the run, and so does a budget that is used up: nothing new is asked, what is under way may finish and
is kept, and what was not asked has no outcome.

Asking again after an invalid reply is the loop in `_converse`, counted and explicit; it has nothing to do with the
retries of the transport, which live in `endpoints/limits.py`.

`Progress` is told what happens on the way; a `Tally` counts it and says how long the rest may take.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence, Set
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from summariser.asking import Asker, Batches
from summariser.disk.files import SharedReplies
from summariser.disk.ledger import Ledger
from summariser.disk.record_text import is_guarded
from summariser.disk.store import Put, Store
from summariser.disk.stored import reads_as
from summariser.endpoints.client import ModelClient
from summariser.endpoints.limits import estimate_tokens
from summariser.errors import (
    BrokenRecordError,
    BudgetReached,
    CassetteError,
    InvalidReply,
    ModelRefused,
    SummariserError,
)
from summariser.pages.split import group_pages, join_splits, read_split
from summariser.pages.split_rules import split_by_rules
from summariser.prompt import (
    MAX_SENT_BACK,
    Prompt,
    PromptSettings,
    case_request,
    cut_reply,
    more_request,
    repair_request,
    split_request,
    verify_request,
)
from summariser.records.grounding import (
    CheckedCase,
    apply_verdicts,
    claims_of,
    merge_repeated,
    read_further,
    read_reply,
    read_verdicts,
)
from summariser.records.make import (
    Exchange,
    Source,
    carry_over,
    list_articles,
    make_failure,
    make_manifest,
    make_record,
)
from summariser.reply import MAX_REPAIRED, escape_surrogates, limit_issues
from summariser.schema.case import Finding, Severity
from summariser.schema.exchange import Reply, Request
from summariser.schema.page import Article, Page, PageSplit, SplitMethod
from summariser.schema.record import FailedAttempt, Failure, FailureReason, PageManifest, Record, Verification
from summariser.text import counted

if TYPE_CHECKING:
    from summariser.endpoints.transport import Cassettes

Value = TypeVar("Value")
_READ_SHARE = 0.5  # an endpoint that says it read less than this share of a question has cut it
MOST_FURTHER = 3  # times that one article is asked on: some hundred results, more than a page holds
_MANY_TOKENS = 1000  # below, an estimate of tokens says little


class Resources(NamedTuple):
    """What a run works with: client, store, ledger, recordings."""

    client: ModelClient
    store: Store
    ledger: Ledger
    cassettes: Cassettes | None
    batches: Batches | None = None  # None: each request is sent by itself
    replies: SharedReplies | None = None  # what other workers of the run paid for


class RunPlan(NamedTuple):
    """How a run goes about it.

    Shape: `settings` and `case_prompt` are for a page, by its id, because recorded pages carry their own.
    """

    run_id: int
    split_prompt: Prompt | None  # None: split by rules, ask no model
    case_prompt: Callable[[str], Prompt]
    settings: Callable[[str], PromptSettings]
    repairs: int
    pages_at_once: int
    overwrite: bool
    now: Callable[[], datetime]
    base_url: str | None = None  # whose replies in the ledger will do; None: anybody's
    known_from: int | None = 0  # the first run whose replies will do; None: none will
    placed_split_prompt: Prompt | None = None  # of pages whose lines have places; None: as any other
    verify_prompt: Prompt | None = None  # None: no second reader is asked
    verify_model: str | None = None  # None: the one that reads the articles
    unverified: frozenset[str] = frozenset()  # pages of whose records no verdicts are asked all the same
    keeps_words: bool = True  # whether records hold the sentences of their article

    def verify_settings(self, page_id: str) -> PromptSettings:
        """Model and parameters of the second reader."""
        settings = self.settings(page_id)
        return settings.model_copy(update={"model": self.verify_model}) if self.verify_model else settings

    def split_prompt_of(self, page: Page) -> Prompt | None:
        """The prompt that asks for the articles of a page; None where no model is asked."""
        if self.split_prompt is None or page.single:
            return None
        return self.placed_split_prompt if page.layout and self.placed_split_prompt else self.split_prompt


class ArticleOutcome(NamedTuple):
    """What became of one article; `message` says what a person should know.

    Shape: `record` is the one that stands in the folder, None where the article failed; `unkept` is what this run made,
    where a person's work protects the one that stands.
    """

    article: Article
    record: Record | None = None
    put: Put | None = None
    failure_reason: FailureReason | None = None
    message: str = ""
    repairs: int = 0
    unkept: Record | None = None


class PageOutcome(NamedTuple):
    """What became of one page; articles that the run did not come to, because it was stopped, are not among them."""

    page: Page
    split: PageSplit
    articles: tuple[ArticleOutcome, ...]
    stale: tuple[str, ...]  # record files of this page that no article claims any longer
    findings: tuple[Finding, ...]  # why the model's split could not be used; empty if it was, or none was asked


class RunOutcome(NamedTuple):
    """What became of pages, in their order, those that a stopped run did not begin left out, and why it stopped."""

    pages: list[PageOutcome]
    error: SummariserError | None  # the first that stopped it, a budget only if nothing else did; None: all was done
    unplayable: tuple[CassetteError, ...] = ()  # of a replay: what recordings of pages that are left out lack


class Progress:
    """What a watcher of a run is told; derive from it, its methods do nothing.

    They are called in the thread of the run, between two requests, so they should be quick; what they raise ends it.
    """

    def picture_read(self, what: str) -> None:
        """A picture of a page was recognised; called in the thread that did it."""

    def begin(self, pages: int, notes: Sequence[str]) -> None:
        """So many pages are to be gone through; `notes` is what a person should know before anything is asked."""

    def page_split(self, page: Page, split: PageSplit) -> None:
        """A page was cut into articles."""

    def reply_received(self, request: Request, reply: Reply, *, paid: bool) -> None:
        """A reply is there, usable or not; `paid` is False if it came from the ledger."""

    def waiting(self, until: datetime | None, reason: str) -> None:
        """Requests wait, because the endpoint or the ledger wants it; `until` is None where nobody knows how long."""

    def batch_moved(self, what: str) -> None:
        """Something happened to a batch; `what` says it in a line, with the time the endpoint has."""

    def article_done(self, outcome: ArticleOutcome) -> None:
        """An article is kept or has failed."""


class _Answer(NamedTuple, Generic[Value]):
    """What a conversation came to: the best value, where it came from, and everything that could not be used.

    Shape: `best` is None if no reply can be used; `refused` is why there is no further reply; `warning` says what is
    doubtful about one that reads well.
    """

    best: tuple[Value, Source] | None
    attempts: tuple[FailedAttempt, ...]
    repairs: int
    refused: ModelRefused | None
    warning: str

    @property
    def why_none(self) -> str:
        """Why there is no value."""
        return (
            self.refused.advice if self.refused else f"no usable reply after asking {counted(self.repairs + 1, 'time')}"
        )


async def run_pages(
    pages: Sequence[Page],
    resources: Resources,
    plan: RunPlan,
    progress: Progress,
    done: list[ArticleOutcome] | None = None,
) -> RunOutcome:
    """Take pages down the road.

    Shape: `error` is a BudgetReached, ModelUnavailable, ConfigError, CassetteError or StoreError. What was paid for is
    kept. A page that a replay cannot play is left out alone. `done` is given each article as it is done, so that
    whoever ends the run from outside knows of them.
    Errors: StoreError before anything is asked, if records of other pages would be replaced.
    """
    resources.store.check_sources(pages)
    turn = asyncio.Semaphore(plan.pages_at_once)
    run = _new_run(resources, plan, progress, done)

    async def take(group: tuple[Page, ...]) -> list[PageOutcome]:
        async with turn:
            tied = _TiedPages(group)
            jobs = () if run.errors else (partial(_run_page, page, run, tied) for page in group)
            return await _finish_all(jobs, run)

    async with run.asker.working():
        groups = await _finish_all((partial(take, group) for group in group_pages(pages)), run)
    order = {page.page_id: number for number, page in enumerate(pages)}
    outcomes = (outcome for group in groups for outcome in group)
    error = min(run.errors, key=lambda each: isinstance(each, BudgetReached), default=None)
    in_order = sorted(outcomes, key=lambda each: order[each.page.page_id])
    return RunOutcome(in_order, error, tuple(run.unplayable.values()))


async def split_page(page: Page, resources: Resources, plan: RunPlan, progress: Progress) -> PageSplit:
    """Cut one page into articles, as a run would, and keep nothing but the exchanges.

    Errors: those that stop a run.
    """
    run = _new_run(resources, plan, progress)
    async with run.asker.working():
        return (await _split_page(page, run))[0]


class _Run(NamedTuple):
    """What every step of a run needs."""

    resources: Resources
    plan: RunPlan
    progress: Progress
    errors: list[SummariserError]  # what stopped the run; empty: it goes on
    unplayable: dict[Path, CassetteError]  # what a replay missed first in a recording
    reading: asyncio.Lock  # one reply at a time is read and checked
    asker: Asker
    done: list[ArticleOutcome]  # in the order in which they were done

    def finish(self, outcome: ArticleOutcome) -> ArticleOutcome:
        """Note and tell that an article is done."""
        self.done.append(outcome)
        self.progress.article_done(outcome)
        return outcome


def _new_run(resources: Resources, plan: RunPlan, progress: Progress, done: list[ArticleOutcome] | None = None) -> _Run:
    """A run that nothing has stopped and that asks nothing yet."""
    asking = (plan.run_id, plan.base_url, plan.known_from, plan.now, progress)
    asker = Asker(resources.client, resources.ledger, *asking, batches=resources.batches, replies=resources.replies)
    return _Run(resources, plan, progress, [], {}, asyncio.Lock(), asker, [] if done is None else done)


async def _finish_all(jobs: Iterable[Callable[[], Awaitable[Value | None]]], run: _Run) -> list[Value]:
    """What jobs come to that run side by side; None counts for nothing, and so does one that an error of ours ends.

    Shape: such an error stops the run, and the others finish what they began; what a replay misses ends its page only.
    """
    listed = list(jobs)
    run.asker.count_jobs(len(listed) - 1)  # who waits for the jobs asks nothing meanwhile

    async def guard(job: Callable[[], Awaitable[Value | None]]) -> Value | None:
        try:
            return await job()
        except SummariserError as error:
            if isinstance(error, CassetteError) and run.resources.cassettes and run.resources.cassettes.is_played:
                run.unplayable.setdefault(error.path, error)
                return None
            run.errors.append(error.with_traceback(None))
            if not isinstance(error, BudgetReached):
                run.asker.stop(error)
            return None
        finally:
            run.asker.count_jobs(-1)

    results = await asyncio.gather(*(guard(job) for job in listed), return_exceptions=True)
    run.asker.count_jobs(1)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if result is not None and not isinstance(result, BaseException)]


class _TiedPages:
    """Pages whose articles may go on in one another: each waits, once it is cut, until all are."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._missing = {page.page_id for page in pages}
        self._cut: dict[str, tuple[Page, PageSplit]] = {}
        self._is_full = asyncio.Event()

    def leave(self, page: Page) -> None:
        """Wait no longer for a page."""
        self._missing.discard(page.page_id)
        if not self._missing:
            self._is_full.set()

    async def join(self, page: Page, split: PageSplit) -> PageSplit:
        """The split of a page, with what goes on on other pages."""
        self._cut[page.page_id] = (page, split)
        self.leave(page)
        await self._is_full.wait()
        cut = sorted(self._cut.values(), key=lambda each: each[0].page_id)
        return next(each for each in join_splits(cut) if each.page_id == page.page_id)


async def _run_page(page: Page, run: _Run, tied: _TiedPages) -> PageOutcome:
    """Split the page, then take every article side by side."""
    cassettes, store = run.resources.cassettes, run.resources.store
    with cassettes.page(page.page_id) if cassettes else nullcontext():
        try:
            await asyncio.to_thread(store.restore_moved, page)
            split, findings = await _split_page(page, run)
            # A person's split stays. What an earlier run made of the same page is no worse than the rules, and its
            # records rest on it.
            if kept := store.find_split(page) if findings or store.find_moved(page.page_id) else None:
                manifest, split = kept
            else:
                split = await asyncio.to_thread(store.name_articles, split)
                manifest = make_manifest(page, split, run.plan.split_prompt_of(page), findings)
        except BaseException:
            tied.leave(page)
            raise
        with run.asker.idling():
            split = await tied.join(page, split)
        manifest = manifest.model_copy(update={"articles": list_articles(split)})
        await asyncio.to_thread(store.put_page, manifest)  # the disk may take its time; requests go on
        run.progress.page_split(page, split)
        held, replaced = await asyncio.to_thread(_find_replaced, manifest, split, run)
        jobs = (partial(_run_article, manifest, article, run, held, replaced) for article in split.own_articles)
        outcomes = tuple(await _finish_all(jobs, run))
        asked = [each.article.article_id for each in outcomes if each.record and each.article.article_id not in held]
        await asyncio.to_thread(store.end_page, page.page_id, asked)
    stale = store.stale(page.page_id, [article.article_id for article in split.own_articles])
    return PageOutcome(page, split, outcomes, tuple(path.as_posix() for path in stale), findings)


async def _split_page(page: Page, run: _Run) -> tuple[PageSplit, tuple[Finding, ...]]:
    """By the model if there is a prompt for it; by the rules without one, or if the model's answer cannot be used.

    A file that holds one article is not asked about, nor a page that a person has split.
    """
    if run.resources.store.find_moved(page.page_id) and (kept := run.resources.store.find_split(page)):
        return kept[1], ()
    prompt = run.plan.split_prompt_of(page)
    if prompt is None:
        return split_by_rules(page), ()
    request = split_request(page, prompt, run.plan.settings(page.page_id))
    answer = await _converse(request, partial(read_split, page=page), prompt, run)
    if answer.best is not None:
        return answer.best[0], ()
    findings = _notice(answer.refused.reason, answer.refused.advice) if answer.refused else answer.attempts[-1].findings
    findings += _notice("question_cut", answer.warning) if answer.warning else ()
    return split_by_rules(page).model_copy(update={"method": SplitMethod.RULES_AFTER_MODEL}), findings


def _find_replaced(manifest: PageManifest, split: PageSplit, run: _Run) -> tuple[set[str], set[str]]:
    """The articles that nobody is asked about, as a person moved their lines, and those whose record gives way to ours.

    Shape: with `overwrite` all give way; on a page that changed only those that read otherwise.
    """
    due = {*manifest.by_person.due} if manifest.by_person else set[str]()
    if not run.plan.overwrite:
        return manifest.held, due
    sound = run.resources.store.find_sound(manifest, split.own_articles)
    return manifest.held & sound, {each.article_id for each in split.own_articles} - sound | due


async def _run_article(
    manifest: PageManifest, article: Article, run: _Run, held: Set[str], replaced: Set[str]
) -> ArticleOutcome | None:
    """Build, ask, check, verify, keep; None if the run was stopped before this article was asked."""
    if run.errors:
        return None
    if article.article_id in held and (kept := await _find_kept(manifest, article, run)):
        return run.finish(kept)
    prompt = run.plan.case_prompt(article.page_id)
    issued = manifest.page_source.issue_date if manifest.page_source else None
    request = case_request(article, prompt, run.plan.settings(article.page_id))
    read = partial(read_reply, article=article, issued=issued)
    answer = await _converse(request, read, prompt, run, lambda checked: checked.unsupported)
    if answer.best is None:
        outcome = await _keep_failure(manifest, article, request, answer, run)
    else:
        checked, source = answer.best
        checked, further_keys = await _ask_on(request, checked, article, issued, run)
        checked = merge_repeated(checked, article, issued=issued)
        checked, verified_by, told = await _verify(checked, article, run)
        exchange = Exchange.of(prompt, request, source, repairs=answer.repairs)
        exchange = exchange._replace(further_keys=further_keys, verified_by=verified_by)
        record = make_record(manifest, article, checked, exchange, with_words=run.plan.keeps_words)
        outcome = await _keep_record(manifest, article, record, run, overwrite=article.article_id in replaced)
        outcome = outcome._replace(message=outcome.message or answer.warning or told)
    return run.finish(outcome)


async def _ask_on(
    request: Request, checked: CheckedCase, article: Article, issued: str | None, run: _Run
) -> tuple[CheckedCase, tuple[str, ...]]:
    """The case with the results of a dense article that did not fit into one reply, and the requests they came from."""
    prompt, keys = run.plan.case_prompt(article.page_id), list[str]()
    while checked.reply.more and prompt.more and len(keys) < MOST_FURTHER:
        known = checked.reply
        read = partial(read_further, known=known, article=article, issued=issued)
        doubts = partial(CheckedCase.unsupported_behind, known=len(known.results))
        answer = await _converse(more_request(request, known, prompt), read, prompt, run, doubts)
        if answer.best is None:
            break
        checked = answer.best[0]
        keys.append(answer.best[1].request_key)
    return checked, tuple(keys)


async def _verify(checked: CheckedCase, article: Article, run: _Run) -> tuple[CheckedCase, Verification | None, str]:
    """The case with the verdicts of a second reader; as it is where none is asked, or none gives any.

    Shape: the text says what a person should know, as that verdicts were asked for and there are none.
    """
    prompt, claims = run.plan.verify_prompt, claims_of(checked.case)
    if prompt is None or not claims or article.page_id in run.plan.unverified:
        return checked, None, ""
    request = verify_request(article, claims, prompt, run.plan.verify_settings(article.page_id))
    answer = await _converse(request, partial(read_verdicts, claims=claims, article=article), prompt, run)
    if answer.best is None:
        return checked, None, f"No second reader gave verdicts: {answer.why_none}"
    verdicts, source = answer.best
    verification = Verification(
        prompt=prompt.id,
        model=request.model,
        model_answered=source.model,
        request_key=source.request_key,
        reply_sha256=source.sha256,
    )
    return apply_verdicts(checked, verdicts, article), verification, answer.warning


async def _converse(
    request: Request,
    read: Callable[[str], Value],
    prompt: Prompt,
    run: _Run,
    doubts: Callable[[Value], tuple[Finding, ...]] = lambda _value: (),
) -> _Answer[Value]:
    """Ask, and ask again with everything that is wrong, until nothing is or the repairs are used up.

    Shape: the reply with the fewest `doubts` wins, the earlier one on a tie; they are worth asking again for, and what
    makes a reply unusable is what `read` raises.
    """
    best: tuple[Value, Source] | None = None
    fewest = 0
    attempts: list[FailedAttempt] = []
    refused, warning = None, ""
    while True:
        try:
            reply = await run.asker.ask(request, partial(_note_unusable, attempts, request))
        except ModelRefused as error:
            refused = error.with_traceback(None)  # it is kept, and its frames hold whole replies
            break
        warning = warning or warn_of_cut(request, reply)
        async with _reading_turn(reply, run):
            try:
                value = read(reply.text)
                issues = doubts(value)
            except InvalidReply as error:
                issues = error.issues
            else:
                if best is None or len(issues) < fewest:
                    best, fewest = (value, Source.of(reply)), len(issues)
        issues = limit_issues(issues, MAX_REPAIRED)
        if issues:
            attempts.append(_attempt(request, reply, issues))
        if not issues or request.attempt >= run.plan.repairs:
            break
        request = repair_request(request, reply.text, issues, prompt)
        del reply  # an endless one is not held while the next is waited for
    return _Answer(best, tuple(attempts), request.attempt, refused, warning)


@asynccontextmanager
async def _reading_turn(reply: Reply, run: _Run) -> AsyncIterator[None]:
    """Wait to read a reply; an endless one is read at once, as hundreds of them that wait would fill the memory."""
    if len(reply.text) + len(reply.reasoning or "") > MAX_SENT_BACK:
        yield
        return
    async with run.reading:
        await asyncio.sleep(0)  # what came in or can go out meanwhile goes first: reading costs more than sending
        yield


def _attempt(request: Request, reply: Reply, findings: tuple[Finding, ...]) -> FailedAttempt:
    """A reply that was not good enough, as it is kept; of an endless one the ledger alone has all."""
    text = escape_surrogates(cut_reply(reply.text))
    return FailedAttempt(request_key=request.key, reply_text=text, findings=findings)


def _notice(rule: str, message: str) -> tuple[Finding, ...]:
    """A finding about a whole reply."""
    return (Finding(path="$", severity=Severity.NOTICE, rule=rule, message=message),)


def _note_unusable(attempts: list[FailedAttempt], request: Request, reply: Reply) -> None:
    """Add a reply that could not even be read."""
    why = _notice("reply_unusable", f"The reply cannot be used (finish reason {reply.finish_reason}).")
    attempts.append(_attempt(request, reply, why))


def warn_of_cut(request: Request, reply: Reply) -> str:
    """What to tell if the endpoint read much less than it was sent, as with a small context that is cut in silence."""
    read, sent = reply.usage.prompt_tokens, sum(estimate_tokens(message.content) for message in request.messages)
    if not read or sent < _MANY_TOKENS or read >= sent * _READ_SHARE:
        return ""
    return f"The endpoint read {read:,} of about {sent:,} tokens; raise its context length (num_ctx for Ollama)."


async def _find_kept(manifest: PageManifest, article: Article, run: _Run) -> ArticleOutcome | None:
    """What is stored of an article that is not asked about; None if nothing is, or what is reads otherwise."""
    try:
        kept = await asyncio.to_thread(run.resources.store.find_kept, article.page_id, article.article_id)
    except BrokenRecordError as error:
        return ArticleOutcome(article, failure_reason=FailureReason.STORED_RECORD_BROKEN, message=str(error))
    if isinstance(kept, Failure):
        return ArticleOutcome(article, failure_reason=kept.reason, message=kept.message)
    if kept is None or (kept.text.sha256 and not reads_as(article, kept.text)):
        return None
    message = "A person moved its lines, and nobody said that it is to be asked about again (Review, key g)."
    if carried := await _carry(kept, manifest, article, run):
        return ArticleOutcome(article, carried, Put.CARRIED, message=message)
    return ArticleOutcome(article, kept, Put.UNCHANGED, message=message)


async def _carry(kept: Record, manifest: PageManifest, article: Article, run: _Run) -> Record | None:
    """Put a stored record where its article stands now, without an answer; None if it reads otherwise or stands so."""
    if carried := carry_over(kept, article, manifest):
        await asyncio.to_thread(run.resources.store.put_decision, carried, seen=kept)
    return carried


async def _keep_record(
    manifest: PageManifest, article: Article, record: Record, run: _Run, *, overwrite: bool
) -> ArticleOutcome:
    """Write the record, or keep that of a person, where the article stands on the page now.

    Shape: a stored file that a person broke fails this article only, and stays as it is.
    """
    outcome = ArticleOutcome(article, repairs=record.provenance.repairs)
    try:
        carry = partial(carry_over, article=article, manifest=manifest, fresh=record)
        put, stands = await asyncio.to_thread(run.resources.store.put, record, overwrite=overwrite, carry=carry)
    except BrokenRecordError as error:
        return outcome._replace(failure_reason=FailureReason.STORED_RECORD_BROKEN, message=str(error))
    return outcome._replace(record=stands, put=put, unkept=record if put in (Put.KEPT_EDITED, Put.CARRIED) else None)


async def _keep_failure(
    manifest: PageManifest, article: Article, request: Request, answer: _Answer[CheckedCase], run: _Run
) -> ArticleOutcome:
    """Write down what was asked and what came back; a record that a person worked on goes along all the same."""
    reason = answer.refused.reason if answer.refused else FailureReason.INVALID_REPLY
    message = f"{answer.why_none.removesuffix('.')}. {answer.warning}" if answer.warning else answer.why_none
    failure = make_failure(article, request, reason, message, answer.attempts)
    store = run.resources.store
    await asyncio.to_thread(store.put_failure, failure)
    with suppress(BrokenRecordError):
        kept = await asyncio.to_thread(store.find_kept, article.page_id, article.article_id)
        if isinstance(kept, Record) and is_guarded(kept):
            await _carry(kept, manifest, article, run)
    return ArticleOutcome(article, failure_reason=reason, message=message, repairs=answer.repairs)


class Tally(Progress):
    """Counts what a run reports."""

    def __init__(self) -> None:
        self.pictures = self.all_pages = self.pages = self.articles = self.done = 0
        self.repairs = self.failures = self.paid = 0
        self.tokens_in = self.tokens_out = 0
        self.notes: tuple[str, ...] = ()
        self.started = time.monotonic()
        self.wait, self.wait_ends = "", datetime.now(UTC)
        self._paid: set[tuple[str, str]] = set()  # pages and articles that a model was asked about in this run
        self._paid_steps = 0

    def picture_read(self, what: str) -> None:  # noqa: ARG002 - the contract of Progress
        """Count a picture."""
        self.pictures += 1

    def begin(self, pages: int, notes: Sequence[str]) -> None:
        """Count all pages, and start the clock."""
        self.all_pages, self.notes = pages, tuple(notes)
        self.started = time.monotonic()  # OCR before took its own time

    def page_split(self, page: Page, split: PageSplit) -> None:
        """Count a page and its articles."""
        self.pages += 1
        self.articles += len(split.own_articles)
        self._paid_steps += (page.page_id, page.page_id) in self._paid

    def reply_received(self, request: Request, reply: Reply, *, paid: bool) -> None:
        """Count what a reply took."""
        self.repairs += request.attempt > 0
        if paid:
            self.paid += 1
            self._paid.add((request.page_id, request.article_id))
            self.tokens_in += reply.usage.prompt_tokens or 0
            self.tokens_out += reply.usage.completion_tokens or 0

    def article_done(self, outcome: ArticleOutcome) -> None:
        """Count an article, and whether it failed."""
        self.done += 1
        self.failures += outcome.record is None
        self._paid_steps += (outcome.article.page_id, outcome.article.article_id) in self._paid

    def waiting(self, until: datetime | None, reason: str) -> None:
        """Keep what is waited for, and until when."""
        self.wait = f"waiting until {until.astimezone():%H:%M:%S}: {reason}" if until else f"waiting: {reason}"
        self.wait_ends = until or datetime.now(UTC) + timedelta(seconds=2)

    def left_s(self, now: float) -> float | None:
        """The seconds left if all goes on as it went, where that can be told; `now` is of `time.monotonic`.

        Shape: a page not split yet is reckoned with as many articles as the others had; a page counts as an article
        more, since its split is asked for as well. What the ledger knew took no time, so only what was asked tells how
        long a step takes, and all that is left is reckoned as if it had to be asked.
        """
        steps = self.done + self.pages
        if not self._paid_steps or not self.done or not self.pages:
            return None
        all_steps = self.all_pages * (1 + self.articles / self.pages)
        return (now - self.started) / self._paid_steps * (all_steps - steps) if all_steps > steps else None
