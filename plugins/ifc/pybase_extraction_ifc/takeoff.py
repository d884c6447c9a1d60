"""Bills of quantities, and the assemblies of a model as a bill of materials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pybase_extraction.results import (
    BillOfMaterials,
    BomItem,
    Element,
    Measure,
    Provenance,
    QuantityTakeoff,
    QuantityValue,
)
from pybase_extraction.source import Locator

_NO_PIECES = ("IfcOpeningElement", "IfcOpeningStandardCase", "IfcVoidingFeature", "IfcVirtualElement", "IfcAnnotation",
              "IfcGrid")  # fmt: skip
"""Classes that nobody builds or buys: they are in no bill of materials and no bill of quantities."""

MAX_LEVELS = 24


def quantities_by_name(element: Element) -> dict[str, QuantityValue]:
    """Quantities of an element by name; of a name in several sets the first counts, so that nothing is added twice."""
    found: dict[str, QuantityValue] = {}
    for quantities in element.quantities.values():
        for name, quantity in quantities.items():
            found.setdefault(name, quantity)
    return found


@dataclass(slots=True)
class _Line:
    count: int = 0
    sums: dict[str, list[QuantityValue]] = field(default_factory=dict)


def bills_of_quantities(elements: Sequence[Element]) -> tuple[QuantityTakeoff, ...]:
    """Count elements and add up their stated quantities by class, type, storey and material.

    An element of several materials counts under each of them, but its quantities are added under none: the file does
    not say which share is whose.
    """
    lines: dict[tuple[str, str], _Line] = {}
    for element in elements:
        if element.ifc_class in _NO_PIECES:
            continue
        quantities = quantities_by_name(element)
        materials = dict.fromkeys(use.name for use in element.materials if use.name)
        for by, key in (("class", element.ifc_class), ("type", element.type_name), ("storey", element.storey)):
            if key:
                _add(lines, by, key, quantities)
        for name in materials:
            _add(lines, "material", name, quantities if len(materials) == 1 else {})
    order = ("class", "type", "storey", "material")
    return tuple(
        QuantityTakeoff(
            by=by,
            key=key,
            count=line.count,
            totals={name: _total(values) for name, values in sorted(line.sums.items())},
            stated={name: len(values) for name, values in sorted(line.sums.items())},
        )
        for (by, key), line in sorted(lines.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    )


def _add(lines: dict[tuple[str, str], _Line], by: str, key: str, quantities: dict[str, QuantityValue]) -> None:
    line = lines.setdefault((by, key), _Line())
    line.count += 1
    for name, quantity in quantities.items():
        line.sums.setdefault(name, []).append(quantity)


_SI_SYMBOLS = {"length": "m", "area": "m²", "volume": "m³", "weight": "kg", "time": "s"}


def _total(values: list[QuantityValue]) -> Measure:
    units = {value.unit for value in values}
    stated = [value.si_value for value in values]
    si_value = None if None in stated else sum(item for item in stated if item is not None)
    if len(units) == 1:
        return Measure(value=sum(value.value for value in values), unit=units.pop(), si_value=si_value)
    if si_value is not None:
        return Measure(value=si_value, unit=_SI_SYMBOLS.get(values[0].kind), si_value=si_value)
    return Measure(value=sum(value.value for value in values))


# -- bill of materials -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Piece:
    element: Element
    parts: list[_Piece] = field(default_factory=list)
    signature: tuple[object, ...] = ()


def bill_of_materials(elements: Sequence[Element]) -> BillOfMaterials | None:
    """Fold equal elements into lines: by class and type, assemblies with their parts below them.

    Two assemblies are equal when their class, type and all of their parts are.  None when there is nothing to list.
    """
    pieces = {
        element.provenance.place.step_id: _Piece(element) for element in elements if element.ifc_class not in _NO_PIECES
    }
    by_global_id = {piece.element.global_id: piece for piece in reversed(list(pieces.values()))}
    tops = []
    for piece in pieces.values():
        whole = by_global_id.get(piece.element.parent) if piece.element.relation in {"aggregates", "nests"} else None
        if whole is None or whole is piece:
            tops.append(piece)
        else:
            whole.parts.append(piece)
    for piece in tops:
        _sign(piece)
    items: list[BomItem] = []
    _append(items, tops, None, 0, 1.0)
    if not items:
        return None
    total = sum(item.quantity or 0.0 for item in items if item.level == 0)
    origin = Provenance(place=Locator(path="IfcProject"), method="elements by class, type and assembly")
    has_levels = any(item.level for item in items)
    return BillOfMaterials(items=tuple(items), is_hierarchical=has_levels, total_quantity=total, provenance=origin)


def _sign(top: _Piece) -> None:
    """Give every piece below and including one its signature, children first; circles have no top."""
    order, stack = [], [top]
    while stack:
        piece = stack.pop()
        order.append(piece)
        stack += piece.parts
    for piece in reversed(order):
        element = piece.element
        kind = element.type_global_id or element.type_name or element.object_type or element.name
        counted = Counter(hash(part.signature) for part in piece.parts)
        materials = tuple(use.name for use in element.materials)
        piece.signature = (element.ifc_class, kind, materials, tuple(sorted(counted.items())))


def _append(items: list[BomItem], pieces: Iterable[_Piece], parent: int | None, level: int, factor: float) -> None:
    if level > MAX_LEVELS:
        return
    for number, same in enumerate(_folded(pieces), start=1):
        first, quantity = same[0], float(len(same))
        outer = items[parent].item if parent is not None else None
        items.append(
            _item(first.element, f"{outer}.{number}" if outer else str(number), quantity, level, parent, factor)
        )
        if first.parts:
            _append(items, first.parts, len(items) - 1, level + 1, factor * quantity)


def _folded(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    groups: dict[tuple[object, ...], list[_Piece]] = {}
    for piece in pieces:
        groups.setdefault(piece.signature, []).append(piece)
    yield from groups.values()


def _item(element: Element, item: str, quantity: float, level: int, parent: int | None, factor: float) -> BomItem:
    names = dict.fromkeys(use.name for use in element.materials if use.name)
    weight = next((value for value in quantities_by_name(element).values() if value.kind == "weight"), None)
    place = Locator(global_id=element.global_id, step_id=element.provenance.place.step_id)
    return BomItem(
        raw=element.raw,
        provenance=Provenance(place=place, method="first of equal elements"),
        item=item,
        part_number=element.type_name or element.object_type,
        description=element.name,
        quantity=quantity,
        material=", ".join(names) or None,
        mass=weight.value if weight else None,
        mass_total=weight.value * quantity * factor if weight else None,
        mass_unit=weight.unit if weight else None,
        level=level,
        parent=parent,
        total_quantity=quantity * factor,
        key=element.type_global_id or element.global_id,
        properties={"class": element.ifc_class},
    )
