"""Records of version 1 are read, shown and written as of version 2, and nothing of them is lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT
from processes import summariser

from summariser.cli import cli
from summariser.disk.record_text import OlderRecordWarning, is_edited
from summariser.disk.stored import load_record
from summariser.errors import BrokenRecordError
from summariser.schema.codes import ResultKind, Support, SupportFrom
from summariser.schema.record import Record


def _read(path: Path) -> Record:
    with pytest.warns(OlderRecordWarning):
        return load_record(path)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The examples of version 1 in a folder of their own, the pages beside them."""
    shutil.copytree(ROOT / "tests" / "data" / "record_1", tmp_path / "summaries")
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds", ignore=shutil.ignore_patterns("scans"))
    return tmp_path / "summaries"


def _upgrade(folder: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["upgrade", str(folder), *options], standalone_mode=False)
    return result.return_value, result.output


def test_older_record_is_read_with_nothing_lost(stored: Path) -> None:
    """Facts, numbers, findings and review are those of the file; what version 1 did not know is null."""
    path = stored / "page-000" / "a03993e69.json"
    old, record = json.loads(path.read_text(encoding="utf-8")), _read(path)

    case = record.case
    assert [actor.name for actor in case.actors] == [actor["name"] for actor in old["case"]["actors"]]
    assert [result.value_text for result in case.results] == [each["value_text"] for each in old["case"]["results"]]
    assert case.results[0].quantity is not None
    assert case.results[0].quantity.per == "篇"
    assert [(result.chain, result.claimant, result.part_of) for result in case.results] == [(None, None, None)] * 5
    assert {actor.support for actor in case.actors} == {Support.WORDS}
    assert {result.support for result in case.results} == {Support.SENTENCES}
    assert {fact.support_by for _, fact in case.facts()} == {SupportFrom.CODE}
    assert case.actors[0].evidence.quote == "湛山疗养院"
    assert [group.group.value for group in case.beneficiaries] == old["case"]["beneficiaries"]
    assert record.review.state == old["review"]["state"]
    assert (record.source.newspaper, record.text.sentences, record.corrections) == (None, (), ())
    assert not is_edited(record)


def test_edited_older_record_is_known_as_edited(stored: Path) -> None:
    """A record that a person edited counts as edited after it was read and after it was written anew."""
    path = stored / "page-000" / "a03993e69.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("漂流读书", "漂流阅读"), encoding="utf-8")

    assert is_edited(_read(path))
    _upgrade(stored)
    assert is_edited(load_record(path))
    assert "漂流阅读" in load_record(path).case.one_line


def test_renamed_codes_are_read_by_their_present_name(stored: Path) -> None:
    """A kind that the codebook has renamed is the present one."""
    path = stored / "page-000" / "a03993e69.json"
    text = path.read_text(encoding="utf-8").replace('"kind": "participants"', '"kind": "floor_area"')
    path.write_text(text, encoding="utf-8")

    assert ResultKind("dimensions") in {result.kind for result in _read(path).case.results}


def test_upgrade_adds_what_the_page_says(stored: Path) -> None:
    """Newspaper, sentences, the place of the time and of each number come from the page; the file is of version 2."""
    path = stored / "page-000" / "a03993e69.json"
    code, output = _upgrade(stored)

    record = load_record(path)
    assert (code, "2 upgraded" in output) == (0, True)
    assert (record.source.newspaper, record.source.issue_date) == ("云汀日报", "2026-04-20")
    assert record.text.sentences[0].n == 1
    assert record.case.time is not None
    assert (record.case.time.edtf, record.case.time.evidence.quote) == ("2024", "2024年")
    assert [(span.of, span.quote) for span in record.case.results[2].evidence.spans] == [
        ("value", "327名"),
        ("subject", "疗休养职工"),
    ]
    assert not is_edited(record)
    assert _upgrade(stored)[1].startswith("Records: 2 present")


def test_upgrade_keeps_review_and_leaves_words_out_where_asked(stored: Path) -> None:
    """What a person decided stays; without text the sentences keep their places only."""
    path = stored / "page-000" / "a03993e69.json"
    text = path.read_text(encoding="utf-8").replace(
        '"state": "open",\n    "by": null', '"state": "accepted",\n    "by": "王"'
    )
    path.write_text(text, encoding="utf-8")
    _upgrade(stored, "--no-text")

    record = load_record(path)
    assert (record.review.state, record.review.by) == ("accepted", "王")
    assert {sentence.text for sentence in record.text.sentences} == {None}
    assert record.text.sentences[-1].end > 0


def test_record_without_its_page_is_upgraded_and_named(stored: Path) -> None:
    """A record whose page is gone is written in the present shape all the same, and the exit code says so."""
    (stored.parent / "seeds" / "page-000.txt").unlink()
    code, output = _upgrade(stored)

    assert code == 1
    assert "1 upgraded, 1 without page" in output or "1 without page, 1 upgraded" in output
    assert load_record(stored / "page-000" / "a03993e69.json").case.results[2].value_text == "327名"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda tree: tree.pop("case"),
        lambda tree: tree["case"].pop("results"),
        lambda tree: tree["case"].update(actors=[1]),
        lambda tree: tree["case"]["results"][0]["quantity"].update(value="x"),
        lambda tree: tree["case"]["actors"][0].update(level="moon"),
        lambda tree: tree["provenance"].update(temperature=None),
        lambda tree: tree.update(headline=7),
    ],
    ids=[
        "no case",
        "no results",
        "a number for an actor",
        "no number",
        "unknown level",
        "no temperature",
        "a headline",
    ],
)
def test_broken_older_record_is_refused_with_its_place(stored: Path, spoil) -> None:  # type: ignore[no-untyped-def]  # seven short lambdas
    """What is no whole record of version 1 is an error that names the file, and the file stays as it is."""
    path = stored / "page-000" / "a03993e69.json"
    tree = json.loads(path.read_text(encoding="utf-8"))
    spoil(tree)
    path.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    before = path.read_bytes()

    with pytest.raises(BrokenRecordError, match="a03993e69"):
        load_record(path)
    code, said = _upgrade(stored)
    assert code == 1
    assert said.replace("\n", "").count("a03993e69") == 1
    assert path.read_bytes() == before


def test_older_records_are_told_of_in_one_line(stored: Path) -> None:
    """Every verb that reads records of version 1 says so once, on stderr, and goes on."""
    run = summariser("show", stored)

    assert run.returncode in (0, 1)
    assert run.stderr.count("summariser upgrade") == 1


def test_link_and_what_would_be_too_large_stay(stored: Path, tmp_path: Path) -> None:
    """A link is not replaced, and no file grows beyond what can be read again; the others are upgraded."""
    linked = sorted((stored / "page-000").glob("a*.json"))[0]
    target = tmp_path / "elsewhere.json"
    linked.rename(target)
    linked.symlink_to(target)
    tree = json.loads(target.read_text(encoding="utf-8"))
    spare = 19_999_990 - len(json.dumps(tree, ensure_ascii=False).encode())
    tree["review"]["note"] = "x" * spare
    large = stored / "page-000" / "alarge.json"
    large.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    before = target.read_bytes(), large.read_bytes()

    code, output = _upgrade(stored)

    assert code == 1
    assert linked.is_symlink()
    assert (target.read_bytes(), large.read_bytes()) == before
    said = " ".join(output.split())
    assert "a symbolic link, which is never written to" in said
    assert "larger than 20 MB" in said
    assert "2 refused" in said
    assert "upgraded" in said
