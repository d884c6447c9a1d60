r"""Read ISO 10303-21 exchange structures (STEP, IFC): an index of the bytes, records decoded on demand.

``Part21File.open`` finds every instance of the data sections, its number, type and extent, with a few passes over the
bytes; nothing is decoded until it is asked for.  Damage never raises: what is wrong is told by ``Part21File.damage``
and ``Record.is_damaged``, and the rest is read.

    file = Part21File.open("model.ifc")
    file.schemas                    # ("IFC4",)
    for record in file.records("IFCPROJECT"):
        record.arguments            # ("2O2Fr$t4X7Zf8NOew3FNr2", Ref(5), "Tower", None, ...)

How Part 21 writes a value, and what it becomes (clause numbers of ISO 10303-21:2016):

====================  ==========================================  ==============
written               becomes                                     clause
====================  ==========================================  ==============
``$``                 None                                        6.5.4
``*``                 ``DERIVED``                                 12.2.6
``12``, ``1.5E3``     int, float                                  6.4.1, 6.4.2
``'text'``            str, escapes decoded                        6.4.3
``.STEEL.``           ``Enumeration("STEEL")``                    6.4.5
``"0F1"``             ``Binary("0F1")``                           6.4.6
``#12``               ``Ref(12)``                                 6.4.4
``IFCLABEL('x')``     ``TypedValue("IFCLABEL", "x")``             12.2.8
``(1,2)``             ``(1, 2)``                                  12.1.5
``<part.stp#5>``      ``Resource("part.stp#5")``                  6.4.7
====================  ==========================================  ==============

A file is indexed in time linear in its length, and lists deeper than ``MAX_DEPTH`` damage their record only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from pybase_extraction.errors import CorruptedFileError, EmptyFileError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    _Positions: TypeAlias = NDArray[np.int64]

COMPLEX: Final = ""
"""Type name of complex instances, ``#1=(A(...)B(...));``."""

MAX_DEPTH: Final = 128
"""Lists in lists beyond which a record counts as damaged; application protocols use fewer than ten."""

_SAMPLES: Final = 20


class Derived(Enum):
    """The value ``*``: the schema derives it."""

    DERIVED = "*"

    def __repr__(self) -> str:
        return "DERIVED"


DERIVED: Final = Derived.DERIVED


class Ref(int):
    """Number of another instance."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Ref({int(self)})"


class Enumeration(str):
    """An enumeration item without its dots; truth values are ``T``, ``F`` and ``U``."""

    __slots__ = ()


class Binary(str):
    """A binary value: hexadecimal digits after the digit that counts the unused bits at the left."""

    __slots__ = ()


class Resource(str):
    """Address of an instance in another file, without its angle brackets."""

    __slots__ = ()


class TypedValue(NamedTuple):
    """A value of a select type with the name of its defined type in upper case."""

    type: str
    value: Any


Value: TypeAlias = "Derived | int | float | str | TypedValue | tuple[Any, ...] | None"


class Component(NamedTuple):
    """One partial record of a complex instance."""

    type: str
    arguments: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One instance.

    Attributes:
        id: Its number, after ``#``.
        type: Keyword in upper case; ``COMPLEX`` for a complex instance.
        arguments: Decoded values; empty for a complex instance.
        components: Partial records of a complex instance in the order written; empty otherwise.
        is_damaged: Its text breaks the grammar; the values are what could be read, places may be missing.
    """

    id: int
    type: str
    arguments: tuple[Value, ...]
    components: tuple[Component, ...] = ()
    is_damaged: bool = False

    def component(self, type_name: str) -> tuple[Value, ...] | None:
        """Arguments of one partial record of a complex instance, or None."""
        return next((item.arguments for item in self.components if item.type == type_name), None)


