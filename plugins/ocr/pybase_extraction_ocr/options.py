"""Options of the image extractor."""

from __future__ import annotations

from pydantic import Field, field_validator

from pybase_extraction.extractor import ExtractorOptions


class ImageOptions(ExtractorOptions):
    """What to read from an image."""

    extract_tables: bool = Field(default=True, title="Tables")
    """Find tables."""
    extract_text: bool = Field(default=True, title="Text")
    """Give text blocks with their places."""
    extract_dimensions: bool = Field(default=False, title="Dimensions")
    """Read dimensions, threads, tolerance frames and surface texture of a drawing."""
    extract_title_block: bool = Field(default=False, title="Title block")
    """Read the title block, general tolerances and parts list of a drawing."""
    pages: tuple[int, ...] | None = Field(default=None, title="Pages")
    """Numbers of the pages of a TIFF to read, from 1; all when None."""

    @field_validator("pages")
    @classmethod
    def _counts_from_one(cls, pages: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if pages is not None and (not pages or min(pages) < 1):
            raise ValueError("pages are numbered from 1")
        return None if pages is None else tuple(sorted(set(pages)))
