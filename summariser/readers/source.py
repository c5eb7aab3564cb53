"""Which newspaper page a file is: newspaper, issue date, page number, by code from what is printed or named.

Every fact says where it was read (`SourceOrigin`); where two places differ, the more trusted one wins. What no place
tells is None: nothing is guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from datetime import date
from io import StringIO
from pathlib import PurePath

from summariser.errors import InputError
from summariser.numbers.numerals import read_number
from summariser.schema.page import PageSource, SourceOrigin

SIDECAR = "sources.csv"
_FIELDS = tuple(name for name in PageSource.model_fields if name != "origins")
_RANK = {origin: rank for rank, origin in enumerate(SourceOrigin)}
_DAY = re.compile(r"((?:19|20)[0-9]{2})\s*[年./-]\s*([0-9]{1,2})\s*[月./-]\s*([0-9]{1,2})(?![0-9])")
_PACKED_DAY = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})[-_/]?([01][0-9])[-_/]?([0-3][0-9])(?![0-9])")
_PAGE_NO = re.compile(r"第\s*([0-9]{1,3}|[一二三四五六七八九十]{1,3})\s*版|(?<![0-9])([0-9]{1,2})\s*版|([A-Z]?[0-9]{1,2})版")
_NAMED_PAGE = re.compile(r"第?\s*[0-9一二三四五六七八九十]{1,3}\s*版\s*[:：]\s*([^\s<>|·,，]{2,8})")
_PATH_PAGE = re.compile(r"第([0-9]{1,3})版|(?<![0-9])([0-9]{1,2})版|版面[-_]?([0-9]{1,3})")
_DATED_PAGE = re.compile(  # `page-017` alone counts files; beside a day it counts the pages of that day's paper
    r"(?<![0-9A-Za-z])(?:p|page|node)[-_]?0*([0-9]{1,3})(?![0-9])|^[-_ /]0*([0-9]{1,2})(?![0-9])", re.IGNORECASE
)
_PAPER = re.compile(
    r"[一-鿿]{2,9}(?:日报|晚报|早报|时报|工人报|职工报|劳动报|工会报|青年报|农民报|商报|都市报|导报|周报|法治报|法制报|新报|报)"
)
_NOT_A_PAPER = re.compile(r"数字报|电子报|海报|简报|板报|情报|上报|汇报|申报|举报|通报|日报表|本报|报$(?<![日晚早时人工动会年民商市导周治制新]报)")
_WEEKDAY = re.compile(r"星期[一二三四五六日天]")
_SECTION_WORDS = re.compile(r"编辑|校对|版式|电话|社址|邮编|http|www|[0-9]")


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

    Shape: `texts` are lines that stand apart from the articles; two days that differ tell nothing.
    """
    lines = [" ".join(text.split()) for text in texts]
    whole = " ".join(lines)
    days = {day for found in _DAY.finditer(whole) if (day := _day(*found.groups()))}
    numbers = {_page_number(found) for line in lines for found in _PAGE_NO.finditer(line)} - {None}
    named = _NAMED_PAGE.search(whole)
    return make_source(
        origin,
        newspaper=_newspaper(lines),
        issue_date=min(days) if len(days) == 1 else None,
        page_no=min(filter(None, numbers)) if len(numbers) == 1 else None,
        page_name=named[1] if named else _section(lines) if numbers or days else None,
    )


def read_address(address: str) -> PageSource:
    """What the address of a digital newspaper says: `/2025-11/14/`, `/20251114/`, `node_3.html`."""
    return _read_name(address, SourceOrigin.ADDRESS, url=address)


def read_path(path: PurePath | str) -> PageSource:
    """What the name of a file and its folders say: `工人日报/2025-11-14/03版.jpg`, `2025-11-14-03.pdf`."""
    place = PurePath(path)
    folders = [part for part in place.parts[:-1] if part not in {"/", "\\", ".", ".."}]
    return merge([
        _read_name(place.stem, SourceOrigin.FILE_NAME),
        *(_read_name(folder, SourceOrigin.FOLDER_NAME) for folder in reversed(folders)),
    ])


def read_sidecar(text: str, *, path: PurePath | str) -> dict[str, PageSource]:
    """What a `sources.csv` beside the pages says: file name -> source.

    Shape: a header with `file` and any of the fields of `PageSource`.
    Errors: InputError naming the line and what is wrong there, all of them at once.
    """
    rows = csv.DictReader(StringIO(text.removeprefix("\ufeff")))
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
    return make_source(
        origin,
        newspaper=None if url else _newspaper([name]),
        issue_date=_day(*day.groups()) if day else None,
        page_no=int(next(filter(None, page.groups()))) if page else None,
        url=url,
    )


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _page_number(found: re.Match[str]) -> int | None:
    words = next(filter(None, found.groups())).lstrip("ABCD")
    number = read_number(words).value if words else None
    return int(number) if number is not None else None


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
    for line in lines:
        word = line.strip()
        if 2 <= len(word) <= 6 and not _SECTION_WORDS.search(word) and not _WEEKDAY.search(word) and "版" not in word:
            if _newspaper([word]) is None and re.fullmatch(r"[一-鿿·]+", word):
                return word
    return None
