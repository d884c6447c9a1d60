"""A decoded drawing written as the tags of a DXF, so that one reader gives both formats the same meaning.

Group codes are those of the DXF reference (R2018).  What the library does not decode is not written: a reader then
finds nothing in place of a wrong default.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pybase_extraction_dwg.drawing import DwgDrawing, DwgEntity

Tag = tuple[int, str | int | float]
_TYPES = {
    "POLYLINE_2D": "POLYLINE", "POLYLINE_3D": "POLYLINE", "POLYLINE_MESH": "POLYLINE", "POLYLINE_PFACE": "POLYLINE",
    "MINSERT": "INSERT",
}  # fmt: skip
_VECTORS = {
    "start": 10, "center": 10, "insert": 10, "location": 10, "end": 11, "major_axis": 11, "align_point": 11,
    "x_direction": 11, "text_direction": 11, "view_center": 12, "view_direction": 16, "view_target": 17,
}  # fmt: skip
_NUMBERS = {
    "radius": 40, "axis_ratio": 40, "height": 40, "char_height": 40, "start_angle": 50, "end_angle": 51,
    "rotation": 50, "xscale": 41, "yscale": 42, "zscale": 43,
}  # fmt: skip
_TEXT_NUMBERS = {"width": 41, "oblique": 51, "halign": 72, "valign": 73}
_BY_TYPE: Mapping[str, Mapping[str, int]] = {
    "TEXT": _TEXT_NUMBERS,
    "ATTRIB": {**_TEXT_NUMBERS, "valign": 74, "attribute_flags": 70},
    "ATTDEF": {**_TEXT_NUMBERS, "valign": 74, "attribute_flags": 70},
    "MTEXT": {"rect_width": 41, "attachment_point": 71},
    "VIEWPORT": {"width": 40, "height": 41, "view_height": 45, "view_twist_angle": 51},
    "SPLINE": {"degree": 71},
    "MINSERT": {"column_count": 70, "row_count": 71, "column_spacing": 44, "row_spacing": 45},
    "ELLIPSE": {"axis_ratio": 40, "start_angle": 41, "end_angle": 42},
}
"""Group codes of the values that mean something else in one type than in the others."""
_DIMENSIONS = {
    "LINEAR": 0, "ALIGNED": 1, "ANG2LN": 2, "DIAMETER": 3, "RADIUS": 4, "ANG3PT": 5, "ORDINATE": 6,
}  # fmt: skip
_DIMENSION_POINTS = {"defpoint": 10, "text_midpoint": 11, "defpoint2": 13, "defpoint3": 14}
_CURVED = {"defpoint": 10, "text_midpoint": 11, "defpoint4": 15}
_ANGLE_POINTS = {
    "defpoint2": 13,
    "defpoint3": 14,
    "defpoint4": 15,
    "defpoint5": 16,
    "defpoint": 10,
    "text_midpoint": 11,
}
_ORDINATE_X = 64
_IS_PAPER = 1
_SUBCLASSES: Mapping[str, tuple[str, ...]] = {
    "LINE": ("AcDbLine",), "CIRCLE": ("AcDbCircle",), "ARC": ("AcDbCircle", "AcDbArc"), "POINT": ("AcDbPoint",),
    "ELLIPSE": ("AcDbEllipse",), "SPLINE": ("AcDbSpline",), "LWPOLYLINE": ("AcDbPolyline",), "MTEXT": ("AcDbMText",),
    "TEXT": ("AcDbText",), "ATTRIB": ("AcDbText", "AcDbAttribute"), "ATTDEF": ("AcDbText", "AcDbAttributeDefinition"),
    "SOLID": ("AcDbTrace",), "TRACE": ("AcDbTrace",), "3DFACE": ("AcDbFace",), "LEADER": ("AcDbLeader",),
    "INSERT": ("AcDbBlockReference",), "MINSERT": ("AcDbBlockReference",), "VIEWPORT": ("AcDbViewport",),
    "POLYLINE_2D": ("AcDb2dPolyline",), "POLYLINE_3D": ("AcDb3dPolyline",), "DIMENSION": ("AcDbDimension",),
}  # fmt: skip
"""Subclass markers without which other readers refuse an entity; the first holds every value but those below."""
_IN_SECOND = {"ARC": frozenset({50, 51}), "ATTRIB": frozenset({2, 70, 74}), "ATTDEF": frozenset({2, 3, 70, 74})}
"""Group codes of the second subclass."""


def to_dxf(drawing: DwgDrawing, *, only_whole: bool = False) -> bytes:
    """Write a drawing as the text of a DXF.

    Args:
        drawing: As decoded.
        only_whole: Leave out objects, and entities of which only a part is decoded: other programs refuse a drawing
            that holds such.
    """
    lines: list[str] = []
    for code, value in _tags(drawing, only_whole=only_whole):
        lines.append(f"{code:>3}")
        # a line break would begin a new tag
        lines.append(value.replace("\r", "").replace("\n", "^J") if isinstance(value, str) else repr(value))
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _tags(drawing: DwgDrawing, *, only_whole: bool) -> Iterator[Tag]:
    writer = _Writer(drawing, only_whole=only_whole)
    for name, content in (
        ("HEADER", writer.header()),
        ("TABLES", writer.tables()),
        ("BLOCKS", writer.blocks()),
        ("ENTITIES", writer.in_layouts()),
        ("OBJECTS", () if only_whole else writer.layouts()),
    ):
        yield from ((0, "SECTION"), (2, name))
        yield from content
        yield 0, "ENDSEC"
    yield 0, "EOF"


class _Writer:
    def __init__(self, drawing: DwgDrawing, *, only_whole: bool) -> None:
        self.drawing = drawing
        self.names = _distinct(drawing.blocks)
        self.inside: dict[int, list[DwgEntity]] = defaultdict(list)
        self.attributes: dict[int, list[DwgEntity]] = defaultdict(list)
        for entity in drawing.entities:
            if only_whole and entity.kind not in _SUBCLASSES:
                continue
            (self.attributes if entity.kind == "ATTRIB" else self.inside)[entity.owner].append(entity)
        self.model = next((handle for handle, name in self.names.items() if name == "*Model_Space"), 0)
        self.paper = next((handle for handle, name in self.names.items() if name == "*Paper_Space"), 0)

    def header(self) -> Iterator[Tag]:
        # texts below are UTF-8, as in every DXF since this version
        yield from ((9, "$ACADVER"), (1, "AC1032"))
        variables = self.drawing.header
        if variables.get("insunits") is not None:
            yield from ((9, "$INSUNITS"), (70, int(variables["insunits"])))
        for name in ("extmin", "extmax", "limmin", "limmax"):
            if variables.get(name) is not None:
                yield 9, f"${name.upper()}"
                yield from _point(10, variables[name])

    def tables(self) -> Iterator[Tag]:
        yield from ((0, "TABLE"), (2, "LAYER"))
        for layer in self.drawing.layers:
            yield from ((0, "LAYER"), (5, f"{layer.handle:X}"), (2, layer.name))
            yield 70, (1 if layer.frozen else 0) | (4 if layer.locked else 0)
            yield 62, layer.color if layer.on else -(layer.color or 7)
            if layer.rgb is not None:
                red, green, blue = layer.rgb
                yield 420, red << 16 | green << 8 | blue
            yield from ((6, layer.linetype or "Continuous"), (290, int(bool(layer.plot))), (370, layer.lineweight))
        yield from ((0, "ENDTAB"), (0, "TABLE"), (2, "BLOCK_RECORD"))
        for handle, name in self.names.items():
            yield from ((0, "BLOCK_RECORD"), (5, f"{handle:X}"), (2, name))
        yield 0, "ENDTAB"

    def blocks(self) -> Iterator[Tag]:
        for handle, name in self.names.items():
            yield from ((0, "BLOCK"), (8, "0"), (2, name), (70, 1 if name.startswith("*") else 0))
            yield from _point(10, (0.0, 0.0, 0.0))
            if handle not in {self.model, self.paper}:
                yield from self.entities(handle)
            yield from ((0, "ENDBLK"), (8, "0"))

    def in_layouts(self) -> Iterator[Tag]:
        yield from self.entities(self.model)
        yield from self.entities(self.paper, ((67, _IS_PAPER),))

    def layouts(self) -> Iterator[Tag]:
        for name, layout in self.drawing.layouts.items():
            yield from ((0, "LAYOUT"), (5, f"{layout['handle']:X}"), (100, "AcDbPlotSettings"))
            if layout.get("paper_width") and layout.get("paper_height"):
                yield from ((44, layout["paper_width"]), (45, layout["paper_height"]))
                yield 73, int(layout.get("plot_rotation") or 0)
            yield from ((100, "AcDbLayout"), (1, name), (71, int(layout["tab_order"])))
            yield 330, f"{layout['block_record_handle']:X}"

    def entities(self, owner: int, space: tuple[Tag, ...] = ()) -> Iterator[Tag]:
        for entity in self.inside.get(owner, ()):
            yield from self._entity(entity, space)
            attributes = self.attributes.get(entity.handle, ())
            if attributes:
                yield 66, 1
            for attribute in attributes:
                yield from self._entity(attribute, space)
            if attributes:
                yield from ((0, "SEQEND"), (8, "0"))

    def _entity(self, entity: DwgEntity, space: tuple[Tag, ...]) -> Iterator[Tag]:
        values = entity.values
        yield from ((0, _TYPES.get(entity.kind, entity.kind)), (5, f"{entity.handle:X}"), (100, "AcDbEntity"))
        yield 8, self.drawing.layer_names.get(values.get("layer_handle") or 0, "0")
        yield from space
        if entity.kind in _SUBCLASSES:
            yield 100, _SUBCLASSES[entity.kind][0]
        if entity.kind == "DIMENSION":
            yield from self._dimension(values)
            return
        if entity.kind in {"INSERT", "MINSERT"}:
            yield 2, str(values.get("name") or "")
        second = _IN_SECOND.get(entity.kind, frozenset())
        written = [*_texts(entity), *_placement(entity)]
        yield from (tag for tag in written if tag[0] not in second)
        if second:
            yield 100, _SUBCLASSES[entity.kind][1]
            yield from (tag for tag in written if tag[0] in second)
        yield from _outline(entity)

    def _dimension(self, values: Mapping[str, Any]) -> Iterator[Tag]:
        kind = str(values["dimtype"])
        style = self.drawing.dimension_styles.get(values.get("dimstyle_handle") or 0)
        if style is not None:
            yield 3, style
        picture = self.names.get(values.get("anonymous_block_handle") or 0)
        if picture is not None:
            yield 2, picture
        yield 70, _DIMENSIONS.get(kind, 0) | (_ORDINATE_X if kind == "ORDINATE" and _is_x(values) else 0)
        if values.get("text"):
            yield 1, str(values["text"])
        if values.get("actual_measurement"):
            yield 42, float(values["actual_measurement"])
        yield 50, float(values.get("angle") or 0.0)
        points = _CURVED if kind in {"RADIUS", "DIAMETER"} else _ANGLE_POINTS if kind == "ANG2LN" else _DIMENSION_POINTS
        if kind == "ANG3PT":
            points = {**_DIMENSION_POINTS, "defpoint4": 15}
        for name, code in points.items():
            yield from _point(code, values.get(name))


def _is_x(values: Mapping[str, Any]) -> bool:
    """Whether an ordinate runs along x: the library keeps what is measured, not the flag that names the axis."""
    measured, origin, feature = (values.get(name) for name in ("actual_measurement", "defpoint", "defpoint2"))
    if not measured or origin is None or feature is None:
        return False
    across, up = abs(feature[0] - origin[0]), abs(feature[1] - origin[1])
    return bool(abs(across - measured) < abs(up - measured))


def _distinct(blocks: Mapping[int, str]) -> dict[int, str]:
    """Block names that differ: a file calls all its sheets the same, DXF numbers them from the second on."""
    found: dict[int, str] = {}
    taken: dict[str, int] = {}
    for handle, written in blocks.items():
        key = written.casefold()
        name = {"*model_space": "*Model_Space", "*paper_space": "*Paper_Space"}.get(key, written)
        number = taken.get(key, 0)
        taken[key] = number + 1
        found[handle] = name if number == 0 else f"{name}{number - 1}"
    return found


def _texts(entity: DwgEntity) -> Iterator[Tag]:
    values = entity.values
    text = values.get("text")
    if entity.kind == "MTEXT":
        # of newer files the library gives paragraphs as line breaks
        text = str(values.get("raw_text") or "").replace("\n", "\\P")
    if text:
        yield 1, str(text)
    if entity.kind in {"ATTRIB", "ATTDEF"}:
        yield 2, str(values.get("tag") or "")
        if values.get("prompt"):
            yield 3, str(values["prompt"])


def _placement(entity: DwgEntity) -> Iterator[Tag]:
    values, own = entity.values, _BY_TYPE.get(entity.kind, {})
    for name, code in _VECTORS.items():
        yield from _point(code, values.get(name))
    for name, code in {**_NUMBERS, **own}.items():
        value = values.get(name)
        if isinstance(value, int | float):
            yield code, value
    if values.get("extrusion") not in {None, (0.0, 0.0, 1.0)}:
        yield from _point(210, values["extrusion"])


def _outline(entity: DwgEntity) -> Iterator[Tag]:
    """Corners, in the way of the type."""
    values = entity.values
    points: Sequence[Sequence[float]] = values.get("points") or ()
    if entity.kind == "LWPOLYLINE":
        yield from ((90, len(points)), (70, int(bool(values.get("closed")))))
        for point, bulge in zip(points, values.get("bulges") or [0.0] * len(points), strict=False):
            yield from ((10, float(point[0])), (20, float(point[1])), (42, float(bulge)))
    elif entity.kind in {"SOLID", "TRACE", "3DFACE"}:
        for code, point in zip((10, 11, 12, 13), points, strict=False):
            yield from _point(code, point)
    elif entity.kind == "SPLINE":
        yield from _many(10, values.get("control_points") or ())
        yield from _many(11, values.get("fit_points") or ())
    elif entity.kind == "LEADER":
        yield from _many(10, points)
    elif entity.kind.startswith("POLYLINE"):
        yield 70, int(bool(values.get("closed")))
        for point in points:
            yield 0, "VERTEX"
            yield 8, "0"
            yield from _point(10, point)
        yield from ((0, "SEQEND"), (8, "0"))


def _many(code: int, points: Iterable[Sequence[float]]) -> Iterator[Tag]:
    for point in points:
        yield from _point(code, point)


def _point(code: int, point: Sequence[float] | None) -> Iterator[Tag]:
    if point is None or not all(math.isfinite(value) for value in point):
        return
    for index, value in enumerate(point[:3]):
        yield code + 10 * index, float(value)
