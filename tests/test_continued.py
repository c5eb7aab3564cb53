"""Articles that go on on another page are found and made one; those that stand twice are found."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from conftest import ROOT

from summariser.cli.split import split
from summariser.pages.article import assign_ids, make_article
from summariser.pages.split import find_links, find_repeats, group_pages, join_splits, tell_ties
from summariser.readers.files import parse_page
from summariser.schema.page import ArticleKind, LineRange, Page, PageSource, PageSplit, Span, SplitMethod, Tie

HELD_OUT = ROOT / "benchmarks" / "held_out"
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


@pytest.mark.parametrize(("share", "least"), [(0.3, 66), (0.6, 65), (0.8, 51)], ids=["early", "middle", "late"])
def test_articles_of_the_gold_cut_in_two_find_their_rest(share: float, least: int) -> None:
    """All articles of a page break off at once: of 78 most are joined, none with the rest of another article."""
    joined, strangers = 0, 0
    for path in (*sorted((ROOT / "seeds").glob("page-*.gold.json")), *sorted(HELD_OUT.glob("*.gold.json"))):
        printed = path.with_name(path.name.replace(".gold.json", ".txt")).read_text(encoding="utf-8").split("\n")
        cases = json.loads(path.read_text(encoding="utf-8"))["articles"]
        texts = ["".join("".join(printed[first - 1 : last]) for first, last in case["lines"]) for case in cases]
        parts = [(text[: int(len(text) * share)], text[int(len(text) * share) :]) for text in texts if len(text) >= 150]
        first = page("\n\n".join(f"{begin}\n（下转第3版）" for begin, _ in parts), 1)
        second = page("\n\n".join(f"（上接第1版）\n{end}" for _, end in parts), 3)
        pairs = [
            (link.first.article.lines, link.second.article.lines)
            for link in find_links([first, second])
            if link.is_sure
        ]
        joined += sum(one == other for one, other in pairs)
        strangers += sum(one != other for one, other in pairs)

    assert (strangers, joined >= least) == (0, True)


def test_article_that_stands_twice_is_found() -> None:
    """Two files of one page hold the same articles in spite of a misread letter; others are not the same."""
    first, second = page(TITLED, 2, name="scan"), page(TITLED.replace("地面", "地而"), 2, name="photo")

    ((one, other),) = find_repeats([first, second, page(REST, 3)])

    assert (one.page.page_id, other.page.page_id) == ("scan", "photo")


@pytest.mark.parametrize("copies", [2, 3, 12, 20, 21, 100])
def test_copies_of_a_page_are_one_tie_of_each_article(copies: int) -> None:
    """However often a text stands, one line says so, with the first places, in spite of misread letters."""
    texts = [TITLED.replace("地面", "地而") if number % 3 else TITLED for number in range(copies)]
    others = [page(OTHER, 3)]

    told = list(tell_ties([*(page(text, 2, name=f"copy-{number}") for number, text in enumerate(texts)), *others]))

    assert len(told) == 1
    assert told[0].startswith("copy-0, ")
    assert ("stands a second time in copy-1" if copies == 2 else f"stands {copies} times, also in copy-1") in told[0]
    assert told[0].count("copy-") == min(copies, 11)
    assert (f"and {copies - 11} more places" in told[0]) == (copies > 12)


def test_set_phrase_of_many_articles_makes_no_repeats() -> None:
    """Thirty articles that end with the same sentence are thirty articles."""
    bodies = ["".join(Random(number).sample(REST + OTHER, 100)) for number in range(30)]
    phrase = "有关办法由市总工会经费审查委员会负责解释"

    assert not find_repeats([page(f"{body}{phrase}", 2, name=f"p-{at}") for at, body in enumerate(bodies)])


def joined(*pages: tuple[Page, PageSplit]) -> list[tuple[Page, PageSplit]]:
    """The pages with what goes on on another one joined."""
    return [(page, split) for (page, _), split in zip(pages, join_splits(pages), strict=True)]


def test_ties_are_told_in_words() -> None:
    """A person reads which article goes on where, and whether both parts are one article or kept apart."""
    (told,) = tell_ties(joined(page(FRONT, 1), page(REST, 3)))
    (doubtful,) = tell_ties(joined(page(FRONT, 1), page(OTHER, 3)))

    assert told == "page-1, “职工书屋开进车间”, lines 1-4: goes on in page-3, lines 1-2. They are one article."
    assert doubtful.endswith("may go on in page-3, lines 1-2. They are kept apart.")


def test_both_parts_are_one_article() -> None:
    """The text runs on where the jump broke it; each character is found in its line of its page."""
    (first, split), (second, rest) = joined(page(FRONT, 1), page(REST, 3))

    (article,) = split.articles
    assert "他说书屋让他读完了机修教材" in article.text
    assert "版" not in article.text
    assert article.lines == ((1, 4),)
    assert article.continuation is not None
    assert article.continuation.lines == ((1, 2),)
    assert rest.own_articles == ()
    assert rest.articles[0].continues_from == Tie(page_id="page-1", article_id=article.article_id)
    for piece in article.pieces:
        line = (second if piece.onward else first).lines[piece.line - 1]
        assert line[piece.column - 1 :][: piece.length] == article.text[piece.start :][: piece.length]


def test_words_of_a_broken_sentence_stand_on_both_pages() -> None:
    """A span has the lines of the first page, and onward those of the second."""
    article = joined(page(FRONT, 1), page(REST, 3))[0][1].articles[0]
    start = article.text.index("他说书屋")
    span = Span(start, start + 6)

    assert article.lines_of(span) == ((3, 3),)
    assert article.lines_of(span, onward=True) == ((2, 2),)


def test_jump_in_a_line_of_text_is_left_out_of_it() -> None:
    """A jump need not stand in a line of its own; the words beside it stay in their columns."""
    front = FRONT.replace("他说\n（下转第3版）", "他说（下转第3版）")
    (_, split), (second, _) = joined(page(front, 1), page(REST.replace("版）\n", "版）"), 3))

    article = split.articles[0]
    assert "他说书屋让他" in article.text
    onward = next(piece for piece in article.pieces if piece.onward)
    assert second.lines[0][onward.column - 1 :].startswith("书屋让他")


def test_headline_that_is_printed_again_stands_once() -> None:
    """The rest repeats the headline in part: it is no second one of the text; another headline is kept in it."""
    for title, count in (("职工书屋开进车间", 1), ("机修工的书", 2)):
        again, split = page(f"{title}\n{REST}", 3)
        rest = split.articles[0].model_copy(update={"headline": title, "headline_lines": (1,)})
        made = joined(page(FRONT, 1), (again, split.model_copy(update={"articles": (rest,)})))[0][1].articles[0]

        assert made.headline == "职工书屋开进车间"
        assert sum(line in (title, "职工书屋开进车间") for line in made.text.split("\n")) == count


def test_third_page_is_kept_apart() -> None:
    """One record holds two pages; where the rest goes on once more, that is a candidate."""
    rest = REST.rstrip("\n") + "（下转第4版）\n"
    last = "（上接第3版）\n书屋的图书添到五千册，职工书屋又多了两间。\n"

    *_, told = tell_ties(pages := joined(page(FRONT, 1), page(rest, 3), page(last, 4)))

    assert [len(split.own_articles) for _, split in pages] == [1, 0, 1]
    assert told is not None


def test_pages_are_grouped_by_the_jumps_that_name_each_other() -> None:
    """Pages wait for each other only where jumps of both name the other, in one issue."""
    pages = [page(*each)[0] for each in ((FRONT, 1), (TITLED, 2), (REST, 3))]
    strange = page(REST, 3, issued="2026-04-21", name="strange")[0]

    groups = [[each.page_id for each in group] for group in group_pages([*pages, strange])]

    assert sorted(groups) == [["page-1", "page-3"], ["page-2"], ["strange"]]


def test_one_page_has_no_ties() -> None:
    """A page alone is told nothing about, even with a jump on it."""
    assert list(tell_ties([page(FRONT, 1)])) == []


def test_split_gives_both_parts_as_one_article(tmp_path: Path) -> None:
    """`split` of two pages has the article once, with the lines of both, and says so."""
    front = FRONT.replace("他说", "借上一本机修的书，他说")
    for name, text in (("20260420_p1.txt", front), ("20260420_p3.txt", REST)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    words = [str(tmp_path), "--rules", "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(split, words, standalone_mode=False)
    first, second = (
        json.loads((tmp_path / "out" / f"20260420_{name}.articles.json").read_text(encoding="utf-8"))["articles"]
        for name in ("p1", "p3")
    )

    assert "goes on in 20260420_p3, lines 1-2. They are one article." in done.stderr
    assert second == []
    assert [line["text"] for line in first[0]["lines"]] == [*front.strip().split("\n"), *REST.strip().split("\n")]
