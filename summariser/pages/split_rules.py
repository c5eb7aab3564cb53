"""A page cut into articles by rules, without a model.

Pages of the web, Markdown files and text that somebody put in order have their articles one below the other. On such a
page a line that closes no sentence and stands behind one that does is a title; Markdown levels, blank lines, bylines
and openings tell headlines from subheads (`cut_in_order`).

Where columns were read across, text breaks off in mid-sentence before something else begins. Then the rows of the page
are read in order and laid on threads. A headline, a byline, the opening of a report or a caption begins a thread; on
pages where OCR put headlines behind their text a headline ends one. Text goes on the thread it continues: usually the
one before, but where an article was cut off in mid-sentence and its end turns up later, the one whose last words it
completes. At the end, threads without a headline are tied to the article whose words they share most. Nothing is left
over: each row with text is on one thread, or is noise.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from summariser.pages.article import (
    WIDEST_COLUMN,
    assign_ids,
    has_open_quote,
    is_closed,
    is_jump_in,
    make_article,
    width,
)
from summariser.pages.geometry import arrange_page, ends_caption
from summariser.pages.rows import (
    BODY,
    LEADS,
    LONGEST_TITLE,
    LOUD,
    TITLES,
    ColumnThread,
    Kind,
    PageWords,
    Row,
    begins_caption,
    guess_titles,
    heads_report,
    read_rows,
    stands_in_sentence,
    starts_mid,
    tie_threads,
)
from summariser.schema.page import Article, ArticleKind, LineRange, Page, PageSplit, SingleArticle, SplitMethod

RECENT_THREADS = 24  # threads that text may go on with; no page has more articles
STAY = 0.9  # what following the row before is worth, against a better joint elsewhere
SHARED = 6.0  # what having all words in common with a thread is worth
ENOUGH = 80  # characters; the words of a shorter paragraph say little about where it belongs
MOST_THREADS = 60  # on a page; with more it is no newspaper page, and nothing is gained by comparing each with all
PARAGRAPH_ROWS = 12  # rows of a hard-wrapped paragraph that are read ahead, at most
OTHER_COLUMN = 2.0  # what being set in a column of another width is worth against a thread
SAME_WIDTH = 1.0  # characters by which the lines of one column differ; twice as much more is another column
MID_AT_STOP = -1.0  # what beginning in mid-sentence behind a full stop is worth
TORN = 0.3  # what a thread of its own is worth to text that begins in mid-sentence and continues nothing seen so far
FRESH = 0.6  # what a thread of its own is worth, where text may begin without a headline before it

LONGEST_ADVERTISEMENT = 160  # characters; a mark among more belongs to what stands beside them
_ADVERTISED = re.compile(r"[·•・\s]*广\s*告[·•・\s]*")  # the line that the law wants on what was paid for


def split_by_rules(page: Page) -> PageSplit:
    """Cut a page into articles by rules alone.

    Shape: every line with text stands in exactly one article or in noise. Where the page says where its lines stand,
    its geometry cuts it; where its file holds one article, nothing does.
    """
    if page.single:
        return _split_single(page, page.single)
    rows = read_rows(page)
    if page.layout:
        return _split_by_place(page, {row.number: row for row in rows})
    threads = cut_in_order(rows)
    if threads is None:
        threads = _weave(guess_titles(rows))
    threads.sort(key=lambda thread: min(row.number for row in thread.rows))
    used = {row.number for thread in threads for row in thread.rows}
    noise = [row.number for row in rows if row.number not in used]
    articles = assign_ids(_article(page, thread) for thread in threads)
    return PageSplit(page_id=page.page_id, articles=articles, noise=page.ranges_of(noise), method=SplitMethod.RULES)


def _split_single(page: Page, titles: SingleArticle) -> PageSplit:
    """The whole file as one article."""
    lines = LineRange(page.text_lines[0], page.text_lines[-1])
    article = make_article(page, kind=ArticleKind.FEATURE, lines=[lines], **titles._asdict())
    return PageSplit(page_id=page.page_id, articles=assign_ids([article]), noise=(), method=SplitMethod.SINGLE)


def _split_by_place(page: Page, rows: Mapping[int, Row]) -> PageSplit:
    """The regions of a page as its articles, its masthead and folio lines as noise."""
    arranged = arrange_page(page)
    noise = {*rows} - {*arranged.order} | {*arranged.furniture}
    articles = []
    for region in arranged.regions:
        noise.update(region.labels)
        marks = {number for number in region.order if _ADVERTISED.fullmatch(rows[number].text)}
        if marks:
            length = sum(len(rows[number].text) for number in region.order)
            noise.update(region.order if length <= LONGEST_ADVERTISEMENT else marks)
        own = [rows[number] for number in region.order if number not in noise]
        if own:
            is_caption = own[-1].kind is Kind.CREDIT or ends_caption(own[-1].text)
            article = make_article(
                page,
                kind=_kind(own, is_caption=is_caption, has_body=bool(region.body)),
                lines=page.ranges_of(row.number for row in own),
                headline_lines=region.headline,
                kicker_lines=[*region.kicker, *region.subtitle],
            )
            articles.append(article)
    left = page.ranges_of(sorted(noise))
    return PageSplit(page_id=page.page_id, articles=assign_ids(articles), noise=left, method=SplitMethod.RULES)


def _weave(rows: Sequence[Row]) -> list[ColumnThread]:
    """The articles of a page whose columns were read across."""
    words = PageWords(row.text for row in rows)
    threads = _ColumnReader(rows, words).threads
    return tie_threads(threads, words) if len(threads) <= MOST_THREADS else threads


class _ColumnReader:
    """Reads the rows of a page in order and gives each to the column of its article."""

    def __init__(self, rows: Sequence[Row], words: PageWords) -> None:
        self._rows = [row for row in rows if row.kind is not Kind.NOISE]
        self._words = words
        self._paragraphs = [_paragraph_from(self._rows, index) for index in range(len(self._rows))]
        self._heads_follow = _heads_follow(self._rows, words)
        self._current: ColumnThread | None = None
        self.threads: list[ColumnThread] = []
        for index, row in enumerate(self._rows):
            self._lay(row, index)

    def _lay(self, row: Row, index: int) -> None:
        """Lay one row on the thread it belongs to."""
        if row.kind is Kind.HEADLINE:
            self._lay_headline(row, index)
        elif row.kind in LEADS:
            self._lay_lead(row, index)
        elif row.kind is Kind.TEXT:
            self._lay_text(row, index)
        elif row.kind is Kind.CLOSING:
            (self._current or self._begin()).closings.append(row)
        else:
            thread = self._current or self._begin()
            thread.add(row)
            thread.is_caption = thread.is_caption or row.kind is Kind.CREDIT

    def _begin(self) -> ColumnThread:
        """A new thread, from now on the current one."""
        self._current = ColumnThread()
        self.threads.append(self._current)
        return self._current

    def _lay_headline(self, row: Row, index: int) -> None:
        """A headline: of the text before it on pages that print them behind, else of what follows."""
        thread = self._current
        begins_block = index == 0 or self._rows[index - 1].kind is not Kind.HEADLINE
        if thread is None or (begins_block and (thread.heads or not self._heads_follow)):
            thread = self._begin()
        thread.heads.append(row)
        ends_block = index + 1 == len(self._rows) or self._rows[index + 1].kind is not Kind.HEADLINE
        if self._heads_follow and ends_block and thread.body:
            self._current = None

    def _lay_lead(self, row: Row, index: int) -> None:
        """A byline, an opening or a jump: of the headline before it, else of one that still lacks it."""
        thread = self._current
        before = self._rows[index - 1] if index else None
        if row.kind is Kind.BYLINE and before is not None and before.kind is Kind.BYLINE and thread is not None:
            thread.leads.append(row)  # the last character of a name
            return
        if row.kind is Kind.JUMP and not is_jump_in(row.text):
            (thread or self._begin()).add(row)
            return
        is_new_jump = row.kind is Kind.JUMP and thread is not None and bool(thread.body)
        if self._heads_follow or thread is None or not thread.lacks_lead or is_new_jump:
            thread = None
        lacking = (
            []
            if self._heads_follow or row.kind is Kind.JUMP
            else [s for s in self.threads[-RECENT_THREADS:] if s.lacks_lead]
        )
        if row.kind is Kind.OPENING and lacking and (thread is None or thread.body):
            thread = max(lacking, key=lambda each: (self._words.share(row.text, each.text), each is thread))
        elif thread is None:
            thread = lacking[-1] if lacking else self._begin()
        self._current = thread
        thread.add_lead(row)

    def _lay_text(self, row: Row, index: int) -> None:
        """Text: on the thread it continues, or on a new one."""
        before = self._rows[index - 1] if index else None
        current = self._current
        if begins_caption(self._rows, index) and (current is None or current.has_lead or current.ends_with_credit):
            current = self._begin()
            current.is_caption = True
        else:
            current = self._best(row, before, self._paragraphs[index])
        self._current = current
        current.add(row)
        current.is_caption = current.is_caption or (current.ends_with_credit and not current.has_lead)

    def _best(self, row: Row, before: Row | None, paragraph: str) -> ColumnThread:
        """The thread a row of text continues best; a new one if none."""
        current = self._current
        may_begin = (
            current is None or current.ends_with_credit or (before is not None and before.is_open and before.is_short)
        )
        recent = [thread for thread in self.threads[-RECENT_THREADS:] if not thread.ends_with_credit]
        last_begun = [thread for thread in recent if thread is not current][-1:]
        open_ones = [thread for thread in recent if thread is current or thread.is_open]
        if current is None or current.ends_with_credit:
            open_ones = [thread for thread in recent if thread in [*open_ones, *last_begun]]
        scores = [(self._fit(thread, row, paragraph), thread) for thread in open_ones]
        best, thread = max(scores, key=lambda each: each[0], default=(-9.0, None))
        is_torn = starts_mid(row.text) and current is not None and bool(current.body) and not current.is_open
        alone = TORN if is_torn else -9.0
        if may_begin:
            alone = FRESH if self._heads_follow and not starts_mid(row.text) else -1.0
        return self._begin() if thread is None or alone > best else thread

    def _fit(self, thread: ColumnThread, row: Row, paragraph: str) -> float:
        """How well a row of text, with the rest of its paragraph, continues a thread."""
        score = SHARED * self._words.share(paragraph, thread.recent_text) * min(1.0, len(paragraph) / ENOUGH)
        score -= OTHER_COLUMN * _column_gap(row, thread)
        score += STAY if thread is self._current else 0.0
        if thread.tail is None:
            return score
        if thread.tail.is_open:
            return score + self._words.joint(thread.last_words, row.text)
        return score + (MID_AT_STOP if starts_mid(row.text) else 0.0)


def _paragraph_from(rows: Sequence[Row], index: int) -> str:
    """The text from a row to the end of its paragraph, as far as the rows behind it seem to go on with it."""
    last = index
    while rows[last].is_open and last + 1 < min(len(rows), index + PARAGRAPH_ROWS + 1):
        row, after = rows[last], rows[last + 1]
        is_other = (
            row.shared is not None and after.shared is not None and abs(row.shared - after.shared) > 2 * SAME_WIDTH
        )
        if after.kind is not Kind.TEXT or is_other:
            break
        last += 1
    return "".join(row.text for row in rows[index : last + 1])


def _column_gap(row: Row, thread: ColumnThread) -> float:
    """How surely a row is set in another column than a thread, from 0 to 1."""
    column = thread.column
    if row.shared is None or column is None:
        return 0.0
    return min(1.0, max(0.0, abs(row.shared - column) - SAME_WIDTH) / (2 * SAME_WIDTH))


def _heads_follow(rows: Sequence[Row], words: PageWords) -> bool:
    """Whether headlines stand behind their text: the page begins with none, and they share more with what is before."""
    if not rows or rows[0].kind is Kind.HEADLINE:
        return False
    blocks = [list(block) for _, block in groupby(rows, key=lambda row: row.kind is Kind.HEADLINE)]
    texts = ["\n".join(row.text for row in block) for block in blocks]
    gain = 0.0
    for before, head, behind in zip(texts[0::2], texts[1::2], [*texts[2::2], ""], strict=False):
        gain += words.share(head, before) - words.share(head, behind)
    return gain > 0


def _article(page: Page, thread: ColumnThread) -> Article:
    """The article a thread makes."""
    heads = [row.number for row in thread.heads]
    headline = _headline(thread)
    return make_article(
        page,
        kind=_kind(
            thread.rows,
            is_caption=thread.is_caption or thread.ends_with_credit,
            has_body=bool(thread.body),
        ),
        lines=page.ranges_of(row.number for row in thread.rows),
        headline_lines=headline,
        kicker_lines=[number for number in heads if number not in headline],
        subhead_lines=[row.number for row in thread.body if row.kind in TITLES],
    )


def _headline(thread: ColumnThread) -> list[int]:
    """The lines of the headline: of two titles the second, of three (kicker, headline, subtitle) the one between."""
    titles: list[list[Row]] = []
    for row in thread.heads:
        if titles and has_open_quote("".join(each.text for each in titles[-1])):
            titles[-1].append(row)
        else:
            titles.append([row])
    if not titles:
        return []
    if len(titles) > 1 and (titles[1][0].text.startswith("——") or titles[0][0].level < titles[1][0].level):
        return [row.number for row in titles[0]]
    return [row.number for row in titles[min(len(titles) - 1, 1)]]


def _kind(rows: Sequence[Row], *, is_caption: bool, has_body: bool = True) -> ArticleKind:
    """What sort of piece these rows are, by their opening."""
    if any(row.kind is Kind.JUMP and is_jump_in(row.text) for row in rows):
        return ArticleKind.CONTINUATION
    if any(row.kind is Kind.OPENING for row in rows):
        return ArticleKind.BRIEF
    if is_caption:
        return ArticleKind.PHOTO_CAPTION
    return ArticleKind.FEATURE if has_body else ArticleKind.OTHER


SHORTEST_TITLE = 2  # characters
SHORTEST_QUESTION = 8  # characters; a shorter line that ends in ？ or ！ is as likely something said
LONGEST_BARE_SUBHEAD = 14  # characters; a longer title with nothing else to tell it by is a headline
SHORT_SUBHEAD = 8  # characters; the same where no article is known to have a byline
SHORTER = 3  # characters by which a subhead is shorter than the headline of its article
LONGEST_CHANNEL = 8  # characters of the name of a channel or section
MOST_TITLE_ROWS = 4  # rows; more lines one after another that close no sentence are a list
FEWEST_INDENTED = 3  # rows from which on an indent is known to open a paragraph
FEWEST_WRAPPED = 2  # open rows of one length that make a column
MOST_TORN = 0.01  # share of rows that may break off before something else: OCR loses a full stop now and then

_NUMBERED = re.compile(r"[（(]?[一二三四五六七八九十\d]{1,2}[）)、.．]|.*之[一二三四五六七八九十]$")
_NO_TITLE = re.compile(r"[（(].*[）)]$|近日|日前|据悉|记者|图[为片]|[▲△●★※注]")


_END = Row(0, "", Kind.NOISE, None, None, 0, 0, is_indented=False)


class _Form(NamedTuple):
    """How a page is set.

    Units: `column` is the length of its full rows in characters, None if each row is a paragraph; `usual_gap` blank
    lines stand between rows that belong together.
    """

    column: float | None
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
        known = _without_channel(known, noise)
        torn = sum(_is_torn(before, row, form) for before, row in pairwise([*known, _END]))
        if known and known[0].kind in TITLES and torn <= MOST_TORN * len(known):
            read.append((sum(row.kind in TITLES for row in known), known, form))
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
    return _Form(column, has_indents, max(gaps, key=lambda gap: gaps[gap], default=0))


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


def _without_channel(rows: Sequence[Row], noise: Collection[int]) -> list[Row]:
    """The rows without the name of a channel above the masthead."""
    stop = _block_end(rows, 0)
    start = 0
    for index in range(1, stop):
        is_short = all(width(row.text) <= LONGEST_CHANNEL for row in rows[:index])
        if is_short and any(rows[index - 1].number < number < rows[index].number for number in noise):
            start = index
    return list(rows[start:])


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
    if not SHORTEST_TITLE <= size <= LONGEST_TITLE or _NO_TITLE.match(text) or stands_in_sentence(text):
        return False
    if row.level:
        return True
    is_loud = bool(LOUD.search(text))
    if is_loud and (size < SHORTEST_QUESTION or text[0] in '“‘"') and not heads_report(text, after):
        return False
    if is_closed(text) and not is_loud and not text.endswith("——"):
        return False
    if before is not None and before.kind in BODY and (not _ends(before) or before.text[-1] in "：:"):
        return False
    return form.column is None or _stands_out(row, after, before, form)


def _stands_out(row: Row, after: Row | None, before: Row | None, form: _Form) -> bool:
    """Whether a row among wrapped ones is no line of a paragraph."""
    is_wide = form.column is not None and width(row.text.rstrip("，。、；：！？”）》")) > form.column + 0.5
    if after is None or is_wide or _is_short(row, form):
        return True
    if form.has_indents and (before is None or before.kind is not Kind.TEXT or _is_short(before, form)):
        return not row.is_indented
    return after.gap > form.usual_gap


def _is_short(row: Row, form: _Form) -> bool:
    """Whether a wrapped row stops before the edge of its column."""
    return form.column is not None and _reach(row) <= form.column - 2


def _ends(row: Row) -> bool:
    """Whether a paragraph may end with a row of text."""
    return not row.is_open or row.text.endswith(("）", ")"))


def _is_torn(before: Row, row: Row, form: _Form) -> bool:
    """Whether text breaks off before a row, or the row goes on with what does not stand before it."""
    if row.kind is Kind.CLOSING:
        return before.kind is Kind.OPENING
    goes_on = row.kind is Kind.TEXT and before.column is not None and not _is_short(before, form)
    return before.kind in BODY and not _ends(before) and not goes_on


def _threads(rows: Sequence[Row], form: _Form) -> list[ColumnThread]:
    """The articles of an orderly page."""
    threads, borders = [ColumnThread()], _read_borders(rows, form)
    index, has_text = 0, False
    while index < len(rows):
        row, current, stop = rows[index], threads[-1], max(_block_end(rows, index), index + 1)
        after = rows[stop] if stop < len(rows) else None
        if row.kind in TITLES:
            is_headline = not has_text or _is_headline(rows[index - 1 : stop], after, current, borders)
            if is_headline and has_text:
                current, has_text = ColumnThread(), False
                threads.append(current)
            (current.heads if is_headline else current.body).extend(rows[index:stop])
        elif row.kind is Kind.BYLINE and not current.has_lead:
            current.leads.append(row)
        else:
            if has_text and (row.kind is Kind.OPENING or is_jump_in(row.text)):
                current, has_text = ColumnThread(), False
                threads.append(current)
            (current.openings if row.kind is Kind.OPENING else current.body).append(row)
            has_text = has_text or row.kind in BODY
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
    is_short = size <= SHORT_SUBHEAD and size <= width(current.heads[0].text if current.heads else "") - SHORTER
    return size > LONGEST_BARE_SUBHEAD or not (current.leads or is_short)
