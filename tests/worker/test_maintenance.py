"""What any worker does from time to time: one failure of it must not keep the rest from being done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from pybase_extraction.attempt import AttemptOutcome
from pybase_extraction.errors import RateLimitedError
from pybase_extraction.jobs import ALL_OWNERS
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.worker import INLINE_RESULT_BYTES, Work, Worker, WorkerSettings, maintenance
from tests.worker.test_worker import QUICK, Queue, Scripted, done, ended, job, waits

pytestmark = pytest.mark.anyio
SELDOM = WorkerSettings(lease_s=0.3, poll_s=0.05, maintain_s=30, redispatch_after_s=60)
"""A second round of maintenance would come too late for a test."""


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(15):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_job_whose_options_nobody_understands_ends_and_the_worker_goes_on(repository, storage) -> None:
    odd = (await repository.submit(job(options={"enrich": 5}))).job
    sound = (await repository.submit(job())).job
    async with Scripted(done) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), QUICK)
        group.start_soon(worker.serve)
        assert (await ended(repository, odd.id)).error_code == "invalid_options"
        assert (await ended(repository, sound.id)).status == "completed"
        worker.stop()


async def test_due_jobs_start_where_orphans_cannot_be_rescued(repository, storage, monkeypatch) -> None:
    async def away(*_: Any, **__: Any) -> Any:
        raise ConnectionError

    monkeypatch.setattr(repository, "rescue", away)
    scheduled = (await repository.submit(job(delay_s=0.05))).job
    async with Scripted(done) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), QUICK)
        group.start_soon(worker.serve)
        assert (await ended(repository, scheduled.id)).status == "completed"
        worker.stop()


async def test_a_long_tail_of_old_jobs_is_pruned_without_waiting_for_the_next_round(
    repository, storage, monkeypatch
) -> None:
    monkeypatch.setattr(maintenance, "_AT_ONCE", 2)
    await repository.submit_many([job() for _ in range(9)])
    for found in (await repository.find(owner=ALL_OWNERS)).jobs:
        await repository.cancel(owner=ALL_OWNERS, job_id=found.id)
    settings = WorkerSettings(poll_s=0.05, maintain_s=30, prune_after_s=0)
    async with Scripted(done) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), settings)
        group.start_soon(worker.serve)
        with anyio.fail_after(15):
            while (await repository.stats(owner=ALL_OWNERS)).cancelled:
                await asyncio.sleep(0.02)
        worker.stop()


async def test_a_rescued_job_that_need_not_wait_is_dispatched(repository, storage) -> None:
    """Nobody promotes what is ready at once, and its message was used up by the worker that died."""
    queue, orphan = Queue(), (await repository.submit(job())).job
    await repository.claim(1, worker="dead", lease_s=0.01)
    await asyncio.sleep(0.05)
    async with Scripted(done) as runner, anyio.create_task_group() as group:
        work = Work(retry=RetryPolicy(base_s=0))
        worker = Worker(repository, storage, runner, work, SELDOM, dispatcher=queue)
        group.start_soon(worker.serve)
        await until(lambda: queue.sent == [orphan.id])
        worker.stop()


async def test_a_job_that_its_task_gives_back_is_dispatched_again(repository, storage) -> None:
    queue, submitted = Queue(), (await repository.submit(job())).job
    async with Scripted(waits(60)) as runner:
        worker = Worker(repository, storage, runner, Work(), SELDOM, dispatcher=queue)
        claim = await repository.claim_by_id(submitted.id, worker=worker.name, lease_s=60)
        running = asyncio.create_task(worker.run_one(claim))
        await until(lambda: runner.started == 1)
        running.cancel()
        await asyncio.wait([running])
    assert queue.sent == [submitted.id]
    assert (await repository.get(submitted.id, owner=ALL_OWNERS)).status == "pending"


@pytest.mark.parametrize("pause_s", [0, 3600])
async def test_a_job_that_may_be_repeated_at_once_is_dispatched_at_once(pause_s, repository, storage) -> None:
    """What is due later is sent when it is due."""
    queue, submitted = Queue(), (await repository.submit(job())).job
    full = AttemptOutcome(error=RateLimitedError("Too many.", retry_after_s=pause_s))
    async with Scripted(lambda *_: full) as runner:
        worker = Worker(repository, storage, runner, Work(), SELDOM, dispatcher=queue)
        claim = await repository.claim_by_id(submitted.id, worker=worker.name, lease_s=60)
        await worker.run_one(claim)
    assert queue.sent == ([] if pause_s else [submitted.id])


async def test_a_queue_that_is_away_costs_a_finished_task_nothing(repository, storage, monkeypatch) -> None:
    queue, submitted = Queue(), (await repository.submit(job())).job

    async def away(*_: Any) -> Any:
        raise ConnectionError

    monkeypatch.setattr(repository, "set_external_task", away)
    full = AttemptOutcome(error=RateLimitedError("Too many.", retry_after_s=0))
    async with Scripted(lambda *_: full) as runner:
        worker = Worker(repository, storage, runner, Work(), SELDOM, dispatcher=queue)
        claim = await repository.claim_by_id(submitted.id, worker=worker.name, lease_s=60)
        await worker.run_one(claim)
    assert (await repository.get(submitted.id, owner=ALL_OWNERS)).status == "pending"


async def test_a_storage_that_deletes_slowly_does_not_hold_up_due_jobs(repository, storage, monkeypatch) -> None:
    deleting, go_on = asyncio.Event(), asyncio.Event()

    async def delete(_key: str) -> bool:
        deleting.set()
        await go_on.wait()
        return True

    monkeypatch.setattr(storage, "delete", delete)
    large = AttemptOutcome(result_json=b'"' + b"x" * INLINE_RESULT_BYTES + b'"')
    settings = WorkerSettings(poll_s=0.05, maintain_s=0.1, prune_after_s=0.1)
    async with Scripted(lambda *_: large) as runner:
        worker = Worker(repository, storage, runner, Work(), settings)
        serving = asyncio.create_task(worker.serve())
        await repository.submit(job())
        with anyio.fail_after(15):
            await deleting.wait()
        scheduled = (await repository.submit(job(delay_s=0.05))).job
        with anyio.fail_after(15):
            while (await repository.get(scheduled.id, owner=ALL_OWNERS)).started_at is None:
                await asyncio.sleep(0.02)
        go_on.set()
        worker.stop()
        await serving


async def test_results_that_cannot_be_deleted_stop_the_pruning(repository, storage, monkeypatch) -> None:
    """Otherwise a storage that is away for a minute would leave all old results to the search for orphans."""
    monkeypatch.setattr(maintenance, "_AT_ONCE", 2)
    tried = 0

    async def away(_key: str) -> bool:
        nonlocal tried
        tried += 1
        raise ConnectionError

    monkeypatch.setattr(storage, "delete", away)
    large = AttemptOutcome(result_json=b'"' + b"x" * INLINE_RESULT_BYTES + b'"')
    jobs = await repository.submit_many([job() for _ in range(6)])
    async with Scripted(lambda *_: large) as runner, anyio.create_task_group() as group:
        settings = WorkerSettings(poll_s=0.05, maintain_s=30, prune_after_s=3600)
        first = Worker(repository, storage, runner, Work(), settings)
        group.start_soon(first.serve)
        for receipt in jobs:
            await ended(repository, receipt.id)
        first.stop()
    async with Scripted(done) as runner, anyio.create_task_group() as group:
        worker = Worker(repository, storage, runner, Work(), WorkerSettings(maintain_s=30, prune_after_s=0))
        group.start_soon(worker.serve)
        await until(lambda: tried == 1)
        await asyncio.sleep(0.3)
        worker.stop()
    assert tried == 1
    assert (await repository.stats(owner=ALL_OWNERS)).completed == 4
