"""Articles made of page lines: joined text with a map back to the page, headline, byline and a lasting id.

A newspaper column is narrow, and OCR keeps its line ends: a sentence, a number, even a name is cut wherever the
column was full. A line goes on in the next one unless it closes a sentence; headlines, bylines, subheads, datelines and
credits stand alone. Nothing is added but one joint (a line feed or a space) and nothing changed, so that each character
of the text can be found in the page.

The set phrases of a newspaper say who wrote, from where, who took the picture, on which page it goes on. Bylines come
as lines of their own (`本报记者 甲 本报通讯员 乙`, `□ 甲`, bare names), inside the opening of a brief
(`本报讯（记者甲 通讯员乙）`, `本报某地电 记者甲报道：`) and behind a caption (`本报通讯员 甲 摄`). OCR drops brackets,
reverses the two halves of a byline and puts spaces into names, so the patterns ask for little. Masthead and folio are
made of marks: a name, a day, a number, an imprint (`mark_lines`).
"""

from __future__ import annotations

import hashlib
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum, auto
from functools import cache, lru_cache
from itertools import count, dropwhile, groupby, takewhile
from math import ceil, floor
from types import MappingProxyType
from typing import NamedTuple

from summariser.numbers.numerals import read_number
from summariser.schema.page import Article, ArticleKind, Box, LinePlace, LineRange, Page, PixelBox, Span, TextPiece
from summariser.schema.record import Dateline
from summariser.tables import Patterns, any_of, fill, groups, read_words
from summariser.text import in_both_scripts, split_sentences, to_simplified

_WORDS = read_words("newspaper")
_NAMES = read_words("names")
_SURNAMES = frozenset("".join(_NAMES["surnames"].split()) + _NAMES["wordlike"])
_DOUBLE_SURNAMES = tuple(_NAMES["double_surnames"].split())


def _any(words: str) -> str:
    """A pattern for any word of a list, longer ones first."""
    return in_both_scripts(f"(?:{any_of(_WORDS[words].split())})")


_CJK = r"\u3400-\u9fff"
# Names of outlets hold ends of names (中国社会科学报), and stand one behind the other. Ends are told from the rest, so
# that a text is read in one way only: a line of nothing but ends would be read in as many ways as it can be cut.
_OUTLET_ENDS = rf"{_any('outlet_ends')}{{1,6}}"
_INNER = rf"(?:(?!{_any('outlet_ends')})[{_CJK}])"
_OUTLET = rf"(?:本[报報刊社网網台臺]|[{_CJK}]{_INNER}{{0,8}}{_OUTLET_ENDS})"
_OUTLETS = rf"{_OUTLET}(?:{_INNER}{{1,9}}{_OUTLET_ENDS}|本[刊台]|(?:\s[-—－·/]?\s?|[-—－·/]\s?){_OUTLET}){{0,6}}"
_ROLE = rf"(?:{_OUTLETS}\s?)?{_any('role_marks')}?(?:{_any('roles')})[:：]?"
_BOX = r"[□■◇◆○●▢]"
_CREDIT_END = re.compile(in_both_scripts(r"[\s/／]*(?:文[/／]?图|图[/／]文|摄影报道|摄影|摄)\s*[）)]?\s*$"))
_SIGNED = re.compile(r"[（(]((?!记者节)[^（()）]{2,60})[)）]\s*$")  # at the end: （本报记者 解语晴）
LONGEST_CREDIT = 40  # characters of one that is a line of its own
MOST_CREDITED = 200  # characters before the end of a caption in which names are looked for
_PLACE_AND_DATE = in_both_scripts(
    rf"(?P<place>(?:(?!记者|通讯员|讯|电)[{_CJK}]){{0,10}}?)\s*"
    r"(?:(?P<month>\d{1,2})\s*月\s*)?(?:(?P<day>\d{1,2})\s*日\s*)?"
)
_WIRE = in_both_scripts(r"(?:讯|消息|电)(?=[\s】〕\])）(（:：,，]|记者|通讯员|$)")
_PAPER = rf"(?:{_any('agencies')}|(?!据)[{_CJK}]{{1,8}}?{_any('paper_ends')})"
_DATELINE = rf"{_PAPER}(?:[-—－]{_PAPER})?\s*{_PLACE_AND_DATE}{_WIRE}"
_SAYS = Patterns(
    "newspaper", CJK=_CJK, ROLE=_ROLE, ROLES=_any("roles"), DATELINE=_DATELINE, NO_OUTLETS=_any("no_outlets")
)
_BRACKETED = re.compile(r"^[】\]〕)）]?\s*[(（](?P<names>[^()（）]{2,60})[)）]")
_JUMP = re.compile(r"^[(（【\[]?\s*[上下]\s*[接转轉]\s*第?\s*\d+\s*版.{0,12}$")
_JUMP_IN = re.compile(r"^[(（【\[]?\s*上\s*接")
_FIGURE = re.compile(r"[-—+±]|[-+]?[0-9][0-9,]*(?:\.[0-9]+)?(?:[%％]|[万亿萬億]?元?)")
_WIDE_GAP = re.compile(r"\t|[ \u3000]{2,}|\u3000")
_SENTENCE_MARK = re.compile(r"[，。；：！？、:;]")


