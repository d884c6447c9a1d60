"""Lines of text that were found in tiles."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pybase_extraction_ocr.boxes import OVERLAP, TILE, TextBox, cut_at_rules, joined, text_box, tiles_of

SIDES = st.integers(1, 9000)


@given(SIDES, SIDES)
def test_tiles_cover_the_picture_and_overlap(width: int, height: int):
    tiles = list(tiles_of(width, height))
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
