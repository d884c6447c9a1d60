"""Tables without rules: lines of text whose gaps stand above each other.

Words become segments (runs without a wide gap), segments lines, neighbouring lines of several segments a block.  The
columns of a block are the strips of white that nearly all of its lines leave free.  A block that fills too few of its
cells, or whose segments are long, is prose and no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter
from statistics import median

from pybase_extraction_pdf.captions import CAPTION, NOTE
from pybase_extraction_pdf.charts import is_chart
from pybase_extraction_pdf.logical_rows import GridCell, LogicalRows, is_number
from pybase_extraction_pdf.primitives import Box, RuledTable, Word
from pybase_extraction_pdf.table_shape import without_caption

_GAP = 0.75
"""Share of the text's height from which a gap parts two segments; words of one text stand 0.2 to 0.4 apart."""
_NUMBER_GAP = 0.5
"""The same between two numbers; blanks between thousands are 0.2 to 0.35 wide."""
_LEADING = 2.4
"""Heights of text beyond which a gap between lines ends a block."""
_CROSSING = 0.12
"""Share of a block's lines that may reach across the white between two columns: headers that span."""
_FEWEST_ROWS = 3
_LONGEST = 4.5
"""Words a segment has on average in columns of prose; cells of tables have fewer."""
_MARK = re.compile(r"[^\w\s]{1,2}|\(cid:\d+\)|\(?(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,4})[.)]|\d{1,2}(?:\.\d{1,2})+\.?")
"""What stands before the items of a list."""
_REMARK = ("//", "/*", "#", "--", ";")
"""What stands before a remark beside a line of code."""
_NEARBY = 0.5
"""Share of the width of its rules within which the open columns of a table begin."""
_MOST_LEFT_OUT = 3
_SEVERAL = 0.25
"""Share of the ruled rows that hold several filled cells, at least: boxes under words of prose part only a few."""
_FILLED = 0.35
"""Share of the cells of a table that hold text, at least."""


@dataclass(frozen=True, slots=True)
class UnruledTable:
    """A table found by the white between its columns.

    Attributes:
        bbox: Box around its text.
        cells: Its filled cells, row by row.
        header_rows: How many of the first rows are headers, or None when that cannot be told.
        caption: Caption that stood among its lines, or None.
    """

    bbox: Box
    cells: tuple[GridCell, ...]
    header_rows: int | None = None
    caption: str | None = None

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


@dataclass(slots=True)
class _Segment:
    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    parts: list[Word]

    @property
    def words(self) -> int:
        return len(self.parts)


_Line = list[_Segment]


def unruled_tables(words: Iterable[Word], taken: Sequence[Box] = (), rules: Sequence[Box] = ()) -> list[UnruledTable]:
    """Tables that stand on a page without rules, top to bottom.

    Args:
        words: Words of the page; those that do not read from left to right are left out.
        taken: Boxes of tables that were found by their rules.
        rules: Level rules of the page, which part rows and headers.
    """
    upright = [word for word in words if word.upright and not _is_inside(word, taken)]
    lines = [_segments(line) for line in _lines(upright)]
    if len(lines) < _FEWEST_ROWS:
        return []
    height = median(segment.bottom - segment.top for line in lines for segment in line)
    tables = (_table(_trimmed(block), height, rules) for block in _blocks(lines, height))
    return [table for table in tables if table is not None]


