"""A published case base describes itself: tables with their keys, records, codes, and how it is cited."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from conftest import ROOT
from making import FULL_LINES, LINES, full_reply, make_page, put_record

from summariser.cli import cli
from summariser.disk.files import take_back, temporary_path
from summariser.exporting.export import load_jsonl

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


PLACES = {"is": "summaries", "lies in": "summaries/a", "holds": "."}
WRITERS = {
    "publish": ("publish", "{out}", "summaries", *DATED),
    "publish --force": ("publish", "{out}", "summaries", *DATED, "--force"),
    "export": ("export", "summaries", "--to", "csv", "-o", "{out}", "--force"),
    "months": ("export", "summaries", "--to", "parquet", "--partition", "month", "-o", "{out}", "--force"),
    "report": ("report", "summaries", "-o", "{out}"),
}


def _run(*words: str) -> Result:
    return CliRunner().invoke(cli, words, standalone_mode=False)


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("verb", WRITERS)
def test_nothing_is_written_among_records(
    records: Path, monkeypatch: pytest.MonkeyPatch, verb: str, place: str
) -> None:
    """What makes a folder makes none that is the records' own, lies in it or holds it."""
    monkeypatch.chdir(records.parent)
    before = _files(records.parent)

    result = _run(*(word.format(out=PLACES[place]) for word in WRITERS[verb]))

    assert f"this place {place} the folder of the records" in str(result.exception)
    assert _files(records.parent) == before


