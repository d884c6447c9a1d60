"""What ``extract()`` costs over the extractor itself, on small files and with warm processes.

``python -m tests.bench.extract [--rounds 15]``; prints a table and exits with 1 when the median difference of a file is
above 10 ms.  The two are measured in turns, so that a busy
machine slows both.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pybase_extraction import ExtractionContext, ExtractorRegistry, Source, extract

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
LIMIT_MS = 10.0


def direct(path: Path, registry: ExtractorRegistry) -> Callable[[], object]:
    """The extractor's own function, in this process."""
    info = registry.choose(registry.detect(Source.from_path(path)).format)
    extractor = registry.extractor(info.name)
    options = registry.validate_options(info.name, {})

    def run() -> object:
        with tempfile.TemporaryDirectory() as scratch:
            return extractor.extract(Source.from_path(path), options, ExtractionContext(scratch=Path(scratch)))

    return run


def milliseconds(work: Callable[[], object]) -> float:
    """Duration of one call."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def main() -> int:
    """Measure every sample, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    registry = ExtractorRegistry.discover()
    worst = 0.0
    print("| file | result | direct | extract() | median difference |\n| --- | ---: | ---: | ---: | ---: |")
    for path in sorted(SAMPLES.iterdir()):
        call = direct(path, registry)
        for _ in range(2):  # both sides warm
            call()
            size = len(extract(path).model_dump_json())
        pairs = [(milliseconds(call), milliseconds(lambda path=path: extract(path))) for _ in range(rounds)]
        difference = statistics.median(whole - own for own, whole in pairs)
        worst = max(worst, difference)
        own, whole = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(f"| {path.name} | {size >> 10} KiB | {own:.1f} ms | {whole:.1f} ms | {difference:+.1f} ms |", flush=True)
    return int(worst > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
