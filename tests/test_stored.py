"""The one reader of what is stored gives what is wrong as a value and goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import ROOT

from summariser.disk.stored import PageFolder, find, load_record, locate_page, read_stored, rebuild_split
from summariser.errors import InputError, StoreError
from summariser.readers.door import read_page
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
