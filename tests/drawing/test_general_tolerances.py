"""General tolerances: read from notes and title blocks, applied to what has none of its own."""

from __future__ import annotations

from typing import Any

import pytest

from pybase_extraction.drawing import CalloutContext, apply_general, read_dimension, read_general_tolerance
from pybase_extraction.results import Dimension, GeneralTolerance, ToleranceOrigin

MM = CalloutContext(unit="mm")


def general(text: str, context: CalloutContext = MM) -> GeneralTolerance:
    found = read_general_tolerance(text, context=context)
    assert found is not None
    return found


def dimension(text: str, context: CalloutContext = MM) -> Dimension:
    found = read_dimension(text, context=context)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "standard", "linear", "geometric"),
    [
        ("ISO 2768-mK", "ISO 2768", "m", "K"),
        ("DIN ISO 2768 - m - K", "ISO 2768", "m", "K"),
        ("Allgemeintoleranzen ISO 2768-1 m", "ISO 2768", "m", None),
        ("EN 22768-1:1993 f", "ISO 2768", "f", None),
        ("Tolérances générales ISO 2768 mH-E", "ISO 2768", "m", "H"),
        ("ISO 2768", "ISO 2768", None, None),
        ("未注公差 GB/T 1804-m", "GB/T 1804", "m", None),
        ("JIS B 0405-m", "JIS B 0405", "m", None),
        ("DIN 7168 mittel", "DIN 7168", "m", None),
        ("DIN 7168-g", "DIN 7168", "g", None),
        ("EN ISO 13920-BF", "ISO 13920", "B", "F"),
        ("ISO 8062-3 DCTG 10", "ISO 8062", "DCTG10", None),
        ("ISO 8062-CT9", "ISO 8062", "CT9", None),
        ("ISO 22081", "ISO 22081", None, None),
    ],
)
def test_standards(text: str, standard: str, linear: str | None, geometric: str | None) -> None:
    found = general(text)
    assert (found.standard, found.linear_class, found.geometric_class) == (standard, linear, geometric)


@pytest.mark.parametrize(
    ("text", "by_decimals", "angular", "fractional"),
    [
        (".X ±.1 .XX ±.01 .XXX ±.005 ANGLES ±1°", {1: 0.1, 2: 0.01, 3: 0.005}, 1.0, None),
        (
            "TWO PLACE DECIMAL ±.01\nTHREE PLACE DECIMAL ±.005\nANGULAR: MACH ±1/2°\nFRACTIONAL ±1/64",
            {2: 0.01, 3: 0.005},
            0.5,
            1 / 64,
        ),
        ("X.X = ±0.1\nX.XX = ±0.05", {1: 0.1, 2: 0.05}, None, None),
        ("0.0 ±0.2  0.00 ±0.1", {1: 0.2, 2: 0.1}, None, None),
    ],
)
def test_blocks(text: str, by_decimals: dict[int, float], angular: float | None, fractional: float | None) -> None:
    found = general(text)
    assert (found.by_decimals, found.angular, found.fractional) == (by_decimals, angular, fractional)


@pytest.mark.parametrize(
    "text", ["", "hello", "2768", "TOLERANCES: FRACTIONAL ± ANGULAR: MACH ± BEND ±", "±0.1", "25 ±0.1"]
)
def test_without_a_class_or_an_entry_there_is_none(text: str) -> None:
    found = read_general_tolerance(text)
    assert found is None or (found.linear_class is None and text == "2768")


# ISO 2768-1:1989 Table 1; the same in DIN ISO 2768-1:1991 and in Tabellenbuch Metall, "Allgemeintoleranzen"
LINEAR: dict[str, dict[float, float | None]] = {
    "f": {2: 0.05, 3: 0.05, 6: 0.05, 6.1: 0.1, 30: 0.1, 120: 0.15, 400: 0.2, 1000: 0.3, 2000: 0.5, 2001: None},
    "m": {0.5: 0.1, 3: 0.1, 6: 0.1, 30: 0.2, 120: 0.3, 400: 0.5, 1000: 0.8, 2000: 1.2, 4000: 2, 4001: None, 0.4: None},
    "c": {3: 0.2, 6: 0.3, 30: 0.5, 120: 0.8, 400: 1.2, 1000: 2, 2000: 3, 4000: 4},
    "v": {3: None, 6: 0.5, 30: 1, 120: 1.5, 400: 2.5, 1000: 4, 2000: 6, 4000: 8},
}


@pytest.mark.parametrize(("name", "size", "amount"), [(n, s, a) for n, row in LINEAR.items() for s, a in row.items()])
def test_linear_sizes_of_iso_2768(name: str, size: float, amount: float | None) -> None:
    applied = apply_general(dimension(f"{size}"), general(f"ISO 2768-{name}"))
    assert applied.upper == amount
    assert applied.lower == (None if amount is None else -amount)
    assert applied.tolerance_origin == (None if amount is None else ToleranceOrigin.GENERAL)


