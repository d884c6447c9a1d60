"""Words from characters, with the semantics of pdfplumber's default settings (tolerance 3 points both ways)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from pybase_extraction_pdf.primitives import Char, Word

_T = TypeVar("_T")
_TOLERANCE = 3.0
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "ﬁ": "fi", "ﬂ": "fl", "ﬆ": "st", "ﬅ": "st"})
_X0, _TOP, _UPRIGHT = itemgetter(1), itemgetter(2), itemgetter(7)
_DOWN = itemgetter(2, 4)


def clusters(items: Sequence[_T], key: Callable[[_T], float], tolerance: float = _TOLERANCE) -> list[list[_T]]:
    """Items whose keys follow each other within the tolerance, in rising order of the key.

    The chain is as long as it lasts: a cluster may be wider than the tolerance (pdfplumber's ``cluster_objects``).
    """
    values = [key(item) for item in items]
    distinct = sorted(set(values))
    if len(distinct) <= 1:
        return [list(items)] if items else []
    ids = {}
    number, last = 0, distinct[0]
    for value in distinct:
        if value > last + tolerance:
            number += 1
        ids[value], last = number, value
    found: list[list[_T]] = [[] for _ in range(number + 1)]
    for item, value in zip(items, values, strict=True):
        found[ids[value]].append(item)
    return found


def words_of(chars: Sequence[Char]) -> list[Word]:
    """Words in reading order within each run of equally oriented characters."""
    found: list[Word] = []
    for upright, run in groupby(chars, _UPRIGHT):
        members = list(run)
        for line in clusters(members, _TOP if upright else _X0):
            line.sort(key=_X0 if upright else _DOWN)
            _split(line, 1 if upright else 2, found)
    return found


def _split(line: list[Char], along: int, found: list[Word]) -> None:
    """Cut a line where a gap, a step back or white space is; ``along`` is the index of the reading coordinate."""
    across = 3 - along
    current: list[Char] = []
    for char in line:
        if char[0].isspace():
            if current:
                found.append(_word(current))
                current = []
            continue
        if current:
            last = current[-1]
            start = char[along]
            if (
                start < last[along]  # type: ignore[operator]
                or start > last[along + 2] + _TOLERANCE  # type: ignore[operator]
                or abs(char[across] - last[across]) > _TOLERANCE  # type: ignore[operator]
            ):
                found.append(_word(current))
                current = []
        current.append(char)
    if current:
        found.append(_word(current))


def _word(chars: list[Char]) -> Word:
    first = chars[0]
    text = "".join([char[0] for char in chars])
    if not text.isascii():
        text = text.translate(_LIGATURES)
    return Word(
        text,
        min([char[1] for char in chars]),
        min([char[2] for char in chars]),
        max([char[3] for char in chars]),
        max([char[4] for char in chars]),
        first[5],
        first[6],
        first[7],
    )


def text_of(chars: Sequence[Char]) -> str:
    """Text of a cell: words separated by blanks, lines by line ends."""
    words = words_of(chars)
    if len(words) < 2:
        return words[0].text if words else ""
    return "\n".join([" ".join([word.text for word in line]) for line in clusters(words, _TOP)])
