"""What a dimension shows: its number, tolerances and alternate units, written as AutoCAD writes them.

The variables are those of the dimension style (AutoCAD's system variables DIM...); stacked parts stand in one line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from pybase_extraction.results import DimensionKind
from pybase_extraction_dxf.dimension_styles import Style

_SCIENTIFIC, _DECIMAL, _ENGINEERING, _ARCHITECTURAL, _FRACTIONAL, _DESKTOP = range(1, 7)
"""DIMLUNIT: how lengths are written; the desktop's own way is taken for decimal."""
_FEET = frozenset({_ENGINEERING, _ARCHITECTURAL})
_ALTERNATE = {1: _SCIENTIFIC, 2: _DECIMAL, 3: _ENGINEERING, 4: _ARCHITECTURAL, 5: _FRACTIONAL, 6: _ARCHITECTURAL,
              7: _FRACTIONAL, 8: _DESKTOP}  # fmt: skip
"""DIMALTU tells stacked fractions (4, 5) from others (6, 7)."""
_MOST = 8
_HALF = 1e-10
"""What a half may be short of one, as a share of the value."""
_PREFIXES = {DimensionKind.RADIUS: "R", DimensionKind.DIAMETER: "Ø"}
_MINUTES, _GRADIANS, _RADIANS, _SURVEYOR = range(1, 5)
"""DIMAUNIT: how angles are written; 0 is decimal degrees."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How one kind of number is written.

    Attributes:
        unit: One of DIMLUNIT.
        decimals: Places; for fractions the power of two of the smallest one.
        zeros: Which zeros are left out (DIMZIN).
        point: Decimal sign.
    """

    unit: int
    decimals: int
    zeros: int
    point: str = "."

    @property
    def counts_inches(self) -> bool:
        """Whether a drawing unit is written as an inch."""
        return self.unit in _FEET

    def rounded(self, value: float) -> float:
        """A value with the precision that is written."""
        if self.unit in {_ARCHITECTURAL, _FRACTIONAL}:
            return float(_nearest(value, self.decimals))
        if self.unit == _SCIENTIFIC:
            return float(f"{value:.{self.decimals}e}")
        return to_places(value, self.decimals)

    def write(self, value: float) -> str:
        """A value as it is shown, without a sign."""
        value = abs(value)
        if self.unit == _SCIENTIFIC:
            return f"{value:.{self.decimals}E}".replace(".", self.point)
        if self.unit == _FRACTIONAL:
            return _fraction(_nearest(value, self.decimals))
        if self.unit in _FEET:
            return self._feet(value)
        return _decimal(value, self.decimals, self.zeros, self.point)

    def places(self, value: float) -> int | None:
        """Decimal places as shown, zeros at the end left out where they are; None for fractions and feet."""
        if self.unit not in {_DECIMAL, _DESKTOP}:
            return None
        return _places_of(_decimal(abs(value), self.decimals, self.zeros, "."))

    def _feet(self, value: float) -> str:
        """Feet and inches: DIMZIN 0 leaves out both when zero, 1 neither, 2 zero inches, 3 zero feet."""
        is_fraction = self.unit == _ARCHITECTURAL
        inches = _nearest(value, self.decimals) if is_fraction else Fraction(round(value, self.decimals))
        feet, rest = divmod(inches, 12)
        keeps_feet, keeps_inches = self.zeros % 4 in {1, 2}, self.zeros % 4 in {1, 3}
        has_feet = bool(feet) or keeps_feet
        shown = _fraction(rest, has_whole=has_feet) if is_fraction else self._inches(rest)
        if not has_feet:
            return f'{shown}"'
        return f"{feet}'-{shown}\"" if rest or keeps_inches or not feet else f"{feet}'"

    def _inches(self, value: Fraction) -> str:
        return _decimal(float(value), self.decimals, self.zeros, self.point)


def _decimal(value: float, decimals: int, zeros: int, point: str) -> str:
    text = f"{to_places(value, decimals):.{decimals}f}"
    if zeros & 8 and "." in text:
        text = text.rstrip("0").rstrip(".")
    if zeros & 4 and text.startswith("0."):
        text = text[1:]
    return text.replace(".", point)


def to_places(value: float, decimals: int) -> float:
    """Round halves away from zero, as CAD programs do, also those that binary numbers miss: 1.0325 is 1.033."""
    return round(value + math.copysign(_HALF * max(1.0, abs(value)), value), decimals)


def _places_of(text: str) -> int:
    return len(text.partition(".")[2])


def _nearest(value: float, power: int) -> Fraction:
    parts = 2 ** min(power, _MOST)
    return Fraction(math.floor(value * parts + 0.5), parts)


def _fraction(value: Fraction, *, has_whole: bool = False) -> str:
    whole, rest = divmod(value, 1)
    if not rest:
        return str(whole)
    return f"{whole} {rest}" if whole or has_whole else str(rest)


def _places(style: Style, name: str) -> int:
    return min(max(style.whole(name), 0), _MOST)


def _point(style: Style) -> str:
    sign = style.whole("dimdsep")
    return chr(sign) if 32 < sign < 127 else "."


def lengths_of(style: Style) -> Numbers:
    """How a style writes lengths."""
    found: Numbers | None = style.forms.get("lengths")
    if found is None:
        found = Numbers(style.whole("dimlunit"), _places(style, "dimdec"), style.whole("dimzin"), _point(style))
        style.forms["lengths"] = found
    return found


