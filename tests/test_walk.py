"""A walk through a pull request, as the people in it take it: one page, a new prompt, a correction by hand."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from faulty_endpoint import Behaviour, running
from making import LINES, case_reply, case_text, make_page, make_test_record, result_reply, split_reply

from summariser.disk.record_text import dump_json

NEW_RULE = "每条成果都要核对单位。"  # what the next version of the prompt adds
SLIP = {"text": "夜校服务的人次", "kind": "service_uses", "value_text": "3门", "subject": "课程"}


def _answer(body: dict) -> str:
    """The model behind the recording: by the new prompt it rewords an action and adds a result, with a slip in it."""
    first, second = body["messages"][:2]
    if "| " in second["content"]:
        return split_reply()
    if NEW_RULE not in first["content"]:
        return case_text()
    reply = case_reply()
    more = {**reply["results"][0], **SLIP}
    action = {**reply["actions"][0], "text": "区总工会把夜校办进纺织园。"}
    return json.dumps(reply | {"results": [*reply["results"], more], "actions": [action]}, ensure_ascii=False)


def _run(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path("tool").resolve()), "PYTHONUTF8": "1", **environment},
    )


def _summariser(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The tool of this walk, with its own prompts; `-P` keeps the working folder from being imported."""
    return _run(sys.executable, "-P", "-m", "summariser", *arguments)


def _git(*arguments: str) -> str:
    name = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    done = _run("git", *name, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _commit(message: str) -> None:
    _git("add", "page-900.txt", "summaries", "cassettes", "tool/prompts")
    _git("commit", "--quiet", "--message", message)


def _new_prompt() -> None:
    """The next version of the case prompt, released as CONTRIBUTING.md says."""
    folder = Path("tool/prompts/case_study")
    text = (folder / "5.md").read_text(encoding="utf-8")
    text = text.replace("version: 5\n", "version: 6\n", 1).replace("# system\n", f"# system\n{NEW_RULE}\n", 1)
    (folder / "6.md").write_text(text, encoding="utf-8")
    done = _run(sys.executable, "tool/scripts/generate.py")
    assert done.returncode == 0, done.stderr


def _record() -> Path:
    (path,) = Path("summaries/page-900").glob("a*.json")
    return path


def _correct(path: Path) -> None:
    """What a person does in an editor: the second result becomes what the page has, with its words."""
    record = json.loads(path.read_text(encoding="utf-8"))
    right = result_reply(**SLIP | {"value_text": "5000余人次", "subject": "服务"})
    made, _ = make_test_record(make_page(), case_text(results=[right]))
    record["case"]["results"][1] = json.loads(dump_json(made))["case"]["results"][0]
    path.write_text(json.dumps(record, ensure_ascii=False, indent=2), encoding="utf-8")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a page, a tool, and recordings of what a model said to the old and to the new prompt."""
    folder = tmp_path_factory.mktemp("walk")
    with contextlib.chdir(folder):
        for name in ("summariser", "prompts", "schemas", "scripts"):
            shutil.copytree(ROOT / name, Path("tool", name))  # with what is compiled: nothing has to be compiled anew
        Path("page-900.txt").write_text("\n".join(LINES), encoding="utf-8")
        _git("init", "--quiet", "--initial-branch", "main")
        with running(Behaviour(answer=_answer)) as endpoint:
            asked = ("--record", "--base-url", endpoint.base_url, "--model", "test-model", "--out")
            assert _summariser("run", "page-900.txt", *asked, "summaries").returncode == 0
            _commit("Records by the first prompt")
            _new_prompt()
            done = _summariser("run", "page-900.txt", "--prompt", "case_study@6", *asked, "elsewhere")
            assert done.returncode == 0, done.stderr + done.stdout
        shutil.rmtree("elsewhere")
        shutil.rmtree(".summariser")  # from here on there are the recordings and nothing else
    return folder


@pytest.fixture
def recorded(walked: Path) -> None:
    """That repository in the working folder."""
    shutil.copytree(walked, Path.cwd(), dirs_exist_ok=True)


def test_walk_through_a_pull_request(recorded: None) -> None:
    """A new prompt is replayed and compared; a number corrected by hand passes `check` and outlives the next run."""
    _git("switch", "--quiet", "--create", "better-prompt")
    replay = ("run", "page-900.txt", "--replay", "--prompt", "case_study@6")
    assert _summariser(*replay).returncode == 0
    _commit("Records by the second prompt")

    compared = _summariser("diff", "main...HEAD", "--markdown")
    assert compared.returncode == 1, compared.stderr
    assert compared.stdout.startswith("**1 fact added, 1 reworded in 1 record**")
    assert "`区总工会在纺织园办夜校。`" in compared.stdout
    assert "`区总工会把夜校办进纺织园。`" in compared.stdout

    path = _record()
    _correct(path)
    corrected = path.read_bytes()
    checked = _summariser("check")
    assert checked.returncode == 0, checked.stdout
    assert "The record was edited after it was written" in " ".join(checked.stdout.split())

    again = _summariser(*replay)
    assert (again.returncode, "kept_edited" in again.stderr) == (1, True), "a person is told that the run differs"
    assert path.read_bytes() == corrected

    compared = _summariser("diff", "--markdown")
    assert compared.returncode == 1
    assert compared.stdout.startswith("**1 fact added, 1 fact removed in 1 record, 1 of them corrected by a person**")
    assert "- before: `夜校服务的人次：3门`" in compared.stdout
    assert "- now: `夜校服务的人次：5000余人次`" in compared.stdout
    _commit("Correct the visits")
    assert _summariser("diff", "HEAD").returncode == 0


def test_check_stops_a_correction_that_the_page_does_not_bear_out(recorded: None) -> None:
    """A number typed wrong is found by `check`, with what the page says, and the next run keeps it all the same."""
    path = _record()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"value": 200', '"value": 2000', 1), encoding="utf-8")

    checked = _summariser("check")

    assert checked.returncode == 1
    assert "= 2,000" in checked.stdout
    assert "= 200 " in checked.stdout
    _summariser("run", "page-900.txt", "--replay", "--prompt", "case_study@6")
    assert '"value": 2000' in path.read_text(encoding="utf-8")