@dataclass(frozen=True, slots=True)
class Header:
    """The header section (clause 8); None where the file does not say, "" where it says nothing.

    Attributes:
        description: Texts of FILE_DESCRIPTION.
        implementation_level: For example ``"2;1"``.
        name: Name of FILE_NAME.
        time_stamp: As written.
        author: As written.
        organization: As written.
        preprocessor_version: As written.
        originating_system: As written.
        authorization: As written.
        schemas: Of FILE_SCHEMA, as written.
        entities: Every header entity with its arguments in the order written.
    """

    description: tuple[str, ...] = ()
    implementation_level: str | None = None
    name: str | None = None
    time_stamp: str | None = None
    author: tuple[str, ...] = ()
    organization: tuple[str, ...] = ()
    preprocessor_version: str | None = None
    originating_system: str | None = None
    authorization: str | None = None
    schemas: tuple[str, ...] = ()
    entities: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that breaks the rules of the exchange structure.

    Attributes:
        code: ``missing-start``, ``missing-header``, ``missing-schema``, ``missing-endsec``, ``missing-end``,
            ``truncated-record``, ``missing-semicolon``, ``broken-string``, ``unterminated-comment``,
            ``duplicate-ids``, ``malformed-records`` or
            ``foreign-code-page``.
        message: One sentence for people.
        ids: The instances concerned, at most the first twenty.
        count: How many there are.
    """

    code: str
    message: str
    ids: tuple[int, ...] = ()
    count: int = 1


@dataclass(frozen=True, slots=True)
class Dangling:
    """References to instances that the file does not hold.

    Attributes:
        count: How many references.
        samples: The first of them as (instance that refers, number that is missing).
    """

    count: int
    samples: tuple[tuple[int, int], ...]


# -- values ----------------------------------------------------------------------------------------------------------

_ESCAPE = re.compile(
    r"\\(?:(\\)|X2\\((?:[0-9A-Fa-f]{4})*+)\\X0\\|X4\\((?:[0-9A-Fa-f]{8})*+)\\X0\\|X\\([0-9A-Fa-f]{2})"
    r"|S\\(''|.)|P([A-I])\\|([NF])\\)|''",
    re.DOTALL,
)
_PART_OF_8859 = {letter: f"iso8859-{number}" for number, letter in enumerate("ABCDEFGHI", start=1)}


def decode_string(text: bytes, code_page: str | None = None) -> str:
    r"""Decode what stands between the apostrophes of a string (clause 6.4.3).

    ``''``, ``\\``, ``\X\``, ``\X2\``, ``\X4\``, ``\S\`` with ``\P?\``, and the print controls ``\N\`` and ``\F\``.
    Bytes beyond ASCII are UTF-8 as of edition 3, else Windows-1252, else ISO 8859-1.  Incomplete escapes stay as
    written.

    Args:
        text: The bytes between the apostrophes.
        code_page: What the bytes in ``\X\`` and ``\S\`` are against the standard, see ``Part21File.code_page``.
    """
    try:
        plain = text.decode("ascii")
    except UnicodeDecodeError:
        plain = _decode_beyond_ascii(text)
    if "\\" not in plain and "'" not in plain:
        return plain
    decoded = _decode_escapes(plain)
    if code_page is None or decoded.isascii() or not text.isascii():
        return decoded
    try:
        return decoded.encode("iso8859-1").decode(code_page)
    except UnicodeError:
        return decoded


def _decode_escapes(plain: str) -> str:
    page = "iso8859-1"

    def replace(match: re.Match[str]) -> str:
        nonlocal page
        kind, found = match.lastindex, match[match.lastindex or 0]
        match kind:
            case 1:
                return "\\"
            case 2:
                return bytes.fromhex(found).decode("utf-16-be", "replace")
            case 3:
                return bytes.fromhex(found).decode("utf-32-be", "replace")
            case 4:
                return chr(int(found, 16))
            case 5:
                return bytes([(ord(found[0]) & 0x7F) | 0x80]).decode(page, "replace")
            case 6:
                page = _PART_OF_8859[found]
                return ""
            case 7:
                return "\n" if found == "N" else "\f"
            case _:
                return "'"

    return _ESCAPE.sub(replace, plain)


def encode_string(text: str) -> bytes:
    r"""Write a text as the inside of a string: ASCII, everything else by ``\X2\`` or ``\X4\``."""

    def escape(match: re.Match[str]) -> str:
        found = match[0]
        if found in "'\\":
            return found * 2
        if max(found) <= "\uffff":
            return f"\\X2\\{found.encode('utf-16-be', 'replace').hex().upper()}\\X0\\"
        return f"\\X4\\{found.encode('utf-32-be', 'replace').hex().upper()}\\X0\\"

    return re.sub(r"['\\]|[^\x20-\x7e]+", escape, text).encode("ascii")


def _decode_beyond_ascii(text: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return text.decode(encoding)
        except UnicodeDecodeError:
            continue
    return text.decode("iso8859-1")


_TOKEN = re.compile(
    rb"#(\d{1,18})(?!\d)"
    rb"|'([^']*+(?:''[^']*+)*+)'"
    rb"|([-+]?(?:\d[\d.]*|(?<![\w.])\.\d+)(?:[Ee][-+]?\d+)?)"
    rb"|(\$)"
    rb"|\.([A-Za-z_][A-Za-z0-9_]*)\."
    rb"|(\()"
    rb"|(\))"
    rb"|([A-Za-z_!][A-Za-z0-9_\-]*+)\s*+(?=\()"
    rb"|(\*)"
    rb"|\"([0-9A-Fa-f]*)\""
    rb"|<([^<>]*)>"
    rb"|(,(?=\s*+[,)]))"
    rb"|((?:[A-Za-z_!][A-Za-z0-9_\-]*+)|[^\s,])"
)
_REF, _STRING, _NUMBER, _NULL, _ENUM, _OPEN, _CLOSE, _KEYWORD, _DERIVED, _BINARY, _RESOURCE, _EMPTY = range(1, 13)


@dataclass(slots=True)
class _Keyword:
    name: str


def parse_arguments(text: bytes, code_page: str | None = None) -> tuple[tuple[Value, ...], bool]:
    """Decode a parameter list, written with or without its outer parentheses.

    Args:
        text: As ``Part21File.text`` gives it.
        code_page: See ``decode_string``.

    Returns:
        The values, and whether the text breaks the grammar.
    """
    return _parse(text, code_page, is_complex=False)


def _parse(text: bytes, code_page: str | None, *, is_complex: bool) -> tuple[tuple[Any, ...], bool]:
    top: list[Any] = []
    stack, damaged = [top], False
    append = top.append
    for match in _TOKEN.finditer(text):
        kind = match.lastindex
        if kind == _REF:
            append(Ref(match[1]))
        elif kind == _STRING:
            append(decode_string(match[2], code_page))
        elif kind == _NUMBER:
            value = _number(match[3])
            damaged |= value is None
            append(value)
        elif kind == _NULL:
            append(None)
        elif kind == _ENUM:
            append(Enumeration(match[5].decode("ascii")))
        elif kind == _OPEN:
            if len(stack) > MAX_DEPTH:
                return (), True
            stack.append([])
            append = stack[-1].append
        elif kind == _CLOSE:
            if len(stack) == 1:
                damaged = True
            else:
                closed = tuple(stack.pop())
                append = stack[-1].append
                _close(stack[-1], closed, is_component=is_complex and len(stack) == 2)
        elif kind == _KEYWORD:
            append(_Keyword(match[8].decode("ascii").upper()))
        elif kind == _DERIVED:
            append(DERIVED)
        elif kind == _BINARY:
            append(Binary(match[10].decode("ascii")))
        elif kind == _RESOURCE:
            append(Resource(_decode_beyond_ascii(match[11])))
        else:
            damaged = True
            if kind == _EMPTY:
                append(None)
    damaged |= len(stack) > 1
    while len(stack) > 1:
        closed = tuple(stack.pop())
        _close(stack[-1], closed, is_component=is_complex and len(stack) == 2)
    return (top[0] if len(top) == 1 and type(top[0]) is tuple else tuple(top)), damaged


def _close(outer: list[Any], closed: tuple[Any, ...], *, is_component: bool) -> None:
    if not outer or type(outer[-1]) is not _Keyword:
        outer.append(closed)
        return
    name = outer.pop().name
    if is_component:
        outer.append(Component(name, closed))
    else:
        outer.append(TypedValue(name, closed[0] if len(closed) == 1 else closed))


def _number(text: bytes) -> int | float | None:
    try:
        value = float(text) if b"." in text or b"E" in text or b"e" in text else int(text)
    except ValueError:
        return None
    return value if abs(value) < _HUGE else None


_HUGE: Final = float("inf")


# -- the index -------------------------------------------------------------------------------------------------------

_CHUNK = 1 << 20
_PAD = bytes(16)
_BOUNDARY = re.compile(rb";[ \t]*[\r\n]\s*#\d+\s*=")
_BLANKS = re.compile(rb"\s*+")
_DEFINITION = re.compile(rb"#[ \t]*(\d{1,18})\s*\Z")
_TYPE = re.compile(rb"[A-Za-z_!][A-Za-z0-9_\-]*\Z")
_NAME_WORDS = 8


@dataclass(slots=True)
class _Index:
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

    ids: _Positions
    openings: _Positions
    ends: _Positions
    types: _Positions
    names: list[str]
    rows: dict[str, _Positions]
    malformed: tuple[int, ...]
    resources: dict[int, tuple[int, int]]


def _positions(view: NDArray[np.uint8], byte: int) -> _Positions:
    import numpy as np

    # chunks stay in the cache: twice as fast as one pass over 50 MB, and no temporary of the file's size
    found = [np.flatnonzero(view[at : at + _CHUNK] == byte) + at for at in range(0, len(view), _CHUNK)]
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _blank_comments(data: bytes) -> tuple[bytes, bool]:
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


def _parities(quotes: _Positions, boundaries: _Positions, positions: _Positions) -> _Positions:
    """1 where a position stands inside a string, counting apostrophes from the last boundary before it."""
    import numpy as np

    counts = np.searchsorted(quotes, positions)
    if len(boundaries):
        bases = np.concatenate(([0], np.searchsorted(quotes, boundaries)))
        counts = counts - bases[np.searchsorted(boundaries, positions)]
    return (counts & 1).astype(np.int64)


def _boundaries(data: bytes, quotes: _Positions, semicolons: _Positions) -> _Positions:
    """Semicolons that end a record whatever the apostrophes say; empty in a file whose strings are whole.

    A string cannot hold a line break (clause 6.4.3), so ``;`` at the end of a line before ``#n=`` is outside of any.
    """
    import numpy as np

    inside = semicolons[_parities(quotes, quotes[:0], semicolons) == 1]
    if not len(quotes) & 1 and not any(_BOUNDARY.match(data, at) for at in inside.tolist()):
        return quotes[:0]
    return np.fromiter((match.start() for match in _BOUNDARY.finditer(data)), np.int64)


def _skip_blanks(data: bytes, view: NDArray[np.uint8], positions: _Positions, step: int) -> _Positions:
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


def _words(data: bytes) -> NDArray[np.uint64]:
    """Every unaligned little-endian 8 byte word of the data."""
    import numpy as np

    return np.ndarray((max(len(data) - 7, 0),), dtype="<u8", buffer=data, strides=(1,))


def _numbers_before(data: bytes, words: NDArray[np.uint64], ends: _Positions) -> tuple[_Positions, _Positions]:
    """Read the instance numbers whose last digit stands at ``ends``.

    Eight bytes at a time within a 64 bit word; numbers of eight digits and more one by one.

    Returns:
        The numbers, -1 where there is no ``#`` with digits; and where each ``#`` stands.
    """
    import numpy as np

    u64 = np.uint64
    top = u64(0x8080808080808080)
    text = words[np.maximum(ends - 7, 0)] ^ u64(0x3030303030303030)
    other = (((text & ~top) + u64(0x7676767676767676)) | text) & top
    for shift in (8, 16, 32):
        other |= other >> u64(shift)
    # how many low bytes are no digits of the number: one of nine patterns
    masked = np.searchsorted(np.array([0x8080808080808080 >> (64 - 8 * k) if k else 0 for k in range(9)], u64), other)
    text &= ~((other >> u64(7)) * u64(255))
    text = (text * u64(10) + (text >> u64(8))) & u64(0x00FF00FF00FF00FF)
    text = (text * u64(100) + (text >> u64(16))) & u64(0x0000FFFF0000FFFF)
    text = (text * u64(10000) + (text >> u64(32))) & u64(0xFFFFFFFF)
    numbers, hashes = text.astype(np.int64), ends - (8 - masked)
    view = np.frombuffer(data, np.uint8)
    fine = (masked < 8) & (masked > 0) & (ends >= 7) & (view[np.maximum(hashes, 0)] == 35)
    for row in np.flatnonzero(~fine).tolist():
        end = int(ends[row])
        match = _DEFINITION.search(data, max(0, end - 40), end + 1)
        numbers[row], hashes[row] = (int(match[1]), match.start()) if match else (-1, end)
    return numbers, hashes


def _hash_names(words: NDArray[np.uint64], starts: _Positions) -> NDArray[np.uint64]:
    """Hash what stands from each start to the next opening parenthesis, at most 64 bytes."""
    import numpy as np

    u64 = np.uint64
    hashes = np.zeros(len(starts), u64)
    active, at = np.arange(len(starts)), starts
    for _ in range(_NAME_WORDS):
        word = words[np.minimum(at, len(words) - 1)]
        other = word ^ u64(0x2828282828282828)
        found = (other - u64(0x0101010101010101)) & ~other & u64(0x8080808080808080)
        lowest = found & (~found + u64(1))
        # wraps to all ones where no byte is a parenthesis
        word &= (lowest >> u64(7)) - u64(1)
        mixed = (hashes[active] ^ word) * u64(0x9E3779B97F4A7C15)
        hashes[active] = mixed ^ (mixed >> u64(29))
        open_ended = found == 0
        active, at = active[open_ended], at[open_ended] + 8
        if not len(active):
            break
    return hashes


def _group(hashes: NDArray[np.uint64]) -> list[_Positions]:
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


@dataclass(slots=True)
class _Layout:
    """Where records stand: one entry a record, in the order of the file.

    Attributes:
        ids: Instance numbers.
        starts: Of what follows the equals sign.
        ends: Of the semicolon, or of what takes its place.
        torn: Numbers of records without a semicolon before the next record.
        broken: Numbers of records whose strings have no end.
        is_truncated: The last record has no semicolon.
    """

    ids: _Positions
    starts: _Positions
    ends: _Positions
    torn: tuple[int, ...]
    broken: tuple[int, ...]
    is_truncated: bool


def _find_records(data: bytes, words: NDArray[np.uint64]) -> _Layout:
    import numpy as np

    view = np.frombuffer(data, np.uint8)
    quotes, semicolons, equals = (_positions(view, byte) for byte in b"';=")
    boundaries = _boundaries(data, quotes, semicolons)
    inside = _parities(quotes, boundaries, semicolons) == 1
    broken = semicolons[inside & np.isin(semicolons, boundaries)]
    semicolons = semicolons[~inside | np.isin(semicolons, boundaries)] if len(boundaries) else semicolons[~inside]
    equals = equals[_parities(quotes, boundaries, equals) == 0]
    ids, hashes = _numbers_before(data, words, _skip_blanks(data, view, equals - 1, -1))
    ids, hashes, equals = ids[ids >= 0], hashes[ids >= 0], equals[ids >= 0]
    if not len(ids):
        return _Layout(ids, equals, equals, (), (), is_truncated=False)
    place = np.searchsorted(semicolons, equals)
    ends = np.append(semicolons, len(data) - len(_PAD))[place]
    following = np.append(hashes[1:], len(data))
    torn = ends > following
    torn_ids = tuple(ids[torn].tolist())
    broken_ids = tuple(ids[np.maximum(np.searchsorted(equals, broken) - 1, 0)].tolist())
    starts = _skip_blanks(data, view, equals + 1, 1)
    return _Layout(
        ids, starts, np.minimum(ends, following), torn_ids, broken_ids, is_truncated=bool(place[-1] == len(semicolons))
    )


def _index(data: bytes, layout: _Layout, words: NDArray[np.uint64]) -> _Index:
    import numpy as np

    openings = layout.starts.copy()
    found: dict[str, list[_Positions]] = {}
    resources: dict[int, tuple[int, int]] = {}
    malformed: list[int] = []
    for rows in _group(_hash_names(words, layout.starts)):
        first = int(rows[0])
        start, end = int(layout.starts[first]), int(layout.ends[first])
        opening = data.find(b"(", start, min(end, start + 8 * _NAME_WORDS))
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
    return _Index(layout.ids, openings, layout.ends, types, list(ordered), ordered, tuple(malformed), resources)


# -- the file --------------------------------------------------------------------------------------------------------


class Part21File:
    """An exchange structure: its header, and its instances by number and type.

    Types are named by their keyword in upper case.  Wherever instances come in an order it is that of the file.  Of
    instances with one number the last counts, and ``damage`` tells so.  Safe to read from several threads.

    Attributes:
        data: The content, comments blanked, padded with zero bytes.
        code_page: Python's name of the code page whose bytes the strings hold in escapes that the standard keeps for
            ISO 8859-1; None for files that keep to it.
        header: The header section.
        damage: What breaks the rules of the exchange structure.
    """

    def __init__(self, data: bytes, *, name: str | None = None) -> None:
        """Index a content; use ``open``."""
        import numpy as np

        if not data:
            shown = repr(name) if name else "The file"
            raise EmptyFileError(f"{shown} is empty (0 bytes).", name=name, remedy="Export or upload it again.")
        blanked, unterminated = _blank_comments(_double_shifted_apostrophes(data))
        self.data: bytes = blanked + _PAD
        words = _words(self.data)
        layout = _find_records(self.data, words)
        if not len(layout.ids) and b"ISO-10303-21" not in data[:4096]:
            shown = repr(name) if name else "The content"
            raise CorruptedFileError(
                f"{shown} is no ISO 10303-21 exchange structure: neither its start nor any instance was found.",
                name=name,
                remedy="Export the model again as a STEP physical file.",
            )
        self._index: _Index = _index(self.data, layout, words)
        # indexing a memoryview gives an int three times as fast as indexing an array
        self._columns = tuple(column.data for column in (self._index.types, self._index.openings, self._index.ends))
        first = int(layout.starts[0]) if len(layout.ids) else len(blanked)
        self.code_page: str | None = _foreign_code_page(self.data)
        self.header: Header = _read_header(self.data[:first], self.code_page)
        duplicates = _duplicates(layout.ids)
        self._rows = _RowTable(layout.ids, np.flatnonzero(self._index.types >= 0))
        tail = self.data[int(layout.ends[-1]) if len(layout.ids) else 0 :]
        self.damage: tuple[Damage, ...] = tuple(
            _damage(
                self.header,
                layout,
                self._index,
                duplicates,
                self.data[:first],
                tail,
                self.code_page,
                unterminated=unterminated,
            )
        )
        self._complex: dict[str, list[int]] | None = None

    @classmethod
    def open(cls, source: str | os.PathLike[str] | bytes, *, name: str | None = None) -> Part21File:
        """Index a file.

        Args:
            source: Its path, or its content.
            name: Display name for messages; the path's last part when None.

        Raises:
            EmptyFileError: It has no bytes.
            CorruptedFileError: It has neither the start of an exchange structure nor any instance.
        """
        if isinstance(source, bytes):
            return cls(source, name=name)
        path = Path(source)
        return cls(path.read_bytes(), name=name or path.name)

    @property
    def schemas(self) -> tuple[str, ...]:
        """Schema names of the header in upper case, without the object identifier that may follow."""
        return tuple(text.partition("{")[0].strip().upper() for text in self.header.schemas)

    def __len__(self) -> int:
        """Count instances."""
        return sum(len(rows) for rows in self._index.rows.values())

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self._rows.get(number, -1) >= 0

    def types(self) -> dict[str, int]:
        """For every type its number of instances, in order of first appearance."""
        return {name: len(rows) for name, rows in self._index.rows.items()}

    def ids(self, *type_names: str) -> list[int]:
        """Numbers of the instances of some types; of all without arguments."""
        numbers: list[int] = self._index.ids[self._rows_of(type_names)].tolist()
        return numbers

    def type_of(self, number: int) -> str | None:
        """Type of an instance, ``COMPLEX`` for a complex one, None when there is none."""
        row = self._rows.get(number, -1)
        return None if row < 0 else self._index.names[self._columns[0][row]]

    def text(self, number: int) -> bytes | None:
        """The arguments of an instance as written, from the opening parenthesis on; None when there is none."""
        found = self.entry(number)
        return None if found is None else found[1]

    def entry(self, number: int) -> tuple[str, bytes] | None:
        """Type and arguments as written of an instance, with one look-up; None when there is none."""
        row = self._rows.get(number, -1)
        if row < 0:
            return None
        types, openings, ends = self._columns
        return self._index.names[types[row]], self.data[openings[row] : ends[row]]

    def texts(self, *type_names: str) -> Iterator[tuple[int, bytes]]:
        """Number and arguments as written of every instance of some types: for own decoders of many records."""
        rows, index, data = self._rows_of(type_names), self._index, self.data
        columns = (column[rows].tolist() for column in (index.ids, index.openings, index.ends))
        for number, start, end in zip(*columns, strict=True):
            yield number, data[start:end]

    def record(self, number: int) -> Record:
        """Decode an instance.

        Raises:
            KeyError: There is none of that number.
        """
        found = self.get(number)
        if found is None:
            raise KeyError(number)
        return found

    def get(self, number: int) -> Record | None:
        """Decode an instance; None when there is none of that number."""
        found = self.entry(number)
        return None if found is None else _decode(number, *found, self.code_page)

    def records(self, *type_names: str) -> Iterator[Record]:
        """Decode the instances of some types, of all without arguments."""
        names, rows = self._index.names, self._rows_of(type_names)
        kinds = self._index.types[rows].tolist()
        for kind, (number, text) in zip(kinds, self.texts(*type_names), strict=True):
            yield _decode(number, names[kind], text, self.code_page)

    def complex_ids(self, component: str) -> list[int]:
        """Numbers of the complex instances with a partial record of that type."""
        if self._complex is None:
            self._complex = {}
            for number, text in self.texts(COMPLEX):
                for part in _decode(number, COMPLEX, text, self.code_page).components:
                    self._complex.setdefault(part.type, []).append(number)
        return list(self._complex.get(component.upper(), ()))

    def resources(self) -> dict[int, Resource]:
        """For every instance number that the reference section defines its address (clause 10)."""
        spans = self._index.resources.items()
        found = {number: parse_arguments(self.data[start:end])[0] for number, (start, end) in spans}
        return {number: values[0] for number, values in found.items() if values and isinstance(values[0], Resource)}

    def dangling(self) -> Dangling:
        """Find references to instances that are not there, over the whole file."""
        return _dangling(self.data, self._index, self._rows)

    def _rows_of(self, type_names: tuple[str, ...]) -> _Positions:
        import numpy as np

        parts = self._index.rows
        chosen = (
            [parts[name.upper()] for name in type_names if name.upper() in parts] if type_names else [*parts.values()]
        )
        if len(chosen) == 1:
            return chosen[0]
        return np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, np.int64)


def _decode(number: int, name: str, text: bytes, code_page: str | None) -> Record:
    values, damaged = _parse(text, code_page, is_complex=name == COMPLEX)
    if name != COMPLEX:
        return Record(number, name, values, (), damaged)
    components = tuple(value for value in values if type(value) is Component)
    return Record(number, name, (), components, damaged or len(components) != len(values))


_SHIFTED = re.compile(rb"(?<!\\)\\S\\'(?!'|\s*[,)])")


def _double_shifted_apostrophes(data: bytes) -> bytes:
    r"""Double the apostrophe of ``\S\'``, which some writers forget: it would end its string too early."""
    return _SHIFTED.sub(rb"\\S\\''", data) if b"\\S\\'" in data else data


