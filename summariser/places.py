"""The divisions of China, and what the names of organisations tell by them.

`resolve` is given names that stand for places and finds the code; it would rather stop at the city than guess a county.
A name is looked for in four tables in turn, so that a former name never hides one that is in force.

Running text is full of two-character names that are also words (合作, 通化, 西区), so full names (保定市) are taken
nearly everywhere, short names of provinces where a word can begin and end, and other short names (保定) only beside
a word or a place that shows them to be places. Made for checking: it would rather miss a place than invent one.

Names of organisations follow fixed endings, and the divisions say what a 市 is: 保定市 is a city, 邹城市 a county. The
first rule that recognises a name decides how high it stands, and where none is sure the answer is None, which means
"take what the model said". A wrong level would be worse than none. The words that decide stand in `place_words.toml`
and `union_words.toml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Literal, NamedTuple, cast

from summariser.schema.codes import Level
from summariser.tables import Patterns, read_table, read_words
from summariser.text import to_simplified

DivisionLevel = Literal["province", "city", "county"]
Precision = Literal["county", "city", "province", "none"]

CORPS_NAMES = frozenset({"兵团", "新疆兵团", "新疆生产建设兵团"})
# Rungs of the code tree that are no places.
PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖县", "直辖"})
# Pages printed before the change are still being read: names that ended since then count as names in force.
_RECENT = 2020
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

_WORDS, _NAMES = Patterns("place_words"), Patterns("union_words")


class Division(NamedTuple):
    """One row of the tables.

    Shape: `parent` is a code, empty for a province; `rank` tells what kind, `county_city` being a 市 of county level;
    `until` is the year in which the name ended, or None; `successors` are the codes its area has today, if it ended.
    """

    code: str
    name: str
    short: str
    parent: str
    level: DivisionLevel
    rank: str
    until: int | None
    successors: tuple[str, ...]

    @property
    def province_today(self) -> str:
        """The first two digits of the code that its area has today."""
        return (self.successors or (self.code,))[0][:2]


class Resolved(NamedTuple):
    """What printed place names came to.

    Shape: `code` is that of the finest division reached, the names are those of the tables; `reason` says in words why
    it did not go further, or since when a name is history, and is None where every name given was used as it stands.
    `contradiction` is true where a name lies only outside the place named above it, which is then all that is sure.
    """

    code: str | None
    precision: Precision
    province: str | None
    city: str | None
    county: str | None
    reason: str | None
    contradiction: bool = False


class DivisionIndex(NamedTuple):
    """The tables by code and by name.

    Shape: of `names`, "full" are those in force, "usual" what people say (木垒县) and full names that ended, "short"
    and "former" the short ones of both; they are tried in this order. `heads` are the first two characters of all, with
    the length of the longest name that begins so.
    """

    by_code: Mapping[str, Division]
    names: Mapping[str, Mapping[str, tuple[Division, ...]]]
    longest: int
    heads: Mapping[str, int]


def division(code: str) -> Division | None:
    """The division with this code; of several that had it, the one in force or the last."""
    return division_index().by_code.get(code)


def divisions_named(name: str, level: DivisionLevel | None = None) -> tuple[Division, ...]:
    """The divisions called so: by full name or, if there are none, by usual, short or former name.

    Shape: in order of codes; `level` narrows the choice before the next kind of name is tried.
    """
    index = division_index()
    if len(name) > index.heads.get(name[:2], 0):
        return ()
    for names in index.names.values():
        found = latest(each for each in names.get(name, ()) if level in (None, each.level))
        if found:
            return found
    return ()


def latest(found: Iterable[Division]) -> tuple[Division, ...]:
    """Leave out a name that ended where a later place of that name lies in the same province today."""
    found, kept = tuple(found), list[Division]()
    if len(found) < 2:
        return found
    for each in sorted(found, key=lambda each: each.until or 9999, reverse=True):
        if not each.until or each.province_today not in {other.province_today for other in kept}:
            kept.append(each)
    return tuple(sorted(kept))


def lineage(place: Division) -> tuple[Division, ...]:
    """The division and all above it, the province last."""
    chain = [place]
    while chain[-1].parent:
        chain.append(division_index().by_code[chain[-1].parent])
    return tuple(chain)


def is_zone(name: str) -> bool:
    """Whether a name is that of a functional zone (高新区, 经开区), which has no code of its own: 浦东新区 has one."""
    index = division_index()
    return bool(_WORDS.zone.search(name)) and not any(
        name[-size:] in index.names["full"] for size in range(3, index.longest)
    )


@cache
def division_index() -> DivisionIndex:
    """Read the tables, once."""
    former = sorted(map(_division, read_table("former_divisions")), key=lambda each: each.until or 0)
    current = tuple(map(_division, read_table("divisions")))
    by_code = {each.code: each for each in (*former, *current)}
    names = {kind: defaultdict[str, list[Division]](list) for kind in ("full", "usual", "short", "former")}
    for place in (*current, *former):
        ended = (place.until or _RECENT) < _RECENT
        if ended and place.name in names["full"] and place.province_today != place.code[:2]:
            continue  # 重庆市 of 四川省: who prints it today is mistaken
        names["usual" if ended else "full"][place.name].append(place)
        names["former" if ended else "short"][place.short].append(place)
        autonomous = None if place.until else re.search("自治([县旗州区])$", place.name)
        if autonomous:
            for tail in {autonomous[1], autonomous[0]} - {"区"}:
                names["usual"][place.short + tail].append(place)
    for row in read_table("place_aliases"):
        names["usual"][row["name"]].append(by_code[row["code"]])
    heads: dict[str, int] = {}
    for name in chain.from_iterable(names.values()):
        heads[name[:2]] = max(heads.get(name[:2], 0), len(name))
    frozen = {kind: {name: tuple(sorted(found)) for name, found in called.items()} for kind, called in names.items()}
    return DivisionIndex(by_code, frozen, max(map(len, frozen["full"])), heads)


def _division(row: Mapping[str, str]) -> Division:
    """One row of either table as a division."""
    until, successors = row.get("until"), row.get("successors", "")
    return Division(
        code=row["code"],
        name=row["name"],
        short=row["short"],
        parent=row["parent"],
        level=cast(DivisionLevel, row["level"]),
        rank=row["rank"],
        until=int(until) if until else None,
        successors=tuple(successors.split()),
    )


def resolve(province: str | None, city: str | None, county: str | None) -> Resolved:
    """Find the division that printed names of a province, a city and a county mean together.

    Shape: the finest division named that fits the coarser names, which are filled in from the tables. Each name may be
    full, usual, short or former, or missing. A name that fits several places, is in no table or is that of a zone
    leaves the answer at the level above and gives a reason; so does one that contradicts the names before it.
    """
    scopes: tuple[Division, ...] = ()
    called = ""
    reasons: list[str] = []
    for level, printed in (("province", province), ("city", city), ("county", county)):
        name = to_simplified(re.sub(r"\s+", "", printed or ""))
        if not name or name in PLACEHOLDERS:
            continue
        candidates = _candidates(name, level, scopes)
        if candidates and level == "county" and not scopes and _candidates(name, "province", ()):
            reasons.append(f"{name} is a province as well as a county")
            continue
        fitting = next((fit for group in candidates if (fit := _fitting(group, scopes))), ())
        if candidates and not fitting:
            where = ["".join(each.name for each in lineage(place)[::-1]) for place in candidates[0]]
            reasons.append(f"{name} does not lie in {scopes[0].name}; known is {', '.join(where[:3])}")
            return _resolved(scopes, called, reasons)._replace(contradiction=True)
        if fitting:
            scopes, called = fitting, name
            reasons += [_say_today(each) for each in fitting if each.until and len(fitting) == 1]
        else:
            zone = "a functional zone, which has no code of its own"
            reasons.append(f"{name} is {zone if is_zone(name) else 'not in the table of divisions'}")
    return _resolved(scopes, called, reasons)


def _candidates(name: str, level: str, scopes: tuple[Division, ...]) -> list[tuple[Division, ...]]:
    """All divisions a name may mean in the slot of a level, in groups; those of the first group are meant first."""
    corps = _WORDS.corps_division.fullmatch(name)
    if level == "province":
        name = "新疆" if name in CORPS_NAMES else name
    elif corps and not corps[2]:
        seats = (row for row in read_table("corps_divisions") if corps[1] in (row["division"], row["hanzi"]))
        return [(division_index().by_code[row["code"]],) for row in seats]
    elif corps:
        name = corps[2]
    above = [place for scope in scopes for place in lineage(scope)]
    levels = ("city", "province", "county") if level == "city" else (level,)
    for prefix in ("", *(prefix for place in above for prefix in (place.name, place.short))):
        groups = [
            tuple(each for each in names.get(name.removeprefix(prefix), ()) if each.level == slot)
            for names in division_index().names.values()
            for slot in levels
        ]
        if any(groups):
            return [group for group in groups if group]
    return []


def _fitting(found: tuple[Division, ...], scopes: tuple[Division, ...]) -> tuple[Division, ...]:
    """Those that lie in one of the places named above, or in what bore its name before or after: 山南地区, 山南市."""
    codes = {scope.code for scope in scopes}
    shorts = {(scope.short, scope.code[:2]) for scope in scopes}
    return latest(
        place
        for place in found
        if not scopes
        or any(
            above.code in codes or (above.level != "province" and (above.short, above.code[:2]) in shorts)
            for above in lineage(place)
        )
    )


def _say_today(place: Division) -> str:
    """Say until when a name was in force and what its area is called today."""
    today = [f"{each.name} ({each.code})" for code in place.successors if (each := division(code))]
    return f"{place.name} ({place.code}) ended in {place.until}; today it is {', '.join(today)}"


def _resolved(scopes: tuple[Division, ...], called: str, reasons: list[str]) -> Resolved:
    """The answer that ends at a division, or at the lowest place above all those that a name may mean."""
    if len(scopes) > 1:
        reasons = [*reasons, f"{called} is the name of {len(scopes)} divisions"]
    common = [place for place in lineage(scopes[0]) if all(place in lineage(each) for each in scopes)] if scopes else []
    reason = "; ".join(reasons) or None
    if not common:
        return Resolved(None, "none", None, None, None, reason)
    names = {each.level: each.name for each in common}
    parts = (names.get("province"), names.get("city"), names.get("county"))
    return Resolved(common[0].code, common[0].level, *parts, reason)


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
def _hidden() -> dict[str, tuple[str, ...]]:
    """The words that hide what they spell by their first two characters, the longest first; also those of all names."""
    hidden = {word for kind in ("hidden", "nature") for word in read_words("place_words")[kind].split()}
    heads: dict[str, tuple[str, ...]] = dict.fromkeys(division_index().heads, ())
    for word in sorted(hidden, key=len, reverse=True):
        heads[word[:2]] = (*heads.get(word[:2], ()), word)
    return heads


@cache
def _any_of(kind: str) -> re.Pattern[str]:
    """The words of one kind, the longest first."""
    words = sorted(read_words("place_words")[kind].split(), key=len, reverse=True)
    return re.compile("|".join(words))


def find_places(text: str) -> tuple[PlaceMention, ...]:
    """Find the places a Chinese text surely names, in simplified or traditional characters, in order."""
    plain = to_simplified(text)
    found = tuple(_scan(plain, _starts(plain)))
    if plain == text:
        return found
    return tuple(mention._replace(name=text[mention.start : mention.end]) for mention in found)


def place_codes(text: str) -> frozenset[str]:
    """The codes of all divisions a text may name, sure or not: 保定, where nothing shows it to be a place, is 保定市.

    Shape: for telling whether a place named elsewhere is one of these; short names of counties count where sure.
    """
    short, text = division_index().names["short"], to_simplified(text)
    starts = _starts(text)
    codes = {code for mention in _scan(text, starts) for code in mention.codes}
    for at in starts:
        for length in (2, 3, 4):
            found = short.get(text[at : at + length], ())
            if found and not _WORDS.rank.match(text, at + length):
                codes.update(each.code for each in found if each.level != "county")
    return frozenset(codes)


def _scan(text: str, starts: Iterable[int]) -> Iterator[PlaceMention]:
    """Read left to right; a name once read hides whatever overlaps it, so that 上海城市 holds no 海城市."""
    seen = border = 0  # up to where all is read, and where what was read last ends
    above: PlaceMention | None = None
    heads = _hidden()
    for at in starts:
        if at < seen:
            continue
        word = next((at + len(word) for word in heads[text[at : at + 2]] if text.startswith(word, at)), 0)
        here = above if above and above.end == at else None
        mention = _full_at(text, at, here) or _short_at(text, at, here, border)
        if mention and mention.end >= word:
            yield mention
            above = mention
            seen = border = mention.end
        elif word:
            seen = border = word
        else:
            seen = at + _skip_at(text, at)


def _starts(text: str) -> list[int]:
    """Where two characters stand with which a name begins, or a word that hides one: few of all places of a text."""
    heads, found = _hidden(), _head_pattern().finditer(text)
    return [at for match in found if text[(at := match.start()) : at + 2] in heads]


@cache
def _head_pattern() -> re.Pattern[str]:
    """A first character of a name or of a word that hides one, before a second one."""
    first, second = (re.escape("".join({head[at : at + 1] for head in _hidden()})) for at in (0, 1))
    return re.compile(f"[{first}](?=[{second}])")


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
        needs_parent = found[0].level == "county" and _WORDS.needs_parent.fullmatch(name)
        ended_district = not tables[0] and name.endswith("区")
        believed = not (needs_parent or ended_district or _any_of("words").fullmatch(name))
        if inside or (believed and (not _WORDS.needs_boundary.fullmatch(name) or _starts_word(text, at))):
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
                meant = bool(inside) or after_rank or bool(_starts_word(text, at) and _WORDS.short_tail.match(rest))
            else:
                meant = bool(inside) and rest.removeprefix("总").startswith("工会")
            blocked = not meant or _any_of("tails").match(rest) or _WORDS.no_place_after.match(rest)
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
    `near`.
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
    if len(found) != 1:
        return None
    rest = "总工会" if whole[end:] == "总" else whole[end:]
    if rest and rest != "总工会" and not whole[:end].endswith(found[0].name):
        return Seat(found[0].code, None)
    names = [each.name for each in reversed(lineage(found[0])) if each.name not in PLACEHOLDERS]
    return Seat(found[0].code, "".join(names) + rest)


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
    corps = _WORDS.corps_division.fullmatch(stem)
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
