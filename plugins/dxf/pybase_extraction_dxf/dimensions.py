"""Dimensions: what is measured, what is shown, and what style and overrides say of tolerances."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pybase_extraction.drawing import CalloutContext, read_callouts
from pybase_extraction.drawing.context import DecimalSeparator
from pybase_extraction.results import (
    Dimension,
    DimensionKind,
    Locator,
    Provenance,
    ToleranceOrigin,
    UnitOrigin,
    Value,
    unchecked,
)
from pybase_extraction_dxf.dimension_styles import EMPTY, Style, overrides, own_variables
from pybase_extraction_dxf.dimension_wording import (
    alternates_of,
    angles_of,
    around,
    lengths_of,
    shown,
    stepped,
    to_places,
)
from pybase_extraction_dxf.measurement import is_x_ordinate, kind_of, measurement
from pybase_extraction_dxf.tags import Record
from pybase_extraction_dxf.wording import Decoder, plain_mtext

TYPES = ("DIMENSION", "ARC_DIMENSION", "LARGE_RADIAL_DIMENSION")
_CONVERSIONS = {
    ("mm", "in"): 1 / 25.4, ("cm", "in"): 1 / 2.54, ("m", "in"): 1 / 0.0254, ("mm", "ft"): 1 / 304.8,
    ("cm", "ft"): 1 / 30.48, ("m", "ft"): 1 / 0.3048, ("in", "mm"): 25.4, ("in", "cm"): 2.54, ("in", "m"): 0.0254,
    ("ft", "mm"): 304.8, ("ft", "cm"): 30.48, ("ft", "m"): 0.3048,
}  # fmt: skip
_METRIC = {("m", "cm"): 100.0, ("m", "mm"): 1000.0, ("mm", "m"): 0.001, ("cm", "m"): 0.01}
"""Factors that no scale of a view has in such a unit; the others between metric units are also scales."""
_OF_ALTERNATES = _METRIC | {("cm", "mm"): 10.0, ("mm", "cm"): 0.1, ("in", "ft"): 1 / 12, ("ft", "in"): 12.0}
_make_dimension, _provenance = unchecked(Dimension), unchecked(Provenance)
_NUMBER = re.compile(r"\d+(?:[.,](\d+))?|[.,](\d+)")


@dataclass(frozen=True, slots=True)
class Reading:
    """A dimension and what else its text says.

    Attributes:
        dimension: The dimension.
        others: Threads, frames and texture read from a text typed over it.
        lacks_style: Its style is not in the file.
        factor: DIMLFAC that applied.
        contradicts_unit: It is written in feet and inches, and the drawing declares another unit.
    """

    dimension: Dimension
    others: tuple[Value, ...]
    lacks_style: bool
    factor: float
    contradicts_unit: bool


@dataclass(frozen=True, slots=True)
class DimensionReader:
    """Reads the dimensions of one drawing.

    Attributes:
        decode: Decoder of the drawing's strings.
        styles: Styles by lower-case name; the one named "" is for dimensions without a style.
        unit: Unit that the drawing declares, or None.
        shown: Text of the picture of a dimension, by lower-case name of its block.
        separator: Decimal sign of the drawing, or None when it cannot be told.
        resolved: Styles with overrides, by the name of the style and the overrides.
        read_texts: What callouts say, by their text and unit.
    """

    decode: Decoder
    styles: Mapping[str, Style]
    unit: str | None
    shown: Mapping[str, str]
    separator: DecimalSeparator | None = None
    resolved: dict[tuple[str, tuple[tuple[int, bytes], ...]], Style] = field(default_factory=dict)
    read_texts: dict[tuple[str, str | None], tuple[Value, ...]] = field(default_factory=dict)

    def read(self, record: Record, place: Locator, *, is_on_sheet: bool) -> Reading:
        """Read one dimension.

        Args:
            record: Tags of the DIMENSION.
            place: Where it stands.
            is_on_sheet: Whether it stands in paper space.
        """
        firsts = record.firsts()
        name = self.decode.name(firsts.get(3)).casefold()
        base, style = self.styles.get(name), self._style(name, own_variables(record))
        kind = kind_of(record.type, firsts)
        factor = 1.0 if kind is DimensionKind.ANGULAR else linear_factor(style, is_on_sheet=is_on_sheet)
        measured = measurement(record.type, firsts)
        scaled = None if measured is None else measured * factor
        unit = "deg" if kind is DimensionKind.ANGULAR else shown_unit(self.unit, factor)
        is_in_feet = kind is not DimensionKind.ANGULAR and lengths_of(style).counts_inches
        knows_form = base is not None or "dimdec" in style.numbers
        found = self._dimension(firsts, kind, scaled, unit, style, place, knows_form=knows_form)
        if is_in_feet:
            found = found.model_copy(update={"unit": "in", "unit_origin": UnitOrigin.WRITTEN})
        dimension, others = self._with_text(found, style)
        return Reading(dimension, others, base is None, factor, is_in_feet and unit not in {None, "in"})

    def _style(self, name: str, own: tuple[tuple[int, bytes], ...]) -> Style:
        """A style with the overrides of a dimension, once for all dimensions that share both."""
        found = self.resolved.get((name, own))
        if found is None:
            found = self.styles.get(name, EMPTY).overridden(overrides(own, self.decode))
            self.resolved[name, own] = found
        return found

    def _dimension(
        self,
        firsts: Mapping[int, bytes],
        kind: DimensionKind,
        scaled: float | None,
        unit: str | None,
        style: Style,
        place: Locator,
        *,
        knows_form: bool,
    ) -> Dimension:
        raw = self.decode.text(firsts.get(1, b""))
        override = raw if raw.strip() != "<>" and raw else None
        picture = self.shown.get(self.decode.name(firsts.get(2)).casefold())
        nominal, decimals = _printed(kind, scaled, style if knows_form else None, picture)
        # without its style nobody knows how a number is written
        is_told = knows_form or (override is not None and "<>" not in override)
        alternate = _alternate(kind, scaled, unit, style, is_asked="[]" in raw)
        base = _make_dimension(
            kind=kind,
            nominal=nominal,
            unit=unit,
            unit_origin=None if unit is None else UnitOrigin.DECLARED,
            decimals=decimals,
            measured=scaled,
            measured_unit=unit,
            text_override=override,
            displayed=picture or (_displayed(kind, scaled, style, override, alternate) if is_told else None),
            is_basic=style.get("dimgap") < 0,
            label=("x" if is_x_ordinate(firsts) else "y") if kind is DimensionKind.ORDINATE else None,
            raw=raw or None,
            alternate=alternate,
            provenance=_provenance(place=place, method="dimension"),
        )
        return _with_tolerance(base, style)

    def _spelled(self, template: str, found: Dimension, style: Style) -> str:
        """The text with the measurement put in: ``2x <>`` would read as a size of its own."""
        template = template.replace("[]", "")
        if found.nominal is None or "<>" not in template:
            return template
        value = found.nominal if found.measured is None or not found.is_limit else found.measured
        if found.decimals is None and found.kind is not DimensionKind.ANGULAR:
            number = lengths_of(style).write(value)
        else:
            number = repr(value) if found.decimals is None else f"{value:.{found.decimals}f}"
            number = number.replace(".", self.separator or ".")
        return template.replace("<>", around(style.text("dimpost"), number))

    def _with_text(self, found: Dimension, style: Style) -> tuple[Dimension, tuple[Value, ...]]:
        template = "<>" if found.text_override is None else found.text_override
        if template == "<>" and not style.text("dimpost").strip():
            return found, ()
        if not template.strip():
            # a blank typed over the measurement hides it
            return found.model_copy(update={"nominal": None, "decimals": None}), ()
        raw = template if found.text_override is not None else style.text("dimpost")
        values = [
            value.model_copy(update={"provenance": found.provenance, "raw": raw})
            for value in self._callouts(self._spelled(template, found, style), found.unit)
        ]
        own = next((value for value in values if isinstance(value, Dimension)), None)
        others = tuple(value for value in values if value is not own)
        return _merged(found, own, template), others

    def _callouts(self, text: str, unit: str | None) -> tuple[Value, ...]:
        """What a text says, read once for all dimensions that show it."""
        found = self.read_texts.get((text, unit))
        if found is None:
            context = CalloutContext(unit=None if unit == "deg" else unit, decimal_separator=self.separator)
            found = self.read_texts[text, unit] = tuple(read_callouts(text, context=context))
        return found


def _printed(
    kind: DimensionKind, scaled: float | None, style: Style | None, picture: str | None
) -> tuple[float | None, int | None]:
    """The size and its decimal places as printed: what the picture shows, else what the style makes of it."""
    if scaled is None:
        return None, None
    form = None if style is None else angles_of(style) if kind is DimensionKind.ANGULAR else lengths_of(style)
    value = scaled if form is None or style is None else form.rounded(stepped(scaled, style))
    places = None if form is None else form.places(value)
    seen = _places_in(picture, scaled) if picture and (form is None or places is not None) else None
    return (value, places) if seen is None else (to_places(scaled, seen), seen)


def _places_in(picture: str, scaled: float) -> int | None:
    """Decimal places of the number in a picture that is the measurement, or None."""
    for match in _NUMBER.finditer(picture):
        places = len(match[1] or match[2] or "")
        if abs(float(match[0].replace(",", ".")) - scaled) <= 0.5 * 10.0**-places * (1 + 1e-9) + 1e-12:
            return places
    return None


def _displayed(
    kind: DimensionKind, scaled: float | None, style: Style, override: str | None, alternate: Dimension | None
) -> str | None:
    """What the program shows of a dimension without a picture; None when it hides it or nothing is known."""
    generated = "" if scaled is None else shown(kind, scaled, style)
    other = "" if alternate is None else f"[{_alternate_text(alternate, style)}]"
    if override is None:
        text = f"{generated} {other}" if style.get("dimalt") else generated
    else:
        text = override.replace("<>", generated).replace("[]", other)
    return plain_mtext(text).strip() or None


def linear_factor(style: Style, *, is_on_sheet: bool) -> float:
    """DIMLFAC; a negative one holds in paper space only (DXF reference, DIMSTYLE group 144)."""
    factor = style.get("dimlfac")
    if factor < 0:
        return -factor if is_on_sheet else 1.0
    return factor or 1.0


@functools.lru_cache(maxsize=256)
def shown_unit(unit: str | None, factor: float) -> str | None:
    """Unit of a measurement multiplied by DIMLFAC: 25.4 turns inches to millimetres, 1000 metres.

    Any other factor corrects for a picture that is drawn to scale, so that the unit stays.
    """
    return _converted(unit, factor, _CONVERSIONS | _METRIC, 1e-6) or unit


def _converted(
    unit: str | None, factor: float, conversions: Mapping[tuple[str, str], float], tolerance: float
) -> str | None:
    return next(
        (
            to
            for (of, to), ratio in conversions.items()
            if of == unit and math.isclose(factor, ratio, rel_tol=tolerance)
        ),
        None,
    )


def _with_tolerance(found: Dimension, style: Style) -> Dimension:
    """Deviations of DIMTP and DIMTM, which is positive downwards (DXF reference, DIMSTYLE groups 47 and 48)."""
    plus, minus = style.get("dimtp"), style.get("dimtm")
    if style.get("dimlim") and found.nominal is not None and plus + minus > 0:
        return found.model_copy(
            update={
                "nominal": _exact(found.nominal - minus),
                "upper": _exact(plus + minus),
                "lower": 0.0,
                "is_limit": True,
                "tolerance_origin": ToleranceOrigin.LIMITS,
            }
        )
    if style.get("dimtol"):
        origin = ToleranceOrigin.DECLARED
        return found.model_copy(update={"upper": plus, "lower": -minus if minus else 0.0, "tolerance_origin": origin})
    return found


def _exact(value: float) -> float:
    # a sum of decimals as printed: 119.9, not 119.90000000000001
    return round(value, 12)


def _alternate(
    kind: DimensionKind, scaled: float | None, unit: str | None, style: Style, *, is_asked: bool
) -> Dimension | None:
    """The size in alternate units: DIMALT or ``[]`` in the text switches them on, DIMALTF multiplies."""
    factor = style.get("dimaltf")
    if not (style.get("dimalt") or is_asked) or scaled is None or kind is DimensionKind.ANGULAR or factor <= 0:
        return None
    form = alternates_of(style)
    other = "in" if form.counts_inches else _converted(unit, factor, _CONVERSIONS | _OF_ALTERNATES, 1e-3)
    step = style.get("dimaltrnd")
    value = scaled * factor
    value = form.rounded(round(value / step) * step if step > 0 and value / step < 1e15 else value)
    found = Dimension(
        kind=kind,
        nominal=value,
        decimals=form.places(value),
        unit=other,
        unit_origin=None if other is None else UnitOrigin.DECLARED,
    )
    deviation = alternates_of(style, of_tolerance=True)
    scaled_style = {name: deviation.rounded(style.get(name) * factor) for name in ("dimtp", "dimtm")}
    return _with_tolerance(found, style.overridden(Style(scaled_style, {})))


def _alternate_text(found: Dimension, style: Style) -> str:
    number = "" if found.nominal is None else alternates_of(style).write(found.nominal)
    return around(style.text("dimapost").replace("[]", "<>"), number)


def _merged(found: Dimension, own: Dimension | None, template: str) -> Dimension:
    """Put what a typed text says above what the style says; the measurement stays beside it."""
    if own is None:
        return found if "<>" in template else found.model_copy(update={"nominal": None, "decimals": None})
    said = own.model_dump(exclude_defaults=True, exclude={"raw", "provenance", "unit", "unit_origin", "kind"})
    changes = {name: getattr(own, name) for name in said}
    if "<>" in template:
        # the measurement as the style rounds it is what the sign stands for
        changes.pop("nominal", None)
        changes.pop("decimals", None)
    if own.kind is not DimensionKind.LINEAR:
        changes["kind"] = own.kind
    if own.unit_origin is UnitOrigin.WRITTEN:
        changes |= {"unit": own.unit, "unit_origin": own.unit_origin}
    if "upper" in changes or "lower" in changes:
        changes |= {"is_limit": own.is_limit, "tolerance_origin": own.tolerance_origin}
    return found.model_copy(update=changes)
