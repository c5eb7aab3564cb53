"""Pictures of pages: scans and photos opened within bounds, read by an OCR engine, kept, and shown with their lines.

The engine stands behind `Ocr`, so that another can take its place; `rapidocr` is the one of the extra `scan`. Blurred
scans are made readable first: the light evened out, the letters sharpened. Sharp pictures stay as they are.

A picture is recognised once: what an engine read is kept beside the records, in readable JSON, named by the hash of the
file that was read, the page in it and the engine. A person may put the right words of a line into its `corrected`;
`text` stays what the engine read, and the page is made with the corrected words.

The picture of a page that was read is the scan itself, a page of a PDF drawn again, or what an OCR file names;
`draw_page` puts the boxes of the lines on it, coloured by article and numbered in reading order.
"""

from __future__ import annotations

import struct
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from summariser.disk.files import write_file
from summariser.disk.record_text import dump_json, parse_json
from summariser.errors import ConfigError, InputError, StoreError
from summariser.readers.files import split_mark
from summariser.readers.reading import MAX_PIXELS, Reading, ReadLine, bounds
from summariser.schema.page import Box, Page, PageLayout
from summariser.schema.record import READING_SCHEMA, KeptLine, KeptReading
from summariser.text import counted

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


MIN_SIDE = 32  # pixels; a line of text needs more
MAX_FRAMES = 200
_TIFF: dict[bytes, Literal["little", "big"]] = {b"II*\0": "little", b"MM\0*": "big"}
_DEEP = ("I", "F")  # modes of pictures of more than 256 greys, which Pillow cuts off at 255: I;16, I;16B, I, F
_PHOTOMETRIC = 262  # tag of a TIFF: 0 where white is 0
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
        if upright.mode.startswith(_DEEP):
            is_negative = getattr(picture, "tag_v2", {}).get(_PHOTOMETRIC) == 0  # which Pillow heeds in 8 bits alone
            return _to_eight_bits(upright, path, is_negative=is_negative).convert("RGB")
        if upright.mode == "La":  # its grey was multiplied by how opaque it is
            upright = upright.convert("LA")
        if "A" in upright.getbands() or "transparency" in upright.info:  # what shows through is white paper
            paper = Image.new("RGBA", upright.size, "white")
            paper.alpha_composite(upright.convert("RGBA"))
            return paper.convert("RGB")
        return upright.convert("RGB")


def _to_eight_bits(picture: Image, path: Path | str, *, is_negative: bool) -> Image:
    """A picture of 12, 16 or 32 bits in the 256 greys of others, from 0, or what is below, to its brightest.

    Errors: InputError for values that are no numbers.
    """
    import numpy
    from PIL import Image

    values = numpy.asarray(picture, numpy.float64)
    if not numpy.isfinite(values).all():
        what = "has values that are no shades of grey: infinite, or no numbers"
        raise InputError(what, path=path, next_step="Save it as PNG or JPEG")
    darkest, brightest = min(values.min(), 0), values.max()
    greys = (values - darkest) * (255 / (brightest - darkest or 1))
    greys = 255 - greys if is_negative else greys
    greys[values == picture.info.get("transparency")] = 255
    return Image.fromarray(greys.round().astype(numpy.uint8))


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


FOLDER = "ocr"
READING_END = ".ocr.json"
DPI = 200  # of pages of a PDF that are pictures
LEAST_DPI, MOST_DPI = 72, 600
MAX_WORKERS = 4  # pictures read side by side; an engine takes some 500 MB
_MAX_BYTES = 20_000_000  # a broadsheet page has some 0.2 MB


