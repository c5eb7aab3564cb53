"""The divisions of China: which one a printed name means, and which places a text names.

Two different questions are answered. `resolve` is given names that stand for places and finds the code; it would rather
stop at the city than guess a county. `find_places` reads running text, where most two-character names are also words
(合作, 通化, 西区), so it takes full names (保定市) nearly everywhere, short names of provinces where no river or street
is meant, and other short names (保定) only beside a word or a place that shows them to be places.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

DivisionLevel = Literal["province", "city", "county"]
Precision = Literal["county", "city", "province", "none"]

XINJIANG = "650000"
CORPS_NAMES = frozenset({"兵团", "新疆兵团", "新疆生产建设兵团"})
# The seat of each division of the corps; the 11th and the 12th have no city.
CORPS_CITIES = {
    1: "659002",
    2: "659006",
    3: "659003",
    4: "659008",
    5: "659007",
    6: "659004",
    7: "659010",
    8: "659001",
    9: "659012",
    10: "659005",
    13: "659011",
    14: "659009",
}
# Rungs of the code tree that are no places.
PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖县", "直辖"})
CITY_ALIASES = {"巴州": "652800", "博州": "652700", "克州": "653000", "锡盟": "152500"}

_ZONE = re.compile(
    r"(?:高区|(?:高新|经开|开发|经济|技术|工业|产业|保税|综保|自贸|示范|度假|风景|管理|合作|实验)[^市县]{0,8}区"
    r"|园区|新区|工业园|产业园|科技园|科学城|生态城)$"
)
_CORPS_DIVISION = re.compile(r"(?:新疆)?(?:生产建设)?(?:兵团)?第?(十?[一二三四五六七八九]|十|\d{1,2})师(.*)")
_LEVELS: Mapping[str, DivisionLevel] = {"province": "province", "city": "city", "county": "county"}
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}


class Division(NamedTuple):
    """One row of the table.

    Shape: `parent` is a code, empty for a province; `rank` tells what kind, `county_city` being a 市 of county level;
    `until` is the year in which the name ended, or None.
    """

    code: str
    name: str
    short: str
    parent: str
    level: DivisionLevel
    rank: str
    until: int | None


class Resolved(NamedTuple):
    """What printed place names came to.

    Shape: `code` is that of the finest division reached, the names are those of the table; `reason` says in words why
    it did not go further, and is None where every name given was used.
    """

    code: str | None
    precision: Precision
    province: str | None
    city: str | None
    county: str | None
    reason: str | None


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


class _Index(NamedTuple):
    """The table by code, by full name, by short name, and by the usual name of an autonomous prefecture (果洛州)."""

    by_code: Mapping[str, Division]
    by_name: Mapping[str, tuple[Division, ...]]
    by_short: Mapping[str, tuple[Division, ...]]
    by_alias: Mapping[str, tuple[Division, ...]]
    longest: int


# --- the table ---------------------------------------------------------------------------------------------------


def division(code: str) -> Division | None:
    """Return the division with this code."""
    return _index().by_code.get(code)


def divisions_named(name: str, level: DivisionLevel | None = None) -> tuple[Division, ...]:
    """Return the divisions with this full name or, if there are none, with this short name.

    Shape: in order of codes; `level` narrows the choice before short names are tried.
    """
    for table in (_index().by_name, _index().by_alias, _index().by_short):
        found = tuple(each for each in table.get(name, ()) if level is None or each.level == level)
        if found:
            return found
    return ()


def lineage(place: Division) -> tuple[Division, ...]:
    """Return the division and all above it, the province last."""
    chain = [place]
    while chain[-1].parent:
        chain.append(_index().by_code[chain[-1].parent])
    return tuple(chain)


def is_zone(name: str) -> bool:
    """Tell whether a name is that of a functional zone (高新区, 经开区), which has no code of its own."""
    return bool(_ZONE.search(name)) and not any(name.endswith(each) for each in _new_areas())


@cache
def _index() -> _Index:
    """Read the table, once."""
    text = (files("summariser") / "tables" / "divisions.csv").read_text(encoding="utf-8")
    rows = tuple(_division(*line.split(",")) for line in text.splitlines()[1:])
    by_name: defaultdict[str, list[Division]] = defaultdict(list)
    by_short: defaultdict[str, list[Division]] = defaultdict(list)
    for row in rows:
        by_name[row.name].append(row)
        by_short[row.short].append(row)
    by_code = {row.code: row for row in rows}
    by_alias = {row.short + "州": (row,) for row in rows if row.rank == "autonomous_prefecture"}
    by_alias |= {alias: (by_code[code],) for alias, code in CITY_ALIASES.items()}
    return _Index(by_code, _frozen(by_name), _frozen(by_short), by_alias, max(map(len, by_name)))


def _division(*cells: str) -> Division:
    """Read one row, in the order of the header, as a division."""
    code, name, short, parent, level, rank, _since, until = cells
    return Division(code, name, short, parent, _LEVELS[level], rank, int(until) if until else None)


def _frozen(table: Mapping[str, list[Division]]) -> dict[str, tuple[Division, ...]]:
    """Return the same table with tuples for lists."""
    return {name: tuple(found) for name, found in table.items()}


@cache
def _new_areas() -> frozenset[str]:
    """Return the names of the table that look like zones: 浦东新区."""
    return frozenset(name for name in _index().by_name if _ZONE.search(name))


# --- names that stand for places ---------------------------------------------------------------------------------


def resolve(province: str | None, city: str | None, county: str | None) -> Resolved:
    """Find the division that printed names of a province, a city and a county mean together.

    Shape: the finest division named that fits the coarser names, which are filled in from the table. Each name may be
    full or short or missing. A name that fits several places, is in no table or is that of a zone leaves the answer at
    the level above and gives a reason; names that contradict each other give no code at all.
    """
    scope: Division | None = None
    reason: str | None = None
    for level, printed in (("province", province), ("city", city), ("county", county)):
        name = re.sub(r"\s+", "", printed or "")
        if not name or name in PLACEHOLDERS:
            continue
        candidates = _candidates(name, level, scope)
        fitting = _narrow(tuple(each for each in candidates if scope is None or scope in lineage(each)))
        if candidates and not fitting:
            return _resolved(None, f"{name} does not lie in {scope.name if scope else 'China'}")
        if len(fitting) == 1:
            scope = fitting[0]
        else:
            reason = _why_not(name, fitting)
    return _resolved(scope, reason)


def _candidates(name: str, level: str, scope: Division | None) -> tuple[Division, ...]:
    """Return all divisions a name may mean in the slot of a level."""
    if level == "province":
        return divisions_named("新疆" if name in CORPS_NAMES else name, "province")
    corps = _CORPS_DIVISION.fullmatch(name)
    if corps:
        return _corps_candidates(corps)
    if level == "city":
        municipality = tuple(each for each in divisions_named(name, "province") if each.rank == "municipality")
        return divisions_named(name, "city") or municipality or divisions_named(name, "county")
    found = divisions_named(name, "county")
    if found or scope is None:
        return found
    for above in lineage(scope):
        for prefix in (above.name, above.short):
            if name.startswith(prefix) and name != prefix:
                return divisions_named(name.removeprefix(prefix), "county")
    return ()


def _corps_candidates(match: re.Match[str]) -> tuple[Division, ...]:
    """Return the city a division of the corps names or has its seat in."""
    if match[2]:
        return divisions_named(match[2], "county")
    code = CORPS_CITIES.get(_number(match[1]), "")
    return (_index().by_code[code],) if code else ()


def _number(text: str) -> int:
    """Read an ordinal from one to nineteen, in either script."""
    if text.isdigit():
        return int(text)
    tens, _, ones = text.rpartition("十")
    return _DIGITS.get(ones, 0) + (10 if "十" in text else 0) + 10 * _DIGITS.get(tens, 0)


def _narrow(found: tuple[Division, ...]) -> tuple[Division, ...]:
    """Choose one of several, where the others are only its former names."""
    current = tuple(each for each in found if each.until is None)
    return current if len(current) == 1 and len({each.parent for each in found}) == 1 else found


def _why_not(name: str, fitting: tuple[Division, ...]) -> str:
    """Say why a name did not lead to one division."""
    if fitting:
        return f"{name} is the name of {len(fitting)} divisions"
    if is_zone(name):
        return f"{name} is a functional zone, which has no code of its own"
    return f"{name} is not in the table of divisions"


def _resolved(scope: Division | None, reason: str | None) -> Resolved:
    """Return the answer that ends at a division."""
    if scope is None:
        return Resolved(None, "none", None, None, None, reason)
    names = {each.level: each.name for each in lineage(scope)}
    return Resolved(scope.code, scope.level, names.get("province"), names.get("city"), names.get("county"), reason)


# --- places in running text --------------------------------------------------------------------------------------

# What turns the last character of a name into the first of another word: 义乌|市场, 江北|区域, 红旗|舰.
_FALSE_TAILS = {
    "市": "场值价面",
    "区": "域间别块分划段位",
    "州": "际",
    "旗": "舰帜下袍",
    "省": "略钱力时电心去下",
    "盟": "友员约",
}
# Words before they are names; they count only right after the city they lie in.
_WORDLIKE = frozenset(
    {
        *("老城区", "古城区", "站前区", "港口区", "海港区", "新建区", "中原区", "解放区", "友好区", "前进区", "前锋区"),
        *("向阳区", "爱民区", "工农区", "红旗区", "平安区", "公安县", "合作市", "东方市"),
    }
)
_NEEDS_PARENT = re.compile(r"..|市[中南北]区|城[中东西南北关厢]区|新[市城]区|[东南西北中]山区")
_NEEDS_BOUNDARY = re.compile(r".城[市区]|..区")
# Words that run across the border of a name: 隆重|庆祝, 幸福|建设, 推广|东部.
_OTHER_WORD = re.compile(
    r"躲西藏|[皇际实马]上海|隆重庆|郑重庆|重庆[祝典贺]|[幸造祝]福建|福建[设造立筑]|推广[东西]|[建造变形组构达合]成都|[成昌]都市圈"
)
# A river, a lake or a hill with a bearing, or a street: 黄河|南岸, 北京路.
_NO_PLACE_AFTER = re.compile(r"[岸侧麓段端路街道巷里弄桥门站石]|[东西南北中]路|大[道街]|部(?![署分门委队属])")
_NO_PROVINCE_BEFORE = {"河": "黄淮沿内运", "江": "长沿沱岷", "山": "泰华嵩恒衡行", "湖": "太沿", "海": "南渤黄东沿"}
_UNION_AFTER = re.compile(r"总?工会")
_SHORT_TAIL = re.compile(r"市总|省总|总工会|工会|分?公司|等地")
_OPENERS = frozenset("在于到赴由为对向从与及和是以让自往来据本即有各全被把住驻")


def find_places(text: str) -> tuple[PlaceMention, ...]:
    """Find the places a text surely names, in order; made for checking, so it would rather miss one than invent one."""
    return tuple(_scan(text))


def place_names(text: str) -> frozenset[str]:
    """Return the names under which the places of a text may be called: as printed, full and short."""
    names: set[str] = set()
    for mention in find_places(text):
        names.add(mention.name)
        for each in mention.divisions:
            names.update((each.name, each.short))
    return frozenset(names)


def places_not_in(text: str, source: str) -> tuple[PlaceMention, ...]:
    """Find the places that a text names and its source does not.

    Shape: a place counts as named if the source has its printed, full or short name anywhere.
    """
    known = place_names(source)
    return tuple(
        mention
        for mention in find_places(text)
        if mention.name not in source
        and not any(each.name in known or each.name in source or each.short in source for each in mention.divisions)
    )


def _scan(text: str) -> Iterator[PlaceMention]:
    """Read left to right; a name once read hides whatever overlaps it, so that 上海城市 holds no 海城市."""
    at = 0
    above: PlaceMention | None = None
    while at < len(text):
        here = above if above and above.end == at else None
        mention = None
        if not _OTHER_WORD.search(text[max(at - 1, 0) : at + 4]):
            mention = _full_at(text, at, here) or _short_at(text, at, here)
        if mention:
            yield mention
            above = mention
            at = mention.end
        else:
            at += _skip_at(text, at)


def _full_at(text: str, at: int, above: PlaceMention | None) -> PlaceMention | None:
    """Find the longest full name that starts here and can be believed."""
    for length in range(min(_index().longest, len(text) - at), 1, -1):
        name = text[at : at + length]
        found = _index().by_name.get(name) or _index().by_alias.get(name, ())
        if not found or text[at + length : at + length + 1] in tuple(_FALSE_TAILS.get(name[-1], "")):
            continue
        inside = tuple(each for each in found if _lies_in(each, above))
        if inside or _stands_alone(text, at, name, found[0].level):
            return _mention(name, at, inside or found)
    return None


def _short_at(text: str, at: int, above: PlaceMention | None) -> PlaceMention | None:
    """Find a short name that starts here, if what stands beside it shows it to be a place."""
    for length in (4, 3, 2):
        name = text[at : at + length]
        found = _index().by_short.get(name, ()) if len(name) == length else ()
        rest = text[at + length : at + length + 8]
        if not found or _NO_PLACE_AFTER.match(rest):
            continue
        for level in ("province", "city", "county"):
            chosen = tuple(each for each in found if each.level == level and each.name != name)
            inside = tuple(each for each in chosen if _lies_in(each, above))
            if chosen and (_SHORT_RULES[level](text, at, rest, bool(inside)) or _holds_next(chosen, rest)):
                return _mention(name, at, inside or chosen)
    return None


def _holds_next(found: tuple[Division, ...], rest: str) -> bool:
    """Tell whether the full name of a place inside one of these follows at once: 宁波江北区."""
    return any(
        each in lineage(inner)[1:]
        for length in range(2, len(rest) + 1)
        for inner in _index().by_name.get(rest[:length], ())
        for each in found
    )


def _province_is_meant(text: str, at: int, _rest: str, _inside: bool) -> bool:
    """Tell whether a province is named here: anywhere but beside a river, a lake or a hill."""
    return text[max(at - 1, 0) : at] not in tuple(_NO_PROVINCE_BEFORE.get(text[at], ""))


def _city_is_meant(text: str, at: int, rest: str, inside: bool) -> bool:
    """Tell whether a city is named here: after its province, or where a union, a firm or 市 follows."""
    after_rank = text[max(at - 3, 0) : at].endswith(("省", "自治区"))
    return inside or after_rank or (_starts_word(text, at) and bool(_SHORT_TAIL.match(rest)))


def _county_is_meant(_text: str, _at: int, rest: str, inside: bool) -> bool:
    """Tell whether a county is named here: after the place it lies in, where a union follows."""
    return inside and bool(_UNION_AFTER.match(rest))


_SHORT_RULES = {"province": _province_is_meant, "city": _city_is_meant, "county": _county_is_meant}


def _skip_at(text: str, at: int) -> int:
    """Tell how far to go on when no place starts here: over a province or city whose name is only spelled."""
    for length in (4, 3, 2):
        found = _index().by_short.get(text[at : at + length], ())
        if len(text) - at >= length and any(each.level != "county" for each in found):
            return length
    return 1


def _lies_in(place: Division, above: PlaceMention | None) -> bool:
    """Tell whether the place lies in one just named."""
    if above is None:
        return False
    codes = {each.code for each in lineage(place)[1:]}
    return any(each.code in codes for each in above.divisions)


def _stands_alone(text: str, at: int, name: str, level: DivisionLevel) -> bool:
    """Tell whether a full name can be believed without the place it lies in."""
    if name in _WORDLIKE or (level == "county" and _NEEDS_PARENT.fullmatch(name)):
        return False
    return not _NEEDS_BOUNDARY.fullmatch(name) or _starts_word(text, at)


def _starts_word(text: str, at: int) -> bool:
    """Tell whether a word can start here: after no letter, or after a character that only joins words."""
    return at == 0 or not text[at - 1].isalpha() or text[at - 1] in _OPENERS


def _mention(name: str, at: int, found: tuple[Division, ...]) -> PlaceMention:
    """Make a mention of divisions of one level."""
    return PlaceMention(name, at, at + len(name), found[0].level, found)
