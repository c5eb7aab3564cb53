"""`summariser runs`: what was asked, what it cost and what failed; `batches`: what is under way in batches."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import click

from summariser.cli import WholeNumber, complain, make_console, print_json, print_table
from summariser.disk.batches import BatchSummary, LedgerBatches
from summariser.disk.ledger import RequestSummary, RunSummary, SumBy, UsageSum, open_ledger
from summariser.endpoints.budget import add_costs, spell_money
from summariser.endpoints.config import Settings, read_settings
from summariser.errors import InputError
from summariser.schema.exchange import Usage

_WHOLE = {  # columns whose cells stay in one piece
    *("run", "started", "state", "seconds", "article"),
    *("batch", "age", "until", "money"),
}
_COUNTS = ("replies", "repairs", "uncounted", *Usage.model_fields)  # that are added up
_BY = [each.value for each in SumBy if each is not SumBy.RUN]


@click.command()
@click.argument("run_id", required=False, type=int)
@click.option("--by", type=click.Choice(_BY), help="Add up tokens and money by this instead.")
@click.option("--limit", default=20, show_default=True, type=WholeNumber(1, 10_000), help="How many runs to list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def runs(run_id: int | None, *, by: str | None, limit: int, as_json: bool) -> None:
    """List the latest runs with their tokens and cost, or the requests of run RUN_ID.

    The cost is reckoned with the prices known today: those of summariser.toml, else the table's. Replies of a model
    whose price is not known are said to have none.
    """
    settings = read_settings({})
    if not os.path.lexists(settings.ledger):
        raise InputError("no ledger yet", path=settings.ledger, next_step="It is made by the first `summariser run`")
    with open_ledger(settings.ledger) as ledger:
        listed = ledger.runs(1 if run_id else limit)
        newest = max((run.run_id for run in listed), default=0)
        if run_id is not None and not 1 <= run_id <= newest:
            said = f"there is no run {run_id}; {f'the newest is {newest}' if newest else 'there is none yet'}"
            raise InputError(said, path=settings.ledger, next_step="summariser runs lists them")
        if run_id is not None and not by:
            told = [(request.model_dump(mode="json"), _request_row(request)) for request in ledger.requests_of(run_id)]
        else:
            numbers = [run_id] if run_id else [run.run_id for run in listed]
            costs = _costs(ledger.usage_by(SumBy(by) if by else SumBy.RUN, numbers), settings)
            told = _tell_sums(costs, str(by)) if by else _tell_runs(listed, costs)
    _show(told, as_json=as_json, nothing="nothing was asked")


def _show(told: Sequence[tuple[dict[str, object], dict[str, str]]], *, as_json: bool, nothing: str) -> None:
    """Print what is told, to a machine or to a person; `nothing` is what a person is told of nothing."""
    if as_json:
        print_json([fields for fields, _ in told])
    elif not told:
        click.echo(nothing)
    else:
        header, cells = list(told[0][1]), [list(row.values()) for _, row in told]
        print_table(header, cells, make_console(), folded=set(header) - _WHOLE)


class _Cost(NamedTuple):
    """What was used under one name, and what it costs by currency; `unpriced` replies have no known price."""

    sums: tuple[UsageSum, ...]
    money: dict[str, Decimal]
    unpriced: int

    def add(self, field: str) -> int:
        """The sum of one count."""
        return sum(getattr(each, field) for each in self.sums)

    @property
    def tokens(self) -> str:
        """The tokens in words; what is nought is left out."""
        cached = _counted(self.add("cached_tokens"), "cached")
        uncounted = _counted(self.add("uncounted"), "replies not counted")
        parts = [f"{self.add('prompt_tokens'):,} in", cached, f"{self.add('completion_tokens'):,} out", uncounted]
        return ", ".join(filter(None, parts))

    @property
    def cost(self) -> str:
        """The money in words."""
        return ", ".join(filter(None, [spell_money(self.money), _counted(self.unpriced, "without a price")]))

    @property
    def as_json(self) -> dict[str, object]:
        """The money for a machine."""
        return {"cost": {name: str(each) for name, each in self.money.items()}, "unpriced": self.unpriced}


def _costs(sums: Sequence[UsageSum], settings: Settings) -> dict[str, _Cost]:
    """What was used and what it costs, by name."""
    costs = {}
    for name, group in groupby(sums, key=attrgetter("name")):
        used = tuple(group)
        priced = [(settings.price_of(each.base_url, each.model), each) for each in used]
        money = add_costs((price, each, each.by_batch) for price, each in priced)
        costs[name] = _Cost(used, money, sum(each.replies for price, each in priced if price is None))
    return costs


def _tell_sums(costs: Mapping[str, _Cost], by: str) -> list[tuple[dict[str, object], dict[str, str]]]:
    """A row for each name."""
    return [
        (
            {by: name, **{each: cost.add(each) for each in _COUNTS}, **cost.as_json},
            {
                by: name,
                "replies": ", ".join(
                    filter(None, [f"{cost.add('replies'):,}", _counted(cost.add("repairs"), "repairs")])
                ),
                "tokens": cost.tokens,
                "cost": cost.cost,
            },
        )
        for name, cost in costs.items()
    ]


def _tell_runs(
    listed: Sequence[RunSummary], costs: Mapping[str, _Cost]
) -> list[tuple[dict[str, object], dict[str, str]]]:
    """A row for each run, in few columns, so that they fit a narrow terminal; what is nought is left out."""
    told = []
    for run in listed:
        cost = costs.get(str(run.run_id), _Cost((), {}, 0))
        asked = [f"{run.requests}", _counted(run.repairs, "repairs"), _counted(run.errors, "errors")]
        kept = [f"{run.records} of {run.pages} page(s)", _counted(run.failures, "failed")]
        row = {
            "run": str(run.run_id),
            "started": run.started_at[:16].replace("T", " "),
            "model": run.model,
            "state": run.state.value,
            "requests": ", ".join(filter(None, asked)),
            "records": ", ".join(filter(None, kept)),
            "tokens": cost.tokens,
            "cost": cost.cost,
            "seconds": f"{run.seconds:,.0f}",
        }
        told.append((run.model_dump(mode="json") | cost.as_json, row))
    return told


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number else ""


def _request_row(request: RequestSummary) -> dict[str, str]:
    finish = request.finish_reason if request.finish_reason not in (None, "stop") else ""
    tokens = [
        f"{number:,} {way}"
        for number, way in ((request.prompt_tokens, "in"), (request.completion_tokens, "out"))
        if number is not None
    ]
    return {
        "page": request.page_id,
        "article": request.article_id if request.article_id != request.page_id else "",
        "prompt": request.prompt + (f", repair {request.attempt}" if request.attempt else ""),
        "state": ", ".join(filter(None, (request.state, finish))),
        "tokens": ", ".join(tokens),
        "error": request.error or "",
    }


@click.command()
@click.option(
    "--forget", type=int, metavar="BATCH", help="Wait no longer for this batch; its requests are asked again."
)
@click.option("--limit", default=20, show_default=True, type=WholeNumber(1, 10_000), help="How many to list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def batches(*, forget: int | None, limit: int, as_json: bool) -> None:
    """List batches, those under way first; the endpoint is not asked.

    `summariser run ... --batch` goes on with what is under way, on this machine or wherever the ledger is copied to.
    """
    settings = read_settings({})
    path = settings.ledger
    if not os.path.lexists(path):
        raise InputError("no ledger yet", path=path, next_step="It is made by the first `summariser run`")
    with open_ledger(path) as ledger:
        book = LedgerBatches(ledger)
        if forget is not None and not book.forget(forget, datetime.now(UTC)):
            raise InputError(f"no batch {forget} is under way", path=path, next_step="summariser batches lists them")
        told = [(row.model_dump(mode="json"), _row(row, settings, datetime.now(UTC))) for row in book.sums(limit)]
    _show(told, as_json=as_json, nothing="no batch was sent")


@contextmanager
def telling_of_batches(path: Path) -> Iterator[None]:
    """Say on stderr, if the block is interrupted, which batches of the ledger go on without us."""
    try:
        yield
    except KeyboardInterrupt:
        with open_ledger(path) as ledger:
            _tell_of_batches([row for row in LedgerBatches(ledger).sums() if not row.ended_at])
        raise


def _tell_of_batches(under_way: Sequence[BatchSummary]) -> None:
    for row in under_way:
        complain(
            f"Batch {row.batch_id} ({row.remote_id or 'about to be sent'}) with {row.requests:,} requests goes on."
        )
    if under_way:
        complain("The same command takes up what it brings; `summariser batches` lists it.")


def _row(batch: BatchSummary, settings: Settings, now: datetime) -> dict[str, str]:
    """A batch in few columns."""
    age = (datetime.fromisoformat(batch.ended_at) if batch.ended_at else now) - datetime.fromisoformat(batch.made_at)
    until = datetime.fromisoformat(batch.expires_at).astimezone() if batch.expires_at and not batch.ended_at else None
    state = batch.state if batch.ended_at or batch.state in {"intended", "completed"} else f"{batch.state}, under way"
    tokens = f"{batch.prompt_tokens:,} in, {batch.completion_tokens:,} out" if batch.answered else ""
    price = settings.price_of(batch.base_url, batch.model)
    usage = Usage(prompt_tokens=batch.prompt_tokens, completion_tokens=batch.completion_tokens)
    counts = [f"{batch.answered:,} of {batch.requests:,} answered"]
    counts += [f"{batch.unanswered:,} not"] if batch.unanswered else []
    return {
        "batch": str(batch.batch_id),
        "at": f"{batch.base_url}, {batch.model}",
        "id": batch.remote_id or "",
        "state": state,
        "requests": ", ".join(counts),
        "age": str(timedelta(seconds=round(age.total_seconds()))),
        "until": f"{until:%d %b %H:%M}" if until else "",
        "tokens": tokens,
        "money": spell_money({price.currency: price.cost(usage, batch=True)}) if price and batch.answered else "",
        "says": batch.message,
    }
