"""Parts lists and revision tables of a document: read from its tables, joined over pages and over parts of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pybase_extraction.drawing.parts_list import bill_of_materials
from pybase_extraction.drawing.parts_list_places import ListPlace, find_lists
from pybase_extraction.drawing.revisions import read_revisions
from pybase_extraction.drawing.title_labels import fold, match_label
from pybase_extraction.results import BBox, BillOfMaterials, Locator, Provenance, Revision, Table, TitleBlock
from pybase_extraction_pdf.primitives import PageContent
from pybase_extraction_pdf.ruled import SHEET, ruled_tables
from pybase_extraction_pdf.segments import around
from pybase_extraction_pdf.tables import ruled_tables_of

_SAME_PLACE = 8.0
"""Points within which the sides of a table stand however its rules are snapped."""
_OF_SHEETS = frozenset({"scale", "drawing_number", "projection", "sheet", "general_tolerance"})
_FEWEST_FIELDS = 4
_FEWEST_ROWS = 2
_INSIDE = 2 / 3
_LABELLED = 5
"""Texts for each label that a grid of a title block has at most: values, notes and headings."""
_CUT = 1.5
"""Points by which a rule must stand in a word to cut it."""


@dataclass(frozen=True, slots=True)
class ListPart:
    """A parts list as one table holds it, or a part of one.

    Attributes:
        headers: Texts of the headers.
        lines: Texts of each line, the one beside the headers first.
        places: Place of each line.
        provenance: Place of headers and lines.
        grows_upwards: The headers stand below the lines.
        table: Index of the table.
        printed_total: The sum of quantities that it prints, or None.
    """

    headers: tuple[str, ...]
    lines: tuple[tuple[str | None, ...], ...]
    places: tuple[Provenance, ...]
    provenance: Provenance
    grows_upwards: bool
    table: int
    printed_total: float | None = None


def parts_lists(tables: Sequence[Table]) -> Iterator[tuple[int, BillOfMaterials]]:
    """Every parts list, with the index of its first table: what goes on in further tables is one list.

    Args:
        tables: In the order of pages; ``continued_from`` tells which of them goes on without headers.
    """
    for part in _joined(tables):
        found = bill_of_materials(
            part.headers,
            part.lines,
            provenance=part.provenance,
            places=part.places,
            grows_upwards=part.grows_upwards,
            source_table=part.table,
            printed_total=part.printed_total,
        )
        if found.items:
            yield part.table, found


def lists_among(tables: Sequence[Table]) -> list[tuple[int, Table]]:
    """The tables that have the headers of a parts list and its lines, with their indexes."""
    return [(index, table) for index, table in enumerate(tables) if find_lists(table.rows)]


def tables_of_lists(tables: Sequence[Table]) -> set[int]:
    """Indexes of the tables that hold parts lists, those on further pages too."""
    found = {index for index, _ in lists_among(tables)}
    for index, table in enumerate(tables):
        if table.continued_from in found:
            found.add(index)
    return found


def revisions_of(tables: Iterable[Table]) -> list[Revision]:
    """Every line of the revision tables among tables, the one beside its headers first."""
    found: list[Revision] = []
    for table in tables:
        places = [_place(table, (row,), (0, table.num_columns), "revision-table") for row in range(table.num_rows)]
        found += read_revisions(table.rows, table.provenance.model_copy(update={"method": "revision-table"}), places)
    return found


def roles_of(tables: Sequence[Table]) -> Iterator[tuple[int, str]]:
    """What the tables that are no ordinary ones are, by their index: parts lists, revisions, grids of title blocks."""
    lists = tables_of_lists(tables)
    for index, table in enumerate(tables):
        if index in lists:
            yield index, "parts-list"
        elif table.role is not None or is_title_grid(table):
            yield index, table.role or "title-block"
        elif revisions_of([table]):
            yield index, "revisions"


def within_block(tables: Sequence[Table], blocks: Sequence[TitleBlock]) -> list[Table]:
    """The tables of a page, those that lie in its title block marked as such unless they are lists.

    Args:
        tables: Tables of the page.
        blocks: Its title blocks, where they were asked for.
    """
    areas = [
        block.provenance.place.bbox
        for block in blocks
        # the lines of a block without cells may stand apart, with other texts between them
        if block.provenance.method == "title-block"
    ]
    found = list(tables)
    for index, table in enumerate(tables):
        box = table.provenance.place.bbox
        is_inside = box is not None and any(area is not None and _lies_in(box, area) for area in areas)
        if is_inside and not find_lists(table.rows) and not revisions_of([table]):
            found[index] = table.model_copy(update={"role": "title-block"})
    return found


def _lies_in(box: BBox, area: BBox) -> bool:
    """Whether two thirds of a box lie in an area: the words that begin a block may be no part of it."""
    width = min(box[2], area[2]) - max(box[0], area[0])
    height = min(box[3], area[3]) - max(box[1], area[1])
    return max(width, 0.0) * max(height, 0.0) >= _INSIDE * (box[2] - box[0]) * (box[3] - box[1])


def is_title_grid(table: Table) -> bool:
    """Whether a table is the grid of a title block: its cells begin with labels of four fields."""
    rows = [[text.strip().partition("\n")[0] for text in row if text and text.strip()] for row in table.rows]
    labels = [[label for text in row if (label := match_label(text)) is not None] for row in rows]
    # an index of drawings has its labels in one row, above its lines
    if sum(map(bool, labels)) < _FEWEST_ROWS:
        return False
    fields = {label.field or label.role for row in labels for label in row}
    is_labelled = _LABELLED * sum(map(len, labels)) >= sum(map(len, rows))
    return bool(fields & _OF_SHEETS) and len(fields) >= _FEWEST_FIELDS and is_labelled


def finer(page: PageContent, tables: Sequence[Table]) -> list[Table]:
    """The tables of a page, those with parts lists read again where a snapped rule cuts their words.

    Rules within 3 points of each other count as one by default, underlines of texts too, and move the columns.

    Args:
        page: The page.
        tables: Its tables.
    """
    found = list(tables)
    again: list[Table] | None = None
    for index, table in enumerate(found):
        if table.provenance.method != "ruled-compat" or not find_lists(table.rows) or not _cuts_words(page, table):
            continue
        if again is None:
            again = ruled_tables_of(page, ruled_tables(page, SHEET), SHEET)
        better = next((other for other in again if _is_same(table, other) and not _cuts_words(page, other)), None)
        found[index] = found[index] if better is None else better
    return found


def _is_same(table: Table, other: Table) -> bool:
    box, others = table.provenance.place.bbox, other.provenance.place.bbox
    if box is None or others is None:
        return False
    return all(abs(one - two) < _SAME_PLACE for one, two in zip(box, others, strict=True))


def _cuts_words(page: PageContent, table: Table) -> bool:
    """Whether a side of a cell runs through a word that stands in the cell."""
    words = [word for word in page.words() if word.upright]
    for cell in table.cells:
        if cell.bbox is None or not cell.text:
            continue
        x0, top, x1, bottom = cell.bbox
        for word in words:
            is_level = top < (word.top + word.bottom) / 2 < bottom
            if is_level and (word.x0 + _CUT < x0 < word.x1 - _CUT or word.x0 + _CUT < x1 < word.x1 - _CUT):
                return True
    return False


def _joined(tables: Sequence[Table]) -> list[ListPart]:
    parts: list[ListPart] = []
    for index, table in enumerate(tables):
        found = [_part(table, index, place) for place in find_lists(table.rows)]
        before = next((at for at, part in enumerate(parts) if _goes_on_in(part, tables, index)), None)
        if before is not None and not found:
            parts[before] = _with(parts[before], _without_headers(table, index, parts[before]))
        for part in found:
            at = next((at for at, other in enumerate(parts) if _counts_on(other, part)), None)
            if at is None:
                parts.append(part)
            else:
                parts[at] = _with(parts[at], part)
    return parts


def _part(table: Table, index: int, place: ListPlace) -> ListPart:
    return ListPart(
        place.headers,
        tuple(line.texts for line in place.lines),
        tuple(_place(table, (line.row,), place.columns) for line in place.lines),
        _place(table, place.rows, place.columns).model_copy(update={"method": table.provenance.method}),
        place.grows_upwards,
        index,
        place.printed_total,
    )


def _goes_on_in(part: ListPart, tables: Sequence[Table], index: int) -> bool:
    """Whether a table without headers continues the table of a list, directly or over pages between."""
    before = tables[index].continued_from
    while before is not None and before != part.table:
        before = tables[before].continued_from
    return before is not None and tables[index].num_columns == len(part.headers)


def _without_headers(table: Table, index: int, part: ListPart) -> ListPart:
    """The lines of a table that goes on without headers, read below those of the list."""
    place = find_lists([part.headers, *table.rows])[:1]
    lines = [replace(line, row=line.row - 1) for line in place[0].lines] if place else []
    return ListPart(
        part.headers,
        tuple(line.texts for line in lines),
        tuple(_place(table, (line.row,), (0, table.num_columns)) for line in lines),
        table.provenance,
        grows_upwards=False,
        table=index,
        printed_total=place[0].printed_total if place else None,
    )


def _with(part: ListPart, more: ListPart) -> ListPart:
    total = more.printed_total if part.printed_total is None else part.printed_total
    return replace(part, lines=(*part.lines, *more.lines), places=(*part.places, *more.places), printed_total=total)


def _counts_on(part: ListPart, more: ListPart) -> bool:
    """Whether a list with the same headers begins with the item after the last one of another."""
    if [fold(text) for text in part.headers] != [fold(text) for text in more.headers]:
        return False
    last, first = _items(part)[-1:], _items(more)[:1]
    return bool(last and first) and last[0] is not None and first[0] == last[0] + 1


def _items(part: ListPart) -> list[int | None]:
    """The whole numbers of the items; None for a line whose item is none."""
    bom = bill_of_materials(part.headers, part.lines, provenance=part.provenance)
    numbers = [(item.item or "").rstrip(".") for item in bom.items]
    return [int(text.split(".")[0]) if text.split(".")[0].isdecimal() else None for text in numbers]


def _place(table: Table, rows: Sequence[int], columns: tuple[int, int], method: str = "parts-list-row") -> Provenance:
    """Place of some rows of a table, between some of its columns."""
    first, end = columns
    wanted = set(rows)
    boxes = [
        cell.bbox for cell in table.cells if cell.row in wanted and first <= cell.column < end and cell.bbox is not None
    ]
    box = around(boxes) if boxes else table.provenance.place.bbox
    place = Locator(page=table.provenance.place.page, bbox=box)
    return Provenance(place=place, method=method)
