"""Texts that are read from left to right in the plane of the drawing, as most are: many at once, by columns.

They become what ``read_text`` makes of them one by one; whatever is out of the ordinary is left to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pybase_extraction.results import Locator, Provenance, TextBlock, unchecked
from pybase_extraction_dxf.columns import Tags, floats
from pybase_extraction_dxf.selection import Selection
from pybase_extraction_dxf.text_boxes import level_box, size_of
from pybase_extraction_dxf.wording import plain_mtext, plain_text

_ACROSS = {0: 0.0, 1: 0.5, 2: 1.0, 4: 0.5}
"""Share of its width that a TEXT stands left of its point, by group 72; texts between two points are not level."""
_UP = {0: 0.0, 1: 0.0, 2: 0.5, 3: 1.0}
"""Share of its height that a TEXT stands below its point, by its vertical alignment."""
_OF_TEXT, _OF_ATTRIBUTE = 73, 74
"""Group codes of the vertical alignment."""
_MIDDLE = 4
_KINDS = {"TEXT": "text", "MTEXT": "mtext", "ATTRIB": "attribute"}
_Row = tuple[int, bytes, bytes | None, bytes | None, bytes | None, float, float, float, float, float, float, float]
_text_block, _provenance, _locator = unchecked(TextBlock), unchecked(Provenance), unchecked(Locator)


def read_level_texts(selection: Selection, entities: Any) -> Mapping[int, TextBlock | None]:
    """Read those of some entities that are level texts.

    Args:
        selection: What is read.
        entities: Their numbers.

    Returns:
        Text by number of the entity, None for an empty one; others are left out.
    """
    found: dict[int, TextBlock | None] = {}
    for name, kind in _KINDS.items():
        own = entities[np.isin(selection.scan.type_of[entities], selection.scan.number_of(name))]
        if len(own):
            found.update(_read(selection, own, kind))
    return found


def _read(selection: Selection, entities: Any, kind: str) -> Iterator[tuple[int, TextBlock | None]]:
    decode, heads, layout_of = selection.decode, selection.scan.heads, selection.layout_of
    block_of = {space: heads[space].name for space in selection.block_of}
    is_rich = kind == "mtext"
    plain = plain_mtext if is_rich else plain_text
    for entity, value, handle, layer, font, height, x, y, across, up, width, depth in _rows(selection, entities, kind):
        raw = decode.text(value)
        if not raw.strip():
            yield entity, None
            continue
        text = plain(raw)
        own_width, own_depth = size_of(text, height)
        size = (width or own_width, depth or own_depth) if is_rich else (own_width * width, height)
        space = selection.space_of(entity)
        block = block_of.get(space)
        place = _locator(
            layout=layout_of.get(space),
            block=block,
            layer="0" if layer is None else decode.name(layer),
            handle=None if handle is None else handle.strip().decode("ascii", "replace").upper(),
            bbox=level_box((x, y), (-size[0] * across, -size[1] * up), size),
        )
        provenance = _provenance(place=place, method="text" if block is None else "block-text")
        yield (
            entity,
            _text_block(
                text=text,
                raw=raw,
                font=decode.name(font) or None,
                size=height,
                rotation=0.0,
                kind=kind,
                provenance=provenance,
            ),
        )


def _rows(selection: Selection, entities: Any, kind: str) -> Iterator[_Row]:
    """For each level text its number, what is written of it, its height and point, and where it stands about that.

    The last two numbers are width and height of an MTEXT, 0 where it states none; of a TEXT its width factor and 0.
    """
    columns = _Columns(Tags(selection.scan, entities))
    is_rich = kind == "mtext"
    is_level = columns.are_plain(is_rich=is_rich)
    height, x, y = columns.number(40), columns.number(10), columns.number(20, 0.0)
    is_level &= (height > 0) & np.isfinite(x) & np.isfinite(y)
    if is_rich:
        rank, width, depth = columns.number(71, 1.0), columns.number(42, 0.0), columns.number(43, 0.0)
        is_level &= np.isin(rank, range(10)) & np.isfinite(width) & np.isfinite(depth)
        row, column = np.divmod(np.where(is_level & (rank > 0), rank, 1.0) - 1, 3)
        across, up = column / 2, (2 - row) / 2
    else:
        is_aligned, across, up, x, y = columns.aligned(x, y, _OF_ATTRIBUTE if kind == "attribute" else _OF_TEXT)
        width, depth = columns.number(41, 1.0), np.zeros(len(x))
        is_level &= is_aligned & np.isfinite(width)
        width = np.where(width == 0, 1.0, width)
    kept = np.flatnonzero(is_level)
    numbers = (part[kept].tolist() for part in (height, x, y, across, up, width, depth))
    written = (columns.values(code, kept) for code in (1, 5, 8, 7))
    return zip(entities[kept].tolist(), *written, *numbers, strict=True)


class _Columns:
    """The first value of each group code of some entities."""

    def __init__(self, tags: Tags) -> None:
        self._tags = tags

    def values(self, code: int, kept: Any) -> list[bytes | None]:
        """Values as written, blanks kept; None where there is none."""
        index, rows = self._tags.index, self._tags.first_rows(code)[kept]
        data = index.data
        spans = zip(rows.tolist(), index.starts[rows].tolist(), index.ends[rows].tolist(), strict=True)
        return [None if row < 0 else data[start:end] for row, start, end in spans]

    def number(self, code: int, default: float = np.nan) -> Any:
        """Numbers: the default where there is no tag, NaN where it holds no number."""
        rows = self._tags.first_rows(code)
        found = np.full(self._tags.count, default)
        found[rows >= 0] = floats(self._tags.index, rows[rows >= 0])
        return found

    def has(self, code: int) -> Any:
        """Which entities have a tag."""
        return self._tags.first_rows(code) >= 0

    def are_plain(self, *, is_rich: bool) -> Any:
        """Which have one text, nothing embedded, and lie level in the plane of the drawing."""
        tags = self._tags
        is_plain = np.bincount(tags.owners_of(1), minlength=tags.count) == 1
        is_plain &= ~self.has(101)
        is_plain &= (self.number(210, 0.0) == 0) & (self.number(220, 0.0) == 0) & (self.number(230, 1.0) == 1)
        is_plain &= self.number(50, 0.0) == 0
        if not is_rich:
            # mirrored ones run the other way
            return is_plain & (self.number(71, 0.0) == 0)
        runs_right = (self.number(11, 1.0) > 0) & (self.number(21, 0.0) == 0) & (self.number(31, 0.0) == 0)
        return is_plain & ~self.has(3) & runs_right

    def aligned(self, x: Any, y: Any, vertical: int) -> tuple[Any, Any, Any, Any, Any]:
        """Of TEXTs and attributes: which have an alignment at one point, how they stand about it, and the point.

        Args:
            x: Of their first points.
            y: Of their first points.
            vertical: Group code of the vertical alignment.
        """
        across, up = self.number(72, 0.0), self.number(vertical, 0.0)
        is_aligned = np.isin(across, [*_ACROSS]) & np.isin(up, [*_UP])
        if vertical != _OF_ATTRIBUTE:
            is_aligned &= self.number(_OF_ATTRIBUTE, 0.0) == 0
        across, up = np.where(is_aligned, across, 0).astype(np.int64), np.where(is_aligned, up, 0).astype(np.int64)
        has_second = ((across > 0) | (up > 0)) & self.has(11)
        x, y = np.where(has_second, self.number(11), x), np.where(has_second, self.number(21, 0.0), y)
        left = np.array([_ACROSS.get(at, 0.0) for at in range(5)])[across]
        below = np.array([_UP[at] for at in range(4)])[up]
        below[across == _MIDDLE] = 0.5
        return is_aligned & np.isfinite(x) & np.isfinite(y), left, below, x, y
