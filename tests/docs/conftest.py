"""A folder to run the examples of pages in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder that holds the sample files."""
    for sample in SAMPLES.iterdir():
        shutil.copy(sample, tmp_path)
    return tmp_path
