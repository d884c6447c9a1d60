"""What one call costs at most, however many jobs there are."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from pybase_extraction.jobs import ALL_OWNERS, JobQuery, NewJob
from pybase_extraction.repositories.operations import working
from pybase_extraction.repositories.sql import SqlJobRepository
from tests.repositories.harness import Opened

pytestmark = pytest.mark.anyio


def jobs(count: int, **fields: object) -> list[NewJob]:
    return [NewJob(format="pdf", filename=f"{number}.pdf", **fields) for number in range(count)]


async def test_a_bulk_submission_that_is_repeated_finds_its_jobs_in_two_statements(harness: Opened) -> None:
    repository = harness.repository
    assert isinstance(repository, SqlJobRepository)
    new = [NewJob(format="pdf", filename="a.pdf", owner_id="mara", dedupe_key=f"k{number}") for number in range(300)]
    again = [NewJob(format="pdf", filename="a.pdf", owner_id="mara", dedupe_key=f"k{number}") for number in range(310)]
    await repository.submit_many(new)
    statements = []
    sa.event.listen(repository.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    receipts = await repository.submit_many(again)
    assert [receipt.created for receipt in receipts] == [False] * 300 + [True] * 10
    assert [receipt.id for receipt in receipts[:300]] == [each.id for each in new]
    assert (await repository.stats(owner=ALL_OWNERS)).pending == 310
    # those that go through SQLAlchemy; the insertion and the count go to the driver without it
    assert len(statements) <= 4


@pytest.mark.parametrize("limit", [1, 3, 500])
async def test_what_a_queue_lost_is_found_window_by_window(
    limit: int, harness: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "_LOOKED_AT", 5)
    repository = harness.repository
    waiting, lost = jobs(17, delay_s=3600), jobs(19)
    mixed = [each for pair in zip(waiting, lost, strict=False) for each in pair] + lost[17:]
    await repository.submit_many(mixed)
    await harness.elapse(61)
    await repository.submit_many(jobs(23))
    found = set()
    # 59 pending jobs are 12 windows of 5, once around and a half more, or 19 calls of one job each
    for _ in range(60 if limit == 1 else 20):
        found.update(await repository.undispatched(older_than_s=60, limit=limit))
    assert found == {each.id for each in lost}


async def test_what_is_pruned_may_have_been_retried_for_long(harness: Opened) -> None:
    repository = harness.repository
    (first, second) = jobs(2)
    await repository.submit_many([first, second])
    await repository.cancel(owner=ALL_OWNERS, job_id=first.id)
    await harness.elapse(3600)
    now = (await repository.submit(jobs(1)[0])).job.created_at
    await repository.cancel(owner=ALL_OWNERS, job_id=second.id)
    pruned = await repository.prune(JobQuery(ended_before=now), owner=ALL_OWNERS)
    assert [job.id for job in pruned] == [first.id]
