"""Marks of charts, whose labels look like a table: bars of several lengths on one base, and slanted strokes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pybase_extraction_pdf.primitives import Box, PageContent, Stroke

_FEWEST = 3
_THINNEST_BAR = 3.0
_SHORTEST = 5.0
"""Points that a slanted stroke must have; shorter ones belong to signs and rounded corners."""


def chart_marks(page: PageContent) -> list[Box]:
    """Boxes of the bars and slanted strokes of a page."""
    return [*_bars(page.rects), *_slanted(page)]


def _bars(rects: Sequence[Stroke]) -> Iterator[Box]:
    """Rectangles of one breadth that stand side by side on one line and end at three heights, at least."""
    for start, end in ((0, 2), (1, 3)):
        across = 1 - start, 3 - start
        groups = defaultdict(set)
        for rect in rects:
            box = rect[:4]
            breadth = box[across[1]] - box[across[0]]
            if breadth > _THINNEST_BAR and box[end] - box[start] > 1:
                # upright bars stand on their lower end, lying ones begin at their left one
                base = box[end] if start == 1 else box[start]
                groups[round(base), round(breadth)].add(box)
        for bars in groups.values():
            lengths = {round((box[end] - box[start]) / 2) for box in bars}
            places = sorted((box[across[0]], box[across[1]]) for box in bars)
            is_apart = sum(left[1] <= right[0] + 0.5 for left, right in pairwise(places)) >= _FEWEST - 1
            if len(lengths) >= _FEWEST and is_apart:
                yield from bars


def _slanted(page: PageContent) -> Iterator[Box]:
    for line in page.lines:
        if _is_slanted(line.x1 - line.x0, line.bottom - line.top):
            yield line[:4]
    for curve in page.curves:
        ends = [
            (x0, y0, x1, y1)
            for (x0, y0), (x1, y1) in pairwise(curve)
            if not -0.5 <= x1 - x0 <= 0.5 and not -0.5 <= y1 - y0 <= 0.5
        ]
        for x0, y0, x1, y1 in ends:
            if _is_slanted(abs(x1 - x0), abs(y1 - y0)):
                yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _is_slanted(width: float, height: float) -> bool:
    return width > 0.5 and height > 0.5 and width + height > _SHORTEST


def is_chart(box: Box, marks: Sequence[Box]) -> bool:
    """Whether marks of a chart fill a good part of a box."""
    x0, top, x1, bottom = box
    inside = [mark for mark in marks if x0 - 9 <= (mark[0] + mark[2]) / 2 <= x1 + 9]
    inside = [mark for mark in inside if top - 9 <= (mark[1] + mark[3]) / 2 <= bottom + 9]
    if len(inside) < _FEWEST:
        return False
    width = max(mark[2] for mark in inside) - min(mark[0] for mark in inside)
    height = max(mark[3] for mark in inside) - min(mark[1] for mark in inside)
    return width > 0.25 * (x1 - x0) and height > 0.15 * (bottom - top)
