"""Which kind a file is, by its content and not by its name, and the readings that it holds."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from summariser.errors import InputError
from summariser.readers.kept import Recogniser
from summariser.readers.picture import is_picture, open_pictures
from summariser.readers.reading import Reading

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_MARKUP = 50_000_000  # bytes of JSON, XML and HTML; the OCR of a broadsheet page has some 1 MB
_SNIFFED = 65_536
_MAX_NUMBER = 10_000  # of a page in its file
_ROOT = re.compile(  # the first element, behind declarations and comments
    r"(?:\s|<\?[^>]*>|<!--.*?-->|<!doctype[^>\[]*(?:\[.*?\]\s*)?>)*<(?:[\w.-]+:)?([a-z][\w.-]*)[\s/>]",
    re.DOTALL | re.IGNORECASE,
)
_HTML = frozenset(
    ("html", "head", "body", "div", "p", "span", "article", "section", "table", "h1", "h2", "meta", "main")
)
_CJK = re.compile(r"[\u3400-\u9fff]")
_FEW_LETTERS = 8  # Chinese characters; engines see some in the leaves of a landscape
_REFUSED = {
    b"\xd0\xcf\x11\xe0": ("is an old Office document", "Save it as .docx"),
    b"{\\rtf": ("is an RTF document", "Save it as .docx"),
    b"Rar!": ("is a RAR archive", "Unpack it and give what is inside"),
    b"7z\xbc\xaf": ("is a 7z archive", "Unpack it and give what is inside"),
    b"\x1f\x8b": ("is a gzip archive", "Unpack it and give what is inside"),
    b"AT&TFORM": ("is a DjVu document", "Save its pages as PDF or PNG"),
    b"%!PS": ("is a PostScript document", "Save it as PDF"),
}
_BROKEN = (ValueError, OverflowError, KeyError, TypeError, IndexError, AttributeError, RecursionError)


def read_data(data: bytes, path: Path, recogniser: Recogniser) -> list[Reading] | None:
    """What the bytes of a file hold, a reading for each page; None for plain text.

    Errors: InputError for what is damaged, beyond all bounds or of no kind that is read; as `Recogniser.read`.
    """
    sha256 = hashlib.sha256(data).hexdigest()

    def recognise(pictures: Mapping[int, Callable[[], Image]]) -> list[Reading]:
        readings = recogniser.read_all(pictures, path=path, sha256=sha256)
        return [each if _has_letters(each) else each._replace(lines=()) for each in readings]

    if data[:1024].lstrip().startswith(b"%PDF-"):
        from summariser.readers.pdf import read_pdf

        return read_pdf(data, path, dpi=recogniser.dpi, recognise=recognise)
    if is_picture(data):
        pictures = dict(enumerate(open_pictures(data, path), 1))
        return [reading._replace(image=path.as_posix()) for reading in recognise(pictures)]
    if data.startswith(b"PK\x03\x04"):
        from summariser.readers.documents import read_docx

        return [read_docx(data, path)]
    for magic, (what, next_step) in _REFUSED.items():
        if data.startswith(magic):
            raise InputError(what, path=path, next_step=next_step)
    if data[4:8] == b"ftyp":
        raise InputError("is a HEIC picture or a film", path=path, next_step="Save the picture as JPEG")
    return _read_marked_up(data, path)


def _has_letters(reading: Reading) -> bool:
    """Whether so many letters were read that they are no accident."""
    return sum(len(_CJK.findall(line.text)) for line in reading.lines) >= _FEW_LETTERS


def _read_marked_up(data: bytes, path: Path) -> list[Reading] | None:
    """The readings in JSON, XML or HTML; None for anything else."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    start = data[:_SNIFFED].decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    root = _ROOT.match(start)
    kind = root[1].lower() if root else ""
    if path.suffix.lower() == ".md" and kind not in {"html", "alto", "pcgts"}:
        return None
    if (kind or start[:1] in {"{", "["}) and len(data) > MAX_MARKUP:
        raise InputError(f"has {len(data):,} bytes", path=path, expected=f"At most {MAX_MARKUP:,}, one page a file")
    if start[:1] in {"{", "["}:
        return _read_json(data, path)
    if kind in {"alto", "pcgts"}:
        return _read_xml(data, path, kind)
    if kind in _HTML:
        from summariser.readers.documents import read_html
        from summariser.readers.ocr_files import read_hocr

        readings = read_hocr(data) if b"ocr_page" in data else []
        return readings or [read_html(data, path)]
    if kind == "svg":
        raise InputError("is an SVG drawing", path=path, next_step="Save it as PNG")
    if start.startswith("<?xml") or (kind and path.suffix.lower() == ".xml"):
        raise InputError(f"is XML of an unknown kind (<{kind or '?'}>)", path=path, expected="ALTO, PAGE XML or hOCR")
    return None


def _read_json(data: bytes, path: Path) -> list[Reading] | None:
    from summariser.readers.ocr_files import FORMATS

    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        if path.suffix.lower() != ".json":
            return None  # a text that begins with a bracket
        raise InputError(f"is broken JSON ({error})", path=path, next_step="Get the file again") from error
    try:
        form = next((form for form in FORMATS if form.is_it(value)), None)
        if form is not None:
            readings = form.read(value)
            if all(type(each.number) is int and 0 < each.number < _MAX_NUMBER for each in readings):
                return readings
            raise ValueError(f"pages are called {', '.join(str(each.number) for each in readings)[:100]}")
    except _BROKEN as error:
        what = f"looks like the output of an OCR program, but {type(error).__name__}: {error}"
        raise InputError(what, path=path, next_step="Write it again with the program, or give the picture") from error
    known = ", ".join(each.name for each in FORMATS)
    raise InputError("is JSON, and not the output of an OCR program that is known", path=path, expected=known)


def _read_xml(data: bytes, path: Path, kind: str) -> list[Reading]:
    """ALTO or PAGE. No entity is expanded, nothing is fetched."""
    from lxml import etree

    from summariser.readers.ocr_files import read_alto, read_page_xml

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
        dtd = root.getroottree().docinfo.internalDTD
        if dtd is not None and any(True for _ in dtd.iterentities()):
            what = "declares entities, which are never expanded"
            raise InputError(what, path=path, next_step="Write the text itself in their place")
        return read_alto(root) if kind == "alto" else read_page_xml(root)
    except etree.LxmlError as error:
        raise InputError(f"is broken XML ({error})", path=path, next_step="Get the file again") from error
    except _BROKEN as error:
        raise InputError(f"is {kind.upper()} with fields that cannot be read: {error}", path=path) from error
