"""Pictures of drawings: what is drawn, what is drawn over it, and what is not."""

import base64
import io
import re
import xml.etree.ElementTree as ET

import ezdxf
import pytest
from PIL import Image

from tests.plugins.dxf.test_reading import codes, extract

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def document():
    document = ezdxf.new("R2018", setup=True, units=4)
    space = document.modelspace()
    space.add_lwpolyline([(0, 0), (200, 0), (200, 100), (0, 100)], close=True, dxfattribs={"color": 1})
    space.add_linear_dim((0, -20), (0, 0), (200, 0)).render()
    document.paperspace().add_circle((50, 50), 20)
    return document


@pytest.fixture(scope="module")
def pictures(document):
    return extract(document, preview="both", preview_size=400).pictures


def data_of(picture):
    return base64.b64decode(picture.data)


def test_every_layout_with_content_is_drawn_in_both_forms(pictures):
    named = [(picture.name, picture.media_type) for picture in pictures]
    kinds = ("image/svg+xml", "image/png")
    assert named == [(f"preview-{layout}", kind) for layout in ("Model", "Layout1") for kind in kinds]


def test_the_png_shows_the_outline_where_it_is(pictures):
    image = Image.open(io.BytesIO(data_of(pictures[1]))).convert("RGB")
    assert image.size == (pictures[1].width, pictures[1].height)
    assert max(image.size) == 400
    red = [(x, y) for x in range(image.width) for y in range(image.height) if image.getpixel((x, y)) == (255, 0, 0)]
    # 200 units are the width of the picture but for its margins of 3 % on both sides: 376 pixels, give or take ends
    width = max(x for x, _ in red) - min(x for x, _ in red)
    height = max(y for _, y in red) - min(y for _, y in red)
    assert width / height == pytest.approx(2, rel=0.02)
    assert 340 <= width <= 377


def test_the_svg_is_well_formed_and_marks_the_dimension(pictures):
    root = ET.fromstring(data_of(pictures[0]))
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert len(titles) == 1
    assert titles[0].startswith("dimension")
    # the box is around the letters, not around the whole dimension
    mark = next(rect for rect in root.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None)
    assert float(mark.get("width")) < 100


def test_overlays_can_be_left_out(document):
    (picture, _) = extract(document, preview="svg", preview_overlays=False).pictures
    assert b"<title>" not in data_of(picture)


def test_texts_cannot_leave_the_svg(document):
    other = ezdxf.new("R2018", setup=True, units=4)
    override = '<script>alert("&")</script>\x01'
    other.modelspace().add_linear_dim((0, 10), (0, 0), (100, 0), text=override).render()
    (picture,) = extract(other, preview="svg").pictures
    root = ET.fromstring(data_of(picture))
    assert not list(root.iter(f"{SVG}script"))


def test_files_that_a_drawing_names_are_not_opened(tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (8, 8), (1, 2, 3)).save(secret)
    other = ezdxf.new("R2018", units=4)
    definition = other.add_image_def(str(secret), (8, 8))
    other.modelspace().add_image(definition, (0, 0), (80, 80))
    (picture,) = extract(other, preview="png", preview_size=100).pictures
    colors = {color for _, color in Image.open(io.BytesIO(data_of(picture))).getcolors(100_000)}
    assert (1, 2, 3) not in colors


@pytest.mark.parametrize("kind", ["self", "many"])
def test_blocks_without_end_are_not_drawn(kind):
    other = ezdxf.new("R2018", units=4)
    block = other.blocks.new("B")
    block.add_line((0, 0), (1, 0))
    grid = {} if kind == "self" else {"row_count": 2000, "column_count": 2000, "row_spacing": 1, "column_spacing": 1}
    if kind == "self":
        block.add_blockref("B", (1, 1))
    other.modelspace().add_blockref("B", (0, 0), grid)
    result = extract(other, preview="svg")
    assert result.pictures == ()
    assert "preview-left-out" in codes(result)


def test_a_picture_is_bounded_and_says_so(document, monkeypatch):
    monkeypatch.setattr("pybase_extraction_dxf.preview.MAX_POINTS", 20)
    result = extract(document, preview="svg")
    assert "preview-cut" in codes(result)
    assert len(result.pictures) == 1


def test_damaged_drawings_give_values_without_a_picture(document):
    data = re.sub(rb"(?s)\n  0\nENDSEC.*", b"\n  0\n", b"  0\nSECTION\n  2\nENTITIES\n  0\nLINE\n 10\nx\n")
    result = extract(data, preview="svg")
    assert result.format == "dxf"
    assert len(result.pictures) <= 1


def test_no_picture_is_made_without_being_asked(document):
    assert extract(document).pictures == ()


@pytest.mark.parametrize("number", ["nan", "1e400", "-1e30"])
def test_numbers_without_end_are_not_drawn(number):
    text = f"0\nTEXT\n8\nA\n10\n{number}\n20\n0\n40\n{number}\n1\nhi\n0\nLINE\n8\nA\n10\n0\n20\n0\n11\n9\n21\n9\n"
    data = f"0\nSECTION\n2\nENTITIES\n{text}0\nENDSEC\n0\nEOF\n".encode()
    (picture,) = extract(data, preview="svg").pictures
    assert data_of(picture).count(b"<path") == 1


def test_what_is_white_on_a_dark_screen_is_black_on_a_white_sheet():
    document = ezdxf.new("R2018", setup=True, units=4)
    space = document.modelspace()
    space.add_line((0, 0), (100, 0), {"color": 7})
    space.add_line((0, 10), (100, 10), {"true_color": 0xFFFFFF})
    space.add_line((0, 20), (100, 20), {"color": 255})
    space.add_text("WORD", height=9, dxfattribs={"true_color": 0xFFFFFF})
    picture = extract(document, preview="svg", preview_overlays=False).pictures[0]
    drawn = list(ET.fromstring(data_of(picture)).iter(f"{SVG}path"))
    colors = {path.get("stroke") or path.get("fill") for path in drawn}
    assert colors == {"#000000"}
    assert sum(path.get("d").count("M") for path in drawn if path.get("stroke")) >= 3
