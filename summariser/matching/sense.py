"""What a misreading may not turn: numbers, names, and words that both sides know.

Three guards, none of which knows a quote: each character of a text has a protection (`protect`); two characters that
exclude each other are never exchanged, nor is a protected one for another that does not print alike
(`exchange_cost`); and an edit that leaves a word on both sides has made another word of it (`turns_sense`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache, lru_cache
from itertools import permutations
from typing import NamedTuple

from summariser.numbers.quantity import find_numerals
from summariser.tables import read_table, read_words

FREE, NAME, SOFT, HARD = range(4)
# Hundredths of an edit: the small change only decides ties, in favour of ends that align.
LOOK_ALIKE, SUBSTITUTED, INDEL, UNLIKELY = 99, 100, 101, 102
REFUSED = 1_000_000

NUMERALS = "〇零一二三四五六七八九十百千万亿两"
_NAME_SUFFIX = re.compile(
    r"省|市(?![场民值价面])|区|县|州|(?<![联加同结])盟|旗(?![下帜舰])|镇|乡|街道|总?工会|"
    r"(?:[供发]电)?(?:股份)?(?:有限)?(?:责任)?[分子]?公司|集团|银行|医院|研究[院所]|"
    r"(?:科技|理工|工业|交通|财经|师范|医科|农业|职业|技术|信息|工程){0,3}(?:大学|学院|学校)"
)
_BEFORE_SUFFIX = re.compile(r"[^\W_]{0,3}$")  # 3 characters tell one 市 or 工会 from another
_FIGURE = re.compile(r"\d|(?<=\d)[.,:](?=\d)|(?<=[\d%])[%‰|]|\|(?=\d)")
_NUMERAL = re.compile(f"[{NUMERALS}]")
_BESIDE_FIGURE = re.compile(r"(?<=[\d%‰])(?:[^\W\d_]|[-~](?=\d))")
_PARTICLES = "的了着"  # lost in copying, nothing is said otherwise


class Edit(NamedTuple):
    """One difference: the quote has `quote[place]` or nothing where the text has `text[other]` or nothing."""

    place: int
    other: int
    cost: int
    in_quote: bool
    in_text: bool


class _Tables(NamedTuple):
    """What the tables say of characters and words."""

    look_alikes: Mapping[str, Set[str]]
    exclusive: Set[str]
    modifiers: Set[str]
    surnames: Set[str]
    family_name: re.Pattern[str]
    turning: re.Pattern[str]
    words: Set[str]
    common_words: Set[str]
    common_characters: Set[str]


@cache
def tables() -> _Tables:
    """The tables, read once. Words have two characters; a place counts as one by the first two of its short name."""
    own, lists, divisions = read_words("matching"), read_words("words"), read_table("divisions")
    alikes: defaultdict[str, set[str]] = defaultdict(set)
    for entry in (read_words("look_alikes")["glyphs"] + own["look_alikes"]).split():
        for other in entry[1:]:
            alikes[entry[0]].add(other)
            alikes[other].add(entry[0])
    common, rare = ({e[0] + second for e in lists[kind].split() for second in e[1:]} for kind in ("common", "other"))
    places = {row["short"][:2] for row in divisions}
    provinces = (row["short"] for row in divisions if row["level"] == "province")
    names = read_words("names")
    surnames = "".join(names["surnames"].split())
    return _Tables(
        look_alikes=alikes,
        exclusive={"".join(pair) for group in own["exclusive"].split() for pair in permutations(group, 2)},
        modifiers=set("".join(own["modifiers"].split())),
        surnames=set(surnames),
        family_name=re.compile(
            f"(?:{'|'.join(names['double_surnames'].split())}|[{surnames}])(?=([\u4e00-\u9fff]{{1,2}}))"
        ),
        turning=re.compile(f"{'|'.join(provinces)}|[{own['turning']}]"),
        words=common | rare | places | set(own["words"].split()),
        common_words=common | places,
        common_characters=set("".join(common)),
    )


@lru_cache(maxsize=64)
def protect(text: str) -> bytes:
    """How far each character of a folded text may be misread: 0 freely, 1 if no name, 2 as a look-alike, 3 never."""
    marks = bytearray(len(text))
    for level, start, end in sorted(_protected_spans(text)):
        marks[start:end] = bytes([level]) * (min(end, len(text)) - start)
    return bytes(marks)


def _protected_spans(text: str) -> Iterator[tuple[int, int, int]]:
    """Each span of a text that is more than free, as its level, start and end."""
    known = tables()
    for suffix in _NAME_SUFFIX.finditer(text):
        before = _BEFORE_SUFFIX.search(text, max(suffix.start() - 3, 0), suffix.start())
        yield NAME, before.start() if before else suffix.start(), suffix.end()
    for name in known.family_name.finditer(text):
        pairs = {text[name.start() : name.start() + 2], text[max(name.start() - 1, 0) : name.start() + 1]}
        if len(name.group()) > 1 or pairs.isdisjoint(known.words):
            yield NAME, name.start(), name.end(1)
    for pattern, level in ((known.turning, SOFT), (_NUMERAL, SOFT), (_BESIDE_FIGURE, SOFT), (_FIGURE, HARD)):
        yield from ((level, *found.span()) for found in pattern.finditer(text))
    for start, end in numeral_spans(text):
        yield SOFT, start, end
        yield from ((HARD, *found.span()) for found in _NUMERAL.finditer(text, start, end))


@lru_cache(maxsize=64)
def numeral_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the numerals of a text stand, with their units and what makes them approximate."""
    return tuple((numeral.start, numeral.end) for numeral in find_numerals(text))


