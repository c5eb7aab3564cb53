"""Numbers, units and hedges of newspaper Chinese, and what only looks like them."""

from __future__ import annotations

import sys
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summariser.numbers.numerals import Numeral, NumeralKind, find_english_numerals
from summariser.numbers.quantity import find_numerals, find_quantities, inner_edges
from summariser.numbers.reckoning import read_per
from summariser.schema.case import Quantity

# text: each quantity as "raw value min max unit class per approx", "-" for none; "." for an empty unit.
ONE_QUANTITY = {
    "发展会员11224人次": "11224人次 11224 - - 人次 person_time - exact",
    "发布案例1.8万多个": "1.8万多个 18000 18000 - 个 count - more_than",
    "补助3.8万元": "3.8万元 38000 - - 元 money - exact",
    "增加13万多元": "13万多元 130000 130000 - 元 money - more_than",
    "有1500多万名职工": "1500多万名 15000000 15000000 - 名 person - more_than",
    "投入1.2亿元": "1.2亿元 120000000 - - 元 money - exact",
    "投入一亿两千万元": "一亿两千万元 120000000 - - 元 money - exact",
    "共3万5千人": "3万5千人 35000 - - 人 person - exact",
    "共一千五百人": "一千五百人 1500 - - 人 person - exact",
    "两万多名职工": "两万多名 20000 20000 - 名 person - more_than",
    "廿五人": "廿五人 25 - - 人 person - exact",
    "1,438名职工": "1,438名 1438 - - 名 person - exact",
    "近２００名学员": "近２００名 200 - 200 名 person - nearly",
    "将近 300 条": "将近 300 条 300 - 300 条 count - nearly",
    "不到4个小时": "不到4个小时 4 - 4 个小时 duration - nearly",
    "占比超80%": "超80% 80 80 - % percent - more_than",
    "突破上千人": "突破上千人 1000 1000 - 人 person - more_than",
    "上万人观看": "上万人 10000 10000 - 人 person - more_than",
    "取得突破3项技术": "3项 3 - - 项 count - exact",
    "走访千余户": "千余户 1000 1000 - 户 household - more_than",
    "近百家企业": "近百家 100 - 100 家 organisation - nearly",
    "万名职工": "万名 10000 - - 名 person - about",
    "惠及百万职工": "百万职工 1000000 - - . person - about",
    "预计每年减省1800小时": "1800小时 1800 - - 小时 duration 年 about",
    "预计投入资金300万元": "300万元 3000000 - - 元 money - about",
    "预计超过300人": "超过300人 300 300 - 人 person - more_than",
    "预计月底完工，投入300万元": "300万元 3000000 - - 元 money - exact",
    "现在一般只需要一个小时": "一个小时 1 - - 个小时 duration - about",
    "为一般职工办了300件事": "300件 300 - - 件 count - exact",
    "要搭进半天时间": "半天 0.5 - - 天 duration - about",
    "满200分": "满200分 200 200 - 分 count - at_least",
    "笔记记满两本": "两本 2 - - 本 count - exact",
    "不得低于5,500元": "不得低于5,500元 5500 5500 - 元 money - at_least",
    "不得高于6%": "不得高于6% 6 - 6 % percent - at_most",
    "不能少于3次": "不能少于3次 3 3 - 次 count - at_least",
    "全年封顶3万元": "封顶3万元 30000 - 30000 元 money - at_most",
    "棉被两床": "两床 2 - - 床 count - exact",
    "三日内上门": "三日内 3 - 3 日 duration - at_most",
    "48小时内回音": "48小时内 48 - 48 小时 duration - at_most",
    "5公里内的驿站": "5公里内 5 - 5 公里 length - at_most",
    "从工位到这里八十步不到。": "八十步不到 80 - 80 步 count - nearly",
    "不出半个月": "不出半个月 0.5 - 0.5 个月 duration - nearly",
    "比淡季翻了两番还多": "翻了两番还多 4 4 - 倍 multiple - more_than",
    "比例过了七成": "过了七成 70 70 - % percent - more_than",
    "换走近300双": "近300双 300 - 300 双 count - nearly",
    "卖出四百来碗": "四百来碗 400 400 - 碗 count - more_than",
    "歇了二十来分钟": "二十来分钟 20 20 - 分钟 duration - more_than",
    "会员2 860人": "2 860人 2860 - - 人 person - exact",
    "支出1 906.4万元": "1 906.4万元 19064000 - - 元 money - exact",
    "达到百分之九十八点六": "百分之九十八点六 98.6 - - % percent - exact",
    "一点五万元": "一点五万元 15000 - - 元 money - exact",
    "省电六百千瓦时上下": "六百千瓦时上下 600 - - 千瓦时 count - about",
    "气温41.2摄氏度": "41.2摄氏度 41.2 - - 摄氏度 count - exact",
    "6岁半的孩子": "6岁半 6.5 - - 岁 count - exact",
    "6周岁半的孩子": "6周岁半 6.5 - - 周岁 count - exact",
    "每超出0.5个百分点": "0.5个百分点 0.5 - - 个百分点 percentage_point - exact",
    "每个夜班另补二十六元": "二十六元 26 - - 元 money 夜班 exact",
    "每百万公里0.37件": "0.37件 0.37 - - 件 count 百万公里 exact",
    "每箱节省200元以上": "200元以上 200 200 - 元 money 箱 at_least",
    "月薪4500元": "4500元 4500 - - 元 money 月 exact",
    "最低日工资是168元": "168元 168 - - 元 money 日 exact",
    "年换装能力2000万吨": "2000万吨 20000000 - - 吨 mass 年 exact",
    "一亩少丢3公斤": "3公斤 3 - - 公斤 mass 亩 exact",
    "专项巡查每月一次": "一次 1 - - 次 count 月 exact",
    "六成为基础部分": "六成 60 - - % percent - exact",
    "每道工序至少测5遍": "至少测5遍 5 5 - 遍 count 道 at_least",
    "至少两名": "至少两名 2 2 - 名 person - at_least",
    "每户2000元起": "2000元起 2000 2000 - 元 money 户 at_least",
    "每人次260元": "260元 260 - - 元 money 人次 exact",
    "每回400册上下": "400册上下 400 - - 册 count 回 about",
    "工资不低于同岗位的百分之八十五": "百分之八十五 85 85 - % percent - at_least",
    "罚款不得超过当月派费的3%": "3% 3 - 3 % percent - at_most",
    "拿不出3万元": "3万元 30000 - - 元 money - exact",
    "3家不到位": "3家 3 - - 家 organisation - exact",
    "5人不足额缴费": "5人 5 - - 人 person - exact",
    "三天不到就办好": "三天不到 3 - 3 天 duration - nearly",
    "超百年历史": "超百年 100 100 - 年 duration - more_than",
    "至少配1名": "至少配1名 1 1 - 名 person - at_least",
    "给半天假": "半天 0.5 - - 天 duration - exact",
    "86%以上": "86%以上 86 86 - % percent - at_least",
    "至少3次": "至少3次 3 3 - 次 count - at_least",
    "奖金最高可达100万元": "最高可达100万元 1000000 - 1000000 元 money - at_most",
    "最大不能超过 1.7 毫米": "最大不能超过 1.7 毫米 1.7 - 1.7 毫米 length - at_most",
    "上限为10万元": "上限为10万元 100000 - 100000 元 money - at_most",
    "大约500字": "大约500字 500 - - 字 count - about",
    "1.6万人左右": "1.6万人左右 16000 - - 人 person - about",
    "数万人": "数万人 - 20000 90000 人 person - order_of_magnitude",
    "论证了数十次": "数十次 - 20 90 次 count - order_of_magnitude",
    "十几人的小班": "十几人 - 11 19 人 person - order_of_magnitude",
    "三四百人": "三四百人 - 300 400 人 person - range",
    "五六十人": "五六十人 - 50 60 人 person - range",
    "占87%～89%": "87%～89% - 87 89 % percent - range",
    "选派1～2名职工": "1～2名 - 1 2 名 person - range",
    "2～3万元": "2～3万元 - 20000 30000 元 money - range",
    "一至两名": "一至两名 - 1 2 名 person - range",
    "2000—5000元": "2000—5000元 - 2000 5000 元 money - range",
    "几千元到几百万元不等": "几千元到几百万元 - 2000 9000000 元 money - range",
    "三成五": "三成五 35 - - % percent - exact",
    "九成以上": "九成以上 90 90 - % percent - at_least",
    "百分之八十以上": "百分之八十以上 80 80 - % percent - at_least",
    "三分之二": "三分之二 0.6667 - - . multiple - exact",
    "产量翻一番": "翻一番 2 - - 倍 multiple - exact",
    "收入翻了两番": "翻了两番 4 - - 倍 multiple - exact",
    "增长3.5倍": "3.5倍 3.5 - - 倍 multiple - exact",
    "提高4个百分点": "4个百分点 4 - - 个百分点 percentage_point - exact",
    "半天时间": "半天 0.5 - - 天 duration - about",
    "用了两年半": "两年半 2.5 - - 年 duration - exact",
    "3个半小时": "3个半小时 3.5 - - 个小时 duration - exact",
    "一个多月": "一个多月 1 1 - 个月 duration - more_than",
    "改造用了一年": "一年 1 - - 年 duration - exact",
    "漏检率降为零": "零 0 - - . percent - exact",
    "总数扩至1438，": "1438 1438 - - . count - exact",
    "阅读量10万+": "10万+ 100000 100000 - . count - more_than",
    "节约23.5万元": "23.5万元 235000 - - 元 money - exact",
    "近3年来": "3年 3 - - 年 duration - exact",
    "近二十年的努力": "近二十年 20 - 20 年 duration - nearly",
    "3000多种格式": "3000多种 3000 3000 - 种 count - more_than",
    "12名万师生": "12名万 120000 - - 名 person - exact",
    "30个重点产业链": "30个 30 - - 个 count - exact",
    "3大培训方向": "3大 3 - - 大 structure - exact",
    "“三大行动”": "三大 3 - - 大 structure - exact",
    "设4个篇章": "4个 4 - - 个 structure - exact",
    "市县两级工会": "两级 2 - - 级 structure - exact",
    "95元/份": "95元/份 95 - - 元 money 份 exact",
    "每月补贴增加500元": "500元 500 - - 元 money 月 exact",
    "年均上调160元": "160元 160 - - 元 money 年 exact",
    "年产量6.5万吨": "6.5万吨 65000 - - 吨 mass 年 exact",
    "平均一年要办45场": "45场 45 - - 场 count 年 exact",
    "每人每月200元": "200元 200 - - 元 money 人·月 exact",
    "每半年办一次": "一次 1 - - 次 count 半年 exact",
    "热值200kcal/kg": "200kcal/kg 200 - - kcal/kg count - exact",
    "藏书1.2万册": "1.2万册 12000 - - 册 count - exact",
    "建成四处充电桩": "四处 4 - - 处 count - exact",
    "收拾出四处“小站”": "四处 4 - - 处 count - exact",
    "又腾出四处空房": "四处 4 - - 处 count - exact",
    "500千伏": "500千伏 500 - - 千伏 count - exact",
    "二十余载": "二十余载 20 20 - 载 duration - more_than",
    "两三天": "两三天 - 2 3 天 duration - range",
    "重5千克": "5千克 5 - - 千克 mass - exact",
}

