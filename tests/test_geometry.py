"""Articles and reading order come from places: columns, headlines, rules, pictures; skewed and vertical pages too."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import cos, radians, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summariser.pages.geometry import Arrangement, arrange
from summariser.pages.placed import PlacedLine
from summariser.schema.page import Box

LETTER, PITCH, COLUMN, GUTTER = 20, 30, 240, 20
WORDS = "工会在车间里办起了夜校职工下班以后就来听课"


class Sheet:
    """A page set line by line; texts say where each line belongs: A0 is the headline of A, A1 its first line."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, Box, float, bool]] = []
        self.rules: list[Box] = []

    def line(self, text: str, left: float, top: float, *, wide: float = COLUMN, high: float = LETTER) -> None:
        """One line of text."""
        self.lines.append((text, Box(left, top, left + wide, top + high), high, False))

    def columns(self, name: str, left: float, tops: Sequence[float], bottom: float, first: int = 1) -> None:
        """Columns side by side, each from its top to one bottom, filled with the lines of an article."""
        number = first
        for place, top in enumerate(tops):
            x, y = left + place * (COLUMN + GUTTER), top
            while y + LETTER <= bottom:
                self.line(f"{name}{number}{WORDS[: 12 - len(name) - len(str(number)) // 2]}", x, y)
                number, y = number + 1, y + PITCH
        text, box, high, _ = self.lines[-1]
        self.lines[-1] = (text[:-2] + "。", box._replace(right=box.right - 60), high, False)

    def article(self, name: str, left: float, top: float, columns: int, bottom: float) -> None:
        """A headline over all its columns."""
        span = columns * COLUMN + (columns - 1) * GUTTER
        self.line(f"{name}0工会办夜校", left + span * 0.2, top, wide=span * 0.6, high=2.4 * LETTER)
        self.columns(name, left, [top + 70] * columns, bottom)

    def read(self, *, turn: float = 0.0, shuffle: int | None = None) -> list[list[str]]:
        """The articles found, each as the names of its lines in order, ads and furniture left out."""
        angle, lines = radians(turn), []
        for number, (text, box, high, vertical) in enumerate(self.lines):
            leaning = 0.0 if vertical else abs(sin(angle)) * (box.right - box.left)
            lines.append(PlacedLine(number, text, turned(box, angle), high + leaning, vertical))
        rules = [turned(box, angle) for box in self.rules]
        if shuffle is not None:
            random.Random(shuffle).shuffle(lines)
        self.found: Arrangement = arrange(lines, rules=rules)
        named = {number: text for number, (text, *_) in enumerate(self.lines)}
        return [[name_of(named[number]) for number in region.order] for region in self.found.regions]


def turned(box: Box, angle: float) -> Box:
    """The upright box round a box on a page that lies askew."""
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    wide, high = box.right - box.left, box.bottom - box.top
    x, y = x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle)
    wide, high = wide * cos(angle) + high * abs(sin(angle)), high * cos(angle) + wide * abs(sin(angle))
    return Box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


def name_of(text: str) -> str:
    """`A12` of a line that begins so; other lines by their whole text."""
    digits = "".join(char for char in text[1:4] if char.isdigit())
    return text[0] + digits if text[0].isascii() and digits else text


def names(article: str, last: int) -> list[str]:
    """The lines of an article, its headline first."""
    return [f"{article}{number}" for number in range(last + 1)]


def two_over_one() -> Sheet:
    """Two articles side by side, of two columns and of one, over an article of three."""
    sheet = Sheet()
    sheet.article("A", 0, 0, 2, 400)
    sheet.article("B", 520, 0, 1, 400)
    sheet.article("C", 0, 430, 3, 800)
    return sheet


def test_articles_are_told_apart_by_gaps_alone() -> None:
    """Each headline takes the columns below it; columns are read one after the other."""
    assert two_over_one().read() == [names("A", 22), names("B", 11), names("C", 30)]


@pytest.mark.parametrize("turn", [-2.0, -0.7, 0.9, 2.5], ids=lambda turn: f"{turn} degrees")
def test_skewed_pages_are_put_straight(turn: float) -> None:
    """A page that lies askew is read as the straight one, and its letters are no larger."""
    sheet = two_over_one()

    assert sheet.read(turn=turn) == two_over_one().read()
    body = [size for number, size in sheet.found.size.items() if "0" not in name_of(sheet.lines[number][0])]
    assert max(body) < 1.15


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_order_of_the_lines_in_the_file_does_not_matter(seed: int) -> None:
    """What is read depends on the places alone."""
    assert two_over_one().read(shuffle=seed) == two_over_one().read()


def test_headline_over_part_of_its_columns() -> None:
    """A column without a headline goes on with the article to its left, not with that to its right."""
    sheet = Sheet()
    sheet.article("A", 0, 0, 2, 400)
    sheet.columns("A", 520, [0], 400, first=23)
    sheet.article("B", 780, 0, 1, 400)

    assert sheet.read() == [names("A", 35), names("B", 11)]


def test_rule_parts_what_no_headline_parts() -> None:
    """A brief without a headline is no part of the article above it where a rule stands between, and only there."""
    sheet = Sheet()
    sheet.article("A", 0, 0, 2, 400)
    sheet.line("本报讯（记者 王小明）", 0, 420)
    sheet.columns("B", 0, [450, 420], 600)
    joined = len(sheet.read())
    sheet.rules = [Box(0, 405, 500, 408)]

    assert [len(each) for each in sheet.read()] == [23, 12]
    assert joined == 1


