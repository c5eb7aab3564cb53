"""What release 3 made of a page that nobody tuned to: its figures may not fall."""

from __future__ import annotations

import sys

import pytest
from conftest import ROOT
from making import case_text, make_page, make_test_record

sys.path.insert(0, str(ROOT / "benchmarks"))
from facts_gold import FactScore, replay_page_200, score

LEAST = {"found": 193, "before": 21, "period": 84, "claimant": 40, "part_of": 23, "decisions": 6}


@pytest.fixture(scope="module")
def scored() -> FactScore:
    """The page, made again from its recordings."""
    return replay_page_200()


@pytest.mark.parametrize("name", LEAST)
def test_figure_of_the_held_out_page_holds(scored: FactScore, name: str) -> None:
    """As many facts are right as when the page was recorded."""
    assert getattr(scored, name)[0] >= LEAST[name]


def test_coders_agree_beyond_chance(scored: FactScore) -> None:
    """Author and reader of the page give the links of the chain and the statuses alike."""
    assert (scored.alphas["chain"] or 0) >= 0.8
    assert (scored.alphas["status"] or 0) >= 0.9


def test_gold_without_a_record_finds_nothing(scored: FactScore) -> None:
    """A figure that no result gives is not found, whatever else the record has."""
    record, _ = make_test_record(make_page(), case_text())
    fact = {"words": "7000人", "value": 7000, "subject": "人", "chain": "output", "status": "achieved"}
    gold = [{"headline": record.headline, "decision": "union_case", "facts": [fact]}]

    assert score([record], gold).found == (0, 1)
    assert scored.found[1] == 197
