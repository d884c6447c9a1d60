"""Feature control frames and datums."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing import CalloutContext, format_frame, read_callouts, read_frame
from pybase_extraction.drawing.frames import CHARACTERISTICS
from pybase_extraction.results import Datum, Dimension, DimensionKind, FeatureControlFrame


def frame(text: str, font: str | None = None) -> FeatureControlFrame:
    found = read_frame(text, context=CalloutContext(unit="mm", font=font))
    assert found is not None
    return found


def datums(found: FeatureControlFrame, row: int = 0) -> list[str]:
    return ["-".join(datum.letters) + "".join(datum.modifiers) for datum in found.zones[row].datums]


@pytest.mark.parametrize(
    "text", ["|⌖|⌀0.5Ⓜ|A|BⓂ|C|", "⌖ ⌀0.5 Ⓜ A BⓂ C", "⌖ Ø0.5 (M) A B (M) C", "position | Ø0.5 (M) | A | B(M) | C"]
)
def test_position_however_it_is_written(text: str) -> None:
    found = frame(text)
    assert found.characteristic == "position"
    zone = found.zones[0]
    assert (zone.value, zone.shape, zone.modifiers) == (0.5, "diameter", ("Ⓜ",))
    assert datums(found) == ["A", "BⓂ", "C"]


@pytest.mark.parametrize(("symbol", "name"), CHARACTERISTICS.items())
def test_every_characteristic(symbol: str, name: str) -> None:
    assert frame(f"|{symbol}|0.1|A|").characteristic == name


def test_text_of_a_dxf_tolerance() -> None:
    found = frame("{\\Fgdt;j}%%v{\\Fgdt;n}.05{\\Fgdt;m}%%vA%%vB%%v%%v")
    assert (found.characteristic, found.zones[0].value, found.zones[0].shape) == ("position", 0.05, "diameter")
    assert datums(found) == ["A", "B"]


def test_letters_of_a_symbol_font_are_symbols() -> None:
    assert frame("j 0.2", font="ABCDEF+AIGDT").characteristic == "position"


def test_composite_rows_share_the_symbol() -> None:
    found = frame("⌖|⌀1.5|D|E|F\n|⌀0.3|D|E")
    assert found.is_composite
    assert [zone.value for zone in found.zones] == [1.5, 0.3]
    assert datums(found, 1) == ["D", "E"]


def test_projected_zone_unequal_zone_and_unit_basis() -> None:
    assert frame("|⌖|⌀0.75 Ⓟ 50|A|").zones[0].projected == 50
    assert frame("|⌓|2.5 (U) 0.5|A|").zones[0].modifiers == ("Ⓤ0.5",)
    assert frame("|⏥|.005/.25 X .25|").zones[0].unit_basis == 0.25


def test_common_datum_and_quantity() -> None:
    found = frame("2× |↗|0,05|A-B|")
    assert (found.quantity, datums(found)) == (2, ["A-B"])


def test_all_around_beside_the_frame() -> None:
    assert frame("|⌓|0.5|A| ALL AROUND").all_around


@pytest.mark.parametrize("letter", "IOQ")
def test_letters_that_are_no_datums(letter: str) -> None:
    # ISO 5459, ASME Y14.5
    assert datums(frame(f"|⌖|0.1|{letter}|")) == []


@pytest.mark.parametrize(("text", "kind"), [("⌒ 30", DimensionKind.ARC_LENGTH), ("∠ 30°", None)])
def test_signs_that_dimensions_share(text: str, kind: DimensionKind | None) -> None:
    values = read_callouts(text)
    assert not any(isinstance(value, FeatureControlFrame) for value in values)
    if kind is not None:
        assert [value.kind for value in values if isinstance(value, Dimension)] == [kind]


@pytest.mark.parametrize("text", ["[B]", "-B-"])
def test_datum_feature(text: str) -> None:
    (value,) = read_callouts(text)
    assert isinstance(value, Datum)
    assert value.letter == "B"


@pytest.mark.parametrize("text", ["|⌓|1.25|A|B|\nP↔Q", "|⌓|1.25|A|B|\nP <-> Q", "|⌓|1.25|A|B| P↔Q"])
def test_a_tolerance_between_two_points(text: str) -> None:
    frame = read_frame(text)
    assert frame is not None
    assert (frame.is_between, frame.label, len(frame.zones[0].datums)) == (True, "P↔Q", 2)
    assert read_frame(format_frame(frame)) is not None


def test_a_datum_target_has_a_number() -> None:
    (datum,) = read_callouts("[A12]")
    assert isinstance(datum, Datum)
    assert (datum.letter, datum.target) == ("A", 12)
    assert read_callouts("[O1]") == ()
