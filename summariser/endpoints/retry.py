"""How often, how long and how many at once requests are tried: budgets of tries, and a limit learnt from 429s.

Faults of transport, 429s and empty replies have separate budgets, because they mean different things: a fault may be
the request's own doing, a 429 never is, and an empty reply comes from the model. While an endpoint has never answered
at all fewer tries are made: a wrong address must be told within seconds, not after a full budget of back-offs.

Every 429 makes its own request wait as long as the endpoint says; the others learn from it in two ways. The allowed
number is halved, once for all requests that were already under way, and grows by one with every success (additive
increase, multiplicative decrease, as TCP does it): it shrinks only while more than half of the answers are 429s. And
when 429s come one after the other with no success between them, the limit is on the key and not on the request: then
nobody sends until the longest wait is over. A single 429 among successes does not stop everybody, because many
endpoints refuse at random when they are busy. After an answer that no later one can mend (`stop`), nobody sends at all.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from summariser.endpoints.completion import Completion, Fault, FaultKind, clean
from summariser.endpoints.endpoint import Endpoint, RetryPolicy
from summariser.errors import ModelRefused, ModelUnavailable, SummariserError
from summariser.schema.exchange import Request
from summariser.schema.record import FailureReason

if TYPE_CHECKING:
    from tenacity import RetryCallState

FIRST_CONNECTIONS = 3  # while nothing has ever answered
FIRST_WEB_PAGES = 2  # likewise: a web page instead of JSON means a wrong address
TRY_LATER = "Run again later: what was paid for is kept"
_NO_FAILURE: frozenset[FaultKind] = frozenset({"throttled", "empty"})  # the endpoint is there, and says so


@dataclass
class Health:
    """What all requests to one endpoint have met so far."""

    successes: int = 0
    failures_in_row: int = 0
    throttled_since: float | None = None  # by the clock; None while it answers
    clock: Callable[[], float] = time.monotonic

    def note_success(self) -> None:
        """The endpoint answered, whatever it said."""
        self.successes += 1
        self.failures_in_row = 0
        self.throttled_since = None

    @property
    def throttled_s(self) -> float:
        """For how long it has answered with nothing but "too many"."""
        return 0.0 if self.throttled_since is None else self.clock() - self.throttled_since


@dataclass
class Tries:
    """What one request has met so far, against its budgets."""

    policy: RetryPolicy
    endpoint: Endpoint
    health: Health
    rng: random.Random
    unusable: Callable[[Completion], None]
    sends: int = 0
    seconds: float = 0.0
    counts: Counter[FaultKind] = field(default_factory=Counter)
    successes_midway: int = field(init=False)

    def __post_init__(self) -> None:
        self.successes_midway = self.health.successes

    @property
    def failures(self) -> int:
        """How many faults say something about the endpoint."""
        return sum(count for kind, count in self.counts.items() if kind not in _NO_FAILURE)

    def note(self, fault: Fault) -> None:
        """Count a fault where it belongs."""
        self.counts[fault.kind] += 1
        if fault.kind == "throttled" and self.health.throttled_since is None:
            self.health.throttled_since = self.health.clock()
        self.health.failures_in_row += fault.kind not in _NO_FAILURE
        if self.failures <= self.policy.attempts // 2:
            self.successes_midway = self.health.successes

    def is_spent(self, state: RetryCallState) -> bool:
        """Whether this was the last try."""
        fault = fault_of(state)
        if self._is_too_long(fault):
            return True
        budgets = {"throttled": self.policy.throttles, "empty": self.policy.empties}
        if fault.kind in budgets:
            return self.counts[fault.kind] > budgets[fault.kind]
        return self.failures >= self.policy.attempts or self._is_dead()

    def wait_s(self, state: RetryCallState) -> float:
        """How long to wait before the next try."""
        return self.wait_after(fault_of(state))

    def wait_after(self, fault: Fault) -> float:
        """What the endpoint asks for and a little more, else exponential back-off; both jittered."""
        policy = self.policy
        if fault.wait_s:
            return min(fault.wait_s, policy.longest_wait_s) + self.rng.uniform(0, policy.base_wait_s / 4)
        doublings = min(self.counts[fault.kind], 20) - 1
        ceiling = min(policy.max_wait_s, policy.base_wait_s * 2.0**doublings)
        return self.rng.uniform(ceiling / 2, ceiling)

    @property
    def have_others_answers(self) -> bool:
        """Whether others were answered in the second half of the attempts."""
        return self.health.successes > self.successes_midway

    def may_blame_request(self, fault: Fault) -> bool:
        """Whether this may be the doing of one request, so that it counts if others are answered."""
        return fault.kind not in {"throttled", "unreachable", "empty"} and not self._is_too_long(fault)

    def give_up(
        self, fault: Fault, request: Request | None, *, answers_others: bool = False
    ) -> ModelRefused | ModelUnavailable:
        """What a request fails with when its budget is spent; None: something that is not about one article.

        Shape: ModelRefused if others are answered, so that an article that breaks the endpoint fails alone;
        ModelUnavailable if nobody is, so that an endpoint that died stops the run.
        """
        said = clean(fault.message, self.endpoint)
        names = {"article_id": request.article_id, "request_key": request.key} if request else {}
        if fault.kind == "empty":
            what = f"{said}, {self.counts['empty']} times"
            return ModelRefused(what, reason=FailureReason.EMPTY, **names)
        if request and answers_others:
            what = f"the endpoint failed {self.sends} times on this request while it answered others ({said})"
            next_step = "Run again to ask once more"
            return ModelRefused(what, reason=FailureReason.REJECTED, next_step=next_step, **names)
        what, next_step = self._explain(fault, said)
        return ModelUnavailable(what, next_step=next_step, **names)

    def _is_too_long(self, fault: Fault) -> bool:
        """Whether the endpoint makes us wait longer than a programme should without asking."""
        return max(fault.wait_s or 0.0, self.health.throttled_s) > self.policy.longest_wait_s

    def _is_dead(self) -> bool:
        """Whether an endpoint that never answered is given up before the budget is spent."""
        if self.health.successes:
            return False
        return (
            self.counts["unreachable"] >= FIRST_CONNECTIONS
            or self.counts["html"] >= FIRST_WEB_PAGES
            or self.health.failures_in_row >= max(3 * self.endpoint.concurrency, self.policy.attempts)
        )

    def _explain(self, fault: Fault, said: str) -> tuple[str, str]:
        """What is wrong with the endpoint and what to do, in words."""
        base_url = self.endpoint.base_url
        if (fault.wait_s or 0) > self.policy.longest_wait_s:
            what = f"{base_url} asks us to wait {_in_words(fault.wait_s or 0)} ({said})"
            return what, f"{TRY_LATER}; --max-wait waits longer"
        if self._is_too_long(fault):
            what = f"{base_url} has answered nothing but this for {_in_words(self.health.throttled_s)}: {said}"
            return what, f"{TRY_LATER}; --max-wait waits longer"
        if fault.kind == "html":
            return f"{base_url} is not an API: {said}", "Correct base_url; for most endpoints it ends in /v1"
        if fault.kind == "unreachable":
            proxy = self.endpoint.proxy_source
            if proxy:
                what = f"nobody answers at {base_url} through the proxy that {proxy} names ({said})"
                return what, f"Check the proxy, or unset {proxy}"
            desk = ": summariser desk, in another terminal" if self.endpoint.model == "desk" else ""
            return f"nobody answers at {base_url} ({said})", f"Check base_url, and that the server is running{desk}"
        return f"{base_url} failed {self.sends} times, the last time so: {said}", TRY_LATER


def fault_of(state: RetryCallState) -> Fault:
    """The fault tenacity asks about: it retries nothing else."""
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, Fault):
        raise TypeError(f"only faults are retried, not {error!r}")
    return error


def _in_words(seconds: float) -> str:
    """A duration as a person says it."""
    if seconds < 180:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


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
        import anyio  # here: with the SDK that is loaded as well, not for `--help`

        self.limit = limit
        self._places = anyio.CapacityLimiter(limit)
        self._clock = clock
        self._sleep = sleep
        self._paused_until = 0.0
        self._epoch = self._throttles_in_row = 0
        self._stopped = asyncio.Event()
        self._error: SummariserError | None = None

    @property
    def allowed(self) -> int:
        """How many requests may be under way by now."""
        return int(min(self._places.total_tokens, self.limit))

    @property
    def pause_s(self) -> float:
        """How long everybody still has to wait; 0 if nobody has to."""
        return max(0.0, self._paused_until - self._clock())

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[int]:
        """A place among the requests under way; the value goes to `throttled` if it comes to that.

        Errors: the one that stopped everything.
        """
        async with self._places:
            while self.pause_s > 0 and not self.is_stopped:
                await self.sleep(self.pause_s)
            if self._error is not None:
                raise self._error
            yield self._epoch

    def succeeded(self) -> None:
        """A reply came: one more request is allowed, up to the limit."""
        self._throttles_in_row = 0
        self._places.total_tokens = min(self.limit, self.allowed + 1)

    def throttled(self, epoch: int, wait_s: float) -> None:
        """A 429 came for a request that entered in `epoch`, with `wait_s` seconds to wait."""
        self._throttles_in_row += 1
        if epoch == self._epoch:  # the others of the same burst say nothing new
            self._epoch += 1
            self._places.total_tokens = max(1, self.allowed // 2)
        if self._throttles_in_row >= THROTTLES_TO_PAUSE:
            self._paused_until = max(self._paused_until, self._clock() + wait_s)

    @property
    def is_stopped(self) -> bool:
        """Whether nobody may send any more."""
        return self._error is not None

    def stop(self, error: SummariserError) -> None:
        """Let nobody send any more: whoever waits or comes later gets this error."""
        self._error = self._error or error
        self._places.total_tokens = math.inf  # to be told, all may enter
        self._stopped.set()

    async def sleep(self, seconds: float) -> None:
        """Wait, and no longer once everything is stopped."""
        ends = [asyncio.ensure_future(end) for end in (self._sleep(seconds), self._stopped.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
