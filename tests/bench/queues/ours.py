"""This library: ``python -m tests.bench.queues.ours DATABASE STORAGE [engine]``.

Its plugin's extractor does nothing, but is found, given its file, and its result is encoded.  With ``engine`` there is
no extractor at all: the runner answers at once, as the tasks of the other queues do.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import anyio

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.extractor import ExtractionContext, ExtractorInfo, ExtractorOptions, FormatInfo, Isolation
from pybase_extraction.hookspecs import hookimpl
from pybase_extraction.jobs import NewJob
from pybase_extraction.registry import ExtractorRegistry, Registration
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.results import ExtractionResult, ExtractorRecord, SourceInfo
from pybase_extraction.runners.asyncio import AsyncioRunner
from pybase_extraction.runners.base import InProcessRunner
from pybase_extraction.source import Source
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.worker import Work, Worker, WorkerSettings

if TYPE_CHECKING:
    from collections.abc import Sequence


RESULT = ExtractionResult(
    format="noop",
    source=SourceInfo(filename="a.noop", size=4, sha256="0" * 64),
    extractor=ExtractorRecord(name="noop", version="1"),
)


class NoOpExtractor:
    async def extract(self, source: Source, options: ExtractorOptions, context: ExtractionContext) -> ExtractionResult:
        return RESULT


class Nothing(InProcessRunner):
    """Runs no extractor."""

    async def _attempt(self, request: AttemptRequest, *_: object) -> AttemptOutcome:
        return AttemptOutcome(result_json=b"{}", extractor="noop", extractor_version="1")


@hookimpl
def pybase_extraction_register(registry: Registration) -> None:
    formats = (FormatInfo("noop", "No-op", extensions=(".noop",)),)
    info = ExtractorInfo("noop", "No-op", "1", formats, isolation=Isolation.LOOP)
    registry.add(info, f"{__name__}:NoOpExtractor")


def jobs(count: int) -> Sequence[NewJob]:
    facts = {"format": "noop", "filename": "a.noop", "file_url": "files/a", "content_sha256": "0" * 64}
    return [NewJob(**facts) for _ in range(count)]


async def fill(database: str, storage: str, count: int) -> None:
    await LocalStorage(storage).put("files/a", b"NOOP")
    async with SqlJobRepository(database) as repository:
        await repository.submit_many(jobs(count))


async def work(database: str, storage: str, what: str = "extraction") -> None:
    runner: InProcessRunner = Nothing(10) if what == "engine" else AsyncioRunner(10)
    runner.bind(ExtractorRegistry.discover(allow=[], plugins=["tests.bench.queues.ours"]))
    async with SqlJobRepository(database) as repository, runner:
        await Worker(repository, LocalStorage(storage), runner, Work(), WorkerSettings()).serve()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    anyio.run(work, *sys.argv[1:])
