"""Letters and numbers along the border of a sheet that name its zones (ISO 5457, 5.3): they are no dimensions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pybase_extraction_pdf.oriented import Piece
from pybase_extraction_pdf.primitives import PageContent

_NAME = re.compile(r"\A(?:[A-Z]|[1-9]\d?)\Z")
_BORDER = 0.09
"""Share of the sheet's width or height within which zone names stand."""
_FEWEST = 3
_LEVEL = 3.0
"""Points by which names along one edge may differ across it."""


def without_zones(pieces: Sequence[Piece], page: PageContent) -> list[Piece]:
    """Leave out what names the zones of a sheet: rising or falling letters or numbers along an edge."""
    names = [piece for piece in pieces if _NAME.match(piece.text)]
    zones = {id(piece) for edge in _edges(names, page) for piece in edge if _is_sequence(edge)}
    lettered = [piece for piece in names if id(piece) in zones]
    zones |= {id(piece) for piece in names if any(_faces(piece, other) for other in lettered)}
    return [piece for piece in pieces if id(piece) not in zones]


def _edges(names: Sequence[Piece], page: PageContent) -> Iterator[list[Piece]]:
    """Names along each edge of the sheet, sorted along it, numbers and letters apart."""
    for along, extent in ((0, page.height), (1, page.width)):
        across = 1 - along
        near = [p for p in names if min(_middle(p, across), extent - _middle(p, across)) < _BORDER * extent]
        for is_number in (True, False):
            chosen = [piece for piece in near if piece.text.isdecimal() is is_number]
            for first in chosen:
                level = _middle(first, across)
                edge = [piece for piece in chosen if abs(_middle(piece, across) - level) < _LEVEL]
                yield sorted(edge, key=lambda piece: _middle(piece, along))


def _middle(piece: Piece, axis: int) -> float:
    return (piece.bbox[axis] + piece.bbox[axis + 2]) / 2


def _is_sequence(edge: Sequence[Piece]) -> bool:
    """Zones count along the edge; one may be hidden, and letters leave out I and O."""
    if len(edge) < _FEWEST:
        return False
    values = [int(piece.text) if piece.text.isdecimal() else ord(piece.text) for piece in edge]
    steps = [other - one for one, other in pairwise(values)]
    return all(0 < step <= 3 for step in steps) or all(-3 <= step < 0 for step in steps)


def _faces(piece: Piece, zone: Piece) -> bool:
    """The same name on the opposite edge."""
    if piece.text != zone.text or piece is zone:
        return False
    return any(abs(_middle(piece, axis) - _middle(zone, axis)) < _LEVEL for axis in (0, 1))
