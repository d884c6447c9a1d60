"""Tables without rules: lines of text whose gaps stand above each other.

Words become segments (runs without a wide gap), segments lines, neighbouring lines of several segments a block.  The
columns of a block are the strips of white that nearly all of its lines leave free.  A block that fills too few of its
cells, or whose segments are long, is prose and no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from pybase_extraction_pdf.captions import CAPTION, NOTE
from pybase_extraction_pdf.columns import FEWEST_ROWS, Columns, core_of
from pybase_extraction_pdf.header_spans import spanned
from pybase_extraction_pdf.logical_rows import GridCell, LogicalRows, is_number
from pybase_extraction_pdf.primitives import Box, Word
from pybase_extraction_pdf.prose_columns import without_prose_beside
from pybase_extraction_pdf.segments import (
    Line,
    Segment,
    around,
    bottom_of,
    is_inside,
    rows_of_words,
    segments_of,
    top_of,
    trimmed,
)
from pybase_extraction_pdf.signs import without_columns_of_signs
from pybase_extraction_pdf.zones import halves_of, zones_of

_LEADING = 2.4
"""Heights of text beyond which a gap between lines ends a block."""
_LONGEST = 4.5
"""Words a segment has on average in columns of prose; cells of tables have fewer."""
_MARK = re.compile(r"[^\w\s]{1,2}|\(cid:\d+\)|\(?(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,4})[.)]|\d{1,2}(?:\.\d{1,2})+\.?")
"""What stands before the items of a list."""
_REMARK = ("//", "/*", "#", "--", ";")
"""What stands before a remark beside a line of code."""
_LEADER = re.compile(r"(?:[.·…_]\s?){4}")
"""Dots between an entry of a table of contents and its page."""
_SECTION = re.compile(r"[A-Z\d]{1,2}(?:\.\d{1,2})+\.?(?:\s|$)")
"""Number of a section within a chapter."""
_NARROW = 0.6
"""Share of a block's width that a text which is wrapped in one of its columns takes, at most."""
_FOOTNOTE = re.compile(r"(?:\d{1,2}|[a-z*†‡§])\)?")
"""Mark of a footnote."""
_FEWEST_NOTE_WORDS = 3
_SMALL = 0.85
"""Share of the text's height up to which a mark is a raised one."""
_CENTRED = 0.5
"""Share of the text's height by which a title may miss the middle of its table."""
FILLED = 0.35
"""Share of the cells of a table that hold text, at least."""


@dataclass(frozen=True, slots=True)
class UnruledTable:
    """A table found by the white between its columns.

    Attributes:
        bbox: Box around its text.
        cells: Its filled cells, row by row.
        header_rows: How many of the first rows are headers, or None when that cannot be told.
        caption: Caption that stood among its lines, or None.
        is_spaced: Whether white parts its rows, more than there is between the lines in them.
    """

    bbox: Box
    cells: tuple[GridCell, ...]
    header_rows: int | None = None
    caption: str | None = None
    is_spaced: bool = False

    @property
    def rows(self) -> tuple[tuple[str | None, ...], ...]:
        """Rows of equal length: ``""`` where a cell is blank, None where a span of another cell reaches over."""
        height = max(cell.row + cell.row_span for cell in self.cells)
        width = max(cell.column + cell.column_span for cell in self.cells)
        grid: list[list[str | None]] = [[""] * width for _ in range(height)]
        for cell in self.cells:
            for row in range(cell.row, cell.row + cell.row_span):
                grid[row][cell.column : cell.last_column + 1] = [None] * cell.column_span
            grid[cell.row][cell.column] = cell.text
        return tuple(map(tuple, grid))


def unruled_tables(words: Iterable[Word], taken: Sequence[Box] = (), rules: Sequence[Box] = ()) -> list[UnruledTable]:
    """Tables that stand on a page without rules, top to bottom.

    Args:
        words: Words of the page; those that do not read from left to right are left out.
        taken: Boxes of tables that were found by their rules.
        rules: Level rules of the page, which part rows and headers.
    """
    upright = [word for word in words if word.upright and not is_inside(word, taken)]
    zones = [part for zone in zones_of(upright) for part in _parts_of(zone, rules)]
    found = [table for zone in zones for table in _zone_tables(zone, rules)]
    return sorted(found, key=lambda table: table.bbox[1])


