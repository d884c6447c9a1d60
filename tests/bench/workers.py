"""How much faster two workers are than one: real files, one slot each, alternating rounds.

    python -m tests.bench.workers [FOLDER] [--every 4] [--rounds 2] [--processors 1]

Each round has a database and a storage of its own; the clock runs from the first attempt that begins to the last
outcome, as the table of jobs has them.  With ``--processors 1`` each worker keeps to one processor, as it has to where
every processor has a worker; without it one worker reads some files with two.  Beside the time stand the processor
seconds of everything that the workers started, which say on a busy machine what the time does not.

Two processors of one machine share its clock and its memory: what two processes without any job engine gain over one,
with the same files in the same rounds, is the machine's own ceiling.  The aim on two idle cores is 1.8, or the ceiling.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from pybase_extraction.errors import ExtractionError
from pybase_extraction.jobs import ALL_OWNERS
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.storage.local import LocalStorage
from tests.corpus.run import DEFAULT, input_files


async def submit(home: Path, files: list[Path]) -> int:
    async with ExtractionManager(
        SqlJobRepository(home / "jobs.sqlite"), LocalStorage(home / "storage"), works=False
    ) as manager:
        for path in files:
            try:
                await manager.submit(path, owner=None)
            except ExtractionError:
                continue  # no extractor reads it
        return await manager.count(owner=ALL_OWNERS)


async def span(home: Path) -> float:
    """Seconds from the first beginning to the last end."""
    async with SqlJobRepository(home / "jobs.sqlite") as repository:
        jobs = (await repository.find(owner=ALL_OWNERS, limit=1000)).jobs
    begun = [job.started_at for job in jobs if job.started_at]
    ended = [job.completed_at for job in jobs if job.completed_at]
    return (max(ended) - min(begun)).total_seconds()


def measure(files: list[Path], workers: int, further: list[str]) -> tuple[float, float]:
    """Give the seconds and the processor seconds."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        asyncio.run(submit(home, files))
        before = _spent()
        command = [sys.executable, "-m", "pybase_extraction", "worker", "--concurrency", "1", "--until-empty", *further]
        environment = os.environ | {"PYBASE_EXTRACTION_HOME": folder}
        running = [
            subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(workers)
        ]
        for process in running:
            process.wait()
        return asyncio.run(span(home)), _spent() - before


def measure_bare(files: list[Path], processes: int, processors: int | None) -> tuple[float, float]:
    """Give the seconds and the processor seconds of processes that only extract."""
    with tempfile.TemporaryDirectory() as folder:
        shared, listed = Path(folder, "taken"), Path(folder, "files.txt")
        shared.mkdir()
        listed.write_text("\n".join(map(str, files)))
        before = _spent()
        further = [] if processors is None else [str(processors)]
        command = [sys.executable, "-m", "tests.bench.bare", str(shared), str(listed), *further]
        running = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            for _ in range(processes)
        ]
        spans = [[float(word) for word in process.communicate()[0].split()] for process in running]
        return max(ended for _, ended in spans) - min(begun for begun, _ in spans), _spent() - before


def _spent() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--every", type=int, default=4, help="only every nth file")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--processors", type=int, help="that one attempt keeps busy; the extractors' choice if absent")
    given = parser.parse_args()
    further = [] if given.processors is None else ["--processors", str(given.processors)]
    files = input_files(given.folder)[:: given.every]
    print(f"{len(files)} files; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    found: dict[tuple[str, int], list[float]] = {}
    for _ in range(given.rounds):
        for count in (1, 2):
            show("bare", count, measure_bare(files, count, given.processors), found)
            show("workers", count, measure(files, count, further), found)
    gains = {
        kind: statistics.median(found[kind, 1]) / statistics.median(found[kind, 2]) for kind in ("bare", "workers")
    }
    print(f"two workers are {gains['workers']:.2f} x as fast as one")
    print(f"two bare processes are {gains['bare']:.2f} x as fast as one")
    print(f"so workers reach {gains['workers'] / gains['bare']:.0%} of what the machine gives")


def show(kind: str, count: int, measured: tuple[float, float], found: dict[tuple[str, int], list[float]]) -> None:
    seconds, spent = measured
    found.setdefault((kind, count), []).append(seconds)
    print(f"{kind} {count}: {seconds:.1f} s, {spent:.1f} processor s: {spent / seconds:.2f} busy", flush=True)


if __name__ == "__main__":
    main()
