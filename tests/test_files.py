"""Which files are pages, and what their pages are called."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from summariser.disk.files import local_path
from summariser.errors import ConfigError, InputError
from summariser.readers.dispatch import read_all
from summariser.readers.files import PageFile, check_file, find_pages, split_mark

TEXT = "某市总工会开课\n\n本报讯 近日开课。\n"


def write(folder: Path, name: str, text: str = TEXT) -> Path:
    """A file with this text, its folders made."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_folder_is_searched_to_the_bottom(tmp_path: Path) -> None:
    """Pages of every kind below a folder are found, sorted; hidden files, READMEs, gold and the sidecar are not."""
    wanted = [write(tmp_path, name) for name in ("1.txt", "2.PDF", "3.htm", "sub/deep/2.md", "sub/a.docx", "sub/b.tif")]
    for name in (".3.txt", ".git/4.txt", "README.md", "5.gold.json", "sources.csv"):
        write(tmp_path, name)

    found = find_pages([tmp_path])

    assert [file.path for file in found.files] == sorted(wanted)
    assert found.notes == ()


def test_what_is_left_out_of_a_folder_is_counted(tmp_path: Path) -> None:
    """No file is skipped in silence: other kinds, JSON of no OCR program, a drawing, the pictures of a web page."""
    for name in ("1.txt", "page_files/icon.ico"):
        write(tmp_path, name)
    for name in ("a.csv", "b.csv", "c.json", "x/d.svg", "page.html", "page_files/logo.png", "LICENSE", *"1234"):
        write(tmp_path, name)

    found = find_pages([tmp_path])

    assert [file.path.name for file in found.files] == ["1.txt", "page.html"]
    note, advice = found.notes
    assert advice == f"{tmp_path / 'x' / 'd.svg'}: is an SVG drawing. Save it as PNG."
    parts = (
        "11 files are no pages",
        "2 .csv (a.csv, b.csv)",
        "1 .json (c.json)",
        "1 .svg (d.svg)",
        "1 .png (logo.png)",
    )
    assert all(part in note for part in (*parts, "1 .png (logo.png)", "5 without ending (1, 2, 3 ...)"))


def test_each_kind_that_is_left_out_is_advised_on_once(tmp_path: Path) -> None:
    """One file of a kind is named, under whichever ending; parts of a saved web page are not."""
    for name in ("1.txt", "b.wps", "a.doc", "c.zip", "p.html", "p_files/a.rar", "d.csv"):
        write(tmp_path, name)

    assert [note.partition(": ")[0] for note in find_pages([tmp_path]).notes[1:]] == [
        str(tmp_path / name) for name in ("a.doc", "c.zip")
    ]


@pytest.mark.parametrize(
    "text",
    [
        '[{"box": [[0, 0]], "txt": "工会", "score": 0.9}]',
        '{"rec_texts": []}',
        '[{"type": "text", "text": "工会", "bbox": [1, 2, 3, 4], "page_idx": 0}]',
        '{"pdf_info": []}',
    ],
    ids=["rapidocr", "paddleocr", "mineru", "mineru middle"],
)
def test_ocr_output_in_a_folder_is_a_page(tmp_path: Path, text: str) -> None:
    """JSON that looks like the output of an OCR program is taken, whatever it is called."""
    path = write(tmp_path, "a.json", text)

    assert [file.path for file in find_pages([tmp_path]).files] == [path]


def test_globs_files_and_folders_name_a_page_once(tmp_path: Path) -> None:
    """The same page named three ways is one page."""
    page = write(tmp_path, "1.txt")

    assert find_pages([str(tmp_path / "*.txt"), page, tmp_path]).files == (PageFile(page, "1"),)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.txt", "no such file"),
        ("a\0b.txt", "cannot be looked at|no such"),
        ("x" * 300, "too long"),
        ("empty", "no pages"),
        ("other", r"1 .csv \(a.csv\) left out"),
        ("*.txt", "pattern"),
    ],
)
def test_nothing_to_read_is_refused(tmp_path: Path, name: str, said: str) -> None:
    """A missing file and a folder or glob without pages are errors, not silence."""
    (tmp_path / "empty").mkdir()
    write(tmp_path, "other/a.csv")

    with pytest.raises(InputError, match=said):
        find_pages([str(tmp_path / name)])


