"""Lines of text read from their places in a picture: turned until they run to the right, stacked ones apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pybase_extraction.raster import Turn
from pybase_extraction_ocr.boxes import TextBox
from pybase_extraction_ocr.engine import Engine, Line, Pixels
from pybase_extraction_ocr.ink import Box
from pybase_extraction_ocr.stacks import is_framed, is_lying, rows_of

_SURE = 0.95
"""A line that is read with more certainty is not read in other directions."""
_UPRIGHT, _DOWN, _NARROW = 0.8, 1.2, 2.6
"""Lines may run upwards when they are higher than wide by the first, downwards by the second; by less than the third
they may be one letter or two that run to the right."""
_SHORT = 1.4
"""Heights below which a slanted line may be a single letter that stands upright."""
_FEW = 3
"""Digits of a number that may be read though they lie on their sides."""
_BESIDE = 0.6
"""Share of a lying digit's step within which its neighbour begins."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A line as it was read.

    Attributes:
        piece: Its place.
        turn: The direction in which it was read; 0 for slanted ones.
        line: What it says.
        picture: Its picture, turned until it runs to the right.
    """

    piece: TextBox
    turn: Turn
    line: Line
    picture: Pixels

    @property
    def text(self) -> str:
        """What it says, without spaces around."""
        return self.line.text.strip()


class LineReader:
    """Reads lines of one picture.

    Args:
        recogniser: What reads a line that runs to the right.
        image: The picture.
    """

    def __init__(self, recogniser: Engine, image: Pixels) -> None:
        self._recogniser = recogniser
        self.image = image

    def read(self, piece: TextBox) -> list[Reading]:
        """The lines at a place: one, or those that are stacked there, as deviations and limits are."""
        best = self._best(piece)
        if best is None:
            return []
        rows = rows_of(best.picture)
        parts = [
            Reading(part_of(piece, best.turn, row.box), best.turn, self._recogniser.read(row.picture), row.picture)
            for row in rows
        ]
        if parts and all(part.line.score > best.line.score - 0.1 for part in parts):
            return parts
        return [best]

    def read_turned(self, piece: TextBox, turn: Turn) -> Reading:
        """The line at a place in one direction."""
        picture = picture_of(self.image, piece, turn)
        return Reading(piece, turn, self._recogniser.read(picture), picture)

    def _best(self, piece: TextBox) -> Reading | None:
        """The line in the direction in which it reads best; a later one must be better by more than chance."""
        best: Reading | None = None
        for place, turn in _ways(piece):
            found = self.read_turned(place, turn)
            if found.text and (best is None or found.line.score > best.line.score + 0.02):
                best = found
            is_sure = best is not None and best.line.score > _SURE
            if best is not None and is_sure and (len(best.text) > 1 or place is not piece):
                break
        return best

    def set_upright(self, readings: Sequence[Reading]) -> list[Reading]:
        """Numbers whose digits lie on their sides, one above the other, read as the upright lines that they are.

        Lines are told by their length, and the recogniser knows digits that lie: ``38`` written upwards may be found as
        two lines of one letter, or as one that runs to the right.
        """
        lying = [reading for reading in readings if _is_lying(reading)]
        gone: set[int] = set()
        found = []
        for reading in lying:
            if id(reading) not in gone:
                column = [other for other in lying if id(other) not in gone and _is_beside(reading, other)]
                gone |= {id(other) for other in column}
                found += self._upright(column)
        kept = {id(reading) for reading in lying} - gone
        return [reading for reading in readings if not _is_lying(reading) or id(reading) in kept] + found

    def _upright(self, column: Sequence[Reading]) -> list[Reading]:
        x0, top, x1, bottom = _around([reading.piece.box for reading in column])
        step = 0.8 * (x1 - x0)  # a digit and its gap, beside which another may stand that was not found
        grown = self.read_turned(TextBox((x0, top - step, x1, bottom + step)), 90)
        count = sum(len(reading.text) for reading in column)
        if len(grown.text) > count and grown.text.isdecimal() and grown.line.score > _SURE:
            start, end = grown.line.letters[0].at, grown.line.letters[-1].at
            half = 0.5 * (end - start) / (len(grown.text) - 1)
            place = part_of(grown.piece, 90, (max(0.0, start - half), 0.0, min(1.0, end + half), 1.0))
            return [Reading(place, 90, grown.line, grown.picture)]
        exact = self.read_turned(TextBox((x0, top, x1, bottom)), 90)
        return [exact] if len(exact.text) == count and exact.line.score > 0.8 else list(column)


def _is_lying(reading: Reading) -> bool:
    is_number = reading.text.isdecimal() and len(reading.text) <= _FEW
    return is_number and reading.turn == 0 and reading.piece.quad is None and is_lying(reading.picture)


def _is_beside(one: Reading, other: Reading) -> bool:
    """Whether two lying digits stand in one column, the one next to the other, or are the same."""
    first, second = one.piece.box, other.piece.box
    across = min(first[2], second[2]) - max(first[0], second[0])
    apart = max(first[1], second[1]) - min(first[3], second[3])
    return across > 0.7 * min(one.piece.width, other.piece.width) and apart < _BESIDE * one.piece.height


def _around(boxes: Sequence[Box]) -> Box:
    x0s, tops, x1s, bottoms = zip(*boxes, strict=True)
    return min(x0s), min(tops), max(x1s), max(bottoms)


def _ways(piece: TextBox) -> Iterator[tuple[TextBox, Turn]]:
    """Places and directions in which a line may run, the likeliest first."""
    if piece.quad is not None:
        level = TextBox(piece.box)
        # the corners of a single letter may lie at any angle
        if length_of(piece, 0) < _SHORT * height_of(piece, 0):
            yield level, 0
        yield piece, 0
        return
    for turn in _turns(piece):
        yield piece, turn


def _turns(piece: TextBox) -> Iterator[Turn]:
    if piece.height < _NARROW * piece.width:
        yield 0
    if piece.height > _UPRIGHT * piece.width:
        # drawings are read from below and from the right (ISO 129-1), so this is the usual one of the two
        yield 90
        if piece.height > _DOWN * piece.width:
            yield 270


def part_of(piece: TextBox, turn: Turn, part: Box) -> TextBox:
    """A part of a line.

    Args:
        piece: The line.
        turn: The direction in which it runs.
        part: Start, top, end and bottom as shares of the line's length and height.
    """
    u0, v0, u1, v1 = part
    if piece.quad is not None:
        origin, along, down = piece.quad[0], piece.quad[1] - piece.quad[0], piece.quad[3] - piece.quad[0]
        corners = np.asarray([origin + u * along + v * down for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))])
        box = (*(float(side) for side in corners.min(axis=0)), *(float(side) for side in corners.max(axis=0)))
        return TextBox((box[0], box[1], box[2], box[3]), corners.astype(np.float32), piece.angle)
    x0, top, x1, bottom = piece.box
    wide, high = piece.width, piece.height
    if turn == 90:
        return TextBox((x0 + v0 * wide, bottom - u1 * high, x0 + v1 * wide, bottom - u0 * high))
    if turn == 270:
        return TextBox((x1 - v1 * wide, top + u0 * high, x1 - v0 * wide, top + u1 * high))
    return TextBox((x0 + u0 * wide, top + v0 * high, x0 + u1 * wide, top + v1 * high))


def height_of(piece: TextBox, turn: Turn) -> float:
    """Height of a line across the direction in which it runs, in pixels."""
    if piece.quad is not None:
        return float(np.linalg.norm(piece.quad[3] - piece.quad[0]))
    return piece.width if turn in {90, 270} else piece.height


def length_of(piece: TextBox, turn: Turn) -> float:
    """Length of a line in the direction in which it runs, in pixels; at least one."""
    if piece.quad is not None:
        return max(1.0, float(np.linalg.norm(piece.quad[1] - piece.quad[0])))
    return max(1.0, piece.height if turn in {90, 270} else piece.width)


def is_frame(reading: Reading, text: str) -> bool:
    """Whether a line stands in a feature control frame: framed, with compartments, or room for a symbol before it.

    A lone frame around a size makes it theoretically exact (ISO 129-1).  The symbols of characteristics are not in the
    recogniser's alphabet.
    """
    if not reading.line.letters or not is_framed(reading.picture):
        return False
    height, width = reading.picture.shape[:2]
    return "|" in text or len(text.split()) > 1 or reading.line.letters[0].at * width > height


def picture_of(image: Pixels, piece: TextBox, turn: Turn) -> Pixels:
    """The picture of a line, turned until it runs to the right; at least one pixel."""
    return part_turned(image, piece.box, turn) if piece.quad is None else _levelled(image, piece.quad)


def part_turned(image: Pixels, box: Box, turn: Turn) -> Pixels:
    """A part of a picture, turned until text of that direction runs to the right; at least one pixel."""
    left, top = min(max(0, int(box[0])), image.shape[1] - 1), min(max(0, int(box[1])), image.shape[0] - 1)
    part = image[top : max(top, int(box[3])) + 1, left : max(left, int(box[2])) + 1]
    return np.ascontiguousarray(np.rot90(part, {0: 0, 90: -1, 180: 2, 270: 1}[turn]))


def _levelled(image: Pixels, quad: Any) -> Pixels:
    import cv2

    width = max(1, round(float(np.linalg.norm(quad[1] - quad[0]))))
    height = max(1, round(float(np.linalg.norm(quad[3] - quad[0]))))
    target = np.asarray([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    across = cv2.getPerspectiveTransform(quad, target)
    level = cv2.warpPerspective(image, across, (width, height), borderValue=(255, 255, 255))
    return np.asarray(level, dtype=np.uint8)
