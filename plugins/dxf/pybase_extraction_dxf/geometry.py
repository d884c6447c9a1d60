"""Geometry in numbers: defining values of entities, lengths of curves, extents."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pybase_extraction_dxf.tags import Record, integer, number, of_firsts, points

Vector = tuple[float, float, float]
CODES = (2, 5, 8, 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33, 39, 40, 41, 42, 43, 44, 45, 50, 51, 70, 71, 72, 73,
         210, 220, 230)  # fmt: skip
_TURN = 2 * math.pi
_DEEPEST = 32
"""Levels of nested blocks that are followed; deeper ones are damage or an attack."""
_FLAT = frozenset({"CIRCLE", "ARC", "LWPOLYLINE", "SOLID", "TRACE", "INSERT", "TEXT"})
"""Types whose points are in the coordinates of their own plane (DXF reference, "Object Coordinate System")."""


def plane(firsts: Mapping[int, bytes]) -> tuple[Vector, Vector, Vector]:
    """Axes of the entity's plane (DXF reference, "Arbitrary axis algorithm")."""
    normal = of_firsts(firsts, 210) or (0.0, 0.0, 1.0)
    length = math.hypot(*normal)
    nx, ny, nz = (part / length for part in normal) if length > 0 else (0.0, 0.0, 1.0)
    near_z = abs(nx) < 1 / 64 and abs(ny) < 1 / 64
    ax, ay, az = (nz, 0.0, -nx) if near_z else (-ny, nx, 0.0)
    size = math.hypot(ax, ay, az)
    x = (ax / size, ay / size, az / size)
    return x, (ny * x[2] - nz * x[1], nz * x[0] - nx * x[2], nx * x[1] - ny * x[0]), (nx, ny, nz)


def to_world(firsts: Mapping[int, bytes], found: Iterable[Vector]) -> list[Vector]:
    """Points of an entity's own plane in the coordinates of the drawing."""
    if 210 not in firsts and 230 not in firsts:
        return list(found)
    x, y, z = plane(firsts)
    return [
        (p[0] * x[0] + p[1] * y[0] + p[2] * z[0], p[0] * x[1] + p[1] * y[1] + p[2] * z[1],
         p[0] * x[2] + p[1] * y[2] + p[2] * z[2])
        for p in found
    ]  # fmt: skip


def values_of(record: Record) -> dict[str, Any]:
    """Defining numbers of an entity by name, in drawing units and degrees."""
    firsts = record.firsts()
    found: dict[str, Any] = {}
    for name, code in _POINTS.get(record.type, {"location": 10}).items():
        if (place := of_firsts(firsts, code)) is not None:
            found[name] = place
    for name, code in _NUMBERS.get(record.type, {}).items():
        if (value := number(firsts.get(code))) is not None:
            found[name] = value
    if record.type == "LWPOLYLINE":
        found["points"] = polyline(record)
        found["is_closed"] = bool((integer(firsts.get(70)) or 0) & 1)
    if record.type == "SPLINE":
        found["control_points"] = list(points(record, 10))
        found["fit_points"] = list(points(record, 11))
    if record.type in {"LEADER", "HATCH"}:
        found["points"] = list(points(record, 10))
    return found


_POINTS = {
    "LINE": {"start": 10, "end": 11}, "CIRCLE": {"center": 10}, "ARC": {"center": 10}, "INSERT": {"insert": 10},
    "ELLIPSE": {"center": 10, "major_axis": 11}, "TEXT": {"insert": 10}, "MTEXT": {"insert": 10},
    "SOLID": {"p1": 10, "p2": 11, "p3": 12, "p4": 13}, "TRACE": {"p1": 10, "p2": 11, "p3": 12, "p4": 13},
    "3DFACE": {"p1": 10, "p2": 11, "p3": 12, "p4": 13}, "RAY": {"start": 10, "direction": 11},
    "XLINE": {"start": 10, "direction": 11}, "LWPOLYLINE": {}, "SPLINE": {}, "HATCH": {}, "LEADER": {},
    "VIEWPORT": {"center": 10},
}  # fmt: skip
_NUMBERS = {
    "CIRCLE": {"radius": 40}, "ARC": {"radius": 40, "start_angle": 50, "end_angle": 51},
    "ELLIPSE": {"ratio": 40, "start_param": 41, "end_param": 42}, "TEXT": {"height": 40, "rotation": 50},
    "MTEXT": {"height": 40, "rotation": 50}, "SPLINE": {"degree": 71},
    "INSERT": {"x_scale": 41, "y_scale": 42, "rotation": 50}, "VIEWPORT": {"width": 40, "height": 41},
}  # fmt: skip


def polyline(record: Record) -> list[Vector]:
    """Corners of an LWPOLYLINE: x, y, bulge (tangent of a quarter of the arc's angle)."""
    found: list[list[float]] = []
    for code, value in record.tags:
        if code == 10:
            found.append([number(value) or 0.0, 0.0, 0.0])
        elif code == 20 and found:
            found[-1][1] = number(value) or 0.0
        elif code == 42 and found:
            found[-1][2] = number(value) or 0.0
    return [(x, y, bulge) for x, y, bulge in found]


