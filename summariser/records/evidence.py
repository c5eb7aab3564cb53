"""Where the page says it: a mention of the model's, looked for in the sentences that it cites.

A name that stands in another sentence than those cited adds this sentence to the evidence; the words of a number must
stand where they are cited, because the same figure may mean something else elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from operator import add
from types import MappingProxyType
from typing import Final, Generic, Literal, NamedTuple, TypeVar

from summariser.matching import MatchTier, cuts_number, locate
from summariser.pages.article import boxes_of
from summariser.records.prose import ArticleFacts, check_chinese
from summariser.schema.case import (
    Evidence,
    EvidencePart,
    EvidenceSpan,
    Finding,
    GroundedFact,
    Rule,
    Severity,
    SpanOf,
    shorten,
)
from summariser.schema.codes import Support, SupportFrom
from summariser.schema.page import Article, LineRange, PixelBox, Span
from summariser.text import find_all

MOST_PLACES: Final = 200  # of the same words; a page that repeats them more often is damaged
_WINDOW: Final = 60  # characters in which the subject of words may stand
_FAR: Final = (_WINDOW, 1, _WINDOW)
_CLAUSE: Final = re.compile("[，。；：！？、,;]")
_PHRASE: Final = re.compile("[”’」』）\\s]*((?:[^，。；：！？,;]|(?<=[0-9])[,，](?=[0-9]))+)")
_LONGEST_QUOTE: Final = 60  # characters around a number that are shown as its words
_SHARED: Final = 0.4  # of the pairs of characters of a phrase or of a text, that the text must share to rest on it

Fact_co = TypeVar("Fact_co", covariant=True)
GroundedT = TypeVar("GroundedT", bound=GroundedFact)


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


class Found(NamedTuple):
    """A mention after the look-up: its place in the article, None if it has none, and what is wrong with it.

    Shape: `added` are the sentences in which it stands and that were not cited.
    """

    span: Span | None
    match: Literal["exact", "folded", "fuzzy", "failed"]
    added: tuple[int, ...]
    findings: tuple[Finding, ...]


class ArticleCheck(NamedTuple):
    """An article and the closed set of what it says: what every fact of a reply is held against.

    Shape: `issued` is the date of the issue, an ISO date; `printed` maps places of the reply that a person corrected
    to the words that the page prints there.
    """

    article: Article
    facts: ArticleFacts
    issued: str | None = None
    printed: Mapping[str, str] = MappingProxyType({})

    def find(
        self, mention: str, sents: Sequence[int], path: str, *, among: Wanted = ANYWHERE, strict: bool = False
    ) -> Found:
        """Look for words copied from the article, in the sentences cited for them first.

        Shape: where the words stand more than once, a cited sentence wins, then the place that is wanted. Words that
        stand elsewhere add their sentence to the citation, or are not borne out where the look-up is `strict`, as words
        of a number have it; these are found inside a longer number too.
        """
        article, mention = self.article, self.printed.get(path, mention)
        cited = cited_spans(article, sents)
        match = locate(mention, article.text, hint=cited, after=among.after)
        if match is None and strict:  # what reads the number says what is cut off
            match = locate(mention, article.text, hint=cited, cut=True)
        if match is None:
            if not mention.strip():
                message = "Nothing is copied here; copy the words from the cited sentence."
                return Found(None, "failed", (), (Rule.MENTION_EMPTY.at(path, message),))
            what = f"“{shorten(mention)}” does not stand in the article"
            message = f"{what}; copy the words exactly as the sentence prints them."
            return Found(None, "failed", (), (Rule.MENTION_ABSENT.at(path, message),))
        span = choose_place(article.text, Span(match.start, match.end), cited, among)
        first, last = article.sentence_at(span.start), article.sentence_at(span.end - 1)
        missing = tuple(number for number in range(first, last + 1) if number not in sents)
        printed, findings = shorten(article.text[span.start : span.end]), []
        if missing and strict:
            there, cites = format_numbers(range(first, last + 1)), format_numbers(sents) or "no sentence"
            message = f"“{printed}” stands in sentence {there}, but {cites} is cited; cite sentence "
            findings.append(Rule.MENTION_ELSEWHERE.at(path, f"{message}{format_numbers(missing)}."))
        if match.tier is MatchTier.FUZZY:
            message = f"“{shorten(mention)}” differs by {match.edits} character(s) from the page, which prints"
            findings.append(Rule.MENTION_INEXACT.at(path, f"{message} “{printed}”."))
        return Found(span, match.tier.value, () if strict else missing, tuple(findings))

    def evidence(
        self,
        sents: Sequence[int],
        found: Found | None = None,
        *,
        spans: Iterable[tuple[SpanOf, Span]] = (),
        added: tuple[int, ...] = (),
    ) -> Evidence:
        """Evidence that names sentences, and words of them where they were found.

        Shape: `spans` are the places of single fields; `added` are sentences that nobody cited, those of `found` too.
        """
        article, added = self.article, found.added if found else added
        marked = tuple(
            EvidenceSpan(of=of, quote=article.text[slice(*span)], start=span.start, end=span.end) for of, span in spans
        )
        cited = tuple(sorted({*sents, *added}))
        words = found.span if found else None
        lines, boxes, continuation = stand_on_page(article, [words] if words else cited_spans(article, cited))
        return Evidence(
            sents=cited,
            added=added,
            quote=article.text[slice(*words)] if words else None,
            start=words.start if words else None,
            end=words.end if words else None,
            lines=lines,
            match=found.match if found else "sentence_only",
            spans=marked,
            boxes=boxes,
            continuation=continuation,
        )

    def prose(self, text: str, path: str) -> tuple[Finding, ...]:
        """What a Chinese sentence of the model's says that the article does not."""
        return tuple(check_chinese(text, path, self.facts))


