"""Jobs that take less time than a turn of the database: some are claimed ahead, and given back when it was wrong."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import anyio
import pytest

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.jobs import ALL_OWNERS, ClaimFilter, ConcurrencyLimits, Outcome
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.worker import Work, Worker, WorkerSettings
from pybase_extraction.worker.running import Flag
from tests.worker.test_worker import Scripted, done, job

pytestmark = pytest.mark.anyio
CALM = WorkerSettings(lease_s=30, poll_s=0.05, grace_s=5, maintain_s=60)


class Distant:
    """A repository whose turns take five milliseconds."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.turns = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def exchange(self, *given: Any, **options: Any) -> Any:
        self.turns += 1
        await asyncio.sleep(0.005)
        return await self.inner.exchange(*given, **options)


class Counting(Worker):
    """Notes the most jobs that it has held and run at once."""

    most_held = most_busy = 0

    async def _run_and_queue(self, running: Any) -> None:
        self.most_held = max(self.most_held, len(self.running))
        self.most_busy = max(self.most_busy, self._slots._busy)
        await super()._run_and_queue(running)


async def until(is_so: Callable[[], Any]) -> None:
    with anyio.fail_after(20):
        while not await is_so():
            await anyio.sleep(0.01)


def completed(repository: Any, number: int) -> Callable[[], Any]:
    async def is_so() -> bool:
        return (await repository.stats(owner=ALL_OWNERS)).completed >= number

    return is_so


async def drained(repository: Any, storage: Any, settings: WorkerSettings, jobs: int) -> tuple[Counting, Distant]:
    """Let a worker with two slots do short jobs."""
    distant = Distant(repository)
    await repository.submit_many([job() for _ in range(jobs)])
    async with Scripted(done, slots=2) as runner, anyio.create_task_group() as group:
        worker = Counting(distant, storage, runner, Work(), settings)
        group.start_soon(worker.serve)
        await until(completed(repository, jobs))
        worker.stop()
    assert runner.started == jobs
    return worker, distant


async def test_short_jobs_are_claimed_ahead_and_no_more_run_at_once(repository, storage) -> None:
    worker, distant = await drained(repository, storage, CALM, 200)
    assert worker.most_held > 2
    assert worker.most_held <= 2 + 4 * 2
    assert worker.most_busy == 2
    # with two a turn there would be a hundred
    assert distant.turns < 80


async def test_within_limits_nothing_is_claimed_ahead(repository, storage) -> None:
    limited = WorkerSettings(poll_s=0.05, maintain_s=60, claims=ClaimFilter(limits=ConcurrencyLimits({"fake": 4})))
    worker, _ = await drained(repository, storage, limited, 100)
    assert worker.most_held <= 2


class Stalling:
    """Answers at once until it is told to stall; then a job waits until it may go on."""

    def __init__(self) -> None:
        self.stalls = self.is_stalled = False
        self.go_on = asyncio.Event()

    def act(self, _: AttemptRequest, __: threading.Event) -> Any:
        return self.wait() if self.stalls else done()

    async def wait(self) -> AttemptOutcome:
        self.is_stalled = True
        await self.go_on.wait()
        return done()


async def held_behind_a_long_job(repository: Any, stalling: Stalling, worker: Worker) -> Sequence[Any]:
    """Wait until a job stalls in the only slot while others are held behind it."""
    await repository.submit_many([job() for _ in range(150)])
    await until(completed(repository, 100))
    stalling.stalls = True

    async def are_held() -> bool:
        return stalling.is_stalled and worker._slots.waiting > 0

    await until(are_held)
    return list(worker._slots._waiting)


async def test_jobs_behind_a_long_one_go_to_another_worker(repository, storage) -> None:
    stalling = Stalling()
    async with (
        Scripted(stalling.act, slots=1) as slow,
        Scripted(done, slots=1) as swift,
        anyio.create_task_group() as group,
    ):
        first = Worker(Distant(repository), storage, slow, Work(), CALM)
        group.start_soon(first.serve)
        waiting = await held_behind_a_long_job(repository, stalling, first)
        second = Worker(repository, storage, swift, Work(), CALM)
        group.start_soon(second.serve)
        await until(completed(repository, 149))
        stalling.go_on.set()
        await until(completed(repository, 150))
        first.stop()
        second.stop()
    logs = [await repository.attempts(item.claim.id, owner=ALL_OWNERS) for item in waiting]
    given_back = [log for log in logs if [line.outcome for line in log] == [Outcome.RELEASE, Outcome.COMPLETE]]
    assert given_back == logs
    assert all(line.error_code is None for log in logs for line in log)


async def test_a_worker_that_stops_gives_back_what_it_has_not_begun(repository, storage) -> None:
    stalling = Stalling()
    async with Scripted(stalling.act, slots=1) as runner, anyio.create_task_group() as group:
        worker = Worker(Distant(repository), storage, runner, Work(), CALM)
        group.start_soon(worker.serve)
        waiting = await held_behind_a_long_job(repository, stalling, worker)
        started = time.monotonic()
        worker.stop()

        async def are_ready() -> bool:
            found = [await repository.get(item.claim.id, owner=ALL_OWNERS) for item in waiting]
            return {each.status for each in found} == {"pending"}

        await until(are_ready)
        assert time.monotonic() - started < CALM.grace_s
        stalling.go_on.set()
    assert (await repository.stats(owner=ALL_OWNERS)).processing == 0


async def test_a_job_that_took_a_worker_down_has_nobody_waiting_behind_it(repository, storage) -> None:
    distant = Distant(repository)
    async with Scripted(done, slots=1) as runner:
        worker = Worker(distant, storage, runner, Work(), CALM)
        worker._slots._mean_s = 0.0001
        assert worker._slots.ahead(0.005) == 4
        crashed = (await repository.submit(job())).job
        [claim] = await repository.claim(1, worker="dead", lease_s=0.01)
        await anyio.sleep(0.05)
        at_once = Work(retry=RetryPolicy(base_s=0, jitter=0))
        await repository.rescue(at_once.settle_orphan)
        [claim] = await repository.claim(1, worker=worker.name)
        assert (claim.id, claim.job.crash_count) == (crashed.id, 1)
        async with asyncio.TaskGroup() as group:
            worker._slots.start(group, [worker._hold(claim)])
            assert worker._slots.ahead(0.005) == 0


async def test_a_job_that_was_lost_while_it_waited_is_not_begun(repository, storage) -> None:
    await repository.submit(job())
    async with Scripted(done, slots=1) as runner:
        worker = Worker(repository, storage, runner, Work(), CALM)
        [claim] = await repository.claim(1, worker=worker.name)
        running = worker._hold(claim)
        running.lose()
        await worker._run_and_queue(running)
    assert (runner.started, worker.running, worker._ended) == (0, {}, [])


def test_a_flag_wakes_those_who_wait_for_it() -> None:
    flag = Flag()
    assert not flag.is_set()
    assert not flag.wait(0.01)
    heard = []
    waiter = threading.Thread(target=lambda: heard.append(flag.wait(10)))
    waiter.start()
    flag.set()
    waiter.join()
    assert heard == [True]
    assert flag.is_set()
    assert flag.wait(0)
    flag.clear()
    assert not flag.wait(0.01)
