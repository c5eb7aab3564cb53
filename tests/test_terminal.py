"""Tables of the terminal: a cell is broken over lines or written below, never cut."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT
from rich.cells import cell_len
from rich.console import Console

from summariser.cli import cli, print_table

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


def test_piped_output_is_not_folded() -> None:
    """What goes to another program has each finding, row and paragraph on one line, unless COLUMNS says a width."""
    piped, narrow = (
        CliRunner().invoke(cli, [*VERBS[name]], env={"COLUMNS": width}, standalone_mode=False).stdout
        for name, width in (("check", None), ("check", "80"))
    )
    findings = [line for line in piped.splitlines() if str(ROOT) in line]

    assert findings
    assert max(map(len, findings)) > 100
    assert len(piped.splitlines()) < len(narrow.splitlines())
    assert len(piped.splitlines()) == len(findings) + 1
    shown = CliRunner().invoke(cli, VERBS["show"], env={"COLUMNS": None}, standalone_mode=False).stdout
    assert max(map(len, shown.splitlines())) < 5_000


def test_lines_of_a_chinese_paragraph_are_filled(tmp_path: Path) -> None:
    """White space in a Chinese sentence ends no line: every line but the last is as wide as the terminal."""
    page = tmp_path / "a.txt"
    page.write_text("工会开课\n本报讯（记者 王小明）" + "近日临河区总工会在纺织园办起职工书屋，" * 12, encoding="utf-8")

    words = ["split", str(page), "--rules"]
    shown = CliRunner().invoke(cli, words, env={"COLUMNS": "60"}, standalone_mode=False).stdout
    lines = [line for line in shown.splitlines() if line.startswith("  ") and "lines" not in line]

    assert len(lines) > 5
    assert {cell_len(line) for line in lines[1:-1]} <= {59, 60}


VERBS = {
    "show": ["show", str(ROOT / "summaries" / "page-003")],
    "eval": ["eval", str(ROOT / "summaries" / "page-003"), "--gold", str(ROOT / "seeds")],
    "check": ["check", str(ROOT / "summaries" / "page-003")],
    "prompts": ["prompts", "list"],
    "split": ["split", str(ROOT / "seeds" / "page-003.txt"), "--rules"],
    "dry run": ["run", str(ROOT / "seeds" / "*.txt"), "--dry-run", "--provider", "desk"],
    "dry run of all": ["run", str(ROOT / "seeds" / "*.txt"), "--dry-run", "--all", "--provider", "desk"],
    "run": ["run", str(ROOT / "seeds" / "page-003.txt"), "--replay", "--cassettes", str(ROOT / "cassettes"), "--out=o"],
}


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("arguments", VERBS.values(), ids=VERBS)
def test_no_verb_writes_wider_than_the_terminal(arguments: list[str], width: int) -> None:
    """What a verb tells fits 80 columns, and 60, without a cell cut off."""
    done = CliRunner().invoke(cli, arguments, env={"COLUMNS": str(width)}, standalone_mode=False)

    lines = done.stdout.splitlines()
    assert done.exception is None, done.output
    assert lines
    wide = [line for line in lines if cell_len(line) > width and str(ROOT) not in line]  # a path stays in one piece
    assert wide == []
    assert not [line for line in lines if line.rstrip().endswith("…")]
