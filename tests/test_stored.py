"""The one reader of what is stored gives what is wrong as a value and goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT

from summariser.cli import cli
from summariser.disk.stored import (
    PageFolder,
    StrayFileWarning,
    find,
    is_as_written,
    load_record,
    locate_page,
    read_stored,
    rebuild_split,
)
from summariser.errors import InputError, StoreError
from summariser.readers.dispatch import read_page
from summariser.reviewing.revisions import read_sides
from summariser.schema.case import Finding
from summariser.schema.page import Article, LineRange, Page
from summariser.schema.record import PageManifest, Record


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Two pages with their records and manifests, below the folder that the pages are named from."""
    shutil.copytree(ROOT / "summaries", tmp_path / "summaries", ignore=lambda _, names: set(names) & OTHERS)
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    return tmp_path / "summaries"


OTHERS = {f"page-00{number}{end}" for number in (0, 3, 4) for end in ("", ".page.json")}


def test_everything_readable_is_read_past_what_is_not(base: Path) -> None:
    """Broken files, links that lead nowhere and links to folders are given with their error, the rest as it is."""
    folder = base / "page-001"
    (folder / "broken.json").write_text("{", encoding="utf-8")
    (folder / "dangling.json").symlink_to(folder / "nothing.json")
    (base / "linked").symlink_to(base / "page-002", target_is_directory=True)

    files = list(read_stored([base]))

    wrong = {file.path.name for file in files if isinstance(file.content, StoreError)}
    assert wrong == {"broken.json", "dangling.json", "linked"}
    assert sum(isinstance(file.content, Record) for file in files) == 17
    assert [file.path.as_posix() for file in files] == sorted(file.path.as_posix() for file in files)


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        ('"state": "open"', '"state": "accepted"', True),
        ('"state": "open"', '"state": "of no mind"', False),
        ('"practice": null', '"practice": {"practice_id": "p1", "relation": "continues", "by": "王梅"}', True),
        ('"practice": null', '"practice": {"practice_id": "p1"}', False),
        ('"practice": null', '"practice": null, "practice": null', False),
        ("schemas/record/2.json", "schemas/record/3.json", False),
        ('"headline": "', '"headline": "新', False),
    ],
    ids=["as it was decided", "decision", "practice", "half a practice", "twice", "version", "words"],
)
def test_record_is_as_written_if_nothing_that_is_sealed_changed(
    old: str, new: str, *, base: Path, is_same: bool
) -> None:
    """What a person decides is not sealed; what is no record of the present shape is not as it was written."""
    path = next(path for path in find([base]) if '"headline": "' in path.read_text(encoding="utf-8"))
    text = path.read_text(encoding="utf-8")
    assert is_as_written(path)
    assert old in text

    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    assert is_as_written(path) is is_same


def test_all_missing_paths_are_named_at_once(base: Path) -> None:
    """A mistyped path is told before anything is read, and so are the others."""
    with pytest.raises(StoreError) as caught:
        next(read_stored([base, base / "a.json", base / "b"]))

    assert "a.json" in str(caught.value)
    assert "/b" in str(caught.value)


def test_records_of_a_page_share_its_folder(base: Path) -> None:
    """The manifest and the page are read once for all records of a page, and let go with the next."""
    read: list[Path] = []

    def count(path: Path) -> Page:
        read.append(path)
        return read_page(path)

    folders = [file.folder for file in read_stored([base], read=count) if isinstance(file.folder.page, Page)]

    assert len(set(map(id, folders))) == len(read) == 2


