"""`summariser doctor`: what is configured, whether the endpoint answers, what it can do."""

from __future__ import annotations

import json

import click

from summariser.api import examine
from summariser.cli.options import endpoint_options, settings_from
from summariser.cli.terminal import plain


@click.command()
@endpoint_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(*, as_json: bool, **flags: object) -> int:
    """Say what is configured, whether the endpoint answers and what it can do.

    Exit code 0: ready; 3: the endpoint does not answer, or not to this key or model.
    """
    settings = settings_from(flags)
    key = f"from {settings.key_source}" if settings.key_source else "none"
    report = examine(settings)
    if as_json:
        click.echo(json.dumps({**report.model_dump(mode="json"), "key": key}, ensure_ascii=False, indent=2))
    else:
        lines = [f"Provider: {settings.provider}, at {report.base_url}", f"Model: {report.model}", f"Key: {key}"]
        lines += [f"Records go to {settings.out}, exchanges to {settings.ledger}", *report.findings]
        lines.append("Ready." if report.is_usable else "Not ready.")
        click.echo("\n".join(map(plain, lines)))
    return 0 if report.is_usable else 3
