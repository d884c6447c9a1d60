"""The plugin keeps the contract of extractors, with the real client against the fake service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import ExtractionResult
from pybase_extraction.source import Source
from pybase_extraction.testing.extractor import ExtractorConformance
from pybase_extraction_werk24.testing import FakeWerk24, Scenario
from tests.plugins.werk24.test_reading import FEATURES, METADATA
from tests.samples.make_pdf import write_sample


@pytest.fixture(scope="module")
def service() -> Iterator[FakeWerk24]:
    with FakeWerk24(Scenario(answers={"FEATURES": FEATURES, "META_DATA": METADATA})) as running:
        yield running


class TestWerk24(ExtractorConformance):
    extractor = "werk24"
    heavy = ("werk24", "aiohttp", "websockets")

    @pytest.fixture
    def sample(self, tmp_path: Path) -> Path:
        return write_sample(tmp_path / "drawing.pdf")

    @pytest.fixture
    def context(self, tmp_path: Path, service: FakeWerk24) -> ExtractionContext:
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        return ExtractionContext(scratch=scratch, credentials=service.credentials)

    def run(self, registry: ExtractorRegistry, source: Source, context: ExtractionContext) -> ExtractionResult:
        options = registry.validate_options(self.extractor, self.options)
        return anyio.run(registry.extractor(self.extractor).extract, source, options, context)

    @pytest.mark.skip(reason="the service, not the plugin, says what it makes of a truncated drawing")
    def test_says_when_a_file_is_cut_off(self) -> None: ...
