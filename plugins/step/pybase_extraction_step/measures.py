"""Units and measures (ISO 10303-41): resolved through prefixes, conversions and derived units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pybase_extraction.part21 import COMPLEX, Ref, TypedValue
from pybase_extraction.results import Measure
from pybase_extraction.units import unit as known_unit
from pybase_extraction_step.model import StepModel, at, number, references, text

_PREFIXES = {
    "EXA": 1e18, "PETA": 1e15, "TERA": 1e12, "GIGA": 1e9, "MEGA": 1e6, "KILO": 1e3, "HECTO": 1e2, "DECA": 1e1,
    "DECI": 1e-1, "CENTI": 1e-2, "MILLI": 1e-3, "MICRO": 1e-6, "NANO": 1e-9, "PICO": 1e-12, "FEMTO": 1e-15,
    "ATTO": 1e-18,
}  # fmt: skip
_LETTERS = {
    "EXA": "E", "PETA": "P", "TERA": "T", "GIGA": "G", "MEGA": "M", "KILO": "k", "HECTO": "h", "DECA": "da",
    "DECI": "d", "CENTI": "c", "MILLI": "m", "MICRO": "µ", "NANO": "n", "PICO": "p", "FEMTO": "f", "ATTO": "a",
}  # fmt: skip
Dimension = tuple[int, int, int, int, int]
"""Exponents of length, mass, time, electric current and temperature."""

_LENGTH: Dimension = (1, 0, 0, 0, 0)
_MASS: Dimension = (0, 1, 0, 0, 0)
# symbol and dimension of the names of SI units (ISO 10303-41 si_unit_name); lumen, lux, mole and candela have others
_SI: dict[str, tuple[str, Dimension]] = {
    "METRE": ("m", _LENGTH), "GRAM": ("g", _MASS), "SECOND": ("s", (0, 0, 1, 0, 0)),
    "AMPERE": ("A", (0, 0, 0, 1, 0)), "KELVIN": ("K", (0, 0, 0, 0, 1)), "DEGREE_CELSIUS": ("°C", (0, 0, 0, 0, 1)),
    "RADIAN": ("rad", (0, 0, 0, 0, 0)), "STERADIAN": ("sr", (0, 0, 0, 0, 0)), "HERTZ": ("Hz", (0, 0, -1, 0, 0)),
    "NEWTON": ("N", (1, 1, -2, 0, 0)), "PASCAL": ("Pa", (-1, 1, -2, 0, 0)), "JOULE": ("J", (2, 1, -2, 0, 0)),
    "WATT": ("W", (2, 1, -3, 0, 0)), "COULOMB": ("C", (0, 0, 1, 1, 0)), "VOLT": ("V", (2, 1, -3, -1, 0)),
    "FARAD": ("F", (-2, -1, 4, 2, 0)), "OHM": ("Ω", (2, 1, -3, -2, 0)), "SIEMENS": ("S", (-2, -1, 3, 2, 0)),
    "WEBER": ("Wb", (2, 1, -2, -1, 0)), "TESLA": ("T", (0, 1, -2, -1, 0)), "HENRY": ("H", (2, 1, -2, -2, 0)),
}  # fmt: skip
_LENGTHS = ("m", "dm", "cm", "mm", "µm", "nm", "km", "in", "ft", "yd", "mil", "µin", "mi")
_MASSES = ("kg", "g", "t", "lb", "oz", "mg")
_ANGLES = ("rad", "deg", "gon")
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_MAX_NESTING = 8


@dataclass(frozen=True, slots=True)
class StepUnit:
    """A unit of the file.

    Attributes:
        symbol: As in ``pybase_extraction.units``, else as the file names it; None when it has no name.
        factor: SI value of one; None when the file does not resolve it.
        dimension: None when it is not known.
        is_angle: Whether it measures plane angles.
    """

    symbol: str | None
    factor: float | None
    dimension: Dimension | None
    is_angle: bool = False


@dataclass(frozen=True, slots=True)
class ContextUnits:
    """Units that hold for a representation."""

    length: StepUnit | None = None
    angle: StepUnit | None = None
    mass: StepUnit | None = None


class Units:
    """Units of one file, each resolved once."""

    def __init__(self, model: StepModel) -> None:
        self._model = model
        self._units: dict[int, StepUnit | None] = {}
        self._contexts: dict[int, ContextUnits] = {}

    def unit(self, reference: object, depth: int = 0) -> StepUnit | None:
        """Resolve a unit; None when it is not there or refers to itself."""
        if not isinstance(reference, Ref) or depth > _MAX_NESTING:
            return None
        key = int(reference)
        if key not in self._units:
            self._units[key] = None
            self._units[key] = self._resolve(reference, depth)
        return self._units[key]

    def context(self, reference: object) -> ContextUnits:
        """Units of a representation context."""
        if not isinstance(reference, Ref):
            return ContextUnits()
        key = int(reference)
        if key not in self._contexts:
            self._contexts[key] = self._read_context(reference)
        return self._contexts[key]

    def of_representation(self, reference: object) -> ContextUnits:
        """Units of the context of a representation."""
        return self.context(at(representation_of(self._model, reference), 2))

    def file_length(self) -> str | None:
        """Unit of lengths that most contexts of the file declare."""
        symbols = [
            units.length.symbol
            for key in self._model.complex_ids("GLOBAL_UNIT_ASSIGNED_CONTEXT")
            if (units := self.context(Ref(key))).length is not None and units.length is not None
        ]
        named = [symbol for symbol in symbols if symbol is not None]
        return max(named, key=named.count) if named else None

    def measure(self, reference: object) -> Measure | None:
        """Value of a measure with unit, however it is written; None when it has no number."""
        pair = self._pair(reference)
        value = number(pair[0]) if pair else None
        if pair is None or value is None:
            return None
        return self.with_unit(value, self.unit(pair[1]))

    @staticmethod
    def with_unit(value: float, unit: StepUnit | None) -> Measure:
        """A number in a unit, with its SI value where the unit is resolved."""
        if unit is None or unit.factor is None:
            return Measure(value=value, unit=unit.symbol if unit else None)
        known = known_unit(unit.symbol) if unit.symbol else None
        # a tesla is no tonne, though both are spelled alike without regard to case
        is_it = known is not None and abs(float(known.factor) - unit.factor) <= 1e-6 * unit.factor
        si_value = known.to_si(value) if known is not None and is_it else value * unit.factor
        return Measure(value=value, unit=unit.symbol, si_value=si_value)

    def measure_type(self, reference: object) -> str | None:
        """Name of the measure's defined type, for example ``VOLUME_MEASURE``."""
        pair = self._pair(reference)
        return pair[0].type if pair and isinstance(pair[0], TypedValue) else None

    def _pair(self, reference: object) -> tuple[Any, Any] | None:
        model = self._model
        record = model.get(reference)
        if record is None:
            return None
        if record.type == "MEASURE_REPRESENTATION_ITEM":
            return at(record.arguments, 1), at(record.arguments, 2)
        if record.type.endswith("MEASURE_WITH_UNIT"):
            return at(record.arguments, 0), at(record.arguments, 1)
        for component in record.components:
            if component.type.endswith("MEASURE_WITH_UNIT") and len(component.arguments) == 2:
                return component.arguments[0], component.arguments[1]
        return None

    def _read_context(self, reference: Ref) -> ContextUnits:
        listed = self._model.arguments(reference, "GLOBAL_UNIT_ASSIGNED_CONTEXT")
        units = [found for item in references(at(listed, 0)) if (found := self.unit(Ref(item))) is not None]
        return ContextUnits(
            length=next((unit for unit in units if unit.dimension == _LENGTH), None),
            angle=next((unit for unit in units if unit.is_angle), None),
            mass=next((unit for unit in units if unit.dimension == _MASS), None),
        )

    def _resolve(self, reference: Ref, depth: int) -> StepUnit | None:
        model = self._model
        if si := model.arguments(reference, "SI_UNIT"):
            return _si_unit(at(si, len(si) - 2), si[-1]) if len(si) > 1 else None
        if converted := model.arguments(reference, "CONVERSION_BASED_UNIT"):
            return self._converted(reference, converted, depth)
        elements = model.arguments(reference, "DERIVED_UNIT")
        return self._derived(references(at(elements, 0)), depth) if elements else None

    def _converted(self, reference: Ref, arguments: tuple[Any, ...], depth: int) -> StepUnit:
        name = text(at(arguments, len(arguments) - 2))
        pair = self._pair(at(arguments, len(arguments) - 1))
        base = self.unit(pair[1], depth + 1) if pair else None
        value = number(pair[0]) if pair else None
        if base is None or base.factor is None or value is None:
            return StepUnit(name, None, None)
        record = self._model.get(reference)
        is_angle = record is not None and record.component("PLANE_ANGLE_UNIT") is not None
        factor = value * base.factor
        return StepUnit(_symbol_of(factor, base.dimension, is_angle=is_angle) or name, factor, base.dimension, is_angle)

    def _derived(self, elements: list[int], depth: int) -> StepUnit | None:
        factor, dimension, names = 1.0, [0, 0, 0, 0, 0], []
        for element in elements:
            arguments = self._model.arguments(Ref(element), "DERIVED_UNIT_ELEMENT")
            base, exponent = self.unit(at(arguments, 0), depth + 1), number(at(arguments, 1))
            if base is None or base.factor is None or base.dimension is None or exponent is None:
                return None
            if abs(exponent) > 16 or exponent != int(exponent):
                return None
            factor *= base.factor ** int(exponent)
            dimension = [a + b * int(exponent) for a, b in zip(dimension, base.dimension, strict=True)]
            names.append((base.symbol or "?", int(exponent)))
        if not names:
            return None
        length, mass, time, current, temperature = dimension
        return StepUnit(_compound(names), factor, (length, mass, time, current, temperature))


