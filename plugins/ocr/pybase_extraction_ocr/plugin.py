"""What the plugin registers; imports no library of images or OCR."""

from __future__ import annotations

from collections.abc import Sequence

from pybase_extraction.extractor import Diagnosis, ExtractionContext, ExtractorInfo, FormatInfo, Magic
from pybase_extraction.hookspecs import hookimpl
from pybase_extraction.raster import Raster, RasterReading
from pybase_extraction.registry import Registration
from pybase_extraction.source import Source
from pybase_extraction_ocr import __version__
from pybase_extraction_ocr.options import ImageOptions

IMAGE = FormatInfo(
    name="image",
    title="Image (PNG, TIFF, JPEG, WebP, BMP)",
    extensions=(".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".bmp"),
    media_types=("image/png", "image/tiff", "image/jpeg", "image/webp", "image/bmp"),
    magic=(
        Magic(b"\x89PNG\r\n\x1a\n"),
        Magic(b"\xff\xd8\xff"),
        Magic(b"II*\x00"),
        Magic(b"MM\x00*"),
        Magic(b"II+\x00"),
        Magic(b"MM\x00+"),
        Magic(b"WEBPVP8", offset=8),
        # size of the header behind the ten bytes of the file header: 40 in the version that everybody writes
        Magic(b"(\x00\x00\x00", offset=14),
    ),
)


@hookimpl
def pybase_extraction_register(registry: Registration) -> None:
    """Register the extractor."""
    info = ExtractorInfo(name="image", title="Images", version=__version__, formats=(IMAGE,), options=ImageOptions)
    registry.add(info, "pybase_extraction_ocr.extractor:ImageExtractor")


@hookimpl
def pybase_extraction_ocr_page(raster: Raster, context: ExtractionContext) -> RasterReading:
    """Read words and ruling strokes with rapidocr."""
    from pybase_extraction_ocr.recognition import read_raster

    return read_raster(raster, context.check, context.remaining_s, context.limits.processors)


@hookimpl
def pybase_extraction_render_page(
    source: Source,
    format: str,  # noqa: A002 -- the hook's word
    page: int,
    max_pixels: int,
) -> Raster | None:
    """Draw a page of an image."""
    if format != IMAGE.name:
        return None
    from pybase_extraction_ocr.images import opened

    with opened(source) as pages:
        return pages.raster(page, max_pixels)


@hookimpl
def pybase_extraction_diagnose() -> Sequence[Diagnosis]:
    """Say whether the recogniser is there with its models."""
    from importlib.metadata import PackageNotFoundError, files, version

    try:
        models = [item for item in files("rapidocr") or () if item.suffix == ".onnx"]
        found = f"rapidocr {version('rapidocr')}, onnxruntime {version('onnxruntime')}"
    except PackageNotFoundError as exc:
        return [
            Diagnosis("image", is_ready=False, message=f"{exc.name} is missing: pip install 'pybase-extraction[ocr]'")
        ]
    if len(models) < 2:
        message = f"{found} without models: pip install --upgrade 'rapidocr>=3.9'"
        return [Diagnosis("image", is_ready=False, message=message)]
    return [Diagnosis("image", is_ready=True, message=f"ready: {found}, models inside")]
