"""Jobs: what is asked for, what became of it, and which changes of state are legal.

::

    pending ──> processing ──> completed | failed | cancelled
       ^             │
       └── retry, release, lease expired
    pending ──> cancelled
    failed | cancelled ──> pending          retry by hand

A pending job is *ready* when ``next_retry_at`` is None and *scheduled* when it is set.  The pair (id, attempt) is the
fence: ``attempt`` grows with every claim and never shrinks, and an outcome is written only while the job is processing
under the attempt that the writer holds.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Final, Literal
from uuid import UUID


class JobStatus(StrEnum):
    """The five statuses of a job."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the job has ended; only a retry by hand takes it further."""
        return self in ENDED

    def may_become(self, other: JobStatus) -> bool:
        """Tell whether a job of this status may be given the other one next."""
        return other in TRANSITIONS[self]


ENDED: Final = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})
LIVE: Final = frozenset({JobStatus.PENDING, JobStatus.PROCESSING})

TRANSITIONS: Final[Mapping[JobStatus, frozenset[JobStatus]]] = {
    JobStatus.PENDING: frozenset({JobStatus.PROCESSING, JobStatus.CANCELLED}),
    JobStatus.PROCESSING: frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.PENDING}),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.FAILED: frozenset({JobStatus.PENDING}),
    JobStatus.CANCELLED: frozenset({JobStatus.PENDING}),
}
"""Every legal change of status."""


_id_lock = threading.Lock()
_last_tick = 0


def new_id() -> UUID:
    """Make a UUID version 7 (RFC 9562 section 5.7), increasing within the process.

    48 bits of milliseconds, then 12 bits of the fraction of the millisecond (section 6.2, method 3), then 62 random.
    """
    global _last_tick  # noqa: PLW0603 -- the last value given is what makes the next one larger
    with _id_lock:
        _last_tick = tick = max(_last_tick + 1, (time.time_ns() << 12) // 1_000_000)
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=(tick >> 12 & (1 << 48) - 1) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62 | random)


class AllOwners(Enum):
    """The type of ``ALL_OWNERS``."""

    ALL_OWNERS = "all owners"


ALL_OWNERS: Final = AllOwners.ALL_OWNERS
"""Said explicitly by those who may see every owner's jobs: superusers, workers, maintenance."""

Owner = str | None | Literal[AllOwners.ALL_OWNERS]
"""Whose jobs a verb may touch: one owner's id, None for jobs that belong to nobody, or ``ALL_OWNERS``."""

