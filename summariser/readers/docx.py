"""Word files: paragraphs and table cells in order. The archive is measured before it is unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from summariser.errors import InputError
from summariser.readers.reading import ReadLine, Reading

if TYPE_CHECKING:
    from docx.document import Document

MAX_UNPACKED = 50_000_000  # bytes; a page of text has some hundred thousand
_MAIN = "word/document.xml"


def read_docx(data: bytes, path: Path | str) -> Reading:
    """The paragraphs of a Word file, one line each; a row of a table is one line.

    Errors: InputError if it is no Word file, damaged, or would unpack to more than `MAX_UNPACKED`.
    """
    import docx  # heavy: loaded for a Word file only

    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
            names = set(archive.namelist())
    except zipfile.BadZipFile as error:
        raise InputError("is a damaged archive", path=path, next_step="Get the file again") from error
    if _MAIN not in names:
        raise InputError("is an archive, but no Word file", path=path, next_step="Unpack it and give what is inside")
    if size > MAX_UNPACKED:
        raise InputError(f"would unpack to {size:,} bytes", path=path, expected=f"At most {MAX_UNPACKED:,}")
    try:
        document = docx.Document(BytesIO(data))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"is a damaged Word file ({error})", path=path, next_step="Save it again in Word") from error
    return Reading(tuple(ReadLine(text) for text in _texts(document)), "Word", is_ordered=True)


def _texts(document: Document) -> Iterator[str]:
    for item in document.iter_inner_content():
        if hasattr(item, "rows"):
            for row in item.rows:
                cells = dict.fromkeys(cell.text.strip() for cell in row.cells)
                yield " ".join(filter(None, cells))
        else:
            yield from item.text.split("\n")
