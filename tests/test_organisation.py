"""Organisations: what the name of a union, a firm or an office says of its level, and which names are one."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from making import count_steps

from summariser.organisations import is_union, level_of, same_organisation
from summariser.schema.codes import Level

SEEDS = Path(__file__).parents[1] / "seeds"
NAMES_BY_LEVEL = {
    Level.NATIONAL: "全国总工会 中华全国总工会 全总 全总宣教部 全国总工会宣传教育部 人社部",
    Level.PROVINCIAL: "省总 省总工会 自治区总工会 山西省总 北京市总工会 上海市总 广西总工会 广东工会 "
    "浙江省人社厅 省教育厅",
    Level.PREFECTURE: "保定市总 保定总工会 青海省果洛藏族自治州总工会 恩施州总工会 锡林郭勒盟总工会 阿克苏地区总工会 "
    "锡盟总工会 莱芜市总工会 内蒙古包头市总工会 西安工会 辽源市总工会网宣部 海口市教育局 东莞市人民政府 "
    "江苏省南京市教育局 海南省儋州市人力资源和社会保障局 南京市城市管理局",
    Level.COUNTY: "邹城市总 胶州市总 格尔木市总工会 浙江省义乌市总工会 石河子市总工会 甘州区总工会 浦东新区总工会 "
    "北京市朝阳区总工会 新丰县总 县总 丰县总工会 白云鄂博矿区总工会 山东邹城工会 胶州市教育局 "
    "江苏省南京市鼓楼区人力资源和社会保障局 "
    "木垒县总工会 昌吉州木垒县总 鄂伦春旗总工会 即墨市总工会 扬州市江都市总工会 闸北区总工会",
    Level.TOWNSHIP: "江门市台山市冲蒌镇总工会 宁波市江北区甬江街道总工会 甬江街道工会联合会 朝阳区三里屯街道办事处",
    Level.COMMUNITY: "桃园社区工会联合会 小岗村工会联合会 滨州街社区工会 桃园社区",
    Level.FUNCTIONAL_ZONE: "高区总工会 威海高区总工会 青岛高新区总工会 苏州工业园区总工会 开发区总工会",
    Level.XPCC_CORPS: "兵团总工会 新疆生产建设兵团总工会",
    Level.XPCC_DIVISION: "八师石河子市总工会 新疆生产建设兵团第八师石河子市总 八师总工会",
    Level.XPCC_REGIMENT: "149团工会 一四九团总工会",
    Level.INDUSTRY_NATIONAL: "中国能源化学地质工会 中国教科文卫体工会全国委员会 中华全国铁路总工会",
    Level.INDUSTRY_PROVINCIAL: "安徽省农林水利气象工会 陕西省建设工会 江苏省教科工会 江苏省机冶石化工会 省建设建材工会 "
    "山东省教科文卫体育工会 江苏省快递行业工会联合会",
    Level.INDUSTRY_LOCAL: "锦州市汽车零部件行业工会联合会 成都市教育工会 杭州市快递行业工会联合会",
    Level.ENTERPRISE_GROUP: "青拓集团工会 传化集团 鞍钢集团有限公司工会 广州海格通信集团股份有限公司",
    Level.ENTERPRISE: "巨隆公司工会 中国电信深圳分公司 炼铁厂工会 中铁七局集团西铁工程公司 国网胶州市供电公司 二号煤矿",
    Level.WORKPLACE_GROUP: "133团11连工会 一炼钢车间工会 第三车间分会 传化化学桥南三车间",
    Level.PUBLIC_INSTITUTION: "湛山疗养院 辽源市工人文化宫 清华大学工会 市第一人民医院工会 威海恒德职业学院",
}
UNSURE = (
    "市总 区总 吉林总工会 朝阳总工会 火星市总工会 工会 总工会 企业工会 机关工会 市直机关工会联合会 雄安新区总工会 "
    "江苏电力工会 山东能源工会 中国移动工会 东方工会 和平工会 香港工会联合会 上合工匠学院 东莞供电局 市场监管局 宣教部 "
    "福建省总工会与福州市总工会 劳模创新工作室"
)


@pytest.mark.parametrize(
    ("name", "level"), [(name, level) for level, names in NAMES_BY_LEVEL.items() for name in names.split()]
)
def test_name_tells_the_level(name: str, level: Level) -> None:
    """The ending of a name and the table of divisions give the level."""
    assert level_of(name) == level


@pytest.mark.parametrize("name", [*UNSURE.split(), ""])
def test_unsure_name_tells_nothing(name: str) -> None:
    """A name that could stand at several levels, or that no rule knows, gives None."""
    assert level_of(name) is None


@pytest.mark.parametrize(
    ("name", "where", "level"),
    [
        ("市总", ("山东省", "青岛市", None), Level.PREFECTURE),
        ("市总", ("山东省", None, "胶州市"), Level.COUNTY),
        ("市总", ("山东省", "青岛市", "胶州市"), None),
        ("市总", ("浙江省", "宁波市", "江北区"), Level.PREFECTURE),
        ("市总", ("北京市", None, None), Level.PROVINCIAL),
        ("市总", ("广东省", None, None), None),
        ("市人社局", ("山东省", "青岛市", None), Level.PREFECTURE),
        ("区总", ("甘肃省", "张掖市", "甘州区"), Level.COUNTY),
        ("区总", ("山东省", "威海市", "高区"), Level.FUNCTIONAL_ZONE),
        ("区总", ("山东省", "威海市", None), None),
    ],
)
def test_bare_name_takes_its_level_from_the_place(
    name: str, where: tuple[str | None, str | None, str | None], level: Level | None
) -> None:
    """市总 and 区总 mean the city and the district of the article, if these leave one choice."""
    province, city, county = where

    assert level_of(name, province=province, city=city, county=county) == level


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("保定市总", "保定市总工会"),
        ("河北省保定市总工会", "保定市总"),
        ("保定总工会", "保定市总工会"),
        ("甘肃省张掖市甘州区总工会", "甘州区总工会"),
        ("全总", "中华全国总工会"),
        ("全国总工会", "全总"),
        ("福建青拓集团工会", "青拓集团工会"),
        ("福建青拓集团有限公司", "青拓集团"),
        ("青拓集团有限公司", "青拓集团有限责任公司"),
        ("八师石河子市总工会", "新疆生产建设兵团第八师石河子市总"),
        ("ＡＢＣ 公司", "ABC公司"),
        ("廣州市總工會", "广东省广州市总工会"),
    ],
)
def test_forms_of_one_name_are_the_same(a: str, b: str) -> None:
    """Short forms, widths, company forms and the places before a name make no difference, in either order."""
    assert same_organisation(a, b)
    assert same_organisation(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("保定市总工会", "沧州市总工会"),
        ("省总工会", "福建省总工会"),
        ("福建省总工会", "总工会"),
        ("吉林总工会", "吉林省总工会"),
        ("广东青拓集团工会", "福建青拓集团工会"),
        ("徐州市鼓楼区总工会", "福州市鼓楼区总工会"),
        ("青拓集团有限公司", "青拓集团工会"),
        ("陕西省建设工会", "建设工会"),
        ("天津大学", "大学"),
        ("", ""),
    ],
)
def test_names_that_may_differ_are_not_the_same(a: str, b: str) -> None:
    """Names of two places, of two kinds, or too general to tell are not taken for one."""
    assert not same_organisation(a, b)
    assert not same_organisation(b, a)


@pytest.mark.parametrize(
    ("name", "union"),
    [
        ("保定市总", True),
        ("全总", True),
        ("区总", True),
        ("巨隆公司工会", True),
        ("老总", False),
        ("巨隆公司", False),
        ("工人文化宫", False),
    ],
)
def test_union_is_told_by_its_name(name: str, union: bool) -> None:
    """A union says 工会 or ends as the short form of 总工会."""
    assert is_union(name) == union


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.gold.json")), ids=lambda path: path.name)
def test_level_never_contradicts_the_key(path: Path) -> None:
    """For the lead organisations of the seed pages the level is that of the key, or None."""
    articles = [each for each in json.loads(path.read_text("utf-8"))["articles"] if each.get("lead_level")]
    told = {each["lead_org"]: level_of(each["lead_org"], **each["region"]) for each in articles}

    assert articles
    assert {name: level for name, level in told.items() if level} == {
        each["lead_org"]: each["lead_level"] for each in articles if told[each["lead_org"]]
    }


@pytest.mark.parametrize(
    "piece", ["东营区采油厂", "河北省保定市", "教科文卫", "市", "第八师石河子市", "产业链工会", "吉林吉林", "一四九团"]
)
@pytest.mark.parametrize("tail", ["工会", "总工会", "集团筹备组", "局"])
def test_work_grows_with_the_name_alone(piece: str, tail: str) -> None:
    """A name twice as long takes about twice the steps, and one beyond all names none."""
    name = (piece * 40)[:24]
    level_of(name + tail)
    once, twice, four = (count_steps(partial(level_of, (piece * 40)[: 24 * n] + tail)) for n in (1, 2, 4))
    beyond = count_steps(lambda: level_of(piece * 400 + tail))

    # Of a square it would be four times; what a short name spares is no growth, nor are a few lines of somebody else's.
    assert four - twice <= 3 * max(twice - once, 0)
    assert beyond < 100


def test_name_beyond_all_names_tells_nothing() -> None:
    """A run of characters too long for a name has no level and is no form of another."""
    name = "保定市" * 60 + "总工会"

    assert level_of(name) is None
    assert not same_organisation(name, name[3:])