_CONTROLS = re.compile(rb"\\X\\[89][0-9A-Fa-f]")
_ESCAPED_TEXT = re.compile(rb"'([^']*+(?:''[^']*+)*+)'")
_MAX_SAMPLED = 5000


def _foreign_code_page(data: bytes) -> str | None:
    r"""Tell which code page ``\X\`` escapes hold when they cannot be ISO 8859-1, which has no letters at 80 to 9F.

    Shift-JIS (cp932) when all such strings decode and a tenth of these bytes lead in kana (82, 83: rows 4 and 5 of
    JIS X 0208), which no Japanese text does without and no Western one has; else Windows-1252, if all decode.
    """
    if _CONTROLS.search(data) is None:
        return None
    texts: list[bytes] = []
    for match in _ESCAPED_TEXT.finditer(data):
        if _CONTROLS.search(match[1]) is not None:
            plain = _decode_escapes(match[1].decode("ascii", "replace"))
            texts.append(plain.encode("iso8859-1", "ignore"))
            if len(texts) == _MAX_SAMPLED:
                break
    controls = [byte for text in texts for byte in text if 0x80 <= byte <= 0x9F]
    kana = sum(byte in {0x82, 0x83} for byte in controls)
    if kana * 10 >= len(controls) > 0 and _all_decode(texts, "cp932"):
        return "cp932"
    return "cp1252" if controls and _all_decode(texts, "cp1252") else None


