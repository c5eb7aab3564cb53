"""`summariser eval`: how well records agree with gold, with what people corrected, or with themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from summariser.cli.corrections import corrections as list_corrections
from summariser.cli.evaluation import as_markdown, show_comparison, show_evaluation
from summariser.cli.options import endpoint_options, records_argument, settings_from
from summariser.cli.terminal import make_console, styled
from summariser.evaluation.baseline import compare, dump_evaluation, read_baseline
from summariser.evaluation.evaluate import evaluate
from summariser.evaluation.stability import Stability, draw_samples, measure_stability


@click.command("eval")
@records_argument
@click.option("--gold", type=click.Path(path_type=Path), help="Folder with gold files and their pages.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; this is also what a baseline is.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request.")
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
    modes = [gold is not None, samples is not None, corrections]
    if modes.count(True) != 1 or (samples and not paths):
        raise click.UsageError("Give one of --gold, --corrections and --samples; --samples wants pages to ask about.")
    if gold is None and (markdown or baseline_path or misses or reason):
        raise click.UsageError("--markdown, --baseline, --misses and --reason go with --gold.")
    if as_json and markdown:
        raise click.UsageError("--json and --markdown exclude each other.")
    if samples is not None:
        drawn = draw_samples(paths, samples, settings=settings_from({**flags, "case_prompt": prompt}))
        return _show_stability(measure_stability(drawn), as_json=as_json)
    if gold is None:
        words = {"paths": paths, "replay": True, "cassettes": cassettes, "prompt": prompt, "as_json": as_json}
        return int(click.get_current_context().invoke(list_corrections, **words))
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


def _show_stability(stability: Stability, *, as_json: bool) -> int:
    """Print agreement by field, then what disagrees; 1 if a person should look."""
    code = 1 if stability.to_review else 0
    if as_json:
        click.echo(stability.model_dump_json(indent=2))
        return code
    console = make_console()
    for field in stability.fields:
        kappa = "" if field.kappa is None else f", kappa {field.kappa:.2f}"
        agreed = f"{field.unanimous.numerator}/{field.unanimous.denominator}"
        console.print(styled(f"{field.field}: the same in {agreed}{kappa}"))
    for each in stability.disagreements:
        values = "; ".join(f"{count} {value}" for value, count in each.values.items())
        named = f"{each.page_id}/{each.article_id} {each.headline or ''}"
        console.print(styled(f"{named}: {each.field}: {values}", "yellow"))
    for name in stability.left_out:
        console.print(styled(f"{name}: has no record in some samples", "yellow"))
    total = f"{stability.articles} articles, asked {stability.samples} times; {len(stability.to_review)} to review."
    console.print(styled(total, "bold"))
    return code
