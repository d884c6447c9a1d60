"""The notebooks run from their first cell to the last, and are kept without outputs."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))

SHOWN = {
    "first-look-at-a-drawing": [
        "PB-1042-A",
        "Ø26 H7",
        "0.021",
        "ISO 4762 M8×25",
        "ruled-cell-label",
        "image/",
        "revision",
    ],
    "a-folder-of-models": ["flange.dxf", "IfcWall", "volume", "elements.parquet"],
    "write-a-plugin-in-ten-minutes": ["acme.drill", "T2", "3.2", "smallest_mm"],
}

with warnings.catch_warnings():
    # Jupyter's own move of its folders, which it announces at import
    warnings.simplefilter("ignore", DeprecationWarning)
    import nbclient
    import nbformat


def test_there_are_three() -> None:
    assert len(NOTEBOOKS) == 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::RuntimeWarning")
def test_a_notebook_runs_and_shows_what_it_promises(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code), "strip the outputs"
    nbclient.NotebookClient(
        notebook, timeout=300, startup_timeout=180, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    shown = "".join(str(output.get("data", output.get("text"))) for cell in code for output in cell.outputs)
    assert [word for word in SHOWN[path.stem] if word not in shown] == []
    said = [output for cell in code for output in cell.outputs if output.output_type == "stream"]
    assert not [output.text for output in said if output.name == "stderr" and "Warning" in output.text]