@lru_cache(maxsize=64)  # asked of an article for each of its people, and for its record
def read_byline(text: str) -> tuple[str, ...]:
    """Name the reporters, stringers and photographers that bylines in a text give, each once, in text order.

    Shape: `text` is a line or a whole article; only whole byline paragraphs, openings with a dateline and caption
    credits are read, so that a stringer met in running text is not taken for the author.
    """
    names: dict[str, None] = {}
    for paragraph in text.split("\n"):
        found = _paragraph_names(paragraph.strip())
        names.update(dict.fromkeys(found))
    return tuple(names)


def read_dateline(text: str) -> Dateline | None:
    """Read where and when a report was filed: from the opening of a paragraph, else from a bracket that ends one."""
    for paragraph in text.split("\n"):
        match = _SAYS.opening.match(paragraph.strip()) or _SAYS.closing.search(paragraph)
        if match:
            month, day = match["month"], match["day"]
            return Dateline(
                place=match["place"] or None, month=int(month) if month else None, day=int(day) if day else None
            )
    return None


def opens_with_dateline(line: str) -> bool:
    """Tell whether a line opens a report: 本报讯, 某某日报某地某月某日电, 某某讯（记者甲）, 本报记者甲报道：."""
    text = line.strip()
    opens = _SAYS.opening.match(text) or _SAYS.named_opening.match(text) or _SAYS.reported.match(text)
    return bool(opens) and not is_closing_dateline(text)


def is_closing_dateline(line: str) -> bool:
    """Tell whether a line is nothing but the bracketed dateline that ends a report: （本报某地某月某日电）."""
    return bool(_SAYS.closing.fullmatch(line.strip()))


def text_sha256(article: Article) -> str:
    """The hash of the whole text of an article, as its record keeps it."""
    return hashlib.sha256(article.text.encode("utf-8", "surrogatepass")).hexdigest()


def is_jump(line: str) -> bool:
    """Tell whether a line is nothing but a jump: （上接第1版）, （下转第2版）."""
    return bool(_JUMP.match(line.strip()))


def is_jump_in(line: str) -> bool:
    """Tell whether a line is a jump from another page: （上接第1版）."""
    return is_jump(line) and bool(_JUMP_IN.match(line.strip()))


@lru_cache(maxsize=4096)  # asked of one line by what joins, what cuts and what reads names
def is_byline(line: str) -> bool:
    """Tell whether a line is nothing but a byline: roles and names, a box and names, or two and more bare names."""
    text = line.strip()
    if not 2 <= len(text) <= 60 or is_credit(text):
        return False
    boxed = re.match(_BOX, text)
    rest = re.sub(_BOX, " ", text)
    roles = _SAYS.standing_role.findall(rest)
    names = _names(_SAYS.role.sub(" ", rest))
    if not names:
        return False
    if roles:
        return len(names) <= 12
    if boxed and len(names) == 1 and names[0] in common_words():  # ■安全 is a subhead
        return False
    return len(names) >= 2 - bool(boxed) and all(is_likely_name(name) for name in names)


