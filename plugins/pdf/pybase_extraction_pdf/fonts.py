"""Fonts of pdfminer with a table of text and advance for every code that was met."""

from __future__ import annotations

from typing import Any, TypeAlias

from pybase_extraction_pdf.lexer import string
from pybase_extraction_pdf.to_unicode import to_unicode

_STRINGS_KEPT = 4096
"""Strings of a font whose glyphs are kept: kerned text is set in pieces of few letters, which come again."""
_LONGEST_KEPT = 16
"""Bytes of a string token that is kept; whole lines hardly come again, and would fill the memory page by page."""


Glyph: TypeAlias = tuple[int, str, float, tuple[float | None, float] | None]
"""What one code shows, a plain tuple, because these are unpacked quickest.

The character identifier (32 takes word spacing); its characters, ``(cid:n)`` when the font does not say; its advance
(width, or height in vertical writing) in text space units for size 1; ``vx, vy`` of the vertical origin in thousandths
of the size, None in horizontal writing.
"""


def load_font(manager: Any, number: int | None, spec: dict[str, Any]) -> Font:
    """The font that a dictionary describes, as pdfminer reads it.

    Args:
        manager: pdfminer's ``PDFResourceManager``.
        number: Number of the dictionary as an object, or None.
        spec: The dictionary.
    """
    from pdfminer.pdftypes import PDFStream, resolve1

    stream = resolve1(spec.get("ToUnicode"))
    if not isinstance(stream, PDFStream):
        return Font(manager.get_font(number, spec))
    texts = to_unicode(stream.get_data())
    spec = _without_program(spec)
    if texts is None:
        return Font(manager.get_font(number, spec))
    font = manager.get_font(number, {**spec, "ToUnicode": PDFStream({}, b"")})
    font.unicode_map.cid2unichr = texts
    return Font(font)


def _without_program(spec: dict[str, Any]) -> dict[str, Any]:
    """A composite font with ToUnicode, without its TrueType program, which pdfminer reads but asks for nothing."""
    from pdfminer.pdftypes import dict_value, resolve1

    kids = resolve1(spec.get("DescendantFonts"))
    if not isinstance(kids, list) or not kids:
        return spec
    kid = dict_value(kids[0])
    descriptor = dict_value(kid.get("FontDescriptor", {}))
    plain = {key: value for key, value in descriptor.items() if key != "FontFile2"}
    return {**spec, "DescendantFonts": [{**kid, "FontDescriptor": plain}]}


class Font:
    """One font of the document; glyphs are computed once.

    Attributes:
        strings: What string tokens show that were met before, so that most need no call; see :meth:`shown`.
    """

    __slots__ = ("_font", "_glyphs", "descent", "is_multibyte", "is_vertical", "name", "strings")

    def __init__(self, font: Any) -> None:
        self._font = font
        self._glyphs: dict[int, Glyph] = {}
        self.strings: dict[bytes, list[Glyph]] = {}
        self.name: str = font.fontname
        self.descent: float = font.get_descent()
        self.is_multibyte: bool = font.is_multibyte()
        self.is_vertical: bool = font.is_vertical()

    def shown(self, token: bytes) -> list[Glyph]:
        """Glyphs that a string token shows; not to be changed."""
        found = self.strings.get(token)
        if found is None:
            found = self._read(string(token))
            if len(token) <= _LONGEST_KEPT and len(self.strings) < _STRINGS_KEPT:
                self.strings[token] = found
        return found

    def _read(self, data: bytes) -> list[Glyph]:
        known = self._glyphs
        codes = self._font.decode(data) if self.is_multibyte else data
        try:
            return [known[code] for code in codes]
        except KeyError:
            return [known.get(code) or self._add(code) for code in codes]

    def _add(self, code: int) -> Glyph:
        from pdfminer.pdffont import PDFUnicodeNotDefined

        try:
            text = self._font.to_unichr(code)
        except PDFUnicodeNotDefined:
            text = f"(cid:{code})"
        displacement = self._font.char_disp(code) if self.is_vertical else None
        glyph = (code, text, self._font.char_width(code), displacement)
        self._glyphs[code] = glyph
        return glyph