@lru_cache(maxsize=8192)
def exchange_cost(char: str, mark: int, other: str, other_mark: int) -> int:
    """What it costs to read one character as another, each with its protection."""
    known, names = tables(), mark == other_mark == NAME
    if HARD in (mark, other_mark) or char + other in known.exclusive or (names and {char, other} <= known.surnames):
        return REFUSED
    if other in known.look_alikes.get(char, ()):
        return LOOK_ALIKE
    if SOFT in (mark, other_mark) or names:
        return REFUSED
    return SUBSTITUTED if char.isalnum() == other.isalnum() else UNLIKELY


def turns_sense(edits: Sequence[Edit], quote: str, text: str) -> bool:
    """Whether an edit makes another word, or takes a word of its own away; `edits` in text order.

    Shape: where the characters print alike, both words have to be common: 贷款 is no misread 货款, but 织工 of 职工.
    Two edits side by side make another word if all their characters are in common use and do not print alike.
    """
    known, beside = tables(), -2
    for edit in edits:
        if edit.in_quote != edit.in_text:
            if not _is_slip(*((quote, edit.place) if edit.in_quote else (text, edit.other))):
                return True
            continue
        words = known.common_words if edit.cost == LOOK_ALIKE else known.words
        if any(
            one in words and other in words
            for one, other in zip(_pairs(quote, edit.place), _pairs(text, edit.other), strict=True)
        ):
            return True
        if edit.cost == SUBSTITUTED and {quote[edit.place], text[edit.other]} <= known.common_characters:
            if edit.place == beside + 1:
                return True
            beside = edit.place
    return False


def _is_slip(text: str, place: int) -> bool:
    """Whether a character may have been lost or added by mistake: a mark, a double, or a part of a word."""
    char = text[place]
    if not char.isalnum() or char in _PARTICLES or {char * 2} & {*_pairs(text, place)}:
        return True
    return char not in tables().modifiers and not tables().words.isdisjoint(_pairs(text, place))


def _pairs(text: str, place: int) -> tuple[str, str]:
    """A character with the one before it, and with the one behind it; shorter at the ends of a text."""
    return text[max(place - 1, 0) : place + 1], text[place : place + 2]
