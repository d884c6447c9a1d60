"""Callouts of sheets that the tests draw themselves: what stands on each is known to the last sign."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import Dimension, DimensionKind, ExtractionResult, ToleranceOrigin
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.sheets import ADVANCE, HEIGHT, WIDTH, DrawingSheet

LINEAR, DIAMETER, RADIUS = DimensionKind.LINEAR, DimensionKind.DIAMETER, DimensionKind.RADIUS


def read(sheet: DrawingSheet, path: Path, **how: object) -> ExtractionResult:
    written = sheet.write(path / "sheet.pdf", **how)  # type: ignore[arg-type]
    options = PdfOptions(extract_title_block=True, extract_dimensions=True)
    return PdfExtractor().extract(Source.from_path(written), options, ExtractionContext())


def sizes(result: ExtractionResult) -> list[tuple[object, ...]]:
    """Kind, nominal size, deviations and quantity of every dimension, sorted by nominal size."""
    return sorted(
        ((item.kind, item.nominal, item.upper, item.lower, item.quantity) for item in result.dimensions),
        key=lambda entry: (entry[1] or 0, str(entry)),
    )


def only(result: ExtractionResult) -> Dimension:
    assert len(result.dimensions) == 1, [item.raw for item in result.dimensions]
    return result.dimensions[0]


def turned(x: float, y: float, along: float, across: float, angle: float) -> tuple[float, float]:
    """A point given along and across (downwards) a text that begins at x, y and runs at 0 or 90 degrees."""
    return (x + along, y + across) if angle == 0 else (x + across, y - along)


@pytest.mark.parametrize("angle", [0, 90])
@pytest.mark.parametrize("size", [12, 8])
@pytest.mark.parametrize(("upper", "lower"), [("+0.25", "-0.10"), ("0", "-0.2"), ("+0.05", "0"), ("-0.1", "-0.3")])
def test_deviations_above_each_other_behind_the_size(
    tmp_path: Path, angle: float, size: float, upper: str, lower: str
) -> None:
    sheet = DrawingSheet()
    sheet.text(300, 400, "25.5", 12, angle)
    along = 4 * ADVANCE * 12 + 3
    sheet.text(*turned(300, 400, along, -4 - size / 2, angle), upper, size, angle)
    sheet.text(*turned(300, 400, along, -4 + size / 2, angle), lower, size, angle)
    assert sizes(read(sheet, tmp_path)) == [(LINEAR, 25.5, float(upper), float(lower), 1)]


@pytest.mark.parametrize("angle", [0, 90])
def test_a_lower_deviation_on_the_line_of_the_size(tmp_path: Path, angle: float) -> None:
    sheet = DrawingSheet()
    sheet.text(300, 400, "3,99 -0,02", 12, angle)
    sheet.text(*turned(300, 400, 5 * ADVANCE * 12, -13, angle), "0", 12, angle)
    assert sizes(read(sheet, tmp_path)) == [(LINEAR, 3.99, 0, -0.02, 1)]


@pytest.mark.parametrize("angle", [0, 90])
def test_a_fit_with_its_deviations_above_each_other(tmp_path: Path, angle: float) -> None:
    sheet = DrawingSheet()
    sheet.text(300, 400, "⌀25 H7", 12, angle)
    along = 6 * ADVANCE * 12 + 3
    sheet.text(*turned(300, 400, along, -8, angle), "+0.021", 8, angle)
    sheet.text(*turned(300, 400, along, 0, angle), "0", 8, angle)
    found = only(read(sheet, tmp_path))
    assert (found.kind, found.nominal, found.upper, found.lower) == (DIAMETER, 25, 0.021, 0)
    assert found.fit is not None
    assert found.fit.symbol == "H7"


@pytest.mark.parametrize("angle", [0, 90])
def test_limits_above_each_other_with_the_sign_between(tmp_path: Path, angle: float) -> None:
    sheet = DrawingSheet()
    sheet.text(*turned(300, 400, -8, -6, angle), "⌀", 12, angle)
    sheet.text(*turned(300, 400, 0, -12, angle), "25.021", 12, angle)
    sheet.text(300, 400, "25.000", 12, angle)
    found = only(read(sheet, tmp_path))
    assert (found.kind, found.is_limit, found.lower_limit, found.upper_limit) == (DIAMETER, True, 25.0, 25.021)


def test_a_column_of_numbers_is_no_stack_of_limits(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for row, text in enumerate(("20.0", "20.5", "21.0", "21.5")):
        sheet.text(300, 300 + 13 * row, text)
    assert [entry[1] for entry in sizes(read(sheet, tmp_path))] == [20.0, 20.5, 21.0, 21.5]


def test_a_hole_of_several_lines(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for row, text in enumerate(("4X ⌀9 THRU", "⌴ ⌀15 ↧ 8.6")):
        sheet.text(300, 300 + 15 * row, text)
    for row, text in enumerate(("2×", "⌀6.5 ±0.1")):
        sheet.text(600, 300 + 15 * row, text)
    for row, text in enumerate(("⌀6.8 ↧ 26", "M8 - 6H ↧ 20")):
        sheet.text(300, 500 + 15 * row, text)
    result = read(sheet, tmp_path)
    assert sizes(result) == [
        (DIAMETER, 6.5, 0.1, -0.1, 2),
        (DIAMETER, 6.8, None, None, 1),
        (DIAMETER, 9, None, None, 4),
    ]
    hole = next(item for item in result.dimensions if item.nominal == 9)
    assert hole.is_through
    assert (hole.features[0].kind, hole.features[0].nominal) == (DimensionKind.COUNTERBORE, 15)
    assert [(item.designation, item.length, item.hole_depth) for item in result.threads] == [("M8-6H", 20, 26)]


def frames(result: ExtractionResult) -> list[tuple[object, ...]]:
    """Characteristic, and value, shape, modifiers and datums of each zone, of every frame in reading order."""
    return [
        (
            frame.characteristic,
            [
                (
                    zone.value,
                    zone.shape,
                    zone.modifiers,
                    ["-".join(d.letters) + "".join(d.modifiers) for d in zone.datums],
                )
                for zone in frame.zones
            ],
        )
        for frame in sorted(result.feature_control_frames, key=lambda frame: frame.provenance.place.bbox or (0,))
    ]


def test_frames_in_cells_with_signs_as_text(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.frame(200, 200, [(24, "⌖"), (70, "⌀0.5 Ⓜ"), (24, "A"), (40, "B Ⓜ"), (24, "C")])
    sheet.frame(600, 200, [(24, "⏥"), (50, "0.05")])
    sheet.text(200, 190, "4X ⌀8 ±0.1")
    result = read(sheet, tmp_path)
    assert frames(result) == [
        ("position", [(0.5, "diameter", ("Ⓜ",), ["A", "BⓂ", "C"])]),
        ("flatness", [(0.05, "width", (), [])]),
    ]
    assert sizes(result) == [(DIAMETER, 8, 0.1, -0.1, 4)]


def test_a_composite_frame_over_two_rows(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.box(200, 200, 230, 248)
    sheet.text(211, 228, "⌖")
    sheet.frame(230, 200, [(60, "⌀1.5"), (24, "D"), (24, "E")])
    sheet.frame(230, 224, [(60, "⌀0.3"), (24, "D")])
    result = read(sheet, tmp_path)
    zones = [(1.5, "diameter", (), ["D", "E"]), (0.3, "diameter", (), ["D"])]
    assert frames(result) == [("position", zones)]
    assert result.feature_control_frames[0].is_composite


def test_signs_that_are_drawn_with_strokes(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.diameter_sign(291, 300)
    sheet.text(300, 300, "12,5")
    sheet.depth_sign(332, 300)
    sheet.text(343, 300, "20")
    sheet.frame(500, 280, [(24, ""), (50, "0,02"), (24, "A")])
    sheet.circle(512, 292, 4)
    sheet.circle(512, 292, 8, sides=40)
    sheet.frame(500, 400, [(24, ""), (50, "0,1"), (24, "B")])
    sheet.line(504, 420, 520, 420)
    sheet.line(512, 420, 512, 404)
    sheet.frame(700, 280, [(24, ""), (60, "0,4  M"), (24, "C")])
    sheet.circle(712, 292, 6)
    sheet.line(702, 292, 722, 292)
    sheet.line(712, 282, 712, 302)
    sheet.circle(770.7, 291.7, 7)
    result = read(sheet, tmp_path)
    hole = only(result)
    assert (hole.kind, hole.nominal, [(part.kind, part.nominal) for part in hole.features]) == (
        DIAMETER,
        12.5,
        [(DimensionKind.DEPTH, 20)],
    )
    assert frames(result) == [
        ("concentricity", [(0.02, "width", (), ["A"])]),
        ("perpendicularity", [(0.1, "width", (), ["B"])]),
        ("position", [(0.4, "width", ("Ⓜ",), ["C"])]),
    ]


@pytest.mark.parametrize("in_private_area", [False, True])
def test_letters_of_a_symbol_font_are_signs(tmp_path: Path, in_private_area: bool) -> None:
    sheet = DrawingSheet()
    end = sheet.text(300, 300, "n", font="S")
    sheet.text(end, 300, "25 ±0.1")
    end = sheet.text(300, 400, "4X ")
    end = sheet.text(end, 400, "n", font="S")
    end = sheet.text(end, 400, "8 ")
    end = sheet.text(end, 400, "x", font="S")
    sheet.text(end, 400, "12")
    sheet.frame(600, 280, [(24, ""), (60, " 0.2"), (24, "A")])
    sheet.text(609, 296, "j", font="S")
    sheet.text(637, 296, "n", font="S")
    result = read(sheet, tmp_path, in_private_area=in_private_area)
    assert sizes(result) == [(DIAMETER, 8, None, None, 4), (DIAMETER, 25, 0.1, -0.1, 1)]
    assert [part.nominal for part in result.dimensions[-1].features + result.dimensions[0].features] == [12]
    assert frames(result) == [("position", [(0.2, "diameter", (), ["A"])])]


def test_commas_are_decimal_where_the_sheet_writes_them_so(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for column, text in enumerate(("12,5", "⌀8,25", "1,250", "R0,5", "40 ±0,05", "7,5°")):
        sheet.text(100 + 150 * column, 300, text)
    assert sizes(read(sheet, tmp_path)) == [
        (RADIUS, 0.5, None, None, 1),
        (LINEAR, 1.25, None, None, 1),
        (DimensionKind.ANGULAR, 7.5, None, None, 1),
        (DIAMETER, 8.25, None, None, 1),
        (LINEAR, 12.5, None, None, 1),
        (LINEAR, 40, 0.05, -0.05, 1),
    ]


def test_a_frame_around_a_size_makes_it_exact_and_parentheses_a_reference(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.box(295, 286, 335, 306)
    sheet.text(300, 300, "32.5")
    sheet.box(487, 360, 507, 405)
    sheet.text(501, 400, "41.5", angle=90)
    sheet.text(600, 300, "(64)")
    sheet.text(700, 300, "18")
    sheet.line(580, 303, 730, 303)
    found = {item.nominal: (item.is_basic, item.is_reference) for item in read(sheet, tmp_path).dimensions}
    assert found == {32.5: (True, False), 41.5: (True, False), 64: (False, True), 18: (False, False)}


@pytest.mark.parametrize("angle", [30, 45, 64, -20])
def test_text_that_runs_aslant(tmp_path: Path, angle: float) -> None:
    sheet = DrawingSheet()
    sheet.text(400, 400, "R12,5", angle=angle)
    sheet.text(600, 400, "45", angle=angle)
    sheet.diameter_sign(0, 0)
    assert sizes(read(sheet, tmp_path)) == [(RADIUS, 12.5, None, None, 1), (LINEAR, 45, None, None, 1)]


def test_names_of_zones_views_and_datums_and_scales_are_no_sizes(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.box(40, 40, WIDTH - 40, HEIGHT - 40)
    for number in range(1, 9):
        sheet.text(-40 + 140 * number, 30, str(number))
        sheet.text(-40 + 140 * number, HEIGHT - 25, str(number))
    for row, letter in enumerate("ABCDEF"):
        sheet.text(22, 100 + 130 * row, letter)
        sheet.text(WIDTH - 34, 100 + 130 * row, letter)
    for row, text in enumerate(
        ("SECTION A-A", "DETAIL B", "SCALE 2:1", "2026-03-14", "A4", "1 / 3", "DIN 912 - M6x20")
    ):
        sheet.text(300, 300 + 30 * row, text)
    sheet.text(600, 300, "B", 20)
    sheet.text(600 + 12, 303, "1", 10)
    sheet.box(700, 286, 722, 308)
    sheet.text(707, 301, "C")
    result = read(sheet, tmp_path)
    assert [item.raw for item in (*result.dimensions, *result.threads)] == []
    assert [datum.letter for datum in result.datums] == ["C"]


def test_numbers_in_ruled_tables_are_no_sizes(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for row, cells in enumerate((("Pos", "X", "Y"), ("1", "10.5", "⌀8"), ("2", "20.5", "22"), ("3", "30.5", "⌀12"))):
        for column, text in enumerate(cells):
            sheet.box(300 + 60 * column, 200 + 20 * row, 360 + 60 * column, 220 + 20 * row)
            sheet.text(306 + 60 * column, 214 + 20 * row, text)
    sheet.text(700, 300, "55 ±0.2")
    assert sizes(read(sheet, tmp_path)) == [(LINEAR, 55, 0.2, -0.2, 1)]


def test_notes_in_columns_with_lines_that_go_on(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.text(100, 500, "NOTES:")
    lines = ("1. ALL DIMENSIONS IN MM.", "2. BREAK SHARP EDGES", "   0.2 MAX.", "3. HOLES ⌀8 AND M6", "   THROUGH.")
    for row, text in enumerate(lines):
        sheet.text(100, 520 + 15 * row, text)
    for row, text in enumerate(("4. MATERIAL S235JR.", "5. PAINT RAL 7016.")):
        sheet.text(500, 520 + 15 * row, text)
    sheet.text(700, 200, "120")
    result = read(sheet, tmp_path)
    assert [(note.number, note.text) for note in result.notes if note.number] == [
        ("1", "ALL DIMENSIONS IN MM."),
        ("2", "BREAK SHARP EDGES 0.2 MAX."),
        ("3", "HOLES ⌀8 AND M6 THROUGH."),
        ("4", "MATERIAL S235JR."),
        ("5", "PAINT RAL 7016."),
    ]
    assert [(item.nominal, item.unit) for item in result.dimensions] == [(120, "mm")]


def test_inches_as_fractions_and_in_brackets(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for column, text in enumerate(('1 1/2"', "3'-4 1/2\"", "25.4 [1.000]", ".438 ±.005")):
        sheet.text(100 + 200 * column, 300, text)
    found = read(sheet, tmp_path).dimensions
    values = sorted((item.nominal or 0, item.unit) for item in found if item.unit)
    assert values[:1] == [(1.5, "in")]
    dual = next(item for item in found if item.nominal == 25.4)
    assert dual.alternate is not None
    assert dual.alternate.nominal == 1.0
    assert (0.438, 0.005, -0.005) in [(item.nominal, item.upper, item.lower) for item in found]


def test_general_tolerances_of_notes_apply_and_say_so(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.text(100, 600, "GENERAL TOLERANCES ISO 2768-mK")
    sheet.text(100, 630, "DIMENSIONS IN MILLIMETRES")
    sheet.text(300, 300, "50")
    sheet.text(500, 300, "20 ±0.3")
    sheet.text(700, 300, "(80)")
    result = read(sheet, tmp_path)
    found = {item.nominal: (item.upper, item.tolerance_origin) for item in result.dimensions}
    assert found == {
        50: (0.3, ToleranceOrigin.GENERAL),  # ISO 2768-1 Table 1, m, 30..120 mm
        20: (0.3, ToleranceOrigin.DECLARED),
        80: (None, None),
    }
    assert [(item.standard, item.linear_class) for item in result.general_tolerances] == [("ISO 2768", "m")]


def test_one_general_tolerance_for_all_sizes(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.text(100, 600, "General tolerances ±0.05 mm")
    sheet.text(300, 300, "50")
    sheet.text(500, 300, "⌀6.5 ±0.01")
    found = {item.nominal: (item.upper, item.lower) for item in read(sheet, tmp_path).dimensions}
    assert found == {50: (0.05, -0.05), 6.5: (0.01, -0.01)}


def test_a_block_of_tolerances_by_decimals(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for row, text in enumerate(("UNLESS OTHERWISE SPECIFIED:", "DIMENSIONS ARE IN INCHES", ".XX ±.01", ".XXX ±.005")):
        sheet.text(100, 600 + 14 * row, text)
    sheet.text(300, 300, "1.25")
    sheet.text(500, 300, "⌀.375")
    found = {item.nominal: (item.upper, item.tolerance_origin) for item in read(sheet, tmp_path).dimensions}
    assert found == {1.25: (0.01, ToleranceOrigin.GENERAL), 0.375: (0.005, ToleranceOrigin.GENERAL)}


def test_datum_targets_with_and_without_the_size_of_their_area(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for x, size in ((300, "⌀10"), (500, "")):
        sheet.circle(x, 300, 18)
        sheet.line(x - 18, 300, x + 18, 300)
        sheet.text(x - ADVANCE * 10, 312, "A1" if size else "B2", 10)
        sheet.text(x - 1.5 * ADVANCE * 10, 296, size, 10)
    sheet.circle(700, 300, 14)
    sheet.text(697, 304, "7")
    result = read(sheet, tmp_path)
    found = [(datum.letter, datum.target, datum.size) for datum in result.datums]
    assert sorted(found, key=str) == [("A", 1, "⌀10"), ("B", 2, None)]


def test_a_fit_that_contradicts_its_printed_deviations_is_an_issue(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.text(300, 300, "⌀25 H7 (+0.030/0)")
    sheet.text(300, 400, "⌀30 g6 (-0.007/-0.020)")
    issues = [issue for issue in read(sheet, tmp_path).issues if issue.code == "fit-contradicts-deviations"]
    assert len(issues) == 1
    assert issues[0].message.startswith("⌀25 H7 (+0.030/0): H7 at 25 mm is +0.021/+0 by ISO 286-2, but +0.03/+0")


def test_a_circuit_diagram_has_no_sizes(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for row, text in enumerate(("R1", "R2", "R3", "C1", "C2", "U1", "U2", "14", "100nF", "R5")):
        sheet.text(300, 100 + 40 * row, text)
    assert sizes(read(sheet, tmp_path)) == []


def test_letters_drawn_twice_are_read_once(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for shift in (0.0, 0.4):
        sheet.text(300 + shift, 300, "⌀12.50 mm")
        sheet.text(300 + shift, 400, "THREADED")
    assert sizes(read(sheet, tmp_path)) == [(DIAMETER, 12.5, None, None, 1)]


def test_what_stands_outside_of_the_page_is_not_on_it(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.text(300, HEIGHT + 50, "⌀12")
    sheet.text(300, 300, "⌀14")
    assert sizes(read(sheet, tmp_path)) == [(DIAMETER, 14, None, None, 1)]


def draw_tick(sheet: DrawingSheet, x: float, y: float, height: float) -> None:
    """The sign of surface texture with its lower point at x, y (ISO 1302: legs at 60°, heights 1.4 and 3 letters)."""
    for sign, length in ((-1, 1.4 * height), (1, 3 * height)):
        sheet.line(x, y, x + sign * length * 0.577, y - length)


def test_a_number_at_a_drawn_sign_of_texture_is_no_size(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    draw_tick(sheet, 300, 300, 10)
    sheet.text(286, 282, "3.2")
    draw_tick(sheet, 500, 300, 10)
    sheet.text(520, 290, "1.6")
    sheet.text(700, 300, "Ra 0.8")
    sheet.text(900, 300, "6.3")
    sheet.line(880, 304, 940, 304)
    result = read(sheet, tmp_path)
    assert sorted((item.parameter, item.value) for item in result.surface_textures) == [
        ("Ra", 0.8),
        ("Ra", 1.6),
        ("Ra", 3.2),
    ]
    assert sizes(result) == [(LINEAR, 6.3, None, None, 1)]


@pytest.mark.parametrize("angle", [90, 180, -90])
def test_callouts_that_run_otherwise(tmp_path: Path, angle: float) -> None:
    sheet = DrawingSheet()
    sheet.text(300, 400, "⌀12 H7", 12, angle)
    sheet.text(500, 400, "M6", 12, angle)
    sheet.text(700, 400, "2×45°", 12, angle)
    result = read(sheet, tmp_path)
    assert sizes(result)[1:] == [(DIAMETER, 12, 0.018, 0, 1)]  # ISO 286-2: H7 at 10..18 mm
    assert result.dimensions[0].kind in {DIAMETER, DimensionKind.CHAMFER}
    assert [thread.designation for thread in result.threads] == ["M6"]


def test_a_frame_that_stands_upright(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    y = 500.0
    for length, text in ((24, "⊥"), (60, "⌀0.1"), (24, "A")):
        sheet.box(300, y - length, 324, y)
        sheet.text(316, y - (length - len(text) * ADVANCE * 12) / 2, text, angle=90)
        y -= length
    assert frames(read(sheet, tmp_path)) == [("perpendicularity", [(0.1, "diameter", (), ["A"])])]


def test_a_plus_minus_that_is_drawn(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.text(300, 300, "40")
    sheet.line(318, 292, 326, 292)
    sheet.line(322, 288, 322, 296)
    sheet.line(318, 299, 326, 299)
    sheet.text(329, 300, "0.15")
    assert sizes(read(sheet, tmp_path)) == [(LINEAR, 40, 0.15, -0.15, 1)]


def test_a_remark_behind_a_size_and_a_word_before_a_thread(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.text(300, 300, "165 ±10 (After twisting)")
    sheet.text(300, 400, "Thread M5x20")
    sheet.text(300, 500, "Made in 2019 (by hand)")
    result = read(sheet, tmp_path)
    assert sizes(result) == [(LINEAR, 165, 10, -10, 1)]
    assert [thread.length for thread in result.threads] == [20]


def test_a_note_of_two_lines_that_stands_upright(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.text(300, 500, "Minimal width of cut", angle=90)
    sheet.text(314, 500, "only along this line", angle=90)
    assert [note.text for note in read(sheet, tmp_path).notes] == ["Minimal width of cut only along this line"]


def test_sizes_of_a_chain_that_stand_close(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    x = 300.0
    for text in ("811", "773", "12.5", "900"):
        x = sheet.text(x, 300, text) + 7
    assert [entry[1] for entry in sizes(read(sheet, tmp_path))] == [12.5, 773, 811, 900]


@pytest.mark.parametrize("angle", [0, 90])
def test_a_fraction_with_its_numbers_above_each_other(tmp_path: Path, angle: float) -> None:
    sheet = DrawingSheet()
    along = sheet.text(300, 400, "6'-10", 12, angle) - 300
    sheet.text(*turned(300, 400, along + 1, -6, angle), "1", 7, angle)
    sheet.text(*turned(300, 400, along + 1, 2, angle), "2", 7, angle)
    sheet.text(*turned(600, 400, 0, 0, angle), "20", 12, angle)
    found = {(item.nominal, item.unit) for item in read(sheet, tmp_path).dimensions}
    assert (82.5, "in") in found  # 6 × 12 + 10.5
    assert len(found) == 2


def test_numbers_in_balloons_are_items(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for x, text in ((300, "7"), (400, "12")):
        sheet.circle(x, 300, 13)
        sheet.text(x - len(text) * ADVANCE * 6, 304, text)
    sheet.text(600, 300, "12")
    assert sizes(read(sheet, tmp_path)) == [(LINEAR, 12, None, None, 1)]


def test_what_notes_ask_of_edges(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.text(300, 300, "BREAK ALL SHARP EDGES 0.2-0.5")
    sheet.text(300, 400, "ISO 13715 -0.3")
    sheet.text(300, 500, "HOLE 5 MM FROM THE EDGE")
    result = read(sheet, tmp_path)
    assert sorted((edge.upper, edge.lower, edge.is_general) for edge in result.edges) == [
        (-0.3, -0.3, False),
        (-0.2, -0.5, True),
    ]
    assert sizes(result) == []


def test_a_weld_is_kept_with_its_text(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.text(300, 300, "a5 ◺ 300")
    result = read(sheet, tmp_path)
    assert [(weld.kind, weld.size, weld.raw) for weld in result.welds] == [("fillet", 5, "a5 ◺ 300")]
    assert sizes(result) == []


def test_numbers_of_a_table_without_rules_are_no_sizes(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for row, cells in enumerate(
        (("HOLE", "X", "Y"), ("A1", "10.5", "20.0"), ("A2", "30.5", "5.0"), ("A3", "7.5", "9.0"))
    ):
        for column, text in enumerate(cells):
            sheet.text(300 + 60 * column, 200 + 16 * row, text)
    for column, text in enumerate(("20", "35", "12")):
        sheet.text(300 + 90 * column, 500, text)
    for row, text in enumerate(("15", "25.5", "33")):
        sheet.text(800, 300 + 60 * row, text)
    assert [entry[1] for entry in sizes(read(sheet, tmp_path))] == [12, 15, 20, 25.5, 33, 35]


def draw_arrow(sheet: DrawingSheet, x: float, y: float) -> None:
    """An arrow of 14 points at 45°, its head a triangle."""
    sheet.line(x, y, x + 10, y - 10)
    sheet.line(x + 10, y - 10, x + 7.5, y - 4.5, x + 4.5, y - 7.5, x + 10, y - 10)


SYMBOLS: dict[str, Callable[[DrawingSheet], object]] = {
    "straightness": lambda s: s.line(504, 292, 520, 292),
    "flatness": lambda s: s.line(503, 297, 517, 297, 521, 287, 507, 287, 503, 297),
    "circularity": lambda s: s.circle(512, 292, 6, sides=30),
    "cylindricity": lambda s: (s.circle(512, 292, 4), s.line(504, 299, 509, 285), s.line(515, 299, 520, 285)),
    "parallelism": lambda s: (s.line(505, 299, 511, 285), s.line(512, 299, 518, 285)),
    "angularity": lambda s: (s.line(504, 298, 520, 298), s.line(504, 298, 518, 286)),
    "symmetry": lambda s: (s.line(507, 287, 517, 287), s.line(503, 292, 521, 292), s.line(507, 297, 517, 297)),
    "circular_runout": lambda s: draw_arrow(s, 506, 298),
    "total_runout": lambda s: (draw_arrow(s, 502, 299), draw_arrow(s, 510, 299), s.line(502, 299, 510, 299)),
}


@pytest.mark.parametrize("name", SYMBOLS)
def test_characteristics_drawn_with_strokes(tmp_path: Path, name: str) -> None:
    sheet = DrawingSheet()
    sheet.frame(500, 280, [(24, ""), (50, "0.08"), (24, "B")])
    SYMBOLS[name](sheet)
    assert frames(read(sheet, tmp_path)) == [(name, [(0.08, "width", (), ["B"])])]


@pytest.mark.parametrize(("end", "name"), [("S", "profile_of_line"), ("s", "profile_of_surface")])
def test_profiles_drawn_with_arcs(tmp_path: Path, end: str, name: str) -> None:
    sheet = DrawingSheet()
    sheet.frame(500, 280, [(24, ""), (50, "0.08"), (24, "B")])
    y = HEIGHT - 296
    arc = f"504 {y} m 504 {y + 4.4} 507.6 {y + 8} 512 {y + 8} c 516.4 {y + 8} 520 {y + 4.4} 520 {y} c"
    sheet.operators.append(f"{arc} {'h S' if end == 's' else 'S'}")
    assert frames(read(sheet, tmp_path)) == [(name, [(0.08, "width", (), ["B"])])]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Units: mm.", "mm"),
        ("UNIT MM", "mm"),
        ("Einheiten: mm", "mm"),
        ("DIMENSIONS ARE IN INCHES", "in"),
        ("Units: inch", "in"),
        ("Maße in mm", "mm"),
        ("COTES EN MM", "mm"),
        ("Weight in units of mm", None),
    ],
)
def test_the_unit_that_a_sheet_declares(tmp_path: Path, text: str, unit: str | None) -> None:
    sheet = DrawingSheet()
    sheet.text(300, 600, text)
    sheet.text(300, 300, "20")
    assert only(read(sheet, tmp_path)).unit == unit


def test_sizes_in_a_row_near_the_border_are_no_zones(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for column, text in enumerate(("8", "9", "10", "11")):
        sheet.text(200 + 200 * column, 40, text)
    for column, text in enumerate(("1", "2", "3")):
        sheet.text(500 + 60 * column, 820, text)
    assert [entry[1] for entry in sizes(read(sheet, tmp_path))] == [1, 2, 3, 8, 9, 10, 11]


def test_printed_deviations_of_a_fit_are_no_sizes_though_their_signs_are_dots(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    end = sheet.text(300, 400, "⌀8 f7", 12)
    sheet.text(end + 6, 394, "· 0,013", 10)
    sheet.text(end + 6, 408, "· 0,028", 10)
    sheet.text(600, 400, "0,5", 12)
    found = [(item.nominal, item.upper, item.lower) for item in read(sheet, tmp_path).dimensions]
    assert sorted(found) == [(0.5, None, None), (8.0, -0.013, -0.028)]


def test_a_number_behind_a_symbol_that_cannot_be_told_is_no_size(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.frame(300, 400, [(26, ""), (60, "0.05"), (26, "A")], 14)
    sheet.line(304, 404, 310, 419, 316, 404, 322, 419)  # a scribble: the symbol of no characteristic
    sheet.text(300, 500, "42.5")
    sheet.line(280, 504, 350, 504)
    assert sizes(read(sheet, tmp_path)) == [(LINEAR, 42.5, None, None, 1)]


def test_a_number_between_the_lines_of_a_view_stays_a_size(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for left, right in ((300, 420), (420, 500)):
        sheet.box(left, 400, right, 424)
    sheet.text(440, 416, "42.5")
    assert sizes(read(sheet, tmp_path)) == [(LINEAR, 42.5, None, None, 1)]


@pytest.mark.parametrize(("unit", "marks"), [(" mm", []), ("", ["1"])])
def test_a_lone_number_among_sizes_with_units_is_a_mark(tmp_path: Path, unit: str, marks: list[str]) -> None:
    sheet = DrawingSheet()
    for number in range(5):
        sheet.text(100 + 150 * number, 200, f"2{number},50{unit}")
    sheet.text(300, 400, "1")
    result = read(sheet, tmp_path)
    assert [item.raw for item in result.dimensions if item.raw == "1"] == marks
    assert len(result.dimensions) == 5 + len(marks)
