"""Tokens of content streams (ISO 32000-1, 7.2 and 7.8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pybase_extraction.errors import LimitExceededError

# numbers and operators first: they are nine of ten tokens, and one class of bytes finds both
_PLAIN = rb"""
    [^\s\[\]()<>/%]+
    |/[^\s()<>\[\]{}/%]*
    |\((?:[^()\\]+|\\.|\((?:[^()\\]+|\\.|\((?:[^()\\]+|\\.|\([^()]*\))*\))*\))*\)
    |<<|>>|<[^>]*>
    |[\[\]]
    |%[^\r\n]*
"""
_TOKEN = re.compile(_PLAIN, re.VERBOSE | re.DOTALL)
_TOKEN_OR_IMAGE = re.compile(rb"BI\b.*?\bID[\s].*?\sEI(?=\s|$)|" + _PLAIN, re.VERBOSE | re.DOTALL)
_ESCAPE = re.compile(rb"\\([nrtbf()\\]|[0-7]{1,3}|\r\n|\r|\n|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\r\n": b"", b"\r": b"", b"\n": b""}
_AT_ONCE = 8 << 20
"""Bytes of a stream whose tokens are listed in one go; longer ones are read in pieces, slower, in less memory."""
_PIECE = 500_000
_NO_HEX = re.compile(rb"[^0-9A-Fa-f]")


def tokens(data: bytes, limit: int) -> Iterator[list[bytes]]:
    """Tokens of a content stream in long pieces that end with an operator; an inline image is one token.

    Args:
        data: Decoded stream.
        limit: Tokens that may be given.

    Raises:
        LimitExceededError: There are more; raised when they are reached.
    """
    pattern = _TOKEN_OR_IMAGE if b"BI" in data else _TOKEN
    if len(data) > _AT_ONCE:
        yield from _pieces(pattern, data, limit)
        return
    found = pattern.findall(data)
    if len(found) > limit:
        raise _too_many(limit)
    yield found


def _pieces(pattern: re.Pattern[bytes], data: bytes, limit: int) -> Iterator[list[bytes]]:
    piece: list[bytes] = []
    for count, match in enumerate(pattern.finditer(data)):
        if count == limit:
            raise _too_many(limit)
        piece.append(match.group())
        if len(piece) > _PIECE and piece[-1].isalpha():
            yield piece
            piece = []
    yield piece


def _too_many(limit: int) -> LimitExceededError:
    return LimitExceededError(
        f"A content stream has more than {limit:,} tokens.", limit=limit, actual=limit + 1, unit="tokens"
    )


def string(token: bytes) -> bytes:
    """Bytes of a literal or hexadecimal string token (ISO 32000-1, 7.3.4)."""
    if token[0] == 0x28:
        inner = token[1:-1]
        return _ESCAPE.sub(_unescape, inner) if b"\\" in inner else inner
    digits = _NO_HEX.sub(b"", token)
    return bytes.fromhex((digits + b"0" if len(digits) & 1 else digits).decode("ascii"))


def _unescape(match: re.Match[bytes]) -> bytes:
    escaped = match.group(1)
    plain = _ESCAPED.get(escaped)
    if plain is not None:
        return plain
    return bytes((int(escaped, 8) & 255,)) if 0x30 <= escaped[0] <= 0x37 else escaped


_HASH = re.compile(rb"#([0-9A-Fa-f]{2})")


def name(token: bytes) -> str:
    """Name of a name token, ``#xx`` decoded, as pdfminer keys its dictionaries (ISO 32000-1, 7.3.5)."""
    raw = _HASH.sub(lambda match: bytes((int(match.group(1), 16),)), token[1:])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
