"""Workers are killed and stopped past their leases, databases crash: nothing is lost, doubled or stolen.

A trigger in the database writes down every end of a job, so that not even a swift overwriting goes unnoticed.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pybase_extraction.jobs import ALL_OWNERS, JobQuery
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.tables import define_tables
from pybase_extraction.source import Source
from tests.chaos.program import LEASE_S, make
from tests.servers import PostgresServer, create_database

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
JOBS = 240
TABLE = define_tables(sa.MetaData()).jobs.name
ENDED = "('completed', 'failed', 'cancelled')"
SQLITE_TRIGGER = (
    "CREATE TABLE chaos_log (job_id, attempt, worker, before, after)",
    (
        f"CREATE TRIGGER chaos AFTER UPDATE OF status ON {TABLE} WHEN NEW.status IN {ENDED} BEGIN "
        "INSERT INTO chaos_log VALUES (NEW.id, NEW.attempt, NEW.leased_by, OLD.status, NEW.status); END"
    ),
)
POSTGRES_TRIGGER = (
    "CREATE TABLE chaos_log (job_id uuid, attempt int, worker text, before text, after text)",
    (
        "CREATE FUNCTION chaos() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO chaos_log VALUES (NEW.id, NEW.attempt, NEW.leased_by, OLD.status, NEW.status); RETURN NEW; END $$"
    ),
    (
        f"CREATE TRIGGER chaos AFTER UPDATE OF status ON {TABLE} FOR EACH ROW WHEN (NEW.status IN {ENDED}) "
        "EXECUTE FUNCTION chaos()"
    ),
)


class Crowd:
    """Real worker processes, and their names by process id."""

    def __init__(self, database: str, storage: Path) -> None:
        self.command = [sys.executable, "-m", "tests.chaos.program", database, str(storage)]
        self.alive: list[subprocess.Popen[str]] = []
        self.pids: dict[str, int] = {}
        self._readers: list[threading.Thread] = []

    def spawn(self) -> None:
        root = Path(__file__).parents[2]
        process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=root)
        reader = threading.Thread(target=self._read, args=(process,))
        reader.start()
        self._readers.append(reader)
        self.alive.append(process)

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                name, pid = line.split()
                self.pids[name] = int(pid)

    def wait_until_all_work(self) -> None:
        """Wait for the workers: chaos among processes that still import something proves nothing."""
        deadline = time.monotonic() + 60
        while len(self.at_work()) < len(self.alive) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)

    def at_work(self) -> list[subprocess.Popen[str]]:
        started = set(self.pids.values())
        return [process for process in self.alive if process.pid in started]

    def kill_one(self) -> None:
        victim = random.choice(self.at_work() or self.alive)
        self.alive.remove(victim)
        victim.kill()
        victim.wait()
        self.spawn()

    def pause_one(self) -> None:
        victim = random.choice(self.at_work() or self.alive)
        victim.send_signal(signal.SIGSTOP)
        time.sleep(LEASE_S * 1.6)
        victim.send_signal(signal.SIGCONT)

    def close(self) -> None:
        for process in self.alive:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.alive:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(8)
            process.kill()
            process.wait()
        for reader in self._readers:
            reader.join()


def submit(database: str, storage: Path) -> None:
    async def work() -> None:
        async with make(database, str(storage), works=False) as manager:
            source = Source.from_bytes(b"FAKE", name="a.fake")
            for number in range(JOBS):
                # one in twenty outlives its lease, and cannot be stopped
                options = {"stubborn_s": LEASE_S * 1.5 if number % 20 == 0 else 0.4, "pages": number}
                await manager.submit(source, owner=f"owner {number % 3}", options=options, max_retries=10_000)

    asyncio.run(work())


def live(database: str, storage: Path) -> int:
    async def work() -> int:
        async with make(database, str(storage), works=False) as manager:
            stats = await manager.stats(owner=ALL_OWNERS)
            return stats.pending + stats.processing

    return asyncio.run(work())


def wait_for_the_end(database: str, storage: Path, patience_s: float) -> None:
    """Wait as long as jobs still end: on a loaded machine leases run out all by themselves, which is no standstill."""
    left = live(database, storage)
    moved_at = time.monotonic()
    while left and time.monotonic() - moved_at < patience_s:
        time.sleep(0.5)
        before, left = left, live(database, storage)
        if left < before:
            moved_at = time.monotonic()
    assert left == 0, f"{left} jobs are stuck"


def check(database: str, storage: Path, crowd: Crowd, engine: sa.Engine) -> int:
    """Nothing lost, nothing ended twice, every outcome its holder's; gives the number of attempts that died."""

    async def read() -> int:
        lost_attempts = 0
        async with make(database, str(storage), works=False) as manager:
            page = await manager.find(JobQuery(), owner=ALL_OWNERS, limit=JOBS + 1)
            assert Counter(job.status.value for job in page.jobs) == {"completed": JOBS}
            for job in page.jobs:
                log = await manager.attempts(job.id, owner=ALL_OWNERS)
                assert [line.outcome.value for line in log].count("complete") == 1
                assert [line.number for line in log] == sorted({line.number for line in log})
                result = await manager.result(job.id, owner=ALL_OWNERS)
                assert result.metadata["pid"] == crowd.pids[log[-1].worker], "an outcome was stolen"
                lost_attempts += len(log) - 1
        return lost_attempts

    with engine.connect() as connection:
        ends = Counter(row[0] for row in connection.execute(sa.text("SELECT job_id FROM chaos_log")))
        assert len(ends) == JOBS
        assert set(ends.values()) == {1}
        before = {row[0] for row in connection.execute(sa.text("SELECT before FROM chaos_log"))}
        assert before == {"processing"}
    return asyncio.run(read())


