"""`summariser export`, `publish`, `changes`: records as tables, a case base for others, and the log of its changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click

from summariser.cli import WrittenPath, make_console, plain, print_json, styled
from summariser.cli.options import Day, local_only, places_argument, records_argument, where_records_are
from summariser.disk.files import disk_refusals
from summariser.errors import InputError
from summariser.exporting.table_files import Labels
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
from summariser.reviewing.corrections import LoggedChange, apply_changes, dump_log, list_changes
from summariser.reviewing.differences import say_value


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
        left_out = [{"path": bad.path.as_posix(), "reason": bad.reason} for bad in report.left_out]
        print_json(report._asdict() | {"out": report.out.as_posix(), "left_out": left_out})
    else:
        tables = ", ".join(f"{count} {name}" for name, count in report.rows.items())
        make_console().print(
            styled(f"{report.records} records in {report.out}{f': {tables}' if tables else ''}."), soft_wrap=True
        )


@click.command()
@click.argument("out", type=WrittenPath(path_type=Path))
@records_argument
@click.option("--title", required=True, help="Title of the case base.")
@click.option("--author", "authors", multiple=True, required=True, help="Family, Given <ORCID>; repeatable.")
@click.option("--license", "spdx", required=True, help="SPDX name of its licence: CC-BY-4.0.")
@click.option("--version", required=True, help="Version of the case base: 2026.1.")
@click.option("--date", "released", type=Day(), default=None, help="Default: today.")
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
    released: date | None,
    with_words: bool,
    force: bool,
) -> int:
    """Write records (files or folders; default: `out`) as a data package to the folder OUT.

    It holds the tables as CSV, the records as JSON Lines, the code lists as SKOS, `datapackage.json`, which describes
    every column, and `CITATION.cff`. Look at the rights in the pages before you give their sentences away (--no-text).
    """
    day = (released or datetime.now().astimezone().date()).isoformat()
    base = CaseBase(title, authors, spdx, version, day)
    report = publish_records(where_records_are(paths), out, base, with_words=with_words, force=force)
    told = f"{report.records} records in {out}"
    missing = f"; {report.missing} articles failed and are not in it" if report.missing else ""
    make_console().print(styled(f"{told}{missing}."), soft_wrap=True)
    return 0


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--since", metavar="TAG", help="The release: a tag, or another revision of git.")
@click.option("--apply", "log", type=click.Path(path_type=Path), help="Bring a copy of the release to this log.")
@click.option("--json", "as_json", is_flag=True, help="Print the log itself: JSON Lines, one change a line.")
def changes(paths: Sequence[str], *, since: str | None, log: Path | None, as_json: bool) -> int:
    """Say what was corrected, added, removed and deleted in records (PATHS; default: `out`) since a release.

    With --json, the log is for whoever has a copy of that release: `summariser changes COPY --apply FILE` makes the
    copy equal, or changes nothing and names the records that are not as the release has them.
    """
    if (since is None) == (log is None) or (log and as_json):
        raise click.UsageError("Give --since TAG, or --apply FILE.")
    if log:
        if len(paths) > 1:
            raise click.UsageError("Name one folder of records to be changed.")
        out = where_records_are([Path(path) for path in paths])[0]
        click.echo(f"Changed {apply_changes(_read_text(log), out)} record(s) in {out}.")
        return 0
    found = list_changes(since or "", paths, folder=Path.cwd(), records=where_records_are(())[0])
    if as_json:
        click.echo(dump_log(found), nl=False)
    else:
        _show_changes(found)
    return 0


def _read_text(log: Path) -> str:
    """The text of a log. Errors: InputError if it is no UTF-8; StoreError if it cannot be read."""
    try:
        with disk_refusals(log):
            return log.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8, as a log is", path=log) from error


def _show_changes(found: Sequence[LoggedChange]) -> None:
    """Each change in a line or two."""
    console = make_console()
    for each in found:
        head = f"{each.record}  {each.what}  {each.path or ''}".rstrip()
        console.print(
            styled(head, "bold"), styled(f"  {each.by or 'not committed'} {(each.when or '')[:10]}", "dim"), sep=""
        )
        if each.path and each.path != "review":
            printed = f" (printed: {each.printed})" if each.printed else ""
            said = f"    {say_value(each.model) or '-'} → {say_value(each.value) or '-'}{printed}"
            console.print(styled(said), soft_wrap=True)
    console.print(styled(f"{len(found)} changes in {len({each.record for each in found})} records.", "bold"))
