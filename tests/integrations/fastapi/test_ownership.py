"""Who may do what: every route with its owner, somebody else, a superuser, and nobody."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pybase_extraction.errors import JobNotFoundError, JobStateError
from pybase_extraction.jobs import ALL_OWNERS
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.memory import MemoryJobRepository
from pybase_extraction.source import Source
from pybase_extraction.storage.local import LocalStorage
from tests.integrations.fastapi.conftest import Api

pytestmark = pytest.mark.anyio
FAILING = '{"raises": "CorruptedFileError"}'

# method, address, query, and the statuses for owner, other and superuser; {done}, {failed} and {bulk} belong to mara
OWNED = [
    ("GET", "/jobs/{done}", {}, 200, 404, 200),
    ("GET", "/jobs/{done}/result", {}, 200, 404, 200),
    ("GET", "/jobs/{done}/events", {}, 200, 404, 200),
    ("POST", "/jobs/{done}/preview", {"table_id": "parts"}, 200, 404, 404),
    ("POST", "/jobs/{failed}/retry", {}, 202, 404, 202),
    ("DELETE", "/jobs/{done}", {}, 204, 404, 204),
    ("GET", "/bulk/{bulk}", {}, 200, 404, 200),
    ("POST", "/bulk/{bulk}/retry", {}, 409, 404, 409),
    ("POST", "/bulk/{bulk}/preview", {"table_id": "parts"}, 200, 404, 404),
]
SUPERUSERS = [
    ("GET", "/jobs/stats", {}, 200),
    ("GET", "/jobs/stuck", {"timeout_minutes": 5}, 200),
    ("POST", "/jobs/{done}/recover", {}, 409),
    ("POST", "/jobs/{failed}/recover", {}, 200),
    ("POST", "/jobs/cleanup", {"dry_run": True}, 200),
    ("DELETE", "/jobs/cleanup", {"older_than_days": 1}, 200),
    ("POST", "/jobs/cleanup-orphaned", {}, 200),
]


async def _belongings(api: Api) -> dict[str, str]:
    async with api.client("mara") as client:
        files = [("files", ("c.fake", b"FAKE3")), ("files", ("d.fake", b"FAKE4"))]
        bulk = (await client.post("/bulk", files=files)).json()["bulk_job_id"]
    await api.manager.wait_batch(UUID(bulk), owner="mara")
    failed = await api.completed("mara", b"FAKE2", "b.fake", options=FAILING)
    return {"done": await api.completed("mara"), "failed": failed, "bulk": bulk}


@pytest.mark.parametrize("who", [1, 0, 2], ids=["other", "owner", "superuser"])
async def test_somebody_elses_jobs_do_not_exist(api: Api, who: int) -> None:
    ids = await _belongings(api)
    async with api.client(["mara", "noor", "root"][who]) as client:
        for method, path, query, *statuses in OWNED:
            answer = await client.request(method, path.format(**ids), params=query)
            assert answer.status_code == statuses[who], (method, path, answer.text)
        listed = (await client.get("/jobs")).json()["total"]
        assert listed == (0 if who == 1 else 3)


async def test_maintenance_is_for_superusers(api: Api) -> None:
    ids = await _belongings(api)
    for name in ("mara", "root"):
        async with api.client(name) as client:
            for method, path, query, status in SUPERUSERS:
                answer = await client.request(method, path.format(**ids), params=query)
                assert answer.status_code == (status if name == "root" else 403), (name, path, answer.text)
    async with api.client(None) as client:
        for method, path, *_ in OWNED + SUPERUSERS:
            assert (await client.request(method, path.format(**ids))).status_code == 401


async def test_counts_and_limits_of_maintenance(api: Api) -> None:
    await _belongings(api)
    async with api.client("root") as client:
        stats = (await client.get("/jobs/stats")).json()
        assert {name: stats[f"{name}_count"] for name in ("total", "completed", "failed", "pending")} == {
            "total": 4, "completed": 3, "failed": 1, "pending": 0,
        }  # fmt: skip
        for wrong in ({"timeout_minutes": 4}, {"timeout_minutes": 1441}):
            assert (await client.get("/jobs/stuck", params=wrong)).status_code == 422
        assert (await client.post("/jobs/cleanup", params={"older_than_days": 0})).status_code == 422
        assert (await client.post(f"/jobs/{uuid4()}/recover")).status_code == 404
        kept = (await client.post("/jobs/cleanup", params={"status": "failed"})).json()
    assert kept == {"deleted_count": 0, "dry_run": False, "older_than_days": 30, "status_filter": "failed"}


CALLS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "get", "cancel", "retry", "delete", "find", "count", "stats", "batch"]),
        st.sampled_from(["mara", "noor", None]),
        st.integers(0, 5),
    ),
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(CALLS)
async def test_no_sequence_of_calls_shows_or_changes_another_owners_job(
    tmp_path_factory: pytest.TempPathFactory, registry: ExtractorRegistry, calls: list[tuple[str, str | None, int]]
) -> None:
    folder: Path = tmp_path_factory.mktemp("property")
    manager = ExtractionManager(MemoryJobRepository(), LocalStorage(folder), registry=registry, works=False)
    owners: dict[UUID, str | None] = {}
    batches: dict[UUID, str | None] = {}
    async with manager:
        for verb, owner, number in calls:
            source = Source.from_bytes(b"FAKE" + bytes([number]), name="a.fake")
            if verb == "submit":
                owners.setdefault((job := await manager.submit(source, owner=owner)).id, owner)
                assert job.owner_id == owner == owners[job.id]
            elif verb == "batch":
                made = await manager.submit_many([source], owner=owner)
                batches[made.id] = owner
                for job in (await manager.find(owner=ALL_OWNERS)).jobs:
                    owners.setdefault(job.id, owner)
                for id_, whose in batches.items():
                    if whose != owner:
                        with pytest.raises(JobNotFoundError):
                            await manager.batch(id_, owner=owner)
            elif verb == "find":
                shown = {job.id for job in (await manager.find(owner=owner)).jobs}
                assert shown == {id_ for id_, whose in owners.items() if whose == owner}
            elif verb in {"count", "stats"}:
                mine = sum(whose == owner for whose in owners.values())
                found = await manager.count(owner=owner)
                assert (found, (await manager.stats(owner=owner)).total) == (mine, mine)
            elif owners:
                await _call(manager, verb, owner, list(owners)[number % len(owners)], owners)


async def _call(
    manager: ExtractionManager, verb: str, owner: str | None, job_id: UUID, owners: dict[UUID, str | None]
) -> None:
    before = await manager.get(job_id, owner=ALL_OWNERS)
    try:
        await getattr(manager, verb)(job_id, owner=owner)
    except JobNotFoundError:
        assert owners[job_id] != owner
        assert await manager.get(job_id, owner=ALL_OWNERS) == before
        return
    except JobStateError:
        pass
    else:
        if verb == "delete":
            del owners[job_id]
            return
    assert owners[job_id] == owner
