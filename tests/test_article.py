"""Lines joined to an article: its text, its map back to the page, its name, byline and dateline."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summariser.pages.article import assign_ids, joins, make_article, opens_with_dateline, read_byline, read_dateline
from summariser.readers.files import parse_page
from summariser.schema.page import Article, ArticleKind, LineRange, Page, Position, format_lines
from summariser.schema.record import Dateline

LINE = st.text(
    alphabet=st.one_of(
        st.sampled_from("工会职工开展活动的了。，！？“”（）：—#  \u3000\t\u200b\ufeff12aB\u2028\x07"),
        st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]),
    ),
    max_size=40,
)


def page_of(*lines: str) -> Page:
    """A page of these lines."""
    return parse_page("\n".join(lines).encode(), path="a.txt")


def article_of(
    *lines: str, heads: Sequence[int] = (), kickers: Sequence[int] = (), subs: Sequence[int] = ()
) -> Article:
    """An article of all these lines."""
    return make_article(
        page_of(*lines),
        kind=ArticleKind.FEATURE,
        lines=[LineRange(1, len(lines))],
        headline_lines=heads,
        kicker_lines=kickers,
        subhead_lines=subs,
    )


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["培训了１２０", "", "名职工。"], "培训了１２０名职工。"),
        (["会议在5", "月 26日召开。"], "会议在5月 26日召开。"),
        (["推广智", "能体。"], "推广智能体。"),
        (["每班1～", "2 名。"], "每班1～2 名。"),
        (["他用了machine", "learning，学会了。"], "他用了machine learning，学会了。"),
        (["这是AI", "工具。"], "这是AI工具。"),
        (["型号QN", "1803。"], "型号QN1803。"),
        (["第一段。", "第二段。"], "第一段。\n第二段。"),
        (["他说：“先学，", "再练。”"], "他说：“先学，再练。”"),
        (["他说：“先学。", "再练。”众人点头。"], "他说：“先学。再练。”众人点头。"),
        (["有“云课堂”", "等三种办法。"], "有“云课堂”等三种办法。"),
        (["## 会议开得", "很好。"], "会议开得很好。"),
        (["　　会议开得 ", "\t很好。"], "会议开得很好。"),
        (["会\u200b议\x07开了。"], "会议开了。"),
    ],
    ids=[
        "number",
        "date",
        "word",
        "range",
        "latin",
        "latin and cjk",
        "model number",
        "paragraphs",
        "quotation",
        "stop in quotation",
        "closing quote is no stop",
        "hashes",
        "outer space",
        "unprintable",
    ],
)
def test_what_a_wrap_cut_is_whole_again(lines: list[str], text: str) -> None:
    """Sentences, numbers and names cut at a line end are joined; paragraphs are kept apart."""
    assert article_of(*lines, subs=[99]).text == text


@pytest.mark.parametrize(
    "row",
    [
        "河口区总工会     36      48,600",
        "合计\t56\t72,800.50",
        "初级工　22　24.5",
        "赤岸镇 1850 427",
        "增长率 8.5% 9%",
        "东湖镇 — 120",
    ],
)
def test_a_row_of_figures_goes_on_with_nothing(row: str) -> None:
    """What stands below or above a row of a table is none of its figures: neither 427人 nor 以上."""
    below = "人工费由市总工会承担，以上名单公示七天。"
    article = article_of("单位名单如下", row, below, subs=[99])

    assert article.text.split("\n") == ["单位名单如下", row, below]


@pytest.mark.parametrize("line", ["全年培训职工 1200", "投入资金　120"])
def test_a_wrap_behind_a_figure_is_no_row_of_a_table(line: str) -> None:
    """One gap sets no cells apart."""
    assert article_of(line, "余人次到场。", subs=[99]).text == f"{line}余人次到场。"


@pytest.mark.parametrize(
    "following",
    [
        "本报记者 张三 本报通讯员 李四",
        "□ 张三",
        "本报讯（记者张三）近日",
        "（本报福州11月13日电）",
        "（下转第2版）",
        "张三 摄",
    ],
)
def test_set_phrases_stand_alone(following: str) -> None:
    """Bylines, openings, closing datelines, jumps and credits never continue a sentence."""
    assert not joins("会议在福州", following)


def test_colon_at_a_full_line_may_be_there_by_chance() -> None:
    """A colon ends a paragraph, unless the line simply ended there."""
    assert not joins("行动分三步：", "第一步，摸底。")
    assert joins("行动分三步：", "第一步，摸底。", is_full=True)


def test_titles_byline_and_subheads_are_paragraphs() -> None:
    """Kicker, headline, byline and subhead stand on lines of their own."""
    article = article_of(
        "甲县建网——", "职工有了家", "本报记者 张三", "家在楼下", "走进大", "厅。", heads=[2], kickers=[1], subs=[4]
    )

    assert article.text == "甲县建网——\n职工有了家\n本报记者 张三\n家在楼下\n走进大厅。"
    assert (article.headline, article.kicker) == ("职工有了家", "甲县建网——")


def test_subhead_is_guessed_where_nobody_named_it() -> None:
    """A short line without a stop between two paragraphs is taken for a subhead."""
    article = article_of("职工有了家", "驿站开了门，热水管够。", "热饭有人管", "骑手张三说，这里像家。", heads=[1])

    assert article.text.split("\n")[2] == "热饭有人管"


def test_first_line_of_a_wrapped_paragraph_is_no_subhead() -> None:
    """In a hard-wrapped column an indented first line joins its paragraph, though it is short."""
    wrapped = [
        "针对骑手、司机等新就业形态",
        "劳动者流动性强、组织化程度低的",
        "痛点，区总工会打出服务组合拳，",
        "把驿站建到楼下，把课堂搬到车间，",
        "骑手说好。",
    ]
    article = article_of("骑手有了新驿站，热水热饭都管够。", *wrapped)

    assert article.text == "骑手有了新驿站，热水热饭都管够。\n" + "".join(wrapped)


def test_cut_name_of_a_byline_is_whole_again() -> None:
    """The last character of a name on a line of its own belongs to the byline, not to the text."""
    article = article_of("本报记者 康劲 通讯员 贾梦", "婷", "清晨七点，工人文化宫开门。")

    assert article.text.split("\n")[0] == "本报记者 康劲 通讯员 贾梦婷"


@pytest.mark.parametrize(
    ("lines", "headline"),
    [
        (["“ 全 家 福 卡 ”温 暖 一 家 人"], "“全家福卡”温暖一家人"),
        (["工会送“走进万企 助力", "现代产业”活动"], "工会送“走进万企 助力现代产业”活动"),
        (["## 职工有了家"], "职工有了家"),
        (["门开得更宽 人聚得更拢"], "门开得更宽 人聚得更拢"),
    ],
    ids=["letter-spaced", "two lines", "hashes", "two halves"],
)
def test_headline_is_read_as_a_person_reads_it(lines: list[str], headline: str) -> None:
    """Letter spacing is closed up, a title in two lines joined, a space between halves kept."""
    assert article_of(*lines, "正文。", heads=range(1, len(lines) + 1)).headline == headline


@given(st.lists(LINE, min_size=1, max_size=12))
def test_every_character_leads_back_to_the_page(lines: list[str]) -> None:
    """`position` of a character that stands in a piece names the same character in the page file."""
    page = page_of("工会").model_copy(update={"lines": ("工会", *lines)})  # the encoding of such words could be any
    article = make_article(
        page, kind=ArticleKind.OTHER, lines=[LineRange(1, len(page.lines))], headline_lines=[1], kicker_lines=[]
    )

    for piece in article.pieces:
        for offset in range(piece.start, piece.start + piece.length):
            line, column = article.position(offset)
            assert page.lines[line - 1][column - 1] == article.text[offset]
    joints = set(range(len(article.text))) - {o for p in article.pieces for o in range(p.start, p.start + p.length)}
    assert {article.text[offset] for offset in joints} <= {"\n", " "}


def test_columns_count_in_the_raw_line() -> None:
    """Hashes and indents are dropped from the text and still counted in columns."""
    article = article_of("## 职工", "　　有家。")

    assert [article.position(article.text.index(char)) for char in "职有"] == [Position(1, 4), Position(2, 3)]


def test_sentences_cover_the_text() -> None:
    """What the model cites by number is the text, cut into sentences."""
    article = article_of("职工有了家", "驿站开了门。热水管够。", heads=[1])

    assert "驿站开了门。" in [article.sentence_text(each.number).strip() for each in article.sentences]


def test_id_holds_while_the_page_changes_around_it() -> None:
    """An article keeps its id when lines move and its text is mended, and loses it with its headline."""
    first = article_of("职工有了“家”", "驿站开了门。", heads=[1])
    moved = article_of("", "", "## 职工有了“家”", "", "驿站开了大门。", heads=[3])
    other = article_of("职工有了梦", "驿站开了门。", heads=[1])

    assert re.fullmatch("a[0-9a-f]{8}", first.article_id)
    assert first.article_id == moved.article_id != other.article_id


def test_article_without_headline_is_named_by_its_beginning() -> None:
    """The first 40 characters of the body stand in for a headline; the byline does not."""
    beginning = "驿站开了门，热水管够，" * 6
    one = article_of("本报记者 张三", beginning, "骑手都说好。")
    two = article_of(beginning, "骑手也说好。")

    assert one.article_id == two.article_id


def test_second_article_of_one_name_gets_a_number() -> None:
    """Two articles under one headline on a page are told apart."""
    article = article_of("简讯", "驿站开了门。", heads=[1])

    named = assign_ids([article, article, article])

    assert [each.article_id for each in named] == [article.article_id + end for end in ("", "-2", "-3")]


def test_known_id_is_kept_and_given_once() -> None:
    """An article whose id is known has it, and no other gets that one, or one that is taken."""
    article = article_of("简讯", "驿站开了门。", heads=[1])
    own = article.article_id

    named = assign_ids([article, article, article], {1: own, 2: "a00000000-4"}, [f"{own}-2"])

    assert [each.article_id for each in named] == [f"{own}-3", own, "a00000000-4"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("本报记者 李润剑 本报通讯员 陈雅芳", ("李润剑", "陈雅芳")),
        ("杨明清 本报记者 张嫱 本报通讯员 夏丽萍", ("杨明清", "张嫱", "夏丽萍")),
        ("□ 刘宇琦", ("刘宇琦",)),
        ("黄洪涛 钱德乾 孙艺蕾", ("黄洪涛", "钱德乾", "孙艺蕾")),
        ("本报记者 张　婧 王 楠", ("张婧", "王楠")),
        ("本报记者 古丽·买买提", ("古丽·买买提",)),
        ("本报讯（记者柳姗姗、彭冰 通讯员曲思达） 职工来上课。", ("柳姗姗", "彭冰", "曲思达")),
        ("本报讯(通讯员李哲 戴路)读书会开了。", ("李哲", "戴路")),
        ("【本报讯】（记者叶小钟）开学了。", ("叶小钟",)),
        ("本报深圳电 记者刘友婷报道：新家启用。", ("刘友婷",)),
        ("本报讯 通讯员祝盼 记者毛浓曦 陕西省西安市总工会近日开会。", ("祝盼", "毛浓曦")),
        ("本报江苏常州5月29日电 （记者黄洪涛）今天开课。", ("黄洪涛",)),
        ("盐工在旋盐。新华社记者 姜克红 摄", ("姜克红",)),
        ("居民来借工具。通讯员 朱华南 李倩倩/摄", ("朱华南", "李倩倩")),
        ("工匠在授课。祝盼 毛浓曦 摄", ("祝盼", "毛浓曦")),
        ("标题\n本报记者 张三\n正文。\n图为现场。李四 摄", ("张三", "李四")),
        ("本報訊（記者陳曉明 通訊員李偉）職工來上課。", ("陳曉明", "李偉")),
        ("濱海訊（記者劉強）開學了。", ("劉強",)),
        ("劉強 陳曉明", ("劉強", "陳曉明")),
        ("工匠在授課。通訊員 張偉 攝", ("張偉",)),
        ("走基层 访职工 解难题 优服务", ()),
        ("據通訊員李明介紹，他愛好攝影。", ()),
        ("据通讯员李明介绍，他爱好摄影。", ()),
        ("大家都在拍摄", ()),
        ("中国社会科学报记者 张三", ("张三",)),
        ("工人日报-中工网记者 张三", ("张三",)),
        ("新华社新闻网客户端记者 张三", ("张三",)),
        ("本报本台记者 张三", ("张三",)),
        ("人民日报 新华社 本报记者 张三", ("张三",)),
        ("（本报记者 林小满）", ("林小满",)),
        ("大家都说好。（本报记者 林小满 通讯员 高远）", ("林小满", "高远")),
        ("大家都说好。（見習記者 陳曉明）", ("陳曉明",)),
        ("大家都说好。（林小满）", ()),
        ("大家都说好。（安全 文化）", ()),
        ("夜校开课（记者节前后）", ()),
        ("■林小满", ("林小满",)),
        ("■组织\n正文。\n■安全\n正文。\n■ 维权", ()),
    ],
)
def test_byline_names_are_read_in_every_form(text: str, names: tuple[str, ...]) -> None:
    """Reporters, stringers and photographers are read from bylines, openings and credits, and from nothing else."""
    assert read_byline(text) == names


@pytest.mark.parametrize("word", ["网", "报社", "网报社新闻", "本台", "王网", "日报 ", "新闻网-", "工"])
def test_lines_of_nothing_but_outlets_take_no_time(word: str) -> None:
    """Ends of names, which names hold as well, are read in one way, however many stand in a row."""
    began = time.process_time()

    read_byline("通讯员 王美" + word * (1_500_000 // len(word)) + "茹 摄")
    for line in (word * 1000, word * 1000 + "记者 张三 摄", f"本报讯（{word * 15}）开学。"):
        opens_with_dateline(line)
        read_byline(line)

    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("text", "dateline"),
    [
        ("本报讯（记者张三）近日", Dateline(place=None, month=None, day=None)),
        ("标题\n本报福州11月13日电 近日", Dateline(place="福州", month=11, day=13)),
        ("本报江苏常州 5 月 29 日电 （记者黄洪涛）", Dateline(place="江苏常州", month=5, day=29)),
        ("本报深圳电 记者刘友婷报道：", Dateline(place="深圳", month=None, day=None)),
        ("正文。\n（本报福州11月13日电）", Dateline(place="福州", month=11, day=13)),
        ("新华社北京1月2日电 会议开幕", Dateline(place="北京", month=1, day=2)),
        ("新華社廣州3月4日電 會議開幕", Dateline(place="廣州", month=3, day=4)),
        ("11月13日，本報記者去了車間。", None),
        ("11月13日，本报记者去了车间。", None),
        ("他给本报来电，说事情办成了。", None),
    ],
)
def test_dateline_is_read_at_either_end(text: str, dateline: Dateline | None) -> None:
    """Place and day of filing are read from the opening or from the bracket at the end."""
    assert read_dateline(text) == dateline


@pytest.mark.parametrize(
    ("ranges", "text"), [((), ""), (((5, 5),), "5"), (((3, 5), (9, 9)), "3-5, 9")], ids=["none", "line", "several"]
)
def test_line_ranges_are_written_for_readers(ranges: tuple[tuple[int, int], ...], text: str) -> None:
    """A range is first-last, a line by itself its number, several stand in the order given."""
    assert format_lines(ranges) == text
