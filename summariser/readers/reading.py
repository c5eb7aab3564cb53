"""What a reader returns of a page: its lines as the file has them, and which newspaper page it is.

Lines have their boxes where the file has any. Newspaper, issue date and page number are read by code from what is
printed or named. Every fact says where it was read (`SourceOrigin`); where two places differ, the more trusted one
wins. What no place tells is None: nothing is guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from io import StringIO
from math import sqrt
from pathlib import Path, PurePath
from typing import NamedTuple

from summariser.errors import InputError
from summariser.numbers.numerals import read_number
from summariser.schema.page import Box, PageSource, SourceOrigin

MAX_PIXELS = 60_000_000  # a broadsheet at 300 dpi has some 40 million; decoded, 60 million are 180 MB


class ReadLine(NamedTuple):
    """One line, or one block where the file knows blocks only.

    Shape: `corrected` is what a person put in the place of `text`; None: nobody did.
    Units: as `LinePlace`; `letter_height` None: it is to be reckoned from the box.
    """

    text: str
    box: Box | None = None
    score: float | None = None
    letter_height: float | None = None
    vertical: bool = False
    corrected: str | None = None


class Reading(NamedTuple):
    """One page as a file gives it.

    Shape: `lines` in the order of the file. Where the file holds one article, `titles` says how many of its first lines
    are kicker and headline.
    Units: pixels of a picture of `width` x `height`; both 0 where no line has a box.
    """

    lines: tuple[ReadLine, ...]
    reader: str
    width: float = 0
    height: float = 0
    rules: tuple[Box, ...] = ()
    pictures: tuple[Box, ...] = ()
    image: str | None = None
    source: PageSource = PageSource()
    number: int = 1
    titles: tuple[int, int] | None = None
    dpi: int | None = None


def bounds(points: Iterable[Sequence[float]]) -> Box:
    """The box round a polygon."""
    xs, ys = zip(*((float(point[0]), float(point[1])) for point in points), strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def letter_height(line: ReadLine) -> float:
    """How high the letters of a line are, in pixels; of a block, from its area and its number of letters."""
    if line.letter_height is not None or line.box is None:
        return line.letter_height or 0.0
    width, height = line.box.right - line.box.left, line.box.bottom - line.box.top
    return min(width if line.vertical else height, sqrt(max(width * height, 0) / max(len(line.text), 1)))


def cut_lines(line: ReadLine) -> list[ReadLine]:
    """A block as its lines, where its words have line ends; its box is shared out among them."""
    texts = [text.strip() for text in line.text.split("\n") if text.strip()]
    if len(texts) < 2 or line.box is None:
        return [line._replace(text=text) for text in texts]
    step = (line.box.bottom - line.box.top) / len(texts)
    tops = [line.box.top + place * step for place in range(len(texts))]
    return [
        line._replace(text=text, box=line.box._replace(top=top, bottom=top + step))
        for text, top in zip(texts, tops, strict=True)
    ]


SIDECAR = "sources.csv"
_FIELDS = tuple(name for name in PageSource.model_fields if name != "origins")
_RANK = {origin: rank for rank, origin in enumerate(SourceOrigin)}
_DIGITS = str.maketrans("〇○Ｏ零一二三四五六七八九０１２３４５６７８９", "0000" + "123456789" + "0123456789")
_DAY = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})\s*(?:年|[./-])\s*([0-9]{1,2})\s*(?:月|[./-])\s*([0-9]{1,2})(?![0-9])")
_CHINESE_DAY = re.compile(
    r"([一二][九〇○Ｏ零][〇○Ｏ零一二三四五六七八九]{2})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
_PACKED_DAY = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})(?:[-_/.]?([01][0-9])[-_/.]?([0-3][0-9])|年([0-9]{1,2})月([0-9]{1,2})日)(?![0-9])"
)
_PAGE_NO = re.compile(  # A03 is page 3, B03 is not
    r"第\s*([0-9]{1,3}|[一二三四五六七八九十]{1,3})\s*版|(?<![0-9A-Z])A?([0-9]{1,2})\s*版|^\s*A?(0[1-9])\s*$"
)
_BARE_NUMBER = re.compile("A?0?([1-9][0-9]?)")
_NAME = re.compile("[一-鿿·]{2,7}")
_OTHER_PAGES = re.compile(  # how many pages there are, and what leads to others
    r"(?:(?:今日|今天|本期|本报)\s*[共出]?|[共出])\s*[0-9一二三四五六七八九十]{1,3}\s*[个块]?版|"
    r"首页|(?:版面|标题)导航|版面概览|往期回顾|[上下]一[版期篇]|返回目录|(?:放大|缩小)[+＋－-]?"
)
_NAMED_PAGE = re.compile(  # 第4版 投稿邮箱：... names no page
    r"第?\s*[A-Z]?[0-9一二三四五六七八九十]{1,3}\s*版\s*[:：]?\s*([一-鿿·]{2,8})(?![一-鿿·]*\s*[:：])"
)
_JUMP = re.compile(r"[上下][接转]|详见|见第")
_PATH_PAGE = re.compile(r"第([0-9]{1,3})版|(?<![0-9])([0-9]{1,2})版|版面[-_]?([0-9]{1,3})")
_DATED_PAGE = re.compile(  # `page-017` alone counts files; beside a day it counts the pages of that day's paper
    r"(?<![0-9A-Za-z])(?:p|page|node)[-_]?0*([0-9]{1,3})(?![0-9])|^[-_ /]([0-9]{2})(?![0-9])",
    re.IGNORECASE,
)
_PAPER = re.compile(r"[一-鿿]{2,10}[报報]")
_NOT_A_PAPER = re.compile(
    r"(?:[海简簡板墙牆情上申举舉通年月本喜捷预預画畫警播填呈虚虛谎謊瞒瞞]|[电電]子|[数數]字|(?<!文)[汇匯彙])[报報]$"
)
_WEEKDAY = re.compile(r"(?:星期|[周週])[一二三四五六日天]")
_FURNITURE = re.compile(  # what else stands beside the name of a newspaper
    r"国内统一(?:连续)?(?:出版物|刊)号.*|(?:邮发|国外)代号.*|CN\s*[0-9-]+|第?[0-9]+期|总第[0-9]+期|农历.*|"
    r"(?:责任|本版|执行)?(?:编辑|责编|校[对读]|美编|版式|主编|组版|编审)\s*[:：/／]?\s*"
    r"(?:[一-鿿]{2,4}|[一-鿿][ 　]+[一-鿿]{1,2})|新闻热线.*|"
    r"[甲乙丙丁戊己庚辛壬癸].年.*|电话[:：]?[0-9-]+|(?:E-?mail|邮箱|网址|http|www).*|"
    r"(?:\b[A-Z]{2,}\s+){1,5}BAO\b",  # its name in pinyin
    re.IGNORECASE,
)
_SECTION_WORDS = re.compile(r"编辑|校对|版式|电话|社址|邮编|广告|热线|http|www|[0-9]")
_LEAD_LINES, _LAST_LINES = 8, 4  # of a plain text, in which masthead and folio lines stand
_LONGEST_FOLIO = 120  # characters
_LEFT_OVER = 6  # characters of a folio line, for each thing that it tells, that say nothing of these: the section


def folio_lines(lines: Sequence[str]) -> list[str]:
    """The lines of a plain text that are masthead or folio: by itself each is a name, a day, a page number.

    Shape: from the first and last lines with text; empty if none of them names a page or a day with its weekday, since
    an article may begin with a name or a day too.
    """
    filled = [line.strip() for line in lines if line.strip()]
    edge = dict.fromkeys([*filled[:_LEAD_LINES], *filled[-_LAST_LINES:]])
    found = [line for line in edge if _is_folio(line)]
    is_sure = any(_PAGE_NO.search(line) or (_DAY.search(line) and _WEEKDAY.search(line)) for line in found)
    return found if is_sure else []


def _is_folio(line: str) -> bool:
    if len(line) > _LONGEST_FOLIO or _JUMP.search(line):
        return False
    rest, told = line, 0
    for pattern in (_OTHER_PAGES, _FURNITURE, _DAY, _CHINESE_DAY, _WEEKDAY, _PAGE_NO):
        rest, times = pattern.subn(" ", rest)
        told += bool(times)
    words = [word for word in re.split(r"[\s|·>》—_\-,，:：()（）【】/]+|(?<=[报報])(?=日)|^日", rest) if word]
    unknown = [word for word in words if word != "日" and _newspaper([word]) is None]
    told += len(unknown) < len(words)
    return told > 0 and sum(map(len, unknown)) <= _LEFT_OVER * told and not re.search(r"[。！？；“”]", line)


def merge(sources: Iterable[PageSource]) -> PageSource:
    """One source from several: each field from the most trusted place that tells it."""
    best: dict[str, tuple[int, object, SourceOrigin]] = {}
    for source in sources:
        for name in _FIELDS:
            value, origin = getattr(source, name), source.origins.get(name)
            if value is not None and origin is not None and (name not in best or _RANK[origin] < best[name][0]):
                best[name] = (_RANK[origin], value, origin)
    values = {name: value for name, (_, value, _) in best.items()}
    return PageSource.model_validate({**values, "origins": {name: origin for name, (_, _, origin) in best.items()}})


def make_source(origin: SourceOrigin, **fields: object) -> PageSource:
    """A source whose fields were all read in one place; those that are None or empty are left out."""
    known = {name: value for name, value in fields.items() if value not in {None, ""}}
    return PageSource.model_validate({**known, "origins": dict.fromkeys(known, origin)})


def read_words(texts: Iterable[str], origin: SourceOrigin = SourceOrigin.MASTHEAD) -> PageSource:
    """What masthead, folio line or breadcrumb say.

    Shape: `texts` are lines that stand apart from the articles; two days or two page numbers that differ tell nothing,
    but a day with its weekday goes before one without.
    """
    lines = [_OTHER_PAGES.sub(" ", " ".join(text.split())) for text in texts if not _JUMP.search(text)]
    whole = " ".join(lines)
    days = _days(line for line in lines if _WEEKDAY.search(line)) or _days(lines)
    numbers = {_page_number(found) for line in lines for found in _PAGE_NO.finditer(line)} - {None}
    beside: dict[int | None, str] = {}
    if days and not numbers:  # a dated folio may put the bare number beside the name of the page: 2 工会新闻
        bare = (_WEEKDAY.sub(" ", _DAY.sub(" ", _FURNITURE.sub(" ", line))).replace(" 日", " ") for line in lines)
        beside = dict(filter(None, map(_numbered_name, bare)))
        numbers = set(beside)
    is_one = len(numbers) == 1
    named = _NAMED_PAGE.search(whole) if is_one else None
    is_name = named is not None and not _PAPER.fullmatch(named[1]) and not _WEEKDAY.search(named[1])
    name = named[1] if named and is_name else _section([*lines, *beside.values()]) if is_one or days else None
    return make_source(
        origin,
        newspaper=_newspaper(lines),
        issue_date=min(days) if len(days) == 1 else None,
        page_no=min(filter(None, numbers)) if is_one else None,
        page_name=name,
    )


def _numbered_name(line: str) -> tuple[int | None, str] | None:
    """The number and the name of a page, if a line holds nothing else."""
    match sorted(line.split()):
        case [number, name] if (found := _BARE_NUMBER.fullmatch(number)) and _NAME.fullmatch(name):
            return int(found[1]), name
    return None


def read_address(address: str) -> PageSource:
    """What the address of a digital newspaper says: `/2025-11/14/`, `/20251114/`, `node_3.html`."""
    return _read_name(address, SourceOrigin.ADDRESS, url=address)


def read_path(path: PurePath | str) -> PageSource:
    """What the name of a file and its folders say: `工人日报/2025-11-14/03版.jpg`, `2025-11-14-03.pdf`.

    Shape: only of names that hold nothing else, since a day may also be that of a photograph or a scan.
    """
    place = PurePath(path)
    names = [(place.name.removesuffix("".join(place.suffixes)), SourceOrigin.FILE_NAME)]
    names += [(folder, SourceOrigin.FOLDER_NAME) for folder in reversed(place.parts[:-1])]
    return merge(_read_name(name, origin) for name, origin in names if _is_of_issue(name))


def _is_of_issue(name: str) -> bool:
    """Whether a name holds a day, a page, the name of a newspaper, and nothing else."""
    rest = _PATH_PAGE.sub(" ", _PACKED_DAY.sub(" ", name))
    words = [word for word in re.split(r"[\s_.()（）-]+", rest) if word]
    return all(_newspaper([word]) or re.fullmatch(r"(?:p|page|node)?[0-9]{1,3}", word, re.IGNORECASE) for word in words)


def read_sidecar(data: bytes, *, path: Path) -> dict[str, PageSource]:
    """What a `sources.csv` beside the pages says: file name -> source.

    Shape: a header with `file` and any of the fields of `PageSource`.
    Errors: InputError naming the line and what is wrong there, all of them at once.
    """
    try:
        rows = csv.DictReader(StringIO(data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise InputError("is not in UTF-8", path=path, next_step="Save it as CSV UTF-8") from error
    names = rows.fieldnames or []
    unknown = [name for name in names if name not in {*_FIELDS, "file"}]
    if "file" not in names or unknown:
        what = f"has a column {unknown[0]!r}" if unknown else "has no column 'file'"
        raise InputError(what, path=path, expected=f"Columns: file, {', '.join(_FIELDS)}")
    found: dict[str, PageSource] = {}
    wrong: list[str] = []
    for number, row in enumerate(rows, 2):
        try:
            found[str(row["file"])] = _from_row(row)
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
    if wrong:
        raise InputError("; ".join(wrong), path=path, expected="Dates as 2025-11-14, page numbers as 3")
    return found


def _from_row(row: Mapping[str, str | None]) -> PageSource:
    fields: dict[str, object] = {name: (row.get(name) or "").strip() or None for name in _FIELDS}
    if fields["issue_date"]:
        fields["issue_date"] = date.fromisoformat(str(fields["issue_date"])).isoformat()
    if fields["page_no"]:
        fields["page_no"] = int(str(fields["page_no"]))
    return make_source(SourceOrigin.SIDECAR, **fields)


def _read_name(name: str, origin: SourceOrigin, url: str | None = None) -> PageSource:
    """The day and page number in a name; a number that only follows the day is the page's."""
    day = _PACKED_DAY.search(name)
    page = _PATH_PAGE.search(name) or (_DATED_PAGE.search(name[day.end() :]) if day else None)
    parts = [part for part in day.groups() if part and part[0].isdigit()] if day else []
    return make_source(
        origin,
        newspaper=None if url else _newspaper([_PATH_PAGE.sub(" ", _PACKED_DAY.sub(" ", name))]),
        issue_date=_day(*parts) if parts else None,
        page_no=int(next(filter(None, page.groups()))) if page else None,
        url=url,
    )


