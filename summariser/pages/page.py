"""Pages in plain text: what stands in a text file as OCR left it.

Nothing is repaired here; the lines are those an editor shows, so that every
number we print later can be looked up by hand. What cannot be a page is refused with a sentence that says what to do.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

from summariser.errors import InputError
from summariser.pages.encoding import read_text
from summariser.schema.page import Page

SUFFIXES = (".txt", ".md")
DOCUMENTS = (".html", ".htm", ".xml", ".json", ".jsonl", ".rtf", ".doc", ".docx", ".odt")  # no text when renamed
MAX_LINES = 3_000  # lines with text; the fullest page seen has 340, and the rules look at every pair
MAX_BYTES = 2_000_000  # a printed page holds some 20,000 characters, 60 kB; what is thirty times that is no page
MAX_ID_LENGTH = 80
_MAX_ID_BYTES = 240  # file systems stop at 255, and `.page.json` is to follow; 80 common Chinese characters fit

_LINE_END = re.compile(r"\r\n|\r|\n")  # not str.splitlines, which also cuts at U+2028 and form feeds; editors do not
_UNSAFE = re.compile(r"[^\w.\-]+")


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
    kept = _UNSAFE.sub("-", stem)[:MAX_ID_LENGTH].encode()[:_MAX_ID_BYTES].decode(errors="ignore")
    return kept.strip(".") or "page"


def _check_suffix(path: Path | str) -> None:
    """Refuse a file whose name does not end like a page's."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        next_step = "Rename the file if it is plain text"
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
