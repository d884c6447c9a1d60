"""Sheets of a single detail without a title block: its title stands below it in large letters, its scale below that.

Offices print standard details this way.  A view on a sheet with a block is named in the same form; what tells the two
apart is that the sheet has one scale alone, at its lower edge, and its number in large letters at the upper one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pybase_extraction.drawing.title_fields import union
from pybase_extraction.drawing.title_labels import is_number, match_label
from pybase_extraction.source import BBox

_LARGE = 1.3
"""Times the height of the sheet's usual lettering that title and number have, at least."""
_FOOT = 0.2
"""Share of the sheet's height above its lower edge in which the scale stands."""
_HEAD = 0.14
"""Share of the sheet's height below its upper edge in which the number stands."""
_NEXT = 2.0
"""Heights of the scale within which the title stands above it."""
_SAME_HEIGHT = 0.25
"""Share by which the lines of a title may differ in height."""
_LEADING = 1.2
"""Heights of a title's lines within which the next one stands above."""
_MOST_LINES = 3
_MOST_WORDS = 14

Line = tuple[str, BBox]


@dataclass(frozen=True, slots=True)
class DetailSheet:
    """What names a sheet of a single detail; each text with its box.

    Attributes:
        title: Its title, in one line.
        scale: Its scale, as it is printed behind the label.
        number: Its number.
        header: Words before the number, or None.
    """

    title: Line
    scale: Line
    number: Line
    header: Line | None


def read_detail_sheet(lines: Sequence[Line]) -> DetailSheet | None:
    """Read a sheet of a single detail; None when it is none.

    Args:
        lines: All lines of a sheet that has no title block.
    """
    if not lines:
        return None
    area, usual = union(box for _, box in lines), median(_height(line) for line in lines)
    scales = [(line, label.rest) for line in lines if (label := match_label(line[0])) and label.field == "scale"]
    if len(scales) != 1 or not scales[0][1]:
        return None
    scale, value = scales[0]
    height = area[3] - area[1]
    title = _title_above(scale, lines, _LARGE * usual)
    heads = [line for line in lines if line[1][3] < area[1] + _HEAD * height and _height(line) > _LARGE * usual]
    numbers = [found for line in heads if (found := _number_in(line)) is not None]
    if scale[1][1] < area[3] - _FOOT * height or title is None or len(numbers) != 1:
        return None
    number, words = numbers[0]
    return DetailSheet(title, (value, scale[1]), number, words)


def _title_above(scale: Line, lines: Sequence[Line], least: float) -> Line | None:
    """Large lines right above the scale, one above the other."""
    found: list[Line] = []
    below, reach = scale[1], _NEXT * _height(scale)
    for line in sorted(lines, key=lambda line: -line[1][3]):
        box = line[1]
        is_above = -0.3 * _height(scale) < below[1] - box[3] < reach and box[0] < below[2] and below[0] < box[2]
        if line is scale or not is_above or _height(line) < least:
            continue
        if found and abs(_height(line) - _height(found[0])) > _SAME_HEIGHT * _height(found[0]):
            break
        found.insert(0, line)
        below, reach = box, _LEADING * _height(line)
    text = " ".join(line[0] for line in found)
    is_title = found and len(found) <= _MOST_LINES and len(text.split()) <= _MOST_WORDS and match_label(text) is None
    return (text, union(box for _, box in found)) if is_title else None


def _number_in(line: Line) -> tuple[Line, Line | None] | None:
    """A number at the end of a line, with the words before it."""
    *words, last = line[0].split()
    if not is_number(last) or not any(map(str.isalpha, last)) or any(any(map(str.isdigit, word)) for word in words):
        return None
    return (last, line[1]), ((" ".join(words), line[1]) if words else None)


def _height(line: Line) -> float:
    return line[1][3] - line[1][1]