def _all_decode(texts: list[bytes], code_page: str) -> bool:
    try:
        for text in texts:
            text.decode(code_page)
    except UnicodeDecodeError:
        return False
    return True


class _RowTable:
    """From instance number to row: an array where numbers are dense, else a dictionary."""

    __slots__ = ("_dense", "_sparse")

    def __init__(self, ids: _Positions, rows: _Positions) -> None:
        import numpy as np

        numbers = ids[rows]
        top = int(numbers.max()) + 1 if len(numbers) else 0
        self._sparse: dict[int, int] = {}
        self._dense: memoryview | None = None
        if top <= 8 * len(numbers) + (1 << 16):
            table = np.full(top, -1, np.int64)
            table[numbers] = rows
            self._dense = table.data
        else:
            self._sparse = dict(zip(numbers.tolist(), rows.tolist(), strict=True))

    def get(self, number: int, default: int) -> int:
        """Row of an instance, or the default."""
        if self._dense is None:
            return self._sparse.get(number, default)
        if 0 <= number < len(self._dense):
            row: int = self._dense[number]
            return row
        return default

    def missing(self, numbers: _Positions) -> NDArray[np.bool_]:
        """Which of the numbers no instance has."""
        import numpy as np

        if self._dense is None:
            return ~np.isin(numbers, np.fromiter(self._sparse, np.int64))
        table = np.asarray(self._dense)
        within = (numbers >= 0) & (numbers < len(table))
        return ~within | (table[np.where(within, numbers, 0)] < 0) if len(table) else ~within


