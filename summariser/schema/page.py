"""A page, its articles and their sentences.

One coordinate system: offsets count Unicode code points of `Article.text`, from 0, end excluded. Lines and columns are
those of the page file, both counted from 1, as an editor shows them.
"""

from __future__ import annotations

import hashlib
import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache, cached_property
from operator import attrgetter
from typing import Annotated, Any, Final, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

_start = attrgetter("start")
MAX_LINE: Final = 2_000_000  # a page has as many bytes at most
_ID = r"^[\w-]([\w.-]*[\w-])?$"  # no separator, no dot at either end: it leads nowhere else


class Frozen(BaseModel):
    """Base of all our types: immutable, no unknown fields, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def made_of(cls, source: object, /, **fields: Any) -> Self:
        """What has these fields, and all others of its own that the source has under the same name."""
        kind: Any = type(source)  # mypy takes no type of an object for hashable
        return cls(**{name: getattr(source, name) for name in _shared_names(cls, kind)} | fields)


def left_out(description: str, default: Any = None) -> Any:
    """A field that the JSON does not have where it is empty."""
    return Field(default=default, exclude_if=operator.not_, description=description)


@cache
def _shared_names(kind: type[Frozen], source: type[Any]) -> tuple[str, ...]:
    """The fields of a kind that objects of a type have: fields, properties, members of a tuple."""
    known = {*getattr(source, "model_fields", ()), *dir(source)}
    return tuple(name for name in kind.model_fields if name in known)


# A line that a page may have, so that nobody counts through ranges without an end.
_Line = Annotated[int, Field(ge=0, le=MAX_LINE), WithJsonSchema({"type": "integer"})]


class LineRange(NamedTuple):
    """Page lines `first` to `last`, both 1-based and both included."""

    first: _Line
    last: _Line


def format_lines(ranges: Iterable[Sequence[int]]) -> str:
    """Page lines for a reader: `3-5, 9`; nothing for none."""
    return ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in ranges)


def join_lines(numbers: Iterable[int], follows: Callable[[int, int], bool]) -> tuple[LineRange, ...]:
    """Lines in their order as ranges; one that `follows` the last line of a range goes on with it."""
    ranges: list[LineRange] = []
    for number in numbers:
        if ranges and follows(ranges[-1].last, number):
            ranges[-1] = LineRange(ranges[-1].first, number)
        else:
            ranges.append(LineRange(number, number))
    return tuple(ranges)


def to_ranges(numbers: Iterable[int]) -> tuple[LineRange, ...]:
    """Line numbers, in any order, as ranges of neighbours."""
    return join_lines(sorted(set(numbers)), lambda last, number: number == last + 1)


def line_numbers(ranges: Iterable[LineRange]) -> Iterator[int]:
    """The lines that ranges name, in their order."""
    return (number for first, last in ranges for number in range(first, last + 1))


class Position(NamedTuple):
    """A place in the page file: line and column, both counted from 1."""

    line: int
    column: int


class Span(NamedTuple):
    """`text[start:end]` of an article."""

    start: int
    end: int


class ArticleKind(StrEnum):
    """What sort of piece an article is, by its opening."""

    BRIEF = "brief"
    FEATURE = "feature"
    PHOTO_CAPTION = "photo_caption"
    CONTINUATION = "continuation"
    OTHER = "other"


class SplitMethod(StrEnum):
    """How a page was cut: by the model, by rules, by rules because the model's answer could not be used, or not at all.

    `single`: the file holds one article, and says which lines are its headline.
    """

    MODEL = "model"
    RULES = "rules"
    RULES_AFTER_MODEL = "rules_after_model"
    SINGLE = "single"


class Box(NamedTuple):
    """A rectangle on the picture of a page.

    Units: pixels of the upright picture, origin top left; `right` and `bottom` are excluded.
    """

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """The box round boxes, at least one."""
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return cls(min(lefts), min(tops), max(rights), max(bottoms))


class PixelBox(NamedTuple):
    """A `Box` in whole pixels, as records keep it: none of it is cut off by rounding."""

    left: int
    top: int
    right: int
    bottom: int


class LinePlace(NamedTuple):
    """Where one line of text stands on the picture of its page.

    Units: `letter_height` in pixels, across the writing direction; `score` from 0 to 1, None if the reader gave none.
    """

    box: Box
    letter_height: float
    score: float | None = None
    vertical: bool = False


class PageLayout(Frozen):
    """The geometry of a page: where its lines, rules and pictures stand.

    Shape: `places[k]` belongs to `Page.lines[k]`, None where a line has no place (a blank line).
    Units: pixels of a picture of `width` x `height`, upright.
    """

    width: float
    height: float
    places: tuple[LinePlace | None, ...]
    rules: tuple[Box, ...] = Field(description="Printed rules between columns and articles, and frames.")
    pictures: tuple[Box, ...]
    image: str | None = Field(description="Path of the picture, with forward slashes; None where there is none.")
    reader: str = Field(description="What read the lines, with its version: rapidocr 3.10.0, ALTO, PDF text layer.")
    dpi: int | None = Field(default=None, description="Of a PDF: dots per inch of the picture that its pages make.")


class SourceOrigin(StrEnum):
    """Where a fact about the source of a page was read, the most trusted first.

    `person`: read nowhere, and put in by a person who corrected the record.
    """

    PERSON = "person"
    FLAG = "flag"
    SIDECAR = "sidecar"
    META = "meta"
    MASTHEAD = "masthead"
    ADDRESS = "address"
    FILE_NAME = "file_name"
    FOLDER_NAME = "folder_name"


class PageSource(Frozen):
    """The newspaper page that was read; what is unknown is None.

    Shape: `origins` has an entry for each field that is known.
    """

    newspaper: str | None = None
    issue_date: str | None = Field(default=None, description="ISO date.")
    page_no: int | None = None
    page_name: str | None = Field(default=None, description="Name of the section, as printed: 工会新闻.")
    edition: str | None = None
    url: str | None = None
    rights: str | None = None
    origins: dict[str, SourceOrigin] = Field(default_factory=dict)


class SingleArticle(NamedTuple):
    """Which lines (1-based) of a page that holds one article are its titles."""

    headline_lines: tuple[int, ...]
    kicker_lines: tuple[int, ...]


class Page(Frozen):
    """One newspaper page as read from a file.

    Shape: `lines[k]` is line k + 1 of the file, without its line end; blank lines are kept. Of a file without lines of
    its own (a picture, a PDF) the lines are those that were read, in reading order.
    """

    page_id: str = Field(description="Name of the file without its ending, made safe for a path; page 2 ends in .p2.")
    path: str = Field(description="The path as given, with forward slashes; page 2 of several ends in #page=2.")
    sha256: str = Field(description="Hash of the bytes of a text file, of the lines that were read of any other.")
    encoding: str | None = Field(description="utf-8 or gb18030; None where the file is no plain text.")
    number: int = Field(default=1, description="Which page of its file, from 1.")
    lines: tuple[str, ...]
    layout: PageLayout | None = Field(default=None, description="Where the lines stand; None for plain text.")
    single: SingleArticle | None = Field(default=None, description="Titles, where the file holds one article only.")
    source: PageSource = PageSource()

    @cached_property
    def text_lines(self) -> tuple[int, ...]:
        """Numbers (1-based) of the lines that hold anything but white space."""
        return tuple(number for number, line in enumerate(self.lines, 1) if line.strip())

    @cached_property
    def lines_sha256(self) -> str:
        """Hash of the lines, whatever the file around them: its encoding, its line ends, blank lines at its end."""
        return hashlib.sha256("\n".join(self.lines).rstrip().encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def text_places(self) -> dict[int, int]:
        """The place of each of `text_lines` among them, from 0."""
        return {number: place for place, number in enumerate(self.text_lines)}

    def ranges_of(self, numbers: Iterable[int]) -> tuple[LineRange, ...]:
        """Lines with text in reading order as ranges; lines with nothing but blank lines between them make one."""
        place = self.text_places
        return join_lines(numbers, lambda last, number: place[number] == place[last] + 1)


class TextPiece(NamedTuple):
    """A run of article text that stands in one line of the page: `text[start:start + length]` begins at `column`.

    Shape: `place` is the part of the line's place that the run covers; None where the page has no picture. `onward`:
    the line is one of the page where the article goes on.
    """

    start: int
    length: int
    line: int
    column: int
    place: LinePlace | None = None
    onward: bool = False


class Sentence(NamedTuple):
    """One sentence of an article; `number` counts from 1 and is what the model cites."""

    number: int
    start: int
    end: int


class Tie(Frozen):
    """The other part of an article that stands on two pages."""

    page_id: str = Field(pattern=_ID)
    article_id: str = Field(pattern=_ID)


class Continuation(Tie):
    """The page where an article goes on, and its lines there."""

    source: str = Field(description="Path of the page file as given.")
    page_sha256: str
    lines: tuple[LineRange, ...] = Field(
        description="Lines of that page in reading order, 1-based, both ends included."
    )

    def __str__(self) -> str:
        """Where it is, for a reader."""
        return f"{self.page_id}, lines {format_lines(self.lines)}"


class Article(Frozen):
    """One article of a page, in reading order, with hard wraps and column breaks joined.

    Shape: `pieces` are ordered by `start`; characters between two pieces (a joint) belong to the end of the piece
    before. With a `continuation`, text, pieces and sentences are of both pages, all other lines of the first. With
    `continues_from` it is the rest of an article of another page, which has its text as well.
    """

    article_id: str = Field(description="Stable while the article keeps its headline or its text.")
    page_id: str
    kind: ArticleKind
    headline: str | None
    kicker: str | None
    lines: tuple[LineRange, ...] = Field(description="Page lines in reading order.")
    headline_lines: tuple[int, ...]
    kicker_lines: tuple[int, ...]
    subhead_lines: tuple[int, ...] = Field(description="As the split named them; empty where the rules guess them.")
    text: str
    pieces: tuple[TextPiece, ...]
    sentences: tuple[Sentence, ...]
    continuation: Continuation | None = None
    continues_from: Tie | None = None

    @property
    def continues_in(self) -> Tie | None:
        """Where its continuation is kept."""
        onward = self.continuation
        return Tie(page_id=onward.page_id, article_id=onward.article_id) if onward else None

    def position(self, offset: int) -> Position:
        """The line and column of the page that `text[offset]` was read from.

        Errors: IndexError if the offset lies outside the text.
        """
        if not 0 <= offset < len(self.text):
            raise IndexError(f"offset {offset} is outside a text of {len(self.text)} characters")
        piece = self.pieces[max(bisect_right(self.pieces, offset, key=_start) - 1, 0)]
        return Position(piece.line, piece.column + min(offset - piece.start, max(piece.length - 1, 0)))

    def lines_of(self, span: Span, *, onward: bool = False) -> tuple[LineRange, ...]:
        """The lines of the page that a span of the text stands in, in reading order, neighbours joined.

        Shape: with `onward` those of the page where the article goes on.
        """
        lines = (piece.line for piece in self.pieces_of(span, onward=onward))
        return join_lines(lines, lambda last, line: line in (last, last + 1))

    def pieces_of(self, span: Span, *, onward: bool = False) -> list[TextPiece]:
        """The pieces that a span of the text stands in, on the page or, with `onward`, where the article goes on."""
        first = max(bisect_right(self.pieces, span.start, key=_start) - 1, 0)
        near = self.pieces[first : bisect_left(self.pieces, span.end, key=_start)]
        return [piece for piece in near if piece.onward == onward and piece.start + piece.length > span.start]

    def sentence_text(self, number: int) -> str:
        """The text of sentence `number` (1-based)."""
        sentence = self.sentences[number - 1]
        return self.text[sentence.start : sentence.end]

    def sentence_spans(self, numbers: Iterable[int]) -> tuple[Span, ...]:
        """The spans of those of the sentences that exist."""
        last = len(self.sentences)
        return tuple([Span(*self.sentences[number - 1][1:]) for number in numbers if 1 <= number <= last])

    def sentence_at(self, offset: int) -> int:
        """The number of the sentence in which `text[offset]` stands."""
        index = bisect_right(self.sentences, offset, key=_start) - 1
        return self.sentences[max(index, 0)].number


class PageSplit(Frozen):
    """A page cut into articles: every non-blank line is in one article or in `noise`."""

    page_id: str
    articles: tuple[Article, ...]
    noise: tuple[LineRange, ...]
    method: SplitMethod

    @property
    def own_articles(self) -> tuple[Article, ...]:
        """The articles that begin here: without the rest of one that began on another page."""
        return tuple(article for article in self.articles if not article.continues_from)
