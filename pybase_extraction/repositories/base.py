"""What every repository of jobs can do.

A repository keeps the rows; it runs nothing.  All verbs are asynchronous, may be called from any task, and each is one
transaction.  Every verb of a user takes ``owner``: somebody else's job does not exist for it.  Workers' verbs (claim,
heartbeat, settle, rescue, promote) act for all owners.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias, runtime_checkable
from uuid import UUID

from pybase_extraction.jobs import (
    Attempt,
    Batch,
    CacheKey,
    Claim,
    ClaimFilter,
    ConcurrencyLimits,
    Exchange,
    Heartbeat,
    Held,
    Job,
    JobQuery,
    JobStats,
    NewBatch,
    NewJob,
    Owner,
    Page,
    PageKey,
    Receipt,
    Settled,
    Settlement,
    StoredResult,
    Submitted,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
    from sqlalchemy.orm import Session

    HostSession: TypeAlias = AsyncSession | Session | AsyncConnection | Connection
"""The caller's own unit of work, which a submission can join."""

OnCommit: TypeAlias = Callable[[Sequence[UUID]], None]
"""Called with the ids of jobs that have been committed; must not block."""

Rescuer: TypeAlias = Callable[[Claim], Settlement]
"""Decides about an attempt whose lease has run out; ``RetryPolicy.settle`` with a WorkerCrashedError is one."""


