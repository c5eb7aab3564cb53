"""A published case base describes itself: tables with their keys, records, codes, and how it is cited."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from making import FULL_LINES, LINES, full_reply, make_page, put_record

from summariser.cli import cli
from summariser.exporting.whole_export import load_jsonl

ABOUT = ("--title", "工会案例库 2026", "--author", "Wang, Xiaohe <0000-0002-1825-0097>", "--license", "CC-BY-4.0")
DATED = (*ABOUT, "--version", "2026.1", "--date", "2026-11-29")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Two records of two pages."""
    out = tmp_path / "summaries"
    put_record(make_page(FULL_LINES, name="a.txt"), out, **full_reply())
    put_record(make_page(LINES, name="b.txt"), out)
    return out


def _publish(records: Path, *options: str) -> Result:
    out = records.parent / "published"
    return CliRunner().invoke(cli, ["publish", str(out), str(records), *options], standalone_mode=False)


def test_package_describes_every_column_and_key(records: Path) -> None:
    """Each table has the columns that are described, a key that tells rows apart, and keys that lead home."""
    assert _publish(records, *DATED).return_value == 0
    folder = records.parent / "published"
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))

    tables = {}
    for resource in package["resources"]:
        text = (folder / resource["path"]).read_text(encoding="utf-8")
        tables[resource["name"]] = rows = list(csv.DictReader(io.StringIO(text, newline="")))
        named = [field["name"] for field in resource["schema"]["fields"]]
        assert not rows or list(rows[0]) == named
        keys = [tuple(row[name] for name in resource["schema"]["primaryKey"]) for row in rows]
        assert len(set(keys)) == len(keys), resource["name"]
    for resource in package["resources"]:
        for foreign in resource["schema"].get("foreignKeys", ()):
            own = foreign["fields"] if isinstance(foreign["fields"], list) else [foreign["fields"]]
            home = {tuple(row[name] for name in own) for row in tables[foreign["reference"]["resource"]]}
            assert {tuple(row[name] for name in own) for row in tables[resource["name"]]} <= home
    assert len(tables["articles"]) == 2
    assert package["licenses"] == [{"name": "CC-BY-4.0"}]


def test_citation_names_title_authors_and_version(records: Path) -> None:
    """CITATION.cff holds what a person said of the case base, and an ORCID as an address."""
    _publish(records, *DATED)
    cff = yaml.safe_load((records.parent / "published" / "CITATION.cff").read_text(encoding="utf-8"))

    assert (cff["cff-version"], cff["type"], cff["title"]) == ("1.2.0", "dataset", "工会案例库 2026")
    assert cff["authors"] == [
        {"family-names": "Wang", "given-names": "Xiaohe", "orcid": "https://orcid.org/0000-0002-1825-0097"}
    ]
    assert (cff["version"], cff["date-released"]) == ("2026.1", "2026-11-29")


def test_records_go_along_whole_or_without_the_words_of_pages(records: Path) -> None:
    """The records are those that were published; with --no-text no sentence of a page is in any file."""
    _publish(records, *DATED)
    whole = load_jsonl(records.parent / "published" / "records.jsonl")
    _publish(records, *DATED, "--no-text")
    bare = load_jsonl(records.parent / "published" / "records.jsonl")

    assert whole[0].text.sentences[0].text == FULL_LINES[0]
    assert {sentence.text for record in bare for sentence in record.text.sentences} == {None}
    text = "".join(path.read_text(encoding="utf-8") for path in (records.parent / "published").rglob("*.csv"))
    assert LINES[1] not in text


def test_same_case_base_is_the_same_bytes(records: Path) -> None:
    """Publishing again changes nothing, and replaces what was published before."""
    folder = records.parent / "published"
    _publish(records, *DATED)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert _publish(records, *DATED).return_value == 0
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["tables", "records.jsonl", "elsewhere"])
def test_link_in_the_folder_is_never_written_through(records: Path, name: str) -> None:
    """With or without --force, what a link in OUT leads to stays as it is, and so does the link."""
    folder, elsewhere = records.parent / "published", records.parent / "theirs"
    assert _publish(records, *DATED).return_value == 0
    elsewhere.mkdir()
    (elsewhere / "articles.csv").write_text("mine", encoding="utf-8")
    if (folder / name).is_dir():
        shutil.rmtree(folder / name)
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(elsewhere)

    assert name == "records.jsonl" or "no package of ours" in str(_publish(records, *DATED).exception)
    forced = _publish(records, *DATED, "--force")

    assert ("a symbolic link" in str(forced.exception)) == (name != "elsewhere")
    assert (folder / name).is_symlink()
    assert [path.read_text(encoding="utf-8") for path in elsewhere.iterdir()] == ["mine"]


def test_other_peoples_folder_is_left_alone(records: Path) -> None:
    """A folder that holds something else is refused, or with --force keeps what is in it."""
    folder = records.parent / "published"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")

    assert "no package of ours" in str(_publish(records, *DATED).exception)
    assert not (folder / "datapackage.json").exists()
    assert _publish(records, *DATED, "--force").return_value == 0
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("author", ["Wang <1234>", "<0000-0002-1825-0097>", ""], ids=["no ORCID", "no name", "nothing"])
def test_author_that_cannot_be_read_is_refused(records: Path, author: str) -> None:
    """An author is a name, with an ORCID that is one."""
    result = _publish(records, *("--title", "x", "--author", author, "--license", "CC0-1.0", "--version", "1"))

    assert "is no author" in str(result.exception)
    assert not (records.parent / "published").exists()
