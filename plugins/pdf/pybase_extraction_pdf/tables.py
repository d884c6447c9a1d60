"""Tables of a page, through pdfplumber's finder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pybase_extraction.results import Cell, Locator, Provenance, Table

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*\s*%?")
_INTEGER = re.compile(r"[+-]?\d+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_TEXT = {"vertical_strategy": "text", "horizontal_strategy": "text"}
_SETTINGS: dict[str, dict[str, Any]] = {
    "lines": {},
    "text": _TEXT,
    "stream": _TEXT,
    # dense sheets: pdfplumber's 3 pt chain neighbouring lines together
    "drawing": {"snap_tolerance": 1, "join_tolerance": 1, "intersection_tolerance": 1},
}


def tables_of(page: Any, number: int, strategy: str) -> list[Table]:
    """Tables of a page, top to bottom.

    Args:
        page: Page of pdfplumber.
        number: Its number, from 1.
        strategy: ``lines``, ``text``, ``stream`` or ``drawing``.
    """
    return [_table(found, number, strategy) for found in page.find_tables(_SETTINGS[strategy])]


def _table(found: Any, number: int, strategy: str) -> Table:
    texts = found.extract()
    cells = [
        Cell(row=row, column=column, text=texts[row][column] or "", bbox=box)
        for row, line in enumerate(found.rows)
        for column, box in enumerate(line.cells)
        if box is not None
    ]
    rows = tuple(tuple(texts[row]) for row in range(len(texts)))
    return Table(
        rows=rows,
        cells=tuple(cells),
        column_types=column_types(rows),
        provenance=Provenance(place=Locator(page=number, bbox=tuple(found.bbox)), method=f"pdfplumber-{strategy}"),
    )


def column_types(rows: Sequence[Sequence[str | None]]) -> tuple[str, ...]:
    """Type of every column, judged by its cells below the first row."""
    return tuple(
        _type([text.strip() for text in column[1:] if text and text.strip()]) for column in zip(*rows, strict=True)
    )


def _type(texts: list[str]) -> str:
    for name, pattern in (("date", _DATE), ("integer", _INTEGER), ("number", _NUMBER)):
        if texts and all(pattern.fullmatch(text) for text in texts):
            return name
    return "text" if texts else "empty"
