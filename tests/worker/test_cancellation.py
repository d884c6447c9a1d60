"""What becomes of jobs, outcomes and events when tasks are cancelled or leases run out unnoticed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.errors import ExtractionCancelledError, ServiceUnavailableError
from pybase_extraction.jobs import ALL_OWNERS, NewBatch
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.worker import Work, Worker, WorkerSettings
from tests.worker.test_worker import QUICK, Queue, Recorder, Scripted, done, ended, job, waits

pytestmark = pytest.mark.anyio


def held_up(call: Callable[..., Awaitable[Any]]) -> tuple[Callable[..., Awaitable[Any]], asyncio.Event, asyncio.Event]:
    """Let the database answer and the caller wait: what it asks for is done before it hears of it."""
    answered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*args: Any, **kwargs: Any) -> Any:
        found = await call(*args, **kwargs)
        answered.set()
        await go_on.wait()
        return found

    return slow, answered, go_on


async def test_a_job_run_by_its_id_is_given_back_when_its_task_is_cancelled(repository, storage) -> None:
    submitted = (await repository.submit(job())).job
    async with Scripted(waits(60)) as runner:
        worker = Worker(repository, storage, runner, Work(), QUICK)
        claim = await repository.claim_by_id(submitted.id, worker=worker.name, lease_s=60)
        running = asyncio.create_task(worker.run_one(claim))
        while not runner.started:
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])
    found = await repository.get(submitted.id, owner=ALL_OWNERS)
    assert (found.status, found.retry_count, found.crash_count) == ("pending", 0, 0)
    # else the next job of this worker would keep the lease of this one for ever
    assert worker.running == {}


async def test_an_outcome_that_is_being_written_survives_the_cancellation(repository, storage, monkeypatch) -> None:
    submitted = (await repository.submit(job())).job
    slow, answered, go_on = held_up(repository.settle)
    monkeypatch.setattr(repository, "settle", slow)
    async with Scripted(done) as runner:
        worker = Worker(repository, storage, runner, Work(), QUICK)
        claim = await repository.claim_by_id(submitted.id, worker=worker.name, lease_s=60)
        running = asyncio.create_task(worker.run_one(claim))
        await answered.wait()
        running.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([running])
    assert running.cancelled()
    assert (await repository.get(submitted.id, owner=ALL_OWNERS)).status == "completed"
    assert worker.running == {}


@pytest.mark.parametrize(("pause_s", "sent"), [(60, 0), (0, 1)])
async def test_a_retry_is_sent_to_the_queue_when_it_is_due_also_when_its_task_was_cancelled(
    repository, storage, monkeypatch, pause_s: float, sent: int
) -> None:
    submitted = (await repository.submit(job())).job
    slow, answered, go_on = held_up(repository.settle)
    monkeypatch.setattr(repository, "settle", slow)
    away, queue = AttemptOutcome(error=ServiceUnavailableError("away")), Queue()
    work = Work(retry=RetryPolicy(base_s=pause_s, jitter=0))
    async with Scripted(lambda *_: away) as runner:
        worker = Worker(repository, storage, runner, work, QUICK, dispatcher=queue)
        claim = await repository.claim_by_id(submitted.id, worker=worker.name, lease_s=60)
        running = asyncio.create_task(worker.run_one(claim))
        await answered.wait()
        running.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([running])
    found = await repository.get(submitted.id, owner=ALL_OWNERS)
    assert (found.status, found.is_scheduled) == ("pending", not sent)
    assert queue.sent == [submitted.id] * sent


@pytest.mark.parametrize("pause_s", [60, 0])
async def test_a_retry_that_could_not_be_written_before_the_cancellation_is_sent_when_it_is_due(
    repository, storage, monkeypatch, pause_s: float
) -> None:
    submitted = (await repository.submit(job())).job
    settle, tried = repository.settle, asyncio.Event()

    async def away_once(ends: Any) -> Any:
        if not tried.is_set():
            tried.set()
            raise ConnectionError("the server closed the connection")
        return await settle(ends)

    monkeypatch.setattr(repository, "settle", away_once)
    outcome, queue = AttemptOutcome(error=ServiceUnavailableError("away")), Queue()
    work, slow = Work(retry=RetryPolicy(base_s=pause_s, jitter=0)), WorkerSettings(poll_s=30)
    async with Scripted(lambda *_: outcome) as runner:
        worker = Worker(repository, storage, runner, work, slow, dispatcher=queue)
        claim = await repository.claim_by_id(submitted.id, worker=worker.name, lease_s=60)
        running = asyncio.create_task(worker.run_one(claim))
        await tried.wait()
        running.cancel()
        await asyncio.wait([running])
    assert (await repository.get(submitted.id, owner=ALL_OWNERS)).retry_count == 1
    assert queue.sent == ([] if pause_s else [submitted.id])


async def test_an_outcome_that_was_written_is_not_called_lost(repository, storage, monkeypatch, caplog) -> None:
    submitted = (await repository.submit(job())).job
    slow, answered, go_on = held_up(repository.settle)
    monkeypatch.setattr(repository, "settle", slow)
    async with Scripted(done) as runner:
        worker = Worker(repository, storage, runner, Work(), QUICK)
        claim = await repository.claim_by_id(submitted.id, worker=worker.name, lease_s=60)
        running = asyncio.create_task(worker.run_one(claim))
        await answered.wait()
        running.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([running])
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


async def test_the_end_of_a_batch_is_told_by_a_worker_that_is_cancelled_meanwhile(
    repository,
    storage,
    monkeypatch,
) -> None:
    seen, batch = Recorder(), NewBatch()
    slow, answered, go_on = held_up(repository.finish_batches)
    calm = WorkerSettings(poll_s=0.05, maintain_s=60)
    async with Scripted(done) as runner:
        worker = Worker(repository, storage, runner, Work(), calm, observers=[seen])
        serving = asyncio.create_task(worker.serve())
        await asyncio.sleep(0.2)  # the first round of maintenance is over
        monkeypatch.setattr(repository, "finish_batches", slow)
        await repository.submit_many([job()], batch=batch)
        await answered.wait()
        serving.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([serving])
    assert seen.batches == [batch.id]


async def test_an_attempt_whose_job_has_come_back_is_stopped(repository, storage, monkeypatch) -> None:
    stopped = []

    async def until_cancelled(cancelled: threading.Event) -> AttemptOutcome:
        while not cancelled.is_set():
            await asyncio.sleep(0.01)
        stopped.append(True)
        return AttemptOutcome(error=ExtractionCancelledError("Stopped."))

    def act(_: AttemptRequest, cancelled: threading.Event) -> Any:
        return until_cancelled(cancelled) if runner.started == 1 else done()

    async def unheard(*_: object, **__: object) -> None:
        raise ConnectionError("the network is away for heartbeats only")

    monkeypatch.setattr(repository, "heartbeat", unheard)
    settings = WorkerSettings(lease_s=0.3, poll_s=0.05, maintain_s=0.1, grace_s=5)
    async with Scripted(act) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(retry=RetryPolicy(base_s=0)), settings)
        group.start_soon(worker.serve)
        found = await ended(repository, (await repository.submit(job())).job.id)
        with anyio.fail_after(5):
            while not stopped:
                await asyncio.sleep(0.01)
        worker.stop()
    assert (found.status, found.crash_count, found.attempt) == ("completed", 1, 2)