def _duplicates(ids: _Positions) -> tuple[int, ...]:
    import numpy as np

    if len(ids) < 2 or bool((ids[1:] > ids[:-1]).all()):
        return ()
    ordered = np.sort(ids)
    return tuple(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]).tolist())


def _read_header(text: bytes, code_page: str | None) -> Header:
    # the header entities stand side by side like the partial records of a complex instance
    values, _ = _parse(b"(" + text[:_HEADER_LIMIT] + b")", code_page, is_complex=True)
    entities = tuple(value for value in values if type(value) is Component)
    by_name = {entity.type: entity.arguments for entity in reversed(entities)}
    description, file_name, schema = (by_name.get(name, ()) for name in _HEADER_ENTITIES)
    return Header(
        description=_texts_at(description, 0),
        implementation_level=_text_at(description, 1),
        name=_text_at(file_name, 0),
        time_stamp=_text_at(file_name, 1),
        author=_texts_at(file_name, 2),
        organization=_texts_at(file_name, 3),
        preprocessor_version=_text_at(file_name, 4),
        originating_system=_text_at(file_name, 5),
        authorization=_text_at(file_name, 6),
        schemas=_texts_at(schema, 0),
        entities=entities,
    )


_HEADER_LIMIT = 4 << 20
_HEADER_ENTITIES = ("FILE_DESCRIPTION", "FILE_NAME", "FILE_SCHEMA")


