"""Results as PyBase's HTTP interface shows them.

The shapes are poorer than ``ExtractionResult``: one title block, one parts list, one tolerance zone.  What a shape
cannot hold is left out with a line in ``warnings``, and a number that is not known stays None, also where PyBase's own
code would have put a default in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pybase_extraction.results import ExtractionResult, Severity
from pybase_extraction.results.base import Value
from pybase_extraction.results.cad import Block, GeometrySummary, Layer
from pybase_extraction.results.document import Table, TextBlock
from pybase_extraction.results.drawing import BillOfMaterials, Dimension, DimensionKind, TitleBlock, TitleField

Shape = dict[str, Any]

_KINDS: Final = {
    DimensionKind.LINEAR: "linear",
    DimensionKind.ANGULAR: "angular",
    DimensionKind.RADIUS: "radius",
    DimensionKind.DIAMETER: "diameter",
}
_GEOMETRY: Final = {
    "lines": ("LINE",),
    "circles": ("CIRCLE",),
    "arcs": ("ARC",),
    "polylines": ("LWPOLYLINE", "POLYLINE"),
    "splines": ("SPLINE",),
    "ellipses": ("ELLIPSE",),
    "points": ("POINT",),
    "hatches": ("HATCH",),
    "solids": ("SOLID", "3DSOLID", "3DFACE", "TRACE"),
    "meshes": ("MESH", "POLYFACE", "POLYMESH"),
}
_TITLE_FIELDS: Final = (
    "drawing_number", "title", "revision", "date", "company", "scale", "sheet", "material", "finish",
)  # fmt: skip
_SECTIONS: Final = {
    "title_block": "title_blocks", "bom": "boms", "gdt_annotations": "feature_control_frames",
    "surface_finishes": "surface_textures",
}  # fmt: skip
"""Sections of a result by the keys that show them, where the two are not called the same."""
_FACTS: Final = frozenset(
    {"schema_version", "format", "source", "extractor", "is_partial", "length_unit", "pages", "metadata", "issues"}
)
"""Fields that say something of the file or of all values; pages are named by what stands on them."""
_UNSAID: Final = (
    "features", "alternate", "pattern", "fit", "angle", "modifiers", "is_reference", "is_basic", "is_limit",
    "is_maximum", "is_minimum", "is_through", "is_typical", "not_to_scale", "text_override", "details",
)  # fmt: skip
"""What a dimension may have and its shape cannot say; the text of the label has it, where it was written."""


def to_pybase(result: ExtractionResult) -> Shape:
    """Project a result onto the shape that PyBase declares for its format."""
    shape = {**_common(result), **_by_format(result)}
    shape["warnings"] = [*_messages(result, Severity.WARNING), *_losses(result, shape)]
    return shape


def _by_format(result: ExtractionResult) -> Shape:
    if result.extractor.name == "werk24":
        return _werk24(result)
    if result.format == "pdf":
        return {"success": True, "tables": [table_shape(table) for table in result.tables]}
    return _cad(result)


def _common(result: ExtractionResult) -> Shape:
    title_block = result.title_block
    return {
        "source_file": result.source.filename,
        "source_type": result.format,
        "dimensions": [dimension_shape(item) for item in result.dimensions],
        "text_blocks": [_text(item) for item in result.text_blocks],
        "title_block": None if title_block is None else title_block_shape(title_block),
        "bom": None if result.bom is None else bom_shape(result.bom),
        "metadata": dict(result.metadata),
        "errors": _messages(result, Severity.ERROR),
    }


def _cad(result: ExtractionResult) -> Shape:
    geometry = result.geometry_summary
    shape: Shape = {
        "layers": [_layer(item) for item in result.layers],
        "blocks": [_block(item) for item in result.blocks],
        "geometry_summary": None if geometry is None else _geometry(geometry),
        "entities": _dumped(result.entities),
    }
    if result.elements or result.spatial_structure:
        shape |= {
            "elements": _dumped(result.elements),
            "spatial_structure": _dumped(result.spatial_structure),
        }
    if result.parts or result.assembly:
        shape |= {"assembly": _dumped(result.assembly), "parts": _dumped(result.parts)}
    return shape


def _werk24(result: ExtractionResult) -> Shape:
    return {
        "gdt_annotations": _dumped(result.feature_control_frames),
        "threads": _dumped(result.threads),
        "surface_finishes": _dumped(result.surface_textures),
        "materials": _dumped(result.materials),
    }


def _dumped(values: Iterable[Value]) -> list[Shape]:
    return [value.model_dump(mode="json") for value in values]


def _messages(result: ExtractionResult, severity: Severity) -> list[str]:
    return [issue.message for issue in result.issues if issue.severity is severity]


def _losses(result: ExtractionResult, shape: Shape) -> list[str]:
    """What the shape has no place for, one sentence each."""
    dimensions = result.dimensions
    counted = (
        (len(result.title_blocks) - 1, "{} more title blocks were found; this form shows the first."),
        (len(result.boms) - 1, "{} more parts lists were found; this form shows the first."),
        (
            sum(item.kind not in _KINDS for item in dimensions),
            "{} dimensions are of a kind that this form calls linear.",
        ),
        (
            sum(item.nominal is None for item in dimensions),
            "{} dimensions have no readable number; their value is null.",
        ),
        (
            sum(any(getattr(item, name) for name in _UNSAID) or item.quantity > 1 for item in dimensions),
            "{} dimensions have fits, limits, counts or other marks that this form leaves out.",
        ),
        (
            sum(table.caption is not None or table.continued_from is not None for table in result.tables)
            if "tables" in shape
            else 0,
            "{} tables have captions or are continued, which this form leaves out.",
        ),
    )
    found = [text.format(count) for count, text in counted if count > 0]
    left_out = _left_out(result, shape)
    return [*found, f"This form has no place for {left_out}; the whole result has them."] if left_out else found


def _left_out(result: ExtractionResult, shape: Shape) -> str:
    """Count what stands in sections that no key of the shape shows."""
    shown = {_SECTIONS.get(name, name) for name in shape}
    counts = {name: _count(getattr(result, name)) for name in type(result).model_fields if name not in shown | _FACTS}
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)


def _count(section: object) -> int:
    return len(section) if isinstance(section, tuple) else int(section is not None)


def table_shape(table: Table) -> Shape:
    """Project a table."""
    place = table.provenance.place
    return {
        "headers": list(table.headers),
        "rows": [["" if text is None else text for text in row] for row in table.body],
        "page": place.page,
        "confidence": table.provenance.confidence,
        "bbox": place.bbox,
        "num_rows": len(table.body),
        "num_columns": table.num_columns,
        "merged_cells": [
            {"row": cell.row, "column": cell.column, "row_span": cell.row_span, "column_span": cell.column_span}
            for cell in table.cells
            if cell.row_span > 1 or cell.column_span > 1
        ],
        "column_types": list(table.column_types),
    }


def dimension_shape(item: Dimension) -> Shape:
    """Project a dimension; the lower deviation loses its sign as ``tolerance_minus`` wants it."""
    place = item.provenance.place
    return {
        "value": item.nominal,
        "unit": item.unit,
        "tolerance_plus": item.upper,
        "tolerance_minus": None if item.lower is None else 0.0 - item.lower,
        "dimension_type": _KINDS.get(item.kind, "linear"),
        "label": item.label or item.raw,
        "page": place.page,
        "confidence": item.provenance.confidence,
        "bbox": place.bbox,
    }


def _text(item: TextBlock) -> Shape:
    place = item.provenance.place
    return {
        "text": item.text,
        "page": place.page,
        "confidence": item.provenance.confidence,
        "bbox": place.bbox,
        "font_size": item.size,
        "is_title": None,
    }


def title_block_shape(block: TitleBlock) -> Shape:
    """Project a title block; the author is who drew or designed it."""
    shape: Shape = {name: _field(getattr(block, name)) for name in _TITLE_FIELDS}
    authors = [role for role in ("drawn", "designed") if (by := block.signatures.get(role)) and by.name]
    shape["author"] = _field(block.signatures[authors[0]].name) if authors else None
    custom: dict[str, str] = {name: item.value for name, item in block.custom_fields.items()}
    named: Mapping[str, Any] = {
        name: getattr(block, name) for name in type(block).model_fields if name not in {*_TITLE_FIELDS, "custom_fields"}
    }
    custom |= {name: item.value for name, item in named.items() if isinstance(item, TitleField)}
    custom |= {name: text for name, text in block.form_fields.items() if name not in custom}
    custom |= _signed(block, besides=authors[:1], taken=custom)
    return {**shape, "custom_fields": custom, "confidence": block.provenance.confidence}


def _signed(block: TitleBlock, *, besides: Sequence[str], taken: Mapping[str, str]) -> dict[str, str]:
    """Names and dates by role, without the name of the author."""
    found = {}
    for role, by in block.signatures.items():
        if by.name is not None and role not in besides:
            found[f"{role}_name" if role in taken else role] = by.name.value
        if by.date is not None:
            found[f"{role}_date"] = by.date.value
    return found


def _field(item: TitleField | None) -> str | None:
    return None if item is None else item.value


def _layer(layer: Layer) -> Shape:
    names = ("name", "color", "linetype", "lineweight", "is_on", "is_frozen", "is_locked", "entity_count")
    return {name: getattr(layer, name) for name in names}


def _block(block: Block) -> Shape:
    return {
        "name": block.name,
        "insert_count": block.insert_count,
        "base_point": block.base_point,
        "attributes": [
            {"tag": item.tag, "value": item.value}
            for item in (*block.attributes, *(value for insert in block.inserts for value in insert.attributes))
        ],
        "entity_count": block.entity_count,
    }


def _geometry(summary: GeometrySummary) -> Shape:
    counts = {name: sum(summary.counts.get(kind, 0) for kind in kinds) for name, kinds in _GEOMETRY.items()}
    return {**counts, "total_entities": summary.total}


def bom_shape(bom: BillOfMaterials) -> Shape:
    """Project a parts list."""
    children: dict[str, list[int]] = {}
    for index, item in enumerate(bom.items):
        if item.parent is not None:
            children.setdefault(str(item.parent), []).append(index)
    return {
        "items": [item.model_dump(mode="json", exclude={"provenance", "confirmed_by"}) for item in bom.items],
        "headers": list(bom.headers),
        "total_items": len(bom.items),
        "confidence": bom.provenance.confidence,
        "is_flat": not bom.is_hierarchical,
        "hierarchy_level": max((item.level for item in bom.items), default=0),
        "parent_child_map": children,
        "quantity_rolled_up": any(item.total_quantity is not None for item in bom.items),
        "original_quantities": {
            str(index): item.quantity for index, item in enumerate(bom.items) if item.quantity is not None
        },
    }
