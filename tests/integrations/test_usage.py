"""The ledger of a paid service: budgets that hold over all workers, whatever dies."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
import sqlalchemy as sa

from pybase_extraction.attempt import AttemptOutcome
from pybase_extraction.errors import (
    AuthenticationError,
    CreditsExhaustedError,
    SchemaOutdatedError,
    ServiceError,
    ServiceUnavailableError,
)
from pybase_extraction.integrations.usage import Usage, UsageLedger, define_usage
from pybase_extraction.jobs import Claim, NewJob, Settlement
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.repositories.tables import define_tables

pytestmark = pytest.mark.anyio
READ = AttemptOutcome(result_json=b"{}", pages=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        from pybase_extraction.repositories.migrations import upgrade

        url: str = request.getfixturevalue("postgres_database")
        upgrade(url)
        return url
    return str(tmp_path / "jobs.db")


@pytest.fixture
async def repository(address: str) -> AsyncIterator[SqlJobRepository]:
    async with SqlJobRepository(address) as made:
        yield made


async def kept(repository: SqlJobRepository, **budgets: object) -> UsageLedger:
    ledger = UsageLedger(repository, "werk24", count_asks=lambda options: 2, **budgets)
    await ledger.prepare()
    return ledger


async def claims(repository: SqlJobRepository, count: int, owner: str | None = "mara", **fields: object) -> list[Claim]:
    given = {"format": "werk24", "filename": "a.pdf", "service": "werk24", "owner_id": owner} | fields
    await repository.submit_many([NewJob(**given) for _ in range(count)])
    return list(await repository.claim(count, worker="w", lease_s=60))


async def admitted(ledger: UsageLedger, claim: Claim) -> bool:
    try:
        await ledger.admit(claim)
    except CreditsExhaustedError:
        return False
    return True


async def test_usage_is_kept_by_owner_day_and_outcome(repository: SqlJobRepository) -> None:
    ledger = await kept(repository)
    one, two = await claims(repository, 2)
    (nobodys,) = await claims(repository, 1, None, options={"max_pages": 3})
    for claim, outcome in ((one, READ), (two, AttemptOutcome(error=AuthenticationError("no"))), (nobodys, None)):
        await ledger.admit(claim)
        if outcome is not None:
            await ledger.read(claim, outcome, 0.5)
    today = datetime.now(UTC).date()
    assert sorted(await ledger.usage(), key=str) == sorted(
        [
            Usage(None, today, 1, 3, 2, "running", 0.0),
            Usage("mara", today, 1, 1, 2, "completed", 0.5),
            Usage("mara", today, 1, 0, 2, "authentication", 0.5),
        ],
        key=str,
    )
    assert [item.owner for item in await ledger.usage(owner=None)] == [None]
    assert await ledger.usage(since=today + timedelta(days=1)) == []


@pytest.mark.parametrize("workers", [2])
async def test_a_budget_holds_over_workers_that_reserve_at_once(address: str, workers: int) -> None:
    """50 pages at 5 each hold ten of thirty readings, however the two workers meet."""
    async with SqlJobRepository(address) as one, SqlJobRepository(address) as two:
        ledgers = [await kept(each, pages_per_day=50) for each in (one, two)][:workers]
        taken = await claims(one, 30)
        answers: list[bool] = []

        async def reserve(ledger: UsageLedger, claim: Claim) -> None:
            answers.append(await admitted(ledger, claim))

        async with anyio.create_task_group() as group:
            for number, claim in enumerate(taken):
                group.start_soon(reserve, ledgers[number % 2], claim)
        (used,) = await ledgers[0].usage()
    assert sum(answers) == 10
    assert (used.calls, used.pages) == (10, 50)


async def test_a_budget_is_its_owners_alone_and_what_was_not_read_is_free_again(repository: SqlJobRepository) -> None:
    ledger = await kept(repository, pages_per_day=5, pages_by_owner={"otto": 10})
    mara, later, again = await claims(repository, 3)
    assert await admitted(ledger, mara)
    assert not await admitted(ledger, later)
    assert [await admitted(ledger, claim) for claim in await claims(repository, 3, "otto")] == [True, True, False]
    await ledger.read(mara, AttemptOutcome(error=AuthenticationError("no")), 0.1)
    assert await admitted(ledger, again)


@pytest.mark.parametrize("error", [ServiceUnavailableError("gone"), ServiceError("odd"), None])
async def test_what_may_have_been_paid_for_stays_counted(
    repository: SqlJobRepository, error: ServiceError | None
) -> None:
    ledger = await kept(repository)
    (claim,) = await claims(repository, 1)
    await ledger.admit(claim)
    await ledger.read(claim, AttemptOutcome(error=error), 0.1)
    assert [item.pages for item in await ledger.usage()] == [5]


async def test_a_reservation_is_not_made_twice(repository: SqlJobRepository) -> None:
    """As when the answer to the first statement was lost with the connection."""
    ledger = await kept(repository, pages_per_day=5)
    (claim,) = await claims(repository, 1)
    assert await admitted(ledger, claim)
    assert await admitted(ledger, claim)
    assert [(item.calls, item.pages) for item in await ledger.usage()] == [(1, 5)]


DYING = """
import asyncio, os, signal, sys
from pybase_extraction.integrations.usage import UsageLedger
from pybase_extraction.repositories.sql import SqlJobRepository

