"""PDF files: the lines of a text layer with their boxes; a page that is a picture is rendered for OCR."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from summariser.errors import InputError
from summariser.readers.reading import ReadLine, Reading
from summariser.schema.page import Box

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfDocument, PdfPage

MAX_PAGES = 200
MAX_SIDE_PT = 8000  # a newspaper spread has some 2,300 points; what is far larger is made to exhaust memory
_POINTS_PER_INCH = 72
_MIN_LETTERS = 12  # a text layer with fewer is a folio or a watermark over a picture


class _Glyph(NamedTuple):
    char: str
    box: Box


def read_pdf(data: bytes, path: Path | str, *, dpi: int, recognise: Callable[[Image, int], Reading]) -> list[Reading]:
    """The pages of a PDF, those without a text layer through `recognise(picture, page number)`.

    Units: boxes in pixels at `dpi`.
    Errors: InputError if the file is encrypted, damaged, without pages or beyond all bounds.
    """
    import pypdfium2  # heavy: loaded for a PDF only

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if b"/Encrypt" in data:
            raise InputError("is encrypted", path=path, next_step="Save it without a password first") from error
        raise InputError(
            f"is a PDF that is damaged or has no page ({error})", path=path, next_step="Get the file again"
        ) from error
    with document:
        if not len(document):
            raise InputError("is a PDF without a page", path=path, next_step="Get the file again")
        if len(document) > MAX_PAGES:
            raise InputError(f"has {len(document)} pages", path=path, expected=f"At most {MAX_PAGES}")
        return list(_pages(document, path, dpi, recognise))


def _pages(
    document: PdfDocument, path: Path | str, dpi: int, recognise: Callable[[Image, int], Reading]
) -> Iterator[Reading]:
    scale = dpi / _POINTS_PER_INCH
    for index in range(len(document)):
        page = document[index]
        width, height = page.get_size()
        if max(width, height) > MAX_SIDE_PT:
            raise InputError(f"page {index + 1} is {width:.0f} by {height:.0f} points large", path=path)
        glyphs = _glyphs(page, scale)
        if len(glyphs) >= _MIN_LETTERS:
            rules, pictures = _drawn(page, scale)
            yield Reading(
                tuple(_lines(glyphs)), "PDF text layer", width * scale, height * scale,
                rules=tuple(rules), pictures=tuple(pictures), number=index + 1,
            )  # fmt: skip
        else:
            yield recognise(page.render(scale=scale).to_pil(), index + 1)
        page.close()


def _glyphs(page: PdfPage, scale: float) -> list[_Glyph]:
    """Every visible character with its box, origin top left."""
    text, height = page.get_textpage(), page.get_height()
    glyphs = []
    for index in range(text.count_chars()):
        char = text.get_text_range(index, 1)
        if not char.strip():
            continue
        left, bottom, right, top = text.get_charbox(index, loose=True)
        glyphs.append(_Glyph(char, Box(left * scale, (height - top) * scale, right * scale, (height - bottom) * scale)))
    return glyphs


def _lines(glyphs: list[_Glyph]) -> Iterator[ReadLine]:
    """Characters joined into lines: each follows the one before it in the same row, hardly a letter away."""
    line: list[_Glyph] = []
    for glyph in glyphs:
        if line and not _follows(line[-1], glyph):
            yield _line(line)
            line = []
        line.append(glyph)
    if line:
        yield _line(line)


def _follows(one: _Glyph, other: _Glyph) -> bool:
    height = one.box.bottom - one.box.top
    in_row = min(one.box.bottom, other.box.bottom) - max(one.box.top, other.box.top) > 0.5 * height
    return in_row and -0.5 * height < other.box.left - one.box.right < 1.2 * height


def _line(glyphs: list[_Glyph]) -> ReadLine:
    boxes = [glyph.box for glyph in glyphs]
    box = Box(min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes))
    pieces = [glyphs[0].char]
    for before, glyph in zip(glyphs, glyphs[1:], strict=False):
        is_apart = glyph.box.left - before.box.right > 0.5 * (before.box.bottom - before.box.top)
        pieces.append(f" {glyph.char}" if is_apart else glyph.char)
    return ReadLine("".join(pieces), box, letter_height=median(b.bottom - b.top for b in boxes))


def _drawn(page: PdfPage, scale: float) -> tuple[list[Box], list[Box]]:
    """Printed rules (thin paths) and pictures."""
    import pypdfium2.raw as pdfium

    rules, pictures, height = [], [], page.get_height()
    for item in page.get_objects(max_depth=3):
        left, bottom, right, top = item.get_bounds()
        box = Box(left * scale, (height - top) * scale, right * scale, (height - bottom) * scale)
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            pictures.append(box)
        elif item.type == pdfium.FPDF_PAGEOBJ_PATH and min(right - left, top - bottom) < 3 < max(right - left, top - bottom):
            rules.append(box)
    return rules, pictures