def _legs(record: Record) -> list[tuple[Vector, Vector]]:
    corners = polyline(record)
    if corners and (record.integer(70) or 0) & 1:
        corners.append(corners[0])
    return list(pairwise(corners))


def length_of(record: Record) -> float | None:
    """Length of a curve in drawing units; None for what is none, and for splines."""
    firsts = record.firsts()
    radius = number(firsts.get(40)) or 0.0
    if record.type == "LINE":
        one, other = of_firsts(firsts, 10), of_firsts(firsts, 11)
        return None if one is None or other is None else math.dist(one, other)
    if record.type == "CIRCLE":
        return _TURN * abs(radius)
    if record.type == "ARC":
        begin, end = (math.radians(number(firsts.get(code)) or 0.0) for code in (50, 51))
        return abs(radius) * ((end - begin) % _TURN or _TURN)
    if record.type == "LWPOLYLINE":
        return sum(_leg_length(one, other) for one, other in _legs(record))
    return None


def area_of(record: Record) -> float | None:
    """Area of a closed curve in drawing units squared; None for everything else."""
    if record.type == "CIRCLE":
        radius = record.number(40)
        return None if radius is None else math.pi * radius * radius
    if record.type == "LWPOLYLINE" and (record.integer(70) or 0) & 1:
        return abs(sum(_leg_area(one, other) for one, other in _legs(record)))
    return None


def _leg_length(one: Vector, other: Vector) -> float:
    chord = math.dist(one[:2], other[:2])
    if not one[2]:
        return chord
    angle = 4 * math.atan(abs(one[2]))
    return chord / (2 * math.sin(angle / 2)) * angle if math.sin(angle / 2) else chord


def _leg_area(one: Vector, other: Vector) -> float:
    """Signed area under a leg (shoelace formula), with the segment of its arc."""
    chord = math.dist(one[:2], other[:2])
    angle = 4 * math.atan(one[2])
    radius = chord / (2 * math.sin(angle / 2)) if math.sin(angle / 2) else 0.0
    return (one[0] * other[1] - other[0] * one[1]) / 2 + radius * radius * (angle - math.sin(angle)) / 2


@dataclass(slots=True)
class Box:
    """The smallest box around points."""

    low: list[float] = field(default_factory=lambda: [math.inf] * 3)
    high: list[float] = field(default_factory=lambda: [-math.inf] * 3)

    def add(self, found: Iterable[Vector]) -> None:
        """Widen it."""
        for place in found:
            for axis, value in enumerate(place):
                self.low[axis] = min(self.low[axis], value)
                self.high[axis] = max(self.high[axis], value)

    @property
    def corners(self) -> tuple[Vector, Vector] | None:
        """Lowest and highest corner; None when it holds nothing."""
        if not all(map(math.isfinite, (*self.low, *self.high))):
            return None
        return (self.low[0], self.low[1], self.low[2]), (self.high[0], self.high[1], self.high[2])


class Extents:
    """Extents of spaces and blocks.

    Texts count with their insertion point, splines with their control points, lines without end not at all.
    """

    def __init__(self, contents: Callable[[str], Iterable[Record]], base_points: Mapping[str, Vector]) -> None:
        self._contents = contents
        self._base_points = base_points
        self._blocks: dict[str, tuple[Vector, Vector] | None] = {}

    def of(self, records: Iterable[Record], depth: int = 0) -> tuple[Vector, Vector] | None:
        """Lowest and highest corner of some entities; None when they have none."""
        box = Box()
        for record in records:
            box.add(self._points(record, depth))
        return box.corners

    def _block(self, name: str, depth: int) -> tuple[Vector, Vector] | None:
        if depth >= _DEEPEST:
            return None
        if name not in self._blocks:
            self._blocks[name] = None  # a block that inserts itself ends here
            self._blocks[name] = self.of(self._contents(name), depth + 1)
        return self._blocks[name]

    def _points(self, record: Record, depth: int) -> list[Vector]:
        firsts = record.firsts()
        if record.type == "INSERT":
            return self._insert(record, firsts, depth)
        if record.type in {"DIMENSION", "ARC_DIMENSION", "LARGE_RADIAL_DIMENSION"}:
            name = (record.get(2) or b"").strip().decode("latin-1").casefold()
            corners = self._block(name, depth) if name else None
            return list(corners or ())
        found = points_of(record, firsts)
        return to_world(firsts, found) if record.type in _FLAT else found

    def _insert(self, record: Record, firsts: Mapping[int, bytes], depth: int) -> list[Vector]:
        name = (record.get(2) or b"").strip().decode("latin-1").casefold()
        corners, at = self._block(name, depth), of_firsts(firsts, 10)
        if corners is None or at is None:
            return []
        base = self._base_points.get(name, (0.0, 0.0, 0.0))
        factors = [1.0 if (value := number(firsts.get(code))) is None else value for code in (41, 42, 43)]
        angle = math.radians(number(firsts.get(50)) or 0.0)
        cos, sin = math.cos(angle), math.sin(angle)
        columns, rows = max(1, integer(firsts.get(70)) or 1), max(1, integer(firsts.get(71)) or 1)
        steps = [
            (across * (number(firsts.get(44)) or 0.0), up * (number(firsts.get(45)) or 0.0))
            for across in {0, columns - 1}
            for up in {0, rows - 1}
        ]
        found = []
        for x in (corners[0][0], corners[1][0]):
            for y in (corners[0][1], corners[1][1]):
                for z in (corners[0][2], corners[1][2]):
                    for dx, dy in steps:
                        u, v = (x - base[0]) * factors[0] + dx, (y - base[1]) * factors[1] + dy
                        w = (z - base[2]) * factors[2]
                        found.append((at[0] + u * cos - v * sin, at[1] + u * sin + v * cos, at[2] + w))
        return to_world(firsts, found)


