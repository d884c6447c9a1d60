"""What a drawing sheet means: title block, parts lists, dimensions and their kin, from words and ruled cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pybase_extraction.drawing import read_general_tolerance, read_material
from pybase_extraction.drawing.title_block import SheetCell, title_block_from_cells
from pybase_extraction.results import (
    BBox,
    GeneralTolerance,
    Material,
    Note,
    TitleBlock,
    Value,
)
from pybase_extraction_pdf.primitives import PageContent
from pybase_extraction_pdf.ruled import ruled_cells
from pybase_extraction_pdf.sheet_callouts import notes_of
from pybase_extraction_pdf.text import Line

_LARGEST_CELL = 0.06
"""Cells above this share of the sheet are frames and views, not cells of a block."""


@dataclass(slots=True)
class Sheet:
    """What was found on one sheet."""

    title_block: TitleBlock | None = None
    general_tolerances: list[GeneralTolerance] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read_title(page: PageContent, lines: Sequence[Line], number: int, lists: Sequence[BBox]) -> Sheet:
    """Read the title block of a page, with the general tolerance and the material that it names.

    Args:
        page: What the page draws.
        lines: All lines of the page.
        number: Page number, from 1.
        lists: Boxes of parts lists, whose headers are spelled like labels of a title block.
    """
    cells = [cell for cell in cells_of(page, lines) if not any(_holds(box, cell.bbox) for box in lists)]
    inside = {box for cell in cells for _, box in cell.lines}
    loose = [
        (line.text, line.bbox)
        for line in lines
        if line.bbox not in inside and not any(_holds(box, line.bbox) for box in lists)
    ]
    sheet = Sheet(title_block=title_block_from_cells(cells, number, loose))
    block = sheet.title_block
    if block is not None and block.general_tolerance is not None:
        _keep(sheet.general_tolerances, read_general_tolerance(block.general_tolerance.value), block.general_tolerance)
    if block is not None and block.material is not None:
        _keep(sheet.materials, read_material(block.material.value), block.material)
    sheet.notes = list(notes_of(lines, number))
    return sheet


def _keep(found: list[Any], value: Value | None, source: Value) -> None:
    if value is not None:
        found.append(value.model_copy(update={"raw": source.raw, "provenance": source.provenance}))


def cells_of(page: PageContent, lines: Sequence[Line]) -> list[SheetCell]:
    """Ruled cells of a page with the lines inside of each; a line belongs to the smallest cell around its middle."""
    largest = _LARGEST_CELL * page.width * page.height
    boxes = sorted((box for box in ruled_cells(page) if _area(box) < largest), key=_area)
    inside: dict[BBox, list[Line]] = {box: [] for box in boxes}
    for line in lines:
        home = next((box for box in boxes if _holds(box, line.bbox)), None)
        if home is not None:
            inside[home].append(line)
    return [
        SheetCell(box, tuple((line.text, line.bbox) for line in _in_rows(inside[box])))
        for box in sorted(boxes, key=lambda box: (box[1], box[0]))
    ]


def _in_rows(lines: Sequence[Line]) -> list[Line]:
    """Lines from top to bottom; what stands on one level from left to right, though its letters are taller."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda item: item.bbox[1] + item.bbox[3]):
        middle = (line.bbox[1] + line.bbox[3]) / 2
        if rows and rows[-1][0].bbox[1] < middle < rows[-1][0].bbox[3]:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda item: item.bbox[0])]


def _area(box: Sequence[float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _holds(box: Sequence[float], inner: BBox) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
