"""Pages whose text lies on its side: wide tables that are printed upright in a book, without ``/Rotate``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from pybase_extraction_pdf.primitives import Box, Char, PageContent, Stroke, Turn
from pybase_extraction_pdf.words import levelled, raised

_MOST = 0.8
"""Share of the letters of a page that run one way on a page that lies on its side; page numbers stand upright."""
_FEWEST = 40
"""Letters of such a page, at least."""
_TURNS: tuple[Turn, ...] = (0, 90, 180, 270)


def turn_of(page: PageContent) -> Turn:
    """The direction in which nearly all text of a page runs; 0 where it runs to the right, or in several."""
    counts = Counter(char[8] for char in page.chars if char[0].strip())
    turn, count = max(counts.items(), key=lambda item: item[1], default=(0, 0))
    return turn if count >= max(_FEWEST, _MOST * counts.total()) else 0


def set_upright(page: PageContent, turn: Turn) -> tuple[PageContent, Callable[[Box], Box]]:
    """A page turned until text of a direction runs to the right, and what turns a box on it back."""
    left, high, right, low = levelled((0.0, 0.0, page.width, page.height), turn)

    def upright(box: Box) -> Box:
        x0, top, x1, bottom = levelled(box, turn)
        return x0 - left, top - high, x1 - left, bottom - high

    def back(box: Box) -> Box:
        x0, top, x1, bottom = box
        return raised((x0 + left, top + high, x1 + left, bottom + high), turn)

    def char_upright(char: Char) -> Char:
        rest = _TURNS[(char[8] - turn) % 360 // 90]
        box = upright(char[1:5])
        return (char[0], *box, char[5], char[6], rest in {0, 180}, rest)

    def point(x: float, y: float) -> tuple[float, float]:
        return upright((x, y, x, y))[:2]

    found = replace(
        page,
        width=right - left,
        height=low - high,
        chars=[char_upright(char) for char in page.chars],
        lines=[Stroke(*upright(line[:4]), *line[4:]) for line in page.lines],
        rects=[Stroke(*upright(rect[:4]), *rect[4:]) for rect in page.rects],
        curves=[tuple(point(*end) for end in curve) for curve in page.curves],
        images=[upright(box) for box in page.images],
        found={},
    )
    return found, back
