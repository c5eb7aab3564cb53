"""What a run may spend, in money or tokens, and what it has spent so far.

A request goes out only if all that is spent, all that is under way and the most that this one may come to stay within
the limit. What is under way counts at its most until its usage is known; so while something is, a request that does not
fit waits, and once nothing is, the budget is used up.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, NamedTuple

from summariser.endpoints.prices import Price
from summariser.endpoints.tokens import estimate_tokens
from summariser.errors import BudgetReached, ConfigError
from summariser.schema.exchange import Usage

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
    """The budget of one run at one endpoint; without a limit nothing is counted.

    Errors: ConfigError if money is limited and the price is not known.
    """

    def __init__(self, limit: Limit | None = None, price: Price | None = None) -> None:
        self.limit = limit or Limit()
        self.price = price
        self.reached: BudgetReached | None = None
        self._tokens, self._money = 0, Decimal(0)  # spent and under way
        self._under_way = 0
        self._settled = asyncio.Event()
        if self.limit.money is not None and price is None:
            raise ConfigError(
                "a budget in money needs the price of the model, and none is known",
                next_step="Give it with --price or [prices] in summariser.toml, or limit tokens with --budget-tokens",
            )

    @asynccontextmanager
    async def sending(self, spending: Spending) -> AsyncIterator[None]:
        """Hold back the most that a request may come to while the block lasts; then what it came to is spent.

        Errors: BudgetReached if it does not fit, and nothing is under way that could still turn out cheaper.
        """
        if self.limit == Limit():
            yield
            return
        while not self._fits(spending):
            if not self._under_way:
                self.reached = self._describe(spending)
                raise self.reached
            self._settled.clear()
            await self._settled.wait()
        self._book(spending, spending.most)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._book(spending, spending.most, sign=-1)
            self._book(spending, spending.spent)
            self._settled.set()

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
        return self.price.cost(usage, batch=spending.is_batch) if self.price else Decimal(0)

    def _describe(self, spending: Spending) -> BudgetReached:
        """The error that says what was spent, and what the next request might have come to."""
        if self.limit.money is not None and self.price is not None:
            unit, limit = self.price.currency, f"{self.limit.money:,}"
            spent, wanted = f"{self._money:,.4f}", f"{self._cost(spending, spending.most):,.4f}"
        else:
            unit, limit, spent, wanted = (
                "tokens",
                f"{self.limit.tokens:,}",
                f"{self._tokens:,}",
                f"{_count(spending.most):,}",
            )
        return BudgetReached(
            f"the budget of {limit} {unit} is used up: {spent} were spent, and the next request may take {wanted}",
            next_step="What was done is kept; the same command goes on from there, with as much again",
        )


def _count(usage: Usage) -> int:
    return (usage.prompt_tokens or 0) + (usage.completion_tokens or 0)
