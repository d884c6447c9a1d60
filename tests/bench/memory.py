"""Peak memory and time of one file, in its own process: ``python -m tests.bench.memory [FORMAT FILE]``.

Prints seconds of the processor, MiB before the file is read (interpreter and libraries), the peak, and MiB per MB of
input; without a file it does so for models that are made of the samples (``--mb 30``).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
OPTIONS: dict[str, dict[str, bool]] = {"dxf": {}, "ifc": {}, "step": {"include_geometry": False}}
BUDGETS = {"dxf": 15.0, "ifc": 20.0, "step": 15.0}
"""MiB of peak memory beyond that of the libraries that a MB of input may take."""


def peak_mib() -> float:
    """Peak of this program; ``ru_maxrss`` would also hold what the process had before it became this program."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)


def measure(format_name: str, path: Path) -> dict[str, float]:
    """Read a file in this process; ask for it in a fresh one."""
    from pybase_extraction.extractor import ExtractionContext
    from pybase_extraction.registry import ExtractorRegistry
    from pybase_extraction.source import Source

    registry = ExtractorRegistry.discover()
    options = registry.validate_options(format_name, OPTIONS[format_name])
    extractor = registry.extractor(format_name)
    suffix = {"dxf": "flange.dxf", "ifc": "house.ifc", "step": "bracket-assembly.step"}[format_name]
    # the libraries are loaded by a small file
    extractor.extract(Source.from_path(SAMPLES / suffix), options, ExtractionContext())
    before = peak_mib()
    source = Source.from_path(path)
    started = time.process_time()
    extractor.extract(source, options, ExtractionContext())
    seconds, size = time.process_time() - started, source.size / 1e6
    per_megabyte = (peak_mib() - before) / size
    return {"megabytes": size, "seconds": seconds, "before": before, "peak": peak_mib(), "per_megabyte": per_megabyte}


def measure_apart(format_name: str, path: Path) -> dict[str, float]:
    """Measure in a fresh process."""
    command = [sys.executable, "-m", "tests.bench.memory", format_name, str(path), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    found: dict[str, float] = json.loads(done.stdout)
    return found


def large(format_name: str, folder: Path, size: int) -> Path:
    """A file of about a size in bytes, made of the sample."""
    from tests.bench.dxf import drawing, replicated
    from tests.bench.ifc import enlarge

    path = folder / f"large.{format_name}"
    if format_name == "dxf":
        path.write_bytes(replicated(drawing(2000), size))
    else:
        sample = {"ifc": "house.ifc", "step": "bracket-assembly.step"}[format_name]
        path.write_bytes(enlarge((SAMPLES / sample).read_bytes(), size))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format", choices=[*OPTIONS], nargs="?")
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--mb", type=float, default=30.0, help="size of the files that are made")
    arguments = parser.parse_args()
    if arguments.file is not None:
        found = measure(arguments.format, arguments.file)
        print(json.dumps(found) if arguments.json else told(arguments.format, found))
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in OPTIONS:
            path = large(name, Path(folder), int(arguments.mb * 1e6))
            print(told(name, measure_apart(name, path)), flush=True)


def told(name: str, found: dict[str, float]) -> str:
    spent = f"{found['megabytes']:.1f} MB, {found['seconds']:.1f} s"
    peak = f"{found['peak']:.0f} MiB at the peak, {found['before']:.0f} before"
    return f"{name}: {spent}, {peak}: {found['per_megabyte']:.1f} MiB per MB of input"


if __name__ == "__main__":
    main()
