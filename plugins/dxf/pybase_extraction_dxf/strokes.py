"""What ezdxf's drawing add-on draws of a layout, as strokes and fills in drawing units, counted and bounded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ezdxf.addons.drawing.backend import Backend
from ezdxf.addons.drawing.frontend import Frontend

from pybase_extraction.results import BBox

Points = list[tuple[float, float]]
_CHECK_EVERY = 2_000
_LARGEST = 1e15
"""Above this a double has no tenths left; AutoCAD writes 1e20 for what has no size."""
_TEXTS = frozenset({"TEXT", "MTEXT", "ATTRIB"})


class StopDrawing(Exception):  # noqa: N818 -- it ends the drawing where enough was drawn, nothing has failed
    """Raised by the backend to leave the add-on when the picture has as many points as it may."""


@dataclass(slots=True)
class Strokes:
    """The picture of a layout.

    Attributes:
        lines: Colour (``#rrggbb``), width in mm, and points of each line; a single point is a dot.
        fills: Colour and outlines of each filled area, even-odd.
        boxes: Box of what was drawn of each entity, by handle; contents of inserts and pictures of dimensions count for
            the entity that shows them.
        text_boxes: The same of its letters only.
        points: Points drawn.
        is_cut: Whether there was more than may be drawn.
    """

    lines: list[tuple[str, float, Points]] = field(default_factory=list)
    fills: list[tuple[str, list[Points]]] = field(default_factory=list)
    boxes: dict[str, BBox] = field(default_factory=dict)
    text_boxes: dict[str, BBox] = field(default_factory=dict)
    points: int = 0
    is_cut: bool = False

    @property
    def bbox(self) -> BBox | None:
        """Box of everything; None for an empty layout."""
        every = [point for _, _, points in self.lines for point in points]
        every += [point for _, outlines in self.fills for points in outlines for point in points]
        if not every:
            return None
        xs, ys = [x for x, _ in every], [y for _, y in every]
        return min(xs), min(ys), max(xs), max(ys)


class FiniteFrontend(Frontend):
    """The add-on's frontend, without entities of which a number is infinite or none: on those it would not end."""

    def draw_entity(self, entity: Any, properties: Any) -> None:
        """Draw one entity, nested ones included."""
        if all(map(_is_finite, entity.dxf.all_existing_dxf_attribs().values())):
            super().draw_entity(entity, properties)


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return abs(value) < _LARGEST
    if hasattr(value, "magnitude"):
        return bool(value.magnitude < _LARGEST)
    return True


class StrokeBackend(Backend):
    """A backend of the add-on that keeps what it is told to draw."""

    def __init__(self, max_points: int, check: Callable[[], None]) -> None:
        super().__init__()
        self.strokes = Strokes()
        self._max_points = max_points
        self._check = check
        self._calls = 0

    def set_background(self, color: str) -> None:
        """Do nothing: pictures have a white background."""

    def draw_point(self, pos: Any, properties: Any) -> None:
        """Keep a dot."""
        self._line([pos], properties)

    def draw_line(self, start: Any, end: Any, properties: Any) -> None:
        """Keep a line."""
        self._line([start, end], properties)

    def draw_path(self, path: Any, properties: Any) -> None:
        """Keep a path, its curves as chords."""
        for part in path.sub_paths() if path.has_sub_paths else [path]:
            if len(part):
                self._line(part.flattening(self.config.max_flattening_distance), properties)

    def draw_filled_polygon(self, points: Any, properties: Any) -> None:
        """Keep a filled polygon."""
        self._fill([points.vertices()], properties)

    def draw_filled_paths(self, paths: Iterable[Any], properties: Any) -> None:
        """Keep filled paths, letters among them."""
        distance = self.config.max_flattening_distance
        parts = (part for path in paths for part in (path.sub_paths() if path.has_sub_paths else [path]))
        self._fill([list(part.flattening(distance)) for part in parts if len(part)], properties)

    def draw_image(self, image_data: Any, properties: Any) -> None:
        """Do nothing: files that a drawing names are never opened."""

    def clear(self) -> None:
        """Forget what was drawn."""
        self.strokes = Strokes()

    def _line(self, points: Iterable[Any], properties: Any) -> None:
        kept = self._kept(points)
        if kept:
            self.strokes.lines.append((_visible(properties.color), properties.lineweight, kept))

    def _fill(self, outlines: Iterable[Iterable[Any]], properties: Any) -> None:
        kept = [points for outline in outlines if len(points := self._kept(outline)) > 2]
        if kept:
            # white areas hide what is below them; white letters are to be read
            color = _visible(properties.color) if self._is_text() else properties.color[:7]
            self.strokes.fills.append((color, kept))

    def _kept(self, points: Iterable[Any]) -> Points:
        """Finite points as pairs, counted, and put into the boxes of their entities."""
        self._calls += 1
        if self._calls % _CHECK_EVERY == 0:
            self._check()
        kept = [(point.x, point.y) for point in points if math.isfinite(point.x) and math.isfinite(point.y)]
        self.strokes.points += len(kept)
        if self.strokes.points > self._max_points:
            self.strokes.is_cut = True
            raise StopDrawing
        if kept:
            self._box(kept)
        return kept

    def _box(self, points: Points) -> None:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        box = min(xs), min(ys), max(xs), max(ys)
        is_text = self._is_text()
        for handle in self._handles():
            _grow(self.strokes.boxes, handle, box)
            if is_text:
                _grow(self.strokes.text_boxes, handle, box)

    def _is_text(self) -> bool:
        return bool(self.entity_stack) and self.entity_stack[-1][0].dxftype() in _TEXTS

    def _handles(self) -> Iterator[str]:
        for entity, _ in self.entity_stack:
            if entity.dxf.handle is not None:
                yield str(entity.dxf.handle)


def _visible(color: str) -> str:
    """A colour on a white sheet: white stands for the sign that can be seen, as it does for AutoCAD's colour 7."""
    return "#000000" if color[:7].lower() == "#ffffff" else color[:7]


def _grow(boxes: dict[str, BBox], handle: str, box: BBox) -> None:
    old = boxes.get(handle, box)
    boxes[handle] = min(old[0], box[0]), min(old[1], box[1]), max(old[2], box[2]), max(old[3], box[3])
