"""Records and failures as a person reads them in the terminal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT

from summariser.cli.records import show
from summariser.disk.record_text import dump_json
from summariser.disk.stored import find, load_record
from summariser.numbers.quantity import find_quantities

FAILURE = {
    "$schema": "schemas/failure/1.json",
    "article_id": "a22222222",
    "page_id": "page-003",
    "headline": "夜校开课",
    "lines": [[4, 6], [9, 9]],
    "reason": "invalid_reply",
    "message": "no usable reply after asking 1 time",
    "prompt": "case_study@1",
    "model": "small-model",
    "attempts": [
        {
            "request_key": "sha256:0",
            "reply_text": "对不起，\n我不会。",
            "findings": [{"path": "$", "severity": "structural", "rule": "no_json", "message": "No JSON object."}],
        }
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page's folder with its records, a failure and a broken file."""
    copy = shutil.copytree(ROOT / "summaries" / "page-003", tmp_path / "page-003")
    (copy / "a22222222.failure.json").write_text(json.dumps(FAILURE), encoding="utf-8")
    (copy / "a33333333.json").write_text('{"a": 1,,}', encoding="utf-8")
    return copy


def _show(*arguments: object) -> Result:
    return CliRunner().invoke(show, [*map(str, arguments)], env={"COLUMNS": "160"}, standalone_mode=False)


def test_folder_is_shown_past_what_is_broken(folder: Path) -> None:
    """Every record and failure of a folder is shown; a broken file is told and hides none of them."""
    done = _show(folder)

    assert done.return_value == 1
    assert done.stdout.count("needs review:") == 8
    assert "a22222222: no record" in done.stdout
    assert "a33333333.json" in done.stderr


def test_an_article_that_nobody_signed_is_shown_without_a_name(folder: Path) -> None:
    """The line of the source ends with the sort of the article."""
    path = min(path for path in folder.glob("a????????.json") if path.name != "a33333333.json")
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(record | {"bylines": []}), encoding="utf-8")

    (line,) = [line for line in _show(path).stdout.splitlines() if "seeds/page-003.txt, lines" in line]

    assert line.rstrip(" │").endswith(f"; {record['kind']}")


def test_failure_is_shown_as_what_it_is(folder: Path) -> None:
    """Of a failure: the article, what was asked of whom, what came back, what was wrong, what to do."""
    done = _show(folder / "a22222222.failure.json")

    assert done.return_value == 0
    told = [
        "夜校开课",
        "lines 4-6, 9",
        "case_study@1",
        "small-model",
        "对不起，\n我不会。",
        "No JSON object.",
        "--fresh",
    ]
    assert [words for words in told if words not in done.stdout] == []


def test_number_is_shown_with_what_it_is_reckoned_by(folder: Path) -> None:
    """A number of each month says so; rows that would be empty are left out, and so is the line of no kicker."""
    path = next(each for each in find([folder]) if load_record(each).case.results)
    record = load_record(path)
    (quantity,) = find_quantities("每月补贴300元")
    result = record.case.results[0].model_copy(update={"quantity": quantity})
    case = record.case.model_copy(update={"results": (result,), "place": None, "policy_frames": ()})
    path.write_text(dump_json(record.model_copy(update={"case": case, "kicker": None})), encoding="utf-8")

    shown = _show(path).stdout

    assert "300元/月" in shown
    assert [line for line in shown.splitlines() if line.strip(" │") in {"", "place", "frames"}] == []


@pytest.mark.parametrize("given", ["a33333333.json", "nothing.json"])
def test_nothing_that_can_be_shown_is_an_error(folder: Path, given: str) -> None:
    """Exit code 2 where no file could be shown; one that could makes it 1."""
    assert _show(folder / given).return_value == 2
    assert _show(folder / given, folder / "a22222222.failure.json").return_value == 1


def test_facts_have_the_names_that_findings_give_them(folder: Path) -> None:
    """Each fact stands under its path, its number whole."""
    path = next(find([folder]))

    shown = _show(path).stdout

    assert [name for name, _ in load_record(path).case.facts() if name not in shown] == []
    assert "…" not in shown


def test_files_are_shown_in_the_order_given() -> None:
    """Files stand in the order of the command line, as often as they are named."""
    first, second = list(find([ROOT / "summaries" / "page-003"]))[:2]

    shown = _show(second, first, second).stdout

    assert shown.index(second.stem) < shown.index(first.stem) < shown.rindex(second.stem)


def test_endless_text_is_cut_and_says_so(folder: Path) -> None:
    """Of a text of half a megabyte the beginning is shown, and how much is missing."""
    failure = folder / "a22222222.failure.json"
    failure.write_text(json.dumps(FAILURE | {"headline": "工" * 500_000}), encoding="utf-8")

    shown = _show(failure).output

    assert "480,000 more characters not shown" in " ".join(shown.replace("│", "").split())
    assert shown.count("工") < 20_100


def test_json_is_the_file_as_it_is(folder: Path) -> None:
    """With --json the bytes of the file are printed, of a failure too."""
    path = folder / "a22222222.failure.json"

    assert _show("--json", path).stdout == path.read_text(encoding="utf-8")