@pytest.mark.parametrize("name", ["x" * 5000 + ".txt", "x" * 5000 + ".pdf#page=2", "a\0b.txt"])
def test_name_that_no_file_can_have_is_told(name: str) -> None:
    """A name out of a manifest or a list is untrusted: too long, or with U+0000, it is a fault like a missing file."""
    for look in (lambda: find_pages([name]), lambda: check_file(split_mark(name)[0], name)):
        with pytest.raises(InputError, match=r"cannot be looked at|no such file"):
            look()


def test_all_missing_files_are_told_at_once(tmp_path: Path) -> None:
    """Nobody mends a list of paths one by one."""
    with pytest.raises(InputError) as caught:
        find_pages([tmp_path / "a.txt", tmp_path / "b.png"])

    assert "a.txt" in str(caught.value)
    assert "b.png" in str(caught.value)


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["1.txt", "2.txt"], ["1", "2"]),
        (["a/1.txt", "b/1.txt"], ["a-1", "b-1"]),
        (["1.txt", "scans/1.png", "scans/2.png"], ["1", "scans-1", "2"]),
        (["x/a/1.txt", "y/a/1.txt"], ["x-a-1", "y-a-1"]),
        (["1.txt", "scans/1.png", "photos/1.png"], ["1", "scans-1", "photos-1"]),
        (["2025-11-14/03版.jpg", "2025-11-15/03版.jpg"], ["2025-11-14-03版", "2025-11-15-03版"]),
        (["a/1.txt", "b/1.PDF", "b/2.txt"], ["a-1", "b-1", "2"]),
        (["s.hocr", "s.png"], ["s.hocr", "s"]),
        (["s.alto.xml", "s.mineru.md"], ["s.alto", "s.mineru"]),
    ],
)
def test_page_ids_take_what_they_need_from_the_path(tmp_path: Path, names: list[str], ids: list[str]) -> None:
    """Two files of one name in two folders never meet; a name that is alone stays short."""
    for name in names:
        write(tmp_path, name)

    paths = [tmp_path / name for name in names]
    found = {file.path.relative_to(tmp_path).as_posix(): file.page_id for file in find_pages(paths).files}

    assert [found[name] for name in names] == ids


@pytest.mark.parametrize(
    ("given", "listed", "page"),
    [
        ("PAGE-1.TXT", ["Page-1.txt", "page-2.txt"], "Page-1"),
        ("cafe\u0301.txt", ["caf\u00e9.txt"], "caf\u00e9"),
        ("page-1.txt", ["page-1.txt", "PAGE-1.txt"], "page-1"),
        ("page-1.txt", ["PAGE-1.txt", "Page-1.txt"], "page-1"),
        ("page-1.txt", ["page-10.txt"], "page-1"),
    ],
)
def test_file_is_called_as_its_folder_lists_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, listed: list[str], page: str
) -> None:
    """Where A and a are one file, a page has one id however it is named; other files lend it no name."""
    file = write(tmp_path, given)
    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", lambda _: listed)
        (found,) = find_pages([file]).files

    assert (found.page_id, found.path.name) == (page, next((name for name in listed if name[:-4] == page), given))


