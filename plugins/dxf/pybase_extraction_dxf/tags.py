"""The tags of a text DXF, indexed by numpy without making an object for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_CHUNK = 1 << 20
_ROWS = 1 << 16
_MENDED = 10_000
"""Group codes in an odd spelling that are read one by one; more of them mean that the file is damaged."""


_MANY = 1_000
"""Values from which on it is quicker to compare them together than one by one."""
KEPT = np.array([((1 << 64) - 1) ^ ((1 << 8 * (8 - count)) - 1) for count in range(9)], np.uint64)
"""Masks of the last bytes of a little-endian word."""
_ODD = np.uint64(0x9E3779B97F4A7C15)


def _code_tables() -> tuple[Any, Any]:
    """Values of the first two and the last two characters of a group code, by their little-endian 16 bits."""
    first = np.full(65536, -30000, np.int16)
    last = np.full(65536, -30000, np.int16)
    blanks = (0, 32)
    for low in (*blanks, *range(48, 58)):
        for high in (*blanks, *range(48, 58)):
            tens = 0 if low in blanks else low - 48
            if high in range(48, 58):
                last[low | high << 8] = tens * 10 + high - 48
                first[low | high << 8] = (tens * 10 + high - 48) * 100
            elif low in blanks:
                first[low | high << 8] = 0
    return first, last


_FIRST, _LAST = _code_tables()


@dataclass(frozen=True, slots=True)
class TagIndex:
    """Every tag of a drawing: a group code and where its value stands.

    Attributes:
        data: The file.
        codes: Group codes, int16; -1 where a line is no group code.
        starts: First byte of each value, int64 or int32.
        ends: Byte after each value, line ends left out.
    """

    data: bytes
    codes: Any
    starts: Any
    ends: Any

    def __len__(self) -> int:
        return len(self.codes)

    def value(self, row: int) -> bytes:
        """Value of one tag, blanks around it kept."""
        return self.data[self.starts[row] : self.ends[row]]

    def values(self, rows: Any) -> list[bytes]:
        """Values of many tags, blanks around them removed."""
        data = self.data
        pairs = zip(self.starts[rows].tolist(), self.ends[rows].tolist(), strict=True)
        return [data[start:end].strip() for start, end in pairs]

    def distinct(self, rows: Any) -> tuple[list[bytes], Any]:
        """The different values of some tags, and for each tag the number of its own."""
        starts, ends = self.starts[rows], self.ends[rows]
        found = _distinct_short(self.data, starts, ends)
        if found is None:
            numbers: dict[bytes, int] = {}
            data = self.data
            spans = zip(starts.tolist(), ends.tolist(), strict=True)
            inverse = [numbers.setdefault(data[start:end], len(numbers)) for start, end in spans]
            return list(numbers), np.array(inverse, np.int64)
        firsts, inverse = found
        return [self.value(int(row)) for row in rows[firsts]], inverse

    def until(self, row: int) -> TagIndex:
        """The tags before one."""
        return TagIndex(self.data, self.codes[:row], self.starts[:row], self.ends[:row])

    def first_bad(self) -> int | None:
        """Row of the first line that should be a group code and is none; None when all are."""
        bad = np.flatnonzero(self.codes < 0)
        return int(bad[0]) if len(bad) else None


def index_tags(data: bytes) -> TagIndex:
    """Find every tag of a text DXF; lines end with LF or CR LF, or all of them with CR."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    size = len(data)
    raw = np.frombuffer(data, np.uint8)
    kind = np.int32 if size < 2**31 - 8 else np.int64
    newlines = [
        (np.flatnonzero(raw[at : at + _CHUNK] == 10) + at).astype(kind) for at in range(0, size, _CHUNK)
    ]  # fmt: skip
    if size and raw[-1] != 10:
        newlines.append(np.array([size], kind))
    ends = np.concatenate(newlines) if newlines else np.zeros(0, kind)
    del newlines
    count = len(ends) // 2
    code_ends, value_ends = ends[: 2 * count : 2], np.ascontiguousarray(ends[1 : 2 * count : 2])
    value_starts = code_ends + 1
    has_returns = b"\r" in data
    codes = np.empty(count, np.int16)
    mended = _MENDED
    # in pieces, so that what lies between the steps stays in the processor's cache
    for at in range(0, count, _ROWS):
        some = slice(at, at + _ROWS)
        starts = np.empty_like(value_ends[some])
        starts[:1] = value_ends[at - 1] + 1 if at else 0
        starts[1:] = value_ends[some][:-1] + 1
        own_ends = code_ends[some]
        own_ends = _without_return(raw, starts, own_ends) if has_returns else own_ends
        codes[some], odd = _codes(data, starts, own_ends, mended)
        mended -= odd
    if has_returns:
        value_ends = _without_return(raw, value_starts, value_ends)
    return TagIndex(data, codes, value_starts, value_ends)


