"""The IFC schemas: which classes there are, what they inherit and in which order their attributes stand.

A table instead of a library: reading it takes milliseconds.  Classes that the declared schema lacks are looked up in
its relatives, because files use them all the same (IFC4X3 files with classes that the final version dropped).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

BASE_SCHEMAS = ("IFC4X3_ADD2", "IFC4", "IFC2X3")
"""The schemas that are known, newest first."""


@dataclass(frozen=True, slots=True)
class IfcClass:
    """An entity of a schema.

    Attributes:
        name: As the schema writes it, for example ``"IfcWall"``; the keyword of the file when no schema has it.
        schema: Schema that declares it, or None.
        attributes: Explicit attributes, inherited ones first.
        types: For each attribute the name of its type, "" for aggregates and simple types.
        ancestors: Its own name and those of its supertypes.
        places: For each attribute its 0-based place among the arguments.
    """

    name: str
    schema: str | None
    attributes: tuple[str, ...]
    types: tuple[str, ...]
    ancestors: frozenset[str]
    places: dict[str, int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", {name: place for place, name in enumerate(self.attributes)})


_ROOT = ("GlobalId", "OwnerHistory", "Name", "Description")


def base_schema(declared: str) -> tuple[str, bool]:
    """Find the known schema that is nearest to a declared one.

    Drafts and corrigenda (IFC4X3_RC4, IFC4X3_ADD1, IFC4X3), their final version; IFC2X, IFC2X2 and IFC2X_FINAL, which
    IFC2X3 extends, IFC2X3; anything else, IFC4.

    Returns:
        The known schema, and whether the declared name means exactly that.
    """
    name = declared.upper().replace("-", "_")
    if name in {"IFC4X3", "IFC4X3_ADD2", "IFC4X3_ADD1", "IFC4X3_TC1"}:
        # ISO 16739-1:2024 is IFC4X3 ADD2; its header name is IFC4X3_ADD2 or, as buildingSMART asks, IFC4X3
        return "IFC4X3_ADD2", name in {"IFC4X3", "IFC4X3_ADD2"}
    if name.startswith(("IFC4X", "IFC5")):
        return "IFC4X3_ADD2", False
    if name.startswith(("IFC2", "IFC1")):
        return "IFC2X3", name in {"IFC2X3", "IFC2X3_TC1"}
    return "IFC4", name in {"IFC4", "IFC4_ADD1", "IFC4_ADD2", "IFC4_ADD2_TC1"}


class Schema:
    """Classes by their keyword, in one schema first and then in its relatives."""

    def __init__(self, declared: str | None) -> None:
        self.declared = declared
        self.base, self.is_exact = base_schema(declared or "IFC4")
        self._order = (self.base, *(name for name in BASE_SCHEMAS if name != self.base))
        self._classes: dict[str, IfcClass | None] = {}

    def find(self, keyword: str) -> IfcClass | None:
        """Find a class by its name in any case; None when no known schema has it."""
        if keyword not in self._classes:
            found = (_class(schema, keyword.upper()) for schema in self._order)
            self._classes[keyword] = next((item for item in found if item is not None), None)
        return self._classes[keyword]

    def unknown(self, keyword: str) -> IfcClass:
        """Describe a class that no schema has; only the attributes that every rooted object has are known."""
        return IfcClass(keyword, None, (*_ROOT, "ObjectType"), ("",) * 5, frozenset({keyword}))

    def type_name(self, keyword: str) -> str:
        """Spell the name of a defined type as the schema does; as given when no schema has it."""
        found = (_types(schema).get(keyword.upper()) for schema in self._order)
        return next((item for item in found if item), keyword)


@cache
def _tables() -> dict[str, Any]:
    text = files(__package__ or "pybase_extraction_ifc").joinpath("schemas.json").read_text(encoding="utf-8")
    tables: dict[str, Any] = json.loads(text)
    return tables


@cache
def _keywords(schema: str) -> dict[str, str]:
    return {name.upper(): name for name in _tables()[schema]["entities"]}


@cache
def _types(schema: str) -> dict[str, str]:
    return {name.upper(): name for name in _tables()[schema]["types"]}


@cache
def _class(schema: str, keyword: str) -> IfcClass | None:
    name = _keywords(schema).get(keyword)
    if name is None:
        return None
    parent, own = _tables()[schema]["entities"][name]
    inherited = _class(schema, parent.upper()) if parent else None
    names = tuple(text.partition(":")[0] for text in own)
    types = tuple(text.partition(":")[2] for text in own)
    if inherited is None:
        return IfcClass(name, schema, names, types, frozenset({name}))
    return IfcClass(name, schema, inherited.attributes + names, inherited.types + types, inherited.ancestors | {name})
