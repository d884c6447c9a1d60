"""The extractor: page by page, partial where a page is damaged."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pybase_extraction.drawing.bom_views import apply_view
from pybase_extraction.drawing.parts_list import check_total
from pybase_extraction.errors import CorruptedFileError, EmptyFileError, LimitExceededError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.raster import Raster
from pybase_extraction.results import (
    Annotation,
    ExtractionResult,
    ExtractorRecord,
    Issue,
    Page,
    Severity,
    SourceInfo,
    Table,
    TextBlock,
)
from pybase_extraction.source import Source
from pybase_extraction_pdf import __version__
from pybase_extraction_pdf.document import failures_named, opened
from pybase_extraction_pdf.document_facts import attachments, block_of_form, form_fields, layers, metadata
from pybase_extraction_pdf.engine import Document
from pybase_extraction_pdf.options import PdfOptions
from pybase_extraction_pdf.page_processes import Job, processes_for, readings
from pybase_extraction_pdf.page_reading import PageReader, PageReading
from pybase_extraction_pdf.plumber import Plumber
from pybase_extraction_pdf.recognition import MAX_PIXELS, WANTED, Recogniser
from pybase_extraction_pdf.sheet_lists import parts_lists, roles_of
from pybase_extraction_pdf.table_shape import continued_from


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
            password = document.password
            plumber = Plumber(path, password, len(document))
            stack.callback(plumber.close)
            reading = Reading(source, options, context)
            recogniser = Recogniser(_drawing(source, document, path, password), context, options.ocr)
            reading.read(
                PageReader(source.name, document, plumber, options, recogniser, _titles(document)), len(document), path
            )
            with failures_named(source.name):
                return reading.result(document, time.monotonic() - started, recogniser.engine)


def _titles(document: Document) -> list[str]:
    """The title in the document's properties, where there is a readable one."""
    try:
        title = metadata(document).get("Title")
    except (ValueError, TypeError):
        return []
    return [title] if isinstance(title, str) else []


def _drawing(source: Source, document: Document, path: Path, password: str) -> Callable[[int], Raster]:
    def drawn(number: int) -> Raster:
        from pybase_extraction_pdf.rendering import draw

        return draw(document, path, number, MAX_PIXELS, wanted=WANTED, password=password, name=source.name)

    return drawn


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
        self.passed: LimitExceededError | None = None

    def read(self, reader: PageReader, count: int, path: Path) -> None:
        """Read the wanted pages of ``count``, up to the limit."""
        wanted = self._wanted(count)
        processes = processes_for(len(wanted), self.options, self.context.limits)
        found = self._in_processes(wanted, processes, reader, path) if processes > 1 else self._in_turn(wanted, reader)
        for reading in found:
            self._add(reading)
        if self.passed is not None and not self.pages:
            raise self.passed
        if not count or (wanted and not self.pages):
            raise CorruptedFileError(
                f"No page of {self.source.name!r} can be read.",
                name=self.source.name,
                format="pdf",
                remedy="Open it in a viewer and print it to a new PDF.",
            )

    def _in_turn(self, wanted: Sequence[int], reader: PageReader) -> Iterator[PageReading]:
        for done, number in enumerate(wanted):
            self.context.check()
            self.context.report(done / len(wanted), f"page {number}")
            yield reader.read(number)

    def _in_processes(
        self, wanted: Sequence[int], processes: int, reader: PageReader, path: Path
    ) -> Iterator[PageReading]:
        """The same in the order of pages, read by several processes."""
        memory = self.context.limits.memory_bytes
        share = None if memory is None else memory // processes
        job = Job(path, self.source.name, self.options, reader.titles[1:], share)
        found = {}
        for reading in readings(wanted, processes, job, reader, self.context.check):
            found[reading.number] = reading
            self.context.report(len(found) / len(wanted), f"page {reading.number}")
        for number in wanted:
            yield found[number]

    def _add(self, found: PageReading) -> None:
        self.pages += [found.page] if found.page else []
        self.tables += found.tables
        self.texts += found.texts
        self.annotations += found.annotations
        self.issues += found.issues
        self.passed = self.passed or found.limit
        for section, values in found.sections.items():
            self.sections[section] += values

    def _wanted(self, count: int) -> list[int]:
        wanted = [number for number in self.options.pages or range(1, count + 1) if number <= count]
        missing = [number for number in self.options.pages or () if number > count]
        if missing:
            self._note("page-missing", f"The document has {count} pages; {missing} were asked for.")
        limit = self.context.limits.max_pages
        if limit is not None and len(wanted) > limit:
            self._note("pages-left-out", f"{len(wanted) - limit} pages beyond the limit of {limit} were left out.")
        return wanted[:limit]

    def _note(self, code: str, message: str, severity: Severity = Severity.WARNING) -> None:
        self.issues.append(Issue(code=code, severity=severity, message=message))

    def _fact(self, what: str, read: Callable[[Document], list[Any]], document: Document) -> tuple[Any, ...]:
        """What a document says beside its pages; damage there is an issue."""
        try:
            with failures_named(self.source.name):
                return tuple(read(document))
        except CorruptedFileError as exc:
            self._note("document-damaged", f"The {what} cannot be read: {exc.message}", Severity.ERROR)
            return ()

    def _hint(self) -> None:
        """Say where a drawing was read as any other document: the options that read drawings are off by default."""
        if self.options.extract_title_block or self.options.extract_dimensions:
            return
        sheets = {table.provenance.place.page for table in self.tables if table.role == "title-block"}
        if sheets:
            message = (
                f"Looks like a drawing (grids of title blocks: {len(sheets)}); extract_title_block and"
                " extract_dimensions read what drawings say."
            )
            self._note("drawing-not-read", message, Severity.INFO)

    def result(self, document: Document, seconds: float, recogniser: str | None = None) -> ExtractionResult:
        """Put the result together."""
        import pdfminer

        heights = {page.number: page.height or 0.0 for page in self.pages}
        for index, before in enumerate(continued_from(self.tables, heights)):
            if before is not None:
                self.tables[index] = self.tables[index].model_copy(update={"continued_from": before})
        labels = document.labels()
        self.pages = [page.model_copy(update={"label": labels[page.number - 1]}) for page in self.pages]
        printed = [bom for _, bom in parts_lists(self.tables)]
        boms, issues = apply_view(printed, self.options)
        self.issues += [*issues, *filter(None, map(check_total, printed))]
        for index, role in roles_of(self.tables):
            self.tables[index] = self.tables[index].model_copy(update={"role": role})
        self._hint()
        facts = {
            "form_fields": self._fact("form fields", form_fields, document),
            "layers": self._fact("layers", layers, document),
            "attachments": self._fact("embedded files", attachments, document),
        }
        if self.options.extract_title_block and not self.sections["title_blocks"]:
            block = block_of_form(facts["form_fields"])
            self.sections["title_blocks"] += [block] if block is not None else []
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
                library=", ".join(filter(None, (f"pdfminer.six {pdfminer.__version__}", recogniser))),
                options=self.options.model_dump(mode="json"),
                seconds=seconds,
            ),
            is_partial=any(issue.severity is Severity.ERROR for issue in self.issues),
            pages=tuple(self.pages),
            tables=tuple(self.tables),
            text_blocks=tuple(self.texts),
            annotations=tuple(self.annotations),
            **facts,
            boms=boms,
            **{name: tuple(values) for name, values in self.sections.items()},
            metadata=metadata(document),
            issues=tuple(self.issues),
        )
