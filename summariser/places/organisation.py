"""What the name of an organisation tells: whether it is a union, how high it stands, whether two names mean the same.

Names follow fixed endings, and the table of divisions says what a 市 is: 保定市 is a city, 邹城市 a county. Each rule
below knows one kind of ending; the first that recognises the name decides, and where none is sure the answer is None,
which means "take what the model said". A wrong level would be worse than none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from summariser.places.place import CORPS_NAMES, Division, division_index, divisions_named, is_zone, lineage, resolve
from summariser.schema.codes import Level
from summariser.tables import read_words

_WORDS = read_words("union_words")
NATIONAL_INDUSTRY_UNIONS = frozenset(_WORDS["national"].split())
INDUSTRIES = frozenset(_WORDS["industries"].split())
# A longer run of characters is no name; the longest true ones have about fifty.
MAX_NAME = 100
ALL_CHINA = "中华全国总工会"
LEVEL_OF_DIVISION = {"province": Level.PROVINCIAL, "city": Level.PREFECTURE, "county": Level.COUNTY}

_FEDERATION = re.compile(r"(?P<stem>.*)总工会(?:委员会)?$")
_SHORT_FEDERATION = re.compile(r"(?:全|省|市|县|区|州|盟|旗|兵团|镇|乡|街道)总$")
_UNION = re.compile(r"(?P<stem>.*?)(?:工会联合会|联合工会|工会委员会|工会小组|工会|分会)$")
_ALL_CHINA = re.compile(r"(?:(?:中华)?全国总工会|全总)(?:[一-鿿]{1,8}[部室处厅])?")
_DEPARTMENT = re.compile(r"(?<=工会)(?:[一-鿿]{2,8}(?:部|室|处)|机关)$")
_CORPS_DIVISION = re.compile(
    r"(?:新疆)?(?:生产建设)?(?:兵团)?第?(?:\d{1,2}|[一二三四五六七八九十]{1,2})师(?:.{2,5}市)?"
)
_REGIMENT = re.compile(r"(?:.*师)?(?:第?[\d一二三四五六七八九十百]+)团(?:场)?")
_WORKPLACE = re.compile(r".*(?:车间|班组|工段|机组|[\d一二三四五六七八九十]连)")
_GROUP = re.compile(r".*集团(?:股份)?(?:有限)?(?:责任)?(?:公司)?|.*集团总公司")
_ENTERPRISE = re.compile(r".*(?:公司|厂|矿|油田|煤业|盐场)")
_INSTITUTION = re.compile(
    r".*(?:工人文化宫|劳动人民文化宫|疗养院|图书馆|(?<!工匠)(?<!网络)(?<!商)学院|大学|中学|小学|幼儿园|医院)"
)
_FIRM_INSIDE = re.compile(r"公司|集团|[厂矿]|局")
_OFFICE = re.compile(
    r"(?P<stem>.*?(?:省(?!级)|自治区|市(?!场|容|政(?![府协]))|县(?![级域])|区(?!域)|州|盟|旗))"
    r"(?:[一-鿿]{1,12}(?:厅|(?<!供电)(?<!电业)(?<!铁路)(?<!工程)局|委员会)|人民政府|政府|人大|政协"
    r"|人大常委会|工商联|妇联|文联|作协|发改委|国资委|住建委|卫健委)"
)
_MINISTRIES = re.compile(
    r"(?:国家|中华人民共和国)?(?:人力资源和?社会保障|人社|教育|科学技术|科技|工业和信息化|工信|财政|民政|司法|交通运输|"
    r"农业农村|水利|商务|文化和旅游|应急管理|住房和城乡建设|住建|生态环境|自然资源|公安)部"
)
_JOINED = re.compile(r"(?:工会|总)[、与和及]")
_FIRM_FORM = re.compile(r"(?:股份)?有限(?:责任)?公司|(?<=集团)公司")
_NOISE = re.compile(r"[\s\"'“”‘’「」《》]+")


class Where(NamedTuple):
    """The place of the article, which decides what a bare 市总 is."""

    province: str | None = None
    city: str | None = None
    county: str | None = None


Rule = Callable[[str, Where], Level | None]


def is_union(name: str) -> bool:
    """Tell whether a name is that of a union: it says 工会, or ends as the short form X总."""
    bare = _bare(name)
    return "工会" in bare or bool(_SHORT_FEDERATION.search(bare))


def level_of(
    name: str, *, province: str | None = None, city: str | None = None, county: str | None = None
) -> Level | None:
    """Tell how high an organisation stands, from its name; None where the name does not say.

    Shape: `province`, `city` and `county` are the article's and decide only bare names such as 市总.
    Source: docs of the record, organisation level; the Trade Union Law, articles 10 and 11.
    """
    whole = _whole(name)
    if not 0 < len(whole) <= MAX_NAME or _JOINED.search(whole):
        return None
    where = Where(province, city, county)
    for rule in _UNION_RULES if "工会" in whole else _OTHER_RULES:
        level = rule(whole, where)
        if level:
            return level
    return None


def same_organisation(a: str, b: str) -> bool:
    """Tell whether two names are forms of one: X总 and X总工会, with or without the province or city before it.

    Shape: symmetric; a name that only might be the same (省总工会, 福建省总工会) is another one.
    """
    first, second = _key(a), _key(b)
    if not first or not second or len(first) + len(second) > 2 * MAX_NAME:
        return False
    return first == second or second in _shorter(first) or first in _shorter(second)


def _bare(name: str) -> str:
    """Return the name in one width, without spaces and quotation marks."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name))


