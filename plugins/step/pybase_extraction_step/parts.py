"""Parts of a result: products with what the file states of them and what the kernel computed."""

from __future__ import annotations

import math
from typing import Any

from pybase_extraction.part21 import Ref
from pybase_extraction.results import (
    BoundingBox,
    Dimension,
    DimensionKind,
    MachinedFeature,
    MassProperties,
    Measure,
    Part,
    Provenance,
    TopologyCounts,
    UnitOrigin,
    ValidationProperty,
)
from pybase_extraction.source import Locator
from pybase_extraction_step.measures import StepUnit, Units
from pybase_extraction_step.model import Found
from pybase_extraction_step.presentation import Presentation
from pybase_extraction_step.products import Product, Structure
from pybase_extraction_step.properties import Item, Properties, to_validation_property

TOLERANCE = 1e-4
"""Relative difference up to which a computed and a stated measure count as equal.

Exporters compute with 1e-5 themselves: the CAx-IF files agree with OpenCASCADE within 2e-5.
"""

_MM = 1e-3


class PartBuilder:
    """Joins statements and computed measures of one file."""

    def __init__(
        self,
        units: Units,
        structure: Structure,
        properties: Properties,
        presentation: Presentation,
        computed: dict[int, dict[str, Any]],
        found: Found,
    ) -> None:
        self._units = units
        self._structure = structure
        self._properties = properties
        self._presentation = presentation
        self._computed = computed
        self._found = found
        self._verdicts: dict[int, list[bool]] = {}

    def length_unit(self, product: Product) -> StepUnit | None:
        """Unit of the lengths of a product's shape."""
        for representation in product.representations:
            unit = self._units.of_representation(Ref(representation)).length
            if unit is not None:
                return unit
        return None

    def validate(self) -> list[ValidationProperty]:
        """Compare what the exporter stated with what was computed."""
        return [self._checked(item) for item in self._properties.validation]

    def build(self, product: Product, external: str | None) -> Part:
        """Make the part of a product."""
        unit, computed = self.length_unit(product), self._computed.get(product.id, {})
        number = product.id
        return Part(
            key=product.key,
            part_number=product.part_number,
            name=product.name,
            description=product.description,
            version=product.version,
            is_assembly=number in self._structure.children,
            occurrence_count=self._structure.counts.get(number),
            length_unit=unit.symbol if unit else None,
            mass_properties=self._mass_properties(number, unit, computed),
            bounding_box=_box(computed, unit),
            oriented_box=_triple([value * _scale(unit) for value in computed.get("oriented", ())]),
            topology=TopologyCounts(**computed["counts"]) if "counts" in computed else None,
            colours=self._presentation.colours.get(number, ()),
            layers=self._presentation.layers.get(number, ()),
            material=self._properties.materials.get(number),
            density=self._properties.densities.get(number),
            properties=dict(self._properties.user.get(number, {})),
            external_file=external,
            provenance=Provenance(place=Locator(step_id=number), method="PRODUCT_DEFINITION"),
        )

    def _checked(self, item: Item) -> ValidationProperty:
        stated = to_validation_property(item)
        kind = _kind(item)
        owner = self._structure.products.get(item.owner) if item.owner is not None else None
        if kind is None or owner is None or not item.is_whole or "geometric" not in item.group.lower():
            return stated
        value = self._computed.get(owner.id, {}).get(kind)
        if value is None:
            return stated
        unit = self.length_unit(owner)
        computed, deviation = self._compare(item, kind, value, unit, owner)
        if deviation is None:
            return stated
        self._verdicts.setdefault(owner.id, []).append(deviation <= TOLERANCE)
        if deviation > TOLERANCE:
            message = f"{item.label} of {owner.title!r}: stated and computed value differ by {deviation:.2g} relative."
            self._found.add("validation-deviates", "warning", message, item.id)
        return stated.model_copy(update={"computed": computed, "deviation": deviation})

    def _compare(
        self, item: Item, kind: str, value: Any, unit: StepUnit | None, owner: Product
    ) -> tuple[float | tuple[float, ...] | None, float | None]:
        if kind == "centroid":
            if not isinstance(item.value, tuple) or len(item.value) != 3:
                return None, None
            point = tuple(part * _scale(unit) for part in value)
            size = self._computed[owner.id].get("volume", 0.0) ** (1 / 3) * _scale(unit)
            gap = math.dist(point, item.value)
            # a length relative to the size of the body: a centre at the origin has no size of its own
            return point, gap / size if size else None
        power = 3 if kind == "volume" else 2
        factor = (item.measure.si_value / item.measure.value) if item.measure and item.measure.si_value else None
        if factor is None or not isinstance(item.value, float):
            return None, None
        computed = value * _MM**power / factor
        largest = max(abs(computed), abs(item.value))
        return computed, abs(computed - item.value) / largest if largest else 0.0

    def _mass_properties(self, number: int, unit: StepUnit | None, computed: dict[str, Any]) -> MassProperties | None:
        stated = self._stated(number)
        volume = _measure(computed.get("volume"), 3, unit) or stated.get("volume")
        area = _measure(computed.get("area"), 2, unit) or stated.get("area")
        point = _triple([value * _scale(unit) for value in computed.get("centroid", ())]) or stated.get("centroid")
        if volume is None and area is None and point is None:
            return None
        verdicts = self._verdicts.get(number)
        inertia = computed.get("inertia")
        is_computed = bool({"volume", "area", "centroid"} & computed.keys())
        return MassProperties(
            volume=volume,
            area=area,
            centroid=point,
            inertia=None
            if inertia is None
            else tuple((row[0] * _scale(unit) ** 5, row[1] * _scale(unit) ** 5, row[2] * _scale(unit) ** 5)
                       for row in inertia),
            length_unit=unit.symbol if unit else None,
            mass=self._mass(number, volume),
            method="geometry" if is_computed else "validation",
            verified=all(verdicts) if verdicts else None,
        )  # fmt: skip

    def _stated(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for item in self._properties.validation:
            kind = _kind(item)
            if item.owner == number and item.is_whole and kind is not None:
                value = _triple(list(item.value)) if isinstance(item.value, tuple) else item.measure
                if value is not None:
                    found.setdefault(kind, value)
        return found

    def _mass(self, number: int, volume: Measure | None) -> Measure | None:
        density = self._properties.densities.get(number)
        if density is None or density.si_value is None or volume is None or volume.si_value is None:
            return None
        mass = density.si_value * volume.si_value
        return Measure(value=mass, unit="kg", si_value=mass)


def features_of(
    computed: dict[int, dict[str, Any]], builder: PartBuilder, structure: Structure
) -> list[MachinedFeature]:
    """Holes and cylinders of the parts, faces on one axis with one radius taken together."""
    found = []
    for number, product in structure.products.items():
        if number in structure.children:
            continue
        unit = builder.length_unit(product)
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for face in computed.get(number, {}).get("features", ()):
            groups.setdefault(_axis_key(face), []).append(face)
        found += [_feature(faces, unit, product) for faces in groups.values()]
    return found


def _axis_key(face: dict[str, Any]) -> tuple[Any, ...]:
    axis, origin = face["axis"], face["origin"]
    largest = max(range(3), key=lambda i: abs(axis[i]))
    sign = math.copysign(1.0, axis[largest])
    along = sum(a * b for a, b in zip(axis, origin, strict=True))
    foot = [round(b - along * a, 4) + 0.0 for a, b in zip(axis, origin, strict=True)]
    return face["is_hole"], round(face["radius"], 5), *(round(sign * a, 5) + 0.0 for a in axis), *foot


def _feature(faces: list[dict[str, Any]], unit: StepUnit | None, product: Product) -> MachinedFeature:
    first, scale = faces[0], _scale(unit)
    angle = sum(face["angle"] for face in faces)
    axis, origin = first["axis"], first["origin"]
    base = sum(a * b for a, b in zip(axis, origin, strict=True))
    ends = []
    for face in faces:
        offset = sum(a * b for a, b in zip(axis, face["origin"], strict=True)) - base
        turn = 1 if sum(a * b for a, b in zip(axis, face["axis"], strict=True)) > 0 else -1
        ends += [offset + turn * face["from"], offset + turn * face["to"]]
    symbol, origin_of_unit = (unit.symbol, UnitOrigin.DECLARED) if unit and unit.symbol else (None, None)
    dimensions = [
        Dimension(kind=kind, nominal=value * scale, unit=symbol, unit_origin=origin_of_unit)
        for kind, value in ((DimensionKind.DIAMETER, 2 * first["radius"]), (DimensionKind.DEPTH, max(ends) - min(ends)))
    ]
    is_full = angle >= 2 * math.pi - 1e-6
    return MachinedFeature(
        kind=("hole" if first["is_hole"] else "cylinder") if is_full else ("fillet" if first["is_hole"] else "round"),
        dimensions=tuple(dimensions),
        axis=_triple(axis),
        origin=_triple([value * scale for value in origin]),
        details={"part": product.key, "faces": len(faces), "angle_deg": math.degrees(angle)},
        provenance=Provenance(place=Locator(step_id=product.id), method="cylindrical faces"),
    )


def _kind(item: Item) -> str | None:
    words = f"{item.name or ''} {item.representation or ''} {item.description or ''}".lower()
    if item.measure_type == "VOLUME_MEASURE":
        return "volume"
    if item.measure_type == "AREA_MEASURE":
        # the area of free faces has a property of its own, the one of solids is called wetted
        return None if "independent" in words else "area"
    is_centre = isinstance(item.value, tuple) and ("centroid" in words or "centre point" in words)
    return "centroid" if is_centre and "curve" not in words and "surface" not in words else None


def _scale(unit: StepUnit | None) -> float:
    """Millimetres, which the kernel works in, to the part's unit; what declares no unit is read as millimetres."""
    return _MM / unit.factor if unit is not None and unit.factor else 1.0


def _measure(value: float | None, power: int, unit: StepUnit | None) -> Measure | None:
    if value is None:
        return None
    if unit is None or unit.symbol is None:
        return Measure(value=value)
    suffix = {2: "²", 3: "³"}[power]
    return Measure(value=value * _scale(unit) ** power, unit=unit.symbol + suffix, si_value=value * _MM**power)


def _box(computed: dict[str, Any], unit: StepUnit | None) -> BoundingBox | None:
    corners = computed.get("box")
    if corners is None:
        return None
    low, high = (_triple([value * _scale(unit) for value in corner]) for corner in corners)
    if low is None or high is None:
        return None
    return BoundingBox(minimum=low, maximum=high, unit=unit.symbol if unit else None)


def _triple(values: Any) -> tuple[float, float, float] | None:
    return (values[0], values[1], values[2]) if len(values) == 3 else None
