"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from summariser.cli.terminal import plain
from summariser.endpoints.config import Settings, read_settings

Command = TypeVar("Command", bound=Callable[..., Any])


def endpoint_options(command: Command) -> Command:
    """Which endpoint and model are asked."""
    options = [
        click.option("--model", help="Model to ask; default: SUMMARISER_MODEL."),
        click.option("--base-url", help="Address of the endpoint, up to and including /v1."),
        click.option("--provider", help="openai, deepseek, qwen, moonshot, zhipu, ollama, vllm, llamacpp or desk."),
        click.option("--concurrency", type=int, help="Requests in flight at once; default 16."),
        click.option("--max-tokens", type=int, help="Longest reply, in tokens; default 8000."),
        click.option(
            "--max-wait", "max_wait_s", type=float, help="Longest wait for an endpoint, in seconds; default 600."
        ),
        click.option("--extra-body", help="JSON object added to each request; null takes a field out."),
        click.option("--header", "extra_headers", multiple=True, help="NAME: VALUE, sent along; repeatable."),
        click.option("--ledger", type=click.Path(dir_okay=False, path_type=Path), help="Where exchanges are kept."),
        click.option("--repairs", type=int, help="How often an invalid reply is sent back; default 2."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def settings_from(flags: Mapping[str, object]) -> Settings:
    """The settings of a verb; what a person should know of them is said on stderr."""
    settings = read_settings({name: value for name, value in flags.items() if value != ()})
    for note in settings.notes:
        click.secho(f"Note: {plain(note)}", fg="yellow", err=True)
    return settings


def records_argument(command: Command) -> Command:
    """Record files and folders."""
    return click.argument("paths", nargs=-1, type=click.Path(path_type=Path))(command)
