"""Deviations beside a size: ``±0.1``, ``+0.1/-0.2``, ``0 -0.05``, ``H7``, ``H7/g6``.

::

    tolerance  = "±" amount | signed [separator] signed-or-zero | zero [separator] signed | signed | "(" tolerance ")"
    signed     = ("+" | "-") amount
    amount     = number | fraction, in the unit of the size; in angles degrees, ' and "
    separator  = "/" | "," | ";" | newline
    fit        = class | class "/" class
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pybase_extraction.drawing.fits import ToleranceClass, tolerance_class
from pybase_extraction.drawing.reader import Reader
from pybase_extraction.drawing.tokens import Token, TokenKind
from pybase_extraction.results.drawing import Fit

_SEPARATORS = ("/", ",", ";", "\n")


@dataclass(frozen=True, slots=True)
class Deviations:
    """Upper and lower deviation, signed; None is one that is not written."""

    upper: Decimal | None
    lower: Decimal | None


def read_deviations(reader: Reader, nominal: Decimal, *, is_angle: bool = False) -> Deviations | None:
    """Read the deviations that follow a size, in the unit of the size; None when none follow.

    Args:
        reader: Stands behind the size.
        nominal: The size; a deviation that is not smaller than a size above zero is none (``555-1234`` is no size).
        is_angle: The size is in degrees, so ``'`` and ``"`` are minutes and seconds.
    """
    found = reader.attempt(lambda inner: _deviations(inner, is_angle))
    if found is None:
        found = reader.attempt(lambda inner: _in_parentheses(inner, is_angle))
    return found if found is not None and _is_plausible(found, nominal) else None


def _is_plausible(found: Deviations, nominal: Decimal) -> bool:
    limit = abs(nominal) or None
    return all(value is None or limit is None or abs(value) < limit for value in (found.upper, found.lower))


def _in_parentheses(reader: Reader, is_angle: bool) -> Deviations | None:
    if reader.accept("(") is None:
        return None
    found = _deviations(reader, is_angle)
    return found if found is not None and reader.accept(")") else None


def _deviations(reader: Reader, is_angle: bool) -> Deviations | None:
    if reader.accept("±"):
        amount = read_amount(reader, is_angle)
        return None if amount is None else Deviations(amount, -amount)
    reader.accept("\n")
    first = reader.attempt(lambda inner: _signed(inner, is_angle))
    if first is None:
        first = reader.attempt(lambda inner: _leading_zero(inner, is_angle))
    if first is None:
        return None
    second = reader.attempt(lambda inner: _second(inner, is_angle))
    if second is not None:
        return Deviations(max(first, second), min(first, second))
    if first == 0:
        return None
    return Deviations(first, None) if first > 0 else Deviations(None, first)


def _second(reader: Reader, is_angle: bool) -> Decimal | None:
    reader.accept(*_SEPARATORS)
    value = reader.attempt(lambda inner: _signed(inner, is_angle))
    return value if value is not None else reader.attempt(lambda inner: _zero(inner, is_angle))


def _signed(reader: Reader, is_angle: bool) -> Decimal | None:
    sign = reader.accept("+", "-")
    if sign is None:
        return None
    following = reader.peek()
    if following.is_spaced and sign.text == "-" and not sign.is_spaced:
        return None
    amount = read_amount(reader, is_angle)
    if amount is None:
        return None
    return amount if sign.text == "+" else -amount


def _leading_zero(reader: Reader, is_angle: bool) -> Decimal | None:
    """A zero is a deviation before another deviation only: ``35 0/-0.2``."""
    value = _zero(reader, is_angle)
    if value is None:
        return None
    ahead = 1 if reader.peek().text in _SEPARATORS else 0
    is_signed = reader.peek(ahead).text in {"+", "-"} and reader.peek(ahead + 1).kind is TokenKind.NUMBER
    return value if is_signed else None


def _zero(reader: Reader, is_angle: bool) -> Decimal | None:
    token = reader.accept_number()
    if token is None or token.value != 0:
        return None
    if is_angle:
        reader.accept_tight("°")
    return Decimal(0)


def read_amount(reader: Reader, is_angle: bool = False) -> Decimal | None:
    """Read an unsigned amount; minutes and seconds of arc are given in degrees."""
    if is_angle:
        return read_angle(reader)
    token = reader.accept_number()
    if token is None:
        return None
    assert token.value is not None
    if token.decimals is None and not token.is_integer:
        return None  # "-05" belongs to a date or a number of something
    return fraction_after(reader, token) or token.value


def read_angle(reader: Reader) -> Decimal | None:
    """Read degrees, minutes and seconds: ``30``, ``30°``, ``30'``, ``1°30'15"``; degrees."""
    total: Decimal | None = None
    for sign, divisor in (("°", 1), ("'", 60), ('"', 3600)):
        token = reader.peek()
        if token.kind is not TokenKind.NUMBER or token.value is None:
            break
        if reader.peek(1).text == sign and not (total is not None and token.value >= 60):
            reader.at += 2
            total = (total or Decimal(0)) + token.value / divisor
    if total is not None:
        return total
    plain = reader.accept_number()
    return None if plain is None else plain.value


