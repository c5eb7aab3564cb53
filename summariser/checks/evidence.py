"""Where the page says it: a mention of the model's, looked for in the sentences that it cites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from summariser.matching.text import Match, MatchTier, locate
from summariser.schema.case import Evidence, Finding, Severity
from summariser.schema.page import Article, LineRange, Span


class Grounded(NamedTuple):
    """A mention after the look-up: its evidence, and what is wrong with it."""

    evidence: Evidence
    findings: tuple[Finding, ...]

    @property
    def supported(self) -> bool:
        """False if the page does not bear the mention out where it was cited."""
        return not any(finding.severity is Severity.UNSUPPORTED for finding in self.findings)


def ground_mention(article: Article, mention: str, sents: Sequence[int], path: str, *, after: int = 0) -> Grounded:
    """Look for words copied from the article in the sentences cited for them.

    Shape: where the words stand more than once, a cited sentence wins, then what follows offset `after`.
    """
    cited = cited_spans(article, sents)
    match = locate(mention, article.text, hint=cited, after=after) if mention.strip() else None
    if match is None:
        return Grounded(_failed(article, mention, sents), (_absent(mention, path),))
    findings = [*_misplaced(article, match, sents, path), *_misread(article, mention, match, path)]
    evidence = Evidence(
        sents=tuple(sents),
        quote=article.text[match.start : match.end],
        start=match.start,
        end=match.end,
        lines=page_lines(article, Span(match.start, match.end)),
        match=match.tier.value,
    )
    return Grounded(evidence, tuple(findings))


def ground_sentences(article: Article, sents: Sequence[int]) -> Evidence:
    """Evidence that names sentences only."""
    lines = [line for span in cited_spans(article, sents) for line in page_lines(article, span)]
    return Evidence(
        sents=tuple(sents), quote=None, start=None, end=None, lines=tuple(dict.fromkeys(lines)), match="sentence_only"
    )


def cited_spans(article: Article, sents: Sequence[int]) -> tuple[Span, ...]:
    """The spans of the cited sentences that exist."""
    chosen = [article.sentences[number - 1] for number in sents if 1 <= number <= len(article.sentences)]
    return tuple(Span(sentence.start, sentence.end) for sentence in chosen)


def page_lines(article: Article, span: Span) -> tuple[LineRange, ...]:
    """The page lines a span stands in, in reading order, neighbours joined."""
    ranges: list[LineRange] = []
    for piece in article.pieces:
        if piece.start >= span.end or piece.start + piece.length <= span.start:
            continue
        if ranges and piece.line in (ranges[-1].last, ranges[-1].last + 1):
            ranges[-1] = LineRange(ranges[-1].first, piece.line)
        else:
            ranges.append(LineRange(piece.line, piece.line))
    return tuple(ranges)


def shorten(text: str, limit: int = 40) -> str:
    """The text for a message, cut in the middle if it is long."""
    return text if len(text) <= limit else f"{text[: limit // 2]}…{text[-(limit // 2 - 1) :]}"


def unsupported(path: str, rule: str, message: str) -> Finding:
    """A finding that marks a fact."""
    return Finding(path=path, severity=Severity.UNSUPPORTED, rule=rule, message=message)


def notice(path: str, rule: str, message: str) -> Finding:
    """A finding that is worth a look."""
    return Finding(path=path, severity=Severity.NOTICE, rule=rule, message=message)


def _failed(article: Article, mention: str, sents: Sequence[int]) -> Evidence:
    lines = ground_sentences(article, sents).lines
    return Evidence(sents=tuple(sents), quote=mention, start=None, end=None, lines=lines, match="failed")


def _absent(mention: str, path: str) -> Finding:
    if not mention.strip():
        return unsupported(path, "mention_empty", "Nothing is copied here; copy the words from the cited sentence.")
    message = f"“{shorten(mention)}” does not stand in the article; copy the words exactly as the sentence prints them."
    return unsupported(path, "mention_absent", message)


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
    return [unsupported(path, "mention_elsewhere", message)]


def _misread(article: Article, mention: str, match: Match, path: str) -> list[Finding]:
    if match.tier is not MatchTier.FUZZY:
        return []
    printed = shorten(article.text[match.start : match.end])
    message = f"“{shorten(mention)}” differs by {match.edits} character(s) from the page, which prints “{printed}”."
    return [notice(path, "mention_inexact", message)]
