"""What a drawing sheet means: title block, parts lists, dimensions and their kin, from words and ruled cells."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from operator import itemgetter
from typing import Any

from pybase_extraction.drawing import read_general_tolerance, read_material
from pybase_extraction.drawing.title_block import SheetCell, title_block_from_cells
from pybase_extraction.drawing.title_fields import union
from pybase_extraction.drawing.title_inference import FramedSheet
from pybase_extraction.drawing.title_labels import match_label
from pybase_extraction.results import (
    BBox,
    GeneralTolerance,
    Material,
    Note,
    TitleBlock,
    Value,
)
from pybase_extraction_pdf.drawing_frame import frame_of
from pybase_extraction_pdf.primitives import Char, PageContent, Word
from pybase_extraction_pdf.ruled import ruled_cells
from pybase_extraction_pdf.sheet_callouts import notes_of
from pybase_extraction_pdf.text import Line, lines_of, lines_on

_LARGEST_CELL = 0.06
"""Cells above this share of the sheet are frames and views, not cells of a block."""
_MIXED = re.compile(r"[^\W\d_][.:][^\W_]")
_HIGHER = 1.1
_MOST_LOOKS = 200
"""Words of a page whose letters are looked at one by one, so that a page of such words takes no longer."""
_FEWEST_DOUBLED = 6
_NARROWEST = 0.4
"""Width of a letter in heights below which two of them stand on one place."""


@dataclass(slots=True)
class Sheet:
    """What was found on one sheet."""

    title_block: TitleBlock | None = None
    general_tolerances: list[GeneralTolerance] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def leave_out_form(self) -> None:
        """Keep no block with what forms and reports have too: titles, dates, names."""
        if self.title_block is not None and not _is_of_drawing(self.title_block):
            self.title_block, self.general_tolerances, self.materials = None, [], []


def _is_of_drawing(block: TitleBlock) -> bool:
    """Whether a block has a field that only drawings have, or a number of the drawing and what goes with it."""
    if block.scale or block.projection or block.general_tolerance or block.format:
        return True
    has_name = any(signature.name is not None for signature in block.signatures.values())
    return block.drawing_number is not None and (block.revision is not None or has_name)


def read_title(
    page: PageContent, words: Sequence[Word], number: int, lists: Sequence[BBox], names: Sequence[str] = ()
) -> Sheet:
    """Read the title block of a page, with the general tolerance and the material that it names.

    Args:
        page: What the page draws.
        words: All words of the page.
        number: Page number, from 1.
        lists: Boxes of parts lists, whose headers are spelled like labels of a title block.
        names: What the file is called: its name without ending, the title in its properties.
    """
    walls = _walls(page)
    lines = lines_of(map(_once, _apart(words, page, walls)), walls)
    cells = [cell for cell in cells_of(page, lines) if not any(_holds(box, cell.bbox) for box in lists)]
    inside = {box for cell in cells for _, box in cell.lines}
    loose = [
        (line.text, line.bbox)
        for line in lines
        if line.bbox not in inside and not any(_holds(box, line.bbox) for box in lists)
    ]
    loose = list(_paired(loose))
    sheet = Sheet(title_block=title_block_from_cells(cells, number, loose, FramedSheet(frame_of(page), tuple(names))))
    block = sheet.title_block
    if block is not None and block.general_tolerance is not None:
        _keep(sheet.general_tolerances, read_general_tolerance(block.general_tolerance.value), block.general_tolerance)
    if block is not None and block.material is not None:
        _keep(sheet.materials, read_material(block.material.value), block.material)
    sheet.notes = list(notes_of(lines_on(page, words), number))
    return sheet


_FARTHEST = 15.0
"""Heights of a label within which its value begins."""


def _paired(lines: Sequence[tuple[str, BBox]]) -> Iterator[tuple[str, BBox]]:
    """Lines outside of cells; a label that ends in a colon is one with the next text behind it, as in a form."""
    behind = {index: _behind(box, lines) for index, (text, box) in enumerate(lines) if _asks(text)}
    taken = set(behind.values())
    for index, (text, box) in enumerate(lines):
        value = behind.get(index)
        if value is not None:
            yield f"{text} {lines[value][0]}", union((box, lines[value][1]))
        elif index not in taken:
            yield text, box


def _asks(text: str) -> bool:
    label = match_label(text) if text.rstrip().endswith(":") else None
    return label is not None and not label.rest


def _behind(label: BBox, lines: Sequence[tuple[str, BBox]]) -> int | None:
    """The line that begins next to the right of a label, on its level; None when that is a label, too."""
    height, middle = label[3] - label[1], (label[1] + label[3]) / 2
    near = [
        (box[0], index)
        for index, (_, box) in enumerate(lines)
        if -0.5 * height < box[0] - label[2] < _FARTHEST * height and box[1] < middle < box[3]
    ]
    index = min(near)[1] if near else None
    return None if index is None or match_label(lines[index][0]) else index


def _walls(page: PageContent) -> list[BBox]:
    """Sides of the cells of a page, from left to right."""
    largest = _LARGEST_CELL * page.width * page.height
    boxes = [box for box in ruled_cells(page) if _area(box) < largest]
    return sorted({(x, top, x, bottom) for x0, top, x1, bottom in boxes for x in (x0, x1)})


def _apart(words: Sequence[Word], page: PageContent, walls: Sequence[BBox]) -> Iterator[Word]:
    """The words of a page; those of several texts that touch or run over each other are parted again.

    Words that cross a rule or have the full stop or the colon of a label within are looked at: their letters, in the
    order in which they were set, begin a new text where they go back, leave a gap, or change their size or their line.
    """
    looks, letters = _MOST_LOOKS, _Letters(page.chars)
    for word in words:
        is_mixed = looks > 0 and not word.turn and len(word.text) > 2 and _is_doubtful(word, walls)
        looks -= is_mixed
        yield from (_texts_of(word, letters.inside(word), walls) if is_mixed else (word,))


def _is_doubtful(word: Word, walls: Sequence[BBox]) -> bool:
    # letters of two sizes make a word higher than its first letter
    is_higher = word.size is not None and word.bottom - word.top > _HIGHER * word.size
    return is_higher or _MIXED.search(word.text) is not None or any(_crossed(word, walls))


def _crossed(word: Word, walls: Sequence[BBox]) -> Iterator[float]:
    middle = (word.top + word.bottom) / 2
    first = bisect_right(walls, word.x0 + 1, key=itemgetter(0))
    for wall in takewhile(lambda wall: wall[0] < word.x1 - 1, walls[first:]):
        if wall[1] <= middle <= wall[3]:
            yield wall[0]


def _texts_of(word: Word, letters: Sequence[Char], walls: Sequence[BBox]) -> list[Word]:
    if sorted(char[0] for char in letters) != sorted(word.text):
        return [word]
    texts: list[list[Char]] = []
    for char in letters:
        if texts and _goes_on(texts[-1][-1], char):
            texts[-1].append(char)
        else:
            texts.append([char])
    crossed = [*_crossed(word, walls)]
    sizes = {round(text[0][6], 1) for text in texts}
    # letters that are set one by one in any order are no texts of their own
    overlap = any(after[0][1] < before[-1][3] - _SAME_LINE for before, after in pairwise(texts))
    is_plain = len(texts) == 1 or len(texts) > _MOST_TEXTS or not (crossed or overlap or len(sizes) > 1)
    return [word] if is_plain else [_set_of(text, word) for text in texts]


def _goes_on(char: Char, after: Char) -> bool:
    gap, height = after[1] - char[3], char[4] - char[2]
    is_level = abs(after[2] - char[2]) < _SAME_LINE and abs(after[6] - char[6]) < _SAME_LINE
    return is_level and -_TOUCH * height < gap < _APART * height


_MOST_TEXTS = 6
_SAME_LINE = 0.02
"""Points by which letters of one text may differ in height and place."""
_TOUCH = 0.12
_APART = 0.2
"""Shares of the letters' height by which they may overlap, and stand apart, within one text."""


