"""Dimensions: what is measured, what is shown, and what style and overrides say of tolerances."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

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
)
from pybase_extraction_dxf.geometry import plane
from pybase_extraction_dxf.tags import Record, integer, number, of_firsts
from pybase_extraction_dxf.wording import Decoder, plain_mtext

TYPES = ("DIMENSION", "ARC_DIMENSION", "LARGE_RADIAL_DIMENSION")
KINDS = {
    0: DimensionKind.LINEAR,
    1: DimensionKind.LINEAR,
    2: DimensionKind.ANGULAR,
    3: DimensionKind.DIAMETER,
    4: DimensionKind.RADIUS,
    5: DimensionKind.ANGULAR,
    6: DimensionKind.ORDINATE,
    8: DimensionKind.ARC_LENGTH,
}
"""Group code 70 without its flags (DXF reference, DIMENSION)."""
_FLAGS = 32 | 64 | 128
_ORDINATE_X = 64
_TURN = 2 * math.pi
_NUMBERS = {
    "dimlfac": 144, "dimtol": 71, "dimlim": 72, "dimtp": 47, "dimtm": 48, "dimdec": 271, "dimrnd": 45, "dimgap": 147,
    "dimalt": 170, "dimaltf": 143, "dimaltd": 171, "dimlunit": 277, "dimzin": 78, "dimdsep": 278, "dimadec": 179,
}  # fmt: skip
_TEXTS = {"dimpost": 3, "dimapost": 4}
_NAMES = {code: name for name, code in (_NUMBERS | _TEXTS).items()}
_CONVERSIONS = {("mm", "in"): 1 / 25.4, ("in", "mm"): 25.4}
Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Style:
    """A dimension style: the variables that decide what a dimension shows."""

    numbers: Mapping[str, float]
    texts: Mapping[str, str]

    def get(self, name: str, default: float) -> float:
        """A variable, or its default in AutoCAD."""
        return self.numbers.get(name, default)

    def overridden(self, other: Style) -> Style:
        """This style with another one's variables above it."""
        return Style({**self.numbers, **other.numbers}, {**self.texts, **other.texts})


EMPTY = Style({}, {})


@dataclass(frozen=True, slots=True)
class Reading:
    """A dimension and what else its text says.

    Attributes:
        dimension: The dimension.
        others: Threads, frames and texture read from a text typed over it.
        lacks_style: Its style is not in the file.
        factor: DIMLFAC that applied.
    """

    dimension: Dimension
    others: tuple[Value, ...]
    lacks_style: bool
    factor: float


@dataclass(frozen=True, slots=True)
class DimensionReader:
    """Reads the dimensions of one drawing.

    Attributes:
        decode: Decoder of the drawing's strings.
        styles: Styles by lower-case name; the one named "" is for dimensions without a style.
        unit: Unit that the drawing declares, or None.
        shown: Text of the picture of a dimension, by lower-case name of its block.
        separator: Decimal sign of the drawing, or None when it cannot be told.
    """

    decode: Decoder
    styles: Mapping[str, Style]
    unit: str | None
    shown: Mapping[str, str]
    separator: DecimalSeparator | None = None

    def read(self, record: Record, place: Locator, *, is_on_sheet: bool) -> Reading:
        """Read one dimension.

        Args:
            record: Tags of the DIMENSION.
            place: Where it stands.
            is_on_sheet: Whether it stands in paper space.
        """
        firsts = record.firsts()
        name = self.decode.name(firsts.get(3))
        base = self.styles.get(name.casefold())
        style = (base or EMPTY).overridden(overrides(record, self.decode))
        kind = kind_of(record.type, firsts)
        factor = 1.0 if kind is DimensionKind.ANGULAR else linear_factor(style, is_on_sheet=is_on_sheet)
        measured = measurement(record.type, firsts)
        shown = None if measured is None else measured * factor
        unit = "deg" if kind is DimensionKind.ANGULAR else shown_unit(self.unit, factor)
        dimension, others = self._dimension(firsts, kind, shown, unit, style, place)
        return Reading(dimension, others, base is None, factor)

    def _dimension(
        self,
        firsts: Mapping[int, bytes],
        kind: DimensionKind,
        shown: float | None,
        unit: str | None,
        style: Style,
        place: Locator,
    ) -> tuple[Dimension, tuple[Value, ...]]:
        raw = self.decode.text(firsts.get(1, b""))
        override = raw if raw.strip() != "<>" and raw else None
        template = override if override is not None else style.texts.get("dimpost") or "<>"
        decimals = _decimals(style, kind)
        rounded = _rounded(shown, style, decimals)
        label = ("x" if _flags(firsts) & _ORDINATE_X else "y") if kind is DimensionKind.ORDINATE else None
        base = Dimension(
            kind=kind,
            nominal=rounded,
            unit=unit,
            unit_origin=None if unit is None else UnitOrigin.DECLARED,
            decimals=decimals,
            measured=shown,
            measured_unit=unit,
            text_override=override,
            displayed=self._displayed(firsts, template, rounded, style, decimals),
            is_basic=style.get("dimgap", 0.0) < 0,
            label=label,
            raw=raw or None,
            alternate=_alternate(kind, shown, unit, style),
            provenance=Provenance(place=place, method="dimension"),
        )
        return self._with_text(_with_tolerance(base, style), template, rounded)

    def _displayed(
        self, firsts: Mapping[int, bytes], template: str, rounded: float | None, style: Style, decimals: int | None
    ) -> str | None:
        picture = self.shown.get(self.decode.name(firsts.get(2)).casefold())
        if picture:
            return picture
        written = _written(rounded, style, decimals)
        if "<>" in template or not template.strip():
            return None if written is None or not template.strip() else plain_mtext(template.replace("<>", written))
        return plain_mtext(template).strip() or None

    def _spelled(self, template: str, rounded: float | None, decimals: int | None) -> str:
        """The text with the measurement put in: ``2x <>`` would read as a size of its own."""
        if rounded is None:
            return template
        number_ = repr(rounded) if decimals is None else f"{rounded:.{decimals}f}"
        return template.replace("<>", number_.replace(".", self.separator or "."))

    def _with_text(self, found: Dimension, template: str, rounded: float | None) -> tuple[Dimension, tuple[Value, ...]]:
        if template == "<>":
            return found, ()
        if not template.strip():
            # a blank typed over the measurement hides it
            return found.model_copy(update={"nominal": None, "decimals": None}), ()
        context = CalloutContext(unit=None if found.unit == "deg" else found.unit, decimal_separator=self.separator)
        values = [
            value.model_copy(update={"provenance": found.provenance, "raw": template})
            for value in read_callouts(self._spelled(template, rounded, found.decimals), context=context)
        ]
        own = next((value for value in values if isinstance(value, Dimension)), None)
        others = tuple(value for value in values if value is not own)
        return _merged(found, own, template), others


