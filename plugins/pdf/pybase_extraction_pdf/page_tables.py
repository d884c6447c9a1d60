"""Which tables of a page its rules tell, and which only its text does.

Rules tell a table where they part its text into rows and columns.  Frames around text, grids behind charts and tables
that are ruled only in part do not: these are read by their text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pybase_extraction_pdf.borderless import FILLED, UnruledTable, unruled_tables
from pybase_extraction_pdf.charts import is_chart
from pybase_extraction_pdf.primitives import Box, RuledTable, Word
from pybase_extraction_pdf.segments import Line, is_inside, rows_of_words, segments_of
from pybase_extraction_pdf.table_shape import without_caption

_NEARBY = 0.5
"""Share of the width of its rules within which the open columns of a table begin."""
_WORDS_A_LINE = 2.5
"""Words a line of the cells that stand above each other without rules has on average, at most."""
_MOST = 0.7
"""Share of the columns of a ruled table in which the next line has text, where the table goes on without rules."""
_TALL = 0.6
"""Share of the lines of a row's tallest cell that others hold which stand beside it line by line, at least."""
_MOST_HEAPS = 3
"""Ruled rows of a table whose rows only white parts, at most: headers, body, sums."""
_SEVERAL = 0.25
"""Share of the ruled rows that hold several filled cells, at least: boxes under words of prose part only a few."""


def page_tables(
    words: Iterable[Word],
    ruled: Sequence[RuledTable],
    rules: Sequence[Box] = (),
    marks: Callable[[], Sequence[Box]] = tuple,
) -> tuple[list[RuledTable], list[UnruledTable]]:
    """Decide which tables of a page are those that their rules tell, and find the others by their text.

    Rules tell a table where they part its text into rows and columns.  Frames around text, grids behind charts and
    tables that are ruled only in part do not: these are read by their text.

    Args:
        words: Words of the page.
        ruled: What the rules of the page enclose.
        rules: Its level rules.
        marks: Gives the boxes of what only charts draw; asked where a table may be one.

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
        elif any(goes_on(table, upright, _others(table, ruled)) for goes_on in (_goes_on_beside, _goes_on_in_line)):
            continue
        elif better := _read_by_text(table, upright, rules):
            partly.append(better)
        elif _parts_most_rows(table) and not (_is_half_blank(table) and is_chart(table.bbox, marks())):
            kept.append(without_caption(table))
    taken = [item.bbox for item in kept] + [item.bbox for item in partly]
    unruled = [
        item
        for item in unruled_tables(upright, taken, rules)
        if not any(_covers(item.bbox, box) for box in charts) and not is_chart(item.bbox, marks())
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
        len(rows) > 1 and several > 0 and len(rows) >= FILLED * len(table.rows) and filled >= FILLED * (filled + blank)
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


def _others(table: RuledTable, ruled: Sequence[RuledTable]) -> list[Box]:
    return [other.bbox for other in ruled if other is not table and len(other.rows) > 1]


def _goes_on_in_line(table: RuledTable, words: list[Word], others: list[Box]) -> bool:
    """Whether the next line above or below has text in most columns, outside of all rules: some rows are shaded."""
    x0, top, x1, bottom = table.bbox
    row = (bottom - top) / len(table.rows)
    near = [word for word in words if top - row < (word.top + word.bottom) / 2 < bottom + row]
    near = [word for word in near if word.x0 > x0 - 2 and word.x1 < x1 + 2]
    outside = [word for word in near if not is_inside(word, [table.bbox, *others])]
    columns = {(box[0], box[2]) for boxes in table.cells for box in boxes if box is not None}
    return any(_fills(segments_of(line), columns, len(table.cells[0])) for line in rows_of_words(outside))


def _fills(line: Line, columns: Iterable[tuple[float, float]], count: int) -> bool:
    """Whether every text of a line stands inside of a column of its own, and most columns have one."""
    homes = {
        column for segment in line for column in columns if column[0] - 1 <= segment.x0 and segment.x1 <= column[1] + 1
    }
    return len(homes) >= len(line) >= max(2, _MOST * count)


def _goes_on_beside(table: RuledTable, words: list[Word], others: list[Box]) -> bool:
    """Whether nearly every row has text on its line, outside of all rules and not far from them."""
    x0, top, x1, bottom = table.bbox
    near = [word for word in words if top <= (word.top + word.bottom) / 2 <= bottom]
    inside = [word for word in near if x0 <= (word.x0 + word.x1) / 2 <= x1]
    outside = [word for word in near if (word.x1 < x0 + 1 or word.x0 > x1 - 1) and not is_inside(word, others)]
    lines = rows_of_words(inside)
    beside = rows_of_words(outside)
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
    inside = [word for word in words if is_inside(word, [(x0, top, x1, bottom)])]
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
    is_heap = text.is_spaced and len(ruled_rows) <= _MOST_HEAPS
    return text if is_heap or (stacked and len(ruled_rows) - stacked <= 2) else None


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
    """Whether half of the cells of a row, two at least, hold many short lines, up to as many as any."""
    heights = {text: text.count("\n") + 1 for text in row if text}
    most = max(heights.values(), default=0)
    tall = [text for text, height in heights.items() if height >= _TALL * most]
    words = sum(len(text.split()) for text in tall)
    is_short = words <= _WORDS_A_LINE * sum(heights[text] for text in tall)
    return most >= 3 and len(tall) >= max(2, len(heights) / 2) and is_short
