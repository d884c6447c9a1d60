"""Workers of this library whose extractions are waited for instead of made.

    python -m tests.bench.queues.simulated_worker TIMES DATABASE STORAGE WORKERS SLOTS SPEED

Claims, heartbeats, settlements and connections are real, one repository for each worker.  An attempt sleeps as long as
a file of TIMES took, divided by SPEED, and gives a result of that file's size.
"""

from __future__ import annotations

import json
import logging
import random
import sys
from pathlib import Path

import anyio

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.errors import CorruptedFileError
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.runners.base import InProcessRunner
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.worker import Work, Worker, WorkerSettings
from tests.bench.service_times import Service

SAVED = Path(__file__).parents[2] / "results" / "saved" / "v1-house.ifc.json"


class Waiting(InProcessRunner):
    """Takes as long as real files do."""

    def __init__(self, slots: int, services: list[Service], speed: float) -> None:
        super().__init__(slots)
        self._services = services
        self._speed = speed
        self._text = SAVED.read_text("utf-8").encode("ascii", "replace").decode()

    async def _attempt(self, request: AttemptRequest, *_: object) -> AttemptOutcome:
        service = random.choice(self._services)
        await anyio.sleep(service.seconds / self._speed)
        if not service.size:
            return AttemptOutcome(error=CorruptedFileError("The file is damaged."))
        return AttemptOutcome(self._result(service.size), extractor="simulated", extractor_version="1")

    def _result(self, size: int) -> bytes:
        # real text, which compresses as results do, cut at a place of its own
        begin = random.randrange(len(self._text))
        whole = self._text[begin:] + self._text * (size // len(self._text) + 1)
        return json.dumps({"text": whole[:size]}).encode()


async def work(services: list[Service], database: str, storage: str, workers: str, slots: str, speed: str) -> None:
    registry = ExtractorRegistry.discover(allow=[], plugins=["tests.bench.queues.ours"])

    async def one() -> None:
        runner = Waiting(int(slots), services, float(speed))
        runner.bind(registry)
        async with SqlJobRepository(database) as repository, runner:
            await Worker(repository, LocalStorage(storage), runner, Work(), WorkerSettings()).serve()

    async with anyio.create_task_group() as group:
        for _ in range(int(workers)):
            group.start_soon(one)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    found = [Service(*item) for item in json.loads(Path(sys.argv[1]).read_text("utf-8"))]
    anyio.run(work, found, *sys.argv[2:])
