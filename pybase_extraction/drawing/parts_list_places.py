"""Where parts lists stand in a grid of cells, and which of its rows are their lines.

The grid may hold a title above the headers, a printed total, headings of groups, several lists side by side as parts of
one, a title block and a revision table; headers may take two rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pybase_extraction.drawing.list_grid import Row, gathered, lines_beside, texts_of
from pybase_extraction.drawing.parts_list import is_header_row, match_header, match_headers, number_of
from pybase_extraction.drawing.revisions import find_columns
from pybase_extraction.drawing.title_labels import fold

_ITEM = re.compile(r"[A-Z]{0,2}\d+(?:[.\-/]\d+)*[.a-zA-Z]?|[A-Z]")
_TOTAL = re.compile(
    r"\A(?:(?:sub|grand )?total|gesamt|summe|somme|totale|totaal|suma|合计|总计)(?!\w* (?:mass|weight))", re.IGNORECASE
)
_TOTAL_TEXTS = 3
"""Texts of a row that prints a total: its label, the sum, a unit."""
_COUNTED = re.compile(
    r"quantity|qty|pieces|parts|menge|stuck|teile|anzahl|quantite|cantidad|quantita|aantal|数量|合计", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ListLine:
    """A line of a parts list.

    Attributes:
        texts: One for each column; None where it is blank.
        row: Row of the grid it stands in.
    """

    texts: tuple[str | None, ...]
    row: int


@dataclass(frozen=True, slots=True)
class ListPlace:
    """A parts list in a grid.

    Attributes:
        headers: Texts of the headers, left to right.
        lines: The one beside the headers first.
        grows_upwards: The headers stand below the lines.
        header_rows: Rows of the grid that hold the headers.
        columns: First column of the grid, and the one behind the last.
        printed_total: The sum of quantities that the list prints, or None.
    """

    headers: tuple[str, ...]
    lines: tuple[ListLine, ...]
    grows_upwards: bool
    header_rows: range
    columns: tuple[int, int]
    printed_total: float | None = None

    @property
    def rows(self) -> tuple[int, ...]:
        """Rows of the grid that belong to the list."""
        return (*self.header_rows, *(line.row for line in self.lines))


def find_lists(rows: Sequence[Row]) -> list[ListPlace]:
    """Find the parts lists of a grid, top to bottom.

    Args:
        rows: Texts of the cells; None where a span of another cell reaches over.
    """
    found: list[ListPlace] = []
    taken = 0
    for number in range(len(rows)):
        headers = _headers_at(rows, number)
        if number < taken or headers is None:
            continue
        place = _list_at(rows, headers)
        taken = headers.stop
        found += [place] if _holds(place) else []
    return found


def _holds(place: ListPlace) -> bool:
    """Whether there are lines, and, without a column of quantities, most of them have an item number.

    Tables of prose have columns "Item" and "Description" too.
    """
    columns = match_headers(place.headers)
    numbered = sum(_is_line(line.texts, columns) for line in place.lines)
    return bool(place.lines) and ("quantity" in columns or 2 * numbered > len(place.lines))


def _headers_at(rows: Sequence[Row], number: int) -> range | None:
    """Rows of the headers that begin in a row; None when none do."""
    row, below = rows[number], rows[number + 1] if number + 1 < len(rows) else ()
    if texts_of(below):
        joined = _joined(row, below)
        completes = all(
            match_header(text or "") for text, lower in zip(joined, below, strict=True) if texts_of([lower])
        )
        if completes and is_header_row(joined) and _named(joined) >= _named(row):
            return range(number, number + 2)
    return range(number, number + 1) if is_header_row(row) else None


def _named(row: Row) -> int:
    return sum(match_header(text) is not None for text in row if text)


def _joined(row: Row, below: Row) -> tuple[str | None, ...]:
    """Two rows of headers as one; a header above several others stands before each of them."""
    found: list[str | None] = []
    above: str | None = None
    for upper, lower in zip(row, below, strict=True):
        above = upper if upper is not None else above
        text = " ".join(texts_of([above if lower and lower.strip() else upper, lower]))
        found.append(text or (None if upper is None else ""))
    return tuple(found)


def _list_at(rows: Sequence[Row], headers: range) -> ListPlace:
    row = rows[headers.start] if len(headers) == 1 else _joined(rows[headers.start], rows[headers.start + 1])
    starts = [at for at, text in enumerate(row) if text is not None]
    while starts and not (row[starts[-1]] or "").strip():
        starts.pop()
    named = [row[at] or "" for at in starts]
    end = _end(rows, headers, starts)
    columns = match_headers(named)
    found = lines_beside(
        rows,
        headers,
        starts,
        is_line=lambda line: _is_line(gathered(line, starts, end), columns),
        is_header=lambda line: is_header_row(line) or find_columns(line) is not None,
    )
    body = [ListLine(gathered(rows[number], starts, end), number) for number in found.rows]
    total = _total_of([gathered(other, starts, end) for other in rows], columns)
    groups = _side_by_side(named)
    lines = [line for group in groups for line in _lines(body, columns, group)]
    texts = tuple(" ".join(text.split()) for text in named[groups[0].start : groups[0].stop])
    return ListPlace(texts, tuple(lines), found.grows_upwards, headers, (starts[0], end), total)


def _end(rows: Sequence[Row], headers: range, starts: Sequence[int]) -> int:
    """Column of the grid behind the last header: spans reach up to the next cell of the row of headers."""
    row = rows[headers.stop - 1] if len(headers) == 1 else _joined(rows[headers.start], rows[headers.start + 1])
    return next((at for at in range(starts[-1] + 1, len(row)) if row[at] is not None), len(row))


def _side_by_side(headers: Sequence[str]) -> list[range]:
    """The columns of each part of a list that is set in several parts beside each other under the same headers."""
    keys = [fold(header) for header in headers]
    for width in range(2, len(keys) // 2 + 1):
        if len(keys) % width == 0 and keys == keys[:width] * (len(keys) // width):
            return [range(start, start + width) for start in range(0, len(keys), width)]
    return [range(len(keys))]


def _is_line(row: Row, columns: Sequence[str | None]) -> bool:
    """Whether a row has an item number or a quantity."""
    values = {column: text.strip() for column, text in zip(columns, row, strict=False) if column and text}
    return _ITEM.fullmatch(values.get("item", "")) is not None or number_of(values.get("quantity")) is not None


def _lines(body: Sequence[ListLine], columns: Sequence[str | None], group: range) -> list[ListLine]:
    """Lines of one part of a list: wrapped texts joined, headings of groups and totals left out."""
    names = _names_of(columns, group)
    found: list[ListLine] = []
    is_after_blank = True
    for line in body:
        own = ListLine(line.texts[group.start : group.stop], line.row)
        texts = texts_of(own.texts)
        filled = {name for name, text in zip(names, own.texts, strict=True) if text}
        if not texts or _is_total(own.texts):
            is_after_blank = True
            continue
        if len(texts) == 1 and not filled & {"item", "quantity", "part_number"}:
            if not is_after_blank:
                found[-1] = _continued(found[-1], own)
            continue
        found.append(own)
        is_after_blank = False
    return found


def _names_of(columns: Sequence[str | None], group: range) -> list[str | None]:
    """What the columns of one part of a list name, as those of its first part do."""
    return list(columns[: len(group)])


def _continued(line: ListLine, more: ListLine) -> ListLine:
    """A text that goes on in the next row."""
    joined = (" ".join(texts_of(pair)) or None for pair in zip(line.texts, more.texts, strict=True))
    return ListLine(tuple(joined), line.row)


def _is_total(row: Row) -> bool:
    texts = texts_of(row)
    return bool(texts) and len(texts) <= _TOTAL_TEXTS and _TOTAL.match(fold(texts[0])) is not None


def _total_of(rows: Sequence[Row], columns: Sequence[str | None]) -> float | None:
    """The printed sum of quantities: behind a label that says so, or behind any label in the column of quantities."""
    for row in rows:
        if not _is_total(row):
            continue
        label = fold(texts_of(row)[0])
        numbers = [(column, number_of(text)) for column, text in zip(columns, row, strict=False)]
        for column, number in numbers:
            if number is not None and (column == "quantity" or _COUNTED.search(label)):
                return number
    return None
