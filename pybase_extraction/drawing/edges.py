"""Edges of undefined shape (ISO 13715): ``⌞ -0.2``, ``ISO 13715 +0.3/-0.1``, ``BREAK SHARP EDGES 0.2-0.5``."""

from __future__ import annotations

from decimal import Decimal

from pybase_extraction.drawing.context import CalloutContext
from pybase_extraction.drawing.lexicon import words
from pybase_extraction.drawing.reader import Reader
from pybase_extraction.drawing.tokens import TokenKind
from pybase_extraction.results.base import Provenance
from pybase_extraction.results.drawing import EdgeCondition

_UNKNOWN = CalloutContext()
_SIGNS = frozenset("⌞⌟⌜⌝∟")
_EDGE_WORDS = words("edge edges kante kanten werkstückkanten arêtes aristas cantos spigoli corners")
_GENERAL_WORDS = words("all alle unbemaßte toutes todas tutti general sharp scharfe")
_MOST_NUMBERS = 4


def read_edge(text: str, *, context: CalloutContext = _UNKNOWN) -> EdgeCondition | None:
    """Read an edge condition; None when the text is about no edges.

    A sign says which kind of edge: plus for passing (burr), minus for undercut (removed).  A size without a sign in a
    note that asks to break edges is an amount removed, hence negative.
    """
    reader = Reader.of(text, context)
    words = {token.key for token in reader.tokens if token.kind is TokenKind.WORD}
    has_standard = any(token.text == "13715" for token in reader.tokens)
    if not (has_standard or words & _EDGE_WORDS or any(token.text in _SIGNS for token in reader.tokens)):
        return None
    values = _values(reader, is_note=bool(words & _EDGE_WORDS))
    return EdgeCondition(
        raw=text,
        provenance=Provenance(method="edge-grammar"),
        upper=float(max(values)) if values else None,
        lower=float(min(values)) if len(values) > 1 or (values and values[0] < 0) else None,
        is_general=bool(words & _GENERAL_WORDS),
    )


def _values(reader: Reader, *, is_note: bool) -> list[Decimal]:
    found: list[Decimal] = []
    while not reader.is_done and len(found) < _MOST_NUMBERS:
        token = reader.take()
        if token.kind is not TokenKind.NUMBER or token.value is None or token.value >= 10:
            continue
        sign = reader.tokens[reader.at - 2].text if reader.at > 1 else ""
        if sign == "±":
            found += [token.value, -token.value]
        elif sign == "+":
            found.append(token.value)
        elif sign == "-" or is_note:
            found.append(-token.value)
    return found
