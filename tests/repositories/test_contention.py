"""What happens when verbs meet on the same rows, and when the database of the host has rules of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import sqlite3
import threading
from pathlib import Path
from typing import Any

import anyio
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pybase_extraction.errors import RepositoryError
from pybase_extraction.jobs import ALL_OWNERS, Claim, ClaimFilter, ConcurrencyLimits, NewBatch, NewJob, Settlement
from pybase_extraction.repositories.connections import open_engine
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.repositories.wakeups import SqliteWakeups, _Pauses
from tests.repositories.harness import Opened

pytestmark = pytest.mark.anyio


def jobs(count: int, **fields: Any) -> list[NewJob]:
    return [NewJob(format="pdf", filename=f"{number}.pdf", **fields) for number in range(count)]


def failure(claim: Claim) -> Settlement:
    return Settlement.fail(claim, code="broken", message="It is broken.")


async def test_a_batch_is_retried_even_where_two_of_its_failed_jobs_have_the_same_key(harness: Opened) -> None:
    """The second was submitted when the first had failed already; only one of them may live again."""
    repository, batch = harness.repository, NewBatch()
    await repository.submit_many(jobs(2, dedupe_key="same")[:1] + jobs(1), batch=batch)
    await repository.settle(map(failure, await repository.claim(9, worker="w")))
    await repository.submit_many(jobs(1, dedupe_key="same", batch_id=batch.id))
    await repository.settle(map(failure, await repository.claim(9, worker="w")))
    again = await repository.retry(owner=ALL_OWNERS, batch_id=batch.id)
    assert sorted(job.dedupe_key or "" for job in again) == ["", "same"]
    found = await repository.get_batch(batch.id, owner=ALL_OWNERS)
    assert (found.pending, found.failed) == (2, 1)


async def test_a_job_that_a_rule_of_the_host_refuses_is_refused_and_not_tried_for_ever(harness: Opened) -> None:
    """The host allows one job for an attachment, which no dedupe key says."""
    repository = harness.repository
    rule = "CREATE UNIQUE INDEX one_for_each ON extraction_jobs (attachment_id)"
    await repository.transact(lambda connection: connection.execute(sa.text(rule)))
    await repository.submit(*jobs(1, attachment_id="a"))
    with anyio.fail_after(10), pytest.raises(RepositoryError, match="another row"):
        await repository.submit(*jobs(1, attachment_id="a"))


@pytest.fixture
async def server(postgres_database: str, anyio_backend: str) -> Any:
    from pybase_extraction.repositories.migrations import upgrade

    upgrade(postgres_database)
    async with SqlJobRepository(postgres_database) as repository:
        yield repository


async def test_a_batch_is_cancelled_while_its_jobs_are_being_settled(server: SqlJobRepository) -> None:
    """Both lock the same rows in orders of their own; PostgreSQL ends one of two that wait for each other."""
    batch = NewBatch()
    await server.submit_many(jobs(2), batch=batch)
    claims = await server.claim(2, worker="w")
    first, second = (claim.id for claim in sorted(claims, key=lambda claim: claim.id))
    table = server.tables.jobs
    # who has waited for so long looks for a deadlock, and is the one that PostgreSQL ends
    with server.engine.connect() as one, server.engine.connect() as two:
        for pooled in (one, two):
            pooled.execute(sa.text("SET deadlock_timeout = '4s'"))
            pooled.commit()
    with server.engine.connect() as other:
        # another process settles the later job first
        other.execute(sa.select(table.c.id).where(table.c.id == second).with_for_update())
        cancelling = asyncio.create_task(server.cancel(owner=ALL_OWNERS, batch_id=batch.id))
        other.execute(sa.text("SET deadlock_timeout = '60s'"))
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        while await server._read(lambda c: c.execute(sa.text(waits)).scalar_one()) == 0:
            await asyncio.sleep(0.02)
        await asyncio.to_thread(other.execute, sa.select(table.c.id).where(table.c.id == first).with_for_update())
        other.commit()
    cancelled = await cancelling
    assert [job.cancel_requested for job in cancelled] == [True, True]


async def test_a_batch_does_not_end_while_a_job_of_it_is_being_retried(server: SqlJobRepository) -> None:
    """The worker looks at the batch before the retry is committed, and marks it after that."""
    batch = NewBatch()
    await server.submit_many(jobs(1), batch=batch)
    await server.settle(map(failure, await server.claim(1, worker="w")))
    operations = server._operations
    again = server.engine.connect()
    with again:
        target = server.tables.jobs.c.batch_id == batch.id
        operations.retry(again, ALL_OWNERS, target, ["failed"])
        ending = asyncio.create_task(server.finish_batches([batch.id]))
        await asyncio.sleep(0.3)
        again.commit()
    assert await ending == []
    assert (await server.get_batch(batch.id, owner=ALL_OWNERS)).completed_at is None


async def test_notifications_are_heard_in_a_process_with_thousands_of_open_files(
    server: SqlJobRepository, tmp_path: Path
) -> None:
    """select() knows no descriptor above 1023."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2100:
        pytest.skip("the system allows no more files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2100, hard))
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(3):  # what is idle in the pool has low numbers
            stack.enter_context(server.engine.connect())
        for _ in range(1100):
            stack.callback(os.close, os.open(tmp_path, os.O_RDONLY))
        await server.wait_for_work(0.5)  # the listener tells that it listens
        heard = asyncio.create_task(server.wait_for_work(20))
        await asyncio.sleep(0.5)
        name = server.tables.channel
        with server.engine.connect() as other:
            other.execute(sa.text(f'NOTIFY "{name}"'))
            other.commit()
        assert await heard


@pytest.mark.parametrize("where", [None, ClaimFilter(limits=ConcurrencyLimits(per_owner=9))])
async def test_a_settlement_that_was_written_is_told_even_when_the_claim_after_it_fails(
    where: ClaimFilter | None, server: SqlJobRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the worker takes its outcomes for lost, and tells nobody of them."""
    await server.submit_many(jobs(2))
    (claim,) = await server.claim(1, worker="w")

    def away(connection: sa.Connection, *_: Any) -> Any:
        return connection.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    monkeypatch.setattr(server._operations, "claim" if where is None else "claim_limited", away)
    exchange = await server.exchange([failure(claim)], 1, worker="w", where=where)
    assert [each.id for each in exchange.settled] == [claim.id]
    assert exchange.claims == []
    monkeypatch.undo()
    assert len((await server.exchange([], 1, worker="w")).claims) == 1


async def test_a_claim_that_fails_alone_is_an_error(server: SqlJobRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(connection: sa.Connection, *_: Any) -> Any:
        return connection.execute(sa.text("SELECT 1 / 0"))

    monkeypatch.setattr(server._operations, "claim", away)
    with pytest.raises(DBAPIError):
        await server.exchange([], 1, worker="w")


async def test_a_server_that_falls_silent_is_noticed_before_leases_are_lost(server: SqlJobRepository) -> None:
    """A host that knows better says so in the address."""
    raw = server.engine.raw_connection()
    try:
        found = raw.driver_connection.info.get_parameters()
    finally:
        raw.close()
    assert (found["connect_timeout"], found["tcp_user_timeout"]) == ("10", "30000")
    told = open_engine("postgresql://127.0.0.1/db?connect_timeout=3&tcp_user_timeout=0")
    given: dict[str, Any] = {}

    def note(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        given.update(parameters)
        raise ConnectionAbortedError

    sa.event.listen(told, "do_connect", note)
    with pytest.raises(ConnectionAbortedError):
        told.connect()
    assert (given["connect_timeout"], given["tcp_user_timeout"], given["keepalives_idle"]) == ("3", "0", 15)


async def test_changes_of_a_file_are_seen_again_after_it_could_not_be_read(tmp_path: Path) -> None:
    wakeups = SqliteWakeups(str(tmp_path / "later" / "jobs.db"))
    waiting = asyncio.create_task(wakeups.wait(wakeups.work, 20))
    await asyncio.sleep(0.2)
    (tmp_path / "later").mkdir()
    with contextlib.closing(sqlite3.connect(tmp_path / "later" / "jobs.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (x)")
        while not waiting.done():
            connection.execute("INSERT INTO t VALUES (1)")
            await asyncio.sleep(0.02)
    assert await waiting
    await wakeups.close()


def test_a_database_that_stays_away_is_looked_for_less_and_less_often() -> None:
    now = 1000.0
    pauses = _Pauses(lambda: now)
    tried, told = [], []
    for _ in range(6):
        tried.append(pauses.next())
        told.append(pauses.level)
        now += tried[-1]
    assert tried == [0.1, 0.5, 2.0, 5.0, 5.0, 5.0]
    assert told == [logging.WARNING, *[logging.DEBUG] * 5]
    now += 60  # it was back for a minute
    assert (pauses.next(), pauses.level) == (0.1, logging.WARNING)


async def test_a_waiting_worker_is_woken_while_the_submission_is_on_its_way(tmp_path: Path) -> None:
    """Its claim then queues up behind the submission for the thread that writes, without a way back between them."""
    gate = threading.Event()
    async with SqlJobRepository(tmp_path / "jobs.db") as repository, asyncio.TaskGroup() as group:
        await repository.stats(owner=ALL_OWNERS)
        waiting = group.create_task(repository.wait_for_work(20))
        held_up = group.create_task(repository._connections.write(lambda _: gate.wait(20)))
        await asyncio.sleep(0.05)
        submitting = group.create_task(repository.submit(NewJob(format="fake", filename="a.fake")))
        assert await waiting
        claiming = group.create_task(repository.claim(1, worker="w"))
        await asyncio.sleep(0.05)
        assert [task.done() for task in (held_up, submitting, claiming)] == [False] * 3
        gate.set()
    assert [claim.id for claim in claiming.result()] == [submitting.result().job.id]
