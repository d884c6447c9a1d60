"""Probes and Prometheus ask a worker over real sockets."""

from __future__ import annotations

import re
from pathlib import Path

import anyio
import httpx
import pytest

from pybase_extraction.errors import SchemaOutdatedError
from pybase_extraction.integrations.health import Health, serve_health
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.repositories.memory import MemoryJobRepository
from pybase_extraction.runners.thread import ThreadPoolRunner
from pybase_extraction.source import Source
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.testing.runner import fake_registry
from pybase_extraction.worker import WorkerSettings

pytestmark = pytest.mark.anyio
SAMPLE = re.compile(r'^[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+$')


class Mortal(MemoryJobRepository):
    """Fails as a database does that is away, or whose tables are of another version."""

    failure: Exception | None = None

    async def stats(self, *, owner):
        self._fail()
        return await super().stats(owner=owner)

    async def exchange(self, *args, **kwargs):
        if isinstance(self.failure, SchemaOutdatedError):
            self._fail()
        return await super().exchange(*args, **kwargs)

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


def make(repository: MemoryJobRepository, folder: Path, health: Health) -> ExtractionManager:
    return ExtractionManager(
        repository, LocalStorage(folder), runner=ThreadPoolRunner(2), registry=fake_registry(), observers=[health],
        settings=WorkerSettings(poll_s=0.05, maintain_s=0.1),
    )  # fmt: skip


async def test_metrics_count_what_happened_and_probes_tell_what_is(tmp_path: Path) -> None:
    health, repository = Health(), Mortal()
    async with make(repository, tmp_path, health) as manager, anyio.create_task_group() as group:
        host, port = await group.start(serve_health, manager, health)
        for number, options in enumerate(({}, {}, {"raises": "CorruptedFileError"})):
            source = Source.from_bytes(b"FAKE %d" % number, name="a.fake")
            job = await manager.submit(source, owner=None, options=options)
            await manager.wait(job.id, owner=None)
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
            assert (await client.get("/live")).status_code == 200
            assert (await client.get("/ready")).text == "ready\n"
            text = (await client.get("/metrics")).text
            assert (await client.head("/metrics")).content == b""
            assert (await client.post("/live")).status_code == 405
            assert (await client.get("/secrets")).status_code == 404
            lines = [line for line in text.splitlines() if not line.startswith("#")]
            assert all(SAMPLE.match(line) for line in lines), text
            assert 'pybase_extraction_jobs{status="completed"} 2' in lines
            assert 'pybase_extraction_jobs{status="failed"} 1' in lines
            assert 'pybase_extraction_settled_total{status="completed"} 2' in lines
            assert 'pybase_extraction_attempt_duration_seconds_count{format="fake",outcome="completed"} 2' in lines
            assert (
                'pybase_extraction_attempt_duration_seconds_bucket{format="fake",outcome="completed",le="+Inf"} 2'
                in lines
            )
            assert "pybase_extraction_slots 2" in lines
            repository.failure = ConnectionError("the database is away")
            assert (await client.get("/ready")).status_code == 503
            assert (await client.get("/live")).status_code == 200, "a restart would not bring the database back"
            repository.failure = None
            assert (await client.get("/ready")).status_code == 200
        group.cancel_scope.cancel()


async def test_a_worker_that_has_ended_by_a_failure_is_not_live(tmp_path: Path) -> None:
    health, repository = Health(), Mortal()
    async with make(repository, tmp_path, health) as manager, anyio.create_task_group() as group:
        host, port = await group.start(serve_health, manager, health)
        repository.failure = SchemaOutdatedError("The tables are older than the library.")
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
            with anyio.fail_after(10):
                while (answer := await client.get("/live")).status_code == 200:
                    await anyio.sleep(0.02)
            assert answer.status_code == 503
            assert "tables are older" in answer.text
        group.cancel_scope.cancel()


async def test_nonsense_and_silence_hurt_no_probe(tmp_path: Path) -> None:
    health = Health()
    async with make(Mortal(), tmp_path, health) as manager, anyio.create_task_group() as group:
        host, port = await group.start(serve_health, manager, health)
        silent = await anyio.connect_tcp(host, port)
        async with await anyio.connect_tcp(host, port) as stream:
            await stream.send(b"\x16\x03\x01" + b"x" * 9000)
            assert b" 400 " in await stream.receive()
        async with await anyio.connect_tcp(host, port) as stream:
            await stream.send(b"GET /live")  # hangs up in the middle
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://{host}:{port}/live")).status_code == 200
        await silent.aclose()
        group.cancel_scope.cancel()
