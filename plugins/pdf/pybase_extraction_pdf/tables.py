"""Tables of a page as results: by their rules, or by the white between their columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pybase_extraction.results import Cell, Locator, Provenance, Table
from pybase_extraction_pdf.borderless import UnruledTable, page_tables, unruled_tables
from pybase_extraction_pdf.charts import chart_marks
from pybase_extraction_pdf.primitives import Box, PageContent, RuledTable
from pybase_extraction_pdf.ruled import DRAWING, Profile, level_rules, unshaded_tables

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*\s*%?")
_INTEGER = re.compile(r"[+-]?\d+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}")


def ruled_tables_of(ruled: Iterable[RuledTable], number: int, profile: Profile) -> list[Table]:
    """Ruled tables of a page, top to bottom; their method names the profile."""
    return [_ruled(found, number, profile) for found in ruled]


def unruled_tables_of(page: PageContent) -> list[Table]:
    """Tables of a page told by the white between their columns alone, top to bottom."""
    return [
        _unruled(table, page.number)
        for table in unruled_tables(page.words(), rules=level_rules(page.without_shading()))
    ]


def tables_with_unruled(page: PageContent, ruled: Sequence[RuledTable], profile: Profile) -> list[Table]:
    """Ruled tables that hold, and those that only their text tells, top to bottom."""
    kept, unruled = page_tables(
        page.words(),
        unshaded_tables(page, ruled, profile),
        level_rules(page.without_shading(), profile),
        chart_marks(page),
    )
    tables = ruled_tables_of(kept, page.number, profile)
    tables += [_unruled(table, page.number) for table in unruled]
    return sorted(tables, key=lambda table: table.provenance.place.bbox[1] if table.provenance.place.bbox else 0.0)


def _ruled(table: RuledTable, number: int, profile: Profile) -> Table:
    method = f"ruled-{'drawing' if profile is DRAWING else 'compat'}"
    return table_of(table.bbox, table.cells, table.rows, number, method)


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


def table_of(
    bbox: Box,
    boxes: Sequence[Sequence[Box | None]],
    rows: tuple[tuple[str | None, ...], ...],
    number: int,
    method: str,
) -> Table:
    """A table from the boxes and texts of its cells, row by row; None where a span of another cell reaches over."""
    cells = tuple(
        Cell(row=row, column=column, text=rows[row][column] or "", bbox=box)
        for row, line in enumerate(boxes)
        for column, box in enumerate(line)
        if box is not None
    )
    place = Provenance(place=Locator(page=number, bbox=bbox), method=method)
    return Table(rows=rows, cells=cells, column_types=column_types(rows), provenance=place)


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
