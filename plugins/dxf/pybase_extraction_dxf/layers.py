"""Layers with their state, and sheets with their viewports."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from pybase_extraction.drawing.sheets import sheet_name
from pybase_extraction.results import Layer, Locator, Page, Provenance, Viewport
from pybase_extraction_dxf.scan import MODEL, Layout
from pybase_extraction_dxf.tags import Record, integer, of_firsts
from pybase_extraction_dxf.wording import Decoder

VIEWPORT_CODES = (5, 10, 12, 16, 17, 20, 22, 26, 27, 30, 36, 37, 40, 41, 45, 51, 68, 69, 331, 1003)
_FROZEN_LAYERS = (331, 1003)
"""Handles of the layers that a viewport does not show; before R2000 their names in its extended data."""
_OF_ITSELF, _OPAQUE = 2, 255
_FROZEN, _LOCKED = 1, 4


def read_layers(
    records: Iterable[Record],
    decode: Decoder,
    counts: Mapping[str, Counter[str]],
    measures: Mapping[str, tuple[float, float]],
) -> Iterator[Layer]:
    """Read the layer table; layers that only entities name follow in alphabetical order.

    Args:
        records: Entries of the table.
        decode: Decoder of the drawing's strings.
        counts: Entities by type, by lower-case name of the layer.
        measures: Length and area of its curves by lower-case name; empty when they were not measured.
    """
    seen: set[str] = set()
    for record in records:
        firsts = record.firsts()
        name = decode.name(firsts.get(2))
        key = name.casefold()
        if key in seen:
            continue
        seen.add(key)
        color, flags = record.integer(62), record.integer(70) or 0
        rgb, weight, plot = record.integer(420), record.integer(370), record.integer(290)
        handle = (firsts.get(5) or b"").strip().decode("ascii", "replace").upper() or None
        length, area = measures.get(key, (None, None)) if measures else (None, None)
        yield Layer(
            name=name,
            color=abs(color) if color else None,
            rgb=f"#{rgb & 0xFFFFFF:06x}" if rgb is not None else None,
            linetype=decode.name(firsts.get(6)) or None,
            lineweight=weight / 100 if weight is not None and weight >= 0 else None,
            is_on=color is None or color >= 0,
            is_frozen=bool(flags & _FROZEN),
            is_locked=bool(flags & _LOCKED),
            is_plotted=None if plot is None else bool(plot),
            transparency=next(map(transparency, _values_of(record, b"AcCmTransparency", 1071)), None),
            entity_count=sum(counts.get(key, {}).values()),
            entity_types=dict(sorted(counts.get(key, {}).items())),
            length=length,
            area=area,
            provenance=Provenance(place=Locator(layer=name, handle=handle), method="layer-table"),
        )


def _values_of(record: Record, application: bytes, code: int) -> Iterator[bytes]:
    return (value for found, value in record.extended(application) if found == code)


def transparency(value: bytes | None) -> float | None:
    """0 (opaque) to 1 of a transparency as layers and entities have it (group 440): the last byte is the opacity.

    None where there is none, or where it is that of the layer or of the block.
    """
    number = integer(value)
    return None if number is None or number >> 24 != _OF_ITSELF else 1 - (number & _OPAQUE) / _OPAQUE


def layer_names(records: Iterable[Record]) -> dict[bytes, bytes]:
    """Names of layers by their handles, upper-case; both as written, because few are asked for."""
    return {(record.get(5) or b"").strip().upper(): record.get(2) or b"" for record in records}


def frozen_layers(viewport: Record, names: Mapping[bytes, bytes], decode: Decoder) -> tuple[str, ...]:
    """Layers that a viewport does not show, in the file's order."""
    found = (
        decode.name(names.get(value.strip().upper()) if code == _FROZEN_LAYERS[0] else value)
        for code, value in viewport.tags
        if code in _FROZEN_LAYERS
    )
    return tuple(dict.fromkeys(filter(None, found)))


def read_page(number: int, layout: Layout, unit: str | None, viewports: Iterable[Viewport]) -> Page:
    """A layout as a page; the sheet's size is in mm."""
    is_model = layout.block == MODEL
    return Page(
        number=number,
        label=layout.name,
        width=layout.width,
        height=layout.height,
        unit="mm" if layout.width is not None else unit,
        kind="model" if is_model else "paper",
        size_name=sheet_name(layout.width, layout.height),
        viewports=tuple(viewports),
    )


def read_viewport(record: Record, names: Mapping[bytes, bytes], decode: Decoder) -> Viewport | None:
    """A view of the model; the viewport with the number 1 is the sheet itself (DXF reference, VIEWPORT group 69).

    Args:
        record: The VIEWPORT.
        names: Names of layers by their handles (see ``layer_names``).
        decode: Decoder of the drawing's strings.

    Returns:
        None for the sheet itself and for what has no size.
    """
    firsts = record.firsts()
    center, width, height = of_firsts(firsts, 10), record.number(40), record.number(41)
    if record.integer(69) == 1 or center is None or not width or not height or width <= 0 or height <= 0:
        return None
    view_height, view_center = record.number(45), of_firsts(firsts, 12)
    direction, target = of_firsts(firsts, 16), of_firsts(firsts, 17) or (0.0, 0.0, 0.0)
    is_plan = direction is None or (abs(direction[0]) < 1e-9 and abs(direction[1]) < 1e-9 and direction[2] > 0)
    twist = math.radians(record.number(51) or 0.0)
    middle = None
    if view_center is not None and is_plan:
        x, y = view_center[0], view_center[1]
        cos, sin = math.cos(-twist), math.sin(-twist)
        middle = (target[0] + x * cos - y * sin, target[1] + x * sin + y * cos)
    return Viewport(
        handle=(firsts.get(5) or b"").strip().decode("ascii", "replace").upper() or None,
        bbox=(center[0] - width / 2, center[1] - height / 2, center[0] + width / 2, center[1] + height / 2),
        scale=height / view_height if view_height and view_height > 0 else None,
        center=middle,
        frozen_layers=frozen_layers(record, names, decode),
    )
