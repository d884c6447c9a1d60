"""Pages as pixels: what a plugin renders, and what is read from pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from pybase_extraction.source import BBox

Turn = Literal[0, 90, 180, 270]
"""Direction in which a text runs on the page as shown: degrees counter-clockwise from left to right."""


@dataclass(frozen=True, slots=True)
class Raster:
    """A page, or a part of one, as pixels.

    Attributes:
        width: Pixels across.
        height: Pixels down.
        pixels: Red, green and blue of every pixel, a byte each, row by row from the top: ``3 * width * height`` bytes.
        box: The part of the page that the pixels show, in the coordinates of the result's places (see ``BBox``).
        page: Number of the page, from 1.
    """

    width: int
    height: int
    pixels: bytes = field(repr=False)
    box: BBox
    page: int = 1

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or len(self.pixels) != 3 * self.width * self.height:
            size = f"{self.width} × {self.height}"
            raise ValueError(f"{len(self.pixels)} bytes are no picture of {size} pixels of three bytes")

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels per unit of ``box``, across and down."""
        x0, top, x1, bottom = self.box
        return self.width / (x1 - x0), self.height / (bottom - top)

    def place(self, pixels: BBox) -> BBox:
        """The place on the page of a box in pixels."""
        across, down = self.scale
        x0, top = self.box[:2]
        return x0 + pixels[0] / across, top + pixels[1] / down, x0 + pixels[2] / across, top + pixels[3] / down

    def pixels_of(self, place: BBox) -> BBox:
        """The inverse of ``place``; may lie outside of the picture."""
        across, down = self.scale
        x0, top = self.box[:2]
        return (place[0] - x0) * across, (place[1] - top) * down, (place[2] - x0) * across, (place[3] - top) * down


@dataclass(frozen=True, slots=True)
class RasterWord:
    """A word that was read from pixels.

    Attributes:
        text: What it says, signs of drawings normalised: ``⌀`` and ``°``.
        raw: What the recogniser gave.
        bbox: Place in the coordinates of the raster's ``box``.
        score: The recogniser's own certainty, 0..1; not a calibrated probability.
        turn: Direction in which it runs.
        confidence: Calibrated probability that ``text`` is right; None where nothing was calibrated.
        angle: Degrees counter-clockwise from left to right, -90 < angle <= 90, of a word that runs aslant; None where
            ``turn`` says it all.
        height: Height of its line across its direction, in the unit of ``bbox``; None when unknown.
    """

    text: str
    raw: str
    bbox: BBox
    score: float
    turn: Turn = 0
    confidence: float | None = None
    angle: float | None = None
    height: float | None = None


@dataclass(frozen=True, slots=True)
class RasterReading:
    """What was read from pixels.

    Attributes:
        words: In reading order within each direction.
        rules: Straight horizontal and vertical strokes as boxes, in the coordinates of the raster's ``box``.
        engine: The library that read, with its version, for example ``"rapidocr 3.10.0"``.
        is_cut_short: The time was up before everything was read.
        skew: Degrees counter-clockwise by which the page lies turned on the picture, as scans do.  All places are those
            of the page turned level about the middle of the picture; ``levelled_back`` gives those on the picture.
    """

    words: tuple[RasterWord, ...] = ()
    rules: tuple[BBox, ...] = ()
    engine: str | None = None
    is_cut_short: bool = False
    skew: float = 0.0


def levelled_back(place: BBox, around: BBox, skew: float) -> BBox:
    """The place on a picture of a box on the page turned level: its middle turned back, its size kept.

    Args:
        place: The box on the level page.
        around: The box of the picture, about whose middle the page was turned.
        skew: See ``RasterReading``.
    """
    x, y = (place[0] + place[2] - around[0] - around[2]) / 2, (place[1] + place[3] - around[1] - around[3]) / 2
    cosine, sine = math.cos(math.radians(skew)), math.sin(math.radians(skew))
    right, down = x * cosine + y * sine - x, y * cosine - x * sine - y
    return place[0] + right, place[1] + down, place[2] + right, place[3] + down


def bounded_scale(width: float, height: float, wanted: float, max_pixels: int) -> float:
    """Pixels per unit for a page: as wanted, or less where the picture would have more than ``max_pixels``.

    Args:
        width: Width of the page in its unit.
        height: Height of the page.
        wanted: Pixels per unit.
        max_pixels: Most pixels of the picture.
    """
    if not (width > 0 and height > 0 and math.isfinite(width * height)):
        raise ValueError(f"a page of {width} × {height} cannot be drawn")
    # both sides have at least one pixel, so a page that is a hundred thousand times as wide as high is bounded, too
    scale = min(wanted, math.sqrt(max_pixels / (width * height)), max_pixels / max(width, height))
    return max(scale, 1e-6)
