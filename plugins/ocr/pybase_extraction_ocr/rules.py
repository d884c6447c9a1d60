"""Ruling strokes of a picture: long, thin, horizontal or vertical."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pybase_extraction_ocr.engine import Pixels

Box = tuple[float, float, float, float]

_SHORTEST = 40
"""Pixels: strokes of letters are shorter."""
_THICKEST = 14
"""Pixels: what is thicker is an area."""
_MOST = 20_000
"""Rules that are given; a picture with more is hatched or noise."""


def rules_of(image: Pixels) -> list[Box]:
    """Boxes of the ruling strokes of a picture, in pixels."""
    import cv2

    grey: Any = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    _, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return [*_strokes(ink, (_SHORTEST, 1)), *_strokes(ink, (1, _SHORTEST))][:_MOST]


def _strokes(ink: Any, kernel: tuple[int, int]) -> Iterator[Box]:
    import cv2

    long = cv2.morphologyEx(ink, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, kernel))
    count, _, stats, _ = cv2.connectedComponentsWithStats(long, connectivity=8)
    for index in range(1, count):
        left, top, width, height, _ = (int(value) for value in stats[index])
        if min(width, height) <= _THICKEST:
            yield float(left), float(top), float(left + width), float(top + height)
