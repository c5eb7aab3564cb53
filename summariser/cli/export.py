"""`summariser export [RECORDS] --to FORMAT -o OUT`: tables to compute with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from summariser.cli.options import local_only, places_argument, where_records_are
from summariser.cli.terminal import make_console, plain, styled
from summariser.exporting.table_files import Labels
from summariser.exporting.whole_export import (
    FORMAT,
    FORMATS,
    SKOS,
    ExportReport,
    export_by_month,
    export_codebook,
    export_files,
)


@click.command()
@places_argument
@click.option("--to", type=click.Choice((*FORMATS, SKOS)), required=True, help="Format; csv and parquet make a folder.")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="File or folder to write.")
@click.option("--partition", type=click.Choice(["month"]), help="parquet: a folder for each month of issue.")
@click.option("--force", is_flag=True, help="Write even where something stands that is no export.")
@click.option("--skip-bad", is_flag=True, help="Leave out what is no record, instead of exporting nothing.")
@click.option("--bom/--no-bom", default=True, help="csv: begin with a byte order mark, as Excel needs; default: yes.")
@click.option("--labels", type=click.Choice(("en", "zh")), default="en", help="xlsx: language of headers; default: en.")
@click.option("--json", "as_json", is_flag=True, help="Print what was exported as JSON.")
def export(  # noqa: PLR0913 - one argument for each option
    places: Sequence[Path | str],
    *,
    to: str,
    out: Path,
    partition: str | None,
    force: bool,
    skip_bad: bool,
    bom: bool,
    labels: Labels,
    as_json: bool,
) -> int:
    """Export records (files or folders; default: `out`) as tables: pages, articles, actors, people, actions ...

    Every column is explained in the table `codebook`. xlsx with --labels zh has its sheets, headers and codes in
    Chinese. jsonl holds the records themselves, one a line;
    jsonld links every fact to its words and, where the page has a picture, to their place on it.
    skos holds no records but the code lists: labels, what is in and out, links to other vocabularies.

    Exit code 0: all exported; 1: some were left out, as --skip-bad says; 2: nothing was written.
    """
    if to == SKOS:
        if places:
            raise click.UsageError("--to skos exports the code lists, which are no records; name no paths with it")
        export_codebook(out, force=force)
        make_console().print(styled(f"The code lists in {out}."), soft_wrap=True)
        return 0
    places = places or where_records_are(())
    if partition:
        if to != FORMAT:
            raise click.UsageError("--partition is for --to parquet")
        report = export_by_month(places, out, force=force, skip_bad=skip_bad)
    else:
        local = local_only(places, "Export them with --to parquet --partition month, or copy them here first")
        report = export_files(local, out, to=to, force=force, skip_bad=skip_bad, bom=bom, labels=labels)
    _show(report, as_json=as_json)
    return 1 if report.left_out else 0


def _show(report: ExportReport, *, as_json: bool) -> None:
    """Say what was exported, and what was not."""
    for bad in report.left_out:
        click.secho(f"Left out: {plain(f'{bad.path}: {bad.reason}')}", fg="yellow", err=True)
    if report.missing:
        click.secho(f"Note: {report.missing} article(s) failed and are in no table.", fg="yellow", err=True)
    if as_json:
        click.echo(json.dumps(_as_json(report), ensure_ascii=False, indent=2))
    else:
        tables = ", ".join(f"{count} {name}" for name, count in report.rows.items())
        make_console().print(
            styled(f"{report.records} records in {report.out}{f': {tables}' if tables else ''}."), soft_wrap=True
        )


def _as_json(report: ExportReport) -> dict[str, object]:
    left_out = [{"path": bad.path.as_posix(), "reason": bad.reason} for bad in report.left_out]
    return report._asdict() | {"out": report.out.as_posix(), "left_out": left_out}
