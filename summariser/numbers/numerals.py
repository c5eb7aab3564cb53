"""What the words of a number say: a view of the text to find them in, and their value as exact decimals.

Numbers are `Decimal` throughout: 0.1 must stay 0.1. The view differs from `text.fold` in what it keeps:
quotation marks that open and close, the full-width comma (1，438 is two numbers), and spaces between figures.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from decimal import Decimal
from enum import StrEnum
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


class NumberView(NamedTuple):
    """A text as one writes it without OCR damage: half-width forms, no white space inside words and numbers.

    Shape: `text[k]` was read from `offsets[k]` of the original.
    """

    text: str
    offsets: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original span of `text[start:end]`, end excluded."""
        return self.offsets[start], self.offsets[end - 1] + 1


class Reading(NamedTuple):
    """The number that words name: one value, or bounds where the words give only those (三四百, 数万)."""

    value: Decimal | None
    low: Decimal | None = None
    high: Decimal | None = None


# Full-width ASCII except the comma: 1，438 is two numbers, 1,438 one.
_FOLDS = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) != "，"}
_FOLDS |= {ord(char): "~" for char in "〜∼"} | {ord(char): "-" for char in "—–―─−"} | {ord("○"): "〇"}
_GAP = re.compile(r"[\s\u200b\ufeff]+")

_GOES_ON = frozenset("0123456789零〇一二两三四五六七八九十百千万亿数几余多约近超过逾将达上下为至到~-.%")

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
    r"(?:(?:[零〇一二两三四五六七八九十百万亿廿卅]|千(?![瓦伏卡]))+"
    r"(?:(?<=[零一二两三四五六七八九十百])点[零〇一二三四五六七八九]+(?![零〇一二三四五六七八九十百刻]|分(?!之)))?)"
)
# A thousand before 瓦, 克, 米 belongs to the unit: 5千瓦 is five kilowatts.
SCALE = r"(?:[十百万亿]|千(?![瓦克米卡伏]))"
NUMBER = (
    rf"(?:[数几][十百千万亿]+|[二三四五六七八九]?十几[百千万亿]*"
    rf"|{ARABIC}(?:{SCALE}+(?:[0-9]+{SCALE}?(?![年月日]))*)?|{CHINESE})"
)
_TOKEN = re.compile(rf"{ARABIC}|[零〇一二两三四五六七八九十百千万亿]")
_DECIMAL = re.compile(r"([^点]+)点([零〇一二三四五六七八九]+)([十百千万亿]*)")
_PAIR = re.compile(r"((?:.*[十百千万亿])?)([一二两三四五六七八九])([二两三四五六七八九])([十百千万亿]*)")
_TEENS = re.compile(r"([二三四五六七八九]?十)几([百千万亿]*)")
_QUOTE = re.compile('[“”‘’「」《》"]')
_CLOSING = {"“": "”", "‘": "’", "「": "」", "《": "》", '"': '"'}
_LONGEST = {"”": 12, "’": 12, "」": 12, '"': 12, "》": 40}
_CLAUSE = re.compile("[,，。!?;、]")
_FEW_TIMES = (2, 9)  # 数万 and 几万: two to nine of the scale, as record.md 3.2 has it


def view_numbers(text: str) -> NumberView:
    """The text in the view that numbers are looked for in.

    Shape: white space stays, as one character, where it parts things: between two Latin letters or digits, and where a
    paragraph ends; a line feed behind a figure is a hard wrap and goes.
    Source: record.md 3.2, "Text view".
    """
    view = text.translate(_FOLDS)
    pieces: list[str] = []
    offsets: list[int] = []
    done = 0
    for gap in _GAP.finditer(view):
        pieces.append(view[done : gap.start()])
        offsets.extend(range(done, gap.start()))
        done = gap.end()
        if parting := _parting(view, gap.start(), done):
            pieces.append(parting)
            offsets.append(gap.start())
    pieces.append(view[done:])
    offsets.extend(range(done, len(view)))
    return NumberView("".join(pieces), offsets)


def read_number(words: str) -> Reading:
    """The number that `words` name: 1.8万, 一千五百, 1亿2000万, 三四百, 数十万, 十几.

    Shape: `words` is matched by `NUMBER` and holds nothing else.
    """
    if words[0] in "数几":
        scale = _read_exact(words[1:])
        return Reading(None, scale * _FEW_TIMES[0], scale * _FEW_TIMES[1])
    if teens := _TEENS.fullmatch(words):
        ten, scale = _read_exact(teens[1]), _read_exact(teens[2] or "一")
        return Reading(None, (ten + 1) * scale, (ten + 9) * scale)
    pair = _PAIR.fullmatch(words)
    if pair and (DIGITS[pair[3]] - DIGITS[pair[2]] == 1 or pair[2] + pair[3] == "三五"):
        low, high = (_read_exact(pair[1] + pair[choice] + pair[4]) for choice in (2, 3))
        return Reading(None, low, high)
    return Reading(_read_exact(words))


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent: 18000.0 becomes 18000."""
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()


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


def _parting(view: str, start: int, end: int) -> str:
    """What is left of the white space `view[start:end]`: nothing unless it keeps two things apart."""
    if not 0 < start < end < len(view):
        return ""
    left, right = view[start - 1], view[end]
    if left.isascii() and right.isascii() and left.isalnum() and right.isalnum():
        return " "
    breaks = view.count("\n", start, end)
    return "\n" if breaks > 1 or (breaks and left not in _GOES_ON) else ""


def _read_exact(words: str) -> Decimal:
    """The value of a numeral that names one number; digits without a scale read by place (二〇二五)."""
    words = words.replace("廿", "二十").replace("卅", "三十")
    if decimal := _DECIMAL.fullmatch(words):
        tail = Decimal("0." + "".join(str(DIGITS[char]) for char in decimal[2]))
        return plain((_read_exact(decimal[1]) + tail) * _read_exact(decimal[3] or "一"))
    if len(words) > 1 and all(char in DIGITS for char in words):
        return Decimal("".join(str(DIGITS[char]) for char in words))
    total = section = Decimal(0)
    digit: Decimal | None = None
    last_scale = Decimal(1)
    for token in _TOKEN.findall(words):
        if scale := _SCALES.get(token):
            section += (Decimal(1) if digit is None else digit) * scale
            digit, last_scale = None, scale
        elif big := _BIG_SCALES.get(token):
            section += digit or 0
            total = (total + section or Decimal(1)) * big if token == "亿" else total + (section or Decimal(1)) * big
            section, digit, last_scale = Decimal(0), None, big
        else:
            digit = DIGITS[token] if token in DIGITS else Decimal(token.replace(",", "").replace(" ", ""))
            last_scale = last_scale if digit and token in DIGITS else Decimal(10)
    # 三万五 is 35000: a last digit right after a scale counts tenths of it.
    return plain(total + section + (digit or 0) * (last_scale / 10 if last_scale > 10 else 1))
