"""Words from characters, with the semantics of pdfplumber's default settings (tolerance 3 points both ways)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TypeVar

from pybase_extraction_pdf.primitives import Box, Char, Turn, Word

_T = TypeVar("_T")
_TOLERANCE = 3.0
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "ﬁ": "fi", "ﬂ": "fl", "ﬆ": "st", "ﬅ": "st"})
_X0, _TOP, _UPRIGHT, _TURN = itemgetter(1), itemgetter(2), itemgetter(7), itemgetter(8)
_DOWN = itemgetter(2, 4)


def clusters(items: Sequence[_T], key: Callable[[_T], float], tolerance: float = _TOLERANCE) -> list[list[_T]]:
    """Items whose keys follow each other within the tolerance, in rising order of the key.

    The chain is as long as it lasts: a cluster may be wider than the tolerance (pdfplumber's ``cluster_objects``).
    """
    values = list(map(key, items))
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


def words_as_read(chars: Sequence[Char]) -> list[Word]:
    """Words in reading order, each in the direction in which it runs.

    Other text than that which runs to the right is turned until it does, cut into words and turned back.
    """
    found: list[Word] = []
    for turn, run in groupby(chars, _TURN):
        members = [*run]
        if turn:
            members = [_placed(char, levelled(char[1:5], turn)) for char in members]
        words: list[Word] = []
        for line in clusters(members, _TOP):
            line.sort(key=_X0)
            _split(line, 1, words)
        found += [_turned_back(word, turn) for word in words] if turn else words
    return found


def _placed(char: Char, box: Box) -> Char:
    return (char[0], *box, *char[5:])


def _turned_back(word: Word, turn: Turn) -> Word:
    x0, top, x1, bottom = raised(word[1:5], turn)
    return word._replace(x0=x0, top=top, x1=x1, bottom=bottom, size=word.bottom - word.top)


def levelled(box: Box, turn: Turn) -> Box:
    """The box on the page turned so that text of that direction runs to the right."""
    if not turn:
        return box
    x0, top, x1, bottom = box
    if turn == 90:
        return -bottom, x0, -top, x1
    if turn == 270:
        return top, -x1, bottom, -x0
    return -x1, -bottom, -x0, -top


def raised(box: Box, turn: Turn) -> Box:
    """The inverse of :func:`levelled`."""
    opposite: dict[Turn, Turn] = {90: 270, 270: 90, 180: 180, 0: 0}
    return levelled(box, opposite[turn])


def _split(line: list[Char], along: int, found: list[Word]) -> None:
    """Cut a line where a gap, a step back or white space is; ``along`` is the index of the reading coordinate."""
    across, end = 3 - along, along + 2
    current: list[Char] = []
    first = last = level = 0.0
    for char in line:
        if char[0].isspace():
            if current:
                found.append(_word(current))
                current = []
            continue
        start: float = char[along]  # type: ignore[assignment]
        if current and (
            start < first or start > last or abs(char[across] - level) > _TOLERANCE  # type: ignore[operator]
        ):
            found.append(_word(current))
            current = []
        current.append(char)
        first, last, level = start, char[end] + _TOLERANCE, char[across]  # type: ignore[operator, assignment]
    if current:
        found.append(_word(current))


def _word(chars: list[Char]) -> Word:
    texts, x0s, tops, x1s, bottoms, fonts, sizes, uprights, turns = zip(*chars, strict=False)
    text = "".join(texts)
    if not text.isascii():
        text = text.translate(_LIGATURES)
    return Word(text, min(x0s), min(tops), max(x1s), max(bottoms), fonts[0], sizes[0], uprights[0], "text", turns[0])


def text_of(chars: Sequence[Char]) -> str:
    """Text of a cell: words separated by blanks, lines by line ends."""
    words = words_of(chars)
    if len(words) < 2:
        return words[0].text if words else ""
    return "\n".join([" ".join([word.text for word in line]) for line in clusters(words, _TOP)])


def text_as_read(chars: Sequence[Char]) -> str:
    """Text of a cell whose lines may be turned; lines that run differently stand below each other."""
    found = []
    for turn, words in groupby(words_as_read(chars), attrgetter("turn")):
        placed = [(word.text, levelled(word[1:5], turn)[1]) for word in words]
        found += [" ".join([text for text, _ in line]) for line in clusters(placed, itemgetter(1))]
    return "\n".join(found)
