"""The JSON that OCR programs write: RapidOCR, PaddleOCR and PP-Structure, MinerU, docling.

Sources: the formats as the programs' own documentation has them. Each reader takes the parsed JSON and gives the pages
in it; `FORMATS` says by which keys a format is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from summariser.readers.reading import Reading, ReadLine, bounds
from summariser.schema.page import Box

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
        pictures = tuple(_paddle_pictures(page))
        if "rec_texts" in inner:
            boxes = inner["rec_boxes"] if "rec_boxes" in inner else [bounds(polygon) for polygon in inner["rec_polys"]]
            lines = tuple(
                ReadLine(str(text), Box(*map(float, box)), float(score))
                for text, box, score in zip(inner["rec_texts"], boxes, inner["rec_scores"], strict=True)
            )
            readings.append(_sized(Reading(lines, "PaddleOCR", width, height, pictures=pictures, number=number)))
        else:
            blocks = [block for block in page["parsing_res_list"] if block["block_label"] not in _PICTURES]
            lines = tuple(
                ReadLine(str(block["block_content"]), Box(*map(float, block["block_bbox"]))) for block in blocks
            )
            readings.append(_sized(Reading(lines, "PP-Structure", width, height, pictures=pictures, number=number)))
    return readings


def _paddle_pages(value: Json) -> Sequence[Mapping[str, Json]]:
    """The pages, however deep a service wrapped them."""
    if isinstance(value, list):
        return [page for item in value for page in _paddle_pages(item)]
    for key in ("result", "res"):
        if key in value and isinstance(value[key], dict):
            return _paddle_pages(value[key])
    for key in ("layoutParsingResults", "ocrResults"):
        if key in value:
            return [item["prunedResult"] for item in value[key]]
    return [value]


def _paddle_pictures(page: Mapping[str, Json]) -> Iterator[Box]:
    """Boxes of the pictures that PP-Structure saw."""
    for block in page.get("parsing_res_list") or ():
        if block["block_label"] in _PICTURES:
            yield Box(*map(float, block["block_bbox"]))


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
        box = Box(*map(float, block["bbox"])) if block.get("bbox") else None
        if block["type"] in _PICTURES and box:
            pictures.append(box)
        words = _mineru_words(block)
        if words:
            caption = (
                Box(box.left, box.bottom, box.right, box.bottom + 1) if box and block["type"] in _PICTURES else box
            )
            lines.append(ReadLine(words, caption))
    whole = (_PER_MILLE, _PER_MILLE) if any(line.box for line in lines) else (0, 0)
    return Reading(
        tuple(lines), "MinerU", *whole, is_ordered=True, pictures=tuple(pictures), number=number
    )  # thousandths: the picture's own size is not in the file


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
        pictures = tuple(Box(*map(float, block["bbox"])) for block in blocks if block["type"] in _PICTURES)
        number = int(page.get("page_idx", len(readings))) + 1
        readings.append(Reading(lines, "MinerU", width, height, is_ordered=True, pictures=pictures, number=number))
    return readings


def _middle_lines(block: Mapping[str, Json]) -> Iterator[ReadLine]:
    for inner in block.get("blocks", ()):
        yield from _middle_lines(inner)
    for line in block.get("lines", ()):
        text = "".join(str(span.get("content", "")) for span in line["spans"])
        scores = [float(span["score"]) for span in line["spans"] if "score" in span]
        if text:
            yield ReadLine(text, Box(*map(float, line["bbox"])), min(scores, default=None))


def _read_docling(value: Json) -> list[Reading]:
    """Docling's document: texts with their provenance, points from the bottom or the top of the page."""
    sizes = {int(number): page["size"] for number, page in value["pages"].items()}
    lines: dict[int, list[ReadLine]] = defaultdict(list)
    pictures: dict[int, list[Box]] = defaultdict(list)
    for text in value["texts"]:
        for place in text.get("prov") or ():
            first, last = place.get("charspan") or (0, len(text["text"]))
            box = _docling_box(place["bbox"], float(sizes[place["page_no"]]["height"]))
            lines[place["page_no"]].append(ReadLine(text["text"][first:last] or text["text"], box))
    for picture in value.get("pictures", ()):
        for place in picture.get("prov") or ():
            height = float(sizes[place["page_no"]]["height"])
            pictures[place["page_no"]].append(_docling_box(place["bbox"], height))
    return [
        Reading(
            tuple(lines[number]),
            f"docling {value.get('version', '')}".strip(),
            float(size["width"]),
            float(size["height"]),
            is_ordered=True,
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
    page = value
    for key in ("result", "res"):
        page = page[key] if _has(page, key) and isinstance(page, dict) else page
    return any(
        _has(page, key)
        for key in ("rec_texts", "parsing_res_list", "layoutParsingResults", "ocrResults", "overall_ocr_res")
    )


FORMATS = (
    Format("docling", lambda value: _has(value, "texts", "pages", "body"), _read_docling),
    Format("MinerU middle", lambda value: _has(value, "pdf_info"), _read_mineru_middle),
    Format("RapidOCR", lambda value: _has(value, "box", "txt", "score"), _read_rapidocr),
    Format("PaddleOCR", _is_paddle, _read_paddle),
    Format(
        "MinerU content list",
        lambda value: (
            isinstance(value, list)
            and (
                _has(value, "type", "bbox")
                or _has(value, "type", "page_idx")
                or (bool(value) and _has(value[0], "type"))
            )
        ),
        _read_mineru_list,
    ),
)
