"""`summariser eval`, `compare`, `corrections`: records against gold, against people, against other runs."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from summariser.api import RunOptions, summarise
from summariser.cli.eval_view import (
    comparison_markdown,
    evaluation_markdown,
    show_changes,
    show_comparison,
    show_corrections,
    show_evaluation,
    show_stability,
)
from summariser.cli.options import Command, endpoint_options, records_argument, settings_from, where_records_are
from summariser.disk.ledger import open_ledger
from summariser.disk.stored import load_records
from summariser.endpoints.config import read_settings
from summariser.evaluation.evaluate import compare_figures, dump_evaluation, evaluate, read_baseline
from summariser.evaluation.repeated_runs import Variant, compare_prompts, draw_samples, measure_stability
from summariser.reviewing.corrections import FoundCorrection, Status, find_corrections, honoured
from summariser.schema.record import Record

_GOLD = click.option("--gold", type=click.Path(path_type=Path), help="Folder with gold files and their pages.")
_MARKDOWN = click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request.")


def _cassettes(text: str) -> Callable[[Command], Command]:
    """The option that names a folder of recordings."""
    kind = click.Path(path_type=Path)
    return click.option("--cassettes", default="cassettes", show_default=True, type=kind, help=text)


@click.command("eval")
@records_argument
@_GOLD
@click.option("--json", "as_json", is_flag=True, help="Print JSON; this is also what a baseline is.")
@_MARKDOWN
@click.option("--baseline", "baseline_path", type=click.Path(path_type=Path), help="Accepted figures; none may fall.")
@click.option("--misses", is_flag=True, help="List everything that is not as gold has it.")
@click.option("--reason", default="", help="With --json: why these figures are accepted as a baseline.")
@click.option("--coders", is_flag=True, help="Instead of gold: how far coders agree, a folder of records each.")
@click.option("--corrections", is_flag=True, help="Instead of gold: replay what people corrected; is it honoured?")
@_cassettes("With --corrections: folder of recordings.")
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
    coders: bool,
    cassettes: Path,
    samples: int | None,
    prompt: str | None,
    **flags: object,
) -> int:
    """Measure records (folders; default: `out`) against gold, page by page, kind by kind and in all.

    With --corrections: against what people corrected in them. With --samples: the model against itself, asked anew
    about pages. With --coders: records of the same articles by several coders, a folder each (two models, or a
    person and a model), against each other.

    Exit code 0: measured; 1: a figure fell below the baseline, a correction is lost, or samples disagree.
    """
    if [gold is not None, samples is not None, corrections, coders].count(True) != 1:
        raise click.UsageError("Give one of --gold, --corrections, --coders and --samples.")
    if (samples and not paths) or (coders and len(paths) < 2):
        raise click.UsageError("--samples wants pages to ask about, --coders a folder of records of each coder.")
    if gold is None and (markdown or baseline_path or misses or reason):
        raise click.UsageError("--markdown, --baseline, --misses and --reason go with --gold.")
    if as_json and markdown:
        raise click.UsageError("--json and --markdown exclude each other.")
    if gold is not None:
        form = "json" if as_json else "markdown" if markdown else ""
        return _hold_against_gold(paths, gold, baseline_path, form=form, misses=misses, reason=reason)
    if corrections:
        return _list_corrections(paths, cassettes, prompt, replay=True, as_json=as_json)
    if coders:
        drawn = [load_records(path) for path in paths]
    else:
        drawn = draw_samples(paths, samples or 0, settings=settings_from({**flags, "case_prompt": prompt}))
    return _hold_against_each_other(drawn, as_json=as_json)


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option(
    "--prompt",
    "prompts",
    multiple=True,
    required=True,
    help="The old prompt, then the new: NAME@VERSION, or both: split@2,case_study@3.",
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


@click.command()
@records_argument
@click.option("--replay", is_flag=True, help="Replay the corrected articles; say which corrections are honoured.")
@_cassettes("Folder of recordings.")
@click.option("--prompt", help="Prompt to replay with: case_study@VERSION; default: the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def corrections(paths: Sequence[Path], *, replay: bool, cassettes: Path, prompt: str | None, as_json: bool) -> int:
    """List what people changed in records (files or folders; default: `out`): field, before, after, who and when.

    Exit code 1, with --replay: a correction is lost again.
    """
    return _list_corrections(paths, cassettes, prompt, replay=replay, as_json=as_json)


def _hold_against_gold(  # noqa: PLR0913 - what the options of --gold say
    paths: Sequence[Path], gold: Path, baseline_path: Path | None, *, form: str, misses: bool, reason: str
) -> int:
    """Measure, print, and compare with the baseline; 1 if a figure fell that may not."""
    baseline = read_baseline(baseline_path) if baseline_path else None
    evaluation = evaluate(where_records_are(paths), gold)
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


def _hold_against_each_other(samples: Sequence[Sequence[Record]], *, as_json: bool) -> int:
    """Measure how far samples or coders agree and print it."""
    stability = measure_stability(samples)
    if as_json:
        click.echo(stability.model_dump_json(indent=2))
    else:
        show_stability(stability)
    return 1 if stability.to_review else 0


def _list_corrections(
    paths: Sequence[Path], cassettes: Path, prompt: str | None, *, replay: bool, as_json: bool
) -> int:
    """Print what people changed, and what a replay makes of it; 1 if a correction is lost."""
    ledger = read_settings({}).ledger
    with open_ledger(ledger if ledger.is_file() else None) as opened:
        found = find_corrections(where_records_are(paths), ledger=opened)
    statuses = _replay(found, cassettes, prompt) if replay and found else [None] * len(found)
    if as_json:
        rows = [one.model_dump(mode="json", exclude={"was", "is_now"}) for one in found]
        rows = [row | ({"status": status.value} if status else {}) for row, status in zip(rows, statuses, strict=True)]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        show_corrections(found, statuses)
    return 1 if Status.LOST in statuses else 0


def _replay(found: Sequence[FoundCorrection], cassettes: Path, prompt: str | None) -> Sequence[Status]:
    """Make the corrected articles again from the recordings, in a folder that does not last, and compare."""
    with tempfile.TemporaryDirectory() as folder:
        report = summarise(
            sorted({correction.source for correction in found}),
            options=RunOptions(replay=True, cassettes=cassettes),
            settings=settings_from({"out": Path(folder), "case_prompt": prompt}),
        )
    fresh = {(record.page_id, record.article_id): record.case for record in report.records}
    return [status for _, status in honoured(found, fresh)]
