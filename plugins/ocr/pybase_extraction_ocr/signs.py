"""Signs of drawings that the recogniser's alphabet lacks: the diameter sign and the degree sign (ISO 129-1).

A reader that knows no ``⌀`` gives ``0``, ``O``, ``@`` or nothing in its place.  Two rules put it back:

* *seen*: a letter of the line has the shape of the sign, a ring whose hole a slanted stroke cuts in two, or, for the
  degree sign, a small ring in the upper half at the end;
* *told*: a number with decimals, with deviations or after a count, that starts with 0 or O and goes on with another
  digit (``034.8``, ``040±0.15``, ``2×08``): no number on a drawing is written so.

A day whose second full stop was not seen (``20.032006``) gets it back: no other number is written so.

All lower the certainty, and the recogniser's own text is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from pybase_extraction_ocr.engine import Pixels

SEEN = 0.9
"""What the certainty of a line is multiplied by when a sign was put in because of its shape."""
TOLD = 0.8
"""The same for a sign that only the text tells."""

_ALIKE = str.maketrans(dict.fromkeys("ØøΦφ∅", "⌀") | dict.fromkeys("º˚", "°"))
_COUNTED = re.compile(r"(?P<count>\d\s*[xX×]\s*)[0OoQ@D](?=\d)(?!0?[.,])")
_AFTER_COUNT = re.compile(r"(?P<count>\d\s*[xX×]\s*)(?=\d)")
_LEADING = re.compile(r"\A[0OoQ@D](?=\d)")
_RINGS = frozenset("0OQ@D")
_DECIMAL = re.compile(r"\A[0OQ](?=[1-9]\d*(?:[.,]\d|\s?[±+]))")
_NUMBER = re.compile(r"\A(?:\d|[.,]\d)")
_DAY = re.compile(r"(0[1-9]|[12]\d|3[01])\.(0[1-9]|1[0-2])((?:19|20)\d\d)")
_HEIGHT = 64
"""Pixels of a line at least when shapes are looked at."""
_SPECK = 12
"""Pixels: what is smaller is dirt."""
_ENDS_LIKE_DEGREES = re.compile(r"(?<=\d)[oO*'](?=\Z|\s)")


@dataclass(frozen=True, slots=True)
class Shapes:
    """Signs that a line of text shows.

    Attributes:
        diameter_at: Where the first ring with a stroke through it begins, as a share of the line's width; None where
            there is none.
        ends_with_degree: Whether its last letter is a small ring in the upper half.
        letters: How many letters of full height it has.
    """

    diameter_at: float | None = None
    ends_with_degree: bool = False
    letters: int = 0


def with_signs(text: str, score: float, shapes: Shapes) -> tuple[str, float]:
    """The text of a line with its signs, and its certainty."""
    found = text.translate(_ALIKE)
    if day := _DAY.fullmatch(found):
        return f"{day[1]}.{day[2]}.{day[3]}", score * TOLD
    if found in _RINGS and shapes.letters == 1 and shapes.diameter_at is not None:
        return "⌀", score * SEEN
    if "⌀" not in found:
        found, score = _with_diameter(found, score, is_seen=shapes.diameter_at is not None)
    if "°" not in found and shapes.ends_with_degree:
        changed = _with_degree(found, shapes.letters)
        score *= 1 if changed == found else SEEN
        found = changed
    return found, score


def _with_degree(text: str, letters: int) -> str:
    changed = _ENDS_LIKE_DEGREES.sub("°", text)
    if changed != text or not text[-1:].isdecimal():
        return changed
    is_read_as_zero = text.endswith("0") and text.isdecimal() and len(text) == letters + 1
    return f"{text[:-1]}°" if is_read_as_zero else f"{text}°"


def _with_diameter(text: str, score: float, *, is_seen: bool) -> tuple[str, float]:
    if _COUNTED.search(text):
        return _COUNTED.sub(r"\g<count>⌀", text, count=1), score * (SEEN if is_seen else TOLD)
    if not is_seen:
        told = _DECIMAL.sub("⌀", text)
        return told, score * (1 if told == text else TOLD)
    if _AFTER_COUNT.search(text):
        return _AFTER_COUNT.sub(r"\g<count>⌀", text, count=1), score * SEEN
    bare = _LEADING.sub("", text)
    return (f"⌀{bare}", score * SEEN) if _NUMBER.match(bare) else (text, score)


def shapes_of(line: Pixels) -> Shapes:
    """Signs in the picture of a line that runs to the right."""
    import cv2

    grey: Any = cv2.cvtColor(line, cv2.COLOR_BGR2GRAY)
    if grey.shape[0] < _HEIGHT:  # holes of small letters close when they are told from paper
        by = _HEIGHT / grey.shape[0]
        grey = cv2.resize(grey, None, fx=by, fy=by, interpolation=cv2.INTER_CUBIC)
    ink = _without_rules(grey)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    letters = [
        (tuple(int(value) for value in stats[index][:4]), labels, index)
        for index in range(1, count)
        if stats[index][4] > _SPECK
    ]
    high = sorted((item for item in letters if item[0][3] > 0.4 * grey.shape[0]), key=lambda item: item[0][0])
    if not high:
        return Shapes()
    height = sorted(item[0][3] for item in high)[len(high) // 2]
    struck = next((item[0][0] for item in high if _is_struck_ring(*item)), None)
    at = None if struck is None else struck / grey.shape[1]
    return Shapes(at, _has_degree(letters, height), sum(item[0][3] > 0.8 * height for item in high))


def _without_rules(grey: Any) -> Any:
    """Ink without strokes that run through the whole line: frames and dimension lines, which letters touch."""
    import cv2

    _, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    height, width = ink.shape
    for kernel in ((max(_HEIGHT, int(0.6 * width)), 1), (1, max(3, int(0.95 * height)))):
        long = cv2.morphologyEx(ink, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, kernel))
        ink = cv2.subtract(ink, long)
    upright = cv2.getStructuringElement(cv2.MORPH_RECT, (1, int(0.65 * height)))
    for part in (slice(0, height // 3), slice(max(0, width - height // 3), width)):  # of a frame around the text
        long = cv2.morphologyEx(np.ascontiguousarray(ink[:, part]), cv2.MORPH_OPEN, upright)
        ink[:, part] = cv2.subtract(np.ascontiguousarray(ink[:, part]), cv2.dilate(long, np.ones((1, 3), np.uint8)))
    return ink


def _holes(place: tuple[int, ...], labels: Any, index: int) -> list[tuple[float, float, float]]:
    """Holes of a letter: centre x, y and area, as shares of its box; largest first."""
    import cv2

    left, top, width, height = place
    letter = (labels[top : top + height, left : left + width] == index).astype(np.uint8)
    outside = np.pad(1 - letter, 1, constant_values=1).astype(np.uint8)
    count, _, stats, centres = cv2.connectedComponentsWithStats(outside, connectivity=4)
    found = [
        ((centres[i][0] - 1) / width, (centres[i][1] - 1) / height, float(stats[i][4]) / (width * height))
        for i in range(1, count)
        if stats[i][0] > 0 and stats[i][1] > 0 and stats[i][4] > 0.02 * width * height
    ]
    return sorted(found, key=lambda hole: -hole[2])


def _is_struck_ring(place: tuple[int, ...], labels: Any, index: int) -> bool:
    """Two holes side by side across a stroke that rises to the right; those of an 8 stand above each other."""
    if not 0.6 < place[2] / place[3] < 1.5:
        return False
    holes = _holes(place, labels, index)
    if len(holes) != 2 or holes[1][2] < 0.3 * holes[0][2]:
        return False
    (x0, y0, _), (x1, y1, _) = sorted(holes)
    return x1 - x0 > 0.12 and y1 - y0 > 0.02


def _has_degree(letters: list[Any], height: int) -> bool:
    """A small ring behind the last letter of full height, no lower than its top third."""
    full = [item[0] for item in letters if item[0][3] > 0.8 * height]
    if not full:
        return False
    top, end = min(place[1] for place in full), max(place[0] + place[2] / 2 for place in full)
    return any(
        0.2 * height < place[3] < 0.55 * height
        and 0.6 < place[2] / place[3] < 1.4
        and place[0] + place[2] / 2 > end
        and place[1] < top + 0.35 * height
        and len(_holes(place, labels, index)) == 1
        for place, labels, index in letters
    )
