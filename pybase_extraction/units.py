"""Units of length, area, volume, angle, mass and temperature, with exact factors.

The factors are definitions, not measurements: the international yard and pound agreement of 1959 (1 in = 25.4 mm,
1 lb = 0.45359237 kg), the SI brochure for everything metric.  An unknown unit is None, never a guess.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Quantity(StrEnum):
    """The physical dimensions that units here belong to."""

    LENGTH = "length"
    AREA = "area"
    VOLUME = "volume"
    ANGLE = "angle"
    MASS = "mass"
    TEMPERATURE = "temperature"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit.

    Attributes:
        symbol: Canonical symbol, for example ``"mm"``.
        quantity: What it measures.
        factor: SI value of one such unit (metre, square metre, cubic metre, radian, kilogram, kelvin, second); exact
            but for the angles, where pi is not rational.
        offset: SI value of zero in this unit; not 0 only for temperatures.
    """

    symbol: str
    quantity: Quantity
    factor: Fraction | float
    offset: Fraction = Fraction(0)

    def to_si(self, value: float) -> float:
        """Convert a value in this unit to the SI unit of its quantity."""
        return float(_exact(value) * self.factor + self.offset)

    def from_si(self, value: float) -> float:
        """Convert a value in the SI unit of its quantity to this unit."""
        return float((_exact(value) - self.offset) / self.factor)


def _exact(value: float) -> Fraction:
    # the shortest decimal that names the float: 0.1 in is exactly 2.54 mm
    return Fraction(repr(float(value)))


_MM = Fraction(1, 1000)
_IN = Fraction(254, 10000)
_FT = _IN * 12
_LB = Fraction(45359237, 100000000)

_LENGTHS = {
    "nm": _MM / 1_000_000,
    "µm": _MM / 1000,
    "mm": _MM,
    "cm": _MM * 10,
    "dm": _MM * 100,
    "m": Fraction(1),
    "km": Fraction(1000),
    "µin": _IN / 1_000_000,
    "mil": _IN / 1000,
    "in": _IN,
    "ft": _FT,
    "yd": _FT * 3,
    "mi": _FT * 5280,
    "ft_us": Fraction(1200, 3937),
}

_UNITS: dict[str, Unit] = {name: Unit(name, Quantity.LENGTH, factor) for name, factor in _LENGTHS.items()}
_UNITS |= {f"{name}²": Unit(f"{name}²", Quantity.AREA, factor**2) for name, factor in _LENGTHS.items()}
_UNITS |= {f"{name}³": Unit(f"{name}³", Quantity.VOLUME, factor**3) for name, factor in _LENGTHS.items()}
_UNITS |= {
    "l": Unit("l", Quantity.VOLUME, Fraction(1, 1000)),
    "rad": Unit("rad", Quantity.ANGLE, Fraction(1)),
    "deg": Unit("deg", Quantity.ANGLE, math.pi / 180),
    "gon": Unit("gon", Quantity.ANGLE, math.pi / 200),
    "mg": Unit("mg", Quantity.MASS, Fraction(1, 1_000_000)),
    "g": Unit("g", Quantity.MASS, Fraction(1, 1000)),
    "kg": Unit("kg", Quantity.MASS, Fraction(1)),
    "t": Unit("t", Quantity.MASS, Fraction(1000)),
    "oz": Unit("oz", Quantity.MASS, _LB / 16),
    "lb": Unit("lb", Quantity.MASS, _LB),
    "K": Unit("K", Quantity.TEMPERATURE, Fraction(1)),
    "°C": Unit("°C", Quantity.TEMPERATURE, Fraction(1), Fraction(27315, 100)),
    "°F": Unit("°F", Quantity.TEMPERATURE, Fraction(5, 9), Fraction(45967, 180)),
    "s": Unit("s", Quantity.TIME, Fraction(1)),
    "min": Unit("min", Quantity.TIME, Fraction(60)),
    "h": Unit("h", Quantity.TIME, Fraction(3600)),
}

_SYNONYMS = {
    "um": "µm", "μm": "µm", "micron": "µm", "micrometre": "µm", "micrometer": "µm", "uin": "µin", "μin": "µin",
    "nanometre": "nm", "nanometer": "nm",
    "millimetre": "mm", "millimeter": "mm", "millimetres": "mm", "millimeters": "mm",
    "centimetre": "cm", "centimeter": "cm", "centimetres": "cm", "centimeters": "cm",
    "decimetre": "dm", "decimeter": "dm", "metre": "m", "meter": "m", "metres": "m", "meters": "m",
    "kilometre": "km", "kilometer": "km", "thou": "mil", "mils": "mil",
    '"': "in", "″": "in", "”": "in", "inch": "in", "inches": "in",
    "'": "ft", "′": "ft", "’": "ft", "foot": "ft", "feet": "ft", "us survey foot": "ft_us",
    "yard": "yd", "yards": "yd", "mile": "mi", "miles": "mi",
    "litre": "l", "liter": "l", "radian": "rad", "radians": "rad",
    "°": "deg", "degree": "deg", "degrees": "deg", "grad": "gon", "gradian": "gon",
    "gram": "g", "grams": "g", "gramme": "g", "kilogram": "kg", "kilograms": "kg", "kgs": "kg",
    "tonne": "t", "ton_metric": "t", "ounce": "oz", "ounces": "oz",
    "lbs": "lb", "lbm": "lb", "pound": "lb", "pounds": "lb",
    "kelvin": "K", "degc": "°C", "celsius": "°C", "degf": "°F", "fahrenheit": "°F",
    "second": "s", "seconds": "s", "minute": "min", "minutes": "min", "hour": "h", "hours": "h",
}  # fmt: skip

_POWERS = {"mm2": "mm²", "cm2": "cm²", "m2": "m²", "in2": "in²", "ft2": "ft²", "sqm": "m²", "sqft": "ft²"}
_POWERS |= {"mm3": "mm³", "cm3": "cm³", "m3": "m³", "in3": "in³", "ft3": "ft³"}


def unit(name: str) -> Unit | None:
    """Find a unit by symbol or common spelling; None when it is not known.

    Symbols are matched as written first (``"K"`` is not ``"k"``), spellings without regard to case.
    """
    text = name.strip()
    if found := _UNITS.get(text):
        return found
    folded = text.casefold().rstrip(".")
    canonical = _SYNONYMS.get(folded) or _POWERS.get(folded.replace("^", "")) or folded
    return _UNITS.get(canonical)


def convert(value: float, source: str, target: str) -> float:
    """Convert a value between two units of one quantity.

    Raises:
        ValueError: A unit is unknown, or the two measure different quantities.
    """
    given, wanted = unit(source), unit(target)
    if given is None or wanted is None:
        raise ValueError(f"unknown unit {source if given is None else target!r}")
    if given.quantity is not wanted.quantity:
        raise ValueError(f"{source!r} measures {given.quantity}, {target!r} measures {wanted.quantity}")
    if isinstance(given.factor, Fraction) and isinstance(wanted.factor, Fraction):
        return float((_exact(value) * given.factor + given.offset - wanted.offset) / wanted.factor)
    if given.symbol == wanted.symbol:
        return value
    return wanted.from_si(given.to_si(value))
