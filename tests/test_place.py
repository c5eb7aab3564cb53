"""Places: the table of divisions, and what printed names resolve to."""

from __future__ import annotations

import pytest

from summariser.places import Precision, division, divisions_named, is_zone, lineage, resolve
from summariser.tables import read_table

AUTONOMOUS = [row for row in read_table("divisions") if "自治" in row["name"] and row["level"] != "province"]


@pytest.mark.parametrize(
    ("name", "code", "rank"),
    [
        ("临平区", "330113", "district"),
        ("钱塘区", "330114", "district"),
        ("龙港市", "330383", "county_city"),
        ("莱芜区", "370116", "district"),
        ("钢城区", "370117", "district"),
        ("平果市", "451082", "county_city"),
        ("偃师区", "410307", "district"),
        ("沈丘县", "411624", "county"),
        ("胡杨河市", "659010", "xpcc_city"),
        ("石河子市", "659001", "xpcc_city"),
        ("邹城市", "370883", "county_city"),
        ("济源市", "419001", "county_city"),
        ("鄂伦春自治旗", "150723", "autonomous_banner"),
        ("和安县", "653229", "county"),
        ("两江新区", "500157", "district"),
    ],
)
def test_table_knows_new_and_old_divisions(name: str, code: str, rank: str) -> None:
    """The table holds the divisions set up up to 2025, with code and rank."""
    [found] = divisions_named(name)

    assert (found.code, found.rank) == (code, rank)


def test_every_division_leads_up_to_a_province() -> None:
    """The lineage of each county of the corps, of a municipality and of a prefecture ends at a province."""
    for code in (*(row["code"] for row in read_table("corps_divisions")), "110105", "130602"):
        place = division(code)
        assert place is not None
        assert lineage(place)[-1].level == "province"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("果洛藏族自治州", "果洛"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("东乡族自治县", "东乡"),
        ("内蒙古自治区", "内蒙古"),
        ("浦东新区", "浦东"),
        ("碑林区", "碑林"),
        ("阿克苏地区", "阿克苏"),
        ("赵县", "赵县"),
    ],
)
def test_short_name_is_what_people_say(name: str, short: str) -> None:
    """A short name leaves off rank and peoples, and is never shorter than two characters."""
    [found] = divisions_named(name)

    assert found.short == short


def test_ended_name_carries_its_year() -> None:
    """A name that ended stays in the table with the year of its end, for older pages."""
    [ended] = divisions_named("偃师市")

    assert ended.until == 2021


@pytest.mark.parametrize(
    ("printed", "code", "precision"),
    [
        (("河北", "保定", None), "130600", "city"),
        (("河北省", "保定市", None), "130600", "city"),
        (("青海", "果洛州", None), "632600", "city"),
        (("内蒙古", "锡林郭勒盟", None), "152500", "city"),
        (("新疆", None, None), "650000", "province"),
        (("上海", None, "浦东"), "310115", "county"),
        (("甘肃省", "张掖市", "甘州区"), "620702", "county"),
        ((None, None, "甘州区"), "620702", "county"),
        ((None, "保定", None), "130600", "city"),
        (("山东", None, "邹城"), "370883", "county"),
        (("北京市", None, "朝阳区"), "110105", "county"),
        (("北京市", "北京市", "朝阳区"), "110105", "county"),
        (("北京", "市辖区", "朝阳区"), "110105", "county"),
        (("河南", "济源", None), "419001", "county"),
        (("广东", "东莞", None), "441900", "city"),
        (("江苏", "徐州", "鼓楼区"), "320302", "county"),
        (("四川", "攀枝花市", "西区"), "510403", "county"),
        (("浙江", "杭州", "杭州市临平区"), "330113", "county"),
        (("四川", "凉山", "会理"), "513402", "county"),
        (("吉林", "吉林", None), "220200", "city"),
        (("新疆", "八师", None), "659001", "county"),
        (("新疆", "第八师石河子市", None), "659001", "county"),
        (("兵团", None, "十四师"), "659009", "county"),
    ],
)
def test_printed_names_resolve_to_the_finest_one(
    printed: tuple[str | None, str | None, str | None], code: str, precision: Precision
) -> None:
    """Names that agree, full or short, lead to the finest division named, and no reason is given."""
    found = resolve(*printed)

    assert (found.code, found.precision, found.reason) == (code, precision, None)


def test_every_division_resolves_to_itself() -> None:
    """The full names of a division and of all above it lead back to its code, for the whole table."""
    places = [place for row in read_table("divisions") if (place := division(row["code"]))]
    astray = [
        place.name
        for place in places
        for names in [{each.level: each.name for each in lineage(place)}]
        if resolve(names.get("province"), names.get("city"), names.get("county")).code != place.code
    ]

    assert len(places) > 3200
    assert astray == []


