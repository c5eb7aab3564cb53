"""Which places a text names, and which runs of characters only look like places."""

from __future__ import annotations

import pytest

from summariser.places.place_mentions import find_places, place_names


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
