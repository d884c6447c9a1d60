"""What the docstring of a model says of its fields, for people who see only its JSON Schema."""

from __future__ import annotations

import inspect
import re

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

_ENTRY = re.compile(r"(?P<names>\w+(?:, \w+)*): (?P<text>.*)")


def attributes_of(model: type) -> dict[str, str]:
    """What the section ``Attributes`` of a class's docstring says, by name."""
    _, _, section = inspect.cleandoc(model.__doc__ or "").partition("Attributes:\n")
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if line.startswith("     ") and names:
            for name in names:
                found[name] += f" {line.strip()}"
        elif match := _ENTRY.fullmatch(line.strip()):
            names = match["names"].split(", ")
            found.update(dict.fromkeys(names, match["text"]))
    return found


class DescribedModel(BaseModel):
    """A model whose JSON Schema says of every field what the docstrings say.

    Fields that a model inherits are described by their own class.  What has a description already keeps it.
    """

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        told: dict[str, str] = {}
        for base in reversed(cls.__mro__):
            told |= attributes_of(base)
        for name, value in schema.get("properties", {}).items():
            if name in told:
                value.setdefault("description", told[name])
        if summary := inspect.cleandoc(cls.__doc__ or "").partition("Attributes:\n")[0].strip():
            schema["description"] = summary
        return reference
