"""Which article of a split answers for which article of the gold, and what a scorer needs to know of both.

A gold article is answered for by the article that shares most lines with it. Where two were merged, one article
answers for both; it *belongs* to the gold article of which it holds most. Lines that may stand anywhere count nowhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from summariser.disk.stored import rebuild_article
from summariser.evaluation.figures import Coded, Count, Miss, MissKind, Observation, metrics
from summariser.evaluation.gold import GoldArticle, GoldPage
from summariser.matching.locate import locate
from summariser.pages.article import make_article
from summariser.schema.page import Article, ArticleKind, LineRange, Page, Span, line_numbers
from summariser.schema.record import PageArticle, PageManifest, Record

_OF_FAULTS: Final = {metric.name for metric in metrics() if metric.fewer}


class Source(NamedTuple):
    """Where on the page: the lines, and the sentence if it is one."""

    lines: tuple[LineRange, ...]
    text: str = ""


class Subject(NamedTuple):
    """What an observation is made of: an article of the gold, of the split, or both; `text` is where sources stand."""

    page_id: str
    article: str | None
    article_id: str | None
    kind: ArticleKind | None
    text: Article | None

    def counted(self, figure: str, right: int, of: int, trials: int | None = None) -> Count:
        """So many of so many."""
        return Count(figure, self.page_id, self.kind, right, of, trials)

    def coded(self, figure: str, gold: Iterable[str], got: Iterable[str]) -> Coded:
        """What both coded."""
        return Coded(figure, self.page_id, self.kind, frozenset(gold), frozenset(got))

    def source(self, words: str | None) -> Source:
        """The sentence in which the words stand, with its page lines; all lines of the article where they do not."""
        if self.text is None:
            return Source(())
        match = locate(words, self.text.text) if words else None
        if match is None:
            return Source(self.text.lines)
        sentence = self.text.sentences[self.text.sentence_at(match.start) - 1]
        span = Span(sentence.start, max(sentence.end, match.end))
        return Source(self.text.lines_of(span), self.text.text[span.start : span.end].replace("\n", " "))

    def miss(  # noqa: PLR0913 - one argument for each thing a reader asks of a miss
        self,
        figure: str,
        field: str,
        gold: str | None,
        got: str | None,
        at: Source | str | None = None,
        *,
        kind: MissKind | None = None,
    ) -> Miss:
        """What is not as gold has it; of what kind follows from which of the two is missing, unless it is said.

        Shape: `at` is its source, or words of the sentence that is.
        """
        told = MissKind.OMISSION if got is None else MissKind.INVENTION if gold is None else MissKind.WRONG
        source = at if isinstance(at, Source) else self.source(at)
        of = {"page_id": self.page_id, "article": self.article, "article_id": self.article_id, "figure": figure}
        said = {"field": field, "kind": kind or told, "gold": gold, "got": got}
        return Miss.model_validate({**of, **said, "lines": source.lines, "source": source.text})

    def judge(  # noqa: PLR0913 - as `miss`
        self,
        figure: str,
        field: str,
        gold: str | None,
        got: str | None,
        at: Source | str | None = None,
        *,
        is_right: bool,
        kind: MissKind | None = None,
    ) -> Iterator[Observation]:
        """One thing that is right or not, counted as its figure counts; `miss` tells it if it is not."""
        yield self.counted(figure, is_right != (figure in _OF_FAULTS), 1)
        if not is_right:
            yield self.miss(figure, field, gold, got, at, kind=kind)


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
    subject: Subject
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


class Holding(NamedTuple):
    """An article of the split and all gold articles it answers for, the one it belongs to first; none for a stray."""

    subject: Subject
    given: Given
    wanted: tuple[Wanted, ...]


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
    page_id, pairs, holdings = gold.page.page_id, [], []
    for part, at in zip(wanted, partners, strict=True):
        own = None if at is None else given[at]
        subject = Subject(page_id, part.gold.id, own.entry.article_id if own else None, part.gold.kind, part.article)
        pairs.append(Pair(gold.page, subject, part, own))
    for index, held in enumerate(given):
        owner = _most_shared(held.lines, wanted)
        answered = [at for at, partner in enumerate(partners) if partner == index and at != owner]
        parts = tuple(wanted[at] for at in ([] if owner is None else [owner]) + answered)
        first, entry = parts[0].gold if parts else None, held.entry
        kind, article_id = (first.kind, first.id) if first else (entry.kind, None)
        holdings.append(Holding(Subject(page_id, article_id, entry.article_id, kind, held.article), held, parts))
    return Sheet(gold, manifest, tuple(wanted), tuple(given), tuple(pairs), tuple(holdings))


def bare(text: str | None) -> str:
    """Letters and digits alone, width and case evened out: what is compared of names and titles."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text or "")).casefold()


def _scored(ranges: Sequence[LineRange], scored: frozenset[int]) -> tuple[int, ...]:
    """The scored lines among these, in reading order."""
    return tuple(number for number in line_numbers(ranges) if number in scored)


def _most_shared(lines: Sequence[int], others: Sequence[Given] | Sequence[Wanted]) -> int | None:
    """Which of the others shares most lines; the first on a tie, None if none shares any."""
    shared = [len(set(lines) & set(other.lines)) for other in others]
    return shared.index(max(shared)) if any(shared) else None