def test_coarser_names_are_filled_in() -> None:
    """A county alone brings its city and its province with it."""
    found = resolve(None, None, "邹城市")

    assert (found.province, found.city, found.county) == ("山东省", "济宁市", "邹城市")


@pytest.mark.parametrize(
    ("printed", "code", "reason"),
    [
        ((None, None, "鼓楼区"), None, "4 divisions"),
        (("江苏", None, "鼓楼区"), "320000", "2 divisions"),
        ((None, None, "江北区"), None, "2 divisions"),
        (("山东", "威海", "高区"), "371000", "functional zone"),
        (("山东省", "青岛市", "青岛高新区"), "370200", "functional zone"),
        (("四川", "成都", "火星区"), "510100", "not in the table"),
        (("新疆", "十二师", None), "650000", "not in the table"),
    ],
)
def test_doubtful_names_stop_above_and_say_why(
    printed: tuple[str | None, str | None, str | None], code: str | None, reason: str
) -> None:
    """A name that is ambiguous, unknown or a zone stops a level above."""
    found = resolve(*printed)

    assert (found.code, found.contradiction) == (code, False)
    assert reason in (found.reason or "")


@pytest.mark.parametrize("name", ["高新区", "经开区", "高区", "苏州工业园区", "两江产业园", "雄安新区"])
def test_zone_is_recognised(name: str) -> None:
    """A development zone is a zone."""
    assert is_zone(name)


@pytest.mark.parametrize("name", ["浦东新区", "上海市浦东新区", "甘州区", "南山区"])
def test_district_is_no_zone(name: str) -> None:
    """A district of the table is no zone, even if its name looks like one."""
    assert not is_zone(name)


def test_every_autonomous_division_has_its_usual_name() -> None:
    """木垒县 is 木垒哈萨克自治县: all 120 counties and banners and all 30 prefectures, within their province."""
    tails = {"自治县": "县", "自治旗": "旗", "自治州": "州"}
    astray = [
        row["name"]
        for row in AUTONOMOUS
        for tail in (tails[row["name"][-3:]], row["name"][-3:])
        for names in [{"province": lineage_name(row["code"]), "city": None, "county": None}]
        if resolve(**(names | {row["level"]: row["short"] + tail})).code != row["code"]
    ]

    assert (len(AUTONOMOUS), astray) == (150, [])


def lineage_name(code: str) -> str:
    """The name of the province a division lies in."""
    place = division(code)
    assert place
    return lineage(place)[-1].name


def test_usual_names_collide_in_one_case_only() -> None:
    """No usual name is the full name of another division in force, and only 东乡县 that of one which ended."""
    usual = {row["short"] + row["name"][-1]: row["code"] for row in AUTONOMOUS}
    full = {row["name"]: row["code"] for row in read_table("divisions")}
    ended = {
        row["name"] for row in read_table("former_divisions") if usual.get(row["name"]) not in row["successors"].split()
    }

    assert len(usual) == 150
    assert not {name for name, code in usual.items() if full.get(name, code) != code}
    assert set(usual) & ended & {name for name in usual if name not in full} == {"东乡县"}
    assert len(divisions_named("东乡县")) == 2


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        (("新疆", "昌吉州", "木垒县"), "652328"),
        (("甘肃省", "临夏州", "积石山县"), "622927"),
        (("内蒙古", "呼伦贝尔市", "鄂伦春旗"), "150723"),
        (("内蒙古", "呼伦贝尔", "莫旗"), "150722"),
        (("吉林省", "松原市", "前郭县"), "220721"),
        (("新疆", "巴州", "焉耆县"), "652826"),
        (("新疆维吾尔自治区", "昌吉自治州", None), "652300"),
        (("甘肃", "临夏", "东乡县"), "622926"),
        (("江西", "抚州", "东乡县"), "361029"),
        (("河南", None, None), "410000"),
        (("廣東省", "廣州市", None), "440100"),
        (("內蒙古", "鄂爾多斯市", None), "150600"),
        (("臺灣", None, None), "710000"),
        (("青海", "黄南州", "河南县"), "632324"),
    ],
)
def test_usual_names_resolve(printed: tuple[str | None, str | None, str | None], code: str) -> None:
    """The usual names of autonomous prefectures, counties and banners lead to their codes."""
    assert resolve(*printed).code == code


