"""Keeping what a worker holds: on a thread of its own, which neither a job nor a blocked event loop can starve."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack
from uuid import UUID

import anyio
import anyio.to_thread
from anyio.from_thread import start_blocking_portal

from pybase_extraction.jobs import Heartbeat, Held
from pybase_extraction.repositories.base import JobRepository
from pybase_extraction.worker.absence import Absence
from pybase_extraction.worker.running import Running

_LOOK_S = 1.0
"""Seconds between two looks for cancellations that came through the database."""


class Leases:
    """Renews the leases of everything that runs, hands progress on, and learns of cancellations and losses.

    Args:
        repository: Where the jobs are.
        running: What the worker holds; read at every beat.
        worker: Its name.
        lease_s: Seconds that a lease lasts.
        absence: Told when the database does not answer.
    """

    def __init__(
        self,
        repository: JobRepository,
        running: Mapping[UUID, Running],
        worker: str,
        lease_s: float,
        absence: Absence,
    ) -> None:
        self._repository = repository
        self._running = running
        self._worker = worker
        self._lease_s = lease_s
        self._absence = absence

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Keep them as long as the context lasts."""
        if self._repository.is_bound_to_loop:
            async with anyio.create_task_group() as group:
                group.start_soon(self._keep)
                yield
                group.cancel_scope.cancel()
            return
        with ExitStack() as stack:
            portal = stack.enter_context(start_blocking_portal(name="extraction leases"))
            keeping = portal.start_task_soon(self._keep)
            try:
                yield
            finally:
                keeping.cancel()
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(stack.close, limiter=anyio.CapacityLimiter(1))

    async def _keep(self) -> None:
        beat_s = min(self._lease_s / 4, 1.0)
        renewed_at = time.monotonic()
        while True:
            await anyio.sleep(beat_s)
            since = time.monotonic() - renewed_at
            held = list(self._running.values())
            moved = any(item.progress != item.reported for item in held)
            if held and (moved or since > self._lease_s / 4 or since >= _LOOK_S):
                renewed_at = time.monotonic()
                await self._beat(held)

    async def _beat(self, held: Sequence[Running]) -> None:
        progress = [item.progress for item in held]
        leases = [Held(item.claim.id, item.claim.attempt, share) for item, share in zip(held, progress, strict=True)]
        beat: Heartbeat | None = None
        # whatever it is, the next beat must come: a lease that ends costs an attempt
        kept = f"the leases of {len(held)} jobs are not renewed, and last for {self._lease_s:g} s"
        with self._absence.survived(kept, fatal=()):
            beat = await self._repository.heartbeat(leases, worker=self._worker, lease_s=self._lease_s)
        if beat is None:
            return
        for item, share in zip(held, progress, strict=True):
            token = item.claim.id, item.claim.attempt
            item.reported = share
            if item.is_lost or token in beat.lost:
                item.lose()
            elif token in beat.cancelling:
                item.cancelled.set()
