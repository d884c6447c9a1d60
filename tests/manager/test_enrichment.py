"""Jobs whose results are enriched by further extractors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from pybase_extraction.attempt import AttemptOutcome
from pybase_extraction.enrichment import split
from pybase_extraction.errors import CreditsExhaustedError, MissingPluginError, OptionsError
from pybase_extraction.extractor import ExtractorOptions
from pybase_extraction.jobs import Claim, Job, JobQuery, JobStatus
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import ExtractionResult
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.asyncio import AsyncioRunner
from pybase_extraction.storage.base import FILES
from pybase_extraction.testing.fakes import FAKES
from pybase_extraction.worker import Observer
from tests.manager.test_manager import fake, make

pytestmark = pytest.mark.anyio
FURTHER = "fake-await"


@pytest.fixture(scope="module")
def registry() -> ExtractorRegistry:
    return ExtractorRegistry.discover(allow=[], plugins=[FAKES])


@pytest.fixture
async def manager(tmp_path: Path, registry: ExtractorRegistry) -> AsyncIterator[ExtractionManager]:
    async with make(tmp_path, registry, runner=AsyncioRunner(2)) as made:
        yield made


async def ended(manager: ExtractionManager, job: Job) -> Job:
    with anyio.fail_after(30):
        return await manager.wait(job.id, owner="mara")


async def test_a_job_is_read_by_both_and_keeps_how(manager: ExtractionManager) -> None:
    job = await manager.submit(fake(), owner="mara", options={"pages": 2}, enrich={FURTHER: {"sleep_s": 0.01}})
    assert job.options == {"pages": 2, "enrich": [{FURTHER: {"sleep_s": 0.01}}]}
    done = await ended(manager, job)
    assert (done.status, done.format, done.extractor) == (JobStatus.COMPLETED, "fake", "fake")
    result = await manager.result(job.id, owner="mara")
    assert (result.extractor.name, result.is_partial) == ("fake", False)
    assert done.extractor_version == f"1+{FURTHER}-1"


async def test_the_same_readings_of_the_same_file_are_done_once(manager: ExtractionManager) -> None:
    plain = await ended(manager, await manager.submit(fake(), owner="mara"))
    both = await ended(manager, await manager.submit(fake(), owner="mara", enrich=[FURTHER]))
    again = await manager.submit(fake(), owner="mara", options={"enrich": [FURTHER]})
    other = await manager.submit(fake(), owner="mara", enrich={FURTHER: {"pages": 1}})
    assert again.id == both.id
    assert len({plain.id, both.id, other.id}) == 3


async def test_a_batch_is_enriched_too(manager: ExtractionManager) -> None:
    batch = await manager.submit_many([fake(), fake(b"FAKE2")], owner="mara", enrich=[FURTHER])
    with anyio.fail_after(30):
        assert (await manager.wait_batch(batch.id, owner="mara")).completed == 2
    found = await manager.find(JobQuery(batch_id=batch.id), owner="mara")
    assert {job.extractor_version for job in found.jobs} == {f"1+{FURTHER}-1"}


async def test_the_first_result_stands_when_the_second_reading_fails_for_good(manager: ExtractionManager) -> None:
    enrich = {FURTHER: {"raises": "CorruptedFileError"}}
    job = await ended(manager, await manager.submit(fake(), owner="mara", enrich=enrich))
    result = await manager.result(job.id, owner="mara")
    assert (job.status, len(await manager.attempts(job.id, owner="mara"))) == (JobStatus.COMPLETED, 1)
    assert result.is_partial
    assert [issue.code for issue in result.issues] == ["enrichment-failed"]
    again = await manager.submit(fake(), owner="mara", enrich=enrich)
    assert again.id != job.id, "what lacks a reading is not taken for the result that has it"


async def test_a_retry_keeps_the_first_result_and_reads_only_what_failed(
    tmp_path: Path, registry: ExtractorRegistry
) -> None:
    """Two attempts of the second reading, one of the first: its moment is that of the first attempt."""
    told = _Readings()
    policy = RetryPolicy(base_s=0.2, jitter=0, max_retries=1)
    async with make(
        tmp_path, registry, runner=AsyncioRunner(2), observers=[told], retry_by_format={FURTHER: policy}
    ) as manager:
        job = await manager.submit(
            fake(), owner="mara", options={"stamps": True}, enrich={FURTHER: {"raises": "ServiceUnavailableError"}}
        )
        done = await ended(manager, job)
        attempts = await manager.attempts(job.id, owner="mara")
        result = await manager.result(job.id, owner="mara")
        kept = [stored.key async for stored in manager.storage.list(f"{FILES}/kept/")]
    assert done.status is JobStatus.COMPLETED
    assert [item.outcome.value for item in attempts] == ["retry", "complete"]
    assert attempts[0].error_code == "service_unavailable"
    assert told.read_by == ["fake", FURTHER, FURTHER]
    first = ExtractionResult.model_validate_json(told.results[0])
    assert result.metadata["moment_ns"] == first.metadata["moment_ns"]
    assert result.is_partial
    assert kept == []


async def test_a_retry_keeps_what_other_readings_have_added(tmp_path: Path, registry: ExtractorRegistry) -> None:
    told = _Readings()
    policy = RetryPolicy(base_s=0.2, jitter=0, max_retries=1)
    async with make(
        tmp_path, registry, runner=AsyncioRunner(2), observers=[told], retry_by_format={"fake": policy}
    ) as manager:
        enrich = {FURTHER: {}, "fake": {"raises": "ServiceUnavailableError"}}
        done = await ended(manager, await manager.submit(fake(), owner="mara", enrich=enrich))
    assert told.read_by == ["fake", FURTHER, "fake", "fake"]
    assert (done.status, done.extractor_version) == (JobStatus.COMPLETED, f"1+{FURTHER}-1")


async def test_what_refuses_the_second_reading_leaves_the_first(tmp_path: Path, registry: ExtractorRegistry) -> None:
    async with make(tmp_path, registry, runner=AsyncioRunner(2), observers=[_Refusal()]) as manager:
        job = await ended(manager, await manager.submit(fake(), owner="mara", enrich=[FURTHER]))
        result = await manager.result(job.id, owner="mara")
    assert job.status is JobStatus.COMPLETED
    assert "There is no money left" in result.issues[0].message


async def test_a_first_reading_that_fails_fails_the_job(manager: ExtractionManager) -> None:
    job = await manager.submit(fake(), owner="mara", options={"raises": "CorruptedFileError"}, enrich=[FURTHER])
    assert (await ended(manager, job)).error_code == "corrupted_file"


async def test_cancelling_during_the_second_reading_cancels_the_job(manager: ExtractionManager) -> None:
    job = await manager.submit(fake(), owner="mara", enrich={FURTHER: {"sleep_s": 60}})
    with anyio.fail_after(20):
        while not manager.worker.running:
            await anyio.sleep(0.01)
        await anyio.sleep(0.5)
        await manager.cancel(job.id, owner="mara")
    assert (await ended(manager, job)).status is JobStatus.CANCELLED


async def test_mistakes_of_the_caller_are_told_when_submitting(manager: ExtractionManager) -> None:
    with pytest.raises(MissingPluginError):
        await manager.submit(fake(), owner="mara", enrich=["no-such-reader"])
    with pytest.raises(OptionsError):
        await manager.submit(fake(), owner="mara", enrich={FURTHER: {"no_such_option": 1}})
    with pytest.raises(TypeError, match="list of names"):
        await manager.submit(fake(), owner="mara", enrich=FURTHER)
    assert (await manager.stats(owner="mara")).total == 0


@pytest.mark.parametrize("given", ["fake-await", [1], [["fake-await"]], {"fake-await": 1}, 7])
def test_an_option_that_names_no_readings_is_wrong(given: object) -> None:
    with pytest.raises(OptionsError, match="names no readings"):
        split({"enrich": given})


async def test_without_a_job_it_is_the_same(manager: ExtractionManager) -> None:
    enrich = {FURTHER: {"raises": "CorruptedFileError"}}
    assert (await manager.extract(fake(), enrich=enrich)).is_partial
    assert not (await manager.extract(fake(), options={"enrich": [FURTHER]})).is_partial


def test_no_extractor_may_have_an_option_of_that_name() -> None:
    with pytest.raises(TypeError, match="belongs to every job"):
        type("Wrong", (ExtractorOptions,), {"__annotations__": {"enrich": bool}, "enrich": False})


class _Readings(Observer):
    """Takes note of every reading."""

    admits = True

    def __init__(self) -> None:
        self.read_by: list[str | None] = []
        self.results: list[bytes] = []

    async def read(self, reading: Claim, outcome: AttemptOutcome, seconds: float) -> None:
        assert seconds >= 0
        self.read_by.append(reading.job.extractor)
        self.results += [outcome.result_json] if outcome.result_json else []


class _Refusal(Observer):
    admits = True

    async def admit(self, reading: Claim) -> None:
        if reading.job.extractor == FURTHER:
            raise CreditsExhaustedError("There is no money left.", service="fake")