def fraction_after(reader: Reader, whole: Token) -> Decimal | None:
    """Read the rest of an inch fraction that begins with ``whole``: ``1/2``, ``1 1/2``, ``1-1/2``; None when not.

    A fraction has a denominator of 2, 4, ... 128 and is smaller than one: drawings divide the inch so (ASME Y14.5).
    """
    if whole.value is None or not whole.is_integer:
        return None
    if (proper := _proper(reader, whole)) is not None:
        return proper
    mixed = reader.attempt(_mixed_part)
    return None if mixed is None else whole.value + mixed


def _mixed_part(reader: Reader) -> Decimal | None:
    is_hyphenated = reader.accept_tight("-") is not None
    token = reader.peek()
    if token.kind is not TokenKind.NUMBER or token.is_spaced is is_hyphenated:
        return None
    return _proper(reader, reader.take())


def _proper(reader: Reader, numerator: Token) -> Decimal | None:
    slash, denominator = reader.peek(), reader.peek(1)
    if slash.text != "/" or slash.is_spaced or denominator.is_spaced:
        return None
    if not (numerator.is_integer and denominator.is_integer):
        return None
    assert numerator.value is not None
    assert denominator.value is not None
    if denominator.text not in {"2", "4", "8", "16", "32", "64", "128"} or numerator.value >= denominator.value:
        return None
    reader.at += 2
    return numerator.value / denominator.value


def read_fit(reader: Reader, *, is_marked: bool) -> Fit | None:
    """Read ``H7``, ``g6`` or ``H7/g6`` behind a size.

    Args:
        reader: Stands behind the size.
        is_marked: The size has a sign of its own (⌀): a class may then stand apart whatever it is.  Without one, a
            class that ISO 286-2 does not list, or a spaced ``M6`` which may be a thread, is not taken.
    """
    first = reader.attempt(lambda inner: _class(inner, is_marked))
    if first is None:
        return None
    second = reader.attempt(_second_class)
    parts = (first,) if second is None else (first, second)
    holes = [str(part) for part in parts if part.is_hole]
    shafts = [str(part) for part in parts if not part.is_hole]
    if len(holes) > 1 or len(shafts) > 1:
        return None
    return Fit(hole=holes[0] if holes else None, shaft=shafts[0] if shafts else None)


def _second_class(reader: Reader) -> ToleranceClass | None:
    return _plain_class(reader) if reader.accept("/", "-") else None


def _class(reader: Reader, is_marked: bool) -> ToleranceClass | None:
    is_spaced = reader.peek().is_spaced
    found = _plain_class(reader)
    return None if found is None or _is_something_else(found, is_spaced=is_spaced, is_marked=is_marked) else found


def _plain_class(reader: Reader) -> ToleranceClass | None:
    letters, grade = reader.peek(), reader.peek(1)
    if letters.kind is not TokenKind.WORD or grade.kind is not TokenKind.NUMBER or grade.is_spaced:
        return None
    found = tolerance_class(letters.text, grade.text)
    if found is not None:
        reader.at += 2
    return found


def _is_something_else(found: ToleranceClass, *, is_spaced: bool, is_marked: bool) -> bool:
    """``8×10`` are two sizes, ``4 M6`` may be a thread, ``2 R5`` radii, ``5 C2`` a chamfer, ``3 A4`` paper."""
    if found.letters in {"x", "X"}:
        return not (is_marked and is_spaced)
    if is_marked:
        return False
    return not found.is_tabulated or (is_spaced and found.letters in {"M", "R", "C", "A", "B", "T"})
