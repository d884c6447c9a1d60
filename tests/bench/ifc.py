"""Time of the IFC extractor against IfcOpenShell's own ``get_psets`` on the same file, one core, one run.

``python -m tests.bench.ifc [FILE] [--mb 54]``: a model is made as large as asked by copies of its data section with
shifted instance numbers, so that the content stays real; without a file it is the sample house.
"""

from __future__ import annotations

import argparse
import re
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.part21 import Part21File
from pybase_extraction.source import Source
from pybase_extraction_ifc.extractor import IfcExtractor
from pybase_extraction_ifc.geometry import readable_by_library
from pybase_extraction_ifc.options import IfcOptions

_TEXT = re.compile(rb"('(?:[^']|'')*')")
_GLOBAL_ID = re.compile(rb"'[0-3][0-9A-Za-z_$]{21}'")
_NUMBER = re.compile(rb"#(\d+)")
_DIGITS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"


def enlarge(data: bytes, size: int) -> bytes:
    """Copy the data section until the file has about a size in bytes; GlobalIds stay unique."""
    start, end = data.index(b"DATA;") + 5, data.rindex(b"ENDSEC;")
    pieces = _TEXT.split(data[start:end])
    step = max(int(number) for piece in pieces[::2] for number in _NUMBER.findall(piece)) + 1
    copies = [data[:start]]
    for copy in range(max(1, round(size / len(data)))):
        suffix = bytes(_DIGITS[(copy >> shift) & 63] for shift in (12, 6, 0)) + b"'"
        shift_by = copy * step
        for place, piece in enumerate(pieces):
            if place % 2 == 0:
                copies.append(_NUMBER.sub(lambda match, by=shift_by: b"#%d" % (int(match[1]) + by), piece))
            else:
                copies.append(piece[:-4] + suffix if copy and _GLOBAL_ID.fullmatch(piece) else piece)
    return b"".join([*copies, data[end:]])


def timed(work: Callable[[], Any]) -> float:
    """Seconds of the processor for one call; another process on the core does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def library(path: Path) -> None:
    import ifcopenshell
    from ifcopenshell.util.element import get_psets

    model = ifcopenshell.open(str(path))
    for product in model.by_type("IfcProduct"):
        get_psets(product)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--mb", type=float, default=54.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.ifc")
        if arguments.file is None:
            from tests.samples.make_ifc import write_sample

            write_sample(path)
            seed = path.read_bytes()
        else:
            seed = readable_by_library(arguments.file.read_bytes())
        data = enlarge(seed, int(arguments.mb * 1e6))
        path.write_bytes(data)
        report(path, data)


def report(path: Path, data: bytes) -> None:
    source, size = Source.from_path(path), len(data) / 1e6
    properties = IfcOptions(extract_materials=False, extract_spatial_structure=False)

    def extract(options: IfcOptions) -> Callable[[], Any]:
        return lambda: IfcExtractor().extract(source, options, ExtractionContext())

    Part21File.open(data)  # imports numpy
    rows = {
        "index": timed(lambda: Part21File.open(data)),
        "properties and quantities": min(timed(extract(properties)) for _ in range(2)),
        "everything": min(timed(extract(IfcOptions())) for _ in range(2)),
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    theirs = min(timed(lambda: library(path)) for _ in range(2))
    print(f"{size:.1f} MB, {len(Part21File.open(data))} instances; peak {peak:.0f} MiB before the library was loaded")
    for name, seconds in rows.items():
        print(f"{name:28s} {seconds:6.2f} s  {size / seconds:6.1f} MB/s  {theirs / seconds:5.1f} x the library")
    print(f"{'open and get_psets':28s} {theirs:6.2f} s  {size / theirs:6.1f} MB/s")


if __name__ == "__main__":
    main()
