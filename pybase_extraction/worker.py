"""The loop that takes jobs, has them run, and writes what became of them.

Each turn settles everything that ended since the last one and claims for every free slot, so batches grow by
themselves under load and a single job is settled at once when it is quiet.  Leases are renewed until the last job has
settled, from a thread of their own, so that no job and no blocked event loop can starve them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import tempfile
import threading
import time
import uuid
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import anyio
import anyio.to_thread
from anyio.from_thread import start_blocking_portal

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.enrichment import ENRICH, split, without
from pybase_extraction.errors import (
    ExtractionCancelledError,
    ExtractionError,
    ObjectNotFoundError,
    SchemaOutdatedError,
    SourceNotFoundError,
    StorageError,
    WorkerCrashedError,
)
from pybase_extraction.extractor import Limits
from pybase_extraction.jobs import (
    ALL_OWNERS,
    CacheKey,
    Claim,
    ClaimFilter,
    Exchange,
    Held,
    Job,
    JobQuery,
    JobStats,
    JobStatus,
    Outcome,
    Owner,
    Settled,
    Settlement,
    hash_options,
)
from pybase_extraction.repositories.base import JobRepository
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.base import Dispatcher, Runner
from pybase_extraction.source import Source
from pybase_extraction.storage.base import FILES, RESULTS, LocalFiles, Storage

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
        redispatch_after_s: Seconds after which a ready job is sent to the external queue again.
        prune_after_s: Age in seconds at which ended jobs and their results are deleted; None keeps them.
        claims: Which jobs to take, and how many of a kind at once in the whole database.
        service_slots: Most readings at once in this process, by network service.
    """

    lease_s: float = 60.0
    poll_s: float = 1.0
    grace_s: float = 30.0
    maintain_s: float = 5.0
    redispatch_after_s: float = 60.0
    prune_after_s: float | None = None
    claims: ClaimFilter = field(default_factory=ClaimFilter)
    service_slots: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """What every attempt of this worker gets.

    Attributes:
        limits: What one attempt may use.
        services: Network services that are turned on.
        credentials: Their secrets.
        retry: The policy, and others for single formats.
        service_of: Network service by name of the extractor that uses it.
    """

    limits: Limits = field(default_factory=Limits)
    services: frozenset[str] = frozenset()
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    retry_by_format: Mapping[str, RetryPolicy] = field(default_factory=dict)
    service_of: Mapping[str, str] = field(default_factory=dict)

    def policy(self, format: str) -> RetryPolicy:  # noqa: A002 -- the vocabulary's word
        """The retry policy of a format."""
        return self.retry_by_format.get(format, self.retry)

    def policy_of(self, job: Job) -> RetryPolicy:
        """The retry policy of a job: of its format, with no more crashes than a reading that enriches it may cost."""
        policy = self.policy(job.format)
        if ENRICH not in job.options:
            return policy
        further = [self.policy(name).max_crashes for name in split(job.options)[1]]
        return replace(policy, max_crashes=min(policy.max_crashes, *further))

    def orphaned(self, job: Job) -> WorkerCrashedError:
        """The error of an attempt whose worker died: nobody knows what a service has done for it."""
        paid = (
            f" What {job.service} read may be paid for; another attempt may cost credits again." if job.service else ""
        )
        return WorkerCrashedError(f"The worker that ran this job died or lost its connection.{paid}")


@dataclass(slots=True)
class Running:
    """A job that this worker holds."""

    claim: Claim
    cancelled: threading.Event = field(default_factory=threading.Event)
    task: asyncio.Task[None] | None = None
    is_released: bool = False
    is_lost: bool = False
    progress: int = 0
    message: str | None = None
    reported: int = 0
    source: Source | None = None
    again: Settlement | None = None

    def report(self, fraction: float | None, message: str | None) -> None:
        """Take note of progress; may be called from any thread."""
        if fraction is not None:
            self.progress = max(self.progress, min(99, int(fraction * 100)))
        self.message = message


