"""The plugin keeps the contract of extractors."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction.testing.extractor import ExtractorConformance
from tests.samples.make_dxf import write_sample


class TestDxf(ExtractorConformance):
    extractor = "dxf"
    heavy = ("ezdxf", "numpy")

    @pytest.fixture
    def sample(self, tmp_path: Path) -> Path:
        return write_sample(tmp_path / "flange.dxf")
