"""Tables: ACAD_TABLE entities with their cells and merges."""

from __future__ import annotations

from pybase_extraction.drawing.parts_list import find_header
from pybase_extraction.drawing.revisions import find_columns
from pybase_extraction.results import Cell, Locator, Provenance, Table
from pybase_extraction_dxf.tags import Record, integer
from pybase_extraction_dxf.wording import Decoder, plain_mtext

_LARGEST = 1_000_000
"""Cells above which the counts of rows and columns are not believed."""


def read_table(record: Record, place: Locator, decode: Decoder) -> Table | None:
    """Read an ACAD_TABLE; None when it has no cells or they do not fit its size.

    Each cell begins with group code 171; 173 tells that another one covers it, 175 and 176 are its spans.
    """
    tags = record.after(b"AcDbTable").tags
    head = next((at for at, (code, _) in enumerate(tags) if code == 171), len(tags))
    sizes = dict(reversed(tags[:head]))
    height, width = integer(sizes.get(91)) or 0, integer(sizes.get(92)) or 0
    groups = _groups(tags[head:])
    if height < 1 or width < 1 or height * width > _LARGEST or len(groups) < height * width:
        return None
    rows: list[list[str | None]] = [[None] * width for _ in range(height)]
    cells = []
    for at, group in enumerate(groups[: height * width]):
        row, column = divmod(at, width)
        firsts = dict(reversed(group))
        if integer(firsts.get(173)):
            continue
        text = plain_mtext(_cell_text(group, decode)).strip()
        rows[row][column] = text
        columns, lines = _span(firsts.get(175), width - column), _span(firsts.get(176), height - row)
        cells.append(Cell(row=row, column=column, row_span=lines, column_span=columns, text=text))
    # a title above the headers is a cell as wide as the table
    has_title = width > 1 and bool(cells) and cells[0].column_span == width
    caption = cells[0].text or None if has_title else None
    header = find_header(rows)
    role = None if header is None else "parts-list"
    if header is None and any(find_columns(row) is not None for row in rows):
        role = "revisions"
    return Table(
        rows=tuple(tuple(row) for row in rows),
        header_rows=None if header is None or header == height - 1 else header + 1,
        cells=tuple(cells),
        caption=caption,
        role=role,
        provenance=Provenance(place=place, method="acad-table"),
    )


def _groups(tags: list[tuple[int, bytes]]) -> list[list[tuple[int, bytes]]]:
    found: list[list[tuple[int, bytes]]] = []
    for tag in tags:
        if tag[0] == 171:
            found.append([])
        if tag[0] in {100, 1001}:
            break
        found[-1].append(tag)
    return found


def _span(value: bytes | None, most: int) -> int:
    return min(max(integer(value) or 1, 1), most)


def _cell_text(group: list[tuple[int, bytes]], decode: Decoder) -> str:
    """Since R2007 group 302 holds the value as shown, before that 1 (and 2 for its first pieces)."""
    shown = [value for code, value in group if code == 302]
    if shown and shown[-1].strip():
        return decode.text(shown[-1])
    pieces = [value for code, value in group if code in {2, 3}]
    return decode.text(b"".join([*pieces, next((value for code, value in group if code == 1), b"")]))
