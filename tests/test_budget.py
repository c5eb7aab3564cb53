"""A budget is never passed, whatever is under way, and stops a run so that the next one goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from faulty_endpoint import Behaviour, running
from making import LINES, case_text, split_reply

from summariser.api import RunOptions, plan_requests, summarise
from summariser.disk.ledger import open_ledger
from summariser.endpoints.config import read_settings
from summariser.endpoints.limits import Budget, Limit, Price, Spending
from summariser.errors import BudgetReached, ConfigError
from summariser.pipeline import Progress
from summariser.schema.exchange import Usage

PRICE = Price(currency="USD", input=Decimal(10), cached_input=Decimal(1), output=Decimal(100))


def body(max_tokens: int = 100) -> dict[str, Any]:
    """A request of about 60 tokens."""
    return {"messages": [{"role": "user", "content": "职工" * 50}], "model": "m", "max_tokens": max_tokens}


def send(budget: Budget, usage: Usage | None, *, held: float = 0.0) -> Any:
    """A request that is under way for a while and then has come to `usage`; None: nothing came back."""

    async def work() -> Usage:
        spending = Spending(body(), 8000)
        async with budget.sending(spending):
            await asyncio.sleep(held)
            if usage is not None:
                spending.settle(usage, "")
        return spending.spent

    return work()


def count_sent(limit: Limit, usage: Usage | None, *, requests: int = 50) -> int:
    """How many of many requests at once go out within a limit."""

    async def work() -> int:
        budget = Budget(limit, {"m": PRICE})
        sent = await asyncio.gather(*(send(budget, usage, held=0.01) for _ in range(requests)), return_exceptions=True)
        assert all(isinstance(each, Usage | BudgetReached | ConfigError) for each in sent)
        return sum(isinstance(each, Usage) for each in sent)

    return asyncio.run(work())


@pytest.mark.parametrize(
    ("limit", "sent"),
    [
        (Limit(tokens=1000), 9),  # each took 100, the most is 175: the tenth could have passed 1000
        (Limit(tokens=174), 0),
        (Limit(tokens=175), 1),
        (Limit(money=Decimal("0.0554")), 9),  # each took 0.0055, and the most is 0.01075
        (Limit(money=Decimal("0.0107")), 0),
        (Limit(), 50),
    ],
)
def test_what_is_under_way_counts_at_its_most(limit: Limit, sent: int) -> None:
    """Requests go out while all that was spent, is under way and may come stays within the limit, and then no more."""
    assert count_sent(limit, Usage(prompt_tokens=50, completion_tokens=50)) == sent


def test_a_request_that_came_to_nothing_leaves_the_budget_as_it_was() -> None:
    """What was refused or never answered costs nothing."""
    assert count_sent(Limit(tokens=175), None) == 50


def test_an_answer_that_was_lost_counts_at_its_most() -> None:
    """An endpoint may charge for what was lost on the way, so it is counted."""
    spending = Spending(body(), 8000)
    spending.is_lost = True

    assert spending.spent == spending.most == Usage(prompt_tokens=75, completion_tokens=100)


def test_each_request_costs_the_price_of_its_own_model() -> None:
    """A second reader at a hundred times the price uses the budget up as fast."""
    dear = Price(currency="USD", input=Decimal(1000), output=Decimal(10000))
    budget = Budget(Limit(money=Decimal("0.1")), {"m": PRICE, "dear": dear})

    async def send(model: str) -> None:
        async with budget.sending(Spending({**body(), "model": model}, 8000)):
            pass

    asyncio.run(send("m"))  # at most 0.01075
    with pytest.raises(ConfigError):
        asyncio.run(send("dear"))  # at most 1.075


def test_prices_in_two_currencies_have_no_sum() -> None:
    """A budget in money is refused where the two models cost different money; one in tokens is not."""
    prices = {"m": PRICE, "other": PRICE.model_copy(update={"currency": "CNY"})}

    with pytest.raises(ConfigError, match="CNY and USD"):
        Budget(Limit(money=Decimal(1)), prices)
    Budget(Limit(tokens=1), prices)


@pytest.mark.parametrize("limit", [Limit(tokens=174), Limit(money=Decimal("0.0107"))])
def test_a_budget_that_no_request_fits_into_is_a_wrong_setting(limit: Limit) -> None:
    """Who gives less than one request may take is told how much that is; running again would never help."""
    budget = Budget(limit, {"m": PRICE})

    with pytest.raises(ConfigError, match=r"too small: the next request alone may take (175|0\.0108)"):
        asyncio.run(send(budget, None))
    assert budget.reached is None


def test_a_reply_without_a_count_is_reckoned() -> None:
    """Where the endpoint counts no tokens, question and reply are reckoned by their text."""
    spending = Spending(body(), 8000)
    spending.settle(Usage(), "职工" * 50)

    assert (spending.spent.prompt_tokens, spending.spent.completion_tokens) == (60, 60)


def test_the_limit_of_a_reply_is_that_of_the_body_or_of_the_endpoint() -> None:
    """The most that may be written is what the request allows; the endpoint's setting where it allows anything."""
    named = {"max_completion_tokens": 7, "messages": [], "model": "m"}

    assert Spending(named, 8000).most.completion_tokens == 7
    assert Spending({"messages": [], "model": "m"}, 8000).most.completion_tokens == 8000


