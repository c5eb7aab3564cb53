"""`summariser completion SHELL`: the script that completes verbs and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    bash: summariser completion bash >> ~/.bashrc
    """
    make = get_completion_class(shell)
    if make is None:  # the choices above are click's own
        raise click.BadParameter(shell)
    root = ctx.find_root()
    click.echo(make(root.command, {}, "summariser", "_SUMMARISER_COMPLETE").source())
