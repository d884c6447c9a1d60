"""What stands on sheets and is no dimension."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing import CalloutContext, Evidence, callout_evidence, read_callouts

NOTHING = [
    "12.05.2023",
    "2023-05-12",
    "05/12/2023",
    "12 May 2023",
    "1:2",
    "2 : 1",
    "SCALE 1:5",
    "M 1:10",
    "DIN A3",
    "1234-5678",
    "1234-5",
    "UM2-1301-A",
    "Rev. 3",
    "+49 30 1234567",
    "(555) 123-4567",
    "Tel. 0049 511 12345",
    "ISO 2768-mK",
    "DIN EN ISO 1302:2002-06",
    "Sheet 1 of 3",
    "1/3",
    "Blatt 1",
    "1 von 2",
    "www.example.org/12",
    "info@12.de",
    "SECTION A-A",
    "DETAIL B (2:1)",
    "3D",
    "USB 2.0",
    "v1.2.3",
    "Copyright 2016",
    "50%",
    "50 %",
    "IP65",
    "24V DC",
    "230 VAC 50 Hz",
    "3.5 kg",
    "20 °C",
    "C-C",
    "1 2 3 4 5 6",
    "10:30",
    "Pos. 12",
    "Item 5",
    "NO. 4",
    "4 OFF",
    "QTY 4",
    "THIRD ANGLE PROJECTION",
    "1321-B2P-A",
    "A-1234",
    "NOTE 1",
    "1. REMOVE BURRS",
    "R. Smith",
    "M. Muster",
    "T. Jones 5",
    "C:\\dwg\\test.dwg",
    "N/A",
    "007",
    "04",
    "S235JR",
    "1.4301",
    "RAL 9005",
    "HRC 58",
    "500 N",
    "3 Nm",
    "12 bar",
    "page 3",
    "DWG NO 4711",
    "±0.1",
    "Maßstab 1:1",
    "1x",
    "2-1",
    "5-10",
    "EN AW-6060",
    "B-B ( 1 : 2 )",
    "12345678",
    "1e-5",
    "100 Ω",
    "UNC",
    "Tr",
    "A",
    "B",
    "A4",
    "Zone C4",
    "DIN 912 - M6x20",
    "GB/T 5783",
    "KØBENHAVN 12",
    "",
    " ",
    "\n",
]


@pytest.mark.parametrize("text", NOTHING)
def test_it_is_no_callout(text: str) -> None:
    assert callout_evidence(text) is Evidence.NONE
    assert read_callouts(text, context=CalloutContext(strict=True)) == ()


@pytest.mark.parametrize("text", [text for text in NOTHING if text != "DIN 912 - M6x20"])
def test_it_gives_no_value_either_where_prose_is_searched(text: str) -> None:
    assert read_callouts(text) == ()


@pytest.mark.parametrize("text", ["25", "12,5", "0", "(18)", "[25]", "2x 30", "100", "C2"])
def test_a_number_alone_is_weak_evidence(text: str) -> None:
    assert callout_evidence(text) is Evidence.BARE


@pytest.mark.parametrize(
    "text",
    ["⌀5", "R5 TYP", "10 ±0,05", "25 H7", "M8", "Ra 3.2", "45°", '12"', "25 mm", "2×45°", "|⌖|0.1|A|", "5×20(=100)"],
)
def test_a_sign_is_strong_evidence(text: str) -> None:
    assert callout_evidence(text) is Evidence.MARKED


PROSE = [
    "The 12 holes in the center top (Front view) are for all bolts.",
    "REMOVE ALL BURRS AND 3 SHARP EDGES",
    "Allgemeintoleranzen nach ISO 2768-mK, Oberflächen nach ISO 1302",
    "Tested at 23 degrees for 24 hours, 5 samples (10 in total).",
    "2 SURFACES OF 4 TO BE PAINTED RAL 7035",
]


@pytest.mark.parametrize("text", PROSE)
def test_numbers_in_prose_are_no_sizes(text: str) -> None:
    assert read_callouts(text) == ()


def test_strict_takes_nothing_from_prose_that_has_a_callout() -> None:
    text = "Make a M6 thread in the d=5mm holes."
    assert len(read_callouts(text)) == 2
    assert read_callouts(text, context=CalloutContext(strict=True)) == ()
