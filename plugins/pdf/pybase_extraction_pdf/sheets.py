"""Sheets that are no pages of a PDF, read like those: the public way in for plugins of other formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pybase_extraction.raster import Raster, RasterReading, RasterWord
from pybase_extraction.results import BillOfMaterials, Issue, Model, Table, TextBlock
from pybase_extraction.source import BBox
from pybase_extraction_pdf import sheet_lists
from pybase_extraction_pdf.annotations import Mark
from pybase_extraction_pdf.moving import moved
from pybase_extraction_pdf.options import PdfOptions
from pybase_extraction_pdf.page_reading import PageReader
from pybase_extraction_pdf.primitives import PageContent
from pybase_extraction_pdf.recognition import When

_ValueT = TypeVar("_ValueT", bound=Model)
_USUAL_DPI = 200.0
"""Pixels per inch of a picture that does not say: rules of distance are in points and need some size."""


@dataclass(frozen=True, slots=True)
class SheetReading:
    """What a sheet says.

    Attributes:
        tables: Its tables.
        texts: Its blocks of text.
        sections: Values of drawings by section of the result: ``dimensions``, ``title_blocks``...
        issues: What is doubtful.
    """

    tables: tuple[Table, ...] = ()
    texts: tuple[TextBlock, ...] = ()
    sections: dict[str, list[Any]] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


def read_sheet(
    raster: Raster,
    seen: RasterReading,
    *,
    dpi: tuple[float, float] | None,
    text: bool,
    tables: bool,
    title_block: bool,
    dimensions: bool,
) -> SheetReading:
    """Understand a sheet from the words and rules that were read from its pixels.

    Args:
        raster: The sheet; every place of the answer is in the coordinates of its ``box``.
        seen: What was read, in the same coordinates.
        dpi: Units of ``box`` per inch, across and down; None when unknown.
        text: Whether blocks of text are wanted.
        tables: Whether tables are wanted.
        title_block: Whether the title block, general tolerances and materials are wanted.
        dimensions: Whether dimensions and their kin are wanted.
    """
    options = PdfOptions(
        extract_text=text, extract_tables=tables, extract_title_block=title_block, extract_dimensions=dimensions
    )
    picture = _Picture(raster, seen, 72 / (dpi or (_USUAL_DPI, _USUAL_DPI))[0])
    reading = PageReader("the image", picture, picture, options, picture).read(raster.page)
    return SheetReading(
        tuple(map(picture.placed, reading.tables)),
        tuple(map(picture.placed, reading.texts)),
        {name: [*map(picture.placed, values)] for name, values in reading.sections.items()},
        tuple(issue for issue in reading.issues if issue.code != "no-text-layer"),
    )


def parts_lists(tables: Sequence[Table]) -> dict[int, BillOfMaterials]:
    """Parts lists among tables, by the index of the table."""
    return dict(sheet_lists.parts_lists(tables))


class _Picture:
    """A sheet of pixels as a page of points, with what was read from them."""

    def __init__(self, raster: Raster, seen: RasterReading, scale: float) -> None:
        self._raster = raster
        self._seen = seen
        self._scale = scale
        self.when: When = "auto"
        self.engine = seen.engine

    def page(self, number: int) -> PageContent:
        """One bitmap and nothing else."""
        whole = self._to_points(self._raster.box)
        return PageContent(number, whole[2], whole[3], 0, images=[whole])

    def content(self, number: int) -> PageContent:
        """There is no second reader that may see more."""
        return self.page(number)

    def marks(self, number: int) -> list[Mark]:
        """Pictures have no annotations."""
        del number
        return []

    def aligned_tables(self, number: int) -> list[Table]:
        """There is no second reader."""
        del number
        return []

    def read(self, number: int) -> RasterReading:
        """What was read, in points."""
        del number
        return RasterReading(
            tuple(map(self._in_points, self._seen.words)), tuple(map(self._to_points, self._seen.rules)), self.engine
        )

    def _in_points(self, word: RasterWord) -> RasterWord:
        height = None if word.height is None else word.height * self._scale
        return replace(word, bbox=self._to_points(word.bbox), height=height)

    def placed(self, value: _ValueT) -> _ValueT:
        """A value with its places, and those of its parts, in units of the raster's box."""
        return moved(value, self._to_box)

    def _to_points(self, box: BBox) -> BBox:
        left, top = self._raster.box[:2]
        x0, y0, x1, y1 = box
        scale = self._scale
        return (x0 - left) * scale, (y0 - top) * scale, (x1 - left) * scale, (y1 - top) * scale

    def _to_box(self, box: BBox) -> BBox:
        left, top = self._raster.box[:2]
        x0, y0, x1, y1 = (round(value / self._scale, 2) for value in box)
        return x0 + left, y0 + top, x1 + left, y1 + top
