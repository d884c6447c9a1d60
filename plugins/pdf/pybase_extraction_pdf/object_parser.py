"""pdfminer's parsers of a document's objects, quicker where the bytes are plain.

Common tokens and lines are read by one expression instead of a state machine, and arrays and dictionaries of nothing
else in one go.  Everything that is not plain is left to pdfminer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pdfminer.pdfparser import PDFParser, PDFStreamParser
from pdfminer.pdftypes import PDFObjRef
from pdfminer.psparser import KWD, LIT, PSBaseParser, PSLiteral

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


_PART = re.compile(
    rb"""
    \s*+(?:
        (/%(regular)b*+)(?=[/%%\[\](<>)\s])
        |(\d++)\s++\d++\s++R(?=[/%%\[\](<>)\s])
        |([-+]?\d++)(?!\.)
        |(<<|\[)
        |(>>|\])
        |([-+]?(?:\d+\.\d*+|\.\d++))
        |(\([^()\\]*+\))
        |(<(?:[0-9A-Fa-f]{2})*+>)(?!>)
        |(true|false)(?=[/%%\[\](<>)\s])
    )(?=.)
    """
    % {b"regular": _REGULAR},
    re.VERBOSE | re.DOTALL,
)
"""Parts of arrays and dictionaries, as :data:`_TOKEN`; a reference is one."""
_NAME, _REFERENCE, _INTEGER, _OPEN, _CLOSE = range(1, 6)
_OTHERS: dict[int, Callable[[bytes], Any]] = {6: float, 7: _string, 8: _hexadecimal, 9: _CONSTANTS.__getitem__}
_LINE = re.compile(rb"[^\r\n]*+(?:\n|\r\n|\r(?=[^\n]))")
"""A line that ends in the buffer for sure."""


class _PlainBytes(PSBaseParser):  # type: ignore[misc, unused-ignore]
    """What parsers read quicker; they have a document that references are of."""

    doc: Any

    def nexttoken(self) -> tuple[int, Any]:
        """Place of the next token in the file, and its value."""
        match = None if self.eof or self._tokens else _TOKEN.match(self.buf, self.charpos)
        if match is None or match.lastindex is None:
            found: tuple[int, Any] = super().nexttoken()
            return found
        self.charpos = match.end()
        group = match.lastindex
        return self.bufpos + match.start(group), _VALUES[group - 1](match[group])

    def nextline(self) -> tuple[int, bytes]:
        """Place of the next line in the file, and its bytes with those that end it."""
        match = _LINE.match(self.buf, self.charpos)
        if match is None:
            found: tuple[int, bytes] = super().nextline()
            return found
        self.charpos = match.end()
        return self.bufpos + match.start(), match[0]

    def whole(self) -> tuple[int, list[Any] | dict[str, Any]] | None:
        """Place of the array or dictionary that begins here, and itself; None where it is not plain or none."""
        if self.eof or self._tokens:
            return None
        buffer, at = self.buf, self.charpos
        start = 0
        opened: list[tuple[bytes, list[Any]]] = []
        items: list[Any] = []
        while match := _PART.match(buffer, at):
            at = match.end()
            kind = match.lastindex
            assert kind is not None
            text = match[kind]
            if kind == _OPEN:
                start = start if opened else match.start(kind)
                opened.append((text, items))
                items = []
            elif not opened:
                return None
            elif kind == _NAME:
                items.append(LIT(text[1:].decode("ascii")))
            elif kind == _REFERENCE:
                items.append(PDFObjRef(self.doc, int(text)))
            elif kind == _INTEGER:
                items.append(int(text))
            elif kind == _CLOSE:
                bracket, outer = opened.pop()
                found = _closed(bracket + text, items)
                if found is None:
                    return None
                if not opened:
                    self.charpos = at
                    return self.bufpos + start, found
                items = outer
                items.append(found)
            else:
                items.append(_OTHERS[kind](text))
        return None


def _closed(brackets: bytes, items: list[Any]) -> list[Any] | dict[str, Any] | None:
    """An array or a dictionary of these items; None where pdfminer has to say what becomes of them."""
    if brackets == b"[]":
        return items
    keys = items[::2]
    if brackets != b"<<>>" or len(items) % 2 or any(type(key) is not PSLiteral for key in keys):
        return None
    return {key.name: value for key, value in zip(keys, items[1::2], strict=True)}


class ObjectParser(_PlainBytes, PDFParser):  # type: ignore[misc, unused-ignore]
    """Reads the same objects as pdfminer, which is asked for all that are not plain."""

    def nextobject(self) -> Any:
        """Place of the next object in the file, and its value."""
        if not self.results and not self.context:
            found = self.whole()
            if found is not None:
                self.push(found)
        return super().nextobject()


class ObjectStreamParser(_PlainBytes, PDFStreamParser):  # type: ignore[misc, unused-ignore]
    """The same for the objects of an object stream (ISO 32000-1, 7.5.7)."""

    BUFSIZ = 1 << 16

    def nextobject(self) -> Any:
        """Place of the next object in the stream, and its value."""
        if not self.results and not self.context:
            found = self.whole()
            if found is not None:
                return found
        return super().nextobject()