def stand_on_page(
    article: Article, spans: Sequence[Span]
) -> tuple[tuple[LineRange, ...], tuple[PixelBox, ...], EvidencePart | None]:
    """The lines and boxes in which spans of an article stand, and the part on the page where the article goes on."""
    lines = dict.fromkeys(line for span in spans for line in article.lines_of(span))
    boxes = dict.fromkeys(box for span in spans for box in boxes_of(article, span))
    onward = spans if article.continuation else ()
    its_lines = dict.fromkeys(line for span in onward for line in article.lines_of(span, onward=True))
    its_boxes = dict.fromkeys(box for span in onward for box in boxes_of(article, span, onward=True))
    part = EvidencePart(lines=tuple(its_lines), boxes=tuple(its_boxes)) if its_lines else None
    return tuple(lines), tuple(boxes), part


def ground(
    kind: type[GroundedT], said: object, support: Support, findings: Iterable[Finding], **fields: object
) -> Checked[GroundedT]:
    """The fact made of what a reply says and of these fields, borne out so far as `support`, if no finding marks it."""
    found = tuple(findings)
    is_marked = any(finding.severity is Severity.UNSUPPORTED for finding in found)
    grade = Support.NONE if is_marked else support
    return Checked(kind.made_of(said, **fields, support=grade, support_by=SupportFrom.CODE), found)


def with_added(found: Found, others: Iterable[Found]) -> Found:
    """A mention whose evidence takes in the sentences that the others add."""
    return found._replace(added=tuple(sorted({number for each in (found, *others) for number in each.added})))


def format_numbers(numbers: Iterable[int]) -> str:
    """Numbers of sentences for a reader: 3, 4."""
    return ", ".join(map(str, numbers))


def phrase_around(text: str, span: Span, others: Iterable[Span], sentence: Span) -> Span:
    """The words that make sense of a number: from border to border of the phrases that hold it and what belongs to it.

    Shape: within the sentence, at most `_LONGEST_QUOTE` characters; fewer of the others where it would be longer, the
    span itself where its own phrase is.
    """
    inside = [other for other in others if sentence.start <= other.start and other.end <= sentence.end]
    phrases = _phrases(text, sentence)
    for wanted in ([span, *inside], [span]):
        start, end = min(each.start for each in wanted), max(each.end for each in wanted)
        touched = [each for each in phrases if each.start < end and each.end > start]
        whole = Span(min(start, touched[0].start), max(end, touched[-1].end)) if touched else Span(start, end)
        if whole.end - whole.start <= _LONGEST_QUOTE:
            return whole
    return span


def shared_phrases(text: str, said: str, sentences: Iterable[Span]) -> list[Span]:
    """The words of each sentence that a text of the model's rests on, from the first to the last phrase they share."""
    pairs, found = _pairs(said), []
    for sentence in sentences:
        phrases = _phrases(text, sentence)
        shared = [each for each in phrases if _share(text[slice(*each)], pairs) >= _SHARED]
        if shared:
            found.append(Span(shared[0].start, shared[-1].end))
    return found


def _phrases(text: str, sentence: Span) -> list[Span]:
    """What stands between the punctuation marks of a sentence."""
    return [Span(m.start(1), m.end(1)) for m in _PHRASE.finditer(text, *sentence)]


def _pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text."""
    return frozenset(map(add, text, text[1:]))


def _share(phrase: str, pairs: frozenset[str]) -> float:
    """The share of these pairs of characters, or of a phrase's own if they are fewer, that both have."""
    own = _pairs(phrase)
    return len(own & pairs) / min(len(own), len(pairs)) if own and pairs else 0.0


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
