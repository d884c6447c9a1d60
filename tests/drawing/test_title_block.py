"""Labels of title blocks and how values belong to them."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing.title_block import (
    SheetCell,
    title_block_from_attributes,
    title_block_from_cells,
)
from pybase_extraction.drawing.title_labels import match_label
from pybase_extraction.results import Locator, Provenance

PLACE = Provenance(place=Locator(handle="1F"))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("DWG NO.", "drawing_number"),
        ("Zeichnungs-Nr.", "drawing_number"),
        ("N.º de plano", "drawing_number"),
        ("图号", "drawing_number"),
        ("Benennung", "title"),
        ("Désignation", "title"),
        ("REV", "revision"),
        ("Änd.", "revision"),
        ("SHEET REV", "revision"),
        ("Maßstab", "scale"),
        ("Échelle:", "scale"),
        ("Blatt", "sheet"),
        ("Werkstoff", "material"),
        ("Poids", "mass"),
        ("Allgemeintoleranzen", "general_tolerance"),
    ],
)
def test_a_label_is_known_in_its_language(text: str, field: str) -> None:
    label = match_label(text)
    assert label is not None
    assert label.field == field


@pytest.mark.parametrize(("text", "role"), [("DRAWN BY", "drawn"), ("Gepr.", "checked"), ("批准", "approved")])
def test_a_role_is_known_in_its_language(text: str, role: str) -> None:
    label = match_label(text)
    assert label is not None
    assert label.role == role


@pytest.mark.parametrize("text", ["NOTE", "CANNOT", "NORTH", "Dated", "Titled work", "Scale model", "", "x" * 5000])
def test_a_label_inside_of_another_word_is_none(text: str) -> None:
    assert match_label(text) is None


def cell(x: float, y: float, *lines: str, width: float = 50, height: float = 20) -> SheetCell:
    top = y + 7 if len(lines) == 1 else y  # a single line stands in the middle
    placed = tuple((text, (x + 1, top + 8 * row, x + 40, top + 8 * row + 6)) for row, text in enumerate(lines))
    return SheetCell((x, y, x + width, y + height), placed)


def test_a_value_stands_below_beside_or_behind_its_label() -> None:
    cells = [
        cell(0, 0, "Title", "Shaft"),
        cell(50, 0, "Scale"),
        cell(100, 0, "1:5"),
        cell(0, 20, "Rev: B"),
        cell(50, 20, "Drawn"),
        cell(50, 40, "Keller"),
    ]
    block = title_block_from_cells(cells, page=2)
    assert block is not None
    assert (block.title.value, block.scale.value, block.revision.value) == ("Shaft", "1:5", "B")
    assert block.signatures["drawn"].name.value == "Keller"
    assert block.title.provenance.place.page == 2
    assert [item.provenance.method for item in (block.title, block.scale, block.revision)] == [
        "ruled-cell-label",
        "cell-to-the-right",
        "label-inline",
    ]


@pytest.mark.parametrize(
    "lines", [("Tolerierung ISO 8015",), ("Tolerierung", "ISO 8015"), ("Tolerierung: DIN EN ISO 8015:2011",)]
)
def test_the_principle_of_tolerancing_is_no_general_tolerance(lines: tuple[str, ...]) -> None:
    cells = [
        cell(0, 0, "Benennung", "Welle"),
        cell(50, 0, "Maßstab", "1:1"),
        cell(100, 0, "Allgemeintoleranzen", "ISO 2768-mK"),
        cell(0, 20, *lines),
        cell(50, 20, "Werkstückkanten DIN ISO 13715"),
    ]
    block = title_block_from_cells(cells, page=1)
    assert block is not None
    assert block.general_tolerance.value == "ISO 2768-mK"
    assert "8015" in block.custom_fields["Tolerierung"].value
    assert block.custom_fields["Werkstückkanten"].value == "DIN ISO 13715"
    assert not block.general_tolerance.rivals


def test_a_blank_cell_gives_nothing_even_with_a_value_below_it() -> None:
    cells = [
        cell(0, 0, "Title", "Shaft"),
        cell(50, 0, "Rev", "A"),
        cell(100, 0, "Scale", "1:1"),
        cell(0, 20, "Material"),
        cell(50, 20),
        cell(0, 40, "loose text"),
    ]
    block = title_block_from_cells(cells, page=1)
    assert block is not None
    assert block.material is None


def test_a_label_is_never_the_value_of_another() -> None:
    cells = [cell(0, 0, "Title"), cell(50, 0, "Scale"), cell(100, 0, "1:1")]
    assert title_block_from_cells(cells, page=1) is None


def test_rivals_are_kept() -> None:
    cells = [
        cell(0, 0, "Title", "Shaft"),
        cell(50, 0, "Rev", "A"),
        cell(100, 0, "Scale", "1:1"),
        cell(0, 20, "Title", "Other"),
    ]
    block = title_block_from_cells(cells, page=1)
    assert block is not None
    assert [rival.value for rival in block.title.rivals] == ["Other"]


def test_dates_and_scales_that_can_be_read_in_one_way_are_normalized() -> None:
    cells = [cell(0, 0, "Date", "14.03.2026"), cell(50, 0, "Scale", "1 : 2,5"), cell(100, 0, "Title", "x")]
    block = title_block_from_cells(cells, page=1)
    assert block is not None
    assert (block.date.normalized, block.scale.normalized) == ("2026-03-14", "1:2.5")
    slashed = title_block_from_cells([cell(0, 0, "Date", "03/04/2026"), *cells[1:], cell(0, 20, "Rev", "A")], page=1)
    assert slashed is not None
    assert slashed.date.normalized is None


def test_attributes_are_matched_by_whole_tags() -> None:
    attributes = {
        "GEN-TITLE-NR": ("4711", PLACE),
        "GEN-TITLE-DES1": ("Shaft", PLACE),
        "DRAWN_BY": ("Keller", PLACE),
        "DRAWN_DATE": ("2026-03-14", PLACE),
        "NOTES": ("anything", PLACE),
        "REV": ("  ", PLACE),
    }
    block = title_block_from_attributes(attributes)
    assert block is not None
    assert (block.drawing_number.value, block.title.value) == ("4711", "Shaft")
    assert block.signatures["drawn"].date.normalized == "2026-03-14"
    assert block.revision is None
    assert block.custom_fields["NOTES"].value == "anything"


def test_a_few_attributes_do_not_make_a_title_block() -> None:
    assert title_block_from_attributes({"TITLE": ("Door", PLACE), "WIDTH": ("900", PLACE)}) is None


def rows(*given: tuple[float, float, float, float, str]) -> list[SheetCell]:
    """Cells by left, top, width, height and text; the text stands at the top left."""
    cells = []
    for x, y, width, height, text in given:
        lines = tuple((line, (x + 1, y + 1 + 8 * i, x + 1 + 4 * len(line), y + 7 + 8 * i))
                      for i, line in enumerate(text.splitlines()))  # fmt: skip
        cells.append(SheetCell((x, y, x + width, y + height), lines))
    return cells


def test_a_table_of_signatures_is_read_by_its_headings() -> None:
    headings = [(20, 0, 50, 8, "NAME"), (70, 0, 50, 8, "SIGNATURE"), (120, 0, 40, 8, "DATE")]
    drawn = [(0, 8, 20, 8, "DRAWN"), (20, 8, 50, 8, "S. Keller"), (70, 8, 50, 8, ""), (120, 8, 40, 8, "25aug2026")]
    checked = [(0, 16, 20, 8, "CHK'D"), (20, 16, 50, 8, ""), (70, 16, 50, 8, ""), (120, 16, 40, 8, "")]
    others = [(200, 0, 90, 20, "DWG NO.\nB-1307"), (200, 20, 90, 8, "SCALE:1:1"), (200, 28, 90, 8, "SHEET 1 OF 2")]
    block = title_block_from_cells(rows(*headings, *drawn, *checked, *others), page=1)
    assert block is not None
    assert set(block.signatures) == {"drawn"}
    drawn_by = block.signatures["drawn"]
    assert drawn_by.name is not None
    assert drawn_by.date is not None
    assert (drawn_by.name.value, drawn_by.date.value) == ("S. Keller", "25aug2026")
    assert block.title is None  # "NAME" is a heading here
    assert [field.value for field in (block.sheet, block.sheets, block.scale) if field] == ["1", "2", "1:1"]


def test_a_blank_with_room_is_a_blank_and_other_forms_are_no_values() -> None:
    cells = rows(
        (0, 0, 60, 40, "FINISH:"), (60, 0, 60, 40, "BREAK SHARP\nEDGES"),
        (120, 0, 60, 18, "REVISION"), (180, 0, 20, 200, "B"),
        (0, 40, 60, 18, "SCALE:1:1"), (60, 40, 60, 18, "DWG NO.\n77-1"), (120, 40, 60, 18, "MATERIAL:\nPLA"),
        (0, 60, 60, 18, "DATE\nsee list"), (60, 60, 60, 18, "A4"),
    )  # fmt: skip
    block = title_block_from_cells(cells, page=1)
    assert block is not None
    assert (block.finish, block.revision, block.date) == (None, None, None)
    assert block.format is not None
    assert block.format.value == "A4"
    assert block.format.provenance.method == "size-without-label"


def test_lines_outside_of_cells_count_when_they_bring_label_and_value() -> None:
    box = (0.0, 0.0, 200.0, 10.0)
    lines = [("A4 - Scale 1:3", box), ("Dimensions in millimetres / 25.5.2026", box), ("J. Doe DATE: 1.2.2026", box)]
    block = title_block_from_cells([], 1, lines[:2])
    assert block is not None
    assert [field.value for field in (block.format, block.scale, block.date) if field] == ["A4", "1:3", "25.5.2026"]
    views = [("DETAIL A SCALE 2:1", box), ("Scale 2:1", box), ("Scale 1:1", box), ("Material: PLA", box)]
    assert title_block_from_cells([], 1, views) is None


def test_fields_of_the_sheet_itself_keep_their_labels() -> None:
    cells = rows(
        (0, 0, 90, 20, "part of assembly:\n2600-A"), (90, 0, 90, 20, "document number:\nB 1011"),
        (180, 0, 90, 20, "rev.nr.:\nA"), (0, 20, 90, 20, "Designed by J. Doe DATE: 27.08.2026"),
    )  # fmt: skip
    block = title_block_from_cells(cells, page=1)
    assert block is not None
    assert block.custom_fields["part of assembly"].value == "2600-A"
    assert [field.value for field in (block.drawing_number, block.revision) if field] == ["B 1011", "A"]


def block_with(heading: SheetCell, large: str):
    facts = [cell(0, 0, "Scale: 1:2"), cell(50, 0, "Material: S235"), cell(100, 0, "Date: 2024-05-17")]
    text = SheetCell((0, 20, 150, 60), ((large, (20, 30, 130, 46)),))
    return title_block_from_cells([*facts, text, heading], 1)


def test_a_heading_of_names_says_nothing_about_the_title():
    # as wide as its label: persons are named below it, and the large text is the title
    narrow = SheetCell((0, 60, 30, 70), (("Nome", (2, 62, 22, 68)),))
    assert block_with(narrow, "Worm shaft").title.value == "Worm shaft"
    # with room for a title that is left blank: nothing is guessed
    wide = SheetCell((0, 60, 150, 70), (("Nome", (2, 62, 22, 68)),))
    assert block_with(wide, "Worm shaft").title is None


@pytest.mark.parametrize(("text", "company"), [("Hansen Works", "Hansen Works"), ("TMPS34/TMPT06", None)])
def test_a_code_in_large_letters_is_no_company(text: str, company: str | None):
    title = SheetCell((0, 60, 150, 90), (("Title", (2, 61, 22, 67)), ("Worm shaft", (2, 70, 80, 78))))
    found = block_with(title, text).company
    assert (found and found.value) == company
