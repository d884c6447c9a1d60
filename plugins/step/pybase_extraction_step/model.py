"""A STEP file as entities that refer to each other, with the defects found while reading it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pybase_extraction.part21 import COMPLEX, Part21File, Record, Ref, TypedValue

_TEXT = re.compile(rb"'[^']*+'")
_COMPONENT = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*+)\s*+\(")
_SPLINE_WITHIN = 300
_REFERENCE = re.compile(rb"#(\d{1,18})")
_ONLY_REFERENCE = re.compile(rb"[^'#]*+(?:'[^'#]*+'[^'#]*+)*+#(\d{1,18})[^#']*+\Z")


@dataclass(slots=True)
class Found:
    """What the reader of the result must know, each message with the instances concerned."""

    issues: dict[tuple[str, str, str], list[int | None]] = field(default_factory=dict)

    def add(self, code: str, severity: str, message: str, step_id: int | None = None) -> None:
        """Note a defect; equal messages are counted together."""
        self.issues.setdefault((code, severity, message), []).append(step_id)


class StepModel:
    """Entities of one file, decoded once.

    Attributes:
        file: The index of the bytes.
        found: Where defects are noted.
    """

    def __init__(self, file: Part21File, found: Found) -> None:
        self.file = file
        self.found = found
        self._records: dict[int, Record | None] = {}
        self._complex: dict[str, list[int]] | None = None

    def get(self, reference: object) -> Record | None:
        """The instance that a value refers to; None when it is no reference or the instance is not there."""
        if not isinstance(reference, int):
            return None
        number = int(reference)
        if number not in self._records:
            self._records[number] = self.file.get(number)
        return self._records[number]

    def of(self, *type_names: str) -> Iterator[Record]:
        """Simple instances of some types, then complex ones that have one of them as a part."""
        yield from self.file.records(*type_names)
        seen: set[int] = set()
        for name in type_names:
            for number in self.complex_ids(name):
                record = self.get(number)
                if number not in seen and record is not None:
                    seen.add(number)
                    yield record

    def complex_ids(self, component: str) -> list[int]:
        """Numbers of the complex instances with a partial record of that type, B-splines left out.

        Rational B-splines are the bulk of the complex instances of a large file, and hold nothing but numbers.
        """
        return self._components().get(component, [])

    def components(self) -> dict[str, int]:
        """For every type of partial record the number of complex instances that have it, B-splines left out."""
        return {name: len(numbers) for name, numbers in self._components().items()}

    def _components(self) -> dict[str, list[int]]:
        if self._complex is None:
            self._complex = {}
            for number, content in self.file.texts(COMPLEX):
                if b"B_SPLINE" in content[:_SPLINE_WITHIN]:
                    continue
                for name in set(_COMPONENT.findall(content)):
                    self._complex.setdefault(name.decode("ascii").upper(), []).append(number)
        return self._complex

    def arguments(self, reference: object, *type_names: str) -> tuple[Any, ...]:
        """Arguments of an instance if it is of one of the types, or of its partial record; else nothing."""
        record = reference if isinstance(reference, Record) else self.get(reference)
        if record is None:
            return ()
        if record.type in type_names:
            return record.arguments
        if record.type == COMPLEX:
            for name in type_names:
                part = record.component(name)
                if part is not None:
                    return part
        return ()

    def kind(self, reference: object) -> str | None:
        """Type of the instance that a value refers to."""
        return self.file.type_of(int(reference)) if isinstance(reference, int) else None

    def references(self, number: int) -> list[int]:
        """Numbers that an instance refers to, in order, without decoding it."""
        text = self.file.text(number)
        return [] if text is None else references_in(text)


def references_in(text: bytes) -> list[int]:
    """Numbers of the instances that a parameter list refers to."""
    if b"'" in text:
        text = _TEXT.sub(b"", text)
    return [int(found) for found in _REFERENCE.findall(text)]


def only_reference(text: bytes) -> int | None:
    """Number of the one instance that a parameter list refers to; None where there is none, several, or doubt."""
    found = _ONLY_REFERENCE.match(text)
    return None if found is None else int(found[1])


def at(arguments: tuple[Any, ...], place: int) -> Any:
    """One argument, None where the list is too short."""
    return arguments[place] if place < len(arguments) else None


def text(value: object) -> str | None:
    """A text as written; None for empty ones and for placeholders that say that there is none."""
    plain = value.value if isinstance(value, TypedValue) else value
    return plain if isinstance(plain, str) and plain.strip() else None


def number(value: object) -> float | None:
    """A number, also one of a named type; None for anything else."""
    plain = value.value if isinstance(value, TypedValue) else value
    if isinstance(plain, bool | Ref) or not isinstance(plain, int | float):
        return None
    try:
        return float(plain)
    except OverflowError:
        return None


def references(value: object) -> list[int]:
    """References directly in a list; a single reference counts as a list of one."""
    if isinstance(value, Ref):
        return [int(value)]
    if isinstance(value, TypedValue):
        return references(value.value)
    if isinstance(value, tuple):
        return [int(item) for item in value if isinstance(item, Ref)]
    return []