def test_article_is_found_from_any_folder(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is looked for from the record's own place, and the article has the lines of the record."""
    path = next(find([base]))
    record = load_record(path)
    monkeypatch.chdir("/")

    article = PageFolder(path.parent).article(record)

    assert isinstance(article, Article)
    assert (article.article_id, article.lines, article.headline) == (record.article_id, record.lines, record.headline)


def test_article_that_cannot_be_had_says_why(base: Path) -> None:
    """Without manifest or page, or with another page, there is a finding in place of the article."""
    path = next(find([base]))
    record = load_record(path)
    page = base.parent / "seeds" / "page-001.txt"
    told = []
    for spoil in (
        lambda: page.write_text("另一个版面。" * 50, encoding="utf-8"),
        page.unlink,
        base.joinpath("page-001.page.json").unlink,
    ):
        spoil()
        found = PageFolder(path.parent).article(record)
        told.append(found.rule if isinstance(found, Finding) else "")

    moved = PageFolder(base / "page-002").article(
        load_record(next(find([base / "page-002"]))).model_copy(update={"lines": ()})
    )
    assert isinstance(moved, Finding)
    assert moved.path == "lines"
    assert told == ["page_changed", "page_not_checked", "page_not_checked"]


@pytest.mark.parametrize(
    "change",
    [
        {"noise": (LineRange(1, 10**9),)},
        {"noise": (LineRange(0, 1),)},
        {"lines": (LineRange(5, 10**9),)},
        {"headline_lines": (10**9,)},
        {"lines": ()},
    ],
    ids=["noise beyond", "noise before", "lines beyond", "headline beyond", "no line"],
)
def test_manifest_that_does_not_fit_its_page_is_refused(base: Path, change: dict[str, object]) -> None:
    """Lines that the page does not have are refused before anything is counted out."""
    folder = PageFolder(base / "page-001")
    assert isinstance(folder.manifest, PageManifest)
    assert isinstance(folder.page, Page)
    first, *rest = folder.manifest.articles
    update = change if "noise" in change else {"articles": (first.model_copy(update=change), *rest)}

    with pytest.raises(InputError):
        rebuild_split(folder.page, folder.manifest.model_copy(update=update))


@pytest.mark.parametrize("source", ["a\0b.txt", "x" * 5000 + ".txt", "../" * 3000 + "etc", "/nothing/here.txt"])
def test_name_that_no_page_can_have_is_no_crash(tmp_path: Path, source: str) -> None:
    """The source in a manifest is untrusted: it is looked for, and not found."""
    assert locate_page(source, tmp_path) == Path(source)


STRAYS = {"datapackage.json": '{"name": "x", "resources": []}', "page-001/package.json": "[1]", "a/b/x.json": "null"}
VERBS = {
    "check": ("check", "summaries"),
    "show": ("show", "summaries"),
    "diff": ("diff", "other", "summaries"),
    "export": ("export", "summaries", "--to", "csv", "-o", "tables"),
    "report": ("report", "summaries", "-o", "site"),
    "review": ("review", "summaries"),
    "corrections": ("corrections", "summaries"),
    "link": ("link", "summaries"),
    "upgrade": ("upgrade", "summaries"),
    "publish": (
        "publish",
        "out",
        "summaries",
        "--title",
        "x",
        "--author",
        "y",
        "--license",
        "CC0-1.0",
        "--version",
        "1",
    ),
    "eval": ("eval", "summaries", "--gold", "seeds"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_json_of_something_else_is_passed_over(base: Path, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    """Every verb that reads a folder says once which files are no records, and does the rest as without them."""
    monkeypatch.chdir(base.parent)
    shutil.rmtree(base / "page-002")
    (base / "page-002.page.json").unlink()
    shutil.copytree(base, base.parent / "other")
    words = VERBS[verb]

    def run() -> tuple[object, str, str]:
        result = CliRunner().invoke(cli, words, standalone_mode=False)
        for made in ("tables", "site", "out"):
            shutil.rmtree(made, ignore_errors=True)
        return result.return_value, str(result.exception), result.output

    without = run()
    for name, text in STRAYS.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(text, encoding="utf-8")
    with pytest.warns(StrayFileWarning) as told:
        found = run()

    assert found == without
    (message,) = {str(each.message) for each in told}
    beside_records = {"page-001/package.json"}  # `eval` looks into the folders of the pages that have gold
    assert {name for name in STRAYS if f"summaries/{name}" in message} == (
        beside_records if verb == "eval" else {*STRAYS}
    )


NO_STRAYS = {
    "broken": ("x.json", "{"),
    "a record without its schema": ("x.json", '{"page_id": "page-001", "article_id": "x"}'),
    "of a schema of ours": ("x.json", '{"$schema": "schemas/record/9.json"}'),
    "the name of an article": ("a12345678-2.json", "{}"),
    "a failure": ("x.failure.json", "{}"),
    "a key twice, broken elsewhere": ("x.json", '{"a": 1, "a": '),
}


@pytest.mark.parametrize(("name", "text"), NO_STRAYS.values(), ids=NO_STRAYS)
def test_what_may_have_been_a_record_is_not_passed_over(base: Path, name: str, text: str) -> None:
    """A file that may be a spoilt record is an error, as ever."""
    (base / "page-001" / name).write_text(text, encoding="utf-8")
    wrong = [file.path.name for file in read_stored([base]) if isinstance(file.content, StoreError)]
    assert wrong == [name]


def test_file_that_a_person_names_is_read_whatever_it_is(base: Path) -> None:
    """Only what is found in a folder is passed over; of a file that was named it is said that it is no record."""
    (base / "x.json").write_text("[]", encoding="utf-8")
    (file,) = read_stored([base / "x.json"])
    assert "not a Record file" in str(file.content)


def test_many_strays_are_one_sentence(base: Path) -> None:
    """A folder of other things is told by its first names and a number."""
    for number in range(200):
        (base / f"x{number:03}.json").write_text("{}", encoding="utf-8")
    with pytest.warns(StrayFileWarning) as told:
        assert len(list(find([base]))) == 17
    assert "x009.json and 190 more: no record" in str(told[0].message)


def test_stray_in_a_revision_is_no_change(base: Path) -> None:
    """`diff` passes over what git holds beside the records, and does not count it."""
    other = base.parent / "other"
    shutil.copytree(base, other)
    (base / "x.json").write_text("{}", encoding="utf-8")
    with pytest.warns(StrayFileWarning, match="summaries/x.json: no record"):
        sides = read_sides([str(other), str(base)], folder=base.parent)
    assert (sides.old, sides.new, sides.compared) == ((), (), 17)
