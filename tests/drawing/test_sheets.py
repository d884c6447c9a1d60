"""Standard sheets are told by their size."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing.sheets import sheet_name


@pytest.mark.parametrize(
    ("width", "height", "name"),
    [
        (297, 420, "A3"),
        (420, 297, "A3"),
        (1190.55 * 25.4 / 72, 841.89 * 25.4 / 72, "A3"),  # as PDF writers round it to points
        (210, 297, "A4"),
        (841, 1189, "A0"),
        (17 * 25.4, 11 * 25.4, "ANSI B"),
        (34 * 25.4, 44 * 25.4, "ANSI E"),
        (297, 630, None),  # an elongated sheet
        (300, 420, None),
        (None, 420, None),
    ],
)
def test_a_sheet_is_named_by_its_size(width: float | None, height: float | None, name: str | None) -> None:
    assert sheet_name(width, height) == name
