"""Lines that OCR ran together across a gutter are cut in two where their neighbours show the gutter."""

from __future__ import annotations

from pathlib import Path

import pytest

from summariser.pages.placed import PlacedLine, find_cuts
from summariser.readers.dispatch import read_pages
from summariser.schema.page import Box

LETTER = 20
COLUMN = 12 * LETTER
FULL = "夜校开设三门课程近两百名"  # 12 characters


def line(number: int, row: int, left: float, text: str, *, letter: int = LETTER) -> PlacedLine:
    """A line of letters as wide as they are high."""
    top = row * 30.0
    return PlacedLine(number, text, Box(left, top, left + len(text) * letter, top + letter), letter)


def columns(rows: int, together: dict[int, str], *, gutter: float = LETTER) -> list[PlacedLine]:
    """Two columns side by side; the rows in `together` are one line."""
    lines: list[PlacedLine] = []
    for row in range(rows):
        if text := together.get(row):
            merged = line(len(lines), row, 0, text)
            lines.append(merged._replace(box=merged.box._replace(right=2 * COLUMN + gutter)))
        else:
            lines += [line(len(lines), row, 0, FULL), line(len(lines) + 1, row, COLUMN + gutter, FULL)]
    return lines


@pytest.mark.parametrize("gutter", [LETTER, 2, -2], ids=["wide", "narrow", "boxes that touch"])
def test_line_across_a_gutter_is_cut_there(gutter: float) -> None:
    """The characters are shared out by the width of the columns; the next line run together changes nothing."""
    lines = columns(9, {4: "临" * 12 + "河" * 12, 5: "区" * 12 + "总" * 12}, gutter=gutter)

    cuts = find_cuts(lines)

    assert {lines[number].text[: cut.length] for number, cut in cuts.items()} == {"临" * 12, "区" * 12}
    assert all(abs(cut.start - COLUMN) <= LETTER and abs(cut.end - COLUMN - gutter) <= 1 for cut in cuts.values())


def test_blank_in_the_gutter_tells_the_place() -> None:
    """Where the engine read the gutter as a blank beside the reckoned place, the blank wins."""
    lines = columns(9, {4: "临" * 11 + " " + "河" * 12})

    (cut,) = find_cuts(lines).values()

    assert cut.length == 11


@pytest.mark.parametrize(
    "lines",
    [
        columns(9, {0: FULL * 2}),
        columns(9, {0: FULL * 2, 1: FULL * 2, 2: FULL * 2}),
        [line(row, row, 0, FULL * 2) for row in range(9)],
        [*columns(9, {}), line(99, 4, 0, FULL, letter=2 * LETTER)],
        [line(0, 0, 0, FULL)],
        [],
    ],
    ids=["first line", "opening set across columns", "one wide column", "headline", "one line", "no line"],
)
def test_line_without_neighbours_on_all_sides_stays_whole(lines: list[PlacedLine]) -> None:
    """What the lines above and below do not bear out is not cut."""
    assert find_cuts(lines) == {}


def test_page_has_both_parts_in_their_columns(tmp_path: Path) -> None:
    """Read from a file, the two parts stand in their columns, each with its own box."""
    rows = "".join(
        f'<span class="ocr_line" title="bbox {left} {40 * row} {right} {40 * row + 24}">{text}</span>'
        for row in range(1, 11)
        for left, right, text in (
            [(0, 500, "甲" * 10 + "乙" * 10)] if row == 6 else [(0, 240, "甲" * 10), (260, 500, "乙" * 10)]
        )
    )
    path = tmp_path / "page.html"
    path.write_text(f"<html><body><div class='ocr_page' title='bbox 0 0 500 500'>{rows}</div></body></html>", "utf-8")

    (page,) = read_pages(path)

    assert page.lines == ("甲" * 10,) * 10 + ("乙" * 10,) * 10