class Observer:
    """Is told what happens to jobs; every method is optional.  Those that are not awaited must not block.

    Attributes:
        admits: Whether ``admit`` and ``read`` are to be called.
    """

    admits: ClassVar[bool] = False

    async def admit(self, reading: Claim) -> None:
        """A reading is about to begin; raise an ``ExtractionError`` to end it before its file is touched.

        An attempt has one reading, and one more for every extractor that enriches its result: the job of ``reading``
        then has that extractor, its options and its service.
        """

    async def read(self, reading: Claim, outcome: AttemptOutcome, seconds: float) -> None:
        """A reading that was admitted has ended; the outcome has neither result nor error where that is unknown."""

    def attempted(self, claim: Claim, outcome: AttemptOutcome, started_ns: int) -> None:
        """An attempt ended; ``started_ns`` are nanoseconds since 1970 UTC."""

    def settled(self, settled: Settled) -> None:
        """An outcome was written."""

    def batch_ended(self, batch_id: UUID) -> None:
        """All jobs of a batch have ended; told once to one worker, for each time that it ends."""

    def measured(self, stats: JobStats) -> None:
        """What the repository holds, once in every round of maintenance."""

    def close(self) -> None:
        """The manager has stopped; called in a thread, so it may block for a moment."""


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
        dispatcher: Dispatcher | None = None,
        observers: Iterable[Observer] = (),
    ) -> None:
        """Make a worker; ``serve`` runs it.

        Args:
            repository: Where the jobs are.
            storage: Where the files are.
            runner: What runs attempts.
            work: What every attempt gets.
            settings: How to work; the defaults when None.
            dispatcher: An external queue that runs the jobs; this worker then only does the maintenance.
            observers: Who is told what happens.
        """
        self.repository = repository
        self.storage = storage
        self.runner = runner
        self.work = work
        self.settings = settings or WorkerSettings()
        self.dispatcher = dispatcher
        self.observers = list(observers)
        # an identity that is used again would hide the orphans of its predecessor
        self.name = uuid.uuid4().hex
        self.running: dict[UUID, Running] = {}
        self._local = storage if isinstance(storage, LocalFiles) else None
        self._ended: list[Settlement] = []
        self._touched: set[UUID] = set()
        self._places = {name: asyncio.Semaphore(most) for name, most in self.settings.service_slots.items()}
        self._stopping = False
        self._wake = asyncio.Event()
        self._is_hungry = asyncio.Event()
        self._batches_wake = asyncio.Event()

    @property
    def slots(self) -> int:
        """How many jobs this worker holds at most."""
        return 0 if self.dispatcher is not None else self.runner.slots

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
        async with self._leases():
            try:
                # tasks of the loop itself rather than of anyio: there is one for every job
                async with asyncio.TaskGroup() as group:
                    background = [
                        group.create_task(each)
                        for each in (self._maintain(), self._end_batches(), self._look_for_work())
                    ]
                    await self._claim_and_settle(group)
                    running = [item.task for item in self.running.values() if item.task is not None]
                    for task in [*background, *running]:
                        task.cancel()
            finally:
                with anyio.CancelScope(shield=True):
                    await self._give_back()

    async def run_one(self, claim: Claim) -> None:
        """Run one job that was claimed elsewhere, keeping its lease, and settle it."""
        self.running[claim.id] = running = Running(claim)
        async with self._leases():
            settlement = await self._conclude(running)
            while settlement is not None:
                try:
                    self._forget([settlement], await self.repository.settle([settlement]))
                    break
                except _FATAL:
                    raise
                except Exception:
                    logger.exception("the repository did not answer; the outcome of job %s waits", claim.id)
                    await anyio.sleep(min(1.0, self.settings.poll_s))
        await self._finish_touched()

    # -- the loop -----------------------------------------------------------------------------------------------

    async def _claim_and_settle(self, group: asyncio.TaskGroup) -> None:
        drain_until: float | None = None
        turn_ended, turn_s = 0.0, 0.0
        while True:
            if 0 < len(self._ended) < len(self.running) and time.monotonic() - turn_ended < turn_s:
                # short jobs: without this pause those that end during a turn and those that do not stay apart for ever
                await asyncio.sleep(min(turn_s / 2, _PAUSE_S))
            self._wake.clear()
            started = time.monotonic()
            if self._stopping and drain_until is None:
                drain_until = time.monotonic() + self.settings.grace_s
            ended = self._take_ended()
            # what ended leaves its slot in the same turn in which it is settled
            free = 0 if self._stopping else max(0, self.slots - len(self.running) + len(ended))
            for claim in await self._exchange(ended, free):
                self._start(claim, group)
            turn_ended = time.monotonic()
            turn_s = turn_ended - started
            if drain_until is not None and (not self.running or time.monotonic() > drain_until):
                return
            if not self._ended:
                await self._sleep(drain_until)

    def _start(self, claim: Claim, group: asyncio.TaskGroup) -> None:
        self.running[claim.id] = running = Running(claim)
        running.task = group.create_task(self._run_and_queue(running))

    async def _sleep(self, drain_until: float | None) -> None:
        """Sleep until a job has ended here or may have become ready; a full house waits only for the former."""
        left = None if drain_until is None else max(0.0, drain_until - time.monotonic())
        if left is None and len(self.running) < self.slots:
            self._is_hungry.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                await self._wake.wait()
        self._is_hungry.clear()

    async def _look_for_work(self) -> None:
        """Wake the loop when there may be work, as long as it is hungry."""
        while True:
            await self._is_hungry.wait()
            # jitter: workers that were started together must not poll together
            timeout = self.settings.poll_s * random.uniform(0.8, 1.2)  # noqa: S311 -- no secret
            try:
                await self.repository.wait_for_work(timeout)
            except _FATAL:
                raise
            except Exception:
                logger.exception("waiting for work failed; it is polled instead")
                await asyncio.sleep(timeout)
            if self._is_hungry.is_set():
                self._is_hungry.clear()
                self._wake.set()

    def _take_ended(self) -> list[Settlement]:
        ended, self._ended = self._ended, []
        return ended

    async def _exchange(self, ended: Sequence[Settlement], free: int) -> Sequence[Claim]:
        if not ended and not free:
            return ()
        turn = asyncio.ensure_future(
            self.repository.exchange(
                ended, free, worker=self.name, lease_s=self.settings.lease_s, where=self.settings.claims
            )
        )
        try:
            exchange = await asyncio.shield(turn)
        except asyncio.CancelledError:
            # the database goes on: what it claims meanwhile must be given back, and what it settles is settled
            with anyio.CancelScope(shield=True):
                await asyncio.wait([turn])
            self._ended.extend(ended if turn.cancelled() or turn.exception() else self._forgotten(ended, turn.result()))
            raise
        except _FATAL:
            raise
        except Exception:
            # the database is away: outcomes are kept, and leases outlast a short absence
            logger.exception("the repository did not answer; %d outcomes wait", len(ended))
            self._ended.extend(ended)
            await anyio.sleep(min(1.0, self.settings.poll_s))
            return ()
        self._forget(ended, exchange.settled)
        return exchange.claims

    def _forgotten(self, ended: Sequence[Settlement], exchange: Exchange) -> tuple[()]:
        """Take note of a turn of which nothing is started any more."""
        self._forget(ended, exchange.settled)
        self.running.update((claim.id, Running(claim)) for claim in exchange.claims)
        return ()

    def _forget(self, ended: Sequence[Settlement], settled: Sequence[Settled]) -> None:
        won = {(item.id, item.attempt) for item in settled}
        for settlement in ended:
            running = self.running.get(settlement.id)
            if running is not None and running.claim.attempt == settlement.attempt:
                del self.running[settlement.id]
            if (settlement.id, settlement.attempt) not in won:
                # a stored result that nobody points to is left: after a lost connection the row may point to it
                logger.warning("the lease of job %s was lost; its outcome is not written", settlement.id)
        self._tell(settled)

    def _tell(self, settled: Iterable[Settled]) -> None:
        is_logged = logger.isEnabledFor(logging.INFO)
        for item in settled:
            if is_logged:
                logger.info("job %s is %s", item.id, item.status, extra={"job_id": str(item.id), "status": item.status})
            if item.batch_id is not None and item.status is not JobStatus.PENDING:
                self._touched.add(item.batch_id)
                self._batches_wake.set()
            self._observe("settled", item)

    def _observe(self, what: str, *told: object) -> None:
        for observer in self.observers:
            try:
                getattr(observer, what)(*told)
            except Exception:
                logger.exception("an observer failed at %r", what)

    # -- one job ------------------------------------------------------------------------------------------------

    async def _run_and_queue(self, running: Running) -> None:
        settlement = await self._conclude(running)
        if settlement is not None and not running.is_released:
            self._ended.append(settlement)
        self._wake.set()

    async def _conclude(self, running: Running) -> Settlement | None:
        """Run one attempt and say how it ended; None when the job is somebody else's by now."""
        claim, started_ns = running.claim, time.time_ns()
        outcome = AttemptOutcome()
        try:
            with ExitStack() as stack:
                outcome = await self._run(running, stack)
            settlement = await self._settlement(running, outcome)
        except ExtractionError as exc:
            outcome = AttemptOutcome(error=exc)
            settlement = self.work.policy_of(claim.job).settle(claim, exc)
        except Exception as exc:
            # a storage or a runner of the host may raise anything, and it must cost this attempt only
            logger.exception("the attempt of job %s failed outside of its extractor", claim.id)
            settlement = self.work.policy_of(claim.job).settle(claim, exc)
        self._observe("attempted", claim, outcome, started_ns)
        if running.is_lost and settlement.outcome is Outcome.CANCEL:
            # it was stopped because the lease was lost, not because somebody asked for it
            if self.running.get(claim.id) is running:
                del self.running[claim.id]
            return None
        return settlement

    async def _run(self, running: Running, stack: ExitStack) -> AttemptOutcome:
        """Read the file, and again by every extractor that is to enrich the result."""
        claim = running.claim
        if (known := await self._known(claim.job)) is not None:
            return known
        if ENRICH not in claim.job.options:
            return await self._read(running, claim, stack)
        own, further = split(claim.job.options)
        name = claim.job.extractor or claim.job.format
        outcome, done = await self._kept(claim)
        if outcome.result_json is None:
            outcome = await self._read(running, self.reading(claim, name, own), stack)
        for name, options in list(further.items())[done:]:
            if outcome.result_json is None:
                return outcome
            outcome = await self._enrich(running, self.reading(claim, name, options), stack, outcome, done)
            done += 1
        await self._forget_kept(claim)
        return outcome

    def reading(self, claim: Claim, name: str, options: Mapping[str, object]) -> Claim:
        """The claim as it is for one of several readings."""
        service = self.work.service_of.get(name)
        return replace(claim, job=replace(claim.job, extractor=name, options=options, service=service))

    async def _read(
        self, running: Running, reading: Claim, stack: ExitStack, onto: bytes | None = None
    ) -> AttemptOutcome:
        job = reading.job

        async def read() -> AttemptOutcome:
            if running.source is None:
                running.source = await self._source(job, stack)
            request = AttemptRequest(
                running.source,
                format=job.extractor or job.format,
                options=dict(job.options),
                limits=self.work.limits,
                services=self.work.services,
                credentials=self.work.credentials,
                onto=onto,
            )
            return await self._place(job, request, cancelled=running.cancelled, progress=running.report)

        return await self._admit(reading, read)

    async def read_now(self, reading: Claim, request: AttemptRequest) -> AttemptOutcome:
        """Run a reading that no job asked for; whoever admits readings is asked, and services have no more places.

        Raises:
            ExtractionError: The reading is not admitted.
        """
        return await self._admit(reading, lambda: self._place(reading.job, request))

    async def _place(self, job: Job, request: AttemptRequest, **watched: Any) -> AttemptOutcome:
        async with self._places.get(str(job.service)) or contextlib.nullcontext():
            return await self.runner.run(request, **watched)

    async def _admit(self, reading: Claim, read: Callable[[], Awaitable[AttemptOutcome]]) -> AttemptOutcome:
        outcome, admitted = AttemptOutcome(), []
        started = time.monotonic()
        try:
            for observer in self.observers:
                if observer.admits:
                    await observer.admit(reading)
                    admitted.append(observer)
            outcome = await read()
        except ExtractionError as exc:
            outcome = AttemptOutcome(error=exc)
            raise
        finally:
            for observer in admitted:
                await self._tell_read(observer, reading, outcome, time.monotonic() - started)
        return outcome

    async def _tell_read(self, observer: Observer, reading: Claim, outcome: AttemptOutcome, seconds: float) -> None:
        try:
            await observer.read(reading, outcome, seconds)
        except Exception:
            logger.exception("an observer failed at the reading of job %s", reading.id)

    async def _enrich(
        self, running: Running, reading: Claim, stack: ExitStack, first: AttemptOutcome, done: int
    ) -> AttemptOutcome:
        """Have a further extractor read the file; the first result is kept for a retry, and stands without one."""
        name = str(reading.job.extractor)
        try:
            outcome = await self._read(running, reading, stack, first.result_json)
        except ExtractionError as exc:
            outcome = AttemptOutcome(error=exc)
        if outcome.error is None:
            version = f"{first.extractor_version}+{name}-{outcome.extractor_version}"
            return replace(outcome, extractor=first.extractor, extractor_version=version)
        if isinstance(outcome.error, ExtractionCancelledError):
            return outcome
        policy = self.work.policy(name)
        job = replace(reading.job, max_retries=min(reading.job.max_retries, policy.max_retries))
        settlement = policy.settle(replace(reading, job=job), outcome.error)
        if settlement.outcome is Outcome.RETRY:
            await self._keep(running.claim, first, done)
            running.again = settlement
            return outcome
        return await anyio.to_thread.run_sync(_unenriched, first, name, str(outcome.error))

    async def _keep(self, claim: Claim, first: AttemptOutcome, done: int) -> None:
        """Keep what was read for the next attempt; what nobody asks for any more goes with the orphaned files."""
        head = json.dumps([done, first.extractor, first.extractor_version]).encode()
        packed = await anyio.to_thread.run_sync(zlib.compress, head + b"\n" + (first.result_json or b""), 6)
        await self.storage.put(_kept_key(claim), packed)

    async def _kept(self, claim: Claim) -> tuple[AttemptOutcome, int]:
        """What an earlier attempt has read, and how many further readings are in it; an empty outcome when nothing."""
        if claim.job.retry_count == 0:
            return AttemptOutcome(), 0
        try:
            head, _, data = zlib.decompress(await self.storage.read(_kept_key(claim))).partition(b"\n")
        except (ObjectNotFoundError, zlib.error):
            return AttemptOutcome(), 0
        done, extractor, version = json.loads(head)
        return AttemptOutcome(result_json=data, extractor=extractor, extractor_version=version), done

    async def _forget_kept(self, claim: Claim) -> None:
        if claim.job.retry_count > 0:
            await self.storage.delete(_kept_key(claim))

    async def _source(self, job: Job, stack: ExitStack) -> Source:
        """Find the file of a job, or copy it to this machine until the stack is left."""
        if job.file_url is None:
            raise SourceNotFoundError(f"The job of {job.filename!r} names no stored file.", name=job.filename)
        most = self.work.limits.max_bytes
        if self._local is not None:
            path, size = self._local.locate(job.file_url, max_bytes=most)
        else:
            folder = tempfile.TemporaryDirectory(prefix="job-", ignore_cleanup_errors=True)
            path = await self.storage.fetch(job.file_url, Path(stack.enter_context(folder)), max_bytes=most)
            size = path.stat().st_size
        source = Source(job.filename, size, job.content_sha256 or "", job.media_type, path)
        return source if job.content_sha256 else await anyio.to_thread.run_sync(_digested, source)

    async def _known(self, job: Job) -> AttemptOutcome | None:
        """The result that another job of the owner has of the same file; None when this one is to be extracted."""
        if job.dedupe_key is None or job.content_sha256 is None or job.extractor is None:
            return None
        key = CacheKey(
            job.owner_id, job.content_sha256, job.extractor, str(job.extractor_version), hash_options(job.options)
        )
        try:
            # the name and the media type are evidence too, and the result repeats them
            same = [
                found
                for found in await self.repository.find_cached(key)
                if (found.filename, found.media_type) == (job.filename, job.media_type)
            ]
            if not same:
                return None
            data = await read_result(self.repository, self.storage, same[0].id, owner=job.owner_id)
        except Exception:
            # whatever it is, extracting needs neither that database nor that object
            logger.warning("whether the result of job %s is known could not be seen", job.id, exc_info=True)
            return None
        if data is None:
            return None
        return AttemptOutcome(result_json=data, extractor=job.extractor, extractor_version=job.extractor_version)

    async def _settlement(self, running: Running, outcome: AttemptOutcome) -> Settlement:
        claim = running.claim
        if running.again is not None:
            return running.again
        if outcome.error is not None:
            return self.work.policy_of(claim.job).settle(claim, outcome.error)
        data = outcome.result_json or b""
        if len(data) > INLINE_RESULT_BYTES:
            stored = await self._stored(claim, data)
            return replace(stored, extractor=outcome.extractor, extractor_version=outcome.extractor_version)
        return Settlement(
            id=claim.id,
            attempt=claim.attempt,
            outcome=Outcome.COMPLETE,
            result=data.decode(),
            extractor=outcome.extractor,
            extractor_version=outcome.extractor_version,
        )

    async def _stored(self, claim: Claim, data: bytes) -> Settlement:
        digest = sha256(data).hexdigest()
        # the attempt's number is in the key: a zombie must not overwrite its heir's result
        key = f"{RESULTS}/{claim.id}/{claim.attempt}.json.z"
        await self.storage.put(key, await anyio.to_thread.run_sync(zlib.compress, data, 6))
        return Settlement.complete(claim, result_key=key, result_sha256=digest, result_size=len(data))

    # -- leases -------------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _leases(self) -> AsyncIterator[None]:
        """Keep the leases of everything that runs."""
        if self.repository.is_bound_to_loop:
            async with anyio.create_task_group() as group:
                group.start_soon(self._keep_leases)
                yield
                group.cancel_scope.cancel()
            return
        with ExitStack() as stack:
            portal = stack.enter_context(start_blocking_portal(name="extraction leases"))
            keeping = portal.start_task_soon(self._keep_leases)
            try:
                yield
            finally:
                keeping.cancel()
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(stack.close, limiter=anyio.CapacityLimiter(1))

    async def _keep_leases(self) -> None:
        """Renew every lease, hand progress on, and learn of cancellations and losses."""
        beat_s = min(self.settings.lease_s / 4, 1.0)
        renewed_at = time.monotonic()
        while True:
            await anyio.sleep(beat_s)
            since = time.monotonic() - renewed_at
            held = list(self.running.values())
            moved = any(item.progress != item.reported for item in held)
            if held and (moved or since > self.settings.lease_s / 4 or since >= _LOOK_S):
                renewed_at = time.monotonic()
                await self._beat(held)

    async def _beat(self, held: Sequence[Running]) -> None:
        progress = [item.progress for item in held]
        leases = [Held(item.claim.id, item.claim.attempt, share) for item, share in zip(held, progress, strict=True)]
        try:
            beat = await self.repository.heartbeat(leases, worker=self.name, lease_s=self.settings.lease_s)
        except Exception:
            # whatever it is, the next beat must come: a lease that ends costs an attempt
            logger.exception("leases could not be renewed")
            return
        for item, share in zip(held, progress, strict=True):
            token = item.claim.id, item.claim.attempt
            item.reported = share
            item.is_lost = item.is_lost or token in beat.lost
            if item.is_lost or token in beat.cancelling:
                item.cancelled.set()

    # -- maintenance --------------------------------------------------------------------------------------------

    async def _maintain(self) -> None:
        """What any worker may do at any time."""
        while True:
            due: float | None = None
            try:
                due = await self._maintain_once()
            except _FATAL:
                raise
            except Exception:
                logger.exception("maintenance failed; it is tried again")
            pause = self.settings.maintain_s * random.uniform(0.8, 1.2)  # noqa: S311 -- no secret
            await anyio.sleep(pause if due is None else min(pause, max(due, 0.05)))

    async def _maintain_once(self) -> float | None:
        """Rescue, promote, dispatch again, end batches, prune; gives the seconds until the next job is due."""
        rescued = await self.repository.rescue(self._decide_orphan)
        for settled in rescued:
            logger.warning("job %s was rescued from a worker that died: %s", settled.id, settled.status)
        self._tell(rescued)
        if promoted := await self.repository.promote():
            self.repository.notify()
            await self.dispatch(promoted)
        if self.dispatcher is not None:
            lost = await self.repository.undispatched(older_than_s=self.settings.redispatch_after_s)
            await self.dispatch(lost)
        self._tell_ended(await self.repository.finish_batches())
        if self.settings.prune_after_s is not None:
            # not cut short by the end of the worker: a result whose row is gone would stay for ever
            pruning = asyncio.ensure_future(self._prune(self.settings.prune_after_s))
            try:
                await asyncio.shield(pruning)
            finally:
                with anyio.CancelScope(shield=True):
                    await asyncio.wait([pruning])
        # asked even when nobody listens: the lines that settling adds to the counts are added up by this
        stats = await self.repository.stats(owner=ALL_OWNERS)
        self._observe("measured", stats)
        return await self.repository.next_due()

    async def dispatch(self, job_ids: Iterable[UUID]) -> None:
        """Send jobs to the external queue, if there is one; what cannot be sent now is sent by the maintenance."""
        if self.dispatcher is None:
            return
        sent: list[tuple[UUID, str]] = []
        for job_id in job_ids:
            try:
                sent.append((job_id, await self.dispatcher.dispatch(job_id) or str(job_id)))
            except Exception:
                logger.exception("job %s could not be dispatched; it is tried again", job_id)
                break
        await self.repository.set_external_task(sent)

    async def dispatch_held_up(self, format: str) -> None:  # noqa: A002 -- the vocabulary's word
        """Send the jobs of a format again for which the limits have room now: their messages may have been used up."""
        if self.dispatcher is None:
            return
        where = replace(self.settings.claims, formats=frozenset({format}))
        try:
            await self.dispatch(await self.repository.startable(_HELD_UP, where=where))
        except _FATAL:
            raise
        except Exception:
            logger.exception("jobs that waited for room could not be dispatched; the maintenance will")

    async def _prune(self, age_s: float) -> None:
        query = JobQuery(ended_before=datetime.now(UTC) - timedelta(seconds=age_s))
        for job in await self.repository.prune(query, owner=ALL_OWNERS):
            if job.result_key is not None:
                await self.storage.delete(job.result_key)

    def _decide_orphan(self, claim: Claim) -> Settlement:
        return self.work.policy_of(claim.job).settle(claim, self.work.orphaned(claim.job))

    async def _end_batches(self) -> None:
        """Say soon after its last job that a batch has ended."""
        while True:
            await self._batches_wake.wait()
            self._batches_wake.clear()
            await self._finish_touched()
            await anyio.sleep(_BATCH_PAUSE_S)

    async def _finish_touched(self) -> None:
        touched, self._touched = self._touched, set()
        if not touched:
            return
        try:
            self._tell_ended(await self.repository.finish_batches(touched))
        except _FATAL:
            raise
        except Exception:
            logger.exception("batches could not be looked at; the maintenance will")

    def _tell_ended(self, batch_ids: Iterable[UUID]) -> None:
        for batch_id in batch_ids:
            logger.info("batch %s has ended", batch_id, extra={"batch_id": str(batch_id)})
            self._observe("batch_ended", batch_id)

    async def _give_back(self) -> None:
        """Settle what ended and release what still runs, so that others need not wait for its lease to expire."""
        for item in self.running.values():
            item.is_released = True
            item.cancelled.set()
        ended = self._take_ended()
        known = {settlement.id for settlement in ended}
        released = [Settlement.release(item.claim) for item in self.running.values() if item.claim.id not in known]
        if ended or released:
            try:
                self._forget([*ended, *released], await self.repository.settle([*ended, *released]))
            except Exception:
                logger.exception("%d jobs could not be given back; their leases will expire", len(ended + released))
                self.running.clear()
                return
            self.repository.notify()
        await self._finish_touched()


