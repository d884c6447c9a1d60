"""Extents of spaces: their contents, and blocks by their outline wherever they are inserted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, TypeVar

import numpy as np

from pybase_extraction_dxf.clips import clip_of
from pybase_extraction_dxf.contents import Contents, Curves, contents_by_space
from pybase_extraction_dxf.geometry import Vector, plane
from pybase_extraction_dxf.inserts import Insert
from pybase_extraction_dxf.selection import Selection
from pybase_extraction_dxf.tags import number, of_firsts

_DEEPEST = 32
"""Levels of nested blocks that are followed; deeper ones are damage or an attack."""
_MOST = 1_000
"""Points of a block above which it is held by the outermost of them in each of 360 directions."""
_DIRECTIONS = np.radians(np.arange(360.0))
_NONE = np.zeros((0, 3))
_EVERYWHERE = np.array([[-np.inf] * 3, [np.inf] * 3])
_CORNERS = np.array(list(product((0, 1), repeat=3)))
"""Which of its two ends the coordinates of each corner of a box are."""
_ROUNDING = 1e-12
_Thing = TypeVar("_Thing")


class Extents:
    """Extents of the spaces of a drawing."""

    def __init__(self, selection: Selection, inserts: Iterable[Insert]) -> None:
        """Sort entities and inserts by their space.

        Args:
            selection: What is read.
            inserts: Inserts of it.
        """
        scan, block_of = selection.scan, selection.block_of
        self._scan, self._check, self._clips = scan, selection.check, selection.clips
        self._contents = contents_by_space(scan, selection.chosen, selection.check)
        self._curves = Curves(scan, selection.chosen, block_of)
        self._inserts: dict[int, list[Insert]] = {}
        for insert in inserts:
            self._inserts.setdefault(insert.space, []).append(insert)
        self._space_of_block = {name: space for space, name in block_of.items()}
        self._outlines: dict[str, Any] = {}
        self._reaches: dict[str, Any] = {}

    def of(self, space: int) -> tuple[Vector, Vector] | None:
        """Lowest and highest corner of a space; None when it has nothing."""
        # coordinates of damaged files may be beyond what a float holds once they are scaled
        with np.errstate(over="ignore", invalid="ignore"):
            found = self._box(space)
        low, high = found.low.tolist(), found.high.tolist()
        return None if found.is_empty else ((low[0], low[1], low[2]), (high[0], high[1], high[2]))

    def _box(self, space: int) -> _Box:
        """Box of a space that nothing inserts: what stays inside of it is not computed."""
        contents, found = self._contents.get(space, Contents()), _Box()
        for points in contents.points:
            found.add(points)
        self._add_curves(contents.curves, contents.reaches, found)
        pictures = [(self._name(name), at) for name, at in contents.pictures]
        reaches = _boxes([self._reach(name, 0) + at for name, at in pictures])
        self._grow(found, reaches, lambda some: [self._outline(name, 0) + at for name, at in _chosen(pictures, some)])
        inserts = self._inserts.get(space, ())
        reaches = _boxes([self._reach_of_insert(insert, 0) for insert in inserts])
        self._grow(found, reaches, lambda some: [self._placed_outline(insert, 0) for insert in _chosen(inserts, some)])
        return found

    def _name(self, name: bytes) -> str:
        return self._scan.decode.name(name).casefold()

    def _add_curves(self, curves: Any, reaches: Any, found: _Box) -> list[Any]:
        """Compute the curves that may stand out of a box, and put them into it, large ones first.

        Returns:
            The points that were put in.
        """
        return self._grow(found, reaches, lambda some: self._curves.points(curves[some]))

    def _grow(self, found: _Box, reaches: Any, points: Callable[[Any], list[Any]]) -> list[Any]:
        """Put what may stand out of a box into it, large things first.

        Args:
            found: The box.
            reaches: For each thing a box that holds it: n × 6.
            points: Computes the points of things by their numbers.

        Returns:
            The points that were put in.
        """
        order = np.argsort(-(reaches[:, 3:] - reaches[:, :3]).max(axis=1, initial=-np.inf))
        parts: list[Any] = []
        # looking which others still stand out is cheap, so that few are computed at first
        count = 1
        while len(order := order[found.misses(reaches[order])]):
            self._check()
            parts += points(order[:count])
            for some in parts[-count:]:
                found.add(some)
            order, count = order[count:], 2 * count
        return parts

    def _points(self, space: int, depth: int) -> Any:
        """Points that span a block however it is turned."""
        self._check()
        contents = self._contents.get(space, Contents())
        waits = self._curves.may_wait(contents.curves)
        parts = [*contents.points, *self._curves.points(contents.curves[~waits])]
        parts += [self._outline(self._name(name), depth) + at for name, at in contents.pictures]
        parts += [self._placed_outline(insert, depth) for insert in self._inserts.get(space, ())]
        found = np.concatenate([part for part in parts if len(part)] or [_NONE])
        found = found[np.isfinite(found).all(axis=1)]
        box = _Box()
        box.add(found)
        return np.concatenate([found, *self._add_curves(contents.curves[waits], contents.reaches[waits], box)])

    def _outline(self, name: str, depth: int) -> Any:
        space = self._space_of_block.get(name)
        if space is None or depth >= _DEEPEST:
            return _NONE
        if name not in self._outlines:
            self._outlines[name] = _NONE  # a block that inserts itself ends here
            self._outlines[name] = _outermost(self._points(space, depth + 1))
        return self._outlines[name]

    def _placed_outline(self, insert: Insert, depth: int) -> Any:
        outline, clip = self._outline(insert.block.casefold(), depth), clip_of(self._clips, insert.record)
        return self._insert(insert, outline if clip is None else clip.of_points(outline))

    def _insert(self, insert: Insert, found: Any) -> Any:
        """Points of a block where an insert puts them."""
        firsts = insert.record.firsts()
        at = of_firsts(firsts, 10)
        if not len(found) or at is None:
            return _NONE
        base = self._scan.heads[self._space_of_block[insert.block.casefold()]].base_point
        placed = _placed(found - np.array(base), firsts, insert.copies_by_axis) + np.array(at)
        if firsts.keys() & {210, 230}:
            x, y, z = plane(firsts)
            placed = placed @ np.array([x, y, z])
        return placed

    def _reach(self, name: str, depth: int) -> Any:
        """Two corners of a box that holds a block, or none where it is empty; infinite where it cannot be told."""
        space = self._space_of_block.get(name)
        if space is None:
            return _NONE
        if depth >= _DEEPEST:
            return _EVERYWHERE
        if name not in self._reaches:
            self._reaches[name] = _EVERYWHERE  # a block that inserts itself
            contents, found = self._contents.get(space, Contents()), _Box()
            parts = [*contents.points, contents.reaches[:, :3], contents.reaches[:, 3:]]
            parts += [self._reach(self._name(shown), depth + 1) + at for shown, at in contents.pictures]
            parts += [self._reach_of_insert(insert, depth + 1) for insert in self._inserts.get(space, ())]
            for part in parts:
                found.add(part, is_finite=False)
            self._reaches[name] = _NONE if found.is_empty else np.array([found.low, found.high])
        return self._reaches[name]

    def _reach_of_insert(self, insert: Insert, depth: int) -> Any:
        """Corners of what an insert shows: those of its block's box, placed."""
        reach = self._reach(insert.block.casefold(), depth)
        if not len(reach) or not np.isfinite(reach).all():
            return reach
        firsts = insert.record.firsts()
        if firsts.keys() & {210, 230}:
            return self._insert(insert, reach[_CORNERS, (0, 1, 2)])
        base = self._scan.heads[self._space_of_block[insert.block.casefold()]].base_point
        return _placed_box(reach.tolist(), base, firsts, insert.copies_by_axis)


