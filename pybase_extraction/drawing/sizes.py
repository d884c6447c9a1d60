"""The number of a dimension with its unit: ``25``, ``.438``, ``1 1/2"``, ``5'-6 1/2"``, ``30°15'``, ``25.021/25.000``.

::

    size   = "<>" | feet-inches | angle | limits | fraction | number, each with an optional unit
    limits = number ("/" | "-" | "..." | newline) number
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from pybase_extraction.drawing.reader import Reader
from pybase_extraction.drawing.tokens import Token, TokenKind
from pybase_extraction.drawing.tolerances import fraction_after, read_angle

_UNIT_WORDS = {
    "mm": "mm", "cm": "cm", "dm": "dm", "µm": "µm", "um": "µm", "in": "in", "inch": "in", "inches": "in", "zoll": "in",
    "ft": "ft",    "mil": "mil", "thou": "mil", "deg": "deg", "毫": "mm",
}  # fmt: skip
_LARGEST_RATIO = Decimal("1.25")


@dataclass(frozen=True, slots=True)
class Size:
    """A number, or two limits, with the unit written beside it.

    Attributes:
        value: The number; the lower one of two limits; None for a measured value that nobody gave.
        upper_limit: The upper one of two limits, or None.
        decimals: Places printed, None when there is no decimal sign.
        unit: Unit symbol as written, ``"deg"`` for angles; None when none is written.
        is_fraction: Written as an inch fraction or in feet and inches.
        is_measured: ``<>``.
    """

    value: Decimal | None
    upper_limit: Decimal | None = None
    decimals: int | None = None
    unit: str | None = None
    is_fraction: bool = False
    is_measured: bool = False


def read_size(reader: Reader, *, limits: bool = True) -> Size | None:
    """Read a size; None when there is none.

    Args:
        reader: Stands before the first digit.
        limits: Two limits of size are a size.
    """
    rules = (_measured, _feet_inches, _angle, _limits, _plain) if limits else (_measured, _feet_inches, _angle, _plain)
    for rule in rules:
        found = reader.attempt(rule)
        if found is not None:
            return found
    return None


def read_ratio(reader: Reader) -> Size | None:
    """Read the ratio of a taper or slope, ``1:10``, as a number."""
    first = reader.accept_number()
    if first is None or not first.value or reader.accept(":") is None:
        return None
    second = reader.accept_number()
    return None if second is None or not second.value else Size(first.value / second.value)


def _measured(reader: Reader) -> Size | None:
    if reader.accept("<") is None or reader.accept_tight(">") is None:
        return None
    given = reader.context.measured
    size = Size(None if given is None else Decimal(repr(given)), is_measured=True)
    return replace(size, unit="deg") if reader.accept("°") else size


def _feet_inches(reader: Reader) -> Size | None:
    feet = reader.accept_number()
    if feet is None or not feet.is_integer or reader.accept_tight("'") is None:
        return None
    assert feet.value is not None
    inches = reader.attempt(_inches)
    if inches is None:
        return Size(feet.value, unit="ft", is_fraction=True)
    return Size(feet.value * 12 + inches, unit="in", is_fraction=True)


def _inches(reader: Reader) -> Decimal | None:
    reader.accept("-")
    token = reader.accept_number()
    if token is None or token.value is None:
        return None
    value = fraction_after(reader, token) or token.value
    return value if value < 12 and reader.accept('"') else None


def _angle(reader: Reader) -> Size | None:
    token, sign = reader.peek(), reader.peek(1)
    if token.kind is not TokenKind.NUMBER or sign.text != "°" or reader.peek(2).text in {"C", "F"}:
        return None
    value = read_angle(reader)
    return None if value is None else Size(value, decimals=token.decimals, unit="deg")


def _plain(reader: Reader) -> Size | None:
    token = reader.accept_number()
    if token is None or token.value is None:
        return None
    fraction = fraction_after(reader, token)
    unit = read_unit(reader)
    if fraction is not None:
        return Size(fraction, unit=unit, is_fraction=True)
    return Size(token.value, decimals=token.decimals, unit=unit)


def _limits(reader: Reader) -> Size | None:
    """Two limits of size are printed alike: as many decimal places, one a little larger than the other."""
    first = reader.accept_number()
    if first is None or reader.accept("/", "-", "\n", "…") is None:
        return None
    separator = reader.tokens[reader.at - 1]
    second = reader.accept_number()
    if second is None or not _are_limits(first, second, separator):
        return None
    assert first.value is not None
    assert second.value is not None
    low, high = sorted((first.value, second.value))
    return Size(low, upper_limit=high, decimals=first.decimals, unit=read_unit(reader))


def _are_limits(first: Token, second: Token, separator: Token) -> bool:
    if not first.value or not second.value or not first.decimals or first.decimals != second.decimals:
        return False
    if separator.text == "-" and separator.is_spaced is not second.is_spaced:
        return False
    low, high = sorted((first.value, second.value))
    return low != high and high / low <= _LARGEST_RATIO


def read_unit(reader: Reader) -> str | None:
    """Read a unit that follows a number; None when none follows."""
    token, after = reader.peek(), reader.peek(1)
    if token.text == '"' and not token.is_spaced:
        reader.take()
        return "in"
    if token.kind is not TokenKind.WORD or (after.kind is TokenKind.NUMBER and not after.is_spaced):
        return None
    unit = "m" if token.text == "m" and not token.is_spaced else _UNIT_WORDS.get(token.key)
    if unit == "in" and token.is_spaced and after.kind is TokenKind.WORD:
        return None  # "10 in the corner"
    if unit is not None:
        reader.at += 2 if token.key == "毫" else 1
    return unit
