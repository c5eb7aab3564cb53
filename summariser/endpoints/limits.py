"""What a run may try, ask at once and spend: prices, budgets, tries, and a limit learnt from 429s.

A price that is not known is None, never a guess; so is what it would come to. Money is `Decimal` throughout. Prices
stand in `tables/prices.csv`, and in `[prices]` of `summariser.toml`.

Tokens are reckoned without a tokenizer. Each kind of character has a weight, fitted to the tokenizers of DeepSeek V4
and Qwen 3.6 on the recorded exchanges (`docs/quality.md`): sums over a page are within 5 % of either, single texts
within 15 %. A JSON Schema is all keys and marks, which these weights make too little of.

A request goes out only if all that is spent, all that is under way and the most that this one may come to stay within
the limit. What is under way counts at its most until its usage is known; so while something is, a request that does not
fit waits, and once nothing is, the budget is used up.

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
import json
import math
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache, cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn
from urllib.parse import urlsplit

from pydantic import Field

from summariser.endpoints.completion import Completion, Fault, FaultKind, clean
from summariser.endpoints.endpoint import Endpoint, RetryPolicy
from summariser.errors import BudgetReached, ConfigError, ModelRefused, ModelUnavailable, SummariserError
from summariser.schema.exchange import Request, Usage
from summariser.schema.page import Frozen
from summariser.schema.record import FailureReason
from summariser.tables import read_table

_MILLION: Final = Decimal(1_000_000)
_SPELLED: Final = "CURRENCY INPUT CACHED OUTPUT per million tokens, as in: USD 0.25 0.025 2"


class Price(Frozen):
    """What a model costs.

    Units: `currency` per million tokens; `batch_discount` is the part of it that a batch saves.
    """

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    input: Decimal = Field(ge=0, allow_inf_nan=False)
    cached_input: Decimal | None = Field(default=None, ge=0, allow_inf_nan=False, description="Null: as `input`.")
    output: Decimal = Field(ge=0, allow_inf_nan=False)
    batch_discount: Decimal | None = Field(default=None, ge=0, le=1, description="Null: none is known.")
    date: str = Field(default="", description="When it was looked up; empty: somebody's own.")
    source: str = ""

    def cost(self, usage: Usage, *, batch: bool = False) -> Decimal:
        """What these tokens come to; tokens that nobody counted come to nothing.

        Shape: a batch has its discount and none for cached tokens, since services give one of the two.
        """
        cached = 0 if batch else min(usage.cached_tokens or 0, usage.prompt_tokens or 0)
        cached_price = self.input if self.cached_input is None else self.cached_input
        read = ((usage.prompt_tokens or 0) - cached) * self.input + cached * cached_price
        paid_part = 1 - (self.batch_discount or 0) if batch else 1
        return (read + (usage.completion_tokens or 0) * self.output) * paid_part / _MILLION


def find_price(base_url: str, model: str, own: Mapping[str, Price]) -> Price | None:
    """The price of a model at an address: that of `own`, by patterns of models, else the table's; None if unknown.

    Shape: what follows the address behind a space, as in `Endpoint.address`, does not matter.
    """
    listed = _listed().get(urlsplit(base_url.partition(" ")[0]).hostname or "", ())
    named = ((pattern, price) for patterns, price in (*own.items(), *listed) for pattern in patterns.split())
    return next((price for pattern, price in named if fnmatchcase(model, pattern)), None)


def parse_price(value: object) -> Price:
    """A price as people write it: `USD 0.25 0.025 2`, or a table of the fields of `Price`.

    Errors: ValueError that says what is wrong.
    """
    if isinstance(value, Price):
        return value
    if isinstance(value, str):
        words = value.split()
        if len(words) != 4:
            raise ValueError(f"write {_SPELLED}")
        value = dict(zip(("currency", "input", "cached_input", "output"), words, strict=True))
    if not isinstance(value, Mapping):
        raise ValueError(f"write a table with currency, input and output, or {_SPELLED}")  # noqa: TRY004 - of a setting
    return Price.model_validate(value, strict=False)  # numbers with the digits they were written with


def spell_money(sums: Mapping[str, Decimal]) -> str:
    """Money by currency for a reader, to four digits behind the point: `0.0123 USD, 1.2000 CNY`."""
    return ", ".join(f"{amount:,.4f} {currency}" for currency, amount in sorted(sums.items()))


def add_costs(costs: Iterable[tuple[Price | None, Usage, bool]]) -> dict[str, Decimal]:
    """The sums by currency, each usage with whether it came by batch; what has no price is left out."""
    sums: dict[str, Decimal] = {}
    for price, usage, by_batch in costs:
        if price is not None:
            sums[price.currency] = sums.get(price.currency, Decimal(0)) + price.cost(usage, batch=by_batch)
    return sums


@cache
def _listed() -> dict[str, tuple[tuple[str, Price], ...]]:
    """The table: for each host its patterns and prices, in order."""
    found: dict[str, tuple[tuple[str, Price], ...]] = {}
    for row in read_table("prices"):
        fields = {name: cell for name, cell in row.items() if name not in {"host", "model"} and cell}
        found[row["host"]] = (*found.get(row["host"], ()), (row["model"], parse_price(fields)))
    return found


# Chinese words are often one token; marks of full width seldom join anything, half-width ones run together.
_WEIGHTS: Final = (
    (re.compile(r"[\u3400-\u9fff\uf900-\ufaff]"), 0.6),
    (re.compile(r"[\u2e80-\u303f\uff00-\uffef“”‘’—…·]"), 1.1),
    (re.compile(r"[A-Za-z]+"), 1.4),
    (re.compile(r"[0-9]"), 0.9),
    (re.compile(r"[!-/:-@\[-`{-~]+"), 0.7),
    (re.compile(r"\n"), 1.9),
)
_NUMBER: Final = re.compile(r"(?<![\[\d.,])\d[\d.,]*")  # of an article; `[12]` is the number of a sentence
# A reply names what a case always has, and a result for most numbers; a split names a few lines for each article.
_CASE_TOKENS, _TOKENS_PER_TOKEN, _TOKENS_PER_NUMBER = 415, 1.44, 44
_TOKENS_PER_ARTICLE: Final = 45
_TOKENS_PER_CLAIM: Final = 13.5  # of a verdict
_SCHEMA_WEIGHT: Final = 1.16
_CLAIM: Final = re.compile(r"^\d+\. .*〕$", re.MULTILINE)


@lru_cache(maxsize=64)  # the same static text is in most questions
def estimate_tokens(text: str) -> int:
    """About as many tokens as a text has."""
    return round(sum(weight * len(kind.findall(text)) for kind, weight in _WEIGHTS))


def estimate_usage(request: Request, *, articles: int) -> Usage:
    """About as many tokens as a first question and its reply have, `articles` being how many a page may hold."""
    question = request.messages[-1].content
    reply = float(articles * _TOKENS_PER_ARTICLE)
    if request.purpose == "case_study":
        numbers = len(_NUMBER.findall(question))
        reply = _CASE_TOKENS + _TOKENS_PER_TOKEN * estimate_tokens(question) + _TOKENS_PER_NUMBER * numbers
    if request.purpose == "verify":
        reply = _TOKENS_PER_CLAIM * len(_CLAIM.findall(question))
    schema = _SCHEMA_WEIGHT * estimate_tokens(request.spelled_schema)  # most endpoints show it to the model
    asked = sum(estimate_tokens(message.content) for message in request.messages) + round(schema)
    return Usage(prompt_tokens=asked, completion_tokens=round(reply))


_MARGIN: Final = 1.25  # by this much, at most, is an estimate of one prompt too low


class Limit(NamedTuple):
    """What may be spent; None: as much as it takes."""

    money: Decimal | None = None
    tokens: int | None = None


class Spending:
    """One request under way, by its body: the most it may come to, and what it came to once that is known.

    Shape: reckoned only when asked, because a run without a limit does not ask.
    """

    def __init__(self, body: dict[str, Any], max_tokens: int, *, is_batch: bool = False) -> None:
        self.model: str = body["model"]
        self.is_batch = is_batch  # at the price of batches
        self._body = body
        self._max_tokens = max_tokens
        self._reply: tuple[Usage, str] | None = None
        self.is_lost = False  # the answer was, on its way; it may be paid for all the same

    @cached_property
    def prompt_tokens(self) -> int:
        """About as many tokens as are sent."""
        said = [message["content"] for message in self._body["messages"]]
        if form := self._body.get("response_format"):
            said.append(json.dumps(form, ensure_ascii=False))
        return sum(map(estimate_tokens, said))

    @cached_property
    def most(self) -> Usage:
        """The most it may come to."""
        allowed = self._body.get("max_tokens") or self._body.get("max_completion_tokens") or self._max_tokens
        return Usage(prompt_tokens=round(self.prompt_tokens * _MARGIN), completion_tokens=allowed)

    def settle(self, usage: Usage, text: str) -> None:
        """Put down what a reply came to."""
        self._reply = usage, text

    @property
    def spent(self) -> Usage:
        """What it came to; where the endpoint does not count, what question and reply are reckoned at."""
        if self._reply is None:
            return self.most if self.is_lost else Usage()
        usage, text = self._reply
        return Usage(
            prompt_tokens=self.prompt_tokens if usage.prompt_tokens is None else usage.prompt_tokens,
            completion_tokens=estimate_tokens(text) if usage.completion_tokens is None else usage.completion_tokens,
            cached_tokens=usage.cached_tokens,
        )


class Budget:
    """The budget of one run at one endpoint, or of its parts one after the other; without a limit nothing is counted.

    Shape: `prices` has those of all models that are asked.
    Errors: ConfigError if money is limited, and a price is not known or one is in another currency than the others.
    """

    def __init__(self, limit: Limit | None = None, prices: Mapping[str, Price | None] = MappingProxyType({})) -> None:
        self.limit = limit or Limit()
        self._prices = {model: price for model, price in prices.items() if price}
        self._currency = " and ".join(sorted({price.currency for price in self._prices.values()}))
        self.reached: BudgetReached | None = None
        self._tokens, self._money = 0, Decimal(0)  # spent and under way
        self._under_way = 0
        self._waiting: list[asyncio.Future[None]] = []
        if self.limit.money is None:
            return
        if unknown := prices.keys() - self._prices.keys():
            what = f"a budget in money needs the price of {', '.join(sorted(unknown))}, and none is known"
            next_step = "Give it with --price or [prices] in summariser.toml, or limit tokens with --budget-tokens"
            raise ConfigError(what, next_step=next_step)
        if " " in self._currency:
            what = f"a budget in money is one sum, and the prices of the models are in {self._currency}"
            raise ConfigError(what, next_step="Give them in one currency, or limit tokens with --budget-tokens")

    @asynccontextmanager
    async def sending(self, spending: Spending) -> AsyncIterator[None]:
        """Hold back the most that a request may come to while the block lasts; then what it came to is spent.

        Errors: BudgetReached if it does not fit, and nothing is under way that could still turn out cheaper;
        ConfigError if it would not if nothing had been spent.
        """
        if self.limit == Limit():
            yield
            return
        while not self._fits(spending):
            if not self._under_way:
                self._refuse(spending)
            self._waiting.append(asyncio.get_running_loop().create_future())
            await self._waiting[-1]
        self._book(spending, spending.most)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._book(spending, spending.most, sign=-1)
            self._book(spending, spending.spent)
            for place in self._waiting:
                if not place.done():
                    place.set_result(None)
            self._waiting.clear()

    def _fits(self, spending: Spending) -> bool:
        """Whether the most that a request may come to stays within the limit."""
        money, tokens = self.limit
        return (tokens is None or self._tokens + _count(spending.most) <= tokens) and (
            money is None or self._money + self._cost(spending, spending.most) <= money
        )

    def _book(self, spending: Spending, usage: Usage, *, sign: int = 1) -> None:
        self._tokens += sign * _count(usage)
        self._money += sign * self._cost(spending, usage)

    def _cost(self, spending: Spending, usage: Usage) -> Decimal:
        if self.limit.money is None:
            return Decimal(0)
        return self._prices[spending.model].cost(usage, batch=spending.is_batch)

    def _refuse(self, spending: Spending) -> NoReturn:
        """Say what was spent, and what the next request might have come to. Errors: as `sending`."""
        money, tokens = self.limit
        most = self._cost(spending, spending.most)
        if money is not None and self._money + most > money:
            unit, limit, spent, wanted = self._currency, f"{money:,}", f"{self._money:,.4f}", f"{most:,.4f}"
            is_enough = most <= money
        else:
            unit, limit, spent, wanted = "tokens", f"{tokens:,}", f"{self._tokens:,}", f"{_count(spending.most):,}"
            is_enough = tokens is not None and _count(spending.most) <= tokens
        if not is_enough:
            what = f"the budget of {limit} {unit} is too small: the next request alone may take {wanted}"
            raise ConfigError(what, next_step="Give more, or allow shorter replies with --max-tokens")
        self.reached = BudgetReached(
            f"the budget of {limit} {unit} is used up: {spent} were spent, and the next request may take {wanted}",
            next_step="What was done is kept; the same command goes on from there, with as much again",
        )
        raise self.reached


def _count(usage: Usage) -> int:
    return (usage.prompt_tokens or 0) + (usage.completion_tokens or 0)


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
        names = request.names if request else {}
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
