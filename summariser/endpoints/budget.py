"""What models cost, what a question will come to, and what a run may spend and has spent, in money or tokens.

A price that is not known is None, never a guess; so is what it would come to. Money is `Decimal` throughout. Prices
stand in `tables/prices.csv`, and in `[prices]` of `summariser.toml`.

Tokens are reckoned without a tokenizer. Each kind of character has a weight, fitted to the tokenizers of DeepSeek V4
and Qwen 3.6 on the recorded exchanges (`docs/quality.md`): sums over a page are within 5 % of either, single texts
within 15 %. A JSON Schema is all keys and marks, which these weights make too little of.

A request goes out only if all that is spent, all that is under way and the most that this one may come to stay within
the limit. What is under way counts at its most until its usage is known; so while something is, a request that does not
fit waits, and once nothing is, the budget is used up.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache, cached_property, lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field

from summariser.errors import BudgetReached, ConfigError
from summariser.schema.exchange import Request, Usage
from summariser.schema.page import Frozen
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

    Errors: ConfigError if money is limited and the price is not known.
    """

    def __init__(self, limit: Limit | None = None, price: Price | None = None) -> None:
        self.limit = limit or Limit()
        self.price = price
        self.reached: BudgetReached | None = None
        self._tokens, self._money = 0, Decimal(0)  # spent and under way
        self._under_way = 0
        self._waiting: list[asyncio.Future[None]] = []
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
        return self.price.cost(usage, batch=spending.is_batch) if self.price else Decimal(0)

    def _describe(self, spending: Spending) -> BudgetReached:
        """The error that says what was spent, and what the next request might have come to."""
        if self.limit.money is not None and self.price is not None:
            unit, limit = self.price.currency, f"{self.limit.money:,}"
            spent, wanted = f"{self._money:,.4f}", f"{self._cost(spending, spending.most):,.4f}"
        else:
            unit, limit = "tokens", f"{self.limit.tokens:,}"
            spent, wanted = f"{self._tokens:,}", f"{_count(spending.most):,}"
        return BudgetReached(
            f"the budget of {limit} {unit} is used up: {spent} were spent, and the next request may take {wanted}",
            next_step="What was done is kept; the same command goes on from there, with as much again",
        )


def _count(usage: Usage) -> int:
    return (usage.prompt_tokens or 0) + (usage.completion_tokens or 0)
