"""The spatial structure: project, sites, buildings, storeys, spaces, parts of facilities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pybase_extraction.results import ElementGroup, Measure, Provenance, SpatialNode
from pybase_extraction.source import Locator
from pybase_extraction_ifc.attributes import own_attributes, predefined_type
from pybase_extraction_ifc.classifications import Classifications
from pybase_extraction_ifc.measures import Units
from pybase_extraction_ifc.model import Entity, IfcModel
from pybase_extraction_ifc.properties import PropertySets
from pybase_extraction_ifc.relations import Relations

SPATIAL = ("IfcSpatialElement", "IfcSpatialStructureElement", "IfcExternalSpatialStructureElement")
MAX_DEPTH = 40
"""Levels of the tree; deeper ones are left out."""


@dataclass(slots=True)
class Spatial:
    """The spatial tree and the place of things in it."""

    model: IfcModel
    units: Units
    relations: Relations
    sets: PropertySets
    classifications: Classifications
    _paths: dict[int, tuple[tuple[str, ...], str | None]] = field(default_factory=dict)

    def is_spatial(self, number: int) -> bool:
        """Whether an instance is a spatial element or the project."""
        ifc_class = self.model.class_of(number)
        return ifc_class is not None and not ifc_class.ancestors.isdisjoint((*SPATIAL, "IfcContext", "IfcProject"))

    def tree(self) -> tuple[SpatialNode, ...]:
        """Build the tree, projects first, then spatial elements that nothing holds."""
        numbers = self.model.ids("IfcProject", *SPATIAL)
        children: dict[int | None, list[int]] = {}
        for number in numbers:
            children.setdefault(self._parent(number), []).append(number)
        reached: set[int] = set()
        roots = children.get(None, [])
        nodes = [node for root in roots if (node := self._node(root, children, reached, 0))]
        # a circle of parts has no root: start it where it appears first
        nodes += [
            node for number in numbers if number not in reached and (node := self._node(number, children, reached, 0))
        ]
        return tuple(nodes)

    def _parent(self, number: int) -> int | None:
        parent = self.relations.parent.get(number)
        above = parent.id if parent else self.relations.container.get(number)
        return above if above is not None and self.is_spatial(above) else None

    def _node(
        self, number: int, children: dict[int | None, list[int]], reached: set[int], depth: int
    ) -> SpatialNode | None:
        entity = self.model.entity(number)
        if entity is None or number in reached or depth > MAX_DEPTH:
            return None
        reached.add(number)
        below = (self._node(child, children, reached, depth + 1) for child in children.get(number, ()))
        sets = self.sets.merged(definitions_of(self.model, self.relations, number))
        contained = [item for item in self.relations.contained.get(number, ()) if not self.is_spatial(item)]
        return SpatialNode(
            raw=entity.text("Name"),
            provenance=Provenance(
                place=Locator(global_id=entity.text("GlobalId"), step_id=number), method=entity.ifc_class.name
            ),
            ifc_class=entity.ifc_class.name,
            global_id=entity.text("GlobalId"),
            name=entity.text("Name"),
            long_name=entity.text("LongName"),
            description=entity.text("Description"),
            predefined_type=predefined_type(entity),
            object_type=entity.text("ObjectType"),
            type_name=self.model.name(self.relations.type_of.get(number)),
            attributes=own_attributes(self.sets, entity, "instance"),
            classifications=self.classifications.of(self.relations, number),
            elevation=self._elevation(entity),
            element_count=len(contained),
            property_sets=sets.properties,
            quantities=sets.quantities,
            set_ids=sets.ids,
            children=tuple(node for node in below if node is not None),
        )

    def _elevation(self, entity: Entity) -> Measure | None:
        for attribute in ("Elevation", "RefElevation", "ElevationOfRefHeight", "ElevationWithFlooring"):
            value = entity.number(attribute)
            if value is not None:
                unit = self.units.length
                return unit.measure(value) if unit else Measure(value=value)
        return None

    def path(self, number: int) -> tuple[tuple[str, ...], str | None]:
        """Names of the spatial elements around something, from the site down, and the storey's.

        An element without a name stands with its long name, else its class.
        """
        parent = self.relations.parent.get(number)
        nearest = self.relations.container.get(number, parent.id if parent else None)
        if nearest is None:
            return (), None
        if nearest not in self._paths:
            self._paths[nearest] = self._path([nearest, *self.relations.ancestors(nearest)])
        return self._paths[nearest]

    def _path(self, ancestors: list[int]) -> tuple[tuple[str, ...], str | None]:
        names: list[str] = []
        storey = None
        for above in ancestors:
            ifc_class = self.model.class_of(above)
            if ifc_class is None or not self.is_spatial(above) or "IfcProject" in ifc_class.ancestors:
                continue
            name = self._shown(above)
            names.append(name)
            if storey is None and "IfcBuildingStorey" in ifc_class.ancestors:
                storey = name
        return tuple(reversed(names)), storey

    def _shown(self, number: int) -> str:
        entity = self.model.entity(number)
        if entity is None:
            return ""
        return entity.text("Name", "LongName") or entity.ifc_class.name


def definitions_of(model: IfcModel, relations: Relations, number: int) -> list[tuple[int, str]]:
    """Property and quantity sets that apply to an object with their origin, the type's before its own."""
    found: list[tuple[int, str]] = []
    type_number = relations.type_of.get(number)
    if type_number is not None:
        found += [(item, "type") for item in type_definitions(model, relations, type_number)]
    found += [(item, "instance") for item in relations.definitions.get(number, ())]
    return found


