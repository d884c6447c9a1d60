"""What the rows of a table are: headers, caption, notes, types of columns, and whether it goes on from another page."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter

from pybase_extraction.results import Table
from pybase_extraction_pdf.captions import CAPTION, NOTE
from pybase_extraction_pdf.logical_rows import is_value
from pybase_extraction_pdf.primitives import Box, RuledTable, Word

Rows = Sequence[Sequence[str | None]]

_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_CONTINUED = re.compile(
    r"\b(?:continued|cont[’'.]?d?|fortsetzung|suite|continuación|continua|segue|continuação)\b|续", re.IGNORECASE
)
_HEIGHT = itemgetter(0)
_NEAR = 40.0
"""Points above or below a table within which its caption begins."""
_SAME_PLACE = 6.0
"""Points within which the columns of two parts of a table begin."""


def without_caption(table: RuledTable) -> RuledTable:
    """The table without first rows that hold its caption and last rows that hold notes, each one cell wide."""
    first, last = 0, len(table.rows)
    caption = None
    while first < last - 2 and (text := _only_text(table.rows[first])) and CAPTION.match(text):
        caption = text.replace("\n", " ")
        first += 1
    while last - 1 > first + 1 and (text := _only_text(table.rows[last - 1])) and NOTE.match(text):
        last -= 1
    if (first, last) == (0, len(table.rows)):
        return table
    return replace(table, rows=table.rows[first:last], cells=table.cells[first:last], caption=caption)


def _only_text(row: Sequence[str | None]) -> str | None:
    """Text of a row that is one cell across the whole table, else None."""
    return row[0] if row and row[0] and all(text is None for text in row[1:]) else None


def header_rows(rows: Rows, boldness: Sequence[float | None] = ()) -> int | None:
    """How many of the first rows are headers, or None when that cannot be told.

    Told by bold rows above plain ones, else by rows of words above rows of numbers.

    Args:
        rows: Texts of the cells.
        boldness: Share of bold characters in every row, None for blank rows.
    """
    return _bold_rows(boldness) or _rows_above_numbers(rows)


def _bold_rows(boldness: Sequence[float | None]) -> int | None:
    first = next((number for number, share in enumerate(boldness) if share is not None and share < 0.5), 0)
    rest = [share for share in boldness[first:] if share is not None]
    above = boldness[:first]
    is_bold = any(above) and all(share is None or share > 0.9 for share in above)
    is_header = first <= len(boldness) / 2 and is_bold
    return first if is_header and rest and sum(rest) / len(rest) < 0.3 else None


def _rows_above_numbers(rows: Rows) -> int | None:
    filled = [[text.strip() for text in row[1:] if text and text.strip()] for row in rows]
    numbers = [sum(map(is_value, texts)) for texts in filled]
    first = next(
        (n for n, texts in enumerate(filled) if texts and numbers[n] >= max(1, len(texts) / 2)),
        None,
    )
    if not first or first > len(rows) / 2:
        return None
    body = sum(map(len, filled[first:]))
    return first if sum(numbers[first:]) > 0.4 * body and any(filled[:first]) else None


class Boldness:
    """Share of bold characters in parts of a page.

    Args:
        words: Words of the page.
    """

    def __init__(self, words: Sequence[Word]) -> None:
        fonts = {word.font or "" for word in words}
        self._bold = {font for font in fonts if _BOLD.search(font)}
        self._placed = sorted(
            ((word.top + word.bottom) / 2, (word.x0 + word.x1) / 2, len(word.text), word.font or "") for word in words
        )

    def within(self, box: Box) -> float | None:
        """The share in a box; None where it holds no words."""
        first = bisect_left(self._placed, box[1], key=_HEIGHT)
        level = self._placed[first : bisect_right(self._placed, box[3], key=_HEIGHT)]
        inside = [(length, font in self._bold) for _, x, length, font in level if box[0] <= x <= box[2]]
        count = sum(length for length, _ in inside)
        return sum(length for length, is_bold in inside if is_bold) / count if count else None


def caption_of(box: Box, lines: Sequence[tuple[str, Box]]) -> str | None:
    """The caption that stands right above a table, or right below it; None without one.

    Args:
        box: Box of the table.
        lines: Text and box of the page's lines.
    """
    beside = [line for line in lines if line[1][0] < box[2] and line[1][2] > box[0]]
    above = [line for line in beside if box[1] - _NEAR - 30 < line[1][3] <= box[1] + 2]
    above.sort(key=lambda line: line[1][1])
    for index in range(len(above) - 1, -1, -1):
        if CAPTION.match(above[index][0]):
            return " ".join(text for text, _ in above[index:])
    below = [line for line in beside if box[3] - 2 <= line[1][1] < box[3] + _NEAR]
    below.sort(key=lambda line: line[1][1])
    return below[0][0] if below and CAPTION.match(below[0][0]) else None


def continued_from(tables: Sequence[Table], heights: dict[int, float]) -> list[int | None]:
    """For every table the index of the one on the page before that it continues, or None.

    The last table of a page and the first one of the next are parts of one where they have the same columns at the same
    places, the first ends in the lower part of its page and the second begins in the upper part of its own, and the
    headers are repeated or missing, or the caption says so.

    Args:
        tables: Tables in the order of pages.
        heights: Height of every page.
    """
    last: dict[int, int] = {}
    first: dict[int, int] = {}
    for index, table in enumerate(tables):
        page = table.provenance.place.page
        if page is not None:
            last[page] = index
            first.setdefault(page, index)
    found: list[int | None] = [None] * len(tables)
    for page, index in first.items():
        before = last.get(page - 1)
        if before is not None and _goes_on(tables[before], tables[index], heights.get(page - 1), heights.get(page)):
            found[index] = before
    return found


def _goes_on(table: Table, after: Table, height: float | None, next_height: float | None) -> bool:
    box, next_box = table.provenance.place.bbox, after.provenance.place.bbox
    if not box or not next_box or not height or not next_height or table.num_columns != after.num_columns:
        return False
    if box[3] < 0.55 * height or next_box[1] > 0.45 * next_height:
        return False
    if _CONTINUED.search(after.caption or ""):
        return True
    is_same_place = abs(box[0] - next_box[0]) < _SAME_PLACE and abs(box[2] - next_box[2]) < _SAME_PLACE
    return is_same_place and not after.caption and (_same_headers(table, after) or not after.header_rows)


def _same_headers(table: Table, after: Table) -> bool:
    count = table.header_rows or 1
    return table.rows[:count] == after.rows[:count]
