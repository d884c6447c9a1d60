"""A folder as storage, where it differs from others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FLAT = """
import asyncio, resource, sys
from pathlib import Path
from pybase_extraction.storage.local import LocalStorage

async def stream(mib):
    for number in range(mib):
        yield number.to_bytes(8, "big") * (1 << 17)

async def main(folder, mib):
    storage = LocalStorage(folder)
    await storage.put("a", stream(24))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await storage.put("a", stream(mib))
    assert (await storage.fetch("a", Path(folder))).stat().st_size == mib << 20
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_a_file_of_a_gigabyte(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FLAT, str(tmp_path), "1024"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    (tmp_path / "a").unlink()
    assert int(done.stdout) < 16 << 10, f"{done.stdout.strip()} KiB more than for 24 MiB"
