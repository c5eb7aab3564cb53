"""Two versions of a prompt on the same pages: what differs, what got better and what got worse."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT
from faulty_endpoint import Behaviour, running
from making import LINES, case_text, split_reply

from summariser.cli.eval import compare
from summariser.disk.stored import load_records
from summariser.errors import CassetteError, PromptError
from summariser.evaluation.evaluate import EXAMPLES, FieldDifference, compare_fields
from summariser.prompt import lock_entry, parse_prompt
from summariser.schema.case import Case
from summariser.schema.codes import PracticeStatus, Theme
from summariser.schema.record import Record

VERB = "from summariser.cli.eval import compare; compare()"
PAGE = ROOT / "seeds" / "page-003.txt"
PROMPT = "case_study@5"
RIGHT, WRONG = '"primary_theme":"democratic_management"', '"primary_theme":"other"'


@pytest.fixture
def cassettes() -> tuple[Path, Path]:
    """Recordings of a page, and the same with one theme of the model changed."""
    folders = Path("before"), Path("after")
    for folder in folders:
        folder.mkdir()
        shutil.copy(ROOT / "cassettes" / "page-003.yaml", folder)
    _replace(folders[1] / "page-003.yaml", RIGHT, WRONG)
    return folders


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """The committed records of a page."""
    return load_records(ROOT / "summaries" / "page-003")


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def _compare(*arguments: str | Path, prompts: tuple[str, ...] = (PROMPT, PROMPT)) -> Result:
    """The verb, replayed."""
    named = [word for prompt in prompts for word in ("--prompt", prompt)]
    words = [str(PAGE), "--replay", *named, *map(str, arguments)]
    return CliRunner().invoke(compare, words, standalone_mode=False, env={"COLUMNS": "200"})


def _folders(cassettes: tuple[Path, Path]) -> tuple[str | Path, ...]:
    return ("--cassettes", cassettes[0], "--cassettes", cassettes[1])


def _with_case(record: Record, **update: object) -> Record:
    case: Case = record.case.model_copy(update=update)
    return record.model_copy(update={"case": case})


def _by_name(differences: tuple[FieldDifference, ...]) -> dict[str, FieldDifference]:
    return {each.field: each for each in differences}


CHANGES: dict[str, tuple[Callable[[Record], dict[str, object]], set[str]]] = {
    "another theme": (lambda _: {"primary_theme": Theme.OTHER}, {"primary_theme"}),
    "another status": (lambda _: {"practice_status": PracticeStatus.ANNOUNCED}, {"practice_status"}),
    "no lead": (lambda _: {"actors": ()}, {"lead"}),
    "results in another order": (lambda record: {"results": record.case.results[::-1]}, set()),
    "one result less": (
        lambda record: {"results": record.case.results[1:]},
        {"result_kinds", "number_of_results", "quantities"},
    ),
    "a result without its number": (
        lambda record: {"results": tuple(each.model_copy(update={"quantity": None}) for each in record.case.results)},
        {"quantities"},
    ),
    "words only": (lambda _: {"one_line": "别的话。"}, set()),
}


@pytest.mark.parametrize(("change", "fields"), CHANGES.values(), ids=CHANGES)
def test_only_what_differs_is_told(
    records: list[Record], change: Callable[[Record], dict[str, object]], fields: set[str]
) -> None:
    """A field differs if its value does, whatever order lists stand in."""
    record = next(each for each in records if each.case.decision == "union_case" and len(each.case.results) > 1)

    told = compare_fields([record], [_with_case(record, **change(record))])

    assert {each.field for each in told if each.differ.numerator} == fields


def test_share_counts_all_and_examples_are_few(records: list[Record]) -> None:
    """Every record counts in the share; the first few stand as examples with both values."""
    status = PracticeStatus.ANNOUNCED

    told = _by_name(compare_fields(records, [_with_case(each, practice_status=status) for each in records]))

    differ = told["practice_status"]
    assert (differ.differ.numerator, differ.differ.denominator) == (len(records), len(records))
    assert len(differ.examples) == EXAMPLES < len(records)
    assert (differ.examples[0].before, differ.examples[0].after) == (records[0].case.practice_status, "announced")


def test_articles_of_one_side_are_not_compared(records: list[Record]) -> None:
    """What only one prompt made a record of says nothing about fields."""
    assert _by_name(compare_fields(records, records[:2]))["decision"].differ.denominator == 2


def test_same_recordings_differ_in_nothing(cassettes: tuple[Path, Path]) -> None:
    """A prompt beside itself is the same in every field and every figure, and leaves nothing behind."""
    done = _compare("--cassettes", cassettes[0], "--gold", ROOT / "seeds", "--json")

    told = json.loads(done.stdout)
    assert done.return_value == 0
    assert {field["differ"]["numerator"] for field in told["fields"]} == {0}
    assert (told["fell"], told["rose"]) == ([], [])
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["after", "before"]


def test_prompts_released_together_are_compared_together(cassettes: tuple[Path, Path]) -> None:
    """Recordings made with two new prompts hold no request of an old one: both are named."""
    both = f"split@2,{PROMPT}"

    done = _compare("--cassettes", cassettes[0], "--json", prompts=(both, both))

    told = json.loads(done.stdout)
    assert (told["before"], told["failures"]) == (f"split@2, {PROMPT}", [0, 0])
    assert {field["differ"]["denominator"] for field in told["fields"]} == {8}


def test_worse_prompt_is_told_figure_by_figure_and_field_by_field(cassettes: tuple[Path, Path]) -> None:
    """With gold, the figure that fell is named and the exit code is 1; the field is shown with its example."""
    done = _compare(*_folders(cassettes), "--gold", ROOT / "seeds")

    assert done.return_value == 1
    assert "fell: primary theme (all): 83.3 (5/6) to 66.6 (4/6)" in done.stdout
    assert "primary_theme: differs in 1 of 8" in done.stdout
    assert "democratic_management → other" in done.stdout
    assert "decision: same in 8" in done.stdout


def test_better_prompt_rises(cassettes: tuple[Path, Path]) -> None:
    """The other way round the same figure rose."""
    done = _compare(*_folders(cassettes[::-1]), "--gold", ROOT / "seeds")

    assert "rose: primary theme (all): 66.6 (4/6) to 83.3 (5/6)" in done.stdout
    assert "fell:" not in done.stdout


def test_without_gold_nothing_is_better_or_worse(cassettes: tuple[Path, Path]) -> None:
    """A difference alone stops nobody."""
    done = _compare(*_folders(cassettes))

    assert done.return_value == 0
    assert "democratic_management → other" in done.stdout


def test_markdown_is_a_table_of_fields(cassettes: tuple[Path, Path]) -> None:
    """A pull request shows the same, with the marks in text of others escaped."""
    done = _compare(*_folders(cassettes), "--gold", ROOT / "seeds", "--markdown")

    assert "- fell: primary theme (all): 83.3 (5/6) to 66.6 (4/6)" in done.stdout
    assert "| primary\\_theme | differs in 1 of 8 | page-003/" in done.stdout
    assert "democratic\\_management → other" in done.stdout


def test_missing_recording_is_named(cassettes: tuple[Path, Path]) -> None:
    """A prompt that was not recorded is an error that says so, no silent gap."""
    (cassettes[1] / "page-003.yaml").unlink()

    failed = _compare(*_folders(cassettes))

    assert isinstance(failed.exception, CassetteError)
    assert "page-003.yaml" in str(failed.exception)


@pytest.mark.parametrize(
    ("prompts", "error"),
    [
        ((PROMPT, "split@2"), PromptError),
        ((PROMPT, f"split@2,{PROMPT}"), PromptError),
        ((PROMPT, "case_study@99"), PromptError),
    ],
    ids=["different work", "more work", "no such version"],
)
def test_prompts_that_cannot_be_compared_are_refused(prompts: tuple[str, ...], error: type[Exception]) -> None:
    """Two released versions of one prompt are compared, nothing else."""
    assert isinstance(_compare(prompts=prompts).exception, error)


def test_one_prompt_is_no_comparison() -> None:
    """The verb wants two prompts."""
    assert "--prompt twice" in str(_compare(prompts=(PROMPT,)).exception)


# ---- two versions, asked live


@pytest.fixture
def checkout() -> Path:
    """A copy of the package in which a second version of the prompt is released."""
    for name in ("summariser", "prompts", "schemas"):
        shutil.copytree(ROOT / name, Path("checkout", name), ignore=shutil.ignore_patterns("__pycache__"))
    prompts = Path("checkout", "prompts")
    text = (prompts / "case_study" / "4.md").read_text(encoding="utf-8")
    text = text.replace("version: 4", "version: next", 1).replace(
        "# system\n", "# system\nREADS STATUS ANOTHER WAY\n", 1
    )
    (prompts / "case_study" / "next.md").write_text(text, encoding="utf-8")
    lock = json.loads((prompts / "lock.json").read_text(encoding="utf-8"))
    prompt = parse_prompt(text, where="next.md")
    lock[prompt.id] = lock_entry(prompt)
    (prompts / "lock.json").write_text(json.dumps(lock), encoding="utf-8")
    return Path("checkout").resolve()


def _answer(body: dict) -> str:
    """A model that heeds the new prompt."""
    system, user = (message["content"] for message in body["messages"][:2])
    status = "launched" if "READS STATUS ANOTHER WAY" in system else "running"
    return split_reply() if "| " in user else case_text(practice_status=status)


def test_each_side_is_asked_with_its_own_prompt(checkout: Path) -> None:
    """Live, the page is split once for both, the article asked with either prompt, and no record is kept."""
    Path("page-900.txt").write_text("\n".join(LINES), encoding="utf-8")
    with running(Behaviour(answer=_answer)) as endpoint:
        words = ["--prompt", PROMPT, "--prompt", "case_study@next", "--base-url", endpoint.base_url, "--model", "m"]
        done = subprocess.run(
            [sys.executable, "-c", VERB, "page-900.txt", *words, "--json"],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            env={**os.environ, "PYTHONPATH": str(checkout), "PYTHONUTF8": "1"},
        )

    assert done.returncode == 0, done.stderr
    told = {field["field"]: field["examples"] for field in json.loads(done.stdout)["fields"]}
    assert [(each["before"], each["after"]) for each in told["practice_status"]] == [("running", "launched")]
    assert [name for name, examples in told.items() if examples] == ["practice_status"]
    assert len(endpoint.questions) == 3
    assert not Path("summaries").exists()
