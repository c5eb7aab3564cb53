"""The time that Chinese words name: a day, a month, a year, or a span of them, read whole or not at all.

One end of a span is year, month and day, each where it is printed; ends are joined by 至, —, 、 and their kind. An end
takes what it does not print from the end before it (2025年8月至10月), a number without its unit takes the unit of the
end behind it (2024—2026年). What is not printed anywhere comes from the day of issue, or the date stays unknown.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from summariser.numbers.numerals import read_number
from summariser.text import fold, simplified


class TimePrecision(StrEnum):
    """How fine the date is that the words name."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    NONE = "none"


class TimeSpan(NamedTuple):
    """When something was, by its words.

    Shape: `start` and `end` are ISO text at the precision (2025, 2025-08, 2025-08-14), the same for one day, month or
    year, both null where the year is not known. `open` says that it goes on from `start` (自2023年以来): `end` is null.
    截至2024年底 has an `end` only. A part of a month (上旬, 月底) has precision month, a part of a year (年初, 年底)
    precision year; a half year or a quarter is a span of months.
    """

    start: str | None
    end: str | None
    precision: TimePrecision
    open: bool = False


_NOTHING = TimeSpan(None, None, TimePrecision.NONE)
_YEARS = {"今年": 0, "本年": 0, "去年": -1, "上年": -1, "前年": -2, "明年": 1, "来年": 1}
_NEXT_YEARS = frozenset({"次年", "翌年", "第二年"})  # the year after that of the end before
_OTHER_YEARS = frozenset({"同年", "当年", "那年"})  # years of another text
_MONTHS = {"本月": 0, "上月": -1, "上个月": -1, "下月": 1, "下个月": 1}
_DAYS = {"今天": 0, "今日": 0, "昨天": -1, "昨日": -1, "前天": -2, "明天": 1, "明日": 1}
_FEASTS = {"元旦": (1, 1), "妇女节": (3, 8), "植树节": (3, 12), "劳动节": (5, 1), "青年节": (5, 4)}
_FEASTS |= {"儿童节": (6, 1), "建党节": (7, 1), "建军节": (8, 1), "教师节": (9, 10), "国庆节": (10, 1)}
_SPELLED = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | dict.fromkeys("○零Oo", "0")
_OLDEST, _LAST = 1840, 2100
_LONGEST = 200  # characters; longer texts are no words of time
_LEAP_YEAR = 2000
_HALF_YEAR = timedelta(days=183)
_PRECISIONS = (TimePrecision.NONE, TimePrecision.YEAR, TimePrecision.MONTH, TimePrecision.DAY)

_N = r"(?:(?<![0-9])[0-9]{1,4}|[一二两三四五六七八九十廿卅]{1,4})"
_YEAR = r"(?<![0-9.])[12一二][0-9〇○零Oo一二三四五六七八九]{3}(?![0-9])"
_UNITS = ["year", "month", "quarter", "day"]
_JOINT = "起?(?:直?[至到]|[-~、和与及])"
_END = re.compile(
    rf"(?P<today>{'|'.join(_DAYS)})|"
    rf"(?:(?P<year>{_YEAR})(?:年度?|学年)|(?P<named>{'|'.join([*_YEARS, *_NEXT_YEARS, *_OTHER_YEARS])}))?"
    rf"(?:(?P<half>[上下])半年|(?P<all>前)?第?(?P<quarter>{_N})个?季度|[前头](?P<months>{_N})个月"
    rf"|(?:\"?(?:五[一四]|三八|[六七八]一|十一)\"?)?(?:国际)?(?:劳动)?(?P<feast>{'|'.join(_FEASTS)})"
    rf"|(?P<within>(?:年|(?<=年))[初底末中终](?!秋))|(?:(?P<month>{_N})月份?|(?P<this>{'|'.join(_MONTHS)}))?"
    rf"(?:(?<=[月份])(?:[上中下]旬|[初底末中](?![旬秋]))|(?P<day>{_N})[日号])?)?"
)
_BARE = re.compile(
    rf"(?:(?P<year>{_YEAR})年|(?P<named>{'|'.join(_YEARS)}))?(?:(?P<month>{_N})月)?第?(?P<bare>{_YEAR}|{_N})(?={_JOINT}第?(?:{_YEAR}|{_N}))"
)
_JOINED = re.compile(_JOINT)
_NUMERIC = re.compile(rf"({_YEAR})([-./])([0-9]{{1,2}})(?:\2([0-9]{{1,2}}))?(?![0-9年])")
_SHORT_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})([-~至到])([0-9]{2})(?=年)")
_NUMERIC_END = re.compile(r"(?<=日)([-~至到])([0-9]{1,2})[./]([0-9]{1,2})(?![0-9])")
_SPACED = re.compile(r"(?<!\d)\d(?:[ \t\u3000]\d)+(?!\d)")
_GAP = re.compile(r"(?<=\d)[ \t\u3000]+(?=\d)")
_CLOCK = rf"{_N}(?::[0-9]{{2}}|[时点](?:{_N}分|[0-9]{{2}}|半|整|许|钟)?)"
_ASIDE = re.compile(
    rf"(?<=[日号天,午晨晚上]){_CLOCK}(?:[-~至到]{_CLOCK})?|[凌清早]晨|[早晚]上|[上中下]午|傍晚|晚(?=[0-9一二三四五六七八九十])"
    r"|\(?(?:星期|周)[一二三四五六日天]\)?"
)
_LUNAR = re.compile("[农阴旧夏]历|[正冬腊]月|初[一二三四五六七八九十]")
_BEFORE = re.compile(
    r"(?:(?P<since>自从?|从)|(?P<until>截[至止]到?|不[晚迟]于|[到至])|(?P<no>[每逢]年?|历年|往年|[晚早迟]于|约|[0-9一二三四五六七八九十几数近整全年月/.]))$"
)
_AFTER = re.compile(
    "(?P<since>以来|开始|起(?![步草诉点码重床伏义火因飞航到讫])|-?[至到迄]?(?:今(?![年天日])|现在|目前))"
    "|(?P<until>止|(?<=[底末])[以之]?前)"
    "|(?P<no>[以之]?[前后](?![期往])|(?<=[节旦])(?:期间|假)|左右|上下|代(?!表)|级|届|历史|[0-9年月日号季/.])"
)


