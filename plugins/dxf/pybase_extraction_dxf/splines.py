"""Points on B-splines (SPLINE), by the recursion of Cox and de Boor; NURBS by their weights."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from pybase_extraction_dxf.tags import Record, number, points

_PER_SPAN = 16
"""Points between two knots: chords then miss a quarter of a circle by less than 0.02 % of its radius."""
_MOST_POINTS = 4_000
"""Above this the basis functions would take more memory than the curve is worth."""


def spline_points(record: Record) -> Any | None:
    """Points along a SPLINE, in order, as an array of n × 3; None without control points or with numbers amiss."""
    control = np.array(list(points(record, 10)), np.float64).reshape(-1, 3)
    degree = record.integer(71) or 0
    knots = _values(record, 40)
    is_sound = 1 <= degree <= 11 and len(knots) == len(control) + degree + 1 and bool((np.diff(knots) >= 0).all())
    if not is_sound or len(control) * _PER_SPAN > _MOST_POINTS:
        return None
    weights = _values(record, 41)
    weights = weights if len(weights) == len(control) and bool((weights > 0).all()) else np.ones(len(control))
    basis = _basis(_parameters(knots, degree, len(control)), knots, degree) * weights
    total = basis.sum(axis=1, keepdims=True)
    return basis @ control / np.where(total > 0, total, 1.0)


def _values(record: Record, code: int) -> Any:
    found = [number(value) for value in record.all(code)]
    return np.array([value for value in found if value is not None], np.float64)


def _parameters(knots: Any, degree: int, count: int) -> Any:
    """Parameters inside of the curve's own range, each span divided equally."""
    edges = np.unique(knots[degree : count + 1])
    inner = [np.linspace(one, other, _PER_SPAN, endpoint=False) for one, other in pairwise(edges)]
    return np.concatenate([*inner, edges[-1:]])


def _basis(at: Any, knots: Any, degree: int) -> Any:
    """Values of the basis functions: a row for each parameter, a column for each control point."""
    last = knots[len(knots) - degree - 1]
    # the end of the curve belongs to the last span that has a length
    inside = np.where(at >= last, np.nextafter(last, -np.inf), at)[:, None]
    found = ((knots[:-1] <= inside) & (inside < knots[1:])).astype(np.float64)
    for order in range(1, degree + 1):
        spans = len(knots) - order - 1
        left, right = knots[:spans], knots[order : order + spans]
        following, behind = knots[1 : 1 + spans], knots[order + 1 : order + 1 + spans]
        with np.errstate(divide="ignore", invalid="ignore"):
            rising = np.where(right > left, (at[:, None] - left) / (right - left), 0.0)
            falling = np.where(behind > following, (behind - at[:, None]) / (behind - following), 0.0)
        found = rising * found[:, :spans] + falling * found[:, 1 : 1 + spans]
    return found