def _days(lines: Iterable[str]) -> set[str]:
    """The days in lines, as ISO dates."""
    whole = "\n".join(lines)
    latin = (_day(*found.groups()) for found in _DAY.finditer(whole))
    return {day for day in (*latin, *map(_chinese_day, _CHINESE_DAY.finditer(whole))) if day}


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _chinese_day(found: re.Match[str]) -> str | None:
    """A day in Chinese numerals: 二〇二五年十一月十四日."""
    month, day = (read_number(part).value for part in found.groups()[1:])
    return _day(found[1].translate(_DIGITS), str(int(month or 0)), str(int(day or 0)))


def _page_number(found: re.Match[str]) -> int | None:
    value = read_number(next(filter(None, found.groups()))).value
    return int(value) or None if value is not None else None


def _newspaper(lines: Iterable[str]) -> str | None:
    """The name of a newspaper that stands by itself; the first such name."""
    for line in lines:
        for word in re.split(r"[\s|·>》—_\-,，。:：()（）]+", line):
            bare = word.removesuffix("数字报").removesuffix("电子版").removesuffix("电子报")
            if _PAPER.fullmatch(bare) and not _NOT_A_PAPER.search(bare):
                return bare
    return None


def _section(lines: Iterable[str]) -> str | None:
    """A short word by itself beside the folio: the name of the page."""
    words = (line.strip() for line in lines)
    plain = (word for word in words if re.fullmatch(r"[一-鿿·]{2,6}", word) and _newspaper([word]) is None)
    return next((w for w in plain if not (_SECTION_WORDS.search(w) or _WEEKDAY.search(w) or "版" in w)), None)
