"""Lines of text, and their segments: runs of words without a wide gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

from pybase_extraction_pdf.logical_rows import is_number
from pybase_extraction_pdf.primitives import Box, Word

_GAP = 0.75
"""Share of the text's height from which a gap parts two segments; words of one text stand 0.2 to 0.4 apart."""
_STRETCHED = 1.5
"""The same for the blanks of justified text, at most."""
_FEWEST_JUSTIFIED = 4
_NUMBER_GAP = 0.5
"""The same between two numbers; blanks between thousands are 0.2 to 0.35 wide."""


@dataclass(slots=True)
class Segment:
    """Words of one line without a wide gap between them, with the box around them."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    parts: list[Word]

    @property
    def words(self) -> int:
        """Number of its words."""
        return len(self.parts)


Line = list[Segment]


def rows_of_words(words: Iterable[Word]) -> list[list[Word]]:
    """Words whose middles are at one height, from left to right."""
    found: list[list[Word]] = []
    middle = 0.0
    for word in sorted(words, key=lambda word: (word.top + word.bottom, word.x0)):
        here = (word.top + word.bottom) / 2
        if found and here - middle <= 0.45 * (word.bottom - word.top):
            found[-1].append(word)
            middle += (here - middle) / len(found[-1])
        else:
            found.append([word])
            middle = here
    return [sorted(line, key=attrgetter("x0")) for line in found]


def segments_of(line: list[Word]) -> Line:
    """A line cut at its wide gaps; one whose blanks are all alike is justified text, and whole."""
    found: Line = []
    is_justified = _is_justified(line)
    for word in line:
        last = found[-1] if found else None
        if last is not None and (is_justified or word.x0 - last.x1 < _gap_between(last.parts[-1], word)):
            last.text += " " + word.text
            last.top, last.bottom = min(last.top, word.top), max(last.bottom, word.bottom)
            last.x1 = max(last.x1, word.x1)
            last.parts.append(word)
        else:
            found.append(Segment(word.text, word.x0, word.top, word.x1, word.bottom, [word]))
    return found


def _is_justified(line: list[Word]) -> bool:
    """Whether words, most of them no numbers, stand apart by one blank that is stretched a little."""
    if len(line) < _FEWEST_JUSTIFIED or sum(is_number(word.text) for word in line) > len(line) / 2:
        return False
    gaps = [right.x0 - left.x1 for left, right in pairwise(line)]
    height = line[0].bottom - line[0].top
    return max(gaps) < _STRETCHED * height and max(gaps) < 1.25 * min(gaps) + 0.02 * height


def _gap_between(left: Word, right: Word) -> float:
    """Gap from which two words stand in different cells; numbers stand closer than words of one text would."""
    are_numbers = is_number(left.text) and is_number(right.text)
    return (_NUMBER_GAP if are_numbers else _GAP) * (right.bottom - right.top)


def segment_of(words: list[Word]) -> Segment:
    """Words as one segment."""
    x0, top, x1, bottom = around((word.x0, word.top, word.x1, word.bottom) for word in words)
    return Segment(" ".join(word.text for word in words), x0, top, x1, bottom, words)


def top_of(line: Line) -> float:
    """Top of the highest segment."""
    return line[0].top if len(line) == 1 else min([segment.top for segment in line])


def bottom_of(line: Line) -> float:
    """Bottom of the lowest segment."""
    return line[0].bottom if len(line) == 1 else max([segment.bottom for segment in line])


def trimmed(block: list[Line]) -> list[Line]:
    """Without the single segments at its ends: captions, remarks and paragraphs."""
    several = [index for index, line in enumerate(block) if len(line) > 1]
    return block[several[0] : several[-1] + 1] if several else []


def is_inside(word: Word, boxes: Sequence[Box]) -> bool:
    """Whether the middle of a word lies in one of the boxes."""
    x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
    return any(x0 <= x <= x1 and top <= y <= bottom for x0, top, x1, bottom in boxes)


def around(boxes: Iterable[Box]) -> Box:
    """The box around boxes."""
    x0s, tops, x1s, bottoms = zip(*boxes, strict=True)
    return min(x0s), min(tops), max(x1s), max(bottoms)
