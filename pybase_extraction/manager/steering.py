"""What is done to jobs that are there: cancelling, repeating, deleting, running."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from pybase_extraction.errors import JobStateError
from pybase_extraction.jobs import ALL_OWNERS, Job, JobQuery, Owner
from pybase_extraction.manager.looking import Looking
from pybase_extraction.worker.dispatching import Verdicts


class Steering(Looking):
    """Steers jobs."""

    async def cancel(self, job_id: UUID, *, owner: Owner) -> Job:
        """Cancel a pending job at once; ask a running one to stop, which takes at most a few seconds.

        Raises:
            JobNotFoundError: There is none of that id for that owner.
            JobStateError: It has ended already.
        """
        job = await self.get(job_id, owner=owner)
        changed = await self.repository.cancel(owner=owner, job_id=job_id)
        if not changed:
            raise _wrong_state(job, "cancelled")
        self.worker.cancel(job_id)
        self._revoke_soon(changed)
        return changed[0]

    async def cancel_batch(self, batch_id: UUID, *, owner: Owner) -> Sequence[Job]:
        """Cancel every live job of a batch."""
        changed = await self.repository.cancel(owner=owner, batch_id=batch_id)
        for job in changed:
            self.worker.cancel(job.id)
        self._revoke_soon(changed)
        return changed

    async def retry(self, job_id: UUID, *, owner: Owner) -> Job:
        """Try a failed or cancelled job again, with all its retries.

        Raises:
            JobNotFoundError: There is none of that id for that owner.
            JobStateError: It has neither failed nor was it cancelled.
        """
        job = await self.get(job_id, owner=owner)
        changed = await self.repository.retry(owner=owner, job_id=job_id)
        if not changed:
            raise _wrong_state(job, "retried")
        self._committed([job_id])
        return changed[0]

    async def retry_batch(self, batch_id: UUID, *, owner: Owner) -> Sequence[Job]:
        """Try the failed jobs of a batch again."""
        changed = await self.repository.retry(owner=owner, batch_id=batch_id)
        self._committed([job.id for job in changed])
        return changed

    async def delete(self, job_id: UUID, *, owner: Owner) -> None:
        """Delete an ended job with its result.

        Raises:
            JobNotFoundError: There is none of that id for that owner.
            JobStateError: It has not ended; cancel it first.
        """
        job = await self.get(job_id, owner=owner)
        deleted = await self.repository.delete(owner=owner, job_ids=[job_id])
        if not deleted:
            raise _wrong_state(job, "deleted")
        await self._delete_results(deleted)

    async def prune(self, query: JobQuery, *, owner: Owner, limit: int = 1000, dry_run: bool = False) -> Sequence[Job]:
        """Delete ended jobs that a query finds, oldest first, with their results; only list them when ``dry_run``."""
        pruned = await self.repository.prune(query, owner=owner, limit=limit, dry_run=dry_run)
        if not dry_run:
            await self._delete_results(pruned)
        return pruned

    async def _delete_results(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            if job.result_key is not None:
                await self.storage.delete(job.result_key)

    async def rescue(self) -> int:
        """Take jobs away from workers that have died, as the maintenance does from time to time; tells how many."""
        verdicts = Verdicts(self.work.settle_orphan)
        rescued = await self.repository.rescue(verdicts.decide)
        self._committed(verdicts.ready(rescued))
        return len(rescued)

    async def run(self, job_id: UUID) -> Job:
        """Run one job now, in this task: what a task of an external queue does with the id that it carries.

        A job that is not ready, because a message came twice or late, is left alone and given back as it is.  So is one
        for which the limits of ``WorkerSettings.claims`` have no room: a message is sent for it again when they have.
        """
        settings = self.worker.settings
        limits = settings.claims.limits
        # a repository of the host that knows no limits is asked for none
        within = {"limits": limits} if limits else {}
        claim = await self.repository.claim_by_id(job_id, worker=self.worker.name, lease_s=settings.lease_s, **within)
        if claim is not None:
            await self.worker.run_one(claim)
            if limits:
                await self.worker.dispatching.send_held_up(claim.job.format)
        return await self.get(job_id, owner=ALL_OWNERS)


def _wrong_state(job: Job, verb: str) -> JobStateError:
    return JobStateError(f"Job {job.id} is {job.status} and cannot be {verb}.", job_id=str(job.id), status=job.status)
