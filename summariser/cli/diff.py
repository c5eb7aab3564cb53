"""`summariser diff` and `report`: what changed between two versions of records, and a site to look at them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from summariser.cli.options import records_argument, where_records_are
from summariser.cli.terminal import complain, make_console, plain, styled
from summariser.errors import InputError
from summariser.report.site import write_report
from summariser.report.views import Changes
from summariser.reviewing.diff import ArticleDiff, Diff, NewRecord, compare_sides, render_markdown
from summariser.reviewing.diff import diff as diff_records
from summariser.reviewing.differences import Difference
from summariser.reviewing.revisions import read_sides
from summariser.schema.page import format_lines

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
    console.print(styled(f"{found.old} → {found.new}; {found.compared:,} records on both sides", "dim"))
    for article in found.articles[:limit]:
        console.print(_article_text(article), soft_wrap=True)
    if limit is not None and len(found.articles) > limit:
        console.print(styled(f"\n{len(found.articles) - limit:,} more records changed; --all shows them.", "bold"))
    for row in found.provenance:
        console.print(styled(f"provenance: {row.field} {row.old} → {row.new} in {row.records:,} records", "dim"))


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
    told += [f"{added.further} more figure{'s' if added.further > 1 else ''}"] if added.further else []
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


_HERE = "working tree"  # what a comparison calls the files as they are now


@click.command()
@records_argument
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("report"), show_default=True, help="Folder to write."
)
@click.option("--against", metavar="REV", help="Show what changed in the records since this git revision.")
def report(paths: Sequence[Path], *, out: Path, against: str | None) -> int:
    """Write a site to look at records (files or folders; default: `out`) beside their pages; open its index.html.

    Exit code 0: written; 1: written, but a file is no record, an article failed, or a page could not be shown.
    """
    places = where_records_are(paths)
    changes = _find_changes(against, places) if against is not None else None
    written = write_report(places, out, changes=changes, processes=os.cpu_count() or 1)
    for error in written.unreadable:
        complain(str(error))
    if written.pageless:
        click.secho(f"Note: {written.pageless} page(s) are shown without their text; the site says why.", err=True)
    if written.failed:
        click.secho(f"Note: {written.failed} article(s) failed; the site lists them first.", err=True)
    click.echo(f"{written.records} records of {written.pages} pages:", err=True)
    click.echo(plain(written.index_path.as_posix()))
    return 1 if written.unreadable or written.pageless or written.failed else 0


def _find_changes(since: str, paths: Sequence[Path]) -> Changes:
    """What changed in these records since a revision.

    Errors: InputError if `since` is no single revision, or a path lies outside the repository; StoreError without git.
    """
    found = diff_records([since, *(str(path.absolute()) for path in paths)])
    if (found.old, found.new) != (since, _HERE):
        raise InputError(
            f"--against {since[:100]} is not one revision",
            path=Path.cwd(),
            expected="A commit, branch or tag: main, HEAD~1",
            next_step="To compare folders or two revisions, run summariser diff",
        )
    by_record: dict[tuple[str, str], list[Difference]] = {}
    for article in found.articles:
        for key, change in _changes_by_record(article):
            by_record.setdefault(key, []).append(change)
    worst_first = {key: sorted(some, key=lambda each: each.kind.rank) for key, some in by_record.items()}
    return Changes(since, {key: tuple(some) for key, some in worst_first.items()})


def _changes_by_record(article: ArticleDiff) -> Iterator[tuple[tuple[str, str], Difference]]:
    """The changes with the record to show them at: their own where it is there, else the first of the article."""
    for change in article.changes:
        own = change.article_id if change.file else article.article_id
        yield (article.page_id, own), change