def overrides(record: Record, decode: Decoder) -> Style:
    """Variables that a dimension sets for itself: extended data of ACAD behind the string DSTYLE."""
    numbers: dict[str, float] = {}
    texts: dict[str, str] = {}
    data = record.extended(b"ACAD")
    start = next((at for at, (code, value) in enumerate(data) if code == 1000 and value.strip() == b"DSTYLE"), None)
    if start is None:
        return EMPTY
    at = start + 2
    while at + 1 < len(data) and data[at][0] == 1070:
        name = _NAMES.get(integer(data[at][1]) or -1)
        _set(name, data[at + 1][1], decode, numbers, texts)
        at += 2
    return Style(numbers, texts)


def style_of(record: Record, decode: Decoder) -> Style:
    """Variables of an entry of the DIMSTYLE table."""
    numbers: dict[str, float] = {}
    texts: dict[str, str] = {}
    for code, value in record.tags:
        if code >= 1000:
            break
        _set(_NAMES.get(code), value, decode, numbers, texts)
    return Style(numbers, texts)


def header_style(header: Mapping[str, str]) -> Style:
    """Variables of the header, which hold for dimensions without a style of their own (R12 and older)."""
    numbers = {
        name: value for name in _NUMBERS if (value := number(header.get(f"${name.upper()}", "").encode())) is not None
    }
    return Style(numbers, {"dimpost": header.get("$DIMPOST", ""), "dimapost": header.get("$DIMAPOST", "")})


def _set(name: str | None, value: bytes, decode: Decoder, numbers: dict[str, float], texts: dict[str, str]) -> None:
    if name in _TEXTS:
        texts[name] = decode.text(value)
    elif name is not None and (found := number(value)) is not None:
        numbers[name] = found


def linear_factor(style: Style, *, is_on_sheet: bool) -> float:
    """DIMLFAC; a negative one holds in paper space only (DXF reference, DIMSTYLE group 144)."""
    factor = style.get("dimlfac", 1.0)
    if factor < 0:
        return -factor if is_on_sheet else 1.0
    return factor or 1.0


def shown_unit(unit: str | None, factor: float) -> str | None:
    """Unit of a measurement multiplied by DIMLFAC: 25.4 turns inches to millimetres and 1/25.4 back.

    Any other factor corrects for a picture that is drawn to scale, so that the unit stays.
    """
    for (drawn, shown), conversion in _CONVERSIONS.items():
        if unit == drawn and math.isclose(factor, conversion, rel_tol=1e-6):
            return shown
    return unit


