"""Tables found by their rules, equal to pdfplumber's ``lines`` strategy without its quadratic search.

Edges are snapped to each other, joined, intersected; the smallest rectangles between intersections are cells, cells
that share a corner are a table.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from pybase_extraction.errors import LimitExceededError
from pybase_extraction_pdf.primitives import Box, Char, PageContent, RuledTable
from pybase_extraction_pdf.words import clusters, text_as_read, text_of

Point: TypeAlias = tuple[float, float]
Rules: TypeAlias = tuple[set[int], set[int]]
"""Numbers of the vertical and of the horizontal edges through a point."""
_MAX_INTERSECTIONS = 1_000_000
_SIDE_1, _SIDE_2, _SIDE_3, _SIDE_0 = itemgetter(1), itemgetter(2), itemgetter(3), itemgetter(0)


@dataclass(frozen=True, slots=True)
class Profile:
    """How edges become rules.

    Attributes:
        snap: Points within which parallel edges count as one.
        join: Points of a gap that is closed between edges on one line.
        min_length: Points that a joined edge must have.
        reach: Points by which an edge may miss another and still cross it.
        axis_parallel: Whether diagonal strokes are left out.
        as_read: Whether turned text is read in the direction in which it runs, which pdfplumber does not.
    """

    snap: float = 3.0
    join: float = 3.0
    min_length: float = 3.0
    reach: float = 3.0
    axis_parallel: bool = False
    as_read: bool = False


COMPAT = Profile()
"""pdfplumber's default table settings."""
AS_READ = Profile(as_read=True)
"""The same, but headers that run upwards are read in their direction."""
DRAWING = Profile(snap=0.5, axis_parallel=True, as_read=True)
"""Dense sheets: snapping by 3 points chains thousands of edges there onto false means."""


SHEET = Profile(snap=1.0, join=1.0, reach=1.0)
"""Cells of title blocks, whose rows may be as low as 3 points."""


def profile_of(page: PageContent) -> Profile:
    """The profile for a page: ``DRAWING`` for dense vector sheets.

    A page counts as one when it has more strokes and paths than prose and tables need: 300 on a sheet from A3 on
    (its longer side has 1191 points), 2,000 on a smaller page.
    """
    is_large = max(page.width, page.height) > _A3_LONG_SIDE - 1
    return DRAWING if len(page.lines) + len(page.curves) > (300 if is_large else 2000) else COMPAT


_SHADE = 3.0
"""Points both ways from which a filled area is a background and no rule."""
_FRAME = 0.95
"""Share of a table that a cell covers which is its frame."""
_FEWEST_CELLS = 4
"""Cells below which what is left inside of a frame is no table."""
_A3_LONG_SIDE = 1190.55


def ruled_cells(page: PageContent, profile: Profile = SHEET) -> list[Box]:
    """All ruled cells of a page, those that stand alone too, from left to right; searched for once."""
    return page.once(("cells", profile), lambda: _cells(_intersections(*_rules(page, profile), profile.reach)))


def level_rules(page: PageContent, profile: Profile = COMPAT) -> list[Box]:
    """Level rules of a page, joined, from top to bottom; also those that no upright rule crosses."""
    return sorted(_level(page, profile), key=itemgetter(1))


def _level(page: PageContent, profile: Profile) -> list[Box]:
    _, level = page.sides()
    return page.once(("level", profile), lambda: _merged(level, 1, profile)) if level else []


def shade_edges(page: PageContent) -> list[Box]:
    """Upper and lower edges of filled areas, joined where they meet: rows that are shaded in turn."""
    shades = [rect for rect in page.rects if rect.is_filled and min(rect.x1 - rect.x0, rect.bottom - rect.top) > _SHADE]
    edges = [(rect.x0, y, rect.x1, y) for rect in shades for y in (rect.top, rect.bottom)]
    return sorted(_merged(edges, 1, COMPAT), key=itemgetter(1)) if edges else []


def unshaded_tables(page: PageContent, ruled: Sequence[RuledTable], profile: Profile = COMPAT) -> list[RuledTable]:
    """The ruled tables of a page, each by its strokes alone where these rule it too.

    Backgrounds of cells, lines and words are filled areas; their sides cut cells in pieces.
    """
    if not any(rect.is_filled for rect in page.rects):
        return list(ruled)
    plain = ruled_tables(page.without_shading(), profile)
    found: list[RuledTable] = []
    for table in ruled:
        inner = [other for other in plain if _share(other.bbox, table.bbox) > 0.9]
        covers = inner and _share(table.bbox, _around([other.bbox for other in inner])) > 0.8
        found += [other for other in (inner if covers else [table]) if other not in found]
    return found


