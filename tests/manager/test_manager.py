"""The manager's verbs, over real child processes and SQLite."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import pytest

from pybase_extraction import errors
from pybase_extraction.blocking import BlockingExtractionManager
from pybase_extraction.extraction import aextract, extract
from pybase_extraction.extractor import Limits
from pybase_extraction.jobs import ALL_OWNERS, ClaimFilter, ConcurrencyLimits, JobQuery, JobStatus
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.runners.thread import ThreadPoolRunner
from pybase_extraction.source import Source
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.testing.fakes import FAKES
from pybase_extraction.worker import WorkerSettings

pytestmark = pytest.mark.anyio
SETTINGS = WorkerSettings(poll_s=0.1, maintain_s=0.2, grace_s=3)


@pytest.fixture(scope="module")
def registry() -> ExtractorRegistry:
    return ExtractorRegistry.discover(allow=[], plugins=[FAKES])


def make(folder: Path, registry: ExtractorRegistry, **fields: object) -> ExtractionManager:
    given = {"retry": RetryPolicy(base_s=0.1, jitter=0), "settings": SETTINGS, "runner": ProcessPoolRunner(2)} | fields
    return ExtractionManager(
        SqlJobRepository(folder / "jobs.db"), LocalStorage(folder / "files"), registry=registry, **given
    )


@pytest.fixture
async def manager(tmp_path: Path, registry: ExtractorRegistry) -> AsyncIterator[ExtractionManager]:
    async with make(tmp_path, registry) as made:
        yield made


def fake(text: bytes = b"FAKE", name: str = "a.fake") -> Source:
    return Source.from_bytes(text, name=name)


async def test_a_file_is_submitted_extracted_and_read(manager: ExtractionManager) -> None:
    job = await manager.submit(fake(), owner="mara")
    with anyio.fail_after(30):
        ended = await manager.wait(job.id, owner="mara")
    assert ended.status is JobStatus.COMPLETED
    assert (await manager.result(job.id, owner="mara")).format == "fake"
    assert [attempt.number for attempt in await manager.attempts(job.id, owner="mara")] == [1]
    assert (await manager.stats(owner="mara")).completed == 1


async def test_somebody_elses_job_does_not_exist(manager: ExtractionManager) -> None:
    job = await manager.submit(fake(), owner="mara")
    for verb in (manager.get, manager.result, manager.wait, manager.cancel, manager.retry, manager.delete):
        with pytest.raises(errors.JobNotFoundError):
            await verb(job.id, owner="other")
    assert (await manager.find(owner="other")).jobs == []
    assert (await manager.stats(owner="other")).total == 0
    assert (await manager.get(job.id, owner=ALL_OWNERS)).id == job.id


async def test_the_same_content_is_extracted_once_unless_forced_or_of_another_place(manager: ExtractionManager) -> None:
    first = await manager.submit(fake(), owner="mara")
    await manager.wait(first.id, owner="mara")
    assert (await manager.submit(fake(name="b.fake"), owner="mara")).id == first.id
    assert (await manager.submit(fake(), owner="mara", force=True)).id != first.id
    assert (await manager.submit(fake(), owner="mara", options={"pages": 2})).id != first.id
    assert (await manager.submit(fake(), owner="else")).id != first.id
    elsewhere = await manager.submit(fake(), owner="mara", record_id="r1", attachment_id="a1")
    assert elsewhere.id != first.id
    await manager.wait(elsewhere.id, owner="mara")
    assert (await manager.submit(fake(), owner="mara", record_id="r1", attachment_id="a1")).id == elsewhere.id


async def test_jobs_of_a_batch_and_of_another_place_take_the_result_that_is_there(manager: ExtractionManager) -> None:
    options = {"stamps": True, "result_bytes": 300_000}
    first = await manager.submit(fake(), owner="mara", options=options)
    await manager.wait(first.id, owner="mara")

    async def results(**given: Any) -> list[bytes]:
        batch = await manager.submit_many([fake(), fake(), fake(name="b.fake")], owner="mara", options=options, **given)
        await manager.wait_batch(batch.id, owner="mara")
        page = await manager.find(JobQuery(batch_id=batch.id), owner="mara")
        jobs = sorted(page.jobs, key=lambda job: (job.filename, job.id))
        assert [job.status for job in jobs] == [JobStatus.COMPLETED] * 3
        return [await manager.result_json(job.id, owner="mara") for job in jobs]

    known = await manager.result_json(first.id, owner="mara")
    with anyio.fail_after(60):
        taken = await results()
        assert [text == known for text in taken] == [True, True, False]  # another name makes another result
        elsewhere = await manager.submit(fake(), owner="mara", options=options, record_id="r1")
        await manager.wait(elsewhere.id, owner="mara")
        assert elsewhere.id != first.id
        assert await manager.result_json(elsewhere.id, owner="mara") == known
        assert known not in await results(force=True)


async def test_a_file_that_kills_its_worker_ends_as_poison(manager: ExtractionManager) -> None:
    job = await manager.submit(fake(), owner=None, options={"crash": "segfault"})
    with anyio.fail_after(60):
        ended = await manager.wait(job.id, owner=None)
    assert (ended.status, ended.error_code, ended.crash_count) == (JobStatus.FAILED, "poison", 3)
    assert (await manager.retry(job.id, owner=None)).status is JobStatus.PENDING


async def test_a_running_job_is_cancelled_within_two_seconds(manager: ExtractionManager) -> None:
    job = await manager.submit(fake(), owner=None, options={"stubborn_s": 60})
    with anyio.fail_after(20):
        async for event in manager.watch(job.id, owner=None):
            if event.job.status is JobStatus.PROCESSING:
                break
    await manager.cancel(job.id, owner=None)
    with anyio.fail_after(5):
        assert (await manager.wait(job.id, owner=None)).status is JobStatus.CANCELLED
    with pytest.raises(errors.JobStateError):
        await manager.cancel(job.id, owner=None)


async def test_progress_is_watched(manager: ExtractionManager) -> None:
    job = await manager.submit(fake(), owner=None, options={"pages": 10, "sleep_s": 1.0})
    with anyio.fail_after(30):
        seen = [event async for event in manager.watch(job.id, owner=None)]
    assert seen[-1].job.progress == 100
    assert any(event.message is not None and event.message.startswith("page") for event in seen)


@pytest.mark.parametrize("what", ["watch", "watch_batch"])
async def test_those_who_watch_do_not_ask_without_end(
    what: str, tmp_path: Path, registry: ExtractorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look takes 20 ms, as one of a large batch does, and something is settled a hundred times in a second."""
    looks = 0
    async with make(tmp_path, registry, works=False) as manager:
        batch = await manager.submit_many([fake()], owner=None)
        (job,) = (await manager.find(owner=None)).jobs
        verb = "get" if what == "watch" else "get_batch"
        look = getattr(manager.repository, verb)

        async def slow(*args: Any, **fields: Any) -> Any:
            nonlocal looks
            looks += 1
            await asyncio.sleep(0.02)
            return await look(*args, **fields)

        monkeypatch.setattr(manager.repository, verb, slow)

        async def watch() -> None:
            async for _ in getattr(manager, what)(job.id if what == "watch" else batch.id, owner=None):
                pass

        watching = asyncio.create_task(watch())
        for _ in range(100):
            await asyncio.sleep(0.01)
            manager.repository.notify()
        assert 2 <= looks <= 12  # without a rest one every 20 to 30 ms
        await manager.cancel(job.id, owner=None)
        with anyio.fail_after(10):
            await watching