SEPARATOR: Final = "\x1f"  # ASCII unit separator: cannot be typed into a name by accident

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One extraction, as its row says; the result is read apart (``get_result``).

    Attributes:
        id: Time-ordered UUID (version 7, RFC 9562 section 5.7); adopted rows keep theirs.
        format: Name of the format, an open string.
        filename: Display name, never a path.
        file_url: Storage reference of the file, without credentials or query string; None for inline sources.
        file_size: Bytes, None when unknown.
        owner_id: To whom the job belongs; None for nobody.
        priority: Larger runs first among the jobs of one lane, that is of one owner, format and service.
        progress: Per cent, 0..100.
        attempt: Number of claims so far, the fencing token; 0 before the first.
        retry_count: Attempts that failed and were, or will be, repeated.
        crash_count: Attempts whose worker died.
        max_retries: Retries after the first attempt.
        next_retry_at: When a scheduled job becomes due; None for ready, running and ended jobs.
        leased_by: The worker that holds the job, or held it last.
        lease_expires_at: When the job may be taken away from its worker; None unless processing.
        started_at: Start of the latest attempt.
        completed_at: When the job ended, however it ended.
        content_sha256: Lower-case hexadecimal digest of the file, None when unknown.
        options_hash: Digest of the options as ``hash_options`` makes it.
        service: Name of the network service that the extraction uses, for limits; None for local work.
        has_result: Whether ``get_result`` finds an inline result.
        result_key: Storage key of a result that is too large for the row.
        result_sha256: Digest of the stored result, before compression.
        result_size: Bytes of the result as JSON, None when there is none.
        external_task_id: Id of the message in an external queue.
        callback: Address to call when the job has ended.
        metadata: Facts of the host, carried untouched.
    """

    id: UUID
    status: JobStatus
    format: str
    filename: str
    file_url: str | None
    file_size: int | None
    media_type: str | None
    content_sha256: str | None
    options: Json
    options_hash: str
    owner_id: str | None
    batch_id: UUID | None
    record_id: str | None
    field_id: str | None
    attachment_id: str | None
    target_table_id: str | None
    extractor: str | None
    extractor_version: str | None
    service: str | None
    priority: int
    progress: int
    attempt: int
    retry_count: int
    crash_count: int
    max_retries: int
    next_retry_at: datetime | None
    leased_by: str | None
    lease_expires_at: datetime | None
    cancel_requested: bool
    dedupe_key: str | None
    external_task_id: str | None
    callback: str | None
    metadata: Json
    error_code: str | None
    error_message: str | None
    has_result: bool
    result_key: str | None
    result_sha256: str | None
    result_size: int | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    updated_at: datetime

    @property
    def is_scheduled(self) -> bool:
        """Whether the job waits for ``next_retry_at``."""
        return self.status is JobStatus.PENDING and self.next_retry_at is not None


_INDEXED: Final = {
    "format": 100, "owner_id": 255, "service": 255, "dedupe_key": 1000, "record_id": 255, "field_id": 255,
    "attachment_id": 255, "target_table_id": 255, "content_sha256": 64, "file_url": 2000,
}  # fmt: skip
"""Longest values in bytes: an entry of a PostgreSQL index holds 2,704."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What is submitted; the fields mean what they mean on ``Job``.

    Attributes:
        id: Given by the submitter, or made here.
        dedupe_key: While a job of the same owner with this key is live, submitting returns that job.  Without a key the
            file is extracted even when another job has the result of the same bytes.
        delay_s: Seconds before the job becomes due; 0 for at once.
    """

    format: str
    filename: str
    file_url: str | None = None
    file_size: int | None = None
    media_type: str | None = None
    content_sha256: str | None = None
    options: Json = field(default_factory=dict)
    owner_id: str | None = None
    batch_id: UUID | None = None
    record_id: str | None = None
    field_id: str | None = None
    attachment_id: str | None = None
    target_table_id: str | None = None
    extractor: str | None = None
    extractor_version: str | None = None
    service: str | None = None
    priority: int = 0
    max_retries: int = 3
    dedupe_key: str | None = None
    external_task_id: str | None = None
    callback: str | None = None
    metadata: Json = field(default_factory=dict)
    delay_s: float = 0.0
    id: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        for name, longest in _INDEXED.items():
            value = getattr(self, name) or ""
            if SEPARATOR in value or "\x00" in value:
                raise ValueError(f"{name} must not contain the control characters U+0000 and U+001F")
            if len(value.encode("utf-8", "surrogatepass")) > longest:
                raise ValueError(f"{name} must not be longer than {longest} bytes")
        if self.delay_s < 0 or self.max_retries < 0:
            raise ValueError("delay_s and max_retries must not be negative")

    @property
    def lane(self) -> str:
        """Queue of the job: jobs of one lane share owner, format and service, so every limit of a claim."""
        return SEPARATOR.join((self.owner_id or "", self.format, self.service or ""))

    @property
    def scoped_dedupe_key(self) -> str | None:
        """The dedupe key together with its owner: owners never meet each other's jobs."""
        return None if self.dedupe_key is None else f"{self.owner_id or ''}{SEPARATOR}{self.dedupe_key}"


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer to one submission.

    Attributes:
        job: The new job, or the live one with the same dedupe key.
        created: False when it existed.
    """

    job: Job
    created: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one of many submissions, without the row.

    Attributes:
        id: Of the new job, or of the live one with the same dedupe key.
        created: False when it existed.
    """

    id: UUID
    created: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a worker holds until the lease expires.

    Attributes:
        job: The row as it is under this claim.
        worker: The holder's name, unique per start of its process.
        lease_s: Seconds that the lease lasts from the claim, and from every heartbeat.
    """

    job: Job
    worker: str
    lease_s: float

    @property
    def id(self) -> UUID:
        """Id of the job."""
        return self.job.id

    @property
    def attempt(self) -> int:
        """The fencing token of this claim."""
        return self.job.attempt


@dataclass(frozen=True, slots=True)
class ConcurrencyLimits:
    """How many jobs may be processing at once in the whole database, counted when claiming.

    Attributes:
        formats: Most jobs per format; formats not named are not limited.
        services: Most jobs per network service.
        owners: Most jobs per named owner.
        per_owner: Most jobs of any owner not named in ``owners``; None for no limit.
    """

    formats: Mapping[str, int] = field(default_factory=dict)
    services: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[str | None, int] = field(default_factory=dict)
    per_owner: int | None = None

    def __bool__(self) -> bool:
        return bool(self.formats or self.services or self.owners or self.per_owner is not None)

    def for_owner(self, owner: str | None) -> int | None:
        """Give the limit of one owner, None for no limit."""
        return self.owners.get(owner, self.per_owner)


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """Which jobs a worker takes.

    Attributes:
        formats: Only these formats; None for every format.
        owners: Only these owners' jobs; None for every owner.
        limits: Most jobs at once in the whole database.
    """

    formats: frozenset[str] | None = None
    owners: frozenset[str | None] | None = None
    limits: ConcurrencyLimits = field(default_factory=ConcurrencyLimits)


class Outcome(StrEnum):
    """How one attempt ended."""

    COMPLETE = "complete"
    FAIL = "fail"
    RETRY = "retry"
    RELEASE = "release"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The end of one attempt, written only if the job is still held under ``attempt``.

    Attributes:
        id: Of the job.
        attempt: The fencing token of the claim.
        result: The result as JSON text, for the row; None when there is none or it is stored under ``result_key``.
        result_size: Bytes of the result as JSON; filled in from ``result`` when None.
        error_code: Stable code of the error.
        error_type: Class of the exception, with its module.
        error_message: Safe to show to the owner.
        delay_s: Seconds until a retry is due; 0 makes it ready at once.
        crashed: The worker or its child died: counts towards poison.
        only_expired: Only if the lease has run out: what a rescuer writes, so that it never steals from the living.
        extractor: Extractor that ran, when that was decided by the attempt.
    """

    id: UUID
    attempt: int
    outcome: Outcome
    result: str | None = None
    result_key: str | None = None
    result_sha256: str | None = None
    result_size: int | None = None
    error_code: str | None = None
    error_type: str | None = None
    error_message: str | None = None
    delay_s: float = 0.0
    crashed: bool = False
    only_expired: bool = False
    extractor: str | None = None
    extractor_version: str | None = None

    @classmethod
    def complete(
        cls,
        claim: Claim,
        *,
        result: str | None = None,
        result_key: str | None = None,
        result_sha256: str | None = None,
        result_size: int | None = None,
        extractor: str | None = None,
        extractor_version: str | None = None,
    ) -> Settlement:
        """End the attempt with a result."""
        if result is not None and result_size is None:
            result_size = len(result.encode("utf-8", "surrogatepass"))
        return cls(
            id=claim.id, attempt=claim.attempt, outcome=Outcome.COMPLETE, result=result, result_key=result_key,
            result_sha256=result_sha256, result_size=result_size, extractor=extractor,
            extractor_version=extractor_version,
        )  # fmt: skip

    @classmethod
    def fail(
        cls, claim: Claim, *, code: str, message: str, error_type: str | None = None, crashed: bool = False
    ) -> Settlement:
        """End the job for good with an error."""
        return cls(
            id=claim.id, attempt=claim.attempt, outcome=Outcome.FAIL, error_code=code, error_type=error_type,
            error_message=message, crashed=crashed,
        )  # fmt: skip

    @classmethod
    def retry(
        cls,
        claim: Claim,
        *,
        delay_s: float,
        code: str,
        message: str,
        error_type: str | None = None,
        crashed: bool = False,
    ) -> Settlement:
        """End the attempt with an error that may heal; a cancel asked for meanwhile makes it a cancellation."""
        return cls(
            id=claim.id, attempt=claim.attempt, outcome=Outcome.RETRY, delay_s=delay_s, error_code=code,
            error_type=error_type, error_message=message, crashed=crashed,
        )  # fmt: skip

    @classmethod
    def release(cls, claim: Claim, *, delay_s: float = 0.0) -> Settlement:
        """Give the job back untouched: costs no retry."""
        return cls(id=claim.id, attempt=claim.attempt, outcome=Outcome.RELEASE, delay_s=delay_s)

    @classmethod
    def cancel(cls, claim: Claim) -> Settlement:
        """End the job as cancelled."""
        return cls(id=claim.id, attempt=claim.attempt, outcome=Outcome.CANCEL)


