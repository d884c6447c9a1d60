"""What is drawn on a picture, before anything is read."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pybase_extraction_ocr.ink import Ink, is_inverted


def paper(level: int = 255, size: tuple[int, int] = (1600, 1200)) -> Image.Image:
    return Image.new("RGB", size, (level,) * 3)


def written(image: Image.Image, place: tuple[int, int], text: str, size: int) -> Image.Image:
    ImageDraw.Draw(image).text(place, text, font=ImageFont.load_default(size=size), fill=(20, 20, 120))
    return image


def pixels(image: Image.Image) -> np.ndarray:
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def is_inside(place: tuple[int, int, int, int], regions: tuple[tuple[int, int, int, int], ...]) -> bool:
    x0, top, x1, bottom = place
    return any(r[0] <= x0 and r[1] <= top and r[2] >= x1 and r[3] >= bottom for r in regions)


def test_lettering_is_looked_for_where_marks_are():
    image = written(written(paper(), (100, 100), "120.5", 40), (1300, 1000), "SCALE 1:2", 40)
    found = Ink(pixels(image)).lettering()
    assert is_inside((100, 110, 190, 140), found.regions)
    assert is_inside((1300, 1010, 1480, 1040), found.regions)
    area = sum((x1 - x0) * (bottom - top) for x0, top, x1, bottom in found.regions)
    assert area < 0.2 * 1600 * 1200


def test_long_strokes_are_no_letters():
    image = paper()
    draw = ImageDraw.Draw(image)
    draw.rectangle((50, 50, 1550, 1150), outline=0, width=3)
    draw.line((200, 300, 1400, 300), fill=0, width=2)
    assert Ink(pixels(image)).lettering().regions == ()


@pytest.mark.parametrize(("size", "low", "high"), [(60, 0.4, 0.8), (24, 0.85, 1.0), (9, 1.2, 1.5)])
def test_the_scale_follows_the_height_of_the_lettering(size: int, low: float, high: float):
    image = written(paper(), (100, 100), "THREE HOLES 12 DEEP", size)
    assert low <= Ink(pixels(image)).lettering().scale <= high


def test_rules_are_seen_on_shaded_faces():
    image = paper()
    draw = ImageDraw.Draw(image)
    draw.rectangle((300, 300, 1200, 900), fill=(190, 180, 250))
    draw.line((400, 600, 1100, 600), fill=(0, 0, 160), width=3)
    assert any(
        x0 <= 402 and x1 >= 1098 and 595 < top < bottom < 606 for x0, top, x1, bottom in Ink(pixels(image)).rules()
    )


@pytest.mark.parametrize("angle", [-2.0, -0.7, 0.4, 1.5])
def test_the_skew_of_a_scan_is_told_by_its_frame(angle: float):
    image = written(paper(), (300, 300), "THREE HOLES 12 DEEP", 40)
    ImageDraw.Draw(image).rectangle((100, 100, 1500, 1100), outline=0, width=3)
    turned = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor="white")
    assert Ink(pixels(turned)).skew() == pytest.approx(angle, abs=0.1)


def test_a_level_page_has_no_skew():
    image = written(paper(), (300, 300), "THREE HOLES 12 DEEP", 40)
    draw = ImageDraw.Draw(image)
    draw.rectangle((100, 100, 1500, 1100), outline=0, width=3)
    for x in range(200, 1400, 20):  # hatched
        draw.line((x, 500, x + 400, 900), fill=0)
    assert Ink(pixels(image)).skew() == 0
    assert Ink(pixels(paper())).skew() == 0


def test_white_on_black_is_inverted():
    assert is_inverted(pixels(paper(20)))
    assert not is_inverted(pixels(paper(230)))


def test_an_empty_picture_has_nothing():
    ink = Ink(np.full((40, 1, 3), 255, dtype=np.uint8))
    assert (ink.rules(), ink.lettering().regions) == ([], ())
