"""What a sentence says, read for the checks of prose: people and places named, and what stands beside a number.

A Chinese name is looked for only beside what a person does or says (工匠张伟, 张伟说). An English one is a family name
and a given name in pinyin; it is the article's if some run of its characters can be read so. So is a place in English,
which is looked for by the pinyin of provinces and cities. Made to raise no false alarm: it would rather miss a name.

Beside a number stands whether a change came to it or was by it, by which time money is reckoned, and whether a thing is
planned or done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache
from itertools import pairwise, product
from typing import Final, Protocol, TypeVar

from summariser.matching import tables
from summariser.numbers.numerals import WHO, Numeral
from summariser.numbers.quantity import read_direction
from summariser.places import find_places
from summariser.schema.case import AND, Quantity, UnitClass
from summariser.tables import Patterns, any_of, read_table, read_words

_SAYS = Patterns("prose_words")
_CAPITAL = re.compile("[A-Z]")
_LONGEST = 4  # characters of a name
_WORDS = read_words("names")
_SURNAMES = frozenset("".join(_WORDS["surnames"].split()))
_DOUBLE_SURNAMES = tuple(_WORDS["double_surnames"].split())
_ENGLISH, _NOBODY = (frozenset(_WORDS[key].split()) for key in ("english", "no_people"))
_REACH: Final = 60  # characters beside a number in which such words stand
_BESIDE: Final = Patterns("beside")
# The times by which something is reckoned, each with all words for it in an article.
_TIMES: Final = {"小时": "时", "天": "[天日晚夜早]", "周": "周|星期|礼拜", "月": "月", "季度": "季", "年": "年"}
_ENGLISH_TIMES: Final = dict(zip(("hour", "day", "week", "month", "quarter", "year"), _TIMES, strict=True))
_SUMS_OF: Final[dict[str, str]] = read_words("beside")["sums"]
_VERBS: Final = " ".join(read_words("directions")["before"].values()).split()
_EXTENT: Final = Patterns("extents", VERBS="|".join(_VERBS).replace("_", " "))


def find_foreign_people(text: str, article: str) -> list[str]:
    """The people of a Chinese or English sentence whom the folded text of the article does not name."""
    chinese = {
        match["titled"] or match["saying"] or match["first"]
        for match in (_chinese_pattern().finditer(text) if _any_role().search(text) else ())
    }
    names = (chinese - tables().words).union(_english_names(text) if _CAPITAL.search(text) else ())
    return sorted(name for name in names if name not in article and not (name.isascii() and _is_read(name, article)))


def _english_names(text: str) -> Iterator[str]:
    """Family and given name in pinyin, or a family name behind Mr or Ms."""
    surnames = _surnames()
    for match in _SAYS.english_name.finditer(text):
        given = match[2].lower()
        is_name = match[1].lower() in surnames and _given_name().fullmatch(re.sub("[-'’]", "", given))
        is_english = given in _ENGLISH and match[1].lower() in _ENGLISH
        if is_name and not is_english and "_".join(match.groups()) not in _NOBODY:
            yield f"{match[1]} {match[2]}"
    yield from (match[1] for match in _SAYS.addressed.finditer(text) if match[1].lower() in surnames)


@cache
def _any_role() -> re.Pattern[str]:
    """A title, a job or a verb of saying, without one of which nobody is named."""
    return re.compile(any_of(word for key in ("titles", "jobs", "says") for word in _WORDS[key].split()))


@cache
def _chinese_pattern() -> re.Pattern[str]:
    """A name behind a title, or before a title or a verb of saying where a phrase begins."""
    words = _WORDS
    titles, jobs, says = (any_of(words[key].split()) for key in ("titles", "jobs", "says"))
    given = f"[^\\W\\d_a-zA-Z{''.join(words['not_given'].split())}]{{1,2}}"
    surname = f"(?!{titles}|{jobs})(?:{'|'.join(_DOUBLE_SURNAMES)}|[{''.join(sorted(_SURNAMES))}])"
    heads = "".join({word[0] for key in ("titles", "jobs") for word in words[key].split()})
    return re.compile(
        f"(?=[{heads}])(?:(?:{titles})(?P<titled>(?![{words['wordlike']}]){surname}{given})(?=[，、。；：,（]|{words['does']})"
        f"|(?:{titles}|{jobs})(?P<saying>{surname}{given})(?={says}))"
        f"|(?:^|(?<=[，。；、：“”\\s]))(?P<first>{surname}{given})(?={says}|{titles})"
    )


@cache
def _readings() -> dict[str, frozenset[str]]:
    """The ways in which each character is read in pinyin, without tones."""
    readings: dict[str, set[str]] = {}
    for row in read_table("pinyin"):
        for char in row["characters"]:
            readings.setdefault(char, set()).add(row["syllable"])
    return {char: frozenset(syllables) for char, syllables in readings.items()}


@cache
def _surnames() -> frozenset[str]:
    """The family names as pinyin spells them."""
    readings = _readings()
    double = (one + other for name in _DOUBLE_SURNAMES for one in readings[name[0]] for other in readings[name[1]])
    return frozenset(syllable for char in _SURNAMES for syllable in readings[char]) | frozenset(double)


@cache
def _given_name() -> re.Pattern[str]:
    """One syllable of pinyin or two."""
    return re.compile("(?:" + "|".join(row["syllable"] for row in read_table("pinyin")) + "){1,2}")


def _is_read(name: str, article: str) -> bool:
    """Whether some run of up to four characters of the article is read as the name in pinyin; alone, a family name."""
    starts = range(len(article)) if " " in name else (at for at, char in enumerate(article) if char in _SURNAMES)
    return _is_spelled(re.sub("[^a-z]", "", name.lower()), article, starts)


def _is_spelled(name: str, article: str, starts: Iterable[int]) -> bool:
    """Whether up to four characters of the article from one of these places on are read so in pinyin."""
    spellings = {name, name.replace("lyu", "lv").replace("nyu", "nv")}  # Lyu, but Jian|yun
    return any(_reads(spelled, article, start, _LONGEST) for start in starts for spelled in spellings)


def _reads(spelled: str, article: str, start: int, most: int) -> bool:
    """Whether the characters from `start` are read as `spelled`, in at most so many."""
    if not spelled or not most or start >= len(article):
        return not spelled
    return any(
        spelled.startswith(syllable) and _reads(spelled[len(syllable) :], article, start + 1, most - 1)
        for syllable in _readings().get(article[start], ())
    )


_SIGN_NOUNS = "籍资商胞企府"  # behind one: 台籍, 港府
_SIGN_LEADS = "在来赴返离驻进抵援"  # before a character that stands for a province and is a word besides: 来京


def find_foreign_places(text: str, article: str, places: frozenset[str]) -> list[str]:
    """The provinces and cities that an English sentence names and the article does not; counties that it calls so."""
    (cities, counties), people = _english_places(), {word for name in _english_names(text) for word in name.split()}
    found: list[str] = []
    routes = list(_SAYS.route.finditer(text)) if _SAYS.route_printed.search(article) else []
    for match in _english_place().finditer(text):
        if any(route.start() <= match.start() < route.end() for route in routes):
            continue
        spelled = re.sub("[^a-z]", "", match[0].lower())
        codes = cities.get(spelled, frozenset())
        is_place = codes or (spelled in counties and _SAYS.county_behind.match(text, match.end()))
        if not is_place or codes & places or match[0] in people:
            continue
        name = _SAYS.english_name.match(text, match.start())
        if name and _is_read(" ".join(name.groups()), article):  # Jian Ning is 简宁, no 吉安
            continue
        starts = (at for at, char in enumerate(article) if spelled not in _readings().get(char, ()))  # 县 is no Xi'an
        if not _is_spelled(spelled, article, starts):
            found.append(match[0])
    return found


@cache
def _english_places() -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """How English spells provinces and cities, in small letters, with their codes; and how it spells counties."""
    cities: dict[str, set[str]] = {}
    counties: set[str] = set()
    for row in read_table("divisions"):
        spelled = {"".join(syllables) for syllables in product(*(_readings().get(char, "-") for char in row["short"]))}
        if row["level"] == "county":
            counties |= spelled
        else:
            for name in spelled:
                cities.setdefault(name, set()).add(row["code"])
    for row in read_table("english_places"):
        for name in row["names"].lower().replace("_", "").split():
            cities.setdefault(name, set()).add(row["code"])
    return {name: frozenset(codes) for name, codes in cities.items()}, frozenset(counties)


@cache
def _english_place() -> re.Pattern[str]:
    """What may be the name of a place: a word with a capital, or two that are one name (Inner Mongolia)."""
    two = (
        name.replace("_", " ") for row in read_table("english_places") for name in row["names"].split() if "_" in name
    )
    return re.compile(rf"\b(?:{'|'.join(two)}|[A-Z][a-z]+(?:['’][a-z]+)?)\b(?!-[a-z])")


def signed_places(article: str) -> frozenset[str]:
    """The codes of provinces for which an article writes a single character: 京津冀, 来沪."""
    signs, runs = _signs_of_places()
    if not runs.search(article):
        return frozenset()
    for name in dict.fromkeys(place.name for place in find_places(article)):
        article = article.replace(name, " ")  # 连云港 is no 港
    return frozenset(signs[sign] for run in runs.findall(article) for sign in run)


@cache
def _signs_of_places() -> tuple[dict[str, str], re.Pattern[str]]:
    """The codes of provinces by the characters that stand for them, and how these stand in a text."""
    table = read_table("english_places")
    signs = {sign: row["code"] for row in table for sign in row["signs"] + row["common"]}
    alone, every = ("".join(row["signs"] for row in table), "".join(signs))
    return signs, re.compile(f"[{every}]{{2,}}|[{alone}]|(?<=[{_SIGN_LEADS}])[{every}]|[{every}](?=[{_SIGN_NOUNS}])")


def times_beside(text: str, number: Quantity | Numeral) -> frozenset[str]:
    """The times by which a number of a sentence is reckoned: 月 of 每人每月300元 and of 300 yuan a month."""
    if isinstance(number, Quantity):
        return times_of(number)
    found = _BESIDE.english_time.match(text, number.end)
    return frozenset({_ENGLISH_TIMES[found["time"].lower()]}) if found else frozenset()


def times_of(quantity: Quantity) -> frozenset[str]:
    """The times by which a quantity is reckoned, each under one name."""
    pers = (quantity.per or "").split(AND)
    return frozenset(time for time, words in _TIMES.items() for per in pers if per and re.search(words, per))


def may_reckon_by(times: Iterable[str], text: str, numbers: Iterable[Quantity]) -> bool:
    """Whether an article may reckon a number by one of the times: its sentence names it, or any rate does."""
    words = "|".join(_TIMES[time] for time in times)
    rate = re.compile(f"(?:每|按|逐|人均|均|/|一)个?(?:{words})|(?:{words})(?:均|薪|结|补|度|工资|收入|人均|标准)")
    return rate.search(text) is not None or any(re.search(words, _sentence(text, one)) for one in numbers)


def _sentence(text: str, quantity: Quantity) -> str:
    """The sentence in which a quantity stands."""
    starts = [found.end() for found in _BESIDE.sentence_end.finditer(text, 0, quantity.start)]
    end = _BESIDE.sentence_end.search(text, quantity.end)
    return text[starts[-1] if starts else 0 : end.start() if end else len(text)]


def is_told_of_each(text: str, number: Quantity | Numeral) -> bool:
    """Whether a sentence says of a number that it is so much for each of something that is no time: 300 yuan each."""
    if isinstance(number, Quantity):
        return len((number.per or "").split(AND)) > len(times_of(number)) if number.per else False
    before = _BESIDE.each_before.search(text, max(number.start - 2 * _REACH, 0), number.start)
    return bool(before or _BESIDE.each_behind.match(text, number.end))


def are_totals(text: str, numbers: Iterable[Quantity], times: Iterable[str]) -> bool:
    """Whether an article gives all these numbers as sums: their sentences say so, and no word makes a rate of them.

    Shape: people, bodies and money only; a sum of a year (全年共) is one by the year, if `times` has it.
    """
    counted = [(one, _sentence(text, one)) for one in numbers]
    rates = (_BESIDE.rate, *(re.compile(_SUMS_OF[time]) for time in times if time in _SUMS_OF))
    return bool(counted) and all(
        not one.per
        and one.unit_class in WHO | {UnitClass.MONEY}
        and _BESIDE.total.search(sentence)
        and not any(rate.search(sentence) for rate in rates)
        for one, sentence in counted
    )


def is_told_done(text: str, number: Quantity | Numeral) -> bool:
    """Whether a sentence says of a number that it is done: 已新增15个, has built 15 stations."""
    return _BESIDE.done.search(text, max(number.start - _REACH, 0), number.start) is not None


def is_to_come(text: str, start: int, end: int) -> bool:
    """Whether the words beside a time say that it is to come: 12月有望投产, 力争在12月."""
    near = max(start - _REACH, 0)
    return bool(_BESIDE.ahead_before.search(text, near, start) or _BESIDE.ahead_behind.match(text, end))


def are_planned(text: str, numbers: Iterable[Quantity]) -> bool:
    """Whether an article only plans all these numbers, and says nowhere that anything is done."""
    leads = [_BESIDE.planned.search(text, max(one.start - _REACH, 0), one.start) for one in numbers]
    plans = [lead for lead in leads if lead]
    if not plans or len(plans) < len(leads):
        return False
    for lead in reversed(plans):
        text = text[: lead.start()] + text[lead.end() :]
    return _BESIDE.any_done.search(text) is None


class Extent(StrEnum):
    """What a number is to the change that it is told of."""

    BY = "by"
    TO = "to"


class Placed(Protocol):
    """What stands somewhere in a text."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where what stands behind it begins."""


PlacedT = TypeVar("PlacedT", bound=Placed)


def read_extent(text: str, start: int, end: int) -> Extent | None:
    """Whether the number `text[start:end]` is the size of a change or the level reached; None if no words say so."""
    if read_direction(text, start, end) is None:
        return None
    near = max(start - _REACH, 0)
    if _EXTENT.by.search(text, near, start) or (
        _EXTENT.one_of.search(text, near, start) and _EXTENT.drop.match(text, end)
    ):
        return Extent.BY
    return Extent.TO if _EXTENT.to.search(text, near, start) or _EXTENT.times.search(text, near, start) else None


def find_shifts(text: str, numbers: Sequence[PlacedT]) -> Iterator[tuple[PlacedT, PlacedT]]:
    """The numbers of a text that are told as before and after, as pairs: 由12%降到7.5%, from 12 to 7.5 percent.

    Shape: `numbers` in the order of the text; only what stands one behind the other makes a pair.
    """
    for one, other in pairwise(numbers):
        near = max(one.start - _REACH, 0)
        if _EXTENT.second.fullmatch(text, one.end, other.start) and _EXTENT.first.search(text, near, one.start):
            yield one, other
