"""PDF files: the lines of a text layer with their boxes; a page that is a picture is rendered for OCR."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from summariser.errors import InputError
from summariser.readers.reading import MAX_PIXELS, Reading, ReadLine, hull
from summariser.schema.page import Box

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfDocument, PdfPage

MAX_PAGES = 200
MAX_GLYPHS = 200_000  # of a page; a broadsheet has some 15,000
MAX_UNPACKED = 1_000_000_000  # bytes of all streams; what unpacks to more is made to exhaust memory
_MAX_STREAM = 300_000_000  # bytes of one stream; a page of a newspaper at 300 dpi in colour has some 120 million
_MAX_OBJECTS = 50_000
_POINTS_PER_INCH = 72
_FEW_GLYPHS = 200  # with fewer, a page that a picture covers is a scan with a folio or a stamp
_COVERING = 0.6  # share of a page
_LOST = 0.2  # share of characters without a meaning (fonts without a table) from which on a text layer is worthless
_STREAM = re.compile(rb"/FlateDecode[^\0]{0,300}?>>\s*stream\r?\n")
_PDFIUM = Lock()  # PDFium may be called by one thread at a time

Recognise = Callable[[Mapping[int, Callable[[], "Image"]]], list[Reading]]


class _Glyph(NamedTuple):
    char: str
    box: Box
    spaced: bool  # a space is printed before it


def read_pdf(data: bytes, path: Path | str, *, dpi: int, recognise: Recognise) -> list[Reading]:
    """The pages of a PDF, those without a text layer through `recognise`, all at once: page numbers with renderings.

    Shape: a page on which nothing stands has no lines.
    Units: boxes in pixels at `dpi`.
    Errors: InputError if the file is encrypted, damaged, without pages or beyond all bounds.
    """
    _check_streams(data, path)
    with _PDFIUM:
        document = _open(data, path)
        count = len(document)
    try:
        if not count:
            raise InputError("is a PDF without a page", path=path, next_step="Get the file again")
        if count > MAX_PAGES:
            raise InputError(f"has {count} pages", path=path, expected=f"At most {MAX_PAGES}")
        pages = [_read_layer(document, index, path, dpi) for index in range(count)]
        scale = dpi / _POINTS_PER_INCH
        drawn = {index + 1: partial(_render, document, index, scale) for index in range(count) if pages[index] is None}
        recognised = iter(recognise(drawn))
        return [page or next(recognised)._replace(dpi=dpi) for page in pages]
    finally:
        with _PDFIUM:
            document.close()


def render_page(data: bytes, path: Path | str, *, number: int, dpi: int) -> Image:
    """The picture of one page (from 1) of a PDF that was read before."""
    with _PDFIUM:
        document = _open(data, path)
    picture = _render(document, number - 1, dpi / _POINTS_PER_INCH)
    with _PDFIUM:
        document.close()
    return picture


def _open(data: bytes, path: Path | str) -> PdfDocument:
    import pypdfium2  # heavy: loaded for a PDF only

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if b"/Encrypt" in data:
            raise InputError("is encrypted", path=path, next_step="Save it without a password first") from error
        if re.search(rb"/Count\s+0\b", data):
            raise InputError("is a PDF without a page", path=path, next_step="Get the file again") from error
        raise InputError(f"is a damaged PDF ({error})", path=path, next_step="Get the file again") from error


def _check_streams(data: bytes, path: Path | str) -> None:
    """Refuse a file whose packed streams unpack to more than any newspaper does; they are unpacked piece by piece."""
    total = 0
    for found in _STREAM.finditer(data):
        unpack, size, place = zlib.decompressobj(), 0, found.end()
        try:
            while not unpack.eof and place < len(data) and size <= _MAX_STREAM:
                packed = unpack.unconsumed_tail or data[place : place + 65_536]
                place += 0 if unpack.unconsumed_tail else len(packed)
                size += len(unpack.decompress(packed, 1_000_000))
        except zlib.error:
            continue  # damaged, or no stream: PDFium will say
        total += size
        if size > _MAX_STREAM or total > MAX_UNPACKED:
            raise InputError(
                f"would unpack to more than {min(size, total):,} bytes",
                path=path,
                next_step="Print it to a new PDF, or save its pages as pictures",
            )


def _read_layer(document: PdfDocument, index: int, path: Path | str, dpi: int) -> Reading | None:
    """The text layer of one page; None for a page that is a picture."""
    scale = dpi / _POINTS_PER_INCH
    with _PDFIUM:
        page = document[index]
        width, height = (side * scale for side in page.get_size())
        if width * height > MAX_PIXELS:
            what = f"page {index + 1} has {width:,.0f} x {height:,.0f} pixels at {dpi} dpi"
            raise InputError(what, path=path, expected=f"At most {MAX_PIXELS // 1_000_000} million")
        rules, pictures = _drawn(page, scale, path)
        glyphs = _glyphs(page, scale, path)
        is_blank = not glyphs and not pictures and not rules
        page.close()
    covered = max(((b.right - b.left) * (b.bottom - b.top) for b in pictures), default=0) / (width * height)
    if is_blank or (glyphs and (len(glyphs) >= _FEW_GLYPHS or covered < _COVERING) and not _is_garbled(glyphs)):
        return Reading(
            tuple(_stacked(list(_lines(glyphs)))),
            "PDF text layer",
            width,
            height,
            rules=tuple(rules),
            pictures=tuple(pictures),
            number=index + 1,
            dpi=dpi,
        )
    return None


def _render(document: PdfDocument, index: int, scale: float) -> Image:
    with _PDFIUM:
        page = document[index]
        picture: Image = page.render(scale=scale).to_pil()
        page.close()
    return picture


def _is_garbled(glyphs: Sequence[_Glyph]) -> bool:
    """Whether many characters have no meaning, as where a font does not say which they are."""
    lost = sum(unicodedata.category(glyph.char[0]) in {"Co", "Cn", "Cc"} or glyph.char == "\ufffd" for glyph in glyphs)
    return lost > _LOST * len(glyphs)


def _glyphs(page: PdfPage, scale: float, path: Path | str) -> list[_Glyph]:
    """Every visible character with its box, origin top left."""
    text, height = page.get_textpage(), page.get_height()
    count = text.count_chars()
    if count > MAX_GLYPHS:
        raise InputError(f"has a page of {count:,} characters", path=path, expected=f"At most {MAX_GLYPHS:,}")
    glyphs: list[_Glyph] = []
    spaced = False
    for index in range(count):
        char = text.get_text_range(index, 1)
        if not char.strip():
            spaced = True
            continue
        left, bottom, right, top = text.get_charbox(index, loose=True)
        is_flat = top - bottom < (right - left) / 2  # the ink alone, which is all that some fonts tell of 一
        if is_flat and not char.isascii():
            bottom, top = ((bottom + top + side) / 2 for side in (left - right, right - left))
        box = Box(left * scale, (height - top) * scale, right * scale, (height - bottom) * scale)
        glyphs.append(_Glyph(char, box, spaced))
        spaced = False
    text.close()
    return glyphs


def _lines(glyphs: Sequence[_Glyph]) -> Iterator[ReadLine]:
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
    is_beside = in_row and -0.5 * height < other.box.left - one.box.right < 1.2 * height
    return is_beside or one.box == other.box  # one letter for two characters: ——


def _line(glyphs: Sequence[_Glyph]) -> ReadLine:
    boxes = [glyph.box for glyph in glyphs]
    pieces = [glyphs[0].char]
    for before, glyph in pairwise(glyphs):
        is_apart = glyph.box.left - before.box.right > 0.5 * (before.box.bottom - before.box.top)
        is_word = glyph.spaced and before.char.isascii() and glyph.char.isascii()
        pieces.append(f" {glyph.char}" if is_apart or is_word else glyph.char)
    return ReadLine("".join(pieces), hull(boxes), letter_height=median(b.bottom - b.top for b in boxes))


def _stacked(lines: Sequence[ReadLine]) -> Iterator[ReadLine]:
    """The lines, Chinese characters that stand one below the other joined: they run down the page."""
    run: list[ReadLine] = []
    for line in [*lines, None]:
        is_single = line is not None and len(line.text) == 1 and not line.text.isascii()
        if line is not None and is_single and (not run or _is_below(line, run)):
            run.append(line)
            continue
        if len(run) > 1:
            box = hull([each.box for each in run if each.box])
            yield ReadLine("".join(each.text for each in run), box, letter_height=box.right - box.left, vertical=True)
        else:
            yield from run
        run = [line] if line is not None and is_single else []
        if line is not None and not is_single:
            yield line


def _is_below(line: ReadLine, run: Sequence[ReadLine]) -> bool:
    """Whether a character goes on a column of characters; the boxes of punctuation are small and stand aside."""
    boxes = [each.box for each in run if each.box]
    column = hull(boxes)
    size = max(column.right - column.left, boxes[0].bottom - boxes[0].top)
    if not line.box:
        return False
    middle = (line.box.left + line.box.right) / 2
    is_in = column.left - size / 4 < middle < column.right + size / 4
    return is_in and -size / 2 < line.box.top - boxes[-1].bottom < size


def _drawn(page: PdfPage, scale: float, path: Path | str) -> tuple[list[Box], list[Box]]:
    """Printed rules (thin paths) and pictures."""
    import pypdfium2.raw as pdfium

    rules, pictures, height = [], [], page.get_height()
    for item in islice(page.get_objects(max_depth=3), _MAX_OBJECTS):
        left, bottom, right, top = item.get_bounds()
        box = Box(left * scale, (height - top) * scale, right * scale, (height - bottom) * scale)
        sides = sorted((right - left, top - bottom))
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            wide, high = item.get_px_size()
            if wide * high > 2 * MAX_PIXELS:
                raise InputError(f"holds a picture of {wide:,} x {high:,} pixels", path=path)
            pictures.append(box)
        elif item.type == pdfium.FPDF_PAGEOBJ_PATH and sides[0] < 3 < sides[1]:
            rules.append(box)
    return rules, pictures
