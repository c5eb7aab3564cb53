"""`summariser publish OUT [RECORDS]`: a case base for others, with its description and citation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from summariser.cli.options import records_argument, where_records_are
from summariser.cli.terminal import make_console, styled
from summariser.exporting.publish import CaseBase
from summariser.exporting.publish import publish as publish_records


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@records_argument
@click.option("--title", required=True, help="Title of the case base.")
@click.option("--author", "authors", multiple=True, required=True, help="Family, Given <ORCID>; repeatable.")
@click.option("--license", "spdx", required=True, help="SPDX name of its licence: CC-BY-4.0.")
@click.option("--version", required=True, help="Version of the case base: 2026.1.")
@click.option("--date", "released", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Default: today.")
@click.option("--text/--no-text", "with_words", default=True, help="Whether the sentences of the pages go along.")
@click.option("--force", is_flag=True, help="Write into a folder that holds other things.")
def publish(  # noqa: PLR0913 - one argument for each option
    out: Path,
    paths: Sequence[Path],
    *,
    title: str,
    authors: tuple[str, ...],
    spdx: str,
    version: str,
    released: datetime | None,
    with_words: bool,
    force: bool,
) -> int:
    """Write records (files or folders; default: `out`) as a data package to the folder OUT.

    It holds the tables as CSV, the records as JSON Lines, the code lists as SKOS, `datapackage.json`, which describes
    every column, and `CITATION.cff`. Look at the rights in the pages before you give their sentences away (--no-text).
    """
    day = (released or datetime.now().astimezone()).date().isoformat()
    base = CaseBase(title, authors, spdx, version, day)
    report = publish_records(where_records_are(paths), out, base, with_words=with_words, force=force)
    told = f"{report.records} records in {out}"
    missing = f"; {report.missing} articles failed and are not in it" if report.missing else ""
    make_console().print(styled(f"{told}{missing}."), soft_wrap=True)
    return 0
