"""`summariser runs`: what was asked, what it cost and what failed."""

from __future__ import annotations

import json

import click

from summariser.cli.terminal import make_console, print_table
from summariser.disk.ledger import RequestSummary, RunSummary, open_ledger
from summariser.endpoints.config import read_settings
from summariser.errors import InputError

_WHOLE = {"run", "started", "state", "seconds", "article"}  # columns whose cells stay in one piece


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
        newest = max((run.run_id for run in ledger.runs(1)), default=0)
    if run_id is not None and not 1 <= run_id <= newest:
        said = f"there is no run {run_id}; {f'the newest is {newest}' if newest else 'there is none yet'}"
        raise InputError(said, path=path, next_step="summariser runs lists them")
    if as_json:
        click.echo(json.dumps([row.model_dump(mode="json") for row in rows], ensure_ascii=False, indent=2))
        return
    lines = [_run_row(row) if isinstance(row, RunSummary) else _request_row(row) for row in rows]
    if not lines:
        click.echo("nothing was asked")
        return
    cells = [list(line.values()) for line in lines]
    print_table(list(lines[0]), cells, make_console(), folded=lines[0].keys() - _WHOLE)


def _run_row(run: RunSummary) -> dict[str, str]:
    """A run in few columns, so that they fit a narrow terminal; what is nought is left out."""
    asked = [f"{run.requests}", _counted(run.repairs, "repairs"), _counted(run.errors, "errors")]
    kept = [f"{run.records} of {run.pages} page(s)", _counted(run.failures, "failed")]
    tokens = [
        f"{run.prompt_tokens:,} in",
        _counted(run.cached_tokens, "cached"),
        f"{run.completion_tokens:,} out",
    ]
    return {
        "run": str(run.run_id),
        "started": run.started_at[:16].replace("T", " "),
        "model": run.model,
        "state": run.state.value,
        "requests": ", ".join(filter(None, asked)),
        "records": ", ".join(filter(None, kept)),
        "tokens": ", ".join(filter(None, tokens)),
        "seconds": f"{run.seconds:,.0f}",
    }


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
