"""Pictures of pages: scans and photos, opened within bounds, upright, and read by an OCR engine.

The engine stands behind `Ocr`, so that another can take its place; `rapidocr` is the one of the extra `scan`.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from summariser.errors import ConfigError, InputError
from summariser.readers.reading import ReadLine, Reading, bounds
from summariser.schema.page import Box

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 60_000_000  # a broadsheet at 300 dpi has some 40 million; decoded, 60 million are 180 MB
MIN_SIDE = 200  # pixels; a legible article needs more
_RULE_SHARE = 1 / 30  # of the longer side: shorter strokes belong to characters
_RULE_WIDTH = 1 / 250  # of the longer side: what is thicker is a picture or a bar


class Ocr(Protocol):
    """An engine that reads the lines of a picture; `name` says which, with its version."""

    name: str

    def lines(self, picture: Image) -> list[ReadLine]:
        """The lines in any order, boxes in pixels of the picture."""
        ...


class RapidOcr:
    """RapidOCR with the models that its package holds; nothing is fetched."""

    def __init__(self, threads: int = 0) -> None:
        try:
            import rapidocr
        except ImportError as error:
            raise ConfigError(
                "reading pictures needs an OCR engine, and rapidocr is not installed",
                next_step="Install the extra: pip install '.[scan]' in the clone",
            ) from error
        from importlib.metadata import version

        self.name = f"rapidocr {version('rapidocr')}"
        settings: dict[str, Any] = {"Global.log_level": "critical"}
        if threads:
            settings["EngineConfig.onnxruntime.intra_op_num_threads"] = threads
        self._engine = rapidocr.RapidOCR(params=settings)

    def lines(self, picture: Image) -> list[ReadLine]:
        """The lines that the engine is sure of at all."""
        import numpy

        found = self._engine(numpy.asarray(picture.convert("RGB"))[:, :, ::-1])
        if found.boxes is None:
            return []
        return [
            _upright(str(text), bounds(box), float(score))
            for text, box, score in zip(found.txts, found.boxes, found.scores, strict=True)
            if str(text).strip()
        ]


def open_picture(data: bytes, path: Path | str) -> Image:
    """The picture, upright as its EXIF data says.

    Errors: InputError if it is damaged, cut off, too small to hold an article, or too large to decode safely.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the bound below says more than Pillow's warning
    try:
        with Image.open(BytesIO(data)) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise InputError(
                    f"has {width} x {height} pixels",
                    path=path,
                    expected=f"At most {MAX_PIXELS // 1_000_000} million",
                    next_step="Scale it down; 200 to 300 dpi are enough",
                )
            if min(width, height) < MIN_SIDE:
                raise InputError(f"has {width} x {height} pixels, too few for an article", path=path)
            upright = ImageOps.exif_transpose(picture)
            return upright.convert("RGB")
    except UnidentifiedImageError as error:
        raise InputError("is no picture that can be read", path=path, next_step="Save it as PNG or JPEG") from error
    except OSError as error:
        raise InputError(f"is a damaged picture ({error})", path=path, next_step="Get the file again") from error


def read_picture(picture: Image, engine: Ocr, number: int = 1) -> Reading:
    """What an engine reads on a picture, with the printed rules that part its articles."""
    lines = tuple(engine.lines(picture))
    rules = tuple(find_rules(picture, [line.box for line in lines if line.box]))
    return Reading(lines, engine.name, picture.width, picture.height, rules=rules, number=number)


def find_rules(picture: Image, words: Iterable[Box]) -> list[Box]:
    """Printed rules: long thin dark strokes that run along a side of the page and through no word."""
    import cv2
    import numpy

    grey = numpy.asarray(picture.convert("L"))
    dark = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 12)
    for box in words:
        dark[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1] = 0
    side = max(grey.shape)
    length, width = int(side * _RULE_SHARE), max(int(side * _RULE_WIDTH), 3)
    rules: list[Box] = []
    for kernel in ((length, 1), (1, length)):
        strokes = cv2.morphologyEx(dark, cv2.MORPH_OPEN, numpy.ones(kernel[::-1], numpy.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(strokes)
        for left, top, wide, high, _ in stats[1:count].tolist():
            if min(wide, high) <= width:
                rules.append(Box(left, top, left + wide, top + high))
    return rules


def _upright(text: str, box: Box, score: float) -> ReadLine:
    """The line, called vertical if its box stands on end."""
    is_vertical = len(text) > 1 and box.bottom - box.top > 1.8 * (box.right - box.left)
    return ReadLine(text, box, score, vertical=is_vertical)
