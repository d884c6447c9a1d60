"""What is deprecated works and says until when, and is removed in time."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from pybase_extraction.deprecation import renamed_argument, warn_deprecated

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "pybase_extraction", *(ROOT / "plugins").glob("*/pybase_extraction_*")]


@renamed_argument("colour", "color_by", removed_in="9.0")
def draw(page: int, color_by: str = "kind") -> str:
    """Draw a page."""
    return f"{page} by {color_by}"


@renamed_argument("timeout", "timeout_s", removed_in="9.0")
async def wait(*, timeout_s: float) -> float:
    return timeout_s


def test_a_former_name_works_and_says_which_version_removes_it_where_it_is_used() -> None:
    with pytest.warns(DeprecationWarning, match="colour") as caught:
        assert draw(3, colour="confidence") == "3 by confidence"
    assert str(caught[0].message) == (
        "The argument 'colour' of draw is deprecated and will be removed in pybase-extraction 9.0. Say 'color_by'."
    )
    assert caught[0].filename == __file__


async def _wait_by_the_former_name() -> float:
    with pytest.warns(DeprecationWarning, match="removed in pybase-extraction 9.0"):
        waiting = wait(timeout=2.0)
    return await waiting


@pytest.mark.anyio
async def test_an_asynchronous_function_warns_where_it_is_called() -> None:
    assert await _wait_by_the_former_name() == 2.0


def test_the_new_name_says_nothing_and_both_are_a_mistake() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert draw(3, color_by="confidence") == draw(3, "confidence")
    with pytest.raises(TypeError, match="'color_by' and its former name 'colour'"):
        draw(3, colour="a", color_by="b")


def test_the_signature_and_the_words_stay_those_of_the_function() -> None:
    assert list(inspect.signature(draw).parameters) == ["page", "color_by"]
    assert draw.__doc__ == "Draw a page."


def test_a_rename_to_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="no argument 'color'"):
        renamed_argument("colour", "color", removed_in="9.0")(lambda page: page)


def test_other_things_are_deprecated_in_the_same_words() -> None:
    with pytest.warns(DeprecationWarning, match=r"The module x is deprecated .* in pybase-extraction 9.0\. Import y\."):
        warn_deprecated("The module x", removed_in="9.0", instead="Import y")


def overdue(source: str, version: str) -> Iterator[str]:
    """Versions that calls name as ``removed_in`` and that are not later than the library's own."""
    for node in ast.walk(ast.parse(source)):
        for argument in node.keywords if isinstance(node, ast.Call) else ():
            if argument.arg == "removed_in" and isinstance(argument.value, ast.Constant):
                named = str(argument.value.value)
                if numbers(named) <= numbers(version):
                    yield named


def numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def test_nothing_outlives_the_version_that_removes_it() -> None:
    version = importlib.metadata.version("pybase-extraction")
    late = {
        path.name: found
        for folder in SOURCES
        for path in folder.rglob("*.py")
        if (found := list(overdue(path.read_text("utf-8"), version)))
    }
    assert late == {}
    assert list(overdue("f(removed_in='0.3')\nf(removed_in='0.10')\nf(removed_in=later)", "0.9")) == ["0.3"]
