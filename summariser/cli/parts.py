"""What a run in parts says: how far it is, what a person should look at, and the sums."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from summariser.api import RunOptions
from summariser.cli.terminal import make_console, plain, styled
from summariser.disk.shared import is_address
from summariser.endpoints.config import Settings
from summariser.parts import PAGES_AT_ONCE, Job, PartReport, find_parts, run_parts


class Elsewhere(NamedTuple):
    """Where a run takes place that is not of this process and its disk alone: a cluster, an address of records."""

    dask: str
    out: str


def take_elsewhere(flags: dict[str, Any], paths: Sequence[str], *, is_planned: bool) -> Elsewhere | None:
    """What the flags say of it, which is taken out of them; None for a run as any other."""
    dask, out = flags.pop("dask"), flags["out"]
    address = flags.pop("out") if is_address(out or "") else ""
    if not (dask or address or any(map(is_address, paths))):
        return None
    if is_planned:
        raise click.UsageError("--dry-run is for files and folders of this machine, without --dask")
    return Elsewhere(dask, address)


def run_in_parts(  # noqa: PLR0913 - one argument for each decision of the person
    paths: Sequence[str], elsewhere: Elsewhere, settings: Settings, options: RunOptions, *, as_json: bool, quiet: bool
) -> int:
    """Run pages in parts and show what they came to; the exit code, as of `summariser run`.

    Errors: as `find_parts` and `run_parts`.
    """
    dask, job = elsewhere.dask, Job(elsewhere.out or str(settings.out.absolute()), settings, options)
    parts, faults = find_parts(paths, pages=1 if dask else PAGES_AT_ONCE)
    total = PartReport(messages=tuple(f"Not read: {fault}" for fault in faults), exit_code=1 if faults else 0)
    messages = list(total.messages)
    said = click.progressbar(length=sum(map(len, parts)), label="pages", file=sys.stderr, hidden=quiet or as_json)
    with said as bar:
        for report in run_parts(parts, job, dask=dask):
            messages += report.messages
            total += report
            bar.update(report.pages)
    if as_json:
        sums = {name: value for name, value in total._asdict().items() if name != "messages"}
        click.echo(json.dumps({"out": job.out, **sums, "messages": messages}, ensure_ascii=False, indent=2))
        return total.exit_code
    for message in messages:
        click.secho(plain(message), fg="yellow", err=True)
    if not quiet:
        told = (
            f"{total.pages} pages, {total.records} records ({total.to_review} to review), {total.failures} failed;"
            f" {total.paid} replies paid, {total.tokens_in + total.tokens_out:,} tokens. Records in {job.out}/"
        )
        make_console().print(styled(told, "bold"), soft_wrap=True)
    return total.exit_code
