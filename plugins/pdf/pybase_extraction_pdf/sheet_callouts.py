"""What the lettering of a drawing sheet says besides its blocks: dimensions and their kin, notes, the unit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pybase_extraction.drawing import CalloutContext, apply_general, read_callouts, vote_decimal_separator
from pybase_extraction.results import (
    BBox,
    Datum,
    Dimension,
    FeatureControlFrame,
    GeneralTolerance,
    Issue,
    Locator,
    Note,
    Provenance,
    Severity,
    SurfaceTexture,
    Thread,
    UnitOrigin,
    Value,
)
from pybase_extraction_pdf.primitives import PageContent, Word
from pybase_extraction_pdf.text import Line, lines_of

_UNITS = (
    (re.compile(r"\b(?:all\s+)?dim(?:ension)?s?\b[^.]{0,40}\b(?:millimet(?:re|er)s?|mm)\b", re.IGNORECASE), "mm"),
    (re.compile(r"\b(?:alle\s+)?ma(?:ß|ss)e?\b[^.]{0,30}\bmm\b", re.IGNORECASE), "mm"),
    (re.compile(r"\bdim(?:ension)?s?\b[^.]{0,40}\binch(?:es)?\b", re.IGNORECASE), "in"),
    (re.compile(r"\b(?:cotes?|medidas?|quote)\b[^.]{0,30}\bmm\b", re.IGNORECASE), "mm"),
)
"""A sentence by which a sheet declares the unit of its dimensions."""
_NOTES = re.compile(
    r"\A\s*(?:general\s+)?(?:notes?|hinweise?|bemerkungen|remarques|notas?|技术要求)\s*:?\s*\Z", re.IGNORECASE
)
_NUMBERED = re.compile(r"\A\s*(\d{1,2}|[a-z])\s*[.)、]\s+(\S.*)\Z", re.DOTALL)

CALLOUT_SECTIONS: dict[str, type[Value]] = {
    "dimensions": Dimension,
    "threads": Thread,
    "feature_control_frames": FeatureControlFrame,
    "surface_textures": SurfaceTexture,
    "datums": Datum,
}
"""Section of the result by kind of callout."""


def notes_of(lines: Sequence[Line], number: int) -> Iterator[Note]:
    """Numbered notes that stand below a heading such as NOTES."""
    heading = next((line for line in lines if _NOTES.match(line.text)), None)
    if heading is None:
        return
    for line in sorted(lines, key=lambda item: item.bbox[1]):
        match = _NUMBERED.match(line.text)
        is_below = line.bbox[1] > heading.bbox[1] and abs(line.bbox[0] - heading.bbox[0]) < 40
        if match and is_below:
            place = Provenance(place=Locator(page=number, bbox=line.bbox), method="numbered-note")
            yield Note(text=match[2].strip(), number=match[1], raw=line.text, provenance=place)


def declared_unit(lines: Iterable[Line]) -> str | None:
    """The unit that a sentence on the sheet declares for its dimensions; None when none does, or two differ."""
    found = {unit for line in lines for pattern, unit in _UNITS if pattern.search(line.text)}
    return found.pop() if len(found) == 1 else None


@dataclass(slots=True)
class SheetCallouts:
    """What the callouts of a sheet say.

    Attributes:
        sections: Values by section of the result.
        issues: What is doubtful about them.
    """

    sections: dict[str, list[Any]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)


def read_sheet_callouts(
    page: PageContent, words: Sequence[Word], taken: Sequence[BBox], general: Sequence[GeneralTolerance]
) -> SheetCallouts:
    """Read dimensions, threads, frames, texture and datums from the lettering of a sheet.

    Args:
        page: What the page draws.
        words: Its words, each in the direction in which it runs.
        taken: Boxes whose text is something else: title block, tables, notes.
        general: General tolerances that the title block states.
    """
    lines = lines_of(words)
    unit = declared_unit(lines)
    values = [_tolerated(value, general) for value in _values_of(lines, taken, page.number, unit)]
    found = SheetCallouts(
        {name: [item for item in values if isinstance(item, kind)] for name, kind in CALLOUT_SECTIONS.items()}
    )
    if values and unit is None:
        message = f"Page {page.number} declares no unit for its dimensions."
        place = Locator(page=page.number)
        found.issues.append(Issue(code="units-undeclared", severity=Severity.WARNING, message=message, place=place))
    return found


def _tolerated(value: Value, general: Sequence[GeneralTolerance]) -> Value:
    """A dimension with the deviations of the first general tolerance that covers it."""
    for tolerance in general:
        if isinstance(value, Dimension):
            value = apply_general(value, tolerance)
    return value


def _values_of(lines: Sequence[Line], taken: Sequence[BBox], number: int, unit: str | None) -> list[Value]:
    free = [line for line in lines if not any(_holds(box, line.bbox) for box in taken)]
    separator = vote_decimal_separator(line.text for line in free)
    found: list[Value] = []
    for line in free:
        context = CalloutContext(
            unit=unit, unit_origin=UnitOrigin.DECLARED, decimal_separator=separator, font=line.font, strict=True
        )
        provenance = Provenance(place=Locator(page=number, bbox=line.bbox), method="callout")
        found += [
            value.model_copy(update={"provenance": provenance, "raw": value.raw or line.text})
            for value in read_callouts(line.text, context=context)
        ]
    return found


def _holds(box: Sequence[float], inner: BBox) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
