"""Which texts that read as callouts are callouts: what is drawn beside them, and which table they stand in.

A bare number is a size where a dimension line, a leader or another stroke shows it.  In the cells of a table, in
running text and along the axes of a chart it is something else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice, pairwise

from pybase_extraction.results import BBox, Table
from pybase_extraction_pdf.dimension_lines import DimensionLines, slanted_strokes
from pybase_extraction_pdf.drawing_frame import frame_of
from pybase_extraction_pdf.oriented import Piece, turned_box
from pybase_extraction_pdf.primitives import PageContent
from pybase_extraction_pdf.sheet_labels import in_grids
from pybase_extraction_pdf.table_confidence import kind_of
from pybase_extraction_pdf.text import Line

_NUMBERS = (
    r"[\s\d.,;:/()\[\]=–—-]*",
    r"\d+\s?[xX×]\s[\s\d.,()]*",
    r"[\d.,\s]+[xX×][\d.,\s]+",
    r"\(?[A-Za-z]{1,2}\s?=\s?[\d.,\s·*/^]+\)?",
    r"[\d.,\s]+(?:REF|TYP|MAX|MIN)\b\.?",
)
_WEAK = re.compile("|".join(_NUMBERS), re.IGNORECASE)
"""Numbers without a sign of size, a tolerance or a unit."""
_DIGIT = re.compile(r"\d")
_BARE = re.compile(r"-?\d*[.,]?\d+")
_LISTED = re.compile(
    r"(?:[+\-±]|\d{1,3}\s?[xX×]\s?)?[⌀Øø∅φΦRM]?\s?\d*[.,]?\d+(?:\s?(?:°|mm|THRU|DURCH|[xX×]\s?\d*[.,]?\d+))?"
)
"""What the cells of a table of holes hold."""
_SURE_RULES = frozenset({"ruled-frame", "ruled-datum", "datum-target", "stacked-deviations", "stacked-fraction"})
_WORD = re.compile(r"[^\W\d_]{2,}")
_PROSE = 6
"""Words of a line of running text, at least."""
_FEWEST_WORDS = 30
_MOSTLY = 0.4
_LARGE = 1100.0
"""Points of the longer side of a sheet of A3 or ANSI B; documents of text are printed on smaller pages."""
_BORDER = 0.15
"""Share of the page within which the sides of a frame stand."""
_EDGE = 3.0
"""Points from the edges of the page within which an area is its background."""
_FEWEST_CELLS = 4
_LOW = 3.5
"""Heights of a line that a cell of a table has for each of its lines, at most; what is higher is drawn around views."""
_FEWEST_STROKES = 24
"""Slanted strokes of views and arrowheads; logos have fewer."""
_MOST_WORDS = 2
"""Words for each of them, at most."""
_FEWEST_SIZES = 3
_FEWEST_ROWS = 3
_FARTHEST = 20
"""Heights between the columns of a table."""
_FEWEST_TICKS = 4
_LEVEL = 1.0
"""Points by which the labels of an axis may differ across it."""
_EVEN = 0.05
"""Share of a step by which those of an axis may differ."""
_MARGIN = 0.08
"""Share of the page's height at its ends where pages of text have their numbers."""


def is_large(page: PageContent) -> bool:
    """Whether a page is as large as drawing sheets are, from A3 on, or a scan, of which nothing is known."""
    return max(page.width, page.height) > _LARGE or not any(char[0].strip() for char in page.chars)


def is_sheet(page: PageContent, tables: Sequence[Table]) -> bool:
    """Whether a page is a drawing sheet by its size or its frame."""
    return is_large(page) or _has_frame(page, tables)


