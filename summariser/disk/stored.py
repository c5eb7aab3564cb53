"""Where the page of a stored record is, and its articles as they were when the record was made."""

from __future__ import annotations

from pathlib import Path

from summariser.errors import InputError
from summariser.pages.article import make_article
from summariser.schema.page import Article, Page
from summariser.schema.record import PageArticle, Record


def page_path(path: Path, record: Record) -> Path:
    """The page file of the record at `path`: as the record names it, from here or from a folder above the record."""
    source = Path(record.provenance.source)
    if source.is_absolute() or source.is_file():
        return source
    above = (parent / source for parent in path.resolve().parents)
    return next((candidate for candidate in above if candidate.is_file()), source)


def rebuild_article(page: Page, listed: PageArticle) -> Article:
    """The article that a manifest lists, with the text it had when its record was made.

    Errors: InputError if the manifest names lines that the page does not have, or none with text.
    """
    single = (*listed.headline_lines, *listed.kicker_lines, *listed.subhead_lines)
    ranges = (*listed.lines, *((line, line) for line in single))
    named = {number for first, last in listed.lines for number in range(max(first, 1), min(last, len(page.lines)) + 1)}
    fits = all(1 <= first <= last <= len(page.lines) for first, last in ranges)
    if not fits or named.isdisjoint(page.text_lines):
        raise InputError(
            f"the manifest gives article {listed.article_id} lines that the page does not have",
            path=page.path,
            next_step="Run the page again",
        )
    article = make_article(
        page,
        kind=listed.kind,
        lines=listed.lines,
        headline_lines=listed.headline_lines,
        kicker_lines=listed.kicker_lines,
        subhead_lines=listed.subhead_lines,
    )
    return article.model_copy(update={"article_id": listed.article_id})
