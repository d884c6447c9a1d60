"""An IFC file as objects with named attributes, over the index of its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from pybase_extraction.part21 import (
    DERIVED,
    Component,
    Enumeration,
    Part21File,
    Ref,
    TypedValue,
    decode_string,
    parse_arguments,
)
from pybase_extraction_ifc.schema import IfcClass, Schema

_STRING = rb"'([^']*+(?:''[^']*+)*+)'"
ROOT: Final = re.compile(
    rb"\(\s*+(?:" + _STRING + rb"|\$|\*)\s*+,\s*+(?:#(\d{1,18})|\$|\*)\s*+,"
    rb"\s*+(?:" + _STRING + rb"|\$|\*)\s*+,\s*+(?:" + _STRING + rb"|\$|\*)\s*+"
)
_REF = re.compile(rb"#(\d{1,18})")
_REFS = rb"(#\d{1,18}|\([#\d,\s]*+\))"
_PLAIN_RELATION = re.compile(
    ROOT.pattern
    + rb",\s*+"
    + _REFS.replace(b"(#", b"(?P<first>#", 1)
    + rb"\s*+,\s*+"
    + _REFS.replace(b"(#", b"(?P<second>#", 1)
    + rb"\s*+\)\s*+"
)


@dataclass(frozen=True, slots=True)
class Entity:
    """One instance with its class.

    Attributes:
        id: Number after ``#``.
        ifc_class: Its class.
        values: Its arguments in the class's order.
    """

    id: int
    ifc_class: IfcClass
    values: tuple[Any, ...]

    def get(self, attribute: str) -> Any:
        """Value of an attribute; None when it is empty, derived, or the class does not have it."""
        place = self.ifc_class.places.get(attribute)
        if place is None or place >= len(self.values):
            return None
        value = self.values[place]
        return None if value is DERIVED else value

    def text(self, *attributes: str) -> str | None:
        """First of some attributes that is a text or an enumeration item, without the name of a select type."""
        for attribute in attributes:
            value = self.get(attribute)
            if value.__class__ is str:
                return value
            value = plain(value)
            if isinstance(value, str):
                return str(value)
        return None

    def number(self, attribute: str) -> float | None:
        """An attribute that is a number, without the name of a select type; None when it is something else."""
        value = plain(self.get(attribute))
        return value if isinstance(value, (int, float)) and not isinstance(value, (bool, Ref)) else None

    def ref(self, attribute: str) -> int | None:
        """Number of the instance that an attribute refers to, or None."""
        value = self.get(attribute)
        return int(value) if isinstance(value, Ref) else None

    def refs(self, attribute: str) -> list[int]:
        """Numbers of the instances that an attribute refers to, one or many."""
        return refs_in(self.get(attribute))

    def is_a(self, name: str) -> bool:
        """Whether its class is, or inherits from, a class."""
        return name in self.ifc_class.ancestors


@dataclass(frozen=True, slots=True)
class Root:
    """What every rooted instance starts with, and the arguments after it as written."""

    global_id: str | None
    owner: int | None
    name: str | None
    description: str | None
    rest: bytes


def plain(value: Any) -> Any:
    """Take the name of a select type off a value."""
    while isinstance(value, TypedValue):
        value = value.value
    return value


def refs_in(value: Any) -> list[int]:
    """Numbers of the instances that a value refers to, in its order; select types are looked through."""
    value = plain(value)
    if isinstance(value, Ref):
        return [int(value)]
    if isinstance(value, tuple):
        return [number for item in value for number in refs_in(item)]
    return []


class IfcModel:
    """Instances by class and number, decoded when they are asked for and kept.

    Attributes:
        file: The index of the bytes.
        schema: The classes that it is read with.
    """

    def __init__(self, file: Part21File) -> None:
        self.file = file
        declared = next((name for name in file.schemas if name.startswith("IFC")), None)
        self.schema = Schema(declared or next(iter(file.schemas), None))
        self._entities: dict[int, Entity | None] = {}

    @cached_property
    def classes(self) -> dict[str, IfcClass]:
        """For every keyword of the file its class; keywords that no schema has are described as unknown."""
        found = {}
        for keyword in self.file.types():
            if keyword:
                found[keyword] = self.schema.find(keyword) or self.schema.unknown(keyword)
        return found

    def keywords(self, *names: str) -> list[str]:
        """Keywords of the file whose class is, or inherits from, one of some classes, in order of appearance."""
        wanted = frozenset(names)
        return [keyword for keyword, ifc_class in self.classes.items() if ifc_class.ancestors & wanted]

    def ids(self, *names: str) -> list[int]:
        """Numbers of the instances of some classes and their subclasses, each once, in the file's order."""
        keywords = self.keywords(*names)
        return self.file.ids(*keywords) if keywords else []

    def of(self, *names: str) -> Iterator[Entity]:
        """Instances of some classes and their subclasses, each once, in the file's order."""
        for number in self.ids(*names):
            entity = self.entity(number)
            if entity is not None:
                yield entity

    def texts(self, *names: str) -> Iterator[tuple[int, bytes]]:
        """Number and arguments as written of the instances of some classes and their subclasses."""
        keywords = self.keywords(*names)
        return self.file.texts(*keywords) if keywords else iter(())

    def class_of(self, number: int | None) -> IfcClass | None:
        """Class of an instance; None when there is none of that number."""
        keyword = None if number is None else self.file.type_of(number)
        return self.classes.get(keyword) if keyword else None

    def entity(self, number: int | None) -> Entity | None:
        """Decode an instance; None when there is none of that number."""
        if number is None:
            return None
        if number not in self._entities:
            self._entities[number] = self._decode(number)
        return self._entities[number]

    def _decode(self, number: int) -> Entity | None:
        found = self.entry(number)
        return Entity(number, found[0], parse_arguments(found[1], self.file.code_page)[0]) if found else None

    def entry(self, number: int) -> tuple[IfcClass, bytes] | None:
        """Class and arguments as written of an instance; None when there is none of that number."""
        found = self.file.entry(number)
        ifc_class = self.classes.get(found[0]) if found else None
        return (ifc_class, found[1]) if found and ifc_class else None

    def root(self, number: int) -> Root | None:
        """Read the attributes that every rooted instance starts with; None where there are no such."""
        text = self.file.text(number)
        return None if text is None else read_root(text, self.file.code_page)

    def global_id(self, number: int | None) -> str | None:
        """GlobalId of an instance, or None."""
        root = None if number is None else self.root(number)
        return root.global_id if root else None

    def name(self, number: int | None) -> str | None:
        """Name of a rooted instance, or None."""
        root = None if number is None else self.root(number)
        return root.name if root else None

    def relations(self, name: str, relating: str, related: str) -> Iterator[tuple[list[int], list[int], int]]:
        """Relations of a class as (relating instances, related instances, number of the relation)."""
        for keyword in self.keywords(name):
            ifc_class = self.classes[keyword]
            first, second = ifc_class.places.get(relating), ifc_class.places.get(related)
            if first is None or second is None:
                continue
            is_plain = {first, second} == {4, 5}
            for number, text in self.file.texts(keyword):
                if is_plain and (match := _PLAIN_RELATION.fullmatch(text)):
                    pair = (
                        [int(item) for item in _REF.findall(match["first"])],
                        [int(item) for item in _REF.findall(match["second"])],
                    )
                    yield (*(pair if first == 4 else reversed(pair)), number)
                    continue
                values = parse_arguments(text, self.file.code_page)[0]
                if max(first, second) < len(values):
                    yield refs_in(values[first]), refs_in(values[second]), number


