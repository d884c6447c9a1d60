"""Columns of signs that belong to the numbers beside them: ``$`` set apart on the left, ``%`` on the right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pybase_extraction_pdf.logical_rows import GridCell
from pybase_extraction_pdf.segments import around

_BEFORE = re.compile(r"(?:[A-Z]{1,3})?[$€£¥]|[±<>≤≥≈~(]")
_AFTER = re.compile(r"[%‰°)]")


def without_columns_of_signs(cells: Sequence[GridCell], columns: int) -> list[GridCell]:
    """Cells of a table with the signs joined to their numbers, and the columns counted anew."""
    joined: dict[int, int] = {}
    for column in range(columns):
        if column + 1 < columns and _is_of_signs(cells, column, column + 1, _BEFORE):
            joined[column] = column + 1
        elif column > 0 and column - 1 not in joined and _is_of_signs(cells, column, column - 1, _AFTER):
            joined[column] = column - 1
    if not joined or columns - len(joined) < 2:
        return list(cells)
    return _joined(cells, joined, columns)


def _is_of_signs(cells: Sequence[GridCell], column: int, beside: int, sign: re.Pattern[str]) -> bool:
    """Whether a column holds signs, and other texts only where the column beside it is blank: headers."""
    texts = {cell.row: cell.text for cell in cells if cell.column == column and cell.column_span == 1}
    taken = {cell.row for cell in cells if cell.column <= beside <= cell.last_column}
    others = {row for row, text in texts.items() if not sign.fullmatch(text)}
    return len(texts) > len(others) and len(others) <= 1 and not others & taken


def _joined(cells: Sequence[GridCell], joined: dict[int, int], columns: int) -> list[GridCell]:
    numbers, count = {}, 0
    for column in range(columns):
        if column not in joined:
            numbers[column] = count
            count += 1
    for column, home in joined.items():
        numbers[column] = numbers[home]
    found: dict[tuple[int, int], GridCell] = {}
    for cell in sorted(cells, key=lambda cell: (cell.row, cell.column)):
        first, last = numbers[cell.column], numbers[cell.last_column]
        moved = replace(cell, column=first, column_span=last - first + 1)
        before = found.get((cell.row, first))
        if before is not None:
            span = max(before.column_span, moved.column_span)
            text, box = f"{before.text} {cell.text}", around((before.bbox, cell.bbox))
            moved = replace(before, column_span=span, text=text, bbox=box)
        found[cell.row, first] = moved
    return list(found.values())
