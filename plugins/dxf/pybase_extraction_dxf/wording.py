r"""Texts of a drawing: code pages, escaped characters, and the formatting codes of TEXT and MTEXT."""

from __future__ import annotations

import codecs
import re

from pybase_extraction.drawing import is_symbol_font
from pybase_extraction.drawing.normalize import symbol_of

_UNICODE = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_MULTIBYTE = re.compile(r"\\M\+([1-5])([0-9A-Fa-f]{4})")
_MULTIBYTE_PAGES = {"1": "cp932", "2": "cp950", "3": "cp949", "4": "johab", "5": "cp936"}
_PAGE = re.compile(r"(?:ANSI|DOS|CP|WINDOWS)[_-]?(\d+)", re.IGNORECASE)
_UTF8_SINCE = "AC1021"
_NAMED_PAGES = {"ASCII": "ascii", "MACINTOSH": "mac_roman", "MAC-ROMAN": "mac_roman", "UTF8": "utf-8", "UTF-8": "utf-8",
                "BIG5": "cp950", "GB2312": "cp936", "GBK": "cp936", "JOHAB": "johab", "KSC5601": "cp949"}  # fmt: skip
_CARET = re.compile(r"\^(.)", re.DOTALL)
_PERCENT = re.compile(r"%%(\d{3}|.)", re.DOTALL)
_SIGNS = {"c": "Ø", "d": "°", "p": "±", "u": "", "o": "", "k": "", "v": "|", "%": "%"}
_RUN = re.compile(r"[^\\%^{}]+")
_VALUED = frozenset("ACHQTWcp")
_VALUE = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+(?=;))?x?;?|[^;\\{}]*;")
"""What follows a code: a number, which some programs do not end with its semicolon, or anything up to that."""


class Decoder:
    """Decodes the strings of one drawing.

    Attributes:
        encoding: Name of the codec.
        is_declared: Whether the file names its code page, or its version fixes it.
        undecodable: Strings with bytes that are not of the encoding so far.
        assumed: Strings with other than ASCII characters that were read with a code page that nobody declared.
    """

    def __init__(self, version: str | None, code_page: str | None) -> None:
        found = "utf-8" if version is not None and version >= _UTF8_SINCE else codec_of(code_page)
        self.is_declared = found is not None
        self.encoding = found or "cp1252"
        self.undecodable = 0
        self.assumed = 0
        self._names: dict[bytes, str] = {b"": ""}

    def text(self, value: bytes) -> str:
        r"""Decode a string; ``\U+00D8`` and ``\M+18250`` are resolved."""
        try:
            text = value.decode(self.encoding)
        except UnicodeDecodeError:
            self.undecodable += 1
            text = value.decode(self.encoding, "replace")
        if not self.is_declared and not value.isascii():
            self.assumed += 1
        return unescape(text) if "\\" in text else text

    def name(self, value: bytes | None) -> str:
        """Decode a name: blanks around it do not count."""
        if value is None:
            return ""
        found = self._names.get(value)
        if found is None:
            found = self.text(value.strip())
            if found.isascii():
                # others are counted each time they are met
                self._names[value] = found
        return found


def codec_of(code_page: str | None) -> str | None:
    """Codec of a ``$DWGCODEPAGE``; None when it is missing or unknown."""
    if not code_page:
        return None
    name = code_page.strip().upper()
    match = _PAGE.fullmatch(name)
    codec = f"cp{match[1]}" if match else _NAMED_PAGES.get(name, name.replace("ISO_8859", "iso8859"))
    try:
        return codecs.lookup(codec).name
    except LookupError:
        return None


def unescape(text: str) -> str:
    r"""Resolve ``\U+XXXX`` (a character) and ``\M+nXXXX`` (two bytes of an East Asian code page)."""
    text = _UNICODE.sub(_unicode, text)
    return _MULTIBYTE.sub(_multibyte, text) if "\\M+" in text else text


