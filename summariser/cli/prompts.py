"""`summariser prompts list|show|diff`: the released prompts."""

from __future__ import annotations

import difflib

import click

from summariser.cli.terminal import make_console, plain
from summariser.prompt import Prompt, estimate_tokens, load_prompt, prompt_versions


@click.group()
def prompts() -> None:
    """List, show and compare prompt versions."""


@prompts.command("list")
def list_prompts() -> None:
    """List every version: date, size, what changed."""
    from rich.table import Table  # heavy; only this verb draws one

    table = Table("prompt", "date", "reply schema", "tokens, about", "what changed", box=None, pad_edge=False)
    for name, versions in prompt_versions().items():
        for version in versions:
            prompt = load_prompt(f"{name}@{version}")
            tokens = f"{estimate_tokens(prompt.system):,}"
            table.add_row(prompt.id, prompt.date, prompt.schema_path, tokens, plain(prompt.changes))
    make_console().print(table)


@prompts.command()
@click.argument("prompt")
def show(prompt: str) -> None:
    """Print PROMPT (case_study, or case_study@1) as it is sent."""
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


def _text(prompt: Prompt) -> str:
    """The prompt as one text, section by section."""
    return "\n\n".join(f"# {name}\n{getattr(prompt, name)}" for name in ("system", "user", "repair"))
