"""The tables of docs/benchmarks.md say what the measured figures say."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks" / "peers"))
from peers_page import compute_ratios, main, render_page

FIGURES = ("benchmarks.md", "benchmarks.json", "benchmarks-peers.json")
SMALL = {
    "quotes": {"summariser": {"seconds": 0.5}, "other": {"seconds": 6.0}},
    "throughput": {
        "bare openai": {"efficiency": 0.8, "replies": 200},
        "summariser, client only": {"efficiency": 0.6, "replies": 200},
    },
    "losses": {"summariser, client only": {"lost": [0, 0]}, "bare openai": {"lost": [40, 60]}},
}


@pytest.fixture
def docs(tmp_path) -> Path:
    """A copy of the page and its figures."""
    for name in FIGURES:
        if (ROOT / "docs" / name).is_file():
            shutil.copy(ROOT / "docs" / name, tmp_path)
    return tmp_path


def test_page_is_in_step() -> None:
    """The tables are what `peers_page.py` makes of the two files."""
    script = ROOT / "benchmarks" / "peers" / "peers_page.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("table", "name", "figure"),
    [("quotes", "langextract, defaults", "seconds"), ("throughput", "bare openai", "efficiency")],
)
def test_changed_figure_is_noticed(docs, capsys, table, name, figure) -> None:
    """A figure that moves without its table is an error until the table is made anew."""
    path = docs / "benchmarks-peers.json"
    peers = json.loads(path.read_text(encoding="utf-8"))
    peers[table][name][figure] *= 2
    path.write_text(json.dumps(peers), encoding="utf-8")

    assert main(["--check", "--docs", str(docs)]) == 1
    assert "out of step" in capsys.readouterr().err
    assert main(["--docs", str(docs)]) == 0
    assert main(["--check", "--docs", str(docs)]) == 0


def test_table_changed_by_hand_is_noticed(docs, capsys) -> None:
    """Nobody improves a figure in the page alone."""
    path = docs / "benchmarks.md"
    page = path.read_text(encoding="utf-8")
    path.write_text(page.replace("| langextract, defaults | ", "| langextract, defaults | 1", 1), encoding="utf-8")

    assert main(["--check", "--docs", str(docs)]) == 1
    assert "out of step" in capsys.readouterr().err


def test_stored_ratios_are_those_of_the_figures() -> None:
    """The ratios beside the figures follow from them."""
    peers = json.loads((ROOT / "docs" / "benchmarks-peers.json").read_text(encoding="utf-8"))

    assert peers["ratios"] == compute_ratios(peers)


def test_ratios_compare_with_ours_and_with_the_bare_client() -> None:
    """Time is over ours, efficiency over the bare client's, kept is a share of all rounds."""
    assert compute_ratios(SMALL) == {
        "quote_time": {"summariser": 1.0, "other": 12.0},
        "efficiency": {"bare openai": 1.0, "summariser, client only": 0.75},
        "kept": {"summariser, client only": 1.0, "bare openai": 0.75},
    }


def test_unknown_table_is_an_error() -> None:
    """A table nobody can make is not left as it is."""
    peers = json.loads((ROOT / "docs" / "benchmarks-peers.json").read_text(encoding="utf-8"))

    with pytest.raises(KeyError):
        render_page("<!-- table: prices -->\n<!-- end -->", peers, None)