def test_file_in_a_folder_that_may_not_be_listed_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file may be opened by its name where its folder may not be listed; it is called as it was named."""
    file = write(tmp_path, "drop/Page-1.txt")

    def listdir(path: Path) -> list[str]:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", listdir)
        found = find_pages([file])

    assert found.files == (PageFile(file, "Page-1"),)


def test_files_that_no_folder_tells_apart_are_refused_together(tmp_path: Path) -> None:
    """Two endings of one name in one folder would write the same records; all such files are named."""
    for name in ("a.txt", "a.md", "b.txt", "b.MD", "c.txt"):
        write(tmp_path, name)

    found = find_pages([tmp_path])

    said = [str(fault) for fault in found.faults]
    assert [file.path.name for file in found.files] == ["c.txt"]
    assert ["a.txt" in text and "a.md" in text for text in said] == [True, False]
    assert ["b.txt" in text and "b.MD" in text for text in said] == [False, True]


GBK = b"\xb9\xa4\xbb\xe1.txt".decode(errors="surrogateescape")
BAD_NAMES = {
    "two that differ in case": (("Aa.txt", "aA.txt"), "and so does", 1),
    "the file kept about another page": (("foo.page.json.txt",), "kept about 'foo'", 1),
    "the same, in capitals": (("foo.PAGE.json.txt", "x/foo.page.JSON.md"), "kept about 'foo'", 2),
    "GBK bytes": ((GBK,), "not in UTF-8", 1),
    "GBK bytes of a folder": ((f"{GBK}/1.txt",), "not in UTF-8", 1),
    "two long names with one beginning": (("长" * 81 + "甲.txt", "长" * 81 + "乙.txt"), "and so does", 1),
}


@pytest.mark.parametrize(("names", "said", "count"), BAD_NAMES.values(), ids=BAD_NAMES)
def test_page_of_a_bad_name_is_refused_and_the_others_stay(
    tmp_path: Path, names: tuple[str, ...], said: str, count: int
) -> None:
    """A name that no record could bear, or that another page's records have, costs that page only."""
    good = write(tmp_path, "good.txt")
    for name in names:
        write(tmp_path, name)

    found = find_pages([tmp_path])

    assert [file.path for file in found.files] == [good]
    assert [said in str(fault) for fault in found.faults] == [True] * count


@pytest.mark.parametrize("name", ["长" * 83 + ".txt", "\U00020000" * 62 + ".txt", "x" * 251 + ".txt"])
def test_longest_name_gives_an_id_that_fits_the_disk(tmp_path: Path, name: str) -> None:
    """What is kept about a page of the longest possible name can be written beside its records."""
    (file,) = find_pages([write(tmp_path, name)]).files

    (tmp_path / f"{file.page_id}.page.json").touch()


def test_what_cannot_be_looked_at_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links to folders and to nothing, a folder that may not be listed, a missing file: one fault each."""
    good, real = write(tmp_path, "pages/good.txt"), os.scandir
    (tmp_path / "pages" / "dangling.txt").symlink_to("nowhere")
    (tmp_path / "pages" / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "pages" / "linked").symlink_to(tmp_path)
    (tmp_path / "pages" / "locked").mkdir()

    def scandir(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = find_pages([tmp_path / "pages", tmp_path / "missing.txt"])

    assert [file.path for file in found.files] == [good]
    told = {fault.path.name for fault in found.faults}
    assert told == {"dangling.txt", "loop.txt", "linked", "locked", "missing.txt"}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file beside the folder `pages`, which is none of its own."""
    write(tmp_path, "pages/1.txt")
    return write(tmp_path, "secret/key.txt", "TOKEN")


@pytest.mark.parametrize("way", ["folder", "glob", "the file", "a glob that the shell opened", "through a folder"])
@pytest.mark.parametrize("target", ["../secret/key.txt", "second.txt", "/dev/zero", ".git/config.txt"])
def test_no_link_leads_to_what_nobody_named(secret: Path, way: str, target: str) -> None:
    """A link out of the folder, to another link, to a device or to what is hidden is a fault, whoever finds it."""
    pages = secret.parent.parent / "pages"
    write(pages, ".git/config.txt")
    (pages / "second.txt").symlink_to("../secret/key.txt")
    (pages / "link.txt").symlink_to(target)
    (pages / "linked").symlink_to("../secret")
    named = {
        "folder": [pages],
        "glob": [str(pages / "*.txt")],
        "the file": [pages / "link.txt", pages / "1.txt"],
        "a glob that the shell opened": sorted(pages.glob("*.txt")),
        "through a folder": [str(pages / "*" / "*.txt"), pages],
    }

    found = find_pages(named[way])

    assert [file.path for file in found.files] == [pages / "1.txt"]
    assert pages / ("linked/key.txt" if way == "through a folder" else "link.txt") in [f.path for f in found.faults]


