"""What a run reports, counted, and how long it may still take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from summariser.pipeline import ArticleOutcome, Progress
from summariser.schema.exchange import Reply, Request
from summariser.schema.page import Page, PageSplit


class Tally(Progress):
    """Counts what a run reports."""

    def __init__(self) -> None:
        self.pictures = self.all_pages = self.pages = self.articles = self.done = 0
        self.repairs = self.failures = self.paid = 0
        self.tokens_in = self.tokens_out = 0
        self.notes: tuple[str, ...] = ()
        self.started = time.monotonic()
        self.wait, self.wait_ends = "", datetime.now(UTC)
        self._paid: set[tuple[str, str]] = set()  # pages and articles that a model was asked about in this run
        self._paid_steps = 0

    def picture_read(self, what: str) -> None:  # noqa: ARG002 - the contract of Progress
        """Count a picture."""
        self.pictures += 1

    def begin(self, pages: int, notes: Sequence[str]) -> None:
        """Count all pages, and start the clock."""
        self.all_pages, self.notes = pages, tuple(notes)
        self.started = time.monotonic()  # OCR before took its own time

    def page_split(self, page: Page, split: PageSplit) -> None:
        """Count a page and its articles."""
        self.pages += 1
        self.articles += len(split.own_articles)
        self._paid_steps += (page.page_id, page.page_id) in self._paid

    def reply_received(self, request: Request, reply: Reply, *, paid: bool) -> None:
        """Count what a reply took."""
        self.repairs += request.attempt > 0
        if paid:
            self.paid += 1
            self._paid.add((request.page_id, request.article_id))
            self.tokens_in += reply.usage.prompt_tokens or 0
            self.tokens_out += reply.usage.completion_tokens or 0

    def article_done(self, outcome: ArticleOutcome) -> None:
        """Count an article, and whether it failed."""
        self.done += 1
        self.failures += outcome.record is None
        self._paid_steps += (outcome.article.page_id, outcome.article.article_id) in self._paid

    def waiting(self, until: datetime | None, reason: str) -> None:
        """Keep what is waited for, and until when."""
        self.wait = f"waiting until {until.astimezone():%H:%M:%S}: {reason}" if until else f"waiting: {reason}"
        self.wait_ends = until or datetime.now(UTC) + timedelta(seconds=2)

    def left_s(self, now: float) -> float | None:
        """The seconds left if all goes on as it went, where that can be told; `now` is of `time.monotonic`.

        Shape: a page not split yet is reckoned with as many articles as the others had; a page counts as an article
        more, since its split is asked for as well. What the ledger knew took no time, so only what was asked tells how
        long a step takes, and all that is left is reckoned as if it had to be asked.
        """
        steps = self.done + self.pages
        if not self._paid_steps or not self.done or not self.pages:
            return None
        all_steps = self.all_pages * (1 + self.articles / self.pages)
        return (now - self.started) / self._paid_steps * (all_steps - steps) if all_steps > steps else None
