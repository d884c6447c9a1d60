"""Labels of title blocks and how values belong to them."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing.title_block import (
    SheetCell,
    match_label,
    title_block_from_attributes,
    title_block_from_cells,
)
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
    placed = tuple((text, (x + 1, y + 8 * row, x + 40, y + 8 * row + 6)) for row, text in enumerate(lines))
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
