"""Saying once that a batch has ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import anyio

from pybase_extraction.worker.absence import Absence
from pybase_extraction.worker.cancellation import to_its_end
from pybase_extraction.worker.observing import Observer, tell

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import JobRepository

logger = logging.getLogger(__name__)

_PAUSE_S = 0.05
"""Seconds in which the ends of jobs are gathered before their batches are looked at."""


class BatchEnds:
    """Looks whether batches have ended; the repository names each to one worker only, which tells its observers."""

    def __init__(self, repository: JobRepository, observers: Sequence[Observer], absence: Absence) -> None:
        self._repository = repository
        self._observers = observers
        self._absence = absence
        self._touched: set[UUID] = set()
        self._wake = asyncio.Event()

    def touch(self, batch_id: UUID) -> None:
        """A job of the batch has ended."""
        self._touched.add(batch_id)
        self._wake.set()

    async def run(self) -> None:
        """Say soon after its last job that a batch has ended."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.finish_touched()
            await anyio.sleep(_PAUSE_S)

    async def finish_touched(self) -> None:
        """Look at the batches whose jobs have ended here."""
        touched, self._touched = self._touched, set()
        if not touched:
            return
        with self._absence.survived("the maintenance will look whether batches have ended"):
            await self._finish(touched)

    async def finish_all(self) -> None:
        """Look at all open batches: the worker that settled a last job may have died before it looked."""
        await self._finish(None)

    async def _finish(self, batch_ids: Iterable[UUID] | None) -> None:
        # nobody else is told of a batch that the database has named to a task that was cancelled meanwhile
        await to_its_end(self._finish_and_tell(batch_ids))

    async def _finish_and_tell(self, batch_ids: Iterable[UUID] | None) -> None:
        for batch_id in await self._repository.finish_batches(batch_ids):
            logger.info("batch %s has ended", batch_id, extra={"batch_id": str(batch_id)})
            tell(self._observers, "batch_ended", batch_id)
