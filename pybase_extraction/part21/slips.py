r"""Slips of grammar that are read over, and told: empty parameters, stray semicolons, unknown escapes, odd headers."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
    found = (_instance_at(data, index, at) for at in _places(data, b",,"))
    return tuple(number for number in found if number is not None)


def unknown_escapes(data: bytes, index: Index) -> tuple[int, ...]:
    """Instances with a backslash that begins no escape, as in paths; it is read as it stands (6.4.3)."""
    if b"\\" not in data:
        return ()
    places = (match.start() for match in _ESCAPES.finditer(data) if match.lastindex is not None)
    found = (_instance_at(data, index, at, is_inside=True) for at in places)
    return tuple(dict.fromkeys(number for number in found if number is not None))


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


def _instance_at(data: bytes, index: Index, at: int, *, is_inside: bool = False) -> int | None:
    """Number of the instance whose parameters are at a place, if that is, or is not, inside of a string."""
    import numpy as np

    row = int(np.searchsorted(index.openings, at)) - 1
    if row < 0 or index.types[row] < 0 or at >= index.ends[row]:
        return None
    is_string = data.count(b"'", int(index.openings[row]), at) & 1 == 1
    return int(index.ids[row]) if is_string == is_inside else None
