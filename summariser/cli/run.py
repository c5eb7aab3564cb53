"""`summariser run PATH...`: pages in, records out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from summariser.api import RunOptions, plan_requests, summarise
from summariser.cli.batches import telling_of_batches
from summariser.cli.options import Place, endpoint_options, reading_options, settings_from, source_from
from summariser.cli.parts import run_in_parts, take_elsewhere
from summariser.cli.plan import show_plan
from summariser.cli.progress import watch
from summariser.cli.summary import report_as_json, show_report
from summariser.cli.terminal import make_console


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option(
    "--out",
    type=Place(file_okay=False, path_type=Path),
    help="Where records go, a folder or an address; default: summaries.",
)
@endpoint_options
@click.option("--prompt", help="Prompt of the case study: case_study@VERSION; default: the newest.")
@click.option("--verify/--no-verify", default=None, help="Ask a second reader for verdicts on the facts of records.")
@click.option("--verify-model", metavar="NAME", help="Model of the second reader; default: the one that is asked.")
@click.option("--text/--no-text", "keep_text", default=None, help="Keep the sentences of the article in its record.")
@click.option("--replay", is_flag=True, help="Answer every request from the cassettes; no network.")
@click.option("--record", is_flag=True, help="Record every exchange into the cassettes.")
@click.option(
    "--cassettes", default="cassettes", show_default=True, type=click.Path(path_type=Path), help="Folder of recordings."
)
@click.option("--rules", is_flag=True, help="Cut pages into articles by rules instead of the model.")
@click.option("--fresh", is_flag=True, help="Ask again, even where the ledger has a reply.")
@click.option("--overwrite", is_flag=True, help="Replace records that a person edited; a copy is kept as .bak.")
@click.option("--batch", is_flag=True, help="Send the requests of all pages in files, at the provider's batch price.")
@click.option(
    "--batch-again",
    default="batch",
    show_default=True,
    type=click.Choice(["batch", "singly"]),
    help="How to ask again what a batch left without an answer.",
)
@click.option("--batch-size", type=click.IntRange(1), help="Requests in a file; default: what the provider allows.")
@click.option("--dask", default="", metavar="ADDRESS", help="Run on a Dask cluster: its scheduler, or `local`.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and what it may cost; send nothing.")
@click.option("--all", "show_all", is_flag=True, help="With --dry-run: list every request, not the sums of pages.")
@reading_options
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def run(  # noqa: PLR0913 - one argument for each option
    paths: Sequence[str],
    *,
    replay: bool,
    record: bool,
    cassettes: Path,
    rules: bool,
    fresh: bool,
    overwrite: bool,
    dry_run: bool,
    show_all: bool,
    as_json: bool,
    quiet: bool,
    prompt: str | None,
    engine: str,
    dpi: int,
    **flags: Any,
) -> int:
    """Turn pages (files, folders, globs, addresses such as s3://...) into one JSON record per article.

    Replies are kept in .summariser/ledger.db: a run that was stopped goes on where it stood, and nothing is paid twice.
    Exit code 1 says that a person should look: a fact the page does not bear out, an article without a record; 3 that
    the budget was used up or the endpoint stayed away, so that the same command goes on later.
    """
    elsewhere = take_elsewhere(flags, paths, is_planned=dry_run)
    batch = {name: flags.pop(name) for name in ("batch", "batch_again", "batch_size")}
    options = RunOptions(replay, record, rules, fresh, overwrite, cassettes, engine, dpi, source_from(flags), **batch)
    settings = settings_from({**flags, "case_prompt": prompt})
    if elsewhere:
        return run_in_parts(paths, elsewhere, settings, options, as_json=as_json, quiet=quiet)
    if dry_run:
        planned, found = plan_requests(paths, settings=settings, options=options)
        price = settings.price_of(settings.base_url, settings.model or "")
        show_plan(planned, found, price, as_json=as_json, show_all=show_all)
        return 1 if found.faults else 0
    with watch(quiet=quiet or as_json) as progress, telling_of_batches(settings.ledger):
        report = summarise(paths, options=options, settings=settings, progress=progress)
    if as_json:
        click.echo(json.dumps(report_as_json(report), ensure_ascii=False, indent=2))
    elif not quiet:
        show_report(report, make_console())
    return report.exit_code