async def test_a_batch_counts_waits_retries_the_failed_and_cancels(manager: ExtractionManager) -> None:
    batch = await manager.submit_many([fake(b"FAKE%d" % n) for n in range(6)], owner="mara")
    with anyio.fail_after(60):
        ended = await manager.wait_batch(batch.id, owner="mara")
    assert (ended.completed, ended.total, ended.status, ended.progress) == (6, 6, JobStatus.COMPLETED, 100)
    bad = await manager.submit_many([fake()], owner="mara", options={"raises": "CorruptedFileError"})
    with anyio.fail_after(60):
        assert (await manager.wait_batch(bad.id, owner="mara")).failed == 1
    assert len(await manager.retry_batch(bad.id, owner="mara")) == 1
    long = await manager.submit_many([fake() for _ in range(4)], owner="mara", options={"sleep_s": 60})
    await manager.cancel_batch(long.id, owner="mara")
    with anyio.fail_after(20):
        assert (await manager.wait_batch(long.id, owner="mara")).cancelled == 4
    with pytest.raises(errors.JobNotFoundError):
        await manager.batch(batch.id, owner="other")


async def test_what_cannot_be_run_is_refused_when_it_is_submitted(manager: ExtractionManager, tmp_path: Path) -> None:
    with pytest.raises(errors.OptionsError):
        await manager.submit(fake(), owner=None, options={"no_such": 1})
    with pytest.raises(errors.SourceNotFoundError):
        await manager.submit(tmp_path / "missing.fake", owner=None)
    with pytest.raises(errors.EmptyFileError):
        await manager.submit(fake(b""), owner=None)
    with pytest.raises(errors.UnsupportedFormatError):
        await manager.submit(fake(b"\x00\x01", name="x.bin"), owner=None)
    assert (await manager.stats(owner=ALL_OWNERS)).total == 0


