"""The number that the words of a numeral name, as an exact decimal, or its bounds; nothing where it cannot be read."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summariser.numbers.numerals import Reading, plain, read_number, short_quotes, within

NAMED = {
    "0": "0", "零": "0", "0万": "0", "零亿": "0", "0亿": "0",
    "5百": "500", "1,438": "1438", "1 438": "1438", ".5": "0.5", "1.8万": "18000", "1亿2000万": "120000000",
    "1千2百": "1200", "1万2500": "12500", "1万2": "12000", "3千5": "3500", "1亿5": "150000000",
    "十": "10", "廿五": "25", "卅": "30", "百": "100", "千": "1000", "万": "10000", "千万": "10000000",
    "万亿": "1000000000000",
    "两千零五": "2005", "一千零五": "1005", "三百零五": "305", "九百一十": "910", "十万八千": "108000",
    "三万零五十": "30050",
    "一亿零三万": "100030000", "三百五": "350", "三万五": "35000", "二〇二五": "2025", "一〇〇万": "1000000",
    "五三": "53",
    "十二点五": "12.5", "一点二亿": "120000000",
}  # fmt: skip
BOUNDED = {
    "十几": ("11", "19"), "二十几万": ("210000", "290000"), "几十": ("20", "90"), "数百万": ("2000000", "9000000"),
    "三四百": ("300", "400"), "十七八": ("17", "18"), "三五": ("3", "5"), "二三": ("2", "3"),
}  # fmt: skip
UNREAD = ["1万25", "三百二五", "3亿3亿", "1" * 25]
ONES, SCALES = "零一二三四五六七八九", ["", "十", "百", "千"]


def _spelled(number: int) -> str:
    """A number below ten thousand in hanzi, as one writes it: 两千零五 apart, 2005 is 二千零五."""
    words = ""
    for place in reversed(range(len(str(number)))):
        digit = number // 10**place % 10
        if digit:
            words += ONES[digit] + SCALES[place]
        elif not words.endswith("零") and number % 10**place:
            words += "零"
    return words


@pytest.mark.parametrize(("words", "number"), NAMED.items())
def test_words_name_one_number(words: str, number: str) -> None:
    """Scales multiply what stands before them; a last digit right behind a scale counts tenths of it."""
    assert read_number(words) == Reading(Decimal(number))


@pytest.mark.parametrize(("words", "bounds"), BOUNDED.items())
def test_vague_words_name_bounds(words: str, bounds: tuple[str, str]) -> None:
    """Neighbouring digits, 几 and 数 name the lowest and the highest number that is meant."""
    assert read_number(words) == Reading(None, *map(Decimal, bounds))


@pytest.mark.parametrize("words", UNREAD)
def test_words_that_name_no_number_are_not_read(words: str) -> None:
    """Two digits between scales, scales that rise and numerals beyond all measure give nothing, not a part."""
    assert read_number(words) == Reading(None)


@given(st.integers(1, 9999), st.integers(1, 9999))
def test_spelled_number_is_read(high: int, low: int) -> None:
    """A number spelled in hanzi is that number, below 万 and above it."""
    words = f"{_spelled(high)}万{'零' if low < 1000 else ''}{_spelled(low)}"

    assert read_number(_spelled(high)).value == high
    assert read_number(words).value == high * 10_000 + low


@pytest.mark.parametrize(
    ("number", "words"), [("18000.0", "18000"), ("1.8E+4", "18000"), ("0.50", "0.5"), ("100", "100")]
)
def test_plain_numbers_have_no_zeros_behind_the_point(number: str, words: str) -> None:
    """A number is spelled without exponent and trailing zeros, so that equal ones look alike."""
    assert str(plain(Decimal(number))) == words


def test_short_quotes_are_names() -> None:
    """Short quotations without punctuation are names; long ones, clauses and unclosed ones are not."""
    text = '“四个一批”和《工会法》，“我们来了，大家好”，“一二三四五六七八九十一二三”，"双争"，“没完'
    spans = short_quotes(text)

    assert [text[start:end] for start, end in spans] == ["四个一批", "工会法", "双争"]
    assert [within(spans, at) for at in (0, 1, 4, 5)] == [False, True, True, False]
