"""Processes that are killed while the service reads: what is tried again, what stands, and what the log says of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import psutil
import pytest

from pybase_extraction.integrations.usage import UsageLedger
from pybase_extraction.jobs import Attempt, Job, JobStatus
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.worker import WorkerSettings
from pybase_extraction_werk24.testing import FakeWerk24, Scenario
from tests.plugins.werk24.test_jobs import SAMPLE, keep_ledger, make
from tests.plugins.werk24.test_reading import running, service

__all__ = ["running", "service"]
pytestmark = [pytest.mark.anyio, pytest.mark.chaos]
SETTINGS = WorkerSettings(lease_s=1.0, poll_s=0.1, maintain_s=0.2, grace_s=3)
SAID = "may cost credits again"
WORKER = """
import json, sys
import anyio
from pybase_extraction.integrations.usage import UsageLedger
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.asyncio import AsyncioRunner
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.worker import WorkerSettings

async def main(folder, credentials):
    repository = SqlJobRepository(folder + "/jobs.db")
    manager = ExtractionManager(
        repository,
        LocalStorage(folder + "/files"),
        runner=AsyncioRunner(2),
        registry=ExtractorRegistry.discover(allow=["pdf", "werk24"]),
        retry=RetryPolicy(base_s=0.1, jitter=0),
        settings=WorkerSettings(lease_s=1.0, poll_s=0.1, maintain_s=0.2),
        enable_services={"werk24"},
        credentials=json.loads(credentials),
        observers=[UsageLedger(repository, "werk24")],
    )
    await manager.run_until_stopped()

anyio.run(main, *sys.argv[1:])
"""


@contextmanager
def worker(folder: Path, service: FakeWerk24) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, which is killed at the end."""
    with subprocess.Popen([sys.executable, "-c", WORKER, str(folder), json.dumps(service.credentials)]) as process:
        try:
            yield process
        finally:
            process.kill()


async def until_read(service: FakeWerk24, count: int) -> None:
    with anyio.fail_after(120):
        while len(service.uploads) < count:
            await anyio.sleep(0.05)


async def ended(manager: ExtractionManager, job: Job) -> tuple[Job, list[Attempt]]:
    with anyio.fail_after(120):
        done = await manager.wait(job.id, owner="mara")
    return done, list(await manager.attempts(job.id, owner="mara"))


async def test_a_job_whose_worker_is_killed_twice_in_the_second_reading_is_poison(
    tmp_path: Path, service: FakeWerk24
) -> None:
    """Paid for twice at most, both times said in the log, and both counted by the ledger."""
    service.scenario = Scenario(stall=True)
    ledger = await keep_ledger(tmp_path)
    async with make(tmp_path, service, works=False, allow=["pdf", "werk24"]) as host:
        job = await host.submit(SAMPLE, owner="mara", enrich=["werk24"])
    for count in (1, 2):
        with worker(tmp_path, service):
            await until_read(service, count)
    observers = [UsageLedger(SqlJobRepository(tmp_path / "jobs.db"), "werk24")]
    async with make(tmp_path, service, settings=SETTINGS, allow=["pdf", "werk24"], observers=observers) as third:
        done, attempts = await ended(third, job)
    await observers[0].repository.close()
    used = await ledger.usage()
    await ledger.repository.close()
    assert (done.status, done.error_code) == (JobStatus.FAILED, "poison")
    assert "It did so 2 times and is not tried again" in str(done.error_message)
    assert [(item.outcome.value, item.crashed) for item in attempts] == [("retry", True), ("fail", True)]
    assert all(SAID in str(item.error_message) for item in attempts)
    assert len(service.uploads) == 2
    assert sorted((item.outcome, item.calls, item.pages) for item in used) == [("lost", 1, 5), ("running", 1, 5)]


async def test_the_first_result_stands_when_the_client_of_the_service_dies_twice(
    tmp_path: Path, service: FakeWerk24
) -> None:
    """The child that waits for services is killed; the worker lives, and has the first result."""
    service.scenario = Scenario(stall=True)
    async with make(
        tmp_path, service, runner=ProcessPoolRunner(2), settings=SETTINGS, allow=["pdf", "werk24"]
    ) as manager:
        job = await manager.submit(SAMPLE, owner="mara", enrich=["werk24"])
        for count in (1, 2):
            await until_read(service, count)
            for child in psutil.Process().children():
                if "awaiting_child" in " ".join(child.cmdline()):
                    os.kill(child.pid, signal.SIGKILL)
        done, attempts = await ended(manager, job)
        result = await manager.result(job.id, owner="mara")
    assert (done.status, result.is_partial) == (JobStatus.COMPLETED, True)
    assert [(item.outcome.value, item.crashed) for item in attempts] == [("retry", True), ("complete", False)]
    assert SAID in str(attempts[0].error_message)
    (issue,) = [issue for issue in result.issues if issue.code == "enrichment-failed"]
    assert "SIGKILL" in issue.message
    assert len(service.uploads) == 2
