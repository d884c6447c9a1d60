"""What is drawn on a picture: ruling strokes, and marks that may be letters with the regions where they stand.

Lines of text are looked for where such marks are, at the scale that their height asks for: the finder's cost grows with
the pixels that it is given, and most of a drawing is paper and long strokes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pybase_extraction_ocr.engine import Pixels

Box = tuple[float, float, float, float]

_AROUND, _DARKER = 51, 12
"""Ink is darker by the second, of 255 levels, than the mean of the pixels around it: shaded faces and grey scans stay
paper, which one threshold for the whole picture makes ink."""
_SHORTEST = 40
"""Pixels of a rule: strokes of letters are shorter."""
_THICKEST = 14
"""Pixels: what is thicker is an area."""
_MOST = 20_000
"""Rules that are given; a picture with more is hatched or noise."""
_LEAST, _HIGHEST, _SPECK = 8, 240, 12
"""Pixels of a mark: its longer side, and its ink."""
_SKEW_SIDE = 1400
"""Pixels of the longer side of the picture by which the skew is told."""
_LEAST_SKEW, _CLEARER = 0.2, 1.1
"""Degrees below which a page is taken as level, and how much sharper a turned page must be."""
_TINY = 12
"""Pixels of the middle letter below which a picture is made larger before it is read."""
_WANTED = 16
"""Height in pixels that a quarter of the marks is below when lines are looked for."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """Where letters may stand.

    Attributes:
        regions: Boxes in pixels that hold all marks, with room around them.
        scale: What the picture is best scaled by before lines are looked for.
    """

    regions: tuple[tuple[int, int, int, int], ...]
    scale: float


class Ink:
    """The ink of a picture.

    Args:
        image: The picture, dark on light.
    """

    def __init__(self, image: Pixels) -> None:
        import cv2

        grey: Any = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        mode = cv2.ADAPTIVE_THRESH_MEAN_C
        self._ink = cv2.adaptiveThreshold(grey, 255, mode, cv2.THRESH_BINARY_INV, _AROUND, _DARKER)
        self._strokes = [_opened(self._ink, (_SHORTEST, 1)), _opened(self._ink, (1, _SHORTEST))]

    def rules(self) -> list[Box]:
        """Boxes of the ruling strokes: long, thin, horizontal or vertical."""
        return [rule for strokes in self._strokes for rule in _thin(strokes)][:_MOST]

    def skew(self) -> float:
        """Degrees counter-clockwise by which the page lies turned, at most 3; 0 where it is level or nothing tells.

        Of a page that is level, rows and columns of pixels hold much ink or none: frames, rules, lines of text.
        """
        import cv2

        shrunk = min(1.0, _SKEW_SIDE / max(self._ink.shape))
        small = cv2.resize(self._ink, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
        level = _sharpness(small, 0.0)
        coarse = max(np.arange(-3.0, 3.01, 0.25), key=lambda angle: _sharpness(small, float(angle)))
        fine = max(np.arange(coarse - 0.2, coarse + 0.21, 0.05), key=lambda angle: _sharpness(small, float(angle)))
        is_clear = _sharpness(small, float(fine)) > _CLEARER * level
        return float(fine) if is_clear and abs(fine) >= _LEAST_SKEW else 0.0

    def lettering(self) -> Lettering:
        """Marks as large as letters, without the rules that they touch."""
        import cv2

        ink = self._ink
        for strokes in self._strokes:
            ink = cv2.subtract(ink, strokes)
        _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
        longer = stats[1:, 2:4].max(axis=1, initial=0)
        chosen = (longer >= _LEAST) & (longer <= _HIGHEST) & (stats[1:, 4] > _SPECK)
        marks, longer = stats[1:][chosen], longer[chosen]
        if not len(marks):
            return Lettering((), 1.0)
        low, middle = (float(value) for value in np.percentile(longer, [25, 50]))
        scale = min(_WANTED / middle, 1.5) if middle < _TINY else max(min(_WANTED / low, 1.0), 0.4)
        height, width = self._ink.shape
        return Lettering(tuple(_regions(marks, width, height, max(16, round(1.3 * low)))), scale)


def _sharpness(ink: Any, angle: float) -> float:
    """How much the ink of neighbouring rows and columns differs when a page is turned back by an angle."""
    turned = turned_level(ink, angle, 0).astype(np.float32)
    rows, columns = turned.mean(axis=1), turned.mean(axis=0)
    return float((np.diff(rows) ** 2).sum() + (np.diff(columns) ** 2).sum())


def turned_level(picture: Any, skew: float, paper: int = 255) -> Any:
    """A picture turned back by its skew about its middle; its size is kept."""
    import cv2

    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -skew, 1.0)
    return cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=(paper,) * 3)


def is_inverted(image: Pixels) -> bool:
    """Whether most of a picture is dark: white strokes on black, or a blueprint."""
    return float(np.median(image[::8, ::8])) < 100


def _opened(ink: Any, kernel: tuple[int, int]) -> Any:
    import cv2

    return cv2.morphologyEx(ink, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, kernel))


def _thin(strokes: Any) -> Iterator[Box]:
    import cv2

    _, _, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    for left, top, width, height in stats[1:, :4].tolist():
        if min(width, height) <= _THICKEST:
            yield float(left), float(top), float(left + width), float(top + height)


def _regions(marks: NDArray[np.int32], width: int, height: int, cell: int) -> Iterator[tuple[int, int, int, int]]:
    """Rectangles of cells that hold all marks with a cell around each, cut apart where a strip of cells is empty."""
    grid = np.zeros((-(-height // cell), -(-width // cell)), dtype=bool)
    for left, top, across, down, _ in marks.tolist():
        rows = slice(max(0, top // cell - 1), (top + down) // cell + 2)
        grid[rows, max(0, left // cell - 1) : (left + across) // cell + 2] = True
    waiting = [(0, 0, grid.shape[1], grid.shape[0])]
    while waiting:
        box = _trimmed(grid, waiting.pop())
        halves = _halves(grid, box)
        waiting += halves
        if not halves:
            left, top, right, bottom = (side * cell for side in box)
            yield left, top, min(right, width), min(bottom, height)


_Cells = tuple[int, int, int, int]


def _trimmed(grid: NDArray[np.bool_], box: _Cells) -> _Cells:
    left, top, right, bottom = box
    part = grid[top:bottom, left:right]
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    return left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1


def _halves(grid: NDArray[np.bool_], box: _Cells) -> list[_Cells]:
    """The two parts beside the largest empty strip through a box; none where it is too small to be worth a call."""
    left, top, right, bottom = box
    part = grid[top:bottom, left:right]
    wide, (from_row, to_row) = part.shape[1], _widest_gap(np.asarray(part.any(axis=1)))
    high, (from_column, to_column) = part.shape[0], _widest_gap(np.asarray(part.any(axis=0)))
    across, down = (to_row - from_row) * wide, (to_column - from_column) * high
    if max(across, down) < _WORTH:
        return []
    if across >= down:
        return [(left, top, right, top + from_row), (left, top + to_row, right, bottom)]
    return [(left, top, left + from_column, bottom), (left + to_column, top, right, bottom)]


_WORTH = 12
"""Empty cells that are worth cutting out."""


def _widest_gap(inked: NDArray[np.bool_]) -> tuple[int, int]:
    """Start and end of the longest run of False between True; both ends of a trimmed profile are True."""
    found = np.flatnonzero(inked)
    gaps = np.diff(found)
    if not len(gaps):
        return 0, 0
    index = int(gaps.argmax())
    return int(found[index]) + 1, int(found[index + 1])
