"""What a dimension measures: the value that the program wrote, or the geometry of its definition points."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pybase_extraction.results import DimensionKind
from pybase_extraction_dxf.geometry import plane
from pybase_extraction_dxf.tags import integer, number, of_firsts

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
Vector = tuple[float, float, float]


def kind_of(type_: str, firsts: Mapping[int, bytes]) -> DimensionKind:
    """Kind of a dimension by its entity type and group code 70."""
    if type_ == "ARC_DIMENSION":
        return DimensionKind.ARC_LENGTH
    if type_ == "LARGE_RADIAL_DIMENSION":
        return DimensionKind.RADIUS
    return KINDS.get(flags_of(firsts) & ~_FLAGS, DimensionKind.LINEAR)


def flags_of(firsts: Mapping[int, bytes]) -> int:
    """Group code 70: the kind and its flags."""
    return integer(firsts.get(70)) or 0


def is_x_ordinate(firsts: Mapping[int, bytes]) -> bool:
    """Whether an ordinate dimension runs along x; it runs along y otherwise."""
    return bool(flags_of(firsts) & _ORDINATE_X)


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
    variant = flags_of(firsts) & ~_FLAGS
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


def _flat(firsts: Mapping[int, bytes], *codes: int) -> list[Vector] | None:
    """Points given in the world, in the dimension's own plane; None when one is missing."""
    x_axis, y_axis, normal = plane(firsts)
    found = []
    for code in codes:
        point = of_firsts(firsts, code)
        if point is None:
            return None
        found.append((_dot(point, x_axis), _dot(point, y_axis), _dot(point, normal)))
    return found


def _two_line_angle(firsts: Mapping[int, bytes]) -> float | None:
    """Angle of the sector between two lines (13-14 and 15-10) that holds the point of the arc (16)."""
    ends = _flat(firsts, 13, 14, 15, 10)
    # this one point is given in the dimension's plane
    arc = of_firsts(firsts, 16)
    apex = None if ends is None else _intersection(*ends)
    if ends is None or apex is None or arc is None:
        return None
    rays = sorted(ray for one, other in (ends[:2], ends[2:]) for ray in _rays(one, other))
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
    found = _flat(firsts, 15, 13, 14, 10)
    return None if found is None else math.degrees(_sweep(*found))


def _sweep(apex: Vector, one: Vector, other: Vector, arc: Vector) -> float:
    begin, end, middle = (math.atan2(p[1] - apex[1], p[0] - apex[0]) for p in (one, other, arc))
    width = (end - begin) % _TURN
    return width if (middle - begin) % _TURN <= width else _TURN - width


def _arc_length(firsts: Mapping[int, bytes]) -> float | None:
    found = _flat(firsts, 15, 13, 14, 10)
    return None if found is None else math.dist(found[0][:2], found[1][:2]) * _sweep(*found)


def _ordinate(firsts: Mapping[int, bytes]) -> float | None:
    found = _flat(firsts, 10, 13)
    if found is None:
        return None
    origin, feature = found
    # group 51: direction of the horizontal axis, measured the other way round
    angle = -math.radians(number(firsts.get(51)) or 0.0)
    x, y = feature[0] - origin[0], feature[1] - origin[1]
    along = x * math.cos(angle) + y * math.sin(angle)
    across = y * math.cos(angle) - x * math.sin(angle)
    return abs(along if is_x_ordinate(firsts) else across)
