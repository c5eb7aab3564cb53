"""What runs on GitHub: pinned, with least permissions, and the script of the action as a runner would run it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from making import LINES, failure_of, make_page, put_record, result_reply
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from processes import summariser

from summariser.disk.record_text import dump_json
from summariser.schema.record import FailureReason, Record

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FILES = [*WORKFLOWS, ROOT / "action.yml"]
PINNED = re.compile(r"uses: ([\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./)$")
SHA = "0123456789abcdef0123456789abcdef01234567"
ALLOWED = {
    "checks.yml": [{"contents": "read"}],
    "records.yml": [{"contents": "read"}],
    "comment.yml": [{}, {"actions": "read", "pull-requests": "write"}],
}

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")
needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="no jq on this machine")


def _values(tree: Any, key: str) -> Iterator[Any]:
    """Every value of a key, at any depth."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name == key:
                yield value
            yield from _values(value, key)
    elif isinstance(tree, list):
        for item in tree:
            yield from _values(item, key)


def _load(path: Path) -> dict[Any, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit(path: Path) -> None:
    """A tag can be moved; a commit cannot."""
    lines = [line.strip().removeprefix("- ") for line in path.read_text(encoding="utf-8").splitlines()]
    used = [line for line in lines if line.startswith("uses:")]

    assert len(used) == len(list(_values(_load(path), "uses")))
    assert [line for line in used if not PINNED.match(line)] == []


def test_pins_are_whole() -> None:
    """What is installed by the pins alone lacks nothing: whatever a pinned package needs is pinned as well."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    packages = [each for each in metadata.distributions() if canonicalize_name(each.metadata["Name"]) in pinned]
    needed = [Requirement(each) for package in packages for each in package.requires or ()]

    assert len(packages) > len(pinned) / 2
    assert [
        each
        for each in needed
        if (each.marker is None or each.marker.evaluate({"extra": ""})) and canonicalize_name(each.name) not in pinned
    ] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_permissions_are_least(path: Path) -> None:
    """Each workflow names its permissions, and they are these and no more."""
    assert list(_values(_load(path), "permissions")) == ALLOWED[path.name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_expression_stands_in_a_script(path: Path) -> None:
    """What a stranger wrote comes to a script through its environment, where it is not read as code."""
    assert [script for script in _values(_load(path), "run") if "${{" in script and "matrix." not in script] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_secret_and_no_privileged_checkout(path: Path) -> None:
    """Nothing names a secret, runs on pull_request_target, or runs a pull request's files with the right to write."""
    text = path.read_text(encoding="utf-8")

    assert "secrets." not in text
    assert "pull_request_target" not in text
    if "workflow_run:" in text:
        assert list(_values(_load(path), "uses")) == []
        assert "git " not in "".join(_values(_load(path), "run"))


def _git(*words: str) -> None:
    name = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *name, *words], check=True, capture_output=True)


def _commit() -> None:
    _git("add", "--all")
    _git("commit", "--quiet", "--allow-empty", "--message", "records")


@pytest.fixture
def repository() -> Path:
    """A repository in the working folder, with two pages and the record of the first, the other one uncommitted."""
    paths = []
    for name in ("page-900", "page-901"):
        Path(f"{name}.txt").write_text("\n".join(LINES), encoding="utf-8")
        record = put_record(make_page(name=f"{name}.txt"), Path("summaries"))
        paths.append(Path("summaries", name, f"{record.article_id}.json"))
    last = paths[-1].read_bytes()
    paths[-1].unlink()
    _git("init", "--quiet")
    _commit()
    paths[-1].write_bytes(last)
    return paths[-1]


