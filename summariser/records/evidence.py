"""Where the page says it: a mention of the model's, looked for in the sentences that it cites."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, NamedTuple, TypeVar

from summariser.matching.locate import Match, MatchTier, cuts_number, locate
from summariser.pages.article import boxes_of
from summariser.records.prose import ArticleFacts, check_chinese, collect_facts
from summariser.schema.case import Evidence, EvidencePart, Finding, Rule, Severity, shorten
from summariser.schema.page import Article, Span
from summariser.text import find_all

MOST_PLACES: Final = 200  # of the same words; a page that repeats them more often is damaged
_WINDOW: Final = 60  # characters in which the subject of words may stand
_FAR: Final = (_WINDOW, 1, _WINDOW)
_CLAUSE: Final = re.compile("[，。；：！？、,;]")

Fact_co = TypeVar("Fact_co", covariant=True)


class Checked(NamedTuple, Generic[Fact_co]):
    """What became of one fact of a reply, and what is wrong with it."""

    fact: Fact_co
    findings: tuple[Finding, ...]


class Wanted(NamedTuple):
    """Which of several places of the same words is meant: beside a subject, not yet taken, behind an offset."""

    subject: str | None = None
    taken: Collection[Span] = ()
    after: int = 0


ANYWHERE: Final = Wanted()


class Grounded(NamedTuple):
    """A mention after the look-up: its evidence, and what is wrong with it."""

    evidence: Evidence
    findings: tuple[Finding, ...]

    @property
    def supported(self) -> bool:
        """False if the page does not bear the mention out where it was cited."""
        return is_supported(self.findings)


@dataclass(frozen=True)
class ArticleCheck:
    """An article and the closed set of what it says: what every fact of a reply is held against."""

    article: Article
    facts: ArticleFacts

    @classmethod
    def of(cls, article: Article) -> ArticleCheck:
        """The check of an article; what it says is collected once."""
        return cls(article, collect_facts(article))

    def ground(self, mention: str, sents: Sequence[int], path: str, *, among: Wanted = ANYWHERE) -> Grounded:
        """Look for words copied from the article in the sentences cited for them.

        Shape: where the words stand more than once, a cited sentence wins, then the place that is wanted.
        """
        article = self.article
        cited = cited_spans(article, sents)
        match = locate(mention, article.text, hint=cited, after=among.after)
        if match is None:
            evidence = self.ground_sentences(sents).model_copy(update={"quote": mention, "match": "failed"})
            if not mention.strip():
                message = "Nothing is copied here; copy the words from the cited sentence."
                return Grounded(evidence, (Rule.MENTION_EMPTY.at(path, message),))
            what = f"“{shorten(mention)}” does not stand in the article"
            message = f"{what}; copy the words exactly as the sentence prints them."
            return Grounded(evidence, (Rule.MENTION_ABSENT.at(path, message),))
        match = match._replace(**choose_place(article.text, Span(match.start, match.end), cited, among)._asdict())
        evidence = Evidence(
            sents=tuple(sents),
            quote=article.text[match.start : match.end],
            start=match.start,
            end=match.end,
            lines=article.lines_of(Span(match.start, match.end)),
            match=match.tier.value,
            boxes=boxes_of(article, Span(match.start, match.end)),
            continuation=_part_onward(article, [Span(match.start, match.end)]),
        )
        return Grounded(evidence, tuple(_objections(article, mention, match, sents, path)))

    def ground_sentences(self, sents: Sequence[int]) -> Evidence:
        """Evidence that names sentences only."""
        spans = cited_spans(self.article, sents)
        lines = dict.fromkeys(line for span in spans for line in self.article.lines_of(span))
        return Evidence(
            sents=tuple(sents),
            quote=None,
            start=None,
            end=None,
            lines=tuple(lines),
            match="sentence_only",
            boxes=tuple(dict.fromkeys(box for span in spans for box in boxes_of(self.article, span))),
            continuation=_part_onward(self.article, spans),
        )

    def prose(self, text: str, path: str) -> tuple[Finding, ...]:
        """What a Chinese sentence of the model's says that the article does not."""
        return tuple(check_chinese(text, path, self.facts))


def _part_onward(article: Article, spans: Iterable[Span]) -> EvidencePart | None:
    """What of some spans stands on the page where the article goes on; None if nothing does."""
    spans = tuple(spans) if article.continuation else ()
    lines = dict.fromkeys(line for span in spans for line in article.lines_of(span, onward=True))
    boxes = dict.fromkeys(box for span in spans for box in boxes_of(article, span, onward=True))
    return EvidencePart(lines=tuple(lines), boxes=tuple(boxes)) if lines else None


def is_supported(findings: Iterable[Finding]) -> bool:
    """False if the page does not bear a fact with these findings out."""
    return all(finding.severity is not Severity.UNSUPPORTED for finding in findings)


def choose_place(text: str, found: Span, within: Sequence[Span], wanted: Wanted) -> Span:
    """The wanted one of all places where the words of `text[found]` stand in these spans; `found` if none is better.

    Shape: the words that stand nearest to the subject go first, then those that no fact has taken, then `found`.
    """
    words = text[found.start : found.end]
    subject = wanted.subject if wanted.subject and wanted.subject not in words else None
    if not subject and not wanted.taken:
        return found
    ranked = (
        (
            _distance(text, span, subject, sentence) if subject else _FAR,
            any(other.start < span.end and span.start < other.end for other in wanted.taken),
            span != found,
            span,
        )
        for sentence in within
        for start in find_all(words, text, *sentence)
        for span in (Span(start, start + len(words)),)
        if not cuts_number(text, *span)
    )
    best = min(islice(ranked, MOST_PLACES), default=None)
    return best[-1] if best else found


def _distance(text: str, span: Span, subject: str, within: Span) -> tuple[int, int, int]:
    """How far a subject stands from words: clauses between them, whether it stands behind them, characters between."""
    start, end = max(span.start - _WINDOW, within.start), min(span.end + _WINDOW, within.end)
    last, first = text.rfind(subject, start, span.start), text.find(subject, span.end, end)
    gaps = [(text[last + len(subject) : span.start], 0)] if last >= 0 else []
    gaps += [(text[span.end : first], 1)] if first >= 0 else []
    return min(((len(_CLAUSE.findall(gap)), is_behind, len(gap)) for gap, is_behind in gaps), default=_FAR)


def cited_spans(article: Article, sents: Sequence[int]) -> tuple[Span, ...]:
    """The spans of the cited sentences that exist."""
    chosen = [article.sentences[number - 1] for number in sents if 1 <= number <= len(article.sentences)]
    return tuple(Span(sentence.start, sentence.end) for sentence in chosen)


def _objections(article: Article, mention: str, match: Match, sents: Sequence[int], path: str) -> Iterator[Finding]:
    """What is wrong with words that stand in the article: not in the sentences cited for them, or printed otherwise."""
    printed = shorten(article.text[match.start : match.end])
    first, last = article.sentence_at(match.start), article.sentence_at(match.end - 1)
    missing = [str(number) for number in range(first, last + 1) if number not in sents]
    if missing:
        stands = f"{first}" if first == last else f"{first} to {last}"
        cited = ", ".join(str(number) for number in sents) or "no sentence"
        message = f"“{printed}” stands in sentence {stands}, but {cited} is cited; cite sentence {', '.join(missing)}."
        yield Rule.MENTION_ELSEWHERE.at(path, message)
    if match.tier is MatchTier.FUZZY:
        message = f"“{shorten(mention)}” differs by {match.edits} character(s) from the page, which prints “{printed}”."
        yield Rule.MENTION_INEXACT.at(path, message)