@contextlib.contextmanager
def crowd_of(database: str, storage: Path, count: int) -> Iterator[Crowd]:
    crowd = Crowd(database, storage)
    try:
        for _ in range(count):
            crowd.spawn()
        yield crowd
    finally:
        crowd.close()


def prepare(engine: sa.Engine, statements: tuple[str, ...]) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_and_stopped_workers_lose_nothing(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if kind == "sqlite":
        database = str(tmp_path / "jobs.db")
        upgrade(tmp_path / "jobs.db")
        engine = sa.create_engine(f"sqlite:///{database}")
        prepare(engine, SQLITE_TRIGGER)
    else:
        database = request.getfixturevalue("postgres_database")
        upgrade(database)
        engine = sa.create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
        prepare(engine, POSTGRES_TRIGGER)
    storage = tmp_path / "storage"
    submit(database, storage)
    with crowd_of(database, storage, 3) as crowd:
        crowd.wait_until_all_work()
        for turn in range(10):
            time.sleep(0.5)
            crowd.pause_one() if turn % 2 else crowd.kill_one()
        wait_for_the_end(database, storage, 40)
        died = check(database, storage, crowd, engine)
    engine.dispose()
    assert died > 0, "the chaos hit no attempt, so it proved nothing"


def test_a_database_that_crashes_every_few_seconds_loses_nothing(tmp_path: Path) -> None:
    server = PostgresServer(("fsync=off", "max_connections=60"))
    try:
        server.start()
        database = create_database(server.dsn("postgres"))
        upgrade(database)
        engine = sa.create_engine(
            database.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.pool.NullPool
        )
        prepare(engine, POSTGRES_TRIGGER)
        storage = tmp_path / "storage"
        submit(database, storage)
        with crowd_of(database, storage, 2) as crowd:
            crowd.wait_until_all_work()
            for _ in range(4):
                server.restart(immediate=True)
                time.sleep(2)
            wait_for_the_end(database, storage, 40)
            check(database, storage, crowd, engine)
    finally:
        server.close()
