"""The rows of a page and what each looks like: noise, byline, opening of a report, credit, headline, subhead, text.

Size and weight of type are lost in OCR text. What is left is the set phrases of a newspaper, the length of a line
against its column, whether sentences close, and what stands beside what; the guesses here use nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from itertools import groupby
from statistics import median
from typing import NamedTuple

from summariser.pages.article import (
    LONGEST_SUBHEAD,
    WIDEST_COLUMN,
    WRAP_SLACK,
    bare_line,
    column_width,
    ends_with_credit,
    has_open_quote,
    is_byline,
    is_closed,
    is_closing_dateline,
    is_credit,
    is_jump,
    is_spaced,
    opens_with_dateline,
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

_CJK = re.compile(r"[\u3400-\u9fff]")
# What no title ends with (a comma, a particle that wants more) or begins or goes on with (an adverbial, a full stop).
_NO_TITLE = re.compile(r"[，,、的和与在把被向为于及将从并而由]$|…….|[说称道][，,]|^[，,。、；;：:的了们]|[。；;].")
# Where columns were read across these are pieces of text more often than titles.
_TORN_TEXT = re.compile(
    r"[对是了]$|^[^，,]{2,12}(?:[中后前来时下里]|现场|期间|之际)[，,]|^(?:\d{4}\s*年)?\d+\s*月|[？?：:！!]."
    r"|^(?:日前|近日|据|目前|截至|今年|近年|随后|如今|当天|同时|此外|其中|针对|通过|根据|随着|按照|作为|为了|除了|经过)"
)
_PAIRS = (("“", "”"), ("‘", "’"), ("《", "》"), ("（", "）"), ("(", ")"))
_WORDS = read_words("newspaper")
_LABEL = re.compile(_WORDS["label"])
_FURNITURE = [re.compile(pattern) for pattern in _WORDS["furniture"].values()]
_FRESH = re.compile(r"^[\d\uff10-\uff19]+\s*[月年]|^(?:近日|日前|本报)")  # a report or a caption begins like this
_ENDING = re.compile("[。！？”’」』）》]+")  # what a hard wrap may leave to a line of its own
_JUNK = re.compile(r"^[^\u3400-\u9fff]{1,14}$")


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
    return _without_labels(_without_rest_of_names(_with_cut_credits(rows)))


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
        may_go_on = not row.is_short if row.column is not None else place - index < 2
        goes_on = row.is_open and may_go_on and not (place + 1 < len(rows) and _FRESH.match(rows[place + 1].text))
        if row.kind is not Kind.TEXT or not (goes_on or credit_follows):
            return False
    return False


def _plain_row(page: Page, number: int, before: int) -> Row:
    """A row with what it is by its own words alone."""
    raw = page.lines[number - 1]
    start, text = bare_line(raw)
    is_junk = (
        not _ENDING.fullmatch(text)
        and not _CJK.search(text)
        and (_JUNK.match(text) or not any(char.isalnum() for char in text))
    )
    if is_junk or (len(text) <= LONGEST_FURNITURE and any(each.fullmatch(text) for each in _FURNITURE)):
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


def _with_cut_credits(rows: list[Row]) -> list[Row]:
    """The rows, with the rest of a credit that was cut in two known as a credit."""
    return [
        row._replace(kind=Kind.CREDIT)
        if index and row.kind is Kind.TEXT and width(row.text) < 8 and ends_with_credit(rows[index - 1].text + row.text)
        else row
        for index, row in enumerate(rows)
    ]


def _local_column(rows: Sequence[Row], index: int) -> float | None:
    """The width of the column a row stands in, None for whole paragraphs.

    Where columns of several widths are interleaved: the width it has in common with rows near it, or that the row
    before it has; else the width around it: on both sides, else behind it, else before it.
    """
    row = rows[index]
    before = rows[index - 1] if index else row
    for shared in (row.shared, before.shared):
        if row.kind in BODY and shared is not None and width(row.text) <= shared + 1:
            return shared
    for first, last in ((index - WINDOW, index + WINDOW), (index, index + WINDOW), (index - WINDOW, index)):
        near = [row.text for row in rows[max(first, 0) : last + 1] if row.kind in BODY]
        column = column_width(near, most_overflowing=MOST_OVERFLOWING)
        if column is not None:
            return column
    return None


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
    before = [row.text for row in rows[max(index - WINDOW, 0) : index + 1] if row.kind in BODY]
    behind = [row.text for row in rows[index : index + WINDOW + 1] if row.kind in BODY]
    measured = (column_width(texts, most_overflowing=MOST_OVERFLOWING) for texts in (before, behind))
    return tuple({column for column in (*measured, rows[index].column) if column is not None})


def _looks_like_title(row: Row, before: Row | None, after: Row | None, columns: Sequence[float]) -> bool:
    """Whether a row looks like a title where it stands."""
    size = width(row.text)
    if not 4 <= size <= LONGEST_TITLE or has_open_quote(row.text) or stands_in_sentence(row.text):
        return False
    if row.text.endswith("——") or is_spaced(row.text):
        return True
    if is_closed(row.text) or _TORN_TEXT.search(row.text):
        return False
    goes_on_from = before if before is not None and before.is_open and not row.level else None
    beside_lead = after is not None and after.kind in (*LEADS, Kind.CREDIT)
    if not columns:
        return beside_lead or size <= LONGEST_SUBHEAD or goes_on_from is None
    is_narrow = size <= max(columns) - WRAP_SLACK
    if goes_on_from is not None and not (beside_lead and size >= SHORTEST_HEADLINE):
        may_follow = not goes_on_from.is_short and goes_on_from.text[-1] in "，,、；;"
        return is_narrow and size >= SHORTEST_HEADLINE and after is not None and may_follow
    beside_title = after is not None and after.kind is Kind.SUBHEAD
    return is_narrow or size > min(columns) + 2 or row.level > 0 or beside_lead or beside_title


def stands_in_sentence(text: str) -> bool:
    """Tell whether a line shows by its words that it is text: it is a piece of a sentence, or has many clauses."""
    if text.endswith("——"):
        return "。" in text
    if _NO_TITLE.search(text) or any(text.count(end) > text.count(begin) for begin, end in _PAIRS):
        return True
    clauses = [width(clause) for clause in re.split("[，,]", text)]
    return len(clauses) > 2 and max(clauses) - min(clauses) > 2  # a title of three clauses is a verse


def _without_rest_of_names(rows: list[Row]) -> list[Row]:
    """The rows, with a last character of a name that did not fit made part of the byline before it."""
    return [
        row._replace(kind=Kind.BYLINE)
        if index and rows[index - 1].kind is Kind.BYLINE and re.fullmatch(r"[\u3400-\u9fff]{1,2}", row.text)
        else row
        for index, row in enumerate(rows)
    ]


def _without_labels(rows: list[Row]) -> list[Row]:
    """The rows, with the names of columns and sections made noise."""
    return [row._replace(kind=Kind.NOISE) if _LABEL.fullmatch(row.text) else row for row in rows]


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
