"""Tables of the terminal: a cell is broken over lines or written below, never cut."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from summariser.cli.terminal import print_table

HEADER = ["figure", "in all", "of", "brief", "words"]
ROWS = [
    ["people precision", "100.0", "1234567", "99.9", "合同签订率与职工知晓率一并公布"],
    ["a label that is longer than a narrow window", "87.5", "8", "-", "x"],
]


@pytest.mark.parametrize("width", [20, 24, 30, 40, 72, 80, 200])
def test_no_cell_is_cut_at_any_width(width: int) -> None:
    """Numbers stand whole and in one piece, words are all there, and no line is wider than the window."""
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)

    print_table(HEADER, ROWS, console, right={"in all", "of", "brief"}, folded={"words"})

    shown = out.getvalue()
    assert "…" not in shown
    assert all(
        re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", shown) for number in ("100.0", "1234567", "99.9", "87.5")
    )
    assert set("".join(ROWS[0][-1])) <= set(shown)
    assert all(console.measure(line).maximum <= width for line in shown.splitlines())
