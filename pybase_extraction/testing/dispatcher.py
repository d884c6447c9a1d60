"""The conformance suite of external queues.

Subclass ``DispatcherConformance`` and give it one fixture; pytest needs the plugin of anyio, which comes with it::

    class TestMine(DispatcherConformance):
        withdraws = True                # what it can do besides: see the attributes

        @pytest.fixture
        async def queue(self):
            return MyQueueUnderTest()   # see QueueUnderTest
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol
from uuid import UUID, uuid4

import anyio
import pytest

from pybase_extraction.jobs import Job, JobStatus
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.repositories.memory import MemoryJobRepository
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.base import Dispatcher, RevokingDispatcher
from pybase_extraction.runners.thread import ThreadPoolRunner
from pybase_extraction.source import Source
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.testing.runner import fake_registry
from pybase_extraction.worker import WorkerSettings

Run = Callable[[UUID], Awaitable[None]]
"""What is done with the id that a message carries; it may raise."""


class QueueUnderTest(Protocol):
    """A queue as the suite uses it: its dispatcher, and the two things that happen to its messages."""

    @property
    def dispatcher(self) -> Dispatcher:
        """What is tested."""
        ...

    def consume(self, run: Run) -> AbstractAsyncContextManager[None]:
        """Deliver messages to ``run``, on the suite's event loop, until the context is left.

        A ``run`` that raises must not keep later messages from being delivered.
        """
        ...

    async def lose(self) -> None:
        """Lose every message that waits, as a broker does that is emptied."""
        ...


@dataclass(slots=True)
class _Deployment:
    """A host that submits and a worker that is told ids, over one repository."""

    host: ExtractionManager
    consumer: ExtractionManager
    delivered: list[UUID] = field(default_factory=list)

    async def run(self, job_id: UUID) -> None:
        self.delivered.append(job_id)
        await self.consumer.run(job_id)

    async def submit(self, number: int = 0, **options: object) -> Job:
        source = Source.from_bytes(b"FAKE %d" % number, name="a.fake")
        return await self.host.submit(source, owner=None, options=options)

    async def sent(self, job: Job) -> str:
        """Wait until the job was given to the queue."""
        while (found := (await self.host.get(job.id, owner=None)).external_task_id) is None:  # noqa: ASYNC110
            await anyio.sleep(0.01)
        return found

    async def attempts(self, job: Job) -> int:
        return len(await self.host.attempts(job.id, owner=None))


class DispatcherConformance:
    """What every queue does; each test is one promise.

    Attributes:
        withdraws: A message that was revoked while nobody consumed is never delivered.
        patience_s: Most seconds that a test waits for the queue.
    """

    pytestmark = pytest.mark.anyio

    withdraws: ClassVar[bool] = False
    patience_s: ClassVar[float] = 20.0

    @pytest.fixture
    def anyio_backend(self) -> str:
        """Run on asyncio."""
        return "asyncio"

    @asynccontextmanager
    async def _deploy(self, queue: QueueUnderTest, folder: Path) -> AsyncIterator[_Deployment]:
        repository, storage = MemoryJobRepository(), LocalStorage(folder)
        retry = RetryPolicy(base_s=0.3, jitter=0, max_retries=1)
        settings = WorkerSettings(lease_s=5, poll_s=0.1, maintain_s=0.1, redispatch_after_s=0.5, grace_s=1)
        host = ExtractionManager(
            repository, storage, runner=ThreadPoolRunner(1), registry=fake_registry(), retry=retry,
            settings=settings, dispatcher=queue.dispatcher,
        )  # fmt: skip
        consumer = ExtractionManager(
            repository, storage, runner=ThreadPoolRunner(4), registry=fake_registry(), retry=retry,
            settings=settings, works=False,
        )  # fmt: skip
        with anyio.fail_after(self.patience_s):
            async with host, consumer:
                yield _Deployment(host, consumer)

    async def test_a_message_carries_a_job_to_its_end(self, queue: QueueUnderTest, tmp_path: Path) -> None:
        """A job is sent by itself, ends once, and keeps the id of its message."""
        async with self._deploy(queue, tmp_path) as deployment, queue.consume(deployment.run):
            job = await deployment.submit()
            ended = await deployment.host.wait(job.id, owner=None)
            assert ended.status is JobStatus.COMPLETED
            assert await deployment.sent(job)
            assert await deployment.attempts(job) == 1

    async def test_every_message_has_an_id_of_its_own(self, queue: QueueUnderTest) -> None:
        """A job that is sent again can be told from its first message, or the queue gives no ids at all."""
        job_id = uuid4()
        given = [await queue.dispatcher.dispatch(job_id) for _ in range(2)]
        await queue.lose()
        assert given == [None, None] or len(set(given)) == 2

    async def test_a_doubled_message_costs_nothing(self, queue: QueueUnderTest, tmp_path: Path) -> None:
        """Many messages of one job: one attempt."""
        async with self._deploy(queue, tmp_path) as deployment:
            job = await deployment.submit(sleep_s=0.1)
            for _ in range(4):
                await queue.dispatcher.dispatch(job.id)
            async with queue.consume(deployment.run):
                await self._delivered(deployment, job, 4)
                ended = await deployment.host.wait(job.id, owner=None)
            assert ended.status is JobStatus.COMPLETED
            assert await deployment.attempts(job) == 1

    async def test_a_lost_message_is_sent_again(self, queue: QueueUnderTest, tmp_path: Path) -> None:
        """The queue forgets everything: the job ends all the same."""
        async with self._deploy(queue, tmp_path) as deployment:
            job = await deployment.submit()
            await deployment.sent(job)
            await queue.lose()
            async with queue.consume(deployment.run):
                ended = await deployment.host.wait(job.id, owner=None)
            assert ended.status is JobStatus.COMPLETED
            assert await deployment.attempts(job) == 1

    async def test_a_late_message_changes_nothing(self, queue: QueueUnderTest, tmp_path: Path) -> None:
        """A message that comes after the end of its job leaves the outcome alone."""
        async with self._deploy(queue, tmp_path) as deployment:
            job = await deployment.submit()
            await deployment.sent(job)
            ended = await deployment.consumer.run(job.id)
            async with queue.consume(deployment.run):
                await self._delivered(deployment, job, 1)
            assert await deployment.host.get(job.id, owner=None) == ended
            assert await deployment.attempts(job) == 1

    async def test_messages_in_any_order_end_every_job_once(self, queue: QueueUnderTest, tmp_path: Path) -> None:
        """Later jobs first, and each of them again."""
        async with self._deploy(queue, tmp_path) as deployment:
            jobs = [await deployment.submit(number) for number in range(12)]
            for job in jobs:
                await deployment.sent(job)
            await queue.lose()
            for job in [*reversed(jobs), *jobs]:
                await queue.dispatcher.dispatch(job.id)
            async with queue.consume(deployment.run):
                ended = [await deployment.host.wait(job.id, owner=None) for job in jobs]
            assert Counter(job.status for job in ended) == {JobStatus.COMPLETED: len(jobs)}
            assert {await deployment.attempts(job) for job in jobs} == {1}

    async def test_a_message_of_no_job_stops_nothing(self, queue: QueueUnderTest, tmp_path: Path) -> None:
        """The transaction that submitted it was rolled back, or the job was deleted: others go on."""
        async with self._deploy(queue, tmp_path) as deployment, queue.consume(deployment.run):
            await queue.dispatcher.dispatch(uuid4())
            job = await deployment.submit()
            assert (await deployment.host.wait(job.id, owner=None)).status is JobStatus.COMPLETED

    async def test_the_database_says_when_a_retry_is_due(self, queue: QueueUnderTest, tmp_path: Path) -> None:
        """Messages that come before the time do not run the job early."""
        async with self._deploy(queue, tmp_path) as deployment, queue.consume(deployment.run):
            job = await deployment.submit(raises="TemporaryFailureError")
            while not (await deployment.host.get(job.id, owner=None)).is_scheduled:  # noqa: ASYNC110
                await anyio.sleep(0.01)
            for _ in range(3):
                await queue.dispatcher.dispatch(job.id)
            ended = await deployment.host.wait(job.id, owner=None)
            assert ended.status is JobStatus.FAILED
            first, second = await deployment.host.attempts(job.id, owner=None)
            assert second.started_at is not None
            assert (second.started_at - first.ended_at).total_seconds() >= 0.29, "base_s is 0.3"

    async def test_a_cancelled_job_never_runs(self, queue: QueueUnderTest, tmp_path: Path) -> None:
        """Its message is taken back where the queue can, and finds nothing to claim where it cannot."""
        async with self._deploy(queue, tmp_path) as deployment:
            job = await deployment.submit()
            await deployment.sent(job)
            assert (await deployment.host.cancel(job.id, owner=None)).status is JobStatus.CANCELLED
            other = await deployment.submit(1)
            async with queue.consume(deployment.run):
                await deployment.host.wait(other.id, owner=None)
            assert await deployment.attempts(job) == 0
            assert (await deployment.host.get(job.id, owner=None)).status is JobStatus.CANCELLED
            if self.withdraws:
                assert job.id not in deployment.delivered

    async def test_revoking_what_is_not_there_does_nothing(self, queue: QueueUnderTest) -> None:
        """Only for queues that can take messages back."""
        if not isinstance(queue.dispatcher, RevokingDispatcher):
            pytest.skip("this queue takes no message back")
        await queue.dispatcher.revoke(str(uuid4()))

    async def _delivered(self, deployment: _Deployment, job: Job, times: int) -> None:
        while deployment.delivered.count(job.id) < times:  # noqa: ASYNC110
            await anyio.sleep(0.01)
