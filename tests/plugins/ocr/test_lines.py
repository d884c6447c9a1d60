"""Lines of text read at any angle, and stacked ones."""

from __future__ import annotations

import math
from functools import partial
from itertools import chain, repeat

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pybase_extraction.raster import Raster
from pybase_extraction_ocr.boxes import TextBox
from pybase_extraction_ocr.lines import part_of
from pybase_extraction_ocr.recognition import read_raster
from pybase_extraction_ocr.stacks import rows_of

HEIGHT = 36


def text(words: str, size: int = HEIGHT) -> Image.Image:
    font = ImageFont.load_default(size=size)
    image = Image.new("RGB", (round(font.getlength(words)) + 20, round(1.5 * size)), "white")
    ImageDraw.Draw(image).text((10, 4), words, font=font, fill=0)
    return image


def raster(image: Image.Image) -> Raster:
    return Raster(*image.size, image.tobytes(), (0.0, 0.0, *map(float, image.size)))


def sheet(*parts: tuple[Image.Image, tuple[int, int]]) -> Raster:
    image = Image.new("RGB", (700, 500), "white")
    for part, place in parts:
        image.paste(part, place)
    return raster(image)


@pytest.mark.parametrize("angle", [30, -30])
def test_a_word_that_runs_aslant_has_its_angle_and_height(angle: int):
    page = sheet((text("12.5 +0.2").rotate(angle, expand=True, fillcolor="white"), (200, 150)))
    words = read_raster(page, lambda: None).words
    assert [word.text for word in words] == ["12.5", "+0.2"]
    assert all(word.angle == pytest.approx(angle, abs=4) for word in words)
    assert all(0.7 * HEIGHT < (word.height or 0) < 1.8 * HEIGHT for word in words)
    first, second = [((word.bbox[0] + word.bbox[2]) / 2, (word.bbox[1] + word.bbox[3]) / 2) for word in words]
    assert math.degrees(math.atan2(first[1] - second[1], second[0] - first[0])) == pytest.approx(angle, abs=8)


@pytest.mark.parametrize("number", ["38", "16", "5"])
def test_digits_that_lie_on_their_sides_run_upwards(number: str):
    page = sheet((text(number).rotate(90, expand=True), (200, 150)), (text("SECTION A"), (380, 300)))
    words = [word for word in read_raster(page, lambda: None).words if word.text[0].isdecimal()]
    assert [(word.text, word.turn) for word in words] == [(number, 90)]


def test_words_have_the_places_of_their_letters():
    font = ImageFont.load_default(size=HEIGHT)
    page = sheet((text("WIDE iii 25"), (100, 100)))
    found = {word.text: word.bbox for word in read_raster(page, lambda: None).words}
    start = 110 + font.getlength("WIDE iii ")
    assert found["25"][0] == pytest.approx(start, abs=0.3 * HEIGHT)


def test_white_strokes_on_black_are_read():
    page = sheet((text("120.5"), (200, 150)))
    dark = Raster(page.width, page.height, bytes(255 - level for level in page.pixels), page.box)
    assert [word.text for word in read_raster(dark, lambda: None).words] == ["120.5"]


def test_near_the_deadline_the_rest_is_left_unread():
    page = sheet((text("FIRST"), (100, 100)), (text("SECOND"), (100, 300)))
    clocks = (chain([60.0] * count, repeat(4.0)) for count in range(6))
    found = [read_raster(page, lambda: None, partial(next, clock)) for clock in clocks]
    counts = [len(reading.words) for reading in found if reading.is_cut_short]
    assert counts == sorted(counts)
    assert set(counts) == {0, 1}
    assert (len(found[-1].words), found[-1].is_cut_short) == (2, False)


def test_an_empty_page_is_not_read():
    assert read_raster(sheet(), lambda: None).words == ()


def stacked(upper: str, lower: str, before: str = "25") -> Image.Image:
    image = Image.new("RGB", (240, 90), "white")
    draw = ImageDraw.Draw(image)
    draw.text((14, 24), before, font=ImageFont.load_default(size=36), fill=0)
    small = ImageFont.load_default(size=26)
    draw.text((90, 12), upper, font=small, fill=0)
    draw.text((90, 46), lower, font=small, fill=0)
    return image.crop((0, 10, 240, 80))


def test_stacked_deviations_are_two_lines_behind_a_size():
    size, upper, lower = (row.box for row in rows_of(np.asarray(stacked("+0.2", "-0.1"))))
    assert size[2] < upper[0]
    assert upper[3] < 0.55
    assert lower[1] > 0.45


def test_the_lines_of_a_stack_are_read_apart():
    page = sheet((stacked("+0.2", "-0.1").rotate(30, expand=True, fillcolor="white"), (200, 150)))
    assert {word.text for word in read_raster(page, lambda: None).words} == {"25", "+0.2", "-0.1"}


def test_stacked_limits_are_two_lines():
    assert len(rows_of(np.asarray(stacked("25.2", "24.8", before="")))) == 2


def test_one_line_is_not_cut():
    assert rows_of(np.asarray(text("25 +0.2 -0.1"))) == []
    assert rows_of(np.asarray(text("i:= %"))) == []


def test_what_stands_in_a_frame_aslant_is_no_size():
    frame = Image.new("RGB", (330, 60), "white")
    draw = ImageDraw.Draw(frame)
    for left, right in ((4, 64), (64, 180), (180, 240), (240, 300)):
        draw.rectangle((left, 4, right, 54), outline=0, width=3)
    draw.ellipse((20, 16, 46, 42), outline=0, width=2)  # a symbol that the recogniser does not know
    for left, word in ((78, "0.75"), (196, "A"), (256, "B")):
        draw.text((left, 8), word, font=ImageFont.load_default(size=HEIGHT), fill=0)
    page = sheet((frame.rotate(30, expand=True, fillcolor="white"), (200, 150)))
    found = [word.text for word in read_raster(page, lambda: None).words if "0.75" in word.text]
    assert len(found) == 1
    assert found[0].startswith("|")


@pytest.mark.parametrize(
    ("turn", "box"),
    [(0, (25.0, 0.0, 50.0, 40.0)), (90, (0.0, 20.0, 100.0, 30.0)), (270, (0.0, 10.0, 100.0, 20.0))],
)
def test_a_part_of_a_line_lies_along_it(turn: int, box: tuple[float, ...]):
    assert part_of(TextBox((0, 0, 100, 40)), turn, (0.25, 0, 0.5, 1)).box == pytest.approx(box)  # type: ignore[arg-type]
