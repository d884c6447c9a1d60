"""Jobs and batches as PyBase's answers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import anyio.to_thread

from pybase_extraction.integrations.fastapi.schemas import (
    BulkExtractionResponse,
    ExtractionJobResponse,
    FileExtractionStatus,
)
from pybase_extraction.integrations.pybase import Shape, to_pybase
from pybase_extraction.jobs import Batch, Job, JobStatus, Owner
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.results import ExtractionResult


def job_response(job: Job, result: Shape | None = None) -> ExtractionJobResponse:
    """Project a job."""
    return ExtractionJobResponse(
        id=job.id,
        status=job.status,
        format=job.format,
        filename=job.filename,
        file_size=job.file_size or 0,
        options=dict(job.options),
        target_table_id=to_uuid(job.target_table_id),
        progress=job.progress,
        result=result,
        error_message=job.error_message,
        retry_count=job.retry_count,
        celery_task_id=job.external_task_id,
        created_at=job.created_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
    )


def to_uuid(text: str | None) -> UUID | None:
    """Read an id that another host may have written; None when it is none."""
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None


async def read_result(manager: ExtractionManager, job: Job, owner: Owner) -> Shape | None:
    """Read and project the result of a completed job; None for every other job."""
    if job.status is not JobStatus.COMPLETED:
        return None
    data = await manager.result_json(job.id, owner=owner)
    return await anyio.to_thread.run_sync(lambda: to_pybase(ExtractionResult.model_validate_json(data)))


def file_status(job: Job) -> FileExtractionStatus:
    """Project one job of a batch."""
    return FileExtractionStatus(
        file_path=str(job.id),
        filename=job.filename,
        format=job.format,
        status=job.status,
        job_id=job.id,
        progress=job.progress,
        error_message=job.error_message,
        started_at=job.started_at,
        completed_at=job.completed_at,
    )


def bulk_response(batch: Batch, jobs: Sequence[Job]) -> BulkExtractionResponse:
    """Project a batch with some of its jobs; when it was started is known only from all of them."""
    started = [job.started_at for job in jobs if job.started_at] if len(jobs) == batch.total else []
    return BulkExtractionResponse(
        bulk_job_id=batch.id,
        total_files=batch.total,
        files=[file_status(job) for job in jobs],
        overall_status=batch.status,
        progress=batch.progress,
        files_completed=batch.completed,
        files_failed=batch.failed + batch.cancelled,
        files_pending=batch.pending + batch.processing,
        created_at=batch.created_at,
        started_at=min(started, default=None),
        completed_at=batch.completed_at,
        target_table_id=to_uuid(batch.target_table_id or next((job.target_table_id for job in jobs), None)),
    )
