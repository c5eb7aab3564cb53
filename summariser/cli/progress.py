"""What a run says while it works: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from summariser.cli.terminal import make_console, plain
from summariser.pipeline import ArticleOutcome, Progress, Tally
from summariser.schema.page import Page, PageSplit


class _Line(Tally):
    """The state of a run in one line."""

    def __init__(self) -> None:
        super().__init__()
        self.batch = ""

    def begin(self, pages: int, notes: Sequence[str]) -> None:
        super().begin(pages, notes)
        for note in notes:
            click.secho(f"Note: {plain(note)}", fg="yellow", err=True)

    def batch_moved(self, what: str) -> None:
        self.batch = what

    @property
    def line(self) -> str:
        """The state of the run in one line."""
        if self.pictures and not self.pages:
            return f"{self.pictures} pictures read"
        parts = [f"{self.pages}/{self.all_pages} pages", f"{self.done}/{self.articles} articles"]
        tokens = self.tokens_in + self.tokens_out
        parts += [f"{self.repairs} repairs", f"{self.failures} failed", f"{tokens:,} tokens"]
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
        click.echo(plain(f"{page.page_id}: {len(split.own_articles)} articles, by {split.method}"), err=True)

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
    review = "; needs review" if outcome.record.needs_review else ""
    repairs = f"; {outcome.repairs} repair(s)" if outcome.repairs else ""
    return f"{name}: {outcome.put}{repairs}{review}"


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
