"""Following jobs and batches to their end."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

import anyio

from pybase_extraction.jobs import Batch, Job, JobStatus, Owner
from pybase_extraction.manager.looking import Looking

T = TypeVar("T")

_REST = 4
"""How many times as long as it looks a watcher rests at least."""
_LOOK_S = 1.0
"""Seconds between two looks at a job that is watched, when nothing wakes the watcher before."""


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something that changed about a job.

    Attributes:
        job: The job as it is now, with its progress up to date.
        message: What the extractor says it is doing, when it runs in this process; None otherwise.
    """

    job: Job
    message: str | None = None


class _Pace:
    """Has those who watch rest for longer than they look.

    Any settlement wakes all of them: without a pause many watchers, or one of a large batch, would ask the database
    without end.  Looks that have to queue take longer, so the pauses grow with the number of those who watch.
    """

    def __init__(self) -> None:
        self._took_s = 0.0

    async def of(self, look: Coroutine[Any, Any, T]) -> T:
        started = time.monotonic()
        found = await look
        self._took_s = time.monotonic() - started
        return found

    async def rest(self) -> None:
        await anyio.sleep(min(_LOOK_S, _REST * self._took_s))


class Watching(Looking):
    """Tells when something changes."""

    async def watch(self, job_id: UUID, *, owner: Owner) -> AsyncIterator[JobEvent]:
        """Give the job whenever it has changed, until it has ended; begins with how it is.

        Raises:
            JobNotFoundError: There is none of that id for that owner.
            WorkerCrashedError: The worker of this process has ended by a failure, so nobody here extracts.
        """
        seen: tuple[object, ...] = ()
        pace = _Pace()
        while True:
            self.check_serving()
            event = self._live(await pace.of(self.get(job_id, owner=owner)))
            state = (event.job.status, event.job.progress, event.job.attempt, event.message)
            if state != seen:
                seen = state
                yield event
            if event.job.status.is_final:
                return
            # progress of a job that runs here is not written at once, so it is looked for more often
            is_here = job_id in self.worker.running
            await pace.rest()
            await self.repository.wait_for_change(0.1 if is_here else _LOOK_S)

    async def watch_batch(self, batch_id: UUID, *, owner: Owner) -> AsyncIterator[Batch]:
        """Give the batch whenever its counts have changed, until all its jobs have ended."""
        seen: Batch | None = None
        pace = _Pace()
        while True:
            self.check_serving()
            batch = await pace.of(self.batch(batch_id, owner=owner))
            if batch != seen:
                seen = batch
                yield batch
            if batch.is_ended:
                return
            await pace.rest()
            await self.repository.wait_for_change(_LOOK_S)

    def _live(self, job: Job) -> JobEvent:
        running = self.worker.running.get(job.id)
        if running is None or job.status is not JobStatus.PROCESSING:
            return JobEvent(job)
        return JobEvent(replace(job, progress=max(job.progress, running.progress)), running.message)

    async def wait(self, job_id: UUID, *, owner: Owner) -> Job:
        """Wait until a job has ended; bound it with ``anyio.fail_after``."""
        return (await _last(self.watch(job_id, owner=owner))).job

    async def wait_batch(self, batch_id: UUID, *, owner: Owner) -> Batch:
        """Wait until all jobs of a batch have ended."""
        return await _last(self.watch_batch(batch_id, owner=owner))


async def _last(events: AsyncIterator[T]) -> T:
    """Follow events to their end; there is one at least."""
    last = await anext(events)
    async for event in events:
        last = event
    return last
