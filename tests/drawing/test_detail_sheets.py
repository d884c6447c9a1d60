"""Sheets of a single detail, which have no title block."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing.detail_sheets import read_detail_sheet
from pybase_extraction.drawing.title_block import title_block_from_cells


def line(text, x, top, height=8.0):
    """A line whose letters are half as wide as it is high."""
    return text, (x, top, x + height / 2 * len(text), top + height)


VIEW = [line("CONCRETE SLAB BY OTHERS", 100, 300), line("WATERPROOF SEAL", 400, 340), line("2 IN. AGGREGATE", 200, 420),
        line("FINISHED FLOOR", 350, 460)]  # fmt: skip
HEADER = line("STANDARD DETAIL SD-4.1", 380, 40, 14)
TITLE = [line("SECTION: FLOOR DRAIN", 150, 690, 16), line("(ON GRADE)", 190, 708, 16)]
SCALE = line("SCALE: N.T.S.", 200, 730, 9)


def test_title_scale_and_number_of_a_detail_are_read_without_a_block():
    block = title_block_from_cells([], 1, [HEADER, *VIEW, *TITLE, SCALE])
    assert block is not None
    assert block.title.value == "SECTION: FLOOR DRAIN (ON GRADE)"
    assert (block.scale.value, block.drawing_number.value) == ("N.T.S.", "SD-4.1")
    assert block.document_type.value == "STANDARD DETAIL"
    assert block.title.provenance.method == "detail-sheet"
    assert block.title.provenance.confidence is None  # not counted


@pytest.mark.parametrize(
    "lines",
    [
        [HEADER, *VIEW, *TITLE],  # no scale
        [HEADER, *VIEW, *TITLE, SCALE, line("SCALE: 1:2", 400, 730, 9)],  # the names of two views
        [*VIEW, *TITLE, SCALE],  # no number
        [HEADER, *VIEW, line("SECTION: FLOOR DRAIN", 150, 712, 9), SCALE],  # lettering as in the view
        [HEADER, *VIEW, line("SECTION A-A", 200, 380, 16), line("SCALE: 1:2", 200, 400, 9), line("NOTE", 100, 740)],
    ],
)
def test_what_lacks_one_of_them_is_no_sheet_of_a_detail(lines):
    assert read_detail_sheet(lines) is None


def test_a_size_in_large_letters_at_the_top_is_no_number():
    assert read_detail_sheet([line("GENERAL 12", 380, 40, 14), *VIEW, *TITLE, SCALE]) is None
