"""A newspaper page with its facts marked: as numbered lines, and on its picture.

Which article each line stands in, and which words carry which fact. Everything here comes from untrusted files: a line
range beyond the page or an offset beyond the article marks nothing.

The scaled copy of the picture stands in the web page as a `data:` address: nothing has to be found beside it, and
nothing else may be shown.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup

from summariser.errors import ConfigError, InputError
from summariser.pages.article import boxes_of
from summariser.readers.pictures import open_page_image
from summariser.report.facts import FactView
from summariser.schema.case import fact_words
from summariser.schema.page import Article, LineRange, Page, PixelBox, Span, line_numbers

if TYPE_CHECKING:
    from PIL.Image import Image

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
    for piece in owner.article.pieces_of(span, onward=bool(owner.home)):
        start, end = max(span.start, piece.start), min(span.end, piece.start + piece.length)
        if start < end:
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


MOST_BYTES: Final = 480_000  # of a picture; base64 makes 640,000 of it, and ten pages with their words stay below 10 MB
# Longest side in pixels and quality, tried until the picture is small enough; noise itself is at the last.
_SIZES: Final = ((2400, 70), (2400, 50), (2000, 45), (1600, 40), (1200, 35), (800, 30))


class Frame(NamedTuple):
    """A box on the picture that facts rest on.

    Shape: `facts` are ids; `is_soft`: a sentence is cited, no words of it; `is_first` of the boxes of one of the facts;
    `home` is the file of the page that has the record, empty where that is this page.
    """

    box: PixelBox
    facts: tuple[str, ...]
    words: str
    tint: int
    is_soft: bool
    is_first: bool
    home: str


class Strip(NamedTuple):
    """A line of an article on the picture; `tag` is the name of the article where it begins, else empty."""

    line: int
    box: PixelBox
    tint: int
    tag: str


class Picture(NamedTuple):
    """What stands where on the picture of a page. Units: pixels of a picture of `width` x `height`."""

    page: Page
    width: int
    height: int
    strips: tuple[Strip, ...]
    frames: tuple[Frame, ...]


class Copy(NamedTuple):
    """A scaled copy of a picture: its address, and its size in pixels."""

    address: Markup
    width: int
    height: int


def lay_over(page: Page, owners: Sequence[Owner]) -> Picture | None:
    """The articles and facts of a page on its picture; None for a page without one."""
    if page.layout is None or not (page.layout.width >= 1 and page.layout.height >= 1):
        return None
    strips = tuple(strip for owner in owners for strip in _strips(owner))
    frames = sorted(
        (frame for owner in owners for frame in _frames(owner)),
        key=lambda frame: (not frame.is_soft, -_area(frame.box)),  # what is drawn last lies on top
    )
    return Picture(page, round(page.layout.width), round(page.layout.height), strips, tuple(frames))


def copy_picture(page: Page) -> Copy | str:
    """A copy of the picture of a page that is at most `MOST_BYTES` large, or the code of why there is none."""
    try:
        picture = open_page_image(page).convert("RGB")
    except ConfigError:
        return "no_pillow"
    except InputError:
        return "no_picture"
    content, size = _shrink(picture)
    return Copy(Markup("data:image/webp;base64,") + base64.b64encode(content).decode(), *size)


def _shrink(picture: Image) -> tuple[bytes, tuple[int, int]]:
    """The picture as WebP, and its size."""
    for side, quality in _SIZES:
        picture.thumbnail((side, side))
        sink = BytesIO()
        picture.save(sink, "WEBP", quality=quality, method=4)
        if sink.tell() <= MOST_BYTES:
            break
    return sink.getvalue(), picture.size


def _strips(owner: Owner) -> Iterator[Strip]:
    tag = owner.tag
    for piece in owner.article.pieces:
        for box in boxes_of(owner.article, Span(piece.start, piece.start + piece.length), onward=bool(owner.home)):
            yield Strip(piece.line, box, owner.tint, tag)
            tag = ""


def _frames(owner: Owner) -> Iterator[Frame]:
    """The boxes of an article's facts, each once with all facts that rest on it."""
    found: dict[tuple[PixelBox, bool], dict[str, str]] = {}
    first: dict[str, tuple[PixelBox, bool]] = {}
    for fact in owner.facts[:MOST_MARKED]:
        is_soft = fact.evidence.start is None
        for span in words_of(fact, owner.article):
            for box in boxes_of(owner.article, span, onward=bool(owner.home)):
                found.setdefault((box, is_soft), {})[fact.fact_id] = fact_words(fact.fact)
                first.setdefault(fact.fact_id, (box, is_soft))
    for place, facts in found.items():
        is_first = any(first[fact] == place for fact in facts)
        yield Frame(place[0], tuple(facts), "; ".join(facts.values()), owner.tint, place[1], is_first, owner.home)


def _area(box: PixelBox) -> int:
    return (box.right - box.left) * (box.bottom - box.top)
