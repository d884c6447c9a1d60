"""What is read from a DWG, and what is said of the rest."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pybase_extraction_dwg.drawing import DwgDrawing, DwgEntity
from pybase_extraction_dwg.exchange import to_dxf

from pybase_extraction import ExtractionResult, extract
from pybase_extraction.errors import CorruptedFileError, UnsupportedFormatError
from pybase_extraction.results import DimensionKind
from pybase_extraction_dxf.scan import scan_tags
from pybase_extraction_dxf.tags import index_tags


@pytest.fixture(scope="module")
def result(drawing: Path) -> ExtractionResult:
    return extract(drawing, extract_geometry=True)


def test_the_format_is_told_by_its_first_bytes(drawing: Path) -> None:
    read = extract(drawing.read_bytes())
    assert (read.format, read.extractor.name, read.extractor.tier) == ("dwg", "dwg", "experimental")


def test_dimensions_have_their_measurement_and_unit(result: ExtractionResult) -> None:
    found = {(item.kind, round(item.measured, 9)) for item in result.dimensions if item.measured is not None}
    assert {
        (DimensionKind.LINEAR, 120.0),
        (DimensionKind.LINEAR, 80.0),
        (DimensionKind.DIAMETER, 12.0),
        (DimensionKind.ORDINATE, 100.0),
    } <= found
    assert {item.unit for item in result.dimensions} == {"mm"}
    assert result.length_unit == "mm"


def test_an_ordinate_names_the_axis_that_it_runs_along(result: ExtractionResult) -> None:
    assert [item.label for item in result.dimensions if item.kind is DimensionKind.ORDINATE] == ["x"]


def test_texts_lose_their_formatting_and_mean_something(result: ExtractionResult) -> None:
    assert "All edges chamfered\nISO 2768-mK" in [block.text for block in result.text_blocks]
    (thread,) = result.threads
    assert (thread.designation, thread.quantity) == ("M6-6H", 4)
    assert [(item.standard, item.linear_class) for item in result.general_tolerances] == [("ISO 2768", "m")]


def test_the_title_block_comes_from_the_attributes_of_the_sheet(result: ExtractionResult) -> None:
    (title,) = result.title_blocks
    assert title.drawing_number is not None
    assert title.drawing_number.value == "P-4711"
    assert title.revision is not None
    assert title.revision.value == "B"
    assert {page.label for page in result.pages} >= {"Model", "Layout1"}


def test_geometry_is_that_of_the_drawing(result: ExtractionResult) -> None:
    circles = [entity for entity in result.entities if entity.type == "CIRCLE"]
    assert sorted(entity.geometry["center"][0] for entity in circles) == [20.0, 100.0]
    assert {entity.geometry["radius"] for entity in circles} == {6.0}


def test_what_styles_hold_is_said_to_be_missing(result: ExtractionResult) -> None:
    codes = [issue.code for issue in result.issues]
    assert "dimension-styles-not-decoded" in codes
    assert "dimension-style-missing" not in codes


def test_a_version_that_is_not_read_is_named() -> None:
    with pytest.raises(UnsupportedFormatError, match=r"AC1009.*Save it as R2000 or later"):
        extract(b"AC1009" + bytes(2000))


def test_a_damaged_drawing_is_refused(drawing: Path) -> None:
    data = bytearray(drawing.read_bytes())
    data[0x15:0x40] = b"\xff" * (0x40 - 0x15)  # the places of the sections
    with pytest.raises(CorruptedFileError, match="is damaged"):
        extract(bytes(data))


def test_a_line_break_in_a_text_begins_no_tag() -> None:
    text = "first\n  0\nCIRCLE"
    entity = DwgEntity("TEXT", 0x20, 1, {"text": text, "insert": (0.0, 0.0, 0.0), "height": 2.5, "layer_handle": None})
    drawing = DwgDrawing("AC1015", {}, (), {}, {1: "*Model_Space"}, {}, {}, (entity,), {})
    scan = scan_tags(index_tags(to_dxf(drawing)), lambda: None)
    assert [scan.types[kind] for kind in scan.type_of[scan.in_section("ENTITIES")]] == ["TEXT"]


def test_a_preview_shows_what_was_decoded(drawing: Path) -> None:
    read = extract(drawing, preview="svg")
    assert read.pictures[0].name == "preview-Model"
    assert base64.b64decode(read.pictures[0].data or "").startswith(b"<svg")
