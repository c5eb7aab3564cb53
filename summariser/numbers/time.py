"""The time that Chinese words name: a day, a month, a year, or a span of them, read whole or not at all.

One end of a span is year, month and day, each where it is printed; ends are joined by 至, —, 、 and their kind. An end
takes what it does not print from the end before it (2025年8月至10月), a number without its unit takes the unit of the
end behind it (2024—2026年). What is not printed anywhere comes from the day of issue, or the date stays unknown.

Words that reckon from that day, and the plans of five years, are spelled as dates first: 近三年, 上周五, 目前, 今夏,
“十四五”期间 become 约2022年以来, 2025年11月7日 and so on. What says no day or year by itself (近日, 日前, 近年来) stays
as it is, and gives no date.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple

from summariser.numbers.numerals import read_number
from summariser.tables import Patterns, read_table, read_words
from summariser.text import plain_text

_Spell = Callable[[date, re.Match[str]], str]

_TENTH_PLAN = 2001  # the year in which it began
_PLANS = ["十", "十一", "十二", "十三", "十四", "十五", "十六"]
_SPRING, _YEAR_S_END = 3, 11  # their first months
_WEEK = "一二三四五六日"
_TABLE: Final = read_words("time_words")
_STEPS = _TABLE["steps"]  # from this week, this quarter


def _spell_dates(words: str, issued: date) -> str:
    """The folded words with dates of the calendar in place of those that reckon from the day of issue.

    Shape: 约 stands before a date that the words do not give exactly; all other words stay.
    """
    today = _spell_day(issued)
    for name, rule in _RULES.items():
        spelled = rule.replace("@", today) if isinstance(rule, str) else partial(rule, issued)
        words = getattr(_WORDS, name).sub(spelled, words)
    return words


def _plan(issued: date, match: re.Match[str]) -> str:  # noqa: ARG001
    """“十四五”期间 as 2021年至2025年."""
    first = _TENTH_PLAN + 5 * _PLANS.index(match["plan"])
    if match["part"].startswith("以来"):
        return f"{first}年以来"
    year = {"开": first, "首": first, "收": first + 4, "末": first + 4}.get(match["part"][:1])
    return f"{year}年" if year else f"{first}年至{first + 4}年"


def _since(issued: date, match: re.Match[str]) -> str:
    """三年来 as 约2022年以来; what has neither 近 nor 来 (三年) is a length of time."""
    half, unit = match["count"] == "半", match["unit"][-1]
    count = 6 if half else int(read_number(match["count"]).value or 0)
    if not (match["near"] or match["so_far"]) or not count or (half and unit != "年"):
        return match[0]
    if unit in "天日周期":
        return "约" + _spell_day(issued - timedelta(days=count * (7 if unit in "周期" else 1))) + "以来"
    if unit == "年" and not half:
        return f"约{issued.year - count}年以来"
    months = issued.year * 12 + issued.month - 1 - count
    return f"约{months // 12}年{months % 12 + 1}月以来"


def _years_ago(issued: date, match: re.Match[str]) -> str:
    """三年前的3月 as the month of that year."""
    return f"{issued.year - int(read_number(match['count']).value or 0)}年"


def _week(issued: date, match: re.Match[str]) -> str:
    """上周五 as its day, 本周 as its seven days from Monday."""
    monday = issued - timedelta(days=issued.weekday()) + timedelta(weeks=_STEPS.get(match["which"], 0))
    if match["day"]:
        return _spell_day(monday + timedelta(days=_WEEK.index(match["day"].replace("天", "日"))))
    return f"{_spell_day(monday)}至{_spell_day(monday + timedelta(days=6))}"


def _quarter(issued: date, match: re.Match[str]) -> str:
    """上季度 as the quarter before that of the day of issue."""
    quarter = issued.year * 4 + (issued.month - 1) // 3 + _STEPS.get(match["which"], 0)
    return f"{quarter // 4}年第{quarter % 4 + 1}季度"


def _whole_year(issued: date, match: re.Match[str]) -> str:
    """全年 as the year of an issue that comes at its end; earlier it may be this year or the last."""
    return f"{issued.year}年" if issued.month >= _YEAR_S_END else match[0]


def _season(issued: date, match: re.Match[str]) -> str:
    """今夏 as this year's; 今冬 early in a year as the winter that began in the year before."""
    is_over = match["season"] == "冬" and issued.month < _SPRING
    return "去年" if is_over and match["year"] == "今" else f"{match['year']}年"


