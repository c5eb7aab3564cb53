"""The two sides of a comparison come from git, from folders or from files; git itself can be taught to show records."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT
from making import FULL_LINES, full_reply, make_page, make_test_record, put_record, result_reply

from summariser.cli.setup import ATTRIBUTE, git_setup, textconv
from summariser.cli.share import diff as verb
from summariser.disk.record_text import dump_json
from summariser.errors import ConfigError, InputError, StoreError
from summariser.reviewing.diff import diff
from summariser.reviewing.differences import DifferenceKind
from summariser.reviewing.git import Git, make_readable, read_histories
from summariser.reviewing.revisions import read_sides

K = DifferenceKind
LINES = (*FULL_LINES[:2], "夜校培训职工327名。", *FULL_LINES[3:])
RESULT = result_reply(text="培训的职工人数", kind="people_trained", value_text="327名", sents=[3])
PAGES = ("page-000", "page-001", "page-002", "page-003")
ARTICLE = "a09228995.json"
RECORD = f"summaries/page-000/{ARTICLE}"
NUMBER = '"value": 327'


def put(folder: Path, *names: str) -> None:
    """A record for each of these pages, below the folder."""
    for name in names:
        put_record(make_page(LINES, name=f"{name}.txt"), folder, results=[RESULT])


def git(*arguments: str, folder: Path | None = None) -> str:
    """What git prints, run by a made-up person."""
    who = ["-c", "user.name=li", "-c", "user.email=li@example.org", "-c", "commit.gpgsign=false"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the records of four pages, in which the tests stand."""
    git("init", "-q", "-b", "main")
    put(tmp_path / "summaries", *PAGES)
    git("add", "-A")
    git("commit", "-qm", "records")
    return tmp_path


def correct_number(folder: Path) -> None:
    """Change one number by hand, as a person does in an editor."""
    file = folder / RECORD
    text = file.read_text(encoding="utf-8")
    assert text.count(NUMBER) == 1
    file.write_text(text.replace(NUMBER, '"value": 372'), encoding="utf-8")


def correct_number_back(folder: Path) -> None:
    """Take the change back."""
    file = folder / RECORD
    file.write_text(file.read_text(encoding="utf-8").replace('"value": 372', NUMBER), encoding="utf-8")


def counts(*words: str) -> dict[DifferenceKind, int]:
    """What changed between what the words mean."""
    return diff(words).counts


def run(*words: str) -> Result:
    """The verb, as from a terminal."""
    return CliRunner().invoke(verb, words, standalone_mode=False)


def test_clean_working_tree_is_no_change(repository: Path) -> None:
    """By default the working tree is compared with the last commit; without a change the exit code is 0."""
    found = run()

    assert (found.return_value, found.stdout.splitlines()[0]) == (0, "No change worth a look in 4 records")


def test_pull_request_is_walked_through(repository: Path) -> None:
    """A number corrected by hand on a branch is told as a changed number and as a person's work."""
    git("checkout", "-qb", "correction")
    correct_number(repository)
    assert counts() == {K.NUMBER_CHANGED: 1}
    git("commit", "-qam", "correct a number")
    assert counts() == {}

    found = run("main...HEAD", "--markdown")

    assert found.return_value == 1
    assert found.stdout.startswith("**1 number changed in 1 record, 1 of them corrected by a person**")
    assert f"({RECORD}#L" in found.stdout
    assert "327" in found.stdout


@pytest.mark.parametrize("words", ["main..other", "main...other", "main other", "main other summaries"])
def test_two_revisions_are_compared(repository: Path, words: str) -> None:
    """Ranges with two and three dots, and two names, compare two commits, whatever the working tree holds."""
    git("checkout", "-qb", "other")
    correct_number(repository)
    git("commit", "-qam", "other")
    git("checkout", "-q", "main")
    (repository / RECORD).unlink()

    assert counts(*words.split()) == {K.NUMBER_CHANGED: 1}