@cache
def common_words() -> frozenset[str]:
    """Frequent words of two characters, some of which begin as a name does."""
    return frozenset(read_words("two_character_words")["words"].split())


def is_credit(line: str) -> bool:
    """Tell whether a line is nothing but the credit of a picture: 本报通讯员 甲 摄."""
    text = line.strip()
    match = _CREDIT_END.search(text) if len(text) <= LONGEST_CREDIT else None
    if not match:
        return False
    rest = text[: match.start()].lstrip("(（")
    names = _names(_SAYS.role.sub(" ", rest))
    return bool(names) and (bool(_SAYS.role.search(rest)) or all(is_likely_name(name) for name in names))


def ends_with_credit(line: str) -> bool:
    """Tell whether a line ends with the credit of a picture, whatever stands before it."""
    return bool(_credit_names(line.strip()))


def _paragraph_names(paragraph: str) -> list[str]:
    """The names the bylines of one paragraph give."""
    if is_byline(paragraph):
        return _names(_SAYS.role.sub(" ", re.sub(_BOX, " ", paragraph)))
    names: list[str] = []
    if (signed := _SIGNED.search(paragraph)) and _SAYS.role.search(signed[1]) and is_byline(signed[1]):
        return _paragraph_names(signed[1])
    if opening := _SAYS.opening.match(paragraph):
        names = _opening_names(paragraph[opening.end() :])
    elif named := _SAYS.named_opening.match(paragraph):
        names = _opening_names(paragraph[named.end("wire") :])
    elif _SAYS.reported.match(paragraph):
        names = _opening_names(paragraph)
    return names + _credit_names(paragraph)


def _opening_names(rest: str) -> list[str]:
    """The names behind a dateline: in a bracket, or bare with their roles."""
    bracket = _BRACKETED.match(rest)
    if bracket and _SAYS.role.search(bracket["names"]):
        return _names(_SAYS.role.sub(" ", bracket["names"]))
    names: list[str] = []
    rest = re.sub(r"^[】\]〕)）]?\s*", "", rest)
    while role := _SAYS.role.match(rest):
        run = re.match(
            rf"\s*((?:[{_CJK}·]{{2,4}}[\s、]+)*?)([{_CJK}·]{{2,4}}?)(?=[报報]道|[\s:：、,，]|$|{_ROLE})",
            rest[role.end() :],
        )
        if not run:
            break
        names += _names(run.group())
        rest = rest[role.end() + run.end() :].lstrip(" \u3000、,，")
        rest, more = _bare_names(rest)
        names += more
    return names


def _bare_names(rest: str) -> tuple[str, list[str]]:
    """Further names before 报道 or the next role, and what follows them; none where the report itself begins."""
    match = re.match(rf"((?:[{_CJK}·]{{2,4}}[\s、]+)*[{_CJK}·]{{2,4}}?)(?=\s*(?:[报報]道|{_ROLE}))", rest)
    names = _names(match.group()) if match else []
    if match and names and all(is_likely_name(name) for name in names):
        return rest[match.end() :].lstrip(" \u3000、,，"), names
    return rest, []


def _credit_names(paragraph: str) -> list[str]:
    """The names in the credit that ends a caption: after the last full stop, roles or names alone."""
    match = _CREDIT_END.search(paragraph, max(0, len(paragraph) - LONGEST_CREDIT))
    if not match:
        return []
    near = paragraph[max(0, match.start() - MOST_CREDITED) : match.start()]
    tail = re.split(r"[。！？!?；;”\"]", near)[-1].strip().lstrip("(（")
    roles = _SAYS.role.search(tail)
    names = _names(_SAYS.role.sub(" ", tail[roles.start() :] if roles else tail))
    if roles or all(is_likely_name(name) for name in names):
        return names
    return []


