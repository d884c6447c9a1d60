"""The extractor: page by page, partial where a page is damaged."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Literal

from pybase_extraction.errors import CorruptedFileError, EmptyFileError, LimitExceededError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import (
    Annotation,
    ExtractionResult,
    ExtractorRecord,
    FormField,
    Issue,
    Locator,
    Page,
    Provenance,
    Severity,
    SourceInfo,
    Table,
    TextBlock,
)
from pybase_extraction.source import Source
from pybase_extraction_pdf import __version__
from pybase_extraction_pdf.annotations import Mark, chars_of, lettering, not_drawn_yet
from pybase_extraction_pdf.document import aligned_pages, failures_named, opened
from pybase_extraction_pdf.drawing_sheet import (
    CALLOUT_SECTIONS,
    declared_unit,
    parts_lists,
    read_callouts_of,
    read_title,
)
from pybase_extraction_pdf.engine import Document
from pybase_extraction_pdf.options import PdfOptions
from pybase_extraction_pdf.primitives import PageContent, Word
from pybase_extraction_pdf.ruled import DRAWING, profile_of
from pybase_extraction_pdf.tables import aligned_tables_of, ruled_tables_of, tables_with_unruled, unruled_tables_of
from pybase_extraction_pdf.text import blocks_of, lines_of

PageKind = Literal["vector", "raster", "mixed", "outlined", "blank"]
_OUTLINED_CURVES = 200
"""A page without any text but with more strokes than this is taken to have its lettering drawn as strokes."""


class PdfExtractor:
    """Reads the text layer, the ruled tables and what the document says of itself."""

    def extract(self, source: Source, options: PdfOptions, context: ExtractionContext) -> ExtractionResult:
        """Read a PDF.

        Raises:
            EncryptedFileError: It needs a password.
            CorruptedFileError: No page of it can be read.
        """
        started = time.monotonic()
        context.check()
        if source.size == 0:
            raise EmptyFileError(f"{source.name!r} is empty (0 bytes).", name=source.name)
        password = options.password.get_secret_value() if options.password else ""
        with opened(source, password, context.scratch) as (document, path), ExitStack() as stack:
            reading = Reading(source, options, context)
            if options.extract_tables and options.table_detection_strategy == "text":
                reading.aligned = stack.enter_context(aligned_pages(path, password, source.name))
            reading.read(document)
            with failures_named(source.name):
                return reading.result(document, time.monotonic() - started)


class Reading:
    """What has been read of one document so far."""

    def __init__(self, source: Source, options: PdfOptions, context: ExtractionContext) -> None:
        self.source = source
        self.options = options
        self.context = context
        self.pages: list[Page] = []
        self.tables: list[Table] = []
        self.texts: list[TextBlock] = []
        self.annotations: list[Annotation] = []
        self.issues: list[Issue] = []
        self.sections: dict[str, list[Any]] = defaultdict(list)
        self.aligned: Sequence[Any] = ()
        self.passed: LimitExceededError | None = None

    def read(self, document: Document) -> None:
        """Read the wanted pages, up to the limit."""
        wanted = self._wanted(len(document))
        for done, number in enumerate(wanted):
            self.context.check()
            self.context.report(done / len(wanted), f"page {number}")
            self._read_page(document, number)
        if self.passed is not None and not self.pages:
            raise self.passed
        if not len(document) or (wanted and not self.pages):
            raise CorruptedFileError(
                f"No page of {self.source.name!r} can be read.",
                name=self.source.name,
                format="pdf",
                remedy="Open it in a viewer and print it to a new PDF.",
            )

    def _wanted(self, count: int) -> list[int]:
        wanted = [number for number in self.options.pages or range(1, count + 1) if number <= count]
        missing = [number for number in self.options.pages or () if number > count]
        if missing:
            self._note("page-missing", f"The document has {count} pages; {missing} were asked for.")
        limit = self.context.limits.max_pages
        if limit is not None and len(wanted) > limit:
            self._note("pages-left-out", f"{len(wanted) - limit} pages beyond the limit of {limit} were left out.")
        return wanted[:limit]

    def _read_page(self, document: Document, number: int) -> None:
        try:
            with failures_named(self.source.name, f"page {number}"):
                self._take(document, number)
        except CorruptedFileError as exc:
            self._note("page-damaged", exc.message, Severity.ERROR, number)
        except LimitExceededError as exc:
            self.passed = exc
            self._note("page-limit", exc.message, Severity.ERROR, number)

    def _take(self, document: Document, number: int) -> None:
        page, marks = document.page(number), self._marks(document, number)
        kind = _kind(page)
        words = page.words_as_read()
        letters = not_drawn_yet(lettering(marks), words)
        words += letters
        profile = DRAWING if letters else profile_of(page)
        page.chars += chars_of(letters)
        if kind in {"outlined", "raster"} and not letters:
            self._note("no-text-layer", f"Page {number} has no text layer; its lettering is drawn.", page=number)
        tables = ruled_tables_of(page, profile)
        if self.options.extract_title_block or self.options.extract_dimensions:
            self._read_sheet(page, words, tables)
        texts = blocks_of(words, number) if self.options.extract_text else []
        if self.options.table_detection_strategy == "auto":
            tables = tables_with_unruled(page, profile)
        if self.options.table_detection_strategy == "stream":
            tables = unruled_tables_of(page)
        if self.aligned:
            tables = aligned_tables_of(self.aligned[number - 1], number)
        self.pages.append(
            Page(number=number, width=page.width, height=page.height, unit="pt", rotation=page.rotation, kind=kind)
        )
        self.texts += texts
        self.tables += tables if self.options.extract_tables else []
        self.annotations += [_annotation(mark, number) for mark in marks if not mark.is_lettering]

    def _marks(self, document: Document, number: int) -> list[Mark]:
        try:
            with failures_named(self.source.name, f"page {number}"):
                return document.marks(number)
        except CorruptedFileError as exc:
            self._note("annotations-damaged", exc.message, page=number)
            return []

    def _read_sheet(self, page: PageContent, words: list[Word], tables: list[Table]) -> None:
        number, lines = page.number, lines_of(words)
        found_lists = parts_lists(tables)
        lists = [box for _, bom in found_lists if (box := bom.provenance.place.bbox) is not None]
        sheet = read_title(page, lines, number, lists)
        if self.options.extract_title_block:
            self.sections["title_blocks"] += [sheet.title_block] if sheet.title_block else []
            self.sections["general_tolerances"] += sheet.general_tolerances
            self.sections["materials"] += sheet.materials
            self.sections["notes"] += sheet.notes
        if self.options.extract_dimensions:
            unit = declared_unit(lines)
            others = [*sheet.notes, *([sheet.title_block] if sheet.title_block else [])]
            taken = [*lists, *(item.provenance.place.bbox for item in others if item.provenance.place.bbox)]
            found = read_callouts_of(lines, taken, number, unit)
            for section, kind in CALLOUT_SECTIONS.items():
                self.sections[section] += [item for item in found if isinstance(item, kind)]
            if found and unit is None:
                self._note("units-undeclared", f"Page {number} declares no unit for its dimensions.", page=number)

    def _note(self, code: str, message: str, severity: Severity = Severity.WARNING, page: int | None = None) -> None:
        place = Locator(page=page) if page is not None else None
        self.issues.append(Issue(code=code, severity=severity, message=message, place=place))

    def result(self, document: Document, seconds: float) -> ExtractionResult:
        """Put the result together."""
        import pdfminer

        lists = dict(parts_lists(self.tables))
        for index in lists:
            self.tables[index] = self.tables[index].model_copy(update={"role": "parts-list"})
        return ExtractionResult(
            format="pdf",
            source=SourceInfo(
                filename=self.source.name,
                size=self.source.size,
                sha256=self.source.sha256,
                media_type="application/pdf",
            ),
            extractor=ExtractorRecord(
                name="pdf",
                version=__version__,
                library=f"pdfminer.six {pdfminer.__version__}",
                options=self.options.model_dump(mode="json"),
                seconds=seconds,
            ),
            is_partial=any(issue.severity is Severity.ERROR for issue in self.issues),
            pages=tuple(self.pages),
            tables=tuple(self.tables),
            text_blocks=tuple(self.texts),
            annotations=tuple(self.annotations),
            form_fields=tuple(_form_fields(document)),
            boms=tuple(lists.values()),
            **{name: tuple(values) for name, values in self.sections.items()},
            metadata=_metadata(document),
            issues=tuple(self.issues),
        )


def _kind(page: PageContent) -> PageKind:
    has_text = any(char[0].strip() for char in page.chars)
    if has_text:
        return "mixed" if page.images else "vector"
    if page.images:
        return "raster"
    strokes = len(page.curves) + len(page.lines)
    if strokes > _OUTLINED_CURVES:
        return "outlined"
    return "blank" if strokes + len(page.rects) == 0 else "vector"


def _annotation(mark: Mark, number: int) -> Annotation:
    return Annotation(
        kind=mark.kind,
        text=mark.text,
        author=mark.author,
        target=mark.target,
        raw=mark.text,
        provenance=Provenance(place=Locator(page=number, bbox=mark.box), method="annotation"),
    )


def _form_fields(document: Document) -> list[FormField]:
    from pdfminer.pdftypes import resolve1
    from pdfminer.utils import decode_text

    form = resolve1(document.catalog.get("AcroForm"))
    if not isinstance(form, dict):
        return []
    found = []
    for reference in resolve1(form.get("Fields")) or []:
        field = resolve1(reference)
        if not isinstance(field, dict) or "T" not in field:
            continue
        name, value = decode_text(resolve1(field["T"])), resolve1(field.get("V"))
        text = decode_text(value) if isinstance(value, bytes) else getattr(value, "name", None)
        kind = getattr(resolve1(field.get("FT")), "name", None)
        place = Provenance(place=Locator(path=name), method="form-field")
        found.append(FormField(name=name, value=text, kind=kind, raw=text, provenance=place))
    return found


def _metadata(document: Document) -> dict[str, Any]:
    from pdfminer.pdftypes import resolve1

    entries = (entry for info in document.info for entry in info.items())
    metadata = {str(key): _plain(resolve1(value)) for key, value in entries}
    metadata["page_count"] = len(document)
    return metadata


def _plain(value: object) -> object:
    from pdfminer.utils import decode_text

    if isinstance(value, bytes):
        return decode_text(value)
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(getattr(value, "name", value))
