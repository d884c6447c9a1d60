"""The plugin keeps the contract of extractors."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction.testing.extractor import ExtractorConformance


class TestDwg(ExtractorConformance):
    extractor = "dwg"
    heavy = ("ezdwg", "ezdxf", "numpy")

    @pytest.fixture
    def sample(self, drawing: Path) -> Path:
        return drawing
