"""What the job engine costs: drain, pick-up, idle, against the bare floor of its database in the same run.

    python -m tests.bench.jobs [--jobs 2000]

The extraction is a no-op inside the worker's process, so that only the engine is measured.  Trust ratios and CPU
seconds; rates on a shared machine are weather.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sqlite3
import statistics
import tempfile
import threading
import time
from pathlib import Path

import anyio
import psycopg

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress
from pybase_extraction.jobs import ALL_OWNERS, NewJob
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.runners.base import InProcessRunner
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.worker import Work, Worker, WorkerSettings
from tests.servers import create_database, postgres


class NoOp(InProcessRunner):
    """Gives an empty result, and says when it was asked."""

    def __init__(self) -> None:
        super().__init__(10)
        self.bind(ExtractorRegistry.discover(allow=[]))
        self.asked_at = 0.0
        self.asked = asyncio.Event()

    async def run(
        self,
        request: AttemptRequest,
        *,
        cancelled: threading.Event | None = None,
        progress: Progress | None = None,
    ) -> AttemptOutcome:
        self.asked_at = time.perf_counter()
        self.asked.set()
        return AttemptOutcome(result_json=b"{}", extractor="noop", extractor_version="1")

    async def _attempt(self, *_: object) -> AttemptOutcome:
        raise NotImplementedError


def job() -> NewJob:
    return NewJob(format="noop", filename="a", file_url="files/a", content_sha256="0" * 64)


async def measure(name: str, database: str, jobs: int, floor: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        storage = LocalStorage(folder)
        await storage.put("files/a", b"x")
        async with SqlJobRepository(database) as repository, NoOp() as runner:
            await repository.submit_many([job() for _ in range(jobs)])
            worker = Worker(repository, storage, runner, Work(), WorkerSettings())
            writes = 0
            exchange = repository.exchange

            async def counted(settlements, count, **given):
                nonlocal writes
                writes += bool(settlements) + bool(count)
                return await exchange(settlements, count, **given)

            repository.exchange = counted
            started, cpu = time.perf_counter(), time.process_time()
            async with anyio.create_task_group() as group:
                group.start_soon(worker.serve)
                while (await repository.stats(owner=ALL_OWNERS)).completed < jobs:
                    await repository.wait_for_change(0.2)
                seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
                statements = writes / jobs
                delays = []
                for _ in range(60):
                    await anyio.sleep(0.03)
                    runner.asked = asyncio.Event()
                    submitted = time.perf_counter()
                    await repository.submit(job())
                    await runner.asked.wait()
                    delays.append((runner.asked_at - submitted) * 1000)
                await anyio.sleep(6)
                idle = time.process_time()
                await anyio.sleep(5)
                idle = (time.process_time() - idle) / 5
                worker.stop()
    delays.sort()
    print(
        f"{name:12} drain {jobs / seconds:7.0f} jobs/s = {jobs / seconds / floor:.2f} x its floor ({floor:.0f}) | "
        f"cpu {cpu / jobs * 1000:.2f} s per 1000 | settle and claim statements per job {statements:.2f} | "
        f"pick-up p50 {statistics.median(delays):.1f} ms, p95 {delays[int(len(delays) * 0.95)]:.1f} ms | "
        f"idle {idle:.1%} cpu",
        flush=True,
    )


def floor_sqlite(jobs: int) -> float:
    """Claim one and complete it, each in its own transaction, with nothing around it."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder, "floor.db"), isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("CREATE TABLE j (id INTEGER PRIMARY KEY, s TEXT)")
        connection.execute("CREATE INDEX r ON j (id) WHERE s = 'r'")
        connection.executemany("INSERT INTO j (s) VALUES (?)", [("r",)] * jobs)
        take = "UPDATE j SET s = 'p' WHERE id = (SELECT id FROM j WHERE s = 'r' ORDER BY id LIMIT 1) RETURNING id"
        started = time.perf_counter()
        for _ in range(jobs):
            connection.execute("UPDATE j SET s = 'd' WHERE id = ?", connection.execute(take).fetchone())
        seconds = time.perf_counter() - started
        connection.close()
    return jobs / seconds


def floor_postgres(url: str, jobs: int) -> float:
    take = (
        "UPDATE j SET s = 'p' WHERE id = (SELECT id FROM j WHERE s = 'r' ORDER BY id LIMIT 1 "
        "FOR UPDATE SKIP LOCKED) RETURNING id"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE j (id serial PRIMARY KEY, s text)")
        connection.execute("CREATE INDEX ON j (id) WHERE s = 'r'")
        connection.execute("INSERT INTO j (s) SELECT 'r' FROM generate_series(1, %s)", [jobs])
        started = time.perf_counter()
        for _ in range(jobs):
            connection.execute("UPDATE j SET s = 'd' WHERE id = %s", connection.execute(take).fetchone())
        return jobs / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=4000)
    jobs = parser.parse_args().jobs
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        anyio.run(measure, "sqlite", str(Path(folder, "jobs.db")), jobs, floor_sqlite(jobs))
    with postgres() as url:
        floor = floor_postgres(create_database(url), jobs)
        database = create_database(url)
        upgrade(database)
        anyio.run(measure, "postgresql", database, jobs, floor)


if __name__ == "__main__":
    main()
