"""What a run in parts says: how far it is, what a person should look at, and the sums."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click

from summariser.cli.terminal import make_console, plain, styled
from summariser.parts import PAGES_AT_ONCE, Job, PartReport, find_parts, run_parts


def run_in_parts(paths: Sequence[str], job: Job, dask: str, *, as_json: bool, quiet: bool) -> int:
    """Run pages in parts and show what they came to; the exit code, as of `summariser run`.

    Errors: as `find_parts` and `run_parts`.
    """
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
