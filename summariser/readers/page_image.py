"""The picture of a page that was read: the scan itself, a page of a PDF drawn again, the picture an OCR file names.

`draw_page` puts the boxes of its lines on it, coloured by article and numbered in reading order.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from summariser.errors import ConfigError, InputError
from summariser.pages.split_rules import split_by_rules
from summariser.readers.files import split_mark
from summariser.readers.kept import DPI
from summariser.readers.picture import is_picture, open_pictures
from summariser.schema.page import Page, PageLayout

if TYPE_CHECKING:
    from PIL.Image import Image

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
        from summariser.readers.pdf import render_page  # loaded for a PDF only

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
_CANVAS = 1600  # pixels of the longer side, where there is no picture and the unit of the boxes is unknown


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
    if page.layout is None:
        raise InputError("says nothing of where its lines stand", path=page.path, next_step="Read it as text")
    picture, scale = _paper(page, page.layout)
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


def _paper(page: Page, layout: PageLayout) -> tuple[Image, float]:
    """The picture of the page, or white paper, and how many of its pixels are one unit of the boxes."""
    from PIL import Image

    try:
        picture = open_page_image(page)
    except InputError:  # an OCR file without its picture
        scale = _CANVAS / max(layout.width, layout.height)
        return Image.new("RGB", (round(layout.width * scale) + 1, round(layout.height * scale) + 1), "white"), scale
    return picture.convert("RGB"), picture.width / layout.width
