"""Geometry in numbers: defining values of entities, lengths and areas of curves, points that span their boxes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from pybase_extraction_dxf.arcs import QUARTERS, along_bulge, on_circle, sweep
from pybase_extraction_dxf.hatches import boundary_points
from pybase_extraction_dxf.splines import spline_points
from pybase_extraction_dxf.tags import Record, integer, number, of_firsts, points

Vector = tuple[float, float, float]
CODES = (2, 5, 8, 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33, 39, 40, 41, 42, 43, 44, 45, 50, 51, 70, 71, 72, 73,
         75, 92, 210, 220, 230)  # fmt: skip
_TURN = 2 * math.pi
_STEPS = 720
"""Pieces of an ellipse that its length is summed over."""
_POLYLINES = frozenset({"LWPOLYLINE", "POLYLINE"})
_CLOSED, _CLOSED_N = 1, 32
_IN_SPACE, _MESH, _POLYFACE = 8, 16, 64
_NOT_FLAT = _IN_SPACE | _MESH | _POLYFACE
"""Flags of a POLYLINE (group 70): without one of these its corners lie in its own plane and may have bulges."""
_FRAME, _FACE = 16, 128
"""Flags of a VERTEX: a control point of a fitted curve, a face of a mesh (with 64 a corner of it)."""


WORLD: tuple[Vector, Vector, Vector] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
"""Axes of the plane of an entity without an extrusion."""


def plane(firsts: Mapping[int, bytes]) -> tuple[Vector, Vector, Vector]:
    """Axes of the entity's plane (DXF reference, "Arbitrary axis algorithm")."""
    if 210 not in firsts and 230 not in firsts:
        return WORLD
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
    if record.type == "POLYLINE" and (integer(firsts.get(70)) or 0) & _NOT_FLAT:
        found["points"] = list(points(record, 10))
        found["is_closed"] = bool((integer(firsts.get(70)) or 0) & _CLOSED)
    elif record.type in _POLYLINES:
        found["points"] = polyline(record)
        found["is_closed"] = bool((integer(firsts.get(70)) or 0) & _CLOSED)
    if record.type == "SPLINE":
        found["control_points"] = list(points(record, 10))
        found["fit_points"] = list(points(record, 11))
    if record.type == "LEADER":
        found["points"] = list(points(record, 10))
    if record.type == "HATCH":
        found["points"] = list(boundary_points(record))
    return found


_POINTS = {
    "LINE": {"start": 10, "end": 11}, "CIRCLE": {"center": 10}, "ARC": {"center": 10}, "INSERT": {"insert": 10},
    "ELLIPSE": {"center": 10, "major_axis": 11}, "TEXT": {"insert": 10}, "MTEXT": {"insert": 10},
    "SOLID": {"p1": 10, "p2": 11, "p3": 12, "p4": 13}, "TRACE": {"p1": 10, "p2": 11, "p3": 12, "p4": 13},
    "3DFACE": {"p1": 10, "p2": 11, "p3": 12, "p4": 13}, "RAY": {"start": 10, "direction": 11},
    "XLINE": {"start": 10, "direction": 11}, "LWPOLYLINE": {}, "POLYLINE": {}, "SPLINE": {}, "HATCH": {}, "LEADER": {},
    "VIEWPORT": {"center": 10},
}  # fmt: skip
_NUMBERS = {
    "CIRCLE": {"radius": 40}, "ARC": {"radius": 40, "start_angle": 50, "end_angle": 51},
    "ELLIPSE": {"ratio": 40, "start_param": 41, "end_param": 42}, "TEXT": {"height": 40, "rotation": 50},
    "MTEXT": {"height": 40, "rotation": 50}, "SPLINE": {"degree": 71},
    "INSERT": {"x_scale": 41, "y_scale": 42, "rotation": 50}, "VIEWPORT": {"width": 40, "height": 41},
}  # fmt: skip


def joined(records: Iterable[Record]) -> Iterator[Record]:
    """Give POLYLINE entities the corners of the VERTEX entities that follow them; all others as they are."""
    head: Record | None = None
    for record in records:
        if record.type == "VERTEX":
            if head is not None and _is_corner(record):
                head.tags += [tag for tag in record.tags if tag[0] in {10, 20, 30, 42}]
            continue
        if head is not None:
            yield head
        head = _without_point(record) if record.type == "POLYLINE" else None
        if head is None:
            yield record
    if head is not None:
        yield head


def _without_point(record: Record) -> Record:
    """The first point of a POLYLINE is none: its third number is the height of the plane (DXF reference, POLYLINE)."""
    height = [(38, value) for code, value in record.tags if code == 30]
    kept = [tag for tag in record.tags if tag[0] not in {10, 20, 30, 40, 41, 42}]
    return Record(record.type, kept + height, record.entity)


def _is_corner(record: Record) -> bool:
    flags = record.integer(70) or 0
    return flags & (_FACE | _POLYFACE) != _FACE and not flags & _FRAME


def polyline(record: Record) -> list[Vector]:
    """Corners of a polyline in its plane: x, y, bulge (tangent of a quarter of the arc's angle)."""
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
    return _closed(record, polyline(record))


