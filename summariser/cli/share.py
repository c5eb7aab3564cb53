"""`summariser diff`, `changes`, `export` and `publish`: what changed in records, and records for others to use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from summariser.cli import NamedPath, WrittenPath, advise, make_console, plain, print_json, styled
from summariser.cli.options import Day, local_only, places_argument, records_argument, where_records_are
from summariser.disk.files import disk_refusals
from summariser.errors import InputError
from summariser.exporting.export import (
    FORMAT,
    FORMATS,
    SKOS,
    CaseBase,
    ExportReport,
    export_by_month,
    export_codebook,
    export_files,
)
from summariser.exporting.export import publish as publish_records
from summariser.reviewing.corrections import LoggedChange, apply_changes, dump_log, list_changes
from summariser.reviewing.diff import ArticleDiff, Diff, NewRecord, compare_sides, render_markdown
from summariser.reviewing.differences import Difference, format_value
from summariser.reviewing.revisions import read_sides
from summariser.schema.page import format_lines
from summariser.text import counted

_LIMIT = 200  # records; nobody reads more in a terminal, and rich takes its time
_STYLES = {"high": "red", "middle": "yellow", "low": "cyan"}


@click.command()
@click.argument("words", nargs=-1, metavar="[A] [B] [PATHS]...")
@click.option("--markdown", is_flag=True, help="Print Markdown for a pull-request comment.")
@click.option("--link-base", default="", help="With --markdown: address in front of links, as in .../blob/main/.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--all", "show_all", is_flag=True, help=f"Show all records, not only the worst {_LIMIT}.")
def diff(words: Sequence[str], *, markdown: bool, link_base: str, as_json: bool, show_all: bool) -> int:
    """Compare records by meaning: numbers, evidence, codes, words; worst first.

    \b
    summariser diff                     the working tree against HEAD, in summaries/ or `out`
    summariser diff main...HEAD         what this branch changed
    summariser diff v1 v2 summaries/p1  two revisions, one page
    summariser diff old/ new/           two folders, or two record files; no git needed

    Exit code 0: nothing changed; 1: changes worth a look; 2: could not compare.
    """  # noqa: D301 - \b is what click takes for "leave this paragraph as it is"
    if markdown and as_json:
        raise click.UsageError("--markdown and --json contradict each other; give one of them.")
    sides = read_sides(words, folder=Path.cwd(), records=where_records_are(())[0])
    found = compare_sides(sides)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    elif markdown:
        texts = {item.path: item.text for item in sides.new}
        click.echo(render_markdown(found, texts=texts, link_base=link_base), nl=False)
    else:
        show_diff(found, make_console(), limit=None if show_all else _LIMIT)
    return found.exit_code


def show_diff(found: Diff, console: Console, *, limit: int | None) -> None:
    """Print a comparison: head line, then article by article, worst first."""
    console.print(styled(found.head, "bold"), soft_wrap=True)
    console.print(styled(f"{found.old} → {found.new}; {counted(found.compared, 'record')} on both sides", "dim"))
    for article in found.articles[:limit]:
        console.print(_article_text(article), soft_wrap=True)
    if limit is not None and len(found.articles) > limit:
        console.print(
            styled(f"\n{counted(len(found.articles) - limit, 'more record')} changed; --all shows all.", "bold")
        )
    for row in found.provenance:
        console.print(
            styled(f"provenance: {row.field} {row.old} → {row.new} in {counted(row.records, 'record')}", "dim")
        )


def _article_text(article: ArticleDiff) -> Text:
    """One article: where it is, and a paragraph for each change."""
    headline = styled(f"  {article.headline}" if article.headline else "")
    lines = [Text("\n").append_text(styled(article.path, "bold")).append_text(headline)]
    if article.added:
        lines += _new_lines(article.added)
    for change in article.changes:
        lines += _change_lines(change)
    return Text("\n").join(lines)


def _new_lines(added: NewRecord) -> list[Text]:
    """What a new record says: theme, lead, first figures, flags."""
    told = [f"theme {added.theme}, lead {'、'.join(added.leads) or 'not named'}"]
    told += [f"figure {each.words}, line {format_lines(each.lines)}" for each in added.figures]
    told += [counted(added.further, "more figure")] if added.further else []
    told += [f"flags: {', '.join(added.flags)}"] if added.flags else []
    return [styled(f"  {each}") for each in told]


def _change_lines(change: Difference) -> list[Text]:
    first = Text("  ").append_text(styled(change.kind.label, _STYLES[change.severity]))
    by_how_much = f"  ({change.difference:+,f} {change.unit or ''}".rstrip() + ")" if change.difference else ""
    person = f"  by {change.by}" if change.by else ""
    lines = [first.append_text(styled(f"  {change.path}", "dim")).append_text(styled(by_how_much + person))]
    for sign, style, said in zip("-+", ("red", "green"), change.shown, strict=True):
        if said is not None:
            lines.append(styled(f"    {sign} {said}", style))
    if change.printed is not None:
        lines.append(styled(f"      printed: “{change.printed}”", "dim"))
    if change.quote is not None or change.lines:
        said = f"“{change.quote}”" if change.quote else "the page"
        lines.append(styled(f"      {said}, line {format_lines(change.lines)}", "dim"))
    return lines


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--since", metavar="TAG", help="The release: a tag, or another revision of git.")
@click.option("--apply", "log", type=NamedPath(path_type=Path), help="Bring a copy of the release to this log.")
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
        click.echo(f"Changed {counted(apply_changes(_read_text(log), out), 'record')} in {out}.")
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
            said = f"    {format_value(each.model) or '-'} → {format_value(each.value) or '-'}{printed}"
            console.print(styled(said), soft_wrap=True)
    changes, records = counted(len(found), "change"), counted(len({each.record for each in found}), "record")
    console.print(styled(f"{changes} in {records}.", "bold"))


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
    told = f"{counted(done.records, 'record')} in {out}"
    if done.missing:
        told += f"; {counted(done.missing, 'article failed and is', 'articles failed and are')} not in it"
    make_console().print(styled(f"{told}."), soft_wrap=True)
    return 0
