"""Surface, volume, centroid and box of triangles."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from acme_stl.facets import Facet, Point


@dataclass(frozen=True)
class Measures:
    """Measures in the unit of the coordinates, its square and its cube.

    Attributes:
        area: Sum over the facets.
        volume: None when the surface is not closed.
        centroid: Of the volume; None when there is none.
        low: Corner of the box with the least coordinates.
        high: Corner with the greatest.
    """

    area: float
    volume: float | None
    centroid: Point | None
    low: Point
    high: Point


def is_closed(facets: Sequence[Facet]) -> bool:
    """Whether every edge belongs to two facets that run along it in opposite directions."""
    edges = Counter(edge for a, b, c in facets for edge in ((a, b), (b, c), (c, a)))
    return all(count == edges[end, start] for (start, end), count in edges.items())


def measure(facets: Sequence[Facet]) -> Measures:
    """Measure a solid of at least one facet.

    The volume is the sum of the tetrahedra between each facet and one point, signed by the facet's direction (divergence
    theorem). The point is a corner of the solid, so that a solid far from the origin loses no digits.
    """
    points = [point for facet in facets for point in facet]
    low = (min(p[0] for p in points), min(p[1] for p in points), min(p[2] for p in points))
    high = (max(p[0] for p in points), max(p[1] for p in points), max(p[2] for p in points))
    area = math.fsum(math.dist((0, 0, 0), _cross(_less(b, a), _less(c, a))) / 2 for a, b, c in facets)
    if not is_closed(facets):
        return Measures(area, None, None, low, high)
    moved = [(_less(a, low), _less(b, low), _less(c, low)) for a, b, c in facets]
    sixths = [_dot(a, _cross(b, c)) for a, b, c in moved]
    volume = math.fsum(sixths) / 6
    if volume == 0:
        return Measures(area, 0.0, None, low, high)
    x, y, z = (
        low[axis]
        + math.fsum(s * (a[axis] + b[axis] + c[axis]) for s, (a, b, c) in zip(sixths, moved, strict=True)) / 24 / volume
        for axis in range(3)
    )
    # facets that all point inwards give the same solid with a negative sign
    return Measures(area, abs(volume), (x, y, z), low, high)


def _less(a: Point, b: Point) -> Point:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Point, b: Point) -> Point:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