def test_rules_between_the_columns_of_an_article_do_not_part_it() -> None:
    """Thin rules in the gutters, from below the headline to the foot, belong to the article."""
    sheet = Sheet()
    sheet.article("A", 0, 0, 3, 400)
    sheet.rules = [Box(249, 70, 251, 400), Box(509, 70, 511, 400)]

    assert sheet.read() == [names("A", 33)]


@pytest.mark.parametrize("columns", [1, 2], ids=["one column", "two columns"])
def test_large_subheads_stay_in_their_article(columns: int) -> None:
    """A small headline with text right above it, below a larger one, opens no article."""
    sheet = Sheet()
    sheet.article("A", 0, 0, columns, 300)
    box = sheet.lines[4][1]
    sheet.lines[4] = ("A4夜校的灯亮了", box._replace(left=40, right=200, bottom=box.top + 29), 29, False)

    assert [len(each) for each in sheet.read()] == [8 * columns + 1]


def test_titles_byline_and_label_have_their_parts() -> None:
    """Above a headline stand kicker and label, below it subtitle and byline; the byline opens the body."""
    sheet = Sheet()
    sheet.line("新闻特写", 0, 0, wide=90)
    sheet.line("某市总工会办学记", 150, 5, wide=200, high=24)
    sheet.line("夜校办进车间", 100, 40, wide=300, high=50)
    sheet.line("——记纺织园里的灯光", 140, 96, wide=220, high=24)
    sheet.line("本报记者 王小明", 180, 128, wide=140)
    sheet.columns("A", 0, [160, 160], 400)
    sheet.read()

    (region,) = sheet.found.regions
    assert [[sheet.lines[number][0] for number in part] for part in region[:4]] == [
        ["新闻特写"],
        ["某市总工会办学记"],
        ["夜校办进车间"],
        ["——记纺织园里的灯光"],
    ]
    assert sheet.lines[region.body[0]][0] == "本报记者 王小明"


def test_photo_with_caption_stands_by_itself() -> None:
    """The caption below a picture is an article of its own, beside text without any rule between."""
    sheet = Sheet()
    sheet.article("A", 0, 0, 2, 400)
    sheet.line("图为工人在夜校听课", 520, 340)
    sheet.line("本报记者 王小明 摄", 520, 370, wide=180)

    assert sheet.read() == [names("A", 22), ["图为工人在夜校听课", "本报记者 王小明 摄"]]


def test_vertical_headline_takes_the_columns_at_its_side() -> None:
    """A headline that runs down belongs to the text on its right."""
    sheet = Sheet()
    sheet.lines.append(("夜校办进车间", Box(0, 0, 50, 360), 50, True))
    sheet.columns("A", 80, [0, 0], 400)
    sheet.article("B", 0, 430, 2, 700)

    assert sheet.read() == [["夜校办进车间", *names("A", 26)[1:]], names("B", 14)]


def test_masthead_and_foot_belong_to_no_article() -> None:
    """Newspaper, date and page at the top, imprint at the foot are furniture; a date inside the text is not."""
    sheet = two_over_one()
    sheet.lines = [(text, Box(b.left, b.top + 100, b.right, b.bottom + 100), h, v) for text, b, h, v in sheet.lines]
    sheet.line("云汀日报", 0, 0, wide=160, high=60)
    sheet.line("2026年4月20日 星期一", 400, 30, wide=200)
    sheet.line("社址：云汀市霁峰路8号", 0, 930, wide=200)
    articles = sheet.read()

    assert {sheet.lines[number][0] for number in sheet.found.furniture} == {text for text, *_ in sheet.lines[-3:]}
    assert [len(article) for article in articles] == [23, 12, 31]


def test_vertical_page_is_read_from_right_to_left() -> None:
    """A page of columns that run down is read as the page turned by a quarter is."""
    sheet = two_over_one()
    sheet.lines = [
        (text, Box(1000 - b.bottom, b.left, 1000 - b.top, b.right), high, True) for text, b, high, _ in sheet.lines
    ]

    assert sheet.read() == two_over_one().read()


def test_each_line_is_used_once() -> None:
    """Whatever the boxes are, every line stands in one place of the order."""
    draw = random.Random(7)
    lines = []
    for number in range(150):
        left, top, high = draw.uniform(0, 900), draw.uniform(0, 1200), draw.choice([20, 20, 20, 45])
        lines.append(PlacedLine(number, WORDS[:8], Box(left, top, left + draw.uniform(5, 400), top + high), high))

    assert sorted(arrange(lines).order) == list(range(150))


def test_boxes_without_size_are_read() -> None:
    """Boxes that are points, or all alike, lose no line."""
    points = [PlacedLine(number, "", Box(5, 5, 5, 5), 0) for number in range(20)]
    alike = [PlacedLine(number, WORDS, Box(0, 0, 100, 20), 20) for number in range(20)]

    assert sorted(arrange(points).order) == sorted(arrange(alike).order) == list(range(20))


@pytest.mark.parametrize("count", [0, 1, 2], ids=["none", "one", "two"])
def test_few_lines_are_read(count: int) -> None:
    """A page may hold no line at all."""
    lines = [PlacedLine(number, "夜校", Box(0, 40 * number, 50, 40 * number + 20), 20) for number in range(count)]

    assert sorted(arrange(lines).order) == list(range(count))
