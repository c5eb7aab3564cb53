"""A newspaper page as numbered lines: which article each stands in, and which words carry which fact.

Everything here comes from untrusted files: a line range beyond the page or an offset beyond the article marks nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from summariser.report.facts import FactView
from summariser.schema.page import Article, LineRange, Page, Span, line_numbers

LONGEST_LINE: Final = 6000  # characters; the longest paragraph of a page is below 1,000
MOST_MARKED: Final = 500  # facts of an article; the schema asks for 60 at most


_NUMBERS: Final = ("value", "before")  # spans that hold a number


class Segment(NamedTuple):
    """A run of one line that the same facts rest on.

    Shape: `facts` are ids, quoted words before cited sentences; `opens` are those whose words begin here; `is_soft`: a
    sentence is cited, no words of it; `numbers` are those whose number stands here.
    """

    text: str
    facts: tuple[str, ...]
    opens: tuple[str, ...]
    is_soft: bool
    numbers: tuple[str, ...]


class Line(NamedTuple):
    """One line of the page; `tag` and `tint` are its article's, `is_first` where a run of the article's lines opens.

    Shape: `home` is the file of the page that has the article's record, empty where that is this page.
    """

    number: int
    tag: str | None
    tint: int | None
    is_first: bool
    is_noise: bool
    is_title: bool  # headline, kicker or subhead
    is_blank: bool
    segments: tuple[Segment, ...]
    left_out: int
    home: str = ""


class Owner(NamedTuple):
    """An article of the page as the site shows it; with a `home` (a file) the rest of one whose record is there."""

    article: Article
    tag: str
    tint: int
    facts: tuple[FactView, ...]
    home: str = ""

    @property
    def lines(self) -> tuple[LineRange, ...]:
        """Its lines on this page."""
        onward = self.article.continuation if self.home else None
        return onward.lines if onward else self.article.lines


class _Mark(NamedTuple):
    """Columns `[start, end)` (0-based) of a line that a fact rests on."""

    start: int
    end: int
    fact_id: str
    is_soft: bool
    is_number: bool


def lay_out(page: Page, owners: Sequence[Owner], noise: Iterable[LineRange]) -> tuple[Line, ...]:
    """All lines of a page with their articles and the facts that rest on them."""
    owner_of = {line: owner for owner in reversed(owners) for line in line_numbers(owner.lines)}
    noise_lines = set(line_numbers(noise)) - owner_of.keys()
    marks: defaultdict[int, list[_Mark]] = defaultdict(list)
    for owner in owners:
        for fact in owner.facts[:MOST_MARKED]:
            _mark(marks, owner, fact)
    articles = [owner.article for owner in owners if not owner.home]
    titles = {line for each in articles for line in (*each.headline_lines, *each.kicker_lines, *each.subhead_lines)}
    opened: set[str] = set()
    laid, before = [], None
    for number, text in enumerate(page.lines, 1):
        at = owner_of.get(number)
        laid.append(
            Line(
                number=number,
                tag=at.tag if at else None,
                tint=at.tint if at else None,
                is_first=at is not None and at is not before and bool(text.strip()),
                is_noise=number in noise_lines,
                is_title=number in titles,
                is_blank=not text.strip(),
                segments=tuple(_segments(text[:LONGEST_LINE], marks.get(number, ()), opened)),
                left_out=max(len(text) - LONGEST_LINE, 0),
                home=at.home if at else "",
            )
        )
        before = at if text.strip() else before  # blank lines belong to nobody and part nothing
    return tuple(laid)


def words_of(fact: FactView, article: Article) -> tuple[Span, ...]:
    """Where the article has the words of a fact, or the sentences it cites; empty if the page says something else."""
    first, last = fact.evidence.start, fact.evidence.end
    if first is not None and last is not None:
        is_there = 0 <= first < last <= len(article.text) and article.text[first:last] == fact.evidence.quote
        return (Span(first, last),) if is_there else ()
    shared = [each for each in fact.evidence.spans if each.of == "text"]
    if shared and all(article.text[each.start : each.end] == each.quote for each in shared):
        return tuple(Span(each.start, each.end) for each in shared)
    cited = sorted({number for number in fact.evidence.sents if 1 <= number <= len(article.sentences)})
    return tuple(Span(article.sentences[number - 1].start, article.sentences[number - 1].end) for number in cited)


def _mark(marks: Mapping[int, list[_Mark]], owner: Owner, fact: FactView) -> None:
    """Mark the words of a fact in the lines they stand in, and its number among them."""
    article = owner.article
    is_soft = fact.evidence.start is None
    for span in words_of(fact, article):
        for line, start, end in _columns(owner, span):
            marks[line].append(_Mark(start, end, fact.fact_id, is_soft, is_number=False))
    for each in fact.evidence.spans:
        if each.of in _NUMBERS and article.text[each.start : each.end] == each.quote:
            for line, start, end in _columns(owner, Span(each.start, each.end)):
                marks[line].append(_Mark(start, end, fact.fact_id, is_soft=False, is_number=True))


def _columns(owner: Owner, span: Span) -> Iterable[tuple[int, int, int]]:
    """A span of article text as runs of page lines: line, first column and the column behind the last, from 0."""
    for piece in owner.article.pieces:
        start, end = max(span.start, piece.start), min(span.end, piece.start + piece.length)
        if start < end and piece.onward == bool(owner.home):
            column = piece.column - 1 + start - piece.start
            yield piece.line, column, column + end - start


def _segments(text: str, marks: Sequence[_Mark], opened: set[str]) -> Iterable[Segment]:
    """A line cut wherever a mark begins or ends; `opened` gathers the facts whose words have begun."""
    inside = {edge for mark in marks for edge in (mark.start, mark.end) if 0 < edge < len(text)}
    edges = [0, *sorted(inside), len(text)]
    for start, end in pairwise(edges):
        over = [mark for mark in marks if mark.start <= start and mark.end >= end and start < end]
        over.sort(key=lambda mark: (mark.is_soft, mark.end - mark.start))
        facts = tuple(dict.fromkeys(mark.fact_id for mark in over))
        opens = tuple(fact for fact in facts if fact not in opened)
        opened.update(facts)
        is_soft = bool(over) and all(mark.is_soft for mark in over)
        numbers = tuple(mark.fact_id for mark in over if mark.is_number)
        yield Segment(text[start:end], facts, opens, is_soft, numbers)
