"""Routes for superusers: counts, stuck jobs, cleaning up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query

from pybase_extraction.errors import JobNotFoundError, JobStateError, StorageError
from pybase_extraction.integrations.backfill import Attachment, attachments_below, backfill
from pybase_extraction.integrations.fastapi.context import Superuser
from pybase_extraction.integrations.fastapi.failures import Route, refusals
from pybase_extraction.integrations.fastapi.schemas import (
    BackfillRequest,
    BackfillResponse,
    JobCleanupResponse,
    JobStatsResponse,
    OrphanCleanupResponse,
    RecoverResponse,
    StuckJobsResponse,
)
from pybase_extraction.jobs import ALL_OWNERS, ENDED, Job, JobQuery, JobStatus, PageKey
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.storage.base import check_key

router = APIRouter(route_class=Route)
_CHUNK = 1000
_FORGOTTEN_FAILED = timedelta(days=7)
_FORGOTTEN_PENDING = timedelta(days=1)

Days = Annotated[int, Query(ge=1, le=365)]
Minutes = Annotated[int, Query(ge=5, le=1440)]


@router.get("/jobs/stats", responses=refusals(403))
async def get_stats(here: Superuser) -> JobStatsResponse:
    """Count all jobs by status."""
    stats = await here.manager.stats(owner=ALL_OWNERS)
    return JobStatsResponse(
        total_count=stats.total,
        pending_count=stats.pending,
        processing_count=stats.processing,
        completed_count=stats.completed,
        failed_count=stats.failed,
        cancelled_count=stats.cancelled,
        retrying_count=stats.retrying,
    )


@router.get("/jobs/stuck", responses=refusals(403))
async def list_stuck(here: Superuser, timeout_minutes: Minutes = 30) -> StuckJobsResponse:
    """List jobs whose attempt has been running for too long."""
    before = datetime.now(UTC) - timedelta(minutes=timeout_minutes)
    stuck: list[UUID] = []
    after: PageKey | None = None
    while True:
        query = JobQuery(statuses=frozenset({JobStatus.PROCESSING}), created_before=before)
        page = await here.manager.find(query, owner=ALL_OWNERS, limit=_CHUNK, after=after)
        stuck += [job.id for job in page.jobs if job.started_at is not None and job.started_at < before]
        after = page.next_key
        if after is None:
            return StuckJobsResponse(stuck_count=len(stuck), timeout_minutes=timeout_minutes, stuck_job_ids=stuck)


@router.post("/jobs/{job_id}/recover", responses=refusals(403, 404, 409))
async def recover(job_id: UUID, here: Superuser) -> RecoverResponse:
    """Take a job away from a worker that is gone, or try a failed one again."""
    job = await here.manager.get(job_id, owner=ALL_OWNERS)
    if job.status is JobStatus.FAILED:
        job = await here.manager.retry(job_id, owner=ALL_OWNERS)
    elif job.status is JobStatus.PROCESSING and not _is_held(job):
        await here.manager.rescue()
        job = await here.manager.get(job_id, owner=ALL_OWNERS)
    else:
        reason = "its worker is alive" if job.status is JobStatus.PROCESSING else f"it is {job.status}"
        raise JobStateError(f"The job needs no recovery: {reason}.", status=job.status)
    return RecoverResponse(
        success=True,
        job_id=job.id,
        status=job.status,
        retry_count=job.retry_count,
        max_retries=job.max_retries,
        next_retry_at=job.next_retry_at,
    )


def _is_held(job: Job) -> bool:
    return job.lease_expires_at is not None and job.lease_expires_at > datetime.now(UTC)


async def clean_up(
    here: Superuser, older_than_days: Days = 30, status: JobStatus | None = None, dry_run: bool = False
) -> JobCleanupResponse:
    """Delete ended jobs with their results."""
    statuses = ENDED if status is None else ENDED & {status}
    query = JobQuery(statuses=frozenset(statuses), ended_before=datetime.now(UTC) - timedelta(days=older_than_days))
    return JobCleanupResponse(
        deleted_count=await _prune(here.manager, query, dry_run=dry_run) if statuses else 0,
        dry_run=dry_run,
        older_than_days=older_than_days,
        status_filter=status,
    )


for _method in ("POST", "DELETE"):
    router.add_api_route(
        "/jobs/cleanup", clean_up, methods=[_method], name=f"clean_up_by_{_method.lower()}", responses=refusals(403)
    )


async def _prune(manager: ExtractionManager, query: JobQuery, *, dry_run: bool = False) -> int:
    if dry_run:
        return await manager.count(query, owner=ALL_OWNERS)
    deleted = 0
    while pruned := await manager.prune(query, owner=ALL_OWNERS, limit=_CHUNK):
        deleted += len(pruned)
    return deleted


@router.post("/jobs/cleanup-orphaned", responses=refusals(403))
async def clean_up_orphaned(here: Superuser) -> OrphanCleanupResponse:
    """Delete jobs that failed a week ago and jobs that nobody has taken for a day."""
    now = datetime.now(UTC)
    failed = JobQuery(statuses=frozenset({JobStatus.FAILED}), ended_before=now - _FORGOTTEN_FAILED)
    failed_count = await _prune(here.manager, failed)
    pending_count = await _drop_pending(here.manager, now - _FORGOTTEN_PENDING)
    return OrphanCleanupResponse(
        failed_cleaned=failed_count, pending_cleaned=pending_count, total_cleaned=failed_count + pending_count
    )


async def _drop_pending(manager: ExtractionManager, before: datetime) -> int:
    query = JobQuery(statuses=frozenset({JobStatus.PENDING}), created_before=before, updated_before=before)
    dropped = 0
    after: PageKey | None = None
    while True:
        page = await manager.find(query, owner=ALL_OWNERS, limit=_CHUNK, after=after)
        dropped += sum([await _drop(manager, job.id) for job in page.jobs])
        after = page.next_key
        if after is None:
            return dropped


async def _drop(manager: ExtractionManager, job_id: UUID) -> bool:
    try:
        await manager.cancel(job_id, owner=ALL_OWNERS)
        await manager.delete(job_id, owner=ALL_OWNERS)
    except (JobStateError, JobNotFoundError):  # a worker has taken it at last
        return False
    return True


@router.post("/backfill", status_code=202, responses=refusals(400, 403, 501))
async def register_missing(body: BackfillRequest, here: Superuser) -> BackfillResponse:
    """Register jobs for files that were there before; those that have one are passed over."""
    repository = here.manager.repository
    if not isinstance(repository, SqlJobRepository):
        raise HTTPException(501, "Jobs that are kept in memory cannot be backfilled.")
    given = [
        Attachment(
            id=item.id,
            filename=item.filename,
            key=_checked_key(item.url),
            size=item.size,
            media_type=item.mime_type,
            record_id=item.record_id,
            field_id=item.field_id,
            owner_id=item.owner_id,
        )
        for item in body.attachments
    ]
    try:
        report = await backfill(repository, here.manager.registry, given, dry_run=body.dry_run)
        if body.prefix is not None:
            below = attachments_below(here.manager.storage, body.prefix, owner_id=body.owner_id)
            report += await backfill(repository, here.manager.registry, below, dry_run=body.dry_run)
    except ValueError as exc:  # an identifier with a control character, or one that is no text
        raise HTTPException(400, f"An identifier cannot be used: {exc}") from exc
    return BackfillResponse(
        seen=report.seen,
        registered=report.registered,
        existing=report.existing,
        unreadable=dict(report.unreadable),
        unusable=report.unusable,
        dry_run=body.dry_run,
    )


def _checked_key(url: str) -> str:
    try:
        return check_key(url)
    except StorageError as exc:
        raise HTTPException(400, exc.message) from exc
