"""Which places a text names, and which runs of characters only look like places."""

from __future__ import annotations

from functools import partial

import pytest
from making import count_steps

from summariser.places import find_places, place_codes


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
        "行业工会联合会同县蔬菜协会谈成，市总工会宁愿多跑一趟",
        "东躲西藏，实际上海量信息",
        "幸福建设者",
        "推广东部经验",
        "建成都市圈",
        "明白城市规划",
        "长治久安，大连续三年",
        "公安县局，红旗舰店",
        "高新区",
        "他在布良斯克州学过焊工",
        "来自于洪都拉斯巴州的客人",
        "亚拉巴州与宾博州的工厂",
        "车队穿过巴丹吉林沙漠",
        "骑行青海湖，走过四川盆地",
        "工会干部路过山西北里社区",
        "北京小厨和湖南米粉店",
        "南京路、上海南站、江西大厦",
        "走上昆山东部的山坡，到佛山西站",
        "网上海量信息，世界上海拔最高",
        "滩头上海龟产卵，湖上海豚跃出水面",
        "礁石上海胆密布，岸上海豹晒太阳",
        "台上海狮顶球，船上海蜇装满舱",
        "海宁夏季送清凉",
        "五台山西麓、漓江西岸、千岛湖北岸",
        "山东舰与北京时间，河南大桥",
        "阿尔山西，风大",
        "在公园区散步，到桥头区",
        "东北京剧团",
        "市郊区的田野，县域经济",
        "云南松长势好，云南白药车间，海南黄花梨家具",
        "吃碗重庆小面，带回南京板鸭",
        "到了东方既白，从平安出发，走到中山路",
        "收到长春电影的票，达到黄山松的高度",
        "王强、金华、李敏三人",
        "大连、宁波、福特三家店",
        "保定、沧州的职工",
        "温州地块、丽水等级考试",
    ],
)
def test_words_that_look_like_places_are_not_places(text: str) -> None:
    """A run of characters that belongs to other words names no place."""
    assert find_places(text) == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("河北省保定市总工会", ["河北省", "保定市"]),
        ("师傅上周从兰州赶来，昨天到了宁波。", ["兰州", "宁波"]),
        ("讲师团昨天到了博州。", ["博州"]),
        ("货车往保定去", ["保定"]),
        ("保定市总打造平台", ["保定市"]),
        ("山东邹城工会", ["山东", "邹城"]),
        ("广东广州举办", ["广东", "广州"]),
        ("宁波江北区", ["宁波", "江北区"]),
        ("汕尾市城区总工会", ["汕尾市", "城区"]),
        ("济南市市中区", ["济南市", "市中区"]),
        ("甘南州合作市总", ["甘南州", "合作市"]),
        ("安徽和县总工会", ["安徽", "和县"]),
        ("上海城市更新", ["上海"]),
        ("北京路灯工人和上海路面工人", ["北京", "上海"]),
        ("重庆和山东开展", ["重庆", "山东"]),
        ("在邹城市，职工", ["邹城市"]),
        ("天津市河北区总工会", ["天津市", "河北区"]),
        ("通化公司与保定总工会", ["通化", "保定"]),
        ("克州总工会送教上门", ["克州"]),
        ("吉林省总与山西工会", ["吉林省", "山西"]),
        ("新疆巴州工会，来自锡盟", ["新疆", "巴州", "锡盟"]),
        ("昌吉州木垒县与积石山县", ["昌吉州", "木垒县", "积石山县"]),
        ("河南县域经济", ["河南"]),
        ("湖南宁夏两地", ["湖南", "宁夏"]),
        ("上海带动周边，上海鸟类保护站", ["上海", "上海"]),
        ("其中山东与中山总工会", ["山东", "中山"]),
        ("同安徽和泰安北京两地", ["安徽", "北京"]),
        ("北京石景山区", ["北京", "石景山区"]),
        ("原即墨市总工会、江都市", ["即墨市", "江都市"]),
        ("广州市东山区", ["广州市", "东山区"]),
        ("湖南湖北两省", ["湖南", "湖北"]),
        ("廣東省廣州市總工會與臺灣同行", ["廣東省", "廣州市", "臺灣"]),
        ("齊齊哈爾市、瀋陽市", ["齊齊哈爾市", "瀋陽市"]),
        ("他們在廣場上慶祝", []),
        ("文艺队赶赴大同、阳泉、长治、运城等地", ["大同", "阳泉", "长治", "运城"]),
        ("慰问组走到宝鸡、汉中、安康等５个市", ["宝鸡", "汉中", "安康"]),
        ("保定、沧州、廊坊3个地、市", ["保定", "沧州", "廊坊"]),
        ("其中嘉兴、湖州两地", ["湖州"]),
        ("北京、杭州、宁波同时开课", ["北京", "杭州"]),
        ("北京、杭州和宁波", ["北京", "杭州", "宁波"]),
        ("北京、杭州以及宁波的工友", ["北京", "杭州", "宁波"]),
        ("北京、杭州和谐班组", ["北京"]),
        ("北京、杭州和宁波港务", ["北京"]),
        ("保定市、沧州、廊坊", ["保定市", "沧州", "廊坊"]),
        ("嘉兴、湖州、杭州总工会", ["嘉兴", "湖州", "杭州"]),
        ("到大同、阳泉煤矿、长治等地", ["大同", "长治"]),
        ("北京、大同3号井、阳泉３号井", ["北京"]),
        ("北京、大同等级医院", ["北京"]),
        ("北京、昆山、苏州", ["北京", "苏州"]),
        ("来自上海、长安、福特的技工", ["上海"]),
        ("北京、阿里、腾讯，上海、黄山、苏州", ["北京", "上海"]),
        ("王强、金华、李敏赶到保定。", ["保定"]),
        ("廣州、東莞、佛山等地", ["廣州", "東莞", "佛山"]),
    ],
)
def test_named_places_are_found_in_order(text: str, names: list[str]) -> None:
    """Full names, short provinces, short names beside what shows them to be places, and cities listed are found."""
    assert [mention.name for mention in find_places(text)] == names


