"""Callouts as drawings print them, and what they mean."""

from __future__ import annotations

from typing import Any

import pytest

from pybase_extraction.drawing import CalloutContext, read_callouts, read_dimension
from pybase_extraction.results import Dimension, DimensionKind, Thread, ToleranceOrigin, UnitOrigin

MM = CalloutContext(unit="mm")


def fields(text: str, context: CalloutContext = MM) -> dict[str, Any]:
    values = read_callouts(text, context=context)
    assert len(values) == 1, values
    assert isinstance(values[0], Dimension)
    return values[0].model_dump(mode="json", exclude_defaults=True, exclude={"provenance", "unit_origin"})


SIMPLE = [
    ("25", "linear", 25),
    ("12,5", "linear", 12.5),
    (".438", "linear", 0.438),
    ("⌀10", "diameter", 10),
    ("Ø 16,5", "diameter", 16.5),
    ("%%c8", "diameter", 8),
    ("φ20", "diameter", 20),
    ("5 DIA", "diameter", 5),
    ("DIA 5", "diameter", 5),
    ("R5", "radius", 5),
    ("R.5", "radius", 0.5),
    ("CR3", "radius", 3),
    ("S⌀20", "spherical_diameter", 20),
    ("SR10", "spherical_radius", 10),
    ("□12", "square", 12),
    ("SW17", "across_flats", 17),
    ("17 A/F", "across_flats", 17),
    ("⌒ 30", "arc_length", 30),
    ("t=3", "thickness", 3),
    ("2 THK", "thickness", 2),
    ("C0.5", "chamfer", 0.5),
    ("CHAMFER 0,2", "chamfer", 0.2),
    ("Fase 1", "chamfer", 1),
    ("↧ 20", "depth", 20),
    ("20 DEEP", "depth", 20),
    ("20 tief", "depth", 20),
    ("深20", "depth", 20),
    ("⌴⌀11", "counterbore", 11),
    ("⌵⌀12", "countersink", 12),
    ("X=25", "coordinate", 25),
    ("⌲ 1:10", "taper", 0.1),
    ("⌳ 1:50", "slope", 0.02),
]


@pytest.mark.parametrize(("text", "kind", "nominal"), SIMPLE)
def test_kind_and_size(text: str, kind: str, nominal: float) -> None:
    found = fields(text)
    assert (found["kind"], found["nominal"]) == (kind, nominal)


TOLERANCED = [
    ("10 ±0,05", 10, 0.05, -0.05),
    ("10±0.05", 10, 0.05, -0.05),
    ("10 +/-0.05", 10, 0.05, -0.05),
    ("10%%p0.05", 10, 0.05, -0.05),
    ("25 +0.1/-0.2", 25, 0.1, -0.2),
    ("25 -0.2/+0.1", 25, 0.1, -0.2),
    ("25 +0,2/+0,1", 25, 0.2, 0.1),
    ("25 -0,1/-0,3", 25, -0.1, -0.3),
    ("25 +0.1 0", 25, 0.1, 0),
    ("25 0/-0.02", 25, 0, -0.02),
    ("25 0 -0.02", 25, 0, -0.02),
    ("25\n+0.1\n-0.2", 25, 0.1, -0.2),
    ("25\\S+0.1^-0.2;", 25, 0.1, -0.2),
    ("4.00 (+0.10/-0.20)", 4, 0.1, -0.2),
    ("32-0,1", 32, None, -0.1),
    ("16,5 +0,1", 16.5, 0.1, None),
]


@pytest.mark.parametrize(("text", "nominal", "upper", "lower"), TOLERANCED)
def test_deviations_are_signed(text: str, nominal: float, upper: float | None, lower: float | None) -> None:
    found = read_dimension(text, context=MM)
    assert found is not None
    assert (found.nominal, found.upper, found.lower) == (nominal, upper, lower)
    assert found.tolerance_origin is ToleranceOrigin.DECLARED


