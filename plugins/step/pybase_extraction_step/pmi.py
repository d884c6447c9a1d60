"""Product and manufacturing information as data: dimensions, tolerances, datums, saved views (ISO 10303-47, AP242)."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

from pybase_extraction.part21 import Record, Ref, TypedValue
from pybase_extraction.results import (
    Datum,
    DatumReference,
    Dimension,
    DimensionKind,
    FeatureControlFrame,
    Fit,
    Measure,
    Provenance,
    SavedView,
    ToleranceOrigin,
    ToleranceZone,
    UnitOrigin,
)
from pybase_extraction.source import Locator
from pybase_extraction_step.measures import Units, representation_of
from pybase_extraction_step.model import StepModel, at, references, text

_CHARACTERISTICS = {
    "ANGULARITY_TOLERANCE": "angularity", "CIRCULAR_RUNOUT_TOLERANCE": "circular_runout",
    "COAXIALITY_TOLERANCE": "coaxiality", "CONCENTRICITY_TOLERANCE": "concentricity",
    "CYLINDRICITY_TOLERANCE": "cylindricity", "FLATNESS_TOLERANCE": "flatness",
    "LINE_PROFILE_TOLERANCE": "profile_of_line", "PARALLELISM_TOLERANCE": "parallelism",
    "PERPENDICULARITY_TOLERANCE": "perpendicularity", "POSITION_TOLERANCE": "position",
    "ROUNDNESS_TOLERANCE": "circularity", "STRAIGHTNESS_TOLERANCE": "straightness",
    "SURFACE_PROFILE_TOLERANCE": "profile_of_surface", "SYMMETRY_TOLERANCE": "symmetry",
    "TOTAL_RUNOUT_TOLERANCE": "total_runout",
}  # fmt: skip
_MODIFIERS = {
    "MAXIMUM_MATERIAL_REQUIREMENT": "Ⓜ", "LEAST_MATERIAL_REQUIREMENT": "Ⓛ", "RECIPROCITY_REQUIREMENT": "Ⓡ",
    "FREE_STATE": "Ⓕ", "FREE_STATE_CONDITION": "Ⓕ", "TANGENT_PLANE": "Ⓣ", "COMMON_ZONE": "CZ", "SEPARATE_ZONE": "SZ",
    "STATISTICAL_TOLERANCE": "ST", "MAXIMUM_MATERIAL_CONDITION": "Ⓜ", "LEAST_MATERIAL_CONDITION": "Ⓛ",
    "UNITED_FEATURE": "UF", "EACH_RADIAL_ELEMENT": "ACS", "TRANSLATION": "▷",
}  # fmt: skip
_SIZES = ("DIMENSIONAL_SIZE", "ANGULAR_SIZE", "DIMENSIONAL_SIZE_WITH_PATH", "DIMENSIONAL_SIZE_WITH_DATUM_FEATURE")
_LOCATIONS = (
    "DIMENSIONAL_LOCATION", "ANGULAR_LOCATION", "DIRECTED_DIMENSIONAL_LOCATION", "DIMENSIONAL_LOCATION_WITH_PATH",
)  # fmt: skip
_TARGETS = ("PLACED_DATUM_TARGET_FEATURE", "DATUM_TARGET")
_VIEWS = ("DRAUGHTING_MODEL",)
_CAMERAS = ("CAMERA_MODEL_D3", "CAMERA_MODEL_D3_MULTI_CLIPPING")
_CALLOUTS = (
    "DRAUGHTING_CALLOUT",
    "ANNOTATION_OCCURRENCE",
    "TESSELLATED_ANNOTATION_OCCURRENCE",
    "LEADER_DIRECTED_CALLOUT",
)


class PmiReader:
    """Reads the product and manufacturing information of one file."""

    def __init__(self, model: StepModel, units: Units) -> None:
        self._model = model
        self._units = units
        self._sizes: dict[int, list[int]] = defaultdict(list)
        self._ranges: dict[int, Ref] = {}
        for record in model.of("DIMENSIONAL_CHARACTERISTIC_REPRESENTATION"):
            dimension, representation = at(record.arguments, 0), at(record.arguments, 1)
            if isinstance(dimension, Ref) and isinstance(representation, Ref):
                self._sizes[int(dimension)].append(int(representation))
        for record in model.of("PLUS_MINUS_TOLERANCE"):
            tolerance, dimension = at(record.arguments, 0), at(record.arguments, 1)
            if isinstance(tolerance, Ref) and isinstance(dimension, Ref):
                self._ranges[int(dimension)] = tolerance
        self._zones, self._projected = self._read_zones()

    def read(self) -> dict[str, Any]:
        """Sections of the result."""
        return {
            "dimensions": tuple(self._dimension(record) for record in self._model.of(*_SIZES, *_LOCATIONS)),
            "feature_control_frames": tuple(self._frames()),
            "datums": tuple(self._datums()),
            "saved_views": tuple(self._views()),
        }

    def _dimension(self, record: Record) -> Dimension:
        name = self._dimension_name(record)
        values: dict[str, Measure] = {}
        notes: list[str] = []
        for representation in self._sizes.get(record.id, ()):
            for item in references(at(representation_of(self._model, Ref(representation)), 1)):
                self._take(Ref(item), values, notes)
        nominal = values.get("nominal")
        is_angle = "ANGULAR" in (record.type or " ".join(part.type for part in record.components)) or "angle" in name
        upper, lower, fit = self._deviations(record.id, nominal, values)
        origin = None
        if upper is not None or lower is not None:
            origin = ToleranceOrigin.LIMITS if record.id not in self._ranges else ToleranceOrigin.DECLARED
        unit, scale = _shown(nominal, is_angle=is_angle)
        return Dimension(
            kind=_dimension_kind(name, is_angle=is_angle),
            nominal=nominal.value * scale if nominal else None,
            upper=upper * scale if upper is not None else None,
            lower=lower * scale if lower is not None else None,
            tolerance_origin=ToleranceOrigin.FIT if fit and origin is None else origin,
            fit=fit,
            unit=unit,
            unit_origin=UnitOrigin.DECLARED if unit else None,
            is_basic="theoretical" in notes or "basic" in notes,
            is_reference="auxiliary" in notes or "reference" in notes,
            is_maximum="maximum" in notes,
            is_minimum="minimum" in notes,
            label=name or None,
            provenance=_place(record),
        )

    def _dimension_name(self, record: Record) -> str:
        if record.components:
            parts = [record.component("DIMENSIONAL_SIZE"), record.component("SHAPE_ASPECT_RELATIONSHIP")]
            found = next((part for part in parts if part), ())
            return next((value for value in found if isinstance(value, str) and value), "")
        return text(at(record.arguments, 1 if record.type in _SIZES else 0)) or ""

    def _take(self, item: Ref, values: dict[str, Measure], notes: list[str]) -> None:
        record = self._model.get(item)
        if record is None:
            return
        if record.type == "DESCRIPTIVE_REPRESENTATION_ITEM":
            notes.append((text(at(record.arguments, 1)) or "").lower())
            return
        measure = self._units.measure(item)
        name = (text(at(record.component("REPRESENTATION_ITEM") or record.arguments, 0)) or "").lower()
        if measure is not None:
            key = "upper" if "upper" in name else "lower" if "lower" in name else "nominal"
            values.setdefault(key, measure)
        qualifiers = references(at(record.component("QUALIFIED_REPRESENTATION_ITEM") or (), 0))
        types = (at(self._model.arguments(Ref(item), "TYPE_QUALIFIER"), 0) for item in qualifiers)
        notes += [(text(kind) or "").lower() for kind in types]

    def _deviations(
        self, number: int, nominal: Measure | None, values: dict[str, Measure]
    ) -> tuple[float | None, float | None, Fit | None]:
        """Upper and lower deviation in the unit of the nominal size."""
        tolerance = self._ranges.get(number)
        if limits := self._model.arguments(tolerance, "LIMITS_AND_FITS"):
            variance, zone, grade = (text(value) or "" for value in (*limits, None, None, None)[:3])
            symbol = f"{variance}{grade}" or None
            is_hole = "hole" in zone.lower() or variance.isupper()
            return None, None, Fit(hole=symbol) if is_hole else Fit(shaft=symbol)
        if pair := self._model.arguments(tolerance, "TOLERANCE_VALUE"):
            lower, upper = (self._units.measure(value) for value in (at(pair, 0), at(pair, 1)))
            return _in_unit(upper, nominal), _in_unit(lower, nominal), None
        if nominal is None:
            return None, None, None
        upper_limit, lower_limit = (_in_unit(values.get(name), nominal) for name in ("upper", "lower"))
        return (
            None if upper_limit is None else _difference(upper_limit, nominal.value),
            None if lower_limit is None else _difference(lower_limit, nominal.value),
            None,
        )

    def _read_zones(self) -> tuple[dict[int, str], dict[int, Measure]]:
        forms: dict[int, str] = {}
        projected: dict[int, Measure] = {}
        tolerances: dict[int, list[int]] = {}
        for record in self._model.of("TOLERANCE_ZONE"):
            form = text(at(self._model.arguments(at(record.arguments, 5), "TOLERANCE_ZONE_FORM"), 0)) or ""
            tolerances[record.id] = references(at(record.arguments, 4))
            forms.update(dict.fromkeys(tolerances[record.id], form.lower()))
        for record in self._model.of("PROJECTED_ZONE_DEFINITION"):
            length = self._units.measure(at(record.arguments, 3))
            zone = at(record.arguments, 0)
            if length is not None and isinstance(zone, Ref):
                projected.update(dict.fromkeys(tolerances.get(int(zone), ()), length))
        return forms, projected

    def _frames(self) -> list[FeatureControlFrame]:
        frames: dict[int, FeatureControlFrame] = {}
        for record in self._model.of(*_CHARACTERISTICS, "GEOMETRIC_TOLERANCE"):
            if record.id not in frames:
                frames[record.id] = self._frame(record)
        for record in self._model.of("GEOMETRIC_TOLERANCE_RELATIONSHIP"):
            first, second = at(record.arguments, 2), at(record.arguments, 3)
            is_composite = "composite" in (text(at(record.arguments, 0)) or "").lower()
            if is_composite and first in frames and second in frames and first != second:
                lower = frames.pop(second)
                upper = frames[first]
                frames[first] = upper.model_copy(update={"zones": upper.zones + lower.zones, "is_composite": True})
        return list(frames.values())

    def _frame(self, record: Record) -> FeatureControlFrame:
        arguments = record.component("GEOMETRIC_TOLERANCE") or record.arguments
        kinds = [record.type] if not record.components else [part.type for part in record.components]
        measure = self._units.measure(at(arguments, 2))
        form = self._zones.get(record.id, "")
        aspect = self._model.kind(at(arguments, 3)) or ""
        projected = self._projected.get(record.id)
        zone = ToleranceZone(
            value=measure.value if measure else None,
            shape="spherical" if "spherical" in form else "diameter" if "c" in form and "circular" in form else "width",
            modifiers=self._modifiers(record),
            projected=_in_unit(projected, measure),
            unit_basis=self._other(record, "GEOMETRIC_TOLERANCE_WITH_DEFINED_UNIT", measure),
            datums=tuple(self._references(record)),
            maximum=self._other(record, "GEOMETRIC_TOLERANCE_WITH_MAXIMUM_TOLERANCE", measure),
        )
        return FeatureControlFrame(
            characteristic=next((_CHARACTERISTICS[kind] for kind in kinds if kind in _CHARACTERISTICS), None),
            zones=(zone,),
            unit=measure.unit if measure else None,
            unit_origin=UnitOrigin.DECLARED if measure and measure.unit else None,
            all_around=aspect == "ALL_AROUND_SHAPE_ASPECT",
            is_between=aspect == "BETWEEN_SHAPE_ASPECT",
            label=text(at(arguments, 0)),
            provenance=_place(record),
        )

    def _other(self, record: Record, component: str, unit: Measure | None) -> float | None:
        return _in_unit(self._units.measure(at(record.component(component) or (), 0)), unit)

    def _modifiers(self, record: Record) -> tuple[str, ...]:
        found = []
        for component in ("GEOMETRIC_TOLERANCE_WITH_MODIFIERS", "MODIFIED_GEOMETRIC_TOLERANCE"):
            values = at(record.component(component) or (), 0)
            listed = values if isinstance(values, tuple) else (values,)
            found += [_MODIFIERS.get(value, value) for value in listed if isinstance(value, str)]
        if record.component("UNEQUALLY_DISPOSED_GEOMETRIC_TOLERANCE") is not None:
            found.append("Ⓤ")
        if record.id in self._projected:
            found.append("Ⓟ")
        return tuple(found)

    def _references(self, record: Record) -> list[DatumReference]:
        arguments = record.component("GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE")
        systems = at(arguments, 0) if arguments is not None else at(record.arguments, 4)
        found: list[tuple[float, DatumReference]] = []
        for item in references(systems):
            if system := self._model.arguments(Ref(item), "DATUM_SYSTEM"):
                for place, compartment in enumerate(references(at(system, 4))):
                    reference = self._compartment(Ref(compartment))
                    if reference is not None:
                        found.append((place, reference))
            else:
                found += self._old_reference(Ref(item))
        return [reference for _, reference in sorted(found, key=lambda pair: pair[0])]

    def _old_reference(self, item: Ref) -> list[tuple[float, DatumReference]]:
        arguments = self._model.arguments(item, "DATUM_REFERENCE", "REFERENCED_MODIFIED_DATUM")
        letter, place = self._letter(at(arguments, 1)), at(arguments, 0)
        modifier = at(arguments, 2)
        symbols = (_MODIFIERS.get(modifier, modifier),) if isinstance(modifier, str) else ()
        rank = float(place) if isinstance(place, int) else math.inf
        return [(rank, DatumReference(letters=(letter,), modifiers=symbols))] if letter else []

    def _compartment(self, reference: Ref) -> DatumReference | None:
        arguments = self._model.arguments(reference, "DATUM_REFERENCE_COMPARTMENT", "DATUM_REFERENCE_ELEMENT")
        base, own = at(arguments, 4), at(arguments, 5)
        modifiers = [symbol for value in (own if isinstance(own, tuple) else ()) if (symbol := self._modifier(value))]
        letter = self._letter(base)
        letters = [letter] if letter else []
        if not letters:
            for element in references(base):
                inner = self._compartment(Ref(element))
                letters += inner.letters if inner else ()
                modifiers += inner.modifiers if inner else ()
        return DatumReference(letters=tuple(letters), modifiers=tuple(modifiers)) if letters else None

    def _modifier(self, value: object) -> str | None:
        if isinstance(value, TypedValue):
            value = value.value
        if isinstance(value, Ref):
            value = at(self._model.arguments(value, "DATUM_REFERENCE_MODIFIER_WITH_VALUE"), 0)
        return _MODIFIERS.get(value, value) if isinstance(value, str) else None

    def _letter(self, reference: object) -> str | None:
        arguments = self._model.arguments(reference, "DATUM", "COMMON_DATUM")
        return text(at(arguments, 4))

    def _datums(self) -> list[Datum]:
        found = []
        for record in self._model.of("DATUM"):
            letter = text(at(record.arguments, 4))
            if letter is not None:
                found.append(Datum(letter=letter, raw=letter, provenance=_place(record)))
        letters = self._target_letters()
        for record in self._model.of(*_TARGETS):
            number = text(at(record.arguments, 4)) or ""
            digits = number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            letter = letters.get(record.id) or number[: len(number) - len(digits)] or None
            if letter is not None:
                target = int(digits) if digits.isdecimal() and len(digits) < 6 else None
                found.append(Datum(letter=letter, target=target, raw=f"{letter}{digits}", provenance=_place(record)))
        return found

    def _target_letters(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for record in self._model.of("SHAPE_ASPECT_RELATIONSHIP", "FEATURE_FOR_DATUM_TARGET_RELATIONSHIP"):
            first, second = at(record.arguments, 2), at(record.arguments, 3)
            for target, datum in ((first, second), (second, first)):
                letter = self._letter(datum)
                if letter is not None and isinstance(target, Ref):
                    found[int(target)] = letter
        return found

    def _views(self) -> list[SavedView]:
        found = []
        for record in self._model.of(*_VIEWS):
            arguments = record.arguments or record.component("REPRESENTATION") or ()
            items = references(at(arguments, 1))
            cameras = [item for item in items if self._model.arguments(Ref(item), *_CAMERAS)]
            callouts = sum(bool(self._model.arguments(Ref(item), *_CALLOUTS)) for item in items)
            for camera in cameras:
                name = text(at(self._model.arguments(Ref(camera), *_CAMERAS), 0)) or text(at(arguments, 0))
                if name is not None:
                    place = Provenance(place=Locator(step_id=camera), method="CAMERA_MODEL_D3")
                    found.append(SavedView(name=name, annotations=callouts, raw=name, provenance=place))
        return found


def _dimension_kind(name: str, *, is_angle: bool) -> DimensionKind:
    words = name.lower()
    if is_angle:
        return DimensionKind.ANGULAR
    for word, kind in (
        ("spherical diameter", DimensionKind.SPHERICAL_DIAMETER),
        ("spherical radius", DimensionKind.SPHERICAL_RADIUS),
        ("diameter", DimensionKind.DIAMETER),
        ("radius", DimensionKind.RADIUS),
        ("curve length", DimensionKind.ARC_LENGTH),
        ("curved distance", DimensionKind.ARC_LENGTH),
        ("thickness", DimensionKind.THICKNESS),
        ("depth", DimensionKind.DEPTH),
    ):
        if word in words:
            return kind
    return DimensionKind.LINEAR


def _shown(nominal: Measure | None, *, is_angle: bool) -> tuple[str | None, float]:
    """Unit of a dimension, and the factor to it: angles are in degrees in the vocabulary."""
    if nominal is None or nominal.unit is None:
        return None, 1.0
    if is_angle and nominal.unit == "rad":
        return "deg", 180 / math.pi
    return nominal.unit, 1.0


def _in_unit(measure: Measure | None, unit: Measure | None) -> float | None:
    """A measure in the unit of another one; None when it cannot be told."""
    if measure is None:
        return None
    if unit is None or measure.unit == unit.unit:
        return measure.value
    if measure.si_value is None or not unit.si_value or not unit.value:
        return None
    return measure.si_value * unit.value / unit.si_value


def _difference(limit: float, nominal: float) -> float:
    # what the decimals on paper give: 10.1 - 10 is 0.1
    return float(f"{limit - nominal:.12g}")


def _place(record: Record) -> Provenance:
    method = record.type or next((part.type for part in record.components if part.type in _CHARACTERISTICS), "complex")
    return Provenance(place=Locator(step_id=record.id), method=method)
