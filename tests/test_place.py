"""Places: the table of divisions, what printed names resolve to, and which places a text names."""

from __future__ import annotations

import pytest

from summariser.place import (
    CORPS_CITIES,
    Precision,
    division,
    divisions_named,
    find_places,
    is_zone,
    lineage,
    place_names,
    places_not_in,
    resolve,
)


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
    for code in (*CORPS_CITIES.values(), "110105", "130602"):
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
    provinces = [place for code in range(11, 83) if (place := division(f"{code}0000"))]
    places = [place for code in range(110000, 660000) if (place := division(f"{code}"))]
    astray = [
        place.name
        for place in (*provinces, *places)
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
        (("河北", "济南", None), None, "does not lie in 河北省"),
        (("山东", "青岛", "甘州区"), None, "does not lie in 青岛市"),
        (("山东", "威海", "高区"), "371000", "functional zone"),
        (("山东省", "青岛市", "青岛高新区"), "370200", "functional zone"),
        (("四川", "成都", "火星区"), "510100", "not in the table"),
        (("新疆", "十二师", None), "650000", "not in the table"),
    ],
)
def test_doubtful_names_stop_above_and_say_why(
    printed: tuple[str | None, str | None, str | None], code: str | None, reason: str
) -> None:
    """A name that is ambiguous, unknown or a zone stops a level above; a contradiction gives no code."""
    found = resolve(*printed)

    assert found.code == code
    assert reason in (found.reason or "")


@pytest.mark.parametrize("name", ["高新区", "经开区", "高区", "苏州工业园区", "两江产业园", "雄安新区"])
def test_zone_is_recognised(name: str) -> None:
    """A development zone is a zone."""
    assert is_zone(name)


@pytest.mark.parametrize("name", ["浦东新区", "上海市浦东新区", "甘州区", "南山区"])
def test_district_is_no_zone(name: str) -> None:
    """A district of the table is no zone, even if its name looks like one."""
    assert not is_zone(name)


@pytest.mark.parametrize(
    "text",
    [
        "双方合作推进，全县城区的普通化验员",
        "走上滨州街，来到西区分公司",
        "市中区域的职工代表",
        "全市北区、城区工会",
        "省总和县总工会联合",
        "义乌市场，适应城市发展",
        "西南山区的职工",
        "长江西岸与黄河南岸",
        "北京路步行街",
        "隆重庆祝五一",
        "东躲西藏，实际上海量信息",
        "幸福建设者",
        "推广东部经验",
        "建成都市圈",
        "明白城市规划",
        "长治久安，大连续三年",
        "公安县局，红旗舰店",
        "高新区",
    ],
)
def test_words_that_look_like_places_are_not_places(text: str) -> None:
    """A run of characters that belongs to other words names no place."""
    assert find_places(text) == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("河北省保定市总工会", ["河北省", "保定市"]),
        ("保定市总打造平台", ["保定市"]),
        ("山东邹城工会", ["山东", "邹城"]),
        ("广东广州举办", ["广东", "广州"]),
        ("宁波江北区", ["宁波", "江北区"]),
        ("汕尾市城区总工会", ["汕尾市", "城区"]),
        ("济南市市中区", ["济南市", "市中区"]),
        ("甘南州合作市总", ["甘南州", "合作市"]),
        ("安徽和县总工会", ["安徽", "和县"]),
        ("上海城市更新", ["上海"]),
        ("重庆和山东开展", ["重庆", "山东"]),
        ("在邹城市，职工", ["邹城市"]),
        ("天津市河北区总工会", ["天津市", "河北区"]),
        ("通化公司与保定总工会", ["通化", "保定"]),
    ],
)
def test_named_places_are_found_in_order(text: str, names: list[str]) -> None:
    """Full names, short provinces, and short names beside what shows them to be places are found."""
    assert [mention.name for mention in find_places(text)] == names


def test_mention_keeps_its_span_and_all_it_may_be() -> None:
    """A mention says where it stands, and lists every division of that name."""
    [mention] = find_places("记者在鼓楼区采访")

    assert (mention.start, mention.end, mention.level, len(mention.divisions)) == (3, 6, "county", 4)


def test_place_above_decides_which_is_meant() -> None:
    """A city just named leaves only its own district of that name."""
    mention = find_places("福州市鼓楼区")[1]

    assert [each.code for each in mention.divisions] == ["350102"]


def test_place_names_hold_both_forms() -> None:
    """A place printed in full may be called by its short name too."""
    assert place_names("保定市总推进") == {"保定市", "保定"}


def test_place_the_source_lacks_is_reported() -> None:
    """Of the places in a summary, only those the source does not name in any form are reported."""
    missing = places_not_in("保定总工会在石家庄市和保定市开展活动", "保定市总开展活动")

    assert [mention.name for mention in missing] == ["石家庄市"]
