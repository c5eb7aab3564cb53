"""Where the page says it: a mention of the model's, looked for in the sentences that it cites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from summariser.checks.prose import ArticleFacts, check_chinese, collect_facts
from summariser.matching.locate import Match, MatchTier, locate
from summariser.schema.case import Evidence, Finding, Rule, Severity, shorten
from summariser.schema.page import Article, Span

Fact_co = TypeVar("Fact_co", covariant=True)


class Checked(NamedTuple, Generic[Fact_co]):
    """What became of one fact of a reply, and what is wrong with it."""

    fact: Fact_co
    findings: tuple[Finding, ...]


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

    def ground(self, mention: str, sents: Sequence[int], path: str, *, after: int = 0) -> Grounded:
        """Look for words copied from the article in the sentences cited for them.

        Shape: where the words stand more than once, a cited sentence wins, then what follows offset `after`.
        """
        article = self.article
        match = locate(mention, article.text, hint=cited_spans(article, sents), after=after)
        if match is None:
            evidence = self.ground_sentences(sents).model_copy(update={"quote": mention, "match": "failed"})
            return Grounded(evidence, (_absent(mention, path),))
        evidence = Evidence(
            sents=tuple(sents),
            quote=article.text[match.start : match.end],
            start=match.start,
            end=match.end,
            lines=article.lines_of(Span(match.start, match.end)),
            match=match.tier.value,
        )
        findings = (*_misplaced(article, match, sents, path), *_misread(article, mention, match, path))
        return Grounded(evidence, findings)

    def ground_sentences(self, sents: Sequence[int]) -> Evidence:
        """Evidence that names sentences only."""
        spans = cited_spans(self.article, sents)
        lines = dict.fromkeys(line for span in spans for line in self.article.lines_of(span))
        return Evidence(sents=tuple(sents), quote=None, start=None, end=None, lines=tuple(lines), match="sentence_only")

    def prose(self, text: str, path: str) -> tuple[Finding, ...]:
        """What a Chinese sentence of the model's says that the article does not."""
        return tuple(check_chinese(text, path, self.facts))


def is_supported(findings: Iterable[Finding]) -> bool:
    """False if the page does not bear a fact with these findings out."""
    return all(finding.severity is not Severity.UNSUPPORTED for finding in findings)


def cited_spans(article: Article, sents: Sequence[int]) -> tuple[Span, ...]:
    """The spans of the cited sentences that exist."""
    chosen = [article.sentences[number - 1] for number in sents if 1 <= number <= len(article.sentences)]
    return tuple(Span(sentence.start, sentence.end) for sentence in chosen)


def _absent(mention: str, path: str) -> Finding:
    if not mention.strip():
        return Rule.MENTION_EMPTY.at(path, "Nothing is copied here; copy the words from the cited sentence.")
    message = f"“{shorten(mention)}” does not stand in the article; copy the words exactly as the sentence prints them."
    return Rule.MENTION_ABSENT.at(path, message)


def _misplaced(article: Article, match: Match, sents: Sequence[int], path: str) -> list[Finding]:
    """The words exist, but not in the sentences cited for them."""
    first, last = article.sentence_at(match.start), article.sentence_at(match.end - 1)
    missing = [str(number) for number in range(first, last + 1) if number not in sents]
    if not missing:
        return []
    quote = shorten(article.text[match.start : match.end])
    stands = f"{first}" if first == last else f"{first} to {last}"
    cited = ", ".join(str(number) for number in sents) or "no sentence"
    message = f"“{quote}” stands in sentence {stands}, but {cited} is cited; cite sentence {', '.join(missing)}."
    return [Rule.MENTION_ELSEWHERE.at(path, message)]


def _misread(article: Article, mention: str, match: Match, path: str) -> list[Finding]:
    if match.tier is not MatchTier.FUZZY:
        return []
    printed = shorten(article.text[match.start : match.end])
    message = f"“{shorten(mention)}” differs by {match.edits} character(s) from the page, which prints “{printed}”."
    return [Rule.MENTION_INEXACT.at(path, message)]
