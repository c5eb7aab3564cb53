"""What the words of a number say, as exact decimals.

Numbers are `Decimal` throughout: 0.1 must stay 0.1. The words are those of the folded text (`view.py`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class NumeralKind(StrEnum):
    """What a numeral is used for."""

    QUANTITY = "quantity"
    DATE = "date"
    ORDINAL = "ordinal"
    NAME = "name"


class Numeral(NamedTuple):
    """One numeral of a text.

    Shape: `text[start:end] == raw`; `values` holds every number it may stand for (95后: 95, 1995; 十几: 10, 11 … 19).
    """

    raw: str
    values: frozenset[Decimal]
    start: int
    end: int
    kind: NumeralKind


class Reading(NamedTuple):
    """The number that words name: one value, or bounds where the words give only those (三四百, 数万)."""

    value: Decimal | None
    low: Decimal | None = None
    high: Decimal | None = None


DIGITS = {char: Decimal(value) for value, char in enumerate("零一二三四五六七八九")}
DIGITS |= {"〇": Decimal(0), "两": Decimal(2)}
_SCALES = {"十": Decimal(10), "百": Decimal(100), "千": Decimal(1000)}
_BIG_SCALES = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}

# 1,438 and, as some papers set it, 1 438.
ARABIC = (
    r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[1-9][0-9]{0,2}(?: [0-9]{3})+(?![0-9 ])(?:\.[0-9]+)?"
    r"|[0-9]+(?:\.[0-9]+)?)"
)
CHINESE = (
    r"(?:(?:[零〇一二三四五六七八九十百万亿廿卅]|(?<![二三四五六七八九十])两|千(?![瓦伏卡帕焦]))+"
    r"(?:(?<=[零〇一二两三四五六七八九十百])点[零〇一二三四五六七八九]+(?![零〇一二三四五六七八九十百刻]|分(?!之)))?)"
)
# A thousand before 瓦, 克, 米 belongs to the unit: 5千瓦 is five kilowatts.
SCALE = r"(?:[十百万亿]|千(?![瓦克米卡伏帕焦赫]|牛(?![羊奶肉只头])))"
NUMBER = (
    rf"(?:[数几][十百千万亿]+|[二三四五六七八九]?十几[百千万亿]*"
    rf"|{ARABIC}(?:{SCALE}+(?:零?(?:[0-9]++|[一二两三四五六七八九](?=[十百千]|[,，。;!?元块]|$))(?:{SCALE}(?![0-9])|(?![0-9.,年月日]))(?![年月日]))*+)?|\.[0-9]+(?:{SCALE})?|{CHINESE})"
)
_TOKEN = re.compile(rf"{ARABIC}|[零〇一二两三四五六七八九十百千万亿]")
_DECIMAL = re.compile(r"([^点]+)点([零〇一二三四五六七八九]+)([十百千万亿]*)")
_BY_PLACE = re.compile("([零〇一二两三四五六七八九]{2,})([百千万亿]*)")  # 二〇二五, 一〇〇万
_PAIR = re.compile(r"((?:.*[十百千万亿])?)([一二两三四五六七八九])([二两三四五六七八九])([十百千万亿]*)")
_TEENS = re.compile(r"([二三四五六七八九]?十)几([百千万亿]*)")
_QUOTE = re.compile('[“”‘’「」《》"]')
_CLOSING = {"“": "”", "‘": "’", "「": "」", "《": "》", '"': '"'}
_LONGEST = {"”": 12, "’": 12, "」": 12, '"': 12, "》": 40}
_CLAUSE = re.compile("[,，。!?;、]")
_FEW_TIMES = (Decimal(2), Decimal(9))  # 数万 and 几万: two to nine of the scale
_LONGEST_NUMBER = 24  # characters; what is longer is no number that a newspaper prints, and no exact one for Decimal


@lru_cache(maxsize=4096)
def read_number(words: str) -> Reading:
    """The number that `words` name: 1.8万, 一千五百, 1亿2000万, 三四百, 数十万, 十几.

    Shape: `words` is matched by `NUMBER` and holds nothing else. Without value and bounds if they cannot be read whole.
    """
    if len(words) > _LONGEST_NUMBER:
        return Reading(None)
    words = "0" + words if words[0] == "." else words
    if words[0] in "数几":
        return _between(*(_times(_read_exact(words[1:]), few) for few in _FEW_TIMES))
    if teens := _TEENS.fullmatch(words):
        ten, scale = _read_exact(teens[1]), _read_exact(teens[2] or "一")
        return _between(*(_times(scale, (ten or Decimal(0)) + ones) for ones in (1, 9)))
    pair = _PAIR.fullmatch(words)
    if pair and (DIGITS[pair[3]] - DIGITS[pair[2]] == 1 or pair[2] + pair[3] == "三五"):
        return _between(*(_read_exact(pair[1] + pair[choice] + pair[4]) for choice in (2, 3)))
    return Reading(_read_exact(words))


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent: 18000.0 becomes 18000."""
    words = format(value, "f")
    return Decimal(words.rstrip("0").rstrip(".") if "." in words else words)


