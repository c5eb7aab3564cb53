"""Places: the table of divisions, and what printed names resolve to."""

from __future__ import annotations

import pytest

from summariser.places.place import (
    CORPS_CITIES,
    Precision,
    division,
    divisions_named,
    is_zone,
    lineage,
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
