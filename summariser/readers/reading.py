"""What a reader returns of a page: its lines as the file has them, and which newspaper page it is.

Lines have their boxes where the file has any. Newspaper, issue date and page number are read by code from what is
printed or named. Every fact says where it was read (`SourceOrigin`); where two places differ, the more trusted one
wins. What no place tells is None: nothing is guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from io import StringIO
from itertools import takewhile
from math import sqrt
from pathlib import Path, PurePath
from typing import NamedTuple, TypeVar

from summariser.errors import InputError
from summariser.numbers.numerals import read_number
from summariser.pages.article import MarkedLine, mark_lines, page_number
from summariser.schema.page import Box, PageSource, SourceOrigin

_T = TypeVar("_T")
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
MOST_PAGES = 999  # of an issue
_FIELDS = tuple(name for name in PageSource.model_fields if name != "origins")
_RANK = {origin: rank for rank, origin in enumerate(SourceOrigin)}
_PACKED_DAY = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})(?:[-_/.]?([01][0-9])[-_/.]?([0-3][0-9])|年([0-9]{1,2})月([0-9]{1,2})日)(?![0-9])"
)
_PATH_PAGE = re.compile(r"第([0-9]{1,3})版|(?<![0-9])([0-9]{1,2})版|版面[-_]?([0-9]{1,3})")
_DATED_PAGE = re.compile(  # `page-017` alone counts files; beside a day it counts the pages of that day's paper
    r"(?<![0-9A-Za-z])(?:p|page|node)[-_]?0*([0-9]{1,3})(?![0-9])|^[-_ /]([0-9]{2})(?![0-9])",
    re.IGNORECASE,
)
_DIGITS = str.maketrans("〇○O零一二三四五六七八九", "0000123456789")
_NUMERAL = re.compile("[0-9]+|[〇○O零一二三四五六七八九十]+")
_LEAD_LINES, _LAST_LINES = 8, 4  # of a plain text, in which masthead and folio lines stand
_EVIDENCE = frozenset(("name", "day", "undated", "weekday", "number", "pages", "section", "support"))
_ENOUGH = 3  # kinds of evidence: a diary has a day and a weekday, an article may begin with a name and a day


def _marked(texts: Iterable[str]) -> list[MarkedLine]:
    """Lines as the marks they are made of, without those that lead to several pages."""
    return [line for line in mark_lines(texts) if len({*map(page_number, line.told("page"))}) < 2]


def folio_lines(lines: Sequence[str]) -> list[str]:
    """The lines of a plain text that are masthead or folio: made of marks alone, a name, a day, a page, an imprint.

    Shape: neighbours at the top or at the foot that bear each other out; of a web page the newspaper that it names as
    its source beside the time of publication; empty if there is neither, since an article may begin with a day too.
    """
    filled = [line for line in lines if line.strip()]
    lead, last = _marked(filled[:_LEAD_LINES]), _marked(filled[-_LAST_LINES:])
    found = [*_masthead(lead), *reversed(_masthead(last[::-1], is_foot=True))]
    told = [line for line in lead if line.is_marks]
    if not found and any("stamp" in line.kinds for line in told):
        return [text.split(":")[1] for line in told for text in line.told("source")]
    return found


def _masthead(lines: Sequence[MarkedLine], *, is_foot: bool = False) -> list[str]:
    """The masthead among lines, the first of which stands at the edge of the page; empty if they do not bear it out.

    Shape: up to the last line that stands by itself; of words only those outside of a value, a bare number next to one.
    """
    run = list(takewhile(lambda line: line.is_marks, lines))
    while run and run[-1].weight < 2:
        run.pop()
    inner = max((place for place, line in enumerate(run) if line.weight == 4), default=-1)
    run = [line for place, line in enumerate(run) if place < inner or line.weight > (0 if place == inner + 1 else 2)]
    kinds = {kind for line in run for kind in line.kinds - ({"section"} if "links" in line.kinds else set())}
    evidence = len(kinds & _EVIDENCE) + (2 if "page" in kinds else -sum(line.kinds == {"word"} for line in run))
    return [line.text for line in run] if evidence >= _ENOUGH and (not is_foot or kinds & {"page", "number"}) else []


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
    """What masthead, folio line or breadcrumb say, and the address among them if it has the day of the issue.

    Shape: `texts` are lines that stand apart from the articles; two names, days or page numbers that differ tell
    nothing, but a day with its weekday goes before one without. A bare number counts where a day or an imprint stands,
    or in the line of the newspaper's name.
    """
    lines = [line for line in _marked(texts) if "no_mark" not in line.kinds]
    marks = [(kind, text, line) for line in lines for kind, text in line.marks if kind != "latin"]
    kinds = {kind for kind, _, _ in marks}
    places = [place for place, (kind, _, _) in enumerate(marks) if kind == "page"]
    if not places:
        beside = set[str]() if kinds & {"day", "undated", "support"} else {"name"}  # what its line has to have as well
        bare = ((place, line) for place, (kind, _, line) in enumerate(marks) if kind == "number" and line.is_marks)
        places = [place for place, line in bare if beside <= line.kinds]
    numbers, days = {page_number(marks[place][1]) for place in places}, _days(lines)
    near = sorted(
        (marks[place][2] is not line, step < 0, text)
        for place in places
        for step in (1, -1)
        for _, text, line in marks[max(place + step, 0) :][:1]
        if text in line.names
    )
    usual = {text for line in lines for text in line.names if text in line.told("section")}
    named = {text for line in lines if "name" in line.kinds for text in line.names}
    printed = make_source(
        origin,
        newspaper=_only({text for kind, text, _ in marks if kind == "name"}),
        issue_date=_only(days),
        page_no=_only(numbers),
        page_name=near[0][2] if near and len(numbers) == 1 else _only(usual or named) if days or numbers else None,
    )
    addresses = (text for kind, text, _ in marks if kind == "address" and _PACKED_DAY.search(text))
    return merge([printed, *map(read_address, addresses)])


def _only(values: Collection[_T]) -> _T | None:
    """The one of values that do not differ."""
    return next(iter(values)) if len(values) == 1 else None


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
    return all(_newspaper(word) or re.fullmatch(r"(?:p|page|node)?[0-9]{1,3}", word, re.IGNORECASE) for word in words)


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
        newspaper=None if url else _newspaper(_PATH_PAGE.sub(" ", _PACKED_DAY.sub(" ", name))),
        issue_date=_day(parts) if parts else None,
        page_no=int(next(filter(None, page.groups()))) if page else None,
        url=url,
    )


def _days(lines: Sequence[MarkedLine]) -> set[str]:
    """The days in lines, as ISO dates; if one has its weekday beside it, no others."""
    named = [line for line in lines if {"day", "weekday"} <= line.kinds] or lines
    return {day for line in named for text in line.told("day") if (day := _day(_NUMERAL.findall(text)))}


def _day(parts: Sequence[str]) -> str | None:
    """Year, month and day as an ISO date; None for one that no calendar has."""
    numbers = (read_number(part).value for part in (parts[0].translate(_DIGITS), *parts[1:]))
    try:
        year, month, day = (int(number or 0) for number in numbers)
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _newspaper(text: str) -> str | None:
    """The name of a newspaper that stands by itself among words."""
    return _only({name for line in _marked([text]) for name in line.told("name")})
