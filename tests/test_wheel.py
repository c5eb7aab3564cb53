"""The wheel carries prompts, schemas and tables, and works from any folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the freshly built wheel is installed, and nothing of the checkout."""
    built, target = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("target")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", built, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    wheel = next(built.glob("*.whl"))
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel]
    subprocess.run(install, check=True, capture_output=True)
    return target


def _summariser(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "summariser", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONPATH": str(installed), "PYTHONUTF8": "1"},
    )


def test_installed_package_is_the_one_that_runs(installed: Path) -> None:
    """The test below speaks about the wheel, not about the checkout."""
    where = subprocess.run(
        [sys.executable, "-c", "import summariser; print(summariser.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(installed)},
    )

    assert Path(where.stdout.strip()).is_relative_to(installed)


def test_wheel_has_prompts_schemas_tables_and_types(installed: Path) -> None:
    """Everything that is no Python file came along."""
    package = installed / "summariser"

    wanted = [
        "prompts/lock.json",
        "schemas/record/1.json",
        "tables/divisions.csv",
        "disk/ledger_2.sql",
        "disk/ledger_3.sql",
        "templates/project/first-page.txt",
        "py.typed",
    ]

    assert [name for name in wanted if not (package / name).is_file()] == []


def test_no_text_names_the_package_of_a_stranger() -> None:
    """Nobody is told to install `summariser` from the public index, where it is somebody else's."""
    files = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("summariser/**/*.py"), ROOT / "action.yml"]
    told = re.compile(r"pip[^\n`]*install[^\n`]*[\s'\"]summariser\b(?!/)")

    assert [file.name for file in files if told.search(file.read_text(encoding="utf-8"))] == []


def test_wheel_knows_its_prompts(installed: Path) -> None:
    """Prompts are found, and equal their lock, with no checkout around."""
    done = _summariser(installed, "prompts", "list")

    assert done.returncode == 0, done.stderr
    assert "case_study@5" in done.stdout


def test_wheel_replays_a_seed_page(installed: Path) -> None:
    """The whole road works from another folder: page, prompts, cassette, tables, checks, records."""
    done = _summariser(
        installed, "run", str(ROOT / "seeds" / "page-003.txt"), "--replay", "--cassettes", str(ROOT / "cassettes")
    )

    assert done.returncode in (0, 1), done.stderr
    assert len(list(Path("summaries/page-003").glob("*.json"))) == 8