def _parts_of(zone: Sequence[Word], rules: Sequence[Box]) -> list[list[Word]]:
    rest, columns = without_prose_beside(zone, rules)
    return [rest, *columns]


def _zone_tables(words: Sequence[Word], rules: Sequence[Box]) -> Iterable[UnruledTable]:
    lines = [segments_of(line) for line in rows_of_words(words)]
    if len(lines) < FEWEST_ROWS:
        return
    height = median(segment.bottom - segment.top for line in lines for segment in line)
    for block in _blocks(lines, height):
        yield from _block_tables(block, height, rules)


def _is_beside_block(segment: Segment, block: list[Line]) -> bool:
    """Whether a text that stands alone on its line is wrapped in a column: narrow, and not at the left edge."""
    several = [line for line in block if len(line) > 1]
    if not several:
        return False
    left, right = min(line[0].x0 for line in several), max(line[-1].x1 for line in several)
    height = segment.bottom - segment.top
    is_narrow = segment.x1 - segment.x0 < _NARROW * (right - left)
    is_left = segment.x0 < left + height
    return (
        left - height < segment.x0 and segment.x1 < right + height and is_narrow and (not is_left or len(several) > 2)
    )


def _block_tables(block: list[Line], height: float, rules: Sequence[Box]) -> list[UnruledTable]:
    """The table of a block, or the two that stand in it beside each other."""
    halves = halves_of(block, height)
    if halves is not None:
        found = [_table(half, height, rules) for half in halves]
        if all(table is not None for table in found):
            return [table for table in found if table is not None]
    table = _table(block, height, rules)
    return [table] if table is not None else []


def _blocks(lines: list[Line], height: float) -> Iterable[list[Line]]:
    """Lines of several segments, with at most two short single ones between them and one above."""
    block: list[Line] = []
    single = 0
    for line in lines:
        if block and top_of(line) - bottom_of(block[-1]) > _LEADING * height:
            yield block
            block, single = [], 0
        single = single + 1 if len(line) == 1 and not (block and _is_beside_block(line[0], block)) else 0
        if single and single == len(block) + 1:
            block, single = [line], 1
        elif single > 2 or (single and line[0].words > 12):
            yield block
            block, single = [line], 1
        else:
            block.append(line)
    yield block


def _table(block: list[Line], height: float, rules: Sequence[Box]) -> UnruledTable | None:
    block, caption = _without_caption(block, rules)
    core, cuts = core_of(block, height)
    core = _without_notes(core, cuts)
    if not cuts or len([line for line in core if len(line) > 1]) < FEWEST_ROWS:
        return None
    places = Columns(core, cuts, height)
    lines = [places.row(line, row) for row, line in enumerate(core)]
    lines = _with_titles_spread(lines, places, height)
    cells = [cell for line in lines for cell in line]
    columns: list[list[str]] = [[] for _ in range(len(cuts) + 1)]
    for cell in cells:
        if cell.column_span == 1:
            columns[cell.column].append(cell.text)
    if _is_prose(columns) or _is_list(columns, len(core)) or _is_contents(lines):
        return None
    rows = LogicalRows(lines, len(columns), rules, height)
    if rows.header_lines > 1:
        rows = LogicalRows(spanned(lines, rows.header_lines, len(columns), rules, height), len(columns), rules, height)
    found, headers = rows.cells()
    if not _is_filled(found, len(columns)):
        return None
    found = without_columns_of_signs(found, len(columns))
    return UnruledTable(around(cell.bbox for cell in found), tuple(found), headers, caption, rows.is_spaced)


def _without_caption(block: list[Line], rules: Sequence[Box]) -> tuple[list[Line], str | None]:
    """The lines below a caption, and the caption: a line that names a table, and those up to a rule or to columns."""
    named = [index for index, line in enumerate(block[:2]) if CAPTION.match(" ".join(part.text for part in line))]
    if not named or (named[0] == 1 and len(block[0]) > 1):
        return block, None
    block = block[named[0] :]
    end = 1
    while end < min(len(block) - 1, 4) and len(block[end]) == 1 and not _is_ruled(block[end - 1], block[end], rules):
        end += 1
    return block[end:], " ".join(segment.text for line in block[:end] for segment in line)


