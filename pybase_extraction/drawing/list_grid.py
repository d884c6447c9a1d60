"""Lists with headers in a grid of cells: parts lists and revision tables, alone or in one grid with a title block.

Frames of drawings rule their lists, revisions and title block together, so that one grid may hold all three.  A list
is the row of its headers and the lines that stand below it or, growing upwards, above it (ISO 7573, ASME Y14.35), up to
the next row of headers or labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pybase_extraction.drawing.title_labels import match_label

Row = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a list in a grid.

    Attributes:
        rows: Numbers of the rows of the grid, the one beside the headers first; blank rows are left out.
        grows_upwards: They stand above their headers.
    """

    rows: tuple[int, ...]
    grows_upwards: bool


def texts_of(row: Row) -> list[str]:
    """The texts of a row that are not blank."""
    return [text.strip() for text in row if text and text.strip()]


def is_label_row(row: Row) -> bool:
    """Whether a row belongs to a title block: at least two, and half of its texts, begin with a label of one."""
    texts = texts_of(row)
    labels = sum(match_label(text.partition("\n")[0]) is not None for text in texts)
    return labels >= 2 and 2 * labels >= len(texts)


def is_foreign(row: Row, starts: Sequence[int]) -> bool:
    """Whether most texts of a row begin where no column of the list does, as those of a title block beside it."""
    filled = [at for at, text in enumerate(row) if text and text.strip()]
    return len(filled) > 1 and 2 * sum(at not in starts for at in filled) > len(filled)


def gathered(row: Row, starts: Sequence[int], end: int) -> tuple[str | None, ...]:
    """The cells of a row as columns of a list.

    Args:
        row: Cells of the grid.
        starts: Where each column begins, ascending.
        end: Where the last column ends.
    """
    bounds = [*starts, end]
    columns = (texts_of(row[first:last]) for first, last in pairwise(bounds))
    return tuple(" ".join(texts) or None for texts in columns)


def lines_beside(
    rows: Sequence[Row],
    headers: range,
    starts: Sequence[int],
    *,
    is_line: Callable[[Row], bool],
    is_header: Callable[[Row], bool],
) -> Lines:
    """Find the side of its headers on which a list has its lines: that with more of them, below when both are equal.

    Args:
        rows: The grid, top row first.
        headers: Numbers of the rows of headers.
        starts: Columns of the grid where the columns of the list begin.
        is_line: Tells a row that can only be a line of the list.
        is_header: Tells a row of headers of this or of another list.
    """

    def block(numbers: range) -> list[int]:
        found: list[int] = []
        for number in numbers:
            row = rows[number]
            if is_header(row) or is_label_row(row) or is_foreign(row, starts):
                break
            found.append(number)
        return found

    below, above = block(range(headers.stop, len(rows))), block(range(headers.start - 1, -1, -1))
    counts = [sum(is_line(rows[number]) for number in side) for side in (below, above)]
    chosen, upwards = (above, True) if counts[1] > counts[0] else (below, False)
    return Lines(tuple(chosen), upwards)
