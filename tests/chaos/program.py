"""A worker process for the chaos tests: says its name and process id, then works until it is told to stop."""

from __future__ import annotations

import logging
import os
import sys

import anyio

from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.thread import ThreadPoolRunner
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.testing.fakes import FAKES
from pybase_extraction.worker import WorkerSettings

LEASE_S = 1.0
RETRY = RetryPolicy(base_s=0.05, jitter=0, max_retries=10_000, max_crashes=10_000)


def make(database: str, storage: str, *, works: bool = True) -> ExtractionManager:
    return ExtractionManager(
        SqlJobRepository(database),
        LocalStorage(storage),
        runner=ThreadPoolRunner(4),
        registry=ExtractorRegistry.discover(allow=[], plugins=[FAKES]),
        retry=RETRY,
        settings=WorkerSettings(lease_s=LEASE_S, poll_s=0.2, maintain_s=0.3, grace_s=5),
        works=works,
    )


async def main(database: str, storage: str) -> None:
    manager = make(database, storage)
    await manager.start()
    print(manager.worker.name, os.getpid(), flush=True)
    await manager.run_until_stopped()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    anyio.run(main, *sys.argv[1:])
