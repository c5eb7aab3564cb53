"""The places a text names.

Running text is full of two-character names that are also words (合作, 通化, 西区), so full names (保定市) are taken
nearly everywhere, short names of provinces where a word can begin and end, and other short names (保定) only beside
a word or a place that shows them to be places. Made for checking: it would rather miss a place than invent one.
The words that decide stand in `tables/place_words.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from summariser.places.place import Division, DivisionLevel, division_index, latest, lineage
from summariser.tables import read_words

_NEEDS_PARENT = re.compile(r"..|市[中南北]区|城[中东西南北关厢]区|新[市城]区|[东南西北中]山区|.郊区")
_NEEDS_BOUNDARY = re.compile(r".城[市区]|..区|[巴博克]州|[锡阿]盟")
_SHORT_TAIL = re.compile(r"市总|省总|总工会|工会|分?公司|等地")
_RANK = re.compile(r"[省市县区州盟旗]|自治|地区|特别行政区")


class PlaceMention(NamedTuple):
    """A place named in a text.

    Shape: `name` as printed; `divisions` are all it may be, of one level.
    Units: code points of the text, end excluded.
    """

    name: str
    start: int
    end: int
    level: DivisionLevel
    divisions: tuple[Division, ...]

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all it may be; two names that share one may name the same place."""
        return frozenset(each.code for each in self.divisions)


class _Words(NamedTuple):
    """The word lists, ready for use."""

    hidden: frozenset[str]
    longest: int
    words: frozenset[str]
    openers: frozenset[str]
    false_tails: dict[str, str]
    no_place_after: re.Pattern[str]


@cache
def _words() -> _Words:
    """Read the word lists, once."""
    lists = read_words("place_words")
    hidden = frozenset(lists["hidden"].split())
    tails = "|".join(sorted(lists["tails"].split(), key=len, reverse=True))
    # A street or a station may have a bearing and a number before it, an estate a name: 北京西|路, 山西北里|社区.
    after = re.compile(
        rf"{tails}|部(?![署分门委队属])|[东西南北中][一二三四五六七八九十]?(?:[路街道巷里弄桥门站]|胡同)"
        r"|[一-鿿]{1,3}[里弄苑园坊村](?:社区|小区)"
    )
    words, openers = frozenset(lists["words"].split()), frozenset(lists["openers"])
    return _Words(hidden, max(map(len, hidden)), words, openers, lists["false_tails"], after)


def find_places(text: str) -> tuple[PlaceMention, ...]:
    """Find the places a text surely names, in order."""
    return tuple(_scan(text))


def place_codes(text: str) -> frozenset[str]:
    """The codes of all divisions a text may name, sure or not: 保定, where nothing shows it to be a place, is 保定市.

    Shape: for telling whether a place named elsewhere is one of these; short names of counties count where sure.
    """
    index = division_index()
    codes = {code for mention in find_places(text) for code in mention.codes}
    for at in range(len(text)):
        for length in (2, 3, 4) if text[at : at + 2] in index.heads else ():
            found = index.names["short"].get(text[at : at + length], ())
            if found and not _RANK.match(text, at + length):
                codes.update(each.code for each in found if each.level != "county")
    return frozenset(codes)


def _scan(text: str) -> Iterator[PlaceMention]:
    """Read left to right; a name once read hides whatever overlaps it, so that 上海城市 holds no 海城市."""
    at = 0
    above: PlaceMention | None = None
    heads, words = division_index().heads, _words()
    while at < len(text):
        hidden = next((n for n in range(words.longest, 1, -1) if text[at : at + n] in words.hidden), 0)
        here = above if above and above.end == at else None
        mention = None
        if text[at : at + 2] in heads:
            mention = _full_at(text, at, here) or _short_at(text, at, here)
        if mention and mention.end - at >= hidden:
            yield mention
            above = mention
            at = mention.end
        else:
            at += hidden or _skip_at(text, at)


