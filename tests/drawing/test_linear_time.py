"""Hostile text costs time in proportion to its length."""

from __future__ import annotations

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
LENGTH = 12_000


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_four_times_the_text_takes_about_four_times_as_long(piece: str) -> None:
    text = (piece * (LENGTH // len(piece) + 1))[:LENGTH]
    for read in READERS:
        short = min(_seconds(read, text[: LENGTH // 4]) for _ in range(2))
        long = min(_seconds(read, text) for _ in range(2))
        # 4 when linear, 16 when quadratic; runs of milliseconds are noise
        assert long < 0.05 or long / short < 10, (read, short, long)


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["(", "⌀6⌴⌀11↧6", "⌖0.1 A-", "M8×", "\\S1^2;", "1'-", "{\\Fgdt;", "9"])
def test_a_hundred_kilobytes_are_read_within_seconds(piece: str) -> None:
    assert _seconds(read_callouts, piece * (100_000 // len(piece))) < 60


def _seconds(read: Callable[[str], object], text: str) -> float:
    start = time.perf_counter()
    read(text)
    return max(time.perf_counter() - start, 1e-4)


def test_a_longer_text_says_no_less_than_its_parts() -> None:
    assert len(read_callouts("⌀5 " * 500)) == 500
