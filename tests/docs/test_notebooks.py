"""The notebooks are kept without outputs; ``nox -s docs`` runs each and checks what it shows."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))


def promised() -> dict[str, list[str]]:
    """What the builder of the pages looks for, read without importing Sphinx."""
    tree = ast.parse((DOCS / "notebook_pages.py").read_text("utf-8"))
    (value,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "PROMISED"
    )
    found: dict[str, list[str]] = eval(compile(ast.Expression(value), "PROMISED", "eval"))
    return found


def test_there_are_three_and_each_promises_something() -> None:
    assert len(NOTEBOOKS) == 3
    assert set(promised()) == {path.stem for path in NOTEBOOKS}
    assert all(promised().values())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs_and_its_code_parses(path: Path) -> None:
    code = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code), "strip the outputs"
    for cell in code:
        ast.parse("".join(cell["source"]))
