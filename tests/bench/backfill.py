"""Register 100,000 attachments, twice: ``python -m tests.bench.backfill [COUNT]``, on SQLite and PostgreSQL."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import anyio

from pybase_extraction.integrations.backfill import Attachment, backfill
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.testing.fakes import FAKES
from tests.servers import create_database, postgres


def attachments(count: int) -> Iterator[Attachment]:
    for number in range(count):
        yield Attachment(f"a{number}", f"{number}.fake", f"files/{number}", 5, record_id=f"r{number % 1000}")


async def measure(name: str, database: str | Path, count: int) -> None:
    registry = ExtractorRegistry.discover(allow=[], plugins=[FAKES])
    upgrade(database)
    async with SqlJobRepository(database) as repository:
        for run in ("first", "second"):
            wall, cpu = time.perf_counter(), time.process_time()
            report = await backfill(repository, registry, attachments(count))
            seconds, used = time.perf_counter() - wall, time.process_time() - cpu
            print(f"| {name} | {run} | {report.registered} | {seconds:.1f} s | {count / seconds:,.0f} | {used:.1f} s |")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print("| database | run | registered | time | attachments/s | CPU |\n| --- | --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        anyio.run(measure, "SQLite", Path(folder, "jobs.db"), count)
    with postgres() as url:
        anyio.run(measure, "PostgreSQL", create_database(url), count)


if __name__ == "__main__":
    main()