async def main():
    repository = SqlJobRepository(sys.argv[1])
    (claim,) = await repository.claim(1, worker="dying", lease_s=0.01)
    await UsageLedger(repository, "werk24", pages_per_day=10).admit(claim)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_a_worker_that_is_killed_neither_frees_its_pages_nor_counts_them_twice(
    address: str, repository: SqlJobRepository
) -> None:
    """Killed with 5 pages reserved; the second attempt reserves 5 of its own and reads 1; 6 of 10 are used."""
    ledger = await kept(repository, pages_per_day=10)
    await repository.submit_many([NewJob(format="werk24", filename="a.pdf", service="werk24", owner_id="mara")])
    died = await anyio.run_process([sys.executable, "-c", DYING, address], check=False, stderr=subprocess.STDOUT)
    assert died.returncode == -9, died.stdout
    assert [(item.outcome, item.pages) for item in await ledger.usage()] == [("running", 5)]
    await anyio.sleep(0.05)
    await repository.rescue(Settlement.release)
    (heir,) = await repository.claim(1, worker="heir")
    assert heir.attempt == 2
    await ledger.admit(heir)
    await ledger.read(heir, READ, 0.1)
    assert {(item.outcome, item.calls, item.pages) for item in await ledger.usage()} == {
        ("lost", 1, 5),
        ("completed", 1, 1),
    }
    (another,) = await claims(repository, 1)
    assert not await admitted(ledger, another)


async def test_the_work_of_others_is_not_counted(repository: SqlJobRepository) -> None:
    ledger = await kept(repository, pages_per_day=0)
    (claim,) = await claims(repository, 1)
    other = replace(claim, job=replace(claim.job, service=None))
    assert await admitted(ledger, other)
    await ledger.read(other, READ, 0.1)
    assert await ledger.usage() == []


async def test_a_database_without_the_table_says_what_to_do(repository: SqlJobRepository) -> None:
    (claim,) = await claims(repository, 1)
    with pytest.raises(SchemaOutdatedError, match="no table of usage") as caught:
        await UsageLedger(repository, "werk24").admit(claim)
    assert "prepare()" in str(caught.value)


def test_a_host_has_the_table_in_its_metadata_and_schema() -> None:
    metadata = sa.MetaData()
    tables = define_tables(metadata, schema="work", table="app_jobs", owner_type=sa.Integer())
    assert define_usage(tables) is define_usage(tables)
    assert "work.app_usage" in metadata.tables
    assert metadata.tables["work.app_usage"].c.owner_id.type is tables.owner_type
