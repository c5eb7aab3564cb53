"""The five seed pages: replayed from cassettes, they give the records that are committed, byte for byte."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT

from summariser import summarise
from summariser.api import RunReport
from summariser.disk.stored import find, load_manifest
from summariser.endpoints.cassette import read_cassette, render_cassette
from summariser.errors import CassetteError
from summariser.records.make import check_records

CASSETTES = sorted((ROOT / "cassettes").glob("*.yaml"))
PAGES = sorted(path.stem for path in (ROOT / "seeds").glob("*.txt"))


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunReport, Path]:
    """One replay of all seeds, as `make run` does it."""
    out = tmp_path_factory.mktemp("replayed")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return summarise("seeds/*.txt", replay=True, out=out), out


def test_replay_gives_the_committed_records_byte_for_byte(replayed: tuple[RunReport, Path]) -> None:
    """What a stranger's `make run` writes is what is in the repository."""
    _, out = replayed

    def read(folder: Path) -> dict[str, bytes]:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.json"))}

    assert read(out) == read(ROOT / "summaries")


def test_seeds_become_42_records(replayed: tuple[RunReport, Path]) -> None:
    """Five pages hold 42 articles; each has a record."""
    report, _ = replayed

    assert (len(report.records), report.failures) == (42, 0)


def test_no_recording_is_left_unplayed(replayed: tuple[RunReport, Path]) -> None:
    """Every recorded exchange is asked for, and every cassette belongs to a page."""
    report, _ = replayed

    assert report.unplayed == {}
    pictured = {path.stem for path in (ROOT / "seeds" / "scans").iterdir()}
    assert [path.stem for path in CASSETTES if path.stem not in pictured] == PAGES


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_cassette_says_who_answered_and_holds_no_secret(path: Path) -> None:
    """A cassette names who answered and when, shows Chinese as Chinese, and holds nothing like a key."""
    info = read_cassette(path)

    assert info.answered_by == "desk"
    assert info.recorded_on.year >= 2026
    assert not re.search(r"\bsk-\w{8}|Bearer |authorization:", path.read_text(encoding="utf-8"))
    assert "\\u5de5" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_line_of_a_page_is_accounted_for(page: str) -> None:
    """Each line with text stands in exactly one article or in noise."""
    manifest = load_manifest(ROOT / "summaries" / f"{page}.page.json")
    lines = (ROOT / "seeds" / f"{page}.txt").read_text(encoding="utf-8").splitlines()
    text_lines = [number for number, line in enumerate(lines, 1) if line.strip()]

    ranges = [span for article in manifest.articles for span in article.lines] + list(manifest.noise)
    used = [number for first, last in ranges for number in range(first, last + 1) if number in set(text_lines)]

    assert sorted(used) == text_lines


def test_committed_records_are_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The committed records pass `summariser check`."""
    monkeypatch.chdir(ROOT)

    unsound = [str(item.path) for item in check_records(find([Path("summaries")])) if not item.is_sound]

    assert unsound == []


def test_record_reads_as_a_diff() -> None:
    """Records are UTF-8 with Chinese as Chinese, one value a line, schema first."""
    text = next(find([ROOT / "summaries"])).read_text(encoding="utf-8")

    assert text.splitlines()[1] == '  "$schema": "schemas/record/2.json",'
    assert "\\u" not in text
    assert json.loads(text)["provenance"]["model"] == "desk"


@pytest.mark.parametrize("damage", ["an exchange is gone", "no YAML"])
def test_page_that_cannot_be_played_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    """One recording that lacks an exchange, or is none, is a fault of its page; the others are played (exit code 1)."""
    for name in ("page-000", "page-001"):
        shutil.copy(ROOT / "cassettes" / f"{name}.yaml", tmp_path / f"{name}.yaml")
    spoilt = tmp_path / "page-001.yaml"
    cassette = read_cassette(spoilt)
    whole = render_cassette(cassette.model_copy(update={"exchanges": cassette.exchanges[:-1]}))
    spoilt.write_text("{" if damage == "no YAML" else whole, encoding="utf-8")
    monkeypatch.chdir(ROOT)

    pages = [f"seeds/page-00{number}.txt" for number in range(2)]
    report = summarise(pages, replay=True, cassettes=tmp_path, out=tmp_path / "out")

    assert [outcome.page.page_id for outcome in report.pages] == ["page-000"]
    assert report.failures == 0
    (fault,) = report.unread
    assert "page-001.yaml" in str(fault)
    assert report.exit_code == 1
    with pytest.raises(CassetteError, match=r"page-001\.yaml"):
        summarise(pages[1:], replay=True, cassettes=tmp_path, out=tmp_path / "other")
