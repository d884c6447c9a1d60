"""Every code block of the README and of the documentation runs.

The Python blocks of a page are one script; its shell blocks are run one after the other, in a folder that holds the
sample files.  Blocks of other languages must parse.  The README's two commands set up whole environments: continuous
integration runs those themselves, so here they are only compared with what it runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.docs.blocks import Block, blocks_of

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    # the example plugin's own page tells how it is installed, which its session does
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.parent.name != "example-plugin"),
]
SETUP_COMMANDS = ("python3 noxfile.py demo", "python3 noxfile.py tests")
LANGUAGES = {"python", "shell", "toml", "json", "text", "ini", "yaml", "sql"} | {
    f"{{{directive}}}" for directive in ("eval-rst", "toctree", "include", "literalinclude")
}


def of_language(language: str) -> list[Path]:
    return [page for page in PAGES if any(block.language == language for block in blocks_of(page))]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def environment() -> dict[str, str]:
    scripts = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "110", "NO_COLOR": "1"}


def run(command: list[str], workplace: Path) -> None:
    done = subprocess.run(
        command, cwd=workplace, env=environment(), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", [page for page in of_language("python") if page.parent.name != "hooks"], ids=name_of)
def test_python_blocks_run(page: Path, workplace: Path) -> None:
    run_blocks(page, workplace)


def run_blocks(page: Path, workplace: Path) -> None:
    blocks = [block for block in blocks_of(page) if block.language == "python"]
    script = workplace / "page.py"
    script.write_text("\n".join(block.code for block in blocks), "utf-8")
    run([sys.executable, "-W", "error", str(script)], workplace)


@pytest.mark.parametrize("page", of_language("shell"), ids=name_of)
def test_shell_blocks_run(page: Path, workplace: Path) -> None:
    for block in blocks_of(page):
        if block.language == "shell":
            commands = [line for line in block.code.splitlines() if line not in SETUP_COMMANDS]
            run(["bash", "-euo", "pipefail", "-c", "\n".join(commands)], workplace)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_other_blocks_parse(page: Path) -> None:
    for block in blocks_of(page):
        assert block.language in LANGUAGES, f"{page}:{block.line}: unknown language {block.language!r}"
        parse(block)


def parse(block: Block) -> None:
    if block.language == "toml":
        tomllib.loads(block.code)
    elif block.language == "json":
        json.loads(block.code)


def test_continuous_integration_runs_the_second_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert all(command in readme for command in SETUP_COMMANDS)
    assert SETUP_COMMANDS[1] in script
