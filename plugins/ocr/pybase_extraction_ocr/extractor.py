"""The extractor of images: every page is read from its pixels, and then like the sheet of a PDF."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from pybase_extraction.errors import CorruptedFileError, EmptyFileError, LimitExceededError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.raster import Raster, RasterReading
from pybase_extraction.results import (
    ExtractionResult,
    ExtractorRecord,
    Issue,
    Locator,
    Page,
    Severity,
    SourceInfo,
    Table,
    TextBlock,
)
from pybase_extraction.source import Source
from pybase_extraction_ocr import __version__
from pybase_extraction_ocr.images import Pages, opened
from pybase_extraction_ocr.options import ImageOptions
from pybase_extraction_ocr.recognition import read_raster
from pybase_extraction_pdf.sheets import SheetReading, parts_lists, read_sheet

MAX_PIXELS = 36_000_000
"""Pixels of a page that is read; larger ones are made smaller first."""


class ImageExtractor:
    """Reads text, tables and what a drawing means from pixels.

    Places are in pixels from the top left of the page as it is shown.
    """

    def extract(self, source: Source, options: ImageOptions, context: ExtractionContext) -> ExtractionResult:
        """Read an image.

        Raises:
            CorruptedFileError: It is no image, or no page of it can be read.
            LimitExceededError: It has too many pixels.
        """
        started = time.monotonic()
        context.check()
        if source.size == 0:
            raise EmptyFileError(f"{source.name!r} is empty (0 bytes).", name=source.name)
        with opened(source) as pages:
            found = _Found(source, options, context)
            found.read(pages)
            return found.result(pages.kind, time.monotonic() - started)


@dataclass(slots=True)
class _Found:
    """What has been read of one file so far."""

    source: Source
    options: ImageOptions
    context: ExtractionContext
    pages: list[Page] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    texts: list[TextBlock] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    sections: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    resolutions: list[tuple[float, float] | None] = field(default_factory=list)
    engine: str | None = None

    def read(self, pages: Pages) -> None:
        failed: CorruptedFileError | LimitExceededError | None = None
        wanted = self._wanted(len(pages))
        for done, number in enumerate(wanted):
            self.context.check()
            self.context.report(done / len(wanted), f"page {number}")
            try:
                self._page(pages, number)
            except (CorruptedFileError, LimitExceededError) as exc:
                failed = failed or exc
                self._note("page-damaged", exc.message, Severity.ERROR, number)
        if failed is not None and not self.pages:
            raise failed

    def _page(self, pages: Pages, number: int) -> None:
        raster = pages.raster(number, MAX_PIXELS)
        seen = read_raster(raster, self.context.check, self.context.remaining_s, self.context.limits.processors)
        self.engine = seen.engine
        if number in pages.cut_off:
            message = f"The data of page {number} end early or are damaged; the part that can be unpacked was read."
            self._note("page-cut-off", message, Severity.ERROR, number)
        dpi = pages.dpi(number)
        self.resolutions.append(dpi)
        sheet = self._sheet(raster, seen, dpi)
        width, height = pages.size(number)
        self.pages.append(Page(number=number, width=width, height=height, unit="px", kind="raster"))
        self.tables += sheet.tables
        self.texts += sheet.texts
        self.issues += sheet.issues
        for section, values in sheet.sections.items():
            self.sections[section] += values
        if seen.is_cut_short:
            message = f"Page {number} was not read to its end: the time was nearly up."
            self._note("ocr-cut-short", message, Severity.ERROR, number)
        elif not seen.words:
            self._note("no-text", f"No text can be read on page {number}.", Severity.WARNING, number)

    def _sheet(self, raster: Raster, seen: RasterReading, dpi: tuple[float, float] | None) -> SheetReading:
        options = self.options
        return read_sheet(
            raster,
            seen,
            dpi=dpi,
            text=options.extract_text,
            tables=options.extract_tables,
            title_block=options.extract_title_block,
            dimensions=options.extract_dimensions,
        )

    def _wanted(self, count: int) -> list[int]:
        wanted = [number for number in self.options.pages or range(1, count + 1) if number <= count]
        missing = [number for number in self.options.pages or () if number > count]
        if missing:
            self._note("page-missing", f"The file has {count} pages; {missing} were asked for.", Severity.WARNING)
        limit = self.context.limits.max_pages
        if limit is not None and len(wanted) > limit:
            left = len(wanted) - limit
            self._note("pages-left-out", f"{left} pages beyond the limit of {limit} were left out.", Severity.WARNING)
        return wanted[:limit]

    def _note(self, code: str, message: str, severity: Severity, page: int | None = None) -> None:
        place = None if page is None else Locator(page=page)
        self.issues.append(Issue(code=code, severity=severity, message=message, place=place))

    def result(self, kind: str, seconds: float) -> ExtractionResult:
        lists = parts_lists(self.tables)
        tables = [
            table.model_copy(update={"role": "parts-list"}) if index in lists else table
            for index, table in enumerate(self.tables)
        ]
        return ExtractionResult(
            format="image",
            source=SourceInfo(
                filename=self.source.name, size=self.source.size, sha256=self.source.sha256, media_type=kind
            ),
            extractor=ExtractorRecord(
                name="image",
                version=__version__,
                library=self.engine,
                options=self.options.model_dump(mode="json"),
                seconds=seconds,
            ),
            is_partial=any(issue.severity is Severity.ERROR for issue in self.issues),
            pages=tuple(self.pages),
            tables=tuple(tables),
            text_blocks=tuple(self.texts),
            boms=tuple(lists.values()),
            **{name: tuple(values) for name, values in self.sections.items()},
            # pixels per inch across and down of every page: points are 72 × pixels / dpi; None where the file is silent
            metadata={"dpi": [None if dpi is None else list(dpi) for dpi in self.resolutions]},
            issues=tuple(self.issues),
        )
