"""`summariser batches`: what is under way in batches, and what came of those that have ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from summariser.cli.terminal import complain, make_console, print_table
from summariser.disk.batches import BatchSummary, LedgerBatches
from summariser.disk.ledger import open_ledger
from summariser.endpoints.budget import spell_money
from summariser.endpoints.config import Settings, read_settings
from summariser.errors import InputError
from summariser.schema.exchange import Usage

_FOLDED = {"at", "id", "requests", "tokens", "says"}


@click.command()
@click.option(
    "--forget", type=int, metavar="BATCH", help="Wait no longer for this batch; its requests are asked again."
)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many to list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def batches(*, forget: int | None, limit: int, as_json: bool) -> None:
    """List batches, those under way first; the endpoint is not asked.

    `summariser run ... --batch` goes on with what is under way, on this machine or wherever the ledger is copied to.
    """
    settings = read_settings({})
    path = settings.ledger
    if not path.is_file():
        raise InputError("no ledger yet", path=path, next_step="It is made by the first `summariser run`")
    with open_ledger(path) as ledger:
        book = LedgerBatches(ledger)
        if forget is not None and not book.forget(forget, datetime.now(UTC)):
            raise InputError(f"no batch {forget} is under way", path=path, next_step="summariser batches lists them")
        rows = book.sums(limit)
    if as_json:
        click.echo(json.dumps([row.model_dump(mode="json") for row in rows], ensure_ascii=False, indent=2))
        return
    lines = [_row(row, settings, datetime.now(UTC)) for row in rows]
    if not lines:
        click.echo("no batch was sent")
        return
    print_table(list(lines[0]), [list(line.values()) for line in lines], make_console(), folded=_FOLDED)


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
