"""A page on which the articles stand one below the other, cut at their titles and openings.

Pages of the web, Markdown files and text that somebody put in order are like that; where columns were read across, text
breaks off in mid-sentence before something else begins. On an orderly page a line that closes no sentence and stands
behind one that does is a title; Markdown levels, blank lines, bylines and openings tell headlines from subheads.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import NamedTuple

from summariser.pages.article import (
    WIDEST_COLUMN,
    ends_with_credit,
    has_open_quote,
    is_closed,
    is_jump_in,
    is_likely_name,
    width,
)
from summariser.pages.rows import (
    BODY,
    LEADS,
    LONGEST_TITLE,
    TITLES,
    ColumnThread,
    Kind,
    Row,
    begins_caption,
    stands_in_sentence,
    starts_mid,
)

SHORTEST_TITLE = 2  # characters
LONGEST_NAME = 3  # characters of a line that may be the name of who wrote it
SHORTEST_QUESTION = 8  # characters; a shorter line that ends in ？ or ！ is as likely something said
LONGEST_BARE_SUBHEAD = 14  # characters; a longer title with nothing else to tell it by is a headline
SHORT_SUBHEAD = 8  # characters; the same where no article is known to have a byline
SHORTER = 3  # characters by which a subhead is shorter than the headline of its article
NEWS_BEGINS = 40  # characters of a report in which it says who did something
LONGEST_CHANNEL = 8  # characters of the name of a channel or section
LONGEST_STRAY = 12  # characters of a line behind the last text that is none of its titles
MOST_TITLE_ROWS = 4  # rows; more lines one after another that close no sentence are a list
FEWEST_INDENTED = 3  # rows from which on an indent is known to open a paragraph
FEWEST_WRAPPED = 2  # open rows of one length that make a column
MOST_TORN = 0.01  # share of rows that may break off before something else: OCR loses a full stop now and then

_NUMBERED = re.compile(r"[（(]?[一二三四五六七八九十\d]{1,2}[）)、.．]|.*之[一二三四五六七八九十]$")
_NO_TITLE = re.compile(r"[（(].*[）)]$|近日|日前|据悉|记者|图[为片]|[▲△●★※注]")
_NEWS = re.compile(r"近日|日前|\d日|[省市县区旗州镇]|公司|集团|总工会|[厂矿局段]")
_LOUD = re.compile(r"[？?！!][”’」』》）)]*$")


_END = Row(0, "", Kind.NOISE, None, None, 0, 0, is_indented=False)


class _Form(NamedTuple):
    """How a page is set.

    Units: `column` is the length of its full rows in characters, None if each row is a paragraph; a row is `short` from
    that many characters less on; `usual_gap` blank lines stand between rows that belong together.
    """

    column: float | None
    short: float
    has_indents: bool
    usual_gap: int


def cut_in_order(rows: Sequence[Row]) -> list[ColumnThread] | None:
    """The articles of a page on which they follow one another; None if it is no such page."""
    shown = [row for row in rows if row.kind is not Kind.NOISE]
    noise = {row.number for row in rows if row.kind is Kind.NOISE}
    widest = max((_reach(row) for row in shown if row.kind in BODY), default=0.0)
    read: list[tuple[int, list[Row], _Form]] = []
    for column in (_column(shown), widest if widest <= WIDEST_COLUMN else None):  # the second where few rows are full
        if read and read[0][2].column is not None:
            break
        form = _read_form(shown, column)
        known = _with_titles([row._replace(column=column) for row in shown], form)
        known = _without_stray_titles(known, noise)
        torn = sum(_is_torn(before, row, form) for before, row in pairwise([*known, _END]))
        kinds = [row.kind for row in known]
        is_headed = bool(known) and (kinds[0] in TITLES or (kinds[0] in LEADS and kinds[-1] not in TITLES))
        if is_headed and torn <= MOST_TORN * len(known):
            read.append((sum(kind in TITLES for kind in kinds), known, form))
    fewest = min(read, key=lambda each: each[0], default=None)  # a full row of wrapped text is easily taken for a title
    return _threads(fewest[1], fewest[2]) if fewest else None


def _column(rows: Sequence[Row]) -> float | None:
    """The length of the full rows of a page, if its paragraphs are wrapped and enough rows show it."""
    texts = [row for row in rows if row.kind in BODY]
    lengths = Counter(
        round(width(row.text)) + 2 * row.is_indented for row in texts if not is_closed(row.text, is_full=True)
    )
    edge = max(lengths, key=lambda each: (lengths[each], each), default=0)
    filled = sum(lengths[each] for each in range(edge - 2, edge + 2))
    wider = sum(width(row.text) > edge + 2 for row in texts)
    is_wrapped = edge <= WIDEST_COLUMN and filled >= max(FEWEST_WRAPPED, 0.4 * lengths.total())
    return float(edge) if is_wrapped and 5 * wider <= len(texts) else None


def _read_form(rows: Sequence[Row], column: float | None) -> _Form:
    """How a page with this column is set, as its text shows."""
    has_indents = sum(row.is_indented for row in rows if row.kind in BODY) >= FEWEST_INDENTED
    within = [row.gap for before, row in pairwise(rows) if column and column - 2 < _reach(before) <= column + 1]
    gaps = Counter(within or [row.gap for row in rows[1:]])
    edge = column or 0.0
    first = [_reach(row) for before, row in pairwise(rows) if row.kind in BODY and is_closed(before.text)]
    lost = sum(edge - 3 < each < edge - 1 for each in first)
    indents_lost = lost >= FEWEST_INDENTED and lost > sum(edge - 1 <= each <= edge + 1 for each in first)
    return _Form(
        column=column,
        short=4 if indents_lost and not has_indents else 2,
        has_indents=has_indents,
        usual_gap=max(gaps, key=lambda gap: gaps[gap], default=0),
    )


def _reach(row: Row) -> float:
    """How far a row reaches, by print or by count of characters, whichever is more: columns are wrapped by either."""
    return max(width(row.text), len(row.text)) + 2 * row.is_indented


def _with_titles(rows: Sequence[Row], form: _Form) -> list[Row]:
    """The rows, with what looks and stands like a title made a subhead for now; lists stay text."""
    known: list[Row] = []
    for index, row in enumerate(rows):
        is_title = row.kind is Kind.TEXT and _is_title(rows, index, known[-1] if known else None, form)
        known.append(row._replace(kind=Kind.SUBHEAD) if is_title else row)
    start = 0
    while start < len(known):
        stop = _block_end(known, start)
        if stop - start > MOST_TITLE_ROWS and not known[start].level:
            known[start:stop] = rows[start:stop]
        start = max(stop, start + 1)
    return known


def _without_stray_titles(rows: Sequence[Row], noise: Collection[int]) -> list[Row]:
    """The rows without the name of a channel above the masthead, and without a short line behind the last text."""
    stop = _block_end(rows, 0)
    start = 0
    for index in range(1, stop):
        is_short = all(width(row.text) <= LONGEST_CHANNEL for row in rows[:index])
        if is_short and any(rows[index - 1].number < number < rows[index].number for number in noise):
            start = index
    end = len(rows)
    is_stray = end - start > 1 and rows[-1].kind in TITLES and width(rows[-1].text) <= LONGEST_STRAY
    if is_stray and rows[-2].kind in BODY and not ends_with_credit(rows[-2].text):
        end -= 1
    return list(rows[start:end])


def _block_end(rows: Sequence[Row], start: int) -> int:
    """The index behind the titles that stand together from `start` on; `start` if there are none."""
    stop = start
    while stop < len(rows) and rows[stop].kind in TITLES:
        stop += 1
    return stop


def _is_title(rows: Sequence[Row], index: int, before: Row | None, form: _Form) -> bool:
    """Whether a row looks and stands like a title."""
    row, after = rows[index], rows[index + 1] if index + 1 < len(rows) else None
    text, size = row.text, width(row.text)
    is_name = len(text) <= LONGEST_NAME and is_likely_name(text)
    if not SHORTEST_TITLE <= size <= LONGEST_TITLE or is_name or _NO_TITLE.match(text) or stands_in_sentence(text):
        return False
    if row.level:
        return True
    is_loud, is_open = bool(_LOUD.search(text)), has_open_quote(text)
    if is_loud and (size < SHORTEST_QUESTION or text[0] in '“‘"'):
        return False
    if is_closed(text) and not is_loud and not text.endswith("——"):
        return False
    goes_on = before is not None and before.kind in BODY and (not _ends(before) or before.text[-1] in "：:")
    if goes_on or (is_open and (after is None or has_open_quote(text + after.text))):
        return False
    return form.column is None or _stands_out(rows, index, before, form)


def _stands_out(rows: Sequence[Row], index: int, before: Row | None, form: _Form) -> bool:
    """Whether a row among wrapped ones is no line of a paragraph."""
    row, after = rows[index], rows[index + 1] if index + 1 < len(rows) else None
    assert form.column is not None
    if (
        after is None
        or after.kind in {*LEADS, Kind.CREDIT}
        or width(row.text.rstrip("，。、；：！？”）》")) > form.column + 0.5
    ):
        return True
    if _is_short(row, form) or (before is not None and before.kind in TITLES and row.gap < after.gap):
        return True
    if form.has_indents and (before is None or before.kind is not Kind.TEXT or _is_short(before, form)):
        return not row.is_indented
    goes_on = after.kind is Kind.TEXT and not is_closed(after.text) and _is_short(after, form)  # a title in two rows
    return after.gap > form.usual_gap or goes_on


def _is_short(row: Row, form: _Form) -> bool:
    """Whether a wrapped row stops before the edge of its column."""
    return form.column is not None and _reach(row) <= form.column - form.short


def _ends(row: Row) -> bool:
    """Whether a paragraph may end with a row of text."""
    is_stray = len(row.text) <= LONGEST_NAME and is_likely_name(row.text)
    return is_stray or not row.is_open or row.text.endswith(("）", ")"))


def _is_torn(before: Row, row: Row, form: _Form) -> bool:
    """Whether text breaks off before a row, or the row goes on with what does not stand before it."""
    if before.kind not in BODY:
        return False
    if row.kind is Kind.CLOSING:
        return before.kind is Kind.OPENING
    if _ends(before):
        return row.kind is Kind.TEXT and starts_mid(row.text) and not before.is_full
    return row.kind is not Kind.TEXT or before.column is None or _is_short(before, form)


def _threads(rows: Sequence[Row], form: _Form) -> list[ColumnThread]:
    """The articles of an orderly page."""
    threads, borders = [ColumnThread()], _read_borders(rows, form)
    index, has_text = 0, False
    while index < len(rows):
        row, current, stop = rows[index], threads[-1], max(_block_end(rows, index), index + 1)
        after = rows[stop] if stop < len(rows) else None
        if row.kind in TITLES:
            is_headline = not has_text or _is_headline(rows[index - 1 : stop], after, current, borders)
            if is_headline and has_text and not (after is None and current.is_caption and not current.heads):
                current, has_text = ColumnThread(), False
                threads.append(current)
            (current.heads if is_headline else current.body).extend(rows[index:stop])
        elif row.kind is Kind.BYLINE and not current.has_lead and after is not None and after.kind not in TITLES:
            current.leads.append(row)
        else:
            is_caption = (
                row.kind is Kind.TEXT and not (index and rows[index - 1].is_open) and begins_caption(rows, index)
            )
            if has_text and (row.kind is Kind.OPENING or is_jump_in(row.text) or is_caption):
                current, has_text = ColumnThread(), False
                threads.append(current)
            (current.openings if row.kind is Kind.OPENING else current.body).append(row)
            has_text = has_text or row.kind in BODY
            current.is_caption = current.is_caption or is_caption
        index = stop
    return threads


class _Borders(NamedTuple):
    """What parts articles on a page: the level of its headlines in Markdown, the blank lines from which one begins."""

    level: int | None
    gap: int | None


def _read_borders(rows: Sequence[Row], form: _Form) -> _Borders:
    """What parts articles, where titles differ in it."""
    levels = [row.level for row in rows if row.kind in TITLES and row.level]
    gaps = {row.gap > form.usual_gap for before, row in pairwise(rows) if row.kind in TITLES and before.kind in BODY}
    return _Borders(min(levels) if len(levels) > 1 else None, form.usual_gap + 1 if len(gaps) > 1 else None)


def _is_headline(rows: Sequence[Row], after: Row | None, current: ColumnThread, borders: _Borders) -> bool:
    """Whether titles (with the row before them) open an article, not a part of the one they stand behind."""
    before, *titles = rows
    if after is None or after.kind in {*LEADS, Kind.CREDIT} or before.kind in {Kind.CREDIT, Kind.CLOSING}:
        return True
    if borders.level is not None:
        return any(row.level == borders.level for row in titles)
    if _NUMBERED.match(titles[0].text):
        return False
    if borders.gap is not None:
        return titles[0].gap >= borders.gap
    size = width(titles[0].text)
    if len(titles) > 1 or current.is_caption or current.openings or size > LONGEST_BARE_SUBHEAD:
        return True
    is_short = size <= SHORT_SUBHEAD and size <= width(current.heads[0].text if current.heads else "") - SHORTER
    return not current.leads and bool(not is_short or _NEWS.search(after.text[:NEWS_BEGINS]))
