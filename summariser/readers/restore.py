"""Blurred scans made readable: the light evened out, the letters sharpened. Sharp pictures stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
