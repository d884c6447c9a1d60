"""Columns of a block of lines: the strips of white that nearly all of its lines leave free."""

from __future__ import annotations

from itertools import groupby, pairwise
from statistics import median

from pybase_extraction_pdf.logical_rows import GridCell, is_number
from pybase_extraction_pdf.primitives import Word
from pybase_extraction_pdf.segments import Line, Segment, around, segment_of, trimmed

_CROSSING = 0.12
"""Share of a block's lines that may reach across the white between two columns: headers that span."""
FEWEST_ROWS = 3
_MOST_LEFT_OUT = 3


def core_of(block: list[Line], height: float) -> tuple[list[Line], list[float]]:
    """The lines of a block that share the most columns, and where these are parted.

    A caption above or a source below, cut by a wide blank, would hide the white between columns: up to three lines at
    either end are left out where that shows more columns.  A line that reaches over the later columns alone stays: it
    is a header that spans.
    """
    cuts, first, last = _most_columns(block, height)
    while cuts and first > 0 and _stays_right_of(block[first - 1], cuts[0]):
        first -= 1
    return trimmed(block[first:last]), cuts


def _most_columns(block: list[Line], height: float) -> tuple[list[float], int, int]:
    best: tuple[list[float], int, int] = ([], 0, len(block))
    for left_out in range(2 * _MOST_LEFT_OUT + 1):
        for first in range(max(0, left_out - _MOST_LEFT_OUT), min(left_out, _MOST_LEFT_OUT) + 1):
            last = len(block) - (left_out - first)
            several = [line for line in block[first:last] if len(line) > 1]
            if len(several) >= FEWEST_ROWS and len(cuts := cuts_of(several, height)) > len(best[0]):
                best = cuts, first, last
    return best


def _stays_right_of(line: Line, cut: float) -> bool:
    return all(segment.x0 > cut for segment in line)


def cuts_of(lines: list[Line], height: float) -> list[float]:
    """Middles of the strips of white that at most a few lines reach across."""
    allowed = int(_CROSSING * len(lines))
    segments = [segment for line in lines for segment in line]
    changes = sorted([(segment.x0, 1) for segment in segments] + [(segment.x1, -1) for segment in segments])
    depths = []
    depth = 0
    for x, group in groupby(changes, key=lambda change: change[0]):
        depth += sum(step for _, step in group)
        depths.append((x, depth))
    # neighbouring strips that both are white are one
    runs = groupby(pairwise(depths), key=lambda pair: pair[0][1] <= allowed)
    strips = []
    for is_white, run in runs:
        pieces = list(run)
        if is_white:
            strips.append((pieces[0][0][0], pieces[-1][1][0]))
    first, last = depths[0][0], depths[-1][0]
    return [
        (left + right) / 2 for left, right in strips if right - left > 0.25 * height and left > first and right < last
    ]


def row_of(line: Line, row: int, cuts: list[float], height: float) -> list[GridCell]:
    """Cells of a line; segments in one column are one cell, as in justified text with wide blanks."""
    inset = 0.3 * height
    found: list[GridCell] = []
    for segment in [piece for whole in line for piece in _pieces(whole, cuts, height)]:
        first = sum(segment.x0 + inset > cut for cut in cuts)
        last = max(first, sum(segment.x1 - inset > cut for cut in cuts))
        box = (segment.x0, segment.top, segment.x1, segment.bottom)
        text = segment.text
        if found and found[-1].last_column >= first:
            before = found.pop()
            first, last = before.column, max(last, before.last_column)
            text, box = f"{before.text} {text}", around((before.bbox, box))
        found.append(GridCell(row, first, 1, last - first + 1, text, box))
    return found


def _pieces(segment: Segment, cuts: list[float], height: float) -> list[Segment]:
    """A segment cut where the white between columns runs between its words; whole where it spans columns."""
    inset = 0.3 * height
    crossing = [cut for cut in cuts if segment.x0 + inset < cut < segment.x1 - inset]
    gaps = {index: _gap_at(segment.parts, cut, height) for index, cut in enumerate(crossing)}
    splits = sorted({gap for gap in gaps.values() if gap is not None})
    if not crossing or len(splits) < len(crossing):
        return [segment]
    starts = [0, *splits]
    pieces = [segment.parts[start:end] for start, end in zip(starts, [*splits, len(segment.parts)], strict=True)]
    if len(crossing) > 1 or _are_apart(segment.parts, splits[0]):
        return [segment_of(piece) for piece in pieces]
    return [segment]


def _gap_at(words: list[Word], cut: float, height: float) -> int | None:
    """Index of the word that begins right of a cut which runs between two words, or None."""
    slack = 0.2 * height
    for index in range(1, len(words)):
        if words[index - 1].x1 - slack <= cut <= words[index].x0 + slack:
            return index
    return None


def _are_apart(words: list[Word], index: int) -> bool:
    """Whether two neighbouring words are two cells: both numbers, or further apart than the others."""
    gaps = [right.x0 - left.x1 for left, right in pairwise(words)]
    others = gaps[: index - 1] + gaps[index:]
    if is_number(words[index - 1].text) and is_number(words[index].text):
        return True
    return bool(others) and gaps[index - 1] > 1.3 * median(others)