@pytest.mark.parametrize(
    ("text", "name", "amount"),
    [("R2", "m", 0.2), ("R5", "f", 0.5), ("R10", "m", 1), ("R2", "c", 0.4), ("2×45°", "v", 0.4), ("C7.5", "c", 2)],
)
def test_radii_and_chamfers_of_iso_2768(text: str, name: str, amount: float) -> None:
    # ISO 2768-1:1989 Table 2
    assert apply_general(dimension(text), general(f"ISO 2768-{name}")).upper == amount


@pytest.mark.parametrize(
    ("side", "name", "minutes"),
    [(10, "m", 60), (50, "m", 30), (60, "c", 30), (400, "f", 10), (401, "v", 20), (8, "c", 90)],
)
def test_angles_of_iso_2768_need_the_shorter_side(side: float, name: str, minutes: float) -> None:
    # ISO 2768-1:1989 Table 3
    tolerance = general(f"ISO 2768-{name}")
    assert apply_general(dimension("45°"), tolerance, shorter_side_mm=side).upper == pytest.approx(minutes / 60)
    assert apply_general(dimension("45°"), tolerance).upper is None


def test_classes_of_din_7168_that_differ_from_iso_2768() -> None:
    # DIN 7168:1991 Table 1
    assert apply_general(dimension("200"), general("DIN 7168-sg")).upper == 2
    assert apply_general(dimension("2"), general("DIN 7168-g")).upper == 0.15


def test_weldments() -> None:
    # ISO 13920:1996 Table 1
    assert apply_general(dimension("500"), general("ISO 13920-B")).upper == 3
    assert apply_general(dimension("25000"), general("ISO 13920-A")).upper == 9


def test_block_goes_by_the_places_printed() -> None:
    inch = CalloutContext(unit="in")
    block = general(".XX ±.01 .XXX ±.005 ANGLES ±1°", inch)
    assert apply_general(dimension("1.50", inch), block).upper == 0.01
    assert apply_general(dimension("1.500", inch), block).upper == 0.005
    assert apply_general(dimension("1.5", inch), block).upper is None
    assert apply_general(dimension("45°", inch), block).upper == 1


def test_inches_are_looked_up_in_millimetres() -> None:
    # 1 in = 25.4 mm lies in "above 6 up to 30": ±0.2 mm
    applied = apply_general(dimension("1.0", CalloutContext(unit="in")), general("ISO 2768-m"))
    assert applied.upper == pytest.approx(0.2 / 25.4)


@pytest.mark.parametrize("text", ["25 ±0.05", "25 H7", "(25)", "[25]", "25.2/25.1", "25 MAX", "25 +0.1", "⌲ 1:10"])
def test_what_has_its_own_is_left_alone(text: str) -> None:
    before = dimension(text)
    assert apply_general(before, general("ISO 2768-m")) == before


def test_an_unknown_unit_gets_no_tolerance() -> None:
    before = dimension("25", CalloutContext())
    assert apply_general(before, general("ISO 2768-m")) == before


def test_result_keeps_everything_else() -> None:
    before = dimension("4× ⌀6 THRU")
    applied = apply_general(before, general("ISO 2768-m"))
    kept: dict[str, Any] = {"upper": None, "lower": None, "tolerance_origin": None}
    assert applied.model_copy(update=kept) == before


@pytest.mark.parametrize(
    "text",
    ["General tolerances ±0.05 mm", "GENERAL TOLERANCE: +/-0.05", "Allgemeintoleranzen ±0,05", "Gen. tol. 0.05mm"],
)
def test_one_tolerance_for_all_sizes(text: str) -> None:
    tolerance = general(text)
    assert {apply_general(dimension(size), tolerance).upper for size in ("7", "7.5", "7.25")} == {0.05}


def test_a_number_behind_the_word_tolerances_is_none_without_sign_or_unit() -> None:
    assert read_general_tolerance("General tolerances 5", context=MM) is None


@pytest.mark.parametrize(("text", "angle"), [("Chamfer 30°", 30), ("⌵ 90°", 90)])
def test_a_bevel_told_by_its_angle_alone_has_no_linear_tolerance(text: str, angle: float) -> None:
    dimension = read_dimension(text, context=CalloutContext(unit="mm"))
    tolerance = read_general_tolerance("ISO 2768-f")
    assert dimension is not None
    assert tolerance is not None
    assert (dimension.nominal, dimension.angle) == (None, angle)
    assert apply_general(dimension, tolerance).upper is None