def test_mention_keeps_its_span_and_all_it_may_be() -> None:
    """A mention says where it stands, and lists every division of that name."""
    [mention] = find_places("记者在鼓楼区采访")

    assert (mention.start, mention.end, mention.level, len(mention.divisions)) == (3, 6, "county", 4)


def test_former_name_means_the_last_place_that_bore_it() -> None:
    """Of the codes that a former county had one after the other, the last counts."""
    [mention] = find_places("武鸣县总工会")

    assert mention.codes == {"450122"}


def test_place_above_decides_which_is_meant() -> None:
    """A city just named leaves only its own district of that name."""
    mention = find_places("福州市鼓楼区")[1]

    assert [each.code for each in mention.divisions] == ["350102"]


@pytest.mark.parametrize(
    ("article", "prose"),
    [
        ("昌吉回族自治州甲县", "昌吉州甲县"),
        ("昌吉州甲县", "昌吉回族自治州甲县"),
        ("恩施州总工会", "恩施土家族苗族自治州"),
        ("木垒哈萨克自治县", "木垒县"),
        ("锡林郭勒盟", "锡盟"),
        ("阿克苏工会", "阿克苏地区"),
        ("广西壮族自治区", "广西"),
        ("保定职工之家", "保定市"),
        ("徐州市鼓楼区", "鼓楼区"),
        ("丽江纳西族自治县总工会", "丽江市"),
        ("丽江地区行署", "丽江市"),
        ("普洱县总工会", "宁洱县"),
        ("襄樊市总工会", "襄阳市"),
        ("海南、海南藏族自治州两地", "海南省"),
        ("吉林市的吉林化工厂", "吉林市"),
    ],
)
def test_forms_of_one_name_share_a_code(article: str, prose: str) -> None:
    """A place may be called by its full, its usual or its short name."""
    assert all(place.codes & place_codes(article) for place in find_places(prose))
    assert find_places(prose)


@pytest.mark.parametrize(
    ("article", "prose"),
    [
        ("昌吉回族自治州", "昌吉市"),
        ("吉林省总工会", "吉林市"),
        ("海南省总工会", "海南州"),
        ("青海省海南藏族自治州", "海南省"),
        ("黄南州河南蒙古族自治县", "河南省"),
        ("海南藏族自治州总工会", "海南"),
        ("河南蒙古族自治县牧民夜校", "河南"),
        ("保定市总工会", "沧州市"),
        ("福州市鼓楼区", "徐州市鼓楼区"),
        ("合作共赢", "甘南州合作市"),
        ("红旗招展", "新乡市红旗区"),
        ("上海市静安区", "上海市闸北区"),
        ("丽江市总工会", "丽江纳西族自治县"),
        ("江都市总工会", "扬州市"),
    ],
)
def test_names_of_two_places_share_no_code(article: str, prose: str) -> None:
    """A name like that of the article's place, and a former name of it, is another place."""
    assert not find_places(prose)[-1].codes & place_codes(article)


@pytest.mark.parametrize("text", ["安徽省黄山", "江西省九江市庐山", "黄山", "天山", "山东省泰山"])
def test_end_of_text_hides_no_place(text: str) -> None:
    """A name that is also that of a mountain is read alike at the end of a text and before a full stop."""
    assert find_places(text) == find_places(text + "。")


@pytest.mark.parametrize("text", ["河北保定", "吉林吉林", "巴州", "上海", "黄河南", "甲乙", "上海、保定、"])
def test_work_grows_with_the_text_alone(text: str) -> None:
    """Reading twice the text takes twice the steps, whatever it repeats."""
    find_places(text)
    for read in (find_places, place_codes):
        once, twice = (count_steps(partial(read, text * times)) for times in (200, 400))

        assert twice < 2.2 * once
