"""What spans the box of each space: plain entities as columns, curves by their extreme points, what blocks show."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pybase_extraction_dxf.arcs import FINE, QUARTERS, sweep
from pybase_extraction_dxf.geometry import CODES, Vector, joined, plane, points_of, to_world
from pybase_extraction_dxf.scan import Scan
from pybase_extraction_dxf.tags import Record, number, of_firsts, rows_of

_LISTS = {"LINE": (10, 11), "POINT": (10,), "SOLID": (10, 11, 12, 13), "TRACE": (10, 11, 12, 13), "MTEXT": (10,),
          "3DFACE": (10, 11, 12, 13), "LWPOLYLINE": (10,), "VERTEX": (10,), "TEXT": (10,), "LEADER": (10,)}  # fmt: skip
"""Types whose points, from these group codes, span their box; texts count with their insertion point."""
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
_TURN = 2 * math.pi
_NONE = np.zeros((0, 3))
_AT_ONCE = 2_000


@dataclass(slots=True)
class Contents:
    """What spans the box of one space.

    Attributes:
        points: Arrays of n × 3 in the coordinates of the space.
        pictures: Names of blocks that show a dimension or a table, with what they are moved by, or None.
        splines: Records, which are computed only where they may stand out.
    """

    points: list[Any] = field(default_factory=list)
    pictures: list[tuple[bytes, Vector | None]] = field(default_factory=list)
    splines: list[Record] = field(default_factory=list)


def contents_by_space(
    scan: Scan, entities: Any, block_of: Mapping[int, str], check: Callable[[], None]
) -> Mapping[int, Contents]:
    """Read what spans the boxes of all spaces, inserts left out.

    Args:
        scan: The drawing.
        entities: Numbers of the entities that count.
        block_of: Lower-case name of the block by number of its space.
        check: Called between steps; raises to stop.
    """
    found: dict[int, Contents] = defaultdict(Contents)
    in_blocks = entities[np.isin(scan.space_of[entities], np.array([*block_of], np.int32))]
    is_small = int((scan.bounds[in_blocks + 1] - scan.bounds[in_blocks]).sum()) <= _MOST_TAGS
    turned = block_of.keys() if is_small else frozenset[int]()
    kept = entities[~np.isin(scan.type_of[entities], scan.number_of(*_LEFT_OUT))]
    is_plain = np.isin(scan.type_of[kept], scan.number_of(*_LISTS))
    special = _add_plain(scan, kept[is_plain], found)
    check()
    for record in _one_by_one(scan, special, check):
        found[_space(scan, record)].points.append(
            _world(record, FINE if _space(scan, record) in block_of else QUARTERS)
        )
    for some in _batches(kept[~is_plain]):
        check()
        for record in scan.records(some, (*CODES, 41)):
            space = _space(scan, record)
            _add(record, found[space], is_turned=space in turned)
    return found


def _space(scan: Scan, record: Record) -> int:
    return int(scan.space_of[record.entity])


def _batches(entities: Any) -> Iterator[Any]:
    for at in range(0, len(entities), _AT_ONCE):
        yield entities[at : at + _AT_ONCE]


def _add(record: Record, contents: Contents, *, is_turned: bool) -> None:
    if record.type in _PICTURED:
        at = of_firsts(record.firsts(), 10) if record.type == "ACAD_TABLE" else None
        contents.pictures.append((record.get(2) or b"", at))
    elif record.type == "SPLINE":
        contents.splines.append(record)
    elif is_turned and record.type in _ROUND:
        contents.points.append(_round(record))
    else:
        contents.points.append(_world(record, FINE if is_turned else QUARTERS))


def _add_plain(scan: Scan, chosen: Any, found: dict[int, Contents]) -> Any:
    """Add the points of entities that need no more than their numbers; give back those that do."""
    types = scan.type_of[chosen]
    rows, owner = rows_of(scan.bounds, chosen)
    is_special = np.zeros(len(chosen), bool)
    is_special[_special(scan, rows, owner, types)] = True
    is_special |= np.isin(chosen, _vertices_in_other_planes(scan))
    codes = scan.index.codes[rows]
    wanted = np.zeros(len(rows), bool)
    for name, own in _LISTS.items():
        wanted |= np.isin(types, scan.number_of(name))[owner] & np.isin(codes, own)
    # of texts the first point alone: an embedded object repeats the group code for its direction
    once = np.isin(types, scan.number_of("TEXT", "MTEXT"))[owner]
    wanted &= ~is_special[owner]
    wanted[np.flatnonzero(wanted & once)[_repeats(owner[wanted & once])]] = False
    spaces = scan.space_of[chosen][owner[wanted]]
    order = np.argsort(spaces, kind="stable")
    points = _triples(scan, rows[wanted][order])
    numbers, firsts = np.unique(spaces[order], return_index=True)
    for space, part in zip(numbers.tolist(), np.split(points, firsts[1:]), strict=False):
        found[space].points.append(part)
    return chosen[is_special]


def _vertices_in_other_planes(scan: Scan) -> Any:
    """Vertices of polylines with an extrusion, which the vertices themselves do not repeat."""
    heads = _heads(scan)
    rows, owner = rows_of(scan.bounds, heads)
    is_normal = scan.index.codes[rows] == 230
    extruded = np.zeros(len(heads) + 1, bool)
    extruded[owner[is_normal][_numbers(scan, rows[is_normal]) != 1]] = True
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
        Their places in the list that ``owner`` counts.
    """
    codes = scan.index.codes[rows]
    has_bulge = np.isin(types, scan.number_of("LWPOLYLINE", "VERTEX"))
    is_vertex = np.isin(types, scan.number_of("VERTEX"))
    asked = ((codes == 42) & has_bulge[owner]) | ((codes == 38) & has_bulge[owner])
    found = owner[asked][_numbers(scan, rows[asked]) != 0]
    extruded = owner[codes == 230][_numbers(scan, rows[codes == 230]) != 1]
    flags = (codes == 70) & is_vertex[owner]
    faces = owner[flags][np.clip(_numbers(scan, rows[flags]), 0, 255).astype(np.int64) & 192 == 128]
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
