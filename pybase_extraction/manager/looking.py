"""Reading jobs, batches and results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import anyio
import anyio.to_thread

from pybase_extraction.errors import JobNotFoundError, JobStateError
from pybase_extraction.jobs import Attempt, Batch, Job, JobQuery, JobStats, JobStatus, Owner, Page, PageKey
from pybase_extraction.manager.life import Life
from pybase_extraction.results import ExtractionResult
from pybase_extraction.worker import read_result

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import HostSession


class Looking(Life):
    """Tells what there is."""

    async def get(self, job_id: UUID, *, owner: Owner) -> Job:
        """Read one job.

        Raises:
            JobNotFoundError: There is none of that id for that owner.
        """
        job = await self.repository.get(job_id, owner=owner)
        if job is None:
            raise not_found(job_id)
        return job

    async def result(self, job_id: UUID, *, owner: Owner) -> ExtractionResult:
        """Read the result of a completed job.

        Raises:
            JobNotFoundError: There is no such job.
            JobStateError: It is not completed.
            StorageError: The stored result is not what was written.
        """
        return await anyio.to_thread.run_sync(
            ExtractionResult.model_validate_json, await self.result_json(job_id, owner=owner)
        )

    async def result_json(self, job_id: UUID, *, owner: Owner) -> bytes:
        """Read the result as JSON; errors as ``result``."""
        job = await self.get(job_id, owner=owner)
        if job.status is not JobStatus.COMPLETED:
            raise JobStateError(
                f"Job {job_id} is {job.status} and has no result.",
                job_id=str(job_id),
                status=job.status,
                remedy=job.error_message,
            )
        data = await read_result(self.repository, self.storage, job_id, owner=owner)
        if data is None:
            raise not_found(job_id)
        return data

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
        """List jobs, newest first; with ``session`` also what that transaction has added and not committed yet."""
        return await self.repository.find(
            query,
            owner=owner,
            limit=limit,
            after=after,
            offset=offset,
            oldest_first=oldest_first,
            session=session,
        )

    async def count(self, query: JobQuery | None = None, *, owner: Owner) -> int:
        """Count the jobs that a query finds; walks over all of them, which ``stats`` does not."""
        return await self.repository.count(query, owner=owner)

    async def attempts(self, job_id: UUID, *, owner: Owner) -> Sequence[Attempt]:
        """Read the log of a job's attempts, first to last."""
        await self.get(job_id, owner=owner)
        return await self.repository.attempts(job_id, owner=owner)

    async def stats(self, *, owner: Owner) -> JobStats:
        """Count jobs by status."""
        return await self.repository.stats(owner=owner)

    async def batch(self, batch_id: UUID, *, owner: Owner) -> Batch:
        """Read a batch with the counts of its jobs.

        Raises:
            JobNotFoundError: There is none of that id for that owner.
        """
        batch = await self.repository.get_batch(batch_id, owner=owner)
        if batch is None:
            raise JobNotFoundError(f"There is no batch {batch_id}.", job_id=str(batch_id))
        return batch


def not_found(job_id: UUID) -> JobNotFoundError:
    """The error of a job that an owner does not have."""
    return JobNotFoundError(
        f"There is no job {job_id}.",
        job_id=str(job_id),
        remedy="Look with the owner and the database that it was submitted with; old jobs may have been purged.",
    )