def _write_command(path: Path, lines: str) -> str:
    path.write_text(f"#!/usr/bin/env bash\n{lines}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def _review(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script as the runner does: everything through the environment; what it calls is called in this process.

    Shape: its command writes its words into one pipe and waits for the exit code in another; with `SUMMARISER` it is
    another command.
    """
    runner = tmp_path / "runner"
    runner.mkdir()
    asked, told, out, err = (runner / name for name in ("asked", "told", "out", "err"))
    os.mkfifo(asked)
    os.mkfifo(told)
    lines = f'printf "%s\\0" "$@" >"{asked}"; read -r code <"{told}"; cat "{out}"; cat "{err}" >&2; exit "$code"'
    variables = {
        "SUMMARISER": _write_command(runner / "summariser", lines),
        "RUNNER_TEMP": str(runner),
        "GITHUB_STEP_SUMMARY": str(runner / "summary.md"),
        "GITHUB_OUTPUT": str(runner / "output"),
        "GITHUB_REPOSITORY": "someone/cases",
        "HEAD_SHA": SHA,
        **environment,
    }

    def run() -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["bash", ROOT / ".github" / "scripts" / "review.sh"],
            env={**os.environ, "PYTHONUTF8": "1", **variables},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        asked.write_bytes(b"")  # nobody asks any more
        return done

    with ThreadPoolExecutor(1) as aside:
        done = aside.submit(run)
        while words := asked.read_bytes().decode():
            called = summariser(*words.split("\0")[:-1])
            out.write_text(called.stdout, encoding="utf-8")
            err.write_text(called.stderr, encoding="utf-8")
            told.write_text(f"{called.returncode}\n", encoding="utf-8")
        return done.result()


def _outputs(tmp_path: Path) -> dict[str, str]:
    lines = (tmp_path / "runner" / "output").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


@needs_bash
def test_review_of_a_new_record_names_it(repository: Path, tmp_path: Path) -> None:
    """A sound new record: exit 0, the head says so, and a link leads to the file in the reviewed commit."""
    _commit()
    command = _write_command(tmp_path / "command", f'exec "{sys.executable}" -m summariser "$@"')

    done = _review(tmp_path, SUMMARISER=command)

    review = Path(_outputs(tmp_path)["markdown"]).read_text(encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert review.startswith("**Every record is what its page gives.**")
    assert f"https://github.com/someone/cases/blob/{SHA}/{repository.as_posix()}" in review
    assert (tmp_path / "runner" / "summary.md").read_text(encoding="utf-8") == review
    assert (_outputs(tmp_path)["sound"], _outputs(tmp_path)["changed"]) == ("true", "true")


@needs_bash
@pytest.mark.parametrize(("strict", "code"), [("false", 0), ("true", 1)])
def test_record_to_review_fails_a_strict_check_only(repository: Path, tmp_path: Path, strict: str, code: int) -> None:
    """What a sound record marks as not borne out is counted in the head; whether it fails the check, STRICT says."""
    put_record(make_page(name="page-901.txt"), Path("summaries"), results=[result_reply(value_text="近300名")])
    _commit()

    done = _review(tmp_path, STRICT=strict)

    review = Path(_outputs(tmp_path)["markdown"]).read_text(encoding="utf-8")
    assert re.search(r"2 records checked, all sound; 1 to review; 1 of \d+ facts not borne out", review)
    assert (done.returncode, _outputs(tmp_path)["sound"]) == (code, "false" if code else "true")


@needs_bash
def test_review_without_a_change_says_so(repository: Path, tmp_path: Path) -> None:
    """A pull request that touches no record: exit 0, nothing changed."""
    _commit()
    _commit()

    done = _review(tmp_path)

    assert done.returncode == 0
    assert _outputs(tmp_path)["changed"] == "false"


@needs_bash
def test_review_fails_on_a_number_the_page_does_not_bear_out(repository: Path, tmp_path: Path) -> None:
    """A changed number: exit 1, the finding as code, and the change below it."""
    _commit()
    text = repository.read_text(encoding="utf-8")
    changed = re.sub(r'"value": (\d+)', lambda found: f'"value": {int(found[1]) + 1}', text, count=1)
    assert changed != text
    repository.write_text(changed, encoding="utf-8")
    _commit()

    done = _review(tmp_path)

    review = Path(_outputs(tmp_path)["markdown"]).read_text(encoding="utf-8")
    assert done.returncode == 1
    verdict, _, findings = review.partition("\n\n")
    assert re.fullmatch(r"\*\*A person should look: \d+ records checked, 1 of them unsound; .*\.\*\*", verdict)
    assert findings.startswith(f"    {repository.as_posix()}: ")
    assert "<details>" in review
    assert _outputs(tmp_path)["sound"] == "false"


@needs_bash
def test_failed_article_stands_in_the_head_line(repository: Path, tmp_path: Path) -> None:
    """An article without a record: exit 1, the head counts it, and nothing is called borne out."""
    _commit()
    record = Record.model_validate_json(repository.read_text(encoding="utf-8"))
    failure = failure_of(record, reason=FailureReason.REFUSAL)
    repository.unlink()
    repository.with_name(f"{record.article_id}.failure.json").write_text(dump_json(failure), encoding="utf-8")
    _commit()

    done = _review(tmp_path)

    review = Path(_outputs(tmp_path)["markdown"]).read_text(encoding="utf-8")
    head, *_, compared = [line for line in review.splitlines() if line.startswith("**")]
    assert done.returncode == 1
    assert "1 article without a record" in head
    assert "1 failure appeared" in compared
    assert "borne out" not in review


@needs_bash
def test_hostile_file_stays_code_in_the_review(repository: Path, tmp_path: Path) -> None:
    """A file that is no record fails the review; no line of it leaves the code block, whatever it is called."""
    name = "x` @everyone <img src=x> ```.json"
    _commit()
    repository.with_name(name).write_text('{"$schema": "schemas/</details>\\n# loud"}', encoding="utf-8")
    _commit()

    done = _review(tmp_path)

    review = Path(_outputs(tmp_path)["markdown"]).read_text(encoding="utf-8")
    assert done.returncode == 1
    assert [line for line in review.splitlines() if line.startswith("#")] == []
    findings = review.partition("\n\n")[2].partition("\n\n**")[0]
    assert all(line.startswith("    ") for line in findings.splitlines())


@needs_bash
@pytest.mark.parametrize(
    ("environment", "said"),
    [({"BASE": "no-such-branch"}, "could not be compared"), ({"RECORDS": "no-such-folder"}, "could not be checked")],
    ids=["no base", "no records"],
)
def test_review_that_cannot_run_exits_2(
    repository: Path, tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    """What could not be looked at is never called sound."""
    _commit()

    done = _review(tmp_path, **environment)

    assert done.returncode == 2
    assert said in Path(_outputs(tmp_path)["markdown"]).read_text(encoding="utf-8")
    assert all(line.startswith("| ") for line in done.stderr.splitlines())


@needs_bash
@pytest.mark.parametrize(("verb", "said"), [("check", "could not be checked"), ("diff", "could not be compared")])
def test_part_that_wrote_nothing_is_said(repository: Path, tmp_path: Path, verb: str, said: str) -> None:
    """A part that ends without a word, whatever its exit code, is no verdict."""
    _commit()
    lines = f'[ "$1" = {verb} ] && exit 1\nexec "{tmp_path}/runner/summariser" "$@"'

    done = _review(tmp_path, SUMMARISER=_write_command(tmp_path / "silent", lines))

    review = Path(_outputs(tmp_path)["markdown"]).read_text(encoding="utf-8")
    assert done.returncode == 2
    assert f"**The records {said}.**" in review
    assert f"summariser {verb} wrote nothing" in review


# A stand-in for GitHub's own command: it answers as the API does, and keeps what it was sent.
GH = f"""#!{sys.executable}
import json, os, shutil, sys
words, world = sys.argv[1:], json.load(open(os.environ["WORLD"], encoding="utf-8"))
url = next((word for word in words if word.startswith("repos/")), "")
if words[:2] == ["run", "download"]:
    shutil.copytree(os.environ["ARTIFACT"], words[words.index("--dir") + 1])
elif "--input" in words:
    with open(os.environ["SENT"], "w", encoding="utf-8") as sent:
        json.dump([words[words.index("--method") + 1], url, json.load(open("body.json", encoding="utf-8"))], sent)
elif url.endswith("/artifacts"):
    print("true")
elif url.endswith("/comments"):
    print(world["comment"])
elif "/pulls/" in url:
    print(world["head"])
"""


def _comment(tmp_path: Path, *, number: str, review: str, head: str = SHA, comment: str = "") -> Any:
    """Run the script of comment.yml against the stand-in; what was sent, or the exit status."""
    artifact, sent, world = tmp_path / "artifact", tmp_path / "sent.json", tmp_path / "world.json"
    artifact.mkdir()
    (artifact / "number").write_text(number, encoding="utf-8")
    (artifact / "review.md").write_text(review, encoding="utf-8")
    world.write_text(json.dumps({"head": head, "comment": comment}), encoding="utf-8")
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(GH, encoding="utf-8")
    gh.chmod(0o755)
    (script,) = _values(_load(ROOT / ".github" / "workflows" / "comment.yml"), "run")
    variables = {"REPOSITORY": "someone/cases", "RUN_ID": "1", "HEAD_SHA": SHA, "TMPDIR": str(tmp_path)}
    files = {"WORLD": str(world), "ARTIFACT": str(artifact), "SENT": str(sent)}
    path = f"{gh.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, **variables, **files, "PATH": path, "PYTHONUTF8": "1"},
        capture_output=True,
        check=False,
    )
    return json.loads(sent.read_text(encoding="utf-8")) if sent.exists() else done.returncode


@needs_bash
@needs_jq
@pytest.mark.parametrize(
    ("comment", "method", "url"),
    [("", "POST", "repos/someone/cases/issues/7/comments"), ("42", "PATCH", "repos/someone/cases/issues/comments/42")],
    ids=["first", "again"],
)
def test_one_comment_is_kept_up_to_date(tmp_path: Path, comment: str, method: str, url: str) -> None:
    """The first review makes a comment with a hidden marker, the next one replaces it; `$(code)` in it is text."""
    sent = _comment(tmp_path, number="7\n", review='$(touch pwned) `近200名` "\n', comment=comment)

    assert sent[:2] == [method, url]
    assert sent[2]["body"] == '<!-- summariser records review -->\n$(touch pwned) `近200名` "\n'


@needs_bash
@needs_jq
@pytest.mark.parametrize(
    ("number", "review", "head", "status"),
    [
        ("7; touch pwned", "fine", SHA, 1),
        ("7/../8", "fine", SHA, 1),
        ("", "fine", SHA, 1),
        ("7", "字" * 70_000, SHA, 1),
        ("7", "fine", "f" * 40, 0),
        ("7", "fine", "", 0),
    ],
    ids=["a command", "a path", "nothing", "too long", "another commit", "closed"],
)
def test_no_comment_for_an_artifact_that_lies(tmp_path: Path, number: str, review: str, head: str, status: int) -> None:
    """No number, too long a review, a commit that is not the head of an open pull request: nothing is sent."""
    assert _comment(tmp_path, number=number, review=review, head=head) == status


def test_pre_commit_hook_checks_records_only(tmp_path: Path) -> None:
    """The hook runs `summariser check` on record files, and not on page manifests or failures."""
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]

    wanted, left_out = re.compile(hook["files"]), re.compile(hook["exclude"])
    stem = "summaries/page-000"
    names = [f"{stem}/a1.json", f"{stem}.page.json", f"{stem}/a1.failure.json", "x.json"]
    chosen = [name for name in names if wanted.search(name) and not left_out.search(name)]

    assert hook["entry"] == "summariser check"
    assert chosen == ["summaries/page-000/a1.json"]
