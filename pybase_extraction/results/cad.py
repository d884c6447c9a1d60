"""What a CAD drawing holds: layers, blocks, entities and their geometry in numbers."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from pybase_extraction.results.base import Finite, Model, Point, Value
from pybase_extraction.source import BBox


class Layer(Value):
    """A layer of a drawing, or an optional content group of a PDF.

    Attributes:
        name: As written.
        color: AutoCAD Color Index 1..255; None when it has a true colour only, or none.
        rgb: ``"#rrggbb"``, or None.
        linetype: Name, or None.
        lineweight: Millimetres; None for default.
        is_on: Whether it is shown.
        is_frozen: Frozen layers are not shown nor regenerated.
        is_locked: Locked layers cannot be edited.
        is_plotted: Whether it is printed; None when the format does not say.
        entity_count: Entities on it, all spaces, block contents not multiplied; None when not counted.
        entity_types: The same by entity type.
        transparency: 0 (opaque) to 1; None when it has none of its own.
        length: Total length of its curves in drawing units, or None.
        area: Total area of its closed curves in drawing units squared, or None.
    """

    name: str
    color: int | None = None
    rgb: str | None = None
    linetype: str | None = None
    lineweight: Finite | None = None
    is_on: bool = True
    is_frozen: bool = False
    is_locked: bool = False
    is_plotted: bool | None = None
    transparency: Finite | None = None
    entity_count: int | None = None
    entity_types: dict[str, int] = {}
    length: Finite | None = None
    area: Finite | None = None


class Attribute(Value):
    """An attribute of a block, or of one insert.

    Attributes:
        tag: As written.
        value: Its text; None for a definition without default.
        prompt: The definition's prompt, or None.
        is_invisible: Not shown.
        is_constant: The same for every insert.
    """

    tag: str
    value: str | None = None
    prompt: str | None = None
    is_invisible: bool = False
    is_constant: bool = False


class BlockInsert(Value):
    """One insert of a block.

    Attributes:
        block: Name of the block as the insert shows it (a dynamic block's own name).
        position: Insertion point in drawing units.
        scale: Factors x, y, z.
        rotation: Degrees counter-clockwise.
        rows: Of a multiple insert, else 1.
        columns: Of a multiple insert, else 1.
        attributes: Its attribute values.
    """

    block: str
    position: Point | None = None
    scale: Point = (1.0, 1.0, 1.0)
    rotation: Finite = 0.0
    rows: int = 1
    columns: int = 1
    attributes: tuple[Attribute, ...] = ()


class Block(Value):
    """A block definition with the count of its use.

    Attributes:
        name: As written; block names are compared without regard to case.
        insert_count: Direct inserts, all spaces and other blocks.
        total_count: How often it appears in the drawing: nested inserts and multiple inserts multiplied; None when a
            definition inserts itself.
        base_point: In drawing units.
        attributes: Attribute definitions.
        inserts: The inserts that carry attributes (others are only counted).
        entity_count: Entities in the definition.
        is_anonymous: Made by the program (``*U1``, ``*D5``).
        is_xref: An external drawing.
        xref_path: Path of the external drawing as written, display only; None for own blocks.
        dynamic_name: Name of the dynamic block that an anonymous one stands for, or None.
        dynamic_count: How often a dynamic block appears in all its states, which are anonymous blocks of their own;
            None for other blocks, and when one of them inserts itself.
        description: As written, or None.
    """

    name: str
    insert_count: int = 0
    total_count: int | None = None
    base_point: Point | None = None
    attributes: tuple[Attribute, ...] = ()
    inserts: tuple[BlockInsert, ...] = ()
    entity_count: int = 0
    is_anonymous: bool = False
    is_xref: bool = False
    xref_path: str | None = None
    dynamic_name: str | None = None
    dynamic_count: int | None = None
    description: str | None = None


class GeometrySummary(Model):
    """Counts and extents of a drawing's geometry.

    Attributes:
        counts: Entities by type name of the format, for example ``{"LINE": 12}``; contents of blocks not included.
        counts_by_layout: The same for each layout.
        counts_in_blocks: Entities inside block definitions, by type.
        total: Sum of ``counts``.
        extents: min x, min y, max x, max y of model space in drawing units; None when it has no geometry.
        extents_3d: min and max corner of model space, or None.
        extents_origin: ``"computed"`` or ``"header"``, or None.
        lengths: Total length of curves by type in drawing units.
        proxies: Entities that only their own program can read, by class name.
    """

    counts: dict[str, int] = {}
    counts_by_layout: dict[str, dict[str, int]] = {}
    counts_in_blocks: dict[str, int] = {}
    total: int = Field(default=0, ge=0)
    extents: BBox | None = None
    extents_3d: tuple[Point, Point] | None = None
    extents_origin: str | None = None
    lengths: dict[str, Finite] = {}
    proxies: dict[str, int] = {}


class Entity(Value):
    """One entity with its geometry, on request.

    Attributes:
        type: Type name of the format.
        layout: Layout or block it belongs to; None when unknown.
        geometry: Its defining numbers by name, in drawing units and degrees.
        transparency: 0 (opaque) to 1, or None where it is that of its layer or block.
    """

    type: str
    layout: str | None = None
    geometry: dict[str, Any] = {}
    transparency: Finite | None = None
