"""The plugin keeps the contract of extractors."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction.testing.extractor import ExtractorConformance
from tests.samples.make_pdf import write_sample


class TestPdf(ExtractorConformance):
    extractor = "pdf"
    heavy = ("pdfplumber", "pdfminer", "pypdfium2", "PIL")

    @pytest.fixture
    def sample(self, tmp_path: Path) -> Path:
        return write_sample(tmp_path / "drawing.pdf")
