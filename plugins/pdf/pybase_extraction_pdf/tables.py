"""Tables of a page: through pdfplumber's finder, and by the white between columns where rules do not tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pybase_extraction.results import Cell, Locator, Provenance, Table
from pybase_extraction_pdf.borderless import UnruledTable, page_tables
from pybase_extraction_pdf.primitives import RuledTable, Word

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
        strategy: ``lines``, ``text``, ``stream``, ``drawing`` or ``auto``.
    """
    if strategy == "auto":
        return _tables_with_unruled(page, number)
    return [_table(found, number, strategy) for found in page.find_tables(_SETTINGS[strategy])]


def _tables_with_unruled(page: Any, number: int) -> list[Table]:
    """Ruled tables that hold, and those that only their text tells, top to bottom."""
    finds = {_ruled(found): found for found in page.find_tables()}
    kept, unruled = page_tables(_words(page), list(finds))
    tables = [_table(finds[table], number, "lines") for table in kept]
    tables += [_unruled(table, number) for table in unruled]
    return sorted(tables, key=lambda table: table.provenance.place.bbox[1] if table.provenance.place.bbox else 0.0)


def _ruled(found: Any) -> RuledTable:
    cells = tuple(tuple(row.cells) for row in found.rows)
    return RuledTable(bbox=tuple(found.bbox), cells=cells, rows=tuple(map(tuple, found.extract())))


def _words(page: Any) -> list[Word]:
    return [
        Word(word["text"], word["x0"], word["top"], word["x1"], word["bottom"], None, None, bool(word["upright"]))
        for word in page.extract_words(extra_attrs=["upright"])
    ]


def _unruled(table: UnruledTable, number: int) -> Table:
    cells = tuple(
        Cell(
            row=cell.row,
            column=cell.column,
            row_span=cell.row_span,
            column_span=cell.column_span,
            text=cell.text,
            bbox=cell.bbox,
        )
        for cell in table.cells
    )
    return Table(
        rows=table.rows,
        cells=cells,
        column_types=column_types(table.rows),
        provenance=Provenance(place=Locator(page=number, bbox=table.bbox), method="white-between-columns"),
    )


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
