"""The way back: from a dimension to a callout that reads as the same dimension."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from pybase_extraction.results.base import UnitOrigin
from pybase_extraction.results.drawing import Dimension, DimensionKind, ToleranceOrigin

_PREFIXES = {
    DimensionKind.DIAMETER: "⌀",
    DimensionKind.RADIUS: "R",
    DimensionKind.SPHERICAL_DIAMETER: "S⌀",
    DimensionKind.SPHERICAL_RADIUS: "SR",
    DimensionKind.SQUARE: "□",
    DimensionKind.ACROSS_FLATS: "SW",
    DimensionKind.ARC_LENGTH: "⌒",
    DimensionKind.THICKNESS: "t",
    DimensionKind.DEPTH: "↧ ",
    DimensionKind.COUNTERBORE: "⌴ ⌀",
    DimensionKind.COUNTERSINK: "⌵ ⌀",
    DimensionKind.SPOTFACE: "⌴SF ⌀",
    DimensionKind.TAPER: "⌲ ",
    DimensionKind.SLOPE: "⌳ ",
}
_RATIOS = frozenset({DimensionKind.TAPER, DimensionKind.SLOPE})
_TOLD_BY_LABEL = frozenset(
    {DimensionKind.COORDINATE, DimensionKind.DIAMETER, DimensionKind.THICKNESS, DimensionKind.RADIUS}
)
_FLAGS = (
    ("is_through", "THRU"),
    ("is_maximum", "MAX"),
    ("is_minimum", "MIN"),
    ("is_typical", "TYP"),
)


_BEVELS = {DimensionKind.CHAMFER: "CHAMFER", DimensionKind.COUNTERSINK: "⌵"}
"""Signs of what may be told by its angle alone."""


def _is_told_by_angle(dimension: Dimension) -> bool:
    return dimension.nominal is None and dimension.angle is not None and dimension.kind in _BEVELS


def format_dimension(dimension: Dimension) -> str:
    """Write a dimension as a callout: ``4× ⌀6.6 THRU ⌴ ⌀11 ↧ 6``; parsing it gives the same dimension.

    Measured values and overrides of a file are no part of a callout and are left out.
    """
    open_sign, close_sign = ("(", ")") if dimension.is_reference else ("[", "]") if dimension.is_basic else ("", "")
    # "2× 30°" would be a chamfer
    times = "X" if dimension.kind is DimensionKind.ANGULAR else "×"
    count = f"{dimension.quantity}{times} " if dimension.quantity > 1 else ""
    return f"{count}{open_sign}{_core(dimension)}{close_sign}{_tail(dimension)}"


def _core(dimension: Dimension) -> str:
    if _is_told_by_angle(dimension) and dimension.angle is not None:
        return f"{_BEVELS[dimension.kind]} {_number(dimension.angle, None)}°"
    label = f"{dimension.label}=" if dimension.label else ""
    is_told = dimension.label is not None and dimension.kind in _TOLD_BY_LABEL
    prefix = "" if is_told else _prefix(dimension)
    return f"{label}{prefix}{_size(dimension)}{_tolerance(dimension)}"


def _prefix(dimension: Dimension) -> str:
    if dimension.kind is DimensionKind.CHAMFER:
        return "C" if dimension.angle is None else ""
    if dimension.kind is DimensionKind.RADIUS and "CR" in dimension.modifiers:
        return "CR"
    return _PREFIXES.get(dimension.kind, "")


def _size(dimension: Dimension) -> str:
    if dimension.nominal is None:
        return "<>"
    if dimension.kind in _RATIOS:
        ratio = Fraction(dimension.nominal).limit_denominator(1000)
        return f"{ratio.numerator}:{ratio.denominator}"
    unit = _unit(dimension)
    if dimension.is_limit and dimension.upper is not None:
        high = Decimal(repr(dimension.nominal)) + Decimal(repr(dimension.upper))
        return f"{_number(float(high), dimension.decimals)}/{_number(dimension.nominal, dimension.decimals)}{unit}"
    if unit == '"' and dimension.decimals is None:
        return _fraction(dimension.nominal) + unit
    return _number(dimension.nominal, dimension.decimals) + unit


def _unit(dimension: Dimension) -> str:
    if dimension.unit_origin is not UnitOrigin.WRITTEN or dimension.unit is None:
        return ""
    return {"in": '"', "deg": "°", "ft": "'"}.get(dimension.unit, f" {dimension.unit}")


def _fraction(value: float) -> str:
    parts = 128
    if value == int(value) or value * parts != int(value * parts):
        return _number(value, None)
    whole, rest = divmod(Fraction(value), 1)
    return f"{whole} {rest}" if whole else str(rest)


def _number(value: float, decimals: int | None) -> str:
    exact = Decimal(repr(round(value, 12)))
    if decimals is not None:
        return f"{exact:.{decimals}f}"
    return f"{exact:f}".removesuffix(".0")


def _tolerance(dimension: Dimension) -> str:
    fit = f" {dimension.fit.symbol}" if dimension.fit is not None else ""
    if dimension.tolerance_origin is not ToleranceOrigin.DECLARED:
        return fit
    return f"{fit} {_deviations(dimension)}"


def _deviations(dimension: Dimension) -> str:
    sign = "°" if dimension.unit == "deg" else ""
    upper, lower = dimension.upper, dimension.lower
    if upper is not None and lower is not None and upper == -lower and upper > 0:
        return f"±{_number(upper, None)}{sign}"
    return "/".join(_signed(value, sign) for value in (upper, lower) if value is not None)


def _signed(value: float, sign: str) -> str:
    if value == 0:
        return "0"
    return f"{'+' if value > 0 else '-'}{_number(abs(value), None)}{sign}"


def _tail(dimension: Dimension) -> str:
    parts: list[str] = []
    features = dimension.features
    if dimension.fit is not None and dimension.fit.hole is not None and dimension.fit.shaft is not None:
        features = features[2:]
    if dimension.angle is not None and not _is_told_by_angle(dimension):
        own = [part for part in features if part.kind is DimensionKind.ANGULAR and part.nominal == dimension.angle]
        parts.append(f"× {_core(own[0]) if own else _number(dimension.angle, None) + '°'}")
        features = tuple(part for part in features if part not in own)
    parts += _pattern(dimension)
    parts += [word for name, word in _FLAGS if getattr(dimension, name)]
    if dimension.is_reference and dimension.is_basic:
        parts.append("BASIC")
    parts += [f"({symbol})" if symbol.isascii() else symbol for symbol in dimension.modifiers if symbol != "CR"]
    parts += [_feature(part) for part in features]
    if dimension.alternate is not None:
        parts.append(f"[{_size(dimension.alternate)}{_tolerance(dimension.alternate)}]")
    return "".join(f" {part}" for part in parts)


def _pattern(dimension: Dimension) -> list[str]:
    pattern = dimension.pattern
    if pattern is None:
        return []
    sign = "°" if dimension.unit == "deg" else ""
    total = [] if pattern.total is None else [f"(={_number(pattern.total, None)}{sign})"]
    return total + (["EQS"] if pattern.equally_spaced else [])


def _feature(part: Dimension) -> str:
    times = "× " if part.kind in {DimensionKind.LINEAR, DimensionKind.DIAMETER} else ""
    return times + _core(part) + _tail(part)
