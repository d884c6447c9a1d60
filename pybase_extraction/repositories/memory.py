"""Jobs in the memory of one process: for notebooks and tests, lost when it ends."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID

from pybase_extraction.jobs import (
    ALL_OWNERS,
    CACHE_DEPTH,
    ENDED,
    GROWTH_OF_WAIT,
    LIVE,
    LONGEST_WAIT_S,
    SEPARATOR,
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
    JobStatus,
    NewBatch,
    NewJob,
    Outcome,
    Owner,
    Page,
    PageKey,
    Receipt,
    Settled,
    Settlement,
    StoredResult,
    Submitted,
    hash_options,
)
from pybase_extraction.repositories.limits import Room
from pybase_extraction.repositories.wakeups import LocalWakeups

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import HostSession, OnCommit, Rescuer

_COPIED: Final = [f.name for f in fields(NewJob) if f.name != "delay_s"]
_EQUAL: Final = (
    "batch_id", "file_url", "record_id", "field_id", "attachment_id", "target_table_id", "content_sha256",
    "external_task_id",
)  # fmt: skip


class MemoryJobRepository:
    """Jobs in a dictionary, under one lock; may be used from several threads and loops.

    Args:
        clock: Seconds since 1970 UTC.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._jobs: dict[UUID, Job] = {}
        self._keys: dict[tuple[str | None, str], UUID] = {}
        self._results: dict[UUID, str] = {}
        self._attempts: dict[UUID, list[Attempt]] = {}
        self._batches: dict[UUID, Batch] = {}
        self._ready: dict[str, list[tuple[int, UUID]]] = {}
        self._after = ""
        self._wakeups = LocalWakeups()

    @property
    def is_bound_to_loop(self) -> bool:
        """False: any thread and loop may use it."""
        return False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Nothing to give back."""

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _seen(self, owner: Owner, job: Job | Batch) -> bool:
        return owner is ALL_OWNERS or job.owner_id == owner

    def _put(self, job: Job) -> Job:
        self._jobs[job.id] = job
        if job.dedupe_key is not None and job.status in LIVE:
            self._keys[job.owner_id, job.dedupe_key] = job.id
        if _is_ready(job):
            heapq.heappush(self._ready.setdefault(_lane(job), []), (-job.priority, job.id))
        return job

    # -- submitting ---------------------------------------------------------------------------------------------

    async def submit(
        self, new: NewJob, *, session: HostSession | None = None, on_commit: OnCommit | None = None
    ) -> Submitted:
        """Add a job, or find the live one of the same owner with the same dedupe key."""
        _refuse(session)
        with self._lock:
            submitted = self._submit(new)
        self._dispatch([submitted.job.id] if submitted.created else [], on_commit)
        return submitted

    def _submit(self, new: NewJob) -> Submitted:
        if (found := self._find_equal(new)) is not None:
            return Submitted(found, created=False)
        now = self._now()
        due = now + timedelta(seconds=new.delay_s) if new.delay_s > 0 else None
        known = {name: getattr(new, name) for name in _COPIED}
        blank: dict[str, Any] = {f.name: None for f in fields(Job)}
        zeros = dict.fromkeys(("progress", "attempt", "retry_count", "crash_count"), 0)
        job = Job(**{
            **blank, **known, **zeros, "status": JobStatus.PENDING, "options_hash": hash_options(new.options),
            "next_retry_at": due, "cancel_requested": False, "has_result": False, "created_at": now, "updated_at": now,
        })  # fmt: skip
        return Submitted(self._put(job), created=True)

    def _find_equal(self, new: NewJob) -> Job | None:
        if (same := self._jobs.get(new.id)) is not None:
            if same.owner_id != new.owner_id:
                raise ValueError("a job with this id exists")
            return same
        return None if new.dedupe_key is None else self._holder(new.owner_id, new.dedupe_key)

    def _holder(self, owner: str | None, key: str) -> Job | None:
        job = self._jobs.get(self._keys.get((owner, key), UUID(int=0)))
        return job if job is not None and job.status in LIVE and job.dedupe_key == key else None

    async def submit_many(
        self,
        new: Sequence[NewJob],
        *,
        batch: NewBatch | None = None,
        session: HostSession | None = None,
        on_commit: OnCommit | None = None,
    ) -> Sequence[Receipt]:
        """Add many jobs, and their batch, in one transaction."""
        _refuse(session)
        with self._lock:
            if batch is not None:
                new = [replace(each, batch_id=batch.id, owner_id=batch.owner_id) for each in new]
                self._batches[batch.id] = Batch(
                    batch.id, batch.owner_id, batch.target_table_id, batch.callback, batch.metadata, batch.sealed,
                    self._now(), None, 0, 0, 0, 0, 0, 0,
                )  # fmt: skip
            receipts = [Receipt(done.job.id, done.created) for done in map(self._submit, new)]
        self._dispatch([receipt.id for receipt in receipts if receipt.created], on_commit)
        return receipts

    def _dispatch(self, ids: Sequence[UUID], on_commit: OnCommit | None) -> None:
        if ids:
            self.notify()
            if on_commit is not None:
                on_commit(ids)

    # -- working ------------------------------------------------------------------------------------------------

    async def claim(
        self, count: int, *, worker: str, lease_s: float = 60.0, where: ClaimFilter | None = None
    ) -> Sequence[Claim]:
        """Take up to ``count`` ready jobs; lanes take turns, priority and age decide within one lane."""
        with self._lock:
            return self._claim(count, worker, lease_s, where if where is not None else ClaimFilter())

    def _claim(self, count: int, worker: str, lease_s: float, where: ClaimFilter) -> list[Claim]:
        room = self._room(where.limits)
        lanes = sorted(lane for lane in self._ready if _fits(lane, where))
        start = bisect_right(lanes, self._after)
        turns = lanes[start:] + lanes[:start]
        claims: list[Claim] = []
        while turns and len(claims) < count:
            now, later = turns[: count - len(claims)], turns[count - len(claims) :]
            taken = [lane for lane in now if self._take_from(lane, room, claims, worker, lease_s)]
            turns = later + taken
            self._after = taken[-1] if taken else self._after
        return sorted(claims, key=lambda claim: (-claim.job.priority, claim.id))

    def _take_from(self, lane: str, room: Room, claims: list[Claim], worker: str, lease_s: float) -> bool:
        head = self._head(lane)
        if head is None or not room.take(lane):
            return False
        heapq.heappop(self._ready[lane])
        claims.append(Claim(self._start(head, worker, lease_s), worker, lease_s))
        return True

    def _head(self, lane: str) -> Job | None:
        heap = self._ready.get(lane, [])
        while heap:
            job = self._jobs.get(heap[0][1])
            if job is not None and _is_ready(job) and heap[0][0] == -job.priority:
                return job
            heapq.heappop(heap)
        self._ready.pop(lane, None)
        return None

    def _start(self, job: Job, worker: str, lease_s: float) -> Job:
        now = self._now()
        return self._put(
            replace(
                job, status=JobStatus.PROCESSING, attempt=job.attempt + 1, leased_by=worker, progress=0,
                lease_expires_at=now + timedelta(seconds=lease_s), started_at=now, updated_at=now,
            )
        )  # fmt: skip

    async def claim_by_id(
        self, job_id: UUID, *, worker: str, lease_s: float = 60.0, limits: ConcurrencyLimits | None = None
    ) -> Claim | None:
        """Take one ready job that an external queue names; None when there is nothing to take, or no room for it."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or not _is_ready(job):
                return None
            if limits and not self._room(limits).take(_lane(job)):
                return None
            return Claim(self._start(job, worker, lease_s), worker, lease_s)

    async def startable(self, count: int, *, where: ClaimFilter) -> Sequence[UUID]:
        """List up to ``count`` ready jobs that ``claim`` would take now, in its order, and leave them as they are."""
        with self._lock:
            ready = [job for job in self._jobs.values() if _is_ready(job) and _fits(_lane(job), where)]
            turns: Counter[str] = Counter()
            ranked: list[tuple[int, str, Job]] = []
            for job in sorted(ready, key=lambda job: (-job.priority, job.id)):
                ranked.append((turns[_lane(job)], _lane(job), job))
                turns[_lane(job)] += 1
            ranked.sort(key=lambda each: each[:2])
            return self._room(where.limits).choose([(job.id, lane) for _, lane, job in ranked], count)

    def _room(self, limits: ConcurrencyLimits) -> Room:
        running: Counter[tuple[str | None, str, str | None]] = Counter()
        if limits:
            running.update((j.owner_id, j.format, j.service) for j in self._jobs.values() if _is_running(j))
        return Room(limits, [(*key, number) for key, number in running.items()])

    async def heartbeat(self, held: Iterable[Held], *, worker: str, lease_s: float = 60.0) -> Heartbeat:
        """Extend exactly the leases that the worker says it holds, and record their progress."""
        with self._lock:
            asked, extended, cancelling = set(), set(), set()
            for lease in held:
                asked.add((lease.id, lease.attempt))
                job = self._held(lease.id, lease.attempt)
                if job is None or job.leased_by != worker:
                    continue
                expires = self._now() + timedelta(seconds=lease_s)
                progress = job.progress if lease.progress is None else lease.progress
                self._put(replace(job, lease_expires_at=expires, progress=progress))
                extended.add((job.id, job.attempt))
                if job.cancel_requested:
                    cancelling.add((job.id, job.attempt))
            return Heartbeat(frozenset(extended), frozenset(cancelling), frozenset(asked - extended))

    def _held(self, job_id: UUID, attempt: int) -> Job | None:
        job = self._jobs.get(job_id)
        return job if job is not None and _is_running(job) and job.attempt == attempt else None

    async def settle(self, settlements: Iterable[Settlement]) -> Sequence[Settled]:
        """Write the ends of attempts; one that no longer holds its job changes nothing and is not returned."""
        with self._lock:
            settled = [won for each in settlements if (won := self._settle(each)) is not None]
        if settled:
            self.notify()
        return settled

    def _settle(self, s: Settlement) -> Settled | None:
        job, now = self._held(s.id, s.attempt), self._now()
        if job is None or (s.only_expired and not _is_expired(job, now)):
            return None
        ended = self._put(_settled(job, s, now))
        if s.result is not None:
            self._results[job.id] = s.result
        self._attempts.setdefault(job.id, []).append(
            Attempt(
                job.id, job.attempt, job.leased_by, s.outcome, job.started_at, now, s.error_code, s.error_type,
                s.error_message, s.crashed, ended.next_retry_at,
            )
        )  # fmt: skip
        return Settled(job.id, job.attempt, ended.status, job.owner_id, job.batch_id)

    async def exchange(
        self,
        settlements: Sequence[Settlement],
        count: int,
        *,
        worker: str,
        lease_s: float = 60.0,
        where: ClaimFilter | None = None,
    ) -> Exchange:
        """Settle and claim in one turn: what a worker's loop calls."""
        settled = await self.settle(settlements)
        return Exchange(settled, await self.claim(count, worker=worker, lease_s=lease_s, where=where))

    async def rescue(self, decide: Rescuer, *, limit: int = 500) -> Sequence[Settled]:
        """End the attempts whose lease has run out, as ``decide`` says; any worker may do it at any time."""
        with self._lock:
            now = self._now()
            expired = [job for job in self._jobs.values() if _is_running(job) and _is_expired(job, now)][:limit]
            verdicts = [decide(Claim(job, job.leased_by or "", 0.0)) for job in expired]
            return await self.settle([replace(verdict, only_expired=True) for verdict in verdicts])

    async def promote(self, *, limit: int = 1000) -> Sequence[UUID]:
        """Make scheduled jobs whose time has come ready."""
        with self._lock:
            now = self._now()
            due = sorted(
                (job for job in self._jobs.values() if job.is_scheduled and _due(job) <= now), key=_due
            )[:limit]  # fmt: skip
            for job in due:
                self._put(replace(job, next_retry_at=None, updated_at=now))
        if due:
            self.notify()
        return [job.id for job in due]

    async def next_due(self) -> float | None:
        """Give the seconds until the next scheduled job is due, 0 when it is; None when none is scheduled."""
        with self._lock:
            due = [_due(job) for job in self._jobs.values() if job.is_scheduled]
            return max(0.0, (min(due) - self._now()).total_seconds()) if due else None

    async def set_external_task(self, tasks: Iterable[tuple[UUID, str]]) -> None:
        """Record under which id an external queue carries each job."""
        with self._lock:
            for job_id, task in tasks:
                if (job := self._jobs.get(job_id)) is not None:
                    self._put(replace(job, external_task_id=task, updated_at=self._now()))

    async def undispatched(self, *, older_than_s: float, limit: int = 500) -> Sequence[UUID]:
        """List ready jobs that changed last more than so many seconds ago: an external queue may have lost them."""
        with self._lock:
            before = self._now() - timedelta(seconds=older_than_s)
            is_idle = not any(map(_is_running, self._jobs.values()))
            lost = [
                job
                for job in self._jobs.values()
                if _is_ready(job) and job.updated_at < before and (is_idle or _asked_again_at(job) < self._now())
            ]
            return [job.id for job in sorted(lost, key=lambda job: job.created_at)[:limit]]

    # -- waking -------------------------------------------------------------------------------------------------

    def notify(self) -> None:
        """Wake those who wait in this process; may be called from any thread."""
        self._wakeups.work.notify()
        self._wakeups.changes.notify()

    async def wait_for_work(self, timeout_s: float) -> bool:
        """Sleep until a job may have become ready or is to be cancelled, or the time is over."""
        return await self._wakeups.wait(self._wakeups.work, timeout_s)

    async def wait_for_change(self, timeout_s: float) -> bool:
        """Sleep until some job may have changed, or the time is over; for those who watch jobs."""
        return await self._wakeups.wait(self._wakeups.changes, timeout_s)

    # -- steering -----------------------------------------------------------------------------------------------

    def _named(self, owner: Owner, job_id: UUID | None, batch_id: UUID | None) -> list[Job]:
        if (job_id is None) == (batch_id is None):
            raise ValueError("name either job_id or batch_id")
        if job_id is not None:
            found = [job] if (job := self._jobs.get(job_id)) is not None else []
        else:
            found = [job for job in self._jobs.values() if job.batch_id == batch_id]
        return [job for job in found if self._seen(owner, job)]

    async def cancel(self, *, owner: Owner, job_id: UUID | None = None, batch_id: UUID | None = None) -> Sequence[Job]:
        """Cancel a pending job at once and ask for the cancellation of a running one."""
        with self._lock:
            now = self._now()
            live = [job for job in self._named(owner, job_id, batch_id) if job.status in LIVE]
            cancelled = [
                self._put(
                    replace(job, cancel_requested=True, dedupe_key=None, updated_at=now)
                    if _is_running(job)
                    else replace(job, status=JobStatus.CANCELLED, completed_at=now, next_retry_at=None, updated_at=now)
                )
                for job in live
            ]
        self.notify()
        return cancelled

    async def retry(self, *, owner: Owner, job_id: UUID | None = None, batch_id: UUID | None = None) -> Sequence[Job]:
        """Make a failed or cancelled job ready again with all its retries; of a batch, the failed ones."""
        statuses = {JobStatus.FAILED} if batch_id is not None else {JobStatus.FAILED, JobStatus.CANCELLED}
        with self._lock:
            again = [
                self._make_ready(job)
                for job in self._named(owner, job_id, batch_id)
                if job.status in statuses
                and (job.dedupe_key is None or self._holder(job.owner_id, job.dedupe_key) is None)
            ]
        if again:
            self.notify()
        return again

    def _make_ready(self, job: Job) -> Job:
        self._results.pop(job.id, None)
        if job.batch_id is not None and job.batch_id in self._batches:
            self._batches[job.batch_id] = replace(self._batches[job.batch_id], completed_at=None)
        return self._put(
            replace(
                job, status=JobStatus.PENDING, retry_count=0, crash_count=0, progress=0, cancel_requested=False,
                next_retry_at=None, completed_at=None, error_code=None, error_message=None, has_result=False,
                result_key=None, result_sha256=None, result_size=None, updated_at=self._now(),
            )
        )  # fmt: skip

    async def delete(self, *, owner: Owner, job_ids: Iterable[UUID]) -> Sequence[Job]:
        """Delete ended jobs with their results and attempts; live ones are left alone."""
        with self._lock:
            gone = [job for job_id in job_ids for job in self._named(owner, job_id, None) if job.status in ENDED]
            for job in gone:
                del self._jobs[job.id]
                self._results.pop(job.id, None)
                self._attempts.pop(job.id, None)
            return gone

    async def prune(self, query: JobQuery, *, owner: Owner, limit: int = 1000, dry_run: bool = False) -> Sequence[Job]:
        """Delete up to ``limit`` ended jobs that the query finds, oldest first; only list them when ``dry_run``."""
        ended = replace(query, statuses=ENDED if query.statuses is None else ENDED & query.statuses)
        page = await self.find(ended, owner=owner, limit=limit, oldest_first=True)
        return page.jobs if dry_run else await self.delete(owner=owner, job_ids=[job.id for job in page.jobs])

    # -- looking ------------------------------------------------------------------------------------------------

    async def get(self, job_id: UUID, *, owner: Owner) -> Job | None:
        """Read one job."""
        with self._lock:
            job = self._jobs.get(job_id)
            return job if job is not None and self._seen(owner, job) else None

    def _matching(self, query: JobQuery | None, owner: Owner) -> Iterator[Job]:
        wanted = query if query is not None else JobQuery()
        return (job for job in self._jobs.values() if self._seen(owner, job) and _matches(job, wanted))

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
        """List jobs by time of creation."""
        _refuse(session)
        with self._lock:
            jobs = sorted(self._matching(query, owner), key=_place, reverse=not oldest_first)
        if after is not None:
            key = (after.created_at, after.id)
            jobs = [job for job in jobs if (_place(job) > key if oldest_first else _place(job) < key)]
        jobs = jobs[offset:]
        shown = jobs[:limit]
        more = PageKey(shown[-1].created_at, shown[-1].id) if len(jobs) > limit and shown else None
        return Page(shown, more)

    async def count(self, query: JobQuery | None = None, *, owner: Owner, at_most: int | None = None) -> int:
        """Count the jobs that the query finds."""
        with self._lock:
            return sum(1 for _ in itertools.islice(self._matching(query, owner), at_most))

    async def get_result(self, job_id: UUID, *, owner: Owner) -> StoredResult | None:
        """Read the result, or where it is stored; None when the job does not exist or has none."""
        job = await self.get(job_id, owner=owner)
        if job is None or not (job.has_result or job.result_key):
            return None
        return StoredResult(self._results.get(job_id), job.result_key, job.result_sha256, job.result_size)

    async def find_cached(self, key: CacheKey) -> Sequence[Job]:
        """Find completed jobs that extracted the same content in the same way for the same owner, latest first.

        At most ``CACHE_DEPTH`` of them: which one suits (the same name, the same place) is for the caller to say.
        """
        with self._lock:
            same = [
                job
                for job in self._jobs.values()
                if job.status is JobStatus.COMPLETED
                and (job.has_result or job.result_key is not None)
                and job.content_sha256 is not None
                and (job.owner_id, job.content_sha256, job.extractor, job.extractor_version, job.options_hash)
                == (key.owner_id, key.content_sha256, key.extractor, key.extractor_version, key.options_hash)
            ]
        return sorted(same, key=lambda job: job.completed_at or job.created_at, reverse=True)[:CACHE_DEPTH]

    async def attempts(self, job_id: UUID, *, owner: Owner) -> Sequence[Attempt]:
        """Read the log of a job's attempts, first to last."""
        job = await self.get(job_id, owner=owner)
        return [] if job is None else list(self._attempts.get(job_id, []))

    async def stats(self, *, owner: Owner) -> JobStats:
        """Count jobs by status."""
        with self._lock:
            jobs = list(self._matching(None, owner))
        counted = Counter(job.status for job in jobs)
        ready = [job.created_at for job in jobs if _is_ready(job)]
        return JobStats(
            pending=counted[JobStatus.PENDING],
            processing=counted[JobStatus.PROCESSING],
            completed=counted[JobStatus.COMPLETED],
            failed=counted[JobStatus.FAILED],
            cancelled=counted[JobStatus.CANCELLED],
            retrying=sum(job.status is JobStatus.PENDING and job.retry_count > 0 for job in jobs),
            oldest_due_s=max(0.0, (self._now() - min(ready)).total_seconds()) if ready else None,
        )

    # -- batches ------------------------------------------------------------------------------------------------

    async def get_batch(self, batch_id: UUID, *, owner: Owner) -> Batch | None:
        """Read a batch with the counts of its jobs."""
        with self._lock:
            batch = self._batches.get(batch_id)
            return self._counted(batch) if batch is not None and self._seen(owner, batch) else None

    def _counted(self, batch: Batch) -> Batch:
        children = [job for job in self._jobs.values() if job.batch_id == batch.id]
        counted = Counter(str(job.status) for job in children)
        done = sum(100 if job.status in ENDED else job.progress * _is_running(job) for job in children)
        numbers: dict[str, Any] = {str(status): counted[str(status)] for status in JobStatus}
        return replace(batch, **numbers, progress=done // len(children) if children else 0)

    async def seal_batch(self, batch_id: UUID, *, owner: Owner) -> Batch | None:
        """Say that no more jobs will be added."""
        with self._lock:
            batch = await self.get_batch(batch_id, owner=owner)
            if batch is not None:
                batch = self._batches[batch_id] = replace(batch, sealed=True)
            return batch

    async def finish_batches(self, batch_ids: Iterable[UUID] | None = None) -> Sequence[UUID]:
        """Mark batches whose jobs have all ended; each batch is returned to exactly one caller."""
        with self._lock:
            named = list(self._batches) if batch_ids is None else [b for b in set(batch_ids) if b in self._batches]
            ended = [
                b for b in named if self._batches[b].completed_at is None and self._counted(self._batches[b]).is_ended
            ]
            for batch_id in ended:
                self._batches[batch_id] = replace(self._batches[batch_id], completed_at=self._now())
            return ended


def _refuse(session: object) -> None:
    if session is not None:
        raise ValueError("jobs in memory cannot join the transaction of a database")


def _lane(job: Job) -> str:
    return SEPARATOR.join((job.owner_id or "", job.format, job.service or ""))


def _fits(lane: str, where: ClaimFilter) -> bool:
    owner, format_, _service = lane.split(SEPARATOR)
    wants_format = where.formats is None or format_ in where.formats
    return wants_format and (where.owners is None or (owner or None) in where.owners)


def _is_ready(job: Job) -> bool:
    return job.status is JobStatus.PENDING and job.next_retry_at is None


def _asked_again_at(job: Job) -> datetime:
    waited = job.updated_at - (job.started_at or job.created_at)
    return job.updated_at + min((GROWTH_OF_WAIT - 1) * waited, timedelta(seconds=LONGEST_WAIT_S))


def _is_running(job: Job) -> bool:
    return job.status is JobStatus.PROCESSING


def _is_expired(job: Job, now: datetime) -> bool:
    return job.lease_expires_at is not None and job.lease_expires_at < now


def _due(job: Job) -> datetime:
    assert job.next_retry_at is not None
    return job.next_retry_at


def _place(job: Job) -> tuple[datetime, UUID]:
    return job.created_at, job.id


def _settled(job: Job, s: Settlement, now: datetime) -> Job:
    repeated = s.outcome in {Outcome.RETRY, Outcome.RELEASE}
    again = repeated and not job.cancel_requested
    status = {
        Outcome.COMPLETE: JobStatus.COMPLETED,
        Outcome.FAIL: JobStatus.FAILED,
        Outcome.CANCEL: JobStatus.CANCELLED,
    }.get(s.outcome, JobStatus.PENDING if again else JobStatus.CANCELLED)
    completed = s.outcome is Outcome.COMPLETE
    failed = s.outcome in {Outcome.RETRY, Outcome.FAIL}
    kept = (None, None) if completed else (job.error_code, job.error_message)
    code, message = (s.error_code, s.error_message) if failed else kept
    return replace(
        job, status=status, lease_expires_at=None, updated_at=now, completed_at=None if again else now,
        next_retry_at=now + timedelta(seconds=s.delay_s) if again and s.delay_s > 0 else None,
        retry_count=job.retry_count + (again and s.outcome is Outcome.RETRY),
        crash_count=job.crash_count + s.crashed,
        progress=100 if completed else 0 if repeated else job.progress,
        error_code=code, error_message=message, has_result=s.result is not None, result_key=s.result_key,
        result_sha256=s.result_sha256, result_size=s.result_size, extractor=s.extractor or job.extractor,
        extractor_version=s.extractor_version or job.extractor_version,
    )  # fmt: skip


def _matches(job: Job, query: JobQuery) -> bool:
    sets = ((query.statuses, job.status), (query.formats, job.format), (query.ids, job.id))
    before = (
        (query.created_before, job.created_at), (query.updated_before, job.updated_at),
        (query.ended_before, job.completed_at),
    )  # fmt: skip
    return (
        all(wanted is None or value in wanted for wanted, value in sets)
        and all(getattr(query, name) in {None, getattr(job, name)} for name in _EQUAL)
        and all(end is None or (moment is not None and moment < end) for end, moment in before)
        and (query.created_after is None or job.created_at >= query.created_after)
    )
