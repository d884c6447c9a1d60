"""Boxes that surely hold a curve, of many curves at once: what stays inside of a known box need not be computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from pybase_extraction_dxf.columns import Tags, triples
from pybase_extraction_dxf.scan import Scan

CURVED = frozenset({"CIRCLE", "ARC", "ELLIPSE", "SPLINE", "HATCH", "MPOLYGON", "LWPOLYLINE"})
_AREAS = ("HATCH", "MPOLYGON")
_ROUNDING = 1 + 1e-9
_NORMAL = {210: 0.0, 220: 0.0, 230: 1.0}
_ELLIPTIC = 3
"""Kind of an edge of a hatch (group 72) whose second point counts from its centre."""


def reaches_of(scan: Scan, entities: Any) -> Any:
    """Box of each curve, never smaller than the curve: n × 6, lowest corner first; infinite where it cannot be told.

    Args:
        scan: The drawing.
        entities: Numbers of entities of types in ``CURVED``.
    """
    tags = Tags(scan, entities)
    low, high, is_odd = _control_boxes(tags)
    margins = _margins(tags, high - low)
    low, high = low - margins, high + margins
    # an entity in a plane of its own is turned about the origin, and what is turned is rounded
    turned = np.concatenate([tags.owners_of(code)[tags.values(code) != up] for code, up in _NORMAL.items()])
    radius = np.linalg.norm(np.maximum(np.abs(low[turned]), np.abs(high[turned])), axis=1)[:, None]
    low[turned], high[turned] = -radius * _ROUNDING, radius * _ROUNDING
    found = np.concatenate([low, high], axis=1)
    found[is_odd] = [-np.inf] * 3 + [np.inf] * 3
    return found


def _control_boxes(tags: Tags) -> tuple[Any, Any, Any]:
    """Boxes of the points that define the curves, and which curves have none or have some written in an odd order."""
    areas = tags.are(*_AREAS)
    is_point = tags.codes == 10
    # the first point of a hatch is none: its third number is the height of the plane
    of_areas = np.flatnonzero(is_point & areas[tags.owner])
    is_point[of_areas[np.unique(tags.owner[of_areas], return_index=True)[1]]] = False
    is_point |= (tags.codes == 11) & (areas | tags.are("SPLINE"))[tags.owner]
    owner = tags.owner[is_point]
    points, has_y = triples(tags.index, tags.rows[is_point])
    low, high = np.full((tags.count, 3), np.inf), np.full((tags.count, 3), -np.inf)
    np.minimum.at(low, owner, points)
    np.maximum.at(high, owner, points)
    is_odd = ~np.isfinite(low).all(axis=1)
    is_odd[owner[~has_y]] = True
    low[is_odd] = high[is_odd] = 0.0
    heights = np.where(areas, tags.largest(30), np.where(tags.are("LWPOLYLINE"), tags.largest(38), 0.0))
    low[:, 2] -= heights
    high[:, 2] += heights
    return low, high, is_odd


def _margins(tags: Tags, sizes: Any) -> Any:
    """How far curves may reach out of the box of their points along each axis, from radii, axes and bulges."""
    areas, ellipses = tags.are(*_AREAS), tags.are("ELLIPSE")
    radii = np.where(areas | tags.are("CIRCLE", "ARC"), tags.largest(40), 0.0)
    elliptic = np.zeros(tags.count, bool)
    elliptic[tags.owners_of(72)[tags.values(72) == _ELLIPTIC]] = True
    has_axis = ellipses | (areas & elliptic)
    axes = sum(tags.largest(code) for code in (11, 21, 31)) * np.maximum(1.0, tags.largest(40))
    # the arc of a bulge (tangent of a quarter of its angle) is not farther from its chord than bulge × chord
    bulged = np.where(areas | tags.are("LWPOLYLINE"), tags.largest(42), 0.0) * np.linalg.norm(sizes[:, :2], axis=1)
    flat = radii + np.where(has_axis, axes, 0.0) + bulged
    return np.stack([flat, flat, np.where(has_axis & (tags.largest(31) > 0), axes, 0.0)], axis=1)
