"""What the plugin registers; imports no PDF library."""

from __future__ import annotations

from pybase_extraction.extractor import ExtractorInfo, FormatInfo, Magic
from pybase_extraction.hookspecs import hookimpl
from pybase_extraction.raster import Raster
from pybase_extraction.registry import Registration
from pybase_extraction.source import Source
from pybase_extraction_pdf import __version__
from pybase_extraction_pdf.options import PdfOptions

PDF = FormatInfo(
    name="pdf",
    title="PDF (ISO 32000)",
    extensions=(".pdf",),
    media_types=("application/pdf", "application/x-pdf"),
    # readers accept the header within the first 1024 bytes (ISO 32000-1 annex H, implementation note 13)
    magic=(Magic(b"%PDF-", within=1024),),
)


@hookimpl
def pybase_extraction_register(registry: Registration) -> None:
    """Register the extractor."""
    info = ExtractorInfo(name="pdf", title="PDF", version=__version__, formats=(PDF,), options=PdfOptions)
    registry.add(info, "pybase_extraction_pdf.extractor:PdfExtractor")


@hookimpl
def pybase_extraction_render_page(
    source: Source,
    format: str,  # noqa: A002 -- the hook's word
    page: int,
    max_pixels: int,
    password: str | None,
) -> Raster | None:
    """Draw a page of a PDF."""
    if format != PDF.name:
        return None
    from pybase_extraction_pdf.rendering import render_page

    return render_page(source, page, max_pixels, password or "")