def page_tables(
    words: Iterable[Word],
    ruled: Sequence[RuledTable],
    rules: Sequence[Box] = (),
    marks: Sequence[Box] = (),
) -> tuple[list[RuledTable], list[UnruledTable]]:
    """Decide which tables of a page are those that their rules tell, and find the others by their text.

    Rules tell a table where they part its text into rows and columns.  Frames around text, grids behind charts and
    tables that are ruled only in part do not: these are read by their text.

    Args:
        words: Words of the page.
        ruled: What the rules of the page enclose.
        rules: Its level rules.
        marks: Boxes of what only charts draw.

    Returns:
        The ruled tables that hold, and the tables found by text alone.
    """
    upright = [word for word in words if word.upright]
    kept: list[RuledTable] = []
    charts: list[Box] = []
    partly: list[UnruledTable] = []
    for table in ruled:
        if not holds_table(table):
            charts += [table.bbox] if _is_grid(table) else []
        elif _goes_on_beside(table, upright, [other.bbox for other in ruled if other is not table]):
            continue
        elif better := _read_by_text(table, upright, rules):
            partly.append(better)
        elif _parts_most_rows(table) and not (_is_half_blank(table) and is_chart(table.bbox, marks)):
            kept.append(without_caption(table))
    taken = [item.bbox for item in kept] + [item.bbox for item in partly]
    unruled = [
        item
        for item in unruled_tables(upright, taken, rules)
        if not any(_covers(item.bbox, box) for box in charts) and not is_chart(item.bbox, marks)
    ]
    return kept, sorted([*partly, *unruled], key=lambda item: item.bbox[1])


def holds_table(table: RuledTable) -> bool:
    """Whether rules really part the text into rows and columns: a frame around text and a chart's grid do not."""
    rows = [row for row in table.rows if any(row)]
    columns = [column for column in zip(*rows, strict=True) if any(column)]
    blank = sum(text == "" for column in columns for text in column)
    filled = sum(bool(text) for column in columns for text in column)
    several = sum(sum(map(bool, row)) > 1 for row in rows)
    return (
        len(rows) > 1
        and several > 0
        and len(rows) >= _FILLED * len(table.rows)
        and filled >= _FILLED * (filled + blank)
    )


def _parts_most_rows(table: RuledTable) -> bool:
    rows = [sum(map(bool, row)) for row in table.rows if any(row)]
    return sum(count > 1 for count in rows) >= _SEVERAL * len(rows)


def _is_grid(table: RuledTable) -> bool:
    """Whether most of its cells are blank, as behind a chart."""
    return len(table.rows) > 2 and _is_half_blank(table)


def _is_half_blank(table: RuledTable) -> bool:
    texts = [text for row in table.rows for text in row if text is not None]
    return sum(map(bool, texts)) < len(texts) / 2


def _covers(box: Box, inner: Box) -> bool:
    """Whether a box covers at least half of another."""
    width = min(box[2], inner[2]) - max(box[0], inner[0])
    height = min(box[3], inner[3]) - max(box[1], inner[1])
    return width > 0 and height > 0 and width * height > (inner[2] - inner[0]) * (inner[3] - inner[1]) / 2


def _goes_on_beside(table: RuledTable, words: list[Word], others: list[Box]) -> bool:
    """Whether nearly every row has text on its line, outside of all rules and not far from them."""
    x0, top, x1, bottom = table.bbox
    near = [word for word in words if top <= (word.top + word.bottom) / 2 <= bottom]
    inside = [word for word in near if x0 <= (word.x0 + word.x1) / 2 <= x1]
    outside = [word for word in near if (word.x1 < x0 + 1 or word.x0 > x1 - 1) and not _is_inside(word, others)]
    lines = _lines(inside)
    beside = _lines(outside)
    if not lines or not 0.8 * len(lines) <= len(beside) <= 1.3 * len(lines):
        return False
    close = [
        line
        for line in lines
        if any(
            abs(_middle(line) - _middle(other)) < 2 and _gap_to(x0, x1, other) < _NEARBY * (x1 - x0) for other in beside
        )
    ]
    return len(close) > 0.8 * len(lines)


def _middle(line: list[Word]) -> float:
    return (line[0].top + line[0].bottom) / 2


def _gap_to(x0: float, x1: float, line: list[Word]) -> float:
    return min(max(word.x0 - x1, x0 - word.x1, 0.0) for word in line)