class TestWhatGoesWrongElsewhere:
    """Errors seen in other readers, one test each."""

    def test_decimal_comma_in_a_tolerance_gives_no_phantom_size(self) -> None:
        # read as tolerance 0 and a phantom 5 mm
        found = fields("10 ±0,05")
        assert (found["nominal"], found["upper"], found["lower"]) == (10, 0.05, -0.05)

    def test_shaft_deviations_keep_their_sign(self) -> None:
        # stored as +0.007 / -0.020
        found = read_dimension("25 g6", context=MM)
        assert found is not None
        assert (found.upper, found.lower) == (-0.007, -0.020)
        assert found.tolerance_origin is ToleranceOrigin.FIT

    def test_inches_stay_inches(self) -> None:
        found = read_dimension("1.250", context=CalloutContext(unit="in"))
        assert found is not None
        assert (found.nominal, found.unit, found.unit_origin) == (1.25, "in", UnitOrigin.DECLARED)

    def test_angles_are_degrees_whatever_the_sheet_measures_in(self) -> None:
        found = read_dimension("45°", context=MM)
        assert found is not None
        assert (found.kind, found.unit) == (DimensionKind.ANGULAR, "deg")

    def test_unit_is_unknown_when_nobody_says(self) -> None:
        found = read_dimension("25 ±0.1")
        assert found is not None
        assert (found.unit, found.unit_origin) == (None, None)

    def test_an_override_around_the_measurement_keeps_both(self) -> None:
        found = read_dimension("%%c<>\\~h11", context=CalloutContext(unit="mm", measured=20.0))
        assert found is not None
        assert (found.kind, found.nominal, found.upper, found.lower) == (DimensionKind.DIAMETER, 20, 0, -0.13)

    def test_a_measurement_that_nobody_gives_is_none(self) -> None:
        found = read_dimension("<> \\S+0.2^ 0;", context=MM)
        assert found is not None
        assert (found.nominal, found.upper, found.lower) == (None, 0.2, 0)


def test_pair_of_classes_has_deviations_for_hole_and_shaft() -> None:
    found = read_dimension("25 H7/g6", context=MM)
    assert found is not None
    assert found.fit is not None
    assert found.fit.symbol == "H7/g6"
    assert (found.upper, found.lower) == (None, None)
    assert [(part.upper, part.lower) for part in found.features] == [(0.021, 0.0), (-0.007, -0.020)]


def test_fit_in_inches_is_computed_in_inches() -> None:
    # 1 in = 25.4 mm, H7 = +21 µm = 0.0008267... in
    found = read_dimension("⌀1.000 H7", context=CalloutContext(unit="in"))
    assert found is not None
    assert found.upper == pytest.approx(0.021 / 25.4)


def test_printed_deviations_beside_a_fit_are_kept_as_declared() -> None:
    found = read_dimension("⌀10 H7 (+0.015/0)", context=MM)
    assert found is not None
    assert found.fit is not None
    assert (found.fit.hole, found.upper, found.lower) == ("H7", 0.015, 0)
    assert found.tolerance_origin is ToleranceOrigin.DECLARED


def test_fit_of_an_unknown_unit_is_assumed_to_be_metric_and_says_so() -> None:
    found = read_dimension("⌀25 H7")
    assert found is not None
    assert (found.unit, found.unit_origin) == ("mm", UnitOrigin.ASSUMED)


@pytest.mark.parametrize("text", ["35.2/34.8", "34.8/35.2", "34.8 - 35.2", "35.2\n34.8"])
def test_two_limits_of_size(text: str) -> None:
    found = read_dimension(f"Ø{text}", context=MM)
    assert found is not None
    assert found.is_limit
    assert (found.upper_limit, found.lower_limit) == (35.2, 34.8)
    assert found.tolerance_origin is ToleranceOrigin.LIMITS


