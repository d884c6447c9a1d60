"""What a 3D model holds: parts, their assembly and their measures."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from pybase_extraction.results.base import Finite, Measure, Model, Point, Value

Matrix = tuple[
    tuple[Finite, Finite, Finite, Finite],
    tuple[Finite, Finite, Finite, Finite],
    tuple[Finite, Finite, Finite, Finite],
    tuple[Finite, Finite, Finite, Finite],
]
"""4 × 4, row by row; transforms column vectors from the part's to the parent's system, lengths in the file's unit."""


class BoundingBox(Model):
    """An axis-parallel box.

    Attributes:
        minimum: Corner with the least x, y, z, in ``unit``.
        maximum: Corner with the greatest x, y, z, in ``unit``.
        unit: Unit symbol; None when the file declares none.
    """

    minimum: Point
    maximum: Point
    unit: str | None = None

    @property
    def size(self) -> Point:
        """Edge lengths x, y, z."""
        low, high = self.minimum, self.maximum
        return (high[0] - low[0], high[1] - low[1], high[2] - low[2])


class MassProperties(Model):
    """Measures of a solid.

    Attributes:
        volume: Sum over its solids; None when it has none.
        area: Surface area.
        centroid: In ``length_unit``.
        inertia: Matrix of inertia about the centroid for density 1, 3 × 3, in ``length_unit`` to the fifth; None when
            it was not asked for.
        length_unit: Unit of the file, or None when it declares none.
        mass: Where a density is known.
        method: Where the numbers come from: ``geometry`` (computed), ``validation`` (the exporter's own).
        verified: Both sources were present and agree within 1e-4 relative; None when there was only one.
    """

    volume: Measure | None = None
    area: Measure | None = None
    centroid: Point | None = None
    inertia: tuple[tuple[Finite, Finite, Finite], ...] | None = None
    length_unit: str | None = None
    mass: Measure | None = None
    method: str | None = None
    verified: bool | None = None


class TopologyCounts(Model):
    """Unique shapes, each counted once however often it is used.

    Attributes:
        solids: Closed bodies.
        shells: Connected sets of faces.
        faces: Pieces of surface.
        edges: Pieces of curve between faces.
        vertices: Ends of edges.
        surfaces: Number of faces by kind of surface: ``plane``, ``cylinder``...
        curves: Number of edges by kind of curve: ``line``, ``circle``...
    """

    solids: int = 0
    shells: int = 0
    faces: int = 0
    edges: int = 0
    vertices: int = 0
    surfaces: dict[str, int] = {}
    curves: dict[str, int] = {}


class ValidationProperty(Value):
    """A property that the exporter wrote for checking the import.

    Attributes:
        name: As written, for example ``"volume"``.
        value: Number or text or point, as written.
        unit: Unit symbol, or None.
        si_value: A number in SI base units, or None.
        part: Key of the part it belongs to, or None.
        computed: The same measure computed here, in ``unit``; None when it was not computed.
        deviation: Relative difference of both, or None.
    """

    name: str
    value: Finite | str | tuple[Finite, ...] | None = None
    unit: str | None = None
    si_value: Finite | None = None
    part: str | None = None
    computed: Finite | tuple[Finite, ...] | None = None
    deviation: Finite | None = None


class Part(Value):
    """A product with its own shape, or an assembly of such.

    Attributes:
        key: Stable identifier inside the file, for example ``"#42"``.
        part_number: Product id as written, or None.
        name: Product name as written, or None.
        description: As written, or None.
        version: As written, or None.
        is_assembly: Whether it has components.
        occurrence_count: How often it appears in the whole model, multiplied along every path.
        length_unit: Unit of its geometry, or None.
        mass_properties: Declared and computed measures, or None.
        bounding_box: In the file's unit, or None.
        oriented_box: Edge lengths of the smallest box found, largest first, or None.
        topology: Unique counts, or None.
        colours: ``"#rrggbb"``, distinct.
        layers: Names of presentation layers.
        material: Name as written, or None.
        density: Stated density, or None.
        properties: User-defined properties by name.
        external_file: Name of the file that holds its shape, or None.
    """

    key: str
    part_number: str | None = None
    name: str | None = None
    description: str | None = None
    version: str | None = None
    is_assembly: bool = False
    occurrence_count: int | None = None
    length_unit: str | None = None
    mass_properties: MassProperties | None = None
    bounding_box: BoundingBox | None = None
    oriented_box: tuple[Finite, Finite, Finite] | None = None
    topology: TopologyCounts | None = None
    colours: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    material: str | None = None
    density: Measure | None = None
    properties: dict[str, Any] = {}
    external_file: str | None = None


class AssemblyNode(Value):
    """An occurrence of a part in an assembly.

    Attributes:
        part: Key of the part.
        name: Name of the part as written, or None.
        occurrence: Reference designator of this occurrence, else its name, else its id; None at the root.
        identifier: Id of this occurrence as written, or None.
        designator: Reference designator of this occurrence as written, or None.
        quantity: Occurrences that this node stands for: equal siblings without own transform are folded.
        transform: Place in the parent; None at the root and where the file gives none.
        children: Components.
    """

    part: str
    name: str | None = None
    occurrence: str | None = None
    identifier: str | None = None
    designator: str | None = None
    quantity: int = Field(default=1, ge=1)
    transform: Matrix | None = None
    children: tuple[AssemblyNode, ...] = ()


class SavedView(Value):
    """A saved view of a model with annotations.

    Attributes:
        name: As written.
        annotations: Number of annotations that it shows.
    """

    name: str
    annotations: int = 0


AssemblyNode.model_rebuild()
