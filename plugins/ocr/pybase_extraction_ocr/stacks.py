"""Lines that are found as one but stand above each other: deviations and limits behind a size (ISO 129-1, 10.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pybase_extraction_ocr.engine import Pixels
from pybase_extraction_ocr.ink import Box

_LEAST = 0.2
"""Share of the picture's height that a letter has at least; points and minus signs are lower."""
_MOST = 0.55
"""The same that a letter of a stacked line has at most."""
_ROOM = 0.08
"""Share of the height by which a part is taken larger than its letters."""
_LYING = 1.15
"""A digit that is wider than high by this factor lies on its side."""
_ACROSS = 0.6
"""Share of the picture's width that the upper and the lower side of a frame have at least."""


class Mark(NamedTuple):
    """The box of connected ink, in pixels."""

    x0: int
    top: int
    x1: int
    bottom: int
    label: int = 0

    @property
    def x(self) -> float:
        """Its middle across."""
        return (self.x0 + self.x1) / 2


@dataclass(frozen=True, slots=True)
class Row:
    """One of the lines of a stack, or what stands before it.

    Attributes:
        box: Its place as shares of the picture's width and height.
        picture: Its picture, with no other ink than its own.
    """

    box: Box
    picture: Pixels


def rows_of(picture: Pixels) -> list[Row]:
    """Parts of the picture of a line that stand above each other.

    Returns:
        The part before the stack where there is one, the upper line, the lower line; nothing where no lines are
        stacked.
    """
    height = picture.shape[0]
    marks, labels = marks_of(picture)
    letters = [mark for mark in marks if mark.bottom - mark.top > _LEAST * height]
    low = [mark for mark in letters if mark.bottom - mark.top < _MOST * height]
    upper = [mark for mark in low if mark.bottom < 0.6 * height]
    lower = [mark for mark in low if mark.top > 0.4 * height]
    if not upper or not lower or max(mark.bottom for mark in upper) > min(mark.top for mark in lower) + 0.05 * height:
        return []
    start = min(mark.x for mark in [*upper, *lower])
    rest = [mark for mark in letters if mark not in upper and mark not in lower]
    if any(mark.x > start for mark in rest) or not _face(upper, lower):
        return []
    split = (max(mark.bottom for mark in upper) + min(mark.top for mark in lower)) / 2
    left = min(mark.x0 for mark in [*upper, *lower]) - 0.5 * height  # signs and points belong to the line beside them
    small = [mark for mark in marks if mark not in letters]
    upper += [mark for mark in small if mark.x > left and (mark.top + mark.bottom) / 2 <= split]
    lower += [mark for mark in small if mark.x > left and (mark.top + mark.bottom) / 2 > split]
    rest += [mark for mark in small if mark.x <= left]
    return [_row(picture, labels, part) for part in (rest, upper, lower) if part]


def _row(picture: Pixels, labels: NDArray[np.int32], marks: Sequence[Mark]) -> Row:
    import cv2

    height, width = picture.shape[:2]
    room = _ROOM * height
    x0, top = max(0, int(min(m.x0 for m in marks) - room)), max(0, int(min(m.top for m in marks) - room))
    x1 = min(width, int(max(m.x1 for m in marks) + room) + 1)
    bottom = min(height, int(max(m.bottom for m in marks) + room) + 1)
    own = np.isin(labels, [mark.label for mark in marks]).astype(np.uint8)
    shown = cv2.dilate(own, np.ones((5, 5), dtype=np.uint8))[..., np.newaxis] > 0  # with the grey edges of the strokes
    alone = np.where(shown, picture, 255).astype(np.uint8)
    part = np.ascontiguousarray(alone[top:bottom, x0:x1])
    return Row((x0 / width, top / height, x1 / width, bottom / height), part)


def is_framed(picture: Pixels) -> bool:
    """Whether strokes run along the upper and the lower side of a line."""
    import cv2

    ink = _ink(picture)
    height, width = ink.shape
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (max(3, int(0.25 * width)), 1))
    # a stroke that is off by a degree lies in several rows
    long = cv2.dilate(cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel), np.ones((5, 1), dtype=np.uint8))
    share = (long > 0).mean(axis=1)
    return bool(share[: height // 3].max(initial=0) > _ACROSS and share[-(height // 3) :].max(initial=0) > _ACROSS)


def is_lying(picture: Pixels) -> bool:
    """Whether the digits of a picture lie on their sides: one that is wider than high, or some above each other.

    Digits are narrower than high (ISO 3098).
    """
    height = picture.shape[0]
    marks = [mark for mark in marks_of(picture)[0] if mark.bottom - mark.top > _LEAST * height]
    if len(marks) < 2:
        return any(mark.x1 - mark.x0 > _LYING * (mark.bottom - mark.top) for mark in marks)
    marks.sort(key=lambda mark: mark.top)
    return all(one.bottom <= other.top + 1 and _face([one], [other]) for one, other in pairwise(marks))


def _face(upper: Sequence[Mark], lower: Sequence[Mark]) -> bool:
    """Whether one line stands above the other, not beside it."""
    across = min(max(m.x1 for m in upper), max(m.x1 for m in lower))
    return across > max(min(m.x0 for m in upper), min(m.x0 for m in lower))


def marks_of(picture: Pixels) -> tuple[list[Mark], NDArray[np.int32]]:
    """Connected ink from left to right, without what reaches through the picture, and the label of every pixel."""
    import cv2

    ink = _ink(picture)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    height, width = ink.shape
    found = [
        Mark(x, y, x + across, y + down, label)
        for label, (x, y, across, down, _) in enumerate(stats.tolist())
        if label and across < max(0.8 * width, height) and down < 0.95 * height
    ]
    return sorted(found), np.asarray(labels)


def inked_columns(picture: Pixels) -> NDArray[np.bool_]:
    """For every column of a line's picture whether letters have ink there."""
    columns = np.zeros(picture.shape[1], dtype=bool)
    for mark in marks_of(picture)[0]:
        columns[mark.x0 : mark.x1] = True
    return columns


def _ink(picture: Pixels) -> Any:
    import cv2

    grey: Any = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[1]
