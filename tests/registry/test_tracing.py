"""``PYBASE_EXTRACTION_TRACE=1`` tells which hooks are called and what they answer, never what is in their arguments."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"

PLUGIN = """
from pybase_extraction import hookimpl

@hookimpl
def pybase_extraction_before_extract(source, options): ...

@hookimpl
def pybase_extraction_after_extract(result):
    return result.model_copy(update={"metadata": {"checked": "yes"}})

@hookimpl
def pybase_extraction_diagnose(credentials):
    raise RuntimeError(credentials["werk24"])
"""

PROGRAM = """
import contextlib, sys
from pybase_extraction import ExtractorRegistry, extract

registry = ExtractorRegistry.discover(allow=["dxf"], plugins=["watcher"])
assert extract(sys.argv[1], registry=registry).metadata == {"checked": "yes"}
with contextlib.suppress(RuntimeError):
    registry.diagnose({"werk24": "token-0123456789"})
"""


def traced(folder: Path, **environment: str) -> str:
    (folder / "watcher.py").write_text(PLUGIN, "utf-8")
    command = [sys.executable, "-c", PROGRAM, str(SAMPLES / "flange.dxf")]
    variables = {**os.environ, "PYTHONPATH": str(folder), **environment}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stderr


def test_every_hook_call_is_a_line_of_both_processes_without_content_or_secret(tmp_path: Path) -> None:
    said = traced(tmp_path, PYBASE_EXTRACTION_TRACE="1")
    # the host registers the plugins, and so does the child, which extracts
    assert said.count("hook register(registry=<Registration>): asked dxf; got nothing in") == 2
    assert "hook detect(probe=flange.dxf): asked dxf; got dxf by STRUCTURE in" in said
    assert "hook before_extract(source=flange.dxf, extractor=dxf, options=<DxfOptions>): asked watcher; got" in said
    assert "hook after_extract(source=flange.dxf, result=a result of dxf): asked watcher; got a result of dxf" in said
    assert "hook diagnose(credentials=<dict>): asked watcher; raised RuntimeError in" in said
    assert "token-0123456789" not in said
    assert "SECTION" not in said
    assert all(len(line) < 250 for line in said.splitlines())


def test_nothing_is_told_unasked(tmp_path: Path) -> None:
    assert traced(tmp_path, PYBASE_EXTRACTION_TRACE="0") == ""