def read_root(text: bytes, code_page: str | None = None) -> Root | None:
    """Read the four attributes of IfcRoot from arguments as written."""
    match = ROOT.match(text)
    if match is None:
        return None
    global_id, owner, name, description = match.groups()
    return Root(
        global_id.decode("ascii", "replace") if global_id is not None else None,
        int(owner) if owner is not None else None,
        decode_string(name, code_page) if name is not None else None,
        decode_string(description, code_page) if description is not None else None,
        text[match.end() :],
    )


@dataclass(slots=True)
class Found:
    """Things that the reader of the result must know, gathered on the way.

    Attributes:
        issues: By code and message: the places, in order.
    """

    issues: dict[tuple[str, str, str], list[tuple[int | None, str | None]]] = field(default_factory=dict)

    def add(
        self, code: str, severity: str, message: str, *, step_id: int | None = None, global_id: str | None = None
    ) -> None:
        """Note one occurrence."""
        self.issues.setdefault((code, severity, message), []).append((step_id, global_id))


def truth(value: Any) -> bool | str | None:
    """Read an IfcBoolean or IfcLogical: True, False, ``"UNKNOWN"``; None for anything else."""
    match plain(value):
        case "T":
            return True
        case "F":
            return False
        case "U":
            return "UNKNOWN"
        case _:
            return None


__all__ = ["Component", "Entity", "Enumeration", "Found", "IfcModel", "Root", "plain", "read_root", "refs_in", "truth"]