def _without_return(raw: Any, starts: Any, ends: Any) -> Any:
    if not len(ends):
        return ends.copy()
    return ends - ((raw[np.maximum(ends - 1, 0)] == 13) & (ends > starts))


def _codes(data: bytes, starts: Any, ends: Any, mended: int) -> tuple[Any, int]:
    """Group codes of lines, and how many of them were read one by one: at most as many as may be mended."""
    lengths = ends - starts
    if len(data) < 4:
        return np.full(len(ends), -1, np.int16), 0
    # the last four characters of each line as one integer, the first of them in its lowest byte
    words = np.ndarray((len(data) - 3,), dtype="<u4", buffer=data, strides=(1,))
    masks = np.array([0, 0xFF000000, 0xFFFF0000, 0xFFFFFF00, 0xFFFFFFFF], np.uint32)
    found = words[np.maximum(ends - 4, 0)] & masks[np.minimum(lengths, 4)]
    codes = _FIRST[found & 0xFFFF] + _LAST[found >> 16]
    odd = np.flatnonzero((codes < 0) | (lengths > 4) | (ends < 4))
    codes[odd] = -1
    for row in odd[:mended].tolist():
        codes[row] = _spelled(data[starts[row] : ends[row]])
    return codes, min(len(odd), mended)


def _spelled(line: bytes) -> int:
    text = line.strip()
    if line[:3] == b"\xef\xbb\xbf":
        text = line[3:].strip()
    return int(text) if text.isdigit() and len(text) <= 4 else -1


