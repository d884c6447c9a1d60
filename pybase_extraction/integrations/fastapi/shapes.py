"""The forms of results in PyBase's interface, as the document of the interface declares them.

They are what ``integrations.pybase`` makes, and are declared only: an answer is not checked against them again.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

Box = tuple[float, float, float, float]
"""x0, top, x1, bottom in points from the top left corner of the page."""


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TableShape(_Shape):
    """A table."""

    headers: list[str]
    rows: list[list[str]]
    page: int | None
    confidence: float | None
    bbox: Box | None
    num_rows: int
    num_columns: int
    merged_cells: list[dict[str, int]]
    column_types: list[str]


class DimensionShape(_Shape):
    """A dimension; ``tolerance_minus`` is the lower deviation with its sign turned."""

    value: float | None
    unit: str | None
    tolerance_plus: float | None
    tolerance_minus: float | None
    dimension_type: str
    label: str | None
    page: int | None
    confidence: float | None
    bbox: Box | None


class TextShape(_Shape):
    """A text."""

    text: str
    page: int | None
    confidence: float | None
    bbox: Box | None
    font_size: float | None
    is_title: bool | None


class TitleBlockShape(_Shape):
    """A title block; what has no field of its own is in ``custom_fields``."""

    drawing_number: str | None
    title: str | None
    revision: str | None
    date: str | None
    author: str | None
    company: str | None
    scale: str | None
    sheet: str | None
    material: str | None
    finish: str | None
    custom_fields: dict[str, str]
    confidence: float | None


class BomShape(_Shape):
    """A bill of materials."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [{"item": "1", "part_number": "PB-1042-01", "description": "Bracket", "quantity": 2.0}],
                    "headers": ["Pos.", "Qty", "Part number", "Description"],
                    "total_items": 1,
                    "confidence": None,
                    "is_flat": True,
                    "hierarchy_level": 0,
                    "parent_child_map": {},
                    "quantity_rolled_up": False,
                    "original_quantities": {"0": 2.0},
                }
            ]
        }
    )

    items: list[dict[str, Any]]
    headers: list[str]
    total_items: int
    confidence: float | None
    is_flat: bool
    hierarchy_level: int
    parent_child_map: dict[str, list[int]]
    quantity_rolled_up: bool
    original_quantities: dict[str, float]


class LayerShape(_Shape):
    """A layer."""

    name: str
    color: int | None
    linetype: str | None
    lineweight: float | None
    is_on: bool | None
    is_frozen: bool | None
    is_locked: bool | None
    entity_count: int | None


class BlockShape(_Shape):
    """A block."""

    name: str
    insert_count: int | None
    base_point: tuple[float, float, float] | None
    attributes: list[dict[str, str | None]]
    entity_count: int | None


class GeometryShape(_Shape):
    """Entities by kind."""

    lines: int
    circles: int
    arcs: int
    polylines: int
    splines: int
    ellipses: int
    points: int
    hatches: int
    solids: int
    meshes: int
    total_entities: int


class _ResultShape(_Shape):
    source_file: str
    source_type: str
    dimensions: list[DimensionShape]
    text_blocks: list[TextShape]
    title_block: TitleBlockShape | None
    bom: BomShape | None
    metadata: dict[str, Any]
    errors: list[str]
    warnings: list[str]
    """Also says what the whole result has and this form has no place for."""


_COMMON: Final[dict[str, Any]] = {
    "dimensions": [
        {"value": 40.0, "unit": "mm", "tolerance_plus": 0.2, "tolerance_minus": 0.1, "dimension_type": "linear",
         "label": "40 +0.2/-0.1", "page": 1, "confidence": None, "bbox": [420.5, 270.1, 466.0, 280.2]}
    ],
    "text_blocks": [], "title_block": None, "bom": None, "metadata": {}, "errors": [],
    "warnings": ["This form has no place for 1 threads; the whole result has them."],
}  # fmt: skip


class PdfResult(_ResultShape):
    """What is read of a PDF."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"source_file": "bracket.pdf", "source_type": "pdf", "success": True, "tables": [], **_COMMON}]
        }
    )

    success: bool
    tables: list[TableShape]


class CadResult(_ResultShape):
    """What is read of a drawing or a model."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source_file": "flange.dxf",
                    "source_type": "dxf",
                    "layers": [],
                    "blocks": [],
                    "geometry_summary": None,
                    "entities": [],
                    **_COMMON,
                }
            ]
        }
    )

    layers: list[LayerShape]
    blocks: list[BlockShape]
    geometry_summary: GeometryShape | None
    entities: list[dict[str, Any]]
    elements: list[dict[str, Any]] = Field(default=[])
    spatial_structure: list[dict[str, Any]] = Field(default=[])
    assembly: list[dict[str, Any]] = Field(default=[])
    parts: list[dict[str, Any]] = Field(default=[])


class Werk24Result(_ResultShape):
    """What Werk24 reads of a drawing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source_file": "bracket.pdf",
                    "source_type": "pdf",
                    "gdt_annotations": [],
                    "threads": [],
                    "surface_finishes": [],
                    "materials": [],
                    **_COMMON,
                }
            ]
        }
    )

    gdt_annotations: list[dict[str, Any]]
    threads: list[dict[str, Any]]
    surface_finishes: list[dict[str, Any]]
    materials: list[dict[str, Any]]
