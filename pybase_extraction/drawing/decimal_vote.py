"""Decimal comma or decimal point: decided once for a document, never number by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pybase_extraction.drawing.context import DecimalSeparator
from pybase_extraction.drawing.normalize import normalize
from pybase_extraction.drawing.tokens import Token, TokenKind, scan

_THREADS = frozenset({"M", "MJ", "Tr", "TR", "Rd"})


def vote_decimal_separator(texts: Iterable[str]) -> DecimalSeparator | None:
    """Decide by vote over a whole document whether its numbers have a decimal comma or a decimal point.

    A text gives one vote for each number that can only be read one way: ``12,5`` and ``0,125`` are decimals,
    ``1,250`` can be either and does not vote, nor do dates and the pitches of threads (``M6×0.75`` comes with a point
    from the libraries of CAD systems, whatever the sheet uses).  A tie, or no vote, is None.
    """
    votes = Counter(sign for text in texts for sign in _votes(text))
    if votes[","] == votes["."]:
        return None
    return "," if votes[","] > votes["."] else "."


def _votes(text: str) -> Iterator[DecimalSeparator]:
    tokens = scan(normalize(text))
    for index, token in enumerate(tokens):
        if token.kind is TokenKind.NUMBER and not _is_pitch(tokens, index) and (sign := _decimal_sign(token.text)):
            yield sign


def _is_pitch(tokens: tuple[Token, ...], index: int) -> bool:
    return index >= 3 and tokens[index - 1].key in {"x", "×"} and tokens[index - 3].text in _THREADS


def _decimal_sign(number: str) -> DecimalSeparator | None:
    signs: list[DecimalSeparator] = ["," if char == "," else "." for char in number if char in ".,"]
    if not signs:
        return None
    last = signs[-1]
    if len(signs) > 1:
        return last if len(set(signs)) == 2 and signs.count(last) == 1 else None
    whole, _, places = number.partition(last)
    is_group = len(places) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return None if is_group else last
