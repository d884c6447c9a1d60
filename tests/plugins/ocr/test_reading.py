"""Sheets read from their pixels: as an image, and as a page of a PDF that is a bitmap."""

from __future__ import annotations

import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import ExtractionResult
from pybase_extraction.source import Source
from tests.plugins.ocr.pictures import sheet, write_sheet
from tests.plugins.pdf.documents import document


@pytest.fixture(scope="module")
def registry() -> ExtractorRegistry:
    return ExtractorRegistry.discover(strict=True)


def read(registry: ExtractorRegistry, path: Path, **options: object) -> ExtractionResult:
    info = registry.choose(registry.detect(Source.from_path(path)).format)
    wanted = registry.validate_options(info.name, {"extract_dimensions": True, "extract_title_block": True, **options})
    context = ExtractionContext(hooks=registry.hook)
    result = registry.extractor(info.name).extract(Source.from_path(path), wanted, context)
    assert isinstance(result, ExtractionResult)
    return result


def scan(path: Path, picture: Image.Image | None = None) -> Path:
    """A PDF whose page of 216 × 148.8 points is the picture of the sheet at 300 dpi."""
    picture = sheet() if picture is None else picture
    data = zlib.compress(picture.tobytes())
    image = (
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
        b"/Length %d>>stream\n%s\nendstream" % (*picture.size, len(data), data)
    )
    content = b"216 0 0 148.8 0 0 cm /X Do"
    bodies = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 216 148.8]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        image,
    )
    path.write_bytes(document(bodies))
    return path


@pytest.fixture(scope="module", params=["image", "pdf"])
def result(request: pytest.FixtureRequest, registry: ExtractorRegistry, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("sheet")
    return read(registry, write_sheet(folder / "sheet.png") if request.param == "image" else scan(folder / "scan.pdf"))


def test_dimensions_are_read_with_their_signs(result: ExtractionResult):
    found = {(item.kind.value, item.nominal) for item in result.dimensions}
    assert {("linear", 120.5), ("diameter", 8.4), ("linear", 45.25), ("angular", 45.0)} <= found


def test_a_fit_is_computed_from_what_was_read(result: ExtractionResult):
    hole = next(item for item in result.dimensions if item.nominal == 8.4)
    assert hole.fit is not None
    assert (hole.fit.symbol, hole.upper, hole.lower) == ("H7", 0.015, 0)  # ISO 286-2: 6 to 10 mm


def test_the_title_block_is_read_from_ruled_cells(result: ExtractionResult):
    assert result.title_block is not None
    assert result.title_block.title is not None
    assert result.title_block.title.value == "Bracket"
    assert result.title_block.drawing_number is not None
    assert result.title_block.drawing_number.value == "4711-B"


def test_places_are_in_the_units_of_the_page(result: ExtractionResult):
    page = result.pages[0]
    across = (page.width or 0) / 900
    assert (page.unit, across) in {("px", 1), ("pt", 0.24)}
    block = next(item for item in result.text_blocks if "120" in item.text)
    x0, top, x1, bottom = block.provenance.place.bbox or (0, 0, 0, 0)
    assert 140 < x0 / across < x1 / across < 260  # drawn from 150 on
    assert 50 < top / across < bottom / across < 110  # drawn from 60 on
    assert block.kind == "ocr"


def test_upright_lettering_tells_its_direction(result: ExtractionResult):
    assert next(item for item in result.text_blocks if "45.25" in item.text).rotation == 90


def test_the_result_names_what_read_it(result: ExtractionResult):
    assert "rapidocr" in (result.extractor.library or "")
    assert not [issue for issue in result.issues if issue.code == "no-text-layer"]


def test_never_means_never(registry: ExtractorRegistry, tmp_path: Path):
    result = read(registry, scan(tmp_path / "scan.pdf"), ocr="never")
    assert not result.text_blocks
    assert [issue.message for issue in result.issues if issue.code == "no-text-layer"] == [
        "Page 1 has no text layer; its lettering is drawn. The option ocr='auto' reads it."
    ]


def test_a_recogniser_without_its_models_costs_no_page(
    registry: ExtractorRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import rapidocr

    from pybase_extraction_ocr.engine import _engine as engine

    monkeypatch.setattr(rapidocr, "__file__", str(tmp_path / "__init__.py"))
    engine.cache_clear()
    try:
        result = read(registry, scan(tmp_path / "scan.pdf"))
    finally:
        engine.cache_clear()
    (issue,) = [issue for issue in result.issues if issue.code == "ocr-unavailable"]
    assert "pip install" in issue.message
    assert (len(result.pages), result.is_partial) == (1, True)


def test_a_page_is_left_out_when_the_time_is_nearly_up(registry: ExtractorRegistry, tmp_path: Path):
    path = scan(tmp_path / "scan.pdf")
    context = ExtractionContext(hooks=registry.hook, deadline=time.monotonic() + 5)
    info = registry.choose("pdf")
    result = registry.extractor("pdf").extract(
        Source.from_path(path), registry.validate_options(info.name, {}), context
    )
    assert isinstance(result, ExtractionResult)
    assert "ocr-left-out" in [issue.code for issue in result.issues]
    assert result.is_partial


@pytest.mark.parametrize("kind", ["image", "pdf"])
def test_a_scan_that_lies_turned_is_read_level(registry: ExtractorRegistry, tmp_path: Path, kind: str):
    turned = sheet().rotate(1.5, Image.Resampling.BICUBIC, fillcolor=255)
    path = tmp_path / "turned.png"
    if kind == "image":
        turned.save(path, dpi=(150, 150))
    else:
        path = scan(tmp_path / "turned.pdf", turned)
    result = read(registry, path)
    assert result.title_block is not None
    assert result.title_block.drawing_number is not None
    assert result.title_block.drawing_number.value == "4711-B"
    assert {120.5, 8.4, 45.25} <= {item.nominal for item in result.dimensions}
    across = (result.pages[0].width or 0) / 900
    x0, top, x1, bottom = next(i for i in result.dimensions if i.nominal == 120.5).provenance.place.bbox or (0, 0, 0, 0)
    # drawn around (200, 80), turned about (450, 310):
    # x = 450 - 250·cos 1.5° - 230·sin 1.5°, y = 310 + 250·sin 1.5° - 230·cos 1.5°
    assert ((x0 + x1) / 2 / across, (top + bottom) / 2 / across) == pytest.approx((194.1, 86.6), abs=12)


def test_a_picture_of_an_image_shows_what_was_found(result: ExtractionResult, tmp_path: Path):
    if result.format != "image":
        pytest.skip("the PDF is drawn by another plugin, and tested there")
    overlay = result.page(1, source=write_sheet(tmp_path / "again.png")).overlay("dimensions")
    assert overlay.raster.box == (0, 0, 900, 620)
    assert len(overlay.marks) == len(result.dimensions)
