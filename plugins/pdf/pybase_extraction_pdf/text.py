"""Words gathered into lines and blocks, with place, font, size and rotation."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from operator import itemgetter
from statistics import median
from typing import NamedTuple

from pybase_extraction.results import BBox, Locator, Provenance, TextBlock
from pybase_extraction_pdf.primitives import PageContent, Turn, Word
from pybase_extraction_pdf.segments import around
from pybase_extraction_pdf.words import levelled

_LINE_GAP = 1.0
"""Blocks end where the gap between lines is larger than this share of the text's height."""


_WALL = 1.5
"""Points by which a word may stick into the wall behind it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on a sheet.

    Attributes:
        text: Its words, joined by spaces.
        bbox: Place in points from the page's top left.
        font: Font of its first word.
        turn: Direction in which it runs.
    """

    text: str
    bbox: BBox
    font: str | None
    turn: Turn = 0


_METHODS = {"text": "text-layer", "annotation": "annotation", "ocr": "ocr"}


def lines_of(words: Iterable[Word], walls: Sequence[BBox] = ()) -> list[Line]:
    """Lines of a page: words that stand beside each other, horizontally or vertically.

    Args:
        words: The words.
        walls: Upright rules, as boxes, sorted by their left edge: no line goes on behind one in a gap between words.
    """
    return [
        Line(
            " ".join(word.text for word in line),
            around(word[1:5] for word in line),
            line[0].font,
            line[0].turn,
        )
        for whole in _lines(list(words))
        for line in (_cut(whole, walls) if walls else [whole])
    ]


def lines_on(page: PageContent, words: Sequence[Word]) -> list[Line]:
    """The lines of a page's words, put together once for all that ask with the same words."""
    kept: tuple[Sequence[Word], list[Line]] | None = page.found.get("lines")
    if kept is None or kept[0] is not words:
        kept = page.found["lines"] = words, lines_of(words)
    return kept[1]


def _cut(line: list[Word], walls: Sequence[BBox]) -> list[list[Word]]:
    """Parts of a level line between walls that stand in its gaps."""
    parts = [line[:1]]
    for before, word in pairwise(line):
        middle = (word.top + word.bottom) / 2
        # the boxes of words that were read from pixels have some room around them
        slack = 0.3 * (before.bottom - before.top) if before.source == "ocr" else _WALL
        first = bisect_left(walls, before.x1 - slack, key=itemgetter(0))
        between = takewhile(lambda wall, end=word.x0 + slack: wall[0] <= end, walls[first:])  # type: ignore[misc]
        if not word.turn and any(wall[1] <= middle <= wall[3] for wall in between):
            parts.append([])
        parts[-1].append(word)
    return parts


def blocks_of(words: Iterable[Word], number: int) -> list[TextBlock]:
    """Blocks of a page in reading order: lines that stand close below each other and overlap sideways."""
    blocks: list[list[list[Word]]] = []
    feet: list[_Foot | None] = []
    for line in _lines(list(words)):
        home = _block_above(line, feet)
        if home is None:
            home = len(blocks)
            blocks.append([])
            feet.append(None)
        blocks[home].append(line)
        feet[home] = _foot_of(line)
    return [_block(block, number) for block in blocks]


_MOST_BLOCKS = 40
"""Blocks back from the last one in which a line may go on."""


class _Foot(NamedTuple):
    """The last line of a block, as far as the next one is compared with it.

    Attributes:
        size: Height of its first word.
        unit: The same, but one point at least: what distances are measured in.
    """

    bottom: float
    x0: float
    x1: float
    size: float
    unit: float


def _foot_of(line: list[Word]) -> _Foot | None:
    """None for a line that does not run to the right: nothing goes on below it."""
    first = line[0]
    if first.turn:
        return None
    size = first.bottom - first.top
    return _Foot(max([word.bottom for word in line]), first.x0, line[-1].x1, size, max(size, 1.0))


def _block_above(line: list[Word], feet: Sequence[_Foot | None]) -> int | None:
    """Number of the block that goes on with a line, the latest of those that might; None when it begins one."""
    first = line[0]
    if first.turn:
        return None
    top, x0, x1, size = first.top, first.x0, line[-1].x1, first.bottom - first.top
    for number in range(len(feet) - 1, max(len(feet) - 1 - _MOST_BLOCKS, -1), -1):
        foot = feet[number]
        if foot is None:
            continue
        bottom, left, right, its_size, unit = foot
        if -0.3 * unit < top - bottom < _LINE_GAP * unit and left < x1 and x0 < right and abs(its_size - size) < 0.5:
            return number
    return None


def _lines(words: list[Word]) -> list[list[Word]]:
    seen = [word for word in words if word.source == "ocr"]
    lines: list[list[Word]] = []
    for word in sorted((word for word in words if word.source != "ocr"), key=_reading_order):
        if lines and _is_beside(lines[-1][-1], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return sorted([*lines, *_seen_lines(seen)], key=lambda line: _reading_order(line[0])) if seen else lines


_LEVELS = 8.0
"""Points; height of the strips in which the lines of a word are looked up."""


def _seen_lines(words: Iterable[Word]) -> list[list[Word]]:
    """Lines of words that were read from pixels, where the lower edges of words on one line differ by some pixels."""
    strips: dict[tuple[Turn, int], list[list[Word]]] = defaultdict(list)
    for word in sorted(words, key=lambda word: levelled(word[1:5], word.turn)[0]):
        strip = int(levelled(word[1:5], word.turn)[3] // _LEVELS)
        near = [line for level in (strip, strip - 1, strip + 1) for line in strips.get((word.turn, level), ())]
        home = next((line for line in near if line[-1].angle == word.angle and _is_beside(line[-1], word)), None)
        if home is None:
            strips[word.turn, strip].append([word])
        else:
            home.append(word)
    return [line for strip in strips.values() for line in strip]


def _reading_order(word: Word) -> tuple[int, float, float]:
    """Line by line as the text runs, the directions one after the other."""
    if not word.turn:
        return 0, round(word.bottom, 1), word.x0
    x0, _, _, bottom = levelled(word[1:5], word.turn)
    return word.turn, round(bottom, 1), x0


def _is_beside(left: Word, right: Word) -> bool:
    if left.turn != right.turn:
        return False
    _, top, x1, bottom = levelled(left[1:5], left.turn)
    next_x0, _, _, next_bottom = levelled(right[1:5], right.turn)
    height = max(bottom - top, 1.0)
    return abs(bottom - next_bottom) < 0.3 * height and -0.5 * height < next_x0 - x1 < 1.0 * height


def _size(word: Word) -> float:
    _, top, _, bottom = levelled(word[1:5], word.turn)
    return bottom - top


def _block(lines: list[list[Word]], number: int) -> TextBlock:
    words = [word for line in lines for word in line]
    text = "\n".join(" ".join(word.text for word in line) for line in lines)
    return TextBlock(
        text=text,
        raw=text,
        font=words[0].font,
        size=round(median(_size(word) for word in words), 2),
        rotation=float(words[0].turn),
        kind="ocr" if words[0].source == "ocr" else "text",
        provenance=Provenance(
            place=Locator(page=number, bbox=around(word[1:5] for word in words)),
            method=_METHODS[words[0].source],
            confidence=_least_sure(words),
        ),
    )


def _least_sure(words: Iterable[Word]) -> float | None:
    """A block is as sure as the least sure of its words."""
    return min((word.confidence for word in words if word.confidence is not None), default=None)