def points_of(record: Record, firsts: Mapping[int, bytes]) -> list[Vector]:
    """Points that span the box of an entity, in its own coordinates."""
    if record.type in {"CIRCLE", "ARC"}:
        return _arc_points(record, firsts)
    if record.type == "LWPOLYLINE":
        height = number(firsts.get(38)) or 0.0
        found = [(x, y, height) for x, y, _ in polyline(record)]
        return found + [point for one, other in _legs(record) for point in _bulge_points(one, other, height)]
    if record.type == "ELLIPSE":
        return _ellipse_points(firsts)
    if record.type == "SPLINE":
        return list(points(record, 11)) or list(points(record, 10))
    if record.type == "HATCH":
        # the first point is the height of its plane
        return [*list(points(record, 10))[1:], *points(record, 11)]
    if record.type == "VERTEX" and (record.integer(70) or 0) & 192 == 128:
        return []
    if record.type in {"RAY", "XLINE", "VIEWPORT", "POLYLINE", "ATTDEF", "ATTRIB"}:
        return []
    codes = _POINTS.get(record.type, {"location": 10}).values()
    return [place for code in codes if (place := of_firsts(firsts, code)) is not None]


def _arc_points(record: Record, firsts: Mapping[int, bytes]) -> list[Vector]:
    center, radius = of_firsts(firsts, 10), number(firsts.get(40))
    if center is None or radius is None:
        return []
    begin, end = 0.0, _TURN
    if record.type == "ARC":
        begin, end = (math.radians(number(firsts.get(code)) or 0.0) for code in (50, 51))
    return _on_circle(center, abs(radius), begin, (end - begin) % _TURN or _TURN)


def _on_circle(center: Vector, radius: float, begin: float, width: float) -> list[Vector]:
    """Both ends of an arc, and the points farthest along the axes that it passes."""
    quarters = [at * math.pi / 2 for at in range(4) if (at * math.pi / 2 - begin) % _TURN <= width]
    return [
        (center[0] + radius * math.cos(angle), center[1] + radius * math.sin(angle), center[2])
        for angle in (begin, begin + width, *quarters)
    ]


def _bulge_points(one: Vector, other: Vector, height: float) -> list[Vector]:
    chord = math.dist(one[:2], other[:2])
    angle = 4 * math.atan(one[2])
    if not angle or not chord or not math.sin(angle / 2):
        return []
    radius = chord / (2 * math.sin(angle / 2))
    direction = math.atan2(other[1] - one[1], other[0] - one[0]) + math.pi / 2 - angle / 2
    center = (one[0] + radius * math.cos(direction), one[1] + radius * math.sin(direction), height)
    begin = math.atan2(one[1] - center[1], one[0] - center[0])
    return _on_circle(center, abs(radius), begin if angle > 0 else begin + angle, abs(angle))


def _ellipse_points(firsts: Mapping[int, bytes]) -> list[Vector]:
    center, major, ratio = of_firsts(firsts, 10), of_firsts(firsts, 11), number(firsts.get(40))
    if center is None or major is None or ratio is None:
        return []
    _, _, normal = plane(firsts)
    minor = (
        (normal[1] * major[2] - normal[2] * major[1]) * ratio,
        (normal[2] * major[0] - normal[0] * major[2]) * ratio,
        (normal[0] * major[1] - normal[1] * major[0]) * ratio,
    )
    begin, end = number(firsts.get(41)) or 0.0, number(firsts.get(42))
    width = _TURN if end is None else (end - begin) % _TURN or _TURN
    angles = [begin, begin + width]
    for axis in range(3):
        extreme = math.atan2(minor[axis], major[axis])
        angles += [angle for angle in (extreme, extreme + math.pi) if (angle - begin) % _TURN <= width]
    return [
        tuple(c + a * math.cos(angle) + b * math.sin(angle) for c, a, b in zip(center, major, minor, strict=True))  # type: ignore[misc]
        for angle in angles
    ]
