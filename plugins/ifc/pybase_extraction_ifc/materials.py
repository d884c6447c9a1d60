"""Materials of elements, whichever of the eight ways a file associates them (ISO 16739-1:2024, 8.10)."""

from __future__ import annotations

from typing import Any

from pybase_extraction.results import Material, MaterialUse, Measure, Property, Provenance
from pybase_extraction.source import Locator
from pybase_extraction_ifc.classifications import Classifications
from pybase_extraction_ifc.measures import Units
from pybase_extraction_ifc.model import Entity, IfcModel, truth
from pybase_extraction_ifc.properties import PropertySets

MAX_DEPTH = 6


class Materials:
    """Material definitions by the number of their instance, read once for each origin."""

    def __init__(self, model: IfcModel, units: Units, sets: PropertySets, classifications: Classifications) -> None:
        self._model = model
        self._units = units
        self._sets = sets
        self._classifications = classifications
        self._uses: dict[tuple[int, str], tuple[MaterialUse, ...]] = {}
        self._properties: dict[int, dict[str, dict[str, Property]]] | None = None

    def uses(self, number: int, origin: str) -> tuple[MaterialUse, ...]:
        """Materials that a definition stands for, one for each layer, profile, constituent or member."""
        return self._uses_of(number, origin, 0)

    def _uses_of(self, number: int, origin: str, depth: int) -> tuple[MaterialUse, ...]:
        key = (number, origin)
        if key not in self._uses:
            self._uses[key] = tuple(self._read(number, origin, {}, depth))
        return self._uses[key]

    def all(self) -> tuple[Material, ...]:
        """Every material of the file."""
        found = []
        for entity in self._model.of("IfcMaterial"):
            name = entity.text("Name")
            if name is not None:
                origin = Provenance(place=Locator(step_id=entity.id), method="IfcMaterial")
                found.append(Material(raw=name, name=name, density=self._density(entity.id), provenance=origin))
        return tuple(found)

    def _density(self, material: int) -> float | None:
        sets = self.properties_of(material).values()
        return next((values["MassDensity"].si_value for values in sets if "MassDensity" in values), None)

    def _read(self, number: int | None, origin: str, outer: dict[str, Any], depth: int) -> list[MaterialUse]:
        entity = self._model.entity(number)
        if entity is None or depth > MAX_DEPTH:
            return []
        inner = self._members(entity)
        if inner is not None:
            shared = {**outer, **inner[1]}
            if not shared:
                # every wall has a usage of its own, of the same few sets of layers
                return [use for member in inner[0] for use in self._uses_of(member, origin, depth + 1)]
            return [use for member in inner[0] for use in self._read(member, origin, shared, depth + 1)]
        if entity.is_a("IfcMaterial"):
            return [self._use(entity, origin, outer)]
        kind = _kind(entity)
        if kind is None:
            return []
        material = self._model.entity(entity.ref("Material"))
        own = {"kind": kind, **self._part(entity, kind)}
        return [self._use(material, origin, {**outer, **own}, entity)]

    def _members(self, entity: Entity) -> tuple[list[int], dict[str, Any]] | None:
        match entity.ifc_class.name:
            case "IfcMaterialList":
                return entity.refs("Materials"), {"kind": "list"}
            case "IfcMaterialLayerSet":
                return entity.refs("MaterialLayers"), {"set_name": entity.text("LayerSetName")}
            case "IfcMaterialProfileSet":
                return entity.refs("MaterialProfiles"), {"set_name": entity.text("Name")}
            case "IfcMaterialConstituentSet":
                return entity.refs("MaterialConstituents"), {"set_name": entity.text("Name")}
            case "IfcMaterialLayerSetUsage":
                return entity.refs("ForLayerSet"), {}
            case "IfcMaterialProfileSetUsage":
                return entity.refs("ForProfileSet"), {}
            case "IfcMaterialProfileSetUsageTapering":
                return [*entity.refs("ForProfileSet"), *entity.refs("ForProfileEndSet")], {}
            case _:
                return None

    def _part(self, entity: Entity, kind: str) -> dict[str, Any]:
        priority = entity.number("Priority")
        common = {"category": entity.text("Category"), "priority": int(priority) if priority is not None else None}
        if kind == "layer":
            ventilated = truth(entity.get("IsVentilated"))
            return {
                **common,
                "thickness": self._length(entity.number("LayerThickness")),
                "is_ventilated": ventilated if isinstance(ventilated, bool) else None,
            }
        if kind == "profile":
            profile = self._model.entity(entity.ref("Profile"))
            name = (profile.text("ProfileName") or profile.ifc_class.name) if profile else None
            return {**common, "profile": name or entity.text("Name")}
        return {**common, "fraction": entity.number("Fraction")}

    def _length(self, value: float | None) -> Measure | None:
        if value is None:
            return None
        unit = self._units.length
        return unit.measure(value) if unit else Measure(value=value)

    def _use(
        self, material: Entity | None, origin: str, given: dict[str, Any], part: Entity | None = None
    ) -> MaterialUse:
        name = material.text("Name") if material else None
        values = dict(given)
        if material is not None:
            values["category"] = values.get("category") or material.text("Category")
            values["properties"] = self.properties_of(material.id)
            values["classifications"] = self._classifications.of_material(material.id)
        values.setdefault("kind", "material")
        holder = part or material
        step_id = holder.id if holder else None
        return MaterialUse(name=name, origin=origin, step_id=step_id, **values)

    def properties_of(self, material: int) -> dict[str, dict[str, Property]]:
        """Property sets of a material by set and name."""
        if self._properties is None:
            self._properties = self._read_properties()
        return self._properties.get(material, {})

    def _read_properties(self) -> dict[int, dict[str, dict[str, Property]]]:
        found: dict[int, dict[str, dict[str, Property]]] = {}
        for entity in self._model.of("IfcMaterialProperties"):
            material = entity.ref("Material")
            if material is None:
                continue
            # IFC2X3 has a class with attributes for each kind, and IfcExtendedMaterialProperties with a list
            listed = entity.refs("Properties") or entity.refs("ExtendedProperties")
            name = entity.text("Name") or entity.ifc_class.name
            if listed:
                values = self._sets.of_numbers(listed, "material")
            else:
                values = self._sets.attributes_of(entity, "material", skip=1)
            if values:
                found.setdefault(material, {}).setdefault(name, {}).update(values)
        return found


def _kind(entity: Entity) -> str | None:
    for name, kind in (
        ("IfcMaterialLayer", "layer"),
        ("IfcMaterialProfile", "profile"),
        ("IfcMaterialConstituent", "constituent"),
    ):
        if entity.is_a(name):
            return kind
    return None