COUNTED = [
    ("4× ⌀6", 4),
    ("4xØ6", 4),
    ("4X ⌀6", 4),
    ("4-⌀6", 4),
    ("⌀6 (4x)", 4),
    ("⌀6 4 PLACES", 4),
    ("⌀1,8 (8 holes)", 8),
    ("⌀6 4x", 4),
    ("2X 30", 2),
    ("6 HOLES ⌀5", 6),
    ("2×\n⌀5", 2),
]


@pytest.mark.parametrize(("text", "quantity"), COUNTED)
def test_quantity(text: str, quantity: int) -> None:
    assert fields(text)["quantity"] == quantity


def test_two_sizes_are_no_quantity() -> None:
    found = fields("20×30")
    assert found["nominal"] == 20
    assert "quantity" not in found
    assert [part["nominal"] for part in found["features"]] == [30]


def test_hole_with_counterbore() -> None:
    found = read_dimension("4× ⌀6.6 THRU ⌴ ⌀11 ↧6", context=MM)
    assert found is not None
    assert (found.quantity, found.nominal, found.is_through) == (4, 6.6, True)
    (bore,) = found.features
    assert (bore.kind, bore.nominal) == (DimensionKind.COUNTERBORE, 11)
    assert [(part.kind, part.nominal) for part in bore.features] == [(DimensionKind.DEPTH, 6)]


def test_countersink_with_tolerances_on_both_values() -> None:
    found = read_dimension("30X ⌵Ø20 ±0.3 X 90° ±1°", context=MM)
    assert found is not None
    assert (found.kind, found.nominal, found.upper, found.angle) == (DimensionKind.COUNTERSINK, 20, 0.3, 90)
    assert [(part.upper, part.lower, part.unit) for part in found.features] == [(1, -1, "deg")]


def test_lines_of_one_callout_belong_together() -> None:
    found = read_dimension("2X ⌀8 THRU\n⌴ ⌀14 ↧ 5\n", context=MM)
    assert found is not None
    assert [part.kind for part in found.features] == [DimensionKind.COUNTERBORE]


def test_core_hole_depth_goes_to_the_thread() -> None:
    hole, thread = read_callouts("Ø 6,80 ↧ 26,25\nM8x1.25 - 6H ↧ 20", context=MM)
    assert isinstance(hole, Dimension)
    assert isinstance(thread, Thread)
    assert (thread.length, thread.hole_depth) == (20, 26.25)


@pytest.mark.parametrize(
    ("text", "quantity", "size", "angle"),
    [("2×45°", 1, 2, 45), ("1 x 45°", 1, 1, 45), ("2x1x45°", 2, 1, 45), ("45° X 2", 1, 2, 45), ("0,5×30°", 1, 0.5, 30)],
)
def test_chamfers(text: str, quantity: int, size: float, angle: float) -> None:
    found = read_dimension(text, context=MM)
    assert found is not None
    assert (found.kind, found.quantity, found.nominal, found.angle) == (DimensionKind.CHAMFER, quantity, size, angle)


def test_patterns() -> None:
    linear = read_dimension("5×20(=100)", context=MM)
    angular = read_dimension("8×45°(=360°)", context=MM)
    even = read_dimension("6-⌀8 均布", context=MM)
    assert linear is not None
    assert linear.pattern is not None
    assert angular is not None
    assert angular.pattern is not None
    assert even is not None
    assert even.pattern is not None
    assert (linear.pattern.count, linear.pattern.pitch, linear.pattern.total) == (5, 20, 100)
    assert (angular.pattern.count, angular.pattern.pitch, angular.unit) == (8, 45, "deg")
    assert (even.quantity, even.pattern.equally_spaced) == (6, True)


def test_angles_in_minutes_and_seconds() -> None:
    found = read_dimension("30°15'20\"")
    toleranced = read_dimension("120° ±30'")
    assert found is not None
    assert toleranced is not None
    assert found.nominal == pytest.approx(30 + 15 / 60 + 20 / 3600)
    assert (toleranced.upper, toleranced.lower) == (0.5, -0.5)