def _text_at(arguments: tuple[Value, ...], place: int) -> str | None:
    value = arguments[place] if place < len(arguments) else None
    return value if isinstance(value, str) else None


def _texts_at(arguments: tuple[Value, ...], place: int) -> tuple[str, ...]:
    value = arguments[place] if place < len(arguments) else None
    if isinstance(value, str):
        return (value,)
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, tuple) else ()


def _damage(
    header: Header,
    layout: _Layout,
    index: _Index,
    duplicates: tuple[int, ...],
    head: bytes,
    tail: bytes,
    code_page: str | None,
    *,
    unterminated: bool,
) -> Iterator[Damage]:
    last = tuple(layout.ids[-1:].tolist())
    if b"ISO-10303-21" not in head:
        yield Damage("missing-start", "The file does not start with ISO-10303-21.")
    if not header.entities:
        yield Damage("missing-header", "The file has no header section.")
    elif not header.schemas:
        yield Damage("missing-schema", "The header names no schema.")
    if b"ENDSEC" not in tail or (not len(layout.ids) and head.count(b"ENDSEC") < 2):
        yield Damage("missing-endsec", "The last section has no ENDSEC: the file is probably cut off.", last)
    elif b"END-ISO-10303-21" not in tail:
        yield Damage("missing-end", "The file does not end with END-ISO-10303-21.")
    if layout.is_truncated:
        yield Damage("truncated-record", f"The last record, #{last[0]}, is cut off.", last)
    if code_page is not None:
        message = f"Strings hold bytes of the code page {code_page} in escapes for ISO 8859-1; they were read as such."
        yield Damage("foreign-code-page", message)
    if unterminated:
        yield Damage("unterminated-comment", "A comment has no end: what follows it was not read.")
    for code, numbers, message in (
        ("missing-semicolon", layout.torn, "records do not end with a semicolon"),
        ("broken-string", layout.broken, "records hold a string without its closing apostrophe"),
        ("duplicate-ids", duplicates, "instance numbers are used more than once; the last instance of each counts"),
        ("malformed-records", index.malformed, "records are not of the form #n=TYPE(...)"),
    ):
        if numbers:
            yield Damage(code, f"{len(numbers)} {message}.", numbers[:_SAMPLES], len(numbers))


