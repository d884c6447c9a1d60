"""Texts: TEXT, MTEXT, attributes, leaders, tolerance frames, with the box that they cover."""

from __future__ import annotations

import math
from collections.abc import Callable

from pybase_extraction.results import BBox, Locator, Provenance, TextBlock
from pybase_extraction_dxf.tags import Record, integer, number, of_firsts
from pybase_extraction_dxf.wording import Decoder, plain_mtext, plain_text

TEXT_TYPES = ("TEXT", "MTEXT", "ARCALIGNEDTEXT", "RTEXT", "MULTILEADER", "TOLERANCE")
CODES = (1, 3, 5, 7, 8, 10, 11, 20, 21, 40, 41, 42, 43, 50, 71, 72, 73, 101, 304)
_WIDTH = 0.6
"""Width of a character over its height: the mean of the usual fonts; DXF stores no widths of TEXT."""
_LINE = 5 / 3
"""Distance of MTEXT lines over the text height (DXF reference, MTEXT group 44)."""
PlaceOf = Callable[[Record, BBox | None], Locator]
_KINDS = {"MULTILEADER": "leader", "ARCALIGNEDTEXT": "text", "RTEXT": "text"}


def read_text(record: Record, place: PlaceOf, decode: Decoder, *, in_block: bool) -> TextBlock | None:
    """Read a text; None when it is empty or, for a leader, has none.

    Args:
        record: One of ``TEXT_TYPES``.
        place: Gives layout or block, layer and handle of a record, with the box put in.
        decode: Decoder of the drawing's strings.
        in_block: It stands in a block definition.
    """
    tags = _own_tags(record)
    firsts = dict(reversed(tags))
    raw = raw_text(record.type, tags, decode)
    if raw is None or not raw.strip():
        return None
    is_rich = record.type in {"MTEXT", "MULTILEADER", "TOLERANCE"}
    text = plain_mtext(raw) if is_rich else plain_text(raw)
    height = number(firsts.get(40))
    if record.type in {"MULTILEADER", "TOLERANCE"}:
        height = None
    rotation = _rotation(record.type, firsts)
    box = None if height is None else _box(record.type, firsts, text, height, rotation)
    return TextBlock(
        text=text,
        raw=raw,
        font=decode.name(firsts.get(7)) or None,
        size=height,
        rotation=rotation,
        kind=_KINDS.get(record.type, record.type.lower()),
        provenance=Provenance(place=place(record, box), method="block-text" if in_block else "text"),
    )


def raw_text(type_: str, tags: list[tuple[int, bytes]], decode: Decoder) -> str | None:
    """Text of an entity as written; None when it has none."""
    if type_ == "MULTILEADER":
        parts = [value for code, value in tags if code == 304 and not value.rstrip().endswith(b"LEADER_LINE{")]
        return decode.text(parts[0]) if parts else None
    last = next((value for code, value in tags if code == 1), None)
    if type_ == "MTEXT":
        pieces = [value for code, value in tags if code == 3]
        return decode.text(b"".join([*pieces, last or b""]))
    return None if last is None else decode.text(last)


def _own_tags(record: Record) -> list[tuple[int, bytes]]:
    """The tags before an embedded object (group code 101), which repeats group codes."""
    for at, (code, _) in enumerate(record.tags):
        if code == 101:
            return record.tags[:at]
    return record.tags


def _rotation(type_: str, firsts: dict[int, bytes]) -> float:
    """Degrees counter-clockwise: group 50, for MTEXT also the direction of its x axis (group 11)."""
    direction = of_firsts(firsts, 11)
    if type_ == "MTEXT" and direction is not None and 50 not in firsts:
        return math.degrees(math.atan2(direction[1], direction[0]))
    return number(firsts.get(50)) or 0.0


def _box(type_: str, firsts: dict[int, bytes], text: str, height: float, rotation: float) -> BBox | None:
    lines = text.split("\n")
    longest = max(len(line) for line in lines)
    if type_ == "MTEXT":
        at = of_firsts(firsts, 10)
        width = number(firsts.get(42)) or _WIDTH * height * longest
        depth = number(firsts.get(43)) or height * (1 + _LINE * (len(lines) - 1))
        # attachment points 1..9: left, centre, right of the top, middle and bottom row
        column, row = ((integer(firsts.get(71)) or 1) - 1) % 3, ((integer(firsts.get(71)) or 1) - 1) // 3
        left, bottom = -width * column / 2, -depth * (2 - row) / 2
    else:
        across, up = integer(firsts.get(72)) or 0, integer(firsts.get(73)) or 0
        at = (of_firsts(firsts, 11) if across or up else None) or of_firsts(firsts, 10)
        width, depth = _WIDTH * height * longest * (number(firsts.get(41)) or 1.0), height
        left = {1: -width / 2, 2: -width, 4: -width / 2}.get(across, 0.0)
        bottom = -height / 2 if up == 2 or across == 4 else -height if up == 3 else 0.0
    if at is None or not width >= 0 or not depth >= 0:
        return None
    if not rotation:
        return at[0] + left, at[1] + bottom, at[0] + left + width, at[1] + bottom + depth
    angle = math.radians(rotation)
    cos, sin = math.cos(angle), math.sin(angle)
    corners = [(x, y) for x in (left, left + width) for y in (bottom, bottom + depth)]
    xs = [at[0] + x * cos - y * sin for x, y in corners]
    ys = [at[1] + x * sin + y * cos for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)
