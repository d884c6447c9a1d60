"""Real processes on one database: claims are disjoint, nothing is lost, the killed and the frozen harm nobody."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import sqlalchemy as sa

from pybase_extraction.errors import WorkerCrashedError
from pybase_extraction.jobs import ALL_OWNERS, Claim, Held, NewJob, Outcome, Settlement, new_id
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.retry import RetryPolicy

pytestmark = pytest.mark.anyio

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    address = str(tmp_path / "jobs.db")
    if request.param == "postgresql":
        address = request.getfixturevalue("postgres_database")
    upgrade(address)
    return address


def _empty(address: str, out: str) -> None:
    asyncio.run(_empty_queue(address, out))


async def _empty_queue(address: str, out: str) -> None:
    taken: list[str] = []
    async with SqlJobRepository(address) as repository:
        done: list[Settlement] = []
        while True:
            turn = await repository.exchange(done, 7, worker=out)
            assert len(turn.settled) == len(done)
            taken += [claim.id.hex for claim in turn.claims]
            done = [Settlement.complete(claim, result=f'"{out}"') for claim in turn.claims]
            if not turn.claims:
                break
    Path(out).write_text("\n".join(taken))  # noqa: ASYNC240 -- the process has nothing else to do


@pytest.mark.slow
async def test_four_processes_share_two_thousand_jobs(address: str, tmp_path: Path) -> None:
    async with SqlJobRepository(address) as repository:
        new = [NewJob(format="pdf", filename=f"{i}", owner_id=f"O{i % 5}") for i in range(2000)]
        await repository.submit_many(new)
        outs = [str(tmp_path / f"taken{i}") for i in range(4)]
        processes = [SPAWN.Process(target=_empty, args=(address, out)) for out in outs]
        for process in processes:
            process.start()
        for process in processes:
            await asyncio.get_running_loop().run_in_executor(None, process.join, 90)
        taken = [line for out in outs for line in Path(out).read_text().split()]  # noqa: ASYNC240 -- all have ended
        assert len(taken) == 2000
        assert set(taken) == {each.id.hex for each in new}
        stats = await repository.stats(owner=ALL_OWNERS)
        assert (stats.completed, stats.total) == (2000, 2000)


# -- chaos --------------------------------------------------------------------------------------------------------

LEASE_S = 0.5


def _now_or_never(claim: Claim) -> Settlement:
    policy = RetryPolicy(base_s=0.02, multiplier=1, jitter=0, max_crashes=10_000)
    return policy.settle(claim, WorkerCrashedError("lease expired"))


def _work(address: str) -> None:
    asyncio.run(_work_for_ever(address))


async def _work_for_ever(address: str) -> None:
    name, dice = new_id().hex, random.Random()
    async with SqlJobRepository(address) as repository:
        done: list[Settlement] = []
        while True:
            turn = await repository.exchange(done, 5, worker=name, lease_s=LEASE_S)
            done = []
            for claim in turn.claims:
                # one job in twenty outlives its lease without a heartbeat: a zombie beside its heir
                await asyncio.sleep(0.8 if dice.random() < 0.05 else dice.uniform(0, 0.004))
                outcome = dice.choices([Outcome.COMPLETE, Outcome.RETRY, Outcome.RELEASE], [8, 1, 1])[0]
                done.append(
                    Settlement(
                        id=claim.id, attempt=claim.attempt, outcome=outcome, delay_s=0.02 * (outcome == Outcome.RETRY),
                        result=f'"{name}:{claim.attempt}"' if outcome == Outcome.COMPLETE else None,
                    )
                )  # fmt: skip
            held = [Held(s.id, s.attempt) for s in done]
            await repository.heartbeat(held, worker=name, lease_s=LEASE_S)
            await repository.rescue(_now_or_never)
            await repository.promote()
            if not turn.claims:
                await repository.wait_for_work(0.05)


LEDGER = {
    "sqlite": [
        "CREATE TABLE ledger (id TEXT, holder TEXT, settler TEXT)",
        (
            "CREATE TRIGGER led AFTER UPDATE ON extraction_jobs WHEN NEW.status = 'completed' BEGIN INSERT INTO ledger"
            " VALUES (NEW.id, '\"' || OLD.leased_by || ':' || OLD.attempt || '\"', NEW.result); END"
        ),
    ],
    "postgresql": [
        "CREATE TABLE ledger (id UUID, holder TEXT, settler TEXT)",
        (
            "CREATE FUNCTION led() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO ledger VALUES (NEW.id,"
            " '\"' || OLD.leased_by || ':' || OLD.attempt || '\"', NEW.result::text); RETURN NEW; END $$"
        ),
        (
            "CREATE TRIGGER led AFTER UPDATE ON extraction_jobs FOR EACH ROW WHEN (NEW.status = 'completed')"
            " EXECUTE FUNCTION led()"
        ),
    ],
}


@pytest.mark.chaos
@pytest.mark.slow
async def test_killed_and_frozen_workers_lose_nothing_and_steal_nothing(address: str) -> None:
    """A trigger writes down who held a job when it was completed, and who says that it did it."""
    number, dice = 600, random.Random(3)
    async with SqlJobRepository(address) as repository:

        def prepare(connection: sa.Connection) -> None:
            for statement in LEDGER[connection.dialect.name]:
                connection.execute(sa.text(statement))

        await repository._transact(prepare)
        await repository.submit_many(
            [NewJob(format="pdf", filename=f"{i}", owner_id=f"O{i % 3}", max_retries=10_000) for i in range(number)]
        )
        workers, kills, freezes = [_spawn(address) for _ in range(3)], 0, 0
        end = time.monotonic() + 600
        try:
            while True:
                await asyncio.sleep(dice.uniform(0.2, 0.6))
                stats = await repository.stats(owner=ALL_OWNERS)
                if stats.pending + stats.processing == 0:
                    break
                assert time.monotonic() < end, stats
                victim = dice.randrange(3)
                if dice.random() < 0.5:
                    workers[victim].kill()
                    workers[victim].join()
                    workers[victim] = _spawn(address)
                    kills += 1
                else:
                    await _freeze(workers[victim])
                    freezes += 1
        finally:
            for worker in workers:
                worker.kill()
                worker.join()
        entries = await repository._read(lambda c: c.execute(sa.text("SELECT id, holder, settler FROM ledger")).all())
        assert len(entries) == len({entry[0] for entry in entries}) == number  # nothing lost, nothing doubled
        assert [entry for entry in entries if entry[1] != entry[2]] == []  # nothing stolen
        assert (await repository.stats(owner=ALL_OWNERS)).completed == number
        crashed = await repository._read(
            lambda c: c.execute(sa.text("SELECT count(*) FROM extraction_jobs_attempts WHERE crashed")).scalar()
        )
        assert crashed
        assert kills + freezes


def _spawn(address: str) -> BaseProcess:
    process = SPAWN.Process(target=_work, args=(address,), daemon=True)
    process.start()
    return process


async def _freeze(process: BaseProcess) -> None:
    """Stop a process for longer than its leases last, then let the zombie speak."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    await asyncio.sleep(LEASE_S * 1.5)
    os.kill(process.pid, signal.SIGCONT)
