"""Random calls by two users and a superuser over routes and manager, on real databases: nobody meets another's jobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pybase_extraction.errors import JobError
from pybase_extraction.jobs import ALL_OWNERS, JobQuery
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.storage.local import LocalStorage
from tests.integrations.fastapi.conftest import Api

pytestmark = pytest.mark.anyio
USERS = ("mara", "noor", "root")
ROUTES = [
    ("GET", "/jobs/{id}"), ("GET", "/jobs/{id}/result"), ("GET", "/jobs/{id}/pages/1.png"), ("DELETE", "/jobs/{id}"),
    ("POST", "/jobs/{id}/retry"), ("POST", "/jobs/{id}/preview?table_id=parts"), ("POST", "/jobs/{id}/recover"),
    ("GET", "/bulk/{batch}"), ("POST", "/bulk/{batch}/retry"), ("POST", "/bulk/{batch}/preview?table_id=parts"),
    ("GET", "/jobs?page_size=100"), ("GET", "/jobs?page_size=100&status=pending"), ("GET", "/jobs?attachment_id=a"),
]  # fmt: skip
VERBS = ["get", "result", "cancel", "retry", "delete", "attempts", "batch", "cancel_batch", "retry_batch", "prune"]
CALLS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["upload", "bulk"]), st.sampled_from(USERS), st.integers(0, 3)),
        st.tuples(st.sampled_from(ROUTES), st.sampled_from(USERS), st.integers(0, 9)),
        st.tuples(st.sampled_from(VERBS), st.sampled_from(USERS[:2]), st.integers(0, 9)),
    ),
    min_size=3,
    max_size=20,
)


@pytest.fixture(params=["sqlite", "postgresql"])
async def api(request: pytest.FixtureRequest, tmp_path: Path, registry: ExtractorRegistry) -> AsyncIterator[Api]:
    database = tmp_path / "jobs.db" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    await asyncio.to_thread(upgrade, database)
    storage = LocalStorage(tmp_path / "files")
    async with ExtractionManager(SqlJobRepository(database), storage, registry=registry, works=False) as manager:
        yield Api(manager)


async def _snapshot(api: Api) -> dict[UUID, Any]:
    return {job.id: job for job in (await api.manager.find(owner=ALL_OWNERS, limit=1000)).jobs}


def _check(before: dict[UUID, Any], after: dict[UUID, Any], who: str) -> None:
    for job_id, job in before.items():
        if who not in {"root", job.owner_id}:
            assert after.get(job_id) == job, "somebody else's job was changed"


async def _route(api: Api, who: str, method: str, path: str, job: Any, batch: tuple[UUID, str] | None) -> None:
    about_batch = "{batch}" in path
    if ("{id}" in path and job is None) or (about_batch and batch is None):
        return
    ids = {"id": job and job.id, "batch": batch and batch[0]}
    async with api.client(who) as client:
        answer = await client.request(method, path.format(**ids))
    owner = (batch[1] if batch else None) if about_batch else (job.owner_id if "{id}" in path else who)
    assert answer.status_code < 500, answer.text
    if who not in {owner, "root"}:
        assert answer.status_code == (403 if path.endswith("recover") else 404), (method, path, answer.text)
    if path.startswith("/jobs?"):
        mine = {str(id_) for id_, found in (await _snapshot(api)).items() if who in {found.owner_id, "root"}}
        assert {item["id"] for item in answer.json()["items"]} <= mine
        assert answer.json()["total"] <= len(mine)


async def _verb(api: Api, who: str, verb: str, job: Any, batch: tuple[UUID, str] | None) -> None:
    manager = api.manager
    subject, owner = (job and job.id), (job and job.owner_id)
    if "batch" in verb:
        subject, owner = batch or (None, None)
    if verb == "prune":
        pruned = await manager.prune(JobQuery(), owner=who)
        assert all(each.owner_id == who for each in pruned)
    elif subject is not None:
        try:
            await getattr(manager, verb)(subject, owner=who)
        except JobError:
            return
        # lists of nothing are what is shown of another's batch or job
        assert owner == who or verb in {"attempts", "cancel_batch", "retry_batch"}, verb


@settings(
    max_examples=30, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)  # fmt: skip
@given(calls=CALLS)
async def test_no_sequence_of_calls_meets_another_owners_job(api: Api, calls: list[Any]) -> None:
    batches: list[tuple[UUID, str]] = []
    for what, who, number in calls:
        before = await _snapshot(api)
        ids = list(before)
        job = before[ids[number % len(ids)]] if ids else None
        batch = batches[number % len(batches)] if batches else None
        if what == "upload":
            answer = await api.upload(who, b"FAKE%d" % number, "a.fake", attachment_id="a")
            assert answer.status_code == 202
            assert (await api.manager.get(UUID(answer.json()["id"]), owner=who)).owner_id == who
        elif what == "bulk":
            files = [("files", (f"{each}.fake", b"FAKE%d" % each)) for each in range(number % 2 + 1)]
            async with api.client(who) as client:
                batches.append((UUID((await client.post("/bulk", files=files)).json()["bulk_job_id"]), who))
        elif isinstance(what, tuple):
            await _route(api, who, *what, job, batch)
        else:
            await _verb(api, who, what, job, batch)
        _check(before, await _snapshot(api), who)
