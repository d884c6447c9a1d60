"""What breaks the rules of the exchange structure, and references that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pybase_extraction.part21.header import Header
from pybase_extraction.part21.index import Index, RowTable
from pybase_extraction.part21.layout import CHUNK, PAD, Layout
from pybase_extraction.part21.slips import empty_parameters, header_slips, unknown_escapes
from pybase_extraction.part21.words import numbers_after, words_of

if TYPE_CHECKING:
    from pybase_extraction.part21.words import Positions


_SAMPLES: Final = 20


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that breaks the rules of the exchange structure.

    Attributes:
        code: ``missing-start``, ``missing-header``, ``missing-schema``, ``missing-endsec``, ``missing-end``,
            ``truncated-record``, ``missing-semicolon``, ``broken-string``, ``unterminated-comment``,
            ``duplicate-ids``, ``malformed-records``, ``foreign-code-page``, ``malformed-header``, ``stray-semicolons``,
            ``empty-parameters`` or ``unknown-escapes``.
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


def duplicates_of(ids: Positions) -> tuple[int, ...]:
    """Instance numbers that are used more than once, ascending."""
    import numpy as np

    if len(ids) < 2 or bool((ids[1:] > ids[:-1]).all()):
        return ()
    ordered = np.sort(ids)
    return tuple(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]).tolist())


def damage_of(
    header: Header,
    layout: Layout,
    index: Index,
    duplicates: tuple[int, ...],
    data: bytes,
    first: int,
    code_page: str | None,
    *,
    unterminated: bool,
) -> Iterator[Damage]:
    """Tell what breaks the rules, the start of the file first."""
    last = tuple(layout.ids[-1:].tolist())
    head, tail = data[:first], data[int(layout.ends[-1]) if last else 0 :]
    if b"ISO-10303-21" not in head:
        yield Damage("missing-start", "The file does not start with ISO-10303-21.")
    if not header.entities:
        yield Damage("missing-header", "The file has no header section.")
    elif not header.schemas:
        yield Damage("missing-schema", "The header names no schema.")
    for slip in header_slips(header, head):
        yield Damage("malformed-header", slip)
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
        ("empty-parameters", empty_parameters(data, index), "records have nothing between two commas; read as $"),
        ("unknown-escapes", unknown_escapes(data, index), "records hold a backslash that is no escape; read as it is"),
    ):
        if numbers:
            yield Damage(code, f"{len(numbers)} {message}.", numbers[:_SAMPLES], len(numbers))
    if layout.stray:
        yield Damage("stray-semicolons", f"{layout.stray} semicolons follow another one.", (), layout.stray)


def find_dangling(data: bytes, index: Index, table: RowTable) -> Dangling:
    """Find references to instances that are not there."""
    import numpy as np

    view, words = np.frombuffer(data, np.uint8), words_of(data)
    suspects: list[tuple[int, int]] = []
    for at in range(0, len(view) - len(PAD), 4 * CHUNK):
        hashes = np.flatnonzero(view[at : min(at + 4 * CHUNK, len(view) - len(PAD))] == 35) + at
        numbers = numbers_after(words, hashes + 1)
        missing = (numbers >= 0) & table.missing(numbers)
        suspects += zip(hashes[missing].tolist(), numbers[missing].tolist(), strict=True)
    # an address or a colour in a text may look like a reference: only now look at the records
    found = list(_referring(data, index, suspects))
    return Dangling(len(found), tuple((int(index.ids[row]), number) for row, number in found[:_SAMPLES]))


def _referring(data: bytes, index: Index, suspects: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    import numpy as np

    positions = np.array([at for at, _ in suspects], np.int64)
    rows = np.searchsorted(index.openings, positions) - 1
    for (at, number), row in zip(suspects, rows.tolist(), strict=True):
        if row < 0 or index.types[row] < 0 or at >= index.ends[row]:
            continue
        if not data.count(b"'", int(index.openings[row]), at) & 1:
            yield row, number
