"""Notebooks as pages: each is run while the site is built, and shown with what its cells gave.

A cell that fails, a promised word that no output has, or a warning fails the build.
"""

from __future__ import annotations

import base64
import os
import re
import warnings
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError

PROMISED = {
    "first-look-at-a-drawing": [
        *("PB-1042-A", "Ø26 H7", "0.021", "ISO 4762 M8×25", "ruled-cell-label", "image/", "revision"),
    ],
    "a-folder-of-models": ["flange.dxf", "IfcWall", "volume", "elements.parquet"],
    "write-a-plugin-in-ten-minutes": ["acme.drill", "T2", "3.2", "smallest_mm"],
}
"""Words that the outputs of each notebook have."""
_WIDGET = "application/vnd.jupyter.widget-view+json"
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_IMAGES = ("image/png", "image/jpeg")


def setup(app: Any) -> dict[str, bool]:
    """Connect to Sphinx."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def read(app: Any, docname: str, source: list[str]) -> None:
    """Put Markdown in place of a notebook's JSON."""
    path = Path(app.env.doc2path(docname))
    if path.suffix == ".ipynb":
        notebook = executed(source[0], path.parent)
        if missed := missing(notebook, PROMISED[path.stem]):
            raise ExtensionError(f"{path.name} does not show what it promises: {missed}")
        source[0] = as_markdown(notebook)


def missing(notebook: Any, promised: list[str]) -> list[str]:
    """Promised words that no output has, and warnings that a reader would see."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    shown = "".join(str(output.get("data", output.get("text"))) for output in outputs)
    said = [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    return [word for word in promised if word not in shown] + [text for text in said if "Warning" in text]


def executed(text: str, folder: Path) -> Any:
    """Run a notebook in its folder."""
    os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import nbclient
        import nbformat

    notebook = nbformat.reads(text, as_version=4)
    nbclient.NotebookClient(
        notebook, timeout=300, startup_timeout=180, resources={"metadata": {"path": str(folder)}}
    ).execute()
    return notebook


def as_markdown(notebook: Any) -> str:
    """A notebook as MyST Markdown: its texts, its code, and its outputs."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        parts += [shown for output in cell.outputs if (shown := _output(output))]
    return "\n\n".join(parts) + "\n"


def _output(output: Any) -> str:
    if output.output_type == "stream":
        return _text(output.text) if output.name == "stdout" else ""
    data = output.get("data", {})
    if _WIDGET in data:
        return ""  # a bar of progress, which is over
    if "text/html" in data:
        return _html(data["text/html"])
    for kind in _IMAGES:
        if kind in data:
            return _html(f'<img style="max-width: 100%" alt="" src="data:{kind};base64,{data[kind].strip()}"/>')
    if "image/svg+xml" in data:
        encoded = base64.b64encode(data["image/svg+xml"].encode()).decode()
        return _html(f'<img style="max-width: 100%" alt="" src="data:image/svg+xml;base64,{encoded}"/>')
    return _text(data["text/plain"]) if "text/plain" in data else ""


def _text(text: str) -> str:
    return f"````text\n{_ESCAPES.sub('', text).rstrip()}\n````"


def _html(content: str) -> str:
    # raw html ends at nothing that the content could hold: the fence is longer than any in it
    return f'``````{{raw}} html\n<div class="output" style="overflow-x: auto">{content}</div>\n``````'
