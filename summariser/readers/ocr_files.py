"""The files that OCR programs write: JSON (RapidOCR, PaddleOCR and PP-Structure, MinerU, docling), XML, Markdown.

Sources: the formats as the programs' own documentation has them. Each reader of JSON takes what was parsed and gives
the pages in it; `FORMATS` says by which keys a format is known. XML is hOCR, ALTO or PAGE; no entity is expanded and
nothing is fetched. Markdown is MinerU's: its formulas, tables, pictures and comments as plain text, line by line.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from summariser.readers.reading import Reading, ReadLine, bounds
from summariser.schema.page import Box

if TYPE_CHECKING:
    from lxml.etree import _Element

Json = Any
_PER_MILLE = 1000  # MinerU's content lists count thousandths of the page
_PICTURES = frozenset({"image", "picture", "figure", "chart"})
_TEXT_KEYS = (  # where a MinerU block keeps its words, by its type
    "text", "image_caption", "image_footnote", "table_caption", "table_footnote", "list_items", "title_content",
    "paragraph_content", "page_header_content", "page_footer_content", "page_number_content", "page_aside_text_content",
    "page_footnote_content", "code_body", "algorithm_content", "image_source", "math_content", "content",
)  # fmt: skip


class Format(NamedTuple):
    """One format: its name, how its JSON is known, and what reads it."""

    name: str
    is_it: Callable[[Json], bool]
    read: Callable[[Json], list[Reading]]


def _read_rapidocr(value: Json) -> list[Reading]:
    """`[{"box": [[x, y] * 4], "txt": ..., "score": ...}]`, one page."""
    lines = tuple(ReadLine(str(item["txt"]), bounds(item["box"]), float(item["score"])) for item in value)
    return [_sized(Reading(lines, "RapidOCR"))]


def _read_paddle(value: Json) -> list[Reading]:
    """`rec_texts`, `rec_boxes`, `rec_scores`; PP-Structure has them in `overall_ocr_res`, a service `prunedResult`."""
    readings = []
    for number, page in enumerate(_paddle_pages(value), 1):
        inner = page.get("overall_ocr_res") or page
        width, height = float(page.get("width") or 0), float(page.get("height") or 0)
        blocks = page.get("parsing_res_list") or ()
        pictures = tuple(_box(block["block_bbox"]) for block in blocks if block["block_label"] in _PICTURES)
        scores: list[float | None]
        if "rec_texts" in inner:
            reader, texts, scores = "PaddleOCR", inner["rec_texts"], [*map(float, inner["rec_scores"])]
            boxes = inner["rec_boxes"] if "rec_boxes" in inner else [bounds(polygon) for polygon in inner["rec_polys"]]
        else:
            blocks = [block for block in page["parsing_res_list"] if block["block_label"] not in _PICTURES]
            reader, texts, scores = "PP-Structure", [block["block_content"] for block in blocks], [None] * len(blocks)
            boxes = [block["block_bbox"] for block in blocks]
        lines = tuple(
            ReadLine(str(text), _box(box), score) for text, box, score in zip(texts, boxes, scores, strict=True)
        )
        readings.append(_sized(Reading(lines, reader, width, height, pictures=pictures, number=number)))
    return readings


def _paddle_pages(value: Json) -> Sequence[Mapping[str, Json]]:
    """The pages, however deep a service wrapped them."""
    if isinstance(value, list):
        return [page for item in value for page in _paddle_pages(item)]
    for key in ("result", "res"):
        if _has(value, key) and isinstance(value[key], dict):
            return _paddle_pages(value[key])
    for key in ("layoutParsingResults", "ocrResults"):
        if _has(value, key):
            return [item["prunedResult"] for item in value[key]]
    return [value]


def _read_mineru_list(value: Json) -> list[Reading]:
    """MinerU's content list, flat or a list a page; boxes are thousandths of the page, in reading order."""
    pages: dict[int, list[Json]] = defaultdict(list)
    for number, item in enumerate(value):
        for block in item if isinstance(item, list) else [item]:
            pages[block.get("page_idx", number if isinstance(item, list) else 0)].append(block)
    return [_mineru_page(blocks, index + 1) for index, blocks in sorted(pages.items())]


