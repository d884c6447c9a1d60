"""Columns of running text beside a table, which are read apart from it.

Such a column begins at one left edge with white before it, its lines follow each other closely and fill its width.  The
wrapped cells of a table do so as well; what tells them from a column of text is what stands beside it: rows at heights
of their own are those of a table, while the cells of one row share their lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise, takewhile
from statistics import median

from pybase_extraction_pdf.primitives import Box, Word
from pybase_extraction_pdf.segments import Line, rows_of_words, segments_of

_FEWEST_LINES = 3
"""Lines of a paragraph, at least."""
_FEWEST_WORDS = 4
"""Words of its lines on average, at least."""
_WIDE = 12.0
"""Heights of text that a column is wide, at least."""
_FULL = 0.7
"""Share of a column's width that the lines of a paragraph fill, but for the last one."""
_TIGHT = 0.75
"""Heights of text between two lines of a paragraph, at most."""
_APART = 1.8
"""Heights of text between two paragraphs of a column, at most."""
_WHITE = 1.2
"""Heights of text that the white before a column is wide, at least."""
_LEVEL = 0.12
"""Share of the text's height within which lines stand at one height."""
_FEWEST_ROWS = 3
"""Rows beside a column that tell it from cells by their heights, at least."""
_FEWEST_WORDS_BESIDE = 6
"""Words of a line of text beside a column, at least."""
_RULED = 0.6
"""Share of the width of rows along which a rule runs, at least."""
_SAME_EDGE = 1.0
"""Points within which lines begin at one edge."""

_Line = list[Word]


def without_prose_beside(words: Sequence[Word], rules: Sequence[Box]) -> tuple[list[Word], list[list[Word]]]:
    """The words of a part of a page without its columns of running text that stand beside rows, and these columns.

    Args:
        words: The words.
        rules: Level rules of the page.
    """
    columns: list[list[Word]] = []
    rest = list(words)
    while (column := _column_beside_rows(rest, rules)) is not None:
        columns.append(column)
        taken = set(map(id, column))
        rest = [word for word in rest if id(word) not in taken]
    return rest, columns


def _column_beside_rows(words: Sequence[Word], rules: Sequence[Box]) -> list[Word] | None:
    lines = _edged_lines(words)
    by_edge = sorted(lines, key=lambda line: (line[0].x0, line[0].top))
    for column in _columns(by_edge):
        inside = [word for line in column for word in line]
        taken = set(map(id, inside))
        others = [word for word in words if id(word) not in taken]
        if _holds_paragraph(column) and _is_beside_rows(column, others, rules):
            return inside
    return None


def _edged_lines(words: Sequence[Word]) -> list[_Line]:
    """Runs of words without a wide gap, each with wide white before it or first on its line."""
    found: list[_Line] = []
    for row in rows_of_words(words):
        found.append([row[0]])
        for before, word in pairwise(row):
            height = word.bottom - word.top
            if word.x0 - before.x1 > _WHITE * height:
                found.append([])
            found[-1].append(word)
    return found


def _columns(lines: Sequence[_Line]) -> Iterable[list[_Line]]:
    """Lines that begin at one edge and follow each other, as many as make a column of text."""
    edges: list[list[_Line]] = []
    for line in lines:
        if edges and line[0].x0 - edges[-1][-1][0].x0 < _SAME_EDGE:
            edges[-1].append(line)
        else:
            edges.append([line])
    for edge in edges:
        if len(edge) < _FEWEST_LINES:
            continue
        run: list[_Line] = []
        for line in sorted(edge, key=lambda line: line[0].top):
            if run and line[0].top - run[-1][0].bottom > _APART * _height(line):
                yield from _checked(run)
                run = []
            run.append(line)
        yield from _checked(run)


def _checked(run: list[_Line]) -> Iterable[list[_Line]]:
    if len(run) < _FEWEST_LINES or sum(map(len, run)) < _FEWEST_WORDS * len(run):
        return
    if _width(run) > _WIDE * median(map(_height, run)):
        yield run


def _holds_paragraph(column: Sequence[_Line]) -> bool:
    """Whether some lines of a column stand close; all but the last of them fill the column."""
    width, count = _width(column), 0
    for index, line in enumerate(column):
        if index and line[0].top - column[index - 1][0].bottom > _TIGHT * _height(line):
            count = 0
        count += 1
        if count == _FEWEST_LINES:
            return True
        if line[-1].x1 - line[0].x0 < _FULL * width:
            count = 0
    return False


def _is_beside_rows(column: list[_Line], others: Sequence[Word], rules: Sequence[Box]) -> bool:
    """Whether rows stand beside a column whose rules end before it, or whose heights have nothing to do with its lines.

    Cells of one row begin at one height, or have their middle or their end there: half a pitch apart.  Where rows go on
    above or below with nothing in the column, one row or a line of text beside it tells as much as three rows.
    """
    left, right = _ends(column)
    top, bottom = column[0][0].top, column[-1][0].bottom
    near = [word for word in others if top < (word.top + word.bottom) / 2 < bottom]
    beside = [word for word in near if word.x1 < left or word.x0 > right]
    if len(beside) < len(near):
        return False
    lines = [segments_of(row) for row in rows_of_words(beside)]
    rows = [line for line in lines if len(line) > 1]
    if rows and _is_ruled_apart(rows, rules, (left, top, right, bottom)):
        return True
    own = [line[0].bottom for line in column]
    pitch = median(after - before for before, after in pairwise(own))
    slack = _LEVEL * _height(column[0])
    heights = [median(word.bottom for part in row for word in part.parts) for row in rows]
    level = sum(
        any(abs(height - edge - half) < slack for edge in own for half in (0.0, pitch / 2)) for height in heights
    )
    if len(rows) >= _FEWEST_ROWS and level <= len(rows) / 2:
        return True
    is_text_beside = any(len(line) == 1 and line[0].words >= _FEWEST_WORDS_BESIDE for line in lines)
    return (is_text_beside or len(rows) > 2 * level) and _go_on(others, (left, top, right, bottom))


def _go_on(others: Sequence[Word], column: Box) -> bool:
    """Whether rows of a table stand right above or below the place of a column, with nothing in it."""
    left, top, right, bottom = column
    above = rows_of_words(word for word in others if word.bottom <= top + 1)[::-1]
    below = rows_of_words(word for word in others if word.top >= bottom - 1)
    for lines in (above, below):
        rows = list(takewhile(lambda line: all(word.x1 < left or word.x0 > right for word in line), lines))
        if sum(len(segments_of(row)) > 1 for row in rows) >= _FEWEST_ROWS:
            return True
    return False


def _is_ruled_apart(rows: Sequence[Line], rules: Sequence[Box], column: Box) -> bool:
    """Whether a rule runs along the rows and ends before the column."""
    x0, x1 = min(row[0].x0 for row in rows), max(row[-1].x1 for row in rows)
    left, top, right, bottom = column
    return any(
        top < rule[1] < bottom
        and min(rule[2], x1) - max(rule[0], x0) > _RULED * (x1 - x0)
        and (rule[2] < left or rule[0] > right)
        for rule in rules
    )


def _ends(lines: Sequence[_Line]) -> tuple[float, float]:
    return min(line[0].x0 for line in lines), max(line[-1].x1 for line in lines)


def _width(lines: Sequence[_Line]) -> float:
    left, right = _ends(lines)
    return right - left


def _height(line: _Line) -> float:
    return line[0].bottom - line[0].top
