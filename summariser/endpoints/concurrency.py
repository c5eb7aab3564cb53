"""How many requests may be under way, learnt from the endpoint's own "too many".

Every 429 makes its own request wait as long as the endpoint says; the others learn from it in two ways. The allowed
number is halved, once for all requests that were already under way, and grows by one with every success (additive
increase, multiplicative decrease, as TCP does it): it shrinks only while more than half of the answers are 429s. And
when 429s come one after the other with no success between them, the limit is on the key and not on the request: then
nobody sends until the longest wait is over. A single 429 among successes does not stop everybody, because many
endpoints refuse at random when they are busy. After an answer that no later one can mend (`stop`), nobody sends at all.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from summariser.errors import SummariserError

THROTTLES_TO_PAUSE = 6  # at 30 % random 429s a run of six comes once in 1400 replies; at a real limit, at once


class ConcurrencyLimit:
    """Bounded, adaptive concurrency shared by all requests to one endpoint."""

    def __init__(
        self,
        limit: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.limit = limit
        self.allowed = limit
        self.in_flight = 0
        self._clock = clock
        self._sleep = sleep
        self._paused_until = 0.0
        self._epoch = 0
        self._throttles_in_row = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._sleeping: set[asyncio.Future[None]] = set()
        self._error: SummariserError | None = None

    @property
    def pause_s(self) -> float:
        """How long everybody still has to wait; 0 if nobody has to."""
        return max(0.0, self._paused_until - self._clock())

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[int]:
        """A place among the requests under way; the value goes to `throttled` if it comes to that."""
        await self._enter()
        try:
            yield self._epoch
        finally:
            self.in_flight -= 1
            self._wake()

    def succeeded(self) -> None:
        """A reply came: one more request is allowed, up to the limit."""
        self._throttles_in_row = 0
        self.allowed = min(self.limit, self.allowed + 1)
        self._wake()

    def throttled(self, epoch: int, wait_s: float) -> None:
        """A 429 came for a request that entered in `epoch`, with `wait_s` seconds to wait."""
        self._throttles_in_row += 1
        if epoch == self._epoch:  # the others of the same burst say nothing new
            self._epoch += 1
            self.allowed = max(1, self.allowed // 2)
        if self._throttles_in_row >= THROTTLES_TO_PAUSE:
            self._paused_until = max(self._paused_until, self._clock() + wait_s)

    def stop(self, error: SummariserError) -> None:
        """Let nobody send any more: whoever waits or comes later gets this error."""
        self._error = self._error or error
        for place in (*self._waiting, *self._sleeping):
            if not place.done():
                place.set_result(None)

    async def sleep(self, seconds: float) -> None:
        """Wait, and no longer once everything is stopped."""
        timer = asyncio.ensure_future(self._sleep(seconds))
        stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleeping.add(stopped)
        try:
            await asyncio.wait((timer, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sleeping.discard(stopped)
            timer.cancel()

    async def _enter(self) -> None:
        """Wait until nobody has to pause and a place is free, then take it.

        Errors: the one that stopped everything.
        """
        while True:
            while self.pause_s > 0 and self._error is None:
                await self.sleep(self.pause_s)
            if self._error is not None:
                raise self._error
            if self.in_flight < self.allowed:
                self.in_flight += 1
                return
            await self._wait_for_place()

    async def _wait_for_place(self) -> None:
        """Sleep until woken; somebody cancelled after being woken wakes the next in line."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._wake()
            raise

    def _wake(self) -> None:
        """Wake as many as there are free places."""
        free = self.allowed - self.in_flight
        while free > 0 and self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                free -= 1
