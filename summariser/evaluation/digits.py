"""Digits of a record that its article does not print, counted without any of the code that reads numbers.

The checks of a record and the figure "numbers invented" share one reading of numbers; a fault of it would hide itself.
So every string of digits is looked for once more in the plainest way: as it stands, or as the number that it makes with
the scale behind it (3.8万, 1.2 million), among the digits and the Chinese numerals of the article.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Final

_SCALES: Final = {
    "百": 100,
    "千": 1000,
    "万": 10_000,
    "亿": 10**8,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
}
_FIGURE: Final = re.compile(
    rf"(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+)(?:\.\d+)?\s?[多余来]?((?:{'|'.join(_SCALES)}){{0,3}})",
    re.IGNORECASE | re.ASCII,
)
_HANZI: Final = re.compile(
    "[零〇一二两三四五六七八九十百千万亿]{1,24}(?:点[零〇一二三四五六七八九]{1,9})?(?:成[一二三四五六七八九]?)?"
)
_MISREAD: Final = re.compile(
    r"[lIOo]+(?=[\dlIOo]*\d)|(?<=\d)[lIOo]+(?![A-Za-z])", re.ASCII
)  # l2 and 13O of a page are 12 and 130
_GAP: Final = re.compile(
    r"(?<=\d)\s+(?=\d{3}|[多余来])|(?<=[\d.])\s*\n\s*(?=\d)|(?<=\d[,.])\s+(?=[\d.]+[㐀-鿿])"
)  # 2 860人, and a wrap
_LETTERS: Final = str.maketrans("lIOo", "1100")
_ONES: Final = {"零": 0, "〇": 0, "两": 2} | {char: value for value, char in enumerate("一二三四五六七八九", 1)}
_STEPS: Final = {"十": 10, "百": 100, "千": 1000}


def absent_digits(text: str, article: str) -> tuple[list[str], int]:
    """The strings of digits in a text for which the article has nothing, and how many strings there are."""
    known = _printed(article)
    told = list(_figures(_GAP.sub("", text)))
    return [said for said, values in told if known.isdisjoint(values)], len(told)


@lru_cache(maxsize=1)  # all texts of a record are held against one article
def _printed(article: str) -> frozenset[Decimal]:
    """The numbers that the article prints, in digits or Chinese numerals."""
    joined = "".join(article.split())  # a number may be cut by the end of a line, or written in groups
    mended = _MISREAD.sub(lambda match: match[0].translate(_LETTERS), joined)
    views = (article, _GAP.sub("", article), joined, mended)
    known = {value for view in views for _, values in _figures(view) for value in values}
    known |= {value for view in views for match in _HANZI.finditer(view) for value in _hanzi_values(match[0])}
    return frozenset(known)


def _figures(text: str) -> Iterator[tuple[str, set[Decimal]]]:
    """Each string of digits, with the numbers that it may mean: bare, and with its scale."""
    folded = unicodedata.normalize("NFKC", text)
    for match in _FIGURE.finditer(folded):
        bare = Decimal(re.match(r"[\d.,]*", match[0])[0].replace(",", ""))  # type: ignore[index]  # digits stand there
        scaled = bare
        for scale in re.findall("|".join(_SCALES), match[1].lower()):
            scaled *= _SCALES[scale]
        yield match[0].rstrip(" 多余来"), {bare, scaled}


def _hanzi_values(word: str) -> set[Decimal]:
    """What a Chinese numeral may mean: whole, with decimals, tenths (六成五 is 65 per cent), each digit by itself."""
    whole, _, tenths = word.partition("成")
    number, _, decimals = whole.partition("点")
    value = _whole_value(number) + (Decimal(f"0.{_spelled(decimals)}") if decimals else 0)
    values = {value, *(Decimal(_ONES[char]) for char in number if char in _ONES)}
    return values | {value * 10 + (_ONES[tenths] if tenths else 0)} if "成" in word else values


def _spelled(digits: str) -> str:
    return "".join(str(_ONES[char]) for char in digits)


def _whole_value(word: str) -> Decimal:
    """A whole Chinese numeral, by place (三百二十) or digit by digit (二〇二五)."""
    if not set(word) & {*_STEPS, "万", "亿"}:
        return Decimal(_spelled(word))
    total, part, one = 0, 0, 0
    for char in word:
        if char in _ONES:
            one = _ONES[char]
        elif char in _STEPS:
            part, one = part + (one or 1) * _STEPS[char], 0
        else:
            total, part, one = (total + part + one or 1) * _SCALES[char], 0, 0
    return Decimal(total + part + one)