def _names(text: str) -> list[str]:
    """The names in what is left when the roles are gone; nothing if anything else stands there."""
    text = text.strip(" \u3000、,，:：/／")
    if not text:
        return []
    tokens = [token for token in re.split(r"[\s、,，/／]+", text) if token]
    names: list[str] = []
    while tokens:
        name = tokens.pop(0)
        if len(name) == 1 and tokens and len(tokens[0]) == 1:  # 甲 乙: a name of two characters, spaced to three
            name += tokens.pop(0)
        if not re.fullmatch(rf"[{_CJK}]{{2,4}}|[{_CJK}]{{1,8}}[·•][{_CJK}·•]{{1,10}}", name):
            return []
        names.append(name)
    return names


def is_likely_name(name: str) -> bool:
    """Tell whether a word without a role beside it looks like a person's name."""
    if "·" in name:
        return True
    plain = to_simplified(name)
    return plain.startswith(_DOUBLE_SURNAMES) or (len(name) <= 3 and plain[0] in _SURNAMES)


_MASTHEAD = read_words("masthead")
_PLAIN = [(re.compile(pattern), put) for pattern, put in _MASTHEAD["plain"]]
_LONGEST_FOLIO = 160  # characters; what stands behind them in one line is not looked at
_LONGEST_NAME = 8  # characters of the name of a page
_VALUES = frozenset(("name", "day", "undated", "weekday", "page"))
_BESIDE = frozenset(("section", "support", "imprint", "links", "address", "calendar", "weather", "pages"))


