"""Where a text stands: its box and the direction in which it is read, from anchor, alignment and extrusion."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pybase_extraction.results import BBox
from pybase_extraction_dxf.geometry import WORLD, Vector, plane, to_world
from pybase_extraction_dxf.tags import MOST, integer, number, of_firsts

_WIDTH = 0.6
"""Width of a character over its height: the mean of the usual fonts; DXF stores no widths of TEXT."""
_LINE = 5 / 3
"""Distance of MTEXT lines over the text height (DXF reference, MTEXT group 44)."""
_ALIGNED, _MIDDLE, _FIT = 3, 4, 5
_BACKWARDS, _UPSIDE_DOWN = 2, 4
Rectangle = tuple[float, float, float, float]
"""Left, bottom, width and height around the anchor, before the text is turned."""
Place = tuple[float, float]


def text_place(type_: str, firsts: Mapping[int, bytes], text: str, height: float | None) -> tuple[BBox | None, float]:
    """Box of a text in drawing units, and degrees counter-clockwise from reading left to right.

    The width of a TEXT is estimated from its characters; an MTEXT states its own.

    Args:
        type_: Of the entity.
        firsts: First value of each group code.
        text: As shown, lines separated.
        height: Text height; without it there is no box.
    """
    span = None
    if type_ == "MULTILEADER":
        anchor, direction = of_firsts(firsts, 12), _turned(firsts, math.degrees(number(firsts.get(42)) or 0.0))
    elif type_ == "MTEXT":
        anchor, direction = of_firsts(firsts, 10), _mtext_direction(firsts)
    else:
        anchor, direction, span = _text_anchor(firsts)
    in_world = 210 not in firsts and 230 not in firsts
    is_level = in_world and direction == WORLD[0] and (71 not in firsts or type_ == "MTEXT")
    rotation = 0.0 if is_level else _rotation(type_, firsts, direction)
    if anchor is None or height is None or height <= 0:
        return None, rotation
    rectangle = _rectangle(type_, firsts, text, height) if span is None else (0.0, 0.0, span, height)
    left, bottom, *size = rectangle
    if is_level:
        return level_box(anchor[:2], (left, bottom), (size[0], size[1])), rotation
    is_bounded = 0 <= size[0] < MOST and 0 <= size[1] < MOST
    return _box(anchor, direction, plane(firsts)[2], rectangle) if is_bounded else None, rotation


def _rotation(type_: str, firsts: Mapping[int, bytes], direction: Vector) -> float:
    is_mirrored = type_ not in {"MTEXT", "MULTILEADER"} and bool((integer(firsts.get(71)) or 0) & _BACKWARDS)
    x, y = (-direction[0], -direction[1]) if is_mirrored else direction[:2]
    return math.degrees(math.atan2(y, x)) + 0.0


def level_box(anchor: Place, offset: Place, size: Place) -> BBox | None:
    """Box of a text that is read from left to right, as most are; None where it has no size.

    Args:
        anchor: The point that it hangs on.
        offset: From there to its lower left corner.
        size: Width and height.
    """
    if not (0 <= size[0] < MOST and 0 <= size[1] < MOST):
        return None
    # each corner from the anchor, as those of turned texts
    return (
        anchor[0] + offset[0],
        anchor[1] + offset[1],
        anchor[0] + (offset[0] + size[0]),
        anchor[1] + (offset[1] + size[1]),
    )


def size_of(text: str, height: float) -> Place:
    """Width and height that a text takes: estimated from its characters and lines."""
    if "\n" not in text:
        return _WIDTH * height * len(text), height
    lines = text.split("\n")
    return _WIDTH * height * max(map(len, lines)), height * (1 + _LINE * (len(lines) - 1))


def _turned(firsts: Mapping[int, bytes], degrees: float) -> Vector:
    """The x axis of the entity's plane, turned in it."""
    if not degrees and 210 not in firsts and 230 not in firsts:
        return WORLD[0]
    x, y, _ = plane(firsts)
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    if degrees % 90 == 0:
        cos, sin = round(cos), round(sin)
    return x[0] * cos + y[0] * sin, x[1] * cos + y[1] * sin, x[2] * cos + y[2] * sin


