"""All jobs of one database in another, and when they are not copied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from pybase_extraction.cli.app import run
from pybase_extraction.errors import RepositoryError, SchemaOutdatedError
from pybase_extraction.integrations.usage import define_usage
from pybase_extraction.jobs import ALL_OWNERS, NewBatch, NewJob, Settlement
from pybase_extraction.repositories.migrations import engine_of, upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.repositories.tables import define_tables
from pybase_extraction.repositories.transfer import copy_jobs

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield str(tmp_path / "new.sqlite")
    else:
        url = request.getfixturevalue("postgres_database")
        upgrade(url)
        yield url


def new_job(name: str, owner: str | None, **more: object) -> NewJob:
    return NewJob(format="dxf", filename=name, file_url=f"files/{name}", owner_id=owner, **more)


async def fill(database: Path) -> None:
    """Jobs in every state, with a batch, attempts, a result, and usage."""
    async with SqlJobRepository(database) as repository:
        await repository.submit_many(
            [new_job("done.dxf", "mara", priority=5), new_job("retried.dxf", "mara")], batch=NewBatch(owner_id="mara")
        )
        done, retried = await repository.claim(2, worker="worker")
        await repository.settle(
            [
                Settlement.complete(done, result='{"format": "dxf", "note": null, "size": 0.1}'),
                Settlement.retry(retried, delay_s=3600, code="temporary_failure", message="The line broke."),
            ]
        )
        await repository.submit(new_job("waiting.dxf", None))
        usage = define_usage(repository.tables)
        await repository.transact(usage.create)
        row = {"job_id": done.id, "attempt": 1, "service": "werk24", "day": "2026-01-02", "pages": 3, "outcome": "lost"}
        await repository.transact(lambda connection: connection.execute(sa.insert(usage).values(**row)))


async def content(database: str | Path) -> dict[str, object]:
    """Everything that a database says of its jobs through the verbs."""
    async with SqlJobRepository(database) as repository:
        page = await repository.find(owner=ALL_OWNERS)
        ids = [job.id for job in page.jobs]
        usage = define_usage(repository.tables)
        return {
            "jobs": sorted(page.jobs, key=lambda job: str(job.id)),
            "attempts": {each: await repository.attempts(each, owner=ALL_OWNERS) for each in ids},
            "results": {
                each: json.loads(found.text)
                for each in ids
                if (found := await repository.get_result(each, owner=ALL_OWNERS)) and found.text
            },
            "stats": await repository.stats(owner="mara"),
            "all": replace(await repository.stats(owner=ALL_OWNERS), oldest_due_s=None),
            "batches": [
                await repository.get_batch(job.batch_id, owner=ALL_OWNERS) for job in page.jobs if job.batch_id
            ],
            "usage": await repository.transact(
                lambda connection: [tuple(row) for row in connection.execute(sa.select(usage))]
            ),
        }


async def test_the_copy_says_the_same_of_every_job_and_goes_on_working(tmp_path: Path, target: str) -> None:
    source = tmp_path / "old.sqlite"
    await fill(source)
    before = await content(source)
    assert copy_jobs(source, target, also=[define_usage]) == 3
    assert await content(target) == before
    assert [len(before[name]) for name in ("usage", "results", "batches")] == [1, 1, 2]  # type: ignore[arg-type]
    async with SqlJobRepository(target) as repository:
        await repository.submit(new_job("later.dxf", "mara"))
        claims = await repository.claim(9, worker="worker")
        assert [claim.job.filename for claim in claims] == ["waiting.dxf", "later.dxf"]
        absent = await repository.transact(
            lambda connection: connection.execute(
                sa.select(sa.func.count()).where(define_tables(sa.MetaData()).jobs.c.result.is_(sa.null()))
            ).scalar()
        )
        assert absent == 3


async def test_jobs_that_a_worker_holds_are_not_copied_until_their_lease_has_ended(tmp_path: Path) -> None:
    source, target = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    async with SqlJobRepository(source) as repository:
        await repository.submit(new_job("a.dxf", None))
        (claim,) = await repository.claim(1, worker="worker")
    with pytest.raises(RepositoryError, match=r"Workers hold 1 of the jobs\. Stop the workers"):
        copy_jobs(source, target)
    ended = claim.job.lease_expires_at.timestamp() + 1
    assert copy_jobs(source, target, clock=lambda: ended) == 1


async def test_a_database_with_jobs_or_without_tables_is_no_place_to_copy_to(
    tmp_path: Path, postgres_database: str
) -> None:
    source, target = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    await fill(source)
    copy_jobs(source, target)
    with pytest.raises(RepositoryError, match="holds jobs already"):
        copy_jobs(source, target)
    with pytest.raises(SchemaOutdatedError, match="db upgrade"):
        copy_jobs(source, postgres_database)


async def test_nothing_is_copied_where_one_row_cannot_be(tmp_path: Path, postgres_database: str) -> None:
    source = tmp_path / "old.sqlite"
    await fill(source)
    engine = engine_of(source)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE extraction_jobs SET filename = 'a' || char(0) WHERE status = 'completed'")
    engine.dispose()
    upgrade(postgres_database)
    with pytest.raises(RepositoryError, match=r"extraction_jobs cannot be copied, so nothing is: .*NUL"):
        copy_jobs(source, postgres_database)
    async with SqlJobRepository(postgres_database) as repository:
        assert (await repository.find(owner=ALL_OWNERS)).jobs == []


async def test_the_command_copies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = str(tmp_path / "old.sqlite"), str(tmp_path / "new.sqlite")
    await fill(Path(source))
    assert run(["db", "copy", "--from", source, "--to", target]) == 0
    assert capsys.readouterr().out == "3 jobs are copied\n"
    assert await content(target) == await content(source)
    assert run(["db", "copy", "--from", str(tmp_path / "none" / "a.sqlite"), "--to", target]) == 1
    assert "There is no database" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
