"""A page with boxes drawn on it, as PNG and as SVG."""

from __future__ import annotations

import base64
import colorsys
import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal

from pybase_extraction.errors import MissingDependencyError, StorageError
from pybase_extraction.pictures.marks import KINDS, Mark
from pybase_extraction.raster import Raster
from pybase_extraction.records import name_in_words

ColorBy = Literal["kind", "confidence"]

_UNKNOWN = "#8c8c8c"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow (section 2.2), even escaped."""
_LEVELS = (1.0, 0.75, 0.5, 0.25, 0.0)
_LEGEND_WIDTH = 190
"""Width of an entry of the legend, for a picture of 1000 in width."""
_LEGEND_LINE = 26


@dataclass(frozen=True, slots=True)
class Overlay:
    """A page with what was found drawn on it.

    In a notebook it shows itself, with words about each box on hovering.

    Attributes:
        raster: The page.
        marks: What is drawn; marks outside of the picture are cut off.
        color_by: ``"kind"``, the section of the result; or ``"confidence"``: green where it is sure, red where it is
            not, grey where nothing was calibrated.
    """

    raster: Raster
    marks: tuple[Mark, ...]
    color_by: ColorBy = "kind"

    def legend(self) -> list[tuple[str, str]]:
        """Colours that occur, each with what it stands for."""
        if self.color_by == "kind":
            found = {mark.kind for mark in self.marks}
            return [(color, name_in_words(kind)) for kind, color in KINDS.items() if kind in found]
        known = [(_confidence_color(level), f"{level:.0%}") for level in _LEVELS]
        unknown = [(_UNKNOWN, "not calibrated")] if any(mark.confidence is None for mark in self.marks) else []
        return (known if any(mark.confidence is not None for mark in self.marks) else []) + unknown

    def png(self) -> bytes:
        """The picture as PNG.

        Raises:
            MissingDependencyError: pillow is not installed.
        """
        image = image_of(self.raster)
        scale = image.width / 1000
        shown = _with_strip(image, _strip_height(len(self.legend())) * scale)
        draw = _pil("ImageDraw").Draw(shown, "RGBA")
        width = max(1, round(1.5 * scale))
        for mark in self.marks:
            corners = [round(value) for value in self.raster.pixels_of(mark.box)]
            color = self._color(mark)
            draw.rectangle(_grown(corners, width), outline=color, width=width, fill=f"{color}22")
        font = _pil("ImageFont").load_default(size=max(8.0, 15 * scale))
        for color, text, x, y in _placed(self.legend()):
            left, top = x * scale, image.height + y * scale
            draw.rectangle((left, top, left + 16 * scale, top + 16 * scale), fill=color)
            draw.text((left + 22 * scale, top), text, fill="#000000", font=font)
        return _png(shown)

    def svg(self) -> str:
        """The picture as SVG: the page inside as PNG, a box for every mark with words about it on hovering.

        One unit is one unit of the page; the top left corner is the one of ``raster.box``.

        Raises:
            MissingDependencyError: pillow is not installed.
        """
        x0, top, x1, bottom = self.raster.box
        scale = (x1 - x0) / 1000
        height = bottom - top + _strip_height(len(self.legend())) * scale
        data = base64.b64encode(_png(image_of(self.raster))).decode()
        parts = [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x0:g} {top:g} {x1 - x0:g} {height:g}" '
                # as wide as its pixels where there is room: a notebook's cell may be narrower
                f'width="{self.raster.width}" style="max-width: 100%; height: auto">'
            ),
            f'<rect x="{x0:g}" y="{top:g}" width="{x1 - x0:g}" height="{height:g}" fill="white"/>',
            (
                f'<image x="{x0:g}" y="{top:g}" width="{x1 - x0:g}" height="{bottom - top:g}" '
                f'preserveAspectRatio="none" href="data:image/png;base64,{data}"/>'
            ),
            *(self._svg_mark(mark, 1.5 * scale) for mark in self.marks),
            *self._svg_legend(x0, bottom, scale),
            "</svg>",
        ]
        return "\n".join(parts)

    def _svg_mark(self, mark: Mark, width: float) -> str:
        x0, top, x1, bottom = mark.box
        color = self._color(mark)
        return (
            f'<rect class="{mark.kind}" x="{x0:.2f}" y="{top:.2f}" width="{max(x1 - x0, 0):.2f}" '
            f'height="{max(bottom - top, 0):.2f}" fill="{color}" fill-opacity="0.13" stroke="{color}" '
            f'stroke-width="{width:.2f}"><title>{escape(_FORBIDDEN.sub("�", mark.text))}</title></rect>'
        )

    def _svg_legend(self, left: float, top: float, scale: float) -> list[str]:
        found = []
        for color, text, x, y in _placed(self.legend()):
            px, py = left + x * scale, top + y * scale
            found.append(
                f'<rect x="{px:.2f}" y="{py:.2f}" width="{16 * scale:.2f}" height="{16 * scale:.2f}" fill="{color}"/>'
                f'<text x="{px + 22 * scale:.2f}" y="{py + 14 * scale:.2f}" font-family="sans-serif" '
                f'font-size="{15 * scale:.2f}">{escape(text)}</text>'
            )
        return found

    def _color(self, mark: Mark) -> str:
        return KINDS[mark.kind] if self.color_by == "kind" else _confidence_color(mark.confidence)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture; the extension says how: ``.png`` or ``.svg``.

        Raises:
            StorageError: It cannot be written there.
        """
        target = Path(path)
        kind = target.suffix.lower()
        if kind not in {".png", ".svg"}:
            raise ValueError(f"a picture is written as .png or .svg, not as {target.suffix or target.name!r}")
        data = self.png() if kind == ".png" else self.svg().encode()
        try:
            target.write_bytes(data)
        except OSError as exc:
            raise StorageError(
                f"{target.name!r} cannot be written: {exc.strerror or type(exc).__name__}.",
                remedy="Name a folder that exists and that you may write to.",
            ) from exc
        return target

    def _repr_html_(self) -> str:
        return self.svg()


