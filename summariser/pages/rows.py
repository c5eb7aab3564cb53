"""The rows of a page without places: what each looks like, and which of them belong together by their words.

Size and weight of type are lost in OCR text. What is left is the set phrases of a newspaper, the length of a line
against its column, whether sentences close, and what stands beside what; the guesses here use nothing else.

A `ColumnThread` holds what has been found of one article. Which pieces belong together is told by two cues: the joint,
whether the last character of one line and the first of another make a word, close a quotation, or complete a number;
and the share of words two texts have in common, rare words counting more. Words are pairs of characters, which serves
Chinese without a dictionary.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache, lru_cache
from itertools import groupby
from statistics import median
from typing import NamedTuple

from summariser.pages.article import (
    LONGEST_SUBHEAD,
    WIDEST_COLUMN,
    WRAP_SLACK,
    bare_line,
    column_width,
    common_words,
    ends_with_credit,
    has_open_quote,
    is_byline,
    is_closed,
    is_closing_dateline,
    is_credit,
    is_jump,
    is_jump_in,
    is_spaced,
    mark_lines,
    opens_with_dateline,
    read_dateline,
    width,
)
from summariser.schema.page import Page
from summariser.tables import read_words

LONGEST_TITLE = 48  # characters; kickers of one line reach 45
SHORTEST_HEADLINE = 8  # characters; a shorter line under another is the rest of it
WINDOW = 6  # rows on either side that tell how wide the column is here
MOST_OVERFLOWING = 0.35  # share of rows wider than the column: where articles are interleaved some rows hold two lines
NARROWEST = 10  # characters; columns of a newspaper are wider
FEWEST_ALIKE = 4  # rows of one length that make a column
LONGEST_FURNITURE = 90  # characters
CAPTION_ROWS = 12  # rows from the beginning of a hard-wrapped caption to its credit, at most

# What no title ends with (a comma, a particle that wants more) or begins or goes on with (an adverbial, a full stop).
_NO_TITLE = re.compile(r"[，,、的和与在把被向为于及将从并而由]$|…….|[说称道][，,]|^[，,。、；;：:的了们]|[。；;].")
# Where columns were read across these are pieces of text more often than titles.
_TORN_TEXT = re.compile(
    r"[对是了]$|^[^，,]{2,12}(?:[中后前来时下里]|现场|期间|之际)[，,]|^(?:\d{4}\s*年)?\d+\s*月|[？?：:！!]."
    r"|^(?:日前|近日|据|目前|截至|今年|近年|随后|如今|当天|同时|此外|其中|针对|通过|根据|随着|按照|作为|为了|除了|经过)"
)
_PAIRS = ("“”", "‘’", "《》", "（）", "()")
_WORDS = read_words("newspaper")
_LABEL = re.compile(_WORDS["label"])
_FRESH = re.compile(r"^[\d\uff10-\uff19]+\s*[月年]|^(?:近日|日前|本报)")  # a report or a caption begins like this
LOUD = re.compile(r"[？?！!][”’」』》）)]*$")
_ENDING = re.compile("[。！？”’」』）》]+")  # what a hard wrap may leave to a line of its own
_STOPS = re.compile("[，。、；！？“”]")  # of sentences; a line with one is not looked at as a masthead
_JUNK = re.compile(r"^[^\u3400-\u9fff]{1,14}$")


@cache
def _furniture() -> list[re.Pattern[str]]:
    """What lines of a page that belong to no article look like, beside those of masthead and folio."""
    return [re.compile(pattern) for pattern in _WORDS["furniture"].values()]


def _is_furniture(text: str) -> bool:
    is_plain = not _STOPS.search(text)
    return any(each.fullmatch(text) for each in _furniture()) or (is_plain and mark_lines([text])[0].is_folio)


class Kind(Enum):
    """What a row looks like."""

    NOISE = auto()
    JUMP = auto()
    BYLINE = auto()
    OPENING = auto()
    CLOSING = auto()
    CREDIT = auto()
    HEADLINE = auto()
    SUBHEAD = auto()
    TEXT = auto()


LEADS = frozenset({Kind.JUMP, Kind.BYLINE, Kind.OPENING})
TITLES = frozenset({Kind.HEADLINE, Kind.SUBHEAD})
BODY = frozenset({Kind.TEXT, Kind.OPENING})


class Row(NamedTuple):
    """A line of the page that holds text.

    Units: `column` is the width, in CJK characters, of the hard-wrapped column it stands in; None for whole paragraphs.
    `shared` is the width it has in common with rows near it, which makes it a full line; None if it has not.
    """

    number: int
    text: str
    kind: Kind
    column: float | None
    shared: float | None
    level: int  # Markdown hashes before it; OCR sets them on titles, and now and then on text
    gap: int  # blank lines before it
    is_indented: bool

    @property
    def is_open(self) -> bool:
        """Whether this is text whose last sentence goes on elsewhere."""
        return self.kind in BODY and not is_closed(self.text, is_full=self.is_full) and not ends_with_credit(self.text)

    @property
    def is_full(self) -> bool:
        """Whether the row reaches the edge of its column."""
        return self.column is not None and width(self.text) >= self.column - 1.5

    @property
    def is_short(self) -> bool:
        """Whether the row stops well before the edge of its column."""
        return self.column is not None and width(self.text) < self.column - WRAP_SLACK


def read_rows(page: Page) -> list[Row]:
    """Read the rows of a page, each with what it is by its own words alone."""
    numbers = page.text_lines
    rows = [_plain_row(page, number, before) for before, number in zip((0, *numbers), numbers, strict=False)]
    return [row._replace(kind=_kind_behind(before, row)) for before, row in zip([None, *rows], rows, strict=False)]


def guess_titles(rows: Sequence[Row]) -> list[Row]:
    """The rows of a page whose columns were read across, each with what it looks like where it stands."""
    rows = [row._replace(shared=_shared_width(rows, index)) for index, row in enumerate(rows)]
    rows = [row._replace(column=_local_column(rows, index)) for index, row in enumerate(rows)]
    for index in (*reversed(range(len(rows))), *range(len(rows))):  # a title is known by the title or byline beside it
        rows[index] = rows[index]._replace(kind=_with_title(rows, index))
    return _with_headlines(rows)


def begins_caption(rows: Sequence[Row], index: int) -> bool:
    """Tell whether the paragraph that begins at `index` ends with the credit of a picture."""
    for place in range(index, min(index + CAPTION_ROWS, len(rows))):
        row = rows[place]
        if row.kind is Kind.CREDIT or (row.kind is Kind.TEXT and ends_with_credit(row.text)):
            return True
        credit_follows = place + 1 < len(rows) and rows[place + 1].kind is Kind.CREDIT
        goes_on = row.is_open and not (place + 1 < len(rows) and _FRESH.match(rows[place + 1].text))
        if row.kind is not Kind.TEXT or not (goes_on or credit_follows):
            return False
    return False


def _plain_row(page: Page, number: int, before: int) -> Row:
    """A row with what it is by its own words alone."""
    raw = page.lines[number - 1]
    start, text = bare_line(raw)
    has_no_words = _JUNK.match(text) or not any(char.isalnum() for char in text)
    is_junk = has_no_words and not _ENDING.fullmatch(text)
    if is_junk or (len(text) <= LONGEST_FURNITURE and _is_furniture(text)):
        kind = Kind.NOISE
    elif is_jump(text):
        kind = Kind.JUMP
    elif is_credit(text):
        kind = Kind.CREDIT
    elif is_byline(text):
        kind = Kind.BYLINE
    elif is_closing_dateline(text):
        kind = Kind.CLOSING
    else:
        kind = Kind.OPENING if opens_with_dateline(text) else Kind.TEXT
    indent = raw[: len(raw) - len(raw.lstrip())]
    return Row(number, text, kind, None, None, raw[:start].count("#"), number - before - 1, 1 <= width(indent) <= 3)


def _kind_behind(before: Row | None, row: Row) -> Kind:
    """The kind of a row behind another; names of columns and sections are noise.

    Shape: a last character of a name that did not fit is part of the byline before it, the rest of a credit that was
    cut in two is one as well.
    """
    if _LABEL.fullmatch(row.text):
        return Kind.NOISE
    if before and before.kind is Kind.BYLINE and re.fullmatch(r"[\u3400-\u9fff]{1,2}", row.text):
        return Kind.BYLINE
    if before and row.kind is Kind.TEXT and width(row.text) < 8 and ends_with_credit(before.text + row.text):
        return Kind.CREDIT
    return row.kind


def _local_column(rows: Sequence[Row], index: int) -> float | None:
    """The width of the column a row stands in, None for whole paragraphs.

    Where columns of several widths are interleaved: the width it has in common with rows near it; else the width around
    it: on both sides, else behind it, else before it.
    """
    if rows[index].shared is not None:
        return rows[index].shared
    for first, last in ((index - WINDOW, index + WINDOW), (index, index + WINDOW), (index - WINDOW, index)):
        column = _column_among(rows[max(first, 0) : last + 1])
        if column is not None:
            return column
    return None


def _column_among(rows: Sequence[Row]) -> float | None:
    """The width of the column that the text among some rows is set in."""
    return column_width([row.text for row in rows if row.kind in BODY], most_overflowing=MOST_OVERFLOWING)


def _shared_width(rows: Sequence[Row], index: int) -> float | None:
    """The width of the rows near a row that are as long as it, if they are many and one of them stands beside it.

    As long is of the same printed width, or of as many characters, whichever more rows are.
    """
    if rows[index].kind not in BODY:
        return None
    near = range(max(index - 2 * WINDOW, 0), min(index + 2 * WINDOW + 1, len(rows)))
    best: list[int] = []
    for measure in (width, len):
        size = measure(rows[index].text)
        if NARROWEST <= size <= WIDEST_COLUMN:
            alike = [each for each in near if rows[each].kind in BODY and abs(measure(rows[each].text) - size) <= 1]
            if len(alike) >= FEWEST_ALIKE and {index - 1, index + 1} & set(alike):
                best = max(best, alike, key=len)
    return float(round(median(width(rows[each].text) for each in best) + 0.5)) if best else None


def _with_title(rows: Sequence[Row], index: int) -> Kind:
    """The kind of a row, text that looks like a title made a subhead for now."""
    row = rows[index]
    if row.kind is not Kind.TEXT:
        return row.kind
    around = {step: rows[index + step] if 0 <= index + step < len(rows) else None for step in (-2, -1, 1, 2)}
    before, after, text = around[-1], around[1], row.text
    if after and has_open_quote(text) and not has_open_quote(text + after.text):
        text, after = text + after.text, around[2]  # a title in two lines
    elif before and before.kind is Kind.SUBHEAD and has_open_quote(before.text):
        text, before = before.text + text, around[-2]
    columns = _side_columns(rows, index)
    return Kind.SUBHEAD if _looks_like_title(row._replace(text=text), before, after, columns) else Kind.TEXT


def _side_columns(rows: Sequence[Row], index: int) -> tuple[float, ...]:
    """The width of the column before and behind a row, where lines are hard-wrapped."""
    measured = map(_column_among, (rows[max(index - WINDOW, 0) : index + 1], rows[index : index + WINDOW + 1]))
    return tuple({column for column in (*measured, rows[index].column) if column is not None})


def _looks_like_title(row: Row, before: Row | None, after: Row | None, columns: Sequence[float]) -> bool:
    """Whether a row looks like a title where it stands."""
    size = width(row.text)
    if not 4 <= size <= LONGEST_TITLE or has_open_quote(row.text) or stands_in_sentence(row.text):
        return False
    if row.text.endswith("——") or is_spaced(row.text):
        return True
    goes_on_from = before if before is not None and before.is_open and not row.level else None
    is_loud_title = goes_on_from is None and heads_report(row.text, after)
    if (is_closed(row.text) and not is_loud_title) or _TORN_TEXT.search(row.text):
        return False
    beside_lead = after is not None and after.kind in (*LEADS, Kind.CREDIT)
    if not columns:
        return beside_lead or size <= LONGEST_SUBHEAD or goes_on_from is None
    is_narrow = size <= max(columns) - WRAP_SLACK
    if goes_on_from is not None and not (beside_lead and size >= SHORTEST_HEADLINE):
        return is_narrow and size >= SHORTEST_HEADLINE and after is not None and goes_on_from.text[-1] in "，,、；;"
    beside_title = after is not None and after.kind is Kind.SUBHEAD
    return is_narrow or size > min(columns) + 2 or row.level > 0 or beside_lead or beside_title


def heads_report(text: str, after: Row | None) -> bool:
    """Tell whether a line that ends in ？ or ！ heads what a byline, a dateline or a jump behind it opens."""
    is_said = text[0] in '“‘"' and text[-1] in '”’"'
    return bool(LOUD.search(text)) and not is_said and after is not None and after.kind in LEADS


def stands_in_sentence(text: str) -> bool:
    """Tell whether a line shows by its words that it is text: it is a piece of a sentence, or has many clauses."""
    if _NO_TITLE.search(text) or _closes_more(text):
        return True
    clauses = [width(clause) for clause in re.split("[，,]", text)]
    return len(clauses) > 2 and max(clauses) - min(clauses) > 2  # a title of three clauses is a verse


def _with_headlines(rows: list[Row]) -> list[Row]:
    """The rows, with the titles that open or close an article made headlines.

    Those do that stand beside the name of a column, a byline, an opening, a jump or a caption, in the middle of a
    sentence, at the top of the page, behind a credit, or two together.
    """
    kept = list(rows)
    shown = [index for index, row in enumerate(rows) if row.kind is not Kind.NOISE]
    solid = [rows[index] for index in shown]
    for is_title, places in groupby(range(len(solid)), key=lambda place: solid[place].kind is Kind.SUBHEAD):
        block = list(places)
        is_headline = is_title and _is_headline(solid, block[0], block[-1] + 1)
        for index in (shown[place] for place in block):
            near = rows[max(index - 1, 0) : index + 2]
            if is_title and (is_headline or any(_LABEL.fullmatch(row.text) for row in near)):
                kept[index] = rows[index]._replace(kind=Kind.HEADLINE)
    return kept


def _is_headline(rows: Sequence[Row], start: int, stop: int) -> bool:
    """Whether the titles from `start` to `stop` belong to an article as a whole, not to a part of it."""
    before = rows[start - 1] if start else None
    after = rows[stop] if stop < len(rows) else None
    if before is None or before.is_open or before.kind in (Kind.CREDIT, Kind.CLOSING) or ends_with_credit(before.text):
        return True
    if after is None or after.kind in LEADS or begins_caption(rows, stop):
        return True
    return sum(width(row.text) >= SHORTEST_HEADLINE for row in rows[start:stop]) > 1


_CJK_PAIR = re.compile(r"(?=([\u3400-\u9fff]{2}))")
WORD = 0.8  # what a joint that makes a word is worth
NO_WORD = 0.4  # what one that makes none costs
_WORD_CHAR = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
_MEASURES = "年月日时分人名个家万亿元项次届期级位条场件岁户吨种批支张座处门倍成多余%."
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
        return WORD if last + first in self._weights or last + first in common_words() else -NO_WORD


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
    return any(text.count(pair[1]) > text.count(pair[0]) for pair in _PAIRS)


TIE = 0.10  # share of words in common from which a thread without a headline is tied to an article
MOVE = 3.0  # how many times more words a paragraph must share with another article to be moved there
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
        shared = [row.shared for row in self.body[-RECENT_ROWS:] if row.shared is not None]
        return median(shared) if len(shared) > 1 else None

    @property
    def has_lead(self) -> bool:
        """Whether its byline, opening or jump is known."""
        return bool(self.leads or self.openings)

    @property
    def lacks_lead(self) -> bool:
        """Whether it has a headline, and a byline or an opening is still to come."""
        return bool(self.heads) and not self.has_lead and not self.is_caption

    @property
    def is_open(self) -> bool:
        """Whether its last sentence goes on elsewhere."""
        return self.tail is not None and self.tail.is_open and not self.ends_with_credit

    @property
    def is_continuation(self) -> bool:
        """Whether it goes on from another page."""
        return any(row.kind is Kind.JUMP and is_jump_in(row.text) for row in self.leads)

    @property
    def ends_with_credit(self) -> bool:
        """Whether its last words name the photographer, behind which no text can follow."""
        return bool(self.body) and (self.body[-1].kind is Kind.CREDIT or ends_with_credit(self.body[-1].text))

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
            if share < MOVE * words.share(text, rest):
                break
            del thread.body[-len(paragraph) :]
            best.body.extend(paragraph)


def _last_paragraph(thread: ColumnThread) -> list[Row]:
    """The last paragraph of a thread, with the credit behind it; nothing if it is the only one."""
    start = len(thread.body) - 1
    while start > 0 and not _begins_paragraph(thread.body[start], thread.body[start - 1]):
        start -= 1
    return thread.body[start:] if start > 0 else []


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
