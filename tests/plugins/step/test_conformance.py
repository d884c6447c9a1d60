"""The STEP extractor keeps to the contract of extractors."""

import pytest

from pybase_extraction.testing.extractor import ExtractorConformance
from tests.samples.make_step import write_sample


class TestStep(ExtractorConformance):
    extractor = "step"
    heavy = ("OCP", "numpy")

    @pytest.fixture
    def sample(self, tmp_path):
        pytest.importorskip("OCP", reason="the sample is written by the geometry kernel")
        path = tmp_path / "sample.step"
        write_sample(path)
        return path
