"""Codes of classification systems (ISO 16739-1:2024, 8.8)."""

from __future__ import annotations

from pybase_extraction.results import ClassificationReference
from pybase_extraction_ifc.model import Entity, IfcModel

MAX_DEPTH = 32


class Classifications:
    """Classification references by the number of their instance, read once."""

    def __init__(self, model: IfcModel) -> None:
        self._model = model
        self._found: dict[int, ClassificationReference | None] = {}

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
        if not entity.is_a("IfcExternalReference"):
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
