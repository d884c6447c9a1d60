"""What any worker may do at any time: rescue, promote, dispatch again, end batches, prune."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio

from pybase_extraction.errors import SchemaOutdatedError
from pybase_extraction.jobs import ALL_OWNERS, JobQuery, Settled
from pybase_extraction.worker.batch_ends import BatchEnds
from pybase_extraction.worker.cancellation import to_its_end
from pybase_extraction.worker.dispatching import Dispatching
from pybase_extraction.worker.observing import Observer, tell
from pybase_extraction.worker.settings import Work, WorkerSettings

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import JobRepository
    from pybase_extraction.storage.base import Storage

logger = logging.getLogger(__name__)


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
    ) -> None:
        self._repository = repository
        self._storage = storage
        self._work = work
        self._settings = settings
        self._dispatching = dispatching
        self._batch_ends = batch_ends
        self._observers = observers
        self._announce = announce

    async def run(self) -> None:
        """Do it until cancelled; a round that fails is logged."""
        while True:
            due: float | None = None
            try:
                due = await self._once()
            except SchemaOutdatedError:
                raise
            except Exception:
                logger.exception("maintenance failed; it is tried again")
            pause = self._settings.maintain_s * random.uniform(0.8, 1.2)  # noqa: S311 -- no secret
            await anyio.sleep(pause if due is None else min(pause, max(due, 0.05)))

    async def _once(self) -> float | None:
        """Do one round; gives the seconds until the next job is due."""
        await to_its_end(self._rescue())
        if promoted := await self._repository.promote():
            self._repository.notify()
            await self._dispatching.send(promoted)
        await self._dispatching.send_lost(self._settings.redispatch_after_s)
        await self._batch_ends.finish_all()
        if self._settings.prune_after_s is not None:
            # a result whose row is gone would stay for ever
            await to_its_end(self._prune(self._settings.prune_after_s))
        # asked even when nobody listens: the lines that settling adds to the counts are added up by this
        stats = await self._repository.stats(owner=ALL_OWNERS)
        tell(self._observers, "measured", stats)
        return await self._repository.next_due()

    async def _rescue(self) -> None:
        rescued = await self._repository.rescue(self._work.settle_orphan)
        for settled in rescued:
            logger.warning("job %s was rescued from a worker that died: %s", settled.id, settled.status)
        self._announce(rescued)

    async def _prune(self, age_s: float) -> None:
        query = JobQuery(ended_before=datetime.now(UTC) - timedelta(seconds=age_s))
        for job in await self._repository.prune(query, owner=ALL_OWNERS):
            if job.result_key is not None:
                await self._storage.delete(job.result_key)