def _mineru_page(blocks: Iterable[Json], number: int) -> Reading:
    lines, pictures = [], []
    for block in blocks:
        box = _box(block["bbox"]) if block.get("bbox") else None
        if block["type"] in _PICTURES and box:
            pictures.append(box)
            box = Box(box.left, box.bottom, box.right, box.bottom + 1)  # its words stand below it
        if words := _mineru_words(block):
            lines.append(ReadLine(words, box))
    # Thousandths: the picture's own size is not in the file.
    whole = (_PER_MILLE, _PER_MILLE) if any(line.box for line in lines) else (0, 0)
    return Reading(tuple(lines), "MinerU", *whole, pictures=tuple(pictures), number=number)


def _mineru_words(value: Json) -> str:
    """The words of a block, wherever its type keeps them."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_mineru_words(item) for item in value)
    if isinstance(value, dict):
        return "\n".join(filter(None, (_mineru_words(value[key]) for key in _TEXT_KEYS if key in value)))
    return ""


def _read_mineru_middle(value: Json) -> list[Reading]:
    """MinerU's `middle.json`: blocks, lines and spans in points of the page."""
    readings: list[Reading] = []
    for page in value["pdf_info"]:
        width, height = map(float, page["page_size"])
        blocks = [*page.get("para_blocks", ()), *page.get("discarded_blocks", ())]
        lines = tuple(line for block in blocks for line in _middle_lines(block))
        pictures = tuple(_box(block["bbox"]) for block in blocks if block["type"] in _PICTURES)
        number = int(page.get("page_idx", len(readings))) + 1
        readings.append(Reading(lines, "MinerU", width, height, pictures=pictures, number=number))
    return readings


def _middle_lines(block: Mapping[str, Json]) -> Iterator[ReadLine]:
    for inner in block.get("blocks", ()):
        yield from _middle_lines(inner)
    for line in block.get("lines", ()):
        text = "".join(str(span.get("content", "")) for span in line["spans"])
        scores = [float(span["score"]) for span in line["spans"] if "score" in span]
        if text:
            yield ReadLine(text, _box(line["bbox"]), min(scores, default=None))


def _read_docling(value: Json) -> list[Reading]:
    """Docling's document: texts with their provenance, points from the bottom or the top of the page."""
    sizes = {int(number): page["size"] for number, page in value["pages"].items()}
    lines: dict[int, list[ReadLine]] = defaultdict(list)
    pictures: dict[int, list[Box]] = defaultdict(list)
    for item in (*value["texts"], *value.get("pictures", ())):
        for place in item.get("prov") or ():
            number, words = place["page_no"], item.get("text")
            box = _docling_box(place["bbox"], float(sizes[number]["height"]))
            if words is None:
                pictures[number].append(box)
            else:
                first, last = place.get("charspan") or (0, None)
                lines[number].append(ReadLine(words[first:last] or words, box))
    return [
        Reading(
            tuple(lines[number]),
            f"docling {value.get('version', '')}".strip(),
            float(size["width"]),
            float(size["height"]),
            pictures=tuple(pictures[number]),
            number=number,
        )
        for number, size in sorted(sizes.items())
    ]


def _docling_box(box: Mapping[str, Json], height: float) -> Box:
    left, top, right, bottom = (float(box[key]) for key in "ltrb")
    if box.get("coord_origin") == "BOTTOMLEFT":
        top, bottom = height - top, height - bottom
    return Box(left, top, right, bottom)


def _box(sides: Iterable[Json]) -> Box:
    """A box as most formats spell it: left, top, right, bottom."""
    return Box(*map(float, sides))


def _sized(reading: Reading) -> Reading:
    """The reading with the size of what its boxes cover, where the file does not say how large the page is."""
    boxes = [line.box for line in reading.lines if line.box]
    if reading.width or not boxes:
        return reading
    return reading._replace(width=max(box.right for box in boxes), height=max(box.bottom for box in boxes))


