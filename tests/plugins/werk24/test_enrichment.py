"""A PDF that the pdf plugin reads and Werk24 reads too, as one result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from pybase_extraction import Outcome, aextract, extract, extract_many
from pybase_extraction.blocking import BlockingExtractionManager
from pybase_extraction.errors import OptionsError
from pybase_extraction.jobs import JobStatus
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.results import ExtractionResult
from pybase_extraction.runners.asyncio import AsyncioRunner
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction_werk24.testing import TOKEN, FakeWerk24, Scenario, blank_picture
from tests.plugins.werk24.test_jobs import make
from tests.plugins.werk24.test_reading import FEATURES, feature, running, service, size

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


def test_places_in_pixels_become_places_in_points(service: FakeWerk24, alone: ExtractionResult) -> None:
    """A callout of the pdf plugin, found by the service at the same place of a picture with two pixels a point."""
    page, ours = alone.pages[0], next(found for found in alone.dimensions if found.nominal is not None)
    box = ours.provenance.place.bbox
    assert None not in (box, page.width, page.height)
    scale = 2
    polygon = [[round(box[0] * scale), round(box[1] * scale)], [round(box[2] * scale), round(box[3] * scale)]]
    shown = {"coordinate_space": "PIXEL_SPACE", "coordinates": polygon}
    service.scenario = Scenario(
        answers={
            "FEATURES": {"dimensions": [feature(1, "999", quantity=1, size=size("999", "LINEAR"))]},
            "REFERENCE_POSITIONS": {"reference_positions": [{"reference_id": 1, "polygon": shown}]},
        },
        pictures={"SHEET_IMAGES": blank_picture(round(page.width * scale), round(page.height * scale))},
    )
    result = enriched(service, {"werk24": {"extract_positions": True}})
    added = next(found for found in result.dimensions if found.provenance.extractor == "werk24")
    assert added.provenance.place.bbox == pytest.approx(box, abs=0.5)
    assert "merge-places-unlike" not in {issue.code for issue in result.issues}


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


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_job_is_enriched_by_any_worker_and_tried_again_as_a_paid_service_is(
    tmp_path: Path, service: FakeWerk24, alone: ExtractionResult, anyio_backend: str
) -> None:
    """Submitted by one manager, read by another; the service drops the first connection and answers the second."""
    service.scenario = Scenario(answers={"FEATURES": FEATURES}, dropped=1)
    async with make(tmp_path, service, works=False, allow=["pdf", "werk24"]) as host:
        job = await host.submit(SAMPLE, owner="mara", options=READ, enrich={"werk24": {"max_pages": 2}})
    assert (job.format, job.service) == ("pdf", "werk24")
    async with make(tmp_path, service, allow=["pdf", "werk24"]) as worker:
        with anyio.fail_after(60):
            done = await worker.wait(job.id, owner="mara")
        attempts = await worker.attempts(job.id, owner="mara")
        result = await worker.result(job.id, owner="mara")
    assert [item.outcome.value for item in attempts] == ["retry", "complete"]
    assert "may cost credits again" in str(attempts[0].error_message)
    assert done.status is JobStatus.COMPLETED
    assert "werk24" in {found.provenance.extractor for found in result.dimensions}
    assert len(result.dimensions) > len(alone.dimensions)
    assert len(service.readings) == 2


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_job_stands_without_a_service_that_fails_for_good(
    tmp_path: Path, service: FakeWerk24, alone: ExtractionResult, anyio_backend: str
) -> None:
    service.scenario = Scenario(close_before_answer=True)
    async with make(tmp_path, service, allow=["pdf", "werk24"]) as manager:
        job = await manager.submit(SAMPLE, owner="mara", options=READ, enrich=["werk24"])
        with anyio.fail_after(60):
            done = await manager.wait(job.id, owner="mara")
        result = await manager.result(job.id, owner="mara")
    assert (done.status, done.attempt, len(service.readings)) == (JobStatus.COMPLETED, 2, 2)
    assert result.dimensions == alone.dimensions
    assert "enrichment-failed" in {issue.code for issue in result.issues}


def test_many_files_are_enriched_and_what_failed_is_tried_again(tmp_path: Path, service: FakeWerk24) -> None:
    service.scenario = Scenario(refuse_quota=True)
    given = {"resume": tmp_path, "workers": 1, "enable_services": {"werk24"}, "credentials": service.credentials}

    def read(**more: object) -> Outcome:
        (outcome,) = extract_many(SAMPLE, options=READ, progress=False, **given, **more)
        return outcome

    without = read(enrich=["werk24"])
    assert without.result is not None
    assert "enrichment-failed" in {issue.code for issue in without.result.issues}
    service.scenario = Scenario(answers={"FEATURES": FEATURES})
    outcomes = [read(enrich=["werk24"]), read(enrich=["werk24"]), read()]
    assert [outcome.is_resumed for outcome in outcomes] == [False, True, False]
    whose = [{found.provenance.extractor for found in outcome.result.dimensions} for outcome in outcomes]
    assert whose == [{None, "werk24"}, {None, "werk24"}, {None}]
    assert len(service.uploads) == 1


def test_synchronous_code_enriches_jobs_too(tmp_path: Path, service: FakeWerk24) -> None:
    service.scenario = Scenario(answers={"FEATURES": FEATURES})
    with BlockingExtractionManager(
        SqlJobRepository(tmp_path / "jobs.db"),
        LocalStorage(tmp_path / "files"),
        runner=AsyncioRunner(2),
        enable_services={"werk24"},
        credentials=service.credentials,
    ) as manager:
        job = manager.wait(manager.submit(SAMPLE, owner=None, options=READ, enrich=["werk24"]).id, owner=None)
        result = manager.result(job.id, owner=None)
    assert "werk24" in {found.provenance.extractor for found in result.dimensions}


def test_the_command_line_enriches(tmp_path: Path, service: FakeWerk24) -> None:
    service.scenario = Scenario(answers={"FEATURES": FEATURES})
    named = {f"PYBASE_EXTRACTION_CREDENTIAL_{name.upper()}": value for name, value in service.credentials.items()}
    environment = {**os.environ, "PYBASE_EXTRACTION_HOME": str(tmp_path), **named}
    command = [
        *(sys.executable, "-m", "pybase_extraction", "extract", str(SAMPLE), "--format", "json"),
        *("--enable", "werk24", "--enrich", "werk24", "-o", "werk24.max_pages=1", "-o", "extract_dimensions=true"),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    result = ExtractionResult.model_validate_json(done.stdout)
    assert "werk24" in {found.provenance.extractor for found in result.dimensions}
    assert TOKEN not in done.stdout + done.stderr