@pytest.mark.parametrize(
    ("printed", "code", "today"),
    [
        (("山东省", "莱芜市", None), "371200", "ended in 2018; today it is 济南市 (370100)"),
        (("山东省", "泰安市", "莱芜市"), "370981", "370116"),
        (("山东", "青岛市", "即墨市"), "370282", "ended in 2017; today it is 即墨区 (370215)"),
        (("广西", "南宁市", "武鸣县"), "450122", "450110"),
        (("江苏省", "扬州市", "江都市"), "321088", "321012"),
        (("上海市", None, "闸北区"), "310108", "静安区 (310106)"),
        (("西藏", "山南地区", None), "542200", "540500"),
        (("湖北省", "襄樊市", None), "420600", "襄阳市 (420600)"),
        (("四川省", "万县市", None), "511200", "重庆市 (500000)"),
        (("云南", "思茅市", None), "530800", "普洱市"),
        (("广东", "广州", "东山区"), "440102", "越秀区 (440104)"),
        (("重庆", None, "江北区"), "500105", "两江新区"),
        (("安徽", "巢湖市", "居巢区"), "341402", "巢湖市 (340181)"),
        (("安徽", "六安市", "寿县"), "341521", "340422"),
        ((None, None, "武鸣县"), "450122", "450110"),
    ],
)
def test_former_name_keeps_its_code_and_says_what_it_is_today(
    printed: tuple[str | None, str | None, str | None], code: str, today: str
) -> None:
    """A former division is found at its own level, and the reason names the year and the successor."""
    found = resolve(*printed)

    assert found.code == code
    assert today in (found.reason or "")
    assert not found.contradiction


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ((None, None, "寿县"), "340422"),
        ((None, None, "东山区"), "230406"),
        (("安徽", "合肥", "巢湖市"), "340181"),
        (("安徽", "巢湖市", None), "340181"),
        (("西藏", "山南地区", "乃东区"), "540502"),
        (("湖北", "襄樊市", "襄城区"), "420602"),
        (("重庆市", None, None), "500000"),
    ],
)
def test_former_name_hides_no_name_in_force(printed: tuple[str | None, str | None, str | None], code: str) -> None:
    """A name that a division bears today means that division, and a former name leads to what lies there now."""
    assert resolve(*printed).code == code


def test_former_divisions_lead_to_divisions_in_force() -> None:
    """Every successor is in the table in force, and every former division lies in a province."""
    current = {row["code"] for row in read_table("divisions")}
    rows = read_table("former_divisions")

    assert len(rows) > 2800
    assert [row["name"] for row in rows if not row["successors"] or not set(row["successors"].split()) <= current] == []
    assert {lineage_name(row["parent"])[-1] for row in rows} <= set("省市区")


def test_name_of_a_province_in_the_place_of_a_county_stays_open() -> None:
    """海南 alone may be the province or a district of 乌海; with that city or its whole name it is the district."""
    alone = resolve(None, None, "海南")

    assert (alone.code, alone.reason) == (None, "海南 is a province as well as a county")
    assert resolve("内蒙古", "乌海", "海南").code == resolve(None, None, "海南区").code == "150303"


@pytest.mark.parametrize(
    ("printed", "code", "reason"),
    [
        (("江西省", "临江市", None), "360000", "临江市 does not lie in 江西省; known is 吉林省白山市临江市"),
        (("河北", "济南", None), "130000", "does not lie in 河北省"),
        (("山东", "青岛", "甘州区"), "370200", "does not lie in 青岛市"),
        (("湖南省", None, "邹城市"), "430000", "山东省济宁市"),
        (("广东省", "海口市", "南山区"), "440000", "海南省"),
        (("吉林", "吉林市", "公主岭市"), "220200", "长春市公主岭市"),
        (("四川省", "重庆市", None), "510000", "does not lie in 四川省"),
    ],
)
def test_contradiction_keeps_what_is_sure(
    printed: tuple[str | None, str | None, str | None], code: str, reason: str
) -> None:
    """Where a name lies elsewhere, the place printed above it stays, and the contradiction is told."""
    found = resolve(*printed)

    assert (found.code, found.contradiction) == (code, True)
    assert reason in (found.reason or "")


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        (("辽宁", None, "和平区"), "210102"),
        (("天津", None, "和平区"), "120101"),
        (("北京", None, "朝阳区"), "110105"),
        (("吉林省", "长春市", "朝阳区"), "220104"),
        (("福建", "福州", "鼓楼区"), "350102"),
        ((None, None, "和平区"), None),
        ((None, None, "朝阳区"), None),
    ],
)
def test_place_above_decides_between_divisions_of_one_name(
    printed: tuple[str | None, str | None, str | None], code: str | None
) -> None:
    """The province or the city that is printed decides which division is meant; without one, none is."""
    assert resolve(*printed).code == code