def without_frames(tables: Sequence[RuledTable]) -> list[RuledTable]:
    """The tables without the frame of the sheet, a cell around all others; a frame around nothing is no table."""
    found = (_unframed(table) for table in tables)
    return [table for table in found if table is not None]


def _unframed(table: RuledTable) -> RuledTable | None:
    boxes = [box for row in table.cells for box in row if box is not None]
    large = [box for box in boxes if _share(table.bbox, box) > _FRAME]
    frames = {box for box in large if all(_share(other, box) > 0.99 for other in boxes) and len(boxes) > 1}
    if not frames:
        return table
    kept = [box for box in boxes if box not in frames]
    if len(kept) < _FEWEST_CELLS:
        return None
    cells = [[None if box in frames else box for box in row] for row in table.cells]
    rows = [index for index, row in enumerate(cells) if any(row)]
    columns = [index for index in range(len(cells[0])) if any(row[index] for row in cells)]
    return RuledTable(
        _around(kept),
        tuple(tuple(cells[row][column] for column in columns) for row in rows),
        tuple(tuple(table.rows[row][column] if cells[row][column] else None for column in columns) for row in rows),
        table.caption,
    )


def _share(box: Box, other: Box) -> float:
    """Share of a box's area that lies in the other."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return max(width, 0.0) * max(height, 0.0) / area if area else 0.0


def _around(boxes: Sequence[Box]) -> Box:
    return (
        min(map(_SIDE_0, boxes)),
        min(map(_SIDE_1, boxes)),
        max(map(_SIDE_2, boxes)),
        max(map(_SIDE_3, boxes)),
    )


def ruled_tables(page: PageContent, profile: Profile = COMPAT) -> list[RuledTable]:
    """Tables of a page, top to bottom.

    Raises:
        LimitExceededError: The rules cross in more than a million points.
    """
    groups = _tables(ruled_cells(page, profile))
    if not groups:
        return []
    column = _Placed(page.chars, profile)
    return [_table(cells, column) for cells in groups]


def _rules(page: PageContent, profile: Profile) -> tuple[list[Box], list[Box]]:
    upright, level = page.sides()
    if profile.axis_parallel:
        upright = [edge for edge in upright if edge[0] == edge[2]]
    if not upright or not level:
        return [], []
    upright = [edge for edge in _merged(upright, 0, profile) if edge[3] - edge[1] >= profile.min_length]
    level = [edge for edge in _level(page, profile) if edge[2] - edge[0] >= profile.min_length]
    return sorted(upright, key=itemgetter(0, 1)), sorted(level, key=itemgetter(1, 0))


def _merged(edges: list[Box], across: int, profile: Profile) -> list[Box]:
    """Snap and join; ``across`` is the index of the coordinate that parallel edges share (0 vertical, 1 horizontal)."""
    start, end = 1 - across, 3 - across
    found = []
    snapped = sorted(_snapped(edges, across, profile.snap), key=itemgetter(across))
    for _, line in groupby(snapped, itemgetter(across)):
        last, *rest = sorted(line, key=itemgetter(start))
        for edge in rest:
            if edge[start] > last[end] + profile.join:
                found.append(last)
                last = edge
            elif edge[end] > last[end]:
                last = (last[0], last[1], edge[2], last[3]) if across else (last[0], last[1], last[2], edge[3])
        found.append(last)
    return found


def _snapped(edges: list[Box], across: int, tolerance: float) -> list[Box]:
    key: Callable[[Box], float] = itemgetter(across)
    found: list[Box] = []
    for cluster in clusters(edges, key, tolerance):
        mean = sum([edge[across] for edge in cluster]) / len(cluster)
        for x0, top, x1, bottom in cluster:
            if across:
                shift = mean - top
                found.append((x0, top + shift, x1, bottom + shift))
            else:
                shift = mean - x0
                found.append((x0 + shift, top, x1 + shift, bottom))
    return found


def _intersections(upright: list[Box], level: list[Box], reach: float) -> dict[Point, Rules]:
    """Where rules cross, found in the order of y by a window of the horizontal rules."""
    heights = [edge[1] for edge in level]
    upright_ids = _numbers(upright)
    level_ids = _numbers(level)
    found: dict[Point, Rules] = {}
    for edge in upright:
        x0, top, _, bottom = edge
        number = upright_ids[edge]
        first = max(0, bisect_left(heights, top - reach) - 1)
        for index in range(first, len(level)):
            left, height, right, _ = level[index]
            if bottom < height - reach:
                break
            if top > height + reach or x0 < left - reach or x0 > right + reach:
                continue
            rules = found.setdefault((x0, height), (set(), set()))
            rules[0].add(number)
            rules[1].add(level_ids[level[index]])
        if len(found) > _MAX_INTERSECTIONS:
            raise LimitExceededError(
                f"The rules of a page cross in more than {_MAX_INTERSECTIONS:,} points.",
                limit=_MAX_INTERSECTIONS,
                actual=len(found),
                unit="intersections",
            )
    return found


def _numbers(edges: list[Box]) -> dict[Box, int]:
    numbers: dict[Box, int] = {}
    for edge in edges:
        numbers.setdefault(edge, len(numbers))
    return numbers


def _cells(points: dict[Point, Rules]) -> list[Box]:
    columns, rows = defaultdict(list), defaultdict(list)
    order = sorted(points)
    for x, y in order:
        columns[x].append(y)
        rows[y].append(x)
    found = (_cell(point, points, columns[point[0]], rows[point[1]]) for point in order)
    return [cell for cell in found if cell is not None]


def _cell(point: Point, points: dict[Point, Rules], column: list[float], row: list[float]) -> Box | None:
    """Smallest rectangle right of and below a point whose four sides are ruled."""
    x, y = point
    upright, level = points[point]
    rights: list[float] | None = None
    for bottom in column[bisect_right(column, y) :]:
        corner = points[x, bottom]
        if upright.isdisjoint(corner[0]):
            continue
        if rights is None:
            rights = [right for right in row[bisect_right(row, x) :] if not level.isdisjoint(points[right, y][1])]
        for right in rights:
            far = points.get((right, bottom))
            if far and not far[0].isdisjoint(points[right, y][0]) and not far[1].isdisjoint(corner[1]):
                return (x, y, right, bottom)
    return None


def _tables(cells: list[Box]) -> list[list[Box]]:
    """Cells that hang together by their corners, two at least."""
    parents = list(range(len(cells)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = index = parents[parents[index]]
        return index

    owners: dict[Point, int] = {}
    for index, (x0, top, x1, bottom) in enumerate(cells):
        for corner in ((x0, top), (x0, bottom), (x1, top), (x1, bottom)):
            one, other = root(owners.setdefault(corner, index)), root(index)
            parents[max(one, other)] = min(one, other)
    groups = defaultdict(list)
    for index, cell in enumerate(cells):
        groups[root(index)].append(cell)
    tables = [group for group in groups.values() if len(group) > 1]
    return sorted(tables, key=lambda group: min((cell[1], cell[0]) for cell in group))


class _Placed:
    """Characters sorted by the height of their middle."""

    def __init__(self, chars: Sequence[Char], profile: Profile) -> None:
        self.text_of = text_as_read if profile.as_read else text_of
        self.chars = chars
        heights = [(char[2] + char[4]) / 2 for char in chars]
        self.order = sorted(range(len(chars)), key=heights.__getitem__)
        self.heights = [heights[n] for n in self.order]

    def between(self, top: float, bottom: float) -> list[tuple[float, int]]:
        """Those with ``top <= middle < bottom``, from left to right: the middle and the number of each."""
        rows = self.order[bisect_left(self.heights, top) : bisect_left(self.heights, bottom)]
        return sorted([((self.chars[n][1] + self.chars[n][3]) / 2, n) for n in rows])


def _table(cells: list[Box], chars: _Placed) -> RuledTable:
    columns = sorted({cell[0] for cell in cells})
    boxes, texts = [], []
    for top, line in groupby(sorted(cells, key=itemgetter(1, 0)), _SIDE_1):
        by_column = {cell[0]: cell for cell in line}
        row = tuple(by_column.get(x) for x in columns)
        boxes.append(row)
        texts.append(_row_texts(row, top, chars))
    bbox = _around(cells)
    return RuledTable(bbox=bbox, cells=tuple(boxes), rows=tuple(texts))


def _row_texts(row: tuple[Box | None, ...], top: float, chars: _Placed) -> tuple[str | None, ...]:
    strips = {}
    texts: list[str | None] = []
    for cell in row:
        if cell is None:
            texts.append(None)
            continue
        if cell[3] not in strips:
            strip = chars.between(top, cell[3])
            strips[cell[3]] = strip, [middle for middle, _ in strip]
        strip, middles = strips[cell[3]]
        inside = strip[bisect_left(middles, cell[0]) : bisect_left(middles, cell[2])]
        texts.append(chars.text_of([chars.chars[n] for n in sorted([n for _, n in inside])]))
    return tuple(texts)