def tolerances_of(style: Style) -> Numbers:
    """How a style writes deviations of lengths."""
    return Numbers(style.whole("dimlunit"), _places(style, "dimtdec"), style.whole("dimtzin"), _point(style))


def alternates_of(style: Style, *, of_tolerance: bool = False) -> Numbers:
    """How a style writes lengths in alternate units."""
    places, zeros = ("dimalttd", "dimalttz") if of_tolerance else ("dimaltd", "dimaltz")
    unit = _ALTERNATE.get(style.whole("dimaltu"), _DECIMAL)
    return Numbers(unit, _places(style, places), style.whole(zeros), _point(style))


@dataclass(frozen=True, slots=True)
class Angles:
    """How a style writes angles.

    Attributes:
        unit: One of DIMAUNIT.
        decimals: Places; for degrees, minutes and seconds how far they go (DIMADEC).
        zeros: DIMAZIN: 1 leaves out zeros before the point, 2 those at the end, 3 both.
        point: Decimal sign.
    """

    unit: int
    decimals: int
    zeros: int
    point: str = "."

    def rounded(self, value: float) -> float:
        """Degrees with the precision that is written."""
        if self.unit == _GRADIANS:
            return round(value / 0.9, self.decimals) * 0.9
        if self.unit == _RADIANS:
            return math.degrees(round(math.radians(value), self.decimals))
        if self.unit in {_MINUTES, _SURVEYOR}:
            return round(value * self._parts) / self._parts
        return to_places(value, self.decimals)

    def places(self, value: float) -> int | None:
        """Decimal places as shown; None for all but decimal degrees."""
        return _places_of(self._number(abs(value)).replace(self.point, ".")) if self.unit == 0 else None

    def write(self, value: float) -> str:
        """An angle as it is shown."""
        value = abs(value)
        if self.unit == _GRADIANS:
            return f"{self._number(value / 0.9)}g"
        if self.unit == _RADIANS:
            return f"{self._number(math.radians(value))}r"
        return self._minutes(value) if self.unit in {_MINUTES, _SURVEYOR} else f"{self._number(value)}°"

    @property
    def _parts(self) -> int:
        """In how many a degree is divided: none, minutes (1 and 2 places), seconds (3 and 4), tenths of them..."""
        return 1 if not self.decimals else 60 if self.decimals <= 2 else 3600 * 10 ** max(self.decimals - 4, 0)

    def _number(self, value: float) -> str:
        zeros = (4 if self.zeros & 1 else 0) | (8 if self.zeros & 2 else 0)
        return _decimal(value, self.decimals, zeros, self.point)

    def _minutes(self, value: float) -> str:
        total = round(value * self._parts)
        degrees, rest = divmod(Fraction(total, self._parts), 1)
        if not self.decimals:
            return f"{degrees}°"
        minutes, rest = divmod(rest * 60, 1)
        if self.decimals <= 2:
            return f"{degrees}°{minutes}'"
        return f"{degrees}°{minutes}'{float(rest * 60):.{max(self.decimals - 4, 0)}f}\""


def angles_of(style: Style) -> Angles:
    """How a style writes angles; DIMADEC -1 stands for DIMDEC."""
    places = style.whole("dimadec")
    decimals = _places(style, "dimdec") if places < 0 else _places(style, "dimadec")
    return Angles(style.whole("dimaunit"), decimals, style.whole("dimazin"), _point(style))


def shown(kind: DimensionKind, value: float, style: Style) -> str:
    """What the program makes of a measurement: prefix and suffix, number, deviations or limits.

    Args:
        kind: Of the dimension.
        value: After DIMLFAC, in drawing units or degrees.
        style: With the overrides of the dimension.
    """
    form: Numbers | Angles = angles_of(style) if kind is DimensionKind.ANGULAR else lengths_of(style)
    deviation = form if kind is DimensionKind.ANGULAR else tolerances_of(style)
    plus, minus = style.get("dimtp"), style.get("dimtm")
    number = form.write(form.rounded(stepped(value, style)))
    if style.get("dimlim"):
        number = f"{form.write(value + plus)}/{form.write(value - minus)}"
    elif style.get("dimtol"):
        number = f"{number} {_deviations(plus, minus, deviation)}"
    return around(style.text("dimpost"), number, _PREFIXES.get(kind, ""))


def around(template: str, number: str, prefix: str = "") -> str:
    """A number between prefix and suffix: ``<>`` stands for it; without that sign the text is a suffix.

    A prefix that the style writes takes the place of the sign of a radius or diameter.
    """
    before, sign, after = template.partition("<>")
    if not sign:
        before, after = "", template
    return f"{before or prefix}{number}{after}"


def stepped(value: float, style: Style) -> float:
    """A value rounded to a multiple of DIMRND."""
    step = style.get("dimrnd")
    return round(value / step) * step if step > 0 and abs(value / step) < 1e15 else value


def _deviations(plus: float, minus: float, form: Numbers | Angles) -> str:
    """DIMTP and DIMTM, the second positive downwards."""
    if plus == minus:
        return f"±{form.write(plus)}"
    return f"{_signed(plus, form)}/{_signed(-minus, form)}"


def _signed(value: float, form: Numbers | Angles) -> str:
    sign = "+" if value > 0 else "-" if value < 0 else ""
    return f"{sign}{form.write(value)}"
