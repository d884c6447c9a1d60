"""Ruled cells: lines parallel to the axes that frame texts, as title blocks and parts lists are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pybase_extraction.results import BBox
from pybase_extraction_dxf.columns import Tags, numbers, triples
from pybase_extraction_dxf.scan import Scan

LINE_TYPES = ("LINE", "LWPOLYLINE", "SOLID", "TRACE")
MOST_LINES = 40_000
MOST_TEXTS = 3_000
"""Above these a space is a plan or a map, and its lines are no cells."""
_PARALLEL = 1e-3
_TALLEST = 40.0
"""A cell higher than this many text heights is a frame or a view."""


@dataclass(frozen=True, slots=True)
class Word:
    """A text with its box and its place in the list of texts."""

    text: str
    bbox: BBox
    height: float
    index: int


@dataclass(frozen=True, slots=True)
class RuledCell:
    """A cell and the texts in it, top to bottom, left to right."""

    bbox: BBox
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """Its lines."""
        return "\n".join(word.text for word in self.words)


class Ruling:
    """The horizontal and vertical lines of one space."""

    def __init__(self, found: Any) -> None:
        """Sort segments.

        Args:
            found: n × 4: x and y of both ends.
        """
        across = np.abs(found[:, 3] - found[:, 1]) <= _PARALLEL * np.abs(found[:, 2] - found[:, 0])
        up = np.abs(found[:, 2] - found[:, 0]) <= _PARALLEL * np.abs(found[:, 3] - found[:, 1])
        across &= found[:, 0] != found[:, 2]
        up &= found[:, 1] != found[:, 3]
        self._rows = _sorted(found[across], 1, 0)
        self._columns = _sorted(found[up], 0, 1)

    def cell_at(self, x: float, y: float) -> BBox | None:
        """The cell around a point: the nearest line on each side that passes it; None without one."""
        bottom, top = _around(self._rows, x, y)
        left, right = _around(self._columns, y, x)
        if bottom is None or top is None or left is None or right is None:
            return None
        return left, bottom, right, top


def _sorted(segments: Any, across: int, along: int) -> tuple[Any, Any, Any]:
    """Position, begin and end of lines, sorted by position."""
    order = np.argsort(segments[:, across], kind="stable")
    chosen = segments[order]
    begin = np.minimum(chosen[:, along], chosen[:, along + 2])
    end = np.maximum(chosen[:, along], chosen[:, along + 2])
    return chosen[:, across], begin, end


def _around(lines: tuple[Any, Any, Any], along: float, across: float) -> tuple[float | None, float | None]:
    positions, begin, end = lines
    passing = positions[(begin <= along) & (end >= along)]
    at = int(np.searchsorted(passing, across))
    return (float(passing[at - 1]) if at > 0 else None), (float(passing[at]) if at < len(passing) else None)


def segments_of(scan: Scan, entities: Any) -> Any:
    """Straight segments of lines and polylines, n × 4: x and y of both ends; arcs of polylines are chords.

    Args:
        scan: The drawing.
        entities: Numbers of entities of ``LINE_TYPES``.
    """
    types = scan.type_of[entities]
    lines = entities[np.isin(types, scan.number_of("LINE"))]
    polylines = entities[np.isin(types, scan.number_of("LWPOLYLINE"))]
    return np.concatenate([_of_lines(Tags(scan, lines)), _of_polylines(Tags(scan, polylines))])


def _of_lines(tags: Tags) -> Any:
    one, other = tags.first_rows(10), tags.first_rows(11)
    has_both = (one >= 0) & (other >= 0)
    return np.concatenate([triples(tags.index, rows[has_both])[0][:, :2] for rows in (one, other)], axis=1)


def _of_polylines(tags: Tags) -> Any:
    """Segments between corners, and from the last one to the first where a flag (group 70) closes a polyline."""
    owner, corners = tags.owners_of(10), triples(tags.index, tags.rows[tags.codes == 10])[0][:, :2]
    flags = tags.first_rows(70)
    closed = np.zeros(tags.count, np.int64)
    closed[flags >= 0] = numbers(tags.index, flags[flags >= 0]).astype(np.int64) & 1
    places, firsts, counts = np.unique(owner, return_index=True, return_counts=True)
    is_inner = owner[1:] == owner[:-1]
    firsts, lasts = firsts[closed[places] == 1], (firsts + counts - 1)[closed[places] == 1]
    begins = np.concatenate([corners[:-1][is_inner], corners[lasts]])
    return np.concatenate([begins, np.concatenate([corners[1:][is_inner], corners[firsts]])], axis=1)


def cells_of(segments: Any, words: Sequence[Word]) -> list[RuledCell]:
    """Cells around texts, from the top left to the bottom right.

    Args:
        segments: n × 4: x and y of both ends.
        words: Texts of the same space.
    """
    if not len(segments) or len(segments) > MOST_LINES or len(words) > MOST_TEXTS:
        return []
    ruling = Ruling(segments)
    inside: dict[BBox, list[Word]] = {}
    for word in words:
        box = ruling.cell_at((word.bbox[0] + word.bbox[2]) / 2, (word.bbox[1] + word.bbox[3]) / 2)
        if box is None:
            # an estimated width may reach out of a narrow cell
            box = ruling.cell_at(word.bbox[0], (word.bbox[1] + word.bbox[3]) / 2)
        if box is not None and word.height > 0 and box[3] - box[1] < _TALLEST * word.height:
            inside.setdefault(box, []).append(word)
    cells = [
        RuledCell(box, tuple(sorted(held, key=lambda word: (-word.bbox[1], word.bbox[0]))))
        for box, held in inside.items()
    ]
    known = set(inside)
    for cell in list(cells):
        beside = ruling.cell_at(cell.bbox[2] + (cell.bbox[3] - cell.bbox[1]) / 20, (cell.bbox[1] + cell.bbox[3]) / 2)
        if beside is not None and beside not in known and beside[1] == cell.bbox[1] and beside[3] == cell.bbox[3]:
            known.add(beside)
            cells.append(RuledCell(beside, ()))
    return sorted(cells, key=lambda cell: (-cell.bbox[3], cell.bbox[0]))


def grids_of(cells: Sequence[RuledCell]) -> list[list[list[RuledCell | None]]]:
    """Tables among cells: rows with equal columns that touch each other, top row first."""
    by_row: dict[tuple[float, float], list[RuledCell]] = {}
    for cell in cells:
        by_row.setdefault((cell.bbox[1], cell.bbox[3]), []).append(cell)
    runs = [run for row in by_row.values() for run in _runs(sorted(row, key=lambda cell: cell.bbox[0]))]
    edges = {id(run[0]): {edge for cell in run for edge in (cell.bbox[0], cell.bbox[2])} for run in runs}
    runs.sort(key=lambda run: -run[0].bbox[3])
    grids: list[list[list[RuledCell]]] = []
    for run in runs:
        home = next((grid for grid in grids if _continues(grid[-1], run, edges)), None)
        if home is None:
            grids.append([run])
        else:
            home.append(run)
    return [_filled(grid) for grid in grids if len(grid) > 1]


def _runs(row: Sequence[RuledCell]) -> Iterator[list[RuledCell]]:
    """Parts of a row whose cells touch each other, single empty cells between them bridged."""
    run: list[RuledCell] = []
    for cell in row:
        if run and cell.bbox[0] - run[-1].bbox[2] > 12 * (cell.bbox[3] - cell.bbox[1]):
            yield run
            run = []
        run.append(cell)
    if run:
        yield run


def _continues(above: list[RuledCell], run: list[RuledCell], edges: dict[int, set[float]]) -> bool:
    height = run[0].bbox[3] - run[0].bbox[1]
    touches = abs(above[0].bbox[1] - run[0].bbox[3]) <= height / 10
    common = edges[id(above[0])] & edges[id(run[0])]
    return touches and len(common) >= max(3, min(len(edges[id(above[0])]), len(edges[id(run[0])])) - 1)


def _filled(grid: list[list[RuledCell]]) -> list[list[RuledCell | None]]:
    lefts = sorted({cell.bbox[0] for row in grid for cell in row})
    return [[next((cell for cell in row if cell.bbox[0] == left), None) for left in lefts] for row in grid]
