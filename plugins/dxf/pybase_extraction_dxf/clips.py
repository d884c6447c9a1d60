"""Clips of inserts (XCLIP): the part of its block that an insert shows (DXF reference, SPATIAL_FILTER)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pybase_extraction_dxf.scan import Scan
from pybase_extraction_dxf.tags import Record, number, points

_MATRIX = 12
"""Numbers of a transformation: three rows of four."""
_IDENTITY = np.array([1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0])
_INVERTED = "{ACAD_XDICTIONARY"
"""A filter has a dictionary where the clip shows what lies outside of the boundary."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A boundary in the coordinates of the block.

    Attributes:
        corners: n × 2; the last one is joined to the first.
    """

    corners: Any

    @property
    def box(self) -> Any:
        """Lowest and highest corner."""
        return np.array([self.corners.min(axis=0), self.corners.max(axis=0)])

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is inside: a ray to its right crosses the boundary an odd number of times."""
        one, other = self.corners, np.roll(self.corners, -1, axis=0)
        crosses = (one[:, 1] > y) != (other[:, 1] > y)
        one, other = one[crosses], other[crosses]
        at = one[:, 0] + (y - one[:, 1]) / (other[:, 1] - one[:, 1]) * (other[:, 0] - one[:, 0])
        return bool((at > x).sum() % 2)

    def of_points(self, found: Any) -> Any:
        """Points that span what is left of a block: its own, or where some are outside the corners of both boxes."""
        low, high = self.box
        if not len(found) or ((found[:, :2] >= low) & (found[:, :2] <= high)).all():
            return found
        own_low, own_high = found.min(axis=0), found.max(axis=0)
        (left, bottom), (right, top) = np.maximum(own_low[:2], low), np.minimum(own_high[:2], high)
        if left > right or bottom > top:
            return found[:0]
        return np.array([[x, y, z] for x in (left, right) for y in (bottom, top) for z in (own_low[2], own_high[2])])

    def of_lines(self, found: Any) -> Any:
        """Lines (n × 4) that are left of a block: those along the axes cut, of others those inside of the box."""
        (left, bottom), (right, top) = self.box
        is_level, is_upright = found[:, 1] == found[:, 3], found[:, 0] == found[:, 2]
        cut = np.stack([found[:, 0].clip(left, right), found[:, 1].clip(bottom, top),
                        found[:, 2].clip(left, right), found[:, 3].clip(bottom, top)], axis=1)  # fmt: skip
        is_whole = (cut == found).all(axis=1)
        is_cut = (is_level & (cut[:, 1] == found[:, 1]) & (cut[:, 0] != cut[:, 2])) | (
            is_upright & (cut[:, 0] == found[:, 0]) & (cut[:, 1] != cut[:, 3])
        )
        return cut[is_whole | is_cut]


@dataclass(frozen=True, slots=True)
class Clips:
    """The clips of a drawing that are switched on.

    Attributes:
        of_insert: By the handle of the insert, upper-case.
        unread: Clips that could not be applied: inverted ones, those seen from aside, those of no insert.
    """

    of_insert: Mapping[str, Clip]
    unread: int


def read_clips(scan: Scan) -> Clips:
    """Find the clips of a drawing."""
    filters = [record for record in scan.records(scan.entities("OBJECTS", "SPATIAL_FILTER")) if record.integer(71) == 1]
    if not filters:
        return Clips({}, 0)
    dictionaries = {_handle(record.get(5)): record for record in scan.records(scan.entities("OBJECTS", "DICTIONARY"))}
    found: dict[str, Clip] = {}
    for record in filters:
        clip = _read(record)
        # the filter belongs to a dictionary (ACAD_FILTER), and that to the extension dictionary of the insert
        home = dictionaries.get(_owner(record))
        outer = None if home is None else dictionaries.get(_owner(home))
        if clip is not None and outer is not None and (insert := _owner(outer)):
            found[insert] = clip
    return Clips(found, len(filters) - len(found))


def _handle(value: bytes | None) -> str:
    return (value or b"").strip().decode("ascii", "replace").upper()


def _owner(record: Record) -> str:
    """Handle of what an object belongs to: group 330 outside of the lists in braces (group 102)."""
    is_inside = False
    for code, value in record.tags:
        if code == 102:
            is_inside = value.strip().startswith(b"{")
        elif code == 330 and not is_inside:
            return _handle(value)
    return ""


def _read(record: Record) -> Clip | None:
    """The boundary of a filter; None where it is not in the plane of its block."""
    if any(code == 102 and value.strip().decode("ascii", "replace") == _INVERTED for code, value in record.tags):
        return None
    normal = next(points(record, 210), (0.0, 0.0, 1.0))
    corners = np.array([(x, y) for x, y, _ in points(record, 10)])
    inverse, own = _matrices(record)
    if normal != (0.0, 0.0, 1.0) or len(corners) < 2 or inverse is None or not np.allclose(own, _IDENTITY):
        return None
    if len(corners) == 2:
        (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
        corners = np.array([(left, bottom), (right, bottom), (right, top), (left, top)])
    rows = inverse.reshape(3, 4)
    placed = corners @ rows[:2, :2].T + rows[:2, 3]
    is_flat = abs(rows[2, 0]) < _ROUNDING and abs(rows[2, 1]) < _ROUNDING
    return Clip(placed) if is_flat and np.isfinite(placed).all() else None


def _matrices(record: Record) -> tuple[Any, Any]:
    """The inverse of the insert's placement when it was clipped, and that of the boundary: rows of four numbers.

    A distance of the front clipping plane may stand before them in the same group code.
    """
    values = [number(value) for value in record.all(40)][-2 * _MATRIX :]
    if len(values) < 2 * _MATRIX or None in values:
        return None, None
    found = np.array(values, np.float64)
    return found[:_MATRIX], found[_MATRIX:]


def clip_of(clips: Clips, insert: Record) -> Clip | None:
    """The clip of an insert, or None."""
    return clips.of_insert.get(_handle(insert.get(5))) if clips.of_insert else None
