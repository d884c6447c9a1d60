"""Unit factors are definitions; each is compared with the number that its standard prints."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_extraction.units import Quantity, convert, unit

LENGTHS = ["nm", "µm", "mm", "cm", "dm", "m", "km", "µin", "mil", "in", "ft", "yd", "mi", "ft_us"]


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (1, "in", "mm", 25.4),  # international inch, 1959
        (0.1, "in", "mm", 2.54),
        (1, "mi", "m", 1609.344),
        (3937, "ft_us", "m", 1200),  # Mendenhall order, 1893
        (1, "lb", "kg", 0.45359237),  # international pound, 1959
        (1, "oz", "g", 28.349523125),
        (100, "°C", "°F", 212),
        (-40, "°F", "°C", -40),
        (0, "K", "°C", -273.15),
        (180, "deg", "rad", math.pi),
        (1, "ft²", "m²", 0.09290304),
        (1, "in³", "mm³", 16387.064),
        (1, "l", "dm³", 1),
        (63, "µin", "µm", 1.6002),  # the inch roughness that Ra 1.6 µm stands for
    ],
)
def test_a_conversion_gives_the_defined_number(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, source, target) == expected


@pytest.mark.parametrize(
    ("name", "symbol"),
    [("Millimeters", "mm"), ("INCH", "in"), ('"', "in"), ("um", "µm"), ("°", "deg"), ("m2", "m²"), ("lbs.", "lb")],
)
def test_common_spellings_are_known(name: str, symbol: str) -> None:
    found = unit(name)
    assert found is not None
    assert found.symbol == symbol


@pytest.mark.parametrize("name", ["", "furlong", "x", "mmm"])
def test_an_unknown_unit_is_none(name: str) -> None:
    assert unit(name) is None


def test_units_of_different_quantities_do_not_convert() -> None:
    with pytest.raises(ValueError, match="'mm' measures length, 'kg' measures mass"):
        convert(1, "mm", "kg")
    with pytest.raises(ValueError, match="unknown unit 'furlong'"):
        convert(1, "furlong", "m")


@given(
    st.decimals(min_value=-10_000, max_value=10_000, places=4).map(float),
    st.sampled_from(LENGTHS),
    st.sampled_from(LENGTHS),
)
def test_a_length_survives_the_way_there_and_back(value: float, source: str, target: str) -> None:
    assert convert(convert(value, source, target), target, source) == pytest.approx(value, rel=1e-14, abs=1e-14)


def test_every_length_is_a_length() -> None:
    assert {found.quantity for name in LENGTHS if (found := unit(name))} == {Quantity.LENGTH}