def _unicode(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    # a lone surrogate is no character and could not be written to JSON
    return match[0] if 0xD800 <= number <= 0xDFFF else chr(number)


def _multibyte(match: re.Match[str]) -> str:
    try:
        return bytes.fromhex(match[2]).lstrip(b"\0").decode(_MULTIBYTE_PAGES[match[1]])
    except UnicodeDecodeError:
        return match[0]


def plain_text(raw: str) -> str:
    """Remove the codes of a TEXT: ``%%c10`` is ``Ø10`` (DXF reference, "TEXT")."""
    if "%%" in raw:
        raw = _PERCENT.sub(_percent, raw)
    return _CARET.sub(_control, raw) if "^" in raw else raw


def _percent(match: re.Match[str]) -> str:
    code = match[1].casefold()
    if code.isdecimal() and len(code) == 3:
        number = int(code)
        return {127: "°", 128: "±", 129: "Ø"}.get(number) or (chr(number) if number >= 32 else "")
    return _SIGNS.get(code, match[0])


def _control(match: re.Match[str]) -> str:
    return {"J": "\n", "I": "\t", "M": "", " ": "^"}.get(match[1], match[0])


def plain_mtext(raw: str) -> str:
    r"""Remove the formatting of an MTEXT; stacks stay: ``10\S+0.1^-0.2;`` is ``10 +0.1/-0.2``.

    Letters in a font of drawing symbols become the signs that it shows: ``{\Fgdt;n}`` is ``⌀``.
    """
    if "\\" not in raw and "{" not in raw and "%%" not in raw and "^" not in raw:
        return raw
    return _Mtext(raw).plain()


class _Mtext:
    """An MTEXT that is read from its first character to its last."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.found: list[str] = []
        self.is_symbolic = [False]

    def plain(self) -> str:
        at = 0
        while at < len(self.raw):
            at = self._next(at)
        return "".join(self.found)

    def _next(self, at: int) -> int:
        """Read what stands at ``at``; give the place behind it."""
        raw = self.raw
        if not self.is_symbolic[-1] and (run := _RUN.match(raw, at)):
            self.found.append(run[0])
            return run.end()
        char = raw[at]
        if char == "\\" and at + 1 < len(raw):
            return self._code(at)
        if char == "%" and raw.startswith("%%", at) and (match := _PERCENT.match(raw, at)):
            self.found.append(_percent(match))
            return match.end()
        if char == "^" and at + 1 < len(raw) and raw[at + 1] in "JIM ":
            self.found.append({"J": "\n", "I": "\t", "M": "", " ": "^"}[raw[at + 1]])
            return at + 2
        if char == "{":
            self.is_symbolic.append(self.is_symbolic[-1])
        elif char == "}":
            del self.is_symbolic[max(1, len(self.is_symbolic) - 1) :]
        else:
            self.found.append(symbol_of(char) if self.is_symbolic[-1] else char)
        return at + 1

    def _code(self, at: int) -> int:
        code = self.raw[at + 1]
        if code in "PNX":
            # N is the next column, X a paragraph behind the dimension line
            self.found.append("\n")
        elif code == "~":
            self.found.append("\u00a0")
        elif code in "\\{}":
            self.found.append(code)
        elif code == "S":
            stop = _end_of_stack(self.raw, at + 2)
            _add_stack(self.raw[at + 2 : stop], self.found)
            return stop + 1
        elif code in "Ff" and (stop := self.raw.find(";", at) + 1):
            self.is_symbolic[-1] = is_symbol_font(self.raw[at + 2 : stop - 1].partition("|")[0].strip())
            return stop
        elif code in _VALUED and (match := _VALUE.match(self.raw, at + 2)):
            return match.end()
        elif code not in "LlOoKk":
            self.found.append(self.raw[at : at + 2])
        return at + 2


def _end_of_stack(raw: str, at: int) -> int:
    while at < len(raw) and raw[at] != ";":
        at += 2 if raw[at] == "\\" else 1
    return min(at, len(raw))


def _add_stack(value: str, found: list[str]) -> None:
    parts = re.split(r"(?<!\\)[\^/#]", value, maxsplit=1)
    shown = [part.replace("\\", "").strip() for part in parts]
    if len(shown) == 2 and all(shown):
        # 10 and +0.1/-0.2, 1 and 1/2: without a blank they would read as other numbers
        if found and found[-1][-1:].isalnum():
            found.append(" ")
        found.append("/".join(shown))
    else:
        found.extend(shown)