def _has(value: Json, *keys: str) -> bool:
    """Whether JSON is an object with these keys, or a list that begins with one."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and all(key in first for key in keys)


def _is_paddle(value: Json) -> bool:
    return any(_has(_paddle_pages(value), key) for key in ("rec_texts", "parsing_res_list", "overall_ocr_res"))


FORMATS = (
    Format("docling", lambda value: _has(value, "texts", "pages", "body"), _read_docling),
    Format("MinerU middle", lambda value: _has(value, "pdf_info"), _read_mineru_middle),
    Format("RapidOCR", lambda value: _has(value, "box", "txt", "score"), _read_rapidocr),
    Format("PaddleOCR", _is_paddle, _read_paddle),
    Format(
        "MinerU content list",
        lambda value: isinstance(value, list) and bool(value) and _has(value[0], "type"),
        _read_mineru_list,
    ),
)


_BOX = re.compile(r"\bbbox ([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+)")
_SIZE = re.compile(r"\bx_size ([\d.]+)")
_SCORE = re.compile(r"\bx_wconf ([\d.]+)")
_IMAGE = re.compile(r"image [\"']([^\"']*)[\"']")
_POINT = re.compile(r"(-?[\d.]+),(-?[\d.]+)")
_CJK_GAP = re.compile(r"(?<=[^\x00-\x7f]) +| +(?=[^\x00-\x7f])")  # some programs write a space between characters
_PER_INCH = {"mm10": 254, "inch1200": 1200}  # units of ALTO that go by the resolution of the picture


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
    pictures = tuple(_box(found.groups()) for kind in ("ocr_photo", "ocr_image", "ocr_float")
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
            yield ReadLine(text, _box(found.groups()), _mean(scores), height)


def read_alto(root: _Element) -> list[Reading]:
    """The pages of an ALTO file.

    Errors: ValueError if its boxes are in a unit that needs the resolution of the picture, and none is given.
    """
    unit = root.xpath("string(//*[local-name()='MeasurementUnit'])").strip() or "pixel"
    dpi = root.xpath("string((//*[local-name()='Page']/@*[local-name()='XDPI'])[1])")
    if unit != "pixel" and not dpi:
        raise ValueError(f"its boxes are in {unit}, and the resolution of the picture is not given")
    factor = float(dpi) / _PER_INCH[unit] if unit in _PER_INCH else 1.0
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


_SIGNS = re.compile(r"\$[^$\n]*\\?[0-9][^$\n]*\$|<table|<!--|!\[[^\]]*\]\([^)]*\)", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_FORMULA = re.compile(r"\$\$?([^$\n]{1,200})\$\$?")
_COMMANDS = re.compile(r"\\(?:mathrm|text|mathbf|rm|textbf|operatorname)\b\s*|[{}]|\\[,;! ]")
_SYMBOLS = {
    r"\%": "%",
    r"\times": "×",
    r"\sim": "~",
    r"\sb": "",
    r"^\circ": "°",
    r"\circ": "°",
    r"\pm": "±",
    r"\cdot": "·",
}
_GAP = re.compile(r"(?<=[\d.,%~×°+-])\s+(?=[\d.,%~×°+-])")
_CELL = re.compile(r"</t[dh]>\s*", re.IGNORECASE)
_ROW = re.compile(r"(?:</t[dh]>\s*)?</tr>\s*", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:html|body|table|thead|tbody|tr|td|th|br|p|div|span|sup|sub|details|summary|b|i)\b[^<>]*>", re.IGNORECASE
)


def has_markup(text: str) -> bool:
    """Whether Markdown holds what a text page does not: formulas, tables, pictures, comments."""
    return bool(_SIGNS.search(text))


def clean_markdown(text: str) -> str:
    """The text without its markup; every line stays in its place."""
    text = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    text = _PICTURE.sub("", text)
    text = _FORMULA.sub(lambda found: _plain(found[1]), text)
    text = _TAG.sub("", _CELL.sub(" ", _ROW.sub("　", text)))
    return "\n".join(line.rstrip(" 　") for line in html.unescape(text).split("\n"))


def _plain(formula: str) -> str:
    """A formula as it is printed: `4 0 . 7` and a sign of per cent as 40.7%."""
    for command, sign in _SYMBOLS.items():
        formula = formula.replace(command, sign)
    return _GAP.sub("", _COMMANDS.sub("", formula)).strip()
