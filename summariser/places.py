"""The administrative divisions of China: names resolved to codes, and places found in running text.

`resolve` is given names that stand for places and finds the code; it would rather stop at the city than guess a county.
A name is looked for in four tables in turn, so that a former name never hides one that is in force.

Running text is full of two-character names that are also words (合作, 通化, 西区), so full names (保定市) are taken
nearly everywhere, short names of provinces where a word can begin and end, and other short names (保定) only beside
a word or a place that shows them to be places; those of cities also in a list with a place. Made for checking: it
would rather miss a place than invent one. Its words stand in `place_words.toml`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Literal, NamedTuple, cast

from summariser.tables import Patterns, read_table, read_words
from summariser.text import to_simplified

DivisionLevel = Literal["province", "city", "county"]
Precision = Literal["county", "city", "province", "none"]

CORPS_NAMES = frozenset({"兵团", "新疆兵团", "新疆生产建设兵团"})
# Rungs of the code tree that are no places.
PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖县", "直辖"})
# Pages printed before the change are still being read: names that ended since then count as names in force.
_RECENT = 2020
_WORDS = Patterns("place_words")


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
    kept = list[Division]()
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
    starts = _starts(plain)
    found = _with_listed(plain, starts, _scan(plain, starts))
    return tuple(mention._replace(name=text[mention.start : mention.end]) for mention in found)


def place_codes(text: str) -> frozenset[str]:
    """The codes of all divisions a text may name, sure or not: 保定, where nothing shows it to be a place, is 保定市.

    Shape: for telling whether a place named elsewhere is one of these; short names of counties count where sure.
    """
    short, text = division_index().names["short"], to_simplified(text)
    starts = _starts(text)
    mentions = tuple(_scan(text, starts))
    codes, ends = {code for mention in mentions for code in mention.codes}, {each.start: each.end for each in mentions}
    ended = (each for mention in mentions for each in mention.divisions if each.until)
    codes.update(code for each in ended for code in _codes_today(each))
    for at in starts:
        for length in (2, 3, 4):
            found = short.get(text[at : at + length], ())
            if found and ends.get(at, 0) <= at + length and not _WORDS.rank.match(text, at + length):
                codes.update(each.code for each in found if each.level != "county")
    return frozenset(codes)


def _codes_today(ended: Division) -> Iterator[str]:
    """What the area of an ended division is today: its successors, and of what these lie in that of its short name."""
    for code in ended.successors:
        yield from (each.code for each in lineage(division_index().by_code[code]) if each.short == ended.short)
        yield code


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


def _with_listed(text: str, starts: list[int], found: Iterable[PlaceMention]) -> list[PlaceMention]:
    """The mentions found, and the cities that are listed with one of them (临汾、太原、朔州等地), in order.

    Shape: each is all there is between two joints; counties are passed over, because many are words (友谊, 资源).
    """
    sure = {mention.start: mention for mention in found}
    if not sure or not _WORDS.joint.search(text):
        return [*sure.values()]
    lists: dict[int, list[PlaceMention]] = {}  # each from its end, by where it starts
    for at in reversed(starts):
        if mention := sure.get(at) or _listed_at(text, at, lists):
            joint = _WORDS.joint.match(text, mention.end)
            lists[at] = lists.pop(joint.end(), []) if joint else []
            lists[at].append(mention)
    listed = chain.from_iterable(each for each in lists.values() if any(mention.start in sure for mention in each))
    return sorted((each for each in listed if each.level == "city" or each.start in sure), key=lambda each: each.start)


def _listed_at(text: str, at: int, lists: Mapping[int, object]) -> PlaceMention | None:
    """Find the short name of a city or county that starts here and is all of a member of a list.

    Shape: `lists` are those that start behind it; 和 and its kind are joints only before one.
    """
    for length in (4, 3, 2):
        name, end = text[at : at + length], at + length
        found = tuple(each for each in division_index().names["short"].get(name, ()) if each.level != "province")
        if not found or not _starts_word(text, at) or name in _hidden()[name[:2]]:
            continue
        joint = _WORDS.joint.match(text, end)
        if _WORDS.list_end.match(text, end) or (joint and joint.end() in lists):
            return _mention(name, at, tuple(each for each in found if each.level == "city") or found)
    return None


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
                tailed = _starts_word(text, at) and _WORDS.short_tail.match(rest)
                is_way = _WORDS.way_lead.search(text, max(at - 2, 0), at) and _WORDS.way_tail.match(rest)
                meant = bool(inside or after_rank or tailed or is_way)
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
