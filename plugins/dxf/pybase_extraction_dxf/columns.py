"""Numbers of many tags at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from pybase_extraction_dxf.tags import MOST, TagIndex, number

_ZERO = b"0.0"


def numbers(index: TagIndex, rows: Any) -> Any:
    """Values of tags as floats; 0 where they are no finite numbers."""
    raw, starts, ends = np.frombuffer(index.data, np.uint8), index.starts[rows], index.ends[rows]
    # heights of flat drawings, of which there are as many as points
    is_written = ends - starts != len(_ZERO)
    short = np.flatnonzero(~is_written)
    for at, byte in enumerate(_ZERO):
        is_written[short] |= raw[starts[short] + at] != byte
    found = np.zeros(len(rows))
    found[is_written] = _floats(index.data, starts[is_written].tolist(), ends[is_written].tolist())
    return np.where(np.abs(found) < MOST, found, 0.0)


def _floats(data: bytes, starts: list[int], ends: list[int]) -> list[float]:
    spans = zip(starts, ends, strict=True)
    try:
        return [float(data[start:end]) for start, end in spans]
    except ValueError:
        read = (number(data[start:end]) for start, end in zip(starts, ends, strict=True))
        return [0.0 if value is None else value for value in read]


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