NO_QUANTITY = """
11月13日 2025年8月至10月 1—10月 上半年 前三季度 每周五 清晨7点 下午3时30分 95后 00后 90年代 21世纪 二〇二五年
2024-2026年 2025级 2025届 第49期 第九届 第十四届 前10名 首届 一等奖 一、二等奖 二级教授 6楼 上6楼 三车间 3号线
二期工程 三年级 QN1803 Q2311Ni 工业4.0 1+1>2 3+X 116+N 1+8党员 “345” 3Q 5G 7×24小时 从0到1再到N 二对一 3比1 301皮带
205原煤分级筛 149团七连 133团11连 八师石河子 12351热线 24小时热线 0575-87654321 13800138000 400-800-1234 2026青年
“四个一批” “五个一” “三必知” “2+3”模式 一线 统一 一起 一把手 一站式 一名 一项活动 一揽子 三位一体 五一 五小 两癌
四中全会 二十大 十四五规划 三八妇女节 五四 百日行动 千年 数十年如一日 三秦 三轮车 四处奔走 四处打零工 十分重视 千万不要
万家灯火 千家万户 百姓 零部件 四川 三亚 五台山 七台河 三里屯 近日 外出四处找活 四处“取经”
近年来 附近 超时 多元 几乎 二次创业 《百名工匠》
三十年如一日 八项规定 二氧化碳 不超过2025年 至少到2025年
"""

