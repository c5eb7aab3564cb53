"""What models cost (`tables/prices.csv`, and `[prices]` of `summariser.toml`), and what tokens come to.

A price that is not known is None, never a guess; so is what it would come to. Money is `Decimal` throughout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from pydantic import Field

from summariser.schema.exchange import Usage
from summariser.schema.page import Frozen
from summariser.tables import read_table

_MILLION: Final = Decimal(1_000_000)
_AMOUNTS: Final = ("input", "cached_input", "output", "batch_discount")
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
    return Price.model_validate({name: _exact(part) if name in _AMOUNTS else part for name, part in value.items()})


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


def _exact(value: object) -> object:
    """A number of a file or a flag with the digits it was written with; pydantic judges the rest."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is no number") from error


@cache
def _listed() -> dict[str, tuple[tuple[str, Price], ...]]:
    """The table: for each host its patterns and prices, in order."""
    found: dict[str, tuple[tuple[str, Price], ...]] = {}
    for row in read_table("prices"):
        fields = {name: cell for name, cell in row.items() if name not in {"host", "model"} and cell}
        found[row["host"]] = (*found.get(row["host"], ()), (row["model"], parse_price(fields)))
    return found
