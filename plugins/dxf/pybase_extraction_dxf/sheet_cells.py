"""Ruled cells of each layout: its lines and texts, and those of blocks that are inserted on it, as frames are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pybase_extraction.results import BBox, TextBlock
from pybase_extraction_dxf.clips import Clip, clip_of
from pybase_extraction_dxf.inserts import Insert
from pybase_extraction_dxf.ruled import LINE_TYPES, MOST_LINES, MOST_TEXTS, RuledCell, Word, cells_of, segments_of
from pybase_extraction_dxf.scan import by_space
from pybase_extraction_dxf.selection import Selection
from pybase_extraction_dxf.tags import number, of_firsts

_FRAMES = 20
"""Inserts of one block on a layout above which it is a symbol and no part of a frame."""
_DEEPEST = 4
_FEWEST_LINES = 7
"""Two cells that touch have seven sides."""
_NONE = np.zeros(0, np.int64)


class _Sheet:
    """Words and lines of one layout."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.segments: list[Any] = []
        self.count = 0

    def add(self, segments: Any) -> None:
        """Take lines, n × 4."""
        self.segments.append(segments)
        self.count += len(segments)


class _Placement:
    """Where a block lands on its layout: moved, scaled, turned by quarters."""

    def __init__(
        self,
        base: tuple[float, float],
        scale: tuple[float, float],
        quarters: int,
        at: tuple[float, float],
        clip: Clip | None = None,
    ) -> None:
        self._base, self._scale, self._quarters, self._at, self._clip = base, scale, quarters, at, clip

    def shows(self, box: BBox) -> bool:
        """Whether the middle of a box is not clipped away."""
        return self._clip is None or self._clip.holds((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)

    def lines(self, found: Any) -> Any:
        """Where lines (n × 4) land, those that are clipped away left out."""
        x0, y0, x1, y1 = (found if self._clip is None else self._clip.of_lines(found)).T
        (x0, y0), (x1, y1) = self.point(x0, y0), self.point(x1, y1)
        return np.stack([x0, y0, x1, y1], axis=1)

    def point(self, x: Any, y: Any) -> tuple[Any, Any]:
        """A point, or many as arrays."""
        u, v = (x - self._base[0]) * self._scale[0], (y - self._base[1]) * self._scale[1]
        u, v = ((u, v), (-v, u), (-u, -v), (v, -u))[self._quarters]
        return self._at[0] + u, self._at[1] + v

    def box(self, box: BBox) -> BBox:
        one, other = self.point(box[0], box[1]), self.point(box[2], box[3])
        return min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])

    def height(self, value: float) -> float:
        return abs(value * self._scale[1])