SEVERAL = {
    "每月分别为200元、300元、400元": ["200 元 月", "300 元 月", "400 元 月"],
    "按月计发，依次是200元、300元和400元": ["200 元 月", "300 元 月", "400 元 月"],
    "新增200、300和400元": ["200 元 None", "300 元 None", "400 元 None"],
    "从10%左右降至8.5%左右": ["10 % None", "8.5 % None"],
    "由3家到15家": ["3 家 None", "15 家 None"],
    "比例12%至8%": ["12 % None", "8 % None"],
    "零分之一的人": [],
    "摘得3金2铜，": ["3 金 None", "2 铜 None"],
    "每年举办两场，意见300条": ["2 场 年", "300 条 None"],
    "每周三次，每次2小时": ["3 次 周", "2 小时 次"],
}


def _shown(quantity: Quantity) -> str:
    """A quantity in the notation of the tables above."""
    numbers = [quantity.value, quantity.min, quantity.max]
    words = [quantity.raw, *("-" if number is None else str(number) for number in numbers), quantity.unit or "."]
    return " ".join([*words, quantity.unit_class.value, quantity.per or "-", quantity.approx.value])


def _values(numerals: list[Numeral]) -> list[set[Decimal]]:
    """The values of the numerals, in text order."""
    return [set(numeral.values) for numeral in numerals]


