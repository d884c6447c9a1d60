"""Image files: told by their bytes, opened within bounds, shown as they ask to be."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from pybase_extraction.errors import CorruptedFileError, LimitExceededError
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source
from pybase_extraction_ocr.images import opened
from tests.corpus.mutations import damaged


@pytest.fixture(scope="module")
def registry() -> ExtractorRegistry:
    return ExtractorRegistry.discover(strict=True)


@pytest.mark.parametrize("extension", ["png", "tif", "jpg", "webp", "bmp"])
def test_a_kind_is_told_by_its_bytes(registry: ExtractorRegistry, tmp_path: Path, extension: str):
    path = tmp_path / f"picture.{extension}"
    Image.new("RGB", (40, 30), "white").save(path)
    nameless = Source.from_bytes(path.read_bytes(), name="upload")
    assert registry.detect(nameless).format == "image"
    with opened(nameless) as pages:
        assert (len(pages), pages.size(1)) == (1, (40, 30))
        assert pages.raster(1, 10_000).pixels == b"\xff" * 3600


def test_pages_of_a_tiff_have_sizes_and_resolutions_of_their_own(tmp_path: Path):
    path = tmp_path / "pages.tif"
    first, second = Image.new("1", (60, 40), 1), Image.new("L", (30, 20), 0)
    first.save(path, save_all=True, append_images=[second], dpi=(300, 300))
    with opened(Source.from_path(path)) as pages:
        assert len(pages) == 2
        assert [pages.size(number) for number in (1, 2)] == [(60, 40), (30, 20)]
        assert pages.dpi(1) == (300, 300)
        assert pages.raster(2, 10_000).pixels == bytes(1800)


def test_a_picture_that_asks_to_be_turned_is_turned(tmp_path: Path):
    path = tmp_path / "turned.jpg"
    image = Image.new("RGB", (40, 30), "white")
    exif = image.getexif()
    exif[0x0112] = 6  # TIFF 6.0: shown after a quarter turn clockwise
    image.save(path, exif=exif)
    with opened(Source.from_path(path)) as pages:
        raster = pages.raster(1, 10_000)
        assert (raster.width, raster.height) == pages.size(1) == (30, 40)


def test_what_is_transparent_shows_white_paper(tmp_path: Path):
    path = tmp_path / "clear.png"
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(path)
    with opened(Source.from_path(path)) as pages:
        assert set(pages.raster(1, 100).pixels) == {255}


def test_large_pictures_are_made_smaller(tmp_path: Path):
    path = tmp_path / "large.png"
    Image.new("L", (400, 300), 255).save(path)
    with opened(Source.from_path(path)) as pages:
        raster = pages.raster(1, 30_000)
    assert raster.width * raster.height <= 30_000
    assert raster.box == (0, 0, 400, 300)
    assert raster.place((0, 0, raster.width, raster.height)) == pytest.approx((0, 0, 400, 300))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_shown_as_pillow_shows_it(tmp_path: Path, orientation: int):
    path = tmp_path / "turned.png"
    image = Image.new("RGB", (40, 30), "white")
    image.paste((0, 0, 0), (0, 0, 10, 5))
    exif = image.getexif()
    exif[0x0112] = orientation
    image.save(path, exif=exif)
    with Image.open(path) as again, opened(Source.from_path(path)) as pages:
        assert pages.raster(1, 10_000).pixels == ImageOps.exif_transpose(again).convert("RGB").tobytes()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F"])
def test_every_mode_becomes_ink_on_paper(tmp_path: Path, mode: str):
    path = tmp_path / "picture.tif"
    grey = np.full((300, 400), 255, dtype=np.uint8)
    grey[100:200, 100:300] = 0
    if mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    else:
        image = Image.fromarray(grey).convert("RGB" if mode in {"CMYK", "YCbCr"} else "L").convert(mode)
    # pillow before 13 cannot read what it writes of YCbCr as it is
    image.save(path, compression="jpeg" if mode == "YCbCr" else None)
    with opened(Source.from_path(path)) as pages:
        found = np.frombuffer(pages.raster(1, 200_000).pixels, dtype=np.uint8).reshape(300, 400, 3)
    assert found[150, 200].max() < 10
    assert found[50, 50].min() > 245


def test_a_large_picture_needs_no_copies_of_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    path = tmp_path / "large.png"
    image = Image.new("L", (700, 500), 255)
    image.paste(0, (100, 240, 600, 260))
    image.save(path)
    with opened(Source.from_path(path)) as pages:
        whole, small = pages.raster(1, 350_000).pixels, pages.raster(1, 87_500).pixels
        monkeypatch.setattr("pybase_extraction_ocr.images._STRIP", 7_000)  # ten rows
        assert pages.raster(1, 350_000).pixels == whole
        parts = np.frombuffer(pages.raster(1, 87_500).pixels, dtype=np.uint8).astype(int)
    assert np.abs(parts - np.frombuffer(small, dtype=np.uint8)).mean() < 1.0


KINDS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "bmp": "BMP", "tif": "TIFF"}


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_copies_are_read_or_refused_by_name(kind: str):
    stream = io.BytesIO()
    Image.effect_mandelbrot((90, 60), (-2, -1.5, 1, 1.5), 40).convert("RGB").save(stream, KINDS[kind])
    for number in range(40):
        data = damaged(stream.getvalue(), f"{kind}/{number}")
        with (
            contextlib.suppress(CorruptedFileError, LimitExceededError),
            opened(Source.from_bytes(data, name="bad")) as pages,
        ):
            for page in range(1, min(len(pages), 3) + 1):
                raster = pages.raster(page, 10_000)
                assert raster.width * raster.height <= 10_000


@pytest.mark.parametrize("kind", ["jpg", "png", "tif"])
def test_a_picture_whose_data_end_early_shows_what_is_there(kind: str):
    stream = io.BytesIO()
    Image.effect_noise((400, 300), 40).convert("RGB").save(stream, KINDS[kind])
    whole = stream.getvalue()
    with opened(Source.from_bytes(whole, name="whole")) as pages:
        complete = pages.raster(1, 120_000).pixels
        assert pages.cut_off == set()
    with opened(Source.from_bytes(whole[: len(whole) // 2], name="half")) as pages:
        half = pages.raster(1, 120_000).pixels
        assert pages.cut_off == {1}
    # a third at least is as it was, the last row is blank
    assert half[: len(half) // 3] == complete[: len(half) // 3]
    assert len(set(half[-1200:])) == 1


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path):
    """A PNG of 60,000 × 60,000 pixels in a hundred bytes (3.6 thousand million pixels)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 10)) + chunk(b"IEND", b"")
    )
    with pytest.raises((LimitExceededError, CorruptedFileError)), opened(Source.from_path(path)) as pages:
        pages.raster(1, 1000)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\nrubbish", b"\xff\xd8\xff\xe0", b"II*\x00\xff\xff\xff\xff"])
def test_rubbish_is_a_typed_error(data: bytes):
    with pytest.raises(CorruptedFileError, match="damaged"), opened(Source.from_bytes(data, name="bad")) as pages:
        pages.raster(1, 1000)


def test_other_decoders_of_pillow_see_no_file(tmp_path: Path):
    path = tmp_path / "picture.gif"
    Image.new("L", (4, 4)).save(path)
    with pytest.raises(CorruptedFileError), opened(Source.from_path(path)):
        pass
