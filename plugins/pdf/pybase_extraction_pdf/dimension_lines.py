"""Strokes beside lettering: what shows that a bare number is a size (ISO 129-1, 5.3: dimension lines, 5.5: leaders).

A size stands over its dimension line, interrupts it, or stands at its end or at that of a leader.  A number of a text,
of an axis of a chart or in a table without rules has no such stroke.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from pybase_extraction_pdf.oriented import Piece, turned
from pybase_extraction_pdf.primitives import Box, PageContent

_SQUARE = 32.0
"""Points; width of the squares in which pieces are looked up."""
_REACH = 1.2
"""Heights of the text within which a stroke belongs to it."""
_SHORTEST = 0.8
"""Heights of the text that a stroke has at least; the ticks of an axis are shorter."""
_OVER = 0.9
"""Heights between a text and the dimension line that it stands over, at most."""
_LEVEL = 0.4
"""Heights by which a dimension line that a text interrupts may miss its middle."""
_UNDERLINED = 0.5
"""Share of a text that the dimension line below it covers."""
_MOST = 200
"""Strokes near one text that are looked at."""

_TIP = 2.0
"""Points within which an arrowhead begins where its line ends."""
_SLANT, _LARGEST = 0.3, 18.0
"""Points of the sides of an arrowhead."""

Segment: TypeAlias = tuple[float, float, float, float]
"""``x0, y0, x1, y1``: from end to end."""


class DimensionLines:
    """The strokes of a page near some of its pieces."""

    def __init__(self, page: PageContent, pieces: Sequence[Piece]) -> None:
        self._page = page
        self._arrows: set[tuple[int, int]] | None = None
        self._near: dict[int, list[Segment]] = {id(piece): [] for piece in pieces}
        squares: dict[tuple[int, int], list[tuple[Box, float, list[Segment]]]] = defaultdict(list)
        for piece in pieces:
            reach = _REACH * piece.height
            box = (piece.bbox[0] - reach, piece.bbox[1] - reach, piece.bbox[2] + reach, piece.bbox[3] + reach)
            for square in _squares(box):
                squares[square].append((box, _SHORTEST * piece.height, self._near[id(piece)]))
        shortest = min((_SHORTEST * piece.height for piece in pieces), default=math.inf)
        for segment in _segments(page, shortest) if pieces else ():
            for square in _squares_along(segment):
                for box, least, home in squares.get(square, ()):
                    is_long = abs(segment[2] - segment[0]) + abs(segment[3] - segment[1]) >= least
                    if is_long and len(home) < _MOST and _reaches(segment, box):
                        home.append(segment)

    def any_beside(self) -> bool:
        """Whether a stroke is near any of the pieces."""
        return any(self._near.values())

    def beside(self, piece: Piece) -> bool:
        """Whether any stroke is near a piece."""
        return bool(self._near[id(piece)])

    def carries(self, piece: Piece) -> bool:
        """Whether a piece stands over a dimension line, or between two halves of one."""
        return next(self._carrying(piece), None) is not None

    def carries_between_arrows(self, piece: Piece) -> bool:
        """Whether the dimension line of a piece ends in an arrowhead, or another slanted mark."""
        return any(
            any(self._is_arrow(x, y) for x, y in ((x0, y0), (x1, y1))) for x0, y0, x1, y1 in self._carrying(piece)
        )

    def _carrying(self, piece: Piece) -> Iterator[Segment]:
        u0, v0, u1, v1 = piece.frame
        height = piece.height
        sides: dict[str, list[Segment]] = defaultdict(list)
        for segment in self._near[id(piece)]:
            x0, y0, x1, y1 = segment
            (ua, va), (ub, vb) = sorted((turned(x0, y0, piece.angle), turned(x1, y1, piece.angle)))
            if abs(vb - va) < 0.1 * (ub - ua):
                level = (va + vb) / 2
                is_over = v1 - 0.2 * height < level < v1 + _OVER * height
                is_under = v0 - _OVER * height < level < v0 + 0.2 * height
                if (is_over or is_under) and min(u1, ub) - max(u0, ua) > _UNDERLINED * (u1 - u0):
                    yield segment
                elif abs(level - piece.middle) < _LEVEL * height and ub < u0 + 0.2 * height:
                    sides["left"].append(segment)
                elif abs(level - piece.middle) < _LEVEL * height and ua > u1 - 0.2 * height:
                    sides["right"].append(segment)
            elif ub - ua < 0.1 * abs(vb - va) and u0 - 0.3 * height < ua < u1 + 0.3 * height:
                upper, lower = min(va, vb), max(va, vb)
                if lower < v0 + 0.3 * height:
                    sides["above"].append(segment)
                elif upper > v1 - 0.3 * height:
                    sides["below"].append(segment)
        for one, other in (("left", "right"), ("above", "below")):
            if sides[one] and sides[other]:
                yield from (*sides[one], *sides[other])

    def _is_arrow(self, x: float, y: float) -> bool:
        if self._arrows is None:
            self._arrows = {
                _corner(*end) for segment in slanted_strokes(self._page) for end in (segment[:2], segment[2:])
            }
        column, row = _corner(x, y)
        return any((column + i, row + j) in self._arrows for i in (-1, 0, 1) for j in (-1, 0, 1))


def _corner(x: float, y: float) -> tuple[int, int]:
    return int(x // _TIP), int(y // _TIP)


def slanted_strokes(page: PageContent) -> Iterator[Segment]:
    """Short strokes that are neither level nor upright: sides of arrowheads, oblique strokes (ISO 129-1, figure 3)."""
    for x0, top, x1, bottom, *_ in page.lines:
        if _is_mark(x1 - x0, bottom - top):
            yield from ((x0, top, x1, bottom), (x0, bottom, x1, top))
    for curve in page.curves:
        for (x0, y0), (x1, y1) in pairwise(curve):
            if _is_mark(abs(x1 - x0), abs(y1 - y0)):
                yield x0, y0, x1, y1


def _is_mark(width: float, height: float) -> bool:
    return min(width, height) > _SLANT and max(width, height) < _LARGEST


def _segments(page: PageContent, shortest: float) -> Iterator[Segment]:
    """Straight strokes of a page; of one that is aslant both diagonals of its box."""
    for x0, top, x1, bottom, *_ in page.lines:
        if x1 - x0 + bottom - top >= shortest:
            yield x0, top, x1, bottom
            if x1 > x0 and bottom > top:
                yield x0, bottom, x1, top
    half = shortest / 2
    for curve in page.curves:
        yield from [
            (x0, y0, x1, y1)
            for (x0, y0), (x1, y1) in pairwise(curve)
            # most are far shorter, which is told without a call
            if not (-half < x1 - x0 < half and -half < y1 - y0 < half) and abs(x1 - x0) + abs(y1 - y0) >= shortest
        ]
    for x0, top, x1, bottom, *_ in page.rects:
        if x1 - x0 >= shortest:
            yield x0, top, x1, top
            yield x0, bottom, x1, bottom
        if bottom - top >= shortest:
            yield x0, top, x0, bottom
            yield x1, top, x1, bottom


def _squares(box: Box) -> Iterator[tuple[int, int]]:
    for column in range(int(box[0] // _SQUARE), int(box[2] // _SQUARE) + 1):
        for row in range(int(box[1] // _SQUARE), int(box[3] // _SQUARE) + 1):
            yield column, row


def _squares_along(segment: Segment) -> Collection[tuple[int, int]]:
    """Squares that a segment runs through, each once; those of its ends alone where it is short, as most are."""
    x0, y0, x1, y1 = segment
    first, last = (int(x0 // _SQUARE), int(y0 // _SQUARE)), (int(x1 // _SQUARE), int(y1 // _SQUARE))
    length = max(abs(x1 - x0), abs(y1 - y0))
    if length < _SQUARE / 2:
        return (first,) if first == last else (first, last)
    if first[1] == last[1]:
        left, right = sorted((first[0], last[0]))
        return [(column, first[1]) for column in range(left, right + 1)]
    if first[0] == last[0]:
        upper, lower = sorted((first[1], last[1]))
        return [(first[0], row) for row in range(upper, lower + 1)]
    steps = int(length // (_SQUARE / 2)) + 1
    shares = [step / steps for step in range(steps + 1)]
    return {(int((x0 + (x1 - x0) * share) // _SQUARE), int((y0 + (y1 - y0) * share) // _SQUARE)) for share in shares}


def _reaches(segment: Segment, box: Box) -> bool:
    """Whether a segment runs through a box (Liang and Barsky's clipping)."""
    x0, y0, x1, y1 = segment
    left, top, right, bottom = box
    if (x0 < left and x1 < left) or (x0 > right and x1 > right):
        return False
    if (y0 < top and y1 < top) or (y0 > bottom and y1 > bottom):
        return False
    if x0 == x1 or y0 == y1:
        return True
    first, last = 0.0, 1.0
    for step, start, low, high in ((x1 - x0, x0, left, right), (y1 - y0, y0, top, bottom)):
        near, far = sorted(((low - start) / step, (high - start) / step))
        first, last = max(first, near), min(last, far)
        if first > last:
            return False
    return True
