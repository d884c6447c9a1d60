"""Volumes of surfaces of triangles: only closed ones have one, wherever they stand."""

from __future__ import annotations

import numpy as np
import pytest

from pybase_extraction_ifc import mesh

CORNERS = np.array([[x, y, z] for x in (0, 2) for y in (0, 3) for z in (0, 4)], np.float64)
FACES = np.array(
    [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4),
     (1, 5, 7), (1, 7, 3)]
)  # fmt: skip


def test_a_box_has_its_volume_and_surface() -> None:
    assert mesh.volume(CORNERS, FACES) == pytest.approx(24)  # 2 x 3 x 4
    assert mesh.area(CORNERS, FACES) == pytest.approx(2 * (6 + 8 + 12))


def test_the_volume_does_not_depend_on_the_place() -> None:
    # map coordinates in metres
    assert mesh.volume(CORNERS + np.array([3.5e6, 5.4e6, 100.0]), FACES) == pytest.approx(24, rel=1e-6)


def test_corners_that_are_written_once_a_triangle_are_put_together() -> None:
    assert mesh.volume(CORNERS[FACES].reshape(-1, 3), np.arange(36).reshape(-1, 3)) == pytest.approx(24)


@pytest.mark.parametrize("left_out", [0, 5, 11])
def test_an_open_surface_has_no_volume(left_out: int) -> None:
    assert mesh.volume(CORNERS, np.delete(FACES, left_out, axis=0)) is None
    assert mesh.area(CORNERS, np.delete(FACES, left_out, axis=0)) < 52


def test_a_surface_with_a_triangle_turned_round_has_no_volume() -> None:
    turned = FACES.copy()
    turned[3] = turned[3][::-1]
    assert mesh.volume(CORNERS, turned) is None


def test_a_hollow_inside_counts_off_and_triangles_without_width_count_for_nothing() -> None:
    corners = np.concatenate([CORNERS, CORNERS / 2 + 0.25])
    inside = FACES[:, ::-1] + 8
    faces = np.concatenate([FACES, inside, [(0, 0, 1)]])
    assert mesh.volume(corners, faces) == pytest.approx(24 - 24 / 8)


@pytest.mark.parametrize(
    ("moved", "height"),
    [
        ({}, 4.0),
        # the top is a smaller rectangle, still upright on one side only
        ({1: (0.5, 0, 4)}, None),
        # one corner of the top is lower
        ({7: (2, 3, 3.5)}, None),
        # turned about an upright axis is still upright
        ("turned", 4.0),
        # a box that leans: all corners at two heights
        ("leaning", None),
    ],
)
def test_only_upright_prisms_have_a_height(moved, height: float | None) -> None:
    corners = CORNERS.copy()
    if moved == "turned":
        corners = corners @ np.array([[0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1]])
    elif moved == "leaning":
        corners[:, 0] += corners[:, 2] / 10
    else:
        for at, place in moved.items():
            corners[at] = place
    found = mesh.upright_height(corners, FACES)
    assert found == (None if height is None else pytest.approx(height))


def test_an_open_surface_has_neither_volume_nor_height() -> None:
    assert mesh.solid_measures(CORNERS, FACES) == {"volume": pytest.approx(24), "height": pytest.approx(4)}
    assert mesh.solid_measures(CORNERS, FACES[:-1]) == {"volume": None, "height": None}