def type_definitions(model: IfcModel, relations: Relations, type_number: int) -> list[int]:
    """Property sets of a type object, those that it holds and those related to it."""
    entity = model.entity(type_number)
    held = entity.refs("HasPropertySets") if entity else []
    return [*held, *relations.definitions.get(type_number, ())]


def read_groups(spatial: Spatial) -> tuple[ElementGroup, ...]:
    """Systems, zones and groups with their members."""
    model, relations, found = spatial.model, spatial.relations, []
    for entity in model.of("IfcGroup"):
        sets = spatial.sets.merged(definitions_of(model, relations, entity.id))
        members = (model.global_id(number) for number in relations.members.get(entity.id, ()))
        serves = (model.name(number) or model.global_id(number) for number in relations.serves.get(entity.id, ()))
        place = Locator(global_id=entity.text("GlobalId"), step_id=entity.id)
        found.append(
            ElementGroup(
                raw=entity.text("Name"),
                provenance=Provenance(place=place, method=entity.ifc_class.name),
                ifc_class=entity.ifc_class.name,
                global_id=entity.text("GlobalId"),
                name=entity.text("Name"),
                long_name=entity.text("LongName"),
                description=entity.text("Description"),
                predefined_type=predefined_type(entity),
                object_type=entity.text("ObjectType"),
                property_sets=sets.properties,
                quantities=sets.quantities,
                classifications=spatial.classifications.of(relations, entity.id),
                members=tuple(member for member in members if member),
                serves=tuple(place for place in serves if place),
            )
        )
    return tuple(found)


def group_names(model: IfcModel, relations: Relations, number: int) -> dict[str, Any]:
    """Names of the systems, zones and groups of an object; a group without a name stands with its GlobalId."""
    names: dict[str, list[str]] = {"systems": [], "zones": [], "groups": []}
    for group in relations.groups.get(number, ()):
        ifc_class = model.class_of(group)
        name = model.name(group) or model.global_id(group)
        if ifc_class is None or name is None:
            continue
        # IfcZone is a group in IFC2X3 and a system since IFC4
        kind = (
            "zones" if "IfcZone" in ifc_class.ancestors else "systems" if "IfcSystem" in ifc_class.ancestors else None
        )
        names[kind or "groups"].append(name)
    return {kind: tuple(found) for kind, found in names.items()}
