"""Every hook is documented, in its specification and on the page for plugin authors."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from pybase_extraction import hookspecs

HOOKS = [name for name in dir(hookspecs) if name.startswith(hookspecs.PREFIX)]
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-plugin.md"


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_documented_with_its_arguments(name: str) -> None:
    hook = getattr(hookspecs, name)
    assert hook.__doc__
    assert f"{name}({', '.join(inspect.signature(hook).parameters)})" in PAGE.read_text("utf-8")
