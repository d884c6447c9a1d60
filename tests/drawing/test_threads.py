"""Thread designations of all families, with the standards' pitches."""

from __future__ import annotations

from typing import Any

import pytest

from pybase_extraction.drawing import CalloutContext, read_callouts, read_thread
from pybase_extraction.results import Dimension


def found(text: str, **known: Any) -> dict[str, Any]:
    thread = read_thread(text, context=CalloutContext(**known))
    assert thread is not None
    return thread.model_dump(exclude_defaults=True, exclude={"provenance"})


# ISO 261 / ISO 965-1 designations; d, pitch, class
METRIC = [
    ("M8", 8, 1.25, True, None),
    ("M8×1.25", 8, 1.25, False, None),
    ("M8×1", 8, 1, False, None),
    ("M6x0.75", 6, 0.75, False, None),
    ("M10x1,25-6g", 10, 1.25, False, "6g"),
    ("M20×2-6H/6g", 20, 2, False, "6H/6g"),
    ("M12 x 1.75 - 6H", 12, 1.75, False, "6H"),
    ("M10-5g6g", 10, 1.5, True, "5g6g"),
    ("M5-6H", 5, 0.8, True, "6H"),
    ("M64", 64, 6, True, None),
    ("M100×4", 100, 4, False, None),
]


@pytest.mark.parametrize(("text", "diameter", "pitch", "is_standard", "tolerance"), METRIC)
def test_metric(text: str, diameter: float, pitch: float, is_standard: bool, tolerance: str | None) -> None:
    thread = found(text)
    assert (thread["family"], thread["nominal_diameter"], thread["pitch"], thread["unit"]) == (
        "M",
        diameter,
        pitch,
        "mm",
    )
    assert thread.get("pitch_is_standard", False) is is_standard
    assert thread.get("tolerance_class") == tolerance


def test_second_number_is_a_pitch_or_a_length() -> None:
    assert found("M8×1.25").get("length") is None
    assert (found("M8×20")["length"], found("M8×20")["pitch"]) == (20, 1.25)
    assert (found("M3x6mm")["length"], found("M3x3")["length"]) == (6, 3)
    assert (found("M8×1×20")["pitch"], found("M8×1×20")["length"]) == (1, 20)


def test_series_follows_from_the_pitch() -> None:
    assert [found(text)["series"] for text in ("M8", "M8×1.25", "M8×1")] == ["coarse", "coarse", "fine"]


def test_left_hand_multi_start_and_depth() -> None:
    assert found("M20×2-6g-LH")["is_left_hand"] is True
    multi = found("M16×Ph3P1.5-6H")
    assert (multi["lead"], multi["pitch"], multi["starts"]) == (3, 1.5, 2)
    assert found("4× M8 THRU")["is_through"] is True
    assert found("4-M6深12")["length"] == 12
    assert found("M10 20 DEEP")["length"] == 20
    blind = found("M8×20/25")
    assert (blind["length"], blind["hole_depth"]) == (20, 25)


# ASME B1.1 Tables 2 and 3: size, tpi, major diameter in inches
UNIFIED = [
    ("1/4-20 UNC-2B", "1/4", 20, 0.25, "2B", True),
    ("1/4-28 UNF-3A", "1/4", 28, 0.25, "3A", False),
    ("#10-32 UNF-2B", "#10", 32, 0.19, "2B", True),
    ("10-32 UNF-2B", "#10", 32, 0.19, "2B", True),
    ("No. 8-32 UNC-2A", "#8", 32, 0.164, "2A", False),
    (".250-20 UNC-2A", ".250", 20, 0.25, "2A", False),
    ("5/8 UNF-2B", "5/8", 18, 0.625, "2B", True),
    ("1 1/2-6 UNC-2A", "1 1/2", 6, 1.5, "2A", False),
    ("1/2-28 UNEF-2A", "1/2", 28, 0.5, "2A", False),
    ("2-12 UN-2A", "2", 12, 2.0, "2A", False),
    ("UNC 3/8-16", "3/8", 16, 0.375, None, None),
    ("1/4-20", "1/4", 20, 0.25, None, None),
]


@pytest.mark.parametrize(("text", "size", "tpi", "diameter", "tolerance", "is_internal"), UNIFIED)
def test_unified(
    text: str, size: str, tpi: float, diameter: float, tolerance: str | None, is_internal: bool | None
) -> None:
    thread = found(text)
    assert (thread["size"], thread["threads_per_inch"], thread["unit"]) == (size, tpi, "in")
    assert thread["nominal_diameter"] == pytest.approx(diameter)
    assert thread["pitch"] == pytest.approx(1 / tpi)
    assert (thread.get("tolerance_class"), thread.get("is_internal")) == (tolerance, is_internal)


OTHER = [
    ("G1/2", "G", "1/2", 14),
    ("G 1 1/4 A", "G", "1 1/4", 11),
    ('G1/4"', "G", "1/4", 19),
    ("1/2 BSPP", "G", "1/2", 14),
    ("R 3/4", "R", "3/4", 14),
    ("Rp 1/2", "Rp", "1/2", 14),
    ("Rc1/8", "Rc", "1/8", 28),
    ("1/2-14 NPT", "NPT", "1/2", 14),
    ("NPT 1/4", "NPT", "1/4", 18),
    ("1 NPTF", "NPTF", "1", 11.5),
    ('W 1/2"', "W", "1/2", 12),
    ("1 1/4-5 ACME-2G", "ACME", "1 1/4", 5),
]


@pytest.mark.parametrize(("text", "family", "size", "tpi"), OTHER)
def test_pipe_and_other_inch_threads(text: str, family: str, size: str, tpi: float) -> None:
    thread = found(text)
    assert (thread["family"], thread["size"], thread["threads_per_inch"]) == (family, size, tpi)


def test_trapezoidal_and_round() -> None:
    single, double = found("Tr 40×7"), found("Tr40×14(P7)LH-7e")
    assert (single["nominal_diameter"], single["pitch"]) == (40, 7)
    assert (double["lead"], double["pitch"], double["starts"], double["is_left_hand"]) == (14, 7, 2, True)
    assert found("Rd 40×1/6")["threads_per_inch"] == 6


@pytest.mark.parametrize(
    ("text", "known"), [("R2", {}), ("R5", {}), ("R1/2", {"unit": "in"}), ("R1/2", {"standard": "ASME"})]
)
def test_a_radius_is_no_pipe_thread(text: str, known: dict[str, Any]) -> None:
    (value,) = read_callouts(text, context=CalloutContext(**known))
    assert isinstance(value, Dimension)


@pytest.mark.parametrize(
    "text", ["M13", "M500", "M 1:10", "M0", "MM 8", "FM8", "M8A", "1/4-21", "1/3-20 UNC", "G1/3", "7 NPT"]
)
def test_what_no_standard_has_is_no_thread(text: str) -> None:
    assert read_thread(text) is None


def test_a_lead_may_be_as_large_as_the_diameter_but_not_a_pitch() -> None:
    thread = found("Tr 8×8(P2)")
    assert (thread["lead"], thread["pitch"], thread["starts"]) == (8, 2, 4)
    assert read_thread("Tr 8×8") is None


@pytest.mark.parametrize("text", ["M3 ↧ 4.5 (4×)", "M3 ↧ 4.5(4x)", "M3 ↧ 4.5 (4 HOLES)"])
def test_a_count_in_parentheses_behind(text: str) -> None:
    thread = found(text)
    assert (thread["quantity"], thread["length"]) == (4, 4.5)
