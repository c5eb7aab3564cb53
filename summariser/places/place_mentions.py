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
# A street or a station may have a bearing and a number before it, an estate a name: 北京西|路, 山西北里|社区.
_NO_PLACE_AFTER = re.compile(
    r"部(?![署分门委队属])|[东西南北中][一二三四五六七八九十]?(?:[路街道巷里弄桥门站]|胡同)"
    r"|[一-鿿]{1,3}[里弄苑园坊村](?:社区|小区)"
)
_LONGEST = 6  # characters of the words that hide a name
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


@cache
def _hidden() -> tuple[frozenset[str], frozenset[str]]:
    """The words that hide what they spell, and the first two characters of these and of all names."""
    hidden = frozenset(word for kind in ("hidden", "nature") for word in read_words("place_words")[kind].split())
    return hidden, frozenset(division_index().heads) | {word[:2] for word in hidden}


@cache
def _any_of(kind: str) -> re.Pattern[str]:
    """The words of one kind, the longest first."""
    words = sorted(read_words("place_words")[kind].split(), key=len, reverse=True)
    return re.compile("|".join(words))


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
    at = border = 0  # where to read, and where what was read last ends
    above: PlaceMention | None = None
    hidden, heads = _hidden()
    while at < len(text):
        if text[at : at + 2] not in heads:
            at += 1
            continue
        word = next((end for end in range(at + _LONGEST, at + 1, -1) if text[at:end] in hidden), 0)
        here = above if above and above.end == at else None
        mention = _full_at(text, at, here) or _short_at(text, at, here, border)
        if mention and mention.end >= word:
            yield mention
            above = mention
            at = border = mention.end
        elif word:
            at = border = word
        else:
            at += _skip_at(text, at)


def _full_at(text: str, at: int, above: PlaceMention | None) -> PlaceMention | None:
    """Find the longest full or usual name that starts here and lies in the place above, or can be believed alone."""
    index = division_index()
    full, usual = index.names["full"], index.names["usual"]
    longest = index.heads.get(text[at : at + 2], 0)
    for length in range(min(longest, len(text) - at), 1, -1):
        name = text[at : at + length]
        if name not in full and name not in usual:
            continue
        tables = full.get(name, ()), latest(usual.get(name, ()))
        if _any_of("false_tails").match(text, at + length - 1):
            continue
        inside = next(filter(None, (tuple(each for each in found if _lies_in(each, above)) for found in tables)), ())
        found = tables[0] or tables[1]
        needs_parent = found[0].level == "county" and _NEEDS_PARENT.fullmatch(name)
        ended_district = not tables[0] and name.endswith("区")
        believed = not (needs_parent or ended_district or _any_of("words").fullmatch(name))
        if inside or (believed and (not _NEEDS_BOUNDARY.fullmatch(name) or _starts_word(text, at))):
            return _mention(name, at, inside or found)
    return None


def _short_at(text: str, at: int, above: PlaceMention | None, border: int) -> PlaceMention | None:
    """Find a short name that starts here, if what stands beside it shows it to be a place.

    A province is named wherever a word can begin; a city after its province, or where a union, a firm or 市 follows; a
    county after the place it lies in, where a union follows; each where a place inside it follows.
    """
    short = division_index().names["short"]
    for length in (4, 3, 2):
        name, rest = text[at : at + length], text[at + length : at + length + 8]
        found = short.get(name, ())
        if not found or len(name) < length:
            continue
        for level in ("province", "city", "county"):
            chosen = tuple(each for each in found if each.level == level and each.name != name)
            inside = tuple(each for each in chosen if _lies_in(each, above))
            if level == "province":  # 昆山|东部, 海宁|夏季
                cut = any(text[max(at - before, border) : at + 1] in short for before in (1, 2, 3))
                meant = not cut or name[1:2] not in tuple("东西南北夏")
            elif level == "city":
                after_rank = text[max(at - 3, 0) : at].endswith(("省", "自治区"))
                meant = bool(inside) or after_rank or bool(_starts_word(text, at) and _SHORT_TAIL.match(rest))
            else:
                meant = bool(inside) and rest.removeprefix("总").startswith("工会")
            blocked = not meant or _any_of("tails").match(rest) or _NO_PLACE_AFTER.match(rest)
            if chosen and (not blocked or _holds(chosen, rest)):
                return _mention(name, at, inside or chosen)
    return None


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


def _starts_word(text: str, at: int) -> bool:
    """Whether a word can start here: after no letter, or after a character that only joins words."""
    return at == 0 or not text[at - 1].isalpha() or bool(_any_of("openers").match(text[at - 1]))


def _mention(name: str, at: int, found: tuple[Division, ...]) -> PlaceMention:
    """A mention of divisions of one level."""
    level = found[0].level
    return PlaceMention(name, at, at + len(name), level, tuple(each for each in found if each.level == level))
