"""What the words of a number say, as exact decimals: Chinese and Arabic numerals, and those of English sentences.

Numbers are `Decimal` throughout: 0.1 must stay 0.1. The words are those of the folded text (`view.py`).

The numerals of an English sentence are held against those of a Chinese article. `30 million yuan` says 30000000 as
3000万元 does. The pronoun *one* says no number and is left out, with the words that only look like ordinals
(first-line, at first).

What the words beside a Chinese numeral say: what it counts, or that it counts nothing. Of measure words
(`measure_words.csv`) the longest that stands at a place is taken, unless a longer word begins with it (5名次), and
unless that word in turn is only an accident of two others (3402家政府, 1000所以上): `word_borders.toml` has both. Dates
and times, ordinals, names, formulas and idioms hold numerals that count nothing (`mask_at`); the patterns stand in
`numeral_masks.toml`, whole words that only begin with a numeral (五台山, 三轮车) in `numeral_words.toml`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final, NamedTuple

from summariser.schema.case import UnitClass
from summariser.tables import Patterns, any_of, fill, groups, read_table, read_words
from summariser.text import to_half_width


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

    @property
    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        """The outer bounds: the value, or what is named where it is vague (几千元)."""
        return (self.low, self.high) if self.value is None else (self.value, self.value)

    def map(self, change: Callable[[Decimal], Decimal]) -> Reading:
        """The reading of which each number is changed."""
        return Reading(*(None if one is None else plain(change(one)) for one in self))


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
    r"(?:(?:[零〇一二三四五六七八九十万亿廿卅]|百(?!分点)|(?<![二三四五六七八九十])两|(?<![十百])千(?![瓦伏卡帕焦]))+"
    r"(?:(?<=[零〇一二两三四五六七八九十百])点[零〇一二三四五六七八九]+(?![零〇一二三四五六七八九十百刻]|分(?!之)))?)"
)
# A thousand before 瓦, 克, 米 belongs to the unit: 5千瓦 is five kilowatts.
SCALE = r"(?:[十万亿]|百(?!分点)|(?<![十百])千(?![瓦克米卡伏帕焦赫]|牛(?![羊奶肉只头])))"
# Several, before figures; 数 only where it ends no noun (人数10名).
_SEVERAL = (
    r"(?:几|数(?:(?<![^\W_].)"
    "|(?<=[了有为近约达过等的和及在内中上来后前着给将对由被让供带救].)"
    "|(?<=[省市县区镇乡村].)(?=10{1,3}[万余多]?[位名人户])))"
)
NUMBER = (
    rf"(?:[数几](?:[十百千][万亿]*|[万亿]+)|{_SEVERAL}10{{1,3}}(?![0-9.,]){SCALE}*"
    rf"|(?:{ARABIC}(?:{SCALE}+(?:零?(?:[0-9],[0-9]{{3}}(?![0-9,])|[0-9]++|[一二两三四五六七八九](?=[十百千]|[,，。;!?元块]|$))(?:{SCALE}(?![0-9])|(?![0-9.,年月日]))(?![年月日]))*+)?|\.[0-9]+(?:{SCALE})?|{CHINESE})(?:[几数](?:[十百千][万亿]*|[万亿]+)|(?<=[十0])几(?![乎何]))?)"
)
_FIGURES = re.compile(ARABIC)
_TOKEN = re.compile(rf"{ARABIC}|[零〇一二两三四五六七八九十百千万亿]")
_DECIMAL = re.compile(r"([^点]+)点([零〇一二三四五六七八九]+)([十百千万亿]*)")
_BY_PLACE = re.compile("([零〇一二两三四五六七八九]{2,})([百千万亿]*)")  # 二〇二五, 一〇〇万
_PAIR = re.compile(r"((?:.*[十百千万亿])?)([一二两三四五六七八九])([二两三四五六七八九])([十百千万亿]*)")
_FEW_MORE = re.compile(r"(.+)[几数]([十百千万亿]?)([百千万亿]*)")  # 十几, 10几万, 一千几百
_QUOTE = re.compile('[“”‘’「」《》"]')
_CLOSING = {"“": "”", "‘": "’", "「": "」", "《": "》", '"': '"'}
_LONGEST = {"”": 12, "’": 12, "」": 12, '"': 12, "》": 40}
_CLAUSE = re.compile("[,，。!?;、]")
_FEW_TIMES = (Decimal(2), Decimal(9))  # 数万 and 几万: two to nine of the scale
_LAST_TEEN = Decimal(9)
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
        scale = Reading(_read_exact(words[1:]))
        return _between(*(scale.map(few.__mul__).value for few in _FEW_TIMES))
    if few := _FEW_MORE.fullmatch(words):
        return _few_more(*few.groups())
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
        # 三万五 is 35000: a last digit right after a scale counts tenths of it; 1万2500 and 2万0,008 fill its places.
        is_next_place = len(last_token) == 1
        if not is_next_place and Decimal(10) ** len(last_token.replace(",", "")) < last_scale:
            return None
        digit *= last_scale / 10 if is_next_place else 1
    return plain(sum((part for part in (total, section, digit) if part), Decimal(0)))


def _few_more(head: str, first: str, rest: str) -> Reading:
    """The bounds of 十几 (11 to 19), 十几万, 一千几百 (1200 to 1900), 一百几十万; none without a place for it."""
    base = _read_exact(head)
    one, many = _read_exact(first or "一"), _read_exact(rest or "一")
    if base is None or one is None or many is None:
        return Reading(None)
    for step, scale in ((one * many, Decimal(1)), (one, many)):
        if step > 1 and not base % (10 * step):
            return _between(*(plain((base + few * step) * scale) for few in _FEW_TIMES))
    if base % 10 or base >= 1000:
        return Reading(None)
    return _between(*(plain((base + ones) * one * many) for ones in (Decimal(1), _LAST_TEEN)))


def _between(low: Decimal | None, high: Decimal | None) -> Reading:
    return Reading(None) if low is None or high is None else Reading(None, low, high)


_TABLE = read_words("english_numbers")
_TENS = {word: 10 * ten for ten, word in enumerate(_TABLE["tens"].split(), 2)}
_SMALL = {word: value for value, word in enumerate(_TABLE["small"].split())} | _TENS
_ENGLISH_SCALES = _TABLE["scales"]
_ORDINALS = {word: value for value, word in enumerate(_TABLE["ordinals"].split(), 1)}
_ORDINALS |= {word: 10 * ten for ten, word in enumerate(_TABLE["tens_ordinals"].split(), 3)}
_MONTHS = _TABLE["months"].split()
_MULTIPLIED = {word: Decimal(factor) for word, factor in _TABLE["multiplied"].items()}
_FACTORS = _MULTIPLIED | {word: Decimal(factor) for word, factor in _TABLE["often"].items()}
_DENOMINATORS = _TABLE["denominators"]
_PERCENT, _HALF = Decimal(100), Decimal("0.5")

_WORD = "|".join(sorted([*_SMALL, *_ENGLISH_SCALES], key=len, reverse=True))
_SCALE = "|".join(sorted(_ENGLISH_SCALES, key=len, reverse=True))
_ROUND = _TABLE["round"]
_FIRST_WORDS = frozenset(
    [*_SMALL, *_ENGLISH_SCALES, *_ORDINALS, *_FACTORS, *_ROUND, "a", "an", "half", "several", "no"]
)
_FIRST_WORDS |= {f"{word}fold" for word in (*_SMALL, *_ENGLISH_SCALES)} | {"sept"}
_FIRST_WORDS |= {spelled.lower() for month in _MONTHS for spelled in (month, month[:3])}
_WORDS = Patterns(
    "english_numbers",
    ARABIC=ARABIC,
    WORD=_WORD,
    SCALE=_SCALE,
    ORDINAL="|".join(_ORDINALS),
    FRACTION="|".join(_DENOMINATORS),
    FACTOR="|".join(_FACTORS),
    ROUND="|".join(_ROUND),
    MONTH="|".join(_MONTHS),
    SHORT_MONTH="|".join(month[:3] for month in _MONTHS),
)
_NOON = 12
_REACH = 14  # characters before a numeral that tell what it is
# What a form is used for where it is no quantity.
_KINDS = {"name": NumeralKind.NAME, "nth": NumeralKind.ORDINAL, "ordinal": NumeralKind.ORDINAL}
_KINDS |= dict.fromkeys(("decade", "month", "year"), NumeralKind.DATE)


def read_factors(numeral: Numeral, text: str) -> frozenset[Decimal]:
    """How many times as much a numeral says that something is (doubled, twice as many); empty if it says how often.

    Shape: three times more and to rise threefold may be three times as much or four.
    """
    words, times = numeral.raw.lower(), _WORDS.times_as.match(text, numeral.end)
    if words not in _MULTIPLIED and not words.endswith("fold") and not times:
        return frozenset()
    is_added = words.endswith("fold") or _WORDS.added.match(text, numeral.end)
    return numeral.values | {value + 1 for value in numeral.values if is_added}


def find_english_numerals(text: str) -> list[Numeral]:
    """Every numeral of English `text`, in text order.

    Shape: *one* alone is none; month names give the number of the month; the first end of `2-3 million` may stand for
    2 or for 2000000; `dozens` and `hundreds` stand for any round number they may mean.
    """
    text = to_half_width(text)
    found = [numeral for match in _match_numerals(text) for numeral in _read(match, text)]
    return [_with_lent_scale(text, *pair) for pair in zip(found, [*found[1:], None], strict=False)]


def _match_numerals(text: str) -> Iterator[re.Match[str]]:
    """Where the forms of a numeral stand, tried only at what may begin one."""
    position = 0
    for head in _WORDS.head.finditer(text):
        if head.start() < position:
            continue
        may_begin = head[0].isdigit() or head[1] or head[0].lower() in _FIRST_WORDS
        if may_begin and (found := _WORDS.numeral.match(text, head.start())):
            yield found
            position = found.end()


def _read(match: re.Match[str], text: str) -> Iterator[Numeral]:
    """The numerals of one match: several for 24/7, none for *one* and the verb *may*."""
    form, start, end = match.lastgroup or "", match.start(), match.end()
    kind, before = _KINDS.get(form, NumeralKind.QUANTITY), text[max(start - _REACH, 0) : start]
    clock = _WORDS.clock.fullmatch(match[0])
    clock = clock or (_WORDS.half_day.match(text, end) and _WORDS.dotted_clock.fullmatch(match[0]))
    if clock:
        yield _clock_hour(clock[1], start)
        if int(clock[2]):
            yield Numeral(clock[2], frozenset({Decimal(clock[2])}), start + clock.start(2), end, NumeralKind.NAME)
    elif form == "name":
        for digits in _FIGURES.finditer(text, start, end):
            yield Numeral(digits[0], frozenset({Decimal(digits[0])}), *digits.span(), kind)
    elif form == "number" and match[0].isdigit() and _WORDS.half_day.match(text, end):
        yield _clock_hour(match[0], start)
    elif not _is_word_only(form, match, before):
        values = _values(form, match)
        is_by_month = _WORDS.after_month.search(before) or _WORDS.before_month.match(text, end)
        if form == "number" and _WORDS.numbered.search(before):
            kind = NumeralKind.ORDINAL
        elif form == "number" and match[0].isdigit() and is_by_month:
            kind = NumeralKind.DATE
        if kind is NumeralKind.QUANTITY and (_WORDS.minus.search(before) or _WORDS.below.match(text, end)):
            values = {-value for value in values}
        yield Numeral(match[0], frozenset(values), start, end, kind)


def _clock_hour(raw: str, start: int) -> Numeral:
    """An hour, which another language may count from noon: 19:00 is 晚上7点."""
    hour = Decimal(raw)
    other = hour + _NOON if hour <= _NOON else hour - _NOON
    midnight = {Decimal(0)} if hour == _NOON else set()  # 12:45 a.m.
    return Numeral(raw, frozenset({hour, other, *midnight}), start, start + len(raw), NumeralKind.DATE)


def _is_word_only(form: str, match: re.Match[str], before: str) -> bool:
    """Whether the words say no number here: one, at first, ten seconds, you may, once a quarter."""
    words = match[0].lower()
    if form == "month" and words in {"may", "march"}:
        return not (_WORDS.is_month_may.match(match.string, match.end()) or _WORDS.month_before.search(before))
    if form == "ordinal":
        is_time = words == "second" and (before[-2:-1].isdigit() or _WORDS.rate_before.search(before))
        return f" {before.lower()}".endswith(" at ") or bool(is_time)
    if words == "a quarter":
        return bool(_WORDS.times_before.search(before))
    return form == "number" and (
        words in {"one", "k", "mn", "bn", "decade", "decades", "centuries"}
        or (words == "zero" and before.endswith("below "))
    )


def _values(form: str, match: re.Match[str]) -> set[Decimal]:
    """The numbers that the words of one form may stand for."""
    words = match[0].lower()
    if form in _COUNTED:
        return _COUNTED[form](match)
    if form == "month":
        return {Decimal(next(n for n, month in enumerate(_MONTHS, 1) if month.lower().startswith(words[:3])))}
    if form == "ordinal":
        tens, _, ones = words.rpartition("-")
        return {Decimal(_SMALL.get(tens, 0) + _ORDINALS[ones])}
    if form in {"nth", "decade", "year"}:
        number = Decimal(re.sub("[^0-9]", "", words))
        return {number, number + 1900, number + 2000} if form == "decade" and number < 100 else {number}
    return {_FACTORS[words] if words in _FACTORS else _read_words(words.removesuffix("fold"))}


def _share(match: re.Match[str]) -> set[Decimal]:
    """Two thirds, also as per cent; *a third* may be one more unless of something, three quarters those of a year."""
    bottom = _DENOMINATORS[match["bottom"].lower()]
    is_article = match["top"].lower() in {"a", "an"}
    top = Decimal(1) if is_article else _read_words(match["top"])
    shares = {top / bottom, _PERCENT * top / bottom} | _minutes(match, top / bottom)
    if bottom == _DENOMINATORS["quarter"]:
        return shares if is_article else shares | {top}
    before = match.string[max(match.start() - 12, 0) : match.start()]
    is_part = _WORDS.part_after.match(match.string, match.end()) or _WORDS.part_before.search(before)
    return shares | {Decimal(bottom)} if is_article and not is_part else shares


def _ratio(match: re.Match[str]) -> set[Decimal]:
    """One in five, also as per cent, 3 per thousand people as 3 too; nothing larger than the whole."""
    some = _read_words(match["some"] or match["some_of"])
    many = _read_words(match["many"] or match["many_of"] or "thousand")
    counted = {some} if _WORDS.things_of.match(match.string, match.end()) else set()
    return {plain(some / many), plain(_PERCENT * some / many)} | counted if some < many else {some, many}


def _round(match: re.Match[str]) -> set[Decimal]:
    """Dozens, hundreds, tens of thousands: any multiple they may mean."""
    unit = _ROUND[match["tens"].lower()] * _ROUND.get((match["of"] or "").lower(), 1)
    return {Decimal(unit * k) for k in range(1, 100 if unit >= 1000 else 10)}


def _few(match: re.Match[str]) -> set[Decimal]:
    """Several hundred: two to nine of them."""
    unit = _ROUND[match["few_of"].lower() + "s"] * _ENGLISH_SCALES.get((match["few_more"] or "").lower(), 1)
    return {Decimal(unit * k) for k in range(2, 10)}


def _half(match: re.Match[str]) -> set[Decimal]:
    """Half, half a million, two and a half."""
    scale = _ENGLISH_SCALES.get((match["half_scale"] or match["half_of"] or "").lower(), 1)
    if match["whole"] or match["half_of"] or match["one_half"]:
        whole = Decimal(1) if match["one_half"] else _read_words(match["whole"] or "")
        return {plain((whole + _HALF) * scale)}
    return {_HALF} if match["half_percent"] else {_HALF, Decimal(50)} | _minutes(match, _HALF)


def _minutes(match: re.Match[str], share: Decimal) -> set[Decimal]:
    """The minutes of a share of an hour: a quarter of an hour, half an hour."""
    return {plain(share * 60)} if _WORDS.of_hour.match(match.string, match.end()) else set()


_COUNTED: dict[str, Callable[[re.Match[str]], set[Decimal]]] = {
    "share": _share,
    "ratio": _ratio,
    "round": _round,
    "few": _few,
    "half": _half,
}


def _read_words(words: str) -> Decimal:
    """The number that words or figures name: twenty-three, 1.8 million, two hundred and five."""
    total = section = Decimal(0)
    for word in re.findall(rf"{ARABIC}|[a-z]+", words.lower()):
        scale = _ENGLISH_SCALES.get(word)
        if word[0].isdigit():
            section += Decimal(word.replace(",", ""))
        elif scale is None:
            section += _SMALL.get(word, 0)  # none for *and*
        elif scale < 1000:
            section = (section or Decimal(1)) * scale
        else:
            total, section = total + (section or Decimal(1)) * scale, Decimal(0)
    return plain(total + section)


def _with_lent_scale(text: str, numeral: Numeral, following: Numeral | None) -> Numeral:
    """The first end of `2 to 3 million` with the scale of the second as a second reading."""
    if following is None or not _WORDS.joint.fullmatch(text, numeral.end, following.start):
        return numeral
    scale = _WORDS.last_scales.search(following.raw)
    if scale is None or _WORDS.last_scales.search(numeral.raw):
        return numeral
    factor = _read_words(scale[0].strip(" -"))
    return numeral._replace(values=numeral.values | {plain(value * factor) for value in numeral.values})


PEOPLE: Final = frozenset({UnitClass.PERSON, UnitClass.PERSON_TIME})
WHO: Final = PEOPLE | {UnitClass.HOUSEHOLD, UnitClass.ORGANISATION}
WHOLE: Final = WHO | {UnitClass.ACTIVITY_TIME, UnitClass.COUNT, UnitClass.STRUCTURE}  # of which there is no half
SHARES: Final = frozenset({UnitClass.PERCENT, UnitClass.PERCENTAGE_POINT})
SIZES: Final = frozenset({UnitClass.AREA, UnitClass.LENGTH, UnitClass.MASS})
# What a unit of one class is never taken for: units of another of these, and words that count things only.
_MEASURES: Final = {
    **dict.fromkeys(PEOPLE, "people"),
    **dict.fromkeys(WHO - PEOPLE, "bodies"),
    **dict.fromkeys(SHARES, "shares"),
    **{each: each.value for each in SIZES | {UnitClass.MONEY, UnitClass.DURATION, UnitClass.MULTIPLE}},
}
_THINGS: Final = "things"
_PIECES: Final = "pieces"  # of 个, which may be people, firms or things; 8个课时 is a time
_INNER: Final = "多余半来"  # 一个多月, 两个半小时
_MORE_MEASURED: Final = "小时 分钟 ℃ 摄氏度 千瓦时 千瓦 度 立方米 升 毫升 天 年 岁 个月"


class MeasureWord(NamedTuple):
    """A row of the table; `behind` and `alone` say which numbers it may follow."""

    word: str
    unit_class: UnitClass
    behind: str
    alone: str
    ahead: re.Pattern[str] | None
    ucum: str = ""
    is_thing: bool = False


class Unit(NamedTuple):
    """A measure word that stands in a text up to `end`; `inner` is what is set into it: 多 of 一个多月."""

    measure: MeasureWord
    end: int
    inner: str = ""


@cache
def measure_words() -> dict[str, MeasureWord]:
    """The table by words."""
    words: dict[str, MeasureWord] = {}
    for row in read_table("measure_words"):
        word, ahead = row["word"], re.compile(row["ahead"].replace("$", r"\Z")) if row["ahead"] else None
        kind, is_thing = UnitClass(row["class"]), bool(row["thing"])
        words[word] = MeasureWord(word, kind, row["behind"], row["alone"], ahead, row["ucum"], is_thing)
    return words


class Counted(NamedTuple):
    """What a number counts: the class of its unit, and the unit where it is known."""

    unit_class: UnitClass
    unit: str = ""


def are_apart(one: Counted, other: Counted, *, counted: bool) -> bool:
    """Whether two units count things of which none is the other: people and money are, people and 项, 个 and money.

    Shape: with `counted`, people are apart from firms, households and things too.
    """
    classes = {one.unit_class, other.unit_class}
    own, its = _kind_of(one), _kind_of(other)
    if not (own and its) or own == its or (UnitClass.PERSON_TIME in classes and _THINGS in (own, its)):
        return False  # 5000次 of help are 5000人次
    if _PIECES in (own, its):
        return not {own, its} & {"people", "bodies", _THINGS, UnitClass.DURATION.value}
    return counted or not all(each.unit_class in WHO or _is_thing(each) for each in (one, other))


def _kind_of(each: Counted) -> str | None:
    """Which of `_MEASURES` a unit is of; things are a kind of their own, and what may count anything is of none."""
    return _MEASURES.get(each.unit_class) or (_PIECES if each.unit == "个" else _THINGS if _is_thing(each) else None)


def _is_thing(each: Counted) -> bool:
    """Whether a unit counts things or events only."""
    known = measure_words().get(each.unit)
    return known is not None and known.is_thing


@cache
def nouns() -> frozenset[str]:
    """The nouns that follow a scaled number without a measure word; they are no unit."""
    return frozenset(word for word, row in measure_words().items() if row.behind == "noun")


def unit_class_of(unit: str) -> UnitClass | None:
    """What a measure word counts, or None if it is none we know."""
    known = measure_words().get(unit)
    return known.unit_class if known else None


def ucum_of(unit: str) -> str | None:
    """The code of a printed unit in the Unified Code for Units of Measure, or None if it has none: m2 of 平方米."""
    known = measure_words().get(unit)
    return (known.ucum or None) if known else None


def unit_at(text: str, place: int) -> Unit | None:
    """The measure word at a place of the folded text, the longest there is; None if a longer word begins there."""
    head = text[place : place + 1]
    if head == "个" and text[place + 1 : place + 2] in tuple(_INNER):
        rest = "个" + text[place + 2 : place + 6]
        inner = unit_at(rest, 0)
        if inner and len(inner.measure.word) > 1 and inner.measure.unit_class is UnitClass.DURATION:
            return Unit(inner.measure, place + 1 + inner.end, text[place + 1])
    for words in _by_head().get(head, ()):
        if text.startswith(words.word, place) and is_whole(text, place, words):
            return Unit(words, place + len(words.word))
    return None


@cache
def measured_units() -> str:
    """A pattern for scales and for units of what is measured, not counted."""
    measured = SHARES | SIZES | {UnitClass.MONEY, UnitClass.MULTIPLE}
    words = {word for word, row in measure_words().items() if row.unit_class in measured or word.isascii()}
    return f"(?:[百千万亿]|{any_of((words | set(_MORE_MEASURED.split())) - set('里两石担钱'))})"


@cache
def counted_units() -> str:
    """A pattern for all measure words, the longest first."""
    return f"(?:{any_of(measure_words().keys() - nouns())})"


@cache
def _by_head() -> dict[str, tuple[MeasureWord, ...]]:
    """Measure words by their first character, the longest first."""
    heads: defaultdict[str, list[MeasureWord]] = defaultdict(list)
    for row in sorted(measure_words().values(), key=lambda row: -len(row.word)):
        heads[row.word[0]].append(row)
    return {head: tuple(rows) for head, rows in heads.items()}


@cache
def _borders() -> tuple[frozenset[str], frozenset[str]]:
    """Words that begin with a measure word, and words that may cross their end."""
    words = read_words("word_borders")
    return frozenset(words["begins"].split()), frozenset(words["crossing"].split())


def is_whole(text: str, place: int, row: MeasureWord) -> bool:
    """Whether a measure word ends where it does: no Latin letter goes on with it, no longer word begins with it."""
    end = place + len(row.word)
    after = text[end : end + 1]
    if row.ahead and not row.ahead.match(text, end):
        return False
    if row.word[-1].isascii() and row.word[-1].isalpha():
        return not (after.isascii() and after.isalpha())
    # 3个人工岛, 12人次日: the last character of a measure word may belong to the next word.
    is_double = row.unit_class in WHOLE and row.word[:-1] in measure_words()
    return not (_goes_on(text, place, end) or (is_double and _goes_on(text, end - 1, end, parted=True)))


def _goes_on(text: str, place: int, end: int, *, parted: bool = False) -> bool:
    """Whether a longer word begins at a place and passes `end`, and is no accident of two others.

    Shape: `parted`, if a word that stands right behind it speaks for it too: 人民 before 法庭.
    """
    begins, crossing = _borders()
    longer = [
        length
        for length in (4, 3, 2)
        if end - place < length <= len(text) - place and (word := text[place : place + length]) in begins
        # 个人体 speaks against the measure word 个人 alone
        if not any(word[:inner] in measure_words() for inner in range(end - place + 1, length))
    ]
    if not longer:
        return False
    border = place + longer[0]
    if parted and text[border : border + 2] in crossing:
        return True
    return not any(
        text[start:stop] in crossing
        for start in range(end, border)
        for stop in (border + 1, border + 2)
        if stop - start in (2, 3) and stop <= len(text)
    )


_MASKS = ("idiom", "date", "ordinal", "name")


class Mask(NamedTuple):
    """Words of a text that hold no quantity: idiom, date, ordinal or name."""

    kind: str
    start: int
    end: int


def mask_at(text: str, place: int) -> Mask | None:
    """The words that begin at a place of the folded text and hold numerals that count nothing."""
    found = _pattern().match(text, place)
    if found:
        return Mask(str(found.lastgroup), place, found.end())
    words = (word for word in _words().get(text[place : place + 2], ()) if text.startswith(word, place))
    word = next(words, None)
    return Mask("idiom", place, place + len(word)) if word else None


@cache
def _pattern() -> re.Pattern[str]:
    """All patterns as one, a group for each kind."""
    table = read_words("numeral_masks")
    latin = any_of(word for word in measure_words() if word[0].isascii() and word[0].isalpha())
    pattern = groups({kind: table[kind] for kind in _MASKS})
    return re.compile(fill(pattern, {**table["parts"], "LATIN_UNIT": f"(?:{latin})", "COUNTED": counted_units()}))


@cache
def _words() -> dict[str, tuple[str, ...]]:
    """The whole words by their first two characters, the longest first."""
    words: dict[str, tuple[str, ...]] = {}
    for word in sorted(read_words("numeral_words")["idiom"].split(), key=len, reverse=True):
        words[word[:2]] = (*words.get(word[:2], ()), word)
    return words
