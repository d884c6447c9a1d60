"""The command line as its users run it: a process of its own in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pybase_extraction.cli.app import run

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"


@dataclass(frozen=True)
class Shell:
    """A folder with the sample files and a data folder of its own."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYBASE_EXTRACTION_")}
        return {**clean, "PYBASE_EXTRACTION_HOME": str(self.folder / "data"), "COLUMNS": "200", "NO_COLOR": "1"}

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-W", "error", "-m", "pybase_extraction", *map(str, arguments)]

    def run(self, *arguments: object, status: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one command and check its exit status; no command may show a traceback."""
        done = subprocess.run(
            self.command(*arguments), cwd=self.folder, env={**self.environment, **environment},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Start a command that goes on, and that hears SIGINT even where the tests run in the background of a shell."""
        return subprocess.Popen(
            self.command(*arguments), cwd=self.folder, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            preexec_fn=_hear_interrupts,  # noqa: PLW1509 -- it takes no lock
        )  # fmt: skip


def _hear_interrupts() -> None:
    # POSIX shells have commands in the background ignore SIGINT, which their children inherit
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Calls:
    """Command lines run inside of this process: for the many that end before any work begins."""

    def __init__(self, shell: Shell, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.capture = capture
        patch.chdir(shell.folder)
        for name in [name for name in os.environ if name.startswith("PYBASE_EXTRACTION_")]:
            patch.delenv(name)
        patch.setenv("PYBASE_EXTRACTION_HOME", str(shell.folder / "data"))

    def run(self, *arguments: object, status: int) -> str:
        """Run one command line, check its exit status, and give what it wrote to standard error."""
        assert run([str(argument) for argument in arguments]) == status
        return self.capture.readouterr().err


@pytest.fixture
def calls(shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Calls:
    return Calls(shell, monkeypatch, capsys)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    for sample in SAMPLES.iterdir():
        shutil.copy(sample, tmp_path)
    return Shell(tmp_path)
