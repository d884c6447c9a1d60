"""Records by type and by number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pybase_extraction.part21.layout import Layout
from pybase_extraction.part21.words import NAME_WORDS, hash_names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pybase_extraction.part21.words import Positions


_TYPE = re.compile(rb"[A-Za-z_!][A-Za-z0-9_\-]*\Z")


@dataclass(slots=True)
class Index:
    """Rows of instances in the order of the file; positions are byte offsets into the data.

    Attributes:
        ids: Instance numbers.
        openings: Where the opening parenthesis of the arguments stands.
        ends: One past the arguments.
        types: For each row its index in ``names``.
        names: Type names in upper case, in order of first appearance.
        rows: For each type name its rows, ascending.
        malformed: Numbers of instances without a type name and parentheses.
        resources: For each instance number of the reference section where it is defined: (start, end).
    """

    ids: Positions
    openings: Positions
    ends: Positions
    types: Positions
    names: list[str]
    rows: dict[str, Positions]
    malformed: tuple[int, ...]
    resources: dict[int, tuple[int, int]]


def _group(hashes: NDArray[np.uint64]) -> list[Positions]:
    """Rows of equal hashes, each ascending."""
    import numpy as np

    if not len(hashes):
        return []
    short = (hashes >> np.uint64(48)).astype(np.uint16)
    # a stable sort of 16 bit numbers is a radix sort; the full hash is sorted only when two share their top bits
    order = np.argsort(short, kind="stable")
    if np.count_nonzero(np.diff(hashes[order])) != np.count_nonzero(np.diff(short[order])):
        order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    return list(np.split(order, np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))


def index_records(data: bytes, layout: Layout, words: NDArray[np.uint64]) -> Index:
    """Sort the records by their type."""
    import numpy as np

    openings = layout.starts.copy()
    found: dict[str, list[Positions]] = {}
    resources: dict[int, tuple[int, int]] = {}
    malformed: list[int] = []
    for rows in _group(hash_names(words, layout.starts)):
        first = int(rows[0])
        start, end = int(layout.starts[first]), int(layout.ends[first])
        opening = data.find(b"(", start, min(end, start + 8 * NAME_WORDS))
        text = data[start:opening].rstrip()
        if opening < 0 or (text and not _TYPE.match(text)):
            numbers = layout.ids[rows].tolist()
            if data[start : start + 1] == b"<":
                spans = zip(layout.starts[rows].tolist(), layout.ends[rows].tolist(), strict=True)
                resources.update(zip(numbers, spans, strict=True))
            else:
                malformed += numbers
            continue
        openings[rows] += opening - start
        found.setdefault(text.decode("ascii").upper(), []).append(rows)
    merged = {name: np.sort(np.concatenate(parts)) for name, parts in found.items()}
    ordered = dict(sorted(merged.items(), key=lambda item: int(item[1][0])))
    types = np.full(len(layout.ids), -1, np.int64)
    for number, rows in enumerate(ordered.values()):
        types[rows] = number
    return Index(layout.ids, openings, layout.ends, types, list(ordered), ordered, tuple(malformed), resources)


class RowTable:
    """From instance number to row: an array where numbers are dense, else a dictionary."""

    __slots__ = ("_dense", "_ordered", "_sparse")

    def __init__(self, ids: Positions, rows: Positions) -> None:
        import numpy as np

        numbers = ids[rows]
        top = int(numbers.max()) + 1 if len(numbers) else 0
        self._sparse: dict[int, int] = {}
        self._dense: memoryview | None = None
        self._ordered = numbers[:0]
        if top <= 8 * len(numbers) + (1 << 16):
            table = np.full(top, -1, np.int64)
            table[numbers] = rows
            self._dense = table.data
        else:
            self._sparse = dict(zip(numbers.tolist(), rows.tolist(), strict=True))
            self._ordered = np.sort(numbers)

    def get(self, number: int, default: int) -> int:
        """Row of an instance, or the default."""
        if self._dense is None:
            return self._sparse.get(number, default)
        if 0 <= number < len(self._dense):
            row: int = self._dense[number]
            return row
        return default

    def missing(self, numbers: Positions) -> NDArray[np.bool_]:
        """Which of the numbers no instance has."""
        import numpy as np

        if self._dense is None:
            # numpy's own isin first tells the numbers apart by a hash table, which takes ten times as long
            place = np.searchsorted(self._ordered, numbers)
            is_missing: NDArray[np.bool_] = self._ordered[np.minimum(place, len(self._ordered) - 1)] != numbers
            return is_missing
        table = np.asarray(self._dense)
        within = (numbers >= 0) & (numbers < len(table))
        return ~within | (table[np.where(within, numbers, 0)] < 0) if len(table) else ~within
