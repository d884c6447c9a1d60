"""Small ruled cells around lettering: feature control frames, datum letters, theoretically exact dimensions.

A frame is a row of cells of one height, the first with the symbol of a characteristic (ISO 1101, 6.2); a lone cell
around a letter names a datum (ISO 5459), one around a dimension makes it theoretically exact (ISO 129-1).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pybase_extraction.drawing.frames import CHARACTERISTICS
from pybase_extraction.drawing.normalize import normalize
from pybase_extraction_pdf.drawn_signs import DrawnSigns
from pybase_extraction_pdf.oriented import Piece, joined, turned_box
from pybase_extraction_pdf.primitives import Box, PageContent
from pybase_extraction_pdf.ruled import SHEET, ruled_cells
from pybase_extraction_pdf.segments import around

_TALLEST, _WIDEST = 90.0, 320.0
"""Points; larger cells belong to tables and views."""
_SQUARE = 24.0
_TOUCH = 2.0
"""Points by which the rules of neighbouring cells may be apart."""
_ZONE = re.compile(r"\A(?:S?\s?⌀)?\s?\d*[.,]?\d+")
_LETTER = re.compile(r"\A[A-HJ-NPR-Z]{1,2}\Z")
_TARGET = re.compile(r"\A[A-HJ-NPR-Z]\d{1,2}\Z")
_TALL = 3.4
"""Heights of the text that a cell of a frame may have (ISO 7083: 2; two lines of text: 3.4)."""


@dataclass(slots=True)
class Cell:
    """A small ruled cell.

    Attributes:
        box: Its place on the page.
        pieces: What is written in it.
        is_alone: No other cell touches it.
    """

    box: Box
    pieces: list[Piece] = field(default_factory=list)
    is_alone: bool = True

    def angle(self) -> float:
        """Direction of what is written in it."""
        return self.pieces[0].angle if self.pieces else 0.0


class SmallCells:
    """The small ruled cells of a page, with the pieces in each."""

    def __init__(self, page: PageContent, pieces: Sequence[Piece]) -> None:
        boxes = [box for box in ruled_cells(page, SHEET) if _is_small(box)]
        self.cells = [Cell(box) for box in boxes]
        self._squares: dict[tuple[int, int], list[Cell]] = defaultdict(list)
        for cell in self.cells:
            for square in _squares(cell.box):
                self._squares[square].append(cell)
        self._homes: dict[int, Cell] = {}
        for piece in pieces:
            self._settle(piece)
        for cell in self.cells:
            cell.is_alone = not any(_touch(cell.box, other.box) for other in self._around(cell) if other is not cell)

    def _settle(self, piece: Piece) -> None:
        x, y = (piece.bbox[0] + piece.bbox[2]) / 2, (piece.bbox[1] + piece.bbox[3]) / 2
        around_it = self._squares.get((int(x // _SQUARE), int(y // _SQUARE)), ())
        homes = [c for c in around_it if c.box[0] <= x <= c.box[2] and c.box[1] <= y <= c.box[3]]
        home = min(homes, key=lambda cell: _area(cell.box), default=None)
        if home is not None:
            home.pieces.append(piece)
            self._homes[id(piece)] = home

    def _around(self, cell: Cell) -> list[Cell]:
        x0, top, x1, bottom = cell.box
        wide = (x0 - _TOUCH, top - _TOUCH, x1 + _TOUCH, bottom + _TOUCH)
        found = {id(other): other for square in _squares(wide) for other in self._squares.get(square, ())}
        return list(found.values())

    def of(self, piece: Piece) -> Cell | None:
        """The cell in which a word stands, or the first word of a line."""
        while piece.parts:
            piece = piece.parts[0]
        return self._homes.get(id(piece))

    def all_of(self, piece: Piece) -> list[Cell | None]:
        """The cells of all words of a piece."""
        if not piece.parts:
            return [self._homes.get(id(piece))]
        return [cell for part in piece.parts for cell in self.all_of(part)]

    def beside(self, cell: Cell, angle: float, *, after: bool) -> list[Cell]:
        """Cells that touch one before or after it in the direction of its text, from top to bottom."""
        own = turned_box(cell.box, angle)
        found = []
        for other in self._around(cell):
            box = turned_box(other.box, angle)
            gap = box[0] - own[2] if after else own[0] - box[2]
            overlap = min(own[3], box[3]) - max(own[1], box[1])
            if other is not cell and abs(gap) < _TOUCH and overlap > 0.4 * min(own[3] - own[1], box[3] - box[1]):
                found.append((box[1], other))
        return [other for _, other in sorted(found, key=lambda item: item[0])]

    def is_table(self, cell: Cell) -> bool:
        """Whether a cell that is low for its text has several written cells around it: one of a table."""
        others = [other for other in self._around(cell) if other is not cell and other.pieces]
        return len([other for other in others if _touch(cell.box, other.box)]) >= 2


def _is_small(box: Box) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    return 4 <= min(width, height) <= _TALLEST and max(width, height) <= _WIDEST


def _squares(box: Box) -> Iterator[tuple[int, int]]:
    for column in range(int(box[0] // _SQUARE), int(box[2] // _SQUARE) + 1):
        for row in range(int(box[1] // _SQUARE), int(box[3] // _SQUARE) + 1):
            yield column, row


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _touch(one: Box, other: Box) -> bool:
    return (
        one[0] - _TOUCH < other[2]
        and other[0] - _TOUCH < one[2]
        and one[1] - _TOUCH < other[3]
        and other[1] - _TOUCH < one[3]
    )


def frames_of(cells: SmallCells, signs: DrawnSigns) -> Iterator[Piece]:
    """Feature control frames, as texts whose compartments are parted by bars, a line for each row."""
    rows: dict[int, list[list[Cell]]] = defaultdict(list)
    heads: dict[int, tuple[Cell, str, float]] = {}
    for cell in cells.cells:
        if not cell.pieces or not _ZONE.match(_written(cell)):
            continue
        angle = cell.angle()
        for head in cells.beside(cell, angle, after=False):
            symbol = _symbol(head, signs, angle) if _is_low(cell, head, angle) else None
            if symbol is not None:
                heads[id(head)] = (head, symbol, angle)
                rows[id(head)].append(_row(cell, cells, angle))
                break
    for key, (head, symbol, angle) in heads.items():
        yield _frame(head, symbol, sorted(rows[key], key=lambda row: turned_box(row[0].box, angle)[1]))


def unread_frames_of(cells: SmallCells, taken: Sequence[Piece]) -> Iterator[Piece]:
    """Frames whose symbol cannot be told, as on a scan: what they say is no dimension.

    A number in a low cell behind a low blank one, where the symbol of the characteristic is drawn.
    """
    used = {id(part) for piece in taken for part in piece.parts}
    for cell in cells.cells:
        if not cell.pieces or any(id(piece) in used for piece in cell.pieces) or not _ZONE.match(_written(cell)):
            continue
        angle = cell.angle()
        heads = [head for head in cells.beside(cell, angle, after=False) if _is_low(cell, head, angle)]
        if len(heads) == 1 and not heads[0].pieces and _may_hold_symbol(heads[0], cell, angle):
            yield _frame(heads[0], "?", [_row(cell, cells, angle)])


def _may_hold_symbol(head: Cell, cell: Cell, angle: float) -> bool:
    """Whether a blank cell is as high as the one behind it, about square, and no higher than a frame around letters."""
    first, second = turned_box(head.box, angle), turned_box(cell.box, angle)
    height = first[3] - first[1]
    is_even = abs(first[1] - second[1]) < _TOUCH and abs(first[3] - second[3]) < _TOUCH
    return is_even and 0.6 < (first[2] - first[0]) / height < 2 and height < _LOW * cell.pieces[0].height


_LOW = 2.2
"""Heights of the text that a frame around one line has (ISO 7083: 2)."""


def _is_low(cell: Cell, head: Cell, angle: float) -> bool:
    own, box = turned_box(cell.box, angle), turned_box(head.box, angle)
    height = cell.pieces[0].height
    return own[3] - own[1] < _TALL * height and box[3] - box[1] < 2 * _TALL * height and box[2] - box[0] < 6 * height


def _symbol(head: Cell, signs: DrawnSigns, angle: float) -> str | None:
    text = _written(head).strip()
    if text in CHARACTERISTICS or text == "//":
        return text
    return signs.characteristic(turned_box(head.box, angle), angle) if not text else None


def _row(first: Cell, cells: SmallCells, angle: float) -> list[Cell]:
    row = [first]
    top, bottom = turned_box(first.box, angle)[1::2]
    while len(row) < 8:
        following = [
            cell
            for cell in cells.beside(row[-1], angle, after=True)
            if cell.pieces
            and abs(turned_box(cell.box, angle)[1] - top) < _TOUCH
            and abs(turned_box(cell.box, angle)[3] - bottom) < _TOUCH
        ]
        if not following:
            break
        row.append(following[0])
    return row


def _frame(head: Cell, symbol: str, rows: Sequence[Sequence[Cell]]) -> Piece:
    lines = ["|" + "|".join([symbol, *map(_written, rows[0])]) + "|"]
    lines += ["|" + "|".join(map(_written, row)) + "|" for row in rows[1:]]
    parts = [*head.pieces, *(piece for row in rows for cell in row for piece in cell.pieces)]
    whole = joined(parts, "\n".join(lines), "ruled-frame")
    return replace(whole, bbox=around([head.box, *(cell.box for row in rows for cell in row)]))


def _written(cell: Cell) -> str:
    ordered = sorted(cell.pieces, key=lambda piece: (round(piece.middle / max(piece.height, 1)), piece.frame[0]))
    return " ".join(normalize(piece.text, piece.font) for piece in ordered)


def targets_of(pieces: Sequence[Piece], signs: DrawnSigns) -> Iterator[Piece]:
    """Datum targets, as ``[A1]``; the size of the area, in the upper half, is a part of it."""
    for piece in pieces:
        circle = signs.target_around(piece) if _TARGET.match(piece.text) else None
        if circle is not None:
            above = [other for other in pieces if other is not piece and _is_inside(other, circle, piece.angle)]
            yield joined([piece, *above], f"[{piece.text}]", "datum-target")


def _is_inside(piece: Piece, circle: Box, angle: float) -> bool:
    u, v = (piece.frame[0] + piece.frame[2]) / 2, piece.middle
    is_level = abs(piece.angle - angle) < 0.1
    return is_level and circle[0] < u < circle[2] and circle[1] < v < circle[3]


def datums_of(cells: SmallCells) -> Iterator[Piece]:
    """Datum letters in a cell of their own, as ``[A]``."""
    for cell in cells.cells:
        if cell.is_alone and len(cell.pieces) == 1 and _LETTER.match(cell.pieces[0].text):
            piece = cell.pieces[0]
            width, height = cell.box[2] - cell.box[0], cell.box[3] - cell.box[1]
            if max(width, height) < _TALL * piece.height and 0.5 < width / height < 2:
                yield joined([piece], f"[{piece.text}]", "ruled-datum")
