"""Title blocks of many norms, languages and programs, drawn as their frames arrange them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.pdf.title_layouts import HELD_OUT, SEEN, Layout
from tests.score.pdf_title_blocks import read
from tests.score.pdf_title_layouts import compare

ALL = [pytest.param(layout, id=layout.name) for layout in (*SEEN, *HELD_OUT)]


@pytest.mark.parametrize("layout", ALL)
def test_every_printed_field_is_read_and_none_invented(layout: Layout, tmp_path: Path) -> None:
    score = compare(layout, read(layout.draw(tmp_path)).title_blocks)
    assert (score.right, score.missed, score.invented) == (score.printed, [], [])


def test_what_has_no_label_says_by_which_rule_it_was_told(tmp_path: Path) -> None:
    layout = next(layout for layout in SEEN if layout.name.startswith("ASME"))
    (block,) = read(layout.draw(tmp_path)).title_blocks
    assert block.title is not None
    assert block.title.label is None
    assert block.title.provenance.method == "largest-text"
    assert block.title.provenance.confidence == 0.88  # 6 of 6 right on sheets that were held out: (6 + 1) / (6 + 2)
    assert block.drawing_number is not None
    assert block.drawing_number.provenance.method == "number-of-the-file"


def test_a_title_block_that_says_nothing_is_none(tmp_path: Path) -> None:
    labels_only = Layout("blank", tuple(cell for cell in SEEN[0].cells if not cell.value))
    assert labels_only.cells == ()
    blank = Layout("blank", tuple(type(cell)(cell.box, cell.label, "", "", cell.where) for cell in SEEN[0].cells))
    assert read(blank.draw(tmp_path)).title_blocks == ()


def test_a_blank_number_is_not_taken_from_the_file_name(tmp_path: Path) -> None:
    cells = [
        type(cell)(cell.box, cell.label, cell.field, "" if cell.field == "drawing_number" else cell.value, cell.where)
        for cell in SEEN[0].cells
    ]
    sheet = Layout("no number", tuple(cells), filename="KD-20417-03")
    (block,) = read(sheet.draw(tmp_path)).title_blocks
    assert block.drawing_number is None
    assert block.title is not None