async def read_result(repository: JobRepository, storage: Storage, job_id: UUID, *, owner: Owner) -> bytes | None:
    """Read the result of a job as JSON, from its row or from the storage; None when it has none.

    Raises:
        StorageError: The stored result is gone, or is not what was written.
    """
    stored = await repository.get_result(job_id, owner=owner)
    if stored is None:
        return None
    if stored.text is not None:
        return stored.text.encode()
    packed = await storage.read(str(stored.key))
    try:
        data = await anyio.to_thread.run_sync(zlib.decompress, packed)
    except zlib.error:
        data = b""
    if sha256(data).hexdigest() != stored.sha256:
        raise StorageError(
            f"The stored result of job {job_id} was changed.",
            key=stored.key,
            remedy="Extract the file again with force=True.",
        )
    return data


_FATAL = (SchemaOutdatedError,)
"""Errors of a repository that waiting does not heal."""
_HELD_UP = 16
"""Most jobs that are dispatched again when one has ended: as many as there is room for, usually one."""
_LOOK_S = 1.0
"""Seconds between two looks for cancellations that came through the database."""
_BATCH_PAUSE_S = 0.05
_PAUSE_S = 0.002
"""Most seconds that the loop waits for more jobs to end, when some end faster than they are settled."""


def _kept_key(claim: Claim) -> str:
    # among the submitted files, so that it is removed with their orphans when the job has ended otherwise
    return f"{FILES}/kept/{claim.id}.json.z"


def _unenriched(first: AttemptOutcome, name: str, reason: str) -> AttemptOutcome:
    return replace(first, result_json=without(first.result(), name, reason).model_dump_json().encode())


def _digested(source: Source) -> Source:
    assert source.path is not None
    return Source.from_path(source.path, name=source.name, media_type=source.media_type)
