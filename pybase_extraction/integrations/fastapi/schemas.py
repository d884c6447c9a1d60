"""Bodies of requests and answers, field by field as PyBase declares them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from pybase_extraction.jobs import JobStatus

NO_NUL: Final = r"^[^\x00]*$"
"""What a text must look like that a database is asked for or keeps."""
_JOB: Final[dict[str, Any]] = {
    "id": "0199b2a4-7c5e-7d10-8a53-3f0b9d6c1e42",
    "status": "pending",
    "format": "pdf",
    "filename": "bearing-bracket.pdf",
    "file_size": 48213,
    "options": {"extract_title_block": True},
    "target_table_id": None,
    "progress": 0,
    "result": None,
    "error_message": None,
    "retry_count": 0,
    "celery_task_id": None,
    "created_at": "2026-03-02T09:30:00Z",
    "started_at": None,
    "completed_at": None,
}
_BULK: Final = "0199b2a4-9d11-7c42-9f0e-51c2ab8e07d3"
_FILE: Final[dict[str, Any]] = {
    "file_path": _JOB["id"], "job_id": _JOB["id"],
    **{name: _JOB[name] for name in ("filename", "format", "status", "progress", "result", "error_message")},
    "started_at": None, "completed_at": None,
}  # fmt: skip
_SHOWN: Final[dict[str, Any]] = {
    "source_fields": ["item", "description", "quantity"],
    "sample_data": [{"item": "1", "description": "Bracket", "quantity": 2.0}],
    "total_records": 1,
}
_PREVIEW: Final[dict[str, Any]] = {
    **_SHOWN,
    "target_fields": [{"id": "f1", "name": "Description", "type": "text", "description": None}],
    "suggested_mapping": {"description": "f1"},
}


class ExtractionJobResponse(BaseModel):
    """A job."""

    model_config = ConfigDict(use_attribute_docstrings=True, json_schema_extra={"examples": [_JOB]})

    id: UUID
    status: JobStatus
    format: str
    filename: str
    file_size: int
    """Bytes; 0 where a job of an older installation does not know."""
    options: dict[str, Any] = {}
    target_table_id: UUID | None = None
    progress: int = Field(default=0, ge=0, le=100)
    result: dict[str, Any] | None = None
    """The result in PyBase's form; only in the answer about one completed job."""
    error_message: str | None = None
    retry_count: int = Field(default=0, ge=0)
    celery_task_id: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None


class ExtractionJobListResponse(BaseModel):
    """A page of jobs, newest first."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [
            {"items": [_JOB], "total": 1, "page": 1, "page_size": 20}
        ]},
    )  # fmt: skip

    items: list[ExtractionJobResponse]
    total: int
    page: int
    page_size: int


class JobStatsResponse(BaseModel):
    """Jobs of all owners by status; ``retrying_count`` is a part of ``pending_count``."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [
            {"total_count": 7, "pending_count": 2, "processing_count": 1, "completed_count": 3, "failed_count": 1,
             "cancelled_count": 0, "retrying_count": 1}
        ]},
    )  # fmt: skip

    total_count: int
    pending_count: int
    processing_count: int
    completed_count: int
    failed_count: int
    cancelled_count: int
    retrying_count: int


class JobCleanupResponse(BaseModel):
    """What a clean-up deleted, or would delete."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [
            {"deleted_count": 12, "dry_run": False, "older_than_days": 30, "status_filter": None}
        ]},
    )  # fmt: skip

    deleted_count: int
    dry_run: bool
    older_than_days: int
    status_filter: str | None = None


class OrphanCleanupResponse(BaseModel):
    """What a clean-up of forgotten jobs deleted."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [
            {"failed_cleaned": 2, "pending_cleaned": 1, "total_cleaned": 3}
        ]},
    )  # fmt: skip

    failed_cleaned: int
    pending_cleaned: int
    total_cleaned: int


class StuckJobsResponse(BaseModel):
    """Jobs that have been processing for too long."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [
            {"stuck_count": 1, "timeout_minutes": 30, "stuck_job_ids": [_JOB["id"]]}
        ]},
    )  # fmt: skip

    stuck_count: int
    timeout_minutes: int
    stuck_job_ids: list[UUID]


class RecoverResponse(BaseModel):
    """What became of a job that was taken away from its worker."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [
            {"success": True, "job_id": _JOB["id"], "status": "pending", "retry_count": 0, "max_retries": 3,
             "next_retry_at": None}
        ]},
    )  # fmt: skip

    success: bool
    job_id: UUID
    status: JobStatus
    retry_count: int
    max_retries: int
    next_retry_at: datetime | None = None


class FileExtractionStatus(BaseModel):
    """One file of a bulk job; ``file_path`` is an opaque id."""

    file_path: str
    filename: str
    format: str
    status: JobStatus = JobStatus.PENDING
    job_id: UUID | None = None
    progress: int = 0
    result: dict[str, Any] | None = None
    error_message: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None


