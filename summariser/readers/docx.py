"""Word files: paragraphs and table cells in order. The archive is measured before it is unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from summariser.errors import InputError
from summariser.readers.reading import Reading, ReadLine

if TYPE_CHECKING:
    from docx.document import Document

MAX_UNPACKED = 100_000_000  # bytes; of a page with photographs most are pictures, which hardly shrink
_MAX_TEXT = 30_000_000  # bytes of the XML of the text; a page has some hundred thousand
_MAIN = "word/document.xml"
_OTHERS = {
    "xl/": "an Excel file",
    "ppt/": "a PowerPoint file",
    "content.xml": "an OpenDocument file",
    "OEBPS": "an e-book",
}
_TITLE_STYLES = ("title", "heading 1", "标题 1")
_FIRST_LINES = 3  # where a title stands; kicker and newspaper may stand above


def read_docx(data: bytes, path: Path | str) -> Reading:
    """The paragraphs of a Word file, one line each; a row of a table is one line.

    Shape: a file with one title, near its beginning, holds one article.
    Errors: InputError if it is no Word file, damaged, or would unpack to more than any page.
    """
    import docx  # heavy: loaded for a Word file only
    from lxml.etree import LxmlError

    _check_archive(data, path)
    try:
        document = docx.Document(BytesIO(data))
        lines = list(_lines(document))
    except (KeyError, ValueError, zipfile.BadZipFile, LxmlError) as error:
        raise InputError(f"is a damaged Word file ({error})", path=path, next_step="Save it again in Word") from error
    titles = [place for place, (_, is_title) in enumerate(lines) if is_title]
    single = (titles[0], 1) if len(titles) == 1 and titles[0] < _FIRST_LINES and len(lines) > titles[0] + 1 else None
    return Reading(tuple(ReadLine(text) for text, _ in lines), "Word", is_ordered=True, titles=single)


def _check_archive(data: bytes, path: Path | str) -> None:
    """Refuse what is no Word file, and what unpacks to too much by what the archive says of itself."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            sizes = {item.filename: item.file_size for item in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise InputError(f"is a damaged archive ({error})", path=path, next_step="Get the file again") from error
    if _MAIN not in sizes:
        what = next((name for start, name in _OTHERS.items() if any(each.startswith(start) for each in sizes)), "")
        raise InputError(
            f"is {what or 'an archive'}, and no Word file",
            path=path,
            next_step="Save its text as .docx or .txt" if what else "Unpack it and give what is inside",
        )
    text = sum(size for name, size in sizes.items() if name.endswith((".xml", ".rels")))
    if sum(sizes.values()) > MAX_UNPACKED or text > _MAX_TEXT:
        what = f"would unpack to {sum(sizes.values()):,} bytes"
        raise InputError(what, path=path, expected=f"At most {MAX_UNPACKED:,}, {_MAX_TEXT:,} of them text")


def _lines(document: Document) -> Iterator[tuple[str, bool]]:
    """The lines with text, each with whether it is a title."""
    for item in document.iter_inner_content():
        if hasattr(item, "rows"):
            for row in item.rows:
                cells = dict.fromkeys(cell.text.strip() for cell in row.cells)
                yield from ((text, False) for text in [" ".join(filter(None, cells))] if text)
        else:
            is_title = item.style is not None and (item.style.name or "").lower() in _TITLE_STYLES
            yield from ((text.strip(), is_title) for text in item.text.split("\n") if text.strip())
