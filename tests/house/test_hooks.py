"""Every hook has a page with an example, is listed with its arguments, and its specification is documented."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from pybase_extraction import hookspecs

HOOKS = [name for name in dir(hookspecs) if name.startswith(hookspecs.PREFIX)]
PAGES = Path(__file__).parents[2] / "docs" / "how-to" / "hooks"

RELEASED = {
    "after_extract": ["source", "result"],
    "before_extract": ["source", "extractor", "options"],
    "classify_error": ["error"],
    "detect": ["probe"],
    "diagnose": ["credentials"],
    "job_event": ["event"],
    "ocr_page": ["raster", "context"],
    "open_queue": ["address", "repository"],
    "open_runner": ["name", "slots"],
    "register": ["registry"],
    "render_page": ["source", "format", "page", "max_pixels", "password"],
}
"""Arguments that plugins may take: a hook gets more, and never loses one."""


@pytest.mark.parametrize("name", RELEASED)
def test_arguments_of_a_hook_are_only_ever_added(name: str) -> None:
    given = inspect.signature(getattr(hookspecs, f"{hookspecs.PREFIX}{name}")).parameters
    assert set(RELEASED[name]) <= set(given)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_documented_with_its_arguments(name: str) -> None:
    hook = getattr(hookspecs, name)
    assert hook.__doc__
    assert f"{name}({', '.join(inspect.signature(hook).parameters)})" in (PAGES / "index.md").read_text("utf-8")


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_a_page_whose_example_implements_it(name: str) -> None:
    page = (PAGES / f"{name.removeprefix(hookspecs.PREFIX)}.md").read_text("utf-8")
    signature = ", ".join(inspect.signature(getattr(hookspecs, name)).parameters)
    assert f"{name}({signature})" in page
    examples = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert any(f"@hookimpl\n{indent}def {name}(" in code for code in examples for indent in ("", "    "))


def test_no_page_tells_of_a_hook_that_is_not_there() -> None:
    assert {f"{hookspecs.PREFIX}{page.stem}" for page in PAGES.glob("*.md")} - {f"{hookspecs.PREFIX}index"} == set(
        HOOKS
    )