def _read_by_text(table: RuledTable, words: list[Word], rules: Sequence[Box]) -> UnruledTable | None:
    """The table as its text stands, where the rules leave several rows or columns of it in one cell."""
    x0, top, x1, bottom = table.bbox
    inside = [word for word in words if _is_inside(word, [(x0, top, x1, bottom)])]
    sides = [(box[0], box[1], box[2], box[1]) for row in table.cells for box in row if box is not None]
    found = unruled_tables(inside, rules=[*rules, *sides])
    if len(found) != 1:
        return None
    (text,) = found
    ruled_rows = [row for row in table.rows if any(row)]
    tops = sorted({box[1] for row in table.cells for box in row if box is not None})
    merged = 0
    for boxes in table.cells:
        wide = [box for box in boxes if box is not None]
        merged += any(_columns_inside(box, text) > 1 for box in wide)
    if merged > 0.3 * len(tops) and not _is_form(table):
        return text
    stacked = sum(_is_stacked(row) for row in ruled_rows)
    return text if stacked and len(ruled_rows) - stacked <= 2 else None


def _is_form(table: RuledTable) -> bool:
    """Whether its cells are those of a form: a label with a colon, and what was filled in."""
    texts = [text for row in table.rows for text in row if text]
    return sum(":" in text.split("\n")[0] for text in texts) > 0.4 * len(texts)


def _columns_inside(box: Box, table: UnruledTable) -> int:
    """Columns of a table whose text stands on one line inside of a box, the most on any line."""
    counts: dict[int, int] = {}
    for cell in table.cells:
        if cell.column_span == 1 and _is_box_inside(cell.bbox, box):
            counts[cell.row] = counts.get(cell.row, 0) + 1
    return max(counts.values(), default=0)


