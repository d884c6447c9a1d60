"""Pictures of a drawing's layouts as SVG and PNG, with what was found drawn over them."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from pybase_extraction.errors import MissingDependencyError
from pybase_extraction.results import BBox, ExtractionResult, Issue, Picture, Severity, TitleField, Value
from pybase_extraction_dxf.options import DxfOptions

MAX_POINTS = 1_000_000
"""Points of all pictures of a drawing: about 100 MB while they are made, some ten seconds."""
MAX_BYTES = 32 << 20
"""Size of a drawing above which no pictures are made: loading it takes twenty times its size."""
MAX_LAYOUTS = 8
_MARGIN = 0.03
_COLORS = {
    "dimensions": "#d62728", "feature_control_frames": "#ff7f0e", "threads": "#9467bd", "surface_textures": "#8c564b",
    "tables": "#1f77b4", "title_blocks": "#2ca02c", "revisions": "#4d9a3f", "boms": "#006d2c",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Mark:
    box: BBox
    color: str
    text: str


def draw_previews(
    path: Path, result: ExtractionResult, options: DxfOptions, check: Callable[[], None]
) -> tuple[list[Picture], list[Issue]]:
    """Draw the layouts that were read.

    Args:
        path: The drawing as DXF.
        result: What was found in it.
        options: Which pictures, how large, and whether what was found is drawn over them.
        check: Called while drawing; raises to stop.
    """
    if result.source.size > MAX_BYTES:
        return [], [_left_out(f"The drawing is larger than {MAX_BYTES >> 20} MiB: no preview was drawn.")]
    if any(block.total_count is None or block.total_count > MAX_POINTS for block in result.blocks):
        return [], [_left_out("Blocks are inserted in themselves or a million times: no preview was drawn.")]
    document = _load(path)
    if document is None:
        return [], [_left_out("ezdxf does not load the drawing: no preview was drawn.")]
    pictures: list[Picture] = []
    issues: list[Issue] = []
    left = MAX_POINTS
    for page in result.pages[:MAX_LAYOUTS]:
        if page.label is None or page.label not in document.layouts:
            issues.append(_left_out(f"The layout {page.label!r} is not in what ezdxf loads: no preview was drawn."))
            continue
        strokes = _strokes(document, page.label, left, check)
        if (box := strokes.bbox) is None:
            continue
        left -= strokes.points
        if strokes.is_cut:
            message = (
                f"The layout {page.label!r} has more to draw than a preview may hold: its picture is not complete."
            )
            issues.append(Issue(code="preview-cut", severity=Severity.WARNING, message=message))
        marks = (
            list(_marks(result, page.label, {**strokes.boxes, **strokes.text_boxes}))
            if options.preview_overlays
            else []
        )
        pictures += _pictures(f"preview-{page.label}", _Drawing(strokes, marks, box, options.preview_size), options)
        if left <= 0:
            break
    return pictures, issues


def _left_out(message: str) -> Issue:
    return Issue(code="preview-left-out", severity=Severity.WARNING, message=message)


def _load(path: Path) -> Any:
    from ezdxf import recover
    from ezdxf.filemanagement import readfile
    from ezdxf.lldxf.const import DXFError

    failures = (DXFError, OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
    try:
        return readfile(path)
    except failures:
        # some good files are read by one of the two only
        try:
            return recover.readfile(path)[0]
        except failures:
            return None


def _strokes(document: Any, name: str, max_points: int, check: Callable[[], None]) -> Any:
    from ezdxf.addons.drawing.config import BackgroundPolicy, ColorPolicy, Configuration, ImagePolicy
    from ezdxf.addons.drawing.properties import RenderContext
    from ezdxf.lldxf.const import DXFError

    from pybase_extraction_dxf.strokes import FiniteFrontend, StopDrawing, StrokeBackend

    config = Configuration(
        background_policy=BackgroundPolicy.WHITE,
        color_policy=ColorPolicy.COLOR,
        # the files that a drawing names are somebody else's: none is opened
        image_policy=ImagePolicy.RECT,
        hatching_timeout=2.0,
    )
    backend = StrokeBackend(max_points, check)
    try:
        layout = document.layout(name)
        FiniteFrontend(RenderContext(document), backend, config).draw_layout(layout)
    except StopDrawing:
        pass
    except (DXFError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        # what was drawn before the entity that the add-on cannot draw
        backend.strokes.is_cut = True
    return backend.strokes


def _marks(result: ExtractionResult, layout: str | None, boxes: dict[str, BBox]) -> Iterator[_Mark]:
    """Boxes of what was found on a layout: its own place, else that of the entity that it was read from."""
    for kind, color in _COLORS.items():
        for value in _values(result, kind):
            place = value.provenance.place
            if place.layout not in {None, layout} or (place.layout is None and kind != "title_blocks"):
                continue
            box = place.bbox or boxes.get(place.handle or "")
            if box is not None:
                yield _Mark(box, color, f"{kind.replace('_', ' ').removesuffix('s')}: {value.raw or ''}".strip())


def _values(result: ExtractionResult, kind: str) -> Sequence[Value]:
    if kind == "boms":
        return [item for bom in result.boms for item in bom.items]
    if kind == "title_blocks":
        named = ((block, name) for block in result.title_blocks for name in type(block).model_fields)
        return [found for block, name in named if isinstance(found := getattr(block, name), TitleField)]
    values: Sequence[Value] = getattr(result, kind)
    return values


class _Drawing:
    """Strokes and marks in the pixels of a picture, y down."""

    def __init__(self, strokes: Any, marks: Sequence[_Mark], box: BBox, size: int) -> None:
        width, height = box[2] - box[0], box[3] - box[1]
        longer = max(width, height) or 1.0
        self.strokes, self.marks = strokes, marks
        self.scale = size * (1 - 2 * _MARGIN) / longer
        margin = size * _MARGIN
        self.width = max(1, round(width * self.scale + 2 * margin))
        self.height = max(1, round(height * self.scale + 2 * margin))
        self._left, self._top = box[0] - margin / self.scale, box[3] + margin / self.scale

    def pixels(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Points of the drawing as pixels."""
        return [((x - self._left) * self.scale, (self._top - y) * self.scale) for x, y in points]

    def corners(self, box: BBox) -> tuple[float, float, float, float]:
        """A box of the drawing in pixels: left, top, right, bottom, a little larger than what it marks."""
        (left, bottom), (right, top) = self.pixels([(box[0], box[1]), (box[2], box[3])])
        return left - 2, top - 2, right + 2, bottom + 2