def test_three_dots_leave_out_what_the_other_side_did(repository: Path) -> None:
    """`main...HEAD` says what this branch changed, not what main changed meanwhile."""
    git("checkout", "-qb", "quiet")
    git("commit", "-qm", "nothing", "--allow-empty")
    git("checkout", "-q", "main")
    correct_number(repository)
    git("commit", "-qam", "main goes on")
    git("checkout", "-q", "quiet")

    assert counts("main...HEAD") == {}
    assert K.OVERWRITTEN in counts("main..HEAD")


def test_paths_narrow_the_comparison(repository: Path) -> None:
    """Only what lies below the paths is compared, also from within a folder, also if it is gone."""
    correct_number(repository)
    (repository / f"summaries/page-001/{ARTICLE}").unlink()

    assert counts("summaries/page-000") == {K.NUMBER_CHANGED: 1}
    assert counts("HEAD", f"summaries/page-001/{ARTICLE}") == {K.ARTICLE_REMOVED: 1}
    assert diff(["page-001"], folder=repository / "summaries").counts == {K.ARTICLE_REMOVED: 1}
    assert sum(diff(folder=repository / "summaries").counts.values()) == 2


def test_new_and_staged_files_are_seen(repository: Path) -> None:
    """A record that git does not know yet is an added article; manifest files of pages are none."""
    put(repository / "summaries", "page-004", "page-005")
    git("add", "summaries/page-005")

    assert counts() == {K.ARTICLE_ADDED: 2, K.NEWLY_UNSUPPORTED: 12}  # of either copy, whose verdicts say so


def test_broken_record_is_a_change(repository: Path) -> None:
    """A record that is no JSON, no UTF-8 or a link is named, whatever is wrong with it."""
    for name, content in (("page-001", b"{"), ("page-002", b"\xff\xfe")):
        (repository / f"summaries/{name}/{ARTICLE}").write_bytes(content)
    link = repository / RECORD
    link.unlink()
    link.symlink_to("/etc/passwd")

    found = diff()

    assert found.counts == {K.UNREADABLE: 3}
    assert {change.new for article in found.articles for change in article.changes} == {
        "broken JSON at line 1, column 2: Expecting property name enclosed in double quotes",
        "not UTF-8 in line 1",
        "a symbolic link, which is not followed",
    }
    git("commit", "-qam", "broken")
    git("checkout", "-q", "HEAD~1")
    assert counts("main~1", "main") == {K.UNREADABLE: 3}


def test_folders_and_files_need_no_git(tmp_path: Path) -> None:
    """Two folders, or two record files under any names, are compared outside any repository."""
    for name in ("old", "new"):
        put(tmp_path / name, *PAGES)
    file = tmp_path / f"new/page-000/{ARTICLE}"
    file.write_text(file.read_text(encoding="utf-8").replace(NUMBER, '"value": 372'), encoding="utf-8")
    shutil.copy(file, "other.json")

    assert counts("old", "new") == {K.NUMBER_CHANGED: 1}
    assert counts(f"old/page-000/{ARTICLE}", "other.json") == {K.NUMBER_CHANGED: 1}
    assert counts("old", "old") == {}


@pytest.mark.parametrize(
    "words",
    [("nothing",), ("HEAD", "nothing"), ("main..nothing",), ("-x",), ("..", "..", ".."), ("x" * 5000,), ("a\0b",)],
)
def test_word_that_means_nothing_is_refused(repository: Path, words: tuple[str, ...]) -> None:
    """What is no revision and no path inside is an error that says so, with exit code 2."""
    with pytest.raises((InputError, StoreError)) as caught:
        read_sides(words, folder=repository)

    assert caught.value.exit_code == 2


def test_file_that_is_no_record_is_refused(repository: Path) -> None:
    """A manifest is no broken record."""
    (repository / "summaries" / "page-000.page.json").write_text("{}", encoding="utf-8")

    with pytest.raises(InputError, match="is no record"):
        diff(["summaries/page-000.page.json"])

    assert diff([RECORD]).articles == ()


