"""Headers that stand over several columns.

Told by the rule below them, by the headers below them, which repeat under each, or by standing over the middle of a
group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pybase_extraction_pdf.logical_rows import GridCell
from pybase_extraction_pdf.primitives import Box

_CENTRED = 0.35
"""Share of the text's height by which a header may miss the middle of its columns."""
_SLACK = 2.0
"""Points by which a rule may end before the text of the columns that it spans."""

Span = tuple[int, int]
"""First and last column."""


def spanned(
    lines: Sequence[Sequence[GridCell]], headers: int, columns: int, rules: Sequence[Box], height: float
) -> list[list[GridCell]]:
    """Lines of a table in which headers reach over the columns that they stand for.

    Args:
        lines: Cells of every line.
        headers: How many of the first lines are headers.
        columns: Number of columns.
        rules: Level rules of the page.
        height: Height of the text.
    """
    edges = _edges(lines[headers:], columns)
    found = [list(line) for line in lines]
    for number in range(headers - 2, -1, -1):
        below = found[number + 1]
        spans = (
            _ruled(found[number], below, edges, rules)
            or _repeated(found[number], below)
            or _centred(found[number], below, edges, height)
        )
        found[number] = [
            replace(cell, column=span[0], column_span=span[1] - span[0] + 1)
            if (span := spans.get(cell.column))
            else cell
            for cell in found[number]
        ]
    return found


def _edges(lines: Sequence[Sequence[GridCell]], columns: int) -> list[tuple[float, float] | None]:
    """Left and right edge of the texts of every column."""
    boxes: list[list[Box]] = [[] for _ in range(columns)]
    for cell in (cell for line in lines for cell in line if cell.column_span == 1):
        boxes[cell.column].append(cell.bbox)
    return [(min(box[0] for box in some), max(box[2] for box in some)) if some else None for some in boxes]


def _room(line: Sequence[GridCell], index: int, columns: int) -> Span:
    """Columns that a header may reach over: those up to its neighbours, but for the first column of the table."""
    first = line[index - 1].last_column + 1 if index else min(1, line[0].column)
    return first, line[index + 1].column - 1 if index + 1 < len(line) else columns - 1


def _ruled(
    line: Sequence[GridCell],
    below: Sequence[GridCell],
    edges: Sequence[tuple[float, float] | None],
    rules: Sequence[Box],
) -> dict[int, Span]:
    """Spans of headers by the rules between them and the next line, each of which spans less than the table."""
    found: dict[int, Span] = {}
    high, low = max(cell.bbox[3] for cell in line), max(cell.bbox[1] for cell in below)
    for index, cell in enumerate(line):
        first, last = _room(line, index, len(edges))
        others = [other for other in line if other is not cell]
        for rule in rules:
            if not (high - _SLACK < rule[1] < low + _SLACK and rule[0] - _SLACK < cell.bbox[0]):
                continue
            if any(_holds(rule, (other.bbox[0], other.bbox[2])) for other in others):
                continue  # the rules below several headers touch
            over = [n for n in range(first, last + 1) if (edge := edges[n]) and _holds(rule, edge)]
            if rule[2] + _SLACK > cell.bbox[2] and over and over[0] <= cell.column and cell.last_column <= over[-1]:
                found[cell.column] = over[0], over[-1]
    return found


def _repeated(line: Sequence[GridCell], below: Sequence[GridCell]) -> dict[int, Span]:
    """Spans of headers below each of which the same headers stand: Number, % below Men, and again below Women."""
    lower = [cell for cell in below if cell.column > 0]
    upper = [cell for cell in line if cell.column > 0]
    size = len(lower) // len(upper) if upper else 0
    if len(upper) < 2 or size < 2 or len(lower) != size * len(upper):
        return {}
    texts = [cell.text for cell in lower]
    groups = [lower[start : start + size] for start in range(0, len(lower), size)]
    if texts != texts[:size] * len(upper) or len(set(texts[:size])) < size:
        return {}
    if any(right.column != left.last_column + 1 for left, right in pairwise(lower)):
        return {}
    inside = all(_is_nearest_to_all(cell, group) for cell, group in zip(upper, groups, strict=True))
    spans = {cell.column: (group[0].column, group[-1].last_column) for cell, group in zip(upper, groups, strict=True)}
    return spans if inside else {}


def _is_nearest_to_all(cell: GridCell, group: Sequence[GridCell]) -> bool:
    """Whether a header stands no nearer to the middle of one of the headers below it than to that of them all."""
    middle = (cell.bbox[0] + cell.bbox[2]) / 2
    off = abs(middle - (group[0].bbox[0] + group[-1].bbox[2]) / 2)
    inside = group[0].bbox[0] < middle < group[-1].bbox[2]
    return inside and all(off <= abs(middle - (one.bbox[0] + one.bbox[2]) / 2) + _SLACK for one in group)


def _holds(rule: Box, edge: tuple[float, float]) -> bool:
    return rule[0] < (edge[0] + edge[1]) / 2 < rule[2]


def _centred(
    line: Sequence[GridCell], below: Sequence[GridCell], edges: Sequence[tuple[float, float] | None], height: float
) -> dict[int, Span]:
    """Spans of two headers at least that stand over the middles of groups of one size, each column with a header."""
    taken = {column for cell in below for column in range(cell.column, cell.last_column + 1)}
    for size in range(len(edges), 1, -1):
        found = {}
        for index, cell in enumerate(line):
            first, last = _room(line, index, len(edges))
            for start in range(first, last - size + 2):
                span = start, start + size - 1
                if _is_over_middle(cell, span, edges, height) and all(n in taken for n in range(start, start + size)):
                    found[cell.column] = span
        if len(found) >= max(2, len(line) - 1):
            return found
    return {}


def _is_over_middle(cell: GridCell, span: Span, edges: Sequence[tuple[float, float] | None], height: float) -> bool:
    left, right = edges[span[0]], edges[span[1]]
    if not left or not right or not span[0] <= cell.column <= cell.last_column <= span[1]:
        return False
    return abs((cell.bbox[0] + cell.bbox[2]) / 2 - (left[0] + right[1]) / 2) < _CENTRED * height
