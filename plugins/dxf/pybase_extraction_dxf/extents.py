"""Extents of spaces: their contents, and blocks by their outline wherever they are inserted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from pybase_extraction_dxf.contents import contents_by_space
from pybase_extraction_dxf.geometry import Vector, plane, points_of
from pybase_extraction_dxf.inserts import Insert
from pybase_extraction_dxf.scan import Scan
from pybase_extraction_dxf.splines import spline_points
from pybase_extraction_dxf.tags import Record, number, of_firsts

_DEEPEST = 32
"""Levels of nested blocks that are followed; deeper ones are damage or an attack."""
_MOST = 1_000
"""Points of a block above which it is held by the outermost of them in each of 360 directions."""
_DIRECTIONS = np.radians(np.arange(360.0))
_NONE = np.zeros((0, 3))


class Extents:
    """Extents of the spaces of a drawing."""

    def __init__(
        self,
        scan: Scan,
        entities: Any,
        inserts: Iterable[Insert],
        block_of: Mapping[int, str],
        check: Callable[[], None],
    ) -> None:
        """Sort entities and inserts by their space.

        Args:
            scan: The drawing.
            entities: Numbers of the entities that count.
            inserts: Inserts among them.
            block_of: Lower-case name of the block by number of its space.
            check: Called between steps; raises to stop.
        """
        self._scan, self._check = scan, check
        self._contents = contents_by_space(scan, entities, block_of, check)
        self._inserts: dict[int, list[Insert]] = {}
        for insert in inserts:
            self._inserts.setdefault(insert.space, []).append(insert)
        self._space_of_block = {name: space for space, name in block_of.items()}
        self._outlines: dict[str, Any] = {}

    def of(self, space: int) -> tuple[Vector, Vector] | None:
        """Lowest and highest corner of a space; None when it has nothing."""
        # coordinates of damaged files may be beyond what a float holds once they are scaled
        with np.errstate(over="ignore", invalid="ignore"):
            found = self._points(space, 0, is_block=False)
        if not len(found):
            return None
        low, high = found.min(axis=0).tolist(), found.max(axis=0).tolist()
        return (low[0], low[1], low[2]), (high[0], high[1], high[2])

    def _points(self, space: int, depth: int, *, is_block: bool) -> Any:
        self._check()
        contents = self._contents.get(space)
        parts = [] if contents is None else [*contents.points]
        for name, at in () if contents is None else contents.pictures:
            picture = self._outline(self._scan.decode.name(name).casefold(), depth)
            parts.append(picture if at is None else picture + np.array(at))
        parts += [self._insert(insert, depth, is_block=is_block) for insert in self._inserts.get(space, ())]
        found = np.concatenate([part for part in parts if len(part)] or [_NONE])
        found = found[np.isfinite(found).all(axis=1)]
        return found if contents is None else _with_splines(found, contents.splines)

    def _outline(self, name: str, depth: int) -> Any:
        space = self._space_of_block.get(name)
        if space is None or depth >= _DEEPEST:
            return _NONE
        if name not in self._outlines:
            self._outlines[name] = _NONE  # a block that inserts itself ends here
            self._outlines[name] = _outermost(self._points(space, depth + 1, is_block=True))
        return self._outlines[name]

    def _insert(self, insert: Insert, depth: int, *, is_block: bool) -> Any:
        found, firsts = self._outline(insert.block.casefold(), depth), insert.record.firsts()
        at = of_firsts(firsts, 10)
        if not len(found) or at is None:
            return _NONE
        base = self._scan.heads[self._space_of_block[insert.block.casefold()]].base_point
        placed = _placed(found - np.array(base), firsts, insert.copies_by_axis) + np.array(at)
        if firsts.keys() & {210, 230}:
            x, y, z = plane(firsts)
            placed = placed @ np.array([x, y, z])
        return placed if is_block else np.array([placed.min(axis=0), placed.max(axis=0)])


def _placed(found: Any, firsts: Mapping[int, bytes], copies: tuple[int, int]) -> Any:
    """Points of a block scaled, repeated and turned; of the copies only the outermost count."""
    factors = [1.0 if (value := number(firsts.get(code))) is None else value for code in (41, 42, 43)]
    rows, columns = copies
    across, up = (columns - 1) * (number(firsts.get(44)) or 0.0), (rows - 1) * (number(firsts.get(45)) or 0.0)
    scaled = found * np.array(factors)
    steps = {(x, y) for x in (0.0, across) for y in (0.0, up)}
    scaled = np.concatenate([scaled + np.array([x, y, 0.0]) for x, y in steps])
    degrees = number(firsts.get(50)) or 0.0
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    if degrees % 90 == 0:
        cos, sin = round(cos), round(sin)
    return scaled @ np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])


def _outermost(found: Any) -> Any:
    """The points that span a set of many in every direction of the plane, and its lowest and highest."""
    if len(found) <= _MOST:
        return found
    kept = {int(found[:, 2].argmin()), int(found[:, 2].argmax())}
    for angle in _DIRECTIONS.tolist():
        kept.add(int((found[:, 0] * math.cos(angle) + found[:, 1] * math.sin(angle)).argmax()))
    return found[sorted(kept)]


def _with_splines(found: Any, records: Sequence[Record]) -> Any:
    """Add splines: a curve stays inside of its control points, and is computed only where those stand out."""
    low, high = (found.min(axis=0), found.max(axis=0)) if len(found) else (np.full(3, np.inf), np.full(3, -np.inf))
    parts = [found]
    for record in records:
        control = np.array(points_of(record, record.firsts()), np.float64).reshape(-1, 3)
        if not len(control) or bool((control >= low).all() and (control <= high).all()):
            continue
        curve = spline_points(record)
        parts.append(control if curve is None else curve)
        low, high = np.minimum(low, parts[-1].min(axis=0)), np.maximum(high, parts[-1].max(axis=0))
    return np.concatenate(parts)
