"""Options of the PDF extractor."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from pybase_extraction.bom_options import BomView
from pybase_extraction.extractor import ExtractorOptions


class PdfOptions(BomView, ExtractorOptions):
    """What to read from a PDF."""

    extract_tables: bool = Field(default=True, title="Tables")
    """Find tables."""
    extract_text: bool = Field(default=True, title="Text")
    """Give text blocks with their places."""
    extract_dimensions: bool = Field(default=False, title="Dimensions")
    """Read dimensions, threads, tolerance frames and surface texture of a drawing."""
    extract_title_block: bool = Field(default=False, title="Title block")
    """Read the title block, general tolerances and parts list of a drawing."""
    pages: tuple[int, ...] | None = Field(default=None, title="Pages")
    """Numbers of the pages to read, from 1; all when None."""
    table_detection_strategy: Literal["lines", "text", "stream", "auto"] = Field(
        default="auto", title="Table detection"
    )
    """``auto``: by rules where they tell the cells, by the white between columns where they do not; ``lines``: by rules
    alone, as pdfplumber's default settings; ``stream``: by the white alone; ``text``: by pdfplumber's aligned words."""
    ocr: Literal["never", "auto", "always"] = Field(default="auto", title="OCR")
    """``auto``: where a page or a region has no text, and pybase-extraction-ocr is installed, its lettering is read
    from the pixels, on pages with text only for dimensions and title blocks; ``always``: on every page; ``never``."""
    processes: int | None = Field(default=None, ge=1, le=16, title="Processes")
    """Processes that read the pages of a document of 80 pages or more; None for one a processor, up to four."""
    password: SecretStr | None = Field(default=None, title="Password")
    """Password of an encrypted file; never stored with a job."""

    @field_validator("pages")
    @classmethod
    def _counts_from_one(cls, pages: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if pages is not None and (not pages or min(pages) < 1):
            raise ValueError("pages are numbered from 1")
        return None if pages is None else tuple(sorted(set(pages)))