def _distinct_short(data: bytes, starts: Any, ends: Any) -> tuple[Any, Any] | None:
    """Where each different value stands first, in that order, and the number of each; None where it cannot be told.

    Values of up to sixteen bytes are compared as two words; a number made of both may by chance be that of two values.
    """
    lengths = ends - starts
    if len(starts) < _MANY or int(lengths.max()) > 16 or int(ends.min()) < 16:
        return None
    words = np.ndarray((len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
    last = words[ends - 8] & KEPT[np.minimum(lengths, 8)]
    first = words[ends - 16] & KEPT[np.maximum(lengths, 8) - 8]
    mixed = (last ^ lengths.astype(np.uint64)) * _ODD + first
    _, firsts, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    firsts, inverse = firsts[order], place[inverse]
    same = firsts[inverse]
    is_clear = ((last == last[same]) & (first == first[same]) & (lengths == lengths[same])).all()
    return (firsts, inverse) if is_clear else None


class Record:
    """The tags of one entity or object, decoded as far as they are needed.

    Attributes:
        type: Type name, for example ``"LINE"``.
        tags: Group code and value of each, in the file's order.
        entity: Number of the entity in its scan.
    """

    __slots__ = ("_firsts", "entity", "tags", "type")

    def __init__(self, type_: str, tags: list[tuple[int, bytes]], entity: int) -> None:
        self.type = type_
        self.tags = tags
        self.entity = entity
        self._firsts: dict[int, bytes] | None = None

    def get(self, code: int) -> bytes | None:
        """First value of a group code, or None."""
        return self.firsts().get(code)

    def all(self, code: int) -> list[bytes]:
        """Every value of a group code."""
        return [value for found, value in self.tags if found == code]

    def firsts(self) -> Mapping[int, bytes]:
        """First value of every group code, as the tags are when it is first asked for."""
        if self._firsts is None:
            self._firsts = dict(reversed(self.tags))
        return self._firsts

    def number(self, code: int) -> float | None:
        """First value of a group code as a finite number, or None."""
        return number(self.get(code))

    def integer(self, code: int) -> int | None:
        """First value of a group code as an integer, or None."""
        return integer(self.get(code))

    def after(self, subclass: bytes) -> Record:
        """The tags behind a subclass marker; all of them when there is no such marker."""
        for at, (code, value) in enumerate(self.tags):
            if code == 100 and value.strip() == subclass:
                return Record(self.type, self.tags[at + 1 :], self.entity)
        return self

    def before_embedded(self) -> list[tuple[int, bytes]]:
        """The tags before an embedded object (group code 101), which repeats group codes."""
        if 101 not in self.firsts():
            return self.tags
        for at, (code, _) in enumerate(self.tags):
            if code == 101:
                return self.tags[:at]
        return self.tags

    def extended(self, application: bytes) -> list[tuple[int, bytes]]:
        """Extended data (group codes from 1000) of one application."""
        found: list[tuple[int, bytes]] = []
        if 1001 not in self.firsts():
            return found
        start = next(at for at, (code, _) in enumerate(self.tags) if code == 1001)
        is_wanted = False
        for code, value in self.tags[start:]:
            if code == 1001:
                is_wanted = value.strip().upper() == application.upper()
            elif is_wanted and code >= 1000:
                found.append((code, value))
        return found


MOST = 1e300
"""Numbers beyond are taken for damage."""


def number(value: bytes | None) -> float | None:
    """A value as a finite number, or None."""
    if value is None:
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if -MOST < found < MOST else None


def integer(value: bytes | None) -> int | None:
    """A value as an integer, or None."""
    if value is None:
        return None
    try:
        return int(value)
    except ValueError:
        found = number(value)
        return None if found is None else int(found)


def points(record: Record, code: int) -> Iterator[tuple[float, float, float]]:
    """Every point of a group code: x at ``code``, y at ``code + 10``, z at ``code + 20``."""
    x: float | None = None
    y = z = 0.0
    for found, value in record.tags:
        if found == code:
            if x is not None:
                yield x, y, z
            x, y, z = number(value), 0.0, 0.0
        elif found == code + 10 and x is not None:
            y = number(value) or 0.0
        elif found == code + 20 and x is not None:
            z = number(value) or 0.0
    if x is not None:
        yield x, y, z


def point(record: Record, code: int) -> tuple[float, float, float] | None:
    """First point of a group code, or None."""
    return next(points(record, code), None)


def of_firsts(firsts: Mapping[int, bytes], code: int) -> tuple[float, float, float] | None:
    """Point of a group code among the first values, or None."""
    try:
        x, y, z = float(firsts[code]), float(firsts[code + 10]), float(firsts[code + 20])
    except (KeyError, ValueError):
        return _of_some(firsts, code)
    is_finite = -MOST < x < MOST and -MOST < y < MOST and -MOST < z < MOST
    return (x, y or 0.0, z or 0.0) if is_finite else _of_some(firsts, code)


def _of_some(firsts: Mapping[int, bytes], code: int) -> tuple[float, float, float] | None:
    """A point of which some numbers may be missing or no numbers."""
    x = number(firsts.get(code))
    if x is None:
        return None
    return x, number(firsts.get(code + 10)) or 0.0, number(firsts.get(code + 20)) or 0.0


def rows_of(bounds: Sequence[int] | Any, entities: Any) -> tuple[Any, Any]:
    """Rows of all tags of some entities, and for each row which of them it belongs to.

    Args:
        bounds: First row of every entity, and the row behind the last.
        entities: Numbers of the entities.
    """
    first, last = bounds[entities], bounds[entities + 1]
    lengths = last - first
    owner = np.repeat(np.arange(len(entities)), lengths)
    offsets = np.concatenate(([0], np.cumsum(lengths)[:-1])) if len(lengths) else lengths
    return np.arange(int(lengths.sum())) + np.repeat(first - offsets, lengths), owner
