"""Evidence keeps where its words stand on the picture of the page; where there is no picture, records say nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import LINES, case_text, count_steps, make_page, make_scan, put_record
from test_read_pages import pdf

from summariser.disk.record_text import dump_json, parse_json
from summariser.disk.stored import PageFolder, load_manifest
from summariser.pages.article import boxes_of, make_article
from summariser.readers.dispatch import read_page
from summariser.records.grounding import check_case
from summariser.records.make import check_records
from summariser.reply import CaseReply
from summariser.schema.page import (
    Article,
    ArticleKind,
    Box,
    LinePlace,
    LineRange,
    Page,
    PageLayout,
    PixelBox,
    Span,
)
from summariser.schema.record import Record


def placed_article(*lines: tuple[str, Box, bool]) -> Article:
    """An article whose lines stand in these boxes, running across or (True) down."""
    page = make_page([text for text, _, _ in lines]).model_copy(
        update={"layout": make_layout([LinePlace(box, 20, None, vertical) for _, box, vertical in lines])}
    )
    return make_article(
        page, kind=ArticleKind.BRIEF, lines=[LineRange(1, len(lines))], headline_lines=(), kicker_lines=()
    )


def make_layout(places: list[LinePlace]) -> PageLayout:
    """The layout of a page of 1,000 x 800 pixels."""
    return PageLayout(
        width=1000, height=800, places=tuple(places), rules=(), pictures=(), image="scan.png", reader="made up"
    )


def scanned_page() -> Page:
    """The page of `LINES` as if it had been read from a scan."""
    places = [LinePlace(Box(10, 40 * number, 990, 40 * number + 30), 30) for number in range(len(LINES))]
    return make_page().model_copy(update={"layout": make_layout(places)})


ACROSS = "工会办起夜校二十家"
CASES = [
    ("in a line", [(ACROSS, Box(100, 50, 190, 70), False)], "夜校", [(140, 50, 160, 70)]),
    ("the whole line", [(ACROSS, Box(100, 50, 190, 70), False)], ACROSS, [(100, 50, 190, 70)]),
    ("down the page", [(ACROSS, Box(100, 50, 120, 140), True)], "夜校", [(100, 90, 120, 110)]),
    ("digits are half as wide", [("共1200人来", Box(0, 0, 50, 10), False)], "1200", [(10, 0, 30, 10)]),
    (
        "over two lines",
        [(ACROSS, Box(100, 50, 190, 70), False), ("都在城南工业园区里", Box(100, 80, 190, 100), False)],
        "十家都在",
        [(170, 50, 190, 70), (100, 80, 120, 100)],
    ),
    ("rounded outwards", [("工会办", Box(0.4, 10.6, 10.6, 20.2), False)], "会", [(3, 10, 8, 21)]),
    ("beyond the edge", [("工会办", Box(-3, -2, 27, 8), False)], "工", [(0, 0, 7, 8)]),
    ("behind what prints nothing", [("工会\u200b办起夜校", Box(0, 0, 60, 10), False)], "会办起", [(9, 0, 42, 10)]),
]


@pytest.mark.parametrize(("lines", "words", "boxes"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_words_have_a_box_in_each_line(
    lines: list[tuple[str, Box, bool]], words: str, boxes: list[tuple[int, int, int, int]]
) -> None:
    """Words cover the part of a line's box that is theirs by printed width, along the direction of writing."""
    article = placed_article(*lines)
    start = article.text.index(words)

    assert list(boxes_of(article, Span(start, start + len(words)))) == boxes


@settings(max_examples=60, deadline=None)
@given(st.text("工会12a，", min_size=1, max_size=12), st.data())
def test_box_of_words_lies_in_the_box_of_their_line(text: str, data: st.DataObject) -> None:
    """Wherever words stand in a line, their box has an area and none of it lies outside the line's."""
    article = placed_article((f"会{text}", Box(10, 20, 400, 60), data.draw(st.booleans())))
    start = data.draw(st.integers(0, len(article.text) - 1))
    end = data.draw(st.integers(start + 1, len(article.text)))

    (box,) = boxes_of(article, Span(start, end))

    assert 10 <= box.left < box.right <= 400
    assert 20 <= box.top < box.bottom <= 60


