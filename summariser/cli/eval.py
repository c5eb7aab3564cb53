"""`summariser eval` and `summariser compare`: records against gold, against corrections, against other runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from summariser.api import RunOptions
from summariser.cli.corrections import corrections as list_corrections
from summariser.cli.eval_view import (
    comparison_markdown,
    evaluation_markdown,
    show_changes,
    show_comparison,
    show_evaluation,
    show_stability,
)
from summariser.cli.options import endpoint_options, records_argument, settings_from
from summariser.evaluation.evaluate import evaluate
from summariser.evaluation.kept_figures import compare_figures, dump_evaluation, read_baseline
from summariser.evaluation.repeated_runs import Variant, compare_prompts, draw_samples, measure_stability

_GOLD = click.option("--gold", type=click.Path(path_type=Path), help="Folder with gold files and their pages.")
_MARKDOWN = click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request.")


@click.command("eval")
@records_argument
@_GOLD
@click.option("--json", "as_json", is_flag=True, help="Print JSON; this is also what a baseline is.")
@_MARKDOWN
@click.option("--baseline", "baseline_path", type=click.Path(path_type=Path), help="Accepted figures; none may fall.")
@click.option("--misses", is_flag=True, help="List everything that is not as gold has it.")
@click.option("--reason", default="", help="With --json: why these figures are accepted as a baseline.")
@click.option("--corrections", is_flag=True, help="Instead of gold: replay what people corrected; is it honoured?")
@click.option(
    "--cassettes",
    default="cassettes",
    show_default=True,
    type=click.Path(path_type=Path),
    help="With --corrections: folder of recordings.",
)
@click.option(
    "--samples", type=click.IntRange(min=2), help="Instead of gold: ask so often about PATHS, which are pages."
)
@click.option("--prompt", help="With --corrections or --samples: case_study@VERSION; default: the newest.")
@endpoint_options
def evaluate_records(  # noqa: PLR0913 - one argument for each option
    paths: Sequence[Path],
    *,
    gold: Path | None,
    as_json: bool,
    markdown: bool,
    baseline_path: Path | None,
    misses: bool,
    reason: str,
    corrections: bool,
    cassettes: Path,
    samples: int | None,
    prompt: str | None,
    **flags: object,
) -> int:
    """Measure records (folders; default: summaries) against gold, page by page, kind by kind and in all.

    With --corrections: against what people corrected in them. With --samples: the model against itself, asked anew
    about pages.

    Exit code 0: measured; 1: a figure fell below the baseline, a correction is lost, or samples disagree.
    """
    if [gold is not None, samples is not None, corrections].count(True) != 1 or (samples and not paths):
        raise click.UsageError("Give one of --gold, --corrections and --samples; --samples wants pages to ask about.")
    if gold is None and (markdown or baseline_path or misses or reason):
        raise click.UsageError("--markdown, --baseline, --misses and --reason go with --gold.")
    if as_json and markdown:
        raise click.UsageError("--json and --markdown exclude each other.")
    if gold is not None:
        form = "json" if as_json else "markdown" if markdown else ""
        return _hold_against_gold(paths, gold, baseline_path, form=form, misses=misses, reason=reason)
    if samples is None:
        words = {"paths": paths, "replay": True, "cassettes": cassettes, "prompt": prompt, "as_json": as_json}
        return int(click.get_current_context().invoke(list_corrections, **words))
    stability = measure_stability(
        draw_samples(paths, samples, settings=settings_from({**flags, "case_prompt": prompt}))
    )
    if as_json:
        click.echo(stability.model_dump_json(indent=2))
    else:
        show_stability(stability)
    return 1 if stability.to_review else 0


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option(
    "--prompt",
    "prompts",
    multiple=True,
    required=True,
    help="The old prompt, then the new: NAME@VERSION, or both: split@1,case_study@1.",
)
@click.option("--replay", is_flag=True, help="Answer every request from the cassettes; no network.")
@click.option(
    "--cassettes",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Recordings of the old prompt, then of the new, or one folder for both; default: cassettes.",
)
@endpoint_options
@_GOLD
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_MARKDOWN
def compare(  # noqa: PLR0913 - one argument for each option
    paths: Sequence[str],
    *,
    prompts: Sequence[str],
    replay: bool,
    cassettes: Sequence[Path],
    gold: Path | None,
    as_json: bool,
    markdown: bool,
    **flags: object,
) -> int:
    """Run or replay two versions of a prompt over the same pages; say what got better and worse. Keeps no record.

    Exit code 1: with --gold, a figure fell that may not.
    """
    if len(prompts) != 2 or len(cassettes) > 2 or (as_json and markdown):
        raise click.UsageError("Give --prompt twice, --cassettes at most twice, and one of --json and --markdown.")
    folders = (*cassettes, *cassettes)[:2] or (Path("cassettes"),) * 2
    before, after = (
        Variant(prompt, RunOptions(replay=replay, cassettes=folder))
        for prompt, folder in zip(prompts, folders, strict=True)
    )
    result = compare_prompts(paths, before, after, settings=settings_from(flags), gold=gold)
    if as_json:
        click.echo(result.model_dump_json(indent=2))
    elif markdown:
        click.echo(comparison_markdown(result))
    else:
        show_comparison(result)
    return 1 if result.stops else 0


def _hold_against_gold(  # noqa: PLR0913 - what the options of --gold say
    paths: Sequence[Path], gold: Path, baseline_path: Path | None, *, form: str, misses: bool, reason: str
) -> int:
    """Measure, print, and compare with the baseline; 1 if a figure fell that may not."""
    baseline = read_baseline(baseline_path) if baseline_path else None
    evaluation = evaluate(paths or (Path("summaries"),), gold)
    changes = compare_figures(evaluation, baseline, baseline_path) if baseline and baseline_path else None
    if form == "json":
        click.echo(dump_evaluation(evaluation, reason=reason, with_misses=misses))
    elif form == "markdown":
        click.echo(evaluation_markdown(evaluation, changes, with_misses=misses))
    else:
        show_evaluation(evaluation, with_misses=misses)
    if changes:
        show_changes(changes)
    return 1 if changes and changes.stops else 0
