"""Lists of jobs: whatever is asked, the answer is what a walk over all jobs gives, from statements that are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from pybase_extraction.jobs import ALL_OWNERS, Job, JobQuery, JobStatus, NewJob
from pybase_extraction.repositories.lists import Shape
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository

pytestmark = pytest.mark.anyio
PENDING = frozenset({JobStatus.PENDING})


@pytest.fixture(params=["sqlite", "postgresql"])
async def repository(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlJobRepository]:
    database = tmp_path / "jobs.db" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    upgrade(database)
    async with SqlJobRepository(database) as made:
        for number in range(24):
            new = NewJob(
                format=("pdf", "dxf", "ifc")[number % 3],
                filename=f"{number}",
                file_url=f"files/{number % 4}",
                record_id=f"r{number % 2}",
                owner_id=(None, "mara", "noor")[number % 3] if number % 2 else "mara",
            )
            job = (await made.submit(new)).job
            if number % 5 == 0:
                await made.cancel(owner=ALL_OWNERS, job_id=job.id)
        yield made


QUESTIONS: dict[str, tuple[dict[str, Any], Callable[[Job], bool]]] = {
    "all": ({}, lambda job: True),
    "no status": ({"statuses": frozenset()}, lambda job: False),
    "a status": ({"statuses": PENDING}, lambda job: job.status is JobStatus.PENDING),
    "no format": ({"formats": frozenset()}, lambda job: False),
    "a format": ({"formats": frozenset({"pdf"})}, lambda job: job.format == "pdf"),
    "two formats": ({"formats": frozenset({"pdf", "ifc"})}, lambda job: job.format in {"pdf", "ifc"}),
    "a file": ({"file_url": "files/1"}, lambda job: job.file_url == "files/1"),
    "another file": ({"file_url": "files/2"}, lambda job: job.file_url == "files/2"),
    "a file of no status": ({"file_url": "files/2", "statuses": frozenset()}, lambda job: False),
    "a pending record": (
        {"record_id": "r1", "statuses": PENDING},
        lambda job: job.record_id == "r1" and job.status is JobStatus.PENDING,
    ),
}


@pytest.mark.parametrize("asked", QUESTIONS)
@pytest.mark.parametrize("owner", [ALL_OWNERS, None, "mara", "nobody"])
async def test_a_list_and_its_counts_are_what_a_walk_over_all_jobs_gives(
    repository: SqlJobRepository, asked: str, owner: Any
) -> None:
    given, fits = QUESTIONS[asked]
    query = JobQuery(**given)
    whole = (await repository.find(owner=ALL_OWNERS, limit=100)).jobs
    assert [job.filename for job in whole] == [str(number) for number in reversed(range(24))]
    wanted = [job for job in whole if fits(job) and (owner is ALL_OWNERS or job.owner_id == owner)]
    first = await repository.find(query, owner=owner, limit=3)
    rest = await repository.find(query, owner=owner, limit=100, after=first.next_key) if first.next_key else None
    assert [*first.jobs, *(rest.jobs if rest else ())] == wanted
    assert list((await repository.find(query, owner=owner, limit=100, offset=2)).jobs) == wanted[2:]
    assert list((await repository.find(query, owner=owner, oldest_first=True)).jobs) == wanted[::-1]
    assert await repository.count(query, owner=owner) == len(wanted)
    assert await repository.count(query, owner=owner, at_most=2) == min(2, len(wanted))


def test_questions_that_differ_in_values_alone_have_one_shape() -> None:
    def shape(owner: Any = "mara", **given: Any) -> Shape:
        return Shape.of(JobQuery(**given), owner, JobStatus)

    assert shape(file_url="a") == shape("noor", file_url="b")
    assert shape(formats=frozenset({"pdf"})) == shape(formats=frozenset({"dxf"}))
    different = [shape(), shape(None), shape(ALL_OWNERS), shape(file_url="a"), shape(record_id="a")]
    different += [shape(formats=frozenset(map(str, range(count)))) for count in range(3)]
    assert len(set(different)) == len(different)