def short_quotes(text: str) -> list[tuple[int, int]]:
    """Spans of the quoted phrases that are names or slogans: short, without punctuation (“四个一批”), and book titles.

    Shape: spans without the quotation marks, in text order. Straight marks open and close by turns.
    """
    spans: list[tuple[int, int]] = []
    opened: dict[str, int] = {}
    for mark in _QUOTE.finditer(text):
        closing = _CLOSING.get(mark[0])
        if closing is None or (closing == mark[0] and closing in opened):
            start = opened.pop(mark[0], None)
            inner = text[start : mark.start()] if start is not None else ""
            if start is not None and 0 < len(inner) <= _LONGEST[mark[0]] and not _CLAUSE.search(inner):
                spans.append((start, mark.start()))
        else:
            opened[closing] = mark.end()
    return sorted(spans)


def within(spans: list[tuple[int, int]], position: int) -> bool:
    """Whether `position` lies inside one of the ordered `spans`; nested spans count by the last that opens."""
    index = bisect_right(spans, (position, len(spans) and position + 10_000)) - 1
    return index >= 0 and spans[index][0] <= position < spans[index][1]


def _read_exact(words: str) -> Decimal | None:
    """The value of a numeral that names one number; digits without a scale read by place (二〇二五)."""
    words = words.replace("廿", "二十").replace("卅", "三十")
    if decimal := _DECIMAL.fullmatch(words):
        whole, scale = _read_exact(decimal[1]), _read_exact(decimal[3] or "一")
        tail = Decimal("0." + "".join(str(DIGITS[char]) for char in decimal[2]))
        return None if whole is None or scale is None else plain((whole + tail) * scale)
    if by_place := _BY_PLACE.fullmatch(words):
        scale = _read_exact(by_place[2] or "一")
        return None if scale is None else plain(Decimal("".join(str(DIGITS[char]) for char in by_place[1])) * scale)
    total: Decimal | None = None
    section: Decimal | None = None
    digit: Decimal | None = None
    last_scale, last_token = Decimal(1), ""
    for token in _TOKEN.findall(words):
        if scale := _SCALES.get(token):
            section = (section or 0) + (Decimal(1) if digit is None else digit) * scale
            digit, last_scale = None, scale
        elif big := _BIG_SCALES.get(token):
            if total is not None and last_scale == big:
                return None  # scales rise: 3亿3亿
            named = None if section is None and digit is None else (section or 0) + (digit or Decimal(0))
            if token == "亿":
                total = (Decimal(1) if total is None and named is None else (total or 0) + (named or 0)) * big
            else:
                total = (total or 0) + (Decimal(1) if named is None else named) * big
            section, digit, last_scale = None, None, big
        else:
            if digit is not None and digit != 0:
                return None  # two digits in a row between scales: 三百二五
            digit = DIGITS[token] if token in DIGITS else Decimal(re.sub("[, ]", "", token))
            last_scale, last_token = last_scale if digit else Decimal(10), token
    if digit and last_scale > 10:
        # 三万五 is 35000: a last digit right after a scale counts tenths of it; 1万2500 fills all its places.
        is_next_place = len(last_token) == 1
        if not is_next_place and digit * 10 < last_scale:
            return None
        digit *= last_scale / 10 if is_next_place else 1
    return plain(sum((part for part in (total, section, digit) if part), Decimal(0)))


def _times(value: Decimal | None, times: Decimal) -> Decimal | None:
    return None if value is None else plain(value * times)


def _between(low: Decimal | None, high: Decimal | None) -> Reading:
    return Reading(None) if low is None or high is None else Reading(None, low, high)