def representation_of(model: StepModel, reference: object) -> tuple[Any, ...]:
    """Name, items and context of a representation of any subtype."""
    record = model.get(reference)
    if record is None:
        return ()
    if record.type != COMPLEX:
        return record.arguments
    return record.component("REPRESENTATION") or next(
        (part.arguments for part in record.components if len(part.arguments) >= 3), ()
    )


def _si_unit(prefix: object, name: object) -> StepUnit | None:
    if not isinstance(name, str) or name not in _SI:
        return StepUnit(name, None, None) if isinstance(name, str) else None
    symbol, dimension = _SI[name]
    # the gram is a thousandth of SI's kilogram
    factor = 1e-3 if name == "GRAM" else 1.0
    if prefix is None:
        return StepUnit(symbol, factor, dimension, name == "RADIAN")
    if prefix not in _PREFIXES:
        return StepUnit(None, None, None)
    factor *= _PREFIXES[str(prefix)]
    named = _symbol_of(factor, dimension, is_angle=name == "RADIAN") or _LETTERS[str(prefix)] + symbol
    return StepUnit(named, factor, dimension, name == "RADIAN")


def _symbol_of(factor: float, dimension: Dimension | None, *, is_angle: bool) -> str | None:
    """Symbol of the known unit that has this factor within 1e-6, which is what exporters write of pi and of inches."""
    candidates = _ANGLES if is_angle else {_LENGTH: _LENGTHS, _MASS: _MASSES}.get(dimension or (0, 0, 0, 0, 0), ())
    for symbol in candidates:
        known = known_unit(symbol)
        if known is not None and abs(float(known.factor) - factor) <= 1e-6 * factor:
            return symbol
    return None


def _compound(names: list[tuple[str, int]]) -> str:
    def power(symbol: str, exponent: int) -> str:
        return symbol if exponent == 1 else symbol + str(exponent).translate(_SUPERSCRIPT)

    above = "·".join(power(symbol, exponent) for symbol, exponent in names if exponent > 0)
    below = "·".join(power(symbol, -exponent) for symbol, exponent in names if exponent < 0)
    return f"{above or '1'}/{below}" if below else above
