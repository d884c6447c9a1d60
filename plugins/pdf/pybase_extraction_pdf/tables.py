"""Tables of a page as results: by their rules, or by the white between their columns."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from pybase_extraction.results import Cell, Locator, Provenance, Table
from pybase_extraction_pdf.borderless import UnruledTable, unruled_tables
from pybase_extraction_pdf.charts import chart_marks
from pybase_extraction_pdf.page_tables import page_tables
from pybase_extraction_pdf.primitives import Box, PageContent, RuledTable, Word
from pybase_extraction_pdf.ruled import DRAWING, Profile, level_rules, shade_edges, unshaded_tables, without_frames
from pybase_extraction_pdf.table_confidence import confidence_of
from pybase_extraction_pdf.table_shape import Boldness, caption_of, header_rows
from pybase_extraction_pdf.text import lines_of

_BESIDE = 14.0
"""Points above or below a table within which a rule belongs to it."""
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*\s*%?")
_INTEGER = re.compile(r"[+-]?\d+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}")


def ruled_tables_of(page: PageContent, ruled: Iterable[RuledTable], profile: Profile) -> list[Table]:
    """Ruled tables of a page, top to bottom; their method names the profile."""
    return _completed([_ruled(found, page.number, profile) for found in ruled], page)


def unruled_tables_of(page: PageContent) -> list[Table]:
    """Tables of a page told by the white between their columns alone, top to bottom."""
    rules = level_rules(page.without_shading())
    found = unruled_tables(page.words(), rules=rules)
    return _completed([_unruled(table, page.number, rules) for table in found], page)


def tables_with_unruled(page: PageContent, ruled: Sequence[RuledTable], profile: Profile) -> list[Table]:
    """Ruled tables that hold, and those that only their text tells, top to bottom."""
    rules = level_rules(page.without_shading(), profile)
    kept, unruled = page_tables(
        page.words(),
        without_frames(unshaded_tables(page, ruled, profile)),
        [*rules, *shade_edges(page)],
        lambda: page.once("marks of charts", lambda: chart_marks(page)),
    )
    tables = [_ruled(table, page.number, profile) for table in kept]
    tables += [_unruled(table, page.number, rules) for table in unruled]
    return _completed(sorted(tables, key=_top), page)


def _top(table: Table) -> float:
    return table.provenance.place.bbox[1] if table.provenance.place.bbox else 0.0


def _ruled(table: RuledTable, number: int, profile: Profile) -> Table:
    method = f"ruled-{'drawing' if profile is DRAWING else 'compat'}"
    found = table_of(table.bbox, table.cells, table.rows, number, method)
    return found.model_copy(update={"caption": table.caption}) if table.caption else found


def _unruled(table: UnruledTable, number: int, rules: Sequence[Box]) -> Table:
    method = "partly-ruled" if any(_rules_table(rule, table.bbox) for rule in rules) else "white-between-columns"
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
        header_rows=table.header_rows,
        caption=table.caption,
        provenance=Provenance(place=Locator(page=number, bbox=table.bbox), method=method),
    )


def _rules_table(rule: Box, box: Box) -> bool:
    """Whether a level rule runs through a table, or right above or below it, over half of its width."""
    shared = min(rule[2], box[2]) - max(rule[0], box[0])
    return box[1] - _BESIDE < rule[1] < box[3] + _BESIDE and shared > (box[2] - box[0]) / 2


def table_of(
    bbox: Box,
    boxes: Sequence[Sequence[Box | None]],
    rows: tuple[tuple[str | None, ...], ...],
    number: int,
    method: str,
) -> Table:
    """A table from the boxes and texts of its cells, row by row; None where a span of another cell reaches over."""
    lefts = sorted({box[0] for line in boxes for box in line if box is not None})
    tops = sorted({box[1] for line in boxes for box in line if box is not None})
    cells = tuple(
        Cell(
            row=row,
            column=column,
            row_span=max(1, bisect_left(tops, box[3] - 1) - bisect_left(tops, box[1])),
            column_span=max(1, bisect_left(lefts, box[2] - 1) - bisect_left(lefts, box[0])),
            text=rows[row][column] or "",
            bbox=box,
        )
        for row, line in enumerate(boxes)
        for column, box in enumerate(line)
        if box is not None
    )
    place = Provenance(place=Locator(page=number, bbox=bbox), method=method)
    return Table(rows=rows, cells=cells, column_types=column_types(rows), provenance=place)


def _completed(tables: list[Table], page: PageContent) -> list[Table]:
    """The tables with headers, types of columns and captions."""
    if not tables:
        return []
    boldness, lines = page.once(("lettering", len(page.chars)), lambda: _lettering(page.words()))
    return [_complete(table, boldness, lines) for table in tables]


def _lettering(words: Iterable[Word]) -> tuple[Boldness, list[tuple[str, Box]]]:
    """How bold words are that stand upright, and their lines with the boxes around them."""
    upright = [word for word in words if word.upright]
    return Boldness(upright), [(line.text, line.bbox) for line in lines_of(upright)]


def _complete(table: Table, boldness: Boldness, lines: Sequence[tuple[str, Box]]) -> Table:
    headers = table.header_rows
    if headers is None:
        headers = header_rows(table.rows, [boldness.within(row) for row in _row_boxes(table)])
    box = table.provenance.place.bbox
    caption = table.caption or (caption_of(box, lines) if box else None)
    types = column_types(table.rows, headers or 1)
    place = table.provenance.model_copy(update={"confidence": confidence_of(table.provenance.method, table.rows)})
    shape = {"header_rows": headers, "caption": caption, "column_types": types, "provenance": place}
    return table.model_copy(update=shape)


def _row_boxes(table: Table) -> list[Box]:
    """Boxes of the rows, by the cells that are in one row alone."""
    boxes: list[list[Box]] = [[] for _ in table.rows]
    for cell in table.cells:
        if cell.row_span == 1 and cell.bbox:
            boxes[cell.row].append(cell.bbox)
    return [_around(line) for line in boxes]


def _around(boxes: Sequence[Box]) -> Box:
    x0s, tops, x1s, bottoms = zip(*boxes, strict=True) if boxes else ((0.0,), (0.0,), (0.0,), (0.0,))
    return min(x0s), min(tops), max(x1s), max(bottoms)


def column_types(rows: Sequence[Sequence[str | None]], headers: int = 1) -> tuple[str, ...]:
    """Type of every column, judged by its cells below the headers."""
    return tuple(
        _type([text.strip() for text in column[headers:] if text and text.strip()])
        for column in zip(*rows, strict=True)
    )


def _type(texts: list[str]) -> str:
    for name, pattern in (("date", _DATE), ("integer", _INTEGER), ("number", _NUMBER)):
        if texts and all(pattern.fullmatch(text) for text in texts):
            return name
    return "text" if texts else "empty"
