"""Handing jobs to an external queue."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from pybase_extraction.errors import SchemaOutdatedError
from pybase_extraction.jobs import Claim, ClaimFilter, JobStatus, Outcome, Settled, Settlement

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import JobRepository
    from pybase_extraction.runners.base import Dispatcher

logger = logging.getLogger(__name__)

_HELD_UP = 16
"""Most jobs that are dispatched again when one has ended: as many as there is room for, usually one."""


class Dispatching:
    """Sends the ids of jobs to a queue; does nothing where there is none.

    Args:
        repository: Where the jobs are.
        dispatcher: The queue, or None.
        claims: Which jobs there may be, and how many of a kind at once.
    """

    def __init__(self, repository: JobRepository, dispatcher: Dispatcher | None, claims: ClaimFilter) -> None:
        self._repository = repository
        self._dispatcher = dispatcher
        self._claims = claims

    async def send(self, job_ids: Iterable[UUID]) -> None:
        """Send jobs; what cannot be sent now is sent by the maintenance."""
        if self._dispatcher is None:
            return
        sent: list[tuple[UUID, str]] = []
        for job_id in job_ids:
            try:
                sent.append((job_id, await self._dispatcher.dispatch(job_id) or str(job_id)))
            except Exception:
                logger.exception("job %s could not be dispatched; it is tried again", job_id)
                break
        await self._repository.set_external_task(sent)

    async def send_soon(self, job_ids: Iterable[UUID]) -> None:
        """Send jobs that have become ready again; a failure leaves them to the maintenance."""
        if self._dispatcher is None:
            return
        try:
            await self.send(job_ids)
        except SchemaOutdatedError:
            raise
        except Exception:
            logger.exception("jobs that are ready again could not be dispatched; the maintenance will")

    async def send_lost(self, older_than_s: float) -> None:
        """Send again what has been ready for so many seconds: the queue may have lost it."""
        if self._dispatcher is not None:
            await self.send(await self._repository.undispatched(older_than_s=older_than_s))

    async def send_held_up(self, format: str) -> None:  # noqa: A002 -- the vocabulary's word
        """Send the jobs of a format again for which the limits have room now: their messages may have been used up."""
        if self._dispatcher is None:
            return
        where = replace(self._claims, formats=frozenset({format}))
        try:
            await self.send(await self._repository.startable(_HELD_UP, where=where))
        except SchemaOutdatedError:
            raise
        except Exception:
            logger.exception("jobs that waited for room could not be dispatched; the maintenance will")


class Verdicts:
    """Decides about the attempts of dead workers, and remembers whose jobs are ready at once by that.

    The others are scheduled: their promotion dispatches them.
    """

    def __init__(self, decide: Callable[[Claim], Settlement]) -> None:
        self._decide = decide
        self._ready: set[UUID] = set()

    def decide(self, claim: Claim) -> Settlement:
        """Decide about one."""
        settlement = self._decide(claim)
        if is_ready_at_once(settlement):
            self._ready.add(claim.id)
        return settlement

    def ready(self, rescued: Iterable[Settled]) -> list[UUID]:
        """Name those of the rescued jobs that are ready now."""
        # a job whose cancellation was asked for is cancelled instead
        return [each.id for each in rescued if each.status is JobStatus.PENDING and each.id in self._ready]


def is_ready_at_once(settlement: Settlement) -> bool:
    """Whether a job is not scheduled but ready after this settlement, so that nobody promotes and dispatches it."""
    return settlement.outcome in {Outcome.RETRY, Outcome.RELEASE} and not settlement.delay_s
