"""Wear for clean pictures of pages: the bad scan and the phone photo, each with the projection that moves its boxes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from cv2.typing import MatLike as Picture
from PIL import Image


def bad_scan(page: Image.Image, behind: Image.Image, seed: int) -> tuple[Image.Image, Any]:
    """A skewed, blurred, uneven scan of thin paper through which the page behind shows."""
    rng = np.random.default_rng(1000 + seed)
    grey = _array(page)
    height, width = grey.shape
    ghost = cv2.GaussianBlur(_array(behind)[:, ::-1], (0, 0), 3.5)
    grey = grey - rng.uniform(0.18, 0.26) * (255 - ghost)
    grey = 255 - (255 - grey) * _cloud(rng, grey.shape, 40, 0.62, 1.0)  # ink that did not take everywhere
    angle = rng.uniform(1.0, 2.0) * rng.choice((-1, 1))
    turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), angle, 0.975), [0, 0, 1]])
    shrink = 0.7  # 140 dpi of a page that was printed at 200
    matrix = np.diag([shrink, shrink, 1.0]) @ turn
    size = (round(width * shrink), round(height * shrink))
    grey = cv2.warpPerspective(grey, matrix, size, flags=cv2.INTER_AREA, borderValue=(70.0,))
    grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(1.13, 1.25))
    grey = 18 + grey * 0.88 * _slope(rng, grey.shape, 0.72) * _cloud(rng, grey.shape, 400, 0.9, 1.0)
    return _image(grey + rng.normal(0, 4.5, grey.shape)), matrix


def photo(page: Image.Image, seed: int) -> tuple[Image.Image, Any]:
    """A page on a desk, photographed by hand: perspective, vignetting, a slight motion blur."""
    rng = np.random.default_rng(2000 + seed)
    grey = _array(page)
    height, width = grey.shape
    size = (1660, 2300)
    corners = np.array([(60, 55), (1600, 55), (1600, 2245), (60, 2245)]) + rng.uniform(-50, 50, (4, 2))
    edges = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(edges, corners.astype(np.float32))
    desk = 95 + 14 * _cloud(rng, size[::-1], 30, 0, 1)
    grey = cv2.GaussianBlur(grey, (0, 0), 0.7)
    sheet = cv2.warpPerspective(0.93 * grey, matrix, size, flags=cv2.INTER_AREA)
    covered = cv2.warpPerspective(np.ones_like(grey), matrix, size)
    grey = sheet + (1 - covered) * desk
    shake: np.ndarray = np.zeros((5, 5), np.float32)
    shake[2, 1:4] = 1 / 3
    turn = cv2.getRotationMatrix2D((2, 2), float(rng.uniform(0, 180)), 1)
    grey = cv2.filter2D(grey, -1, cv2.warpAffine(shake, turn, (5, 5)))
    down, across = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    grey = grey * (1 - 0.2 * (down**2 + across**2)) * _slope(rng, grey.shape, 0.8)
    return _image(grey + rng.normal(0, 2, grey.shape)), matrix


def move_box(box: list[int], matrix: Any) -> list[int]:
    """The upright box around a box that was moved by a projection."""
    left, top, right, bottom = box
    corners = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], np.float32)
    moved = cv2.perspectiveTransform(corners, np.asarray(matrix, np.float64))[0]
    return [*np.floor(moved.min(0)).astype(int).tolist(), *np.ceil(moved.max(0)).astype(int).tolist()]


def _cloud(rng: np.random.Generator, shape: tuple[int, ...], grain: int, low: float, high: float) -> Picture:
    """Soft spots between two values."""
    coarse = rng.uniform(0, 1, (shape[0] // grain + 2, shape[1] // grain + 2)).astype(np.float32)
    spots: Picture = cv2.resize(coarse, shape[1::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1)
    return low + (high - low) * spots


def _slope(rng: np.random.Generator, shape: tuple[int, ...], low: float) -> Picture:
    """Light that falls from one side: 1 there, `low` at the other."""
    angle = rng.uniform(0, 2 * np.pi)
    down, across = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    along = (down * np.sin(angle) + across * np.cos(angle)) / (abs(np.sin(angle)) + abs(np.cos(angle)))
    light: Picture = low + (1 - low) * (along + 1) / 2
    return light


def _array(picture: Image.Image) -> Picture:
    grey: Picture = np.asarray(picture.convert("L"), np.float32)
    return grey


def _image(grey: Picture) -> Image.Image:
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))
