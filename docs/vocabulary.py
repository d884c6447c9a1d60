"""Models, options and errors as tables: every field with its type, its default and its meaning.

Autodoc shows a model by its signature, which for forty fields nobody reads.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import re
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from pybase_extraction.descriptions import attributes_of

_PLAIN = {
    bool: "true or false",
    bytes: "bytes",
    float: "number",
    int: "integer",
    str: "text",
    type(None): "None",
    SecretStr: "secret text",
    Path: "path",
    Any: "any",
}


@dataclass(frozen=True)
class Row:
    """A field: its name, its type in words, its default as Python writes it, and what it means."""

    name: str
    type: str
    default: str
    meaning: str


def own_fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Fields that a model adds to those of its bases, or whose type it narrows."""
    return {
        name: field for name, field in model.model_fields.items() if name in model.__dict__.get("__annotations__", {})
    }


def rows_of(model: type[BaseModel]) -> Iterator[Row]:
    """A model's own fields in their order; a field without a meaning has an empty one."""
    told = attributes_of(model)
    for name, field in own_fields(model).items():
        meaning = told.get(name) or " ".join((field.description or "").split())
        yield Row(name, type_in_words(field.annotation), _default(field), meaning)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return ""
    if isinstance(value, enum.Enum):
        return f"``{value.value!r}``"
    return "none of them" if isinstance(value, BaseModel) else f"``{value!r}``"


def type_in_words(annotation: Any) -> str:
    """A type as a reader of the JSON would say it, in reStructuredText."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if origin is Annotated:
        return type_in_words(arguments[0])
    if origin is Literal:
        return ", ".join(f"``{value!r}``" for value in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(type_in_words(each) for each in arguments))
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return f"list of {type_in_words(arguments[0])}"
    if origin is tuple:
        words = [type_in_words(each) for each in arguments]
        return f"{len(words)} × {words[0]}" if len(set(words)) == 1 else f"({', '.join(words)})"
    if origin in (list, frozenset, set):
        return f"list of {type_in_words(arguments[0])}"
    if origin is dict:
        return f"{type_in_words(arguments[1])} by {type_in_words(arguments[0])}"
    name = getattr(annotation, "__name__", str(annotation))
    return f":py:class:`{name} <{annotation.__module__}.{name}>`" if isinstance(annotation, type) else f"``{name}``"


def introduction(member: type) -> list[str]:
    """A class's docstring without its section of attributes."""
    return inspect.cleandoc(member.__doc__ or "").partition("Attributes:\n")[0].rstrip().splitlines()


def members_of(module: types.ModuleType) -> Iterator[type]:
    """Public classes that a module defines, in their order."""
    for name, member in vars(module).items():
        if isinstance(member, type) and member.__module__ == module.__name__ and not name.startswith("_"):
            yield member


# --- what follows is called by Sphinx alone --------------------------------------------------------------------------


def setup(app: Any) -> dict[str, bool]:
    """Connect to Sphinx."""
    from sphinx.util.docutils import SphinxDirective

    class Models(SphinxDirective):
        """``.. models:: module`` shows the models and enumerations of a module."""

        required_arguments = 1

        def run(self) -> list[Any]:
            module = importlib.import_module(self.arguments[0])
            return self.parse_text_to_nodes("\n".join(_module(module)))

    class Errors(SphinxDirective):
        """``.. errors::`` shows the codes of all errors."""

        def run(self) -> list[Any]:
            return self.parse_text_to_nodes("\n".join(_errors()))

    app.add_directive("models", Models)
    app.add_directive("errors", Errors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _module(module: types.ModuleType) -> Iterator[str]:
    from sphinx.pycode import ModuleAnalyzer

    told = ModuleAnalyzer.for_module(module.__name__).find_attr_docs()
    about = (module.__doc__ or "").strip().splitlines()
    # one line says no more than the heading above it
    yield from [*(about if len(about) > 1 else []), "", f".. py:module:: {module.__name__}", ""]
    for (owner, name), lines in told.items():
        if not owner and not name.startswith("_"):
            yield from [f".. py:data:: {name}", "", *_indented(lines), ""]
    for member in members_of(module):
        if issubclass(member, BaseModel):
            yield from _model(member)
        elif issubclass(member, enum.Enum):
            yield from _enumeration(member, told)
        else:
            yield from [f".. autoclass:: {module.__name__}.{member.__name__}", ""]


def _model(model: type[BaseModel]) -> Iterator[str]:
    rows = list(rows_of(model))
    if silent := [row.name for row in rows if not row.meaning]:
        raise LookupError(f"{model.__module__}.{model.__name__}: nobody says what {', '.join(silent)} means")
    yield from [f".. py:class:: {model.__name__}", "", *_indented(introduction(model)), ""]
    if more := [f":py:class:`~{base.__module__}.{base.__name__}`" for base in _bases(model)]:
        yield from [f"   Has the fields of {' and '.join(more)} too.", ""]
    if rows:
        lines = [(f"``{row.name}``", row.type, row.default, row.meaning) for row in rows]
        yield from _indented([*_table(("field", "type", "default", "meaning"), lines, "22 22 14 42"), ""])
    for name, member in vars(model).items():
        if name.startswith("_") or name in model.model_fields or name.startswith("model_"):
            continue
        if isinstance(member, property):
            yield from [f"   .. autoproperty:: {model.__module__}.{model.__name__}.{name}", ""]
        elif inspect.isfunction(member) or isinstance(member, classmethod):
            yield from [f"   .. automethod:: {model.__module__}.{model.__name__}.{name}", ""]


def _bases(model: type[BaseModel]) -> list[type]:
    return [
        base for base in model.__bases__ if isinstance(base, type) and issubclass(base, BaseModel) and base.model_fields
    ]


def _enumeration(member: type[enum.Enum], told: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    yield from [f".. py:class:: {member.__name__}", "", *_indented(introduction(member)), ""]
    lines = [(f"``{each.value!r}``", " ".join(told.get((member.__name__, each.name), [])).strip()) for each in member]
    if any(meaning for _, meaning in lines):
        yield from _indented([*_table(("value", "meaning"), lines, "25 75"), ""])
    else:
        yield from [f"   One of {', '.join(value for value, _ in lines)}.", ""]


def _errors() -> Iterator[str]:
    from pybase_extraction import errors
    from pybase_extraction.integrations.fastapi.failures import status_of
    from pybase_extraction.retry import RetryPolicy, classify

    lines = []
    for member in members_of(errors):
        example = member("")
        first = (inspect.getdoc(member) or "").splitlines()[0]
        again = "yes" if RetryPolicy().decide(classify(example)).retries else "no"
        link = f":py:exc:`{member.__name__} <pybase_extraction.errors.{member.__name__}>`"
        lines.append((f"``{member.code}``", link, again, str(status_of(example)), first))
    yield from _table(("code", "class", "tried again", "HTTP", "meaning"), lines, "20 24 8 8 40")


def _table(headers: tuple[str, ...], lines: list[tuple[str, ...]], widths: str) -> list[str]:
    made = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for line in [headers, *lines]:
        made += [f"   {'* -' if index == 0 else '  -'} {cell}" for index, cell in enumerate(line)]
    return made


def _indented(lines: list[str]) -> list[str]:
    return [f"   {line}" if line else "" for line in lines]
