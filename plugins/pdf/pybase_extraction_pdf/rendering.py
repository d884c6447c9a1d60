"""Pages as pixels, drawn by pdfium."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pybase_extraction.errors import CorruptedFileError, EncryptedFileError
from pybase_extraction.raster import Raster, bounded_scale
from pybase_extraction.source import BBox, Source
from pybase_extraction_pdf.document import failures_named, opened
from pybase_extraction_pdf.engine import Document

SHARPEST = 400 / 72
"""Most pixels for a point: what drawings are scanned with; more shows nothing new."""
_PASSWORD_ERROR = 4
"""FPDF_ERR_PASSWORD of pdfium's fpdfview.h."""
# pdfium keeps state of its own for the whole process and may be entered by one thread at a time
_lock = threading.Lock()


def render_page(source: Source, number: int, max_pixels: int, password: str = "") -> Raster:
    """Draw a page, counted from 1, as it is shown: turned by /Rotate and cut at the CropBox (ISO 32000-1, 14.11.2).

    Raises:
        EncryptedFileError: It needs a password.
        CorruptedFileError: pdfium cannot open the file or the page.
    """
    with opened(source, password, None) as (document, path):
        return draw(document, path, number, max_pixels, password=document.password, name=source.name)


def draw(
    document: Document,
    path: Path,
    number: int,
    max_pixels: int,
    *,
    wanted: float = SHARPEST,
    password: str = "",
    name: str = "the document",
) -> Raster:
    """Draw a page of an open document.

    Args:
        document: The document, for its places.
        path: Where it lies.
        number: Number of the page, from 1.
        max_pixels: Most pixels.
        wanted: Pixels for a point where that is not too many.
        password: Password of an encrypted file.
        name: Display name, for messages.
    """
    with _lock, _page(path, number, password, name) as page:
        shown = page.get_bbox()
        width, height = page.get_size()
        bitmap = page.render(
            scale=bounded_scale(width, height, wanted, max_pixels),
            rev_byteorder=True,
            draw_annots=True,
            fill_color=(255, 255, 255, 255),
        )
        try:
            size, pixels = (bitmap.width, bitmap.height), _rgb(bitmap)
        finally:
            bitmap.close()
    with failures_named(name, f"page {number}"):
        return Raster(*size, pixels, _placed(document, number, shown), number)


def _placed(document: Document, number: int, shown: BBox) -> BBox:
    x0, top, x1, bottom = document.placing(number)(shown)
    if x1 <= x0 or bottom <= top:
        raise ValueError("the page has no area")
    return x0, top, x1, bottom


@contextmanager
def _page(path: Path, number: int, password: str, name: str) -> Iterator[Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path, password=password or None)
    except pypdfium2.PdfiumError as exc:
        if getattr(exc, "err_code", None) == _PASSWORD_ERROR:
            raise EncryptedFileError(
                f"{name!r} is encrypted, and the password is missing or wrong.",
                name=name,
                format="pdf",
                remedy="Give it with password=.",
            ) from exc
        raise _undrawable(name, number) from exc
    try:
        if number > len(document):
            raise _undrawable(name, number)
        document.init_forms()
        try:
            page = document[number - 1]
        except pypdfium2.PdfiumError as exc:
            raise _undrawable(name, number) from exc
        try:
            yield page
        finally:
            page.close()
    finally:
        document.close()


def _undrawable(name: str, number: int) -> CorruptedFileError:
    return CorruptedFileError(
        f"Page {number} of {name!r} cannot be drawn: it is damaged.",
        name=name,
        format="pdf",
        where=f"page {number}",
        remedy="Open it in a viewer and print it to a new PDF.",
    )


def _rgb(bitmap: Any) -> bytes:
    """Three bytes a pixel, rows without padding; pdfium pads rows to four bytes and may keep a fourth channel."""
    width, height, stride, channels = bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels
    data = bytes(bitmap.buffer)
    rows = (data[row * stride : row * stride + width * channels] for row in range(height))
    if channels == 3:
        return b"".join(rows)
    found = bytearray()
    for row in rows:
        part = bytearray(3 * width)
        for channel in range(3):
            part[channel::3] = row[channel if channels == 4 else 0 :: channels]
        found += part
    return bytes(found)
