"""Callouts of many CAD systems and shops."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing import callout_evidence, format_dimension, read_callouts
from pybase_extraction.drawing.callouts import Evidence
from pybase_extraction.results import Dimension
from tests.drawing.foreign_callouts import FIRST, MISSED, SECOND, lines, said

ALL = [*lines(FIRST), *lines(SECOND)]


@pytest.mark.parametrize(("text", "meaning"), ALL)
def test_a_callout_says_what_its_shop_means(text: str, meaning: str) -> None:
    if meaning == "-":
        assert callout_evidence(text) is Evidence.NONE
    else:
        assert said(read_callouts(text)) == meaning


@pytest.mark.parametrize("text", [text for text, meaning in ALL if meaning != "-"])
def test_what_a_dimension_says_is_the_same_when_it_is_written_again(text: str) -> None:
    values = read_callouts(text)
    if len(values) == 1 and isinstance(values[0], Dimension):
        assert said(read_callouts(format_dimension(values[0]))) == said(values)


@pytest.mark.parametrize(("text", "meaning"), [*lines(MISSED)])
def test_a_known_miss_is_still_one(text: str, meaning: str) -> None:
    assert said(read_callouts(text)) != meaning
