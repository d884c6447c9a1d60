"""Lettering of a sheet made fit for the grammar: overprinted letters once, letters of symbol fonts as signs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter

from pybase_extraction.drawing.normalize import is_symbol_font, symbol_of
from pybase_extraction_pdf.primitives import Char, PageContent, Turn, Word
from pybase_extraction_pdf.words import clusters, levelled, raised

_DOUBLED = re.compile(r"(?:([^\s])\1){2,}\Z")
_BASE, _LEFT = itemgetter(4), itemgetter(1)
_SAME_LINE = 0.3
"""Points by which letters of one line may differ in their lower edge."""
_WIDEST_GAP = 3.0
"""Points between letters of one word; small type has less, a fifth of its height."""
_OFFSET = 1.0
"""Points by which a letter is drawn beside itself to look bold."""


def lettering_of(page: PageContent, words: Sequence[Word]) -> list[Word]:
    """The words of a page as a reader sees them: cut where size or base line change, which ``words`` are not.

    Args:
        page: What the page draws.
        words: Its words, those of annotations and of OCR too.
    """
    others = [word for word in words if word.source != "text"]
    # the characters of annotations and of OCR, which have no font, are there as words
    chars: Sequence[Char] = [char for char in page.chars if char[5]] if others else page.chars
    symbolic = {font for font in {char[5] for char in chars} if is_symbol_font(font)}
    if symbolic:
        chars = [(symbol_of(char[0]), *char[1:]) if char[5] in symbolic else char for char in chars]
    if any(_DOUBLED.match(word.text) for word in words):
        chars = _once(chars)
    return [*_words(chars), *others]


def _words(chars: Sequence[Char]) -> list[Word]:
    by_turn: dict[Turn, list[Char]] = defaultdict(list)
    for char in chars:
        by_turn[char[8]].append(char)
    found: list[Word] = []
    for turn, members in by_turn.items():
        level = [(char[0], *levelled(char[1:5], turn), *char[5:]) for char in members] if turn else members
        level.sort(key=_BASE)
        for line in clusters(level, _BASE, _SAME_LINE):
            line.sort(key=_LEFT)
            found += [_word(run, turn) for run in _runs(line)]
    return found


def _runs(line: Sequence[Char]) -> Iterator[list[Char]]:
    run: list[Char] = []
    for char in line:
        if run and (char[0].isspace() or not _goes_on(run[-1], char)):
            yield run
            run = []
        if not char[0].isspace():
            run.append(char)
    if run:
        yield run


def _goes_on(last: Char, char: Char) -> bool:
    height = last[4] - last[2]
    gap = char[1] - last[3]
    is_close = -0.6 * height < gap < min(_WIDEST_GAP, 0.2 * height)
    return is_close and abs((char[4] - char[2]) - height) < 0.1 * height


def _word(run: Sequence[Char], turn: Turn) -> Word:
    box = (
        min(char[1] for char in run),
        min(char[2] for char in run),
        max(char[3] for char in run),
        max(char[4] for char in run),
    )
    first, height = run[0], box[3] - box[1]
    placed = raised(box, turn) if turn else box
    return Word("".join(char[0] for char in run), *placed, first[5], height, first[7], turn=turn)


def _once(chars: Sequence[Char]) -> list[Char]:
    """Characters without those that are drawn again within a point."""
    seen: dict[tuple[str, int, int], list[Char]] = {}
    found: list[Char] = []
    for char in chars:
        column, row = int(char[1] // _OFFSET), int(char[2] // _OFFSET)
        squares = [(char[0], column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        if not any(_is_same(char, other) for square in squares for other in seen.get(square, ())):
            found.append(char)
            seen.setdefault((char[0], column, row), []).append(char)
    return found


def _is_same(one: Char, other: Char) -> bool:
    return one[5] == other[5] and abs(one[1] - other[1]) < _OFFSET and abs(one[2] - other[2]) < _OFFSET
