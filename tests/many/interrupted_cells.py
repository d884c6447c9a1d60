"""Runs cells in a real kernel, interrupts each, and prints how it ended, one JSON array a line.

A program of its own, because the client of kernels leaves sockets and loops open.
"""

from __future__ import annotations

import json
from threading import Timer

from jupyter_client import BlockingKernelClient, KernelManager

SETUP = """
import time
from pybase_extraction import aextract, extract
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.testing.fakes import FAKES

registry = ExtractorRegistry.discover(allow=[], plugins=[FAKES])
extract(b"FAKE", registry=registry)
"""
CALLS = ["await aextract(b'FAKE', registry=registry, sleep_s=200)", "extract(b'FAKE', registry=registry, sleep_s=200)"]
AFTERWARDS = "assert time.monotonic() - begun < 100; assert extract(b'FAKE', registry=registry).format == 'fake'"


def run(client: BlockingKernelClient, code: str) -> list[str | None]:
    """Status and name of the error of a cell."""
    reply = client.execute_interactive(code, timeout=300, output_hook=lambda _: None)["content"]
    return [reply["status"], reply.get("ename")]


def main() -> None:
    """Interrupt an awaited and a plain call, and see that the kernel goes on."""
    manager = KernelManager()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        print(json.dumps(run(client, SETUP)))
        for call in CALLS:
            timer = Timer(3, manager.interrupt_kernel)
            timer.start()
            print(json.dumps(run(client, f"begun = time.monotonic()\n{call}")))
            timer.join()
            print(json.dumps(run(client, AFTERWARDS)))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
