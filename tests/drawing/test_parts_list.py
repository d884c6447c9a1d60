"""Parts lists: headers, quantities, levels, roll-up."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing.parts_list import bill_of_materials, find_header, match_header, number_of
from pybase_extraction.results import BillOfMaterials, Locator, Provenance

PLACE = Provenance(place=Locator(page=1))


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("POS.", "item"),
        ("序号", "item"),
        ("P/N", "part_number"),
        ("Sachnummer", "part_number"),
        ("Bezeichnung", "description"),
        ("Désignation", "description"),
        ("Stück", "quantity"),
        ("Q.tà", "quantity"),
        ("Qté", "quantity"),
        ("Werkstoff", "material"),
        ("Weight [kg]", "mass"),
        ("总重", "mass_total"),
        ("Bemerkung", "remarks"),
        ("Colour", None),
    ],
)
def test_a_header_is_known_in_its_language(text: str, column: str | None) -> None:
    assert match_header(text) == column


@pytest.mark.parametrize(
    ("text", "value"),
    [("4", 4), ("1,5", 1.5), ("2 kg", 2), ("3x", 3), ("AR", None), ("as required", None), ("4-6", None), (None, None)],
)
def test_a_quantity_is_a_number_or_none(text: str | None, value: float | None) -> None:
    assert number_of(text) == value


def read(headers: list[str], *rows: list[str | None]) -> BillOfMaterials:
    return bill_of_materials(headers, rows, provenance=PLACE)


def test_rows_are_read_by_their_headers() -> None:
    bom = read(
        ["Pos.", "Qty", "Part no.", "Description", "Weight [kg]", "Colour"], ["1", "2", "A-1", "Plate", "0,5", "red"]
    )
    (item,) = bom.items
    assert (item.item, item.quantity, item.part_number, item.description) == ("1", 2, "A-1", "Plate")
    assert (item.mass, item.mass_unit, item.properties) == (0.5, "kg", {"Colour": "red"})


def test_item_numbers_make_levels_and_quantities_are_multiplied() -> None:
    bom = read(
        ["Item", "Qty", "Name"], ["1", "2", "frame"], ["1.1", "4", "bolt"], ["1.1.1", "2", "nut"], ["2", "AR", "glue"],
    )  # fmt: skip
    assert [(item.level, item.parent, item.total_quantity) for item in bom.items] == [
        (0, None, 2),
        (1, 0, 8),  # 2 × 4
        (2, 1, 16),  # 2 × 4 × 2
        (0, None, None),
    ]
    assert bom.is_hierarchical
    assert bom.items[3].quantity_text == "AR"
    assert bom.total_quantity is None


def test_a_level_column_makes_levels() -> None:
    bom = read(["Level", "Item", "Name", "Qty"], ["1", "a", "x", "3"], ["2", "b", "y", "0,1"], ["1", "c", "z", "1"])
    assert [(item.level, item.parent) for item in bom.items] == [(0, None), (1, 0), (0, None)]
    # in decimal arithmetic: 3 × 0.1 is 0.3, not 0.30000000000000004
    assert bom.items[1].total_quantity == 0.3


def test_a_header_at_the_bottom_is_found() -> None:
    assert find_header([("2", "1", "bolt"), ("1", "1", "plate"), ("Pos", "Qty", "Name")]) == 2
    assert find_header([("a", "b"), ("c", "d")]) is None
