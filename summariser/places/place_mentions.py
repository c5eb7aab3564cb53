"""The places a text names.

Running text is full of two-character names that are also words (合作, 通化, 西区), so full names (保定市) are taken
nearly everywhere, short names of provinces where no river or street is meant, and other short names (保定) only beside
a word or a place that shows them to be places. Made for checking: it would rather miss a place than invent one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from summariser.places.place import Division, DivisionLevel, division_index, lineage

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


def find_places(text: str) -> tuple[PlaceMention, ...]:
    """Find the places a text surely names, in order."""
    return tuple(_scan(text))


def place_names(text: str) -> frozenset[str]:
    """Return the names under which the places of a text may be called: as printed, full and short."""
    names: set[str] = set()
    for mention in find_places(text):
        names.add(mention.name)
        for each in mention.divisions:
            names.update((each.name, each.short))
    return frozenset(names)


def _scan(text: str) -> Iterator[PlaceMention]:
    """Read left to right; a name once read hides whatever overlaps it, so that 上海城市 holds no 海城市."""
    at = 0
    above: PlaceMention | None = None
    heads = division_index().heads
    while at < len(text):
        if text[at : at + 2] not in heads:
            at += 1
            continue
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
    for length in range(min(division_index().longest, len(text) - at), 1, -1):
        name = text[at : at + length]
        found = division_index().by_name.get(name) or division_index().by_alias.get(name, ())
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
        found = division_index().by_short.get(name, ()) if len(name) == length else ()
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
        for inner in division_index().by_name.get(rest[:length], ())
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
        found = division_index().by_short.get(text[at : at + length], ())
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