class MarkedLine(NamedTuple):
    """A line and what it is made of: kind and text of each mark; the gaps between them are left out."""

    text: str
    marks: tuple[tuple[str, str], ...]

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of its marks."""
        return frozenset(kind for kind, _ in self.marks)

    def told(self, kind: str) -> list[str]:
        """The texts of its marks of a kind."""
        return [text for each, text in self.marks if each == kind]

    @property
    def is_marks(self) -> bool:
        """Whether it is made of marks alone, with words beside them or by themselves that may be the name of a page."""
        length, others = sum(map(len, self.told("word"))), len(self.kinds - {"word", "latin"})
        return length <= _LONGEST_NAME * max(others, 1) and not self.kinds & {"other", "no_mark"}

    @property
    def is_folio(self) -> bool:
        """Whether it belongs to masthead or folio wherever it stands: an article has no line of such marks alone."""
        is_told = self.kinds & {"day", "page", "stamp"} or {"number", "section"} <= self.kinds
        return self.is_marks and bool(is_told or ("name" in self.kinds and len(self.kinds - {"word", "latin"}) > 1))

    @property
    def names(self) -> list[str]:
        """The words that may be the name of a page: none beside another, of links, or behind who made the page."""
        marks = iter(() if "other" in self.kinds else self.marks)
        if "links" in self.kinds:
            marks = dropwhile(lambda mark: mark[0] != "page", marks)
        before = takewhile(lambda mark: mark[0] not in {"support", "imprint", "unknown", "links"}, marks)
        runs = (list(run) for is_word, run in groupby(before, lambda mark: mark[0] in {"section", "word"}) if is_word)
        return [run[0][1] for run in runs if len(run) == 1 and 2 <= len(run[0][1]) <= _LONGEST_NAME]

    @property
    def weight(self) -> int:
        """How sure it is of a masthead: 4 a value, 3 what stands beside one, 2 a number as 04 or A4, 1 another."""
        if self.kinds & (_VALUES | _BESIDE):
            return 4 if self.kinds & _VALUES else 3
        return max((1 + (text[0] not in "123456789") for text in self.told("number")), default=0)


@cache
def _marks() -> re.Pattern[str]:
    """What stands in masthead and folio lines, a group for each kind."""
    return re.compile(in_both_scripts(fill(groups(_MASTHEAD["marks"]), _MASTHEAD["parts"])))


def mark_lines(texts: Iterable[str]) -> list[MarkedLine]:
    """Lines with plain width and single spaces, letters that were set apart joined, and days torn over lines whole."""
    whole = "\n".join(unicodedata.normalize("NFKC", text.strip()[:_LONGEST_FOLIO]) for text in texts)
    for pattern, put in _PLAIN:
        whole = pattern.sub(put, whole)
    found = ((text, _marks().finditer(text)) for text in whole.split("\n"))
    return [
        MarkedLine(text, tuple((str(m.lastgroup), m[0]) for m in marks if m.lastgroup != "gap"))
        for text, marks in found
    ]


def page_number(mark: str) -> int | None:
    """The number of a page: A03 and P3 are page 3; B03 is not."""
    found = re.search("([A-Z]?)叠? ?([0-9]+|[一二三四五六七八九十]+)", mark)
    return int(read_number(found[2]).value or 0) or None if found and found[1] in ("", "A", "P") else None


ANCHOR_LENGTH = 40  # characters of the body that name an article without a headline
LONGEST_SUBHEAD = 22  # characters; subheads of features have 6 to 20
WRAP_SLACK = 5  # characters; an indent takes two, a mark that may not end or begin a line two more
WIDEST_COLUMN = 48  # characters; lines as long as that are set across two columns, longer ones are paragraphs
LONGEST_PARAGRAPH = 4_000  # characters; quotes of one form are counted in no more
LONGEST_QUOTE = 300  # characters; a quotation open for longer has lost its end

_HASHES = re.compile(r"#{1,6}(?:\s+|(?=[^\s#\w]))")
_DROPPED = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_CLOSERS = "”’」』）》〉】〕]\"')"
_ENDS = "。！？!?…"
_SOFT_ENDS = "：:；;—"
_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "（": "）", "《": "》", "【": "】", "(": ")"}
# What no title ends or begins with: a comma, a particle that wants more; a date, an adverbial up to its comma.
_NO_TITLE = re.compile(
    r"[，,、的和与在把被向为于及将对从并而由是]$|^[\d\uff10-\uff19]+\s*月|^(?:日前|近日|据悉|目前|截至|今年|近年)"
    r"|^[^，,]{2,12}[中后前来时下里][，,]"
)
_SPACED = re.compile(r"\S(?:[ \u3000]\S){3,}")
_LATIN = re.compile(r"[A-Za-z]")


class _Role(Enum):
    """What a line is in its article."""

    KICKER = auto()
    HEADLINE = auto()
    SUBHEAD = auto()
    SIGN = auto()
    BODY = auto()


class _Line(NamedTuple):
    """A line of an article: number and column of its first character kept, the text kept, its role, its place."""

    number: int
    column: int
    text: str
    role: _Role
    place: LinePlace | None = None


def make_article(  # noqa: PLR0913 - one argument for each thing a split knows of an article
    page: Page,
    *,
    kind: ArticleKind,
    lines: Sequence[LineRange],
    headline_lines: Collection[int],
    kicker_lines: Collection[int],
    subhead_lines: Collection[int] = (),
    seam: int | None = None,
) -> Article:
    """Make the article that stands in these lines of the page.

    Shape: `lines` in reading order, the headline's among them; without `subhead_lines` subheads are guessed. Lines
    beyond `seam` are those of another page, put behind the first. Call `assign_ids` on all articles of a page to tell
    apart two that begin alike.
    """
    roles = dict.fromkeys(subhead_lines, _Role.SUBHEAD)
    roles |= dict.fromkeys(kicker_lines, _Role.KICKER) | dict.fromkeys(headline_lines, _Role.HEADLINE)
    own = _article_lines(page, lines, roles)
    if not subhead_lines:
        own = _with_guessed_subheads(own, seam or len(page.lines))
    text, pieces = _join(own)
    headline = _title([line.text for line in own if line.role is _Role.HEADLINE])
    return Article(
        article_id=_article_id(headline, own),
        page_id=page.page_id,
        kind=kind,
        headline=headline,
        kicker=_title([line.text for line in own if line.role is _Role.KICKER]),
        lines=tuple(LineRange(*each) for each in lines),
        headline_lines=tuple(headline_lines),
        kicker_lines=tuple(kicker_lines),
        subhead_lines=tuple(subhead_lines),
        text=text,
        pieces=pieces,
        sentences=split_sentences(text),
    )


def assign_ids(
    articles: Iterable[Article], known: Mapping[int, str] = MappingProxyType({}), taken: Iterable[str] = ()
) -> tuple[Article, ...]:
    """Number the articles of a page that share an id: the second gets `-2`, the third `-3`.

    Shape: one whose id is `known`, by its number from 0, has that; no other has it, or one that is `taken`.
    """
    used, free = {*known.values(), *taken}, dict[str, Iterator[str]]()
    named = []
    for number, article in enumerate(articles):
        names = free.setdefault(base := base_id(article.article_id), _numbered(base))
        new_id = known.get(number) or next(name for name in names if name not in used)
        named.append(article.model_copy(update={"article_id": new_id}))
    return tuple(named)


def _numbered(base: str) -> Iterator[str]:
    """The ids of articles with one headline, without end."""
    yield base
    yield from (f"{base}-{number}" for number in count(2))


def base_id(article_id: str) -> str:
    """The part of an id that articles with the same headline share."""
    return article_id.split("-", maxsplit=1)[0]


def boxes_of(article: Article, span: Span, *, onward: bool = False) -> tuple[PixelBox, ...]:
    """Where words of an article stand on the picture of its page: one box for each line, in reading order.

    Shape: the part of a line's box that the words cover, by their share of its printed width; none without a picture.
    With `onward`, on the picture of the page where the article goes on.
    """
    boxes: dict[int, PixelBox] = {}
    for piece in article.pieces_of(span, onward=onward):
        if piece.place is None:
            continue
        start, end = max(span.start, piece.start), min(span.end, piece.start + piece.length)
        if start < end:
            run = article.text[piece.start : piece.start + piece.length]
            part = _part(piece.place, run, start - piece.start, end - piece.start)
            left, top, right, bottom = (round(edge, 3) for edge in part.box)
            known = boxes.get(piece.line) or PixelBox(sys.maxsize, sys.maxsize, 0, 0)
            boxes[piece.line] = PixelBox(
                max(min(known.left, floor(left)), 0),
                max(min(known.top, floor(top)), 0),
                max(known.right, ceil(right)),
                max(known.bottom, ceil(bottom)),
            )
    return tuple(boxes.values())


def _part(place: LinePlace, line: str, start: int, end: int) -> LinePlace:
    """The place of `line[start:end]`, measured along the writing direction by printed width."""
    whole = width(line) or 1
    first, last = width(line[:start]) / whole, width(line[:end]) / whole
    left, top, right, bottom = place.box
    if place.vertical:
        return place._replace(box=Box(left, top + first * (bottom - top), right, top + last * (bottom - top)))
    return place._replace(box=Box(left + first * (right - left), top, left + last * (right - left), bottom))


def joins(paragraph: str, following: str, *, is_full: bool = False) -> bool:
    """Tell whether a line goes on where the paragraph before it stops, as after a hard wrap or at a column's foot.

    Shape: `is_full` says that the last line of the paragraph reaches the edge of its column, so that a colon or a dash
    at its end may be there by chance.
    """
    if stands_alone(following):
        return False
    if has_open_quote(paragraph) and not (following[:1] in _PAIRS and is_closed(paragraph)):
        return True
    return not is_closed(paragraph, is_full=is_full)


def is_closed(text: str, *, is_full: bool = False) -> bool:
    """Tell whether a text ends where a paragraph can end: with a full stop or the like, closing marks passed over."""
    bare = text.rstrip().rstrip(_CLOSERS)
    return not bare or bare[-1] in _ENDS or (not is_full and text.rstrip()[-1] in _SOFT_ENDS)


def has_open_quote(text: str) -> bool:
    """Tell whether a quotation or bracket near the end of a text is still open."""
    tail = text[-LONGEST_QUOTE:]
    if any(tail.count(opening) > tail.count(closing) for opening, closing in _PAIRS.items()):
        return True
    return text[-LONGEST_PARAGRAPH:].count('"') % 2 == 1


@lru_cache(maxsize=256)  # a line is asked for itself, as a title, and where it joins the line before it
def stands_alone(line: str) -> bool:
    """Tell whether a line is a paragraph of its own or opens one: byline, credit, jump, opening or closing dateline."""
    return is_byline(line) or is_credit(line) or is_jump(line) or is_closing_dateline(line) or opens_with_dateline(line)


def bare_line(raw: str) -> tuple[int, str]:
    """Strip a page line of outer white space and Markdown hashes; give the offset of what is left, and what is left."""
    start = len(raw) - len(raw.lstrip())
    hashes = _HASHES.match(raw, start)
    if hashes:
        start = hashes.end()
    return start, raw[start:].rstrip()


@lru_cache(maxsize=4096)  # each line of a page is measured against each column around it
def width(text: str) -> float:
    """Measure a line in CJK characters; a Latin letter or digit is half of one."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5 for char in text)


