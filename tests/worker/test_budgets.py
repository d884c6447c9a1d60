"""What a job costs in statements and transactions: counts, which do not depend on the machine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import anyio
import psycopg
import pytest

from pybase_extraction.attempt import AttemptOutcome
from pybase_extraction.jobs import ALL_OWNERS, NewJob
from pybase_extraction.repositories import prepared
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.runners.base import InProcessRunner
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.testing.runner import fake_registry
from pybase_extraction.worker import Observer, Work, Worker, WorkerSettings

pytestmark = pytest.mark.anyio
JOBS, SLOTS = 400, 10


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "jobs.db")
    database: str = request.getfixturevalue("postgres_database")
    upgrade(database)
    return database


@pytest.fixture
async def storage(tmp_path: Path, anyio_backend: str) -> LocalStorage:
    made = LocalStorage(tmp_path / "storage")
    await made.put("files/a", b"x")
    return made


class NoOp(InProcessRunner):
    async def _attempt(self, *_: object) -> AttemptOutcome:
        return AttemptOutcome(result_json=b"{}", extractor="noop", extractor_version="1")


class Countdown(Observer):
    def __init__(self, jobs: int) -> None:
        self.left = jobs
        self.over = anyio.Event()

    def settled(self, *_: object) -> None:
        self.left -= 1
        if not self.left:
            self.over.set()


def write_transactions(address: str) -> int:
    """Count the write transactions that a PostgreSQL server has begun."""
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()
        return int(row[0])


async def test_a_drain_keeps_its_budget(address: str, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    statements: Counter[str] = Counter()
    execute = prepared._execute

    def note(connection: Any, text: str, parameters: Any, **how: Any) -> Any:
        statements[text.split(maxsplit=1)[0]] += 1
        return execute(connection, text, parameters, **how)

    runner = NoOp(SLOTS)
    runner.bind(fake_registry())
    over = Countdown(JOBS)
    is_server = address.startswith("postgresql")
    async with SqlJobRepository(address) as repository, runner, anyio.create_task_group() as group:
        await repository.submit_many(
            [NewJob(format="noop", filename="a", file_url="files/a", content_sha256="0" * 64) for _ in range(JOBS)]
        )
        before = write_transactions(address) if is_server else 0
        monkeypatch.setattr(prepared, "_execute", note)
        worker = Worker(repository, storage, runner, Work(), WorkerSettings(), observers=[over])
        group.start_soon(worker.serve)
        with anyio.fail_after(60):
            await over.over.wait()
        worker.stop()
        assert (await repository.stats(owner=ALL_OWNERS)).completed == JOBS
    # a turn settles ten and claims ten: 2 statements of PostgreSQL, 4 of SQLite (log and counts apart); maintenance
    # and the last turns, which find nothing, come to a few dozen
    assert statements.total() <= JOBS / SLOTS * (2 if is_server else 4) + 40
    if is_server:
        assert (write_transactions(address) - before) / JOBS <= 0.4
