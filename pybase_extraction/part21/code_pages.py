r"""What writers do against the standard in strings: foreign code pages in ``\X\``, apostrophes in ``\S\``."""

from __future__ import annotations

import re

from pybase_extraction.part21.text import decode_escapes

_SHIFTED = re.compile(rb"(?<!\\)\\S\\'(?!'|\s*[,)])")


def double_shifted_apostrophes(data: bytes) -> bytes:
    r"""Double the apostrophe of ``\S\'``, which some writers forget: it would end its string too early."""
    return _SHIFTED.sub(rb"\\S\\''", data) if b"\\S\\'" in data else data


_CONTROLS = re.compile(rb"\\X\\[89][0-9A-Fa-f]")
_ESCAPED_TEXT = re.compile(rb"'([^']*+(?:''[^']*+)*+)'")
_MAX_SAMPLED = 5000


def foreign_code_page(data: bytes) -> str | None:
    r"""Tell which code page ``\X\`` escapes hold when they cannot be ISO 8859-1, which has no letters at 80 to 9F.

    Shift-JIS (cp932) when all such strings decode and a tenth of these bytes lead in kana (82, 83: rows 4 and 5 of
    JIS X 0208), which no Japanese text does without and no Western one has; else Windows-1252, if all decode.
    """
    if _CONTROLS.search(data) is None:
        return None
    texts: list[bytes] = []
    for match in _ESCAPED_TEXT.finditer(data):
        if _CONTROLS.search(match[1]) is not None:
            plain = decode_escapes(match[1].decode("ascii", "replace"))
            texts.append(plain.encode("iso8859-1", "ignore"))
            if len(texts) == _MAX_SAMPLED:
                break
    controls = [byte for text in texts for byte in text if 0x80 <= byte <= 0x9F]
    kana = sum(byte in {0x82, 0x83} for byte in controls)
    if kana * 10 >= len(controls) > 0 and _all_decode(texts, "cp932"):
        return "cp932"
    return "cp1252" if controls and _all_decode(texts, "cp1252") else None


def _all_decode(texts: list[bytes], code_page: str) -> bool:
    try:
        for text in texts:
            text.decode(code_page)
    except UnicodeDecodeError:
        return False
    return True