def _dangling(data: bytes, index: _Index, table: _RowTable) -> Dangling:
    import numpy as np

    view, words = np.frombuffer(data, np.uint8), _words(data)
    suspects: list[tuple[int, int]] = []
    for at in range(0, len(view) - len(_PAD), 4 * _CHUNK):
        hashes = np.flatnonzero(view[at : min(at + 4 * _CHUNK, len(view) - len(_PAD))] == 35) + at
        numbers = _numbers_after(words, hashes + 1)
        missing = (numbers >= 0) & table.missing(numbers)
        suspects += zip(hashes[missing].tolist(), numbers[missing].tolist(), strict=True)
    # an address or a colour in a text may look like a reference: only now look at the records
    found = list(_referring(data, index, suspects))
    return Dangling(len(found), tuple((int(index.ids[row]), number) for row, number in found[:_SAMPLES]))


def _referring(data: bytes, index: _Index, suspects: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    import numpy as np

    positions = np.array([at for at, _ in suspects], np.int64)
    rows = np.searchsorted(index.openings, positions) - 1
    for (at, number), row in zip(suspects, rows.tolist(), strict=True):
        if row < 0 or index.types[row] < 0 or at >= index.ends[row]:
            continue
        if not data.count(b"'", int(index.openings[row]), at) & 1:
            yield row, number


def _numbers_after(words: NDArray[np.uint64], starts: _Positions) -> _Positions:
    """Read the instance numbers that start at ``starts``, up to fifteen digits; -1 where there is none."""
    high, digits = _digits_after(words, starts)
    long = digits == 8
    if long.any():
        low, more = _digits_after(words, starts[long] + 8)
        high[long] = high[long] * 10**more + low
    high[digits == 0] = -1
    return high


def _digits_after(words: NDArray[np.uint64], starts: _Positions) -> tuple[_Positions, _Positions]:
    import numpy as np

    u64 = np.uint64
    top = u64(0x8080808080808080)
    text = words[np.minimum(starts, len(words) - 1)] ^ u64(0x3030303030303030)
    other = (((text & ~top) + u64(0x7676767676767676)) | text) & top
    lowest = other & (~other + u64(1))
    # 0 where all eight are digits, which is one less than nothing
    digits = np.searchsorted(np.array([0x80 << (8 * k) for k in range(8)], u64), lowest - (lowest == 0))
    shift = ((8 - digits) * 8).astype(u64)
    text = np.where(digits > 0, text << np.minimum(shift, u64(63)), u64(0))
    text = (text * u64(10) + (text >> u64(8))) & u64(0x00FF00FF00FF00FF)
    text = (text * u64(100) + (text >> u64(16))) & u64(0x0000FFFF0000FFFF)
    text = (text * u64(10000) + (text >> u64(32))) & u64(0xFFFFFFFF)
    return text.astype(np.int64), digits