class BulkExtractionResponse(BaseModel):
    """A bulk job."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [
            {"bulk_job_id": _BULK, "total_files": 1, "files": [_FILE], "overall_status": "pending", "progress": 0,
             "files_completed": 0, "files_failed": 0, "files_pending": 1, "created_at": _JOB["created_at"],
             "started_at": None, "completed_at": None, "target_table_id": None}
        ]},
    )  # fmt: skip

    bulk_job_id: UUID
    total_files: int
    files: list[FileExtractionStatus]
    overall_status: JobStatus
    progress: int
    files_completed: int
    files_failed: int
    files_pending: int
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    target_table_id: UUID | None = None


class ImportPreview(BaseModel):
    """What an import of a job's rows would do."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [
            _PREVIEW
        ]},
    )  # fmt: skip

    source_fields: list[str]
    target_fields: list[dict[str, Any]]
    suggested_mapping: dict[str, str]
    sample_data: list[dict[str, Any]]
    total_records: int


class FilePreview(BaseModel):
    """The rows of one file of a bulk job."""

    file_path: str
    filename: str
    format: str
    source_fields: list[str]
    sample_data: list[dict[str, Any]]
    total_records: int


class BulkImportPreview(BaseModel):
    """What an import of a bulk job's rows would do."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [
            {"bulk_job_id": _BULK, "total_files": 1, **_PREVIEW, "files_with_data": 1, "files_failed": 0,
             "file_previews": [{**_SHOWN, "file_path": _JOB["id"], "filename": _JOB["filename"], "format": "pdf"}]}
        ]},
    )  # fmt: skip

    bulk_job_id: UUID
    total_files: int
    total_records: int
    source_fields: list[str]
    target_fields: list[dict[str, Any]]
    suggested_mapping: dict[str, str]
    sample_data: list[dict[str, Any]]
    file_previews: list[FilePreview]
    files_with_data: int
    files_failed: int


class CreateJob(BaseModel):
    """A job for a file that is in the storage already."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"file_url": "attachments/7/flange.dxf", "format": "dxf"}]},
    )

    file_url: str = Field(min_length=1, max_length=1000, pattern=NO_NUL)
    """Storage key of the file; an https address where the host allows it, and then ``filename`` is not used."""
    filename: str | None = Field(default=None, max_length=255, pattern=NO_NUL)
    format: str | None = Field(default=None, max_length=100)
    options: dict[str, Any] = {}
    record_id: str | None = Field(default=None, max_length=255)
    field_id: str | None = Field(default=None, max_length=255)
    attachment_id: str | None = Field(default=None, max_length=255)
    target_table_id: UUID | None = None


class FormatResponse(BaseModel):
    """A format, and what its options are."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [
            {"name": "dxf", "title": "AutoCAD DXF", "extensions": [".dxf"], "media_types": ["image/vnd.dxf"],
             "options": {"type": "object", "properties": {"extract_text": {"type": "boolean", "default": True}}},
             "available": True, "install": None}
        ]},
    )  # fmt: skip

    name: str
    title: str
    extensions: list[str]
    media_types: list[str]
    options: dict[str, Any]
    """JSON Schema of the options."""
    available: bool
    install: str | None = None
    """How to install what is missing, None when nothing is."""


class ErrorResponse(BaseModel):
    """Why a request was refused."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"detail": "There is no such job.", "code": "job_not_found"}]}
    )

    detail: str
    code: str | None = None


class InvalidField(BaseModel):
    """One field that cannot be used."""

    loc: list[str | int]
    msg: str
    type: str


class InvalidResponse(BaseModel):
    """What is wrong with a form, field by field, as FastAPI says it of other bodies."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"detail": [{"loc": ["body", "options", "pages"], "msg": "is no list", "type": "invalid_options"}]}
            ]
        }
    )

    detail: list[InvalidField]


class BackfillAttachment(BaseModel):
    """A file that was uploaded before, as a record's attachment names it."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    id: str = Field(min_length=1, max_length=255)
    """Of the attachment; one job at most is made for it."""
    filename: str = Field(min_length=1, max_length=255)
    url: str = Field(min_length=1, max_length=1000)
    """Storage key of the file."""
    size: int | None = Field(default=None, ge=0, lt=1 << 53)
    mime_type: str | None = Field(default=None, max_length=255)
    record_id: str | None = Field(default=None, max_length=255)
    field_id: str | None = Field(default=None, max_length=255)
    owner_id: str | None = Field(default=None, max_length=255)


class BackfillRequest(BaseModel):
    """What to register jobs for: attachments, or everything below a prefix of the storage."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"prefix": "attachments/", "dry_run": True}]},
    )

    attachments: list[BackfillAttachment] = Field(default=[], max_length=10_000)
    prefix: str | None = Field(default=None, min_length=1, max_length=1000, pattern=NO_NUL)
    owner_id: str | None = Field(default=None, max_length=255)
    """Owner of the jobs below the prefix."""
    dry_run: bool = False


class BackfillResponse(BaseModel):
    """What a backfill did, or would do."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [
            {"seen": 4, "registered": 3, "existing": 0, "unreadable": {".txt": 1}, "unusable": 0, "dry_run": False}
        ]},
    )  # fmt: skip

    seen: int
    registered: int
    existing: int
    """Attachments that had a job."""
    unreadable: dict[str, int]
    """Files that no installed extractor reads, by extension."""
    unusable: int = 0
    """Attachments with a name, an id or a key that cannot be one."""
    dry_run: bool
