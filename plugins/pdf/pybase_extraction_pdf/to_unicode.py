"""ToUnicode CMaps (ISO 32000-1, 9.10.3) that consist of plain ``bfchar`` and ``bfrange`` sections.

They say the same as pdfminer's parser makes of them, which takes many times as long; what is not plain is left to it.
"""

from __future__ import annotations

import re

_BEGIN = re.compile(rb"\sbeginbf(char|range)(?=[\s<])")
_END = re.compile(rb"endbf(char|range)(?=\s|$)")
_FOREIGN = re.compile(rb"usecmap|cidrange|cidchar|%[^\r\n]*(?:begin|end)(?:bf|cmap)")
"""What pdfminer knows as well, and comments that hide something."""
_HEX = rb"<([0-9A-Fa-f]++)>\s*+"
_CHARS = re.compile(rb"\s*+(?:<[0-9A-Fa-f]++>\s*+<[0-9A-Fa-f]++>\s*+)*+")
_CHAR = re.compile(_HEX * 2)
_TO = rb"<[0-9A-Fa-f]++>\s*+"
_RANGES = re.compile(rb"\s*+(?:(?:%b){2}(?:%b|\[\s*+(?:%b)*+\]\s*+))*+" % (_TO, _TO, _TO))
_RANGE = re.compile(_HEX * 2 + rb"(?:%b|\[([^\]]*+)\]\s*+)" % _HEX)
_TEXT = re.compile(_HEX)
_LONGEST_CODE = 4
"""Bytes of a code (ISO 32000-1, 9.7.6.2)."""
_MOST_CODES = 1 << 16
"""Codes of a range; more are damage."""


def to_unicode(data: bytes) -> dict[int, str] | None:
    """Text of every code that a CMap names; None where pdfminer has to read it."""
    body, _, rest = data.partition(b"endcmap")
    if _FOREIGN.search(body) or b"bf" in rest or b"begincmap" in rest:
        return None
    if body.count(b"beginbf") != body.count(b"endbf"):
        return None
    found: dict[int, str] = {}
    at = 0
    while (at := body.find(b"beginbf", at)) >= 0:
        stop = body.find(b"endbf", at)
        begin, end = _BEGIN.match(body, max(at - 1, 0)), _END.match(body, max(stop, 0))
        if begin is None or end is None or begin[1] != end[1]:
            return None
        add = _add_chars if begin[1] == b"char" else _add_ranges
        try:
            if not add(body[begin.end() : stop], found):
                return None
        except ValueError:  # an odd number of digits
            return None
        at = end.end()
    return found


def _add_chars(section: bytes, found: dict[int, str]) -> bool:
    if not _CHARS.fullmatch(section):
        return False
    for code, text in _CHAR.findall(section):
        raw = _bytes(code)
        if len(raw) > _LONGEST_CODE:
            return False
        _add(int.from_bytes(raw, "big"), _bytes(text), found)
    return True


def _add_ranges(section: bytes, found: dict[int, str]) -> bool:
    if not _RANGES.fullmatch(section):
        return False
    for low, high, text, texts in _RANGE.findall(section):
        first, last = int.from_bytes(_bytes(low), "big"), int.from_bytes(_bytes(high), "big")
        if len(low) != len(high) or len(low) > 2 * _LONGEST_CODE or last - first >= _MOST_CODES:
            return False
        if not text:
            for code, other in zip(range(first, last + 1), _TEXT.findall(texts), strict=False):
                _add(code, _bytes(other), found)
        elif not _add_range(first, last, _bytes(text), found):
            return False
    return True


def _add_range(first: int, last: int, text: bytes, found: dict[int, str]) -> bool:
    """Codes whose texts differ by their distance in the last four bytes."""
    size = min(len(text), 4)
    start = int.from_bytes(text[-size:], "big")
    if start + last - first >= 1 << 8 * size:
        return False
    for distance in range(last - first + 1):
        _add(first + distance, text[:-size] + (start + distance).to_bytes(size, "big"), found)
    return True


def _add(code: int, raw: bytes, found: dict[int, str]) -> None:
    text = raw.decode("utf-16-be", "ignore")
    if text != "\u00a0" or found.get(code) != " ":  # as pdfminer: some fonts name both for one code
        found[code] = text


def _bytes(digits: bytes) -> bytes:
    return bytes.fromhex(digits.decode("ascii"))
