"""Letters and numbers of a sheet that are names and no dimensions: zones, list numbers, indices, circuit parts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pybase_extraction_pdf.oriented import Piece
from pybase_extraction_pdf.primitives import PageContent

_NAME = re.compile(r"\A(?:[A-Z]|[1-9]\d?)\Z")
_BORDER = 0.09
"""Share of the sheet's width or height within which zone names stand."""
_FEWEST = 3
_SPAN = 0.4
"""Share of an edge over which its names are spread at least."""
_HIGHEST_FIRST = 2
"""Zones begin with 1 and A; the first may be hidden."""
_LEVEL = 3.0
"""Points by which names along one edge may differ across it."""


def without_zones(pieces: Sequence[Piece], page: PageContent) -> list[Piece]:
    """Leave out what names the zones of a sheet: rising or falling letters or numbers along an edge."""
    names = [piece for piece in pieces if _NAME.match(piece.text)]
    # ISO 5457, 5.3: letters down the sides, numbers along the top and bottom
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
                edge.sort(key=lambda piece: _middle(piece, along))
                if _middle(edge[-1], along) - _middle(edge[0], along) > _SPAN * (page.width, page.height)[along]:
                    yield edge


def _middle(piece: Piece, axis: int) -> float:
    return (piece.bbox[axis] + piece.bbox[axis + 2]) / 2


def _is_sequence(edge: Sequence[Piece]) -> bool:
    """Zones count along the edge; one may be hidden, and letters leave out I and O."""
    if len(edge) < _FEWEST:
        return False
    values = [int(piece.text) if piece.text.isdecimal() else ord(piece.text) - ord("A") + 1 for piece in edge]
    if min(values) > _HIGHEST_FIRST:
        return False
    steps = [other - one for one, other in pairwise(values)]
    return all(0 < step <= 3 for step in steps) or all(-3 <= step < 0 for step in steps)


def _faces(piece: Piece, zone: Piece) -> bool:
    """The same name on the opposite edge."""
    if piece.text != zone.text or piece is zone:
        return False
    return any(abs(_middle(piece, axis) - _middle(zone, axis)) < _LEVEL for axis in (0, 1))


_PART = re.compile(r"\A([A-Z]{1,4})(\d{1,3})\Z")
_ELECTRICAL = frozenset({"U", "IC", "Q", "LED", "JP", "J", "SW", "TP", "CON", "CN"})
_FEWEST_PARTS = 3
_ELECTRICAL_VALUE = re.compile(r"\A(?:[AD]?GND|V(?:CC|DD|SS|EE)|\d+(?:\.\d+)?(?:V|[nuµp]F|[kK]Ω?|Ω))\Z")
_FEWEST_VALUES = 4


def is_circuit(pieces: Sequence[Piece]) -> bool:
    """Whether a sheet is a circuit diagram, where ``R5`` is a resistor and a number alone names a pin (IEC 81346-2).

    It is when resistors or capacitors and at least one other family of electrical parts are numbered on it, or when
    several values are electrical.
    """
    if len({piece.text for piece in pieces if _ELECTRICAL_VALUE.match(piece.text)}) >= _FEWEST_VALUES:
        return True
    families: dict[str, set[str]] = defaultdict(set)
    for piece in pieces:
        if match := _PART.match(piece.text):
            families[match[1]].add(match[2])
    common = sum(len(families[name]) >= _FEWEST_PARTS for name in ("R", "C"))
    others = sum(len(families[name]) >= 2 for name in _ELECTRICAL)
    return common >= 1 and others >= 1


_BARE = re.compile(r"\A\d{1,3}\.?\Z")
_WORD = re.compile(r"[^\W\d_]{2,}")


def without_labels(lines: Sequence[Piece]) -> list[Piece]:
    """Leave out bare numbers that are the index of a letter (``B₁``) or the number of a note in a list."""
    texts = [line for line in lines if _WORD.search(line.text) or len(line.text) == 1]
    return [line for line in lines if not (_BARE.match(line.text) and any(_belongs(line, text) for text in texts))]


def _belongs(number: Piece, text: Piece) -> bool:
    if text is number or abs(text.angle - number.angle) > 0.1:
        return False
    overlap = min(text.frame[3], number.frame[3]) - max(text.frame[1], number.frame[1])
    if overlap < 0.5 * number.height:
        return False
    is_index = -0.2 < (number.frame[0] - text.frame[2]) / text.height < 0.35 and number.height < 0.8 * text.height
    is_listed = len(_WORD.findall(text.text)) >= 2 and 0 < text.frame[0] - number.frame[2] < 6 * number.height
    return is_index or (is_listed and abs(text.frame[1] - number.frame[1]) < 0.3 * number.height)


_NUMBER = re.compile(r"\A[+\-±]?\d*[.,]?\d+\Z")
_ALIGNED = 0.6
"""Points by which numbers of one column or row of a table may differ."""
_FEWEST_ROWS = 3
_FARTHEST = 12
"""Heights between columns of one table; sizes of mirrored views line up too, but far apart."""


def without_grids(lines: Sequence[Piece]) -> list[Piece]:
    """Leave out bare numbers that stand in rows and columns: a table without rules, of three rows and two columns.

    Sizes of views line up one way at most, chains and ordinates; these stay.
    """
    gone = in_grids([line for line in lines if _NUMBER.match(line.text)])
    return [line for line in lines if id(line) not in gone]


def in_grids(numbers: Sequence[Piece]) -> set[int]:
    """Which texts stand in rows and columns, by their ``id``."""
    gone: set[int] = set()
    row_of = _groups(numbers, 3)
    for edge in (0, 2):
        gone |= _in_grids(numbers, _groups(numbers, edge), row_of)
    return gone


def _groups(pieces: Sequence[Piece], side: int) -> dict[int, tuple[float, int]]:
    """Number of the group of each piece: those of one angle, a side of whose frames follow within the tolerance."""
    found: dict[int, tuple[float, int]] = {}
    group, last = 0, (0.0, 0.0)
    for piece in sorted(pieces, key=lambda piece: (piece.angle, piece.frame[side])):
        if piece.angle != last[0] or piece.frame[side] - last[1] > _ALIGNED:
            group += 1
        found[id(piece)], last = (piece.angle, group), (piece.angle, piece.frame[side])
    return found


def _in_grids(
    numbers: Sequence[Piece], column_of: dict[int, tuple[float, int]], row_of: dict[int, tuple[float, int]]
) -> set[int]:
    rows: dict[tuple[float, int], list[Piece]] = defaultdict(list)
    for piece in numbers:
        rows[row_of[id(piece)]].append(piece)
    pairs: dict[tuple[object, object], set[int]] = defaultdict(set)
    shared: dict[tuple[object, object], int] = defaultdict(int)
    for row in rows.values():
        for one, other in pairwise(sorted(row, key=lambda piece: piece.frame[0])):
            if other.frame[0] - one.frame[2] > _FARTHEST * one.height:
                continue
            columns = (column_of[id(one)], column_of[id(other)])
            pairs[columns] |= {id(one), id(other)}
            shared[columns] += 1
    return {number for columns, members in pairs.items() if shared[columns] >= _FEWEST_ROWS for number in members}
