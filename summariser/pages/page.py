"""Page files: which files are pages, and what stands in them.

A page is a text file as OCR left it. Nothing is repaired here; the lines are those an editor shows, so that every
number we print later can be looked up by hand. What cannot be a page is refused with a sentence that says what to do.
"""

from __future__ import annotations

import glob
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from summariser.errors import InputError
from summariser.pages.encoding import read_text
from summariser.schema.page import Page

SUFFIXES = (".txt", ".md")
DOCUMENTS = (
    ".html",
    ".htm",
    ".xml",
    ".json",
    ".jsonl",
    ".rtf",
    ".doc",
    ".docx",
    ".odt",
)  # renaming makes no text of them
MAX_LINES = 3_000  # lines with text; the fullest page seen has 340, and the rules look at every pair
MAX_BYTES = 2_000_000  # a printed page holds some 20,000 characters, 60 kB; what is thirty times that is no page
MAX_ID_LENGTH = 80  # 80 CJK characters are 240 bytes, and file systems stop at 255
SKIPPED_NAMES = ("readme.md",)

_LINE_END = re.compile(r"\r\n|\r|\n")  # not str.splitlines, which also cuts at U+2028 and form feeds; editors do not
_UNSAFE = re.compile(r"[^\w.\-]+")


def read_page(path: Path | str) -> Page:
    """The page in a file.

    Errors: InputError if there is no such file, if it is too large, or if its bytes are no page.
    """
    file = Path(path)
    _check_file(file, path)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise _too_large(file.stat().st_size, path)
        return parse_page(file.read_bytes(), path=path)
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror or error})", path=path, next_step="Check the permissions of the file"
        ) from error


def parse_page(data: bytes, *, path: Path | str) -> Page:
    """The page in the bytes of a file.

    Shape: lines as an editor numbers them: cut at LF, CR LF and CR only; a byte order mark is no part of line 1.
    Errors: InputError for a wrong ending, no text, something binary, an unknown encoding, more than `MAX_BYTES`.
    """
    _check_suffix(path)
    if len(data) > MAX_BYTES:
        raise _too_large(len(data), path)
    text, encoding = read_text(data, path)
    if not text.strip():
        what = "the file is empty" if not data else "the file holds only blank lines"
        raise InputError(what, path=path, next_step="Give the text that OCR made of the page")
    lines = _LINE_END.split(text)
    if not lines[-1]:
        lines.pop()
    filled = sum(bool(line.strip()) for line in lines)
    if filled > MAX_LINES:
        raise InputError(
            f"has {filled:,} lines with text",
            path=path,
            expected=f"At most {MAX_LINES:,}, one page a file",
            next_step="Cut the file into its pages",
        )
    return Page(
        page_id=page_id(path),
        path=Path(path).as_posix(),
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=encoding,
        lines=tuple(lines),
    )


def page_id(path: Path | str) -> str:
    """The name of a page: that of its file without the ending, made safe for paths and addresses.

    Shape: letters of any script, digits, `_`, `.` and `-`; no dot at either end; 1 to 80 characters.
    """
    stem = unicodedata.normalize("NFC", Path(path).stem)  # macOS hands out decomposed names
    return _UNSAFE.sub("-", stem)[:MAX_ID_LENGTH].strip(".") or "page"


def find_pages(paths: Iterable[Path | str]) -> tuple[Path, ...]:
    """The page files that files, folders and quoted globs stand for, sorted, each once.

    Shape: folders are searched to the bottom for *.txt and *.md, hidden files and README.md left out.
    Errors: InputError for what does not exist, a folder or glob without pages, two files with the same page id.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _expand(path):
            found.setdefault(file.resolve(), file)
    files = tuple(sorted(found.values(), key=lambda file: file.as_posix()))
    _check_ids(files)
    return files


def _expand(path: Path | str) -> Sequence[Path]:
    """The page files one argument stands for, at least one."""
    place = Path(path)
    if place.is_dir():
        return _in_folder(place)
    if place.exists() or not glob.has_magic(str(path)):
        _check_file(place, path)
        _check_suffix(path)
        return [place]
    matches = [Path(match) for match in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - Path.glob takes no absolute patterns
    files = [match for match in matches if match.is_file() and _is_page_name(match.name)]
    if not files:
        raise InputError(
            "no page matches this pattern", path=path, expected=_wanted(), next_step="Put the pattern in quotes"
        )
    return files


def _in_folder(folder: Path) -> list[Path]:
    """All page files below a folder."""
    files = [
        file
        for file in folder.rglob("*")
        if _is_page_name(file.name)
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
        and file.is_file()
    ]
    if not files:
        raise InputError("the folder holds no pages", path=folder, expected=_wanted())
    return files


def _is_page_name(name: str) -> bool:
    """Whether a file of this name is taken for a page when nobody named it."""
    return name.lower().endswith(SUFFIXES) and name.lower() not in SKIPPED_NAMES and not name.startswith(".")


def _check_ids(files: Sequence[Path]) -> None:
    """Refuse two files that would write the same records; case is ignored, as some file systems do."""
    owners: dict[str, Path] = {}
    others = [(file, owners.setdefault(page_id(file).casefold(), file)) for file in files]
    clashes = [(file, other) for file, other in others if file is not other]
    if clashes:
        (file, other), *further = clashes
        more = "".join(f"\n  {file} and {other} give {page_id(file)!r}" for file, other in further)
        what = f"gives the page id {page_id(file)!r}, and so does {other}{more}"
        raise InputError(what, path=file, next_step="Rename one of each two")


def _check_file(file: Path, path: Path | str) -> None:
    """Refuse what is not a file."""
    if file.is_dir():
        raise InputError(
            "is a folder, not a page", path=path, next_step="Name a file in it, or use a command that takes folders"
        )
    if not file.is_file():
        raise InputError("there is no such file", path=path, next_step="Check the spelling of the path")


def _check_suffix(path: Path | str) -> None:
    """Refuse a file whose name does not end like a page's."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        next_step = "Rename the file if it is plain text; run OCR first if it is an image or a PDF"
        if suffix in DOCUMENTS:
            next_step = "Save what a reader sees of it as plain text"
        raise InputError(
            f"ends in {Path(path).suffix or 'nothing'!r}", path=path, expected=_wanted(), next_step=next_step
        )


def _too_large(size: int, path: Path | str) -> InputError:
    """The error for a file too large for a page."""
    return InputError(
        f"has {size:,} bytes",
        path=path,
        expected=f"At most {MAX_BYTES:,}, one page a file",
        next_step="Cut the file into its pages",
    )


def _wanted() -> str:
    """What a page's name ends in, as a phrase."""
    return f"A file ending in {' or '.join(SUFFIXES)}"
