r"""Strings between apostrophes: escapes to characters and back (ISO 10303-21:2016, 6.4.3)."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\(?:(\\)|X2\\((?:[0-9A-Fa-f]{4})*+)\\X0\\|X4\\((?:[0-9A-Fa-f]{8})*+)\\X0\\|X\\([0-9A-Fa-f]{2})"
    r"|S\\(''|.)|P([A-I])\\|([NF])\\)|''",
    re.DOTALL,
)


_PART_OF_8859 = {letter: f"iso8859-{number}" for number, letter in enumerate("ABCDEFGHI", start=1)}


def decode_string(text: bytes, code_page: str | None = None) -> str:
    r"""Decode what stands between the apostrophes of a string (clause 6.4.3).

    ``''``, ``\\``, ``\X\``, ``\X2\``, ``\X4\``, ``\S\`` with ``\P?\``, and the print controls ``\N\`` and ``\F\``.
    Bytes beyond ASCII are UTF-8 as of edition 3, else Windows-1252, else ISO 8859-1.  Incomplete escapes stay as
    written.

    Args:
        text: The bytes between the apostrophes.
        code_page: What the bytes in ``\X\`` and ``\S\`` are against the standard, see ``Part21File.code_page``.
    """
    try:
        plain = text.decode("ascii")
    except UnicodeDecodeError:
        plain = decode_beyond_ascii(text)
    if "\\" not in plain and "'" not in plain:
        return plain
    decoded = decode_escapes(plain)
    if code_page is None or decoded.isascii() or not text.isascii():
        return decoded
    try:
        return decoded.encode("iso8859-1").decode(code_page)
    except UnicodeError:
        return decoded


def decode_escapes(plain: str) -> str:
    """Put characters in place of escapes, and one apostrophe in place of two."""
    page = "iso8859-1"

    def replace(match: re.Match[str]) -> str:
        nonlocal page
        kind, found = match.lastindex, match[match.lastindex or 0]
        match kind:
            case 1:
                return "\\"
            case 2:
                return bytes.fromhex(found).decode("utf-16-be", "replace")
            case 3:
                return bytes.fromhex(found).decode("utf-32-be", "replace")
            case 4:
                return chr(int(found, 16))
            case 5:
                return bytes([(ord(found[0]) & 0x7F) | 0x80]).decode(page, "replace")
            case 6:
                page = _PART_OF_8859[found]
                return ""
            case 7:
                return "\n" if found == "N" else "\f"
            case _:
                return "'"

    return _ESCAPE.sub(replace, plain)


def encode_string(text: str) -> bytes:
    r"""Write a text as the inside of a string: ASCII, everything else by ``\X2\`` or ``\X4\``."""

    def escape(match: re.Match[str]) -> str:
        found = match[0]
        if found in "'\\":
            return found * 2
        if max(found) <= "\uffff":
            return f"\\X2\\{found.encode('utf-16-be', 'replace').hex().upper()}\\X0\\"
        return f"\\X4\\{found.encode('utf-32-be', 'replace').hex().upper()}\\X0\\"

    return re.sub(r"['\\]|[^\x20-\x7e]+", escape, text).encode("ascii")


def decode_beyond_ascii(text: bytes) -> str:
    """Decode bytes that the standard does not allow: UTF-8 as of edition 3, else Windows-1252, else ISO 8859-1."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return text.decode(encoding)
        except UnicodeDecodeError:
            continue
    return text.decode("iso8859-1")
