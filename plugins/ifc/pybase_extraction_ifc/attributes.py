"""What an object says in attributes of its own class: the size of a door, the grade of a bar, a predefined type."""

from __future__ import annotations

from pybase_extraction_ifc.model import Entity
from pybase_extraction_ifc.properties import Properties, PropertySets
from pybase_extraction_ifc.schema import IfcClass

_PREDEFINED = ("PredefinedType", "ShapeType")
"""Attributes that hold a predefined type; IfcRoof, IfcStair and IfcRamp of IFC2X3 have ShapeType."""

_TOLD = frozenset({
    "GlobalId", "OwnerHistory", "Name", "Description", "ObjectType", "ObjectPlacement", "Representation", "Tag",
    "ApplicableOccurrence", "HasPropertySets", "RepresentationMaps", "LongName", *_PREDEFINED,
})  # fmt: skip
"""Attributes that the fields of a result tell."""


def predefined_type(entity: Entity) -> str | None:
    """Predefined type; NOTDEFINED says nothing and counts as none."""
    value = entity.text(*_PREDEFINED)
    return None if value in {None, "NOTDEFINED"} else value


def has_own(ifc_class: IfcClass) -> bool:
    """Whether a class has attributes beyond those that every object of its branch has."""
    return not _TOLD.issuperset(ifc_class.attributes)


def own_attributes(sets: PropertySets, entity: Entity, origin: str) -> Properties:
    """Attributes with a value that the fields of a result do not tell, with their units."""
    return sets.attributes_of(entity, origin, without=_TOLD)