def _full_at(text: str, at: int, above: PlaceMention | None) -> PlaceMention | None:
    """Find the longest full or usual name that starts here and can be believed."""
    index = division_index()
    for length in range(min(index.longest, len(text) - at), 1, -1):
        name = text[at : at + length]
        tables = index.names["full"].get(name, ()), latest(index.names["usual"].get(name, ()))
        if not any(tables) or text[at + length : at + length + 1] in tuple(_words().false_tails.get(name[-1], "")):
            continue
        inside = (tuple(each for each in found if _lies_in(each, above)) for found in tables)
        found = next(filter(None, inside), ()) if above else ()
        if not found and _stands_alone(text, at, name, (tables[0] or tables[1])[0]):
            found = tables[0] or tables[1]
        if found:
            return _mention(name, at, found)
    return None


def _short_at(text: str, at: int, above: PlaceMention | None) -> PlaceMention | None:
    """Find a short name that starts here, if what stands beside it shows it to be a place."""
    for length in (4, 3, 2):
        name = text[at : at + length]
        found = division_index().names["short"].get(name, ()) if len(name) == length else ()
        rest = text[at + length : at + length + 8]
        blocked = found and _words().no_place_after.match(rest)
        for level in ("province", "city", "county"):
            chosen = tuple(each for each in found if each.level == level and each.name != name)
            inside = tuple(each for each in chosen if _lies_in(each, above))
            beside = above is not None if level == "province" else bool(inside)
            meant = not blocked and _is_meant(text, at, level, rest, beside=beside)
            if chosen and (meant or _holds(chosen, rest)):
                return _mention(name, at, inside or chosen)
    return None


def _is_meant(text: str, at: int, level: str, rest: str, *, beside: bool) -> bool:
    """Whether a short name is that of a place.

    A province is named anywhere but where its first character ends another name (昆山|东部), unless it stands beside a
    place; a city after its province, or where a union, a firm or 市 follows; a county after the place it lies in,
    where a union follows.
    """
    if level == "province":
        return beside or text[max(at - 1, 0) : at + 1] not in division_index().names["short"]
    if level == "county":
        return beside and rest.removeprefix("总").startswith("工会")
    after_rank = text[max(at - 3, 0) : at].endswith(("省", "自治区"))
    return beside or after_rank or (_starts_word(text, at) and bool(_SHORT_TAIL.match(rest)))


def _holds(found: tuple[Division, ...], rest: str) -> bool:
    """Whether the full name of a place inside one of these follows at once: 宁波江北区."""
    return any(
        each in lineage(inner)[1:]
        for length in range(2, len(rest) + 1)
        for inner in division_index().names["full"].get(rest[:length], ())
        for each in found
    )


def _skip_at(text: str, at: int) -> int:
    """How far to go on when no place starts here: over a province or city whose name is only spelled."""
    for length in (4, 3, 2):
        found = division_index().names["short"].get(text[at : at + length], ())
        if len(text) - at >= length and any(each.level != "county" for each in found):
            return length
    return 1


def _lies_in(place: Division, above: PlaceMention | None) -> bool:
    """Whether the place lies in one just named."""
    return above is not None and any(each.code in above.codes for each in lineage(place)[1:])


def _stands_alone(text: str, at: int, name: str, place: Division) -> bool:
    """Whether a full name can be believed without the place it lies in."""
    needs_parent = place.level == "county" and _NEEDS_PARENT.fullmatch(name)
    ended_district = name not in division_index().names["full"] and name.endswith("区")
    if name in _words().words or needs_parent or ended_district:
        return False
    return not _NEEDS_BOUNDARY.fullmatch(name) or _starts_word(text, at)


def _starts_word(text: str, at: int) -> bool:
    """Whether a word can start here: after no letter, or after a character that only joins words."""
    return at == 0 or not text[at - 1].isalpha() or text[at - 1] in _words().openers


def _mention(name: str, at: int, found: tuple[Division, ...]) -> PlaceMention:
    """A mention of divisions of one level."""
    level = found[0].level
    return PlaceMention(name, at, at + len(name), level, tuple(each for each in found if each.level == level))
