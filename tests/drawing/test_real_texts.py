"""The texts of real drawings, and robustness against any text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_extraction.drawing import (
    CalloutContext,
    callout_evidence,
    read_callouts,
    read_edge,
    read_general_tolerance,
    read_material,
    read_weld,
)
from pybase_extraction.results import Dimension
from tests.score.semantics import compare_all


@pytest.mark.corpus
def test_texts_of_real_drawings_are_read_as_their_truths_say(corpus: Path) -> None:
    results = list(compare_all(corpus))
    misses = [result for result in results if result.wrong]
    assert len(results) > 300
    assert len(misses) / len(results) < 0.02, misses


PIECES = st.lists(
    st.sampled_from(
        [
            "⌀",
            "R",
            "M",
            "8",
            "×",
            "x",
            "4",
            "0.5",
            "1/2",
            "±",
            "+",
            "-",
            "/",
            "(",
            ")",
            "[",
            "]",
            "↧",
            "⌴",
            "⌵",
            "°",
            "'",
            '"',
            "THRU",
            "TYP",
            "H7",
            "g6",
            "6H",
            "UNC",
            "-",
            "G",
            "Ra",
            "√",
            "▽",
            "|",
            "⌖",
            "A",
            "B",
            "Ⓜ",
            "(M)",
            "%%c",
            "\\S",
            "1^2;",
            "{",
            "}",
            "EQS",
            "=",
            "ISO",
            "2768",
            "mK",
            "deg",
            "mm",
            "in",
            "深",
            "\n",
            "<>",
            "C",
            "t",
            "SW",
            "Tr",
            "(",
            ",",
        ]
    ),
    max_size=12,
).map("".join)


@given(PIECES | st.text(max_size=60), st.sampled_from([None, "mm", "in"]), st.booleans())
def test_any_text_is_read_without_an_error(text: str, unit: str | None, strict: bool) -> None:
    context = CalloutContext(unit=unit, strict=strict)
    for value in read_callouts(text, context=context):
        assert value.raw is not None
        assert value.raw in text
    callout_evidence(text, context=context)
    read_material(text)
    read_general_tolerance(text)
    read_edge(text)
    read_weld(text)


@given(PIECES)
def test_no_digit_is_used_twice_and_none_is_invented(text: str) -> None:
    values = read_callouts(text)
    digits = "".join(value.raw or "" for value in values)
    assert len(digits) <= len(text) + len(values)
    assert all(value.raw in text for value in values if isinstance(value, Dimension) and value.raw)
