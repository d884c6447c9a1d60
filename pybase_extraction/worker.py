"""The loop that takes jobs, has them run, and writes what became of them.

Each turn settles everything that ended since the last one and claims for every free slot, so batches grow by themselves
under load and a single job is settled at once when it is quiet.  Leases are renewed until the last job has settled.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import anyio
from anyio.abc import TaskGroup

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.errors import ExtractionError, WorkerCrashedError
from pybase_extraction.extractor import Limits
from pybase_extraction.jobs import Claim, ClaimFilter, Held, Settled, Settlement
from pybase_extraction.repositories.base import JobRepository
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.base import Runner
from pybase_extraction.source import Source
from pybase_extraction.storage.base import Storage

logger = logging.getLogger(__name__)

INLINE_RESULT_BYTES = 256 * 1024
"""Results up to this size stay in the row; larger ones go to the storage, compressed."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How a worker works.

    Attributes:
        lease_s: Seconds after which a job of a silent worker may be taken away.
        poll_s: Longest sleep between two looks for work when no wake-up comes.
        grace_s: Seconds that running jobs get to end when the worker is stopped; then they are given back.
        maintain_s: Seconds between two rounds of maintenance.
        claims: Which jobs to take, and how many of a kind at once.
    """

    lease_s: float = 60.0
    poll_s: float = 1.0
    grace_s: float = 30.0
    maintain_s: float = 5.0
    claims: ClaimFilter = field(default_factory=ClaimFilter)


@dataclass(frozen=True, slots=True)
class Work:
    """What every attempt of this worker gets.

    Attributes:
        limits: What one attempt may use.
        services: Network services that are turned on.
        credentials: Their secrets.
        retry: The policy, and others for single formats.
    """

    limits: Limits = field(default_factory=Limits)
    services: frozenset[str] = frozenset()
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    retry_by_format: Mapping[str, RetryPolicy] = field(default_factory=dict)

    def policy(self, format: str) -> RetryPolicy:  # noqa: A002 -- the vocabulary's word
        """The retry policy of a format."""
        return self.retry_by_format.get(format, self.retry)


@dataclass(slots=True)
class Running:
    """A job that this worker holds."""

    claim: Claim
    cancelled: threading.Event = field(default_factory=threading.Event)
    is_released: bool = False
    progress: int = 0
    message: str | None = None
    reported: int = 0

    def report(self, fraction: float | None, message: str | None) -> None:
        """Take note of progress; may be called from any thread."""
        if fraction is not None:
            self.progress = max(self.progress, min(99, int(fraction * 100)))
        self.message = message


class Worker:
    """Takes jobs from a repository and has a runner run them."""

    def __init__(
        self,
        repository: JobRepository,
        storage: Storage,
        runner: Runner,
        work: Work,
        settings: WorkerSettings | None = None,
        *,
        on_settled: Callable[[Settled], None] | None = None,
    ) -> None:
        """Make a worker; ``serve`` runs it.

        Args:
            repository: Where the jobs are.
            storage: Where the files are.
            runner: What runs attempts.
            work: What every attempt gets.
            settings: How to work; the defaults when None.
            on_settled: Called for every outcome that was written.
        """
        self.repository = repository
        self.storage = storage
        self.runner = runner
        self.work = work
        self.settings = settings or WorkerSettings()
        # an identity that is used again would hide the orphans of its predecessor
        self.name = uuid.uuid4().hex
        self.running: dict[UUID, Running] = {}
        self._on_settled = on_settled
        self._ended: list[Settlement] = []
        self._stopping = False
        self._wake = anyio.Event()

    def stop(self) -> None:
        """Take no more jobs; ``serve`` returns when the running ones have ended or were given back."""
        self._stopping = True
        self._wake.set()

    def cancel(self, job_id: UUID) -> None:
        """Stop a job that runs here at once; the repository must know of the request already."""
        if found := self.running.get(job_id):
            found.cancelled.set()

    async def serve(self) -> None:
        """Work until ``stop`` is called.

        When the task is cancelled, everything that runs is given back for others at once.
        """
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._keep_leases)
                group.start_soon(self._maintain)
                await self._claim_and_settle(group)
                group.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self._give_back()

    async def run_one(self, claim: Claim) -> None:
        """Run one job that was claimed elsewhere, keeping its lease, and settle it."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._keep_leases)
            self.running[claim.id] = running = Running(claim)
            await self._attempt(running)
            await self._settle(self._take_ended(), 0)
            group.cancel_scope.cancel()

    async def _claim_and_settle(self, group: TaskGroup) -> None:
        drain_until: float | None = None
        while True:
            self._wake = anyio.Event()
            if self._stopping and drain_until is None:
                drain_until = time.monotonic() + self.settings.grace_s
            free = 0 if self._stopping else max(0, self.runner.slots - len(self.running))
            claims = await self._settle(self._take_ended(), free)
            for claim in claims:
                self.running[claim.id] = running = Running(claim)
                group.start_soon(self._attempt, running)
            if drain_until is not None and (not self.running or time.monotonic() > drain_until):
                return
            if not self._ended:
                await self._sleep(drain_until)

    async def _sleep(self, drain_until: float | None) -> None:
        """Sleep until a job has ended here or may have become ready; a full house waits only for the former."""
        timeout = self.settings.poll_s
        if drain_until is not None:
            timeout = min(timeout, max(0.0, drain_until - time.monotonic()))
        if drain_until is not None or len(self.running) >= self.runner.slots:
            with anyio.move_on_after(timeout):
                await self._wake.wait()
            return
        async with anyio.create_task_group() as group:
            group.start_soon(self._wait_for_work, timeout, group.cancel_scope)
            await self._wake.wait()
            group.cancel_scope.cancel()

    async def _wait_for_work(self, timeout_s: float, scope: anyio.CancelScope) -> None:
        await self.repository.wait_for_work(timeout_s)
        scope.cancel()

    def _take_ended(self) -> list[Settlement]:
        ended, self._ended = self._ended, []
        return ended

    async def _settle(self, ended: Sequence[Settlement], free: int) -> Sequence[Claim]:
        if not ended and not free:
            return ()
        try:
            exchange = await self.repository.exchange(
                ended, free, worker=self.name, lease_s=self.settings.lease_s, where=self.settings.claims
            )
        except ExtractionError:
            raise
        except Exception:
            # the database is away: outcomes are kept, and leases outlast a short absence
            logger.exception("the repository did not answer; %d outcomes wait", len(ended))
            self._ended.extend(ended)
            await anyio.sleep(min(1.0, self.settings.poll_s))
            return ()
        self._forget(ended, exchange.settled)
        return exchange.claims

    def _forget(self, ended: Sequence[Settlement], settled: Sequence[Settled]) -> None:
        won = {(item.id, item.attempt) for item in settled}
        for settlement in ended:
            running = self.running.get(settlement.id)
            if running is not None and running.claim.attempt == settlement.attempt:
                del self.running[settlement.id]
            if (settlement.id, settlement.attempt) not in won:
                logger.warning("the lease of job %s was lost; its outcome is not written", settlement.id)
        for item in settled:
            logger.info("job %s is %s", item.id, item.status, extra={"job_id": str(item.id), "status": item.status})
            if self._on_settled is not None:
                self._on_settled(item)

    async def _attempt(self, running: Running) -> None:
        claim = running.claim
        try:
            with tempfile.TemporaryDirectory(prefix="job-") as folder:
                outcome = await self._run(running, Path(folder))
                settlement = await self._settlement(running, outcome)
        except ExtractionError as exc:
            settlement = self.work.policy(claim.job.format).settle(claim, exc)
        except OSError as exc:
            settlement = self.work.policy(claim.job.format).settle(claim, exc)
        if not running.is_released:
            self._ended.append(settlement)
            self._wake.set()

    async def _run(self, running: Running, folder: Path) -> AttemptOutcome:
        job = running.claim.job
        if job.file_url is None:
            return AttemptOutcome(error=WorkerCrashedError("The job names no file."))
        path = await self.storage.fetch(job.file_url, folder, max_bytes=self.work.limits.max_bytes)
        source = Source(job.filename, path.stat().st_size, job.content_sha256 or "", job.media_type, path)
        request = AttemptRequest(
            source if job.content_sha256 else await anyio.to_thread.run_sync(_digested, source),
            format=job.extractor or job.format,
            options=dict(job.options),
            limits=self.work.limits,
            services=self.work.services,
            credentials=self.work.credentials,
        )
        return await self.runner.run(request, cancelled=running.cancelled, progress=running.report)

    async def _settlement(self, running: Running, outcome: AttemptOutcome) -> Settlement:
        claim = running.claim
        if outcome.error is not None:
            return self.work.policy(claim.job.format).settle(claim, outcome.error)
        data = outcome.result_json or b""
        if len(data) <= INLINE_RESULT_BYTES:
            settlement = Settlement.complete(claim, result=data.decode())
        else:
            settlement = await self._stored(claim, data)
        return replace(settlement, extractor=outcome.extractor, extractor_version=outcome.extractor_version)

    async def _stored(self, claim: Claim, data: bytes) -> Settlement:
        digest = sha256(data).hexdigest()
        # the attempt's number is in the key: a zombie must not overwrite its heir's result
        key = f"results/{claim.id}/{claim.attempt}.json.z"
        await self.storage.put(key, await anyio.to_thread.run_sync(zlib.compress, data, 6))
        return Settlement.complete(claim, result_key=key, result_sha256=digest, result_size=len(data))

    async def _keep_leases(self) -> None:
        """Renew every lease, hand progress on, and learn of cancellations and losses."""
        beat_s = min(self.settings.lease_s / 4, 1.0)
        renewed_at = time.monotonic()
        while True:
            await anyio.sleep(beat_s)
            is_due = time.monotonic() - renewed_at > self.settings.lease_s / 4
            moved = any(item.progress != item.reported for item in self.running.values())
            if self.running and (is_due or moved or time.monotonic() - renewed_at > _LOOK_S):
                renewed_at = time.monotonic()
                await self._beat()

    async def _beat(self) -> None:
        held = list(self.running.values())
        try:
            beat = await self.repository.heartbeat(
                [Held(item.claim.id, item.claim.attempt, item.progress) for item in held],
                worker=self.name,
                lease_s=self.settings.lease_s,
            )
        except ExtractionError:
            raise
        except Exception:
            logger.exception("leases could not be renewed")
            return
        for item in held:
            token = item.claim.id, item.claim.attempt
            item.reported = item.progress
            if token in beat.cancelling or token in beat.lost:
                item.cancelled.set()

    async def _maintain(self) -> None:
        """What any worker may do at any time: rescue, promote, end batches."""
        while True:
            try:
                for settled in await self.repository.rescue(self._decide_orphan):
                    logger.warning("job %s was rescued from a worker that died: %s", settled.id, settled.status)
                promoted = await self.repository.promote()
                await self.repository.finish_batches()
                due = await self.repository.next_due()
            except ExtractionError:
                raise
            except Exception:
                logger.exception("maintenance failed; it is tried again")
                promoted, due = (), None
            if promoted:
                self.repository.notify()
            pause = self.settings.maintain_s if due is None else min(self.settings.maintain_s, max(due, 0.05))
            await anyio.sleep(pause)

    def _decide_orphan(self, claim: Claim) -> Settlement:
        error = WorkerCrashedError("The worker that ran this job died or lost its connection.")
        return self.work.policy(claim.job.format).settle(claim, error)

    async def _give_back(self) -> None:
        """Settle what ended and release what still runs, so that others need not wait for its lease to expire."""
        for item in self.running.values():
            item.is_released = True
            item.cancelled.set()
        ended = self._take_ended()
        known = {settlement.id for settlement in ended}
        released = [Settlement.release(item.claim) for item in self.running.values() if item.claim.id not in known]
        if ended or released:
            settled = await self.repository.settle([*ended, *released])
            self._forget([*ended, *released], settled)
            self.repository.notify()


_LOOK_S = 2.0
"""Seconds between two looks for cancellations that came through the database."""


def _digested(source: Source) -> Source:
    assert source.path is not None
    return Source.from_path(source.path, name=source.name, media_type=source.media_type)