@dataclass(frozen=True)
class Recogniser:
    """Reads pictures by OCR, each once; what it reads is kept below all folders `kept`, and looked for in `looked`.

    Shape: what was kept is used without an engine. Without the name of an engine any reading will do. Pictures of one
    file are read side by side on so many `cores`.
    """

    kept: tuple[Path, ...]
    looked: tuple[Path, ...]
    engine: str = ""
    dpi: int = DPI
    cores: int = 1
    told: Callable[[str], None] = lambda _: None

    def read_all(self, pictures: Mapping[int, Callable[[], Image]], *, path: Path | str, sha256: str) -> list[Reading]:
        """The readings of the pictures in a file, by page number; each is opened only if it must be recognised.

        Errors: as `make_engine` and `open_pictures`; StoreError if what was kept cannot be read any longer.
        """
        workers = max(min(len(pictures), self.cores, MAX_WORKERS), 1)

        def read(number: int) -> Reading:
            return self._read(pictures[number], path, sha256, number, threads=self.cores // workers)

        if workers == 1:  # in this thread, which may have an engine already
            return [read(number) for number in pictures]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(read, pictures))

    def _read(
        self, picture: Callable[[], Image], path: Path | str, sha256: str, number: int, *, threads: int
    ) -> Reading:
        """The reading of one picture, kept or fresh."""
        start = f"{sha256[:16]}-{number}-{self.engine}"
        end = READING_END if self.dpi == DPI else f"-{self.dpi}dpi{READING_END}"
        found = [place for folder in self.looked for place in sorted((folder / FOLDER).glob(f"{start}*{end}"))]
        if found:
            best = min(found, key=lambda place: "dpi." in place.name)
            reading = _load(best)
            self._keep(best.name, reading, path, sha256)
            return reading
        engine, started = make_engine(self.engine, threads), time.monotonic()
        reading = read_picture(picture(), engine)._replace(number=number)
        self._keep(f"{sha256[:16]}-{number}-{reading.reader.replace(' ', '-')}{end}", reading, path, sha256)
        seconds = f"{time.monotonic() - started:.1f} seconds"
        self.told(f"{path}, page {number}: {counted(len(reading.lines), 'line')} read by {reading.reader} in {seconds}")
        return reading

    def _keep(self, name: str, reading: Reading, path: Path | str, sha256: str) -> None:
        """Write a reading wherever it is to be kept and is not yet."""
        for folder in (folder / FOLDER for folder in self.kept):
            if folder.is_symlink():
                what = "a symbolic link, which is never written to"
                raise StoreError(what, path=folder, next_step="Remove the link, or name another folder with --out")
            if not (folder / name).exists():
                _write(folder / name, reading, picture=Path(path).as_posix(), sha256=sha256)


