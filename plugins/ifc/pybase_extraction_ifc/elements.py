"""Elements of a building model, each once, with everything that applies to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pybase_extraction.results import Element, MaterialUse, Provenance, unchecked
from pybase_extraction.source import Locator
from pybase_extraction_ifc.attributes import has_own, own_attributes, predefined_type
from pybase_extraction_ifc.classifications import Classifications
from pybase_extraction_ifc.materials import Materials
from pybase_extraction_ifc.model import Entity, Found, IfcModel
from pybase_extraction_ifc.ownership import Owners
from pybase_extraction_ifc.presentation import PresentationLayers
from pybase_extraction_ifc.properties import Properties, PropertySets
from pybase_extraction_ifc.relations import Relations
from pybase_extraction_ifc.schema import IfcClass
from pybase_extraction_ifc.spatial import SPATIAL, Spatial, definitions_of, group_names

_make_element, _provenance, _locator = unchecked(Element), unchecked(Provenance), unchecked(Locator)
_ELEMENTS = ("IfcElement", "IfcProxy", "IfcPositioningElement", "IfcLinearPositioningElement")


def is_element(ifc_class: IfcClass) -> bool:
    """Whether instances of a class are elements when no classes are asked for.

    Every IfcElement, and what stands for one beside that branch: proxies, alignments and referents.  Not annotations,
    grids, parts of alignments, ports and structural analysis items: ``element_types`` gives those; nor spatial
    elements, which form the tree.
    """
    return not ifc_class.ancestors.isdisjoint(_ELEMENTS) and "IfcGrid" not in ifc_class.ancestors


def other_products(model: IfcModel) -> dict[str, int]:
    """Products that are neither elements nor spatial elements, counted by class."""
    counts = model.file.types()
    return {
        ifc_class.name: counts[keyword]
        for keyword, ifc_class in model.classes.items()
        if "IfcProduct" in ifc_class.ancestors and not is_element(ifc_class) and ifc_class.ancestors.isdisjoint(SPATIAL)
    }


@dataclass(slots=True)
class TypeObject:
    """What an element takes over from its type object."""

    name: str | None
    global_id: str | None
    predefined_type: str | None
    attributes: Properties


@dataclass(slots=True)
class ElementReader:
    """Builds elements.

    Attributes:
        element_types: Classes that are wanted with their subclasses, lower-case; None for all.
        materials: None when materials are not wanted.
        check: Called now and then; raises to stop.
    """

    model: IfcModel
    relations: Relations
    spatial: Spatial
    sets: PropertySets
    materials: Materials | None
    classifications: Classifications
    owners: Owners
    layers: PresentationLayers
    found: Found
    wants_place: bool = True
    element_types: frozenset[str] | None = None
    check: Callable[[], None] = lambda: None
    _types: dict[int, TypeObject] = field(default_factory=dict)
    _classes_with_own: dict[str, bool] = field(default_factory=dict)

    def keywords(self) -> list[str]:
        """Keywords of the wanted elements."""
        return [keyword for keyword, ifc_class in self.model.classes.items() if self._is_wanted(ifc_class)]

    def _is_wanted(self, ifc_class: IfcClass) -> bool:
        if self.element_types is None:
            return is_element(ifc_class)
        is_named = not self.element_types.isdisjoint(name.lower() for name in ifc_class.ancestors)
        return is_named and "IfcProduct" in ifc_class.ancestors and ifc_class.ancestors.isdisjoint(SPATIAL)

    def read(self) -> Iterator[Element]:
        """Read the wanted elements in the file's order."""
        keywords = self.keywords()
        numbers = self.model.file.ids(*keywords) if keywords else []
        numbers += self._foreign()
        seen: set[int] = set()
        for place, number in enumerate(numbers):
            if place % 256 == 0:
                self.check()
            entity = self.model.entity(number)
            if entity is not None and number not in seen:
                seen.add(number)
                yield self._element(entity)

    def _foreign(self) -> list[int]:
        """Contained instances of classes that no schema knows: elements all the same."""
        return [
            number
            for numbers in self.relations.contained.values()
            for number in numbers
            if (ifc_class := self.model.class_of(number)) is not None
            and ifc_class.schema is None
            and (self.element_types is None or ifc_class.name.lower() in self.element_types)
        ]

    def _element(self, entity: Entity) -> Element:
        number = entity.id
        type_number = self.relations.type_of.get(number)
        type_object = self._type(type_number) if type_number is not None else _NO_TYPE
        sets = self.sets.merged(definitions_of(self.model, self.relations, number))
        name, global_id = entity.text("Name"), entity.text("GlobalId")
        # every part is validated already; validating a large model's sets again for each element costs half the time
        return _make_element(
            raw=name,
            provenance=_provenance(place=_locator(global_id=global_id, step_id=number), method=entity.ifc_class.name),
            ifc_class=entity.ifc_class.name,
            global_id=global_id,
            name=name,
            description=entity.text("Description"),
            predefined_type=predefined_type(entity) or type_object.predefined_type,
            object_type=entity.text("ObjectType"),
            attributes=self._attributes(entity, type_object),
            tag=entity.text("Tag"),
            type_name=type_object.name,
            type_global_id=type_object.global_id,
            property_sets=sets.properties,
            quantities=sets.quantities,
            set_ids=sets.ids,
            materials=self._materials(number, type_number),
            classifications=self.classifications.of(self.relations, number),
            layers=self.layers.of(entity),
            owner=self.owners.find(entity.ref("OwnerHistory")),
            **self._place(number),
            **group_names(self.model, self.relations, number),
        )

    def _type(self, number: int) -> TypeObject:
        if number not in self._types:
            entity = self.model.entity(number)
            self._types[number] = (
                TypeObject(
                    entity.text("Name"),
                    entity.text("GlobalId"),
                    predefined_type(entity),
                    own_attributes(self.sets, entity, "type"),
                )
                if entity
                else _NO_TYPE
            )
        return self._types[number]

    def _attributes(self, entity: Entity, type_object: TypeObject) -> Properties:
        """What only its class, or its type's, has as attributes: the size of a door, the grade of a bar."""
        if not self._has_own(entity.ifc_class):
            return type_object.attributes
        return {**type_object.attributes, **own_attributes(self.sets, entity, "instance")}

    def _has_own(self, ifc_class: IfcClass) -> bool:
        if ifc_class.name not in self._classes_with_own:
            self._classes_with_own[ifc_class.name] = has_own(ifc_class)
        return self._classes_with_own[ifc_class.name]

    def _place(self, number: int) -> dict[str, Any]:
        place: dict[str, Any] = {"container": (), "storey": None, "parent": None, "relation": None}
        if self.wants_place:
            place["container"], place["storey"] = self.spatial.path(number)
            parent = self.relations.parent.get(number)
            if parent is not None and not self.spatial.is_spatial(parent.id):
                place["parent"], place["relation"] = self.model.global_id(parent.id), parent.relation
        return place

    def _materials(self, number: int, type_number: int | None) -> tuple[MaterialUse, ...]:
        if self.materials is None:
            return ()
        for holder, origin in ((number, "instance"), (type_number, "type")):
            definitions = self.relations.materials.get(holder, ()) if holder is not None else ()
            uses = tuple(use for item in definitions for use in self.materials.uses(item, origin))
            if uses:
                # what the occurrence is associated with replaces the type's (IfcRelAssociatesMaterial)
                return uses
        return ()


_NO_TYPE = TypeObject(None, None, None, {})
