"""Numbers and names of many tags at once are those that are read one by one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_extraction_dxf.columns import numbers
from pybase_extraction_dxf.decimals import read_decimals
from pybase_extraction_dxf.tags import index_tags, number

_HEAD = b"  0\nSECTION\n  2\nENTITIES OF A DRAWING\n"
MANY = 1_200
"""More than are read one by one."""


def _drawing(values: list[str]) -> bytes:
    return _HEAD + "".join(f" 10\n{value}\n" for value in values).encode()


def _places(values: list[str]) -> tuple[bytes, np.ndarray, np.ndarray]:
    index = index_tags(_drawing(values))
    return index.data, index.starts[2:], index.ends[2:]


WRITTEN = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-(10**6), 10**6, places=17, allow_nan=False).map(str),
    st.integers(-(10**21), 10**21).map(str),
    st.integers(-99, 99).map(lambda value: f"{value:>6}"),
    st.text("0123456789.+-eE ", max_size=12),
)


@given(st.lists(WRITTEN, min_size=1, max_size=60))
def test_every_decimal_that_is_read_is_the_float_that_python_reads(values: list[str]) -> None:
    found, is_read = read_decimals(*_places(values))
    for value, got, read in zip(values, found.tolist(), is_read.tolist(), strict=True):
        if read:
            assert repr(got) == repr(float(value))


@given(st.floats(1, 1e6), st.integers(15, 19))
def test_a_decimal_beside_the_middle_of_two_floats_becomes_the_nearer_one(one: float, places: int) -> None:
    middle = (Fraction(one) + Fraction(float(np.nextafter(one, 2e6)))) / 2
    digits = str(int(middle * 10 ** (places - 6)))
    value = f"{digits[: -(places - 6)] or '0'}.{digits[-(places - 6) :]}"
    found, is_read = read_decimals(*_places([value]))
    assert not is_read[0] or found[0] == float(value)


@pytest.mark.parametrize(
    "value",
    ["0.5", "-12", "  7", "+3.25", "123456789.0123456", "-0.0", "0.123456789012345678", "-1140.4367538858416538"],
)
def test_numbers_as_programs_write_them_are_read_together(value: str) -> None:
    found, is_read = read_decimals(*_places([value]))
    assert is_read[0]
    assert repr(found[0].item()) == repr(float(value))


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "-",
        "1.2.3",
        "1e5",
        "1 2",
        "--1",
        "0x10",
        "1_0",
        "nan",
        "123456789012345678901",
        "1.23456789012345678901234567",
    ],
)
def test_what_is_no_plain_decimal_is_left_to_python(value: str) -> None:
    assert not read_decimals(*_places([value]))[1][0]


def test_columns_of_numbers_hold_what_each_tag_says_and_0_for_none() -> None:
    values = ["1.5", "", "x", "1e3", "-2.25", "0.0", "1e999", "12345678901234567890.5", "   4"] * 200
    found = numbers(index := index_tags(_drawing(values)), np.arange(2, len(values) + 2))
    assert found.tolist() == [number(index.value(row)) or 0.0 for row in range(2, len(values) + 2)]


@pytest.mark.parametrize("longest", ["seventeen letters", "sixteen letters."])
def test_the_different_values_of_many_tags_come_in_the_order_of_the_file(longest: str) -> None:
    values = ["WALL", "", "wall", "WALL ", longest, "eight.8.", "x" * 15, "WALL"] * (MANY // 8)
    index = index_tags(_drawing(values))
    names, inverse = index.distinct(np.arange(2, len(values) + 2))
    assert [names[at].decode() for at in inverse.tolist()] == values
    assert [name.decode() for name in names] == list(dict.fromkeys(values))
