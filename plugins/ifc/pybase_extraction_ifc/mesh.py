"""Measures of a surface of triangles.

A volume is the sum of the tetrahedra between a point and the triangles, which says something only of a surface that is
closed and has all triangles turned outwards: of an open one the sum depends on where the point is.  So those have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WELD_M = 1e-6
_WELD = 1e-7
"""Corners nearer than a micrometre, or than this part of the shape's size, are one."""
_LEVEL_M = 1e-5
_UPRIGHT = 1e-4
"""How far corners may be from a level, and the slope of a side from upright: what files round."""


def is_closed(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> bool:
    """Whether every edge is run through as often in one direction as in the other.

    Args:
        vertices: Rows of x, y, z in metres.
        faces: Rows of three vertex numbers.
    """
    size = float(np.ptp(vertices, axis=0).max())
    steps = np.round((vertices - vertices.min(axis=0)) / max(_WELD_M, size * _WELD)).astype(np.int64)
    _, corners = np.unique(steps, axis=0, return_inverse=True)
    triangles = corners.reshape(-1)[faces]
    starts, ends = triangles.reshape(-1), np.roll(triangles, -1, axis=1).reshape(-1)
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    _, edges = np.unique(low * len(vertices) + high, return_inverse=True)
    # an edge from a corner to itself, of a triangle without width, counts for nothing
    return not np.bincount(edges.reshape(-1), np.sign(ends - starts)).any()


def volume(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> float | None:
    """Volume in cubic metres; None for a surface that is not closed.

    It is summed from the middle of the shape: far from the origin, as in map coordinates, the digits would cancel.
    """
    if not is_closed(vertices, faces):
        return None
    a, b, c = ((vertices - vertices.mean(axis=0))[faces[:, place]] for place in range(3))
    return abs(float(np.einsum("ij,ij->", a, np.cross(b, c)))) / 6


def upright_height(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> float | None:
    """Height in metres of a closed shape of which every corner is at its bottom or its top; None for all others.

    Such a shape is an upright prism, or several of one height: volume over height is the area that it stands on.
    """
    heights = vertices[:, 2]
    low, high = float(heights.min()), float(heights.max())
    inside = np.minimum(heights - low, high - heights).max()
    if high - low <= _WELD_M or inside > _LEVEL_M:
        return None
    corners, levels = vertices[faces], heights[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    # what leans has its corners at two heights too: its sides do not stand upright
    sides = normals[np.ptp(levels, axis=1) > _LEVEL_M]
    is_upright = np.abs(sides[:, 2]) <= _UPRIGHT * np.linalg.norm(sides[:, :2], axis=1)
    return high - low if is_upright.all() else None


def solid_measures(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> dict[str, float | None]:
    """``volume`` in cubic metres and ``height`` in metres (see ``upright_height``); both None for an open surface."""
    found = volume(vertices, faces)
    return {"volume": found, "height": None if found is None else upright_height(vertices, faces)}


def area(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> float:
    """Surface in square metres."""
    a, b, c = (vertices[faces[:, place]] for place in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()) / 2
