"""Twelve drawings through the manager, four at once, against one after the other; the service takes 50 ms for each.

``python -m tests.bench.werk24``; prints the ratio and the longest time that the event loop was blocked.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import anyio

from pybase_extraction.jobs import JobStatus
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.runners.asyncio import AsyncioRunner
from pybase_extraction.runners.awaiting import AwaitingRunner
from pybase_extraction.runners.base import Runner
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.runners.thread import ThreadPoolRunner
from pybase_extraction.source import Source
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.worker import WorkerSettings

RUNNERS: Mapping[str, Callable[[int], Runner]] = {
    "asyncio": AsyncioRunner,
    "thread": ThreadPoolRunner,
    "process": ProcessPoolRunner,
    "awaiting": AwaitingRunner,
}
DRAWINGS = 12
_FULL = 2
"""The oldest generation of the garbage collector."""
TICK_S = 0.005


class LoopWatch:
    """Measures by how much the loop is late, by this process's own fault, for a task that wants to run every 5 ms.

    What other processes take from the processors meanwhile is not counted: no more than this one has computed.  Full
    collections of garbage are told apart: they walk over everything that the host holds, whoever sets them off.
    """

    def __init__(self) -> None:
        self.longest_s = 0.0
        self.collecting_s = 0.0
        self._since = 0.0
        self._collected = 0.0

    async def watch(self) -> None:
        gc.callbacks.append(self._note)
        try:
            while True:
                await self._tick()
        finally:
            gc.callbacks.remove(self._note)

    async def _tick(self) -> None:
        self._collected = 0.0  # first: the collector may run at any of these lines
        before, computed = time.perf_counter(), time.process_time()
        await asyncio.sleep(TICK_S)
        late = min(time.perf_counter() - before - TICK_S, time.process_time() - computed)
        self.longest_s = max(self.longest_s, late - self._collected)

    def _note(self, phase: str, info: Mapping[str, int]) -> None:
        if info["generation"] < _FULL:
            return
        if phase == "start":
            self._since = time.process_time()
        else:
            took = time.process_time() - self._since
            self._collected += took
            self.collecting_s = max(self.collecting_s, took)


async def run(credentials: dict[str, str], runner: Runner, folder: Path) -> tuple[float, LoopWatch]:
    """Give the seconds for all drawings, and what the loop's watch has seen."""
    manager = ExtractionManager(
        SqlJobRepository(folder / "jobs.db"),
        LocalStorage(folder / "files"),
        runner=runner,
        registry=ExtractorRegistry.discover(allow=["werk24"]),
        settings=WorkerSettings(poll_s=0.05),
        enable_services={"werk24"},
        credentials=credentials,
    )
    watch = LoopWatch()
    async with manager, anyio.create_task_group() as group:
        group.start_soon(watch.watch)
        await read(manager, 2 * runner.slots)  # imports and warms
        started = time.perf_counter()
        await read(manager, DRAWINGS)
        seconds = time.perf_counter() - started
        group.cancel_scope.cancel()
    return seconds, watch


async def read(manager: ExtractionManager, count: int) -> None:
    sources = [
        Source.from_bytes(f"%PDF-1.4 {count} {number}".encode().ljust(100), name="a.pdf") for number in range(count)
    ]
    jobs = [await manager.submit(source, owner=None, format="werk24") for source in sources]
    for job in jobs:
        ended = await manager.wait(job.id, owner=None)
        if ended.status is not JobStatus.COMPLETED:
            raise SystemExit(f"a drawing ended as {ended.status}: {ended.error_message}")


@contextmanager
def fake_service(latency_s: float) -> Iterator[dict[str, str]]:
    """The service in a process of its own, as the real one is elsewhere; gives the credentials."""
    command = [sys.executable, "-m", "pybase_extraction_werk24.testing"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        credentials = json.loads(process.stdout.readline())
        process.stdin.write(json.dumps({"latency_s": latency_s}) + "\n")
        process.stdin.flush()
        yield credentials
        process.stdin.close()


def measure(latency_s: float, runner: str, rounds: int) -> tuple[float, float, list[LoopWatch]]:
    """Give how many times faster four at once are than one after the other, and the loop's watches of all runs.

    The ratio is given as the median of the rounds and of the quickest times, which others have disturbed least.
    """
    quickest, ratios, watches = {1: math.inf, 4: math.inf}, [], []
    with fake_service(latency_s) as credentials, tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds):
            seconds = []
            for slots in (1, 4):
                place = Path(folder, f"{turn}-{slots}")
                place.mkdir()
                took, watch = anyio.run(run, credentials, RUNNERS[runner](slots), place)
                seconds.append(took)
                quickest[slots] = min(quickest[slots], took)
                watches.append(watch)
            print(f"one after the other {seconds[0]:.3f} s, four at once {seconds[1]:.3f} s")
            ratios.append(seconds[0] / seconds[1])
    return statistics.median(ratios), quickest[1] / quickest[4], watches


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds that the service takes")
    parser.add_argument("--runner", choices=RUNNERS, default="process", help="where the attempts run")
    parser.add_argument("--rounds", type=int, default=3, help="the ratio is the median of so many")
    given = parser.parse_args()
    median, best, watches = measure(given.latency, given.runner, given.rounds)
    print(f"ratio {median:.2f} median, {best:.2f} of the quickest (3.5 wanted)")
    blocked = sorted(1000 * watch.longest_s for watch in watches)
    print(
        f"loop blocked for at most {blocked[-1]:.1f} ms (20 wanted), {statistics.median(blocked):.1f} in the median run"
    )
    collecting = max(watch.collecting_s for watch in watches)
    print(
        f"and for {collecting * 1000:.1f} ms by a full collection of all that this process holds (gc.freeze spares it)"
    )


if __name__ == "__main__":
    main()
