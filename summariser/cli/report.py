"""`summariser report [RECORDS] -o FOLDER [--against REV]`: a static site to look at records beside their pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from summariser.cli.options import records_argument, where_records_are
from summariser.cli.terminal import complain, plain
from summariser.errors import InputError
from summariser.report import Changes, write_report
from summariser.reviewing.diff import ArticleDiff, diff
from summariser.reviewing.differences import Difference

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
    changes = find_changes(against, places) if against is not None else None
    written = write_report(places, out, changes=changes)
    for error in written.unreadable:
        complain(str(error))
    if written.pageless:
        click.secho(f"Note: {written.pageless} page(s) are shown without their text; the site says why.", err=True)
    if written.failed:
        click.secho(f"Note: {written.failed} article(s) failed; the site lists them first.", err=True)
    click.echo(f"{written.records} records of {written.pages} pages:", err=True)
    click.echo(plain(written.index_path.as_posix()))
    return 1 if written.unreadable or written.pageless or written.failed else 0


def find_changes(since: str, paths: Sequence[Path]) -> Changes:
    """What changed in these records since a revision.

    Errors: InputError if `since` is no single revision, or a path lies outside the repository; StoreError without git.
    """
    found = diff([since, *(str(path.absolute()) for path in paths)])
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
