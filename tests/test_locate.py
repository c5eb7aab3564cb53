"""A quote is found where the page says the same, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from making import count_steps

from summariser.matching import LONG_QUOTE, MatchTier, align, cuts_number, locate, max_edits, protect

QUICK = settings(max_examples=60, deadline=None)

OPPOSITES = (
    "高于/低于 不少于/不多于 上升/下降 增加/减少 扩大/缩小 提高/降低 上调/下调 盈利/亏损 "
    "有人/无人 已完成/未完成 已经/尚未 可以/禁止 允许/禁止 应当/可以 不得/可以 通过/否决 "
    "支持/反对 同意/拒绝 批准/驳回 接受/拒绝 胜诉/败诉 合法/非法 有偿/无偿 公开/不公开 "
    "合格/不合格 加入/退出 入会/退会 入职/离职 停工/复工 停产/复产 录用/解雇 续签/终止 "
    "奖励/处罚 收入/支出 买入/卖出 开放/关闭 全部/部分 多数/少数 全职/兼职 正式/临时 "
    "长期/短期 线上/线下 室内/室外 会前/会后 左侧/右侧 东部/西部 首批/末批 城市/农村 "
    "甲方/乙方 男职工/女职工 父亲/母亲 职工/女职工 贷款/货款 最高/最低 提前/推迟 延长/缩短 "
    "以上/以下 优先/暂缓 按月/按年 按日/按周 每月/每年 每天/每周 本月/上月 今年/去年 "
    "上午/下午 上半年/下半年 月初/月末 白班/夜班 同比/环比 月薪/年薪 逐年/逐月 主席/副主席 "
    "书记/主席 主席/主任 主任/副主任 主席/前主席 主席/名誉主席 总经理/副总经理 局长/处长 "
    "省级/市级 首席/次席 一级/二级 正职/副职"
)
FRAMES = ("据介绍，该厂职工{}的情况已经得到核实。", "合同草案第三条写明，{}这一条由职工代表商定")


@pytest.mark.parametrize("frame", FRAMES, ids=["end", "clause"])
@pytest.mark.parametrize("pair", OPPOSITES.split())
def test_words_that_exclude_each_other_are_no_misreading(pair: str, frame: str) -> None:
    """A word of comparison, time, consent, rank or sex is never found where the page has its opposite."""
    said, other = (frame.format(word) for word in pair.split("/"))

    assert locate(other, said) is None
    assert locate(said, other) is None
    assert locate(said, said) is not None


SEASONS = "今春/今秋 今夏/今冬 昨夜/昨晚 深秋/深冬 初春/初夏 开春/开秋 买进/卖进 冷轧/热轧 建厂/拆厂"


@pytest.mark.parametrize("frame", ["{}护林队已经走完全部山头", "护林队已经走完全部山头，{}"], ids=["first", "last"])
@pytest.mark.parametrize("pair", SEASONS.split())
def test_words_that_exclude_each_other_are_none_at_the_ends_of_a_quote(pair: str, frame: str) -> None:
    """What a word shares with its opposite is not left outside, as if one character were lost and one misread."""
    said, other = (frame.format(word) for word in pair.split("/"))

    assert locate(other, f"{said}。") is None
    assert locate(said, f"{other}。") is None


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("开春护林队已经走完全部山头", "开舂户林队己经走完全部山头。"),
        ("护林队已经走完全部山头，今秋", "护林队已经走完仝部山头今秋。"),
    ],
    ids=["misread characters near such a word", "a mark lost beside one"],
)
def test_misreadings_beside_a_word_with_an_opposite_are_found(quote: str, text: str) -> None:
    """Characters that print alike, and lost marks, say nothing else, wherever they stand."""
    match = locate(quote, text)

    assert match is not None
    assert match.tier is MatchTier.FUZZY


NAMES = (
    "张某民/李某民 张某民/张某明 何建平/何志强 何建平/何建国 王秀英/王秀兰 李娜/李丽 马俊/冯俊 "
    "汪涛/王涛 欧阳明/欧阳亮 郑海涛/郑海波"
)
BEARERS = (
    "市总工会主席{}出席启动仪式",
    "焊工{}说，夜校要一直办下去",
    "全国五一劳动奖章获得者{}在会上发言",
    "受到表彰的有{}、钱一鸣等职工",
)


@pytest.mark.parametrize("frame", BEARERS, ids=["rank", "speaker", "title", "list"])
@pytest.mark.parametrize("pair", NAMES.split())
def test_another_person_is_no_misreading(pair: str, frame: str) -> None:
    """Neither another family name nor another given name is found for a name of the page."""
    said, other = (frame.format(name) for name in pair.split("/"))

    assert locate(other, said) is None
    assert locate(said, other) is None


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("深圳市总工会送温暖活动启动", "深训市总工会送温暖活动启动。"),
        ("新疆职工之家建设推进会召开", "新彊职工之家建设推进会召开。"),
        ("郑州市总工会开展技能竞赛活动", "郑洲市总工会开展技能竞赛活动。"),
        ("哈尔滨市总工会开展技能竞赛活动", "哈尔宾市总工会开展技能竞赛活动。"),
        ("衡水市总工会开展技能竞赛活动", "衡氺市总工会开展技能竞赛活动。"),
        ("哈尔滨市总工会开展技能竞赛活动", "哈尓滨市总工会开展技能竞赛活动。"),
        ("哈尔滨市总工会开展技能竞赛活动", "哈尔浜市总工会开展技能竞赛活动。"),
        ("秦皇岛市总工会派医护人员下乡", "秦皂岛市总工会派医护人员下乡。"),
        ("无锡市总工会开展技能竞赛活动", "无钖市总工会开展技能竞赛活动。"),
        ("高于旧标准的，差额由厂方补足", "高于旧标准的，差颔由厂方补足。"),
        ("按月足额支付职工的工资报酬", "按月足额支付职工的工贷报酬。"),
        ("禁止在车间内吸烟用火作业", "禁上在车间内吸烟用火作业。"),
        ("支持企业建立集体协商制度", "支特企业建立集体协商制度。"),
        ("职工已经领到了全部补贴款", "职工己经领到了全部补贴款。"),
        ("面向未来的产业工人队伍建设", "面向末来的产业工人队伍建设。"),
        ("女职工权益保护条例正式施行", "女职工权益保护条列正式施行。"),
        ("市总工会主席张某民出席仪式", "市总工会主席张某氏出席仪式。"),
        ("工会代表职职工提出了建议", "工会代表职工提出了建议。"),
        ("已培训家政女工3700多人，", "已培训家政女工3700多人市总援助热线开通。"),
        ("女工3700多人，", "已培训家政女工3700多人市总援助热线开通。"),
        ("发放慰问金20万元，市总工会主席李明到场", "发放慰问金20万元市总工会主席李明到场。"),
        ("依法足额支付职工的工资报酬", "依法足额支付职工工资报酬。"),
        ("会员增至3.2万人，创下新高", "会员增至3.2万人创下新高。"),
        ("工会主席李明出席启动仪式", "工会主席，李明出席启动仪式。"),
    ],
)
def test_misreading_is_found_and_told(quote: str, text: str) -> None:
    """A look-alike beside a word that turns the sense, a place of no table, a lost mark, a double: found, not exact."""
    match = locate(quote, text)

    assert match is not None
    assert (match.tier, match.edits, match.count) == (MatchTier.FUZZY, 1, 1)


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("来电1.64万人次，转办", "热线接待来电1.64万人（次），转办事项1402件。"),
        ("5000户次", "共帮扶5000户(次)。"),
        ("困难职工1388人", "共慰问困难职工l388人。"),
        ("职工130人", "培训职工13O人。"),
        ("12场", "举办讲座I2场。"),
        ("10.5万元", "金额达1O.5万元。"),
        ("补贴10万元", "发放补贴IO万元。"),
        ("看望慰問困難職工和一線職工代表", "看望慰问困难职工和一线职工代表。"),
        ("工会组织开展竞赛", "工會組織開展競賽。"),
        ("发放补贴20万元", "發放補貼20萬元。"),
        ("⼯会主席到企业", "工会主席到企业调研。"),
        ("工会主席到企业", "工会丨主席到企业调研。"),
        ("工会主席到企业", "工会|主席_到企业调研。"),
    ],
)
def test_what_only_prints_otherwise_is_found_folded(quote: str, text: str) -> None:
    """Brackets round 次, letters for digits, the other script and stray marks differ in print, not in what they say."""
    match = locate(quote, text)

    assert match is not None
    assert match.tier is MatchTier.FOLDED


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("丽水市总工会送温暖活动启动", "丽江市总工会送温暖活动启动。"),
        ("合山市总工会送温暖活动启动", "台山市总工会送温暖活动启动。"),
        ("宁波职工文化艺术节顺利举行", "宁德职工文化艺术节顺利举行。"),
        ("接待来电1.64万人，转办事项1402件", "接待来电1.64万人(次)，转办事项1402件。"),
        ("共慰问困难职工1288人", "共慰问困难职工l388人。"),
        ("全年培训职工13人，覆盖", "全年培训职工13O人，覆盖企业。"),
        ("职工388人参加了开幕仪式", "职工|388人参加了开幕仪式。"),
        ("已培训家政女工3700多，", "已培训家政女工3700多人市总。"),
        ("女工370，", "女工3700多人。"),
        ("看望慰問困難職工30人和代表", "看望慰问困难职工20人和代表。"),
        ("第二届职工运动会隆重开幕", "第三届职工运动会隆重开幕。"),
        ("完成投资1042万元用于改造", "完成投资1，024万元用于改造。"),
        ("企业不足额支付职工的工资", "企业足额支付职工的工资。"),
        ("工资支付专用账户建立完成了", "农民工工资支付专户建立完成了。"),
        ("市总工会主席佘大明出席仪式", "市总工会主席余大明出席仪式。"),
        ("职工们在车间推办练兵比武", "职工们在车间开展练兵比武。"),
        ("召开职工代表会听取工作报告", "召开职工代表大会听取工作报告。"),
        ("全厂职工万众三心谋求发展", "全厂职工万众一心谋求发展。"),
        ("日前召开罔匮鸹，部署帮扶工作", "日前召开推进会，部署帮扶工作。"),
        ("仓库面积100m", "仓库面积100㎡，已启用。"),
        ("夏季送清凉活动在全市展开", "冬季送清凉活动在全市展开。"),
        ("活动在全市城区展开了夏", "活动在全市城区展开了冬季竞赛。"),
        ("职工代表大会审定了工资草案", "职工代表大会搁置了工资草案。"),
        ("比上年增长1.5%左右的幅度", "比上年增长15%左右的幅度。"),
        ("比上年增长15%左右的幅度", "比上年增长1.5%左右的幅度。"),
        ("工会主席李明，出席了贷款签约仪式", "工会主席李明出席了货款签约仪式。"),
        ("职王代表大会审议通过了工资草案", "职工代表大会搁置了了工资草案。"),
    ],
)
def test_another_fact_is_refused(quote: str, text: str) -> None:
    """Another place of the table, number, unit or word stays another, in either script and beside misreadings."""
    assert locate(quote, text) is None


def test_words_as_printed_elsewhere_go_before_misread_words_in_the_cited_sentence() -> None:
    """A misreading counts only where the text has the words nowhere as they are quoted."""
    text = "职工书屋天天向读者开放。\n职工书屋夭天向读者开放。"

    match = locate("职工书屋天天向读者开放", text, hint=[(13, 25)])

    assert match == (0, 11, MatchTier.EXACT, 0, 1)


# Quotes with texts that hold them whole, and with texts in which a longer number begins or ends with theirs.
EDGES = {
    "digits": ("3000元", "补贴3000元", "补贴43000元"),
    "characters": ("三万", "投入三万元", "投入十三万元"),
    "a scale": ("7万", "新增7万会员", "产值7万亿元"),
    "a scale behind 多": ("7万多", "新增7万多会员", "产值7万多亿元"),
    "decimals": ("6%", "增长6%", "增长11.6%"),
    "whole places": ("11", "共11项", "增长11.6%"),
    "thousands": ("038件", "第038件", "办实事2，038件"),
    "a sign": ("8℃", "室温8℃", "气温零下8℃"),
    "a minus": ("2.1%", "增长2.1%", "增幅为-2.1%"),
    "a share": ("八十", "百里挑八十", "占百分之八十"),
    "a fraction": ("5", "共5项", "近1/5"),
    "a year": ("24年", "干了24年", "2024年"),
    "a year in characters": ("五年", "干了五年", "二〇二五年"),
    "an ordinal": ("9届", "第9届", "第19届"),
    "a few": ("几万", "花了几万元", "花了十几万元"),
    "a line end": ("300人", "会员300人", "会员12\n300人"),
    "the other script": ("3萬", "补贴3万元", "补贴23万元"),
    "a damaged number": ("417户", "走访417户", "走访3、417户"),
    "a hedge": ("3万人", "近3万人", "近13万人"),
    "a range": ("3000元", "2000～3000元", "2000～13000元"),
    "a word behind a number": ("一线职工", "两千一线职工", "十一线职工"),
    "people behind a number": ("百姓", "惠及4万百姓", "惠及4百万户"),
    "hundreds behind thousands": ("三百余人", "来了三百余人", "来了一千三百余人"),
    "tens behind hundreds": ("八十人", "共八十人", "共二百八十人"),
    "a word before a number": ("一万元", "统一一万元", "二十一万元"),
}


@pytest.mark.parametrize(("quote", "whole", "cut"), EDGES.values(), ids=EDGES)
def test_quote_neither_begins_nor_ends_inside_a_number(quote: str, whole: str, cut: str) -> None:
    """2000元 does not stand in 12000元, whatever its number is cut out of; a hedge or a word may stand beside it."""
    assert locate(quote, whole) is not None
    assert locate(quote, cut) is None


DIGITS = "0123456789"
CLAUSES = st.sampled_from(
    ["培训职工{}人次", "发放补贴{}万元", "自{}年起，每月", "覆盖企业{}家", "增长{}%", "第{}期开班"]
)
NUMBERS = st.integers(1, 99_999).map(str)


@QUICK
@given(st.lists(st.tuples(CLAUSES, NUMBERS), min_size=1, max_size=4), st.data())
def test_quote_with_one_digit_changed_is_never_found(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    """Whatever stands around it, a digit that differs makes the quote absent."""
    text = "日前，" + "，".join(clause.format(number) for clause, number in parts) + "。"
    place = data.draw(st.sampled_from([place for place, char in enumerate(text) if char in DIGITS]))
    other = data.draw(st.sampled_from([digit for digit in DIGITS if digit != text[place]]))

    assert locate(text[:place] + other + text[place + 1 :], text) is None


PROSE = "看望慰问困难职工和一线职工代表，发放慰问金12.5万元；开设技能课程36门，1,280名农民工报名，满意率达98%。"
TRADITIONAL = str.maketrans("问难职线发开设课门报满农达万", "問難職線發開設課門報滿農達萬")


@QUICK
@given(st.integers(0, len(PROSE) - 2), st.integers(2, len(PROSE)), st.sets(st.integers(1, len(PROSE)), max_size=8))
def test_wrapping_and_script_change_nothing(start: int, length: int, breaks: set[int]) -> None:
    """A piece of a text is found at its place, however the text is wrapped and in whichever script it is printed."""
    assume(not cuts_number(PROSE, start, min(start + length, len(PROSE))))
    quote = PROSE[start : start + length]
    pieces = [PROSE[at] + "\n" * (at + 1 in breaks) for at in range(len(PROSE))]
    begin, end = len("".join(pieces[:start])), len("".join(pieces[: start + len(quote)]).rstrip("\n"))

    for text in ("".join(pieces), "".join(pieces).translate(TRADITIONAL)):
        match = locate(quote, text, hint=[(begin, end)])
        assert match is not None
        assert (match.start, match.end) == (begin, end)
        assert match.tier is not MatchTier.FUZZY


@pytest.mark.parametrize(
    ("quote", "unit"),
    [
        ("共有职工000000000000人", "0"),
        ("全年共发放补贴1,000,001,000人", "1,000,"),
        ("工工工工工工王工工工", "工"),
        ("科技科技科技大掌校", "科技"),
        ("职工lllllll0人数为若干", "l1，"),
        ("职工一二三四五六七人数", "一二三"),
        ("ab" * 100 + "xy", "ab"),
        ("工会丨主席丨到企业调研", "丨"),
    ],
    ids=["zeros", "separators", "one character", "suffixes", "letters", "numerals", "repeating", "marks"],
)
def test_work_grows_no_faster_than_the_text(quote: str, unit: str) -> None:
    """Three times the text is about three times the work, whatever the text repeats."""
    short, long = (count_steps(lambda text=unit * size: locate(quote, text)) for size in (300, 900))  # type: ignore[misc]

    assert long < 4 * short


@pytest.mark.parametrize(("after", "start"), [(0, 0), (7, 9), (9, 9), (16, 18), (30, 18)])
def test_successive_mentions_take_successive_places(after: int, start: int) -> None:
    """Looked for from the end of the last place on, the same words are found at the next; behind all, at the last."""
    match = locate("甲200人参加", "甲200人参加。甲200人参加。甲200人参加。".replace("参加。", "参加。 "), after=after)

    assert match is not None
    assert match.start == start


RARE = st.integers(0x9F00, 0x9F70).map(chr)  # rats, noses and teeth: no word, name or look-alike is spelled with them


@QUICK
@given(st.data(), st.integers(8, 90), st.text(RARE, max_size=40), st.text(RARE, max_size=40))
def test_planted_quote_is_found_with_all_its_edits(data: st.DataObject, length: int, before: str, behind: str) -> None:
    """A quote misread in as many places as its length allows is found from edge to edge; in one more, it is absent."""
    quote = "".join(chr(0x3500 + at) for at in range(length))  # no words either, no character twice
    limit = max_edits(length)
    places = sorted(
        data.draw(st.sets(st.integers(1, (length - 2) // 2), min_size=min(limit, 3), max_size=limit + 1)), reverse=True
    )
    printed = list(quote)
    for place in places:
        edit = data.draw(st.sampled_from(["exchange", "put in"]))
        printed[2 * place : 2 * place + (edit == "exchange")] = "龠" if edit == "exchange" else ","
    body = "".join(printed)

    found = align(quote, f"{before}{body}{behind}")

    if len(places) > limit:
        assert found == ()
    else:
        assert found == ((len(before), len(before) + len(body), len(places)),)


QUOTE = "".join(chr(0x3500 + at) for at in range(20))
LONGER = "".join(chr(0x3500 + at) for at in range(30))
MISREAD = QUOTE[:6] + "龠" + QUOTE[7:]


@pytest.mark.parametrize(
    ("quote", "text", "places"),
    [
        ("甲乙,", "丙甲乙丁", [(1, 3, 1)]),
        ("甲乙.;", "甲乙丙甲乙", [(0, 2, 2), (3, 5, 2)]),
        ("甲,", "甲乙", []),
        ("甲乙", "甲乙", []),
        (",甲乙", "甲乙", []),
        ("甲乙X", "甲乙", []),
        (QUOTE[:3] + "龠" + QUOTE[4:7], QUOTE[:7], []),
        (QUOTE, MISREAD + MISREAD + QUOTE, [(0, 20, 1), (20, 40, 1), (40, 60, 0)]),
        (QUOTE, MISREAD[1:], []),
        (QUOTE, MISREAD[:-1], []),
        (QUOTE + ",", MISREAD, [(0, 20, 2)]),
        (QUOTE, MISREAD[:10] + "龠龠" + MISREAD[12:], [(0, 20, 3)]),
        (QUOTE, QUOTE[:10] + "龠龠龠" + QUOTE[13:], []),
        (LONGER[:3] + "工" + LONGER[4:], LONGER[:3] + "王" + LONGER[4:10] + "龠龠" + LONGER[12:], [(0, 30, 3)]),
        (LONGER[:3] + "工" + LONGER[4:], LONGER[:3] + "王" + LONGER[4:10] + "龠龠龠" + LONGER[13:], []),
        (QUOTE + ",", MISREAD + "12人", [(0, 20, 2)]),
        (QUOTE[:4] + ",,," + QUOTE[4:], QUOTE, []),
    ],
)
def test_misread_places_are_found_whole_and_apart(quote: str, text: str, places: list[tuple[int, int, int]]) -> None:
    """Each place once and in order; a short quote loses marks at its end alone, a long one no character of its ends."""
    assert list(align(quote, text)) == places


@pytest.mark.parametrize("before", range(8))
def test_marks_put_in_all_along_a_quote_hide_it_nowhere(before: int) -> None:
    """Marks that a text has too many, or too few, shift a quote ever further; it is found whole, wherever it begins."""
    quote = "".join(chr(0x3500 + at) for at in range(42))
    marked = ",".join(quote[at : at + 6] for at in range(0, 42, 6))
    lead = "".join(chr(0x9F00 + at) for at in range(before))

    assert align(quote, lead + marked) == ((before, before + 48, 6),)
    assert align(marked, lead + quote) == ((before, before + 42, 6),)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("职工代表大会审议通过", "0000000000"),
        ("在丽江市区举办", "1111100"),
        ("镇里办班", "1000"),
        ("江南镇办班", "11100"),
        ("远在江南镇办班", "0111100"),
        ("临河市总工会开会", "11111100"),
        ("张明说高工好", "111000"),
        ("夜校王秀英说", "001110"),
        ("欧阳明说话", "11110"),
        ("小张三说", "0030"),
        ("一二三人参", "33320"),
        ("近200名，", "233320"),
        ("增长12.5%。", "20333330"),
        ("12:30开会", "3333320"),
        ("1人一1年", "32232"),
        ("第三个人", "0300"),
    ],
)
def test_numbers_and_names_are_protected_where_they_stand(text: str, marks: str) -> None:
    """Digits are never misread, units and hedges as look-alikes, names as anything but a name, other words freely."""
    assert "".join(map(str, protect(text))) == marks


def test_four_misread_characters_in_a_row_are_chance_in_a_long_quote_alone() -> None:
    """Characters side by side that are no look-alikes are another wording: from three on, in a long quote from five."""
    long = "".join(chr(0x3500 + at) for at in range(LONG_QUOTE))
    for quote, most in ((long, 4), (long[:-1], 2)):
        for count in (most, most + 1):
            text = quote[:20] + "龠" * count + quote[20 + count :]
            assert bool(align(quote, text)) is (count == most)
