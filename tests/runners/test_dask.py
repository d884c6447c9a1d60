"""Attempts on a cluster of real Dask workers, each a process of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

distributed = pytest.importorskip("distributed")

from pybase_extraction.jobs import JobStatus  # noqa: E402
from pybase_extraction.manager import ExtractionManager  # noqa: E402
from pybase_extraction.repositories.memory import MemoryJobRepository  # noqa: E402
from pybase_extraction.runners.base import Runner  # noqa: E402
from pybase_extraction.runners.dask import DaskRunner  # noqa: E402
from pybase_extraction.source import Source  # noqa: E402
from pybase_extraction.storage.local import LocalStorage  # noqa: E402
from pybase_extraction.testing.runner import RunnerConformance, fake_registry  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed")]


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=2, processes=True, dashboard_address=":0", resources={"memory": 1}
        ) as cluster,
        distributed.Client(cluster) as made,
    ):
        yield made


class TestDaskRunner(RunnerConformance):
    survives_crashes = True
    limits_memory = True
    patience_s = 10.0

    @pytest.fixture
    async def runner(self, client: Any) -> AsyncIterator[Runner]:
        made = DaskRunner(client, slots=2)
        made.bind(fake_registry())
        async with made:
            yield made


@pytest.mark.anyio
async def test_jobs_of_a_killed_worker_are_done_again(client: Any, tmp_path: Path) -> None:
    runner = DaskRunner(client, resources_of={"fake": {"memory": 0.5}})
    manager = ExtractionManager(MemoryJobRepository(), LocalStorage(tmp_path), runner=runner, registry=fake_registry())
    async with manager:
        jobs = [
            await manager.submit(Source.from_bytes(b"FAKE %d" % n, name="a.fake"), owner=None, options={"sleep_s": 0.5})
            for n in range(16)
        ]
        await manager.wait(jobs[0].id, owner=None)
        victim = next(iter((await anyio.to_thread.run_sync(client.run, os.getpid)).values()))
        os.kill(victim, signal.SIGKILL)
        with anyio.fail_after(60):
            ended = [await manager.wait(job.id, owner=None) for job in jobs]
        assert {job.status for job in ended} == {JobStatus.COMPLETED}
        assert {(await manager.attempts(job.id, owner=None))[-1].number for job in jobs} == {1}


@pytest.mark.anyio
async def test_a_cluster_that_begins_with_no_worker_is_used_as_it_grows(tmp_path: Path) -> None:
    """The worker of the manager is told by nobody that there are more slots."""
    cluster = await anyio.to_thread.run_sync(
        lambda: distributed.LocalCluster(n_workers=0, threads_per_worker=2, processes=False, dashboard_address=None)
    )
    client = await anyio.to_thread.run_sync(lambda: distributed.Client(cluster))
    try:
        runner = DaskRunner(client)
        assert runner.slots == 2
        manager = ExtractionManager(
            MemoryJobRepository(), LocalStorage(tmp_path), runner=runner, registry=fake_registry(),
        )  # fmt: skip
        async with manager:
            batch = await manager.submit_many(
                [Source.from_bytes(b"FAKE %d" % n, name="a.fake") for n in range(12)], owner=None
            )
            await anyio.sleep(0.5)
            assert (await manager.stats(owner=None)).processing == 2
            await anyio.to_thread.run_sync(cluster.scale, 2)
            with anyio.fail_after(60):
                while runner.slots != 8:
                    await anyio.sleep(0.05)
                assert (await manager.wait_batch(batch.id, owner=None)).completed == 12
    finally:
        await anyio.to_thread.run_sync(client.close)
        await anyio.to_thread.run_sync(cluster.close)


def test_what_is_no_client_is_refused() -> None:
    with pytest.raises(ValueError, match=r"distributed\.Client"):
        DaskRunner("tcp://127.0.0.1:8786")