@pytest.mark.parametrize("target", ["1.txt", "deep/2.txt", "../pages/1.txt", "chain.txt"])
def test_link_inside_the_folder_is_followed(secret: Path, target: str) -> None:
    """What a link within the folder leads to is a page of the folder, and is read once."""
    pages = secret.parent.parent / "pages"
    write(pages, "deep/2.txt")
    (pages / "chain.txt").symlink_to("1.txt")
    (pages / "link.txt").symlink_to(target)

    found = find_pages([pages])

    assert {os.path.realpath(file.path) for file in found.files} == {str(pages / "1.txt"), str(pages / "deep/2.txt")}
    assert (len(found.files), found.faults, find_pages([pages / "link.txt"]).faults) == (2, (), ())


def test_hard_link_is_a_file_and_a_named_folder_may_be_a_link(secret: Path) -> None:
    """Only who may read and write a file can link it hard; a linked folder is followed if named, and that is told."""
    folder = secret.parent.parent
    (folder / "pages" / "hard.txt").hardlink_to(secret)
    (folder / "disk").symlink_to("pages")

    found = find_pages([folder / "disk"])

    assert [file.path.name for file in found.files] == ["1.txt", "hard.txt"]
    assert found.notes == (f"{folder / 'disk'} is a link: what is read there stands in {folder / 'pages'}.",)


def test_links_that_are_no_pages_are_no_faults(secret: Path) -> None:
    """A licence or README that is a link, as many projects have it, is counted or left out like a file."""
    pages = secret.parent.parent / "pages"
    for name in ("LICENSE", "README.md"):
        (pages / name).symlink_to(secret)

    found = find_pages([pages])

    assert (len(found.files), found.faults) == (1, ())
    assert found.notes == (f"{pages}: 1 file is no page and was left out: 1 without ending (LICENSE).",)


def test_pipe_is_told_as_what_it_is(tmp_path: Path) -> None:
    """Nobody waits at a pipe, named or found, and nobody is told that it is not there."""
    write(tmp_path, "1.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    os.mkfifo(tmp_path / "pipe.json")

    faults = find_pages([tmp_path, tmp_path / "pipe.txt"]).faults

    assert len(faults) == 3
    assert all("is a pipe or a device, not a file" in str(fault) for fault in faults)


def test_page_of_a_file_meets_no_file_of_its_name(tmp_path: Path) -> None:
    """Page 2 of a file is called as another file may be; the second of them is refused."""
    box = {"type": "text", "text": "工会开课", "bbox": [1, 2, 3, 4]}
    write(tmp_path, "a.json", json.dumps([box | {"page_idx": number} for number in (0, 1)]))
    write(tmp_path, "a.p2.txt", "工会开课")

    batch = read_all([tmp_path])

    assert [page.page_id for page in batch.pages] == ["a.p1", "a.p2"]
    assert [fault.path.name for fault in batch.faults] == ["a.p2.txt"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("file:///press/a.txt", "/press/a.txt"),
        ("file:/press/a.txt", "/press/a.txt"),
        ("file://localhost/press", "/press"),
        ("file:///press/%E6%8A%A5.pdf#page=2", "/press/报.pdf#page=2"),
        ("file:///press/page-?.txt", "/press/page-?.txt"),
        ("file:here", "here"),
        ("summaries/a", "summaries/a"),
    ],
)
def test_an_address_of_this_machine_is_a_path(given: str, path: str) -> None:
    """With the page that is named behind it, and with the marks of a pattern."""
    assert local_path(given) == Path(path)


@pytest.mark.parametrize("given", ["file://summaries/a", "file://host/press", "file://out"])
def test_an_address_of_another_machine_is_refused(given: str) -> None:
    """What was meant as a folder here is neither looked for nor written at the root of the disk."""
    with pytest.raises(ConfigError, match="another machine"):
        local_path(given)


def test_pages_are_found_at_an_address_of_this_machine(tmp_path: Path) -> None:
    """A folder, a file, a page of it and a pattern may be named by file:///, and are what the path alone names."""
    write(tmp_path, "a.txt")
    write(tmp_path, "b.txt")

    for name in ("", "/a.txt", "/a.txt#page=1", "/?.txt"):
        assert find_pages([f"file://{tmp_path}{name}"]) == find_pages([f"{tmp_path}{name}"])
    with pytest.raises(ConfigError):
        find_pages(["file://a.txt"])
