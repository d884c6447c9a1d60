"""Where records stand: apostrophes, semicolons and equals signs of the whole file, comments blanked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pybase_extraction.part21.words import numbers_before

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pybase_extraction.part21.words import Positions


CHUNK = 1 << 20
PAD = bytes(16)
_BOUNDARY = re.compile(rb";[ \t]*[\r\n]\s*#\d+\s*=")
_BLANKS = re.compile(rb"\s*+")


def positions_of(view: NDArray[np.uint8], byte: int) -> Positions:
    """Places of a byte, ascending."""
    import numpy as np

    # chunks stay in the cache: twice as fast as one pass over 50 MB, and no temporary of the file's size
    found = [np.flatnonzero(view[at : at + CHUNK] == byte) + at for at in range(0, len(view), CHUNK)]
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def blank_comments(data: bytes) -> tuple[bytes, bool]:
    """Put spaces in place of comments (clause 5.6).

    Returns:
        The data, and whether the last comment has no end.
    """
    at = data.find(b"/*")
    if at < 0:
        return data, False
    blanked, cursor, unterminated = bytearray(data), 0, False
    while at >= 0:
        if data.count(b"'", cursor, at) & 1:
            cursor = data.find(b"'", at) + 1
            if cursor == 0:
                break
        else:
            end = data.find(b"*/", at + 2)
            unterminated = end < 0
            cursor = len(data) if unterminated else end + 2
            blanked[at:cursor] = b" " * (cursor - at)
        at = data.find(b"/*", cursor)
    return bytes(blanked), unterminated


def _parities(quotes: Positions, boundaries: Positions, positions: Positions) -> Positions:
    """1 where a position stands inside a string, counting apostrophes from the last boundary before it."""
    import numpy as np

    counts = np.searchsorted(quotes, positions)
    if len(boundaries):
        bases = np.concatenate(([0], np.searchsorted(quotes, boundaries)))
        counts = counts - bases[np.searchsorted(boundaries, positions)]
    return (counts & 1).astype(np.int64)


def _boundaries(data: bytes, quotes: Positions, semicolons: Positions) -> Positions:
    """Semicolons that end a record whatever the apostrophes say; empty in a file whose strings are whole.

    A string cannot hold a line break (clause 6.4.3), so ``;`` at the end of a line before ``#n=`` is outside of any.
    """
    import numpy as np

    inside = semicolons[_parities(quotes, quotes[:0], semicolons) == 1]
    if not len(quotes) & 1 and not any(_BOUNDARY.match(data, at) for at in inside.tolist()):
        return quotes[:0]
    return np.fromiter((match.start() for match in _BOUNDARY.finditer(data)), np.int64)


def _skip_blanks(data: bytes, view: NDArray[np.uint8], positions: Positions, step: int) -> Positions:
    """Move each position over white space, at most sixteen bytes backwards, any number forwards."""
    import numpy as np

    moved, limit = positions.copy(), len(view) - 1
    active = np.arange(len(moved))
    for _ in range(16):
        at = moved[active]
        byte = view[np.clip(at, 0, limit)]
        active = active[((byte == 32) | ((byte >= 9) & (byte <= 13))) & (at > 0) & (at < limit)]
        if not len(active):
            return moved
        moved[active] += step
    if step > 0:
        for row in active.tolist():
            blank = _BLANKS.match(data, int(moved[row]))
            moved[row] = blank.end() if blank else moved[row]
    return moved


@dataclass(slots=True)
class Layout:
    """Where records stand: one entry a record, in the order of the file.

    Attributes:
        ids: Instance numbers.
        starts: Of what follows the equals sign.
        ends: Of the semicolon, or of what takes its place.
        torn: Numbers of records without a semicolon before the next record.
        broken: Numbers of records whose strings have no end.
        is_truncated: The last record has no semicolon.
        stray: Semicolons that follow another one at once.
    """

    ids: Positions
    starts: Positions
    ends: Positions
    torn: tuple[int, ...]
    broken: tuple[int, ...]
    is_truncated: bool
    stray: int = 0


def find_records(data: bytes, words: NDArray[np.uint64]) -> Layout:
    """Find every record ``#n=...;`` outside of strings; in damaged files also what ends without a semicolon."""
    import numpy as np

    view = np.frombuffer(data, np.uint8)
    quotes, semicolons, equals = (positions_of(view, byte) for byte in b"';=")
    boundaries = _boundaries(data, quotes, semicolons)
    inside = _parities(quotes, boundaries, semicolons) == 1
    broken = semicolons[inside & np.isin(semicolons, boundaries)]
    semicolons = semicolons[~inside | np.isin(semicolons, boundaries)] if len(boundaries) else semicolons[~inside]
    equals = equals[_parities(quotes, boundaries, equals) == 0]
    ids, hashes = numbers_before(data, words, _skip_blanks(data, view, equals - 1, -1))
    ids, hashes, equals = ids[ids >= 0], hashes[ids >= 0], equals[ids >= 0]
    if not len(ids):
        return Layout(ids, equals, equals, (), (), is_truncated=False)
    place = np.searchsorted(semicolons, equals)
    ends = np.append(semicolons, len(data) - len(PAD))[place]
    following = np.append(hashes[1:], len(data))
    torn = ends > following
    torn_ids = tuple(ids[torn].tolist())
    broken_ids = tuple(ids[np.maximum(np.searchsorted(equals, broken) - 1, 0)].tolist())
    starts = _skip_blanks(data, view, equals + 1, 1)
    is_truncated, stray = bool(place[-1] == len(semicolons)), int(np.count_nonzero(np.diff(semicolons) == 1))
    return Layout(ids, starts, np.minimum(ends, following), torn_ids, broken_ids, is_truncated, stray)
