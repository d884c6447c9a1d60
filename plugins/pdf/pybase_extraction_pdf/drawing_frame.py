"""The frame of a drawing sheet (ISO 5457, 5.2)."""

from __future__ import annotations

from itertools import product

from pybase_extraction.results import BBox
from pybase_extraction_pdf.primitives import Box, PageContent

_FRAME = 0.5
"""Share of the page's width or height that a rule of its frame is long at least."""
_EDGE = 0.2
"""Share of the page's width within which the upright rules of its frame stand."""
_PIECE = 0.05
"""Share of the page's height that a piece of an upright rule is long at least."""
_CLOSED = 3.0
"""Points by which rules of a frame may miss each other at its corners."""
_MOST_SIDES = 6
_STRAIGHT = 1.0
"""Points by which a rule may deviate from level or upright."""


def frame_of(page: PageContent) -> BBox | None:
    """The innermost frame around a drawing: two upright rules that end on the same two level ones; or None."""
    return page.once("frame", lambda: _frame(page))


def _frame(page: PageContent) -> BBox | None:
    upright_sides, level_sides = page.sides()
    upright: dict[int, list[Box]] = {}
    for side in upright_sides:
        if side[3] - side[1] > _PIECE * page.height and side[2] - side[0] < _STRAIGHT:
            upright.setdefault(round(side[0]), []).append(side)
    sides = [(x, min(side[1] for side in sides), max(side[3] for side in sides)) for x, sides in upright.items()]
    sides = [side for side in sides if side[2] - side[1] > _FRAME * page.height]
    left = sorted((side for side in sides if side[0] < _EDGE * page.width), reverse=True)
    right = sorted(side for side in sides if side[0] > (1 - _EDGE) * page.width)
    nearly_level: list[Box] = [line[:4] for line in page.lines if line.bottom - line.top < _STRAIGHT]
    level = [side for side in (*level_sides, *nearly_level) if side[2] - side[0] > _FRAME * page.width]
    heights = [(side[1] + side[3]) / 2 for side in level]
    for (x0, top, bottom), (x1, other_top, other_bottom) in product(left[:_MOST_SIDES], right[:_MOST_SIDES]):
        is_even = abs(top - other_top) < _CLOSED and abs(bottom - other_bottom) < _CLOSED
        if is_even and all(any(abs(y - end) < _CLOSED for y in heights) for end in (top, bottom)):
            return float(x0), top, float(x1), bottom
    return None
