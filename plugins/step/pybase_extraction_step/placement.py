"""Placements as 4 × 4 matrices (ISO 10303-42): column vectors, translation in the last column."""

from __future__ import annotations

import math

from pybase_extraction.results import Matrix, Point
from pybase_extraction_step.model import StepModel, at, number

IDENTITY: Matrix = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def read_placement(model: StepModel, reference: object) -> Matrix | None:
    """Matrix of an AXIS2_PLACEMENT_3D or a CARTESIAN_TRANSFORMATION_OPERATOR_3D; None for anything else."""
    if placement := model.arguments(reference, "AXIS2_PLACEMENT_3D"):
        return _matrix(
            _triple(model, at(placement, 1), "CARTESIAN_POINT"),
            _triple(model, at(placement, 2), "DIRECTION"),
            _triple(model, at(placement, 3), "DIRECTION"),
        )
    operator = model.arguments(reference, "CARTESIAN_TRANSFORMATION_OPERATOR_3D")
    if not operator:
        return None
    # name, then axis1, axis2, local_origin, scale, axis3; a leading second name comes from a select of supertypes
    axes = operator[-5:]
    matrix = _matrix(
        _triple(model, at(axes, 2), "CARTESIAN_POINT"),
        _triple(model, at(axes, 4), "DIRECTION"),
        _triple(model, at(axes, 0), "DIRECTION"),
    )
    scale = number(at(axes, 3))
    return matrix if matrix is None or scale is None or scale == 1 else multiply(matrix, scaled(scale))


def multiply(left: Matrix, right: Matrix) -> Matrix:
    """Matrix product: apply ``right`` first."""
    rows = [[sum(left[i][k] * right[k][j] for k in range(4)) for j in range(4)] for i in range(4)]
    return _frozen(rows)


def invert(matrix: Matrix) -> Matrix | None:
    """Inverse of a rotation with one scale and a translation; None when the scale is zero or not a number."""
    square = sum(matrix[i][0] ** 2 for i in range(3))
    if not math.isfinite(square) or square == 0:
        return None
    turned = [[matrix[j][i] / square for j in range(3)] for i in range(3)]
    moved = [-sum(turned[i][j] * matrix[j][3] for j in range(3)) for i in range(3)]
    rows = [[*turned[i], moved[i]] for i in range(3)]
    return _frozen([*rows, [0.0, 0.0, 0.0, 1.0]])


def scaled(factor: float) -> Matrix:
    """A uniform scale."""
    return _frozen([[factor if i == j < 3 else float(i == j) for j in range(4)] for i in range(4)])


def _frozen(rows: list[list[float]]) -> Matrix:
    # adding zero turns -0.0 into 0.0
    a, b, c, d = (tuple(value + 0.0 for value in row) for row in rows)
    return (a, b, c, d)  # type: ignore[return-value]  # four numbers each: made above


def _triple(model: StepModel, reference: object, kind: str) -> Point | None:
    values = at(model.arguments(reference, kind), 1)
    if not isinstance(values, tuple) or len(values) != 3:
        return None
    x, y, z = (number(value) for value in values)
    return None if x is None or y is None or z is None else (x, y, z)


def _matrix(origin: Point | None, axis: Point | None, reference: Point | None) -> Matrix | None:
    """Build the axes as ISO 10303-42 ``build_axes`` does: Z as given, X made perpendicular to it, Y = Z × X."""
    if origin is None:
        return None
    z = _unit(axis or (0.0, 0.0, 1.0))
    if z is None:
        return None
    x = _unit(_without(reference or (1.0, 0.0, 0.0), z)) or _unit(_without((0.0, 1.0, 0.0), z))
    if x is None:
        return None
    y = (z[1] * x[2] - z[2] * x[1], z[2] * x[0] - z[0] * x[2], z[0] * x[1] - z[1] * x[0])
    return _frozen([[x[i], y[i], z[i], origin[i]] for i in range(3)] + [[0.0, 0.0, 0.0, 1.0]])


def _without(vector: Point, axis: Point) -> Point:
    along = sum(a * b for a, b in zip(vector, axis, strict=True))
    return (vector[0] - along * axis[0], vector[1] - along * axis[1], vector[2] - along * axis[2])


def _unit(vector: Point) -> Point | None:
    length = math.hypot(*vector)
    if not math.isfinite(length) or length < 1e-12:
        return None
    return (vector[0] / length, vector[1] / length, vector[2] / length)
