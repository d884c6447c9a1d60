"""Extents of spaces: plain entities as columns, curves by their extreme points, blocks by their outline."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from pybase_extraction_dxf.geometry import CODES, Vector, joined, plane, points_of, to_world
from pybase_extraction_dxf.inserts import Insert
from pybase_extraction_dxf.scan import Scan
from pybase_extraction_dxf.splines import spline_points
from pybase_extraction_dxf.tags import Record, number, of_firsts, rows_of

_DEEPEST = 32
"""Levels of nested blocks that are followed; deeper ones are damage or an attack."""
_LISTS = {"LINE": (10, 11), "POINT": (10,), "SOLID": (10, 11, 12, 13), "TRACE": (10, 11, 12, 13), "MTEXT": (10,),
          "3DFACE": (10, 11, 12, 13), "LWPOLYLINE": (10,), "VERTEX": (10,), "TEXT": (10,), "LEADER": (10,)}  # fmt: skip
"""Types whose points, from these group codes, span their box; texts count with their insertion point."""
_FLAT = frozenset({"CIRCLE", "ARC", "LWPOLYLINE", "POLYLINE", "SOLID", "TRACE", "TEXT", "HATCH"})
"""Types whose points are in the coordinates of their own plane (DXF reference, "Object Coordinate System")."""
_LEFT_OUT = frozenset({"ATTRIB", "ATTDEF", "SEQEND", "POLYLINE", "RAY", "XLINE", "VIEWPORT"})
"""Types without an end or a box; a POLYLINE has that of its vertices."""
_PICTURED = frozenset({"DIMENSION", "ARC_DIMENSION", "LARGE_RADIAL_DIMENSION", "ACAD_TABLE"})
"""Types whose box is that of the block that shows them."""
_MOST = 1_000
"""Points of a block above which it is held by the outermost of them in each of 360 directions."""
_DIRECTIONS = np.radians(np.arange(360.0))
_TURN = 2 * math.pi
_NONE = np.zeros((0, 3))


class Extents:
    """Extents of the spaces of a drawing; blocks that inserts do not reach are never looked at."""

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
        types = scan.number_of(*_LEFT_OUT, "INSERT")
        kept = entities[~np.isin(scan.type_of[entities], types)]
        self._entities = kept[np.argsort(scan.space_of[kept], kind="stable")]
        self._spaces = scan.space_of[self._entities]
        self._inserts: dict[int, list[Insert]] = {}
        for insert in inserts:
            self._inserts.setdefault(insert.space, []).append(insert)
        self._space_of_block = {name: space for space, name in block_of.items()}
        self._outlines: dict[str, Any] = {}
        self._heads = np.flatnonzero(np.isin(scan.type_of, scan.number_of("POLYLINE")))
        self._in_other_planes = self._vertices_in_other_planes()

    def _vertices_in_other_planes(self) -> Any:
        """Vertices of polylines with an extrusion, which the vertices themselves do not repeat."""
        scan = self._scan
        rows, owner = rows_of(scan.bounds, self._heads)
        is_normal = scan.index.codes[rows] == 230
        extruded = np.zeros(len(self._heads) + 1, bool)
        extruded[owner[is_normal][_numbers(scan, rows[is_normal]) != 1]] = True
        vertices = np.flatnonzero(np.isin(scan.type_of, scan.number_of("VERTEX")))
        return vertices[extruded[np.searchsorted(self._heads, vertices) - 1]]

    def of(self, space: int) -> tuple[Vector, Vector] | None:
        """Lowest and highest corner of a space; None when it has nothing."""
        found = self._points(space, 0, is_block=False)
        if not len(found):
            return None
        low, high = found.min(axis=0).tolist(), found.max(axis=0).tolist()
        return (low[0], low[1], low[2]), (high[0], high[1], high[2])

    def _points(self, space: int, depth: int, *, is_block: bool) -> Any:
        self._check()
        first, last = np.searchsorted(self._spaces, [space, space + 1])
        inside = self._entities[first:last]
        parts = [self._plain(inside), *self._others(inside, depth, is_block=is_block)]
        parts += [self._insert(insert, depth, is_block=is_block) for insert in self._inserts.get(space, ())]
        found = np.concatenate([part for part in parts if len(part)] or [_NONE])
        found = found[np.isfinite(found).all(axis=1)]
        return _with_splines(found, self._records(inside, "SPLINE"))

    def _records(self, entities: Any, *types: str) -> list[Record]:
        chosen = entities[np.isin(self._scan.type_of[entities], self._scan.number_of(*types))]
        return self._scan.records(chosen, (*CODES, 40, 41, 71))

    def _plain(self, entities: Any) -> Any:
        """Points of the entities that need no more than their numbers."""
        scan = self._scan
        chosen = entities[np.isin(scan.type_of[entities], scan.number_of(*_LISTS))]
        rows, owner = rows_of(scan.bounds, chosen)
        special = _special(scan, rows, owner, scan.type_of[chosen])
        special = np.union1d(special, np.flatnonzero(np.isin(chosen, self._in_other_planes)))
        codes = scan.index.codes[rows]
        wanted = np.zeros(len(rows), bool)
        for name, own in _LISTS.items():
            is_type = np.isin(scan.type_of[chosen], scan.number_of(name))
            wanted |= is_type[owner] & np.isin(codes, own)
        # of texts the first point alone: an embedded object repeats the group code for its direction
        once = np.isin(scan.type_of[chosen], scan.number_of("TEXT", "MTEXT"))[owner]
        wanted &= ~np.isin(owner, special)
        wanted[np.flatnonzero(wanted & once)[_repeats(owner[wanted & once])]] = False
        rows = rows[wanted]
        return np.concatenate([_triples(scan, rows), *self._slow(chosen[special])])

    def _slow(self, entities: Any) -> Iterable[Any]:
        """Points of entities one by one, vertices with their whole polyline."""
        scan = self._scan
        is_vertex = np.isin(scan.type_of[entities], scan.number_of("VERTEX"))
        heads = self._heads
        places = np.searchsorted(heads, entities[is_vertex]) - 1
        for at in np.unique(places[places >= 0]).tolist():
            last = int(entities[is_vertex][places == at].max()) + 2
            following = scan.records(np.arange(heads[at], min(last, len(scan.type_of))), (*CODES, 38))
            yield from map(_world, joined(following))
        for record in scan.records(entities[~is_vertex], (*CODES, 38)):
            yield _world(record)

    def _others(self, entities: Any, depth: int, *, is_block: bool) -> Iterable[Any]:
        """Points of curves, hatches, pictures of dimensions, and what else has a place."""
        scan = self._scan
        known = scan.number_of(*_LISTS, "SPLINE")
        for record in scan.records(entities[~np.isin(scan.type_of[entities], known)], CODES):
            if record.type in _PICTURED:
                yield self._picture(record, depth)
            elif is_block and record.type in {"CIRCLE", "ARC", "ELLIPSE"}:
                yield _round(record)
            else:
                yield _world(record)

    def _picture(self, record: Record, depth: int) -> Any:
        name = self._scan.decode.name(record.get(2)).casefold()
        found = self._outline(name, depth) if name else _NONE
        at = of_firsts(record.firsts(), 10) if record.type == "ACAD_TABLE" else None
        return found if at is None else found + np.array(at)

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


def _special(scan: Scan, rows: Any, owner: Any, types: Any) -> Any:
    """Which entities need more than their points: bulges, a height, an extrusion, faces of meshes.

    Returns:
        Their places in the list that ``owner`` counts.
    """
    codes = scan.index.codes[rows]
    has_bulge = np.isin(types, scan.number_of("LWPOLYLINE", "VERTEX"))
    is_vertex = np.isin(types, scan.number_of("VERTEX"))
    asked = ((codes == 42) & has_bulge[owner]) | ((codes == 38) & has_bulge[owner])
    found = owner[asked][_numbers(scan, rows[asked]) != 0]
    extruded = owner[codes == 230][_numbers(scan, rows[codes == 230]) != 1]
    flags = (codes == 70) & is_vertex[owner]
    faces = owner[flags][_numbers(scan, rows[flags]).astype(np.int64) & 192 == 128]
    return np.unique(np.concatenate([found, extruded, faces]))


def _repeats(owner: Any) -> Any:
    return np.append([False], owner[1:] == owner[:-1]) if len(owner) else np.zeros(0, bool)


def _numbers(scan: Scan, rows: Any) -> Any:
    """Values of tags as floats; not a number where they are none."""
    values = scan.index.values(rows)
    try:
        found = np.array(list(map(float, values)), np.float64)
    except ValueError:
        read = (number(value) for value in values)
        found = np.array([0.0 if value is None else value for value in read], np.float64)
    return np.where(np.abs(found) < 1e300, found, 0.0)


def _triples(scan: Scan, rows: Any) -> Any:
    """Points whose x stands in ``rows``, with the y and z behind it."""
    codes, last = scan.index.codes, len(scan.index) - 1
    found = np.zeros((len(rows), 3))
    found[:, 0] = _numbers(scan, rows)
    following = np.minimum(rows + 1, last)
    has_y = codes[following] == codes[rows] + 10
    found[has_y, 1] = _numbers(scan, following[has_y])
    after = np.minimum(rows + 2, last)
    has_z = has_y & (codes[after] == codes[rows] + 20)
    found[has_z, 2] = _numbers(scan, after[has_z])
    return found


def _world(record: Record) -> Any:
    firsts = record.firsts()
    found = points_of(record, firsts)
    placed = to_world(firsts, found) if record.type in _FLAT else found
    return np.array(placed, np.float64).reshape(-1, 3)


def _round(record: Record) -> Any:
    """Points of a circle, arc or ellipse at every degree and at its ends, so that it can be turned."""
    firsts = record.firsts()
    center = of_firsts(firsts, 10)
    ends = (41, 42) if record.type == "ELLIPSE" else (50, 51)
    begin, end = (number(firsts.get(code)) for code in ends)
    if center is None:
        return _NONE
    if record.type != "ELLIPSE":
        begin, end = math.radians(begin or 0.0), math.radians(end or 0.0)
    begin = begin or 0.0
    width = _TURN if record.type == "CIRCLE" or end is None else (end - begin) % _TURN or _TURN
    angles = np.append(_DIRECTIONS[(_DIRECTIONS - begin) % _TURN <= width], [begin, begin + width])
    one, other = _axes(record, firsts)
    return np.array(_centre(record, firsts, center)) + np.outer(np.cos(angles), one) + np.outer(np.sin(angles), other)


def _axes(record: Record, firsts: Mapping[int, bytes]) -> tuple[Any, Any]:
    x, y, normal = plane(firsts)
    if record.type != "ELLIPSE":
        radius = abs(number(firsts.get(40)) or 0.0)
        return np.array(x) * radius, np.array(y) * radius
    major = np.array(of_firsts(firsts, 11) or (0.0, 0.0, 0.0))
    return major, np.cross(np.array(normal), major) * (number(firsts.get(40)) or 0.0)


def _centre(record: Record, firsts: Mapping[int, bytes], center: Vector) -> Vector:
    return center if record.type == "ELLIPSE" else to_world(firsts, [center])[0]


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
