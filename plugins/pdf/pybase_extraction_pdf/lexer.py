"""Tokens of content streams (ISO 32000-1, 7.2 and 7.8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pybase_extraction.errors import LimitExceededError

# numbers and operators first: they are nine of ten tokens, and one class of bytes finds both
_PLAIN = rb"""
    [^\s\[\]()<>/%]++
    |/[^\s()<>\[\]{}/%]*
    |\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.|\([^()]*\))*\))*\))*\)
    |<<|>>|<[^>]*>
    |[\[\]]
    |%[^\r\n]*
"""
_RUN = rb"""
    [-.\d]++\s++[-.\d]++\s++m\s++
    (?:
        (?:[-.\d]++\s++){2}+
        (?:[lm]|(?:[-.\d]++\s++){2}+(?:[vy]|(?:[-.\d]++\s++){2}+c))\s++
    ){1,50000}+|
"""
_IMAGE = rb"""
    BI\b.*?\bID\s
    (?:[^E]++|E(?!I(?:\s|$))|(?<!\s)E)*+
    EI(?=\s|$)|
"""
_TOKEN = {
    (has_images, has_runs): re.compile(
        # with the white space behind it: a search that began there would try every alternative in vain
        b"(%b)\\s*+" % (_IMAGE * has_images + _RUN * has_runs + _PLAIN),
        re.VERBOSE | re.DOTALL,
    )
    for has_images in (False, True)
    for has_runs in (False, True)
}
_RUNS_FROM = 60
"""Bytes of a stream for each of its lines from which looking for runs of segments costs more than it saves."""
_BINARY = bytes({*range(256)} - {*range(0x20, 0x7F)} - {*b"\t\n\r"})
"""Bytes of which operators and operands have none outside of strings."""
SHORTEST_IMAGE = len(b"BI ID EI")
"""Bytes of the shortest inline image; runs of segments are longer."""
_ESCAPE = re.compile(rb"\\([nrtbf()\\]|[0-7]{1,3}|\r\n|\r|\n|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\r\n": b"", b"\r": b"", b"\n": b""}
_AT_ONCE = 8 << 20
"""Bytes of a stream whose tokens are listed in one go; longer ones are read in pieces, slower, in less memory."""
_PIECE = 500_000
_NO_HEX = re.compile(rb"[^0-9A-Fa-f]")


def long_tokens(data: bytes) -> tuple[bool, bool]:
    """Whether a stream may have inline images, and whether it has enough segments to look for runs of them."""
    has_images = b"BI" in data
    written = len(data.translate(None, _BINARY)) if has_images else len(data)  # the bytes of images say nothing
    return has_images, data.count(b" l") * _RUNS_FROM > written


def tokens(data: bytes, limit: int, long: tuple[bool, bool]) -> Iterator[list[bytes]]:
    """Tokens of a content stream in long pieces that end with an operator.

    An inline image is one token, and so are many segments of a path, of which drawings consist: see :func:`is_run`.

    Args:
        data: Decoded stream.
        limit: Tokens that may be given.
        long: What :func:`long_tokens` says of the stream.

    Raises:
        LimitExceededError: There are more; raised when they are reached.
    """
    pattern = _TOKEN[long]
    if len(data) > _AT_ONCE:
        yield from _pieces(pattern, data, limit)
        return
    found = pattern.findall(data)
    if len(found) > limit:
        raise too_many(limit)
    yield found


def _pieces(pattern: re.Pattern[bytes], data: bytes, limit: int) -> Iterator[list[bytes]]:
    piece: list[bytes] = []
    for count, match in enumerate(pattern.finditer(data)):
        if count == limit:
            raise too_many(limit)
        piece.append(match[1])
        if len(piece) > _PIECE and (piece[-1].isalpha() or is_run(piece[-1])):
            yield piece
            piece = []
    yield piece


def too_many(limit: int) -> LimitExceededError:
    """The error of a page that has more tokens than it may."""
    return LimitExceededError(
        f"A content stream has more than {limit:,} tokens.", limit=limit, actual=limit + 1, unit="tokens"
    )


def is_run(token: bytes) -> bool:
    """Whether a token is a run of segments with their operands: ``0 0 m 10 0 l ``; no other ends with white space."""
    return token[-1] <= 0x20 and token[0] != 0x25


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
