"""What belongs to what: definitions, types, containment, decomposition, openings, groups, read in one pass each."""

from __future__ import annotations

from dataclasses import dataclass, field

from pybase_extraction_ifc.model import Found, IfcModel

MAX_ANCESTORS = 64
"""Steps up a decomposition; more, or a circle, is a defect of the file."""

_DECOMPOSITIONS = (
    # relation class, attribute of the whole, attribute of the parts, word in the result
    ("IfcRelAggregates", "RelatingObject", "RelatedObjects", "aggregates"),
    ("IfcRelNests", "RelatingObject", "RelatedObjects", "nests"),
    ("IfcRelVoidsElement", "RelatingBuildingElement", "RelatedOpeningElement", "voids"),
    ("IfcRelFillsElement", "RelatingOpeningElement", "RelatedBuildingElement", "fills"),
    ("IfcRelProjectsElement", "RelatingElement", "RelatedFeatureElement", "projects"),
    ("IfcRelAdheresToElement", "RelatingElement", "RelatedSurfaceFeatures", "adheres"),
)


@dataclass(frozen=True, slots=True)
class Parent:
    """The whole that something is part of, and by which relation."""

    id: int
    relation: str


@dataclass(slots=True)
class Relations:
    """Relations by the number of the related instance, in the file's order.

    Attributes:
        definitions: Property and quantity sets of an object.
        type_of: Type object of an object.
        container: Spatial element that an object is contained in.
        contained: For each spatial element what it contains directly.
        parent: The whole that something is part of.
        parts: For each whole its parts by aggregation or nesting.
        materials: Material definitions of an object or type.
        classifications: Classification references of an object or type.
        groups: Groups, systems and zones of an object.
        members: For each group its members.
        serves: For each system the spatial elements that it serves.
    """

    definitions: dict[int, list[int]] = field(default_factory=dict)
    type_of: dict[int, int] = field(default_factory=dict)
    container: dict[int, int] = field(default_factory=dict)
    contained: dict[int, list[int]] = field(default_factory=dict)
    parent: dict[int, Parent] = field(default_factory=dict)
    parts: dict[int, list[int]] = field(default_factory=dict)
    materials: dict[int, list[int]] = field(default_factory=dict)
    classifications: dict[int, list[int]] = field(default_factory=dict)
    groups: dict[int, list[int]] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    serves: dict[int, list[int]] = field(default_factory=dict)

    def ancestors(self, number: int) -> list[int]:
        """Wholes and containers from the nearest outwards; ends at a circle."""
        found: list[int] = []
        seen = {number}
        while len(found) < MAX_ANCESTORS:
            parent = self.parent.get(number)
            above = self.container.get(number, parent.id if parent else None)
            if above is None or above in seen:
                break
            seen.add(above)
            found.append(above)
            number = above
        return found


def read_relations(model: IfcModel, found: Found) -> Relations:
    """Read every relation that the result tells of."""
    relations = Relations()
    _read_definitions(model, relations)
    _read_containment(model, relations, found)
    _read_decomposition(model, relations)
    for target, name, relating in (
        (relations.materials, "IfcRelAssociatesMaterial", "RelatingMaterial"),
        (relations.classifications, "IfcRelAssociatesClassification", "RelatingClassification"),
    ):
        for definitions, objects, _ in model.relations(name, relating, "RelatedObjects"):
            for number in objects:
                target.setdefault(number, []).extend(definitions)
    for groups, members, _ in model.relations("IfcRelAssignsToGroup", "RelatingGroup", "RelatedObjects"):
        for group in groups:
            relations.members.setdefault(group, []).extend(members)
        for number in members:
            relations.groups.setdefault(number, []).extend(groups)
    for systems, places, _ in model.relations("IfcRelServicesBuildings", "RelatingSystem", "RelatedBuildings"):
        for system in systems:
            relations.serves.setdefault(system, []).extend(places)
    return relations


def _read_definitions(model: IfcModel, relations: Relations) -> None:
    definitions = relations.definitions
    for sets, objects, _ in model.relations(
        "IfcRelDefinesByProperties", "RelatingPropertyDefinition", "RelatedObjects"
    ):
        for number in objects:
            if number in definitions:
                definitions[number] += sets
            else:
                definitions[number] = sets.copy()
    for types, objects, _ in model.relations("IfcRelDefinesByType", "RelatingType", "RelatedObjects"):
        for number in objects:
            if types:
                relations.type_of.setdefault(number, types[0])
    # a set of property sets may itself be defined by a template; objects may take definitions from other objects
    for wholes, objects, _ in model.relations("IfcRelDefinesByObject", "RelatingObject", "RelatedObjects"):
        for number in objects:
            for whole in wholes:
                inherited = definitions.get(whole, [])
                definitions[number] = [*inherited, *definitions.get(number, [])]


def _read_containment(model: IfcModel, relations: Relations, found: Found) -> None:
    for places, objects, relation in model.relations(
        "IfcRelContainedInSpatialStructure", "RelatingStructure", "RelatedElements"
    ):
        for number in objects if places else ():
            if relations.container.setdefault(number, places[0]) != places[0]:
                found.add(
                    "contained-twice",
                    "warning",
                    "An element is contained in more than one spatial element; the first counts "
                    "(ISO 16739-1, IfcRelContainedInSpatialStructure: exactly one).",
                    step_id=relation,
                    global_id=model.global_id(number),
                )
            else:
                relations.contained.setdefault(places[0], []).append(number)


def _read_decomposition(model: IfcModel, relations: Relations) -> None:
    for name, relating, related, word in _DECOMPOSITIONS:
        for wholes, parts, _ in model.relations(name, relating, related):
            for number in parts if wholes else ():
                if number not in relations.parent:
                    relations.parent[number] = Parent(wholes[0], word)
                if word in {"aggregates", "nests"}:
                    relations.parts.setdefault(wholes[0], []).append(number)