def column_width(texts: Sequence[str], *, most_overflowing: float = 0.1) -> float | None:
    """Measure the column that hard-wrapped lines were set in; None where lines are whole paragraphs."""
    widths = [width(text) for text in texts]
    if len(widths) < 4:
        return None
    known = Counter(widths)
    column = max(
        {ceil(each) for each in known},
        key=lambda edge: (sum(count for each, count in known.items() if -1.5 <= each - edge <= 0), edge),
    )
    overflowing = sum(each > column + 2 for each in widths)
    filling = sum(column - WRAP_SLACK <= each <= column + 2 for each in widths)
    is_wrapped = (
        column <= WIDEST_COLUMN and filling >= 0.6 * len(widths) and overflowing <= most_overflowing * len(widths)
    )
    return float(column) if is_wrapped else None


def _article_lines(page: Page, lines: Sequence[LineRange], roles: dict[int, _Role]) -> list[_Line]:
    """The lines of an article that hold text, in reading order."""
    own: list[_Line] = []
    places = page.layout.places if page.layout else (None,) * len(page.lines)
    for first, last in lines:
        for number in range(first, last + 1):
            start, text = bare_line(page.lines[number - 1])
            if _DROPPED.sub("", text).strip():
                is_sign = stands_alone(text) and not opens_with_dateline(text)
                role = _Role.SIGN if is_sign or _ends_name(own, text) else _Role.BODY
                own.append(_Line(number, start + 1, text, roles.get(number, role), places[number - 1]))
    return own


