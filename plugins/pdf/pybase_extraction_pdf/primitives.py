"""What stands on a page: characters, words, strokes and cells.

Every coordinate is in points (1/72 inch) from the top left corner of the page as it is displayed (``/Rotate`` applied),
y downwards; boxes are ``x0, top, x1, bottom``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

_T = TypeVar("_T")
Box: TypeAlias = tuple[float, float, float, float]
"""``x0, top, x1, bottom``."""
Turn: TypeAlias = Literal[0, 90, 180, 270]
"""Direction in which text runs on the displayed page, in degrees counter-clockwise from left to right."""
Char: TypeAlias = tuple[str, float, float, float, float, str, float, bool, Turn]
"""``text, x0, top, x1, bottom, font, size, upright, turn``: a plain tuple, because a page has thousands of them."""
WordSource: TypeAlias = Literal["text", "annotation", "ocr"]


class Word(NamedTuple):
    """Characters that stand together.

    Attributes:
        text: Its characters, ligatures taken apart.
        font: Name of the first character's font, or None when it is not from the text layer.
        size: Height of the first character's box in points, or None when unknown.
        upright: Whether its letters stand upright on the displayed page, as pdfplumber judges it.
        source: Where it was read.
        turn: Direction in which it runs: 90 from bottom to top, 270 from top to bottom.
        confidence: Calibrated probability that its text is right; None for words that were not read from pixels.
        angle: Direction of a word that was read from pixels and runs aslant, in degrees counter-clockwise; its ``size``
            is the height of its line across that direction.  Else None: words of the text layer are put together from
            their characters.
    """

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    font: str | None
    size: float | None
    upright: bool
    source: WordSource = "text"
    turn: Turn = 0
    confidence: float | None = None
    angle: float | None = None


class Stroke(NamedTuple):
    """A straight stroke (as its box) or a rectangle.

    Attributes:
        width: Width of the pen.
        is_filled: Whether it is an area that is filled and has no outline.
    """

    x0: float
    top: float
    x1: float
    bottom: float
    width: float
    is_filled: bool = False


Curve: TypeAlias = tuple[tuple[float, float], ...]
"""End points of a path that is neither one stroke nor one rectangle."""

_CURVE_SIDES = "axis-parallel segments of curves"
_SHORTEST_SIDE = 1.0
"""Points from which a side may rule a table (pdfplumber's ``edge_min_length_prefilter``)."""


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table found by its rules.

    Attributes:
        bbox: Box around its cells.
        cells: One entry a row, one box a column; None where a cell of another row or column reaches over.
        rows: The text of the cells; None where ``cells`` has None, ``""`` where a cell is blank.
        caption: Caption that stood in its first row, or None.
    """

    bbox: Box
    cells: tuple[tuple[Box | None, ...], ...]
    rows: tuple[tuple[str | None, ...], ...]
    caption: str | None = None


@dataclass(slots=True)
class PageContent:
    """Everything that one page draws.

    Attributes:
        number: From 1.
        origin: ``x, y`` of the MediaBox's corner, by which every coordinate is shifted as pdfplumber does.
        rotation: Degrees clockwise by which the page is displayed: 0, 90, 180 or 270.
        chars: In the order of the content stream.
        lines: Strokes of one straight segment, diagonal ones too, as their boxes.
        images: Boxes of the bitmaps.
        defects: What of the page could not be read, in sentences.
        found: What was worked out of the rest already, by what it was asked for: see ``words`` and ``ruled``.
    """

    number: int
    width: float
    height: float
    rotation: int
    origin: tuple[float, float] = (0.0, 0.0)
    chars: list[Char] = field(default_factory=list)
    lines: list[Stroke] = field(default_factory=list)
    rects: list[Stroke] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    images: list[Box] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    found: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, key: Hashable, work_out: Callable[[], _T]) -> _T:
        """What ``work_out`` gives, asked once: nothing is drawn after a page was read, only lettering is added."""
        if key not in self.found:
            self.found[key] = work_out()
        value: _T = self.found[key]
        return value

    def words(self) -> list[Word]:
        """Words of the text layer, line by line, as pdfplumber's default settings give them; not to be changed."""
        from pybase_extraction_pdf.words import words_of

        return self.once(("words", len(self.chars)), lambda: words_of(self.chars))

    def words_as_read(self) -> list[Word]:
        """Words of the text layer, each in the direction in which it runs."""
        from pybase_extraction_pdf.words import words_as_read

        return words_as_read(self.chars)

    def without_shading(self) -> PageContent:
        """The page without filled areas that are no rules: backgrounds, thicker than three points both ways.

        Made once, like its edges.
        """
        return self.once("without shading", self._without_shading)

    def _without_shading(self) -> PageContent:
        rects = [
            rect for rect in self.rects if not (rect.is_filled and min(rect.x1 - rect.x0, rect.bottom - rect.top) > 3)
        ]
        if len(rects) == len(self.rects):
            return self
        return replace(self, rects=rects, found={_CURVE_SIDES: self._curve_sides()})

    def sides(self) -> tuple[list[Box], list[Box]]:
        """Upright and level sides of strokes, rectangles and segments of paths that are a point long or more.

        Found once.  A diagonal stroke counts as upright, as in pdfplumber.
        """
        return self.once("sides", self._sides)

    def _sides(self) -> tuple[list[Box], list[Box]]:
        least = _SHORTEST_SIDE
        upright: list[Box] = [line[:4] for line in self.lines if line[1] != line[3] and line[3] - line[1] >= least]
        level: list[Box] = [line[:4] for line in self.lines if line[1] == line[3] and line[2] - line[0] >= least]
        for x0, top, x1, bottom, *_ in self.rects:
            if bottom - top >= least:
                upright += ((x0, top, x0, bottom), (x1, top, x1, bottom))
            if x1 - x0 >= least:
                level += ((x0, top, x1, top), (x0, bottom, x1, bottom))
        of_curves = self._curve_sides()
        return upright + of_curves[0], level + of_curves[1]

    def _curve_sides(self) -> tuple[list[Box], list[Box]]:
        return self.once(_CURVE_SIDES, lambda: _sides_of(self.curves))


def _sides_of(curves: Sequence[Curve]) -> tuple[list[Box], list[Box]]:
    upright: list[Box] = []
    level: list[Box] = []
    for curve in curves:
        for (x0, y0), (x1, y1) in pairwise(curve):
            if x0 == x1:
                if abs(y1 - y0) >= _SHORTEST_SIDE:
                    upright.append((x0, y0, x1, y1) if y0 < y1 else (x0, y1, x1, y0))
            elif y0 == y1 and abs(x1 - x0) >= _SHORTEST_SIDE:
                level.append((x0, y0, x1, y1) if x0 < x1 else (x1, y0, x0, y1))
    return upright, level
