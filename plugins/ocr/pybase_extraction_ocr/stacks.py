"""Lines that are found as one but stand above each other: deviations and limits behind a size (ISO 129-1, 10.2)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from pybase_extraction_ocr.engine import Pixels
from pybase_extraction_ocr.ink import Box

_LEAST = 0.2
"""Share of the picture's height that a letter has at least; points and minus signs are lower."""
_MOST = 0.55
"""The same that a letter of a stacked line has at most."""
_ROOM = 0.1
"""Share of the height by which a part is taken larger than its letters."""


class Mark(NamedTuple):
    """The box of connected ink, in pixels."""

    x0: int
    top: int
    x1: int
    bottom: int


def rows_of(picture: Pixels) -> list[Box]:
    """Parts of the picture of a line that stand above each other, and the part before them.

    Returns:
        Boxes as shares of the picture's width and height: the part before the stack where there is one, the upper line,
        the lower line; nothing where no lines are stacked.
    """
    height, width = picture.shape[:2]
    marks = marks_of(picture)
    letters = [mark for mark in marks if mark.bottom - mark.top > _LEAST * height]
    upper = [mark for mark in letters if mark.bottom < 0.6 * height and mark.bottom - mark.top < _MOST * height]
    lower = [mark for mark in letters if mark.top > 0.4 * height and mark.bottom - mark.top < _MOST * height]
    if not upper or not lower or max(mark.bottom for mark in upper) > min(mark.top for mark in lower) + 0.05 * height:
        return []
    start = min(mark.x0 for mark in [*upper, *lower])
    others = [mark for mark in letters if mark not in upper and mark not in lower]
    if any(mark.x0 > start for mark in others) or not _face(upper, lower):
        return []
    between = (max(mark.bottom for mark in upper) + min(mark.top for mark in lower)) / 2
    start = max([0, *(mark.x1 for mark in others)]) if others else 0
    stack = [(start, 0.0, width, between), (start, between, width, height)]
    if others:
        top, bottom = min(mark.top for mark in others), max(mark.bottom for mark in others)
        stack.insert(0, (0, max(0.0, top - _ROOM * height), start, min(height, bottom + _ROOM * height)))
    return [(x0 / width, top / height, x1 / width, bottom / height) for x0, top, x1, bottom in stack]


def is_lying(picture: Pixels) -> bool:
    """Whether the digits of a picture lie on their sides: one that is wider than high, or some above each other.

    Digits are narrower than high (ISO 3098).
    """
    height = picture.shape[0]
    marks = [mark for mark in marks_of(picture) if mark.bottom - mark.top > _LEAST * height]
    if len(marks) < 2:
        return any(mark.x1 - mark.x0 > _LYING * (mark.bottom - mark.top) for mark in marks)
    marks.sort(key=lambda mark: mark.top)
    return all(one.bottom <= other.top + 1 and _face([one], [other]) for one, other in pairwise(marks))


_LYING = 1.15


def _face(upper: Sequence[Mark], lower: Sequence[Mark]) -> bool:
    """Whether one line stands above the other, not beside it."""
    across = min(upper[-1].x1, lower[-1].x1) - max(upper[0].x0, lower[0].x0)
    shorter = min(upper[-1].x1 - upper[0].x0, lower[-1].x1 - lower[0].x0)
    return across > 0.6 * shorter


def marks_of(picture: Pixels) -> list[Mark]:
    """Connected ink from left to right, without what reaches through the picture: frames and dimension lines."""
    import cv2

    grey: Any = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    _, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    height, width = ink.shape
    boxes = np.asarray(stats[1:, :4])
    kept = boxes[(boxes[:, 2] < max(0.8 * width, height)) & (boxes[:, 3] < 0.95 * height)]
    return sorted(Mark(x, y, x + across, y + down) for x, y, across, down in kept.tolist())
