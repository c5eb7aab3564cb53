"""`summariser compare --prompt A --prompt B PATH...`: two versions of a prompt on the same pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from summariser.api import RunOptions
from summariser.cli.options import endpoint_options, settings_from
from summariser.cli.terminal import make_console, plain, styled
from summariser.evaluation.compare import Example, FigureChange, PromptComparison, Variant, compare_prompts
from summariser.evaluation.scores import Rate

_MARKS = re.compile(r"([\\`*_{}\[\]<>|#~&!])")
_STYLES = {"fell": "red", "rose": "green"}


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
@click.option("--gold", type=click.Path(path_type=Path), help="Folder with gold files and their pages.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request.")
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
        click.echo(_as_markdown(result))
    else:
        _show(result)
    return 1 if result.stops else 0


def _show(result: PromptComparison) -> None:
    """Print figures, fields and examples."""
    console = make_console()
    console.print(styled(f"{result.before} to {result.after}", "bold"))
    for verb, change in _changes(result):
        console.print(styled(f"{verb}: {_said_change(change)}", _STYLES[verb]))
    for field in result.fields:
        console.print(styled(f"{field.field}: {_said_share(field.differ)}", "" if field.differ.numerator else "dim"))
        for example in field.examples:
            console.print(styled(f"  {_said_example(example)}"))
    for note in _notes(result):
        console.print(styled(note, "dim"))


def _as_markdown(result: PromptComparison) -> str:
    """The same for a pull request; text of pages and models is escaped."""
    figures = [f"- {verb}: {_marked(_said_change(change))}" for verb, change in _changes(result)]
    rows = [
        [field.field, _said_share(field.differ), "; ".join(map(_said_example, field.examples))]
        for field in result.fields
    ]
    lines = ["| field | differs | examples |", "| --- | --- | --- |"]
    lines += [f"| {' | '.join(map(_marked, row))} |" for row in rows]
    head = _marked(f"{result.before} to {result.after}")
    parts = [f"## {head}", "\n".join(figures), "\n".join(lines), *map(_marked, _notes(result))]
    return "\n\n".join(part for part in parts if part)


def _changes(result: PromptComparison) -> Iterator[tuple[str, FigureChange]]:
    """What fell, then what rose."""
    yield from (("fell", change) for change in result.fell)
    yield from (("rose", change) for change in result.rose)


def _said_change(change: FigureChange) -> str:
    after = "not measured" if change.after is None else _said_rate(change.after)
    gate = "" if change.gated else ", not gated"
    return f"{change.label} ({change.scope}{gate}): {_said_rate(change.before)} to {after}"


def _said_rate(rate: Rate) -> str:
    if rate.rate is None:
        return "not measured"
    return f"{rate.rate:.2f}" if rate.numerator is None else f"{rate.numerator}/{rate.denominator}"


def _said_share(rate: Rate) -> str:
    return f"differs in {rate.numerator} of {rate.denominator}" if rate.numerator else f"same in {rate.denominator}"


def _said_example(example: Example) -> str:
    return f"{example.page_id}/{example.article_id} {example.headline or ''}: {example.before} → {example.after}"


def _notes(result: PromptComparison) -> Iterator[str]:
    """Articles that could not be compared."""
    if any(result.failures):
        yield f"Articles without a record: {result.failures[0]} before, {result.failures[1]} after."
    for prompt, names in ((result.before, result.only_before), (result.after, result.only_after)):
        if names:
            yield f"Only {prompt} has a record of {', '.join(names)}."


def _marked(text: str) -> str:
    """Text of others for Markdown: on one line, and nothing in it is a mark."""
    return _MARKS.sub(r"\\\1", plain(text))
