"""The IFC extractor keeps the contract of extractors."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from pybase_extraction.testing.extractor import ExtractorConformance


class TestIfc(ExtractorConformance):
    extractor = "ifc"
    heavy = ("ifcopenshell", "numpy")

    @pytest.fixture
    def sample(self, houses) -> Path:
        return houses["IFC4"]


class TestIfcWithGeometry(ExtractorConformance):
    extractor = "ifc"
    heavy = ("ifcopenshell", "numpy")
    options: ClassVar[dict[str, object]] = {"include_geometry": True}

    @pytest.fixture
    def sample(self, houses) -> Path:
        return houses["IFC4"]
