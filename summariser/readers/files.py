"""Which files are pages: what files, folders and quoted globs stand for, and what each page will be called."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from summariser.errors import InputError, SummariserError
from summariser.pages.page import page_id
from summariser.readers.reading import SIDECAR

TEXTS = (".txt", ".md")
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
DOCUMENTS = (".pdf", ".docx", ".html", ".htm", ".xhtml", ".hocr")
OCR_FILES = (".json", ".xml")  # endings of anything: in a folder they are pages if they look like the output of OCR
SUFFIXES = (*TEXTS, *PICTURES, *DOCUMENTS, *OCR_FILES)
_COMPANIONS = ("readme.md", SIDECAR)
_COMPANION_END = ".gold.json"
_SAVED_FOLDER = re.compile(r"(.+)[_.]files$|(.+)的文件$")  # what a browser puts beside a page that it saves
_OCR_SIGNS = re.compile(
    rb"\"(?:rec_texts|rec_polys|parsing_res_list|layoutParsingResults|ocrResults|overall_ocr_res|pdf_info|page_idx"
    rb"|DoclingDocument|txt)\"|\"bbox\":\s*\[[^\]]*\][^\"]*\"page_idx|_content\"|<(?:\w+:)?(?:alto|PcGts)\b|ocr_page"
)
_NAMED = 3  # files of a kind that are left out, by name
_SNIFFED = 200_000  # bytes of a file in which it shows what it is
_MANIFEST_END = ".page.json"  # of the file that stands beside the records of a page
_PAGE_MARK = re.compile(r"(.+)#page=([0-9]{1,4})")


class PageFile(NamedTuple):
    """A file to be read; its pages are called `page_id`, of several `page_id.p1`, `page_id.p2`."""

    path: Path
    page_id: str


class FoundFiles(NamedTuple):
    """What paths stand for; `notes` say which files of a folder are left out, `faults` why others cannot be pages."""

    files: tuple[PageFile, ...]
    notes: tuple[str, ...]
    faults: tuple[InputError, ...]


def find_pages(paths: Iterable[Path | str]) -> FoundFiles:
    """The page files that files, folders and quoted globs stand for, sorted, each once.

    Shape: folders are searched to the bottom, hidden files left out without a word; so are README.md, `sources.csv`
    and gold. Of files of one name, those in deeper folders have the folders in their ids.
    Faults are what does not exist or cannot be listed, links to folders, names that no record could bear, and files
    that would meet in one page.
    Errors: InputError that names all faults, if they leave no file.
    """
    found: dict[str, Path] = {}
    notes: list[str] = []
    faults: list[InputError] = []
    for path in paths:
        try:
            for file in _expand(path, notes, faults):
                found.setdefault(os.path.realpath(file), file)  # Path.resolve fails at a link to itself
        except InputError as error:
            faults.append(error)
        except (OSError, ValueError) as error:  # a folder that may not be entered, a name that no file can have
            faults.append(InputError(f"cannot be looked at ({error})", path=path, next_step="Check the path"))
    files = [file for file in sorted(found.values(), key=lambda file: file.as_posix()) if _has_name(file, faults)]
    named = _named(files, faults)
    if not named:
        raise_all(faults)
    return FoundFiles(named, tuple(notes), tuple(faults))


def name_files(paths: Iterable[Path]) -> FoundFiles:
    """Files of another machine, by their paths there, with the ids that `find_pages` would give them.

    Shape: those whose names are none of a page are left out.
    """
    faults: list[InputError] = []
    files = [path for path in sorted(paths) if _may_be_page(path) and _has_name(path, faults)]
    return FoundFiles(_named(files, faults), (), tuple(faults))


def raise_all(faults: Sequence[SummariserError]) -> None:
    """Raise the only fault, or one that names all; nothing for none."""
    if len(faults) == 1:
        raise faults[0]
    if faults:
        said = "\n".join(f"  {fault}" for fault in faults)
        raise InputError(f"and {len(faults) - 1} more files cannot be read\n{said}", path=faults[0].where)


def file_page_id(path: Path) -> str:
    """The name of the pages of a file: without its ending, unless that is all that tells it from others (`.hocr`)."""
    return page_id(f"{path.name}.x" if path.suffix.lower() == ".hocr" else path)


def split_mark(path: Path | str) -> tuple[Path, int | None]:
    """A path and the page that it names behind `#page=`, if it names one and no file is called so."""
    found = _PAGE_MARK.fullmatch(str(path))
    is_marked = found and not os.path.exists(path)  # noqa: PTH110 - says no to a name that no file can have
    return (Path(found[1]), int(found[2])) if found and is_marked else (Path(path), None)


def _expand(path: Path | str, notes: list[str], faults: list[InputError]) -> Sequence[Path]:
    """The page files one argument stands for, at least one."""
    place, _ = split_mark(path)
    if place.is_dir():
        return _in_folder(place, notes, faults)
    if place.exists() or not glob.has_magic(str(path)):
        check_file(place, path)
        return [place]
    matches = [Path(match) for match in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - Path.glob takes no absolute patterns
    files = [match for match in matches if match.is_file() and is_page(match)]
    if not files:
        raise InputError(
            "no page matches this pattern", path=path, expected=_wanted(), next_step="Put the pattern in quotes"
        )
    return files


def _in_folder(folder: Path, notes: list[str], faults: list[InputError]) -> list[Path]:
    """All page files below a folder; what else is there is counted in a note, what cannot be looked at is a fault."""
    files: list[Path] = []
    before = len(faults)
    problems: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        shown = [Path(parent, name) for name in (*folders, *names) if not name.startswith(".")]
        for path in (path for path in shown if path.is_symlink() and not path.is_file()):
            what = "is a link to a folder, which is not followed" if path.is_dir() else "is a link to nothing"
            faults.append(InputError(what, path=path, next_step="Name what it should lead to"))
        files += [path for path in shown if path.is_file()]
    for error in problems:
        what = f"cannot be listed ({error.strerror})"
        faults.append(InputError(what, path=error.filename or folder, next_step="Check the permissions"))
    pages = [file for file in files if is_page(file)]
    left_out: dict[str, list[str]] = defaultdict(list)
    for file in sorted(set(files) - set(pages)):
        if file.name.lower() not in _COMPANIONS and not file.name.lower().endswith(_COMPANION_END):
            left_out[file.suffix.lower() or "without ending"].append(file.name)
    kinds = ", ".join(f"{len(names)} {kind} ({_first(names)})" for kind, names in sorted(left_out.items()))
    if not pages and len(faults) == before:
        what = f"the folder holds no pages{f' ({kinds} left out)' if kinds else ''}"
        raise InputError(what, path=folder, expected=_wanted())
    if kinds:
        count = sum(map(len, left_out.values()))
        notes.append(f"{folder}: {count} file(s) are no pages and were left out: {kinds}.")
    return pages


def _first(names: Sequence[str]) -> str:
    """The first names of many."""
    return ", ".join(names[:_NAMED]) + (" ..." if len(names) > _NAMED else "")


def is_page(file: Path) -> bool:
    """Whether a file is taken for a page when nobody named it."""
    if not _may_be_page(file):
        return False
    saved = (_SAVED_FOLDER.fullmatch(parent.name) and parent.parent for parent in file.parents)
    if any(place and any(place.glob("*.htm*")) for place in saved):
        return False
    if file.suffix.lower() not in OCR_FILES:
        return True
    try:
        with file.open("rb") as content:
            return bool(_OCR_SIGNS.search(content.read(_SNIFFED)))
    except OSError:
        return True  # reading it will say why not


def _may_be_page(file: Path) -> bool:
    """Whether a file is taken for a page as far as its name tells."""
    name = file.name.lower()
    is_beside = name in _COMPANIONS or name.endswith(_COMPANION_END) or name.startswith(".")
    return file.suffix.lower() in SUFFIXES and not is_beside


def _has_name(file: Path, faults: list[InputError]) -> bool:
    """Whether records could say where they came from, and what is kept about this page is not that of another one."""
    name = file_page_id(file)
    try:
        str(file).encode("utf-8")
    except UnicodeEncodeError:
        what = "the name is not in UTF-8, so no record could tell it"
    else:
        if not name.casefold().endswith(_MANIFEST_END):
            return True
        what = f"gives the page id {name!r}, which is the name of what is kept about {name[: -len(_MANIFEST_END)]!r}"
    faults.append(InputError(what, path=file, next_step="Rename the file or its folder"))
    return False


def _named(files: Sequence[Path], faults: list[InputError]) -> tuple[PageFile, ...]:
    """Files with ids that differ, those of one name with their folders; case is ignored, as some file systems do.

    Shape: files that nothing tells apart are left out, and are faults. Of files of one name, one that stands above all
    others keeps the bare name, so that a folder of scans below renames no page.
    """
    names = {file: file_page_id(file) for file in files}

    def refuse(sharing: Sequence[Path]) -> None:
        first, *others = sharing
        what = f"gives the page id {names[first]!r}, and so does {', '.join(map(str, others))}"
        faults.append(InputError(what, path=first, next_step="Rename one of them"))
        for file in sharing:
            del names[file]

    for depth in range(1, 1 + max((len(file.resolve().parents) for file in files), default=0)):
        for sharing in _meeting(names):
            places = Counter(file.resolve().parent for file in sharing)
            if side_by_side := [file for file in sharing if places[file.resolve().parent] > 1]:
                refuse(side_by_side)
        meeting = [file for sharing in _meeting(names) for file in _below(sharing)]
        if not meeting:
            break
        for file in meeting:
            folders = file.resolve().parent.parts[1:][-depth:]
            names[file] = page_id("-".join([*folders, file_page_id(file)]) + ".x")
    for sharing in _meeting(names):
        refuse(sharing)
    return tuple(PageFile(file, names[file]) for file in files if file in names)


def _below(sharing: Sequence[Path]) -> list[Path]:
    """The files but for one that stands higher than all others."""
    depths = [len(file.resolve().parents) for file in sharing]
    is_alone = depths.count(min(depths)) == 1
    return [file for file, depth in zip(sharing, depths, strict=True) if depth > min(depths) or not is_alone]


def _meeting(names: dict[Path, str]) -> list[list[Path]]:
    """Groups of files that share their id."""
    owners: dict[str, list[Path]] = defaultdict(list)
    for file, name in names.items():
        owners[name.casefold()].append(file)
    return [sharing for sharing in owners.values() if len(sharing) > 1]


def check_file(file: Path, path: Path | str) -> None:
    """Refuse what is not a file."""
    try:
        is_folder, is_there = file.is_dir(), file.is_file()
    except (OSError, ValueError) as error:  # a name that no file can have, a folder that may not be entered
        why = getattr(error, "strerror", None) or error
        raise InputError(f"cannot be looked at ({why})", path=path, next_step="Check the path") from error
    if is_folder:
        raise InputError(
            "is a folder, not a page", path=path, next_step="Name a file in it, or use a command that takes folders"
        )
    if not is_there:
        raise InputError("there is no such file", path=path, next_step="Check the spelling of the path")


def _wanted() -> str:
    return f"Files ending in {', '.join(SUFFIXES)}"
