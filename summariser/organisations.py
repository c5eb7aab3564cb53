"""Names of organisations: the level of a union, the division in a name, and whether two names are forms of one.

Such names follow fixed endings, and the divisions say what a 市 is: 保定市 is a city, 邹城市 a county. The
first rule that recognises a name decides how high it stands, and where none is sure the answer is None, which means
"take what the model said". A wrong level would be worse than none. The words that decide stand in `union_words.toml`
and `place_words.toml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from summariser.places import (
    CORPS_NAMES,
    PLACEHOLDERS,
    Division,
    division,
    division_index,
    divisions_named,
    is_zone,
    lineage,
    resolve,
)
from summariser.schema.codes import Level
from summariser.tables import Patterns, read_words
from summariser.text import to_simplified

ALL_CHINA = "中华全国总工会"
MAX_NAME = 100  # a longer run of characters is no name; the longest true ones have about fifty
_LEVEL_OF_DIVISION = {"county": Level.COUNTY, "city": Level.PREFECTURE, "province": Level.PROVINCIAL}
_LEVEL_OF_RANK = {
    **dict.fromkeys(("省", "自治区", "直辖市"), Level.PROVINCIAL),
    **dict.fromkeys(("州", "盟", "自治州", "地区"), Level.PREFECTURE),
    **dict.fromkeys(("县", "旗", "自治县"), Level.COUNTY),
}
_UNITS = (Level.WORKPLACE_GROUP, Level.ENTERPRISE_GROUP, Level.ENTERPRISE, Level.PUBLIC_INSTITUTION)
_LONGEST_OFFICE = 18  # characters, with the rank of the place before it

_NAMES, _PLACES = Patterns("union_words"), Patterns("place_words")


def is_union(name: str) -> bool:
    """Whether a name is that of a union: it says 工会, or ends as the short form X总."""
    return "工会" in _whole(name)


def level_of(
    name: str, *, province: str | None = None, city: str | None = None, county: str | None = None
) -> Level | None:
    """Tell how high an organisation stands, from its name; None where the name does not say.

    Shape: `province`, `city` and `county` are the article's and decide only bare names such as 市总.
    Source: docs/codebook.md, Level; the Trade Union Law, articles 10 and 11.
    """
    whole = _whole(name)
    if not 0 < len(whole) <= MAX_NAME or _NAMES.joined.search(whole):
        return None
    if whole == ALL_CHINA:
        return Level.NATIONAL
    where = {"province": province, "city": city, "county": county}
    return _level_of_union(whole, where) if "工会" in whole else _level_of_other(whole, where)


class Seat(NamedTuple):
    """The division whose name an organisation bears.

    Shape: `full_name` is the organisation's name with the province and city before it; None where the name shortens
    the division (福建青拓集团工会), which makes it no part of the name that code could write out.
    """

    code: str
    full_name: str | None


def seat_of(name: str, near: str | None = None) -> Seat | None:
    """The division that a name begins with; None where it begins with none, or could with several.

    Shape: of several divisions of one name (朝阳区, 鼓楼区), the one that lies in, or holds, the division with code
    `near`; a county without its rank (德清) only in the province of `near`.
    """
    whole = _bare(name)[:MAX_NAME]
    readings = _readings(whole)
    end = next((end for end in range(len(whole), 1, -1) if readings[end]), 0)
    found = readings[end] if end else ()
    if len(found) > 1 and near:
        around = [division(code) for code in (near, f"{near[:4]}00", f"{near[:2]}0000")]
        for place in filter(None, around):
            if close := tuple(each for each in found if place in lineage(each) or each in lineage(place)):
                found = close
                break
    if len(found) != 1 or not (whole[:end].endswith(found[0].name) or _may_be_short(found[0], near)):
        return None
    rest = "总工会" if whole[end:] == "总" else whole[end:]
    if rest and rest != "总工会" and not whole[:end].endswith(found[0].name):
        return Seat(found[0].code, None)
    names = [each.name for each in reversed(lineage(found[0])) if each.name not in PLACEHOLDERS]
    return Seat(found[0].code, "".join(names) + rest)


def _may_be_short(place: Division, near: str | None) -> bool:
    """Whether a short name may be that of a division: of a county only around its own province (东沟 is a dale too)."""
    return place.level != "county" or (near is not None and near[:2] == place.code[:2])


def same_organisation(a: str, b: str) -> bool:
    """Tell whether two names are forms of one: X总 and X总工会, with or without the province or city before it.

    Shape: symmetric; a name that only might be the same (省总工会, 福建省总工会) is another one.
    """
    first, second = _key(a), _key(b)
    if not first or not second or max(len(first), len(second)) > MAX_NAME:
        return False
    return first == second or second in _shorter(first) or first in _shorter(second)


def _bare(name: str) -> str:
    """The name in one width and script, without spaces and quotation marks."""
    return to_simplified(_NAMES.noise.sub("", unicodedata.normalize("NFKC", name)))


@lru_cache(maxsize=1024)  # a name is asked for its level, for its seat and whether it is that of a union
def _whole(name: str) -> str:
    """The name in one width and script, without spaces and quotation marks, written out, and without its department."""
    bare = _bare(name)
    if _NAMES.all_china.fullmatch(bare):
        return ALL_CHINA
    return _NAMES.department.sub("", bare + "工会" if _NAMES.short_federation.search(bare) else bare)


def _called(name: str) -> tuple[Division, ...]:
    """The divisions called so; a district is never called without its 区."""
    return tuple(each for each in divisions_named(name) if each.name == name or each.rank != "district")


@lru_cache(maxsize=1024)
def _readings(stem: str) -> tuple[tuple[Division, ...], ...]:
    """All divisions that each beginning of a stem may name, each preceded by nothing or by places above it.

    Shape: one entry for each number of characters, from none to all; linear in the length of the stem.
    """
    longest = division_index().longest
    found: list[tuple[Division, ...]] = [()]
    for end in range(1, len(stem) + 1):
        inside = (
            tuple(
                each for each in _called(stem[start:end]) if any(above in lineage(each)[1:] for above in found[start])
            )
            for start in range(max(1, end - longest), end - 1)
            if found[start]
        )
        whole = _called(stem[:end]) if end <= longest else ()
        found.append(whole or next(filter(None, inside), ()))
    return tuple(found)


def _only(found: tuple[Division, ...]) -> Division | None:
    """The first of divisions of one level; that of a stem that could stand at several is not sure."""
    return found[0] if len({each.level for each in found}) == 1 else None


def _level_of_place(
    stem: str, where: dict[str, str | None], readings: Sequence[tuple[Division, ...]] = ()
) -> Level | None:
    """The level of the federation of a place: a division, alone or after those it lies in, or a bare 省, 市, 县, 区.

    Shape: `readings` are those of a longer name that the stem begins, if they are known.
    """
    place = _only((readings or _readings(stem))[len(stem)])
    if place:
        return _LEVEL_OF_DIVISION[place.level]
    if stem in _LEVEL_OF_RANK or stem not in ("市", "区"):
        return _LEVEL_OF_RANK.get(stem)
    found = resolve(**where)
    if stem == "区":
        district = Level.COUNTY if (found.county or "").endswith("区") else None
        return Level.FUNCTIONAL_ZONE if is_zone(where["county"] or "") else district
    # 市总 is of the city, unless the county of the article is a 市 itself, which leaves both open.
    rank = next((each for each in _LEVEL_OF_DIVISION if (getattr(found, each) or "").endswith("市")), "")
    return None if rank == "county" and where["city"] else _LEVEL_OF_DIVISION.get(rank)


def _level_of_union(whole: str, where: dict[str, str | None]) -> Level | None:
    """The level of a union, by the end of its name and what stands before it."""
    words = read_words("union_words")
    industry = _NAMES.national_industry.fullmatch(whole)
    if industry and industry[1] in words["national"].split():
        return Level.INDUSTRY_NATIONAL
    federation, union = _NAMES.federation.match(whole), _NAMES.union.match(whole)
    level = None
    if federation:
        level = _level_of_corps(federation[1]) or _below_county(federation[1]) or _level_of_place(federation[1], where)
        if not level and _NAMES.unknown_county.fullmatch(federation[1]) and not _NAMES.firm.search(federation[1]):
            level = Level.COUNTY
    if level or not union:
        return level
    stem = union[1]
    if _NAMES.workplace.fullmatch(stem) or re.search(r"工会小组$|工会[一-鿿]{0,8}分会$", whole):
        return Level.WORKPLACE_GROUP
    area = re.sub(r"(?:区域性?|联合)$", "", stem)
    if area.endswith("行业"):
        return Level.INDUSTRY_PROVINCIAL if _begins_with_province(area) else Level.INDUSTRY_LOCAL
    level = _level_of_corps(area) or _below_county(area) or _level_of_industry(stem) or _level_of_unit(stem)
    place = _only(_readings(whole.removesuffix("工会"))[-1])
    # 广东工会 is its federation; but a county alone may be a word, and then the firm's name: 东方工会, 和平工会.
    if level or place is None or (place.level == "county" and divisions_named(whole.removesuffix("工会"))):
        return level
    return _LEVEL_OF_DIVISION[place.level]


def _level_of_corps(stem: str) -> Level | None:
    """The level of the Xinjiang corps, its divisions and regiments."""
    if stem in CORPS_NAMES:
        return Level.XPCC_CORPS
    corps = _PLACES.corps_division.fullmatch(stem)
    below = Level.XPCC_REGIMENT if _NAMES.regiment.fullmatch(stem) else None
    return Level.XPCC_DIVISION if corps and re.fullmatch("(?:.{2,5}市)?", corps[2]) else below


def _below_county(stem: str) -> Level | None:
    """The level of towns and streets, villages and neighbourhoods, zones."""
    if len(stem) > 2 and stem.endswith(("镇", "乡", "街道", "街道办事处", "街道办")):
        return Level.TOWNSHIP
    if stem.endswith(("社区", "村")):
        return Level.COMMUNITY
    zone = is_zone(stem) and not re.search(r"(?<!高)新区$", stem) and not _NAMES.firm.search(stem)
    return Level.FUNCTIONAL_ZONE if zone else None


def _begins_with_province(stem: str) -> bool:
    """Whether a stem starts with the full name of a province and names no place below it."""
    return any(
        each.name == stem[:length] and not re.search(r"[市县区州盟旗]", stem[length:])
        for length in range(3, 9)
        for each in divisions_named(stem[:length], "province")
    )


def _level_of_industry(stem: str) -> Level | None:
    """The level of a place followed by nothing but industries: 安徽省 农林水利气象 工会."""
    readings = _readings(stem)
    for start in sorted(_industries(stem)):
        before, place = stem[:start], _only(readings[start])
        if before in ("省", "自治区") or (place and place.level == "province" and place.name == before):
            return Level.INDUSTRY_PROVINCIAL
        if before in ("市", "县") or (place and place.name[-1:] == before[-1:] and place.level != "province"):
            return Level.INDUSTRY_LOCAL
    return None


def _industries(stem: str) -> set[int]:
    """The places of a stem from which on it names nothing but industries: 安徽省|农林|水利|气象."""
    words = frozenset(read_words("union_words")["industries"].split())
    last = len(stem.removesuffix("行业"))
    ends, starts = {last, len(stem)}, set[int]()
    for at in range(last - 1, -1, -1):
        if any(stem[at : at + length] in words and at + length in ends | starts for length in range(2, 6)):
            starts.add(at)
    return starts


def _level_of_unit(stem: str) -> Level | None:
    """The level of a workshop, a firm, a group or a public institution, by the end of its name."""
    return next((level for level in _UNITS if getattr(_NAMES, level).fullmatch(stem)), None)


def _level_of_other(whole: str, where: dict[str, str | None]) -> Level | None:
    """The level of an office by the place before it (厅 exists in provinces only), of a firm, a workshop, a street."""
    if _NAMES.national_office.fullmatch(whole):
        return Level.NATIONAL
    places = _NAMES.office_place.finditer(whole, max(len(whole) - _LONGEST_OFFICE, 0))
    ends = [place.end() for place in places if _NAMES.office.fullmatch(whole, place.end())]
    stems = [whole[:end] for end in reversed(ends) if not _NAMES.firm.search(whole[:end])]  # 江苏省南京市, then 江苏省
    readings = _readings(stems[0]) if stems else ()
    level = next(filter(None, (_level_of_place(stem, where, readings) for stem in stems)), None)
    street = len(whole) > 3 and whole.endswith(("街道", "街道办事处", "镇", "社区"))
    return level or _level_of_unit(whole) or (_below_county(whole) if street else None)


def _key(name: str) -> str:
    """The name in the form in which two are compared."""
    key = _NAMES.firm_form.sub("", _whole(name))
    federation = _NAMES.federation.match(key)
    called = _called(federation[1]) if federation else ()
    # 保定总工会 is 保定市总工会, but 吉林总工会 may be two.
    return called[0].name + "总工会" if len(called) == 1 else key


def _shorter(key: str) -> frozenset[str]:
    """The forms a name has without the province, or the province and city, before it."""
    once = _without_first_place(key)
    return frozenset({once, _without_first_place(once)} - {""})


def _without_first_place(key: str) -> str:
    """Drop the province or city a name begins with; empty where there is none, or where nothing of its own is left."""
    for corps in sorted(CORPS_NAMES, key=len, reverse=True):
        if key.startswith(corps) and "师" in key:
            return key.removeprefix(corps)
    for length in range(min(len(key) - 1, 11), 1, -1):
        rest = key[length:]
        stem = re.sub(r"(?:总工会|工会|公司|集团|学院|大学)+$", "", rest)
        kind_only = 0 in _industries(stem) or re.match(r"(?:工人|人民|职工|教育|第)", stem)
        if (
            len(rest) >= 4
            and len(stem) >= 2
            and not kind_only
            and not re.match(r"(?!市[中南北]区)[省市县区州盟旗]|总工会|自治", rest)
            and any(each.level != "county" for each in divisions_named(key[:length]))
        ):
            return rest
    return ""