def _is_ruled(above: Line, below: Line, rules: Sequence[Box]) -> bool:
    """Whether a rule runs between two lines."""
    high, low = bottom_of(above) - 2, top_of(below) + 2
    return any(high < rule[1] < low for rule in rules)


def _without_notes(core: list[Line], cuts: list[float]) -> list[Line]:
    """The lines above the first note in the lower half, where notes reach over columns or stand alone."""
    for index, line in enumerate(core):
        stands_alone = bool(cuts) and line[-1].x1 < cuts[0]
        spans = any(segment.x0 < cut < segment.x1 for segment in line for cut in cuts)
        is_low = index >= max(FEWEST_ROWS, len(core) / 2)
        is_note = NOTE.match(" ".join(segment.text for segment in line)) or _is_footnote(line)
        if is_low and (spans or stands_alone) and is_note:
            return trimmed(core[:index])
    return core


def _is_footnote(line: Line) -> bool:
    """Whether a line begins with a raised mark and goes on with words."""
    mark, *words = line[0].parts
    if len(words) < _FEWEST_NOTE_WORDS or not _FOOTNOTE.fullmatch(mark.text):
        return False
    height = words[0].bottom - words[0].top
    return mark.bottom - mark.top < _SMALL * height and mark.bottom < words[0].bottom - 0.1 * height


def _with_titles_spread(lines: list[list[GridCell]], places: Columns, height: float) -> list[list[GridCell]]:
    """The lines, where words that stand alone in the middle of the table, at no edge of a column, reach over it."""
    boxes = [cell.bbox for line in lines for cell in line]
    middle = (min(box[0] for box in boxes) + max(box[2] for box in boxes)) / 2
    count = len(places.cuts) + 1

    def is_title(line: list[GridCell]) -> bool:
        cell = line[0]
        return (
            len(line) == 1
            and not is_number(cell.text)
            and abs((cell.bbox[0] + cell.bbox[2]) / 2 - middle) < _CENTRED * height
            and not places.is_aligned(cell.bbox)
        )

    return [[replace(line[0], column=0, column_span=count)] if is_title(line) else line for line in lines]


def _is_prose(columns: list[list[str]]) -> bool:
    """Whether the columns are those of running text: long lines on average, or three words on each side."""
    # some writers set no blanks: eight letters count as a word where narrow gaps have joined the words
    words = [[max(len(text.split()), len(text) / 8) for text in column] for column in columns if column]
    counts = [count for column in words for count in column]
    means = sorted(sum(column) / len(column) for column in words)
    # one column of several may hold texts that are wrapped
    is_long = means[len(means) // 2] > _LONGEST if len(means) > 2 else sum(counts) > _LONGEST * len(counts)
    return is_long or means[0] >= 3


def _is_list(columns: list[list[str]], rows: int) -> bool:
    """Whether two columns are marks and items, names and what they said, or lines that stand beside by chance."""
    if len(columns) > 2:
        return False
    first, second = columns
    marks = sum(bool(_MARK.fullmatch(text)) for text in first)
    remarks = sum(text.startswith(_REMARK) for text in second)
    words = sum(len(text.split()) for text in second)
    if marks > 0.6 * len(first) or remarks > 0.6 * len(second):
        return True
    return words > _LONGEST * len(second) or min(len(first), len(second)) < max(4, 0.6 * rows)


def _is_contents(lines: Sequence[Sequence[GridCell]]) -> bool:
    """Whether lines end in pages that never fall, with leaders before them or numbers of sections."""
    last = [line[-1].text for line in lines]
    pages = [int(text) for text in last if text.isdecimal()]
    if len(pages) < 0.8 * len(lines) or any(below < above for above, below in pairwise(pages)):
        return False
    leaders = sum(bool(_LEADER.search(" ".join(cell.text for cell in line))) for line in lines)
    sections = sum(bool(_SECTION.match(line[0].text)) for line in lines)
    return leaders > len(lines) / 2 or sections > 0.25 * len(lines)


def _is_filled(cells: Sequence[GridCell], columns: int) -> bool:
    """Whether enough of a table holds text, and two columns of it at least in every third row."""
    rows = max(cell.row + cell.row_span for cell in cells)
    counts = [sum(cell.row_span for cell in cells if cell.column == column) for column in range(columns)]
    return sum(counts) >= FILLED * rows * columns and sorted(counts)[-2] >= FILLED * rows
