"""Units of an IFC file: what the project assigns, what a value states itself, and conversion to SI.

IfcSIUnit with prefix, IfcConversionBasedUnit (with offset), IfcContextDependentUnit, IfcDerivedUnit and
IfcMonetaryUnit of the IfcMeasureResource (ISO 16739-1:2024, 8.11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pybase_extraction.part21 import Component, TypedValue
from pybase_extraction.results import Measure
from pybase_extraction.units import unit as known_unit
from pybase_extraction_ifc.model import Entity, IfcModel, plain

_PREFIXES = {
    "EXA": ("E", 18), "PETA": ("P", 15), "TERA": ("T", 12), "GIGA": ("G", 9), "MEGA": ("M", 6), "KILO": ("k", 3),
    "HECTO": ("h", 2), "DECA": ("da", 1), "DECI": ("d", -1), "CENTI": ("c", -2), "MILLI": ("m", -3),
    "MICRO": ("µ", -6), "NANO": ("n", -9), "PICO": ("p", -12), "FEMTO": ("f", -15), "ATTO": ("a", -18),
}  # fmt: skip

_SI = {
    "AMPERE": "A", "BECQUEREL": "Bq", "CANDELA": "cd", "COULOMB": "C", "CUBIC_METRE": "m³", "DEGREE_CELSIUS": "°C",
    "FARAD": "F", "GRAM": "g", "GRAY": "Gy", "HENRY": "H", "HERTZ": "Hz", "JOULE": "J", "KELVIN": "K", "LUMEN": "lm",
    "LUX": "lx", "METRE": "m", "MOLE": "mol", "NEWTON": "N", "OHM": "Ω", "PASCAL": "Pa", "RADIAN": "rad",
    "SECOND": "s", "SIEMENS": "S", "SIEVERT": "Sv", "SQUARE_METRE": "m²", "STERADIAN": "sr", "TESLA": "T",
    "VOLT": "V", "WATT": "W", "WEBER": "Wb",
}  # fmt: skip

_CELSIUS_ZERO = Fraction(27315, 100)


@dataclass(frozen=True, slots=True)
class IfcUnit:
    """A unit as the file defines it.

    Attributes:
        symbol: Canonical symbol, or the name as written for units of the file's own.
        factor: SI value of one such unit; None when the file does not tell (context dependent units, currencies).
        offset: SI value of zero.
        is_derived_from_mass: Not used by conversions; the SI base of mass is the kilogram.
    """

    symbol: str
    factor: Fraction | None
    offset: Fraction = Fraction(0)

    def to_si(self, value: float) -> float | None:
        """Convert a value; None when the factor is unknown."""
        if self.factor is None:
            return None
        if self.offset:
            return float(Fraction(repr(float(value))) * self.factor + self.offset)
        # a division by 1000 rounds once, a product with 0.001 twice
        try:
            return value * self.factor.numerator / self.factor.denominator
        except OverflowError:
            return None

    def measure(self, value: float) -> Measure:
        """Give a value with this unit."""
        return Measure(value=value, unit=self.symbol, si_value=self.to_si(value))


_KIND_OF_MEASURE = re.compile(r"^Ifc(?:Positive|NonNegative|Normalised)?(\w+?)Measure$")
_KINDS = {
    "Ratio": None, "Count": None, "Numeric": None, "Descriptive": None, "ParameterValue": None, "Date": None,
    "ContextDependent": None, "Complex": None, "Monetary": "MONETARY",
    # where IfcDerivedUnitEnum does not say it as the measure does
    "ThermalConductivity": "THERMALCONDUCTANCEUNIT", "SectionalAreaIntegral": "SECTIONAREAINTEGRALUNIT",
}  # fmt: skip


class Units:
    """The units that apply in a file.

    Attributes:
        assigned: For each unit type the unit that the project assigns.
    """

    def __init__(self, model: IfcModel) -> None:
        self._model = model
        self._found: dict[int, IfcUnit | None] = {}
        self._by_type: dict[str, IfcUnit | None] = {}
        self.assigned: dict[str, IfcUnit] = {}
        for number in self._assignment():
            kind, found = self._kind(number), self.find(number)
            if kind and found:
                self.assigned.setdefault(kind, found)

    @property
    def length(self) -> IfcUnit | None:
        """Unit of lengths, or None when the project assigns none."""
        return self.assigned.get("LENGTHUNIT")

    def _assignment(self) -> list[int]:
        contexts = [entity.ref("UnitsInContext") for entity in self._model.of("IfcContext", "IfcProject")]
        numbers = [number for number in contexts if number is not None] or self._model.ids("IfcUnitAssignment")
        entities = (self._model.entity(number) for number in numbers)
        return [unit for entity in entities if entity for unit in entity.refs("Units")]

    def _kind(self, number: int) -> str | None:
        entity = self._model.entity(number)
        if entity is None:
            return None
        return "MONETARY" if entity.is_a("IfcMonetaryUnit") else entity.text("UnitType")

    def of_type(self, type_name: str | None) -> IfcUnit | None:
        """Unit that applies to a measure type, for example ``IfcLengthMeasure``; None when there is none."""
        if type_name is None:
            return None
        if type_name not in self._by_type:
            kind = unit_type(type_name)
            self._by_type[type_name] = self.assigned.get(kind) if kind else None
        return self._by_type[type_name]

    def find(self, number: int | None, depth: int = 0) -> IfcUnit | None:
        """Read a unit; None when there is none, or it breaks the schema."""
        if number is None or depth > 8:
            return None
        if number not in self._found:
            self._found[number] = None
            entity = self._model.entity(number)
            self._found[number] = self._read(entity, depth) if entity else None
        return self._found[number]

    def _read(self, entity: Entity, depth: int) -> IfcUnit | None:
        match entity.ifc_class.name:
            case "IfcSIUnit":
                return _si_unit(entity)
            case "IfcConversionBasedUnit" | "IfcConversionBasedUnitWithOffset":
                return self._conversion(entity, depth)
            case "IfcDerivedUnit":
                return self._derived(entity, depth)
            case "IfcContextDependentUnit":
                name = entity.text("Name")
                return IfcUnit(name, None) if name else None
            case "IfcMonetaryUnit":
                currency = entity.text("Currency")
                return IfcUnit(currency, None) if currency else None
            case _:
                return None

    def _conversion(self, entity: Entity, depth: int) -> IfcUnit | None:
        name, factor = entity.text("Name"), self._model.entity(entity.ref("ConversionFactor"))
        if name is None:
            return None
        component = self.find(factor.ref("UnitComponent"), depth + 1) if factor else None
        value = factor.number("ValueComponent") if factor else None
        if component is None or component.factor is None or not value:
            return IfcUnit(_spelled(name), None)
        exact = Fraction(repr(float(value))) * component.factor
        canonical = known_unit(_spelled(name))
        if canonical is not None and _is_close(canonical.factor, exact):
            # what the file writes is this unit, rounded
            return IfcUnit(canonical.symbol, Fraction(canonical.factor), canonical.offset)
        offset = entity.number("ConversionOffset")
        return IfcUnit(_spelled(name), exact, Fraction(repr(float(offset))) * exact if offset else Fraction(0))

    def _derived(self, entity: Entity, depth: int) -> IfcUnit | None:
        parts: list[tuple[IfcUnit, int]] = []
        for number in entity.refs("Elements"):
            element = self._model.entity(number)
            found = self.find(element.ref("Unit"), depth + 1) if element else None
            exponent = element.number("Exponent") if element else None
            if found is None or exponent is None or abs(exponent) > 16:
                return None
            parts.append((found, int(exponent)))
        factor: Fraction | None = Fraction(1)
        for found, exponent in parts:
            factor = None if factor is None or not found.factor else factor * found.factor**exponent
        return IfcUnit(_product(parts), factor) if parts else None

    def as_table(self) -> dict[str, dict[str, Any]]:
        """For each unit type the symbol and the SI value of one unit, for the result's metadata."""
        return {
            kind: {"symbol": unit.symbol, "si_factor": None if unit.factor is None else float(unit.factor)}
            for kind, unit in sorted(self.assigned.items())
        }