def _spell_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


# What becomes of words that reckon from the day of issue, by the pattern that finds them; @ stands for that day.
_RULES: dict[str, str | _Spell] = {
    "plan": _plan,
    "years_ago": _years_ago,
    "since": _since,
    "week": _week,
    "quarter": _quarter,
    "until_now": "截至约@",
    "now": "约@",
    "last_night": "昨日",
    "this_morning": "今日",
    "whole_year": _whole_year,
    "this_season": _season,
    "so_far": "以来",
    "about": "约",
}


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
    precision year; so have seasons, which are 2025-21 (spring) to 2025-24. A half year or a quarter is a span of
    months. `about` says that the words give it only roughly (8月前后, 近三年, 目前).
    """

    start: str | None
    end: str | None
    precision: TimePrecision
    open: bool = False
    about: bool = False

    @property
    def edtf(self) -> str | None:
        """The span as EDTF: 2025-08, 2025-08/2025-10, 2023/.., ../2024, 2025-08~; None where no date is known.

        Shape: three months that are a quarter are 2025-33 to 2025-36.
        Source: Extended Date/Time Format, ISO 8601-2:2019, level 1 and, for quarters, 2.
        """
        if not (self.start or self.end):
            return None
        mark = "~" if self.about else ""
        ends = [f"{end}{mark}" if end else ".." for end in (self.start, self.end)]
        quarter = _QUARTERS.get((self.start or "")[5:] + (self.end or "")[5:])
        if quarter and self.start and self.end and self.start[:4] == self.end[:4]:
            return f"{self.start[:4]}-{quarter}{mark}"
        return ends[0] if ends[0] == ends[1] else "/".join(ends)


_NOTHING = TimeSpan(None, None, TimePrecision.NONE)
_YEARS, _MONTHS, _DAYS = (_TABLE[unit] for unit in ("years", "months", "days"))  # words that point from the issue
_QUARTERS = {"0103": 33, "0406": 34, "0709": 35, "1012": 36}  # by first and last month
_SEASONS = {season: number for number, season in enumerate("春夏秋冬", 21)}
_NEXT_YEARS = frozenset({"次年", "翌年", "第二年"})  # the year after that of the end before
_OTHER_YEARS = frozenset({"同年", "当年", "那年"})  # years of another text
_ROWS = read_table("feasts")
_FEASTS = {row["word"]: (int(row["month"]), int(row["day"])) for row in _ROWS if row["month"]}
_SHORT_FEASTS = {short: row["word"] for row in _ROWS for short in row["short"].split()}
_SPELLED = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | dict.fromkeys("○零Oo", "0")
_OLDEST, _LAST = 1840, 2100
_LONGEST = 200  # characters; longer texts are no words of time
_LEAP_YEAR = 2000
_BEFORE_REPUBLIC = 1911  # the year before its first
_LAST_CENTURY_S_END = 2000
_FIRST_OLD_YEAR = 30  # 30 to 99 are of the century before
_LISTS = frozenset("、和与及")  # 3月1日和8日 are two days, 1日和2日 a span
_HALF_YEAR = timedelta(days=183)
_QUARTER = timedelta(days=92)
_SOON = timedelta(days=14)  # a day of the next two weeks is told of before it comes
_REPORTED_EARLY = timedelta(days=15)  # 前8个月 may be told of before August is over
_PRECISIONS = (TimePrecision.NONE, TimePrecision.YEAR, TimePrecision.MONTH, TimePrecision.DAY)

_UNITS = ["year", "month", "quarter", "day"]
_WORDS = Patterns(
    "time_words",
    TODAY="|".join(_DAYS),
    YEARS="|".join(_YEARS),
    OTHER_YEARS="|".join(_NEXT_YEARS | _OTHER_YEARS),
    MONTHS="|".join(_MONTHS),
    FEASTS="|".join(_FEASTS),
    SHORT_FEASTS="|".join(_SHORT_FEASTS),
    ANY_FEAST="|".join(row["word"].removesuffix("节") for row in _ROWS),
)


def read_time(text: str, issued: date | str | None = None, *, announced: bool | None = False) -> TimeSpan:
    """Read the day, month, year or span that Chinese words of time name.

    Shape: all null with precision `none` where the words name no date (近日), no date of the calendar (2月30日, lunar
    dates), several that are not joined, or that are listed and do not follow each other (3月1日和8日), or a span that
    runs backwards, and for texts over 200 characters. Without `issued`, the day the paper came out, only dates that
    print their year are read, and of others at most the precision is known. With it, what is not printed is reckoned
    from it: 今年, 上周五, 近三年 (open, from about 2022), 目前 (about that day); plans (十四五期间), seasons, 8月前后
    and 五一期间 are read too. A date without a year is the last one that had begun (12月28日 in a paper of 3 January is
    of the year before), unless the words announce it (将于), `announced` says so, or it comes within two weeks; the
    nearest one, if no other is as near, where `announced` is None: to come or over. A day of issue before 1840 or after
    2100 is taken for none.
    Errors: ValueError if `issued` is text and no ISO date.
    """
    day = date.fromisoformat(issued) if isinstance(issued, str) else issued
    day = date(day.year, day.month, day.day) if day and _OLDEST <= day.year <= _LAST else None  # a datetime is a date
    words = _plain(text, day) if len(text) <= _LONGEST else ""
    found = _find_ends(words)
    around = _look_around(words, found, day) if found else None
    if not around or around.unsure or "no" in around.marks or ("about" in around.marks and not day):
        return _NOTHING
    is_announced = bool(_WORDS.announced.search(words)) or announced
    issue = _Issue(day, is_announced or (None if around.is_deadline else is_announced))
    ends = _place_ends(found, issue, is_since="since" in around.marks)
    span = _join(ends, found, around) if ends else _NOTHING
    if around.season and span.precision is TimePrecision.YEAR:
        start, end = (year and f"{year}-{_SEASONS[around.season]}" for year in (span.start, span.end))
        return span._replace(start=start, end=end)
    return span


class _Around(NamedTuple):
    """What the words around the dates say.

    Shape: `marks` are names of groups of the patterns `before` and `after`; `goes_on` if 以来 or its like follows,
    `is_deadline` if 前 does (6月底前), which may be to come; `unsure` if other dates are told of too, or if words are
    there from which no date can be read.
    """

    marks: set[str]
    season: str
    goes_on: bool
    is_deadline: bool
    unsure: bool


def _look_around(words: str, found: list[re.Match[str]], day: date | None) -> _Around:
    """What stands before, between and behind the dates that were found; a season only where the year is known."""
    first, last = found[0].start(), found[-1].end()
    season = _WORDS.season.match(words, last) if day and len(found) == 1 else None
    before, after = _WORDS.before.search(words[:first]), _WORDS.after.match(words, season.end() if season else last)
    marks = {name for mark in (before, after) if mark for name, said in mark.groupdict().items() if said}
    marks |= {"since"} if "event" in marks else set()
    rest = words[:first] + "|" + words[after.end() if after else last :]
    is_other = _find_ends(rest) or (found[0].groupdict().get("feast") and _WORDS.any_feast.search(rest))
    is_cut = "since" in marks and _WORDS.to.match(words, last)  # 从3月到汛期
    is_of_another = found[0].groupdict().get("months") and _WORDS.opening.search(words[:first])  # 开门头三个月
    unsure = bool(is_other or is_cut or is_of_another or _WORDS.unknown.search(words))
    goes_on, until = (bool(after["since"] or after["event"]), after["until"] or "") if after else (False, "")
    return _Around(marks, season[1] if season else "", goes_on, until.endswith("前"), unsure)


class _Issue(NamedTuple):
    """The day of issue, whether the words announce what is to come (None: or not), the year of dates without one."""

    day: date | None
    announced: bool | None
    year: int = 0


class _End(NamedTuple):
    """One end of a span: year, month and day it begins and ends with, 0 for what is not printed or not known."""

    first: tuple[int, int, int]
    last: tuple[int, int, int]

    @property
    def depth(self) -> int:
        """How many of year, month and day it has."""
        return 3 if self.first[2] else 2 if self.first[1] else 1


def _plain(text: str, issued: date | None) -> str:
    """The words in one width and script, dates in one form, without white space, hours and days of the week."""
    spaced = _WORDS.spaced.sub(lambda digits: re.sub(r"\s", "", digits[0]), text)
    words = _WORDS.misread_day.sub("日", plain_text(_WORDS.gap.sub(",", spaced)))
    words = _WORDS.first.sub("1", words)
    if "民国" in words:
        words = _WORDS.republic.sub(_year_of_republic, words)
    is_19th = issued and issued.year <= _LAST_CENTURY_S_END  # 上世纪
    words = _WORDS.decade.sub(lambda m: m[0] if is_19th and m[0][0] == "上" else f"19{m[1]}0年至19{m[1]}9年", words)
    words = _WORDS.bare_year.sub(r"\g<0>年", words)
    words = _WORDS.numeric.sub(lambda m: f"{m[1]}年{m[3]}月" + (f"{m[4]}日" if m[4] else ""), words)
    words = _WORDS.short_year.sub(lambda m: m[1] + m[2] + m[1][:2] + m[3], words)
    words = _WORDS.numeric_end.sub(r"\1\2月\3日", words)
    words = _WORDS.feast.sub(lambda match: _SHORT_FEASTS[match["short"]], words)
    words = _WORDS.short_years.sub(lambda match: _full_year(match[0]), words)
    return _WORDS.aside.sub("", _spell_dates(words, issued) if issued else words)


def _full_year(figures: str) -> str:
    """Two figures of a year with their century: 2008 for 〇八, 1998 for 98."""
    year = int("".join(_SPELLED.get(char, char) for char in figures))
    return str(year + (1900 if year >= _FIRST_OLD_YEAR else 2000))


def _year_of_republic(match: re.Match[str]) -> str:
    """民国114年 as 2025年; as year 0, which is none, where the count is not sure (民国七八年)."""
    return f"{_BEFORE_REPUBLIC + count if (count := _number(match[1])) > 0 else 0}年"


def _find_ends(words: str) -> list[re.Match[str]]:
    """The first date of the words with all that is joined to it."""
    found: list[re.Match[str]] = []
    for start in range(len(words)):
        match = _WORDS.bare.match(words, start) or _WORDS.end.match(words, start)
        while match and match[0] and (found or match[0][0] not in "初底末中终"):
            found.append(match)
            joint = _WORDS.joined.match(words, match.end())
            match = (_WORDS.bare.match(words, joint.end()) or _WORDS.end.match(words, joint.end())) if joint else None
        if found and "bare" not in found[-1].groupdict():
            break
        found = []
    return found


def _place_ends(found: list[re.Match[str]], issue: _Issue, *, is_since: bool) -> list[_End]:
    """The ends of a span in the year they are of: one they print, or the nearest one on the right side of the issue."""
    day, printed = issue.day, {name for name, words in found[0].groupdict().items() if words}
    if day is None or printed & {"year", "named", "this", "today", "within"}:
        return _read_ends(found, issue._replace(year=day.year if day else 0))
    if issue.announced is None:
        near = (_read_ends(found, issue._replace(year=day.year + step)) for step in (0, -1, 1))
        first, *others = sorted(filter(None, near), key=lambda ends: _days_off(ends, day)) or [[]]
        is_sure = not others or _days_off(others[0], day) - _days_off(first, day) >= _QUARTER
        return first if is_sure or first == others[0] else []
    for year in (day.year, day.year + (1 if issue.announced else -1)):
        ends = _read_ends(found, issue._replace(year=year))
        if ends and _is_near(ends, printed, issue, is_since=is_since):
            return ends
    return _read_ends(found, issue)


def _is_near(ends: list[_End], printed: set[str], issue: _Issue, *, is_since: bool) -> bool:
    """Whether a span without a year may be meant: begun and not too long to go, or to come if it is announced.

    Shape: not of the year before is what would be long over (上半年 in January) or may be to come (自12月1日起).
    """
    day, first = issue.day, ends[0].first
    if day is None or not first[0]:
        return True
    start, end = _days_of(ends)
    if issue.announced:
        return end >= day
    if {"month", "day"} <= printed and day < start <= day + _SOON and not is_since:
        return True
    if start > day or end - day > (_REPORTED_EARLY if "months" in printed else _HALF_YEAR):
        return False
    if first[0] == day.year:
        return "feast" not in printed or day - end <= _HALF_YEAR
    is_named = printed & {"feast", "half", "quarter", "months"}
    return not is_since and (not is_named or day - end <= _QUARTER)


def _days_of(ends: list[_End]) -> tuple[date, date]:
    """The first and the last day of a span whose year is known."""
    first, last = ends[0].first, ends[-1].last
    months = first[1] or 1, last[1] or 12
    end = date(last[0], months[1], last[2] or monthrange(last[0], months[1])[1])
    return date(first[0], months[0], first[2] or 1), end


def _days_off(ends: list[_End], day: date) -> timedelta:
    """How far a span lies from a day; none if its year is not known."""
    start, end = _days_of(ends) if ends[0].first[0] else (day, day)
    return max(start - day, day - end)


def _join(ends: list[_End], found: list[re.Match[str]], around: _Around) -> TimeSpan:
    """One span from its ends, at the precision that all of them have."""
    depth = min(end.depth for end in ends)
    starts, stops = [end.first[:depth] for end in ends], [end.last[:depth] for end in ends]
    steps = zip(pairwise(found), stops, starts[1:], strict=False)
    if any(_is_list(*pair) and _next(stop) != start for pair, stop, start in steps):
        return _NOTHING
    if not all(start[0] for start in starts):
        printed = {name for match in found for name, value in match.groupdict().items() if value}
        return TimeSpan(None, None, _PRECISIONS[depth]) if depth > 1 and printed & {"month", "day"} else _NOTHING
    if starts != sorted(starts) or stops != sorted(stops) or (len(ends) > 1 and around.goes_on):
        return _NOTHING
    is_open, is_limit = (len(ends) == 1 and kind in around.marks for kind in ("since", "until"))
    start, end = None if is_limit else _iso(starts[0]), None if is_open else _iso(stops[-1])
    return TimeSpan(start, end, _PRECISIONS[depth], is_open, "about" in around.marks)


def _is_list(one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether two ends are named one by one (3月1日和8日), and not as the ends of a span."""
    return one.string[one.end() : other.start()] in _LISTS


