"""What the documents tell people to type is typed here: in a project of one's own, against a loopback endpoint."""

from __future__ import annotations

import ast
import builtins
import contextlib
import os
import pty
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from batch_endpoint import BatchEndpoint, running_batches
from conftest import ROOT
from faulty_endpoint import Behaviour, FaultyEndpoint
from making import LINES, case_text, split_reply
from processes import summariser

from summariser.cli import cli

READMES = (ROOT / "README.md", ROOT / "README.zh.md")
DOCUMENTS = (*READMES, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
_COMMAND = re.compile(r"^    (?P<line>(?:summariser|make|pip|python3?|py|cd|export|source|\.venv\S+) .*)$", re.M)
# Lines that are no command of ours to run here, each with where it is tried.
ELSEWHERE = {
    "pip install .": "test_wheel.py",
    "python3 -m venv .venv": "test_wheel.py",
    ".venv/bin/pip install .": "test_wheel.py",
    "source .venv/bin/activate": "the shell's",
    ".venv/bin/summariser init ../my-cases": "the same as `summariser init ../my-cases`",
    "py -m venv .venv": "Windows",
    r".venv\Scripts\pip install .": "Windows",
    r".venv\Scripts\summariser run seeds\*.txt --replay": "Windows",
    r".venv\Scripts\summariser init ..\my-cases": "Windows",
    r"summariser init ..\my-cases": "Windows",
    r"cd ..\my-cases": "Windows",
    "cd ../my-cases": "the folder of these tests",
    "export DEEPSEEK_API_KEY=...": "set for these tests",
    "summariser desk": "test_desk.py, which serves it",
    "summariser serve": "test_workbench.py, which serves it",
}

BEFORE = {  # what the document says to type first
    "summariser changes COPY --apply changes.jsonl": ("summariser changes --since v1 --json > changes.jsonl",)
}


def _commands() -> list[str]:
    """Every line that a document tells to type, without its comment, once."""
    found = [match["line"] for path in DOCUMENTS for match in _COMMAND.finditer(path.read_text(encoding="utf-8"))]
    return sorted({re.split(r"\s{2,}#|\s{4,}", line)[0].strip() for line in found})


def _typed_here(path: Path) -> tuple[list[str], set[str]]:
    """What a README tells to type: lines of its blocks in their order without comments, and words of ours in prose."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"^    (?=\S)(?!.* -> )(.*)$", text, re.M)  # the road (a -> b) is a picture
    blocks += [line for block in _blocks(path, "python") for line in block.splitlines()]
    spans = set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text))
    links = set(re.findall(r"\]\(([^)]+)\)", text)) - {each.name for each in READMES}
    return [re.split(r"\s{2,}#|  # (?!start|value)", line)[0].rstrip() for line in blocks], spans | links


def _answer(body: dict) -> str:
    return split_reply() if "| " in body["messages"][1]["content"] else case_text()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[FaultyEndpoint]:
    """An endpoint that answers as a good model would."""
    with running_batches(BatchEndpoint(Behaviour(answer=_answer))) as opened:
        yield opened


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, endpoint: FaultyEndpoint) -> Path:
    """A clone with a project beside it, as the README makes it: a page of one's own, run once, in git, tagged."""
    folder = tmp_path_factory.mktemp("docs") / "my-cases"
    assert _run(["summariser", "init", str(folder)], folder.parent, endpoint).returncode == 0
    (folder / "pages" / "first-page.txt").unlink()
    (folder / "pages" / "page-017.txt").write_text("\n".join(LINES), encoding="utf-8")
    for name in ("seeds", "benchmarks"):
        (folder / name).symlink_to(ROOT / name)
    record = "summariser run pages --provider deepseek --model deepseek-flash --record"
    done = _run(shlex.split(record), folder, endpoint)
    assert done.returncode == 0, done.stderr
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-qb", "main"], ["add", "summaries", "pages"], ["commit", "-qm", "records"], ["tag", "v1"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    subprocess.run(["git", "config", "user.name", "A Reader"], cwd=folder, check=True)
    shutil.copytree(folder / "summaries", folder / "COPY")
    return folder


def _typed(line: str, folder: Path) -> list[str]:
    """The words of a command, with * as a shell reads it."""
    words = shlex.split(line)
    return [str(each) for word in words for each in (sorted(folder.glob(word)) if "*" in word else [word])]


def _press_q(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Type a command at a terminal, and q until it ends."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-P", "-m", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=folder, stdin=theirs, text=True, encoding="utf-8", **pipes) as process:
        while process.poll() is None:
            os.write(ours, b"q")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.3)
        out, err = process.communicate()
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def _run(command: list[str], folder: Path, endpoint: FaultyEndpoint) -> subprocess.CompletedProcess[str]:
    """Type a command in the folder; the address alone is another one. `> FILE` keeps what is printed."""
    keys = dict.fromkeys(("DEEPSEEK_API_KEY", "DASHSCOPE_API_KEY"), "key")
    environment = keys | {"SUMMARISER_BASE_URL": endpoint.base_url, "COLUMNS": "100"}
    command, kept = (command[:-2], folder / command[-1]) if ">" in command else (command, None)
    if command[0] == "summariser" and "--dask" not in command:  # Dask starts processes like this one
        with contextlib.chdir(folder):
            done = summariser(*command[1:], **environment)
    else:
        typed = [sys.executable, "-P", "-m", *command] if command[0] == "summariser" else command
        done = subprocess.run(
            typed,
            cwd=folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    if kept:
        kept.write_text(done.stdout, encoding="utf-8")
    return done


def test_documents_hold_commands() -> None:
    """The commands are found; a line that is tried elsewhere is still in a document."""
    commands = _commands()

    assert len(commands) > 25
    assert [line for line in ELSEWHERE if line not in commands] == []


def _options_of(verb: str) -> set[str]:
    """The options of a verb and of the verbs below it."""
    found, waiting = {"--help"}, [cli.get_command(click.Context(cli), verb)]
    while waiting:
        command = waiting.pop()
        assert command is not None, verb
        found |= {name for each in command.params if isinstance(each, click.Option) for name in each.opts}
        found |= {name for each in command.params for name in each.secondary_opts}
        waiting += command.commands.values() if isinstance(command, click.Group) else []
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_prose_names_verbs_and_options_that_there_are(path: Path) -> None:
    """`summariser VERB --option` in a sentence names what the command line takes, as do the blocks, which are typed."""
    spans = re.findall(r"`((?:[A-Z_]+=\S+ )*summariser [^`\n]*)`", path.read_text(encoding="utf-8"))
    for span in spans:
        verb, _, rest = span.partition("summariser ")[2].partition(" ")
        if re.fullmatch("[a-z][a-z-]+", verb):
            assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= _options_of(verb), span


def test_readmes_of_both_languages_say_the_same() -> None:
    """The Chinese README has every command, option, file and picture of the English one, and links lead both ways."""
    (english, english_words), (chinese, chinese_words) = map(_typed_here, READMES)

    assert chinese == english
    assert chinese_words == english_words
    assert "(README.zh.md)" in READMES[0].read_text(encoding="utf-8")
    assert "(README.md)" in READMES[1].read_text(encoding="utf-8")


@pytest.mark.parametrize("line", [line for line in _commands() if line not in ELSEWHERE])
def test_command_of_a_document_works(line: str, project: Path, endpoint: FaultyEndpoint) -> None:
    """Each command ends with 0, or with 1 where there is something to look at."""
    if line.startswith("make "):
        done = subprocess.run(["make", "-n", *line.split()[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    elif line == "summariser review":
        done = _press_q(shlex.split(line), project)
    elif line.startswith(("python", ".venv")):
        script = shlex.split(line)[1]
        assert (ROOT / script).is_file()
        return
    else:
        for each in (*BEFORE.get(line, ()), line):
            done = _run(_typed(each, project), project, endpoint)

    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr


def _blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(encoding="utf-8"), re.S)


def test_library_example_of_the_readme_runs() -> None:
    """The ten lines run in a clone, and say what their comments say."""
    (code,) = _blocks(ROOT / "README.md", "python")
    for name in ("seeds", "cassettes"):
        Path(name).symlink_to(ROOT / name)
    if (ROOT / "summaries" / "ocr").is_dir():  # what OCR recognised in a clone is there already
        shutil.copytree(ROOT / "summaries" / "ocr", "summaries/ocr")
    command = [sys.executable, "-P", "-c", code]

    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)

    assert done.returncode == 0, done.stderr
    told = [comment for comment in re.findall(r"  # ([^\n]+)", code) if comment[0].isdigit()]
    assert len(told) == 2
    assert [comment for comment in told if comment not in done.stdout.splitlines()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_library_examples_import_what_they_use(path: Path) -> None:
    """Every example that begins with an import names nothing that it has not made or imported."""
    text = path.read_text(encoding="utf-8")
    indented = re.findall(r"(?:^    (?:from|import) [^\n]*\n(?:(?: {4}[^\n]*)?\n)*)", text, re.M)
    for block in map(textwrap.dedent, indented):
        tree = ast.parse(block)
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        made |= {alias.asname or alias.name for node in ast.walk(tree) for alias in getattr(node, "names", ())}
        assert {node.id for node in names} - made - set(dir(builtins)) == set()


def test_docstrings_name_documents_that_are_there() -> None:
    """Who follows a source finds it: the field guide is docs/record.md, and its parts are called by their names."""
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "summariser").rglob("*.py")}
    named = {name for text in texts.values() for name in re.findall(r"docs/[\w-]+\.md", text)}

    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
    assert [path.name for path, text in texts.items() if re.search(r"(?<!docs/)\brecord\.md|docs of the", text)] == []


def test_money_of_the_example_is_counted_once(project: Path, endpoint: FaultyEndpoint) -> None:
    """The query of docs/export.md runs, and leaves out results of which it cannot be told what is part of what."""
    (query,) = _blocks(ROOT / "docs" / "export.md", "sql")
    words = ["summariser", "export", str(ROOT / "summaries"), "--to", "sqlite", "-o", "all.sqlite"]
    assert _run(words, project, endpoint).returncode == 0

    with sqlite3.connect(project / "all.sqlite") as connection:
        rows = connection.execute(query).fetchall()
        parts = connection.execute("SELECT value FROM results WHERE page_id = 'page-001' AND article_id = 'a6b5442e5'")
        assert {136610, 38000, 8610} <= {value for (value,) in parts}

    assert rows
    assert all(count >= 1 for _, count, *_ in rows)
    assert 136610 + 38000 + 8610 not in {value for row in rows for value in row[1:]}