def _whole(name: str) -> str:
    """Return the name with its short forms written out and its department left off."""
    bare = _bare(name)
    if _ALL_CHINA.fullmatch(bare):
        return ALL_CHINA
    if _SHORT_FEDERATION.search(bare):
        bare += "工会"
    return _DEPARTMENT.sub("", bare)


def _place_of(stem: str) -> Division | None:
    """The division a stem names, alone or after those it lies in; None if several fit or something is left."""
    return _only(_readings(stem)[-1])


def _only(found: tuple[Division, ...]) -> Division | None:
    """The first of divisions of one level."""
    return found[0] if len({each.level for each in found}) == 1 else None


def _readings(stem: str) -> list[tuple[Division, ...]]:
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
    return found


def _called(name: str) -> tuple[Division, ...]:
    """Return the divisions called so; a district is never called without its 区."""
    return tuple(each for each in divisions_named(name) if each.name == name or each.rank != "district")


def _level_of_place(place: Division) -> Level:
    """Return the level of the federation of a division; that of 北京市 is provincial."""
    return LEVEL_OF_DIVISION[place.level]


def _national(whole: str, _where: Where) -> Level | None:
    """Recognise the All-China Federation."""
    return Level.NATIONAL if whole == ALL_CHINA else None


def _national_industry(whole: str, _where: Where) -> Level | None:
    """Recognise one of the ten industry unions of the country."""
    stem = re.sub(r"(?:总工会|工会)(?:全国委员会|委员会)?$", "", whole)
    known = stem.removeprefix("中华").removeprefix("中国").removeprefix("全国")
    return Level.INDUSTRY_NATIONAL if known != stem and known in NATIONAL_INDUSTRY_UNIONS else None


def _federation(whole: str, where: Where) -> Level | None:
    """Recognise a federation: everything before 总工会 is its place."""
    match = _FEDERATION.match(whole)
    if not match:
        return None
    stem = match["stem"]
    return _corps(stem) or _below_county(stem) or _placed(stem) or _bare_rank(stem, where)


def _corps(stem: str) -> Level | None:
    """Recognise the Xinjiang corps, its divisions and regiments."""
    if stem in CORPS_NAMES:
        return Level.XPCC_CORPS
    if _CORPS_DIVISION.fullmatch(stem):
        return Level.XPCC_DIVISION
    return Level.XPCC_REGIMENT if _REGIMENT.fullmatch(stem) else None


def _below_county(stem: str) -> Level | None:
    """Recognise zones, towns and streets, villages and neighbourhoods."""
    if len(stem) > 2 and stem.endswith(("镇", "乡", "街道", "街道办事处", "街道办")):
        return Level.TOWNSHIP
    if stem.endswith(("社区", "村")):
        return Level.COMMUNITY
    if is_zone(stem) and not re.search(r"(?<!高)新区$", stem) and not _FIRM_INSIDE.search(stem):
        return Level.FUNCTIONAL_ZONE
    return None


