"""Articles that go on on another page are found, and those that stand twice; nothing is joined."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from summariser.cli.split import split
from summariser.pages.article import assign_ids, make_article
from summariser.pages.continued import find_links, find_repeats, tell_ties
from summariser.pages.page import parse_page
from summariser.schema.page import ArticleKind, LineRange, Page, PageSource, PageSplit, SplitMethod

FRONT = """职工书屋开进车间
本报讯（记者 王小明）近日，临河区总工会在纺织园办起职工书屋，书屋里有图书三千册，借书不收押金。
织布工何建平每天下班都来书屋坐一会儿，他说
（下转第3版）
"""
REST = """（上接第1版）
书屋让他读完了机修教材，考上了高级工。临河区总工会打算明年在纺织园再办两间职工书屋，图书添到五千册。
"""
OTHER = """（上接第1版）
矿山救护队的演练持续了两个小时，井下通信、排水、通风全部恢复，队员升井后又复盘了每一个步骤的用时。
"""
TITLED = """安全帽里的芯片
本报讯（记者 李大年）近日，青山矿给矿工配发了带芯片的安全帽，井下走到哪里，地面上都看得见，救护也快了许多。
"""


def page(text: str, number: int | None, *, issued: str = "2026-04-20", name: str = "") -> tuple[Page, PageSplit]:
    """A page of an issue; a blank line parts its articles, the first line of one is its headline, but for a jump."""
    made = parse_page(text.encode(), path=f"{name or f'page-{number}'}.txt")
    made = made.model_copy(update={"source": PageSource(newspaper="云汀日报", issue_date=issued, page_no=number)})
    articles, first = [], 1
    for part in text.strip().split("\n\n"):
        last = first + part.count("\n")
        goes_on = part.startswith("（上接")
        kind = ArticleKind.CONTINUATION if goes_on else ArticleKind.BRIEF
        headline = [] if goes_on else [first]
        lines = [LineRange(first, last)]
        articles.append(make_article(made, kind=kind, lines=lines, headline_lines=headline, kicker_lines=()))
        first = last + 2
    split = PageSplit(page_id=made.page_id, articles=assign_ids(articles), noise=(), method=SplitMethod.RULES)
    return made, split


def found(*pages: tuple[Page, PageSplit]) -> list[tuple[str, str, bool]]:
    """The links as page, page, whether it is sure."""
    return [(link.first.page.page_id, link.second.page.page_id, link.is_sure) for link in find_links(pages)]


def test_jump_is_tied_to_the_text_it_leads_to() -> None:
    """Page numbers on both sides and shared words make a sure link, among other continuations of the same page too."""
    assert found(page(FRONT, 1), page(REST, 3)) == [("page-1", "page-3", True)]
    assert found(page(FRONT, 1), page(TITLED, 2), page(OTHER + "\n" + REST, 3)) == [("page-1", "page-3", True)]


@pytest.mark.parametrize(
    ("front", "rest"),
    [
        (page(FRONT, 1), page(OTHER, 3)),
        (page(FRONT, None, name="a"), page(REST, None, name="b")),
    ],
    ids=["other topic", "no page numbers"],
)
def test_doubtful_link_is_no_sure_one(front: tuple[Page, PageSplit], rest: tuple[Page, PageSplit]) -> None:
    """Where words or page numbers do not bear it out the link is named as a candidate."""
    assert [sure for *_, sure in found(front, rest)] == [False]


@pytest.mark.parametrize(
    ("front", "rest"),
    [
        (page(FRONT, 1), page(REST, 3, issued="2026-04-21")),
        (page(FRONT, 1), page(REST, 4)),
        (page(FRONT, 2), page(REST, 3)),
        (page(FRONT, 1), page(TITLED, 3)),
        (page(TITLED, 1), page(REST, 3)),
    ],
    ids=["other issue", "other page", "comes from elsewhere", "has a headline of its own", "nothing jumps"],
)
def test_what_pages_exclude_is_no_link(front: tuple[Page, PageSplit], rest: tuple[Page, PageSplit]) -> None:
    """Issue, page numbers and headlines exclude a link whatever the words say."""
    assert found(front, rest) == []


@pytest.mark.parametrize(
    "jump", ["（下转第3版）", "(下转3版)", "【下转第三版】", "下转第３版"], ids=lambda jump: jump
)  # fmt: skip
def test_forms_of_a_jump(jump: str) -> None:
    """Digits, full-width digits and Chinese numerals name a page, with brackets or alone on a line."""
    assert found(page(FRONT.replace("（下转第3版）", jump), 1), page(REST, 3)) == [("page-1", "page-3", True)]


def test_article_that_stands_twice_is_found() -> None:
    """Two files of one page hold the same articles in spite of a misread letter; others are not the same."""
    first, second = page(TITLED, 2, name="scan"), page(TITLED.replace("地面", "地而"), 2, name="photo")

    ((one, other),) = find_repeats([first, second, page(REST, 3)])

    assert (one.page.page_id, other.page.page_id) == ("scan", "photo")


def test_ties_are_told_in_words() -> None:
    """A person reads which article goes on where, and that they are kept apart."""
    (told,) = tell_ties([page(FRONT, 1), page(REST, 3)])

    assert told.startswith("page-1, “职工书屋开进车间”, lines 1-4: goes on in page-3, lines 1-2")


def test_one_page_has_no_ties() -> None:
    """A page alone is told nothing about, even with a jump on it."""
    assert list(tell_ties([page(FRONT, 1)])) == []


def test_run_and_split_name_the_ties(tmp_path: Path) -> None:
    """`split` of two pages says which article goes on where."""
    for name, text in (("20260420_p1.txt", FRONT), ("20260420_p3.txt", REST)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = CliRunner().invoke(split, [str(tmp_path), "--rules", "--json"], standalone_mode=False)

    assert "go on in 20260420_p3" in done.stderr.replace("goes on", "go on")