def _is_box_inside(inner: Box, box: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _is_stacked(row: Sequence[str | None]) -> bool:
    """Whether all cells of a row but one hold the same number of short lines, three at least."""
    counts = sorted((text.count("\n") + 1 for text in row if text), reverse=True)
    words = sum(len(text.split()) for text in row[1:] if text)
    return len(counts) > 2 and counts[-1] >= 3 and counts[1] == counts[-1] and words <= 2 * sum(counts)


def _is_inside(word: Word, boxes: Sequence[Box]) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
    return any(x0 <= x <= x1 and top <= y <= bottom for x0, top, x1, bottom in boxes)


def _lines(words: list[Word]) -> list[list[Word]]:
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


def _segments(line: list[Word]) -> _Line:
    found: _Line = []
    for word in line:
        last = found[-1] if found else None
        if last is not None and word.x0 - last.x1 < _gap_between(last.parts[-1], word):
            last.text += " " + word.text
            last.top, last.bottom = min(last.top, word.top), max(last.bottom, word.bottom)
            last.x1 = max(last.x1, word.x1)
            last.parts.append(word)
        else:
            found.append(_Segment(word.text, word.x0, word.top, word.x1, word.bottom, [word]))
    return found


def _gap_between(left: Word, right: Word) -> float:
    """Gap from which two words stand in different cells; numbers stand closer than words of one text would."""
    are_numbers = is_number(left.text) and is_number(right.text)
    return (_NUMBER_GAP if are_numbers else _GAP) * (right.bottom - right.top)


def _blocks(lines: list[_Line], height: float) -> Iterable[list[_Line]]:
    """Lines of several segments, with at most two short single ones between them."""
    block: list[_Line] = []
    single = 0
    for line in lines:
        if block and _top(line) - _bottom(block[-1]) > _LEADING * height:
            yield block
            block, single = [], 0
        single = single + 1 if len(line) == 1 else 0
        if single and not block:
            continue
        if single > 2 or (single and line[0].words > 12):
            yield block
            block, single = [], 0
            continue
        block.append(line)
    yield block


def _top(line: _Line) -> float:
    return min(segment.top for segment in line)


def _bottom(line: _Line) -> float:
    return max(segment.bottom for segment in line)


def _trimmed(block: list[_Line]) -> list[_Line]:
    """Without the single segments at its ends: captions, remarks and paragraphs."""
    several = [index for index, line in enumerate(block) if len(line) > 1]
    return block[several[0] : several[-1] + 1] if several else []


def _table(block: list[_Line], height: float, rules: Sequence[Box]) -> UnruledTable | None:
    block, caption = _without_caption(block, rules)
    core, cuts = _core(block, height)
    core = _without_notes(core, cuts)
    if not cuts or len([line for line in core if len(line) > 1]) < _FEWEST_ROWS:
        return None
    lines = [_row(line, row, cuts, height) for row, line in enumerate(core)]
    cells = [cell for line in lines for cell in line]
    columns: list[list[str]] = [[] for _ in range(len(cuts) + 1)]
    for cell in cells:
        if cell.column_span == 1:
            columns[cell.column].append(cell.text)
    if _is_prose(columns) or _is_list(columns, len(core)) or not _is_filled(cells, cuts, core):
        return None
    found, headers = LogicalRows(lines, len(columns), rules, height).cells()
    return UnruledTable(_around(cell.bbox for cell in found), tuple(found), headers, caption)


def _without_caption(block: list[_Line], rules: Sequence[Box]) -> tuple[list[_Line], str | None]:
    """The lines below a caption, and the caption: a line that names a table, and those up to a rule or to columns."""
    if not block or not CAPTION.match(" ".join(segment.text for segment in block[0])):
        return block, None
    end = 1
    while end < min(len(block) - 1, 4) and len(block[end]) == 1 and not _is_ruled(block[end - 1], block[end], rules):
        end += 1
    return block[end:], " ".join(segment.text for line in block[:end] for segment in line)


def _is_ruled(above: _Line, below: _Line, rules: Sequence[Box]) -> bool:
    """Whether a rule runs between two lines."""
    return any(_bottom(above) - 2 < rule[1] < _top(below) + 2 for rule in rules)


def _without_notes(core: list[_Line], cuts: list[float]) -> list[_Line]:
    """The lines above the first note in the lower half, where notes reach over columns or stand alone."""
    for index, line in enumerate(core):
        stands_alone = bool(cuts) and line[-1].x1 < cuts[0]
        spans = any(segment.x0 < cut < segment.x1 for segment in line for cut in cuts)
        is_low = index >= max(_FEWEST_ROWS, len(core) / 2)
        if is_low and (spans or stands_alone) and NOTE.match(" ".join(segment.text for segment in line)):
            return _trimmed(core[:index])
    return core


def _is_prose(columns: list[list[str]]) -> bool:
    """Whether the columns are those of running text: long lines on average, or three words on each side."""
    # some writers set no blanks: eight letters count as a word where narrow gaps have joined the words
    words = [[max(len(text.split()), len(text) / 8) for text in column] for column in columns if column]
    counts = [count for column in words for count in column]
    return sum(counts) > _LONGEST * len(counts) or min(sum(column) / len(column) for column in words) >= 3


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
    return words > _LONGEST * len(second) or min(len(first), len(second)) < max(4, rows / 2)


def _is_filled(cells: list[GridCell], cuts: list[float], core: list[_Line]) -> bool:
    """Whether enough of a table holds text, and two columns of it at least in every third row."""
    filled = {(cell.row, cell.column) for cell in cells}
    columns = [sum(column == number for _, column in filled) for number in range(len(cuts) + 1)]
    return len(filled) >= _FILLED * len(core) * len(columns) and sorted(columns)[-2] >= _FILLED * len(core)


def _core(block: list[_Line], height: float) -> tuple[list[_Line], list[float]]:
    """The lines of a block that share the most columns, and where these are parted.

    A caption above or a source below, cut by a wide blank, would hide the white between columns: up to three lines at
    either end are left out where that shows more columns.  A line that reaches over the later columns alone stays: it
    is a header that spans.
    """
    cuts, first, last = _most_columns(block, height)
    while cuts and first > 0 and _stays_right_of(block[first - 1], cuts[0]):
        first -= 1
    return _trimmed(block[first:last]), cuts


def _most_columns(block: list[_Line], height: float) -> tuple[list[float], int, int]:
    best: tuple[list[float], int, int] = ([], 0, len(block))
    for left_out in range(2 * _MOST_LEFT_OUT + 1):
        for first in range(max(0, left_out - _MOST_LEFT_OUT), min(left_out, _MOST_LEFT_OUT) + 1):
            last = len(block) - (left_out - first)
            several = [line for line in block[first:last] if len(line) > 1]
            if len(several) >= _FEWEST_ROWS and len(cuts := _cuts(several, height)) > len(best[0]):
                best = cuts, first, last
    return best


def _stays_right_of(line: _Line, cut: float) -> bool:
    return all(segment.x0 > cut for segment in line)


def _cuts(lines: list[_Line], height: float) -> list[float]:
    """Middles of the strips of white that at most a few lines reach across."""
    allowed = int(_CROSSING * len(lines))
    segments = [segment for line in lines for segment in line]
    changes = sorted([(segment.x0, 1) for segment in segments] + [(segment.x1, -1) for segment in segments])
    depths = []
    depth = 0
    for x, group in groupby(changes, key=lambda change: change[0]):
        depth += sum(step for _, step in group)
        depths.append((x, depth))
    # neighbouring strips that both are white are one
    runs = groupby(pairwise(depths), key=lambda pair: pair[0][1] <= allowed)
    strips = []
    for is_white, run in runs:
        pieces = list(run)
        if is_white:
            strips.append((pieces[0][0][0], pieces[-1][1][0]))
    first, last = depths[0][0], depths[-1][0]
    return [
        (left + right) / 2 for left, right in strips if right - left > 0.25 * height and left > first and right < last
    ]


def _row(line: _Line, row: int, cuts: list[float], height: float) -> list[GridCell]:
    """Cells of a line; segments in one column are one cell, as in justified text with wide blanks."""
    inset = 0.3 * height
    found: list[GridCell] = []
    for segment in [piece for whole in line for piece in _pieces(whole, cuts, height)]:
        first = sum(segment.x0 + inset > cut for cut in cuts)
        last = max(first, sum(segment.x1 - inset > cut for cut in cuts))
        box = (segment.x0, segment.top, segment.x1, segment.bottom)
        text = segment.text
        if found and found[-1].last_column >= first:
            before = found.pop()
            first, last = before.column, max(last, before.last_column)
            text, box = f"{before.text} {text}", _around((before.bbox, box))
        found.append(GridCell(row, first, 1, last - first + 1, text, box))
    return found


def _pieces(segment: _Segment, cuts: list[float], height: float) -> list[_Segment]:
    """A segment cut where the white between columns runs between its words; whole where it spans columns."""
    inset = 0.3 * height
    crossing = [cut for cut in cuts if segment.x0 + inset < cut < segment.x1 - inset]
    gaps = {index: _gap_at(segment.parts, cut, height) for index, cut in enumerate(crossing)}
    splits = sorted({gap for gap in gaps.values() if gap is not None})
    if not crossing or len(splits) < len(crossing):
        return [segment]
    starts = [0, *splits]
    pieces = [segment.parts[start:end] for start, end in zip(starts, [*splits, len(segment.parts)], strict=True)]
    if len(crossing) > 1 or _are_apart(segment.parts, splits[0]):
        return [_segment_of(piece) for piece in pieces]
    return [segment]


def _gap_at(words: list[Word], cut: float, height: float) -> int | None:
    """Index of the word that begins right of a cut which runs between two words, or None."""
    slack = 0.2 * height
    for index in range(1, len(words)):
        if words[index - 1].x1 - slack <= cut <= words[index].x0 + slack:
            return index
    return None


def _are_apart(words: list[Word], index: int) -> bool:
    """Whether two neighbouring words are two cells: both numbers, or further apart than the others."""
    gaps = [right.x0 - left.x1 for left, right in pairwise(words)]
    others = gaps[: index - 1] + gaps[index:]
    if is_number(words[index - 1].text) and is_number(words[index].text):
        return True
    return bool(others) and gaps[index - 1] > 1.3 * median(others)


def _segment_of(words: list[Word]) -> _Segment:
    x0, top, x1, bottom = _around((word.x0, word.top, word.x1, word.bottom) for word in words)
    return _Segment(" ".join(word.text for word in words), x0, top, x1, bottom, words)


def _around(boxes: Iterable[Box]) -> Box:
    x0s, tops, x1s, bottoms = zip(*boxes, strict=True)
    return min(x0s), min(tops), max(x1s), max(bottoms)
