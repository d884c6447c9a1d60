"""Triangles of an STL file, text or binary.

Binary: a header of 80 bytes, the number of facets as 32 bits, and for each facet its normal and three points as 32-bit floats
and two bytes more, all little-endian (3D Systems, StereoLithography Interface Specification, 1989).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Point = tuple[float, float, float]
Facet = tuple[Point, Point, Point]

_HEADER, _FACET = 84, struct.Struct("<12fH")
_LOOK_EVERY = 10_000


@dataclass
class Solid:
    """Facets that belong together.

    Attributes:
        name: As written, or None.
        facets: Points counter-clockwise as seen from outside.
        is_cut_off: The file ends before the solid does.
    """

    name: str | None
    facets: list[Facet] = field(default_factory=list)
    is_cut_off: bool = False


class NoStlError(ValueError):
    """The bytes are no STL; the message says where and why."""


def read_solids(data: bytes, check: Callable[[], None]) -> list[Solid]:
    """Read all solids.

    Args:
        data: The whole file.
        check: Called every few thousand facets; what it raises ends the reading.

    Raises:
        NoStlError: It is no STL.
    """
    if len(data) >= _HEADER and len(data) == _HEADER + _FACET.size * int.from_bytes(data[80:84], "little"):
        return [_binary(data, check)]
    if data.lstrip()[:5] == b"solid" and b"\0" not in data[:_HEADER]:
        return list(_text(data.decode("utf-8", "replace"), check))
    raise NoStlError("it neither begins as a text nor has the length that its header says")


def _binary(data: bytes, check: Callable[[], None]) -> Solid:
    # exporters write their own name here, or "solid" and the name of the part
    name = data[:80].partition(b"\0")[0].decode("ascii", "replace").strip().removeprefix("solid").strip()
    solid = Solid(name or None)
    for index, numbers in enumerate(_FACET.iter_unpack(data[_HEADER:])):
        if index % _LOOK_EVERY == 0:
            check()
        if not all(map(math.isfinite, numbers[3:12])):
            raise NoStlError(f"facet {index + 1} has a coordinate that is no number")
        solid.facets.append((numbers[3:6], numbers[6:9], numbers[9:12]))
    return solid


def _text(text: str, check: Callable[[], None]) -> Iterator[Solid]:
    solid: Solid | None = None
    points: list[Point] = []
    for number, line in enumerate(text.splitlines(), 1):
        if number % _LOOK_EVERY == 0:
            check()
        word, *rest = line.split() or [""]
        if word == "solid":
            solid = Solid(" ".join(rest) or None)
        elif solid is None and word:
            raise NoStlError(f"line {number} stands outside of a solid")
        elif word == "vertex":
            points.append(_point(rest, number))
        elif word == "endfacet" and solid is not None:
            if len(points) != 3:
                raise NoStlError(f"the facet that ends in line {number} has {len(points)} points")
            solid.facets.append((points[0], points[1], points[2]))
            points = []
        elif word == "endsolid" and solid is not None:
            yield solid
            solid = None
    if solid is not None:
        solid.is_cut_off = True
        yield solid


def _point(words: list[str], number: int) -> Point:
    try:
        x, y, z = map(float, words)
    except ValueError:
        raise NoStlError(f"line {number} has no three coordinates") from None
    if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)):
        raise NoStlError(f"line {number} has a coordinate that is no number")
    return x, y, z
