"""Dimensions: what is measured, what is shown, and what the style says of tolerances."""

from __future__ import annotations

import math
from typing import Any

from pybase_extraction.results import Dimension, DimensionKind, Locator, Provenance, ToleranceOrigin, UnitOrigin

KINDS = {
    0: DimensionKind.LINEAR,
    1: DimensionKind.LINEAR,
    2: DimensionKind.ANGULAR,
    3: DimensionKind.DIAMETER,
    4: DimensionKind.RADIUS,
    5: DimensionKind.ANGULAR,
    6: DimensionKind.ORDINATE,
}
"""Group code 70, lower bits (DXF reference, DIMENSION)."""


def dimension(entity: Any, unit: str | None, layout: str) -> Dimension:
    """Read one dimension.

    Args:
        entity: DIMENSION of ezdxf.
        unit: Unit of the drawing, or None.
        layout: Layout or block that it stands in.
    """
    kind = KINDS.get(entity.dimtype & 7, DimensionKind.LINEAR)
    style = _style(entity)
    measured = measurement(entity, kind)
    is_angle = kind is DimensionKind.ANGULAR
    shown = None if measured is None else measured if is_angle else measured * style.get("dimlfac", 1.0)
    text = entity.dxf.get("text", "")
    override = text if text not in {"", "<>"} else None
    upper, lower = _deviations(style)
    return Dimension(
        kind=kind,
        nominal=shown,
        upper=upper,
        lower=lower,
        tolerance_origin=ToleranceOrigin.DECLARED if upper is not None else None,
        is_limit=bool(style.get("dimlim", 0)) and upper is not None,
        unit="deg" if is_angle else unit,
        unit_origin=UnitOrigin.DECLARED if is_angle or unit else None,
        measured=shown,
        measured_unit="deg" if is_angle else unit,
        text_override=override,
        displayed=_displayed(shown, override, style),
        raw=text or None,
        provenance=Provenance(
            place=Locator(layout=layout, layer=entity.dxf.layer, handle=entity.dxf.handle), method="dimension"
        ),
    )


def measurement(entity: Any, kind: DimensionKind) -> float | None:
    """What the dimension measures, in drawing units or degrees; None when it cannot be told.

    The program's own value (group 42, radians for angles) where it wrote one, the geometry otherwise.
    """
    written = entity.dxf.get("actual_measurement")
    if written is not None and written > 0 and math.isfinite(written):
        return math.degrees(written) if kind is DimensionKind.ANGULAR else float(written)
    try:
        found = entity.get_measurement()
    except (AttributeError, ArithmeticError, TypeError, ValueError):
        return None
    if not isinstance(found, int | float):
        # an ordinate is a vector; bit 64 of group 70 says which axis is shown
        found = found.x if entity.dxf.dimtype & 64 else found.y
    return float(found) if math.isfinite(found) else None


def _style(entity: Any) -> dict[str, float]:
    """Variables of the style with the entity's overrides; empty when the style is missing."""
    from ezdxf.lldxf.const import DXFError

    try:
        override = entity.override()
    except (DXFError, AttributeError, KeyError):
        return {}
    names = ("dimlfac", "dimtol", "dimlim", "dimtp", "dimtm", "dimdec", "dimrnd")
    found = {name: override.get(name) for name in names}
    return {name: float(value) for name, value in found.items() if isinstance(value, int | float)}


def _deviations(style: dict[str, float]) -> tuple[float | None, float | None]:
    if not style.get("dimtol") and not style.get("dimlim"):
        return None, None
    # DIMTM is written as a positive number for a deviation downwards (DXF reference, DIMSTYLE group 48)
    return style.get("dimtp", 0.0), -style.get("dimtm", 0.0)


def _displayed(shown: float | None, override: str | None, style: dict[str, float]) -> str | None:
    if override is not None and "<>" not in override:
        return override.strip() or None
    if shown is None:
        return None
    rounding = style.get("dimrnd", 0.0)
    value = round(shown / rounding) * rounding if rounding > 0 else shown
    number = f"{value:.{int(style.get('dimdec', 4))}f}"
    return number if override is None else override.replace("<>", number)
