"""Parts lists in grids: beside titles, totals, title blocks and revisions, upwards and side by side."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing.parts_list import bill_of_materials, check_total, match_header, match_headers
from pybase_extraction.drawing.parts_list_places import find_lists
from pybase_extraction.results import Locator, Provenance

PLACE = Provenance(place=Locator(page=1))


def lines_of(*rows):
    (found,) = find_lists(rows)
    return found, [line.texts for line in found.lines]


def test_headers_are_found_below_a_title_and_a_total():
    found, lines = lines_of(
        ("Bill of materials", None, ""), ("Total quantity parts", "6", ""), ("", "", ""),
        ("Partnummer", "Name", "Quantity"), ("10", "shaft", "2"), ("", "", ""), ("", "bolts", ""), ("11", "bolt", "5"),
    )  # fmt: skip
    assert lines == [("10", "shaft", "2"), ("11", "bolt", "5")]  # neither the blank line nor the heading of a group
    bom = bill_of_materials(found.headers, lines, provenance=PLACE, printed_total=found.printed_total)
    issue = check_total(bom)
    assert (bom.printed_total, issue.code) == (6, "bom-total-differs")  # 2 + 5 = 7


def test_a_total_that_agrees_or_is_of_masses_is_no_issue():
    rows = (("Item", "Name", "Qty", "Mass [kg]"), ("1", "a", "2", "1,5"), ("2", "b", "3", "2"))
    found, lines = lines_of(*rows, ("Total", None, "5", ""))
    assert (found.printed_total, len(lines)) == (5, 2)
    found, lines = lines_of(*rows, ("Total", None, "", "9"))
    assert (found.printed_total, len(lines)) == (None, 2)


def test_a_list_above_its_headers_ends_at_the_title_block_below():
    found, lines = lines_of(
        ("3", "2", "Schraube", "8.8"), ("2", "1", "Deckel", "S235"), ("1", "1", "Gehäuse", None),
        ("POS.", "MENGE", "BENENNUNG", "WERKSTOFF"), ("Datum", "Name", "Maßstab 1:1", None), ("1.2.26", "KM", "", ""),
    )  # fmt: skip
    assert found.grows_upwards
    assert lines == [("1", "1", "Gehäuse", None), ("2", "1", "Deckel", "S235"), ("3", "2", "Schraube", "8.8")]


def test_a_revision_table_above_does_not_belong_to_the_list():
    _, lines = lines_of(
        ("REV", "DESCRIPTION", "DATE"), ("A", "new", "2026-01-02"), ("2", "cap", "4"), ("1", "body", "1"),
        ("ITEM", "NAME", "QTY"),
    )  # fmt: skip
    # without a row between them only their form would tell revisions from items: both stand above the headers
    assert lines[:2] == [("1", "body", "1"), ("2", "cap", "4")]


def test_parts_of_a_list_beside_each_other_are_one():
    _, lines = lines_of(
        ("Pos", "Qty", "Name", "Pos", "Qty", "Name"), ("1", "2", "A", "3", "1", "C"), ("2", "1", "B", "", "", "")
    )
    assert lines == [("1", "2", "A"), ("2", "1", "B"), ("3", "1", "C")]


def test_headers_in_two_rows_are_joined():
    found, lines = lines_of(
        ("ITEM", "QTY", "PART", "MASS [kg]", None), (None, None, None, "EACH", "TOTAL"), ("1", "2", "A", "0,5", "1,0")
    )
    (item,) = bill_of_materials(found.headers, lines, provenance=PLACE).items
    assert (item.mass, item.mass_total, item.mass_unit) == (0.5, 1, "kg")
    found, _ = lines_of(("ITEM", "PART", "QTY"), ("NO.", "NUMBER", ""), ("1", "A", "3"))
    assert found.headers == ("ITEM NO.", "PART NUMBER", "QTY")


def test_a_name_that_goes_on_in_the_next_row_is_one():
    _, lines = lines_of(("Pos", "Stk", "Benennung"), ("1", "4", "Schraube"), ("", "", "ISO 4014"), ("2", "1", "Rad"))
    assert lines == [("1", "4", "Schraube ISO 4014"), ("2", "1", "Rad")]


@pytest.mark.parametrize(
    "rows",
    [
        (("Item", "Description"), ("Tuition", "The cost of a course"), ("Board", "The cost of food")),
        (("Item ref", "Quantity", "Title/Name, material etc"), ("Designed by", "Checked by", "Date"), ("KM", "", "")),
        (("Rev", "Description", "Date"), ("A", "new", "1.1.26")),
        (("a", "b"),),
        (),
    ],
)
def test_other_grids_hold_no_list(rows):
    assert find_lists(rows) == []


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Menge / Qty", "quantity"),
        ("Benennung\nDescription", "description"),
        ("SACHNUMMER/NORM-KURZBEZEICHNUNG", "part_number"),
        ("Title/Name, destination, material, dimension etc", "description"),
        ("N.º de plano", "part_number"),
        ("QTY.", "quantity"),
        ("Aantal", "quantity"),
        ("Omschrijving", "description"),
        ("品名", "description"),
        ("PC NO", "item"),
        ("Mass/Remarks", None),
        ("The part name of the thing", None),
    ],
)
def test_headers_of_templates_and_in_two_languages(header, column):
    assert match_header(header) == column


def test_two_headers_of_one_column_do_not_share_it():
    assert match_headers(["Norm", "Sachnummer", "Pos."]) == [None, "part_number", "item"]
    assert match_headers(["Norm", "Pos."]) == ["part_number", "item"]
    (item,) = bill_of_materials(["Name", "Qty", "Description"], [["", "1", "long"]], provenance=PLACE).items
    assert (item.description, item.properties) == (None, {"Description": "long"})


def test_a_unit_behind_a_quantity_is_kept():
    items = bill_of_materials(
        ["Pos", "Menge", "Benennung"], [["1", "2 Stk.", "a"], ["2", "1,5 m", "b"], ["3", "2x", "c"]], provenance=PLACE
    ).items
    assert [(item.quantity, item.unit) for item in items] == [(2, "Stk."), (1.5, "m"), (2, None)]