def _placed(stem: str) -> Level | None:
    """Recognise the name of a division, or of a county that the table lacks (misread, or too new)."""
    place = _place_of(stem)
    if place:
        return _level_of_place(place)
    if re.fullmatch(r"[一-鿿]{2,12}县", stem) and not _FIRM_INSIDE.search(stem):
        return Level.COUNTY
    return None


def _bare_rank(stem: str, where: Where) -> Level | None:
    """Judge 省, 市, 县 or 区 alone: what it is depends on where the article is."""
    if stem in ("省", "自治区", "直辖市"):
        return Level.PROVINCIAL
    if stem in ("州", "盟", "自治州", "地区"):
        return Level.PREFECTURE
    if stem in ("县", "旗", "自治县"):
        return Level.COUNTY
    return _bare_city(where) if stem == "市" else _bare_district(where) if stem == "区" else None


def _bare_city(where: Where) -> Level | None:
    """Judge 市总: of the city, unless the county of the article is a 市 itself, which leaves both open."""
    found = resolve(where.province, where.city, where.county)
    if (found.county or "").endswith("市"):
        return None if where.city else Level.COUNTY
    if (found.city or "").endswith("市"):
        return Level.PREFECTURE
    return Level.PROVINCIAL if (found.province or "").endswith("市") else None


def _bare_district(where: Where) -> Level | None:
    """Judge 区总: of the article's district, or of its zone."""
    if where.county and is_zone(where.county):
        return Level.FUNCTIONAL_ZONE
    found = resolve(where.province, where.city, where.county)
    return Level.COUNTY if found.county and found.county.endswith("区") else None


def _workplace_union(whole: str, _where: Where) -> Level | None:
    """Recognise a union below the enterprise: 车间, 班组, 连, 分会."""
    match = _UNION.match(whole)
    if not match:
        return None
    inside = _WORKPLACE.fullmatch(match["stem"]) or whole.endswith("工会小组")
    return Level.WORKPLACE_GROUP if inside or re.search(r"工会[一-鿿]{0,8}分会$", whole) else None


def _association(whole: str, _where: Where) -> Level | None:
    """Recognise a union of towns, neighbourhoods, regiments or trades."""
    match = _UNION.match(whole)
    if not match:
        return None
    stem = re.sub(r"(?:区域性?|联合)$", "", match["stem"])
    if stem.endswith("行业"):
        return Level.INDUSTRY_PROVINCIAL if _begins_with_province(stem) else Level.INDUSTRY_LOCAL
    return _corps(stem) or _below_county(stem)


def _begins_with_province(stem: str) -> bool:
    """Tell whether a stem starts with the full name of a province and names no place below it."""
    for length in range(3, 9):
        found = divisions_named(stem[:length], "province")
        if found and found[0].name == stem[:length]:
            return not re.search(r"[市县区州盟旗]", stem[length:])
    return False


def _industry_union(whole: str, _where: Where) -> Level | None:
    """Recognise a place followed by nothing but industries: 安徽省 农林水利气象 工会."""
    match = _UNION.match(whole)
    if not match:
        return None
    stem = match["stem"]
    readings = _readings(stem)
    for start in sorted(_industries(stem) - {0}):
        before, place = stem[:start], _only(readings[start])
        if before in ("省", "自治区") or (place and place.level == "province" and place.name == before):
            return Level.INDUSTRY_PROVINCIAL
        if before in ("市", "县") or (place and place.name[-1:] == before[-1:] and place.level != "province"):
            return Level.INDUSTRY_LOCAL
    return None


def _industries(stem: str) -> set[int]:
    """The places of a stem from which on it names nothing but industries: 安徽省|农林|水利|气象."""
    last = len(stem.removesuffix("行业"))
    ends = {last, len(stem)}
    starts: set[int] = set()
    for at in range(last - 1, -1, -1):
        if any(stem[at : at + length] in INDUSTRIES and at + length in ends | starts for length in range(2, 6)):
            starts.add(at)
    return starts


