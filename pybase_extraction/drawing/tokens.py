"""Words, numbers and signs of a callout, with their places: the alphabet of the grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from pybase_extraction.drawing.context import DecimalSeparator


class TokenKind(Enum):
    """What a token is."""

    NUMBER = "number"
    WORD = "word"
    SIGN = "sign"
    NEWLINE = "newline"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of normalised text.

    Attributes:
        kind: What it is.
        text: As it stands in the normalised text.
        start: Index of its first character in the normalised text.
        end: Index after its last character.
        is_spaced: White space stands before it.
        value: Of a number; None for digits that are no number, such as ``12.05.2023``.
        decimals: Places after the decimal sign of a number, None when it has no decimal sign.
        key: The text without regard to case.
    """

    kind: TokenKind
    text: str
    start: int
    end: int
    is_spaced: bool = False
    value: Decimal | None = None
    decimals: int | None = None

    key: str = field(init=False)

    def __post_init__(self) -> None:
        # casefold would turn the micro sign into the Greek letter
        object.__setattr__(self, "key", self.text.lower())

    @property
    def is_integer(self) -> bool:
        """Digits only, no leading zero (``007`` counts nothing), at most six of them."""
        return self.value is not None and self.decimals is None and len(self.text) <= 6 and self.text == str(self.value)


_IDEOGRAPH = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_PIECE = re.compile(
    rf"(?P<newline>\n)|(?P<space>[^\S\n]+)|(?P<number>[0-9]+(?:[.,][0-9]+)*)|(?P<ideograph>[{_IDEOGRAPH}])"
    rf"|(?P<word>[^\W\d_{_IDEOGRAPH}]+)|(?P<sign>.)",
    re.DOTALL,
)
_MAX_DIGITS = 18
_LETTER_BEFORE_POINT = frozenset({"r", "sr", "cr", "x", "c", "m", "t", "dia", "s", "d"})
_AFTER_TIMES = frozenset("mrcgdtsøundia")


def scan(text: str, decimal_separator: DecimalSeparator | None = None) -> tuple[Token, ...]:
    """Split a normalised text into tokens; the last one has the kind END.

    Linear in the length of the text: each character is looked at a bounded number of times.
    """
    return tuple(_scan(text, decimal_separator))


def _scan(text: str, separator: DecimalSeparator | None) -> Iterator[Token]:
    is_spaced = False
    previous: Token | None = None
    at = 0
    while at < len(text):
        match = _PIECE.match(text, at)
        assert match is not None
        if match.lastgroup == "space":
            is_spaced, at = True, match.end()
            continue
        token = _token(text, match, previous, is_spaced, separator)
        yield token
        is_spaced, previous, at = False, token, token.end
    yield Token(TokenKind.END, "", len(text), len(text), is_spaced)


def _token(
    text: str, match: re.Match[str], previous: Token | None, is_spaced: bool, separator: DecimalSeparator | None
) -> Token:
    start, end = match.span()
    if match.lastgroup == "number":
        return _number(match.group(), start, is_spaced, separator)
    if match.lastgroup == "newline":
        return Token(TokenKind.NEWLINE, "\n", start, end, is_spaced)
    if match.lastgroup == "ideograph":
        return Token(TokenKind.WORD, match.group(), start, end, is_spaced)
    if match.lastgroup == "word":
        word = _split_times(text, match.group(), start, previous)
        return Token(TokenKind.WORD, word, start, start + len(word), is_spaced)
    if match.group() in ".," and (places := _places(text, end)) and _may_lead(match.group(), previous, is_spaced):
        return _number(match.group() + places, start, is_spaced, separator)
    return Token(TokenKind.SIGN, match.group(), start, end, is_spaced)


def _split_times(text: str, word: str, start: int, previous: Token | None) -> str:
    """``4xM8`` is three tokens more than ``4xlong``: the sign stands alone before a letter that a size can follow."""
    if previous is None or previous.kind is not TokenKind.NUMBER or word[0] not in "xX" or len(word) == 1:
        return word
    if word[1].casefold() not in _AFTER_TIMES:
        return word
    following = text[start + len(word) : start + len(word) + 1]
    return word[0] if len(word) <= 4 and (following.isdecimal() or following in set(" ⌀.=")) else word


def _places(text: str, at: int) -> str:
    match = _DIGITS.match(text, at)
    return match.group() if match else ""


_DIGITS = re.compile("[0-9]+")


def _may_lead(sign: str, previous: Token | None, is_spaced: bool) -> bool:
    """``⌀.438`` begins with a point, ``No.10`` does not."""
    if previous is None or is_spaced or previous.kind is TokenKind.NEWLINE:
        return True
    if previous.kind is TokenKind.NUMBER:
        return False
    if previous.kind is TokenKind.WORD:
        return sign == "." and previous.key in _LETTER_BEFORE_POINT
    return previous.text not in set(".,:;@_")


def _number(text: str, start: int, is_spaced: bool, separator: DecimalSeparator | None) -> Token:
    value, decimals = interpret_number(text, separator)
    return Token(TokenKind.NUMBER, text, start, start + len(text), is_spaced, value, decimals)


def interpret_number(text: str, separator: DecimalSeparator | None) -> tuple[Decimal | None, int | None]:
    """Read digits with decimal and group signs; (None, None) when they are no number, such as a date.

    A comma is a group sign only where the document has a decimal point and three digits follow (ISO 80000-1, 7.3.1
    groups by spaces; the comma as a group sign is US usage).
    """
    signs = [char for char in text if char in ".,"]
    if len(text) > _MAX_DIGITS:
        return None, None
    if not signs:
        return Decimal(text), None
    if len(signs) == 1 and not (signs[0] == "," and separator == "." and _is_grouped(text, ",")):
        return Decimal(text.replace(",", ".")), len(text) - text.index(signs[0]) - 1
    return _interpret_groups(text, signs)


def _interpret_groups(text: str, signs: list[str]) -> tuple[Decimal | None, int | None]:
    group = signs[0]
    if len(set(signs)) == 1:
        return (Decimal(text.replace(group, "")), None) if _is_grouped(text, group) else (None, None)
    decimal = signs[-1]
    whole, _, places = text.rpartition(decimal)
    if decimal in whole or not _is_grouped(whole, group):
        return None, None
    return Decimal(f"{whole.replace(group, '')}.{places}"), len(places)


def _is_grouped(text: str, sign: str) -> bool:
    first, *rest = text.split(sign)
    return 1 <= len(first) <= 3 and not first.startswith("0") and all(len(part) == 3 for part in rest)
