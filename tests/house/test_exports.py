"""The public names: listed, sorted, documented, and where they say."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pybase_extraction


def test_the_list_is_sorted_and_complete() -> None:
    assert pybase_extraction.__all__ == sorted(pybase_extraction.__all__)
    assert set(pybase_extraction.__all__) == set(pybase_extraction._HOMES)
    tree = ast.parse(Path(str(pybase_extraction.__file__)).read_text("utf-8"))
    typed = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert typed - {"annotations", "TYPE_CHECKING", "Any"} == set(pybase_extraction.__all__)


@pytest.mark.parametrize("name", pybase_extraction.__all__)
def test_a_public_name_is_there_and_documented(name: str) -> None:
    found = getattr(pybase_extraction, name)
    assert getattr(found, "__doc__", None), name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = pybase_extraction.nothing
