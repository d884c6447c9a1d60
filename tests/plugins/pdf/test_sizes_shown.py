"""Which numbers of a page are sizes: those that its strokes show, and none in tables, text and charts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import DimensionKind, ExtractionResult
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.sheets import HEIGHT, WIDTH, DrawingSheet


def read(sheet: DrawingSheet, path: Path, size: tuple[float, float] = (WIDTH, HEIGHT)) -> ExtractionResult:
    written = sheet.write(path / "sheet.pdf", size=size)
    options = PdfOptions(extract_title_block=True, extract_dimensions=True)
    return PdfExtractor().extract(Source.from_path(written), options, ExtractionContext())


def raws(result: ExtractionResult) -> list[str]:
    return sorted(item.raw or "" for item in result.dimensions)


def over_its_line(sheet: DrawingSheet, x: float, y: float, text: str) -> None:
    """A size over a dimension line with two arrowheads."""
    sheet.text(x, y, text)
    sheet.line(x - 30, y + 3, x + 60, y + 3)
    for end, side in ((x - 30, 1), (x + 60, -1)):
        sheet.line(end, y + 3, end + 8 * side, y + 1)
        sheet.line(end, y + 3, end + 8 * side, y + 5)


def within_its_line(sheet: DrawingSheet, x: float, y: float, text: str) -> None:
    end = sheet.text(x, y, text)
    sheet.line(x - 30, y - 4, x - 3, y - 4)
    sheet.line(end + 3, y - 4, end + 40, y - 4)


def at_a_leader(sheet: DrawingSheet, x: float, y: float, text: str) -> None:
    end = sheet.text(x, y, text)
    sheet.line(x - 60, y + 60, x - 20, y + 2, end, y + 2)


@pytest.mark.parametrize("draw", [over_its_line, within_its_line, at_a_leader])
def test_a_number_at_a_stroke_is_a_size_and_one_alone_is_none(
    tmp_path: Path, draw: Callable[[DrawingSheet, float, float, str], None]
) -> None:
    sheet = DrawingSheet()
    draw(sheet, 300, 300, "42.5")
    sheet.text(700, 300, "57")
    sheet.text(900, 300, "R57")
    assert raws(read(sheet, tmp_path)) == ["42.5", "R57"]


def test_numbers_on_a_bitmap_of_the_views_stay_sizes(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    over_its_line(sheet, 900, 700, "42.5")
    sheet.text(300, 300, "57")
    sheet.bitmap(100, 100, 600, 500)
    assert raws(read(sheet, tmp_path)) == ["42.5", "57"]


@pytest.mark.parametrize("is_ruled", [True, False])
def test_a_table_of_holes_beside_a_view_has_no_sizes(tmp_path: Path, is_ruled: bool) -> None:
    sheet = DrawingSheet()
    over_its_line(sheet, 300, 300, "42.5")
    rows = [("HOLE", "X", "Y", "SIZE"), ("A1", "12", "30.5", "⌀9"), ("A2", "40", "31", "⌀9"), ("A3", "77", "8", "⌀11")]
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            x, y = 700 + 70 * column, 200 + 16 * row
            sheet.text(x + 4, y + 12, text, 9)
            if is_ruled:
                sheet.box(x, y, x + 70, y + 16)
    assert raws(read(sheet, tmp_path)) == ["42.5"]


def page_of_text(sheet: DrawingSheet) -> None:
    for line in range(30):
        words = "the bearing is mounted on a shaft with a clearance of"
        sheet.text(50, HEIGHT - 760 + 18 * line, f"{words} {line}.5 and more", 9)


def test_numbers_below_running_text_are_no_sizes_unless_arrows_show_them(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    page_of_text(sheet)
    over_its_line(sheet, 200, 690, "42.5")
    sheet.text(350, 690, "17")
    sheet.line(340, 693, 380, 693)  # a rule without arrowheads
    sheet.text(280, 830, "12")
    sheet.line(50, 816, 545, 816)
    assert raws(read(sheet, tmp_path, (595, HEIGHT))) == ["42.5"]


def test_labels_of_an_axis_are_no_sizes(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    page_of_text(sheet)
    for index in range(6):
        x = 100 + 60 * index
        sheet.text(x - 6, 760, str(20 * index), 8)
        sheet.line(x, 640, x, 750)
    sheet.line(100, 750, 400, 750)
    assert raws(read(sheet, tmp_path, (595, HEIGHT))) == []


def test_ordinates_count_from_their_base(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.box(300, 500, 700, 600)
    for value in (0, 25, 60, 145, 200):
        sheet.line(300 + 2 * value, 500, 300 + 2 * value, 440)
        sheet.text(304 + 2 * value, 436, str(value), 10, 90)
    over_its_line(sheet, 900, 300, "25")
    found = [(item.nominal, item.kind) for item in read(sheet, tmp_path).dimensions]
    assert sorted(found) == [
        (0, DimensionKind.COORDINATE),
        (25, DimensionKind.COORDINATE),
        (25, DimensionKind.LINEAR),
        (60, DimensionKind.COORDINATE),
        (145, DimensionKind.COORDINATE),
        (200, DimensionKind.COORDINATE),
    ]


def test_sizes_in_one_row_that_do_not_count_from_a_base_are_linear(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for value, x in ((0, 300), (25, 420), (60, 440), (145, 900)):
        sheet.line(x, 500, x, 440)
        sheet.text(x + 4, 436, str(value), 10, 90)
    assert {item.kind for item in read(sheet, tmp_path).dimensions} == {DimensionKind.LINEAR}


@pytest.mark.parametrize("sign", "⌀Ø∅φ")
def test_stacked_limits_behind_any_sign_of_a_diameter(tmp_path: Path, sign: str) -> None:
    sheet = DrawingSheet()
    sheet.text(300, 300, f"{sign}20.05")
    sheet.text(300 + 0.556 * 12, 313, "19.95")
    (found,) = read(sheet, tmp_path).dimensions
    assert (found.kind, found.nominal) == (DimensionKind.DIAMETER, 19.95)
    assert found.upper == pytest.approx(0.1)


def form(sheet: DrawingSheet, left: float, top: float, fields: list[tuple[str, str]]) -> None:
    """Cells with a label above its value."""
    for row, (label, value) in enumerate(fields):
        x, y = left + 120 * (row % 2), top + 40 * (row // 2)
        sheet.box(x, y, x + 120, y + 40)
        sheet.text(x + 4, y + 10, label, 6)
        sheet.text(x + 6, y + 30, value, 9)


APPLICATION = [("Title", "Director"), ("Date", "2021-03-12"), ("Company", "Muster GmbH"), ("Material", "Paper")]


def test_a_page_of_text_has_no_notes_and_a_form_no_title_block(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    page_of_text(sheet)
    form(sheet, 300, 660, APPLICATION)
    result = read(sheet, tmp_path, (595, HEIGHT))
    assert (result.title_blocks, result.notes, result.dimensions) == ((), (), ())


def test_a_small_page_with_the_scale_of_a_drawing_keeps_its_title_block(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.box(40, 100, 500, 500)
    form(sheet, 300, 660, [*APPLICATION, ("Scale", "1:2"), ("Drawn", "J. Smith")])
    block = read(sheet, tmp_path, (595, HEIGHT)).title_block
    assert block is not None
    assert block.scale is not None
    assert block.scale.value == "1:2"


def test_notes_of_a_framed_sheet_stay(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    page_of_text(sheet)
    sheet.box(20, 20, 575, HEIGHT - 20)
    assert read(sheet, tmp_path, (595, HEIGHT)).notes


def test_a_background_is_no_frame(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    page_of_text(sheet)
    sheet.box(0, 0, 595, HEIGHT)
    assert read(sheet, tmp_path, (595, HEIGHT)).notes == ()


def test_a_list_of_properties_without_rules_has_no_sizes(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    over_its_line(sheet, 300, 300, "42.5")
    properties = [("MODULE", "2.5"), ("PRESSURE ANGLE", "20°"), ("PITCH DIAMETER", "⌀60"), ("THREAD", "M20x1.5")]
    for row, (name, value) in enumerate(properties):
        sheet.text(700, 200 + 16 * row, name, 9)
        sheet.text(820, 200 + 16 * row, value, 9)
    result = read(sheet, tmp_path)
    assert (raws(result), result.threads) == (["42.5"], ())


def test_callouts_below_each_other_without_texts_beside_them_stay(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for row, value in enumerate(("⌀60", "20°", "R12")):
        sheet.text(820, 200 + 40 * row, value, 9)
    assert raws(read(sheet, tmp_path)) == ["20°", "R12", "⌀60"]


@pytest.mark.parametrize(("first", "expected"), [(20, []), (0, ["0", "10", "20", "30", "40", "50"])])
def test_labels_of_an_axis_on_a_sheet_are_no_sizes_unless_they_count_from_a_base(
    tmp_path: Path, first: int, expected: list[str]
) -> None:
    sheet = DrawingSheet()
    for index in range(6):
        sheet.text(300, 600 - 40 * index, str(first + 10 * index), 9)
        sheet.line(315, 597 - 40 * index, 340, 597 - 40 * index)
    assert raws(read(sheet, tmp_path)) == expected