@pytest.mark.parametrize(
    ("text", "nominal", "unit"),
    [
        ('12"', 12, "in"),
        ('1/2"', 0.5, "in"),
        ('1 1/2"', 1.5, "in"),
        ('1-1/2"', 1.5, "in"),
        ("5'-6 1/2\"", 66.5, "in"),
        ("5' 6\"", 66, "in"),
        ("5'", 5, "ft"),
        ('½"', 0.5, "in"),
        ("25 mm", 25, "mm"),
        ("2,5 cm", 2.5, "cm"),
        ("30 µm", 30, "µm"),
        ("30 μm", 30, "µm"),
    ],
)
def test_written_units(text: str, nominal: float, unit: str) -> None:
    found = read_dimension(text)
    assert found is not None
    assert (found.nominal, found.unit, found.unit_origin) == (nominal, unit, UnitOrigin.WRITTEN)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("(12,5)", "is_reference"),
        ("12.5 REF", "is_reference"),
        ("[25]", "is_basic"),
        ("25 BASIC", "is_basic"),
        ("R5 TYP", "is_typical"),
        ("⌀5 THRU", "is_through"),
        ("⌀5 durchgehend", "is_through"),
        ("⌀5 débouchant", "is_through"),
        ("⌀5 pasante", "is_through"),
        ("⌀5 passante", "is_through"),
        ("⌀5 通孔", "is_through"),
        ("⌀5 通し", "is_through"),
        ("12 MAX", "is_maximum"),
        ("min. 5", "is_minimum"),
        ("%%u25", "not_to_scale"),
    ],
)
def test_flags(text: str, flag: str) -> None:
    assert fields(text)[flag] is True


def test_alternate_unit_in_brackets() -> None:
    found = read_dimension("25.4 [1.00]", context=MM)
    assert found is not None
    assert found.alternate is not None
    assert (found.nominal, found.alternate.nominal, found.alternate.unit) == (25.4, 1.0, None)


def test_places_are_kept_as_printed() -> None:
    assert [fields(text).get("decimals") for text in ("5", "5.0", "5.000")] == [None, 1, 3]


def test_raw_is_the_part_of_the_text_that_was_read() -> None:
    values = read_callouts("Make a M6 thread in the d=5mm holes.")
    assert [value.raw for value in values] == ["M6", "d=5mm"]


def test_a_number_is_read_once() -> None:
    values = read_callouts("4× M8×1.25-6H ↧20, R5 TYP; ⌀10 H7", context=MM)
    assert [type(value).__name__ for value in values] == ["Thread", "Dimension", "Dimension"]
    assert [getattr(value, "nominal", None) for value in values] == [None, 5, 10]


@pytest.mark.parametrize(("text", "sizes"), [("10\n20\n30", [10, 20, 30]), ("10 20 30", [])])
def test_bare_numbers_stand_on_lines_of_their_own(text: str, sizes: list[float]) -> None:
    found = read_callouts(text, context=MM)
    assert [value.nominal for value in found if isinstance(value, Dimension)] == sizes


@pytest.mark.parametrize(
    ("text", "separator", "nominal"),
    [
        ("2,500", ",", 2.5),
        ("2,500", ".", 2500),
        ("2,500", None, 2.5),
        ("1.234,5", None, 1234.5),
        ("1,234.5", None, 1234.5),
    ],
)
def test_the_document_decides_what_a_comma_is(text: str, separator: Any, nominal: float) -> None:
    found = read_dimension(text, context=CalloutContext(unit="mm", decimal_separator=separator))
    assert found is not None
    assert found.nominal == nominal


@pytest.mark.parametrize(("text", "quantity"), [("2x <>", 2), ("4×<> THRU", 4), ("3X ⌀<>", 3), ("<>", 1)])
def test_a_count_before_the_measured_value(text: str, quantity: int) -> None:
    dimension = read_dimension(text, context=CalloutContext(unit="mm", measured=7.5))
    assert dimension is not None
    assert (dimension.nominal, dimension.quantity) == (7.5, quantity)
