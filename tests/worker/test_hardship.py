"""Full disks, busy databases, clocks that jump, and cancellations from other processes: no outcome is lost."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
import sqlalchemy as sa

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.errors import RepositoryError
from pybase_extraction.jobs import ALL_OWNERS, JobStatus
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.worker import Work, Worker, WorkerSettings
from tests.worker.test_worker import QUICK, Scripted, done, ended, job, waits

pytestmark = pytest.mark.anyio


def pages(connection: sa.Connection, most: int | None) -> None:
    """Let the file grow no further, or as it likes."""
    count = connection.exec_driver_sql("PRAGMA page_count").scalar_one() if most is None else most
    connection.exec_driver_sql(f"PRAGMA max_page_count = {count}")


async def test_a_full_disk_is_named_and_outcomes_wait_for_room(tmp_path: Path, storage: LocalStorage) -> None:
    proceed = anyio.Event()

    async def large(*_: object) -> AttemptOutcome:
        await proceed.wait()
        return AttemptOutcome(result_json=b'"' + b"x" * 200_000 + b'"', extractor="fake", extractor_version="1")

    async with (
        SqlJobRepository(tmp_path / "jobs.db") as repository,
        Scripted(lambda *_: large()) as runner,
        anyio.create_task_group() as group,
    ):
        # a lease that outlives a busy machine: what is told here is the disk
        worker = Worker(repository, storage, runner, Work(), replace(QUICK, lease_s=60))
        group.start_soon(worker.serve)
        submitted = await repository.submit(job())
        while not worker.running:
            await anyio.sleep(0.01)
        await repository._connections.write(lambda connection: pages(connection, None))
        proceed.set()
        many = [job(metadata={"text": "x" * 10_000}) for _ in range(1000)]
        with pytest.raises(RepositoryError, match="disk"):
            await repository.submit_many(many)
        await anyio.sleep(0.5)
        found = await repository.get(submitted.job.id, owner=ALL_OWNERS)
        assert found.status is JobStatus.PROCESSING
        await repository._connections.write(lambda connection: pages(connection, 1 << 30))
        assert (await ended(repository, submitted.job.id)).status is JobStatus.COMPLETED
        worker.stop()


async def test_a_lock_of_another_process_delays_outcomes_and_loses_none(tmp_path: Path, storage: LocalStorage) -> None:
    async with SqlJobRepository(tmp_path / "jobs.db") as repository, Scripted(done) as runner:
        await repository.submit_many([job() for _ in range(40)])
        busy = threading.Event()

        def hog() -> None:
            with sqlite3.connect(tmp_path / "jobs.db", timeout=30, isolation_level=None) as other:
                while not busy.wait(0.02):
                    other.execute("BEGIN IMMEDIATE")
                    time.sleep(0.1)
                    other.execute("COMMIT")
            other.close()

        hogging = threading.Thread(target=hog)
        hogging.start()
        try:
            async with anyio.create_task_group() as group:
                worker = Worker(repository, storage, runner, Work(), QUICK)
                group.start_soon(worker.serve)
                with anyio.fail_after(30):
                    while (await repository.stats(owner=ALL_OWNERS)).completed < 40:
                        await anyio.sleep(0.05)
                worker.stop()
        finally:
            busy.set()
            hogging.join()
        page = await repository.find(owner=ALL_OWNERS)
        assert [item.attempt for item in page.jobs] == [1] * 40


_CANCEL = """
import asyncio, sys, uuid
from pybase_extraction.jobs import ALL_OWNERS
from pybase_extraction.repositories.sql import SqlJobRepository
async def main():
    async with SqlJobRepository(sys.argv[1]) as repository:
        await repository.stats(owner=ALL_OWNERS)
        print("ready", flush=True); sys.stdin.readline()
        await repository.cancel(owner=ALL_OWNERS, job_id=uuid.UUID(sys.argv[2]))
asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_another_process_cancels_a_running_job_within_two_seconds(
    kind: str, tmp_path: Path, storage: LocalStorage, request: pytest.FixtureRequest
) -> None:
    address = str(tmp_path / "jobs.db")
    if kind == "postgresql":
        from pybase_extraction.repositories.migrations import upgrade

        address = request.getfixturevalue("postgres_database")
        await asyncio.to_thread(upgrade, address)

    async def until_cancelled(_: AttemptRequest, cancelled: threading.Event) -> AttemptOutcome:
        while not cancelled.is_set():
            await anyio.sleep(0.01)
        from pybase_extraction.errors import ExtractionCancelledError

        return AttemptOutcome(error=ExtractionCancelledError("The extraction was cancelled."))

    settings = WorkerSettings(maintain_s=5)
    async with (
        SqlJobRepository(address) as repository,
        Scripted(until_cancelled) as runner,
        anyio.create_task_group() as group,
    ):
        worker = Worker(repository, storage, runner, Work(), settings)
        group.start_soon(worker.serve)
        submitted = await repository.submit(job())
        command = [sys.executable, "-c", _CANCEL, address, str(submitted.job.id)]
        other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220
        with other:
            await asyncio.to_thread(other.stdout.readline)
            while not worker.running:
                await anyio.sleep(0.01)
            started = time.monotonic()
            other.stdin.write("go\n")
            other.stdin.flush()
            found = await ended(repository, submitted.job.id)
            assert time.monotonic() - started < 2
        assert found.status is JobStatus.CANCELLED
        worker.stop()


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
async def test_a_clock_that_jumps_costs_at_most_an_attempt(jump: float, tmp_path: Path, storage: LocalStorage) -> None:
    """On SQLite the clock of the machine decides leases: an hour ahead, a lease may end; an hour back, it lasts."""
    shift = 0.0
    async with (
        SqlJobRepository(tmp_path / "jobs.db", clock=lambda: time.time() + shift) as repository,
        Scripted(waits(0.6)) as runner,
        anyio.create_task_group() as group,
    ):
        worker = Worker(repository, storage, runner, Work(retry=RetryPolicy(base_s=0, jitter=0)), QUICK)
        group.start_soon(worker.serve)
        jobs = [(await repository.submit(job())).job for _ in range(3)]
        while len(worker.running) < 3:
            await anyio.sleep(0.01)
        shift = jump
        with anyio.fail_after(30):
            while (await repository.stats(owner=ALL_OWNERS)).completed < 3:
                await anyio.sleep(0.05)
        attempts = [await repository.attempts(item.id, owner=ALL_OWNERS) for item in jobs]
        worker.stop()
    assert all([line.outcome for line in log].count("complete") == 1 for log in attempts)
    assert all(len(log) <= 2 for log in attempts)
