"""A PDF that the pdf plugin reads and Werk24 reads too, as one result."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction import aextract, extract
from pybase_extraction.errors import OptionsError
from pybase_extraction.results import ExtractionResult
from pybase_extraction_werk24.testing import TOKEN, FakeWerk24, Scenario
from tests.plugins.werk24.test_reading import FEATURES, running, service

__all__ = ["running", "service"]
SAMPLE = Path(__file__).parents[3] / "docs" / "samples" / "bearing-bracket.pdf"
READ = {"extract_dimensions": True, "extract_title_block": True}


@pytest.fixture(scope="module")
def alone() -> ExtractionResult:
    return extract(SAMPLE, options=READ)


def enriched(service: FakeWerk24, enrich: object = ("werk24",)) -> ExtractionResult:
    return extract(SAMPLE, options=READ, enrich=enrich, enable_services={"werk24"}, credentials=service.credentials)


def test_a_title_that_both_read_is_confirmed_and_other_fields_are_rivals(
    service: FakeWerk24, alone: ExtractionResult
) -> None:
    assert alone.title_block is not None
    assert alone.title_block.title is not None
    assert alone.title_block.drawing_number is not None
    answer = {
        "designation": [{"reference_id": 10, "value": alone.title_block.title.value.upper()}],
        "identifiers": [{"reference_id": 8, "value": "4711", "identifier_type": "DRAWING_NUMBER"}],
    }
    service.scenario = Scenario(answers={"FEATURES": FEATURES, "META_DATA": answer})
    block = enriched(service).title_block
    assert block is not None
    assert block.title is not None
    assert block.title.value == alone.title_block.title.value
    assert [proof.extractor for proof in block.title.confirmed_by] == ["werk24"]
    assert block.drawing_number is not None
    assert block.drawing_number.value == alone.title_block.drawing_number.value
    assert [rival.value for rival in block.drawing_number.rivals] == ["4711"]


def test_what_only_the_service_read_is_added_with_its_provenance(service: FakeWerk24, alone: ExtractionResult) -> None:
    service.scenario = Scenario(answers={"FEATURES": FEATURES})
    result = enriched(service)
    added = [found for found in result.dimensions if found.provenance.extractor == "werk24"]
    assert [found.raw for found in added][:1] == ["⌀25 g6"]
    ours = [found.raw for found in result.dimensions if found.provenance.extractor is None]
    assert ours == [found.raw for found in alone.dimensions]
    assert result.extractor.name == "pdf"
    assert result.extractor.contacted != ()


def test_the_result_stands_when_the_service_fails(service: FakeWerk24, alone: ExtractionResult) -> None:
    service.scenario = Scenario(refuse_quota=True)
    result = enriched(service)
    assert result.is_partial
    assert result.dimensions == alone.dimensions
    assert [issue.code for issue in result.issues if issue not in alone.issues] == ["enrichment-failed"]
    assert TOKEN not in result.model_dump_json()


def test_nothing_is_sent_when_the_host_has_not_turned_the_service_on(service: FakeWerk24) -> None:
    result = extract(SAMPLE, enrich=["werk24"], credentials=service.credentials)
    assert "enrichment-failed" in {issue.code for issue in result.issues}
    assert service.uploads == []


def test_an_option_that_the_enriching_extractor_does_not_know_is_the_callers_mistake(service: FakeWerk24) -> None:
    with pytest.raises(OptionsError):
        enriched(service, {"werk24": {"no_such_option": 1}})
    assert service.uploads == []


def test_a_name_instead_of_a_list_of_names_is_refused() -> None:
    with pytest.raises(TypeError, match="list of names"):
        extract(SAMPLE, enrich="werk24")


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_it_is_the_same_for_asynchronous_code(service: FakeWerk24, anyio_backend: str) -> None:
    service.scenario = Scenario(answers={"FEATURES": FEATURES})
    result = await aextract(
        SAMPLE, options=READ, enrich=["werk24"], enable_services={"werk24"}, credentials=service.credentials
    )
    assert "werk24" in {found.provenance.extractor for found in result.dimensions}
