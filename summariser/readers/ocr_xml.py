"""The XML that OCR programs write: hOCR, ALTO, PAGE. No entity is expanded and nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from summariser.readers.reading import Reading, ReadLine, bounds
from summariser.schema.page import Box

if TYPE_CHECKING:
    from lxml.etree import _Element

_BOX = re.compile(r"\bbbox ([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+)")
_SIZE = re.compile(r"\bx_size ([\d.]+)")
_SCORE = re.compile(r"\bx_wconf ([\d.]+)")
_IMAGE = re.compile(r"image [\"']([^\"']*)[\"']")
_POINT = re.compile(r"(-?[\d.]+),(-?[\d.]+)")
_CJK_GAP = re.compile(r"(?<=[^\x00-\x7f]) +| +(?=[^\x00-\x7f])")  # some programs write a space between characters
_MM10_PER_INCH = 254
_UNITS = {"pixel": 1.0, "mm10": None, "inch1200": None}  # None: by the resolution of the picture, which ALTO may lack


def read_hocr(data: bytes) -> list[Reading]:
    """The pages of an hOCR file, HTML or XHTML; none if it is another web page."""
    from lxml import html  # heavy: loaded for OCR files only

    parser = html.HTMLParser(encoding="utf-8", no_network=True)
    root = html.document_fromstring(data, parser=parser)
    return [_hocr_page(page, number) for number, page in enumerate(_by_class(root, "ocr_page"), 1)]


def _hocr_page(page: _Element, number: int) -> Reading:
    title = page.get("title", "")
    frame = _BOX.search(title)
    size = (float(frame[3]), float(frame[4])) if frame else (0.0, 0.0)
    image = _IMAGE.search(title)
    system = page.getroottree().xpath("string(//*[local-name()='meta'][@name='ocr-system']/@content)")
    lines = tuple(line for kind in ("ocr_line", "ocrx_line", "ocr_header", "ocr_caption", "ocr_textfloat")
                  for line in _hocr_lines(page, kind))  # fmt: skip
    pictures = tuple(Box(*map(float, found.groups())) for kind in ("ocr_photo", "ocr_image", "ocr_float")
                     for each in _by_class(page, kind) if (found := _BOX.search(each.get("title", ""))))  # fmt: skip
    return Reading(
        lines, str(system) or "hOCR", *size, pictures=pictures, image=image[1] if image else None, number=number
    )


def _hocr_lines(page: _Element, kind: str) -> Iterator[ReadLine]:
    for line in _by_class(page, kind):
        title = line.get("title", "")
        found, size = _BOX.search(title), _SIZE.search(title)
        words = list(_by_class(line, "ocrx_word")) or [line]
        text = _closed_up(" ".join("".join(word.itertext()).strip() for word in words))
        scores = [float(score[1]) / 100 for word in words if (score := _SCORE.search(word.get("title", "")))]
        if text and found:
            height = float(size[1]) if size else None
            yield ReadLine(text, Box(*map(float, found.groups())), _mean(scores), height)


def read_alto(root: _Element) -> list[Reading]:
    """The pages of an ALTO file.

    Errors: ValueError if its boxes are in a unit that needs the resolution of the picture, and none is given.
    """
    unit = root.xpath("string(//*[local-name()='MeasurementUnit'])").strip() or "pixel"
    dpi = root.xpath("string((//*[local-name()='Page']/@*[local-name()='XDPI'])[1])")
    if _UNITS.get(unit) is None and unit != "pixel" and not dpi:
        raise ValueError(f"its boxes are in {unit}, and the resolution of the picture is not given")
    factor = {"mm10": float(dpi or 0) / _MM10_PER_INCH, "inch1200": float(dpi or 0) / 1200}.get(unit, 1.0)
    image = root.xpath("string(//*[local-name()='fileName'])").strip() or None
    reader = root.xpath("string(//*[local-name()='softwareName'])").strip() or "ALTO"
    pages = root.xpath("//*[local-name()='Page']")
    return [
        Reading(
            tuple(_alto_lines(page, factor)),
            reader,
            float(page.get("WIDTH", 0)) * factor,
            float(page.get("HEIGHT", 0)) * factor,
            rules=tuple(_alto_box(each, factor) for each in page.xpath(".//*[local-name()='GraphicalElement']")),
            pictures=tuple(_alto_box(each, factor) for each in page.xpath(".//*[local-name()='Illustration']")),
            image=image,
            number=number,
        )
        for number, page in enumerate(pages, 1)
    ]


def _alto_lines(page: _Element, factor: float) -> Iterator[ReadLine]:
    for line in page.xpath(".//*[local-name()='TextLine']"):
        strings = line.xpath("./*[local-name()='String']")
        text = _closed_up(" ".join(string.get("CONTENT", "") for string in strings))
        scores = [float(string.get("WC")) for string in strings if string.get("WC")]
        if text:
            yield ReadLine(text, _alto_box(line, factor), _mean(scores))


def _alto_box(element: _Element, factor: float) -> Box:
    left, top = float(element.get("HPOS", 0)), float(element.get("VPOS", 0))
    right, bottom = left + float(element.get("WIDTH", 0)), top + float(element.get("HEIGHT", 0))
    return Box(left * factor, top * factor, right * factor, bottom * factor)


def read_page_xml(root: _Element) -> list[Reading]:
    """The page of a PAGE XML file."""
    pages = root.xpath("//*[local-name()='Page']")
    creator = root.xpath("string(//*[local-name()='Creator'])").strip() or "PAGE XML"
    return [
        Reading(
            tuple(_page_xml_lines(page)),
            creator,
            float(page.get("imageWidth", 0)),
            float(page.get("imageHeight", 0)),
            rules=tuple(_regions(page, "SeparatorRegion")),
            pictures=(*_regions(page, "ImageRegion"), *_regions(page, "GraphicRegion")),
            image=page.get("imageFilename"),
            number=number,
        )
        for number, page in enumerate(pages, 1)
    ]


def _page_xml_lines(page: _Element) -> Iterator[ReadLine]:
    for line in page.xpath(".//*[local-name()='TextLine']"):
        equivalents = line.xpath("./*[local-name()='TextEquiv']")
        best = min(equivalents, key=lambda each: int(each.get("index", 0)), default=None)
        if best is None:
            continue
        text = best.xpath("string(./*[local-name()='Unicode'])").strip()
        if text:
            yield ReadLine(text, _polygon(line), float(best.get("conf")) if best.get("conf") else None)


def _regions(page: _Element, kind: str) -> Iterator[Box]:
    return (_polygon(region) for region in page.xpath(f".//*[local-name()='{kind}']"))


def _polygon(element: _Element) -> Box:
    """The box round an element's `Coords`; older files write points of their own."""
    points = _POINT.findall(element.xpath("string(./*[local-name()='Coords']/@points)"))
    if not points:
        old = element.xpath("./*[local-name()='Coords']/*[local-name()='Point']")
        points = [(point.get("x"), point.get("y")) for point in old]
    return bounds([(float(x), float(y)) for x, y in points])


def _by_class(root: _Element, name: str) -> Iterator[_Element]:
    yield from root.xpath(f".//*[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]")


def _mean(scores: list[float]) -> float | None:
    return sum(scores) / len(scores) if scores else None


def _closed_up(text: str) -> str:
    """The text without spaces beside Chinese characters."""
    return _CJK_GAP.sub("", " ".join(text.split()))
