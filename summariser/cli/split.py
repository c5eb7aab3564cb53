"""`summariser split PATH...`: how pages are cut into articles."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.padding import Padding

from summariser.api import RunOptions, split_pages
from summariser.cli.options import endpoint_options, reading_options, settings_from, source_from
from summariser.cli.progress import watch
from summariser.cli.terminal import complain, make_console, plain, styled
from summariser.disk.whole_file import write_file
from summariser.schema.page import Article, Page, PageSplit, format_lines, line_numbers

_END = ".articles.json"


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--rules", is_flag=True, help="Split by rules; ask no model.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"Folder for PAGE{_END}: source, articles, lines with their boxes.",
)
@reading_options
@endpoint_options
def split(  # noqa: PLR0913 - one argument for each option
    paths: Sequence[str], *, rules: bool, as_json: bool, output: Path | None, engine: str, dpi: int, **flags: object
) -> int:
    """Show how pages (files, folders, globs) are cut into articles: lines in reading order, headlines, joined text.

    - is the standard input. Exit code 1: a file could not be read; the others are split all the same.
    """
    options = RunOptions(rules=rules, engine=engine, dpi=dpi, source=source_from(flags))
    with watch(quiet=as_json and output is None) as progress, _with_stdin(paths) as given:
        report = split_pages(given, settings=settings_from(flags), options=options, progress=progress)
    if output:
        pages = {page.page_id: page for page, _ in report.pages}
        for page, done in report.pages:
            text = json.dumps(articles_as_json(done, pages), ensure_ascii=False, indent=2)
            write_file(output / f"{page.page_id}{_END}", f"{text}\n".encode())
        click.echo(plain(f"{len(report.pages)} file(s) written to {output}."), err=True)
    elif as_json:
        listed = [split_as_json(done) for _, done in report.pages]
        click.echo(json.dumps(listed[0] if len(paths) == len(listed) == 1 else listed, ensure_ascii=False, indent=2))
    else:
        for _, done in report.pages:
            _show(done, make_console())
    for note in report.notes:
        click.echo(plain(note), err=True)
    for fault in report.unread:
        complain(str(fault))
    return 1 if report.unread else 0


@contextmanager
def _with_stdin(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    """The paths; where - stands for the standard input, a file with what it gives."""
    if "-" not in paths:
        yield paths
        return
    with TemporaryDirectory() as folder:
        file = Path(folder) / "stdin.txt"
        file.write_bytes(sys.stdin.buffer.read())
        yield [str(file) if path == "-" else path for path in paths]


def split_as_json(done: PageSplit) -> dict[str, object]:
    """A split as the JSON of `--json`."""
    return {
        "page_id": done.page_id,
        "articles": [
            {
                "article_id": article.article_id,
                "kind": article.kind.value,
                "headline": article.headline,
                "kicker": article.kicker,
                "lines": article.lines,
                "text": article.text,
            }
            for article in done.own_articles
        ],
        "noise": done.noise,
        "method": done.method,
    }


def articles_as_json(done: PageSplit, pages: Mapping[str, Page]) -> dict[str, object]:
    """A page as `PAGE.articles.json`: what it is of, and its articles with each line and its box.

    Shape: `pages` by page id, those where articles go on among them; a line names the page of its file.
    """
    page = pages[done.page_id]
    return {
        "source": page.source.model_dump(mode="json", include={"newspaper", "issue_date", "page_no"}),
        "articles": [
            {"headline": article.headline, "text": article.text, "lines": list(_lines_as_json(article, pages))}
            for article in done.own_articles
        ],
    }


def _lines_as_json(article: Article, pages: Mapping[str, Page]) -> Iterator[dict[str, object]]:
    """The lines of an article with text; `box` is null where the file has no places."""
    onward = article.continuation
    parts = [(pages[article.page_id], article.lines), *([(pages[onward.page_id], onward.lines)] if onward else [])]
    for page, lines in parts:
        places = page.layout.places if page.layout else [None] * len(page.lines)
        for number in line_numbers(lines):
            text, place = page.lines[number - 1], places[number - 1]
            if text.strip():
                yield {"text": text, "box": place.box if place else None, "page": page.number}


def _show(done: PageSplit, console: Console) -> None:
    for article in done.own_articles:
        console.print(styled(article.headline or "(no headline)", "bold"), styled(f" {article.kind.value}", "cyan"))
        console.print(styled(f"  {article.article_id}  lines {format_lines(article.lines)}", "dim"))
        for paragraph in article.text.splitlines():
            console.print(Padding(styled(paragraph), (0, 0, 0, 2)))
        console.print()
    noise = format_lines(done.noise) or "none"
    console.print(
        styled(f"{done.page_id}: {len(done.own_articles)} articles by {done.method}; noise: lines {noise}", "dim")
    )
