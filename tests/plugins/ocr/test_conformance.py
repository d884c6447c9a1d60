"""The plugin keeps the contract of extractors."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction.testing.extractor import ExtractorConformance
from pybase_extraction_ocr.engine import engine
from tests.plugins.ocr.pictures import write_note


@pytest.fixture(autouse=True, scope="module")
def loaded() -> None:
    """Load the models once: that takes seconds and cannot be interrupted."""
    engine()


class TestImage(ExtractorConformance):
    extractor = "image"
    heavy = ("PIL", "numpy", "cv2", "onnxruntime", "rapidocr", "pdfminer")

    @pytest.fixture
    def sample(self, tmp_path: Path) -> Path:
        return write_note(tmp_path / "sheet.png")
