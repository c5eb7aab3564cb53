"""The gate: the figures of the seeds may not fall below the accepted ones, unless these are moved, with a reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT

from summariser.cli.eval import evaluate_records
from summariser.errors import InputError, StoreError
from summariser.evaluation.evaluate import (
    Evaluation,
    FigureChanges,
    compare_figures,
    dump_evaluation,
    parse_baseline,
    read_baseline,
)
from summariser.evaluation.figures import metrics

BASELINE = ROOT / "benchmarks" / "baseline.json"


def _compare(evaluation: Evaluation, change: Callable[[Any], object]) -> FigureChanges:
    """The evaluation against itself, with the figures that it had before."""
    content = json.loads(dump_evaluation(evaluation))
    change(content)
    return compare_figures(evaluation, parse_baseline(json.dumps(content).encode(), Path("b.json")), Path("b.json"))


def _figures(content: Any, scope: str) -> Any:
    return next(each["figures"] for each in content["scopes"] if each["name"] == scope)


def _eval(*options: str | Path) -> Result:
    """The verb, over a copy of the records of one page."""
    shutil.copytree(ROOT / "summaries" / "page-003", "summaries/page-003", dirs_exist_ok=True)
    shutil.copy(ROOT / "summaries" / "page-003.page.json", "summaries")
    arguments = ["--gold", str(ROOT / "seeds"), *map(str, options)]
    return CliRunner().invoke(evaluate_records, arguments, standalone_mode=False)


def test_no_figure_of_the_seeds_falls_below_the_baseline(seeds_now: Evaluation) -> None:
    """What was accepted stays reached: mend what fell, or move the baseline in the same change and say why."""
    comparison = compare_figures(seeds_now, read_baseline(BASELINE), BASELINE)

    fell = [(each.scope, each.figure, each.before.rate, each.after and each.after.rate) for each in comparison.fell]
    assert [each for each in fell if each[1] in {metric.name for metric in metrics() if metric.gated}] == []


def test_baseline_says_why_it_was_accepted() -> None:
    """A baseline is moved by a person, with a reason, and guards every figure there is."""
    baseline = read_baseline(BASELINE)

    assert len(baseline.reason) > 20
    assert baseline.scopes[0].figures.keys() == {metric.name for metric in metrics()}


def test_baseline_keeps_no_better_figure_back(seeds_now: Evaluation) -> None:
    """A change that raises a figure moves the baseline too, so that the gain cannot be lost unseen."""
    assert compare_figures(seeds_now, read_baseline(BASELINE), BASELINE).rose == ()


def test_evaluation_equals_itself(seeds_now: Evaluation) -> None:
    """Written and read again, nothing fell and nothing rose."""
    assert _compare(seeds_now, lambda _: None) == FigureChanges(fell=(), rose=())


class Moved(NamedTuple):
    """A figure of the baseline that was otherwise, what is said of it now, and whether that stops a merge."""

    scope: str
    figure: str
    rate: float
    verb: str
    stops: bool


CHANGES = {
    "a share was higher": Moved("all", "place", 0.99, "fell", stops=True),
    "a share was lower": Moved("all", "place", 0.5, "rose", stops=False),
    "there was less of what should be little": Moved("kind:feature", "needs_review", 0.0, "fell", stops=True),
    "there was more of what should be little": Moved("kind:brief", "repaired", 0.9, "rose", stops=False),
    "a figure that stops nobody was higher": Moved("all", "organisations_strict", 0.99, "fell", stops=False),
    "a page alone was higher": Moved("page:page-001", "place", 0.99, "", stops=False),
    "a coefficient was higher": Moved("all", "theme_set_alpha", 0.99, "fell", stops=True),
}


@pytest.mark.parametrize("moved", CHANGES.values(), ids=CHANGES)
def test_changes_have_a_direction(seeds_now: Evaluation, moved: Moved) -> None:
    """Every figure knows whether more or less is better, and whether its fall stops a merge."""
    figure = (moved.scope, moved.figure)

    comparison = _compare(seeds_now, lambda content: _figures(content, figure[0])[figure[1]].update(rate=moved.rate))

    fell = [(each.scope, each.figure) for each in comparison.fell]
    rose = [(each.scope, each.figure) for each in comparison.rose]
    assert fell == [figure] * (moved.verb == "fell")
    assert rose == [figure] * (moved.verb == "rose")
    assert comparison.stops is moved.stops


def test_figure_that_is_gone_stops(seeds_now: Evaluation) -> None:
    """A figure of the baseline that is no longer measured counts as fallen."""

    def rename(content: Any) -> None:
        figures = _figures(content, "all")
        figures["old_figure"] = figures.pop("place")

    assert _compare(seeds_now, rename).stops


def test_other_gold_is_not_compared(seeds_now: Evaluation) -> None:
    """Figures measured on other gold, or on other pages, say nothing about these."""
    with pytest.raises(InputError, match="page-001"):
        _compare(seeds_now, lambda content: content["gold"].update({"page-001": "0"}))
    with pytest.raises(InputError, match="page-002"):
        _compare(seeds_now, lambda content: content["gold"].pop("page-002"))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"reason": "x"}', '{"reason": 1, "gold": {}, "scopes": []}'])
def test_broken_baseline_is_refused(content: str) -> None:
    """A file of another kind is no baseline, and is named."""
    with pytest.raises(InputError, match=r"b\.json"):
        parse_baseline(content.encode(), Path("b.json"))


def test_table_names_every_figure() -> None:
    """The terminal shows each figure, and fits 80 columns."""
    shown = _eval().stdout

    assert all(metric.label in shown for metric in metrics())
    assert max(map(len, shown.splitlines()[: len(metrics())])) <= 80
    assert "…" not in shown


def test_json_is_a_baseline_of_one_figure_a_line(tmp_path: Path) -> None:
    """What `--json` prints is accepted by `--baseline`, and reads as a diff."""
    printed = _eval("--json", "--reason", "the first figures").stdout
    (tmp_path / "b.json").write_text(printed, encoding="utf-8")

    compared = _eval("--baseline", tmp_path / "b.json")

    assert compared.return_value == 0
    assert "Not below the baseline" in compared.stderr
    assert "misses" not in json.loads(printed)
    assert sum('"place": {"numerator": ' in line for line in printed.splitlines()) == len(json.loads(printed)["scopes"])


def test_fall_is_said_and_exits_1(tmp_path: Path) -> None:
    """A figure below the baseline is named with what it was and is; what rose is named too."""
    content = json.loads(_eval("--json").stdout)
    _figures(content, "all")["place"].update(numerator=7, denominator=8, rate=0.875)
    _figures(content, "all")["decision"].update(rate=0.5)
    (tmp_path / "b.json").write_text(json.dumps(content), encoding="utf-8")
    record = Path("summaries/page-003/af34b5fc9.json")
    record.unlink()
    record.with_name("a5ce2b8ef.json").unlink()

    done = CliRunner().invoke(
        evaluate_records,
        ["--gold", str(ROOT / "seeds"), "--baseline", str(tmp_path / "b.json")],
        standalone_mode=False,
    )

    assert done.return_value == 1
    assert "fell: place at the printed level (all): 87.5 (7/8) to 75.0 (6/8)" in " ".join(done.stderr.split())
    assert "rose: scope decision (all)" in " ".join(done.stderr.split())


def test_misses_are_listed(tmp_path: Path) -> None:
    """Each miss is shown with article, field, gold, what the record has, and the page lines."""
    shown = " ".join(_eval("--misses").stdout.split())

    assert "wrong page-003 a3 a5ce2b8ef: value_bounds, results[1].quantity gold: “上限为10万元”" in shown
    assert "got: “上限为10万元” = 100000 [..100000] 元 (at_most), sentence 4, 10 lines 67: " in shown
    assert json.loads(_eval("--json", "--misses").stdout)["misses"]


def test_markdown_shows_text_of_others_as_text() -> None:
    """Nothing a page or a model says is Markdown in a pull request, or a control code."""
    _eval()
    record = Path("summaries/page-003/af34b5fc9.json")
    content = json.loads(record.read_text(encoding="utf-8"))
    content["case"]["actors"][0]["name"] = "|<img src=x>\n[a](b)\u001b[31m"
    record.write_text(json.dumps(content), encoding="utf-8")
    arguments = ["--gold", str(ROOT / "seeds"), "--markdown", "--misses"]

    shown = CliRunner().invoke(evaluate_records, arguments, standalone_mode=False).stdout

    assert "\\|\\<img src=x\\>" in shown
    assert "\u001b" not in shown
    assert "\n[a]" not in shown
    assert "| headline | 100.0 |" in shown


def test_markdown_tells_changes_too(tmp_path: Path) -> None:
    """A pull request shows what changed against the baseline."""
    content = json.loads(_eval("--json").stdout)
    _figures(content, "all")["place"].update(rate=0.5)
    (tmp_path / "b.json").write_text(json.dumps(content), encoding="utf-8")

    shown = _eval("--markdown", "--baseline", tmp_path / "b.json").stdout

    assert "- rose: place at the printed level" in shown


def test_missing_baseline_is_said_before_anything_is_measured() -> None:
    """A wrong path costs no time."""
    failed = _eval("--baseline", "nowhere.json")

    assert isinstance(failed.exception, StoreError)
    assert "nowhere.json" in str(failed.exception)