def read_time(text: str, issued: date | str | None = None) -> TimeSpan:
    """Read the day, month, year or span that Chinese words of time name.

    Shape: all null with precision `none` where the words name no date (近日), no date of the calendar (2月30日, lunar
    dates), several that are not joined, or a span that runs backwards, and for texts over 200 characters. Without its
    year a printed month or day leaves only the precision. `issued`, the day the paper came out, gives the year (3月8日,
    今年) and month (本月) that is not printed, unless that would put the date more than half a year ahead.
    Errors: ValueError if `issued` is text and no ISO date.
    """
    day = date.fromisoformat(issued) if isinstance(issued, str) else issued
    words = _plain(text[: _LONGEST + 1])
    found = _find_ends(words)
    ends = _read_ends(found, day)
    if not ends or len(text) > _LONGEST:
        return _NOTHING
    before, after = _BEFORE.search(words[: found[0].start()]), _AFTER.match(words, found[-1].end())
    kinds = {mark.lastgroup for mark in (before, after) if mark}
    rest = words[: found[0].start()] + "|" + words[after.end() if after else found[-1].end() :]
    if "no" in kinds or _LUNAR.search(words) or _find_ends(rest):
        return _NOTHING
    depth = min(end.depth for end in ends)
    starts, stops = [end.first[:depth] for end in ends], [end.last[:depth] for end in ends]
    if not all(start[0] for start in starts):
        printed = {name for match in found for name, value in match.groupdict().items() if value}
        return TimeSpan(None, None, _PRECISIONS[depth]) if depth > 1 and printed & {"month", "day"} else _NOTHING
    if starts != sorted(starts) or stops != sorted(stops) or (len(ends) > 1 and after and after["since"]):
        return _NOTHING
    is_open, is_limit = (len(ends) == 1 and kind in kinds for kind in ("since", "until"))
    start, end = _iso(starts[0]), _iso(stops[-1])
    return TimeSpan(None if is_limit else start, None if is_open else end, _PRECISIONS[depth], is_open)


class _End(NamedTuple):
    """One end of a span: year, month and day it begins and ends with, 0 for what is not printed or not known."""

    first: tuple[int, int, int]
    last: tuple[int, int, int]

    @property
    def depth(self) -> int:
        """How many of year, month and day it has."""
        return 3 if self.first[2] else 2 if self.first[1] else 1


def _plain(text: str) -> str:
    """The words in one width and script, dates in one form, without white space, hours and days of the week."""
    spaced = _SPACED.sub(lambda digits: re.sub(r"\s", "", digits[0]), text)
    words = fold(_GAP.sub(",", spaced)).text.translate(simplified())
    words = _NUMERIC.sub(lambda m: f"{m[1]}年{m[3]}月" + (f"{m[4]}日" if m[4] else ""), words)
    words = _SHORT_YEAR.sub(lambda m: m[1] + m[2] + m[1][:2] + m[3], words)
    return _ASIDE.sub("", _NUMERIC_END.sub(r"\1\2月\3日", words))


