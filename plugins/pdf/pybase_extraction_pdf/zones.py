"""Parts of a page that are read one by one: columns of running text, and tables that stand beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from pybase_extraction_pdf.primitives import Word
from pybase_extraction_pdf.segments import Line, rows_of_words, segments_of

_FEWEST_WORDS = 120
"""Words below which a page is not looked at for columns of text."""
_OFF_CENTRE = 0.03
"""Share of the text's width by which the white between two columns of a page may miss its place."""
_FULL = 0.85
"""Share of a column's width that a line of running text fills."""
_FEWEST_LINES = 5
_FEWEST_WORDS_A_LINE = 4
_WIDE = 2.0
"""Heights of text that the white between two tables is wide, at least."""
_LEVEL = 0.12
"""Share of the text's height by which the lower edges of one row may differ."""
_FEWEST_ROWS = 3


def zones_of(words: Sequence[Word]) -> list[list[Word]]:
    """The words of a page, those of each column of running text for themselves.

    Columns of a page are equally wide and hold running text each; what stands above or below them is one part more.
    """
    if len(words) < _FEWEST_WORDS:
        return [list(words)]
    left, right = min(word.x0 for word in words), max(word.x1 for word in words)
    for count in (2, 3):
        gutters = [
            _gutter(words, left + (right - left) * number / count, (right - left) * _OFF_CENTRE)
            for number in range(1, count)
        ]
        if found := _split(words, gutters, (right - left) / count):
            return found
    return [list(words)]


def _gutter(words: Sequence[Word], middle: float, slack: float) -> tuple[float, float, float]:
    """Where few words cross a page near a place: x, and the tallest part, from top to bottom, that none crosses."""
    tried = (_free_part(words, middle + slack * step / 2) for step in range(-2, 3))
    return max(tried, key=lambda part: part[2] - part[1])


def _free_part(words: Sequence[Word], x: float) -> tuple[float, float, float]:
    crossing = sorted((word.top + word.bottom) / 2 for word in words if word.x0 < x < word.x1)
    edges = [min(word.top for word in words) - 1, *crossing, max(word.bottom for word in words) + 1]
    top, bottom = max(pairwise(edges), key=lambda pair: pair[1] - pair[0])
    return x, top, bottom


def _split(words: Sequence[Word], gutters: list[tuple[float, float, float]], width: float) -> list[list[Word]] | None:
    top, bottom = max(gutter[1] for gutter in gutters), min(gutter[2] for gutter in gutters)
    edges = [-float("inf"), *(gutter[0] for gutter in gutters), float("inf")]
    inside = [word for word in words if top < (word.top + word.bottom) / 2 < bottom]
    columns = [[word for word in inside if x0 <= (word.x0 + word.x1) / 2 < x1] for x0, x1 in pairwise(edges)]
    prose = [_prose_of(column, width) for column in columns]
    if any(len(lines) < _FEWEST_LINES for lines in prose):
        return None
    top = min(line[0].top for lines in prose for line in lines) - 1
    bottom = max(line[0].bottom for lines in prose for line in lines) + 1
    parts = [[word for word in column if top < (word.top + word.bottom) / 2 < bottom] for column in columns]
    above = [word for word in words if (word.top + word.bottom) / 2 <= top]
    below = [word for word in words if (word.top + word.bottom) / 2 >= bottom]
    return [above, *parts, below]


def _prose_of(column: Iterable[Word], width: float) -> list[list[Word]]:
    """Lines of a column that words fill without a wide gap."""
    return [
        line
        for line in rows_of_words(column)
        if len(line) >= _FEWEST_WORDS_A_LINE
        and line[-1].x1 - line[0].x0 > _FULL * width * 0.95
        and len(segments_of(line)) == 1
    ]


def halves_of(block: Sequence[Line], height: float) -> list[list[Line]] | None:
    """Two blocks that stand beside each other on lines of their own, or None where their lines are the same."""
    words = [word for line in block for segment in line for word in segment.parts]
    for x in _wide_strips(words, _WIDE * height):
        sides = [word for word in words if word.x1 <= x], [word for word in words if word.x0 >= x]
        lines = [rows_of_words(side) for side in sides]
        if min(map(len, lines)) >= _FEWEST_ROWS and _share_few_lines(lines[0], lines[1], height):
            return [[segments_of(line) for line in side] for side in lines]
    return None


def _wide_strips(words: Iterable[Word], width: float) -> list[float]:
    """Middles of the white strips that no word crosses, the widest first."""
    found = []
    reach = float("inf")
    for word in sorted(words, key=lambda word: word.x0):
        if word.x0 - reach > width:
            found.append((word.x0 - reach, (reach + word.x0) / 2))
        reach = word.x1 if reach == float("inf") else max(reach, word.x1)
    return [middle for _, middle in sorted(found, reverse=True)]


def _share_few_lines(one: list[list[Word]], other: list[list[Word]], height: float) -> bool:
    """Whether most lines of two blocks have no line of the other at their own height."""
    bottoms = [[median(word.bottom for word in line) for line in side] for side in (one, other)]
    for mine, his in (bottoms, reversed(bottoms)):
        level = sum(any(abs(bottom - beside) < _LEVEL * height for beside in his) for bottom in mine)
        if level > len(mine) / 2:
            return False
    return True