def unit_type(type_name: str) -> str | None:
    """Unit type of a measure type: ``IfcPositiveLengthMeasure`` -> ``LENGTHUNIT``; None for numbers without unit."""
    match = _KIND_OF_MEASURE.match(type_name)
    if match is None:
        return None
    kind = match[1].removesuffix("Positive")
    return _KINDS[kind] if kind in _KINDS else f"{kind.upper()}UNIT"


def _si_unit(entity: Entity) -> IfcUnit | None:
    name, prefix = entity.text("Name"), entity.text("Prefix")
    symbol = _SI.get(name or "")
    if symbol is None:
        return None
    if name == "DEGREE_CELSIUS":
        return IfcUnit(symbol, Fraction(1), _CELSIUS_ZERO)
    power = {"SQUARE_METRE": 2, "CUBIC_METRE": 3}.get(name or "", 1)
    letter, exponent = _PREFIXES.get(prefix or "", ("", 0))
    factor = Fraction(10) ** (exponent * power)
    return IfcUnit(letter + symbol, factor / 1000 if name == "GRAM" else factor)


_POWERS = {"SQUARE": "²", "CUBIC": "³", "SQ": "²", "CU": "³"}


def _spelled(name: str) -> str:
    """Spell a conversion based unit by its symbol where it has one: ``SQUARE FOOT`` -> ``ft²``."""
    words = name.strip().replace("_", " ").split()
    power = _POWERS.get(words[0].upper(), "") if len(words) > 1 else ""
    base = known_unit(" ".join(words[1:] if power else words))
    return base.symbol + power if base else name


def _is_close(known: Fraction | float, found: Fraction) -> bool:
    return abs(float(known) - float(found)) <= 1e-5 * abs(float(known))


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _product(parts: list[tuple[IfcUnit, int]]) -> str:
    above = [_power(unit.symbol, exponent) for unit, exponent in parts if exponent > 0]
    below = [_power(unit.symbol, -exponent) for unit, exponent in parts if exponent < 0]
    if not below:
        return "·".join(above)
    denominator = "·".join(below)
    return f"{'·'.join(above) or '1'}/{f'({denominator})' if len(below) > 1 else denominator}"


def _power(symbol: str, exponent: int) -> str:
    if exponent == 1:
        return symbol
    if symbol[-1:] in "²³" or "/" in symbol:
        symbol = f"({symbol})"
    return symbol + str(exponent).translate(_SUPERSCRIPTS)


def typed(value: Any) -> tuple[str | None, Any]:
    """Split a select value into the keyword of its type and the value."""
    if isinstance(value, TypedValue):
        return value.type, plain(value)
    return None, value


__all__ = ["Component", "IfcUnit", "Units", "typed", "unit_type"]
