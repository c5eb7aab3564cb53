"""A page cut into articles: the model's answer checked, and the rules that do without a model."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import count_steps

from summariser.errors import InvalidReply
from summariser.pages.rows import Kind, read_rows
from summariser.pages.split import read_split
from summariser.pages.split_rules import split_by_rules
from summariser.prompt import numbered_lines
from summariser.readers.files import parse_page
from summariser.reply import SplitReply
from summariser.schema.page import Article, ArticleKind, Page, PageSplit

PAGE = (
    "职工有了家",
    "",
    "本报讯（记者张三）驿站开门。",
    "",
    "骑手说好。",
    "V11VL",
    "",
    "工匠进校园",
    "本报讯 学生来听课。",
)
GOOD: dict[str, Any] = {
    "articles": [
        {"kind": "brief", "headline_lines": [1], "kicker_lines": [], "subhead_lines": [], "lines": [[1, 5]]},
        {"kind": "brief", "headline_lines": [8], "kicker_lines": [], "subhead_lines": [], "lines": [[8, 8], [9, 9]]},
    ],
    "noise": [[6, 7]],
}
ROW = st.one_of(
    st.sampled_from(
        [
            *(
                "职工有了家",
                "## 工匠进校园",
                "甲县建网——",
                "（上接第1版）",
                "（下转第2版）",
                "本报记者 张三",
                "□ 李四",
                "新闻特写G",
            ),
            *(
                "本报讯（记者张三）近日开课。",
                "（本报福州11月13日电）",
                "张三 摄",
                "图为课堂。本报记者 李四 摄",
                "V11VL",
                "　",
                "",
            ),
            *(
                "骑手张三说，驿站里有热水，",
                "有热饭，还有人说话。",
                "的外卖小哥叶某说好。",
                "“走进万企 助力",
                "现代产业”",
                "\u200b\u200b",
            ),
        ]
    ),
    st.text(alphabet="工会职工开展活动服务的了，。“”（）：12a# \u3000", max_size=50),
)


def page_of(lines: Iterable[str]) -> Page:
    """A page of these lines."""
    return parse_page("\n".join(lines).encode(), path="a.txt")


def changed(**changes: Any) -> str:
    """The good answer, with fields of its first article (or its noise) changed."""
    reply = json.loads(json.dumps(GOOD))
    for name, value in changes.items():
        (reply if name in reply else reply["articles"][0])[name] = value
    return json.dumps(reply)


def numbers(article: Article, page: Page) -> list[int]:
    """The lines with text of an article, in reading order."""
    return [n for first, last in article.lines for n in range(first, last + 1) if n in page.text_lines]


def used(split: PageSplit, page: Page) -> list[int]:
    """All lines with text that a split uses, as often as it uses them."""
    noise = [n for first, last in split.noise for n in range(first, last + 1) if n in page.text_lines]
    return sorted([n for article in split.articles for n in numbers(article, page)] + noise)


def cut(*lines: str) -> list[list[int]]:
    """The articles the rules make of a page, as line numbers in reading order, sorted."""
    page = page_of(lines)
    return sorted((numbers(article, page) for article in split_by_rules(page).articles), key=min)


# What the model is shown, and what it says.


def test_model_is_shown_lines_with_their_numbers() -> None:
    """Blank lines are left out, numbers are those of the file, control characters are gone."""
    assert numbered_lines(page_of(["职工", "", "  有\x07家 "])) == "1| 职工\n3| 有家"


@pytest.mark.parametrize(
    "frame", ["{}", "```json\n{}\n```", "好的，如下：\n{}\n请查收。", '<think>{{"a": 1}}</think>{}']
)
def test_good_answer_is_read_whatever_stands_around_it(frame: str) -> None:
    """A code fence, a remark or a thought around the JSON does no harm."""
    split = read_split(frame.format(json.dumps(GOOD)), page_of(PAGE))

    assert [(each.headline, each.kind) for each in split.articles] == [
        ("职工有了家", ArticleKind.BRIEF),
        ("工匠进校园", ArticleKind.BRIEF),
    ]
    assert (split.noise, split.method) == (((6, 6),), "model")


@pytest.mark.parametrize(
    ("reply", "rule", "path", "said"),
    [
        ("没有", "no_json", "$", "one JSON object"),
        (json.dumps(GOOD)[:-20], "json_syntax", "$", "cut off at line 1"),
        (changed(kind="news"), "enum", "articles[0].kind", "brief"),
        (changed(lines=[["1", "5"]]), "int_type", "articles[0].lines[0][0]", "integer"),
        (changed(lines=[[1, 4]]), "line_unused", "articles", "Line 5 stands in no article and not in noise"),
        (changed(lines=[[1, 6]]), "line_used_twice", "noise", "Line 6 stands in articles[0] and noise"),
        (changed(lines=[[1, 5], [3, 3]]), "line_used_twice", "articles[0].lines", "Line 3 stands twice in articles[0]"),
        (changed(lines=[[5, 1]]), "range_backwards", "articles[0].lines[0]", "runs backwards"),
        (changed(lines=[[1, 5, 6]]), "range_malformed", "articles[0].lines[0]", "no [first, last]"),
        (changed(lines=[[0, 5]]), "range_outside_page", "articles[0].lines[0]", "lines 1 to 9"),
        (changed(lines=[[1, 10**12]]), "range_outside_page", "articles[0].lines[0]", "lines 1 to 9"),
        (changed(lines=[[2, 2]]), "article_empty", "articles[0].lines", "holds no line with text"),
        (changed(headline_lines=[8]), "title_outside_article", "articles[0].headline_lines", "Line 8"),
        (changed(kicker_lines=[1]), "title_twice", "articles[0].kicker_lines", "headline_lines"),
        (changed(articles=[], noise=[[1, 9]]), "no_articles", "articles", "at least one article"),
    ],
)
def test_flaw_is_named_with_its_place(reply: str, rule: str, path: str, said: str) -> None:
    """Each flaw of an answer comes back with a rule, a path, and a sentence that a model can act on."""
    with pytest.raises(InvalidReply) as caught:
        read_split(reply, page_of(PAGE))

    found = {issue.rule: issue for issue in reversed(caught.value.issues)}
    assert found[rule].path == path
    assert said in found[rule].message


def test_all_flaws_come_at_once() -> None:
    """One answer with four flaws is mended in one go, not in four."""
    with pytest.raises(InvalidReply) as caught:
        read_split(changed(lines=[[1, 3], [9, 9], [5, 40]], kicker_lines=[2]), page_of(PAGE))

    rules = {issue.rule for issue in caught.value.issues}
    assert rules >= {"range_outside_page", "line_used_twice", "title_outside_article"}


def test_long_lists_of_lines_are_cut() -> None:
    """A message stays short when a model forgets half a page."""
    lines = [part for number in range(200) for part in (f"第{number}行。", "" if number % 2 else "另一行。")]
    reply = json.dumps({"articles": [{**GOOD["articles"][0], "lines": [[1, 1]]}], "noise": []})

    with pytest.raises(InvalidReply) as caught:
        read_split(reply, page_of(lines))

    assert len(caught.value.issues[0].message) < 300
    assert "more stand in no article" in caught.value.issues[0].message


def test_schema_is_clean_for_strict_servers() -> None:
    """All fields are required, none has a default or a bound, and no object takes more."""
    schema = SplitReply.model_json_schema()

    for each in (schema, schema["$defs"]["ReplyArticle"]):
        assert each["required"] == list(each["properties"])
        assert each["additionalProperties"] is False
    assert not {"default", "minimum", "minItems", "pattern", "prefixItems"} & set(json.dumps(schema).split('"'))


RANGE = st.lists(st.integers(min_value=-2, max_value=12), min_size=1, max_size=3)
ARTICLE = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["brief", "feature", "other"]),
        "headline_lines": st.lists(st.integers(0, 10), max_size=2),
        "kicker_lines": st.lists(st.integers(0, 10), max_size=1),
        "subhead_lines": st.just([]),
        "lines": st.lists(RANGE, max_size=4),
    }
)


@given(st.fixed_dictionaries({"articles": st.lists(ARTICLE, max_size=4), "noise": st.lists(RANGE, max_size=3)}))
def test_only_partitions_are_accepted(reply: dict[str, Any]) -> None:
    """Whatever a model answers, an accepted split uses each line with text exactly once."""
    page = page_of(PAGE)
    try:
        split = read_split(json.dumps(reply), page)
    except InvalidReply as error:
        assert error.issues
        return

    assert used(split, page) == list(page.text_lines)


# The rules.


@settings(deadline=None)
@given(st.lists(ROW, min_size=1, max_size=40))
def test_rules_partition_every_page(lines: list[str]) -> None:
    """Whatever stands on a page, the rules use each line with text exactly once."""
    page = page_of(["工会", *lines])

    split = split_by_rules(page)

    assert used(split, page) == list(page.text_lines)
    assert len({article.article_id for article in split.articles}) == len(split.articles)


LIBRARY = (
    "书屋建在车间里",
    "本报记者 张三",
    "江州纺织厂的职工书屋里，女工下班就来读书。",
    "书屋管理员王芳说，书屋有书两千册，女",
)
LIBRARY_END = ("工爱读小说，也常向管理员王芳借书。", "江州纺织厂工会给书屋添了夜灯，读书的女工更多了。")
CLINIC = (
    "流动诊室开进工地",
    "本报讯（记者李四）近日，北湾市总工会请来医生，给建筑工地的农民工量血压。",
    "医生一天看了八十名农民工，工地量血压的队排到门口。",
)


def test_headlines_and_openings_begin_articles() -> None:
    """Two plain articles one after the other are cut at the second headline."""
    assert cut(*CLINIC, *LIBRARY, *LIBRARY_END) == [[1, 2, 3], [4, 5, 6, 7, 8, 9]]


def test_interrupted_article_finds_its_end() -> None:
    """Damage 3, 6: text cut off in mid-sentence goes on behind the article that stands in between."""
    assert cut(*LIBRARY, *CLINIC, *LIBRARY_END) == [[1, 2, 3, 4, 8, 9], [5, 6, 7]]


def test_caption_inside_a_sentence_is_lifted_out() -> None:
    """Damage 4: a caption with its credit between two halves of a sentence is an article, the halves are one."""
    caption = ("4月18日，北湾市举办职工长跑，三百名职工参加。", "本报记者 王五 摄")

    assert cut(*LIBRARY, *caption, *LIBRARY_END) == [[1, 2, 3, 4, 7, 8], [5, 6]]


def test_kind_follows_from_the_opening() -> None:
    """A dateline makes a brief, a credit a caption, a jump a continuation, anything else is a feature."""
    page = page_of(
        [
            *LIBRARY,
            *LIBRARY_END,
            *CLINIC,
            "长跑迎春",
            "职工在长跑。本报记者 王五 摄",
            "（上接第1版）",
            "厂里的老师傅也来读书。",
        ]
    )

    kinds = [article.kind.value for article in split_by_rules(page).articles]

    assert kinds == ["feature", "brief", "photo_caption", "continuation"]


WRAPPED = (
    *(
        "本报讯 （记者张三 通讯员李四）近",
        "日，北湾市总工会请来医生，给建筑",
        "工地的农民工量血压，医生一天看了",
        "八十名农民工，排队排到工地门口。",
    ),
    *("北湾市总工会给农民工", "流动诊室开进工地"),
    *(
        "本报讯 （记者王五）江州纺织厂职",
        "工书屋里，女工下班就来读书，书屋",
        "管理员王芳说，书屋有书两千册，女",
        "工爱读小说，夜里也亮着灯。",
    ),
    *("江州纺织厂书屋添夜灯", "女工下班来读书"),
)


def test_headlines_behind_the_text_close_articles() -> None:
    """Damage 1, 9: on a hard-wrapped page with headings behind their text each heading ends an article."""
    assert cut(*WRAPPED) == [[5, 6, 1, 2, 3, 4], [11, 12, 7, 8, 9, 10]]


def test_closing_dateline_joins_the_article_it_names() -> None:
    """Damage 7: a closing dateline that fell into a brief goes to the feature that names its place."""
    feature = ("数字冠军进车间", "本报记者 张三", "福州的车间里，数字冠军来开方，福州市总工会牵线。")

    assert cut(*feature, *CLINIC[:2], "（本报福州11月13日电）", CLINIC[2]) == [[1, 2, 3, 6], [4, 5, 7]]


def test_opening_behind_its_text_comes_first() -> None:
    """Damage 6, 8: an opening printed behind the rest of its brief is put in front of it."""
    page = page_of(["江州搭建女工读书平台", "州纺织厂工会办起读书会，女工下班就来。", "本报讯（记者邢某）近日，江"])

    (article,) = split_by_rules(page).articles

    assert numbers(article, page) == [1, 3, 2]


def test_detached_byline_joins_the_headline_that_lacks_one() -> None:
    """Damage 10: a byline below the text belongs to the article above that has none."""
    lines = ["书屋建在车间里", "江州纺织厂添夜灯", LIBRARY[2], "杨某明 本报记者 张三 通讯员 李四", LIBRARY_END[1]]

    assert cut(*lines) == [[1, 2, 4, 3, 5]]


@pytest.mark.parametrize(
    "above",
    [
        ("香江勞工報", "二〇二五年十一月八日 第二版"),
        ("东海职工报", "二〇二六年三月十二日 星期四"),
        ("東海日報　二〇二五年一月八日", "第二版"),
        ("东海工友报·数字报", "2024年5月16日　星期四　　A02　职工之友"),
        ("东海工人报 星期四 2024年5月16日 农历甲辰年四月初九 第2版 权益·服务", "责编：周青"),
        ("2024-05-16 09:20　浏览次数：38", "3 综合新闻"),
        ("东海工人报 2024年5月16曰 星期四", "第2版 工会·一线  DONGHAI GONGREN BAO"),
    ],
)
def test_mastheads_and_folio_lines_are_noise(above: tuple[str, str]) -> None:
    """A masthead in traditional characters, with its day in Chinese numerals, or all in one line is of no article."""
    split = split_by_rules(page_of([*above, *CLINIC]))

    assert split.noise == ((1, 2),)
    assert split.articles[0].lines[0][0] == 3


@pytest.mark.parametrize(
    "line",
    [
        "港澳勞工通報會在此召開",
        "二〇二五年十一月八日起夜校开课，职工可来报名。",
        "付出终有回报",
        "第3版合同少了什么",
        "1 夜校开课",
    ],
)
def test_a_line_that_only_begins_like_a_masthead_is_of_the_article(line: str) -> None:
    """A day in words opens sentences too, and a number a part of an article."""
    assert split_by_rules(page_of([*CLINIC, line])).noise == ()


@pytest.mark.parametrize("noise", ["V11VL", "新闻特写G", "工会周刊·读书", "工会创新实践调研行", "—— ——"])
def test_rubbish_and_labels_are_noise(noise: str) -> None:
    """Damage 16, 21: letters from nowhere and the names of columns belong to no article."""
    split = split_by_rules(page_of([*CLINIC[:1], noise, *CLINIC[1:]]))

    assert split.noise == ((2, 2),)


def test_text_under_false_hashes_stays_text() -> None:
    """Damage 17: a paragraph that OCR marked as a heading does not begin an article."""
    assert cut(*CLINIC, f"## {LIBRARY[2]}医生也来。") == [[1, 2, 3, 4]]


def test_full_lines_of_a_narrow_column_are_no_titles() -> None:
    """Damage 2, 3: where columns of two widths are interleaved, each line is measured against its own column."""
    narrow = wrap(
        "江州纺织厂工会把书屋建在车间门口女工换班前后都能来读一会儿书管理员说借得最多的是小说和菜谱"
        "工会每个季度按大家写在墙上的书单去买新书再把旧书送到镇上的小学去。",
        16,
    )
    wide = wrap(
        "北湾市总工会请来医生给建筑工地的农民工量血压一天看了许多人队伍一直排到工地门口药箱里备着常用药"
        "医生说下周还来看一看那些血压偏高又不肯歇一歇的老师傅顺便教大家怎样在高温天里不中暑还要留下药品。",
        26,
    )
    lines = [*narrow[:2], *wide[:1], *narrow[2:4], *wide[1:3], *narrow[4:], *wide[3:]]

    kinds = {row.text: row.kind for row in read_rows(page_of([*CLINIC, *lines, *CLINIC[1:]]))}

    assert {kinds[line] for line in lines if len(line) in (16, 26)} == {Kind.TEXT}


def wrap(text: str, column: int) -> list[str]:
    """The text in lines of one width."""
    return [text[start : start + column] for start in range(0, len(text), column)]


def test_letter_spaced_title_is_a_headline() -> None:
    """Damage 19: a title set with spaces between its letters is a title."""
    (article,) = split_by_rules(page_of(["流 动 诊 室 开 进 工 地", *CLINIC[1:]])).articles

    assert article.headline == "流动诊室开进工地"


def test_jump_line_begins_a_continuation() -> None:
    """Damage 20: what follows a jump from another page is an article without a headline."""
    page = page_of([*CLINIC, "（上接第 1 版）", "传化的职工张三说，岗位轮换让他成长。"])

    article = split_by_rules(page).articles[1]

    assert (article.kind, article.headline) == (ArticleKind.CONTINUATION, None)


def test_kicker_and_headline_are_told_apart() -> None:
    """The second of two titles is the headline, the first its kicker."""
    (article,) = split_by_rules(page_of(["北湾市总送医上门——", *CLINIC])).articles

    assert (article.kicker, article.headline) == ("北湾市总送医上门——", "流动诊室开进工地")


def test_flood_of_ranges_costs_what_its_length_costs() -> None:
    """An answer that names each line again and again is refused after as many lines as the page has."""
    page = page_of("\n".join(f"第{number}行。" for number in range(340)))
    article = {**GOOD["articles"][0], "headline_lines": [], "kicker_lines": [], "subhead_lines": []}

    def read(times: int) -> None:
        with pytest.raises(InvalidReply) as caught:
            read_split(json.dumps({"articles": [{**article, "lines": [[1, 340]] * times}], "noise": []}), page)
        assert [issue.rule for issue in caught.value.issues] == ["line_used_twice"]

    small, large = (count_steps(lambda times=times: read(times)) for times in (1_000, 2_000))

    assert large < 2.3 * small
    assert large < 80_000


def test_endless_line_is_measured_once() -> None:
    """A line of 120,000 characters among sixty costs about its own length, not that of each column around it."""
    lines = ["某市总工会开课，职工来听。"] * 60
    page = page_of([*lines[:30], "工" * 120_000, *lines[30:]])

    assert count_steps(lambda: split_by_rules(page)) < 3_000_000


def test_endless_line_is_cut_into_words_once() -> None:
    """An endless line among hundreds is not measured, nor cut into words, again for each of them."""
    lines = [f"第{number}行写工会办夜校的事，职工来上课，" for number in range(300)]
    page = page_of([*lines[:150], "工" * 120_000, *lines[150:]])
    began = time.process_time()

    split_by_rules(page)

    assert time.process_time() - began < 1.5


GROWING = {
    "brackets": ("（记者",),
    "bylines": ("本报记者 张三",),
    "openings": ("本报讯（记者张三）近日，驿站进了工地，又说",),
    "headlines and text": ("驿站进了工地", "近日，驿站进了工地，工人说好。"),
    "headlines and torn text": ("驿站进了工地", "近日，驿站进了工地，工人又说"),
    "bylines and torn text": ("本报记者 张三", "工人说好，驿站进了工地，又"),
    "titles": ("驿站进了工地",),
    "captions": ("职工在长跑。本报记者 王五 摄",),
    "closing datelines": ("工人说好，又", "（本报福州11月13日电）"),
}


@pytest.mark.parametrize("lines", GROWING.values(), ids=GROWING)
def test_splitting_grows_with_the_page_and_no_faster(lines: tuple[str, ...]) -> None:
    """Twice the lines are at most 2.3 times the work."""
    pages = [page_of(list(lines) * (times // len(lines))) for times in (160, 320)]

    small, large = (count_steps(lambda page=page: split_by_rules(page)) for page in pages)

    assert large < 2.3 * small
