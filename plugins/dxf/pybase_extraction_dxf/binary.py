"""Binary DXF as text DXF, so that one scanner reads both."""

from __future__ import annotations

import struct

SENTINEL = b"AutoCAD Binary DXF\r\n\x1a\x00"
_DOUBLE = struct.Struct("<d")
_INT16 = struct.Struct("<h")
_INT32 = struct.Struct("<i")
_INT64 = struct.Struct("<q")


def _kind(code: int) -> str:
    """Type of the value behind a group code (DXF reference, "Group codes in numerical order")."""
    if 10 <= code <= 59 or 110 <= code <= 149 or 210 <= code <= 239 or 460 <= code <= 469 or 1010 <= code <= 1059:
        return "d"
    if 60 <= code <= 79 or 170 <= code <= 179 or 270 <= code <= 289 or 370 <= code <= 389 or 400 <= code <= 409:
        return "h"
    if 1060 <= code <= 1070:
        return "h"
    if 90 <= code <= 99 or 420 <= code <= 429 or 440 <= code <= 459 or code == 1071:
        return "i"
    if 160 <= code <= 169:
        return "q"
    if 290 <= code <= 299:
        return "b"
    if 310 <= code <= 319 or code == 1004:
        return "x"
    return "s"


_KINDS = {code: _kind(code) for code in range(1072)}


def to_text(data: bytes) -> tuple[bytes, bool]:
    """Write binary DXF as text DXF.

    R12 and older have group codes of one byte (255 announces a longer one), later versions of two.

    Returns:
        The text, and whether all of the data could be read.
    """
    at = len(SENTINEL)
    has_short_codes = data[at + 1 : at + 2] != b"\x00"
    lines: list[bytes] = []
    end = len(data)
    try:
        while at < end:
            if has_short_codes:
                code, at = data[at], at + 1
                if code == 255:
                    code, at = _INT16.unpack_from(data, at)[0], at + 2
            else:
                code, at = _INT16.unpack_from(data, at)[0], at + 2
            value, at = _value(data, at, _KINDS[code])
            lines += (b"%d" % code, value)
    except (struct.error, IndexError, KeyError, ValueError):
        return b"\n".join(lines) + b"\n", False
    return b"\n".join(lines) + b"\n", True


def _value(data: bytes, at: int, kind: str) -> tuple[bytes, int]:
    if kind == "s":
        stop = data.index(b"\x00", at)
        # a line end inside of a string is spelled as text DXF does
        return data[at:stop].replace(b"\r", b"^M").replace(b"\n", b"^J"), stop + 1
    if kind == "d":
        return repr(_DOUBLE.unpack_from(data, at)[0]).encode(), at + 8
    if kind == "h":
        return b"%d" % _INT16.unpack_from(data, at)[0], at + 2
    if kind == "i":
        return b"%d" % _INT32.unpack_from(data, at)[0], at + 4
    if kind == "q":
        return b"%d" % _INT64.unpack_from(data, at)[0], at + 8
    if kind == "b":
        return b"%d" % data[at], at + 1
    length = data[at]
    return data[at + 1 : at + 1 + length].hex().upper().encode(), at + 1 + length
