"""What real files take: processor seconds and bytes of result of every file of a folder, one after the other.

    python -m tests.bench.service_times [FOLDER] [--every 4] [--output times.json]

Seconds are those of the processor, in this process and its child, so that other work on the machine does not count; a
file that is refused counts, too.  ``tests.bench.scale`` draws the service times of its workers from the output.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import psutil

from pybase_extraction import ExtractorRegistry, ProcessPoolRunner, Source
from pybase_extraction.attempt import AttemptRequest
from pybase_extraction.errors import ExtractionError
from tests.corpus.outcomes import LIMITS
from tests.corpus.run import DEFAULT, input_files


class Service(NamedTuple):
    """One file: processor seconds, and bytes of its result; 0 when it was refused."""

    kind: str
    seconds: float
    size: int


def processor_seconds() -> float:
    """Of this process and all children, those that have ended included."""
    own = psutil.Process()
    used = own.cpu_times()
    alive = [child.cpu_times() for child in own.children(recursive=True)]
    ended = used.children_user + used.children_system
    return used.user + used.system + ended + sum(each.user + each.system for each in alive)


def measure(files: list[Path], folder: Path) -> list[Service]:
    """Read every file in a child process that is warm."""
    runner = ProcessPoolRunner(1)
    runner.bind(ExtractorRegistry.discover())
    found = []
    for path in files:
        before, size = processor_seconds(), 0
        try:
            request = AttemptRequest(source=Source.from_path(path), limits=LIMITS)
            size = len(runner.run_blocking(request, threading.Event()).result_json or b"")
        except ExtractionError:
            pass  # nobody can read it; it took its time all the same
        found.append(Service(path.relative_to(folder).parts[0], processor_seconds() - before, size))
    runner.close()
    return found


def show(services: list[Service]) -> None:
    groups: dict[str, list[Service]] = defaultdict(list)
    for service in services:
        groups[service.kind].append(service)
    print("| files | count | mean s | median s | longest s | mean result, kB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, group in [*sorted(groups.items()), ("all", services)]:
        seconds = [item.seconds for item in group]
        mean_kb = statistics.fmean(item.size for item in group) / 1000
        figures = (
            f"{statistics.fmean(seconds):.2f} | {statistics.median(seconds):.2f} | {max(seconds):.1f} | {mean_kb:.0f}"
        )
        print(f"| {name} | {len(group)} | {figures} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--every", type=int, default=1, help="only every nth file")
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    services = measure(input_files(given.folder)[:: given.every], given.folder)
    show(services)
    if given.output is not None:
        given.output.write_text(json.dumps(services), "utf-8")


if __name__ == "__main__":
    main()