def kind_of(type_: str, firsts: Mapping[int, bytes]) -> DimensionKind:
    """Kind of a dimension by its entity type and group code 70."""
    if type_ == "ARC_DIMENSION":
        return DimensionKind.ARC_LENGTH
    if type_ == "LARGE_RADIAL_DIMENSION":
        return DimensionKind.RADIUS
    return KINDS.get(_flags(firsts) & ~_FLAGS, DimensionKind.LINEAR)


def _flags(firsts: Mapping[int, bytes]) -> int:
    return integer(firsts.get(70)) or 0


def measurement(type_: str, firsts: Mapping[int, bytes]) -> float | None:
    """What a dimension measures, in drawing units or degrees, before DIMLFAC; None when it cannot be told.

    The program's own value (group 42, radians for angles) where it is above zero; some programs write -1 for none.
    The geometry otherwise.
    """
    kind = kind_of(type_, firsts)
    written = number(firsts.get(42))
    if written is not None and written > 0:
        return math.degrees(written) if kind is DimensionKind.ANGULAR else written
    found = geometric_measurement(type_, firsts)
    return found if found is None or math.isfinite(found) else None


def geometric_measurement(type_: str, firsts: Mapping[int, bytes]) -> float | None:
    """What the definition points of a dimension measure, in drawing units or degrees; None when one is missing."""
    if type_ == "ARC_DIMENSION":
        return _arc_length(firsts)
    if type_ == "LARGE_RADIAL_DIMENSION":
        return _distance(of_firsts(firsts, 10), of_firsts(firsts, 15))
    variant = _flags(firsts) & ~_FLAGS
    if variant in {0, 1}:
        return _linear(firsts, is_aligned=variant == 1)
    if variant == 2:
        return _two_line_angle(firsts)
    if variant in {3, 4}:
        return _distance(of_firsts(firsts, 10), of_firsts(firsts, 15))
    if variant == 5:
        return _three_point_angle(firsts)
    return _ordinate(firsts) if variant == 6 else None


def _distance(one: Vector | None, other: Vector | None) -> float | None:
    return None if one is None or other is None else math.dist(one, other)


def _linear(firsts: Mapping[int, bytes], *, is_aligned: bool) -> float | None:
    one, other = of_firsts(firsts, 13), of_firsts(firsts, 14)
    if one is None or other is None:
        return None
    x_axis, y_axis, _ = plane(firsts)
    offset = tuple(b - a for a, b in zip(one, other, strict=True))
    x, y = _dot(offset, x_axis), _dot(offset, y_axis)
    if is_aligned:
        return math.hypot(x, y)
    angle = math.radians(number(firsts.get(50)) or 0.0)
    return abs(x * math.cos(angle) + y * math.sin(angle))