def test_boxes_of_all_lines_cost_no_more_for_each_of_many() -> None:
    """The work for a line does not grow with the number of lines around it."""

    def steps(count: int) -> int:
        article = placed_article(*[(ACROSS, Box(0, 10 * row, 90, 10 * row + 9), False) for row in range(count)])
        spans = [Span(piece.start, piece.start + piece.length) for piece in article.pieces]
        return count_steps(lambda: [boxes_of(article, span) for span in spans])

    assert steps(400) < 2.2 * steps(200)


def test_record_of_a_scan_keeps_the_boxes_of_its_evidence(tmp_path: Path) -> None:
    """Quoted words and cited sentences have boxes, and a record with them is read back as it was written."""
    record = put_record(scanned_page(), tmp_path)
    path = tmp_path / "page-900" / f"{record.article_id}.json"

    (result,) = record.case.results
    assert result.evidence.boxes == (PixelBox(197, 80, 363, 110),)
    assert all(fact.evidence.boxes for _, fact in record.case.facts())
    assert '"boxes": [[197, 80, 363, 110]]' in path.read_text(encoding="utf-8")
    assert parse_json(dump_json(record), Record, path=path) == record


def test_record_of_a_text_says_nothing_of_boxes(tmp_path: Path) -> None:
    """Without a picture neither record nor manifest has a field for one, so old files are the same bytes."""
    record = put_record(make_page(), tmp_path)
    path = tmp_path / "page-900" / f"{record.article_id}.json"

    assert "boxes" not in path.read_text(encoding="utf-8")
    assert "picture" not in path.parent.with_name("page-900.page.json").read_text(encoding="utf-8")


def test_scan_is_read_again_without_an_engine(tmp_path: Path) -> None:
    """What was kept of a scan is enough to hold its record against it again."""
    put_record(make_scan(tmp_path), tmp_path / "summaries")

    (checked,) = check_records([tmp_path / "summaries"])

    assert checked.findings == ()


def test_pdf_is_read_again_at_its_resolution(tmp_path: Path) -> None:
    """The boxes of a PDF that was read at another resolution than usual are those that a check finds."""
    words = ("Night school opens", "The union has opened a hall of its own.", "It has room for 200 workers.")
    path = tmp_path / "print.pdf"
    path.write_bytes(pdf([(60, 700 - 30 * index, 12, text) for index, text in enumerate(words)]))
    record = put_record(read_page(path, dpi=90), tmp_path / "summaries")

    (checked,) = check_records([tmp_path / "summaries"])

    assert any(fact.evidence.boxes for _, fact in record.case.facts())
    assert [finding.message for finding in checked.findings] == []


def test_sentence_has_a_box_in_each_of_its_lines() -> None:
    """Evidence that quotes nothing frames the sentences it cites."""
    page = scanned_page()
    article = make_article(
        page, kind=ArticleKind.BRIEF, lines=[LineRange(1, len(LINES))], headline_lines=(1,), kicker_lines=()
    )
    reply = json.loads(case_text(problem="职工下班后没有课上。", problem_sents=[1, 2]))

    problem = check_case(CaseReply.model_validate(reply, strict=False), article).case.problem

    assert problem
    assert [box.top for box in problem.evidence.boxes] == [0, 40]


def test_manifest_says_what_the_pixels_are_counted_on(tmp_path: Path) -> None:
    """The manifest names the picture with its size, and the resolution at which a page of a PDF is drawn again."""
    page = scanned_page()
    assert page.layout
    put_record(page.model_copy(update={"layout": page.layout.model_copy(update={"dpi": 300})}), tmp_path)

    picture = load_manifest(tmp_path / "page-900.page.json").picture

    assert picture
    assert (picture.image, picture.width, picture.height, picture.dpi) == ("scan.png", 1000, 800, 300)


def test_check_tells_a_box_that_was_moved(tmp_path: Path) -> None:
    """A box that is not where the page has the words is told with both places."""
    page = scanned_page()
    path = tmp_path / "page-900" / f"{put_record(page, tmp_path).article_id}.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[[197, 80, 363, 110]]", "[[1, 2, 3, 4]]"), encoding="utf-8")

    (checked,) = check_records([tmp_path], read=lambda _: page)

    (differs,) = [finding.message for finding in checked.findings if finding.rule == "differs"]
    assert "[1, 2, 3, 4]" in differs
    assert "[197, 80, 363, 110]" in differs
    assert PageFolder(path.parent, lambda _: page).page == page
