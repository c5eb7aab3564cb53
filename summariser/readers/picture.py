"""Pictures of pages: scans and photos, opened within bounds, upright, and read by an OCR engine.

The engine stands behind `Ocr`, so that another can take its place; `rapidocr` is the one of the extra `scan`.

Blurred scans are made readable first: the light evened out, the letters sharpened. Sharp pictures stay as they are.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from summariser.errors import ConfigError, InputError
from summariser.readers.reading import Reading, ReadLine, bounds
from summariser.schema.page import Box

if TYPE_CHECKING:
    from cv2.typing import MatLike
    from PIL.Image import Image

RESTORED: Final = "sharpened"  # what is added to the name of the engine; another way to sharpen needs another word
BLURRED: Final = (
    0.33  # of the contrast, that the steepest edges rise a pixel: clean scans 0.5, photos 0.4, bad scans 0.28
)
_STEEPEST: Final = 99.5  # percentile of gradients: the edges of letters
_STROKES: Final = 31  # pixels; wider than any stroke of the body, so that only paper is left of it
_SIGMA: Final = 1.5  # pixels, of the blur that is taken off
_PAPER_GREY: Final = 1.0  # of black, below which nothing is divided by


def restore(picture: Image) -> Image | None:
    """A blurred picture with even light and sharper letters, of the same size; None for one that is not blurred.

    Source: measured on the bad scans of `seeds/scans` (docs/quality.md); sharp pictures are read worse after it.
    """
    import cv2
    import numpy
    from PIL import Image

    grey = numpy.asarray(picture.convert("L"))
    paper = _paper(grey)
    if not 0 < steepness(grey, paper) <= BLURRED:
        return None
    even = numpy.clip(grey / numpy.maximum(paper, _PAPER_GREY) * 255, 0, 255).astype(numpy.float32).round()
    soft = cv2.GaussianBlur(even, (0, 0), _SIGMA)
    return Image.fromarray(numpy.clip(2 * even - soft, 0, 255).astype(numpy.uint8))


def steepness(grey: MatLike, paper: MatLike) -> float:
    """How fast the edges of letters rise: the share of the contrast of ink and paper a pixel; 0 for a blank picture."""
    import cv2
    import numpy

    across, along = (cv2.Sobel(grey, cv2.CV_32F, *way) / 8 for way in ((1, 0), (0, 1)))
    contrast = float(numpy.median(paper) - numpy.percentile(grey, 2))
    return float(numpy.percentile(numpy.hypot(across, along), _STEEPEST)) / contrast if contrast > 0 else 0.0


def _paper(grey: MatLike) -> MatLike:
    """The picture without its ink: how bright the paper is at each place."""
    import cv2
    import numpy

    without_ink = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, numpy.ones((_STROKES, _STROKES), numpy.uint8))
    return cv2.GaussianBlur(without_ink, (0, 0), _STROKES / 2)


MAX_PIXELS = 60_000_000  # a broadsheet at 300 dpi has some 40 million; decoded, 60 million are 180 MB
MIN_SIDE = 32  # pixels; a line of text needs more
MAX_FRAMES = 200
_TIFF: dict[bytes, Literal["little", "big"]] = {b"II*\0": "little", b"MM\0*": "big"}
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", *_TIFF)
_SCALED = 2000  # pixels of the longer side to which RapidOCR scales large pictures, as it comes
_WHOLE = 2400  # up to which a picture is read as it is: its letters are small already
_STANDS_ON_END = 1.8  # height to width of a box whose line runs down
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
        import rapidocr

        self.name = f"rapidocr {version('rapidocr')}"
        settings: dict[str, Any] = {"Global.log_level": "critical"}
        if threads:
            settings["EngineConfig.onnxruntime.intra_op_num_threads"] = threads
        self._engine = rapidocr.RapidOCR(params=settings)

    def lines(self, picture: Image) -> list[ReadLine]:
        """The lines that the engine is sure of at all."""
        import numpy

        self._engine.max_side_len = _SCALED if max(picture.size) > _WHOLE else _WHOLE
        found = self._engine(numpy.asarray(picture.convert("RGB"))[:, :, ::-1])
        if found.boxes is None:
            return []
        lines = []
        for text, points, score in zip(found.txts, found.boxes, found.scores, strict=True):
            box = bounds(points)
            is_vertical = len(text) > 1 and box.bottom - box.top > _STANDS_ON_END * (box.right - box.left)
            if str(text).strip():
                lines.append(ReadLine(str(text), box, round(float(score), 4), vertical=is_vertical))
        return lines


ENGINES: dict[str, Callable[[int], Ocr]] = {"rapidocr": RapidOcr}
_made = local()  # an engine may be used by one thread at a time


def make_engine(name: str = "", threads: int = 0) -> Ocr:
    """The engine of this name, made once for each thread of the program; the first there is, without a name.

    Errors: ConfigError if there is no such engine, or its package is not installed.
    """
    chosen = name or next(iter(ENGINES))
    if chosen not in ENGINES:
        raise ConfigError(f"there is no OCR engine {name!r}", expected=f"One of: {', '.join(ENGINES)}")
    engines: dict[tuple[str, int], Ocr] = vars(_made).setdefault("engines", {})
    if (chosen, threads) not in engines:
        try:
            engines[chosen, threads] = ENGINES[chosen](threads)
        except ImportError as error:
            raise ConfigError(
                f"reading pictures needs an OCR engine, and {chosen} is not installed ({error})",
                next_step="Install the extra: pip install '.[scan]' in the clone",
            ) from error
    return engines[chosen, threads]


def is_picture(data: bytes) -> bool:
    """Whether these bytes begin like a picture of a kind that is read."""
    is_webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    is_bmp = data.startswith(b"BM") and data[6:10] == b"\0\0\0\0"
    return data.startswith(_MAGIC) or is_webp or is_bmp


def open_pictures(data: bytes, path: Path | str) -> list[Callable[[], Image]]:
    """The pictures in a file, upright as their EXIF data says; each is decoded when it is called.

    Shape: several for a TIFF of several pages.
    Errors: InputError, also when one is called, if it is damaged, cut off, too small to hold an article, or too large
    to decode safely.
    """
    count = _count_pages(data)
    if count > MAX_FRAMES:
        raise InputError(f"holds more than {MAX_FRAMES} pictures", path=path, next_step="Cut it into several files")
    return [partial(_open_frame, data, number, path) for number in range(count)]


def _count_pages(data: bytes) -> int:
    """How many pictures a TIFF holds, counted without an imaging library; any other file is one page."""
    if data[:4] not in _TIFF:
        return 1
    order = _TIFF[data[:4]]
    seen: set[int] = set()
    place = int.from_bytes(data[4:8], order)
    while 0 < place < len(data) and place not in seen and len(seen) <= MAX_FRAMES:
        seen.add(place)
        end = place + 2 + 12 * int.from_bytes(data[place : place + 2], order)
        place = int.from_bytes(data[end : end + 4], order)
    return max(len(seen), 1)


def _open_frame(data: bytes, number: int, path: Path | str) -> Image:
    from PIL import Image, ImageOps

    with _translated(path), _opened(data) as picture:
        picture.seek(number)
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise InputError(
                f"has {width:,} x {height:,} pixels",
                path=path,
                expected=f"At most {MAX_PIXELS // 1_000_000} million",
                next_step="Scale it down; 200 to 300 dpi are enough",
            )
        if min(width, height) < MIN_SIDE:
            what = f"has {width} x {height} pixels, too few to read a line of text"
            raise InputError(what, path=path, next_step="Scan the page at 200 to 300 dpi")
        upright = ImageOps.exif_transpose(picture)
        if "A" in upright.getbands() or "transparency" in upright.info:  # what shows through is white paper
            paper = Image.new("RGBA", upright.size, "white")
            paper.alpha_composite(upright.convert("RGBA"))
            return paper.convert("RGB")
        return upright.convert("RGB")


@contextmanager
def _opened(data: bytes) -> Iterator[Image]:
    """The picture, not decoded yet; Pillow's own warning of large ones is left out, as ours refuses them."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        picture = Image.open(BytesIO(data))
    with picture:
        yield picture


@contextmanager
def _translated(path: Path | str) -> Iterator[None]:
    """What Pillow raises for broken pictures, as words of ours."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except UnidentifiedImageError as error:
        raise InputError("is no picture that can be read", path=path, next_step="Save it as PNG or JPEG") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"is too large a picture ({error})", path=path, next_step="Scale it down") from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        what = "is a picture that was cut off" if "truncated" in str(error) else "is a damaged picture"
        raise InputError(f"{what} ({error})", path=path, next_step="Get the file again") from error


def read_picture(picture: Image, engine: Ocr) -> Reading:
    """What an engine reads on a picture, which is sharpened if it is blurred, with the rules that part its articles."""
    restored = restore(picture)
    lines = tuple(engine.lines(restored or picture))
    rules = tuple(find_rules(picture, [line.box for line in lines if line.box]))
    name = f"{engine.name} {RESTORED}" if restored else engine.name
    return Reading(lines, name, picture.width, picture.height, rules=rules)


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