HEDGED = (
    "上百人 下限3人 大约3人 大概3人 大致3人 小于3人 多于3人 高于3人 低于3人 少于3人 过百人 过了三成 差不多3人 "
    "封顶3人 将近3人 接近3人 突破300人 起码3人 未满3人 至多3人 至少3人 最多3人 最大3人 最高3人 最低3人 最少3人 "
    "不超过3人 不能超过3人 不得超过3人 不可超过3人 不过3人 不高于3人 不多于3人 不大于3人 不长于3年 不晚于3年 "
    "不应少于3人 不少于3人 不低于3人 不小于3人 不短于3年 不下于3人 不足3人 不到3人 不满3人 不止3人 过半 超半数 "
    "不会过3人 超不过3人 过不了3人 翻一番 约3人 近3人 逾3人 超3人 满3年 负3%"
)
MASKED = (
    "上半年 下半年 前半年 前3个月 前三季度 前十名 后半年 大半天 小半天 多半天 深半夜 其一 再三 高三学生 头名 头一个 "
    "头伏 初伏 初三， 第3届 第三届 第廿届 周一 星期一 礼拜一 首届 接二连三 从0到1 多比1 负2层"
)


@pytest.mark.parametrize("words", HEDGED.split())
def test_word_in_front_of_a_number_belongs_to_it(words: str) -> None:
    """Each word that hedges a number is looked for wherever it begins."""
    assert [quantity.raw for quantity in find_quantities(f"这里有{words}。")] == [words]


@pytest.mark.parametrize("words", MASKED.split())
def test_word_that_begins_before_its_numeral_counts_nothing(words: str) -> None:
    """Each word that makes no quantity of a numeral is looked for wherever it begins."""
    assert find_quantities(f"这里有{words}") == []


@pytest.mark.parametrize(("text", "expected"), ONE_QUANTITY.items())
def test_quantity_is_read_with_its_bounds_unit_and_hedge(text: str, expected: str) -> None:
    """Number, bounds, measure word, what it is reckoned by and how exact it is are read as printed."""
    assert [_shown(quantity) for quantity in find_quantities(text)] == [expected]


@pytest.mark.parametrize("text", [*NO_QUANTITY.split(), "5 月 20 日"])
def test_numeral_that_counts_nothing_is_no_quantity(text: str) -> None:
    """Dates, ordinals, names, formulas, slogans and idioms are no quantities."""
    assert find_quantities(text) == []


@pytest.mark.parametrize(("text", "expected"), SEVERAL.items())
def test_members_of_lists_and_changes_are_one_quantity_each(text: str, expected: list[str]) -> None:
    """Lists share unit and reckoning; the ends of a change stay apart; 每年 reaches to the end of its clause."""
    assert [f"{q.value} {q.unit} {q.per}" for q in find_quantities(text)] == expected


