"""Prices: looked up by host and model, given by people, exact to the last digit, and never guessed."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from conftest import ROOT

from summariser.endpoints.config import parse_settings
from summariser.endpoints.endpoint import PROVIDERS
from summariser.endpoints.limits import Price, add_costs, find_price, parse_price, spell_money
from summariser.errors import ConfigError
from summariser.schema.exchange import Usage
from summariser.tables import read_table

NAMED = re.compile(r"--provider (\w+) --model ([\w.-]+)")
OPENAI = "https://api.openai.com/v1"
HALF = Decimal("0.5")
OWN = Price(currency="EUR", input=Decimal(2), cached_input=HALF, output=Decimal(8), batch_discount=HALF)
USAGE = Usage(prompt_tokens=1_000_000, completion_tokens=100_000, cached_tokens=400_000)


@pytest.mark.parametrize(
    ("base_url", "model", "amount"),
    [
        (OPENAI, "gpt-5-mini", "0.25"),
        (OPENAI, "gpt-5-mini-2025-08-07", "0.25"),
        (f'{OPENAI} {{"seed":1}}', "gpt-5-mini", "0.25"),
        (OPENAI, "gpt-5-mini-turbo", None),
        ("https://api.example.org/v1", "gpt-5-mini", None),
        ("https://api.deepseek.com/v1", "gpt-5-mini", None),
        ("https://dashscope.aliyuncs.com/compatible-mode/v1", "qwen-plus", "0.80"),
        ("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "qwen-plus", None),
    ],
)
def test_a_price_is_of_a_model_at_a_host_or_not_known(base_url: str, model: str, amount: str | None) -> None:
    """A model has the price of its own row at the host of that row; any other model or host has none."""
    price = find_price(base_url, model, {})

    assert (price and price.input) == (amount and Decimal(amount))


def test_models_of_the_manual_have_a_price() -> None:
    """Whoever types what README and docs say gets a cost from --dry-run, not a note that the price is unknown."""
    pages = [ROOT / "README.md", ROOT / "README.zh.md", *(ROOT / "docs").glob("*.md")]
    named = {pair for page in pages for pair in NAMED.findall(page.read_text(encoding="utf-8"))}

    hosted = [(PROVIDERS[name].base_url, model) for name, model in named if PROVIDERS[name].hosts]
    assert hosted
    assert [pair for pair in hosted if find_price(*pair, {}) is None] == []


def test_every_row_says_when_and_where_it_was_looked_up() -> None:
    """Each row of the table is a price of a provider's own host, with the day and the address of its source."""
    hosts = {host for provider in PROVIDERS.values() for host in provider.hosts}

    for row in read_table("prices"):
        assert row["host"] in hosts
        assert date.fromisoformat(row["date"]) <= date(2026, 11, 29)
        assert row["source"].startswith("https://")
        assert find_price(f"https://{row['host']}/v1", row["model"].split()[0], {}) is not None


def test_own_prices_go_before_the_table() -> None:
    """A price that somebody gives for a pattern of models wins, and holds at any address."""
    assert find_price(OPENAI, "gpt-5-mini", {"gpt-5*": OWN}) is OWN
    assert find_price("http://127.0.0.1:8000/v1", "local", {"other local": OWN}) is OWN


@pytest.mark.parametrize(
    ("batch", "amount"),
    [(False, Decimal("2.2")), (True, Decimal("1.4"))],  # 0.6 * 2 + 0.4 * 0.5 + 0.1 * 8; (1 * 2 + 0.1 * 8) / 2
    ids=["at once", "batch"],
)
def test_cached_tokens_and_batches_have_prices_of_their_own(batch: bool, amount: Decimal) -> None:
    """What was cached costs its own price; a batch saves its discount, and has none for what was cached."""
    assert OWN.cost(USAGE, batch=batch) == amount


def test_what_has_no_price_of_its_own_costs_the_full_one() -> None:
    """Without a price for cached tokens or batches, they cost as any."""
    plain = Price(currency="EUR", input=Decimal(2), output=Decimal(8))

    assert plain.cost(USAGE) == plain.cost(USAGE, batch=True) == Decimal("2.8")


def test_costs_are_added_by_currency() -> None:
    """Currencies are never mixed, and a usage without a price adds nothing."""
    other = OWN.model_copy(update={"currency": "CNY"})

    sums = add_costs([(OWN, USAGE, False), (other, USAGE, False), (OWN, USAGE, False), (None, USAGE, False)])

    assert sums == {"EUR": Decimal("4.4"), "CNY": Decimal("2.2")}
    assert spell_money(sums) == "2.2000 CNY, 4.4000 EUR"


def test_a_price_of_the_file_keeps_its_digits() -> None:
    """Numbers of TOML are read as they are written, not as binary fractions; so are those of a flag."""
    toml = 'model = "m"\n[prices."m*"]\ncurrency = "CNY"\ninput = 0.1\noutput = 0.3\n'

    assert parse_settings({}, {}, toml=toml).price_of("http://x/v1", "mm") == parse_price("CNY 0.1 0.1 0.3").model_copy(
        update={"cached_input": None}
    )
    assert parse_settings({"price": "CNY 0.1 0.1 0.3"}, {}, toml=toml).price_of("http://x/v1", "mm") == parse_price(
        "CNY 0.1 0.1 0.3"
    )


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"price": "0.1 0.2"}, "CURRENCY INPUT CACHED OUTPUT"),
        ({"price": "usd 1 1 1"}, "three capital letters"),
        ({"price": "USD 1 1 -1"}, "output must be at least 0"),
        ({"price": "USD 1 1 much"}, "output must be a number"),
        ({"budget": "many"}, "budget"),
        ({"budget": "-1"}, "budget"),
        ({"budget": "NaN"}, "budget"),
        ({"budget_tokens": "1.5"}, "budget_tokens"),
    ],
)
def test_what_is_no_price_and_no_budget_is_refused(flags: dict[str, object], words: str) -> None:
    """A price or budget that cannot be one is an error that names the flag and what was expected."""
    with pytest.raises(ConfigError) as caught:
        parse_settings(flags, {})

    assert words in str(caught.value)


def test_a_budget_in_money_needs_a_price() -> None:
    """Without a known price a budget in money is refused before anything is sent; one in tokens is not."""
    unknown = parse_settings({"model": "m", "base_url": "http://127.0.0.1:1/v1", "budget": "5"}, {})

    with pytest.raises(ConfigError) as caught:
        unknown.new_budget()

    assert "--price" in str(caught.value)
    parse_settings({"model": "m", "base_url": "http://127.0.0.1:1/v1", "budget_tokens": "5"}, {}).new_budget()


def test_a_budget_in_money_needs_the_price_of_the_second_reader_too() -> None:
    """A second reader whose price is unknown is named; one who is not asked needs none."""
    toml = '[prices.m]\ncurrency = "USD"\ninput = 1\noutput = 1\n'
    flags = {"model": "m", "base_url": "http://127.0.0.1:1/v1", "budget": "5", "verify_model": "other"}

    with pytest.raises(ConfigError, match="price of other"):
        parse_settings({**flags, "verify": True}, {}, toml=toml).new_budget()
    parse_settings({**flags, "verify": False}, {}, toml=toml).new_budget()
