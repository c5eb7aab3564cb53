"""Which article of a split answers for which article of the gold, and what a scorer needs to know of both.

A gold article is answered for by the article that shares most lines with it. Where two were merged, one article
answers for both; it *belongs* to the gold article of which it holds most. Lines that may stand anywhere count nowhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from summariser.disk.stored import rebuild_article
from summariser.errors import StoreError
from summariser.evaluation.figures import Source, Subject
from summariser.evaluation.gold import GoldArticle, GoldPage, line_numbers
from summariser.matching.text import locate
from summariser.pages.article import make_article
from summariser.schema.page import Article, LineRange, Page, Span, format_lines
from summariser.schema.record import PageArticle, PageManifest, Record


class Given(NamedTuple):
    """One article of the split: its manifest, its text cut from the page again, its record or why there is none.

    Shape: `lines` are the scored ones, in reading order.
    """

    entry: PageArticle
    article: Article
    lines: tuple[int, ...]
    record: Record | None
    failure: str


class Wanted(NamedTuple):
    """One article of the gold and its text; `lines` as in `Given`."""

    gold: GoldArticle
    article: Article
    lines: tuple[int, ...]


class Pair(NamedTuple):
    """A gold article and the article that answers for it, None if it shares no line with any."""

    page: Page
    wanted: Wanted
    given: Given | None

    @property
    def gold(self) -> GoldArticle:
        """What the reader says."""
        return self.wanted.gold

    @property
    def record(self) -> Record | None:
        """What was made of it."""
        return self.given.record if self.given else None

    @property
    def subject(self) -> Subject:
        """Under whose name its observations go."""
        own = self.given.entry.article_id if self.given else None
        return Subject(self.page.page_id, self.gold.id, own, self.gold.kind)

    def source(self, words: str | None) -> Source:
        """The sentence of the gold article in which the words stand, else its lines."""
        return source_of(self.wanted.article, words)


class Holding(NamedTuple):
    """An article of the split and all gold articles it answers for, the one it belongs to first; none for a stray."""

    page: Page
    given: Given
    wanted: tuple[Wanted, ...]

    @property
    def subject(self) -> Subject:
        """Under whose name its observations go."""
        first = self.wanted[0].gold if self.wanted else None
        kind = first.kind if first else self.given.entry.kind
        return Subject(self.page.page_id, first.id if first else None, self.given.entry.article_id, kind)


class Sheet(NamedTuple):
    """A page with gold and split side by side."""

    gold: GoldPage
    manifest: PageManifest
    wanted: tuple[Wanted, ...]
    given: tuple[Given, ...]
    pairs: tuple[Pair, ...]
    holdings: tuple[Holding, ...]


def lay_out(gold: GoldPage, manifest: PageManifest, records: Mapping[str, Record | str]) -> Sheet:
    """Pair the articles of a page.

    Shape: `records` holds, by article id, the record or why there is none.
    Errors: StoreError if the manifest names lines that the page does not have.
    """
    _check_lines(gold.page, manifest)
    scored = frozenset(gold.page.text_lines) - gold.unscored
    wanted = tuple(_wanted(gold.page, each, scored) for each in gold.articles)
    given = tuple(
        _given(gold.page, each, scored, records.get(each.article_id, "no record")) for each in manifest.articles
    )
    partners = [_most_shared(each.lines, given) for each in wanted]
    owners = [_most_shared(each.lines, wanted) for each in given]
    pairs = [
        Pair(gold.page, each, None if at is None else given[at]) for each, at in zip(wanted, partners, strict=True)
    ]
    holdings = []
    for index, (each, owner) in enumerate(zip(given, owners, strict=True)):
        first = [] if owner is None else [owner]
        others = [at for at, partner in enumerate(partners) if partner == index and at != owner]
        holdings.append(Holding(gold.page, each, tuple(wanted[at] for at in first + others)))
    return Sheet(gold, manifest, wanted, given, tuple(pairs), tuple(holdings))


def source_of(article: Article, words: str | None) -> Source:
    """The sentence of an article in which the words stand, with its page lines; all its lines where they do not."""
    match = locate(words, article.text) if words else None
    if match is None:
        return Source(article.lines)
    sentence = article.sentences[article.sentence_at(match.start) - 1]
    span = Span(sentence.start, max(sentence.end, match.end))
    return Source(article.lines_of(span), article.text[span.start : span.end].replace("\n", " "))


def bare(text: str | None) -> str:
    """Letters and digits alone, width and case evened out: what is compared of names and titles."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text or "")).casefold()


def _check_lines(page: Page, manifest: PageManifest) -> None:
    """Refuse a manifest of another page, or one that a person broke."""
    ranges = [span for each in manifest.articles for span in each.lines] + list(manifest.noise)
    titles = {number for each in manifest.articles for number in (*each.headline_lines, *each.kicker_lines)}
    outside = [span for span in ranges if not 1 <= span.first <= span.last <= len(page.lines)]
    outside += [LineRange(number, number) for number in sorted(titles) if not 1 <= number <= len(page.lines)]
    if outside:
        raise StoreError(
            f"names lines {format_lines(outside)} of a page of {len(page.lines)}",
            path=f"{manifest.page_id}.page.json",
            expected=f"The manifest of {page.path}",
            next_step="Split the page again, or give the gold of the page that was split",
        )


def _wanted(page: Page, gold: GoldArticle, scored: frozenset[int]) -> Wanted:
    article = make_article(page, kind=gold.kind, lines=gold.lines, headline_lines=(), kicker_lines=())
    return Wanted(gold, article, _scored(gold.lines, scored))


def _given(page: Page, entry: PageArticle, scored: frozenset[int], record: Record | str) -> Given:
    article = rebuild_article(page, entry)
    lines = _scored(entry.lines, scored)
    return (
        Given(entry, article, lines, None, record)
        if isinstance(record, str)
        else Given(entry, article, lines, record, "")
    )


def _scored(ranges: Sequence[LineRange], scored: frozenset[int]) -> tuple[int, ...]:
    """The scored lines among these, in reading order."""
    return tuple(number for number in line_numbers(tuple(ranges)) if number in scored)


def _most_shared(lines: Sequence[int], others: Sequence[Given] | Sequence[Wanted]) -> int | None:
    """Which of the others shares most lines; the first on a tie, None if none shares any."""
    shared = [len(set(lines) & set(other.lines)) for other in others]
    return shared.index(max(shared)) if any(shared) else None
