"""What a caller may choose when a building model is extracted."""

from __future__ import annotations

from pydantic import Field

from pybase_extraction.bom_options import BomView
from pybase_extraction.extractor import ExtractorOptions


class IfcOptions(BomView, ExtractorOptions):
    """Options of the IFC extractor."""

    extract_properties: bool = Field(default=True, title="Property sets")
    """Property sets of elements, types and spatial elements."""

    extract_quantities: bool = Field(default=True, title="Quantities")
    """Quantity sets, and the bills of quantities made of them."""

    extract_materials: bool = Field(default=True, title="Materials")
    """Materials of the file and of its elements."""

    extract_spatial_structure: bool = Field(default=True, title="Spatial structure")
    """The tree of sites, buildings, storeys and spaces, and each element's place in it."""

    element_types: tuple[str, ...] | None = Field(default=None, title="Classes of elements", min_length=1)
    """Only elements of these classes and their subclasses, such as ``["IfcWall", "IfcDoor"]``; all elements when not
    given.  Any product can be named, also those that count as no element: ``"IfcAnnotation"``, ``"IfcGrid"``."""

    include_geometry: bool = Field(default=False, title="Geometry")
    """Compute volume, surface and box of every element, and compare them with the stated quantities; takes longer."""

    ids: str | None = Field(default=None, title="IDS", max_length=10_000_000)
    """Text of an IDS file (buildingSMART IDS 1.0): the model is checked against it, and what it meets and misses is a
    table.  Needs the extra ``pybase-extraction-ifc[ids]``."""
