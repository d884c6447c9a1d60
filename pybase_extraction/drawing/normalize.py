"""One spelling for every sign: Unicode variants, CAD symbol fonts, DXF codes, dashes, quotes.

The original text is never lost: ``normalize_with_origin`` tells for each character of the result which character of the
input it comes from.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_SIGNS = {
    **dict.fromkeys("Φφϕ∅⌀ɸ", "⌀"),
    **dict.fromkeys("º˚∘°", "°"),
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    **dict.fromkeys("µμ", "µ"),
    **dict.fromkeys("×✕✖⨯⨉╳", "×"),
    **dict.fromkeys("″“”„‟〃", '"'),
    **dict.fromkeys("′‘’‛`´ʹ", "'"),
    **dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000\t\v\f", " "),
    **dict.fromkeys("\r\u2028\u2029\u0085", "\n"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    "∆": "Δ", "⟂": "⊥", "┴": "⊥", "⫽": "∥", "∕": "/", "⁄": "/", "∣": "|", "│": "|", "￨": "|", "｜": "|",
    "▢": "□", "◻": "□", "☐": "□", "⎵": "⌴", "⏤": "⏤", "∨": "⌵", "⌄": "⌵", "↓": "↧", "⇩": "↧", "⤓": "↧",
    "〈": "<", "〉": ">", "⩒": "⌵", "∇": "▽", "▿": "▽", "⌔": "⌓",
}  # fmt: skip
"""Signs that mean the same on a drawing -> the one spelling that the grammar knows (ISO 129-1, ISO 1101)."""

_KEPT = ("<super>", "<sub>", "<circle>")

_GDT = dict(
    zip("abcdefghijklmnopqrstuvwxyz", "∠⊥⏥⌓○∥⌭↗⌯⌖⌒ⓁⓂ⌀□Ⓟ℄◎Ⓢ⌰⏤⌴⌵↧⌲⌳", strict=True)
)  # small letters of AutoCAD's gdt.shx (GDT, AMGDT, AIGDT keep them); capitals are letters
_SYMBOL_FONTS = frozenset({"gdt", "gdt_", "aigdt", "amgdt", "amgdtans", "isogdt", "gdtshx"})

_DXF_SIGNS = {"c": "⌀", "p": "±", "d": "°", "v": "|", "u": "", "o": "", "k": ""}
_MTEXT_TOGGLES = frozenset("LlOoKk")
_MTEXT_WITH_VALUE = frozenset("ACFHQSTWcpf")


@dataclass(frozen=True, slots=True)
class NormalizedText:
    r"""A text in normal spelling.

    Attributes:
        text: The normal spelling.
        origin: For each character of ``text`` the index in the input it comes from.
        is_underlined: The input switches an underline on (DXF ``%%u``, ``\L``).
    """

    text: str
    origin: tuple[int, ...]
    is_underlined: bool = False


def normalize(text: str, font: str | None = None) -> str:
    r"""Give a text in normal spelling: see ``NormalizedText``.

    Args:
        text: As the file has it, with DXF codes (``%%c``, ``\S+0.1^-0.2;``) or Unicode signs.
        font: Name of its font; the letters of a CAD symbol font are signs.
    """
    return normalize_with_origin(text, font).text


def normalize_with_origin(text: str, font: str | None = None) -> NormalizedText:
    """Give a text in normal spelling and where each character comes from."""
    plain = list(_decode_dxf(text, is_symbol_font(font)))
    following = [char for char, _ in plain[1:]] + [""]
    spelled = [(sign, at) for (char, at), after in zip(plain, following, strict=False) for sign in _spell(char, after)]
    merged = list(_merge_pairs(spelled))
    underlined = "%%u" in text.casefold() or "\\L" in text
    return NormalizedText("".join(sign for sign, _ in merged), tuple(at for _, at in merged), underlined)


def is_symbol_font(font: str | None) -> bool:
    """Tell whether a font shows drawing symbols at the places of letters (``gdt.shx``, AIGDT, a PDF subset of GDT)."""
    if not font:
        return False
    name = font.rpartition("+")[2].rpartition("/")[2].casefold()
    name = name.removesuffix(".shx").removesuffix(".ttf").replace(" ", "").replace("-regular", "")
    return name in _SYMBOL_FONTS


def symbol_of(char: str) -> str:
    """The sign that a CAD symbol font shows for a character; characters without one stay.

    Symbolic TrueType fonts keep their letters in the private use area from U+F000 (OpenType, "cmap", platform 3,
    encoding 0).
    """
    letter = chr(ord(char) - 0xF000) if len(char) == 1 and "\uf020" <= char <= "\uf0ff" else char
    return _GDT.get(letter, letter)


def _spell(char: str, following: str) -> str:
    if char in "Øø" and not following.isalpha():
        return "⌀"  # before a letter it is the letter of Danish and Norwegian words
    if char in _SIGNS:
        return _SIGNS[char]
    if char.isascii():
        return char
    form = unicodedata.decomposition(char)
    if not form.startswith("<") or form.startswith(_KEPT):
        return char
    spelled = unicodedata.normalize("NFKC", char).replace("\u2044", "/")
    return f" {spelled}" if form.startswith("<fraction>") else spelled


def _merge_pairs(signs: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Join what is written with two or three characters: ``+/-``, ``+-``, ``''``."""
    at = 0
    while at < len(signs):
        three = "".join(sign for sign, _ in signs[at : at + 3])
        width, sign = _pair(three)
        yield sign, signs[at][1]
        at += width


