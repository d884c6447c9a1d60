"""The house's directions: an import goes only from lower to higher, and heavy libraries load late."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "pybase_extraction"

FLOORS = [
    ["errors", "units", "environment", "deprecation", "descriptions"],
    ["source", "addresses"],
    ["results"],
    ["bom_options"],
    ["drawing", "merging", "part21", "raster", "records"],
    ["extractor"],
    ["hookspecs", "option_errors"],
    ["tracing"],
    ["registry", "export", "dataframes"],
    ["pictures"],
    ["display"],
    ["comparison"],
    ["jobs"],
    ["retry"],
    ["enrichment"],
    ["attempt"],
    ["repositories", "runners", "storage"],
    ["worker", "telemetry"],
    ["manager"],
    ["blocking", "extraction", "mapping"],
    ["many"],
    ["integrations", "testing"],
    ["cli"],
]
"""From the bottom up; what stands on one floor does not import each other, but for the modules of one package."""
WITHIN_FLOOR = {
    ("telemetry", "worker"),
    ("records", "results"),
    ("source", "errors"),
    ("extraction", "blocking"),
    ("export", "records"),
}
FOR_PEOPLE = {("results", "dataframes"), ("results", "display"), ("results", "comparison"), ("results", "pictures")}
"""Methods by which a result shows itself import what shows it when they are called, never when results are loaded."""
LEVEL = {name: level for level, floor in enumerate(FLOORS) for name in floor}
HEAVY = [
    "sqlalchemy",
    "boto3",
    "pdfplumber",
    "pdfminer",
    "ezdxf",
    "ifcopenshell",
    "OCP",
    "numpy",
    "PIL",
    "cv2",
    "onnxruntime",
    "fastapi",
    "click",
]


def room(path: Path) -> str:
    return path.relative_to(CORE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> list[str]:
    """Rooms of the core that a file imports, type-checking-only imports left out."""
    tree = ast.parse(path.read_text("utf-8"))
    hidden = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "pybase_extraction":
            parts = str(node.module).split(".")
            found += [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name.split(".")[1] for alias in node.names if alias.name.startswith("pybase_extraction.")]
    return found


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: path.relative_to(CORE).as_posix())
def test_imports_go_downwards_only(path: Path) -> None:
    here = room(path)
    if here in {"__init__", "__main__"}:
        return
    for other in imports_of(path):
        if other != here:
            allowed = LEVEL[other] < LEVEL[here] or (here, other) in WITHIN_FLOOR | FOR_PEOPLE
            assert allowed, f"{here} must not import {other}"


def test_plugins_import_only_public_modules_of_the_core() -> None:
    public = {
        "errors",
        "units",
        "source",
        "results",
        "bom_options",
        "drawing",
        "part21",
        "raster",
        "extractor",
        "hookspecs",
        "registry",
        "testing",
    }
    for path in (CORE.parent / "plugins").rglob("*.py"):
        for other in imports_of(path):
            assert other in public, f"{path.name} imports {other}"


def test_importing_the_library_loads_nothing_heavy() -> None:
    code = f"import pybase_extraction, json, sys; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_listing_the_installed_formats_loads_nothing_heavy() -> None:
    code = (
        "import json, sys\nfrom pybase_extraction.registry import ExtractorRegistry\n"
        "assert {'pdf', 'dxf', 'ifc', 'step', 'werk24'} <= set(ExtractorRegistry.discover().formats())\n"
        f"print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_loading_results_loads_nothing_that_shows_them() -> None:
    upper = [f"pybase_extraction.{name}" for _, name in FOR_PEOPLE]
    code = f"import pybase_extraction.results, json, sys; print(json.dumps([m for m in {upper!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
