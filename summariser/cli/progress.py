"""What a run says while it works: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import click

from summariser.cli.terminal import make_console, plain
from summariser.pipeline import ArticleOutcome, Progress
from summariser.schema.exchange import Reply, Request
from summariser.schema.page import Page, PageSplit


class _Tally(Progress):
    """Counts what a run reports."""

    def __init__(self) -> None:
        self.pictures = self.all_pages = self.pages = self.articles = self.done = 0
        self.repairs = self.failures = self.tokens = self.paid = 0
        self.started = time.monotonic()
        self.wait, self.wait_ends = "", datetime.now(UTC)

    def picture_read(self, what: str) -> None:  # noqa: ARG002 - the contract of Progress
        self.pictures += 1

    def begin(self, pages: int, notes: Sequence[str]) -> None:
        self.all_pages, self.started = pages, time.monotonic()  # OCR before took its own time
        for note in notes:
            click.secho(f"Note: {plain(note)}", fg="yellow", err=True)

    def page_split(self, page: Page, split: PageSplit) -> None:  # noqa: ARG002 - the contract of Progress
        self.pages += 1
        self.articles += len(split.own_articles)

    def reply_received(self, request: Request, reply: Reply, *, paid: bool) -> None:
        self.repairs += request.attempt > 0
        if paid:
            self.paid += 1
            self.tokens += (reply.usage.prompt_tokens or 0) + (reply.usage.completion_tokens or 0)

    def article_done(self, outcome: ArticleOutcome) -> None:
        self.done += 1
        self.failures += outcome.record is None

    def waiting(self, until: datetime | None, reason: str) -> None:
        self.wait = f"waiting until {until.astimezone():%H:%M:%S}: {reason}" if until else f"waiting: {reason}"
        self.wait_ends = until or datetime.now(UTC) + timedelta(seconds=2)

    @property
    def line(self) -> str:
        """The state of the run in one line."""
        if self.pictures and not self.pages:
            return f"{self.pictures} pictures read"
        parts = [f"{self.pages}/{self.all_pages} pages", f"{self.done}/{self.articles} articles"]
        parts += [f"{self.repairs} repairs", f"{self.failures} failed", f"{self.tokens:,} tokens"]
        if (left_s := self.left_s(time.monotonic())) is not None:
            parts.append(f"about {_minutes(left_s)} left")
        if datetime.now(UTC) < self.wait_ends:
            parts.append(plain(self.wait))
        return ", ".join(parts)

    def left_s(self, now: float) -> float | None:
        """The seconds left if all goes on as it went, where that can be told.

        Shape: a page not split yet is reckoned with as many articles as the others had; a page counts as an article
        more, since its split is asked for as well.
        """
        steps = self.done + self.pages
        if not self.paid or not self.done or not self.pages:
            return None
        all_steps = self.all_pages * (1 + self.articles / self.pages)
        return (now - self.started) / steps * (all_steps - steps) if all_steps > steps else None


class _PlainLines(_Tally):
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

        tally = _Tally()

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