def _load(path: Path) -> Reading:
    """What was kept of a page, with the words a person put right."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise StoreError("is larger than any reading", path=path, next_step="Delete it; the page is read again")
        kept = parse_json(path.read_text(encoding="utf-8-sig"), KeptReading, path=path)
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"cannot be read ({error})", path=path, next_step="Mend it, or delete it") from error
    lines = tuple(
        ReadLine(line.text, line.box, line.score, vertical=line.vertical, corrected=line.corrected)
        for line in kept.lines
    )
    return Reading(lines, kept.engine, kept.width, kept.height, rules=kept.rules, number=kept.number)


def _write(path: Path, reading: Reading, *, picture: str, sha256: str) -> None:
    lines = tuple(KeptLine.made_of(line) for line in reading.lines if line.box)
    told = {"picture": picture, "sha256": sha256, "engine": reading.reader}
    kept = KeptReading.made_of(reading, schema_path=READING_SCHEMA, **told, lines=lines)
    write_file(path, dump_json(kept).encode("utf-8"))


_SAME_SHAPE = 0.02  # how far width to height of the picture may be from that of the layout


def open_page_image(page: Page) -> Image:
    """The picture on which the lines of a page stand; its pixels are those of the layout, or evenly scaled.

    Shape: what an OCR file names is looked for in the folder of the file and below, and nowhere else.
    Errors: InputError if there is none, it cannot be read or is of another shape; ConfigError if Pillow is missing.
    """
    try:
        picture = _open(page, _find(page))
    except ImportError as error:
        what = "pictures of pages need Pillow, which is not installed"
        raise ConfigError(what, next_step="Install the extra: pip install '.[scan]' in the clone") from error
    layout = page.layout
    if layout and abs(picture.width * layout.height / (picture.height * layout.width or 1) - 1) > _SAME_SHAPE:
        raise InputError("the picture is of another shape than the page that was read", path=page.path)
    return picture


def _open(page: Page, path: Path) -> Image:
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError("the picture of the page cannot be read", path=path) from error
    if data.startswith(b"%PDF"):
        from summariser.readers.documents import render_page  # loaded for a PDF only

        return render_page(data, path, number=page.number, dpi=(page.layout and page.layout.dpi) or DPI)
    if not is_picture(data):
        raise InputError("is no picture", path=path)
    pictures = open_pictures(data, path)
    return pictures[min(page.number, len(pictures)) - 1]()


def _find(page: Page) -> Path:
    """The file that holds the picture of a page."""
    own, _ = split_mark(page.path)
    named = (page.layout and page.layout.image) or own.as_posix()
    if Path(named) == own or own.suffix.lower() == ".pdf":
        return own
    folder = own.parent.resolve()
    for candidate in (folder / named, folder / Path(named.replace("\\", "/")).name):
        with suppress(OSError, ValueError):  # a name that no file can have
            place = candidate.resolve()
            if place.is_relative_to(folder) and place.is_file():
                return place
    raise InputError("the picture that the file names is not beside it", path=own)


_COLOURS = ("#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#17a2b8", "#8c564b", "#e377c2")
_NOISE = "#888888"
_STROKE = 1 / 800  # of the longer side
_LONGER_SIDE = 1600  # pixels of the longer side, where there is no picture and the unit of the boxes is unknown


def draw_page(page: Page) -> Image:
    """The page with the boxes of its lines; on white paper where its file holds no picture.

    Shape: a colour for each article that the rules cut, grey for what is none; a number before each line, as in the
    page.
    Errors: InputError if the file says nothing of places; ConfigError without Pillow.
    """
    try:
        from PIL import ImageDraw, ImageFont
    except ImportError as error:
        next_step = "Install the extra: pip install '.[scan]' in the clone"
        raise ConfigError("drawing pages needs Pillow, which is not installed", next_step=next_step) from error
    from summariser.pages.split_rules import split_by_rules  # here: only a drawing is cut

    if page.layout is None:
        raise InputError("says nothing of where its lines stand", path=page.path, next_step="Read it as text")
    picture, scale = _canvas_of(page, page.layout)
    pen = ImageDraw.Draw(picture)
    stroke = max(round(max(picture.size) * _STROKE), 1)
    font = ImageFont.load_default(size=10 * stroke)
    split = split_by_rules(page) if page.text_lines else None
    colours = {
        number: _COLOURS[index % len(_COLOURS)]
        for index, article in enumerate(split.articles if split else ())
        for first, last in article.lines
        for number in range(first, last + 1)
    }
    for number, place in enumerate(page.layout.places, 1):
        if place:
            left, top, right, bottom = (side * scale for side in place.box)
            colour = colours.get(number, _NOISE)
            pen.rectangle((left, top, max(right, left), max(bottom, top)), outline=colour, width=stroke)
            pen.text((left, top), str(number), fill=colour, font=font, anchor="rt")
    return picture


def _canvas_of(page: Page, layout: PageLayout) -> tuple[Image, float]:
    """The picture of the page, or white paper, and how many of its pixels are one unit of the boxes."""
    from PIL import Image

    try:
        picture = open_page_image(page)
    except InputError:  # an OCR file without its picture
        scale = _LONGER_SIDE / max(layout.width, layout.height)
        return Image.new("RGB", (round(layout.width * scale) + 1, round(layout.height * scale) + 1), "white"), scale
    return picture.convert("RGB"), picture.width / layout.width
