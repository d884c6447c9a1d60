"""Words from characters, with the semantics of pdfplumber's default settings (tolerance 3 points both ways)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from pybase_extraction_pdf.primitives import Box, Char, Turn, Word

_T = TypeVar("_T")
_TOLERANCE = 3.0
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "ﬁ": "fi", "ﬂ": "fl", "ﬆ": "st", "ﬅ": "st"})
_X0, _TOP, _UPRIGHT, _TURN = itemgetter(1), itemgetter(2), itemgetter(7), itemgetter(8)
_DOWN = itemgetter(2, 4)
_new = tuple.__new__


def clusters(items: Sequence[_T], key: Callable[[_T], float], tolerance: float = _TOLERANCE) -> list[list[_T]]:
    """Items whose keys follow each other within the tolerance, in rising order of the key.

    The chain is as long as it lasts: a cluster may be wider than the tolerance (pdfplumber's ``cluster_objects``).
    """
    values = list(map(key, items))
    distinct = sorted(set(values))
    if not distinct:
        return []
    if distinct[-1] - distinct[0] <= tolerance:
        return [list(items)]
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
    """Cut a line into words where white space, a gap or a step across is.

    Args:
        line: Characters in the order of the reading coordinate.
        along: Index of that coordinate: 1 for text that runs to the right, 2 for text that runs down.
        found: Where the words are added.
    """
    columns: tuple[Any, ...] = tuple(zip(*line, strict=True))
    texts, starts, ends, lows, highs = (columns[index] for index in (0, along, along + 2, 3 - along, 5 - along))
    fonts, sizes, uprights, turns = columns[5:]
    low, high = min(lows), max(highs)
    is_level = low == max(lows) and high == min(highs)
    cuts = [
        at
        for at, (text, start, end) in enumerate(zip(texts, starts, (starts[0], *ends), strict=False))
        if start > end + _TOLERANCE or text.isspace()
    ]
    if not is_level and max(lows) - low > _TOLERANCE:
        cuts = sorted({*cuts, *(at for at in range(1, len(lows)) if abs(lows[at] - lows[at - 1]) > _TOLERANCE)})
    cuts.append(len(texts))
    begin = 0
    for at in cuts:
        if begin < at:
            text = "".join(texts[begin:at])
            if not text.isascii():
                text = text.translate(_LIGATURES)
            if not is_level:
                low, high = min(lows[begin:at]), max(highs[begin:at])
            start, end = starts[begin], max(ends[begin:at])
            box = (start, low, end, high) if along == 1 else (low, start, high, end)
            values = (text, *box, fonts[begin], sizes[begin], uprights[begin], "text", turns[begin], None, None)
            found.append(_new(Word, values))  # as Word(...) does it, without a call of Python in between
        begin = at + 1 if at < len(texts) and texts[at].isspace() else at


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
