"""Hostile text costs time in proportion to its length."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest

from pybase_extraction.drawing import (
    callout_evidence,
    normalize,
    read_callouts,
    read_edge,
    read_general_tolerance,
    read_material,
    read_weld,
    vote_decimal_separator,
)

PIECES = [
    "9",
    "9,",
    "1.",
    "(",
    "[",
    "((((1",
    "+0.1/",
    "±",
    "1×",
    "4x",
    "2-",
    "⌀",
    "R",
    "M8×",
    "M8-6H",
    "⌀5↧",
    "⌀6⌴⌀11↧6",
    "|⌖|⌀0.5Ⓜ|A|",
    "⌖0.1 A-",
    "A-",
    "⌓1\n",
    "\n",
    " ",
    "5\n",
    "1/2 ",
    "1'-",
    "1°2'",
    "Ra ",
    "Ra 3.2 ",
    "▽",
    "√(",
    "%%c",
    "%%",
    "\\S1^2;",
    "\\S",
    "\\A",
    "{\\Fgdt;",
    "{",
    "}",
    "^J",
    "X.",
    ".XX ±.01 ",
    "ISO 2768-",
    "ISO 2768-mK ",
    "1.4301 ",
    "EN AW-",
    "X5CrNi",
    "CuZn1Pb1",
    "PA6-GF",
    "+QT",
    "HRC",
    "1-",
    "深",
    "12 HOLES ",
    "C'",
    "ａ",
    "½",
    "1.1.1.1",
    "<",
    "<>",
    "a=",
    "A=1",
    "DIN EN ISO ",
    "DIN/",
    "(=1",
    "1(=",
    "[1]",
    "0 ",
    "0 -",
    "E",
]
READERS: list[Callable[[str], object]] = [
    read_callouts,
    callout_evidence,
    normalize,
    read_material,
    read_general_tolerance,
    read_edge,
    read_weld,
    lambda text: vote_decimal_separator([text]),
]
LENGTH = 250


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_four_times_the_text_takes_four_times_the_work(piece: str) -> None:
    text = (piece * (4 * LENGTH // len(piece) + 1))[: 4 * LENGTH]
    for read in READERS:
        short, long = _calls(read, text[:LENGTH]), _calls(read, text)
        # 4 when linear, 16 when quadratic
        assert long < 5 * short + 1000, (read, short, long)


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["((((1", "⌀6⌴⌀11↧6", "\\S1^2;", "9"])
def test_long_text_is_read_to_its_end(piece: str) -> None:
    # a regular expression that tries every way to part these would need longer than the universe has lasted
    text = piece * (40_000 // len(piece))
    start = time.process_time()
    read_callouts(text)
    assert time.process_time() - start < 60


def _calls(read: Callable[[str], object], text: str) -> int:
    """Count the function calls of a run: unlike seconds, the same on a busy machine."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        read(text)
    finally:
        sys.setprofile(before)
    return count


def test_a_longer_text_says_no_less_than_its_parts() -> None:
    assert len(read_callouts("⌀5 " * 500)) == 500
