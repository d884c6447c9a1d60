"""The worker: leases, drains, losses, and what it does when others fail."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import anyio
import pytest

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress
from pybase_extraction.errors import ServiceUnavailableError
from pybase_extraction.jobs import ALL_OWNERS, Claim, Held, JobStatus, NewBatch, NewJob, Outcome, Settled
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.memory import MemoryJobRepository
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.base import InProcessRunner
from pybase_extraction.worker import INLINE_RESULT_BYTES, Observer, Work, Worker, WorkerSettings

pytestmark = pytest.mark.anyio
QUICK = WorkerSettings(lease_s=2, poll_s=0.05, grace_s=5, maintain_s=0.1)


class Scripted(InProcessRunner):
    """Does with each request what the test says; the clock of the event loop is real."""

    def __init__(self, act: Callable[[AttemptRequest, threading.Event], AttemptOutcome], slots: int = 4) -> None:
        super().__init__(slots)
        self.act = act
        self.started = 0
        self.bind(ExtractorRegistry.discover(allow=[]))

    async def _attempt(
        self,
        request: AttemptRequest,
        registry: ExtractorRegistry,
        cancelled: threading.Event,
        progress: Progress | None,
    ) -> AttemptOutcome:
        self.started += 1
        answer = self.act(request, cancelled)
        if isinstance(answer, AttemptOutcome):
            return answer
        return await answer


def done(*_: object) -> AttemptOutcome:
    return AttemptOutcome(result_json=b"{}", extractor="fake", extractor_version="1")


def waits(seconds: float) -> Callable[..., object]:
    async def wait() -> AttemptOutcome:
        await anyio.sleep(seconds)
        return done()

    return lambda *_: wait()


def job(**fields: object) -> NewJob:
    return NewJob(
        **{"format": "fake", "filename": "a.fake", "file_url": "files/a", "content_sha256": "0" * 64} | fields
    )


async def ended(repository: MemoryJobRepository, job_id: UUID, timeout_s: float = 15) -> object:
    with anyio.fail_after(timeout_s):
        while True:
            found = await repository.get(job_id, owner=ALL_OWNERS)
            if found.status.is_final:
                return found
            await anyio.sleep(0.01)


async def test_a_job_ends_with_its_result_and_the_extractor_that_ran(repository, storage) -> None:
    async with Scripted(done) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), QUICK)
        group.start_soon(worker.serve)
        submitted = await repository.submit(job())
        found = await ended(repository, submitted.job.id)
        worker.stop()
    assert (found.status, found.extractor, found.extractor_version, found.progress) == ("completed", "fake", "1", 100)
    stored = await repository.get_result(found.id, owner=ALL_OWNERS)
    assert (stored.text, stored.size, found.result_size) == ("{}", 2, 2)


async def test_a_large_result_goes_to_the_storage_with_its_digest(repository, storage) -> None:
    large = AttemptOutcome(result_json=b'"' + b"x" * INLINE_RESULT_BYTES + b'"')
    async with Scripted(lambda *_: large) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), QUICK)
        group.start_soon(worker.serve)
        found = await ended(repository, (await repository.submit(job())).job.id)
        worker.stop()
    stored = await repository.get_result(found.id, owner=ALL_OWNERS)
    assert stored.text is None
    assert stored.size == INLINE_RESULT_BYTES + 2
    assert (await storage.stat(stored.key)).size < INLINE_RESULT_BYTES / 10


async def test_a_blocked_event_loop_does_not_lose_the_lease(repository, storage) -> None:
    """The extractor blocks the loop for three leases, while another worker looks for orphans all the time."""
    settings = WorkerSettings(lease_s=0.8, poll_s=0.05, maintain_s=5)
    rescued: list[object] = []
    stop = threading.Event()

    def look() -> None:
        async def rescue() -> None:
            while not stop.is_set():
                rescued.extend(await repository.rescue(lambda claim: RetryPolicy().settle(claim, ConnectionError())))
                await anyio.sleep(0.05)

        anyio.run(rescue)

    def block(*_: object) -> AttemptOutcome:
        time.sleep(2.4)
        return done()

    rescuer = threading.Thread(target=look)
    async with Scripted(block) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), settings)
        submitted = await repository.submit(job())
        rescuer.start()
        group.start_soon(worker.serve)
        found = await ended(repository, submitted.job.id)
        worker.stop()
    stop.set()
    rescuer.join()
    assert (found.status, found.attempt, rescued) == ("completed", 1, [])


async def test_a_drain_longer_than_the_lease_keeps_it(repository, storage) -> None:
    settings = WorkerSettings(lease_s=0.6, poll_s=0.05, grace_s=10, maintain_s=0.05)
    async with Scripted(waits(1.8)) as runner, Scripted(done) as other, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), settings)
        heir = Worker(repository, storage, other, Work(), settings)
        submitted = await repository.submit(job())
        group.start_soon(worker.serve)
        while not worker.running:
            await anyio.sleep(0.01)
        worker.stop()
        group.start_soon(heir.serve)
        found = await ended(repository, submitted.job.id)
        heir.stop()
    assert (found.status, found.attempt, other.started) == ("completed", 1, 0)


async def test_after_the_grace_period_a_job_is_given_back_without_costing_an_attempt(repository, storage) -> None:
    settings = WorkerSettings(lease_s=60, poll_s=0.05, grace_s=0.2)
    async with Scripted(waits(30)) as runner:
        worker = Worker(repository, storage, runner, Work(), settings)
        submitted = await repository.submit(job())
        async with anyio.create_task_group() as group:
            group.start_soon(worker.serve)
            while not worker.running:
                await anyio.sleep(0.01)
            worker.stop()
    found = await repository.get(submitted.job.id, owner=ALL_OWNERS)
    assert (found.status, found.retry_count, found.crash_count) == (JobStatus.PENDING, 0, 0)
    [attempt] = await repository.attempts(found.id, owner=ALL_OWNERS)
    assert attempt.outcome is Outcome.RELEASE


async def test_a_worker_that_lost_its_lease_stops_and_writes_nothing(repository, storage) -> None:
    settings = WorkerSettings(lease_s=0.4, poll_s=0.05, maintain_s=60)
    async with Scripted(waits(30)) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), settings)
        submitted = await repository.submit(job())
        group.start_soon(worker.serve)
        while not worker.running:
            await anyio.sleep(0.01)
        [running] = worker.running.values()
        # an heir has settled it meanwhile, as one does whose rescue came first
        held = running.claim
        await repository.settle([RetryPolicy().settle(held, ServiceUnavailableError("away", retry_after_s=60))])
        with anyio.fail_after(5):
            while worker.running:
                await anyio.sleep(0.02)
        worker.stop()
    found = await repository.get(submitted.job.id, owner=ALL_OWNERS)
    assert found.status is JobStatus.PENDING
    assert running.is_lost


async def test_a_cancellation_through_the_repository_stops_a_running_job(repository, storage) -> None:
    async with Scripted(waits(30)) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), QUICK)
        submitted = await repository.submit(job())
        group.start_soon(worker.serve)
        while not worker.running:
            await anyio.sleep(0.01)
        started = time.monotonic()
        await repository.cancel(owner=ALL_OWNERS, job_id=submitted.job.id)
        found = await ended(repository, submitted.job.id)
        worker.stop()
    assert found.status is JobStatus.CANCELLED
    assert time.monotonic() - started < 4  # a look each second, and one second of grace for the attempt


async def test_a_transient_error_is_tried_again_and_then_succeeds(repository, storage) -> None:
    answers = [AttemptOutcome(error=ServiceUnavailableError("away")), done()]
    work = Work(retry=RetryPolicy(base_s=0.05, jitter=0))
    async with Scripted(lambda *_: answers.pop(0)) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, work, QUICK)
        group.start_soon(worker.serve)
        found = await ended(repository, (await repository.submit(job())).job.id)
        worker.stop()
    assert (found.status, found.retry_count, found.attempt) == ("completed", 1, 2)
    assert [item.outcome for item in await repository.attempts(found.id, owner=ALL_OWNERS)] == ["retry", "complete"]


async def test_a_storage_that_raises_anything_costs_the_attempt_only(repository, storage, monkeypatch) -> None:
    def broken(*_: object, **__: object) -> tuple[Path, int]:
        raise ZeroDivisionError

    monkeypatch.setattr(storage, "locate", broken)
    work = Work(retry=RetryPolicy(base_s=0, jitter=0))
    async with Scripted(done) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, work, QUICK)
        group.start_soon(worker.serve)
        first = await ended(repository, (await repository.submit(job())).job.id)
        monkeypatch.undo()
        second = await ended(repository, (await repository.submit(job())).job.id)
        worker.stop()
    assert (first.status, first.error_code, second.status) == ("failed", "internal_error", "completed")


async def test_what_was_claimed_while_the_worker_was_cancelled_is_given_back(repository, storage, monkeypatch) -> None:
    """The statement of a turn goes on in its thread when nobody waits for it any more."""
    await repository.submit(job())
    exchange, entered = repository.exchange, anyio.Event()

    async def slow(*given: object, **options: object) -> object:
        entered.set()
        await anyio.sleep(0.2)
        return await exchange(*given, **options)

    monkeypatch.setattr(repository, "exchange", slow)
    async with Scripted(done) as runner:
        worker = Worker(repository, storage, runner, Work(), QUICK)
        serving = asyncio.create_task(worker.serve())
        await entered.wait()
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
    stats = await repository.stats(owner=ALL_OWNERS)
    assert (stats.pending, stats.processing) == (1, 0)
    assert not worker.running


class Away:
    """A repository whose database is away for some calls."""

    def __init__(self, inner: object, failures: int) -> None:
        self.inner, self.failures = inner, failures

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    async def exchange(self, settlements: object, *args: object, **kwargs: object) -> object:
        if settlements and self.failures:
            self.failures -= 1
            raise ConnectionError("the server closed the connection")
        return await self.inner.exchange(settlements, *args, **kwargs)


async def test_an_outcome_survives_an_absence_of_the_database(repository, storage) -> None:
    away = Away(repository, failures=3)
    async with Scripted(done) as runner, anyio.create_task_group() as group:
        worker = Worker(away, storage, runner, Work(), QUICK)
        group.start_soon(worker.serve)
        found = await ended(repository, (await repository.submit(job())).job.id)
        worker.stop()
    assert (found.status, found.attempt, away.failures, runner.started) == ("completed", 1, 0, 1)


class Recorder(Observer):
    def __init__(self) -> None:
        self.batches: list[UUID] = []
        self.ends: list[Settled] = []
        self.attempts: list[Claim] = []

    def attempted(self, claim: Claim, outcome: AttemptOutcome, started_ns: int) -> None:
        self.attempts.append(claim)

    def settled(self, settled: Settled) -> None:
        self.ends.append(settled)

    def batch_ended(self, batch_id: UUID) -> None:
        self.batches.append(batch_id)


async def test_the_end_of_a_batch_is_told_once_when_two_workers_end_it(repository, storage) -> None:
    seen = Recorder()
    batches = [NewBatch() for _ in range(5)]
    async with Scripted(done) as runner, anyio.create_task_group() as group:
        workers = [Worker(repository, storage, runner, Work(), QUICK, observers=[seen]) for _ in range(2)]
        for worker in workers:
            group.start_soon(worker.serve)
        for batch in batches:
            await repository.submit_many([job() for _ in range(8)], batch=batch)
        with anyio.fail_after(15):
            while len(seen.batches) < 5:
                await anyio.sleep(0.02)
        await anyio.sleep(0.3)
        for worker in workers:
            worker.stop()
    assert sorted(seen.batches) == sorted(batch.id for batch in batches)
    assert len(seen.ends) == len(seen.attempts) == 40


async def test_one_owners_backlog_does_not_hold_up_anothers_first_job(repository, storage) -> None:
    seen = Recorder()
    await repository.submit_many([job(owner_id="heavy") for _ in range(500)])
    first = (await repository.submit(job(owner_id="light"))).job.id
    async with Scripted(waits(0.005), slots=4) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), QUICK, observers=[seen])
        group.start_soon(worker.serve)
        await ended(repository, first)
        worker.stop()
    assert [claim.job.owner_id for claim in seen.attempts].index("light") < 8


class Queue:
    """An external queue that does nothing with its messages."""

    def __init__(self) -> None:
        self.sent: list[UUID] = []

    async def dispatch(self, job_id: UUID) -> str | None:
        self.sent.append(job_id)
        return f"task-{len(self.sent)}"


async def test_a_job_that_the_queue_lost_is_dispatched_again_and_not_run_here(repository, storage) -> None:
    queue = Queue()
    settings = WorkerSettings(poll_s=0.05, maintain_s=0.1, redispatch_after_s=0.3)
    submitted = await repository.submit(job())
    async with Scripted(done) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), settings, dispatcher=queue)
        group.start_soon(worker.serve)
        with anyio.fail_after(10):
            while len(queue.sent) < 2:
                await anyio.sleep(0.02)
        worker.stop()
    assert set(queue.sent) == {submitted.job.id}
    assert runner.started == 0
    assert (await repository.get(submitted.job.id, owner=ALL_OWNERS)).external_task_id.startswith("task-")


async def test_old_jobs_are_pruned_with_their_results(repository, storage) -> None:
    large = AttemptOutcome(result_json=b'"' + b"x" * INLINE_RESULT_BYTES + b'"')
    settings = WorkerSettings(poll_s=0.05, maintain_s=0.1, prune_after_s=0.5)
    async with Scripted(lambda *_: large) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), settings)
        group.start_soon(worker.serve)
        submitted = await repository.submit(job())
        with anyio.fail_after(10):
            while await repository.get(submitted.job.id, owner=ALL_OWNERS) is not None:
                await anyio.sleep(0.05)
        worker.stop()
    assert [item.key async for item in storage.list("results/")] == []


async def test_a_heartbeat_of_a_stale_token_extends_nothing(repository, storage) -> None:
    await repository.submit(job())
    [claim] = await repository.claim(1, worker="a", lease_s=60)
    beat = await repository.heartbeat([Held(claim.id, claim.attempt + 1)], worker="a", lease_s=60)
    assert beat.lost == {(claim.id, claim.attempt + 1)}


async def test_slots_that_a_runner_gets_later_are_used_at_once(repository, storage) -> None:
    """A cluster grows while all of its slots are taken by long jobs, and nobody tells the worker."""
    async with Scripted(waits(60), slots=1) as runner, anyio.create_task_group() as group:
        runner._free = asyncio.Semaphore(9)
        worker = Worker(repository, storage, runner, Work(), WorkerSettings(poll_s=0.1, maintain_s=60, grace_s=0))
        await repository.submit_many([job() for _ in range(3)])
        group.start_soon(worker.serve)
        with anyio.fail_after(15):
            while runner.started < 1:
                await anyio.sleep(0.01)
            await anyio.sleep(0.3)
            assert runner.started == 1
            runner._slots = 3
            while runner.started < 3:
                await anyio.sleep(0.01)
        worker.stop()
