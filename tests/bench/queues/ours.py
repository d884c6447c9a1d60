"""This library: ``python -m tests.bench.queues.ours DATABASE STORAGE``; a no-op extractor that is awaited."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import anyio

from pybase_extraction.jobs import NewJob
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.runners.asyncio import AsyncioRunner
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.testing.runner import fake_registry
from pybase_extraction.worker import Work, Worker, WorkerSettings

if TYPE_CHECKING:
    from collections.abc import Sequence


def jobs(count: int) -> Sequence[NewJob]:
    facts = {"format": "fake-await", "filename": "a.await", "file_url": "files/a", "content_sha256": "0" * 64}
    return [NewJob(**facts) for _ in range(count)]


async def fill(database: str, storage: str, count: int) -> None:
    await LocalStorage(storage).put("files/a", b"AWAIT")
    async with SqlJobRepository(database) as repository:
        await repository.submit_many(jobs(count))


async def work(database: str, storage: str) -> None:
    runner = AsyncioRunner(10)
    runner.bind(fake_registry())
    async with SqlJobRepository(database) as repository, runner:
        await Worker(repository, LocalStorage(storage), runner, Work(), WorkerSettings()).serve()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    anyio.run(work, *sys.argv[1:])
