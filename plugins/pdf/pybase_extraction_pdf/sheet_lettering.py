"""Lettering of a sheet made fit for the grammar: overprinted letters once, letters of symbol fonts as signs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pybase_extraction.drawing.normalize import is_symbol_font, symbol_of
from pybase_extraction_pdf.primitives import Char, PageContent, Word
from pybase_extraction_pdf.words import words_as_read

_DOUBLED = re.compile(r"(?:([^\s])\1){2,}\Z")
_OFFSET = 1.0
"""Points by which a letter is drawn beside itself to look bold."""


def lettering_of(page: PageContent, words: Sequence[Word]) -> list[Word]:
    """The words of a page as a reader sees them.

    Args:
        page: What the page draws.
        words: Its words, those of annotations and of OCR too.
    """
    is_overprinted = any(_DOUBLED.match(word.text) for word in words)
    fonts = {font: is_symbol_font(font) for font in {char[5] for char in page.chars}}
    if not is_overprinted and not any(fonts.values()):
        return list(words)
    chars = [(symbol_of(char[0]), *char[1:]) if fonts[char[5]] else char for char in page.chars]
    if is_overprinted:
        chars = _once(chars)
    return words_as_read(chars) + [word for word in words if word.source != "text"]


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
