"""A page of pixels read: lines found tile by tile, each turned until it runs to the right, and read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from pybase_extraction.raster import Raster, RasterReading, RasterWord, Turn
from pybase_extraction_ocr.boxes import TextBox, cut_at_rules, joined, snapped, text_box, tiles_of
from pybase_extraction_ocr.engine import Engine, Letter, Line, Pixels, engine
from pybase_extraction_ocr.ink import Box, Ink, Lettering, is_inverted, turned_level
from pybase_extraction_ocr.lines import LineReader, Reading, height_of, is_frame, length_of, part_of, picture_of
from pybase_extraction_ocr.signs import Shapes, shapes_of, with_signs
from pybase_extraction_ocr.stacks import inked_columns

LEAST = 0.5
"""Lines that the recogniser is less certain of are left out: mostly strokes of the drawing."""
LEAST_LETTER = 0.8
"""The same for single letters, which crossing strokes look like."""
LEAST_TURNED = 0.95
"""The same for single letters that do not run to the right, and for those that are one stroke."""
_STROKES = frozenset("1Il|/\\-_.,'")
_RESERVED_S = 5.0
"""Seconds that understanding and storing what was read may need."""
_RESERVED = 0.35
"""The same as a share of the seconds that reading has taken so far."""
_BEFORE = 1.4
"""Height of a line by which the diameter sign and its gap are wide at most."""


def _endless() -> float | None:
    return None


def read_raster(
    raster: Raster,
    check: Callable[[], None],
    remaining_s: Callable[[], float | None] = _endless,
    processors: int | None = None,
) -> RasterReading:
    """Read words and ruling strokes.

    Args:
        raster: The page.
        check: Called between steps; may raise to stop.
        remaining_s: Seconds until the deadline, None when there is none; near it the rest is left unread.
        processors: Most that may be kept busy.
    """
    check()
    clock = _Clock(remaining_s)
    recogniser = engine(processors)
    image = _picture(raster)
    ink = Ink(image)
    if skew := ink.skew():
        image = turned_level(image, skew)
        ink = Ink(image)
    rules = ink.rules()
    upright = [rule for rule in rules if rule[3] - rule[1] > rule[2] - rule[0]]
    reader, readings = LineReader(recogniser, image), []
    boxes = snapped(joined(_found(recogniser, image, ink.lettering(), check, clock)))
    for piece in [piece for box in boxes for piece in cut_at_rules(box, upright)]:
        check()
        if clock.looks_late():
            break
        readings += reader.read(piece)
    words = (word for reading in reader.set_upright(readings) for word in _words(reading, image, raster))
    return RasterReading(tuple(words), tuple(map(raster.place, rules)), recogniser.name, clock.is_late, skew)


class _Clock:
    """Tells when a page must be left as it is."""

    def __init__(self, remaining_s: Callable[[], float | None]) -> None:
        self._remaining_s = remaining_s
        self._started = time.monotonic()
        self.is_late = False

    def looks_late(self) -> bool:
        """Whether what is left is needed for what comes after; on a busy machine that takes longer, too."""
        left = self._remaining_s()
        reserved = max(_RESERVED_S, _RESERVED * (time.monotonic() - self._started))
        self.is_late = self.is_late or (left is not None and left < reserved)
        return self.is_late


def _picture(raster: Raster) -> Pixels:
    """The page in the order of OpenCV, dark on light."""
    image = np.frombuffer(raster.pixels, dtype=np.uint8).reshape(raster.height, raster.width, 3)[:, :, ::-1]
    return np.ascontiguousarray(255 - image if is_inverted(image) else image)


def _found(
    recogniser: Engine, image: Pixels, lettering: Lettering, check: Callable[[], None], clock: _Clock
) -> list[list[TextBox]]:
    """The lines of every tile of every region with marks."""
    found: list[list[TextBox]] = []
    scale = lettering.scale
    for region in lettering.regions:
        for left, top, right, bottom in tiles_of(region, scale):
            check()
            if clock.looks_late():
                return found
            tile = _scaled(image[top:bottom, left:right], scale)
            found.append([text_box(quad / scale, left, top) for quad in recogniser.find(tile)])
    return found


def _scaled(tile: Pixels, scale: float) -> Pixels:
    import cv2

    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(np.ascontiguousarray(tile), None, fx=scale, fy=scale, interpolation=way), np.uint8)


def _words(reading: Reading, image: Pixels, raster: Raster) -> Iterator[RasterWord]:
    line, turn = reading.line, reading.turn
    if line.score < _least(reading):
        return
    piece, shapes = reading.piece, shapes_of(reading.picture)
    if shapes.diameter_at is None and reading.text.lstrip(".,")[:1].isdecimal():
        piece, shapes = _with_sign_before(image, piece, turn, shapes)
    text, score = with_signs(reading.text, line.score, shapes)
    certainty = min(max(score, 0.0), 1.0)
    if piece.quad is not None and is_frame(reading, text):
        text = f"|{'|'.join(text.replace('|', ' ').split())}|"
    inked = inked_columns(reading.picture) if piece is reading.piece else None
    for word, said, start, end in _parts(text, line):
        if inked is not None:
            start, end = _trimmed(inked, start, end)  # noqa: PLW2901 -- the same part, without its paper
        part = part_of(piece, turn, (start, 0.0, end, 1.0))
        yield RasterWord(
            word,
            said,
            raster.place(_on(image, part.box)),
            certainty,
            turn,
            confidence_of(certainty),
            angle=None if part.quad is None else part.angle,
            height=height_of(part, turn) / raster.scale[1],
        )


def _on(image: Pixels, box: Box) -> Box:
    """The part of a box that lies on the picture."""
    height, width = image.shape[:2]
    x0, top, x1, bottom = box
    return max(0.0, x0), max(0.0, top), min(float(width), x1), min(float(height), bottom)


def _least(reading: Reading) -> float:
    """The certainty that a line must have to be one."""
    if len(reading.text) > 1:
        return LEAST
    is_turned = reading.turn or reading.piece.quad is not None
    return LEAST_TURNED if is_turned or reading.text in _STROKES else LEAST_LETTER


def _with_sign_before(image: Pixels, piece: TextBox, turn: Turn, shapes: Shapes) -> tuple[TextBox, Shapes]:
    """The place of a number with the diameter sign that stands before it and that was not found as a part of it."""
    high, long = height_of(piece, turn), length_of(piece, turn)
    grown = part_of(piece, turn, (-_BEFORE * high / long, 0.0, 1.0, 1.0))
    seen = shapes_of(picture_of(image, grown, turn))
    if seen.diameter_at is None or seen.diameter_at * length_of(grown, turn) > 1.2 * _BEFORE * high:
        return piece, shapes
    return grown, replace(shapes, diameter_at=0.0)


def _trimmed(inked: NDArray[np.bool_], start: float, end: float) -> tuple[float, float]:
    """A part of a line, given and returned in shares of its length, from its first ink to its last."""
    width = len(inked)
    first, last = int(start * width), max(int(start * width) + 1, round(end * width))
    columns = np.flatnonzero(inked[first:last])
    if not len(columns):
        return start, end
    return (first + int(columns[0])) / width, (first + int(columns[-1]) + 1) / width


def _parts(text: str, line: Line) -> Iterator[tuple[str, str, float, float]]:
    """The words of a line: text, what was read, start and end as shares of the line."""
    said, words = list(_spaced(line.letters)), text.split()
    if len(words) == len(said):
        yield from ((word, raw, start, end) for word, (raw, start, end) in zip(words, said, strict=True))
        return
    length, at = max(1, len(" ".join(words))), 0
    for word in words:  # signs were put in that change the words: they share the line evenly, letter by letter
        yield word, line.text.strip(), at / length, (at + len(word)) / length
        at += len(word) + 1


def _spaced(letters: Sequence[Letter]) -> Iterator[tuple[str, float, float]]:
    """Runs of letters without spaces: text, start and end as shares of the line."""
    runs = [list(run) for is_space, run in groupby(letters, key=lambda item: item.text.isspace()) if not is_space]
    half = _pitch(runs) / 2
    for index, run in enumerate(runs):
        before = runs[index - 1][-1].at if index else None
        after = runs[index + 1][0].at if index + 1 < len(runs) else None
        start = 0.0 if before is None else max(run[0].at - half, (before + run[0].at) / 2)
        end = 1.0 if after is None else min(run[-1].at + half, (run[-1].at + after) / 2)
        yield "".join(letter.text for letter in run), start, max(end, start + 1e-3)


def _pitch(runs: Sequence[Sequence[Letter]]) -> float:
    """Usual step from one letter to the next, as a share of the line."""
    steps = sorted(other.at - one.at for run in runs for one, other in pairwise(run))
    return steps[len(steps) // 2] if steps else 0.1


def confidence_of(score: float) -> float:
    """Probability that a word is right, from 652 words (``nox -s score-ocr``; docs/accuracy.md has the counts).

    Right words by the recogniser's certainty: 565 of 569 from 0.95, 68 of 75 from 0.8, 4 of 8 below; by the rule of
    succession (right + 1) / (all + 2).
    """
    if score >= 0.95:
        return 566 / 571
    return 69 / 77 if score >= 0.8 else 5 / 10