def _ends_name(own: Sequence[_Line], text: str) -> bool:
    """Whether a line is the last character of a name that did not fit into the byline before it."""
    return bool(own) and is_byline(own[-1].text) and bool(re.fullmatch(r"[\u3400-\u9fff]{1,2}", text))


def _with_guessed_subheads(own: list[_Line], seam: int) -> list[_Line]:
    """The lines, with those made subheads that look and stand like one.

    A subhead is short, closes no sentence, stands between a closed paragraph and one that begins, and is no title; nor
    is it the line that a jump to another page breaks off.
    """
    column = column_width([line.text for line in own if line.role is _Role.BODY])
    guessed = own[:1]
    for line, after in zip(own[1:], [*own[2:], None], strict=False):
        before = guessed[-1]
        stands_between = line.role is _Role.BODY and after is not None and after.role is _Role.BODY
        stands_between &= after is None or (before.number > seam) == (after.number > seam)
        follows_end = is_closed(before.text) if before.role is _Role.BODY else before.role is not _Role.SUBHEAD
        if stands_between and follows_end and looks_like_title(line.text, column):
            guessed.append(line._replace(role=_Role.SUBHEAD))
        elif before.role is _Role.SUBHEAD and column and width(line.text) < column / 2 and not is_closed(line.text):
            guessed.append(line._replace(role=_Role.SUBHEAD))  # the rest of a subhead set in two lines
        else:
            guessed.append(line)
    return guessed


def looks_like_title(text: str, column: float | None) -> bool:
    """Tell whether a line could be a title by its looks: short, no stop at its end, quotes and brackets closed.

    Shape: in a hard-wrapped `column` the first line of a paragraph is as short as many a title, by its indent; there a
    title must be shorter still, or fall into two like halves.
    """
    size = width(text)
    if (
        size > LONGEST_SUBHEAD
        or stands_alone(text)
        or is_closed(text)
        or has_open_quote(text)
        or "。" in text
        or _NO_TITLE.search(text)
    ):
        return False
    return column is None or size <= column - WRAP_SLACK or _has_two_halves(text)


def _has_two_halves(text: str) -> bool:
    """Whether one comma cuts a line into halves of nearly equal length, as in the titles of features."""
    halves = [width(half) for half in re.split(r"[，,]", re.sub(r"[“”‘’\"']", "", text))]
    return len(halves) == 2 and min(halves) >= 4 and max(halves) - min(halves) <= 1.5


