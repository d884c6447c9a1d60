"""Pages through pdfplumber: where the project's interpreter fails, and for the strategy that only pdfplumber has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pybase_extraction.results import Table
from pybase_extraction_pdf.engine import user_unit
from pybase_extraction_pdf.interpreter import turn_of
from pybase_extraction_pdf.moving import moved
from pybase_extraction_pdf.primitives import Box, Char, PageContent, Stroke
from pybase_extraction_pdf.tables import table_of

_ALIGNED = {"vertical_strategy": "text", "horizontal_strategy": "text"}


class Plumber:
    """A document in pdfplumber, opened when the first page of it is asked for.

    Args:
        path: Where the document lies.
        password: Its password, or "".
        count: Pages that the document has; pdfplumber must find as many, or its numbers mean other pages.
    """

    def __init__(self, path: Path, password: str, count: int) -> None:
        self._path = path
        self._password = password
        self._count = count
        self._document: Any = None

    def close(self) -> None:
        """Close the file, if it was opened."""
        if self._document is not None:
            # its own close() would look at every page again, and fail on the same damage
            self._document.stream.close()

    @contextmanager
    def _page(self, number: int) -> Iterator[Any]:
        import pdfplumber

        if self._document is None:
            self._document = pdfplumber.open(self._path, password=self._password)
        pages = self._document.pages
        if len(pages) != self._count:
            raise ValueError(f"pdfplumber finds {len(pages)} pages, not {self._count}")
        yield pages[number - 1]
        pages[number - 1].close()

    def content(self, number: int) -> PageContent:
        """What a page draws."""
        with self._page(number) as page:
            unit = user_unit(page.page_obj)
            found = PageContent(number, float(page.width) * unit, float(page.height) * unit, int(page.rotation))
            found.chars = [_char(char, unit) for char in page.chars]
            found.lines = [_stroke(line, unit) for line in page.lines]
            found.rects = [_stroke(rect, unit) for rect in page.rects]
            found.curves = [tuple((float(x) * unit, float(y) * unit) for x, y in curve["pts"]) for curve in page.curves]
            found.images = [_box(image, unit) for image in page.images]
            return found

    def aligned_tables(self, number: int) -> list[Table]:
        """Tables of a page whose columns and rows show by the alignment of their words."""
        with self._page(number) as page:
            unit = user_unit(page.page_obj)
            tables = [
                table_of(
                    tuple(found.bbox),
                    [row.cells for row in found.rows],
                    tuple(map(tuple, found.extract())),
                    number,
                    "pdfplumber-text",
                )
                for found in page.find_tables(_ALIGNED)
            ]
        return tables if unit == 1.0 else [moved(table, lambda box: _scaled(box, unit)) for table in tables]


def _scaled(box: Box, unit: float) -> Box:
    """A box in units of user space in points; pdfplumber knows no ``UserUnit``."""
    return box[0] * unit, box[1] * unit, box[2] * unit, box[3] * unit


def _box(item: dict[str, Any], unit: float) -> Box:
    return _scaled((float(item["x0"]), float(item["top"]), float(item["x1"]), float(item["bottom"])), unit)


def _stroke(item: dict[str, Any], unit: float) -> Stroke:
    return Stroke(*_box(item, unit), float(item.get("linewidth") or 0.0))


def _char(item: dict[str, Any], unit: float) -> Char:
    a, b, *_ = item["matrix"]
    size = float(item["size"]) * unit
    return (item["text"], *_box(item, unit), item["fontname"], size, bool(item["upright"]), turn_of(a, b))
