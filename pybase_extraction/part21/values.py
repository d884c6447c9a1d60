"""What stands in a record: references, texts, numbers, enumerations, and the record itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NamedTuple, TypeAlias

COMPLEX: Final = ""
"""Type name of complex instances, ``#1=(A(...)B(...));``."""


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
