"""The divisions of China, and which one a printed name means.

`resolve` is given names that stand for places and finds the code; it would rather stop at the city than guess a county.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

DivisionLevel = Literal["province", "city", "county"]
Precision = Literal["county", "city", "province", "none"]

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


class DivisionIndex(NamedTuple):
    """The table by code, by full name, by short name, and by the usual name of an autonomous prefecture (果洛州)."""

    by_code: Mapping[str, Division]
    by_name: Mapping[str, tuple[Division, ...]]
    by_short: Mapping[str, tuple[Division, ...]]
    by_alias: Mapping[str, tuple[Division, ...]]
    longest: int
    heads: frozenset[str]  # the first two characters of every name: where none of them stands, no place begins


def division(code: str) -> Division | None:
    """Return the division with this code."""
    return division_index().by_code.get(code)


def divisions_named(name: str, level: DivisionLevel | None = None) -> tuple[Division, ...]:
    """Return the divisions with this full name or, if there are none, with this short name.

    Shape: in order of codes; `level` narrows the choice before short names are tried.
    """
    for table in (division_index().by_name, division_index().by_alias, division_index().by_short):
        found = tuple(each for each in table.get(name, ()) if level is None or each.level == level)
        if found:
            return found
    return ()


def lineage(place: Division) -> tuple[Division, ...]:
    """Return the division and all above it, the province last."""
    chain = [place]
    while chain[-1].parent:
        chain.append(division_index().by_code[chain[-1].parent])
    return tuple(chain)


def is_zone(name: str) -> bool:
    """Tell whether a name is that of a functional zone (高新区, 经开区), which has no code of its own."""
    return bool(_ZONE.search(name)) and not any(name.endswith(each) for each in _new_areas())


@cache
def division_index() -> DivisionIndex:
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
    heads = frozenset(name[:2] for table in (by_name, by_short, by_alias) for name in table)
    return DivisionIndex(by_code, _frozen(by_name), _frozen(by_short), by_alias, max(map(len, by_name)), heads)


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
    return frozenset(name for name in division_index().by_name if _ZONE.search(name))


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
    return (division_index().by_code[code],) if code else ()


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