# A run


def test_a_run_stops_at_its_budget_and_the_next_one_goes_on() -> None:
    """A run keeps what it has, says what is missing and exits 3; further runs get to the end, nothing asked twice."""
    for number in range(4):
        Path(f"page-90{number}.txt").write_text("\n".join((*LINES, f"第{number}版。")), encoding="utf-8")
    split = split_reply([*LINES, ""])
    with running(Behaviour(answer=lambda asked: split if "articles" in str(asked) else case_text())) as endpoint:
        flags = {"base_url": endpoint.base_url, "model": "test-model", "max_tokens": 100, "concurrency": 1}
        reports = [summarise(".", budget="0.13", price="USD 10 1 100", **flags) for _ in range(6)]

    assert (reports[0].exit_code, reports[-1].stopped) == (3, "")
    assert "the budget of 0.13 USD is used up" in reports[0].stopped
    made = [len(report.records) for report in reports]
    missing = [sum(report.missing.values()) + len(report.not_begun) for report in reports]
    assert [done + left for done, left in zip(made, missing, strict=True)] == [4] * 6
    assert made == sorted(made)
    assert made[0] < made[-1] == 4
    assert len(endpoint.questions) == 8  # four splits, four articles
    with open_ledger(Path(".summariser/ledger.db")) as ledger:
        listed = ledger.runs()
    used = (Usage(prompt_tokens=each.prompt_tokens, completion_tokens=each.completion_tokens) for each in listed)
    assert max(map(PRICE.cost, used)) <= Decimal("0.13")
    assert {each.state.value for each in listed} == {"done", "stopped"}


def test_a_run_that_asks_anew_and_is_stopped_goes_on_too() -> None:
    """With --fresh nothing older is taken, and what a stopped one paid for is; after one that was done all is new."""
    for number in range(3):
        Path(f"page-90{number}.txt").write_text("\n".join((*LINES, f"第{number}版。")), encoding="utf-8")
    notes: list[str] = []
    told_to_send: list[int] = []

    class Watcher(Progress):
        def begin(self, _pages: int, said: Sequence[str]) -> None:
            notes.extend(said)

    split = split_reply([*LINES, ""])
    with running(Behaviour(answer=lambda asked: split if "articles" in str(asked) else case_text())) as endpoint:
        flags = {"base_url": endpoint.base_url, "model": "test-model", "max_tokens": 100, "concurrency": 1}
        summarise(".", **flags)
        asked = [len(endpoint.questions)]
        flags["progress"] = Watcher()
        while summarise(".", budget="0.13", price="USD 10 1 100", fresh=True, **flags).stopped and len(asked) < 9:
            asked.append(len(endpoint.questions))
            told_to_send.append(_count_to_send(**flags))
        anew = len(endpoint.questions)
        told_to_send.append(_count_to_send(**flags))
        summarise(".", fresh=True, **flags)

    assert asked[0] == 6  # three splits, three articles
    assert len(asked) > 1
    assert (anew, len(endpoint.questions)) == (12, 18)
    told = [note.partition(",")[0] for note in notes if "--fresh" in note]
    assert told == ["--fresh goes on with run 2"] * (len(asked) - 1)
    assert told_to_send == [anew - done for done in asked[1:]] + [6]  # what was paid is not counted again


def _count_to_send(**flags: Any) -> int:
    """How many requests of the pages here a dry run that asks anew says it would send."""
    settings = read_settings({name: flag for name, flag in flags.items() if name != "progress"})
    planned, _ = plan_requests(["."], settings=settings, options=RunOptions(fresh=True))
    return sum(not item.is_known for item in planned)