def test_line_break_inside_a_number_is_bridged_but_not_between_paragraphs() -> None:
    """A hard wrap behind a figure belongs to the number; a paragraph that ends before a figure does not."""
    found = find_quantities("发布1.8\n万多个，70\n余名，1～\n2个。\n三大板块\n3个区")

    assert [quantity.raw for quantity in found] == ["1.8\n万多个", "70\n余名", "1～\n2个", "三大", "3个"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11月13日", [{11}, {13}]),
        ("2000—5000元", [{2000}, {5000}]),
        ("1.8万个", [{18000}]),
        ("每百公里油耗8升", [{100}, {8}]),
        ("一年两次", [{2}]),
        ("第九届", [{9}]),
        ("首届", [{1}]),
        ("“四个一批”", [{4}, {1}]),
        ("116+N", [{116}]),
        ("301皮带", [{301}]),
        ("五一", [{5, 1}]),
        ("十四五规划", [{14, 5}]),
        ("95后", [{95, 1995}]),
        ("〇八年", [{8, 2008}]),
        ("九八年", [{98, 1998}]),
        ("十几", [set(range(10, 20))]),
        ("一千几百户", [set(range(1000, 2000, 100))]),
        ("一线、统一、一起、百姓、十分、一名", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_numeral_that_says_a_number_is_listed(text: str, expected: list[set[int]]) -> None:
    """Dates, ordinals and names keep their numbers for checking prose; idioms and the article 一 say none."""
    assert _values(find_numerals(text)) == [{Decimal(value) for value in values} for values in expected]


@pytest.mark.parametrize(("text", "values"), [("半年", {"0.5", "6"}), ("半天", {"0.5", "12"}), ("半吨", {"0.5"})])
def test_half_a_unit_may_be_told_in_its_parts(text: str, values: set[str]) -> None:
    """Half a year is six months too, half a day twelve hours; half a ton has no usual part."""
    [numeral] = find_numerals(text)

    assert numeral.values == {Decimal(value) for value in values}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 million yuan", [{30_000_000}]),
        ("1.8 million, 11,224 and 85.79%", [{1_800_000}, {11_224}, {Decimal("85.79")}]),
        ("two, twelve, twenty-three", [{2}, {12}, {23}]),
        ("two hundred and five", [{205}]),
        ("the third time, 1st, twenty-first", [{3}, {1}, {21}]),
        ("a dozen; half of it", [{12}, {Decimal("0.5"), 50}]),
        ("1-2 people", [{1}, {2}]),
        ("2 to 3 million", [{2, 2_000_000}, {3_000_000}]),
        ("November 13, 2025", [{11}, {13}, {2025}]),
        ("in May; you may", [{5}]),
        ("a quarter; two and a half years", [{Decimal("0.25"), 25}, {Decimal("2.5")}]),
        ("several hundred", [{200, 300, 400, 500, 600, 700, 800, 900}]),
        ("QN1803, 24/7, 116+N", [{1803}, {24}, {7}, {116}]),
        ("No one at first, one-stop, first-line, one of them", []),
        ("one hundred, one million", [{100}, {1_000_000}]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_english_numerals_say_the_same_numbers(text: str, expected: list[set[Decimal]]) -> None:
    """Words, figures, scales and month names give their number; the pronoun one and first-line give none."""
    assert _values(find_english_numerals(text)) == [{Decimal(value) for value in values} for values in expected]


def test_kinds_tell_dates_and_ordinals_from_quantities() -> None:
    """A numeral knows what it is used for, in both languages."""
    chinese = [numeral.kind for numeral in find_numerals("2025年第3期有5人，QN1803")]
    english = [numeral.kind for numeral in find_english_numerals("In 2025 the 3rd course had 5 people, QN1803")]

    assert chinese == english == [NumeralKind.DATE, NumeralKind.ORDINAL, NumeralKind.QUANTITY, NumeralKind.NAME]


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        alphabet="0123零一两三十百千万亿点数几半成倍余多来近超约上过至、~-.%+/人名次元年月日个每分之翻第"
        '不到低于高足满内起预计一般“”" \n以上',
        max_size=20,
    )
)
def test_spans_lie_in_order_and_say_what_the_text_says(text: str) -> None:
    """Whatever the text, raw is the text of the span, spans do not overlap, and no lower bound exceeds the upper."""
    assert all(item.min <= item.max for item in find_quantities(text) if None not in (item.min, item.max))
    found = [(item.raw, item.start, item.end) for item in find_quantities(text)]
    numerals = [(item.raw, item.start, item.end) for item in find_numerals(text)]

    assert all(text[start:end] == raw for raw, start, end in found + numerals)
    assert all(left[2] <= right[1] for spans in (found, numerals) for left, right in pairwise(spans))


def test_work_grows_with_the_text_and_no_faster() -> None:
    """Four times the page is four times the work, counted in calls; how long it takes, the benchmarks say."""
    sentence = "截至目前，全市已建成职工书屋145家，惠及职工近2万人次，每年开展活动45场。"

    small, large = (_count_calls(sentence * times) for times in (190, 760))

    assert len(find_quantities(sentence * 190)) > 500
    assert 3 < large / small < 4.5


def _count_calls(text: str) -> int:
    """How many functions are called, C functions included, while the quantities of a text not read before are found."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        find_quantities(text + "。")
    finally:
        sys.setprofile(None)
    return calls


def test_scale_in_the_head_of_a_table_is_no_part_of_its_figures() -> None:
    """A figure under 单位：万元 is 410000, and its number still ends where its digits do."""
    table = "各县发放情况（单位：万元）\n木垒县 41 18\n"

    assert [quantity.value for quantity in find_quantities(table)] == [410000, 180000]
    assert inner_edges(table) == {table.index("41") + 1, table.index("18") + 1}


@pytest.mark.parametrize("text", ["发放补贴近300万元", "津贴近300万元", "张贴近300份海报"])
def test_a_hedge_behind_a_word_that_ends_like_another_is_kept(text: str) -> None:
    """补贴 and 近 are two words, 贴近 is one."""
    assert [quantity.approx for quantity in find_quantities(text)] == ["nearly"]
    assert [quantity.approx for quantity in find_quantities("贴近300名职工")] == ["exact"]


@pytest.mark.parametrize(
    ("text", "per"),
    [
        *(("周均培训30人", "周"), ("季均培训30人", "季"), ("户均增收500元", "户"), ("班均生产30件", "班")),
        *(("时薪25元", "时"), ("亩均增收300元", "亩"), ("人均增收300元", "人"), ("日均来访30人", "日")),
        *(("月薪5000元", "月"), ("年产量30吨", "年"), ("一年有30人", "年"), ("每月来访30人", "月")),
    ],
)
def test_words_that_reckon_are_seen_wherever_a_clause_begins(text: str, per: str) -> None:
    """Each word that amounts are reckoned by is read at the beginning of a text and behind other words."""
    assert [quantity.per for quantity in find_quantities(text)] == [per]
    assert [quantity.per for quantity in find_quantities(f"新建了食堂，{text}")] == [per]


PERS = {
    **{"每月": "月", "每人每年": "人·年", "人均每月": "人·月", "每月每人": "人·月", "日均": "日", "/人·天": "人·天"},
    **{
        "按吨计": "吨",
        "一节课": "节课",
        "月": "月",
        "月薪": "月",
        "单次": "次",
        "单个案例": "案例",
        "每单": "单",
        "每名学员每年": "名·年",
    },
    **{
        "每个孩子每月": "孩子·月",
        "一个孩子一学期": "孩子·学期",
        "一人一次": "人·次",
        "平均每个班组": "班组",
        "每个工作室": "工作室",
        "每个“驿家”": "驿家",
    },
    **{
        "每干2小时": "2小时",
        "停一小时": "小时",
        "每提前一天": "天",
        "每满半年": "半年",
        "每两年": "2年",
        "每来一次": "次",
    },
    **{"每百公里": "百公里", "每10名": "10名", "每十名": "10名", "每千人": "千人", "每处理一起": "起", "每分": "分"},
    **{
        "每来一次": "次",
        "平均每天": "天",
        "各部门": "部门",
        "包干": "",
        "每另加": "",
        "第一": "",
        "": "",
        "每多一个": "",
    },
    **{"年人均": "人·年", "每月户均": "户·月", "人日均": "人·日", "每学期人均": "人·学期", "每户每人": "户·人"},
    **{"元/人": "人", "元/人/天": "人·天", "元/（人·月）": "人·月", "元每人": "人", "两人各": "人", "双方各": "方"},
    **{
        "每一年半": "1.5年",
        "每隔一个半小时": "1.5个小时",
        "每种一亩": "亩",
        "每满100元": "100元",
        "每工作日": "工作日",
        "每台班": "台班",
    },
    **{"单位每月": "单位·月", "夫妻双方每人": "人", "单程": "单程", "每省": "省", "每车": "车", "每两周": "2周"},
    **dict.fromkeys(["2023年", "第三次", "用人单位", "每单亲家庭", "双人间", "本学期", "节假日每天", "一百余名"], ""),
}


@pytest.mark.parametrize(("words", "per"), PERS.items())
def test_words_that_say_only_what_is_reckoned_by_are_read_whole(words: str, per: str) -> None:
    """Each part names a unit, with its number; people stand first and times last; a part without one spoils all."""
    assert "·".join(read_per(words)) == per
