"""Presentation layers and what stands on them (ISO 16739-1:2024, 8.13.3)."""

from __future__ import annotations

import re

from pybase_extraction.results import Layer, Provenance
from pybase_extraction.source import Locator
from pybase_extraction_ifc.model import Entity, IfcModel, truth

_REF = re.compile(rb"#(\d{1,18})")


class PresentationLayers:
    """Layers by the representations and items that are assigned to them."""

    def __init__(self, model: IfcModel) -> None:
        self._model = model
        self._assignments = list(model.of("IfcPresentationLayerAssignment"))
        self._of_item: dict[int, list[str]] = {}
        for entity in self._assignments:
            name = entity.text("Name")
            for number in entity.refs("AssignedItems") if name is not None else ():
                self._of_item.setdefault(number, []).append(name or "")
        self._of_representation: dict[int, tuple[str, ...]] = {}

    def of(self, product: Entity) -> tuple[str, ...]:
        """Layers of a product, by its representations, their items, and what those map."""
        if not self._of_item:
            return ()
        shape = product.ref("Representation")
        text = self._model.file.text(shape) if shape is not None else None
        found: dict[str, None] = {}
        # Representations is the last attribute of every IfcProductRepresentation, and a list of references
        for number in map(int, _REF.findall(text, text.rfind(b"("))) if text else ():
            found |= dict.fromkeys(self._representation(number, 0))
        return tuple(found)

    def _representation(self, number: int, depth: int) -> tuple[str, ...]:
        if number not in self._of_representation:
            self._of_representation[number] = ()
            self._of_representation[number] = self._read(number, depth)
        return self._of_representation[number]

    def _read(self, number: int, depth: int) -> tuple[str, ...]:
        text = self._model.file.text(number)
        if text is None or depth > 8:
            return ()
        found = dict.fromkeys(self._of_item.get(number, ()))
        # Items is the last attribute of every IfcRepresentation, and a list of references
        for item in map(int, _REF.findall(text, text.rfind(b"("))):
            found |= dict.fromkeys(self._of_item.get(item, ()))
            ifc_class = self._model.class_of(item)
            if ifc_class is not None and ifc_class.name == "IfcMappedItem":
                mapped = self._model.entity(item)
                source = self._model.entity(mapped.ref("MappingSource")) if mapped else None
                below = source.ref("MappedRepresentation") if source else None
                if below is not None:
                    found |= dict.fromkeys(self._representation(below, depth + 1))
        return tuple(found)

    def all(self, counts: dict[str, int]) -> tuple[Layer, ...]:
        """Every layer once by name, with the number of elements on it."""
        found: dict[str, Layer] = {}
        for entity in self._assignments:
            name = entity.text("Name")
            if name is None or name in found:
                continue
            on, frozen, blocked = (truth(entity.get(key)) for key in ("LayerOn", "LayerFrozen", "LayerBlocked"))
            found[name] = Layer(
                raw=name,
                provenance=Provenance(place=Locator(step_id=entity.id), method=entity.ifc_class.name),
                name=name,
                is_on=on is not False,
                is_frozen=frozen is True,
                is_locked=blocked is True,
                entity_count=counts.get(name, 0),
            )
        return tuple(found.values())