def _next(parts: tuple[int, ...]) -> tuple[int, ...]:
    """The year, month or day that follows, as fine as the one given; 0 stays 0 for what is not known."""
    year, *rest = parts
    if not rest:
        return (year + 1,)
    if len(rest) == 1:
        return (year + bool(year and rest[0] == 12), rest[0] % 12 + 1)
    if not rest[0]:
        return (year, 0, rest[1] + 1)
    after = date(year or _LEAP_YEAR, *rest) + timedelta(days=1)
    return (after.year if year else 0, after.month, after.day)


def _read_ends(matches: list[re.Match[str]], issue: _Issue) -> list[_End]:
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
        end = _read_end(fields, ends[-1] if ends else None, issue)
        if end is None:
            return []
        ends.append(end)
    return ends


def _read_end(fields: dict[str, str], before: _End | None, issue: _Issue) -> _End | None:
    """The date that one end of a span is, or None if the calendar has none such."""
    year, day = _year(fields, before, issue), _number(fields.get("day", ""))
    first, last = _months(fields)
    if feast := fields.get("feast"):
        (first, day), last = _FEASTS[feast], _FEASTS[feast][0]
    if "today" in fields or "this" in fields:
        year, first, day = _pointed(fields, day, issue.day)
        last = first
    elif day and not first:
        year, first = (year, before.last[1]) if before else _month_of_day(day, issue)
        last = first
    elif before and not fields.keys() & {"year", "named"} and 0 < first < before.first[1]:
        year += bool(year and last + 12 - before.first[1] <= 6)  # 2024年12月28日至1月3日
    days = monthrange(year or _LEAP_YEAR, last)[1] if 0 < last <= 12 else 31
    if not (year == 0 or _OLDEST <= year <= _LAST) or not 0 <= first <= last <= 12 or not 0 <= day <= days:
        return None
    return _End((year, first, day), (year, last, day))


def _year(fields: dict[str, str], before: _End | None, issue: _Issue) -> int:
    """The year of one end, -1 if it is none; the year before or that of the issue where none is printed."""
    if printed := fields.get("year"):
        figures = "".join(_SPELLED.get(char, char) for char in printed)
        return int(figures) if figures.isdecimal() else -1
    named = fields.get("named", "")
    if named in _NEXT_YEARS:
        return before.last[0] + 1 if before and before.last[0] else 0
    if named in _OTHER_YEARS:
        return 0
    if named:
        return issue.day.year + _YEARS[named] if issue.day else 0
    return before.last[0] if before else issue.year


def _month_of_day(day: int, issue: _Issue) -> tuple[int, int]:
    """Year and month of a day that stands alone: the last such day of the month or week, or the next if announced."""
    if issue.day is None:
        return 0, 0
    count = issue.day.year * 12 + issue.day.month - 1
    if issue.announced:
        count += day < issue.day.day
    elif day > issue.day.day:
        count -= 1
        year, month = divmod(count, 12)
        if day > monthrange(year, month + 1)[1] or (issue.day - date(year, month + 1, day)).days > 7:
            return 0, 0
    return count // 12, count % 12 + 1


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
