"""What one page gives: independent of every other page, so that pages can be read in any order or process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Literal, Protocol

from pybase_extraction.drawing.sheets import sheet_name
from pybase_extraction.errors import CorruptedFileError, LimitExceededError, MissingDependencyError
from pybase_extraction.raster import RasterReading, levelled_back
from pybase_extraction.results import Annotation, BBox, Issue, Locator, Page, Provenance, Severity, Table, TextBlock
from pybase_extraction_pdf.annotations import Mark, chars_of, filled_in, lettering, not_drawn_yet
from pybase_extraction_pdf.document import failures_named
from pybase_extraction_pdf.drawing_sheet import read_title
from pybase_extraction_pdf.evidence import is_large, may_be_drawing
from pybase_extraction_pdf.lettered_lists import (
    is_unruled,
    is_within,
    leaves_out_strays,
    lettered_lists,
    lettered_revisions,
)
from pybase_extraction_pdf.moving import moved
from pybase_extraction_pdf.options import PdfOptions
from pybase_extraction_pdf.primitives import PageContent, RuledTable, Word
from pybase_extraction_pdf.recognition import NoTimeLeftError, When, regions_without_text, rules_in, words_in
from pybase_extraction_pdf.ruled import AS_READ, COMPAT, DRAWING, Profile, profile_of, ruled_tables
from pybase_extraction_pdf.sheet_callouts import read_sheet_callouts
from pybase_extraction_pdf.sheet_lists import finer, lists_among, parts_lists, revisions_of, within_block
from pybase_extraction_pdf.sideways import set_upright, turn_of
from pybase_extraction_pdf.tables import ruled_tables_of, tables_with_unruled, unruled_tables_of
from pybase_extraction_pdf.text import blocks_of, lines_on

PageKind = Literal["vector", "raster", "mixed", "outlined", "blank"]
_MM = 25.4 / 72
"""Millimetres of a point (ISO 32000-1, 8.3.2.3)."""
_OUTLINED_CURVES = 200
"""A page without any text but with more strokes than this is taken to have its lettering drawn as strokes."""


@dataclass(slots=True)
class PageReading:
    """What was read of one page; ``page`` is None when it could not be read."""

    number: int
    page: Page | None = None
    tables: list[Table] = field(default_factory=list)
    texts: list[TextBlock] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    sections: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    issues: list[Issue] = field(default_factory=list)
    limit: LimitExceededError | None = None
    skew: float = 0.0
    """Degrees by which a scan lies turned on its page; see ``RasterReading``."""

    def set_back(self, page: PageContent) -> None:
        """Give what was read on the page turned level its places on the page as it is."""
        around = (0.0, 0.0, page.width, page.height)

        def move(box: BBox) -> BBox:
            x0, top, x1, bottom = levelled_back(box, around, self.skew)
            return max(0.0, x0), max(0.0, top), min(page.width, x1), min(page.height, bottom)

        self.tables = [moved(table, move) for table in self.tables]
        self.texts = [moved(text, move) for text in self.texts]
        for name, values in self.sections.items():
            self.sections[name] = [moved(value, move) for value in values]

    def note(self, code: str, message: str, severity: Severity = Severity.WARNING) -> None:
        """Add an issue of this page."""
        self.issues.append(Issue(code=code, severity=severity, message=message, place=Locator(page=self.number)))


class Pages(Protocol):
    """What pages are read from."""

    def page(self, number: int) -> PageContent:
        """What a page draws."""
        ...

    def marks(self, number: int) -> list[Mark]:
        """Annotations of a page."""
        ...


class SlowReader(Protocol):
    """A second reader of the same pages, for what the first one fails on."""

    def content(self, number: int) -> PageContent:
        """What a page draws."""
        ...

    def aligned_tables(self, number: int) -> list[Table]:
        """Tables whose columns and rows show by the alignment of their words."""
        ...


class PixelReader(Protocol):
    """Reads pages from their pixels.

    Attributes:
        when: Which pages it is asked for.
        engine: The library that read, None before it did.
    """

    when: When
    engine: str | None

    def read(self, number: int) -> RasterReading | None:
        """Read a page; None when there is nothing that can."""
        ...


class PageReader:
    """Reads pages of one document.

    Args:
        name: Display name, for messages.
        document: The open document.
        plumber: The same document in pdfplumber.
        options: What to read.
        recogniser: Reads pages from their pixels, or None.
        titles: What the document is called beside that: the title in its properties.
    """

    def __init__(
        self,
        name: str,
        document: Pages,
        plumber: SlowReader,
        options: PdfOptions,
        recogniser: PixelReader | None = None,
        titles: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.document = document
        self.plumber = plumber
        self.options = options
        self.recogniser = recogniser
        self.titles = (PurePath(name).stem, *titles)

    def read(self, number: int) -> PageReading:
        """Read a page, counted from 1; what is wrong with it stands in its issues."""
        reading = PageReading(number)
        try:
            page = self._content(reading)
            with self._failures_named(number):
                self._take(page, reading)
        except CorruptedFileError as exc:
            reading.note("page-damaged", exc.message, Severity.ERROR)
        except LimitExceededError as exc:
            reading.limit = exc
            reading.note("page-limit", exc.message, Severity.ERROR)
        return reading

    def _failures_named(self, number: int) -> AbstractContextManager[None]:
        return failures_named(self.name, f"page {number}")

    def _content(self, reading: PageReading) -> PageContent:
        """What the page draws; where the interpreter fails on it, as pdfplumber reads it."""
        number = reading.number
        try:
            with self._failures_named(number):
                return self.document.page(number)
        except CorruptedFileError as exc:
            try:
                with self._failures_named(number):
                    page = self.plumber.content(number)
            except CorruptedFileError:
                raise exc from None
            reading.note("read-by-pdfplumber", f"{exc.message} It was read with pdfplumber instead.")
            return page

    def _take(self, page: PageContent, reading: PageReading) -> None:
        options, number = self.options, page.number
        for defect in page.defects:
            reading.note("content-missing", f"{defect} The rest of the page was read.", Severity.ERROR)
        marks = self._marks(reading)
        kind = _kind(page)
        words = page.words_as_read()
        letters = not_drawn_yet(lettering(marks), words)
        words += letters
        profile = DRAWING if letters else self._profile(page)
        page.chars += chars_of(letters)
        seen = self._recognised(page, kind, words, reading)
        if seen:
            words, profile = [*words, *seen], DRAWING
            page.chars += chars_of(word for word in seen if word.angle is None)  # no table is aslant
        elif kind in {"outlined", "raster"} and not letters:
            reading.note("no-text-layer", f"Page {number} has no text layer; its lettering is drawn.{self._advice()}")
        ruled = ruled_tables(page, profile)
        tables = self._tables(page, ruled, profile, reading) if options.extract_tables else []
        if options.extract_title_block or options.extract_dimensions:
            is_auto = options.extract_tables and options.table_detection_strategy == "auto"
            data = tables if is_auto else self._tables_as_read(page, ruled, profile)
            fields = not_drawn_yet(filled_in(marks), words)
            self._read_sheet(page, words, finer(page, ruled_tables_of(page, ruled, profile)), data, reading, fields)
        if options.extract_text:
            reading.texts = blocks_of(words, number)
        if options.extract_tables:
            reading.tables = within_block(tables, reading.sections["title_blocks"])
        if reading.skew:
            reading.set_back(page)
        reading.annotations = [_annotation(mark, number) for mark in marks if not mark.is_lettering]
        reading.page = Page(
            number=number,
            width=page.width,
            height=page.height,
            unit="pt",
            rotation=page.rotation,
            kind=kind,
            size_name=sheet_name(page.width * _MM, page.height * _MM),
        )

    def _recognised(self, page: PageContent, kind: PageKind, words: Sequence[Word], reading: PageReading) -> list[Word]:
        """Words that only the pixels of the page show; their ruling strokes join those of a bitmap's page."""
        if self.recogniser is None or self.recogniser.when == "never":
            return []
        is_drawing = self.options.extract_dimensions or self.options.extract_title_block
        regions = regions_without_text(page, kind, words, is_drawing=is_drawing)
        if self.recogniser.when == "always":
            regions = [(0.0, 0.0, page.width, page.height)]
        try:
            found = self.recogniser.read(page.number) if regions else None
        except NoTimeLeftError:
            message = f"Page {page.number} was not read from its pixels: the time is nearly up."
            reading.note("ocr-left-out", message, Severity.ERROR)
            return []
        except CorruptedFileError as exc:
            reading.note("page-undrawable", exc.message)
            return []
        except MissingDependencyError as exc:
            reading.note("ocr-unavailable", str(exc), Severity.ERROR)
            return []
        if found is None:
            return []
        if found.is_cut_short:
            message = f"Page {page.number} was not read to its end from its pixels: the time was nearly up."
            reading.note("ocr-cut-short", message, Severity.ERROR)
        if kind == "raster":
            page.lines += rules_in(found, page)
            reading.skew = found.skew
        return words_in(found, regions, words)

    def _profile(self, page: PageContent) -> Profile:
        """How rules are read; pdfplumber's way of reading turned text only where its tables were asked for."""
        found = profile_of(page)
        is_turned = self.options.table_detection_strategy == "auto" and any(char[8] for char in page.chars)
        return AS_READ if found is COMPAT and is_turned else found

    def _advice(self) -> str:
        is_on = self.recogniser is not None and self.recogniser.when != "never"
        is_there = self.recogniser is not None and self.recogniser.engine is not None
        if is_there:
            return " Nothing could be read from its pixels."
        return " Install pybase-extraction[ocr] to read it." if is_on else " The option ocr='auto' reads it."

    def _tables(
        self, page: PageContent, ruled: list[RuledTable], profile: Profile, reading: PageReading
    ) -> list[Table]:
        match self.options.table_detection_strategy:
            case "lines":
                return ruled_tables_of(page, ruled, profile)
            case "text":
                return self._aligned_tables(reading)
            case "stream":
                return unruled_tables_of(page)
            case "auto":
                return self._tables_as_read(page, ruled, profile)

    def _tables_as_read(self, page: PageContent, ruled: list[RuledTable], profile: Profile) -> list[Table]:
        """Tables of a page, ruled or not, whichever way it lies."""
        turn = turn_of(page)
        if not turn:
            return self._all_tables(page, ruled, profile)
        upright, back = set_upright(page, turn)
        tables = self._all_tables(upright, ruled_tables(upright, profile), profile)
        return [moved(table, back) for table in tables]

    def _all_tables(self, page: PageContent, ruled: list[RuledTable], profile: Profile) -> list[Table]:
        """Tables of a page, ruled or not."""
        return self._with_lists(page, finer(page, tables_with_unruled(page, ruled, profile)))

    def _with_lists(self, page: PageContent, tables: list[Table]) -> list[Table]:
        """The tables and the parts lists that their headers tell better."""
        lists = [table for _, table in lists_among(tables)]
        taken = [table.provenance.place.bbox for table in lists if not is_unruled(table)]
        found = lettered_lists(page.words(), page.number, [box for box in taken if box is not None])
        for table in filter(is_unruled, lists):
            better = next((other for other in found if is_within(other, table)), None)
            if better is None or not leaves_out_strays(better, table):
                found = [other for other in found if other is not better]
            else:
                tables = [other for other in tables if other is not table]
        return [*tables, *found]

    def _aligned_tables(self, reading: PageReading) -> list[Table]:
        try:
            with self._failures_named(reading.number):
                return self.plumber.aligned_tables(reading.number)
        except CorruptedFileError as exc:
            reading.note("tables-unread", f"pdfplumber found no tables: {exc.message}", Severity.ERROR)
            return []

    def _marks(self, reading: PageReading) -> list[Mark]:
        try:
            with self._failures_named(reading.number):
                return self.document.marks(reading.number)
        except CorruptedFileError as exc:
            reading.note("annotations-damaged", exc.message)
            return []

    def _read_sheet(
        self,
        page: PageContent,
        words: Sequence[Word],
        ruled: Sequence[Table],
        tables: Sequence[Table],
        reading: PageReading,
        fields: Sequence[Word] = (),
    ) -> None:
        number = page.number
        lists = [box for _, bom in parts_lists(ruled) if (box := bom.provenance.place.bbox) is not None]
        sheet = read_title(
            page, [*words, *fields] if fields else words, number, [*lists, *_revision_tables(ruled)], self.titles
        )
        is_drawing = may_be_drawing(page, lines_on(page, words), tables)
        if not is_drawing:
            sheet.notes = []
        if not is_large(page):
            sheet.leave_out_form()
        if self.options.extract_title_block:
            reading.sections["title_blocks"] += [sheet.title_block] if sheet.title_block else []
            reading.sections["general_tolerances"] += sheet.general_tolerances
            reading.sections["materials"] += sheet.materials
            reading.sections["notes"] += sheet.notes
            reading.sections["revisions"] += revisions_of(ruled) or revisions_of(_unruled_revisions(page, ruled))
        if self.options.extract_dimensions:
            block = sheet.title_block
            # the lines of a block without cells may stand apart, with other texts between them
            is_area = block is not None and block.provenance.method == "title-block"
            others = [*sheet.notes, *([block] if block is not None and is_area else [])]
            taken = [*lists, *(item.provenance.place.bbox for item in others if item.provenance.place.bbox)]
            callouts = read_sheet_callouts(page, words, taken, sheet.general_tolerances, tables)
            for section, values in callouts.sections.items():
                reading.sections[section] += values if is_drawing or section != "notes" else []
            reading.issues += callouts.issues


def _revision_tables(tables: Sequence[Table]) -> list[BBox]:
    """Boxes of the tables that hold revisions and, beside headers and a caption, nothing else."""
    found = [table for table in tables if len(revisions_of([table])) >= max(1, table.num_rows - 2)]
    return [box for table in found if (box := table.provenance.place.bbox) is not None]


def _unruled_revisions(page: PageContent, tables: Sequence[Table]) -> list[Table]:
    """Revision tables that no rules surround; the frame of a sheet, which joins what touches it, surrounds none."""
    largest = _LARGEST_CELL * page.width * page.height
    boxes = [cell.bbox for table in tables for cell in table.cells if cell.bbox is not None]
    taken = [box for box in boxes if (box[2] - box[0]) * (box[3] - box[1]) < largest]
    return lettered_revisions(page.words(), page.number, taken)


_LARGEST_CELL = 0.06
"""Share of a sheet above which a ruled cell is a frame or a view."""


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
