"""A page with what was found drawn on it: at the right place, named, coloured, bounded."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

from pybase_extraction.errors import EncryptedFileError, FormatMismatchError, SourceNotFoundError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.pictures.overlay import Overlay, cropped
from pybase_extraction.pictures.whereabouts import remember
from pybase_extraction.raster import Raster, bounded_scale
from pybase_extraction.results import ExtractionResult, Provenance, TextBlock
from pybase_extraction.source import Locator, Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.documents import write
from tests.plugins.pdf.test_encryption import locked  # noqa: F401 -- a fixture

WORDS = b"BT /F 12 Tf 60 150 Td (NORTH) Tj ET BT /F 20 Tf 150 70 Td (EAST) Tj ET BT /F 9 Tf 70 40 Td (SOUTH) Tj ET"
SVG = "{http://www.w3.org/2000/svg}"


def read(path: Path, **options: object) -> ExtractionResult:
    source = Source.from_path(path)
    remember(source)
    return PdfExtractor().extract(source, PdfOptions.model_validate(options), ExtractionContext())


@pytest.fixture
def result(tmp_path: Path) -> ExtractionResult:
    return read(write(tmp_path / "words.pdf", WORDS))


def dark(raster: Raster) -> Image.Image:
    """White where the page is dark."""
    image = Image.frombytes("RGB", (raster.width, raster.height), raster.pixels).convert("L")
    return image.point([255 if level < 128 else 0 for level in range(256)])


@pytest.mark.parametrize("box", [b"", b"/CropBox[40 20 260 180]", b"/MediaBox[30 -20 330 180]"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_lie_on_the_ink_of_their_words(tmp_path: Path, rotation: int, box: bytes):
    path = write(tmp_path / "turned.pdf", WORDS, page=b"/Rotate %d" % rotation + box)
    result = read(path)
    blocks = {block.text: block.provenance.place.bbox for block in result.text_blocks}
    assert set(blocks) == {"NORTH", "EAST", "SOUTH"}
    raster = result.page(1).raster()
    ink = dark(raster)
    for place in blocks.values():
        x0, top, x1, bottom = raster.pixels_of(place)
        assert 0 <= x0 < x1 <= raster.width
        assert 0 <= top < bottom <= raster.height
        inside = ink.crop((round(x0), round(top), round(x1), round(bottom)))
        assert inside.getbbox() is not None
        # capitals reach over most of the length of their word
        across, down = inside.getbbox()[2] - inside.getbbox()[0], inside.getbbox()[3] - inside.getbbox()[1]
        assert max(across / inside.width, down / inside.height) > 0.85
        ink.paste(0, (round(x0) - 3, round(top) - 3, round(x1) + 3, round(bottom) + 3))
    assert ink.getbbox() is None  # no ink but that of the words


def test_the_picture_shows_a_box_in_the_colour_of_its_kind_around_each_word(result: ExtractionResult):
    overlay = result.page(1).overlay(["text_blocks"])
    image = Image.open(io.BytesIO(overlay.png())).convert("RGB")
    assert image.size[0] == overlay.raster.width
    assert image.size[1] > overlay.raster.height  # a strip for the legend below the page
    for mark in overlay.marks:
        x0, top, _, _ = overlay.raster.pixels_of(mark.box)
        assert image.getpixel((round(x0) - 1, round(top) - 1)) == (0x8C, 0x8C, 0x8C)
    assert overlay.legend() == [("#8c8c8c", "texts")]


def test_the_svg_has_a_box_with_words_about_it_for_each_mark(result: ExtractionResult):
    overlay = result.page(1).overlay("text_blocks")
    root = ET.fromstring(overlay.svg())
    assert "max-width: 100%" in root.attrib["style"]
    boxes = {
        rect.findtext(f"{SVG}title"): rect for rect in root.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None
    }
    assert set(boxes) == {f"text block: {word}\ntext-layer" for word in ("NORTH", "EAST", "SOUTH")}
    east = boxes["text block: EAST\ntext-layer"]
    place = next(block.provenance.place.bbox for block in result.text_blocks if block.text == "EAST")
    assert float(east.get("x", "")) == pytest.approx(place[0], abs=0.01)
    assert float(east.get("y", "")) == pytest.approx(place[1], abs=0.01)
    assert float(east.get("width", "")) == pytest.approx(place[2] - place[0], abs=0.01)
    assert root.get("viewBox", "").split()[:3] == ["0", "0", "300"]


def test_words_of_a_file_do_not_become_markup(result: ExtractionResult):
    hostile = TextBlock(
        text="</title><script>alert(1)</script>\x00", provenance=Provenance(place=Locator(page=1, bbox=(1, 1, 9, 9)))
    )
    svg = result.model_copy(update={"text_blocks": (hostile,)}).page(1).overlay("text_blocks").svg()
    assert "<script" not in svg
    assert ET.fromstring(svg) is not None


def test_colours_tell_confidence(result: ExtractionResult):
    place = Locator(page=1, bbox=(1, 1, 9, 9))
    found = tuple(
        TextBlock(text=str(sure), provenance=Provenance(place=place, confidence=sure)) for sure in (1.0, 0.0, None)
    )
    overlay = result.model_copy(update={"text_blocks": found}).page(1).overlay(found, color_by="confidence")
    green, red, grey = [overlay._color(mark) for mark in overlay.marks]
    assert (green, red, grey) == ("#14cc14", "#cc1414", "#8c8c8c")
    assert ("#8c8c8c", "not calibrated") in overlay.legend()
    with pytest.raises(ValueError, match="'kind' or 'confidence'"):
        result.page(1).overlay(color_by="mood")  # type: ignore[arg-type]


def test_what_cannot_be_drawn_is_refused_by_name(result: ExtractionResult):
    with pytest.raises(ValueError, match="nothing called 'dimension' to draw; there is text_blocks"):
        result.page(1).overlay(["dimension"])
    with pytest.raises(LookupError, match="no page 7; it has 1"):
        result.page(7)


def test_a_result_from_elsewhere_needs_its_file(result: ExtractionResult, tmp_path: Path):
    path = tmp_path / "words.pdf"
    again = ExtractionResult.model_validate_json(result.model_dump_json())
    unknown = again.model_copy(update={"source": again.source.model_copy(update={"sha256": "0" * 64})})
    with pytest.raises(SourceNotFoundError, match=r"page\(1, source="):
        unknown.page(1).raster()
    with pytest.raises(FormatMismatchError, match="content differs"):
        unknown.page(1, source=path).raster()
    assert again.page(1, source=path.read_bytes()).raster().width > 300


def test_a_file_that_moved_is_named(result: ExtractionResult, tmp_path: Path):
    (tmp_path / "words.pdf").rename(tmp_path / "moved.pdf")
    with pytest.raises(SourceNotFoundError, match="not where it was"):
        result.page(1).overlay("text_blocks")
    assert result.page(1, source=tmp_path / "moved.pdf").overlay("text_blocks").marks


def test_a_file_that_changed_is_refused(result: ExtractionResult, tmp_path: Path):
    write(tmp_path / "words.pdf", b"")
    with pytest.raises(FormatMismatchError, match="content differs"):
        result.page(1).raster()


def test_giant_pages_are_drawn_small(tmp_path: Path):
    result = read(write(tmp_path / "giant.pdf", WORDS, page=b"/MediaBox[0 0 14400 14400]"))
    raster = result.page(1).raster(max_pixels=100_000)
    assert 90_000 < raster.width * raster.height <= 101_000
    assert result.page(1).overlay("text_blocks", max_pixels=100_000).png()


def test_a_ribbon_of_a_page_is_bounded_too():
    width, height = 1_000_000.0, 0.5
    scale = bounded_scale(width, height, 5.0, 10_000)
    assert width * scale <= 10_000
    with pytest.raises(ValueError, match="cannot be drawn"):
        bounded_scale(0, 10, 1, 100)


def test_a_part_of_a_raster_keeps_its_place():
    pixels = bytes(range(27))  # 3 × 3 pixels
    part = cropped(Raster(3, 3, pixels, (10, 20, 40, 50)), (21, 31, 29, 39))
    assert (part.width, part.height) == (1, 1)
    assert part.box == (20, 30, 30, 40)
    assert part.pixels == pixels[12:15]  # row 1, column 1
    with pytest.raises(ValueError, match="outside"):
        cropped(Raster(3, 3, pixels, (10, 20, 40, 50)), (100, 100, 110, 110))


def test_pictures_are_written_as_their_names_say(result: ExtractionResult, tmp_path: Path):
    overlay = result.page(1).overlay("text_blocks")
    assert overlay.save(tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    assert overlay.save(tmp_path / "page.svg").read_text("utf-8").startswith("<svg")
    with pytest.raises(ValueError, match=r"\.png or \.svg"):
        overlay.save(tmp_path / "page.gif")


def test_an_explanation_shows_the_place(result: ExtractionResult):
    why = result.explain("text_blocks[0]")
    picture = Image.open(io.BytesIO(why.picture())).convert("L")
    word = result.text_blocks[0].provenance.place.bbox
    assert picture.width / picture.height < 4
    assert picture.getextrema()[0] < 128
    assert picture.width > 2 * (word[2] - word[0])
    assert "<img" in why._repr_html_()


def test_a_notebook_shows_the_first_page_where_the_file_is(result: ExtractionResult, tmp_path: Path):
    assert "<img" in result._repr_html_()
    (tmp_path / "words.pdf").unlink()
    shown = result._repr_html_()
    assert "<img" not in shown
    assert "NORTH" in shown


def test_results_are_equal_whether_or_not_they_were_drawn(result: ExtractionResult):
    again = ExtractionResult.model_validate_json(result.model_dump_json())
    assert isinstance(result.page(1).overlay("text_blocks"), Overlay)
    assert again == result


def test_an_encrypted_file_needs_its_password_again(locked: Path):  # noqa: F811 -- the fixture
    result = read(locked, password="open")
    with pytest.raises(EncryptedFileError):
        result.page(1).raster()
    assert result.page(1, source=locked, password="open").raster().width
