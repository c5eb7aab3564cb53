"""What the words beside a Chinese numeral say: what it counts, or that it counts nothing.

Measure words: the longest word of `measure_words.csv` that stands at a place is taken, unless a longer word begins with
it (5名次), and unless that word in turn is only an accident of two others (3402家政府, 1000所以上): `word_borders.toml`
has both.

Masks: dates and times, ordinals, names and formulas, idioms hold numerals that count nothing. `mask_at` is asked
wherever a numeral may begin. The patterns stand in `numeral_masks.toml`, whole words that only begin with a numeral
(五台山, 三轮车) in `numeral_words.toml`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Final, NamedTuple

from summariser.schema.quantity import UnitClass
from summariser.tables import any_of, fill, groups, read_table, read_words

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
    return {
        row["word"]: MeasureWord(
            row["word"],
            UnitClass(row["class"]),
            row["behind"],
            row["alone"],
            re.compile(row["ahead"].replace("$", r"\Z")) if row["ahead"] else None,
            row["ucum"],
            bool(row["thing"]),
        )
        for row in read_table("measure_words")
    }


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
        if text.startswith(words.word, place) and _is_whole(text, place, words):
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


def _is_whole(text: str, place: int, row: MeasureWord) -> bool:
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
        if length > end - place and (word := text[place : place + length]) in begins
        # 个人体 speaks against the measure word 个人 alone
        if not any(word[:inner] in measure_words() for inner in range(end - place + 1, length))
    ]
    if not longer or len(text) < place + longer[0]:
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


_KINDS = ("idiom", "date", "ordinal", "name")


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
    pattern = groups({kind: table[kind] for kind in _KINDS})
    return re.compile(fill(pattern, {**table["parts"], "LATIN_UNIT": f"(?:{latin})"}))


@cache
def _words() -> dict[str, tuple[str, ...]]:
    """The whole words by their first two characters, the longest first."""
    words: dict[str, tuple[str, ...]] = {}
    for word in sorted(read_words("numeral_words")["idiom"].split(), key=len, reverse=True):
        words[word[:2]] = (*words.get(word[:2], ()), word)
    return words
