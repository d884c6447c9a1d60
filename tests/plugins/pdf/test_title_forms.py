"""Title blocks set like forms: labels with a colon and values behind them, labels parted at the end of a line."""

from __future__ import annotations

from pathlib import Path

from tests.plugins.pdf.sheets import DrawingSheet
from tests.score.pdf_title_blocks import read


def form() -> DrawingSheet:
    """Labels of a form without rules, their values in a column far behind them."""
    sheet = DrawingSheet()
    for y, label, value in ((60, "Part Number:", "NT-001"), (80, "Description:", "Box"), (100, "Material:", "AL 6061")):
        sheet.text(120, y, label)
        sheet.text(270, y, value)
    return sheet


def test_values_stand_behind_their_labels_as_in_a_form(tmp_path: Path) -> None:
    (block,) = read(form().write(tmp_path / "form.pdf")).title_blocks
    assert block.part_number is not None
    assert block.part_number.value == "NT-001"
    assert block.material is not None
    assert block.material.value == "AL 6061"


def test_a_label_without_a_value_does_not_take_the_next_label(tmp_path: Path) -> None:
    sheet = form()
    sheet.text(120, 120, "Revision:")
    sheet.text(270, 120, "Date:")
    sheet.text(400, 120, "2/6/2017")
    (block,) = read(sheet.write(tmp_path / "form.pdf")).title_blocks
    assert block.revision is None
    assert block.date is not None
    assert block.date.value == "2/6/2017"


def test_a_label_that_is_parted_at_the_end_of_a_line_is_one(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for left, lines in (
        (600, ("Allgemein-", "toleranz", "ISO 2768-mK")),
        (800, ("Werkstoff: 16MnCr5",)),
        (1000, ("Maßstab 2:1",)),
    ):
        sheet.box(left, 700, left + 180, 780)
        for index, line in enumerate(lines):
            sheet.text(left + 10, 720 + 18 * index, line)
    (block,) = read(sheet.write(tmp_path / "block.pdf")).title_blocks
    assert block.general_tolerance is not None
    assert block.general_tolerance.value == "ISO 2768-mK"


def test_a_block_of_which_one_field_is_filled_in_is_one(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    labels = ("TITLE", "SIZE", "CAGE CODE", "DWG NO.", "REV", "SCALE", "SHEET")
    for index, label in enumerate(labels):
        left, top = 600 + 140 * (index % 4), 700 + 50 * (index // 4)
        sheet.box(left, top, left + 140, top + 50)
        sheet.text(left + 5, top + 12, label, 8)
    sheet.text(750, 740, "A", 14)
    (block,) = read(sheet.write(tmp_path / "block.pdf")).title_blocks
    assert block.format is not None
    assert block.format.value == "A"
    assert (block.title, block.drawing_number, block.revision, block.scale) == (None, None, None, None)
