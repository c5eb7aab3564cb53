"""`summariser runs`: what was asked, what it cost and what failed."""

from __future__ import annotations

import json

import click
from rich.table import Table

from summariser.cli.terminal import make_console, styled
from summariser.disk.ledger import RequestSummary, RunSummary, open_ledger
from summariser.endpoints.config import read_settings
from summariser.errors import InputError


@click.command()
@click.argument("run_id", required=False, type=int)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many runs to list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def runs(run_id: int | None, *, limit: int, as_json: bool) -> None:
    """List the latest runs, or the requests of run RUN_ID."""
    path = read_settings({}).ledger
    if not path.is_file():
        raise InputError("no ledger yet", path=path, next_step="It is made by the first `summariser run`")
    with open_ledger(path) as ledger:
        rows = ledger.runs(limit) if run_id is None else ledger.requests_of(run_id)
    if as_json:
        click.echo(json.dumps([row.model_dump(mode="json") for row in rows], ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    lines = [_run_row(row) if isinstance(row, RunSummary) else _request_row(row) for row in rows]
    for name in lines[0] if lines else ():
        table.add_column(name)
    for line in lines:
        table.add_row(*(styled(value) for value in line.values()))
    make_console().print(table if lines else styled("nothing was asked", "dim"))


def _run_row(run: RunSummary) -> dict[str, str]:
    return {
        "run": str(run.run_id),
        "started": run.started_at[:16].replace("T", " "),
        "model": run.model,
        "state": run.state.value,
        "pages": str(run.pages),
        "requests": str(run.requests),
        "repairs": str(run.repairs),
        "errors": str(run.errors),
        "records": str(run.records),
        "failed": str(run.failures),
        "tokens in": f"{run.prompt_tokens:,}",
        "cached": f"{run.cached_tokens:,}",
        "out": f"{run.completion_tokens:,}",
        "seconds": f"{run.seconds:.0f}",
    }


def _request_row(request: RequestSummary) -> dict[str, str]:
    return {
        "page": request.page_id,
        "article": request.article_id,
        "prompt": request.prompt,
        "attempt": str(request.attempt),
        "state": request.state,
        "finish": request.finish_reason or "",
        "tokens in": "" if request.prompt_tokens is None else f"{request.prompt_tokens:,}",
        "out": "" if request.completion_tokens is None else f"{request.completion_tokens:,}",
        "error": request.error or "",
    }
