"""Which article of a split answers for which article of the gold, and what a scorer needs to know of both.

A gold article is answered for by the article that shares most lines with it. Where two were merged, one article
answers for both; it *belongs* to the gold article of which it holds most. Lines that may stand anywhere count nowhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from summariser.disk.stored import rebuild_article
from summariser.evaluation.figures import MissKind, Observation, Source, Subject
from summariser.evaluation.gold import GoldArticle, GoldPage, line_numbers
from summariser.matching.locate import locate
from summariser.pages.article import make_article
from summariser.schema.page import Article, LineRange, Page, Span
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

    @property
    def text(self) -> Article:
        """The article in which the source of a miss is looked for."""
        return self.wanted.article


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

    @property
    def text(self) -> Article:
        """The article in which the source of a miss is looked for."""
        return self.given.article


class Sheet(NamedTuple):
    """A page with gold and split side by side."""

    gold: GoldPage
    manifest: PageManifest
    wanted: tuple[Wanted, ...]
    given: tuple[Given, ...]
    pairs: tuple[Pair, ...]
    holdings: tuple[Holding, ...]


def judge(  # noqa: PLR0913 - one argument for each thing a reader asks of a miss
    on: Pair | Holding,
    figure: str,
    field: str,
    gold: str | None,
    got: str | None,
    *,
    is_right: bool,
    words: str | None = None,
    kind: MissKind | None = None,
) -> Iterator[Observation]:
    """One thing that is right or not, counted; and the miss if it is not, with the sentence in which `words` stand."""
    yield on.subject.counted(figure, is_right, 1)
    if not is_right:
        yield on.subject.miss(figure, field, gold, got, source_of(on.text, words), kind=kind)


def lay_out(gold: GoldPage, manifest: PageManifest, records: Mapping[str, Record | str]) -> Sheet:
    """Pair the articles of a page.

    Shape: `records` holds, by article id, the record or why there is none.
    Errors: InputError if the manifest names lines that the page does not have.
    """
    scored = frozenset(gold.page.text_lines) - gold.unscored
    wanted, given = [], []
    for each in gold.articles:
        article = make_article(gold.page, kind=each.kind, lines=each.lines, headline_lines=(), kicker_lines=())
        wanted.append(Wanted(each, article, _scored(each.lines, scored)))
    for entry in manifest.articles:
        record = records.get(entry.article_id, "no record")
        made = (None, record) if isinstance(record, str) else (record, "")
        given.append(Given(entry, rebuild_article(gold.page, entry), _scored(entry.lines, scored), *made))
    partners = [_most_shared(each.lines, given) for each in wanted]
    pairs = [
        Pair(gold.page, each, None if at is None else given[at]) for each, at in zip(wanted, partners, strict=True)
    ]
    holdings = []
    for index, held in enumerate(given):
        owner = _most_shared(held.lines, wanted)
        first = [] if owner is None else [owner]
        others = [at for at, partner in enumerate(partners) if partner == index and at != owner]
        holdings.append(Holding(gold.page, held, tuple(wanted[at] for at in first + others)))
    return Sheet(gold, manifest, tuple(wanted), tuple(given), tuple(pairs), tuple(holdings))


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


def _scored(ranges: Sequence[LineRange], scored: frozenset[int]) -> tuple[int, ...]:
    """The scored lines among these, in reading order."""
    return tuple(number for number in line_numbers(tuple(ranges)) if number in scored)


def _most_shared(lines: Sequence[int], others: Sequence[Given] | Sequence[Wanted]) -> int | None:
    """Which of the others shares most lines; the first on a tie, None if none shares any."""
    shared = [len(set(lines) & set(other.lines)) for other in others]
    return shared.index(max(shared)) if any(shared) else None
