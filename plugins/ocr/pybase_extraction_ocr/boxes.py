"""Boxes of lines of text: found in tiles, put together again, cut where rules cross them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pybase_extraction_ocr.engine import Quad

TILE = 1600
"""Side of a tile in pixels: detection shrinks what is larger, and small lettering with it."""
OVERLAP = 200
"""Pixels that neighbouring tiles share, more than the height of lettering."""
_SAME_LINE = 0.6
"""Share of the lower line's height by which two pieces of a line stand beside each other."""
_SLANTED = 0.12
"""Tangent of the angle from which on a line of text is turned before it is read: about 7 degrees."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """A line of text that was found.

    Attributes:
        box: Around it, in pixels of the whole picture.
        quad: Its corners where it is slanted, else None.
    """

    box: tuple[float, float, float, float]
    quad: Quad | None = None

    @property
    def width(self) -> float:
        """In pixels."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """In pixels."""
        return self.box[3] - self.box[1]


def tiles_of(width: int, height: int, scale: float = 1.0) -> Iterator[tuple[int, int, int, int]]:
    """Tiles that cover a picture: left, top, right, bottom.

    Args:
        width: Of the picture, in pixels.
        height: Of the picture.
        scale: By which a tile is scaled before it is looked at; it has ``TILE`` pixels a side afterwards.
    """
    side, overlap = int(TILE / scale), int(OVERLAP / scale)
    for top in _starts(height, side, overlap):
        for left in _starts(width, side, overlap):
            yield left, top, min(left + side, width), min(top + side, height)


def _starts(length: int, side: int, overlap: int) -> list[int]:
    """Where tiles begin: evenly, as few as do."""
    if length <= side:
        return [0]
    count = -(-(length - overlap) // (side - overlap))
    return [round(index * (length - side) / (count - 1)) for index in range(count)]


def text_box(quad: Quad, left: int, top: int) -> TextBox:
    """The box of a line that was found in the tile at ``left``, ``top``."""
    corners = quad + np.asarray([left, top], dtype=np.float32)
    x0, y0 = corners.min(axis=0)
    x1, y1 = corners.max(axis=0)
    along = corners[1] - corners[0]
    steep = min(abs(along[0]), abs(along[1])) / max(abs(along[0]), abs(along[1]), 1e-6)
    return TextBox((float(x0), float(y0), float(x1), float(y1)), corners if steep > _SLANTED else None)


def joined(found: Sequence[Sequence[TextBox]]) -> list[TextBox]:
    """The lines of all tiles: what two tiles show of the same line is one.

    Args:
        found: The lines of each tile.
    """
    kept: list[tuple[int, TextBox]] = []
    for tile, boxes in enumerate(found):
        for box in boxes:
            home = box
            while (
                index := next((i for i, old in enumerate(kept) if old[0] != tile and _is_same(old[1], home)), None)
            ) is not None:
                home = _union(kept.pop(index)[1], home)
            kept.append((tile, home))
    return [box for _, box in kept]


def _is_same(one: TextBox, other: TextBox) -> bool:
    across = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
    down = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    if across <= 0 or down <= 0:
        return False
    smaller = min(one.width * one.height, other.width * other.height)
    if across * down > _SAME_LINE * smaller:
        return True
    if one.quad is not None or other.quad is not None:
        return False
    if one.width > one.height and other.width > other.height:
        return down > _SAME_LINE * max(one.height, other.height)
    return one.width < one.height and other.width < other.height and across > _SAME_LINE * max(one.width, other.width)


def _union(one: TextBox, other: TextBox) -> TextBox:
    box = (
        min(one.box[0], other.box[0]),
        min(one.box[1], other.box[1]),
        max(one.box[2], other.box[2]),
        max(one.box[3], other.box[3]),
    )
    larger = one if one.width * one.height >= other.width * other.height else other
    return TextBox(larger.box if larger.quad is not None else box, larger.quad)


def cut_at_rules(box: TextBox, rules: Sequence[tuple[float, float, float, float]]) -> list[TextBox]:
    """A line of text in pieces where upright rules cross it: what stands in two cells is no one line."""
    x0, top, x1, bottom = box.box
    if box.quad is not None or box.width < 1.5 * box.height:
        return [box]
    margin = 0.3 * box.height
    cuts = sorted(
        (rule[0] + rule[2]) / 2
        for rule in rules
        if x0 + margin < (rule[0] + rule[2]) / 2 < x1 - margin and rule[1] < top + 2 and rule[3] > bottom - 2
    )
    edges = [x0, *cuts, x1]
    return [TextBox((left, top, right, bottom)) for left, right in pairwise(edges) if right - left > margin]
