"""What a drawing means: title blocks, parts lists, tolerance frames and callouts written as texts."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from pybase_extraction.drawing import CalloutContext, Evidence, callout_evidence, read_callouts, read_frame
from pybase_extraction.drawing.context import DecimalSeparator
from pybase_extraction.drawing.parts_list import bill_of_materials, find_header, match_header
from pybase_extraction.drawing.revisions import find_columns
from pybase_extraction.drawing.title_block import (
    SheetCell,
    title_block_from_attributes,
    title_block_from_cells,
)
from pybase_extraction.drawing.title_labels import match_label
from pybase_extraction.results import (
    BBox,
    BillOfMaterials,
    BlockInsert,
    FeatureControlFrame,
    Locator,
    Provenance,
    Table,
    TextBlock,
    TitleBlock,
    TitleField,
    UnitOrigin,
    Value,
)
from pybase_extraction_dxf.revisions import is_revision_line
from pybase_extraction_dxf.ruled import RuledCell, grids_of

_TITLE_ONLY = frozenset({"drawing_number", "scale", "sheet", "sheets", "company", "projection", "format", "status"})
_LONGEST = 80
_ENOUGH = 3
"""Labelled fields that make a title block of cells in model space without a labelled title or number."""
_OF_BLOCKS = ("scale", "general_tolerance", "material", "mass", "format", "units", "projection", "department")
_FEWEST_OF_BLOCKS = 2
"""Labelled fields that lists of revisions do not have, which make a title block whose title and number are blank."""
_BEGINS = re.compile(
    r"\A[\s(\[{]*(?:\\[A-Za-z][^;]*;|[\s(\[{])*"
    r"(?:%%[cCpP]|[⌀ØøΦφ∅□±+-]|S?[⌀ØR]\s*\d|\d|\.\d|M\s*J?\s*\d|Tr\s*\d|G\s*\d|C\s*\d|R[acpzqt]\s*\d|UN[CF]|NPT|SW\s*\d|N\d)"
)
"""How a text must begin to be tried as a callout: reading is slow, and drawings hold many other texts."""


def titles_from_inserts(inserts: Iterable[BlockInsert], pages: Mapping[str, int]) -> Iterator[TitleBlock]:
    """Title blocks among the inserts with attributes; lines of parts lists are none.

    Args:
        inserts: Inserts on layouts.
        pages: Page number by layout.
    """
    for insert in inserts:
        if is_parts_line(insert) or is_revision_line(insert):
            continue
        named = {item.tag: (item.value or "", item.provenance) for item in insert.attributes if item.tag}
        block = title_block_from_attributes(named)
        if block is None:
            continue
        known = {field for field in _TITLE_ONLY | {"title", "revision", "date"} if getattr(block, field) is not None}
        if not known & _TITLE_ONLY and len(known) < 2 and not block.signatures:
            continue
        layout = insert.provenance.place.layout
        tags = {
            field: found.label
            for field in TitleBlock.model_fields
            if (found := getattr(block, field)) is not None and getattr(found, "label", None)
        }
        provenance = Provenance(place=insert.provenance.place, method="block-attributes")
        page = pages.get(layout or "")
        yield block.model_copy(update={"page": page, "provenance": provenance, "form_fields": tags})


def is_parts_line(insert: BlockInsert) -> bool:
    """Whether the attributes of an insert are the columns of a parts list and not the fields of a title block."""
    return _names_columns(tuple(item.tag for item in insert.attributes))


@functools.lru_cache(maxsize=1024)
def _names_columns(written: tuple[str, ...]) -> bool:
    tags = [re.sub(r"[_-]", " ", tag) for tag in written]
    columns = {match_header(tag) for tag in tags}
    labels = {label.field for tag in tags if (label := match_label(tag)) is not None}
    is_line = bool(columns & {"item", "quantity"}) and bool(columns & {"part_number", "description"})
    return is_line and not labels & (_TITLE_ONLY - {"drawing_number"})


def lists_from_inserts(inserts: Sequence[BlockInsert]) -> Iterator[BillOfMaterials]:
    """Parts lists whose lines are inserts of one block with attributes, top line first or by item number."""
    groups: dict[tuple[str, str | None], list[BlockInsert]] = {}
    for insert in inserts:
        if insert.attributes and is_parts_line(insert):
            groups.setdefault((insert.block.casefold(), insert.provenance.place.layout), []).append(insert)
    for lines in groups.values():
        tags = list(dict.fromkeys(item.tag for line in lines for item in line.attributes))
        headers = [re.sub(r"[_-]", " ", tag) for tag in tags]
        ordered = sorted(lines, key=lambda line: -(line.position or (0.0, 0.0, 0.0))[1])
        rows = [[{item.tag: item.value for item in line.attributes}.get(tag) for tag in tags] for line in ordered]
        yield bill_of_materials(
            headers,
            rows,
            provenance=Provenance(place=ordered[0].provenance.place, method="block-attributes"),
            places=[Provenance(place=line.provenance.place, method="parts-list-row") for line in ordered],
        )


def lists_from_tables(tables: Sequence[Table]) -> Iterator[BillOfMaterials]:
    """Parts lists among tables."""
    for index, table in enumerate(tables):
        rows = table.rows
        header = find_header(rows)
        if header is None or len(rows) < 2:
            continue
        grows_upwards = header == len(rows) - 1 and header > 0
        body = rows[header - 1 :: -1] if grows_upwards else rows[header + 1 :]
        found = bill_of_materials(
            rows[header],
            body,
            provenance=table.provenance,
            grows_upwards=grows_upwards,
            source_table=index,
        )
        if found.items:
            yield found


def tables_from_cells(cells: Sequence[RuledCell], layout: str) -> Iterator[Table]:
    """Ruled grids that have the headers of a parts list or of a list of revisions, as tables."""
    for grid in grids_of(cells):
        rows = tuple(tuple("" if cell is None else cell.text for cell in row) for row in grid)
        header = find_header(rows)
        role = "parts-list" if header is not None else "revisions"
        if header is None:
            header = next((at for at, row in enumerate(rows) if find_columns(row) is not None), None)
        if header is None:
            continue
        boxes = [cell.bbox for row in grid for cell in row if cell is not None]
        yield Table(
            rows=rows,
            header_rows=header + 1 if header < len(rows) - 1 else None,
            role=role,
            provenance=Provenance(place=Locator(layout=layout, bbox=_union(boxes)), method="ruled-grid"),
        )


def _union(boxes: Sequence[BBox]) -> BBox:
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def title_from_cells(cells: Sequence[RuledCell], layout: str, page: int) -> TitleBlock | None:
    """A title block drawn as ruled cells with texts."""
    # the labels' grammar counts down the page; drawings count up
    turned = [
        SheetCell(_turned(cell.bbox), tuple((word.text, _turned(word.bbox)) for word in cell.words)) for cell in cells
    ]
    block = title_block_from_cells(turned, page)
    if block is None:
        return None
    block = _without_labels(block)
    is_named = block.drawing_number is not None or block.part_number is not None or _is_titled(block, layout)
    if not is_named and len(_labelled(block, _OF_BLOCKS)) < _FEWEST_OF_BLOCKS:
        # dates and signatures alone are a list of revisions
        return None
    changed: dict[str, object] = {
        field: _on_layout(found, layout)
        for field in TitleBlock.model_fields
        if isinstance(found := getattr(block, field), TitleField)
    }
    changed["custom_fields"] = {tag: _on_layout(found, layout) for tag, found in block.custom_fields.items()}
    changed["signatures"] = {
        role: signature.model_copy(
            update={
                part: _on_layout(found, layout)
                for part in ("name", "date")
                if (found := getattr(signature, part)) is not None
            }
        )
        for role, signature in block.signatures.items()
    }
    return block.model_copy(update={**changed, "provenance": _placed(block.provenance, layout)})


def _is_titled(block: TitleBlock, layout: str) -> bool:
    """Whether a block has a title; one without a label may be any text of model space, but for a block with more."""
    is_told = block.title is not None and bool(block.title.label)
    is_enough = layout != "Model" or len(_labelled(block, TitleBlock.model_fields)) >= _ENOUGH
    return is_told or (block.title is not None and is_enough)


def _labelled(block: TitleBlock, fields: Iterable[str]) -> list[str]:
    """Those of some fields that have a value and a label."""
    return [field for field in fields if isinstance(found := getattr(block, field), TitleField) and found.label]


def _without_labels(block: TitleBlock) -> TitleBlock:
    """Drop values that are labels themselves: a text with a colon at its end names what follows it."""
    dropped = {
        field: None
        for field in TitleBlock.model_fields
        if isinstance(found := getattr(block, field), TitleField) and found.value.rstrip().endswith(":")
    }
    return block.model_copy(update=dropped)


def _turned(box: BBox) -> BBox:
    return box[0], -box[3], box[2], -box[1]


def _on_layout(found: TitleField, layout: str) -> TitleField:
    rivals = tuple(rival.model_copy(update={"provenance": _placed(rival.provenance, layout)}) for rival in found.rivals)
    return found.model_copy(update={"provenance": _placed(found.provenance, layout), "rivals": rivals})


def _placed(provenance: Provenance, layout: str) -> Provenance:
    box = provenance.place.bbox
    place = Locator(layout=layout, bbox=None if box is None else _turned(box))
    return provenance.model_copy(update={"place": place})


def frames_of(
    texts: Iterable[TextBlock], unit: str | None, separator: DecimalSeparator | None
) -> Iterator[FeatureControlFrame]:
    """Tolerance frames of TOLERANCE entities."""
    context = CalloutContext(unit=unit, unit_origin=UnitOrigin.DECLARED, decimal_separator=separator)
    for text in texts:
        if text.kind != "tolerance" or text.raw is None:
            continue
        frame = read_frame(text.raw, context=context)
        if frame is not None:
            yield frame.model_copy(update={"raw": text.raw, "provenance": text.provenance})


def callouts_of(
    texts: Iterable[TextBlock], unit: str | None, separator: DecimalSeparator | None, check: Callable[[], None]
) -> Iterator[Value]:
    """Dimensions, threads and texture written as texts; a bare number is none, CAD drawings have dimensions for it."""
    context = CalloutContext(unit=unit, unit_origin=UnitOrigin.DECLARED, decimal_separator=separator, strict=True)
    known: dict[str, tuple[Value, ...]] = {}
    for number, text in enumerate(texts):
        if number % 200 == 0:
            check()
        raw = text.raw or text.text
        # attributes are fields and columns: their texts are values of those
        if text.kind in {"tolerance", "attribute"} or len(text.text) > _LONGEST or not _BEGINS.match(raw):
            continue
        values = known.get(raw)
        if values is None:
            is_marked = callout_evidence(raw, context=context) is Evidence.MARKED
            values = known[raw] = read_callouts(raw, context=context) if is_marked else ()
        for value in values:
            provenance = Provenance(place=text.provenance.place, method="callout")
            yield value.model_copy(update={"provenance": provenance, "raw": value.raw or raw})
