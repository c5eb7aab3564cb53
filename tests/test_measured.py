"""The measured result beside each released prompt."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT

from summariser.cli.eval import prompts
from summariser.disk.stored import load_records
from summariser.errors import InputError, PromptError
from summariser.evaluation.evaluate import FIGURES, Evaluation, dump_measured, evaluate, measured, read_measured
from summariser.prompt import load_prompt, prompt_versions

VERSIONS = prompt_versions(ROOT / "prompts")
# `eval` wants lines, the gold of pictures has boxes: figures of split@3 are in docs/quality.md. Verdicts have no gold.
UNMEASURED = {"split@3", "verify@1"}
RELEASED = [f"{name}@{each}" for name, versions in VERSIONS.items() for each in versions]
RELEASED = [spec for spec in RELEASED if spec not in UNMEASURED]
NEWEST = [spec for name in VERSIONS if (spec := load_prompt(name, folder=ROOT / "prompts").id) not in UNMEASURED]
PAGES = sorted(path for path in (ROOT / "summaries").iterdir() if path.is_dir() and path.name != "ocr")
TODAY = date(2026, 11, 20)


def _made_by(spec: str) -> list[Path]:
    """The pages of the seeds whose records a prompt made; one page was recorded with the release before."""
    made = {folder: load_records(folder)[0].provenance for folder in PAGES}
    return [folder for folder, by in made.items() if spec in {by.prompt, by.split_prompt}]


def _prompts(*arguments: str | Path) -> Result:
    return CliRunner().invoke(prompts, list(map(str, arguments)), standalone_mode=False, env={"COLUMNS": "300"})


@pytest.mark.parametrize("spec", RELEASED)
def test_released_prompt_has_its_measured_result(spec: str) -> None:
    """No prompt is released without its figures, and they are few enough to read."""
    result = read_measured(spec, folder=ROOT / "prompts")

    assert result is not None
    assert 8 <= len(result.figures) <= 15
    assert len(result.what) > 20


@pytest.mark.parametrize("spec", NEWEST)
def test_figures_of_the_newest_version_are_those_of_the_seeds_now(spec: str, seeds_now: Evaluation) -> None:
    """What stands beside a prompt is what `summariser eval` says of the committed records that it made."""
    kept = read_measured(spec, folder=ROOT / "prompts")
    made = _made_by(spec)
    now = seeds_now if len(made) == len(PAGES) else evaluate(made, ROOT / "seeds")

    assert kept is not None
    assert len(now.gold) >= 4
    assert measured(spec, now, what=kept.what, on=kept.measured_on) == kept


def test_result_is_read_as_it_was_written(tmp_path: Path, seeds_now: Evaluation) -> None:
    """Written and read again it is the same, and each figure is one line of a diff."""
    result = measured("split@2", seeds_now, what="x", on=TODAY)
    (tmp_path / "split").mkdir()
    (tmp_path / "split" / "2.json").write_text(dump_measured(result), encoding="utf-8")

    assert read_measured("split@2", folder=tmp_path) == result
    assert sum('"numerator"' in line for line in dump_measured(result).splitlines()) == len(FIGURES["split"].split())


def test_unmeasured_prompt_has_no_result(tmp_path: Path) -> None:
    """A prompt without a file was not measured yet."""
    assert read_measured("split@2", folder=tmp_path) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"prompt": "split@2"}'])
def test_broken_result_is_refused(tmp_path: Path, content: str) -> None:
    """A file that is no result is named."""
    (tmp_path / "split").mkdir()
    (tmp_path / "split" / "2.json").write_text(content, encoding="utf-8")

    with pytest.raises(PromptError, match=r"split/2\.json"):
        read_measured("split@2", folder=tmp_path)


def test_result_of_another_prompt_is_refused(tmp_path: Path, seeds_now: Evaluation) -> None:
    """A file copied from the last version is not the next one's result."""
    (tmp_path / "split").mkdir()
    text = dump_measured(measured("split@2", seeds_now, what="x", on=TODAY))
    (tmp_path / "split" / "3.json").write_text(text, encoding="utf-8")

    with pytest.raises(PromptError, match="is the result of split@2"):
        read_measured("split@3", folder=tmp_path)


def test_records_of_another_prompt_are_refused(seeds_now: Evaluation) -> None:
    """Figures go to the prompt that made the records."""
    with pytest.raises(InputError, match="not made with case_study@99"):
        measured("case_study@99", seeds_now, what="x", on=TODAY)


def test_prompt_of_an_unknown_name_is_refused(seeds_now: Evaluation) -> None:
    """Which figures a prompt answers for is decided, not guessed."""
    with pytest.raises(PromptError, match="poem"):
        measured("poem@1", seeds_now, what="x", on=TODAY)


def test_list_shows_the_first_figures() -> None:
    """Beside each prompt stand its first figures as so many of so many, the model and the day."""
    shown = _prompts("list").stdout
    assert max(map(len, shown.splitlines())) < 1000, "no line is filled up with spaces"

    for spec in RELEASED:
        kept = read_measured(spec, folder=ROOT / "prompts")
        assert kept is not None
        first = kept.figures[FIGURES[spec.partition("@")[0]].split()[0]]
        lines = shown.splitlines()
        at = next(number for number, line in enumerate(lines) if line.startswith(spec))
        assert f"{first.numerator}/{first.denominator}" in lines[at + 2]
        assert f"({kept.models}, {kept.measured_on})" in lines[at + 2]


def test_measure_prints_the_file() -> None:
    """The command prints what is kept, with the day and the words it was given."""
    words = ("measure", NEWEST[0], _made_by(NEWEST[0])[-1], "--gold", ROOT / "seeds")

    told = json.loads(_prompts(*words, "--what", "the seeds", "--on", "2026-11-20").stdout)

    assert (told["prompt"], told["what"], told["measured_on"]) == (NEWEST[0], "the seeds", "2026-11-20")
    assert told["figures"].keys() == set(FIGURES[NEWEST[0].partition("@")[0]].split())
