"""The quantities of the gold articles: what was found and right once stays so."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from quantity_gold import Score, score_page

# Found right, and quantities that the gold does not name; a better reader raises the first and lowers the second.
RIGHT = {"seeds": 268, "benchmarks/held_out": 1168}
BESIDES = {"seeds": 10, "benchmarks/held_out": 13}


def _score(folder: Path) -> tuple[Score, list[str]]:
    """The sum over the gold files of a folder."""
    total, notes = Score(), []
    for path in sorted(folder.glob("page-*.gold.json")):
        page, told = score_page(path)
        total = total.plus(page)
        notes += told
    return total, notes


@pytest.mark.parametrize("folder", RIGHT)
def test_gold_quantities_are_found_as_often_as_ever(folder: str) -> None:
    """No change of the reader loses a quantity of the gold, nor reads more that is none."""
    total, notes = _score(ROOT / folder)

    assert total.right >= RIGHT[folder], "\n".join(notes)
    assert total.besides <= BESIDES[folder], "\n".join(notes)
