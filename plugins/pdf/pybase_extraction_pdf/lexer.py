"""Tokens of content streams (ISO 32000-1, 7.2 and 7.8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pybase_extraction.errors import LimitExceededError

_TOKEN = re.compile(
    rb"""
    [+-]?\d*\.?\d+(?=[\s/\[\]()<>{}%]|$) | [+-]?\d+\.(?=[\s/\[\]()<>{}%]|$)
    |BI\b.*?\bID[\s].*?\sEI(?=\s|$)
    |[A-Za-z'"*][A-Za-z0-9'"*]*
    |/[^\s()<>\[\]{}/%]*
    |\((?:[^()\\]+|\\.|\((?:[^()\\]+|\\.|\((?:[^()\\]+|\\.|\([^()]*\))*\))*\))*\)
    |<<|>>|<[^>]*>
    |[\[\]]
    |%[^\r\n]*
    |[^\s\[\]()<>/%]+
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(rb"\\([nrtbf()\\]|[0-7]{1,3}|\r\n|\r|\n|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\r\n": b"", b"\r": b"", b"\n": b""}
_AT_ONCE = 8 << 20
"""Bytes of a stream whose tokens are listed in one go; longer ones are read token by token, slower, in less memory."""
_NO_HEX = re.compile(rb"[^0-9A-Fa-f]")


def tokens(data: bytes, limit: int) -> Iterable[bytes]:
    """Tokens of a content stream; an inline image is one token.

    Args:
        data: Decoded stream.
        limit: Tokens that may be given.

    Raises:
        LimitExceededError: There are more; raised when they are reached.
    """
    if len(data) <= _AT_ONCE:
        found = _TOKEN.findall(data)
        if len(found) > limit:
            raise _too_many(limit)
        return found
    return _one_by_one(data, limit)


def _one_by_one(data: bytes, limit: int) -> Iterable[bytes]:
    for count, match in enumerate(_TOKEN.finditer(data)):
        if count == limit:
            raise _too_many(limit)
        yield match.group()


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