def _chosen(things: Sequence[_Thing], numbers: Any) -> Iterator[_Thing]:
    return (things[at] for at in numbers.tolist())


def _boxes(parts: Sequence[Any]) -> Any:
    """Boxes of sets of points: n × 6, lowest corner first; of none a box that every box holds."""
    found = np.full((len(parts), 6), np.inf)
    found[:, 3:] = -np.inf
    for at, points in enumerate(parts):
        if len(points):
            found[at, :3], found[at, 3:] = points.min(axis=0), points.max(axis=0)
    return found


def _placed_box(
    reach: Sequence[Sequence[float]], base: Vector, firsts: Mapping[int, bytes], copies: tuple[int, int]
) -> Any:
    """Box of a block's box where an insert in the plane of the drawing puts it, never smaller than what it holds."""
    at = of_firsts(firsts, 10)
    if at is None:
        return _NONE
    factors, steps, cos, sin = _placement(firsts, copies)
    spans = []
    for axis in range(3):
        ends = [(reach[end][axis] - base[axis]) * factors[axis] for end in (0, 1)]
        spans.append((min(ends) + min(steps[axis], 0.0), max(ends) + max(steps[axis], 0.0)))
    (left, right), (bottom, top), (low, high) = spans
    xs = [x * cos - y * sin for x in (left, right) for y in (bottom, top)]
    ys = [x * sin + y * cos for x in (left, right) for y in (bottom, top)]
    found = np.array([[min(xs), min(ys), low], [max(xs), max(ys), high]]) + np.array(at)
    if cos * sin:
        # what is turned by less than a quarter is rounded
        margin = _ROUNDING * (float(np.abs(found).max()) + max(map(abs, (*at, *xs, *ys))))
        found += np.array([[-margin, -margin, 0.0], [margin, margin, 0.0]])
    return found