def test_ambiguous_word_is_refused(repository: Path) -> None:
    """A branch called like a folder is asked about, not guessed."""
    git("branch", "summaries")

    with pytest.raises(InputError, match="both a revision and a path"):
        read_sides(["summaries"], folder=repository)
    assert read_sides(["./summaries"], folder=repository).new_name == "working tree"


def test_outside_a_repository_is_said(tmp_path: Path) -> None:
    """Without a repository there is nothing to compare with, and the error says what to do."""
    with pytest.raises(StoreError, match=r"(?s)not a git repository.*two folders"):
        read_sides([], folder=tmp_path)


def test_repository_without_commits_is_said(tmp_path: Path) -> None:
    """Before the first commit there is no HEAD."""
    git("init", "-q")

    with pytest.raises(InputError, match="HEAD"):
        read_sides([], folder=tmp_path)


def test_json_is_for_machines(repository: Path) -> None:
    """`--json` carries the head line, the counts, the exit code, and for each change path, values and page lines."""
    correct_number(repository)

    found = json.loads(run("--json").stdout)

    change = found["articles"][0]["changes"][0]
    assert (found["counts"], found["exit_code"]) == ({"number_changed": 1}, 1)
    assert (change["path"], change["difference"], change["unit"], change["severity"]) == (
        "case.results[0].quantity.value",
        "45",
        "名",
        "high",
    )
    assert change["lines"] == [[3, 3]]


def test_terminal_obeys_nothing_in_a_record(repository: Path) -> None:
    """Control codes of a record are shown, not sent to the terminal."""
    file = repository / RECORD
    tree = json.loads(file.read_text(encoding="utf-8"))
    tree["case"]["summary"] = "\x1b[31m[bold]红\u202e"
    file.write_text(json.dumps(tree), encoding="utf-8")

    text = run().stdout

    assert "\\x1b[31m[bold]红\\u202e" in text
    assert "\x1b[31m[bold]" not in text


def test_git_setup_is_undone(repository: Path) -> None:
    """What git-setup set is local, said, and taken back without a trace."""
    before = git("config", "--local", "--list"), sorted((repository / ".git/info").iterdir())
    runner = CliRunner()

    said = runner.invoke(git_setup, []).stdout
    assert "diff.summariser.textconv" in git("config", "--local", "--list")
    assert ATTRIBUTE in said
    assert Git(repository).attribute("diff", RECORD) == "summariser"
    assert git("status", "--porcelain") == ""
    runner.invoke(git_setup, ["--undo"])

    assert git("config", "--local", "--list") == before[0]
    assert Git(repository).attribute("diff", RECORD) == "unspecified"
    assert "no setting" in runner.invoke(git_setup, ["--undo"]).stdout


def test_git_shows_records_readably(repository: Path) -> None:
    """After git-setup, `git diff` and `git log -p` show facts as lines, and a changed number as one of them."""
    CliRunner().invoke(git_setup, [])
    correct_number(repository)

    changed = [line for line in git("diff").splitlines() if line.startswith(("+ ", "- "))]
    assert changed == [
        "-      quantity: 327名 = 327 名 (unit_class person, approx exact)",
        "+      quantity: 327名 = 372 名 (unit_class person, approx exact)",
    ]
    git("commit", "-qam", "correct")
    assert changed == [line for line in git("log", "-p", "-1").splitlines() if line.startswith(("+ ", "- "))]


def test_git_setup_names_the_hidden_verb(repository: Path) -> None:
    """The command that git is told to call is this program's `textconv`, by the interpreter that runs it now."""
    CliRunner().invoke(git_setup, [])

    command = git("config", "diff.summariser.textconv").strip()

    assert command.split()[1:] == ["-P", "-E", "-m", "summariser", "textconv", "--form", "2"]
    assert sys.executable in command


LEAVE_A_MARK = "import pathlib; pathlib.Path({!r}).touch()\n"