def test_file_is_not_exported_among_records_either(records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beside the folder of records is fine; one in it is refused, and so is one beside a lone record."""
    monkeypatch.chdir(records.parent)
    assert _run("export", "summaries", "--to", "jsonl", "-o", "all.jsonl").return_value == 0
    lone = next(records.glob("a/*.json"))
    for given, out in ((records, "summaries/all.jsonl"), (lone, "summaries/a/one.json"), (lone, "summaries/one.json")):
        result = _run("export", str(given), "--to", "jsonld", "-o", out)
        assert "this place lies in the folder of the records" in str(result.exception)


ODD = {
    "YAML": "a: [b, {c}] # & *d !e | > 'f' \"g\" %h @i `j",
    "markup": "<script>alert(1)</script> [x](javascript:x) **b** \\input{x} $y$",
    "number": "2026",
    "null": "~",
    "date": "2026-01-01",
    "merge": "<<: *a",
    "document": "--- x ...",
    "bidi-free": "工会案例：“甲”、乙",
}


@pytest.mark.parametrize("title", ODD.values(), ids=ODD)
def test_words_of_a_person_come_back_as_they_were(records: Path, title: str) -> None:
    """Whatever a title or an author is made of, readers of YAML and JSON get it back as text."""
    author = title.translate(dict.fromkeys(map(ord, "<>,"))).strip()
    assert _publish(records, *DATED, "--title", title, "--author", author).return_value == 0
    folder = records.parent / "published"
    cff = yaml.safe_load((folder / "CITATION.cff").read_text(encoding="utf-8"))
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))

    assert cff["title"] == package["title"] == title
    assert cff["authors"][-1]["family-names"] == package["contributors"][-1]["title"] == author


BAD = {"nothing": "", "spaces": "  ", "line": "a\nb", "control": "a\x1b[31m", "bidi": "a\u202eb", "half": "a\udcff"}


@pytest.mark.parametrize("words", [*BAD.values(), "x" * 501], ids=[*BAD, "long"])
@pytest.mark.parametrize("flag", ["--title", "--license", "--version", "--author"])
def test_words_that_cannot_be_printed_are_refused(records: Path, flag: str, words: str) -> None:
    """Empty, endless, over several lines, with controls or half characters: refused with the option's name."""
    told = {"--title": "x", "--license": "CC0-1.0", "--version": "1", "--author": "Wang"} | {flag: words}
    result = _publish(records, *(word for pair in told.items() for word in pair))

    assert str(result.exception).startswith(f"{flag}: ")
    assert not (records.parent / "published").exists()


def test_package_of_somebody_else_is_not_replaced(records: Path) -> None:
    """A data package whose files have the names of ours, but not our code lists, is somebody's."""
    folder = records.parent / "published"
    folder.mkdir()
    for name in ("datapackage.json", "CITATION.cff", "codebook.jsonld"):
        (folder / name).write_text("{}", encoding="utf-8")

    assert "no package of ours" in str(_publish(records, *DATED).exception)
    (folder / "codebook.jsonld").unlink()
    assert "no package of ours" in str(_publish(records, *DATED).exception)


def test_folder_that_one_stands_in_stays_the_same_folder(records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`publish .` in an empty folder fills it; it is not swapped for another one under the person's feet."""
    folder = records.parent / "published"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for _ in range(2):
        assert _run("publish", ".", str(records), *DATED).return_value == 0

    assert Path("datapackage.json").exists()
    assert not list(folder.glob(".*"))


def test_leavings_of_a_killed_run_are_swept(records: Path) -> None:
    """A half-made folder goes with the next run if its process is gone, or after an hour; one in use stays."""
    own = temporary_path(records.parent)
    mark, rest = own.name.removeprefix(".summariser-").split("-", 1)
    gone = own.with_name(f".summariser-{mark}-{2**22 + 1}-7-00000000.tmp")
    afar, old = (own.with_name(f".summariser-{each * 8}-{rest}") for each in "ab")
    for folder in (own, gone, afar, old):
        (folder / "tables").mkdir(parents=True)
    os.utime(old, (1, 1))

    assert _publish(records, *DATED).return_value == 0
    assert [folder.exists() for folder in (own, gone, afar, old)] == [True, False, True, False]


_KILLED = """
import os, sys
from pathlib import Path
from summariser.disk import files
Path.replace = (lambda kept: lambda self, to: os._exit(9) if self.suffix == ".tmp" else kept(self, to))(
    Path.replace
)
files.swap(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def _kill_within_swap(folder: Path) -> None:
    """Leave what a run leaves that is killed after it set the earlier folder aside and before the new one is there."""
    fresh = temporary_path(folder.parent)
    fresh.mkdir()
    command = [sys.executable, "-c", _KILLED, str(fresh), str(folder)]
    assert subprocess.run(command, check=False, cwd=ROOT).returncode == 9
    fresh.rmdir()


def test_folder_that_a_killed_run_set_aside_comes_back(records: Path) -> None:
    """Between two renames the earlier package has a hidden name; the next run begins with it in its place."""
    assert _publish(records, *DATED).return_value == 0
    folder = records.parent / "published"
    before = {path.name: path.read_bytes() for path in folder.glob("*.*")}
    _kill_within_swap(folder)
    assert not folder.exists()

    take_back(folder)

    assert {path.name: path.read_bytes() for path in folder.glob("*.*")} == before
    assert not list(records.parent.glob(".summariser-*.old"))
    _kill_within_swap(folder)
    assert _publish(records, *DATED).return_value == 0
    assert (folder / "datapackage.json").exists()
    assert not list(records.parent.glob(".summariser-*.old"))


def test_what_was_set_aside_goes_once_its_folder_is_there(records: Path) -> None:
    """Only what bears the name of this folder and of a process that is gone is touched."""
    assert _publish(records, *DATED).return_value == 0
    folder = records.parent / "published"
    _kill_within_swap(folder)
    (left,) = records.parent.glob(".summariser-*.old")
    own = temporary_path(records.parent).with_suffix("".join(left.suffixes[-2:]))  # of a process that lives
    other, foreign = left.with_suffix("").with_suffix(".00000000.old"), left.with_name(".summariser-mine.old")
    for each in (own, other, foreign):
        shutil.copytree(left, each)
    folder.mkdir()
    (folder / "keep").write_text("x", encoding="utf-8")

    take_back(folder)

    assert [each.exists() for each in (left, own, other, foreign)] == [False, True, True, True]
    assert [path.name for path in folder.iterdir()] == ["keep"]


def test_failed_write_names_the_folder_that_was_asked_for(records: Path) -> None:
    """Below a file no folder can be made: the error is of OUT, not of a temporary name that nobody knows."""
    (records.parent / "file").write_text("x", encoding="utf-8")
    result = _run("publish", str(records.parent / "file" / "out"), str(records), *DATED)

    assert str(result.exception).startswith(f"{records.parent / 'file' / 'out'}: a file stands where a folder")


def test_months_are_put_beside_what_else_is_there(records: Path) -> None:
    """--partition --force leaves what else is in the folder, and no month of an earlier export."""
    folder = records.parent / "mine"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "a.txt").write_text("mine", encoding="utf-8")
    old = folder / "articles" / "month=1999-01"
    old.mkdir(parents=True)
    (old / "articles.parquet").write_bytes(b"old")
    words = ("export", str(records), "--to", "parquet", "--partition", "month", "-o", str(folder))

    assert "no export to parquet" in str(_run(*words).exception)
    assert _run(*words, "--force").return_value == 0
    assert (folder / "notes" / "a.txt").read_text(encoding="utf-8") == "mine"
    assert [path.parent.name for path in folder.glob("articles/*/*")] == ["month=__HIVE_DEFAULT_PARTITION__"]


def test_report_replaces_no_page_of_somebody_else(records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a saved web page has the name of a page of the site, nothing is written; a report is replaced."""
    monkeypatch.chdir(records.parent)
    saved = Path("site/pages/a.html")
    saved.parent.mkdir(parents=True)
    saved.write_text("<title>saved</title>", encoding="utf-8")

    assert "no page of a report" in str(_run("report", "summaries", "-o", "site").exception)
    assert [path.name for path in Path("site").rglob("*.html")] == ["a.html"]
    saved.unlink()
    for _ in range(2):
        assert not _run("report", "summaries", "-o", "site").exception
    shutil.rmtree("site/pages")
    Path("elsewhere").mkdir()
    Path("site/pages").symlink_to(records.parent / "elsewhere")
    assert "a symbolic link" in str(_run("report", "summaries", "-o", "site").exception)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("to", ["jsonl", "sqlite", "xlsx"])
def test_pipe_is_neither_read_nor_replaced(records: Path, to: str) -> None:
    """Where a pipe or a device stands no export is written, and nobody waits for it."""
    pipe = records.parent / "pipe"
    os.mkfifo(pipe)
    result = _run("export", str(records), "--to", to, "-o", str(pipe), "--force")

    assert "a device or a pipe" in str(result.exception)
    assert pipe.is_fifo()


def test_broken_record_stops_a_publication_without_advice_it_cannot_take(records: Path) -> None:
    """A case base is published whole; the option of `export` that leaves records out is not named."""
    (records / "a" / "x.json").write_text("{", encoding="utf-8")
    told = str(_publish(records, *DATED).exception)

    assert "x.json: broken JSON" in told
    assert "Mend them; a case base is published whole:\n" in told
    assert "--skip-bad" not in told
