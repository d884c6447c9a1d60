"""What the reader of a callout knows before it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pybase_extraction.results.base import UnitOrigin

DecimalSeparator = Literal[",", "."]


@dataclass(frozen=True, slots=True)
class CalloutContext:
    """What is known about the sheet a text stands on.

    Attributes:
        unit: Unit symbol of lengths without a unit of their own, None when the sheet does not declare one.
        unit_origin: How ``unit`` is known.
        decimal_separator: From ``vote_decimal_separator``; None reads either sign as a decimal sign where possible.
        standard: The standards the sheet follows, where that is known.
        font: Name of the font of the text; letters of CAD symbol fonts are read as symbols.
        measured: What ``<>`` stands for in a DXF dimension text, in ``unit`` (degrees for angles), or None.
        strict: Give values only for a text that is a callout from its first to its last token; prose with numbers,
            dates, scales, part numbers and addresses give nothing.
    """

    unit: str | None = None
    unit_origin: UnitOrigin = UnitOrigin.DECLARED
    decimal_separator: DecimalSeparator | None = None
    standard: Literal["ISO", "ASME"] | None = None
    font: str | None = None
    measured: float | None = None
    strict: bool = False