@pytest.mark.parametrize("name", ["summariser/__init__.py", "summariser/__main__.py", "click.py", "json.py", "os.py"])
def test_git_diff_runs_nothing_of_the_work_tree(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """After git-setup, a checked-out stranger's module is not imported by `git diff` and `git log -p`."""
    mark = tmp_path_factory.mktemp("outside") / "run"
    CliRunner().invoke(git_setup, [])
    hostile = repository / name
    hostile.parent.mkdir(exist_ok=True)
    hostile.write_text(LEAVE_A_MARK.format(str(mark)), encoding="utf-8")
    correct_number(repository)
    git("add", "-A")
    monkeypatch.setenv("PYTHONPATH", ".")

    shown = git("diff", "HEAD", "--", RECORD) + git("log", "-p", "--", RECORD)

    assert "quantity: 327名 = 372 名" in shown
    assert not mark.exists()


def test_git_setup_refuses_a_package_of_the_work_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the programme itself is a checked-out file, a branch would decide what `git diff` runs."""
    monkeypatch.chdir(ROOT)

    found = CliRunner().invoke(git_setup, [])

    assert isinstance(found.exception, ConfigError)
    assert "another environment" in str(found.exception)


@pytest.mark.parametrize("undo", [False, True], ids=["set up", "undo"])
def test_no_hook_of_the_repository_runs(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, *, undo: bool
) -> None:
    """Neither git-setup nor a comparison runs a hook, a file watcher or an outer diff of the repository."""
    mark = tmp_path_factory.mktemp("outside") / "run"
    evil = repository / ".git" / "hooks" / "reference-transaction"
    evil.parent.mkdir(exist_ok=True)
    evil.write_text(f"#!/bin/sh\ntouch {mark}\n", encoding="utf-8")
    evil.chmod(0o755)
    CliRunner().invoke(git_setup, [])
    (repository / ".git/refs/notes/textconv").mkdir(parents=True)
    (repository / ".git/refs/notes/textconv/summariser").write_text(git("rev-parse", "HEAD"), encoding="utf-8")
    for setting in ("core.fsmonitor", "diff.external", "core.pager", "gpg.program", "diff.summariser.command"):
        git("config", setting, str(evil))
    git("config", "log.showSignature", "true")
    mark.unlink(missing_ok=True)
    correct_number(repository)

    CliRunner().invoke(git_setup, ["--undo"] if undo else [])
    diff()
    list(read_histories([repository / RECORD]))

    assert not mark.exists()


def test_no_git_of_the_folder_runs(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program called git in the folder is not taken for git, wherever a search path of this kind looks first."""
    correct_number(repository)
    for name in ("git", "git.exe"):
        (repository / name).write_text("#!/bin/sh\ntouch ran\n", encoding="utf-8")
        (repository / name).chmod(0o755)
    for before in (".", "", "./bin/.."):
        monkeypatch.setenv("PATH", f"{before}{os.pathsep}{os.environ['PATH']}")

        assert len(diff([]).articles) == 1
    assert not (repository / "ran").exists()


def test_a_folder_called_git_is_no_program(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a folder of the search path holds one of that name, git is looked for further on."""
    correct_number(repository)
    (tmp_path / "src" / "git").mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{tmp_path / 'src'}{os.pathsep}{os.environ['PATH']}")

    assert len(diff([]).articles) == 1


def test_without_git_that_is_said(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no git is found, the message says what to install."""
    monkeypatch.setenv("PATH", str(repository))

    with pytest.raises(StoreError, match="git is not installed"):
        diff([])


def test_records_of_a_submodule_are_told_where_they_belong(repository: Path, tmp_path: Path) -> None:
    """What a repository within another holds is no news of the outer one; whoever asks is told where to ask."""
    outer = tmp_path / "outer"
    git("init", "-q", str(outer))
    git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository), "cases", folder=outer)
    git("commit", "-qm", "cases", folder=outer)
    put(outer / "summaries", PAGES[0])

    for words in (["HEAD", "cases"], ["HEAD", "cases/summaries"], ["cases/summaries/page-000"]):
        with pytest.raises(InputError, match=r"Go into it: .*cases"):
            read_sides(words, folder=outer)
    assert len(read_sides(["HEAD", "summaries"], folder=outer).new) == 1
    assert read_sides(["HEAD"], folder=outer / "cases").new == ()


