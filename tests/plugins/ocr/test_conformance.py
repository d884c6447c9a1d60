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


@pytest.mark.parametrize(("processors", "threads"), [(None, 2), (1, 1), (8, 2)])
def test_an_attempt_that_has_one_processor_reads_with_one_thread(processors: int | None, threads: int) -> None:
    made = engine(processors)
    found = [network.get_session_options().intra_op_num_threads for network in (made._finder, made._reader)]
    assert found == [threads, threads]