def _closed(record: Record, corners: list[Vector]) -> list[tuple[Vector, Vector]]:
    if corners and (record.integer(70) or 0) & _CLOSED:
        corners.append(corners[0])
    return list(pairwise(corners))


def length_of(record: Record) -> float | None:
    """Length of a curve in drawing units; None for what is none."""
    firsts = record.firsts()
    radius = number(firsts.get(40)) or 0.0
    if record.type == "LINE":
        one, other = of_firsts(firsts, 10), of_firsts(firsts, 11)
        return None if one is None or other is None else math.dist(one, other)
    if record.type == "CIRCLE":
        return _TURN * abs(radius)
    if record.type == "ARC":
        begin, end = (math.radians(number(firsts.get(code)) or 0.0) for code in (50, 51))
        return abs(radius) * (sweep(begin, end))
    if record.type == "POLYLINE" and (integer(firsts.get(70)) or 0) & _NOT_FLAT:
        is_mesh = (integer(firsts.get(70)) or 0) & (_MESH | _POLYFACE)
        legs = [] if is_mesh else _closed(record, list(points(record, 10)))
        return None if is_mesh else sum(math.dist(one, other) for one, other in legs)
    if record.type in _POLYLINES:
        return sum(_leg_length(one, other) for one, other in _legs(record))
    return _curve_length(record, firsts)


def _curve_length(record: Record, firsts: Mapping[int, bytes]) -> float | None:
    """Length of an ellipse or spline, along chords; None for what is neither."""
    if record.type == "SPLINE":
        curve = spline_points(record)
        return None if curve is None else float(np.linalg.norm(np.diff(curve, axis=0), axis=1).sum())
    major, ratio = of_firsts(firsts, 11), number(firsts.get(40))
    if record.type != "ELLIPSE" or major is None or ratio is None:
        return None
    begin, width = _ellipse_range(firsts)
    # the midpoint rule over the length of the tangent
    angles = begin + (np.arange(_STEPS) + 0.5) * width / _STEPS
    speed = np.hypot(np.sin(angles), ratio * np.cos(angles)) * math.hypot(*major)
    return float(speed.mean() * width)


def area_of(record: Record) -> float | None:
    """Area of a closed curve in drawing units squared; None for everything else."""
    if record.type == "CIRCLE":
        radius = record.number(40)
        return None if radius is None else math.pi * radius * radius
    flags = record.integer(70) or 0
    if record.type in _POLYLINES and flags & _CLOSED and not (record.type == "POLYLINE" and flags & _NOT_FLAT):
        return abs(sum(_leg_area(one, other) for one, other in _legs(record)))
    if record.type == "ELLIPSE":
        firsts = record.firsts()
        major, ratio = of_firsts(firsts, 11), number(firsts.get(40))
        is_whole = math.isclose(_ellipse_range(firsts)[1], _TURN, rel_tol=1e-9)
        return math.pi * sum(part * part for part in major) * abs(ratio) if major and ratio and is_whole else None
    return None


def _ellipse_range(firsts: Mapping[int, bytes]) -> tuple[float, float]:
    """Where an ellipse begins and how far it runs, as angles of its parameter."""
    begin, end = number(firsts.get(41)) or 0.0, number(firsts.get(42))
    return begin, _TURN if end is None else sweep(begin, end)


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


def points_of(record: Record, firsts: Mapping[int, bytes], step: float = QUARTERS) -> list[Vector]:
    """Points that span the box of an entity, in its own coordinates; arcs as close as the step says."""
    if record.type in {"CIRCLE", "ARC"}:
        return _arc_points(record, firsts)
    if record.type == "POLYLINE" and (integer(firsts.get(70)) or 0) & _NOT_FLAT:
        return list(points(record, 10))
    if record.type in _POLYLINES:
        height = number(firsts.get(38)) or 0.0
        found = [(x, y, height) for x, y, _ in polyline(record)]
        bulged = (leg for leg in _legs(record) if leg[0][2])
        return found + [
            (x, y, height) for one, other in bulged for x, y in along_bulge(one[:2], other[:2], one[2], step)
        ]
    if record.type == "ELLIPSE":
        return _ellipse_points(firsts)
    if record.type == "SPLINE":
        return list(points(record, 10)) or list(points(record, 11))
    if record.type in {"HATCH", "MPOLYGON"}:
        return list(boundary_points(record, step))
    if record.type == "VERTEX" and (record.integer(70) or 0) & 192 == 128:
        return []
    if record.type in {"RAY", "XLINE", "VIEWPORT", "ATTDEF", "ATTRIB"}:
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
    width = sweep(begin, end)
    return [(x, y, center[2]) for x, y in on_circle((center[0], center[1]), abs(radius), begin, width, QUARTERS)]


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
    begin, width = _ellipse_range(firsts)
    angles = [begin, begin + width]
    for axis in range(3):
        extreme = math.atan2(minor[axis], major[axis])
        angles += [angle for angle in (extreme, extreme + math.pi) if (angle - begin) % _TURN <= width]
    return [
        tuple(c + a * math.cos(angle) + b * math.sin(angle) for c, a, b in zip(center, major, minor, strict=True))  # type: ignore[misc]
        for angle in angles
    ]
