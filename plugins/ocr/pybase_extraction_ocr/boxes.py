"""Boxes of lines of text: found in tiles, put together again, cut where rules cross them."""

from __future__ import annotations

import math
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


_SAME_ANGLE = 10.0
"""Degrees by which lines of one direction may be seen to differ: corners are whole pixels of a small picture."""
_LONGER = 1.2
"""A line runs along its longer side when that is longer by this factor."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """A line of text that was found.

    Attributes:
        box: Around it, in pixels of the whole picture.
        quad: Its corners where it is slanted, clockwise from the text's own top left, else None.
        angle: Degrees counter-clockwise by which a slanted line leaves the horizontal, -90 < angle <= 90.
    """

    box: tuple[float, float, float, float]
    quad: Quad | None = None
    angle: float = 0.0

    @property
    def width(self) -> float:
        """In pixels."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """In pixels."""
        return self.box[3] - self.box[1]


def tiles_of(box: tuple[int, int, int, int], scale: float = 1.0) -> Iterator[tuple[int, int, int, int]]:
    """Tiles that cover a part of a picture, as small as as few can be: left, top, right, bottom.

    Args:
        box: The part, in pixels.
        scale: By which a tile is scaled before it is looked at; it has ``TILE`` pixels a side at most afterwards.
    """
    side, overlap = int(TILE / scale), int(OVERLAP / scale)
    left, top, right, bottom = box
    for upper, lower in _spans(top, bottom, side, overlap):
        for start, end in _spans(left, right, side, overlap):
            yield start, upper, end, lower


def _spans(start: int, end: int, side: int, overlap: int) -> list[tuple[int, int]]:
    """Spans of one length that cover a longer one and overlap."""
    length = end - start
    if length <= side:
        return [(start, end)]
    count = -(-(length - overlap) // (side - overlap))
    span = -(-(length + (count - 1) * overlap) // count)
    starts = (start + round(index * (length - span) / (count - 1)) for index in range(count))
    return [(first, first + span) for first in starts]


def text_box(quad: Quad, left: int, top: int) -> TextBox:
    """The box of a line that was found in the tile at ``left``, ``top``."""
    corners = _along(quad + np.asarray([left, top], dtype=np.float32))
    x0, y0 = (float(side) for side in corners.min(axis=0))
    x1, y1 = (float(side) for side in corners.max(axis=0))
    along = corners[1] - corners[0]
    steep = min(abs(along[0]), abs(along[1])) / max(abs(along[0]), abs(along[1]), 1e-6)
    if steep <= _SLANTED:
        return TextBox((x0, y0, x1, y1))
    return TextBox((x0, y0, x1, y1), corners, math.degrees(math.atan2(-along[1], along[0])))


def _along(corners: Quad) -> Quad:
    """Corners from the one at which the text begins: it runs along the longer side, to the right."""
    across, down = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])
    if down > _LONGER * across:
        corners = np.roll(corners, 1, axis=0)
    is_backwards = corners[1][0] < corners[0][0]
    return np.roll(corners, 2, axis=0) if is_backwards else corners


def snapped(boxes: Sequence[TextBox]) -> list[TextBox]:
    """Lines with the angle of the longest line that runs nearly like them: views have one or two directions."""
    known: list[float] = []
    found = list(boxes)
    for index in sorted(range(len(boxes)), key=lambda index: -max(boxes[index].width, boxes[index].height)):
        box = boxes[index]
        if box.quad is None:
            continue
        angle = next((angle for angle in known if abs(angle - box.angle) < _SAME_ANGLE), None)
        if angle is None:
            known.append(box.angle)
        else:
            found[index] = _turned_to(box, box.quad, angle)
    return found


def _turned_to(box: TextBox, quad: Quad, angle: float) -> TextBox:
    """A line with corners of another angle, around those that it has."""
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    axes = np.asarray([[cosine, -sine], [sine, cosine]], dtype=np.float32)
    seen = quad @ axes.T
    (u0, v0), (u1, v1) = seen.min(axis=0), seen.max(axis=0)
    # corners that were off by some degrees reach further across than the line does
    spare = 0.5 * max(0.0, (v1 - v0) - float(np.linalg.norm(quad[3] - quad[0])))
    corners = np.asarray([[u0, v0 + spare], [u1, v0 + spare], [u1, v1 - spare], [u0, v1 - spare]]) @ axes
    return TextBox(box.box, corners.astype(np.float32), angle)


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
    return larger if larger.quad is not None else TextBox(box)


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
