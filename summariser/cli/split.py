"""`summariser split` and `read PATH...`: how pages are cut into articles, and what is read of files.

`watch` says what such a run does while it works: a live line on a terminal, plain lines elsewhere.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from summariser.api import read_options, split_pages
from summariser.cli import NamedPath, WrittenPath, complain, make_console, plain, print_json, styled
from summariser.cli.options import STDIN, advise_once, endpoint_options, reading_options, run_options, settings_from
from summariser.disk.files import write_file
from summariser.errors import SummariserError
from summariser.pipeline import ArticleOutcome, Progress, Tally
from summariser.readers.dispatch import read_all
from summariser.schema.page import Article, Page, PageSplit, format_lines, line_numbers
from summariser.text import counted

if TYPE_CHECKING:
    from rich.console import Console

_END = ".articles.json"


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--rules", is_flag=True, help="Split by rules; ask no model.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "-o",
    "--output",
    type=WrittenPath(file_okay=False, path_type=Path),
    help=f"Folder for PAGE{_END}: source, articles, lines with their boxes.",
)
@reading_options
@endpoint_options
def split(paths: Sequence[str], *, as_json: bool, output: Path | None, **flags: Any) -> int:
    """Show how pages (files, folders, globs) are cut into articles: lines in reading order, headlines, joined text.

    - is the standard input. Exit code 1: a file could not be read; the others are split all the same.
    """
    options = run_options(flags)
    with watch(quiet=as_json and output is None) as progress, _with_stdin(paths) as (given, name_stdin):
        report = split_pages(given, settings=settings_from(flags), options=options, progress=progress)
    if output:
        pages = {page.page_id: page for page, _ in report.pages}
        for page, done in report.pages:
            text = json.dumps(articles_as_json(done, pages), ensure_ascii=False, indent=2)
            write_file(output / f"{page.page_id}{_END}", f"{text}\n".encode())
        click.echo(plain(f"{counted(len(report.pages), 'file')} written to {output}."), err=True)
    elif as_json:
        listed = [split_as_json(done) for _, done in report.pages]
        print_json(listed[0] if len(paths) == len(listed) == 1 else listed)
    else:
        for _, done in report.pages:
            _show(done, make_console())
    return _tell_rest(map(name_stdin, report.notes), list(map(name_stdin, report.unread)))


def _tell_rest(notes: Iterable[object], faults: Sequence[object]) -> int:
    """Say what a person should know of files besides their pages; 1 if one could not be read."""
    for note in notes:
        click.echo(plain(f"{note}"), err=True)
    for fault in faults:
        complain(f"{fault}")
    return 1 if faults else 0


@contextmanager
def _with_stdin(paths: Sequence[str]) -> Iterator[tuple[Sequence[str], Callable[[object], str]]]:
    """The paths, with a file in place of -, the standard input; and what puts its name into words about that file.

    Errors: those of the block, in such words.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "stdin.txt"
        if "-" in paths:
            file.write_bytes(sys.stdin.buffer.read())

        command = re.compile(rf" {re.escape(str(file))}((?: \| [^>]+)?) > \S+(?=\.)")  # that writes a file beside it

        def name_stdin(said: object) -> str:
            return command.sub(r"\1 | summariser split -", str(said)).replace(str(file), str(STDIN))

        try:
            yield [str(file) if path == "-" else path for path in paths], name_stdin
        except SummariserError as error:
            error.args = (name_stdin(error),)
            raise


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
    """Print the articles of a page; lines are filled, as Chinese is, where rich would end them at white space only."""
    from rich.cells import chop_cells  # heavy; not needed for --help, nor by `read`

    for article in done.own_articles:
        console.print(styled(article.headline or "(no headline)", "bold"), styled(f" {article.kind.value}", "cyan"))
        console.print(styled(f"  {article.article_id}  lines {format_lines(article.lines)}", "dim"))
        for paragraph in article.text.splitlines():
            for part in chop_cells(styled(paragraph).plain, max(console.width - 2, 2)):
                console.print(styled(f"  {part}"), soft_wrap=True)
        console.print()
    noise = format_lines(done.noise) or "none"
    console.print(
        styled(
            f"{done.page_id}: {counted(len(done.own_articles), 'article')} by {done.method}; noise: lines {noise}",
            "dim",
        )
    )


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: lines with their boxes, source, layout.")
@click.option(
    "--picture",
    type=NamedPath(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Draw boxes and reading order on the page: DIR/PAGE.png.",
)
@click.option("--out", type=NamedPath(file_okay=False, path_type=Path), help="Where recognition is kept, in OUT/ocr.")
@reading_options
def read(paths: Sequence[str], *, as_json: bool, picture: Path | None, out: Path | None, **flags: Any) -> int:
    """Show what is read of files, folders and globs: text, scans, PDF, web pages, Word and OCR files.

    What OCR recognises is kept in OUT/ocr, is not recognised again, and can be corrected there: put what is printed
    into "corrected" of a line.

    Exit code 1: a file could not be read; the others are read all the same.
    """
    if as_json and picture:
        raise click.UsageError("--json and --picture exclude each other.")
    options = read_options(run_options(flags), settings_from({"out": out} if out else {}))
    with watch(quiet=False) as progress:
        batch = read_all(paths, options, progress.picture_read)
    if as_json:
        print_json([page.model_dump(mode="json") for page in batch.pages])
    elif picture:
        for page in batch.pages:
            _draw(page, picture / f"{page.page_id}.png")
    else:
        for page in batch.pages:
            click.echo(plain(_title(page)), err=True)
            click.echo("\n".join(map(plain, page.lines)))
    return _tell_rest(batch.notes, batch.faults)


def _draw(page: Page, path: Path) -> None:
    from summariser.readers.pictures import draw_page  # heavy: Pillow

    content = BytesIO()
    draw_page(page).save(content, "PNG")
    write_file(path, content.getvalue())
    click.echo(plain(f"{path}: {counted(len(page.text_lines), 'line')} in reading order."), err=True)


def _title(page: Page) -> str:
    """A page in one line: what it is called, who read it, what it is of, and where that was read."""
    source = page.source
    facts = (f"{getattr(source, name)} ({origin.value})" for name, origin in source.origins.items())
    reader = page.layout.reader if page.layout else "text" if page.encoding else "text of a document"
    return f"{page.page_id}: {counted(len(page.text_lines), 'line')}, {reader}; {', '.join(facts) or 'source unknown'}"


class _Line(Tally):
    """The state of a run in one line."""

    def __init__(self) -> None:
        super().__init__()
        self.batch = ""

    def begin(self, pages: int, notes: Sequence[str]) -> None:
        super().begin(pages, notes)
        advise_once(notes)

    def batch_moved(self, what: str) -> None:
        self.batch = what

    @property
    def line(self) -> str:
        """The state of the run in one line."""
        if self.pictures and not self.pages:
            return f"{counted(self.pictures, 'picture')} read"
        if not self.all_pages:
            return "reading files"
        parts = [f"{self.pages}/{counted(self.all_pages, 'page')}", f"{self.done}/{counted(self.articles, 'article')}"]
        tokens = self.tokens_in + self.tokens_out
        parts += [counted(self.repairs, "repair"), f"{self.failures} failed", counted(tokens, "token")]
        if (left_s := self.left_s(time.monotonic())) is not None:
            parts.append(f"about {_minutes(left_s)} left")
        if datetime.now(UTC) < self.wait_ends:
            parts.append(plain(self.wait))
        return ", ".join([*parts, *filter(None, [plain(self.batch)])])


class _PlainLines(_Line):
    """One line for each picture, page and article, for logs."""

    def picture_read(self, what: str) -> None:
        super().picture_read(what)
        click.echo(plain(what), err=True)

    def page_split(self, page: Page, split: PageSplit) -> None:
        super().page_split(page, split)
        click.echo(plain(f"{page.page_id}: {counted(len(split.own_articles), 'article')}, by {split.method}"), err=True)

    def article_done(self, outcome: ArticleOutcome) -> None:
        super().article_done(outcome)
        click.echo(plain(f"[{self.done}/{self.articles}] {_sentence(outcome)}"), err=True)

    def batch_moved(self, what: str) -> None:
        click.echo(plain(what), err=True)

    def waiting(self, until: datetime | None, reason: str) -> None:
        before = self.wait
        super().waiting(until, reason)
        if self.wait != before:
            click.echo(plain(self.wait), err=True)


@contextmanager
def watch(*, quiet: bool) -> Iterator[Progress]:
    """A watcher of a run that fits where stderr leads."""
    console = make_console(stderr=True)
    if quiet:
        yield Progress()
    elif not console.is_terminal:
        yield _PlainLines()
    else:
        from rich.live import Live  # heavy; only on a terminal
        from rich.spinner import Spinner

        tally = _Line()

        spinner = Spinner("dots")  # one for the whole run: it turns by the time since it was first drawn

        def draw() -> Spinner:
            spinner.update(text=tally.line)
            return spinner

        with Live(get_renderable=draw, console=console, refresh_per_second=8, transient=True):
            yield tally


def _sentence(outcome: ArticleOutcome) -> str:
    article = outcome.article
    name = f"{article.page_id}/{article.article_id} {article.headline or '(no headline)'}"
    if outcome.record is None:
        return f"{name}: FAILED, {outcome.message}"
    review = "; needs review" if outcome.record.awaits_review else ""
    repairs = f"; {counted(outcome.repairs, 'repair')}" if outcome.repairs else ""
    return f"{name}: {outcome.put}{repairs}{review}"


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
