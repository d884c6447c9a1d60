"""Lines of text that were found in tiles."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_extraction_ocr.boxes import OVERLAP, TILE, TextBox, cut_at_rules, joined, snapped, text_box, tiles_of

SIDES = st.integers(1, 9000)


@given(SIDES, SIDES)
def test_tiles_cover_the_picture_and_overlap(width: int, height: int):
    tiles = list(tiles_of((0, 0, width, height)))
    assert (min(t[0] for t in tiles), min(t[1] for t in tiles)) == (0, 0)
    assert (max(t[2] for t in tiles), max(t[3] for t in tiles)) == (width, height)
    assert all(right - left <= TILE and bottom - top <= TILE for left, top, right, bottom in tiles)
    lefts = sorted({(tile[0], tile[2]) for tile in tiles})
    assert all(end - start >= OVERLAP - 1 for (_, end), (start, _) in itertools.pairwise(lefts))


def test_a_line_that_two_tiles_cut_is_one():
    left, right = TextBox((1000, 100, 1598, 140)), TextBox((1400, 102, 2100, 141))
    other = TextBox((1000, 200, 1300, 240))
    assert sorted(box.box for box in joined([[left, other], [right]])) == [
        (1000, 100, 2100, 141),
        (1000, 200, 1300, 240),
    ]


def test_lines_of_one_tile_stay_apart():
    above, below = TextBox((0, 0, 100, 40)), TextBox((0, 30, 100, 70))
    assert len(joined([[above, below]])) == 2


def test_a_line_over_two_cells_is_cut_at_the_rule_between_them():
    line = TextBox((0, 0, 300, 30))
    pieces = cut_at_rules(line, [(149, -20, 151, 60), (200, 10, 202, 20)])  # the second does not reach through
    assert [piece.box for piece in pieces] == [(0, 0, 150, 30), (150, 0, 300, 30)]


def test_a_slanted_line_keeps_its_corners():
    level = np.asarray([[0, 0], [100, 1], [100, 21], [0, 20]], dtype=np.float32)
    slanted = np.asarray([[0, 50], [80, 0], [90, 16], [10, 66]], dtype=np.float32)
    assert text_box(level, 10, 20) == TextBox((10, 20, 110, 41))
    assert text_box(slanted, 0, 0).quad is not None
    assert text_box(slanted, 0, 0).angle == pytest.approx(32.0, abs=0.1)  # atan(50 / 80)


def test_a_steep_line_runs_along_its_longer_side():
    # corners by their x, as the finder gives them: the first side is the short one
    steep = np.asarray([[0, 100], [40, 0], [60, 8], [20, 108]], dtype=np.float32)
    found = text_box(steep, 0, 0)
    assert found.angle == pytest.approx(68.2, abs=0.1)  # atan(100 / 40)
    assert found.quad is not None
    assert found.quad[0].tolist() == [0, 100]


def test_lines_of_one_view_have_one_angle():
    long = np.asarray([[0, 100], [173, 0], [183, 17], [10, 117]], dtype=np.float32)  # 30 degrees
    short = np.asarray([[300, 30], [340, 2], [352, 20], [312, 48]], dtype=np.float32)  # 35
    found = snapped([text_box(short, 0, 0), text_box(long, 0, 0)])
    assert [box.angle for box in found] == pytest.approx([30.0, 30.0], abs=0.1)
    assert found[0].quad is not None
    along = found[0].quad[1] - found[0].quad[0]
    assert np.degrees(np.arctan2(-along[1], along[0])) == pytest.approx(30.0, abs=0.1)


def test_a_tile_is_no_larger_than_its_share():
    tiles = list(tiles_of((0, 0, 1700, 900)))
    assert [(tile[0], tile[2]) for tile in tiles] == [(0, 950), (750, 1700)]  # (1700 + 200) / 2