def _mtext_direction(firsts: Mapping[int, bytes]) -> Vector:
    """The direction (group 11) of an MTEXT, or its rotation (group 50)."""
    direction = of_firsts(firsts, 11)
    length = 0.0 if direction is None else math.hypot(*direction)
    if direction is None or length == 0 or 50 in firsts:
        return _turned(firsts, number(firsts.get(50)) or 0.0)
    return direction[0] / length, direction[1] / length, direction[2] / length


def _text_anchor(firsts: Mapping[int, bytes]) -> tuple[Vector | None, Vector, float | None]:
    """The point that a TEXT hangs on, its direction, and its width where it is fitted between two points.

    Text between two points runs from the first to the second.
    """
    across, up = integer(firsts.get(72)) or 0, _vertical(firsts)
    anchor, degrees, span = of_firsts(firsts, 10), number(firsts.get(50)) or 0.0, None
    if across or up:
        second = of_firsts(firsts, 11)
        if across in {_ALIGNED, _FIT} and anchor is not None and second is not None:
            degrees = math.degrees(math.atan2(second[1] - anchor[1], second[0] - anchor[0]))
            span = math.dist(anchor, second)
        else:
            anchor = second or anchor
    if anchor is not None and (210 in firsts or 230 in firsts):
        anchor = to_world(firsts, (anchor,))[0]
    return anchor, _turned(firsts, degrees), span


def _vertical(firsts: Mapping[int, bytes]) -> int:
    """Vertical alignment: group 73 of a TEXT, 74 of an attribute."""
    return integer(firsts.get(73)) or integer(firsts.get(74)) or 0


def _rectangle(type_: str, firsts: Mapping[int, bytes], text: str, height: float) -> Rectangle:
    width, depth = size_of(text, height)
    if type_ == "MTEXT":
        # attachment points 1..9: left, centre, right of the top, middle and bottom row
        row, column = divmod((integer(firsts.get(71)) or 1) - 1, 3)
        width, depth = number(firsts.get(42)) or width, number(firsts.get(43)) or depth
        return -width * column / 2, -depth * (2 - row) / 2, width, depth
    if type_ == "MULTILEADER":
        column = (integer(firsts.get(171)) or 1) - 1
        return -width * min(max(column, 0), 2) / 2, -depth, width, depth
    return _text_rectangle(firsts, width * (number(firsts.get(41)) or 1.0), height)


def _text_rectangle(firsts: Mapping[int, bytes], width: float, height: float) -> Rectangle:
    across, up, flags = integer(firsts.get(72)) or 0, _vertical(firsts), integer(firsts.get(71)) or 0
    left = {1: -width / 2, 2: -width, _MIDDLE: -width / 2}.get(across, 0.0)
    bottom = -height / 2 if up == 2 or across == _MIDDLE else -height if up == 3 else 0.0
    if flags & _BACKWARDS:
        left = -(left + width)
    if flags & _UPSIDE_DOWN:
        bottom = -(bottom + height)
    return left, bottom, width, height


def _box(anchor: Vector, x: Vector | list[float], normal: Vector, rectangle: Rectangle) -> BBox:
    left, bottom, width, depth = rectangle
    up = (normal[1] * x[2] - normal[2] * x[1], normal[2] * x[0] - normal[0] * x[2])
    corners = [(across, rise) for across in (left, left + width) for rise in (bottom, bottom + depth)]
    xs = [anchor[0] + across * x[0] + rise * up[0] for across, rise in corners]
    ys = [anchor[1] + across * x[1] + rise * up[1] for across, rise in corners]
    return min(xs), min(ys), max(xs), max(ys)
