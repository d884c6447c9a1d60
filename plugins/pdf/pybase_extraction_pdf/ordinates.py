"""Ordinates: sizes that count from one base line (ISO 129-1, 9.1.4; ASME Y14.5, 2.2).

Each stands at the end of its extension line, in one row with a 0 at the base, and as far from it as its value says.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from pybase_extraction_pdf.oriented import Piece

_VALUE = re.compile(r"-?\d*[.,]?\d+")
_ALIGNED = 1.5
"""Points by which the ends of ordinates of one row may differ."""
_FEWEST = 2
"""Ordinates beside the 0 on one side of it, at least."""
_OFF = 0.8
"""Heights by which an ordinate may stand beside its place, where extension lines are close."""


def ordinates_of(pieces: Sequence[Piece]) -> set[int]:
    """Which pieces are ordinates, by their ``id``."""
    numbers = [piece for piece in pieces if _VALUE.fullmatch(piece.text)]
    origins = [piece for piece in numbers if _value(piece) == 0]
    rows: dict[float, list[Piece]] = defaultdict(list)
    for piece in numbers if origins else ():
        rows[piece.angle].append(piece)
    found: set[int] = set()
    for origin in origins:
        for side in (0, 2):
            level = [
                piece
                for piece in rows[origin.angle]
                if piece is not origin and abs(piece.frame[side] - origin.frame[side]) < _ALIGNED
            ]
            for sign in (-1, 1):
                fitting = list(_in_scale(origin, level, sign))
                if len({_value(piece) for piece in fitting}) >= _FEWEST:
                    found |= {id(origin), *map(id, fitting)}
    return found


def _in_scale(origin: Piece, level: Sequence[Piece], sign: int) -> Iterator[Piece]:
    """Those on one side of the origin whose distances from it are in the proportion of their values."""
    beside = [(piece, (piece.middle - origin.middle) * sign, abs(_value(piece))) for piece in level]
    beside = [(piece, distance, value) for piece, distance, value in beside if distance > 0 and value > 0]
    if not beside:
        return
    scale = median(distance / value for _, distance, value in beside)
    for piece, distance, value in beside:
        if abs(distance - scale * value) < _OFF * piece.height:
            yield piece


def _value(piece: Piece) -> float:
    return float(piece.text.replace(",", "."))