async def test_a_file_above_the_limit_is_neither_stored_nor_submitted(tmp_path, registry) -> None:
    async with make(tmp_path, registry, limits=Limits(max_bytes=10), works=False) as manager:
        with pytest.raises(errors.FileTooLargeError):
            await manager.submit(fake(b"FAKE" * 10), owner=None)
        assert [item async for item in manager.storage.list()] == []


async def test_an_ended_job_is_deleted_with_its_result(manager: ExtractionManager) -> None:
    job = await manager.submit(fake(), owner=None, options={"result_bytes": 500_000})
    await manager.wait(job.id, owner=None)
    assert len((await manager.result(job.id, owner=None)).metadata["text"]) == 500_000
    await manager.delete(job.id, owner=None)
    assert [item.key async for item in manager.storage.list("results/")] == []
    assert await manager.prune(JobQuery(), owner=None) == []


async def test_jobs_of_a_stopped_manager_are_done_by_the_next(tmp_path, registry) -> None:
    async with make(tmp_path, registry, works=False) as manager:
        job = await manager.submit(fake(), owner=None)
    async with make(tmp_path, registry) as manager:
        with anyio.fail_after(30):
            assert (await manager.wait(job.id, owner=None)).status is JobStatus.COMPLETED


async def test_a_job_is_run_by_its_id_once_however_often_the_message_comes(tmp_path, registry) -> None:
    sent = []

    class Queue:
        async def dispatch(self, job_id):
            sent.append(job_id)
            return f"m{len(sent)}"

    async with make(tmp_path, registry, dispatcher=Queue()) as manager:
        job = await manager.submit(fake(), owner=None)
        with anyio.fail_after(10):
            while not sent:
                await anyio.sleep(0.01)
        first = await manager.run(sent[0])
        again = await manager.run(sent[0])
    assert sent[0] == job.id
    assert (first.status, first.attempt) == (again.status, again.attempt) == (JobStatus.COMPLETED, 1)


@pytest.mark.parametrize("pause_s", [60, 0])
async def test_a_job_rescued_by_hand_is_sent_to_the_queue_when_it_is_due(tmp_path, registry, pause_s: float) -> None:
    sent = []

    class Queue:
        async def dispatch(self, job_id: UUID) -> str:
            sent.append(job_id)
            return "m"

    settings = WorkerSettings(poll_s=0.1, maintain_s=3600)
    fields = {"dispatcher": Queue(), "settings": settings, "retry": RetryPolicy(base_s=pause_s, jitter=0)}
    async with make(tmp_path, registry, **fields) as manager:
        await anyio.sleep(0.3)  # the first round of maintenance is over
        job = await manager.submit(fake(), owner=None)
        assert await manager.repository.claim_by_id(job.id, worker="dead", lease_s=0.01)
        await anyio.sleep(0.1)
        assert await manager.rescue() == 1
        found = await manager.get(job.id, owner=None)
    # leaving the manager waits for what is being sent
    assert (found.status, found.is_scheduled) == (JobStatus.PENDING, pause_s > 0)
    assert sent == [job.id] * (1 if pause_s else 2)


