"""`summariser prompts list|show|diff|measure`: the released prompts, and how good they are."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from summariser.cli.options import records_argument
from summariser.cli.terminal import make_console, plain, styled
from summariser.endpoints.budget import estimate_tokens
from summariser.evaluation.evaluate import Measured, dump_measured, evaluate, measured, read_measured
from summariser.evaluation.figures import metrics
from summariser.prompt import Prompt, load_prompt, prompt_versions

_LISTED = 3  # figures of a prompt in the list; the file beside the prompt has all


@click.group()
def prompts() -> None:
    """List, show, compare and measure prompt versions."""


@prompts.command("list")
def list_prompts() -> None:
    """List every version: date, size, what changed, what was measured."""
    from rich.padding import Padding  # heavy; only this verb lays text out

    console = make_console()
    for name, versions in prompt_versions().items():
        for version in versions:
            prompt = load_prompt(f"{name}@{version}")
            schema = prompt.schema_path.removeprefix("schemas/").removesuffix(".json")
            head = f"{prompt.date}, about {estimate_tokens(prompt.system):,} tokens, reply schema {schema}"
            console.print(styled(prompt.id, "bold"), styled(head, "dim"))
            console.print(Padding(plain(prompt.changes), (0, 0, 0, 4)))
            console.print(Padding(styled(_said(read_measured(prompt.id))), (0, 0, 0, 4)))


@prompts.command()
@click.argument("prompt")
def show(prompt: str) -> None:
    """Print PROMPT (case_study, or case_study@3) as it is sent."""
    click.echo(_text(load_prompt(prompt)))


@prompts.command()
@click.argument("old")
@click.argument("new")
def diff(old: str, new: str) -> None:
    """Print what changed from OLD to NEW, line by line."""
    before, after = load_prompt(old), load_prompt(new)
    lines = difflib.unified_diff(
        _text(before).splitlines(), _text(after).splitlines(), fromfile=before.id, tofile=after.id, lineterm=""
    )
    for line in lines:
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        click.secho(line, fg=colour)


@prompts.command()
@click.argument("prompt")
@records_argument
@click.option("--gold", required=True, type=click.Path(path_type=Path), help="Folder with gold files and their pages.")
@click.option("--what", required=True, help="What was run, in words, for the readers of the file.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the measurement; default: today.")
def measure(prompt: str, paths: Sequence[Path], *, gold: Path, what: str, on: datetime | None) -> None:
    """Print how good PROMPT is, from the records it made (default: summaries): the file to keep beside it.

    summariser prompts measure case_study@3 --gold seeds --what "the seeds, replayed" > prompts/case_study/3.json
    """
    evaluation = evaluate(paths or (Path("summaries"),), gold)
    day = (on or datetime.now().astimezone()).date()
    click.echo(dump_measured(measured(load_prompt(prompt).id, evaluation, what=what, on=day)))


def _said(result: Measured | None) -> str:
    """The first figures of a result, in words."""
    if result is None:
        return "not yet"
    labels = {metric.name: metric.label for metric in metrics()}
    listed = list(result.figures.items())[:_LISTED]
    figures = ", ".join(f"{labels.get(name, name)} {rate.numerator}/{rate.denominator}" for name, rate in listed)
    return f"{figures} ({result.models}, {result.measured_on})"


def _text(prompt: Prompt) -> str:
    """The prompt as one text, section by section."""
    return "\n\n".join(f"# {name}\n{getattr(prompt, name)}" for name in ("system", "user", "repair"))
