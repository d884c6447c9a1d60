"""What spans the box of each space: plain entities as columns, curves by boxes that hold them, what blocks show."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pybase_extraction_dxf.arcs import FINE, QUARTERS, sweep
from pybase_extraction_dxf.columns import numbers, triples
from pybase_extraction_dxf.geometry import CODES, Vector, joined, plane, points_of, to_world
from pybase_extraction_dxf.reaches import CURVED, reaches_of
from pybase_extraction_dxf.scan import Scan, by_space
from pybase_extraction_dxf.splines import spline_points
from pybase_extraction_dxf.tags import Record, number, of_firsts, rows_of

_LISTS = {"LINE": (10, 11), "SOLID": (10, 11, 12, 13), "TRACE": (10, 11, 12, 13), "3DFACE": (10, 11, 12, 13),
          "LWPOLYLINE": (10,), "VERTEX": (10,), "LEADER": (10,), "POINT": (10,)}  # fmt: skip
"""Types whose points, all of those of these group codes, span their box; all others count with their first point."""
_FLAT = frozenset({"CIRCLE", "ARC", "LWPOLYLINE", "POLYLINE", "SOLID", "TRACE", "TEXT", "HATCH"})
"""Types whose points are in the coordinates of their own plane (DXF reference, "Object Coordinate System")."""
_LEFT_OUT = frozenset({"ATTRIB", "ATTDEF", "SEQEND", "POLYLINE", "RAY", "XLINE", "VIEWPORT", "INSERT"})
"""Types without an end or a box, or with that of others: a POLYLINE of its vertices, an INSERT of its block."""
_PICTURED = frozenset({"DIMENSION", "ARC_DIMENSION", "LARGE_RADIAL_DIMENSION", "ACAD_TABLE"})
"""Types whose box is that of the block that shows them."""
_ROUND = frozenset({"CIRCLE", "ARC", "ELLIPSE"})
_ANGLES = np.arange(0.0, 2 * math.pi, FINE)
_MOST_TAGS = 100_000
"""Tags of curves in blocks above which only their quarters are kept: a bulge of 40 bytes may become 60 points."""
_FIRST_POINT, _LAST_POINT = 10, 13
_TELLS = np.zeros(1 << 15, bool)
_TELLS[[*range(_FIRST_POINT, _LAST_POINT + 1), 38, 42, 70, 230]] = True
"""Group codes that tell where plain entities are, or that one is not plain."""
_TURN = 2 * math.pi
_NONE, _ORIGIN = np.zeros((0, 3)), (0.0, 0.0, 0.0)
_AT_ONCE = 2_000


@dataclass(slots=True)
class Contents:
    """What spans the box of one space.

    Attributes:
        points: Arrays of n × 3 in the coordinates of the space.
        curves: Numbers of curves, which are computed only where they may stand out.
        reaches: For each curve a box that holds it: n × 6.
        pictures: Names of blocks that show a dimension or a table, with what they are moved by.
    """

    points: list[Any] = field(default_factory=list)
    curves: Any = field(default_factory=lambda: np.zeros(0, np.int64))
    reaches: Any = field(default_factory=lambda: np.zeros((0, 6)))
    pictures: list[tuple[bytes, Vector]] = field(default_factory=list)


class Curves:
    """The curves of a drawing, computed when their points are asked for."""

    def __init__(self, scan: Scan, entities: Any, block_of: Mapping[int, str]) -> None:
        """Look at how much there is in blocks.

        Args:
            scan: The drawing.
            entities: Numbers of the entities that count.
            block_of: Lower-case name of the block by number of its space.
        """
        self._scan, self._block_of = scan, block_of
        in_blocks = entities[np.isin(scan.space_of[entities], np.array([*block_of], np.int32))]
        self._is_small = int((scan.bounds[in_blocks + 1] - scan.bounds[in_blocks]).sum()) <= _MOST_TAGS

    def may_wait(self, entities: Any) -> Any:
        """Which curves of blocks are too dear to compute unless they stand out of the rest: splines, where many."""
        are_splines = np.isin(self._scan.type_of[entities], self._scan.number_of("SPLINE"))
        return are_splines & (not self._is_small)

    def points(self, entities: Any) -> list[Any]:
        """Points that span each curve: those of blocks as close as it takes to turn the block."""
        return [self._points(record) for record in self._scan.records(entities, (*CODES, 38))]

    def _points(self, record: Record) -> Any:
        is_inside = int(self._scan.space_of[record.entity]) in self._block_of
        if record.type == "SPLINE":
            curve = spline_points(record)
            return _world(record, QUARTERS) if curve is None else curve
        if record.type in _ROUND and is_inside and self._is_small:
            return _round(record)
        is_fine = is_inside and (self._is_small or record.type == "LWPOLYLINE")
        return _world(record, FINE if is_fine else QUARTERS)


def contents_by_space(scan: Scan, entities: Any, check: Callable[[], None]) -> Mapping[int, Contents]:
    """Read what spans the boxes of all spaces, inserts left out.

    Args:
        scan: The drawing.
        entities: Numbers of the entities that count.
        check: Called between steps; raises to stop.
    """
    found: dict[int, Contents] = defaultdict(Contents)
    kept = entities[~np.isin(scan.type_of[entities], scan.number_of(*_LEFT_OUT))]
    is_picture = np.isin(scan.type_of[kept], scan.number_of(*_PICTURED))
    is_curved = np.isin(scan.type_of[kept], scan.number_of(*CURVED - {"LWPOLYLINE"}))
    special = _add_plain(scan, kept[~is_picture & ~is_curved], found)
    check()
    is_bulged = np.isin(scan.type_of[special], scan.number_of("LWPOLYLINE"))
    for record in _one_by_one(scan, special[~is_bulged], check):
        step = QUARTERS if _space(scan, record) < 0 else FINE
        found[_space(scan, record)].points.append(_world(record, step))
    check()
    _add_curves(scan, np.concatenate([kept[is_curved], special[is_bulged]]), found)
    for some in _batches(kept[is_picture]):
        check()
        for record in scan.records(some, (2, 10, 20, 30)):
            at = of_firsts(record.firsts(), 10) if record.type == "ACAD_TABLE" else None
            found[_space(scan, record)].pictures.append((record.get(2) or b"", at or _ORIGIN))
    return found


def _space(scan: Scan, record: Record) -> int:
    return int(scan.space_of[record.entity])


def _batches(entities: Any) -> Iterator[Any]:
    for at in range(0, len(entities), _AT_ONCE):
        yield entities[at : at + _AT_ONCE]


def _add_curves(scan: Scan, curves: Any, found: dict[int, Contents]) -> None:
    reaches = reaches_of(scan, curves)
    for space, places in by_space(scan.space_of[curves]):
        found[space].curves, found[space].reaches = curves[places], reaches[places]


def _add_plain(scan: Scan, chosen: Any, found: dict[int, Contents]) -> Any:
    """Add the points of entities that need no more than their numbers; give back those that do."""
    types = scan.type_of[chosen]
    rows, owner = rows_of(scan.bounds, chosen)
    # a fifth of the tags says where things are; the rest is not looked at again
    told = np.flatnonzero(_TELLS[scan.index.codes[rows]])
    rows, owner = rows[told], owner[told]
    is_special = np.zeros(len(chosen), bool)
    is_special[_special(scan, rows, owner, types)] = True
    in_other_planes = np.zeros(len(scan.type_of), bool)
    in_other_planes[_vertices_in_other_planes(scan)] = True
    is_special |= in_other_planes[chosen]
    lists = [scan.number_of(name) for name in _LISTS]
    counts = np.zeros((len(scan.types), _LAST_POINT - _FIRST_POINT + 1), bool)
    counts[:, 0] = True
    for numbers_of_type, own in zip(lists, _LISTS.values(), strict=True):
        for code in own:
            counts[numbers_of_type, code - _FIRST_POINT] = True
    codes = scan.index.codes[rows]
    points_at = np.flatnonzero((codes >= _FIRST_POINT) & (codes <= _LAST_POINT))
    own_types = types[owner[points_at]]
    wanted = points_at[counts[own_types, codes[points_at] - _FIRST_POINT] & ~is_special[owner[points_at]]]
    has_list = np.zeros(len(scan.types), bool)
    has_list[[number for numbers_of_type in lists for number in numbers_of_type]] = True
    is_further = _repeats(owner[wanted]) & ~has_list[types[owner[wanted]]]
    wanted = wanted[~is_further]
    points, _ = triples(scan.index, rows[wanted])
    for space, places in by_space(scan.space_of[chosen][owner[wanted]]):
        found[space].points.append(points[places])
    return chosen[is_special]


def _vertices_in_other_planes(scan: Scan) -> Any:
    """Vertices of polylines with an extrusion, which the vertices themselves do not repeat."""
    heads = _heads(scan)
    rows, owner = rows_of(scan.bounds, heads)
    is_normal = scan.index.codes[rows] == 230
    extruded = np.zeros(len(heads) + 1, bool)
    extruded[owner[is_normal][numbers(scan.index, rows[is_normal]) != 1]] = True
    vertices = np.flatnonzero(np.isin(scan.type_of, scan.number_of("VERTEX")))
    return vertices[extruded[np.searchsorted(heads, vertices) - 1]]


def _heads(scan: Scan) -> Any:
    return np.flatnonzero(np.isin(scan.type_of, scan.number_of("POLYLINE")))


def _one_by_one(scan: Scan, entities: Any, check: Callable[[], None]) -> Iterator[Record]:
    """Records of entities, vertices as whole polylines."""
    is_vertex = np.isin(scan.type_of[entities], scan.number_of("VERTEX"))
    for some in _batches(entities[~is_vertex]):
        check()
        yield from scan.records(some, (*CODES, 38))
    heads = _heads(scan)
    places = np.unique(np.searchsorted(heads, entities[is_vertex]) - 1)
    parts = scan.number_of("VERTEX")
    for at in places[places >= 0].tolist():
        check()
        last = int(heads[at]) + 1
        while last < len(scan.type_of) and scan.type_of[last] in parts:
            last += 1
        yield from joined(scan.records(np.arange(heads[at], last), (*CODES, 38)))


def _special(scan: Scan, rows: Any, owner: Any, types: Any) -> Any:
    """Which entities need more than their points: bulges, a height, an extrusion, faces of meshes.

    Returns:
        Their places in the list that ``owner`` counts, some more than once.
    """
    index, codes = scan.index, scan.index.codes[rows]
    has_bulge = np.isin(types, scan.number_of("LWPOLYLINE", "VERTEX"))
    is_vertex = np.isin(types, scan.number_of("VERTEX"))
    asked = ((codes == 42) & has_bulge[owner]) | ((codes == 38) & has_bulge[owner])
    found = owner[asked][numbers(index, rows[asked]) != 0]
    extruded = owner[codes == 230][numbers(index, rows[codes == 230]) != 1]
    flags = (codes == 70) & is_vertex[owner]
    faces = owner[flags][np.clip(numbers(index, rows[flags]), 0, 255).astype(np.int64) & 192 == 128]
    return np.concatenate([found, extruded, faces])


def _repeats(owner: Any) -> Any:
    return np.append([False], owner[1:] == owner[:-1]) if len(owner) else np.zeros(0, bool)


def _world(record: Record, step: float) -> Any:
    firsts = record.firsts()
    found = points_of(record, firsts, step)
    placed = to_world(firsts, found) if record.type in _FLAT else found
    return np.array(placed, np.float64).reshape(-1, 3)


def _round(record: Record) -> Any:
    """Points all along a circle, arc or ellipse, so that it can be turned."""
    firsts = record.firsts()
    center = of_firsts(firsts, 10)
    ends = (41, 42) if record.type == "ELLIPSE" else (50, 51)
    begin, end = (number(firsts.get(code)) for code in ends)
    if center is None:
        return _NONE
    if record.type != "ELLIPSE":
        begin, end = math.radians(begin or 0.0), math.radians(end or 0.0)
    begin = begin or 0.0
    width = _TURN if record.type == "CIRCLE" or end is None else sweep(begin, end)
    angles = np.append(_ANGLES[(_ANGLES - begin) % _TURN <= width], [begin, begin + width])
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
