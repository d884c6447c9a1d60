"""Results as records, CSV and XLSX: right types, signs kept, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_extraction.export import safe_cell, write_csv, write_csv_folder, write_xlsx
from pybase_extraction.records import sections
from pybase_extraction.results import (
    AssemblyNode,
    BillOfMaterials,
    BomItem,
    Dimension,
    DimensionKind,
    Element,
    ExtractionResult,
    ExtractorRecord,
    Fit,
    Locator,
    Provenance,
    QuantityValue,
    SourceInfo,
    Table,
    TitleBlock,
    TitleField,
)

PLACE = Provenance(place=Locator(page=2, bbox=(1, 2, 3, 4)))


@pytest.fixture
def result() -> ExtractionResult:
    shaft = Dimension(
        kind=DimensionKind.DIAMETER, nominal=25, upper=-0.007, lower=-0.02, unit="mm", fit=Fit(shaft="g6"),
        raw="⌀25 g6", provenance=PLACE,
    )  # fmt: skip
    wall = Element(
        ifc_class="IfcWall",
        name="=cmd|' /C calc'!A0",
        quantities={"Qto_WallBaseQuantities": {"Length": QuantityValue(value=2.5, unit="m", kind="length")}},
    )
    return ExtractionResult(
        format="pdf",
        source=SourceInfo(filename="a.pdf", size=3, sha256="00"),
        extractor=ExtractorRecord(name="pdf", version="1"),
        dimensions=(shaft,),
        elements=(wall,),
        tables=(Table(rows=(("+name", "n"), (None, "-1"))),),
        boms=(BillOfMaterials(items=(BomItem(item="1", quantity=2, properties={"Colour": "red"}),)),),
        title_blocks=(TitleBlock(page=1, title=TitleField(value="Shaft", label="Title", provenance=PLACE)),),
        assembly=(AssemblyNode(part="#1", name="a", children=(AssemblyNode(part="#2", name="b", quantity=4),)),),
    )


def test_a_dimension_keeps_its_sign_unit_and_place(result: ExtractionResult) -> None:
    (row,) = sections(result)["dimensions"]
    assert (row["upper"], row["lower"], row["unit"], row["fit"]) == (-0.007, -0.02, "mm", "g6")
    assert (row["page"], row["bbox"]) == (2, "1.00 2.00 3.00 4.00")


def test_quantities_show_their_unit(result: ExtractionResult) -> None:
    (row,) = sections(result)["elements"]
    assert row["Qto_WallBaseQuantities.Length [m]"] == 2.5


def test_trees_are_flattened_with_levels(result: ExtractionResult) -> None:
    assert [(row["level"], row["part"], row["quantity"]) for row in sections(result)["assembly"]] == [
        (0, "#1", 1),
        (1, "#2", 4),
    ]


def test_empty_sections_are_left_out(result: ExtractionResult) -> None:
    assert set(sections(result)) == {"title_block", "bom", "dimensions", "elements", "assembly"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_text_that_could_run_is_made_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", [None, True, 0, -1, 2.5, "plain", ""])
def test_other_values_stay_as_they_are(value: object) -> None:
    assert safe_cell(value) == value


@given(st.lists(st.text(), min_size=1, max_size=5, unique=True), st.text())
def test_no_cell_of_a_csv_file_starts_a_formula(tmp_path_factory: pytest.TempPathFactory, names: list[str], text: str):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    write_csv(path, [dict.fromkeys(names, text)])
    with path.open(newline="", encoding="utf-8-sig") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_csv_has_a_file_for_every_section_and_table(result: ExtractionResult, tmp_path: Path) -> None:
    written = write_csv_folder(tmp_path, result)
    assert {path.name for path in written} == {
        "title_block.csv", "bom.csv", "dimensions.csv", "elements.csv", "assembly.csv", "table-1.csv",
    }  # fmt: skip


def test_xlsx_keeps_numbers_as_numbers_and_formulas_as_text(result: ExtractionResult, tmp_path: Path) -> None:
    write_xlsx(tmp_path / "r.xlsx", [result, result])
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    rows = list(book["dimensions"].iter_rows(values_only=True))
    upper = rows[0].index("upper")
    assert [row[upper] for row in rows[1:]] == [-0.007, -0.007]
    names = [cell for row in book["elements"].iter_rows() for cell in row if "calc" in str(cell.value)]
    assert {cell.data_type for cell in names} == {"s"}
    assert all(str(cell.value).startswith("'") for cell in names)


def test_xlsx_without_anything_to_write_is_still_a_workbook(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "r.xlsx", [])
    assert openpyxl.load_workbook(tmp_path / "r.xlsx").sheetnames == ["empty"]
