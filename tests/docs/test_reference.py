"""The reference has every field of every result and option, with what it means."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

from pybase_extraction import results

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "reference" / name for name in ("results.md", "options.md")]


def load(name: str) -> ModuleType:
    """A module of the documentation, which is no package."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


vocabulary = load("vocabulary")


def documented() -> Iterator[type[BaseModel]]:
    for page in PAGES:
        for name in re.findall(r"^\.\. models:: (\S+)$", page.read_text("utf-8"), re.MULTILINE):
            members = vocabulary.members_of(importlib.import_module(name))
            yield from (member for member in members if issubclass(member, BaseModel))


MODELS = list(documented())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_says_what_it_means(model: type[BaseModel]) -> None:
    assert [row.name for row in vocabulary.rows_of(model) if not row.meaning] == []
    assert set(vocabulary.attributes_of(model)) <= set(model.model_fields), "the docstring tells of what is not there"


def test_every_public_model_of_results_is_in_the_reference() -> None:
    public = {getattr(results, name) for name in results.__all__}
    models = {each for each in public if isinstance(each, type) and issubclass(each, BaseModel)}
    assert models - set(MODELS) == set()


class Base(BaseModel):
    kept: str
    """From the base."""
    narrowed: str | None = None
    """In words."""


class Sample(Base):
    """A sample.

    Attributes:
        size, depth: In mm,
            as written.
    """

    size: tuple[float, ...] = ()
    depth: float | None = None
    narrowed: str = "a"
    silent: dict[str, int] = {}


def test_a_field_is_told_with_its_type_its_default_and_its_meaning() -> None:
    rows = {row.name: row for row in vocabulary.rows_of(Sample)}
    assert set(rows) == {"size", "depth", "narrowed", "silent"}
    assert rows["size"] == vocabulary.Row("size", "list of number", "``()``", "In mm, as written.")
    assert rows["depth"] == vocabulary.Row("depth", "number or None", "``None``", "In mm, as written.")
    assert (rows["silent"].type, rows["silent"].meaning) == ("integer by text", "")
