"""`summariser report [RECORDS] -o FOLDER`: a static site to look at records beside their pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from summariser.cli.options import records_argument
from summariser.cli.terminal import complain, plain
from summariser.report import write_report


@click.command()
@records_argument
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("report"), show_default=True, help="Folder to write."
)
def report(paths: Sequence[Path], *, out: Path) -> int:
    """Write a site to look at records (files or folders; default: summaries) beside their pages; open its index.html.

    Exit code 0: written; 1: written, but a file is no record or a page could not be shown.
    """
    written = write_report(paths or (Path("summaries"),), out)
    for error in written.unreadable:
        complain(str(error))
    if written.pageless:
        click.secho(f"Note: {written.pageless} page(s) are shown without their text; the site says why.", err=True)
    click.echo(f"{written.records} records of {written.pages} pages:", err=True)
    click.echo(plain(written.index_path.as_posix()))
    return 1 if written.unreadable or written.pageless else 0
