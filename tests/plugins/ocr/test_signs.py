"""Diameter and degree signs that a recogniser does not know."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pybase_extraction_ocr.signs import SEEN, TOLD, Shapes, shapes_of, with_signs
from tests.plugins.ocr.pictures import letter

RING, DEGREE = Shapes(diameter_at=0.0), Shapes(ends_with_degree=True, letters=2)


@pytest.mark.parametrize(
    ("raw", "shapes", "text", "factor"),
    [
        ("∅20", Shapes(), "⌀20", 1),  # the recogniser's own sign is only written one way
        ("ø8,5 H7", Shapes(), "⌀8,5 H7", 1),
        ("2x08,80 H8", Shapes(), "2x⌀8,80 H8", TOLD),
        ("034.8", Shapes(), "⌀34.8", TOLD),
        ("025", RING, "⌀25", SEEN),
        ("25", RING, "⌀25", SEEN),
        ("2x8.4", RING, "2x⌀8.4", SEEN),
        (".438±.005", RING, "⌀.438±.005", SEEN),
        ("040±0.15", Shapes(), "⌀40±0.15", TOLD),
        ("0", Shapes(diameter_at=0.0, letters=1), "⌀", SEEN),
        ("45", DEGREE, "45°", SEEN),
        ("450", DEGREE, "45°", SEEN),
        ("45o", DEGREE, "45°", SEEN),
        ("20.032006", Shapes(), "20.03.2006", TOLD),  # a day without its second full stop
        ("20.132006", Shapes(), "20.132006", 1),
        ("20.031006", Shapes(), "20.031006", 1),
        # what is a number stays one
        ("0.2", Shapes(), "0.2", 1),
        ("025", Shapes(), "025", 1),  # a number of a part, a date
        ("2x0.5", Shapes(), "2x0.5", 1),
        ("0815", Shapes(), "0815", 1),
        ("REV 01", RING, "REV 01", 1),
        ("450", Shapes(), "450", 1),
        ("0", Shapes(letters=1), "0", 1),
    ],
)
def test_signs_are_put_back_where_the_picture_or_the_number_tells(raw: str, shapes: Shapes, text: str, factor: float):
    assert with_signs(raw, 0.99, shapes) == (text, pytest.approx(0.99 * factor))


def line(text: str) -> np.ndarray:
    image = Image.new("RGB", (240, 56), "white")
    letter(ImageDraw.Draw(image), (12, 6), text, 36)
    return np.asarray(image)


@pytest.mark.parametrize("text", ["⌀25", "⌀ 8.4", "2x⌀8"])
def test_a_struck_ring_is_seen(text: str):
    assert shapes_of(line(text)).diameter_at is not None


@pytest.mark.parametrize("text", ["825", "R08", "B60", "025", "&8", "69%"])
def test_letters_with_two_holes_are_no_struck_ring(text: str):
    assert shapes_of(line(text)).diameter_at is None


def test_a_small_ring_at_the_end_is_a_degree_sign():
    assert shapes_of(line("45°")).ends_with_degree
    assert not shapes_of(line("450")).ends_with_degree
    assert not shapes_of(line("45")).ends_with_degree


def test_a_frame_around_the_text_does_not_hide_its_signs():
    framed = line("45°").copy()
    framed[2:4, 4:110] = framed[52:54, 4:110] = framed[2:54, 4:6] = framed[2:54, 108:110] = 0
    assert shapes_of(framed[:, :114]).ends_with_degree