async def test_messages_keep_the_limits_of_the_database_and_come_again_when_there_is_room(tmp_path, registry) -> None:
    """Two processes of an external queue, at most two jobs at once; every message is delivered once."""
    messages: asyncio.Queue[UUID] = asyncio.Queue()

    class Queue:
        async def dispatch(self, job_id: UUID) -> str:
            messages.put_nowait(job_id)
            return "m"

    settings = WorkerSettings(claims=ClaimFilter(limits=ConcurrencyLimits(formats={"fake": 2})))
    fields = {"dispatcher": Queue(), "settings": settings}
    workers = [make(tmp_path, registry, runner=ThreadPoolRunner(8), **fields) for _ in range(2)]

    async def consume(worker: ExtractionManager) -> None:
        while True:
            await worker.run(await messages.get())

    async with workers[0] as one, workers[1] as two, anyio.create_task_group() as group:
        batch = await one.submit_many([fake(name=f"{i}.fake") for i in range(9)], owner=None, options={"sleep_s": 0.05})
        for worker in (one, two) * 4:
            group.start_soon(consume, worker)
        with anyio.fail_after(30):  # less than ``redispatch_after_s``
            ended = await one.wait_batch(batch.id, owner=None)
        attempts = [a for job in (await one.find(owner=None)).jobs for a in await one.attempts(job.id, owner=None)]
        group.cancel_scope.cancel()
    assert (ended.completed, len(attempts)) == (9, 9)
    assert max(sum(a.started_at <= b.started_at < a.ended_at for a in attempts) for b in attempts) <= 2


def test_blocking_verbs(tmp_path: Path, registry: ExtractorRegistry) -> None:
    blocking = BlockingExtractionManager(
        repository=SqlJobRepository(tmp_path / "jobs.db"), storage=LocalStorage(tmp_path / "f"), registry=registry
    )
    with pytest.raises(RuntimeError, match="not started"):
        blocking.stats(owner=None)
    with blocking as manager:
        job = manager.submit(fake(), owner=None)
        assert manager.wait(job.id, owner=None).status is JobStatus.COMPLETED
        assert manager.result(job.id, owner=None).format == "fake"
        assert manager.find(owner=None).jobs[0].id == job.id


async def test_one_file_works_inside_of_a_running_loop(registry: ExtractorRegistry) -> None:
    first, second = extract(b"FAKE", registry=registry), await aextract(fake(), registry=registry)
    assert first.source.filename == "unnamed"
    assert second.source.filename == "a.fake"
    # the child of equal registries is warm
    assert first.metadata["pid"] == second.metadata["pid"]


@pytest.mark.skipif(sys.platform == "win32", reason="event loops of Windows hear no signals")
async def test_the_documented_signal_drains(tmp_path: Path, registry: ExtractorRegistry) -> None:
    import os
    import signal

    # on a loaded machine the start of the child alone may take longer than the others' grace
    manager = make(tmp_path, registry, settings=WorkerSettings(poll_s=0.1, grace_s=60))
    await manager.start()
    job = await manager.submit(fake(), owner=None, options={"sleep_s": 1.0})
    async with anyio.create_task_group() as group:
        group.start_soon(manager.run_until_stopped)
        with anyio.fail_after(20):
            while not manager.worker.running:
                await anyio.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)
    async with make(tmp_path, registry, works=False) as reader:
        assert (await reader.get(job.id, owner=None)).status is JobStatus.COMPLETED


class Outdated(SqlJobRepository):
    """A repository whose database another program has replaced by a newer one."""

    async def exchange(self, *_: object, **__: object) -> Any:
        raise errors.SchemaOutdatedError("The database is newer.", found="9", expected="1", remedy="Upgrade.")


async def test_waiting_ends_when_the_worker_of_the_process_has_failed(
    tmp_path: Path, registry: ExtractorRegistry
) -> None:
    manager = ExtractionManager(
        Outdated(tmp_path / "jobs.db"), LocalStorage(tmp_path / "files"), registry=registry, settings=SETTINGS
    )
    async with manager:
        job = await manager.submit(fake(), owner=None)
        with anyio.fail_after(30), pytest.raises(errors.WorkerCrashedError, match=r"database is newer.*jobs are kept"):
            await manager.wait(job.id, owner=None)
