"""A picture of a page with the boxes of its lines, coloured by article and numbered in reading order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summariser.errors import ConfigError, InputError
from summariser.pages.split_rules import split_by_rules
from summariser.readers.page_image import open_page_image
from summariser.schema.page import Page, PageLayout

if TYPE_CHECKING:
    from PIL.Image import Image

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