def _find_ends(words: str) -> list[re.Match[str]]:
    """The first date of the words with all that is joined to it."""
    found: list[re.Match[str]] = []
    for start in range(len(words)):
        match = _BARE.match(words, start) or _END.match(words, start)
        while match and match[0] and (found or match[0][0] not in "初底末中终"):
            found.append(match)
            joint = _JOINED.match(words, match.end())
            match = (_BARE.match(words, joint.end()) or _END.match(words, joint.end())) if joint else None
        if found and "bare" not in found[-1].groupdict():
            break
        found = []
    return found


def _read_ends(matches: list[re.Match[str]], issued: date | None) -> list[_End]:
    """The ends of a span, each with what it takes from its neighbours; none if one of them is no date."""
    ends: list[_End] = []
    for place, match in enumerate(matches):
        fields = {name: words for name, words in match.groupdict().items() if words}
        if bare := fields.pop("bare", None):
            lender = next(other for other in matches[place:] if "bare" not in other.groupdict())
            printed = max((_UNITS.index("year" if name == "named" else name) + 1 for name in fields), default=0)
            unit = next((name for name in _UNITS[printed:] if lender[name]), None)
            if unit is None:
                return []
            fields[unit] = bare
        end = _read_end(fields, ends[-1] if ends else None, issued)
        if end is None:
            return []
        ends.append(end)
    return ends


def _read_end(fields: dict[str, str], before: _End | None, issued: date | None) -> _End | None:
    """The date that one end of a span is, or None if the calendar has none such."""
    year, day = _year(fields, before, issued), _number(fields.get("day", ""))
    first, last = _months(fields)
    if feast := fields.get("feast"):
        (first, day), last = _FEASTS[feast], _FEASTS[feast][0]
    if "today" in fields or "this" in fields:
        year, first, day = _pointed(fields, day, issued)
        last = first
    elif day and not first and before:
        first = last = before.last[1]
    elif day and not first:
        year, first = (year, issued.month) if issued and day <= issued.day else (0, 0)
        last = first
    elif before and not fields.keys() & {"year", "named"} and 0 < first < before.first[1]:
        year += bool(year and last + 12 - before.first[1] <= 6)  # 2024年12月28日至1月3日
    days = monthrange(year or _LEAP_YEAR, last)[1] if 0 < last <= 12 else 31
    if not (year == 0 or _OLDEST <= year <= _LAST) or not 0 <= first <= last <= 12 or not 0 <= day <= days:
        return None
    is_guessed = issued and not before and not fields.keys() & {"year", "named", "this", "today"}
    if issued and is_guessed and year and date(year, last or 1, day or 1) - issued > _HALF_YEAR:
        year = 0
    return _End((year, first, day), (year, last, day))


def _year(fields: dict[str, str], before: _End | None, issued: date | None) -> int:
    """The year of one end, -1 if it is none; the year before or of issue where none is printed."""
    if printed := fields.get("year"):
        return int("".join(_SPELLED.get(char, char) for char in printed))
    named = fields.get("named", "")
    if named in _NEXT_YEARS:
        return before.last[0] + 1 if before and before.last[0] else 0
    if before and not named:
        return before.last[0]
    return issued.year + _YEARS.get(named, 0) if issued and named not in _OTHER_YEARS else 0


def _months(fields: dict[str, str]) -> tuple[int, int]:
    """The first and last month that one end names; 0 if it names none, -1 if the year has none such."""
    if half := fields.get("half"):
        return (1, 6) if half == "上" else (7, 12)
    if quarter := _number(fields.get("quarter", "")):
        return (1, 3 * quarter) if "all" in fields else (3 * quarter - 2, 3 * quarter)
    if months := _number(fields.get("months", "")):
        return 1, months
    month = _number(fields.get("month", ""))
    return month, month


def _pointed(fields: dict[str, str], day: int, issued: date | None) -> tuple[int, int, int]:
    """Year, month and day of 今天, 本月8日 and their kind; without a day of issue only whether there is a day."""
    if today := fields.get("today"):
        pointed = issued + timedelta(days=_DAYS[today]) if issued else None
        return (pointed.year, pointed.month, pointed.day) if pointed else (0, 0, 1)
    if issued is None:
        return 0, 0, day
    count = issued.year * 12 + issued.month - 1 + _MONTHS[fields["this"]]
    return count // 12, count % 12 + 1, day


def _number(words: str) -> int:
    """The number that words or figures name: 0 for none, -1 for what no date can be (000, 七八)."""
    if not words:
        return 0
    value = Decimal(words) if words.isdigit() else read_number(words).value
    return int(value) if value else -1


def _iso(parts: tuple[int, ...]) -> str:
    """Year, month and day in ISO form: 2025-08."""
    return "-".join(f"{part:02}" for part in parts)
