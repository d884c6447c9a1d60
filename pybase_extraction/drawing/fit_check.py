"""Whether a fit and the deviations that are printed behind it agree: ``25 H7 (+0.021/0)`` (ISO 286-2)."""

from __future__ import annotations

from decimal import Decimal

from pybase_extraction.drawing.dimensions import fit_deviations
from pybase_extraction.results.base import Issue, Severity
from pybase_extraction.results.drawing import Dimension, ToleranceOrigin
from pybase_extraction.units import convert

_ROUNDING_MM = 0.0006
"""Deviations are printed in whole micrometres, computed ones may end in a half."""
_ROUNDING_SHARE = 0.05
"""Share of the width of the tolerance that is allowed besides: 0.02 is printed for 0.021."""


def fit_contradiction(dimension: Dimension) -> Issue | None:
    """Tell that the printed deviations of a dimension are not those of its fit; None when they agree or none can tell.

    The deviations stay as they are printed: which of the two is meant, the sheet does not say.

    Args:
        dimension: As read; one without a unit is compared in millimetres and in inches.
    """
    if dimension.fit is None or dimension.nominal is None or dimension.tolerance_origin is not ToleranceOrigin.DECLARED:
        return None
    units = [dimension.unit] if dimension.unit is not None else ["mm", "in"]
    computed = [(unit, _computed(dimension, unit)) for unit in units]
    known = [(unit, pair) for unit, pair in computed if pair is not None]
    if not known or any(_agrees(dimension, unit, pair) for unit, pair in known):
        return None
    unit, (upper, lower) = known[0]
    message = (
        f"{dimension.raw or dimension.nominal}: {dimension.fit.symbol} at {dimension.nominal:g} {unit} is "
        f"{upper:+g}/{lower:+g} by ISO 286-2, but {_shown(dimension.upper)}/{_shown(dimension.lower)} is printed."
    )
    return Issue(
        code="fit-contradicts-deviations",
        severity=Severity.WARNING,
        message=message,
        place=dimension.provenance.place,
    )


def _computed(dimension: Dimension, unit: str) -> tuple[float, float] | None:
    assert dimension.fit is not None
    assert dimension.nominal is not None
    found = fit_deviations(dimension.fit, Decimal(repr(dimension.nominal)), unit)
    return None if found is None else (float(found[0]), float(found[1]))


def _agrees(dimension: Dimension, unit: str, computed: tuple[float, float]) -> bool:
    slack = convert(_ROUNDING_MM, "mm", unit) + _ROUNDING_SHARE * (computed[0] - computed[1])
    printed = (dimension.upper, dimension.lower)
    return all(one is None or abs(one - other) <= slack for one, other in zip(printed, computed, strict=True))


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:+g}"
