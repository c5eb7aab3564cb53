"""Pages on which the articles stand one below the other are cut at their titles, however they are set."""

from __future__ import annotations

from itertools import chain, product
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT

from summariser.pages.rows import TITLES, guess_titles, read_rows
from summariser.pages.split_rules import split_by_rules
from summariser.readers.files import parse_page


class Line(NamedTuple):
    """A line of a page with the article it belongs to; 0 is noise, `role` is one of h k s b t."""

    article: int
    role: str
    text: str


def read_pages(path: Path) -> dict[str, list[Line]]:
    """The pages of a file, by name."""
    pages: dict[str, list[Line]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("=== "):
            lines = pages.setdefault(line[4:], [])
        elif line and not line.startswith("#"):
            article, role, text = line.split(" ", 2)
            lines.append(Line(int(article), role, text))
    return pages


PAGES = read_pages(ROOT / "tests" / "data" / "pages_in_order.txt")
SETTINGS = {
    "as it is": {},
    "indented": {"indent": "　　"},
    "blank lines between articles": {"between": 1},
    "blank lines everywhere": {"within": 1},
    "more blank lines between articles": {"within": 1, "between": 1},
    "Markdown": {"marks": 1},
    "Markdown and blank lines": {"marks": 1, "within": 1},
    "wrapped, indented": {"column": 20, "indent": "　　"},
    "wrapped, blank lines between articles": {"column": 30, "between": 1},
    "wrapped, blank lines between paragraphs": {"column": 22, "within": 1},
    "wrapped narrowly": {"column": 19},
}


def set_page(
    lines: list[Line], *, column: int = 0, indent: str = "", within: int = 0, between: int = 0, marks: int = 0
):  # type: ignore[no-untyped-def]
    """The lines as they are set: wrapped at a column, indented, with blank lines, with Markdown marks."""
    for before, line in zip([None, *lines], lines, strict=False):
        if before is not None:
            yield from [Line(-1, "", "")] * (within + (between if line.article != before.article else 0))
        if line.article and line.role == "t":
            text = indent + line.text
            step = column or len(text)
            yield from (line._replace(text=text[start : start + step]) for start in range(0, len(text), step))
        else:
            mark = {"h": "# ", "k": "# ", "s": "## "}.get(line.role, "") if marks else ""
            yield line._replace(text=mark + line.text)


# A subtitle that is exactly as long as a full row and has no blank line or indent beside it cannot be told from text.
UNDECIDABLE = {("kickers and subtitles", "wrapped narrowly")}


@pytest.mark.parametrize(("name", "setting"), [pair for pair in product(PAGES, SETTINGS) if pair not in UNDECIDABLE])
def test_orderly_page_is_cut_at_its_titles(name: str, setting: str) -> None:
    """Each article has its lines and its headline, and furniture is noise."""
    lines = list(set_page(PAGES[name], **SETTINGS[setting]))
    page = parse_page("\n".join(line.text for line in lines).encode(), path="page.txt")
    wanted = {number: line for number, line in enumerate(lines, 1) if line.text}

    split = split_by_rules(page)

    given = {
        number: index
        for index, article in enumerate(split.articles, 1)
        for number in chain.from_iterable(range(first, last + 1) for first, last in article.lines)
        if number in wanted
    }
    assert {number: given.get(number, 0) for number in wanted} == {
        number: line.article for number, line in wanted.items()
    }
    heads = {number for article in split.articles for number in article.headline_lines}
    assert heads == {number for number, line in wanted.items() if line.role == "h"}


@pytest.mark.parametrize(
    ("line", "after", "is_title"),
    [
        ("工会主席来了！", "本报讯（记者王小禾）近日，", True),
        ("“娘家人”来了！", "本报讯（记者王小禾）近日，", True),
        ("加班费怎么算？", "本报记者 王小禾", True),
        ("“学得会！”", "本报讯（记者王小禾）近日，", False),
        ("工会主席来了！", "大家都围上前去，", False),
        ("工会主席来了。", "本报讯（记者王小禾）近日，", False),
    ],
)
def test_line_that_ends_loud_is_a_title_where_a_report_begins(line: str, after: str, *, is_title: bool) -> None:
    """On a page that is in no order as well: what follows tells a headline from words of somebody."""
    page = parse_page(f"下井归来的矿工洗上了舒心澡。\n{line}\n{after}\n".encode(), path="page.txt")

    assert (guess_titles(read_rows(page))[1].kind in TITLES) is is_title
