"""Points that span the boundary of a HATCH (DXF reference, "Boundary path data")."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pybase_extraction_dxf.arcs import FINE, QUARTERS, Place, along_bulge, on_circle, sweep
from pybase_extraction_dxf.tags import Record, integer, number, points

Tags = list[tuple[int, bytes]]
_POLYLINE = 2
_LINE, _ARC, _ELLIPSE, _SPLINE = 1, 2, 3, 4
Vector = tuple[float, float, float]


def boundary_points(record: Record, step: float = QUARTERS) -> Iterator[Vector]:
    """Corners and points along the arcs of every path, in the plane of the hatch, as close as the step says.

    The point before the first path is the height of the plane; what follows the style (group 75) fills the area.
    """
    height = next((number(value) or 0.0 for code, value in record.tags if code == 30), 0.0)
    for flags, path in _paths(record.tags):
        inside = _polyline(path, step) if flags & _POLYLINE else _edges(path, step)
        yield from ((x, y, height) for x, y in inside)


def _paths(tags: Tags) -> Iterator[tuple[int, Tags]]:
    flags: int | None = None
    path: Tags = []
    for code, value in tags:
        if code in {75, 92}:
            if flags is not None:
                yield flags, path
            if code == 75:
                return
            flags, path = integer(value) or 0, []
        elif flags is not None:
            path.append((code, value))
    if flags is not None:
        yield flags, path


def _polyline(path: Tags, step: float) -> Iterator[Place]:
    """Corners and what lies between them."""
    corners: list[list[float]] = []
    for code, value in path:
        if code == 10:
            corners.append([number(value) or 0.0, 0.0, 0.0])
        elif code in {20, 42} and corners:
            corners[-1][1 if code == 20 else 2] = number(value) or 0.0
    for (x, y, bulge), (x2, y2, _) in zip(corners, [*corners[1:], *corners[:1]], strict=True):
        yield x, y
        if bulge:
            yield from along_bulge((x, y), (x2, y2), bulge, step)


def _edges(path: Tags, step: float) -> Iterator[Place]:
    edge: Tags = []
    for tag in [*path, (72, b"")]:
        if tag[0] == 72:
            yield from _edge(edge, step)
            edge = []
        edge.append(tag)


def _edge(edge: Tags, step: float) -> Iterator[Place]:
    firsts = dict(reversed(edge))
    kind, one, other = integer(firsts.get(72)), _corner(firsts, 10), _corner(firsts, 11)
    if one is None:
        return
    if kind == _LINE and other is not None:
        yield from (one, other)
    elif kind == _SPLINE:
        yield from ((x, y) for x, y, _ in points(Record("EDGE", edge, -1), 10))
    elif kind == _ARC:
        radius = abs(number(firsts.get(40)) or 0.0)
        yield from ((one[0] + radius * x, one[1] + radius * y) for x, y in _turn(firsts, step))
    elif kind == _ELLIPSE and other is not None:
        ratio = number(firsts.get(40)) or 0.0
        # the farthest points of an ellipse are not its quarters
        for x, y in _turn(firsts, FINE):
            yield one[0] + other[0] * x - other[1] * ratio * y, one[1] + other[1] * x + other[0] * ratio * y


def _corner(firsts: dict[int, bytes], code: int) -> Place | None:
    """Point of a plane, which has no height; None without one."""
    x = number(firsts.get(code))
    return None if x is None else (x, number(firsts.get(code + 10)) or 0.0)


def _turn(firsts: dict[int, bytes], step: float) -> Iterator[Place]:
    """Points of a unit circle from one angle to another; clockwise edges count their angles clockwise too."""
    begin, end = (math.radians(number(firsts.get(code)) or 0.0) for code in (50, 51))
    sense = 1.0 if integer(firsts.get(73)) or 0 else -1.0
    width = sweep(begin, end)
    return ((x, sense * y) for x, y in on_circle((0.0, 0.0), 1.0, begin, width, step))
