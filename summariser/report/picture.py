"""The picture of a page with its facts framed: what stands where, and a scaled copy of the picture itself.

The copy stands in the web page as a `data:` address: nothing has to be found beside it, and nothing else may be shown.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup

from summariser.errors import ConfigError, InputError
from summariser.pages.article import boxes_of
from summariser.readers.page_image import open_page_image
from summariser.report.lines import MOST_MARKED, Owner, words_of
from summariser.schema.case import fact_words
from summariser.schema.page import Page, PixelBox, Span

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES: Final = 480_000  # of a picture; base64 makes 640,000 of it, and ten pages with their words stay below 10 MB
# Longest side in pixels and quality, tried until the picture is small enough; noise itself is at the last.
_SIZES: Final = ((2400, 70), (2400, 50), (2000, 45), (1600, 40), (1200, 35), (800, 30))


class Frame(NamedTuple):
    """A box on the picture that facts rest on.

    Shape: `facts` are ids; `is_soft`: a sentence is cited, no words of it; `is_first` of the boxes of one of the facts;
    `home` is the file of the page that has the record, empty where that is this page.
    """

    box: PixelBox
    facts: tuple[str, ...]
    words: str
    tint: int
    is_soft: bool
    is_first: bool
    home: str


class Strip(NamedTuple):
    """A line of an article on the picture; `tag` is the name of the article where it begins, else empty."""

    line: int
    box: PixelBox
    tint: int
    tag: str


class Picture(NamedTuple):
    """What stands where on the picture of a page. Units: pixels of a picture of `width` x `height`."""

    page: Page
    width: int
    height: int
    strips: tuple[Strip, ...]
    frames: tuple[Frame, ...]


class Copy(NamedTuple):
    """A scaled copy of a picture: its address, and its size in pixels."""

    address: Markup
    width: int
    height: int


def lay_over(page: Page, owners: Sequence[Owner]) -> Picture | None:
    """The articles and facts of a page on its picture; None for a page without one."""
    if page.layout is None or not (page.layout.width >= 1 and page.layout.height >= 1):
        return None
    strips = tuple(strip for owner in owners for strip in _strips(owner))
    frames = sorted(
        (frame for owner in owners for frame in _frames(owner)),
        key=lambda frame: (not frame.is_soft, -_area(frame.box)),  # what is drawn last lies on top
    )
    return Picture(page, round(page.layout.width), round(page.layout.height), strips, tuple(frames))


def copy_picture(page: Page) -> Copy | str:
    """A copy of the picture of a page that is at most `MOST_BYTES` large, or the code of why there is none."""
    try:
        picture = open_page_image(page).convert("RGB")
    except ConfigError:
        return "no_pillow"
    except InputError:
        return "no_picture"
    content, size = _shrink(picture)
    return Copy(Markup("data:image/webp;base64,") + base64.b64encode(content).decode(), *size)


def _shrink(picture: Image) -> tuple[bytes, tuple[int, int]]:
    """The picture as WebP, and its size."""
    for side, quality in _SIZES:
        picture.thumbnail((side, side))
        sink = BytesIO()
        picture.save(sink, "WEBP", quality=quality, method=4)
        if sink.tell() <= MOST_BYTES:
            break
    return sink.getvalue(), picture.size


def _strips(owner: Owner) -> Iterator[Strip]:
    tag = owner.tag
    for piece in owner.article.pieces:
        for box in boxes_of(owner.article, Span(piece.start, piece.start + piece.length), onward=bool(owner.home)):
            yield Strip(piece.line, box, owner.tint, tag)
            tag = ""


def _frames(owner: Owner) -> Iterator[Frame]:
    """The boxes of an article's facts, each once with all facts that rest on it."""
    found: dict[tuple[PixelBox, bool], dict[str, str]] = {}
    first: dict[str, tuple[PixelBox, bool]] = {}
    for fact in owner.facts[:MOST_MARKED]:
        is_soft = fact.evidence.start is None
        for span in words_of(fact, owner.article):
            for box in boxes_of(owner.article, span, onward=bool(owner.home)):
                found.setdefault((box, is_soft), {})[fact.fact_id] = fact_words(fact.fact)
                first.setdefault(fact.fact_id, (box, is_soft))
    for place, facts in found.items():
        is_first = any(first[fact] == place for fact in facts)
        yield Frame(place[0], tuple(facts), "; ".join(facts.values()), owner.tint, place[1], is_first, owner.home)


def _area(box: PixelBox) -> int:
    return (box.right - box.left) * (box.bottom - box.top)