def _pictures(name: str, drawing: _Drawing, options: DxfOptions) -> Iterator[Picture]:
    wanted = {"svg", "png"} if options.preview == "both" else {options.preview}
    for kind, media_type, draw in (("svg", "image/svg+xml", _svg), ("png", "image/png", _png)):
        if kind in wanted:
            data = base64.b64encode(draw(drawing)).decode("ascii")
            yield Picture(name=name, media_type=media_type, width=drawing.width, height=drawing.height, data=data)


def _svg(drawing: _Drawing) -> bytes:
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{drawing.width}" height="{drawing.height}">',
        f'<rect width="{drawing.width}" height="{drawing.height}" fill="#ffffff"/>',
        '<g fill-rule="evenodd">',
        *(
            f'<path fill="{escape(color)}" d="{"".join(_path(drawing.pixels(points)) + "Z" for points in outlines)}"/>'
            for color, outlines in drawing.strokes.fills
        ),
        '</g><g fill="none" stroke-width="1" stroke-linecap="round" stroke-linejoin="round">',
        *(f'<path stroke="{escape(color)}" d="{d}"/>' for color, d in _by_color(drawing)),
        "</g>",
    ]
    for mark in drawing.marks:
        left, top, right, bottom = drawing.corners(mark.box)
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" '
            f'fill="{mark.color}" fill-opacity="0.13" stroke="{mark.color}" stroke-width="1.5">'
            f"<title>{escape(_printable(mark.text))}</title></rect>"
        )
    return "\n".join([*parts, "</svg>"]).encode()


def _by_color(drawing: _Drawing) -> Iterator[tuple[str, str]]:
    colors: dict[str, list[str]] = {}
    for color, _, points in drawing.strokes.lines:
        colors.setdefault(color, []).append(_path(drawing.pixels(points)))
    for color, paths in colors.items():
        yield color, "".join(paths)


def _path(points: Sequence[tuple[float, float]]) -> str:
    """Path data; a single point is a line of no length, which round caps make a dot."""
    texts = [f"{x:.1f} {y:.1f}" for x, y in points]
    # points that fall on one pixel are one
    kept = [text for at, text in enumerate(texts) if at == 0 or text != texts[at - 1]]
    return f"M{kept[0]}L{' '.join(kept[1:] or kept)}"


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _png(drawing: _Drawing) -> bytes:
    try:
        from PIL import Image, ImageDraw
    except ImportError as exc:
        raise MissingDependencyError(
            "A preview as PNG needs pillow.",
            extra="pybase-extraction-dxf[preview]",
            remedy="pip install 'pybase-extraction-dxf[preview]', or ask for preview='svg'.",
        ) from exc
    image = Image.new("RGB", (drawing.width, drawing.height), "#ffffff")
    draw = ImageDraw.Draw(image, "RGBA")
    for color, outlines in drawing.strokes.fills:
        _fill(image, color, [drawing.pixels(points) for points in outlines])
    for color, _, points in drawing.strokes.lines:
        placed = drawing.pixels(points)
        draw.line(placed if len(placed) > 1 else placed * 2, fill=color)
    for mark in drawing.marks:
        draw.rectangle(drawing.corners(mark.box), outline=mark.color, fill=f"{mark.color}22", width=2)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def _fill(image: Any, color: str, outlines: Sequence[list[tuple[float, float]]]) -> None:
    """Fill by the even-odd rule: the outlines of one area are combined by exclusive or, so that letters keep holes."""
    from PIL import Image, ImageChops, ImageDraw

    every = [point for points in outlines for point in points]
    left, top = int(min(x for x, _ in every)), int(min(y for _, y in every))
    size = int(max(x for x, _ in every)) - left + 2, int(max(y for _, y in every)) - top + 2
    if len(outlines) == 1:
        ImageDraw.Draw(image).polygon(outlines[0], fill=color)
        return
    area = Image.new("1", size)
    for points in outlines:
        one = Image.new("1", size)
        ImageDraw.Draw(one).polygon([(x - left, y - top) for x, y in points], fill=1)
        area = ImageChops.logical_xor(area, one)
    image.paste(color, (left, top), area)
