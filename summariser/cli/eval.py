"""`summariser eval [RECORDS...]`: how well records agree with gold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from summariser.baseline import compare, dump_evaluation, read_baseline
from summariser.cli.evaluation import as_markdown, show_comparison, show_evaluation
from summariser.cli.options import records_argument
from summariser.evaluate import evaluate


@click.command("eval")
@records_argument
@click.option("--gold", required=True, type=click.Path(path_type=Path), help="Folder with gold files and their pages.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; this is also what a baseline is.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request.")
@click.option("--baseline", "baseline_path", type=click.Path(path_type=Path), help="Accepted figures; none may fall.")
@click.option("--misses", is_flag=True, help="List everything that is not as gold has it.")
@click.option("--reason", default="", help="With --json: why these figures are accepted as a baseline.")
def evaluate_records(  # noqa: PLR0913 - one argument for each option
    paths: Sequence[Path],
    *,
    gold: Path,
    as_json: bool,
    markdown: bool,
    baseline_path: Path | None,
    misses: bool,
    reason: str,
) -> int:
    """Measure records (folders; default: summaries) against gold, page by page, kind by kind and in all.

    Exit code 0: measured; 1: a figure fell below the baseline.
    """
    if as_json and markdown:
        raise click.UsageError("--json and --markdown exclude each other.")
    baseline = read_baseline(baseline_path) if baseline_path else None
    evaluation = evaluate(paths or (Path("summaries"),), gold)
    comparison = compare(evaluation, baseline, baseline_path) if baseline and baseline_path else None
    if as_json:
        click.echo(dump_evaluation(evaluation, reason=reason, with_misses=misses))
    elif markdown:
        click.echo(as_markdown(evaluation, comparison, with_misses=misses))
    else:
        show_evaluation(evaluation, with_misses=misses)
    if comparison:
        show_comparison(comparison)
    return 1 if comparison and comparison.stops else 0
