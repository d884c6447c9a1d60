"""A paid service behind the manager: attempts, their log, and what leaks."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import anyio
import pytest

from pybase_extraction.errors import CreditsExhaustedError
from pybase_extraction.integrations.usage import UsageLedger
from pybase_extraction.jobs import ClaimFilter, ConcurrencyLimits, Job, JobStatus
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.asyncio import AsyncioRunner
from pybase_extraction.source import Source
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.worker import WorkerSettings
from pybase_extraction_werk24.asks import count_asks
from pybase_extraction_werk24.testing import SIGNATURE, TOKEN, FakeWerk24, Scenario
from tests.plugins.werk24.test_reading import FEATURES, METADATA, running, service

__all__ = ["running", "service"]
pytestmark = pytest.mark.anyio
SAMPLE = Path(__file__).parents[3] / "docs" / "samples" / "bearing-bracket.pdf"
ANSWERS = {"FEATURES": FEATURES, "META_DATA": METADATA}


def make(
    folder: Path,
    service: FakeWerk24,
    *,
    allow: Sequence[str] = ("werk24",),
    database: str | None = None,
    **fields: object,
) -> ExtractionManager:
    given = {
        "retry": RetryPolicy(base_s=0.1, jitter=0),
        "settings": WorkerSettings(poll_s=0.1, maintain_s=0.2, grace_s=3),
        "runner": AsyncioRunner(4),
    } | fields
    return ExtractionManager(
        SqlJobRepository(database or folder / "jobs.db"),
        LocalStorage(folder / "files"),
        registry=ExtractorRegistry.discover(allow=allow),
        enable_services={"werk24"},
        credentials=service.credentials,
        **given,
    )


@pytest.fixture
async def manager(tmp_path: Path, service: FakeWerk24) -> AsyncIterator[ExtractionManager]:
    async with make(tmp_path, service) as made:
        yield made


def drawing(number: int = 0) -> Source:
    return Source.from_bytes(f"%PDF-1.4 drawing {number}".encode().ljust(100), name=f"shaft-{number}.pdf")


async def finished(manager: ExtractionManager, number: int = 0, **fields: object) -> Job:
    job = await manager.submit(drawing(number), owner="mara", format="werk24", **fields)
    with anyio.fail_after(60):
        return await manager.wait(job.id, owner="mara")


async def test_a_reading_becomes_a_completed_job(manager: ExtractionManager, service: FakeWerk24) -> None:
    service.scenario = Scenario(answers=ANSWERS)
    job = await finished(manager)
    assert job.status is JobStatus.COMPLETED
    assert (await manager.result(job.id, owner="mara")).dimensions


async def test_what_may_heal_is_tried_once_more_and_the_log_says_what_it_may_cost(
    manager: ExtractionManager, service: FakeWerk24
) -> None:
    service.scenario = Scenario(close_before_answer=True)
    job = await finished(manager)
    attempts = await manager.attempts(job.id, owner="mara")
    assert job.status is JobStatus.FAILED
    assert [item.outcome.value for item in attempts] == ["retry", "fail"]
    assert all("may cost credits again" in str(item.error_message) for item in attempts)


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (Scenario(refuse_quota=True), "credits_exhausted"),
        (Scenario(oversized_bytes=10), "file_too_large"),
        (Scenario(garbage=True), "service_error"),
    ],
)
async def test_what_cannot_heal_is_paid_for_once(
    manager: ExtractionManager, service: FakeWerk24, scenario: Scenario, code: str
) -> None:
    service.scenario = scenario
    job = await finished(manager)
    assert (job.status, job.error_code) == (JobStatus.FAILED, code)
    assert len(await manager.attempts(job.id, owner="mara")) == 1


async def test_the_host_may_set_another_policy(tmp_path: Path, service: FakeWerk24) -> None:
    service.scenario = Scenario(close_before_answer=True)
    async with make(tmp_path, service, retry_by_format={"werk24": RetryPolicy(max_retries=0)}) as manager:
        job = await finished(manager)
        assert len(await manager.attempts(job.id, owner="mara")) == 1


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        from pybase_extraction.repositories.migrations import upgrade

        url: str = request.getfixturevalue("postgres_database")
        upgrade(url)
        return url
    return str(tmp_path / "jobs.db")


async def read_six(manager: ExtractionManager) -> None:
    jobs = [await manager.submit(drawing(number), owner="mara", format="werk24") for number in range(6)]
    with anyio.fail_after(60):
        ended = [await manager.wait(job.id, owner="mara") for job in jobs]
    assert {job.status for job in ended} == {JobStatus.COMPLETED}


async def test_the_service_is_never_used_more_at_once_than_all_workers_may(
    tmp_path: Path, service: FakeWerk24, database: str
) -> None:
    """Two managers on one database with four slots each, and a limit of two."""
    service.scenario = Scenario(answers=ANSWERS, latency_s=0.2)
    claims = ClaimFilter(limits=ConcurrencyLimits(services={"werk24": 2}))
    given = {"settings": WorkerSettings(poll_s=0.05, maintain_s=0.2, claims=claims), "database": database}
    async with make(tmp_path, service, **given) as one, make(tmp_path, service, **given):
        await read_six(one)
    assert service.most_at_once == 2


async def test_the_service_is_never_used_more_at_once_than_one_process_may(tmp_path: Path, service: FakeWerk24) -> None:
    service.scenario = Scenario(answers=ANSWERS, latency_s=0.1)
    settings = WorkerSettings(poll_s=0.05, maintain_s=0.2, service_slots={"werk24": 3})
    async with make(tmp_path, service, settings=settings) as manager:
        await read_six(manager)
    assert service.most_at_once == 3


async def test_a_budget_holds_over_workers_and_for_readings_that_enrich(
    tmp_path: Path, service: FakeWerk24, database: str
) -> None:
    """Two workers; mara has no pages, otto has no limit.  The pdf plugin reads for both."""
    service.scenario = Scenario(answers=ANSWERS, latency_s=0.1)
    repositories = [SqlJobRepository(database) for _ in range(2)]
    ledgers = [UsageLedger(each, "werk24", count_asks=count_asks, pages_by_owner={"mara": 0}) for each in repositories]
    await ledgers[0].prepare()
    given = {"database": database, "allow": ["pdf", "werk24"]}
    async with (
        make(tmp_path, service, observers=[ledgers[0]], **given) as one,
        make(tmp_path, service, observers=[ledgers[1]], **given),
    ):
        refused = [await one.submit(SAMPLE, owner="mara", enrich=["werk24"], force=True) for _ in range(2)]
        allowed = await one.submit(SAMPLE, owner="otto", enrich=["werk24"])
        with anyio.fail_after(60):
            ended = [await one.wait(job.id, owner=job.owner_id) for job in (*refused, allowed)]
        results = [await one.result(job.id, owner=job.owner_id) for job in ended]
    used = await ledgers[0].usage()
    for each in repositories:
        await each.close()
    assert [result.is_partial for result in results] == [True, True, False]
    assert "budget" in next(issue.message for issue in results[0].issues if issue.code == "enrichment-failed")
    assert [(item.owner, item.calls, item.pages, item.outcome) for item in used] == [("otto", 1, 1, "completed")]
    assert len(service.readings) == 1


async def test_no_token_or_presigned_address_anywhere(
    tmp_path: Path, service: FakeWerk24, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    scenarios = [
        Scenario(answers=ANSWERS),
        Scenario(pictures={"SHEET_IMAGES": b""}),
        Scenario(garbage=True),
        Scenario(unasked="HOLOGRAM"),
        Scenario(close_before_answer=True),
        Scenario(oversized_bytes=10),
        Scenario(refuse_quota=True),
        Scenario(malformed=("FEATURES",)),
    ]
    async with make(tmp_path, service) as manager:
        for number, scenario in enumerate(scenarios):
            service.scenario = scenario
            job = await finished(manager, number, options={"extract_sheet_images": True})
            assert job.status in {JobStatus.COMPLETED, JobStatus.FAILED}
    with sqlite3.connect(tmp_path / "jobs.db") as database:
        rows = "\n".join(database.iterdump())
    database.close()
    files = b"".join(path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file())
    assert "shaft-7.pdf" in rows
    for secret in (TOKEN, SIGNATURE):
        assert secret not in caplog.text
        assert secret not in rows
        assert secret.encode() not in files


async def test_a_used_up_budget_fails_the_job_before_anything_is_sent(tmp_path: Path, service: FakeWerk24) -> None:
    service.scenario = Scenario(answers=ANSWERS)
    ledger = await keep_ledger(tmp_path, pages_per_day=6, pages_by_owner={"otto": 0})
    async with make(tmp_path, service, observers=[ledger]) as manager:
        # 5 pages are reserved and 1 is read; then 1 + 5 fit into 6, and 2 + 5 do not
        ended = [await finished(manager, number) for number in range(3)]
        job = await manager.submit(drawing(3), owner="otto", format="werk24")
        otto = await manager.wait(job.id, owner="otto")
    assert [job.status.value for job in ended] == ["completed", "completed", "failed"]
    assert (ended[2].error_code, otto.error_code) == ("credits_exhausted", "credits_exhausted")
    assert len(service.readings) == len(service.uploads) == 2
    (used,) = await ledger.usage()
    await ledger.repository.close()
    assert (used.owner, used.calls, used.pages, used.asks, used.outcome) == ("mara", 2, 2, 4, "completed")
    assert used.seconds > 0


async def test_a_reading_without_a_job_asks_the_same_budget(tmp_path: Path, service: FakeWerk24) -> None:
    service.scenario = Scenario(answers=ANSWERS)
    ledger = await keep_ledger(tmp_path, pages_per_day=5, pages_by_owner={"otto": 0})
    async with make(tmp_path, service, observers=[ledger], allow=["pdf", "werk24"]) as manager:
        assert (await manager.extract(drawing(), format="werk24", owner="mara")).dimensions
        with pytest.raises(CreditsExhaustedError, match="1 of 5 pages"):
            await manager.extract(drawing(1), format="werk24", owner="mara")
        enriched = await manager.extract(SAMPLE, enrich=["werk24"], owner="otto")
        again = await manager.extract(SAMPLE, enrich={"werk24": {"max_pages": 4}}, owner="mara")
    used = await ledger.usage()
    await ledger.repository.close()
    assert "budget" in next(issue.message for issue in enriched.issues if issue.code == "enrichment-failed")
    assert not again.is_partial
    assert [(item.owner, item.calls, item.pages, item.outcome) for item in used] == [("mara", 2, 2, "completed")]
    assert len(service.readings) == 2


async def test_readings_without_jobs_keep_to_the_places_of_the_process(tmp_path: Path, service: FakeWerk24) -> None:
    service.scenario = Scenario(answers=ANSWERS, latency_s=0.1)
    settings = WorkerSettings(service_slots={"werk24": 2})
    async with make(tmp_path, service, settings=settings) as manager, anyio.create_task_group() as group:
        for number in range(4):
            group.start_soon(partial(manager.extract, drawing(number), format="werk24"))
    assert service.most_at_once == 2


async def test_what_may_have_cost_something_stays_counted(tmp_path: Path, service: FakeWerk24) -> None:
    service.scenario = Scenario(close_before_answer=True)
    ledger = await keep_ledger(tmp_path)
    async with make(tmp_path, service, observers=[ledger]) as manager:
        await finished(manager, options={"max_pages": 2})
        service.scenario = Scenario(oversized_bytes=10)
        await finished(manager, 1)
    used = {item.outcome: (item.calls, item.pages) for item in await ledger.usage()}
    await ledger.repository.close()
    assert used == {"service_unavailable": (2, 4), "file_too_large": (1, 0)}


async def keep_ledger(folder: Path, **budgets: object) -> UsageLedger:
    """A ledger in the database of the jobs, with connections of its own: it outlives the manager."""
    ledger = UsageLedger(SqlJobRepository(folder / "jobs.db"), "werk24", count_asks=count_asks, **budgets)
    await ledger.prepare()
    return ledger
