"""The suite for extractors catches extractors that break what it checks."""

from __future__ import annotations

import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import TextBlock
from pybase_extraction.source import Source
from pybase_extraction.testing.extractor import ExtractorConformance
from pybase_extraction.testing.fakes import FAKES

WHOLE = Source.from_bytes(b"FAKE and so on", name="a.fake")


class Fake(ExtractorConformance):
    """The fake reads half a file as gladly as a whole one, and says nothing."""

    __test__ = False
    extractor = "fake"


@pytest.fixture(scope="module")
def registry() -> ExtractorRegistry:
    return ExtractorRegistry.discover(allow=[], plugins=[FAKES])


@pytest.fixture
def context() -> ExtractionContext:
    return ExtractionContext()


def test_a_file_that_is_cut_off_in_silence_fails_and_says_how_to_go_on(
    registry: ExtractorRegistry, context: ExtractionContext
) -> None:
    with pytest.raises(AssertionError, match="has_end = False if nobody can tell"):
        Fake().test_says_when_a_file_is_cut_off(registry, WHOLE, context, 0.6)


def test_formats_without_an_end_must_merely_not_crash(registry: ExtractorRegistry, context: ExtractionContext) -> None:
    class Endless(Fake):
        __test__ = False
        has_end = False

    class Crashing(Endless):
        __test__ = False
        options = {"raises": "ValueError"}  # noqa: RUF012 -- as plugin authors write it

    Endless().test_says_when_a_file_is_cut_off(registry, WHOLE, context, 0.6)
    with pytest.raises(ValueError, match="fake"):
        Crashing().test_says_when_a_file_is_cut_off(registry, WHOLE, context, 0.6)


def test_an_extractor_that_differs_from_run_to_run_is_caught(
    registry: ExtractorRegistry, context: ExtractionContext
) -> None:
    class Stamping(Fake):
        __test__ = False
        options = {"stamps": True}  # noqa: RUF012

    suite = Stamping()
    first = suite.run(registry, WHOLE, context)
    with pytest.raises(AssertionError):
        suite.test_is_deterministic(registry, WHOLE, context, first)


def test_values_without_a_place_are_caught(registry: ExtractorRegistry, context: ExtractionContext) -> None:
    result = Fake().run(registry, WHOLE, context)
    placeless = result.model_copy(update={"text_blocks": (TextBlock(text="a"),)})
    with pytest.raises(AssertionError, match="has no place"):
        Fake().test_every_value_says_where_it_comes_from(placeless)
