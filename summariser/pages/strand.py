"""Strands: what has been found of each article of a page, and how loose ones are tied to the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from summariser.pages.affinity import PageWords, starts_mid
from summariser.pages.article import has_open_quote
from summariser.pages.byline import ends_with_credit, is_jump_in, read_dateline
from summariser.pages.layout import BODY, Kind, Row

TIE = 0.10  # share of words in common from which a strand without a headline is tied to an article
MOVE = 3.0  # how many times more words a paragraph must share with another article to be moved there
LEAST_MOVED = 0.1  # share of words in common from which a paragraph may be moved
RESUMED = 1.5  # how many times more words the end of a strand must share with the strand interrupted before it
LEAST_GAIN = 0.05
ENOUGH = 200  # characters from which on the words in common can be trusted
RECENT_ROWS = 14  # rows that tell the column of a strand
MOST_ROWS = 200  # rows; no article of a page has more, and the time grows with their square
SHORTEST_REST = 100  # characters left; less says little about what the article is about
SHORTEST_MOVED = 30  # characters; less is too little to judge by


@dataclass(eq=False)
class Strand:
    """What has been found of one article so far.

    Shape: `rows` is the reading order; `tail` is the row laid last, where text goes on.
    """

    heads: list[Row] = field(default_factory=list)
    leads: list[Row] = field(default_factory=list)
    openings: list[Row] = field(default_factory=list)
    body: list[Row] = field(default_factory=list)
    closings: list[Row] = field(default_factory=list)
    tail: Row | None = None
    is_caption: bool = False

    @property
    def rows(self) -> list[Row]:
        """All rows in reading order."""
        return [*self.heads, *self.leads, *self.openings, *self.body, *self.closings]

    @property
    def text(self) -> str:
        """All words, without order."""
        return "\n".join(row.text for row in self.rows)

    @property
    def recent_text(self) -> str:
        """The words of the titles and of the last rows; enough to tell the topic, however long the text."""
        return "\n".join(row.text for row in [*self.heads, *self.openings, *self.body[-MOST_ROWS:]])

    @property
    def column(self) -> float | None:
        """The width of the column its last rows are set in; None if they share none."""
        shared = [row.shared for row in [*self.openings, *self.body][-RECENT_ROWS:] if row.shared is not None]
        return median(shared) if len(shared) > 1 else None

    @property
    def has_lead(self) -> bool:
        """Whether its byline, opening or jump is known."""
        return bool(self.leads or self.openings)

    @property
    def is_headed(self) -> bool:
        """Whether its headline stands before its text."""
        return bool(self.heads and self.body) and self.heads[0].number < self.body[0].number

    @property
    def lacks_lead(self) -> bool:
        """Whether it has a headline, and a byline or an opening is still to come."""
        return bool(self.heads) and not self.has_lead and not self.is_caption

    @property
    def is_open(self) -> bool:
        """Whether its last sentence goes on elsewhere."""
        return self.tail is not None and self.tail.is_open and not self.is_finished

    @property
    def is_continuation(self) -> bool:
        """Whether it goes on from another page."""
        return any(row.kind is Kind.JUMP and is_jump_in(row.text) for row in self.leads)

    @property
    def ends_with_credit(self) -> bool:
        """Whether its last words name the photographer."""
        return bool(self.body) and (self.body[-1].kind is Kind.CREDIT or ends_with_credit(self.body[-1].text))

    @property
    def is_finished(self) -> bool:
        """Whether no text can follow: the credit of a caption, a jump to another page."""
        last = self.body[-1] if self.body else None
        return last is not None and (self.ends_with_credit or last.kind is Kind.JUMP)

    @property
    def last_words(self) -> str:
        """The text from the last full stop on, or as much of it as tells what is open."""
        rows = [*self.openings, *self.body]
        words = ""
        for row in reversed(rows[: rows.index(self.tail) + 1] if self.tail in rows else rows):
            if words and not row.is_open:
                break
            words = row.text + words
            if len(words) > 120 and not has_open_quote(words):
                break
        return words

    def add(self, row: Row) -> None:
        """Lay a row at the end."""
        self.body.append(row)
        if row.kind in BODY:
            self.tail = row

    def add_lead(self, row: Row) -> None:
        """Lay a byline, a jump, or the opening of the report, in front of the text."""
        if row.kind is Kind.OPENING:
            self.openings.append(row)
            self.tail = row
        else:
            self.leads.append(row)


def tie_strands(strands: Iterable[Strand], words: PageWords) -> list[Strand]:
    """Tie loose strands to the articles they belong to; what fits nowhere stays an article of its own."""
    kept = [strand for strand in strands if strand.rows]
    _move_captions(kept)
    _move_resumed(kept, words)
    _move_paragraphs(kept, words)
    for loose in [strand for strand in kept if _is_loose(strand)]:
        target = _closest(loose, [strand for strand in kept if strand is not loose], words)
        if target is not None:
            _tie(loose, target, [strand for strand in kept if strand is not loose], words)
            kept.remove(loose)
    _place_closings(kept)
    return [strand for strand in kept if strand.rows]


def _is_loose(strand: Strand) -> bool:
    """Whether a strand is a part only: no headline, no opening, no jump, no picture."""
    return not (strand.heads or strand.openings or strand.is_continuation or strand.is_caption)


def _closest(loose: Strand, others: list[Strand], words: PageWords) -> Strand | None:
    """The article that shares most words with a loose strand; if none shares enough, the one that was cut off."""
    text = "\n".join(row.text for row in loose.body)
    targets = [strand for strand in others if strand.body or strand.openings]
    best = max(targets, key=lambda strand: words.share(text, strand.text), default=None)
    if best is not None and words.share(text, best.text) >= TIE:
        return best
    cut_off = [strand for strand in targets if strand.is_open]
    return cut_off[0] if len(cut_off) == 1 else None


def _tie(loose: Strand, target: Strand, others: list[Strand], words: PageWords) -> None:
    """Add a loose strand to an article: before its text if it leads up to it, else behind."""
    if loose.leads and target.has_lead:
        lacking = [strand for strand in others if strand.body and not strand.has_lead and not strand.is_caption]
        owner = min(lacking, key=lambda strand: abs(strand.rows[0].number - loose.leads[0].number), default=target)
        owner.leads.extend(loose.leads)
    else:
        target.leads.extend(loose.leads)
    first = next(iter(target.body), None)
    if not target.openings and first is not None and loose.body and _leads_up(loose, target, words):
        target.body[:0] = loose.body
    else:
        target.body.extend(loose.body)
        target.tail = loose.tail or target.tail
    target.closings.extend(loose.closings)


def _leads_up(loose: Strand, target: Strand, words: PageWords) -> bool:
    """Whether a loose strand stands before the text of an article, not behind it."""
    if target.is_open and not loose.is_open:
        return False
    if loose.is_open and not target.is_open:
        return True
    if loose.is_open and target.is_open:
        before = words.joint(loose.last_words, target.body[0].text)
        return before > words.joint(target.last_words, loose.body[0].text)
    return loose.body[0].number < target.body[0].number and not starts_mid(loose.body[0].text)


def _move_captions(strands: list[Strand]) -> None:
    """Take captions off the end of signed articles, which have none, to a headline that waits for its text."""
    for strand in [each for each in strands if each.has_lead and each.ends_with_credit]:
        caption = _last_paragraph(strand)
        waiting = [each for each in strands if each.lacks_lead and (each.is_open or not each.body)]
        if caption and waiting:
            owner = min(waiting, key=lambda each: abs(each.rows[-1].number - caption[-1].number))
            del strand.body[-len(caption) :]
            owner.body.extend(caption)
            owner.is_caption = True


def _move_paragraphs(strands: list[Strand], words: PageWords) -> None:
    """Move paragraphs at the end of a strand to the article with which they share far more words."""
    for strand in [each for each in strands if not _is_loose(each)]:
        while paragraph := _last_paragraph(strand):
            text = "\n".join(row.text for row in paragraph)
            rest = "\n".join(row.text for row in strand.rows if row not in paragraph)
            others = [each for each in strands if each is not strand and (each.heads or each.openings)]
            best = max(others, key=lambda each: words.share(text, each.text), default=None)
            if best is None or len(text) < SHORTEST_MOVED or len(rest) < SHORTEST_REST:
                break
            share = words.share(text, best.text)
            if share < LEAST_MOVED or share < MOVE * words.share(text, rest):
                break
            del strand.body[-len(paragraph) :]
            best.body.extend(paragraph)


def _move_resumed(strands: list[Strand], words: PageWords) -> None:
    """Move the end of a strand to the one begun before it, where that one was interrupted at a full stop.

    The cut is the paragraph from which on the text shares most with the earlier strand, least with its own beginning.
    """
    for earlier, strand in pairwise(strands):
        if not (strand.is_headed and earlier.is_headed) or earlier.is_caption or len(strand.body) > MOST_ROWS:
            continue
        best, gain = 0, 0.0
        for cut in range(1 if strand.openings else 2, len(strand.body)):
            if not _begins_paragraph(strand.body[cut], strand.body[cut - 1]):
                continue
            suffix = "\n".join(row.text for row in strand.body[cut:])
            prefix = "\n".join(row.text for row in [*strand.heads, *strand.openings, *strand.body[:cut]])
            theirs, own = words.share(suffix, earlier.text), words.share(suffix, prefix)
            weight = min(1.0, len(suffix) / ENOUGH)
            if theirs > RESUMED * own and (theirs - own) * weight > gain:
                best, gain = cut, (theirs - own) * weight
        if best and gain > LEAST_GAIN:
            earlier.body.extend(strand.body[best:])
            del strand.body[best:]


def _last_paragraph(strand: Strand) -> list[Row]:
    """The last paragraph of a strand, with the credit behind it; nothing if it is the only one."""
    start = len(strand.body) - 1
    while start > 0 and not _begins_paragraph(strand.body[start], strand.body[start - 1]):
        start -= 1
    return strand.body[start:] if start > 0 or strand.openings else []


def _begins_paragraph(row: Row, before: Row) -> bool:
    """Whether a paragraph may begin with a row; in a hard-wrapped column not behind a full line."""
    return row.kind is Kind.TEXT and not before.is_open and not before.is_full


def _place_closings(strands: list[Strand]) -> None:
    """Give each closing dateline to an article without an opening: the one that names its place most."""
    for strand in strands:
        for row in list(strand.closings):
            dateline = read_dateline(row.text)
            place = (dateline.place if dateline else None) or row.text
            lacking = [each for each in strands if each.body and not each.openings and not each.is_caption]
            owner = max(lacking, key=lambda each: (each.text.count(place), each is strand), default=strand)
            strand.closings.remove(row)
            owner.closings.append(row)