def _dot(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _two_line_angle(firsts: Mapping[int, bytes]) -> float | None:
    """Angle of the sector between two lines (13-14 and 15-10) that holds the point of the arc (16)."""
    p1, p2 = of_firsts(firsts, 13), of_firsts(firsts, 14)
    p3, p4, arc = of_firsts(firsts, 15), of_firsts(firsts, 10), of_firsts(firsts, 16)
    if p1 is None or p2 is None or p3 is None or p4 is None or arc is None:
        return None
    apex = _intersection(p1, p2, p3, p4)
    if apex is None:
        return None
    rays = sorted(ray for one, other in ((p1, p2), (p3, p4)) for ray in _rays(one, other))
    target = math.atan2(arc[1] - apex[1], arc[0] - apex[0]) % _TURN
    for at, ray in enumerate(rays):
        width = (rays[(at + 1) % 4] - ray) % _TURN
        if (target - ray) % _TURN <= width + 1e-9:
            return math.degrees(width)
    return None


def _intersection(p1: Vector, p2: Vector, p3: Vector, p4: Vector) -> tuple[float, float] | None:
    x1, y1, x2, y2 = p1[0] - p2[0], p1[1] - p2[1], p3[0] - p4[0], p3[1] - p4[1]
    cross = x1 * y2 - y1 * x2
    # lines that are parallel within the precision of a file have no apex
    if abs(cross) <= 1e-12 * math.hypot(x1, y1) * math.hypot(x2, y2):
        return None
    share = ((p3[0] - p1[0]) * y2 - (p3[1] - p1[1]) * x2) / cross
    return p1[0] + share * x1, p1[1] + share * y1


def _rays(one: Vector, other: Vector) -> tuple[float, float]:
    angle = math.atan2(other[1] - one[1], other[0] - one[0])
    return angle % _TURN, (angle + math.pi) % _TURN


def _three_point_angle(firsts: Mapping[int, bytes]) -> float | None:
    apex, one, other, arc = (of_firsts(firsts, code) for code in (15, 13, 14, 10))
    if apex is None or one is None or other is None or arc is None:
        return None
    return math.degrees(_sweep(apex, one, other, arc))


def _sweep(apex: Vector, one: Vector, other: Vector, arc: Vector) -> float:
    begin, end, middle = (math.atan2(p[1] - apex[1], p[0] - apex[0]) for p in (one, other, arc))
    width = (end - begin) % _TURN
    return width if (middle - begin) % _TURN <= width else _TURN - width


def _arc_length(firsts: Mapping[int, bytes]) -> float | None:
    apex, one, other, arc = (of_firsts(firsts, code) for code in (15, 13, 14, 10))
    if apex is None or one is None or other is None or arc is None:
        return None
    return math.dist(apex[:2], one[:2]) * _sweep(apex, one, other, arc)


def _ordinate(firsts: Mapping[int, bytes]) -> float | None:
    origin, feature = of_firsts(firsts, 10), of_firsts(firsts, 13)
    if origin is None or feature is None:
        return None
    # group 51: direction of the horizontal axis, measured the other way round
    angle = -math.radians(number(firsts.get(51)) or 0.0)
    x, y = feature[0] - origin[0], feature[1] - origin[1]
    along = x * math.cos(angle) + y * math.sin(angle)
    across = y * math.cos(angle) - x * math.sin(angle)
    return abs(along if _flags(firsts) & _ORDINATE_X else across)


def _decimals(style: Style, kind: DimensionKind) -> int | None:
    """Decimal places: DIMDEC, for angles DIMADEC where it is set (-1 stands for DIMDEC)."""
    places = style.get("dimdec", -1.0)
    if kind is DimensionKind.ANGULAR and style.get("dimadec", -1.0) >= 0:
        places = style.get("dimadec", -1.0)
    is_decimal = style.get("dimlunit", 2.0) in {2.0, 6.0} or kind is DimensionKind.ANGULAR
    return int(places) if is_decimal and 0 <= places <= 8 else None


def _rounded(shown: float | None, style: Style, decimals: int | None) -> float | None:
    """A measurement as the style rounds it: DIMRND, then DIMDEC."""
    if shown is None:
        return None
    step = style.get("dimrnd", 0.0)
    value = round(shown / step) * step if step > 0 and abs(shown / step) < 1e15 else shown
    return value if decimals is None else round(value, decimals)


def _written(rounded: float | None, style: Style, decimals: int | None) -> str | None:
    """The number as the style writes it: DIMZIN 4 drops leading zeros, 8 trailing ones; DIMDSEP is the sign."""
    if rounded is None or decimals is None:
        return None
    text = f"{rounded:.{decimals}f}"
    zeros = int(style.get("dimzin", 0.0))
    if zeros & 8 and "." in text:
        text = text.rstrip("0").rstrip(".")
    if zeros & 4 and text.startswith("0."):
        text = text[1:]
    sign = int(style.get("dimdsep", 46.0))
    return text.replace(".", chr(sign)) if 32 < sign < 127 else text


def _with_tolerance(found: Dimension, style: Style) -> Dimension:
    """Deviations of DIMTP and DIMTM, which is positive downwards (DXF reference, DIMSTYLE groups 47 and 48)."""
    plus, minus = style.get("dimtp", 0.0), style.get("dimtm", 0.0)
    if style.get("dimlim", 0.0) and found.nominal is not None and plus + minus > 0:
        return found.model_copy(
            update={
                "nominal": _exact(found.nominal - minus),
                "upper": _exact(plus + minus),
                "lower": 0.0,
                "is_limit": True,
                "tolerance_origin": ToleranceOrigin.LIMITS,
            }
        )
    if style.get("dimtol", 0.0):
        origin = ToleranceOrigin.DECLARED
        return found.model_copy(update={"upper": plus, "lower": -minus if minus else 0.0, "tolerance_origin": origin})
    return found


def _exact(value: float) -> float:
    # a sum of decimals as printed: 119.9, not 119.90000000000001
    return round(value, 12)


def _alternate(kind: DimensionKind, shown: float | None, unit: str | None, style: Style) -> Dimension | None:
    """The size in alternate units: DIMALT switches them on, DIMALTF multiplies."""
    factor = style.get("dimaltf", 25.4)
    if not style.get("dimalt", 0.0) or shown is None or kind is DimensionKind.ANGULAR or factor <= 0:
        return None
    other = next(
        (to for (of, to), ratio in _CONVERSIONS.items() if of == unit and math.isclose(factor, ratio, rel_tol=1e-3)),
        None,
    )
    places = int(style.get("dimaltd", 2.0))
    return Dimension(
        kind=kind,
        nominal=round(shown * factor, places) if 0 <= places <= 8 else shown * factor,
        unit=other,
        unit_origin=None if other is None else UnitOrigin.DECLARED,
    )


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
