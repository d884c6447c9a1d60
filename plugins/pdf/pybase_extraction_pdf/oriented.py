"""Lettering of a sheet at any angle: words, and words that run aslant, each in the frame in which it is read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from pybase_extraction_pdf.primitives import Box, Char, PageContent, Word
from pybase_extraction_pdf.segments import around

_STEP = 1.6
"""Characters of one word stand closer than this many heights."""
_SLANT = math.radians(3)
"""Text that leaves the axes of the page by more runs aslant."""
_SAME = math.radians(4)
"""Steps of one word differ by less in direction."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, a drawn sign or a line of them.

    Attributes:
        text: What it says.
        bbox: Place on the page, in points from the top left.
        angle: Direction in which it runs, degrees counter-clockwise from left to right, -180 < angle <= 180.
        frame: Place on the page turned so that the text runs to the right: ``u0, v0, u1, v1``, v downwards.
        font: Name of the font, or None.
        parts: The pieces that it was put together from; empty for a word.
        is_boxed: A frame of its own is drawn around it (a theoretically exact dimension, ISO 129-1, 9.3).
        rule: What put it together, for the provenance.
    """

    text: str
    bbox: Box
    angle: float
    frame: Box
    font: str | None = None
    parts: tuple[Piece, ...] = ()
    is_boxed: bool = False
    rule: str = "line"

    @property
    def height(self) -> float:
        """Height of the text across its direction, in points."""
        return self.frame[3] - self.frame[1]

    @property
    def middle(self) -> float:
        """Where its middle is across the direction."""
        return (self.frame[1] + self.frame[3]) / 2


@lru_cache(maxsize=64)
def _direction(angle: float) -> tuple[float, float]:
    return math.cos(math.radians(angle)), math.sin(math.radians(angle))


def turned(x: float, y: float, angle: float) -> tuple[float, float]:
    """A point on the page turned so that text of that angle runs to the right."""
    cosine, sine = _direction(angle)
    return x * cosine - y * sine, x * sine + y * cosine


def turned_box(box: Box, angle: float) -> Box:
    """The box around a turned box."""
    if not angle:
        return box
    cosine, sine = _direction(angle)
    points = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    us = [x * cosine - y * sine for x, y in points]
    vs = [x * sine + y * cosine for x, y in points]
    return min(us), min(vs), max(us), max(vs)


def joined(parts: Sequence[Piece], text: str, rule: str) -> Piece:
    """One piece of several that run alike."""
    first = parts[0]
    return replace(
        first,
        text=text,
        bbox=around(part.bbox for part in parts),
        frame=around(part.frame for part in parts),
        parts=tuple(parts),
        is_boxed=any(part.is_boxed for part in parts),
        rule=rule,
    )


def pieces_of(page: PageContent, words: Sequence[Word]) -> list[Piece]:
    """The words of a page that lie on it, those that run aslant put together from its characters."""
    slanted = list(_slanted(page.chars))
    upright = [piece_of(word) for word in words if word.text.strip()]
    if slanted:
        places = [(piece.bbox, {char[1:5] for char in chars}) for piece, chars in slanted]
        upright = [piece for piece in upright if not any(_is_made_of(piece, *place) for place in places)]
    found = upright + [piece for piece, _ in slanted]
    return [piece for piece in found if _is_on(page, piece.bbox)]


def piece_of(word: Word) -> Piece:
    """A word as a piece."""
    if word.angle is not None and word.size is not None:
        return _aslant(word, word.angle, word.size)
    angle = {0: 0.0, 90: 90.0, 180: 180.0, 270: -90.0}[word.turn]
    box = word[1:5]
    return Piece(word.text, box, angle, turned_box(box, angle), word.font)


def _aslant(word: Word, angle: float, height: float) -> Piece:
    """A word of known angle and height; its length follows from its box: ``W = w·c + h·s``, ``H = w·s + h·c``."""
    box = word[1:5]
    cosine, sine = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
    across, down = box[2] - box[0], box[3] - box[1]
    length = (down - height * cosine) / sine if sine > cosine else (across - height * sine) / cosine
    u, v = turned((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, angle)
    half = max(length, 1.0) / 2
    return Piece(word.text, box, angle, (u - half, v - height / 2, u + half, v + height / 2), rule="slanted")


def _is_on(page: PageContent, box: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return 0 <= x <= page.width and 0 <= y <= page.height


def _is_made_of(piece: Piece, box: Box, chars: set[Box]) -> bool:
    """A word that was cut from the characters of a slanted one."""
    x0, top, x1, bottom = piece.bbox
    if x0 < box[0] - 0.1 or x1 > box[2] + 0.1 or top < box[1] - 0.1 or bottom > box[3] + 0.1:
        return False
    return any(
        x0 - 0.1 <= (c[0] + c[2]) / 2 <= x1 + 0.1 and top - 0.1 <= (c[1] + c[3]) / 2 <= bottom + 0.1 for c in chars
    )


def _slanted(chars: Sequence[Char]) -> Iterator[tuple[Piece, list[Char]]]:
    run: list[Char] = []
    direction = 0.0
    for one, other in pairwise(chars):
        step = _step(one, other)
        if step is not None and (len(run) < 2 or abs(_difference(step, direction)) < _SAME):
            if not run:
                run, direction = [one], step
            run.append(other)
            continue
        if found := _slanted_piece(run, direction):
            yield found, run
        run = []
        if step is not None:
            run, direction = [one, other], step
    if found := _slanted_piece(run, direction):
        yield found, run


def _step(one: Char, other: Char) -> float | None:
    """Direction from one character to the next of a word that runs aslant; None when they do not."""
    if one[5] != other[5]:
        return None
    dx = (other[1] + other[3] - one[1] - one[3]) / 2
    dy = (other[2] + other[4] - one[2] - one[4]) / 2
    reach = max(one[4] - one[2], one[3] - one[1], 1.0) * _STEP
    if abs(dx) < 0.05 or abs(dy) < 0.05 or math.hypot(dx, dy) > reach:
        return None
    direction = math.atan2(-dy, dx)
    off_axis = abs(_difference(direction * 4, 0.0)) / 4
    return direction if off_axis > _SLANT else None


def _difference(one: float, other: float) -> float:
    return math.remainder(one - other, 2 * math.pi)


def _slanted_piece(chars: Sequence[Char], direction: float) -> Piece | None:
    inked = [index for index, char in enumerate(chars) if not char[0].isspace()]
    run = chars[inked[0] : inked[-1] + 1] if inked else []
    if len(run) < 2 or (len(run) == 2 and not _are_slanted_digits(run)):
        return None
    angle = math.degrees(direction)
    centres = [turned((char[1] + char[3]) / 2, (char[2] + char[4]) / 2, angle) for char in run]
    advance = (centres[-1][0] - centres[0][0]) / (len(run) - 1)
    height = _height(run, advance, direction)
    us, middle = [u for u, _ in centres], sum(v for _, v in centres) / len(centres)
    frame = (us[0] - advance / 2, middle - height / 2, us[-1] + advance / 2, middle + height / 2)
    text = "".join(char[0] for char in run)
    return Piece(text, around(char[1:5] for char in run), angle, frame, run[0][5], rule="slanted")


def _are_slanted_digits(run: Sequence[Char]) -> bool:
    """Boxes of two digits are too wide for digits that stand upright, unless those are small beside each other."""
    return all(char[0].isdecimal() and 0.68 < (char[3] - char[1]) / (char[4] - char[2] or 1) < 1.5 for char in run)


def _height(run: Sequence[Char], advance: float, direction: float) -> float:
    """Height of the letters whose turned boxes these are: ``W = w·c + h·s``, ``H = w·s + h·c``."""
    cosine, sine = abs(math.cos(direction)), abs(math.sin(direction))
    width = sum(char[3] - char[1] for char in run) / len(run)
    height = sum(char[4] - char[2] for char in run) / len(run)
    found = (width - advance * cosine) / sine if sine > cosine else (height - advance * sine) / cosine
    return max(found, 1.0)
