"""Read files one after another without any job engine: ``python -m tests.bench.bare SHARED LIST [PROCESSORS]``.

Processes that share the folder SHARED take the files of the list in turn.  Prints when the first began and the last
ended, in seconds since 1970 UTC.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pybase_extraction.attempt import AttemptRequest, run_attempt
from pybase_extraction.extractor import Limits
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source


def turns(shared: Path, count: int) -> Iterator[int]:
    """Numbers of the files that no other process has taken."""
    for number in range(count):
        try:
            os.close(os.open(shared / str(number), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        yield number


def main(shared: str, listed: str, processors: str = "") -> None:
    files = Path(listed).read_text().splitlines()
    registry = ExtractorRegistry.discover()
    limits = Limits(processors=int(processors) if processors else None)
    begun = time.time()
    for number in turns(Path(shared), len(files)):
        run_attempt(AttemptRequest(Source.from_path(files[number]), limits=limits), registry)
    print(begun, time.time())


if __name__ == "__main__":
    main(*sys.argv[1:])
