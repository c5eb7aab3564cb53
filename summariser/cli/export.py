"""`summariser export` and `publish`: records for others, as tables and as a case base."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from summariser.cli import WrittenPath, advise, make_console, plain, print_json, styled
from summariser.cli.options import Day, local_only, places_argument, records_argument, where_records_are
from summariser.exporting.whole_export import (
    FORMAT,
    FORMATS,
    SKOS,
    CaseBase,
    ExportReport,
    export_by_month,
    export_codebook,
    export_files,
)
from summariser.exporting.whole_export import publish as publish_records
from summariser.text import counted

_ENDINGS = {  # by which other programs know a file, the usual one first
    "xlsx": (".xlsx",),
    "jsonl": (".jsonl", ".ndjson"),
    "jsonld": (".jsonld", ".json"),
    SKOS: (".jsonld", ".json"),
    "sqlite": (".sqlite", ".sqlite3", ".db"),
    "duckdb": (".duckdb", ".db"),
}


def _tell_of_ending(out: Path, to: str) -> None:
    """Say so, if a file is called like one of another format: it is written as `--to` says."""
    if to in _ENDINGS and out.suffix and out.suffix.lower() not in _ENDINGS[to]:
        form = "JSON-LD" if to == SKOS else to
        advise(f"{out} holds {form}, which other programs know by the ending {_ENDINGS[to][0]}.")


@click.command()
@places_argument
@click.option("--to", type=click.Choice((*FORMATS, SKOS)), required=True, help="Format; csv and parquet make a folder.")
@click.option("-o", "--out", type=WrittenPath(path_type=Path), required=True, help="File or folder to write.")
@click.option("--partition", type=click.Choice(["month"]), help="parquet: a folder for each month of issue.")
@click.option("--force", is_flag=True, help="Write even where something stands that is no export.")
@click.option("--skip-bad", is_flag=True, help="Leave out what is no record, instead of exporting nothing.")
@click.option("--bom/--no-bom", default=True, help="csv: begin with a byte order mark, as Excel needs; default: yes.")
@click.option("--labels", type=click.Choice(("en", "zh")), default="en", help="xlsx: language of headers; default: en.")
@click.option("--json", "as_json", is_flag=True, help="Print what was exported as JSON.")
def export(
    places: Sequence[Path | str], *, to: str, out: Path, partition: str | None, as_json: bool, **choices: Any
) -> int:
    """Export records (files or folders; default: `out`) as tables: pages, articles, actors, people, actions ...

    Every column is explained in the table `codebook`. xlsx with --labels zh has its sheets, headers and codes in
    Chinese. jsonl holds the records themselves, one a line;
    jsonld links every fact to its words and, where the page has a picture, to their place on it.
    skos holds no records but the code lists: labels, what is in and out, links to other vocabularies.

    Exit code 0: all exported; 1: some were left out, as --skip-bad says; 2: nothing was written.
    """
    _tell_of_ending(out, to)
    if to == SKOS:
        if places:
            raise click.UsageError("--to skos exports the code lists, which are no records; name no paths with it")
        export_codebook(out, force=choices["force"])
        make_console().print(styled(f"The code lists in {out}."), soft_wrap=True)
        return 0
    places = places or where_records_are(())
    if partition:
        if to != FORMAT:
            raise click.UsageError("--partition is for --to parquet")
        exported = export_by_month(places, out, force=choices["force"], skip_bad=choices["skip_bad"])
    else:
        local = local_only(places, "Export them with --to parquet --partition month, or copy them here first")
        exported = export_files(local, out, to=to, **choices)
    _show_export(exported, as_json=as_json)
    return 1 if exported.left_out else 0


def _show_export(exported: ExportReport, *, as_json: bool) -> None:
    """Say what was exported, and what was not."""
    for bad in exported.left_out:
        click.secho(f"Left out: {plain(f'{bad.path}: {bad.reason}')}", fg="yellow", err=True)
    if exported.missing:
        advise(f"{counted(exported.missing, 'article failed and is', 'articles failed and are')} in no table.")
    if as_json:
        left_out = [{"path": bad.path.as_posix(), "reason": bad.reason} for bad in exported.left_out]
        print_json(exported._asdict() | {"out": exported.out.as_posix(), "left_out": left_out})
    else:
        tables = ", ".join(f"{count:,} in {name}" for name, count in exported.rows.items())
        told = f"{counted(exported.records, 'record')} in {exported.out}{f': {tables}' if tables else ''}."
        make_console().print(styled(told), soft_wrap=True)


@click.command()
@click.argument("out", type=WrittenPath(path_type=Path))
@records_argument
@click.option("--title", required=True, help="Title of the case base.")
@click.option("--author", "authors", multiple=True, required=True, help="Family, Given <ORCID>; repeatable.")
@click.option("--license", required=True, help="SPDX name of its licence: CC-BY-4.0.")
@click.option("--version", required=True, help="Version of the case base: 2026.1.")
@click.option("--date", "released", type=Day(), default=None, help="Default: today.")
@click.option("--text/--no-text", "with_words", default=True, help="Whether the sentences of the pages go along.")
@click.option("--force", is_flag=True, help="Write into a folder that holds other things.")
def publish(
    out: Path, paths: Sequence[Path], *, released: date | None, with_words: bool, force: bool, **said: Any
) -> int:
    """Write records (files or folders; default: `out`) as a data package to the folder OUT.

    It holds the tables as CSV, the records as JSON Lines, the code lists as SKOS, `datapackage.json`, which describes
    every column, and `CITATION.cff`. Look at the rights in the pages before you give their sentences away (--no-text).
    """
    base = CaseBase(**said, released=(released or datetime.now().astimezone().date()).isoformat())
    done = publish_records(where_records_are(paths), out, base, with_words=with_words, force=force)
    missing = (
        f"; {counted(done.missing, 'article failed and is', 'articles failed and are')} not in it"
        if done.missing
        else ""
    )
    make_console().print(styled(f"{counted(done.records, 'record')} in {out}{missing}."), soft_wrap=True)
    return 0
