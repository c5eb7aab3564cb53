"""A project folder of one's own: what `summariser init` makes, and leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from processes import summariser

from summariser import read_page, split_by_rules
from summariser.endpoints.config import read_settings


def test_project_is_ready_to_split_its_first_page(tmp_path: Path) -> None:
    """The settings are valid and name nobody to ask yet; the first page holds two articles."""
    done = summariser("init", tmp_path / "my cases")

    settings = read_settings({}, folder=tmp_path / "my cases")
    articles = split_by_rules(read_page(tmp_path / "my cases" / "pages" / "first-page.txt")).articles

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].endswith("my cases: summariser.toml, .gitignore, pages/first-page.txt. Next:")
    assert settings.model is None
    assert [article.headline for article in articles] == [
        "青河县总工会把法律门诊开到物流园",
        "白杨市纺织工匠学院首批学员结业",
    ]


def test_next_steps_lead_into_the_folder_unless_one_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told to `cd .`; a name with a space can be pasted."""
    monkeypatch.chdir(tmp_path)

    elsewhere, here = summariser("init", "my cases").stdout, summariser("init", ".").stdout

    assert '\n    cd "my cases"\n' in elsewhere
    assert "records, in my cases/summaries\n" in elsewhere
    assert here.startswith("Made in this folder: summariser.toml")
    assert (" cd " in here, "records, in summaries\n" in here) == (False, True)


def test_what_is_there_stays(tmp_path: Path) -> None:
    """A second call changes nothing, and a file of the person's own is never written over."""
    (tmp_path / "summariser.toml").write_text('model = "mine"\n', encoding="utf-8")

    first, second = summariser("init", tmp_path), summariser("init", tmp_path)

    assert (tmp_path / "summariser.toml").read_text(encoding="utf-8") == 'model = "mine"\n'
    assert "summariser.toml" not in first.stdout.splitlines()[0]
    assert "nothing was changed" in second.stdout


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file in the way is an error with exit code 2, not a traceback."""
    (tmp_path / "taken").write_text("", encoding="utf-8")

    done = summariser("init", tmp_path / "taken" / "inside")

    assert done.returncode == 2
    assert "taken" in done.stderr
    assert "Traceback" not in done.stderr
