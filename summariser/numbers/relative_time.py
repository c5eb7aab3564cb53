"""Words of time that reckon from the day of issue, and the plans of five years, as the dates they stand for.

近三年, 上周五, 目前, 今夏, “十四五”期间 become words that `time.py` reads: 约2022年以来, 2025年11月7日 and so on. What
says no day or year by itself (近日, 日前, 近年来) stays as it is, and gives no date.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from summariser.numbers.numerals import read_number

_Spell = Callable[[re.Match[str], date], str]

_TENTH_PLAN = 2001  # the year in which it began
_PLANS = ["十", "十一", "十二", "十三", "十四", "十五", "十六"]
_COUNT = "[0-9]{1,2}|[一二两三四五六七八九十]{1,3}"
_WEEK = "一二三四五六日"
_NOW = "目前|现在|现今|如今|当前|眼下"


def spell_dates(words: str, issued: date) -> str:
    """The folded words with dates of the calendar in place of those that reckon from the day of issue.

    Shape: 约 stands before a date that the words do not give exactly; all other words stay.
    """
    for pattern, spell in _RULES:
        words = pattern.sub(lambda match, spell=spell: spell(match, issued), words)  # type: ignore[misc]
    return words


def _plan(match: re.Match[str], issued: date) -> str:  # noqa: ARG001
    """“十四五”期间 as 2021年至2025年."""
    first = _TENTH_PLAN + 5 * _PLANS.index(match["plan"])
    if match["part"].startswith("以来"):
        return f"{first}年以来"
    year = {"开": first, "首": first, "收": first + 4, "末": first + 4}.get(match["part"][:1])
    return f"{year}年" if year else f"{first}年至{first + 4}年"


def _since(match: re.Match[str], issued: date) -> str:
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


def _week(match: re.Match[str], issued: date) -> str:
    """上周五 as its day, 本周 as its seven days from Monday."""
    monday = issued - timedelta(days=issued.weekday()) + timedelta(weeks={"上": -1, "下": 1}.get(match["which"], 0))
    if match["day"]:
        return _spell_day(monday + timedelta(days=_WEEK.index(match["day"].replace("天", "日"))))
    return f"{_spell_day(monday)}至{_spell_day(monday + timedelta(days=6))}"


def _quarter(match: re.Match[str], issued: date) -> str:
    """上季度 as the quarter before that of the day of issue."""
    quarter = issued.year * 4 + (issued.month - 1) // 3 + {"上": -1, "下": 1}.get(match["which"], 0)
    return f"{quarter // 4}年第{quarter % 4 + 1}季度"


def _spell_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


_RULES: tuple[tuple[re.Pattern[str], _Spell], ...] = (
    (
        re.compile(
            '"?(?<!月)(?P<plan>十[一二三四五六]?)五"?(?:规划)?'
            '(?P<part>以来|[开首收]|末|期间|时期|(?<=[一二三四五六]五"|.[一二三四五六]五)$)(?:局|官|年|之年)*'
        ),
        _plan,
    ),
    (
        re.compile(
            f"(?P<near>(?:最近|近|过去)的?)?(?<![0-9年第几数.])(?P<count>{_COUNT}|半)(?P<unit>年|个月|天|日|周|个星期)"
            "(?P<so_far>以?来)?(?![多余几间0-9月日号前后之内初底末中])"
        ),
        _since,
    ),
    (re.compile(f"(?<![日号(])(?P<which>[本这上下])个?(?:周|星期)(?![年岁末期])(?P<day>[{_WEEK}天])?"), _week),
    (re.compile("(?P<which>[本上下])个?季度"), _quarter),
    (
        re.compile(f"^(?:截[至止]到?|[到至直迄]+)(?:{_NOW}|今|记?者?发稿时?)(?:为?止)?$"),
        lambda _, issued: "截至约" + _spell_day(issued),
    ),
    (re.compile(f"^(?:{_NOW})$"), lambda _, issued: "约" + _spell_day(issued)),
    (re.compile("昨[晚夜晨]"), lambda *_: "昨日"),
    (re.compile("今[晚晨早]"), lambda *_: "今日"),
    (re.compile("([今去])([春夏秋冬])(?![季天日])"), lambda match, _: f"{match[1]}年{match[2]}季"),
    (re.compile("(?<=[年月])来$"), lambda *_: "以来"),
    (re.compile("约[在于]"), lambda *_: "约"),
)
