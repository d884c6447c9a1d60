r"""Slips of grammar that are read over, and told: empty parameters, stray semicolons, unknown escapes, odd headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pybase_extraction.part21.header import Header
from pybase_extraction.part21.index import Index

_ESCAPES = re.compile(
    rb"\\(?:\\|X2\\(?:[0-9A-Fa-f]{4})*+\\X0\\|X4\\(?:[0-9A-Fa-f]{8})*+\\X0\\|X\\[0-9A-Fa-f]{2}"
    rb"|S\\(?:''|.)|P[A-I]\\|[NF]\\|())",
    re.DOTALL,
)
_FIELDS = {"FILE_DESCRIPTION": 2, "FILE_NAME": 7, "FILE_SCHEMA": 1}
_FURTHER = {"FILE_POPULATION", "SECTION_LANGUAGE", "SECTION_CONTEXT", "SCHEMA_POPULATION"}
"""Header entities of edition 3 that may be left out; those of users begin with an exclamation mark (8.2)."""


def empty_parameters(data: bytes, index: Index) -> tuple[int, ...]:
    """Instances with nothing between two commas; what is not given has to be written as ``$`` (12.2)."""
    return tuple(_instances(data, index, _places(data, b",,"), is_inside=False))


def unknown_escapes(data: bytes, index: Index) -> tuple[int, ...]:
    """Instances with a backslash that begins no escape, as in paths; it is read as it stands (6.4.3)."""
    if b"\\" not in data:
        return ()
    places = (match.start() for match in _ESCAPES.finditer(data) if match.lastindex is not None)
    return tuple(_instances(data, index, places, is_inside=True))


def header_slips(header: Header, head: bytes) -> Iterator[str]:
    """Sentences about header entities that are not as clause 8.2 has them."""
    if header.entities and b"HEADER" not in head:
        yield "The header section does not begin with HEADER."
    for entity in header.entities:
        wanted = _FIELDS.get(entity.type)
        if wanted is not None and len(entity.arguments) != wanted:
            yield f"{entity.type} has {len(entity.arguments)} parameters in place of {wanted}."
        elif wanted is None and entity.type not in _FURTHER and not entity.type.startswith("!"):
            yield f"{entity.type} is no header entity."


def _places(data: bytes, what: bytes) -> Iterator[int]:
    at = data.find(what)
    while at >= 0:
        yield at
        at = data.find(what, at + 1)


def _instances(data: bytes, index: Index, places: Iterable[int], *, is_inside: bool) -> dict[int, None]:
    """Numbers of the instances that have one of some ascending places inside, or outside, of a string."""
    import numpy as np

    positions = np.fromiter(places, np.int64)
    rows = np.searchsorted(index.openings, positions) - 1
    found: dict[int, None] = {}
    before, counted, quotes = -1, 0, 0
    for at, row in zip(positions.tolist(), rows.tolist(), strict=True):
        if row < 0 or index.types[row] < 0 or at >= index.ends[row]:
            continue
        if row != before:
            before, counted, quotes = row, int(index.openings[row]), 0
        # apostrophes are counted on from the last place: a string of nothing but escapes takes linear time
        quotes += data.count(b"'", counted, at)
        counted = at
        if (quotes & 1 == 1) == is_inside:
            found[int(index.ids[row])] = None
    return found