def _firm_union(whole: str, _where: Where) -> Level | None:
    """Recognise the union of a firm, a group, a school or a hospital."""
    match = _UNION.match(whole)
    return _unit(match["stem"]) if match else None


def _unions_of_place(whole: str, _where: Where) -> Level | None:
    """Recognise 广东工会, 西安工会: the unions of a place, by its federation."""
    stem = whole.removesuffix("工会")
    place = _place_of(stem)
    # A county alone may be a word, and then the firm's name: 东方工会, 和平工会.
    if place is None or (place.level == "county" and divisions_named(stem)):
        return None
    return _level_of_place(place)


_UNION_RULES: tuple[Rule, ...] = (
    _national,
    _national_industry,
    _federation,
    _workplace_union,
    _association,
    _industry_union,
    _firm_union,
    _unions_of_place,
)


def _unit(stem: str) -> Level | None:
    """Recognise a firm, a group or a public institution by the end of its name."""
    if _GROUP.fullmatch(stem):
        return Level.ENTERPRISE_GROUP
    if _ENTERPRISE.fullmatch(stem):
        return Level.ENTERPRISE
    if _INSTITUTION.fullmatch(stem) and not _FIRM_INSIDE.search(stem):
        return Level.PUBLIC_INSTITUTION
    return None


def _any_unit(whole: str, _where: Where) -> Level | None:
    """Recognise a firm, a group, a public institution or a workshop."""
    return Level.WORKPLACE_GROUP if re.fullmatch(r".*(?:车间|班组)(?:分会)?", whole) else _unit(whole)


def _office(whole: str, where: Where) -> Level | None:
    """Recognise a government office by the place before it; 厅 exists in provinces only."""
    if _MINISTRIES.fullmatch(whole) or re.fullmatch(r"国务院|全国人大(?:常委会)?|全国政协", whole):
        return Level.NATIONAL
    match = _OFFICE.fullmatch(whole)
    if not match or _FIRM_INSIDE.search(match["stem"]):
        return None
    stem = match["stem"]
    place = _place_of(stem)
    return _level_of_place(place) if place else _bare_rank(stem, where)


def _neighbourhood(whole: str, _where: Where) -> Level | None:
    """Recognise a street office or a neighbourhood."""
    return _below_county(whole) if whole.endswith(("街道", "街道办事处", "镇", "社区")) and len(whole) > 3 else None


_OTHER_RULES: tuple[Rule, ...] = (_office, _any_unit, _neighbourhood)


def _key(name: str) -> str:
    """Return the name in the form in which two are compared."""
    key = _FIRM_FORM.sub("", _whole(name))
    key = re.sub(r"第(?=[\d一二三四五六七八九十]+师)", "", key)
    match = _FEDERATION.match(key)
    called = _called(match["stem"]) if match else ()
    # 保定总工会 is 保定市总工会, but 吉林总工会 may be two.
    return called[0].name + "总工会" if len(called) == 1 else key


def _shorter(key: str) -> frozenset[str]:
    """Return the forms a name has without the province, or the province and city, before it."""
    forms: set[str] = set()
    rest = key
    for _ in range(2):
        rest = _without_first_place(rest)
        if not rest:
            break
        forms.add(rest)
    return frozenset(forms)


def _without_first_place(key: str) -> str:
    """Drop the province or city a name begins with; empty where there is none, or where nothing of its own is left."""
    for corps in sorted(CORPS_NAMES, key=len, reverse=True):
        if key.startswith(corps) and "师" in key:
            return key.removeprefix(corps)
    for length in range(min(len(key) - 1, 11), 1, -1):
        outer = tuple(each for each in divisions_named(key[:length]) if each.level != "county")
        rest = key[length:]
        if (
            outer
            and len(rest) >= 4
            and not re.match(r"(?!市[中南北]区)[省市县区州盟旗]|总工会|自治", rest)
            and _is_own(rest)
        ):
            return rest
    return ""


def _is_own(rest: str) -> bool:
    """Tell whether what is left still names one organisation and not only its kind."""
    stem = re.sub(r"(?:总工会|工会|公司|集团|学院|大学)+$", "", rest)
    return len(stem) >= 2 and 0 not in _industries(stem) and not re.match(r"(?:工人|人民|职工|教育|第)", stem)
