"""Which files are pages: what files, folders and quoted globs stand for, and what each page will be called."""

from __future__ import annotations

import glob
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from summariser.errors import InputError, SummariserError
from summariser.pages.page import page_id
from summariser.readers.source import SIDECAR

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
_SNIFFED = 200_000  # bytes of a file in which it shows what it is
_PAGE_MARK = re.compile(r"(.+)#page=([0-9]{1,4})")


class PageFile(NamedTuple):
    """A file to be read; its pages are called `page_id`, of several `page_id.p1`, `page_id.p2`."""

    path: Path
    page_id: str


class FoundFiles(NamedTuple):
    """What paths stand for; `notes` say which files of a folder are left out."""

    files: tuple[PageFile, ...]
    notes: tuple[str, ...]


def find_pages(paths: Iterable[Path | str]) -> FoundFiles:
    """The page files that files, folders and quoted globs stand for, sorted, each once.

    Shape: folders are searched to the bottom, hidden files left out without a word; so are README.md, `sources.csv`
    and gold. Two files of one name have the names of their folders in their ids.
    Errors: InputError that names everything that does not exist, and all files that would meet in one page.
    """
    found: dict[Path, Path] = {}
    notes: list[str] = []
    faults: list[InputError] = []
    for path in paths:
        try:
            for file in _expand(path, notes):
                found.setdefault(file.resolve(), file)
        except InputError as error:
            faults.append(error)
    raise_all(faults)
    files = sorted(found.values(), key=lambda file: file.as_posix())
    return FoundFiles(_named(files), tuple(notes))


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
    return (Path(found[1]), int(found[2])) if found and not Path(path).exists() else (Path(path), None)


def _expand(path: Path | str, notes: list[str]) -> Sequence[Path]:
    """The page files one argument stands for, at least one."""
    place, _ = split_mark(path)
    if place.is_dir():
        return _in_folder(place, notes)
    if place.exists() or not glob.has_magic(str(path)):
        check_file(place, path)
        return [place]
    matches = [Path(match) for match in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - Path.glob takes no absolute patterns
    files = [match for match in matches if match.is_file() and _is_page(match)]
    if not files:
        raise InputError(
            "no page matches this pattern", path=path, expected=_wanted(), next_step="Put the pattern in quotes"
        )
    return files


def _in_folder(folder: Path, notes: list[str]) -> list[Path]:
    """All page files below a folder; what else is there is counted in a note."""
    shown = [file for file in folder.rglob("*") if not any(p.startswith(".") for p in file.relative_to(folder).parts)]
    files = [file for file in shown if file.is_file()]
    pages = [file for file in files if _is_page(file)]
    left_out = Counter(
        file.suffix.lower() or "without ending"
        for file in set(files) - set(pages)
        if file.name.lower() not in _COMPANIONS and not file.name.lower().endswith(_COMPANION_END)
    )
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(left_out.items()))
    if not pages:
        what = f"the folder holds no pages{f' ({kinds} left out)' if kinds else ''}"
        raise InputError(what, path=folder, expected=_wanted())
    if kinds:
        notes.append(f"{folder}: {left_out.total()} files are no pages and were left out: {kinds}.")
    return pages


def _is_page(file: Path) -> bool:
    """Whether a file is taken for a page when nobody named it."""
    name, suffix = file.name.lower(), file.suffix.lower()
    if suffix not in SUFFIXES or name.startswith(".") or name in _COMPANIONS or name.endswith(_COMPANION_END):
        return False
    saved = (_SAVED_FOLDER.fullmatch(parent.name) and parent.parent for parent in file.parents)
    if any(place and any(place.glob("*.htm*")) for place in saved):
        return False
    if suffix not in OCR_FILES:
        return True
    try:
        with file.open("rb") as content:
            return bool(_OCR_SIGNS.search(content.read(_SNIFFED)))
    except OSError:
        return True  # reading it will say why not


def _named(files: Sequence[Path]) -> tuple[PageFile, ...]:
    """Files with ids that differ, those of one name with their folders; case is ignored, as some file systems do."""
    names = {file: file_page_id(file) for file in files}
    for depth in range(1, 1 + max((len(file.resolve().parents) for file in files), default=0)):
        meeting = [file for sharing in _meeting(names) for file in sharing]
        if not meeting or _side_by_side(names):
            break
        for file in meeting:
            folders = file.resolve().parent.parts[1:][-depth:]
            names[file] = page_id("-".join([*folders, file_page_id(file)]) + ".x")
    raise_all(_side_by_side(names) or [_clash(sharing, names) for sharing in _meeting(names)])
    return tuple(PageFile(file, names[file]) for file in files)


def _side_by_side(names: dict[Path, str]) -> list[InputError]:
    """The error for each file that shares its id with one in the same folder, which no folder can tell apart."""
    found = []
    for sharing in _meeting(names):
        places = Counter(file.resolve().parent for file in sharing)
        if places.most_common(1)[0][1] > 1:
            found.append(_clash(sharing, names))
    return found


def _clash(sharing: Sequence[Path], names: dict[Path, str]) -> InputError:
    first, *others = sharing
    what = f"gives the page id {names[first]!r}, and so does {', '.join(map(str, others))}"
    return InputError(what, path=first, next_step="Rename one of them")


def _meeting(names: dict[Path, str]) -> list[list[Path]]:
    """Groups of files that share their id."""
    owners: dict[str, list[Path]] = defaultdict(list)
    for file, name in names.items():
        owners[name.casefold()].append(file)
    return [sharing for sharing in owners.values() if len(sharing) > 1]


def check_file(file: Path, path: Path | str) -> None:
    """Refuse what is not a file."""
    if file.is_dir():
        raise InputError(
            "is a folder, not a page", path=path, next_step="Name a file in it, or use a command that takes folders"
        )
    if not file.is_file():
        raise InputError("there is no such file", path=path, next_step="Check the spelling of the path")


def _wanted() -> str:
    return f"Files ending in {', '.join(SUFFIXES)}"