class SheetCells:
    """The ruled cells of a drawing's layouts."""

    def __init__(self, selection: Selection, texts: Sequence[TextBlock], inserts: Sequence[Insert]) -> None:
        """Sort texts and inserts by what they stand in.

        Args:
            selection: What is read.
            texts: Texts of layouts and blocks.
            inserts: All inserts that are read.
        """
        self._selection = selection
        self._words_in_layout: dict[str, list[Word]] = {}
        self._words_in_block: dict[str, list[Word]] = {}
        for at, text in enumerate(texts):
            place = text.provenance.place
            home = self._words_in_block if place.layout is None else self._words_in_layout
            name = (place.block or "").casefold() if place.layout is None else place.layout
            if name and place.bbox is not None and text.size:
                home.setdefault(name, []).append(Word(text.text, place.bbox, text.size, at))
        self._inserts: dict[int, list[Insert]] = {}
        for insert in inserts:
            self._inserts.setdefault(insert.space, []).append(insert)
        self._space_of_block = {name: space for space, name in selection.block_of.items()}
        lines = selection.of(*LINE_TYPES)
        self._lines_of = {space: lines[places] for space, places in by_space(selection.scan.space_of[lines])}
        self._segments: dict[int, Any] = {}

    def by_layout(self) -> Iterator[tuple[str, list[RuledCell]]]:
        """Name of each layout that has words and lines, and its cells."""
        for name in self._selection.page_of:
            self._selection.check()
            sheet = self._sheet(name)
            if sheet is not None and sheet.words and sheet.count:
                yield name, cells_of(np.concatenate(sheet.segments), sheet.words)

    def _sheet(self, name: str) -> _Sheet | None:
        """Words and lines of a layout; None where there are too many of them for a sheet."""
        sheet = _Sheet()
        sheet.words += self._words_in_layout.get(name, ())
        spaces = [space for space, other in self._selection.layout_of.items() if other == name]
        if len(sheet.words) > MOST_TEXTS or sum(map(self._count, spaces)) > MOST_LINES:
            return None
        for space in spaces:
            for insert in self._frames(space):
                self._place(insert, [], sheet)
        if sheet.words:
            for space in spaces:
                sheet.add(self._lines_in(space))
        return sheet

    def _count(self, space: int) -> int:
        return len(self._lines_of.get(space, ()))

    def _lines_in(self, space: int) -> Any:
        """Lines of a space, n × 4."""
        if space not in self._segments:
            lines = self._lines_of.get(space, _NONE)[: MOST_LINES + 1]
            self._segments[space] = segments_of(self._selection.scan, lines)
        return self._segments[space]

    def _frames(self, space: int) -> Iterator[Insert]:
        """Inserts of blocks that may be frames: those that hold ruled cells and stand there a few times."""
        inserts = self._inserts.get(space, ())
        counts: dict[str, int] = {}
        for insert in inserts:
            counts[insert.block.casefold()] = counts.get(insert.block.casefold(), 0) + insert.copies
        for insert in inserts:
            name = insert.block.casefold()
            if counts[name] <= _FRAMES and self._is_ruled(name):
                yield insert

    def _is_ruled(self, name: str, depth: int = 0) -> bool:
        """Whether a block, or one inside of it, has lines enough for two cells."""
        space = self._space_of_block.get(name)
        if space is None:
            return False
        if len(self._lines_in(space)) >= _FEWEST_LINES:
            return True
        inside = self._inserts.get(space, ())
        return depth < _DEEPEST and any(self._is_ruled(insert.block.casefold(), depth + 1) for insert in inside)

    def _place(self, insert: Insert, outer: list[_Placement], sheet: _Sheet) -> None:
        name = insert.block.casefold()
        space = self._space_of_block.get(name)
        own = None if space is None else self._placement(insert, space)
        if space is None or own is None or len(outer) >= _DEEPEST or sheet.count > MOST_LINES:
            return
        path = [own, *outer]
        for word in self._words_in_block.get(name, ()):
            box, height = word.bbox, word.height
            for step in path:
                if not step.shows(box):
                    break
                box, height = step.box(box), step.height(height)
            else:
                sheet.words.append(Word(word.text, box, height, word.index))
        lines = self._lines_in(space)
        for step in path:
            lines = step.lines(lines)
        sheet.add(lines)
        for nested in self._frames(space):
            self._place(nested, path, sheet)

    def _placement(self, insert: Insert, space: int) -> _Placement | None:
        """None for what is turned otherwise than by quarters, or mirrored: such a block is no frame."""
        firsts = insert.record.firsts()
        at, degrees = of_firsts(firsts, 10), (number(firsts.get(50)) or 0.0) % 360
        quarters = round(degrees / 90)
        factors = [1.0 if (value := number(firsts.get(code))) is None else value for code in (41, 42)]
        is_plain = math.isclose(degrees, 90 * quarters, abs_tol=1e-6) and min(factors) > 0
        if at is None or not is_plain or (number(firsts.get(230)) or 1.0) < 0:
            return None
        base, clip = self._selection.scan.heads[space].base_point, clip_of(self._selection.clips, insert.record)
        return _Placement((base[0], base[1]), (factors[0], factors[1]), quarters % 4, (at[0], at[1]), clip)