def may_be_drawing(page: PageContent, lines: Sequence[Line], tables: Sequence[Table]) -> bool:
    """Whether a page is a sheet, or has slanted and round strokes, many for its words, and is none of running text."""
    if is_sheet(page, tables):
        return True
    least = max(_FEWEST_STROKES, sum(len(line.text.split()) for line in lines) // _MOST_WORDS)
    return not _is_prose(lines) and len([*islice(slanted_strokes(page), least)]) == least


class SizesShown:
    """The callouts of a page that its strokes show.

    Args:
        page: What the page draws.
        texts: What reads as callouts.
        tables: The tables of the page.
        lines: All lines of the page.
    """

    def __init__(
        self, page: PageContent, texts: Sequence[Piece], tables: Sequence[Table], lines: Sequence[Line]
    ) -> None:
        self._page = page
        self._texts = texts
        self._is_sheet = is_sheet(page, tables)
        is_prose = not self._is_sheet and _is_prose(lines)
        self._cells = [cell for table in tables if _is_of_data(table) for cell in _cells(table, is_prose)]
        lettered = [piece for piece in texts if piece.font is not None and _DIGIT.search(piece.text)]
        self._strokes = DimensionLines(page, lettered)
        weak = [piece for piece in lettered if _WEAK.fullmatch(piece.text)]
        sure = weak if self._is_sheet else self._between_arrows(weak)
        self._is_drawing = self._is_sheet or (not is_prose and len(sure) >= max(_FEWEST_SIZES, len(weak) / 2))
        self._shown = {id(piece) for piece in (weak if self._is_drawing else sure) if self._is_beside(piece)}
        if self._is_sheet:
            self._shown -= _ticks(weak, may_be_ordinates=True)
        loose = [piece for piece in lettered if _LISTED.fullmatch(piece.text) and not self._strokes.beside(piece)]
        self._listed = in_grids(loose) | _in_columns(loose, lines)

    def kept(self) -> list[Piece]:
        """Those that are callouts, in their order."""
        return [piece for piece in self._texts if self._is_callout(piece)]

    def _is_callout(self, piece: Piece) -> bool:
        if (
            piece.font is None
            or not _DIGIT.search(piece.text)
            or piece.rule in _SURE_RULES
            or (piece.is_boxed and self._is_drawing)
        ):
            return True  # letters, words from pixels, whose strokes are unknown, or put together of several texts
        if id(piece) in self._listed or self._is_cell(piece):
            return False
        return not _WEAK.fullmatch(piece.text) or id(piece) in self._shown

    def _is_beside(self, piece: Piece) -> bool:
        """Whether a stroke shows a number on a sheet; unknown where the views are bitmaps or not on the page."""
        if self._strokes.beside(piece) or not self._strokes.any_beside():
            return True
        x, y = _middle(piece.bbox)
        return any(x0 <= x <= x1 and top <= y <= bottom for x0, top, x1, bottom in self._page.images)

    def _between_arrows(self, weak: Sequence[Piece]) -> list[Piece]:
        """Numbers of a page without a frame that are sizes: whose dimension lines have arrowheads."""
        ticks = _ticks(weak)
        return [
            piece
            for piece in weak
            if id(piece) not in ticks
            and not self._is_page_number(piece)
            and self._strokes.carries_between_arrows(piece)
        ]

    def _is_page_number(self, piece: Piece) -> bool:
        height = self._page.height
        return min(piece.bbox[3], height - piece.bbox[1]) < _MARGIN * height

    def _is_cell(self, piece: Piece) -> bool:
        x, y = _middle(piece.bbox)
        for (x0, top, x1, bottom), lines, is_sure in self._cells:
            if x0 <= x <= x1 and top <= y <= bottom:
                box = turned_box((x0, top, x1, bottom), piece.angle)
                height = piece.height / (piece.text.count("\n") + 1)
                return box[3] - box[1] < _LOW * height * lines and (is_sure or not self._strokes.beside(piece))
        return False


def _in_columns(loose: Sequence[Piece], lines: Sequence[Line]) -> set[int]:
    """Which texts stand in a column of a table without rules, by their ``id``: three or more with texts beside them.

    The texts beside them, on their levels, are in a column, too: names of threads, holes or properties.
    """
    level = [line.bbox for line in lines if not line.turn]
    found: set[int] = set()
    for side in (0, 2):
        columns: dict[int, list[Piece]] = defaultdict(list)
        for piece in loose:
            if piece.angle == 0:
                columns[round(piece.bbox[side] / _LEVEL)].append(piece)
        for column in columns.values():
            beside: dict[int, set[int]] = defaultdict(set)
            for piece in column if len(column) >= _FEWEST_ROWS else ():
                for box in level:
                    if _is_beside(box, piece):
                        beside[round(box[0] / _LEVEL)].add(id(piece))
            found |= {number for rows in beside.values() if len(rows) >= _FEWEST_ROWS for number in rows}
    return found


def _is_beside(box: BBox, piece: Piece) -> bool:
    """Whether a text stands on the level of a piece, not far from it, or begins before it on one line."""
    x0, top, x1, bottom = box
    middle = (top + bottom) / 2
    if not piece.bbox[1] < middle < piece.bbox[3]:
        return False
    gap = max(piece.bbox[0] - x1, x0 - piece.bbox[2])
    is_around = x0 < piece.bbox[0] - 2 * piece.height and x1 > piece.bbox[0]
    return is_around or 0 < gap < _FARTHEST * piece.height


def _has_frame(page: PageContent, tables: Sequence[Table]) -> bool:
    """Whether a page has the frame of a sheet: along its edges, no background and not the outer rules of a table."""
    frame = frame_of(page)
    if frame is None or any(_fills(table, frame) for table in tables):
        return False
    sides = (frame[0], frame[1], page.width - frame[2], page.height - frame[3])
    extents = (page.width, page.height, page.width, page.height)
    is_background = all(side < _EDGE for side in sides)
    return not is_background and all(side < _BORDER * extent for side, extent in zip(sides, extents, strict=True))


def _fills(table: Table, frame: BBox) -> bool:
    box = table.provenance.place.bbox
    kind, is_filled = kind_of(table.provenance.method, table.rows)
    if box is None or not is_filled or not kind.startswith("ruled"):
        return False
    return (box[2] - box[0]) * (box[3] - box[1]) > _MOSTLY * (frame[2] - frame[0]) * (frame[3] - frame[1])


def _middle(box: BBox) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _is_prose(lines: Sequence[Line]) -> bool:
    """Whether a page is one of running text: many words in long lines."""
    counts = [len(_WORD.findall(line.text)) for line in lines]
    words = sum(counts)
    return words >= _FEWEST_WORDS and sum(count for count in counts if count >= _PROSE) >= _MOSTLY * words


def _cells(table: Table, is_prose: bool) -> list[tuple[BBox, int, bool]]:
    """Filled cells, their numbers of lines, and whether the table is one: on a sheet sizes line up with each other."""
    kind, is_filled = kind_of(table.provenance.method, table.rows)
    is_ruled = kind.startswith("ruled")
    if not (is_ruled or is_filled or is_prose):
        return []
    is_sure = is_prose or is_ruled or kind == "partly-ruled"
    return [(cell.bbox, cell.text.count("\n") + 1, is_sure) for cell in table.cells if cell.bbox and cell.text]


def _is_of_data(table: Table) -> bool:
    filled = [[bool(text and text.strip()) for text in row] for row in table.rows]
    rows = sum(sum(row) > 1 for row in filled)
    return table.num_columns > 1 and rows > 1 and sum(map(sum, filled)) >= _FEWEST_CELLS


def _ticks(pieces: Sequence[Piece], *, may_be_ordinates: bool = False) -> set[int]:
    """Which numbers label an axis, by their ``id``: four or more that rise by even steps at even distances.

    So do ordinates of holes in a row, which count from a 0: on sheets, where these are, an axis has six and no 0.
    """
    found: set[int] = set()
    numbers = [piece for piece in pieces if _BARE.fullmatch(piece.text)]
    zeros = [piece for piece in numbers if float(piece.text.replace(",", ".")) == 0]
    for across, along in ((1, 0), (0, 1)):
        rows: dict[int, list[Piece]] = defaultdict(list)
        for piece in numbers:
            rows[round((piece.bbox[across + (across == 0) * 2]) / _LEVEL)].append(piece)
        for row in rows.values():
            row.sort(key=lambda piece: _middle(piece.bbox)[along])
            values = [float(piece.text.replace(",", ".")) for piece in row]
            places = [_middle(piece.bbox)[along] for piece in row]
            if may_be_ordinates and any(_is_aligned(zero, row[0], across) for zero in zeros):
                continue
            if len(row) >= _FEWEST_TICKS + 2 * may_be_ordinates and _is_even(values) and _is_even(places):
                found |= set(map(id, row))
    return found


def _is_aligned(one: Piece, other: Piece, across: int) -> bool:
    """Whether two texts have a side in common."""
    return any(abs(one.bbox[side] - other.bbox[side]) < _LEVEL for side in (across, across + 2))


def _is_even(values: Sequence[float]) -> bool:
    steps = [after - before for before, after in pairwise(values)]
    mean = sum(steps) / len(steps)
    return mean != 0 and all(abs(step - mean) <= _EVEN * abs(mean) for step in steps)
