"""Replies to requests: from the ledger if it has them, else from the model, singly or in batches; never paid twice.

A request that this run or another one has on its way already is waited for. Replies that cannot be an answer (cut off,
empty, refused) are kept as well, because they cost as much. While another process holds the ledger, a reply waits in
memory and is tried again; claims are renewed as long as the run asks, so that a long request is not taken over. Workers
on many machines, each with a ledger of its own, share `SharedReplies`: they are asked after the ledger and before the
endpoint, and have each answer once the ledger has it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol, TypeVar

from summariser.batching import Batches
from summariser.disk.files import SharedReplies
from summariser.disk.ledger import CLAIM_AGE, Claim, Ledger
from summariser.endpoints.client import ModelClient
from summariser.errors import ModelRefused, ModelUnavailable, StoreBusyError, SummariserError
from summariser.schema.exchange import Reply, Request

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
    fresh: bool
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
            known = None if self.fresh else await self._find_known(request)
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

    async def _find_known(self, request: Request) -> Reply | None:
        """The reply of an earlier run, or of one that is asking right now; None once the request is ours to ask."""
        while True:
            known = self.ledger.find_reply(request.key, self.base_url)
            if known is None and self.replies:
                known = await asyncio.to_thread(self.replies.find, request.key)
            if known is not None:
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
