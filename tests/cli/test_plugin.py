"""A new plugin: what is made, that it passes its own tests, and which names are refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from pybase_extraction.cli.app import run
from pybase_extraction.cli.plugin import named


def make(folder: Path, *arguments: str) -> Path:
    assert run(["plugin", "new", *arguments, "--output", str(folder)]) == 0
    (made,) = folder.iterdir()
    return made


def install(made: Path) -> None:
    """Write beside the package what an installer writes: its metadata and its entry points."""
    project = tomllib.loads((made / "pyproject.toml").read_text("utf-8"))["project"]
    info = made / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = project["entry-points"]["pybase_extraction"]
    (info / "entry_points.txt").write_text(
        "\n".join(["[pybase_extraction]", *(f"{name} = {module}" for name, module in points.items())])
    )


def test_a_new_plugin_passes_its_own_tests(tmp_path: Path) -> None:
    made = make(tmp_path, "acme-jt")
    install(made)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd=made, env={**os.environ, "PYTHONPATH": str(made)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_names_are_where_they_belong(tmp_path: Path) -> None:
    made = make(tmp_path, "Example_Works.Cloud", "--format", "point-cloud", "--extension", "PCX", "--title", "Points")
    assert made.name == "example-works-cloud"
    plugin = (made / "example_works_cloud" / "plugin.py").read_text("utf-8")
    assert all(word in plugin for word in ('"point-cloud"', '(".pcx",)', '"Points"', "PointCloudOptions"))
    texts = [path.read_text("utf-8") for path in made.rglob("*") if path.is_file() and path.name != "tests.yml"]
    assert not any("$" in text for text in texts)
    assert (made / "sample.pcx").read_bytes().startswith(b"POINT-CLOUD 1\n")


def test_who_reads_the_files_already_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path, "acme-dxf")
    assert "dxf reads dxf already" in capsys.readouterr().out


def test_a_folder_that_exists_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make(tmp_path, "acme-jt")
    (made / "README.md").write_text("mine", "utf-8")
    assert run(["plugin", "new", "acme-jt", "--output", str(tmp_path)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert (made / "README.md").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("jt", None, None, None), "such as acme-jt"),
        (("9-jt", None, None, None), "such as acme-jt"),
        (("../acme-jt", None, None, None), "such as acme-jt"),
        (("acme-jt", "a b", None, None), "--format jt"),
        (("acme-jt", None, ".j/t", None), "--extension .jt"),
        (("acme-jt", None, None, 'J"T'), "no quotes"),
        (("acme-jt", None, None, "J\nT"), "control characters"),
    ],
)
def test_names_that_cannot_be_are_refused(given: tuple[str, str | None, str | None, str | None], words: str) -> None:
    with pytest.raises(click.UsageError, match=words):
        named(*given)


RIVALS = """
from pybase_extraction import ExtractorInfo, FormatInfo, hookimpl
@hookimpl
def pybase_extraction_register(registry):
    for name, priority in (("acme.quick", 90), ("acme.slow", 10)):
        formats = (FormatInfo("acme", "Acme", (".dxf",)),)
        registry.add(ExtractorInfo(name, "Acme", "1", formats, priority=priority), "nowhere:Nothing")
"""


def write_distribution(folder: Path, name: str, module: str, code: str) -> None:
    (folder / f"{module}.py").write_text(code, "utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[pybase_extraction]\n{name} = {module}\n", "utf-8")


def test_plugins_says_who_wins_and_what_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_distribution(tmp_path, "rivals", "rivals_of_acme", RIVALS)
    write_distribution(tmp_path, "broken", "broken_of_acme", "import no_such_library")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYBASE_EXTRACTION_BLOCK", "pdf")
    assert run(["plugins"]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "acme: acme.quick (90) is chosen before acme.slow (10) for its priority." in shown
    assert ".dxf files may be acme or dxf: their content decides." in shown
    assert "These are left out (PYBASE_EXTRACTION_BLOCK): pdf." in shown
    assert "pip install --upgrade broken; or leave it out: PYBASE_EXTRACTION_BLOCK=broken" in shown
    assert run(["plugins", "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["formats"]["acme"] == ["acme.quick", "acme.slow"]
    assert [item["name"] for item in told["failures"]] == ["broken"]
    assert told["block"] == ["pdf"]
