"""A bulk import that is larger than the machine: what the table of jobs does under 1 to 200 workers.

    python -m tests.bench.scale [--files 819000] [--times times.json] [--only register,simulate,drain,prune,sizes]

PostgreSQL, registered as ``backfill`` registers; then simulated workers with real claims and the service times of real
files (``tests.bench.service_times --output times.json``), then four workers whose jobs do nothing, and what it takes on
the disk.  Every step ends after ``--seconds``; with ``--database`` a later run goes on where an earlier one stopped.
Counts, pages and processor seconds say something elsewhere; rates are of this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from pybase_extraction.jobs import ALL_OWNERS, ENDED, JobQuery
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from tests.bench.queues import ours
from tests.bench.service_times import Service, measure
from tests.corpus.run import input_files
from tests.servers import PostgresServer, create_database

SETTINGS = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=900", "shared_buffers=1GB",
    "shared_preload_libraries=pg_stat_statements",
)  # fmt: skip
SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
_CHUNK = 20_000
_PROCESSES = 4
_STATEMENTS = """
SELECT sum(calls), sum(rows), sum(total_exec_time), sum(shared_blks_hit + shared_blks_read), sum(wal_bytes)
FROM pg_stat_statements
"""


@dataclass(frozen=True)
class Moment:
    """What the server has done so far."""

    at: float
    settled: int
    cpu_s: float
    claims: tuple[float, ...]
    wal_bytes: float


class Server:
    """One connection that looks at the server, and its processes."""

    def __init__(self, database: str) -> None:
        self.connection = psycopg.connect(database, autocommit=True)
        self.connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        pid = self._one("SELECT pg_backend_pid()")[0]
        parent = psutil.Process(pid).parent()
        assert parent is not None
        self.postmaster = parent

    def _one(self, query: str) -> tuple[Any, ...]:
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return row

    def look(self) -> Moment:
        """Take the counts; ``settled`` is the number of lines in the log of attempts."""
        settled = self._one("SELECT count(*) FROM extraction_jobs_attempts")[0]
        claims = self._one(f"{_STATEMENTS} WHERE query ILIKE '%skip locked%' AND query ILIKE '%leased_by%'")
        wal = self._one(_STATEMENTS)[4]
        return Moment(
            time.perf_counter(), settled, self._cpu(), tuple(float(item or 0) for item in claims), float(wal or 0)
        )

    def _cpu(self) -> float:
        used = self.postmaster.cpu_times()
        total = used.children_user + used.children_system
        for child in self.postmaster.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                times = child.cpu_times()
                total += times.user + times.system
        return float(total)

    def backlog(self) -> int:
        return int(self._one("SELECT count(*) FROM extraction_jobs WHERE status = 'pending'")[0])

    def wait_for_running(self, count: int, *, timeout_s: float = 90.0) -> None:
        """Wait until so many jobs run that began from now on: processes take seconds to start on a busy machine."""
        until = time.monotonic() + timeout_s
        now = self._one("SELECT clock_timestamp()")[0]
        running = f"SELECT count(*) FROM extraction_jobs WHERE status = 'processing' AND started_at > '{now}'"
        while self._one(running)[0] < count and time.monotonic() < until:
            time.sleep(0.2)

    def sizes(self) -> None:
        rows = self.connection.execute(
            "SELECT relname, pg_relation_size(oid), pg_table_size(oid) - pg_relation_size(oid), reltuples, relkind"
            " FROM pg_class WHERE relname LIKE '%extraction_jobs%' AND relkind IN ('r', 'i') ORDER BY 2 DESC"
        ).fetchall()
        print("| table or index | MB | beside it (TOAST and maps), MB | rows |\n| --- | ---: | ---: | ---: |")
        for name, size, beside, count, _ in rows:
            print(f"| {name} | {size / 1e6:.1f} | {beside / 1e6:.1f} | {max(count, 0):,.0f} |")


def show(name: str, before: Moment, after: Moment, ideal: float | None = None) -> None:
    """One line of figures between two moments."""
    seconds, jobs = after.at - before.at, after.settled - before.settled
    calls, rows, ms, pages, _ = (late - early for late, early in zip(after.claims, before.claims, strict=True))
    rate, server_ms = jobs / seconds, (after.cpu_s - before.cpu_s) / max(jobs, 1) * 1e3
    share = "" if ideal is None else f" of {ideal:.1f} ({rate / ideal:.0%})"
    claim = f"{pages / max(rows, 1):.0f} pages, {ms / max(rows, 1):.2f} ms, {rows / max(calls, 1):.1f} at once"
    wal_kb = (after.wal_bytes - before.wal_bytes) / max(jobs, 1) / 1e3
    print(
        f"{name:28} {rate:7.1f} jobs/s{share}; server {server_ms:.2f} CPU ms a job; claim of a job: {claim};"
        f" WAL {wal_kb:.1f} kB a job",
        flush=True,
    )


async def register(database: str, files: int, seconds: float) -> None:
    """Register jobs until there are so many."""
    until = time.monotonic() + seconds
    async with SqlJobRepository(database) as repository:
        count = (await repository.stats(owner=ALL_OWNERS)).total
        while count < files and time.monotonic() < until:
            begun = time.perf_counter()
            await repository.submit_many(ours.jobs(min(_CHUNK, files - count)))
            made = min(_CHUNK, files - count)
            count += made
            if count % 100_000 < _CHUNK:
                print(f"{count:,} registered, {made / (time.perf_counter() - begun):,.0f} a second", flush=True)


@contextlib.contextmanager
def processes(*commands: list[str]) -> Iterator[None]:
    started = [subprocess.Popen([sys.executable, "-m", *command]) for command in commands]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(60)


def times_of_samples(folder: Path) -> Path:
    """Measure the small files of the documentation, where nobody has measured larger ones."""
    path = folder / "times.json"
    path.write_text(json.dumps(measure(input_files(SAMPLES), SAMPLES)), "utf-8")
    return path


Point = tuple[int, int, float]
"""Workers, slots of each, and how many times faster than real files they are."""


def simulate(server: Server, database: str, storage: Path, times: Path, points: list[Point], window_s: float) -> None:
    """Run workers for each point."""
    services = [Service(*item) for item in json.loads(times.read_text("utf-8"))]
    mean = sum(item.seconds for item in services) / len(services)
    print(f"a file takes {mean:.2f} s on average; a slot makes {1 / mean:.2f} jobs/s at most")
    for workers, slots, speed in points:
        count = min(_PROCESSES, workers)
        shares = [workers // count + (number < workers % count) for number in range(count)]
        common = [str(times), database, str(storage)]
        commands = [["tests.bench.queues.simulated_worker", *common, f"{n}", f"{slots}", f"{speed}"] for n in shares]
        with processes(*commands):
            server.wait_for_running(int(workers * slots * 0.9))
            time.sleep(3)  # the first files all began together
            before = server.look()
            time.sleep(window_s)
            after = server.look()
        show(f"{workers} workers x {slots}, time x {speed:g}", before, after, workers * slots * speed / mean)


def drain(server: Server, database: str, storage: Path, seconds: float, step: int) -> None:
    """Four local workers whose jobs do nothing, until nothing is left; figures for every so many jobs."""
    with processes(*[["tests.bench.queues.ours", database, str(storage), "engine"]] * _PROCESSES):
        server.wait_for_running(1)
        before, until = server.look(), time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(1)
            if (after := server.look()).settled - before.settled >= step or not (left := server.backlog()):
                left = server.backlog()
                show(f"{left:,} left", before, after)
                before = server.look()
                if not left:
                    break


async def prune(database: str, count: int) -> None:
    """Delete ended jobs in batches, as ``prune_after_s`` does."""
    async with SqlJobRepository(database) as repository:
        begun, deleted = time.perf_counter(), 0
        while deleted < count and (gone := await repository.prune(JobQuery(statuses=ENDED), owner=ALL_OWNERS)):
            deleted += len(gone)
        print(f"{deleted:,} pruned, {deleted / (time.perf_counter() - begun):,.0f} a second")


def run(given: argparse.Namespace, database: str, folder: Path) -> None:
    upgrade(database)
    asyncio.run(ours.fill(database, str(folder / "storage"), 0))
    server, storage, wanted = Server(database), folder / "storage", given.only.split(",")
    if "register" in wanted:
        asyncio.run(register(database, given.files, given.seconds))
        server.connection.execute("VACUUM ANALYZE extraction_jobs")
    if "simulate" in wanted:
        points = [(int(w), int(n), float(x)) for w, n, x in (point.split("x") for point in given.points.split(","))]
        simulate(server, database, storage, given.times or times_of_samples(folder), points, given.window)
    if "drain" in wanted:
        drain(server, database, storage, given.seconds, given.step)
    if "sizes" in wanted:
        server.sizes()
    if "prune" in wanted:
        asyncio.run(prune(database, _CHUNK))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument(
        "--times", type=Path, help="output of tests.bench.service_times; without it nothing is simulated"
    )
    parser.add_argument("--only", default="register,simulate,drain,sizes,prune")
    parser.add_argument(
        "--points", default="1x2x1,10x2x1,50x2x1,100x2x1,200x2x1,200x2x8", help="workers x slots x speed"
    )
    parser.add_argument("--window", type=float, default=15.0, help="seconds that a point is measured")
    parser.add_argument("--seconds", type=float, default=120.0, help="longest time of registering, and of draining")
    parser.add_argument("--step", type=int, default=20_000, help="jobs between two lines of the drain")
    parser.add_argument("--database", help="a server's database to go on with, instead of a new server")
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {', '.join(f'{each:.1f}' for each in os.getloadavg())}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        if given.database:
            run(given, given.database, Path(folder))
            return
        own = PostgresServer(SETTINGS)
        try:
            own.start()
            run(given, create_database(own.dsn("postgres")), Path(folder))
        finally:
            own.close()


if __name__ == "__main__":
    main()
