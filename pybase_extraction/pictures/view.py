"""One page of a result, to be looked at."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field

from pybase_extraction.errors import MissingPluginError, SourceError
from pybase_extraction.pictures.marks import marks_of
from pybase_extraction.pictures.overlay import ColorBy, Overlay, cropped, png_of
from pybase_extraction.pictures.whereabouts import File, source_of
from pybase_extraction.raster import Raster
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import ExtractionResult, Page, Value
from pybase_extraction.source import BBox

MAX_PIXELS = 4_000_000
"""Pixels of a page: an A3 sheet at about 150 dpi."""


@dataclass(frozen=True, slots=True)
class PageView:
    """A page of a result, to be looked at; nothing is drawn before it is asked for.

    Attributes:
        result: The result.
        page: What the result says of the page.
    """

    result: ExtractionResult
    page: Page
    _given: File | None = field(default=None, repr=False)
    _password: str | None = field(default=None, repr=False)
    _registry: ExtractorRegistry | None = field(default=None, repr=False)

    def raster(self, *, max_pixels: int = MAX_PIXELS) -> Raster:
        """The page as pixels, with at most ``max_pixels`` of them.

        Raises:
            SourceNotFoundError: Nobody said where the file lies, or it is gone.
            FormatMismatchError: The file is another one than the one that was extracted.
            EncryptedFileError: The file needs a password.
            MissingPluginError: No plugin that is installed draws pages of this format.
        """
        if max_pixels < 1:
            raise ValueError(f"max_pixels is {max_pixels}; a picture has at least one pixel")
        source = source_of(self.result, self._given)
        hook = (self._registry or _installed()).hook
        found: Raster | None = hook.pybase_extraction_render_page(
            source=source,
            format=self.result.format,
            page=self.page.number,
            max_pixels=max_pixels,
            password=self._password,
        )
        if found is None:
            raise MissingPluginError(
                f"No plugin that is installed draws pages of the format {self.result.format!r}.",
                remedy="Pages of PDF files and of images can be drawn: pip install 'pybase-extraction[pdf,ocr]'.",
            )
        return found

    def overlay(
        self,
        wanted: Iterable[str | Value] | str | Value | None = None,
        *,
        color_by: ColorBy = "kind",
        max_pixels: int = MAX_PIXELS,
    ) -> Overlay:
        """The page with what was found drawn on it.

        Args:
            wanted: Sections of the result (``["dimensions", "tables"]``), or single values of it; None for everything
                but text blocks.
            color_by: ``"kind"`` or ``"confidence"``.
            max_pixels: Most pixels of the page.

        Raises:
            ValueError: There is no such section.
            ExtractionError: As ``raster``.
        """
        if color_by not in {"kind", "confidence"}:
            raise ValueError(f"color_by is 'kind' or 'confidence', not {color_by!r}")
        marks = marks_of(self.result, self.page.number, wanted)
        return Overlay(self.raster(max_pixels=max_pixels), tuple(marks), color_by)

    def crop(self, box: BBox, *, margin: float | None = None, max_pixels: int = MAX_PIXELS) -> bytes:
        """A place on the page, as PNG.

        Args:
            box: The place.
            margin: What is shown around it, in units of the page; the larger of its sides when None.
            max_pixels: Pixels that the whole page would have.
        """
        around = max(box[2] - box[0], box[3] - box[1]) if margin is None else margin
        grown = (box[0] - around, box[1] - around, box[2] + around, box[3] + around)
        raster = cropped(self.raster(max_pixels=max_pixels), grown)
        return png_of(raster)

    def _repr_html_(self) -> str:
        return self.overlay().svg()


def page_view(
    result: ExtractionResult,
    number: int,
    *,
    source: File | None = None,
    password: str | None = None,
    registry: ExtractorRegistry | None = None,
) -> PageView:
    """A page of a result, counted from 1.

    Args:
        result: The result.
        number: Number of the page.
        source: The file; where it was extracted from in this process when None.
        password: Password of an encrypted file.
        registry: Plugins that draw; the installed ones when None.

    Raises:
        LookupError: The result has no such page.
    """
    page = next((page for page in result.pages if page.number == number), None)
    if page is None:
        there = ", ".join(str(page.number) for page in result.pages[:20]) or "none"
        raise LookupError(f"this result has no page {number}; it has {there}")
    return PageView(result, page, source, password, registry)


def can_be_drawn(result: ExtractionResult) -> bool:
    """Whether the file of a result lies where it was extracted from, unchanged."""
    try:
        source_of(result)
    except SourceError:
        return False
    return True


@functools.cache
def _installed() -> ExtractorRegistry:
    return ExtractorRegistry.discover()
