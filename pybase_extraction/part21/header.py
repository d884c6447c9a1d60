"""The header section (ISO 10303-21:2016, 8)."""

from __future__ import annotations

from dataclasses import dataclass

from pybase_extraction.part21.parameters import parse
from pybase_extraction.part21.values import Component, Value


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


_HEADER_LIMIT = 4 << 20
_HEADER_ENTITIES = ("FILE_DESCRIPTION", "FILE_NAME", "FILE_SCHEMA")


def read_header(text: bytes, code_page: str | None) -> Header:
    """Read the header from what stands before the first instance."""
    # the header entities stand side by side like the partial records of a complex instance
    values, _ = parse(b"(" + text[:_HEADER_LIMIT] + b")", code_page, is_complex=True)
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


def _text_at(arguments: tuple[Value, ...], place: int) -> str | None:
    value = arguments[place] if place < len(arguments) else None
    return value if isinstance(value, str) else None


def _texts_at(arguments: tuple[Value, ...], place: int) -> tuple[str, ...]:
    value = arguments[place] if place < len(arguments) else None
    if isinstance(value, str):
        return (value,)
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, tuple) else ()
