"""Threads: what has been found of each article of a page, and how loose ones are tied to the others by their words.

Which pieces belong together is told by two cues: the joint, whether the last character of one line and the first of
another make a word, close a quotation, or complete a number; and the share of words two texts have in common, rare
words counting more. Words are pairs of characters, which serves Chinese without a dictionary.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from statistics import median

from summariser.pages.article import ends_with_credit, has_open_quote, is_jump_in, read_dateline
from summariser.pages.layout import BODY, Kind, Row
from summariser.tables import read_words

_CJK_PAIR = re.compile(r"(?=([\u3400-\u9fff]{2}))")
WORD = 0.8  # what a joint that makes a word is worth
NO_WORD = 0.4  # what one that makes none costs
_WORD_CHAR = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
_MEASURES = "年月日时分人名个家万亿元项次届期级位条场件岁户吨种批支张座处门倍成多余%."
_PAIRED = re.compile("[“”（）《》()]")
_STARTS_MID = re.compile(r"^[的了们等和与及或、，,。；;：:”’）)》%]|^[个名家项次位条场件户](?!人|性|别|体|中|个)")


class PageWords:
    """The words of a page, and how rare each is."""

    def __init__(self, texts: Iterable[str]) -> None:
        rows = [text for text in texts if text]
        spread = Counter(pair for text in rows for pair in _words(text))
        self._weights = {pair: math.log(1 + len(rows) / count) for pair, count in spread.items()}

    def share(self, text: str, other: str) -> float:
        """How much of a text stands in another, from 0 to 1, rare words counting more."""
        words, known = _words(text), _words(other)
        total = sum(self._weights.get(word, 1.0) for word in words)
        return sum(self._weights.get(word, 1.0) for word in words & known) / total if total else 0.0

    def joint(self, before: str, after: str) -> float:
        """How well a line goes on where another stopped in mid-sentence: about -2 (hardly) to 4 (surely)."""
        before, after = before.rstrip(), after.lstrip()
        if not before or not after:
            return 0.0
        return self._seam(before, after) + _quotes(before, after)

    def _seam(self, before: str, after: str) -> float:
        """How well the characters on both sides of a joint make a word."""
        last, first = before[-1], after[0]
        if not (_WORD_CHAR.match(last) and _WORD_CHAR.match(first)):
            return 0.0
        if (last.isdigit() or last == "余") and first in _MEASURES:
            return 1.0
        return WORD if last + first in self._weights or last + first in _common_words() else -NO_WORD


@cache
def _common_words() -> frozenset[str]:
    """Frequent words of two characters."""
    return frozenset(read_words("two_character_words")["words"].split())


def _words(text: str) -> frozenset[str]:
    """The words of a text, each once; none goes on in the next line."""
    return frozenset().union(*map(_words_of, text.split("\n")))


@lru_cache(maxsize=1024)  # the lines of a page are held against each other, one by one and put together
def _words_of(line: str) -> frozenset[str]:
    """The words of a line, each once."""
    return frozenset(_CJK_PAIR.findall(line))


def starts_mid(text: str) -> bool:
    """Tell whether a line begins as only the middle of a sentence can."""
    return bool(_STARTS_MID.match(text)) or _closes_more(text)


def _quotes(before: str, after: str) -> float:
    """Whether what one line leaves open, the other closes."""
    is_open = has_open_quote(before)
    closes = _closes_more(after) or (before.count('"') % 2 == 1 and after.count('"') % 2 == 1)
    if is_open and closes:
        return 1.5
    return -0.5 if is_open else -1.5 if closes else 0.0


def _closes_more(text: str) -> bool:
    """Whether a line closes a quotation or bracket that it did not open."""
    marks = _PAIRED.findall(text)
    for opening, closing in ("“”", "（）", "《》", "()"):
        depth = 0
        for char in marks:
            depth += (char == opening) - (char == closing)
            if depth < 0:
                return True
    return False


TIE = 0.10  # share of words in common from which a thread without a headline is tied to an article
MOVE = 3.0  # how many times more words a paragraph must share with another article to be moved there
LEAST_MOVED = 0.1  # share of words in common from which a paragraph may be moved
RECENT_ROWS = 14  # rows that tell the column of a thread
LONGEST_TAIL = 300  # characters at the end of a thread that tell what is open
MOST_ROWS = 60  # last rows of an article that tell its topic
SHORTEST_REST = 100  # characters left; less says little about what the article is about
SHORTEST_MOVED = 30  # characters; less is too little to judge by


@dataclass(eq=False)
class ColumnThread:
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
            if len(words) > LONGEST_TAIL:
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


def tie_threads(threads: Iterable[ColumnThread], words: PageWords) -> list[ColumnThread]:
    """Tie loose threads to the articles they belong to; what fits nowhere stays an article of its own."""
    kept = [thread for thread in threads if thread.rows]
    _move_captions(kept)
    _move_paragraphs(kept, words)
    for loose in [thread for thread in kept if _is_loose(thread)]:
        target = _closest(loose, [thread for thread in kept if thread is not loose], words)
        if target is not None:
            _tie(loose, target, [thread for thread in kept if thread is not loose], words)
            kept.remove(loose)
    _place_closings(kept)
    return [thread for thread in kept if thread.rows]


def _is_loose(thread: ColumnThread) -> bool:
    """Whether a thread is a part only: no headline, no opening, no jump, no picture."""
    return not (thread.heads or thread.openings or thread.is_continuation or thread.is_caption)


def _closest(loose: ColumnThread, others: list[ColumnThread], words: PageWords) -> ColumnThread | None:
    """The article that shares most words with a loose thread; if none shares enough, the one that was cut off."""
    text = "\n".join(row.text for row in loose.body)
    targets = [thread for thread in others if thread.body or thread.openings]
    best = max(targets, key=lambda thread: words.share(text, thread.text), default=None)
    if best is not None and words.share(text, best.text) >= TIE:
        return best
    cut_off = [thread for thread in targets if thread.is_open]
    return cut_off[0] if len(cut_off) == 1 else None


def _tie(loose: ColumnThread, target: ColumnThread, others: list[ColumnThread], words: PageWords) -> None:
    """Add a loose thread to an article: before its text if it leads up to it, else behind."""
    if loose.leads and target.has_lead:
        lacking = [thread for thread in others if thread.body and not thread.has_lead and not thread.is_caption]
        owner = min(lacking, key=lambda thread: abs(thread.rows[0].number - loose.leads[0].number), default=target)
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


def _leads_up(loose: ColumnThread, target: ColumnThread, words: PageWords) -> bool:
    """Whether a loose thread stands before the text of an article, not behind it."""
    if target.is_open and not loose.is_open:
        return False
    if loose.is_open and not target.is_open:
        return True
    if loose.is_open and target.is_open:
        before = words.joint(loose.last_words, target.body[0].text)
        return before > words.joint(target.last_words, loose.body[0].text)
    return loose.body[0].number < target.body[0].number


def _move_captions(threads: list[ColumnThread]) -> None:
    """Take captions off the end of signed articles, which have none, to a headline that waits for its text."""
    for thread in [each for each in threads if each.has_lead and each.ends_with_credit]:
        caption = _last_paragraph(thread)
        waiting = [each for each in threads if each.lacks_lead and (each.is_open or not each.body)]
        if caption and waiting:
            owner = min(waiting, key=lambda each: abs(each.rows[-1].number - caption[-1].number))
            del thread.body[-len(caption) :]
            owner.body.extend(caption)
            owner.is_caption = True


def _move_paragraphs(threads: list[ColumnThread], words: PageWords) -> None:
    """Move paragraphs at the end of a thread to the article with which they share far more words."""
    for thread in [each for each in threads if not _is_loose(each)]:
        while paragraph := _last_paragraph(thread):
            text = "\n".join(row.text for row in paragraph)
            rest = "\n".join(row.text for row in thread.rows if row not in paragraph)
            others = [each for each in threads if each is not thread and (each.heads or each.openings)]
            best = max(others, key=lambda each: words.share(text, each.text), default=None)
            if best is None or len(text) < SHORTEST_MOVED or len(rest) < SHORTEST_REST:
                break
            share = words.share(text, best.text)
            if share < LEAST_MOVED or share < MOVE * words.share(text, rest):
                break
            del thread.body[-len(paragraph) :]
            best.body.extend(paragraph)


def _last_paragraph(thread: ColumnThread) -> list[Row]:
    """The last paragraph of a thread, with the credit behind it; nothing if it is the only one."""
    start = len(thread.body) - 1
    while start > 0 and not _begins_paragraph(thread.body[start], thread.body[start - 1]):
        start -= 1
    return thread.body[start:] if start > 0 or thread.openings else []


def _begins_paragraph(row: Row, before: Row) -> bool:
    """Whether a paragraph may begin with a row; in a hard-wrapped column not behind a full line."""
    return row.kind is Kind.TEXT and not before.is_open and not before.is_full


def _place_closings(threads: list[ColumnThread]) -> None:
    """Give each closing dateline to an article without an opening: the one that names its place most."""
    for thread in threads:
        for row in list(thread.closings):
            dateline = read_dateline(row.text)
            place = (dateline.place if dateline else None) or row.text
            lacking = [each for each in threads if each.body and not each.openings and not each.is_caption]
            owner = max(lacking, key=lambda each: (each.text.count(place), each is thread), default=thread)
            thread.closings.remove(row)
            owner.closings.append(row)
