"""Pages whose authors knew neither prompts nor code: replayed, they keep the figures of their first measurement."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT

from summariser import summarise
from summariser.api import RunReport
from summariser.cassette import read_cassette
from summariser.evaluation.evaluate import evaluate
from summariser.evaluation.figures import ALL

FOLDER = ROOT / "benchmarks" / "held_out"
PAGES = sorted(path.stem for path in FOLDER.glob("*.txt"))
AT_LEAST = {
    "partition": 1.0,
    "line_pairs_f1": 0.98,
    "articles_exact": 0.97,
    "decision": 0.95,
    "results_found": 0.95,
    "value_bounds": 0.98,
    "approximation_kept": 0.98,
    "people_f1": 0.98,
    "lead_organisation": 0.95,
    "evidence_located": 0.98,
}


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunReport, dict[str, float | None]]:
    """One replay of the pages, and its figures."""
    out = tmp_path_factory.mktemp("held-out")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(out)
        report = summarise(FOLDER, replay=True, cassettes=FOLDER / "cassettes", out=out / "records")
    scopes = {scope.name: scope.figures for scope in evaluate([out / "records"], FOLDER).scopes}
    return report, {name: rate.rate for name, rate in scopes[ALL].items()}


def test_every_recording_is_played(replayed: tuple[RunReport, dict[str, float | None]]) -> None:
    """Every recorded exchange is asked for, and every cassette belongs to a page."""
    report, _ = replayed

    assert (report.failures, report.unplayed) == (0, {})
    assert sorted(path.stem for path in (FOLDER / "cassettes").glob("*.yaml")) == PAGES


@pytest.mark.parametrize("figure", AT_LEAST)
def test_figure_holds(replayed: tuple[RunReport, dict[str, float | None]], figure: str) -> None:
    """The goals of a release hold on pages it was not made with."""
    rate = replayed[1][figure]

    assert rate is not None
    assert rate >= AT_LEAST[figure]


def test_no_number_is_invented(replayed: tuple[RunReport, dict[str, float | None]]) -> None:
    """Every number of every record is one of its article, as the checks read it and by a plain count of digits.

    Six of 1,803 strings of digits stand on their pages in words that the plain count does not know (二三十起, 一成半).
    """
    figures = replayed[1]
    assert figures["numbers_invented"] == 0
    assert round((figures["digits_absent"] or 0) * 1803) <= 6


@pytest.mark.parametrize("page", PAGES)
def test_cassette_says_who_answered(page: str) -> None:
    """A cassette names who answered and holds nothing like a key."""
    path = Path(FOLDER, "cassettes", f"{page}.yaml")

    assert read_cassette(path).answered_by == "desk"
    assert not re.search(r"\bsk-\w{8}|Bearer |authorization:", path.read_text(encoding="utf-8"))