class _Box:
    """A box that grows."""

    def __init__(self) -> None:
        self.low, self.high = np.full(3, np.inf), np.full(3, -np.inf)

    @property
    def is_empty(self) -> bool:
        return bool((self.low > self.high).any())

    def add(self, points: Any, *, is_finite: bool = True) -> None:
        """Grow to hold points; where it is to stay finite, those that are not are left out."""
        kept = points[np.isfinite(points).all(axis=1)] if is_finite else points
        if len(kept):
            self.low, self.high = np.minimum(self.low, kept.min(axis=0)), np.maximum(self.high, kept.max(axis=0))

    def misses(self, boxes: Any) -> Any:
        """Which of some boxes (n × 6) stand out."""
        return ~((boxes[:, :3] >= self.low) & (boxes[:, 3:] <= self.high)).all(axis=1)


def _placed(found: Any, firsts: Mapping[int, bytes], copies: tuple[int, int]) -> Any:
    """Points of a block scaled, repeated and turned; of the copies only the outermost count."""
    factors, (across, up, _), cos, sin = _placement(firsts, copies)
    scaled = found * np.array(factors)
    steps = {(x, y) for x in (0.0, across) for y in (0.0, up)}
    scaled = np.concatenate([scaled + np.array([x, y, 0.0]) for x, y in steps])
    return scaled @ np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])


def _placement(firsts: Mapping[int, bytes], copies: tuple[int, int]) -> tuple[list[float], Vector, float, float]:
    """Scale of each axis, how far the last copy stands from the first, cosine and sine of the rotation."""
    factors = [1.0 if (value := number(firsts.get(code))) is None else value for code in (41, 42, 43)]
    rows, columns = copies
    across, up = (columns - 1) * (number(firsts.get(44)) or 0.0), (rows - 1) * (number(firsts.get(45)) or 0.0)
    degrees = number(firsts.get(50)) or 0.0
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    if degrees % 90 == 0:
        cos, sin = round(cos), round(sin)
    return factors, (across, up, 0.0), cos, sin


def _outermost(found: Any) -> Any:
    """The points that span a set of many in every direction of the plane, and its lowest and highest."""
    if len(found) <= _MOST:
        return found
    kept = {int(found[:, 2].argmin()), int(found[:, 2].argmax())}
    for angle in _DIRECTIONS.tolist():
        kept.add(int((found[:, 0] * math.cos(angle) + found[:, 1] * math.sin(angle)).argmax()))
    return found[sorted(kept)]
