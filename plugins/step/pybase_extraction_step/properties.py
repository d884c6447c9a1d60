"""Properties of products: validation properties, materials with density, and what users define (ISO 10303-41)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from pybase_extraction.part21 import Record, Ref, TypedValue
from pybase_extraction.results import Measure, Provenance, ValidationProperty
from pybase_extraction.source import Locator
from pybase_extraction_step.measures import Units, representation_of
from pybase_extraction_step.model import StepModel, at, number, references, text
from pybase_extraction_step.products import ProductReader, Structure

_POINT = "CARTESIAN_POINT"
_TEXTS = ("DESCRIPTIVE_REPRESENTATION_ITEM",)
_VALUES = ("VALUE_REPRESENTATION_ITEM", "INTEGER_REPRESENTATION_ITEM", "REAL_REPRESENTATION_ITEM")
_ASPECTS_PLACE = 2
_DENSITY = (-3, 1, 0, 0, 0)
# "material property" is the recommended practice's name (CAx-IF, material identification and density), the others are
# what the properties of users are called that name a material
_MATERIAL_GROUPS = {"material", "material name", "material property", "material designation", "material specification"}
_LABELS = {"", "name", *_MATERIAL_GROUPS}

_Content = float | str | tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Item:
    """A value of a property.

    Attributes:
        group: Name of the property definition.
        description: Its description, or None.
        representation: Name of the representation, or None.
        name: Name of the representation item, or None.
        value: As written.
        measure: The value with its unit, or None where it has none.
        measure_type: For example ``VOLUME_MEASURE``, or None.
        owner: Number of the product definition or occurrence that has the property, or None.
        is_whole: Whether it belongs to the whole shape and not to an aspect of it.
        id: Number of the representation item.
    """

    group: str
    description: str | None
    representation: str | None
    name: str | None
    value: _Content
    measure: Measure | None
    measure_type: str | None
    owner: int | None
    is_whole: bool
    id: int

    @property
    def is_validation(self) -> bool:
        """Whether the exporter wrote it for checking the import (CAx-IF recommended practice)."""
        return "validation" in self.group.lower()

    @property
    def label(self) -> str:
        """The most telling name that it has."""
        return self.name or self.representation or self.description or self.group


@dataclass(slots=True)
class Properties:
    """Properties of a file.

    Attributes:
        validation: Written for checking the import.
        materials: Name of the material by product definition.
        material_ids: Where that name stands.
        densities: Density by product definition.
        user: What users define, by product definition and name.
        texts: Notes as data (CAx-IF recommended practice, "semantic text").
    """

    validation: list[Item] = field(default_factory=list)
    materials: dict[int, str] = field(default_factory=dict)
    material_ids: dict[int, int] = field(default_factory=dict)
    densities: dict[int, Measure] = field(default_factory=dict)
    user: dict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    texts: list[Item] = field(default_factory=list)


class PropertyReader:
    """Reads every property definition of a file."""

    def __init__(self, model: StepModel, units: Units, reader: ProductReader, structure: Structure) -> None:
        self._model = model
        self._units = units
        self._reader = reader
        self._structure = structure
        self._owners: dict[int, tuple[int | None, bool]] = {}

    def read(self) -> Properties:
        """Read them all, in the order of the file."""
        properties = Properties()
        for item in self._items():
            if item.is_validation:
                properties.validation.append(item)
            elif item.group.lower() == "semantic text":
                properties.texts.append(item)
            elif item.owner is not None and item.owner in self._structure.products:
                self._sort(item, item.owner, properties)
        for record in self._model.file.records("MATERIAL_DESIGNATION"):
            name = text(at(record.arguments, 0))
            for target in references(at(record.arguments, 1)):
                owner, _ = self._owner(Ref(target))
                if name is not None and owner is not None:
                    properties.materials.setdefault(owner, name)
                    properties.material_ids.setdefault(owner, record.id)
        return properties

    def _sort(self, item: Item, owner: int, properties: Properties) -> None:
        words = f"{item.group} {item.description or ''} {item.representation or ''} {item.name or ''}".lower()
        material, description = _material(item)
        if "density" in words and item.measure is not None and self._is_density(item):
            self._add_density(item, item.measure, owner, properties)
        elif material is not None:
            properties.materials.setdefault(owner, material)
            properties.material_ids.setdefault(owner, item.id)
            if description is not None:
                properties.user[owner].setdefault("material description", description)
        elif item.value is not None:
            name = item.group if item.name in {None, "", item.group} else f"{item.group}/{item.name}"
            shown = item.measure.model_dump() if item.measure is not None and item.measure.unit else item.value
            properties.user[owner].setdefault(name, shown)

    def _is_density(self, item: Item) -> bool:
        """Whether it is one by its unit, or by its place among the properties of the material."""
        unit = self._units.unit(self._unit_of(item.id))
        return item.group.lower() in _MATERIAL_GROUPS or (unit is not None and unit.dimension == _DENSITY)

    def _add_density(self, item: Item, measure: Measure, owner: int, properties: Properties) -> None:
        unit = self._units.unit(self._unit_of(item.id))
        if unit is not None and unit.dimension not in {None, _DENSITY}:
            message = f"A density has the unit {unit.symbol}, which is no unit of density; its SI value is not known."
            self._model.found.add("density-unit-invalid", "warning", message, item.id)
            measure = Measure(value=measure.value, unit=measure.unit)
        properties.densities.setdefault(owner, measure)

    def _unit_of(self, step_id: int) -> object:
        record = self._model.get(step_id)
        if record is None:
            return None
        return at(record.arguments, 2) or next(
            (
                part.arguments[1]
                for part in record.components
                if part.type.endswith("MEASURE_WITH_UNIT") and part.arguments
            ),
            None,
        )

    def _items(self) -> list[Item]:
        model, found = self._model, []
        representations: dict[int, list[int]] = defaultdict(list)
        for record in model.of("PROPERTY_DEFINITION_REPRESENTATION"):
            arguments = model.arguments(record, "PROPERTY_DEFINITION_REPRESENTATION")
            definition, used = at(arguments, 0), at(arguments, 1)
            if isinstance(definition, Ref) and isinstance(used, Ref):
                representations[int(definition)].append(int(used))
        for record in model.of("PROPERTY_DEFINITION"):
            for representation in representations.get(record.id, ()):
                found += self._read_property(record, representation)
        return found

    def _read_property(self, record: Record, representation: int) -> list[Item]:
        arguments = self._model.arguments(record, "PROPERTY_DEFINITION")
        owner, is_whole = self._owner(at(arguments, 2))
        shape = representation_of(self._model, Ref(representation))
        found = []
        for item in references(at(shape, 1)):
            read = self._value(Ref(item))
            if read is None:
                continue
            name, value, measure = read
            found.append(
                Item(
                    text(at(arguments, 0)) or "",
                    text(at(arguments, 1)),
                    text(at(shape, 0)),
                    name,
                    value,
                    measure,
                    self._units.measure_type(Ref(item)),
                    owner,
                    is_whole,
                    item,
                )
            )
        return found

    def _owner(self, definition: object, depth: int = 0) -> tuple[int | None, bool]:
        """Product definition that is described in the end, and whether as a whole."""
        if not isinstance(definition, Ref) or depth > 6:
            return None, False
        kind, key = self._model.kind(definition), int(definition)
        if key in self._structure.products or kind == "NEXT_ASSEMBLY_USAGE_OCCURRENCE":
            return key, depth == 0
        if (shape := self._reader.definition_of(definition)) is not None:
            return shape, depth == 0
        if key not in self._owners:
            record = self._model.get(definition)
            arguments = (record.component("SHAPE_ASPECT") or record.arguments) if record else ()
            # a shape aspect names its shape third, a general property association and its like one of their references
            targets = references(at(arguments, _ASPECTS_PLACE)) or references(arguments)
            self._owners[key] = (None, False)
            self._owners[key] = (self._owner(Ref(targets[0]), depth + 1)[0] if targets else None, False)
        return self._owners[key]

    def _value(self, item: Ref) -> tuple[str | None, _Content, Measure | None] | None:
        model = self._model
        record = model.get(item)
        if record is None:
            return None
        arguments = record.arguments
        name = text(at(record.component("REPRESENTATION_ITEM") or arguments, 0))
        if record.type == _POINT:
            values = at(arguments, 1)
            numbers = [number(value) for value in values] if isinstance(values, tuple) else []
            return name, tuple(value for value in numbers if value is not None), None
        if record.type in _TEXTS:
            value = at(arguments, 1)
            return name, value if isinstance(value, str) else None, None
        if record.type in _VALUES:
            value = at(arguments, 1)
            plain = value.value if isinstance(value, TypedValue) else value
            return name, plain if isinstance(plain, str) else number(plain), None
        measure = self._units.measure(item)
        return None if measure is None else (name, measure.value, measure)


def _material(item: Item) -> tuple[str | None, str | None]:
    """Name of the material that an item states, and what is said of it."""
    places = (item.group, item.description, item.representation)
    if item.measure is not None or not any((place or "").strip().lower() in _MATERIAL_GROUPS for place in places):
        return None, None
    value = item.value if isinstance(item.value, str) and item.value.strip() else None
    # the practice has the material for the item's name and a description of it for its value; user properties have a
    # label for the name
    if item.name is None or item.name.strip().lower() in _LABELS or item.name in places:
        return value, None
    return item.name, value if value != item.name else None


def to_validation_property(item: Item) -> ValidationProperty:
    """The result's form of a validation property."""
    return ValidationProperty(
        name=item.label,
        value=item.value,
        unit=item.measure.unit if item.measure else None,
        si_value=item.measure.si_value if item.measure else None,
        part=None if item.owner is None else f"#{item.owner}",
        provenance=Provenance(place=Locator(step_id=item.id), method=item.group),
    )
