"""The words for a time become dates: whole, or none."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summariser.numbers.time import TimePrecision, TimeSpan, read_time

ISSUED = date(2025, 11, 14)
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
HANZI = "〇一二三四五六七八九"

CLOSED = {
    "a day": ("2025年3月8日", "2025-03-08", "2025-03-08"),
    "a day in hanzi": ("二○二五年三月二十八日", "2025-03-28", "2025-03-28"),
    "a year with the letter O": ("二O一九年", "2019", "2019"),
    "a day in figures": ("2019.7.1", "2019-07-01", "2019-07-01"),
    "a day as ISO has it, with its hour": ("2019-07-01 09:30", "2019-07-01", "2019-07-01"),
    "full width, spaced": ("２０２４ 年 １２ 月 ３１ 日", "2024-12-31", "2024-12-31"),
    "spaced by the letter": ("2 0 2 4 年 6 月", "2024-06", "2024-06"),
    "a hard wrap": ("2024年1\n2月", "2024-12", "2024-12"),
    "the day of the week and the hour": ("2025年9月1日（星期一）上午9时至11时", "2025-09-01", "2025-09-01"),
    "a leap day": ("2024年2月29日", "2024-02-29", "2024-02-29"),
    "a feast": ("2025年“三八”国际劳动妇女节", "2025-03-08", "2025-03-08"),
    "New Year's day": ("2026年元旦", "2026-01-01", "2026-01-01"),
    "a month": ("2025年6月份", "2025-06", "2025-06"),
    "a third of a month": ("2025年6月上旬", "2025-06", "2025-06"),
    "the end of a month": ("2025年6月底", "2025-06", "2025-06"),
    "the end of a year": ("2025年年底", "2025", "2025"),
    "the beginning of a year": ("2025年初", "2025", "2025"),
    "a half year": ("2024年下半年", "2024-07", "2024-12"),
    "a quarter": ("2024年第三季度", "2024-07", "2024-09"),
    "quarters": ("2024年前三季度", "2024-01", "2024-09"),
    "two quarters": ("2024年第三、四季度", "2024-07", "2024-12"),
    "months from the first": ("2024年前8个月", "2024-01", "2024-08"),
    "month to month": ("2023年5月至7月", "2023-05", "2023-07"),
    "month to month, the unit once": ("2019年1至6月", "2019-01", "2019-06"),
    "month to month, a wave": ("2023年11月～2024年2月", "2023-11", "2024-02"),
    "month to month, over the new year": ("2023年11月至2月", "2023-11", "2024-02"),
    "half a year over the new year": ("2023年10月至4月", "2023-10", "2024-04"),
    "the hour and minute": ("2023年10月8日9:05至10:00", "2023-10-08", "2023-10-08"),
    "the hour in words": ("2023年10月8日上午九点三十分", "2023-10-08", "2023-10-08"),
    "to a month of the next year": ("2023年8月至次年6月", "2023-08", "2024-06"),
    "year to year": ("2021年到2023年", "2021", "2023"),
    "year to year, the unit once": ("1998—2001年", "1998", "2001"),
    "year to year in hanzi": ("二〇二一至二〇二三年", "2021", "2023"),
    "year to year, the century once": ("2019-21年", "2019", "2021"),
    "day to day": ("2024年9月28日至10月7日", "2024-09-28", "2024-10-07"),
    "day to day of one month": ("2024年9月3日—9日", "2024-09-03", "2024-09-09"),
    "day to day, the unit once": ("2024年9月3至9日", "2024-09-03", "2024-09-09"),
    "day to day in figures": ("2024.9.28-10.7", "2024-09-28", "2024-10-07"),
    "day to day over the new year": ("2024年12月30日至1月2日", "2024-12-30", "2025-01-02"),
    "two days": ("2024年9月3日、4日", "2024-09-03", "2024-09-04"),
    "from and to": ("自2023年6月起至2024年5月止", "2023-06", "2024-05"),
    "a day to a month": ("2024年9月28日至10月", "2024-09", "2024-10"),
    "a word that begins with 起": ("2023年6月起步", "2023-06", "2023-06"),
}
ONE_SIDED = {
    "since a year": ("自2021年以来", "2021", None),
    "since a year, traditional": ("自2021年以來", "2021", None),
    "since a month": ("2022年9月起", "2022-09", None),
    "since a day": ("2022年9月1日起施行", "2022-09-01", None),
    "since it began": ("从2022年开始", "2022", None),
    "until now": ("2022年9月至今", "2022-09", None),
    "since, in hanzi": ("自二〇二二年九月以来", "2022-09", None),
    "up to": ("截至2024年底", None, "2024"),
    "before the end of": ("2024年6月底前", None, "2024-06"),
}
NO_DATE = {
    "no month": "2025年13月1日",
    "no day": "2025年4月31日",
    "day zero": "2025年4月0日",
    "no leap year": "2023年2月29日",
    "an end that is none": "2025年3月28日至4月31日",
    "a beginning that is none": "2025年2月30日至3月2日",
    "years backwards": "2025年至2023年",
    "months backwards": "2025年8月至3月",
    "a new year too far off": "2025年9月至4月",
    "a number with a zero before it": "02025年",
    "days backwards": "2025年3月8日至1日",
    "half a date": "2025年3月8",
    "a longer number": "12025年3月",
    "no date": "近日",
    "a length of time": "近3年来",
    "a decade": "上世纪90年代",
    "a decade in figures": "1990年代",
    "every year": "每年3月",
    "the old calendar": "农历正月初八",
    "the old calendar with a year": "2025年腊月二十三",
    "before or behind": "2025年3月前后",
    "two dates not joined": "2023年5月筹建，2024年6月开放",
    "two months in one": "2025年七八月",
    "another year": "当年",
    "too old a year": "1839年",
    "a text that is no words of time": "2025年" + "的工会工作" * 40,
}
ISSUED_READS = {
    "a day": ("3月8日", ("2025-03-08", "2025-03-08", "day", False)),
    "a span of days": ("11月28日至12月3日", ("2025-11-28", "2025-12-03", "day", False)),
    "months of this year": ("今年1至8月", ("2025-01", "2025-08", "month", False)),
    "the first two months": ("今年头两个月", ("2025-01", "2025-02", "month", False)),
    "the first two quarters": ("去年前两个季度", ("2024-01", "2024-06", "month", False)),
    "this year": ("今年以来", ("2025", None, "year", True)),
    "last year": ("去年3月", ("2024-03", "2024-03", "month", False)),
    "last year to this": ("去年12月至今年2月", ("2024-12", "2025-02", "month", False)),
    "this month": ("本月8日", ("2025-11-08", "2025-11-08", "day", False)),
    "last month": ("上个月", ("2025-10", "2025-10", "month", False)),
    "today": ("今日", ("2025-11-14", "2025-11-14", "day", False)),
    "tomorrow": ("明天", ("2025-11-15", "2025-11-15", "day", False)),
    "the end of the year": ("年底", ("2025", "2025", "year", False)),
    "yesterday": ("昨日", ("2025-11-13", "2025-11-13", "day", False)),
    "quarters": ("前三季度", ("2025-01", "2025-09", "month", False)),
    "a day of the month": ("8日", ("2025-11-08", "2025-11-08", "day", False)),
    "a day not yet come": ("28日", (None, None, "day", False)),
    "the day before": ("日前", (None, None, "none", False)),
    "another year": ("当年8月", (None, None, "month", False)),
}


@pytest.mark.parametrize(("text", "start", "end"), CLOSED.values(), ids=CLOSED)
def test_words_give_both_ends(text: str, start: str, end: str) -> None:
    """Both ends of a time are read, at the precision they are printed with."""
    precision = {4: "year", 7: "month", 10: "day"}[len(start)]

    assert read_time(text) == (start, end, precision, False)


@pytest.mark.parametrize(("text", "start", "end"), ONE_SIDED.values(), ids=ONE_SIDED)
def test_one_end_may_be_left_open(text: str, start: str | None, end: str | None) -> None:
    """Since a time has no end, up to a time no start."""
    span = read_time(text)

    assert (span.start, span.end, span.open) == (start, end, end is None)


@pytest.mark.parametrize("text", NO_DATE.values(), ids=NO_DATE)
def test_what_is_no_date_gives_none(text: str) -> None:
    """What cannot be read whole gives no date, not the part of it that could be read, whenever the paper came out."""
    assert read_time(text) == TimeSpan(None, None, TimePrecision.NONE)
    assert read_time(text, ISSUED) == (None, None, "none", False)


@pytest.mark.parametrize("text", ["3月8日", "３月8日、9日", "三月八日", "8日"])
def test_a_year_that_is_not_printed_is_not_guessed(text: str) -> None:
    """Without year and day of issue only the precision is known."""
    assert read_time(text) == (None, None, "day", False)


@pytest.mark.parametrize(("text", "expected"), ISSUED_READS.values(), ids=ISSUED_READS)
def test_the_day_of_issue_gives_what_is_not_printed(text: str, expected: tuple[object, ...]) -> None:
    """The day of issue gives year and month; it may be a date or ISO text."""
    assert read_time(text, ISSUED) == read_time(text, "2025-11-14") == expected


@pytest.mark.parametrize(("text", "precision"), [("12月至次年3月", "month"), ("年底", "none"), ("今天", "none")])
def test_words_that_need_a_year_give_no_date_without_one(text: str, precision: str) -> None:
    """The year after an unknown year is unknown too."""
    assert read_time(text) == (None, None, precision, False)


def test_a_date_far_ahead_of_the_issue_is_left_open() -> None:
    """December in a paper of January is that of the year before, which nobody printed."""
    assert read_time("12月28日", "2026-01-03") == (None, None, "day", False)
    assert read_time("今年12月28日", "2026-01-03").start == "2026-12-28"


def test_a_day_of_issue_that_is_none_is_an_error() -> None:
    """The day of issue is ISO text."""
    with pytest.raises(ValueError, match="14"):
        read_time("今年", "14.11.2025")


@settings(max_examples=150, deadline=None)
@given(
    DAYS,
    st.sampled_from(["{y}年{m}月{d}日", "{y}.{m}.{d}", "{y}/{m:02}/{d:02}", "{y} 年{m} 月{d}日", "{h}年{m}月{d}号"]),
)
def test_a_day_that_was_written_is_read(day: date, form: str) -> None:
    """Whatever the form, the day read is the day written, and no column to wrap it at changes that."""
    hanzi = "".join(HANZI[int(digit)] for digit in str(day.year))
    text = form.format(y=day.year, m=day.month, d=day.day, h=hanzi)

    for column in range(len(text) + 1):
        assert read_time(text[:column] + "\n" + text[column:]) == (day.isoformat(), day.isoformat(), "day", False)


@settings(max_examples=150, deadline=None)
@given(DAYS, st.integers(0, 400), st.sampled_from("至到-—~"))
def test_a_span_that_was_written_is_read_and_never_backwards(day: date, length: int, joint: str) -> None:
    """A span of days gives both of them; the same span the wrong way round gives none."""
    last = min(day + timedelta(days=length), date(2099, 12, 31))
    first_text, last_text = (f"{end.year}年{end.month}月{end.day}日" for end in (day, last))

    assert read_time(first_text + joint + last_text) == (day.isoformat(), last.isoformat(), "day", False)
    if last > day:
        assert read_time(last_text + joint + first_text) == (None, None, "none", False)


@settings(max_examples=300, deadline=None)
@given(st.text("2025年月日号至到-.、自起以来今前后上半季度第三 初底\n:时", max_size=24))
def test_any_words_give_dates_of_the_calendar_or_none(text: str) -> None:
    """Whatever stands there, each end is a date that exists, and the start is not behind the end."""
    span = read_time(text, ISSUED)

    for end in (span.start, span.end):
        if end:
            date.fromisoformat(end + "-01-01"[: 10 - len(end)])
    assert not (span.start and span.end) or span.start <= span.end
