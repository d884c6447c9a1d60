"""What any worker may do at any time: rescue, promote, dispatch again, end batches, prune."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID

import anyio

from pybase_extraction.jobs import ALL_OWNERS, JobQuery, Settled
from pybase_extraction.worker.absence import Absence
from pybase_extraction.worker.batch_ends import BatchEnds
from pybase_extraction.worker.cancellation import to_its_end
from pybase_extraction.worker.dispatching import Dispatching, Verdicts
from pybase_extraction.worker.observing import Observer, tell
from pybase_extraction.worker.settings import Work, WorkerSettings

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import JobRepository
    from pybase_extraction.storage.base import Storage

T = TypeVar("T")

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 500
"""Jobs that one round rescues or prunes at most, so that none holds up the database for long; more come at once."""


class Maintenance:
    """Keeps the repository in order, round after round; no worker leads, and several may do it at once.

    Args:
        repository: Where the jobs are.
        storage: Where large results are.
        work: Whose policy decides about orphans.
        settings: How often, and what is pruned.
        dispatching: The external queue.
        batch_ends: Who says that batches have ended.
        observers: Who is told what the repository holds.
        announce: Told of settlements that took effect.
        absence: Told when the database does not answer.
    """

    def __init__(
        self,
        repository: JobRepository,
        storage: Storage,
        work: Work,
        settings: WorkerSettings,
        dispatching: Dispatching,
        batch_ends: BatchEnds,
        observers: Sequence[Observer],
        announce: Callable[[Iterable[Settled]], None],
        absence: Absence,
    ) -> None:
        self._repository = repository
        self._storage = storage
        self._work = work
        self._settings = settings
        self._dispatching = dispatching
        self._batch_ends = batch_ends
        self._observers = observers
        self._announce = announce
        self._absence = absence

    async def run(self) -> None:
        """Do it until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(self._once))
            if self._settings.prune_after_s is not None:
                # by itself: a storage may take seconds to delete what due jobs must not wait for
                group.create_task(self._repeat(self._prune))

    async def _repeat(self, once: Callable[[], Awaitable[float | None]]) -> None:
        while True:
            due = await once()
            pause = self._settings.maintain_s * random.uniform(0.8, 1.2)  # noqa: S311 -- no secret
            await anyio.sleep(pause if due is None else min(pause, max(due, 0.05)))

    async def _once(self) -> float | None:
        """Do one round; gives the seconds until the next job is due, or 0 when the round left something to do."""
        is_behind = await self._try(self._rescue)
        for step in (self._promote, self._send_lost, self._batch_ends.finish_all, self._measure):
            await self._try(step)
        due_s = await self._try(self._repository.next_due)
        return 0.0 if is_behind else due_s

    async def _try(self, step: Callable[[], Awaitable[T]]) -> T | None:
        """Do a step; one that fails, be it for one orphan or for a queue that is away, does not keep others from it."""
        with self._absence.survived("a step of the maintenance is tried again in the next round"):
            return await step()
        return None

    async def _promote(self) -> None:
        if promoted := await self._repository.promote():
            self._repository.notify()
            await self._dispatching.send(promoted)

    async def _send_lost(self) -> None:
        await self._dispatching.send_lost(self._settings.redispatch_after_s)

    async def _measure(self) -> None:
        # asked even when nobody listens: the lines that settling adds to the counts are added up by this
        stats = await self._repository.stats(owner=ALL_OWNERS)
        tell(self._observers, "measured", stats)

    async def _rescue(self) -> bool:
        """Rescue some; tells whether there may be more."""
        number, ready = await to_its_end(self._rescue_some())
        await self._dispatching.send_soon(ready)
        return number >= _AT_ONCE

    async def _rescue_some(self) -> tuple[int, Sequence[UUID]]:
        """Rescue jobs; gives how many, and those that are ready at once."""
        verdicts = Verdicts(self._work.settle_orphan)
        rescued = await self._repository.rescue(verdicts.decide, limit=_AT_ONCE)
        for settled in rescued:
            logger.warning("job %s was rescued from a worker that died: %s", settled.id, settled.status)
        self._announce(rescued)
        return len(rescued), verdicts.ready(rescued)

    async def _prune(self) -> float | None:
        """Prune some; gives 0 when there are more."""
        # a result whose row is gone would stay for ever
        is_behind = await self._try(lambda: to_its_end(self._prune_some()))
        return 0.0 if is_behind else None

    async def _prune_some(self) -> bool:
        """Prune some; tells whether there may be more."""
        age_s = self._settings.prune_after_s
        assert age_s is not None
        query = JobQuery(ended_before=datetime.now(UTC) - timedelta(seconds=age_s))
        pruned = await self._repository.prune(query, owner=ALL_OWNERS, limit=_AT_ONCE)
        for job in pruned:
            if job.result_key is not None:
                await self._storage.delete(job.result_key)
        return len(pruned) >= _AT_ONCE
