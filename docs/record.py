"""Makes the picture and the terminal session of the README anew, from a real run: ``nox -s pictures``."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from terminal import frames, play, to_svg

from pybase_extraction import extract

DOCS = Path(__file__).parent
PICTURES = DOCS / "pictures"
DRAWING = DOCS / "samples" / "bearing-bracket.pdf"
SECTIONS = ["dimensions", "threads", "title_blocks", "boms"]
COMMANDS = [
    "pybase-extract extract bearing-bracket.pdf -o extract_title_block=true -o extract_dimensions=true | head -n 41",
    "clear; pybase-extract extract house.ifc bracket-assembly.step flange.dxf --format json --output results; ls results",
    "pybase-extract jobs list",
]


def draw() -> None:
    """Draw what was found onto the sample drawing."""
    result = extract(DRAWING, extract_title_block=True, extract_dimensions=True)
    result.page(1).overlay(SECTIONS, max_pixels=700_000).save(PICTURES / "bearing-bracket.png")


def record() -> None:
    """Run the commands in a terminal and keep what it shows."""
    with tempfile.TemporaryDirectory() as folder:
        for sample in DRAWING.parent.iterdir():
            shutil.copy(sample, folder)
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYBASE_EXTRACTION_HOME": str(Path(folder) / "data"),
        }
        played = frames(play(COMMANDS, Path(folder), environment))
    (PICTURES / "session.svg").write_text(to_svg(played, "pybase-extract in a terminal"), "utf-8")


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    draw()
    record()