@dataclass(frozen=True, slots=True)
class Settled:
    """A settlement that took effect.

    Attributes:
        status: What the job has become; a retry of a job whose cancel was asked for is cancelled.
    """

    id: UUID
    attempt: int
    status: JobStatus
    owner_id: str | None
    batch_id: UUID | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one turn of a worker's loop brought.

    Attributes:
        settled: The settlements that took effect; the others had lost their lease.
        claims: Newly claimed jobs, in the order to run them.
    """

    settled: Sequence[Settled]
    claims: Sequence[Claim]


@dataclass(frozen=True, slots=True)
class Held:
    """One lease that a heartbeat wants to extend.

    Attributes:
        progress: Per cent to record, 0..100; None leaves it.
    """

    id: UUID
    attempt: int
    progress: int | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a heartbeat found.

    Attributes:
        extended: (id, attempt) of every lease that was extended.
        cancelling: Those of them whose job is to be cancelled.
        lost: Those asked for and not extended: somebody else has the job, or it ended.
    """

    extended: frozenset[tuple[UUID, int]]
    cancelling: frozenset[tuple[UUID, int]]
    lost: frozenset[tuple[UUID, int]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One line of the append-only log of attempts.

    Attributes:
        number: The fencing token of the claim, from 1.
        started_at: When it was claimed; None in adopted logs that did not keep it.
        outcome: How it ended.
        crashed: Whether its worker died.
        retry_at: When the retry was due; None unless the outcome is a retry or a delayed release.
    """

    job_id: UUID
    number: int
    worker: str | None
    outcome: Outcome
    started_at: datetime | None
    ended_at: datetime
    error_code: str | None
    error_type: str | None
    error_message: str | None
    crashed: bool
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredResult:
    """Where the result of a job is.

    Attributes:
        text: The result as JSON text, when it is in the row.
        key: Storage key, when it is in the storage.
        sha256: Digest of the JSON text that is stored under ``key``.
        size: Bytes of the JSON text.
    """

    text: str | None
    key: str | None
    sha256: str | None
    size: int | None


@dataclass(frozen=True, slots=True)
class JobStats:
    """Counts of one owner's, or all owners', jobs.

    Attributes:
        pending: Ready, scheduled and retrying jobs together.
        retrying: Pending jobs that have failed before.
        oldest_due_s: Age in seconds of the oldest job at the head of a lane; None when no job is ready.
    """

    pending: int = 0
    processing: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    retrying: int = 0
    oldest_due_s: float | None = None

    @property
    def total(self) -> int:
        """All jobs that exist."""
        return self.pending + self.processing + self.completed + self.failed + self.cancelled


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs to list; every field that is not None narrows.

    Attributes:
        statuses: Any of these.
        created_before: Strictly before.
        created_after: At or after.
        updated_before: Strictly before.
        ended_before: ``completed_at`` strictly before.
    """

    statuses: frozenset[JobStatus] | None = None
    formats: frozenset[str] | None = None
    ids: frozenset[UUID] | None = None
    batch_id: UUID | None = None
    file_url: str | None = None
    record_id: str | None = None
    field_id: str | None = None
    attachment_id: str | None = None
    target_table_id: str | None = None
    content_sha256: str | None = None
    external_task_id: str | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None
    updated_before: datetime | None = None
    ended_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class PageKey:
    """Where a page ended: the next one starts after it."""

    created_at: datetime
    id: UUID

    def to_text(self) -> str:
        """Write the key as an opaque token for a URL."""
        return f"{self.created_at.isoformat()}_{self.id.hex}"

    @classmethod
    def from_text(cls, token: str) -> PageKey:
        """Read a token.

        Raises:
            ValueError: It is not one that ``to_text`` wrote.
        """
        created, _, id_ = token.rpartition("_")
        return cls(datetime.fromisoformat(created), UUID(id_))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of jobs.

    Attributes:
        jobs: Newest first, or oldest first when asked.
        next_key: Start of the next page, None on the last one.
    """

    jobs: Sequence[Job]
    next_key: PageKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """A bulk submission.

    Attributes:
        sealed: False while more jobs will be added; a batch ends only when it is sealed.
    """

    owner_id: str | None = None
    target_table_id: str | None = None
    callback: str | None = None
    metadata: Json = field(default_factory=dict)
    sealed: bool = True
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Batch:
    """A bulk submission and the counts of its jobs, which are derived from them and not kept.

    Attributes:
        sealed: Whether no more jobs will be added.
        completed_at: When its last job ended; None while it runs.
        progress: Per cent, 0..100: the mean over its jobs, an ended one counts 100; 0 for an empty batch.
    """

    id: UUID
    owner_id: str | None
    target_table_id: str | None
    callback: str | None
    metadata: Json
    sealed: bool
    created_at: datetime
    completed_at: datetime | None
    pending: int
    processing: int
    completed: int
    failed: int
    cancelled: int
    progress: int

    @property
    def total(self) -> int:
        """All jobs of the batch."""
        return self.pending + self.processing + self.completed + self.failed + self.cancelled

    @property
    def is_ended(self) -> bool:
        """Whether it is sealed and every job has ended."""
        return self.sealed and self.pending == 0 and self.processing == 0

    @property
    def status(self) -> JobStatus:
        """One status for the whole: failed only when nothing completed, cancelled only when nothing failed either."""
        if not self.is_ended:
            return JobStatus.PROCESSING if self.total > self.pending else JobStatus.PENDING
        if self.completed or not self.total:
            return JobStatus.COMPLETED
        return JobStatus.FAILED if self.failed else JobStatus.CANCELLED


CACHE_DEPTH: Final = 20
"""How many jobs that extracted the same are looked at."""

GROWTH_OF_WAIT: Final = 4
"""How many times as long as at its last message a job has waited when a queue that is at work is sent another one."""

LONGEST_WAIT_S: Final = 3600
"""Seconds after which a queue that is at work is sent another message in any case."""


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What makes two extractions the same; the owner is part of it, so nobody sees another's result."""

    owner_id: str | None
    content_sha256: str
    extractor: str
    extractor_version: str
    options_hash: str


def hash_options(options: Json) -> str:
    """Digest options independently of the order of their keys.

    Returns:
        Lower-case hexadecimal SHA-256 of their canonical JSON.
    """
    text = json.dumps(options, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
