"""Replies to requests: from the ledger if it has them, else from the model, singly or in batches; never paid twice.

`Batches` gather requests from all pages. A request waits there until no job of the run can bring another one; then all
that wait go out, so there is a round for the splits, one for the articles and one for each repair. Everything that has
to survive is in the ledger: a batch is noted before its file goes out, with the name of the file before the batch is
made, and each line as it comes back. Who opens the ledger next asks the endpoint for what is under way and makes no
second batch of the same file.

A request that came back without an answer (expired, cancelled, failed, missing, cut off) goes into the next batch or is
asked singly, as the user says. When a run is stopped its batches go on at the endpoint. What came back for one request
is read once, kept as a line of the ledger, and told to whoever waits for it.

A request that this run or another one has on its way already is waited for. Replies that cannot be an answer (cut off,
empty, refused) are kept as well, because they cost as much. While another process holds the ledger, a reply waits in
memory and is tried again; claims are renewed as long as the run asks, so that a long request is not taken over. Workers
on many machines, each with a ledger of its own, share `SharedReplies`: they are asked after the ledger and before the
endpoint, and have each answer once the ledger has it.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple, Protocol, TypeVar

from summariser.disk.batches import SETTLED, LedgerBatches, Line, LineState, OpenBatch
from summariser.disk.files import SharedReplies
from summariser.disk.ledger import CLAIM_AGE, Claim, Ledger
from summariser.endpoints.batch import BatchEndpoint, BatchFile, RemoteBatch, Verdict
from summariser.endpoints.client import ModelClient
from summariser.endpoints.completion import Completion, Fault, Rejection, adapt, may_adapt, refuse, refuse_completion
from summariser.endpoints.endpoint import Capability, build_body
from summariser.endpoints.limits import Spending
from summariser.errors import ConfigError, ModelRefused, ModelUnavailable, StoreBusyError, SummariserError
from summariser.schema.exchange import OutputMode, Reply, Request
from summariser.schema.record import FailureReason

_TRIES: Final = 3  # batches in which a request is asked before it has failed
LONGEST_POLL_S: Final = 60.0
BUSY_TURNS: Final = 60  # in which the ledger was held by another process, each ten seconds long
DELIVERED_AT_ONCE: Final = 64  # replies in memory
MAX_FAILED_POLLS: Final = 20  # one after the other; a batch goes on while nobody can look at it
MAX_POLLS_WITHOUT_FILE: Final = 7  # some say completed before they name the files
_WORDIEST: Final = Capability(mode=OutputMode.JSON_OBJECT)  # the schema is said in words: no question is longer


class Again(StrEnum):
    """Where a request goes that came back from a batch without an answer."""

    BATCH = "batch"
    SINGLY = "singly"


class _Waiting(NamedTuple):
    """A request that somebody waits for."""

    request: Request
    tries: asyncio.Future[list[Line]]


@dataclass
class _ActiveBatch:
    """A batch under way, and when to look at it again."""

    batch: OpenBatch
    wait_s: float
    has_others: bool  # others were under way when it was made
    due: float = 0.0
    failed_polls: int = 0
    polls_without_file: int = 0
    told: str = ""


@dataclass
class Batches:
    """The batches of one run; `work` runs beside those who wait for an `answer`.

    Shape: `jobs` counts what may still bring requests and is not waiting; `tell` gets a line about each change.
    """

    endpoint: BatchEndpoint
    ledger: Ledger
    run_id: int
    again: Again
    now: Callable[[], datetime]
    tell: Callable[[str], None]
    first_poll_s: float = 0.02  # then each time twice as long
    jobs: int = 1
    _queue: dict[str, Request] = field(default_factory=dict)
    _deferred: dict[str, Request] = field(default_factory=dict)  # until another batch has ended
    _waiting: dict[str, _Waiting] = field(default_factory=dict)
    _active: dict[int, _ActiveBatch] = field(default_factory=dict)
    _capabilities: dict[str, Capability | None] = field(default_factory=dict)  # learnt from lines that were refused
    _error: SummariserError | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._batches = LedgerBatches(self.ledger)

    def count_jobs(self, more: int) -> None:
        """So many more jobs may bring requests; fewer if negative."""
        self.jobs += more
        if self.jobs <= 0:
            self._changed.set()

    @contextmanager
    def idling(self) -> Iterator[None]:
        """The job that runs the block waits for replies in it, and brings no requests."""
        self.count_jobs(-1)
        try:
            yield
        finally:
            self.count_jobs(1)

    async def answer(self, request: Request, unusable: Callable[[Reply], None]) -> Reply | None:
        """The reply to a request, in the ledger when it comes; None if it is to be asked singly.

        Shape: `unusable` gets replies on the way that cannot be an answer.
        Errors: as `ModelClient.complete`.
        """
        while True:
            limit = self._limit(request)
            spending = Spending(build_body(request, _WORDIEST, max_tokens=limit), limit, is_batch=True)
            async with self.endpoint.client.budget.sending(spending):
                tries = await self._wait_for(request)
                last = tries[-1] if tries else None
                if last and last.reply:
                    spending.settle(last.reply.usage, f"{last.reply.reasoning or ''}{last.reply.text}")
            is_over = last is not None and (last.state in SETTLED or len(tries) >= _TRIES)
            if not is_over and self.again is Again.BATCH:
                continue
            is_answered = last is not None and last.state is LineState.ANSWERED
            for line in tries[:-1] if is_answered else tries:
                if line.reply:
                    unusable(line.reply)
            if last and is_answered:
                return last.reply
            if last and is_over:
                raise _refuse_line(request, last)
            return None

    async def _wait_for(self, request: Request) -> list[Line]:
        """What came of a request in batches, once the one that has it has ended; none if it was not worked on."""
        if self._error:
            raise self._error
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        self._waiting[request.key] = waiting
        if not any(request.key in active.batch.lines for active in self._active.values()):
            self._queue[request.key] = request
        self._changed.set()
        try:
            return await waiting.tries
        finally:
            self._waiting.pop(request.key, None)

    def stop(self, error: SummariserError) -> None:
        """Let nobody wait any longer: all get this error, and what is under way goes on without us."""
        self._error = self._error or error
        for waiting in self._waiting.values():
            if not waiting.tries.done():
                waiting.tries.set_exception(self._error)

    async def work(self) -> None:
        """Send what waits, look at what is under way, give out what came; until cancelled."""
        busy_turns = 0
        try:
            while True:
                try:
                    await self._resume_all()
                    while True:
                        await self._take_turn()
                        busy_turns = 0
                except StoreBusyError as error:  # what was noted so far is taken up as that of a killed run would be
                    busy_turns += 1
                    if busy_turns > BUSY_TURNS:
                        raise
                    self.tell(str(error))
        except SummariserError as error:
            self.stop(error)
        finally:
            for waiting in self._waiting.values():
                waiting.tries.cancel()  # nobody is there any more to answer

    async def _take_turn(self) -> None:
        """Do what is to be done, then wait for more."""
        self._changed.clear()
        if self._queue and self.jobs <= 0:
            await self._send_queue()
        for active in list(self._active.values()):
            if time.monotonic() >= active.due:
                await self._poll(active)
        await asyncio.sleep(0)  # who has a reply now goes on first
        if not (self._queue and self.jobs <= 0):
            await self._wait_for_work()

    async def _resume_all(self) -> None:
        """Go on with the batches that the ledger knows to be under way."""
        address = self.endpoint.client.endpoint.address
        for batch in self._batches.take_over(address, self.run_id, self.now()):
            if batch.batch_id not in self._active:
                await self._resume(batch)

    async def _wait_for_work(self) -> None:
        """Wait until something is to be done."""
        due = min((active.due for active in self._active.values()), default=None)
        with suppress(TimeoutError):  # `wait_for` of Python 3.11 can lose a cancellation
            async with asyncio.timeout(None if due is None else max(0.0, due - time.monotonic())):
                await self._changed.wait()

    async def _send_queue(self) -> None:
        """Send all that wait for one model, in as many files as it takes, each noted before it goes out."""
        model = min(request.model for request in self._queue.values())
        queued = sorted((each for each in self._queue.values() if each.model == model), key=lambda each: each.key)
        capability = self._capabilities.get(model) or await self.endpoint.capability(model)
        limits = [(request, self._limit(request)) for request in queued]
        for packed in self.endpoint.pack(limits, capability):
            batch = self._batches.intend(
                packed.requests, self.run_id, self.now(), file_sha256=packed.sha256, capability=capability
            )
            for request, _ in packed.requests:
                del self._queue[request.key]
            try:
                await self._send(batch, packed)
            except Rejection as error:
                await self._reject(batch, error)

    def _limit(self, request: Request) -> int:
        """The limit of tokens for a request: twice that of a reply that was cut off."""
        tries = self._batches.tries(request.key)
        is_cut = bool(tries) and tries[-1].state is LineState.CUT
        return tries[-1].max_tokens * 2 if is_cut else request.max_tokens

    async def _send(self, batch: OpenBatch, packed: BatchFile) -> None:
        """Upload a file and make its batch."""
        file_id = await self.endpoint.upload(packed.file, packed.sha256)
        batch = self._batches.note(batch, file_id=file_id)
        self._track(batch, await self.endpoint.create(file_id, batch.file_sha256, self._batches.earlier(batch)))

    async def _reject(self, batch: OpenBatch, error: Rejection) -> None:
        """What the endpoint will not take as a batch is asked singly, or ends the run."""
        self._batches.end(batch, "rejected", LineState.UNSENT, self.now(), message=error.message)
        if self.again is Again.BATCH:
            next_step = "Run without --batch, or with --batch-again singly"
            raise ConfigError(f"the endpoint takes no such batch ({error.message})", next_step=next_step)
        await self._deliver(batch)

    async def _resume(self, batch: OpenBatch) -> None:
        """Take up a batch of an earlier run; one that was never made at the endpoint is forgotten."""
        if batch.remote_id:
            self._active[batch.batch_id] = _ActiveBatch(batch, self.first_poll_s, bool(self._active))
            for key in batch.lines:
                self._queue.pop(key, None)
            return
        earlier = self._batches.earlier(batch)
        remote = await self.endpoint.find(batch.file_sha256, batch.file_id, earlier)
        if remote is None and batch.file_id:
            try:
                remote = await self.endpoint.create(batch.file_id, batch.file_sha256, earlier)
            except (Rejection, ConfigError):  # it listed its batches a moment ago: what is wrong is the old file
                remote = None
        if remote:
            self._track(batch, remote)
        else:
            self._batches.end(batch, "dropped", LineState.UNSENT, self.now())
            await self._deliver(batch)

    def _track(self, batch: OpenBatch, remote: RemoteBatch) -> None:
        """Note that the endpoint has a batch, and look after it."""
        batch = self._batches.note(batch, remote_id=remote.id, state=remote.status, expires_at=remote.expires_at)
        due = time.monotonic() + self.first_poll_s
        active = self._active[batch.batch_id] = _ActiveBatch(batch, self.first_poll_s, bool(self._active), due)
        for key in batch.lines:
            self._queue.pop(key, None)
        self._tell(active, remote)

    async def _poll(self, active: _ActiveBatch) -> None:
        """Ask how a batch stands; keep what came of it once it has ended."""
        try:
            remote = await self.endpoint.poll(active.batch.remote_id or "")
        except ModelUnavailable as error:
            active.failed_polls += 1
            if active.failed_polls > MAX_FAILED_POLLS:
                raise
            self.tell(f"batch {active.batch.batch_id}: {error.what}; it goes on meanwhile")
            self._postpone(active)
            return
        except ConfigError as error:
            number = active.batch.batch_id
            next_step = f"Use the key it was made with, or give it up: summariser batches --forget {number}"
            raise ConfigError(f"batch {number}: {error.what}", next_step=next_step) from error
        active.failed_polls = 0
        if remote.has_ended and not self._lacks_file(active, remote):
            await self._collect(active, remote)
            return
        self._batches.note(active.batch, state=remote.status, expires_at=remote.expires_at)
        self._tell(active, remote)
        self._postpone(active)

    def _postpone(self, active: _ActiveBatch) -> None:
        """Look again later, at first soon."""
        active.due = time.monotonic() + active.wait_s
        active.wait_s = min(LONGEST_POLL_S, active.wait_s * 2)

    def _lacks_file(self, active: _ActiveBatch, remote: RemoteBatch) -> bool:
        """Whether a batch that says it is completed does not name its files yet; not for ever."""
        is_named = remote.output_file_id or (remote.error_file_id and not remote.completed)
        active.polls_without_file += 1
        return remote.status == "completed" and not is_named and active.polls_without_file < MAX_POLLS_WITHOUT_FILE

    async def _collect(self, active: _ActiveBatch, remote: RemoteBatch) -> None:
        """Bring both files of a batch into the ledger, end it, and give out what it brought."""
        batch = active.batch
        fatal, doubtful = list[SummariserError](), list[SummariserError]()
        for file_id in filter(None, (remote.output_file_id, remote.error_file_id)):
            try:
                await self.endpoint.retry(partial(self._read_file, batch, file_id, fatal, doubtful))
            except (Rejection, ConfigError) as error:
                self.tell(f"batch {batch.batch_id}: the file {file_id} cannot be read ({error})")
        message = remote.errors or f"the batch is {remote.status}, without a line for it"
        is_unsent = remote.status == "failed" and not self._batches.has_come(batch)
        leftover = LineState.UNSENT if is_unsent else LineState.MISSING
        self._batches.end(batch, remote.status, leftover, self.now(), message=message)
        del self._active[batch.batch_id]
        if doubtful and not any(
            line.state is LineState.ANSWERED for key in batch.lines for line in self._batches.tries(key)
        ):
            fatal += doubtful
        if fatal:
            raise fatal[0]
        if is_unsent and self.again is Again.BATCH:
            self._defer(active, message)
            return
        self._queue.update(self._deferred)
        self._deferred.clear()
        await self._deliver(batch)
        total = self._batches.sum_up(batch)
        why = f" ({total.message})" if total.message else ""
        answered = f"{total.answered} of {total.requests} answered{why}"
        self.tell(f"batch {batch.batch_id} ({remote.id}): {remote.status}, {answered}")

    def _defer(self, active: _ActiveBatch, message: str) -> None:
        """Keep requests of a batch that the endpoint would not work on, as of too many at once, until another one ends.

        Errors: ModelUnavailable if it was the only one.
        """
        batch = active.batch
        if not self._active and not active.has_others:
            next_step = "Run again later, with a smaller --batch-size, or with --batch-again singly"
            raise ModelUnavailable(f"the endpoint did not work on the batch ({message})", next_step=next_step)
        waits = self._deferred if self._active else self._queue
        waits.update({key: self._waiting[key].request for key in batch.lines if key in self._waiting})
        self.tell(f"batch {batch.batch_id}: {message}; asked again once another batch has ended")

    async def _read_file(
        self, batch: OpenBatch, file_id: str, fatal: list[SummariserError], doubtful: list[SummariserError]
    ) -> None:
        """Keep each line of a result that answers a request of the batch.

        Shape: what ends the run is added to `fatal`, and to `doubtful` what does if nothing was answered.
        """
        async for key, verdict in self.endpoint.read(file_id, len(batch.lines)):
            if key not in batch.lines:
                continue
            if isinstance(verdict, ConfigError | ModelUnavailable):
                fatal.append(verdict)
            if isinstance(verdict, Rejection) and verdict.for_all:
                doubtful.append(verdict.for_all)
            waiting = self._waiting.get(key)
            request = waiting.request if waiting else self.ledger.find_request(key)
            if request is not None:
                line = _read_verdict(verdict, request, batch, self.endpoint)
                if isinstance(verdict, Rejection) and not verdict.for_all and line.state is LineState.FAILED:
                    self._capabilities[request.model] = _adapt_batch(batch, request, verdict)
                self._batches.keep_line(batch, line, request, self.run_id, self.now())

    async def _deliver(self, batch: OpenBatch) -> None:
        """Tell those who wait for a request of a batch what came of it.

        Shape: a few at a time, and the next once those are read, so that memory holds no batch as a whole.
        """
        for number, key in enumerate(batch.lines, 1):
            if (waiting := self._waiting.get(key)) is None:
                continue
            tries = self._batches.tries(key)
            if not tries or tries[-1].batch_id != batch.batch_id:
                tries = []
            if not waiting.tries.done():
                waiting.tries.set_result(tries)
            if number % DELIVERED_AT_ONCE == 0:
                await asyncio.sleep(0)
                while self.jobs > 0:
                    self._changed.clear()
                    await self._changed.wait()

    def _tell(self, active: _ActiveBatch, remote: RemoteBatch) -> None:
        """Say how a batch stands and until when the endpoint has time, if that was not said."""
        done = f"{(remote.completed or 0) + (remote.failed or 0):,} of {len(active.batch.lines):,} done"
        until = f", until {remote.expires_at.astimezone():%d %b %H:%M} at the latest" if remote.expires_at else ""
        line = f"batch {active.batch.batch_id} ({remote.id}): {remote.status}, {done}{until}"
        if line != active.told:
            active.told = line
            self.tell(line)


def _read_verdict(verdict: Verdict, request: Request, batch: OpenBatch, endpoint: BatchEndpoint) -> Line:
    """The line of the ledger for what an endpoint made of a request.

    Shape: `failed` and `cut` are worth another try; a rejection is, if the way of asking can be adapted, or if it may
    be one of everybody's requests.
    """
    limit = batch.lines[request.key]
    line = Line(batch_id=batch.batch_id, key=request.key, max_tokens=limit, state=LineState.FAILED)
    if isinstance(verdict, Completion):
        widest = request.max_tokens * 2**endpoint.client.policy.truncations
        return _read_completion(line, request, verdict, batch.capability, widest)
    if isinstance(verdict, Rejection) and not verdict.for_all:
        if _adapt_batch(batch, request, verdict):
            return line.model_copy(update={"message": verdict.message})
        return _refused(line, refuse(verdict, request))
    said = verdict.message if isinstance(verdict, Fault | Rejection) else verdict.what
    return line.model_copy(update={"message": endpoint.clean(said)})


def _adapt_batch(batch: OpenBatch, request: Request, rejection: Rejection) -> Capability | None:
    """How to ask in the next batch after a complaint about the way it was asked; None if it is about something else."""
    changed = adapt(batch.capability, rejection.said, batch.lines[request.key]) if may_adapt(rejection) else None
    return changed[0] if changed else None


def _refuse_line(request: Request, line: Line) -> ModelRefused:
    """Why there is no reply to a request."""
    reason = line.reason or FailureReason.REJECTED
    if line.state is LineState.REFUSED:
        return ModelRefused(line.message, reason=reason, **request.names)
    what = f"{_TRIES} batches brought no answer ({line.message})"
    return ModelRefused(what, reason=reason, next_step="Run again to ask once more", **request.names)


def _read_completion(line: Line, request: Request, completion: Completion, capability: Capability, widest: int) -> Line:
    """The line of a reply, usable or not; `widest` is the largest limit of tokens that is tried."""
    reply = completion.reply_to(request, capability.mode)
    if completion.trouble is None:
        return line.model_copy(update={"state": LineState.ANSWERED, "reply": reply})
    if completion.trouble is FailureReason.EMPTY:
        return line.model_copy(update={"message": "the reply is empty", "reply": reply})
    why = f"{line.max_tokens} tokens were not enough"
    if completion.trouble is FailureReason.TRUNCATED and line.max_tokens < widest:
        return line.model_copy(update={"state": LineState.CUT, "message": why, "reply": reply})
    return _refused(line, refuse_completion(completion, request, why=why), reply)


def _refused(line: Line, error: ModelRefused, reply: Reply | None = None) -> Line:
    """A line to which there will be no answer."""
    changes = {"state": LineState.REFUSED, "reason": error.reason, "message": error.what, "reply": reply}
    return line.model_copy(update=changes)


Value = TypeVar("Value")
_ASKED_ELSEWHERE: Final = (
    "another run asks this already, and its reply is waited for"
    f" (at most {CLAIM_AGE.seconds // 60} minutes, if that run was killed on another machine or in another container)"
)
POLL_S: Final = 0.5  # how often a reply that another run is asking for, or a ledger it holds, is looked at again
STORE_PATIENCE: Final = timedelta(minutes=10)  # how long a reply waits for a ledger that another process holds


class Watcher(Protocol):
    """Who is told what happens; `Progress` in `pipeline.py` is one."""

    def reply_received(self, request: Request, reply: Reply, *, paid: bool) -> None:
        """A reply is there; `paid` is False if it came from the ledger."""

    def waiting(self, until: datetime | None, reason: str) -> None:
        """Nothing goes on until then; None where nobody knows how long."""


@dataclass
class Asker:
    """Asks for one run; used as `async with asker.working()`."""

    client: ModelClient
    ledger: Ledger
    run_id: int
    base_url: str | None  # replies of other endpoints are not taken from the ledger; None: any endpoint will do
    known_from: int | None  # the first run whose replies in the ledger will do; None: none will
    now: Callable[[], datetime]
    watcher: Watcher
    batches: Batches | None = None  # None: each request goes out by itself
    replies: SharedReplies | None = None  # of all workers of a run; None: there are no others
    _asking: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _storing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _saved: asyncio.Event = field(default_factory=asyncio.Event)  # something that the disk itself may not have yet

    async def ask(self, request: Request, unusable: Callable[[Reply], None]) -> Reply:
        """The reply to a request; `unusable` gets replies on the way that cannot be an answer.

        Errors: as `ModelClient.complete`; StoreError if the ledger is gone or stays locked.
        """
        with self.idling():
            try:
                return await self._ask(request, unusable)
            finally:
                self._saved.set()

    def idling(self) -> AbstractContextManager[None]:
        """The job that runs the block waits for others in it, and asks nothing."""
        return self.batches.idling() if self.batches else nullcontext()

    def count_jobs(self, more: int) -> None:
        """So many more jobs of the run may ask; fewer if negative."""
        if self.batches:
            self.batches.count_jobs(more)

    def stop(self, error: SummariserError) -> None:
        """Nothing more is asked, because of this error."""
        if self.batches:
            self.batches.stop(error)

    async def _ask(self, request: Request, unusable: Callable[[Reply], None]) -> Reply:
        """As `ask`; what is unusable is stored as it comes: an endless one is not held while it is asked for again."""
        waiting: list[Reply] = []

        def keep(each: Reply) -> None:
            try:
                self.ledger.save_reply(request, each, self.run_id, self.now(), is_answer=False)
            except StoreBusyError:
                waiting.append(each)
            self.watcher.reply_received(request, each, paid=True)
            unusable(each)

        async with self._asking[request.key]:  # a request that is on its way is not sent beside itself
            known = None if self.known_from is None else await self._find_known(request, self.known_from)
            if known is not None:
                self.watcher.reply_received(request, known, paid=False)
                return known
            try:
                batched = await self.batches.answer(request, unusable) if self.batches else None
                reply = batched or await self.client.complete(request, keep)
            except (ModelRefused, ModelUnavailable) as error:
                await self._store(self.ledger.save_error, request, type(error).__name__, str(error))
                raise
            finally:
                for each in waiting:
                    await self._store(partial(self.ledger.save_reply, is_answer=False), request, each)
            if batched is None:
                await self._store(self.ledger.save_reply, request, reply)
            if self.replies:
                await asyncio.to_thread(self.replies.save, reply)
        self.watcher.reply_received(request, reply, paid=True)
        return reply

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Keep what this run claims from being taken over for as long as the block lasts; its batches are at work.

        Shape: what was paid for is on its way to the disk itself at once, and there behind the block.
        """

        async def renew() -> None:
            while True:
                await asyncio.sleep(CLAIM_AGE.total_seconds() / 6)
                with suppress(StoreBusyError):
                    self.ledger.renew_claims(self.run_id, self.now())

        async def sync() -> None:
            while await self._saved.wait():
                self._saved.clear()
                await asyncio.to_thread(self.ledger.sync)

        tasks = [asyncio.create_task(renew()), asyncio.create_task(sync())]
        tasks += [asyncio.create_task(self.batches.work())] if self.batches else []
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await asyncio.to_thread(self.ledger.sync)
            for task in tasks:
                if not task.cancelled() and (error := task.exception()):
                    raise error

    async def _find_known(self, request: Request, known_from: int) -> Reply | None:
        """The reply of an earlier run, or of one that is asking right now; None once the request is ours to ask."""
        while True:
            known = self.ledger.find_reply(request.key, self.base_url, known_from=known_from)
            if known is None and self.replies:
                known = await asyncio.to_thread(self.replies.find, request.key)
            if known is not None or known_from:  # who asks anew does not wait for others
                return known
            claim = await self._store(self.ledger.claim, request)
            if claim is Claim.MINE:
                return None
            if claim is Claim.TAKEN:
                self.watcher.waiting(None, _ASKED_ELSEWHERE)
                await asyncio.sleep(POLL_S)

    async def _store(self, write: Callable[..., Value], *values: object) -> Value:
        """Write to the ledger, again and again while another process holds it.

        Errors: StoreError at once for anything else than a lock.
        """
        async with self._storing:
            deadline = self.now() + STORE_PATIENCE
            while True:
                try:
                    return write(*values, self.run_id, self.now())
                except StoreBusyError as error:
                    if self.now() > deadline:
                        raise
                    self.watcher.waiting(None, str(error))
                await asyncio.sleep(POLL_S)
