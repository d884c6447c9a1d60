"""What each verb of the repository costs in tables of a thousand to a million jobs, counted rather than timed.

    python -m tests.bench.growth [--rows 1000,10000,100000,1000000]

SQLite: instructions of its virtual machine.  PostgreSQL: pages touched (``EXPLAIN (ANALYZE, BUFFERS)``).  A few
jobs run; a fifth is ready, a fifth scheduled, the rest has ended.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import pytest

from pybase_extraction.jobs import ALL_OWNERS, JobQuery, JobStatus, Outcome, Settlement
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from tests.repositories.test_plans import VERBS, all_work, fill
from tests.servers import create_database, postgres


async def measure(database: str, sizes: list[int]) -> list[dict[str, int]]:
    """Count the work at each size, the table growing from one to the next."""
    upgrade(database)
    found = []
    async with SqlJobRepository(database) as repository:
        rows = 0
        for size in sizes:
            await fill(repository, size - rows)
            rows = size
            with pytest.MonkeyPatch.context() as patch:
                found.append(await all_work(repository, patch))
            await give_back(repository)
            print(f"  {repository.engine.dialect.name}: {size:,} rows", file=sys.stderr, flush=True)
    return found


async def give_back(repository: SqlJobRepository) -> None:
    """Let no more jobs run than before: looking for leases grows with these."""
    running = JobQuery(statuses=frozenset({JobStatus.PROCESSING}))
    jobs = (await repository.find(running, owner=ALL_OWNERS, limit=1000)).jobs
    taken = [job for job in jobs if job.leased_by == "w"]
    await repository.settle([Settlement(id=job.id, attempt=job.attempt, outcome=Outcome.RELEASE) for job in taken])


def show(name: str, sizes: list[int], found: list[dict[str, int]]) -> None:
    print(f"{name:20}", *(f"{size:>12,}" for size in sizes))
    for verb in VERBS:
        print(f"{verb:20}", *(f"{each[verb]:12}" for each in found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="1000,10000,100000,1000000")
    sizes = [int(size) for size in parser.parse_args().rows.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        show("SQLite", sizes, asyncio.run(measure(str(Path(folder, "jobs.db")), sizes)))
    with postgres() as server:
        show("PostgreSQL", sizes, asyncio.run(measure(create_database(server), sizes)))


if __name__ == "__main__":
    main()