@pytest.mark.parametrize("words", [["HEAD~1", "HEAD"], ["HEAD"]], ids=["two revisions", "working tree"])
def test_partial_clone_loads_nothing(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    """A blob that a partial clone lacks is said to be lacking; the command that would load it is not run."""
    mark = tmp_path_factory.mktemp("outside") / "run"
    old = git("rev-parse", f"HEAD:{RECORD}").strip()
    correct_number(repository)
    git("commit", "-qam", "correct")
    git("config", "core.repositoryFormatVersion", "1")
    git("config", "extensions.partialClone", "origin")
    git("config", "remote.origin.promisor", "true")
    git("config", "remote.origin.url", str(repository))
    git("config", "remote.origin.uploadpack", f"touch {mark};")
    if len(words) == 1:
        old = git("rev-parse", f"HEAD:{RECORD}").strip()
        correct_number_back(repository)
    (repository / ".git/objects" / old[:2] / old[2:]).unlink()

    found = diff(words)
    list(read_histories([repository / RECORD]))

    (change,) = found.articles[0].changes
    assert change.old == "not in this clone, which is partial; git fetch --refetch loads it"
    assert not mark.exists()


def test_readable_lines_hold_what_a_record_says() -> None:
    """Every fact, number, code and page line is in the lines; offsets and long hashes are not."""
    record, _ = make_test_record(make_page(FULL_LINES), json.dumps(full_reply()))
    text = dump_json(record)
    tree = json.loads(text)

    lines = make_readable(text)

    for fact in (*tree["case"]["actions"], *tree["case"]["results"]):
        assert fact["text"] in lines
        assert not fact["evidence"]["quote"] or f"“{fact['evidence']['quote']}” line" in lines
    assert tree["provenance"]["page_sha256"] not in lines
    assert tree["provenance"]["page_sha256"][:8] in lines
    assert not re.search(r"^\W*sents:", lines, re.MULTILINE)
    assert "before: 3年 = 3 年 (unit_class duration, approx exact)" in lines


ODD = (
    "",
    "{",
    "{\x1b[31m\n",
    "[1, null]",
    '"a\\u001bb"',
    '{"lines": 3, "evidence": {}, "quantity": []}',
    "[" * 400 + "]" * 400,
)


@pytest.mark.parametrize("text", ODD)
def test_readable_lines_never_fail(text: str) -> None:
    """Whatever a file holds, git gets text for it, without control codes of ours or theirs."""
    lines = make_readable(text)

    assert lines.endswith("\n") or not lines
    assert "\x1b" not in lines


_ESCAPES = "\x1b]0;a\x07\x9b31m\u202e\u2028\r\n+b"


@pytest.mark.parametrize("where", ["keys", "values"])
def test_readable_lines_of_a_hostile_record_do_nothing_in_a_terminal(where: str) -> None:
    """Neither a name nor a value colours, moves or turns what a reviewer sees, or begins a line of its own."""

    def spoil(value: Any) -> Any:
        if isinstance(value, dict):
            return {f"{key}{_ESCAPES if where == 'keys' else ''}": spoil(item) for key, item in value.items()}
        if isinstance(value, list):
            return [spoil(item) for item in value]
        return f"{value}{_ESCAPES}" if where == "values" and isinstance(value, str) else value

    record, _ = make_test_record(make_page(FULL_LINES), json.dumps(full_reply()))
    quantity = {"raw": "3年", "value": "3", f"unit{_ESCAPES}": "年"}
    tree = {**spoil(json.loads(dump_json(record))), "quantity": quantity}

    lines = make_readable(json.dumps(tree)).splitlines()

    assert all(line.replace("\u3000", " ").isprintable() for line in lines)
    assert not any(line.startswith("+b") for line in lines)


def test_textconv_prints_bytes_that_are_no_text(tmp_path: Path) -> None:
    """A file that is no UTF-8 is shown with escapes."""
    (tmp_path / "a.json").write_bytes(b"\xff{")

    assert CliRunner().invoke(textconv, ["a.json"]).stdout == "\\xff{\n"
