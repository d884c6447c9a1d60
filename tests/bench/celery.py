"""Jobs that do nothing through Celery, beside bare Celery that keeps its results, in one run.

    python -m tests.bench.celery [--jobs 2000] [--rounds 3] [--pool threads]

One worker of Celery with ten threads (or two processes) for each, and the same Valkey as broker.  ``bare`` keeps the
results of its tasks where the jobs are, in PostgreSQL; ``volatile`` in the memory of the broker, which forgets them.
The clock runs from the first outcome to the last; rounds alternate, and ratios are of the medians.  The aim is 0.8 of
``bare``, which persists as much.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from uuid import UUID

import psutil
import redis

from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.runners.celery import TASK
from tests.bench.jobs import counting, processor_seconds, valkey
from tests.bench.queues import ours as noop
from tests.servers import create_database, postgres

SLOTS = {"threads": "10", "prefork": "2"}
DONE = {
    "bare": "SELECT count(*) FROM celery_taskmeta WHERE status = 'SUCCESS'",
    "ours": "SELECT count(*) FROM extraction_jobs WHERE status = 'completed'",
}


async def register(database: str, jobs: int) -> list[UUID]:
    async with SqlJobRepository(database) as repository:
        return [receipt.id for receipt in await repository.submit_many(noop.jobs(jobs))]


def send(name: str, database: str, jobs: int) -> None:
    from tests.bench.queues import celery_worker

    if name != "ours":
        for number in range(jobs):
            getattr(celery_worker, name).tasks["bench.nothing"].delay(number)
        return
    task = celery_worker.ours.tasks[TASK]
    for job_id in asyncio.run(register(database, jobs)):
        task.apply_async((str(job_id),))


def measure(name: str, pool: str, jobs: int, done: Callable[[], int]) -> tuple[float, float]:
    """Jobs a second, and processor seconds of the worker for a thousand."""
    before = done()
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        f"tests.bench.queues.celery_worker:{name}",
        "worker",
        "--pool",
        pool,
    ]
    null = subprocess.DEVNULL
    quiet = ["--without-gossip", "--without-mingle", "-l", "error"]
    worker = psutil.Popen(
        [*command, "--concurrency", SLOTS[pool], *quiet], start_new_session=True, stdout=null, stderr=null
    )
    try:
        while (first := done()) <= before:
            time.sleep(0.01)
        started, used = time.perf_counter(), processor_seconds(worker)
        while done() < before + jobs:
            if worker.poll() is not None or time.perf_counter() - started > 200:
                raise RuntimeError(f"{name} did {done() - before} of {jobs} jobs")
            time.sleep(0.02)
        seconds, drained = time.perf_counter() - started, before + jobs - first
        return drained / seconds, (processor_seconds(worker) - used) / drained * 1000
    finally:
        for process in [*worker.children(recursive=True), worker]:
            process.kill()
        worker.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pool", choices=SLOTS, default="threads")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as storage, valkey() as broker, postgres() as server:
        database = create_database(server)
        upgrade(database)
        os.environ |= {"BENCH_BROKER": broker, "BENCH_DATABASE": database, "BENCH_STORAGE": storage}
        asyncio.run(noop.fill(database, storage, 0))
        from tests.bench.queues import celery_worker

        celery_worker.bare.backend.ResultSession().close()  # makes the table of results
        results = redis.Redis.from_url(broker)
        done = {name: counting(database, query) for name, query in DONE.items()}
        done["volatile"] = lambda: sum(1 for _ in results.scan_iter("celery-task-meta-*", count=10_000))
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in done}
        for number in range(given.rounds):
            for name in sorted(found, reverse=bool(number % 2)):
                send(name, database, given.jobs)
                found[name].append(measure(name, given.pool, given.jobs, done[name]))
        medians = {
            name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in found.items()
        }
        for name, (rate, cpu_s) in medians.items():
            print(f"{name}: {rate:8.1f} jobs/s, {cpu_s:.2f} CPU s of the worker for 1,000", flush=True)
        for name in ("bare", "volatile"):
            print(f"ours / {name}: {medians['ours'][0] / medians[name][0]:.2f}")


if __name__ == "__main__":
    main()
