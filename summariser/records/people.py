"""The people that prose names, held against the article: a name that it does not print is invented.

A Chinese name is looked for only beside what a person does or says (工匠张伟, 张伟说). An English one is a family name
and a given name in pinyin; it is the article's if some run of its characters can be read so. Made to raise no false
alarm: it would rather miss a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from summariser.tables import read_table, read_words

_ENGLISH_NAME = re.compile(r"\b(?=([A-Z][a-z]{1,8}) ([A-Z][a-z]{1,12}(?:[-'’][A-Za-z][a-z]{1,6})?)(?![\w-]))")
_ADDRESSED = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Comrade)\.? ([A-Z][a-z]{1,8})\b(?! [A-Z])")
_LONGEST = 4  # characters of a name
_WORDS = read_words("names")
_SURNAMES = frozenset("".join(_WORDS["surnames"].split()))
_DOUBLE_SURNAMES = tuple(_WORDS["double_surnames"].split())
_ENGLISH, _NOBODY = (frozenset(_WORDS[key].split()) for key in ("english", "no_people"))


def find_foreign_people(text: str, article: str) -> list[str]:
    """The people of a Chinese or English sentence whom the folded text of the article does not name."""
    chinese = {match["titled"] or match["saying"] or match["first"] for match in _chinese_pattern().finditer(text)}
    names = chinese.union(_english_names(text))
    return sorted(name for name in names if name not in article and not (name.isascii() and _is_read(name, article)))


def _english_names(text: str) -> Iterator[str]:
    """Family and given name in pinyin, or a family name behind Mr or Ms."""
    surnames = _surnames()
    for match in _ENGLISH_NAME.finditer(text):
        given = match[2].lower()
        is_name = match[1].lower() in surnames and _given_name().fullmatch(re.sub("[-'’]", "", given))
        is_english = given in _ENGLISH and match[1].lower() in _ENGLISH
        if is_name and not is_english and "_".join(match.groups()) not in _NOBODY:
            yield f"{match[1]} {match[2]}"
    yield from (match[1] for match in _ADDRESSED.finditer(text) if match[1].lower() in surnames)


@cache
def _chinese_pattern() -> re.Pattern[str]:
    """A name behind a title, or before a title or a verb of saying where a phrase begins."""
    words = _WORDS
    titles, jobs, says = (
        "|".join(sorted(words[key].split(), key=len, reverse=True)) for key in ("titles", "jobs", "says")
    )
    given = f"[^\\W\\d_a-zA-Z{''.join(words['not_given'].split())}]{{1,2}}"
    surname = f"(?!{titles}|{jobs})(?:{'|'.join(_DOUBLE_SURNAMES)}|[{''.join(sorted(_SURNAMES))}])"
    return re.compile(
        f"(?:{titles})(?P<titled>(?![{words['wordlike']}]){surname}{given})(?=[，、。；：,（]|{words['does']})"
        f"|(?:{titles}|{jobs})(?P<saying>{surname}{given})(?={says})"
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
    spelled = re.sub("[^a-z]", "", name.lower()).replace("lyu", "lv").replace("nyu", "nv")
    starts = range(len(article)) if " " in name else (at for at, char in enumerate(article) if char in _SURNAMES)
    return any(_reads(spelled, article, start, _LONGEST) for start in starts)


def _reads(spelled: str, article: str, start: int, most: int) -> bool:
    """Whether the characters from `start` are read as `spelled`, in at most so many."""
    if not spelled or not most or start >= len(article):
        return not spelled
    return any(
        spelled.startswith(syllable) and _reads(spelled[len(syllable) :], article, start + 1, most - 1)
        for syllable in _readings().get(article[start], ())
    )
