"""Makes the picture and the terminal session of the README anew, from a real run: ``nox -s pictures``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from pybase_extraction import extract

DOCS = Path(__file__).parent
PICTURES = DOCS / "pictures"
DRAWING = DOCS / "samples" / "bearing-bracket.pdf"
SECTIONS = ["dimensions", "threads", "title_blocks", "boms"]
COMMANDS = [
    "pybase-extract extract bearing-bracket.pdf -o extract_title_block=true -o extract_dimensions=true | head -n 41",
]
WIDTH = 118
_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def draw() -> None:
    """Draw what was found onto the sample drawing."""
    result = extract(DRAWING, extract_title_block=True, extract_dimensions=True)
    result.page(1).overlay(SECTIONS, max_pixels=700_000).save(PICTURES / "bearing-bracket.png")


def record() -> None:
    """Run the commands and keep what a terminal shows."""
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere:
        shutil.copy(DRAWING, folder)
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True, color_system="truecolor")
        for command in COMMANDS:
            console.print(Text(f"$ {command}", style="bold"))
            console.print(Text.from_ansi(_shown(command, Path(folder))))
        drawn = console.export_svg(title="pybase-extract", theme=MONOKAI, unique_id="session")
    # the page must show without the network
    (PICTURES / "session.svg").write_text(_FONT.sub("", drawn), "utf-8")


def _shown(command: str, folder: Path) -> str:
    scripts = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": str(WIDTH),
        "FORCE_COLOR": "1",
        "PYBASE_EXTRACTION_HOME": str(folder / "data"),
    }
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout.rstrip("\n")


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    draw()
    record()