def image_of(raster: Raster) -> Any:
    """A raster as an image of pillow."""
    return _pil("Image").frombytes("RGB", (raster.width, raster.height), raster.pixels)


def png_of(raster: Raster) -> bytes:
    """A raster as PNG."""
    return _png(image_of(raster))


def cropped(raster: Raster, box: Sequence[float]) -> Raster:
    """The part of a raster that shows a place, cut at the raster's own sides.

    Raises:
        ValueError: The place lies outside of the raster.
    """
    x0, top, x1, bottom = raster.pixels_of((box[0], box[1], box[2], box[3]))
    left, up = max(0, int(x0)), max(0, int(top))
    right, down = min(raster.width, int(x1) + 1), min(raster.height, int(bottom) + 1)
    if right <= left or down <= up:
        raise ValueError("the place lies outside of the page as it is shown")
    rows = [
        raster.pixels[3 * (row * raster.width + left) : 3 * (row * raster.width + right)] for row in range(up, down)
    ]
    place = raster.place((left, up, right, down))
    return Raster(right - left, down - up, b"".join(rows), place, raster.page)


def _grown(corners: Sequence[int], by: int) -> list[int]:
    """The box with the line around what it marks rather than on it; never turned inside out."""
    x0, top, x1, bottom = corners
    return [x0 - by, top - by, max(x0, x1) + by, max(top, bottom) + by]


def _confidence_color(confidence: float | None) -> str:
    """From red through yellow to green."""
    if confidence is None:
        return _UNKNOWN
    red, green, blue = colorsys.hsv_to_rgb(confidence / 3, 0.9, 0.8)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def _strip_height(entries: int) -> float:
    return -(-entries // (1000 // _LEGEND_WIDTH)) * _LEGEND_LINE + 10 if entries else 0


def _placed(entries: Sequence[tuple[str, str]]) -> list[tuple[str, str, float, float]]:
    """Entries of the legend with places below the page, for a picture of 1000 in width."""
    across = 1000 // _LEGEND_WIDTH
    return [
        (color, text, 10 + index % across * _LEGEND_WIDTH, 8 + index // across * _LEGEND_LINE)
        for index, (color, text) in enumerate(entries)
    ]


def _with_strip(image: Any, height: float) -> Any:
    shown = _pil("Image").new("RGB", (image.width, image.height + round(height)), "white")
    shown.paste(image, (0, 0))
    return shown


def _png(image: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def _pil(name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(f"PIL.{name}")
    except ImportError as exc:
        raise MissingDependencyError(
            "Pictures of pages need pillow.",
            extra="pybase-extraction[pictures]",
            remedy="pip install 'pybase-extraction[pictures]'.",
        ) from exc
