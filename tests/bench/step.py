"""Time of the STEP scan against OpenCASCADE's reading and transfer of the same content, one core, one run.

``python -m tests.bench.step [FILE] [--mb 27]``: a model is made as large as asked by copies of its data section with
shifted instance numbers, so that the content stays real; without a file it is the sample assembly.  OpenCASCADE reads
one copy, because its time grows with the size and a large one takes minutes; times are compared by the byte.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.part21 import Part21File
from pybase_extraction.source import Source
from pybase_extraction_step.extractor import StepExtractor
from pybase_extraction_step.options import StepOptions
from tests.bench.ifc import enlarge, timed

SAMPLE = Path(__file__).parents[2] / "docs" / "samples" / "bracket-assembly.step"


def kernel(path: Path) -> Callable[[], None]:
    """Read and transfer a file with OpenCASCADE, which is imported before the time is taken."""
    from OCP.Message import Message, Message_PrinterOStream
    from OCP.STEPControl import STEPControl_Reader

    Message.DefaultMessenger_s().RemovePrinters(Message_PrinterOStream.get_type_descriptor_s())

    def read() -> None:
        reader = STEPControl_Reader()
        reader.ReadFile(str(path))
        reader.TransferRoots()

    return read


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--mb", type=float, default=27.0)
    parser.add_argument("--profile", action="store_true", help="print where the time of the scan goes")
    arguments = parser.parse_args()
    one = arguments.file.read_bytes()
    data = enlarge(one, int(arguments.mb * 1e6))
    with tempfile.TemporaryDirectory() as folder:
        large, single = Path(folder, "large.step"), Path(folder, "one.step")
        large.write_bytes(data)
        single.write_bytes(one)
        report(large, data, single, one, show_profile=arguments.profile)


def report(large: Path, data: bytes, single: Path, one: bytes, *, show_profile: bool) -> None:
    size, source = len(data) / 1e6, Source.from_path(large)
    options = StepOptions(include_geometry=False)

    def extract(chosen: StepOptions = options) -> Any:
        return StepExtractor().extract(source, chosen, ExtractionContext())

    Part21File.open(one)  # imports numpy
    before = peak_mib()
    index = timed(lambda: Part21File.open(data))
    scan = min(timed(extract) for _ in range(2))
    grown = peak_mib() - before
    theirs = min(timed(kernel(single)) for _ in range(3)) / (len(one) / 1e6)
    print(f"{size:.1f} MB, {len(Part21File.open(data))} instances")
    print(f"{'index':34s} {index:6.2f} s  {size / index:6.1f} MB/s")
    print(f"{'assembly, PMI, properties, colours':34s} {scan:6.2f} s  {size / scan:6.1f} MB/s")
    print(f"{'OpenCASCADE, read and transfer':34s} {theirs * size:6.2f} s  {1 / theirs:6.1f} MB/s, from one copy")
    print(
        f"scan {theirs * size / scan:.1f} x OpenCASCADE; memory {grown:.0f} MiB, {grown / size:.1f} MiB per MB of input"
    )
    if show_profile:
        profile = cProfile.Profile()
        profile.runcall(extract)
        pstats.Stats(profile).sort_stats("tottime").print_stats(18)


if __name__ == "__main__":
    main()
