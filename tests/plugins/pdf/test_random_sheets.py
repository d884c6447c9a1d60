"""Sheets with callouts that nobody chose: sizes, deviations, type, signs and directions drawn by lot, read back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.sheets import ADVANCE, HEIGHT, WIDTH, DrawingSheet

KINDS = {"": "linear", "⌀": "diameter", "R": "radius", "drawn": "diameter"}
COLUMNS, ROWS = 5, 4


@dataclass(frozen=True)
class Callout:
    """A callout as it is drawn."""

    sign: str
    size: str
    upper: str | None
    lower: str | None
    is_stacked: bool
    count: int
    angle: int
    height: float
    small: float

    @property
    def fact(self) -> tuple[object, ...]:
        limits = (None, None) if self.upper is None else (float(self.upper), float(self.lower or 0))
        return (KINDS[self.sign], float(self.size), *limits, self.count)

    def draw(self, sheet: DrawingSheet, x: float, y: float) -> None:
        angle, height = self.angle, self.height

        def at(along: float, across: float) -> tuple[float, float]:
            turned = {0: (x + along, y + across), 90: (x + across, y - along), -90: (x - across, y + along)}
            return turned[angle]

        along = 0.0
        if self.count > 1:
            sheet.text(*at(along, 0), f"{self.count}X", height, angle)
            along += (len(f"{self.count}X") + 0.8) * ADVANCE * height
        if self.sign == "drawn":
            middle = at(along + 0.35 * height, -0.35 * height)
            sheet.circle(*middle, 0.3 * height, sides=24)
            ends = (at(along + 0.11 * height, 0.07 * height), at(along + 0.59 * height, -0.77 * height))
            sheet.line(*ends[0], *ends[1])
            along += 0.8 * height
        text = self.size if self.sign == "drawn" else self.sign + self.size
        sheet.text(*at(along, 0), text, height, angle)
        along += (len(text) + 0.4) * ADVANCE * height
        sheet.line(*at(-height, 0.4 * height), *at(along, 0.4 * height))
        if self.upper is None or self.lower is None:
            return
        if not self.is_stacked:
            sheet.text(*at(along, 0), f"{self.upper}/{self.lower}", height, angle)
            return
        sheet.text(*at(along, -0.35 * height - 0.1 * self.small), self.upper, self.small, angle)
        sheet.text(*at(along, -0.35 * height + 0.95 * self.small), self.lower, self.small, angle)


@st.composite
def callouts(draw: st.DrawFn) -> Callout:
    sign = draw(st.sampled_from(sorted(KINDS)))
    places = draw(st.integers(0, 3))
    size = f"{draw(st.integers(3_000, 300_000)) / 1000:.{places}f}"
    deviations = draw(st.sampled_from([None, ("+0.1", "-0.2"), ("+0.05", "0"), ("0", "-0.021"), ("-0.1", "-0.3")]))
    height = draw(st.sampled_from([7.0, 9.5, 12.0]))
    small = height * draw(st.sampled_from([0.6, 0.7, 1.0]))
    count = draw(st.sampled_from([1, 1, 1, 2, 16])) if sign else 1
    angle = draw(st.sampled_from([0, 0, 90, -90]))
    upper, lower = deviations or (None, None)
    return Callout(sign, size, upper, lower, draw(st.booleans()), count, angle, height, small)


@given(found=st.lists(callouts(), min_size=1, max_size=COLUMNS * ROWS))
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_drawn_is_read(found: list[Callout]) -> None:
    sheet = DrawingSheet()
    for index, callout in enumerate(found):
        row, column = divmod(index, COLUMNS)
        x = 60 + (WIDTH - 100) / COLUMNS * column + (80 if callout.angle else 0)
        y = 110 + (HEIGHT - 120) / ROWS * row + {0: 0, 90: 80, -90: -80}[callout.angle]
        callout.draw(sheet, x, y)
    with TemporaryDirectory() as folder:
        source = Source.from_path(sheet.write(Path(folder) / "sheet.pdf"))
        result = PdfExtractor().extract(source, PdfOptions(extract_dimensions=True), ExtractionContext())
    read = [(item.kind.value, item.nominal, item.upper, item.lower, item.quantity) for item in result.dimensions]
    assert sorted(read, key=str) == sorted((callout.fact for callout in found), key=str)
