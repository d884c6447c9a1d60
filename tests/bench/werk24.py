"""Twelve drawings through the manager, four at once, against one after the other; the service takes 50 ms for each.

``python -m tests.bench.werk24``; prints the ratio and the longest time that the event loop was blocked.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import anyio

from pybase_extraction.jobs import JobStatus
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.runners.asyncio import AsyncioRunner
from pybase_extraction.source import Source
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.worker import WorkerSettings
from pybase_extraction_werk24.client import load_client
from pybase_extraction_werk24.testing import FakeWerk24, Scenario

DRAWINGS = 12
TICK_S = 0.002


class LoopWatch:
    """Measures by how much the loop is late for a task that wants to run every 2 ms."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK_S)
            self.longest_s = max(self.longest_s, time.perf_counter() - before - TICK_S)


async def run(service: FakeWerk24, slots: int, folder: Path) -> tuple[float, float]:
    """Give the seconds for all drawings and the longest blocking of the loop, in seconds."""
    manager = ExtractionManager(
        SqlJobRepository(folder / "jobs.db"),
        LocalStorage(folder / "files"),
        runner=AsyncioRunner(slots),
        registry=ExtractorRegistry.discover(allow=["werk24"]),
        settings=WorkerSettings(poll_s=0.05),
        enable_services={"werk24"},
        credentials=service.credentials,
    )
    watch = LoopWatch()
    async with manager:
        await read(manager, 1)  # imports and warms
        async with anyio.create_task_group() as group:
            group.start_soon(watch.watch)
            started = time.perf_counter()
            await read(manager, DRAWINGS)
            seconds = time.perf_counter() - started
            group.cancel_scope.cancel()
    return seconds, watch.longest_s


async def read(manager: ExtractionManager, count: int) -> None:
    sources = [
        Source.from_bytes(f"%PDF-1.4 {count} {number}".encode().ljust(100), name="a.pdf") for number in range(count)
    ]
    jobs = [await manager.submit(source, owner=None, format="werk24") for source in sources]
    for job in jobs:
        ended = await manager.wait(job.id, owner=None)
        if ended.status is not JobStatus.COMPLETED:
            raise SystemExit(f"a drawing ended as {ended.status}: {ended.error_message}")


def measure(latency_s: float) -> tuple[float, float]:
    """Give how many times faster four at once are than one after the other, and the longest blocking in seconds."""
    load_client()
    with FakeWerk24(Scenario(latency_s=latency_s)) as service, tempfile.TemporaryDirectory() as folder:
        for name in ("one", "four"):
            Path(folder, name).mkdir()
        sequential, _ = anyio.run(run, service, 1, Path(folder, "one"))
        at_once, blocked = anyio.run(run, service, 4, Path(folder, "four"))
    print(f"one after the other {sequential:.2f} s, four at once {at_once:.2f} s")
    return sequential / at_once, blocked


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds that the service takes")
    ratio, blocked = measure(parser.parse_args().latency)
    print(f"ratio {ratio:.2f} (3.5 wanted), loop blocked for {blocked * 1000:.1f} ms at most (20 wanted)")


if __name__ == "__main__":
    main()
