"""pdfminer's parser of a document's objects, with common tokens read by one expression instead of a state machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pdfminer.pdfparser import PDFParser
from pdfminer.psparser import KWD, LIT, PSBaseParser

_REGULAR = rb"""[!"$&'*-.0-;=?-Z\\^-z|~]"""
_TOKEN = re.compile(
    rb"""
    \s*+(?:
        ([-+]?\d++)(?!\.)
        |(/%(regular)b*+)(?=[/%%\[\](<>)\s])
        |([A-Za-z]%(regular)b*+)(?=[/%%\[\](<>)\s])
        |(\[|\]|<<|>>)
        |([-+]?(?:\d+\.\d*+|\.\d++))
        |(\([^()\\]*+\))
        |(<(?:[0-9A-Fa-f]{2})*+>)(?!>)
    )(?=.)
    """
    % {b"regular": _REGULAR},
    re.VERBOSE | re.DOTALL,
)
"""Tokens of regular ASCII characters that need no decoding, with something behind them (ISO 32000-1, 7.2 and 7.3).

A hexadecimal string right before another ``>`` is left to pdfminer, which makes something of its own of the two.
"""


def _literal(token: bytes) -> Any:
    return LIT(token[1:].decode("ascii"))


def _keyword(token: bytes) -> Any:
    return _CONSTANTS[token] if token in _CONSTANTS else KWD(token)


def _string(token: bytes) -> bytes:
    return token[1:-1]


def _hexadecimal(token: bytes) -> bytes:
    return bytes.fromhex(token[1:-1].decode("ascii"))


_CONSTANTS = {b"true": True, b"false": False}
_VALUES: tuple[Callable[[bytes], Any], ...] = (int, _literal, _keyword, KWD, float, _string, _hexadecimal)
"""What becomes of a token, by its group."""


class ObjectParser(PDFParser):  # type: ignore[misc, unused-ignore]
    """Reads the same tokens as pdfminer, which is asked for all that are not simple."""

    def nexttoken(self) -> tuple[int, Any]:
        """Place of the next token in the file, and its value."""
        match = None if self.eof or self._tokens else _TOKEN.match(self.buf, self.charpos)
        if match is None or match.lastindex is None:
            found: tuple[int, Any] = PSBaseParser.nexttoken(self)
            return found
        self.charpos = match.end()
        group = match.lastindex
        return self.bufpos + match.start(group), _VALUES[group - 1](match[group])
