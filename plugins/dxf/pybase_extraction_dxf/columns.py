"""Numbers of many tags at once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pybase_extraction_dxf.decimals import read_decimals
from pybase_extraction_dxf.scan import Scan
from pybase_extraction_dxf.tags import MOST, TagIndex, number, rows_of

_ZERO = b"0.0"
_MANY = 1_000
"""Numbers from which on it is quicker to read them together than one by one."""
_AT_ONCE = 1 << 15


def numbers(index: TagIndex, rows: Any) -> Any:
    """Values of tags as floats; 0 where they are no finite numbers."""
    found = floats(index, rows)
    found[np.isnan(found)] = 0.0
    return found


def floats(index: TagIndex, rows: Any) -> Any:
    """Values of tags as floats; NaN where they are no finite numbers."""
    raw, starts, ends = np.frombuffer(index.data, np.uint8), index.starts[rows], index.ends[rows]
    # heights of flat drawings, of which there are as many as points
    is_written = ends - starts != len(_ZERO)
    short = np.flatnonzero(~is_written)
    for at, byte in enumerate(_ZERO):
        is_written[short] |= raw[starts[short] + at] != byte
    found = np.zeros(len(rows))
    written = np.flatnonzero(is_written)
    for at in range(0, len(written), _AT_ONCE):
        some = written[at : at + _AT_ONCE]
        if len(some) >= _MANY:
            found[some], is_read = read_decimals(index.data, starts[some], ends[some])
            some = some[~is_read]
        found[some] = _floats(index.data, starts[some].tolist(), ends[some].tolist())
    found[~(np.abs(found) < MOST)] = np.nan
    return found


def _floats(data: bytes, starts: list[int], ends: list[int]) -> list[float]:
    spans = zip(starts, ends, strict=True)
    try:
        return [float(data[start:end]) for start, end in spans]
    except ValueError:
        read = (number(data[start:end]) for start, end in zip(starts, ends, strict=True))
        return [math.nan if value is None else value for value in read]


def triples(index: TagIndex, rows: Any) -> tuple[Any, Any]:
    """Points whose x stands in some rows, with the y and z in the two rows behind it.

    Returns:
        The points as n × 3, 0 for what is missing, and for each of them whether its y is there.
    """
    codes, last = index.codes, len(index) - 1
    found = np.zeros((len(rows), 3))
    found[:, 0] = numbers(index, rows)
    following = np.minimum(rows + 1, last)
    has_y = codes[following] == codes[rows] + 10
    found[has_y, 1] = numbers(index, following[has_y])
    after = np.minimum(rows + 2, last)
    has_z = has_y & (codes[after] == codes[rows] + 20)
    found[has_z, 2] = numbers(index, after[has_z])
    return found, has_y


class Tags:
    """All tags of some entities."""

    def __init__(self, scan: Scan, entities: Any) -> None:
        self.index, self.count = scan.index, len(entities)
        self._scan, self._types = scan, scan.type_of[entities]
        self.rows, self.owner = rows_of(scan.bounds, entities)
        self.codes = scan.index.codes[self.rows]

    def are(self, *types: str) -> Any:
        """Which of the entities are of some types."""
        return np.isin(self._types, self._scan.number_of(*types))

    def owners_of(self, code: int) -> Any:
        """For each tag with a group code the place of its entity."""
        return self.owner[self.codes == code]

    def values(self, code: int) -> Any:
        """Numbers of the tags with a group code."""
        return numbers(self.index, self.rows[self.codes == code])

    def largest(self, code: int) -> Any:
        """For each entity the largest size of a number with a group code, 0 without one."""
        found = np.zeros(self.count)
        np.maximum.at(found, self.owners_of(code), np.abs(self.values(code)))
        return found

    def first_rows(self, code: int) -> Any:
        """For each entity the row of its first tag with a group code, -1 where it has none."""
        wanted = np.flatnonzero(self.codes == code)
        owners = self.owner[wanted]
        found = np.full(self.count, -1, np.int64)
        # of several values that are put in one place the last one stays
        found[owners[::-1]] = self.rows[wanted[::-1]]
        return found