@runtime_checkable
class JobRepository(Protocol):
    """Keeps jobs, their attempts, results and batches.

    Use it as an asynchronous context manager, or call ``close`` at the end.
    """

    @property
    def is_bound_to_loop(self) -> bool:
        """Whether all verbs must be called from one event loop; a worker otherwise renews leases from a thread."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc_info: object) -> None: ...

    async def close(self) -> None:
        """Give back connections and threads; engines of the host stay open."""

    # -- submitting ---------------------------------------------------------------------------------------------

    async def submit(
        self, new: NewJob, *, session: HostSession | None = None, on_commit: OnCommit | None = None
    ) -> Submitted:
        """Add a job, or find the live one of the same owner with the same dedupe key.

        Args:
            new: What is asked for.
            session: The caller's transaction to join: the job exists if and only if the caller commits.
            on_commit: Called once the job is committed, never when it is rolled back or existed before.
        """
        ...

    async def submit_many(
        self,
        new: Sequence[NewJob],
        *,
        batch: NewBatch | None = None,
        session: HostSession | None = None,
        on_commit: OnCommit | None = None,
    ) -> Sequence[Receipt]:
        """Add many jobs, and their batch, in one transaction.

        Args:
            new: What is asked for; 10,000 in a call are fine.
            batch: A batch to create; the jobs become its children and inherit its owner.
            session: As for ``submit``.
            on_commit: As for ``submit``, called once for all.

        Returns:
            One receipt for every job, in their order.
        """
        ...

    # -- working ------------------------------------------------------------------------------------------------

    async def claim(
        self, count: int, *, worker: str, lease_s: float = 60.0, where: ClaimFilter | None = None
    ) -> Sequence[Claim]:
        """Take up to ``count`` ready jobs; lanes take turns, priority and age decide within one lane.

        A lane is the jobs of one owner, format and service, so nobody's backlog holds up anybody else's first job.

        Args:
            count: Free slots of the worker.
            worker: Name of the holder, unique per start of its process.
            lease_s: Seconds until the jobs may be taken away unless a heartbeat extends the lease.
            where: Which jobs; every ready job when None.
        """
        ...

    async def claim_by_id(
        self, job_id: UUID, *, worker: str, lease_s: float = 60.0, limits: ConcurrencyLimits | None = None
    ) -> Claim | None:
        """Take one ready job that an external queue names.

        Args:
            job_id: The job.
            worker: As for ``claim``.
            lease_s: As for ``claim``.
            limits: Most jobs at once in the whole database; None for no limit.

        Returns:
            None when there is nothing to take, or no room for it within the limits.
        """
        ...

    async def startable(self, count: int, *, where: ClaimFilter) -> Sequence[UUID]:
        """List up to ``count`` ready jobs that ``claim`` would take now, in its order, and leave them as they are.

        For an external queue whose messages for them were used up while the limits had no room.
        """
        ...

    async def heartbeat(self, held: Iterable[Held], *, worker: str, lease_s: float = 60.0) -> Heartbeat:
        """Extend exactly the leases that the worker says it holds, and record their progress."""
        ...

    async def settle(self, settlements: Iterable[Settlement]) -> Sequence[Settled]:
        """Write the ends of attempts; one that no longer holds its job changes nothing and is not returned.

        A late settlement still counts while nobody has taken the job again.
        """
        ...

    async def exchange(
        self,
        settlements: Sequence[Settlement],
        count: int,
        *,
        worker: str,
        lease_s: float = 60.0,
        where: ClaimFilter | None = None,
    ) -> Exchange:
        """Settle and claim in one turn: what a worker's loop calls.

        One transaction on SQLite; on PostgreSQL, and with limits, two of them: what was settled is told even when the
        claim fails after it.
        """
        ...

    async def rescue(self, decide: Rescuer, *, limit: int = 500) -> Sequence[Settled]:
        """End the attempts whose lease has run out, as ``decide`` says; any worker may do it at any time."""
        ...

    async def promote(self, *, limit: int = 1000) -> Sequence[UUID]:
        """Make scheduled jobs whose time has come ready."""
        ...

    async def next_due(self) -> float | None:
        """Give the seconds until the next scheduled job is due, 0 when it is; None when none is scheduled."""
        ...

    async def set_external_task(self, tasks: Iterable[tuple[UUID, str]]) -> None:
        """Record under which id an external queue carries each job."""
        ...

    async def undispatched(self, *, older_than_s: float, limit: int = 500) -> Sequence[UUID]:
        """List ready jobs that changed last more than so many seconds ago: an external queue may have lost them.

        While other jobs run, a job is listed again only when it has waited for ``GROWTH_OF_WAIT`` times as long as when
        it changed last, or ``LONGEST_WAIT_S`` have passed since: a queue that is at work has rather not come to it yet.
        """
        ...

    # -- waking -------------------------------------------------------------------------------------------------

    def notify(self) -> None:
        """Wake those who wait in this process; may be called from any thread."""

    async def wait_for_work(self, timeout_s: float) -> bool:
        """Sleep until a job may have become ready or is to be cancelled, or the time is over.

        Returns:
            Whether something was noticed; false alarms are allowed, and a caller polls even when nothing was.
        """
        ...

    async def wait_for_change(self, timeout_s: float) -> bool:
        """Sleep until some job may have changed, or the time is over; for those who watch jobs."""
        ...

    # -- steering -----------------------------------------------------------------------------------------------

    async def cancel(self, *, owner: Owner, job_id: UUID | None = None, batch_id: UUID | None = None) -> Sequence[Job]:
        """Cancel a pending job at once and ask for the cancellation of a running one.

        Args:
            owner: Whose jobs.
            job_id: One job.
            batch_id: Or every live job of a batch.

        Returns:
            The jobs that were live, as they are now.
        """
        ...

    async def retry(self, *, owner: Owner, job_id: UUID | None = None, batch_id: UUID | None = None) -> Sequence[Job]:
        """Make a failed or cancelled job ready again with all its retries; of a batch, the failed ones.

        A job is left alone while a live one holds its dedupe key.

        Returns:
            The jobs that became pending.
        """
        ...

    async def delete(self, *, owner: Owner, job_ids: Iterable[UUID]) -> Sequence[Job]:
        """Delete ended jobs with their results and attempts; live ones are left alone.

        Returns:
            The deleted jobs, whose ``result_key`` the caller may now delete from the storage.
        """
        ...

    async def prune(self, query: JobQuery, *, owner: Owner, limit: int = 1000, dry_run: bool = False) -> Sequence[Job]:
        """Delete up to ``limit`` ended jobs that the query finds, oldest first; only list them when ``dry_run``."""
        ...

    # -- looking ------------------------------------------------------------------------------------------------

    async def get(self, job_id: UUID, *, owner: Owner) -> Job | None:
        """Read one job."""
        ...

    async def find(
        self,
        query: JobQuery | None = None,
        *,
        owner: Owner,
        limit: int = 100,
        after: PageKey | None = None,
        offset: int = 0,
        oldest_first: bool = False,
        session: HostSession | None = None,
    ) -> Page:
        """List jobs by time of creation.

        Args:
            query: What to list; everything when None.
            owner: Whose jobs.
            limit: Most jobs on the page.
            after: Where the page before ended: costs the same on every page.
            offset: Jobs to skip; costs more with every page.
            oldest_first: Turn the order around.
            session: Look from within the caller's transaction: what it has added, and not committed, is there.
        """
        ...

    async def count(self, query: JobQuery | None = None, *, owner: Owner, at_most: int | None = None) -> int:
        """Count the jobs that the query finds; walks over all of them, or stops at ``at_most``."""
        ...

    async def get_result(self, job_id: UUID, *, owner: Owner) -> StoredResult | None:
        """Read the result, or where it is stored; None when the job does not exist or has none."""
        ...

    async def find_cached(self, key: CacheKey) -> Sequence[Job]:
        """Find completed jobs that extracted the same content in the same way for the same owner, latest first.

        At most ``CACHE_DEPTH`` of them: which one suits (the same name, the same place) is for the caller to say.
        """
        ...

    async def attempts(self, job_id: UUID, *, owner: Owner) -> Sequence[Attempt]:
        """Read the log of a job's attempts, first to last."""
        ...

    async def stats(self, *, owner: Owner) -> JobStats:
        """Count jobs by status at a cost that does not grow with the number of ended jobs."""
        ...

    # -- batches ------------------------------------------------------------------------------------------------

    async def get_batch(self, batch_id: UUID, *, owner: Owner) -> Batch | None:
        """Read a batch with the counts of its jobs."""
        ...

    async def seal_batch(self, batch_id: UUID, *, owner: Owner) -> Batch | None:
        """Say that no more jobs will be added."""
        ...

    async def finish_batches(self, batch_ids: Iterable[UUID] | None = None) -> Sequence[UUID]:
        """Mark batches whose jobs have all ended; each batch is returned to exactly one caller.

        Call it with the ``batch_id`` of what ``settle`` returned, and without ids from time to time for those whose
        worker died in between.  A batch is open again when one of its jobs is retried.

        Args:
            batch_ids: The batches to look at; all open ones when None.
        """
        ...
