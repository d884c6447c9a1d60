"""Codes of classification systems (ISO 16739-1:2024, 8.8)."""

from __future__ import annotations

from collections.abc import Iterable

from pybase_extraction.results import ClassificationReference
from pybase_extraction_ifc.model import Entity, IfcModel
from pybase_extraction_ifc.relations import Relations

MAX_DEPTH = 32
_OF_RESOURCES = (
    ("IfcExternalReferenceRelationship", "RelatingReference", "RelatedResourceObjects"),
    ("IfcMaterialClassificationRelationship", "MaterialClassifications", "ClassifiedMaterial"),
)


class Classifications:
    """Classification references by the number of their instance, read once."""

    def __init__(self, model: IfcModel) -> None:
        self._model = model
        self._found: dict[int, ClassificationReference | None] = {}
        self._of_materials: dict[int, list[int]] | None = None

    def of(self, relations: Relations, number: int) -> tuple[ClassificationReference, ...]:
        """References of an object, its own before those of its type."""
        if not relations.classifications:
            return ()
        numbers = dict.fromkeys(relations.classifications.get(number, ()))
        numbers |= dict.fromkeys(relations.classifications.get(relations.type_of.get(number, -1), ()))
        return self._found_of(numbers)

    def of_material(self, number: int) -> tuple[ClassificationReference, ...]:
        """References of a material (IfcExternalReferenceRelationship, in IFC2X3 one of its own)."""
        if self._of_materials is None:
            self._of_materials = {}
            for name, relating, related in _OF_RESOURCES:
                for references, objects, _ in self._model.relations(name, relating, related):
                    for item in objects:
                        self._of_materials.setdefault(item, []).extend(references)
        return self._found_of(self._of_materials.get(number, ()))

    def _found_of(self, numbers: Iterable[int]) -> tuple[ClassificationReference, ...]:
        return tuple(reference for item in numbers if (reference := self.find(item)))

    def find(self, number: int) -> ClassificationReference | None:
        """Read a reference, a notation (IFC2X3), or a whole system; None when it is none of them."""
        if number not in self._found:
            entity = self._model.entity(number)
            self._found[number] = self._read(entity) if entity else None
        return self._found[number]

    def _read(self, entity: Entity) -> ClassificationReference | None:
        if entity.is_a("IfcClassification"):
            return ClassificationReference(system=entity.text("Name"), edition=entity.text("Edition"))
        if entity.is_a("IfcClassificationNotation"):
            facets = (self._model.entity(number) for number in entity.refs("NotationFacets"))
            code = ".".join(facet.text("NotationValue") or "" for facet in facets if facet)
            return ClassificationReference(code=code or None)
        if not entity.is_a("IfcClassificationReference"):
            # a material may also refer to a library or a document
            return None
        system = self._system(entity)
        return ClassificationReference(
            system=system.text("Name") if system else None,
            edition=system.text("Edition") if system else None,
            code=entity.text("Identification", "ItemReference"),
            name=entity.text("Name"),
            location=entity.text("Location"),
        )

    def _system(self, entity: Entity) -> Entity | None:
        above: Entity | None = entity
        for _ in range(MAX_DEPTH):
            above = self._model.entity(above.ref("ReferencedSource")) if above else None
            if above is None or above.is_a("IfcClassification"):
                return above
        return None