class _Letters:
    """The letters of a page by the height of their middles, so that those of a word are looked for near it alone."""

    def __init__(self, chars: Sequence[Char]) -> None:
        self.bands: dict[int, list[int]] = {}
        self.chars = chars
        for index, char in enumerate(chars):
            if char[0].strip():
                self.bands.setdefault(int((char[2] + char[4]) / 2 // _BAND), []).append(index)

    def inside(self, word: Word) -> list[Char]:
        """The letters of a word, in the order in which they were set."""
        x0, top, x1, bottom = word.x0 - 0.1, word.top - 0.1, word.x1 + 0.1, word.bottom + 0.1
        bands = range(int(top // _BAND), int(bottom // _BAND) + 1)
        near = sorted([index for band in bands for index in self.bands.get(band, ())])
        chars = map(self.chars.__getitem__, near)
        return [
            char for char in chars if x0 <= (char[1] + char[3]) / 2 <= x1 and top <= (char[2] + char[4]) / 2 <= bottom
        ]


_BAND = 10.0
"""Points of height that letters are put together by."""


def _set_of(letters: Sequence[Char], word: Word) -> Word:
    x0, top, x1, bottom = union(char[1:5] for char in letters)
    text = "".join(char[0] for char in letters)
    return word._replace(text=text, x0=x0, top=top, x1=x1, bottom=bottom, size=letters[0][6])


def _once(word: Word) -> Word:
    """A word whose letters are all set twice over themselves, as some frames do for weight, with each of them once.

    Half of the letters' number would be wider than letters are set.
    """
    text = word.text
    if len(text) < _FEWEST_DOUBLED or text[::2] != text[1::2] or text.isdecimal():
        return word
    is_narrow = word.x1 - word.x0 < _NARROWEST * len(text) * (word.bottom - word.top)
    return word._replace(text=text[::2]) if is_narrow else word


def _keep(found: list[Any], value: Value | None, source: Value) -> None:
    if value is not None:
        found.append(value.model_copy(update={"raw": source.raw, "provenance": source.provenance}))


_BANDS = 64


def _band(page: PageContent, y: float) -> int:
    """Number of the strip of a page in which a height is, so that a line is compared with the cells on its level."""
    return min(max(int(_BANDS * y / (page.height or 1.0)), 0), _BANDS)


def cells_of(page: PageContent, lines: Sequence[Line]) -> list[SheetCell]:
    """Ruled cells of a page with the lines inside of each; a line belongs to the smallest cell around its middle."""
    largest = _LARGEST_CELL * page.width * page.height
    boxes = sorted((box for box in ruled_cells(page) if _area(box) < largest), key=_area)
    inside: dict[BBox, list[Line]] = {box: [] for box in boxes}
    bands: dict[int, list[BBox]] = {}
    for box in boxes:
        for band in range(_band(page, box[1]), _band(page, box[3]) + 1):
            bands.setdefault(band, []).append(box)
    for line in lines:
        level = bands.get(_band(page, (line.bbox[1] + line.bbox[3]) / 2), ())
        home = next((box for box in level if _holds(box, line.bbox)), None)
        if home is not None:
            inside[home].append(line)
    return [
        SheetCell(box, tuple(_unhyphenated(_in_rows(inside[box]))))
        for box in sorted(boxes, key=lambda box: (box[1], box[0]))
    ]


def _unhyphenated(lines: Sequence[Line]) -> list[tuple[str, BBox]]:
    """Lines with their boxes; a word that is parted at the end of a line is one: ``Allgemein-`` ``toleranz``."""
    found: list[tuple[str, BBox]] = []
    for line in lines:
        if found and _PARTED.search(found[-1][0]) and line.text[:1].islower():
            text, box = found.pop()
            found.append((text[:-1] + line.text, union((box, line.bbox))))
        else:
            found.append((line.text, line.bbox))
    return found


_PARTED = re.compile(r"[^\W\d_]{3}-\Z")


def _in_rows(lines: Sequence[Line]) -> list[Line]:
    """Lines from top to bottom; what stands on one level from left to right, though its letters are taller."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda item: item.bbox[1] + item.bbox[3]):
        middle = (line.bbox[1] + line.bbox[3]) / 2
        if rows and rows[-1][0].bbox[1] < middle < rows[-1][0].bbox[3]:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda item: item.bbox[0])]


def _area(box: Sequence[float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _holds(box: Sequence[float], inner: BBox) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