def _join(own: Sequence[_Line]) -> tuple[str, tuple[TextPiece, ...]]:
    """The text of an article and its map to the page."""
    column = column_width([line.text for line in own if line.role is _Role.BODY])
    text = paragraph = ""
    pieces: list[TextPiece] = []
    for before, line in zip([None, *own], own, strict=False):
        joint = _joint(paragraph, before, line, column=column) if before else ""
        paragraph = "" if joint == "\n" else paragraph + joint
        text += joint
        for column_number, run in _kept_runs(line):
            first = column_number - line.column
            place = _part(line.place, line.text, first, first + len(run)) if line.place else None
            pieces.append(TextPiece(len(text), len(run), line.number, column_number, place))
            text += run
            paragraph += run
    return text, tuple(pieces)


def _joint(paragraph: str, before: _Line, line: _Line, *, column: float | None) -> str:
    """What stands between two lines in the text: nothing, a space, or a line feed."""
    if before.role is _Role.BODY and line.role is _Role.BODY:
        if is_row_of_figures(before.text) or is_row_of_figures(line.text):
            return "\n"
        is_full = column is not None and width(before.text) >= column - 1.5
        goes_on = joins(paragraph, line.text, is_full=is_full)
        return _seam(paragraph, line.text) if goes_on else "\n"
    if line.role is _Role.SIGN and _ends_name([before], line.text):
        return ""
    if before.role is line.role and line.role is not _Role.SIGN:
        return "" if has_open_quote(paragraph) or line.role is _Role.SUBHEAD else " "
    return "\n"


def is_row_of_figures(line: str) -> bool:
    """Tell whether a line is a row of a table that ends with a figure, which goes on with nothing below.

    Shape: three cells or more, set apart by wide gaps, or with a figure in each of the last two; no sentence.
    """
    cells = line.split()
    is_set_apart = len(_WIDE_GAP.split(line.strip())) > 2 or (len(cells) > 2 and bool(_FIGURE.fullmatch(cells[-2])))
    return is_set_apart and bool(_FIGURE.fullmatch(cells[-1])) and not _SENTENCE_MARK.search(line)


def _seam(before: str, after: str) -> str:
    """A space between two Latin words, else nothing."""
    word = before.rstrip(",.;:!?)")
    return " " if word and _LATIN.match(word[-1]) and _LATIN.match(after[0]) else ""


def _kept_runs(line: _Line) -> Iterable[tuple[int, str]]:
    """The stretches of a line between characters that print nothing, each with its column."""
    start = 0
    for match in [*_DROPPED.finditer(line.text), None]:
        end = match.start() if match else len(line.text)
        if end > start:
            yield line.column + start, line.text[start:end]
        start = match.end() if match else end


def _title(texts: Sequence[str]) -> str | None:
    """One title of its lines, spaces between single letters closed up."""
    title = ""
    for text in texts:
        clean = _DROPPED.sub("", text)
        title += clean if not title or has_open_quote(title) else " " + clean
    if _SPACED.search(title):
        title = re.sub(r"(?<=[^\x00-\x7f])[ \u3000]+(?=[^\x00-\x7f])", "", title) if is_spaced(title) else title
    return title or None


def is_spaced(title: str) -> bool:
    """Tell whether a title is set with spaces between its letters: most words of it are single characters."""
    words = title.split()
    return len(words) > 3 and sum(len(word) == 1 for word in words) > 0.6 * len(words)


def _article_id(headline: str | None, own: Sequence[_Line]) -> str:
    """`a` and eight digits of the hash of the headline, else of the beginning of the body."""
    body = "".join(line.text for line in own if line.role is _Role.BODY) or "".join(line.text for line in own)
    anchor = _folded(headline or "") or _folded(body)[:ANCHOR_LENGTH]
    return "a" + hashlib.sha256(anchor.encode()).hexdigest()[:8]


def _folded(text: str) -> str:
    """Letters and digits alone, width and case evened out; kept apart from `text.fold`, for ids must outlive it."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()
