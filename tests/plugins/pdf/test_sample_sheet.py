"""The sample drawing, whose content is known because the project wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import DimensionKind, ExtractionResult, ToleranceOrigin
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.samples.make_pdf import PARTS, write_sample

EVERYTHING = PdfOptions(extract_title_block=True, extract_dimensions=True)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ExtractionResult:
    path = write_sample(tmp_path_factory.mktemp("pdf") / "bracket.pdf")
    return PdfExtractor().extract(Source.from_path(path), EVERYTHING, ExtractionContext())


def test_every_printed_field_of_the_title_block_is_right(result: ExtractionResult) -> None:
    block = result.title_block
    assert block is not None
    expected = {
        "company": "Example Works Ltd",
        "title": "Bearing bracket",
        "drawing_number": "PB-1042-A",
        "revision": "C",
        "scale": "1:2",
        "sheet": "1",
        "sheets": "1",
        "date": "2026-03-14",
        "material": "EN AW-6082 T6",
        "mass": "0.84 kg",
        "general_tolerance": "ISO 2768-mK",
        "finish": "Ra 3.2",
    }
    assert {name: getattr(block, name).value for name in expected} == expected
    assert block.signatures["drawn"].name.value == "M. Keller"
    assert block.signatures["checked"].name.value == "A. Rossi"


def test_a_blank_field_and_fields_that_are_not_there_stay_none(result: ExtractionResult) -> None:
    block = result.title_block
    assert block is not None
    assert "approved" not in block.signatures
    assert block.part_number is None
    assert block.projection is None


def test_the_parts_list_is_right(result: ExtractionResult) -> None:
    assert result.bom is not None
    found = [
        (item.item, item.quantity_text, item.part_number, item.description, item.material) for item in result.bom.items
    ]
    assert found == PARTS[1:]
    assert result.bom.total_quantity == 6  # 1 + 2 + 2 + 1


def test_every_dimension_is_found_and_nothing_else(result: ExtractionResult) -> None:
    found = {(item.kind, item.nominal, item.upper, item.lower, item.quantity) for item in result.dimensions}
    assert found == {
        (DimensionKind.LINEAR, 120, 0.1, -0.1, 1),
        (DimensionKind.LINEAR, 80, 0.3, -0.3, 1),  # ISO 2768-1 m at 30..120 mm
        (DimensionKind.DIAMETER, 26, 0.021, 0, 1),  # ISO 286-2: H7 at 18..30 mm is +21/0 µm
        (DimensionKind.DIAMETER, 9, 0.2, -0.2, 2),  # at 6..30 mm
        (DimensionKind.LINEAR, 40, 0.2, -0.1, 1),
        (DimensionKind.RADIUS, 5, 0.5, -0.5, 1),  # Table 2 at 3..6 mm
        (DimensionKind.CHAMFER, 2, 0.2, -0.2, 1),
    }
    general = {item.nominal for item in result.dimensions if item.tolerance_origin is ToleranceOrigin.GENERAL}
    assert general == {80, 9, 5, 2}
    assert {item.unit for item in result.dimensions} == {"mm"}
    assert [item.designation for item in result.threads] == ["M8×1.25-6H"]


def test_nothing_is_read_from_the_sheet_unless_asked(tmp_path: Path) -> None:
    source = Source.from_path(write_sample(tmp_path / "bracket.pdf"))
    result = PdfExtractor().extract(source, PdfOptions(), ExtractionContext())
    assert (result.title_blocks, result.dimensions, result.threads) == ((), (), ())


def test_the_sheet_has_its_name(result: ExtractionResult) -> None:
    assert result.pages[0].size_name == "A3"


def test_the_frame_of_the_sheet_is_no_cell(result: ExtractionResult) -> None:
    boxes = [cell.bbox for table in result.tables for cell in table.cells if cell.bbox is not None]
    page = result.pages[0]
    assert boxes
    assert max((x1 - x0) * (bottom - top) for x0, top, x1, bottom in boxes) < 0.1 * page.width * page.height
    (block,) = [table for table in result.tables if table.role == "title-block"]
    assert block.rows[0] == (
        "Legal owner\nExample Works Ltd", "Title\nBearing bracket", "Drawing no.\nPB-1042-A", "Rev.\nC",
    )  # fmt: skip
