"""Weld symbols as text (ISO 2553, AWS A2.4): ``a5 ◺ 3×50(100)``, ``z7 ◺``, ``6 ◺ 50-150``, the process behind the tail.

::

    weld = ["a" | "z" | "s"] size sign [[count "×"] length] ["<" process]
         | sign size [length]
"""

from __future__ import annotations

from decimal import Decimal

from pybase_extraction.drawing.context import CalloutContext
from pybase_extraction.drawing.lexicon import words
from pybase_extraction.drawing.reader import Reader
from pybase_extraction.drawing.tokens import TokenKind
from pybase_extraction.results.base import Provenance
from pybase_extraction.results.drawing import WeldSymbol

_UNKNOWN = CalloutContext()
_SIGNS = {
    "◺": "fillet", "◿": "fillet", "⊿": "fillet", "△": "fillet", "▷": "fillet", "◁": "fillet", "∥": "square_butt",
    "⊔": "plug", "○": "spot", "⊖": "seam",
}  # fmt: skip
_WORDS = {
    "fillet": "fillet",
    "kehlnaht": "fillet",
    "butt": "butt",
    "stumpfnaht": "butt",
    "plug": "plug",
    "spot": "spot",
}
_PROCESSES = words("111 114 121 131 135 136 138 141 15 21 22 23 311 52 783 784")


def read_weld(text: str, *, context: CalloutContext = _UNKNOWN) -> WeldSymbol | None:
    """Read a weld; None when the text has no sign or word of one.

    ``kind`` is the weld's form, ``size`` the throat (a), leg (z) or penetration (s), ``length`` that of one weld,
    ``process`` the number of ISO 4063 where it stands in the tail.
    """
    reader = Reader.of(text, context)
    kind = next(filter(None, (_kind(token.text, token.key) for token in reader.tokens)), None)
    if kind is None:
        return None
    numbers = [token for token in reader.tokens if token.kind is TokenKind.NUMBER and token.value is not None]
    codes = [token.text for token in numbers if token.text in _PROCESSES and len(token.text) == 3]
    process = codes[-1] if codes else None
    sizes: list[Decimal] = [token.value for token in numbers if token.text != process and token.value is not None]
    if not sizes:
        return None
    return WeldSymbol(
        raw=text,
        provenance=Provenance(method="weld-grammar"),
        kind=kind,
        size=float(sizes[0]),
        length=float(sizes[-1]) if len(sizes) == 2 else None,
        process=process,
        unit=context.unit,
    )


def _kind(text: str, key: str) -> str | None:
    return _SIGNS.get(text) or _WORDS.get(key)