def _pair(three: str) -> tuple[int, str]:
    if three == "+/-":
        return 3, "±"
    if three[:2] == "+-":
        return 2, "±"
    if three[:2] == "''":
        return 2, '"'
    return 1, three[0]


def _decode_dxf(text: str, in_symbol_font: bool) -> Iterator[tuple[str, int]]:
    """Resolve the control codes of DXF TEXT, MTEXT and TOLERANCE (DXF reference, "Special characters in MTEXT")."""
    fonts = [in_symbol_font]
    is_coded = "\\" in text
    at = 0
    while at < len(text):
        char = text[at]
        if char == "%" and text.startswith("%%", at):
            width, signs = _percent_code(text, at)
        elif char == "\\" and at + 1 < len(text):
            width, signs, font = _backslash_code(text, at)
            if font is not None:
                fonts[-1] = is_symbol_font(font)
        elif char == "^" and text[at + 1 : at + 2] in {"J", "I", "M"}:
            width, signs = 2, {"J": "\n", "I": " ", "M": ""}[text[at + 1]]
        elif is_coded and char in "{}":
            width, signs = 1, ""
            _nest(fonts, char)
        else:
            width, signs = 1, _GDT.get(char, char) if fonts[-1] else char
        for sign in signs:
            yield sign, at
        at += width


def _nest(fonts: list[bool], brace: str) -> None:
    if brace == "{":
        fonts.append(fonts[-1])
    elif len(fonts) > 1:
        fonts.pop()


def _percent_code(text: str, at: int) -> tuple[int, str]:
    code = text[at + 2 : at + 3].casefold()
    if code in _DXF_SIGNS:
        return 3, _DXF_SIGNS[code]
    digits = text[at + 2 : at + 5]
    if len(digits) == 3 and digits.isdecimal() and digits.isascii():
        return 5, {"127": "°", "128": "±", "129": "⌀"}.get(digits) or chr(int(digits))
    return (3, "%") if code == "%" else (2, "")


def _backslash_code(text: str, at: int) -> tuple[int, str, str | None]:
    """Resolve the code at ``at``: its width, the signs it shows, and the font that it switches to or None."""
    code = text[at + 1]
    if code in "Pn":
        return 2, "\n", None
    if code == "~":
        return 2, " ", None
    if code in _MTEXT_TOGGLES:
        return 2, "", None
    if text.startswith("U+", at + 1) and _is_hex(text[at + 3 : at + 7]):
        return 7, chr(int(text[at + 3 : at + 7], 16)), None
    if code in _MTEXT_WITH_VALUE:
        return _valued_code(text, at, code)
    return 2, code, None


def _valued_code(text: str, at: int, code: str) -> tuple[int, str, str | None]:
    stop = text.find(";", at, at + 200)
    if stop < 0:
        return 2, "" if code != "S" else " ", None
    value = text[at + 2 : stop]
    width = stop + 1 - at
    if code == "S":
        return width, _unstack(value), None
    if code in "Ff":
        return width, "", value.partition("|")[0]
    return width, "", None


def _unstack(value: str) -> str:
    """``+0.1^-0.2`` shows two deviations, ``1/2`` and ``1#2`` show a fraction."""
    for sign in "^/#":
        upper, found, lower = value.partition(sign)
        if found:
            return f" {upper.strip()}/{lower.strip()}"
    return value


def _is_hex(digits: str) -> bool:
    return len(digits) == 4 and all(digit in "0123456789abcdefABCDEF" for digit in digits)
