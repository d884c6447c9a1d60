"""Points along arcs: their ends, and those that are farthest along the axes."""

from __future__ import annotations

import math

_TURN = 2 * math.pi
QUARTERS = math.pi / 2
"""Enough for a box along the axes."""
FINE = math.radians(6.0)
"""For what will be turned: chords then miss the arc by 0.14 % of its radius."""
_ROUNDING = 1e-9
Place = tuple[float, float]


def sweep(begin: float, end: float) -> float:
    """How far an arc runs from one angle to another, in radians: equal angles, but for rounding, are a whole turn."""
    width = (end - begin) % _TURN
    return _TURN if width < _ROUNDING else width


def on_circle(center: Place, radius: float, begin: float, width: float, step: float) -> list[Place]:
    """Points of an arc in the plane.

    Args:
        center: Of the circle.
        radius: Not negative.
        begin: Radians.
        width: Radians, counter-clockwise.
        step: ``QUARTERS`` or ``FINE``.
    """
    first = math.ceil(begin / step)
    inner = [at * step for at in range(first, math.floor((begin + width) / step) + 1)]
    return [
        (center[0] + radius * math.cos(angle), center[1] + radius * math.sin(angle))
        for angle in (begin, *inner, begin + width)
    ]


def along_bulge(one: Place, other: Place, bulge: float, step: float) -> list[Place]:
    """Points of the arc between two corners of a polyline; the bulge is the tangent of a quarter of its angle."""
    angle, chord = 4 * math.atan(bulge), math.dist(one, other)
    if not chord or not math.sin(angle / 2):
        return []
    radius = chord / (2 * math.sin(angle / 2))
    towards = math.atan2(other[1] - one[1], other[0] - one[0]) + QUARTERS - angle / 2
    center = one[0] + radius * math.cos(towards), one[1] + radius * math.sin(towards)
    begin = math.atan2(one[1] - center[1], one[0] - center[0])
    return on_circle(center, abs(radius), begin if angle > 0 else begin + angle, abs(angle), step)
