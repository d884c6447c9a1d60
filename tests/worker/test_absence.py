"""What the log of a worker says while its database is away."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import anyio
import pytest

from pybase_extraction.errors import RepositoryError, SchemaOutdatedError
from pybase_extraction.jobs import ALL_OWNERS
from pybase_extraction.worker import Work, Worker, WorkerSettings
from pybase_extraction.worker.absence import Absence
from tests.worker.test_worker import Scripted, job, waits

pytestmark = pytest.mark.anyio


def fail(absence: Absence, what: str = "2 outcomes are kept") -> None:
    with absence.survived(what):
        error = RepositoryError("The database of the jobs does not answer (OperationalError).", remedy="Look for it.")
        raise error from ConnectionError("connection refused\nIs the server running?")


async def test_an_absence_is_told_at_its_beginning_each_minute_and_at_its_end(caplog) -> None:
    now = 0.0
    absence = Absence(lambda: now)
    absence.end()
    for second in range(130):
        now = float(second)
        fail(absence)
    absence.end()
    absence.end()
    begins = "The database of the jobs does not answer (OperationalError) (connection refused); "
    assert [record.getMessage() for record in caplog.records] == [
        f"{begins}2 outcomes are kept.  Look for it.",
        "the database has been away for 60 s; 2 outcomes are kept",
        "the database has been away for 120 s; 2 outcomes are kept",
        "the database answers again after 129 s",
    ]
    assert not any(record.exc_info for record in caplog.records)


async def test_a_mistake_is_told_with_its_trace_every_time(caplog) -> None:
    absence = Absence()
    for _ in range(2):
        with absence.survived("a step is tried again"):
            raise ZeroDivisionError
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError] * 2
    with pytest.raises(SchemaOutdatedError), absence.survived("a step is tried again"):
        raise SchemaOutdatedError("old")


async def test_a_cancellation_is_not_survived() -> None:
    with pytest.raises(asyncio.CancelledError), Absence().survived("nothing"):
        raise asyncio.CancelledError


class Away:
    """A repository whose database does not answer as long as it is told so."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.is_away = False

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.inner, name)
        if not asyncio.iscoroutinefunction(call) or name == "wait_for_work":
            return call

        async def asked(*given: Any, **options: Any) -> Any:
            if self.is_away:
                raise RepositoryError("The database of the jobs does not answer (OperationalError).")
            return await call(*given, **options)

        return asked


async def test_a_worker_whose_database_is_away_says_so_once(repository, storage, caplog) -> None:
    away = Away(repository)
    settings = WorkerSettings(lease_s=60, poll_s=0.05, maintain_s=0.05)
    with caplog.at_level(logging.WARNING):
        async with Scripted(waits(0.5), slots=2) as runner, anyio.create_task_group() as group:
            worker = Worker(away, storage, runner, Work(), settings)
            await repository.submit_many([job() for _ in range(2)])
            group.start_soon(worker.serve)
            while runner.started < 2:
                await anyio.sleep(0.01)
            away.is_away = True
            await anyio.sleep(1.2)
            away.is_away = False
            with anyio.fail_after(20):
                while (await repository.stats(owner=ALL_OWNERS)).completed < 2:
                    await anyio.sleep(0.01)
            worker.stop()
    said = [record.getMessage() for record in caplog.records]
    assert [text.partition(" (")[0].partition(" after")[0] for text in said] == [
        "The database of the jobs does not answer",
        "the database answers again",
    ]
