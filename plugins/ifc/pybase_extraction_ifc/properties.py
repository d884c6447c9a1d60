"""Property sets, quantity sets and predefined sets, decoded straight from the bytes.

IfcPropertySet, IfcElementQuantity and IfcPreDefinedPropertySet (ISO 16739-1:2024, 5.1 and 8.15).  Most of a large
file's records are single values, so those have a decoder of their own; everything else goes the general way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pybase_extraction.part21 import DERIVED, Enumeration, TypedValue, decode_string, parse_arguments
from pybase_extraction.results import Property, QuantityValue
from pybase_extraction_ifc.measures import IfcUnit, Units, typed
from pybase_extraction_ifc.model import ROOT, Entity, IfcModel, plain, refs_in, truth
from pybase_extraction_ifc.schema import IfcClass

Properties = dict[str, Property]
Quantities = dict[str, QuantityValue]

_STRING = rb"'([^']*+(?:''[^']*+)*+)'"
_SINGLE = re.compile(
    rb"\(\s*+" + _STRING + rb"\s*+,\s*+(?:'[^']*+(?:''[^']*+)*+'|\$)\s*+,\s*+"
    rb"(?:\$|([A-Za-z0-9_]++)\s*+\(\s*+(?:" + _STRING + rb"|\.([A-Za-z]++)\.|([-+0-9.Ee]++))\s*+\))\s*+,"
    rb"\s*+(?:\$|#(\d{1,18}))\s*+\)\s*+"
)
_QUANTITY = re.compile(
    rb"\(\s*+" + _STRING + rb"\s*+,\s*+(?:'[^']*+(?:''[^']*+)*+'|\$)\s*+,\s*+(?:\$|#(\d{1,18}))\s*+,"
    rb"\s*+([-+0-9.Ee]++)\s*+(?:,\s*+(?:\$|" + _STRING + rb")\s*+)?\)\s*+"
)
_REFS = re.compile(rb"#(\d{1,18})")

MAX_DEPTH = 12
"""Complex properties and quantities in each other beyond which they are left out."""

_QUANTITY_KINDS = {
    "IfcQuantityLength": ("length", "LengthValue", "LENGTHUNIT"),
    "IfcQuantityArea": ("area", "AreaValue", "AREAUNIT"),
    "IfcQuantityVolume": ("volume", "VolumeValue", "VOLUMEUNIT"),
    "IfcQuantityWeight": ("weight", "WeightValue", "MASSUNIT"),
    "IfcQuantityTime": ("time", "TimeValue", "TIMEUNIT"),
    "IfcQuantityCount": ("count", "CountValue", None),
    "IfcQuantityNumber": ("number", "NumberValue", None),
}

_LOGICAL = {b"T": True, b"F": False, b"U": "UNKNOWN"}


@dataclass(frozen=True, slots=True)
class Sets:
    """What applies to an object: properties and quantities by set and name, and the instances of the sets."""

    properties: dict[str, Properties]
    quantities: dict[str, Quantities]
    ids: dict[str, int]


class PropertySets:
    """Sets of properties and quantities by the number of their instance, decoded once for each origin."""

    def __init__(self, model: IfcModel, units: Units, *, quantities: bool = True, properties: bool = True) -> None:
        self._model = model
        self._units = units
        self._want_properties, self._want_quantities = properties, quantities
        self._properties: dict[tuple[int, str], tuple[str, Properties] | None] = {}
        self._quantities: dict[tuple[int, str], tuple[str, Quantities] | None] = {}
        self._texts: dict[bytes, str] = {}
        # most properties of a file are said many times over: the same text is decoded once and shared
        self._singles: dict[int, bytes] = dict(model.file.texts("IFCPROPERTYSINGLEVALUE")) if properties else {}
        self._decoded: dict[str, dict[bytes, tuple[str, Property] | None]] = {}
        self._types: dict[bytes, tuple[str, IfcUnit | None]] = {}
        self.decoded = 0

    def properties(self, number: int, origin: str) -> tuple[str, Properties] | None:
        """Name and properties of a property set or predefined set; None for anything else."""
        if not self._want_properties:
            return None
        key = (number, origin)
        if key not in self._properties:
            self._properties[key] = self._read_properties(number, origin)
        return self._properties[key]

    def quantities(self, number: int, origin: str) -> tuple[str, Quantities] | None:
        """Name and quantities of a quantity set; None for anything else."""
        if not self._want_quantities:
            return None
        key = (number, origin)
        if key not in self._quantities:
            self._quantities[key] = self._read_quantities(number, origin)
        return self._quantities[key]

    def merged(self, sets: Iterable[tuple[int, str]]) -> Sets:
        """Lay sets over each other in order: a later value of the same set and name wins."""
        properties: dict[str, Properties] = {}
        quantities: dict[str, Quantities] = {}
        ids: dict[str, int] = {}
        for number, origin in sets:
            if found := self.properties(number, origin):
                name, values = found
                properties[name] = {**properties[name], **values} if name in properties else values
            elif counted := self.quantities(number, origin):
                name, amounts = counted
                quantities[name] = {**quantities[name], **amounts} if name in quantities else amounts
            else:
                continue
            ids[name] = number
        return Sets(properties, quantities, ids)

    def of_numbers(self, numbers: Iterable[int], origin: str, depth: int = 0) -> Properties:
        """Properties by name, from the numbers of their instances."""
        found: Properties = {}
        singles, decoded = self._singles, self._decoded.setdefault(origin, {})
        for number in numbers:
            text = singles.get(number)
            if text is None:
                pair = self._property(number, origin, depth)
            elif text in decoded:
                pair = decoded[text]
            else:
                pair = decoded[text] = self._decode_single(number, text, origin, depth)
            if pair is not None:
                found[pair[0]] = pair[1]
        self.decoded += len(found)
        return found

    def _decode_single(self, number: int, text: bytes, origin: str, depth: int) -> tuple[str, Property] | None:
        match = _SINGLE.fullmatch(text)
        return self._single(match, origin) if match else self._property(number, origin, depth)

    def _read_properties(self, number: int, origin: str) -> tuple[str, Properties] | None:
        entry = self._model.entry(number)
        if entry is None or "IfcElementQuantity" in entry[0].ancestors:
            return None
        ifc_class, text = entry
        if "IfcPropertySet" in ifc_class.ancestors:
            match = ROOT.match(text)
            if match is None:
                return None
            name = self._text(match[3]) if match[3] else ifc_class.name
            return name, self.of_numbers(map(int, _REFS.findall(text, match.end())), origin)
        if "IfcPropertySetDefinition" in ifc_class.ancestors:
            entity = self._model.entity(number)
            return self._predefined(entity, origin) if entity else None
        return None

    def _predefined(self, entity: Entity, origin: str) -> tuple[str, Properties]:
        name = entity.text("Name") or entity.ifc_class.name
        return name, self.attributes_of(entity, origin, skip=4)

    def attributes_of(
        self, entity: Entity, origin: str, *, skip: int = 0, without: frozenset[str] = frozenset()
    ) -> Properties:
        """Attributes as properties, without the first ones and some others; those that refer to instances are none."""
        ifc_class = entity.ifc_class
        found = {}
        for place in range(skip, len(ifc_class.attributes)):
            if ifc_class.attributes[place] in without:
                continue
            raw = entity.values[place] if place < len(entity.values) else None
            keyword, value = typed(raw)
            if raw is None or raw is DERIVED or refs_in(value):
                continue
            type_name = self._model.schema.type_name(keyword) if keyword else ifc_class.types[place] or None
            unit = self._units.of_type(type_name)
            shown = _shown(value)
            found[ifc_class.attributes[place]] = Property(
                value=shown,
                unit=unit.symbol if unit else None,
                si_value=_si(unit, shown),
                data_type=type_name,
                origin=origin,
                kind="attribute",
            )
        return found

    def _property(self, number: int, origin: str, depth: int) -> tuple[str, Property] | None:
        entry = self._model.entry(number)
        if entry is None:
            return None
        ifc_class, text = entry
        values = parse_arguments(text, self._model.file.code_page)[0]
        return self._general(Entity(number, ifc_class, values), origin, depth)

    def _single(self, match: re.Match[bytes], origin: str) -> tuple[str, Property]:
        name, keyword, string, item, digits, own_unit = match.groups()
        unit, type_name, si_value = None, None, None
        value: Any = None
        if keyword is not None:
            type_name, unit = self._type(keyword)
            if string is not None:
                value = self._text(string)
            elif digits is not None:
                value = _number(digits)
            else:
                value = _LOGICAL.get(item.upper()) if len(item) == 1 else item.decode("ascii")
        if own_unit is not None:
            unit = self._units.find(int(own_unit))
        if unit is not None and digits is not None and value is not None:
            si_value = unit.to_si(value)
        return self._text(name), Property(
            value=value,
            unit=unit.symbol if unit is not None else None,
            si_value=si_value,
            data_type=type_name,
            origin=origin,
        )

    def _text(self, written: bytes) -> str:
        found = self._texts.get(written)
        if found is None:
            found = self._texts[written] = decode_string(written, self._model.file.code_page)
        return found

    def _type(self, keyword: bytes) -> tuple[str, IfcUnit | None]:
        found = self._types.get(keyword)
        if found is None:
            name = self._model.schema.type_name(keyword.decode("ascii"))
            found = self._types[keyword] = (name, self._units.of_type(name))
        return found

    def _general(self, entity: Entity, origin: str, depth: int) -> tuple[str, Property] | None:
        name = entity.text("Name")
        if name is None or depth > MAX_DEPTH:
            return None
        match entity.ifc_class.name:
            case "IfcPropertySingleValue":
                return name, self._measured(entity, origin, "single", entity.get("NominalValue"))
            case "IfcPropertyEnumeratedValue":
                return name, self._measured(entity, origin, "enumerated", entity.get("EnumerationValues"))
            case "IfcPropertyListValue":
                return name, self._measured(entity, origin, "list", entity.get("ListValues"))
            case "IfcPropertyBoundedValue":
                return name, self._bounded(entity, origin)
            case "IfcPropertyTableValue":
                return name, self._table(entity, origin)
            case "IfcPropertyReferenceValue":
                return name, self._reference(entity, origin)
            case "IfcComplexProperty":
                inner = self.of_numbers(entity.refs("HasProperties"), origin, depth + 1)
                value = {"usage": entity.text("UsageName"), "properties": {k: v.model_dump() for k, v in inner.items()}}
                return name, Property(value=value, origin=origin, kind="complex")
            case _:
                return None

    def _measured(self, entity: Entity, origin: str, kind: str, raw: Any) -> Property:
        items = raw if isinstance(raw, tuple) and not isinstance(raw, TypedValue) else (raw,)
        keyword = next((item.type for item in items if isinstance(item, TypedValue)), None)
        type_name = self._model.schema.type_name(keyword) if keyword else None
        own = self._own_unit(entity)
        unit = self._units.find(own) if own is not None else self._units.of_type(type_name)
        value = _shown(raw) if kind == "single" or raw is None else [_shown(item) for item in items]
        return Property(
            value=value,
            unit=unit.symbol if unit else None,
            si_value=_si(unit, value),
            data_type=type_name,
            origin=origin,
            kind=kind,
        )

    def _own_unit(self, entity: Entity) -> int | None:
        """Unit that a property states itself; an enumerated one by the enumeration that it refers to."""
        enumeration = self._model.entity(entity.ref("EnumerationReference"))
        return (enumeration or entity).ref("Unit")

    def _bounded(self, entity: Entity, origin: str) -> Property:
        places = {"lower": "LowerBoundValue", "upper": "UpperBoundValue", "set_point": "SetPointValue"}
        raw = {key: entity.get(attribute) for key, attribute in places.items()}
        keyword = next((item.type for item in raw.values() if isinstance(item, TypedValue)), None)
        type_name = self._model.schema.type_name(keyword) if keyword else None
        own = entity.ref("Unit")
        unit = self._units.find(own) if own is not None else self._units.of_type(type_name)
        value = {key: _shown(item) for key, item in raw.items()}
        return Property(
            value=value,
            unit=unit.symbol if unit else None,
            si_value=_si(unit, value["set_point"]),
            data_type=type_name,
            origin=origin,
            kind="bounded",
        )

    def _table(self, entity: Entity, origin: str) -> Property:
        columns: dict[str, Any] = {}
        for key in ("Defining", "Defined"):
            items = entity.get(f"{key}Values") or ()
            items = items if isinstance(items, tuple) else (items,)
            keyword = next((item.type for item in items if isinstance(item, TypedValue)), None)
            type_name = self._model.schema.type_name(keyword) if keyword else None
            own = entity.ref(f"{key}Unit")
            unit = self._units.find(own) if own is not None else self._units.of_type(type_name)
            columns[key.lower()] = [_shown(item) for item in items]
            columns[f"{key.lower()}_unit"] = unit.symbol if unit else None
        value = {**columns, "expression": entity.text("Expression")}
        return Property(value=value, origin=origin, kind="table")

    def _reference(self, entity: Entity, origin: str) -> Property:
        target = self._model.entity(entity.ref("PropertyReference"))
        value = None
        if target is not None:
            name = target.text("Name", "Identification", "FamilyName")
            value = {"class": target.ifc_class.name, "name": name, "usage": entity.text("UsageName")}
        return Property(value=value, origin=origin, kind="reference")

    def _read_quantities(self, number: int, origin: str) -> tuple[str, Quantities] | None:
        ifc_class = self._model.class_of(number)
        if ifc_class is None or "IfcElementQuantity" not in ifc_class.ancestors:
            return None
        entity = self._model.entity(number)
        if entity is None:
            return None
        found: Quantities = {}
        self._add_quantities(found, entity.refs("Quantities"), origin, "", 0)
        return entity.text("Name") or ifc_class.name, found

    def _add_quantities(self, found: Quantities, numbers: list[int], origin: str, path: str, depth: int) -> None:
        for number in numbers if depth <= MAX_DEPTH else ():
            entry = self._model.entry(number)
            if entry is None:
                continue
            if "IfcPhysicalComplexQuantity" in entry[0].ancestors:
                entity = self._model.entity(number)
                name = entity.text("Name") if entity else None
                if entity is not None and name is not None:
                    self._add_quantities(found, entity.refs("HasQuantities"), origin, f"{path}{name}/", depth + 1)
            elif pair := self._quantity(number, *entry, origin):
                self.decoded += 1
                found[path + pair[0]] = pair[1]

    def _quantity(self, number: int, ifc_class: IfcClass, text: bytes, origin: str) -> tuple[str, QuantityValue] | None:
        kind = _QUANTITY_KINDS.get(ifc_class.name)
        if kind is None:
            return None
        match = _QUANTITY.fullmatch(text)
        if match is not None:
            name, own, value, formula = self._text(match[1]), match[2], _number(match[3]), match[4]
            written = self._text(formula) if formula is not None else None
            return self._measured_quantity(number, kind, origin, name, value, own, written)
        entity = Entity(number, ifc_class, parse_arguments(text, self._model.file.code_page)[0])
        value, unit = entity.number(kind[1]), entity.ref("Unit")
        return self._measured_quantity(number, kind, origin, entity.text("Name"), value, unit, entity.text("Formula"))

    def _measured_quantity(
        self,
        number: int,
        kind: tuple[str, str, str | None],
        origin: str,
        name: str | None,
        value: float | None,
        own: bytes | int | None,
        formula: str | None,
    ) -> tuple[str, QuantityValue] | None:
        if name is None or value is None or not math.isfinite(value):
            return None
        unit = self._units.find(int(own)) if own is not None else self._units.assigned.get(kind[2] or "")
        return name, QuantityValue(
            value=value,
            unit=unit.symbol if unit else None,
            si_value=unit.to_si(value) if unit else None,
            kind=kind[0],
            formula=formula,
            origin=origin,
            step_id=number,
        )


def _number(digits: bytes) -> int | float | None:
    try:
        return int(digits)
    except ValueError:
        pass
    try:
        value = float(digits)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _shown(value: Any) -> Any:
    """A value as JSON has it."""
    value = plain(value)
    if isinstance(value, Enumeration):
        logical = truth(value)
        return str(value) if logical is None else logical
    if isinstance(value, tuple):
        return [_shown(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) else None


def _si(unit: IfcUnit | None, value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return unit.to_si(value) if unit is not None and is_number else None


__all__ = ["IfcClass", "Properties", "PropertySets", "Quantities"]
